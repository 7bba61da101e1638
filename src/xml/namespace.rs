//! Namespace declarations in scope while a pass walks the document, and the rules of Namespaces in
//! XML 1.0 on a start tag.
//!
//! Declarations are kept as octets in one pool that grows and shrinks with the depth, so that entering
//! an element costs nothing unless it declares something. Each prefix that has a declaration in scope
//! has a place, found by the prefix's first octets as a number; a few places are searched one by one,
//! many get a table. A canonicaliser notes at a place which declaration the output has, so that whether
//! a tag can be passed on as it is, is a look at one flag.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;

use smallvec::SmallVec;

use super::XML;
use super::block::{self, Block};
use super::input::Input;
use super::read::{ErrorKind, Limits, malformed, normalized_value};
use super::scan::{Attribute, Name, Scanner, Span, sort_key};

/// Up to so many prefixes are searched one by one.
const FEW: usize = 24;
/// The namespace that `xmlns` is bound to (Namespaces in XML 1.0, 3).
const XMLNS: &[u8] = b"http://www.w3.org/2000/xmlns/";

#[derive(Clone, Copy, Debug)]
struct Binding {
    place: usize,
    /// Where the declaration as the output has it, and in it the URI, begins in the pool; the quote after the
    /// URI ends both.
    start: usize,
    uri: usize,
    quote: usize,
    /// Whether it may be written so: nothing of the URI is escaped, and it is empty or absolute.
    is_plain: bool,
    depth: usize,
    /// The binding of the same prefix further out.
    outer: Option<usize>,
}

/// A prefix with a declaration in scope.
#[derive(Clone, Copy, Debug)]
struct Place {
    key: u64,
    /// In the pool.
    start: usize,
    end: usize,
    /// The innermost binding.
    binding: usize,
    /// The binding that the output has.
    rendered: Option<usize>,
    /// Whether the two have the same URI.
    agrees: bool,
}

/// What the output had before a declaration was rendered.
#[derive(Clone, Copy, Debug)]
struct Rendering {
    place: usize,
    depth: usize,
    before: Option<usize>,
    agreed: bool,
}

/// A declaration.
#[derive(Clone, Copy, Debug)]
pub(super) enum Declared<'n> {
    /// As an output has it.
    Written(&'n [u8]),
    /// The prefix and the URI, of which something must be escaped, or which has no canonical form.
    Pair(&'n [u8], &'n [u8]),
}

/// What an output has at each place, while another is written.
pub(super) struct FirstOutput(SmallVec<[(Option<usize>, bool); 8]>);

/// The stack of declarations. A prefix is empty for the default namespace; a URI is empty to undeclare.
#[derive(Clone, Debug)]
pub(super) struct Namespaces {
    pool: Vec<u8>,
    bindings: Vec<Binding>,
    /// In the order of their outermost bindings, so that they come and go with these.
    places: Vec<Place>,
    renderings: Vec<Rendering>,
    depth: usize,
    /// The depth of the last binding or rendering.
    changed: usize,
    /// The place of the prefix of the element entered last.
    element: Option<usize>,
    table: HashMap<Box<[u8]>, usize>,
}

impl Default for Namespaces {
    /// Nothing is declared. There is room for what most documents declare.
    fn default() -> Self {
        Self {
            pool: Vec::with_capacity(512),
            bindings: Vec::with_capacity(8),
            places: Vec::with_capacity(8),
            renderings: Vec::with_capacity(8),
            depth: 0,
            changed: 0,
            element: None,
            table: HashMap::new(),
        }
    }
}

/// The prefix that an attribute name declares, if it is a namespace declaration.
pub(super) fn declared_prefix(name: &[u8]) -> Option<&[u8]> {
    match name.strip_prefix(b"xmlns") {
        Some([]) => Some(b""),
        Some(rest) => rest.strip_prefix(b":"),
        None => None,
    }
}

impl Namespaces {
    /// Enters an element; its declarations follow with [`Namespaces::declare`].
    pub(super) fn enter(&mut self) {
        self.depth += 1;
    }

    /// Leaves the element entered last.
    #[inline(always)]
    pub(super) fn leave(&mut self) {
        if self.changed == self.depth {
            self.undo_all();
        }
        self.depth = self.depth.saturating_sub(1);
    }

    /// Takes back what the element entered last declares, and what was rendered at it.
    #[inline(never)]
    fn undo_all(&mut self) {
        while let Some(rendering) = self.renderings.pop_if(|rendering| rendering.depth == self.depth) {
            if let Some(place) = self.places.get_mut(rendering.place) {
                place.rendered = rendering.before;
                place.agrees = rendering.agreed;
            }
        }
        while let Some(binding) = self.bindings.pop_if(|binding| binding.depth == self.depth) {
            self.undo(binding);
        }
        let rendered = self.renderings.last().map_or(0, |rendering| rendering.depth);
        self.changed = self.bindings.last().map_or(0, |binding| binding.depth).max(rendered);
    }

    #[inline(never)]
    fn undo(&mut self, binding: Binding) {
        if let Some(outer) = binding.outer {
            if let Some(place) = self.places.get_mut(binding.place) {
                place.binding = outer;
            }
            self.compare(binding.place);
        } else {
            if !self.table.is_empty() {
                if self.places.len() <= FEW + 1 {
                    self.table.clear();
                } else if let Some(place) = self.places.last() {
                    self.table.remove(self.pool.get(place.start..place.end).unwrap_or_default());
                }
            }
            self.places.pop();
        }
        self.pool.truncate(binding.start);
    }

    /// Sees whether the output still has the URI that is in scope.
    fn compare(&mut self, at: usize) {
        let Some(place) = self.places.get(at) else { return };
        let agrees = place.rendered == Some(place.binding)
            || self.uri(place.binding) == place.rendered.map_or(&[] as &[u8], |rendered| self.uri(rendered));
        if let Some(place) = self.places.get_mut(at) {
            place.agrees = agrees;
        }
    }

    /// Adds a declaration of the element entered last.
    pub(super) fn declare(&mut self, prefix: &[u8], uri: &[u8]) {
        let at = self.bindings.len();
        let start = self.pool.len();
        self.pool.extend_from_slice(if prefix.is_empty() { b" xmlns" } else { b" xmlns:" });
        let name = self.pool.len();
        self.pool.extend_from_slice(prefix);
        let equals = self.pool.len();
        self.pool.extend_from_slice(b"=\"");
        let middle = self.pool.len();
        self.pool.extend_from_slice(uri);
        let quote = self.pool.len();
        self.pool.push(b'"');
        let known = self.place(prefix);
        let place = known.unwrap_or(self.places.len());
        let mut outer = None;
        match known.and_then(|known| self.places.get_mut(known)) {
            Some(place) => outer = Some(std::mem::replace(&mut place.binding, at)),
            None => {
                let (key, start, end) = (sort_key(prefix), name, equals);
                self.places.push(Place { key, start, end, binding: at, rendered: None, agrees: false });
                self.tabulate(place);
            }
        }
        let is_plain = block::find(uri, 0, Block::value_ends).is_none() && is_absolute(uri);
        let depth = self.depth;
        self.changed = depth;
        self.bindings.push(Binding { place, start, uri: middle, quote, is_plain, depth, outer });
        self.compare(place);
    }

    /// Puts a new place into the table, once there are many.
    fn tabulate(&mut self, fresh: usize) {
        if self.places.len() <= FEW {
            return;
        }
        let first = if self.table.is_empty() { 0 } else { fresh };
        for (at, place) in self.places.iter().enumerate().skip(first) {
            self.table.insert(self.pool.get(place.start..place.end).unwrap_or_default().into(), at);
        }
    }

    fn uri(&self, binding: usize) -> &[u8] {
        self.bindings
            .get(binding)
            .and_then(|binding| self.pool.get(binding.uri..binding.quote))
            .unwrap_or_default()
    }

    /// The declaration in scope at a place.
    pub(super) fn declared(&self, at: usize) -> Declared<'_> {
        let binding = self.places.get(at).and_then(|place| self.bindings.get(place.binding));
        let written = binding.filter(|binding| binding.is_plain);
        match written.and_then(|binding| self.pool.get(binding.start..=binding.quote)) {
            Some(written) => Declared::Written(written),
            None => {
                let (prefix, uri) = self.at_place(at);
                Declared::Pair(prefix, uri)
            }
        }
    }

    fn prefix(&self, place: usize) -> &[u8] {
        self.places.get(place).and_then(|place| self.pool.get(place.start..place.end)).unwrap_or_default()
    }

    /// The place of a prefix, if it has a declaration in scope.
    fn place(&self, prefix: &[u8]) -> Option<usize> {
        self.find(sort_key(prefix), prefix)
    }

    /// The place of the prefix of a name in the last token, if it has a declaration in scope.
    #[inline(always)]
    pub(super) fn place_of<I: Input>(&self, scanner: &Scanner<I>, name: Name) -> Option<usize> {
        let key = scanner.key(name.prefix());
        // The key is all of a prefix that is shorter than it.
        match key & 0xFF == 0 && self.places.len() <= FEW {
            true => self.places.iter().position(|place| place.key == key),
            false => self.find(key, scanner.slice(name.prefix())),
        }
    }

    /// Whether a prefix, in the last token, may be used.
    #[inline]
    fn is_bound<I: Input>(&self, scanner: &Scanner<I>, name: Name) -> bool {
        // No prefix is ever bound to an empty URI.
        self.place_of(scanner, name).is_some() || scanner.slice(name.prefix()) == b"xml"
    }

    /// With [`sort_key`] of the prefix.
    fn find(&self, key: u64, prefix: &[u8]) -> Option<usize> {
        if self.places.len() > FEW {
            return self.table.get(prefix).copied();
        }
        self.places.iter().position(|place| {
            place.key == key && (key & 0xFF == 0 || self.pool.get(place.start..place.end) == Some(prefix))
        })
    }

    /// The prefix and the URI in scope at a place.
    pub(super) fn at_place(&self, at: usize) -> (&[u8], &[u8]) {
        (self.prefix(at), self.places.get(at).map(|place| self.uri(place.binding)).unwrap_or_default())
    }

    /// Whether the output has the URI in scope at a place.
    pub(super) fn is_rendered(&self, place: usize) -> bool {
        self.places.get(place).is_none_or(|place| place.agrees)
    }

    /// Notes that the output declares, at the element entered last, what is in scope at a place.
    pub(super) fn render(&mut self, at: usize) {
        if let Some(place) = self.places.get_mut(at) {
            let before = place.rendered.replace(place.binding);
            let agreed = std::mem::replace(&mut place.agrees, true);
            self.renderings.push(Rendering { place: at, depth: self.depth, before, agreed });
            self.changed = self.depth;
        }
    }

    /// From here to [`Namespaces::resume_output`] the output is another, which has no declaration yet: at an element
    /// that declares nothing, up to its end. Gives what the first has.
    pub(super) fn begin_output(&mut self) -> FirstOutput {
        let first = self.places.iter().map(|place| (place.rendered, place.agrees)).collect();
        for at in 0..self.places.len() {
            if let Some(place) = self.places.get_mut(at) {
                place.rendered = None;
            }
            self.compare(at);
        }
        FirstOutput(first)
    }

    /// At the end of the element where the other output began.
    pub(super) fn resume_output(&mut self, first: &FirstOutput) {
        while self.renderings.pop_if(|rendering| rendering.depth == self.depth).is_some() {}
        for (place, before) in self.places.iter_mut().zip(&first.0) {
            (place.rendered, place.agrees) = *before;
        }
    }

    /// How many places there are.
    pub(super) fn places(&self) -> usize {
        self.places.len()
    }

    /// Places of the declarations of the element entered last.
    pub(super) fn local_places(&self) -> impl Iterator<Item = usize> {
        let depth = self.depth;
        self.bindings
            .iter()
            .rev()
            .take_while(move |binding| binding.depth == depth)
            .map(|binding| binding.place)
    }

    /// The URI bound to `prefix`: `None` when the prefix is not declared, empty for no namespace.
    pub(super) fn resolve(&self, prefix: &[u8]) -> Option<&[u8]> {
        if prefix == b"xml" {
            return Some(XML.as_bytes());
        }
        let uri = self.place(prefix).and_then(|at| self.places.get(at)).map(|place| self.uri(place.binding));
        match uri {
            Some([]) if !prefix.is_empty() => None,
            Some(uri) => Some(uri),
            None if prefix.is_empty() => Some(b""),
            None => None,
        }
    }

    /// Declarations of the element at `depth`, counted from 1 for the first entered.
    pub(super) fn declared_at(&self, depth: usize) -> impl Iterator<Item = (&[u8], &[u8])> {
        let first = self.bindings.partition_point(|binding| binding.depth < depth);
        self.bindings
            .iter()
            .enumerate()
            .skip(first)
            .take_while(move |(_, binding)| binding.depth == depth)
            .map(|(at, binding)| (self.prefix(binding.place), self.uri(at)))
    }

    /// The order of Canonical XML (2.2): by namespace URI, then by local name; without a prefix first.
    #[inline(always)]
    pub(super) fn order<I: Input>(&self, scanner: &Scanner<I>, a: &Attribute, b: &Attribute) -> Ordering {
        match a.key.cmp(&b.key) {
            order @ (Ordering::Less | Ordering::Greater) if !(a.name.has_prefix() || b.name.has_prefix()) => {
                order
            }
            _ => self.order_of_any(scanner, a, b),
        }
    }

    fn order_of_any<I: Input>(&self, scanner: &Scanner<I>, a: &Attribute, b: &Attribute) -> Ordering {
        let by_local = || {
            a.key.cmp(&b.key).then_with(|| scanner.slice(a.name.local()).cmp(scanner.slice(b.name.local())))
        };
        match (a.name.has_prefix(), b.name.has_prefix()) {
            (false, false) => by_local(),
            (false, true) => Ordering::Less,
            (true, false) => Ordering::Greater,
            (true, true) => {
                let (a, b) = (scanner.slice(a.name.prefix()), scanner.slice(b.name.prefix()));
                if a == b {
                    return by_local();
                }
                self.expand(a).cmp(&self.expand(b)).then_with(by_local)
            }
        }
    }

    fn expand(&self, prefix: &[u8]) -> Option<&[u8]> {
        if prefix == b"xmlns" { Some(XMLNS) } else { self.resolve(prefix) }
    }

    /// Enters the element whose start tag the scanner took last, with all rules of Namespaces in
    /// XML 1.0 on it.
    ///
    /// # Errors
    /// The rule or limit that the tag breaks.
    #[inline(always)]
    pub(super) fn enter_checked<I: Input>(
        &mut self,
        scanner: &Scanner<I>,
        limits: &Limits,
    ) -> Result<(), ErrorKind> {
        self.enter();
        if scanner.seen().declares() {
            self.declare_all(scanner, limits)?;
        }
        let name = scanner.name();
        self.element = self.place_of(scanner, name);
        // `xmlns` is never declared, so that no element has it; `xml` need not be.
        if self.element.is_none() && name.has_prefix() && scanner.slice(name.prefix()) != b"xml" {
            return Err(malformed("an element prefix is not declared"));
        }
        let seen = scanner.seen();
        let is_clear = seen.is_simple()
            || match scanner.attributes() {
                [one, other] => !seen.is_prefixed() && one.key != other.key,
                _ => false,
            };
        if is_clear { Ok(()) } else { self.check_attributes(scanner) }
    }

    #[inline(never)]
    fn declare_all<I: Input>(&mut self, scanner: &Scanner<I>, limits: &Limits) -> Result<(), ErrorKind> {
        for attribute in scanner.attributes().iter().filter(|attribute| attribute.declares()) {
            let prefix = declared_prefix(scanner.slice(attribute.name.span())).unwrap_or_default();
            self.declare_checked(prefix, scanner.slice(attribute.value), limits)?;
        }
        Ok(())
    }

    /// As [`Namespaces::enter_checked`], of a start tag that was checked before.
    ///
    /// # Errors
    /// When a value cannot be read.
    pub(super) fn enter_again<I: Input>(&mut self, scanner: &Scanner<I>) -> Result<(), ErrorKind> {
        self.enter();
        if scanner.seen().declares() {
            for attribute in scanner.attributes().iter().filter(|attribute| attribute.declares()) {
                let prefix = declared_prefix(scanner.slice(attribute.name.span())).unwrap_or_default();
                if prefix != b"xml" {
                    let uri = normalized_value(scanner.slice(attribute.value))?;
                    self.declare(prefix, &uri);
                }
            }
        }
        self.element = self.place_of(scanner, scanner.name());
        Ok(())
    }

    /// The URI of the element entered last, whose start tag the scanner took last; empty for none.
    pub(super) fn element_uri<I: Input>(&self, scanner: &Scanner<I>) -> &[u8] {
        match self.element {
            Some(place) => self.at_place(place).1,
            None if scanner.slice(scanner.name().prefix()) == b"xml" => XML.as_bytes(),
            None => b"",
        }
    }

    /// The place of the prefix of the element entered last, if it has a declaration in scope: until
    /// another is entered.
    pub(super) fn element_place(&self) -> Option<usize> {
        self.element
    }

    fn declare_checked(&mut self, prefix: &[u8], raw: &[u8], limits: &Limits) -> Result<(), ErrorKind> {
        let uri = normalized_value(raw)?;
        let is_xml = uri.as_ref() == XML.as_bytes();
        if prefix == b"xml" && is_xml {
            return Ok(());
        }
        if is_xml || uri.as_ref() == XMLNS || prefix == b"xml" || prefix == b"xmlns" {
            return Err(malformed("a reserved prefix or namespace is declared"));
        }
        if uri.is_empty() && !prefix.is_empty() {
            return Err(malformed("a prefix is undeclared"));
        }
        if uri.len() > limits.namespace_bytes {
            return Err(ErrorKind::Limit("namespace_bytes"));
        }
        if self.bindings.len() >= limits.namespaces {
            return Err(ErrorKind::Limit("namespaces"));
        }
        self.declare(prefix, &uri);
        Ok(())
    }

    /// Prefixes are declared and no attribute, by its expanded name, occurs twice.
    #[inline(never)]
    fn check_attributes<I: Input>(&self, scanner: &Scanner<I>) -> Result<(), ErrorKind> {
        const PAIRWISE: usize = 8;
        const TWICE: &str = "an attribute occurs twice";
        let (attributes, seen) = (scanner.attributes(), scanner.seen());
        let is_unbound = |attribute: &Attribute| {
            attribute.name.has_prefix() && !attribute.declares() && !self.is_bound(scanner, attribute.name)
        };
        if seen.is_prefixed() && attributes.iter().any(is_unbound) {
            return Err(malformed("an attribute prefix is not declared"));
        }
        if seen.ascends() {
            return Ok(());
        }
        if attributes.len() <= PAIRWISE {
            for (at, attribute) in attributes.iter().enumerate() {
                let is_same = |other: &Attribute| {
                    other.key == attribute.key && self.order(scanner, other, attribute) == Ordering::Equal
                };
                if attributes.iter().take(at).any(is_same) {
                    return Err(malformed(TWICE));
                }
            }
        } else {
            let twice = self.sorted(scanner, attributes).windows(2).any(|pair| match pair {
                [a, b] => self.compare_at(scanner, attributes, *a, *b) == Ordering::Equal,
                _ => false,
            });
            if twice {
                return Err(malformed(TWICE));
            }
        }
        Ok(())
    }

    /// The indices of attributes in order.
    pub(super) fn sorted<I: Input>(
        &self,
        scanner: &Scanner<I>,
        attributes: &[Attribute],
    ) -> SmallVec<[usize; 8]> {
        let mut order: SmallVec<[usize; 8]> = (0..attributes.len()).collect();
        order.sort_unstable_by(|a, b| self.compare_at(scanner, attributes, *a, *b));
        order
    }

    fn compare_at<I: Input>(
        &self,
        scanner: &Scanner<I>,
        attributes: &[Attribute],
        a: usize,
        b: usize,
    ) -> Ordering {
        match (attributes.get(a), attributes.get(b)) {
            (Some(a), Some(b)) => self.order(scanner, a, b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        }
    }
}

/// The normalised value of an attribute of the last start tag.
pub(super) fn value_of<'s, I: Input>(
    scanner: &'s Scanner<I>,
    attribute: &Attribute,
) -> Result<Cow<'s, [u8]>, ErrorKind> {
    let raw = scanner.slice(attribute.value);
    if attribute.is_plain() { Ok(Cow::Borrowed(raw)) } else { normalized_value(raw) }
}

/// The octets of a span as text.
pub(super) fn text_of<I: Input>(scanner: &Scanner<I>, span: Span) -> Cow<'_, str> {
    String::from_utf8_lossy(scanner.slice(span))
}

/// Whether a namespace URI is empty or has a scheme (RFC 3986 3.1).
pub(super) fn is_absolute(uri: &[u8]) -> bool {
    let first = uri.iter().position(|octet| matches!(octet, b':' | b'/' | b'?' | b'#'));
    uri.is_empty() || first.is_some_and(|at| at > 0 && uri.get(at) == Some(&b':'))
}
