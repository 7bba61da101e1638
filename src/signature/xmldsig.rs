//! Reading XML signatures (W3C XML Signature 1.1): the structure of each Signature element, its
//! references, its value and its KeyInfo. KeyInfo is a hint: the signing certificate is the one whose
//! key verifies the value.

use std::collections::HashSet;
use std::sync::Arc;

use super::reference::{Covered, Reference, Work, algorithm, base64, canonicalization};
use super::{
    CertificateCache, DocumentFacts, Facts, Octets, Problem, SignatureFacts, SignedContent, Uncovered,
};
use crate::crypto::{self, EcdsaForm, PublicKey, SignatureAlgorithm};
use crate::pkix::Certificate;
use crate::xml::c14n::{Apex, Canonicalization, Sink, canonicalize};
use crate::xml::{self, DSIG, Document, Element, Limits, tree};

const WSSE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
/// At most this many uncovered elements are listed for a document.
const MOST_UNCOVERED: usize = 100;

/// What reading depends on besides the bytes.
#[derive(Debug)]
pub struct Options<'a> {
    pub limits: &'a Limits,
    /// Further local names of unqualified identifier attributes.
    pub identifier_attributes: &'a [String],
    pub octets: Octets,
    /// Check values with this key alone.
    pub key: Option<&'a PublicKey>,
    pub certificates: &'a CertificateCache,
}

/// Reads a document and every signature in it.
///
/// # Errors
/// When the bytes are not a well-formed document within the limits. A document without signatures is
/// no error here: its facts list none.
pub fn read(bytes: &[u8], options: &Options<'_>) -> Result<Facts, xml::Error> {
    let mut document = Document::read(bytes, options.limits, options.identifier_attributes)?;
    look_for_references(&mut document, options.limits)?;
    let mut spans: Vec<(Apex, std::ops::Range<usize>)> = Vec::new();
    let mut signatures = Vec::with_capacity(document.signatures().len());
    let mut work = Work::for_document(bytes.len());
    for element in document.signatures() {
        let (facts, covered) = read_signature(&document, element, options, &mut work)?;
        spans.extend(covered.iter().map(|covered| (covered.apex, covered.span.clone())));
        signatures.push((facts, covered));
    }
    let signatures = describe_coverage(&document, signatures, &spans)?;
    let media_type =
        if document.root_name() == "Envelope" { "application/soap+xml" } else { "application/xml" };
    Ok(Facts {
        document: DocumentFacts { sha256: crypto::sha256(bytes), size: bytes.len(), media_type },
        signatures,
    })
}

/// Sees that the identifiers that references name can be found in a document with very many of them.
fn look_for_references(document: &mut Document<'_>, limits: &Limits) -> Result<(), xml::Error> {
    if !document.has_too_many_identifiers() {
        return Ok(());
    }
    let mut ids = Vec::new();
    for element in document.signatures() {
        let tree = tree::read(document, Some(element), limits, |_, local| local != "Object")?;
        let uris = (0..tree.len()).filter_map(|at| tree.node(at)).filter_map(|node| node.attribute("URI"));
        ids.extend(uris.filter_map(|uri| uri.strip_prefix('#')).map(str::to_owned));
    }
    document.look_for(&ids.iter().map(String::as_str).collect::<Vec<_>>())
}

fn read_signature(
    document: &Document<'_>,
    element: &Element,
    options: &Options<'_>,
    work: &mut Work,
) -> Result<(SignatureFacts, Vec<Covered>), xml::Error> {
    let tree = tree::read(document, Some(element), options.limits, |namespace, local| {
        !(namespace == DSIG && local == "Object")
    })?;
    let tree = tree.element();
    let mut facts = SignatureFacts {
        id: tree.attribute("Id").unwrap_or_default().to_owned(),
        format: "XMLDSig",
        signature_algorithm: String::new(),
        canonicalization: String::new(),
        digest_algorithms: Vec::new(),
        contents: Vec::new(),
        uncovered: Vec::new(),
        later_signatures: 0,
        problems: Vec::new(),
        certificates: Vec::new(),
        signing_certificate: None,
        key_bits: None,
        by_given_key: options.key.is_some(),
    };
    let mut covered = Vec::new();
    if let Err(problem) = check_signature(document, element, tree, options, &mut facts, &mut covered, work) {
        facts.problems.push(problem);
    }
    Ok((facts, covered))
}

fn check_signature(
    document: &Document<'_>,
    element: &Element,
    tree: tree::Node<'_>,
    options: &Options<'_>,
    facts: &mut SignatureFacts,
    covered: &mut Vec<Covered>,
    work: &mut Work,
) -> Result<(), Problem> {
    let count = |local| tree.elements().filter(|child| child.is(DSIG, local)).count();
    if count("SignedInfo") != 1 {
        return Err(Problem::SignedInfoNotUnique);
    }
    if count("SignatureValue") != 1 || count("KeyInfo") > 1 {
        return Err(Problem::Malformed("not exactly one SignatureValue and at most one KeyInfo".into()));
    }
    let mut children = tree.elements().peekable();
    let malformed_order = || Problem::Malformed("the children of Signature are out of order".into());
    let signed_info =
        children.next().filter(|child| child.is(DSIG, "SignedInfo")).ok_or_else(malformed_order)?;
    let value =
        children.next().filter(|child| child.is(DSIG, "SignatureValue")).ok_or_else(malformed_order)?;
    let key_info = children.next_if(|child| child.is(DSIG, "KeyInfo"));
    if children.any(|child| !child.is(DSIG, "Object")) {
        return Err(malformed_order());
    }
    list_objects(document, element, tree, facts);
    if let Some(key_info) = key_info {
        read_certificates(key_info, options.certificates, facts);
    }
    if signed_info.has_comment_or_instruction() || value.has_comment_or_instruction() {
        return Err(Problem::Comment);
    }

    let mut parts = signed_info.elements();
    let method = parts
        .next()
        .filter(|part| part.is(DSIG, "CanonicalizationMethod"))
        .ok_or_else(|| Problem::Malformed("SignedInfo without a CanonicalizationMethod".into()))?;
    facts.canonicalization = algorithm(method)?;
    let signature_method = parts
        .next()
        .filter(|part| part.is(DSIG, "SignatureMethod"))
        .ok_or_else(|| Problem::Malformed("SignedInfo without a SignatureMethod".into()))?;
    facts.signature_algorithm = algorithm(signature_method)?;
    let references: Vec<tree::Node<'_>> = parts.collect();
    if references.is_empty() {
        return Err(Problem::NoReference);
    }
    if references.len() > options.limits.references {
        return Err(Problem::Malformed(format!("more than {} references", options.limits.references)));
    }
    for reference in references {
        if !reference.is(DSIG, "Reference") {
            return Err(Problem::Malformed(format!("{} in SignedInfo", reference.local())));
        }
        let reference = Reference::read(reference)?;
        facts.digest_algorithms.push(reference.digest_uri.clone());
        match reference.check(document, element, options.octets, work) {
            Ok(content) => covered.push(content),
            Err(problem) => facts.problems.push(problem),
        }
    }
    let method = canonicalization(method)?;
    let value = value.text().ok_or(Problem::Comment)?;
    let value =
        base64(&value).ok_or_else(|| Problem::Malformed("a SignatureValue that is not base64".into()))?;
    check_value(document, signed_info, &method, &value, options, facts)
}

fn check_value(
    document: &Document<'_>,
    signed_info: tree::Node<'_>,
    method: &Canonicalization,
    value: &[u8],
    options: &Options<'_>,
    facts: &mut SignatureFacts,
) -> Result<(), Problem> {
    let Some(algorithm) = SignatureAlgorithm::from_uri(&facts.signature_algorithm) else {
        facts.signing_certificate = facts.certificates.first().cloned();
        return Err(Problem::SignatureAlgorithmUnsupported(facts.signature_algorithm.clone()));
    };
    let span = document
        .child_element(
            signed_info.span().start,
            signed_info.span().end,
            &enclosing_signature(document, signed_info),
        )
        .ok_or_else(|| Problem::Malformed("SignedInfo was not found again".into()))?;
    let mut octets = MessageSink(Vec::new());
    canonicalize(document, Apex::Element(span), &[], method, &mut octets)
        .map_err(|error| Problem::Malformed(error.to_string()))?;
    let verify =
        |key: &PublicKey| match crypto::verify(&algorithm, EcdsaForm::Concatenated, key, &octets.0, value) {
            Ok(verified) if !verified.der_encoded => Ok(()),
            Err(crypto::VerifyError::KeyTypeMismatch) => Err(Problem::KeyTypeMismatch),
            _ => Err(Problem::SignatureMismatch),
        };
    if let Some(key) = options.key {
        facts.key_bits = Some(key.bits());
        return verify(key);
    }
    let mut outcome = Err(Problem::NoSigningCertificate);
    for certificate in &facts.certificates {
        let attempt = match certificate.public_key() {
            Ok(key) => {
                facts.key_bits = Some(key.bits());
                verify(key)
            }
            Err(error) => Err(Problem::KeyUnsupported(error.to_string())),
        };
        if attempt.is_ok() {
            facts.signing_certificate = Some(Arc::clone(certificate));
            return Ok(());
        }
        if matches!(outcome, Err(Problem::NoSigningCertificate)) {
            facts.signing_certificate = Some(Arc::clone(certificate));
            outcome = attempt;
        }
    }
    outcome
}

/// The Signature element that holds `signed_info`: the innermost one around its offset.
fn enclosing_signature(document: &Document<'_>, signed_info: tree::Node<'_>) -> Element {
    document
        .signatures()
        .iter()
        .rfind(|signature| {
            signature.start < signed_info.span().start && signed_info.span().start < signature.end
        })
        .copied()
        .unwrap_or_else(|| document.root())
}

struct MessageSink(Vec<u8>);

impl Sink for MessageSink {
    fn write(&mut self, octets: &[u8]) {
        self.0.extend_from_slice(octets);
    }
}

/// Objects inside the signature are part of no content here: no reference can name them and pass.
fn list_objects(
    document: &Document<'_>,
    element: &Element,
    tree: tree::Node<'_>,
    facts: &mut SignatureFacts,
) {
    let mut objects = tree.elements().filter(|child| child.is(DSIG, "Object")).peekable();
    if objects.peek().is_none() {
        return;
    }
    let path = document.xpaths(&[*element]).unwrap_or_default().into_iter().next().unwrap_or_default();
    for (at, object) in objects.take(MOST_UNCOVERED).enumerate() {
        facts.uncovered.push(Uncovered {
            xpath: format!("{path}/*[local-name()='Object'][{}]", at + 1),
            bytes: object.span().len(),
        });
    }
}

/// Certificates in X509Data, and whole certificates as WS-Security key identifiers, which is how the
/// national gateway's clients send them.
fn read_certificates(key_info: tree::Node<'_>, cache: &CertificateCache, facts: &mut SignatureFacts) {
    let x509 = key_info
        .elements()
        .filter(|child| child.is(DSIG, "X509Data"))
        .flat_map(tree::Node::elements)
        .filter(|child| child.is(DSIG, "X509Certificate"));
    let identifiers = key_info
        .elements()
        .filter(|child| child.is(WSSE, "SecurityTokenReference"))
        .flat_map(tree::Node::elements)
        .filter(|child| {
            child.is(WSSE, "KeyIdentifier")
                && child.attribute("ValueType").is_some_and(|kind| kind.ends_with("#X509v3"))
        });
    for element in x509.chain(identifiers) {
        let parsed = element
            .text()
            .and_then(|text| base64(text))
            .ok_or_else(|| "not base64".to_owned())
            .and_then(|der| cache.parse(&der).map_err(|error| error.to_string()));
        match parsed {
            Ok(certificate) => push_unique(&mut facts.certificates, certificate),
            Err(detail) => facts.problems.push(Problem::CertificateMalformed(detail)),
        }
    }
}

fn push_unique(certificates: &mut Vec<Arc<Certificate>>, certificate: Arc<Certificate>) {
    if !certificates.iter().any(|known| known.sha256() == certificate.sha256()) {
        certificates.push(certificate);
    }
}

/// Fills in XPaths and what is not covered. Both need a walk over the document, made only where a
/// signature covers less than the whole.
fn describe_coverage(
    document: &Document<'_>,
    signatures: Vec<(SignatureFacts, Vec<Covered>)>,
    spans: &[(Apex, std::ops::Range<usize>)],
) -> Result<Vec<SignatureFacts>, xml::Error> {
    let mut elements: Vec<Element> = document.signatures().to_vec();
    elements.extend(signatures.iter().flat_map(|(_, covered)| {
        covered.iter().filter_map(|covered| match covered.apex {
            Apex::Element(element) => Some(element),
            Apex::Document => None,
        })
    }));
    let needs_paths = elements.len() > document.signatures().len();
    let paths = if needs_paths { document.xpaths(&elements)? } else { Vec::new() };
    let path_of = |wanted: &Element| {
        elements
            .iter()
            .zip(&paths)
            .find(|(element, _)| element.start == wanted.start)
            .map_or_else(|| "/".to_owned(), |(_, path)| path.clone())
    };
    let all_spans: Vec<std::ops::Range<usize>> = spans
        .iter()
        .map(|(_, span)| span.clone())
        .chain(document.signatures().iter().map(|signature| signature.start..signature.end))
        .collect();
    let signed: Vec<Element> = elements.iter().skip(document.signatures().len()).copied().collect();
    let twins: HashSet<usize> = document
        .have_twins(&signed, &all_spans)?
        .into_iter()
        .zip(&signed)
        .filter_map(|(has_twin, element)| has_twin.then_some(element.start))
        .collect();
    let mut described = Vec::with_capacity(signatures.len());
    for (at, (mut facts, covered)) in signatures.into_iter().enumerate() {
        if facts.id.is_empty() {
            facts.id = format!("signature-{}", at + 1);
        }
        let whole = covered.iter().any(|covered| covered.content.covers == super::Covers::WholeDocument);
        facts.later_signatures = covered.iter().map(|covered| covered.later_signatures).max().unwrap_or(0);
        if !covered.is_empty() && !whole {
            let own: Vec<_> = covered
                .iter()
                .map(|covered| covered.span.clone())
                .chain(document.signatures().get(at).map(|own| own.start..own.end))
                .collect();
            let (left, _) = document.uncovered(&own, MOST_UNCOVERED)?;
            let paths = document.xpaths(&left)?;
            facts.uncovered.extend(
                left.iter()
                    .zip(paths)
                    .map(|(element, xpath)| Uncovered { xpath, bytes: element.end - element.start }),
            );
            for covered in &covered {
                if let Apex::Element(element) = covered.apex
                    && twins.contains(&element.start)
                {
                    facts.problems.push(Problem::UnsignedTwin(path_of(&element)));
                }
            }
        }
        facts.contents = covered
            .into_iter()
            .map(|covered| SignedContent {
                xpath: match covered.apex {
                    Apex::Document => "/".to_owned(),
                    Apex::Element(element) => path_of(&element),
                },
                ..covered.content
            })
            .collect();
        described.push(facts);
    }
    Ok(described)
}
