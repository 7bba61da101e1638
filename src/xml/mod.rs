//! XML as a signed document needs it: one hardened reader over the original bytes, an index of what
//! signatures refer to, canonicalisation of a span of those bytes, and a small tree for forms.
//!
//! The one idea: a document is its bytes plus an [`Document`] index of offsets. Everything that is
//! digested or read comes from the same bytes through the same scanner, so two parts of the
//! program cannot see two different documents. There is no DOCTYPE, hence no entity beyond the five
//! predefined, no default attribute and no attribute type; nothing is ever fetched.

mod block;
pub mod c14n;
pub mod cover;
mod encoding;
mod index;
mod input;
mod namespace;
pub mod read;
mod scan;
pub mod survey;
#[cfg(test)]
mod tests;
pub mod tree;
pub mod write;
pub mod xpath;

pub use index::{Document, Element, Identified};
pub use input::ReadAt;
pub use read::{Error, ErrorKind, Limits, Position};

/// The namespace of XML Signature 1.1.
pub const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
/// The namespace bound to the prefix `xml` (Namespaces in XML 1.0, 3).
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// The namespace of XAdES 1.4.1, of the properties that came with it.
pub const XADES_141: &str = "http://uri.etsi.org/01903/v1.4.1#";
/// The namespaces of XAdES: 1.3.2, 1.4.1 and the two before them (EN 319 132-1, 4.1).
pub const XADES: [&str; 4] = [
    "http://uri.etsi.org/01903/v1.3.2#",
    XADES_141,
    "http://uri.etsi.org/01903/v1.2.2#",
    "http://uri.etsi.org/01903/v1.1.1#",
];
/// The namespace of WS-Security.
pub const WSSE: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
/// The namespace of the WS-Security utility schema, whose `Id` identifies signed parts.
pub const WSU: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";

/// Whether a namespace is [`DSIG`], which is asked of most elements of a signature. The halves are compared in place;
/// of the whole a compiler makes a call.
#[inline]
pub(crate) fn is_dsig(namespace: impl AsRef<[u8]>) -> bool {
    const HALF: usize = DSIG.len() / 2;
    let namespace = namespace.as_ref();
    namespace.len() == DSIG.len()
        && namespace.split_at_checked(HALF) == DSIG.as_bytes().split_at_checked(HALF)
}
