//! Timestamp tokens: attributes, signers and certificates without number.

use super::*;

/// An authority for timestamps below the root of the world, whose tokens the cases bend.
pub(super) static FORGE: LazyLock<Forge> = LazyLock::new(|| {
    let key = Key { key: PrivateKey::generate_rsa(2048).expect("a key"), ..Key::new("TSA") };
    let purpose = Extension::extended_key_usage(&[oid::TIME_STAMPING]).critical();
    let certificate = WORLD.root.certify(&key, validity(), vec![Extension::key_usage(&[0]), purpose]);
    Forge { key: key.key, certificate }
});

/// The token with other octets in place of its one certificate.
fn with_certificates(token: &[u8], certificates: &[u8]) -> Vec<u8> {
    let mut fields = Reader::single(token).expect("DER").reader();
    let name = fields.next().expect("a name").raw;
    let data = fields.next().expect("data").reader().next().expect("data");
    let mut parts = Vec::new();
    let mut fields = data.reader();
    while !fields.is_empty() {
        let field = fields.next().expect("a field");
        let replaced = field.tag == tag::context_constructed(0);
        parts.push(if replaced { write::context(0, &[certificates]) } else { field.raw.to_vec() });
    }
    write::sequence(&[name.to_vec(), write::context(0, &[write::sequence(&parts)])])
}

pub(super) fn tokens() -> Vec<(&'static str, Vec<u8>, bool)> {
    let forge = &*FORGE;
    let imprint = digest(DigestAlgorithm::Sha256, b"stamped");
    let sound = forge.stamp(&imprint, now());
    let own = forge.certificate.der();
    let of_info = |info: &[u8]| forge.token(oid::TST_INFO, info, &forge.attributes(info), 1);
    let info = |rest: &[Vec<u8>]| Forge::info(1, "20260601100000Z", rest, &imprint);
    let extensions = many(100_000, |n| extension(&format!("1.2.3.{n}"), false, &[5, 0]));
    let plain = info(&[]);
    let attributes = |count: usize| {
        let mut attributes = forge.attributes(&plain);
        attributes.extend((0..count).map(|n| Forge::attribute(&format!("1.2.3.{n}"), &[write::null()])));
        forge.token(oid::TST_INFO, &plain, &attributes, 1)
    };
    let indefinite = [&[tag::SEQUENCE, 0x80], Reader::single(&sound).expect("DER").content, &[0, 0]].concat();
    vec![
        ("sound", sound.clone(), true),
        ("in BER", indefinite, true),
        ("100 certificates, the signer's first", with_certificates(&sound, &own.repeat(100)), true),
        // More elements than are read of BER.
        ("10,000 certificates", with_certificates(&sound, &own.repeat(10_000)), false),
        (
            "certificates nested 100,000 deep",
            with_certificates(&sound, &nested(100_000, tag::SEQUENCE)),
            false,
        ),
        ("indefinite 100,000 deep", [tag::SEQUENCE, 0x80].repeat(100_000), false),
        ("nested 100,000 deep", nested(100_000, tag::SEQUENCE), false),
        ("100,000 extensions", of_info(&info(&[write::context(1, &[extensions])])), true),
        ("nonce of 1 MB", of_info(&info(&[write::tlv(tag::INTEGER, &[vec![0x7f; MEGABYTE]])])), true),
        (
            "accuracy of 1 MB",
            of_info(&info(&[write::sequence(&[write::tlv(tag::INTEGER, &[vec![0x7f; MEGABYTE]])])])),
            false,
        ),
        ("imprint of 1 MB", of_info(&Forge::info(1, "20260601100000Z", &[], &vec![0; MEGABYTE])), true),
        ("year of five digits", of_info(&Forge::info(1, "120260601100000Z", &[], &imprint)), false),
        (
            "fraction of 1 MB",
            of_info(&Forge::info(1, &format!("20260601100000.{}Z", "1".repeat(MEGABYTE)), &[], &imprint)),
            false,
        ),
        ("1,000 attributes", attributes(1000), true),
        ("100,000 attributes", attributes(100_000), false),
        (
            "an attribute twice",
            {
                let attributes = [forge.attributes(&plain), forge.attributes(&plain)].concat();
                forge.token(oid::TST_INFO, &plain, &attributes, 1)
            },
            false,
        ),
        ("1,000 signers", forge.token(oid::TST_INFO, &plain, &forge.attributes(&plain), 1000), false),
        ("trailing octet", [&sound[..], &[0]].concat(), false),
    ]
}

#[test]
fn every_token_holds_or_not_in_time() {
    let mut wrong = Vec::new();
    for (name, token, expected) in tokens() {
        let others = [Arc::clone(&FORGE.certificate)];
        let found =
            soon(name, || UnverifiedTimestamp::from_token(&token).and_then(|token| token.verify(&others)));
        if found.is_ok() != expected {
            wrong.push(format!("{name}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
