//! Strict reading of a form: everything not foreseen is refused, and all refusals are gathered, so
//! that an applicant learns every fault at once.

pub(crate) use crate::validation::report::hex;
use crate::xml::tree::{Kind, Node};
use serde::Serialize;

/// One fault of a document, for a message in the reader's language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// A stable code.
    pub code: &'static str,
    /// Path of the field from the root, `applicant/iin`.
    pub field: String,
    /// Parameters of the message.
    pub params: Vec<(&'static str, String)>,
}

impl Refusal {
    pub(super) fn new(code: &'static str, field: impl Into<String>) -> Self {
        Self { code, field: field.into(), params: Vec::new() }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.params.push((name, value.into()));
        self
    }
}

pub(super) struct Form {
    pub(super) namespace: &'static str,
    pub(super) refusals: Vec<Refusal>,
}

pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.into() } else { format!("{path}/{name}") }
}

/// Names that a document brought go into messages shortened.
fn shorten(text: &str) -> String {
    text.chars().take(64).collect()
}

impl Form {
    pub(super) fn refuse(&mut self, code: &'static str, field: impl Into<String>) {
        self.refusals.push(Refusal::new(code, field));
    }

    /// Refuses children and attributes that are not foreseen. Names of `many` may repeat.
    pub(super) fn shape(
        &mut self,
        element: Node<'_>,
        path: &str,
        attributes: &[&str],
        once: &[&str],
        many: &[&str],
    ) {
        for attribute in element.attributes() {
            if !attribute.namespace().is_empty() || !attributes.contains(&attribute.local()) {
                let field = join(path, &format!("@{}", shorten(attribute.local())));
                self.refuse("UNKNOWN_ATTRIBUTE", field);
            }
        }
        let mut seen: Vec<&str> = Vec::new();
        for node in element.children() {
            match node.kind() {
                Kind::Element => {
                    let name = node.local();
                    let known =
                        node.namespace() == self.namespace && (once.contains(&name) || many.contains(&name));
                    if !known {
                        self.refuse("UNKNOWN_ELEMENT", join(path, &shorten(name)));
                    } else if once.contains(&name) && seen.contains(&name) {
                        self.refuse("DUPLICATE_ELEMENT", join(path, name));
                    }
                    seen.push(name);
                }
                Kind::Text if node.value().trim_matches([' ', '\t', '\r', '\n']).is_empty() => {}
                Kind::Text => self.refuse("UNEXPECTED_TEXT", path),
                _ => self.refuse("COMMENT_OR_INSTRUCTION", path),
            }
        }
    }

    pub(super) fn child<'a>(&mut self, parent: Node<'a>, path: &str, name: &str) -> Option<Node<'a>> {
        let child = parent.child(self.namespace, name);
        if child.is_none() {
            self.refuse("MISSING", join(path, name));
        }
        child
    }

    /// The text of an optional leaf: no children, no comments, no control characters, at most `max`
    /// characters, not empty.
    pub(super) fn optional(
        &mut self,
        parent: Node<'_>,
        path: &str,
        name: &str,
        max: usize,
    ) -> Option<String> {
        let child = parent.child(self.namespace, name)?;
        let field = join(path, name);
        if child.attributes().next().is_some() {
            self.refuse("UNKNOWN_ATTRIBUTE", field.clone());
        }
        let Some(text) = child.text() else {
            self.refuse("NOT_PLAIN_TEXT", field);
            return None;
        };
        let text = text.trim().to_owned();
        if text.is_empty() {
            self.refuse("EMPTY", field);
            None
        } else if text.chars().count() > max {
            self.refusals.push(Refusal::new("TOO_LONG", field).with("max", max.to_string()));
            None
        } else if text.chars().any(char::is_control) {
            self.refuse("CONTROL_CHARACTER", field);
            None
        } else {
            Some(text)
        }
    }

    pub(super) fn required(&mut self, parent: Node<'_>, path: &str, name: &str, max: usize) -> String {
        self.child(parent, path, name);
        self.optional(parent, path, name, max).unwrap_or_default()
    }

    /// A required value that is one of those which `read` knows.
    pub(super) fn choice<T>(
        &mut self,
        value: Option<&str>,
        field: String,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            self.refuse("MISSING", field);
            return None;
        };
        let known = read(value);
        if known.is_none() {
            self.refusals.push(Refusal::new("UNKNOWN_VALUE", field).with("value", shorten(value)));
        }
        known
    }
}

/// 64 lower-case hexadecimal digits.
pub(crate) fn sha256_from_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let mut out = [0; 32];
    for (i, byte) in out.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()?;
    }
    Some(out)
}
