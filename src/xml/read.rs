//! The one reader of XML. quick-xml finds the tokens; this module checks all that quick-xml leaves to
//! its caller (XML 1.0 well-formedness and the limits) and resolves references and line ends.
//!
//! A reader works on a slice of the document, so that later passes can walk one element's span. The
//! first pass runs with [`Checks::All`]; a pass over a span that was checked before skips the costly
//! checks but still goes through the same code.

use std::borrow::Cow;

use quick_xml::events::Event;

/// Bounds on what a document may contain. Exceeding one is an error, never a truncation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of the document. Default 64 MiB.
    pub document_bytes: usize,
    /// Depth of nested elements. Default 256.
    pub nesting: usize,
    /// Attributes of one element, namespace declarations included. Default 1000.
    pub attributes: usize,
    /// Namespace declarations in scope at one place. Default 256.
    pub namespaces: usize,
    /// References in one signature. Default 100.
    pub references: usize,
    /// Signatures in one document. Default 100.
    pub signatures: usize,
    /// Nodes of a tree that is built in memory (a form, a Signature element). Default 20 000.
    pub tree_nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: 64 << 20,
            nesting: 256,
            attributes: 1000,
            namespaces: 256,
            references: 100,
            signatures: 100,
            tree_nodes: 20_000,
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
    /// Not UTF-8, or declared as another encoding.
    #[error("the encoding {0} is not supported, only UTF-8")]
    Encoding(String),
    /// A limit of [`Limits`] was exceeded.
    #[error("limit exceeded: {0}")]
    Limit(&'static str),
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
}

impl Error {
    pub(crate) fn new(text: &str, kind: ErrorKind, offset: usize) -> Self {
        Self { kind, offset, position: Position::of(text.as_bytes(), offset) }
    }
}

pub(crate) fn malformed(what: &'static str) -> ErrorKind {
    ErrorKind::Malformed(Cow::Borrowed(what))
}

/// Whether a pass makes every check or walks a span that was checked before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checks {
    All,
    Done,
}

/// A token. Slices are of the original document; text is raw (line ends not yet normalised).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'doc> {
    /// A start tag, or an empty-element tag when `empty`.
    Start {
        name: &'doc str,
        attributes: &'doc str,
        empty: bool,
    },
    End {
        name: &'doc str,
    },
    Text(&'doc str),
    CData(&'doc str),
    /// A character reference or a predefined entity, resolved.
    Char(char),
    Comment(&'doc str),
    ProcessingInstruction {
        target: &'doc str,
        data: &'doc str,
    },
}

/// A pull reader over `text[start..end]`.
pub struct Reader<'doc> {
    text: &'doc str,
    base: usize,
    inner: quick_xml::Reader<&'doc [u8]>,
    checks: Checks,
    token_start: usize,
    depth: usize,
    max_depth: usize,
    root_seen: bool,
}

impl<'doc> Reader<'doc> {
    /// A reader over a whole document that makes every check.
    pub fn checked(text: &'doc str, limits: &Limits) -> Self {
        let mut reader = Self::over(text, 0, text.len(), Checks::All);
        reader.max_depth = limits.nesting;
        reader
    }

    /// A reader over `text[start..end]`, which a checked pass has read before.
    pub fn span(text: &'doc str, start: usize, end: usize) -> Self {
        Self::over(text, start, end, Checks::Done)
    }

    fn over(text: &'doc str, start: usize, end: usize, checks: Checks) -> Self {
        let mut inner = quick_xml::Reader::from_str(text.get(start..end).unwrap_or_default());
        let config = inner.config_mut();
        config.check_end_names = checks == Checks::All;
        config.allow_unmatched_ends = checks == Checks::Done;
        config.check_comments = checks == Checks::All;
        config.trim_markup_names_in_closing_tags = true;
        Self {
            text,
            base: start,
            inner,
            checks,
            token_start: start,
            depth: 0,
            max_depth: usize::MAX,
            root_seen: false,
        }
    }

    /// Offset of the first octet of the last token.
    pub fn token_start(&self) -> usize {
        self.token_start
    }

    /// Offset just after the last token.
    pub fn token_end(&self) -> usize {
        self.base + usize::try_from(self.inner.buffer_position()).unwrap_or(usize::MAX)
    }

    /// The error `kind` at `offset`.
    pub fn error(&self, kind: ErrorKind, offset: usize) -> Error {
        Error::new(self.text, kind, offset)
    }

    fn fail<T>(&self, kind: ErrorKind) -> Result<T, Error> {
        Err(self.error(kind, self.token_start))
    }

    /// The next token, or `None` at the end. The XML declaration is checked and passed over.
    pub fn next_token(&mut self) -> Result<Option<Token<'doc>>, Error> {
        loop {
            self.token_start = self.token_end();
            let event = self.inner.read_event();
            let end = self.token_end();
            let raw = self.text.get(self.token_start..end).unwrap_or_default();
            let token = match event {
                Ok(Event::Start(_)) => {
                    let Some(tag) = raw.strip_prefix('<').and_then(|tag| tag.strip_suffix('>')) else {
                        return self.fail(malformed("a start tag is damaged"));
                    };
                    self.open(false)?;
                    self.start_tag(tag, false)?
                }
                Ok(Event::Empty(_)) => {
                    let Some(tag) = raw.strip_prefix('<').and_then(|tag| tag.strip_suffix("/>")) else {
                        return self.fail(malformed("an empty-element tag is damaged"));
                    };
                    self.open(true)?;
                    self.start_tag(tag, true)?
                }
                Ok(Event::End(_)) => {
                    let Some(name) = raw.strip_prefix("</").and_then(|tag| tag.strip_suffix('>')) else {
                        return self.fail(malformed("an end tag is damaged"));
                    };
                    self.depth = self.depth.saturating_sub(1);
                    Token::End { name: name.trim_end_matches(is_space) }
                }
                Ok(Event::Text(_)) => {
                    if self.checks == Checks::All {
                        self.check_text(raw)?;
                        if self.depth == 0 {
                            if !raw.chars().all(is_space) {
                                return self.fail(malformed("text outside the root element"));
                            }
                            continue;
                        }
                    } else if self.depth == 0 {
                        continue;
                    }
                    Token::Text(raw)
                }
                Ok(Event::CData(_)) => {
                    let Some(data) = raw.strip_prefix("<![CDATA[").and_then(|data| data.strip_suffix("]]>"))
                    else {
                        return self.fail(malformed("a CDATA section is damaged"));
                    };
                    if self.checks == Checks::All {
                        if self.depth == 0 {
                            return self.fail(malformed("a CDATA section outside the root element"));
                        }
                        self.check_characters(data, self.token_start + 9)?;
                    }
                    Token::CData(data)
                }
                Ok(Event::GeneralRef(_)) => {
                    let name = raw.strip_prefix('&').and_then(|name| name.strip_suffix(';'));
                    if self.checks == Checks::All && self.depth == 0 {
                        return self.fail(malformed("a reference outside the root element"));
                    }
                    match name.map(reference) {
                        Some(Ok(character)) => Token::Char(character),
                        Some(Err(kind)) => return self.fail(kind),
                        None => return self.fail(malformed("a reference without its semicolon")),
                    }
                }
                Ok(Event::Comment(_)) => {
                    let Some(data) = raw.strip_prefix("<!--").and_then(|data| data.strip_suffix("-->"))
                    else {
                        return self.fail(malformed("a comment is damaged"));
                    };
                    if self.checks == Checks::All {
                        if data.ends_with('-') {
                            return self.fail(malformed("a comment ends with a hyphen"));
                        }
                        self.check_characters(data, self.token_start + 4)?;
                    }
                    Token::Comment(data)
                }
                Ok(Event::PI(_)) => {
                    let Some(data) = raw.strip_prefix("<?").and_then(|data| data.strip_suffix("?>")) else {
                        return self.fail(malformed("a processing instruction is damaged"));
                    };
                    let (target, data) = match data.find(is_space) {
                        Some(at) => (
                            data.get(..at).unwrap_or_default(),
                            data.get(at..).unwrap_or_default().trim_start_matches(is_space),
                        ),
                        None => (data, ""),
                    };
                    if self.checks == Checks::All {
                        if !is_ncname(target) || target.eq_ignore_ascii_case("xml") {
                            return self.fail(malformed("a processing instruction has a forbidden name"));
                        }
                        self.check_characters(data, self.token_start)?;
                    }
                    Token::ProcessingInstruction { target, data }
                }
                Ok(Event::Decl(_)) => {
                    self.declaration(raw)?;
                    continue;
                }
                Ok(Event::DocType(_)) => return self.fail(ErrorKind::Doctype),
                Ok(Event::Eof) => {
                    if self.checks == Checks::All {
                        if self.depth > 0 {
                            return self.fail(malformed("an element is not closed"));
                        }
                        if !self.root_seen {
                            return self.fail(malformed("there is no root element"));
                        }
                    }
                    return Ok(None);
                }
                Err(error) => {
                    let at =
                        self.base + usize::try_from(self.inner.error_position()).unwrap_or(self.token_start);
                    return Err(self.error(ErrorKind::Malformed(error.to_string().into()), at));
                }
            };
            return Ok(Some(token));
        }
    }

    /// As [`Reader::next_token`], for a walk over a span whose caller keeps the depth: text at depth 0
    /// is what surrounds the span's apex and is passed over.
    pub fn next_token_at_depth(&mut self, depth: usize) -> Result<Option<Token<'doc>>, Error> {
        self.depth = depth;
        self.next_token()
    }

    fn open(&mut self, empty: bool) -> Result<(), Error> {
        if self.checks == Checks::All {
            if self.depth == 0 && self.root_seen {
                return self.fail(malformed("a second root element"));
            }
            if self.depth >= self.max_depth {
                return self.fail(ErrorKind::Limit("nesting"));
            }
        }
        self.root_seen = true;
        if !empty {
            self.depth += 1;
        }
        Ok(())
    }

    fn start_tag(&self, tag: &'doc str, empty: bool) -> Result<Token<'doc>, Error> {
        let space = |octet: u8| matches!(octet, b' ' | b'\t' | b'\n' | b'\r');
        let at = tag.bytes().position(space).unwrap_or(tag.len());
        let name = tag.get(..at).unwrap_or_default();
        if self.checks == Checks::All && !is_qname(name) {
            return self.fail(malformed("an element name is not a qualified name"));
        }
        Ok(Token::Start { name, attributes: tag.get(at..).unwrap_or_default(), empty })
    }

    fn declaration(&self, raw: &str) -> Result<(), Error> {
        if self.token_start != 0 {
            return self.fail(malformed("an XML declaration that is not at the start"));
        }
        let inside = raw.strip_prefix("<?xml").and_then(|inside| inside.strip_suffix("?>"));
        let Some(inside) = inside else {
            return self.fail(malformed("the XML declaration is damaged"));
        };
        let mut expected = ["version", "encoding", "standalone"].into_iter();
        for attribute in Attributes::new(inside) {
            let attribute = attribute.map_err(|kind| self.error(kind, self.token_start))?;
            if (attribute.name == "version") != (expected.len() == 3) {
                return self.fail(malformed("the XML declaration does not begin with its version"));
            }
            let known = expected.any(|name| name == attribute.name);
            let good = match attribute.name {
                "version" => attribute.raw == "1.0",
                "encoding" => {
                    if !attribute.raw.eq_ignore_ascii_case("utf-8")
                        && !attribute.raw.eq_ignore_ascii_case("us-ascii")
                    {
                        return self.fail(ErrorKind::Encoding(attribute.raw.chars().take(40).collect()));
                    }
                    true
                }
                _ => matches!(attribute.raw, "yes" | "no"),
            };
            if !known || !good {
                return self.fail(malformed("the XML declaration is not well-formed"));
            }
        }
        if expected.len() == 3 {
            return self.fail(malformed("the XML declaration has no version"));
        }
        Ok(())
    }

    fn check_text(&self, raw: &str) -> Result<(), Error> {
        if let Some(at) = memchr::memmem::find(raw.as_bytes(), b"]]>") {
            return Err(self.error(malformed("]]> in text"), self.token_start + at));
        }
        self.check_characters(raw, self.token_start)
    }

    fn check_characters(&self, raw: &str, start: usize) -> Result<(), Error> {
        match forbidden_character(raw) {
            Some(at) => Err(self.error(malformed("a character that XML does not allow"), start + at)),
            None => Ok(()),
        }
    }
}

/// One attribute as written: its name, its raw value, and the offset of its name in the tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'doc> {
    pub name: &'doc str,
    pub raw: &'doc str,
}

/// The attributes of a tag, in order. White space before each is required (XML 1.0, 3.1).
pub struct Attributes<'doc> {
    rest: &'doc str,
    failed: bool,
}

impl<'doc> Attributes<'doc> {
    /// Attributes of `raw`, the part of a tag after its name.
    pub fn new(raw: &'doc str) -> Self {
        Self { rest: raw, failed: false }
    }

    fn parse(&mut self) -> Result<Option<Attribute<'doc>>, ErrorKind> {
        let trimmed = self.rest.trim_start_matches(is_space);
        if trimmed.is_empty() {
            return Ok(None);
        }
        if trimmed.len() == self.rest.len() {
            return Err(malformed("no white space before an attribute"));
        }
        let equals = memchr::memchr(b'=', trimmed.as_bytes());
        let (name, after) = equals
            .and_then(|at| Some((trimmed.get(..at)?, trimmed.get(at + 1..)?)))
            .ok_or_else(|| malformed("an attribute without a value"))?;
        let name = name.trim_end_matches(is_space);
        let after = after.trim_start_matches(is_space);
        let mut characters = after.chars();
        let quote = match characters.next() {
            Some(quote @ ('"' | '\'')) => quote,
            _ => return Err(malformed("an attribute value without quotes")),
        };
        let (raw, rest) = characters
            .as_str()
            .split_once(quote)
            .ok_or_else(|| malformed("an attribute value that does not end"))?;
        self.rest = rest;
        Ok(Some(Attribute { name, raw }))
    }
}

impl<'doc> Iterator for Attributes<'doc> {
    type Item = Result<Attribute<'doc>, ErrorKind>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let parsed = self.parse().transpose();
        self.failed = matches!(parsed, Some(Err(_)));
        parsed
    }
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

/// Text with line ends normalised (XML 1.0, 2.11).
pub fn line_ends(raw: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\r', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(raw.replace("\r\n", "\n").replace('\r', "\n"))
}

/// The character of a reference: `amp`, `lt`, `gt`, `quot`, `apos`, `#n`, `#xn` (XML 1.0, 4.1, 4.6).
fn reference(name: &str) -> Result<char, ErrorKind> {
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

fn forbidden_character(raw: &str) -> Option<usize> {
    // UTF-8 of U+FFFE and U+FFFF is EF BF BE and EF BF BF: only then are characters looked at singly.
    let suspicious = raw.bytes().fold(false, |found, octet| {
        found | ((octet < 0x20) & !matches!(octet, 9 | 10 | 13)) | (octet == 0xEF)
    });
    if !suspicious {
        return None;
    }
    raw.char_indices().find(|(_, character)| !is_allowed(*character)).map(|(at, _)| at)
}

/// Whether `raw` holds only characters that XML allows.
pub(crate) fn has_only_allowed_characters(raw: &str) -> bool {
    forbidden_character(raw).is_none()
}

fn is_name_start(character: char) -> bool {
    matches!(character, 'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}'
        | '\u{F8}'..='\u{2FF}' | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}'
        | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

fn is_name_part(character: char) -> bool {
    is_name_start(character)
        || matches!(character, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// Namespaces in XML 1.0, production NCName.
pub(crate) fn is_ncname(name: &str) -> bool {
    let mut octets = name.bytes();
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'_' | b'-' | b'.');
    if octets.next().is_some_and(|octet| octet.is_ascii_alphabetic() || octet == b'_') && octets.all(plain) {
        return true;
    }
    let mut characters = name.chars();
    characters.next().is_some_and(is_name_start) && characters.all(is_name_part)
}

/// Namespaces in XML 1.0, production QName.
pub(crate) fn is_qname(name: &str) -> bool {
    match name.split_once(':') {
        Some((prefix, local)) => is_ncname(prefix) && is_ncname(local),
        None => is_ncname(name),
    }
}

/// A qualified name as prefix (empty when there is none) and local part.
pub fn split_name(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}
