//! Revocation of the certificates of a path, by the lists given (RFC 5280 6.3).
//!
//! What lists mean together is `pkix`'s to say; here they are shown to those who may have signed
//! them, and of a signer outside the path it is found out whether it may be believed: it needs a path
//! of its own to the same trust anchor, whose certificates are not revoked. That question is the first
//! one again, so a signer never vouches for itself, the depth is bounded, and so is the work.
//!
//! Signers come from the path and from the certificates given with the evidence. Those that only a
//! document carries are not tried: with them anybody could have a long list hashed again and again.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::checks::{Params, fail, note};
use super::report::{Finding, Level, Revocation, SubIndication, hex, rfc3339};
use super::{Evidence, RevocationMode};
use crate::crypto::KeyError;
use crate::pkix::{
    self, Answer, Certificate, Crl, CrlError, CrlStatus, Path, Reasons, SignatureError, TrustAnchors, Unused,
};

/// Certificates of one name tried with one list at most.
const MAX_CANDIDATES: usize = 16;
/// Signers of lists about signers of lists.
const MAX_DEPTH: usize = 4;
/// Paths of signers in one judgement.
const MAX_PATHS: u32 = 256;

/// What is known of the revocation of a path.
#[derive(Default)]
pub(super) struct Judged {
    /// Of every certificate but the anchor, the leaf first; nothing where nobody looks.
    pub(super) statuses: Vec<Revocation>,
    pub(super) findings: Vec<Finding>,
}

impl Judged {
    pub(super) fn has_revoked_authority(&self) -> bool {
        self.statuses.iter().skip(1).any(|status| status.status == "revoked")
    }
}

/// Judges every certificate of the path but the anchor.
pub(super) fn check(path: &Path, evidence: &Evidence, at: Timestamp) -> Judged {
    let Some(anchor) = path.certificates.last().filter(|_| evidence.revocation != RevocationMode::Off) else {
        return Judged::default();
    };
    let mut inquiry = Inquiry {
        evidence,
        anchor: TrustAnchors::new(vec![Arc::clone(anchor)]),
        asked: Vec::new(),
        trusted: HashMap::new(),
        paths_left: MAX_PATHS,
    };
    let (mut statuses, mut findings) = (Vec::new(), Vec::new());
    for (place, certificate) in path.certificates.iter().enumerate() {
        let above = path.certificates.get(place.saturating_add(1)..).unwrap_or_default();
        if above.is_empty() {
            break;
        }
        let mut complaints = Vec::new();
        let (answer, lists) = inquiry.answer(certificate, above, at, &mut complaints);
        complain(certificate, &answer, &lists, &mut complaints);
        let status = reported(certificate, &answer);
        report(certificate, place == 0, &status, complaints, evidence.revocation, &mut findings);
        statuses.push(status);
    }
    Judged { statuses, findings }
}

/// A code and its parameters, of what could not be used.
type Complaint = (&'static str, Params);

struct Inquiry<'a> {
    evidence: &'a Evidence,
    /// The anchor of the path in question: signers of lists must lead to the same.
    anchor: TrustAnchors,
    /// Signers whose trust is being found out.
    asked: Vec<[u8; 32]>,
    /// Signers whose trust at a time is known.
    trusted: HashMap<([u8; 32], Timestamp), bool>,
    paths_left: u32,
}

impl Inquiry<'_> {
    /// What the lists say of a certificate with the path `above` it, and which lists these are.
    fn answer(
        &mut self,
        certificate: &Certificate,
        above: &[Arc<Certificate>],
        at: Timestamp,
        complaints: &mut Vec<Complaint>,
    ) -> (Answer, Vec<Arc<Crl>>) {
        let mut lists = Vec::new();
        let issuers = certificate.distribution_points().iter().filter_map(|point| point.crl_issuer());
        let issuers: Vec<_> = issuers.flatten().chain([certificate.issuer()]).collect();
        for (index, list) in self.evidence.crls.iter().enumerate() {
            if !issuers.iter().any(|name| name.matches(list.issuer())) {
                continue;
            }
            match self.list(index, above, at) {
                Ok(list) => lists.push(list),
                Err(complaint) => complaints.push(complaint),
            }
        }
        let views: Vec<&Crl> = lists.iter().map(|list| &**list).collect();
        (pkix::status(certificate, &views, at), lists)
    }

    /// The list at `index`, checked with the key of a signer who is trusted at `at`.
    fn list(
        &mut self,
        index: usize,
        above: &[Arc<Certificate>],
        at: Timestamp,
    ) -> Result<Arc<Crl>, Complaint> {
        let Some(list) = self.evidence.crls.get(index) else { return Err(("CRL_SIGNER_NOT_FOUND", vec![])) };
        let issuer = || ("issuer", list.issuer().to_rfc4514());
        // The later in the way of a list the fault is, the more it tells.
        let mut worst = (0, ("CRL_SIGNER_NOT_FOUND", vec![issuer()]));
        let mut complain = |rank: u8, code: &'static str, more: Option<(&'static str, String)>| {
            if rank > worst.0 {
                worst = (rank, (code, [issuer()].into_iter().chain(more).collect()));
            }
        };
        for (tried, signer) in candidates(list, above, self.evidence).into_iter().enumerate() {
            if tried >= MAX_CANDIDATES {
                complain(7, "CRL_SEARCH_LIMIT", None);
                break;
            }
            match self.evidence.checked_list(index, &signer) {
                Some(Ok(list)) => {
                    // Those of the path are trusted with it.
                    if above.contains(&signer) || self.trusts(&signer, above, at.max(list.this_update())) {
                        return Ok(list);
                    }
                    if self.paths_left == 0 {
                        complain(7, "CRL_SEARCH_LIMIT", None);
                    }
                    complain(6, "CRL_SIGNER_UNTRUSTED", Some(("signer", signer.subject().to_rfc4514())));
                }
                Some(Err(CrlError::Defect(defect))) => {
                    complain(5, "CRL_EXTENSION_UNSUPPORTED", Some(("oid", defect.oid().to_owned())));
                }
                Some(Err(CrlError::KeyUsage)) => complain(4, "CRL_SIGNER_USAGE", None),
                Some(Err(CrlError::Signature(SignatureError::Unsupported(algorithm)))) => {
                    complain(3, "CRL_ALGORITHM_UNSUPPORTED", Some(("algorithm", algorithm)));
                }
                Some(Err(CrlError::IssuerKey)) => match signer.public_key() {
                    Err(KeyError::Unsupported { algorithm }) => {
                        complain(2, "CRL_ALGORITHM_UNSUPPORTED", Some(("algorithm", algorithm.clone())));
                    }
                    _ => complain(1, "CRL_SIGNATURE_INVALID", None),
                },
                // Another key of the same name has not signed badly; the right one is missing.
                Some(Err(CrlError::Signature(SignatureError::Invalid(_)))) if is_foreign(list, &signer) => {}
                Some(Err(CrlError::Signature(_) | CrlError::WrongIssuer)) => {
                    complain(1, "CRL_SIGNATURE_INVALID", None);
                }
                None => {}
            }
        }
        Err(worst.1)
    }

    /// Whether a signer of lists has a path to the same anchor at `at`, of which nothing is revoked
    /// (RFC 5280 6.3.3 (f)). A list that was made after the moment of the judgement asks for a path at
    /// its own time: before it there was none to sign with, and an expired key proves nothing later.
    fn trusts(&mut self, signer: &Arc<Certificate>, above: &[Arc<Certificate>], at: Timestamp) -> bool {
        let key = (signer.sha256(), at);
        if let Some(known) = self.trusted.get(&key) {
            return *known;
        }
        if self.asked.contains(&key.0) || self.asked.len() >= MAX_DEPTH || self.paths_left == 0 {
            return false;
        }
        self.paths_left = self.paths_left.saturating_sub(1);
        let mut pool = self.evidence.certificates.clone();
        pool.extend(above.iter().cloned());
        let path = pkix::path::build(signer, &self.anchor, &pool, at);
        self.asked.push(key.0);
        let holds = path.is_ok_and(|path| self.stands(&path, at));
        self.asked.pop();
        // Below another question it may have been cut short.
        if self.asked.is_empty() {
            self.trusted.insert(key, holds);
        }
        holds
    }

    /// Whether nothing of a signer's path is revoked, or unclear where evidence is required.
    fn stands(&mut self, path: &Path, at: Timestamp) -> bool {
        path.certificates.iter().enumerate().all(|(place, certificate)| {
            let above = path.certificates.get(place.saturating_add(1)..).unwrap_or_default();
            above.is_empty()
                || match self.answer(certificate, above, at, &mut Vec::new()).0.status {
                    CrlStatus::Good | CrlStatus::RevokedLater { .. } => true,
                    CrlStatus::Revoked { .. } => false,
                    CrlStatus::Stale | CrlStatus::Unknown => {
                        self.evidence.revocation != RevocationMode::Required
                    }
                }
        })
    }
}

/// Who may have signed the list: certificates of its issuer's name, those of the path first, then those
/// with the right key identifier.
fn candidates(
    list: &pkix::UnverifiedCrl,
    above: &[Arc<Certificate>],
    evidence: &Evidence,
) -> Vec<Arc<Certificate>> {
    let mut found: Vec<(u8, Arc<Certificate>)> = Vec::new();
    let of_path = above.iter().map(|certificate| (0, certificate));
    let given = evidence.anchors.certificates().iter().chain(&evidence.certificates);
    for (origin, certificate) in of_path.chain(given.map(|certificate| (1, certificate))) {
        let known = || found.iter().any(|(_, other)| other == certificate);
        if !certificate.subject().matches(list.issuer()) || known() {
            continue;
        }
        let known_key = list.authority_key_id().is_some_and(|id| certificate.subject_key_id() == Some(id));
        let hint = match (known_key, is_foreign(list, certificate)) {
            (true, _) => 0,
            (false, false) => 2,
            (false, true) => 4,
        };
        found.push((hint + origin, Arc::clone(certificate)));
    }
    found.sort_by_key(|(order, _)| *order);
    found.into_iter().map(|(_, certificate)| certificate).collect()
}

/// Whether the list says that another key signed it.
fn is_foreign(list: &pkix::UnverifiedCrl, signer: &Certificate) -> bool {
    matches!((list.authority_key_id(), signer.subject_key_id()), (Some(wanted), Some(own)) if wanted != own)
}

/// Adds why the lists that could be read do not help.
fn complain(certificate: &Certificate, answer: &Answer, lists: &[Arc<Crl>], complaints: &mut Vec<Complaint>) {
    for (place, why) in &answer.unused {
        let Some(list) = lists.get(*place) else { continue };
        let issuer = ("issuer", list.issuer().to_rfc4514());
        complaints.push(match why {
            Unused::Stale => {
                let next_update = list.next_update().map(rfc3339).unwrap_or_default();
                ("CRL_STALE", vec![("next_update", next_update)])
            }
            Unused::OutOfScope => ("CRL_OUT_OF_SCOPE", vec![issuer]),
            Unused::WithoutBase => {
                let base = list.base_number().map(ToString::to_string).unwrap_or_default();
                ("CRL_DELTA_WITHOUT_BASE", vec![issuer, ("base", base)])
            }
            Unused::NoNextUpdate => ("CRL_NO_NEXT_UPDATE", vec![issuer]),
            Unused::AfterExpiry => {
                ("CRL_AFTER_EXPIRY", vec![issuer, ("this_update", rfc3339(list.this_update()))])
            }
        });
    }
    if answer.uncovered != Reasons::ALL && answer.uncovered != Reasons::NONE {
        let reasons = answer.uncovered.names().collect::<Vec<_>>().join(", ");
        let subject = ("subject", certificate.subject().to_rfc4514());
        complaints.push(("CRL_REASONS_INCOMPLETE", vec![subject, ("reasons", reasons)]));
    }
}

fn reported(certificate: &Certificate, answer: &Answer) -> Revocation {
    let (status, revoked_at, reason) = match answer.status {
        CrlStatus::Revoked { at, reason } => ("revoked", Some(at), reason),
        CrlStatus::RevokedLater { at } => ("good", Some(at), None),
        CrlStatus::Good => ("good", None, None),
        CrlStatus::Stale | CrlStatus::Unknown => ("unknown", None, None),
    };
    Revocation {
        certificate: hex(&certificate.sha256()),
        status,
        source: (status != "unknown").then_some("crl"),
        produced_at: answer.produced_at,
        reason: reason.map(str::to_owned),
        revoked_at,
    }
}

fn report(
    certificate: &Certificate,
    leaf: bool,
    status: &Revocation,
    complaints: Vec<Complaint>,
    mode: RevocationMode,
    findings: &mut Vec<Finding>,
) {
    let subject = || ("subject", certificate.subject().to_rfc4514());
    match status.status {
        "revoked" if leaf => findings.push(fail(
            "CERTIFICATE_REVOKED",
            SubIndication::RevokedNoPoe,
            vec![
                ("revoked_at", status.revoked_at.map(rfc3339).unwrap_or_default()),
                ("reason", status.reason.clone().unwrap_or_else(|| "unspecified".into())),
            ],
        )),
        "revoked" => findings.push(fail("CA_REVOKED", SubIndication::RevokedCaNoPoe, vec![subject()])),
        "good" => {
            if let Some(revoked_at) = status.revoked_at {
                findings.push(note(
                    "REVOKED_AFTER_VALIDATION_TIME",
                    Level::Warn,
                    vec![("revoked_at", rfc3339(revoked_at))],
                ));
            }
        }
        _ => {
            let mut told: Vec<Complaint> = Vec::new();
            for complaint in complaints {
                if !told.contains(&complaint) {
                    told.push(complaint);
                }
            }
            findings.extend(told.into_iter().map(|(code, params)| note(code, Level::Warn, params)));
            findings.push(match mode {
                RevocationMode::Required => {
                    fail("REVOCATION_UNKNOWN", SubIndication::TryLater, vec![subject()])
                }
                _ => note("REVOCATION_UNKNOWN", Level::Warn, vec![subject()]),
            });
        }
    }
}

#[cfg(test)]
mod tests;
