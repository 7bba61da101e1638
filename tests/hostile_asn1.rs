//! Hostile certificates, revocation lists, OCSP answers and timestamp tokens, made by code: nesting, lengths
//! and numbers out of all proportion, extensions, names, policies, constraints, lines and answers by the
//! hundred thousand, crowds of authorities. Each has its verdict or its refusal, by the library within a
//! time, and by the program within a time and a memory.
//!
//! The forger is an authority where that gets further: what is signed is signed by a key that leads to the
//! anchor, so that it is not the signature that ends the work.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use qoltanba::asn1::{Reader, oid, tag, write};
use qoltanba::crypto::{DigestAlgorithm, EcdsaForm, KeyError, PrivateKey, digest};
use qoltanba::pkix::issue::{self, Extension};
use qoltanba::pkix::path::{self, PathFault};
use qoltanba::pkix::{
    CertStatus, Certificate, Crl, CrlError, Defect, Ocsp, TrustAnchors, UnverifiedCrl, UnverifiedOcsp,
    UnverifiedTimestamp,
};
use qoltanba::service::certificate::describe;
use qoltanba::service::verify::{Checker, sign_xml};
use qoltanba::signature::sign::Profile;
use qoltanba::validation::{Evidence, Policy, RevocationMode, Usage};
use qoltanba::xml::Limits;
use serde_json::Value;

use crate::common::authority::Key;
use crate::common::program;
use crate::common::tsa::Forge;
use crate::common::{ECDSA, now};

/// For megabytes in a build without optimisation, on a busy machine.
const TIME: Duration = Duration::from_secs(20);
/// What the program may use: so much, and so many times the octets that it is given. An attribute of a name has
/// twenty octets in DER and some hundred each as the parser and as our own reader have it.
const MEMORY_BASE: u64 = 40 << 20;
const MEMORY_FACTOR: u64 = 64;

fn instant(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn validity() -> (Timestamp, Timestamp) {
    (instant("2026-01-01T00:00:00Z"), instant("2036-01-01T00:00:00Z"))
}

/// What a forger chooses must not choose the time.
fn soon<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    let took = start.elapsed();
    if took > Duration::from_millis(500) {
        println!("{what}: {took:?}");
    }
    assert!(took < TIME, "{what}: {took:?}");
    result
}

/// An anchor, an authority below it and a certificate of that authority.
struct World {
    root: Key,
    ca: Key,
    leaf: Key,
    anchor: Arc<Certificate>,
    authority: Arc<Certificate>,
    certificate: Arc<Certificate>,
}

fn of_authority() -> Vec<Extension> {
    vec![Extension::authority(None), Extension::key_usage(&[0, 5, 6])]
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let (root, ca, leaf) = (Key::new("Root"), Key::new("CA"), Key::new("Leaf"));
    let anchor = root.certify(&root, validity(), of_authority());
    let authority = root.certify(&ca, validity(), of_authority());
    let certificate = ca.certify(&leaf, validity(), vec![Extension::key_usage(&[0, 1])]);
    World { root, ca, leaf, anchor, authority, certificate }
});

/// The fields of a TBSCertificate, each by its DER, which a case changes as it likes.
#[derive(Clone)]
struct Fields {
    serial: Vec<u8>,
    issuer: Vec<u8>,
    validity: Vec<u8>,
    subject: Vec<u8>,
    spki: Vec<u8>,
    /// The extensions in a row.
    extensions: Vec<u8>,
}

impl Fields {
    /// Those of a sound certificate of the authority.
    fn new() -> Self {
        let world = &*WORLD;
        Self {
            serial: write::integer(77),
            issuer: world.ca.name.clone(),
            validity: write::sequence(&[write::time(validity().0), write::time(validity().1)]),
            subject: world.leaf.name.clone(),
            spki: world.leaf.key.public_key().spki().to_vec(),
            extensions: extension(oid::KEY_USAGE, true, &write::named_bits(&[0, 1])),
        }
    }

    fn with(mut self, extension: &[u8]) -> Self {
        self.extensions.extend(extension);
        self
    }

    /// As a certificate by this key.
    fn signed_by(&self, key: &Key) -> Vec<u8> {
        let parts = [
            write::context(0, &[write::integer(2)]),
            self.serial.clone(),
            algorithm(key),
            self.issuer.clone(),
            self.validity.clone(),
            self.subject.clone(),
            self.spki.clone(),
            write::context(3, &[write::sequence(&[&self.extensions])]),
        ];
        signed(key, &write::sequence(&parts))
    }

    fn der(&self) -> Vec<u8> {
        self.signed_by(&WORLD.ca)
    }
}

fn algorithm(key: &Key) -> Vec<u8> {
    key.key.signature_algorithm(DigestAlgorithm::Sha256).to_der().expect("an identifier")
}

fn value(key: &Key, octets: &[u8]) -> Vec<u8> {
    let algorithm = key.key.signature_algorithm(DigestAlgorithm::Sha256);
    key.key.sign(&algorithm, EcdsaForm::Der, octets).expect("signed")
}

/// SEQUENCE of what is signed, the algorithm and the value.
fn signed(key: &Key, octets: &[u8]) -> Vec<u8> {
    write::sequence(&[octets.to_vec(), algorithm(key), write::bit_string(&value(key, octets))])
}

fn extension(name: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    extension_of(&write::oid(name), critical.then_some(0xff), value)
}

/// An extension by the DER of its identifier and the octet of its flag.
fn extension_of(name: &[u8], critical: Option<u8>, value: &[u8]) -> Vec<u8> {
    let flag = critical.map(|octet| write::tlv(tag::BOOLEAN, &[[octet]])).unwrap_or_default();
    write::sequence(&[name, &flag, &write::octet_string(value)])
}

/// So many of something in a row.
fn many(count: usize, of: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    (0..count).flat_map(of).collect()
}

fn rdn(attribute: &[u8], value: &[u8]) -> Vec<u8> {
    write::tlv(tag::SET, &[write::sequence(&[attribute, value])])
}

/// An element in so many others.
fn nested(levels: usize, tag: u8) -> Vec<u8> {
    let mut lengths = Vec::with_capacity(levels);
    let mut length = 0;
    for _ in 0..levels {
        lengths.push(length);
        length += write::tlv::<&[u8]>(tag, &[]).len() - 2 + header(length).len() + 1;
    }
    let mut out = Vec::with_capacity(length);
    for length in lengths.iter().rev() {
        out.push(tag);
        out.extend(header(*length));
    }
    out
}

/// The shortest length octets.
fn header(length: usize) -> Vec<u8> {
    if length < 0x80 {
        return vec![u8::try_from(length).expect("short")];
    }
    let octets = length.to_be_bytes();
    let skip = octets.iter().take_while(|octet| **octet == 0).count();
    let count = u8::try_from(octets.len() - skip).expect("few");
    [&[0x80 | count], &octets[skip..]].concat()
}

const MEGABYTE: usize = 1 << 20;

/// An identifier with a single arc of so many octets after `2.25`.
fn long_arc(octets: usize) -> Vec<u8> {
    let mut content = vec![0x69];
    content.extend(std::iter::repeat_n(0xff, octets - 1));
    content.push(0x7f);
    write::tlv(tag::OID, &[content])
}

/// A certificate and what must come of it: `refused`, or the indication with the code of its failure.
struct Case {
    name: &'static str,
    der: Vec<u8>,
    expected: &'static str,
}

const PASSED: &str = "TOTAL-PASSED";
const REFUSED: &str = "refused";
/// The certificate passes, its key is none.
const KEY: &str = "TOTAL-PASSED without a key";

#[allow(clippy::too_many_lines, reason = "a table")]
fn certificates() -> Vec<Case> {
    let sound = Fields::new;
    let der = sound().der();
    let mut cases = Vec::new();
    let mut add = |name, der, expected| cases.push(Case { name, der, expected });
    add("sound", der.clone(), PASSED);

    // Nesting.
    add("nested 100,000 deep", nested(100_000, tag::SEQUENCE), REFUSED);
    let deep = nested(100_000, tag::SEQUENCE);
    add(
        "deep value of an unknown extension",
        sound().with(&extension("1.2.3.4", false, &deep)).der(),
        PASSED,
    );
    add(
        "deep value of a known extension",
        sound().with(&extension(oid::CERTIFICATE_POLICIES, false, &deep)).der(),
        PASSED,
    );
    let deep_names = write::sequence(&[write::context(4, &[nested(100_000, tag::SEQUENCE)])]);
    add("deep name", sound().with(&extension(oid::SUBJECT_ALT_NAME, false, &deep_names)).der(), PASSED);
    let value = nested(100_000, tag::SEQUENCE);
    let subject = write::sequence(&[rdn(&write::oid(oid::COMMON_NAME), &value)]);
    add("deep attribute of a name", Fields { subject, ..sound() }.der(), PASSED);
    let parameters = write::sequence(&[write::oid("1.2.3.4"), nested(100_000, tag::SEQUENCE)]);
    let spki = write::sequence(&[parameters, write::bit_string(&[0])]);
    add("deep parameters of a key", Fields { spki, ..sound() }.der(), KEY);

    // Lengths.
    let with_length = |octets: &[u8]| [&[tag::SEQUENCE], octets, &der[4..]].concat();
    add("length beyond the input", with_length(&[0x84, 0x7f, 0xff, 0xff, 0xff]), REFUSED);
    add("length of 2^63", with_length(&[0x88, 0x80, 0, 0, 0, 0, 0, 0, 0]), REFUSED);
    add("length of 2^64 - 1", with_length(&[0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), REFUSED);
    add("length in 126 octets", with_length(&[&[0xfe][..], &[0xff; 126]].concat()), REFUSED);
    add("length not in its shortest form", with_length(&[&[0x83, 0], &der[2..4]].concat()), REFUSED);
    add("indefinite length", [&with_length(&[0x80])[..], &[0, 0]].concat(), REFUSED);
    add("trailing octet", [&der[..], &[0]].concat(), REFUSED);
    add("trailing certificate", [&der[..], &der].concat(), REFUSED);
    add("cut", der[..der.len() - 1].to_vec(), REFUSED);
    add("nothing", Vec::new(), REFUSED);

    // Numbers.
    let number = |octets: usize| write::tlv(tag::INTEGER, &[vec![0x7f; octets]]);
    add("serial number of 1 MB", Fields { serial: number(MEGABYTE), ..sound() }.der(), PASSED);
    let empty = write::tlv::<&[u8]>(tag::INTEGER, &[]);
    add("serial number of no octets", Fields { serial: empty, ..sound() }.der(), REFUSED);
    let rsa = |modulus: usize, exponent: usize| {
        let key = write::sequence(&[number(modulus), number(exponent)]);
        let algorithm = write::sequence(&[write::oid(oid::RSA_ENCRYPTION), write::null()]);
        write::sequence(&[algorithm, write::bit_string(&key)])
    };
    // The key of the last certificate signs nothing in its path.
    add("RSA modulus of 1 MB", Fields { spki: rsa(MEGABYTE, 3), ..sound() }.der(), KEY);
    add("RSA exponent of 1 MB", Fields { spki: rsa(256, MEGABYTE), ..sound() }.der(), KEY);
    add("RSA exponent as long as the modulus", Fields { spki: rsa(1024, 1024), ..sound() }.der(), KEY);

    // Extensions.
    let unknown = |critical| many(100_000, |n| extension(&format!("1.2.3.{n}"), critical, &[5, 0]));
    add("100,000 extensions", sound().with(&unknown(false)).der(), PASSED);
    add(
        "100,000 critical extensions",
        sound().with(&unknown(true)).der(),
        "INDETERMINATE/UNKNOWN_CRITICAL_EXTENSION",
    );
    let usage = extension(oid::KEY_USAGE, true, &write::named_bits(&[0]));
    add("an extension twice", sound().with(&usage).der(), REFUSED);
    let twice = [extension("1.2.3.4", false, &[5, 0]), extension("1.2.3.4", false, &[4, 0])].concat();
    add("an unknown extension twice", sound().with(&twice).der(), REFUSED);
    let same = many(100_000, |_| extension("1.2.3.4", false, &[5, 0]));
    add("an extension 100,000 times", sound().with(&same).der(), REFUSED);
    let loose = extension_of(&write::oid("1.2.3.4"), Some(1), &[5, 0]);
    // Not DER, but nobody means FALSE by it.
    add("critical flag of 0x01", sound().with(&loose).der(), "INDETERMINATE/UNKNOWN_CRITICAL_EXTENSION");
    let bits = |octets: &[u8]| {
        let usage = extension(oid::KEY_USAGE, true, &write::tlv(tag::BIT_STRING, &[octets]));
        Fields { extensions: usage, ..sound() }.der()
    };
    let unreadable = "INDETERMINATE/UNKNOWN_CRITICAL_EXTENSION";
    add("BIT STRING with nine unused bits", bits(&[9, 0xc0]), unreadable);
    add("BIT STRING with 255 unused bits", bits(&[255, 0xc0]), unreadable);
    add("BIT STRING with unused bits of nothing", bits(&[7]), unreadable);
    add("BIT STRING of no octets", bits(&[]), unreadable);
    add("keyUsage of 1 MB", bits(&[&[0], &[0xff; MEGABYTE][..]].concat()), PASSED);
    let trailing = [write::named_bits(&[0, 1]), vec![0]].concat();
    let usage = extension(oid::KEY_USAGE, true, &trailing);
    add("trailing octet in an extension", Fields { extensions: usage, ..sound() }.der(), unreadable);

    // Identifiers.
    let of_arcs = |name: &[u8], critical| sound().with(&extension_of(name, critical, &[5, 0])).der();
    add("identifier with an arc of 1 MB", of_arcs(&long_arc(MEGABYTE), None), REFUSED);
    add("critical identifier with an arc of 1 MB", of_arcs(&long_arc(MEGABYTE), Some(0xff)), REFUSED);
    // 2.25 and 128 bits are an identifier of a UUID (X.667).
    let uuid = [&[0x69, 0x83][..], &[0xff; 17], &[0x7f]].concat();
    add("identifier with an arc of 128 bits", of_arcs(&write::tlv(tag::OID, &[&uuid]), None), PASSED);
    let arcs = write::tlv(tag::OID, &[vec![0x2a; MEGABYTE]]);
    add("identifier with a million arcs", of_arcs(&arcs, None), PASSED);
    let padded = write::tlv(tag::OID, &[[0x55, 0x1d, 0x80, 0x0f]]);
    add("identifier with a padded arc", of_arcs(&padded, None), REFUSED);
    let empty = write::tlv::<&[u8]>(tag::OID, &[]);
    add("identifier of no octets", of_arcs(&empty, None), REFUSED);

    // Names.
    let rdns = many(100_000, |n| rdn(&write::oid(oid::ORGANIZATIONAL_UNIT), &write::utf8(&n.to_string())));
    let of_rdns = write::sequence(&[&rdns]);
    add("100,000 RDNs", Fields { subject: of_rdns.clone(), ..sound() }.der(), PASSED);
    add(
        "100,000 RDNs in the issuer",
        Fields { issuer: of_rdns, ..sound() }.der(),
        "INDETERMINATE/CHAIN_NOT_FOUND",
    );
    let attributes = many(100_000, |n| {
        write::sequence(&[write::oid(oid::ORGANIZATIONAL_UNIT), write::utf8(&(100_000 - n).to_string())])
    });
    let of_one = write::sequence(&[write::tlv(tag::SET, &[attributes])]);
    add("100,000 attributes in an RDN", Fields { subject: of_one, ..sound() }.der(), PASSED);
    let text = "ﷺ".repeat(MEGABYTE / 3);
    let subject = write::sequence(&[rdn(&write::oid(oid::COMMON_NAME), &write::utf8(&text))]);
    // Each of these letters is eighteen in compatibility form.
    add("name that grows eighteenfold", Fields { subject, ..sound() }.der(), PASSED);
    let empty = write::sequence(&[[tag::SET, 0].repeat(500_000)]);
    add("500,000 empty RDNs", Fields { subject: empty, ..sound() }.der(), REFUSED);

    // Times.
    let times =
        |from: Vec<u8>, until: Vec<u8>| Fields { validity: write::sequence(&[from, until]), ..sound() }.der();
    let utc = |text: &str| write::tlv(tag::UTC_TIME, &[text]);
    let long = |text: &str| write::tlv(tag::GENERALIZED_TIME, &[text]);
    let from = || utc("260101000000Z");
    for (name, until) in [
        ("month 13", utc("361301000000Z")),
        ("day 0", utc("360100000000Z")),
        ("hour 24", utc("360101240000Z")),
        ("29 February 2035", utc("350229000000Z")),
        ("year of five digits", long("120360101000000Z")),
        ("time of letters", utc("36010100000aZ")),
        ("time of nothing", utc("")),
        ("time of 1 MB", long(&"9".repeat(MEGABYTE))),
        ("time as a number", write::integer(36)),
    ] {
        add(name, times(from(), until), REFUSED);
    }
    add("no end", times(from(), long("99991231235959Z")), PASSED);
    add("ends before it begins", times(from(), utc("250101000000Z")), "INDETERMINATE/CERTIFICATE_EXPIRED");
    add("year 0", times(long("00000101000000Z"), long("20360101000000Z")), PASSED);

    // What lists are made of.
    let purposes = write::sequence(&[many(100_000, |n| write::oid(&format!("1.2.3.{n}")))]);
    add(
        "100,000 purposes",
        sound().with(&extension(oid::EXTENDED_KEY_USAGE, false, &purposes)).der(),
        PASSED,
    );
    let access = write::sequence(&[many(100_000, |n| {
        let url = write::context_primitive(6, format!("http://a.kz/{n:06}").as_bytes());
        write::sequence(&[write::oid(oid::OCSP), url])
    })]);
    add(
        "100,000 responders",
        sound().with(&extension(oid::AUTHORITY_INFO_ACCESS, false, &access)).der(),
        PASSED,
    );
    let points = write::sequence(&[many(100_000, |n| {
        let url = write::context_primitive(6, format!("http://a.kz/{n:06}").as_bytes());
        write::sequence(&[write::context(0, &[write::context(0, &[url])])])
    })]);
    add(
        "100,000 distribution points",
        sound().with(&extension(oid::CRL_DISTRIBUTION_POINTS, false, &points)).der(),
        PASSED,
    );
    let names = write::sequence(&[[0x82u8, 0].repeat(500_000)]);
    add("500,000 empty names", sound().with(&extension(oid::SUBJECT_ALT_NAME, false, &names)).der(), PASSED);
    // Nobody above states any, so that none is left.
    add("100,000 policies", sound().with(&policies(100_000)).der(), PASSED);
    cases
}

fn checker() -> Checker {
    let world = &*WORLD;
    let anchors = TrustAnchors::new(vec![Arc::clone(&world.anchor)]);
    let pool = vec![Arc::clone(&world.authority)];
    let evidence = Evidence::new(anchors, pool, Vec::new(), RevocationMode::Off);
    Checker::new(evidence, Policy::interop())
}

/// Indication and the code of what failed.
fn judged(checker: &Checker, der: &[u8]) -> String {
    let Ok(certificate) = Certificate::from_der(der) else { return REFUSED.to_owned() };
    assert_eq!(describe(&certificate, now()).serial, certificate.serial_hex());
    let no_key = certificate.public_key().is_err();
    let report = checker.check_certificate(&Arc::new(certificate), Usage::Any, now());
    let failed = report.findings.iter().find(|finding| finding.sub_indication.is_some());
    match failed {
        Some(finding) => format!("{}/{}", report.indication.name(), finding.code.name()),
        None if no_key => format!("{} without a key", report.indication.name()),
        None => report.indication.name().to_owned(),
    }
}

#[test]
fn every_certificate_gets_its_verdict_in_time() {
    let checker = checker();
    let mut wrong = Vec::new();
    for case in certificates() {
        let found = soon(case.name, || judged(&checker, &case.der));
        if found != case.expected {
            wrong.push(format!("{}: {found}, {} expected", case.name, case.expected));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is asked of a key that no signature hangs on.
#[test]
fn numbers_out_of_all_proportion_are_no_keys() {
    for case in certificates().iter().filter(|case| case.name.starts_with("RSA")) {
        let certificate = Certificate::from_der(&case.der).expect(case.name);
        let key = soon(case.name, || certificate.public_key().err().cloned());
        assert_eq!(key, Some(KeyError::Malformed), "{}", case.name);
        // Nor does such an authority certify anybody.
        let world = &*WORLD;
        let leaf = Fields { issuer: certificate.subject().der().to_vec(), ..Fields::new() };
        let leaf = Arc::new(Certificate::from_der(&leaf.signed_by(&world.leaf)).expect("a certificate"));
        let anchors = TrustAnchors::new(vec![Arc::new(certificate)]);
        let path = soon(case.name, || path::build(&leaf, &anchors, &[], now()));
        assert_eq!(path.err().map(|error| error.fault), Some(PathFault::SignatureInvalid), "{}", case.name);
    }
}

/// The verdict on a certificate that `issuer` signed, with further certificates.
fn judge_below(extensions: &[u8], leaf: &Fields, pool: &[Arc<Certificate>]) -> String {
    let world = &*WORLD;
    let authority =
        Fields { subject: world.ca.name.clone(), issuer: world.root.name.clone(), ..Fields::new() };
    let basic: Vec<u8> =
        of_authority().iter().flat_map(|field| extension(&field.oid, field.critical, &field.value)).collect();
    let spki = world.ca.key.public_key().spki().to_vec();
    let authority = Fields { spki, extensions: [&basic, extensions].concat(), ..authority };
    let authority = Certificate::from_der(&authority.signed_by(&world.root)).expect("an authority");
    let anchors = TrustAnchors::new(vec![Arc::clone(&world.anchor)]);
    let pool = [&[Arc::new(authority)], pool].concat();
    let evidence = Evidence::new(anchors, pool, Vec::new(), RevocationMode::Off);
    judged(&Checker::new(evidence, Policy::interop()), &leaf.der())
}

fn policies(count: usize) -> Vec<u8> {
    let list = many(count, |n| write::sequence(&[write::oid(&format!("1.2.3.{n}"))]));
    extension(oid::CERTIFICATE_POLICIES, false, &write::sequence(&[list]))
}

#[test]
fn policies_and_mappings_without_number_are_a_limit() {
    let limit = "INDETERMINATE/PATH_LIMIT";
    let mapped = |pairs: Vec<u8>| extension(oid::POLICY_MAPPINGS, false, &write::sequence(&[pairs]));
    let pair = |from: usize, to: usize| {
        write::sequence(&[write::oid(&format!("1.2.3.{from}")), write::oid(&format!("1.2.3.{to}"))])
    };
    let one_to_one = mapped(many(100_000, |n| pair(n, n + 1)));
    let one_to_all = mapped(many(100_000, |n| pair(0, n)));
    let all_to_one = mapped(many(100_000, |n| pair(n, 0)));
    let leaf = Fields::new().with(&policies(300));
    for (name, mappings) in
        [("one to one", one_to_one), ("one to all", one_to_all), ("all to one", all_to_one)]
    {
        let found = soon(name, || judge_below(&[policies(300), mappings].concat(), &leaf, &[]));
        assert_eq!(found, limit, "{name}");
    }
    let found = soon("policies on both", || {
        judge_below(&policies(100_000), &Fields::new().with(&policies(100_000)), &[])
    });
    assert_eq!(found, limit);
    // What lies within the limit is judged.
    assert_eq!(judge_below(&policies(100), &Fields::new().with(&policies(100)), &[]), PASSED);
}

#[test]
fn constraints_times_names_are_a_limit() {
    let limit = "INDETERMINATE/PATH_LIMIT";
    let name = |kind: &str, n: usize| match kind {
        "dns" => write::context_primitive(2, format!("d{n}.kz").as_bytes()),
        "email" => write::context_primitive(1, format!("a{n}@b.kz").as_bytes()),
        "uri" => write::context_primitive(6, format!("http://d{n}.kz/").as_bytes()),
        "ip" => write::context_primitive(7, &u32::try_from(n).expect("small").to_be_bytes()),
        _ => write::context(4, &[issue::name(&[(oid::COMMON_NAME, &n.to_string())])]),
    };
    let base = |kind: &str, n: usize| match kind {
        "uri" => write::context_primitive(6, format!("d{n}.kz").as_bytes()),
        "ip" => write::context_primitive(
            7,
            &[&u32::try_from(n).expect("small").to_be_bytes()[..], &[255; 4]].concat(),
        ),
        kind => name(kind, n),
    };
    for kind in ["dns", "email", "uri", "ip", "directory"] {
        let trees = |from: usize| many(10_000, |n| write::sequence(&[base(kind, from + n)]));
        let leaf = write::sequence(&[many(10_000, |n| name(kind, n))]);
        let leaf = Fields::new().with(&extension(oid::SUBJECT_ALT_NAME, false, &leaf));
        for (list, from) in [(0, 0), (1, 20_000)] {
            let value = write::sequence(&[write::context(list, &[trees(from)])]);
            let found =
                soon(kind, || judge_below(&extension(oid::NAME_CONSTRAINTS, true, &value), &leaf, &[]));
            assert_eq!(found, limit, "{kind}");
        }
    }
    // One name that is looked through for each of many bases.
    let long = write::context_primitive(1, &[b"a@".as_slice(), &vec![b'b'; MEGABYTE]].concat());
    let leaf = Fields::new().with(&extension(oid::SUBJECT_ALT_NAME, false, &write::sequence(&[long])));
    let trees = many(200_000, |_| write::sequence(&[write::context_primitive(1, b"b.kz")]));
    let value = write::sequence(&[write::context(1, &[trees])]);
    let found =
        soon("a long name", || judge_below(&extension(oid::NAME_CONSTRAINTS, true, &value), &leaf, &[]));
    assert_eq!(found, limit);
}

#[test]
fn crowds_and_loops_end_undecided() {
    let world = &*WORLD;
    let budget = "INDETERMINATE/PATH_BUDGET_EXCEEDED";
    let strangers = Key::new("CA");
    let certify = |n: usize| {
        let fields = Fields {
            serial: write::integer(u32::try_from(n).expect("small")),
            issuer: world.root.name.clone(),
            subject: world.ca.name.clone(),
            spki: strangers.key.public_key().spki().to_vec(),
            ..Fields::new()
        };
        let basic: Vec<u8> =
            of_authority().iter().flat_map(|it| extension(&it.oid, it.critical, &it.value)).collect();
        let der = Fields { extensions: basic, ..fields }.signed_by(&strangers);
        Arc::new(Certificate::from_der(&der).expect("a certificate"))
    };
    let crowd: Vec<_> = (0..1000).map(certify).collect();
    let judge = |pool: Vec<Arc<Certificate>>| {
        let anchors = TrustAnchors::new(vec![Arc::clone(&world.anchor)]);
        let evidence = Evidence::new(anchors, pool, Vec::new(), RevocationMode::Off);
        judged(&Checker::new(evidence, Policy::interop()), world.certificate.der())
    };
    // A thousand authorities of the name, of which none is the one, and of which the last is.
    let found = soon("a crowd", || judge(crowd.clone()));
    assert_eq!(found, budget);
    let last = [&crowd[..], &[Arc::clone(&world.authority)]].concat();
    assert_eq!(soon("the last of a crowd", || judge(last)), budget);
    let first = [&[Arc::clone(&world.authority)], &crowd[..]].concat();
    assert_eq!(soon("the first of a crowd", || judge(first)), PASSED);
    // More certificates than are looked at, none of the name.
    let other = Key::new("Other");
    let others: Vec<_> = (0..11_000)
        .map(|n: u32| {
            let fields = Fields { serial: write::integer(n), subject: other.name.clone(), ..Fields::new() };
            let der = fields.signed_by(&other);
            Arc::new(Certificate::from_der(&der).expect("a certificate"))
        })
        .collect();
    assert_eq!(soon("strangers", || judge(others)), budget);
    // Names that go round in a ring, each certified by the next.
    let ring: Vec<Key> = (0..40).map(|n| Key::new(&format!("R{n}"))).collect();
    let mut round: Vec<_> = (0..ring.len())
        .map(|n| ring[(n + 1) % ring.len()].certify(&ring[n], validity(), of_authority()))
        .collect();
    let leaf = ring[0].certify(&world.leaf, validity(), vec![Extension::key_usage(&[0])]);
    let lost = soon("a ring", || path::build(&leaf, &TrustAnchors::default(), &round, now()));
    assert_eq!(lost.expect_err("no anchor").fault, PathFault::NoChain);
    // Two that certify each other, beside the way to the anchor.
    round = vec![
        ring[1].certify(&ring[0], validity(), of_authority()),
        ring[0].certify(&ring[1], validity(), of_authority()),
        world.root.certify(&ring[1], validity(), of_authority()),
    ];
    let anchors = TrustAnchors::new(vec![Arc::clone(&world.anchor)]);
    assert!(soon("two", || path::build(&leaf, &anchors, &round, now())).is_ok());
}

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

fn lists() -> Vec<(&'static str, Vec<u8>, Option<&'static str>)> {
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

fn answers() -> Vec<(&'static str, Vec<u8>, Option<CertStatus>)> {
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

/// An authority for timestamps below the root of the world, whose tokens the cases bend.
static FORGE: LazyLock<Forge> = LazyLock::new(|| {
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

fn tokens() -> Vec<(&'static str, Vec<u8>, bool)> {
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

/// Runs the program over octets that are hostile and holds it to time and memory; its JSON, or nothing where
/// it answers with a refusal.
fn program(what: &str, octets: usize, arguments: &[&OsStr]) -> Option<Value> {
    let run = program::run(|program| program.args(arguments));
    let bound = MEMORY_BASE + MEMORY_FACTOR * octets as u64;
    if run.took > Duration::from_millis(500) || run.peak.is_some_and(|peak| peak > MEMORY_BASE) {
        println!("{what}: {octets} octets, {:?}, peak {:?}", run.took, run.peak);
    }
    assert!(run.took < TIME, "{what}: {:?}", run.took);
    assert!(run.peak.is_none_or(|peak| peak < bound), "{what}: {:?} octets, {bound} allowed", run.peak);
    let value: Value = serde_json::from_str(&run.output).unwrap_or_else(|error| panic!("{what}: {error}"));
    if value["error"]["code"].is_string() {
        assert_eq!(run.status, Some(2), "{what}");
        return None;
    }
    assert!(matches!(run.status, Some(0 | 1 | 3)), "{what}: {:?}", run.status);
    Some(value)
}

/// The indication and the first code that failed, as the program writes them.
fn told(value: Option<&Value>) -> String {
    let Some(value) = value else { return REFUSED.to_owned() };
    let indication = value["indication"].as_str().expect("an indication");
    let findings = value["findings"].as_array().expect("findings");
    let failed = findings.iter().find(|finding| finding["level"] == "fail");
    match failed.and_then(|finding| finding["code"].as_str()) {
        Some(code) => format!("{indication}/{code}"),
        None => indication.to_owned(),
    }
}

/// Files of the world in a folder, and the arguments that name them.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        let world = &*WORLD;
        let files = Self(tempfile::tempdir().expect("a folder"));
        files.put("root.cer", world.anchor.der());
        files.put("ca.cer", world.authority.der());
        files.put("leaf.cer", world.certificate.der());
        let update = (instant("2026-05-01T00:00:00Z"), instant("2026-07-01T00:00:00Z"));
        files.put("root.crl", &world.root.list(update, &[]));
        files
    }

    fn put(&self, name: &str, octets: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, octets).expect("written");
        path
    }

    /// `cert check` of a file, with what comes besides.
    fn check(&self, what: &str, octets: usize, file: &str, more: &[(&str, &str)]) -> Option<Value> {
        let path = |name: &str| self.0.path().join(name).into_os_string();
        let fixed = "cert check --format json --policy interop --at 2026-06-01T10:00:00Z --trust";
        let mut arguments: Vec<OsString> = fixed.split_whitespace().map(OsString::from).collect();
        arguments.extend([path("root.cer"), "--certs".into(), path("ca.cer"), path(file)]);
        for (option, value) in more {
            arguments.push(option.into());
            arguments.push(if *option == "--revocation" { value.into() } else { path(value) });
        }
        program(what, octets, &arguments.iter().map(OsString::as_os_str).collect::<Vec<_>>())
    }
}

#[test]
fn the_program_checks_every_certificate() {
    let files = Files::new();
    for case in certificates() {
        let path = files.put("hostile.cer", &case.der);
        let off = [("--revocation", "off")];
        let found = files.check(case.name, case.der.len(), "hostile.cer", &off);
        assert_eq!(told(found.as_ref()), case.expected.trim_end_matches(" without a key"), "{}", case.name);
        let show = ["cert", "show", "--format", "json"].map(OsStr::new);
        let shown = program(case.name, case.der.len(), &[&show[..], &[path.as_os_str()]].concat());
        assert_eq!(shown.is_some(), case.expected != REFUSED, "{}", case.name);
    }
}

#[test]
fn the_program_asks_every_list_and_every_answer() {
    let files = Files::new();
    for (name, der, expected) in lists() {
        files.put("hostile.crl", &der);
        let lists = [("--crl", "root.crl"), ("--crl", "hostile.crl")];
        let found = told(files.check(name, der.len(), "leaf.cer", &lists).as_ref());
        match expected {
            Some("good") => assert_eq!(found, PASSED, "{name}"),
            Some("revoked") => assert_eq!(found, "INDETERMINATE/CERTIFICATE_REVOKED", "{name}"),
            Some(_) => assert!(found.starts_with("INDETERMINATE/"), "{name}: {found}"),
            None => assert_eq!(found, REFUSED, "{name}"),
        }
    }
    for (name, der, expected) in answers() {
        files.put("hostile.ocsp", &der);
        let evidence = [("--crl", "root.crl"), ("--ocsp", "hostile.ocsp")];
        let found = told(files.check(name, der.len(), "leaf.cer", &evidence).as_ref());
        match expected {
            Some(CertStatus::Good) => assert_eq!(found, PASSED, "{name}"),
            _ => assert!(found == REFUSED || found.starts_with("INDETERMINATE/"), "{name}: {found}"),
        }
    }
}

/// A document that its signer signed, with more in what nobody signs: the certificates beside the signer's, and
/// a timestamp over the signature.
#[test]
fn the_program_verifies_documents_that_carry_hostile_objects() {
    let folder = tempfile::tempdir().expect("a folder");
    let profile = Profile { properties: Some(now()), ..Profile::default() };
    let identity = ECDSA.identity("applicant");
    let signed = sign_xml(b"<doc/>", &identity, &profile, &Limits::default()).expect("signed");
    let signed = String::from_utf8(signed).expect("UTF-8");
    let verify = |what: &str, document: &str| {
        let path = folder.path().join("document.xml");
        std::fs::write(&path, document).expect("written");
        let fixed = "verify --format json --policy kz --at 2026-06-01T10:00:00Z";
        let mut arguments: Vec<OsString> = fixed.split_whitespace().map(OsString::from).collect();
        for (option, file) in
            [("--trust", "root.cer"), ("--certs", "ca.cer"), ("--crl", "root.crl"), ("--crl", "ca.crl")]
        {
            arguments.extend([option.into(), ECDSA.path(file).into_os_string()]);
        }
        arguments.push(path.into_os_string());
        let arguments: Vec<&OsStr> = arguments.iter().map(OsString::as_os_str).collect();
        let value = program(what, document.len(), &arguments).expect("a report");
        value["indication"].as_str().expect("an indication").to_owned()
    };
    assert_eq!(verify("nothing", &signed), PASSED);
    let end = "</ds:X509Certificate>";
    for case in certificates() {
        let more = format!("{end}<ds:X509Certificate>{}{end}", STANDARD.encode(&case.der));
        let document = signed.replacen(end, &more, 1);
        assert_ne!(document, signed);
        // What nobody signed takes nothing away.
        assert_eq!(verify(case.name, &document), PASSED, "{}", case.name);
    }
    let end = "</xades:QualifyingProperties>";
    for (name, token, _) in tokens() {
        let stamp = format!(
            "<xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:SignatureTimeStamp>\
             <xades:EncapsulatedTimeStamp>{}</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp>\
             </xades:UnsignedSignatureProperties></xades:UnsignedProperties>{end}",
            STANDARD.encode(&token)
        );
        let document = signed.replacen(end, &stamp, 1);
        assert_ne!(document, signed);
        assert_eq!(verify(name, &document), PASSED, "{name}");
    }
}
