//! `qoltanba verify`.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;

use super::reports::{Format, Reports};
use super::{Judging, Outcome, argument, read_file, refusal_json, report_refusal, unwritable};
use crate::messages::{Language, label};
use crate::online::Online;
use crate::service::reading::Source;
use crate::service::verify::{Checker, Refusal, public_key};
use crate::signature::facts_file::{self, FactsFile};
use crate::signature::xmldsig::Spool;
use crate::signature::{DetachedContent, Facts, Octets};
use crate::validation::report::hex;
use crate::validation::{Indication, Report};
use crate::xml::c14n::Sink;

/// Check the signatures of documents
///
/// Exit status: 0 every signature passed, 1 at least one failed, 3 at least one is indeterminate,
/// 2 nothing could be judged.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  qoltanba verify application.xml --trust root.cer --certs ca.cer \
                        --crl ca.crl --format json\n  \
                        qoltanba verify signed/ --online --allow-host ocsp.example.kz:8080 --format jsonl")]
pub(super) struct Verify {
    /// Documents, or folders of documents
    #[arg(required_unless_present = "from_facts", value_name = "DOC")]
    documents: Vec<PathBuf>,
    #[command(flatten)]
    judging: Judging,
    /// Check the mathematics with this public key (or certificate) alone
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Check HMAC values with the secret in this file (policy interop only)
    #[arg(long, value_name = "FILE")]
    hmac_key: Option<PathBuf>,
    /// Octets of a reference to something outside the document; repeatable
    #[arg(long, value_name = "[URI=]FILE")]
    content: Vec<String>,
    /// Further attribute that carries an XML identifier; repeatable
    #[arg(long, value_name = "[NS#]NAME")]
    id_attribute: Vec<String>,
    /// Write exactly the octets that each passed signature covers into this folder
    #[arg(long, value_name = "DIR")]
    extract: Option<PathBuf>,
    /// Write what the document says into this file, to be judged later with --from-facts
    #[arg(long, value_name = "FILE")]
    facts: Option<PathBuf>,
    /// Judge what --facts wrote, by another policy or at another time. No signature is checked anew: the file says
    /// what whoever could write it wants, so judge only what you kept yourself
    #[arg(long, value_name = "FILE", conflicts_with_all = ["documents", "facts", "key", "hmac_key", "content", "id_attribute", "extract"])]
    from_facts: Option<PathBuf>,
    /// Form of the result
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Documents checked side by side; default all cores
    #[arg(long, value_name = "N", default_value_t = 0)]
    jobs: usize,
}

impl Verify {
    pub(super) fn run(&self, language: Language) -> Outcome {
        let prepared = self.prepare(language);
        let online = self.judging.online();
        let ((checker, documents), online) = match prepared.and_then(|prepared| Ok((prepared, online?))) {
            Ok(prepared) => prepared,
            Err(refusal) => return self.refuse(&refusal, language),
        };
        let at = self.judging.time();
        let names = extract_names(&documents);
        if self.from_facts.is_some() {
            eprintln!("{}", label(language, "label-report-from-facts", &[]));
        }
        let status =
            Reports { format: self.format, language, jobs: self.jobs }.of(&documents, |place, document| {
                let name = names.get(place).map_or("", String::as_str);
                Ok(vec![self.check((&checker, online.as_ref()), document, name, at)?])
            });
        checker.remember_signers();
        status
    }

    fn prepare(&self, language: Language) -> Result<(Checker, Vec<PathBuf>), Refusal> {
        let mut checker = self.judging.checker(language)?;
        for name in &self.id_attribute {
            let local = name.rsplit_once('#').map_or(name.as_str(), |(_, local)| local);
            if local.is_empty() || local.contains(|c: char| c.is_whitespace() || c == ':') {
                return Err(argument(&format!("no local name in --id-attribute {name}")));
            }
        }
        checker.reading.identifier_attributes.clone_from(&self.id_attribute);
        if let Some(file) = &self.key {
            checker.reading.key = Some(public_key(file)?);
        }
        if let Some(file) = &self.hmac_key {
            checker.reading.secret = Some(zeroize::Zeroizing::new(read_file(file)?));
        }
        for content in &self.content {
            checker.reading.detached.push(detached(content)?);
        }
        if let Some(file) = &self.from_facts {
            return Ok((checker, vec![file.clone()]));
        }
        let mut documents = Vec::new();
        for document in &self.documents {
            if document.is_dir() {
                let entries = std::fs::read_dir(document).map_err(|error| {
                    Refusal::new(
                        "FILE_UNREADABLE",
                        vec![("file", document.display().to_string()), ("detail", error.to_string())],
                    )
                })?;
                let mut inside: Vec<_> =
                    entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
                inside.sort();
                documents.extend(inside);
            } else {
                documents.push(document.clone());
            }
        }
        if documents.is_empty() {
            return Err(argument("no document in the folders named"));
        }
        if self.facts.is_some() && documents.len() > 1 {
            return Err(argument("--facts is for one document"));
        }
        Ok((checker, documents))
    }

    fn check(
        &self,
        (checker, online): (&Checker, Option<&Online>),
        document: &Path,
        extract_name: &str,
        at: Timestamp,
    ) -> Result<Report, Refusal> {
        if self.from_facts.is_some() {
            let file = facts_in(document)?;
            let mut report = checker.judge(&file.facts, at, online);
            (report.document.name, report.document.sha256) = (file.name, file.sha256);
            return Ok(report);
        }
        let loaded = checker.reading.load(document)?;
        let facts = checker.reading.facts(loaded.source(), Octets::Drop)?;
        let mut report = checker.judge(&facts, at, online);
        let sha256 = hex(&checker.reading.sha256(loaded.source())?);
        report.document.name = Some(document.display().to_string());
        report.document.sha256.clone_from(&sha256);
        if let Some(out) = &self.facts {
            let name = report.document.name.clone();
            let file = FactsFile { qoltanba_facts: facts_file::VERSION, name, sha256, facts: facts.clone() };
            let octets = file.to_json().map_err(|error| unwritable_text(out, &error))?;
            std::fs::write(out, octets).map_err(|error| unwritable(out, &error))?;
        }
        if let Some(folder) = &self.extract {
            let judged = report.signatures.iter().zip(&facts.signatures).enumerate();
            let passed = judged.filter(|(_, (judged, _))| judged.indication == Indication::TotalPassed);
            let wanted = passed
                .flat_map(|(at, (_, facts))| facts.contents.iter().map(move |content| (at, content.place)));
            let extraction = Extraction {
                folder,
                stem: extract_name.to_owned(),
                wanted: wanted.collect(),
                failure: RefCell::default(),
            };
            extraction.run(checker, loaded.source(), &facts)?;
        }
        Ok(report)
    }

    fn refuse(&self, refusal: &Refusal, language: Language) -> Outcome {
        report_refusal(refusal, language, None);
        if self.format.is_json() {
            println!("{}", refusal_json(refusal, language));
        }
        Ok(ExitCode::from(2))
    }
}

/// The facts in a file. It is never taken for a document, nor a document for it: what a stranger hands in must
/// not say of itself that it was checked.
fn facts_in(file: &Path) -> Result<FactsFile, Refusal> {
    FactsFile::from_json(&read_file(file)?).map_err(|error| {
        let params = vec![("file", file.display().to_string()), ("detail", error.to_string())];
        Refusal::new("FILE_UNREADABLE", params)
    })
}

fn unwritable_text(file: &Path, error: &dyn std::fmt::Display) -> Refusal {
    unwritable(file, &std::io::Error::other(error.to_string()))
}

/// `[URI=]FILE`: a URI may have equals signs, a file that exists under the whole name wins.
fn detached(argument: &str) -> Result<DetachedContent, Refusal> {
    let (uri, file) = match argument.rsplit_once('=') {
        Some((uri, file)) if !Path::new(argument).exists() => (Some(uri.to_owned()), file),
        _ => (None, argument),
    };
    Ok(DetachedContent { uri, octets: read_file(Path::new(file))? })
}

/// What the extracted contents of each document are named after: its file's name without the extension,
/// with a number where several would be the same.
fn extract_names(documents: &[PathBuf]) -> Vec<String> {
    let mut taken = HashSet::new();
    documents
        .iter()
        .map(|document| {
            let stem = document.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let mut name = stem.clone();
            let mut number = 1;
            while !taken.insert(name.clone()) {
                number += 1;
                name = format!("{stem}-{number}");
            }
            name
        })
        .collect()
}

/// Contents of passed signatures on their way into a folder. Each is written to a file aside as it is
/// digested again, and gets its name when its digest is the one that was judged.
#[derive(Debug)]
struct Extraction<'a> {
    folder: &'a Path,
    stem: String,
    /// By signatures and the places of contents.
    wanted: HashSet<(usize, (usize, Option<usize>))>,
    failure: RefCell<Option<std::io::Error>>,
}

impl Extraction<'_> {
    fn file(&self, signature: usize, (reference, inner): (usize, Option<usize>)) -> PathBuf {
        let inner = inner.map(|inner| format!(".{}", inner + 1)).unwrap_or_default();
        self.folder.join(format!(
            "{}.signature-{}.content-{}{inner}",
            self.stem,
            signature + 1,
            reference + 1
        ))
    }

    fn run(&self, checker: &Checker, document: Source<'_>, facts: &Facts) -> Result<(), Refusal> {
        let failed = |error: std::io::Error| unwritable(self.folder, &error);
        std::fs::create_dir_all(self.folder).map_err(failed)?;
        let again = checker.reading.spool(document, self)?;
        if let Some(error) = self.failure.take() {
            return Err(failed(error));
        }
        for (at, signature) in facts.signatures.iter().enumerate() {
            for content in
                signature.contents.iter().filter(|content| self.wanted.contains(&(at, content.place)))
            {
                let same = again.signatures.get(at).is_some_and(|signature| {
                    signature
                        .contents
                        .iter()
                        .any(|other| other.place == content.place && other.sha256 == content.sha256)
                });
                let aside = self.file(at, content.place).with_added_extension("part");
                if !same {
                    return Err(failed(std::io::Error::other("the document has changed meanwhile")));
                }
                std::fs::rename(aside, self.file(at, content.place).with_added_extension("xml"))
                    .map_err(failed)?;
            }
        }
        Ok(())
    }
}

impl Spool for Extraction<'_> {
    fn begin(&self, signature: usize, place: (usize, Option<usize>)) -> Option<Box<dyn Sink + '_>> {
        if !self.wanted.contains(&(signature, place)) {
            return None;
        }
        match File::create(self.file(signature, place).with_added_extension("part")) {
            Ok(file) => Some(Box::new(ContentFile { file: BufWriter::new(file), failure: &self.failure })),
            Err(error) => {
                self.failure.borrow_mut().get_or_insert(error);
                None
            }
        }
    }
}

/// A sink that remembers the first error of its file.
struct ContentFile<'a> {
    file: BufWriter<File>,
    failure: &'a RefCell<Option<std::io::Error>>,
}

impl Sink for ContentFile<'_> {
    fn write(&mut self, octets: &[u8]) {
        if let Err(error) = self.file.write_all(octets) {
            self.failure.borrow_mut().get_or_insert(error);
        }
    }
}

impl Drop for ContentFile<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.file.flush() {
            self.failure.borrow_mut().get_or_insert(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extracted_contents_of_documents_with_one_name_do_not_meet() {
        let documents = ["a/x.xml", "b/x.xml", "x-2.xml", "x.p7"].map(PathBuf::from);
        assert_eq!(extract_names(&documents), ["x", "x-2", "x-2-2", "x-3"]);
    }
}
