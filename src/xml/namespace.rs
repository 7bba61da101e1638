//! Namespace declarations in scope while a pass walks the document, and the rules of Namespaces in
//! XML 1.0 on a start tag.
//!
//! Declarations are kept as octets in one pool that grows and shrinks with the depth, so that entering
//! an element costs nothing unless it declares something. A few declarations are searched one by one;
//! many get a table.

use std::borrow::Cow;
use std::collections::HashMap;

use super::XML;
use super::input::Input;
use super::read::{ErrorKind, Limits, malformed, normalized_value};
use super::scan::{Attribute, Name, Scanner, Span};

/// Up to so many declarations are searched one by one.
const FEW: usize = 24;
/// The namespace that `xmlns` is bound to (Namespaces in XML 1.0, 3).
const XMLNS: &[u8] = b"http://www.w3.org/2000/xmlns/";

#[derive(Clone, Copy, Debug)]
struct Binding {
    /// Where the prefix, the URI and the binding begin and end in the pool.
    prefix: usize,
    uri: usize,
    end: usize,
    depth: usize,
    /// With a table: the binding of the same prefix further out.
    shadowed: Option<usize>,
}

/// The stack of declarations. A prefix is empty for the default namespace; a URI is empty to undeclare.
#[derive(Clone, Debug, Default)]
pub(super) struct Namespaces {
    pool: Vec<u8>,
    bindings: Vec<Binding>,
    depth: usize,
    table: HashMap<Box<[u8]>, usize>,
    version: u64,
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
    pub(super) fn leave(&mut self) {
        while self.bindings.last().is_some_and(|binding| binding.depth == self.depth) {
            self.pop();
        }
        self.depth = self.depth.saturating_sub(1);
    }

    fn pop(&mut self) {
        let Some(binding) = self.bindings.pop() else { return };
        self.version += 1;
        if !self.table.is_empty() {
            if self.bindings.len() <= FEW {
                self.table.clear();
            } else {
                let prefix = self.pool.get(binding.prefix..binding.uri).unwrap_or_default();
                match binding.shadowed {
                    Some(outer) => self.table.insert(prefix.into(), outer),
                    None => self.table.remove(prefix),
                };
            }
        }
        self.pool.truncate(binding.prefix);
    }

    /// Adds a declaration of the element entered last.
    pub(super) fn declare(&mut self, prefix: &[u8], uri: &[u8]) {
        self.version += 1;
        let start = self.pool.len();
        self.pool.extend_from_slice(prefix);
        let middle = self.pool.len();
        self.pool.extend_from_slice(uri);
        let at = self.bindings.len();
        let mut binding =
            Binding { prefix: start, uri: middle, end: self.pool.len(), depth: self.depth, shadowed: None };
        if at > FEW {
            if self.table.is_empty() {
                self.tabulate();
            }
            binding.shadowed = self.table.insert(prefix.into(), at);
        }
        self.bindings.push(binding);
    }

    fn tabulate(&mut self) {
        for at in 0..self.bindings.len() {
            let Some(binding) = self.bindings.get_mut(at) else { break };
            let prefix = self.pool.get(binding.prefix..binding.uri).unwrap_or_default();
            binding.shadowed = self.table.insert(prefix.into(), at);
        }
    }

    /// Grows with every change, so that what was derived from the declarations can be kept till then.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    fn parts(&self, binding: &Binding) -> (&[u8], &[u8]) {
        (
            self.pool.get(binding.prefix..binding.uri).unwrap_or_default(),
            self.pool.get(binding.uri..binding.end).unwrap_or_default(),
        )
    }

    /// The URI bound to `prefix`: `None` when the prefix is not declared, empty for no namespace.
    pub(super) fn resolve(&self, prefix: &[u8]) -> Option<&[u8]> {
        if prefix == b"xml" {
            return Some(XML.as_bytes());
        }
        let found = if self.bindings.len() <= FEW {
            self.bindings.iter().rev().map(|binding| self.parts(binding)).find(|(known, _)| *known == prefix)
        } else {
            self.table.get(prefix).and_then(|&at| self.bindings.get(at)).map(|binding| self.parts(binding))
        };
        match found {
            Some((_, [])) if !prefix.is_empty() => None,
            Some((_, uri)) => Some(uri),
            None if prefix.is_empty() => Some(b""),
            None => None,
        }
    }

    /// Declarations of the element entered last.
    pub(super) fn local(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let depth = self.depth;
        self.bindings
            .iter()
            .rev()
            .take_while(move |binding| binding.depth == depth)
            .map(|binding| self.parts(binding))
    }

    /// Declarations of the element at `depth`, counted from 1 for the first entered.
    pub(super) fn declared_at(&self, depth: usize) -> impl Iterator<Item = (&[u8], &[u8])> {
        let first = self.bindings.partition_point(|binding| binding.depth < depth);
        self.bindings
            .iter()
            .skip(first)
            .take_while(move |binding| binding.depth == depth)
            .map(|binding| self.parts(binding))
    }

    /// Every declaration in scope, the innermost of each prefix, without undeclared ones, by prefix.
    pub(super) fn in_scope(&self) -> Vec<(&[u8], &[u8])> {
        let mut all: Vec<(&[u8], usize)> =
            self.bindings.iter().enumerate().map(|(at, binding)| (self.parts(binding).0, at)).collect();
        all.sort_unstable();
        let mut found: Vec<(&[u8], &[u8])> = Vec::with_capacity(all.len());
        for (prefix, at) in all {
            let Some(binding) = self.bindings.get(at) else { continue };
            if found.last().is_some_and(|(known, _)| *known == prefix) {
                found.pop();
            }
            found.push((prefix, self.parts(binding).1));
        }
        found.retain(|(_, uri)| !uri.is_empty());
        found
    }

    /// Enters the element whose start tag the scanner took last, with all rules of Namespaces in
    /// XML 1.0 on it.
    ///
    /// # Errors
    /// The rule or limit that the tag breaks.
    pub(super) fn enter_checked<I: Input>(
        &mut self,
        scanner: &Scanner<I>,
        name: Name,
        limits: &Limits,
    ) -> Result<(), ErrorKind> {
        self.enter();
        let attributes = scanner.attributes();
        for attribute in attributes {
            if let Some(prefix) = declared_prefix(scanner.slice(attribute.name.span())) {
                self.declare_checked(prefix, scanner.slice(attribute.value), limits)?;
            }
        }
        if name.local != name.start {
            let prefix = scanner.slice(name.prefix());
            if self.resolve(prefix).is_none() || prefix == b"xmlns" {
                return Err(malformed("an element prefix is not declared"));
            }
        }
        self.check_attributes(scanner, attributes)
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
        if self.bindings.len() >= limits.namespaces {
            return Err(ErrorKind::Limit("namespaces"));
        }
        self.declare(prefix, &uri);
        Ok(())
    }

    /// Prefixes are declared and no attribute, by its expanded name, occurs twice.
    fn check_attributes<I: Input>(
        &self,
        scanner: &Scanner<I>,
        attributes: &[Attribute],
    ) -> Result<(), ErrorKind> {
        const PAIRWISE: usize = 8;
        let expanded = |name: Name| -> Result<(&[u8], &[u8]), ErrorKind> {
            let local = scanner.slice(name.local());
            if name.local == name.start {
                return Ok((b"", local));
            }
            match scanner.slice(name.prefix()) {
                b"xmlns" => Ok((XMLNS, local)),
                prefix => match self.resolve(prefix) {
                    Some(uri) => Ok((uri, local)),
                    None => Err(malformed("an attribute prefix is not declared")),
                },
            }
        };
        if attributes.len() <= PAIRWISE {
            for (at, attribute) in attributes.iter().enumerate() {
                if attribute.name.local != attribute.name.start {
                    expanded(attribute.name)?;
                }
                let local = scanner.slice(attribute.name.local());
                for other in attributes.iter().take(at) {
                    if scanner.slice(other.name.local()) == local
                        && expanded(attribute.name)? == expanded(other.name)?
                    {
                        return Err(malformed("an attribute occurs twice"));
                    }
                }
            }
            return Ok(());
        }
        let mut names =
            attributes.iter().map(|attribute| expanded(attribute.name)).collect::<Result<Vec<_>, _>>()?;
        names.sort_unstable();
        if names.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(malformed("an attribute occurs twice"));
        }
        Ok(())
    }
}

/// Whether an attribute is a namespace declaration.
pub(super) fn is_declaration<I: Input>(scanner: &Scanner<I>, name: Name) -> bool {
    name.end - name.start >= 5 && declared_prefix(scanner.slice(name.span())).is_some()
}

/// The normalised value of an attribute of the last start tag.
pub(super) fn value_of<'s, I: Input>(
    scanner: &'s Scanner<I>,
    attribute: &Attribute,
) -> Result<Cow<'s, [u8]>, ErrorKind> {
    let raw = scanner.slice(attribute.value);
    if attribute.plain { Ok(Cow::Borrowed(raw)) } else { normalized_value(raw) }
}

/// The octets of a span as text.
pub(super) fn text_of<I: Input>(scanner: &Scanner<I>, span: Span) -> Cow<'_, str> {
    String::from_utf8_lossy(scanner.slice(span))
}
