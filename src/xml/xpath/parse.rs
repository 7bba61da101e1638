//! From text to an expression: the lexical rules of XPath 1.0 (3.7) and its grammar by recursive descent.
//!
//! Operators of one precedence are kept as a list, so that the depth of an expression is that of its
//! brackets, which is bounded. Expressions whose value cannot depend on the context node are marked, so
//! that they are evaluated once.

use super::{Budget, Error};
use crate::xml::read::{is_name_part, is_name_start, is_space};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    Ancestor,
    AncestorOrSelf,
    Attribute,
    Child,
    Descendant,
    DescendantOrSelf,
    Following,
    FollowingSibling,
    Namespace,
    Parent,
    Preceding,
    PrecedingSibling,
    Own,
}

const AXES: [(&str, Axis); 13] = [
    ("ancestor", Axis::Ancestor),
    ("ancestor-or-self", Axis::AncestorOrSelf),
    ("attribute", Axis::Attribute),
    ("child", Axis::Child),
    ("descendant", Axis::Descendant),
    ("descendant-or-self", Axis::DescendantOrSelf),
    ("following", Axis::Following),
    ("following-sibling", Axis::FollowingSibling),
    ("namespace", Axis::Namespace),
    ("parent", Axis::Parent),
    ("preceding", Axis::Preceding),
    ("preceding-sibling", Axis::PrecedingSibling),
    ("self", Axis::Own),
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test {
    /// `node()`
    Any,
    Text,
    Comment,
    /// `processing-instruction()`, with a target or without.
    Instruction(Option<String>),
    /// `*`
    Principal,
    /// `prefix:*`: the URI.
    Namespace(String),
    /// A name: the URI, empty for none, and the local part.
    Name(String, String),
}

#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) axis: Axis,
    pub(super) test: Test,
    pub(super) predicates: Vec<Expr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Unite,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Boolean,
    Ceiling,
    Concat,
    Contains,
    Count,
    False,
    Floor,
    Here,
    Id,
    Last,
    LocalName,
    Name,
    NamespaceUri,
    NormalizeSpace,
    Not,
    Number,
    Position,
    Round,
    StartsWith,
    String,
    StringLength,
    Substring,
    SubstringAfter,
    SubstringBefore,
    Sum,
    Translate,
    True,
}

/// Name, the least and most arguments.
const FUNCTIONS: [(&str, Function, usize, usize); 27] = [
    ("boolean", Function::Boolean, 1, 1),
    ("ceiling", Function::Ceiling, 1, 1),
    ("concat", Function::Concat, 2, usize::MAX),
    ("contains", Function::Contains, 2, 2),
    ("count", Function::Count, 1, 1),
    ("false", Function::False, 0, 0),
    ("floor", Function::Floor, 1, 1),
    ("here", Function::Here, 0, 0),
    ("id", Function::Id, 1, 1),
    ("last", Function::Last, 0, 0),
    ("local-name", Function::LocalName, 0, 1),
    ("name", Function::Name, 0, 1),
    ("namespace-uri", Function::NamespaceUri, 0, 1),
    ("normalize-space", Function::NormalizeSpace, 0, 1),
    ("not", Function::Not, 1, 1),
    ("number", Function::Number, 0, 1),
    ("position", Function::Position, 0, 0),
    ("round", Function::Round, 1, 1),
    ("starts-with", Function::StartsWith, 2, 2),
    ("string", Function::String, 0, 1),
    ("string-length", Function::StringLength, 0, 1),
    ("substring", Function::Substring, 2, 3),
    ("substring-after", Function::SubstringAfter, 2, 2),
    ("substring-before", Function::SubstringBefore, 2, 2),
    ("sum", Function::Sum, 1, 1),
    ("translate", Function::Translate, 3, 3),
    ("true", Function::True, 0, 0),
];

#[derive(Clone, Debug)]
pub(super) enum Expr {
    Number(f64),
    Literal(String),
    /// Operands of operators of one precedence, applied from left to right.
    Chain(Box<Expr>, Vec<(Operator, Expr)>),
    /// So many minus signs.
    Negated(u32, Box<Expr>),
    Call(Function, Vec<Expr>),
    /// Steps from where `start` says; `slot` is the place of what is remembered of it.
    Path {
        start: Start,
        steps: Vec<Step>,
        slot: usize,
    },
    /// Evaluated once and remembered at a slot.
    Constant(usize, Box<Expr>),
}

#[derive(Clone, Debug)]
pub(super) enum Start {
    Context,
    Root,
    /// An expression for nodes, filtered by predicates.
    Nodes(Box<Expr>, Vec<Expr>),
}

/// A parsed expression and how many slots it has.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    pub(super) expr: Expr,
    pub(super) slots: usize,
    /// What `id()` is called with literally: identifiers with white space between them.
    pub(super) identifiers: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Token<'x> {
    Number(f64),
    Literal(&'x str),
    /// A name, a name with prefix, or `prefix:*`.
    Name(&'x str),
    Operator(Operator),
    Function(&'x str),
    /// The name of `comment`, `text`, `processing-instruction` or `node` before its bracket.
    NodeType(&'x str),
    Axis(&'x str),
    /// `*` as a node test.
    Star,
    /// `(` `)` `[` `]` `.` `..` `@` `,` `/` `//`
    Mark(&'static str),
}

const MARKS: [&str; 10] = ["//", "..", "(", ")", "[", "]", ".", "@", ",", "/"];
const SYMBOLS: [(&str, Operator); 9] = [
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("+", Operator::Add),
    ("-", Operator::Subtract),
    ("|", Operator::Unite),
];
const WORDS: [(&str, Operator); 4] =
    [("and", Operator::And), ("or", Operator::Or), ("mod", Operator::Modulo), ("div", Operator::Divide)];

fn syntax<T>(what: &'static str, at: usize) -> Result<T, Error> {
    Err(Error::Syntax { what, at })
}

fn ncname(text: &str) -> &str {
    if !text.starts_with(is_name_start) {
        return "";
    }
    let end = text.find(|character| !is_name_part(character)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// The tokens and where each begins (3.7).
fn tokens(text: &str) -> Result<Vec<(Token<'_>, usize)>, Error> {
    let mut found: Vec<(Token<'_>, usize)> = Vec::new();
    let mut rest = text.trim_start_matches(is_space);
    while !rest.is_empty() {
        let at = text.len() - rest.len();
        // After an operand a star or a name is an operator.
        let after_operand = found.last().is_some_and(|(last, _)| {
            !matches!(
                last,
                Token::Operator(_) | Token::Axis(_) | Token::Mark("@" | "(" | "[" | "," | "/" | "//")
            )
        });
        let (token, length) = token(rest, after_operand, at)?;
        found.push((token, at));
        rest = rest.get(length..).unwrap_or_default().trim_start_matches(is_space);
    }
    Ok(found)
}

fn token(rest: &str, after_operand: bool, at: usize) -> Result<(Token<'_>, usize), Error> {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let fraction = rest
        .get(digits..)
        .and_then(|after| after.strip_prefix('.'))
        .map(|after| after.bytes().take_while(u8::is_ascii_digit).count());
    if digits > 0 || fraction.is_some_and(|length| length > 0) {
        let length = digits + fraction.map_or(0, |length| length + 1);
        let Ok(number) = rest.get(..length).unwrap_or_default().parse() else {
            return syntax("a number", at);
        };
        return Ok((Token::Number(number), length));
    }
    if let Some(quote @ ('"' | '\'')) = rest.chars().next() {
        let inside = rest.get(1..).unwrap_or_default();
        let Some(length) = inside.find(quote) else { return syntax("a literal that does not end", at) };
        return Ok((Token::Literal(inside.get(..length).unwrap_or_default()), length + 2));
    }
    if let Some((symbol, operator)) = SYMBOLS.iter().find(|(symbol, _)| rest.starts_with(symbol)) {
        return Ok((Token::Operator(*operator), symbol.len()));
    }
    if let Some(mark) = MARKS.iter().find(|mark| rest.starts_with(**mark)) {
        return Ok((Token::Mark(mark), mark.len()));
    }
    if rest.starts_with('*') {
        return Ok((if after_operand { Token::Operator(Operator::Multiply) } else { Token::Star }, 1));
    }
    if let Some(after) = rest.strip_prefix('$') {
        return Err(Error::Unsupported(format!("the variable ${}", ncname(after))));
    }
    let first = ncname(rest);
    if first.is_empty() {
        return syntax("a character that has no place here", at);
    }
    if after_operand {
        return match WORDS.iter().find(|(word, _)| *word == first) {
            Some((_, operator)) => Ok((Token::Operator(*operator), first.len())),
            None => syntax("a name where an operator should be", at),
        };
    }
    let mut name = first;
    let after = rest.get(first.len()..).unwrap_or_default();
    if let Some(local) = after.strip_prefix(':').filter(|local| !local.starts_with(':')) {
        let length = if local.starts_with('*') { 1 } else { ncname(local).len() };
        if length == 0 {
            return syntax("a prefix without a name", at);
        }
        name = rest.get(..first.len() + 1 + length).unwrap_or_default();
    }
    let after = rest.get(name.len()..).unwrap_or_default();
    let next = after.trim_start_matches(is_space);
    if next.starts_with("::") {
        let length = rest.len() - next.len() + 2;
        return Ok((Token::Axis(name), length));
    }
    if next.starts_with('(') && !name.ends_with('*') {
        let is_type = matches!(name, "comment" | "text" | "processing-instruction" | "node");
        return Ok((if is_type { Token::NodeType(name) } else { Token::Function(name) }, name.len()));
    }
    Ok((Token::Name(name), name.len()))
}

pub(super) fn parse(
    text: &str,
    namespace: &dyn Fn(&str) -> Option<String>,
    budget: &Budget,
) -> Result<Compiled, Error> {
    if text.len() > budget.length {
        return Err(Error::Budget("xpath_length"));
    }
    let tokens = tokens(text)?;
    let mut parser = Parser {
        tokens: &tokens,
        next: 0,
        end: text.len(),
        namespace,
        slots: 0,
        nesting: budget.nesting,
        identifiers: Vec::new(),
    };
    let expr = parser.expression()?;
    if parser.next < tokens.len() {
        return syntax("more than an expression", parser.at());
    }
    Ok(Compiled { expr, slots: parser.slots, identifiers: parser.identifiers })
}

struct Parser<'x> {
    tokens: &'x [(Token<'x>, usize)],
    next: usize,
    end: usize,
    namespace: &'x dyn Fn(&str) -> Option<String>,
    slots: usize,
    /// Brackets that may still be opened.
    nesting: usize,
    identifiers: Vec<String>,
}

/// Operators by precedence, the weakest first.
const PRECEDENCE: [&[Operator]; 6] = [
    &[Operator::Or],
    &[Operator::And],
    &[Operator::Equal, Operator::NotEqual],
    &[Operator::Less, Operator::LessOrEqual, Operator::Greater, Operator::GreaterOrEqual],
    &[Operator::Add, Operator::Subtract],
    &[Operator::Multiply, Operator::Divide, Operator::Modulo],
];

impl<'x> Parser<'x> {
    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |(_, at)| *at)
    }

    fn peek(&self) -> Option<&'x Token<'x>> {
        self.tokens.get(self.next).map(|(token, _)| token)
    }

    fn take(&mut self, mark: &'static str) -> bool {
        let found = self.peek() == Some(&Token::Mark(mark));
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, mark: &'static str, what: &'static str) -> Result<(), Error> {
        if self.take(mark) { Ok(()) } else { syntax(what, self.at()) }
    }

    fn slot(&mut self) -> usize {
        self.slots += 1;
        self.slots - 1
    }

    /// Marks an expression that is worth remembering and does not depend on the context.
    fn constant(&mut self, expr: Expr) -> Expr {
        if is_constant(&expr) { Expr::Constant(self.slot(), Box::new(expr)) } else { expr }
    }

    fn expression(&mut self) -> Result<Expr, Error> {
        self.nesting = self.nesting.checked_sub(1).ok_or(Error::Budget("xpath_nesting"))?;
        let expr = self.binary(0)?;
        self.nesting += 1;
        Ok(expr)
    }

    fn binary(&mut self, level: usize) -> Result<Expr, Error> {
        let Some(operators) = PRECEDENCE.get(level) else { return self.unary() };
        let first = self.binary(level + 1)?;
        let mut others = Vec::new();
        while let Some(Token::Operator(operator)) = self.peek()
            && operators.contains(operator)
        {
            self.next += 1;
            others.push((*operator, self.binary(level + 1)?));
        }
        Ok(if others.is_empty() { first } else { Expr::Chain(Box::new(first), others) })
    }

    fn unary(&mut self) -> Result<Expr, Error> {
        let mut signs = 0;
        while self.peek() == Some(&Token::Operator(Operator::Subtract)) {
            self.next += 1;
            signs += 1;
        }
        let first = self.path()?;
        let mut others = Vec::new();
        while self.peek() == Some(&Token::Operator(Operator::Unite)) {
            self.next += 1;
            others.push((Operator::Unite, self.path()?));
        }
        let united = if others.is_empty() { first } else { Expr::Chain(Box::new(first), others) };
        Ok(if signs == 0 { united } else { Expr::Negated(signs, Box::new(united)) })
    }

    fn path(&mut self) -> Result<Expr, Error> {
        let mut steps = Vec::new();
        let primary = match self.peek() {
            Some(Token::Mark("(")) => {
                self.next += 1;
                let inner = self.expression()?;
                self.expect(")", "a bracket that is not closed")?;
                Some(inner)
            }
            Some(Token::Number(number)) => {
                self.next += 1;
                Some(Expr::Number(*number))
            }
            Some(Token::Literal(text)) => {
                self.next += 1;
                Some(Expr::Literal((*text).to_owned()))
            }
            Some(Token::Function(name)) => Some(self.call(name)?),
            _ => None,
        };
        let start = if let Some(primary) = primary {
            let predicates = self.predicates()?;
            if !matches!(self.peek(), Some(Token::Mark("/" | "//"))) {
                if predicates.is_empty() {
                    return Ok(primary);
                }
                let path = Expr::Path {
                    start: Start::Nodes(Box::new(primary), predicates),
                    steps,
                    slot: self.slot(),
                };
                return Ok(self.constant(path));
            }
            Start::Nodes(Box::new(primary), predicates)
        } else if self.take("/") {
            if self.begins_step() {
                steps.push(self.step()?);
            }
            Start::Root
        } else if self.peek() == Some(&Token::Mark("//")) {
            Start::Root
        } else {
            steps.push(self.step()?);
            Start::Context
        };
        loop {
            if self.take("//") {
                steps.push(Step { axis: Axis::DescendantOrSelf, test: Test::Any, predicates: Vec::new() });
            } else if steps.is_empty() && matches!(start, Start::Root) || !self.take("/") {
                break;
            }
            steps.push(self.step()?);
        }
        let path = Expr::Path { start, steps: joined(steps), slot: self.slot() };
        Ok(self.constant(path))
    }

    fn begins_step(&self) -> bool {
        matches!(
            self.peek(),
            Some(
                Token::Mark("." | ".." | "@")
                    | Token::Axis(_)
                    | Token::Name(_)
                    | Token::Star
                    | Token::NodeType(_)
            )
        )
    }

    fn step(&mut self) -> Result<Step, Error> {
        let abbreviated = |axis| Ok(Step { axis, test: Test::Any, predicates: Vec::new() });
        if self.take(".") {
            return abbreviated(Axis::Own);
        }
        if self.take("..") {
            return abbreviated(Axis::Parent);
        }
        let mut axis = Axis::Child;
        if self.take("@") {
            axis = Axis::Attribute;
        } else if let Some(Token::Axis(name)) = self.peek() {
            match AXES.iter().find(|(known, _)| known == name) {
                Some((_, named)) => axis = *named,
                None => return syntax("an axis of this name does not exist", self.at()),
            }
            self.next += 1;
        }
        let test = self.test()?;
        Ok(Step { axis, test, predicates: self.predicates()? })
    }

    fn test(&mut self) -> Result<Test, Error> {
        let at = self.at();
        let token = self.peek();
        self.next += 1;
        match token {
            Some(Token::Star) => Ok(Test::Principal),
            Some(Token::Name(name)) => {
                let Some((prefix, local)) = name.split_once(':') else {
                    return Ok(Test::Name(String::new(), (*name).to_owned()));
                };
                let uri = match prefix {
                    "xml" => crate::xml::XML.to_owned(),
                    _ => (self.namespace)(prefix)
                        .filter(|uri| !uri.is_empty())
                        .ok_or_else(|| Error::Prefix(prefix.to_owned()))?,
                };
                Ok(if local == "*" { Test::Namespace(uri) } else { Test::Name(uri, local.to_owned()) })
            }
            Some(Token::NodeType(name)) => {
                self.expect("(", "a node type without its brackets")?;
                let mut target = None;
                if *name == "processing-instruction"
                    && let Some(Token::Literal(text)) = self.peek()
                {
                    self.next += 1;
                    target = Some((*text).to_owned());
                }
                self.expect(")", "a bracket that is not closed")?;
                Ok(match *name {
                    "comment" => Test::Comment,
                    "text" => Test::Text,
                    "processing-instruction" => Test::Instruction(target),
                    _ => Test::Any,
                })
            }
            _ => syntax("a step should be here", at),
        }
    }

    fn predicates(&mut self) -> Result<Vec<Expr>, Error> {
        let mut predicates = Vec::new();
        while self.take("[") {
            predicates.push(self.expression()?);
            self.expect("]", "a predicate that is not closed")?;
        }
        Ok(predicates)
    }

    fn call(&mut self, name: &str) -> Result<Expr, Error> {
        let at = self.at();
        let Some((_, function, least, most)) = FUNCTIONS.iter().find(|(known, ..)| *known == name) else {
            return Err(Error::Unsupported(format!("the function {name}()")));
        };
        self.next += 1;
        self.expect("(", "a function without its brackets")?;
        let mut arguments = Vec::new();
        if !self.take(")") {
            loop {
                arguments.push(self.expression()?);
                if !self.take(",") {
                    break;
                }
            }
            self.expect(")", "a bracket that is not closed")?;
        }
        if !(*least..=*most).contains(&arguments.len()) {
            return syntax("a function with a wrong number of arguments", at);
        }
        if let (Function::Id, [Expr::Literal(text)]) = (*function, arguments.as_slice()) {
            self.identifiers.push(text.clone());
        }
        let call = Expr::Call(*function, arguments);
        Ok(self.constant(call))
    }
}

/// `//x` is two steps by the grammar; where no predicate counts positions they are one.
fn joined(steps: Vec<Step>) -> Vec<Step> {
    let mut out: Vec<Step> = Vec::new();
    for mut step in steps {
        if let Some(last) = out.last()
            && (last.axis, &last.test) == (Axis::DescendantOrSelf, &Test::Any)
            && last.predicates.is_empty()
            && step.predicates.is_empty()
        {
            match step.axis {
                Axis::Child => step.axis = Axis::Descendant,
                Axis::Own => step.axis = Axis::DescendantOrSelf,
                _ => {
                    out.push(step);
                    continue;
                }
            }
            out.pop();
        }
        out.push(step);
    }
    out
}

/// Whether the value is the same whatever the context node, its position and the size are.
fn is_constant(expr: &Expr) -> bool {
    match expr {
        Expr::Number(_) | Expr::Literal(_) | Expr::Constant(..) => true,
        Expr::Chain(first, others) => is_constant(first) && others.iter().all(|(_, expr)| is_constant(expr)),
        Expr::Negated(_, inner) => is_constant(inner),
        Expr::Call(Function::Here | Function::True | Function::False, _) => true,
        Expr::Call(_, arguments) => !arguments.is_empty() && arguments.iter().all(is_constant),
        Expr::Path { start, .. } => match start {
            Start::Context => false,
            Start::Root => true,
            Start::Nodes(nodes, _) => is_constant(nodes),
        },
    }
}
