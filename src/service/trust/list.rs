//! The list of trust anchors: which certificates, by their fingerprints, and how far each is trusted.
//!
//! One form serves twice. In the store (`trust.toml`) an entry names the file that holds the certificate; in
//! an update it holds the certificate itself, and the list has a number and a date by which the next one
//! comes. What is not understood is an error, as it may be a limit.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::pkix::path::{AnchorConstraints, AnchorDates, TrustAnchor};
use crate::pkix::{Certificate, GeneralName, NameConstraints};
use crate::validation::report::hex;

/// A list of trust anchors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The number of the list, of which each update must have a higher one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    /// By when the next list comes: after this nothing is relied on by this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_update: Option<Timestamp>,
    /// SHA-256 of the certificate that signs the lists after this one, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// In the store: SHA-256 of the update that was taken last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update: Option<String>,
    /// The anchors.
    #[serde(default, rename = "anchor", skip_serializing_if = "Vec::is_empty")]
    pub anchors: Vec<Entry>,
}

/// An anchor in a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What people call it.
    pub name: String,
    /// SHA-256 of the certificate, in lower-case hexadecimal.
    pub sha256: String,
    /// In the store: the file in its folder that holds the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// In an update: the certificate, PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// Since when it may be relied on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Until when it may be relied on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Timestamp>,
    /// Subtrees that names must be within, as [`GeneralName`] reads them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permitted: Vec<String>,
    /// Subtrees that no name may be within.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<String>,
    /// Certificate policies that it may be relied on for, dotted; any, where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<String>,
    /// Purposes that it may be relied on for; all, where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub purposes: Vec<String>,
}

/// A list is none that can be relied on, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub(super) String);

impl List {
    /// Reads a list and holds every entry to its form.
    pub(super) fn from_toml(text: &str) -> Result<Self, Malformed> {
        let list: Self = toml::from_str(text).map_err(|error| {
            let line = error
                .span()
                .map_or(1, |span| 1 + text.get(..span.start).unwrap_or_default().matches('\n').count());
            Malformed(format!("line {line}: {}", error.message()))
        })?;
        let mut seen = BTreeSet::new();
        for entry in &list.anchors {
            entry.check()?;
            if !seen.insert(&entry.sha256) {
                return Err(entry.malformed("is named twice"));
            }
        }
        match list.signer.iter().chain(&list.update).all(|digest| is_sha256(digest)) {
            true => Ok(list),
            false => {
                Err(Malformed("signer and update are digests of 64 lower-case hexadecimal digits".into()))
            }
        }
    }

    /// The text of the list.
    pub(super) fn to_toml(&self) -> Result<String, Malformed> {
        let body = toml::to_string(self).map_err(|error| Malformed(error.to_string()))?;
        Ok(format!(
            "# Trust anchors by fingerprint. Certificates in this folder that are not named here are not trusted.\n\
             # `qoltanba trust --help` says what an entry may limit.\n\n{body}"
        ))
    }
}

impl Entry {
    /// The certificate as this entry trusts it. Nothing is relied on after `next_update` of the list.
    pub(super) fn anchor(
        &self,
        certificate: Arc<Certificate>,
        next_update: Option<Timestamp>,
    ) -> Result<TrustAnchor, Malformed> {
        let subtrees = |texts: &[String]| -> Result<Vec<GeneralName>, Malformed> {
            let base =
                |text: &String| text.parse().map_err(|error| self.malformed(&format!("{text}: {error}")));
            texts.iter().map(base).collect()
        };
        let purpose =
            |text: &String| text.parse().map_err(|error| self.malformed(&format!("{text}: {error}")));
        if let Some(policy) = self.policies.iter().find(|policy| !is_policy(policy)) {
            return Err(self.malformed(&format!("{policy}: a dotted object identifier is expected")));
        }
        Ok(TrustAnchor {
            certificate,
            dates: AnchorDates {
                not_before: self.not_before,
                not_after: self.not_after.into_iter().chain(next_update).min(),
            },
            constraints: AnchorConstraints {
                names: NameConstraints {
                    permitted: subtrees(&self.permitted)?,
                    excluded: subtrees(&self.excluded)?,
                },
                policies: self.policies.clone(),
                purposes: self.purposes.iter().map(purpose).collect::<Result<_, _>>()?,
            },
        })
    }

    /// Whether it limits what the anchor may be relied on for.
    pub fn is_limited(&self) -> bool {
        let texts = [&self.permitted, &self.excluded, &self.policies, &self.purposes];
        self.not_before.is_some() || self.not_after.is_some() || texts.iter().any(|texts| !texts.is_empty())
    }

    /// The same anchor with the limits of another entry.
    pub(super) fn limited_as(&self, other: &Self) -> Self {
        let Self { name, sha256, file, certificate, .. } = self.clone();
        Self { name, sha256, file, certificate, ..other.clone() }
    }

    /// That certificate, for an update: the one in the entry, whose fingerprint must be the entry's.
    pub(super) fn embedded(&self) -> Result<Arc<Certificate>, Malformed> {
        let text = self.certificate.as_deref().ok_or_else(|| self.malformed("has no certificate"))?;
        let mut found = Certificate::from_pem_or_der(text.as_bytes())
            .map_err(|error| self.malformed(&format!("the certificate cannot be read: {error}")))?;
        let (Some(certificate), true) = (found.pop(), found.is_empty()) else {
            return Err(self.malformed("has not one certificate"));
        };
        match hex(&certificate.sha256()) == self.sha256 {
            true => Ok(Arc::new(certificate)),
            false => Err(self.malformed("the certificate has another fingerprint")),
        }
    }

    fn check(&self) -> Result<(), Malformed> {
        if !is_sha256(&self.sha256) {
            return Err(self.malformed("sha256 is 64 lower-case hexadecimal digits"));
        }
        if self.file.as_deref().is_some_and(|file| !is_file_name(file)) {
            return Err(self.malformed("file is the name of a file in the folder"));
        }
        if matches!((self.not_before, self.not_after), (Some(first), Some(last)) if last < first) {
            return Err(self.malformed("not_after is before not_before"));
        }
        Ok(())
    }

    fn malformed(&self, what: &str) -> Malformed {
        Malformed(format!("{} {}: {what}", self.name, self.sha256))
    }
}

/// A digest as lists have it.
pub(super) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_policy(text: &str) -> bool {
    let is_arc = |arc: &str| !arc.is_empty() && arc.bytes().all(|digit| digit.is_ascii_digit());
    text.contains('.') && text.split('.').all(is_arc)
}

fn is_file_name(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('.') && !text.contains(['/', '\\', '\0'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(limit: &str) -> Result<List, Malformed> {
        List::from_toml(&format!("[[anchor]]\nname = \"A\"\nsha256 = \"{}\"\n{limit}\n", "0a".repeat(32)))
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        assert!(read("file = \"a.cer\"\nnot_before = \"2026-01-01T00:00:00Z\"").is_ok());
        for wrong in [
            "colour = \"red\"",
            "file = \"../a.cer\"",
            "file = \"/a.cer\"",
            "file = \".trust\"",
            "not_before = \"yesterday\"",
            "not_before = \"2026-02-01T00:00:00Z\"\nnot_after = \"2026-01-01T00:00:00Z\"",
            "permitted = \"dns:a\"",
            "[[anchor]]",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let twice =
            format!("{0}{0}", format!("[[anchor]]\nname = \"A\"\nsha256 = \"{}\"\n", "0a".repeat(32)));
        assert!(List::from_toml(&twice).is_err_and(|error| error.0.contains("twice")));
        assert!(List::from_toml("signer = \"ab\"").is_err() && List::from_toml("sequence = -1").is_err());
        assert!(List::from_toml("\u{0}").is_err());
    }

    #[test]
    fn a_list_is_read_as_it_was_written() {
        let list = List {
            sequence: Some(3),
            next_update: "2027-01-01T00:00:00Z".parse().ok(),
            anchors: vec![Entry {
                name: "Ұлттық".into(),
                sha256: "0a".repeat(32),
                permitted: vec!["dirName:C=KZ".into()],
                purposes: vec!["signing".into()],
                ..Entry::default()
            }],
            ..List::default()
        };
        assert_eq!(List::from_toml(&list.to_toml().expect("text")), Ok(list));
    }
}
