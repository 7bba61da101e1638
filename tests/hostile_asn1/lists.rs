//! Revocation lists: lines, reasons and scopes by the hundred thousand.

use super::*;

/// A list of the authority: these lines and these extensions by their DER.
fn list(lines: &[u8], extensions: &[u8]) -> Vec<u8> {
    let ca = &WORLD.ca;
    let mut parts = vec![
        write::integer(1),
        algorithm(ca),
        ca.name.clone(),
        write::time(instant("2026-05-01T00:00:00Z")),
        write::time(instant("2026-07-01T00:00:00Z")),
    ];
    if !lines.is_empty() {
        parts.push(write::sequence(&[lines]));
    }
    if !extensions.is_empty() {
        parts.push(write::context(0, &[write::sequence(&[extensions])]));
    }
    signed(ca, &write::sequence(&parts))
}

fn line(serial: &[u8], extensions: &[u8]) -> Vec<u8> {
    let at = write::tlv(tag::UTC_TIME, &["260301000000Z"]);
    let serial = write::tlv(tag::INTEGER, &[serial]);
    match extensions.is_empty() {
        true => write::sequence(&[serial, at]),
        false => write::sequence(&[serial, at, write::sequence(&[extensions])]),
    }
}

/// Reads a list, shows it to its signer, and asks it about the certificate of the world.
fn asked(der: &[u8]) -> Result<CertStatus, String> {
    let list = UnverifiedCrl::from_der(der).map_err(|error| error.to_string())?;
    let crl = Crl::verify(&list, &WORLD.authority).map_err(|error| match error {
        CrlError::Defect(Defect::List(_)) => "list".to_owned(),
        CrlError::Defect(Defect::Line(_)) => "line".to_owned(),
        error => error.to_string(),
    })?;
    Ok(crl.status(&WORLD.certificate, now()))
}

const REASON: [u8; 3] = [tag::ENUMERATED, 1, 1];

pub(super) fn lists() -> Vec<(&'static str, Vec<u8>, Option<&'static str>)> {
    let reason = extension(oid::REASON_CODE, false, &REASON);
    let number = |n: usize| u32::try_from(n).expect("small").to_be_bytes();
    let positive = |n: usize| [&[1], &number(n)[..]].concat();
    let million = many(1_000_000, |n| line(&positive(n), &reason));
    let own = line(WORLD.certificate.serial(), &reason);
    let idp = |critical, value: &[u8]| extension(oid::ISSUING_DISTRIBUTION_POINT, critical, value);
    let sequence = |octets: &[u8]| write::sequence(&[octets]);
    let names = |count: usize| {
        let names = many(count, |n| write::context_primitive(6, format!("http://a.kz/{n:06}").as_bytes()));
        write::context(0, &[write::context(0, &[names])])
    };
    let issuer = |n: usize| {
        let name = write::context(4, &[issue::name(&[(oid::COMMON_NAME, &n.to_string())])]);
        extension(oid::CERTIFICATE_ISSUER, true, &write::sequence(&[name]))
    };
    let indirect = idp(true, &sequence(&write::context_primitive(4, &[0xff])));
    let million_and_own = [million, own.clone()].concat();
    let unknown = |critical| many(100_000, |n| extension(&format!("1.2.3.{n}"), critical, &[5, 0]));
    let delta = |value: &[u8]| extension(oid::DELTA_CRL_INDICATOR, true, value);
    vec![
        ("a million lines with extensions", list(&million_and_own, &[]), Some("revoked")),
        ("a million lines of one serial number", list(&own.repeat(1_000_000), &[]), Some("revoked")),
        ("one line with 100,000 extensions", list(&line(&[5], &unknown(false)), &[]), Some("good")),
        ("one line with 100,000 critical ones", list(&line(&[5], &unknown(true)), &[]), Some("line")),
        ("100,000 extensions", list(&[], &unknown(false)), Some("good")),
        ("100,000 critical extensions", list(&[], &unknown(true)), Some("list")),
        ("an extension twice", list(&[], &indirect.repeat(2)), None),
        ("serial number of 1 MB", list(&line(&vec![0x7f; MEGABYTE], &[]), &[]), None),
        ("serial number of no octets", list(&line(&[], &[]), &[]), None),
        ("4,000 issuers", list(&many(4000, |n| line(&[5], &issuer(n))), &indirect), Some("good")),
        ("100,000 issuers", list(&many(100_000, |n| line(&[5], &issuer(n))), &indirect), None),
        ("issuers in a list of one", list(&line(&[5], &issuer(1)), &[]), Some("line")),
        ("scope of nothing", list(&[], &idp(true, &[])), Some("list")),
        ("scope that is no sequence", list(&[], &idp(false, &[5, 0])), Some("list")),
        (
            "scope of users and authorities",
            list(&[], &idp(true, &sequence(&[0x81, 1, 0xff, 0x82, 1, 0xff]))),
            Some("list"),
        ),
        (
            "scope with fields in disorder",
            list(&[], &idp(true, &sequence(&[0x84, 1, 0xff, 0x81, 1, 0xff]))),
            Some("list"),
        ),
        (
            "scope with a field twice",
            list(&[], &idp(true, &sequence(&[0x84, 1, 0xff, 0x84, 1, 0xff]))),
            Some("list"),
        ),
        (
            "scope with reasons of nine unused bits",
            list(&[], &idp(true, &sequence(&[0x83, 2, 9, 0xff]))),
            Some("list"),
        ),
        ("scope with an unknown field", list(&[], &idp(true, &sequence(&[0x86, 1, 0xff]))), Some("list")),
        ("scope nested 100,000 deep", list(&[], &idp(true, &nested(100_000, tag::SEQUENCE))), Some("list")),
        ("scope of no places", list(&[], &idp(true, &sequence(&[0xa0, 2, 0xa0, 0]))), Some("unknown")),
        ("scope of 100,000 places", list(&[], &idp(true, &sequence(&names(100_000)))), Some("list")),
        ("delta to no number", list(&[], &delta(&[5, 0])), Some("list")),
        ("delta to a negative number", list(&[], &delta(&[2, 1, 0x80])), Some("list")),
        (
            "delta to a number of 1 MB",
            list(&[], &delta(&write::tlv(tag::INTEGER, &[vec![1; MEGABYTE]]))),
            Some("list"),
        ),
        ("delta without a base", list(&[], &delta(&[2, 1, 1])), Some("unknown")),
        ("trailing octet", [list(&[], &[]), vec![0]].concat(), None),
        ("nested 100,000 deep", nested(100_000, tag::SEQUENCE), None),
    ]
}

#[test]
fn every_list_says_what_it_may_in_time() {
    let mut wrong = Vec::new();
    for (name, der, expected) in lists() {
        let found = soon(name, || asked(&der));
        let found = match &found {
            Ok(CertStatus::Revoked { .. }) => Some("revoked"),
            Ok(CertStatus::Good) => Some("good"),
            Ok(CertStatus::Unknown) => Some("unknown"),
            Ok(_) => Some("other"),
            Err(defect) if defect == "list" || defect == "line" => Some(defect.as_str()),
            Err(_) => None,
        };
        if found != expected {
            wrong.push(format!("{name}: {found:?}, {expected:?} expected"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The names of a certificate's distribution points times those of a list's scope.
#[test]
fn places_times_places_end() {
    let url = |n: usize| write::context_primitive(6, format!("http://a.kz/{n:06}").as_bytes());
    let name = |n: usize| write::context(4, &[issue::name(&[(oid::COMMON_NAME, &n.to_string())])]);
    let kinds: [&dyn Fn(usize) -> Vec<u8>; 2] = [&url, &name];
    for place in kinds {
        let certificate = |count: usize| {
            let point = |n| write::sequence(&[write::context(0, &[write::context(0, &[place(n)])])]);
            let points = write::sequence(&[many(count, point)]);
            let points = extension(oid::CRL_DISTRIBUTION_POINTS, false, &points);
            Certificate::from_der(&Fields::new().with(&points).der()).expect("a certificate")
        };
        let parts = |from: usize, count: usize| {
            let names = many(count, |n| place(from + n));
            let value = write::sequence(&[write::context(0, &[write::context(0, &[names])])]);
            let der = list(&[], &extension(oid::ISSUING_DISTRIBUTION_POINT, true, &value));
            Crl::verify(&UnverifiedCrl::from_der(&der).expect("a list"), &WORLD.authority)
        };
        let status = |crl: &Crl, of| soon("places", || crl.status(of, now()));
        let most = certificate(1000);
        assert_eq!(status(&parts(2000, 1000).expect("a list"), &most), CertStatus::Unknown);
        assert_eq!(status(&parts(999, 1000).expect("a list"), &most), CertStatus::Good);
        let scope = Defect::List(oid::ISSUING_DISTRIBUTION_POINT.to_owned());
        assert_eq!(parts(999, 1001).err(), Some(CrlError::Defect(scope)));
        // Points that are not read lead to no list of a part.
        let many = certificate(1001);
        assert!(many.distribution_points().is_empty());
        assert_eq!(status(&parts(999, 1000).expect("a list"), &many), CertStatus::Unknown);
    }
}
