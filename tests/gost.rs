//! Documents and paths with the national algorithms: what is signed passes, what is altered or confused
//! does not, and chains mix them with others.

use std::sync::Arc;

use qoltanba::asn1::{oid, write};
use qoltanba::crypto::{
    Curve, DigestAlgorithm, EcdsaForm, KeyError, ParameterSet, PrivateKey, PublicKey, SignatureAlgorithm,
    VerifyError, digest, verify, verify_digest,
};
use qoltanba::pkix::issue::{self, Extension, Issuer, Revocation};
use qoltanba::pkix::{Certificate, Crl, TrustAnchors, UnverifiedCrl};
use qoltanba::service::verify::{Checker, sign_xml};
use qoltanba::signature::sign::Profile;
use qoltanba::validation::{Evidence, Indication, Policy, RevocationMode, SubIndication, Usage};
use qoltanba::xml::Limits;
use qoltanba::xml::c14n::Canonicalization;

use crate::common::{GOST_2004, GOST_2015, Pki, RSA, now};

const DOCUMENT: &str = "<a xmlns=\"urn:x\"><!-- c --><b Id=\"one\">мәтін</b></a>";

fn signed(pki: &Pki, who: &str, document: &str, profile: &Profile) -> String {
    let bytes = sign_xml(document.as_bytes(), &pki.identity(who), profile, &Limits::default());
    String::from_utf8(bytes.expect("signed")).expect("UTF-8")
}

fn outcomes(checker: &Checker, document: &str) -> Vec<(Indication, Option<SubIndication>)> {
    let report = checker.verify(document.as_bytes(), now()).expect("a report");
    report.signatures.iter().map(|one| (one.indication, one.sub_indication)).collect()
}

const PASSED: (Indication, Option<SubIndication>) = (Indication::TotalPassed, None);

#[test]
fn a_signed_document_passes_in_every_form_and_an_altered_one_fails() {
    for (pki, set) in [(&*GOST_2015, ParameterSet::Gost2015With512), (&*GOST_2004, ParameterSet::Gost2004)] {
        for canonicalization in [Canonicalization::inclusive(), Canonicalization::exclusive()] {
            for properties in [None, Some(now())] {
                for reference_id in [None, Some("one".to_owned())] {
                    let profile = Profile {
                        canonicalization: canonicalization.clone(),
                        properties,
                        reference_id,
                        ..Profile::default()
                    };
                    let document = signed(pki, "applicant", DOCUMENT, &profile);
                    // The names that national tools write, for the value and for what is signed.
                    let uri = SignatureAlgorithm::Gost(set).uri().expect("a name");
                    assert!(document.contains(&format!("SignatureMethod Algorithm=\"{uri}\"")), "{document}");
                    let hash = format!("DigestMethod Algorithm=\"{}\"", set.digest().uri());
                    assert!(document.contains(&hash) && !document.contains("sha256"), "{document}");
                    let checker = pki.checker();
                    assert_eq!(outcomes(&checker, &document), [PASSED], "{document}");

                    let altered = document.replace("мәтін", "мәтін!");
                    let failed = (Indication::TotalFailed, Some(SubIndication::HashFailure));
                    assert_eq!(outcomes(&checker, &altered), [failed]);
                    let (head, tail) = document.split_once("<ds:SignatureValue>").expect("a value");
                    let first = if tail.starts_with('A') { "B" } else { "A" };
                    let altered = format!("{head}<ds:SignatureValue>{first}{}", &tail[1..]);
                    let failed = (Indication::TotalFailed, Some(SubIndication::SigCryptoFailure));
                    assert_eq!(outcomes(&checker, &altered), [failed]);
                }
            }
        }
    }
}

#[test]
fn signatures_of_several_algorithms_stand_in_one_document() {
    let add = Profile { add: true, ..Profile::default() };
    let mut document = signed(&GOST_2015, "applicant", DOCUMENT, &Profile::default());
    document = signed(&GOST_2004, "official", &document, &add);
    document = signed(&RSA, "executor", &document, &add);
    document = signed(&GOST_2015, "executor", &document, &add);
    let pools = [&*GOST_2015, &*GOST_2004, &*RSA];
    let load = |name: &str| {
        let read = |pki: &&Pki| Certificate::from_der(&std::fs::read(pki.path(name)).expect("a file"));
        pools.iter().map(|pki| Arc::new(read(pki).expect("a certificate"))).collect::<Vec<_>>()
    };
    let anchors = TrustAnchors::new(load("root.cer"));
    let evidence = Evidence::new(anchors, load("ca.cer"), Vec::new(), RevocationMode::Off);
    let checker = Checker::new(evidence, Policy::kz());
    assert_eq!(outcomes(&checker, &document), [PASSED; 4]);
}

#[test]
fn others_and_revoked_and_expired_keys_do_not_pass() {
    for pki in [&*GOST_2015, &*GOST_2004] {
        for (who, expected) in [
            ("revoked", SubIndication::RevokedNoPoe),
            ("expired", SubIndication::OutOfBoundsNoPoe),
            ("wrong-usage", SubIndication::ChainConstraintsFailure),
        ] {
            let document = signed(pki, who, DOCUMENT, &Profile::default());
            let found = outcomes(&pki.checker(), &document);
            assert_eq!(found, [(Indication::Indeterminate, Some(expected))], "{who}");
        }
        let foreign = signed(pki, "applicant", DOCUMENT, &Profile::default());
        let found = outcomes(&RSA.checker(), &foreign);
        assert_eq!(found, [(Indication::Indeterminate, Some(SubIndication::NoCertificateChainFound))]);
    }
}

/// A key of each kind.
fn keys() -> Vec<PrivateKey> {
    let mut keys: Vec<PrivateKey> =
        ParameterSet::ALL.iter().map(|set| PrivateKey::generate_gost(*set).expect("a key")).collect();
    keys.push(PrivateKey::generate_rsa(2048).expect("a key"));
    keys.push(PrivateKey::generate_ec(Curve::P256).expect("a key"));
    keys.push(PrivateKey::generate_ed25519().expect("a key"));
    keys
}

#[test]
fn paths_and_revocation_lists_mix_algorithms() {
    let keys = keys();
    let names: Vec<Vec<u8>> = (0..keys.len())
        .map(|at| issue::name(&[(oid::COMMON_NAME, &format!("CA {at}")), (oid::COUNTRY, "KZ")]))
        .collect();
    let issued = |subject: usize, issuer: usize| {
        let profile = issue::Profile {
            subject: names[subject].clone(),
            public_key: keys[subject].public_key(),
            not_before: "2026-01-01T00:00:00Z".parse().expect("a time"),
            not_after: "2036-01-01T00:00:00Z".parse().expect("a time"),
            extensions: vec![Extension::authority(None), Extension::key_usage(&[0, 1, 5, 6])],
        };
        let issuer = Issuer { name: &names[issuer], key: &keys[issuer], digest: DigestAlgorithm::Sha256 };
        issue::certificate(&profile, issuer).expect("a certificate")
    };
    let read = |der: &[u8]| Arc::new(Certificate::from_der(der).expect("a certificate"));
    for root in 0..keys.len() {
        // Each in turn below the one before, the first of them being the root.
        let order: Vec<usize> = (0..keys.len()).map(|at| (root + at) % keys.len()).collect();
        let anchor = read(&issued(root, root));
        let mut chain: Vec<Vec<u8>> = order.windows(2).map(|pair| issued(pair[1], pair[0])).collect();
        let check = |chain: &[Vec<u8>]| {
            let (leaf, pool) = chain.split_last().expect("certificates");
            let pool = pool.iter().map(|der| read(der)).collect();
            let anchors = TrustAnchors::new(vec![Arc::clone(&anchor)]);
            let evidence = Evidence::new(anchors, pool, Vec::new(), RevocationMode::Off);
            let report =
                Checker::new(evidence, Policy::generic()).check_certificate(&read(leaf), Usage::Any, now());
            (report.indication, report.sub_indication, report.chain.len())
        };
        assert_eq!(check(&chain), (Indication::TotalPassed, None, keys.len()));
        // One bit of one signature in the middle.
        for at in 0..chain.len() {
            let last = chain[at].len() - 9;
            chain[at][last] ^= 4;
            assert_ne!(check(&chain).0, Indication::TotalPassed, "{root} {at}");
            chain[at][last] ^= 4;
        }

        let revoked = issue::serial(&keys[order[1]].public_key());
        let at = "2026-06-01T00:00:00Z".parse().expect("a time");
        let line = Revocation { serial: revoked, at, reason: Some(1), more: Vec::new() };
        let issuer = Issuer { name: &names[root], key: &keys[root], digest: DigestAlgorithm::Sha256 };
        let der =
            issue::crl(issuer, at, Some("2036-01-01T00:00:00Z".parse().expect("a time")), 1, &[line], &[]);
        let mut der = der.expect("a list");
        let unverified = UnverifiedCrl::from_der(&der).expect("a list");
        assert!(Crl::verify(&unverified, &anchor).is_ok());
        let other = read(&issued(order[1], order[1]));
        assert!(Crl::verify(&unverified, &other).is_err());
        let last = der.len() - 5;
        der[last] ^= 1;
        assert!(Crl::verify(&UnverifiedCrl::from_der(&der).expect("a list"), &anchor).is_err());
    }
}

/// The key of one algorithm with the name of another, and values of one for another.
#[test]
fn algorithms_are_not_confused() {
    let keys = keys();
    let message = b"message";
    for (at, key) in keys.iter().enumerate() {
        let own = key.signature_algorithm(key.digest_algorithm());
        let value = key.sign(&own, EcdsaForm::Der, message).expect("signed");
        assert!(verify(&own, EcdsaForm::Der, &key.public_key(), message, &value).is_ok());
        for (other_at, other) in keys.iter().enumerate() {
            if other_at == at {
                continue;
            }
            let foreign = other.signature_algorithm(other.digest_algorithm());
            for (algorithm, public) in
                [(&foreign, key.public_key()), (&own, other.public_key()), (&foreign, other.public_key())]
            {
                let outcome = verify(algorithm, EcdsaForm::Der, &public, message, &value);
                assert!(outcome.is_err(), "{at} {other_at}");
            }
            assert!(key.sign(&foreign, EcdsaForm::Der, message).is_err());
        }
    }
    // Of the two sets of one size each refuses the other's name, with its own key.
    let [wide, narrow, old] = &keys[..3] else { panic!("three national keys") };
    let name = |set| SignatureAlgorithm::Gost(set);
    for (key, set) in [
        (wide, ParameterSet::Gost2015With256),
        (narrow, ParameterSet::Gost2004),
        (old, ParameterSet::Gost2015With256),
    ] {
        let value = digest(set.digest(), message);
        let outcome = verify_digest(&name(set), EcdsaForm::Der, &key.public_key(), &value, &[1; 64]);
        assert_eq!(outcome, Err(VerifyError::KeyTypeMismatch));
    }
}

/// What a SubjectPublicKeyInfo may say of a national key.
#[test]
fn names_of_keys_and_their_parameters_are_exact() {
    let key = PrivateKey::generate_gost(ParameterSet::Gost2015With512).expect("a key").public_key();
    let spki = key.spki();
    assert_eq!(PublicKey::from_spki(spki), Ok(key.clone()));
    // facts of the certificates in use: the whole prefix.
    let prefix = [
        0x30, 0x81, 0xac, 0x30, 0x23, 0x06, 0x09, 0x2a, 0x83, 0x0e, 0x03, 0x0a, 0x01, 0x01, 0x02, 0x02, 0x30,
        0x16, 0x06, 0x0a, 0x2a, 0x83, 0x0e, 0x03, 0x0a, 0x01, 0x01, 0x02, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x83,
        0x0e, 0x03, 0x0a, 0x01, 0x03, 0x03, 0x03, 0x81, 0x84, 0x00, 0x04, 0x81, 0x80,
    ];
    assert!(spki.starts_with(&prefix) && spki.len() == prefix.len() + 128);
    let point = &spki[prefix.len()..];
    let with = |name: &str, parameters: Option<Vec<u8>>, bits: &[u8]| {
        let mut fields = vec![write::oid(name)];
        fields.extend(parameters);
        PublicKey::from_spki(&write::sequence(&[write::sequence(&fields), write::bit_string(bits)]))
    };
    let parameters =
        |oids: &[&str]| Some(write::sequence(&oids.iter().map(|oid| write::oid(oid)).collect::<Vec<_>>()));
    let (own, curve, hash) = (oid::GOST_2015_512, oid::GOST_2015_512_CURVE, oid::STREEBOG_512);
    let octets = write::octet_string(point);
    assert_eq!(with(own, parameters(&[curve, hash]), &octets), Ok(key.clone()));
    let unsupported = |oid: &str| Err(KeyError::Unsupported { algorithm: oid.to_owned() });
    // Russia's names for the same curve and hash, and the national names of others.
    for wrong in ["1.2.643.7.1.2.1.2.1", oid::GOST_2004_CURVE, oid::GOST_2015_256_CURVE, hash] {
        assert_eq!(with(own, parameters(&[wrong, hash]), &octets), unsupported(wrong));
    }
    for wrong in ["1.2.643.7.1.1.2.3", oid::STREEBOG_256, oid::GOST_2004_BOXES, curve] {
        assert_eq!(with(own, parameters(&[curve, wrong]), &octets), unsupported(wrong));
    }
    assert_eq!(with("1.2.643.7.1.1.1.2", parameters(&[curve, hash]), &octets), unsupported(hash));
    let malformed = Err(KeyError::Malformed);
    for parameters in
        [None, Some(write::null()), parameters(&[]), parameters(&[curve]), parameters(&[curve, hash, hash])]
    {
        assert_eq!(with(own, parameters, &octets), malformed);
    }
    // The point without its OCTET STRING, with octets behind it, in another string, cut, as infinity.
    for bits in [
        point.to_vec(),
        [&octets[..], &[0]].concat(),
        write::tlv(0x03, &[point]),
        write::octet_string(&point[..127]),
        write::octet_string(&[point, &[0]].concat()),
        write::octet_string(&[0]),
        write::octet_string(&[0; 128]),
        write::octet_string(&point.iter().rev().copied().collect::<Vec<_>>()),
        Vec::new(),
    ] {
        assert_eq!(with(own, parameters(&[curve, hash]), &bits), malformed);
    }
    // A point of one curve is none of another.
    assert_eq!(
        with(oid::GOST_2004, parameters(&[oid::GOST_2004_CURVE, oid::GOST_2004_BOXES]), &octets),
        malformed
    );
}

/// The identifier of a key where that of a signature is due, as some software writes it.
#[test]
fn a_signature_may_be_named_by_its_key() {
    for (key, curve, hash, set) in [
        (oid::GOST_2004, oid::GOST_2004_CURVE, oid::GOST_2004_BOXES, ParameterSet::Gost2004),
        (oid::GOST_2015_512, oid::GOST_2015_512_CURVE, oid::STREEBOG_512, ParameterSet::Gost2015With512),
        (oid::GOST_2015_256, oid::GOST_2015_256_CURVE, oid::STREEBOG_256, ParameterSet::Gost2015With256),
    ] {
        let of = |fields: &[Vec<u8>]| {
            SignatureAlgorithm::from_der(&write::sequence(&[&[write::oid(key)][..], fields].concat()))
        };
        let parameters = write::sequence(&[write::oid(curve), write::oid(hash)]);
        let algorithm = Ok(SignatureAlgorithm::Gost(set));
        assert_eq!(of(&[]), algorithm);
        assert_eq!(of(&[write::null()]), algorithm);
        assert_eq!(of(std::slice::from_ref(&parameters)), algorithm);
        assert!(of(&[parameters.clone(), parameters]).is_err());
        assert!(of(&[write::sequence(&[write::oid(hash), write::oid(curve)])]).is_err());
        assert!(of(&[write::integer(1)]).is_err());
        // What is written is the signature's own name, with NULL.
        let der = SignatureAlgorithm::Gost(set).to_der().expect("a name");
        assert!(der.ends_with(&write::null()));
        assert_eq!(SignatureAlgorithm::from_der(&der), Ok(SignatureAlgorithm::Gost(set)));
    }
}
