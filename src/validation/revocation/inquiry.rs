//! Who may be believed about revocation: which lists and answers were signed by somebody who may, and what
//! they say together of one certificate.
//!
//! What lists mean together, and what an answer says, is `pkix`'s to tell; here they are shown to those who
//! may have signed them, and of a signer outside the path it is found out whether it may be believed: it
//! needs a path of its own to the same trust anchor, whose certificates are not revoked. That question is
//! the first one again, so a signer never vouches for itself, the depth is bounded, and so is the work.
//!
//! Signers of lists come from the path and from the certificates given with the evidence; those that only a
//! document carries are tried with the lists that it carries, and never with one given: with them anybody could
//! have a long list hashed again and again. A responder brings its certificate in its answer or beside it, and
//! the authority whose key it must be of is known.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{Complaint, Used};
use crate::crypto::{KeyError, SignatureAlgorithm};
use crate::pkix::path::Purpose;
use crate::pkix::{
    self, Answer, CertStatus, Certificate, Crl, CrlError, Name, Ocsp, OcspError, Path, Reasons,
    SignatureError, TrustAnchors, Unused,
};
use crate::validation::checks::is_accepted;
use crate::validation::data::{Place, ValidationData};
use crate::validation::policy::settings::Use;
use crate::validation::report::rfc3339;
use crate::validation::{Code, RevocationMode};

/// Certificates of one name tried with one list at most.
const MAX_CANDIDATES: usize = 16;
/// Signers of lists about signers of lists.
const MAX_DEPTH: usize = 4;
/// Paths of signers in one judgement.
const MAX_PATHS: u32 = 256;
/// Answers about one certificate whose signature is checked.
const MAX_RESPONSES: usize = 16;

/// What is known of one certificate at a moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::validation) struct Status {
    pub(super) state: CertStatus,
    /// `crl` or `ocsp`: what the state rests on.
    pub(super) source: Option<&'static str>,
    /// When that was produced.
    pub(super) produced_at: Option<Timestamp>,
}

pub(in crate::validation) struct Inquiry<'a> {
    data: ValidationData<'a>,
    /// The anchor of the path in question: signers of lists must lead to the same.
    anchor: TrustAnchors,
    /// Whether responders that authorities below it appointed are believed.
    is_for_responders: bool,
    /// Signers whose trust is being found out.
    asked: Vec<[u8; 32]>,
    /// Signers whose trust at a time is known.
    trusted: HashMap<([u8; 32], Timestamp, Timestamp, Timestamp), bool>,
    paths_left: u32,
}

impl<'a> Inquiry<'a> {
    /// About certificates below this anchor.
    pub(super) fn new(data: ValidationData<'a>, anchor: &Arc<Certificate>) -> Self {
        Self {
            data,
            anchor: data.evidence.anchors.only(anchor),
            is_for_responders: data
                .evidence
                .anchors
                .find(anchor)
                .is_none_or(|anchor| anchor.is_for(Purpose::Ocsp)),
            asked: Vec::new(),
            trusted: HashMap::new(),
            paths_left: MAX_PATHS,
        }
    }

    /// What is known at `at` of a certificate with the path `above` it, by lists and answers that exist at
    /// `by`.
    pub(super) fn status(
        &mut self,
        certificate: &Certificate,
        above: &[Arc<Certificate>],
        (at, by): (Timestamp, Timestamp),
        complaints: &mut Vec<Complaint>,
    ) -> Status {
        let (answer, lists) = self.by_lists(certificate, above, (at, by), complaints);
        complain(certificate, &answer, &lists, complaints);
        let responses = self.by_responses(certificate, above, (at, by), complaints);
        let responses: Vec<_> =
            responses.iter().map(|(status, response)| (*status, response.produced_at())).collect();
        combine(&answer, &responses, at)
    }

    /// What of the validation data tells of a certificate now, and of the responder that does.
    pub(super) fn used(
        &mut self,
        certificate: &Certificate,
        above: &[Arc<Certificate>],
        now: Timestamp,
    ) -> Vec<Used> {
        let Some(issuer) = above.first() else { return Vec::new() };
        let about: Vec<Place> = self
            .data
            .responses(now)
            .filter(|(_, response)| response.is_about(certificate, issuer))
            .map(|(place, _)| place)
            .take(MAX_RESPONSES)
            .collect();
        let good = about.into_iter().filter_map(|place| {
            let response = self.response(place, above, (now, now)).ok()?;
            let (status, _) = self.heard(&response, certificate, (now, self.data.response_since(place)));
            (status == CertStatus::Good).then_some((place, response))
        });
        if let Some((place, response)) = good.max_by_key(|(_, response)| response.produced_at()) {
            let mut all = vec![Used { places: vec![(false, place)], signers: Vec::new() }];
            if let Some(responder) = response.responder().filter(|responder| !responder.has_no_check()) {
                all.push(self.used_lists(responder, above, now));
            }
            return all;
        }
        vec![self.used_lists(certificate, above, now)]
    }

    fn used_lists(&mut self, certificate: &Certificate, above: &[Arc<Certificate>], now: Timestamp) -> Used {
        let mut used = Used { places: Vec::new(), signers: Vec::new() };
        let issuers = issuers_of_lists(certificate);
        for (place, list) in self.data.lists(now) {
            let is_about = issuers.iter().any(|name| name.matches(list.issuer()));
            if is_about && self.list(place, list, above, (now, now)).is_ok() {
                used.places.push((true, place));
                let signers = candidates(list, place, above, self.data).into_iter();
                used.signers.extend(signers.filter(|signer| {
                    !above.contains(signer) && matches!(self.data.checked_list(place, signer), Some(Ok(_)))
                }));
            }
        }
        used
    }

    /// When the lists and answers about a certificate were made and until when they count, of those that
    /// exist at `by`.
    pub(super) fn moments(
        &mut self,
        certificate: &Certificate,
        above: &[Arc<Certificate>],
        by: Timestamp,
    ) -> Vec<Timestamp> {
        let mut found = Vec::new();
        for (_, list) in self.by_lists(certificate, above, (by, by), &mut Vec::new()).1 {
            found.push(list.this_update());
            found.extend(list.next_update());
        }
        for (_, response) in self.by_responses(certificate, above, (by, by), &mut Vec::new()) {
            found.push(response.produced_at());
            found.extend(response.counts_until(certificate, self.response_age()));
        }
        found
    }

    /// What the lists say, and which lists these are.
    fn by_lists(
        &mut self,
        certificate: &Certificate,
        above: &[Arc<Certificate>],
        (at, by): (Timestamp, Timestamp),
        complaints: &mut Vec<Complaint>,
    ) -> (Answer, Vec<(Place, Arc<Crl>)>) {
        let mut lists = Vec::new();
        let issuers = issuers_of_lists(certificate);
        for (place, list) in self.data.lists(by) {
            if !issuers.iter().any(|name| name.matches(list.issuer())) {
                continue;
            }
            match self.list(place, list, above, (at, by)) {
                Ok(list) => lists.push((place, list)),
                Err(complaint) => complaints.push(complaint),
            }
        }
        let ask = |lists: &[(Place, Arc<Crl>)]| {
            let views: Vec<&Crl> = lists.iter().map(|(_, list)| &**list).collect();
            pkix::status(certificate, &views, at)
        };
        let mut answer = ask(&lists);
        // Whoever condemns is heard, however a list is signed and however old it is; to clear takes more.
        if clears(&answer) {
            let all = lists.len();
            lists.retain(|(place, list)| {
                let is_accepted = self.accepts(list.algorithm(), self.data.list_since(*place));
                if !is_accepted {
                    complaints.push((Code::CRL_ALGORITHM_WEAK, vec![("issuer", list.issuer().to_rfc4514())]));
                }
                is_accepted
            });
            if lists.len() < all {
                answer = ask(&lists);
            }
            if let Some(made) =
                answer.produced_at.filter(|made| clears(&answer) && self.is_too_old(*made, at))
            {
                complaints.push((Code::CRL_TOO_OLD, vec![("this_update", rfc3339(made))]));
                (answer.status, answer.produced_at) = (CertStatus::Unknown, None);
            }
        }
        (answer, lists)
    }

    /// Whether the policy accepts what a list or an answer is signed with, which exists since then.
    fn accepts(&self, algorithm: Option<&SignatureAlgorithm>, since: Timestamp) -> bool {
        algorithm.is_some_and(|algorithm| {
            self.data.policy.signature(algorithm, Use::Revocation, since).is_accepted()
        })
    }

    /// Whether the policy wants something younger than what was made then.
    fn is_too_old(&self, made: Timestamp, at: Timestamp) -> bool {
        self.data.policy.too_old_after(made).is_some_and(|last| last < at)
    }

    /// How long an answer counts that does not say until when.
    fn response_age(&self) -> SignedDuration {
        age(self.data.policy.settings().freshness.answer_hours)
    }

    /// What an answer says, as far as it may be heard.
    fn heard(
        &self,
        response: &Ocsp,
        certificate: &Certificate,
        (at, since): (Timestamp, Timestamp),
    ) -> (CertStatus, Option<Complaint>) {
        let status = response.status(certificate, at, self.response_age());
        let produced = vec![("produced_at", rfc3339(response.produced_at()))];
        match status {
            CertStatus::Stale => (status, Some((Code::OCSP_STALE, produced))),
            CertStatus::Unknown => (status, Some((Code::OCSP_UNKNOWN, produced))),
            CertStatus::Good | CertStatus::RevokedLater { .. }
                if !self.accepts(response.algorithm(), since) =>
            {
                (CertStatus::Stale, Some((Code::OCSP_ALGORITHM_WEAK, produced)))
            }
            CertStatus::Good | CertStatus::RevokedLater { .. }
                if self.is_too_old(response.produced_at(), at) =>
            {
                (CertStatus::Stale, Some((Code::OCSP_TOO_OLD, produced)))
            }
            _ => (status, None),
        }
    }

    /// What each answer about the certificate says, with the answer.
    fn by_responses(
        &mut self,
        certificate: &Certificate,
        above: &[Arc<Certificate>],
        (at, by): (Timestamp, Timestamp),
        complaints: &mut Vec<Complaint>,
    ) -> Vec<(CertStatus, Arc<Ocsp>)> {
        let Some(issuer) = above.first() else { return Vec::new() };
        let mut found = Vec::new();
        let about = self.data.responses(by).filter(|(_, response)| response.is_about(certificate, issuer));
        for (tried, (place, _)) in about.enumerate() {
            if tried >= MAX_RESPONSES {
                complaints.push((Code::OCSP_SEARCH_LIMIT, Vec::new()));
                break;
            }
            match self.response(place, above, (at, by)) {
                Ok(response) => {
                    let since = self.data.response_since(place);
                    let (status, complaint) = self.heard(&response, certificate, (at, since));
                    complaints.extend(complaint);
                    found.push((status, response));
                }
                Err(complaint) => complaints.push(complaint),
            }
        }
        found
    }

    /// An answer whose responder may be believed: the issuer itself, or one to which its key issued a
    /// certificate for this, and which is not revoked (RFC 6960 4.2.2.2.1); the latter only where the anchor
    /// is trusted for this.
    fn response(
        &mut self,
        place: Place,
        above: &[Arc<Certificate>],
        (at, by): (Timestamp, Timestamp),
    ) -> Result<Arc<Ocsp>, Complaint> {
        let Some(issuer) = above.first() else { return Err((Code::OCSP_UNAUTHORIZED, Vec::new())) };
        let name = || ("issuer", issuer.subject().to_rfc4514());
        let response = self.data.checked_response(place, issuer).map_err(|error| match error {
            OcspError::UnknownExtension(oid) => (Code::OCSP_EXTENSION_UNSUPPORTED, vec![("oid", oid)]),
            OcspError::Signature(SignatureError::Unsupported(algorithm)) => {
                (Code::OCSP_ALGORITHM_UNSUPPORTED, vec![("algorithm", algorithm)])
            }
            OcspError::Signature(_) => (Code::OCSP_SIGNATURE_INVALID, vec![name()]),
            OcspError::Status(_) | OcspError::OtherAuthority | OcspError::Unauthorized => {
                (Code::OCSP_UNAUTHORIZED, vec![name()])
            }
        })?;
        let Some(responder) = response.responder() else { return Ok(response) };
        let since = self.data.response_since(place);
        // An answer that nobody had before the responder's certificate ended may have been made after it.
        let is_in_time = since <= responder.not_after() && is_accepted(responder, self.data.policy, since);
        // By id-pkix-ocsp-nocheck the authority vouches for it as long as it is valid.
        let stands = self.is_for_responders
            && is_in_time
            && (responder.has_no_check() || {
                let id = responder.sha256();
                let may_ask = !self.asked.contains(&id) && self.asked.len() < MAX_DEPTH;
                may_ask && {
                    self.asked.push(id);
                    let stands =
                        self.is_clear(responder, above, (at.max(response.produced_at()).max(since), by));
                    self.asked.pop();
                    stands
                }
            });
        if stands {
            return Ok(response);
        }
        Err((Code::OCSP_RESPONDER_UNTRUSTED, vec![("responder", responder.subject().to_rfc4514())]))
    }

    /// The list, checked with the key of a signer who is trusted at `at`.
    fn list(
        &mut self,
        place: Place,
        list: &pkix::UnverifiedCrl,
        above: &[Arc<Certificate>],
        (at, by): (Timestamp, Timestamp),
    ) -> Result<Arc<Crl>, Complaint> {
        let issuer = || ("issuer", list.issuer().to_rfc4514());
        // The later in the way of a list the fault is, the more it tells.
        let mut worst = (0, (Code::CRL_SIGNER_NOT_FOUND, vec![issuer()]));
        let mut complain = |rank: u8, code: Code, more: Option<(&'static str, String)>| {
            if rank > worst.0 {
                worst = (rank, (code, [issuer()].into_iter().chain(more).collect()));
            }
        };
        for (tried, signer) in candidates(list, place, above, self.data).into_iter().enumerate() {
            if tried >= MAX_CANDIDATES {
                complain(7, Code::CRL_SEARCH_LIMIT, None);
                break;
            }
            match self.data.checked_list(place, &signer) {
                Some(Ok(list)) => {
                    // Those of the path are trusted with it.
                    let since = self.data.list_since(place);
                    if above.contains(&signer)
                        || since <= signer.not_after()
                            && self.trusts(&signer, above, (at.max(list.this_update()).max(since), by), since)
                    {
                        return Ok(list);
                    }
                    if self.paths_left == 0 {
                        complain(7, Code::CRL_SEARCH_LIMIT, None);
                    }
                    complain(6, Code::CRL_SIGNER_UNTRUSTED, Some(("signer", signer.subject().to_rfc4514())));
                }
                Some(Err(CrlError::Defect(defect))) => {
                    complain(5, Code::CRL_EXTENSION_UNSUPPORTED, Some(("oid", defect.oid().to_owned())));
                }
                Some(Err(CrlError::KeyUsage)) => complain(4, Code::CRL_SIGNER_USAGE, None),
                Some(Err(CrlError::Signature(SignatureError::Unsupported(algorithm)))) => {
                    complain(3, Code::CRL_ALGORITHM_UNSUPPORTED, Some(("algorithm", algorithm)));
                }
                Some(Err(CrlError::IssuerKey)) => match signer.public_key() {
                    Err(KeyError::Unsupported { algorithm }) => {
                        complain(2, Code::CRL_ALGORITHM_UNSUPPORTED, Some(("algorithm", algorithm.clone())));
                    }
                    _ => complain(1, Code::CRL_SIGNATURE_INVALID, None),
                },
                // Another key of the same name has not signed badly; the right one is missing.
                Some(Err(CrlError::Signature(SignatureError::Invalid(_)))) if is_foreign(list, &signer) => {}
                Some(Err(CrlError::Signature(_) | CrlError::WrongIssuer)) => {
                    complain(1, Code::CRL_SIGNATURE_INVALID, None);
                }
                None => {}
            }
        }
        Err(worst.1)
    }

    /// Whether a signer of lists has a path to the same anchor at `at`, of which nothing is revoked
    /// (RFC 5280 6.3.3 (f)). A list that was made after the moment of the judgement asks for a path at
    /// its own time: before it there was none to sign with, and an expired key proves nothing later. The list
    /// exists `since` then, and by then the policy must accept what the path is made with.
    fn trusts(
        &mut self,
        signer: &Arc<Certificate>,
        above: &[Arc<Certificate>],
        (at, by): (Timestamp, Timestamp),
        since: Timestamp,
    ) -> bool {
        let key = (signer.sha256(), at, by, since);
        if let Some(known) = self.trusted.get(&key) {
            return *known;
        }
        if self.asked.contains(&key.0) || self.asked.len() >= MAX_DEPTH || self.paths_left == 0 {
            return false;
        }
        self.paths_left = self.paths_left.saturating_sub(1);
        let mut pool = self.data.evidence.certificates.clone();
        pool.extend(above.iter().cloned());
        let path = pkix::path::build(signer, &self.anchor, &pool, at);
        self.asked.push(key.0);
        let holds = path.is_ok_and(|path| {
            let below_anchor = path.certificates.iter().rev().skip(1);
            let mut all = below_anchor.map(|certificate| is_accepted(certificate, self.data.policy, since));
            all.all(|strong| strong) && self.stands(&path, (at, by))
        });
        self.asked.pop();
        // Below another question it may have been cut short.
        if self.asked.is_empty() {
            self.trusted.insert(key, holds);
        }
        holds
    }

    /// Whether nothing of a signer's path is revoked, or unclear where evidence is required.
    fn stands(&mut self, path: &Path, when: (Timestamp, Timestamp)) -> bool {
        path.certificates.iter().enumerate().all(|(place, certificate)| {
            let above = path.certificates.get(place.saturating_add(1)..).unwrap_or_default();
            above.is_empty() || self.is_clear(certificate, above, when)
        })
    }

    /// Whether a certificate is not revoked, or not clearly so where no evidence is required.
    fn is_clear(
        &mut self,
        certificate: &Certificate,
        above: &[Arc<Certificate>],
        when: (Timestamp, Timestamp),
    ) -> bool {
        match self.status(certificate, above, when, &mut Vec::new()).state {
            CertStatus::Good | CertStatus::RevokedLater { .. } => true,
            CertStatus::Revoked { .. } | CertStatus::NeverIssued => false,
            CertStatus::Stale | CertStatus::Unknown => {
                self.data.evidence.revocation != RevocationMode::Required
            }
        }
    }
}

fn age(hours: u32) -> SignedDuration {
    SignedDuration::from_hours(i64::from(hours))
}

/// Whether lists say that somebody was not revoked at the moment.
fn clears(answer: &Answer) -> bool {
    matches!(answer.status, CertStatus::Good | CertStatus::RevokedLater { .. })
}

/// Who may issue lists about a certificate: its issuer, and whom it names (RFC 5280 4.2.1.13).
fn issuers_of_lists(certificate: &Certificate) -> Vec<&Name> {
    let named = certificate.distribution_points().iter().filter_map(|point| point.crl_issuer());
    named.flatten().chain([certificate.issuer()]).collect()
}

/// What lists and answers say together. Whoever condemns is heard, but for a hold that something later
/// lifts; one good word is enough where nobody does.
fn combine(lists: &Answer, responses: &[(CertStatus, Timestamp)], at: Timestamp) -> Status {
    let mut revoked: Option<(Timestamp, Option<&'static str>, &'static str, Option<Timestamp>)> = None;
    let mut later: Option<(Timestamp, &'static str, Option<Timestamp>)> = None;
    let mut good: Option<(&'static str, Option<Timestamp>)> = None;
    let mut denied = None;
    let mut hear = |state: CertStatus, source: &'static str, produced_at: Option<Timestamp>| match state {
        CertStatus::Revoked { at, reason } => {
            if revoked.is_none_or(|(known, ..)| at < known) {
                revoked = Some((at, reason, source, produced_at));
            }
        }
        CertStatus::RevokedLater { at } => {
            if later.is_none_or(|(known, ..)| at < known) {
                later = Some((at, source, produced_at));
            }
        }
        CertStatus::Good => {
            if good.is_none_or(|(_, known)| known <= produced_at) {
                good = Some((source, produced_at));
            }
        }
        CertStatus::NeverIssued => denied = denied.max(produced_at),
        CertStatus::Stale | CertStatus::Unknown => {}
    };
    // A hold ends with what was said later and still before the moment.
    let lifted = |held: Option<Timestamp>| {
        let says_good = |status: &CertStatus| matches!(status, CertStatus::Good);
        let by_response = responses.iter().filter(|(status, _)| says_good(status)).map(|(_, time)| *time);
        let by_list = (lists.status == CertStatus::Good).then_some(lists.produced_at).flatten();
        by_response.chain(by_list).any(|time| held.is_some_and(|held| held < time) && time <= at)
    };
    let is_over = |state: &CertStatus, produced_at| {
        matches!(state, CertStatus::Revoked { reason: Some("certificateHold"), .. }) && lifted(produced_at)
    };
    let of_lists = lists.status;
    if !is_over(&of_lists, lists.produced_at) {
        hear(of_lists, "crl", lists.produced_at);
    }
    for (status, produced_at) in responses {
        let state = *status;
        if !is_over(&state, Some(*produced_at)) {
            hear(state, "ocsp", Some(*produced_at));
        }
    }
    let known = |state, source, produced_at| Status { state, source: Some(source), produced_at };
    match (revoked, denied, later, good) {
        (Some((at, reason, source, produced_at)), ..) => {
            known(CertStatus::Revoked { at, reason }, source, produced_at)
        }
        (_, Some(produced_at), ..) => known(CertStatus::NeverIssued, "ocsp", Some(produced_at)),
        (_, _, Some((at, source, produced_at)), _) => {
            known(CertStatus::RevokedLater { at }, source, produced_at)
        }
        (_, _, _, Some((source, produced_at))) => known(CertStatus::Good, source, produced_at),
        _ => Status { state: CertStatus::Unknown, source: None, produced_at: None },
    }
}

/// Who may have signed the list: certificates of its issuer's name, those of the path first, then those
/// with the right key identifier.
fn candidates(
    list: &pkix::UnverifiedCrl,
    place: Place,
    above: &[Arc<Certificate>],
    data: ValidationData<'_>,
) -> Vec<Arc<Certificate>> {
    let mut found: Vec<(u8, Arc<Certificate>)> = Vec::new();
    let of_path = above.iter().map(|certificate| (0, certificate));
    let given = data.given_certificates().map(|certificate| (1, certificate));
    // Beside a list that the document carries its signer may have come too; a list given is never tried with it.
    let carried = data.carried.certificates.iter().filter(|_| matches!(place, Place::Carried(_)));
    let carried = carried.map(|certificate| (1, certificate));
    for (origin, certificate) in of_path.chain(given).chain(carried) {
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
fn complain(
    certificate: &Certificate,
    answer: &Answer,
    lists: &[(Place, Arc<Crl>)],
    complaints: &mut Vec<Complaint>,
) {
    for (place, why) in &answer.unused {
        let Some((_, list)) = lists.get(*place) else { continue };
        let issuer = ("issuer", list.issuer().to_rfc4514());
        complaints.push(match why {
            Unused::Stale => {
                let next_update = list.next_update().map(rfc3339).unwrap_or_default();
                (Code::CRL_STALE, vec![("next_update", next_update)])
            }
            Unused::OutOfScope => (Code::CRL_OUT_OF_SCOPE, vec![issuer]),
            Unused::WithoutBase => {
                let base = list.base_number().map(ToString::to_string).unwrap_or_default();
                (Code::CRL_DELTA_WITHOUT_BASE, vec![issuer, ("base", base)])
            }
            Unused::NoNextUpdate => (Code::CRL_NO_NEXT_UPDATE, vec![issuer]),
            Unused::AfterExpiry => {
                (Code::CRL_AFTER_EXPIRY, vec![issuer, ("this_update", rfc3339(list.this_update()))])
            }
        });
    }
    if answer.uncovered != Reasons::ALL && answer.uncovered != Reasons::NONE {
        let reasons = answer.uncovered.names().collect::<Vec<_>>().join(", ");
        let subject = ("subject", certificate.subject().to_rfc4514());
        complaints.push((Code::CRL_REASONS_INCOMPLETE, vec![subject, ("reasons", reasons)]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(day: i8) -> Timestamp {
        format!("2026-03-{day:02}T00:00:00Z").parse().expect("a time")
    }

    fn lists(status: CertStatus, produced: i8) -> Answer {
        let known = !matches!(status, CertStatus::Unknown | CertStatus::Stale);
        let produced_at = known.then(|| time(produced));
        Answer { status, produced_at, uncovered: Reasons::NONE, unused: Vec::new() }
    }

    const HOLD: Option<&str> = Some("certificateHold");

    #[test]
    fn a_hold_ends_with_a_later_good_word_and_nothing_else_does() {
        let at = time(10);
        let held = (CertStatus::Revoked { at: time(2), reason: HOLD }, time(3));
        let state = |list, responses: &[_]| combine(&list, responses, at).state;
        let unknown = || lists(CertStatus::Unknown, 0);
        let revoked = CertStatus::Revoked { at: time(2), reason: HOLD };
        assert_eq!(state(unknown(), &[held]), revoked);
        assert_eq!(state(unknown(), &[held, (CertStatus::Good, time(4))]), CertStatus::Good);
        assert_eq!(state(lists(CertStatus::Good, 4), &[held]), CertStatus::Good);
        // Earlier, at the same time, or only after the moment.
        assert_eq!(state(unknown(), &[held, (CertStatus::Good, time(2))]), revoked);
        assert_eq!(state(lists(CertStatus::Good, 3), &[held]), revoked);
        assert_eq!(state(unknown(), &[held, (CertStatus::Good, time(11))]), revoked);
        let list = lists(CertStatus::Revoked { at: time(2), reason: HOLD }, 3);
        assert_eq!(state(list.clone(), &[(CertStatus::Good, time(4))]), CertStatus::Good);
        assert_eq!(state(list, &[(CertStatus::Good, time(3))]), revoked);
        let lost = (CertStatus::Revoked { at: time(2), reason: Some("keyCompromise") }, time(3));
        assert_ne!(state(unknown(), &[lost, (CertStatus::Good, time(4))]), CertStatus::Good);
        assert_ne!(state(lists(CertStatus::Good, 4), &[lost]), CertStatus::Good);
    }

    #[test]
    fn who_denies_a_certificate_is_heard_before_who_knows_nothing_bad() {
        let denied = (CertStatus::NeverIssued, time(3));
        let status = combine(&lists(CertStatus::Good, 5), &[denied, (CertStatus::Good, time(4))], time(10));
        assert_eq!(status.state, CertStatus::NeverIssued);
        let nothing = combine(&lists(CertStatus::Stale, 5), &[(CertStatus::Stale, time(4))], time(10));
        assert_eq!((nothing.state, nothing.source), (CertStatus::Unknown, None));
    }
}
