//! The one scanner of XML. It finds the tokens of a document and enforces every rule of XML 1.0
//! well-formedness that can be seen at a token; what needs the namespaces in scope is enforced by
//! [`super::namespace`].
//!
//! Every pass over a document, the first that makes the index and the later ones that canonicalise, is
//! this code over the same octets, so that no two parts of the program can see two documents. There is
//! no DOCTYPE, hence no entity beyond the five predefined ones, no default attribute and no attribute
//! type. A token is a kind; the scanner tells where its name and content stand. Nothing is
//! copied and nothing is allocated per element.
//!
//! Of tags it tells whether the octets are laid out as Canonical XML writes them, so that a canonicaliser can pass
//! them on as they are; of an empty-element tag, whether they are up to its slash.

use std::cell::Cell;

use smallvec::SmallVec;

pub(super) use self::tag::{Attribute, Name, Seen, Span, sort_key};
use self::tag::{
    Fault, Part, SPACE, Stop, bad, class, fault, name, octet, part_of_tag, resolve, skip_space, sort_key_at,
    usual_attribute, xml_declaration,
};
use super::block::{self, Block, First, WIDTH};
use super::input::Input;
use super::read::{Error, ErrorKind, Limits, malformed};

mod tag;

/// A token of the document. It is one octet on purpose: what went with it would be copied at every call, and what
/// is written to memory in parts and then read back as one makes a processor wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A start tag or an empty-element tag. Its name is [`Scanner::name`], its attributes are
    /// [`Scanner::attributes`].
    Start(Extent),
    /// The end tag of [`Scanner::name`].
    End,
    /// Text or a piece of it, without references; line ends as written. It is [`Scanner::data`].
    Text,
    /// The inside of a CDATA section or a piece of it: [`Scanner::data`].
    CData,
    /// A character reference or a predefined entity: [`Scanner::character`].
    Char,
    /// [`Scanner::data`] is what stands between the hyphens.
    Comment,
    /// The target is [`Scanner::name`], what follows it [`Scanner::data`].
    ProcessingInstruction,
}

impl Token {
    /// Whether an element ends with it: the one that it is the end tag of, or all of.
    #[inline(always)]
    pub(super) fn ends_element(self) -> bool {
        match self {
            Self::Start(extent) => extent != Extent::Open,
            Self::End => true,
            _ => false,
        }
    }
}

/// How much of its element came with a start tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// The tag alone: content and an end tag follow.
    Open,
    /// All: an empty-element tag.
    Empty,
    /// All: short text, which is [`Scanner::leaf_text`], and an end tag, both canonical as they stand. Only for
    /// a pass that takes leaves ([`Scanner::take_leaves`]).
    Leaf,
}

/// The name of an open element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Open {
    length: usize,
    /// As many of its octets as a block has, all of a short name.
    first: First,
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
    /// Index after the start tag that the token is or begins with.
    tag_end: usize,
    /// Whether short text before a token is passed over with it.
    passes_text: bool,
    /// Whether elements that hold nothing but short text are taken whole.
    takes_leaves: bool,
    /// Of the last token, if it has one.
    name: Name,
    data: Span,
    character: char,
    attributes: Vec<Attribute>,
    seen: Seen,
    /// Whether it, a tag, is laid out as Canonical XML writes it.
    plain_tag: bool,
    /// The open elements, and their long names one after another.
    open: Vec<Open>,
    names: SmallVec<[u8; 64]>,
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
            tag_end: 0,
            passes_text: false,
            takes_leaves: false,
            name: Name::default(),
            data: Span::default(),
            character: char::default(),
            attributes: Vec::with_capacity(8),
            seen: Seen::default(),
            plain_tag: false,
            open: Vec::with_capacity(16),
            names: SmallVec::new(),
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

    /// From now on, as well, an element that holds nothing but short text may come as one token, which is less
    /// than half the work: most elements of dense markup are such.
    pub(super) fn take_leaves(&mut self) {
        self.passes_text = true;
        self.takes_leaves = true;
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

    /// Offset after the start tag that the last token is or begins with.
    pub(super) fn tag_end(&self) -> usize {
        self.input.base() + self.tag_end
    }

    /// The text of the element that is the last token: empty unless it is a leaf, and maybe then.
    pub(super) fn leaf_text(&self) -> Span {
        let start = self.tag_end();
        // Behind the text of a leaf stands `</`, the name and `>`.
        let end = self.token_end().saturating_sub(self.name.end - self.name.start + 3);
        Span { start, end: end.max(start) }
    }

    /// The name in the last token: of a tag, or the target of an instruction.
    pub(super) fn name(&self) -> Name {
        self.name
    }

    /// The content of the last token: of text, a CDATA section, a comment, an instruction.
    pub(super) fn data(&self) -> Span {
        self.data
    }

    /// What the reference that is the last token stands for.
    pub(super) fn character(&self) -> char {
        self.character
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

    /// The octets at hand from an offset in the last token on.
    #[inline(always)]
    pub(super) fn rest(&self, offset: usize) -> &[u8] {
        self.input.octets().get(offset - self.input.base()..).unwrap_or_default()
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

    /// Whether the tag that is the last token, or that it begins with, is laid out as Canonical XML writes it,
    /// attributes in whatever order.
    #[inline(always)]
    pub(super) fn is_plain_tag(&self) -> bool {
        self.plain_tag
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

    /// What was noticed of them.
    #[inline(always)]
    pub(super) fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Open elements.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// After the start tag of an element that ends at `end`: goes on behind it.
    pub(super) fn skip_element(&mut self, end: usize, extent: Extent) -> Result<(), Error> {
        if extent == Extent::Open {
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
                Err(Stop::Bad(fault)) => return Err(self.fault(*fault)),
                Err(Stop::More) => self.more()?,
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn fault(&self, fault: Fault) -> Error {
        self.input.error(fault.kind, self.input.base() + fault.at)
    }

    /// Brings more octets for a token that those at hand end within.
    #[cold]
    #[inline(never)]
    fn more(&mut self) -> Result<(), Error> {
        let before = self.text_start();
        if !self.input.more(self.held.get().map_or(before, |held| held.min(before)))? {
            return Err(self.error(malformed(self.unfinished())));
        }
        self.at = before - self.input.base();
        Ok(())
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
    #[inline(always)]
    fn token(&mut self) -> Result<Option<Token>, Stop> {
        if self.in_cdata {
            return self.cdata();
        }
        let octets = self.input.octets();
        let mut at = self.at;
        if self.passes_text && !self.open.is_empty() {
            let length = Block::at(octets, at).text_ends().first();
            at += if length < WIDTH { length } else { 0 };
        }
        match octets.get(at..).and_then(<[u8]>::first_chunk) {
            Some([b'<', b'/']) => {
                (self.start, self.at) = (at, at);
                self.end_tag().map(Some)
            }
            Some([b'<', next]) if !matches!(next, b'!' | b'?') => {
                (self.start, self.at) = (at, at);
                self.start_tag().map(Some)
            }
            // Text stands by itself before what is no tag.
            _ => self.other_token(),
        }
    }

    #[inline(never)]
    fn other_token(&mut self) -> Result<Option<Token>, Stop> {
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
                b'!' => self.declaration_or_comment(),
                _ => self.instruction(),
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

    #[inline(always)]
    fn start_tag(&mut self) -> Result<Token, Stop> {
        if self.open.is_empty() && self.root_seen {
            return bad("a second root element", self.at);
        }
        if self.open.len() >= self.nesting {
            return Err(fault(ErrorKind::Limit("nesting"), self.at));
        }
        let octets = self.input.octets();
        let base = self.input.base();
        let (name, first) = name(octets, self.at + 1, base)?;
        self.attributes.clear();
        let mut seen = Seen::default();
        let mut at = name.end - base;
        let empty = loop {
            let may_be_attribute = self.attributes.len() < self.most_attributes;
            let attribute = match octets.get(at) {
                Some(b'>') => {
                    at += 1;
                    break false;
                }
                Some(b'/') if octets.get(at + 1) == Some(&b'>') => {
                    at += 2;
                    break true;
                }
                Some(b' ')
                    if may_be_attribute
                        && let Some((attribute, after)) = usual_attribute(octets, at, base) =>
                {
                    at = after;
                    attribute
                }
                _ => {
                    let (part, after) = part_of_tag(octets, at, base, may_be_attribute, &mut seen)?;
                    at = after;
                    match part {
                        Part::Attribute(attribute) => attribute,
                        Part::End { empty } => break empty,
                    }
                }
            };
            seen.note(&attribute);
            self.attributes.push(attribute);
        };
        self.root_seen = true;
        self.tag_end = at;
        let (begin, length) = (name.start - base, name.end - name.start);
        let extent = if empty {
            Extent::Empty
        } else if self.takes_leaves
            && let Some(end) = leaf(octets, at, begin, length, first)
        {
            at = end;
            Extent::Leaf
        } else {
            let open = Open { length, first, long: self.names.len() };
            if open.is_long() {
                let written = octets.get(begin..begin + length).unwrap_or_default();
                self.names.extend_from_slice(written);
            }
            self.open.push(open);
            Extent::Open
        };
        self.at = at;
        self.name = name;
        self.seen = seen;
        self.plain_tag = seen.is_plain();
        Ok(Token::Start(extent))
    }

    #[inline(always)]
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
        self.plain_tag = plain;
        Ok(Token::End)
    }

    #[inline(never)]
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

    #[inline(never)]
    fn reference(&mut self) -> Result<Token, Stop> {
        if self.open.is_empty() {
            return bad("a reference outside the root element", self.at);
        }
        let octets = self.input.octets();
        let (character, end) = resolve(octets, self.at)?;
        self.at = end;
        self.character = character;
        Ok(Token::Char)
    }

    /// `<!`: a comment, a CDATA section, or a DOCTYPE, which is refused.
    #[inline(never)]
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
            return Err(fault(ErrorKind::Doctype, self.at));
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
    #[inline(never)]
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

    #[inline(never)]
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
            xml_declaration(inside).map_err(|kind| fault(kind, self.at))?;
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

/// The index after an element whose start tag ends at `at`, if all that it holds is short text that is canonical
/// as it stands, and its end tag is too. Its name has `length` octets from `begin` on, of which `first` are the
/// first. Whatever is otherwise is left to be taken, or refused, token by token.
#[inline(always)]
fn leaf(octets: &[u8], at: usize, begin: usize, length: usize, first: First) -> Option<usize> {
    /// Of longer text the search for its end that [`Scanner::text`] makes is faster.
    const LONGEST: usize = 4 * WIDTH;
    let mut stop = at;
    loop {
        match Block::at(octets, stop).text_ends().first() {
            found @ ..WIDTH => {
                stop += found;
                break;
            }
            _ if stop - at >= LONGEST => return None,
            _ => stop += WIDTH,
        }
    }
    let [b'<', b'/'] = *octets.get(stop..)?.first_chunk()? else { return None };
    let named = stop + 2;
    let same = Block::at(octets, named).first(length) == first
        && (length <= WIDTH || octets.get(named..named + length) == octets.get(begin..begin + length));
    (same && octets.get(named + length) == Some(&b'>')).then_some(named + length + 1)
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
