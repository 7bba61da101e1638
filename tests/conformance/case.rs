//! From a manifest to command lines. A case of a suite says what its key comes from; each such source
//! is one way, or two ways, to ask the binary.
//!
//! | source of the key | options | what "valid" then means |
//! |---|---|---|
//! | `x509`, `embedded certificate (trust = its CA)` | `--trust`, `--certs`, `--at` | TOTAL-PASSED |
//! | `named-key` | `--key` | TOTAL-PASSED |
//! | `hmac` | `--hmac-key` | TOTAL-PASSED |
//! | `pinned-cert`, and every SAML case | `--key`; and once more `--trust` with a time of its validity | TOTAL-PASSED both times |
//! | `key-value …`, `embedded …`, XAdES | none, so nobody is trusted | the mathematics holds, nothing but the signer is open |
//!
//! All run under `--policy interop` and, no suite giving a revocation list, `--revocation off`.
//! Octets outside the document come from `url_map`; where a suite has none, a relative URI is the file
//! of that name beside the document. A mutant has all inputs of the case that it was made from.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use qoltanba::pkix::Certificate;
use serde_json::Value;

/// The suites of XML signatures. Those of canonicalisation have their own test.
pub(super) const SUITES: &[&str] = &[
    "xmlsec-merlin",
    "w3c-interop",
    "santuario-misc",
    "signxml-interop",
    "signxml-xades",
    "xml-crypto",
    "xml-attacks",
    "saml-crewjam",
    "saml-node-saml",
    "saml-python3",
    "saml-ruby",
    "saml-samael",
    "signedxml",
    "python-xmlsec",
    "mutants-xml",
    "gost-xmldsig",
];

/// The time for cases that name none: within the years of the long-lived certificates.
const NOW: &str = "2026-11-22T00:00:00Z";

/// What a suite expects of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Valid,
    Invalid,
    /// A signature may be right, but what it covers is not what a reader would take.
    Wrapping,
    /// Well-formed, without a signature.
    Unsigned,
    /// To be refused before any signature is looked at.
    Reject,
}

/// How a verdict is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// A chain to the given anchors is asked for.
    Chain,
    /// The key is given, certificates do not matter.
    Key,
    /// Nobody is trusted: only the mathematics can be shown.
    Mathematics,
}

/// One command line.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) reading: Reading,
    pub(super) options: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) suite: &'static str,
    pub(super) id: String,
    pub(super) document: PathBuf,
    pub(super) expected: Expected,
    /// Made from a valid document by one edit.
    pub(super) mutant: bool,
    /// The tool that confirmed the outcome found a digest that does not match.
    pub(super) reference_broken: bool,
    /// The URIs that the suite lists as referred to, if it lists them.
    pub(super) references: Vec<String>,
    /// How many references its signatures have.
    pub(super) reference_count: usize,
    pub(super) runs: Vec<Run>,
}

/// All cases of all suites.
pub(super) fn all(corpora: &Path) -> Vec<Case> {
    SUITES.iter().flat_map(|suite| of_suite(corpora, suite)).collect()
}

fn manifest(corpora: &Path, suite: &str) -> Vec<Value> {
    let file = corpora.join(suite).join("manifest.json");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let manifest: Value = serde_json::from_str(&text).expect("a manifest is JSON");
    manifest["cases"].as_array().expect("a manifest has cases").clone()
}

fn of_suite(corpora: &Path, suite: &'static str) -> Vec<Case> {
    manifest(corpora, suite).iter().map(|case| read(corpora, suite, case)).collect()
}

fn read(corpora: &Path, suite: &'static str, case: &Value) -> Case {
    let text = |name: &str| case[name].as_str().unwrap_or_default();
    let document = corpora.join(suite).join(text("file"));
    let expected = match text("expected") {
        "valid" => Expected::Valid,
        "invalid" => Expected::Invalid,
        "wrapping" => Expected::Wrapping,
        "reject" => Expected::Reject,
        unsigned if unsigned == "unsigned" || unsigned.starts_with("not-signed") => Expected::Unsigned,
        other => panic!("{suite}: unknown outcome {other}"),
    };
    let mutant = case["base_suite"].is_string();
    let runs = if mutant {
        let base = manifest(corpora, text("base_suite"));
        let base_case = base
            .iter()
            .find(|candidate| candidate["id"].as_str() == case["base_case"].as_str())
            .expect("a mutant has a base");
        let folder = corpora.join(text("base_suite"));
        runs(&folder, base_case, &document)
    } else {
        runs(&corpora.join(suite), case, &document)
    };
    let bytes = std::fs::read(&document).expect("a document");
    let references = case["coverage"]["references"].as_array().into_iter().flatten();
    Case {
        suite,
        id: text("id").to_owned(),
        document,
        expected,
        mutant,
        reference_broken: case["oracle"]["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains("FAILED:REFERENCE")),
        references: references.filter_map(|reference| reference["uri"].as_str()).map(Into::into).collect(),
        reference_count: references_in(&bytes),
        runs,
    }
}

/// The ways to ask about a document with the inputs of a case.
fn runs(folder: &Path, case: &Value, document: &Path) -> Vec<Run> {
    let path = |name: &Value| folder.join(name.as_str().expect("a path")).display().to_string();
    let paths = |name: &str| case[name].as_array().into_iter().flatten().map(path).collect::<Vec<_>>();
    let mut common = vec!["--policy".to_owned(), "interop".to_owned()];
    let crls = paths("crls");
    common.extend(["--revocation".to_owned(), if crls.is_empty() { "off" } else { "available" }.to_owned()]);
    common.extend(options("--crl", crls));
    common.extend(options("--certs", paths("untrusted")));
    let content = contents(folder, case, document);
    common.extend(options("--content", content.iter().map(|(uri, file)| format!("{uri}={file}"))));
    if std::fs::read(document).is_ok_and(|bytes| contains(&bytes, b" AssertionID=\"")) {
        common.extend(["--id-attribute".to_owned(), "AssertionID".to_owned()]);
    }
    let run = |reading: Reading, own: Vec<String>| Run { reading, options: [common.clone(), own].concat() };
    let at = |time: &str| vec!["--at".to_owned(), time.to_owned()];

    let source = case["key_source"].as_str().unwrap_or_default();
    let pinned = source == "pinned-cert" || case["kind"] == "xmldsig-verify-saml";
    let trust = paths("trust");
    if let Some(secret) = case["hmac_key"].as_str() {
        let file = folder.join(secret).display().to_string();
        return vec![run(Reading::Key, options("--hmac-key", [file]))];
    }
    if source == "named-key" {
        let keys = case["keys"].as_array().into_iter().flatten().map(|key| path(&key["file"]));
        return vec![run(Reading::Key, options("--key", keys))];
    }
    if pinned {
        let [pin] = trust.as_slice() else { panic!("{}: one pinned key expected", document.display()) };
        if Path::new(pin).extension().is_some_and(|extension| extension == "key") {
            return vec![run(Reading::Key, options("--hmac-key", [pin.clone()]))];
        }
        let mut runs = vec![run(Reading::Key, options("--key", [pin.clone()]))];
        // A bare public key cannot be an anchor.
        if let Some(time) = time_of(pin) {
            runs.push(run(Reading::Chain, [options("--trust", [pin.clone()]), at(&time)].concat()));
        }
        return runs;
    }
    if source == "x509" || source.starts_with("embedded certificate (trust") {
        let time = case["at"].as_str().map_or_else(
            || trust.first().and_then(|anchor| time_of(anchor)).expect("a certificate as anchor"),
            ToOwned::to_owned,
        );
        return vec![run(Reading::Chain, [options("--trust", trust), at(&time)].concat())];
    }
    vec![run(Reading::Mathematics, at(case["at"].as_str().unwrap_or(NOW)))]
}

fn options(name: &str, values: impl IntoIterator<Item = String>) -> Vec<String> {
    values.into_iter().flat_map(|value| [name.to_owned(), value]).collect()
}

/// An hour after a certificate begins: the chains of the suites were issued in one go, and one leaf
/// lives for a single day.
fn time_of(certificate: &str) -> Option<String> {
    let bytes = std::fs::read(certificate).expect("a file of trust");
    let certificate = Certificate::from_pem_or_der(&bytes).ok()?.into_iter().next()?;
    let time: Timestamp = certificate.not_before() + SignedDuration::from_hours(1);
    Some(time.to_string())
}

/// URI and file of the octets outside the document.
fn contents(folder: &Path, case: &Value, document: &Path) -> Vec<(String, String)> {
    if let Some(map) = case["url_map"].as_object() {
        let file = |name: &Value| folder.join(name.as_str().expect("a path")).display().to_string();
        return map.iter().map(|(uri, name)| (uri.clone(), file(name))).collect();
    }
    let beside = folder.join(case["file"].as_str().expect("a path"));
    let beside = beside.parent().expect("a folder");
    let bytes = std::fs::read(document).expect("a document");
    let text = String::from_utf8_lossy(&bytes);
    let uris: BTreeSet<_> = text.split("URI=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    uris.into_iter()
        .filter(|uri| !uri.is_empty() && !uri.starts_with('#') && !uri.contains(':'))
        .map(|uri| (uri.to_owned(), beside.join(uri)))
        .filter(|(_, file)| file.is_file())
        .map(|(uri, file)| (uri, file.display().to_string()))
        .collect()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// How many references the SignedInfo elements of a well-formed document hold, by its text: valid
/// cases have no comments there.
fn references_in(bytes: &[u8]) -> usize {
    let text = String::from_utf8_lossy(bytes);
    let mut count = 0;
    let mut inside = false;
    for tag in text.split('<').skip(1) {
        let name = tag.split(|character: char| character.is_whitespace() || "/>".contains(character));
        let closing = tag.starts_with('/');
        let name = if closing { tag[1..].split('>').next() } else { name.into_iter().next() };
        let local = name.unwrap_or_default().trim().rsplit(':').next().unwrap_or_default();
        match local {
            "SignedInfo" => inside = !closing,
            "Reference" if inside && !closing => count += 1,
            _ => {}
        }
    }
    count
}

#[test]
fn references_are_counted_inside_signed_info_only() {
    let text = b"<d:SignedInfo><d:Reference URI='x'></d:Reference><d:Reference></d:Reference>\
                 </d:SignedInfo><Manifest><Reference/></Manifest>";
    assert_eq!(references_in(text), 2);
}
