//! What all lists together say of one certificate at one moment (RFC 5280 6.3.3).
//!
//! A delta and its base are seen as the one list that they make (5.2.4), older lists as what was so
//! then. A line counts wherever it stands, and revocation is for good, but for a hold, which a later
//! list of the same scope may have lifted. That there is no line counts for the reasons that the
//! list covers, while it is fresh; good is who is cleared of all reasons.

use std::cmp::Reverse;

use jiff::Timestamp;

use super::{Crl, Number, Reasons, RevokedEntry, scope::Bearing};
use crate::pkix::{CertStatus, Certificate};

/// A status, and what it rests on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The status.
    pub status: CertStatus,
    /// thisUpdate of the newest CRL that it rests on; none for an unknown one.
    pub produced_at: Option<Timestamp>,
    /// Reasons of which no CRL clears the certificate.
    pub uncovered: Reasons,
    /// The CRLs that do not help, by their place.
    pub unused: Vec<(usize, Unused)>,
}

/// Why a CRL does not help with a certificate at a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unused {
    /// It answers for other certificates.
    OutOfScope,
    /// A delta, and no complete CRL that its changes apply to.
    WithoutBase,
    /// It ended before the moment.
    Stale,
    /// It does not say until when it holds.
    NoNextUpdate,
    /// It was made after the certificate had expired and may have dropped it (RFC 5280 3.3).
    AfterExpiry,
}

/// A CRL, or a delta with its base, asked about a certificate.
struct View<'a> {
    place: usize,
    list: &'a Crl,
    bearing: Bearing,
    /// That there is no line means something.
    whole: bool,
    entry: Option<RevokedEntry>,
}

/// What `lists`, all of trusted signers, say of `certificate` at `at`.
pub fn status(certificate: &Certificate, lists: &[&Crl], at: Timestamp) -> Answer {
    let mut unused = Vec::new();
    let mut views = Vec::with_capacity(lists.len());
    for place in 0..lists.len() {
        match view(place, certificate, lists) {
            Some(view) => {
                if !view.whole {
                    unused.push((place, Unused::WithoutBase));
                }
                views.push(view);
            }
            None => unused.push((place, Unused::OutOfScope)),
        }
    }
    let mut revoked: Option<(&View<'_>, RevokedEntry)> = None;
    let mut later: Option<Timestamp> = None;
    let mut cleared = Reasons::NONE;
    let mut produced_at = None;
    for view in &views {
        match view.entry {
            Some(entry) if entry.revoked_at <= at => {
                if !is_lifted(certificate, view, entry, &views, Some(at))
                    && revoked.is_none_or(|known| weight(known) <= weight((view, entry)))
                {
                    revoked = Some((view, entry));
                }
                continue;
            }
            Some(entry) => {
                if !is_lifted(certificate, view, entry, &views, None) {
                    later = Some(later.map_or(entry.revoked_at, |known| known.min(entry.revoked_at)));
                }
            }
            None if !view.whole => continue,
            None => {
                if let Some(why) = silence(certificate, view.list, at) {
                    unused.push((view.place, why));
                    continue;
                }
            }
        }
        if view.whole && view.bearing.clears != Reasons::NONE {
            cleared = cleared.union(view.bearing.clears);
            produced_at = produced_at.max(Some(view.list.this_update()));
        }
    }
    let uncovered = cleared.complement();
    let status = match (revoked, later) {
        (Some((view, entry)), _) => {
            produced_at = Some(view.list.this_update());
            CertStatus::Revoked { at: entry.revoked_at, reason: entry.reason }
        }
        (None, Some(at)) if uncovered == Reasons::NONE => CertStatus::RevokedLater { at },
        (None, None) if uncovered == Reasons::NONE => CertStatus::Good,
        _ => {
            produced_at = None;
            let stale = unused.iter().any(|(_, why)| *why == Unused::Stale);
            if stale { CertStatus::Stale } else { CertStatus::Unknown }
        }
    };
    Answer { status, produced_at, uncovered, unused }
}

/// Of several lines that condemn, the one of the newest list is told; of equally new ones the line that says
/// the worst, so that the order of the lists changes nothing.
fn weight((view, entry): (&View<'_>, RevokedEntry)) -> impl Ord {
    let for_good = entry.reason != Some("certificateHold");
    (view.list.this_update(), for_good, Reverse(entry.revoked_at), entry.reason)
}

/// The list at `place` as it bears on the certificate, a delta over its base. `None` out of scope.
fn view<'a>(place: usize, certificate: &Certificate, lists: &[&'a Crl]) -> Option<View<'a>> {
    let list = *lists.get(place)?;
    let bearing = list.scope().bearing(list.issuer(), certificate);
    if !bearing.in_scope {
        return None;
    }
    let entry_in = |list: &Crl| list.entry(certificate.issuer(), certificate.serial());
    let (whole, entry) = match list.base_number() {
        None => (true, entry_in(list)),
        Some(_) => {
            let base = base_of(list, lists);
            let entry = entry_in(list).or_else(|| base.and_then(entry_in));
            (base.is_some(), entry.filter(|entry| entry.reason != Some("removeFromCRL")))
        }
    };
    // Whoever stands in a list is revoked by its thisUpdate, whatever a clock wrote (RFC 5280 6.3.3 (i)).
    let entry =
        entry.map(|entry| RevokedEntry { revoked_at: entry.revoked_at.min(list.this_update()), ..entry });
    Some(View { place, list, bearing, whole, entry })
}

/// The newest complete CRL that the delta applies to (RFC 5280 5.2.4 and 6.3.3 (c)): of the same issuer,
/// scope and key, no newer, with a number from BaseCRLNumber on and below the delta's own. The national
/// authority counts its deltas by themselves, so that their numbers fall short even of their base; such a
/// number bounds nothing, and the time alone tells that the delta follows.
fn base_of<'a>(delta: &Crl, lists: &[&'a Crl]) -> Option<&'a Crl> {
    let (from, own) = (delta.base_number()?, delta.number()?);
    let precedes = |number: &Number| number < own || own <= from;
    let fits = |list: &&&Crl| {
        list.base_number().is_none()
            && list.number().is_some_and(|number| from <= number && precedes(number))
            && list.this_update() <= delta.this_update()
            && list.signer_key == delta.signer_key
            && list.scope().is(delta.scope())
            && list.issuer().matches(delta.issuer())
    };
    lists.iter().filter(fits).max_by_key(|list| list.number()).copied()
}

/// Whether a hold had ended: by `until`, a later list of the same scope is without it.
fn is_lifted(
    certificate: &Certificate,
    held: &View<'_>,
    entry: RevokedEntry,
    views: &[View<'_>],
    until: Option<Timestamp>,
) -> bool {
    entry.reason == Some("certificateHold")
        && views.iter().any(|view| {
            view.whole
                && view.entry.is_none()
                && view.list.this_update() > held.list.this_update()
                && until.is_none_or(|until| view.list.this_update() <= until)
                && view.list.scope().is(held.list.scope())
                && view.list.issuer().matches(held.list.issuer())
                && !may_have_dropped(view.list, certificate)
        })
}

/// Why it says nothing that the list has no line; `None` when it says that the certificate is good.
fn silence(certificate: &Certificate, list: &Crl, at: Timestamp) -> Option<Unused> {
    if may_have_dropped(list, certificate) {
        return Some(Unused::AfterExpiry);
    }
    match list.next_update() {
        _ if at <= list.this_update() => None,
        Some(next) if next < at => Some(Unused::Stale),
        Some(_) => None,
        // Without nextUpdate nothing vouches for the time after thisUpdate.
        None => Some(Unused::NoNextUpdate),
    }
}

fn may_have_dropped(list: &Crl, certificate: &Certificate) -> bool {
    let kept = list.parsed.frame.keeps_since.is_some_and(|since| since <= certificate.not_after());
    certificate.not_after() < list.this_update() && !kept
}
