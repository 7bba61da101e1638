//! Reading XML signatures (W3C XML Signature 1.1): the structure of each Signature element, its
//! references and its value.
//!
//! A Signature is read as a small tree; what its references name is canonicalised straight from the
//! document's octets. Everything is checked that can be, so that a report names every fault at once.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use smallvec::SmallVec;

use super::archive;
use super::coverage::{self, Described};
use super::key_info::{KeyInfo, MOST_KEYS, Search, Sources, is_authority};
use super::manifest::Manifests;
use super::method::{hmac_length, output_length, signature_algorithm};
use super::one_key;
use super::places;
use super::reference::{Covered, Reference, Surroundings, algorithm, decode_base64, identifier};
use super::schema::is_own;
use super::strangers::strangers;
use super::transform::{Context, canonicalization, identifiers, is_expression, unread};
use super::work::Work;
use super::xades::{self, Level, NamedCertificate, Stamped};
use super::{
    CertificateCache, CheckedWith, DetachedContent, DocumentFacts, Facts, Identifier, Octets, Problem,
    SignatureFacts, as_written,
};
use crate::crypto::{self, Digest, DigestAlgorithm, EcdsaForm, PublicKey, SignatureAlgorithm, VerifyError};
use crate::pkix::Certificate;
use crate::xml::c14n::{Apex, Canonicalization, Sink, canonical_octets, canonicalize};
use crate::xml::tree::Descend;
use crate::xml::{self, DSIG, Document, Element, Identified, Limits, ReadAt, tree};

/// What reading depends on besides the bytes.
#[derive(Debug)]
pub struct Options<'a> {
    pub limits: &'a Limits,
    /// Further identifier attributes: local names, or `namespace#name`.
    pub identifier_attributes: &'a [String],
    pub octets: Octets,
    /// Check values with this key alone.
    pub key: Option<&'a PublicKey>,
    /// The secret that HMAC values are checked with.
    pub secret: Option<&'a [u8]>,
    /// Octets for references to something outside the document.
    pub detached: &'a [DetachedContent],
    /// Certificates that a signature may mean without carrying them.
    pub known: &'a [Arc<Certificate>],
    pub certificates: &'a CertificateCache,
    /// Where contents are written to as they are digested.
    pub spool: Option<&'a dyn Spool>,
}

impl<'a> Options<'a> {
    /// Nothing given and nothing kept.
    pub fn new(limits: &'a Limits, certificates: &'a CertificateCache) -> Self {
        Self {
            limits,
            identifier_attributes: &[],
            octets: Octets::Drop,
            key: None,
            secret: None,
            detached: &[],
            known: &[],
            certificates,
            spool: None,
        }
    }
}

/// Takes contents as they are digested, before anything is known to be authentic. It is asked anew
/// when a content is digested again, and what it was given before is void then; what it was given in
/// the end is what a reference covers if the facts list it with the digest of those octets.
pub trait Spool: std::fmt::Debug {
    /// Where the content of a reference goes: `signature` counts from 0 in document order, `place` is
    /// [`super::SignedContent::place`]. `None` when it is not wanted.
    fn begin(&self, signature: usize, place: (usize, Option<usize>)) -> Option<Box<dyn Sink + '_>>;
}

/// Reads a document and every signature in it.
///
/// # Errors
/// When the bytes are not a well-formed document within the limits. A document without signatures is
/// no error here: its facts list none.
pub fn read(bytes: &[u8], options: &Options<'_>) -> Result<Facts, xml::Error> {
    let mut document = Document::read_signed(bytes, options.limits, options.identifier_attributes, part)?;
    let facts = DocumentFacts { size: bytes.len(), media_type: media_type(&document) };
    Ok(Facts { signatures: read_signatures(&mut document, options)?, document: facts })
}

/// As [`read`], from a file: memory does not grow with the document.
///
/// # Errors
/// As [`read`], and when the file cannot be read.
pub fn open(file: &dyn ReadAt, options: &Options<'_>) -> Result<Facts, xml::Error> {
    let mut document = Document::open(file, options.limits, options.identifier_attributes)?;
    let facts = DocumentFacts { size: document.size(), media_type: media_type(&document) };
    Ok(Facts { signatures: read_signatures(&mut document, options)?, document: facts })
}

fn media_type(document: &Document<'_>) -> &'static str {
    if document.root_name() == "Envelope" { "application/soap+xml" } else { "application/xml" }
}

fn read_signatures(
    document: &mut Document<'_>,
    options: &Options<'_>,
) -> Result<Vec<SignatureFacts>, xml::Error> {
    look_for_references(document, options.limits)?;
    let document = &*document;
    let tree = OnceCell::new();
    let mut session = Session::new(document, options, &tree);
    let mut signatures = Vec::with_capacity(document.signatures().len());
    for (at, element) in document.signatures().iter().enumerate() {
        if let Err(error) = session.read_signature(at, element, &mut signatures) {
            signatures.push(beyond(document, element, options.limits, error)?);
        }
    }
    coverage::describe(document, signatures, session.work, options.limits)
}

/// Sees that the identifiers that references and their expressions name can be found in a document with
/// very many of them: those in the signatures, and then those in the Manifests that these name, wherever
/// they stand.
fn look_for_references(document: &mut Document<'_>, limits: &Limits) -> Result<(), xml::Error> {
    if !document.has_too_many_identifiers() {
        return Ok(());
    }
    let mut ids = BTreeSet::new();
    let mut referred = BTreeSet::new();
    for element in document.signatures() {
        let tree = match read_tree(document, element, limits) {
            Err(error) if is_limit(&error) => continue,
            read => read?,
        };
        named_in(&tree, &mut ids);
        let signed_info = tree.element().elements().filter(|child| child.is(DSIG, "SignedInfo"));
        let uris = signed_info.flat_map(tree::Node::elements).filter_map(|child| child.attribute("URI"));
        referred.extend(uris.take(limits.references).filter_map(identifier).map(str::to_owned));
    }
    let look_for = |document: &mut Document<'_>, ids: &BTreeSet<String>| {
        document.look_for(&ids.iter().map(String::as_str).collect::<Vec<_>>())
    };
    look_for(document, &ids)?;
    let mut named: Vec<Element> = referred
        .iter()
        .filter_map(|id| match document.identified(id) {
            Identified::One(element) => Some(element),
            _ => None,
        })
        .collect();
    named.sort_unstable_by_key(|element| element.start);
    named.dedup_by_key(|element| element.start);
    let known = ids.len();
    // Manifests within one another could be read over and over.
    let mut left = document.size();
    for element in named {
        let size = element.end - element.start;
        if size <= left && document.is_named(&element, DSIG, "Manifest")? {
            left -= size;
            // One that cannot be read is a fault of the signature that names it.
            if let Ok(tree) = read_tree(document, &element, limits) {
                named_in(&tree, &mut ids);
            }
        }
    }
    if ids.len() > known { look_for(document, &ids) } else { Ok(()) }
}

/// The identifiers that references and expressions in a tree name.
fn named_in(tree: &tree::Tree, ids: &mut BTreeSet<String>) {
    for node in (0..tree.len()).filter_map(|at| tree.node(at)) {
        ids.extend(node.attribute("URI").and_then(identifier).map(str::to_owned));
        if is_expression(node) {
            ids.extend(identifiers(node));
        }
    }
}

fn is_limit(error: &xml::Error) -> bool {
    matches!(error.kind, xml::ErrorKind::Limit(_))
}

/// What is said of a signature that is larger than a limit allows: nothing is known of it, and the others
/// of its document are as good as ever. Content may stand anywhere in it.
fn beyond(
    document: &Document<'_>,
    element: &Element,
    limits: &Limits,
    error: xml::Error,
) -> Result<Described, xml::Error> {
    if !is_limit(&error) {
        return Err(error);
    }
    let start = match tree::read_signature(document, element, limits, |_, _, _| Descend::Nothing) {
        Err(error) if is_limit(&error) => None,
        read => Some(read?),
    };
    let id = start.as_ref().and_then(|start| start.element().attribute("Id")).unwrap_or_default();
    let mut described = Described {
        facts: nothing_of(id.to_owned().into()),
        covered: Vec::new(),
        around: Vec::new(),
        is_verified: false,
        in_place: places::InPlace::default(),
        objects: Vec::new(),
        foreign: vec![element.span()],
        loose: Vec::new(),
        signed_info: 0..0,
        signed_sha256: None,
    };
    described.facts.problems.push(unread(error));
    Ok(described)
}

/// The facts of a signature before anything is read. Inlined as [`Described::of`] is.
#[inline(always)]
fn nothing_of(id: Cow<'static, str>) -> SignatureFacts {
    SignatureFacts {
        id,
        format: "XMLDSig",
        signature_algorithm: Identifier::default(),
        algorithm: None,
        canonicalization: Identifier::default(),
        digest_algorithms: SmallVec::new(),
        contents: Vec::new(),
        uncovered: Vec::new(),
        more_uncovered: false,
        twins_of_others: Vec::new(),
        later_signatures: 0,
        problems: Vec::new(),
        certificates: SmallVec::new(),
        certificates_elsewhere: Vec::new(),
        signing_certificate: None,
        same_key: Vec::new(),
        key_bits: None,
        given_key: None,
        checked_with: CheckedWith::Nothing,
        properties: None,
    }
}

/// The tree of a Signature or Manifest, see [`part`].
pub(super) fn read_tree<'d>(
    document: &'d Document<'_>,
    element: &Element,
    limits: &Limits,
) -> Result<Cow<'d, tree::Tree>, xml::Error> {
    tree::of_signature(document, element, limits, part)
}

/// What is read of a Signature: all but what its Objects hold for others, payloads and further signatures.
fn part(is_outermost: bool, namespace: &str, local: &str) -> Descend {
    match local {
        "Signature" if !is_outermost && namespace == DSIG => Descend::Nothing,
        "Object" if namespace == DSIG => Descend::Elements,
        _ if is_own(namespace) => Descend::Whole,
        _ => Descend::Together,
    }
}

/// The parts of a Signature, in the one order that its schema allows.
pub(super) struct Parts<'t> {
    pub(super) signed_info: tree::Node<'t>,
    pub(super) value: tree::Node<'t>,
    pub(super) key_info: Option<tree::Node<'t>>,
}

impl<'t> Parts<'t> {
    fn of(signature: tree::Node<'t>) -> Result<Self, Problem> {
        let count = |local| signature.elements().filter(|child| child.is(DSIG, local)).count();
        if count("SignedInfo") != 1 {
            return Err(Problem::SignedInfoNotUnique);
        }
        if count("SignatureValue") != 1 || count("KeyInfo") > 1 {
            return Err(Problem::Malformed("not exactly one SignatureValue and at most one KeyInfo".into()));
        }
        let mut children = signature.elements().peekable();
        let out_of_order = || Problem::Malformed("the children of Signature are out of order".into());
        let signed_info =
            children.next().filter(|child| child.is(DSIG, "SignedInfo")).ok_or_else(out_of_order)?;
        let value =
            children.next().filter(|child| child.is(DSIG, "SignatureValue")).ok_or_else(out_of_order)?;
        let key_info = children.next_if(|child| child.is(DSIG, "KeyInfo"));
        if children.any(|child| !child.is(DSIG, "Object")) {
            return Err(out_of_order());
        }
        Ok(Self { signed_info, value, key_info })
    }
}

impl Described {
    /// Nothing yet of a signature. Inlined, so that it is made where it stays: it is large.
    #[inline(always)]
    fn of(signature: tree::Node<'_>) -> Self {
        let (foreign, loose) = strangers(signature);
        Self {
            facts: nothing_of(signature.attribute("Id").unwrap_or_default().to_owned().into()),
            covered: Vec::new(),
            around: Vec::new(),
            is_verified: false,
            objects: Vec::new(),
            foreign,
            loose,
            in_place: places::of(signature),
            signed_info: signature.child(DSIG, "SignedInfo").map_or(0..0, tree::Node::span),
            signed_sha256: None,
        }
    }

    /// Of each reference of SignedInfo, how many later signatures what it names is without; those of
    /// Manifests are not among them.
    fn without_later(&self) -> Vec<usize> {
        let own = self.covered.iter().filter(|covered| covered.content.place.1.is_none());
        own.map(|covered| covered.later_signatures).collect()
    }
}

/// What the signatures of one document share.
struct Session<'d, 'o> {
    document: &'d Document<'d>,
    options: &'d Options<'o>,
    work: Work,
    /// The work for what KeyInfo refers to, so that it takes nothing from that for references.
    key_work: Work,
    tree: &'d OnceCell<Result<tree::Tree, Problem>>,
}

/// The digest that the imprint of a new timestamp must be, on the signature at a place of the document: of
/// its value, or of everything ([`xades::Stamped`]).
///
/// # Errors
/// When there is no such signature, it is wrong, or has no properties that a timestamp could stand among.
pub(super) fn imprint(
    document: &Document<'_>,
    at: usize,
    of_everything: bool,
    hash: DigestAlgorithm,
    options: &Options<'_>,
) -> Result<Vec<u8>, Problem> {
    let tree = OnceCell::new();
    let mut session = Session::new(document, options, &tree);
    let element = document.signatures().get(at).ok_or(Problem::NoReference)?;
    let read = read_tree(document, element, options.limits).map_err(unread)?;
    let signature = read.element();
    let mut described = Described::of(signature);
    session.check(at, element, signature, &mut described)?;
    // What a property is about is nothing that a timestamp depends on.
    let is_of_it = |problem: &&Problem| !matches!(problem, Problem::ObjectReferenceUnmatched { .. });
    if let Some(problem) = described.facts.problems.iter().find(is_of_it).cloned() {
        return Err(problem);
    }
    let around = session.surroundings(at, element);
    let parts = Parts::of(signature)?;
    let method = Canonicalization::inclusive();
    let mut imprint = Digest::new(hash);
    if of_everything {
        let (unsigned, object) = xades::unsigned_properties(signature)
            .ok_or_else(|| Problem::PropertyMalformed("Object".into()))?;
        let later = described.without_later();
        let properties = (unsigned.as_slice(), &object);
        let signature = (signature, &parts);
        archive::write(&around, signature, &later, properties, &method, &mut session.work, &mut imprint)?;
    } else {
        write_child(&around, parts.value.span(), &method, &mut session.work, &mut imprint)?;
    }
    Ok(imprint.finish().to_vec())
}

impl<'d, 'o> Session<'d, 'o> {
    fn new(
        document: &'d Document<'d>,
        options: &'d Options<'o>,
        tree: &'d OnceCell<Result<tree::Tree, Problem>>,
    ) -> Self {
        let (size, signatures) = (document.size(), document.signatures().len());
        Self {
            document,
            options,
            work: Work::for_document(size, signatures),
            key_work: Work::for_document(size, 1),
            tree,
        }
    }

    fn surroundings(&self, at: usize, element: &Element) -> Surroundings<'d, 'd> {
        Surroundings {
            document: self.document,
            signature: *element,
            context: self.context(element),
            detached: self.options.detached,
            octets: self.options.octets,
            spool: self.options.spool.map(|spool| (at, spool)),
        }
    }

    fn context(&self, element: &Element) -> Context<'d> {
        Context { signature: Some(*element), limits: self.options.limits, tree: self.tree }
    }

    /// What a KeyInfo of the signature may refer to.
    fn sources(&mut self, element: &Element) -> Sources<'_> {
        Sources {
            document: self.document,
            context: self.context(element),
            work: &mut self.key_work,
            cache: self.options.certificates,
            detached: self.options.detached,
        }
    }

    /// Reads a signature and adds it, where it can be read.
    fn read_signature(
        &mut self,
        at: usize,
        element: &Element,
        signatures: &mut Vec<Described>,
    ) -> Result<(), xml::Error> {
        let tree = read_tree(self.document, element, self.options.limits)?;
        let signature = tree.element();
        // In its place at once: it is large.
        signatures.push(Described::of(signature));
        let Some(described) = signatures.last_mut() else { return Ok(()) };
        if self.options.key.is_some() {
            described.facts.checked_with = CheckedWith::GivenKey;
        }
        if let Err(problem) = self.check(at, element, signature, described) {
            described.facts.problems.push(problem);
        }
        described.covered.iter_mut().for_each(|covered| covered.der = None);
        Ok(())
    }

    fn check(
        &mut self,
        at: usize,
        element: &Element,
        signature: tree::Node<'_>,
        described: &mut Described,
    ) -> Result<(), Problem> {
        self.list_objects(element, signature, described);
        let parts = Parts::of(signature)?;
        let key_info = match parts.key_info {
            Some(key_info) => KeyInfo::read(key_info, &mut self.sources(element)),
            None => KeyInfo::default(),
        };
        let facts = &mut described.facts;
        facts.certificates.clone_from(&key_info.certificates);
        facts.certificates_elsewhere.clone_from(&key_info.elsewhere);
        for part in [parts.signed_info, parts.value] {
            // References are needed in expressions, as for `<`; elsewhere they only hide something.
            if part.has_comment_or_instruction()
                || part.has_unliteral_text(|parent| parent.local() == "XPath")
            {
                return Err(Problem::Comment);
            }
        }
        let mut children = parts.signed_info.elements();
        let method = children
            .next()
            .filter(|part| part.is(DSIG, "CanonicalizationMethod"))
            .ok_or_else(|| Problem::Malformed("SignedInfo without a CanonicalizationMethod".into()))?;
        let written = algorithm(method)?;
        let known = Canonicalization::from_uri(written);
        facts.canonicalization = as_written(written, known.as_ref().map(Canonicalization::uri));
        let signature_method = children
            .next()
            .filter(|part| part.is(DSIG, "SignatureMethod"))
            .ok_or_else(|| Problem::Malformed("SignedInfo without a SignatureMethod".into()))?;
        let signed_with = signature_algorithm(signature_method);
        let known = signed_with.as_ref().ok().and_then(|algorithm| algorithm.as_ref()?.uri());
        facts.signature_algorithm = as_written(algorithm(signature_method)?, known);
        let around = self.surroundings(at, element);
        check_references(children, signature, &around, &mut self.work, described)?;
        let method = canonicalization(method)?;
        let value = parts.value.text().ok_or(Problem::Comment)?;
        let value = decode_base64(value)
            .ok_or_else(|| Problem::Malformed("a SignatureValue that is not base64".into()))?;
        let signed_info = canonical(self.document, element, parts.signed_info.span(), &method)?;
        if self.document.signatures().len() > 1 {
            described.signed_sha256 = Some(crypto::sha256(&signed_info));
        }
        let properties = self.read_properties(signature, &parts, &around, described);
        let named = properties.as_ref().map_or(&[][..], |properties| &properties.signing_certificates);
        let checked = self.check_value(
            (signature_method, signed_with),
            &signed_info,
            &value,
            (&key_info, named),
            described,
        );
        described.is_verified = checked.is_ok() || described.facts.checked_with == CheckedWith::KeyValue;
        let own = key_info.certificates;
        let problems = key_info.problems.into_iter().map(|problem| match problem {
            // What another key or certificate in KeyInfo is does not matter to the one that verifies.
            Problem::CertificateMalformed(detail) | Problem::KeyUnsupported(detail) if checked.is_ok() => {
                Problem::KeyInfoUnread(detail)
            }
            other => other,
        });
        described.facts.problems.extend(problems);
        self.bind(properties, described);
        one_key::choose(&own, (element, parts.key_info), described, &mut self.sources(element))?;
        self.check_counter_signature(element, described).map_err(unread)?;
        checked
    }

    fn list_objects(&self, element: &Element, signature: tree::Node<'_>, described: &mut Described) {
        described.objects = signature
            .elements()
            .filter(|child| child.is(DSIG, "Object"))
            .filter_map(|object| {
                let found = self.document.child_element(object.span().start, object.span().end, element)?;
                let children = object.elements().filter_map(|child| {
                    self.document.child_element(child.span().start, child.span().end, &found)
                });
                Some((found, children.collect()))
            })
            .collect();
    }

    /// `algorithm` is that of the SignatureMethod, or what is wrong with it, which is told here.
    fn check_value(
        &self,
        (method, algorithm): (tree::Node<'_>, Result<Option<SignatureAlgorithm>, Problem>),
        signed_info: &[u8],
        value: &[u8],
        (key_info, named): (&KeyInfo, &[NamedCertificate]),
        described: &mut Described,
    ) -> Result<(), Problem> {
        let facts = &mut described.facts;
        let unsupported = |facts: &SignatureFacts| {
            Problem::SignatureAlgorithmUnsupported(facts.signature_algorithm.to_string())
        };
        let Some(algorithm) = algorithm? else {
            match self.options.key {
                Some(_) => facts.checked_with = CheckedWith::GivenKey,
                None => facts.signing_certificate = facts.certificates.first().cloned(),
            }
            return Err(unsupported(facts));
        };
        facts.algorithm = Some(algorithm);
        if let SignatureAlgorithm::Hmac(_) = algorithm {
            let secret = self.options.secret.ok_or(Problem::SecretMissing)?;
            facts.checked_with = CheckedWith::GivenSecret;
            let length = output_length(method)?;
            return crypto::verify_hmac(&algorithm, secret, signed_info, value, length).map_err(|error| {
                match error {
                    VerifyError::OutputLength => hmac_length(&algorithm, length.unwrap_or_default()),
                    VerifyError::Unavailable => unsupported(facts),
                    _ => Problem::SignatureMismatch,
                }
            });
        }
        let (mut is_der, mut is_of_other_length) = (false, false);
        let hashed = crypto::DigestOnce::default();
        let once = |key: &PublicKey, value: &[u8]| {
            crypto::verify_once(&hashed, &algorithm, EcdsaForm::Concatenated, key, signed_info, value)
        };
        let mut verify = |key: &PublicKey| match once(key, value) {
            Ok(verified) => {
                is_der = verified.der_encoded;
                Ok(())
            }
            Err(VerifyError::Malformed)
                if crypto::of_length(key, value).is_some_and(|value| once(key, &value).is_ok()) =>
            {
                is_of_other_length = true;
                Ok(())
            }
            Err(VerifyError::KeyTypeMismatch | VerifyError::KeyRestriction) => Err(Problem::KeyTypeMismatch),
            Err(VerifyError::Unavailable) => {
                let name = method.attribute("Algorithm").unwrap_or_default();
                Err(Problem::SignatureAlgorithmUnsupported(name.to_owned()))
            }
            Err(_) => Err(Problem::SignatureMismatch),
        };
        let outcome = if let Some(key) = self.options.key {
            facts.key_bits = Some(key.bits());
            facts.given_key = Some(key.kind());
            facts.checked_with = CheckedWith::GivenKey;
            verify(key)
        } else {
            let enclosed = std::mem::take(&mut facts.certificates);
            let search = Search {
                named,
                enclosed: &enclosed,
                given: self.options.known,
                fits: &|key| {
                    crypto::could_verify(&algorithm, key, value) || crypto::of_length(key, value).is_some()
                },
            };
            let outcome = check_candidates(facts, key_info, &search, &mut verify);
            facts.certificates = enclosed;
            outcome
        };
        if is_der {
            facts.problems.push(Problem::EcdsaDer);
        }
        if is_of_other_length {
            facts.problems.push(Problem::EcdsaLength);
        }
        outcome
    }

    fn read_properties(
        &mut self,
        signature: tree::Node<'_>,
        parts: &Parts<'_>,
        around: &Surroundings<'_, '_>,
        described: &mut Described,
    ) -> Option<xades::Properties> {
        // Most signatures have no Object, and so no properties.
        if !signature.elements().any(|child| child.is(DSIG, "Object")) {
            return None;
        }
        let element = &around.signature;
        // A span around the signature leaves the signature out.
        let is_inside = |span: &&Range<usize>| element.start < span.start && span.end <= element.end;
        let covered = described.covered.iter();
        let spans: Vec<Range<usize>> =
            covered.clone().flat_map(|covered| &covered.spans).filter(is_inside).cloned().collect();
        // What an XPath keeps of all that is around the signature may have moved into it.
        let leading = covered.flat_map(|covered| covered.leading_into(element));
        let leading: Vec<Range<usize>> = leading.filter(is_inside).cloned().collect();
        let later = described.without_later();
        let work = &mut self.work;
        // As many timestamps as there may be ask for it, each by its own method and hash.
        let mut imprints = |over: &Stamped<'_>, method: &Canonicalization, hash: DigestAlgorithm| {
            let mut imprint = Digest::new(hash);
            let written = match over {
                Stamped::Value => write_child(around, parts.value.span(), method, work, &mut imprint),
                Stamped::Content(None) => {
                    let is_data = |reference: tree::Node<'_>| {
                        !reference.attribute("Type").is_some_and(xades::is_signed_properties)
                    };
                    archive::write_contents(around, parts, &later, &is_data, method, work, &mut imprint)
                }
                Stamped::Content(Some(ids)) => ids.iter().try_for_each(|id| {
                    let is_named = |reference: tree::Node<'_>| reference.attribute("Id") == Some(id);
                    archive::write_contents(around, parts, &later, &is_named, method, work, &mut imprint)
                }),
                Stamped::References { with_value, properties } => {
                    let value = match with_value {
                        true => write_child(around, parts.value.span(), method, work, &mut imprint),
                        false => Ok(()),
                    };
                    value.and_then(|()| {
                        archive::write_properties(around, properties, method, work, &mut imprint)
                    })
                }
                Stamped::Everything(properties, object) => {
                    let properties = (*properties, object);
                    archive::write(around, (signature, parts), &later, properties, method, work, &mut imprint)
                }
            };
            written.ok()?;
            Some(imprint.finish().to_vec())
        };
        let facts = &mut described.facts;
        let properties = xades::read(
            signature,
            (&leading, &spans),
            self.options.certificates,
            &mut imprints,
            &mut facts.problems,
        )?;
        let named = properties.signing_certificates.iter();
        facts
            .digest_algorithms
            .extend(named.map(|certificate| Identifier::Owned(certificate.digest_uri.clone())));
        for (_, certificate) in &properties.values.certificates {
            if !facts.certificates.contains(certificate) {
                facts.certificates.push(Arc::clone(certificate));
            }
        }
        facts.format = if properties.level == Level::None && properties.signing_certificates.is_empty() {
            "XMLDSig"
        } else {
            properties.level.format()
        };
        Some(properties)
    }

    /// Sees that the signed properties, if they name certificates, name the one that verifies among them
    /// (EN 319 102-1, 5.2.3.4). Whether the others belong to its path is judged with the path.
    fn bind(&self, properties: Option<xades::Properties>, described: &mut Described) {
        let facts = &mut described.facts;
        let Some(properties) = properties else { return };
        let named = properties.signing_certificates.as_slice();
        if let (Some(certificate), [_, ..], CheckedWith::Certificate) =
            (&facts.signing_certificate, named, facts.checked_with)
        {
            let is_named = |certificate: &Certificate| !xades::named_as(named, certificate).is_empty();
            let unknown = named.iter().find(|entry| !entry.is_comparable());
            if let Some(unknown) = unknown {
                facts.problems.push(Problem::DigestUnsupported(unknown.digest_uri.clone()));
            }
            if !is_named(certificate) {
                // Of several certificates of one key, as after a renewal, the one named is meant.
                let all = facts.certificates.iter().chain(self.options.known);
                let meant =
                    all.filter(|other| other.spki() == certificate.spki()).find(|other| is_named(other));
                match meant.cloned() {
                    Some(meant) => facts.signing_certificate = Some(meant),
                    None if unknown.is_none() => facts.problems.push(Problem::SigningCertificateMismatch),
                    None => {}
                }
            }
        }
        facts.properties = Some(properties);
    }
}

impl Session<'_, '_> {
    /// A signature in a CounterSignature must sign the value of the signature that holds it.
    fn check_counter_signature(
        &self,
        element: &Element,
        described: &mut Described,
    ) -> Result<(), xml::Error> {
        let around = self.document.signatures().iter().filter(|other| other.start != element.start);
        let Some(outer) = around.filter(|other| other.contains(element)).max_by_key(|other| other.start)
        else {
            return Ok(());
        };
        if self.document.parent_name(element)?.as_deref() != Some("CounterSignature") {
            return Ok(());
        }
        for covered in described.covered.iter().filter_map(Covered::wholly) {
            if covered.parent == Some(outer.start)
                && self.document.is_named(&covered, DSIG, "SignatureValue")?
            {
                return Ok(());
            }
        }
        described.facts.problems.push(Problem::NotCounterSignature);
        Ok(())
    }
}

/// Writes a child of the Signature in canonical form.
pub(super) fn write_child(
    around: &Surroundings<'_, '_>,
    span: Range<usize>,
    method: &Canonicalization,
    work: &mut Work,
    sink: &mut dyn Sink,
) -> Result<(), Problem> {
    work.spend(span.len())?;
    let child = around
        .document
        .child_element(span.start, span.end, &around.signature)
        .ok_or_else(|| Problem::Malformed("a part of the signature was not found again".into()))?;
    canonicalize(around.document, Apex::Element(child), &[], method, sink).map_err(unread)
}

/// The canonical octets of a child of the Signature.
fn canonical<'d>(
    document: &'d Document<'_>,
    signature: &Element,
    span: Range<usize>,
    method: &Canonicalization,
) -> Result<Cow<'d, [u8]>, Problem> {
    let child = document
        .child_element(span.start, span.end, signature)
        .ok_or_else(|| Problem::Malformed("a part of the signature was not found again".into()))?;
    canonical_octets(document, child, method, span.len().min(1 << 16)).map_err(unread)
}

/// Tries the certificates carried, then others, then bare keys, until one verifies the value.
fn check_candidates(
    facts: &mut SignatureFacts,
    key_info: &KeyInfo,
    search: &Search<'_>,
    verify: &mut dyn FnMut(&PublicKey) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let mut outcome = Err(Problem::NoSigningCertificate);
    let mut attempt = |certificate: Arc<Certificate>, is_meant: bool| {
        let (attempt, bits) = match certificate.public_key() {
            Ok(key) => (verify(key), Some(key.bits())),
            Err(error) => (Err(Problem::KeyUnsupported(error.to_string())), None),
        };
        if attempt.is_ok() {
            facts.checked_with = CheckedWith::Certificate;
        } else if !is_meant || !matches!(outcome, Err(Problem::NoSigningCertificate)) {
            return false;
        }
        facts.signing_certificate = Some(certificate);
        facts.key_bits = bits;
        outcome = attempt;
        outcome.is_ok()
    };
    for certificate in key_info.carried(search.named) {
        let is_meant = !search.is_above(&certificate);
        if attempt(certificate, is_meant) {
            return Ok(());
        }
    }
    let others = key_info.others(search);
    let are_left = others.len() > MOST_KEYS;
    for (certificate, is_meant) in others.into_iter().take(MOST_KEYS) {
        if attempt(certificate, is_meant) {
            return Ok(());
        }
    }
    for key in key_info.keys.iter().take(MOST_KEYS) {
        let attempt = verify(key);
        facts.key_bits = Some(key.bits());
        match attempt {
            Ok(()) => {
                facts.checked_with = CheckedWith::KeyValue;
                facts.signing_certificate = None;
                return Err(Problem::NoSigningCertificate);
            }
            Err(problem) if matches!(outcome, Err(Problem::NoSigningCertificate)) => outcome = Err(problem),
            Err(_) => {}
        }
    }
    match outcome {
        Err(Problem::NoSigningCertificate) if are_left => Err(Problem::SignerSearchLimit(MOST_KEYS)),
        // The signer's may be the one that cannot be read beside an authority's, unless that is named.
        Err(_) if key_info.has_unread_certificate() && is_unnamed_authority(facts, search) => {
            facts.signing_certificate = None;
            Err(Problem::NoSigningCertificate)
        }
        outcome => outcome,
    }
}

/// Whether the certificate that is taken for the signer's is an authority's that the signed properties do not name.
fn is_unnamed_authority(facts: &SignatureFacts, search: &Search<'_>) -> bool {
    facts.signing_certificate.as_deref().is_some_and(|certificate| {
        is_authority(certificate) && xades::named_as(search.named, certificate).is_empty()
    })
}

/// Checks every reference, and those of the Manifests that they cover.
fn check_references<'t>(
    references: impl Iterator<Item = tree::Node<'t>> + Clone,
    signature: tree::Node<'t>,
    around: &Surroundings<'_, '_>,
    work: &mut Work,
    described: &mut Described,
) -> Result<(), Problem> {
    let count = references.clone().count();
    if count == 0 {
        return Err(Problem::NoReference);
    }
    if count > around.context.limits.references {
        return Err(Problem::Limit("references"));
    }
    if references.clone().filter(|reference| reference.attribute("URI").is_none()).count() > 1 {
        return Err(Problem::Malformed("two References without a URI".into()));
    }
    described.covered.reserve_exact(count);
    work.allow(around.context.limits.references);
    let mut manifests = Manifests::new(around.context.limits.references);
    for (at, reference) in references.enumerate() {
        if !reference.is(DSIG, "Reference") {
            return Err(Problem::Malformed(format!("{} in SignedInfo", reference.local())));
        }
        work.reference()?;
        let reference = Reference::read(reference)?;
        let checked = reference.check((at, None), around, work);
        described.facts.digest_algorithms.push(reference.digest_uri);
        match checked {
            Ok(covered) => manifests.follow(covered, signature, around, work, described)?,
            Err(problem) => described.facts.problems.push(problem),
        }
    }
    manifests.follow_held(signature, around, work, described)
}
