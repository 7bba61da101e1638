//! Validation data (EN 319 102-1 3.1): the certificates, revocation lists and answers of responders that a
//! judgement may use. Some are given with the evidence; others came with the document that is judged, or in
//! the timestamps on it. Of each it is known since when it provably exists: since now, or since the time of a
//! timestamp over it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use smallvec::SmallVec;

use super::evidence::{CheckedList, CheckedResponse};
use super::{Evidence, Policy};
use crate::pkix::path::Purpose;
use crate::pkix::{Certificate, Crl, Ocsp, OcspError, UnverifiedCrl, UnverifiedOcsp};
use crate::signature::{Certificates, Position};

/// Up to so many certificates are searched one by one.
const FEW: usize = 8;

/// What came with a document. It stands at positions among the unsigned properties of its signature
/// ([`Position`]); what stands before an archive timestamp that passed exists since its time.
#[derive(Default)]
pub(super) struct Carried {
    pub(super) certificates: Certificates,
    pub(super) lists: Vec<(Position, UnverifiedCrl)>,
    pub(super) responses: Vec<(Position, UnverifiedOcsp)>,
    /// Archive timestamps that passed.
    pub(super) archives: Vec<(Position, Timestamp)>,
    /// The first position of each certificate, in the same order.
    positions: SmallVec<[Position; 2]>,
    /// Their places in both lists by SHA-256, once there are many.
    places: HashMap<[u8; 32], usize>,
    /// A certificate that the signature names by its digest, so that it is as old as that.
    named: Option<([u8; 32], Timestamp)>,
    checked_lists: Mutex<HashMap<(usize, [u8; 32]), CheckedList>>,
    checked_responses: Mutex<HashMap<(usize, [u8; 32]), CheckedResponse>>,
}

impl Carried {
    pub(super) fn add(&mut self, certificate: &Arc<Certificate>, position: Position) {
        if let Some(first) = self.place(certificate).and_then(|place| self.positions.get_mut(place)) {
            *first = position.min(*first);
            return;
        }
        self.certificates.push(Arc::clone(certificate));
        self.positions.push(position);
        if self.certificates.len() > FEW {
            let places = self.certificates.iter().enumerate().skip(self.places.len());
            self.places.extend(places.map(|(place, certificate)| (certificate.sha256(), place)));
        }
    }

    /// The place of a certificate among those that are carried.
    fn place(&self, certificate: &Certificate) -> Option<usize> {
        let id = certificate.sha256();
        match self.places.is_empty() {
            true => self.certificates.iter().position(|known| known.sha256() == id),
            false => self.places.get(&id).copied(),
        }
    }

    /// Whether a certificate is judged with this as it is by itself.
    pub(super) fn is_nothing_beside(&self, certificate: &Certificate) -> bool {
        !self.has_revocation_data()
            && self.archives.is_empty()
            && self.named.is_none()
            && self.certificates.iter().all(|carried| **carried == *certificate)
    }

    /// Whether lists or answers came with the document.
    pub(super) fn has_revocation_data(&self) -> bool {
        !self.lists.is_empty() || !self.responses.is_empty()
    }

    /// Takes note that a certificate exists since a time at which a signature that names it existed.
    pub(super) fn named_since(&mut self, certificate: &Certificate, time: Timestamp) {
        self.named = Some((certificate.sha256(), time));
    }

    /// Since when what stands at a position provably exists.
    pub(super) fn since(&self, position: Position, now: Timestamp) -> Timestamp {
        let over = self.archives.iter().filter(|(at, _)| *at > position);
        over.map(|(_, time)| *time).fold(now, Timestamp::min)
    }

    fn certificate_since(&self, certificate: &Certificate, now: Timestamp) -> Timestamp {
        let id = certificate.sha256();
        let position = self.place(certificate).and_then(|place| self.positions.get(place));
        let by_position = position.map_or(now, |position| self.since(*position, now));
        let by_name = self.named.filter(|(named, _)| *named == id).map_or(now, |(_, time)| time);
        by_position.min(by_name)
    }
}

/// All that there is for one judgement.
#[derive(Clone, Copy)]
pub(super) struct ValidationData<'a> {
    pub(super) evidence: &'a Evidence,
    pub(super) carried: &'a Carried,
    pub(super) policy: &'a Policy,
    /// What anchors must be trusted for, if it matters.
    pub(super) purpose: Option<Purpose>,
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
        let carried = carried.filter(move |(_, (position, _))| self.carried.since(*position, self.now) <= by);
        given.chain(carried.map(|(at, (_, list))| (Place::Carried(at), list)))
    }

    /// Every answer that exists at `by`.
    pub(super) fn responses(self, by: Timestamp) -> impl Iterator<Item = (Place, &'a UnverifiedOcsp)> {
        let given = self.evidence.ocsp.iter().enumerate().map(|(at, answer)| (Place::Given(at), answer));
        let given = given.take_while(move |_| self.now <= by);
        let carried = self.carried.responses.iter().enumerate();
        let carried = carried.filter(move |(_, (position, _))| self.carried.since(*position, self.now) <= by);
        given.chain(carried.map(|(at, (_, answer))| (Place::Carried(at), answer)))
    }

    /// Since when a list provably exists.
    pub(super) fn list_since(self, place: Place) -> Timestamp {
        self.since(place, |at| self.carried.lists.get(at).map(|(position, _)| *position))
    }

    /// Since when an answer provably exists.
    pub(super) fn response_since(self, place: Place) -> Timestamp {
        self.since(place, |at| self.carried.responses.get(at).map(|(position, _)| *position))
    }

    fn since(self, place: Place, position: impl Fn(usize) -> Option<Position>) -> Timestamp {
        match place {
            Place::Given(_) => self.now,
            Place::Carried(at) => position(at).map_or(self.now, |at| self.carried.since(at, self.now)),
        }
    }

    /// Since when a certificate provably exists.
    pub(super) fn exists_since(self, certificate: &Certificate) -> Timestamp {
        self.carried.certificate_since(certificate, self.now)
    }

    /// Certificates that are not the document's own word: those of whoever asks.
    pub(super) fn given_certificates(self) -> impl Iterator<Item = &'a Arc<Certificate>> {
        self.evidence.anchors.certificates().chain(&self.evidence.certificates)
    }

    /// The list there, checked with the key of `signer`, once.
    pub(super) fn checked_list(self, place: Place, signer: &Certificate) -> Option<CheckedList> {
        match place {
            Place::Given(at) => self.evidence.checked_list(at, signer),
            Place::Carried(at) => {
                let (_, list) = self.carried.lists.get(at)?;
                let check = || Crl::verify(list, signer).map(Arc::new);
                Some(once(&self.carried.checked_lists, (at, signer.sha256()), check))
            }
        }
    }

    /// The answer there, checked as one for the authority `issuer`, once.
    pub(super) fn checked_response(self, place: Place, issuer: &Arc<Certificate>) -> CheckedResponse {
        let checked = match place {
            Place::Given(at) => self.evidence.checked_response(at, issuer),
            Place::Carried(at) => self.carried.responses.get(at).map(|(_, answer)| {
                // Its responder's certificate may have come beside it (EN 319 132-1 5.4.1).
                let others = || [self.evidence.certificates.as_slice(), &self.carried.certificates].concat();
                let check = || Ocsp::verify(answer, issuer, &others()).map(Arc::new);
                once(&self.carried.checked_responses, (at, issuer.sha256()), check)
            }),
        };
        checked.unwrap_or(Err(OcspError::Unauthorized))
    }
}

/// What is known under a key, or is found out now.
fn once<K: Eq + Hash, V: Clone>(known: &Mutex<HashMap<K, V>>, key: K, find: impl FnOnce() -> V) -> V {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(key).or_insert_with(find).clone()
}
