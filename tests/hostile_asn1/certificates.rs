//! Certificates: their fields out of all proportion, and crowds and rings of authorities.

use super::*;

/// A certificate and what must come of it: `refused`, or the indication with the code of its failure.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) der: Vec<u8>,
    pub(super) expected: &'static str,
}

pub(super) const PASSED: &str = "TOTAL-PASSED";
pub(super) const REFUSED: &str = "refused";
/// The certificate passes, its key is none.
pub(super) const KEY: &str = "TOTAL-PASSED without a key";

#[allow(clippy::too_many_lines, reason = "a table")]
pub(super) fn certificates() -> Vec<Case> {
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
