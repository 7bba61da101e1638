//! Canonicalisation ahead of time. Nearly every small document bears one enveloped signature over the
//! whole of it, so the pass that makes the index canonicalises the document without its signatures on the
//! way, by the method that the end of the text seems to name, reads the tree of the first signature, and
//! canonicalises its SignedInfo by the same method.
//! What was made so is used only when a reference then asks for exactly that; a wrong guess costs time and
//! nothing else.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::stream::Subtree;
use super::{Canonicalization, Method, Output, Sink};
use crate::xml::input::Input;
use crate::xml::namespace::{FirstOutput, Namespaces};
use crate::xml::read::Limits;
use crate::xml::scan::{Extent, Scanner, Token};
use crate::xml::tree::{Growth, Rule, Tree};

/// Documents of more octets are not canonicalised ahead: 1 MiB.
const LARGEST: usize = 1 << 20;
/// How far from the end a signature is looked for.
const NEAR_END: usize = 8 << 10;
/// How far behind its first transform its canonicalisation is looked for.
const NEAR: usize = 400;

/// Searches that are made once: to make one costs as much as to search a short document.
static ENVELOPED: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"#enveloped-signature"));
static EXCLUSIVE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"/xml-exc-c14n#"));
static INCLUSIVE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"/REC-xml-c14n-20010315"));

/// The method by which a document will probably be canonicalised as a whole.
pub(in crate::xml) fn expected(text: &[u8]) -> Option<Canonicalization> {
    if text.len() > LARGEST {
        return None;
    }
    let end = text.get(text.len().saturating_sub(NEAR_END)..)?;
    let at = ENVELOPED.find(end)?;
    let near = end.get(at..end.len().min(at + NEAR))?;
    if EXCLUSIVE.find(near).is_some() {
        return Some(Canonicalization::exclusive());
    }
    INCLUSIVE.find(near).map(|_| Canonicalization::inclusive())
}

/// A canonicalisation that goes along with another pass.
pub(in crate::xml) struct Ahead<'a, 'sink> {
    method: &'a Canonicalization,
    /// Octets of the document.
    size: usize,
    subtree: Option<Subtree<'a, 'sink>>,
    /// Whether its octets are kept.
    keeps: bool,
    /// How signatures are read, with the limits for it, until one is.
    rule: Option<(Rule, &'a Limits)>,
    /// Of the first signature: its offset and its tree, while it grows.
    growth: Option<(usize, Growth<'a, Rule>)>,
    signed_info: Attempt<'a>,
    made: Made,
    /// Depth of the signature that is passed over.
    passed_over: Option<usize>,
}

/// What was made on the way.
#[derive(Clone, Debug, Default)]
pub(in crate::xml) struct Made {
    /// The canonical form of the document without signatures.
    pub(in crate::xml) canonical: Option<Vec<u8>>,
    /// Whether that went to a sink instead.
    pub(in crate::xml) is_written: bool,
    /// The tree of the first signature, by its offset.
    pub(in crate::xml) tree: Option<(usize, Tree)>,
    /// The canonical form of a SignedInfo, nearly always that one's, by its own offset.
    pub(in crate::xml) signed_info: Option<(usize, Vec<u8>)>,
}

/// The canonicalisation of the first SignedInfo that declares nothing: one for a document, whatever comes of it.
enum Attempt<'a> {
    ToCome,
    Begun(Box<SignedInfo<'a>>),
    Over,
}

/// The canonicalisation of a SignedInfo that begins at an offset.
struct SignedInfo<'a> {
    start: usize,
    depth: usize,
    /// `None` when it has no canonical form, which is said where it is asked for.
    subtree: Option<Subtree<'a, 'static>>,
    document: FirstOutput,
}

impl<'a, 'sink> Ahead<'a, 'sink> {
    /// By a method, for a document of `size` octets; `rule` says how its signatures will be read, `signed_info`
    /// that the canonical form of a SignedInfo will be asked for. That of the document goes to `sink`, if there is
    /// one, and is kept otherwise.
    pub(in crate::xml) fn new(
        method: &'a Canonicalization,
        size: usize,
        rule: Option<(Rule, &'a Limits)>,
        signed_info: bool,
        sink: Option<&'sink mut dyn Sink>,
    ) -> Self {
        let keeps = sink.is_none();
        let output = sink.map_or_else(|| Output::kept(size), Output::new);
        let subtree = Some(Subtree::document(method, size, output));
        Self {
            method,
            size,
            subtree,
            keeps,
            rule,
            growth: None,
            signed_info: if signed_info { Attempt::ToCome } else { Attempt::Over },
            made: Made::default(),
            passed_over: None,
        }
    }

    /// Takes the token that the other pass took, in `scope`, which is that pass's: what a start tag
    /// declares is in it already, what an end tag closes is in it still. `is_signature` says that the token
    /// begins a signature.
    pub(in crate::xml) fn token<I: Input>(
        &mut self,
        scope: &mut Namespaces,
        scanner: &Scanner<I>,
        token: Token,
        is_signature: bool,
    ) {
        if let Some(depth) = self.passed_over {
            self.within_signature(depth, scope, scanner, token);
            return;
        }
        if is_signature {
            if let Some(subtree) = &mut self.subtree {
                subtree.text_before(scanner);
                subtree.note_root(scanner.token_start());
            }
            if let Token::Start(Extent::Open) = token {
                self.passed_over = Some(scanner.depth());
                self.grow(scope, scanner, token, true);
            } else {
                // What would grow is the tree of another.
                self.growth = None;
            }
            return;
        }
        let Some(subtree) = &mut self.subtree else { return };
        if let Token::Start(_) = token {
            subtree.note_root(scanner.token_start());
        }
        // What has no canonical form is the reference's to say.
        if subtree.token(scope, scanner, token).is_err() {
            self.subtree = None;
        }
    }

    /// Before the start tag of a signature at `start`: what is in scope around it, and whether `xml:` attributes
    /// are, which a method may have for a part of the document.
    pub(in crate::xml) fn signature(
        &mut self,
        start: usize,
        inherited: &[(&str, &str)],
        xml_attributes: bool,
    ) {
        /// Room for what most signatures hold: always so much, as an allocator that is asked for as much again has a
        /// page at hand.
        const ROOM: usize = 4 << 10;
        if self.passed_over.is_some() {
            return;
        }
        if xml_attributes && self.method.method != Method::Exclusive {
            self.signed_info = Attempt::Over;
        }
        if let Some((rule, limits)) = self.rule.take() {
            self.growth = Some((start, Growth::new(start, ROOM, self.size, inherited, limits, rule)));
        }
    }

    /// Takes a token of the signature that is passed over.
    #[inline(never)]
    fn within_signature<I: Input>(
        &mut self,
        depth: usize,
        scope: &mut Namespaces,
        scanner: &Scanner<I>,
        token: Token,
    ) {
        self.grow(scope, scanner, token, false);
        self.canonicalize_signed_info(depth, scope, scanner, token);
        // The scanner has left the element when it gives its end tag.
        if token == Token::End && scanner.depth() < depth {
            self.passed_over = None;
            let whole = self.growth.take();
            self.made.tree = self.made.tree.take().or(whole.map(|(start, growth)| (start, growth.finish())));
        }
    }

    /// Takes a token of a signature, which is at a depth, for the canonical form of its SignedInfo, if that
    /// declares nothing itself.
    fn canonicalize_signed_info<I: Input>(
        &mut self,
        depth: usize,
        scope: &mut Namespaces,
        scanner: &Scanner<I>,
        token: Token,
    ) {
        match &mut self.signed_info {
            Attempt::Over => {}
            Attempt::ToCome => {
                let begins = token == Token::Start(Extent::Open)
                    && !scanner.seen().declares()
                    && scanner.depth() == depth + 1
                    && scanner.slice(scanner.name().local()) == b"SignedInfo";
                if begins {
                    let mut begun = Box::new(SignedInfo::begin(self.method, self.size, scope, scanner));
                    begun.token_alone(scope, scanner, token);
                    self.signed_info = Attempt::Begun(begun);
                }
            }
            Attempt::Begun(signed_info) => {
                signed_info.token(scope, scanner, token);
                if token == Token::End && scanner.depth() < signed_info.depth {
                    self.made.signed_info = signed_info.end(scope, scanner);
                    self.signed_info = Attempt::Over;
                }
            }
        }
    }

    /// Takes a token for the tree. The text before the first, the signature's own, is no part of that.
    fn grow<I: Input>(&mut self, scope: &Namespaces, scanner: &Scanner<I>, token: Token, is_first: bool) {
        if let Some((_, growth)) = &mut self.growth {
            let text = if is_first { Ok(()) } else { growth.text_before(scanner) };
            // What has no tree is said where it is read.
            if text.is_err() || (!growth.passes_over(token) && growth.token(scope, scanner, token).is_err()) {
                self.growth = None;
            }
        }
    }

    /// What was made, if all of the document was read.
    pub(in crate::xml) fn finish<I: Input>(&mut self, scanner: &Scanner<I>) -> Made {
        let kept = self.subtree.as_mut().and_then(|subtree| subtree.end(scanner).ok());
        Made {
            is_written: kept.is_some() && !self.keeps,
            canonical: kept.filter(|_| self.keeps),
            ..std::mem::take(&mut self.made)
        }
    }
}

impl<'a> SignedInfo<'a> {
    /// At its start tag, which is to be taken next ([`SignedInfo::token_alone`]), in a document of `size` octets.
    fn begin<I: Input>(
        method: &'a Canonicalization,
        size: usize,
        scope: &mut Namespaces,
        scanner: &Scanner<I>,
    ) -> Self {
        /// Room for what most hold: 1 KiB in all, which an allocator has at hand.
        const ROOM: usize = 682;
        Self {
            start: scanner.token_start(),
            depth: scanner.depth(),
            subtree: Some(Subtree::document(method, size, Output::kept(ROOM))),
            document: scope.begin_output(),
        }
    }

    /// Takes its start tag. The text that came with that is no part of it.
    fn token_alone<I: Input>(&mut self, scope: &mut Namespaces, scanner: &Scanner<I>, token: Token) {
        if let Some(subtree) = &mut self.subtree
            && subtree.token_alone(scope, scanner, token).is_err()
        {
            self.subtree = None;
        }
    }

    fn token<I: Input>(&mut self, scope: &mut Namespaces, scanner: &Scanner<I>, token: Token) {
        if let Some(subtree) = &mut self.subtree
            && subtree.token(scope, scanner, token).is_err()
        {
            self.subtree = None;
        }
    }

    /// At its end tag, which was taken.
    fn end<I: Input>(&mut self, scope: &mut Namespaces, scanner: &Scanner<I>) -> Option<(usize, Vec<u8>)> {
        scope.resume_output(&self.document);
        Some((self.start, self.subtree.as_mut()?.end(scanner).ok()?))
    }
}
