//! The checks, in the order of EN 319 102-1: format, signing certificate, X.509 validation, revocation,
//! cryptography, constraints. Codes and their weight stand in [`super::table`]; the first failed
//! check that leads to TOTAL-FAILED decides, else the first that leads to INDETERMINATE.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::chain::{self, Chosen};
use super::data::{Carried, ValidationData};
use super::evidence::{Described, Remembered};
use super::policy::Acceptance;
use super::policy::settings::{Purposes, Settings, Use};
use super::report::{
    Algorithms, CertificateReport, CertificateSummary, ChainLink, Finding, Indication, PropertiesReport,
    Revocation, Signature, SignedContent, Signer, SubIndication, UnsignedContent, hex, rfc3339,
};
use super::table::{Code, finding, weigh};
use super::{Evidence, Need, Policy, Usage, past, time};
use crate::crypto::{DigestAlgorithm, KeyKind, SignatureAlgorithm};
use crate::identity_number::{Bin, Iin, Standing};
use crate::pkix::national::{self, Meaning};
use crate::pkix::path::Purpose;
use crate::pkix::{Certificate, Path, ValidPolicy};
use crate::signature::xades::{IMPLIED_POLICY, NamedCertificate, Properties, SIGNING_TIME};
use crate::signature::{CheckedWith, Covers, Problem, SignatureFacts};

pub(super) type Params = Vec<(&'static str, String)>;

/// The verdict: the policy's levels, then the sub-indication of the worst finding.
pub(super) fn decide(findings: &mut Vec<Finding>, policy: &Policy) -> (Indication, Option<SubIndication>) {
    weigh(findings, policy);
    let failed = || findings.iter().filter_map(|finding| finding.sub_indication);
    let decisive = failed()
        .find(|sub_indication| sub_indication.indication() == Indication::TotalFailed)
        .or_else(|| failed().next());
    match decisive {
        Some(sub_indication) => (sub_indication.indication(), Some(sub_indication)),
        None => (Indication::TotalPassed, None),
    }
}

/// An element that others signed is no unsigned twin as long as all of them pass.
pub(super) fn judge_twins(facts: &[SignatureFacts], signatures: &mut [Signature], policy: &Policy) {
    let failed = signatures.iter().filter(|judged| judged.indication != Indication::TotalPassed).count();
    for (facts, judged) in facts.iter().zip(signatures) {
        let own = usize::from(judged.indication != Indication::TotalPassed);
        if failed > own && !facts.twins_of_others.is_empty() {
            let twins = facts.twins_of_others.iter().cloned().map(Problem::UnsignedTwin);
            judged.findings.extend(twins.map(|twin| problem(&twin)));
            (judged.indication, judged.sub_indication) = decide(&mut judged.findings, policy);
        }
    }
}

pub(super) fn judge_signature(
    facts: &SignatureFacts,
    evidence: &Evidence,
    policy: &Policy,
    at: Timestamp,
) -> Signature {
    let mut findings: Vec<Finding> = facts.problems.iter().map(problem).collect();
    if facts.contents.is_empty() && findings.iter().all(|finding| finding.sub_indication.is_none()) {
        findings.push(finding(Code::REFERENCE_MISSING, Vec::new()));
    }
    let times = time::judge(facts, evidence, policy, at);
    // Of what was signed only an archive timestamp or a proof from outside says that it existed, of the value any.
    let content_since = times.carried.since(0, at).min(evidence.existed_by.unwrap_or(at));
    check_algorithms(facts, policy, (times.best_signature_time, content_since), &mut findings);
    append(&mut findings, times.findings);
    if facts.later_signatures > 0 {
        let count = facts.later_signatures.to_string();
        findings.push(finding(Code::LATER_SIGNATURES_EXCLUDED, vec![("count", count)]));
    }
    if !facts.uncovered.is_empty() {
        let more = if facts.more_uncovered { "+" } else { "" };
        let count = format!("{}{more}", facts.uncovered.len());
        findings.push(finding(Code::UNSIGNED_CONTENT, vec![("count", count)]));
    }
    let mut judged_path = None;
    let mut needs = times.needs;
    let used_at = times.best_signature_time;
    let mut certificate = facts.signing_certificate.as_ref();
    if facts.checked_with == CheckedWith::KeyValue {
        findings.push(finding(Code::KEY_VALUE_VERIFIED, Vec::new()));
    }
    match &facts.signing_certificate {
        _ if matches!(facts.checked_with, CheckedWith::GivenKey | CheckedWith::GivenSecret) => {
            findings.push(finding(Code::KEY_ONLY, Vec::new()));
        }
        None => {
            let known = facts.problems.iter().any(|problem| {
                matches!(
                    problem,
                    Problem::NoSigningCertificate
                        | Problem::SignerSearchLimit(_)
                        | Problem::SecretMissing
                        | Problem::CertificateMalformed(_)
                        | Problem::Limit(_)
                )
            });
            // Where reading ended before any was tried, nothing is said of those that are carried.
            if !known && facts.certificates.is_empty() {
                findings.push(finding(Code::SIGNING_CERTIFICATE_NOT_FOUND, Vec::new()));
            }
        }
        Some(_) => {
            let (chosen, judged) = judge_signer(facts, (evidence, policy, at), &times.carried, used_at);
            certificate = chosen;
            append(&mut findings, judged.findings);
            judged_path = Some((judged.chain, judged.revocation));
            needs.extend(judged.needs);
        }
    }
    let (chain, revocation) = judged_path.unwrap_or_default();
    check_claims(facts, used_at, &mut findings);
    let (indication, sub_indication) = decide(&mut findings, policy);
    let described = certificate.map(|certificate| {
        evidence.described(certificate, |certificate| Described {
            signer: Arc::new(Signer::of(certificate)),
            certificate: Arc::new(CertificateSummary::of(certificate)),
        })
    });
    Signature {
        id: facts.id.clone(),
        format: facts.format,
        indication,
        sub_indication,
        best_signature_time: used_at,
        claimed_signing_time: facts
            .properties
            .as_ref()
            .and_then(|properties| properties.signing_time.clone()),
        algorithms: Algorithms {
            signature: facts.signature_algorithm.clone(),
            digest: facts.digest_algorithms.clone(),
            canonicalization: facts.canonicalization.clone(),
            key_bits: facts.key_bits,
        },
        signer: described.as_ref().map(|described| Arc::clone(&described.signer)),
        certificate: described.map(|described| described.certificate),
        signing_certificate: certificate.cloned(),
        chain,
        revocation,
        timestamps: times.timestamps,
        properties: facts.properties.as_ref().map(properties),
        signed_content: facts
            .contents
            .iter()
            .map(|content| SignedContent {
                uri: content.uri.clone(),
                sha256: hex(&content.sha256),
                bytes: content.bytes,
                covers: match content.covers {
                    Covers::WholeDocument => "whole-document",
                    Covers::Element => "element",
                    Covers::File => "file",
                },
                xpath: content.xpath.clone(),
            })
            .collect(),
        unsigned_content: facts
            .uncovered
            .iter()
            .map(|left| UnsignedContent { xpath: left.xpath.clone(), bytes: left.bytes })
            .collect(),
        findings,
        needs,
    }
}

/// Adds findings behind those that there are, without a copy where there are none.
fn append(findings: &mut Vec<Finding>, mut more: Vec<Finding>) {
    match findings.is_empty() {
        true => *findings = more,
        false => findings.append(&mut more),
    }
}

/// How far the clock of who signs may be from that of who checks or stamps.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(10);

/// Tells what the signer claims that cannot be, and what was not applied of it. A claim decides nothing.
fn check_claims(facts: &SignatureFacts, used_at: Timestamp, findings: &mut Vec<Finding>) {
    let Some(properties) = &facts.properties else { return };
    if let Some(policy) = properties.policy.as_ref().filter(|policy| *policy != IMPLIED_POLICY) {
        findings.push(finding(Code::SIGNATURE_POLICY_NOT_APPLIED, vec![("policy", policy.clone())]));
    }
    // Without a time zone it is not known which time is claimed.
    let claimed = properties.signing_time.as_ref().and_then(|time| Some((time, time.parse().ok()?)));
    let Some((written, claimed)) = claimed else { return };
    let is_after = |one: Timestamp, other: Timestamp| one.duration_since(other) > CLOCK_SKEW;
    // Of several certificates of the key an earlier one may have been meant.
    let not_before = signers(facts).map(|certificate| certificate.not_before()).min();
    let found = match not_before.filter(|not_before| is_after(*not_before, claimed)) {
        Some(not_before) => ("early", not_before),
        None if is_after(claimed, used_at) => ("late", used_at),
        None => return,
    };
    let (reason, time) = (("reason", found.0.to_owned()), ("time", rfc3339(found.1)));
    findings.push(finding(Code::SIGNING_TIME_IMPLAUSIBLE, vec![("claimed", written.clone()), time, reason]));
}

/// Certificates of one key that are judged for one signature: each wants a path.
const MOST_OF_ONE_KEY: usize = 8;

/// Whose signature it may be: the certificate whose key verifies the value and, where nothing that is signed says which
/// is meant, or all of them are signed together, others of that key in KeyInfo: one from before a renewal, or the
/// holder's own from before an authority's.
pub(super) fn signers(facts: &SignatureFacts) -> impl Iterator<Item = &Arc<Certificate>> {
    let first = facts.signing_certificate.as_ref();
    let of_id = |id: &[u8; 32]| facts.certificates.iter().find(|other| other.sha256() == *id);
    first.into_iter().chain(facts.same_key.iter().filter_map(of_id)).take(MOST_OF_ONE_KEY)
}

/// Judges the signer's certificate. Of several of one key the first that holds up counts, and where none does, or one
/// before it is revoked or may be, the first of all: what is said of one may be said of the key.
fn judge_signer<'f>(
    facts: &'f SignatureFacts,
    (evidence, policy, at): (&Evidence, &Policy, Timestamp),
    carried: &Carried,
    used_at: Timestamp,
) -> (Option<&'f Arc<Certificate>>, JudgedCertificate) {
    let usage = if policy.demands_of_signers() { Usage::Sign } else { Usage::Any };
    // What stands above a certificate that is not the one named says nothing more.
    let is_bound = facts.checked_with == CheckedWith::Certificate
        && !facts.problems.contains(&Problem::SigningCertificateMismatch);
    let named = match &facts.properties {
        Some(properties) if is_bound => properties.signing_certificates.as_slice(),
        _ => &[],
    };
    let purpose = Some(Purpose::Signing);
    let data = ValidationData { evidence, carried, policy, purpose, now: at };
    let judge = |certificate: &'f Arc<Certificate>| {
        let is_alone = named.is_empty() && used_at >= at && carried.is_nothing_beside(certificate);
        let mut judged = match is_alone {
            true => JudgedCertificate::of_report(&evidence.judged(
                certificate,
                (usage, purpose),
                policy,
                at,
                || report_alone(certificate, (usage, purpose), evidence, policy, at),
            )),
            false => judge_certificate(certificate, named, usage, data, used_at),
        };
        if used_at < certificate.not_before() {
            let times = vec![("time", rfc3339(used_at)), ("not_before", rfc3339(certificate.not_before()))];
            judged.findings.insert(0, finding(Code::SIGNATURE_BEFORE_CERTIFICATE, times));
        }
        (Some(certificate), judged)
    };
    let holds = |(_, judged): &(_, JudgedCertificate)| {
        decide(&mut judged.findings.clone(), policy).0 == Indication::TotalPassed
    };
    let mut signers = signers(facts).peekable();
    let Some(mut first) = signers.next().map(judge) else { return (None, JudgedCertificate::default()) };
    let may_be_revoked = |(_, judged): &(_, JudgedCertificate)| {
        judged.revocation.iter().any(|status| matches!(status.status, "revoked" | "unknown"))
    };
    if signers.peek().is_none() || holds(&first) || may_be_revoked(&first) {
        return first;
    }
    for other in signers.map(judge) {
        if holds(&other) {
            return other;
        }
        let is_last = may_be_revoked(&other);
        first.1.needs.extend(other.1.needs);
        if is_last {
            break;
        }
    }
    first
}

/// The table from what the bytes show to codes.
pub(super) fn problem(problem: &Problem) -> Finding {
    match problem.clone() {
        Problem::Malformed(detail) => finding(Code::SIGNATURE_MALFORMED, vec![("detail", detail)]),
        Problem::SignedInfoNotUnique => finding(Code::SIGNED_INFO_NOT_UNIQUE, Vec::new()),
        Problem::Comment => finding(Code::COMMENT_IN_SIGNATURE, Vec::new()),
        Problem::NoReference => finding(Code::REFERENCE_MISSING, Vec::new()),
        Problem::ReferenceNotFound(uri) => finding(Code::REFERENCE_NOT_FOUND, vec![("uri", uri)]),
        Problem::ReferenceExternal(uri) => finding(Code::REFERENCE_EXTERNAL, vec![("uri", uri)]),
        Problem::CoversNothing(uri) => finding(Code::REFERENCE_EMPTY, vec![("uri", uri)]),
        Problem::NotCounterSignature => finding(Code::NOT_COUNTER_SIGNATURE, Vec::new()),
        Problem::DuplicateIdentifier(id) => finding(Code::DUPLICATE_IDENTIFIER, vec![("id", id)]),
        Problem::Wrapped(uri) => finding(Code::SIGNATURE_WRAPPED, vec![("uri", uri)]),
        Problem::CarrierUnverified(place) => finding(Code::CARRIER_UNVERIFIED, vec![("uri", place)]),
        Problem::UnsignedTwin(xpath) => finding(Code::UNSIGNED_TWIN, vec![("xpath", xpath)]),
        Problem::ManifestReferenceUnchecked(uri) => {
            finding(Code::MANIFEST_REFERENCE_UNCHECKED, vec![("uri", uri), ("reason", "absent".to_owned())])
        }
        Problem::ManifestReferenceMissing(uri) => {
            finding(Code::MANIFEST_REFERENCE_UNCHECKED, vec![("uri", uri), ("reason", "missing".to_owned())])
        }
        Problem::ManifestElsewhere(uri) => finding(
            Code::MANIFEST_REFERENCE_UNCHECKED,
            vec![("uri", uri), ("reason", "elsewhere".to_owned())],
        ),
        Problem::ManifestAround(uri) => {
            finding(Code::MANIFEST_REFERENCE_UNCHECKED, vec![("uri", uri), ("reason", "around".to_owned())])
        }
        Problem::ManifestEntryUnread(entry) => {
            finding(Code::MANIFEST_REFERENCE_UNCHECKED, vec![("uri", entry), ("reason", "unread".to_owned())])
        }
        Problem::ManifestLimit(count) => {
            let params = vec![("count", count.to_string()), ("reason", "limit".to_owned())];
            finding(Code::MANIFEST_REFERENCE_UNCHECKED, params)
        }
        Problem::ManifestReferenceMismatch(uri) => {
            finding(Code::MANIFEST_REFERENCE_MISMATCH, vec![("uri", uri)])
        }
        Problem::EcdsaDer => finding(Code::ECDSA_VALUE_DER, Vec::new()),
        Problem::EcdsaLength => finding(Code::ECDSA_VALUE_LENGTH, Vec::new()),
        Problem::SecretMissing => finding(Code::HMAC_KEY_MISSING, Vec::new()),
        Problem::HmacTooShort => finding(Code::HMAC_TOO_SHORT, Vec::new()),
        Problem::HmacLengthNotOctets(bits) => hmac_length("octets", bits),
        Problem::HmacLongerThanHash(bits) => hmac_length("longer", bits),
        Problem::PropertiesNotSigned => finding(Code::PROPERTIES_NOT_SIGNED, Vec::new()),
        // A time that is merely claimed decides nothing.
        Problem::PropertyMalformed(property) if property == SIGNING_TIME => {
            finding(Code::PROPERTY_MALFORMED, vec![("property", property)]).tolerated()
        }
        Problem::PropertyMalformed(property) => {
            finding(Code::PROPERTY_MALFORMED, vec![("property", property)])
        }
        Problem::PropertiesTarget(target) => {
            finding(Code::PROPERTIES_TARGET_MISMATCH, vec![("target", target)])
        }
        Problem::ObjectReferenceUnmatched { property, uri } => {
            finding(Code::OBJECT_REFERENCE_UNMATCHED, vec![("property", property), ("uri", uri)])
        }
        Problem::SigningCertificateMismatch => finding(Code::SIGNING_CERTIFICATE_MISMATCH, Vec::new()),
        Problem::SigningCertificateAmbiguous => finding(Code::SIGNING_CERTIFICATE_AMBIGUOUS, Vec::new()),
        Problem::Limit(limit) => finding(Code::XML_LIMIT, vec![("limit", limit.to_owned())]),
        Problem::Unreadable(detail) => finding(Code::DOCUMENT_UNREADABLE, vec![("detail", detail)]),
        Problem::TransformUnsupported(algorithm) => {
            finding(Code::TRANSFORM_UNSUPPORTED, vec![("algorithm", algorithm)])
        }
        Problem::CanonicalizationUnsupported(algorithm) => {
            finding(Code::CANONICALIZATION_UNSUPPORTED, vec![("algorithm", algorithm)])
        }
        Problem::DigestUnsupported(algorithm) => {
            finding(Code::DIGEST_ALGORITHM_UNSUPPORTED, vec![("algorithm", algorithm)])
        }
        Problem::SignatureAlgorithmUnsupported(algorithm) => {
            finding(Code::SIGNATURE_ALGORITHM_UNSUPPORTED, vec![("algorithm", algorithm)])
        }
        Problem::KeyUnsupported(detail) => finding(Code::KEY_ALGORITHM_UNSUPPORTED, vec![("detail", detail)]),
        Problem::KeyInfoUnread(detail) => finding(Code::KEY_INFO_ITEM_UNREADABLE, vec![("detail", detail)]),
        Problem::KeyInfoReferenceUnread(uri) => {
            finding(Code::KEY_INFO_REFERENCE_UNREADABLE, vec![("uri", uri)])
        }
        Problem::DigestMismatch(uri) => finding(Code::DIGEST_MISMATCH, vec![("uri", uri)]),
        Problem::SignatureMismatch => finding(Code::SIGNATURE_MISMATCH, Vec::new()),
        Problem::KeyTypeMismatch => finding(Code::KEY_TYPE_MISMATCH, Vec::new()),
        Problem::CertificateMalformed(detail) => {
            finding(Code::CERTIFICATE_MALFORMED, vec![("detail", detail)])
        }
        Problem::SignerSearchLimit(limit) => {
            finding(Code::SIGNING_CERTIFICATE_SEARCH_LIMIT, vec![("limit", limit.to_string())])
        }
        Problem::NoSigningCertificate => finding(Code::SIGNING_CERTIFICATE_NOT_FOUND, Vec::new()),
    }
}

/// A length of an HMAC that no HMAC has.
fn hmac_length(fault: &str, bits: u32) -> Finding {
    let params = vec![("fault", fault.to_owned()), ("bits", bits.to_string())];
    finding(Code::HMAC_LENGTH_INVALID, params)
}

/// The signature's own algorithms, at the times by which it and its content provably existed.
fn check_algorithms(
    facts: &SignatureFacts,
    policy: &Policy,
    (at, content_since): (Timestamp, Timestamp),
    findings: &mut Vec<Finding>,
) {
    let algorithm = facts.algorithm.or_else(|| SignatureAlgorithm::from_uri(&facts.signature_algorithm));
    match algorithm {
        Some(algorithm) if !policy.knows_scheme(&algorithm, Use::Signature) => findings.push(finding(
            Code::ALGORITHM_NOT_ALLOWED,
            vec![("algorithm", facts.signature_algorithm.to_string())],
        )),
        Some(algorithm) => {
            let standing = policy.signature(&algorithm, Use::Signature, at);
            findings.extend(fallen(standing, &facts.signature_algorithm));
        }
        None => {}
    }
    // The keys of certificates are judged with their chain.
    if let Some(key) = facts.given_key {
        check_key_size(key, facts.key_bits.unwrap_or_default(), policy, at, findings);
    }
    for uri in &facts.digest_algorithms {
        let digest = DigestAlgorithm::from_uri(uri);
        let standing = digest.map(|digest| policy.digest(digest, Use::Signature, content_since));
        findings.extend(standing.and_then(|standing| fallen(standing, uri)));
    }
}

/// What is said of an algorithm that is not accepted.
fn fallen(standing: Acceptance, algorithm: &str) -> Option<Finding> {
    let algorithm = || ("algorithm", algorithm.to_owned());
    match standing {
        Acceptance::Accepted => None,
        Acceptance::Never => Some(finding(Code::ALGORITHM_WEAK, vec![algorithm()])),
        Acceptance::Ended(date) => {
            Some(finding(Code::ALGORITHM_ENDED, vec![algorithm(), ("until", date.to_string())]))
        }
    }
}

fn properties(properties: &Properties) -> PropertiesReport {
    PropertiesReport {
        policy: properties.policy.clone(),
        commitments: properties.commitments.clone(),
        claimed_roles: properties.claimed_roles.clone(),
        production_place: properties.production_place.clone(),
        media_types: properties
            .data_object_formats
            .iter()
            .filter_map(|format| format.media_type.clone())
            .collect(),
        counter_signatures: properties.counter_signatures,
    }
}

#[derive(Default)]
pub(super) struct JudgedCertificate {
    pub(super) findings: Vec<Finding>,
    chain: Arc<[ChainLink]>,
    policies: Vec<ValidPolicy>,
    pub(super) revocation: Arc<[Revocation]>,
    pub(super) needs: Vec<Need>,
}

/// The report on a certificate by itself, asked to be good for `usage` below an anchor that is trusted for
/// `purpose`.
pub(super) fn report_alone(
    certificate: &Arc<Certificate>,
    (usage, purpose): (Usage, Option<Purpose>),
    evidence: &Evidence,
    policy: &Policy,
    at: Timestamp,
) -> CertificateReport {
    let carried = &Carried::default();
    let data = ValidationData { evidence, carried, policy, purpose, now: at };
    let mut judged = judge_certificate(certificate, &[], usage, data, at);
    let (indication, sub_indication) = decide(&mut judged.findings, policy);
    CertificateReport {
        validation_time: at,
        policy: evidence.policy_name(policy),
        certificate: Arc::clone(certificate),
        indication,
        sub_indication,
        findings: judged.findings,
        chain: judged.chain,
        valid_policies: judged.policies.iter().map(|valid| valid.policy.clone()).collect(),
        policy_qualifiers: judged.policies.iter().filter_map(chain::qualified).collect(),
        revocation: judged.revocation,
        needs: judged.needs,
    }
}

/// Judges a certificate whose key was used by `used_at`, now or before: as things are now, and where they no
/// longer hold, as they provably were then.
pub(super) fn judge_certificate(
    certificate: &Arc<Certificate>,
    named: &[NamedCertificate],
    usage: Usage,
    data: ValidationData<'_>,
    used_at: Timestamp,
) -> JudgedCertificate {
    let policy = data.policy;
    let mut judged = JudgedCertificate::default();
    check_usage(certificate, usage, policy, &mut judged.findings);
    if policy.settings().usages.identity_numbers {
        check_numbers(certificate, &mut judged.findings);
    }
    let before = judged.findings.len();
    match chain::choose(certificate, named, data, data.now) {
        Ok(chosen) => judged.take(chosen, named, policy, data.now),
        Err(error) => {
            judged.chain = chain::links(&error.chain, data.evidence);
            judged.needs = chain::needs(certificate, &error);
            judged.findings.push(chain::path_finding(certificate, &error));
        }
    }
    let holds = judged.findings.iter().skip(before).all(|finding| finding.sub_indication.is_none());
    if holds || used_at >= data.now {
        return judged;
    }
    match past::choose(certificate, named, data, used_at) {
        Ok(chosen) => {
            judged.findings.truncate(before);
            judged.needs.clear();
            judged.take(chosen, named, policy, used_at);
            let time = vec![("time", rfc3339(used_at))];
            judged.findings.push(finding(Code::PAST_VALIDATION, time));
        }
        Err(why) => {
            let reason = match why {
                past::Unknown::NoPath => "path",
                past::Unknown::NoProof => "proof",
                past::Unknown::TooLate => "late",
            };
            let params = vec![("reason", reason.to_owned()), ("time", rfc3339(used_at))];
            judged.findings.push(finding(Code::PAST_VALIDATION_FAILED, params));
        }
    }
    judged
}

impl JudgedCertificate {
    /// As a report has it. That its findings are weighed by the policy already makes no difference: they weigh the
    /// same once more.
    fn of_report(report: &CertificateReport) -> Self {
        Self {
            findings: report.findings.clone(),
            chain: Arc::clone(&report.chain),
            policies: Vec::new(),
            revocation: Arc::clone(&report.revocation),
            needs: report.needs.clone(),
        }
    }

    fn take(&mut self, chosen: Chosen, named: &[NamedCertificate], policy: &Policy, at: Timestamp) {
        let Chosen { found: Remembered { path, links }, revocation } = chosen;
        self.chain = links;
        self.policies.clone_from(&path.policies);
        chain::check_named(named, &path, &mut self.findings);
        check_strength(&path, policy, at, &mut self.findings);
        self.revocation = revocation.statuses.into();
        self.findings.extend(revocation.findings);
        self.needs = revocation.needs;
    }
}

fn check_usage(certificate: &Certificate, usage: Usage, policy: &Policy, findings: &mut Vec<Finding>) {
    let extended = certificate.extended_key_usage();
    let allows = |usage: &str| {
        let code = |purpose: &String| national::code(Meaning::Usage, purpose);
        extended.iter().copied().flatten().filter_map(code).any(|code| code == usage || code == "any")
    };
    let mismatch = |findings: &mut Vec<Finding>, name: &str| {
        findings.push(finding(Code::USAGE_MISMATCH, vec![("usage", name.to_owned())]));
    };
    match usage {
        Usage::Any => {}
        Usage::Sign => check_signing(certificate, policy, findings),
        Usage::Auth => {
            let usable = certificate.key_usage().is_none_or(|key_usage| key_usage.digital_signature);
            let purpose = extended.is_none()
                || allows("client_auth")
                || (policy.settings().usages.national_roles && certificate.may_authenticate());
            if !usable || !purpose {
                mismatch(findings, "auth");
            }
        }
        Usage::Tsa if !certificate.is_for_timestamps() => mismatch(findings, "tsa"),
        Usage::Ocsp if !allows("ocsp_signing") => mismatch(findings, "ocsp"),
        Usage::Crl if !certificate.key_usage().is_none_or(|key_usage| key_usage.crl_sign) => {
            mismatch(findings, "crl");
        }
        Usage::Tsa | Usage::Ocsp | Usage::Crl => {}
    }
}

/// What the policy demands of a certificate whose key signs documents: bits of keyUsage, an extKeyUsage for
/// it or none ([`national`]), certificate policies, a role. Authorities other than the national one have
/// policies of their own, and they are trusted by their roots: that is told, no more.
fn check_signing(certificate: &Certificate, policy: &Policy, findings: &mut Vec<Finding>) {
    let Settings { usages, roles, .. } = policy.settings();
    let bits = certificate.key_usage();
    let fits = if usages.key_usage.is_empty() {
        bits.is_none_or(|bits| bits.digital_signature || bits.content_commitment)
    } else {
        usages.key_usage.iter().all(|bit| bit.is_in(bits.unwrap_or_default()))
    };
    if !fits {
        findings.push(finding(Code::KEY_USAGE_NOT_SIGNING, Vec::new()));
    }
    let allows = |purposes: &[String]| match &usages.extended_key_usage {
        Purposes::Any => true,
        Purposes::OneOf(wanted) => {
            purposes.iter().any(|purpose| wanted.contains(purpose))
                || (usages.national_roles && national::are_roles_alone(purposes))
        }
    };
    if !certificate.extended_key_usage().is_none_or(allows) {
        findings.push(finding(Code::EXTENDED_KEY_USAGE_NOT_SIGNING, Vec::new()));
    }
    let policies = certificate.policies();
    let is_forbidden = |policy: &String| usages.forbidden_policies.contains(policy);
    if !policies.is_empty() && policies.iter().all(is_forbidden) {
        findings.push(finding(Code::CERTIFICATE_POLICY_NOT_SIGNING, Vec::new()));
    }
    let wanted = &usages.required_policies;
    if !wanted.is_empty() && !policies.iter().any(|policy| wanted.contains(policy)) {
        findings.push(finding(Code::CERTIFICATE_POLICY_MISSING, vec![("policies", wanted.join(", "))]));
    }
    let is_known = |policy: &String| national::code(Meaning::Policy, policy).is_some();
    if !usages.forbidden_policies.is_empty() && !policies.iter().any(is_known) {
        findings.push(finding(Code::CERTIFICATE_POLICY_UNKNOWN, Vec::new()));
    }
    let held = certificate.roles();
    if !roles.required.is_empty() && !roles.required.iter().any(|role| held.contains(&role.0)) {
        let wanted: Vec<_> = roles.required.iter().map(|role| role.0).collect();
        findings.push(finding(Code::ROLE_MISSING, vec![("roles", wanted.join(", "))]));
    }
}

/// IIN and BIN of the subject. What has not even twelve digits is none, and no authority that checks
/// what it certifies writes it. A wrong check digit, and a date or a kind that does not exist, are
/// warnings: the authority's own test identities (IIN 123456789011, BIN 123456789021) have both, the
/// month 34 among them.
fn check_numbers(certificate: &Certificate, findings: &mut Vec<Finding>) {
    let subject = certificate.subject();
    findings.extend(subject.iin_claims().filter_map(|claim| match Iin::standing(claim) {
        Standing::Sound => None,
        Standing::Malformed => Some(finding(Code::IIN_MALFORMED, Vec::new())),
        Standing::CheckDigit => Some(finding(Code::IIN_CHECK_DIGIT, Vec::new())),
        Standing::Implausible => Some(finding(Code::IIN_IMPLAUSIBLE, Vec::new())),
    }));
    findings.extend(subject.bin_claims().filter_map(|claim| match Bin::standing(claim) {
        Standing::Sound => None,
        Standing::Malformed => Some(finding(Code::BIN_MALFORMED, Vec::new())),
        Standing::CheckDigit => Some(finding(Code::BIN_CHECK_DIGIT, Vec::new())),
        Standing::Implausible => Some(finding(Code::BIN_IMPLAUSIBLE, Vec::new())),
    }));
}

/// The size of a key; of a DSA key long enough it is the subgroup that is too short.
fn check_key_size(kind: KeyKind, bits: u32, policy: &Policy, at: Timestamp, findings: &mut Vec<Finding>) {
    if policy.accepts_key(kind, at) {
        return;
    }
    let (part, bits) = match kind {
        KeyKind::Dsa { bits, subgroup_bits } if bits >= policy.settings().keys.dsa.at(at) => {
            ("subgroup", subgroup_bits)
        }
        _ => ("key", bits),
    };
    findings.push(finding(Code::KEY_TOO_SHORT, vec![("part", part.to_owned()), ("bits", bits.to_string())]));
}

/// Whether the policy accepts a certificate at a time: its key, and what its issuer signed it with.
pub(super) fn is_accepted(certificate: &Certificate, policy: &Policy, at: Timestamp) -> bool {
    let is_signed_well = || {
        let algorithm = certificate.signature_algorithm();
        algorithm.is_ok_and(|algorithm| policy.signature(algorithm, Use::Certificate, at).is_accepted())
    };
    certificate.public_key().is_ok_and(|key| policy.accepts_key(key.kind(), at)) && is_signed_well()
}

/// Keys and algorithms of a path, as the policy has them at a time.
pub(super) fn check_strength(path: &Path, policy: &Policy, at: Timestamp, findings: &mut Vec<Finding>) {
    let last = path.certificates.len().saturating_sub(1);
    for (place, certificate) in path.certificates.iter().enumerate() {
        if let Ok(key) = certificate.public_key() {
            check_key_size(key.kind(), key.bits(), policy, at, findings);
        }
        // The anchor is trusted for its key; its own signature proves nothing.
        if place < last
            && let Ok(algorithm) = certificate.signature_algorithm()
        {
            let standing = policy.signature(algorithm, Use::Certificate, at);
            findings.extend(fallen(standing, certificate.signature_algorithm_oid()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{Language, text};

    #[test]
    fn what_of_a_key_is_too_short_is_said() {
        let policy = Policy::kz();
        let said = |kind, bits| {
            let mut findings = Vec::new();
            check_key_size(kind, bits, &policy, Timestamp::UNIX_EPOCH, &mut findings);
            findings.first().map(|finding| {
                let params: Vec<_> =
                    finding.params.iter().map(|(name, value)| (*name, value.as_str())).collect();
                text(Language::En, finding.code.name(), &params).message
            })
        };
        let dsa = |bits, subgroup_bits| said(KeyKind::Dsa { bits, subgroup_bits }, bits);
        let message = dsa(2048, 224).expect("a finding");
        assert!(message.contains("224") && message.contains("subgroup"), "{message}");
        for message in [dsa(1024, 160), dsa(1024, 256), said(KeyKind::Rsa { bits: 1024 }, 1024)] {
            let message = message.expect("a finding");
            assert!(message.contains("1024") && !message.contains("subgroup"), "{message}");
        }
        assert_eq!(dsa(2048, 256), None);
    }
}
