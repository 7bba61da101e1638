//! What the bytes of a signed document say: which signatures there are, what each covers, with which
//! algorithms and certificates, and whether digests and signature values are mathematically right.
//!
//! [`Facts`] hold no judgement: no trust, no time, no policy. `validation` judges them.

mod archive;
mod coverage;
pub mod extend;
pub mod facts_file;
mod key_info;
mod manifest;
mod method;
mod one_key;
mod places;
mod reference;
mod schema;
pub mod sign;
mod strangers;
mod timestamp;
mod transform;
mod uncovered;
mod work;
pub mod xades;
pub mod xmldsig;

pub use facts_file::Known;
pub use timestamp::{CarriedValues, Position, TimestampFacts, TimestampKind};

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::crypto;
use crate::pkix::Certificate;

/// What a document says of its signatures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Facts {
    pub document: DocumentFacts,
    pub signatures: Vec<SignatureFacts>,
}

/// The document itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DocumentFacts {
    /// Octets.
    pub size: usize,
    #[serde(deserialize_with = "facts_file::name")]
    pub media_type: Known,
}

/// Certificates, of which most signatures carry one or two.
pub type Certificates = SmallVec<[Arc<Certificate>; 2]>;

/// An algorithm identifier as written in a document. Of one that a table has first there is no copy.
pub type Identifier = Cow<'static, str>;

/// The identifier that is written, which may be the one that is known.
fn as_written(written: &str, known: Option<&'static str>) -> Identifier {
    match known {
        Some(known) if known == written => Identifier::Borrowed(known),
        _ => Identifier::Owned(written.to_owned()),
    }
}

/// One signature.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignatureFacts {
    /// The identifier of the signature, or `signature-N` by its place when it has none.
    pub id: Cow<'static, str>,
    #[serde(deserialize_with = "facts_file::name")]
    pub format: Known,
    /// Algorithm identifiers as written in the document.
    pub signature_algorithm: Identifier,
    /// The algorithm with its parameters, if it is known here.
    pub algorithm: Option<crypto::SignatureAlgorithm>,
    pub canonicalization: Identifier,
    pub digest_algorithms: SmallVec<[Identifier; 1]>,
    /// Contents whose digest matches.
    pub contents: Vec<SignedContent>,
    /// What of the document it does not cover, in document order.
    pub uncovered: Vec<Uncovered>,
    /// Whether there is more of it than is listed.
    #[serde(default)]
    pub more_uncovered: bool,
    /// XPaths of covered elements beside which an element of the same name is covered by other signatures
    /// of the document alone. It may be mistaken for the covered one, and is as good as those are.
    pub twins_of_others: Vec<String>,
    /// Signatures added later, which are no part of what this one covers.
    pub later_signatures: usize,
    /// Everything that is wrong with it, in the order found.
    pub problems: Vec<Problem>,
    /// Certificates that the signature carries.
    pub certificates: Certificates,
    /// Those of them to which its KeyInfo only refers, by their SHA-256: they stand outside the signature, so
    /// that no timestamp on it is over them.
    pub certificates_elsewhere: Vec<[u8; 32]>,
    /// The certificate whose key verifies the signature value; else the first that the signature carries
    /// or means and that may be the signer's.
    pub signing_certificate: Option<Arc<Certificate>>,
    /// Others of `certificates` that have its key, by their SHA-256, in the order in which they may be the signer's.
    #[serde(default)]
    pub same_key: Vec<[u8; 32]>,
    /// Bits of the key that was used.
    pub key_bits: Option<u32>,
    /// The kind of the key that the caller gave, if the value was checked with it.
    pub given_key: Option<crypto::KeyKind>,
    /// What the signature value was checked with.
    pub checked_with: CheckedWith,
    /// XAdES properties, if there are any.
    pub properties: Option<xades::Properties>,
}

/// What a signature value was checked with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CheckedWith {
    /// Nothing: the value could not be checked.
    #[default]
    Nothing,
    /// The key of a certificate, which is judged.
    Certificate,
    /// A key that the caller gave; no certificate is judged.
    GivenKey,
    /// A secret that the caller gave (HMAC); no certificate is judged.
    GivenSecret,
    /// A bare key that the document carries: that it fits says nothing of who signed.
    KeyValue,
}

/// A content that a signature covers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignedContent {
    /// The reference, by its place in SignedInfo, and by its place in the Manifest that it names.
    pub place: (usize, Option<usize>),
    pub uri: String,
    /// SHA-256 of the octets that the signature's digest was computed over.
    #[serde(with = "facts_file::hexadecimal")]
    pub sha256: [u8; 32],
    /// Their number.
    pub bytes: usize,
    pub covers: Covers,
    pub xpath: Cow<'static, str>,
    /// The octets, if they were asked for.
    #[serde(skip)]
    pub octets: Option<Vec<u8>>,
}

/// How much of the document a content is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Covers {
    /// All of it but signatures, in canonical form.
    WholeDocument,
    /// An element, or a part of it that transforms chose.
    Element,
    /// Octets beside the document, which the caller gave.
    File,
}

/// Octets for references to something outside the document.
#[derive(Clone, Debug)]
pub struct DetachedContent {
    /// The URI as the reference has it; `None` for whatever else is not in the document.
    pub uri: Option<String>,
    pub octets: Vec<u8>,
}

/// Something that is not covered: an element, or what an element around covered ones says itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uncovered {
    /// Of the element; with `/@*` of its attributes, with `/text()` of its text.
    pub xpath: String,
    /// Octets of it, as written.
    pub bytes: usize,
}

/// Something wrong with a signature, as the bytes show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Problem {
    /// The Signature element does not follow its schema (XML Signature 4).
    Malformed(String),
    /// Not exactly one SignedInfo.
    SignedInfoNotUnique,
    /// A comment or processing instruction in SignedInfo, a digest or the signature value.
    Comment,
    /// No Reference: nothing is signed.
    NoReference,
    /// A same-document reference to an identifier that nothing carries.
    ReferenceNotFound(String),
    /// References whose transforms leave nothing of what they name.
    CoversNothing(String),
    /// A signature in a CounterSignature property that does not sign the value of the signature around
    /// it (EN 319 132-1, 5.2.7).
    NotCounterSignature,
    /// A reference to something outside the document. Nothing is fetched.
    ReferenceExternal(String),
    /// Two elements carry the identifier that a reference names.
    DuplicateIdentifier(String),
    /// The signed element is not where a signature of this kind has it (signature wrapping).
    Wrapped(String),
    /// What is signed stands in another signature, or is named by a Manifest there, and it is not known whether the value
    /// of that one is right, or what it covers: whether it was put there nobody can tell.
    CarrierUnverified(String),
    /// An unsigned element has the same name as a signed one.
    UnsignedTwin(String),
    /// A reference in a Manifest whose content is not at hand or cannot be computed: the signature
    /// does not depend on it (XML Signature 5.1), but nothing is known of that content.
    ManifestReferenceUnchecked(String),
    /// A reference in a Manifest that no reference of SignedInfo names, to an element that is not in the document.
    ManifestReferenceMissing(String),
    /// A Manifest that was given from outside: what it lists is not looked for.
    ManifestElsewhere(String),
    /// What a Manifest in another signature names is around that one: it matches, but what is taken away of it is that
    /// signature, so that it is not counted as covered.
    ManifestAround(String),
    /// Something in a Manifest that cannot be read as a reference or has no URI: its URI, or its name.
    ManifestEntryUnread(String),
    /// So many entries of Manifests that no reference names were more than are followed for one signature.
    ManifestLimit(usize),
    /// A reference in a Manifest whose content is not what it was. The signature value does not depend on it, so that
    /// the policy says what follows (XML Signature 5.1).
    ManifestReferenceMismatch(String),
    /// An ECDSA value written as DER, where XML Signature has r and s side by side.
    EcdsaDer,
    /// An ECDSA value of r and s side by side, each of more or fewer octets than the curve has.
    EcdsaLength,
    /// An HMAC without the secret to check it with.
    SecretMissing,
    /// An HMAC value cut below half of its length or 80 bits (XML Signature 4.4.2).
    HmacTooShort,
    /// An HMACOutputLength that is no multiple of eight bits (XML Signature 6.3.1).
    HmacLengthNotOctets(u32),
    /// An HMACOutputLength of more bits than the hash has.
    HmacLongerThanHash(u32),
    /// XAdES properties to which no reference leads: they prove nothing.
    PropertiesNotSigned,
    /// The signed XAdES properties name another certificate than the one whose key verifies.
    SigningCertificateMismatch,
    /// There are several certificates of the key that verifies, some of them signed, or properties that are not signed
    /// name another, and nothing that is signed says which is meant.
    SigningCertificateAmbiguous,
    /// The signing time, place or whatever else was signed cannot be read.
    PropertyMalformed(String),
    /// The Target of the signed properties is not their signature (EN 319 132-1, 4.3.1).
    PropertiesTarget(String),
    /// A signed property that says something of an object, by a URI that names no Reference of the signature
    /// (EN 319 132-1, 5.2.3 and 5.2.4): of what it says it is not known.
    ObjectReferenceUnmatched {
        property: String,
        uri: String,
    },
    /// A bound on the work for one document was reached: nothing is known, so nothing is failed.
    Limit(#[serde(deserialize_with = "facts_file::name")] Known),
    /// The document's file failed while it was read: nothing is known, so nothing is failed.
    Unreadable(String),
    TransformUnsupported(String),
    CanonicalizationUnsupported(String),
    DigestUnsupported(String),
    SignatureAlgorithmUnsupported(String),
    /// The key that the value would have to be checked with cannot be used, and why.
    KeyUnsupported(String),
    /// A key or certificate in KeyInfo that cannot be read, beside the one that verifies the value.
    KeyInfoUnread(String),
    /// A reference in KeyInfo that leads to no key or certificate that could be read.
    KeyInfoReferenceUnread(String),
    /// The content was changed after signing, or the digest was.
    DigestMismatch(String),
    /// The signature value does not belong to SignedInfo and the key.
    SignatureMismatch,
    /// The key is of another kind than the signature algorithm.
    KeyTypeMismatch,
    CertificateMalformed(String),
    NoSigningCertificate,
    /// No signer's certificate was found among so many of those given that could be it; the others were
    /// not tried.
    SignerSearchLimit(usize),
}

impl Problem {
    /// Whether it is not known for it what a reference was to cover.
    pub(crate) fn leaves_open(&self) -> bool {
        matches!(
            self,
            Self::DigestMismatch(_)
                | Self::ManifestReferenceMismatch(_)
                | Self::ReferenceNotFound(_)
                | Self::ReferenceExternal(_)
                | Self::TransformUnsupported(_)
                | Self::DigestUnsupported(_)
        )
    }
}

/// Whether the octets of signed contents are kept in the facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Octets {
    Keep,
    Drop,
}

/// Octets of a certificate's end that it is looked up by.
const TAIL: usize = 32;

/// Certificates parsed once: the same certificate comes with every document of a signer.
#[derive(Debug)]
pub struct CertificateCache {
    /// By the last octets, which are those of a signature: no two honest certificates share them, and
    /// two that were made to do so only take each other's place.
    known: Mutex<HashMap<[u8; TAIL], Arc<Certificate>>>,
    /// The same by the end of the base64 that they came in, so that it need not be decoded each time.
    written: Mutex<HashMap<[u8; TAIL], Written>>,
    capacity: usize,
}

/// A certificate with the base64 that it came in.
type Written = (Box<str>, Arc<Certificate>);

impl Default for CertificateCache {
    fn default() -> Self {
        Self { known: Mutex::default(), written: Mutex::default(), capacity: 4096 }
    }
}

impl CertificateCache {
    /// The certificate in base64, with white space as XML Signature allows it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse_base64(&self, text: &str) -> Result<Arc<Certificate>, String> {
        /// What is longer is not kept: certificates are shorter.
        const LONGEST: usize = 8 << 10;
        let lock = || self.written.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let key = text.as_bytes().last_chunk::<TAIL>().copied().filter(|_| text.len() <= LONGEST);
        if let Some(key) = &key
            && let Some((_, certificate)) = lock().get(key).filter(|(written, _)| **written == *text)
        {
            return Ok(Arc::clone(certificate));
        }
        let der = reference::decode_base64(text).ok_or_else(|| "not base64".to_owned())?;
        let certificate = self.parse(&der).map_err(|error| error.to_string())?;
        if let Some(key) = key {
            let mut written = lock();
            if written.len() >= self.capacity {
                written.clear();
            }
            written.insert(key, (text.into(), Arc::clone(&certificate)));
        }
        Ok(certificate)
    }

    /// The certificate with these DER octets.
    ///
    /// # Errors
    /// When they are not one certificate.
    pub fn parse(&self, der: &[u8]) -> Result<Arc<Certificate>, crate::pkix::Error> {
        let lock = || self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let Some(key) = der.last_chunk::<TAIL>().copied() else {
            return Certificate::from_der(der).map(Arc::new);
        };
        if let Some(certificate) = lock().get(&key).filter(|certificate| certificate.der() == der) {
            return Ok(Arc::clone(certificate));
        }
        let certificate = Arc::new(Certificate::from_der(der)?);
        let mut known = lock();
        if known.len() >= self.capacity {
            known.clear();
        }
        known.insert(key, Arc::clone(&certificate));
        Ok(certificate)
    }
}
