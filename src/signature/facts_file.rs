//! Facts as a file: what the bytes of a document say, to be judged again later, with another policy, other
//! evidence or another time. Certificates, lists, answers and tokens are kept as they came.
//!
//! The file is JSON and says what version it is of. It holds what was found, not the document, so that
//! whoever keeps it vouches for it: a file that anybody can write says what anybody likes. So it is read only
//! where facts are asked for by name, and never taken for a document.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::Facts;

/// The version of the file, which grows with each change of what it means.
pub const VERSION: u32 = 1;

/// What was said of a document when its facts were written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactsFile {
    /// [`VERSION`].
    pub qoltanba_facts: u32,
    /// The document's name, as it was given.
    pub name: Option<String>,
    /// SHA-256 of the document, hexadecimal.
    pub sha256: String,
    pub facts: Facts,
}

/// Why a file gives no facts.
#[derive(Debug, thiserror::Error)]
pub enum FactsFileError {
    /// Not the JSON of such a file.
    #[error("{0}")]
    Malformed(#[from] serde_json::Error),
    /// Of a version that is not known here.
    #[error("version {0}")]
    Version(u32),
}

impl FactsFile {
    /// As JSON.
    ///
    /// # Errors
    /// When a number or name cannot be written, which none is that is read.
    pub fn to_json(&self) -> Result<Vec<u8>, FactsFileError> {
        Ok(serde_json::to_vec(self)?)
    }

    /// From JSON.
    ///
    /// # Errors
    /// [`FactsFileError`].
    pub fn from_json(octets: &[u8]) -> Result<Self, FactsFileError> {
        let file: Self = serde_json::from_slice(octets)?;
        if file.qoltanba_facts == VERSION {
            Ok(file)
        } else {
            Err(FactsFileError::Version(file.qoltanba_facts))
        }
    }
}

/// A name that this program gives: of a form, of a media type, of a limit.
pub type Known = &'static str;

/// Reads such a name. In memory they live for ever, so that there are few: no
/// file can bring as many as it likes.
pub(super) fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Known, D::Error> {
    const MOST: usize = 256;
    const LONGEST: usize = 64;
    static KNOWN: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    let text = String::deserialize(deserializer)?;
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if let Some(name) = known.get(text.as_str()) {
        return Ok(name);
    }
    if known.len() >= MOST || text.len() > LONGEST {
        return Err(D::Error::custom("a name that is not known"));
    }
    let name: &'static str = Box::leak(text.into_boxed_str());
    known.insert(name);
    Ok(name)
}

/// A digest in hexadecimal.
pub(super) mod hexadecimal {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::signature) fn serialize<S: Serializer>(
        digest: &[u8; 32],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&digest.iter().map(|octet| format!("{octet:02x}")).collect::<String>())
    }

    pub(in crate::signature) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(deserializer)?;
        let octet =
            |at: usize| text.get(2 * at..2 * at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        let octets: Option<Vec<u8>> = (0..32).map(octet).collect();
        let octets = octets.filter(|_| text.len() == 64).and_then(|octets| octets.try_into().ok());
        octets.ok_or_else(|| D::Error::custom("no SHA-256"))
    }
}
