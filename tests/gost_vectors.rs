//! Vectors for the national signature algorithms, good and bad, made by `testdata/gost/generate.py`: every
//! test of every file comes out as the file says, and the private keys that are given make signatures that
//! verify.

use std::collections::BTreeSet;
use std::path::Path;

use qoltanba::asn1::{Reader, write};
use qoltanba::crypto::{self, EcdsaForm, KeyKind, ParameterSet, PrivateKey, PublicKey, SignatureAlgorithm};
use serde_json::Value;

/// A file, its algorithm, and how many tests it has.
const FILES: [(&str, ParameterSet, usize); 3] = [
    ("gost2015_512_test.json", ParameterSet::Gost2015With512, 304),
    ("gost2015_256_test.json", ParameterSet::Gost2015With256, 327),
    ("gost2004_test.json", ParameterSet::Gost2004, 305),
];

fn document(file: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/gost").join(file);
    serde_json::from_slice(&std::fs::read(path).expect(file)).expect(file)
}

fn octets(value: &Value, name: &str) -> Vec<u8> {
    let digits = value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).as_bytes();
    assert_eq!(digits.len() % 2, 0, "{name}");
    let octet = |pair| u8::from_str_radix(std::str::from_utf8(pair).expect("text"), 16).expect("hex");
    digits.chunks(2).map(octet).collect()
}

/// What a vector comes to: one of a signature, or without a key one of a key.
fn is_valid(set: ParameterSet, key: Option<&PublicKey>, test: &Value) -> bool {
    let Some(key) = key else {
        let read = PublicKey::from_spki(&octets(test, "spki"));
        assert!(read.as_ref().is_ok_and(|key| key.kind() == KeyKind::Gost(set)) || read.is_err(), "{test}");
        return read.is_ok();
    };
    let algorithm = SignatureAlgorithm::Gost(set);
    let (value, signature) = (octets(test, "digest"), octets(test, "sig"));
    let outcome = crypto::verify_digest(&algorithm, EcdsaForm::Der, key, &value, &signature);
    // There is one form in all formats; and from the second time on the key's multiples are at hand.
    for form in [EcdsaForm::Der, EcdsaForm::Concatenated, EcdsaForm::Der] {
        assert_eq!(crypto::verify_digest(&algorithm, form, key, &value, &signature), outcome, "{test}");
    }
    if test["msg"].is_string() {
        let message = octets(test, "msg");
        assert!(crypto::digest(set.digest(), &message).matches(&value), "{test}");
        assert_eq!(crypto::verify(&algorithm, EcdsaForm::Der, key, &message, &signature), outcome, "{test}");
    }
    outcome.is_ok()
}

#[test]
fn every_vector_comes_out_as_its_file_says() {
    for (file, set, count) in FILES {
        let document = document(file);
        let (mut seen, mut flags, mut wrong) = (0, BTreeSet::new(), Vec::new());
        for group in document["testGroups"].as_array().expect("groups") {
            let key = match group["type"].as_str() {
                Some("GostVerify") => Some(PublicKey::from_spki(&octets(group, "publicKeyDer")).expect(file)),
                Some("GostKey") => None,
                other => panic!("{other:?}"),
            };
            for test in group["tests"].as_array().expect("tests") {
                seen += 1;
                flags.extend(test["flags"].as_array().expect("flags").iter().filter_map(Value::as_str));
                let expected = match test["result"].as_str() {
                    Some("valid") => true,
                    Some("invalid") => false,
                    other => panic!("{other:?}"),
                };
                if is_valid(set, key.as_ref(), test) != expected {
                    wrong.push(test);
                }
            }
        }
        assert!(wrong.is_empty(), "{file}: {wrong:#?}");
        assert_eq!((seen, Some(seen as u64)), (count, document["numberOfTests"].as_u64()), "{file}");
        let notes = document["notes"].as_object().expect("notes");
        assert_eq!(flags, notes.keys().map(String::as_str).collect(), "{file}");
    }
}

/// In both forms that a private key is written in.
#[test]
fn private_keys_of_the_vectors_sign() {
    for (file, set, _) in FILES {
        let document = document(file);
        let groups = document["testGroups"].as_array().expect("groups");
        let mut seen = 0;
        for group in groups.iter().filter(|group| group["privateKey"].is_string()) {
            seen += 1;
            let spki = octets(group, "publicKeyDer");
            let public = PublicKey::from_spki(&spki).expect(file);
            let identifier = Reader::single(&spki).and_then(|spki| spki.reader().next()).expect("DER").raw;
            let number = octets(group, "privateKey");
            let big_endian: Vec<u8> = number.iter().rev().copied().skip_while(|octet| *octet == 0).collect();
            for number in [write::octet_string(&number), write::unsigned(&big_endian)] {
                let der =
                    write::sequence(&[&write::integer(0), identifier, &write::octet_string(&number)[..]]);
                let key = PrivateKey::from_pkcs8_der(&der).expect(file);
                assert_eq!(key.public_key(), public);
                let algorithm = SignatureAlgorithm::Gost(set);
                let signature = key.sign(&algorithm, EcdsaForm::Der, b"message").expect("a signature");
                assert!(crypto::verify(&algorithm, EcdsaForm::Der, &public, b"message", &signature).is_ok());
            }
        }
        assert_eq!(seen, 7, "{file}");
    }
}
