//! What people read: a message and a remedy for every code, in three languages.
//!
//! The rest of the program passes codes and parameters only. The texts are Fluent resources built
//! into the binary; the identifier of a message is its code in lower case with dashes.

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
        slot.get_or_init(|| {
            let locale = self.tag().parse().unwrap_or_default();
            let mut bundle = FluentBundle::new_concurrent(vec![locale]);
            bundle.set_use_isolating(false);
            // A resource with a slip still serves its good messages; the tests refuse the slip.
            let resource =
                FluentResource::try_new(self.source().to_owned()).unwrap_or_else(|(resource, _)| resource);
            bundle.add_resource_overriding(resource);
            bundle
        })
    }
}

/// What a code says to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What happened.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
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

    #[test]
    fn every_language_has_every_message_with_a_remedy() {
        for language in [Language::Kk, Language::Ru, Language::En] {
            assert!(FluentResource::try_new(language.source().to_owned()).is_ok());
            assert_eq!(keys(language), keys(Language::En), "{language:?}");
            for key in keys(language) {
                assert!(!text(language, key, &[]).remedy.is_empty(), "{language:?} {key}");
            }
        }
    }

    /// The codes in the text of the checks: the first string after each place that makes a finding.
    fn finding_codes() -> Vec<&'static str> {
        let source = include_str!("validation/checks.rs");
        let mut codes = Vec::new();
        for opening in ["fail(", "note(", "push(("] {
            for rest in source.split(opening).skip(1) {
                let Some(text) = rest.trim_start().strip_prefix('"') else { continue };
                codes.extend(text.split('"').next());
            }
        }
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    #[test]
    fn every_finding_has_a_message() {
        let codes = finding_codes();
        for known in ["DIGEST_MISMATCH", "CRL_STALE", "CRL_SIGNATURE_INVALID", "KEY_ONLY", "USAGE_MISMATCH"] {
            assert!(codes.contains(&known), "{known} was not found among {codes:?}");
        }
        for code in codes {
            let id = code.to_ascii_lowercase().replace('_', "-");
            assert!(Language::En.bundle().has_message(&id), "{code}");
        }
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
