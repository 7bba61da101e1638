//! Making an enveloped XML signature of the national shape: the Signature is the last child of what it
//! signs, and not a byte of the document is changed. Our own reader checks it before it is returned.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::xmldsig::{self, Options};
use super::{CertificateCache, Octets};
use crate::crypto::{Digest, DigestAlgorithm, EcdsaForm, PrivateKey, SignatureAlgorithm};
use crate::xml::c14n::{Apex, Canonicalization, Comments, Sink, canonicalize};
use crate::xml::write::{append_child, escape_attribute};
use crate::xml::{self, Document, Element, Identified, Limits};

/// How to sign.
#[derive(Clone, Debug)]
pub struct Profile {
    pub digest: DigestAlgorithm,
    /// Of SignedInfo and of the content; the content's transform names it with comments, as the
    /// national tools do, when it is Canonical XML 1.0.
    pub canonicalization: Canonicalization,
    /// Sign the element with this identifier instead of the whole document.
    pub reference_id: Option<String>,
    /// Sign a document that bears signatures already.
    pub add: bool,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            digest: DigestAlgorithm::Sha256,
            canonicalization: Canonicalization::inclusive(),
            reference_id: None,
            add: false,
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
    #[error("the key cannot sign: {0}")]
    Key(String),
    #[error("the signature made did not verify")]
    SelfCheck,
}

struct DigestSink(Digest);

impl Sink for DigestSink {
    fn write(&mut self, octets: &[u8]) {
        self.0.update(octets);
    }
}

struct MessageSink(Vec<u8>);

impl Sink for MessageSink {
    fn write(&mut self, octets: &[u8]) {
        self.0.extend_from_slice(octets);
    }
}

fn digest_of(
    document: &Document<'_>,
    apex: Apex,
    method: &Canonicalization,
    algorithm: DigestAlgorithm,
) -> Result<Vec<u8>, xml::Error> {
    let mut sink = DigestSink(Digest::new(algorithm));
    canonicalize(document, apex, &[], method, &mut sink)?;
    Ok(sink.0.finish().to_vec())
}

/// Signs a document with a key whose certificate is `certificate` (DER).
///
/// # Errors
/// When the document cannot be read, bears a signature and `add` is not set, or the key cannot sign.
pub fn sign(
    bytes: &[u8],
    key: &PrivateKey,
    certificate: &[u8],
    profile: &Profile,
    limits: &Limits,
) -> Result<Vec<u8>, SignError> {
    let document = Document::read(bytes, limits, &[])?;
    if !profile.add && !document.signatures().is_empty() {
        return Err(SignError::AlreadySigned);
    }
    let (apex, parent, uri) = match &profile.reference_id {
        None => (Apex::Document, document.root(), String::new()),
        Some(id) => match document.identified(id) {
            Identified::One(element) => (Apex::Element(element), element, format!("#{id}")),
            _ => return Err(SignError::NoSuchElement(id.clone())),
        },
    };
    let algorithm = key.signature_algorithm(profile.digest);
    // What "" and "#id" refer to has no comments, whatever the canonicalisation would keep
    // (XML Signature 4.4.3.3).
    let content = Canonicalization { comments: Comments::Dropped, ..profile.canonicalization.clone() };
    let digest = digest_of(&document, apex, &content, profile.digest)?;
    let (before, after) = template(algorithm, &uri, &digest, certificate, profile);
    let (unsigned, at) =
        append_child(document.text().unwrap_or_default(), &parent, &format!("{before}{after}"));
    let value = {
        let draft = Document::read(unsigned.as_bytes(), limits, &[])?;
        let signed_info = signed_info(&draft, at).ok_or(SignError::SelfCheck)?;
        let mut octets = MessageSink(Vec::new());
        canonicalize(&draft, Apex::Element(signed_info), &[], &profile.canonicalization, &mut octets)?;
        key.sign(&algorithm, EcdsaForm::Concatenated, &octets.0)
            .map_err(|error| SignError::Key(error.to_string()))?
    };
    let mut signed = unsigned;
    signed.insert_str(at + before.len(), &STANDARD.encode(value));
    self_check(signed.as_bytes(), key, at, limits)?;
    Ok(signed.into_bytes())
}

/// The Signature element before and after the text of SignatureValue.
fn template(
    algorithm: SignatureAlgorithm,
    uri: &str,
    digest: &[u8],
    certificate: &[u8],
    profile: &Profile,
) -> (String, String) {
    let method = profile.canonicalization.uri();
    let transform = match profile.canonicalization.method {
        xml::c14n::Method::Inclusive => format!("{}#WithComments", method.trim_end_matches("#WithComments")),
        _ => method.to_owned(),
    };
    let before = format!(
        "<ds:Signature xmlns:ds=\"{dsig}\"><ds:SignedInfo>\
         <ds:CanonicalizationMethod Algorithm=\"{method}\"/>\
         <ds:SignatureMethod Algorithm=\"{signature}\"/>\
         <ds:Reference URI=\"{uri}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"{dsig}enveloped-signature\"/>\
         <ds:Transform Algorithm=\"{transform}\"/></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"{digest_uri}\"/>\
         <ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>",
        dsig = xml::DSIG,
        signature = algorithm.uri().unwrap_or_default(),
        uri = escape_attribute(uri),
        digest_uri = profile.digest.uri(),
        digest = STANDARD.encode(digest),
    );
    let after = format!(
        "</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate>\
         </ds:X509Data></ds:KeyInfo></ds:Signature>",
        STANDARD.encode(certificate)
    );
    (before, after)
}

fn signed_info(document: &Document<'_>, signature_at: usize) -> Option<Element> {
    let signature = document.signatures().iter().find(|signature| signature.start == signature_at)?;
    let text = document.text()?;
    let start = signature_at + text.get(signature_at..)?.find("<ds:SignedInfo>")?;
    let end = start + text.get(start..)?.find("</ds:SignedInfo>")? + "</ds:SignedInfo>".len();
    document.child_element(start, end, signature)
}

fn self_check(signed: &[u8], key: &PrivateKey, at: usize, limits: &Limits) -> Result<(), SignError> {
    let public = key.public_key();
    let options = Options {
        limits,
        identifier_attributes: &[],
        octets: Octets::Drop,
        key: Some(&public),
        certificates: &CertificateCache::default(),
    };
    let document = Document::read(signed, limits, &[])?;
    let place = document.signatures().iter().position(|signature| signature.start == at);
    let facts = xmldsig::read(signed, &options)?;
    match place.and_then(|place| facts.signatures.get(place)) {
        Some(signature) if signature.problems.is_empty() && !signature.contents.is_empty() => Ok(()),
        _ => Err(SignError::SelfCheck),
    }
}
