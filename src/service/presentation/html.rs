//! A report as a page of its own: no script, nothing loaded from elsewhere, readable on a phone, on paper and
//! by a screen reader. The verdict is told by words and a sign, never by colour alone.

use askama::Template;

use super::Section;
use crate::messages::{Language, label};

#[derive(Template)]
#[template(path = "report.html", config = "src/service/presentation/askama.toml")]
struct Page<'a> {
    lang: &'static str,
    title: String,
    findings: String,
    no_findings: String,
    remedy: String,
    sections: &'a [Section],
}

impl Page<'_> {
    /// The sign of a verdict or a level.
    fn sign(&self, class: &str) -> &'static str {
        match class {
            "passed" => "✓",
            "failed" | "fail" => "✕",
            "info" => "i",
            "warn" => "!",
            _ => "?",
        }
    }
}

/// The page with these sections.
///
/// # Errors
/// When it cannot be written.
pub fn page(sections: &[Section], language: Language) -> Result<String, askama::Error> {
    let say = |id| label(language, id, &[]);
    let page = Page {
        lang: language.tag(),
        title: say("label-report-title"),
        findings: say("label-report-findings"),
        no_findings: say("label-report-no-findings"),
        remedy: say("label-report-remedy"),
        sections,
    };
    page.render()
}
