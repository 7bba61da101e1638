//! The part of XPath 1.0 that signatures use to say which nodes they cover, and the two transforms that
//! use it: XPath filtering (XML Signature 6.6.3) and XML-Signature XPath Filter 2.0.
//!
//! # What is evaluated
//! All of the grammar of XPath 1.0 but variables: every axis, node test and operator, predicates, and the
//! functions `boolean`, `ceiling`, `concat`, `contains`, `count`, `false`, `floor`, `here`, `id`, `last`,
//! `local-name`, `name`, `namespace-uri`, `normalize-space`, `not`, `number`, `position`, `round`,
//! `starts-with`, `string`, `string-length`, `substring`, `substring-after`, `substring-before`, `sum`,
//! `translate`, `true`. Variables, `lang` and all other functions are [`Error::Unsupported`].
//!
//! # What it costs
//! An expression is evaluated once for each node, attribute and namespace node of the set. Three things
//! keep the usual expressions linear in that number: an expression that does not depend on the context
//! node (it begins at the root, at `here()` or at `id()` of a literal) is evaluated once; whether there is
//! an `ancestor(-or-self)` of some name, type or namespace is remembered for each node, so that a chain of
//! ancestors is walked once; and whether there is a `descendant(-or-self)` is a difference of two counts. A
//! step to ancestors in another place costs the depth, a predicate the nodes that it filters. All work is
//! counted against a [`Budget`].

mod evaluate;
mod parse;
#[cfg(test)]
mod tests;
mod value;

use super::c14n::NodeSet;
use super::read::is_space;
use super::tree::{Node, Tree};
use evaluate::Evaluation;
use parse::Compiled;

/// Why an expression has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not an expression of XPath 1.0, at an octet of it.
    #[error("not an XPath expression at octet {at}: {what}")]
    Syntax { what: &'static str, at: usize },
    /// A prefix that is not declared where the expression stands.
    #[error("the prefix {0} of the XPath expression is not declared")]
    Prefix(String),
    /// XPath that is not evaluated here.
    #[error("not supported in XPath: {0}")]
    Unsupported(String),
    /// An operand or argument of the wrong type.
    #[error("a wrong type in an XPath expression: {0}")]
    Type(&'static str),
    /// A bound of the [`Budget`].
    #[error("limit exceeded: {0}")]
    Budget(&'static str),
}

/// What expressions may cost. `steps` is used up by evaluations, so that one budget can hold for all
/// transforms of a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Octets of an expression. Default 8192.
    pub length: usize,
    /// Parentheses, predicates and arguments within one another. Default 24.
    pub nesting: usize,
    /// Nodes that are looked at, and one for each 16 octets of strings that are made. Default 20 million.
    pub steps: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { length: 8192, nesting: 24, steps: 20_000_000 }
    }
}

/// Finds the element with an identifier.
pub type Ids<'a, 't> = dyn Fn(&str) -> Option<Node<'t>> + 'a;

/// A parsed expression.
#[derive(Clone, Debug)]
pub struct Expression {
    compiled: Compiled,
}

impl Expression {
    /// Parses an expression. `namespace` gives the URI for a prefix, by the declarations in scope at the
    /// element that holds the expression.
    ///
    /// # Errors
    /// [`Error::Syntax`], [`Error::Prefix`], [`Error::Unsupported`], and [`Error::Budget`] of
    /// `xpath_length` or `xpath_nesting`.
    pub fn parse(
        text: &str,
        namespace: &dyn Fn(&str) -> Option<String>,
        budget: &Budget,
    ) -> Result<Self, Error> {
        parse::parse(text, namespace, budget).map(|compiled| Self { compiled })
    }

    /// The identifiers that `id()` is called with as they are written; others may be computed.
    pub fn identifiers(&self) -> impl Iterator<Item = &str> {
        let texts = self.compiled.identifiers.iter();
        texts.flat_map(|text| text.split(is_space)).filter(|id| !id.is_empty())
    }
}

/// The nodes that an expression selects, seen from the root.
///
/// # Errors
/// [`Error::Type`] when it does not give nodes; [`Error::Budget`] of `xpath_steps`;
/// [`Error::Unsupported`] for `here()` when `here` is not given.
pub fn select<'t>(
    tree: &'t Tree,
    expression: &Expression,
    here: Option<Node<'t>>,
    ids: &Ids<'_, 't>,
    budget: &mut Budget,
) -> Result<NodeSet<'t>, Error> {
    let mut set = NodeSet::empty(tree);
    let mut evaluation = Evaluation::new(tree, set.axes().clone(), &expression.compiled, here, ids, budget);
    evaluation.select(|evaluation, item| evaluation.insert(&mut set, item))?;
    Ok(set)
}

/// XPath filtering (XML Signature 6.6.3): keeps the nodes of `set`, attributes and namespace nodes
/// included, for which the expression is true. `here` is the element that holds the expression.
///
/// # Errors
/// As [`select`].
pub fn filter<'t>(
    mut set: NodeSet<'t>,
    expression: &Expression,
    here: Option<Node<'t>>,
    ids: &Ids<'_, 't>,
    budget: &mut Budget,
) -> Result<NodeSet<'t>, Error> {
    let tree = set.tree();
    let mut kept = set.emptied();
    let mut evaluation = Evaluation::new(tree, set.axes().clone(), &expression.compiled, here, ids, budget);
    for node in (0..tree.len()).filter_map(|at| tree.node(at)) {
        for item in evaluation.items_of(&set, node) {
            if evaluation.holds(item)? {
                evaluation.insert(&mut kept, item);
            }
        }
    }
    set.intersect(&kept);
    Ok(set)
}

/// What a filter of XPath Filter 2.0 does with the subtrees it selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Intersect,
    Subtract,
    Union,
}

impl Operation {
    /// By the value of the `Filter` attribute.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "intersect" => Some(Self::Intersect),
            "subtract" => Some(Self::Subtract),
            "union" => Some(Self::Union),
            _ => None,
        }
    }
}

/// XML-Signature XPath Filter 2.0: begins with the whole document, takes the subtrees that each
/// expression selects away from it, to it, or leaves nothing else, one operation after another, and keeps
/// of `set` what is left. The elements that hold the expressions are given with them.
///
/// # Errors
/// As [`select`].
pub fn filter2<'t>(
    mut set: NodeSet<'t>,
    operations: &[(Operation, &Expression, Option<Node<'t>>)],
    ids: &Ids<'_, 't>,
    budget: &mut Budget,
) -> Result<NodeSet<'t>, Error> {
    let tree = set.tree();
    let mut filter = set.emptied();
    filter.insert_subtree(tree.root());
    for (operation, expression, here) in operations {
        let mut selected = set.emptied();
        let mut evaluation =
            Evaluation::new(tree, set.axes().clone(), &expression.compiled, *here, ids, budget);
        // In document order: what lies in a subtree that is in already need not be put in again.
        let mut reached = 0;
        evaluation.select(|evaluation, item| match evaluation.subtree(item) {
            Some(node) if node.end() <= reached => {}
            Some(node) => {
                reached = node.end();
                selected.insert_subtree(node);
            }
            None => evaluation.insert(&mut selected, item),
        })?;
        match operation {
            Operation::Intersect => filter.intersect(&selected),
            Operation::Subtract => filter.subtract(&selected),
            Operation::Union => filter.unite(&selected),
        }
    }
    set.intersect(&filter);
    Ok(set)
}
