//! Answers of OCSP responders: single answers and certificates without number.

use super::*;

/// An answer of the authority with these single answers.
fn answer(singles: &[u8], certificates: &[u8]) -> Vec<u8> {
    let ca = &WORLD.ca;
    let time = write::tlv(tag::GENERALIZED_TIME, &["20260601000000Z"]);
    let data = write::sequence(&[write::context(1, &[&ca.name]), time, write::sequence(&[singles])]);
    let mut parts = vec![data.clone(), algorithm(ca), write::bit_string(&value(ca, &data))];
    if !certificates.is_empty() {
        parts.push(write::context(0, &[write::sequence(&[certificates])]));
    }
    let basic = write::octet_string(&write::sequence(&parts));
    let bytes = write::context(0, &[write::sequence(&[write::oid(oid::OCSP_BASIC), basic])]);
    write::sequence(&[write::enumerated(0), bytes])
}

/// A good answer about a serial number.
fn single(serial: &[u8]) -> Vec<u8> {
    let world = &*WORLD;
    let mut spki = Reader::single(world.authority.spki()).expect("DER").reader();
    spki.next().expect("an algorithm");
    let bits = spki.next().and_then(|bits| bits.bit_string()).expect("bits");
    let hash = DigestAlgorithm::Sha1;
    let id = write::sequence(&[
        write::sequence(&[write::oid(hash.oid()), write::null()]),
        write::octet_string(&digest(hash, &world.ca.name)),
        write::octet_string(&digest(hash, bits)),
        write::tlv(tag::INTEGER, &[serial]),
    ]);
    let time = write::tlv(tag::GENERALIZED_TIME, &["20260601000000Z"]);
    write::sequence(&[id, write::context_primitive(0, &[]), time])
}

pub(super) fn answers() -> Vec<(&'static str, Vec<u8>, Option<CertStatus>)> {
    let own = single(WORLD.certificate.serial());
    let other = |n: usize| [&[1], &u32::try_from(n).expect("small").to_be_bytes()[..]].concat();
    let crowd = single(&other(1)).repeat(100_000);
    let carried = many(10_000, |_| Fields::new().extensions);
    vec![
        ("one", answer(&own, &[]), Some(CertStatus::Good)),
        ("none", answer(&[], &[]), None),
        ("1,000", answer(&[single(&[5]).repeat(999), own.clone()].concat(), &[]), Some(CertStatus::Good)),
        ("100,000", answer(&[crowd, own.clone()].concat(), &[]), None),
        ("serial number of 1 MB", answer(&single(&vec![0x7f; MEGABYTE]), &[]), Some(CertStatus::Unknown)),
        ("10,000 certificates that are none", answer(&own, &carried), Some(CertStatus::Good)),
        (
            "10,000 certificates",
            answer(&own, &WORLD.certificate.der().repeat(10_000)),
            Some(CertStatus::Good),
        ),
        ("answers nested 100,000 deep", answer(&nested(100_000, tag::SEQUENCE), &[]), None),
        ("nested 100,000 deep", nested(100_000, tag::SEQUENCE), None),
        ("trailing octet", [answer(&own, &[]), vec![0]].concat(), None),
    ]
}

#[test]
fn every_answer_says_what_it_may_in_time() {
    for (name, der, expected) in answers() {
        let found = soon(name, || {
            let response = UnverifiedOcsp::from_der(&der).ok()?;
            let verified = Ocsp::verify(&response, &WORLD.authority, &[]).ok()?;
            Some(verified.status(&WORLD.certificate, now(), SignedDuration::from_hours(24)))
        });
        assert_eq!(found, expected, "{name}");
    }
}
