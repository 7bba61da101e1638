//! Which path a certificate is judged by, and what is said where there is none.
//!
//! Of several paths one is taken that the policy trusts and whose authorities are not revoked. What the
//! signer named limits the choice. The path itself is built and checked in [`crate::pkix::path`]; here its
//! faults get their codes.

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::checks::check_strength;
use super::data::ValidationData;
use super::evidence::Remembered;
use super::report::{ChainLink, Finding, QualifiedPolicy, rfc3339};
use super::table::{Code, finding};
use super::{Evidence, Need, Policy, revocation};
use crate::pkix::{self, Certificate, Path, PathError, PathFault, PolicyQualifier, ValidPolicy};
use crate::signature::xades::{NamedCertificate, named_as};

/// The path that a certificate is judged by, and what is known of its revocation.
pub(super) struct Chosen {
    pub(super) found: Remembered,
    pub(super) revocation: revocation::Judged,
}

/// The path that a certificate is judged by, remembered or built.
pub(super) fn choose(
    certificate: &Arc<Certificate>,
    named: &[NamedCertificate],
    data: ValidationData<'_>,
    at: Timestamp,
) -> Result<Chosen, Box<PathError>> {
    let with_revocation = |found: Remembered| {
        let revocation = revocation::check(&found.path, data, at);
        Chosen { found, revocation }
    };
    let remembered =
        data.evidence.remembered_path(certificate, data.policy, data.purpose, at).map(with_revocation);
    // Which path is taken must not hang on what was asked before.
    let chosen = match remembered.filter(|chosen| !chosen.revocation.has_revoked_authority()) {
        Some(chosen) => chosen,
        None => build(certificate, data, at)?,
    };
    if named_in(named, &chosen.found.path).is_some() {
        return Ok(chosen);
    }
    // Of several paths, the one that the signer named is meant.
    let prefers = |path: &Path| is_preferred(path, data, at);
    let of_named = build_of(named, certificate, data, at, &prefers);
    Ok(of_named.map_or(chosen, with_revocation))
}

fn build(
    certificate: &Arc<Certificate>,
    data: ValidationData<'_>,
    at: Timestamp,
) -> Result<Chosen, Box<PathError>> {
    // What was found out of the path that was looked at last is mostly of the one that is taken.
    let last = RefCell::new(None::<(Vec<Arc<Certificate>>, (bool, revocation::Judged))>);
    let look = |path: &Path| {
        let judged = revocation::check(path, data, at);
        (is_strong(path, data.policy, at) && !judged.has_revoked_authority(), judged)
    };
    let prefers = |path: &Path| {
        let seen = look(path);
        let is_sound = seen.0;
        last.replace(Some((path.certificates.clone(), seen)));
        is_sound
    };
    let found = find(certificate, &[], data, at, &prefers).map_err(Box::new)?;
    let path = &found.path;
    let known = last.take().filter(|(last, _)| *last == path.certificates);
    let (is_sound, revocation) = known.map_or_else(|| look(path), |(_, seen)| seen);
    // A chain that needed a certificate which only this document carries says nothing of the next. One
    // with a fault of its own gives way to what the next document carries.
    let given = |link: &Arc<Certificate>| {
        data.evidence.anchors.contains(link) || data.evidence.certificates.contains(link)
    };
    if is_sound && path.certificates.iter().skip(1).all(given) {
        data.evidence.remember_path(certificate, data.policy, data.purpose, at, &found);
    }
    Ok(Chosen { found, revocation })
}

pub(super) fn is_strong(path: &Path, policy: &Policy, at: Timestamp) -> bool {
    let mut findings = Vec::new();
    check_strength(path, policy, at, &mut findings);
    findings.is_empty()
}

/// Whether the policy trusts the algorithms and keys and no authority is revoked; of a path that is
/// revoked, EN 319 102-1 5.2.6.4 asks for the next one.
fn is_preferred(path: &Path, data: ValidationData<'_>, at: Timestamp) -> bool {
    is_strong(path, data.policy, at) && !revocation::check(path, data, at).has_revoked_authority()
}

/// A path through certificates of the evidence and those that the document carries, a preferred one if
/// there is one.
fn find(
    certificate: &Arc<Certificate>,
    through: &[Arc<Certificate>],
    data: ValidationData<'_>,
    at: Timestamp,
    prefers: &dyn Fn(&Path) -> bool,
) -> Result<Remembered, PathError> {
    let mut pool = data.evidence.certificates.clone();
    pool.extend(data.carried.certificates.iter().cloned());
    let (anchors, inputs) = (&data.evidence.anchors, &data.evidence.inputs);
    let task = pkix::path::Task { anchors, pool: &pool, through, inputs, purpose: data.purpose, prefers, at };
    let path = task.build(certificate)?;
    Ok(Remembered { links: links(&path.certificates, data.evidence), path: Arc::new(path) })
}

/// The path at a moment that holds what the signer named, if there is one that does; not remembered.
pub(super) fn find_named(
    certificate: &Arc<Certificate>,
    named: &[NamedCertificate],
    data: ValidationData<'_>,
    at: Timestamp,
    prefers: &dyn Fn(&Path) -> bool,
) -> Option<Remembered> {
    let found = find(certificate, &[], data, at, prefers).ok();
    match found {
        Some(found) if named_in(named, &found.path).is_some() => Some(found),
        other => build_of(named, certificate, data, at, prefers).or(other),
    }
}

/// A path in which all certificates are that the signer named, whatever else is in it. What one document
/// names says nothing of the next, so it is not remembered.
fn build_of(
    named: &[NamedCertificate],
    certificate: &Arc<Certificate>,
    data: ValidationData<'_>,
    at: Timestamp,
    prefers: &dyn Fn(&Path) -> bool,
) -> Option<Remembered> {
    let mut through: Vec<Arc<Certificate>> = Vec::new();
    let mut found = HashSet::new();
    for known in [certificate]
        .into_iter()
        .chain(data.evidence.anchors.certificates())
        .chain(&data.evidence.certificates)
        .chain(&data.carried.certificates)
    {
        let places = named_as(named, known);
        if !places.is_empty() && !through.contains(known) {
            through.push(Arc::clone(known));
        }
        found.extend(places);
    }
    // One that is nowhere at hand is in no path.
    if found.len() < named.iter().filter(|entry| entry.is_comparable()).count() {
        return None;
    }
    find(certificate, &through, data, at, prefers).ok()
}

/// The certificates of a path that are named, each with the place of its name; `None` when one that is
/// named is not in the path. Those of an unknown digest are told elsewhere.
fn named_in<'p>(named: &[NamedCertificate], path: &'p Path) -> Option<Vec<(usize, &'p Certificate)>> {
    let mut found: Vec<(usize, &Certificate)> = Vec::new();
    let all = named.iter().filter(|entry| entry.is_comparable()).count();
    for certificate in &path.certificates {
        // The signer's own certificate is mostly the only one named.
        if found.len() == all {
            break;
        }
        found.extend(named_as(named, certificate).into_iter().map(|at| (at, &**certificate)));
    }
    (found.len() == all).then_some(found)
}

/// What the signer named besides the own certificate limits the path (EN 319 102-1, 5.2.8.4.2.1): a
/// certificate that is not in it is a fault, while those of the path need not all be named. An issuer
/// and serial number that contradict the digest beside them are told (5.2.3.4).
pub(super) fn check_named(named: &[NamedCertificate], path: &Path, findings: &mut Vec<Finding>) {
    let Some(found) = named_in(named, path) else {
        findings.push(finding(Code::NAMED_CERTIFICATE_NOT_IN_PATH, Vec::new()));
        return;
    };
    let agrees = |(at, certificate)| {
        named.get(at).is_none_or(|entry: &NamedCertificate| entry.agrees_with(certificate))
    };
    if !found.into_iter().all(agrees) {
        findings.push(finding(Code::ISSUER_SERIAL_MISMATCH, Vec::new()));
    }
}

/// A chain as a report shows it.
pub(super) fn links(certificates: &[Arc<Certificate>], evidence: &Evidence) -> Arc<[ChainLink]> {
    certificates
        .iter()
        .map(|certificate| ChainLink {
            certificate: Arc::clone(certificate),
            trust_anchor: evidence.anchors.contains(certificate),
        })
        .collect()
}

/// What could complete a path that leads nowhere: the issuer of its last certificate.
pub(super) fn needs(leaf: &Arc<Certificate>, error: &PathError) -> Vec<Need> {
    let last = error.chain.last().unwrap_or(leaf);
    let is_open = matches!(error.fault, PathFault::NoChain) && !last.ca_issuer_urls().is_empty();
    if is_open { vec![Need::Issuer { of: Arc::clone(last) }] } else { Vec::new() }
}

/// The table from faults of paths to codes.
pub(super) fn path_finding(leaf: &Certificate, error: &PathError) -> Finding {
    let culprit = error.certificate.as_deref().unwrap_or(leaf);
    let subject = || vec![("subject", culprit.subject().to_rfc4514())];
    let constrained = |limit: &str, value: &str| {
        let anchor = error.chain.last().map_or(leaf, |last| last).subject().to_rfc4514();
        let limit = vec![("limit", limit.to_owned()), ("value", value.to_owned()), ("anchor", anchor)];
        finding(Code::ANCHOR_CONSTRAINED, [subject(), limit].concat())
    };
    match &error.fault {
        PathFault::NoChain => finding(Code::CHAIN_NOT_FOUND, vec![("issuer", culprit.issuer().to_rfc4514())]),
        PathFault::AnchorNotYet(since) => {
            let params = [subject(), vec![("not_before", rfc3339(*since))]].concat();
            finding(Code::ANCHOR_NOT_YET_TRUSTED, params)
        }
        PathFault::AnchorNoLonger(until) => {
            let params = [subject(), vec![("not_after", rfc3339(*until))]].concat();
            finding(Code::ANCHOR_NO_LONGER_TRUSTED, params)
        }
        PathFault::AnchorPurpose(purpose) => constrained("purpose", purpose.name()),
        PathFault::AnchorName(name) => constrained("name", name),
        PathFault::AnchorPolicy => constrained("policy", ""),
        PathFault::SignatureInvalid => finding(Code::CERTIFICATE_SIGNATURE_INVALID, subject()),
        PathFault::UnsupportedAlgorithm(algorithm) => {
            finding(Code::CERTIFICATE_ALGORITHM_UNSUPPORTED, vec![("algorithm", algorithm.clone())])
        }
        PathFault::NotYetValid => {
            finding(Code::CERTIFICATE_NOT_YET_VALID, vec![("not_before", rfc3339(leaf.not_before()))])
        }
        PathFault::Expired => {
            finding(Code::CERTIFICATE_EXPIRED, vec![("not_after", rfc3339(leaf.not_after()))])
        }
        PathFault::CaExpired => finding(Code::CA_EXPIRED, subject()),
        PathFault::CaNotYetValid => finding(Code::CA_NOT_YET_VALID, subject()),
        PathFault::NotCa => finding(Code::ISSUER_NOT_CA, subject()),
        PathFault::PathLengthExceeded => finding(Code::PATH_LENGTH_EXCEEDED, subject()),
        PathFault::IssuerKeyUsage => finding(Code::ISSUER_KEY_USAGE, subject()),
        PathFault::UnknownCriticalExtension(oid) => {
            finding(Code::UNKNOWN_CRITICAL_EXTENSION, vec![("oid", oid.clone())])
        }
        PathFault::NameNotPermitted(name) => {
            let params = [subject(), vec![("name", name.clone())]].concat();
            finding(Code::NAME_NOT_PERMITTED, params)
        }
        PathFault::NameIncomparable(name) => {
            let params = [subject(), vec![("name", name.clone())]].concat();
            finding(Code::NAME_CONSTRAINT_UNSUPPORTED, params)
        }
        PathFault::NoValidPolicy => finding(Code::CERTIFICATE_POLICY_NOT_VALID, subject()),
        PathFault::AnyPolicyMapped => finding(Code::POLICY_MAPPING_INVALID, subject()),
        PathFault::LimitExceeded(limit) => finding(Code::PATH_LIMIT, vec![("limit", (*limit).to_owned())]),
        PathFault::BudgetExceeded => finding(Code::PATH_BUDGET_EXCEEDED, Vec::new()),
    }
}

/// A policy that has qualifiers, as a report shows it.
pub(super) fn qualified(valid: &ValidPolicy) -> Option<QualifiedPolicy> {
    let texts = |take: fn(&PolicyQualifier) -> Option<&String>| -> Vec<String> {
        valid.qualifiers.iter().filter_map(take).filter(|text| !text.is_empty()).cloned().collect()
    };
    let statements = texts(|qualifier| match qualifier {
        PolicyQualifier::Statement(address) => Some(address),
        PolicyQualifier::Notice(_) => None,
    });
    let notices = texts(|qualifier| match qualifier {
        PolicyQualifier::Notice(text) => Some(text),
        PolicyQualifier::Statement(_) => None,
    });
    let is_any = !statements.is_empty() || !notices.is_empty();
    is_any.then(|| QualifiedPolicy { policy: valid.policy.clone(), statements, notices })
}
