//! Reports as text, as a page and as the validation report of ETSI TS 119 102-2: in every language, with names
//! that mean harm, and in the order that the standard's schema has.

use std::path::PathBuf;
use std::process::{Command, Output};

use qoltanba::asn1::oid;
use qoltanba::crypto::{Curve, DigestAlgorithm, PrivateKey};
use qoltanba::messages::{Language, text};
use qoltanba::pkix::issue::{self, Extension};
use qoltanba::pkix::{Certificate, TrustAnchors};
use qoltanba::service::presentation::{self, etsi, html};
use qoltanba::service::verify::Checker;
use qoltanba::signature::sign;
use qoltanba::validation::report::Report;
use qoltanba::validation::{Evidence, Policy, RevocationMode};
use qoltanba::xml::Limits;
use qoltanba::xml::tree::{self, Node};

use crate::common::{Pki, RSA, has_tool, now};

const LANGUAGES: [Language; 3] = [Language::Kk, Language::Ru, Language::En];

fn run(pki: &Pki, arguments: &[&str]) -> Output {
    let evidence = ["root.cer", "ca.cer", "root.crl", "ca.crl"].map(|name| pki.path(name));
    let [root, ca, root_list, ca_list] = evidence.each_ref();
    Command::new(env!("CARGO_BIN_EXE_qoltanba"))
        .args(arguments)
        .arg("--trust")
        .arg(root)
        .arg("--certs")
        .arg(ca)
        .arg("--crl")
        .arg(root_list)
        .arg("--crl")
        .arg(ca_list)
        .args(["--at", "2026-06-01T10:00:00Z"])
        .output()
        .expect("the binary runs")
}

fn written(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// A signed document, the same changed afterwards, and a revoked certificate.
fn files() -> (tempfile::TempDir, [PathBuf; 3]) {
    let folder = tempfile::tempdir().expect("a folder");
    let profile = sign::Profile { properties: Some(now()), ..sign::Profile::default() };
    let document = b"<a><b>1</b><c>2</c></a>";
    let signed = qoltanba::service::verify::sign_xml(
        document,
        &RSA.identity("applicant"),
        &profile,
        &Limits::default(),
    );
    let signed = signed.expect("signed");
    let changed = String::from_utf8(signed.clone()).expect("UTF-8").replace("<b>1</b>", "<b>7</b>");
    let (good, bad) = (folder.path().join("good.xml"), folder.path().join("bad.xml"));
    std::fs::write(&good, signed).expect("written");
    std::fs::write(&bad, changed).expect("written");
    (folder, [good, bad, RSA.path("revoked.cer")])
}

#[test]
fn every_form_of_a_report_exists_in_every_language() {
    let (_folder, [good, bad, revoked]) = files();
    let [good, bad, revoked] = [good, bad, revoked].map(|path| path.display().to_string());
    let verify = |file: &str, more: &[&str]| run(&RSA, &[&["verify", file], more].concat());
    let check = |more: &[&str]| run(&RSA, &[&["cert", "check", &revoked], more].concat());
    for (language, [passed, failed, unknown, remedy, anchor]) in [
        (
            "kk",
            [
                "тексеруден өтті",
                "тексеруден өтпеді",
                "жарамдылығы расталмады",
                "Не істеу керек",
                "сенімді түбір",
            ],
        ),
        (
            "ru",
            [
                "проверка пройдена",
                "проверка не пройдена",
                "действительность не подтверждена",
                "Что делать",
                "доверенный корень",
            ],
        ),
        ("en", ["(passed)", "(failed)", "(not confirmed)", "What to do", "trust anchor"]),
    ] {
        let of_good = verify(&good, &["--lang", language]);
        let of_bad = verify(&bad, &["--lang", language]);
        let of_certificate = check(&["--lang", language]);
        assert_eq!(
            [&of_good, &of_bad, &of_certificate].map(|output| output.status.code()),
            [Some(0), Some(1), Some(3)]
        );
        let [of_good, of_bad, of_certificate] =
            [of_good, of_bad, of_certificate].map(|output| written(&output));
        assert!(of_good.contains(passed) && of_good.contains("TOTAL-PASSED"), "{of_good}");
        assert!(of_bad.contains(failed) && of_bad.contains("TOTAL-FAILED / HASH_FAILURE"), "{of_bad}");
        assert!(of_bad.contains(remedy) && of_bad.contains(anchor), "{of_bad}");
        assert!(of_certificate.contains("INDETERMINATE / REVOKED_NO_POE"), "{of_certificate}");
        assert!(of_certificate.contains(unknown), "{of_certificate}");
        if language != "en" {
            let english = ["Fail", "Warn", "signer", "algorithm:", "covers", "anchor", "policies"];
            for text in [&of_good, &of_bad, &of_certificate] {
                assert!(english.iter().all(|word| !text.contains(word)), "{text}");
            }
        }
        for page in [
            written(&verify(&good, &["--lang", language, "--format", "html"])),
            written(&check(&["--lang", language, "--format", "html"])),
        ] {
            assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>"), "{page}");
            assert!(page.contains(&format!("<html lang=\"{language}\">")), "{page}");
            for part in ["<title>", "<main>", "<h1>", "name=\"viewport\"", "@media print", "aria-hidden"] {
                assert!(page.contains(part), "{part}");
            }
            // Nothing runs and nothing is loaded.
            for part in ["<script", "<link", "src=", "url(", "@import", "<iframe"] {
                assert!(!page.contains(part), "{part}");
            }
        }
    }
    // Several documents are one page and one validation report.
    let both = written(&run(&RSA, &["verify", &good, &bad, "--format", "html"]));
    assert_eq!(both.matches("<article>").count(), 2);
    let both = written(&run(&RSA, &["verify", &good, &bad, "--format", "etsi"]));
    assert_eq!(both.matches("<SignatureValidationReport>").count(), 2);
}

#[test]
fn every_report_names_the_policy_and_its_digest() {
    let (_folder, [good, _, revoked]) = files();
    let digest = qoltanba::validation::report::hex(&Policy::generic().sha256());
    for command in [vec!["verify"], vec!["cert", "check"]] {
        let file = if command.len() == 1 { &good } else { &revoked }.display().to_string();
        for format in ["text", "json", "html"] {
            let rest = [file.as_str(), "--policy", "generic", "--format", format];
            let said = written(&run(&RSA, &[&command[..], &rest].concat()));
            assert!(said.contains("generic") && said.contains(&digest), "{format}: {said}");
        }
        let rest = [file.as_str(), "--policy", "generic", "--format", "etsi"];
        let said = written(&run(&RSA, &[&command[..], &rest].concat()));
        assert!(said.contains("<PolicyName>generic</PolicyName>") && said.contains(&digest), "{said}");
    }
}

/// A report on a document whose signer's names mean harm.
fn hostile_report() -> Report {
    let key = PrivateKey::generate_ec(Curve::P256).expect("a key");
    let name = issue::name(&[
        (oid::COMMON_NAME, "</bdi><script>alert('1')</script>"),
        (oid::ORGANIZATION, "\"onload=\"x\" & ]]> \u{202e}gpj.exe\u{2066}\u{1b}[2J"),
    ]);
    let profile = issue::Profile {
        subject: name.clone(),
        public_key: key.public_key(),
        not_before: "2026-01-01T00:00:00Z".parse().expect("a time"),
        not_after: "2036-01-01T00:00:00Z".parse().expect("a time"),
        extensions: vec![Extension::authority(None), Extension::key_usage(&[0, 1, 5, 6])],
    };
    let issuer = issue::Issuer { name: &name, key: &key, digest: DigestAlgorithm::Sha256 };
    let der = issue::certificate(&profile, issuer).expect("a certificate");
    let certificate = std::sync::Arc::new(Certificate::from_der(&der).expect("a certificate"));
    let signed =
        sign::sign(b"<a/>", &key, &der, &sign::Profile::default(), &Limits::default()).expect("signed");
    let anchors = TrustAnchors::new(vec![certificate]);
    let evidence = Evidence::new(anchors, Vec::new(), Vec::new(), RevocationMode::Required);
    let mut report = Checker::new(evidence, Policy::kz()).verify(&signed, now()).expect("a report");
    report.document.name = Some("<img src=x onerror=alert(1)>.xml".to_owned());
    report.document.sha256 = "00".repeat(32);
    report
}

fn localized(mut report: Report, language: Language) -> Report {
    report.localize(|code, params| {
        let params: Vec<_> = params.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let message = text(language, code, &params);
        (message.message, message.remedy)
    });
    report
}

#[test]
fn names_that_mean_harm_are_only_text() {
    for language in LANGUAGES {
        let report = localized(hostile_report(), language);
        let section = presentation::document(&report, language);
        let page = html::page(&[section], language).expect("a page");
        assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
        assert_eq!(page.matches("<bdi>").count(), page.matches("</bdi>").count());
        assert!(page.contains("&#60;script&#62;") && page.contains("gpj.exe"), "{page}");
        let section = presentation::document(&report, language);
        let mut said = Vec::new();
        presentation::text::write(&mut said, &section, language).expect("written");
        let said = String::from_utf8(said).expect("UTF-8");
        for text in [&page, &said] {
            assert!(!text.contains(['\u{202e}', '\u{2066}', '\u{1b}']), "{text}");
            assert!(text.contains('\u{fffd}'), "{text}");
        }
        let xml = etsi::documents(&[&report], language);
        assert!(!xml.contains("<script") && !xml.contains('\u{1b}'), "{xml}");
        let tree = tree::parse(xml.as_bytes(), &Limits::default()).expect("XML");
        let signer = descendant(tree.element(), "Signer").and_then(Node::text).expect("a signer");
        assert!(signer.contains("\\<script\\>alert('1')"), "{signer}");
        follows_the_schema(&xml);
    }
}

fn descendant<'t>(node: Node<'t>, local: &str) -> Option<Node<'t>> {
    let own = Some(node).filter(|node| node.local() == local);
    own.or_else(|| node.elements().find_map(|child| descendant(child, local)))
}

/// How often a child stands.
#[derive(Clone, Copy, PartialEq)]
enum Times {
    Once,
    AtMostOnce,
    Any,
    AtLeastOnce,
}

use Times::{Any, AtLeastOnce, AtMostOnce, Once};

/// What of TS 119 102-2 V1.4.1, clause 4 and annex A, a report here may hold: an element and its children in
/// their order. `SignatureAttributes` is a choice, so its children come in any order.
const SCHEMA: &[(&str, &[(&str, Times)])] = &[
    (
        "ValidationReport",
        &[("SignatureValidationReport", AtLeastOnce), ("SignatureValidationObjects", AtMostOnce)],
    ),
    (
        "SignatureValidationReport",
        &[
            ("SignatureIdentifier", AtMostOnce),
            ("ValidationConstraintsEvaluationReport", AtMostOnce),
            ("ValidationTimeInfo", AtMostOnce),
            ("SignersDocument", AtMostOnce),
            ("SignatureAttributes", AtMostOnce),
            ("SignerInformation", AtMostOnce),
            ("SignatureQuality", AtMostOnce),
            ("SignatureValidationProcess", AtMostOnce),
            ("SignatureValidationStatus", Once),
        ],
    ),
    ("SignatureIdentifier", &[("HashOnly", Once), ("DocHashOnly", Once), ("DAIdentifier", AtMostOnce)]),
    (
        "ValidationConstraintsEvaluationReport",
        &[("SignatureValidationPolicy", AtMostOnce), ("ValidationConstraint", Any)],
    ),
    ("SignatureValidationPolicy", &[("SignaturePolicyIdentifier", Once), ("PolicyName", AtMostOnce)]),
    ("SignaturePolicyIdentifier", &[("SignaturePolicyId", Once)]),
    ("SignaturePolicyId", &[("SigPolicyId", Once), ("SigPolicyHash", Once)]),
    ("SigPolicyId", &[("Identifier", Once)]),
    ("SigPolicyHash", &[("DigestMethod", Once), ("DigestValue", Once)]),
    (
        "ValidationConstraint",
        &[
            ("ValidationConstraintIdentifier", Once),
            ("ConstraintStatus", Once),
            ("ValidationStatus", AtMostOnce),
        ],
    ),
    ("ConstraintStatus", &[("Status", Once)]),
    (
        "ValidationStatus",
        &[("MainIndication", Once), ("SubIndication", Any), ("AssociatedValidationReportData", Any)],
    ),
    (
        "SignatureValidationStatus",
        &[("MainIndication", Once), ("SubIndication", Any), ("AssociatedValidationReportData", Any)],
    ),
    (
        "AssociatedValidationReportData",
        &[
            ("TrustAnchor", AtMostOnce),
            ("CertificateChain", AtMostOnce),
            ("RelatedValidationObject", Any),
            ("RevocationStatusInformation", AtMostOnce),
            ("CryptoInformation", AtMostOnce),
            ("AdditionalValidationReportData", AtMostOnce),
        ],
    ),
    ("AdditionalValidationReportData", &[("ReportData", AtLeastOnce)]),
    ("ReportData", &[("Type", Once), ("Value", Once)]),
    (
        "CertificateChain",
        &[("SigningCertificate", Once), ("IntermediateCertificate", Any), ("TrustAnchor", AtMostOnce)],
    ),
    (
        "RevocationStatusInformation",
        &[("ValidationObjectId", Once), ("RevocationTime", Once), ("RevocationReason", AtMostOnce)],
    ),
    ("CryptoInformation", &[("ValidationObjectId", Once), ("Algorithm", Once), ("SecureAlgorithm", Once)]),
    ("ValidationTimeInfo", &[("ValidationTime", Once), ("BestSignatureTime", Once)]),
    ("BestSignatureTime", &[("POETime", Once), ("TypeOfProof", Once)]),
    ("SignersDocument", &[("DigestAlgAndValue", Once), ("SignersDocumentRef", AtMostOnce)]),
    ("DigestAlgAndValue", &[("DigestMethod", Once), ("DigestValue", Once)]),
    ("SignatureAttributes", &[]),
    ("SigningTime", &[("Time", Once)]),
    ("DataObjectFormat", &[("MimeType", AtMostOnce)]),
    ("SignatureTimeStamp", &[("TimeStampValue", Once)]),
    ("ArchiveTimeStamp", &[("TimeStampValue", Once)]),
    ("SignerInformation", &[("SignerCertificate", Once), ("Signer", AtMostOnce)]),
    ("SignatureValidationProcess", &[("SignatureValidationProcessID", AtMostOnce)]),
    ("SignatureValidationObjects", &[("ValidationObject", AtLeastOnce)]),
    ("ValidationObject", &[("ObjectType", Once), ("ValidationObjectRepresentation", Once)]),
    ("ValidationObjectRepresentation", &[("DigestAlgAndValue", AtLeastOnce)]),
];

fn follows_the_schema(xml: &str) {
    let tree = tree::parse(xml.as_bytes(), &Limits::default()).expect("XML");
    let (mut identifiers, mut references) = (Vec::new(), Vec::new());
    let mut open = vec![tree.element()];
    while let Some(node) = open.pop() {
        let name = node.local();
        let expected = match (name.starts_with("Sig") && node.prefix() == "xades", name) {
            (true, _) | (_, "Identifier") => "http://uri.etsi.org/01903/v1.3.2#",
            (_, "DigestMethod" | "DigestValue") => "http://www.w3.org/2000/09/xmldsig#",
            _ => "http://uri.etsi.org/19102/v1.4.1#",
        };
        assert_eq!(node.namespace(), expected, "{name}");
        identifiers.extend(node.attribute("id"));
        references.extend(node.attribute("VOReference"));
        let children: Vec<_> = node.elements().map(Node::local).collect();
        open.extend(node.elements());
        let Some((_, rule)) = SCHEMA.iter().find(|(known, _)| *known == name) else {
            assert_eq!(children, [] as [&str; 0], "{name}");
            continue;
        };
        if name == "SignatureAttributes" {
            assert!(
                !children.is_empty()
                    && children.iter().all(|child| SCHEMA.iter().any(|(known, _)| known == child))
            );
            continue;
        }
        let mut rest = children.as_slice();
        for (child, times) in *rule {
            let count = rest.iter().take_while(|found| *found == child).count();
            let fits = match times {
                Once => count == 1,
                AtMostOnce => count <= 1,
                Any => true,
                AtLeastOnce => count >= 1,
            };
            assert!(fits, "{child} in {name}: {children:?}");
            rest = &rest[count..];
        }
        assert!(rest.is_empty(), "{rest:?} in {name}");
    }
    let count = identifiers.len();
    identifiers.sort_unstable();
    identifiers.dedup();
    assert_eq!(identifiers.len(), count, "an identifier twice");
    for reference in references {
        assert!(identifiers.contains(&reference), "{reference} refers to nothing");
    }
}

#[test]
fn validation_reports_follow_the_schema() {
    let (folder, [good, bad, revoked]) = files();
    let applicant = RSA.path("applicant.cer");
    let mut reports = Vec::new();
    for (command, file) in [("verify", &good), ("verify", &bad), ("check", &revoked), ("check", &applicant)] {
        let file = file.display().to_string();
        let command = if command == "verify" { vec!["verify"] } else { vec!["cert", "check"] };
        for language in ["kk", "ru", "en"] {
            let rest = [file.as_str(), "--format", "etsi", "--lang", language];
            let xml = written(&run(&RSA, &[&command[..], &rest].concat()));
            follows_the_schema(&xml);
            reports.push(xml);
        }
    }
    for (report, parts) in reports.iter().step_by(3).zip([
        ["mainindication:total-passed", "check:IIN_CHECK_DIGIT", "<SecureAlgorithm>true"],
        ["mainindication:total-failed", "subindication:HASH_FAILURE", "check:DIGEST_MISMATCH"],
        ["mainindication:indeterminate", "subindication:REVOKED_NO_POE", "revocationReason:keyCompromise"],
        ["mainindication:total-passed", "validationObject:certificate", "SignerCertificate"],
    ]) {
        assert!(parts.iter().all(|part| report.contains(part)), "{parts:?} {report}");
    }
    if has_tool("xmllint") {
        let file = folder.path().join("report.xml");
        std::fs::write(&file, &reports[0]).expect("written");
        let status = Command::new("xmllint").args(["--nonet", "--noout"]).arg(&file).status();
        assert!(status.expect("xmllint runs").success());
    }
}

#[test]
fn a_key_without_its_password_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let document = folder.path().join("a.xml");
    std::fs::write(&document, "<a/>").expect("written");
    let sign = |more: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_qoltanba"))
            .arg("sign")
            .arg(&document)
            .arg("--key")
            .arg(RSA.path("applicant.p12"))
            .arg("--out")
            .arg(folder.path().join("b.xml"))
            .args(more)
            .env("GIVEN", "wrong")
            .output()
            .expect("the binary runs");
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).expect("UTF-8")
    };
    assert!(sign(&[]).contains("KEY_PASSWORD_MISSING"));
    assert!(sign(&["--password-env", "GIVEN"]).contains("KEY_PASSWORD_WRONG"));
}
