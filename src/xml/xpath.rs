use super::c14n::nodeset::NodeSet;
use super::tree::{Node, Tree};
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Unsupported(String),
    #[error("{0}")]
    Limit(&'static str),
    #[error("{0}")]
    Syntax(String),
}
#[derive(Debug)]
pub struct Expression;
#[derive(Debug, Clone, Copy)]
pub enum Operation {
    Intersect,
    Subtract,
    Union,
}
#[derive(Debug, Default)]
pub struct Budget;
impl Expression {
    pub fn parse(_: &str, _: &dyn Fn(&str) -> Option<String>) -> Result<Self, Error> {
        Ok(Self)
    }
}
pub fn filter(
    _: &Tree,
    set: NodeSet,
    _: &Expression,
    _: Option<Node<'_>>,
    _: &dyn Fn(&str) -> Option<usize>,
    _: &mut Budget,
) -> Result<NodeSet, Error> {
    Ok(set)
}
pub fn filter2(
    _: &Tree,
    set: NodeSet,
    _: &[(Operation, Expression)],
    _: Option<Node<'_>>,
    _: &dyn Fn(&str) -> Option<usize>,
    _: &mut Budget,
) -> Result<NodeSet, Error> {
    Ok(set)
}
