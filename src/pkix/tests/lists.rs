//! What lists together say: deltas, parts, reasons, other issuers, and time.

use super::*;
use crate::pkix::issue::{GeneralName, Point};

/// An authority, its certificate, and how it makes lists.
pub(super) struct Authority {
    pub(super) subject: Subject,
    pub(super) certificate: Arc<Certificate>,
}

impl Authority {
    pub(super) fn new(name: &str) -> Self {
        let subject = Subject::new(name);
        let certificate = subject.sign(&subject.profile(authority(None)));
        Self { subject, certificate }
    }

    pub(super) fn issue(&self, extensions: Vec<Extension>) -> Arc<Certificate> {
        self.subject.sign(&Subject::new("Leaf").profile([end_entity(), extensions].concat()))
    }

    pub(super) fn unverified(
        &self,
        number: u32,
        months: (u8, u8),
        lines: &[Revocation],
        more: &[Extension],
    ) -> Vec<u8> {
        let (this, next) = (month(months.0), month(months.1));
        issue::crl(self.subject.issuer(), this, Some(next), number, lines, more).expect("a list")
    }

    /// A list with this number, made in one month and valid until another of 2026.
    fn list(&self, number: u32, months: (u8, u8), lines: &[Revocation], more: &[Extension]) -> Crl {
        let list = UnverifiedCrl::from_der(&self.unverified(number, months, lines, more)).expect("parsed");
        Crl::verify(&list, &self.certificate).expect("verified")
    }

    fn refusal(&self, lines: &[Revocation], more: &[Extension]) -> Option<CrlError> {
        let list = UnverifiedCrl::from_der(&self.unverified(1, (5, 7), lines, more)).expect("parsed");
        Crl::verify(&list, &self.certificate).err()
    }
}

/// The first of a month.
pub(super) fn month(number: u8) -> Timestamp {
    instant(&format!("2026-{number:02}-01T00:00:00Z"))
}

pub(super) fn line(certificate: &Certificate, in_month: u8, reason: u8) -> Revocation {
    let serial = certificate.serial().to_vec();
    Revocation { serial, at: month(in_month), reason: Some(reason), more: Vec::new() }
}

pub(super) const COMPROMISED: u8 = 1;
pub(super) const HELD: u8 = 6;
pub(super) const REMOVED: u8 = 8;

fn revoked(in_month: u8, reason: &'static str) -> CertStatus {
    CertStatus::Revoked { at: month(in_month), reason: Some(reason) }
}

fn asked(certificate: &Certificate, lists: &[&Crl]) -> CertStatus {
    status(certificate, lists, at()).status
}

fn at_uri(uri: &str) -> Point {
    Point { full: vec![GeneralName::Uri(uri.to_owned())], ..Point::default() }
}

#[test]
fn a_delta_changes_only_a_base_that_it_fits() {
    let ca = Authority::new("CA");
    let leaf = ca.issue(vec![]);
    let delta = |number, base, lines: &[Revocation], more: &[Extension]| {
        let indicator = [Extension::delta_crl_indicator(base)];
        ca.list(number, (5, 7), lines, &[&indicator, more].concat())
    };
    let held = ca.list(5, (3, 8), &[line(&leaf, 2, HELD)], &[]);
    let hold = revoked(2, "certificateHold");
    let lifted = [line(&leaf, 5, REMOVED)];
    assert_eq!(asked(&leaf, &[&held, &delta(9, 5, &lifted, &[])]), CertStatus::Good);
    assert_eq!(asked(&leaf, &[&delta(9, 4, &lifted, &[]), &held]), CertStatus::Good, "in any order");
    // Changes of a later list, changes that the base has already, another part.
    assert_eq!(asked(&leaf, &[&held, &delta(9, 6, &lifted, &[])]), hold);
    assert_eq!(asked(&leaf, &[&held, &delta(5, 3, &lifted, &[])]), hold);
    let part = Extension::issuing_distribution_point(&Point::default(), &[1]);
    let answer = status(&leaf, &[&held, &delta(9, 5, &lifted, &[part])], at());
    assert_eq!((answer.status, answer.unused), (hold, vec![(1, Unused::WithoutBase)]));
    // Deltas with a count of their own follow by time.
    assert_eq!(asked(&leaf, &[&held, &delta(2, 5, &lifted, &[])]), CertStatus::Good);
    assert_eq!(asked(&leaf, &[&held, &delta(2, 6, &lifted, &[])]), hold);
    let renewed = ca.list(6, (6, 8), &[line(&leaf, 2, HELD)], &[]);
    assert_eq!(asked(&leaf, &[&renewed, &delta(2, 5, &lifted, &[])]), hold);
    assert_eq!(asked(&leaf, &[&renewed, &delta(9, 5, &lifted, &[])]), hold);
    // Another key of the same authority.
    let other = Authority::new("CA");
    let foreign = other.list(9, (5, 7), &lifted, &[Extension::delta_crl_indicator(5)]);
    assert_eq!(asked(&leaf, &[&held, &foreign]), hold);
    // Not lifted before it was.
    let early = status(&leaf, &[&held, &delta(9, 5, &lifted, &[])], month(4)).status;
    assert_eq!(early, hold);

    // It renews a base that has ended, and by itself clears nobody, but what it says of a line counts.
    let old = ca.list(5, (3, 4), &[], &[]);
    assert_eq!(asked(&leaf, &[&old]), CertStatus::Stale);
    let answer = status(&leaf, &[&old, &delta(9, 5, &[], &[])], at());
    assert_eq!((answer.status, answer.produced_at), (CertStatus::Good, Some(month(5))));
    assert_eq!(asked(&leaf, &[&delta(9, 5, &[], &[])]), CertStatus::Unknown);
    assert_eq!(asked(&leaf, &[&old, &delta(9, 6, &[], &[])]), CertStatus::Stale);
    let changed = delta(9, 6, &[line(&leaf, 5, COMPROMISED)], &[]);
    assert_eq!(asked(&leaf, &[&old, &changed]), revoked(5, "keyCompromise"));
    assert_eq!(asked(&leaf, &[&changed]), revoked(5, "keyCompromise"));
    // Both lines in one delta: revoked.
    for removed in [4, 5] {
        let both = delta(9, 5, &[line(&leaf, removed, REMOVED), line(&leaf, 5, COMPROMISED)], &[]);
        assert_eq!(asked(&leaf, &[&held, &both]), revoked(5, "keyCompromise"));
    }
}

#[test]
fn a_list_of_another_part_or_kind_says_nothing() {
    let ca = Authority::new("CA");
    let plain = ca.issue(vec![]);
    let point = |uri| Extension::crl_distribution_points(&[(at_uri(uri), None)]);
    let here = ca.issue(vec![point("http://a.kz/1.crl")]);
    let below = ca.subject.sign(&Subject::new("Below").profile(authority(None)));
    let list = |point: &Point, flags: &[u8]| {
        let everyone = [&plain, &here, &below].map(|certificate| line(certificate, 2, COMPROMISED));
        let part = Extension::issuing_distribution_point(point, flags);
        (ca.list(1, (5, 7), &[], std::slice::from_ref(&part)), ca.list(1, (5, 7), &everyone, &[part]))
    };
    let part = at_uri("http://a.kz/1.crl");
    let other = at_uri("http://a.kz/2.crl");
    let by_name =
        |name: &[u8]| Point { full: vec![GeneralName::Directory(name.to_vec())], ..Point::default() };
    let own_name = by_name(&ca.subject.name);
    let none = Point::default();
    for (point, flags, scope) in [
        (&none, &[][..], [true, true, true]),
        (&none, &[1], [true, true, false]),
        (&none, &[2], [false, false, true]),
        (&none, &[5], [false, false, false]),
        (&part, &[], [false, true, false]),
        (&part, &[2], [false, false, false]),
        (&other, &[], [false, false, false]),
        // The point that a certificate without the extension is taken to have (RFC 5280 6.3.3).
        (&own_name, &[], [true, true, true]),
    ] {
        let (empty, full) = list(point, flags);
        for (certificate, in_scope) in [&plain, &here, &below].into_iter().zip(scope) {
            let expected = if in_scope {
                (CertStatus::Good, revoked(2, "keyCompromise"))
            } else {
                (CertStatus::Unknown, CertStatus::Unknown)
            };
            let found = (asked(certificate, &[&empty]), asked(certificate, &[&full]));
            assert_eq!(found, expected, "{point:?} {flags:?} {certificate:?}");
        }
    }
    // A name below that of the issuer, on either side.
    let rdn = issue::name(&[(oid::COMMON_NAME, "Part 1")]);
    let rdn = Reader::single(&rdn).expect("DER").content.to_vec();
    let whole = Reader::single(&ca.subject.name).expect("DER").content;
    let full = by_name(&write::sequence(&[whole, &rdn]));
    let relative = Point { relative: Some(rdn), ..Point::default() };
    let named = ca.issue(vec![Extension::crl_distribution_points(&[(relative.clone(), None)])]);
    for point in [&relative, &full] {
        assert_eq!(asked(&named, &[&list(point, &[]).0]), CertStatus::Good);
        assert_eq!(asked(&here, &[&list(point, &[]).0]), CertStatus::Unknown);
    }
    // Users only and authorities only at once is neither.
    let both = Extension::issuing_distribution_point(&none, &[1, 2]);
    let defect = Defect::List(oid::ISSUING_DISTRIBUTION_POINT.to_owned());
    assert_eq!(ca.refusal(&[], &[both]), Some(defect.into()));
}

#[test]
fn good_is_who_is_cleared_of_all_reasons() {
    let ca = Authority::new("CA");
    let leaf = ca.issue(vec![]);
    let list = |reasons: &[u8], lines: &[Revocation]| {
        let point = Point { reasons: reasons.to_vec(), ..Point::default() };
        ca.list(1, (5, 7), lines, &[Extension::issuing_distribution_point(&point, &[])])
    };
    let (some, others) = (list(&[1, 2], &[]), list(&[3, 4, 5, 6, 7, 8], &[]));
    let answer = status(&leaf, &[&some], at());
    assert_eq!((answer.status, answer.produced_at), (CertStatus::Unknown, None));
    let missing: Vec<_> = answer.uncovered.names().collect();
    assert_eq!(missing.len(), 6);
    assert!(missing.contains(&"certificateHold") && !missing.contains(&"keyCompromise"));
    assert_eq!(asked(&leaf, &[&some, &list(&[3, 4, 5, 6, 7], &[])]), CertStatus::Unknown);
    assert_eq!(asked(&leaf, &[&some, &others]), CertStatus::Good);
    let listed = list(&[1, 2], &[line(&leaf, 2, COMPROMISED)]);
    assert_eq!(asked(&leaf, &[&listed]), revoked(2, "keyCompromise"), "of the others nothing is needed");
    assert_eq!(asked(&leaf, &[&others, &listed]), revoked(2, "keyCompromise"));
    let later = list(&[1, 2], &[line(&leaf, 6, COMPROMISED)]);
    // Whoever stands in a list is revoked by the time of the list.
    assert_eq!(status(&leaf, &[&others, &later], month(4)).status, CertStatus::RevokedLater { at: month(5) });
    assert_eq!(status(&leaf, &[&others, &later], month(5)).status, revoked(5, "keyCompromise"));
    assert_eq!(status(&leaf, &[&later], month(4)).status, CertStatus::Unknown);

    // A distribution point for some reasons, and a list of all at it.
    let point = Point { reasons: vec![1, 2], ..at_uri("http://a.kz/1.crl") };
    let here = ca.issue(vec![Extension::crl_distribution_points(&[(point, None)])]);
    let part = Extension::issuing_distribution_point(&at_uri("http://a.kz/1.crl"), &[]);
    let list = ca.list(1, (5, 7), &[], &[part]);
    assert_eq!(asked(&here, &[&list]), CertStatus::Unknown);
    assert_eq!(asked(&here, &[&ca.list(1, (5, 7), &[], &[])]), CertStatus::Good, "the issuer's whole list");
}

#[test]
fn lists_of_another_issuer_count_for_those_who_name_it() {
    let (ca, other) = (Authority::new("CA"), Authority::new("Lists"));
    let named = |issuer: &Authority| {
        let point = (Point::default(), Some(issuer.subject.name.clone()));
        ca.issue(vec![Extension::crl_distribution_points(&[point])])
    };
    let leaf = named(&other);
    let indirect = || Extension::issuing_distribution_point(&Point::default(), &[4]);
    let of_issuer = |line: Revocation, issuer: &Authority| {
        let more = vec![Extension::certificate_issuer(&issuer.subject.name)];
        Revocation { more, ..line }
    };
    let compromised = line(&leaf, 2, COMPROMISED);
    let list = |lines: &[Revocation]| other.list(1, (5, 7), lines, &[indirect()]);
    assert_eq!(asked(&leaf, &[&list(&[])]), CertStatus::Good);
    let listed = list(&[of_issuer(compromised.clone(), &ca)]);
    assert_eq!(asked(&leaf, &[&listed]), revoked(2, "keyCompromise"));
    // The same serial number of the lists' own issuer, and of a third.
    assert_eq!(asked(&leaf, &[&list(std::slice::from_ref(&compromised))]), CertStatus::Good);
    let third = Authority::new("Third");
    let both = [of_issuer(compromised.clone(), &third), of_issuer(line(&leaf, 3, HELD), &ca)];
    assert_eq!(asked(&leaf, &[&list(&both)]), revoked(3, "certificateHold"));
    assert_eq!(asked(&leaf, &[&list(&both[..1])]), CertStatus::Good);
    // The issuer of a line holds for those after it.
    let first = Revocation { serial: vec![1], ..of_issuer(compromised.clone(), &ca) };
    assert_eq!(asked(&leaf, &[&list(&[first, compromised.clone()])]), revoked(2, "keyCompromise"));

    // Whom the certificate does not name has no say, and a list that is not indirect has none either.
    for certificate in [ca.issue(vec![]), named(&third)] {
        let listed = list(&[of_issuer(line(&certificate, 2, COMPROMISED), &ca)]);
        let answer = status(&certificate, &[&listed], at());
        assert_eq!((answer.status, answer.unused), (CertStatus::Unknown, vec![(0, Unused::OutOfScope)]));
    }
    assert_eq!(asked(&leaf, &[&other.list(1, (5, 7), &[], &[])]), CertStatus::Unknown);
    let sneaked = [of_issuer(compromised.clone(), &ca)];
    let defect = Defect::Line(oid::CERTIFICATE_ISSUER.to_owned());
    assert_eq!(other.refusal(&sneaked, &[]), Some(defect.clone().into()));
    let nameless = Extension::new(oid::CERTIFICATE_ISSUER, write::null()).critical();
    let nameless = Revocation { more: vec![nameless], ..compromised.clone() };
    assert_eq!(other.refusal(&[nameless], &[indirect()]), Some(defect.into()));

    // Revocations are written elsewhere: the own issuer's list condemns and does not clear.
    assert_eq!(asked(&leaf, &[&ca.list(1, (5, 7), &[], &[])]), CertStatus::Unknown);
    let own = ca.list(1, (5, 7), &[compromised], &[]);
    assert_eq!(asked(&leaf, &[&own, &list(&[])]), revoked(2, "keyCompromise"));
}

#[test]
fn old_lists_say_what_was_so_then() {
    let ca = Authority::new("CA");
    let leaf = ca.issue(vec![]);
    let held = ca.list(1, (2, 3), &[line(&leaf, 1, HELD)], &[]);
    let free = ca.list(2, (4, 5), &[], &[]);
    let gone = ca.list(3, (6, 7), &[line(&leaf, 5, COMPROMISED)], &[]);
    let all = [&gone, &held, &free];
    let at = |month_day: &str| status(&leaf, &all, instant(&format!("2026-{month_day}T00:00:00Z"))).status;
    assert_eq!(at("02-15"), revoked(1, "certificateHold"));
    assert_eq!(at("03-15"), revoked(1, "certificateHold"), "the next list came in April");
    assert_eq!(at("04-15"), CertStatus::RevokedLater { at: month(5) });
    assert_eq!(at("05-15"), revoked(5, "keyCompromise"));
    assert_eq!(status(&leaf, &[&held, &free], instant("2026-04-15T00:00:00Z")).status, CertStatus::Good);
    assert_eq!(status(&leaf, &[&held, &free], instant("2026-06-15T00:00:00Z")).status, CertStatus::Stale);
    // A list of another scope lifts no hold, and nothing lifts what is for good.
    let users = Extension::issuing_distribution_point(&Point::default(), &[1]);
    let other = ca.list(2, (4, 5), &[], &[users]);
    assert_eq!(status(&leaf, &[&held, &other], month(5)).status, revoked(1, "certificateHold"));
    let dropped = ca.list(4, (7, 8), &[], &[]);
    assert_eq!(status(&leaf, &[&gone, &dropped], month(8)).status, revoked(5, "keyCompromise"));
    // One line twice in a list: for good if either is.
    let twice = ca.list(1, (2, 3), &[line(&leaf, 1, HELD), line(&leaf, 2, COMPROMISED)], &[]);
    assert_eq!(status(&leaf, &[&twice, &free], month(5)).status, revoked(1, "keyCompromise"));
}

/// Found by fuzzing: the line that was found depended on how its issuer was written, and the reason on the
/// order of the lists.
#[test]
fn neither_ways_of_writing_nor_the_order_change_what_is_listed() {
    let ca = Authority::new("CA");
    let leaf = ca.issue(vec![]);
    let small = issue::name(&[(oid::COMMON_NAME, "ca"), (oid::COUNTRY, "KZ")]);
    let written = |line: Revocation, name: &[u8]| {
        let more = vec![Extension::certificate_issuer(name)];
        Revocation { more, ..line }
    };
    let own = ca.certificate.subject();
    assert!(Name::from_der(&small).expect("a name").matches(own) && small != own.der());
    let more =
        [Extension::issuing_distribution_point(&Point::default(), &[4]), Extension::delta_crl_indicator(1)];
    let lines = [written(line(&leaf, 3, REMOVED), own.der()), written(line(&leaf, 4, HELD), &small)];
    let last = written(line(&leaf, 2, COMPROMISED), own.der());
    let delta = |lines: &[Revocation]| ca.list(2, (5, 7), lines, &more);
    let entry = |list: &Crl| list.entry(own, leaf.serial()).map(|entry| (entry.revoked_at, entry.reason));
    assert_eq!(entry(&delta(&lines)), Some((month(4), Some("certificateHold"))));
    let reversed = [lines[1].clone(), lines[0].clone()];
    assert_eq!(entry(&delta(&reversed)), Some((month(4), Some("certificateHold"))));
    let all = [&lines[..], &[last]].concat();
    assert_eq!(entry(&delta(&all)), Some((month(2), Some("keyCompromise"))));

    let held = ca.list(1, (5, 7), &[line(&leaf, 2, HELD)], &[]);
    let gone = ca.list(1, (5, 7), &[line(&leaf, 3, COMPROMISED)], &[]);
    for lists in [[&held, &gone], [&gone, &held]] {
        assert_eq!(asked(&leaf, &lists), revoked(3, "keyCompromise"));
    }
}

#[test]
fn who_had_expired_may_have_been_dropped() {
    let ca = Authority::new("CA");
    let profile = Profile { not_after: month(4), ..Subject::new("Leaf").profile(end_entity()) };
    let leaf = ca.subject.sign(&profile);
    let answer = status(&leaf, &[&ca.list(1, (5, 7), &[], &[])], month(3));
    assert_eq!((answer.status, answer.unused), (CertStatus::Unknown, vec![(0, Unused::AfterExpiry)]));
    let keeps =
        |since: &str| Extension::new(oid::EXPIRED_CERTS_ON_CRL, write::tlv(tag::GENERALIZED_TIME, &[since]));
    let list = ca.list(1, (5, 7), &[], &[keeps("20260301000000Z")]);
    assert_eq!(status(&leaf, &[&list], month(3)).status, CertStatus::Good);
    let list = ca.list(1, (5, 7), &[], &[keeps("20260415000000Z")]);
    assert_eq!(status(&leaf, &[&list], month(3)).status, CertStatus::Unknown);
    // Dropped is not lifted.
    let held = ca.list(1, (2, 8), &[line(&leaf, 1, HELD)], &[]);
    let dropped = ca.list(2, (5, 7), &[], &[]);
    assert_eq!(status(&leaf, &[&held, &dropped], at()).status, revoked(1, "certificateHold"));
}

#[test]
fn what_must_be_understood_and_is_not_keeps_a_list_from_use() {
    let ca = Authority::new("CA");
    let leaf = ca.issue(vec![]);
    let unknown = Extension::new("1.2.398.99.1", write::null());
    let other = |more| Revocation { serial: vec![1], more, ..line(&leaf, 2, COMPROMISED) };
    assert_eq!(ca.refusal(&[other(vec![unknown.clone()])], std::slice::from_ref(&unknown)), None);
    let defect = |defect: fn(String) -> Defect, oid: &str| Some(CrlError::Defect(defect(oid.to_owned())));
    let critical = unknown.critical();
    assert_eq!(ca.refusal(&[other(vec![critical.clone()])], &[]), defect(Defect::Line, "1.2.398.99.1"));
    assert_eq!(ca.refusal(&[], &[critical]), defect(Defect::List, "1.2.398.99.1"));
    // What makes another list of it, critical or not.
    for name in [oid::DELTA_CRL_INDICATOR, oid::ISSUING_DISTRIBUTION_POINT] {
        assert_eq!(ca.refusal(&[], &[Extension::new(name, write::null())]), defect(Defect::List, name));
    }
    let long = Extension::new(oid::DELTA_CRL_INDICATOR, write::unsigned(&[1; 21]));
    assert_eq!(ca.refusal(&[], &[long]), defect(Defect::List, oid::DELTA_CRL_INDICATOR));
    let twice = [Extension::delta_crl_indicator(1), Extension::delta_crl_indicator(2)];
    assert!(UnverifiedCrl::from_der(&ca.unverified(3, (5, 7), &[], &twice)).is_err());
}

#[test]
fn numbers_are_compared_as_numbers() {
    let ca = Authority::new("CA");
    let leaf = ca.issue(vec![]);
    let base = ca.list(255, (3, 4), &[], &[]);
    let delta = |base| ca.list(256, (5, 7), &[], &[Extension::delta_crl_indicator(base)]);
    assert_eq!(asked(&leaf, &[&base, &delta(9)]), CertStatus::Good);
    assert_eq!(asked(&leaf, &[&base, &delta(256)]), CertStatus::Stale);
    assert_eq!(base.number().map(ToString::to_string).as_deref(), Some("255"));
    assert!(base.number() < delta(9).number());
}

#[test]
fn a_list_names_so_many_issuers_and_no_more() {
    let ca = Authority::new("CA");
    let lines = |count: u32| -> Vec<_> {
        (0..count)
            .map(|number| Revocation {
                serial: vec![1],
                at: month(2),
                reason: None,
                more: vec![Extension::certificate_issuer(&issue::name(&[(
                    oid::COMMON_NAME,
                    &number.to_string(),
                )]))],
            })
            .collect()
    };
    let indirect = [Extension::issuing_distribution_point(&Point::default(), &[4])];
    let read = |count| UnverifiedCrl::from_der(&ca.unverified(1, (5, 7), &lines(count), &indirect));
    assert!(read(4095).is_ok());
    assert_eq!(read(4096).err(), Some(Error::TooManyIssuers));
}

#[test]
fn damaged_lists_are_refused_without_panic() {
    let ca = Authority::new("CA");
    let leaf = ca.issue(vec![]);
    let point = Point { reasons: vec![1, 8], ..at_uri("http://a.kz/1.crl") };
    let more = vec![Extension::certificate_issuer(&ca.subject.name)];
    let lines = [Revocation { more, ..line(&leaf, 2, HELD) }, line(&leaf, 3, REMOVED)];
    let extensions = [
        Extension::issuing_distribution_point(&point, &[1, 4]),
        Extension::delta_crl_indicator(1),
        Extension::freshest_crl("http://a.kz/d.crl"),
    ];
    let der = ca.unverified(2, (5, 7), &lines, &extensions);
    for position in 0..der.len() {
        for bit in [0x01, 0x20, 0x80] {
            let mut altered = der.clone();
            if let Some(octet) = altered.get_mut(position) {
                *octet ^= bit;
            }
            // Whatever still parses must not verify.
            if let Ok(list) = UnverifiedCrl::from_der(&altered) {
                assert!(Crl::verify(&list, &ca.certificate).is_err(), "octet {position}");
            }
        }
    }
}

#[test]
fn all_lists_of_a_bundle_are_read() {
    let ca = Authority::new("CA");
    let der = ca.unverified(1, (5, 7), &[], &[]);
    let pem = crate::asn1::pem::encode("X509 CRL", &der);
    let read = |bytes: &[u8]| UnverifiedCrl::from_pem_or_der(bytes).map(|lists| lists.len());
    assert_eq!(read(format!("{pem}{pem}").as_bytes()), Ok(2));
    assert_eq!(read(&der), Ok(1));
    assert!(read(b"").is_err() && read(b"hello").is_err());
}

#[test]
fn national_deltas_fit_their_lists() {
    let (Some(folder), Some(ca), Some(cert)) = (shared("crl"), shared("ca"), shared("cert")) else { return };
    let authorities = load(&ca);
    let mut lists = Vec::new();
    for file in fs::read_dir(folder).expect("folder").flatten() {
        let bytes = fs::read(file.path()).expect("file");
        for list in UnverifiedCrl::from_pem_or_der(&bytes).expect("lists") {
            lists.extend(authorities.iter().filter_map(|(_, signer)| Crl::verify(&list, signer).ok()).next());
        }
    }
    let deltas: Vec<_> = lists.iter().filter(|list| list.base_number().is_some()).collect();
    assert!(!deltas.is_empty());
    let all: Vec<&Crl> = lists.iter().collect();
    let leaves = load(&cert);
    let mut asked = 0;
    for delta in deltas {
        for (name, leaf) in leaves.iter().filter(|(_, leaf)| leaf.issuer().matches(delta.issuer())) {
            let answer = status(leaf, &all, delta.this_update());
            assert!(answer.unused.iter().all(|(_, why)| *why != Unused::WithoutBase), "{name}: {answer:?}");
            asked += 1;
        }
    }
    assert!(asked > 0, "no certificate to ask about");
}
