//! References of SignedInfo: dereferencing within the document, transforms, digests
//! (XML Signature 4.4.3, 5.3). What a reference covers is decided here, and so is whether the signed
//! element stands where it may: signature wrapping moves it.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Covers, Octets, Problem, SignedContent};
use crate::crypto::{Digest, DigestAlgorithm};
use crate::xml::c14n::{Apex, Canonicalization, Sink, canonicalize};
use crate::xml::{DSIG, Document, Element, Identified, tree};

const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const SOAP: [&str; 2] =
    ["http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"];

/// A Reference element, read.
#[derive(Debug)]
pub(super) struct Reference {
    pub(super) uri: Option<String>,
    enveloped: bool,
    canonicalization: Canonicalization,
    pub(super) digest_uri: String,
    digest: Option<DigestAlgorithm>,
    value: Vec<u8>,
    unsupported: Option<String>,
}

/// How much may be digested and kept for one document, whatever its references ask for. Digests are
/// computed before anything is known to be authentic.
#[derive(Debug)]
pub(super) struct Work {
    digest: usize,
    keep: usize,
}

impl Work {
    /// Twenty times the document and 64 MiB to digest, four times the document to keep.
    pub(super) fn for_document(octets: usize) -> Self {
        Self { digest: octets.saturating_mul(20).saturating_add(64 << 20), keep: octets.saturating_mul(4) }
    }

    fn spend(&mut self, octets: usize) -> Result<(), Problem> {
        match self.digest.checked_sub(octets) {
            Some(left) => {
                self.digest = left;
                Ok(())
            }
            None => Err(Problem::Limit("digested octets")),
        }
    }

    fn keep(&mut self, octets: usize) -> bool {
        let left = self.keep.checked_sub(octets);
        self.keep = left.unwrap_or(self.keep);
        left.is_some()
    }
}

/// A reference that was found to match, with where its content stands.
pub(super) struct Covered {
    pub(super) content: SignedContent,
    pub(super) apex: Apex,
    pub(super) span: Range<usize>,
    pub(super) later_signatures: usize,
}

/// Base64 of XML Signature: white space anywhere, otherwise strict (RFC 4648 4).
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let packed: Vec<u8> =
        text.bytes().filter(|octet| !matches!(octet, b' ' | b'\t' | b'\r' | b'\n')).collect();
    STANDARD.decode(packed).ok()
}

pub(super) fn algorithm(element: tree::Node<'_>) -> Result<String, Problem> {
    element
        .attribute("Algorithm")
        .map(str::to_owned)
        .ok_or_else(|| Problem::Malformed(format!("{} has no Algorithm", element.local())))
}

/// The parameters of an exclusive canonicalisation.
pub(super) fn canonicalization(element: tree::Node<'_>) -> Result<Canonicalization, Problem> {
    let uri = algorithm(element)?;
    let mut method = Canonicalization::from_uri(&uri).ok_or(Problem::CanonicalizationUnsupported(uri))?;
    for child in element.elements() {
        if !child.is(EXCLUSIVE, "InclusiveNamespaces") {
            return Err(Problem::Malformed(format!("{} in a canonicalization", child.local())));
        }
        let list = child.attribute("PrefixList").unwrap_or_default();
        method.inclusive_prefixes = list
            .split_ascii_whitespace()
            .map(|prefix| if prefix == "#default" { String::new() } else { prefix.to_owned() })
            .collect();
    }
    Ok(method)
}

impl Reference {
    pub(super) fn read(element: tree::Node<'_>) -> Result<Self, Problem> {
        let mut reference = Self {
            uri: element.attribute("URI").map(str::to_owned),
            enveloped: false,
            canonicalization: Canonicalization::inclusive(),
            digest_uri: String::new(),
            digest: None,
            value: Vec::new(),
            unsupported: None,
        };
        let mut children = element.elements().peekable();
        if let Some(transforms) = children.next_if(|child| child.is(DSIG, "Transforms")) {
            reference.read_transforms(transforms)?;
        }
        let method = children
            .next()
            .filter(|child| child.is(DSIG, "DigestMethod"))
            .ok_or_else(|| Problem::Malformed("a Reference without a DigestMethod".into()))?;
        reference.digest_uri = algorithm(method)?;
        reference.digest = DigestAlgorithm::from_uri(&reference.digest_uri);
        let value = children
            .next()
            .filter(|child| child.is(DSIG, "DigestValue"))
            .ok_or_else(|| Problem::Malformed("a Reference without a DigestValue".into()))?;
        if children.next().is_some() {
            return Err(Problem::Malformed("an unexpected element in a Reference".into()));
        }
        let text = value.text().ok_or(Problem::Comment)?;
        reference.value =
            base64(text).ok_or_else(|| Problem::Malformed("a DigestValue that is not base64".into()))?;
        Ok(reference)
    }

    fn read_transforms(&mut self, transforms: tree::Node<'_>) -> Result<(), Problem> {
        let mut canonical = false;
        for transform in transforms.elements() {
            if !transform.is(DSIG, "Transform") {
                return Err(Problem::Malformed(format!("{} in Transforms", transform.local())));
            }
            let uri = algorithm(transform)?;
            if uri == ENVELOPED && !self.enveloped && !canonical {
                self.enveloped = true;
            } else if Canonicalization::from_uri(&uri).is_some() && !canonical {
                canonical = true;
                self.canonicalization = canonicalization(transform)?;
            } else {
                self.unsupported.get_or_insert(uri);
            }
        }
        Ok(())
    }

    /// Finds the content, digests it and compares. `signature` is the Signature element that holds
    /// the reference.
    pub(super) fn check(
        &self,
        document: &Document<'_>,
        signature: &Element,
        octets: Octets,
        work: &mut Work,
    ) -> Result<Covered, Problem> {
        let uri = self.uri.clone().ok_or_else(|| Problem::ReferenceExternal(String::new()))?;
        let element = match uri.strip_prefix('#') {
            None if uri.is_empty() => None,
            None => return Err(Problem::ReferenceExternal(uri)),
            Some(id) if id.is_empty() || id.starts_with("xpointer(") => {
                return Err(Problem::TransformUnsupported(uri.clone()));
            }
            Some(id) => match document.identified(id) {
                Identified::Nothing => return Err(Problem::ReferenceNotFound(uri)),
                Identified::One(element) => Some(element),
                Identified::Several => return Err(Problem::DuplicateIdentifier(id.to_owned())),
            },
        };
        if let Some(element) = &element {
            self.check_place(document, signature, element, &uri)?;
        }
        if let Some(transform) = &self.unsupported {
            return Err(Problem::TransformUnsupported(transform.clone()));
        }
        let digest = self.digest.ok_or_else(|| Problem::DigestUnsupported(self.digest_uri.clone()))?;
        let root = document.root();
        let (apex, span) = match element {
            None => (Apex::Document, root.start..root.end),
            Some(element) => (Apex::Element(element), element.start..element.end),
        };
        let covers = if span == (root.start..root.end) { Covers::WholeDocument } else { Covers::Element };
        let own = signature.start..signature.end;
        let mut excluded = Vec::new();
        if self.enveloped {
            excluded.push(own);
        }
        let mut later_signatures = 0;
        let mut tee = self.digest_of(document, apex, &excluded, digest, octets, work)?;
        if self.enveloped && tee.digest.as_slice() != self.value {
            // National tools sign one after another, each signature the last child: what this one
            // covers is the document without the signatures that came after it.
            let later: Vec<Range<usize>> = document
                .signatures()
                .iter()
                .filter(|other| other.parent == signature.parent && other.start >= signature.end)
                .map(|other| other.start..other.end)
                .collect();
            if !later.is_empty() {
                later_signatures = later.len();
                excluded.extend(later);
                tee = self.digest_of(document, apex, &excluded, digest, octets, work)?;
            }
        }
        if tee.digest.as_slice() != self.value {
            return Err(Problem::DigestMismatch(uri));
        }
        Ok(Covered {
            content: SignedContent {
                uri,
                sha256: tee.sha256,
                bytes: tee.bytes,
                covers,
                xpath: String::new(),
                octets: tee.octets,
            },
            apex,
            span,
            later_signatures,
        })
    }

    /// Where the signed element may stand: around the signature when it is enveloped, never within a
    /// signature, and the Body of a SOAP envelope only as the envelope's own child.
    fn check_place(
        &self,
        document: &Document<'_>,
        signature: &Element,
        element: &Element,
        uri: &str,
    ) -> Result<(), Problem> {
        let wrapped = || Problem::Wrapped(uri.to_owned());
        if self.enveloped && !element.contains(signature) {
            return Err(wrapped());
        }
        if document.signatures().iter().any(|other| other.contains(element)) {
            return Err(wrapped());
        }
        let is_soap = |at: &Element, local: &str| {
            document
                .name(at)
                .is_ok_and(|(namespace, found)| found == local && SOAP.contains(&namespace.as_str()))
        };
        let root = document.root();
        if is_soap(&root, "Envelope") && is_soap(element, "Body") && element.parent != Some(root.start) {
            return Err(wrapped());
        }
        Ok(())
    }

    fn digest_of(
        &self,
        document: &Document<'_>,
        apex: Apex,
        excluded: &[Range<usize>],
        digest: DigestAlgorithm,
        octets: Octets,
        work: &mut Work,
    ) -> Result<Digested, Problem> {
        let span = match apex {
            Apex::Document => document.size(),
            Apex::Element(element) => element.end - element.start,
        };
        work.spend(span)?;
        let octets = if work.keep(span) { octets } else { Octets::Drop };
        // A same-document reference by "" or #id has no comments in its node-set, whatever the
        // canonicalisation would keep (XML Signature 4.4.3.3).
        let method = Canonicalization {
            comments: crate::xml::c14n::Comments::Dropped,
            ..self.canonicalization.clone()
        };
        let mut tee = Tee {
            digest: Digest::new(digest),
            sha256: (digest != DigestAlgorithm::Sha256).then(|| Digest::new(DigestAlgorithm::Sha256)),
            bytes: 0,
            octets: (octets == Octets::Keep).then(Vec::new),
        };
        canonicalize(document, apex, excluded, &method, &mut tee)
            .map_err(|error| Problem::Malformed(error.to_string()))?;
        let value = tee.digest.finish().to_vec();
        let sha256 = match tee.sha256 {
            Some(digest) => digest.finish().to_vec(),
            None => value.clone(),
        };
        Ok(Digested {
            digest: value,
            sha256: sha256.try_into().unwrap_or_default(),
            bytes: tee.bytes,
            octets: tee.octets,
        })
    }
}

struct Digested {
    digest: Vec<u8>,
    sha256: [u8; 32],
    bytes: usize,
    octets: Option<Vec<u8>>,
}

struct Tee {
    digest: Digest,
    sha256: Option<Digest>,
    bytes: usize,
    octets: Option<Vec<u8>>,
}

impl Sink for Tee {
    fn write(&mut self, octets: &[u8]) {
        self.digest.update(octets);
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(octets);
        }
        self.bytes += octets.len();
        if let Some(kept) = &mut self.octets {
            kept.extend_from_slice(octets);
        }
    }
}
