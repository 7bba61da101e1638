//! Validation data (EN 319 102-1 3.1): the certificates, revocation lists and answers of responders that a
//! judgement may use. Some are given with the evidence; others came with the document that is judged, or in
//! the timestamps on it. Of each it is known since when it provably exists: since now, or since the time of a
//! timestamp over it.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::Evidence;
use super::evidence::{CheckedList, CheckedResponse};
use crate::pkix::{Certificate, Crl, Ocsp, OcspError, UnverifiedCrl, UnverifiedOcsp};

/// What came with a document.
#[derive(Default)]
pub(super) struct Carried {
    pub(super) certificates: Vec<Arc<Certificate>>,
    /// Lists, and since when each exists.
    pub(super) lists: Vec<(UnverifiedCrl, Timestamp)>,
    /// Answers of responders, likewise.
    pub(super) responses: Vec<(UnverifiedOcsp, Timestamp)>,
    /// Since when certificates exist, by their SHA-256; those that are not here exist since now.
    pub(super) existence: HashMap<[u8; 32], Timestamp>,
}

/// All that there is for one judgement.
#[derive(Clone, Copy)]
pub(super) struct ValidationData<'a> {
    pub(super) evidence: &'a Evidence,
    pub(super) carried: &'a Carried,
    /// The time of the judgement, at which all that is given exists.
    pub(super) now: Timestamp,
}

/// A list or an answer among the validation data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    Given(usize),
    Carried(usize),
}

impl<'a> ValidationData<'a> {
    /// Every list that exists at `by`.
    pub(super) fn lists(self, by: Timestamp) -> impl Iterator<Item = (Place, &'a UnverifiedCrl)> {
        let given = self.evidence.crls.iter().enumerate().map(|(at, list)| (Place::Given(at), list));
        let given = given.take_while(move |_| self.now <= by);
        let carried = self.carried.lists.iter().enumerate();
        let carried = carried.filter(move |(_, (_, since))| *since <= by);
        given.chain(carried.map(|(at, (list, _))| (Place::Carried(at), list)))
    }

    /// Every answer that exists at `by`.
    pub(super) fn responses(self, by: Timestamp) -> impl Iterator<Item = (Place, &'a UnverifiedOcsp)> {
        let given = self.evidence.ocsp.iter().enumerate().map(|(at, answer)| (Place::Given(at), answer));
        let given = given.take_while(move |_| self.now <= by);
        let carried = self.carried.responses.iter().enumerate();
        let carried = carried.filter(move |(_, (_, since))| *since <= by);
        given.chain(carried.map(|(at, (answer, _))| (Place::Carried(at), answer)))
    }

    /// Since when a certificate provably exists.
    pub(super) fn exists_since(self, certificate: &Certificate) -> Timestamp {
        self.carried.existence.get(&certificate.sha256()).copied().unwrap_or(self.now)
    }

    /// Certificates that are not the document's own word: those of whoever asks.
    pub(super) fn given_certificates(self) -> impl Iterator<Item = &'a Arc<Certificate>> {
        self.evidence.anchors.certificates().iter().chain(&self.evidence.certificates)
    }

    /// The list there, checked with the key of `signer`. What was given is remembered.
    pub(super) fn checked_list(self, place: Place, signer: &Certificate) -> Option<CheckedList> {
        match place {
            Place::Given(at) => self.evidence.checked_list(at, signer),
            Place::Carried(at) => {
                self.carried.lists.get(at).map(|(list, _)| Crl::verify(list, signer).map(Arc::new))
            }
        }
    }

    /// The answer there, checked as one for the authority `issuer`. What was given is remembered.
    pub(super) fn checked_response(self, place: Place, issuer: &Arc<Certificate>) -> CheckedResponse {
        let checked =
            match place {
                Place::Given(at) => self.evidence.checked_response(at, issuer),
                Place::Carried(at) => self.carried.responses.get(at).map(|(answer, _)| {
                    Ocsp::verify(answer, issuer, &self.evidence.certificates).map(Arc::new)
                }),
            };
        checked.unwrap_or(Err(OcspError::Unauthorized))
    }
}
