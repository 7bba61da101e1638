//! Making an enveloped XML signature: the Signature is the last child of what it signs, and not a byte
//! of the document is changed, whatever its encoding, but the `/>` of an element that has no end tag yet. With
//! XAdES properties at level B (EN 319 132-1, 6), or bare as the national tools make it.
//!
//! The document is read once. SignedInfo and the properties are canonicalised in a small document of their
//! own that has the same namespaces in scope; so the signature fits where it is put without a second reading
//! of the whole. Where a document bears signatures already, it is read again to see that these are as right
//! as they were.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::CertificateCache;
use super::xmldsig::{self, Options};
use crate::crypto::{self, Digest, DigestAlgorithm, EcdsaForm, PrivateKey, SignatureAlgorithm};
use crate::xml::c14n::{Apex, Canonicalization, Comments, Method, canonical_octets, canonicalize};
use crate::xml::write::{append_child, escape_attribute};
use crate::xml::{self, Document, Element, Identified, Limits};

const SIGNED_PROPERTIES: &str = "http://uri.etsi.org/01903#SignedProperties";

/// How to sign.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Hash of what is signed; `None` for the one that goes with the key: a national key's own, else SHA-256.
    pub digest: Option<DigestAlgorithm>,
    /// Of SignedInfo and of the content; the content's transform names it with comments, as the
    /// national tools do, when it is Canonical XML 1.0.
    pub canonicalization: Canonicalization,
    /// Sign the element with this identifier instead of the whole document.
    pub reference_id: Option<String>,
    /// Sign a document that bears signatures already.
    pub add: bool,
    /// The time that signed XAdES properties claim, beside the certificate that they name (level B);
    /// `None` for a bare XML Signature.
    pub properties: Option<Timestamp>,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            digest: None,
            canonicalization: Canonicalization::inclusive(),
            reference_id: None,
            add: false,
            properties: None,
        }
    }
}

/// Why a document was not signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    #[error(transparent)]
    Document(#[from] xml::Error),
    #[error("the document is signed already")]
    AlreadySigned,
    #[error("not exactly one element has the identifier {0}")]
    NoSuchElement(String),
    /// Counted from 1 in document order.
    #[error("signature {0} of the document would no longer be right")]
    WouldBreak(usize),
    #[error("the key cannot sign: {0}")]
    Key(String),
    /// It was made, and is not given away.
    #[error("the signature made did not verify")]
    SelfCheck,
}

fn digest_of(
    document: &Document<'_>,
    apex: Apex,
    method: &Canonicalization,
    algorithm: DigestAlgorithm,
) -> Result<String, xml::Error> {
    let mut sink = Digest::new(algorithm);
    canonicalize(document, apex, &[], method, &mut sink)?;
    Ok(STANDARD.encode(sink.finish()))
}

/// Signs a document with a key whose certificate is `certificate` (DER).
///
/// # Errors
/// When the document cannot be read, bears a signature and `add` is not set or one that a further signature
/// would break, or the key cannot sign.
pub fn sign(
    bytes: &[u8],
    key: &PrivateKey,
    certificate: &[u8],
    profile: &Profile,
    limits: &Limits,
) -> Result<Vec<u8>, SignError> {
    // What "" and "#id" refer to has no comments, whatever the canonicalisation would keep
    // (XML Signature 4.4.3.3).
    let content = Canonicalization { comments: Comments::Dropped, ..profile.canonicalization.clone() };
    let algorithm = profile.digest.unwrap_or_else(|| key.digest_algorithm());
    let mut digest = Digest::new(algorithm);
    let (document, is_digested) = match &profile.reference_id {
        None => Document::read_writing(bytes, limits, &content, &mut digest)?,
        Some(_) => (Document::read(bytes, limits, &[])?, false),
    };
    if !profile.add && !document.signatures().is_empty() {
        return Err(SignError::AlreadySigned);
    }
    let (apex, parent, uri) = match &profile.reference_id {
        None => (Apex::Document, document.root(), String::new()),
        Some(id) => match document.identified(id) {
            Identified::One(element) => {
                // A signature right below the root may be over the whole; what comes after it, beside it, it leaves
                // out.
                let root = document.root();
                let is_beside = document.signatures().iter().any(|other| other.parent == Some(root.start));
                let is_signature = document.signatures().iter().any(|other| other.start == root.start);
                let parent = if is_beside && !is_signature { root } else { element };
                (Apex::Element(element), parent, format!("#{id}"))
            }
            _ => return Err(SignError::NoSuchElement(id.clone())),
        },
    };
    let content_digest = match is_digested {
        true => STANDARD.encode(digest.finish()),
        false => digest_of(&document, apex, &content, algorithm)?,
    };
    let draft = Draft {
        profile,
        digest: algorithm,
        algorithm: key.signature_algorithm(algorithm),
        context: context(&document, &parent),
        id: match profile.properties {
            Some(_) => free_identifier(&document, &content_digest, certificate),
            None => String::new(),
        },
        limits,
    };
    let properties = match profile.properties {
        Some(time) => Some(draft.properties(time, certificate)?),
        None => None,
    };
    let signed_info = draft.signed_info(&uri, &content_digest, properties.as_ref());
    let octets = draft.canonical_signed_info(&signed_info)?;
    let value =
        key.sign(&draft.algorithm, EcdsaForm::Concatenated, &octets).map_err(|error| match error {
            crypto::SignError::Fault => SignError::SelfCheck,
            other => SignError::Key(other.to_string()),
        })?;
    let signature = [
        draft.start_tag().as_str(),
        &signed_info,
        "<ds:SignatureValue>",
        &STANDARD.encode(value),
        "</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>",
        &STANDARD.encode(certificate),
        "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
        properties.as_ref().map_or("", |properties| properties.object.as_str()),
        "</ds:Signature>",
    ]
    .concat();
    let signed = append_child(bytes, &document, &parent, &signature)?;
    if !document.signatures().is_empty() {
        let place = document.signatures().iter().filter(|other| other.start < parent.end).count();
        leaves_others_right(bytes, &signed, place, limits)?;
    }
    Ok(signed)
}

/// Sees that nothing is wrong with the signatures of a document that was not wrong before another came, which
/// is now the one at `place` in document order.
fn leaves_others_right(before: &[u8], after: &[u8], place: usize, limits: &Limits) -> Result<(), SignError> {
    let certificates = CertificateCache::default();
    let options = Options::new(limits, &certificates);
    let mut others = xmldsig::read(after, &options)?.signatures;
    if place < others.len() {
        others.remove(place);
    }
    if others.iter().all(|other| other.problems.is_empty()) {
        return Ok(());
    }
    let before = xmldsig::read(before, &options)?.signatures;
    let broken = before
        .iter()
        .zip(&others)
        .position(|(before, after)| after.problems.iter().any(|problem| !before.problems.contains(problem)));
    broken.map_or(Ok(()), |at| Err(SignError::WouldBreak(at + 1)))
}

/// The start tags, and the end tags, of elements that declare what is in scope inside `parent`, for a small document
/// in which a part of the signature canonicalises as it will in the whole.
fn context(document: &Document<'_>, parent: &Element) -> (String, String) {
    let scope = document.scope_within(parent);
    let mut tag = "<context".to_owned();
    for (prefix, uri) in scope.namespaces {
        let colon = if prefix.is_empty() { "" } else { ":" };
        tag.push_str(&[" xmlns", colon, prefix, "=\"", &escape_attribute(uri), "\""].concat());
    }
    let (mut seen, mut around, mut end) = (HashSet::new(), String::new(), "</context>".to_owned());
    for (local, value) in scope.xml_attributes {
        let attribute = [" xml:", local, "=\"", &escape_attribute(value), "\""].concat();
        if seen.insert(local) {
            tag.push_str(&attribute);
        } else if local == "base" {
            // Canonical XML 1.1 joins all of them.
            around.insert_str(0, &format!("<context{attribute}>"));
            end.push_str("</context>");
        }
    }
    (format!("{around}{tag}>"), end)
}

/// An identifier that nothing in the document carries.
fn free_identifier(document: &Document<'_>, digest: &str, certificate: &[u8]) -> String {
    let seed = crypto::sha256(&[digest.as_bytes(), certificate].concat());
    let name: String = seed.iter().take(8).map(|octet| format!("{octet:02x}")).collect();
    let mut id = format!("signature-{name}");
    let mut attempt = 1;
    while document.identified(&id) != Identified::Nothing {
        attempt += 1;
        id = format!("signature-{name}-{attempt}");
    }
    id
}

/// The Object with the properties, and the digest of the signed ones.
struct QualifyingProperties {
    object: String,
    digest: String,
}

struct Draft<'a> {
    digest: DigestAlgorithm,
    profile: &'a Profile,
    algorithm: SignatureAlgorithm,
    /// What stands around the signature, as far as it matters: start tags, and their end tags.
    context: (String, String),
    /// The identifier of the signature, if it has properties.
    id: String,
    limits: &'a Limits,
}

impl Draft<'_> {
    fn start_tag(&self) -> String {
        let id = match self.profile.properties {
            None => String::new(),
            Some(_) => [" Id=\"", &self.id, "\""].concat(),
        };
        ["<ds:Signature xmlns:ds=\"", xml::DSIG, "\"", &id, ">"].concat()
    }

    fn properties(&self, time: Timestamp, certificate: &[u8]) -> Result<QualifyingProperties, SignError> {
        let [xades, ..] = xml::XADES;
        let object = format!(
            "<ds:Object><xades:QualifyingProperties xmlns:xades=\"{xades}\" Target=\"#{id}\">\
             <xades:SignedProperties Id=\"{id}-properties\"><xades:SignedSignatureProperties>\
             <xades:SigningTime>{time}</xades:SigningTime>\
             <xades:SigningCertificateV2><xades:Cert><xades:CertDigest>\
             <ds:DigestMethod Algorithm=\"{digest}\"/><ds:DigestValue>{value}</ds:DigestValue>\
             </xades:CertDigest></xades:Cert></xades:SigningCertificateV2>\
             </xades:SignedSignatureProperties><xades:SignedDataObjectProperties>\
             <xades:DataObjectFormat ObjectReference=\"#{id}-content\">\
             <xades:MimeType>application/xml</xades:MimeType></xades:DataObjectFormat>\
             </xades:SignedDataObjectProperties></xades:SignedProperties>\
             </xades:QualifyingProperties></ds:Object>",
            id = self.id,
            time = time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            digest = self.digest.uri(),
            value = STANDARD.encode(crypto::digest(self.digest, certificate)),
        );
        let small =
            format!("{}{}{object}</ds:Signature>{}", self.context.0, self.start_tag(), self.context.1);
        let document = Document::read(small.as_bytes(), self.limits, &[])?;
        let Identified::One(element) = document.identified(&format!("{}-properties", self.id)) else {
            return Err(SignError::SelfCheck);
        };
        let method = &self.profile.canonicalization;
        let digest = digest_of(&document, Apex::Element(element), method, self.digest)?;
        Ok(QualifyingProperties { object, digest })
    }

    fn signed_info(&self, uri: &str, digest: &str, properties: Option<&QualifyingProperties>) -> String {
        let method = self.profile.canonicalization.uri();
        // A national tool names the canonicalisation of the content with comments, which there are none of.
        let (transform, comments) = match self.profile.canonicalization.method {
            Method::Inclusive => (method.trim_end_matches("#WithComments"), "#WithComments"),
            _ => (method, ""),
        };
        let digested = |digest: &str| {
            let (start, middle) =
                ("\"/></ds:Transforms><ds:DigestMethod Algorithm=\"", "\"/><ds:DigestValue>");
            [start, self.digest.uri(), middle, digest, "</ds:DigestValue></ds:Reference>"].concat()
        };
        let (id, of_properties) = match properties {
            None => Default::default(),
            Some(properties) => {
                let start = ["<ds:Reference Type=\"", SIGNED_PROPERTIES, "\" URI=\"#", &self.id];
                let transform = ["-properties\"><ds:Transforms><ds:Transform Algorithm=\"", method];
                let reference = [start.concat(), transform.concat(), digested(&properties.digest)].concat();
                ([" Id=\"", &self.id, "-content\""].concat(), reference)
            }
        };
        [
            "<ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"",
            method,
            "\"/><ds:SignatureMethod Algorithm=\"",
            self.algorithm.uri().unwrap_or_default(),
            "\"/><ds:Reference",
            &id,
            " URI=\"",
            &escape_attribute(uri),
            "\"><ds:Transforms><ds:Transform Algorithm=\"",
            xml::DSIG,
            "enveloped-signature\"/><ds:Transform Algorithm=\"",
            transform,
            comments,
            &digested(digest),
            &of_properties,
            "</ds:SignedInfo>",
        ]
        .concat()
    }

    fn canonical_signed_info(&self, signed_info: &str) -> Result<Vec<u8>, SignError> {
        let tag = self.start_tag();
        let small = [&self.context.0, tag.as_str(), signed_info, "</ds:Signature>", &self.context.1].concat();
        let method = &self.profile.canonicalization;
        let document = Document::read_for(small.as_bytes(), self.limits, method)?;
        let start = self.context.0.len() + tag.len();
        let element = document
            .signatures()
            .first()
            .and_then(|signature| document.child_element(start, start + signed_info.len(), signature))
            .ok_or(SignError::SelfCheck)?;
        Ok(canonical_octets(&document, element, method, signed_info.len())?.into_owned())
    }
}

/// Sees, by reading the whole document again, that its last signature was made with `key` and that all
/// that it refers to is as it was signed.
///
/// # Errors
/// [`SignError::SelfCheck`] when anything is wrong with it.
pub fn check(signed: &[u8], key: &PrivateKey, limits: &Limits) -> Result<(), SignError> {
    let public = key.public_key();
    let certificates = CertificateCache::default();
    let options = Options { key: Some(&public), ..Options::new(limits, &certificates) };
    let facts = xmldsig::read(signed, &options)?;
    match facts.signatures.iter().rev().find(|signature| signature.problems.is_empty()) {
        Some(signature) if !signature.contents.is_empty() => Ok(()),
        _ => Err(SignError::SelfCheck),
    }
}
