//! Timestamp tokens: a token that holds here holds for OpenSSL's CMS over the same content, its signer is
//! for timestamps alone, and what is read of it is read again of its DER. A token is judged as it came,
//! with its signed attributes signed again, and with new attributes around its TSTInfo.

#![no_main]

mod pki;

use std::sync::{Arc, LazyLock};

use openssl::cms::{CMSOptions, CmsContentInfo};
use openssl::stack::Stack;
use openssl::x509::X509;
use qoltanba::asn1::{Error, Reader, oid, tag, write};
use qoltanba::crypto::{DigestAlgorithm, digest};
use qoltanba::pkix::UnverifiedTimestamp;
use qoltanba::pkix::issue::Extension;
use qoltanba::pkix::timestamp::Request;

use pki::{Holder, bounded, object, plant, same};

const HASH: DigestAlgorithm = DigestAlgorithm::Sha256;
const STAMPED: &[u8] = b"stamped";

struct World {
    authority: Holder,
    honest: Vec<Vec<u8>>,
}

fn info(time: &str, rest: &[Vec<u8>]) -> Vec<u8> {
    let algorithm = write::sequence(&[write::oid(HASH.oid()), write::null()]);
    let imprint = write::sequence(&[algorithm, write::octet_string(&digest(HASH, STAMPED))]);
    let time = write::tlv(tag::GENERALIZED_TIME, &[time]);
    let fixed = [write::integer(1), write::oid("1.2.3.4"), imprint, write::integer(77), time];
    write::sequence(&[&fixed[..], rest].concat())
}

fn attribute(name: &str, value: Vec<u8>) -> Vec<u8> {
    write::sequence(&[write::oid(name), write::tlv(tag::SET, &[value])])
}

/// The attributes that a token over this content must have.
fn attributes(authority: &Holder, content: &[u8]) -> Vec<u8> {
    let named = write::octet_string(&digest(HASH, authority.certificate.der()));
    let signing = write::sequence(&[write::sequence(&[write::sequence(&[named])])]);
    [
        attribute(oid::CONTENT_TYPE, write::oid(oid::TST_INFO)),
        attribute(oid::MESSAGE_DIGEST, write::octet_string(&digest(HASH, content))),
        attribute(oid::SIGNING_CERTIFICATE_V2, signing),
    ]
    .concat()
}

/// A token of this content with these attributes, signed.
fn token(authority: &Holder, content: &[u8], attributes: &[u8], certificates: &[u8]) -> Vec<u8> {
    let value = authority.sign(&write::tlv(tag::SET, &[attributes]));
    let hash = write::sequence(&[write::oid(HASH.oid())]);
    let serial = write::tlv(tag::INTEGER, &[authority.certificate.serial()]);
    let signer = write::sequence(&[
        write::integer(1),
        write::sequence(&[authority.certificate.issuer().der().to_vec(), serial]),
        hash.clone(),
        write::context(0, &[attributes]),
        authority.algorithm(),
        write::octet_string(&value),
    ]);
    let content = write::context(0, &[write::octet_string(content)]);
    let data = write::sequence(&[
        write::integer(3),
        write::tlv(tag::SET, &[hash]),
        write::sequence(&[write::oid(oid::TST_INFO), content]),
        write::context(0, &[certificates]),
        write::tlv(tag::SET, &[signer]),
    ]);
    write::sequence(&[write::oid(oid::SIGNED_DATA), write::context(0, &[data])])
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let root = Holder::root();
    let purpose = Extension::extended_key_usage(&[oid::TIME_STAMPING]).critical();
    let authority = root.holder("Time", vec![Extension::key_usage(&[0, 1]), purpose]);
    let accuracy = write::sequence(&[write::integer(1), write::context_primitive(0, &[5])]);
    let extension = write::sequence(&[write::oid("1.2.3.5"), write::octet_string(&[5, 0])]);
    let rest = [
        accuracy,
        write::boolean(true),
        write::integer(99),
        write::context(0, &[write::context(4, &[&authority.name])]),
        write::context(1, &[extension]),
    ];
    let carried = [authority.certificate.der(), root.certificate.der()].concat();
    let of = |info: &[u8]| token(&authority, info, &attributes(&authority, info), &carried);
    let plain = of(&info("20260601100000Z", &[]));
    let response = write::sequence(&[write::sequence(&[write::integer(0)]), plain.clone()]);
    let honest = vec![plain, of(&info("20260601100000.25Z", &rest)), response];
    World { authority, honest }
});

/// Content, attributes, certificates, and the hashes that are announced.
fn parts(der: &[u8]) -> Result<[&[u8]; 4], Error> {
    let mut outer = Reader::single(der)?.reader();
    outer.next()?;
    let mut data = outer.next()?.reader().next()?.reader();
    data.next()?;
    let hashes = data.next()?.content;
    let mut encapsulated = data.next()?.reader();
    encapsulated.next()?;
    let content = encapsulated.next()?.reader().next()?.content;
    let certificates = data.optional(tag::context_constructed(0))?.map_or(&[][..], |set| set.content);
    data.optional(tag::context_constructed(1))?;
    let mut signer = data.next()?.reader().next()?.reader();
    signer.next()?;
    signer.next()?;
    signer.next()?;
    Ok([content, signer.next()?.content, certificates, hashes])
}

fn compare_with_openssl(der: &[u8], content: &[u8]) {
    let mut others = Stack::new().expect("a stack");
    others.push(X509::from_der(WORLD.authority.certificate.der()).expect("DER")).expect("pushed");
    let Ok(mut other) = CmsContentInfo::from_der(der) else { return };
    let options = CMSOptions::NO_SIGNER_CERT_VERIFY | CMSOptions::BINARY;
    let mut seen = Vec::new();
    let outcome = other.verify(Some(&others), None, None, Some(&mut seen), options);
    outcome.expect("a token that OpenSSL refuses");
    assert_eq!(seen, content);
}

fn examine(bytes: &[u8]) {
    let read =
        || UnverifiedTimestamp::from_token(bytes).map(|token| (token.der().to_vec(), token.claimed_time()));
    let Ok((der, time)) = bounded(bytes, || same(read)) else { return };
    let token = UnverifiedTimestamp::from_token(&der).expect("the DER of a token is one");
    assert_eq!((token.der(), token.claimed_time()), (&der[..], time));
    let certificates = token.certificates();
    assert!(certificates.len() <= 32);
    let others = [Arc::clone(&WORLD.authority.certificate)];
    let Ok(stamp) = token.verify(&others) else { return };
    assert_eq!(stamp.time(), time);
    assert!(stamp.signer().is_for_timestamps());
    assert!(!stamp.precedes(&stamp), "before itself");
    let [content, .., hashes] = parts(&der).expect("what was read has parts");
    // OpenSSL wants to know every hash that is announced, used or not (RFC 5652 5.1 leaves it open).
    if hashes == write::sequence(&[write::oid(HASH.oid())]) {
        compare_with_openssl(&der, content);
    }
    let imprint = digest(HASH, STAMPED).to_vec();
    assert!(!stamp.is_over(STAMPED) || token.claims_imprint(&imprint));
    let request = Request { hash: HASH, imprint, policy: Some("1.2.3.4".into()), nonce: Some(vec![99]) };
    if stamp.answers(&request).is_ok() {
        assert!(stamp.is_over(STAMPED) && stamp.policy() == "1.2.3.4");
    }
    // Of another document it is not.
    assert!(!stamp.is_over(b"another"));
}

libfuzzer_sys::fuzz_target!(
    init: plant("timestamp", &WORLD.honest),
    |bytes: &[u8]| {
        let der = object(bytes, &WORLD.honest);
        examine(&der);
        if let Ok(inner) = UnverifiedTimestamp::token_in(&der) {
            examine(inner);
        }
        if let Ok([content, own, certificates, _]) = parts(&der) {
            let authority = &WORLD.authority;
            examine(&token(authority, content, own, certificates));
            examine(&token(authority, content, &attributes(authority, content), certificates));
        }
    }
);
