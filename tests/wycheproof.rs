//! Wycheproof's vectors for verification (C2SP/wycheproof): every test of every file, against what
//! the file says. What it calls acceptable may go either way.

use std::collections::BTreeSet;

use qoltanba::crypto::{
    self, DigestAlgorithm, EcdsaForm, PssParameters, PublicKey, SignatureAlgorithm, Verified,
};
use serde_json::Value;

use crate::common::shared;

/// A file, how its signatures are written, and how many tests it has.
const FILES: [(&str, EcdsaForm, usize); 9] = [
    ("dsa_2048_256_sha256_test.json", EcdsaForm::Der, 366),
    ("ecdsa_secp256r1_sha256_p1363_test.json", EcdsaForm::Concatenated, 262),
    ("ecdsa_secp256r1_sha256_test.json", EcdsaForm::Der, 484),
    ("ecdsa_secp384r1_sha384_p1363_test.json", EcdsaForm::Concatenated, 280),
    ("ed25519_test.json", EcdsaForm::Der, 151),
    ("rsa_pss_2048_sha256_mgf1_32_test.json", EcdsaForm::Der, 108),
    ("rsa_pss_misc_params_test.json", EcdsaForm::Der, 150),
    ("rsa_signature_2048_sha256_test.json", EcdsaForm::Der, 259),
    ("rsa_signature_4096_sha512_test.json", EcdsaForm::Der, 259),
];

/// Tests that come out otherwise than the file says, with the reason. One that no longer does must be
/// taken off.
const EXCEPTIONS: [(&str, u64, &str); 0] = [];

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_else(|| panic!("no {name} in {value}"))
}

fn octets(value: &Value, name: &str) -> Vec<u8> {
    let hex = text(value, name).as_bytes();
    assert_eq!(hex.len() % 2, 0, "{name}");
    let digit = |octet: u8| char::from(octet).to_digit(16).expect("hexadecimal");
    hex.chunks(2).map(|pair| u8::try_from(digit(pair[0]) * 16 + digit(pair[1])).expect("an octet")).collect()
}

fn digest(name: &str) -> DigestAlgorithm {
    match name {
        "SHA-1" => DigestAlgorithm::Sha1,
        "SHA-224" => DigestAlgorithm::Sha224,
        "SHA-256" => DigestAlgorithm::Sha256,
        "SHA-384" => DigestAlgorithm::Sha384,
        "SHA-512" => DigestAlgorithm::Sha512,
        _ => panic!("{name}"),
    }
}

fn algorithm(group: &Value) -> SignatureAlgorithm {
    let hash = || digest(text(group, "sha"));
    match text(group, "type") {
        "DsaVerify" => SignatureAlgorithm::Dsa(hash()),
        "EcdsaVerify" | "EcdsaP1363Verify" => SignatureAlgorithm::Ecdsa(hash()),
        "EddsaVerify" => SignatureAlgorithm::Ed25519,
        "RsassaPkcs1Verify" => SignatureAlgorithm::RsaPkcs1(hash()),
        "RsassaPssVerify" | "RsassaPssWithParametersVerify" => {
            assert_eq!(text(group, "mgf"), "MGF1");
            let salt = group.get("sLen").and_then(Value::as_u64).expect("a length");
            SignatureAlgorithm::RsaPss(PssParameters {
                digest: hash(),
                mgf_digest: digest(text(group, "mgfSha")),
                salt_length: u32::try_from(salt).expect("small"),
            })
        }
        other => panic!("{other}"),
    }
}

#[test]
fn every_vector_comes_out_as_its_file_says() {
    let Some(shared) = shared() else { return };
    let folder = shared.join("corpora/wycheproof");
    let mut deviations = BTreeSet::new();
    for (file, form, count) in FILES {
        let bytes = std::fs::read(folder.join(file)).expect(file);
        let document: Value = serde_json::from_slice(&bytes).expect(file);
        let mut seen = 0;
        for group in document["testGroups"].as_array().expect("groups") {
            let key = PublicKey::from_spki(&octets(group, "publicKeyDer")).expect(file);
            let algorithm = algorithm(group);
            for test in group["tests"].as_array().expect("tests") {
                seen += 1;
                let (message, signature) = (octets(test, "msg"), octets(test, "sig"));
                let id = test["tcId"].as_u64().expect("a number");
                let outcome = crypto::verify(&algorithm, form, &key, &message, &signature);
                let valid = outcome == Ok(Verified { der_encoded: false });
                match text(test, "result") {
                    "acceptable" => {}
                    expected => {
                        if valid != (expected == "valid") {
                            println!("{file} {id}: {outcome:?}, {test}");
                            deviations.insert((file, id));
                        }
                    }
                }
                // Where r and s should stand side by side the same DER is borne, and nothing more.
                if text(group, "type") == "EcdsaVerify" {
                    let borne =
                        crypto::verify(&algorithm, EcdsaForm::Concatenated, &key, &message, &signature);
                    assert_eq!(borne.is_ok_and(|verified| verified.der_encoded), valid, "{file} {id}");
                }
            }
        }
        assert_eq!(seen, count, "{file}");
    }
    let expected: BTreeSet<_> = EXCEPTIONS.iter().map(|(file, id, _)| (*file, *id)).collect();
    assert_eq!(deviations, expected);
}

#[test]
fn no_file_is_left_out() {
    let Some(shared) = shared() else { return };
    let listed: BTreeSet<String> = FILES.iter().map(|(file, ..)| (*file).to_owned()).collect();
    let found: BTreeSet<String> = std::fs::read_dir(shared.join("corpora/wycheproof"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with("_test.json"))
        .collect();
    assert_eq!(listed, found);
}
