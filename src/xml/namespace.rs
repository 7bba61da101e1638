//! Namespace declarations in scope while a pass walks the document.

use std::borrow::Cow;

use super::XML;
use super::read::{Attribute, Attributes, ErrorKind, Limits, attribute_value, malformed, split_name};

/// One declaration: prefix (empty for the default namespace) and URI (empty to undeclare).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding<'doc> {
    pub prefix: &'doc str,
    pub uri: Cow<'doc, str>,
    depth: usize,
}

/// The stack of declarations.
#[derive(Clone, Debug, Default)]
pub struct Namespaces<'doc> {
    bindings: Vec<Binding<'doc>>,
    depth: usize,
}

/// The prefix that an attribute declares, if it is a namespace declaration.
pub fn declared_prefix(name: &str) -> Option<&str> {
    match name.strip_prefix("xmlns") {
        Some("") => Some(""),
        Some(rest) => rest.strip_prefix(':'),
        None => None,
    }
}

impl<'doc> Namespaces<'doc> {
    /// Enters an element; its declarations follow with [`Namespaces::declare`].
    pub fn enter(&mut self) {
        self.depth += 1;
    }

    /// Leaves the element entered last.
    pub fn leave(&mut self) {
        while self.bindings.last().is_some_and(|binding| binding.depth == self.depth) {
            self.bindings.pop();
        }
        self.depth = self.depth.saturating_sub(1);
    }

    /// Adds a declaration of the element entered last.
    pub fn declare(&mut self, prefix: &'doc str, uri: Cow<'doc, str>) {
        self.bindings.push(Binding { prefix, uri, depth: self.depth });
    }

    /// The URI bound to `prefix`: `None` when the prefix is not declared, empty for no namespace.
    pub fn resolve(&self, prefix: &str) -> Option<&str> {
        if prefix == "xml" {
            return Some(XML);
        }
        match self.bindings.iter().rev().find(|binding| binding.prefix == prefix) {
            Some(binding) if binding.uri.is_empty() && !prefix.is_empty() => None,
            Some(binding) => Some(binding.uri.as_ref()),
            None if prefix.is_empty() => Some(""),
            None => None,
        }
    }

    /// As [`Namespaces::resolve`], with empty for what is not declared; costs no copy.
    pub fn uri(&self, prefix: &str) -> Cow<'doc, str> {
        match self.bindings.iter().rev().find(|binding| binding.prefix == prefix) {
            Some(binding) => binding.uri.clone(),
            None if prefix == "xml" => Cow::Borrowed(XML),
            None => Cow::Borrowed(""),
        }
    }

    /// Declarations of the element entered last.
    pub fn local(&self) -> impl Iterator<Item = &Binding<'doc>> {
        self.bindings.iter().rev().take_while(|binding| binding.depth == self.depth)
    }

    /// Every declaration in scope, the innermost of each prefix, without undeclared ones.
    pub fn in_scope(&self) -> Vec<(&'doc str, Cow<'doc, str>)> {
        let mut seen: Vec<(&'doc str, Cow<'doc, str>)> = Vec::new();
        for binding in self.bindings.iter().rev() {
            if !seen.iter().any(|(prefix, _)| *prefix == binding.prefix) {
                seen.push((binding.prefix, binding.uri.clone()));
            }
        }
        seen.retain(|(_, uri)| !uri.is_empty());
        seen
    }

    /// Enters an element with all checks of Namespaces in XML 1.0 on its tag; calls `each` for every
    /// attribute that is not a declaration.
    pub fn enter_checked(
        &mut self,
        name: &'doc str,
        attributes: &'doc str,
        limits: &Limits,
        scratch: &mut Vec<Attribute<'doc>>,
    ) -> Result<(), ErrorKind> {
        self.enter();
        scratch.clear();
        let mut count = 0;
        for attribute in Attributes::new(attributes) {
            let attribute = attribute?;
            count += 1;
            if count > limits.attributes {
                return Err(ErrorKind::Limit("attributes"));
            }
            if !super::read::is_qname(attribute.name) {
                return Err(malformed("an attribute name is not a qualified name"));
            }
            if !super::read::has_only_allowed_characters(attribute.raw) {
                return Err(malformed("a character that XML does not allow in an attribute value"));
            }
            match declared_prefix(attribute.name) {
                Some(prefix) => self.declare_checked(prefix, attribute.raw, limits)?,
                None => {
                    attribute_value(attribute.raw)?;
                    scratch.push(attribute);
                }
            }
        }
        if self.resolve(split_name(name).0).is_none() || split_name(name).0 == "xmlns" {
            return Err(malformed("an element prefix is not declared"));
        }
        self.check_unique(scratch)
    }

    fn declare_checked(
        &mut self,
        prefix: &'doc str,
        raw: &'doc str,
        limits: &Limits,
    ) -> Result<(), ErrorKind> {
        let uri = attribute_value(raw)?;
        let reserved = uri == XML || uri == "http://www.w3.org/2000/xmlns/";
        if prefix == "xml" && uri == XML {
            return Ok(());
        }
        if reserved || prefix == "xml" || prefix == "xmlns" {
            return Err(malformed("a reserved prefix or namespace is declared"));
        }
        if uri.is_empty() && !prefix.is_empty() {
            return Err(malformed("a prefix is undeclared"));
        }
        if self.local().any(|binding| binding.prefix == prefix) {
            return Err(malformed("a prefix is declared twice"));
        }
        if self.bindings.len() >= limits.namespaces {
            return Err(ErrorKind::Limit("namespaces"));
        }
        self.declare(prefix, uri);
        Ok(())
    }

    fn check_unique(&self, attributes: &[Attribute<'doc>]) -> Result<(), ErrorKind> {
        if let [attribute] = attributes
            && !attribute.name.contains(':')
        {
            return Ok(());
        }
        let mut names = Vec::with_capacity(attributes.len());
        for attribute in attributes {
            let (prefix, local) = split_name(attribute.name);
            let uri = match prefix {
                "" => "",
                _ => self.resolve(prefix).ok_or_else(|| malformed("an attribute prefix is not declared"))?,
            };
            names.push((uri, local));
        }
        names.sort_unstable();
        if names.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(malformed("an attribute occurs twice"));
        }
        Ok(())
    }
}
