//! The whole verifier over mutations of signed documents: nothing makes it panic, and what passes covers
//! octets that were signed by the holders of the development PKI, which are those of the seeds. From a file,
//! through a window, a document says the same as from memory.
//!
//! Octets that begin as markup are the document. Others are edits of an honest document, element by element
//! (move, copy, wrap, rename, take out, give an identifier), so that what is mutated stays well-formed.

#![no_main]

use std::collections::HashSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use qoltanba::service::verify::{Checker, evidence_from_files};
use qoltanba::signature::{CertificateCache, Facts, Octets, xmldsig};
use qoltanba::validation::{Indication, Policy, RevocationMode};
use qoltanba::xml::{self, ErrorKind, Limits};

#[path = "file.rs"]
mod file;

static SEEDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata/attacks");

static CHECKER: LazyLock<Checker> = LazyLock::new(|| {
    let certs = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../certs"));
    let files = |names: &[&str]| names.iter().map(|name| certs.join(name)).collect::<Vec<PathBuf>>();
    let evidence = evidence_from_files(
        &files(&["root.cer"]),
        &files(&["ca.cer"]),
        &files(&["root.crl", "ca.crl"]),
        RevocationMode::Required,
    )
    .expect("evidence");
    Checker::new(evidence, Policy::kz())
});

/// SHA-256 of every content that a good signature of a seed covers.
static SIGNED: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let mut signed = HashSet::new();
    for class in std::fs::read_dir(SEEDS).expect("the seeds").flatten().filter(|entry| entry.path().is_dir())
    {
        for file in std::fs::read_dir(class.path()).expect("a folder").flatten() {
            signed.extend(passed(&std::fs::read(file.path()).expect("a file")));
        }
    }
    assert!(!signed.is_empty(), "no seed passes");
    signed
});

/// Sees that a document's facts do not depend on where its octets come from.
fn compare(bytes: &[u8]) {
    let certificates = CertificateCache::default();
    let limits = Limits::default();
    let options = xmldsig::Options { octets: Octets::Keep, ..xmldsig::Options::new(&limits, &certificates) };
    let of = |facts: Result<Facts, xml::Error>| facts.map(|facts| format!("{:?}", facts.signatures));
    match (of(xmldsig::open(&file::File(bytes), &options)), of(xmldsig::read(bytes, &options))) {
        // Other encodings than UTF-8 are read from memory only.
        (Err(error), _) if error.kind == ErrorKind::NotUtf8 => {}
        // Of several faults another may be told: what is in memory is decoded before it is read.
        (Err(from_file), Err(_)) => {
            assert!(!matches!(from_file.kind, ErrorKind::Unreadable(_)), "{from_file}");
        }
        (from_file, from_memory) => assert_eq!(from_file, from_memory, "from a file, and from memory"),
    }
}

fn passed(bytes: &[u8]) -> Vec<String> {
    let at = "2026-06-01T10:00:00Z".parse().expect("a time");
    let Ok(report) = CHECKER.verify(bytes, at) else { return Vec::new() };
    let good = report.signatures.iter().filter(|signature| signature.indication == Indication::TotalPassed);
    good.flat_map(|signature| &signature.signed_content).map(|content| content.sha256.clone()).collect()
}

/// The honest documents in UTF-8.
static HONEST: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut files: Vec<PathBuf> = std::fs::read_dir(Path::new(SEEDS).join("control"))
        .expect("the seeds")
        .flatten()
        .map(|file| file.path())
        .collect();
    files.sort();
    files.iter().filter_map(|file| std::fs::read_to_string(file).ok()).collect()
});

/// The spans of all elements. The honest documents have neither comments nor CDATA sections.
fn elements(text: &str) -> Vec<Range<usize>> {
    let mut open = Vec::new();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find('<').map(|offset| at + offset) {
        let Some(end) = text[start..].find('>').map(|offset| start + offset + 1) else { break };
        let tag = &text[start..end];
        if tag.starts_with("</") {
            found.extend(open.pop().map(|start| start..end));
        } else if tag.ends_with("/>") {
            found.push(start..end);
        } else if !tag.starts_with("<?") && !tag.starts_with("<!") {
            open.push(start);
        }
        at = end;
    }
    found
}

/// One edit, chosen by three octets.
fn edit(text: &mut String, [what, from, to]: [u8; 3]) {
    let spans = elements(text);
    let (Some(from), Some(to)) =
        (spans.get(usize::from(from) % spans.len().max(1)), spans.get(usize::from(to) % spans.len().max(1)))
    else {
        return;
    };
    let piece = text[from.clone()].to_owned();
    let inside = to.start + text[to.clone()].find('>').unwrap_or_default() + 1;
    let after_name = |span: &Range<usize>| {
        let name = text[span.start + 1..].find([' ', '>', '/']).unwrap_or_default();
        span.start + 1 + name
    };
    match what % 10 {
        0 => text.insert_str(to.start, &piece),
        1 => text.insert_str(to.end, &piece),
        2 => text.insert_str(inside, &piece),
        3 if to.start >= from.end || to.end <= from.start => {
            let at = to.end;
            if at <= from.start {
                text.replace_range(from.clone(), "");
                text.insert_str(at, &piece);
            } else {
                text.insert_str(at, &piece);
                text.replace_range(from.clone(), "");
            }
        }
        4 => text.replace_range(from.clone(), &format!("<w>{piece}</w>")),
        5 => text.replace_range(from.clone(), ""),
        6 => text.insert_str(after_name(from), " Id=\"a\""),
        7 => text.insert_str(inside, "<sum>999</sum>"),
        8 => text.replace_range(from.clone(), &piece.replace("Id=\"a\"", "Id=\"b\"").replace("100", "999")),
        _ => text.replace_range(
            from.clone(),
            &format!("<ds:Object xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{piece}</ds:Object>"),
        ),
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let edited;
    let document = match bytes.split_first() {
        Some((first, edits)) if !matches!(first, b'<' | 0xEF | 0xFE | 0xFF) => {
            let mut text = HONEST[usize::from(*first) % HONEST.len()].clone();
            for chunk in edits.as_chunks::<3>().0.iter().take(12) {
                edit(&mut text, *chunk);
            }
            edited = text;
            edited.as_bytes()
        }
        _ => bytes,
    };
    compare(document);
    for content in passed(document) {
        assert!(
            SIGNED.contains(&content),
            "nobody signed what passes: {}",
            String::from_utf8_lossy(document)
        );
    }
});
