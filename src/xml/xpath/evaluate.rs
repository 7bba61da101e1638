//! Evaluation: values of expressions at a context node, with what is worth remembering remembered.

use std::borrow::Cow;
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use super::parse::{Axis, Compiled, Expr, Function, Operator, Start, Step, Test};
use super::value::{Item, Part, Value, narrow, number, round, substring, text_of_number, translate, wide};
use super::{Budget, Error, Ids};
use crate::xml::c14n::NodeSet;
use crate::xml::c14n::nodeset::Axes;
use crate::xml::read::is_space;
use crate::xml::tree::{Attribute, Kind, Node, Tree};

/// Where an expression is evaluated: the node, its position and how many there are.
#[derive(Clone, Copy)]
struct Context {
    item: Item,
    position: u32,
    size: u32,
}

/// What is known of a path for all nodes of the tree.
enum Memory {
    Nothing,
    /// Whether the node or an ancestor is one that the test wants.
    Above(Vec<bool>),
    /// How many nodes before an index are.
    Before(Vec<u32>),
}

pub(super) struct Evaluation<'e, 't> {
    tree: &'t Tree,
    axes: Arc<Axes<'t>>,
    expr: &'e Expr,
    here: Option<Node<'t>>,
    ids: &'e Ids<'e, 't>,
    budget: &'e mut Budget,
    constants: Vec<Option<Value>>,
    memories: Vec<Memory>,
}

/// A list is cleared of duplicates when it has grown by so much.
const CROWD: usize = 1 << 16;

fn whole(node: Node<'_>) -> Item {
    Item { node: narrow(node.index()), part: Part::Whole }
}

fn in_order(mut items: Vec<Item>) -> Vec<Item> {
    if !items.is_sorted() {
        items.sort_unstable();
    }
    items.dedup();
    items
}

impl<'e, 't> Evaluation<'e, 't> {
    pub(super) fn new(
        tree: &'t Tree,
        axes: Arc<Axes<'t>>,
        compiled: &'e Compiled,
        here: Option<Node<'t>>,
        ids: &'e Ids<'e, 't>,
        budget: &'e mut Budget,
    ) -> Self {
        Self {
            tree,
            axes,
            expr: &compiled.expr,
            here,
            ids,
            budget,
            constants: vec![None; compiled.slots],
            memories: (0..compiled.slots).map(|_| Memory::Nothing).collect(),
        }
    }

    /// Gives the nodes that the expression selects, seen from the root, in document order.
    pub(super) fn select(&mut self, mut visit: impl FnMut(&Self, Item)) -> Result<(), Error> {
        let context = Context { item: whole(self.tree.root()), position: 1, size: 1 };
        let Value::Nodes(items) = self.value(self.expr, context)? else {
            return Err(Error::Type("the expression gives no nodes"));
        };
        for item in items.iter() {
            visit(self, *item);
        }
        Ok(())
    }

    /// Whether the expression is true of a node.
    pub(super) fn holds(&mut self, item: Item) -> Result<bool, Error> {
        self.spend(1)?;
        self.truth(self.expr, Context { item, position: 1, size: 1 })
    }

    /// A node, its namespace nodes and its attributes as far as they are in a set.
    pub(super) fn items_of(&self, set: &NodeSet<'t>, node: Node<'t>) -> Vec<Item> {
        let own = narrow(node.index());
        let mut items = Vec::new();
        if set.contains(node) {
            items.push(whole(node));
        }
        let namespaces = self.axes.namespaces(node).filter(|(number, ..)| set.has_namespace(*number));
        items
            .extend(namespaces.map(|(number, ..)| Item { node: own, part: Part::Namespace(narrow(number)) }));
        let attributes = node.attributes().filter(|attribute| set.contains_attribute(*attribute));
        items.extend(attributes.map(|a| Item { node: own, part: Part::Attribute(narrow(a.index())) }));
        items
    }

    pub(super) fn insert(&self, set: &mut NodeSet<'t>, item: Item) {
        match item.part {
            Part::Whole => set.insert(self.node(item)),
            Part::Namespace(number) => set.insert_namespace(wide(number)),
            Part::Attribute(at) => {
                if let Some(attribute) = self.tree.attribute(wide(at)) {
                    set.insert_attribute(attribute);
                }
            }
        }
    }

    /// The node whose subtree an item stands for; none for an attribute or a namespace node.
    pub(super) fn subtree(&self, item: Item) -> Option<Node<'t>> {
        (item.part == Part::Whole).then(|| self.node(item))
    }

    fn node(&self, item: Item) -> Node<'t> {
        self.tree.node(wide(item.node)).unwrap_or(self.tree.root())
    }

    fn attribute(&self, item: Item) -> Option<Attribute<'t>> {
        match item.part {
            Part::Attribute(at) => self.tree.attribute(wide(at)),
            _ => None,
        }
    }

    fn spend(&mut self, steps: usize) -> Result<(), Error> {
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        match self.budget.steps.checked_sub(steps) {
            Some(left) => {
                self.budget.steps = left;
                Ok(())
            }
            None => {
                self.budget.steps = 0;
                Err(Error::Budget("xpath_steps"))
            }
        }
    }

    /// A string that was made.
    fn made(&mut self, text: String) -> Result<Value, Error> {
        self.spend(text.len() / 16 + 1)?;
        Ok(Value::Text(text.into()))
    }

    // Conversions.

    fn text_of_item(&mut self, item: Item) -> Result<Cow<'t, str>, Error> {
        let node = self.node(item);
        let text = match item.part {
            Part::Namespace(number) => Cow::Borrowed(self.axes.namespace(node, wide(number)).1),
            Part::Attribute(_) => Cow::Borrowed(self.attribute(item).map_or("", Attribute::value)),
            Part::Whole if matches!(node.kind(), Kind::Root | Kind::Element) => {
                self.spend(node.end() - node.index())?;
                let inside = (node.index()..node.end()).filter_map(|at| self.tree.node(at));
                let mut pieces = inside.filter(|node| node.kind() == Kind::Text).map(Node::value);
                match (pieces.next(), pieces.next()) {
                    (first, None) => Cow::Borrowed(first.unwrap_or_default()),
                    (Some(first), Some(second)) => {
                        let mut text = format!("{first}{second}");
                        text.extend(pieces);
                        Cow::Owned(text)
                    }
                    (None, Some(_)) => Cow::Borrowed(""),
                }
            }
            Part::Whole => Cow::Borrowed(node.value()),
        };
        self.spend(text.len() / 16 + 1)?;
        Ok(text)
    }

    fn text(&mut self, value: &Value) -> Result<Rc<str>, Error> {
        Ok(match value {
            Value::Text(text) => Rc::clone(text),
            Value::Boolean(value) => Rc::from(if *value { "true" } else { "false" }),
            Value::Number(value) => Rc::from(text_of_number(*value)),
            Value::Nodes(items) => match items.first() {
                Some(item) => Rc::from(&*self.text_of_item(*item)?),
                None => Rc::from(""),
            },
        })
    }

    fn number(&mut self, value: &Value) -> Result<f64, Error> {
        Ok(match value {
            Value::Number(value) => *value,
            Value::Boolean(value) => f64::from(u8::from(*value)),
            other => number(&self.text(other)?),
        })
    }

    fn boolean(value: &Value) -> bool {
        match value {
            Value::Boolean(value) => *value,
            Value::Number(value) => *value != 0.0 && !value.is_nan(),
            Value::Text(text) => !text.is_empty(),
            Value::Nodes(items) => !items.is_empty(),
        }
    }

    // Expressions.

    /// As `boolean()` of the value, without making more of it than is needed.
    fn truth(&mut self, expr: &'e Expr, context: Context) -> Result<bool, Error> {
        match expr {
            Expr::Chain(first, others)
                if others.iter().all(|(operator, _)| matches!(operator, Operator::Or | Operator::And)) =>
            {
                let mut truth = self.truth(first, context)?;
                for (operator, other) in others {
                    if truth == (*operator == Operator::Or) {
                        break;
                    }
                    truth = self.truth(other, context)?;
                }
                Ok(truth)
            }
            Expr::Call(function @ (Function::Not | Function::Boolean), arguments) => {
                let Some(argument) = arguments.first() else { return Ok(false) };
                Ok(self.truth(argument, context)? == (*function == Function::Boolean))
            }
            Expr::Path { start: Start::Context, steps, slot } => match &**steps {
                [step] if step.predicates.is_empty() => self.leads_anywhere(step, *slot, context.item),
                _ => Ok(!self.walk(vec![context.item], steps)?.is_empty()),
            },
            other => Ok(Self::boolean(&self.value(other, context)?)),
        }
    }

    /// Whether a step without predicates finds a node.
    fn leads_anywhere(&mut self, step: &Step, slot: usize, item: Item) -> Result<bool, Error> {
        self.spend(1)?;
        let at = wide(item.node);
        let is_whole = item.part == Part::Whole;
        let (above, with_own) = match step.axis {
            Axis::Own => return Ok(self.matches(item, step)),
            Axis::Ancestor => (true, false),
            Axis::AncestorOrSelf => (true, true),
            Axis::Descendant => (false, false),
            Axis::DescendantOrSelf => (false, true),
            _ => {
                let mut found = Vec::new();
                self.step(item, step, &mut found)?;
                return Ok(!found.is_empty());
            }
        };
        if with_own && self.matches(item, step) {
            return Ok(true);
        }
        if matches!(self.memories.get(slot), Some(Memory::Nothing)) {
            self.spend(self.tree.len())?;
            let memory = self.remember(step, above);
            if let Some(place) = self.memories.get_mut(slot) {
                *place = memory;
            }
        }
        let node = self.node(item);
        Ok(match self.memories.get(slot) {
            Some(Memory::Above(above)) => {
                let nearest = if is_whole { node.parent().map(Node::index) } else { Some(at) };
                nearest.and_then(|nearest| above.get(nearest)).copied().unwrap_or(false)
            }
            Some(Memory::Before(before)) if is_whole => before.get(at + 1) < before.get(node.end()),
            _ => false,
        })
    }

    fn remember(&self, step: &Step, above: bool) -> Memory {
        let wanted = |at: usize| self.matches(Item { node: narrow(at), part: Part::Whole }, step);
        if above {
            let mut found: Vec<bool> = Vec::with_capacity(self.tree.len());
            for node in (0..self.tree.len()).filter_map(|at| self.tree.node(at)) {
                let inherited = node.parent().and_then(|parent| found.get(parent.index()));
                found.push(inherited == Some(&true) || wanted(node.index()));
            }
            return Memory::Above(found);
        }
        let mut count = 0;
        let mut before = vec![0];
        before.extend((0..self.tree.len()).map(|at| {
            count += u32::from(wanted(at));
            count
        }));
        Memory::Before(before)
    }

    fn value(&mut self, expr: &'e Expr, context: Context) -> Result<Value, Error> {
        match expr {
            Expr::Number(number) => Ok(Value::Number(*number)),
            Expr::Literal(text) => self.made(text.clone()),
            Expr::Constant(slot, inner) => {
                if let Some(Some(value)) = self.constants.get(*slot) {
                    return Ok(value.clone());
                }
                let value = self.value(inner, context)?;
                if let Some(place) = self.constants.get_mut(*slot) {
                    *place = Some(value.clone());
                }
                Ok(value)
            }
            Expr::Negated(signs, inner) => {
                let value = self.value(inner, context)?;
                let number = self.number(&value)?;
                Ok(Value::Number(if signs % 2 == 1 { -number } else { number }))
            }
            Expr::Chain(first, others) => self.chain(expr, first, others, context),
            Expr::Call(function, arguments) => self.call(*function, arguments, context),
            Expr::Path { start, steps, .. } => {
                let items = match start {
                    Start::Context => vec![context.item],
                    Start::Root => vec![whole(self.tree.root())],
                    Start::Nodes(nodes, predicates) => {
                        let Value::Nodes(items) = self.value(nodes, context)? else {
                            return Err(Error::Type("a step or predicate on what is not nodes"));
                        };
                        let mut items = items.to_vec();
                        for predicate in predicates {
                            items = self.filtered(items, predicate)?;
                        }
                        items
                    }
                };
                Ok(Value::Nodes(Rc::new(self.walk(items, steps)?)))
            }
        }
    }

    fn chain(
        &mut self,
        expr: &'e Expr,
        first: &'e Expr,
        others: &'e [(Operator, Expr)],
        context: Context,
    ) -> Result<Value, Error> {
        if others.iter().any(|(operator, _)| matches!(operator, Operator::Or | Operator::And)) {
            return Ok(Value::Boolean(self.truth(expr, context)?));
        }
        let mut left = self.value(first, context)?;
        if others.iter().any(|(operator, _)| *operator == Operator::Unite) {
            let mut items = Vec::new();
            let mut operand = Some(left);
            let mut rest = others.iter();
            while let Some(value) = operand {
                let Value::Nodes(more) = value else {
                    return Err(Error::Type("a union of what is not nodes"));
                };
                self.spend(more.len())?;
                items.extend(more.iter().copied());
                operand = rest.next().map(|(_, other)| self.value(other, context)).transpose()?;
            }
            return Ok(Value::Nodes(Rc::new(in_order(items))));
        }
        for (operator, other) in others {
            self.spend(1)?;
            let right = self.value(other, context)?;
            left = match operator {
                Operator::Equal
                | Operator::NotEqual
                | Operator::Less
                | Operator::LessOrEqual
                | Operator::Greater
                | Operator::GreaterOrEqual => Value::Boolean(self.compare(*operator, &left, &right)?),
                _ => {
                    let (left, right) = (self.number(&left)?, self.number(&right)?);
                    Value::Number(match operator {
                        Operator::Add => left + right,
                        Operator::Subtract => left - right,
                        Operator::Multiply => left * right,
                        Operator::Divide => left / right,
                        _ => left % right,
                    })
                }
            };
        }
        Ok(left)
    }

    /// Comparison (3.4). Of two sets of nodes it is linear: only the extremes count for an order.
    fn compare(&mut self, operator: Operator, left: &Value, right: &Value) -> Result<bool, Error> {
        let is_equality = matches!(operator, Operator::Equal | Operator::NotEqual);
        match (left, right) {
            (Value::Boolean(_), _) | (_, Value::Boolean(_)) => {
                let (left, right) = (Self::boolean(left), Self::boolean(right));
                Ok(ordered(operator, f64::from(u8::from(left)), f64::from(u8::from(right))))
            }
            (Value::Nodes(left), Value::Nodes(right)) if is_equality => {
                let left = self.texts(left)?;
                let right = self.texts(right)?;
                if operator == Operator::Equal {
                    return Ok(!left.is_disjoint(&right));
                }
                // All alike is the one case in which no pair differs.
                let alike = left.len() == 1 && left == right;
                Ok(!(left.is_empty() || right.is_empty() || alike))
            }
            (Value::Nodes(left), Value::Nodes(right)) => {
                let (left, right) = (self.numbers(left)?, self.numbers(right)?);
                let least = |all: &[f64]| all.iter().copied().fold(f64::NAN, f64::min);
                let most = |all: &[f64]| all.iter().copied().fold(f64::NAN, f64::max);
                Ok(match operator {
                    Operator::Less | Operator::LessOrEqual => ordered(operator, least(&left), most(&right)),
                    _ => ordered(operator, most(&left), least(&right)),
                })
            }
            (Value::Nodes(items), Value::Text(text)) | (Value::Text(text), Value::Nodes(items))
                if is_equality =>
            {
                for item in items.iter() {
                    if (*self.text_of_item(*item)? == **text) == (operator == Operator::Equal) {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            (Value::Nodes(items), other) => {
                let other = self.number(other)?;
                Ok(self.numbers(items)?.into_iter().any(|own| ordered(operator, own, other)))
            }
            (other, Value::Nodes(items)) => {
                let other = self.number(other)?;
                Ok(self.numbers(items)?.into_iter().any(|own| ordered(operator, other, own)))
            }
            (Value::Text(left), Value::Text(right)) if is_equality => {
                Ok((left == right) == (operator == Operator::Equal))
            }
            _ => Ok(ordered(operator, self.number(left)?, self.number(right)?)),
        }
    }

    fn texts(&mut self, items: &[Item]) -> Result<HashSet<Cow<'t, str>>, Error> {
        items.iter().map(|item| self.text_of_item(*item)).collect()
    }

    fn numbers(&mut self, items: &[Item]) -> Result<Vec<f64>, Error> {
        items.iter().map(|item| self.text_of_item(*item).map(|text| number(&text))).collect()
    }

    fn call(&mut self, function: Function, arguments: &'e [Expr], context: Context) -> Result<Value, Error> {
        self.spend(1)?;
        match (function, arguments) {
            (Function::Not, [argument]) => return Ok(Value::Boolean(!self.truth(argument, context)?)),
            (Function::Boolean, [argument]) => return Ok(Value::Boolean(self.truth(argument, context)?)),
            _ => {}
        }
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.value(argument, context)?);
        }
        let own = || Value::Nodes(Rc::new(vec![context.item]));
        match function {
            Function::True | Function::False => Ok(Value::Boolean(function == Function::True)),
            Function::Position => Ok(Value::Number(f64::from(context.position))),
            Function::Last => Ok(Value::Number(f64::from(context.size))),
            Function::Here => match self.here {
                Some(here) => Ok(Value::Nodes(Rc::new(vec![whole(here)]))),
                None => Err(Error::Unsupported("here() outside the document".to_owned())),
            },
            Function::Count | Function::Sum => {
                let Some(Value::Nodes(items)) = values.first() else {
                    return Err(Error::Type("count() or sum() of what is not nodes"));
                };
                Ok(Value::Number(match function {
                    Function::Count => f64::from(narrow(items.len())),
                    _ => self.numbers(items)?.into_iter().sum(),
                }))
            }
            Function::Id => self.identified(values.first()),
            Function::LocalName | Function::Name | Function::NamespaceUri => {
                let Value::Nodes(items) = values.pop().unwrap_or_else(own) else {
                    return Err(Error::Type("a name of what is not nodes"));
                };
                let name = items.first().map_or("", |item| self.name(function, *item));
                self.made(name.to_owned())
            }
            Function::Number | Function::Floor | Function::Ceiling | Function::Round => {
                let value = values.pop().unwrap_or_else(own);
                let number = self.number(&value)?;
                Ok(Value::Number(match function {
                    Function::Floor => number.floor(),
                    Function::Ceiling => number.ceil(),
                    Function::Round => round(number),
                    _ => number,
                }))
            }
            _ => {
                if values.is_empty() {
                    values.push(own());
                }
                self.call_on_text(function, &values)
            }
        }
    }

    /// The functions on strings (4.2).
    fn call_on_text(&mut self, function: Function, values: &[Value]) -> Result<Value, Error> {
        let mut texts = Vec::with_capacity(values.len());
        for value in values {
            let text = self.text(value)?;
            self.spend(text.len() / 16 + 1)?;
            texts.push(text);
        }
        let text = |at: usize| texts.get(at).map_or("", |text| &**text);
        match function {
            Function::Contains => Ok(Value::Boolean(text(0).contains(text(1)))),
            Function::StartsWith => Ok(Value::Boolean(text(0).starts_with(text(1)))),
            Function::StringLength => Ok(Value::Number(f64::from(narrow(text(0).chars().count())))),
            Function::Concat => self.made(texts.concat()),
            Function::NormalizeSpace => {
                let words: Vec<&str> = text(0).split(is_space).filter(|word| !word.is_empty()).collect();
                self.made(words.join(" "))
            }
            Function::SubstringBefore => {
                self.made(text(0).split_once(text(1)).map_or("", |(before, _)| before).to_owned())
            }
            Function::SubstringAfter => {
                self.made(text(0).split_once(text(1)).map_or("", |(_, after)| after).to_owned())
            }
            Function::Translate => self.made(translate(text(0), text(1), text(2))),
            Function::Substring => {
                let start = values.get(1).map_or(Ok(f64::NAN), |value| self.number(value))?;
                let length = values.get(2).map_or(Ok(f64::INFINITY), |value| self.number(value))?;
                self.made(substring(text(0), start, length))
            }
            _ => Ok(Value::Text(texts.first().cloned().unwrap_or_else(|| Rc::from("")))),
        }
    }

    fn identified(&mut self, value: Option<&Value>) -> Result<Value, Error> {
        let texts: Vec<Cow<'_, str>> = match value {
            Some(Value::Nodes(items)) => self.texts(items)?.into_iter().collect(),
            Some(other) => vec![Cow::Owned(self.text(other)?.to_string())],
            None => Vec::new(),
        };
        let mut found = Vec::new();
        for id in texts.iter().flat_map(|text| text.split(is_space)).filter(|id| !id.is_empty()) {
            self.spend(id.len() + 64)?;
            found.extend((self.ids)(id).map(whole));
        }
        Ok(Value::Nodes(Rc::new(in_order(found))))
    }

    fn name(&self, function: Function, item: Item) -> &'t str {
        let node = self.node(item);
        let (qualified, local, uri) = match item.part {
            Part::Namespace(number) => {
                let prefix = self.axes.namespace(node, wide(number)).0;
                (prefix, prefix, "")
            }
            Part::Attribute(_) => match self.attribute(item) {
                Some(attribute) => (attribute.name(), attribute.local(), attribute.namespace()),
                None => ("", "", ""),
            },
            Part::Whole => match node.kind() {
                Kind::Element => (node.name(), node.local(), node.namespace()),
                Kind::ProcessingInstruction => (node.name(), node.name(), ""),
                _ => ("", "", ""),
            },
        };
        match function {
            Function::Name => qualified,
            Function::LocalName => local,
            _ => uri,
        }
    }

    // Paths.

    /// What the steps lead to from `items`, in document order.
    fn walk(&mut self, items: Vec<Item>, steps: &'e [Step]) -> Result<Vec<Item>, Error> {
        let mut items = in_order(items);
        for step in steps {
            let mut found = Vec::new();
            let mut crowd = CROWD;
            for item in items {
                if step.predicates.is_empty() {
                    self.step(item, step, &mut found)?;
                } else {
                    let mut candidates = Vec::new();
                    self.step(item, step, &mut candidates)?;
                    for predicate in &step.predicates {
                        candidates = self.filtered(candidates, predicate)?;
                    }
                    found.extend(candidates);
                }
                if found.len() > crowd {
                    found = in_order(found);
                    crowd = found.len() * 2 + CROWD;
                }
            }
            items = in_order(found);
        }
        Ok(items)
    }

    /// The items for which a predicate holds; they are in the order in which it counts positions.
    fn filtered(&mut self, items: Vec<Item>, predicate: &'e Expr) -> Result<Vec<Item>, Error> {
        let size = narrow(items.len());
        let mut kept = Vec::new();
        for (item, position) in items.into_iter().zip(1..) {
            self.spend(1)?;
            let context = Context { item, position, size };
            let holds = match predicate {
                Expr::Path { .. } => self.truth(predicate, context)?,
                Expr::Chain(_, others) if others.iter().any(|(operator, _)| gives_truth(*operator)) => {
                    self.truth(predicate, context)?
                }
                _ => match self.value(predicate, context)? {
                    Value::Number(number) => number == f64::from(position),
                    other => Self::boolean(&other),
                },
            };
            if holds {
                kept.push(item);
            }
        }
        Ok(kept)
    }

    /// Adds what the axis and test of a step find from one node, in the order of the axis.
    fn step(&mut self, item: Item, step: &Step, found: &mut Vec<Item>) -> Result<(), Error> {
        let node = self.node(item);
        let at = node.index();
        let is_whole = item.part == Part::Whole;
        match step.axis {
            Axis::Own => self.try_all([item], step, found),
            Axis::Child if is_whole => self.try_nodes(node.children(), step, found),
            Axis::Descendant if is_whole => self.try_range(at + 1, node.end(), step, found),
            Axis::DescendantOrSelf if is_whole => self.try_range(at, node.end(), step, found),
            Axis::DescendantOrSelf => self.try_all([item], step, found),
            Axis::Parent => {
                self.try_nodes(if is_whole { node.parent() } else { Some(node) }.into_iter(), step, found)
            }
            Axis::Ancestor | Axis::AncestorOrSelf => {
                if step.axis == Axis::AncestorOrSelf {
                    self.try_all([item], step, found)?;
                }
                let first = if is_whole { node.parent() } else { Some(node) };
                self.try_nodes(std::iter::successors(first, |node| node.parent()), step, found)
            }
            Axis::Following => {
                self.try_range(if is_whole { node.end() } else { at + 1 }, self.tree.len(), step, found)
            }
            Axis::Preceding => {
                // Ancestors end later; they are walked over too.
                self.spend(at)?;
                let tree = self.tree;
                let before = (1..at).rev().filter_map(|before| tree.node(before));
                self.try_nodes(before.filter(|before| before.end() <= at), step, found)
            }
            Axis::FollowingSibling if is_whole => {
                let end = node.parent().map_or(0, Node::end);
                let tree = self.tree;
                let next = |node: &Node<'t>| tree.node(node.end()).filter(|next| next.index() < end);
                self.try_nodes(std::iter::successors(next(&node), next), step, found)
            }
            Axis::PrecedingSibling if is_whole => {
                let Some(parent) = node.parent() else { return Ok(()) };
                let mut before: Vec<Node<'t>> =
                    parent.children().take_while(|child| child.index() < at).collect();
                self.spend(before.len())?;
                before.reverse();
                self.try_nodes(before.into_iter(), step, found)
            }
            Axis::Attribute if is_whole => {
                let owner = item.node;
                let attributes = node
                    .attributes()
                    .map(|attribute| Item { node: owner, part: Part::Attribute(narrow(attribute.index())) });
                self.try_all(attributes, step, found)
            }
            Axis::Namespace if is_whole => {
                let axes = Arc::clone(&self.axes);
                let owner = item.node;
                let namespaces = axes
                    .namespaces(node)
                    .map(|(number, ..)| Item { node: owner, part: Part::Namespace(narrow(number)) });
                self.try_all(namespaces, step, found)
            }
            // Attributes and namespace nodes have no children, siblings and attributes.
            _ => Ok(()),
        }
    }

    fn try_range(
        &mut self,
        start: usize,
        end: usize,
        step: &Step,
        found: &mut Vec<Item>,
    ) -> Result<(), Error> {
        self.try_all((start..end).map(|at| Item { node: narrow(at), part: Part::Whole }), step, found)
    }

    fn try_nodes(
        &mut self,
        nodes: impl Iterator<Item = Node<'t>>,
        step: &Step,
        found: &mut Vec<Item>,
    ) -> Result<(), Error> {
        self.try_all(nodes.map(whole), step, found)
    }

    fn try_all(
        &mut self,
        items: impl IntoIterator<Item = Item>,
        step: &Step,
        found: &mut Vec<Item>,
    ) -> Result<(), Error> {
        for item in items {
            self.spend(1)?;
            if self.matches(item, step) {
                found.push(item);
            }
        }
        Ok(())
    }

    /// Whether a node on the axis of a step passes its test (2.3).
    fn matches(&self, item: Item, step: &Step) -> bool {
        let node = self.node(item);
        let kind = |kind| item.part == Part::Whole && node.kind() == kind;
        let is_principal = match step.axis {
            Axis::Attribute => matches!(item.part, Part::Attribute(_)),
            Axis::Namespace => matches!(item.part, Part::Namespace(_)),
            _ => kind(Kind::Element),
        };
        match &step.test {
            Test::Any => true,
            Test::Text => kind(Kind::Text),
            Test::Comment => kind(Kind::Comment),
            Test::Instruction(target) => {
                kind(Kind::ProcessingInstruction) && target.as_deref().is_none_or(|name| name == node.name())
            }
            Test::Principal => is_principal,
            Test::Namespace(uri) => is_principal && self.name(Function::NamespaceUri, item) == uri,
            Test::Name(uri, local) => {
                is_principal
                    && self.name(Function::LocalName, item) == local
                    && self.name(Function::NamespaceUri, item) == uri
            }
        }
    }
}

fn gives_truth(operator: Operator) -> bool {
    use Operator::{And, Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual, Or};
    matches!(operator, Or | And | Equal | NotEqual | Less | LessOrEqual | Greater | GreaterOrEqual)
}

fn ordered(operator: Operator, left: f64, right: f64) -> bool {
    match operator {
        Operator::NotEqual => left != right,
        Operator::Less => left < right,
        Operator::LessOrEqual => left <= right,
        Operator::Greater => left > right,
        Operator::GreaterOrEqual => left >= right,
        _ => left == right,
    }
}
