//! Signatures judged years after: timestamps, levels T, LT and LTA, and what the past must prove
//! (EN 319 102-1 5.5 and 5.6). Time is an argument, so the years are played through; the authority for
//! timestamps says the time that it is told.

mod attacks;

use std::sync::Arc;

use jiff::Timestamp;
use qoltanba::asn1::oid;
use qoltanba::crypto::{DigestAlgorithm, PrivateKey};
use qoltanba::pkix::issue::Extension;
use qoltanba::pkix::{Certificate, TrustAnchors, UnverifiedCrl};
use qoltanba::service::extend::{Level, extend};
use qoltanba::service::verify::{Checker, Refusal};
use qoltanba::signature::extend::{ExtendError, UnsignedProperty, Values, add, imprint};
use qoltanba::signature::{Problem, sign};
use qoltanba::validation::report::Signature;
use qoltanba::validation::{Evidence, Indication, Policy, RevocationMode};
use qoltanba::xml::Limits;

use crate::common::authority::Key;
use crate::common::shared;
use crate::common::tsa::Forge;
use crate::encodings::{in_every_encoding, inserted};

const DOCUMENT: &[u8] = b"<application xmlns=\"urn:test\"><name>A</name></application>";

/// The first of a month, as `2016-06`.
fn time(month: &str) -> Timestamp {
    format!("{month}-01T00:00:00Z").parse().expect("a time")
}

fn certify(
    issuer: &Key,
    subject: &Key,
    months: (&str, &str),
    extensions: Vec<Extension>,
) -> Arc<Certificate> {
    issuer.certify(subject, (time(months.0), time(months.1)), extensions)
}

/// A list of some months, with what is revoked and since when.
fn crl(issuer: &Key, months: (&str, &str), revoked: &[(&Certificate, &str)]) -> UnverifiedCrl {
    let lines: Vec<_> = revoked.iter().map(|(certificate, at)| (*certificate, time(at))).collect();
    let der = issuer.list((time(months.0), time(months.1)), &lines);
    UnverifiedCrl::from_der(&der).expect("parsed")
}

/// A root for all years, an authority until 2020, a signer until 2017, two authorities for timestamps of
/// that authority, until 2018 and 2020, and one of the root's own until 2040.
struct World {
    root: Key,
    ca: Key,
    signer: Key,
    anchor: Arc<Certificate>,
    authority: Arc<Certificate>,
    leaf: Arc<Certificate>,
    early: Forge,
    late: Forge,
    last: Forge,
}

impl World {
    fn new() -> Self {
        let (root, ca, signer) = (Key::new("Root"), Key::new("CA"), Key::new("Signer"));
        let authority = || vec![Extension::authority(None), Extension::key_usage(&[5, 6])];
        let anchor = certify(&root, &root, ("2010-01", "2060-01"), authority());
        let certificate = certify(&root, &ca, ("2010-01", "2020-01"), authority());
        let leaf = certify(&ca, &signer, ("2015-01", "2017-01"), vec![Extension::key_usage(&[0, 1])]);
        let stamping = || {
            let purpose = Extension::extended_key_usage(&[oid::TIME_STAMPING]).critical();
            vec![Extension::key_usage(&[0]), purpose]
        };
        let tsa = |issuer: &Key, name: &str, months| {
            let key = Key { key: PrivateKey::generate_rsa(2048).expect("a key"), ..Key::new(name) };
            let certificate = certify(issuer, &key, months, stamping());
            Forge { key: key.key, certificate }
        };
        let early = tsa(&ca, "TSA 1", ("2015-01", "2018-01"));
        let late = tsa(&ca, "TSA 2", ("2015-01", "2020-01"));
        let last = tsa(&root, "TSA 3", ("2018-01", "2040-01"));
        Self { anchor, authority: certificate, leaf, early, late, last, root, ca, signer }
    }

    /// A checker with lists, and the authority's certificate.
    fn checker(&self, lists: Vec<UnverifiedCrl>) -> Checker {
        let anchors = TrustAnchors::new(vec![Arc::clone(&self.anchor)]);
        let certificates = vec![Arc::clone(&self.authority)];
        Checker::new(Evidence::new(anchors, certificates, lists, RevocationMode::Required), Policy::generic())
    }

    /// Lists of root and authority, fresh in these months.
    fn lists(&self, months: (&str, &str)) -> Vec<UnverifiedCrl> {
        vec![crl(&self.root, months, &[]), crl(&self.ca, months, &[])]
    }

    /// Signed in June 2016.
    fn signed(&self) -> Vec<u8> {
        let profile = sign::Profile { properties: Some(time("2016-06")), ..sign::Profile::default() };
        sign::sign(DOCUMENT, &self.signer.key, self.leaf.der(), &profile, &Limits::default()).expect("signed")
    }

    /// With a timestamp on the signature, of this authority at that time.
    fn stamped(&self, signed: &[u8], tsa: &Forge, month: &str) -> Vec<u8> {
        let limits = Limits::default();
        let digest = imprint(signed, 0, false, DigestAlgorithm::Sha256, &limits).expect("an imprint");
        let token = tsa.stamp(&digest, time(month));
        add(signed, 0, &UnsignedProperty::SignatureTimeStamp(&token), &limits).expect("added")
    }

    fn extended(
        &self,
        document: &[u8],
        level: Level,
        checker: &Checker,
        tsa: &Forge,
        month: &str,
    ) -> Result<Vec<u8>, Refusal> {
        let mut source = |_, digest: &[u8]| Ok(tsa.stamp(digest, time(month)));
        extend(
            document,
            level,
            checker,
            &mut source,
            &|| time(month) + jiff::SignedDuration::from_hours(1),
            None,
        )
    }
}

fn judge(checker: &Checker, document: &[u8], month: &str) -> Signature {
    let mut report = checker.verify(document, time(month)).expect("a report");
    report.signatures.remove(0)
}

fn codes(signature: &Signature) -> Vec<&'static str> {
    signature
        .findings
        .iter()
        .map(|finding| finding.code.name())
        .filter(|code| *code != "UNSIGNED_CONTENT")
        .collect()
}

fn passes(signature: &Signature) -> bool {
    signature.indication == Indication::TotalPassed
}

#[test]
fn an_algorithm_that_has_ended_counts_for_what_existed_before() {
    use qoltanba::validation::policy::settings::{Scheme, Until, Uses};
    let w = World::new();
    let signed = w.signed();
    let lists = [w.lists(("2016-06", "2016-12")), w.lists(("2017-06", "2017-12"))].concat();
    let judge_until = |document: &[u8], date: &str, uses: fn(Until) -> Uses| {
        let mut checker = w.checker(lists.clone());
        let end = Until::Date(date.parse().expect("a date"));
        checker.policy = Policy::generic().with(|settings| {
            settings.algorithms.signature.insert(Scheme::Ecdsa, uses(end));
        });
        judge(&checker, document, "2016-08")
    };
    let of_signature: fn(Until) -> Uses = |end| Uses { signature: end, ..Uses::all(Until::Always) };
    let stamped = w.stamped(&signed, &w.late, "2016-07");
    assert!(passes(&judge_until(&signed, "2016-08-01", of_signature)));
    assert_eq!(codes(&judge_until(&signed, "2016-07-15", of_signature)), ["ALGORITHM_ENDED"]);
    // What is proven to have existed before the end stands.
    let kept = judge_until(&stamped, "2016-07-15", of_signature);
    assert!(passes(&kept), "{:?}", codes(&kept));
    assert_eq!(codes(&judge_until(&stamped, "2016-06-15", of_signature)), ["ALGORITHM_ENDED"]);

    // The authority of the timestamp signs with RSA, which may end too; then its time counts for nothing.
    let mut checker = w.checker(lists.clone());
    for (scheme, passed) in [(Scheme::Rsa, "INDETERMINATE"), (Scheme::RsaPss, "PASSED")] {
        checker.policy = Policy::generic().with(|settings| {
            let uses = Uses { timestamp: Until::Never, ..Uses::all(Until::Always) };
            settings.algorithms.signature.insert(scheme, uses);
        });
        assert_eq!(judge(&checker, &stamped, "2016-08").timestamps[0].indication, passed);
    }
}

#[test]
fn a_timestamp_before_the_end_of_the_certificate_keeps_the_signature() {
    let w = World::new();
    let signed = w.signed();
    let stamped = w.stamped(&signed, &w.late, "2016-07");
    let then = w.lists(("2016-06", "2016-12"));
    let now = w.lists(("2017-06", "2017-12"));
    let checker = w.checker([then.clone(), now.clone()].concat());

    let before = judge(&w.checker(then.clone()), &signed, "2016-08");
    assert!(passes(&before), "{:?}", codes(&before));
    assert_eq!(before.best_signature_time, time("2016-08"));
    let bare = judge(&checker, &signed, "2017-07");
    assert_eq!(codes(&bare), ["CERTIFICATE_EXPIRED"]);
    let kept = judge(&checker, &stamped, "2017-07");
    assert!(passes(&kept), "{:?}", codes(&kept));
    assert_eq!(codes(&kept), ["REVOCATION_BEFORE_SIGNATURE", "PAST_VALIDATION"]);
    let of_later = crl(&w.ca, ("2016-08", "2016-12"), &[]);
    let fresh = judge(&w.checker([then.clone(), now.clone(), vec![of_later]].concat()), &stamped, "2017-07");
    assert_eq!(codes(&fresh), ["PAST_VALIDATION"]);
    assert_eq!(kept.best_signature_time, time("2016-07"));
    assert_eq!((kept.format, kept.timestamps[0].indication), ("XAdES-B-T", "PASSED"));
    // Nothing tells that the signer's certificate was good then.
    let unknown = judge(&w.checker(now), &stamped, "2017-07");
    assert_eq!(codes(&unknown), ["CERTIFICATE_EXPIRED", "PAST_VALIDATION_FAILED"]);
    // A timestamp from after the end proves nothing of before.
    let late = w.stamped(&signed, &w.late, "2017-02");
    let late = judge(&checker, &late, "2017-07");
    assert_eq!(codes(&late), ["CERTIFICATE_EXPIRED", "PAST_VALIDATION_FAILED"]);
}

#[test]
fn revocation_after_the_timestamp_does_not_hurt_and_before_it_does() {
    let w = World::new();
    let signed = w.signed();
    let revoked = |month| crl(&w.ca, ("2016-08", "2016-12"), &[(&w.leaf, month)]);
    let with = |own| w.checker(vec![crl(&w.root, ("2016-06", "2016-12"), &[]), own]);
    let bare = judge(&with(revoked("2016-07")), &signed, "2016-09");
    assert_eq!(codes(&bare), ["CERTIFICATE_REVOKED"]);
    let stamped = w.stamped(&signed, &w.late, "2016-06");
    let kept = judge(&with(revoked("2016-07")), &stamped, "2016-09");
    assert!(passes(&kept), "{:?}", codes(&kept));
    assert!(codes(&kept).contains(&"PAST_VALIDATION"));
    for month in ["2016-06", "2016-05"] {
        let lost = judge(&with(revoked(month)), &stamped, "2016-09");
        assert_eq!(codes(&lost), ["CERTIFICATE_REVOKED", "PAST_VALIDATION_FAILED"]);
    }
    // The authority for timestamps revoked, at any time: its key may have been in other hands.
    let own = crl(&w.ca, ("2016-08", "2016-12"), &[(&w.leaf, "2016-07"), (&w.late.certificate, "2016-08")]);
    let lost = judge(&with(own), &stamped, "2016-09");
    assert_eq!(codes(&lost), ["TIMESTAMP_UNTRUSTED", "CERTIFICATE_REVOKED"]);
    assert_eq!(lost.timestamps[0].indication, "INDETERMINATE");
    assert_eq!(lost.best_signature_time, time("2016-09"));
    // The authority above both revoked.
    let lists = vec![
        crl(&w.root, ("2016-08", "2016-12"), &[(&w.authority, "2016-07")]),
        crl(&w.ca, ("2016-06", "2016-12"), &[]),
    ];
    assert!(!passes(&judge(&w.checker(lists), &stamped, "2016-09")));
}

#[test]
fn timestamps_that_prove_nothing() {
    let w = World::new();
    let signed = w.signed();
    let checker = w.checker(w.lists(("2016-06", "2017-12")));
    let limits = Limits::default();
    let told = |token: &[u8]| {
        let document = add(&signed, 0, &UnsignedProperty::SignatureTimeStamp(token), &limits).expect("added");
        let judged = judge(&checker, &document, "2016-09");
        assert_eq!(judged.best_signature_time, time("2016-09"));
        (judged.timestamps[0].indication, codes(&judged))
    };
    let digest = imprint(&signed, 0, false, DigestAlgorithm::Sha256, &limits).expect("an imprint");
    let good = w.late.stamp(&digest, time("2016-07"));
    let other = w.late.stamp(&[7; 32], time("2016-07"));
    assert_eq!(told(&other), ("FAILED", vec!["TIMESTAMP_IMPRINT_MISMATCH"]));
    let ahead = w.late.stamp(&digest, time("2016-10"));
    assert_eq!(told(&ahead), ("INDETERMINATE", vec!["TIMESTAMP_TIME_IMPLAUSIBLE"]));
    let early = w.late.stamp(&digest, time("2014-12"));
    assert_eq!(told(&early), ("INDETERMINATE", vec!["TIMESTAMP_TIME_IMPLAUSIBLE"]));
    let mut broken = good.clone();
    let end = broken.len() - 1;
    broken[end] ^= 1;
    assert_eq!(told(&broken), ("FAILED", vec!["TIMESTAMP_INVALID"]));
    assert_eq!(told(b"no token"), ("INDETERMINATE", vec!["TIMESTAMP_UNREADABLE"]));
    let stranger = World::new();
    let foreign = stranger.late.stamp(&digest, time("2016-07"));
    assert_eq!(told(&foreign), ("INDETERMINATE", vec!["TIMESTAMP_UNTRUSTED"]));
    // Of the right authority, but before the signer had a certificate.
    let w2 = World { leaf: certify(&w.ca, &w.signer, ("2016-06", "2017-01"), vec![]), ..World::new() };
    let before = sign::Profile { properties: Some(time("2016-06")), ..sign::Profile::default() };
    let signed = sign::sign(DOCUMENT, &w.signer.key, w2.leaf.der(), &before, &limits).expect("signed");
    let stamped = w.stamped(&signed, &w.late, "2016-05");
    let judged = judge(&checker, &stamped, "2016-09");
    assert_eq!(codes(&judged), ["SIGNATURE_BEFORE_CERTIFICATE", "SIGNING_TIME_IMPLAUSIBLE"]);
    assert_eq!(judged.indication, Indication::TotalFailed);
}

#[test]
fn a_signature_lasts_when_everything_in_it_has_expired() {
    let w = World::new();
    let signed = w.signed();
    let of_2016 = w.checker(w.lists(("2016-06", "2016-12")));
    let archived = w.extended(&signed, Level::LTA, &of_2016, &w.early, "2016-07").expect("extended");
    let alone = w.checker(Vec::new());
    let soon = judge(&alone, &archived, "2016-08");
    assert!(passes(&soon), "{:?}", codes(&soon));
    assert_eq!(soon.format, "XAdES-B-LTA");
    assert_eq!(soon.timestamps.len(), 2);

    // The signer's certificate has expired, and that of the authority for timestamps has not yet.
    let late = w.lists(("2017-06", "2017-12"));
    let judged = judge(&w.checker(late), &archived, "2017-08");
    assert!(passes(&judged), "{:?}", codes(&judged));
    assert_eq!(judged.best_signature_time, time("2016-07"));

    // Nobody renewed it: the authority for timestamps is gone.
    let of_2019 = w.checker(w.lists(("2019-01", "2019-12")));
    assert!(!passes(&judge(&of_2019, &archived, "2019-06")));

    // Renewed in time, and again by another authority; then all but the root and the last has expired.
    let of_2017 = w.checker(w.lists(("2017-06", "2017-12")));
    let renewed = w.extended(&archived, Level::LTA, &of_2017, &w.late, "2017-07").expect("renewed");
    let again = w.extended(&renewed, Level::LTA, &of_2019, &w.last, "2019-06").expect("renewed again");
    let of_2035 = w.checker(vec![crl(&w.root, ("2035-01", "2035-12"), &[])]);
    let judged = judge(&of_2035, &again, "2035-06");
    assert!(passes(&judged), "{:?}", judged.findings);
    assert_eq!(judged.best_signature_time, time("2016-07"));
    assert!(judged.timestamps.iter().all(|stamp| stamp.indication == "PASSED"));
    assert_eq!(judged.timestamps.len(), 4);
    assert!(!passes(&judge(&of_2035, &renewed, "2035-06")));

    // What the archive covers cannot be changed afterwards.
    let text = String::from_utf8(again.clone()).expect("text");
    for property in ["EncapsulatedCRLValue", "EncapsulatedX509Certificate", "EncapsulatedTimeStamp"] {
        let at = text.find(&format!("<xades:{property}>")).expect("it is there") + property.len() + 60;
        let mut changed = text.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let judged = judge(&of_2035, &changed, "2035-06");
        assert!(!passes(&judged), "{property}");
    }
    // Nor can what was signed.
    let changed = text.replace("<name>A</name>", "<name>B</name>");
    assert_eq!(judge(&of_2035, changed.as_bytes(), "2035-06").indication, Indication::TotalFailed);
}

#[test]
fn a_document_in_any_encoding_is_extended() {
    let w = World::new();
    let checker = w.checker(w.lists(("2016-06", "2016-12")));
    let write = |declaration: &str, name: &str, letters: &str| {
        format!("{declaration}<{name} t='{letters}'>{letters}<b/>{letters}</{name}><?b {letters}?>")
    };
    for (encoding, document, _) in in_every_encoding(write) {
        let profile = sign::Profile { properties: Some(time("2016-06")), ..sign::Profile::default() };
        let signed =
            sign::sign(&document, &w.signer.key, w.leaf.der(), &profile, &Limits::default()).expect("signed");
        let extended = w.extended(&signed, Level::LTA, &checker, &w.late, "2016-07").expect("extended");
        inserted(&signed, &extended);
        let judged = judge(&checker, &extended, "2016-08");
        assert!(passes(&judged), "{encoding}: {:?}", codes(&judged));
        assert_eq!(judged.format, "XAdES-B-LTA", "{encoding}");
    }
}

#[test]
fn what_is_put_in_later_proves_nothing_of_before() {
    let w = World::new();
    let signed = w.signed();
    let stamped = w.stamped(&signed, &w.early, "2016-07");
    // In 2025 the authority's key may be in anybody's hands: lists of 2016 that nothing dates are no proof.
    let checker = w.checker([w.lists(("2016-06", "2016-12")), w.lists(("2025-01", "2025-12"))].concat());
    let judged = judge(&checker, &stamped, "2025-06");
    assert!(!passes(&judged));
    // Nor are they with an archive timestamp made then.
    let refused = w.extended(&stamped, Level::LTA, &checker, &w.last, "2025-06");
    assert!(matches!(refused, Err(Refusal { code: "EXTEND_NOT_PASSED", .. })), "{refused:?}");
}

#[test]
fn a_level_that_does_not_come_about_is_refused() {
    let w = World::new();
    let signed = w.signed();
    let bare = w.checker(Vec::new());
    let refused = w.extended(&signed, Level::LT, &bare, &w.late, "2016-07");
    assert!(matches!(refused, Err(Refusal { code: "EXTEND_NOT_PASSED", .. })), "{refused:?}");
    // The source of timestamps gives one over something else.
    let checker = w.checker(w.lists(("2016-06", "2016-12")));
    let mut source = |_, _: &[u8]| Ok(w.late.stamp(&[1; 32], time("2016-07")));
    let refused = extend(&signed, Level::T, &checker, &mut source, &|| time("2016-07"), None);
    assert!(matches!(refused, Err(Refusal { code: "TIMESTAMP_NOT_MADE", .. })), "{refused:?}");
    // A bare signature has nowhere to put it.
    let profile = sign::Profile::default();
    let plain =
        sign::sign(DOCUMENT, &w.signer.key, w.leaf.der(), &profile, &Limits::default()).expect("signed");
    let refused = w.extended(&plain, Level::T, &checker, &w.late, "2016-07");
    assert!(matches!(refused, Err(Refusal { code: "EXTEND_NO_PROPERTIES", .. })), "{refused:?}");
    // A signature that another one covers stays as it is.
    let profile = sign::Profile { add: true, properties: Some(time("2016-06")), ..sign::Profile::default() };
    let two = sign::sign(&signed, &w.signer.key, w.leaf.der(), &profile, &Limits::default()).expect("signed");
    let extended = w.extended(&two, Level::LT, &checker, &w.late, "2016-07").expect("extended");
    let report = checker.verify(&extended, time("2016-08")).expect("a report");
    let formats: Vec<&str> = report.signatures.iter().map(|signature| signature.format).collect();
    assert_eq!((report.indication, formats), (Indication::TotalPassed, vec!["XAdES-B-B", "XAdES-B-LT"]));
}

/// Documents of another implementation: what an archive timestamp is over is computed as it does, and a
/// certificate that was put into KeyInfo afterwards is noticed.
#[test]
fn archive_timestamps_of_another_implementation() {
    let Some(folder) = shared().map(|shared| shared.join("corpora/signxml-xades")) else { return };
    let checker = World::new().checker(Vec::new());
    let archive = |document: &[u8]| {
        let judged = judge(&checker, document, "2026-01");
        let stamp = judged.timestamps.iter().find(|stamp| stamp.kind == "archive").expect("a timestamp");
        stamp.indication
    };
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a document");
    // Nobody trusts its authority here, but it is over what it should be.
    assert_eq!(archive(read("xades-extended-short-a.xml").as_bytes()), "INDETERMINATE");
    let with_one_more = read("xades-lta-with-additional-cert-in-keyinfo.xml");
    assert_eq!(archive(with_one_more.as_bytes()), "FAILED");
    let end = with_one_more.find("</ds:X509Data>").expect("the end of X509Data");
    let start = with_one_more[..end].rfind("<ds:X509Certificate>").expect("the last certificate");
    assert_eq!(
        archive((with_one_more[..start].to_owned() + &with_one_more[end..]).as_bytes()),
        "INDETERMINATE"
    );
}

/// Timestamps on the signed content and on references to validation data, as another implementation made them.
#[test]
fn content_and_reference_timestamps_of_another_implementation() {
    let Some(folder) = shared().map(|shared| shared.join("corpora/signxml-xades")) else { return };
    let checker = World::new().checker(Vec::new());
    let judged = |document: &str, kind: &str| {
        let judged = judge(&checker, document.as_bytes(), "2026-01");
        assert!(!codes(&judged).contains(&"TIMESTAMP_IMPRINT_UNKNOWN"), "{:?}", codes(&judged));
        let stamps = judged.timestamps.iter().filter(|stamp| stamp.kind == kind);
        stamps.map(|stamp| stamp.indication).collect::<Vec<_>>()
    };
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a document");
    for name in ["xades-x-level.xml", "xades-x-level-v2.xml"] {
        let document = read(name);
        // Nobody trusts their authority here, but they are over what they should be.
        assert_eq!(judged(&document, "reference"), ["INDETERMINATE"], "{name}");
        let at = document.find("CompleteCertificateRefs").expect("references");
        let digest = at + document[at..].find("DigestValue>").expect("a digest") + "DigestValue>".len();
        let other = if document[digest..].starts_with('A') { "B" } else { "A" };
        let changed = document[..digest].to_owned() + other + &document[digest + 1..];
        assert_eq!(judged(&changed, "reference"), ["FAILED"], "{name}");
    }
    let other_maker = read("nonconformant-Signature-X-ES-100.xml");
    assert_eq!(judged(&other_maker, "reference"), ["INDETERMINATE"]);
    let content = read("xades-with-multiple-alldatatimestamps.xml");
    assert_eq!(judged(&content, "content"), ["INDETERMINATE", "INDETERMINATE"]);
}

/// A timestamp on the signature and references tells when the signature existed, as far as it is over it.
#[test]
fn a_timestamp_on_signature_and_references_counts_for_the_signature() {
    let w = World::new();
    let stamped = String::from_utf8(w.stamped(&w.signed(), &w.late, "2016-07")).expect("text");
    let checker = w.checker(w.lists(("2016-06", "2016-12")));
    let as_a =
        |name: &str| judge(&checker, stamped.replace("SignatureTimeStamp", name).as_bytes(), "2016-08");
    // Without references they are over the same, or over nothing.
    let both = as_a("SigAndRefsTimeStamp");
    assert_eq!(both.best_signature_time, time("2016-07"));
    assert!(passes(&both), "{:?}", codes(&both));
    let refs_only = as_a("RefsOnlyTimeStamp");
    assert_eq!(refs_only.best_signature_time, time("2016-08"));
    assert!(codes(&refs_only).contains(&"TIMESTAMP_IMPRINT_MISMATCH"), "{:?}", codes(&refs_only));
}

/// What a document may carry costs work before anything of it is believed.
#[test]
fn what_a_signature_carries_is_bounded() {
    let w = World::new();
    let signed = w.signed();
    let limits = Limits::default();
    let digest = imprint(&signed, 0, false, DigestAlgorithm::Sha256, &limits).expect("an imprint");
    let token = w.late.stamp(&digest, time("2016-07"));
    // Every one that is added is checked with the whole document, so they are put in at once.
    let one = add(&signed, 0, &UnsignedProperty::SignatureTimeStamp(&token), &limits).expect("added");
    let text = String::from_utf8(one).expect("text");
    let (start, end) = ("<xades:SignatureTimeStamp", "</xades:SignatureTimeStamp>");
    let from = text.find(start).expect("a timestamp");
    let to = text.find(end).expect("its end") + end.len();
    let with = |count: usize| text[..from].to_owned() + &text[from..to].repeat(count) + &text[to..];
    let checker = w.checker(w.lists(("2016-06", "2016-12")));
    let began = std::time::Instant::now();
    let most = judge(&checker, with(64).as_bytes(), "2016-08");
    assert!(passes(&most) && most.timestamps.len() == 64, "{:?}", codes(&most));
    let more = judge(&checker, with(65).as_bytes(), "2016-08");
    assert_eq!((codes(&more), more.indication), (vec!["XML_LIMIT"], Indication::Indeterminate));

    // Many small properties, each of them covered by each timestamp with all that is in scope.
    let many = format!(
        "<xades:UnsignedSignatureProperties{}>{}{}",
        (0..200).map(|at| format!(" xmlns:n{at}=\"urn:{at}{}\"", "x".repeat(500))).collect::<String>(),
        "<xades:x/>".repeat(400),
        text[from..to]
            .replace("xades:SignatureTimeStamp", "a:ArchiveTimeStamp")
            .replacen(
                "<a:ArchiveTimeStamp",
                "<a:ArchiveTimeStamp xmlns:a=\"http://uri.etsi.org/01903/v1.4.1#\"",
                1
            )
            .repeat(16),
    );
    let open = "<xades:UnsignedSignatureProperties>";
    assert!(text.contains(open));
    let crowded = judge(&checker, text.replace(open, &many).as_bytes(), "2016-08");
    assert!(crowded.timestamps.iter().all(|stamp| stamp.kind != "archive" || stamp.indication != "PASSED"));
    let crowd = text.replace(open, &format!("{open}{}", "<xades:x/>".repeat(600)));
    assert_eq!(codes(&judge(&checker, crowd.as_bytes(), "2016-08")), ["XML_LIMIT"]);

    // Lists of many years, for a certificate that has expired: as many moments as anybody could look at.
    let lists = |count: usize| {
        let of = |hour: usize| {
            let this = time("2015-06") + jiff::SignedDuration::from_hours(hour as i64);
            UnverifiedCrl::from_der(&w.ca.list((this, this), &[])).expect("parsed")
        };
        let values = Values { lists: (0..count).map(of).collect(), ..Values::default() };
        add(text.as_bytes(), 0, &UnsignedProperty::Values(&values), &limits)
    };
    let old = judge(&w.checker(w.lists(("2025-01", "2025-12"))), &lists(256).expect("added"), "2025-06");
    assert!(!passes(&old));
    let refused = lists(257);
    assert!(matches!(&refused, Err(ExtendError::Wrong(Problem::Limit("validation_values")))), "{refused:?}");
    assert!(began.elapsed() < std::time::Duration::from_secs(20), "{:?}", began.elapsed());
}
