//! All of it through the program, which is held to time and memory.

use super::answers::answers;
use super::certificates::{PASSED, REFUSED, certificates};
use super::lists::lists;
use super::tokens::tokens;
use super::*;
use crate::common::program;

/// Runs the program over octets that are hostile and holds it to time and memory; its JSON, or nothing where
/// it answers with a refusal.
fn program(what: &str, octets: usize, arguments: &[&OsStr]) -> Option<Value> {
    let run = program::run(|program| program.args(arguments));
    let bound = MEMORY_BASE + MEMORY_FACTOR * octets as u64;
    if run.took > Duration::from_millis(500) || run.peak.is_some_and(|peak| peak > MEMORY_BASE) {
        println!("{what}: {octets} octets, {:?}, peak {:?}", run.took, run.peak);
    }
    assert!(run.took < TIME, "{what}: {:?}", run.took);
    assert!(run.peak.is_none_or(|peak| peak < bound), "{what}: {:?} octets, {bound} allowed", run.peak);
    let value: Value = serde_json::from_str(&run.output).unwrap_or_else(|error| panic!("{what}: {error}"));
    if value["error"]["code"].is_string() {
        assert_eq!(run.status, Some(2), "{what}");
        return None;
    }
    assert!(matches!(run.status, Some(0 | 1 | 3)), "{what}: {:?}", run.status);
    Some(value)
}

/// The indication and the first code that failed, as the program writes them.
fn told(value: Option<&Value>) -> String {
    let Some(value) = value else { return REFUSED.to_owned() };
    let indication = value["indication"].as_str().expect("an indication");
    let findings = value["findings"].as_array().expect("findings");
    let failed = findings.iter().find(|finding| finding["level"] == "fail");
    match failed.and_then(|finding| finding["code"].as_str()) {
        Some(code) => format!("{indication}/{code}"),
        None => indication.to_owned(),
    }
}

/// Files of the world in a folder, and the arguments that name them.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        let world = &*WORLD;
        let files = Self(tempfile::tempdir().expect("a folder"));
        files.put("root.cer", world.anchor.der());
        files.put("ca.cer", world.authority.der());
        files.put("leaf.cer", world.certificate.der());
        let update = (instant("2026-05-01T00:00:00Z"), instant("2026-07-01T00:00:00Z"));
        files.put("root.crl", &world.root.list(update, &[]));
        files
    }

    fn put(&self, name: &str, octets: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, octets).expect("written");
        path
    }

    /// `cert check` of a file, with what comes besides.
    fn check(&self, what: &str, octets: usize, file: &str, more: &[(&str, &str)]) -> Option<Value> {
        let path = |name: &str| self.0.path().join(name).into_os_string();
        let fixed = "cert check --format json --policy interop --at 2026-06-01T10:00:00Z --trust";
        let mut arguments: Vec<OsString> = fixed.split_whitespace().map(OsString::from).collect();
        arguments.extend([path("root.cer"), "--certs".into(), path("ca.cer"), path(file)]);
        for (option, value) in more {
            arguments.push(option.into());
            arguments.push(if *option == "--revocation" { value.into() } else { path(value) });
        }
        program(what, octets, &arguments.iter().map(OsString::as_os_str).collect::<Vec<_>>())
    }
}

#[test]
fn the_program_checks_every_certificate() {
    let files = Files::new();
    for case in certificates() {
        let path = files.put("hostile.cer", &case.der);
        let off = [("--revocation", "off")];
        let found = files.check(case.name, case.der.len(), "hostile.cer", &off);
        assert_eq!(told(found.as_ref()), case.expected.trim_end_matches(" without a key"), "{}", case.name);
        let show = ["cert", "show", "--format", "json"].map(OsStr::new);
        let shown = program(case.name, case.der.len(), &[&show[..], &[path.as_os_str()]].concat());
        assert_eq!(shown.is_some(), case.expected != REFUSED, "{}", case.name);
    }
}

#[test]
fn the_program_asks_every_list_and_every_answer() {
    let files = Files::new();
    for (name, der, expected) in lists() {
        files.put("hostile.crl", &der);
        let lists = [("--crl", "root.crl"), ("--crl", "hostile.crl")];
        let found = told(files.check(name, der.len(), "leaf.cer", &lists).as_ref());
        match expected {
            Some("good") => assert_eq!(found, PASSED, "{name}"),
            Some("revoked") => assert_eq!(found, "INDETERMINATE/CERTIFICATE_REVOKED", "{name}"),
            Some(_) => assert!(found.starts_with("INDETERMINATE/"), "{name}: {found}"),
            None => assert_eq!(found, REFUSED, "{name}"),
        }
    }
    for (name, der, expected) in answers() {
        files.put("hostile.ocsp", &der);
        let evidence = [("--crl", "root.crl"), ("--ocsp", "hostile.ocsp")];
        let found = told(files.check(name, der.len(), "leaf.cer", &evidence).as_ref());
        match expected {
            Some(CertStatus::Good) => assert_eq!(found, PASSED, "{name}"),
            _ => assert!(found == REFUSED || found.starts_with("INDETERMINATE/"), "{name}: {found}"),
        }
    }
}

/// A document that its signer signed, with more in what nobody signs: the certificates beside the signer's, and
/// a timestamp over the signature.
#[test]
fn the_program_verifies_documents_that_carry_hostile_objects() {
    let folder = tempfile::tempdir().expect("a folder");
    let profile = Profile { properties: Some(now()), ..Profile::default() };
    let identity = ECDSA.identity("applicant");
    let signed = sign_xml(b"<doc/>", &identity, &profile, &Limits::default()).expect("signed");
    let signed = String::from_utf8(signed).expect("UTF-8");
    let verify = |what: &str, document: &str| {
        let path = folder.path().join("document.xml");
        std::fs::write(&path, document).expect("written");
        let fixed = "verify --format json --policy kz --at 2026-06-01T10:00:00Z";
        let mut arguments: Vec<OsString> = fixed.split_whitespace().map(OsString::from).collect();
        for (option, file) in
            [("--trust", "root.cer"), ("--certs", "ca.cer"), ("--crl", "root.crl"), ("--crl", "ca.crl")]
        {
            arguments.extend([option.into(), ECDSA.path(file).into_os_string()]);
        }
        arguments.push(path.into_os_string());
        let arguments: Vec<&OsStr> = arguments.iter().map(OsString::as_os_str).collect();
        let value = program(what, document.len(), &arguments).expect("a report");
        value["indication"].as_str().expect("an indication").to_owned()
    };
    assert_eq!(verify("nothing", &signed), PASSED);
    let end = "</ds:X509Certificate>";
    for case in certificates() {
        let more = format!("{end}<ds:X509Certificate>{}{end}", STANDARD.encode(&case.der));
        let document = signed.replacen(end, &more, 1);
        assert_ne!(document, signed);
        // What nobody signed takes nothing away.
        assert_eq!(verify(case.name, &document), PASSED, "{}", case.name);
    }
    let end = "</xades:QualifyingProperties>";
    for (name, token, _) in tokens() {
        let stamp = format!(
            "<xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:SignatureTimeStamp>\
             <xades:EncapsulatedTimeStamp>{}</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp>\
             </xades:UnsignedSignatureProperties></xades:UnsignedProperties>{end}",
            STANDARD.encode(&token)
        );
        let document = signed.replacen(end, &stamp, 1);
        assert_ne!(document, signed);
        assert_eq!(verify(name, &document), PASSED, "{name}");
    }
}
