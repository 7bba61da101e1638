//! Limits and errors of reading, and the character-level rules of XML 1.0: names, references, line
//! ends, the normalisation of attribute values.

use std::borrow::Cow;

/// Bounds on what a document may contain. Exceeding one is an error, never a truncation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of a document in memory. Default 64 MiB.
    pub document_bytes: usize,
    /// Octets of a document in a file, which is read through a window. Default 4 GiB.
    pub file_bytes: u64,
    /// Octets of one tag, comment or instruction of a document in a file. Default 4 MiB.
    pub token_bytes: usize,
    /// Depth of nested elements. Default 256.
    pub nesting: usize,
    /// Attributes of one element, namespace declarations included. Default 1000.
    pub attributes: usize,
    /// Namespace declarations in scope at one place. Default 256.
    pub namespaces: usize,
    /// Octets of one namespace URI. URIs are compared at every tag that uses them. Default 4 KiB.
    pub namespace_bytes: usize,
    /// References in one signature. Default 100.
    pub references: usize,
    /// Signatures in one document. Default 100.
    pub signatures: usize,
    /// Nodes of a tree that is built in memory (a form, a Signature element, a document in which an XPath chooses).
    /// Default 100 000.
    pub tree_nodes: usize,
    /// Octets of names, values and text of such a tree. Default 64 MiB.
    pub tree_bytes: usize,
    /// The same of a Signature element, without what its Objects hold, and of what a RetrievalMethod
    /// names. Default 24 MiB.
    pub signature_bytes: usize,
    /// Octets of identifiers, namespace declarations and `xml:` attributes that are kept of a document.
    /// Identifiers that are too many are looked for again when a reference names them; what signatures
    /// need may be as much again. Default 8 MiB.
    pub index_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: 64 << 20,
            file_bytes: 4 << 30,
            token_bytes: 4 << 20,
            nesting: 256,
            attributes: 1000,
            namespaces: 256,
            namespace_bytes: 4 << 10,
            references: 100,
            signatures: 100,
            tree_nodes: 100_000,
            tree_bytes: 64 << 20,
            signature_bytes: 24 << 20,
            index_bytes: 8 << 20,
        }
    }
}

/// Why a document cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Not well-formed by XML 1.0 or Namespaces in XML 1.0; the text says which rule.
    #[error("{0}")]
    Malformed(Cow<'static, str>),
    /// A document type declaration. Signed documents may not have one.
    #[error("a DOCTYPE is not allowed")]
    Doctype,
    /// An entity other than the five predefined ones.
    #[error("the entity &{0}; is not allowed")]
    Entity(String),
    /// An encoding that is not read.
    #[error("the encoding {0} is not supported")]
    Encoding(String),
    /// A declared encoding that the first octets contradict: by a byte order mark, or by the lack of one.
    #[error("the declared encoding {0} contradicts the first octets")]
    EncodingContradicted(String),
    /// A limit of [`Limits`] was exceeded.
    #[error("limit exceeded: {0}")]
    Limit(&'static str),
    /// A document in a file that is not UTF-8: it can be read in memory only.
    #[error("a document in a file must be UTF-8")]
    NotUtf8,
    /// The file could not be read. It says nothing of the document.
    #[error("the document cannot be read: {0}")]
    Unreadable(String),
}

/// An error at an offset of the document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} (line {}, column {})", position.line, position.column)]
pub struct Error {
    pub kind: ErrorKind,
    /// Octets from the start of the document.
    pub offset: usize,
    pub position: Position,
}

/// Line and column, both from 1; columns count characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

impl Position {
    /// The position of `offset` octets into `text`.
    pub fn of(text: &[u8], offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        let column = before.get(line_start..).unwrap_or_default();
        Self {
            line: memchr::memchr_iter(b'\n', before).count() + 1,
            column: column.iter().filter(|&&octet| octet & 0xC0 != 0x80).count() + 1,
        }
    }

    /// Moves over `octets`, which follow.
    pub(super) fn pass(&mut self, octets: &[u8]) {
        let characters = |octets: &[u8]| octets.iter().filter(|&&octet| octet & 0xC0 != 0x80).count();
        match memchr::memrchr(b'\n', octets) {
            None => self.column += characters(octets),
            Some(newline) => {
                self.line += memchr::memchr_iter(b'\n', octets).count();
                self.column = characters(octets.get(newline + 1..).unwrap_or_default()) + 1;
            }
        }
    }
}

impl Error {
    pub(crate) fn new(text: &str, kind: ErrorKind, offset: usize) -> Self {
        Self { kind, offset, position: Position::of(text.as_bytes(), offset) }
    }
}

pub(crate) fn malformed(what: &'static str) -> ErrorKind {
    ErrorKind::Malformed(Cow::Borrowed(what))
}

/// The normalised value of a CDATA attribute (XML 1.0, 3.3.3).
pub fn attribute_value(raw: &str) -> Result<Cow<'_, str>, ErrorKind> {
    if memchr::memchr3(b'\t', b'\n', b'\r', raw.as_bytes()).is_none()
        && memchr::memchr2(b'&', b'<', raw.as_bytes()).is_none()
    {
        return Ok(Cow::Borrowed(raw));
    }
    let mut value = String::with_capacity(raw.len());
    let mut characters = raw.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '<' => return Err(malformed("< in an attribute value")),
            '\t' | '\n' => value.push(' '),
            '\r' => {
                if characters.as_str().starts_with('\n') {
                    characters.next();
                }
                value.push(' ');
            }
            '&' => {
                let rest = raw.get(at + 1..).unwrap_or_default();
                let (name, _) =
                    rest.split_once(';').ok_or_else(|| malformed("a reference without its semicolon"))?;
                value.push(reference(name)?);
                for _ in 0..=name.chars().count() {
                    characters.next();
                }
            }
            other => value.push(other),
        }
    }
    Ok(Cow::Owned(value))
}

/// As [`attribute_value`], of octets that the scanner took.
pub(super) fn normalized_value(raw: &[u8]) -> Result<Cow<'_, [u8]>, ErrorKind> {
    if memchr::memchr3(b'\t', b'\n', b'\r', raw).is_none() && memchr::memchr(b'&', raw).is_none() {
        return Ok(Cow::Borrowed(raw));
    }
    let text = std::str::from_utf8(raw).map_err(|_| malformed("octets that are not UTF-8"))?;
    Ok(match attribute_value(text)? {
        Cow::Borrowed(value) => Cow::Borrowed(value.as_bytes()),
        Cow::Owned(value) => Cow::Owned(value.into_bytes()),
    })
}

/// The normalised value of an attribute that is of another type than CDATA, from that of one that is: only spaces
/// count, and where they are more than one between characters, one.
pub(super) fn tokenized(value: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    if value.first() != Some(&b' ')
        && value.last() != Some(&b' ')
        && memchr::memmem::find(&value, b"  ").is_none()
    {
        return value;
    }
    let tokens: Vec<&[u8]> = value.split(|octet| *octet == b' ').filter(|token| !token.is_empty()).collect();
    Cow::Owned(tokens.join(&b' '))
}

/// Text with line ends normalised (XML 1.0, 2.11).
pub(super) fn line_ends(raw: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\r', raw).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut text = Vec::with_capacity(raw.len());
    for (at, &octet) in raw.iter().enumerate() {
        match octet {
            b'\r' if raw.get(at + 1) == Some(&b'\n') => {}
            b'\r' => text.push(b'\n'),
            other => text.push(other),
        }
    }
    Cow::Owned(text)
}

/// The character of a reference: `amp`, `lt`, `gt`, `quot`, `apos`, `#n`, `#xn` (XML 1.0, 4.1, 4.6).
pub(super) fn reference(name: &str) -> Result<char, ErrorKind> {
    let code = match name {
        "amp" => return Ok('&'),
        "lt" => return Ok('<'),
        "gt" => return Ok('>'),
        "quot" => return Ok('"'),
        "apos" => return Ok('\''),
        _ => match name.strip_prefix("#x") {
            Some(hex) if !hex.is_empty() && hex.bytes().all(|octet| octet.is_ascii_hexdigit()) => {
                u32::from_str_radix(hex, 16).ok()
            }
            Some(_) => None,
            None => match name.strip_prefix('#') {
                Some(digits) if !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit()) => {
                    digits.parse().ok()
                }
                Some(_) => None,
                None => return Err(ErrorKind::Entity(name.chars().take(40).collect())),
            },
        },
    };
    code.and_then(char::from_u32)
        .filter(|character| is_allowed(*character))
        .ok_or_else(|| malformed("a character reference to a character that XML does not allow"))
}

pub(crate) fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

/// XML 1.0, 2.2, production Char.
fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

pub(super) fn is_name_start(character: char) -> bool {
    matches!(character, 'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}'
        | '\u{F8}'..='\u{2FF}' | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}'
        | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

pub(super) fn is_name_part(character: char) -> bool {
    is_name_start(character)
        || matches!(character, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// A qualified name as prefix (empty when there is none) and local part.
pub fn split_name(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}
