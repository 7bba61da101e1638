//! Presentation of reports (EN 319 102-1 5.2.9) for people and for other programs: as text, as a page, and as
//! the validation report of ETSI TS 119 102-2. The JSON form is the report itself.
//!
//! What people read, text and page alike, is a [`Section`]: a verdict, rows of a label and its values, and
//! findings with their reason and what to do. So both say the same, and neither decides anything. Whatever a
//! document or a certificate writes is shown with the characters replaced that would steer a terminal or turn
//! the direction of text.

pub mod check;
pub mod etsi;
pub mod html;
pub mod text;

use jiff::Timestamp;

use super::certificate::local;
use crate::messages::{self, Language};
use crate::pkix::Certificate;
use crate::validation::report::{
    CertificateReport, ChainLink, Finding, PolicyName, Revocation, Signature, Signer, SubIndication, hex,
};
use crate::validation::{Indication, Level, Report};

/// A document, a signature or a certificate with what was found.
#[derive(Debug)]
pub struct Section {
    /// What it is about.
    pub title: String,
    /// What came out.
    pub verdict: Verdict,
    /// What is known, label by label.
    pub rows: Vec<Row>,
    /// What was found.
    pub notes: Vec<Note>,
    /// What it consists of.
    pub parts: Vec<Section>,
}

/// What came out.
#[derive(Debug)]
pub struct Verdict {
    /// `passed`, `failed` or `unknown`.
    pub class: &'static str,
    /// In the reader's words.
    pub words: String,
    /// In the standard's: indication and sub-indication.
    pub code: String,
}

/// A label and its values.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Row {
    pub label: String,
    pub values: Vec<String>,
}

/// A finding.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Note {
    /// `fail`, `warn` or `info`.
    pub class: &'static str,
    /// The level in the reader's words.
    pub level: String,
    pub code: &'static str,
    pub message: String,
    pub remedy: String,
}

/// A report on a document, whose findings have their texts.
pub fn document(report: &Report, language: Language) -> Section {
    let words = Words(language);
    let document = &report.document;
    let mut rows = words.rows();
    rows.one("label-report-bytes", document.size.to_string());
    rows.some("label-sha256", Some(document.sha256.clone()).filter(|digest| !digest.is_empty()));
    rows.one("label-report-time", time(language, report.validation_time));
    rows.one("label-report-policy", words.policy(&report.policy));
    let alone = report.signatures.len() == 1;
    let parts = report.signatures.iter().enumerate();
    let parts = parts.map(|(at, signature)| words.signature(signature, (!alone).then_some(at))).collect();
    let title = document.name.as_deref().map_or_else(|| words.say("label-report-document"), printable);
    Section {
        title,
        verdict: words.verdict(report.indication, None),
        rows: rows.all,
        notes: Vec::new(),
        parts,
    }
}

/// A report on a certificate, whose findings have their texts.
pub fn certificate(report: &CertificateReport, name: &str, language: Language) -> Section {
    let words = Words(language);
    let mut rows = words.rows();
    words.holder(&Signer::of(&report.certificate), &mut rows);
    rows.one("label-issuer", report.certificate.issuer().to_rfc4514());
    rows.one("label-serial", report.certificate.serial_hex());
    rows.one("label-sha256", hex(&report.certificate.sha256()));
    rows.one("label-not-before", time(language, report.certificate.not_before()));
    rows.one("label-not-after", time(language, report.certificate.not_after()));
    rows.many("label-report-chain", words.chain(&report.chain));
    rows.many("label-policies", report.valid_policies.clone());
    let qualifiers = report.policy_qualifiers.iter().flat_map(|qualified| {
        let texts = qualified.statements.iter().chain(&qualified.notices);
        texts.map(|text| format!("{}: {text}", qualified.policy))
    });
    rows.many("label-report-qualifiers", qualifiers.collect());
    rows.many("label-report-revocation", words.revocation(&report.revocation));
    rows.one("label-report-time", time(language, report.validation_time));
    rows.one("label-report-policy", words.policy(&report.policy));
    Section {
        title: printable(name),
        verdict: words.verdict(report.indication, report.sub_indication),
        rows: rows.all,
        notes: words.notes(&report.findings),
        parts: Vec::new(),
    }
}

/// What others write must not steer the terminal nor the page: control characters and those that turn the
/// direction of text are shown as replaced.
pub fn printable(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if c.is_control() || turns(c) { '\u{fffd}' } else { c }).collect()
}

/// A moment in the time of Almaty, as it is written in a language.
pub fn time(language: Language, at: Timestamp) -> String {
    let form = match language {
        Language::En => "%-d %B %Y, %H:%M:%S (UTC%:z)",
        Language::Kk | Language::Ru => "%d.%m.%Y, %H:%M:%S (UTC%:z)",
    };
    local(at).strftime(form).to_string()
}

fn subject(certificate: &Certificate) -> String {
    certificate.subject().to_rfc4514()
}

/// The name of a sub-indication as the standard writes it.
fn sub_indication_name(sub_indication: SubIndication) -> String {
    let value = serde_json::to_value(sub_indication).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

/// Rows in the making: those without a value are left out.
struct Rows {
    words: Words,
    all: Vec<Row>,
}

impl Rows {
    fn many(&mut self, label: &str, values: Vec<String>) {
        if !values.is_empty() {
            let values = values.iter().map(|value| printable(value)).collect();
            self.all.push(Row { label: self.words.say(label), values });
        }
    }

    fn some(&mut self, label: &str, value: Option<String>) {
        self.many(label, value.into_iter().collect());
    }

    fn one(&mut self, label: &str, value: String) {
        self.many(label, vec![value]);
    }
}

/// The words of a language.
#[derive(Clone, Copy)]
struct Words(Language);

impl Words {
    fn rows(self) -> Rows {
        Rows { words: self, all: Vec::new() }
    }

    fn say(self, id: &str) -> String {
        messages::label(self.0, id, &[])
    }

    /// A text with one value in it.
    fn with(self, id: &str, name: &str, value: &str) -> String {
        messages::label(self.0, id, &[(name, value)])
    }

    fn coded(self, of: &str, code: &str) -> String {
        self.say(&format!("{of}-{}", code.replace('_', "-")))
    }

    fn policy(self, policy: &PolicyName) -> String {
        format!("{} (SHA-256 {})", policy.name, policy.sha256)
    }

    fn verdict(self, indication: Indication, sub_indication: Option<SubIndication>) -> Verdict {
        let class = match indication {
            Indication::TotalPassed => "passed",
            Indication::TotalFailed => "failed",
            Indication::Indeterminate => "unknown",
        };
        let mut code = indication.name().to_owned();
        if let Some(sub_indication) = sub_indication {
            code += &format!(" / {}", sub_indication_name(sub_indication));
        }
        Verdict { class, words: self.coded("label-verdict", class), code }
    }

    /// A signature; the place counts where there are several.
    fn signature(self, signature: &Signature, place: Option<usize>) -> Section {
        let mut rows = self.rows();
        if let Some(signer) = &signature.signer {
            self.holder(signer, &mut rows);
        }
        if let Some(certificate) = &signature.certificate {
            rows.one("label-issuer", certificate.issuer.clone());
            rows.one("label-serial", certificate.serial.clone());
            rows.one("label-not-before", time(self.0, certificate.not_before));
            rows.one("label-not-after", time(self.0, certificate.not_after));
        }
        rows.one("label-report-level", signature.format.to_owned());
        rows.one("label-report-existed", time(self.0, signature.best_signature_time));
        rows.some("label-report-claimed", signature.claimed_signing_time.clone());
        rows.one("label-report-algorithm", signature.algorithms.signature.to_string());
        let covered = signature.signed_content.iter().map(|content| {
            let what = self.coded("label-covers", content.covers);
            let place = [&*content.xpath, &*content.uri].into_iter().find(|place| !place.is_empty());
            let place = place.unwrap_or("–");
            let bytes = self.with("label-bytes", "count", &content.bytes.to_string());
            format!("{what}: {place} ({bytes}, SHA-256 {})", content.sha256)
        });
        rows.many("label-report-covers", covered.collect());
        let left = signature.unsigned_content.iter().map(|left| {
            format!("{} ({})", left.xpath, self.with("label-bytes", "count", &left.bytes.to_string()))
        });
        rows.many("label-report-uncovered", left.collect());
        let stamps = signature.timestamps.iter().map(|stamp| {
            let kind = self.coded("label-timestamp", stamp.kind);
            let at = stamp.time.map(|at| time(self.0, at)).unwrap_or_default();
            let authority = stamp.tsa.as_deref().unwrap_or_default();
            let outcome = self.coded("label-timestamp", &stamp.indication.to_ascii_lowercase());
            [&kind, &*at, authority, &outcome]
                .iter()
                .filter(|part| !part.is_empty())
                .map(|part| part.to_string())
                .collect::<Vec<_>>()
                .join("; ")
        });
        rows.many("label-report-timestamps", stamps.collect());
        rows.many("label-report-chain", self.chain(&signature.chain));
        rows.many("label-report-revocation", self.revocation(&signature.revocation));
        let title = match place {
            Some(place) => self.with("label-report-signature-number", "number", &(place + 1).to_string()),
            None => self.say("label-report-signature"),
        };
        let id = printable(&signature.id);
        Section {
            title: if id.is_empty() { title } else { format!("{title} {id}") },
            verdict: self.verdict(signature.indication, signature.sub_indication),
            rows: rows.all,
            notes: self.notes(&signature.findings),
            parts: Vec::new(),
        }
    }

    fn holder(self, holder: &Signer, rows: &mut Rows) {
        rows.some("label-holder", holder.common_name.clone());
        rows.some("label-iin", holder.iin.clone());
        rows.some("label-organization", holder.organization.clone());
        rows.some("label-bin", holder.bin.clone());
        let roles = holder.roles.iter().map(|role| self.coded("label-role", role));
        rows.many("label-roles", roles.collect());
        rows.one("label-subject", holder.subject.clone());
    }

    fn chain(self, chain: &[ChainLink]) -> Vec<String> {
        let link = |link: &ChainLink| match link.trust_anchor {
            true => format!("{} ({})", subject(&link.certificate), self.say("label-trust-anchor")),
            false => subject(&link.certificate),
        };
        chain.iter().map(link).collect()
    }

    fn revocation(self, statuses: &[Revocation]) -> Vec<String> {
        let one = |status: &Revocation| {
            let subject = subject(&status.certificate);
            let mut text = format!("{subject}: {}", self.coded("label-revocation", status.status));
            if let Some(at) = status.revoked_at {
                text += &format!(", {}", time(self.0, at));
            }
            let source = status.source.map(|source| self.coded("label-source", source));
            let made = status.produced_at.map(|at| time(self.0, at));
            if let (Some(source), Some(made)) = (source, made) {
                text += &format!(" ({source}, {made})");
            }
            text
        };
        statuses.iter().map(one).collect()
    }

    fn notes(self, findings: &[Finding]) -> Vec<Note> {
        let note = |finding: &Finding| {
            let class = match finding.level {
                Level::Fail => "fail",
                Level::Warn => "warn",
                Level::Info => "info",
            };
            Note {
                class,
                level: self.coded("label-level", class),
                code: finding.code.name(),
                message: printable(&finding.message),
                remedy: printable(&finding.remedy),
            }
        };
        let mut notes: Vec<_> = findings.iter().map(note).collect();
        // What decides comes first.
        let weight = |note: &Note| ["fail", "warn", "info"].iter().position(|class| *class == note.class);
        notes.sort_by_key(weight);
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_certificate_writes_does_not_steer_the_terminal() {
        assert_eq!(
            printable("а\u{1b}[2Jб\u{202e}в\r\n\u{9b}"),
            "а\u{fffd}[2Jб\u{fffd}в\u{fffd}\u{fffd}\u{fffd}"
        );
        assert_eq!(printable("Ғани «Қазына»"), "Ғани «Қазына»");
    }
}
