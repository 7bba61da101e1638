//! Containers put together by hand: what others write, what nobody should, and what it is refused as. That
//! OpenSSL reads what is written here and the other way round, `tests/containers.rs` shows.

use super::*;
use crate::asn1::write;
use crate::crypto::DigestAlgorithm;

/// Not a key of anything; that is not asked in this module.
fn some_key(octet: u8) -> Vec<u8> {
    let algorithm = write::sequence(&[write::oid("1.2.3")]);
    write::sequence(&[write::integer(0), algorithm, write::octet_string(&[octet; 40])])
}

fn bag(kind: &str, value: Vec<u8>, name: Option<&str>) -> Vec<u8> {
    let mut parts = vec![write::oid(kind), write::context(0, &[value])];
    parts.extend(name.map(|name| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let value = write::tlv(tag::SET, &[write::tlv(tag::BMP_STRING, &[name])]);
        // Attributes that are of no account here, in no order.
        let other = write::sequence(&[write::oid("2.5.1"), write::tlv(tag::SET, &[write::null()])]);
        let odd = write::sequence(&[write::tlv(tag::OID, &[[0x69; 3]]), write::null()]);
        let named = write::sequence(&[write::oid(oid::FRIENDLY_NAME), value]);
        write::tlv(tag::SET, &[other, odd, named])
    }));
    write::sequence(&parts)
}

fn certificate(octets: &[u8], kind: &str) -> Vec<u8> {
    let value = [write::oid(kind), write::context(0, &[write::octet_string(octets)])];
    bag(oid::CERTIFICATE_BAG, write::sequence(&value), None)
}

fn info(kind: &str, content: Vec<u8>) -> Vec<u8> {
    write::sequence(&[write::oid(kind), write::context(0, &[content])])
}

fn data(content: &[u8]) -> Vec<u8> {
    info(oid::DATA, write::octet_string(content))
}

fn encrypted(bags: &[Vec<u8>], encryption: &Encryption, password: &str) -> Vec<u8> {
    let octets = encryption.encrypt(&write::sequence(bags), &Password::new(password)).expect("encrypted");
    let content = [write::oid(oid::DATA), encryption.to_der(), write::context_primitive(0, &octets)];
    info(oid::ENCRYPTED_DATA, write::sequence(&[write::integer(0), write::sequence(&content)]))
}

fn pfx(safes: &[Vec<u8>], mac: Option<(DigestAlgorithm, &str)>) -> Vec<u8> {
    let content = write::sequence(safes);
    let mac = mac.map(|(hash, word)| Mac::make(hash, 2, &content, &Password::new(word)).expect("a MAC"));
    let mut parts = vec![write::integer(3), data(&content)];
    parts.extend(mac);
    write::sequence(&parts)
}

/// One safe without encryption.
fn plain(bags: &[Vec<u8>]) -> Vec<u8> {
    pfx(&[data(&write::sequence(bags))], None)
}

fn shrouded_bag(key: &[u8], encryption: &Encryption, password: &str, name: Option<&str>) -> Vec<u8> {
    let octets = encryption.encrypt(key, &Password::new(password)).expect("encrypted");
    let value = write::sequence(&[encryption.to_der(), write::octet_string(&octets)]);
    bag(oid::SHROUDED_KEY_BAG, value, name)
}

fn error(bytes: &[u8], password: &str) -> Option<IdentityError> {
    open(bytes, password).map(drop).err()
}

fn keys(contents: &Contents) -> Vec<&[u8]> {
    contents.keys.iter().map(|key| key.pkcs8.as_slice()).collect()
}

#[test]
fn what_is_no_container_is_damaged() {
    let bags = write::sequence(&[bag(oid::KEY_BAG, some_key(1), None)]);
    let with_version =
        |version| write::sequence(&[write::integer(version), data(&write::sequence(&[data(&bags)]))]);
    assert_eq!(error(&with_version(3), ""), None);
    let whole = with_version(3);
    let cases = [
        Vec::new(),
        b"nothing".to_vec(),
        write::sequence::<Vec<u8>>(&[]),
        with_version(2),
        with_version(4),
        [whole.clone(), vec![0]].concat(),
        // Content that is no string, no sequence, or missing.
        write::sequence(&[write::integer(3), info(oid::DATA, write::null())]),
        write::sequence(&[write::integer(3), data(&write::null())]),
        write::sequence(&[write::integer(3), write::sequence(&[write::oid(oid::DATA)])]),
        pfx(&[write::sequence(&[write::oid(oid::DATA)])], None),
        pfx(&[data(b"\x05\x00")], None),
        pfx(&[data(b"")], None),
        // A bag that is none, keys and certificates of another type.
        plain(&[write::null()]),
        plain(&[write::sequence(&[write::oid(oid::KEY_BAG)])]),
        plain(&[bag(oid::KEY_BAG, write::null(), None)]),
        plain(&[bag(oid::SHROUDED_KEY_BAG, write::null(), None)]),
        plain(&[bag(oid::CERTIFICATE_BAG, write::null(), None)]),
        plain(&[bag(oid::SAFE_CONTENTS_BAG, write::null(), None)]),
    ];
    for (at, case) in cases.iter().enumerate() {
        assert_eq!(error(case, "word"), Some(IdentityError::Damaged), "{at}");
    }
    for cut in 0..whole.len() {
        assert_eq!(error(&whole[..cut], ""), Some(IdentityError::Damaged), "{cut}");
    }
}

#[test]
fn a_wrong_password_is_told_from_damage() {
    let key = some_key(1);
    for hash in [
        DigestAlgorithm::Sha1,
        DigestAlgorithm::Sha224,
        DigestAlgorithm::Sha256,
        DigestAlgorithm::Sha384,
        DigestAlgorithm::Sha512,
    ] {
        for encryption in [Encryption::modern(2), Encryption::triple_des(2), Encryption::rc2_40(2)] {
            let encryption = encryption.expect("random octets");
            let bags = [bag(oid::KEY_BAG, key.clone(), Some("аты"))];
            let safe = encrypted(&bags, &encryption, "word");
            for container in [pfx(std::slice::from_ref(&safe), Some((hash, "word"))), pfx(&[safe], None)] {
                let contents = open(&container, "word").expect("opened");
                assert_eq!(keys(&contents), [key.as_slice()]);
                assert_eq!(contents.keys[0].name.as_deref(), Some("аты"));
                for wrong in ["", "Word", "word "] {
                    assert_eq!(error(&container, wrong), Some(IdentityError::WrongPassword), "{hash:?}");
                }
            }
        }
    }
    // The MAC is wrong, yet the password decrypts: somebody changed something.
    let encryption = Encryption::triple_des(2).expect("random octets");
    let shrouded = shrouded_bag(&key, &encryption, "word", None);
    let altered = |bags: &[Vec<u8>]| {
        let whole = pfx(&[data(&write::sequence(bags))], Some((DigestAlgorithm::Sha1, "word")));
        let mut altered = whole.clone();
        let at = whole.windows(4).position(|four| four == b"cert").expect("the certificate");
        altered[at] ^= 1;
        altered
    };
    let certificate = certificate(b"certificate", oid::X509_CERTIFICATE);
    let both = altered(&[shrouded, certificate.clone()]);
    assert_eq!(error(&both, "word"), Some(IdentityError::Damaged));
    assert_eq!(error(&both, "other"), Some(IdentityError::WrongPassword));
    // Nothing is encrypted, so that nothing speaks for the password.
    let readable = altered(&[bag(oid::KEY_BAG, key, None), certificate]);
    assert_eq!(error(&readable, "word"), Some(IdentityError::WrongPassword));
}

#[test]
fn an_empty_password_has_two_forms() {
    let key = some_key(1);
    let encryption = Encryption::triple_des(2).expect("random octets");
    for (at, form) in Password::forms("").iter().enumerate() {
        let octets = encryption.encrypt(&key, form).expect("encrypted");
        let value = write::sequence(&[encryption.to_der(), write::octet_string(&octets)]);
        let safe = data(&write::sequence(&[bag(oid::SHROUDED_KEY_BAG, value.clone(), None)]));
        let content = write::sequence(&[safe]);
        let mac = Mac::make(DigestAlgorithm::Sha1, 2, &content, form).expect("a MAC");
        let open_pfx = write::sequence(&[write::integer(3), data(&content)]);
        let with_mac = write::sequence(&[write::integer(3), data(&content), mac]);
        for container in [open_pfx, with_mac] {
            assert_eq!(keys(&open(&container, "").expect("opened")), [key.as_slice()], "{at}");
            assert_eq!(error(&container, "x"), Some(IdentityError::WrongPassword), "{at}");
        }
        assert_eq!(decrypt_key(&value, "").as_deref(), Ok(&key), "{at}");
        assert_eq!(decrypt_key(&value, "x"), Err(IdentityError::WrongPassword), "{at}");
    }
}

#[test]
fn all_bags_are_found() {
    let nested = |depth: usize| {
        let inner = vec![bag(oid::KEY_BAG, some_key(depth.to_le_bytes()[0]), None)];
        (0..depth).fold(inner, |inner, _| vec![bag(oid::SAFE_CONTENTS_BAG, write::sequence(&inner), None)])
    };
    let bags = [
        nested(0),
        nested(3),
        vec![certificate(b"one", oid::X509_CERTIFICATE), certificate(b"sdsi", "1.2.840.113549.1.9.22.2")],
        // A revocation list, a secret, something unheard of.
        vec![bag("1.2.840.113549.1.12.10.1.4", write::null(), None), bag("1.2.3", write::null(), Some("x"))],
    ];
    let contents = open(&plain(&bags.concat()), "any").expect("opened");
    assert_eq!(keys(&contents), [some_key(0).as_slice(), &some_key(3)]);
    let safes = [
        data(&write::sequence(&nested(1))),
        data(&write::sequence(&[certificate(b"two", oid::X509_CERTIFICATE)])),
    ];
    let contents = open(&pfx(&safes, None), "any").expect("opened");
    assert_eq!(keys(&contents), [some_key(1).as_slice()]);
    assert_eq!(contents.certificates, [b"two"]);
    assert_eq!(error(&plain(&nested(40)), ""), Some(IdentityError::Limit("pkcs12_depth")));
}

#[test]
fn names_are_for_people_to_read() {
    let long = "ұ".repeat(500);
    for (name, shown) in [
        ("GOST512_0a", "GOST512_0a"),
        ("a\u{1b}[31m\nb\0", "a[31mb"),
        ("кілт 🔑", "кілт 🔑"),
        ("", ""),
        (&long, &long[..2 * MAX_NAME]),
    ] {
        let contents = open(&plain(&[bag(oid::KEY_BAG, some_key(1), Some(name))]), "").expect("opened");
        assert_eq!(contents.keys[0].name.as_deref(), Some(shown));
    }
}

#[test]
fn pieces_and_indefinite_lengths_are_read_at_every_level() {
    let indefinite = |tag: u8, content: &[u8]| [&[tag, 0x80], content, &[0, 0]].concat();
    let pieces = |octets: &[u8]| {
        let pieces: Vec<u8> = octets.chunks(7).flat_map(write::octet_string).collect();
        indefinite(0x24, &pieces)
    };
    let encryption = Encryption::rc2_40(2).expect("random octets");
    let password = Password::new("word");
    let key = indefinite(
        0x30,
        &[&write::integer(0)[..], &write::sequence(&[write::oid("1.2.3")]), &pieces(&[5; 40])].concat(),
    );
    let shrouded = indefinite(
        0x30,
        &[encryption.to_der(), pieces(&encryption.encrypt(&key, &password).expect("encrypted"))].concat(),
    );
    let bag = indefinite(0x30, &[write::oid(oid::SHROUDED_KEY_BAG), indefinite(0xa0, &shrouded)].concat());
    let contents = indefinite(0x30, &bag);
    let octets = encryption.encrypt(&contents, &password).expect("encrypted");
    let implicit: Vec<u8> = octets.chunks(9).flat_map(write::octet_string).collect();
    let info = [write::oid(oid::DATA), encryption.to_der(), indefinite(0xa0, &implicit)].concat();
    let encrypted = indefinite(0x30, &[write::integer(0), indefinite(0x30, &info)].concat());
    let safe = indefinite(0x30, &[write::oid(oid::ENCRYPTED_DATA), indefinite(0xa0, &encrypted)].concat());
    let content = indefinite(0x30, &safe);
    let mac = Mac::make(DigestAlgorithm::Sha256, 2, &content, &password).expect("a MAC");
    let outer = indefinite(0x30, &[write::oid(oid::DATA), indefinite(0xa0, &pieces(&content))].concat());
    let container = indefinite(0x30, &[write::integer(3), outer, mac].concat());

    let found = open(&container, "word").expect("opened");
    let expected = write::sequence(&[
        write::integer(0),
        write::sequence(&[write::oid("1.2.3")]),
        write::octet_string(&[5; 40]),
    ]);
    assert_eq!(keys(&found), [expected.as_slice()]);
    assert_eq!(error(&container, "world"), Some(IdentityError::WrongPassword));
    for cut in 0..container.len() {
        assert_eq!(error(&container[..cut], "word"), Some(IdentityError::Damaged), "{cut}");
    }
}

#[test]
fn what_is_not_supported_is_named() {
    let named = |container: Vec<u8>| match error(&container, "word") {
        Some(IdentityError::UnsupportedProtection(name)) => name,
        other => panic!("{other:?}"),
    };
    let parameters = write::sequence(&[write::octet_string(&[1; 8]), write::integer(1)]);
    let with = |name: &str| write::sequence(&[write::oid(name), parameters.clone()]);
    let shrouded = |algorithm: Vec<u8>| {
        plain(&[bag(
            oid::SHROUDED_KEY_BAG,
            write::sequence(&[algorithm, write::octet_string(&[0; 16])]),
            None,
        )])
    };
    let pbes2 = |derivation: &[u8], cipher: &[u8]| {
        write::sequence(&[write::oid(oid::PBES2), write::sequence(&[derivation, cipher])])
    };
    let pbkdf2 = |rest: &[Vec<u8>]| {
        let fields = [&[write::octet_string(b"salt"), write::integer(1)], rest].concat();
        write::sequence(&[write::oid(oid::PBKDF2), write::sequence(&fields)])
    };
    let aes = write::sequence(&[write::oid(oid::AES128_CBC), write::octet_string(&[0; 16])]);
    // RC4; scrypt; GOST as the hash and as the cipher.
    assert_eq!(named(shrouded(with("1.2.840.113549.1.12.1.1"))), "1.2.840.113549.1.12.1.1");
    assert_eq!(named(shrouded(pbes2(&with("1.3.6.1.4.1.11591.4.11"), &aes))), "1.3.6.1.4.1.11591.4.11");
    let hash = write::sequence(&[write::oid("1.2.643.7.1.1.4.2"), write::null()]);
    assert_eq!(named(shrouded(pbes2(&pbkdf2(&[hash]), &aes))), "1.2.643.7.1.1.4.2");
    assert_eq!(named(shrouded(pbes2(&pbkdf2(&[]), &with("1.2.643.2.2.21")))), "1.2.643.2.2.21");
    // Public-key modes; an unknown MAC; a hash that is known and not for this.
    let signed = info("1.2.840.113549.1.7.2", write::null());
    assert_eq!(named(write::sequence(&[write::integer(3), signed])), "1.2.840.113549.1.7.2");
    let enveloped = info("1.2.840.113549.1.7.3", write::null());
    assert_eq!(named(pfx(&[enveloped], None)), "1.2.840.113549.1.7.3");
    for name in [oid::STREEBOG_512, oid::MD5] {
        let digest = [write::sequence(&[write::oid(name), write::null()]), write::octet_string(&[0; 64])];
        let mac = write::sequence(&[write::sequence(&digest), write::octet_string(b"salt")]);
        let content = data(&write::sequence::<Vec<u8>>(&[]));
        assert_eq!(named(write::sequence(&[write::integer(3), content, mac])), name);
    }
}

#[test]
fn what_a_file_may_cost_is_bounded() {
    let limit = Some(IdentityError::Limit("pkcs12_iterations"));
    let mac = |iterations: Vec<u8>| {
        let digest =
            [write::sequence(&[write::oid(oid::SHA1), write::null()]), write::octet_string(&[0; 20])];
        let mac = write::sequence(&[write::sequence(&digest), write::octet_string(b"salt"), iterations]);
        write::sequence(&[write::integer(3), data(&write::sequence::<Vec<u8>>(&[])), mac])
    };
    let started = std::time::Instant::now();
    assert_eq!(error(&mac(write::integer(u32::MAX)), "word"), limit);
    assert_eq!(error(&mac(write::unsigned(&[1; 200])), "word"), limit);
    assert_eq!(error(&mac(write::integer(0)), "word"), Some(IdentityError::Damaged));
    assert_eq!(error(&mac(write::tlv(tag::INTEGER, &[[0xff]])), "word"), Some(IdentityError::Damaged));
    assert_eq!(error(&mac(write::integer(1)), "word"), Some(IdentityError::WrongPassword));
    // No one of them is too dear, but all together.
    let encryption = Encryption::modern(1).expect("random octets");
    let good = shrouded_bag(&some_key(1), &encryption, "word", None);
    let dear = Encryption::modern(9_999_999).expect("random octets").to_der();
    let dear = write::sequence(&[dear, write::octet_string(&[0; 16])]);
    let bags = [good.clone(), good, bag(oid::SHROUDED_KEY_BAG, dear, None)];
    assert_eq!(error(&plain(&bags), "word"), limit);
    // A key that PBMAC1 asks for, long enough to fill memory.
    let length = u32::MAX;
    assert_eq!(error(&pbmac1(length, 1, "word"), "word"), Some(IdentityError::Damaged));
    assert!(started.elapsed() < std::time::Duration::from_secs(2));
    let many = vec![write::null(); 30_000];
    assert_eq!(error(&plain(&many), ""), Some(IdentityError::Limit("pkcs12_elements")));
    assert_eq!(error(&plain(&[vec![0; 9 << 20]]), ""), Some(IdentityError::Limit("pkcs12_bytes")));
}

/// A container with nothing in it and a MAC as in RFC 9579, computed here by other means.
fn pbmac1(length: u32, iterations: u32, password: &str) -> Vec<u8> {
    use openssl::{hash::MessageDigest, pkcs5::pbkdf2_hmac, pkey::PKey, sign::Signer};
    let hmac = |name| write::sequence(&[write::oid(name), write::null()]);
    let fields = [
        write::octet_string(b"pepper"),
        write::integer(iterations),
        write::integer(length),
        hmac(oid::HMAC_SHA512),
    ];
    let derivation = write::sequence(&[write::oid(oid::PBKDF2), write::sequence(&fields)]);
    let scheme =
        write::sequence(&[write::oid(oid::PBMAC1), write::sequence(&[derivation, hmac(oid::HMAC_SHA256)])]);
    let content = write::sequence::<Vec<u8>>(&[]);
    let mut key = vec![0; usize::try_from(length).expect("a length").min(4096)];
    let times = usize::try_from(iterations).expect("a number");
    pbkdf2_hmac(password.as_bytes(), b"pepper", times, MessageDigest::sha512(), &mut key).expect("a key");
    let key = PKey::hmac(&key).expect("a key");
    let value = Signer::new(MessageDigest::sha256(), &key)
        .and_then(|mut signer| signer.sign_oneshot_to_vec(&content))
        .expect("a MAC");
    let mac = write::sequence(&[
        write::sequence(&[scheme, write::octet_string(&value)]),
        write::octet_string(b"of no account"),
        write::integer(u32::MAX),
    ]);
    write::sequence(&[write::integer(3), data(&content), mac])
}

#[test]
fn pbmac1_is_checked() {
    let container = pbmac1(32, 3, "құпия");
    assert_eq!(error(&container, "құпия"), None);
    assert_eq!(error(&container, "Құпия"), Some(IdentityError::WrongPassword));
    for at in 0..container.len() {
        let mut changed = container.clone();
        changed[at] ^= 0x10;
        // What is of no account may be anything.
        let ignored =
            changed.windows(5).all(|five| five != b"of no") || changed.windows(6).all(|o| o != b"ccount");
        let outcome = error(&changed, "құпия");
        assert!(outcome.is_some() || ignored || at + 20 > container.len(), "{at}: {outcome:?}");
    }
}

#[test]
fn what_is_written_is_read() {
    let pair = openssl::rsa::Rsa::generate(1024).and_then(openssl::pkey::PKey::from_rsa).expect("a key");
    let spki = pair.public_key_to_der().expect("DER");
    let pkcs8 = pair.private_key_to_pkcs8().expect("DER");
    let chain = [b"above".to_vec(), b"on top".to_vec()];
    let entry = Entry { pkcs8: &pkcs8, certificate: b"own", spki: &spki, chain: &chain, name: "аты 🔑" };
    for protection in [Protection::Modern, Protection::National] {
        for password in ["құпия 🔑", ""] {
            let container = write(&entry, password, protection).expect("written");
            let contents = open(&container, password).expect("opened");
            assert_eq!(keys(&contents), [pkcs8.as_slice()]);
            assert_eq!(contents.keys[0].name.as_deref(), Some("аты 🔑"));
            assert_eq!(contents.certificates, [&b"own"[..], b"above", b"on top"]);
            assert_eq!(error(&container, "other"), Some(IdentityError::WrongPassword));
            assert_ne!(write(&entry, password, protection).expect("written"), container, "salt is new");
        }
    }
}
