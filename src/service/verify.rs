//! Checking a document or a certificate: bytes in, report out. The clock is read here and nowhere
//! below.

use std::sync::Arc;

use jiff::Timestamp;

use super::online::gather;
use super::reading::{Reading, Source};
use super::trust;
use crate::crypto::{Identity, IdentityError, PublicKey};
use crate::lists::Lists;
use crate::online::Online;
use crate::pkix::path::TrustAnchor;
use crate::pkix::{Certificate, TrustAnchors, UnverifiedCrl, UnverifiedOcsp};
use crate::signature::sign::{Profile, SignError};
use crate::signature::{Facts, Octets};
use crate::validation::report::CertificateReport;
use crate::validation::{self, Evidence, Policy, Report, RevocationMode, Usage};
use crate::xml::{self, ErrorKind, Limits, Position};

/// Why nothing could be judged. The code is stable; the texts belong to `messages`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: &'static str,
    pub params: Vec<(&'static str, String)>,
    pub position: Option<Position>,
}

impl Refusal {
    /// A refusal without a place in the document.
    pub fn new(code: &'static str, params: Vec<(&'static str, String)>) -> Self {
        Self { code, params, position: None }
    }
}

impl From<xml::Error> for Refusal {
    fn from(error: xml::Error) -> Self {
        let (code, params) = match error.kind {
            ErrorKind::Malformed(detail) => ("XML_MALFORMED", vec![("detail", detail.into_owned())]),
            ErrorKind::Doctype => ("XML_DOCTYPE", Vec::new()),
            ErrorKind::Entity(name) => ("XML_ENTITY", vec![("name", name)]),
            ErrorKind::Encoding(encoding) => ("XML_ENCODING", vec![("encoding", encoding)]),
            ErrorKind::EncodingContradicted(encoding) => {
                ("XML_ENCODING", vec![("encoding", encoding), ("contradicts", "yes".to_owned())])
            }
            ErrorKind::Limit("document_bytes") => {
                ("INPUT_TOO_LARGE", vec![("limit", "document_bytes".into())])
            }
            ErrorKind::NotUtf8 => ("INPUT_TOO_LARGE", vec![("limit", "document_bytes".into())]),
            ErrorKind::Unreadable(detail) => ("DOCUMENT_UNREADABLE", vec![("detail", detail)]),
            ErrorKind::Limit(limit) => ("XML_LIMIT", vec![("limit", limit.to_owned())]),
        };
        Self { code, params, position: Some(error.position) }
    }
}

/// That something asked for is not understood: one of the texts that `messages` knows.
pub fn argument(detail: &str) -> Refusal {
    Refusal::new("ARGUMENT_INVALID", vec![("detail", detail.to_owned())])
}

/// A policy by its name, or in a file.
///
/// # Errors
/// Says what is wrong with the file, and where.
pub fn policy(name: &str) -> Result<Policy, Refusal> {
    if let Some(policy) = Policy::named(name) {
        return Ok(policy);
    }
    let text = std::fs::read_to_string(name).map_err(|error| {
        Refusal::new("FILE_UNREADABLE", vec![("file", name.to_owned()), ("detail", error.to_string())])
    })?;
    Policy::from_toml(&text).map_err(|error| {
        let mut refusal = argument("the policy file is not valid");
        refusal.params.extend([
            ("file", name.to_owned()),
            ("line", error.line(&text).to_string()),
            ("reason", error.reason()),
        ]);
        refusal
    })
}

/// What a check depends on besides the document.
pub struct Checker {
    pub evidence: Evidence,
    pub policy: Policy,
    pub reading: Reading,
    /// Where large lists are kept with their indexes.
    pub kept: Option<Lists>,
}

impl Checker {
    /// A checker with default limits.
    pub fn new(evidence: Evidence, policy: Policy) -> Self {
        let reading = Reading { known: evidence.known_certificates(), ..Reading::default() };
        Self { evidence, policy, reading, kept: None }
    }

    /// Writes down which signatures of kept lists were checked, for the next time; if that fails, they are
    /// checked again.
    pub fn remember_signers(&self) {
        let _checked_again = self.kept.as_ref().map(Lists::remember_signers);
    }

    /// What the document says.
    ///
    /// # Errors
    /// When it is no XML document within the limits, or bears no signature.
    pub fn facts(&self, bytes: &[u8], octets: Octets) -> Result<Facts, Refusal> {
        self.reading.facts(Source::Memory(bytes), octets)
    }

    /// Judges a document at a time.
    ///
    /// # Errors
    /// As [`Checker::facts`].
    pub fn verify(&self, bytes: &[u8], at: Timestamp) -> Result<Report, Refusal> {
        let facts = self.facts(bytes, Octets::Drop)?;
        Ok(validation::validate(&facts, &self.evidence, &self.policy, at))
    }

    /// Judges facts, with what is fetched where `online` is given. What could not be fetched is told in the
    /// signatures that needed it.
    pub fn judge(&self, facts: &Facts, at: Timestamp, online: Option<&Online>) -> Report {
        let judge = |evidence: &Evidence| validation::validate(facts, evidence, &self.policy, at);
        gather(online, &self.evidence, judge).0
    }

    /// Judges a certificate by itself, with what is fetched where `online` is given.
    pub fn judge_certificate(
        &self,
        certificate: &Arc<Certificate>,
        usage: Usage,
        at: Timestamp,
        online: Option<&Online>,
    ) -> CertificateReport {
        let judge = |evidence: &Evidence| {
            validation::judge_certificate(certificate, usage, evidence, &self.policy, at)
        };
        gather(online, &self.evidence, judge).0
    }

    /// Judges a certificate by itself; the same again costs next to nothing.
    pub fn check_certificate(
        &self,
        certificate: &Arc<Certificate>,
        usage: Usage,
        at: Timestamp,
    ) -> Arc<CertificateReport> {
        validation::check_certificate(certificate, usage, &self.evidence, &self.policy, at)
    }
}

/// Evidence from files: trust anchors, further certificates, CRLs, each a file or a folder of files; a folder
/// with a list of anchors is a trust store ([`trust`]).
///
/// # Errors
/// Names the file that cannot be read or used.
pub fn evidence_from_files(
    trust: &[std::path::PathBuf],
    certificates: &[std::path::PathBuf],
    crls: &[std::path::PathBuf],
    revocation: RevocationMode,
) -> Result<Evidence, Refusal> {
    let anchors = trust::anchors_in(trust)?.trusted;
    evidence_below(anchors, certificates, crls, revocation)
}

/// Evidence with these trust anchors, the rest from files.
///
/// # Errors
/// Names the file that cannot be read or used.
pub fn evidence_below(
    anchors: Vec<TrustAnchor>,
    certificates: &[std::path::PathBuf],
    crls: &[std::path::PathBuf],
    revocation: RevocationMode,
) -> Result<Evidence, Refusal> {
    let lists = lists_in(crls, None)?;
    Ok(Evidence::new(TrustAnchors::new(anchors), certificates_in(certificates)?, lists, revocation))
}

/// From so many octets on a list in a file is kept with its index for the next time.
const LARGE_LIST: u64 = 1 << 20;

/// Revocation lists in files and folders. Those in a folder of lists ([`crate::lists`]) are opened by their
/// index; of other large ones an index is kept in `kept`.
///
/// # Errors
/// Names the file that cannot be read or used.
pub fn lists_in(paths: &[std::path::PathBuf], kept: Option<&Lists>) -> Result<Vec<UnverifiedCrl>, Refusal> {
    let mut found = Vec::new();
    for file in files_in(paths, LISTS)? {
        let refused = |error: &dyn std::fmt::Display| unreadable(&file, error);
        let size = std::fs::metadata(&file).map_err(|error| refused(&error))?.len();
        let large = kept.filter(|_| size >= LARGE_LIST);
        // What cannot be kept can be read all the same.
        match large.and_then(|lists| lists.of_file(&file).ok()) {
            Some(list) => found.push(list),
            None => {
                let bytes = std::fs::read(&file).map_err(|error| refused(&error))?;
                found.extend(UnverifiedCrl::from_pem_or_der(&bytes).map_err(|error| refused(&error))?);
            }
        }
    }
    Ok(found)
}

/// Answers of OCSP responders in files and folders, each the DER of an OCSPResponse.
///
/// # Errors
/// Names the file that cannot be read or used, among them one in which the responder gives no answer.
pub fn responses_in(paths: &[std::path::PathBuf]) -> Result<Vec<UnverifiedOcsp>, Refusal> {
    let read = read_all(paths, ANSWERS)?;
    let response = |(file, bytes): (std::path::PathBuf, Vec<u8>)| {
        UnverifiedOcsp::from_der(&bytes).map_err(|error| unreadable(&file, error))
    };
    read.into_iter().map(response).collect()
}

/// Every certificate in the files and folders.
///
/// # Errors
/// Names the file that cannot be read or used.
pub fn certificates_in(paths: &[std::path::PathBuf]) -> Result<Vec<Arc<Certificate>>, Refusal> {
    let mut found = Vec::new();
    for (file, bytes) in read_all(paths, CERTIFICATES)? {
        let certificates = Certificate::from_pem_or_der(&bytes).map_err(|error| unreadable(&file, error))?;
        found.extend(certificates.into_iter().map(Arc::new));
    }
    Ok(found)
}

pub(super) fn unreadable(file: &std::path::Path, error: impl std::fmt::Display) -> Refusal {
    Refusal::new("FILE_UNREADABLE", vec![("file", file.display().to_string()), ("detail", error.to_string())])
}

/// Whether the file is one of those that are read as certificates where a folder is given.
pub(super) fn is_certificate_file(path: &std::path::Path) -> bool {
    has_extension(path, CERTIFICATES)
}

fn has_extension(path: &std::path::Path, known: &[&str]) -> bool {
    path.extension().is_some_and(|extension| known.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

/// Extensions of files with certificates, by which they are found in a folder.
pub const CERTIFICATES: &[&str] = &["pem", "cer", "crt", "der"];
const LISTS: &[&str] = &["pem", "crl", "der"];
const ANSWERS: &[&str] = &["der", "ocsp", "ors"];

/// The files named, and those in the folders named that have one of the extensions.
///
/// # Errors
/// Names the folder that cannot be read.
pub fn files_in(
    paths: &[std::path::PathBuf],
    extensions: &[&str],
) -> Result<Vec<std::path::PathBuf>, Refusal> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let entries = std::fs::read_dir(path).map_err(|error| unreadable(path, error))?;
            let mut inside: Vec<_> =
                entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
            inside.sort();
            files.extend(inside.into_iter().filter(|path| has_extension(path, extensions)));
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn read_all(
    paths: &[std::path::PathBuf],
    extensions: &[&str],
) -> Result<Vec<(std::path::PathBuf, Vec<u8>)>, Refusal> {
    files_in(paths, extensions)?
        .into_iter()
        .map(|file| {
            let bytes = std::fs::read(&file).map_err(|error| unreadable(&file, error))?;
            Ok((file, bytes))
        })
        .collect()
}

/// Opens a key: PKCS#12, or PEM with key and certificate.
///
/// # Errors
/// Tells apart a wrong password, a damaged file, no key and several, and says of the rest why.
pub fn open_identity(bytes: &[u8], password: &str) -> Result<Identity, Refusal> {
    let opened = if bytes.starts_with(b"-----") {
        Identity::from_pem(bytes, Some(password).filter(|password| !password.is_empty()))
    } else {
        Identity::from_pkcs12(bytes, password)
    };
    opened.map_err(|error| match error {
        IdentityError::WrongPassword => Refusal::new("KEY_PASSWORD_WRONG", Vec::new()),
        IdentityError::Damaged => Refusal::new("KEY_DAMAGED", Vec::new()),
        IdentityError::NoKey => Refusal::new("KEY_MISSING", Vec::new()),
        IdentityError::SeveralKeys(names) => Refusal::new("KEY_SEVERAL", vec![("names", names.to_string())]),
        other => Refusal::new("KEY_UNREADABLE", vec![("detail", other.to_string())]),
    })
}

/// Signs an XML document, enveloped.
///
/// # Errors
/// When it is no XML document, is signed already, or the key cannot sign.
pub fn sign_xml(
    bytes: &[u8],
    identity: &Identity,
    profile: &Profile,
    limits: &Limits,
) -> Result<Vec<u8>, Refusal> {
    crate::signature::sign::sign(bytes, &identity.key, &identity.certificate_der, profile, limits)
        .map_err(not_signed)
}

fn not_signed(error: SignError) -> Refusal {
    match error {
        SignError::Document(error) => error.into(),
        SignError::AlreadySigned => Refusal::new("ALREADY_SIGNED", Vec::new()),
        SignError::WouldBreak(number) => {
            Refusal::new("SIGNATURE_WOULD_BREAK", vec![("number", number.to_string())])
        }
        SignError::NoSuchElement(id) => Refusal::new("REFERENCE_NOT_FOUND", vec![("uri", format!("#{id}"))]),
        SignError::Key(detail) => Refusal::new("KEY_CANNOT_SIGN", vec![("detail", detail)]),
        SignError::SelfCheck => Refusal::new("SELF_CHECK_FAILED", Vec::new()),
    }
}

/// Sees that a document just signed verifies, before it leaves.
///
/// # Errors
/// When it does not.
pub fn check_signed(signed: &[u8], identity: &Identity, limits: &Limits) -> Result<(), Refusal> {
    crate::signature::sign::check(signed, &identity.key, limits).map_err(not_signed)
}

/// The public key in a file: SubjectPublicKeyInfo or a certificate, PEM or DER.
///
/// # Errors
/// When the file cannot be read or holds no key that is supported.
pub fn public_key(file: &std::path::Path) -> Result<PublicKey, Refusal> {
    let bytes = std::fs::read(file).map_err(|error| unreadable(file, error))?;
    if let Ok(certificates) = Certificate::from_pem_or_der(&bytes)
        && let Some(certificate) = certificates.first()
    {
        return certificate.public_key().cloned().map_err(|error| unreadable(file, error));
    }
    let text = String::from_utf8_lossy(&bytes);
    let spki = crate::asn1::pem::blocks(&text, "PUBLIC KEY").into_iter().next().unwrap_or(bytes);
    PublicKey::from_spki(&spki).map_err(|error| unreadable(file, error))
}

#[cfg(test)]
mod tests {
    use super::{SignError, not_signed};
    use crate::crypto;
    use crate::messages::{Language, text};

    #[test]
    fn why_a_document_was_not_signed_is_told_apart() {
        use crypto::SignError::{DigestLength, KeyTypeMismatch, Library};
        let reasons = [KeyTypeMismatch, DigestLength, Library].map(|reason| reason.to_string());
        let of_keys = reasons.iter().map(|reason| (SignError::Key(reason.clone()), "KEY_CANNOT_SIGN"));
        let others = [
            (SignError::AlreadySigned, "ALREADY_SIGNED"),
            (SignError::WouldBreak(2), "SIGNATURE_WOULD_BREAK"),
            (SignError::NoSuchElement("a".to_owned()), "REFERENCE_NOT_FOUND"),
            (SignError::SelfCheck, "SELF_CHECK_FAILED"),
        ];
        for (error, code) in others.into_iter().chain(of_keys) {
            let refusal = not_signed(error);
            assert_eq!(refusal.code, code);
            let params: Vec<_> = refusal.params.iter().map(|(name, value)| (*name, &**value)).collect();
            for language in [Language::Kk, Language::Ru, Language::En] {
                let said = text(language, code, &params);
                assert!(
                    !said.message.contains('$') && !said.remedy.is_empty(),
                    "{language:?} {}",
                    said.message
                );
                let is_english = reasons.iter().any(|reason| said.message.contains(reason));
                assert!(language == Language::En || !is_english, "{language:?} {}", said.message);
            }
        }
    }
}
