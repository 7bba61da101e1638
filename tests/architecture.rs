//! Holds the source to ARCHITECTURE.md: who may import whom, which crates are named where, and what
//! never happens in the core. The tests read the source as text; a line that is only a comment does
//! not count.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A module and the modules of this crate that it may import. Every module must be listed.
const LAYERS: [(&str, &[&str]); 23] = [
    // Formats.
    ("asn1", &[]),
    ("xml", &[]),
    ("calendar", &[]),
    ("identity_number", &[]),
    // Mathematics and certificates.
    ("crypto", &["asn1"]),
    ("pkix", &["asn1", "crypto"]),
    // What a document says, and the judgement of it.
    ("signature", &["asn1", "xml", "crypto", "pkix"]),
    ("validation", &["signature", "pkix", "crypto", "identity_number"]),
    // The domain. `xml` is for reading the verified octets of forms.
    ("housing", &["calendar", "identity_number", "xml", "validation"]),
    // Its papers as PDF. `messages` makes bundles of texts and has no input either.
    ("paper", &["calendar", "xml", "validation", "housing", "messages"]),
    // The shell.
    ("store", &["bucket", "calendar", "housing"]),
    ("bucket", &["crypto"]),
    ("lists", &["crypto", "pkix"]),
    ("online", &["crypto", "pkix", "validation"]),
    // State databases: questions go out, unverified octets come in.
    ("registries", &["housing", "online"]),
    ("mail", &[]),
    ("config", &["housing"]),
    ("messages", &[]),
    ("telemetry", &[]),
    (
        "service",
        &[
            "asn1",
            "xml",
            "calendar",
            "identity_number",
            "crypto",
            "pkix",
            "signature",
            "validation",
            "housing",
            "paper",
            "bucket",
            "store",
            "lists",
            "online",
            "registries",
            "mail",
            "config",
            "messages",
        ],
    ),
    // Delivery: use cases and plain types, never the database or the mathematics.
    ("web", &["service", "config", "messages", "telemetry", "validation", "housing", "xml"]),
    (
        "cli",
        &[
            "service",
            "lists",
            "online",
            "web",
            "config",
            "messages",
            "telemetry",
            "validation",
            "signature",
            "pkix",
            "xml",
        ],
    ),
    ("main", &["cli"]),
];

/// Imports outside the table, each with its reason.
const EXCEPTIONS: [(&str, &str); 5] = [
    // The demo plays the applicant and the officials, so it fills in forms and acts as they would.
    ("cli/demo.rs", "housing"),
    ("cli/demo.rs", "calendar"),
    ("cli/demo.rs", "crypto"),
    ("cli/demo/results.rs", "housing"),
    ("cli/demo/results.rs", "calendar"),
];

/// The modules without clock, network and disk.
const CORE: [&str; 10] = [
    "asn1",
    "xml",
    "calendar",
    "identity_number",
    "crypto",
    "pkix",
    "signature",
    "validation",
    "housing",
    "paper",
];

/// A source file: its path below `src`, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The module at the top that the file belongs to.
    fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    fn is_within(&self, modules: &[&str]) -> bool {
        modules.contains(&self.module())
    }

    /// The lines that are not only a comment.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// As [`Source::code`], up to the first item that only tests have.
    fn shipped_code(&self) -> impl Iterator<Item = (usize, &str)> {
        let only_tests = self.path.ends_with("/tests.rs") || self.path.contains("/tests/");
        self.code().take_while(move |(_, line)| !only_tests && line.trim() != "#[cfg(test)]")
    }

    /// Where the shipped code has the text as a word.
    fn places(&self, word: &str) -> Vec<String> {
        let found = self.shipped_code().filter(|(_, line)| has_word(line, word));
        found.map(|(number, line)| format!("{}:{number}: {}", self.path, line.trim())).collect()
    }

    /// The modules of this crate that the shipped code names by a path from its root. Unit tests may
    /// look upwards.
    fn imports(&self) -> BTreeSet<String> {
        let code: Vec<&str> = self.shipped_code().map(|(_, line)| line).collect();
        let code = code.join("\n");
        let mut names = BTreeSet::new();
        for (at, path) in code.match_indices("crate::") {
            if code[..at].ends_with(is_name) {
                continue;
            }
            let rest = &code[at + path.len()..];
            match rest.strip_prefix('{') {
                Some(group) => names.extend(first_names(group)),
                None => names.extend(first_name(rest)),
            }
        }
        names
    }
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn first_name(text: &str) -> Option<String> {
    let name: String = text.trim_start().chars().take_while(|character| is_name(*character)).collect();
    Some(name).filter(|name| !name.is_empty())
}

/// The first names of the paths in a `{a::b, c::{d, e}}` whose first brace is taken off.
fn first_names(group: &str) -> Vec<String> {
    let mut names: Vec<String> = first_name(group).into_iter().collect();
    let mut depth = 1;
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => names.extend(first_name(&group[at + 1..])),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}

/// Whether a line has a text that neither continues a name nor is continued by one.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let starts_name = word.starts_with(is_name);
        let ends_name = word.ends_with(is_name);
        let goes_on_before = starts_name && line[..at].ends_with(is_name);
        let goes_on_after = ends_name && line[at + word.len()..].starts_with(is_name);
        !goes_on_before && !goes_on_after
    })
}

fn collect(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the source") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, extension, found);
        } else if path.extension().is_some_and(|known| known == extension) {
            found.push(path);
        }
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, "rs", &mut files);
    files.sort();
    assert!(files.len() > 40, "the source was not found");
    let relative = |file: &Path| file.strip_prefix(&root).expect("below src").to_string_lossy().into_owned();
    files
        .iter()
        .map(|file| Source { path: relative(file), text: fs::read_to_string(file).expect("text") })
        .collect()
}

fn none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

/// Every place of the words outside the modules.
fn outside(modules: &[&str], words: &[&str]) -> Vec<String> {
    let sources = sources();
    let rest = sources.iter().filter(|source| !source.is_within(modules));
    rest.flat_map(|source| words.iter().flat_map(|word| source.places(word))).collect()
}

/// Every place of the words inside the modules.
fn inside(modules: &[&str], words: &[&str]) -> Vec<String> {
    let sources = sources();
    let part = sources.iter().filter(|source| source.is_within(modules));
    part.flat_map(|source| words.iter().flat_map(|word| source.places(word))).collect()
}

#[test]
fn imports_follow_the_layers() {
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| source.module() != "lib") {
        let Some((_, allowed)) = LAYERS.iter().find(|(module, _)| *module == source.module()) else {
            found.push(format!("{}: the module is not in the table", source.path));
            continue;
        };
        for name in source.imports() {
            let known = LAYERS.iter().any(|(module, _)| *module == name);
            let excepted = EXCEPTIONS.contains(&(source.path.as_str(), name.as_str()));
            if known && name != source.module() && !allowed.contains(&name.as_str()) && !excepted {
                found.push(format!("{} imports {name}", source.path));
            }
        }
    }
    none("imports against the layers", &found);
}

#[test]
fn exceptions_are_still_needed() {
    let sources = sources();
    let stale = EXCEPTIONS.iter().filter(|(path, name)| {
        let source = sources.iter().find(|source| source.path == *path);
        source.is_none_or(|source| !source.imports().contains(*name))
    });
    let stale: Vec<String> = stale.map(|(path, name)| format!("{path}: {name}")).collect();
    none("exceptions that nothing needs", &stale);
}

#[test]
fn crates_stay_where_they_belong() {
    none("openssl outside crypto", &outside(&["crypto"], &["openssl::", "openssl_sys"]));
    none("streebog outside crypto", &outside(&["crypto"], &["streebog::"]));
    none("rc2 outside crypto", &outside(&["crypto"], &["rc2::"]));
    none("quick_xml outside xml", &outside(&["xml"], &["quick_xml"]));
    none("sqlx outside store", &outside(&["store"], &["sqlx"]));
    let mut readers = outside(&[], &["x509_parser"]);
    readers.retain(|place| !place.starts_with("pkix/second_reader"));
    none("x509_parser outside pkix/second_reader", &readers);
    none("axum outside web and cli", &outside(&["web", "cli"], &["axum"]));
    none("the PDF outside paper", &outside(&["paper"], &["krilla::", "skrifa::", "qrcode::"]));
    none("lettre outside mail", &outside(&["mail"], &["lettre"]));
    none("clap outside cli", &outside(&["cli"], &["clap"]));
    let clients = ["hyper::", "hyper_util::", "native_tls::", "tokio_native_tls::", "url::", "TcpStream"];
    none("connections outside online and bucket", &outside(&["online", "bucket"], &clients));
    none("object_store outside bucket", &outside(&["bucket"], &["object_store::"]));
}

#[test]
fn unsafe_code_stands_in_one_place() {
    // To map a file; the reasons stand there.
    let place = "src/lists.rs";
    let mut found = Vec::new();
    for source in sources() {
        found.extend(source.places("unsafe").into_iter().chain(source.places("unsafe_code")));
    }
    let expected = found.iter().all(|line| place.ends_with(line.split(':').next().unwrap_or_default()));
    assert!(expected && found.len() == 2, "unsafe code:\n  {}", found.join("\n  "));
    none("memmap2 outside lists", &outside(&["lists"], &["memmap2"]));
}

#[test]
fn the_core_has_no_clock_no_network_and_no_disk() {
    let clocks = ["Timestamp::now", "SystemTime::now", "Zoned::now", "Instant::now"];
    none("clocks outside service, online and cli", &outside(&["service", "online", "cli"], &clocks));
    let world =
        ["std::fs", "std::net", "std::env", "std::process", "tokio", "reqwest", "async fn", "tempfile"];
    none("input and output in the core", &inside(&CORE, &world));
}

#[test]
fn status_codes_leave_from_one_file() {
    let mut found = Vec::new();
    for source in sources() {
        // Besides: the answer "created", the status that the timeout layer is built with, and the demo,
        // which is a client that reads statuses.
        let excepted = [
            "web/problem.rs",
            "web/mod.rs",
            "web/api/applications.rs",
            "web/api/inventories.rs",
            "web/api/papers.rs",
            "web/api/reception.rs",
            "cli/demo.rs",
            "cli/demo/results.rs",
        ];
        if !excepted.contains(&source.path.as_str()) {
            found.extend(source.places("StatusCode"));
        }
    }
    none("status codes outside web/problem.rs", &found);
}

#[test]
fn the_core_does_not_panic_on_purpose() {
    let mut found = inside(&CORE, &["panic!", "unreachable!"]);
    for source in sources().iter().filter(|source| source.is_within(&CORE)) {
        let unwrapping = source.shipped_code().filter(|(_, line)| line.contains(".unwrap()"));
        found.extend(unwrapping.map(|(number, line)| format!("{}:{number}: {}", source.path, line.trim())));
    }
    none("panics in the core", &found);
}

#[test]
fn every_file_has_an_essay_and_a_bearable_length() {
    let mut found = Vec::new();
    for source in sources() {
        if !source.text.starts_with("//!") {
            found.push(format!("{} does not begin with //!", source.path));
        }
        let lines = source.text.lines().count();
        if lines > 900 {
            found.push(format!("{} has {lines} lines", source.path));
        }
    }
    none("files", &found);
}

#[test]
fn no_test_is_set_aside() {
    let mut found = Vec::new();
    // The one exception makes certs/ anew and is no test.
    for source in sources().iter().filter(|source| source.path != "service/development_pki.rs") {
        let ignored = source.code().filter(|(_, line)| line.trim_start().starts_with("#[ignore"));
        found.extend(ignored.map(|(number, _)| format!("{}:{number}", source.path)));
    }
    none("ignored tests", &found);
}

#[test]
fn the_reader_of_imports_reads() {
    let text =
        "use crate::a::b;\nuse crate::{c::{d, e}, f, g::h};\n// use crate::i;\nlet x = crate::j::k();\n";
    let source = Source { path: "x/y.rs".into(), text: format!("{text}pub(crate) fn l() {{}}") };
    assert_eq!(source.module(), "x");
    assert_eq!(source.imports().into_iter().collect::<Vec<_>>(), ["a", "c", "f", "g", "j"]);
    assert!(has_word("use openssl::x", "openssl::") && !has_word("vendored_openssl::x", "openssl::"));
}
