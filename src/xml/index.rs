//! The index of a document: one checked pass that finds the root, every signature, every identifier
//! and the namespace context at each of them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::namespace::{Namespaces, declared_prefix};
use super::read::{
    Attributes, Error, ErrorKind, Limits, Position, Reader, Token, attribute_value, malformed, split_name,
};
use super::{DSIG, WSU};

/// Namespace declarations and `xml:` attributes that an element adds to what it inherits.
#[derive(Clone, Debug)]
struct Scope<'doc> {
    /// Offset of the element that the scope belongs to.
    owner: usize,
    parent: Option<usize>,
    declarations: Vec<(&'doc str, Cow<'doc, str>)>,
    xml_attributes: Vec<(&'doc str, &'doc str)>,
}

/// An element of the document, by its offsets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element {
    /// Offset of `<`.
    pub start: usize,
    /// Offset after the last `>`.
    pub end: usize,
    /// Offset of the parent's `<`, or `None` for the root.
    pub parent: Option<usize>,
    scope: Option<usize>,
}

impl Element {
    /// Whether `other` lies inside this element or is it.
    pub fn contains(&self, other: &Element) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// A well-formed document and the index of it.
#[derive(Clone, Debug)]
pub struct Document<'doc> {
    text: &'doc str,
    root: Element,
    signatures: Vec<Element>,
    identifiers: Vec<(Cow<'doc, str>, Element)>,
    scopes: Vec<Scope<'doc>>,
}

struct Open {
    start: usize,
    scope: Option<usize>,
    signature: Option<usize>,
    identified: std::ops::Range<usize>,
}

impl<'doc> Document<'doc> {
    /// Reads `bytes`: checks well-formedness and the limits, and makes the index.
    /// `identifier_attributes` are further local names of unqualified identifier attributes.
    ///
    /// # Errors
    /// The first rule of XML 1.0 or Namespaces in XML 1.0, or limit, that the bytes break.
    pub fn read(bytes: &'doc [u8], limits: &Limits, identifier_attributes: &[String]) -> Result<Self, Error> {
        let text = decode(bytes, limits)?;
        let mut reader = Reader::checked(text, limits);
        let mut namespaces = Namespaces::default();
        let mut scratch = Vec::new();
        let mut open: Vec<Open> = Vec::new();
        let placeholder = Element { start: 0, end: 0, parent: None, scope: None };
        let mut document = Self {
            text,
            root: placeholder,
            signatures: Vec::new(),
            identifiers: Vec::new(),
            scopes: Vec::new(),
        };
        while let Some(token) = reader.next_token()? {
            match token {
                Token::Start { name, attributes, empty } => {
                    let start = reader.token_start();
                    namespaces
                        .enter_checked(name, attributes, limits, &mut scratch)
                        .map_err(|kind| reader.error(kind, start))?;
                    let inherited = open.last().and_then(|parent| parent.scope);
                    let scope = document.add_scope(start, inherited, attributes, &scratch, &namespaces);
                    let element = Element {
                        start,
                        end: reader.token_end(),
                        parent: open.last().map(|parent| parent.start),
                        scope: inherited,
                    };
                    if open.is_empty() {
                        document.root = element;
                    }
                    let (prefix, local) = split_name(name);
                    let signature =
                        (local == "Signature" && namespaces.resolve(prefix) == Some(DSIG)).then(|| {
                            document.signatures.push(element);
                            document.signatures.len() - 1
                        });
                    if document.signatures.len() > limits.signatures {
                        return Err(reader.error(ErrorKind::Limit("signatures"), start));
                    }
                    let first = document.identifiers.len();
                    for attribute in &scratch {
                        let (prefix, local) = split_name(attribute.name);
                        let identifies = match prefix {
                            "" => {
                                matches!(local, "Id" | "ID" | "id")
                                    || identifier_attributes.iter().any(|name| name == local)
                            }
                            "xml" => local == "id",
                            _ => local == "Id" && namespaces.resolve(prefix) == Some(WSU),
                        };
                        if identifies {
                            let value =
                                attribute_value(attribute.raw).map_err(|kind| reader.error(kind, start))?;
                            document.identifiers.push((value, element));
                        }
                    }
                    let identified = first..document.identifiers.len();
                    if empty {
                        namespaces.leave();
                    } else {
                        open.push(Open { start, scope, signature, identified });
                    }
                }
                Token::End { .. } => {
                    namespaces.leave();
                    let Some(closed) = open.pop() else {
                        return Err(
                            reader.error(malformed("an end tag without its start"), reader.token_start())
                        );
                    };
                    let end = reader.token_end();
                    if open.is_empty() {
                        document.root.end = end;
                    }
                    if let Some(signature) = closed.signature.and_then(|at| document.signatures.get_mut(at)) {
                        signature.end = end;
                    }
                    for (_, element) in document.identifiers.get_mut(closed.identified).unwrap_or_default() {
                        element.end = end;
                    }
                }
                _ => {}
            }
        }
        Ok(document)
    }

    fn add_scope(
        &mut self,
        owner: usize,
        inherited: Option<usize>,
        attributes: &'doc str,
        others: &[super::read::Attribute<'doc>],
        namespaces: &Namespaces<'doc>,
    ) -> Option<usize> {
        let mut declarations: Vec<_> = Vec::new();
        if memchr::memmem::find(attributes.as_bytes(), b"xmlns").is_some() {
            declarations.extend(namespaces.local().map(|binding| (binding.prefix, binding.uri.clone())));
        }
        let xml_attributes: Vec<_> = others
            .iter()
            .filter_map(|attribute| attribute.name.strip_prefix("xml:").map(|local| (local, attribute.raw)))
            .collect();
        if declarations.is_empty() && xml_attributes.is_empty() {
            return inherited;
        }
        self.scopes.push(Scope { owner, parent: inherited, declarations, xml_attributes });
        Some(self.scopes.len() - 1)
    }

    /// The document, decoded; offsets count its octets.
    pub fn text(&self) -> &'doc str {
        self.text
    }

    /// The root element.
    pub fn root(&self) -> Element {
        self.root
    }

    /// Every `ds:Signature`, in document order.
    pub fn signatures(&self) -> &[Element] {
        &self.signatures
    }

    /// Every element that carries the identifier `id`, by whichever attribute.
    pub fn identified(&self, id: &str) -> Vec<Element> {
        let mut found: Vec<Element> = Vec::new();
        for (value, element) in &self.identifiers {
            // Attributes of one element follow one another.
            if value == id && found.last().is_none_or(|known| known.start != element.start) {
                found.push(*element);
            }
        }
        found
    }

    /// Line and column of an offset.
    pub fn position(&self, offset: usize) -> Position {
        Position::of(self.text.as_bytes(), offset)
    }

    /// Namespaces in scope at the parent of `element`, the innermost of each prefix.
    pub fn inherited_namespaces(&self, element: &Element) -> Vec<(&'doc str, Cow<'doc, str>)> {
        let mut found: Vec<(&'doc str, Cow<'doc, str>)> = Vec::new();
        for scope in self.scopes_of(element) {
            for (prefix, uri) in &scope.declarations {
                if !found.iter().any(|(known, _)| known == prefix) {
                    found.push((prefix, uri.clone()));
                }
            }
        }
        found.retain(|(_, uri)| !uri.is_empty());
        found
    }

    /// Namespaces in scope at `element` itself, its own declarations included.
    pub fn namespaces_at(&self, element: &Element) -> Vec<(&'doc str, Cow<'doc, str>)> {
        let mut namespaces = Namespaces::default();
        namespaces.enter();
        for (prefix, uri) in self.inherited_namespaces(element) {
            namespaces.declare(prefix, uri);
        }
        let mut reader = Reader::span(self.text, element.start, element.end);
        if let Ok(Some(Token::Start { attributes, .. })) = reader.next_token() {
            for attribute in Attributes::new(attributes).flatten() {
                if let Some(prefix) = declared_prefix(attribute.name) {
                    namespaces.declare(prefix, attribute_value(attribute.raw).unwrap_or_default());
                }
            }
        }
        namespaces.in_scope()
    }

    /// The element at `start..end`, which must be a child of `parent`.
    pub fn child_element(&self, start: usize, end: usize, parent: &Element) -> Option<Element> {
        if !(parent.start < start && end <= parent.end && start < end) {
            return None;
        }
        // An element without declarations and xml: attributes has no scope of its own. Scopes are in
        // the order of their owners' offsets.
        let scope =
            self.scopes.binary_search_by_key(&parent.start, |scope| scope.owner).ok().or(parent.scope);
        Some(Element { start, end, parent: Some(parent.start), scope })
    }

    /// Of each of `elements`, whether an element outside `spans` has the same local name. One pass over
    /// the document whatever their number.
    pub fn have_twins(&self, elements: &[Element], spans: &[std::ops::Range<usize>]) -> Vec<bool> {
        let names: Vec<&str> = elements
            .iter()
            .map(|element| {
                let mut reader = Reader::span(self.text, element.start, element.end);
                match reader.next_token() {
                    Ok(Some(Token::Start { name, .. })) => split_name(name).1,
                    _ => "",
                }
            })
            .collect();
        let wanted: HashSet<&str> = names.iter().copied().collect();
        let mut outside: HashSet<&str> = HashSet::new();
        if !wanted.is_empty() {
            let spans = merged(spans);
            let mut reader = Reader::span(self.text, 0, self.text.len());
            while outside.len() < wanted.len()
                && let Ok(Some(token)) = reader.next_token()
            {
                if let Token::Start { name, .. } = token {
                    let local = split_name(name).1;
                    if wanted.contains(local) && !lies_in(&spans, reader.token_start()) {
                        outside.insert(local);
                    }
                }
            }
        }
        names.iter().map(|name| outside.contains(name)).collect()
    }

    /// `xml:` attributes of the ancestors of `element`, the innermost of each name, raw values.
    pub fn inherited_xml_attributes(&self, element: &Element) -> Vec<(&'doc str, &'doc str)> {
        let mut found: Vec<(&'doc str, &'doc str)> = Vec::new();
        for scope in self.scopes_of(element) {
            for (local, raw) in &scope.xml_attributes {
                if !found.iter().any(|(known, _)| known == local) {
                    found.push((local, raw));
                }
            }
        }
        found
    }

    fn scopes_of(&self, element: &Element) -> impl Iterator<Item = &Scope<'doc>> {
        let mut next = element.scope;
        std::iter::from_fn(move || {
            let scope = self.scopes.get(next?)?;
            next = scope.parent;
            Some(scope)
        })
    }

    /// Each of `elements` as an XPath by qualified names and positions, `/a/b[2]`; long names are cut
    /// short. One pass over the document whatever their number.
    pub fn xpaths(&self, elements: &[Element]) -> Vec<String> {
        let mut paths = vec![String::new(); elements.len()];
        let mut wanted: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, element) in elements.iter().enumerate() {
            wanted.entry(element.start).or_default().push(at);
        }
        let mut steps: Vec<(&'doc str, usize)> = Vec::new();
        let mut counts: Vec<HashMap<&'doc str, usize>> = vec![HashMap::new()];
        let mut left = wanted.len();
        let mut reader = Reader::span(self.text, 0, self.text.len());
        while left > 0
            && let Ok(Some(token)) = reader.next_token()
        {
            match token {
                Token::Start { name, empty, .. } => {
                    let Some(siblings) = counts.last_mut() else { break };
                    let position = siblings.entry(name).or_default();
                    *position += 1;
                    steps.push((name, *position));
                    if let Some(slots) = wanted.get(&reader.token_start()) {
                        let path = xpath(&steps);
                        for slot in slots {
                            if let Some(slot) = paths.get_mut(*slot) {
                                slot.clone_from(&path);
                            }
                        }
                        left -= 1;
                    }
                    if empty {
                        steps.pop();
                    } else {
                        counts.push(HashMap::new());
                    }
                }
                Token::End { .. } => {
                    steps.pop();
                    counts.pop();
                }
                _ => {}
            }
        }
        paths
    }

    /// The largest elements that lie in none of `covered` and hold none of them, at most `most`, and
    /// whether there are more.
    pub fn uncovered(&self, covered: &[std::ops::Range<usize>], most: usize) -> (Vec<Element>, bool) {
        let is_covered = |start: usize| covered.iter().any(|range| range.contains(&start));
        let holds =
            |start: usize, end: usize| covered.iter().any(|range| start <= range.start && range.end <= end);
        let mut found: Vec<Element> = Vec::new();
        let mut open: Vec<(usize, bool)> = Vec::new();
        let mut reader = Reader::span(self.text, 0, self.text.len());
        // An element's end is known only when it closes: collect those that close uncovered, then
        // drop those inside another one.
        while let Ok(Some(token)) = reader.next_token() {
            match token {
                Token::Start { empty: false, .. } => {
                    let start = reader.token_start();
                    // What is covered is passed over whole.
                    match covered.iter().find(|range| range.start == start) {
                        Some(range) => reader = Reader::span(self.text, range.end, self.text.len()),
                        None => open.push((start, true)),
                    }
                }
                Token::Start { empty: true, .. } => {
                    let start = reader.token_start();
                    if !is_covered(start) {
                        keep(
                            &mut found,
                            Element { start, end: reader.token_end(), parent: None, scope: None },
                        );
                    }
                }
                Token::End { .. } => {
                    let Some((start, _)) = open.pop() else { break };
                    let end = reader.token_end();
                    if !is_covered(start) && !holds(start, end) {
                        keep(&mut found, Element { start, end, parent: None, scope: None });
                    }
                }
                _ => {}
            }
        }
        let more = found.len() > most;
        found.truncate(most);
        (found, more)
    }
}

/// The longest name in an XPath, in characters.
const XPATH_NAME: usize = 200;

fn xpath(steps: &[(&str, usize)]) -> String {
    let mut path = String::new();
    for (depth, (name, position)) in steps.iter().enumerate() {
        path.push('/');
        path.extend(name.chars().take(XPATH_NAME));
        if depth > 0 {
            path.push_str(&format!("[{position}]"));
        }
    }
    path
}

/// The spans in order, those that overlap or touch as one.
fn merged(spans: &[std::ops::Range<usize>]) -> Vec<std::ops::Range<usize>> {
    let mut sorted = spans.to_vec();
    sorted.sort_unstable_by_key(|span| span.start);
    let mut out: Vec<std::ops::Range<usize>> = Vec::new();
    for span in sorted {
        match out.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => out.push(span),
        }
    }
    out
}

fn lies_in(merged: &[std::ops::Range<usize>], at: usize) -> bool {
    let after = merged.partition_point(|span| span.start <= at);
    after.checked_sub(1).and_then(|last| merged.get(last)).is_some_and(|span| span.contains(&at))
}

fn keep(found: &mut Vec<Element>, element: Element) {
    while found.last().is_some_and(|last| element.contains(last)) {
        found.pop();
    }
    found.push(element);
}

/// UTF-8 without its byte order mark.
fn decode<'doc>(bytes: &'doc [u8], limits: &Limits) -> Result<&'doc str, Error> {
    let start = Position { line: 1, column: 1 };
    let fail = |kind, offset, position| Err(Error { kind, offset, position });
    if bytes.len() > limits.document_bytes {
        return fail(ErrorKind::Limit("document_bytes"), 0, start);
    }
    if bytes.starts_with(&[0xFE, 0xFF]) || bytes.starts_with(&[0xFF, 0xFE]) {
        return fail(ErrorKind::Encoding("UTF-16".into()), 0, start);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{FEFF}').unwrap_or(text)),
        Err(error) => {
            let at = error.valid_up_to();
            let kind = if declares_other_encoding(bytes) {
                ErrorKind::Encoding("that the declaration names".into())
            } else {
                malformed("octets that are not UTF-8")
            };
            fail(kind, at, Position::of(bytes, at))
        }
    }
}

fn declares_other_encoding(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(100)).unwrap_or_default().to_ascii_lowercase();
    head.starts_with(b"<?xml")
        && memchr::memmem::find(&head, b"encoding").is_some()
        && memchr::memmem::find(&head, b"utf-8").is_none()
}

/// The prefix that `name` declares; re-exported for the writers of canonical forms.
pub(super) fn is_declaration(name: &str) -> bool {
    declared_prefix(name).is_some()
}

pub(super) fn attributes_of(raw: &str) -> Attributes<'_> {
    Attributes::new(raw)
}
