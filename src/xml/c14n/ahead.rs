//! Canonicalisation ahead of time. Nearly every small document bears one enveloped signature over the
//! whole of it, so the pass that makes the index canonicalises the document without its signatures on the
//! way, by the method that the end of the text seems to name, and reads the tree of the first signature.
//! What was made so is used only when a reference then asks for exactly that; a wrong guess costs time and
//! nothing else.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::stream::Subtree;
use super::{Canonicalization, Output};
use crate::xml::input::Input;
use crate::xml::namespace::Namespaces;
use crate::xml::read::Limits;
use crate::xml::scan::{Scanner, Token};
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
pub(in crate::xml) struct Ahead<'a> {
    /// Octets of the document.
    size: usize,
    subtree: Option<Subtree<'a, 'static>>,
    /// How signatures are read, with the limits for it, until one is.
    rule: Option<(Rule, &'a Limits)>,
    /// Of the first signature: its offset and its tree, while it grows and when it is whole.
    growth: Option<(usize, Growth<'a, Rule>)>,
    tree: Option<(usize, Tree)>,
    /// Depth of the signature that is passed over.
    passed_over: Option<usize>,
}

impl<'a> Ahead<'a> {
    /// By a method, for a document of `size` octets; `rule` says how its signatures will be read.
    pub(in crate::xml) fn new(
        method: &'a Canonicalization,
        size: usize,
        rule: Option<(Rule, &'a Limits)>,
    ) -> Self {
        let subtree = Some(Subtree::document(method, size, Output::kept(size)));
        Self { size, subtree, rule, growth: None, tree: None, passed_over: None }
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
            self.grow(scope, scanner, token);
            // The scanner has left the element when it gives its end tag.
            if matches!(token, Token::End { .. }) && scanner.depth() < depth {
                self.passed_over = None;
                let whole = self.growth.take();
                self.tree = self.tree.take().or(whole.map(|(start, growth)| (start, growth.finish())));
            }
            return;
        }
        if let Some(subtree) = &mut self.subtree {
            subtree.text_before(scanner);
            if let Token::Start { .. } = token {
                subtree.note_root(scanner.token_start());
            }
        }
        if is_signature {
            if let Token::Start { empty: false, .. } = token {
                self.passed_over = Some(scanner.depth());
                self.grow(scope, scanner, token);
            }
            return;
        }
        // What has no canonical form is the reference's to say.
        if let Some(subtree) = &mut self.subtree
            && subtree.token(scope, scanner, token).is_err()
        {
            self.subtree = None;
        }
    }

    /// Before the start tag of a signature at `start`: what is in scope around it.
    pub(in crate::xml) fn signature(&mut self, start: usize, inherited: &[(&str, &str)]) {
        /// Room for what most signatures hold.
        const ROOM: usize = 4 << 10;
        if self.passed_over.is_none()
            && let Some((rule, limits)) = self.rule.take()
        {
            let room = ROOM.min(self.size - start);
            self.growth = Some((start, Growth::new(start, room, self.size, inherited, limits, rule)));
        }
    }

    fn grow<I: Input>(&mut self, scope: &Namespaces, scanner: &Scanner<I>, token: Token) {
        if let Some((_, growth)) = &mut self.growth {
            let text = growth.text_before(scanner);
            // What has no tree is said where it is read.
            if text.is_err() || (!growth.passes_over(token) && growth.token(scope, scanner, token).is_err()) {
                self.growth = None;
            }
        }
    }

    /// The canonical form, if all of the document was canonicalised, and the tree of its first signature
    /// with the signature's offset.
    pub(in crate::xml) fn finish<I: Input>(
        self,
        scanner: &Scanner<I>,
    ) -> (Option<Vec<u8>>, Option<(usize, Tree)>) {
        (self.subtree.and_then(|subtree| subtree.end(scanner).ok()), self.tree)
    }
}
