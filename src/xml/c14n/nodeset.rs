use super::{Canonicalization, Comments, Sink};
use crate::xml::tree::{Node, Tree};
#[derive(Clone, Debug)]
pub struct NodeSet;
impl NodeSet {
    pub fn document(_: &Tree, _: Comments) -> Self {
        Self
    }
    pub fn subtree(_: &Tree, _: Node<'_>, _: Comments) -> Self {
        Self
    }
    pub fn remove_subtree(&mut self, _: Node<'_>) {}
    pub fn contains(&self, _: Node<'_>) -> bool {
        true
    }
    pub fn covers_all_but(&self, _: &Tree, _: &dyn Fn(Node<'_>) -> bool) -> bool {
        false
    }
    pub fn whole_elements<'t>(&self, tree: &'t Tree) -> impl Iterator<Item = Node<'t>> {
        std::iter::once(tree.root())
    }
}
pub fn canonicalize_nodes(_: &Tree, _: &NodeSet, _: &Canonicalization, _: &mut dyn Sink) {}
