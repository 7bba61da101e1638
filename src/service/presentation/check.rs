//! The page on which whoever has a print of a paper sees whether the service issued its original.

use askama::Template;

use super::super::app::Checked;
use crate::messages::{Language, label};

/// What was asked, and the answer.
pub struct Asked<'a> {
    pub number: &'a str,
    /// As it came, which may be no digest.
    pub sha256: &'a str,
    pub answer: Answer<'a>,
}

/// What came of it.
pub enum Answer<'a> {
    /// Nothing was asked yet.
    Nothing,
    /// No digest was given.
    Malformed,
    Issued(&'a Checked),
    NotIssued,
}

#[derive(Template)]
#[template(path = "check.html", config = "src/service/presentation/askama.toml")]
struct Page<'a> {
    lang: &'static str,
    title: String,
    languages: String,
    links: Vec<(&'static str, &'static str, String)>,
    class: &'static str,
    sign: &'static str,
    verdict: String,
    rows: Vec<(String, String)>,
    advice: String,
    again: String,
    number_label: String,
    sha256_label: String,
    submit: String,
    number: &'a str,
    sha256: &'a str,
}

fn kind(language: Language, kind: &str) -> String {
    let id = match kind {
        "receipt" => "label-check-receipt",
        "refusal-receipt" => "label-check-refusal-receipt",
        "return-letter" => "label-check-return-letter",
        "notice" => "label-check-notice",
        "queue-extract" => "label-check-queue-extract",
        "granting-offer" => "label-check-granting-offer",
        "granting-decision" => "label-check-granting-decision",
        "removal-notice" => "label-check-removal-notice",
        "courier-list" => "label-check-courier-list",
        "unclaimed-register" => "label-check-unclaimed-register",
        "agenda" => "label-check-agenda",
        "memo" => "label-check-memo",
        _ => "label-check-minutes",
    };
    label(language, id, &[])
}

/// Text as a value in a query (RFC 3986 2.1).
pub(in crate::service) fn encoded(text: &str) -> String {
    let octet = |octet: u8| match octet {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(octet).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(octet).collect()
}

/// The page.
///
/// # Errors
/// None but for want of memory.
pub fn page(asked: &Asked<'_>, language: Language) -> Result<String, askama::Error> {
    let say = |id| label(language, id, &[]);
    let (class, sign, verdict, advice) = match asked.answer {
        Answer::Nothing => ("open", "", "label-check-ask", "label-check-how"),
        Answer::Malformed => ("no", "✗ ", "label-check-malformed", "label-check-how"),
        Answer::Issued(_) => ("yes", "✓ ", "label-check-issued", "label-check-compare"),
        Answer::NotIssued => ("no", "✗ ", "label-check-not-issued", "label-check-not-issued-advice"),
    };
    let rows = match asked.answer {
        Answer::Issued(found) => vec![
            (say("label-check-kind"), kind(language, found.kind)),
            (say("label-check-number"), found.number.clone()),
            (say("label-check-date"), found.date.strftime("%d.%m.%Y").to_string()),
            ("SHA-256".to_owned(), asked.sha256.to_owned()),
        ],
        _ => Vec::new(),
    };
    let query = |name: &str| {
        format!("/check?number={}&sha256={}&lang={name}", encoded(asked.number), encoded(asked.sha256))
    };
    let names = [("kk", "Қазақша"), ("ru", "Русский"), ("en", "English")];
    Page {
        lang: language.tag(),
        title: say("label-check-title"),
        languages: say("label-check-languages"),
        links: names.map(|(tag, name)| (tag, name, query(tag))).into(),
        class,
        sign,
        verdict: say(verdict),
        rows,
        advice: say(advice),
        again: say("label-check-again"),
        number_label: say("label-check-number"),
        sha256_label: say("label-check-sha256"),
        submit: say("label-check-submit"),
        number: asked.number,
        sha256: asked.sha256,
    }
    .render()
}
