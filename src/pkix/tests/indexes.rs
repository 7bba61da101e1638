//! Indexes of lists: that they say what the list says, and what becomes of damaged and hostile ones.

use std::time::{Duration, Instant};

use super::lists::{Authority, COMPROMISED, HELD, REMOVED, line, month};
use super::*;

/// A debug build takes a fraction of it; what it bounds takes hours where it is squared.
const SOON: Duration = Duration::from_secs(20);

fn line_of(serial: Vec<u8>, in_month: u8, reason: Option<u8>) -> Revocation {
    Revocation { serial, at: month(in_month), reason, more: Vec::new() }
}

fn file_of(list: &UnverifiedCrl) -> Vec<u8> {
    let (header, body) = list.index();
    [&header[..], body].concat()
}

fn reopen(der: &[u8], index: Vec<u8>) -> Result<UnverifiedCrl, Stale> {
    UnverifiedCrl::reopen(Arc::new(der.to_vec()), Arc::new(index))
}

fn read(der: &[u8]) -> UnverifiedCrl {
    UnverifiedCrl::from_der(der).expect("parsed")
}

/// Serial numbers of every length and shape: of one octet, negative, of twenty and far more octets, and some
/// that others begin with.
fn serials() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = (0..=255).map(|octet| vec![octet]).collect();
    all.extend((1..=255).map(|length| vec![0x41; length]).skip(1));
    all.extend(
        (0..600_u32).map(|at| crate::crypto::sha256(&at.to_be_bytes()).iter().copied().take(20).collect()),
    );
    all.extend([vec![0x80, 0, 0], vec![0xff, 0x7f], vec![0, 0xff], vec![0x41, 0], vec![0, 0, 0, 0x41]]);
    all
}

#[test]
fn a_kept_index_says_what_the_list_says() {
    let ca = Authority::new("CA");
    let all = serials();
    let (listed, others): (Vec<_>, Vec<_>) = all.iter().enumerate().partition(|(at, _)| at % 3 != 0);
    let lines: Vec<_> = listed
        .iter()
        .map(|(at, serial)| {
            line_of((*serial).clone(), u8::try_from(at % 5 + 1).expect("small"), Some(COMPROMISED))
        })
        .collect();
    let der = ca.unverified(1, (5, 7), &lines, &[]);
    let made = read(&der);
    assert_eq!(made.signed_by(), None);
    let unsigned = file_of(&made);
    Crl::verify(&made, &ca.certificate).expect("verified");
    let signed = file_of(&made);
    for (index, remembered) in [(unsigned, false), (signed, true)] {
        let opened = reopen(&der, index).expect("opened");
        assert_eq!(opened.signed_by().is_some(), remembered);
        assert_eq!((opened.series(), opened.claimed_times()), (made.series(), made.claimed_times()));
        let list = Crl::verify(&opened, &ca.certificate).expect("verified");
        assert_eq!(list.len(), listed.len());
        for (at, serial) in &listed {
            let entry = list.entry(list.issuer(), serial).expect("a line");
            let expected = month(u8::try_from(at % 5 + 1).expect("small"));
            assert_eq!((entry.revoked_at, entry.reason), (expected, Some("keyCompromise")), "{serial:?}");
        }
        for (_, serial) in &others {
            assert_eq!(list.entry(list.issuer(), serial), None, "{serial:?}");
        }
        assert_eq!(list.entry(Authority::new("Other").certificate.subject(), &listed[0].1.clone()), None);
    }
}

#[test]
fn a_remembered_signature_is_of_that_key_alone() {
    let ca = Authority::new("CA");
    let other = Authority::new("CA");
    let der = ca.unverified(1, (5, 7), &[], &[]);
    let made = read(&der);
    assert!(Crl::verify(&made, &other.certificate).is_err());
    assert_eq!(made.signed_by(), None, "what failed is not remembered");
    Crl::verify(&made, &ca.certificate).expect("verified");
    let opened = reopen(&der, file_of(&made)).expect("opened");
    assert!(Crl::verify(&opened, &other.certificate).is_err(), "another key of the same name");
    // The right to sign lists is asked for each time.
    let mute = ca.subject.sign(&ca.subject.profile(vec![Extension::key_usage(&[5])]));
    assert_eq!(Crl::verify(&opened, &mute).err(), Some(CrlError::KeyUsage));
}

#[test]
fn a_verified_certificate_is_so_for_that_key_alone() {
    let (ca, other) = (Authority::new("CA"), Authority::new("CA"));
    let leaf = ca.issue(vec![]);
    let key = |authority: &Authority| authority.certificate.public_key().expect("a key").clone();
    for _ in 0..2 {
        assert!(leaf.verify_issued_by(&key(&other)).is_err());
        assert!(leaf.verify_issued_by(&key(&ca)).is_ok());
    }
    // The same numbers parsed again are verified again.
    assert!(!key(&ca).is(&ca.subject.key.public_key()));
    assert!(leaf.verify_issued_by(&ca.subject.key.public_key()).is_ok());
}

#[test]
fn issuers_and_defects_of_lines_are_kept() {
    let ca = Authority::new("CA");
    let (one, two) = (Authority::new("One"), Authority::new("Two"));
    let named = |authority: &Authority, serial: u8| Revocation {
        more: vec![Extension::certificate_issuer(&authority.subject.name)],
        ..line_of(vec![serial], 2, None)
    };
    let lines = [
        line_of(vec![1], 2, None),
        named(&one, 1),
        line_of(vec![2], 3, None),
        named(&two, 1),
        named(&one, 9),
    ];
    let indirect = [Extension::issuing_distribution_point(&issue::Point::default(), &[4])];
    let der = ca.unverified(1, (5, 7), &lines, &indirect);
    let opened = reopen(&der, file_of(&read(&der))).expect("opened");
    let list = Crl::verify(&opened, &ca.certificate).expect("verified");
    let has =
        |authority: &Authority, serial: u8| list.entry(authority.certificate.subject(), &[serial]).is_some();
    assert_eq!([1, 2, 9].map(|serial| has(&ca, serial)), [true, false, false]);
    assert_eq!([1, 2, 9].map(|serial| has(&one, serial)), [true, true, true]);
    assert_eq!([1, 2, 9].map(|serial| has(&two, serial)), [true, false, false]);

    let unknown = Extension::new("1.2.398.99.1", vec![5, 0]).critical();
    let odd = Revocation { more: vec![unknown], ..line_of(vec![3], 2, None) };
    for (lines, expected) in [
        (vec![odd], "1.2.398.99.1"),
        (vec![named(&one, 1)], oid::CERTIFICATE_ISSUER),
        (
            vec![Revocation {
                more: vec![Extension::new(oid::CERTIFICATE_ISSUER, vec![5, 0]).critical()],
                ..line_of(vec![3], 2, None)
            }],
            oid::CERTIFICATE_ISSUER,
        ),
    ] {
        let der = ca.unverified(1, (5, 7), &lines, &[]);
        let opened = reopen(&der, file_of(&read(&der))).expect("opened");
        let refusal = Crl::verify(&opened, &ca.certificate).err();
        assert_eq!(refusal, Some(Defect::Line(expected.to_owned()).into()));
        assert_eq!(refusal, Crl::verify(&read(&der), &ca.certificate).err());
    }
}

#[test]
fn a_changed_index_is_made_anew() {
    let ca = Authority::new("CA");
    let lines: Vec<_> = (1..60).map(|serial| line_of(vec![serial], 2, Some(COMPROMISED))).collect();
    let der = ca.unverified(1, (5, 7), &lines, &[]);
    let made = read(&der);
    Crl::verify(&made, &ca.certificate).expect("verified");
    let index = file_of(&made);
    assert!(reopen(&der, index.clone()).is_ok());
    for position in 0..index.len() {
        for bit in [0x01, 0x80] {
            let mut altered = index.clone();
            altered[position] ^= bit;
            assert!(reopen(&der, altered).is_err(), "octet {position}");
        }
    }
    for length in (0..index.len()).chain([index.len() + 1, index.len() + 8]) {
        let mut altered = index.clone();
        altered.resize(length, 0);
        assert!(reopen(&der, altered).is_err(), "{length} octets");
    }
    // Of an older form, with sums that are right.
    assert!(UnverifiedCrl::reopen_of_form(&der, *b"QoltCRL1").is_ok());
    assert!(UnverifiedCrl::reopen_of_form(&der, *b"QoltCRL0").is_err());
    // Two lines that have changed places.
    let mut altered = index.clone();
    altered[HEADER_OCTETS..HEADER_OCTETS + 16].rotate_left(8);
    assert!(reopen(&der, altered).is_err());
    // Another list, one of the same length among them.
    for other in
        [ca.unverified(2, (5, 7), &lines, &[]), ca.unverified(1, (5, 7), &lines[1..], &[]), Vec::new()]
    {
        assert!(reopen(&other, index.clone()).is_err());
    }
}

/// What nobody but the owner could have written: sums that are right and a content that is not.
#[test]
fn a_lying_index_ends_in_an_answer() {
    let ca = Authority::new("CA");
    let lines: Vec<_> = (1..60).map(|serial| line_of(vec![serial], 2, Some(COMPROMISED))).collect();
    let der = ca.unverified(1, (5, 7), &lines, &[]);
    let begin = Instant::now();
    let far = [0xff; 8];
    let middle = [0x80, 0, 0, 0, 0, 0, 0, 9];
    for records in [
        vec![],
        vec![far; 1000],
        vec![[0; 8]; 1000],
        vec![middle; 1000],
        [vec![far; 500], vec![[0; 8]; 500]].concat(),
    ] {
        let forged = UnverifiedCrl::with_forged_index(&der, records, 0).expect("opened");
        let list = Crl::verify(&forged, &ca.certificate).expect("the list itself is signed");
        for serial in 0..=255 {
            // It can hide a line, and make none that the list has not.
            let entry = list.entry(list.issuer(), &[serial]);
            assert!(entry.is_none() || (1..60).contains(&serial));
        }
    }
    // Whatever a defect is said to be at, outside the list or in the midst of it.
    for place in 1..u32::try_from(der.len()).expect("small") + 9 {
        let _any = UnverifiedCrl::with_forged_index(&der, Vec::new(), place);
    }
    assert!(begin.elapsed() < SOON);
}

#[test]
fn claims_cost_nothing() {
    let ca = Authority::new("CA");
    let der = ca.unverified(1, (5, 7), &[line_of(vec![1], 2, None)], &[]);
    let index = file_of(&read(&der));
    // Four thousand million lines, runs, issuers.
    for field in [80, 84, 88] {
        let mut altered = index.clone();
        altered[field..field + 4].fill(0xff);
        assert!(reopen(&der, altered).is_err());
    }
}

#[test]
fn many_lines_about_one_certificate_are_two() {
    let ca = Authority::new("CA");
    let leaf = ca.issue(vec![]);
    let begin = Instant::now();
    let mut lines = vec![line(&leaf, 3, HELD); 20_000];
    lines.extend(vec![line(&leaf, 4, COMPROMISED); 20_000]);
    lines.extend(vec![line(&leaf, 2, REMOVED); 20_000]);
    let der = ca.unverified(1, (5, 7), &lines, &[]);
    let made = read(&der);
    let (_, body) = made.index();
    assert_eq!(body.len(), 16);
    let list = Crl::verify(&made, &ca.certificate).expect("verified");
    let entry = list.entry(list.issuer(), leaf.serial()).expect("a line");
    assert_eq!((entry.revoked_at, entry.reason), (month(3), Some("keyCompromise")));
    // In a delta what is revoked is not removed, and what is only removed is.
    let delta = [Extension::delta_crl_indicator(1)];
    for (lines, expected) in [
        (&lines[..], (month(3), Some("keyCompromise"))),
        (&lines[40_000..], (month(2), Some("removeFromCRL"))),
    ] {
        let list =
            Crl::verify(&read(&ca.unverified(2, (5, 7), lines, &delta)), &ca.certificate).expect("verified");
        let entry = list.entry(list.issuer(), leaf.serial()).expect("a line");
        assert_eq!((entry.revoked_at, entry.reason), expected);
    }
    assert!(begin.elapsed() < SOON);
}

/// Serial numbers that are chosen to have one hash make a look-up no longer than a binary search.
#[test]
fn numbers_of_one_hash_are_found() {
    let ca = Authority::new("CA");
    let begin = Instant::now();
    let serials: Vec<Vec<u8>> = crate::pkix::crl::of_one_hash(20_000);
    let lines: Vec<_> = serials.iter().map(|serial| line_of(serial.clone(), 2, None)).collect();
    let der = ca.unverified(1, (5, 7), &lines, &[]);
    let list = Crl::verify(&read(&der), &ca.certificate).expect("verified");
    assert_eq!(list.len(), serials.len());
    assert!(serials.iter().all(|serial| list.entry(list.issuer(), serial).is_some()));
    let mut absent = serials[7].clone();
    absent.push(1);
    assert!(list.entry(list.issuer(), &absent).is_none());
    assert!(begin.elapsed() < SOON);
}

#[test]
fn a_number_longer_than_any_is_refused() {
    let ca = Authority::new("CA");
    let read = |length| {
        UnverifiedCrl::from_der(&ca.unverified(1, (5, 7), &[line_of(vec![1; length], 2, None)], &[]))
    };
    assert!(read(255).is_ok());
    assert!(read(256).is_err());
}
