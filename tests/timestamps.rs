//! Timestamps: the public cases, tokens of the national authorities, answers of a real authority
//! (`openssl ts`), and what must not count.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use qoltanba::asn1::{Reader, oid, pem, tag, write};
use qoltanba::crypto::{Curve, DigestAlgorithm, PrivateKey, digest};
use qoltanba::pkix::issue::{self, Extension, Issuer, Profile};
use qoltanba::pkix::timestamp::Request;
use qoltanba::pkix::{Certificate, SignatureError, TimestampError, TrustAnchors, UnverifiedTimestamp, path};
use serde_json::Value;

use crate::common::tsa::Forge;
use crate::common::{has_tool, shared};

fn certificates(path: &Path) -> Vec<Arc<Certificate>> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Certificate::from_pem_or_der(&bytes).expect("certificates").into_iter().map(Arc::new).collect()
}

#[test]
fn tokens_by_the_public_cases() {
    let Some(folder) = shared().map(|shared| shared.join("corpora").join("tsp")) else { return };
    let manifest = std::fs::read(folder.join("manifest.json")).expect("a manifest");
    let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
    let cases = manifest["cases"].as_array().expect("cases");
    assert!(!cases.is_empty());
    for case in cases {
        let text = |name: &str| case[name].as_str();
        let file = |name: &str| text(name).map(|file| std::fs::read(folder.join(file)).expect("a file"));
        let id = text("id").expect("an id");
        let known = |name: &str| -> Vec<Arc<Certificate>> {
            let files = case[name].as_array().expect("files").iter().filter_map(Value::as_str);
            files.flat_map(|file| certificates(&folder.join(file))).collect()
        };
        let outcome = (|| {
            let token = UnverifiedTimestamp::from_response(&file("file").expect("a response"))?;
            let timestamp = token.verify(&[known("trust"), known("untrusted")].concat())?;
            let is_over = match (file("data"), file("query")) {
                (Some(data), _) => timestamp.is_over(&data),
                (None, Some(query)) => timestamp.answers(&asked(&query)).is_ok(),
                (None, None) => panic!("{id}: over what?"),
            };
            assert_eq!(Some(timestamp.time().to_string().as_str()), text("gen_time"), "{id}");
            // As OpenSSL has it, every certificate of the file is an anchor.
            let anchors = TrustAnchors::new(known("trust"));
            let pool = [timestamp.certificates(), known("untrusted")].concat();
            let trusted = path::build(timestamp.signer(), &anchors, &pool, timestamp.time()).is_ok();
            Ok::<_, TimestampError>(is_over && trusted)
        })();
        assert_eq!(
            outcome.as_ref().is_ok_and(|good| *good),
            text("expected") == Some("valid"),
            "{id}: {outcome:?}"
        );
    }
}

/// What a TimeStampReq asks.
fn asked(query: &[u8]) -> Request {
    let mut fields = Reader::single(query).expect("a request").reader();
    fields.take(tag::INTEGER).expect("a version");
    let mut imprint = fields.take(tag::SEQUENCE).expect("an imprint").reader();
    let hash = imprint.take(tag::SEQUENCE).expect("a hash").reader().take(tag::OID).expect("a name");
    let hash = DigestAlgorithm::from_oid(&hash.oid().expect("an identifier")).expect("a known hash");
    let imprint = imprint.take(tag::OCTET_STRING).expect("a digest").content.to_vec();
    let policy = fields.optional(tag::OID).expect("DER").map(|policy| policy.oid().expect("an identifier"));
    let nonce = fields.optional(tag::INTEGER).expect("DER");
    let nonce = nonce.map(|nonce| nonce.unsigned().expect("a number").to_vec());
    Request { hash, imprint, policy, nonce }
}

/// The bare token among the national objects, with every octet changed once, and cut everywhere.
#[test]
fn a_changed_token_is_none() {
    let Some(folder) = shared().map(|shared| shared.join("kz-pki").join("tst")) else { return };
    let mut seen = 0;
    for file in std::fs::read_dir(folder).expect("tokens").flatten() {
        let bytes = std::fs::read(file.path()).expect("a token");
        let read = |bytes: &[u8]| {
            UnverifiedTimestamp::from_token(bytes).or_else(|_| UnverifiedTimestamp::from_response(bytes))
        };
        let timestamp = read(&bytes).and_then(|token| token.verify(&[])).expect("a timestamp");
        println!("{timestamp:?} {:?} {}", timestamp.hash(), timestamp.signer().subject().to_rfc4514());
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            if let Ok(again) = read(&changed).and_then(|token| token.verify(&[])) {
                // Only what is not signed: the version, the set of hashes, a certificate above.
                assert_eq!((again.time(), again.serial()), (timestamp.time(), timestamp.serial()));
                assert_eq!(again.signer(), timestamp.signer());
            }
            assert!(read(&bytes[..at]).is_err());
        }
        seen += 1;
    }
    assert!(seen > 0);
}

/// The certificate of an authority that is its own issuer.
fn self_signed(key: &PrivateKey, extensions: Vec<Extension>) -> Arc<Certificate> {
    let name = issue::name(&[(oid::COMMON_NAME, "TSA"), (oid::COUNTRY, "KZ")]);
    let profile = Profile {
        subject: name.clone(),
        public_key: key.public_key(),
        not_before: "2026-01-01T00:00:00Z".parse().expect("a time"),
        not_after: "2036-01-01T00:00:00Z".parse().expect("a time"),
        extensions,
    };
    let issuer = Issuer { name: &name, key, digest: DigestAlgorithm::Sha256 };
    let der = issue::certificate(&profile, issuer).expect("a certificate");
    Arc::new(Certificate::from_der(&der).expect("a certificate"))
}

/// `openssl ts` with a certificate of its own.
struct Authority {
    folder: tempfile::TempDir,
    certificate: Arc<Certificate>,
}

impl Authority {
    fn new(extensions: Vec<Extension>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let key = PrivateKey::generate_ec(Curve::P256).expect("a key");
        let certificate = self_signed(&key, extensions);
        let configuration = "[tsa]\ndefault_tsa=t\n[t]\nserial=serial\ncrypto_device=builtin\nsigner_digest=sha256\n\
                             default_policy=1.2.3.4.1\nother_policies=1.2.3.4.5\ndigests=sha256,sha512\n\
                             accuracy=secs:1,millisecs:500,microsecs:100\nordering=yes\nclock_precision_digits=3\n\
                             ess_cert_id_chain=no\ness_cert_id_alg=sha256\n";
        let put = |name: &str, text: &[u8]| std::fs::write(folder.path().join(name), text).expect("written");
        put("tsa.cnf", configuration.as_bytes());
        put("key.pem", &key.to_pkcs8_pem().expect("PEM"));
        put("cert.pem", pem::encode("CERTIFICATE", certificate.der()).as_bytes());
        put("serial", b"01\n");
        Self { folder, certificate }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn reply(&self, request: &Request) -> Option<Vec<u8>> {
        std::fs::write(self.path("query.tsq"), request.to_der()).expect("written");
        let arguments = [
            "ts",
            "-reply",
            "-config",
            "tsa.cnf",
            "-queryfile",
            "query.tsq",
            "-signer",
            "cert.pem",
            "-inkey",
            "key.pem",
            "-out",
            "reply.tsr",
        ];
        let output = Command::new("openssl").current_dir(self.folder.path()).args(arguments).output();
        let output = output.expect("openssl runs");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        if !output.status.success() {
            println!("{told}");
            return None;
        }
        Some(std::fs::read(self.path("reply.tsr")).expect("a reply"))
    }
}

fn request(octets: &[u8], policy: Option<&str>) -> Request {
    let hash = DigestAlgorithm::Sha256;
    let imprint = digest(hash, octets).to_vec();
    Request { hash, imprint, policy: policy.map(str::to_owned), nonce: Some(vec![0x9a, 1, 2, 3, 4, 5, 6, 7]) }
}

fn purpose(purposes: &[&str]) -> Extension {
    Extension::extended_key_usage(purposes)
}

#[test]
fn answers_of_openssl() {
    if !has_tool("openssl") {
        return;
    }
    let authority =
        Authority::new(vec![Extension::key_usage(&[0, 1]), purpose(&[oid::TIME_STAMPING]).critical()]);
    let before = jiff::Timestamp::now();
    for policy in [None, Some("1.2.3.4.5")] {
        let asked = request(b"octets", policy);
        let reply = authority.reply(&asked).expect("a reply");
        let token = UnverifiedTimestamp::from_response(&reply).expect("a token");
        let timestamp = token.verify(&[]).expect("a timestamp");
        assert!(timestamp.is_over(b"octets") && !timestamp.is_over(b"others"));
        assert_eq!(timestamp.answers(&asked), Ok(()));
        assert_eq!(timestamp.signer(), &authority.certificate);
        assert_eq!(timestamp.policy(), policy.unwrap_or("1.2.3.4.1"));
        let seconds = timestamp.time().duration_since(before).as_secs();
        assert!((-2..60).contains(&seconds), "{seconds}");
        assert_eq!(timestamp.accuracy(), Some(jiff::SignedDuration::from_micros(1_500_100)));
        // Another question by each of its parts.
        for other in [
            Request { nonce: Some(vec![1]), ..asked.clone() },
            Request { nonce: None, ..asked.clone() },
            Request { policy: Some("1.2.3.4.9".to_owned()), ..asked.clone() },
            request(b"others", policy),
            Request { hash: DigestAlgorithm::Sha512, ..asked.clone() },
        ] {
            assert_eq!(timestamp.answers(&other), Err(TimestampError::OtherRequest));
        }
        let later = UnverifiedTimestamp::from_response(&authority.reply(&asked).expect("a reply"));
        let later = later.and_then(|token| token.verify(&[])).expect("a timestamp");
        assert!(!later.precedes(&timestamp));
    }
    // A policy and a hash that the authority does not have.
    for asked in [
        request(b"octets", Some("1.2.3.4.9")),
        Request { hash: DigestAlgorithm::Sha384, imprint: vec![0; 48], ..request(b"", None) },
    ] {
        let reply = authority.reply(&asked).expect("a reply");
        let refused = UnverifiedTimestamp::from_response(&reply);
        assert!(matches!(refused, Err(TimestampError::Refused { status: "rejection", .. })), "{refused:?}");
    }
}

fn forge(extensions: Vec<Extension>) -> Forge {
    let key = PrivateKey::generate_rsa(2048).expect("a key");
    let certificate = self_signed(&key, extensions);
    Forge { key, certificate }
}

/// TSTInfo over "octets".
fn info(version: u32, time: &str, rest: &[Vec<u8>]) -> Vec<u8> {
    Forge::info(version, time, rest, &digest(DigestAlgorithm::Sha256, b"octets"))
}

#[test]
fn what_a_token_must_have() {
    let usual = || vec![Extension::key_usage(&[0]), purpose(&[oid::TIME_STAMPING]).critical()];
    let tsa = forge(usual());
    let usual_info = info(1, "20260601120000.25Z", &[]);
    let attributes = tsa.attributes(&usual_info);
    let verify = |token: &[u8]| UnverifiedTimestamp::from_token(token).and_then(|token| token.verify(&[]));
    let good = verify(&tsa.token(oid::TST_INFO, &usual_info, &attributes, 1)).expect("a timestamp");
    assert_eq!(good.time().to_string(), "2026-06-01T12:00:00.25Z");
    assert!(good.is_over(b"octets") && good.serial() == [0xf0, 1, 2] && good.accuracy().is_none());

    let malformed = |token: &[u8], why: &str| {
        let outcome = verify(token);
        assert!(matches!(outcome, Err(TimestampError::Malformed(_))), "{why}: {outcome:?}");
    };
    malformed(&tsa.token("1.2.840.113549.1.7.1", &usual_info, &attributes, 1), "content of another type");
    malformed(&tsa.token(oid::TST_INFO, &usual_info, &attributes, 2), "two signers");
    malformed(&tsa.token(oid::TST_INFO, &usual_info, &attributes, 0), "no signer");
    for (info, why) in [
        (info(2, "20260601120000Z", &[]), "version"),
        (info(1, "20260601120000", &[]), "a time without a zone"),
        (info(1, "20260601120000.Z", &[]), "an empty fraction"),
        (info(1, "20260601120000.50Z", &[]), "a fraction with a zero at its end"),
        (info(1, "20260601120000.1234567891Z", &[]), "a long fraction"),
        (info(1, "20260601120000+0500", &[]), "a local time"),
        (info(1, "20261301120000Z", &[]), "a thirteenth month"),
        (info(1, "20260601120000Z", &[write::null()]), "something behind"),
        (
            info(1, "20260601120000Z", &[write::sequence(&[write::context_primitive(0, &[3, 0xe8])])]),
            "a thousand milliseconds",
        ),
        (
            info(
                1,
                "20260601120000Z",
                &[write::context(
                    1,
                    &[write::sequence(&[
                        write::oid("1.2.3"),
                        write::boolean(true),
                        write::octet_string(b""),
                    ])],
                )],
            ),
            "a critical extension",
        ),
    ] {
        malformed(&tsa.token(oid::TST_INFO, &info, &tsa.attributes(&info), 1), why);
    }

    let bad = |attributes: &[Vec<u8>], why: &str| {
        let outcome = verify(&tsa.token(oid::TST_INFO, &usual_info, attributes, 1));
        assert!(
            matches!(outcome, Err(TimestampError::Signature(SignatureError::Invalid(_)))),
            "{why}: {outcome:?}"
        );
    };
    for left_out in 0..attributes.len() {
        let mut fewer = attributes.clone();
        fewer.remove(left_out);
        bad(&fewer, "an attribute left out");
        let mut twice = attributes.clone();
        twice.push(attributes[left_out].clone());
        bad(&twice, "an attribute twice");
    }
    let other = info(1, "20200101000000Z", &[]);
    bad(&tsa.attributes(&other), "the digest of another content");
    let with = |at: usize, attribute: Vec<u8>| {
        let mut changed = attributes.clone();
        changed[at] = attribute;
        changed
    };
    bad(&with(0, Forge::attribute(oid::CONTENT_TYPE, &[write::oid("1.2.3")])), "another type");
    bad(&with(0, Forge::attribute(oid::CONTENT_TYPE, &[])), "no value");
    let twice = [write::oid(oid::TST_INFO), write::oid(oid::TST_INFO)];
    bad(&with(0, Forge::attribute(oid::CONTENT_TYPE, &twice)), "two values");
    let stranger = forge(usual());
    bad(&with(2, stranger.attributes(&usual_info)[2].clone()), "the certificate of another");

    // Usages of the certificate.
    for extensions in [
        vec![Extension::key_usage(&[0]), purpose(&[oid::TIME_STAMPING])],
        vec![purpose(&[oid::TIME_STAMPING, oid::EMAIL_PROTECTION]).critical()],
        vec![purpose(&[oid::EMAIL_PROTECTION]).critical()],
        vec![Extension::key_usage(&[2]), purpose(&[oid::TIME_STAMPING]).critical()],
        vec![Extension::key_usage(&[0])],
    ] {
        let tsa = forge(extensions);
        let outcome = verify(&tsa.token(oid::TST_INFO, &usual_info, &tsa.attributes(&usual_info), 1));
        assert_eq!(outcome.map(drop), Err(TimestampError::NotForTimestamps));
    }
}
