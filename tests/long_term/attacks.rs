//! What must not pass, and what must, in judgements of the past: answers and lists that keys made which nobody
//! answered for any more, certificates and algorithms that prove nothing of then, timestamps of strangers.

use super::*;
use qoltanba::asn1::{tag, write};
use qoltanba::crypto::{EcdsaForm, digest};
use qoltanba::pkix::{UnverifiedOcsp, issue};
use qoltanba::validation::policy::settings::{Scheme, Until, Uses};

fn gt(at: Timestamp) -> Vec<u8> {
    write::tlv(tag::GENERALIZED_TIME, &[at.strftime("%Y%m%d%H%M%SZ").to_string()])
}

#[allow(clippy::too_many_arguments)]
fn ocsp(
    signer: &PrivateKey,
    responder: &[u8],
    issuer: &Key,
    cert: &Certificate,
    revoked: Option<Timestamp>,
    produced: Timestamp,
    next: Option<Timestamp>,
    certs: &[&Certificate],
) -> UnverifiedOcsp {
    let sha1 = write::sequence(&[write::oid(DigestAlgorithm::Sha1.oid()), write::null()]);
    let id = write::sequence(&[
        sha1,
        write::octet_string(&digest(DigestAlgorithm::Sha1, cert.issuer().der())),
        write::octet_string(&issue::key_id(&issuer.key.public_key())),
        write::tlv(tag::INTEGER, &[cert.serial()]),
    ]);
    let status = match revoked {
        None => write::context_primitive(0, &[]),
        Some(at) => write::context(1, &[gt(at)]),
    };
    let mut single = vec![id, status, gt(produced)];
    single.extend(next.map(|next| write::context(0, &[gt(next)])));
    let data = write::sequence(&[
        write::context(1, &[responder.to_vec()]),
        gt(produced),
        write::sequence(&[write::sequence(&single)]),
    ]);
    let algorithm = signer.signature_algorithm(DigestAlgorithm::Sha256);
    let value = signer.sign(&algorithm, EcdsaForm::Der, &data).expect("signed");
    let name = match signer.public_key().kind() {
        qoltanba::crypto::KeyKind::Rsa { .. } => {
            write::sequence(&[write::oid("1.2.840.113549.1.1.11"), write::null()])
        }
        _ => write::sequence(&[write::oid("1.2.840.10045.4.3.2")]),
    };
    let mut basic = vec![data, name, write::bit_string(&value)];
    if !certs.is_empty() {
        let all: Vec<&[u8]> = certs.iter().map(|c| c.der()).collect();
        basic.push(write::context(0, &[write::sequence(&all)]));
    }
    let basic = write::sequence(&basic);
    let bytes = write::sequence(&[write::oid(oid::OCSP_BASIC), write::octet_string(&basic)]);
    let der = write::sequence(&[write::enumerated(0), write::context(0, &[bytes])]);
    UnverifiedOcsp::from_der(&der).expect("a response")
}

fn with_ocsp(w: &World, lists: Vec<UnverifiedCrl>, ocsp: Vec<UnverifiedOcsp>) -> Checker {
    let anchors = TrustAnchors::new(vec![Arc::clone(&w.anchor)]);
    let certificates = vec![Arc::clone(&w.authority)];
    let evidence = Evidence::new(anchors, certificates, lists, RevocationMode::Required).with_ocsp(ocsp);
    Checker::new(evidence, Policy::generic())
}

/// Whether it passes; else the codes are told.
fn passing(judged: &Signature) -> bool {
    println!("{:?} {:?}", judged.indication, codes(judged));
    passes(judged)
}

fn responder(w: &World, months: (&str, &str), key: PrivateKey, nocheck: bool) -> (Key, Arc<Certificate>) {
    let key = Key { key, ..Key::new("OCSP") };
    let mut more = vec![Extension::key_usage(&[0]), Extension::extended_key_usage(&[oid::OCSP_SIGNING])];
    if nocheck {
        more.push(Extension::new(oid::OCSP_NO_CHECK, write::null()));
    }
    let certificate = certify(&w.ca, &key, months, more);
    (key, certificate)
}

#[test]
fn an_expired_responder_answers_for_nothing() {
    let mut w = World::new();
    w.leaf = certify(&w.ca, &w.signer, ("2015-01", "2020-01"), vec![Extension::key_usage(&[0, 1])]);
    let ec = PrivateKey::generate_ec(qoltanba::crypto::Curve::P256).expect("a key");
    let (key, certificate) = responder(&w, ("2015-01", "2017-01"), ec, true);
    let forged = ocsp(
        &key.key,
        &key.name,
        &w.ca,
        &w.leaf,
        None,
        time("2016-12"),
        Some(time("2050-01")),
        &[&certificate],
    );
    let checker = with_ocsp(&w, vec![crl(&w.root, ("2019-01", "2019-12"), &[])], vec![forged]);
    assert!(!passing(&judge(&checker, &w.signed(), "2019-06")));

    let w = World::new();
    let ec = PrivateKey::generate_ec(qoltanba::crypto::Curve::P256).expect("a key");
    let (key, certificate) = responder(&w, ("2015-01", "2017-01"), ec, true);
    let forged = ocsp(&key.key, &key.name, &w.ca, &w.leaf, None, time("2016-08"), None, &[&certificate]);
    let stamped = w.stamped(&w.signed(), &w.late, "2016-07");
    let lists = w.lists(("2019-01", "2019-12"));
    assert!(!passing(&judge(&with_ocsp(&w, lists.clone(), vec![]), &stamped, "2019-06")));
    assert!(!passing(&judge(&with_ocsp(&w, lists, vec![forged]), &stamped, "2019-06")));
}

#[test]
fn timestamps_of_strangers_make_no_level() {
    let w = World::new();
    let stranger = World::new();
    let checker = w.checker(w.lists(("2016-06", "2016-12")));
    for level in [Level::T, Level::LT, Level::LTA] {
        let refused =
            w.extended(&w.signed(), level, &checker, &stranger.late, "2016-07").expect_err("refused");
        assert_eq!(refused.code, "EXTEND_NOT_PASSED");
        let reasons = refused.params.iter().find(|(name, _)| *name == "reasons").expect("reasons");
        assert!(reasons.1.contains("TIMESTAMP_"), "{reasons:?}");
    }
    // One that is there already is no reason not to ask for a trusted one.
    let bogus = w.stamped(&w.signed(), &stranger.late, "2016-07");
    let extended = w.extended(&bogus, Level::T, &checker, &w.late, "2016-07").expect("extended");
    let judged = judge(&checker, &extended, "2016-08");
    assert_eq!(judged.best_signature_time, time("2016-07"));
}

#[test]
fn an_answer_of_after_the_expiry_still_condemns() {
    let w = World::new();
    let stamped = w.stamped(&w.signed(), &w.late, "2016-08");
    let lists = vec![
        crl(&w.root, ("2017-06", "2017-12"), &[]),
        crl(&w.ca, ("2016-06", "2016-12"), &[]),
        crl(&w.ca, ("2017-06", "2017-12"), &[]),
    ];
    let told = ocsp(
        &w.ca.key,
        &w.ca.name,
        &w.ca,
        &w.leaf,
        Some(time("2016-07")),
        time("2017-07"),
        Some(time("2017-12")),
        &[],
    );
    assert!(passing(&judge(&with_ocsp(&w, lists.clone(), vec![]), &stamped, "2017-08")));
    assert!(!passing(&judge(&with_ocsp(&w, lists, vec![told]), &stamped, "2017-08")));
}

#[test]
fn who_stands_in_a_list_is_revoked_whatever_date_it_has() {
    let w = World::new();
    let lists = vec![
        crl(&w.root, ("2016-06", "2016-12"), &[]),
        crl(&w.ca, ("2016-07", "2016-12"), &[(&w.leaf, "2016-09")]),
    ];
    assert!(!passing(&judge(&w.checker(lists), &w.signed(), "2016-08")));
    let told = ocsp(
        &w.ca.key,
        &w.ca.name,
        &w.ca,
        &w.leaf,
        Some(time("2016-09")),
        time("2016-07"),
        Some(time("2016-12")),
        &[],
    );
    let lists = vec![crl(&w.root, ("2016-06", "2016-12"), &[])];
    assert!(!passing(&judge(&with_ocsp(&w, lists, vec![told]), &w.signed(), "2016-08")));
}

/// A world whose root has an RSA key, its authority and signer EC, the TSA of the root RSA.
fn rsa_root() -> (World, Forge) {
    let mut w = World::new();
    w.root = Key { key: PrivateKey::generate_rsa(2048).expect("a key"), ..Key::new("Root") };
    let authority = || vec![Extension::authority(None), Extension::key_usage(&[5, 6])];
    w.anchor = certify(&w.root, &w.root, ("2010-01", "2060-01"), authority());
    w.authority = certify(&w.root, &w.ca, ("2010-01", "2020-01"), authority());
    let key = Key { key: PrivateKey::generate_rsa(2048).expect("a key"), ..Key::new("TSA R") };
    let purpose = Extension::extended_key_usage(&[oid::TIME_STAMPING]).critical();
    let certificate =
        certify(&w.root, &key, ("2015-01", "2040-01"), vec![Extension::key_usage(&[0]), purpose]);
    (w, Forge { key: key.key, certificate })
}

#[test]
fn a_certificate_known_only_after_its_algorithm_ended_proves_nothing() {
    // CA -> sub CA -> leaf; the leaf is certified with ECDSA, which ended for certificates in 2016-12; it is named by nothing
    // proven (the sub authority's certificate exists since now only).
    let (w, tsa) = rsa_root();
    let sub = Key::new("Sub");
    let authority = || vec![Extension::authority(None), Extension::key_usage(&[5, 6])];
    let subc = certify(&w.ca, &sub, ("2010-01", "2020-01"), authority());
    let leaf = certify(&sub, &w.signer, ("2015-01", "2017-01"), vec![Extension::key_usage(&[0, 1])]);
    let w = World { leaf, ..w };
    let stamped = w.stamped(&w.signed(), &tsa, "2016-07");
    let lists = vec![
        crl(&w.root, ("2017-06", "2017-12"), &[]),
        crl(&w.ca, ("2017-06", "2017-12"), &[]),
        crl(&sub, ("2016-06", "2016-12"), &[]),
    ];
    for (name, end) in
        [("always", Until::Always), ("2016-12-01", Until::Date("2016-12-01".parse().expect("d")))]
    {
        let mut checker = w.checker(lists.clone());
        let mut certificates = vec![Arc::clone(&w.authority), Arc::clone(&subc)];
        certificates.dedup();
        let anchors = TrustAnchors::new(vec![Arc::clone(&w.anchor)]);
        checker.evidence = Evidence::new(anchors, certificates, lists.clone(), RevocationMode::Required);
        checker.policy = Policy::generic().with(|settings| {
            let uses = Uses { certificate: end, ..Uses::all(Until::Always) };
            settings.algorithms.signature.insert(Scheme::Ecdsa, uses);
        });
        assert_eq!(passing(&judge(&checker, &stamped, "2017-08")), name == "always");
    }
}

#[test]
fn archived_lists_outlive_their_algorithm() {
    let (w, tsa) = rsa_root();
    let of_2016 = w.checker(w.lists(("2016-06", "2016-12")));
    let archived = w.extended(&w.signed(), Level::LTA, &of_2016, &tsa, "2016-07").expect("extended");
    for (name, end) in
        [("always", Until::Always), ("2018-01-01", Until::Date("2018-01-01".parse().expect("d")))]
    {
        let mut checker = w.checker(vec![crl(&w.root, ("2019-01", "2019-12"), &[])]);
        checker.policy = Policy::generic().with(|settings| {
            let uses = Uses { revocation: end, ..Uses::all(Until::Always) };
            settings.algorithms.signature.insert(Scheme::Ecdsa, uses);
        });
        assert!(passing(&judge(&checker, &archived, "2019-06")), "{name}");
    }
}

#[test]
fn two_clocks_may_differ_by_a_second() {
    let w = World::new();
    let checker = w.checker(w.lists(("2016-06", "2016-12")));
    let limits = Limits::default();
    let signed = w.signed();
    let digest = imprint(&signed, 0, false, DigestAlgorithm::Sha256, &limits).expect("an imprint");
    let token = w.late.stamp(&digest, time("2016-07") + jiff::SignedDuration::from_secs(1));
    let one = add(&signed, 0, &UnsignedProperty::SignatureTimeStamp(&token), &limits).expect("added");
    let digest = imprint(&one, 0, true, DigestAlgorithm::Sha256, &limits).expect("an imprint");
    let token = w.early.stamp(&digest, time("2016-07"));
    let two = add(&one, 0, &UnsignedProperty::ArchiveTimeStamp(&token), &limits).expect("added");
    assert!(passing(&judge(&checker, &two, "2016-08")));
}

#[test]
fn timestamps_outlive_an_authority_that_ended_in_order() {
    let w = World::new();
    let stamped = w.stamped(&w.signed(), &w.late, "2016-07");
    let line = |c: &Certificate, reason, at| issue::Revocation {
        serial: c.serial().to_vec(),
        at: time(at),
        reason: Some(reason),
        more: Vec::new(),
    };
    for reason in [1, 4, 5] {
        let lines = [line(&w.leaf, 1, "2016-09"), line(&w.late.certificate, reason, "2016-08")];
        let der = issue::crl(w.ca.issuer(), time("2016-10"), Some(time("2016-12")), 9, &lines, &[])
            .expect("a list");
        let lists =
            vec![crl(&w.root, ("2016-06", "2016-12"), &[]), UnverifiedCrl::from_der(&der).expect("p")];
        assert_eq!(passing(&judge(&w.checker(lists), &stamped, "2016-11")), reason != 1, "{reason}");
    }
}

#[test]
fn a_responder_with_a_weak_key_clears_nobody() {
    let w = World::new();
    let rsa = PrivateKey::generate_rsa(1024).expect("a key");
    let (key, certificate) = responder(&w, ("2015-01", "2017-01"), rsa, true);
    let told = ocsp(&key.key, &key.name, &w.ca, &w.leaf, None, time("2016-08"), None, &[&certificate]);
    let lists = vec![crl(&w.root, ("2016-06", "2016-12"), &[])];
    assert!(!passing(&judge(&with_ocsp(&w, lists, vec![told]), &w.signed(), "2016-08")));
}

#[test]
fn what_an_expired_authority_signed_must_be_proven_from_before() {
    let (w, tsa) = rsa_root();
    let stamped = w.stamped(&w.signed(), &tsa, "2016-07");
    let limits = Limits::default();
    let values = Values {
        lists: vec![crl(&w.root, ("2019-12", "2020-12"), &[]), crl(&w.ca, ("2016-06", "2016-12"), &[])],
        ..Values::default()
    };
    let kept = add(&stamped, 0, &UnsignedProperty::Values(&values), &limits).expect("added");
    for month in ["2019-12", "2020-06", "2020-12"] {
        let digest = imprint(&kept, 0, true, DigestAlgorithm::Sha256, &limits).expect("an imprint");
        let document =
            add(&kept, 0, &UnsignedProperty::ArchiveTimeStamp(&tsa.stamp(&digest, time(month))), &limits)
                .expect("added");
        let checker = w.checker(vec![crl(&w.root, ("2021-01", "2021-12"), &[])]);
        assert_eq!(passing(&judge(&checker, &document, "2021-06")), month == "2019-12", "{month}");
    }
}

#[test]
fn what_key_info_refers_to_is_not_covered_by_an_archive_timestamp() {
    let (mut w, tsa) = rsa_root();
    let sub = Key::new("Sub");
    let authority = || vec![Extension::authority(None), Extension::key_usage(&[5, 6])];
    w.authority = certify(&w.root, &w.ca, ("2010-01", "2018-01"), authority());
    let subc = certify(&w.ca, &sub, ("2010-01", "2020-01"), authority());
    w.leaf = certify(&sub, &w.signer, ("2015-01", "2017-01"), vec![Extension::key_usage(&[0, 1])]);
    let b64 = |c: &Certificate| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, c.der());
    let limits = Limits::default();
    let key = |c: &Certificate| {
        format!(
            "<ds:X509Data xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" Id=\"k\"><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data>",
            b64(c)
        )
    };
    let source = format!("<all><content Id=\"c\">A</content>{}</all>", key(&w.anchor));
    let profile = sign::Profile {
        properties: Some(time("2016-06")),
        reference_id: Some("c".into()),
        ..sign::Profile::default()
    };
    let signed =
        sign::sign(source.as_bytes(), &w.signer.key, w.leaf.der(), &profile, &limits).expect("signed");
    let text = String::from_utf8(signed).expect("text");
    let text = text.replace(
        "</ds:KeyInfo>",
        "<ds:RetrievalMethod URI=\"#k\" Type=\"http://www.w3.org/2000/09/xmldsig#X509Data\"/></ds:KeyInfo>",
    );
    let stamped = w.stamped(text.as_bytes(), &tsa, "2016-07");
    let lists = vec![
        crl(&w.root, ("2016-06", "2017-12"), &[]),
        crl(&w.ca, ("2016-06", "2017-12"), &[]),
        crl(&sub, ("2016-06", "2017-12"), &[]),
    ];
    let values = Values { lists, ..Values::default() };
    let kept = add(&stamped, 0, &UnsignedProperty::Values(&values), &limits).expect("added");
    let digest = imprint(&kept, 0, true, DigestAlgorithm::Sha256, &limits).expect("an imprint");
    let document =
        add(&kept, 0, &UnsignedProperty::ArchiveTimeStamp(&tsa.stamp(&digest, time("2016-07"))), &limits)
            .expect("added");
    let text = String::from_utf8(document).expect("text");
    let checker = w.checker(vec![crl(&w.root, ("2019-01", "2019-12"), &[])]);
    assert!(!passing(&judge(&checker, text.as_bytes(), "2019-06")));
    let given = Evidence::new(
        TrustAnchors::new(vec![Arc::clone(&w.anchor)]),
        vec![Arc::clone(&w.authority), Arc::clone(&subc)],
        vec![crl(&w.root, ("2019-01", "2019-12"), &[])],
        RevocationMode::Required,
    );
    assert!(!passing(&judge(&Checker::new(given, Policy::generic()), text.as_bytes(), "2019-06")));
    let changed = text.replace(&b64(&w.anchor), &b64(&subc));
    assert!(!passing(&judge(&checker, changed.as_bytes(), "2019-06")));
}

#[test]
fn a_responder_may_stand_among_the_certificate_values() {
    let w = World::new();
    let ec = PrivateKey::generate_ec(qoltanba::crypto::Curve::P256).expect("a key");
    let (key, certificate) = responder(&w, ("2015-01", "2020-01"), ec, true);
    let lists = vec![crl(&w.root, ("2016-06", "2016-12"), &[])];
    let signed = w.signed();
    for certs in [vec![&*certificate], vec![]] {
        let answer =
            ocsp(&key.key, &key.name, &w.ca, &w.leaf, None, time("2016-07"), Some(time("2016-12")), &certs);
        let values = Values {
            certificates: vec![Arc::clone(&certificate)],
            responses: vec![answer],
            ..Values::default()
        };
        let document =
            add(&signed, 0, &UnsignedProperty::Values(&values), &Limits::default()).expect("added");
        assert!(passing(&judge(&w.checker(lists.clone()), &document, "2016-08")), "{}", certs.len());
    }
}

#[test]
fn a_responder_revoked_since_then_answers_for_nothing() {
    let w = World::new();
    let ec = PrivateKey::generate_ec(qoltanba::crypto::Curve::P256).expect("a key");
    let (key, certificate) = responder(&w, ("2015-01", "2020-01"), ec, false);
    let forged = ocsp(&key.key, &key.name, &w.ca, &w.leaf, None, time("2016-08"), None, &[&certificate]);
    let stamped = w.stamped(&w.signed(), &w.late, "2016-07");
    let lists = vec![
        crl(&w.root, ("2019-01", "2019-12"), &[]),
        crl(&w.ca, ("2019-01", "2019-12"), &[(&certificate, "2017-03")]),
    ];
    assert!(!passing(&judge(&with_ocsp(&w, lists.clone(), vec![forged]), &stamped, "2019-06")));
    assert!(!passing(&judge(&with_ocsp(&w, lists, vec![]), &stamped, "2019-06")));
}

#[test]
fn a_list_older_than_the_signature_is_told() {
    let w = World::new();
    // Revoked 2016-05, as nobody says any more; the list of before is put in by the holder of the key.
    let stamped = w.stamped(&w.signed(), &w.late, "2016-07");
    let values = Values { lists: vec![crl(&w.ca, ("2016-04", "2016-10"), &[])], ..Values::default() };
    let document = add(&stamped, 0, &UnsignedProperty::Values(&values), &Limits::default()).expect("added");
    let judged = &judge(&w.checker(w.lists(("2019-01", "2019-12"))), &document, "2019-06");
    assert!(passing(judged) && codes(judged).contains(&"REVOCATION_BEFORE_SIGNATURE"));
}
