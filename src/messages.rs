//! What people read: a message and a remedy for every code, in three languages.
//!
//! The rest of the program passes codes and parameters only. The texts are Fluent resources built
//! into the binary; the identifier of a message is its code in lower case with dashes. A parameter
//! `detail` is a text of the program in English, which is found here in each language by itself: the
//! rules of XML, for instance.

use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

/// A language of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// Kazakh.
    Kk,
    /// Russian.
    Ru,
    /// English.
    #[default]
    En,
}

/// The name is none of `kk`, `ru`, `en`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the language must be kk, ru or en")]
pub struct UnknownLanguage;

impl std::str::FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        let primary = text.split('-').next().unwrap_or_default();
        match primary.to_ascii_lowercase().as_str() {
            "kk" => Ok(Language::Kk),
            "ru" => Ok(Language::Ru),
            "en" => Ok(Language::En),
            _ => Err(UnknownLanguage),
        }
    }
}

impl Language {
    /// The best language of an `Accept-Language` header (RFC 9110 12.5.4); English if none fits.
    pub fn from_accept(header: &str) -> Language {
        let mut best = (0.0_f32, Language::default());
        for item in header.split(',') {
            let mut parts = item.split(';');
            let Ok(language) = parts.next().unwrap_or_default().trim().parse() else {
                continue;
            };
            let weight =
                parts.find_map(|p| p.trim().strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
            if weight > best.0 {
                best = (weight, language);
            }
        }
        best.1
    }

    /// The language's tag: `kk`, `ru` or `en`.
    pub fn tag(self) -> &'static str {
        match self {
            Language::Kk => "kk",
            Language::Ru => "ru",
            Language::En => "en",
        }
    }

    fn source(self) -> &'static str {
        match self {
            Language::Kk => include_str!("locales/kk.ftl"),
            Language::Ru => include_str!("locales/ru.ftl"),
            Language::En => include_str!("locales/en.ftl"),
        }
    }

    fn bundle(self) -> &'static FluentBundle<FluentResource> {
        static BUNDLES: [OnceLock<FluentBundle<FluentResource>>; 3] = [const { OnceLock::new() }; 3];
        let slot = match self {
            Language::Kk => &BUNDLES[0],
            Language::Ru => &BUNDLES[1],
            Language::En => &BUNDLES[2],
        };
        slot.get_or_init(|| self::bundle(self.tag(), self.source()))
    }
}

/// The texts of a source in the language of a tag.
pub(crate) fn bundle(tag: &str, source: &str) -> FluentBundle<FluentResource> {
    let locale = tag.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![locale]);
    bundle.set_use_isolating(false);
    // A resource with a slip still serves its good messages; the tests refuse the slip.
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource);
    bundle.add_resource_overriding(resource);
    bundle
}

/// What a code says to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What happened.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

/// Texts of the program that end in a value: all before it is what they are found by.
const ENDING_IN_A_VALUE: [&str; 20] = [
    "limit exceeded: ",
    "octets that are not ",
    "unsupported key algorithm ",
    "unsupported encryption ",
    "truncated at offset ",
    "length not in DER at offset ",
    "unexpected tag ",
    "trailing bytes at offset ",
    "bad value at offset ",
    "the environment variable is not set: ",
    "no local name in --id-attribute ",
    "not one of the national roots: ",
    "unknown key: ",
    "missing key: ",
    "never accepted: ",
    "no hash function has this name: ",
    "no role has this code: ",
    "no check has this code: ",
    "fixed, no policy may change its level: ",
    SYSTEM_ERROR,
];

const SYSTEM_ERROR: &str = "system error ";

/// What the standard library puts before the number of a system's error.
const NUMBERED: &str = "(os error ";

/// The reason of an error of the system, as a text of the program: the system's own would be in its
/// language. `None` when the text is no such error.
fn of_system(detail: &str) -> Option<String> {
    use std::io::ErrorKind as K;
    let (_, number) = detail.rsplit_once(NUMBERED)?;
    let number: i32 = number.strip_suffix(')')?.parse().ok()?;
    let known = match std::io::Error::from_raw_os_error(number).kind() {
        K::NotFound => "not found",
        K::PermissionDenied => "permission denied",
        K::IsADirectory => "is a directory",
        K::NotADirectory => "a part of the path is not a directory",
        _ => return Some(format!("{SYSTEM_ERROR}{number}")),
    };
    Some(known.to_owned())
}

/// The identifier of a text of the program: its letters and digits, with dashes between.
fn detail_id(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.fold("detail".to_owned(), |id, word| id + "-" + &word.to_ascii_lowercase())
}

/// A detail in a language; one that is no text of the program stays as it is.
fn detail(bundle: &FluentBundle<FluentResource>, detail: &str, args: &mut FluentArgs<'_>) -> String {
    let reason = of_system(detail);
    let own = reason.as_deref().unwrap_or(detail);
    let whole = || bundle.get_message(&detail_id(own));
    let open = ENDING_IN_A_VALUE.iter().find_map(|before| {
        let value = own.strip_prefix(before)?.split_whitespace().next()?;
        Some((bundle.get_message(&detail_id(&format!("{before}value")))?, value))
    });
    let found = match (whole(), open) {
        (Some(found), _) => found,
        (None, Some((found, value))) => {
            args.set("value", value.to_owned());
            found
        }
        (None, None) => return own.to_owned(),
    };
    match found.value() {
        Some(pattern) => bundle.format_pattern(pattern, Some(args), &mut Vec::new()).into_owned(),
        None => own.to_owned(),
    }
}

/// The text of a code; an unknown code is its own message.
pub fn text(language: Language, code: &str, params: &[(&str, &str)]) -> Message {
    let id = code.to_ascii_lowercase().replace('_', "-");
    // A text that is not translated yet is better read in English than as a code.
    let bundle = match language.bundle() {
        own if own.has_message(&id) => own,
        _ => Language::En.bundle(),
    };
    let mut args = FluentArgs::new();
    for (name, value) in params {
        args.set(*name, *value);
        // A reference with an empty URI is to the document itself, which each language says its own way.
        if *name == "uri" {
            args.set("itself", if value.is_empty() { "yes" } else { "no" });
        }
    }
    // A detail may have a reason in it.
    for own in ["reason", "detail"] {
        if let Some((_, value)) = params.iter().find(|(name, _)| *name == own) {
            let value = detail(language.bundle(), value, &mut args);
            args.set(own, value);
        }
    }
    let mut errors = Vec::new();
    let found = bundle.get_message(&id);
    let message = found
        .as_ref()
        .and_then(|m| m.value())
        .map(|p| bundle.format_pattern(p, Some(&args), &mut errors).into_owned());
    let remedy = found.as_ref().and_then(|m| m.get_attribute("remedy")).map(|a| {
        let text = bundle.format_pattern(a.value(), Some(&args), &mut errors);
        text.into_owned()
    });
    Message { message: message.unwrap_or_else(|| code.to_owned()), remedy: remedy.unwrap_or_default() }
}

/// A label or a name that is shown: `label-…` in the resources. Like the rest it is read in English where
/// the language lacks it, and an unknown one is its own text.
pub fn label(language: Language, id: &str, params: &[(&str, &str)]) -> String {
    text(language, id, params).message
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(language: Language) -> Vec<&'static str> {
        let mut keys: Vec<_> = language
            .source()
            .lines()
            .filter(|l| l.starts_with(|c: char| c.is_ascii_lowercase()))
            .filter_map(|l| l.split(" =").next())
            .collect();
        keys.sort_unstable();
        keys
    }

    /// Parts of messages and labels: nothing is to be done about them.
    fn has_no_remedy(key: &str) -> bool {
        key.starts_with("detail-") || key.starts_with("label-")
    }

    #[test]
    fn every_language_has_every_message_with_a_remedy() {
        for language in [Language::Kk, Language::Ru, Language::En] {
            assert!(FluentResource::try_new(language.source().to_owned()).is_ok());
            assert_eq!(keys(language), keys(Language::En), "{language:?}");
            for key in keys(language).into_iter().filter(|key| !has_no_remedy(key)) {
                assert!(!text(language, key, &[]).remedy.is_empty(), "{language:?} {key}");
            }
        }
    }

    /// Every text of the source that is written as codes are, and every code of the table that is named.
    fn codes_in_source() -> (Vec<String>, Vec<String>) {
        let is_code = |text: &&str| {
            text.contains(|c: char| c.is_ascii_uppercase())
                && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        };
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let (mut written, mut named) = (Vec::new(), Vec::new());
        for (path, source) in sources(&folder) {
            written.extend(source.split('"').filter(is_code).map(str::to_owned));
            if !path.ends_with("table.rs") {
                let names = source.split("Code::").skip(1);
                let name = |rest: &str| {
                    rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().map(str::to_owned)
                };
                named.extend(names.filter_map(name));
            }
        }
        (written, named)
    }

    #[test]
    fn every_row_of_the_table_has_its_texts_and_is_used() {
        let (_, named) = codes_in_source();
        for row in crate::validation::TABLE {
            let code = row.code.name();
            let id = code.to_ascii_lowercase().replace('_', "-");
            for language in [Language::Kk, Language::Ru, Language::En] {
                assert!(language.bundle().has_message(&id), "{language:?} {code}");
                assert!(!text(language, code, &[]).remedy.is_empty(), "{language:?} {code}");
            }
            assert!(named.iter().any(|name| name == code), "{code} is never found");
        }
    }

    #[test]
    fn every_text_is_of_a_row_or_of_an_error() {
        let (written, _) = codes_in_source();
        for key in keys(Language::En).into_iter().filter(|key| !has_no_remedy(key)) {
            let code = key.to_ascii_uppercase().replace('-', "_");
            let is_row = crate::validation::Code::named(&code).is_some();
            assert!(is_row || written.contains(&code), "nothing says {key}");
        }
    }

    /// Every label that the command line prints, by itself or made of a code.
    fn labels() -> Vec<String> {
        use crate::pkix::national::{Meaning, TABLE};
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut labels = Vec::new();
        for (_, source) in sources(&folder).iter().filter(|(path, _)| !path.ends_with("messages.rs")) {
            let found = source.match_indices("\"label-").filter_map(|(at, _)| literal(&source[at..]));
            labels.extend(found.map(str::to_owned));
        }
        // What codes begin with, where it is not a label as well.
        let beginnings = [
            "role",
            "usage",
            "policy",
            "storage",
            "key-use",
            "standing",
            "verdict",
            "covers",
            "timestamp",
            "revocation",
            "source",
            "level",
        ];
        labels.retain(|label| !beginnings.contains(&&label[6..]));
        let mut coded = |of: &str, code: &str| labels.push(format!("label-{of}-{}", code.replace('_', "-")));
        for (meaning, _, code) in TABLE {
            let of = match meaning {
                Meaning::Role => "role",
                Meaning::Usage => "usage",
                Meaning::Policy => "policy",
                Meaning::KeyStorage => "storage",
            };
            coded(of, code);
        }
        let described = include_str!("service/certificate.rs");
        let bits = described.split("(usage.").skip(1).filter_map(|rest| literal(rest.split_once(", ")?.1));
        bits.for_each(|bit| coded("key-usage", bit));
        ["sign", "auth"].into_iter().for_each(|code| coded("key-use", code));
        ["valid", "expired", "not_yet_valid"].into_iter().for_each(|code| coded("validity", code));
        ["malformed", "check_digit", "implausible"].into_iter().for_each(|code| coded("standing", code));
        ["passed", "failed", "unknown"].into_iter().for_each(|code| coded("verdict", code));
        ["fail", "warn", "info"].into_iter().for_each(|code| coded("level", code));
        ["whole-document", "element", "file"].into_iter().for_each(|code| coded("covers", code));
        let kinds = ["signature", "archive", "content", "reference", "passed", "failed", "indeterminate"];
        kinds.into_iter().for_each(|code| coded("timestamp", code));
        ["good", "revoked", "unknown"].into_iter().for_each(|code| coded("revocation", code));
        ["crl", "ocsp"].into_iter().for_each(|code| coded("source", code));
        labels.sort_unstable();
        labels.dedup();
        labels
    }

    #[test]
    fn every_label_is_there_and_used() {
        let mut there: Vec<_> =
            keys(Language::En).into_iter().filter(|key| key.starts_with("label-")).collect();
        there.sort_unstable();
        assert_eq!(labels(), there);
        for id in labels() {
            let said = [Language::Kk, Language::Ru, Language::En].map(|language| label(language, &id, &[]));
            // Abbreviations are the same in all three, and Kazakh shares some words with Russian.
            let abbreviations = ["label-sha256", "label-ocsp"];
            let shared = [
                "label-gost",
                "label-bytes",
                "label-covers-element",
                "label-covers-file",
                "label-report-algorithm",
            ];
            let is_shared = shared.contains(&&*id);
            let is_abbreviation = abbreviations.contains(&&*id);
            assert!(said[0] != said[1] || is_shared || is_abbreviation, "{said:?}");
            assert!(said[1] != said[2] || is_abbreviation, "{said:?}");
        }
    }

    /// The Rust files of a folder, with their paths.
    fn sources(folder: &std::path::Path) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                found.extend(sources(&path));
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push((path.display().to_string(), std::fs::read_to_string(&path).expect("a text")));
            }
        }
        found
    }

    /// The string literal that a text begins with; none in the scanner's texts has escapes.
    fn literal(text: &str) -> Option<&str> {
        text.strip_prefix('"')?.split('"').next()
    }

    /// Every rule of XML that the source names when it refuses a document.
    fn rules_of_xml() -> Vec<String> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/xml");
        let mut rules = Vec::new();
        for (path, source) in sources(&folder) {
            let is_call = |at: usize| {
                let before = source[..at].chars().next_back();
                !before.is_some_and(|before| before.is_alphanumeric() || before == '_')
                    && !source[..at].ends_with("fn ")
            };
            for name in ["malformed(", "bad("] {
                for (at, _) in source.match_indices(name).filter(|(at, _)| is_call(*at)) {
                    let rest = source[at + name.len()..].trim_start();
                    let argument = rest.split([',', ')', '(']).next().unwrap_or_default().trim();
                    if let Some(rule) = literal(rest) {
                        rules.push(rule.to_owned());
                    } else if let Some((_, constant)) =
                        source.split_once(&format!("const {argument}: &str = "))
                    {
                        rules.extend(literal(constant).map(str::to_owned));
                    } else if argument == "self.unfinished" {
                        let (_, body) = source.split_once("fn unfinished").expect("the function");
                        let body = body.split("\n    }").next().unwrap_or_default();
                        rules.extend(body.split("=> ").filter_map(literal).map(str::to_owned));
                    } else {
                        // The helper that passes on what it was given.
                        assert_eq!(argument, "what", "{path}: not known what rule this is");
                    }
                }
            }
            // The one text that is put together.
            let together = source.match_indices("ErrorKind::Malformed(format!(");
            rules.extend(together.map(|(at, opening)| {
                let rule = literal(&source[at + opening.len()..]).expect("a text");
                rule.replace("{name}", "KOI8-R")
            }));
        }
        rules.sort_unstable();
        rules.dedup();
        rules
    }

    #[test]
    fn every_rule_of_xml_is_said_in_every_language() {
        let rules = rules_of_xml();
        for known in [
            "< in an attribute value",
            "an attribute occurs twice",
            "a name that is not a qualified name",
            "the document ends too early",
            "a comment that does not end",
            "octets that are not KOI8-R",
            "octets that are not UTF-8",
            "two hyphens within a comment",
        ] {
            assert!(rules.iter().any(|rule| rule == known), "{known} was not found among {rules:?}");
        }
        assert!(rules.len() >= 40, "{rules:?}");
        let said = |language, rule: &str| text(language, "XML_MALFORMED", &[("detail", rule)]).message;
        let mut all = Vec::new();
        for rule in &rules {
            assert_eq!(said(Language::En, rule), format!("The XML is malformed: {rule}."));
            for language in [Language::Kk, Language::Ru] {
                let message = said(language, rule);
                assert!(!message.contains(rule.as_str()), "{language:?} {message}");
                assert!(!message.contains('$'), "{language:?} {message}");
                all.push(message);
            }
        }
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count, "two rules are said alike");
    }

    /// Every text that commands and routes give as the detail of a malformed request.
    fn details_of_requests() -> Vec<String> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut details = Vec::new();
        for (path, source) in ["cli", "service", "web"].iter().flat_map(|part| sources(&folder.join(part))) {
            for name in [" argument(", "(argument(", "bad_argument("] {
                for (at, _) in
                    source.match_indices(name).filter(|(at, _)| !source[..*at].trim_end().ends_with("fn"))
                {
                    let rest = source[at + name.len()..].trim_start();
                    let text = literal(rest.strip_prefix("&format!(").unwrap_or(rest));
                    match text {
                        Some(text) => details.push(text.replace(['{', '}'], "")),
                        // What the library that reads the command line says, before the language is known.
                        None => assert!(rest.starts_with("&detail"), "{path}: {}", &rest[..20]),
                    }
                }
            }
        }
        details
    }

    #[test]
    fn what_a_request_has_wrong_is_said_in_every_language() {
        let details = details_of_requests();
        for known in [
            "the options are not JSON",
            "the multipart body cannot be read",
            "the policy file is not valid",
            "the password file is not UTF-8",
            "the environment variable is not set: variable",
        ] {
            assert!(details.iter().any(|detail| detail == known), "{known} was not found among {details:?}");
        }
        for detail in details {
            for language in [Language::Kk, Language::Ru] {
                let values = [("line", "7"), ("column", "7"), ("file", "f"), ("reason", "unknown key: X")];
                let params: Vec<_> = [("detail", detail.as_str())].into_iter().chain(values).collect();
                let message = text(language, "ARGUMENT_INVALID", &params).message;
                let words = message.split_whitespace().filter(|word| word.is_ascii() && word.len() > 3);
                let words: Vec<_> = words.filter(|word| word.starts_with(char::is_lowercase)).collect();
                let neutral = |word: &&str| ["multipart", "variable", "sha256", "name"].contains(word);
                assert!(words.iter().all(neutral), "{language:?} {message}");
            }
        }
    }

    #[test]
    fn every_text_that_ends_in_a_value_is_said_in_every_language() {
        for before in ENDING_IN_A_VALUE {
            for language in [Language::Kk, Language::Ru, Language::En] {
                let params = [("detail", format!("{before}77 more"))];
                let params = params.each_ref().map(|(name, value)| (*name, value.as_str()));
                let message = text(language, "ARGUMENT_INVALID", &params).message;
                assert!(message.contains("77") && !message.contains("more"), "{language:?} {message}");
                let is_english = message.contains(before.trim_end());
                assert!(language == Language::En || !is_english, "{language:?} {message}");
            }
        }
    }

    #[test]
    fn why_a_certificate_or_key_cannot_be_read_is_said_in_every_language() {
        use crate::asn1::Error as Der;
        use crate::crypto::{IdentityError as I, KeyError as K};
        use crate::pkix::Error as P;
        let tag = Der::Tag { found: 0x30, offset: 7 };
        let der = [
            Der::Truncated { offset: 7 },
            Der::Length { offset: 7 },
            tag,
            Der::Trailing { offset: 7 },
            Der::Value { offset: 7 },
        ];
        let unsupported = K::Unsupported { algorithm: "1.2.3".to_owned() };
        let mut reasons = vec![K::Malformed.to_string(), unsupported.to_string()];
        reasons
            .extend(der.map(P::Asn1).iter().chain(&[P::Malformed, P::Trailing, P::Empty]).map(P::to_string));
        let of_keys = [
            I::NoCertificate,
            I::KeyMismatch,
            I::UnsupportedProtection("1.2.3".to_owned()),
            I::Unsupported,
            I::Limit("pkcs12_iterations"),
            I::Library,
        ];
        reasons.extend(of_keys.iter().map(I::to_string));
        let of_written_keys = [
            "not base64",
            "a part of the key is missing",
            "the parameters of the curve are written out",
            "a DSA key without its group",
        ];
        reasons.extend(of_written_keys.map(str::to_owned));
        for reason in reasons {
            for code in [
                "FILE_UNREADABLE",
                "KEY_UNREADABLE",
                "KEY_CANNOT_SIGN",
                "CERTIFICATE_MALFORMED",
                "KEY_ALGORITHM_UNSUPPORTED",
                "KEY_INFO_ITEM_UNREADABLE",
            ] {
                let said = |language| text(language, code, &[("file", "f"), ("detail", &reason)]).message;
                assert!(said(Language::Ru) != said(Language::Kk) && !said(Language::En).contains('$'));
                for language in [Language::Kk, Language::Ru] {
                    let message = said(language);
                    assert!(!message.contains(&reason) && !message.contains('$'), "{language:?} {message}");
                }
            }
        }
    }

    #[test]
    fn the_reason_of_the_system_is_said() {
        let said = |language, error: std::io::Error| {
            let detail = error.to_string();
            text(language, "FILE_UNREADABLE", &[("file", "a.xml"), ("detail", &detail)]).message
        };
        let missing = || std::fs::read("/nothing/here").expect_err("missing");
        assert_eq!(said(Language::En, missing()), "The file a.xml cannot be read: not found.");
        assert_eq!(said(Language::Ru, missing()), "Файл a.xml не удаётся прочитать: не найден.");
        assert_eq!(said(Language::Kk, missing()), "a.xml файлын оқу мүмкін емес: табылмады.");
        let folder = || std::fs::read("/").expect_err("a folder");
        assert_eq!(said(Language::En, folder()), "The file a.xml cannot be read: is a directory.");
        let other = |number| std::io::Error::from_raw_os_error(number);
        assert!(said(Language::En, other(13)).ends_with("permission denied."));
        assert!(said(Language::Ru, other(5)).ends_with("ошибка системы 5."));
        // What is not known is said as it is.
        let own = std::io::Error::other("the disk is gone (os error x)");
        assert!(said(Language::Ru, own).ends_with("the disk is gone (os error x)."));
    }

    #[test]
    fn no_message_is_defined_twice() {
        for language in [Language::Kk, Language::Ru, Language::En] {
            let mut once = keys(language);
            once.dedup();
            assert_eq!(once, keys(language), "{language:?}");
        }
    }

    #[test]
    fn unknown_codes_and_headers() {
        assert_eq!(text(Language::Ru, "NO_SUCH", &[]).message, "NO_SUCH");
        assert_eq!(Language::from_accept("de, ru;q=0.4, kk-KZ;q=0.9"), Language::Kk);
        assert_eq!(Language::from_accept("ru;q=0"), Language::En);
    }
}
