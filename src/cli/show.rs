//! The text of `cert show`: one row for each thing that a certificate says, labelled in the reader's
//! language. Where it says nothing there is no row.

use std::io::Write;

use super::cert::Format;
use crate::messages::{Language, label};
use crate::pkix::Certificate;
use crate::pkix::national::{self, Meaning};
use crate::service::certificate::{Description, KeyName};
use crate::service::presentation::{self, printable};

/// Prints certificates; `described` has what each says.
pub(super) fn print(
    out: &mut impl Write,
    described: &[(&Certificate, Description)],
    format: Format,
    language: Language,
) -> std::io::Result<()> {
    if format == Format::Json {
        let values: Vec<_> = described.iter().map(|(_, description)| description).collect();
        let value = match values[..] {
            [only] => serde_json::to_value(only),
            _ => serde_json::to_value(&values),
        };
        return writeln!(out, "{:#}", value?);
    }
    for (at, (certificate, description)) in described.iter().enumerate() {
        if described.len() > 1 {
            let number = [("number", (at + 1).to_string()), ("count", described.len().to_string())];
            let number = number.each_ref().map(|(name, value)| (*name, value.as_str()));
            let gap = if at == 0 { "" } else { "\n" };
            writeln!(out, "{gap}{}", label(language, "label-certificate-of", &number))?;
        }
        let rows = rows(certificate, description, Words(language));
        let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
        for (name, values) in rows {
            let mut name = name.as_str();
            for value in values {
                let padding = " ".repeat(width.saturating_sub(name.chars().count()));
                writeln!(out, "{name}{padding}  {}", printable(&value))?;
                name = "";
            }
        }
    }
    Ok(())
}

/// The rows with their values, of which there may be several; without any there is no row.
fn rows(certificate: &Certificate, described: &Description, words: Words) -> Vec<(String, Vec<String>)> {
    let one = |text: &Option<String>| text.iter().cloned().collect::<Vec<_>>();
    let named = |meaning, oids: &[&String]| oids.iter().map(|oid| words.named(meaning, oid)).collect();
    let coded = |of, codes: &[&str]| codes.iter().map(|code| words.coded(of, code)).collect();
    let purposes = described.extended_key_usage.iter().flatten();
    let (roles, usages): (Vec<_>, Vec<_>) =
        purposes.partition(|oid| national::code(Meaning::Role, oid).is_some());
    let signature = described.signature_algorithm_name.as_ref().unwrap_or(&described.signature_algorithm);
    let patronymic = match described.surname {
        Some(_) => one(&described.given_name),
        // Without a surname it is not known what the attribute holds.
        None => Vec::new(),
    };
    let kind = if described.authority { vec![words.say("label-kind-authority")] } else { Vec::new() };
    let rows: Vec<(&str, Vec<String>)> = vec![
        ("label-holder", one(&described.common_name)),
        ("label-patronymic", patronymic),
        ("label-iin", words.number(described.iin.as_deref(), described.iin_status)),
        ("label-organization", one(&described.organization)),
        ("label-bin", words.number(described.bin.as_deref(), described.bin_status)),
        ("label-email", one(&described.email)),
        ("label-kind", kind),
        ("label-roles", named(Meaning::Role, &roles)),
        ("label-key-uses", coded("label-key-use", &described.key_uses)),
        ("label-extended-key-usage", named(Meaning::Usage, &usages)),
        ("label-key-usage", coded("label-key-usage", &described.key_usage)),
        ("label-policies", named(Meaning::Policy, &described.policies.iter().collect::<Vec<_>>())),
        ("label-validity", vec![words.coded("label-validity", described.validity)]),
        ("label-not-before", vec![words.time(certificate.not_before())]),
        ("label-not-after", vec![words.time(certificate.not_after())]),
        ("label-key", vec![words.key(&described.key_algorithm)]),
        (
            "label-key-storage",
            named(Meaning::KeyStorage, &certificate.key_storage().iter().collect::<Vec<_>>()),
        ),
        ("label-signature-algorithm", vec![words.algorithm(signature)]),
        ("label-subject", vec![described.subject.clone()]),
        ("label-issuer", vec![described.issuer.clone()]),
        ("label-serial", vec![described.serial.clone()]),
        ("label-sha256", vec![described.sha256.clone()]),
        ("label-ocsp", described.ocsp.clone()),
        ("label-ca-issuers", described.ca_issuers.clone()),
        ("label-crl", described.crl.clone()),
    ];
    let filled = rows.into_iter().filter(|(_, values)| !values.is_empty());
    filled.map(|(id, values)| (words.say(id), values)).collect()
}

/// The words of a language.
#[derive(Clone, Copy)]
struct Words(Language);

impl Words {
    fn say(self, id: &str) -> String {
        label(self.0, id, &[])
    }

    /// The name of a code, whose label begins with what it is a code of.
    fn coded(self, of: &str, code: &str) -> String {
        self.say(&format!("{of}-{}", code.replace('_', "-")))
    }

    /// The name of an identifier; one that has none is shown as it is.
    fn named(self, meaning: Meaning, oid: &str) -> String {
        let of = match meaning {
            Meaning::Role => "label-role",
            Meaning::Usage => "label-usage",
            Meaning::Policy => "label-policy",
            Meaning::KeyStorage => "label-storage",
        };
        match national::code(meaning, oid) {
            Some(code) => self.coded(of, code),
            None => oid.to_owned(),
        }
    }

    /// A number and what is doubtful about it; what is none is not shown, but that it is none.
    fn number(self, number: Option<&str>, status: Option<&str>) -> Vec<String> {
        let doubt =
            status.filter(|status| *status != "sound").map(|status| self.coded("label-standing", status));
        match (number, doubt) {
            (Some(number), None) => vec![number.to_owned()],
            (Some(number), Some(doubt)) => vec![format!("{number} ({doubt})")],
            (None, doubt) => doubt.into_iter().collect(),
        }
    }

    fn key(self, key: &KeyName) -> String {
        let name = self.algorithm(&key.name);
        match key.bits {
            Some(bits) => label(self.0, "label-key-bits", &[("name", &name), ("bits", &bits.to_string())]),
            None => name,
        }
    }

    /// Names of algorithms are the same everywhere, but for the letters of the national standards.
    fn algorithm(self, name: &str) -> String {
        name.replace("GOST", &self.say("label-gost"))
    }

    fn time(self, at: jiff::Timestamp) -> String {
        presentation::time(self.0, at)
    }
}
