//! Writing XML text. Elements are escaped by quick-xml, values that are signed as their canonical form has them. What is
//! written here is read back by the reader of this module like any other document. A new last child is put into an
//! element without touching a byte of what is there.

use std::borrow::Cow;

use quick_xml::escape::partial_escape;
use quick_xml::events::BytesStart;

use super::{Document, Element, Error, encoding};

/// Text as a value between double quotes, in canonical form (Canonical XML 1.0, 2.3).
pub fn escape_attribute(text: &str) -> Cow<'_, str> {
    const ESCAPED: [(char, &str); 6] =
        [('&', "&amp;"), ('<', "&lt;"), ('"', "&quot;"), ('\t', "&#x9;"), ('\n', "&#xA;"), ('\r', "&#xD;")];
    if !text.contains(ESCAPED.map(|(character, _)| character)) {
        return Cow::Borrowed(text);
    }
    // The ampersand first: the others bring more of them.
    let escape = |text: String, (character, reference)| text.replace(character, reference);
    Cow::Owned(ESCAPED.into_iter().fold(text.to_owned(), escape))
}

/// XML text in the making: every name is the caller's own and every value is escaped. Characters that
/// XML 1.0 cannot write (2.2) become U+FFFD.
#[derive(Debug, Default)]
pub struct Xml(String);

impl Xml {
    /// A start tag.
    pub fn open(&mut self, name: &str, attributes: &[(&str, &str)]) -> &mut Self {
        let mut tag = BytesStart::new(name);
        for (key, value) in attributes {
            tag.push_attribute((*key, writable(value).as_str()));
        }
        self.0.push('<');
        self.0.push_str(&tag);
        self.0.push('>');
        self
    }

    /// An end tag.
    pub fn close(&mut self, name: &str) -> &mut Self {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
        self
    }

    /// An element that holds nothing but text.
    pub fn leaf(&mut self, name: &str, value: &str) -> &mut Self {
        self.leaf_with(name, &[], value)
    }

    /// As [`Xml::leaf`], with attributes.
    pub fn leaf_with(&mut self, name: &str, attributes: &[(&str, &str)], value: &str) -> &mut Self {
        self.open(name, attributes);
        self.0.push_str(&partial_escape(writable(value)));
        self.close(name)
    }

    /// XML that another writer has written.
    pub fn written(&mut self, xml: &str) -> &mut Self {
        self.0.push_str(xml);
        self
    }

    /// As [`Xml::leaf`], if there is a value.
    pub fn leaf_if(&mut self, name: &str, value: Option<&str>) -> &mut Self {
        if let Some(value) = value {
            self.leaf(name, value);
        }
        self
    }

    /// What was written.
    pub fn finish(&mut self) -> String {
        std::mem::take(&mut self.0)
    }
}

fn writable(text: &str) -> String {
    let forbidden = |c: char| {
        (c.is_control() && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    text.replace(forbidden, "\u{fffd}")
}

/// The octets of a document with `child` as the new last child of `parent`, in the document's encoding.
/// Of what is there nothing is changed but the end of a tag that ends with `/>`.
///
/// # Errors
/// None for the octets that the document was read from.
pub fn append_child(
    bytes: &[u8],
    document: &Document<'_>,
    parent: &Element,
    child: &str,
) -> Result<Vec<u8>, Error> {
    let text = document.text().unwrap_or_default();
    let inside = text.get(parent.start..parent.end).unwrap_or_default();
    if let Some(tag) = inside.strip_suffix("/>") {
        let name = tag.trim_start_matches('<').split(super::read::is_space).next().unwrap_or_default();
        let closed = format!(">{child}</{name}>");
        return encoding::replace(bytes, text, parent.end - 2..parent.end, &closed);
    }
    let at = parent.start + inside.rfind("</").unwrap_or(inside.len());
    encoding::replace(bytes, text, at..at, child)
}
