//! Answers of OCSP responders: the public cases, those of the national responders, answers of a real
//! responder (`openssl ocsp`), and what must not count.

use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use qoltanba::asn1::{oid, pem};
use qoltanba::crypto::{Curve, DigestAlgorithm, PrivateKey};
use qoltanba::pkix::issue::{self, Extension, Issuer, Profile};
use qoltanba::pkix::ocsp;
use qoltanba::pkix::path::{Purpose, TrustAnchor};
use qoltanba::pkix::{
    CertStatus, Certificate, Ocsp, OcspError, OcspReadError, TrustAnchors, UnverifiedCrl, UnverifiedOcsp,
};
use qoltanba::validation::policy::settings::{Age, Scheme, Settings, Until, Uses};
use qoltanba::validation::{Evidence, Indication, Policy, RevocationMode, Usage, check_certificate};
use serde_json::Value;

use crate::common::{has_tool, shared};

fn certificate(path: &Path) -> Arc<Certificate> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut all = Certificate::from_pem_or_der(&bytes).expect("a certificate");
    Arc::new(all.remove(0))
}

fn cases(suite: &str) -> Option<(std::path::PathBuf, Vec<Value>)> {
    let folder = shared()?.join("corpora").join(suite);
    let manifest = std::fs::read(folder.join("manifest.json")).expect("a manifest");
    let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
    let cases = manifest["cases"].as_array().expect("cases").clone();
    assert!(!cases.is_empty());
    Some((folder, cases))
}

fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap_or_else(|| panic!("no {name} in {case}"))
}

fn at(case: &Value) -> Timestamp {
    text(case, "at").parse().expect("a time")
}

#[test]
fn status_by_the_cases_of_boringssl() {
    let Some((folder, cases)) = cases("bssl-ocsp") else { return };
    for case in &cases {
        let issuer = certificate(&folder.join(text(case, "issuer")));
        let subject = certificate(&folder.join(text(case, "cert")));
        let max_age = SignedDuration::from_hours(24 * case["max_age_days"].as_i64().expect("days"));
        let bytes = std::fs::read(folder.join(text(case, "file"))).expect("a response");
        let found = match UnverifiedOcsp::from_der(&bytes) {
            Err(_) => "unknown",
            Ok(response) => match Ocsp::verify(&response, &issuer, &[]) {
                Err(_) => "unknown",
                Ok(response) => match response.status(&subject, at(case), max_age) {
                    CertStatus::Good => "good",
                    CertStatus::Revoked { .. } => "revoked",
                    _ => "unknown",
                },
            },
        };
        assert_eq!(found, text(case, "expected"), "{}", text(case, "id"));
    }
}

/// Signer and authority only: whether the authority itself is trusted is the path's to say, so that the
/// last group, where the issuer's own signature is broken, is as good as another here.
#[test]
fn authority_by_the_cases_of_openssl() {
    let Some((folder, cases)) = cases("openssl-ocsp") else { return };
    for case in &cases {
        let id = text(case, "id");
        let issuer = folder.join(case["untrusted"][0].as_str().expect("an issuer"));
        let issuer = certificate(&issuer);
        let bytes = std::fs::read(folder.join(text(case, "file"))).expect("a response");
        let response = UnverifiedOcsp::from_der(&bytes).expect(id);
        let outcome = Ocsp::verify(&response, &issuer, &[]);
        let expected = text(case, "expected") == "valid" || id.starts_with("58-");
        assert_eq!(outcome.is_ok(), expected, "{id}: {outcome:?}");
    }
}

#[test]
fn what_is_a_response_by_the_cases_of_pyca() {
    let Some((folder, cases)) = cases("pyca-ocsp") else { return };
    for case in cases.iter().filter(|case| !text(case, "id").contains("req")) {
        let bytes = std::fs::read(folder.join(text(case, "file"))).expect("a response");
        let read = UnverifiedOcsp::from_der(&bytes);
        assert_eq!(read.is_ok(), text(case, "expected") == "parse-ok", "{}: {read:?}", text(case, "id"));
    }
}

/// Every octet changed and every cut of a national answer: never a panic, and nothing that was signed
/// passes when changed.
#[test]
fn a_changed_answer_is_none() {
    let Some(folder) = shared().map(|shared| shared.join("kz-pki")) else { return };
    let mut seen = 0;
    for file in std::fs::read_dir(folder.join("ocsp")).expect("answers").flatten() {
        let bytes = std::fs::read(file.path()).expect("an answer");
        let response = UnverifiedOcsp::from_der(&bytes).expect("a response");
        let issuers: Vec<_> = std::fs::read_dir(folder.join("ca"))
            .expect("authorities")
            .flatten()
            .map(|file| certificate(&file.path()))
            .filter(|issuer| Ocsp::verify(&response, issuer, &[]).is_ok())
            .collect();
        let [issuer] = &issuers[..] else { panic!("{:?}: {} issuers", file.path(), issuers.len()) };
        let verified = Ocsp::verify(&response, issuer, &[]).expect("verified");
        assert!(verified.responder().is_some() && verified.nonce().is_some());
        for index in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[index] ^= 1;
            if let Ok(response) = UnverifiedOcsp::from_der(&changed)
                && let Ok(again) = Ocsp::verify(&response, issuer, &[])
            {
                // Only outside what is signed, in a certificate that is not needed.
                assert_eq!((again.produced_at(), again.nonce()), (verified.produced_at(), verified.nonce()));
            }
            assert!(UnverifiedOcsp::from_der(&bytes[..index]).is_err());
        }
        seen += 1;
    }
    assert!(seen > 1);
}

#[test]
fn a_responder_that_gives_no_answer_is_told() {
    for (code, name) in [
        (1, "malformedRequest"),
        (2, "internalError"),
        (3, "tryLater"),
        (5, "sigRequired"),
        (6, "unauthorized"),
    ] {
        let read = UnverifiedOcsp::from_der(&[0x30, 3, 0x0a, 1, code]).err();
        assert_eq!(read, Some(OcspReadError::NoAnswer(OcspError::Status(name))));
    }
    for bytes in [&[0x30, 3, 0x0a, 1, 0][..], &[0x30, 3, 0x0a, 1, 4], &[0x30, 3, 0x0a, 1, 7], &[0x30, 0], &[]]
    {
        assert!(matches!(UnverifiedOcsp::from_der(bytes), Err(OcspReadError::Malformed(_))), "{bytes:?}");
    }
}

/// An authority with its key, and certificates that it issued.
struct Authority {
    name: Vec<u8>,
    key: PrivateKey,
    certificate: Arc<Certificate>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = PrivateKey::generate_ec(Curve::P256).expect("a key");
        let name = issue::name(&[(oid::COMMON_NAME, name), (oid::COUNTRY, "KZ")]);
        let usage = vec![Extension::authority(None), Extension::key_usage(&[0, 5, 6])];
        let certificate = issued(&name, &key, &name, &key, usage);
        Self { name, key, certificate }
    }

    fn issue(&self, name: &str, key: &PrivateKey, extensions: Vec<Extension>) -> Arc<Certificate> {
        let name = issue::name(&[(oid::COMMON_NAME, name), (oid::COUNTRY, "KZ")]);
        issued(&name, key, &self.name, &self.key, extensions)
    }
}

fn issued(
    subject: &[u8],
    subject_key: &PrivateKey,
    issuer: &[u8],
    issuer_key: &PrivateKey,
    extensions: Vec<Extension>,
) -> Arc<Certificate> {
    let profile = Profile {
        subject: subject.to_vec(),
        public_key: subject_key.public_key(),
        not_before: "2026-01-01T00:00:00Z".parse().expect("a time"),
        not_after: "2036-01-01T00:00:00Z".parse().expect("a time"),
        extensions,
    };
    let issuer = Issuer { name: issuer, key: issuer_key, digest: DigestAlgorithm::Sha256 };
    let der = issue::certificate(&profile, issuer).expect("a certificate");
    Arc::new(Certificate::from_der(&der).expect("a certificate"))
}

/// `openssl ocsp` as the responder of an authority that knows two certificates.
struct Openssl(tempfile::TempDir);

impl Openssl {
    fn new(authority: &Authority, good: &Certificate, revoked: &Certificate) -> Self {
        let openssl = Self(tempfile::tempdir().expect("a folder"));
        let serial = |certificate: &Certificate| certificate.serial_hex().to_uppercase();
        let good = format!("V\t360101000000Z\t\t{}\tunknown\t/CN=good\n", serial(good));
        let revoked = format!(
            "R\t360101000000Z\t260601000000Z,keyCompromise\t{}\tunknown\t/CN=revoked\n",
            serial(revoked)
        );
        openssl.put("index.txt", (good + &revoked).as_bytes());
        openssl.put("ca.pem", pem::encode("CERTIFICATE", authority.certificate.der()).as_bytes());
        openssl
    }

    fn put(&self, name: &str, text: &[u8]) {
        std::fs::write(self.0.path().join(name), text).expect("written");
    }

    fn respond(
        &self,
        signer: &Certificate,
        key: &PrivateKey,
        request: &[u8],
        more: &[&str],
    ) -> UnverifiedOcsp {
        self.put("signer.pem", pem::encode("CERTIFICATE", signer.der()).as_bytes());
        self.put("signer.key", &key.to_pkcs8_pem().expect("PEM"));
        self.put("request.der", request);
        let fixed = "ocsp -index index.txt -CA ca.pem -rsigner signer.pem -rkey signer.key \
                     -reqin request.der -respout response.der";
        let mut command = std::process::Command::new("openssl");
        command.current_dir(self.0.path()).args(fixed.split_whitespace()).args(more);
        let output = command.output().expect("openssl runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let bytes = std::fs::read(self.0.path().join("response.der")).expect("a response");
        UnverifiedOcsp::from_der(&bytes).expect("a response")
    }
}

/// `openssl ocsp` answers our questions, signing as the authority, as its responder, and as others.
#[test]
fn answers_of_openssl() {
    if !has_tool("openssl") {
        return;
    }
    let (authority, stranger) = (Authority::new("CA"), Authority::new("CA"));
    let key = |_| PrivateKey::generate_ec(Curve::P256).expect("a key");
    let [good, revoked, unknown, responder] = std::array::from_fn(key);
    let subjects = [("good", &good), ("revoked", &revoked), ("unknown", &unknown)]
        .map(|(name, key)| authority.issue(name, key, vec![Extension::key_usage(&[0, 1])]));
    let purpose = |oid| vec![Extension::key_usage(&[0]), Extension::extended_key_usage(&[oid])];
    let delegated = authority.issue("OCSP", &responder, purpose(oid::OCSP_SIGNING));
    let for_mail = authority.issue("OCSP", &responder, purpose(oid::EMAIL_PROTECTION));
    let foreign = stranger.issue("OCSP", &responder, purpose(oid::OCSP_SIGNING));

    let openssl = Openssl::new(&authority, &subjects[0], &subjects[1]);
    let respond = |signer: &Certificate, key: &PrivateKey, request: &[u8], more: &[&str]| {
        openssl.respond(signer, key, request, more)
    };
    let now = Timestamp::now();
    let day = SignedDuration::from_hours(24);
    let long_ago: Timestamp = "2026-02-01T00:00:00Z".parse().expect("a time");
    let revoked_at: Timestamp = "2026-06-01T00:00:00Z".parse().expect("a time");
    for hash in [DigestAlgorithm::Sha1, DigestAlgorithm::Sha256] {
        for (signer, key) in [(&authority.certificate, &authority.key), (&delegated, &responder)] {
            for more in [&[][..], &["-resp_key_id"], &["-nmin", "5"]] {
                let status = |subject: &Certificate, at| {
                    let nonce = [7; 16];
                    let request = ocsp::request(subject, &authority.certificate, hash, Some(&nonce));
                    let response = respond(signer, key, &request, more);
                    assert!(response.is_about(subject, &authority.certificate));
                    let response = Ocsp::verify(&response, &authority.certificate, &[]).expect("verified");
                    assert!(response.nonce().is_some_and(|found| found.ends_with(&nonce)));
                    response.status(subject, at, day)
                };
                assert_eq!(status(&subjects[0], now), CertStatus::Good);
                assert_eq!(status(&subjects[0], long_ago), CertStatus::Good);
                let later = now + SignedDuration::from_hours(25);
                assert_eq!(status(&subjects[0], later), CertStatus::Stale);
                let reason = Some("keyCompromise");
                assert_eq!(status(&subjects[1], now), CertStatus::Revoked { at: revoked_at, reason });
                assert_eq!(status(&subjects[1], long_ago), CertStatus::RevokedLater { at: revoked_at });
                assert_eq!(status(&subjects[2], now), CertStatus::Unknown);
            }
        }
        let request = ocsp::request(&subjects[0], &authority.certificate, hash, None);
        // A certificate for something else, one from another authority of the same name, one's own.
        let own = issued(&authority.name, &good, &authority.name, &good, purpose(oid::OCSP_SIGNING));
        for (signer, key) in
            [(&for_mail, &responder), (&foreign, &responder), (&subjects[0], &good), (&own, &good)]
        {
            let response = respond(signer, key, &request, &[]);
            let outcome = Ocsp::verify(&response, &authority.certificate, &[]);
            assert!(matches!(outcome, Err(OcspError::Unauthorized | OcspError::Signature(_))), "{outcome:?}");
        }
        // Another authority's question of the same serial number.
        let response = respond(&authority.certificate, &authority.key, &request, &[]);
        let outcome = Ocsp::verify(&response, &stranger.certificate, &[]);
        assert!(matches!(outcome, Err(OcspError::OtherAuthority)), "{outcome:?}");
        let verified = Ocsp::verify(&response, &authority.certificate, &[]).expect("verified");
        assert_eq!(verified.status(&subjects[1], now, day), CertStatus::Unknown);
        assert_eq!(verified.nonce(), None);
        // The responder's certificate left out, and given apart.
        let bare = respond(&delegated, &responder, &request, &["-resp_no_certs"]);
        assert!(Ocsp::verify(&bare, &authority.certificate, &[]).is_err());
        assert!(Ocsp::verify(&bare, &authority.certificate, &[Arc::clone(&delegated)]).is_ok());
    }
}

/// Responders that an authority appointed are believed where the anchor is trusted for that; the authority
/// itself is.
#[test]
fn responders_are_believed_where_the_anchor_is_for_them() {
    if !has_tool("openssl") {
        return;
    }
    let authority = Authority::new("CA");
    let [key, responder] = std::array::from_fn(|_| PrivateKey::generate_ec(Curve::P256).expect("a key"));
    let leaf = authority.issue("good", &key, vec![Extension::key_usage(&[0, 1])]);
    let no_check = Extension::new(oid::OCSP_NO_CHECK, vec![5, 0]);
    let usage =
        vec![Extension::key_usage(&[0]), Extension::extended_key_usage(&[oid::OCSP_SIGNING]), no_check];
    let appointed = authority.issue("OCSP", &responder, usage);
    let openssl = Openssl::new(&authority, &leaf, &appointed);
    let request = ocsp::request(&leaf, &authority.certificate, DigestAlgorithm::Sha256, None);
    let judge = |purposes: &[Purpose], signer: &Certificate, key: &PrivateKey| {
        let mut anchor = TrustAnchor::from(Arc::clone(&authority.certificate));
        anchor.constraints.purposes = purposes.to_vec();
        let answer = openssl.respond(signer, key, &request, &[]);
        let evidence =
            Evidence::new(TrustAnchors::new([anchor]), Vec::new(), Vec::new(), RevocationMode::Required)
                .with_ocsp(vec![answer]);
        let report = check_certificate(&leaf, Usage::Sign, &evidence, &Policy::generic(), Timestamp::now());
        let codes: Vec<_> = report.findings.iter().map(|finding| finding.code.name()).collect();
        (report.indication == Indication::TotalPassed, codes)
    };
    let signing = [Purpose::Signing];
    let both = [Purpose::Signing, Purpose::Ocsp];
    assert!(judge(&[], &appointed, &responder).0 && judge(&both, &appointed, &responder).0);
    let (passed, codes) = judge(&signing, &appointed, &responder);
    assert!(!passed && codes.contains(&"OCSP_RESPONDER_UNTRUSTED"), "{codes:?}");
    let (passed, codes) = judge(&signing, &authority.certificate, &authority.key);
    assert!(passed, "{codes:?}");
}

/// What the judgement makes of answers, alone and beside lists.
#[test]
fn answers_in_the_judgement() {
    if !has_tool("openssl") {
        return;
    }
    let authority = Authority::new("CA");
    let key = |_| PrivateKey::generate_ec(Curve::P256).expect("a key");
    let [good_key, revoked, unknown, responder] = std::array::from_fn(key);
    let access = Extension::authority_info_access("http://127.0.0.1/ca", Some("http://127.0.0.1/ocsp"));
    let [good, revoked, unknown] = [("good", &good_key), ("revoked", &revoked), ("unknown", &unknown)]
        .map(|(name, key)| authority.issue(name, key, vec![Extension::key_usage(&[0, 1]), access.clone()]));
    let for_answers =
        || vec![Extension::key_usage(&[0]), Extension::extended_key_usage(&[oid::OCSP_SIGNING])];
    let no_check = Extension::new(oid::OCSP_NO_CHECK, vec![5, 0]);
    let vouched = authority.issue("OCSP", &responder, [for_answers(), vec![no_check]].concat());
    let plain = authority.issue("OCSP", &responder, for_answers());
    let openssl = Openssl::new(&authority, &good, &revoked);
    let answer = |subject: &Certificate, signer: &Certificate, key: &PrivateKey| {
        let request = ocsp::request(subject, &authority.certificate, DigestAlgorithm::Sha256, None);
        openssl.respond(signer, key, &request, &[])
    };
    let list = |lines: &[&Certificate]| {
        let line = |certificate: &&Certificate| issue::Revocation {
            serial: certificate.serial().to_vec(),
            at: "2026-05-01T00:00:00Z".parse().expect("a time"),
            reason: Some(1),
            more: Vec::new(),
        };
        let lines: Vec<_> = lines.iter().map(line).collect();
        let issuer = Issuer { name: &authority.name, key: &authority.key, digest: DigestAlgorithm::Sha256 };
        let now = Timestamp::now();
        let until = Some(now + SignedDuration::from_hours(24));
        UnverifiedCrl::from_der(&issue::crl(issuer, now, until, 1, &lines, &[]).expect("a list"))
            .expect("read")
    };
    let now = Timestamp::now() + SignedDuration::from_secs(2);
    let judge_by = |policy: Policy, subject: &Arc<Certificate>, answers, lists, at| {
        let anchors = TrustAnchors::new(vec![Arc::clone(&authority.certificate)]);
        let evidence = Evidence::new(anchors, Vec::new(), lists, RevocationMode::Required).with_ocsp(answers);
        let report = check_certificate(subject, Usage::Any, &evidence, &policy, at);
        let codes: Vec<_> = report.findings.iter().map(|finding| finding.code.name()).collect();
        let source = report.revocation.first().and_then(|status| status.source);
        assert_eq!(report.needs.is_empty(), report.revocation.iter().all(|known| known.status != "unknown"));
        (report.indication == Indication::TotalPassed, source, codes)
    };
    let judge = |subject: &Arc<Certificate>, answers: Vec<UnverifiedOcsp>, lists: Vec<UnverifiedCrl>, at| {
        judge_by(Policy::generic(), subject, answers, lists, at)
    };
    let own = |subject: &Certificate| answer(subject, &authority.certificate, &authority.key);
    let nothing = Vec::new;
    let failed = |source, codes: &[&'static str]| (false, source, codes.to_vec());

    assert_eq!(judge(&good, vec![own(&good)], nothing(), now), (true, Some("ocsp"), vec![]));
    assert_eq!(
        judge(&revoked, vec![own(&revoked)], nothing(), now),
        failed(Some("ocsp"), &["CERTIFICATE_REVOKED"])
    );
    let unclear = |code| failed(None, &[code, "REVOCATION_UNKNOWN"]);
    assert_eq!(judge(&unknown, vec![own(&unknown)], nothing(), now), unclear("OCSP_UNKNOWN"));
    let late = now + SignedDuration::from_hours(48);
    assert_eq!(judge(&good, vec![own(&good)], nothing(), late), unclear("OCSP_STALE"));
    // What the policy asks of answers: how long they count, how old they may be, what signs them.
    type Change = fn(&mut Settings);
    let settings: [(Change, &str); 3] = [
        (|settings| settings.freshness.answer_hours = 0, "OCSP_STALE"),
        (|settings| settings.freshness.max_age_hours = Age::Hours(0), "OCSP_TOO_OLD"),
        (
            |settings| {
                let uses = Uses { revocation: Until::Never, ..Uses::all(Until::Always) };
                settings.algorithms.signature.insert(Scheme::Ecdsa, uses);
            },
            "OCSP_ALGORITHM_WEAK",
        ),
    ];
    for (change, code) in settings {
        let policy = || Policy::generic().with(change);
        assert_eq!(judge_by(policy(), &good, vec![own(&good)], nothing(), now), unclear(code));
        // Whom they condemn, they condemn all the same.
        let (_, source, codes) = judge_by(policy(), &revoked, vec![own(&revoked)], nothing(), now);
        assert_eq!((source, codes), (Some("ocsp"), vec!["CERTIFICATE_REVOKED"]));
    }
    // About another certificate: nothing is said, not even against it.
    assert_eq!(judge(&good, vec![own(&revoked)], nothing(), now), failed(None, &["REVOCATION_UNKNOWN"]));

    let by = |signer: &Certificate| answer(&good, signer, &responder);
    let usurped = answer(&good, &good, &good_key);
    assert_eq!(judge(&good, vec![by(&vouched)], nothing(), now).1, Some("ocsp"));
    assert_eq!(judge(&good, vec![by(&plain)], nothing(), now), unclear("OCSP_RESPONDER_UNTRUSTED"));
    assert_eq!(judge(&good, vec![usurped], nothing(), now), unclear("OCSP_UNAUTHORIZED"));
    // A list clears the responder, or condemns it.
    assert!(judge(&good, vec![by(&plain)], vec![list(&[])], now).0);
    let (passed, source, _) = judge(&good, vec![by(&plain)], vec![list(&[&plain])], now);
    assert_eq!((passed, source), (true, Some("crl")));
    let condemned = answer(&revoked, &plain, &responder);
    assert!(judge(&revoked, vec![condemned.clone()], vec![list(&[&plain])], now).0);
    assert!(!judge(&revoked, vec![condemned], vec![list(&[])], now).0);

    // Whoever condemns is heard.
    let (passed, _, codes) = judge(&revoked, vec![own(&revoked)], vec![list(&[])], now);
    assert_eq!((passed, codes), (false, vec!["CERTIFICATE_REVOKED"]));
    let (passed, _, codes) = judge(&good, vec![own(&good)], vec![list(&[&good])], now);
    assert_eq!((passed, codes), (false, vec!["CERTIFICATE_REVOKED"]));
    // Before it was revoked it was good.
    let before = "2026-04-01T00:00:00Z".parse().expect("a time");
    let (passed, source, codes) = judge(&revoked, vec![own(&revoked)], nothing(), before);
    assert_eq!((passed, source, codes), (true, Some("ocsp"), vec!["REVOKED_AFTER_VALIDATION_TIME"]));
}
