//! Revocation of the certificates of a path, by lists (RFC 5280 6.3) and by answers of responders
//! (RFC 6960). Who of their signers may be believed is found out in [`inquiry`]; here each certificate of a
//! path is asked about, and what is known becomes lines of the report, findings, and needs.

mod inquiry;

use jiff::Timestamp;

use super::checks::{Params, fail, note};
use super::data::ValidationData;
use super::report::{Finding, Level, Revocation, SubIndication, hex, rfc3339};
use super::{Need, RevocationMode};
use crate::pkix::{Certificate, Path};
use inquiry::{Inquiry, State, Status};

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
    for (place, certificate) in path.certificates.iter().enumerate() {
        let above = path.certificates.get(place.saturating_add(1)..).unwrap_or_default();
        let Some(issuer) = above.first() else { break };
        let mut complaints = Vec::new();
        let status = inquiry.status(certificate, above, (at, data.now), &mut complaints);
        if status.state == State::Unknown {
            judged.needs.extend(Need::of_status(certificate, issuer));
        }
        let reported = reported(certificate, &status);
        report(certificate, place == 0, (&status, &reported), complaints, mode, &mut judged.findings);
        judged.statuses.push(reported);
    }
    judged
}

/// A code and its parameters, of what could not be used.
type Complaint = (&'static str, Params);

fn reported(certificate: &Certificate, known: &Status) -> Revocation {
    let (status, revoked_at, reason) = match known.state {
        State::Revoked { at, reason } => ("revoked", Some(at), reason),
        State::RevokedLater { at } => ("good", Some(at), None),
        State::Good => ("good", None, None),
        State::NeverIssued | State::Unknown => ("unknown", None, None),
    };
    Revocation {
        certificate: hex(&certificate.sha256()),
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
        _ if known.state == State::NeverIssued => findings.push(fail(
            "CERTIFICATE_NEVER_ISSUED",
            SubIndication::CertificateChainGeneralFailure,
            vec![subject()],
        )),
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
