//! Taking a new list in place of the one in the store.
//!
//! A list is believed for one of two reasons: its octets have the digest that the operator gives, or it is an
//! XML document that somebody signed whose certificate the last list pinned. The signature is judged as any
//! other, with that one certificate as the trust anchor; what is read is what was signed. A list says who signs
//! the next one, so a signer can be replaced. Its number must be higher than that of the last: an old list,
//! signed as well as the new one, would bring back an anchor that was given up.
//!
//! All is checked before anything is written, and an update that is refused changes nothing.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::list::is_sha256;
use super::{Entry, List, Malformed, Store, file_of, read_alike};
use crate::crypto;
use crate::pkix::Certificate;
use crate::pkix::path::TrustAnchors;
use crate::service::reading::{Reading, Source};
use crate::service::verify::Refusal;
use crate::signature::Octets;
use crate::validation::report::hex;
use crate::validation::{Evidence, NotVerified, Policy, RevocationMode, accept};
use crate::xml::{Limits, tree};

/// The namespace of the root, `trustList`, of an XML document whose text is a list.
pub const NAMESPACE: &str = "urn:qoltanba:trust-list";

/// What an update changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Taken {
    /// It was taken before.
    Already,
    /// The list is new.
    New {
        /// Anchors that were not in the store.
        added: Vec<Entry>,
        /// Anchors that are no longer.
        removed: Vec<Entry>,
    },
}

/// Why an update is refused: the reason that the message tells, and more about it.
struct Reason(&'static str, Vec<(&'static str, String)>);

impl Reason {
    fn plain(reason: &'static str) -> Self {
        Self(reason, Vec::new())
    }
}

impl From<Malformed> for Reason {
    fn from(error: Malformed) -> Self {
        Self("malformed", vec![("detail", error.to_string())])
    }
}

impl From<Reason> for Refusal {
    fn from(Reason(reason, mut params): Reason) -> Self {
        params.push(("reason", reason.to_owned()));
        Self::new("TRUST_UPDATE_REFUSED", params)
    }
}

/// A list that may be believed.
struct Believed {
    list: List,
    sequence: u64,
    certificates: Vec<(String, Arc<Certificate>)>,
}

impl Store {
    /// Puts the list of `document` in place of the one in the store, if its SHA-256 is `pin`, or, without one,
    /// if it is signed by whom the last list named.
    ///
    /// # Errors
    /// `TRUST_UPDATE_REFUSED` with the reason; then nothing was changed. When the store cannot be written,
    /// the old list is there still.
    pub fn update(&mut self, document: &[u8], pin: Option<&str>, now: Timestamp) -> Result<Taken, Refusal> {
        let digest = hex(&crypto::sha256(document));
        let believed = self.believe(document, &digest, pin, now)?;
        let last = self.list.sequence;
        if self.list.update.as_deref() == Some(&digest) {
            return Ok(Taken::Already);
        }
        if last.is_some_and(|last| believed.sequence <= last) {
            let last = last.unwrap_or_default().to_string();
            return Err(
                Reason("older", vec![("sequence", believed.sequence.to_string()), ("last", last)]).into()
            );
        }
        let Believed { mut list, certificates, .. } = believed;
        for (file, certificate) in &certificates {
            read_alike(certificate, Path::new(file))?;
        }
        list.update = Some(digest);
        let missing = |from: &List, there: &List| -> Vec<Entry> {
            let is_there = |entry: &&Entry| there.anchors.iter().any(|other| other.sha256 == entry.sha256);
            from.anchors.iter().filter(|entry| !is_there(entry)).cloned().collect()
        };
        let (added, removed) = (missing(&list, &self.list), missing(&self.list, &list));
        let certificates: Vec<_> = certificates.iter().map(|(file, it)| (file.clone(), it)).collect();
        self.replace(list, &certificates)?;
        Ok(Taken::New { added, removed })
    }

    fn believe(
        &self,
        document: &[u8],
        digest: &str,
        pin: Option<&str>,
        now: Timestamp,
    ) -> Result<Believed, Reason> {
        if let Some(pin) = pin {
            let pin = pin.to_ascii_lowercase();
            if !is_sha256(&pin) || pin != *digest {
                return Err(Reason("pin", vec![("sha256", digest.to_owned())]));
            }
        }
        let pinned = self.list.signer.as_deref();
        let is_xml = document.trim_ascii_start().first() == Some(&b'<');
        let (text, signer) = match (is_xml, pin) {
            (false, None) => return Err(Reason::plain("unsigned")),
            (false, Some(_)) => {
                let text = std::str::from_utf8(document).map_err(|error| Malformed(error.to_string()))?;
                (text.to_owned(), None)
            }
            (true, None) if pinned.is_none() => return Err(Reason::plain("no-signer")),
            // Whom the digest vouches for, it vouches for as a signer too.
            (true, pin) => signed_text(document, pinned.filter(|_| pin.is_none()), now)?,
        };
        let mut list = List::from_toml(&text)?;
        let (Some(sequence), Some(next_update)) = (list.sequence, list.next_update) else {
            return Err(Malformed("sequence and next_update are missing".into()).into());
        };
        if list.update.take().is_some() {
            return Err(Malformed("update belongs to the list of a store".into()).into());
        }
        if next_update <= now {
            return Err(Reason("expired", vec![("next_update", next_update.to_string())]));
        }
        list.signer = list.signer.or(signer).or(pinned.map(str::to_owned));
        let mut certificates = Vec::new();
        for entry in &mut list.anchors {
            let certificate = entry.embedded()?;
            entry.anchor(Arc::clone(&certificate), None)?;
            entry.certificate = None;
            let file = file_of(&entry.sha256);
            entry.file = Some(file.clone());
            certificates.push((file, certificate));
        }
        Ok(Believed { list, sequence, certificates })
    }
}

/// The text of a signed list, and who signed it: `expected`, where somebody is.
fn signed_text(
    document: &[u8],
    expected: Option<&str>,
    now: Timestamp,
) -> Result<(String, Option<String>), Reason> {
    let facts = Reading::default().facts(Source::Memory(document), Octets::Keep);
    let facts = facts.map_err(|refusal| match refusal.code {
        "NO_SIGNATURE" => Reason::plain("unsigned"),
        code => Reason("signature", vec![("detail", code.to_owned())]),
    })?;
    let certificate = match facts.signatures.as_slice() {
        [only] => only.signing_certificate.clone(),
        _ => None,
    };
    let Some(certificate) = certificate else {
        return Err(Reason("signature", vec![("detail", "SIGNING_CERTIFICATE_NOT_FOUND".to_owned())]));
    };
    let signer = hex(&certificate.sha256());
    if expected.is_some_and(|expected| expected != signer) {
        return Err(Reason("signer", vec![("sha256", signer)]));
    }
    // The one certificate is trusted because it is pinned; there is no authority to ask about it.
    let anchors = TrustAnchors::new([certificate]);
    let evidence = Evidence::new(anchors, Vec::new(), Vec::new(), RevocationMode::Off);
    let (report, verified) = accept(facts, crypto::sha256(document), &evidence, &Policy::generic(), now);
    let verified = verified.map_err(|error| {
        let failed = report.signatures.iter().flat_map(|signature| &signature.findings);
        let codes: Vec<&str> = failed
            .filter(|finding| finding.sub_indication.is_some())
            .map(|finding| finding.code.name())
            .collect();
        let detail = match error {
            NotVerified::NotPassed(_) => codes.join(", "),
            NotVerified::SignatureCount(_) | NotVerified::NotCovered => "UNSIGNED_CONTENT".to_owned(),
        };
        Reason("signature", vec![("detail", detail)])
    })?;
    let not_a_list =
        || Malformed(format!("the text of a trustList in the namespace {NAMESPACE} is expected"));
    let content = tree::parse(verified.octets(), &Limits::default()).map_err(|_| not_a_list())?;
    let root = content.element();
    match root.text().filter(|_| root.is(NAMESPACE, "trustList")) {
        Some(text) => Ok((text.to_owned(), Some(signer))),
        None => Err(not_a_list().into()),
    }
}
