//! Past signature validation (EN 319 102-1 5.6.2): whether a certificate that no longer holds up still held
//! when something was signed with it, though it has expired or was revoked since.
//!
//! Going down the path from the anchor, the time slides back (5.6.2.2): of each certificate the latest moment
//! is found at which it was known not to be revoked, by lists and answers that provably existed while the
//! keys above it could still be relied upon. What is older than the control time that is left in the end
//! stands; what is not might have been made with a key that anybody had by then.

use std::sync::Arc;

use jiff::Timestamp;

use super::RevocationMode;
use super::chain::{self, Chosen};
use super::checks::check_strength;
use super::data::ValidationData;
use super::revocation::{self, Latest, Slide};
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
    let stood = |path: &Path| {
        let mut findings = Vec::new();
        check_strength(path, data.policy, used_at, &mut findings);
        match findings.is_empty() {
            false => Err(Unknown::NoPath),
            true if used_at < control_time(path, data)? => Ok(()),
            true => Err(Unknown::TooLate),
        }
    };
    let prefers = |path: &Path| stood(path).is_ok();
    let found = chain::find_named(certificate, named, data, used_at, &prefers).ok_or(Unknown::NoPath)?;
    let path = &found.path;
    stood(path)?;
    let revocation = revocation::check(path, data, used_at);
    Ok(Chosen { revocation, found })
}

/// Until when all keys of a path can be relied upon.
fn control_time(path: &Path, data: ValidationData<'_>) -> Result<Timestamp, Unknown> {
    // Whatever exists now existed before the next moment.
    let mut control = Timestamp::MAX;
    let mut slide = Slide::new(path, data).ok_or(Unknown::NoPath)?;
    for (place, certificate) in path.certificates.iter().enumerate().rev().skip(1) {
        if data.exists_since(certificate) >= control {
            return Err(Unknown::NoProof);
        }
        if data.evidence.revocation == RevocationMode::Off {
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
    }
    Ok(control)
}
