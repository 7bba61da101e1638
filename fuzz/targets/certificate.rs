//! Certificates: what is read is what OpenSSL reads, the signature holds for both or for OpenSSL at least,
//! and a path that is found is one by the rules of RFC 5280 that can be told from its certificates alone.
//! A certificate is judged as it came and signed again by an authority that is trusted: below that
//! authority, above a certificate of its own, and as its own anchor.

#![no_main]

mod pki;

use std::cmp::Ordering;
use std::sync::{Arc, LazyLock};

use openssl::asn1::Asn1Time;
use openssl::pkey::PKey;
use openssl::x509::X509;
use qoltanba::asn1::{Reader, oid, tag, write};
use qoltanba::pkix::issue::Extension;
use qoltanba::pkix::path::{self, Inputs, Task};
use qoltanba::pkix::{Certificate, Path, PathFault, TrustAnchors};
use qoltanba::service::certificate::describe;

use pki::{Holder, bounded, now, object, plant, same};

struct World {
    root: Holder,
    /// Its key is that of the honest authorities among the seeds.
    middle: Holder,
    anchors: TrustAnchors,
    /// What the certificate under test certifies where its key is that of `middle`.
    below: Holder,
    honest: Vec<Vec<u8>>,
}

fn alternative_names() -> Extension {
    let name = |number, text: &[u8]| write::context_primitive(number, text);
    let names = [
        name(1, b"a@b.kz"),
        name(2, b"www.b.kz"),
        write::context(4, &[pki::name("Other")]),
        name(6, b"https://b.kz/a"),
        name(7, &[10, 0, 0, 1]),
    ];
    Extension::new(oid::SUBJECT_ALT_NAME, write::sequence(&names))
}

fn name_constraints() -> Extension {
    let tree = |name: Vec<u8>| write::sequence(&[name]);
    let permitted = [
        tree(write::context_primitive(2, b"b.kz")),
        tree(write::context_primitive(1, b"b.kz")),
        tree(write::context_primitive(7, &[10, 0, 0, 0, 255, 0, 0, 0])),
    ];
    let excluded = [tree(write::context_primitive(6, b".c.kz")), tree(write::context(4, &[pki::name("No")]))];
    let value = write::sequence(&[write::context(0, &permitted), write::context(1, &excluded)]);
    Extension::new(oid::NAME_CONSTRAINTS, value).critical()
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let root = Holder::root();
    let authority = || vec![Extension::authority(Some(1)), Extension::key_usage(&[5, 6])];
    let policy = Extension::policy("1.2.3.4", "https://b.kz/policy");
    let middle = root.holder("Middle", authority());
    let below = middle.holder("Below", vec![alternative_names(), policy.clone()]);
    let pair = write::sequence(&[write::oid("1.2.3.4"), write::oid("1.2.3.5")]);
    let mappings = Extension::new(oid::POLICY_MAPPINGS, write::sequence(&[pair]));
    let constraints = [write::context_primitive(0, &[1]), write::context_primitive(1, &[0])];
    let constraints = Extension::new(oid::POLICY_CONSTRAINTS, write::sequence(&constraints)).critical();
    let inhibit = Extension::new(oid::INHIBIT_ANY_POLICY, write::integer(1)).critical();
    let id = |key| qoltanba::pkix::issue::key_id(&pki::key(key).public_key());
    let limited = [
        authority(),
        vec![name_constraints(), policy.clone(), mappings, constraints, inhibit],
        vec![Extension::subject_key_id(&id("Middle")), Extension::authority_key_id(&id("Root"))],
    ];
    let leaf = vec![
        Extension::key_usage(&[0, 1]),
        Extension::extended_key_usage(&[oid::EMAIL_PROTECTION]),
        policy,
        alternative_names(),
        Extension::crl_distribution_point("http://b.kz/a.crl"),
        Extension::freshest_crl("http://b.kz/d.crl"),
        Extension::authority_info_access("http://b.kz/ca.cer", Some("http://b.kz/ocsp")),
        Extension::key_storage("1.2.398.3.3.5.1.1"),
        Extension::new(oid::OCSP_NO_CHECK, write::null()),
    ];
    let honest = vec![
        middle.certificate.der().to_vec(),
        root.certify(&middle.name, &middle.key, limited.concat()),
        root.certify(&pki::name("Leaf"), &pki::key("Leaf"), leaf),
        root.certify(&pki::name("Old"), &pki::key("Old"), Vec::new()),
        root.certificate.der().to_vec(),
    ];
    let anchors = TrustAnchors::new(vec![Arc::clone(&root.certificate)]);
    World { root, middle, anchors, below, honest }
});

/// Two's complement in its shortest form.
fn shortest(mut number: &[u8]) -> &[u8] {
    while let [first, second, ..] = number
        && matches!((first, second & 0x80), (0, 0) | (0xff, 0x80))
    {
        number = &number[1..];
    }
    number
}

fn compare_with_openssl(certificate: &Certificate, issuer: &Holder) {
    let Ok(other) = X509::from_der(certificate.der()) else { return };
    assert_eq!(other.subject_name().to_der().expect("DER"), certificate.subject().der());
    assert_eq!(other.issuer_name().to_der().expect("DER"), certificate.issuer().der());
    for (own, theirs) in
        [(certificate.not_before(), other.not_before()), (certificate.not_after(), other.not_after())]
    {
        if own < jiff::Timestamp::MAX {
            let own = Asn1Time::from_unix(own.as_second()).expect("a time");
            assert_eq!(theirs.compare(&own).ok(), Some(Ordering::Equal), "{theirs}");
        }
    }
    let number = other.serial_number().to_bn().expect("a number");
    let mut magnitude = vec![0];
    magnitude.extend(number.to_vec());
    if number.is_negative() {
        for octet in &mut magnitude {
            *octet = !*octet;
        }
        for octet in magnitude.iter_mut().rev() {
            *octet = octet.wrapping_add(1);
            if *octet != 0 {
                break;
            }
        }
    }
    assert_eq!(shortest(certificate.serial()), shortest(&magnitude), "the serial number");
    if let (Ok(theirs), Ok(own)) = (other.public_key(), PKey::public_key_from_der(certificate.spki())) {
        assert!(theirs.public_eq(&own), "the key");
    }
    if certificate.verify_issued_by(&issuer.key.public_key()).is_ok() {
        let key = PKey::public_key_from_der(issuer.certificate.spki()).expect("a key");
        assert!(other.verify(&key).is_ok_and(|holds| holds), "a signature that OpenSSL refuses");
    }
}

/// What can be told of a path by its certificates.
fn check(path: &Path, leaf: &Certificate, anchors: &TrustAnchors) {
    let certificates = &path.certificates;
    assert_eq!(certificates.first().map(|first| first.der()), Some(leaf.der()));
    assert!(certificates.last().is_some_and(|last| anchors.contains(last)));
    assert!(path.not_before <= now() && now() <= path.not_after);
    for (at, certificate) in certificates.iter().enumerate() {
        assert!(certificate.unknown_critical().is_empty());
        assert!(certificate.not_before() <= now() && now() <= certificate.not_after());
        let Some(issuer) = certificates.get(at + 1) else { break };
        assert!(issuer.subject().matches(certificate.issuer()));
        assert!(issuer.key_usage().is_none_or(|usage| usage.key_cert_sign));
        certificate.verify_issued_by(issuer.public_key().expect("a key")).expect("signed");
        if at + 2 < certificates.len() {
            let basic = issuer.basic_constraints().expect("an authority");
            let between = certificates[1..=at].iter().filter(|it| !it.is_self_issued()).count();
            assert!(basic.ca && basic.path_len.is_none_or(|limit| between <= limit as usize));
        }
    }
}

fn judge(leaf: &Arc<Certificate>, anchors: &TrustAnchors, pool: &[Arc<Certificate>]) -> Option<Path> {
    let open = Inputs::default();
    let strict = Inputs {
        policies: vec!["1.2.3.4".to_owned()],
        require_explicit_policy: true,
        inhibit_policy_mapping: true,
        inhibit_any_policy: true,
        ..Inputs::default()
    };
    let build = |inputs| {
        let task = Task { anchors, pool, through: &[], inputs, purpose: None, prefers: &|_| true, at: now() };
        let again = same(|| task.build(leaf).map(|path| (path.certificates, path.policies)));
        again.and_then(|_| task.build(leaf))
    };
    let (open, strict) = (build(&open), build(&strict));
    assert!(open.is_ok() || strict.is_err(), "what is demanded makes a path");
    if let Ok(strict) = &strict {
        assert!(strict.policies.iter().all(|valid| valid.policy == "1.2.3.4") && !strict.policies.is_empty());
    }
    if let Err(error) = &open {
        let small = !matches!(error.fault, PathFault::BudgetExceeded);
        assert!(small, "a budget is spent on {} certificates", pool.len() + 1);
    }
    let path = open.ok()?;
    check(&path, leaf, anchors);
    Some(path)
}

fn examine(der: &[u8]) {
    let read = || Certificate::from_der(der).map_err(|error| error.to_string());
    let Ok(certificate) = bounded(der, || same(read)) else { return };
    bounded(der, || describe(&certificate, now()));
    assert_eq!(certificate.der(), der);
    let place = |part: &[u8]| der.windows(part.len().max(1)).any(|window| window == part);
    assert!(place(certificate.tbs()) && place(certificate.spki()));
    assert!(certificate.subject().matches(certificate.subject()));
    assert!(certificate.subject().is_within(certificate.issuer()) || !certificate.is_self_issued());
    compare_with_openssl(&certificate, &WORLD.root);
    let certificate = Arc::new(certificate);
    // Below the authority, and as an anchor of its own.
    judge(&certificate, &WORLD.anchors, &[]);
    let own = TrustAnchors::new(vec![Arc::clone(&certificate)]);
    judge(&certificate, &own, &[Arc::clone(&WORLD.root.certificate)]);
    // Above one that it certifies.
    if certificate.spki() == WORLD.middle.certificate.spki() {
        let below = &WORLD.below;
        let issuer = Holder {
            name: certificate.subject().der().to_vec(),
            key: pki::key("Middle"),
            certificate: Arc::clone(&certificate),
        };
        let extensions = vec![alternative_names(), Extension::policy("1.2.3.4", "https://b.kz")];
        let leaf = Arc::new(pki::read(&issuer.certify(&below.name, &below.key, extensions)));
        let pool = [Arc::clone(&certificate), Arc::clone(&WORLD.middle.certificate)];
        judge(&leaf, &WORLD.anchors, &pool);
        judge(&leaf, &own, &[]);
        if let Ok(path) = path::build(&leaf, &own, &[], now())
            && let Some(constraints) = certificate.name_constraints()
            && let [qoltanba::pkix::GeneralName::Ip(range)] = &constraints.excluded[..]
            && let ([base @ .., _, _, _, _], 8) = (&range[..], range.len())
        {
            let masked = [10u8, 0, 0, 1].iter().zip(&range[4..]).map(|(octet, mask)| octet & mask);
            let masked_base = base.iter().zip(&range[4..]).map(|(octet, mask)| octet & mask);
            assert!(!masked.eq(masked_base), "{path:?} has an address that is excluded");
        }
    }
}

libfuzzer_sys::fuzz_target!(
    init: plant("certificate", &WORLD.honest),
    |bytes: &[u8]| {
        let der = object(bytes, &WORLD.honest);
        examine(&der);
        if Reader::single(&der).is_ok_and(|outer| outer.tag == tag::SEQUENCE)
            && let Some(signed) = WORLD.root.sign_again(&der)
        {
            examine(&signed);
        }
    }
);
