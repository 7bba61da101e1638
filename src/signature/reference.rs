//! References (XML Signature 4.4.3): what a URI names in the document, or among the octets that the
//! caller gave beside it, and whether its digest is right. Nothing is ever fetched.
//!
//! Where a signed element stands is decided here too: signature wrapping moves it.

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use smallvec::smallvec;

use super::places::{self, Kind, Role};
use super::transform::{self, Context, End, Nodes, Part, Shown, Transform, XPATH, apply_to_octets};
use super::work::{Subtree, Work};
use super::xmldsig::Spool;
use super::{Covers, DetachedContent, Identifier, Octets, Problem, SignedContent, as_written};
use crate::asn1::tag;
use crate::crypto::{Digest, DigestAlgorithm, DigestOutput};
use crate::xml::c14n::{Apex, Canonicalization, Comments, Sink};
use crate::xml::cover::{Cover, Own, Spans};
use crate::xml::{self, DSIG, Document, Element, Identified, XADES, tree};

const SOAP: [&str; 2] =
    ["http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"];

/// A Reference element, read.
#[derive(Debug)]
pub(super) struct Reference {
    pub(super) uri: Option<String>,
    /// What its Type says that it is to.
    kind: Option<Kind>,
    transforms: Vec<Transform>,
    pub(super) digest_uri: Identifier,
    digest: Option<DigestAlgorithm>,
    value: Vec<u8>,
}

/// What references are checked against.
pub(super) struct Surroundings<'s, 'd> {
    pub(super) document: &'d Document<'d>,
    /// The Signature element that holds the references.
    pub(super) signature: Element,
    pub(super) context: Context<'d>,
    pub(super) detached: &'s [DetachedContent],
    pub(super) octets: Octets,
    /// With the place of the signature in the document.
    pub(super) spool: Option<(usize, &'s dyn Spool)>,
}

impl<'s, 'd> Surroundings<'s, 'd> {
    /// The same for references in another signature.
    pub(super) fn within(&self, signature: Element) -> Self {
        Self { signature, context: Context { signature: Some(signature), ..self.context }, ..*self }
    }

    #[inline]
    fn tee(&self, algorithm: DigestAlgorithm, place: (usize, Option<usize>), may_keep: bool) -> Tee<'s> {
        Tee {
            digest: Digest::new(algorithm),
            sha256: (algorithm != DigestAlgorithm::Sha256)
                .then(|| Box::new(Digest::new(DigestAlgorithm::Sha256))),
            bytes: 0,
            octets: (self.octets == Octets::Keep && may_keep).then(Vec::new),
            der: None,
            spool: self.spool.and_then(|(signature, spool)| spool.begin(signature, place)),
        }
    }
}

/// A reference that was found to match, with where its content stands.
pub(super) struct Covered {
    pub(super) content: SignedContent,
    /// What the Type of the reference says that it is to.
    pub(super) kind: Option<Kind>,
    /// The element that was named, if it was one.
    pub(super) element: Option<Element>,
    /// Whether the content is the element's text decoded, which is all that base64 is asked to show.
    pub(super) is_decoded: bool,
    /// Spans of elements wholly covered.
    pub(super) spans: Spans,
    /// Offsets of the elements outside these of which something of their own is covered, in order, and what.
    pub(super) own: Vec<(usize, Own)>,
    /// Offsets of the elements outside `spans` of which something is covered, their own tags, an attribute
    /// or text; and the one that was named, unless all that is covered in it is text without markup.
    pub(super) in_part: Vec<usize>,
    /// The elements that the reference is taken to sign, and that others may be taken for: the one that it
    /// names, and of what an XPath chose, whole or in part, the elements whose parent it did not choose
    /// itself. The others are parts of these: forms sign most of many elements of one name by an XPath
    /// that leaves some out, which are no twins, and are listed with what is not covered.
    pub(super) meant: Vec<Meant>,
    /// Of content from outside about so many octets that an XPath left out.
    pub(super) left_of_file: Option<usize>,
    /// Of what is the whole document otherwise: what of other signatures is covered, if an XPath left out any.
    pub(super) of_others: Option<OfOthers>,
    pub(super) later_signatures: usize,
    /// What was digested, if it may be a certificate.
    pub(super) der: Option<Vec<u8>>,
    /// Whether a Manifest names it that does not stand in the signature.
    pub(super) is_of_other: bool,
}

/// The longest certificate that is looked for in what is signed, in octets: 16 KiB.
const MOST_DER: usize = 16 << 10;

/// What is covered of other signatures than the reference's own.
pub(super) struct OfOthers {
    /// Spans of elements wholly covered.
    pub(super) spans: Spans,
    /// Offsets of other elements of which something is covered, and what of their own.
    pub(super) own: Vec<(usize, Own)>,
}

/// An element that a reference is taken to sign.
#[derive(Clone)]
pub(super) struct Meant {
    pub(super) element: Element,
    /// What is known of it when an XPath chose it. Of one that was named the document is asked.
    chosen: Option<Chosen>,
}

#[derive(Clone)]
struct Chosen {
    role: Role,
    local: Rc<str>,
    is_whole: bool,
    holds_properties: bool,
}

impl Meant {
    fn named(element: Element) -> Self {
        Self { element, chosen: None }
    }

    fn chosen(node: tree::Node<'_>, is_whole: bool, work: &mut Work) -> Self {
        let span = node.span();
        let parent = node.parent().filter(|parent| parent.kind() == tree::Kind::Element);
        let mut element = Element::at(span.start, span.end);
        element.parent = parent.map(|parent| parent.span().start);
        let role = Role::of(node.namespace(), node.local());
        let holds_properties = role == Role::Object && places::holds_properties(node);
        let local = work.name(node.local());
        Self { element, chosen: Some(Chosen { role, local, is_whole, holds_properties }) }
    }

    /// Whether an XPath chose it.
    pub(super) fn is_chosen(&self) -> bool {
        self.chosen.is_some()
    }

    /// Whether an XPath chose all of it, and it is this by its name.
    pub(super) fn is_wholly_chosen(&self, role: Role) -> bool {
        self.chosen.as_ref().is_some_and(|chosen| chosen.is_whole && chosen.role == role)
    }

    /// What it is by its name.
    pub(super) fn role(&self, document: &Document<'_>) -> Result<Role, xml::Error> {
        if let Some(chosen) = &self.chosen {
            return Ok(chosen.role);
        }
        let (namespace, local) = document.name(&self.element)?;
        Ok(Role::of(&namespace, &local))
    }

    pub(super) fn local_name(&self, document: &Document<'_>) -> Result<Rc<str>, xml::Error> {
        match &self.chosen {
            Some(chosen) => Ok(Rc::clone(&chosen.local)),
            None => document.local_name(&self.element).map(Rc::from),
        }
    }

    /// Whether it holds QualifyingProperties right below itself, if that is known.
    pub(super) fn holds_properties(&self) -> Option<bool> {
        self.chosen.as_ref().map(|chosen| chosen.holds_properties)
    }
}

impl Covered {
    /// The spans of what is in a signature, or is the signature, where the reference is to that and not to what is
    /// around it.
    pub(super) fn leading_into(&self, signature: &Element) -> impl Iterator<Item = &Range<usize>> {
        let is_typed = self.kind == Some(Kind::SignedProperties);
        let to = self.element.iter().chain(self.elements_meant());
        let inside = Cover::new(to.filter(|to| signature.contains(to)).map(Element::span), []);
        self.spans.iter().filter(move |span| is_typed || inside.covers(span.start))
    }

    /// The elements that are meant.
    pub(super) fn elements_meant(&self) -> impl Iterator<Item = &Element> {
        self.meant.iter().map(|meant| &meant.element)
    }

    /// What is covered of elements in part, in their tags.
    pub(super) fn in_tags(&self) -> impl Iterator<Item = (usize, Own)> {
        self.own.iter().map(|(start, own)| (*start, own.in_tags()))
    }

    /// Whether an element is covered but for some of the elements in it.
    pub(super) fn has_tag(&self, element: &Element) -> bool {
        let found = self.own.binary_search_by_key(&element.start, |(start, _)| *start).ok();
        found.and_then(|at| self.own.get(at)).is_some_and(|(_, own)| own.is_all())
    }

    /// Whether nothing is covered but what stands around elements: comments and instructions.
    pub(super) fn has_no_element(&self) -> bool {
        self.content.covers == Covers::Element
            && self.element.is_none()
            && self.meant.is_empty()
            && self.spans.is_empty()
            && self.in_part.is_empty()
    }

    /// The element that was named, if nothing of it was left out.
    pub(super) fn wholly(&self) -> Option<Element> {
        self.element.filter(|element| {
            self.spans.iter().any(|span| span.start <= element.start && element.end <= span.end)
        })
    }
}

/// Base64 of XML Signature: white space anywhere, otherwise strict (RFC 4648 4).
pub(super) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    if memchr::memchr3(b' ', b'\n', b'\r', bytes).is_none() && memchr::memchr(b'\t', bytes).is_none() {
        return STANDARD.decode(bytes).ok();
    }
    let is_space = |octet: &u8| matches!(octet, b' ' | b'\t' | b'\r' | b'\n');
    let mut packed = Vec::with_capacity(text.len());
    bytes.split(is_space).for_each(|line| packed.extend_from_slice(line));
    STANDARD.decode(packed).ok()
}

pub(super) fn algorithm<'t>(element: tree::Node<'t>) -> Result<&'t str, Problem> {
    element
        .attribute("Algorithm")
        .ok_or_else(|| Problem::Malformed(format!("{} has no Algorithm", element.local())))
}

/// What a reference names.
enum Target<'s> {
    Nodes(Option<Element>, Comments),
    Octets(&'s [u8]),
}

impl Reference {
    pub(super) fn read(element: tree::Node<'_>) -> Result<Self, Problem> {
        let mut children = element.elements().peekable();
        let transforms = match children.next_if(|child| child.is(DSIG, "Transforms")) {
            Some(transforms) => transform::read(transforms)?,
            None => Vec::new(),
        };
        let method = children
            .next()
            .filter(|child| child.is(DSIG, "DigestMethod"))
            .ok_or_else(|| Problem::Malformed("a Reference without a DigestMethod".into()))?;
        let written = algorithm(method)?;
        let digest = DigestAlgorithm::from_uri(written);
        let value = children
            .next()
            .filter(|child| child.is(DSIG, "DigestValue"))
            .ok_or_else(|| Problem::Malformed("a Reference without a DigestValue".into()))?;
        if children.next().is_some() {
            return Err(Problem::Malformed("an unexpected element in a Reference".into()));
        }
        let text = value.text().ok_or(Problem::Comment)?;
        let value = decode_base64(text)
            .ok_or_else(|| Problem::Malformed("a DigestValue that is not base64".into()))?;
        Ok(Self {
            uri: element.attribute("URI").map(str::to_owned),
            kind: element.attribute("Type").and_then(Kind::of_type),
            transforms,
            digest,
            digest_uri: as_written(written, digest.map(DigestAlgorithm::uri)),
            value,
        })
    }

    /// Whether nothing but whole elements is taken away before the canonicalisation.
    fn is_plain(&self) -> Option<(bool, Canonicalization)> {
        let (enveloped, rest) = match self.transforms.split_first() {
            Some((Transform::Enveloped, rest)) => (true, rest),
            _ => (false, self.transforms.as_slice()),
        };
        match rest {
            [] => Some((enveloped, Canonicalization::inclusive())),
            [Transform::Canonicalization(method)] => Some((enveloped, method.clone())),
            _ => None,
        }
    }

    fn is_enveloped(&self) -> bool {
        self.transforms.iter().any(|transform| matches!(transform, Transform::Enveloped))
    }

    /// Finds the content, digests it and compares.
    pub(super) fn check(
        &self,
        place: (usize, Option<usize>),
        around: &Surroundings<'_, '_>,
        work: &mut Work,
    ) -> Result<Covered, Problem> {
        let uri = self.uri.clone().unwrap_or_default();
        let target = self.target(around)?;
        if let Target::Nodes(Some(element), _) = &target {
            self.check_place(around, element, &uri)?;
        }
        let algorithm = self.digest.ok_or_else(|| Problem::DigestUnsupported(self.digest_uri.to_string()))?;
        let content = |digested: &mut Digested, covers| SignedContent {
            place,
            uri: uri.clone(),
            sha256: digested.sha256,
            bytes: digested.bytes,
            covers,
            xpath: Cow::default(),
            octets: digested.octets.take(),
        };
        match target {
            Target::Octets(octets) => {
                let mut tee = around.tee(algorithm, place, work.keep(octets.len()));
                let shown = apply_to_octets(octets, &self.transforms, around.context.limits, work, &mut tee)?;
                let mut digested = tee.finish();
                self.compare(&digested, &uri)?;
                if digested.bytes == 0 && !octets.is_empty() {
                    return Err(Problem::CoversNothing(uri));
                }
                let left_of_file = match shown {
                    Shown::All => None,
                    Shown::Parts { has_twin: false, left_out, .. } => Some(left_out),
                    Shown::Parts { has_twin: true, .. } => return Err(Problem::UnsignedTwin(uri)),
                    Shown::Unknown => return Err(untraceable()),
                };
                Ok(Covered {
                    der: digested.der.take(),
                    content: content(&mut digested, Covers::File),
                    kind: self.kind,
                    element: None,
                    is_decoded: false,
                    spans: Spans::new(),
                    own: Vec::new(),
                    in_part: Vec::new(),
                    meant: Vec::new(),
                    left_of_file,
                    of_others: None,
                    later_signatures: 0,
                    is_of_other: false,
                })
            }
            Target::Nodes(element, comments) => {
                let mut found = None;
                let later_signatures =
                    self.digest_nodes(around, (element, comments), place, algorithm, work, &mut found)?;
                let Some((digested, end)) = &mut found else { return Err(untraceable()) };
                self.compare(digested, &uri)?;
                let is_decoded = matches!(end, End::Text);
                let by_base64 = self.transforms.iter().any(|next| matches!(next, Transform::Base64));
                let extent = extent(around, (element, &uri), end, by_base64, work)?;
                let der = digested.der.take();
                let content = content(digested, extent.covers);
                let Extent { spans, own, in_part, meant, of_others, .. } = extent;
                let kind = self.kind;
                Ok(Covered {
                    content,
                    kind,
                    element,
                    is_decoded,
                    spans,
                    own,
                    in_part,
                    meant,
                    left_of_file: None,
                    of_others,
                    later_signatures,
                    der,
                    is_of_other: false,
                })
            }
        }
    }

    /// Writes what the reference names, as it was digested without so many later signatures; nodes that no
    /// transform makes octets of are canonicalised by `method` (EN 319 132-1, 5.5.2.2).
    pub(super) fn write_content(
        self,
        around: &Surroundings<'_, '_>,
        later: usize,
        method: &Canonicalization,
        work: &mut Work,
        sink: &mut dyn Sink,
    ) -> Result<(), Problem> {
        let target = self.target(around)?;
        let mut transforms = self.transforms;
        match target {
            Target::Octets(octets) => {
                let limits = around.context.limits;
                let _all_of_a_file = apply_to_octets(octets, &transforms, limits, work, sink)?;
            }
            Target::Nodes(element, comments) => {
                let makes_octets = matches!(
                    transforms.last(),
                    Some(Transform::Canonicalization(_) | Transform::Base64 | Transform::Unsupported(_))
                );
                if !makes_octets {
                    transforms.push(Transform::Canonicalization(method.clone()));
                }
                let document = around.document;
                let later =
                    if later > 0 { later_signatures(document, &around.signature) } else { Vec::new() };
                let excluded = later.into();
                let apex = element.map_or(Apex::Document, Apex::Element);
                let nodes = Nodes { document, apex, comments, excluded, chosen: None };
                let _which = around.context.apply(nodes, &transforms, work, sink)?;
            }
        }
        Ok(())
    }

    fn compare(&self, digested: &Digested, uri: &str) -> Result<(), Problem> {
        match digested.digest.matches(&self.value) {
            true => Ok(()),
            false => Err(Problem::DigestMismatch(uri.to_owned())),
        }
    }

    fn target<'s>(&self, around: &Surroundings<'s, '_>) -> Result<Target<'s>, Problem> {
        let detached = |uri: Option<&str>| {
            let named = around.detached.iter().find(|content| uri.is_some() && content.uri.as_deref() == uri);
            named
                .or_else(|| around.detached.iter().find(|content| content.uri.is_none()))
                .map(|content| Target::Octets(content.octets.as_slice()))
                .ok_or_else(|| Problem::ReferenceExternal(uri.unwrap_or_default().to_owned()))
        };
        let Some(uri) = self.uri.as_deref() else {
            // What a reference without a URI means is for the two sides to know (XML Signature 4.4.3.1):
            // here it is the content given without a URI, or else what is enveloped around.
            return match detached(None) {
                Err(_) if self.is_enveloped() => Ok(Target::Nodes(None, Comments::Dropped)),
                found => found,
            };
        };
        let Some(fragment) = uri.strip_prefix('#') else {
            return if uri.is_empty() {
                Ok(Target::Nodes(None, Comments::Dropped))
            } else {
                detached(Some(uri))
            };
        };
        if fragment == "xpointer(/)" {
            return Ok(Target::Nodes(None, Comments::Kept));
        }
        let (id, comments) = match xpointer_id(fragment) {
            Some(id) => (id, Comments::Kept),
            None if fragment.is_empty() || fragment.contains('(') => {
                return Err(Problem::TransformUnsupported(uri.to_owned()));
            }
            None => (fragment, Comments::Dropped),
        };
        match around.document.identified(id) {
            Identified::Nothing if !around.document.knows(id) => Err(Problem::Limit("identifiers")),
            Identified::Nothing => Err(Problem::ReferenceNotFound(uri.to_owned())),
            Identified::One(element) => Ok(Target::Nodes(Some(element), comments)),
            Identified::Several => Err(Problem::DuplicateIdentifier(id.to_owned())),
        }
    }

    /// Where the signed element may stand: not within its own signature when that is enveloped, which
    /// leaves nothing of it, but around it or beside it, as XML Signature 6.6.4 takes the signature away
    /// from whatever holds it and asks for no place; within a signature of others only as a part of that
    /// signature, or beside the own one; and the Body of a SOAP envelope only as the envelope's own child.
    fn check_place(
        &self,
        around: &Surroundings<'_, '_>,
        element: &Element,
        uri: &str,
    ) -> Result<(), Problem> {
        let wrapped = || Problem::Wrapped(uri.to_owned());
        let document = around.document;
        let own = &around.signature;
        // An XPath may take in again what lies in the signature.
        if self.is_plain().is_some_and(|(enveloped, _)| enveloped) && own.contains(element) {
            return Err(wrapped());
        }
        let within_foreign = document.signatures().iter().any(|other| {
            other.start != own.start
                && other.start != element.start
                && other.contains(element)
                && !other.contains(own)
        });
        let name = || document.name(element).map_err(transform::unread);
        if within_foreign {
            let (namespace, _) = name()?;
            if namespace != DSIG && !XADES.contains(&namespace.as_str()) {
                return Err(wrapped());
            }
        }
        let root = document.root();
        if document.root_name() == "Envelope"
            && element.parent != Some(root.start)
            && element.start != root.start
        {
            let (namespace, local) = name()?;
            if local == "Body" && SOAP.contains(&namespace.as_str()) {
                return Err(wrapped());
            }
        }
        Ok(())
    }

    /// Digests what is named as the transforms show it. What came of it goes to `found`, where it stays, as it is
    /// large; how many later signatures it is without is given.
    fn digest_nodes<'d>(
        &self,
        around: &Surroundings<'_, 'd>,
        (element, comments): (Option<Element>, Comments),
        place: (usize, Option<usize>),
        algorithm: DigestAlgorithm,
        work: &mut Work,
        found: &mut Option<(Digested, End<'d>)>,
    ) -> Result<usize, Problem> {
        let document = around.document;
        let own = &around.signature;
        let nodes = |excluded: Spans| Nodes {
            document,
            apex: element.map_or(Apex::Document, Apex::Element),
            comments,
            excluded,
            chosen: None,
        };
        let Some((enveloped, method)) = self.is_plain() else {
            let keep = work.keep(document.size());
            let mut tee = around.tee(algorithm, place, keep);
            let end = around.context.apply(nodes(Spans::new()), &self.transforms, work, &mut tee)?;
            *found = Some((tee.finish(), end));
            return Ok(0);
        };
        let plain = [Transform::Canonicalization(method)];
        // What one signature alone refers to once is not asked for again.
        let may_recur = document.signatures().len() > 1 || place.0 > 0 || place.1.is_some();
        let mut digest = |excluded: Spans, found: &mut Option<_>| {
            let [Transform::Canonicalization(method)] = &plain else { return Err(Problem::NoReference) };
            let key = may_recur.then(|| Subtree {
                apex: element.map(|element| element.start),
                excluded: excluded.iter().map(|span| (span.start, span.end)).collect(),
                method: method.uri(),
                comments: comments == Comments::Kept,
                prefixes: method.inclusive_prefixes.clone(),
                digest: algorithm,
            });
            let nodes = nodes(excluded);
            let extent = element.map_or(document.size(), |element| element.end - element.start);
            let known = key.as_ref().and_then(|key| work.known.get(key));
            if let (Some(known), None) = (known, around.spool) {
                let known = known.clone();
                // Writing what one signature covers, which comes later, has no more than this either.
                if document.signatures().len() == 1 {
                    work.spend(extent)?;
                }
                if known.octets.as_ref().is_none_or(|octets| work.keep(octets.len())) {
                    *found = Some((known, End::Canonical(nodes)));
                    return Ok(());
                }
            }
            let mut tee = around.tee(algorithm, place, work.keep(extent));
            let end = around.context.apply(nodes, &plain, work, &mut tee)?;
            let digested = tee.finish();
            if let Some(key) = key {
                work.known.insert(key, digested.clone());
            }
            *found = Some((digested, end));
            Ok(())
        };
        // Of an element beside the signature nothing is taken away.
        let holds = |other: &Element| element.is_none_or(|element| element.contains(other));
        if !enveloped || !holds(own) {
            digest(Spans::new(), found)?;
            return Ok(0);
        }
        // National tools sign one after another, each signature the last child: what this one covers
        // is the document without the signatures that came after it. That is likelier than signatures
        // that were made side by side, so it is tried first.
        let later = later_signatures(document, own);
        let count = later.len();
        if count > 0 {
            digest(std::iter::once(own.span()).chain(later).collect(), found)?;
            if found.as_ref().is_some_and(|(digested, _)| digested.digest.matches(&self.value)) {
                return Ok(count);
            }
        }
        digest(smallvec![own.span()], found)?;
        Ok(0)
    }
}

/// The identifier that a URI names, if it names one.
pub(super) fn identifier(uri: &str) -> Option<&str> {
    let fragment = uri.strip_prefix('#')?;
    xpointer_id(fragment).or(Some(fragment))
}

/// The identifier in `xpointer(id('…'))`.
fn xpointer_id(fragment: &str) -> Option<&str> {
    let quoted = fragment.strip_prefix("xpointer(id(")?.strip_suffix("))")?;
    let id = quoted
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''))
        .or_else(|| quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')))?;
    (!id.is_empty() && !id.contains(['\'', '"', '(', ')'])).then_some(id)
}

/// How much of the document is covered.
struct Extent {
    covers: Covers,
    spans: Spans,
    own: Vec<(usize, Own)>,
    in_part: Vec<usize>,
    meant: Vec<Meant>,
    of_others: Option<OfOthers>,
}

impl Extent {
    fn of(covers: Covers, spans: Spans, named: Option<Element>) -> Self {
        Self {
            covers,
            spans,
            own: Vec::new(),
            in_part: Vec::new(),
            meant: named.into_iter().map(Meant::named).collect(),
            of_others: None,
        }
    }
}

/// That an XPath chose among what cannot be traced back to what was written.
fn untraceable() -> Problem {
    Problem::TransformUnsupported(format!("{XPATH} (of octets that are no elements)"))
}

/// How much of the document is covered, which elements wholly, and which are meant: see [`Covered`].
fn extent(
    around: &Surroundings<'_, '_>,
    (element, uri): (Option<Element>, &str),
    end: &End<'_>,
    is_decoded: bool,
    work: &mut Work,
) -> Result<Extent, Problem> {
    let document = around.document;
    let root = document.root();
    let named = element.unwrap_or(root);
    let parts = match end {
        End::Unknown => return Err(untraceable()),
        End::Text => return Ok(Extent::of(Covers::Element, Spans::new(), element)),
        End::Parts(parts) => Cow::Borrowed(parts.as_slice()),
        End::Canonical(nodes) => match &nodes.chosen {
            None => {
                // An instruction beside the root, as for a style sheet, is no part of the root.
                let has_what_is_beside = element.is_none() || !document.has_outer_instructions();
                // What is beside a root that is left out is not the document.
                let root_is_left_out = nodes.excluded.contains(&root.span());
                let only_signatures_left_out = nodes
                    .excluded
                    .iter()
                    .all(|span| document.signatures().iter().any(|signature| signature.span() == *span));
                let (covers, spans) = if nodes.is_left_out() || root_is_left_out {
                    (Covers::Element, Spans::new())
                } else if named.start == root.start && only_signatures_left_out && has_what_is_beside {
                    (Covers::WholeDocument, smallvec![root.span()])
                } else {
                    (Covers::Element, smallvec![named.span()])
                };
                return Ok(Extent::of(covers, spans, element));
            }
            Some(set) => {
                let is_signature = |span: &Range<usize>| {
                    document.signatures().iter().any(|signature| signature.span() == *span)
                };
                if set.omits_only(&|node| node.span() != root.span() && is_signature(&node.span())) {
                    let whole = Extent::of(Covers::WholeDocument, smallvec![root.span()], element);
                    let own = &around.signature;
                    if document.signatures().len() == 1 {
                        return Ok(whole);
                    }
                    let of_others = of_others(document, own, set.tree(), &transform::parts(set));
                    if let Some(of_others) = &of_others {
                        work.choose(of_others.spans.len() + of_others.own.len())?;
                    }
                    return Ok(Extent { of_others, ..whole });
                }
                Cow::Owned(transform::parts(set))
            }
        },
    };
    let tree = around.context.tree(document)?;
    let mut extent = Extent::of(Covers::Element, Spans::new(), element);
    let mut end_of_whole = 0;
    for part in parts.iter().filter(|part| part.some) {
        let Some(node) = tree.node(part.node) else { continue };
        let span = node.span();
        if node.index() >= end_of_whole {
            if part.whole {
                end_of_whole = node.end();
                extent.spans.push(span.clone());
            } else {
                extent.in_part.push(span.start);
                if part.own != Own::default() {
                    extent.own.push((span.start, part.own));
                }
            }
        }
        let parent = node.parent().and_then(|parent| {
            parts.binary_search_by_key(&parent.index(), |part| part.node).ok().and_then(|at| parts.get(at))
        });
        // What is chosen with its parent is a part of that.
        if parent.is_none_or(|parent| !parent.own.itself)
            && element.is_none_or(|named| named.start != span.start)
        {
            let is_body = document.root_name() == "Envelope"
                && node.local() == "Body"
                && SOAP.contains(&node.namespace());
            let is_below = node.parent().and_then(tree::Node::parent);
            if is_body && is_below.is_some_and(|above| above.kind() == tree::Kind::Element) {
                return Err(Problem::Wrapped(uri.to_owned()));
            }
            extent.meant.push(Meant::chosen(node, part.whole, work));
        }
    }
    work.choose(extent.in_part.len().saturating_add(extent.meant.len()))?;
    if let Some(named) = element {
        // Of text alone, chosen without its markup, it is not known what it says, unless it is decoded.
        extent.in_part.retain(|start| *start != named.start);
        if parts.iter().any(|part| part.own.itself || part.some && is_decoded) {
            extent.in_part.push(named.start);
        }
    }
    Ok(extent)
}

/// What parts of the document's tree cover of other signatures, if anything of these is left out.
fn of_others(document: &Document<'_>, own: &Element, tree: &tree::Tree, parts: &[Part]) -> Option<OfOthers> {
    let others = others(document, own);
    let is_in_other = |span: &Range<usize>| {
        let after = others.partition_point(|other| other.start <= span.start);
        after.checked_sub(1).and_then(|at| others.get(at)).is_some_and(|other| span.end <= other.end)
    };
    let others_in = |span: &Range<usize>| {
        let first = others.partition_point(|other| other.start < span.start);
        let after = others.partition_point(|other| other.start < span.end);
        others.get(first..after).unwrap_or_default().iter().map(Element::span)
    };
    let mut found = OfOthers { spans: Spans::new(), own: Vec::new() };
    let mut end_of_whole = 0;
    // Of the whole it is told too where something is covered, but not the tags around it.
    for part in parts.iter().filter(|part| part.any) {
        let Some(node) = tree.node(part.node).filter(|node| node.index() >= end_of_whole) else { continue };
        if part.whole {
            end_of_whole = node.end();
        }
        let span = node.span();
        match (part.whole, is_in_other(&span)) {
            (true, true) => found.spans.push(span),
            (true, false) => found.spans.extend(others_in(&span)),
            (false, true) => found.own.push((span.start, part.own)),
            (false, false) => {}
        }
    }
    let is_all = found.spans.iter().map(|span| span.start).eq(others.iter().map(|other| other.start));
    (!is_all).then_some(found)
}

/// The signatures that are neither in `own` nor in another of these, in document order.
pub(super) fn others(document: &Document<'_>, own: &Element) -> Vec<Element> {
    let mut found: Vec<Element> = Vec::new();
    for other in document.signatures().iter().filter(|other| own.start != other.start && !own.contains(other))
    {
        if found.last().is_none_or(|last| !last.contains(other)) {
            found.push(*other);
        }
    }
    found
}

/// Signatures that follow one under the same parent.
fn later_signatures(document: &Document<'_>, own: &Element) -> Vec<Range<usize>> {
    let signatures = document.signatures().iter();
    signatures
        .filter(|other| other.parent == own.parent && other.start >= own.end)
        .map(Element::span)
        .collect()
}

/// What came of digesting.
#[derive(Clone, Debug)]
pub(super) struct Digested {
    digest: DigestOutput,
    sha256: [u8; 32],
    bytes: usize,
    octets: Option<Vec<u8>>,
    der: Option<Vec<u8>>,
}

struct Tee<'s> {
    digest: Digest,
    sha256: Option<Box<Digest>>,
    bytes: usize,
    octets: Option<Vec<u8>>,
    /// The octets, as long as they may be a certificate.
    der: Option<Vec<u8>>,
    spool: Option<Box<dyn Sink + 's>>,
}

impl Tee<'_> {
    #[inline]
    fn finish(self) -> Digested {
        let digest = self.digest.finish();
        let sha256 = self.sha256.map_or(digest, |sha256| sha256.finish());
        Digested {
            digest,
            sha256: sha256.first_chunk().copied().unwrap_or_default(),
            bytes: self.bytes,
            octets: self.octets,
            der: self.der,
        }
    }
}

impl Sink for Digest {
    fn write(&mut self, octets: &[u8]) {
        self.update(octets);
    }
}

impl Sink for Tee<'_> {
    fn write(&mut self, octets: &[u8]) {
        self.digest.update(octets);
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(octets);
        }
        if self.bytes == 0 && octets.first() == Some(&tag::SEQUENCE) {
            self.der = Some(Vec::new());
        }
        self.bytes += octets.len();
        if let Some(der) = self.der.as_mut().filter(|_| self.bytes <= MOST_DER) {
            der.extend_from_slice(octets);
        } else {
            self.der = None;
        }
        if let Some(kept) = &mut self.octets {
            kept.extend_from_slice(octets);
        }
        if let Some(spool) = &mut self.spool {
            spool.write(octets);
        }
    }
}
