//! Making an enveloped XML signature: the Signature is the last child of what it signs, and not a byte
//! of the document is changed, whatever its encoding, but the `/>` of an element that has no end tag yet. With
//! XAdES properties at level B (EN 319 132-1, 6), or bare as the national tools make it.
//!
//! The document is read once. SignedInfo and the signed properties are written in canonical form, elements with
//! their end tags and attributes in order, so that what is hashed of them is what is written but for their start tags,
//! which take what is in scope where the signature is put. Where a document bears signatures already, it is read
//! again to see that the new one is right and that these are as right as they were.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::CertificateCache;
use super::xmldsig::{self, Options};
use crate::crypto::{self, Digest, DigestAlgorithm, EcdsaForm, PrivateKey, SignatureAlgorithm};
use crate::xml::c14n::{Apex, Canonicalization, Comments, Method, StartTag, canonicalize};
use crate::xml::write::{append_child, escape_attribute};
use crate::xml::{self, Document, Element, Identified, Limits};

const SIGNED_PROPERTIES: &str = "http://uri.etsi.org/01903#SignedProperties";

/// What is added to the identifier of a signature for those of its signed properties and of the reference to its content.
const PROPERTIES: &str = "-properties";
const CONTENT: &str = "-content";

/// How to sign.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Hash of what is signed; `None` for the one that goes with the key: a national key's own, else SHA-256.
    pub digest: Option<DigestAlgorithm>,
    /// Of SignedInfo and of the content; the content's transform names it with comments, as the
    /// national tools do, when it is Canonical XML 1.0. Without a list of prefixes.
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
/// would break, or the key cannot sign; [`SignError::SelfCheck`] for a further signature that would not be right.
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
    let (mut document, is_digested) = match &profile.reference_id {
        None => Document::read_writing(bytes, limits, &content, &mut digest)?,
        Some(_) => (Document::read(bytes, limits, &[])?, false),
    };
    // One with very many identifiers does not know them all.
    let reference_id = profile.reference_id.as_deref();
    document.look_for(reference_id.as_slice())?;
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
        document: &document,
        parent: &parent,
        profile,
        digest: algorithm,
        algorithm: key.signature_algorithm(algorithm),
        id: match profile.properties {
            Some(_) => free_identifier(&document, &content_digest, certificate),
            None => String::new(),
        },
    };
    let properties = match profile.properties {
        Some(time) => Some(draft.properties(time, certificate)?),
        None => None,
    };
    let signed_info = draft.signed_info(&uri, &content_digest, properties.as_ref());
    let tag = StartTag { name: "ds:SignedInfo", declarations: &[("ds", xml::DSIG)], attributes: &[] };
    let mut octets = draft.canonical(&tag)?;
    octets.extend_from_slice(signed_info.as_bytes());
    let value =
        key.sign(&draft.algorithm, EcdsaForm::Concatenated, &octets).map_err(|error| match error {
            crypto::SignError::Fault => SignError::SelfCheck,
            other => SignError::Key(other.to_string()),
        })?;
    let signature = [
        draft.start_tag().as_str(),
        "<ds:SignedInfo>",
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
        is_right_beside_others(bytes, &signed, place, limits)?;
    }
    Ok(signed)
}

/// Sees that nothing is wrong with a signature that came to others, which is the one at `place` in document order, and
/// nothing with these that was not wrong before.
fn is_right_beside_others(
    before: &[u8],
    after: &[u8],
    place: usize,
    limits: &Limits,
) -> Result<(), SignError> {
    let certificates = CertificateCache::default();
    let options = Options::new(limits, &certificates);
    let mut others = xmldsig::read(after, &options)?.signatures;
    if place >= others.len() {
        return Err(SignError::SelfCheck);
    }
    let own = others.remove(place);
    let are_right = others.iter().all(|other| other.problems.is_empty());
    // What only others sign is as good as not signed where they are wrong.
    if !own.problems.is_empty() || !(are_right || own.twins_of_others.is_empty()) {
        return Err(SignError::SelfCheck);
    }
    if are_right {
        return Ok(());
    }
    let before = xmldsig::read(before, &options)?.signatures;
    let broken = before
        .iter()
        .zip(&others)
        .position(|(before, after)| after.problems.iter().any(|problem| !before.problems.contains(problem)));
    broken.map_or(Ok(()), |at| Err(SignError::WouldBreak(at + 1)))
}

/// An identifier for a signature that nothing in the document carries, nor one of its parts.
fn free_identifier(document: &Document<'_>, digest: &str, certificate: &[u8]) -> String {
    let seed = crypto::sha256(&[digest.as_bytes(), certificate].concat());
    let name: String = seed.iter().take(8).map(|octet| format!("{octet:02x}")).collect();
    let first = format!("signature-{name}");
    let numbered = |number: u64| format!("{first}-{number}");
    if !document.knows(&first) {
        // Of very many identifiers not all are known, but where such are written.
        let highest = document.text().and_then(|text| highest_number(text, &first));
        return highest.map_or_else(|| first.clone(), |highest| numbered(highest + 1));
    }
    let is_free = |id: &String| {
        let mut all = ["", PROPERTIES, CONTENT].into_iter();
        all.all(|part| document.identified(&[id, part].concat()) == Identified::Nothing)
    };
    let mut candidates = std::iter::once(first.clone()).chain((2..).map(numbered));
    candidates.find(is_free).unwrap_or_default()
}

/// The highest number that stands, after a hyphen, behind `name` in a text; 1 where it stands without, and nothing where
/// it does not stand at all.
fn highest_number(text: &str, name: &str) -> Option<u64> {
    /// So many digits are no overflow.
    const DIGITS: usize = 18;
    let behind = text.match_indices(name).filter_map(|(at, _)| text.get(at + name.len()..));
    let numbers = behind.map(|behind| {
        let digits = behind.strip_prefix('-').unwrap_or_default().bytes().take(DIGITS);
        let digits = digits.take_while(u8::is_ascii_digit);
        digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')).max(1)
    });
    numbers.max()
}

/// The Object with the properties, and the digest of the signed ones.
struct QualifyingProperties {
    object: String,
    digest: String,
}

struct Draft<'a> {
    document: &'a Document<'a>,
    /// What the signature is put into.
    parent: &'a Element,
    digest: DigestAlgorithm,
    profile: &'a Profile,
    algorithm: SignatureAlgorithm,
    /// The identifier of the signature, if it has properties.
    id: String,
}

impl Draft<'_> {
    fn start_tag(&self) -> String {
        let id = match self.profile.properties {
            None => String::new(),
            Some(_) => [" Id=\"", &self.id, "\""].concat(),
        };
        ["<ds:Signature xmlns:ds=\"", xml::DSIG, "\"", &id, ">"].concat()
    }

    fn canonical(&self, tag: &StartTag<'_>) -> Result<Vec<u8>, xml::Error> {
        tag.canonical(self.document, self.parent, self.profile.canonicalization.method)
    }

    fn properties(&self, time: Timestamp, certificate: &[u8]) -> Result<QualifyingProperties, SignError> {
        let [xades, ..] = xml::XADES;
        // The exclusive method has the prefix declared where it is used.
        let (ds, around) = match self.profile.canonicalization.method {
            Method::Exclusive => (format!(" xmlns:ds=\"{}\"", xml::DSIG), None),
            Method::Inclusive | Method::Inclusive11 => (String::new(), Some(("ds", xml::DSIG))),
        };
        let inside = format!(
            "<xades:SignedSignatureProperties><xades:SigningTime>{time}</xades:SigningTime>\
             <xades:SigningCertificateV2><xades:Cert><xades:CertDigest>\
             <ds:DigestMethod{ds} Algorithm=\"{digest}\"></ds:DigestMethod>\
             <ds:DigestValue{ds}>{value}</ds:DigestValue>\
             </xades:CertDigest></xades:Cert></xades:SigningCertificateV2>\
             </xades:SignedSignatureProperties><xades:SignedDataObjectProperties>\
             <xades:DataObjectFormat ObjectReference=\"#{id}{CONTENT}\">\
             <xades:MimeType>application/xml</xades:MimeType></xades:DataObjectFormat>\
             </xades:SignedDataObjectProperties></xades:SignedProperties>",
            id = self.id,
            time = time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            digest = self.digest.uri(),
            value = STANDARD.encode(crypto::digest(self.digest, certificate)),
        );
        let declarations: Vec<_> = around.into_iter().chain([("xades", xades)]).collect();
        let id = [&self.id, PROPERTIES].concat();
        let (declarations, attributes) = (declarations.as_slice(), &[("Id", id.as_str())]);
        let tag = StartTag { name: "xades:SignedProperties", declarations, attributes };
        let mut digest = Digest::new(self.digest);
        digest.update(&self.canonical(&tag)?);
        digest.update(inside.as_bytes());
        let object = format!(
            "<ds:Object><xades:QualifyingProperties xmlns:xades=\"{xades}\" Target=\"#{}\">\
             <xades:SignedProperties Id=\"{id}\">{inside}</xades:QualifyingProperties></ds:Object>",
            self.id,
        );
        Ok(QualifyingProperties { object, digest: STANDARD.encode(digest.finish()) })
    }

    /// In canonical form, what follows the start tag of SignedInfo.
    fn signed_info(&self, uri: &str, digest: &str, properties: Option<&QualifyingProperties>) -> String {
        let method = self.profile.canonicalization.uri();
        // A national tool names the canonicalisation of the content with comments, which there are none of.
        let (transform, comments) = match self.profile.canonicalization.method {
            Method::Inclusive => (method.trim_end_matches("#WithComments"), "#WithComments"),
            _ => (method, ""),
        };
        let digested = |digest: &str| {
            [
                "\"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm=\"",
                self.digest.uri(),
                "\"></ds:DigestMethod><ds:DigestValue>",
                digest,
                "</ds:DigestValue></ds:Reference>",
            ]
            .concat()
        };
        let (id, of_properties) = match properties {
            None => Default::default(),
            Some(properties) => {
                let start = ["<ds:Reference Type=\"", SIGNED_PROPERTIES, "\" URI=\"#", &self.id, PROPERTIES];
                let transform = ["\"><ds:Transforms><ds:Transform Algorithm=\"", method];
                let reference = [start.concat(), transform.concat(), digested(&properties.digest)].concat();
                ([" Id=\"", &self.id, CONTENT, "\""].concat(), reference)
            }
        };
        [
            "<ds:CanonicalizationMethod Algorithm=\"",
            method,
            "\"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm=\"",
            self.algorithm.uri().unwrap_or_default(),
            "\"></ds:SignatureMethod><ds:Reference",
            &id,
            " URI=\"",
            &escape_attribute(uri),
            "\"><ds:Transforms><ds:Transform Algorithm=\"",
            xml::DSIG,
            "enveloped-signature\"></ds:Transform><ds:Transform Algorithm=\"",
            transform,
            comments,
            &digested(digest),
            &of_properties,
            "</ds:SignedInfo>",
        ]
        .concat()
    }
}

/// Sees, by reading the whole document again, that it is within the limits, and that a signature of it was made with
/// `key` and all that this refers to is as it was signed. Where there are several, [`sign`] has seen that the one it
/// made is right.
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
