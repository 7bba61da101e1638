//! The corpus of hostile documents, `testdata/attacks`: each document has a verdict that it must get, by
//! the library and by the program, within a time and a memory.
//!
//! The corpus is made by the modules below. `QOLTANBA_WRITE_ATTACKS=1 cargo test --test all attacks` writes
//! it; without the variable the test compares what is committed with what is made. Documents of megabytes
//! are made when they are judged and only listed in the index.

mod algorithms;
mod canonicalization;
mod differential;
mod exhaustion;
mod identifiers;
mod index;
mod moved;
mod parser;
mod run;
mod signed;
mod structure;
mod transforms;
mod wrapping;
mod xades;

use sha2::Digest as _;

/// Outcomes as the index writes them: indication, sub-indication, and for a refusal its code.
const PASSED: &str = "TOTAL-PASSED";
const FORMAT: &str = "TOTAL-FAILED/FORMAT_FAILURE";
const HASH: &str = "TOTAL-FAILED/HASH_FAILURE";
const VALUE: &str = "TOTAL-FAILED/SIG_CRYPTO_FAILURE";
const TWIN: &str = "INDETERMINATE/SIG_CONSTRAINTS_FAILURE";
const UNSUPPORTED: &str = "INDETERMINATE/GENERIC";
const MISSING: &str = "INDETERMINATE/SIGNED_DATA_NOT_FOUND";
const WEAK: &str = "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE_NO_POE";
const NO_CERTIFICATE: &str = "INDETERMINATE/NO_SIGNING_CERTIFICATE_FOUND";
const NO_CHAIN: &str = "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND";
const BAD_CHAIN: &str = "INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE";
const CONSTRAINTS: &str = "INDETERMINATE/CHAIN_CONSTRAINTS_FAILURE";
/// A limit was reached within a signature.
const LIMIT: &str = "INDETERMINATE/GENERIC/XML_LIMIT";
const MALFORMED: &str = "refused/XML_MALFORMED";
const DOCTYPE: &str = "refused/XML_DOCTYPE";
const ENTITY: &str = "refused/XML_ENTITY";
const ENCODING: &str = "refused/XML_ENCODING";
const NO_XML: &str = "refused/FORMAT_UNSUPPORTED";
const READER_LIMIT: &str = "refused/XML_LIMIT";
const UNSIGNED: &str = "refused/NO_SIGNATURE";

enum Source {
    Committed(Vec<u8>),
    /// Too large to be committed.
    Made(Box<dyn Fn() -> Vec<u8>>),
}

/// A hostile document and what must come of it.
struct Attack {
    class: &'static str,
    name: String,
    /// What it tries, in a sentence.
    tries: String,
    source: Source,
    policy: &'static str,
    id_attributes: Vec<&'static str>,
    /// Outcomes of which one must come.
    expected: Vec<&'static str>,
    /// If it passes: XPaths of all that must be listed as covered, outside Signature elements.
    covered: Vec<String>,
    /// If it passes: XPaths that must be listed as not covered, themselves or within what is listed.
    uncovered: Vec<String>,
    /// If it passes: SHA-256 of the octets that the first content must have.
    octets_sha256: Option<String>,
}

impl Attack {
    fn new(class: &'static str, name: &str, tries: &str, document: impl Into<Vec<u8>>) -> Self {
        Self::of(class, name, tries, Source::Committed(document.into()))
    }

    fn made(class: &'static str, name: &str, tries: &str, make: impl Fn() -> String + 'static) -> Self {
        Self::of(class, name, tries, Source::Made(Box::new(move || make().into_bytes())))
    }

    fn of(class: &'static str, name: &str, tries: &str, source: Source) -> Self {
        Self {
            class,
            name: name.to_owned(),
            tries: tries.to_owned(),
            source,
            policy: "kz",
            id_attributes: Vec::new(),
            expected: Vec::new(),
            covered: Vec::new(),
            uncovered: Vec::new(),
            octets_sha256: None,
        }
    }

    fn expect(mut self, outcomes: &[&'static str]) -> Self {
        assert!(!outcomes.contains(&PASSED), "{}: what passes says what it covers", self.name);
        self.expected.extend(outcomes);
        self
    }

    /// The signature is good, and the report says what it does not cover, so that nothing is gained.
    fn passes(mut self, covered: &[&str], uncovered: &[&str]) -> Self {
        self.expected.push(PASSED);
        self.covered = covered.iter().map(|&path| path.to_owned()).collect();
        self.uncovered = uncovered.iter().map(|&path| path.to_owned()).collect();
        self
    }

    /// The canonical octets that were signed.
    fn octets(mut self, octets: &str) -> Self {
        self.octets_sha256 = Some(hex(&sha2::Sha256::digest(octets)));
        self
    }

    /// Other outcomes that are as good.
    fn or(self, outcomes: &[&'static str]) -> Self {
        self.expect(outcomes)
    }

    fn policy(self, policy: &'static str) -> Self {
        Self { policy, ..self }
    }

    fn document(&self) -> Vec<u8> {
        match &self.source {
            Source::Committed(document) => document.clone(),
            Source::Made(make) => make(),
        }
    }

    /// The file below `testdata/attacks`, if the document is committed.
    fn file(&self) -> Option<String> {
        match self.source {
            Source::Committed(_) => Some(format!("{}/{}.xml", self.class, self.name)),
            Source::Made(_) => None,
        }
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn attacks() -> Vec<Attack> {
    let mut attacks = wrapping::attacks();
    attacks.extend(identifiers::attacks());
    attacks.extend(transforms::attacks());
    attacks.extend(canonicalization::attacks());
    attacks.extend(parser::attacks());
    attacks.extend(algorithms::attacks());
    attacks.extend(xades::attacks());
    attacks.extend(structure::attacks());
    attacks.extend(moved::attacks());
    attacks.extend(exhaustion::attacks());
    attacks
}
