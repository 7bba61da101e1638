//! Making a signature last: timestamps and validation data among its unsigned properties (EN 319 132-1, 5.3
//! to 5.5). Not a byte that is there is changed; what is new stands before the end of
//! UnsignedSignatureProperties, which comes into being if it is not there.
//!
//! Getting timestamps and validation data is for others; here they are only put in. Whoever extends a
//! signature that another one covers breaks that other one, which is refused.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::xmldsig::{self, Options};
use super::{CarriedValues, CertificateCache, Facts, Octets, Problem, xades};
use crate::crypto::DigestAlgorithm;
use crate::pkix::{Certificate, UnverifiedCrl, UnverifiedOcsp};
use crate::xml::write::append_child;
use crate::xml::{self, Document, Element, Limits, tree};

/// Why a signature cannot be extended.
#[derive(Debug, thiserror::Error)]
pub enum ExtendError {
    #[error(transparent)]
    Document(#[from] xml::Error),
    /// There is no signature at that place, or it has no QualifyingProperties of its own.
    #[error("the signature has no XAdES properties")]
    NoProperties,
    /// It is wrong, or would be: for example by more than a signature may carry.
    #[error("the signature is not right: {0:?}")]
    Wrong(Problem),
    /// Another signature covers what would be changed.
    #[error("another signature of the document covers this one")]
    Covered,
}

/// What can be put among the unsigned properties.
#[derive(Debug)]
pub enum UnsignedProperty<'a> {
    /// A TimeStampToken over the signature value (5.3).
    SignatureTimeStamp(&'a [u8]),
    /// A TimeStampToken over everything ([`imprint`], 5.5.2.2).
    ArchiveTimeStamp(&'a [u8]),
    /// Certificates and revocation data (5.4.1 and 5.4.2), or, where the signature has some already,
    /// TimeStampValidationData (5.5.1).
    Values(&'a Values),
}

/// Validation data to be embedded.
#[derive(Clone, Debug, Default)]
pub struct Values {
    pub certificates: Vec<Arc<Certificate>>,
    pub lists: Vec<UnverifiedCrl>,
    pub responses: Vec<UnverifiedOcsp>,
}

impl Values {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty() && self.lists.is_empty() && self.responses.is_empty()
    }

    /// Takes away what a signature carries already.
    pub fn without(&mut self, carried: &CarriedValues) {
        self.certificates.retain(|own| !carried.certificates.iter().any(|(_, known)| known == own));
        self.lists.retain(|own| !carried.lists.iter().any(|(_, known)| known.der() == own.der()));
        self.responses.retain(|own| !carried.responses.iter().any(|(_, known)| known.der() == own.der()));
    }
}

/// The digest that the imprint of a timestamp on the signature at a place of the document must be, counted
/// from 0: of its value, or of everything that is there now. The canonicalisation is Canonical XML 1.0.
///
/// # Errors
/// [`ExtendError`].
pub fn imprint(
    bytes: &[u8],
    at: usize,
    of_everything: bool,
    hash: DigestAlgorithm,
    limits: &Limits,
) -> Result<Vec<u8>, ExtendError> {
    let certificates = CertificateCache::default();
    let options = options(limits, &certificates);
    let document = Document::read(bytes, limits, &[])?;
    xmldsig::imprint(&document, at, of_everything, hash, &options).map_err(ExtendError::Wrong)
}

fn options<'a>(limits: &'a Limits, certificates: &'a CertificateCache) -> Options<'a> {
    Options { octets: Octets::Drop, ..Options::new(limits, certificates) }
}

/// The document with a further unsigned property of the signature at a place of it.
///
/// # Errors
/// [`ExtendError`]; also when a signature of the document is no longer what it was.
pub fn add(
    bytes: &[u8],
    at: usize,
    property: &UnsignedProperty<'_>,
    limits: &Limits,
) -> Result<Vec<u8>, ExtendError> {
    let document = Document::read(bytes, limits, &[])?;
    let element = document.signatures().get(at).ok_or(ExtendError::NoProperties)?;
    let read = tree::read_signature(&document, element, limits, |_, _, _| tree::Descend::Whole)?;
    let qualifying = xades::own_properties(read.element()).ok_or(ExtendError::NoProperties)?;
    fn child<'t>(of: tree::Node<'t>, local: &str) -> Option<tree::Node<'t>> {
        of.elements().find(|child| xades::is_xades(*child, local))
    }
    let unsigned = child(qualifying, "UnsignedProperties");
    let of_signature = unsigned.and_then(|unsigned| child(unsigned, "UnsignedSignatureProperties"));
    let [xades, ..] = xml::XADES;
    let property = text_of(property, of_signature);
    let (parent, new) = match (of_signature, unsigned) {
        (Some(parent), _) => (parent, property),
        // UnsignedDataObjectProperties would come after it, and nobody writes them.
        (None, Some(parent)) => {
            let tag = "xades:UnsignedSignatureProperties";
            (parent, format!("<{tag} xmlns:xades=\"{xades}\">{property}</{tag}>"))
        }
        (None, None) => (
            qualifying,
            format!(
                "<xades:UnsignedProperties xmlns:xades=\"{xades}\"><xades:UnsignedSignatureProperties>\
                 {property}</xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
            ),
        ),
    };
    let span = parent.span();
    let extended = append_child(bytes, &document, &Element::at(span.start, span.end), &new)?;
    see_nothing_is_broken(bytes, &extended, at, limits)?;
    Ok(extended)
}

/// Every signature is as right as before.
fn see_nothing_is_broken(before: &[u8], after: &[u8], at: usize, limits: &Limits) -> Result<(), ExtendError> {
    let certificates = CertificateCache::default();
    let options = options(limits, &certificates);
    let (before, after) = (xmldsig::read(before, &options)?, xmldsig::read(after, &options)?);
    let of = |facts: &Facts| facts.signatures.get(at).map(|signature| signature.problems.clone());
    let (own, new) = (of(&before).unwrap_or_default(), of(&after).unwrap_or_default());
    if let Some(problem) = new.into_iter().find(|problem| !own.contains(problem)) {
        return Err(ExtendError::Wrong(problem));
    }
    let is_same = before.signatures.len() == after.signatures.len()
        && before.signatures.iter().zip(&after.signatures).all(|(before, after)| {
            before.problems == after.problems && before.contents.len() == after.contents.len()
        });
    if is_same { Ok(()) } else { Err(ExtendError::Covered) }
}

fn text_of(property: &UnsignedProperty<'_>, present: Option<tree::Node<'_>>) -> String {
    let [xades, ..] = xml::XADES;
    let timestamp = |name: &str, namespace: &str, token: &[u8]| {
        format!(
            "<{name} xmlns:xades=\"{xades}\"{namespace}><ds:CanonicalizationMethod xmlns:ds=\"{dsig}\" \
             Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"/>\
             <xades:EncapsulatedTimeStamp>{token}</xades:EncapsulatedTimeStamp></{name}>",
            dsig = xml::DSIG,
            token = STANDARD.encode(token),
        )
    };
    let of_141 = format!(" xmlns:xades141=\"{}\"", xml::XADES_141);
    match property {
        UnsignedProperty::SignatureTimeStamp(token) => timestamp("xades:SignatureTimeStamp", "", token),
        UnsignedProperty::ArchiveTimeStamp(token) => timestamp("xades141:ArchiveTimeStamp", &of_141, token),
        UnsignedProperty::Values(values) => {
            let has_values = present.is_some_and(|present| {
                let mut inside = present.elements();
                inside.any(|child| matches!(child.local(), "CertificateValues" | "RevocationValues"))
            });
            let values = text_of_values(values);
            if has_values {
                let tag = "xades141:TimeStampValidationData";
                format!("<{tag}{of_141}>{values}</{tag}>")
            } else {
                values
            }
        }
    }
}

fn text_of_values(values: &Values) -> String {
    let [xades, ..] = xml::XADES;
    let group = |name: &str, item: &str, all: Vec<&[u8]>| {
        let items: String = all
            .into_iter()
            .map(|der| format!("<xades:{item}>{}</xades:{item}>", STANDARD.encode(der)))
            .collect();
        if items.is_empty() { items } else { format!("<xades:{name}>{items}</xades:{name}>") }
    };
    let declared = |text: String, name: &str| {
        text.replacen(&format!("<xades:{name}>"), &format!("<xades:{name} xmlns:xades=\"{xades}\">"), 1)
    };
    let certificates: Vec<&[u8]> = values.certificates.iter().map(|certificate| certificate.der()).collect();
    let certificates = group("CertificateValues", "EncapsulatedX509Certificate", certificates);
    let lists = values.lists.iter().map(UnverifiedCrl::der).collect();
    let responses = values.responses.iter().map(UnverifiedOcsp::der).collect();
    let revocation = group("CRLValues", "EncapsulatedCRLValue", lists)
        + &group("OCSPValues", "EncapsulatedOCSPValue", responses);
    let revocation = match revocation.is_empty() {
        true => revocation,
        false => format!("<xades:RevocationValues>{revocation}</xades:RevocationValues>"),
    };
    declared(certificates, "CertificateValues") + &declared(revocation, "RevocationValues")
}
