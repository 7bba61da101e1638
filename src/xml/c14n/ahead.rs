//! Canonicalisation ahead of time. Nearly every small document bears one enveloped signature over the
//! whole of it, so the pass that makes the index canonicalises the document without its signatures on the
//! way, by the method that the end of the text seems to name. What was made so is used only when a
//! reference then asks for exactly that; a wrong guess costs time and nothing else.

use super::stream::Subtree;
use super::{Canonicalization, Sink};
use crate::xml::input::Input;
use crate::xml::namespace::Namespaces;
use crate::xml::read::ErrorKind;
use crate::xml::scan::{Scanner, Token};

/// Documents of more octets are not canonicalised ahead: 1 MiB.
const LARGEST: usize = 1 << 20;
/// How far from the end a signature is looked for.
const NEAR_END: usize = 8 << 10;
/// How far behind its first transform its canonicalisation is looked for.
const NEAR: usize = 400;

/// The method by which a document will probably be canonicalised as a whole.
pub(in crate::xml) fn expected(text: &[u8]) -> Option<Canonicalization> {
    if text.len() > LARGEST {
        return None;
    }
    let end = text.get(text.len().saturating_sub(NEAR_END)..)?;
    let at = memchr::memmem::find(end, b"#enveloped-signature")?;
    let near = end.get(at..end.len().min(at + NEAR))?;
    if memchr::memmem::find(near, b"/xml-exc-c14n#").is_some() {
        return Some(Canonicalization::exclusive());
    }
    memchr::memmem::find(near, b"/REC-xml-c14n-20010315").map(|_| Canonicalization::inclusive())
}

/// A canonicalisation that goes along with another pass.
pub(in crate::xml) struct Ahead<'a, 'sink> {
    subtree: Option<Subtree<'a, 'sink>>,
    /// Depth of the signature that is passed over.
    passed_over: Option<usize>,
}

impl<'a, 'sink> Ahead<'a, 'sink> {
    pub(in crate::xml) fn new(method: &'a Canonicalization, size: usize, sink: &'sink mut dyn Sink) -> Self {
        Self { subtree: Some(Subtree::document(method, size, sink)), passed_over: None }
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
            // The scanner has left the element when it gives its end tag.
            if matches!(token, Token::End { .. }) && scanner.depth() < depth {
                self.passed_over = None;
            }
            return;
        }
        if let Some(subtree) = &mut self.subtree {
            subtree.text_before(scanner);
        }
        if is_signature {
            if let Token::Start { empty: false, .. } = token {
                self.passed_over = Some(scanner.depth());
            }
            return;
        }
        // What has no canonical form is the reference's to say.
        if let Some(subtree) = &mut self.subtree
            && subtree.along(scope, scanner, token).is_err()
        {
            self.subtree = None;
        }
    }

    /// Whether all of the document was canonicalised.
    pub(in crate::xml) fn finish<I: Input>(self, scanner: &Scanner<I>) -> bool {
        self.subtree.is_some_and(|subtree| subtree.end(scanner).is_ok())
    }
}

impl Subtree<'_, '_> {
    fn along<I: Input>(
        &mut self,
        scope: &mut Namespaces,
        scanner: &Scanner<I>,
        token: Token,
    ) -> Result<(), ErrorKind> {
        if let Token::Start { .. } = token {
            self.note_root(scanner.token_start());
        }
        self.token(scope, scanner, token)
    }
}
