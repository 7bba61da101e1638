//! The places that parts of a signature have in its Objects (XML Signature 4.5, 5; EN 319 132-1, 4.3). Whoever reads a
//! document looks for them there, so that a signed part that stands elsewhere while another is in its place is not what
//! will be read.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use super::coverage::Described;
use super::reference::{Covered, Meant};
use super::xades;
use super::{CheckedWith, Problem};
use crate::pkix::Certificate;
use crate::xml::cover::Cover;
use crate::xml::tree::{self, Node};
use crate::xml::{self, DSIG, Document, Element, XADES};

/// Of what kind a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Manifest,
    SignatureProperties,
    SignatureProperty,
    QualifyingProperties,
    SignedProperties,
}

/// What an element is by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Object,
    Part(Kind),
    /// Something else of XML Signature.
    Signature,
    /// Something else of XAdES.
    Property,
    Content,
}

impl Role {
    pub(super) const MANIFEST: Self = Self::Part(Kind::Manifest);

    pub(super) fn of(namespace: &str, local: &str) -> Self {
        match Kind::of(namespace, local) {
            Some(kind) => Self::Part(kind),
            None if namespace == DSIG && local == "Object" => Self::Object,
            None if namespace == DSIG => Self::Signature,
            None if XADES.contains(&namespace) => Self::Property,
            None => Self::Content,
        }
    }

    fn is_of_xades(self) -> bool {
        match self {
            Self::Part(kind) => kind.is_of_xades(),
            role => role == Self::Property,
        }
    }
}

/// A part in its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    pub(super) kind: Kind,
    pub(super) element: Element,
}

/// What stands in a signature where it is looked for.
#[derive(Debug, Default)]
pub(super) struct InPlace {
    /// The parts in its Objects, in document order.
    pub(super) parts: Vec<Placed>,
    /// Offsets of the Objects with text or instructions beside child elements.
    mixed: HashSet<usize>,
}

impl InPlace {
    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = Element> {
        self.parts.iter().filter(move |placed| placed.kind == kind).map(|placed| placed.element)
    }
}

impl Kind {
    /// The kind with this name.
    pub(super) fn of(namespace: &str, local: &str) -> Option<Self> {
        match local {
            "Manifest" if namespace == DSIG => Some(Self::Manifest),
            "SignatureProperties" if namespace == DSIG => Some(Self::SignatureProperties),
            "SignatureProperty" if namespace == DSIG => Some(Self::SignatureProperty),
            "QualifyingProperties" if XADES.contains(&namespace) => Some(Self::QualifyingProperties),
            "SignedProperties" if XADES.contains(&namespace) => Some(Self::SignedProperties),
            _ => None,
        }
    }

    fn is_of_xades(self) -> bool {
        matches!(self, Self::QualifyingProperties | Self::SignedProperties)
    }

    /// What the Type of a reference says that it is to (XML Signature 5.1; EN 319 132-1, 4.3.1).
    pub(super) fn of_type(uri: &str) -> Option<Self> {
        match uri.strip_prefix(DSIG) {
            Some("Manifest") => Some(Self::Manifest),
            _ => xades::is_signed_properties(uri).then_some(Self::SignedProperties),
        }
    }
}

/// What is in its place in a signature.
pub(super) fn of(signature: Node<'_>) -> InPlace {
    let mut found = InPlace::default();
    for object in signature.elements().filter(|child| child.is(DSIG, "Object")) {
        let is_instruction = |child: Node<'_>| child.kind() == tree::Kind::ProcessingInstruction;
        if object.loose_text() > 0 || object.children().any(is_instruction) {
            found.mixed.insert(object.span().start);
        }
        for part in object.elements() {
            let inner = match kind_of(part) {
                Some(Kind::Manifest) => None,
                Some(Kind::QualifyingProperties) => Some(Kind::SignedProperties),
                Some(Kind::SignatureProperties) => Some(Kind::SignatureProperty),
                _ => continue,
            };
            let inside = part.elements().filter(|node| inner.is_some() && kind_of(*node) == inner);
            found.parts.extend(std::iter::once(part).chain(inside).filter_map(|node| {
                let span = node.span();
                Some(Placed { kind: kind_of(node)?, element: Element::at(span.start, span.end) })
            }));
        }
    }
    found
}

/// Whether an Object holds properties, wherever it stands.
pub(super) fn holds_properties(object: Node<'_>) -> bool {
    object.elements().any(|child| kind_of(child) == Some(Kind::QualifyingProperties))
}

fn kind_of(node: Node<'_>) -> Option<Kind> {
    Kind::of(node.namespace(), node.local())
}

/// What stands in its place in a signature which does not sign it, and would be taken for a signed one of its kind.
struct Rivals {
    /// Whether an Object holds something else than properties.
    objects: bool,
    /// Of each kind the first two.
    parts: HashMap<Kind, Vec<usize>>,
    /// Offsets of all parts.
    placed: HashSet<usize>,
}

impl Rivals {
    /// Of a signature, by whether it covers the whole of an element in it, and whether what it covers of one is the
    /// text decoded: that signs no markup.
    fn of(
        described: &Described,
        is_covered: impl Fn(&Element) -> bool,
        is_decoded: impl Fn(&Element) -> bool,
    ) -> Self {
        let mut parts: HashMap<Kind, Vec<usize>> = HashMap::new();
        let in_place = &described.in_place;
        for placed in in_place.parts.iter().filter(|placed| !is_covered(&placed.element)) {
            let of_kind = parts.entry(placed.kind).or_default();
            if of_kind.len() < 2 {
                of_kind.push(placed.element.start);
            }
        }
        // What is not signed of the properties is what others add.
        let properties = in_place.parts.iter().filter(|placed| placed.kind == Kind::QualifyingProperties);
        let properties: HashSet<usize> = properties.map(|placed| placed.element.start).collect();
        let is_no_content =
            |child: &Element| properties.contains(&child.start) || is_covered(child) || is_decoded(child);
        let mut objects = described.objects.iter();
        let objects = objects.any(|(object, children)| {
            let is_bare = !children.is_empty() && !in_place.mixed.contains(&object.start);
            let is_text = children.is_empty() && is_decoded(object);
            !(is_covered(object) || is_text || is_bare && children.iter().all(is_no_content))
        });
        Self { objects, parts, placed: in_place.parts.iter().map(|placed| placed.element.start).collect() }
    }

    /// Whether there is one for a signed `element`. Of properties it is the signed ones that are looked for. A signature
    /// may have properties of the other kind that are signed and some that are not, beside one another.
    fn has(&self, kind: Kind, element: &Element) -> bool {
        let is_other = |start: &usize| *start != element.start;
        let has = |kind| self.parts.get(&kind).is_some_and(|starts| starts.iter().any(is_other));
        match kind {
            Kind::Manifest => has(kind),
            Kind::QualifyingProperties | Kind::SignedProperties => has(Kind::SignedProperties),
            Kind::SignatureProperties | Kind::SignatureProperty => {
                !self.placed.contains(&element.start) && has(kind)
            }
        }
    }

    /// Whether there is any of a kind.
    fn has_any(&self, kind: Kind) -> bool {
        self.parts.contains_key(&kind)
    }
}

/// Where a signed element stands, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Standing {
    InPlace,
    /// In another signature, of which it is not known whether it is right, or what it covers.
    Unverified,
    /// In another signature of the same key with another certificate: they may be the properties of either.
    Ambiguous,
    Misplaced,
}

/// What of a signature's signed parts is not where it is looked for.
#[derive(Debug, Default)]
pub(super) struct Misplaced {
    pub(super) elements: Vec<Element>,
    /// What stands in another signature of which it is not known whether it may be there.
    pub(super) unverified: Vec<Element>,
    /// The URIs of what Manifests in other signatures name around these, each with whether that one is known to be right
    /// and nothing that says who signed is meant.
    pub(super) around: Vec<(String, bool)>,
    /// URIs of references whose Type says that they are to a part that they do not lead to.
    pub(super) references: Vec<String>,
    /// Whether properties may be its own or those of another signature of the same key.
    pub(super) is_ambiguous: bool,
    /// Namespaces of signed properties of no version of XAdES that is known, which a Type calls that.
    pub(super) unread: Vec<String>,
    /// The elements that are told, by their offsets.
    told: HashSet<(Standing, usize)>,
}

impl Misplaced {
    /// Takes note of where an element stands, at most so many of each kind and each once.
    fn note(&mut self, standing: Standing, element: Element, most: usize) {
        let into = match standing {
            Standing::InPlace => return,
            Standing::Ambiguous => {
                self.is_ambiguous = true;
                return;
            }
            Standing::Unverified => &mut self.unverified,
            Standing::Misplaced => &mut self.elements,
        };
        if into.len() < most && self.told.insert((standing, element.start)) {
            into.push(element);
        }
    }
}

/// Of each signature what is misplaced, at most so many of each.
///
/// # Errors
/// When the document's file cannot be read.
pub(super) fn misplaced(
    document: &Document<'_>,
    signatures: &[Described],
    most: usize,
) -> Result<Vec<Misplaced>, xml::Error> {
    let places = Places::of(document, signatures);
    let of = |(at, described): (usize, &Described)| {
        let rivals = Rivals::of(
            described,
            |element| places.covers(at, element),
            |element| places.decoded.get(at).is_some_and(|decoded| decoded.contains(&element.start)),
        );
        let is_bound = places.is_bound_by_type(at);
        let mut found = Misplaced::default();
        let meant = described.covered.iter().flat_map(|covered| {
            let in_manifest = covered.content.place.1.is_some();
            covered.meant.iter().map(move |meant| (in_manifest, meant))
        });
        for (in_manifest, meant) in meant {
            if found.elements.len() >= most {
                break;
            }
            let standing = places.standing(at, (&rivals, is_bound), in_manifest, meant)?;
            found.note(standing, meant.element, most);
        }
        if !is_bound {
            places.ask_of_chosen(at, most, &mut found);
        }
        let most_held = found.elements.len() + most;
        for element in places.held(at, described, &rivals) {
            found.note(Standing::Misplaced, element, most_held);
        }
        let all = described.covered.iter().filter(|covered| places.is_elsewhere(at, &rivals, covered));
        for covered in all.take(most) {
            match places.unknown_properties(at, covered)? {
                Some(namespace) => found.unread.push(namespace),
                None => found.references.push(covered.content.uri.clone()),
            }
        }
        found.around.extend(described.around.iter().map(|around| {
            (around.uri.clone(), !around.is_of_properties && places.is_known(at, &around.holder))
        }));
        Ok(found)
    };
    signatures.iter().enumerate().map(of).collect()
}

/// What is asked of each signature, of all of them.
struct Places<'s, 'd> {
    document: &'s Document<'d>,
    signatures: &'s [Described],
    /// The whole elements that each covers in itself, markup included.
    inside: Vec<Cover>,
    /// Offsets of the elements of which each covers the text, decoded.
    decoded: Vec<BTreeSet<usize>>,
    /// Whether each is bound by signed properties in their place.
    bound: Vec<Bound>,
    /// The signatures that properties stand in the place of, by the offsets of these.
    properties: HashMap<usize, usize>,
    /// Offsets of Manifests and of SignedProperties that are in their place in any, in order.
    manifests: Vec<usize>,
    signed_properties: Vec<usize>,
    /// Whether something that each was to cover is not known.
    open: Vec<bool>,
    /// Whether a Type says of each which properties are its own.
    bound_by_type: Vec<bool>,
    /// The whole elements that each covers, of what is around it only what of other signatures is.
    spans: Vec<Cover>,
    /// What is known of Objects outside of signatures, by offsets.
    hold_properties: RefCell<HashMap<usize, bool>>,
}

/// How a signature is bound by its signed properties.
#[derive(Debug)]
struct Bound {
    /// They name the certificate that its value was verified with.
    is_sound: bool,
    /// Offsets of those in their place that it does not sign, in order.
    unsigned: Vec<usize>,
}

impl Bound {
    fn of(described: &Described, signed: &Cover) -> Self {
        let facts = &described.facts;
        let named = facts.properties.as_ref().map_or(&[][..], |found| &found.signing_certificates);
        let is_named = |certificate: &Certificate| !xades::named_as(named, certificate).is_empty();
        // What else is wrong with them unbinds nobody.
        let unbinds = |problem: &Problem| match problem {
            Problem::SigningCertificateMismatch => true,
            Problem::PropertyMalformed(property) => property == "SignedProperties",
            _ => false,
        };
        let is_sound = facts.checked_with == CheckedWith::Certificate
            && facts.signing_certificate.as_deref().is_some_and(is_named)
            && !facts.problems.iter().any(unbinds);
        let starts = described.in_place.of_kind(Kind::SignedProperties).map(|element| element.start);
        Self { is_sound, unsigned: starts.filter(|start| !signed.covers(*start)).collect() }
    }
}

impl<'s, 'd> Places<'s, 'd> {
    fn of(document: &'s Document<'d>, signatures: &'s [Described]) -> Self {
        let of_signatures = signatures.iter().zip(document.signatures());
        let inside: Vec<Cover> =
            of_signatures.map(|(described, own)| spans_inside(&described.covered, own)).collect();
        let decoded = signatures.iter().map(|described| {
            let decoded = described.covered.iter().filter(|covered| covered.is_decoded);
            decoded.filter_map(|covered| Some(covered.element?.start)).collect()
        });
        let bound = signatures.iter().zip(&inside);
        let all = signatures.iter().enumerate();
        let properties = all.flat_map(|(at, described)| {
            let placed = described.in_place.parts.iter().filter(|placed| placed.kind.is_of_xades());
            placed.map(move |placed| (placed.element.start, at))
        });
        let in_place = |kind| {
            let placed = signatures.iter().flat_map(|described| described.in_place.of_kind(kind));
            let mut starts: Vec<usize> = placed.map(|element| element.start).collect();
            starts.sort_unstable();
            starts
        };
        let spans = signatures.iter().map(|described| {
            let spans = described.covered.iter().flat_map(|covered| match &covered.of_others {
                Some(of_others) => of_others.spans.iter(),
                None => covered.spans.iter(),
            });
            Cover::new(spans.cloned(), [])
        });
        Self {
            document,
            signatures,
            decoded: decoded.collect(),
            bound: bound.map(|(described, signed)| Bound::of(described, signed)).collect(),
            properties: properties.collect(),
            manifests: in_place(Kind::Manifest),
            signed_properties: in_place(Kind::SignedProperties),
            open: signatures.iter().map(is_open).collect(),
            bound_by_type: signatures.iter().map(is_bound_by_type).collect(),
            // Alone, a signature is in no other.
            spans: if signatures.len() > 1 { spans.collect() } else { Vec::new() },
            inside,
            hold_properties: RefCell::default(),
        }
    }

    /// Whether a signature covers something of an element in it, if only text.
    fn signs(&self, at: usize, element: &Element) -> bool {
        self.inside.get(at).is_some_and(|cover| cover.touches(&element.span()))
            || self
                .decoded
                .get(at)
                .is_some_and(|decoded| decoded.range(element.start..element.end).next().is_some())
    }

    /// Whether it covers the whole of an element in it.
    fn covers(&self, at: usize, element: &Element) -> bool {
        self.inside.get(at).is_some_and(|cover| cover.covers(element.start))
    }

    /// Where a signed element of a signature stands. One in the Object of another which does not sign it is misplaced: that
    /// one merely carries it. A signed Object that is no child of a signature which signs it is too, for that is its place
    /// (XML Signature 4.5), and wherever else it stands, another may be in its place; but one in another signature, or that
    /// a Manifest names, may be anywhere as long as the signature has none that it does not sign. And so may be other parts
    /// of signatures ([`Rivals`]).
    fn standing(
        &self,
        at: usize,
        (rivals, is_bound): (&Rivals, bool),
        in_manifest: bool,
        meant: &Meant,
    ) -> Result<Standing, xml::Error> {
        let all = self.document.signatures();
        let element = &meant.element;
        let Some(own) = all.get(at) else { return Ok(Standing::InPlace) };
        if all.iter().any(|signature| signature.start == element.start) || element.contains(own) {
            return Ok(Standing::InPlace);
        }
        let role = meant.role(self.document)?;
        if role == Role::Object {
            let holder = all.iter().position(|signature| Some(signature.start) == element.parent);
            let of_object = match holder {
                Some(holder) if holder == at => return Ok(Standing::InPlace),
                Some(holder) => self.listed(at, holder, element),
                None if own.contains(element) && in_manifest && self.is_content(at, element) => {
                    Standing::InPlace
                }
                None if own.contains(element) || !in_manifest => Standing::Misplaced,
                None => self.carried(at, own, element),
            };
            return Ok(match holder {
                _ if rivals.objects => Standing::Misplaced,
                Some(_) if is_bound => of_object,
                _ => of_object.max(self.of_properties_in(at, holder, meant)?),
            });
        }
        let of_part = match role {
            Role::Part(kind) if rivals.has(kind, element) => Standing::Misplaced,
            Role::MANIFEST => self.of_manifest(own, element),
            Role::Part(kind) if kind.is_of_xades() && !rivals.placed.contains(&element.start) => {
                match self.properties.get(&element.start) {
                    Some(_) if is_bound => Standing::InPlace,
                    // Moved into another signature, they would bind the signer to nothing any more.
                    Some(holder) => self.of_properties(*holder, at, element),
                    None if self.is_in_unread(own, element) => Standing::Unverified,
                    None => Standing::Misplaced,
                }
            }
            _ => Standing::InPlace,
        };
        let is_asked = !own.contains(element) && !role.is_of_xades();
        Ok(if is_asked { of_part.max(self.carried(at, own, element)) } else { of_part })
    }

    /// Of signed properties, or what holds them, that another signature has in their place: if that one signs them and is
    /// bound by them, its co-signer may sign them too. Anywhere else they bind nobody (EN 319 132-1, 4.3.1), and that the
    /// signature has others in their place says nothing: they may be those that it signed as a co-signer, put there.
    fn of_properties(&self, holder: usize, at: usize, element: &Element) -> Standing {
        let is_unknown = |described: &Described| {
            let by_certificate = described.facts.checked_with == CheckedWith::Certificate;
            !(described.is_verified && by_certificate) || self.is_open(holder)
        };
        match self.binds(holder, at, element) {
            true if self.may_be_exchanged(holder, at) => Standing::Ambiguous,
            true => Standing::InPlace,
            false if self.is_copy(holder, at) => Standing::Misplaced,
            false if self.signatures.get(holder).is_some_and(is_unknown) => Standing::Unverified,
            false => Standing::Misplaced,
        }
    }

    /// Whether two signatures are of one key and may have different certificates, so that the properties of the one that
    /// does not say which are its own could be those of the other, and the signers exchanged.
    fn may_be_exchanged(&self, at_holder: usize, at: usize) -> bool {
        let (Some(holder), Some(own)) = (self.signatures.get(at_holder), self.signatures.get(at)) else {
            return false;
        };
        let certificate = |described: &'s Described| described.facts.signing_certificate.as_deref();
        let (Some(of_holder), Some(of_own)) = (certificate(holder), certificate(own)) else { return false };
        let may_differ = of_holder.der() != of_own.der() || !own.facts.same_key.is_empty();
        of_holder.spki() == of_own.spki() && may_differ && !self.is_bound_by_type(at_holder)
    }

    fn is_bound_by_type(&self, at: usize) -> bool {
        self.bound_by_type.get(at).is_some_and(|is_bound| *is_bound)
    }

    /// Asks of the properties in their place in others of which an XPath chose a part, them with it and not SignedInfo,
    /// which holds them there.
    fn ask_of_chosen(&self, at: usize, most: usize, found: &mut Misplaced) {
        let Some(spans) = self.spans.get(at) else { return };
        let others = self.signatures.iter().zip(self.document.signatures()).enumerate();
        for (holder, (described, signature)) in others.filter(|(holder, _)| *holder != at) {
            let signed_info = &described.signed_info;
            let holds_them = !signed_info.is_empty() && spans.covers(signed_info.start);
            if holds_them || spans.covers(signature.start) || !spans.touches(&signature.span()) {
                continue;
            }
            // What is in one that was not read is not known.
            if signed_info.is_empty() && self.is_open(holder) {
                found.note(Standing::Unverified, *signature, most);
            }
            let names_nobody = described.facts.properties.as_ref().is_none_or(|found| {
                found.signing_certificates.is_empty() && found.unsigned_certificates.is_empty()
            });
            for element in described.in_place.of_kind(Kind::SignedProperties) {
                if found.elements.len() >= most {
                    return;
                }
                if spans.touches(&element.span()) {
                    let standing = match self.of_properties(holder, at, &element) {
                        // They may be anybody's.
                        Standing::Misplaced if names_nobody => Standing::Unverified,
                        standing => standing,
                    };
                    found.note(standing, element, most);
                }
            }
        }
    }

    fn is_open(&self, at: usize) -> bool {
        self.open.get(at).is_some_and(|is_open| *is_open)
    }

    /// Whether a signature is bound by all of the properties of its own in an element. A copy of the one that is asked
    /// for is nobody else.
    fn binds(&self, holder: usize, at: usize, element: &Element) -> bool {
        self.bound.get(holder).is_some_and(|bound| {
            let unsigned = bound.unsigned.partition_point(|start| *start < element.start);
            let are_signed = bound.unsigned.get(unsigned).is_none_or(|start| *start >= element.end);
            bound.is_sound && are_signed && !self.is_copy(holder, at)
        })
    }

    /// Whether two signatures are of one key over the same SignedInfo.
    fn is_copy(&self, one: usize, other: usize) -> bool {
        let (Some(one), Some(other)) = (self.signatures.get(one), self.signatures.get(other)) else {
            return false;
        };
        let key =
            |described: &'s Described| described.facts.signing_certificate.as_deref().map(Certificate::spki);
        one.signed_sha256 == other.signed_sha256 && key(one) == key(other)
    }

    /// Of an Object elsewhere than in the signature, which may hold properties that were its own.
    fn of_properties_in(
        &self,
        at: usize,
        holder: Option<usize>,
        meant: &Meant,
    ) -> Result<Standing, xml::Error> {
        let object = &meant.element;
        let Some(holder) = holder else {
            let has_properties = self.has_properties(meant)?;
            return Ok(if has_properties { Standing::Misplaced } else { Standing::InPlace });
        };
        let parts = self.signatures.get(holder).map_or(&[][..], |holder| &holder.in_place.parts);
        let first = parts.partition_point(|placed| placed.element.start < object.start);
        let mut inside = parts.iter().skip(first).take_while(|placed| placed.element.start < object.end);
        let holds = inside.any(|placed| placed.kind == Kind::QualifyingProperties);
        Ok(if holds { self.of_properties(holder, at, object) } else { Standing::InPlace })
    }

    /// Whether an Object outside of signatures holds properties. It may be large, and very many references may name it.
    fn has_properties(&self, meant: &Meant) -> Result<bool, xml::Error> {
        let start = meant.element.start;
        let known = meant.holds_properties().or_else(|| self.hold_properties.borrow().get(&start).copied());
        if let Some(known) = known {
            return Ok(known);
        }
        let is_properties =
            |namespace: &str, local: &str| Kind::of(namespace, local) == Some(Kind::QualifyingProperties);
        let holds = self.document.has_child(&meant.element, is_properties)?;
        self.hold_properties.borrow_mut().insert(start, holds);
        Ok(holds)
    }

    /// The namespace of what a reference calls signed properties, when these are of none that is known and stand in the
    /// signature; or wherever an entry of a Manifest elsewhere has them.
    fn unknown_properties(&self, at: usize, covered: &Covered) -> Result<Option<String>, xml::Error> {
        let is_inside =
            |element: &Element| self.document.signatures().get(at).is_some_and(|own| own.contains(element));
        let Some(element) = covered.element.filter(|element| covered.is_of_other || is_inside(element))
        else {
            return Ok(None);
        };
        let (namespace, local) = self.document.name(&element)?;
        let is_unknown = local == "SignedProperties" && Kind::of(&namespace, &local).is_none();
        Ok((covered.kind == Some(Kind::SignedProperties) && is_unknown).then_some(namespace))
    }

    /// Whether the Type of a reference says that it is to a part of the signature, and it is to none in its place: signed
    /// properties have no other; a Manifest may be elsewhere if none that is not signed is there. That of an entry of a
    /// Manifest elsewhere may be said of the signature in whose place the part is, of which more is asked then.
    fn is_elsewhere(&self, at: usize, rivals: &Rivals, covered: &Covered) -> bool {
        let (Some(kind), Some(described)) = (covered.kind, self.signatures.get(at)) else { return false };
        let placed = match kind {
            Kind::Manifest => &self.manifests,
            _ => &self.signed_properties,
        };
        let holds_one = |span: &Range<usize>| {
            let first = placed.partition_point(|start| *start < span.start);
            placed.get(first).is_some_and(|start| *start < span.end)
        };
        let own = self.document.signatures().get(at);
        let is_in_unread = |element: &Element| own.is_some_and(|own| self.is_in_unread(own, element));
        // What is around the signature is in place.
        let is_asked = |meant: &Meant| {
            let role = meant.role(self.document);
            role.is_ok_and(|role| matches!(role, Role::Object | Role::Part(_)))
                && !own.is_some_and(|own| meant.element.contains(own))
        };
        let is_of_another = || {
            covered.is_of_other
                && covered.meant.iter().all(is_asked)
                && (covered.spans.iter().any(holds_one)
                    || covered.wholly().as_ref().is_some_and(is_in_unread))
        };
        !is_in_place(described, kind, covered)
            && (kind == Kind::SignedProperties || rivals.has_any(kind))
            && !is_of_another()
    }

    /// Of a Manifest that may stand in a signature which does not hold `own`: there too its place is in an Object.
    fn of_manifest(&self, own: &Element, manifest: &Element) -> Standing {
        match self.carrier(own, manifest) {
            Some(_) if self.is_in_unread(own, manifest) => Standing::Unverified,
            Some(carrier) if !self.is_in_object(carrier, manifest) => Standing::Misplaced,
            _ => Standing::InPlace,
        }
    }

    /// Whether an element stands in another signature of which it is not known what is in it.
    fn is_in_unread(&self, own: &Element, element: &Element) -> bool {
        self.carrier(own, element).is_some_and(|carrier| {
            let described = self.signatures.get(carrier);
            described.is_some_and(|described| described.objects.is_empty()) && self.is_open(carrier)
        })
    }

    /// The innermost signature around an element, as a counter-signature lies in an Object too, if it does not hold
    /// `own`.
    fn carrier(&self, own: &Element, element: &Element) -> Option<usize> {
        let all = self.document.signatures().iter().enumerate();
        let around = all.filter(|(_, signature)| signature.contains(element));
        let around = around.max_by_key(|(_, signature)| signature.start);
        around.filter(|(_, signature)| !signature.contains(own)).map(|(at, _)| at)
    }

    /// Of an element that may stand in the Object of a signature which does not hold `own`: anybody makes one that has no
    /// right value.
    fn carried(&self, at: usize, own: &Element, element: &Element) -> Standing {
        let carrier = self.carrier(own, element).filter(|carrier| self.is_in_object(*carrier, element));
        let of_carrier = |carrier: usize| {
            let signature = self.document.signatures().get(carrier)?;
            let listed = self.listed(at, carrier, element);
            Some(if self.is_known(at, signature) { listed } else { listed.max(Standing::Unverified) })
        };
        carrier.and_then(of_carrier).unwrap_or(Standing::InPlace)
    }

    /// Of an element in another signature: that one has to sign it, or whoever signs the element signs all of that one.
    fn listed(&self, at: usize, carrier: usize, element: &Element) -> Standing {
        let is_kept = || {
            let signature = self.document.signatures().get(carrier);
            signature.is_some_and(|signature| self.covers_signature(at, signature))
        };
        match self.signs(carrier, element) || is_kept() {
            true => Standing::InPlace,
            false if self.is_open(carrier) => Standing::Unverified,
            false => Standing::Misplaced,
        }
    }

    /// Whether a signature is known to be what somebody made.
    fn is_known(&self, at: usize, signature: &Element) -> bool {
        let all = self.document.signatures();
        let found = all.binary_search_by_key(&signature.start, |signature| signature.start).ok();
        let described = found.and_then(|found| self.signatures.get(found));
        described.is_some_and(|described| described.is_verified) || self.covers_signature(at, signature)
    }

    /// Whether a signature covers all of another. What it was digested without it does not.
    fn covers_signature(&self, at: usize, other: &Element) -> bool {
        let all = self.document.signatures();
        let (Some(own), Some(described)) = (all.get(at), self.signatures.get(at)) else { return false };
        if own.contains(other) {
            return self.covers(at, other);
        }
        let is_later = |signature: &Element| {
            signature.parent == own.parent
                && signature.start >= own.end
                && (signature.start == other.start || signature.contains(other))
        };
        let is_left_out = || {
            let mut covered = described.covered.iter();
            covered.any(|covered| covered.later_signatures > 0) && all.iter().any(is_later)
        };
        self.spans.get(at).is_some_and(|spans| spans.covers(other.start)) && !is_left_out()
    }

    /// Whether an element stands in an Object of a signature.
    fn is_in_object(&self, at: usize, element: &Element) -> bool {
        let objects = self.signatures.get(at).map_or(&[][..], |described| &described.objects);
        let after = objects.partition_point(|(object, _)| object.start <= element.start);
        let last = after.checked_sub(1).and_then(|at| objects.get(at));
        last.is_some_and(|(object, _)| object.contains(element))
    }

    /// Whether an element is content of a signature: in one of its Objects, and not among its properties, where anybody
    /// adds what they like.
    fn is_content(&self, at: usize, element: &Element) -> bool {
        let in_place = self.signatures.get(at).map(|described| &described.in_place);
        let mut properties = in_place.into_iter().flat_map(|found| found.of_kind(Kind::QualifyingProperties));
        self.is_in_object(at, element) && !properties.any(|properties| properties.contains(element))
    }

    /// Parts of a signature that it signs with what holds them, and that have rivals.
    fn held(&self, at: usize, described: &'s Described, rivals: &Rivals) -> impl Iterator<Item = Element> {
        let held = described.in_place.parts.iter().filter(move |placed| {
            let is_rivalled = matches!(placed.kind, Kind::Manifest | Kind::SignedProperties)
                && rivals.has(placed.kind, &placed.element);
            is_rivalled && self.covers(at, &placed.element)
        });
        held.map(|placed| placed.element)
    }
}

/// The whole elements that references of a signature cover in it, markup included.
pub(super) fn spans_inside<'c>(covered: impl IntoIterator<Item = &'c Covered>, own: &Element) -> Cover {
    let spans = covered.into_iter().flat_map(|covered| covered.spans.iter().cloned());
    // A span around a signature leaves it out.
    Cover::new(spans.filter(|span| own.start < span.start && span.end <= own.end), [])
}

/// Whether the Type of a reference of SignedInfo says that it is to signed properties, and it is to those in their place:
/// they are the signature's own then, and others that it signs are not. The Type of a Manifest's entry excuses nothing:
/// whoever moves the Manifest decides whose it is.
fn is_bound_by_type(described: &Described) -> bool {
    let kind = Kind::SignedProperties;
    described
        .covered
        .iter()
        .filter(|covered| covered.content.place.1.is_none())
        .any(|covered| covered.kind == Some(kind) && is_in_place(described, kind, covered))
}

/// Whether something that a signature was to cover is not known.
fn is_open(described: &Described) -> bool {
    described.facts.problems.iter().any(|problem| {
        problem.leaves_open()
            || matches!(
                problem,
                Problem::Limit(_)
                    | Problem::Malformed(_)
                    | Problem::Comment
                    | Problem::SignedInfoNotUnique
                    | Problem::ManifestLimit(_)
                    | Problem::ManifestEntryUnread(_)
                    | Problem::ManifestReferenceMissing(_)
                    | Problem::ManifestReferenceUnchecked(_)
            )
    })
}

/// Whether a reference names a part of a kind in its place, or covers all of it.
fn is_in_place(described: &Described, kind: Kind, covered: &Covered) -> bool {
    let spans = Cover::new(covered.spans.iter().cloned(), []);
    let is_covered = |element: &Element| {
        covered.element.is_some_and(|named| named.start == element.start) || spans.covers(element.start)
    };
    described.in_place.of_kind(kind).any(|element| is_covered(&element))
}
