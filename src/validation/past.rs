//! Past signature validation (EN 319 102-1 5.6.2): whether a certificate that no longer holds up still held
//! when something was signed with it, though it has expired or was revoked since.
//!
//! Going down the path from the anchor, the time slides back (5.6.2.2): of each certificate the latest moment
//! is found at which it was known not to be revoked, by lists and answers that provably existed while the
//! keys above it could still be relied upon. What is older than the control time that is left in the end
//! stands; what is not might have been made with a key that anybody had by then.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::RevocationMode;
use super::chain::{self, Chosen};
use super::data::ValidationData;
use super::policy::settings::Use;
use super::report::rfc3339;
use super::revocation::{self, Latest, Slide};
use super::table::{Code, finding};
use crate::pkix::{Certificate, Path};
use crate::signature::xades::NamedCertificate;

/// Why nothing is known of the past.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unknown {
    /// No path whose certificates were all valid then, with algorithms that the policy trusts.
    NoPath,
    /// A certificate of the path, or all that tells of its revocation, is not proven to have existed while
    /// it could be relied upon.
    NoProof,
    /// It was revoked by then, or its keys could no longer be relied upon.
    TooLate,
}

/// The path of a certificate at `used_at`, a moment before now at which its signature provably existed.
///
/// # Errors
/// [`Unknown`]: then what is known of it now decides.
pub(super) fn choose(
    certificate: &Arc<Certificate>,
    named: &[NamedCertificate],
    data: ValidationData<'_>,
    used_at: Timestamp,
) -> Result<Chosen, Unknown> {
    let stood = |path: &Path| match chain::is_strong(path, data.policy, used_at) {
        false => Err(Unknown::NoPath),
        true if used_at < control_time(path, data)? => Ok(()),
        true => Err(Unknown::TooLate),
    };
    let prefers = |path: &Path| stood(path).is_ok();
    let found = chain::find_named(certificate, named, data, used_at, &prefers).ok_or(Unknown::NoPath)?;
    let path = &found.path;
    stood(path)?;
    let mut revocation = revocation::check(path, data, used_at);
    // The last word of an authority counts until it promised the next one; whether it said something else in the
    // meantime, only what is younger than the signature tells.
    let of_signer = revocation.statuses.first().filter(|status| status.status == "good");
    if let Some(made) = of_signer.and_then(|status| status.produced_at).filter(|made| *made < used_at) {
        let params = vec![("produced_at", rfc3339(made)), ("time", rfc3339(used_at))];
        revocation.findings.push(finding(Code::REVOCATION_BEFORE_SIGNATURE, params));
    }
    Ok(Chosen { revocation, found })
}

/// The first moment at which what counts until `last` does no longer.
fn after(last: Timestamp) -> Timestamp {
    last.saturating_add(SignedDuration::from_nanos(1)).unwrap_or(Timestamp::MAX)
}

/// Until when all keys of a path can be relied upon.
fn control_time(path: &Path, data: ValidationData<'_>) -> Result<Timestamp, Unknown> {
    // Whatever exists now existed before the next moment. What an anchor vouched for must have existed before
    // its sunset date.
    let anchor = path.certificates.last().and_then(|last| data.evidence.anchors.find(last));
    let sunset = anchor.and_then(|anchor| anchor.dates.not_after).filter(|sunset| *sunset < data.now);
    let mut control = sunset.map_or(Timestamp::MAX, after);
    let mut slide = Slide::new(path, data).ok_or(Unknown::NoPath)?;
    let mut issuer = path.certificates.last().ok_or(Unknown::NoPath)?;
    for (place, certificate) in path.certificates.iter().enumerate().rev().skip(1) {
        let since = data.exists_since(certificate);
        if since >= control || !is_issued_well(certificate, issuer, data, since) {
            return Err(Unknown::NoProof);
        }
        issuer = certificate;
        // A key proves nothing of the time when nobody answers for it any more.
        let end = after(certificate.not_after());
        if data.evidence.revocation == RevocationMode::Off {
            control = control.min(end);
            continue;
        }
        match slide.latest(place, control) {
            Latest::Good(at) => control = control.min(at),
            Latest::RevokedAt(at) => control = control.min(at),
            Latest::Never => return Err(Unknown::TooLate),
            Latest::Unknown if data.evidence.revocation == RevocationMode::Required => {
                return Err(Unknown::NoProof);
            }
            Latest::Unknown => {}
        }
        control = control.min(end);
    }
    Ok(control)
}

/// Whether a certificate existed while what its issuer signed it with could be relied upon (5.6.2.2: the
/// cryptographic constraints go into the control time). Later anybody could have made it.
fn is_issued_well(
    certificate: &Certificate,
    issuer: &Certificate,
    data: ValidationData<'_>,
    since: Timestamp,
) -> bool {
    let algorithm = certificate.signature_algorithm();
    algorithm.is_ok_and(|algorithm| data.policy.signature(algorithm, Use::Certificate, since).is_accepted())
        && issuer.public_key().is_ok_and(|key| data.policy.accepts_key(key.kind(), since))
}
