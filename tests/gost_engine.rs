//! The national algorithms against two strangers: OpenSSL's GOST engine, and gostcrypto, a package for Python
//! (under the name of pygost, the better known, the package index holds only a placeholder).
//! What they sign verifies here, what is signed here verifies there, both have the same keys to the same
//! private numbers, and the vectors of `testdata/gost` come out the same in the engine.
//!
//! Both speak the Russian dialect, over the same three curves: other object identifiers, and a value that is
//! s and then r, each from its most significant octet (RFC 4491 2.2.2), which is ours backwards. They do not know
//! GOST 34.311-95 with the substitution boxes used here; digests are given to them. That dialect is verified too, as
//! it is spoken.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use qoltanba::asn1::{Reader, oid, tag, write};
use qoltanba::crypto::{
    self, DigestAlgorithm, EcdsaForm, GostR, Identity, KeyError, KeyKind, ParameterSet, PrivateKey,
    PublicKey, SignatureAlgorithm, VerifyError, digest,
};
use qoltanba::pkix::{Certificate, TrustAnchors};
use qoltanba::service::verify::{Checker, sign_xml};
use qoltanba::signature::sign::Profile;
use qoltanba::validation::{Evidence, Indication, Policy, RevocationMode, SubIndication};
use qoltanba::xml::Limits;
use qoltanba::xml::c14n::Canonicalization;
use serde_json::{Value, json};

use crate::common::{GOST_2015, Stranger, has_tool, missing_tool, shared};

/// A curve under the names of the engine: algorithm, its parameters, and the identifiers of a key there.
struct Foreign {
    set: ParameterSet,
    russian: GostR,
    algorithm: &'static str,
    /// The option of its hash.
    hash: &'static str,
    parameters: &'static str,
    identifiers: [&'static str; 3],
}

const FOREIGN: [Foreign; 4] = [
    Foreign {
        set: ParameterSet::Gost2015With512,
        russian: GostR::Gost2012With512,
        algorithm: "gost2012_512",
        hash: "-md_gost12_512",
        parameters: "A",
        identifiers: ["1.2.643.7.1.1.1.2", "1.2.643.7.1.2.1.2.1", "1.2.643.7.1.1.2.3"],
    },
    Foreign {
        set: ParameterSet::Gost2015With256,
        russian: GostR::Gost2012With256,
        algorithm: "gost2012_256",
        hash: "-md_gost12_256",
        parameters: "TCA",
        identifiers: ["1.2.643.7.1.1.1.1", "1.2.643.7.1.2.1.1.1", ""],
    },
    Foreign {
        set: ParameterSet::Gost2004,
        russian: GostR::Gost2012With256,
        algorithm: "gost2012_256",
        hash: "-md_gost12_256",
        parameters: "A",
        identifiers: ["1.2.643.7.1.1.1.1", "1.2.643.2.2.35.1", "1.2.643.7.1.1.2.2"],
    },
    Foreign {
        set: ParameterSet::Gost2004,
        russian: GostR::Gost2001,
        algorithm: "gost2001",
        hash: "-md_gost94",
        parameters: "A",
        identifiers: ["1.2.643.2.2.19", "1.2.643.2.2.35.1", "1.2.643.2.2.30.1"],
    },
];

/// The AlgorithmIdentifier of a key, here or there.
fn identifier([key, curve, hash]: [&str; 3]) -> Vec<u8> {
    let parameters: Vec<_> =
        [curve, hash].into_iter().filter(|oid| !oid.is_empty()).map(write::oid).collect();
    write::sequence(&[write::oid(key), write::sequence(&parameters)])
}

fn national(set: ParameterSet) -> Vec<u8> {
    identifier(match set {
        ParameterSet::Gost2015With512 => [oid::GOST_2015_512, oid::GOST_2015_512_CURVE, oid::STREEBOG_512],
        ParameterSet::Gost2015With256 => [oid::GOST_2015_256, oid::GOST_2015_256_CURVE, oid::STREEBOG_256],
        ParameterSet::Gost2004 => [oid::GOST_2004, oid::GOST_2004_CURVE, oid::GOST_2004_BOXES],
    })
}

fn spki(identifier: &[u8], point: &[u8]) -> Vec<u8> {
    write::sequence(&[identifier, &write::bit_string(&write::octet_string(point))[..]])
}

/// x and y of a SubjectPublicKeyInfo, which stand in the same order of octets everywhere.
fn point(spki: &[u8]) -> Vec<u8> {
    let mut fields = Reader::single(spki).expect("DER").reader();
    fields.take(tag::SEQUENCE).expect("an identifier");
    let bits = fields.take(tag::BIT_STRING).and_then(|bits| bits.bit_string()).expect("bits");
    Reader::single(bits)
        .and_then(|octets| octets.expect(tag::OCTET_STRING))
        .expect("a point")
        .content
        .to_vec()
}

fn public_key(set: ParameterSet, point: &[u8]) -> PublicKey {
    PublicKey::from_spki(&spki(&national(set), point)).expect("a key")
}

fn private_key(set: ParameterSet, number: &[u8]) -> PrivateKey {
    let number = write::octet_string(&write::octet_string(number));
    let der = write::sequence(&[&write::integer(0), &national(set)[..], &number]);
    PrivateKey::from_pkcs8_der(&der).expect("a key")
}

fn backwards(octets: &[u8]) -> Vec<u8> {
    octets.iter().rev().copied().collect()
}

fn verify(set: ParameterSet, key: &PublicKey, value: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
    crypto::verify_digest(&SignatureAlgorithm::Gost(set), EcdsaForm::Der, key, value, signature).map(drop)
}

fn sign(set: ParameterSet, key: &PrivateKey, value: &[u8]) -> Vec<u8> {
    key.sign_digest(&SignatureAlgorithm::Gost(set), EcdsaForm::Der, value).expect("a signature")
}

/// A folder with a configuration that loads the engine.
struct Engine(tempfile::TempDir);

impl Engine {
    /// `None` where the engine is not installed.
    fn load() -> Option<Self> {
        let engine = Self(tempfile::tempdir().expect("a folder"));
        let configuration = "openssl_conf = main\n[main]\nengines = engines\n[engines]\ngost = gost\n\
                             [gost]\nengine_id = gost\ndefault_algorithms = ALL\n";
        std::fs::write(engine.path("openssl.cnf"), configuration).expect("written");
        let found = Command::new("openssl").args(["engine", "gost"]).output();
        if found.is_ok_and(|output| output.status.success()) {
            return Some(engine);
        }
        missing_tool("OpenSSL's GOST engine (libengine-gost-openssl)");
        None
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn output(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("openssl");
        command.args(arguments).current_dir(self.0.path()).env("OPENSSL_CONF", self.path("openssl.cnf"));
        command.output().expect("openssl runs")
    }

    fn run(&self, arguments: &[&str]) -> Vec<u8> {
        let output = self.output(arguments);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {told}");
        output.stdout
    }

    fn write(&self, name: &str, octets: &[u8]) {
        std::fs::write(self.path(name), octets).expect("written");
    }

    /// Whether the engine takes the value, in its own order, for a signature of the digest. The names of the
    /// files begin with `name`.
    fn verifies(&self, name: &str, spki: &[u8], value: &[u8], signature: &[u8]) -> bool {
        let [key, digest, sig] = ["key", "digest", "sig"].map(|end| format!("{name}.{end}"));
        for (file, octets) in [(&key, spki), (&digest, value), (&sig, signature)] {
            self.write(file, octets);
        }
        let key = ["pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", &key];
        let output = self.output(&[&key[..], &["-in", &digest, "-sigfile", &sig]].concat());
        let told = String::from_utf8_lossy(&output.stdout);
        let verified = told.contains("Signature Verified Successfully");
        assert!(verified || told.contains("Signature Verification Failure"), "{name}: {output:?}");
        assert_eq!(output.status.success(), verified, "{name}: {output:?}");
        verified
    }
}

#[test]
fn keys_and_signatures_of_the_engine_and_ours() {
    let Some(engine) = Engine::load() else { return };
    for foreign in &FOREIGN {
        let Foreign { set, algorithm, parameters, identifiers, .. } = foreign;
        let set = *set;
        let parameters = format!("paramset:{parameters}");
        engine.run(&["genpkey", "-algorithm", algorithm, "-pkeyopt", &parameters, "-out", "secret.pem"]);
        let theirs = engine.run(&["pkey", "-in", "secret.pem", "-pubout", "-outform", "DER"]);
        let public = public_key(set, &point(&theirs));
        assert_eq!(spki(&identifier(*identifiers), &point(&theirs)), theirs, "{algorithm}");

        // The same public key to the same private number.
        let secret = engine.run(&["pkey", "-in", "secret.pem", "-outform", "DER"]);
        let mut fields = Reader::single(&secret).expect("DER").reader();
        fields.take(tag::INTEGER).and_then(|_| fields.take(tag::SEQUENCE)).expect("a key");
        let number = fields.take(tag::OCTET_STRING).expect("a number").content;
        let secret = private_key(set, number);
        assert_eq!(secret.public_key(), public, "{algorithm}");

        let zero = vec![0; set.octets()];
        let mut one = zero.clone();
        one[0] = 1;
        let values = [
            &*digest(set.digest(), b"message"),
            &*digest(set.digest(), b""),
            &zero,
            &one,
            &[0xff; 64][..set.octets()],
        ]
        .map(<[u8]>::to_vec);
        for value in values {
            engine.write("digest", &value);
            let signature = engine.run(&["pkeyutl", "-sign", "-inkey", "secret.pem", "-in", "digest"]);
            assert_eq!(verify(set, &public, &value, &backwards(&signature)), Ok(()), "{algorithm}");
            assert_eq!(verify(set, &public, &value, &signature), Err(VerifyError::Mismatch), "{algorithm}");
            verifies_as_russian(foreign, &theirs, &value, &signature);

            let signature = sign(set, &secret, &value);
            assert!(engine.verifies("ours", &theirs, &value, &backwards(&signature)), "{algorithm}");
            assert!(!engine.verifies("ours", &theirs, &value, &signature), "{algorithm}");
            let value = backwards(&value);
            let is_palindrome = value == backwards(&value);
            assert_eq!(engine.verifies("ours", &theirs, &value, &backwards(&signature)), is_palindrome);
        }
    }
}

/// The key and the signature as they are: right for the algorithm that they are named for, and for nothing else.
fn verifies_as_russian(foreign: &Foreign, spki: &[u8], value: &[u8], signature: &[u8]) {
    let key = PublicKey::from_spki(spki).expect("a key");
    assert_eq!(key.kind(), KeyKind::GostR(foreign.russian));
    assert_eq!(key.bits(), foreign.set.bits());
    assert_eq!(PublicKey::from_spki(key.spki()).expect("a key"), key);
    let verify = |algorithm: &SignatureAlgorithm, key: &PublicKey, value: &[u8], signature: &[u8]| {
        crypto::verify_digest(algorithm, EcdsaForm::Concatenated, key, value, signature).map(drop)
    };
    let own = SignatureAlgorithm::GostR(foreign.russian);
    assert_eq!(verify(&own, &key, value, signature), Ok(()), "{}", foreign.algorithm);
    assert_eq!(verify(&own, &key, value, &backwards(signature)), Err(VerifyError::Mismatch));
    let (s, r) = signature.split_at(signature.len() / 2);
    assert_eq!(verify(&own, &key, value, &[r, s].concat()), Err(VerifyError::Mismatch));
    let mut other = signature.to_vec();
    other[0] ^= 1;
    assert_eq!(verify(&own, &key, value, &other), Err(VerifyError::Mismatch));
    for length in [0, 1, signature.len() - 1, signature.len() / 2] {
        assert_eq!(verify(&own, &key, value, &signature[..length]), Err(VerifyError::Malformed));
    }
    assert_eq!(verify(&own, &key, value, &[signature, &[0]].concat()), Err(VerifyError::Malformed));
    // The same point and numbers under the name of another algorithm, national or Russian.
    for russian in GostR::ALL.into_iter().filter(|other| *other != foreign.russian) {
        let algorithm = SignatureAlgorithm::GostR(russian);
        let expected = match russian.digest().output_len() == value.len() {
            true => VerifyError::KeyTypeMismatch,
            // No digest of that algorithm.
            false => VerifyError::Malformed,
        };
        assert_eq!(verify(&algorithm, &key, value, signature), Err(expected));
    }
    let national = SignatureAlgorithm::Gost(foreign.set);
    assert_eq!(verify(&national, &key, value, &backwards(signature)), Err(VerifyError::KeyTypeMismatch));
    let ours = public_key(foreign.set, &point(spki));
    assert_eq!(verify(&own, &ours, value, signature), Err(VerifyError::KeyTypeMismatch));
    assert_ne!(ours, key);
}

/// What the parameters of a Russian key may be.
#[test]
fn parameters_of_russian_keys() {
    let key = PrivateKey::generate_gost(ParameterSet::Gost2004).expect("a key").public_key();
    let point = point(key.spki());
    let read = |fields: &[&str]| {
        let [key, parameters @ ..] = fields else { panic!("an algorithm") };
        let parameters: Vec<_> = parameters.iter().map(|name| write::oid(name)).collect();
        let identifier = write::sequence(&[write::oid(key), write::sequence(&parameters)]);
        PublicKey::from_spki(&spki(&identifier, &point)).map(|key| key.kind())
    };
    let old = oid::GOST_R_2001;
    let new = oid::GOST_R_2012_256;
    let cipher = "1.2.643.2.2.31.1";
    let unsupported = |algorithm: &str| Err(KeyError::Unsupported { algorithm: algorithm.to_owned() });
    for curve in [oid::CRYPTOPRO_A, oid::CRYPTOPRO_XCHA, oid::TC26_256_B] {
        let old_kind = Ok(KeyKind::GostR(GostR::Gost2001));
        assert_eq!(read(&[old, curve, oid::GOST_R_3411_BOXES]), old_kind);
        assert_eq!(read(&[old, curve, oid::GOST_R_3411_BOXES, cipher]), old_kind);
        assert_eq!(read(&[old, curve]), Err(KeyError::Malformed));
        assert_eq!(read(&[old, curve, oid::GOST_R_3411_BOXES, cipher, cipher]), Err(KeyError::Malformed));
        assert_eq!(read(&[old, curve, oid::GOST_R_STREEBOG_256]), unsupported(oid::GOST_R_STREEBOG_256));
        let new_kind = Ok(KeyKind::GostR(GostR::Gost2012With256));
        assert_eq!(read(&[new, curve]), new_kind);
        assert_eq!(read(&[new, curve, oid::GOST_R_STREEBOG_256]), new_kind);
        assert_eq!(read(&[new, curve, oid::GOST_R_STREEBOG_512]), unsupported(oid::GOST_R_STREEBOG_512));
        // A curve of the other size.
        assert_eq!(read(&[oid::GOST_R_2012_512, curve]), unsupported(curve));
    }
    assert_eq!(read(&[new, oid::TC26_512_A]), unsupported(oid::TC26_512_A));
    // Curves of CryptoPro that are not here, and a national one.
    for curve in ["1.2.643.2.2.35.2", "1.2.643.2.2.35.3", "1.2.643.2.2.35.0", oid::GOST_2004_CURVE] {
        assert_eq!(read(&[new, curve]), unsupported(curve));
    }
    assert_eq!(read(&[new]), Err(KeyError::Malformed));
    // The point is none of the other curve of its size.
    assert_eq!(read(&[new, oid::TC26_256_A]), Err(KeyError::Malformed));
    // Where a signature is to be named.
    for (name, russian) in [(old, GostR::Gost2001), (new, GostR::Gost2012With256)] {
        for der in [write::sequence(&[write::oid(name)]), write::sequence(&[write::oid(name), write::null()])]
        {
            assert_eq!(SignatureAlgorithm::from_der(&der), Ok(SignatureAlgorithm::GostR(russian)));
        }
    }
    let parameters = write::sequence(&[write::oid("1.2.643.2.2.35.2")]);
    assert!(SignatureAlgorithm::from_der(&write::sequence(&[write::oid(new), parameters])).is_err());
}

/// Hash and signature in one, as the engine does it for files.
#[test]
fn messages_signed_by_the_engine() {
    let Some(engine) = Engine::load() else { return };
    for foreign in &FOREIGN {
        let parameters = format!("paramset:{}", foreign.parameters);
        let generate = ["genpkey", "-algorithm", foreign.algorithm, "-pkeyopt", &parameters];
        engine.run(&[&generate[..], &["-out", "secret.pem"]].concat());
        let theirs = engine.run(&["pkey", "-in", "secret.pem", "-pubout", "-outform", "DER"]);
        let public = public_key(foreign.set, &point(&theirs));
        let algorithm = SignatureAlgorithm::Gost(foreign.set);
        let russian = PublicKey::from_spki(&theirs).expect("a key");
        let has_our_hash = foreign.russian.digest() == foreign.set.digest();
        for length in [0, 1, 31, 32, 63, 64, 65, 127, 128, 1000, 100_000] {
            let message: Vec<u8> = (0u32..length).map(|at| (at.wrapping_mul(at) >> 3) as u8).collect();
            // The engine hashes a block of zeros where GOST R 34.11-94 has none.
            if length == 0 && foreign.russian == GostR::Gost2001 {
                continue;
            }
            engine.write("message", &message);
            let signature = engine.run(&["dgst", foreign.hash, "-sign", "secret.pem", "message"]);
            let verify = |message: &[u8], signature: &[u8]| {
                crypto::verify(&algorithm, EcdsaForm::Der, &public, message, signature).map(drop)
            };
            let other = [&message[..], b"0"].concat();
            let mismatch = Err(VerifyError::Mismatch);
            let expected = if has_our_hash { Ok(()) } else { mismatch };
            assert_eq!(verify(&message, &backwards(&signature)), expected, "{length}");
            assert_eq!(verify(&other, &backwards(&signature)), mismatch, "{length}");
            let value = engine.run(&["dgst", foreign.hash, "-binary", "message"]);
            assert!(digest(foreign.russian.digest(), &message).matches(&value), "{length}");
            assert_eq!(digest(foreign.set.digest(), &message).matches(&value), has_our_hash, "{length}");
            let own = SignatureAlgorithm::GostR(foreign.russian);
            let verify = |message: &[u8]| {
                crypto::verify(&own, EcdsaForm::Concatenated, &russian, message, &signature).map(drop)
            };
            assert_eq!(verify(&message), Ok(()), "{length}");
            assert_eq!(verify(&other), mismatch, "{length}");
        }
    }
}

fn octets(value: &Value, name: &str) -> Vec<u8> {
    hex(value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")))
}

fn hex(digits: &str) -> Vec<u8> {
    let octet = |pair| u8::from_str_radix(std::str::from_utf8(pair).expect("text"), 16).expect("hex");
    digits.as_bytes().chunks(2).map(octet).collect()
}

fn digits(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Those whose lengths are right; of the others it is said that they are no signatures at all.
#[test]
fn the_engine_finds_the_same_in_the_vectors() {
    let Some(engine) = Engine::load() else { return };
    let files = ["gost2015_512_test.json", "gost2015_256_test.json", "gost2004_test.json"];
    let check = |file: &str, foreign: &Foreign| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/gost").join(file);
        let document: Value = serde_json::from_slice(&std::fs::read(path).expect(file)).expect(file);
        let mut seen = 0;
        for group in document["testGroups"].as_array().expect("groups") {
            if group["type"] != "GostVerify" {
                continue;
            }
            let theirs = spki(&identifier(foreign.identifiers), &point(&octets(group, "publicKeyDer")));
            for test in group["tests"].as_array().expect("tests") {
                let (value, signature) = (octets(test, "digest"), octets(test, "sig"));
                let size = foreign.set.octets();
                if value.len() != size || signature.len() != 2 * size {
                    continue;
                }
                seen += 1;
                let verified = engine.verifies(foreign.algorithm, &theirs, &value, &backwards(&signature));
                // Version 3.0.1 takes an s that is the order, which RFC 7091 6.2 refuses; others may not.
                if test["flags"][0] != "OrderForZero" {
                    assert_eq!(verified, test["result"] == "valid", "{file}: {test}");
                }
            }
        }
        assert!(seen > 100, "{file}: {seen}");
    };
    std::thread::scope(|scope| {
        // The last of the table has the files of its own, as the names begin with the algorithm.
        for (file, foreign) in files.into_iter().zip([&FOREIGN[0], &FOREIGN[1], &FOREIGN[3]]) {
            scope.spawn(move || check(file, foreign));
        }
    });
}

/// Both numbers from the other end, in the same places: gostcrypto has r before s and x before y.
fn each_backwards(pair: &[u8]) -> Vec<u8> {
    let (first, second) = pair.split_at(pair.len() / 2);
    [backwards(first), backwards(second)].concat()
}

#[test]
fn keys_and_signatures_of_gostcrypto_and_ours() {
    let Some(stranger) = Stranger::install("gost_stranger") else { return };
    let sets = ["gost2015_512", "gost2015_256", "gost2004"].into_iter().zip([
        ParameterSet::Gost2015With512,
        ParameterSet::Gost2015With256,
        ParameterSet::Gost2004,
    ]);
    for (name, set) in sets {
        let value = digest(set.digest(), b"message");
        // Below the order on every curve.
        let mut number = digest(DigestAlgorithm::Streebog512, b"a private number")[..set.octets()].to_vec();
        *number.last_mut().expect("octets") &= 0x1f;
        let secret = private_key(set, &number);
        let ours = sign(set, &secret, &value);
        let key = each_backwards(&point(secret.public_key().spki()));
        let verify_there = |value: &[u8], signature: &[u8]| {
            json!({"ask": "verify", "set": name, "key": digits(&key), "digest": digits(value),
                   "signature": digits(signature)})
        };
        let number = digits(&backwards(&number));
        let answers = stranger.ask(&[
            json!({"ask": "public key", "set": name, "secret": number}),
            json!({"ask": "sign", "set": name, "secret": number, "digest": digits(&backwards(&value))}),
            verify_there(&backwards(&value), &each_backwards(&ours)),
            verify_there(&backwards(&value), &ours),
            verify_there(&value, &each_backwards(&ours)),
        ]);
        assert_eq!(answers[0], digits(&key), "{name}");
        let theirs = hex(answers[1].as_str().expect("a signature"));
        let public = secret.public_key();
        assert_eq!(verify(set, &public, &value, &each_backwards(&theirs)), Ok(()), "{name}");
        assert_eq!(verify(set, &public, &value, &theirs), Err(VerifyError::Mismatch), "{name}");
        assert_eq!(answers[2..], [true, false, false], "{name}");
    }

    let mut questions = Vec::new();
    let mut expected = Vec::new();
    for length in [0, 1, 32, 63, 64, 65, 300] {
        let message: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        for (bits, hash) in [(256, DigestAlgorithm::Streebog256), (512, DigestAlgorithm::Streebog512)] {
            questions.push(json!({"ask": "hash", "bits": bits, "message": digits(&message)}));
            expected.push(digits(&digest(hash, &message)));
        }
    }
    assert_eq!(stranger.ask(&questions), expected);
}

/// A document signed here, checked by libxml2 and the engine: both canonicalise, hash and verify on their
/// own; nothing of ours takes part.
#[test]
fn a_document_signed_here_is_accepted_by_libxml2_and_the_engine() {
    let Some(engine) = Engine::load() else { return };
    if !has_tool("xmllint") {
        return;
    }
    let mut keys = vec![GOST_2015.identity("applicant")];
    // A container of the national authority's.
    if let Some(shared) = shared() {
        let container = std::fs::read(shared.join("kz-pki/p12/3fe9607d5f9d.p12")).expect("a container");
        keys.push(Identity::from_pkcs12(&container, "Qwerty12").expect("a key"));
    }
    let foreign = &FOREIGN[0];
    for key in keys {
        let profile = Profile { canonicalization: Canonicalization::exclusive(), ..Profile::default() };
        let document = "<a xmlns=\"urn:x\" c=\"1\" b='2'><?p i?><b  Id=\"one\">мәтін &amp; т.б.</b>\n</a>";
        let signed = sign_xml(document.as_bytes(), &key, &profile, &Limits::default()).expect("signed");
        let signed = String::from_utf8(signed).expect("UTF-8");
        let between = |text: &str, start: &str, end: &str| {
            let (_, rest) = text.split_once(start).expect(start);
            rest.split_once(end).expect(end).0.to_owned()
        };
        let canonical = |name: &str, text: &str| {
            engine.write(name, text.as_bytes());
            let mut command = Command::new("xmllint");
            command.args(["--nonet", "--exc-c14n", name]).current_dir(engine.0.path());
            let output = command.output().expect("xmllint runs");
            assert!(output.status.success(), "{output:?}");
            engine.write("canonical", &output.stdout);
            engine.run(&["dgst", "-md_gost12_512", "-binary", "canonical"])
        };
        // What the enveloped transform leaves.
        let signature =
            format!("<ds:Signature{}</ds:Signature>", between(&signed, "<ds:Signature", "</ds:Signature>"));
        let content = canonical("content.xml", &signed.replace(&signature, ""));
        assert_eq!(between(&signed, "<ds:DigestValue>", "</ds:DigestValue>"), STANDARD.encode(&content));

        let info = between(&signed, "<ds:SignedInfo>", "</ds:SignedInfo>");
        let namespace = "http://www.w3.org/2000/09/xmldsig#";
        let info = format!("<ds:SignedInfo xmlns:ds=\"{namespace}\">{info}</ds:SignedInfo>");
        let value = between(&signed, "<ds:SignatureValue>", "</ds:SignatureValue>");
        let value = STANDARD.decode(value.split_whitespace().collect::<String>()).expect("base64");
        let certificate = Certificate::from_der(&key.certificate_der).expect("a certificate");
        let theirs = spki(&identifier(foreign.identifiers), &point(certificate.spki()));
        let accepts = |info: &str| {
            engine.verifies("document", &theirs, &canonical("info.xml", info), &backwards(&value))
        };
        assert!(accepts(&info), "{signed}");
        assert!(!accepts(&info.replace("<ds:DigestValue>", "<ds:DigestValue> ")));
    }
}

/// A document, the signer's certificate and its authority's, all by the engine, are right by the policy that has the
/// Russian algorithms and by no other.
#[test]
fn documents_signed_in_the_russian_form() {
    let Some(engine) = Engine::load() else { return };
    for foreign in &FOREIGN {
        let parameters = format!("paramset:{}", foreign.parameters);
        for name in ["ca", "signer"] {
            let (key, request) = (format!("{name}.pem"), format!("{name}.csr"));
            let generate = ["genpkey", "-algorithm", foreign.algorithm, "-pkeyopt", &parameters];
            engine.run(&[&generate[..], &["-out", &key]].concat());
            let subject = format!("/CN={name}");
            engine.run(&["req", "-new", foreign.hash, "-key", &key, "-subj", &subject, "-out", &request]);
        }
        engine.write("ca.ext", b"basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n");
        engine.write("signer.ext", b"keyUsage=critical,digitalSignature,nonRepudiation\n");
        let issue = ["x509", "-req", foreign.hash, "-days", "2", "-outform", "DER"];
        let own = ["-in", "ca.csr", "-signkey", "ca.pem", "-extfile", "ca.ext", "-set_serial", "1"];
        let ca = engine.run(&[&issue[..], &own].concat());
        engine.write("ca.cer", &ca);
        let below = ["-in", "signer.csr", "-CA", "ca.cer", "-CAkey", "ca.pem", "-extfile", "signer.ext"];
        let signer = engine.run(&[&issue[..], &below, &["-set_serial", "2"]].concat());

        let digest_uri = match foreign.russian {
            GostR::Gost2001 => "http://www.w3.org/2001/04/xmldsig-more#gostr3411",
            GostR::Gost2012With256 => "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-256",
            GostR::Gost2012With512 => "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-512",
        };
        let content = "<a><b>x</b></a>";
        engine.write("content", content.as_bytes());
        let digest = STANDARD.encode(engine.run(&["dgst", foreign.hash, "-binary", "content"]));
        let exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
        let namespace = "http://www.w3.org/2000/09/xmldsig#";
        let signature_uri = SignatureAlgorithm::GostR(foreign.russian).uri().expect("a name");
        let info = format!(
            "<ds:SignedInfo xmlns:ds=\"{namespace}\"><ds:CanonicalizationMethod Algorithm=\"{exclusive}\">\
             </ds:CanonicalizationMethod><ds:SignatureMethod Algorithm=\"{signature_uri}\"></ds:SignatureMethod>\
             <ds:Reference URI=\"\"><ds:Transforms>\
             <ds:Transform Algorithm=\"{namespace}enveloped-signature\"></ds:Transform>\
             <ds:Transform Algorithm=\"{exclusive}\"></ds:Transform></ds:Transforms>\
             <ds:DigestMethod Algorithm=\"{digest_uri}\"></ds:DigestMethod>\
             <ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
        );
        engine.write("info", info.as_bytes());
        let value = engine.run(&["dgst", foreign.hash, "-sign", "signer.pem", "info"]);
        let document = |value: &[u8]| {
            format!(
                "<a><b>x</b><ds:Signature xmlns:ds=\"{namespace}\">{info}<ds:SignatureValue>{}</ds:SignatureValue>\
                 <ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>\
                 </ds:Signature></a>",
                STANDARD.encode(value),
                STANDARD.encode(&signer),
            )
        };
        let judged = |policy: Policy, document: &str| {
            let anchor = Certificate::from_der(&ca).expect("a certificate");
            let anchors = TrustAnchors::new(vec![Arc::new(anchor)]);
            let evidence = Evidence::new(anchors, Vec::new(), Vec::new(), RevocationMode::Off);
            let checker = Checker::new(evidence, policy);
            let report = checker.verify(document.as_bytes(), Timestamp::now()).expect("a report");
            (report.indication, report.signatures[0].sub_indication)
        };
        let signed = document(&value);
        assert_eq!(judged(Policy::interop(), &signed), (Indication::TotalPassed, None), "{signed}");
        let weak = (Indication::Indeterminate, Some(SubIndication::CryptoConstraintsFailureNoPoe));
        assert_eq!(judged(Policy::kz(), &signed), weak);
        assert_eq!(judged(Policy::generic(), &signed), weak);
        let failed = |sub| (Indication::TotalFailed, Some(sub));
        let altered = signed.replace("<b>x</b>", "<b>y</b>");
        assert_eq!(judged(Policy::interop(), &altered), failed(SubIndication::HashFailure));
        let national = document(&backwards(&value));
        assert_eq!(judged(Policy::interop(), &national), failed(SubIndication::SigCryptoFailure));
    }
}
