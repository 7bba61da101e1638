//! What tokens are made of: names, attributes, references, and the rules of XML 1.0 on their octets. Attributes
//! that are written as most are, are taken by a look at a block or two; whatever else may stand in a tag, and
//! all faults, are for the functions that look at one octet after another.

use crate::xml::block::{self, Block, First, WIDTH};
use crate::xml::encoding;
use crate::xml::namespace::declared_prefix;
use crate::xml::read::{ErrorKind, is_name_part, is_name_start, malformed, reference};

/// Octets from `start` up to `end`, offsets in the document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::xml) struct Span {
    pub(in crate::xml) start: usize,
    pub(in crate::xml) end: usize,
}

/// A qualified name: the prefix, if any, is `start..local - 1`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::xml) struct Name {
    pub(in crate::xml) start: usize,
    pub(in crate::xml) local: usize,
    pub(in crate::xml) end: usize,
}

impl Name {
    pub(in crate::xml) fn span(self) -> Span {
        Span { start: self.start, end: self.end }
    }

    pub(in crate::xml) fn local(self) -> Span {
        Span { start: self.local, end: self.end }
    }

    pub(in crate::xml) fn has_prefix(self) -> bool {
        self.local != self.start
    }

    /// The prefix, empty when there is none.
    pub(in crate::xml) fn prefix(self) -> Span {
        Span { start: self.start, end: self.local.saturating_sub(1).max(self.start) }
    }
}

/// An attribute or namespace declaration as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::xml) struct Attribute {
    pub(in crate::xml) name: Name,
    /// Between the quotes.
    pub(in crate::xml) value: Span,
    /// [`sort_key`] of the local name.
    pub(in crate::xml) key: u64,
    /// What is noticed of it, as bits: the length of the local name (of one that is longer than there are bits for
    /// it, some bit), and the marks below.
    marks: u64,
}

/// An attribute that is a namespace declaration.
const DECLARES: u64 = 1 << 32;
/// One whose name has a prefix; of the declarations, all but that of the default namespace have.
const PREFIXED: u64 = 1 << 33;
/// One whose value holds something that is normalised or escaped.
const REWRITTEN: u64 = 1 << 34;
/// One with space around the `=`, or quotes that are not double.
const LOOSE: u64 = 1 << 35;
/// In a tag: space that is not as Canonical XML writes it.
const SPACED: u64 = 1 << 36;
/// In a tag: attributes whose keys do not ascend.
const DISORDERED: u64 = 1 << 37;

impl Attribute {
    #[inline(always)]
    fn new(name: Name, value: Span, key: u64, marks: u64) -> Self {
        let length = 1 << ((name.end - name.local) & 31);
        Self { name, value, key, marks: marks | length | when(name.has_prefix(), PREFIXED) }
    }

    /// Whether it is a namespace declaration.
    #[inline(always)]
    pub(in crate::xml) fn declares(&self) -> bool {
        self.marks & DECLARES != 0
    }

    /// Whether the value holds nothing that is normalised or escaped.
    #[inline(always)]
    pub(in crate::xml) fn is_plain(&self) -> bool {
        self.marks & REWRITTEN == 0
    }
}

/// A mark, or none.
#[inline(always)]
fn when(it_is: bool, mark: u64) -> u64 {
    u64::from(it_is) * mark
}

/// The first eight octets of a name as a number that orders as they do. A name has no zero octet, so
/// names of up to eight octets are equal if their keys and lengths are.
pub(in crate::xml) fn sort_key(name: &[u8]) -> u64 {
    match name.first_chunk() {
        Some(first) => u64::from_be_bytes(*first),
        None => name.iter().fold(0, |key, &octet| key << 8 | u64::from(octet)) << shift(name.len()),
    }
}

/// [`sort_key`] of `octets[start..end]`.
pub(super) fn sort_key_at(octets: &[u8], start: usize, end: usize) -> u64 {
    match octets.get(start..).and_then(<[u8]>::first_chunk) {
        Some(first) => first_of(u64::from_be_bytes(*first), end - start),
        None => sort_key(octets.get(start..end).unwrap_or_default()),
    }
}

/// Of eight octets as a number, the first `length`, and zeros.
#[inline(always)]
fn first_of(octets: u64, length: usize) -> u64 {
    /// What is left of them.
    static LEFT: [u64; 9] = {
        let mut left = [u64::MAX; 9];
        let mut length = 0;
        while length < 8 {
            left[length] = !(u64::MAX >> (8 * length));
            length += 1;
        }
        left
    };
    octets & LEFT.get(length).copied().unwrap_or(u64::MAX)
}

/// By how many bits a number of so many octets is moved to the front; by none if there are none.
fn shift(length: usize) -> usize {
    if length == 0 { 0 } else { 64 - 8 * length.min(8) }
}

/// What is noticed of the attributes of a tag when they are scanned, so that few are looked at again.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::xml) struct Seen {
    /// The marks of all.
    marks: u64,
    /// The key of the last.
    last: u64,
}

impl Seen {
    #[inline(always)]
    pub(super) fn note(&mut self, attribute: &Attribute) {
        self.marks |= attribute.marks | when(attribute.key <= self.last, DISORDERED);
        self.last = attribute.key;
    }

    /// Notes space that is not as Canonical XML writes it.
    pub(super) fn note_space(&mut self) {
        self.marks |= SPACED;
    }

    /// Whether the attributes are laid out as Canonical XML writes them, in whatever order.
    #[inline(always)]
    pub(super) fn is_plain(&self) -> bool {
        self.marks & (REWRITTEN | LOOSE | SPACED) == 0
    }

    /// Whether namespaces are declared.
    #[inline(always)]
    pub(in crate::xml) fn declares(&self) -> bool {
        self.marks & DECLARES != 0
    }

    /// Whether a name has a prefix; of the declarations, all but that of the default namespace have.
    #[inline(always)]
    pub(in crate::xml) fn is_prefixed(&self) -> bool {
        self.marks & PREFIXED != 0
    }

    /// Whether the keys of the names ascend, so that no name can be there twice.
    #[inline(always)]
    pub(in crate::xml) fn ascends(&self) -> bool {
        self.marks & DISORDERED == 0
    }

    /// Whether no name has a prefix and the keys ascend: the order of Canonical XML, and no name twice.
    #[inline(always)]
    pub(in crate::xml) fn is_simple(&self) -> bool {
        self.marks & (PREFIXED | DISORDERED) == 0
    }

    /// Whether there may be local names of one of these lengths, given as bits.
    #[inline(always)]
    pub(in crate::xml) fn has_lengths(&self, lengths: u32) -> bool {
        self.marks & u64::from(lengths) != 0
    }
}

/// Why a token could not be taken.
pub(super) enum Stop {
    /// The octets at hand end within the token.
    More,
    Bad(Box<Fault>),
}

/// What is wrong, and the index where. It is apart from what is passed about for every token.
pub(super) struct Fault {
    pub(super) kind: ErrorKind,
    pub(super) at: usize,
}

#[cold]
#[inline(never)]
pub(super) fn fault(kind: ErrorKind, at: usize) -> Stop {
    Stop::Bad(Box::new(Fault { kind, at }))
}

#[cold]
#[inline(never)]
fn wrong(what: &'static str, at: usize) -> Stop {
    fault(malformed(what), at)
}

pub(super) fn bad<T>(what: &'static str, at: usize) -> Result<T, Stop> {
    Err(wrong(what, at))
}

const START: u8 = 1;
const PART: u8 = 2;
pub(super) const SPACE: u8 = 4;

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

pub(super) fn class(octet: u8) -> u8 {
    CLASS.get(usize::from(octet)).copied().unwrap_or(0)
}

pub(super) fn octet(octets: &[u8], at: usize) -> Result<u8, Stop> {
    octets.get(at).copied().ok_or(Stop::More)
}

pub(super) fn skip_space(octets: &[u8], mut at: usize) -> usize {
    while octets.get(at).is_some_and(|&octet| class(octet) & SPACE != 0) {
        at += 1;
    }
    at
}

/// The longest reference that is looked for: `&#x0010FFFF;` has room, names of entities are shorter.
const REFERENCE: usize = 64;

/// The qualified name at `start` (Namespaces in XML 1.0, 4), and as many of its octets as a block has.
#[inline(always)]
pub(super) fn name(octets: &[u8], start: usize, base: usize) -> Result<(Name, First), Stop> {
    let block = Block::at(octets, start);
    // What is not ASCII behind it may belong to it.
    if let Some((length, local)) = block.qualified_name()
        && octets.get(start + length).is_some_and(u8::is_ascii)
    {
        let begin = base + start;
        let name = Name { start: begin, local: begin + local, end: begin + length };
        return Ok((name, block.first(length)));
    }
    let name = any_name(octets, start, base)?;
    Ok((name, block.first(name.end - name.start)))
}

#[inline(never)]
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

/// A part of a tag.
pub(super) enum Part {
    Attribute(Attribute),
    /// The end of an empty-element tag or of another.
    End {
        empty: bool,
    },
}

/// Whatever stands in a tag behind its name or an attribute, and the index after it.
#[inline(never)]
pub(super) fn part_of_tag(
    octets: &[u8],
    at: usize,
    base: usize,
    may_be_attribute: bool,
    seen: &mut Seen,
) -> Result<(Part, usize), Stop> {
    let next = skip_space(octets, at);
    let first = octet(octets, next)?;
    let is_end = matches!(first, b'>' | b'/');
    let is_as_canonical = if is_end { next == at } else { next == at + 1 && octets.get(at) == Some(&b' ') };
    if !is_as_canonical {
        seen.note_space();
    }
    match first {
        b'>' => Ok((Part::End { empty: false }, next + 1)),
        b'/' => match octet(octets, next + 1)? {
            b'>' => Ok((Part::End { empty: true }, next + 2)),
            _ => bad("a slash within a tag", next),
        },
        _ if next == at => bad("no white space before an attribute", next),
        _ if !may_be_attribute => Err(fault(ErrorKind::Limit("attributes"), next)),
        _ => {
            let (attribute, after) = attribute(octets, next, base)?;
            Ok((Part::Attribute(attribute), after))
        }
    }
}

/// An attribute as most are written, with the space before it at `at`, and the index after it: a short name of
/// ASCII, no space around the `=`, and a value without anything that is normalised or escaped.
#[inline(always)]
pub(super) fn usual_attribute(octets: &[u8], at: usize, base: usize) -> Option<(Attribute, usize)> {
    /// Room for the space, the longest name, `="` and a block of the value.
    const ROOM: usize = 1 + WIDTH + 2 + WIDTH;
    /// What declarations begin with, behind two octets of no account.
    const XMLNS_EQUALS: u64 = u64::from_le_bytes(*b"\0\0xmlns=");
    const XMLNS_COLON: u64 = u64::from_le_bytes(*b"\0\0xmlns:");
    let room: &[u8; ROOM] = octets.get(at..)?.first_chunk()?;
    let (length, local) = Block::of(room.get(1..)?.first_chunk()?).qualified_name()?;
    let [b'=', quote @ (b'"' | b'\'')] = *room.get(1 + length..)?.first_chunk()? else { return None };
    let begin = at + 1;
    let open = begin + length + 2;
    let found = Block::of(room.get(3 + length..)?.first_chunk()?).value_ends().first();
    let end = match found {
        ..WIDTH => open + found,
        _ => block::find(octets, open + WIDTH, Block::value_ends)?,
    };
    if *octets.get(end)? != quote {
        return None;
    }
    let head = u64::from_le_bytes(*room.get(1..)?.first_chunk()?);
    let declares = [XMLNS_EQUALS, XMLNS_COLON].contains(&(head << 16));
    let key = first_of(u64::from_be_bytes(*room.get(1 + local..)?.first_chunk()?), length - local);
    let name = Name { start: base + begin, local: base + begin + local, end: base + begin + length };
    let value = Span { start: base + open, end: base + end };
    let marks = when(declares, DECLARES) | when(quote != b'"', LOOSE);
    Some((Attribute::new(name, value, key, marks), end + 1))
}

/// An attribute, and the index after it.
fn attribute(octets: &[u8], start: usize, base: usize) -> Result<(Attribute, usize), Stop> {
    let (name, _) = name(octets, start, base)?;
    let stop = name.end - base;
    let equals = skip_space(octets, stop);
    if octet(octets, equals)? != b'=' {
        return bad("an attribute without a value", start);
    }
    let open = skip_space(octets, equals + 1);
    let quote = octet(octets, open)?;
    if quote != b'"' && quote != b'\'' {
        return bad("an attribute value without quotes", start);
    }
    let tight = equals == stop && open == equals + 1 && quote == b'"';
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
    let declares = declared_prefix(octets.get(name.start - base..stop).unwrap_or_default()).is_some();
    let key = sort_key_at(octets, name.local - base, stop);
    let marks = when(declares, DECLARES) | when(!plain, REWRITTEN) | when(!tight, LOOSE);
    Ok((Attribute::new(name, value, key, marks), at + 1))
}

/// The character of the reference at `at`, and the index after it.
pub(super) fn resolve(octets: &[u8], at: usize) -> Result<(char, usize), Stop> {
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
        Some(Err(kind)) => Err(fault(kind, at)),
        None => bad("a reference that is not a name", at),
    }
}

/// Checks the inside of an XML declaration (XML 1.0, 2.8). The encoding it names was acted upon when
/// the octets were decoded.
pub(super) fn xml_declaration(inside: &[u8]) -> Result<(), ErrorKind> {
    let wrong = || malformed("the XML declaration is not well-formed");
    if encoding::DECLARATION.strip_prefix(b"<?xml").and_then(|rest| rest.strip_suffix(b"?>")) == Some(inside)
    {
        return Ok(());
    }
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
