//! Canonicalisation of a node-set: the text of the recommendations, node by node.
//!
//! An element that is not in the set is passed over, not what is in it: its attributes and namespace
//! nodes in the set are written even so (Canonical XML 1.0, 2.3), odd as the octets then are. What an
//! element has to declare depends on the nearest element in the set above it (*output ancestor*), and
//! what `xml:` attributes it takes over on whether its parent is in the set.
//!
//! A small document may have a large canonical form, since omitted ancestors hand down what they have
//! to each element below them. The octets written are therefore bounded.

use std::collections::{HashMap, HashSet};

use super::{Canonicalization, Comments, Method, NodeSet, Output, Sink};
use crate::xml::XML;
use crate::xml::namespace::Declared;
use crate::xml::read::ErrorKind;
use crate::xml::tree::{Attribute, Kind, Node};

/// Writes the canonical form of a node-set.
///
/// A tree that was read from one element of a document knows the namespaces that the element inherits
/// but not the `xml:` attributes: for the inclusive methods the tree must be that of the document.
///
/// Cost: the nodes of the tree, the namespaces in scope at each, the ancestors of each element whose
/// parent is omitted, and the octets written.
///
/// # Errors
/// [`ErrorKind::Limit`] of `canonical_bytes` when there would be more than `most` octets, those of
/// `xml:` attributes that are looked at in vain counted too; some of them may have been written.
pub fn canonicalize_nodes(
    set: &NodeSet<'_>,
    method: &Canonicalization,
    most: usize,
    sink: &mut dyn Sink,
) -> Result<(), ErrorKind> {
    let tree = set.tree();
    let mut xml_attributes: HashMap<usize, Vec<Attribute<'_>>> = HashMap::new();
    if method.method != Method::Exclusive {
        for node in (1..tree.len()).filter_map(|at| tree.node(at)) {
            for attribute in node.attributes().filter(|attribute| attribute.namespace() == XML) {
                xml_attributes.entry(node.index()).or_default().push(attribute);
            }
        }
    }
    let mut pass = Subset {
        set,
        method,
        xml_attributes,
        output: Output::new(sink),
        left: most,
        open: Vec::new(),
        utilized: HashMap::new(),
        listed: method.inclusive_prefixes.iter().map(String::as_str).collect(),
    };
    let document_element = tree.element().index();
    for node in (1..tree.len()).filter_map(|at| tree.node(at)) {
        pass.close(node.index())?;
        match node.kind() {
            Kind::Root => {}
            Kind::Element => pass.element(node)?,
            Kind::Text if set.contains(node) => {
                pass.spend(node.value().len())?;
                pass.output.text(node.value().as_bytes());
            }
            Kind::Comment if set.contains(node) && method.comments == Comments::Kept => {
                pass.leaf(node, document_element, &["<!--", node.value(), "-->"])?;
            }
            Kind::ProcessingInstruction if set.contains(node) => {
                let space = if node.value().is_empty() { "" } else { " " };
                pass.leaf(node, document_element, &["<?", node.name(), space, node.value(), "?>"])?;
            }
            _ => {}
        }
    }
    pass.close(usize::MAX)?;
    pass.output.finish();
    Ok(())
}

/// An open element of the set.
struct Open<'t> {
    element: Node<'t>,
    /// Exclusive: the prefixes that it visibly utilizes.
    utilizes: Vec<&'t str>,
}

struct Subset<'a, 't, 'sink> {
    set: &'a NodeSet<'t>,
    method: &'a Canonicalization,
    /// Of each element that has any, by its index. Not for the exclusive method.
    xml_attributes: HashMap<usize, Vec<Attribute<'t>>>,
    output: Output<'sink>,
    left: usize,
    /// The elements of the set that are open, the innermost last.
    open: Vec<Open<'t>>,
    /// Exclusive: for each prefix those of `open` that visibly utilize it, the innermost last, each by the
    /// URI of its namespace node for the prefix if that is in the set.
    utilized: HashMap<&'t str, Vec<Option<&'t str>>>,
    /// Prefixes that the exclusive method treats as the inclusive one does.
    listed: HashSet<&'a str>,
}

impl<'t> Subset<'_, 't, '_> {
    fn spend(&mut self, octets: usize) -> Result<(), ErrorKind> {
        self.left = self.left.checked_sub(octets).ok_or(ErrorKind::Limit("canonical_bytes"))?;
        Ok(())
    }

    /// Ends the elements that end before the node with an index.
    fn close(&mut self, index: usize) -> Result<(), ErrorKind> {
        while let Some(open) = self.open.pop_if(|open| open.element.end() <= index) {
            for prefix in open.utilizes {
                if let Some(uris) = self.utilized.get_mut(prefix) {
                    uris.pop();
                }
            }
            let name = open.element.name();
            self.spend(name.len() + 3)?;
            for piece in ["</", name, ">"] {
                self.output.put(piece.as_bytes());
            }
        }
        Ok(())
    }

    /// A comment or instruction; outside the document element with a line feed towards it.
    fn leaf(&mut self, node: Node<'t>, element: usize, pieces: &[&str]) -> Result<(), ErrorKind> {
        let outside = node.parent().is_some_and(|parent| parent.kind() == Kind::Root);
        if outside && node.index() > element {
            self.output.put(b"\n");
        }
        for piece in pieces {
            self.spend(piece.len())?;
            self.output.put(piece.as_bytes());
        }
        if outside && node.index() < element {
            self.output.put(b"\n");
        }
        Ok(())
    }

    fn element(&mut self, node: Node<'t>) -> Result<(), ErrorKind> {
        let is_in = self.set.contains(node);
        if is_in {
            self.spend(node.name().len() + 2)?;
            self.output.put(b"<");
            self.output.put(node.name().as_bytes());
        }
        let (chosen, utilizes) = self.namespaces(node, is_in);
        for (prefix, uri) in chosen {
            self.spend(prefix.len() + uri.len() + 10)?;
            self.output.namespace(Declared::Pair(prefix.as_bytes(), uri.as_bytes()), usize::MAX)?;
        }
        self.attributes(node, is_in)?;
        if is_in {
            self.output.put(b">");
            self.open.push(Open { element: node, utilizes });
        }
        Ok(())
    }

    /// Namespace nodes of an element in the set, without that of `xml`.
    fn axis(&self, node: Node<'t>) -> impl Iterator<Item = (&'t str, &'t str)> + '_ {
        let axes = self.set.axes();
        axes.namespaces(node)
            .filter(|(number, prefix, _)| *prefix != "xml" && self.set.has_namespace(*number))
            .map(|(_, prefix, uri)| (prefix, uri))
    }

    /// The declarations to write, by prefix, and the prefixes that the exclusive method finds utilized.
    fn namespaces(&mut self, node: Node<'t>, is_in: bool) -> (Vec<(&'t str, &'t str)>, Vec<&'t str>) {
        let above = self.open.last().map(|open| open.element);
        // Canonical XML 2.3: a namespace node is passed over that the output ancestor has as well.
        let mut chosen: Vec<(&str, &str)> = {
            let mut inherited = above.into_iter().flat_map(|above| self.axis(above)).peekable();
            self.axis(node)
                .filter(|(prefix, uri)| {
                    while inherited.next_if(|(known, _)| known < prefix).is_some() {}
                    inherited.peek() != Some(&(*prefix, *uri))
                })
                .collect()
        };
        let has_default = |node| self.axis(node).next().is_some_and(|(prefix, _)| prefix.is_empty());
        if is_in && !has_default(node) && above.is_some_and(has_default) {
            chosen.push(("", ""));
        }
        if self.method.method != Method::Exclusive {
            chosen.sort_unstable();
            return (chosen, Vec::new());
        }
        // Exclusive, 3: that holds for the prefixes of the list. Others are declared where they are
        // utilized, unless the nearest output ancestor that utilizes them has the same namespace node.
        // Whether an ancestor has declared them is another question, and not the one that is asked.
        let listed = |prefix: &str| self.listed.contains(prefix);
        chosen.retain(|(prefix, _)| listed(prefix));
        let mut used: Vec<&str> = Vec::new();
        if is_in {
            used.push(node.prefix());
            let attributes = node.attributes().filter(|attribute| self.set.contains_attribute(*attribute));
            used.extend(attributes.filter_map(|a| a.name().split_once(':')).map(|(prefix, _)| prefix));
            used.sort_unstable();
            used.dedup();
            used.retain(|prefix| *prefix != "xml" && !listed(prefix));
        }
        let bound: Vec<Option<&str>> = {
            let mut axis = self.axis(node).peekable();
            used.iter()
                .map(|prefix| {
                    while axis.next_if(|(known, _)| known < prefix).is_some() {}
                    axis.peek().filter(|(known, _)| known == prefix).map(|(_, uri)| *uri)
                })
                .collect()
        };
        for (prefix, uri) in used.iter().zip(bound) {
            let ancestors = self.utilized.entry(prefix).or_default();
            match (uri, ancestors.last().copied().flatten()) {
                (Some(uri), before) if before != Some(uri) => chosen.push((prefix, uri)),
                (None, Some(_)) if prefix.is_empty() => chosen.push(("", "")),
                _ => {}
            }
            ancestors.push(uri);
        }
        chosen.sort_unstable();
        (chosen, used)
    }

    fn attributes(&mut self, node: Node<'t>, is_in: bool) -> Result<(), ErrorKind> {
        // The namespace URI, local and qualified name and value of each.
        let mut written: Vec<(&str, &str, &str, &str)> = Vec::new();
        let own = node.attributes().filter(|attribute| self.set.contains_attribute(*attribute));
        written.extend(own.map(|a| (a.namespace(), a.local(), a.name(), a.value())));
        if is_in && self.method.method == Method::Inclusive11 {
            // By its text 2.4 keeps xml:base out if the node-set has the element without it. Everybody
            // who took part in the interoperability tests of 1.1 writes it, and their vectors stand.
            let left_out = |a: &Attribute<'_>| a.local() == "base" && !self.set.contains_attribute(*a);
            let base = self.xml_attributes(node).find(left_out);
            written.extend(base.map(|a| (a.namespace(), a.local(), a.name(), a.value())));
        }
        let parent_omitted =
            node.parent().is_some_and(|parent| parent.kind() == Kind::Element && !self.set.contains(parent));
        let base;
        if is_in && parent_omitted && self.method.method != Method::Exclusive {
            for attribute in self.inherited(node)? {
                written.push((XML, attribute.local(), attribute.name(), attribute.value()));
            }
            if self.method.method == Method::Inclusive11
                && let Some(fixed) = self.fixed_base(node)?
            {
                base = fixed;
                written.retain(|(uri, local, ..)| (*uri, *local) != (XML, "base"));
                if !base.is_empty() {
                    written.push((XML, "base", "xml:base", &base));
                }
            }
        }
        written.sort_unstable();
        for (_, _, name, value) in written {
            self.spend(name.len() + value.len() + 4)?;
            self.output.put(b" ");
            self.output.put(name.as_bytes());
            self.output.put(b"=");
            self.output.value(value.as_bytes());
        }
        Ok(())
    }

    fn xml_attributes(&self, node: Node<'t>) -> impl Iterator<Item = Attribute<'t>> + use<'t> {
        self.xml_attributes.get(&node.index()).cloned().unwrap_or_default().into_iter()
    }

    /// The nearest `xml:` attributes of ancestors, in the set or not, that the element has not itself:
    /// all in 1.0 but `xml:lang` and `xml:space` in 1.1 (2.4 of each).
    fn inherited(&mut self, node: Node<'t>) -> Result<Vec<Attribute<'t>>, ErrorKind> {
        let mut nearest: HashMap<&str, Option<Attribute<'t>>> =
            self.xml_attributes(node).map(|attribute| (attribute.local(), None)).collect();
        for ancestor in std::iter::successors(node.parent(), |node| node.parent()) {
            for attribute in self.xml_attributes(ancestor) {
                let local = attribute.local();
                self.spend(local.len())?;
                if self.method.method == Method::Inclusive || matches!(local, "lang" | "space") {
                    nearest.entry(local).or_insert(Some(attribute));
                }
            }
        }
        Ok(nearest.into_values().flatten().collect())
    }

    fn fixed_base(&mut self, node: Node<'t>) -> Result<Option<String>, ErrorKind> {
        let base = |element: Node<'t>| {
            self.xml_attributes(element).find(|attribute| attribute.local() == "base").map(Attribute::value)
        };
        let omitted: Vec<&str> = std::iter::successors(node.parent(), |node| node.parent())
            .take_while(|ancestor| ancestor.kind() == Kind::Element && !self.set.contains(*ancestor))
            .filter_map(base)
            .collect();
        let own = base(node);
        // Each join goes over all that was joined before.
        let octets = omitted.iter().map(|value| value.len()).sum::<usize>() + own.map_or(0, str::len);
        self.spend(octets.saturating_mul(omitted.len()))?;
        Ok(super::base::fixed_up(own, omitted.into_iter()))
    }
}
