//! How a tree grows: token by token, in a pass of its own or along with another pass. What is not wanted
//! is passed over, and what is kept is bounded in nodes and octets.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::{AttributeEntry, Declaration, Descend, Entry, Kind, NOTHING, Place, Tree, index};
use crate::xml::index::Pass;
use crate::xml::input::Input;
use crate::xml::is_dsig;
use crate::xml::namespace::{Namespaces, declared_prefix, value_of};
use crate::xml::read::{Error, ErrorKind, Limits, line_ends, malformed};
use crate::xml::scan::{Extent, Name, Scanner, Span, Token};

/// So many siblings of which nothing is read are told apart.
pub(super) const TOLD_APART: usize = 1000;

/// A pass of its own that builds a tree.
pub(super) struct Walk<'l, F> {
    pub(super) growth: Growth<'l, F>,
    pub(super) scope: Namespaces,
}

impl<F: Fn(bool, &str, &str) -> Descend> Pass for Walk<'_, F> {
    type Outcome = Tree;

    fn run<I: Input>(self, mut scanner: Scanner<I>) -> Result<Tree, Error> {
        let Self { mut growth, mut scope } = self;
        let limits = growth.limits;
        while let Some(token) = scanner.next()? {
            if growth.passes_over(token) {
                continue;
            }
            if let Token::Start(_) = token {
                scope.enter_checked(&scanner, limits).map_err(|kind| scanner.error(kind))?;
            }
            growth.token(&scope, &scanner, token).map_err(|kind| scanner.error(kind))?;
            if token.ends_element() {
                scope.leave();
            }
        }
        Ok(growth.finish())
    }
}

/// A tree that grows token by token. What the tokens declare is in scope elsewhere.
pub(in crate::xml) struct Growth<'l, F> {
    tree: Tree,
    limits: &'l Limits,
    descend: F,
    /// URIs that are in the pool already, the last first in mind.
    uris: SmallVec<[Place; 8]>,
    /// That of most elements, if it is in the pool.
    dsig: Option<Place>,
    /// Open elements, and whether their text is wanted.
    open: SmallVec<[(u32, bool); 16]>,
    /// Open elements below one whose content is not wanted.
    passed_over: usize,
    /// The last node of which nothing is read, and how many siblings it is the last of.
    together: (u32, usize),
}

impl<'l, F: Fn(bool, &str, &str) -> Descend> Growth<'l, F> {
    /// Of what begins at `start` and has about `size` octets, in a document that ends at `end`.
    pub(in crate::xml) fn new(
        start: usize,
        size: usize,
        end: usize,
        inherited: &[(&str, &str)],
        limits: &'l Limits,
        descend: F,
    ) -> Self {
        // A modest guess: what is passed over makes it too large.
        let room = size.min(8 << 10);
        let mut growth = Self {
            tree: Tree {
                pool: String::with_capacity(room),
                nodes: Vec::with_capacity(64.min(room / 8)),
                attributes: Vec::with_capacity(16),
                declarations: SmallVec::new(),
            },
            limits,
            descend,
            uris: SmallVec::new(),
            dsig: None,
            open: SmallVec::new(),
            passed_over: 0,
            together: (0, 0),
        };
        growth.open.push((0, true));
        let mut root = growth.entry(Kind::Root, 0, (start, end));
        for (prefix, uri) in inherited {
            growth.declare(prefix, uri);
        }
        root.declarations = range(0, growth.tree.declarations.len());
        growth.tree.nodes.push(root);
        growth
    }

    /// Whether a token lies within an element whose content is not wanted.
    pub(in crate::xml) fn passes_over(&mut self, token: Token) -> bool {
        if self.passed_over == 0 {
            return false;
        }
        match token {
            Token::Start(Extent::Open) => self.passed_over += 1,
            Token::End => self.passed_over -= 1,
            _ => {}
        }
        self.passed_over > 0
    }

    /// The tree, when all that belongs to it was taken.
    pub(in crate::xml) fn finish(mut self) -> Tree {
        let end = self.count();
        for (open, _) in self.open {
            if let Some(entry) = self.tree.nodes.get_mut(index(open)) {
                entry.end = end;
            }
        }
        self.tree
    }

    /// Takes the text that came with a token.
    pub(in crate::xml) fn text_before<I: Input>(&mut self, scanner: &Scanner<I>) -> Result<(), ErrorKind> {
        let span = Span { start: scanner.text_start(), end: scanner.token_start() };
        if span.start == span.end || self.passed_over > 0 {
            return Ok(());
        }
        self.text(scanner.text_at(span), (span.start, span.end), true)
    }

    fn count(&self) -> u32 {
        u32::try_from(self.tree.nodes.len()).unwrap_or(u32::MAX)
    }

    fn entry(&self, kind: Kind, parent: u32, span: (usize, usize)) -> Entry {
        Entry { kind, parent, end: self.count() + 1, span, ..NOTHING.clone() }
    }

    /// Puts octets of the document into the pool.
    fn put(&mut self, octets: &[u8]) -> Result<Place, ErrorKind> {
        let text = std::str::from_utf8(octets).map_err(|_| malformed("octets that are not UTF-8"))?;
        self.put_text(text)
    }

    fn put_text(&mut self, text: &str) -> Result<Place, ErrorKind> {
        if self.tree.pool.len().saturating_add(text.len()) > self.limits.tree_bytes {
            return Err(ErrorKind::Limit("tree_bytes"));
        }
        let start = u32::try_from(self.tree.pool.len()).map_err(|_| ErrorKind::Limit("tree_bytes"))?;
        self.tree.pool.push_str(text);
        let end = u32::try_from(self.tree.pool.len()).map_err(|_| ErrorKind::Limit("tree_bytes"))?;
        Ok(start..end)
    }

    fn declare(&mut self, prefix: &str, uri: &str) {
        if let (Ok(prefix), Ok(uri)) = (self.put_text(prefix), self.put_text(uri)) {
            self.tree.declarations.push(Declaration { prefix, uri });
        }
    }

    /// The place of a namespace URI in the pool.
    fn uri(&mut self, uri: &[u8]) -> Result<Place, ErrorKind> {
        if uri.is_empty() {
            return Ok(0..0);
        }
        let is_dsig = is_dsig(uri);
        if let Some(place) = self.dsig.clone().filter(|_| is_dsig) {
            return Ok(place);
        }
        let known =
            self.uris.iter().rev().take(8).find(|place| self.tree.slice(place).as_bytes() == uri).cloned();
        if let Some(place) = known {
            return Ok(place);
        }
        let place = self.put(uri)?;
        self.uris.push(place.clone());
        if is_dsig {
            self.dsig = Some(place.clone());
        }
        Ok(place)
    }

    /// Takes a token that is not passed over. What a start tag declares is in `scope` already.
    pub(in crate::xml) fn token<I: Input>(
        &mut self,
        scope: &Namespaces,
        scanner: &Scanner<I>,
        token: Token,
    ) -> Result<(), ErrorKind> {
        let span = (scanner.token_start(), scanner.token_end());
        match token {
            Token::Start(extent) => self.start(scope, scanner, extent, span),
            Token::End => {
                self.end(span.1);
                Ok(())
            }
            Token::Text => match line_ends(scanner.slice(scanner.data())) {
                Cow::Borrowed(_) => self.text(scanner.text_at(scanner.data()), span, true),
                Cow::Owned(octets) => self.text(&String::from_utf8_lossy(&octets), span, true),
            },
            Token::CData => {
                let octets = line_ends(scanner.slice(scanner.data()));
                self.text(&String::from_utf8_lossy(&octets), span, false)
            }
            Token::Char => {
                let character = scanner.character();
                let literal = crate::xml::read::is_space(character);
                self.text(character.encode_utf8(&mut [0; 4]), span, literal)
            }
            Token::Comment => self.leaf(scanner, Kind::Comment, span),
            Token::ProcessingInstruction => self.leaf(scanner, Kind::ProcessingInstruction, span),
        }
    }

    fn add(&mut self, entry: Entry) -> Result<(), ErrorKind> {
        if self.tree.nodes.len() >= self.limits.tree_nodes {
            return Err(ErrorKind::Limit("tree_nodes"));
        }
        self.tree.nodes.push(entry);
        Ok(())
    }

    fn parent(&self) -> u32 {
        self.open.last().map_or(0, |(at, _)| *at)
    }

    fn start<I: Input>(
        &mut self,
        scope: &Namespaces,
        scanner: &Scanner<I>,
        extent: Extent,
        span: (usize, usize),
    ) -> Result<(), ErrorKind> {
        let name = scanner.name();
        let at = self.count();
        let pool = self.tree.pool.len();
        let mut entry = self.entry(Kind::Element, self.parent(), span);
        entry.name = self.put_text(scanner.text_at(name.span()))?;
        entry.local = entry.name.start + offset(name);
        entry.namespace = self.uri(scope.element_uri(scanner))?;
        let (first_attribute, first_declaration) = (self.tree.attributes.len(), self.tree.declarations.len());
        for attribute in scanner.attributes() {
            let value = value_of(scanner, attribute)?;
            if attribute.declares() {
                let prefix = declared_prefix(scanner.slice(attribute.name.span())).unwrap_or_default();
                if prefix != b"xml" {
                    let prefix = self.put(prefix)?;
                    let uri = self.put(&value)?;
                    self.tree.declarations.push(Declaration { prefix, uri });
                }
                continue;
            }
            let name = self.put_text(scanner.text_at(attribute.name.span()))?;
            let prefix = scanner.slice(attribute.name.prefix());
            let namespace =
                if prefix.is_empty() { 0..0 } else { self.uri(scope.resolve(prefix).unwrap_or_default())? };
            let local = name.start + offset(attribute.name);
            let value = match &value {
                Cow::Borrowed(_) => self.put_text(scanner.text_at(attribute.value))?,
                Cow::Owned(value) => self.put(value)?,
            };
            self.tree.attributes.push(AttributeEntry { owner: at, name, local, namespace, value });
        }
        entry.attributes = range(first_attribute, self.tree.attributes.len());
        entry.declarations = range(first_declaration, self.tree.declarations.len());
        let wanted = (self.descend)(
            self.open.len() == 1,
            self.tree.slice(&entry.namespace),
            self.tree.slice(&(entry.local..entry.name.end)),
        );
        let at = match wanted == Descend::Together && self.is_one_of_many(&entry) {
            true => {
                self.tree.pool.truncate(pool);
                self.tree.attributes.truncate(first_attribute);
                self.tree.declarations.truncate(first_declaration);
                self.uris.retain(|place| index(place.end) <= pool);
                self.dsig = self.dsig.take().filter(|place| index(place.end) <= pool);
                at - 1
            }
            false => {
                self.add(entry)?;
                at
            }
        };
        self.open.push((at, wanted == Descend::Whole));
        let is_passed_over = matches!(wanted, Descend::Nothing | Descend::Together);
        if extent == Extent::Open {
            self.passed_over = usize::from(is_passed_over);
            return Ok(());
        }
        let text = scanner.leaf_text();
        if !is_passed_over && text.start < text.end {
            self.text(scanner.text_at(text), (text.start, text.end), true)?;
        }
        self.end(span.1);
        Ok(())
    }

    /// Counts a sibling of which nothing is read. Whether it becomes part of the node before it.
    fn is_one_of_many(&mut self, entry: &Entry) -> bool {
        let (last, count) = self.together;
        let follows = last > 0
            && last + 1 == self.count()
            && self.tree.entry(last).parent == entry.parent
            && self.tree.entry(last).kind == Kind::Element;
        match follows {
            true if count >= TOLD_APART => return true,
            true => self.together = (self.count(), count + 1),
            false => self.together = (self.count(), 1),
        }
        false
    }

    fn end(&mut self, offset: usize) {
        let end = self.count();
        if let Some(entry) = self.open.pop().and_then(|(at, _)| self.tree.nodes.get_mut(index(at))) {
            entry.end = end;
            entry.span.1 = offset;
        }
    }

    /// Adds to the text before it, if there is one.
    fn text(&mut self, text: &str, span: (usize, usize), literal: bool) -> Result<(), ErrorKind> {
        let parent = self.parent();
        if self.open.last().is_some_and(|(_, wants_text)| !wants_text) {
            if let Some(entry) = self.tree.nodes.get_mut(index(parent))
                && (entry.unread > 0 || !text.trim().is_empty())
            {
                entry.unread += text.len();
            }
            return Ok(());
        }
        let place = self.put_text(text)?;
        if let Some(last) = self.tree.nodes.last_mut()
            && last.kind == Kind::Text
            && last.parent == parent
            && last.value.end == place.start
        {
            last.value.end = place.end;
            last.span.1 = span.1;
            last.literal &= literal;
            return Ok(());
        }
        let entry = Entry { value: place, literal, ..self.entry(Kind::Text, parent, span) };
        self.add(entry)
    }

    fn leaf<I: Input>(
        &mut self,
        scanner: &Scanner<I>,
        kind: Kind,
        span: (usize, usize),
    ) -> Result<(), ErrorKind> {
        if self.open.last().is_some_and(|(_, wants_text)| !wants_text) {
            return Ok(());
        }
        let name = match kind {
            Kind::ProcessingInstruction => self.put(scanner.slice(scanner.name().span()))?,
            _ => 0..0,
        };
        let value = self.put(&line_ends(scanner.slice(scanner.data())))?;
        let entry = Entry { local: name.start, name, value, ..self.entry(kind, self.parent(), span) };
        self.add(entry)
    }
}

fn range(start: usize, end: usize) -> Place {
    u32::try_from(start).unwrap_or(0)..u32::try_from(end).unwrap_or(0)
}

/// Octets before the local part of a name.
fn offset(name: Name) -> u32 {
    u32::try_from(name.local - name.start).unwrap_or(0)
}
