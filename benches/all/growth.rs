//! How cost grows with size and number: time per octet must stay nearly level, or the
//! run fails.

use std::fmt::Write as _;
use std::hint::black_box;

use jiff::Timestamp;
use qoltanba::service::bench::documents::{Shape, application, large};
use qoltanba::service::bench::{KEYS, Keys, sign};
use qoltanba::xml::c14n::Canonicalization;
use qoltanba::xml::{Document, Limits};

use crate::measure::{here, is_quick, race};
use crate::report::Report;
use crate::scan::{digest, limits};

/// An octet may cost so many times more after one step to the tenfold: caches end, tables take the place of
/// rows. What grows with the square comes near to ten.
const MOST: f64 = 4.0;
/// Of a shorter document what is not its octets counts for most.
const LEAST: usize = 5_000;

fn wide() -> Limits {
    Limits { attributes: 20_000, namespaces: 20_000, ..limits() }
}

fn attributes(count: usize, prefix: &str) -> String {
    let mut text = String::from("<r xmlns:p=\"urn:p\">");
    // As many elements as give every document about the same size.
    for _ in 0..(10_000 / count).max(1) {
        text.push_str("<e");
        for at in 0..count {
            // In no order.
            let _ = write!(text, " {prefix}a{}=\"v\"", at * 7919 % count);
        }
        text.push_str("/>");
    }
    text + "</r>"
}

fn namespaces(count: usize) -> String {
    let mut text = String::from("<r>");
    for _ in 0..(10_000 / count).max(1) {
        text.push_str("<e");
        for at in 0..count {
            let _ = write!(text, " xmlns:p{at}=\"urn:{at}\" p{at}:a=\"v\"");
        }
        text.push_str("/>");
    }
    text + "</r>"
}

fn siblings(count: usize) -> String {
    format!("<r>{}</r>", "<e id=\"\">text</e>".repeat(count))
}

fn signatures(count: usize) -> String {
    let one = "<ds:Signature><ds:SignedInfo><ds:Reference URI=\"\"/></ds:SignedInfo></ds:Signature>";
    let mut text =
        format!("<r xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{}", "<e>text</e>".repeat(1000));
    text.push_str(&one.repeat(count));
    text + "</r>"
}

pub(crate) fn run(report: &mut Report) {
    let counts = [1, 10, 100, 1_000, 10_000];
    let all = |make: &dyn Fn(usize) -> String| counts.map(|count| (count, make(count))).to_vec();
    let mut sizes = vec![1, 10];
    if !is_quick() {
        sizes.push(100);
    }
    let records =
        sizes.iter().map(|size| (*size, large(Shape::Records, size * 1_000_000).collect())).collect();
    series(report, "MB of records", records);
    series(report, "attributes", all(&|count| attributes(count, "")));
    series(report, "prefixed attributes", all(&|count| attributes(count, "p:")));
    series(report, "namespaces", all(&namespaces));
    series(report, "siblings", all(&siblings));
    series(report, "signatures (passes)", [1, 10, 100].map(|count| (count, signatures(count))).to_vec());
    many_signatures(report);
}

/// Nanoseconds per octet of both passes.
fn series(report: &mut Report, what: &str, documents: Vec<(usize, String)>) {
    let limits = wide();
    let methods = [Canonicalization::exclusive(), Canonicalization::inclusive()];
    let mut contestants = Vec::new();
    for (count, text) in &documents {
        let (limits, methods) = (&limits, &methods);
        let operation = here(move || {
            let document = Document::read(text.as_bytes(), limits, &[]).expect("a document");
            for method in methods {
                black_box(digest(&document, method));
            }
        });
        contestants.push((count.to_string(), operation));
    }
    let seconds = race(0.25, &mut contestants);
    let per_octet: Vec<f64> =
        seconds.iter().zip(&documents).map(|(time, (_, text))| time * 1e9 / text.len() as f64).collect();
    for ((count, text), cost) in documents.iter().zip(&per_octet) {
        report.add(
            &format!("growth, {what}"),
            &format!("{count} ({} octets)", text.len()),
            format!("{cost:.2} ns/octet"),
            None,
        );
    }
    for (at, pair) in per_octet.windows(2).enumerate().filter(|(at, _)| documents[*at].1.len() > LEAST) {
        let grown = pair[1] / pair[0];
        assert!(grown < MOST, "{what}: an octet costs {grown:.1} times more from {} on", documents[at].0);
    }
}

/// A document with copies of one enveloped signature: only the first can hold, all must be looked at.
fn many_signatures(report: &mut Report) {
    let at = Timestamp::now();
    let folder = tempfile::tempdir().expect("a folder");
    let (_, algorithm) = KEYS[1];
    Keys::make(folder.path(), algorithm, at).expect("keys");
    let keys = Keys::open(folder.path()).expect("keys");
    let signed = sign(application(1, 20_500).as_bytes(), &keys.identity, &Limits::default());
    let signed = signed.expect("a signed document");
    let mut contestants = Vec::new();
    for count in [1, 10, 100] {
        let text = std::str::from_utf8(&signed).expect("text");
        let (start, end) =
            (text.find("<ds:Signature").expect("it"), text.rfind("</h:Application>").expect("it"));
        let signature = text[start..end].to_owned();
        let repeated = format!("{}{}{}", &text[..start], signature.repeat(count), &text[end..]);
        let checker = &keys.checker;
        let operation = here(move || {
            black_box(checker.verify(repeated.as_bytes(), at).is_ok());
        });
        contestants.push((count.to_string(), operation));
    }
    let seconds = race(0.5, &mut contestants);
    for ((count, _), time) in contestants.iter().zip(&seconds) {
        let each = time * 1e6 / count.parse::<f64>().expect("a number");
        report.add("growth, signatures (verify)", count, format!("{each:.0} us each"), None);
    }
}
