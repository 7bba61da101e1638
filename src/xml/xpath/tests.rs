//! The grammar, the functions, the two transforms, and what they cost.

use super::*;
use crate::xml::read::Limits;
use crate::xml::tree::{self, Kind};

const DOCUMENT: &str = "<?go to?><r xmlns='urn:d' xmlns:p='urn:p' Id='1'><!--c--><p:a x='1' p:y='2'>one<b>2</b></p:a>\
    <b z='3'>30</b><c xmlns=''><b/>tail</c><s Id='s'>here</s></r>";

fn tree(text: &str) -> Tree {
    tree::parse(text.as_bytes(), &Limits { tree_nodes: 1 << 20, ..Limits::default() }).expect("a tree")
}

fn namespace(prefix: &str) -> Option<String> {
    matches!(prefix, "p" | "d").then(|| format!("urn:{prefix}"))
}

fn parsed(text: &str) -> Result<Expression, Error> {
    Expression::parse(text, &namespace, &Budget::default())
}

fn expression(text: &str) -> Expression {
    parsed(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn by_id<'t>(tree: &'t Tree) -> impl Fn(&str) -> Option<Node<'t>> {
    move |id| (0..tree.len()).filter_map(|at| tree.node(at)).find(|node| node.attribute("Id") == Some(id))
}

/// What an expression selects: names of elements, quoted text, `@` attributes, `xmlns:` prefixes.
fn selected(text: &str) -> Result<String, Error> {
    let tree = tree(DOCUMENT);
    let ids = by_id(&tree);
    let set = select(&tree, &parsed(text)?, ids("s"), &ids, &mut Budget::default())?;
    let mut found = Vec::new();
    for node in (0..tree.len()).filter_map(|at| tree.node(at)) {
        if set.contains(node) {
            found.push(match node.kind() {
                Kind::Root => "/".to_owned(),
                Kind::Element => node.name().to_owned(),
                Kind::Text => format!("'{}'", node.value()),
                Kind::Comment => format!("!{}", node.value()),
                Kind::ProcessingInstruction => format!("?{}", node.name()),
            });
        }
        for prefix in ["", "p", "xml"] {
            if set.contains_namespace(node, prefix) {
                found.push(format!("xmlns:{prefix}"));
            }
        }
        found.extend(
            node.attributes()
                .filter(|attribute| set.contains_attribute(*attribute))
                .map(|attribute| format!("@{}", attribute.name())),
        );
    }
    Ok(found.join(" "))
}

/// Whether an expression is true, seen from the root.
fn is_true(text: &str) -> bool {
    selected(&format!("/self::node()[{text}]")).unwrap_or_else(|error| panic!("{text}: {error}")) == "/"
}

#[test]
fn what_is_not_xpath_is_a_syntax_error() {
    for text in [
        "",
        " ",
        "a b",
        "a[",
        "a]",
        "(a",
        "a)",
        "/a/",
        "//",
        "a//",
        "@",
        "a::b",
        "ancestor::",
        "1 +",
        "a or",
        "a | ",
        "'x",
        "\"x",
        "p:",
        "a/[1]",
        "not()",
        "not(a, b)",
        "count()",
        "position(1)",
        "!",
        "a ! b",
        "a = = b",
        "node(",
        "text(1)",
        "processing-instruction(a)",
        ".a",
        "..a",
        ":a",
        "#",
        "a[]",
        "()",
        "self::node()()",
        "1 2",
        "a,b",
        "concat('a')",
        "p :a",
    ] {
        assert!(matches!(parsed(text), Err(Error::Syntax { .. })), "{text:?}: {:?}", parsed(text).err());
    }
    assert_eq!(
        parsed("a/b c").err(),
        Some(Error::Syntax { what: "a name where an operator should be", at: 4 })
    );
}

#[test]
fn what_is_not_evaluated_is_named() {
    for (text, what) in [
        ("$v", "the variable $v"),
        ("lang('kk')", "the function lang()"),
        ("document('x')", "the function document()"),
        ("p:f()", "the function p:f()"),
    ] {
        assert_eq!(parsed(text).err(), Some(Error::Unsupported(what.to_owned())), "{text}");
    }
    assert_eq!(parsed("q:a").err(), Some(Error::Prefix("q".to_owned())));
    assert_eq!(parsed("@q:*").err(), Some(Error::Prefix("q".to_owned())));
    let tree = tree("<a/>");
    let outside = select(&tree, &expression("here()"), None, &|_| None, &mut Budget::default());
    assert!(matches!(outside, Err(Error::Unsupported(_))));
}

#[test]
fn wrong_types_are_refused() {
    for text in ["1", "'a'", "not(a)", "a = b", "a | 1", "'a'/b", "(1)[1]", "count(1) | a"] {
        assert!(matches!(selected(text), Err(Error::Type(_))), "{text}: {:?}", selected(text));
    }
    for text in ["count('a') = 1", "name('a')", "sum(1)"] {
        assert!(matches!(selected(&format!("/self::node()[{text}]")), Err(Error::Type(_))), "{text}");
    }
}

#[test]
fn length_nesting_and_steps_are_bounded() {
    let budget = Budget { length: 10, nesting: 3, steps: 100 };
    let parse = |text: &str| Expression::parse(text, &namespace, &budget).err();
    assert_eq!(parse("a or b or c"), Some(Error::Budget("xpath_length")));
    assert_eq!(parse("((a))"), None);
    assert_eq!(parse("(((a)))"), Some(Error::Budget("xpath_nesting")));
    assert_eq!(parse("a[b[c[d]]]"), Some(Error::Budget("xpath_nesting")));
    // Brackets one after another, signs and operators do not nest.
    assert_eq!(parse("a[b][c][d]"), None);
    assert_eq!(parse("--------1"), None);

    let tree = tree(DOCUMENT);
    for text in ["//node()", "//*[.//* = //*]"] {
        let mut budget = Budget { steps: 10, ..Budget::default() };
        let result = select(&tree, &expression(text), None, &|_| None, &mut budget);
        assert_eq!(result.err(), Some(Error::Budget("xpath_steps")), "{text}");
        assert_eq!(budget.steps, 0);
    }
}

/// Expressions whose cost or depth would run away without a bound.
#[test]
fn hostile_expressions_end_soon() {
    let many: String = "<a>".repeat(200) + &"<b>text</b>".repeat(5000) + &"</a>".repeat(200);
    let tree = tree(&many);
    let deep = "(".repeat(4000) + "a" + &")".repeat(4000);
    assert_eq!(parsed(&deep).err(), Some(Error::Budget("xpath_nesting")));
    let wide = "a or ".repeat(1600) + "a";
    assert!(parsed(&wide).is_ok());
    let started = std::time::Instant::now();
    for text in [
        "//*[//*[//*[//*]]][//* = //*]",
        "//node()/ancestor::node()/descendant::node()/ancestor::node()",
        "//b[preceding::b/following::b/preceding::b]",
        "//b/preceding-sibling::b/following-sibling::b",
        "concat(//*[count(//b[string(/) = .]) > 1], 'a')",
        "//*[string-length(concat(/, /, /, /, /, /, /, /)) = position()]",
    ] {
        let parsed = expression(text);
        let mut budget = Budget { steps: 2_000_000, ..Budget::default() };
        let result = filter(NodeSet::document(&tree, true), &parsed, None, &|_| None, &mut budget);
        assert!(matches!(result, Ok(_) | Err(Error::Budget("xpath_steps"))), "{text}: {:?}", result.err());
    }
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn steps_axes_and_tests() {
    for (text, expected) in [
        ("/", "/"),
        ("/.", "/"),
        ("/..", ""),
        ("/r", ""),
        ("/d:r", "r"),
        ("/*", "r"),
        ("//b", "b"),
        ("//d:b", "b b"),
        ("//p:*", "p:a"),
        ("//*[local-name() = 'b']", "b b b"),
        ("//p:a/@*", "@x @p:y"),
        ("//@p:*", "@p:y"),
        ("//@x", "@x"),
        ("//@x/..", "p:a"),
        ("//@x/node()", ""),
        ("//@x/self::node()", "@x"),
        ("//@x/self::*", ""),
        ("/d:r/namespace::*", "xmlns: xmlns:p xmlns:xml"),
        ("/d:r/namespace::p", "xmlns:p"),
        ("//c/namespace::*", "xmlns:p xmlns:xml"),
        ("//c/namespace::*/..", "c"),
        ("//text()", "'one' '2' '30' 'tail' 'here'"),
        ("//comment()", "!c"),
        ("//processing-instruction()", "?go"),
        ("//processing-instruction('go')", "?go"),
        ("//processing-instruction('no')", ""),
        ("/d:r/node()", "!c p:a b c s"),
        ("//c/ancestor::*", "r"),
        ("//c/b/ancestor-or-self::node()", "/ r c b"),
        ("//@x/ancestor-or-self::node()", "/ r p:a @x"),
        ("//p:a/descendant-or-self::node()", "p:a 'one' b '2'"),
        ("//c/following::node()", "s 'here'"),
        ("//@x/following::d:b", "b b"),
        ("//c/preceding::*", "p:a b b"),
        ("//c/following-sibling::node()", "s"),
        ("//c/preceding-sibling::node()", "!c p:a b"),
        ("//@x/following-sibling::node()", ""),
        ("//c/preceding-sibling::node()[1]", "b"),
        ("//c/preceding-sibling::node()[last()]", "!c"),
        ("(//c/preceding-sibling::node())[1]", "!c"),
        ("//c/b/ancestor::*[1]", "c"),
        ("//d:b[1]", "b b"),
        ("/descendant::d:b[1]/text()", "'2'"),
        ("(//d:b)[2]/text()", "'30'"),
        ("/d:r/*[position() = 2]/@z", "@z"),
        ("//d:b[@z][. = 30]", "b"),
        ("//d:b[@z = '4']", ""),
        ("//b | //c | //b", "c b"),
        ("id('s')", "s"),
        ("id('1 s nobody')", "r s"),
        ("id(//@Id)/self::d:s", "s"),
        ("here()", "s"),
        ("here()/ancestor::d:r[1]", "r"),
        ("//c//b", "b"),
        ("//.", "/ ?go r !c p:a 'one' b '2' b '30' c b 'tail' s 'here'"),
        ("/ d:r / child :: p:a", "p:a"),
        ("//*[* and not(text())]", "r"),
        ("//*[self::c or self::d:s]", "c s"),
        ("//*[descendant::b]", "r c"),
        ("//*[ancestor::c]", "b"),
        ("//*[ancestor-or-self::c]", "c b"),
        ("//*[descendant-or-self::c]", "r c"),
    ] {
        assert_eq!(selected(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn operators_and_functions() {
    for text in [
        "true()",
        "not(false())",
        "1 = 1.0",
        "1 != 2",
        "1 < 2 and 2 <= 2 and 3 > 2 and 3 >= 3",
        "1 + 2 * 3 = 7",
        "(1 + 2) * 3 = 9",
        "7 mod 3 = 1",
        "-7 mod 3 = -1",
        "1 div 4 = .25",
        "--1 = 1",
        "10 - 2 - 3 = 5",
        "1 div 0 > 999",
        "number('x') != number('x')",
        "not(number('x') = number('x'))",
        "true() = 'x'",
        "true() = 1",
        "false() = ''",
        "'a' = 'a'",
        "'a' != 'b'",
        "'1' < '2'",
        "'01' = 1",
        "count(//b | //d:b) = 3",
        "count(//nobody) = 0",
        "not(//nobody)",
        "boolean(//c)",
        "boolean('0')",
        "not(boolean(0))",
        "not('')",
        "//d:b = 2",
        "//d:b != 2",
        "//d:b > 29",
        "1 < //d:b",
        "not(//d:b = 3)",
        "//d:b = //d:b",
        "//d:b != //d:b",
        "not(//c != //c)",
        "//p:a/@x < //p:a/@p:y",
        "not(//p:a/@x >= //p:a/@p:y)",
        "not(//nobody = //nobody)",
        "not(//nobody != 1)",
        "//c = true()",
        "//nobody = false()",
        "string(//d:b) = '2'",
        "string(//p:a) = 'one2'",
        "string(1.50) = '1.5'",
        "string(0 div 0) = 'NaN'",
        "string(true()) = 'true'",
        "string(//@p:y) = '2'",
        "string(//comment()) = 'c'",
        "name(//p:a) = 'p:a'",
        "local-name(//p:a) = 'a'",
        "namespace-uri(//p:a) = 'urn:p'",
        "namespace-uri(//@x) = ''",
        "name(/) = ''",
        "name(//processing-instruction()) = 'go'",
        "name(/d:r/namespace::p) = 'p'",
        "string(/d:r/namespace::p) = 'urn:p'",
        "contains('abc', 'b')",
        "contains('abc', '')",
        "not(contains('abc', 'x'))",
        "starts-with('abc', 'ab')",
        "concat('a', 1, true()) = 'a1true'",
        "normalize-space(' a \n b\t') = 'a b'",
        "string-length('әб') = 2",
        "substring-before('a-b', '-') = 'a'",
        "substring-after('a-b', '-') = 'b'",
        "substring('abc', 2) = 'bc'",
        "substring('abc', 2, 1) = 'b'",
        "translate('abc', 'ab', 'x') = 'xc'",
        "sum(//d:b) = 32",
        "floor(1.5) = 1",
        "ceiling(1.5) = 2",
        "round(-1.5) = -1",
        "position() = 1 and last() = 1",
        "1",
        "not(2)=0=1",
        "//d:b[2 > 1]",
        "3 > 2 > 0",
        "not(3 > 2 > 1)",
        "'a' or //nobody/x",
        "count(/descendant::text()[. = '2']) = 1",
    ] {
        assert!(is_true(text), "{text}");
    }
}

#[test]
fn a_filter_asks_every_node() {
    let tree = tree("<a xmlns:p='urn:p' b='1'>t<c/></a>");
    let all = NodeSet::document(&tree, true);
    let run = |text: &str| {
        filter(all.clone(), &expression(text), None, &|_| None, &mut Budget::default()).expect("a set")
    };
    assert_eq!(run("true()"), all);
    assert!(run("false()").is_empty());
    // A number is true unless it is zero; it is no position here.
    assert_eq!(run("2"), all);
    let a = tree.element();
    let attributes = run("parent::a and not(self::node()[self::* or self::text()]) and name() = 'b'");
    assert!(a.attributes().all(|attribute| attributes.contains_attribute(attribute)));
    assert!(!attributes.contains(a) && !attributes.contains_namespace(a, "p"));
    let namespaces = run("name() = 'p' and . = 'urn:p'");
    assert!(namespaces.contains_namespace(a, "p") && !namespaces.contains_namespace(a, "xml"));
    assert!(namespaces.contains_namespace(a.child("", "c").expect("c"), "p"));
    // What is not in the set given does not come into it.
    let part = NodeSet::subtree(&tree, a.child("", "c").expect("c"), true);
    assert_eq!(
        filter(part.clone(), &expression("true()"), None, &|_| None, &mut Budget::default()),
        Ok(part)
    );
}

/// The two expressions for an enveloped signature (XML Signature 6.6.4, XPath Filter 2.0).
#[test]
fn enveloped_signatures_are_left_out() {
    let tree = tree("<a xmlns='urn:d' b='1'><s><i/>t</s>u<s><x Id='here'/></s></a>");
    let ids = by_id(&tree);
    let here = ids("here").expect("the element with the expression");
    let mut budget = Budget::default();
    let mut expected = NodeSet::document(&tree, true);
    let signatures: Vec<Node<'_>> = tree.element().elements().collect();
    expected.remove_subtree(signatures[1]);
    let own =
        expression("count(ancestor-or-self::d:s | here()/ancestor::d:s[1]) > count(ancestor-or-self::d:s)");
    let all = NodeSet::document(&tree, true);
    assert_eq!(filter(all.clone(), &own, Some(here), &ids, &mut budget).as_ref(), Ok(&expected));
    let own2 = expression("here()/ancestor::d:s[1]");
    let operations = [(Operation::Subtract, &own2, Some(here))];
    assert_eq!(filter2(all.clone(), &operations, &ids, &mut budget).as_ref(), Ok(&expected));

    expected.remove_subtree(signatures[0]);
    let every = expression("not(ancestor-or-self::d:s)");
    assert_eq!(filter(all, &every, None, &ids, &mut budget).as_ref(), Ok(&expected));
}

#[test]
fn filters_of_subtrees_follow_one_another() {
    let tree = tree("<a><b><c>1</c><d x='1'/></b><e><c/></e></a>");
    let all = NodeSet::document(&tree, true);
    let run = |set: &NodeSet<'_>, operations: &[(Operation, &str)]| -> String {
        let parsed: Vec<_> =
            operations.iter().map(|(operation, text)| (*operation, expression(text))).collect();
        let given: Vec<_> =
            parsed.iter().map(|(operation, expression)| (*operation, expression, None)).collect();
        let set = NodeSet::clone(set);
        let kept = filter2(set, &given, &|_| None, &mut Budget::default()).expect("a set");
        let mut found: Vec<String> = Vec::new();
        for node in (0..tree.len()).filter_map(|at| tree.node(at)) {
            if kept.contains(node) {
                found.push(if node.kind() == Kind::Element { node.name() } else { node.value() }.to_owned());
            }
            found.extend(
                node.attributes().filter(|a| kept.contains_attribute(*a)).map(|a| a.name().to_owned()),
            );
        }
        found.join(" ")
    };
    use Operation::{Intersect, Subtract, Union};
    for (operations, expected) in [
        (&[][..], " a b c 1 d x e c"),
        (&[(Intersect, "//b")], "b c 1 d x"),
        (&[(Subtract, "//b")], " a e c"),
        (&[(Union, "//b")], " a b c 1 d x e c"),
        (&[(Intersect, "//c")], "c 1 c"),
        (&[(Intersect, "//nobody")], ""),
        (&[(Subtract, "/")], ""),
        (&[(Intersect, "//@x")], "x"),
        (&[(Subtract, "//@x")], " a b c 1 d e c"),
        // The order counts.
        (&[(Intersect, "//b"), (Subtract, "//c"), (Union, "//e")], "b d x e c"),
        (&[(Union, "//e"), (Intersect, "//b"), (Subtract, "//c")], "b d x"),
        (&[(Subtract, "//b"), (Union, "//c")], " a c 1 e c"),
        (&[(Intersect, "//b | //c")], "b c 1 d x c"),
    ] {
        assert_eq!(run(&all, operations), expected, "{operations:?}");
    }
    // What the set given lacks does not come back by a union.
    let e = NodeSet::subtree(&tree, tree.element().child("", "e").expect("e"), true);
    assert_eq!(run(&e, &[(Subtract, "//c"), (Union, "//b")]), "e");
    assert_eq!(Operation::from_name("subtract"), Some(Subtract));
    assert_eq!(Operation::from_name("Subtract"), None);
}

/// Steps for the usual expressions grow as the document does, whatever its depth.
#[test]
fn usual_expressions_are_linear() {
    let steps = |text: &str, count: usize| {
        let document = "<a xmlns:p='urn:p' xmlns='urn:d'>".repeat(2)
            + &"<b c='1'>".repeat(200)
            + &"</b>".repeat(200)
            + &"<b c='1'>t<s/></b>".repeat(count)
            + &"</a>".repeat(2);
        let tree = tree(&document);
        let mut budget = Budget { steps: u64::MAX, ..Budget::default() };
        let set = NodeSet::document(&tree, true);
        let first = tree.element();
        filter(set, &expression(text), Some(first), &|_| None, &mut budget).expect("a set");
        u64::MAX - budget.steps
    };
    for text in [
        "not(ancestor-or-self::d:s)",
        "ancestor-or-self::d:b and not(descendant-or-self::d:s)",
        "not(ancestor-or-self::d:s) and //d:s and count(//d:b) > 3 and not(id('x')/self::d:a)",
        "count(ancestor-or-self::d:s | here()/ancestor::d:s[1]) > count(ancestor-or-self::d:s)",
        "self::text() or parent::d:b or self::d:a",
    ] {
        let (small, large) = (steps(text, 1000), steps(text, 10_000));
        assert!(large < small * 11, "{text}: {small} and {large}");
    }
    // 20,000 nodes with their attributes and namespace nodes are well within the budget.
    assert!(steps("not(ancestor-or-self::d:s)", 6600) < 1_000_000);
}

/// The most namespace nodes that the limits of a document allow: some five million.
#[test]
fn many_namespace_nodes_are_within_the_budget() {
    let declarations: String = (0..250).map(|at| format!(" xmlns:n{at}='urn:{at}'")).collect();
    let document = format!("<a{declarations}>{}</a>", "<b/>".repeat(19_990));
    let tree = tree(&document);
    let started = std::time::Instant::now();
    let set = NodeSet::document(&tree, true);
    let kept =
        filter(set.clone(), &expression("not(ancestor-or-self::c)"), None, &|_| None, &mut Budget::default());
    assert_eq!(kept, Ok(set));
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}
