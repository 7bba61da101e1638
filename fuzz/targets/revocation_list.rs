//! Revocation lists: what is read is what OpenSSL reads, and what is looked up by the index is what a walk
//! over all lines finds. A list is judged as it came and signed again by its issuer, alone, as a delta to a
//! base and as the base of a delta; the order in which lists are given changes nothing.

#![no_main]

mod pki;

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::x509::X509Crl;
use qoltanba::asn1::{Error, Reader, oid, tag};
use qoltanba::pkix::issue::{self, Extension, GeneralName, Point, Revocation};
use qoltanba::pkix::{CertStatus, Certificate, Crl, Name, RevokedEntry, UnverifiedCrl, status};

use pki::{Holder, bounded, instant, now, object, plant, same};

struct World {
    root: Holder,
    leaf: Arc<Certificate>,
    /// A complete list with the leaf on hold, and a delta that lets it go.
    base: Crl,
    delta: Crl,
    honest: Vec<Vec<u8>>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let root = Holder::root();
    let leaf = root.holder("Leaf", vec![Extension::crl_distribution_point("http://b.kz/a.crl")]).certificate;
    let line = |serial: &[u8], day: &str, reason, more| Revocation {
        serial: serial.to_vec(),
        at: instant(&format!("2026-{day}T00:00:00Z")),
        reason,
        more,
    };
    let list = |number, month: &str, lines: &[Revocation], more: &[Extension]| {
        let update = instant(&format!("2026-{month}-01T00:00:00Z"));
        let next = Some(instant("2026-07-01T00:00:00Z"));
        issue::crl(root.issuer(), update, next, number, lines, more).expect("a list")
    };
    let held = line(leaf.serial(), "03-01", Some(6), Vec::new());
    let compromised = line(leaf.serial(), "03-02", Some(1), Vec::new());
    let freed = line(leaf.serial(), "05-01", Some(8), Vec::new());
    let other = Extension::certificate_issuer(&pki::name("Other"));
    let own = Extension::certificate_issuer(&root.name);
    let date = Extension::new("2.5.29.24", qoltanba::asn1::write::time(now()));
    let point = Point { full: vec![GeneralName::Uri("http://b.kz/a.crl".into())], ..Point::default() };
    let of_users = Extension::issuing_distribution_point(&point, &[1]);
    let indirect = Extension::issuing_distribution_point(&Point::default(), &[4]);
    let delta = Extension::delta_crl_indicator(1);
    let several = [
        line(&[5], "02-01", Some(1), vec![date]),
        held.clone(),
        line(&[5], "01-01", Some(6), Vec::new()),
        compromised.clone(),
        line(&[0xff], "01-05", None, Vec::new()),
    ];
    let of_others = [
        line(leaf.serial(), "02-01", None, vec![other.clone()]),
        line(&[7], "02-02", Some(4), Vec::new()),
        line(&[7], "02-03", Some(1), vec![own]),
        line(&[7], "02-03", Some(1), vec![other]),
    ];
    let first = list(1, "04", std::slice::from_ref(&held), &[]);
    let second = list(2, "05", std::slice::from_ref(&freed), std::slice::from_ref(&delta));
    let honest = vec![
        first.clone(),
        second.clone(),
        list(3, "05", &several, &[Extension::freshest_crl("http://b.kz/d.crl")]),
        list(4, "05", &of_others, &[indirect.clone()]),
        list(5, "05", &[compromised], &[of_users]),
        list(6, "05", &of_others, &[indirect, delta]),
        list(7, "05", &[], &[]),
    ];
    let verified = |der: &[u8]| {
        let list = UnverifiedCrl::from_der(der).expect("a list");
        Crl::verify(&list, &root.certificate).expect("verified")
    };
    World { base: verified(&first), delta: verified(&second), leaf, honest, root }
});

struct Line {
    issuer: Name,
    serial: Vec<u8>,
    at: Timestamp,
    reason: Option<u8>,
}

/// Every line as it stands.
fn walk(der: &[u8], issuer: &Name) -> Result<Vec<Line>, Error> {
    let mut outer = Reader::single(der)?.reader();
    let mut fields = outer.take(tag::SEQUENCE)?.reader();
    fields.optional(tag::INTEGER)?;
    fields.take(tag::SEQUENCE)?;
    fields.take(tag::SEQUENCE)?;
    fields.next()?;
    if matches!(fields.peek(), Some(tag::UTC_TIME | tag::GENERALIZED_TIME)) {
        fields.next()?;
    }
    let mut lines = Vec::new();
    let mut issuer = issuer.clone();
    let Some(list) = fields.optional(tag::SEQUENCE)? else { return Ok(lines) };
    let mut list = list.reader();
    while !list.is_empty() {
        let mut line = list.take(tag::SEQUENCE)?.reader();
        let serial = line.take(tag::INTEGER)?.content.to_vec();
        let at = line.next()?.time()?;
        let mut reason = None;
        if let Some(extensions) = line.optional(tag::SEQUENCE)? {
            let mut extensions = extensions.reader();
            while !extensions.is_empty() {
                let mut fields = extensions.take(tag::SEQUENCE)?.reader();
                let name = fields.next()?.oid().unwrap_or_default();
                fields.optional(tag::BOOLEAN)?;
                let value = Reader::single(fields.next()?.content);
                match name.as_str() {
                    oid::REASON_CODE => {
                        let code = value.ok().filter(|code| code.tag == tag::ENUMERATED);
                        reason = code.and_then(|code| <[u8; 1]>::try_from(code.content).ok()).map(|[it]| it);
                    }
                    oid::CERTIFICATE_ISSUER => {
                        let mut names = value?.reader();
                        while !names.is_empty() {
                            let name = names.next()?;
                            if name.tag == tag::DIRECTORY_NAME {
                                issuer = Name::from_der(name.content)?;
                                break;
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
        lines.push(Line { issuer: issuer.clone(), serial, at, reason });
    }
    Ok(lines)
}

const HOLD: Option<u8> = Some(6);
const REMOVED: Option<u8> = Some(8);

/// What all lines about one certificate come to: the earliest time, for good if one of them says so. A
/// complete list removes nothing.
fn expected(lines: &[Line], issuer: &Name, serial: &[u8], delta: bool) -> Option<(Timestamp, Option<u8>)> {
    let about = lines.iter().filter(|line| line.serial == serial && line.issuer.matches(issuer));
    let (removed, mut alive): (Vec<_>, Vec<_>) = about.partition(|line| line.reason == REMOVED);
    alive.sort_by_key(|line| (line.at, line.reason.unwrap_or(u8::MAX)));
    let Some(first) = alive.first() else {
        return removed.iter().map(|line| (line.at, REMOVED)).min().filter(|_| delta);
    };
    let for_good = alive.iter().find(|line| line.reason != HOLD);
    Some((
        first.at,
        if first.reason == HOLD { for_good.map_or(HOLD, |line| line.reason) } else { first.reason },
    ))
}

fn is(own: Timestamp, theirs: &Asn1TimeRef) -> bool {
    let own = Asn1Time::from_unix(own.as_second()).expect("a time");
    theirs.compare(&own).ok() == Some(Ordering::Equal)
}

fn compare_with_openssl(list: &UnverifiedCrl, lines: &[Line]) {
    let Ok(other) = X509Crl::from_der(list.der()) else { return };
    assert_eq!(other.issuer_name().to_der().expect("DER"), list.issuer().der());
    let (this, next) = list.claimed_times();
    assert!(this == Timestamp::MAX || is(this, other.last_update()), "{this} and {}", other.last_update());
    assert_eq!(next.is_some(), other.next_update().is_some());
    if let (Some(next), Some(theirs)) = (next, other.next_update()) {
        assert!(next == Timestamp::MAX || is(next, theirs), "{next} and {theirs}");
    }
    let count = other.get_revoked().map_or(0, |revoked| revoked.len());
    assert_eq!(count, lines.len());
    for (line, theirs) in lines.iter().zip(other.get_revoked().into_iter().flatten()) {
        assert!(line.at == Timestamp::MAX || is(line.at, theirs.revocation_date()));
        let magnitude = theirs.serial_number().to_bn().expect("a number");
        if !magnitude.is_negative() {
            let own: Vec<u8> = line.serial.iter().copied().skip_while(|octet| *octet == 0).collect();
            assert_eq!(own, magnitude.to_vec());
        }
    }
}

fn statuses(lists: &[&Crl]) -> CertStatus {
    let leaf = &WORLD.leaf;
    let answer = same(|| status(leaf, lists, now()));
    let mut turned = lists.to_vec();
    turned.reverse();
    let other = status(leaf, &turned, now());
    assert_eq!((&answer.status, answer.uncovered), (&other.status, other.uncovered), "another order");
    let mut doubled = lists.to_vec();
    doubled.extend(lists);
    assert_eq!(status(leaf, &doubled, now()).status, answer.status, "each twice");
    answer.status
}

fn examine(der: &[u8]) {
    let read = || UnverifiedCrl::from_der(der).map(|list| (list.issuer().clone(), list.claimed_times()));
    if bounded(der, || same(read)).is_err() {
        return;
    }
    let list = UnverifiedCrl::from_der(der).expect("read before");
    // A line without the name that it must have is told when the list is shown to a signer.
    let Ok(crl) = Crl::verify(&list, &WORLD.root.certificate) else {
        if let Ok(lines) = walk(der, list.issuer()) {
            compare_with_openssl(&list, &lines);
        }
        return;
    };
    let lines = walk(der, list.issuer()).expect("what was verified can be walked over");
    compare_with_openssl(&list, &lines);
    let delta = crl.base_number().is_some();
    for line in lines.iter().take(64) {
        let found = crl.entry(&line.issuer, &line.serial);
        let wanted = expected(&lines, &line.issuer, &line.serial, delta);
        let since = found.map(|entry: RevokedEntry| entry.revoked_at);
        assert_eq!(since, wanted.map(|(at, _)| at), "{:?}", line.serial);
        let named = |name: &str, code| {
            let wanted = wanted.is_some_and(|(_, reason)| reason == code);
            found.is_some_and(|entry| entry.reason == Some(name)) == wanted
        };
        assert!(named("certificateHold", HOLD) && named("removeFromCRL", REMOVED));
    }
    let distinct: HashSet<_> = lines.iter().map(|line| &line.serial).collect();
    assert!(delta || crl.is_empty() == lines.iter().all(|line| line.reason == REMOVED));
    assert!(crl.len() <= lines.len() && (crl.scope().is_indirect() || crl.len() <= distinct.len()));
    assert!(crl.entry(list.issuer(), &[0x5a; 19]).is_none() || distinct.contains(&vec![0x5a; 19]));

    let (base, other) = (&WORLD.base, &WORLD.delta);
    let alone = statuses(&[&crl]);
    let listed = expected(&lines, WORLD.leaf.issuer(), WORLD.leaf.serial(), delta);
    if listed.is_some_and(|(at, reason)| at <= now() && reason != REMOVED) {
        assert_ne!(alone, CertStatus::Good, "good in spite of a line");
    }
    assert!(!delta || alone != CertStatus::Good, "a delta alone clears nobody");
    for lists in [[base, &crl], [other, &crl]] {
        let together = statuses(&lists);
        if matches!(&alone, CertStatus::Revoked { reason, .. } if *reason != Some("certificateHold")) {
            assert!(matches!(together, CertStatus::Revoked { .. }), "another list revives: {together:?}");
        }
    }
    statuses(&[base, other, &crl]);
}

libfuzzer_sys::fuzz_target!(
    init: plant("revocation_list", &WORLD.honest),
    |bytes: &[u8]| {
        let der = object(bytes, &WORLD.honest);
        examine(&der);
        if let Some(signed) = WORLD.root.sign_again(&der) {
            examine(&signed);
        }
    }
);
