//! The national profile of certificates: what the policy `kz` asks of them, and what is read in those
//! that the national authorities issued.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, LazyLock};

use qoltanba::asn1::oid;
use qoltanba::asn1::write;
use qoltanba::crypto::{Curve, DigestAlgorithm, Identity, PrivateKey};
use qoltanba::pkix::issue::{self, Extension};
use qoltanba::pkix::{Certificate, KeyUse, TrustAnchors};
use qoltanba::service::verify::{Checker, sign_xml};
use qoltanba::signature::sign::Profile;
use qoltanba::validation::{Evidence, Indication, Level, Policy, RevocationMode, SubIndication, Usage};
use qoltanba::xml::Limits;

use crate::common::{RSA, now, shared};

/// digitalSignature, nonRepudiation, keyEncipherment, keyAgreement.
const SIGN: &[u8] = &[0, 1];
const LOGIN: &[u8] = &[0, 2];
const BOTH: &[u8] = &[0, 1, 4];

const PERSON: &[(&str, &str)] = &[(oid::COMMON_NAME, "ТЕСТОВ ТЕСТ"), (oid::SERIAL_NUMBER, "IIN850315300128")];
const AUTHORITY: &[(&str, &str)] = &[(oid::COMMON_NAME, "ROOT"), (oid::COUNTRY, "KZ")];

static KEY: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::generate_ec(Curve::P256).expect("a key"));
static HOLDER: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::generate_ec(Curve::P256).expect("a key"));

fn issued(subject: &[(&str, &str)], key: &PrivateKey, extensions: Vec<Extension>) -> Arc<Certificate> {
    let profile = issue::Profile {
        subject: issue::name(subject),
        public_key: key.public_key(),
        not_before: "2026-01-01T00:00:00Z".parse().expect("a time"),
        not_after: "2036-01-01T00:00:00Z".parse().expect("a time"),
        extensions,
    };
    let name = issue::name(AUTHORITY);
    let issuer = issue::Issuer { name: &name, key: &KEY, digest: DigestAlgorithm::Sha256 };
    let der = issue::certificate(&profile, issuer).expect("a certificate");
    Arc::new(Certificate::from_der(&der).expect("a certificate"))
}

fn holder(
    subject: &[(&str, &str)],
    bits: &[u8],
    purposes: Option<&[&str]>,
    policy: Option<&str>,
) -> Arc<Certificate> {
    let mut extensions = vec![Extension::key_usage(bits)];
    extensions.extend(purposes.map(Extension::extended_key_usage));
    extensions.extend(policy.map(|policy| Extension::policy(policy, "http://pki.gov.kz/cps")));
    issued(subject, &HOLDER, extensions)
}

fn checker(policy: Policy) -> Checker {
    let root = issued(AUTHORITY, &KEY, vec![Extension::authority(None), Extension::key_usage(&[5, 6])]);
    let evidence = Evidence::new(TrustAnchors::new(vec![root]), Vec::new(), Vec::new(), RevocationMode::Off);
    Checker::new(evidence, policy)
}

/// The codes of the findings, those that fail first and apart.
fn found(
    certificate: &Arc<Certificate>,
    usage: Usage,
    policy: Policy,
) -> (Vec<&'static str>, Vec<&'static str>) {
    let report = checker(policy).check_certificate(certificate, usage, now());
    assert_eq!(report.findings.iter().any(|one| one.level == Level::Fail), report.sub_indication.is_some());
    let expected =
        (report.indication != Indication::TotalPassed).then_some(SubIndication::ChainConstraintsFailure);
    assert_eq!(report.sub_indication, expected);
    let (failed, told): (Vec<_>, Vec<_>) =
        report.findings.iter().cloned().partition(|one| one.level == Level::Fail);
    let codes =
        |list: Vec<qoltanba::validation::Finding>| list.into_iter().map(|one| one.code.name()).collect();
    (codes(failed), codes(told))
}

/// Bits of keyUsage, purposes, policy, codes that fail.
type Case<'a> = (&'a [u8], Option<&'a [&'a str]>, Option<&'a str>, &'a [&'a str]);

#[test]
fn what_the_national_policy_asks_of_a_key_that_signs() {
    const EMAIL: &str = oid::EMAIL_PROTECTION;
    const ROLE: &str = oid::ROLE_INDIVIDUAL;
    const NOT_BITS: &str = "KEY_USAGE_NOT_SIGNING";
    const NOT_PURPOSE: &str = "EXTENDED_KEY_USAGE_NOT_SIGNING";
    const NOT_POLICY: &str = "CERTIFICATE_POLICY_NOT_SIGNING";
    let current = Some(oid::NATIONAL_POLICY);
    let login: Option<&[&str]> = Some(&[oid::CLIENT_AUTH, ROLE]);
    let signing: Option<&[&str]> = Some(&[EMAIL, ROLE]);
    let cases: [Case<'_>; 14] = [
        (LOGIN, login, Some(oid::POLICY_INDIVIDUAL_AUTH), &[NOT_BITS, NOT_PURPOSE, NOT_POLICY]),
        (LOGIN, login, current, &[NOT_BITS, NOT_PURPOSE]),
        (LOGIN, signing, current, &[NOT_BITS]),
        (LOGIN, None, current, &[NOT_BITS]),
        (SIGN, login, current, &[NOT_PURPOSE]),
        (BOTH, Some(&[oid::TIME_STAMPING, ROLE]), current, &[NOT_PURPOSE]),
        (SIGN, signing, Some(oid::POLICY_ORGANIZATION_AUTH), &[NOT_POLICY]),
        (SIGN, signing, current, &[]),
        (BOTH, signing, current, &[]),
        (SIGN, signing, Some(oid::POLICY_INDIVIDUAL_SIGN), &[]),
        (SIGN, signing, Some(oid::POLICY_ORGANIZATION_SIGN), &[]),
        // Authorities of state bodies and banks state no purposes; information systems only roles.
        (SIGN, None, current, &[]),
        (BOTH, Some(&[oid::ROLE_ORGANIZATION, oid::ROLE_INFORMATION_SYSTEM]), current, &[]),
        (SIGN, Some(&[oid::ROLE_CIVIL_SERVANT]), current, &[]),
    ];
    for (bits, purposes, policy, codes) in cases {
        let certificate = holder(PERSON, bits, purposes, policy);
        let (failed, told) = found(&certificate, Usage::Sign, Policy::kz());
        assert_eq!(failed, codes, "{bits:?} {purposes:?} {policy:?}");
        assert_eq!(told, [""; 0], "{bits:?} {purposes:?} {policy:?}");
        // No rule of one country elsewhere.
        assert_eq!(found(&certificate, Usage::Sign, Policy::generic()).0, [""; 0]);
    }
    for policy in [None, Some("1.2.398.3.2.2.1")] {
        let certificate = holder(PERSON, SIGN, None, policy);
        assert_eq!(found(&certificate, Usage::Sign, Policy::kz()).1, ["CERTIFICATE_POLICY_UNKNOWN"]);
    }
}

#[test]
fn a_single_key_logs_in_too_under_the_national_policy() {
    let purposes: Option<&[&str]> = Some(&[oid::EMAIL_PROTECTION, oid::ROLE_INDIVIDUAL]);
    let policy = Some(oid::NATIONAL_POLICY);
    let judged = |bits, policy_in_force| {
        found(&holder(PERSON, bits, purposes, policy), Usage::Auth, policy_in_force).0
    };
    assert_eq!(judged(SIGN, Policy::kz()), ["USAGE_MISMATCH"]);
    assert_eq!(judged(BOTH, Policy::kz()), [""; 0]);
    assert_eq!(judged(BOTH, Policy::generic()), ["USAGE_MISMATCH"]);
}

#[test]
fn a_document_signed_with_a_key_for_logging_in() {
    let key = PrivateKey::generate_ec(Curve::P256).expect("a key");
    let login = issued(PERSON, &key, vec![Extension::key_usage(LOGIN)]);
    let identity = Identity { key, certificate_der: login.der().to_vec(), chain_der: Vec::new() };
    let signed = sign_xml(b"<a/>", &identity, &Profile::default(), &Limits::default()).expect("signed");
    let judged = |policy| {
        let report = checker(policy).verify(&signed, now()).expect("a report");
        report.signatures[0].sub_indication
    };
    assert_eq!(judged(Policy::kz()), Some(SubIndication::ChainConstraintsFailure));
    assert_eq!(judged(Policy::generic()), None);
}

#[test]
fn numbers_of_the_subject() {
    // Attribute, value, codes that fail, codes that are told.
    let cases: [(&str, &str, &[&str], &[&str]); 22] = [
        (oid::SERIAL_NUMBER, "IIN", &["IIN_MALFORMED"], &[]),
        (oid::SERIAL_NUMBER, "IIN85031530012", &["IIN_MALFORMED"], &[]),
        (oid::SERIAL_NUMBER, "IIN8503153001288", &["IIN_MALFORMED"], &[]),
        (oid::SERIAL_NUMBER, "IIN85031530O128", &["IIN_MALFORMED"], &[]),
        (oid::SERIAL_NUMBER, "IIN 850315300128", &["IIN_MALFORMED"], &[]),
        (oid::SERIAL_NUMBER, "BIN06034000123", &["BIN_MALFORMED"], &[]),
        (oid::ORGANIZATIONAL_UNIT, "BIN06034000123", &["BIN_MALFORMED"], &[]),
        (oid::ORGANIZATIONAL_UNIT, "BIN06034000123O", &["BIN_MALFORMED"], &[]),
        (oid::SERIAL_NUMBER, "IIN850315300127", &[], &["IIN_CHECK_DIGIT"]),
        (oid::SERIAL_NUMBER, "IIN123456789011", &[], &["IIN_CHECK_DIGIT"]),
        (oid::SERIAL_NUMBER, "IIN000000000000", &[], &["IIN_IMPLAUSIBLE"]),
        (oid::ORGANIZATIONAL_UNIT, "BIN123456789021", &[], &["BIN_CHECK_DIGIT"]),
        (oid::ORGANIZATIONAL_UNIT, "BIN141340000010", &[], &["BIN_IMPLAUSIBLE"]),
        (oid::SERIAL_NUMBER, "BIN123456789021", &[], &["BIN_CHECK_DIGIT"]),
        (oid::SERIAL_NUMBER, "IIN850315300128", &[], &[]),
        (oid::SERIAL_NUMBER, "BIN060340001237", &[], &[]),
        (oid::ORGANIZATIONAL_UNIT, "BIN060340001237", &[], &[]),
        // Not numbers: a department, another kind of serial number.
        // Names of departments.
        (oid::ORGANIZATIONAL_UNIT, "BINARY SYSTEMS", &[], &[]),
        (oid::ORGANIZATIONAL_UNIT, "BIN", &[], &[]),
        (oid::ORGANIZATIONAL_UNIT, "BIN-SERVICE", &[], &[]),
        (oid::ORGANIZATIONAL_UNIT, "BIN & CO", &[], &[]),
        (oid::SERIAL_NUMBER, "PNOKZ-1", &[], &[]),
    ];
    for (attribute, value, failed, told) in cases {
        let subject = [(oid::COMMON_NAME, "ТЕСТОВ ТЕСТ"), (attribute, value)];
        let certificate = holder(&subject, SIGN, None, Some(oid::NATIONAL_POLICY));
        for usage in [Usage::Any, Usage::Sign] {
            assert_eq!(found(&certificate, usage, Policy::kz()), (failed.to_vec(), told.to_vec()), "{value}");
        }
        assert_eq!(found(&certificate, Usage::Sign, Policy::generic()), (vec![], vec![]), "{value}");
    }
}

#[test]
fn what_the_key_is_kept_in() {
    let stated = |value: Vec<u8>| {
        let extension = Extension::new(oid::KEY_STORAGE, value);
        issued(PERSON, &HOLDER, vec![Extension::key_usage(SIGN), extension]).key_storage().to_vec()
    };
    let [file, other] = [oid::KEY_STORAGE_FILE, "1.2.398.3.3.5.1.9"].map(write::oid);
    assert_eq!(stated(write::sequence(std::slice::from_ref(&file))), [oid::KEY_STORAGE_FILE]);
    assert_eq!(stated(write::sequence(&[file.clone(), other])).len(), 2);
    // What cannot be read is as good as absent, as it limits nothing.
    assert_eq!(stated(file), [""; 0]);
    assert_eq!(stated(write::sequence(&[write::integer(1)])), [""; 0]);
}

/// Name of the file, what the key is for, whether it logs in, roles. All but authorities.
const HOLDERS: &[(&str, &str, bool, &[&str])] = &[
    ("1bba07d66a3b", "sign", true, &["individual"]),
    ("1c7652e8c608", "sign", false, &["organization", "ceo"]),
    ("1e7c42cd1c04", "sign", false, &["organization", "ceo"]),
    ("28a17cbdde1f", "sign", true, &["organization", "ceo"]),
    ("3c68a746fca6", "sign", true, &["individual"]),
    ("56fe092b99df", "auth", true, &["individual"]),
    ("5dabb23d78f0", "sign", false, &["individual"]),
    ("695910b5b9d5", "sign", false, &["individual"]),
    ("7f37c6d5b43b", "sign", true, &["individual"]),
    ("93ae7712f00c", "sign", false, &["individual"]),
    ("97852db6ee70", "sign", false, &["organization", "employee"]),
    ("a7509e90732d", "sign", false, &["organization", "ceo"]),
    ("b03ad1c4f791", "sign", false, &["organization", "ceo"]),
    ("b0c2d2b3eff5", "auth", true, &["individual"]),
    ("c7e545925b93", "auth", true, &["individual"]),
    ("d5ff61a72c3b", "auth", true, &["organization", "ceo"]),
    ("d75025f37d92", "sign", false, &["organization", "hr"]),
    ("ea3629c83854", "sign", true, &["organization", "ceo"]),
    ("f1e15ed3be5b", "sign", true, &["organization", "ceo"]),
    ("f40db81e42b4", "auth", true, &["organization", "ceo"]),
    ("f7d4bd50701c", "auth", true, &["individual"]),
    ("f9305218f912", "sign", true, &["individual"]),
    ("fe1d3e40611d", "sign", false, &["individual"]),
];

#[test]
fn certificates_of_the_national_authorities() {
    let Some(folder) = shared() else { return };
    let checker = checker(Policy::kz());
    let mut seen = 0;
    for file in std::fs::read_dir(folder.join("kz-pki/cert")).expect("a folder").flatten() {
        let bytes = std::fs::read(file.path()).expect("a file");
        let certificate = Arc::new(Certificate::from_pem_or_der(&bytes).expect("a certificate").remove(0));
        let name = file.path().file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let key_use = match certificate.key_use() {
            KeyUse::Sign => "sign",
            KeyUse::Auth => "auth",
            KeyUse::Unknown => "unknown",
        };
        let report = checker.check_certificate(&certificate, Usage::Sign, now());
        let has = |code: &str| report.findings.iter().any(|finding| finding.code == code);
        let Some((_, expected, logs_in, roles)) = HOLDERS.iter().find(|(known, ..)| *known == name) else {
            // Of holders that are not in the list nothing is known here.
            if !certificate.basic_constraints().is_some_and(|basic| basic.ca) {
                continue;
            }
            assert_eq!((key_use, certificate.roles().len()), ("unknown", 0), "{name}");
            assert!(has("KEY_USAGE_NOT_SIGNING"), "{name}");
            continue;
        };
        seen += 1;
        assert_eq!((key_use, &certificate.roles()[..]), (*expected, *roles), "{name}");
        assert_eq!(certificate.may_authenticate(), *logs_in, "{name}");
        let refused = ["KEY_USAGE_NOT_SIGNING", "EXTENDED_KEY_USAGE_NOT_SIGNING"];
        for code in refused.into_iter().chain(["CERTIFICATE_POLICY_NOT_SIGNING"]) {
            assert_eq!(has(code), *expected == "auth", "{name} {code}");
        }
        assert!(!has("CERTIFICATE_POLICY_UNKNOWN"), "{name}");
        // The numbers of the test identities are doubted, not refused.
        assert!(has("IIN_CHECK_DIGIT") && !has("IIN_MALFORMED"), "{name}");
        assert_eq!(has("BIN_CHECK_DIGIT"), roles.contains(&"organization"), "{name}");
        assert!(!has("BIN_MALFORMED"), "{name}");
        assert!(certificate.key_storage().iter().all(|kind| kind == oid::KEY_STORAGE_FILE), "{name}");
    }
    assert_eq!(seen, HOLDERS.len());
}

/// What `cert show` prints of a file, in a language or as JSON.
fn shown(file: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_qoltanba"))
        .args(["cert", "show"])
        .arg(file)
        .args(arguments)
        .env_remove("QOLTANBA_LANG")
        .output()
        .expect("the binary runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The rows of a text: what stands beside a label, and the lines below it without one.
fn row(text: &str, label: &str) -> Vec<String> {
    let mut lines = text.lines().skip_while(|line| !line.starts_with(&format!("{label}  ")));
    let first = lines.next().map(|line| line[label.len()..].trim().to_owned());
    let more = lines.take_while(|line| line.starts_with(' ')).map(|line| line.trim().to_owned());
    first.into_iter().chain(more).collect()
}

/// A label and the values beside it.
type Row<'a> = (&'a str, &'a [&'a str]);

#[test]
fn a_certificate_is_shown_in_three_languages() {
    let official = RSA.path("official.cer");
    let expected: [(&str, [Row<'_>; 6]); 3] = [
        (
            "en",
            [
                ("Holder", &["АХМЕТОВ НҰРЛАН"]),
                ("IIN", &["790512300125"]),
                ("Roles", &["legal entity", "head of the organization", "employee of the organization"]),
                ("Key is for", &["signing documents"]),
                ("Valid from", &["1 January 2026, 05:00:00 (UTC+05:00)"]),
                ("Key", &["RSA, 2048 bits"]),
            ],
        ),
        (
            "ru",
            [
                ("Отчество", &["БОЛАТҰЛЫ"]),
                ("ИИН", &["790512300125"]),
                ("Роли", &["юридическое лицо", "первый руководитель организации", "сотрудник организации"]),
                ("Назначение ключа", &["подписание документов"]),
                ("Действует с", &["01.01.2026, 05:00:00 (UTC+05:00)"]),
                ("Ключ", &["RSA, 2048 бит"]),
            ],
        ),
        (
            "kk",
            [
                ("Иесі", &["АХМЕТОВ НҰРЛАН"]),
                ("ЖСН", &["790512300125"]),
                ("Рөлдері", &["заңды тұлға", "ұйымның бірінші басшысы", "ұйымның қызметкері"]),
                ("Кілттің мақсаты", &["құжаттарға қол қою"]),
                ("Жарамдылық басы", &["01.01.2026, 05:00:00 (UTC+05:00)"]),
                ("Кілт", &["RSA, ұзындығы 2048 бит"]),
            ],
        ),
    ];
    for (language, rows) in expected {
        let text = shown(&official, &["--lang", language]);
        for (label, values) in rows {
            assert_eq!(row(&text, label), values, "{language} {label} in\n{text}");
        }
    }
    let expired = shown(&RSA.path("expired.cer"), &[]);
    assert_eq!(row(&expired, "State"), ["expired"]);
    let login = shown(&RSA.path("wrong-usage.cer"), &[]);
    assert_eq!(row(&login, "Key is for"), ["logging in"]);
    assert_eq!(row(&login, "IIN"), ["123456789011 (the check digit does not match)"]);
}

#[test]
fn what_is_no_number_is_not_shown_as_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("odd.cer");
    let subject = [(oid::COMMON_NAME, "A\u{1b}[31m\u{202e}B"), (oid::SERIAL_NUMBER, "IIN85031530012")];
    let odd = holder(&subject, SIGN, Some(&["1.2.3.4", "1.2.398.3.3.4.9"]), Some("1.2.3.5"));
    std::fs::write(&file, odd.der()).expect("written");
    let text = shown(&file, &[]);
    assert_eq!(row(&text, "IIN"), ["not twelve digits"]);
    assert_eq!(row(&text, "Holder"), ["A\u{fffd}[31m\u{fffd}B"]);
    // What has no name is shown by its identifier.
    assert_eq!(row(&text, "Extended key usage"), ["1.2.3.4", "1.2.398.3.3.4.9"]);
    assert_eq!(row(&text, "Certificate policy"), ["1.2.3.5"]);
    let value: serde_json::Value = serde_json::from_str(&shown(&file, &["--format", "json"])).expect("JSON");
    assert_eq!((value["iin"].is_null(), &value["iin_status"]), (true, &"malformed".into()));
}

#[test]
fn several_certificates_of_one_file_are_one_value() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("several.pem");
    let names = ["applicant2", "service", "ca"];
    let pem = names.map(|name| {
        let der = std::fs::read(RSA.path(&format!("{name}.cer"))).expect("a certificate");
        qoltanba::asn1::pem::encode("CERTIFICATE", &der)
    });
    std::fs::write(&file, pem.concat()).expect("written");
    let value: serde_json::Value = serde_json::from_str(&shown(&file, &["--format", "json"])).expect("JSON");
    assert_eq!(value.as_array().map(Vec::len), Some(3));
    assert_eq!(value[0]["iin_status"], "sound");
    assert_eq!(
        (&value[1]["iin_status"], &value[1]["bin_status"]),
        (&serde_json::Value::Null, &"sound".into())
    );
    assert_eq!((&value[2]["authority"], &value[2]["key_use"]), (&true.into(), &"unknown".into()));
    // The fields there were from the first.
    for name in [
        "subject",
        "common_name",
        "iin",
        "bin",
        "organization",
        "issuer",
        "serial",
        "sha256",
        "not_before",
        "not_after",
        "key",
        "signature_algorithm",
        "key_use",
        "roles",
        "policies",
        "extended_key_usage",
        "ocsp",
        "ca_issuers",
        "crl",
    ] {
        assert!(value[0].get(name).is_some(), "{name}");
    }
    assert_eq!(value[0]["key"], "Rsa { bits: 2048 }");
    assert_eq!(value[0]["key_algorithm"], serde_json::json!({"name": "RSA", "bits": 2048}));
    let text = shown(&file, &["--lang", "kk"]);
    let headings: Vec<_> = text.lines().filter(|line| line.contains("сертификаттың")).collect();
    assert_eq!(headings.len(), 3, "{text}");
}
