//! Canonical XML 1.0 and 1.1 and Exclusive Canonical XML 1.0.
//!
//! Here are the methods, their parameters and how canonical octets are written. [`stream`] writes a
//! subtree (or the whole document) less some whole elements straight from the document's octets, which
//! is what nearly every signature asks for; [`subset`] writes a [`NodeSet`] that an XPath chose, over a
//! tree.

pub(super) mod ahead;
mod base;
pub mod nodeset;
mod stream;
mod subset;
#[cfg(test)]
mod tests;

use super::block::{self, Block};
use super::namespace::{Declared, is_absolute};
use super::read::{ErrorKind, malformed};
pub use nodeset::NodeSet;
pub use stream::{Apex, StartTag, canonical_octets, canonicalize};
pub use subset::canonicalize_nodes;

/// A canonicalisation method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Canonical XML 1.0.
    Inclusive,
    /// Canonical XML 1.1.
    Inclusive11,
    /// Exclusive XML Canonicalization 1.0.
    Exclusive,
}

/// Whether comments are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comments {
    Kept,
    Dropped,
}

/// A method with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canonicalization {
    pub method: Method,
    pub comments: Comments,
    /// `InclusiveNamespaces PrefixList` of the exclusive method; the default namespace is "".
    pub inclusive_prefixes: Vec<String>,
}

const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const INCLUSIVE11: &str = "http://www.w3.org/2006/12/xml-c14n11";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// Every method and its identifier (XML Signature 6.5, RFC 9231 2.7).
const URIS: [(&str, Method, Comments); 6] = [
    (INCLUSIVE, Method::Inclusive, Comments::Dropped),
    ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments", Method::Inclusive, Comments::Kept),
    (INCLUSIVE11, Method::Inclusive11, Comments::Dropped),
    ("http://www.w3.org/2006/12/xml-c14n11#WithComments", Method::Inclusive11, Comments::Kept),
    (EXCLUSIVE, Method::Exclusive, Comments::Dropped),
    ("http://www.w3.org/2001/10/xml-exc-c14n#WithComments", Method::Exclusive, Comments::Kept),
];

impl Canonicalization {
    /// Canonical XML 1.0 without comments, the implied one (XML Signature 4.4.3.2).
    pub fn inclusive() -> Self {
        Self { method: Method::Inclusive, comments: Comments::Dropped, inclusive_prefixes: Vec::new() }
    }

    /// Exclusive XML Canonicalization without comments.
    pub fn exclusive() -> Self {
        Self { method: Method::Exclusive, ..Self::inclusive() }
    }

    /// The method that a URI names, without parameters.
    pub fn from_uri(uri: &str) -> Option<Self> {
        let (_, method, comments) = URIS.into_iter().find(|(known, ..)| *known == uri)?;
        Some(Self { method, comments, inclusive_prefixes: Vec::new() })
    }

    /// The URI of the method.
    pub fn uri(&self) -> &'static str {
        URIS.into_iter()
            .find(|(_, method, comments)| (*method, *comments) == (self.method, self.comments))
            .map_or(INCLUSIVE, |(uri, ..)| uri)
    }
}

/// Where canonical octets go.
pub trait Sink {
    fn write(&mut self, octets: &[u8]);
}

impl Sink for Vec<u8> {
    fn write(&mut self, octets: &[u8]) {
        self.extend_from_slice(octets);
    }
}

/// Octets on their way to a sink, or kept.
pub(super) struct Output<'sink> {
    sink: Option<&'sink mut dyn Sink>,
    buffer: Vec<u8>,
    /// Octets of declarations that were written.
    declared: usize,
}

const BUFFER: usize = 4096;
/// So many octets are two vectors, copied without a call.
const SHORT: usize = 32;

impl<'sink> Output<'sink> {
    pub(super) fn new(sink: &'sink mut dyn Sink) -> Self {
        Self { sink: Some(sink), buffer: Vec::with_capacity(BUFFER), declared: 0 }
    }

    /// Keeps all octets, of something that is written in so many: declarations that are repeated and empty elements
    /// make them more.
    pub(super) fn kept(written: usize) -> Self {
        let room = written.saturating_add(written / 2);
        Self { sink: None, buffer: Vec::with_capacity(room), declared: 0 }
    }

    #[inline]
    pub(super) fn put(&mut self, octets: &[u8]) {
        if self.buffer.len() + octets.len() > BUFFER && self.sink.is_some() {
            self.send(octets);
        } else {
            self.buffer.extend_from_slice(octets);
        }
    }

    #[cold]
    fn send(&mut self, octets: &[u8]) {
        let Some(sink) = &mut self.sink else { return };
        sink.write(&self.buffer);
        self.buffer.clear();
        if octets.len() >= BUFFER {
            sink.write(octets);
        } else {
            self.buffer.extend_from_slice(octets);
        }
    }

    /// As [`Output::put`] of the first `length` of these octets: names and attributes are short, and to copy more
    /// of what is there anyway takes less than to see how much is to be copied.
    #[inline(always)]
    pub(super) fn put_first(&mut self, octets: &[u8], length: usize) {
        match self.short(octets, length) {
            Some(short) => self.put_short(short, length),
            None => self.put(octets.get(..length).unwrap_or_default()),
        }
    }

    /// An attribute whose value needs no escaping, in either quotes: the first `length` of these octets, of which
    /// its name and the space before it are the first `name`.
    #[inline(always)]
    pub(super) fn attribute(&mut self, octets: &[u8], length: usize, name: usize) {
        if let Some(short) = self.short(octets, length) {
            let begin = self.buffer.len();
            self.put_short(short, length);
            for quote in [begin + name + 1, begin + length - 1] {
                if let Some(quote) = self.buffer.get_mut(quote) {
                    *quote = b'"';
                }
            }
        } else {
            self.long_attribute(octets, length, name);
        }
    }

    #[inline(never)]
    fn long_attribute(&mut self, octets: &[u8], length: usize, name: usize) {
        self.put(octets.get(..=name).unwrap_or_default());
        self.plain_value(octets.get(name + 2..length - 1).unwrap_or_default());
    }

    #[inline(always)]
    fn short<'o>(&self, octets: &'o [u8], length: usize) -> Option<&'o [u8; SHORT]> {
        let has_room = self.buffer.len() + SHORT <= BUFFER || self.sink.is_none();
        octets.first_chunk().filter(|_| length <= SHORT && has_room)
    }

    #[inline(always)]
    fn put_short(&mut self, short: &[u8; SHORT], length: usize) {
        let end = self.buffer.len() + length;
        self.buffer.extend_from_slice(short);
        self.buffer.truncate(end);
    }

    /// Sends what is left, and gives what was kept.
    pub(super) fn finish(&mut self) -> Vec<u8> {
        if let Some(sink) = &mut self.sink {
            sink.write(&self.buffer);
            self.buffer.clear();
        }
        std::mem::take(&mut self.buffer)
    }

    /// Text per Canonical XML 2.3: `&`, `<`, `>` and carriage returns as references.
    pub(super) fn text(&mut self, text: &[u8]) {
        self.escaped(text, |octet| match octet {
            b'&' => Some(b"&amp;"),
            b'<' => Some(b"&lt;"),
            b'>' => Some(b"&gt;"),
            b'\r' => Some(b"&#xD;"),
            _ => None,
        });
    }

    /// A normalised attribute value with its quotes.
    pub(super) fn value(&mut self, value: &[u8]) {
        if block::find(value, 0, Block::value_ends).is_none() {
            self.plain_value(value);
            return;
        }
        self.put(b"\"");
        self.escaped(value, |octet| match octet {
            b'&' => Some(b"&amp;"),
            b'<' => Some(b"&lt;"),
            b'"' => Some(b"&quot;"),
            b'\t' => Some(b"&#x9;"),
            b'\n' => Some(b"&#xA;"),
            b'\r' => Some(b"&#xD;"),
            _ => None,
        });
        self.put(b"\"");
    }

    /// A value without anything that is escaped, with its quotes.
    pub(super) fn plain_value(&mut self, value: &[u8]) {
        self.put(b"\"");
        self.put(value);
        self.put(b"\"");
    }

    fn escaped(&mut self, octets: &[u8], escape: impl Fn(u8) -> Option<&'static [u8]>) {
        let mut rest = octets;
        while let Some(at) = rest.iter().position(|&octet| escape(octet).is_some()) {
            let (plain, special) = rest.split_at(at);
            self.put(plain);
            if let Some(reference) = special.first().and_then(|&octet| escape(octet)) {
                self.put(reference);
            }
            rest = special.get(1..).unwrap_or_default();
        }
        self.put(rest);
    }

    /// A namespace declaration, which is `written` so already unless something is to be escaped or wrong. A relative URI
    /// has no canonical form (Canonical XML 1.0, 1.3).
    ///
    /// Declarations are all that makes canonical octets many more than those of the document, as in the
    /// exclusive method each of a million siblings may carry the same long one: at most `most` octets of
    /// them are written.
    pub(super) fn namespace(&mut self, declared: Declared<'_>, most: usize) -> Result<(), ErrorKind> {
        let octets = match declared {
            Declared::Written(written) => written.len(),
            Declared::Pair(prefix, uri) => prefix.len() + uri.len() + 10,
        };
        self.declared += octets;
        if self.declared > most {
            return Err(ErrorKind::Limit("canonical_bytes"));
        }
        let (prefix, uri) = match declared {
            Declared::Written(written) => {
                self.put(written);
                return Ok(());
            }
            Declared::Pair(_, uri) if !is_absolute(uri) => {
                return Err(malformed("a relative namespace URI, which has no canonical form"));
            }
            Declared::Pair(prefix, uri) => (prefix, uri),
        };
        if prefix.is_empty() {
            self.put(b" xmlns=");
        } else {
            self.put(b" xmlns:");
            self.put(prefix);
            self.put(b"=");
        }
        self.value(uri);
        Ok(())
    }
}
