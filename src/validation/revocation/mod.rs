//! Revocation of the certificates of a path, by lists (RFC 5280 6.3) and by answers of responders
//! (RFC 6960). Who of their signers may be believed is found out in [`inquiry`]; here each certificate of a
//! path is asked about, and what is known becomes lines of the report, findings, and needs.

mod inquiry;

use std::sync::Arc;

use jiff::Timestamp;

use super::checks::Params;
use super::data::{Carried, Place, ValidationData};
use super::report::{Finding, Revocation, rfc3339};
use super::table::{Code, finding};
use super::{Need, RevocationMode};
use crate::pkix::{CertStatus, Certificate, Path};
use inquiry::{Inquiry, Status};

/// What is known of the revocation of a path.
#[derive(Default)]
pub(super) struct Judged {
    /// Of every certificate but the anchor, the leaf first; nothing where nobody looks.
    pub(super) statuses: Vec<Revocation>,
    pub(super) findings: Vec<Finding>,
    /// What would help where the status is not known.
    pub(super) needs: Vec<Need>,
}

impl Judged {
    pub(super) fn has_revoked_authority(&self) -> bool {
        self.statuses.iter().skip(1).any(|status| status.status == "revoked")
    }
}

/// Judges every certificate of the path but the anchor.
pub(super) fn check(path: &Path, data: ValidationData<'_>, at: Timestamp) -> Judged {
    let mode = data.evidence.revocation;
    let mut judged = Judged::default();
    let Some(anchor) = path.certificates.last().filter(|_| mode != RevocationMode::Off) else {
        return judged;
    };
    let mut inquiry = Inquiry::new(data, anchor);
    let nothing = Carried::default();
    let has_carried = data.carried.has_revocation_data();
    let mut given_alone =
        has_carried.then(|| Inquiry::new(ValidationData { carried: &nothing, ..data }, anchor));
    for (place, certificate) in path.certificates.iter().enumerate() {
        let above = path.certificates.get(place.saturating_add(1)..).unwrap_or_default();
        let Some(issuer) = above.first() else { break };
        let mut complaints = Vec::new();
        let status = inquiry.status(certificate, above, (at, data.now), &mut complaints);
        // What the document carries may be fresh still, and not the newest: whoever can ask should.
        let by_given = match &mut given_alone {
            Some(given) => given.status(certificate, above, (at, data.now), &mut Vec::new()).state,
            None => status.state,
        };
        if by_given == CertStatus::Unknown {
            judged.needs.extend(Need::of_status(certificate, issuer));
        }
        let reported = reported(certificate, &status);
        report(certificate, place == 0, (&status, &reported), complaints, mode, &mut judged.findings);
        judged.statuses.push(reported);
    }
    judged
}

/// What tells of the revocation of one certificate: lists (`true`) and answers, and those who signed them
/// without being of the path.
pub(super) struct Used {
    pub(super) places: Vec<(bool, Place)>,
    pub(super) signers: Vec<Arc<Certificate>>,
}

/// What is needed to know of every certificate of a path that it is good: the newest answer, or, where there
/// is none that says so, all lists that tell. Of responders that may be revoked, too.
pub(super) fn used(path: &Path, data: ValidationData<'_>) -> Vec<Used> {
    let Some(anchor) = path.certificates.last() else { return Vec::new() };
    let mut inquiry = Inquiry::new(data, anchor);
    let mut all = Vec::new();
    for (place, certificate) in path.certificates.iter().enumerate() {
        let above = path.certificates.get(place.saturating_add(1)..).unwrap_or_default();
        if !above.is_empty() {
            all.extend(inquiry.used(certificate, above, data.now));
        }
    }
    all
}

/// The latest moment at which something is known of a certificate.
pub(super) enum Latest {
    /// Good until then.
    Good(Timestamp),
    /// Revoked then, and good before.
    RevokedAt(Timestamp),
    /// Not issued by whom it names.
    Never,
    Unknown,
}

/// Moments at which one certificate is looked at, the latest ones.
const MAX_MOMENTS: usize = 64;

/// A path whose certificates are asked about going back in time.
pub(super) struct Slide<'a> {
    path: &'a Path,
    inquiry: Inquiry<'a>,
    now: Timestamp,
}

impl<'a> Slide<'a> {
    pub(super) fn new(path: &'a Path, data: ValidationData<'a>) -> Option<Self> {
        let inquiry = Inquiry::new(data, path.certificates.last()?);
        Some(Self { path, inquiry, now: data.now })
    }

    /// What is known latest of the certificate at a place of the path, by what existed before `control`.
    pub(super) fn latest(&mut self, place: usize, control: Timestamp) -> Latest {
        let Some(certificate) = self.path.certificates.get(place) else { return Latest::Unknown };
        let above = self.path.certificates.get(place.saturating_add(1)..).unwrap_or_default();
        // Strictly before: what exists since the very moment may have been made after it.
        let by = control.saturating_sub(jiff::SignedDuration::from_nanos(1)).unwrap_or(Timestamp::MIN);
        let mut moments = self.inquiry.moments(certificate, above, by);
        moments.push(by.min(self.now));
        moments.sort_unstable();
        moments.dedup();
        for moment in moments.into_iter().rev().filter(|moment| *moment <= by).take(MAX_MOMENTS) {
            match self.inquiry.status(certificate, above, (moment, by), &mut Vec::new()).state {
                // What is good now is good for as long as the judgement goes.
                CertStatus::Good if moment == self.now => return Latest::Good(Timestamp::MAX),
                CertStatus::Good | CertStatus::RevokedLater { .. } => return Latest::Good(moment),
                CertStatus::Revoked { at, .. } => return Latest::RevokedAt(at),
                CertStatus::NeverIssued => return Latest::Never,
                CertStatus::Stale | CertStatus::Unknown => {}
            }
        }
        Latest::Unknown
    }
}

/// A code and its parameters, of what could not be used.
type Complaint = (Code, Params);

fn reported(certificate: &Arc<Certificate>, known: &Status) -> Revocation {
    let (status, revoked_at, reason) = match known.state {
        CertStatus::Revoked { at, reason } => ("revoked", Some(at), reason),
        CertStatus::RevokedLater { at } => ("good", Some(at), None),
        CertStatus::Good => ("good", None, None),
        CertStatus::NeverIssued | CertStatus::Stale | CertStatus::Unknown => ("unknown", None, None),
    };
    Revocation {
        certificate: Arc::clone(certificate),
        status,
        source: known.source,
        produced_at: known.produced_at,
        reason: reason.map(str::to_owned),
        revoked_at,
    }
}

fn report(
    certificate: &Certificate,
    leaf: bool,
    (known, status): (&Status, &Revocation),
    complaints: Vec<Complaint>,
    mode: RevocationMode,
    findings: &mut Vec<Finding>,
) {
    let subject = || ("subject", certificate.subject().to_rfc4514());
    match status.status {
        "revoked" if leaf => findings.push(finding(
            Code::CERTIFICATE_REVOKED,
            vec![
                ("revoked_at", status.revoked_at.map(rfc3339).unwrap_or_default()),
                ("reason", status.reason.clone().unwrap_or_else(|| "unspecified".into())),
            ],
        )),
        "revoked" => findings.push(finding(Code::CA_REVOKED, vec![subject()])),
        "good" => {
            if let Some(revoked_at) = status.revoked_at {
                findings.push(finding(
                    Code::REVOKED_AFTER_VALIDATION_TIME,
                    vec![("revoked_at", rfc3339(revoked_at))],
                ));
            }
        }
        _ if known.state == CertStatus::NeverIssued => {
            findings.push(finding(Code::CERTIFICATE_NEVER_ISSUED, vec![subject()]))
        }
        _ => {
            let mut told: Vec<Complaint> = Vec::new();
            for complaint in complaints {
                if !told.contains(&complaint) {
                    told.push(complaint);
                }
            }
            findings.extend(told.into_iter().map(|(code, params)| finding(code, params)));
            findings.push(match mode {
                RevocationMode::Required => finding(Code::REVOCATION_UNKNOWN, vec![subject()]),
                _ => finding(Code::REVOCATION_UNKNOWN, vec![subject()]).tolerated(),
            });
        }
    }
}

#[cfg(test)]
mod tests;
