//! Reports on many files: each is judged and written by one thread of several, and they are shown in the order of
//! the files, a batch at a time. So a folder of any size is told in the memory of a batch, and what is printed
//! keeps no thread waiting. Only a page and an ETSI report, which are one document each, are put together at the
//! end.

use std::io::{BufWriter, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::ValueEnum;
use indicatif::ProgressBar;
use rayon::prelude::*;
use serde::Serialize;

use super::{Outcome, refusal_json, report_refusal, status_of, text};
use crate::messages::Language;
use crate::service::presentation;
use crate::service::verify::Refusal;
use crate::validation::report::CertificateReport;
use crate::validation::{Indication, Report};

/// Files judged before what they came to is shown.
const BATCH: usize = 1024;

/// The form in which reports are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Text,
    /// One report as an object, several as an array
    Json,
    /// A report a line
    Jsonl,
    /// A page of its own
    Html,
    /// The validation report of ETSI TS 119 102-2
    Etsi,
}

impl Format {
    pub(super) fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Jsonl)
    }
}

/// A report that can be shown in every form.
pub(super) trait Shown: Serialize + Send {
    fn localize(&mut self, language: Language);
    fn indication(&self) -> Indication;
    fn section(&self, file: &str, language: Language) -> presentation::Section;
    /// The report of ETSI TS 119 102-2 on several.
    fn etsi(reports: &[&Self], language: Language) -> String;
}

impl Shown for Report {
    fn localize(&mut self, language: Language) {
        self.localize(|code, params| text(language, code, params));
    }

    fn indication(&self) -> Indication {
        self.indication
    }

    fn section(&self, _: &str, language: Language) -> presentation::Section {
        presentation::document(self, language)
    }

    fn etsi(reports: &[&Self], language: Language) -> String {
        presentation::etsi::documents(reports, language)
    }
}

impl Shown for CertificateReport {
    fn localize(&mut self, language: Language) {
        self.localize(|code, params| text(language, code, params));
    }

    fn indication(&self) -> Indication {
        self.indication
    }

    fn section(&self, file: &str, language: Language) -> presentation::Section {
        presentation::certificate(self, file, language)
    }

    fn etsi(reports: &[&Self], language: Language) -> String {
        presentation::etsi::certificates(reports, language)
    }
}

/// How reports are to be shown, and on how many threads they are made (0: one per core).
#[derive(Clone, Copy, Debug)]
pub(super) struct Reports {
    pub(super) format: Format,
    pub(super) language: Language,
    pub(super) jobs: usize,
}

/// What a report became on the thread that made it.
struct Piece<R> {
    indication: Indication,
    form: anyhow::Result<Form<R>>,
}

enum Form<R> {
    /// As it is printed.
    Written(Vec<u8>),
    /// It waits for the rest.
    Kept(R),
}

impl Reports {
    /// Judges each file, with its place, side by side with others, and shows what it came to, with a bar for a
    /// person to see how far it is. A file that cannot be judged is told and does not keep the others waiting.
    pub(super) fn of<R: Shown>(
        self,
        files: &[PathBuf],
        judge: impl Fn(usize, &Path) -> Result<Vec<R>, Refusal> + Sync,
    ) -> Outcome {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.jobs).build().context("no threads")?;
        let progress = match files.len() > 1 && std::io::stderr().is_terminal() {
            true => ProgressBar::new(files.len() as u64),
            false => ProgressBar::hidden(),
        };
        let mut stream = Stream::new(self, files.len() > 1);
        for (number, batch) in files.chunks(BATCH).enumerate() {
            let one = |(place, file): (usize, &PathBuf)| {
                let reports = judge(number * BATCH + place, file);
                progress.inc(1);
                Ok(reports?.into_iter().map(|report| self.piece(file, report)).collect())
            };
            let results: Vec<Result<Vec<_>, Refusal>> =
                pool.install(|| batch.par_iter().enumerate().map(one).collect());
            progress.suspend(|| {
                batch.iter().zip(results).try_for_each(|(file, result)| stream.add(file, result))
            })?;
        }
        progress.finish_and_clear();
        stream.finish()
    }

    fn piece<R: Shown>(self, file: &Path, mut report: R) -> Piece<R> {
        report.localize(self.language);
        let indication = report.indication();
        let written = match self.format {
            Format::Text => {
                let mut octets = Vec::new();
                let section = report.section(&file.display().to_string(), self.language);
                presentation::text::write(&mut octets, &section, self.language)
                    .map(|()| octets)
                    .map_err(anyhow::Error::from)
            }
            Format::Json => element(&report),
            Format::Jsonl => line(&report),
            Format::Html | Format::Etsi => return Piece { indication, form: Ok(Form::Kept(report)) },
        };
        Piece { indication, form: written.map(Form::Written) }
    }
}

/// The value as an element of an array, indented and without the line end.
fn element(value: &impl Serialize) -> anyhow::Result<Vec<u8>> {
    let mut octets = serde_json::to_vec_pretty(&[value])?;
    octets.truncate(octets.len() - "\n]".len());
    octets.drain(.."[\n".len());
    Ok(octets)
}

fn line(value: &impl Serialize) -> anyhow::Result<Vec<u8>> {
    let mut octets = serde_json::to_vec(value)?;
    octets.push(b'\n');
    Ok(octets)
}

/// What is shown, as it comes.
struct Stream<R> {
    reports: Reports,
    of_several: bool,
    out: BufWriter<std::io::StdoutLock<'static>>,
    /// The first element of the array, held back until there is another: one alone is no array.
    first: Option<Vec<u8>>,
    elements: usize,
    kept: Vec<(String, R)>,
    worst: Option<Indication>,
    unjudged: bool,
}

impl<R: Shown> Stream<R> {
    fn new(reports: Reports, of_several: bool) -> Self {
        let out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
        let (first, worst) = (None, None);
        Self { reports, of_several, out, first, elements: 0, kept: Vec::new(), worst, unjudged: false }
    }

    fn add(&mut self, file: &Path, result: Result<Vec<Piece<R>>, Refusal>) -> anyhow::Result<()> {
        let pieces = match result {
            Ok(pieces) => pieces,
            Err(refusal) => return self.refused(file, &refusal),
        };
        for piece in pieces {
            self.worst = self.worst.max(Some(piece.indication));
            match piece.form? {
                Form::Written(octets) => self.written(octets)?,
                Form::Kept(report) => self.kept.push((file.display().to_string(), report)),
            }
        }
        Ok(())
    }

    fn refused(&mut self, file: &Path, refusal: &Refusal) -> anyhow::Result<()> {
        self.unjudged = true;
        let name = file.display().to_string();
        let mut value = refusal_json(refusal, self.reports.language);
        if let (true, Some(object)) = (self.of_several, value.as_object_mut()) {
            object.insert("document".into(), serde_json::json!({ "name": name }));
        }
        report_refusal(refusal, self.reports.language, Some(&name));
        match self.reports.format {
            Format::Json => self.written(element(&value)?),
            Format::Jsonl => self.written(line(&value)?),
            Format::Text | Format::Html | Format::Etsi => Ok(()),
        }
    }

    fn written(&mut self, octets: Vec<u8>) -> anyhow::Result<()> {
        if self.reports.format != Format::Json {
            return Ok(self.out.write_all(&octets)?);
        }
        self.elements += 1;
        if self.elements == 1 {
            self.first = Some(octets);
            return Ok(());
        }
        if let Some(first) = self.first.take() {
            self.out.write_all(b"[\n")?;
            self.out.write_all(&first)?;
        }
        self.out.write_all(b",\n")?;
        Ok(self.out.write_all(&octets)?)
    }

    fn finish(mut self) -> Outcome {
        let language = self.reports.language;
        match (self.reports.format, self.first.take()) {
            (Format::Json, None) if self.elements == 0 => writeln!(self.out, "[]")?,
            (Format::Json, None) => writeln!(self.out, "\n]")?,
            (Format::Json, Some(only)) => {
                // No string has a line end in it, so these are those of the form.
                for line in only.split_inclusive(|octet| *octet == b'\n') {
                    self.out.write_all(line.strip_prefix(b"  ").unwrap_or(line))?;
                }
                writeln!(self.out)?;
            }
            (Format::Html, _) if !self.kept.is_empty() => {
                let section = |(name, report): &(String, R)| report.section(name, language);
                let sections: Vec<_> = self.kept.iter().map(section).collect();
                let page =
                    presentation::html::page(&sections, language).context("the page cannot be written")?;
                self.out.write_all(page.as_bytes())?;
            }
            (Format::Etsi, _) if !self.kept.is_empty() => {
                let reports: Vec<_> = self.kept.iter().map(|(_, report)| report).collect();
                self.out.write_all(R::etsi(&reports, language).as_bytes())?;
            }
            _ => {}
        }
        self.out.flush()?;
        Ok(status_of_all(self.worst, self.unjudged))
    }
}

/// The status of several: a failure outweighs what could not be judged, and that outweighs the rest.
fn status_of_all(worst: Option<Indication>, unjudged: bool) -> ExitCode {
    match worst {
        Some(Indication::TotalFailed) => ExitCode::from(1),
        Some(indication) if !unjudged => status_of(indication),
        _ => ExitCode::from(2),
    }
}
