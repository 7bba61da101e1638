//! The pass that makes the index. Most tags have nothing that is to be noted, and are passed by with a look at what
//! the scanner saw in them; what is noted of an element is bounded by the limits.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use smallvec::SmallVec;

use super::Element;
use super::kept::{Index, Pair, Scope};
use crate::xml::c14n::ahead::Ahead;
use crate::xml::input::Input;
use crate::xml::namespace::{Namespaces, text_of, value_of};
use crate::xml::read::{Error, ErrorKind, Limits, tokenized};
use crate::xml::scan::{Attribute, Extent, Scanner, Seen, Token};
use crate::xml::{DSIG, WSU};

/// The namespaces of SAML 1.x, whose identifiers have names of their own.
const SAML: [&[u8]; 2] = [b"urn:oasis:names:tc:SAML:1.0:assertion", b"urn:oasis:names:tc:SAML:1.0:protocol"];

/// The lengths, as bits, of the names of identifier attributes that need not be asked for: two letters, or those
/// of SAML nine to eleven.
const IDENTIFIER_LENGTHS: u32 = 1 << 2 | 1 << 9 | 1 << 10 | 1 << 11;

/// The local name of a signature.
const SIGNATURE: &[u8] = b"Signature";

/// So many identifiers are kept; a document with more is walked again for those that are referred to.
const IDENTIFIERS: usize = 10_000;

/// The value of an identifier attribute: that of `xml:id` is of type ID (xml:id 1.0, 4), others are of no type.
#[inline(always)]
fn identifier<'s, I: Input>(
    scanner: &'s Scanner<I>,
    attribute: &Attribute,
) -> Result<Cow<'s, [u8]>, ErrorKind> {
    let name = attribute.name;
    let value = value_of(scanner, attribute)?;
    let is_xml =
        name.has_prefix() && scanner.slice(name.prefix()) == b"xml" && scanner.slice(name.local()) == b"id";
    Ok(if is_xml { tokenized(value) } else { value })
}

struct Open {
    start: usize,
    /// Whether the last of `declaring` belongs to this element.
    declares: bool,
    /// Whether the last of `indexed` does.
    is_indexed: bool,
}

/// What is to be noted at a start tag.
struct Noted {
    /// Namespaces, or `xml:` attributes, which are these of those that are open.
    declares: bool,
    xml_attributes: Range<usize>,
    /// The index of the first identifier among the attributes.
    identifies: Option<usize>,
    is_signature: bool,
}

/// What the index has of an open element: its end is still to come.
struct Indexed {
    signature: Option<usize>,
    identified: Range<usize>,
}

/// An open element with namespace declarations or `xml:` attributes.
struct Declaring {
    start: usize,
    depth: usize,
    xml_attributes: Range<usize>,
    scope: Option<usize>,
}

/// How many elements carry a wanted identifier, and where the last of them begins.
#[derive(Default)]
pub(super) struct Found {
    elements: u8,
    last: Option<usize>,
}

/// The pass that makes the index.
pub(super) struct Indexing<'a> {
    pub(super) index: Index,
    limits: &'a Limits,
    identifier_attributes: &'a [String],
    /// Only these identifiers, if given.
    wanted: Option<HashMap<Vec<u8>, Found>>,
    namespaces: Namespaces,
    open: Vec<Open>,
    indexed: SmallVec<[Indexed; 2]>,
    declaring: SmallVec<[Declaring; 4]>,
    /// The `xml:` attributes of open elements: local names and values, which lie in `open_text`.
    xml_attributes: SmallVec<[Pair; 2]>,
    open_text: SmallVec<[u8; 32]>,
    /// Octets of what the index holds.
    kept_octets: usize,
}

impl<'a> Indexing<'a> {
    pub(super) fn new(
        limits: &'a Limits,
        identifier_attributes: &'a [String],
        wanted: Option<HashMap<Vec<u8>, Found>>,
    ) -> Self {
        Self {
            index: Index::with_room(),
            limits,
            identifier_attributes,
            wanted,
            namespaces: Namespaces::default(),
            open: Vec::with_capacity(16),
            indexed: SmallVec::new(),
            declaring: SmallVec::new(),
            xml_attributes: SmallVec::new(),
            open_text: SmallVec::new(),
            kept_octets: 0,
        }
    }

    /// With a canonicalisation that goes along.
    pub(super) fn run<I: Input>(
        &mut self,
        scanner: &mut Scanner<I>,
        mut along: Option<&mut Ahead<'_, '_>>,
    ) -> Result<(), Error> {
        let limits = self.limits;
        scanner.take_leaves();
        while let Some(token) = scanner.next()? {
            let mut is_signature = false;
            if let Token::Start(extent) = token {
                self.namespaces.enter_checked(scanner, limits).map_err(|kind| scanner.error(kind))?;
                is_signature = self.start(scanner, extent).map_err(|kind| scanner.error(kind))?;
            }
            if let Some(along) = &mut along {
                if is_signature && let Some(element) = self.index.signatures.last() {
                    let inherited = self.index.inherited_namespaces(element);
                    along.signature(element.start, &inherited, !self.xml_attributes.is_empty());
                }
                along.token(&mut self.namespaces, scanner, token, is_signature);
            }
            match token {
                Token::Start(Extent::Open) => {}
                Token::Start(_) if self.is_unnoted(scanner.token_start()) => self.namespaces.leave(),
                Token::Start(_) | Token::End => self.end(scanner.token_end()),
                Token::ProcessingInstruction => self.index.has_outer_instructions |= self.open.is_empty(),
                _ => {}
            }
        }
        Ok(())
    }

    /// Takes a start tag, whose declarations are in scope by now, and tells whether it begins a signature.
    #[inline(always)]
    fn start<I: Input>(&mut self, scanner: &Scanner<I>, extent: Extent) -> Result<bool, ErrorKind> {
        let seen = scanner.seen();
        let first_xml = self.xml_attributes.len();
        let mut declares = seen.declares();
        let mut identifies = None;
        // Of most tags nothing is to be noted, and that is seen at once.
        let to_look_at = match seen.is_prefixed() || self.may_identify(seen) {
            true => scanner.attributes(),
            false => &[],
        };
        for (at, attribute) in to_look_at.iter().enumerate() {
            if attribute.declares() {
                continue;
            }
            if attribute.name.has_prefix() && scanner.slice(attribute.name.prefix()) == b"xml" {
                let local = scanner.slice(attribute.name.local());
                let value = value_of(scanner, attribute)?;
                let start = self.open_text.len();
                let (middle, end) = (start + local.len(), start + local.len() + value.len());
                if end > self.limits.index_bytes {
                    return Err(ErrorKind::Limit("index_bytes"));
                }
                self.open_text.extend_from_slice(local);
                self.open_text.extend_from_slice(&value);
                self.xml_attributes.push(Pair { start, middle, end });
                declares = true;
            }
            if identifies.is_none() && self.is_identifier(scanner, attribute) {
                identifies = Some(at);
            }
        }
        let identifies = identifies.filter(|_| self.is_wanted(scanner));
        let name = scanner.name();
        let is_signature = name.end - name.local == SIGNATURE.len()
            && scanner.slice(name.local()) == SIGNATURE
            && self.namespaces.element_uri(scanner) == DSIG.as_bytes();
        if declares || identifies.is_some() || is_signature || self.open.is_empty() {
            let xml_attributes = first_xml..self.xml_attributes.len();
            self.note(scanner, Noted { declares, identifies, is_signature, xml_attributes })?;
        } else if extent == Extent::Open {
            self.open.push(Open { start: scanner.token_start(), declares: false, is_indexed: false });
        }
        Ok(is_signature)
    }

    /// Whether nothing was noted of the element that began at an offset, and is whole.
    #[inline(always)]
    fn is_unnoted(&self, start: usize) -> bool {
        self.open.last().is_some_and(|open| open.start != start)
    }

    /// Notes what is to be noted at a start tag, or that it is the root's.
    #[inline(never)]
    fn note<I: Input>(&mut self, scanner: &Scanner<I>, noted: Noted) -> Result<(), ErrorKind> {
        let Noted { declares, identifies, is_signature, xml_attributes } = noted;
        let start = scanner.token_start();
        let first_identifier = self.index.identifiers.len();
        let mut element =
            Element { start, end: start, parent: self.open.last().map(|parent| parent.start), scope: None };
        let is_indexed = is_signature || identifies.is_some();
        if is_indexed {
            element.scope = self.scope();
        }
        if self.open.is_empty() {
            self.index.root = element;
            self.index.root_name = text_of(scanner, scanner.name().local()).into_owned();
        }
        if declares {
            self.declaring.push(Declaring { start, depth: self.open.len() + 1, xml_attributes, scope: None });
        }
        if declares && (self.open.is_empty() || is_indexed) {
            // A signature may become a child of the root; a child of an identified element may be looked at by
            // itself, as a Manifest's are.
            self.scope();
        }
        if let Some(first) = identifies {
            for (at, attribute) in scanner.attributes().iter().enumerate().skip(first) {
                if at == first || self.is_identifier(scanner, attribute) {
                    self.identify(&identifier(scanner, attribute)?, element);
                }
            }
            self.bound_identifiers();
        }
        if is_signature {
            self.index.signatures.push(element);
            if self.index.signatures.len() > self.limits.signatures {
                return Err(ErrorKind::Limit("signatures"));
            }
        }
        // What signatures and wanted identifiers need beside what was kept until it was too much.
        if self.kept_octets > self.limits.index_bytes.saturating_mul(2) {
            return Err(ErrorKind::Limit("index_bytes"));
        }
        if is_indexed {
            self.indexed.push(Indexed {
                signature: is_signature.then(|| self.index.signatures.len() - 1),
                identified: first_identifier..self.index.identifiers.len(),
            });
        }
        self.open.push(Open { start, declares, is_indexed });
        Ok(())
    }

    fn end(&mut self, end: usize) {
        self.namespaces.leave();
        let Some(closed) = self.open.pop() else { return };
        if closed.declares
            && let Some(declaring) = self.declaring.pop()
        {
            let first = declaring.xml_attributes.start;
            if let Some(pair) = self.xml_attributes.get(first) {
                self.open_text.truncate(pair.start);
                self.xml_attributes.truncate(first);
            }
        }
        if self.open.is_empty() {
            self.index.root.end = end;
        }
        if closed.is_indexed
            && let Some(indexed) = self.indexed.pop()
        {
            if let Some(signature) = indexed.signature.and_then(|at| self.index.signatures.get_mut(at)) {
                signature.end = end;
            }
            for (_, element) in self.index.identifiers.get_mut(indexed.identified).unwrap_or_default() {
                element.end = end;
            }
        }
    }

    /// Whether a tag may have an identifier attribute.
    #[inline(always)]
    fn may_identify(&self, seen: &Seen) -> bool {
        seen.has_lengths(IDENTIFIER_LENGTHS) || !self.identifier_attributes.is_empty()
    }

    #[inline]
    fn is_identifier<I: Input>(&self, scanner: &Scanner<I>, attribute: &Attribute) -> bool {
        let length = attribute.name.end - attribute.name.local;
        let may_be =
            (length < 32 && IDENTIFIER_LENGTHS & 1 << length != 0) || !self.identifier_attributes.is_empty();
        may_be && self.names_identifier(scanner, attribute)
    }

    fn names_identifier<I: Input>(&self, scanner: &Scanner<I>, attribute: &Attribute) -> bool {
        let name = attribute.name;
        let local = scanner.slice(name.local());
        let prefixed = name.has_prefix();
        let known = match (prefixed, local) {
            (false, b"Id" | b"ID" | b"id") => true,
            (true, b"id") => scanner.slice(name.prefix()) == b"xml",
            // SAML 1.1, 5.4.2: of assertions and protocol messages only.
            (false, b"AssertionID" | b"RequestID" | b"ResponseID") => {
                SAML.contains(&self.namespaces.element_uri(scanner))
            }
            (true, b"Id") => self.namespaces.resolve(scanner.slice(name.prefix())) == Some(WSU.as_bytes()),
            _ => false,
        };
        known
            || self.identifier_attributes.iter().any(|wanted| match wanted.rsplit_once('#') {
                None => !prefixed && wanted.as_bytes() == local,
                Some((namespace, wanted)) => {
                    prefixed
                        && wanted.as_bytes() == local
                        && self.namespaces.resolve(scanner.slice(name.prefix())) == Some(namespace.as_bytes())
                }
            })
    }

    /// Whether an element with identifiers is to be kept.
    fn is_wanted<I: Input>(&self, scanner: &Scanner<I>) -> bool {
        let Some(wanted) = &self.wanted else { return !self.index.too_many_identifiers };
        scanner.attributes().iter().any(|attribute| {
            self.is_identifier(scanner, attribute)
                && identifier(scanner, attribute)
                    .is_ok_and(|value| wanted.get(value.as_ref()).is_some_and(|found| found.elements < 2))
        })
    }

    fn identify(&mut self, value: &[u8], element: Element) {
        if let Some(wanted) = &mut self.wanted {
            // Two elements are enough to know that none is meant; two attributes of one are no second.
            match wanted.get_mut(value) {
                Some(found) if found.elements < 2 && found.last != Some(element.start) => {
                    *found = Found { elements: found.elements + 1, last: Some(element.start) };
                }
                _ => return,
            }
        }
        let index = &mut self.index;
        let start = index.values.len();
        index.values.extend_from_slice(value);
        self.kept_octets += value.len();
        index.identifiers.push((start..index.values.len(), element));
    }

    /// Gives identifiers up that have become too many to keep.
    fn bound_identifiers(&mut self) {
        let index = &mut self.index;
        let is_too_much = index.identifiers.len() > IDENTIFIERS || self.kept_octets > self.limits.index_bytes;
        if is_too_much && self.wanted.is_none() {
            index.too_many_identifiers = true;
            index.identifiers = Vec::new();
            self.kept_octets -= index.values.len().min(self.kept_octets);
            index.values = SmallVec::new();
        }
    }

    /// The scope of what the open elements declare, made now that something needs it.
    fn scope(&mut self) -> Option<usize> {
        let mut parent = None;
        for declaring in &mut self.declaring {
            if declaring.scope.is_none() {
                let index = &mut self.index;
                let first = index.pairs.len();
                for pair in self.namespaces.declared_at(declaring.depth) {
                    self.kept_octets += index.note(pair);
                }
                let middle = index.pairs.len();
                let own = self.xml_attributes.get(declaring.xml_attributes.clone()).unwrap_or_default();
                for pair in own {
                    let text = |octets: Range<usize>| self.open_text.get(octets).unwrap_or_default();
                    self.kept_octets +=
                        index.note((text(pair.start..pair.middle), text(pair.middle..pair.end)));
                }
                let scope = Scope {
                    owner: declaring.start,
                    parent,
                    declarations: first..middle,
                    xml_attributes: middle..index.pairs.len(),
                };
                self.index.scopes.push(scope);
                declaring.scope = Some(self.index.scopes.len() - 1);
            }
            parent = declaring.scope;
        }
        parent
    }
}
