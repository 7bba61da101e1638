//! The one scanner of XML. It finds the tokens of a document and enforces every rule of XML 1.0
//! well-formedness that can be seen at a token; what needs the namespaces in scope is enforced by
//! [`super::namespace`].
//!
//! Every pass over a document, the first that makes the index and the later ones that canonicalise, is
//! this code over the same octets, so that no two parts of the program can see two documents. There is
//! no DOCTYPE, hence no entity beyond the five predefined ones, no default attribute and no attribute
//! type. A token is a kind of few octets; the scanner tells where its name and content stand. Nothing is
//! copied and nothing is allocated per element.
//!
//! Tags carry `plain`: whether the octets are laid out as Canonical XML writes them, so that a
//! canonicaliser can pass them on as they are; of an empty-element tag, whether they are up to its slash.

use std::cell::Cell;

use super::block::{self, Block, WIDTH};
use super::input::Input;
use super::read::{Error, ErrorKind, Limits, is_name_part, is_name_start, malformed, reference};

/// Octets from `start` up to `end`, offsets in the document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A qualified name: the prefix, if any, is `start..local - 1`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) start: usize,
    pub(super) local: usize,
    pub(super) end: usize,
}

impl Name {
    pub(super) fn span(self) -> Span {
        Span { start: self.start, end: self.end }
    }

    pub(super) fn local(self) -> Span {
        Span { start: self.local, end: self.end }
    }

    pub(super) fn has_prefix(self) -> bool {
        self.local != self.start
    }

    /// The prefix, empty when there is none.
    pub(super) fn prefix(self) -> Span {
        Span { start: self.start, end: self.local.saturating_sub(1).max(self.start) }
    }
}

/// An attribute or namespace declaration as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) name: Name,
    /// Between the quotes.
    pub(super) value: Span,
    /// [`sort_key`] of the local name.
    pub(super) key: u64,
    /// Whether it is a namespace declaration.
    pub(super) declares: bool,
    /// Whether the value holds nothing that is normalised or escaped.
    pub(super) plain: bool,
    /// Whether there is no space around the `=`, and the quotes are double.
    pub(super) tight: bool,
}

/// The first eight octets of a name as a number that orders as they do. A name has no zero octet, so
/// names of up to eight octets are equal if their keys and lengths are.
pub(super) fn sort_key(name: &[u8]) -> u64 {
    match name.first_chunk() {
        Some(first) => u64::from_be_bytes(*first),
        None => name.iter().fold(0, |key, &octet| key << 8 | u64::from(octet)) << shift(name.len()),
    }
}

/// [`sort_key`] of `octets[start..end]`.
fn sort_key_at(octets: &[u8], start: usize, end: usize) -> u64 {
    let length = end - start;
    match octets.get(start..).and_then(<[u8]>::first_chunk) {
        Some(first) if (1..8).contains(&length) => {
            let shift = shift(length);
            u64::from_be_bytes(*first) >> shift << shift
        }
        _ => sort_key(octets.get(start..end).unwrap_or_default()),
    }
}

/// By how many bits a number of so many octets, at most 7, is moved to the front.
fn shift(length: usize) -> usize {
    if length == 0 { 0 } else { 64 - 8 * length.min(8) }
}

/// A token of the document. It is small on purpose: offsets that went with it would be copied at every
/// call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A start tag, or an empty-element tag when `empty`. Its name is [`Scanner::name`], its attributes are
    /// [`Scanner::attributes`]; `declares` says that namespace declarations are among them.
    Start { empty: bool, plain: bool, declares: bool },
    /// The end tag of [`Scanner::name`].
    End { plain: bool },
    /// Text or a piece of it, without references; line ends as written. It is [`Scanner::data`].
    Text,
    /// The inside of a CDATA section or a piece of it: [`Scanner::data`].
    CData,
    /// A character reference or a predefined entity.
    Char(char),
    /// [`Scanner::data`] is what stands between the hyphens.
    Comment,
    /// The target is [`Scanner::name`], what follows it [`Scanner::data`].
    ProcessingInstruction,
}

/// Why a token could not be taken.
enum Stop {
    /// The octets at hand end within the token.
    More,
    Bad(ErrorKind, usize),
}

fn bad<T>(what: &'static str, at: usize) -> Result<T, Stop> {
    Err(Stop::Bad(malformed(what), at))
}

const START: u8 = 1;
const PART: u8 = 2;
const SPACE: u8 = 4;

static CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 128 {
        #[expect(clippy::cast_possible_truncation, reason = "below 128")]
        let octet = at as u8;
        if octet.is_ascii_alphabetic() || octet == b'_' {
            table[at] |= START | PART;
        }
        if octet.is_ascii_digit() || octet == b'-' || octet == b'.' {
            table[at] |= PART;
        }
        if matches!(octet, b' ' | b'\t' | b'\n' | b'\r') {
            table[at] |= SPACE;
        }
        at += 1;
    }
    table
};

fn class(octet: u8) -> u8 {
    CLASS.get(usize::from(octet)).copied().unwrap_or(0)
}

fn octet(octets: &[u8], at: usize) -> Result<u8, Stop> {
    octets.get(at).copied().ok_or(Stop::More)
}

fn skip_space(octets: &[u8], mut at: usize) -> usize {
    while octets.get(at).is_some_and(|&octet| class(octet) & SPACE != 0) {
        at += 1;
    }
    at
}

/// The longest reference that is looked for: `&#x0010FFFF;` has room, names of entities are shorter.
const REFERENCE: usize = 64;

/// The name of an open element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Open {
    length: usize,
    /// As many of its octets as a block has, all of a short name.
    first: u128,
    /// How many octets of long names came before.
    long: usize,
}

impl Open {
    fn is_long(&self) -> bool {
        self.length > WIDTH
    }
}

/// A pull scanner. Offsets are the document's.
pub(super) struct Scanner<I> {
    input: I,
    /// Index of the next octet among those at hand.
    at: usize,
    /// Index of the first octet of the token.
    start: usize,
    /// Index of the first octet of the text before it that was passed over, or of its own.
    before: usize,
    /// Whether short text before a token is passed over with it.
    passes_text: bool,
    /// Of the last token, if it has one.
    name: Name,
    data: Span,
    attributes: Vec<Attribute>,
    /// The open elements, and their long names one after another.
    open: Vec<Open>,
    names: Vec<u8>,
    nesting: usize,
    most_attributes: usize,
    in_cdata: bool,
    root_seen: bool,
    /// Over one element alone: the scan ends with it.
    single: bool,
    ended: bool,
    /// Octets from here on are still wanted by the pass.
    held: Cell<Option<usize>>,
    /// Whether the text of the last token is canonical as it stands, if that is known.
    plain_text: Option<bool>,
}

impl<I: Input> Scanner<I> {
    /// Over a whole document.
    pub(super) fn document(input: I, limits: &Limits) -> Self {
        Self {
            input,
            at: 0,
            start: 0,
            before: 0,
            passes_text: false,
            name: Name::default(),
            data: Span::default(),
            attributes: Vec::with_capacity(8),
            open: Vec::with_capacity(16),
            names: Vec::new(),
            nesting: limits.nesting,
            most_attributes: limits.attributes,
            in_cdata: false,
            root_seen: false,
            single: false,
            ended: false,
            held: Cell::new(None),
            plain_text: None,
        }
    }

    /// Over the element that begins at `start`.
    pub(super) fn element(mut input: I, start: usize, limits: &Limits) -> Result<Self, Error> {
        input.seek(start)?;
        let at = start.saturating_sub(input.base());
        Ok(Self { at, start: at, before: at, single: true, ..Self::document(input, limits) })
    }

    /// From now on short text that is canonical as it stands may come with the token after it, which is
    /// half the work: it stands from [`Scanner::text_start`] on.
    pub(super) fn pass_text(&mut self) {
        self.passes_text = true;
    }

    /// Offset of the text that came with the last token; of the token itself when there was none.
    pub(super) fn text_start(&self) -> usize {
        self.input.base() + self.before
    }

    /// Offset of the first octet of the last token.
    pub(super) fn token_start(&self) -> usize {
        self.input.base() + self.start
    }

    /// Offset after the last token.
    pub(super) fn token_end(&self) -> usize {
        self.input.base() + self.at
    }

    /// The name in the last token: of a tag, or the target of an instruction.
    pub(super) fn name(&self) -> Name {
        self.name
    }

    /// The content of the last token: of text, a CDATA section, a comment, an instruction.
    pub(super) fn data(&self) -> Span {
        self.data
    }

    /// [`sort_key`] of a span of the last token.
    pub(super) fn key(&self, span: Span) -> u64 {
        let base = self.input.base();
        sort_key_at(self.input.octets(), span.start - base, span.end - base)
    }

    /// The octets of a span of the last token.
    pub(super) fn slice(&self, span: Span) -> &[u8] {
        let base = self.input.base();
        self.input.octets().get(span.start - base..span.end - base).unwrap_or_default()
    }

    /// Octets that were held back; `None` when they are no longer at hand.
    pub(super) fn held(&self, span: Span) -> Option<&[u8]> {
        let base = self.input.base();
        self.input.octets().get(span.start.checked_sub(base)?..span.end.checked_sub(base)?)
    }

    /// The text of a span of the last token.
    pub(super) fn text_at(&self, span: Span) -> &str {
        let base = self.input.base();
        self.input.text(span.start - base, span.end - base).unwrap_or_default()
    }

    /// Whether the text that is the last token is canonical as it stands.
    pub(super) fn is_plain_text(&self) -> bool {
        self.plain_text.unwrap_or_else(|| {
            let text = self.slice(self.data);
            match self.input.may_hold_carriage_return() {
                true => memchr::memchr2(b'\r', b'>', text).is_none(),
                false => memchr::memchr(b'>', text).is_none(),
            }
        })
    }

    /// Attributes and namespace declarations of the last start tag.
    pub(super) fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// Open elements.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// After the start tag of an element that ends at `end`: goes on behind it.
    pub(super) fn skip_element(&mut self, end: usize, empty: bool) -> Result<(), Error> {
        if !empty {
            self.close();
        }
        self.input.seek(end)?;
        self.at = end.saturating_sub(self.input.base());
        Ok(())
    }

    /// Keeps the octets from `offset` on at hand until [`Scanner::release`].
    pub(super) fn hold(&self, offset: usize) {
        self.held.set(Some(offset));
    }

    /// Ends a [`Scanner::hold`].
    pub(super) fn release(&self) {
        self.held.set(None);
    }

    fn close(&mut self) {
        if let Some(open) = self.open.pop() {
            self.names.truncate(open.long);
        }
    }

    /// The error `kind` at the last token.
    pub(super) fn error(&self, kind: ErrorKind) -> Error {
        self.input.error(kind, self.token_start())
    }

    /// The next token, or `None` at the end. The XML declaration is checked and passed over.
    pub(super) fn next(&mut self) -> Result<Option<Token>, Error> {
        if self.single && self.root_seen && self.open.is_empty() {
            return Ok(None);
        }
        loop {
            self.before = self.at;
            self.start = self.at;
            match self.token() {
                Ok(Some(token)) => return Ok(Some(token)),
                Ok(None) if self.ended => return Ok(None),
                Ok(None) => {}
                Err(Stop::Bad(kind, at)) => return Err(self.input.error(kind, self.input.base() + at)),
                Err(Stop::More) => {
                    let before = self.text_start();
                    if !self.input.more(self.held.get().map_or(before, |held| held.min(before)))? {
                        return Err(self.error(malformed(self.unfinished())));
                    }
                    self.at = before - self.input.base();
                }
            }
        }
    }

    fn unfinished(&self) -> &'static str {
        match self.input.octets().get(self.start..).unwrap_or_default() {
            [b'<', b'!', b'-', ..] => "a comment that does not end",
            [b'<', b'?', ..] => "a processing instruction that does not end",
            [b'<', ..] => "a tag that does not end",
            [b'&', ..] => "a reference without its semicolon",
            _ if self.in_cdata => "a CDATA section that does not end",
            _ => "the document ends too early",
        }
    }

    /// Takes one token. `None` for what is passed over and, with `ended` set, at the end.
    fn token(&mut self) -> Result<Option<Token>, Stop> {
        if self.in_cdata {
            return self.cdata();
        }
        if self.passes_text {
            self.pass_short_text();
        }
        let octets = self.input.octets();
        let Some(&first) = octets.get(self.at) else {
            if !self.input.ended() {
                return Err(Stop::More);
            }
            self.ended = true;
            return self.end_of_document().map(|()| None);
        };
        match first {
            b'<' => match octet(octets, self.at + 1)? {
                b'/' => self.end_tag().map(Some),
                b'!' => self.declaration_or_comment(),
                b'?' => self.instruction(),
                _ => self.start_tag().map(Some),
            },
            b'&' => self.reference().map(Some),
            _ => self.text(),
        }
    }

    fn end_of_document(&self) -> Result<(), Stop> {
        if !self.open.is_empty() {
            return bad("an element is not closed", self.at);
        }
        if !self.root_seen {
            return bad("there is no root element", self.at);
        }
        Ok(())
    }

    fn start_tag(&mut self) -> Result<Token, Stop> {
        if self.open.is_empty() && self.root_seen {
            return bad("a second root element", self.at);
        }
        if self.open.len() >= self.nesting {
            return Err(Stop::Bad(ErrorKind::Limit("nesting"), self.at));
        }
        let octets = self.input.octets();
        let base = self.input.base();
        let (name, first) = name(octets, self.at + 1, base)?;
        self.attributes.clear();
        let mut at = name.end - base;
        let mut plain = true;
        let mut declares = false;
        let empty = loop {
            let next = skip_space(octets, at);
            match octet(octets, next)? {
                b'>' => {
                    plain &= next == at;
                    at = next + 1;
                    break false;
                }
                b'/' => {
                    if octet(octets, next + 1)? != b'>' {
                        return bad("a slash within a tag", next);
                    }
                    plain &= next == at;
                    at = next + 2;
                    break true;
                }
                _ if next == at => return bad("no white space before an attribute", next),
                _ => {
                    if self.attributes.len() >= self.most_attributes {
                        return Err(Stop::Bad(ErrorKind::Limit("attributes"), next));
                    }
                    plain &= next == at + 1 && octets.get(at) == Some(&b' ');
                    let (attribute, after) = attribute(octets, next, base)?;
                    plain &= attribute.tight && attribute.plain;
                    declares |= attribute.declares;
                    self.attributes.push(attribute);
                    at = after;
                }
            }
        };
        self.root_seen = true;
        if !empty {
            let (begin, length) = (name.start - base, name.end - name.start);
            let open = Open { length, first, long: self.names.len() };
            if open.is_long() {
                let written = octets.get(begin..begin + length).unwrap_or_default();
                self.names.extend_from_slice(written);
            }
            self.open.push(open);
        }
        self.at = at;
        self.name = name;
        Ok(Token::Start { empty, plain, declares })
    }

    fn end_tag(&mut self) -> Result<Token, Stop> {
        let octets = self.input.octets();
        let base = self.input.base();
        let Some(open) = self.open.last() else {
            return bad("an end tag without its start", self.at);
        };
        let begin = self.at + 2;
        let stop = begin + open.length;
        if stop >= octets.len() && !self.input.ended() {
            return Err(Stop::More);
        }
        // A prefix of the right name that the document cuts off has not ended either.
        let same = stop < octets.len()
            && Block::at(octets, begin).first(open.length) == open.first
            && (!open.is_long() || octets.get(begin..stop) == self.names.get(open.long..));
        if !same {
            return bad("an end tag that does not match its start", self.at);
        }
        let (end, plain) = match octets.get(stop) {
            Some(b'>') => (stop + 1, true),
            _ => {
                let close = skip_space(octets, stop);
                if octet(octets, close)? != b'>' {
                    return bad("an end tag that does not match its start", self.at);
                }
                (close + 1, false)
            }
        };
        self.at = end;
        self.close();
        self.name = Name { start: base + begin, local: base + begin, end: base + stop };
        Ok(Token::End { plain })
    }

    /// Text of some octets before a tag.
    #[inline(always)]
    fn pass_short_text(&mut self) {
        let octets = self.input.octets();
        let length = Block::at(octets, self.at).text_ends().first();
        let is_before_tag = match octets.get(self.at + length..) {
            Some([b'<', next, ..]) => !matches!(next, b'!' | b'?'),
            _ => false,
        };
        if length < WIDTH && is_before_tag && !self.open.is_empty() {
            self.at += length;
            self.start = self.at;
        }
    }

    fn text(&mut self) -> Result<Option<Token>, Stop> {
        /// Text that ends within so many octets is looked at once for everything.
        const SHORT: usize = 32;
        let octets = self.input.octets();
        let rest = octets.get(self.at..).unwrap_or_default();
        let near = rest.get(..SHORT).unwrap_or(rest);
        let mut rewritten = false;
        let mut next = block::find(near, 0, Block::text_ends);
        while let Some(at) = next
            && let Some(b'>' | b'\r') = near.get(at)
        {
            rewritten = true;
            next = block::find(near, at + 1, Block::text_ends);
        }
        let short = next;
        let length = match short {
            Some(length) => length,
            None => match memchr::memchr2(b'<', b'&', rest.get(near.len()..).unwrap_or_default()) {
                Some(length) => near.len() + length,
                None if self.input.ended() => rest.len(),
                None => divisible(rest)?,
            },
        };
        let piece = rest.get(..length).unwrap_or_default();
        let may_hold_cdata_end = match short {
            Some(_) => rewritten,
            None => memchr::memchr(b']', piece).is_some(),
        };
        if may_hold_cdata_end && let Some(at) = memchr::memmem::find(piece, b"]]>") {
            return bad("]]> in text", self.at + at);
        }
        let outside = self.open.is_empty();
        if outside && let Some(at) = piece.iter().position(|&octet| class(octet) & SPACE == 0) {
            return bad("text outside the root element", self.at + at);
        }
        self.plain_text = short.map(|_| !rewritten);
        let start = self.input.base() + self.at;
        self.at += length;
        self.data = Span { start, end: start + length };
        Ok((!outside).then_some(Token::Text))
    }

    fn reference(&mut self) -> Result<Token, Stop> {
        if self.open.is_empty() {
            return bad("a reference outside the root element", self.at);
        }
        let octets = self.input.octets();
        let (character, end) = resolve(octets, self.at)?;
        self.at = end;
        Ok(Token::Char(character))
    }

    /// `<!`: a comment, a CDATA section, or a DOCTYPE, which is refused.
    fn declaration_or_comment(&mut self) -> Result<Option<Token>, Stop> {
        let octets = self.input.octets();
        let rest = octets.get(self.at + 2..).unwrap_or_default();
        if rest.starts_with(b"--") {
            return self.comment().map(Some);
        }
        if rest.starts_with(b"[CDATA[") {
            if self.open.is_empty() {
                return bad("a CDATA section outside the root element", self.at);
            }
            self.at += 9;
            self.in_cdata = true;
            return Ok(None);
        }
        if rest.len() < 7 && !self.input.ended() {
            return Err(Stop::More);
        }
        if rest.starts_with(b"DOCTYPE") {
            return Err(Stop::Bad(ErrorKind::Doctype, self.at));
        }
        bad("a declaration that has no place here", self.at)
    }

    fn comment(&mut self) -> Result<Token, Stop> {
        let octets = self.input.octets();
        let begin = self.at + 4;
        let inside = octets.get(begin..).ok_or(Stop::More)?;
        // Hyphens are few: cheaper than to prepare a search for two.
        let length = memchr::memchr_iter(b'-', inside)
            .find(|at| inside.get(at + 1) == Some(&b'-'))
            .ok_or(Stop::More)?;
        if octet(octets, begin + length + 2)? != b'>' {
            return bad("two hyphens within a comment", begin + length);
        }
        self.at = begin + length + 3;
        let start = self.input.base() + begin;
        self.data = Span { start, end: start + length };
        Ok(Token::Comment)
    }

    /// A piece of a CDATA section.
    fn cdata(&mut self) -> Result<Option<Token>, Stop> {
        let octets = self.input.octets();
        let rest = octets.get(self.at..).unwrap_or_default();
        let start = self.input.base() + self.at;
        let (length, ends) = match memchr::memmem::find(rest, b"]]>") {
            Some(length) => (length, true),
            None if self.input.ended() => return Err(Stop::More),
            None => (divisible(rest)?, false),
        };
        self.at += length;
        if ends {
            self.at += 3;
            self.in_cdata = false;
        }
        // An empty section is an empty piece: where it stands is no matter of canonical form.
        self.data = Span { start, end: start + length };
        Ok((length > 0).then_some(Token::CData))
    }

    fn instruction(&mut self) -> Result<Option<Token>, Stop> {
        let octets = self.input.octets();
        let base = self.input.base();
        let begin = self.at + 2;
        let inside = octets.get(begin..).ok_or(Stop::More)?;
        let length = memchr::memmem::find(inside, b"?>").ok_or(Stop::More)?;
        let after = begin + length + 2;
        let (target, _) = name(octets, begin, base)?;
        let stop = target.end - base;
        let written = octets.get(begin..stop).unwrap_or_default();
        let data = skip_space(octets, stop).min(begin + length);
        if stop > begin + length || (data == stop && stop < begin + length) {
            return bad("a processing instruction without white space after its name", self.at);
        }
        if written.eq_ignore_ascii_case(b"xml") {
            if self.at + base != 0 || written != b"xml" {
                return bad("an XML declaration that is not at the start", self.at);
            }
            let inside = octets.get(stop..begin + length).unwrap_or_default();
            xml_declaration(inside).map_err(|kind| Stop::Bad(kind, self.at))?;
            self.at = after;
            return Ok(None);
        }
        if target.local != target.start {
            return bad("a colon in the name of a processing instruction", self.at);
        }
        self.at = after;
        self.name = target;
        self.data = Span { start: base + data, end: base + begin + length };
        Ok(Some(Token::ProcessingInstruction))
    }
}

/// How much of text that goes on beyond the octets at hand can be passed on: what may belong together
/// with what follows (`]]>`, a carriage return and its line feed) is held back.
fn divisible(rest: &[u8]) -> Result<usize, Stop> {
    const LEAST: usize = 4096;
    if rest.len() < LEAST {
        return Err(Stop::More);
    }
    let mut length = rest.len();
    while rest.len() - length < 2 && rest.get(length - 1).is_some_and(|octet| matches!(octet, b']' | b'\r')) {
        length -= 1;
    }
    Ok(length)
}

/// The qualified name at `start` (Namespaces in XML 1.0, 4), and as many of its octets as a block has.
#[inline(always)]
fn name(octets: &[u8], start: usize, base: usize) -> Result<(Name, u128), Stop> {
    let block = Block::at(octets, start);
    let marks = block.name();
    let length = marks.ends.first();
    if length < WIDTH {
        let colons = marks.colons.before(length);
        let local = if colons.is_empty() { 0 } else { colons.first() + 1 };
        // All else is looked at octet by octet.
        if marks.starts.has(0)
            && marks.starts.has(local)
            && colons.after_first().is_empty()
            && !marks.beyond.has(length)
            && start + length < octets.len()
        {
            let begin = base + start;
            let name = Name { start: begin, local: begin + local, end: begin + length };
            return Ok((name, block.first(length)));
        }
    }
    let name = any_name(octets, start, base)?;
    Ok((name, block.first(name.end - name.start)))
}

#[cold]
fn any_name(octets: &[u8], start: usize, base: usize) -> Result<Name, Stop> {
    const NOT_QUALIFIED: &str = "a name that is not a qualified name";
    let mut local = start;
    loop {
        let mut at = match octet(octets, local)? {
            first if class(first) & START != 0 => local + 1,
            first if first >= 0x80 => local + character(octets, local, is_name_start)?,
            _ => return bad(NOT_QUALIFIED, start),
        };
        let end = loop {
            match octet(octets, at)? {
                next if class(next) & PART != 0 => at += 1,
                next if next >= 0x80 => at += character(octets, at, is_name_part)?,
                next => break next,
            }
        };
        if end != b':' {
            return Ok(Name { start: base + start, local: base + local, end: base + at });
        }
        if local != start {
            return bad(NOT_QUALIFIED, start);
        }
        local = at + 1;
    }
}

/// The length of the character at `at`, if `allowed` in a name.
fn character(octets: &[u8], at: usize, allowed: fn(char) -> bool) -> Result<usize, Stop> {
    let length = match octet(octets, at)? {
        0..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    };
    let found = octets
        .get(at..at + length)
        .and_then(|octets| std::str::from_utf8(octets).ok())
        .and_then(|text| text.chars().next());
    match found {
        Some(found) if allowed(found) => Ok(length),
        _ => bad("a character that is not allowed in a name", at),
    }
}

/// The name `xmlns` as a number, its first octet lowest.
const XMLNS: u64 = u64::from_le_bytes(*b"xmlns\0\0\0");

/// The first eight of sixteen octets.
fn low(octets: u128) -> u64 {
    (octets & u128::from(u64::MAX)) as u64
}

/// An attribute, and the index after it.
#[inline(always)]
fn attribute(octets: &[u8], start: usize, base: usize) -> Result<(Attribute, usize), Stop> {
    let (name, first) = name(octets, start, base)?;
    let (stop, length) = (name.end - base, name.end - name.start);
    let (tight, open, quote) = match octets.get(stop..).and_then(<[u8]>::first_chunk) {
        Some(b"=\"") => (true, stop + 1, b'"'),
        _ => {
            let equals = skip_space(octets, stop);
            if octet(octets, equals)? != b'=' {
                return bad("an attribute without a value", start);
            }
            let open = skip_space(octets, equals + 1);
            let quote = octet(octets, open)?;
            if quote != b'"' && quote != b'\'' {
                return bad("an attribute value without quotes", start);
            }
            (false, open, quote)
        }
    };
    let mut at = open + 1;
    let mut plain = true;
    loop {
        at = block::find(octets, at, Block::value_ends).ok_or(Stop::More)?;
        match octet(octets, at)? {
            next if next == quote => break,
            b'<' => return bad("< in an attribute value", at),
            b'&' => {
                plain = false;
                at = resolve(octets, at)?.1;
            }
            next => {
                plain &= next == b'\'';
                at += 1;
            }
        }
    }
    let value = Span { start: base + open + 1, end: base + at };
    let front = low(first);
    let declares = front & 0xFF_FFFF_FFFF == XMLNS && matches!(front.to_le_bytes(), [.., 0 | b':', _, _]);
    let key = match length {
        // All of the name is in `first`.
        ..=WIDTH => low(first >> (8 * (name.local - name.start))).swap_bytes(),
        _ => sort_key_at(octets, name.local - base, stop),
    };
    Ok((Attribute { name, value, key, declares, plain, tight }, at + 1))
}

/// The character of the reference at `at`, and the index after it.
fn resolve(octets: &[u8], at: usize) -> Result<(char, usize), Stop> {
    let rest = octets.get(at + 1..).unwrap_or_default();
    let near = rest.get(..rest.len().min(REFERENCE)).unwrap_or_default();
    let Some(length) = memchr::memchr(b';', near) else {
        if near.len() < REFERENCE {
            return Err(Stop::More);
        }
        return bad("a reference without its semicolon", at);
    };
    let name = near.get(..length).and_then(|name| std::str::from_utf8(name).ok());
    match name.map(reference) {
        Some(Ok(character)) => Ok((character, at + 1 + length + 1)),
        Some(Err(kind)) => Err(Stop::Bad(kind, at)),
        None => bad("a reference that is not a name", at),
    }
}

/// Checks the inside of an XML declaration (XML 1.0, 2.8). The encoding it names was acted upon when
/// the octets were decoded.
fn xml_declaration(inside: &[u8]) -> Result<(), ErrorKind> {
    let wrong = || malformed("the XML declaration is not well-formed");
    // The scanner's own attribute rule needs an octet after the last value.
    let octets = [inside, b"?"].concat();
    let mut expected = ["version", "encoding", "standalone"].into_iter();
    let mut at = 0;
    let mut count = 0;
    loop {
        let next = skip_space(&octets, at);
        if octets.get(next) == Some(&b'?') && next + 1 == octets.len() {
            break;
        }
        if next == at {
            return Err(wrong());
        }
        let Ok((attribute, after)) = attribute(&octets, next, 0) else { return Err(wrong()) };
        let name = octets.get(attribute.name.start..attribute.name.end).unwrap_or_default();
        let value = octets.get(attribute.value.start..attribute.value.end).unwrap_or_default();
        if (name == b"version") != (count == 0) || !expected.any(|known| known.as_bytes() == name) {
            return Err(wrong());
        }
        let good = match name {
            b"version" => value == b"1.0",
            b"encoding" => value.first().is_some_and(u8::is_ascii_alphabetic),
            _ => matches!(value, b"yes" | b"no"),
        };
        if !good {
            return Err(wrong());
        }
        at = after;
        count += 1;
    }
    if count == 0 { Err(wrong()) } else { Ok(()) }
}
