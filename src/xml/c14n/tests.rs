//! Rule by rule: what the recommendations say, over small documents, for both canonicalisers where
//! both apply.

use super::*;
use crate::xml::read::{ErrorKind, Limits};
use crate::xml::tree::{self, Tree};
use crate::xml::xpath::{self, Budget, Expression};
use crate::xml::{Document, Identified};

const VERSION_1_1: Canonicalization = Canonicalization {
    method: Method::Inclusive11,
    comments: Comments::Dropped,
    inclusive_prefixes: Vec::new(),
};

fn with_comments(method: Canonicalization) -> Canonicalization {
    Canonicalization { comments: Comments::Kept, ..method }
}

fn tree(text: &str) -> Tree {
    tree::parse(text.as_bytes(), &Limits::default()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn of_set(set: &NodeSet<'_>, method: &Canonicalization) -> String {
    let mut out = Vec::new();
    canonicalize_nodes(set, method, 1 << 20, &mut out).expect("octets");
    String::from_utf8(out).expect("text")
}

/// The canonical form of the element with the identifier "x" or of the whole document, less the element
/// with the identifier "y", by both ways.
fn canonical(text: &str, method: &Canonicalization) -> String {
    let document = Document::read(text.as_bytes(), &Limits::default(), &[])
        .unwrap_or_else(|error| panic!("{text}: {error}"));
    let tree = tree(text);
    let (apex, mut set) = match document.identified("x") {
        Identified::One(element) => {
            let node = tree.at_offset(element.start).expect("a node");
            (Apex::Element(element), NodeSet::subtree(&tree, node, true))
        }
        _ => (Apex::Document, NodeSet::document(&tree, true)),
    };
    let mut excluded = Vec::new();
    if let Identified::One(element) = document.identified("y") {
        excluded.push(element.span());
        set.remove_subtree(tree.at_offset(element.start).expect("a node"));
    }
    let mut out = Vec::new();
    canonicalize(&document, apex, &excluded, method, &mut out).expect("octets");
    let streamed = String::from_utf8(out).expect("text");
    assert_eq!(streamed, of_set(&set, method), "the two ways differ on {text:?}");
    streamed
}

fn check(method: &Canonicalization, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(canonical(text, method), *expected, "{text:?}");
    }
}

/// The nodes for which an expression holds.
fn chosen<'t>(tree: &'t Tree, expression: &str) -> NodeSet<'t> {
    let namespace = |prefix: &str| Some(format!("urn:{prefix}"));
    let mut budget = Budget::default();
    let expression = Expression::parse(expression, &namespace, &budget).expect("an expression");
    xpath::filter(NodeSet::document(tree, true), &expression, None, &|_| None, &mut budget).expect("a set")
}

fn check_chosen(method: &Canonicalization, cases: &[(&str, &str, &str)]) {
    for (text, expression, expected) in cases {
        assert_eq!(of_set(&chosen(&tree(text), expression), method), *expected, "{expression} of {text}");
    }
}

#[test]
fn line_ends_become_line_feeds_but_not_references_to_them() {
    check(
        &with_comments(Canonicalization::inclusive()),
        &[
            ("<a>\r\n\r\rx\n</a>", "<a>\n\n\nx\n</a>"),
            ("<a>&#13;&#10;</a>", "<a>&#xD;\n</a>"),
            ("<a><![CDATA[\r\n\r]]></a>", "<a>\n\n</a>"),
            ("<a><!--\r\n\r--><?p \r\nq\r?></a>", "<a><!--\n\n--><?p q\n?></a>"),
            ("<a b='\r\n\r\t\n'/>", "<a b=\"    \"></a>"),
            ("<a b='&#13;&#10;&#9;'/>", "<a b=\"&#xD;&#xA;&#x9;\"></a>"),
        ],
    );
}

#[test]
fn references_and_sections_become_text() {
    check(
        &Canonicalization::inclusive(),
        &[
            ("<a>&#x41;&#1179;&apos;&quot;</a>", "<a>Aқ'\"</a>"),
            ("<a>&lt;&gt;&amp;></a>", "<a>&lt;&gt;&amp;&gt;</a>"),
            ("<a>x<![CDATA[<&>\"]]>y</a>", "<a>x&lt;&amp;&gt;\"y</a>"),
            ("<a>]]&gt;</a>", "<a>]]&gt;</a>"),
            ("<a b='&lt;>&amp;&quot;\"&apos;'/>", "<a b=\"&lt;>&amp;&quot;&quot;'\"></a>"),
            ("<a b='  x  '/>", "<a b=\"  x  \"></a>"),
        ],
    );
}

#[test]
fn what_stands_around_the_root_has_line_feeds() {
    let text = "<?xml version='1.0'?>\n\n<?p?> <!--a-->\n<a/>\n<!--b--><?q  r?>\n";
    check(
        &with_comments(Canonicalization::inclusive()),
        &[(text, "<?p?>\n<!--a-->\n<a></a>\n<!--b-->\n<?q r?>")],
    );
    for method in [Canonicalization::inclusive(), VERSION_1_1, Canonicalization::exclusive()] {
        check(&method, &[(text, "<?p?>\n<a></a>\n<?q r?>")]);
    }
    // Outside an element apex nothing is written.
    check(
        &with_comments(Canonicalization::inclusive()),
        &[("<!--a--><a Id='x'><?p  q?><!--c--></a><?z?>", "<a Id=\"x\"><?p q?><!--c--></a>")],
    );
}

#[test]
fn superfluous_declarations_are_left_out() {
    check(
        &Canonicalization::inclusive(),
        &[
            ("<a xmlns=''/>", "<a></a>"),
            // libxml2 writes the ampersand as it is, which is not well-formed.
            ("<a xmlns='urn:&amp;&lt;&#9;'/>", "<a xmlns=\"urn:&amp;&lt;&#x9;\"></a>"),
            ("<a xmlns='urn:1'><b xmlns='urn:1'/></a>", "<a xmlns=\"urn:1\"><b></b></a>"),
            (
                "<a xmlns='urn:1'><b xmlns=''><c xmlns=''/></b></a>",
                "<a xmlns=\"urn:1\"><b xmlns=\"\"><c></c></b></a>",
            ),
            ("<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>", "<a></a>"),
            (
                "<a xmlns:p='urn:1'><b xmlns:p='urn:2'><c xmlns:p='urn:1'/></b><d xmlns:p='urn:1'/></a>",
                "<a xmlns:p=\"urn:1\"><b xmlns:p=\"urn:2\"><c xmlns:p=\"urn:1\"></c></b><d></d></a>",
            ),
        ],
    );
}

#[test]
fn an_apex_declares_what_is_in_scope() {
    let text =
        "<r xmlns='urn:d' xmlns:p='urn:p' xmlns:q='urn:q'><m xmlns:q='urn:r'><q:a Id='x'><b/></q:a></m></r>";
    check(
        &Canonicalization::inclusive(),
        &[(text, "<q:a xmlns=\"urn:d\" xmlns:p=\"urn:p\" xmlns:q=\"urn:r\" Id=\"x\"><b></b></q:a>")],
    );
    check(
        &Canonicalization::exclusive(),
        &[(text, "<q:a xmlns:q=\"urn:r\" Id=\"x\"><b xmlns=\"urn:d\"></b></q:a>")],
    );
    let listed = |prefixes: &[&str]| Canonicalization {
        inclusive_prefixes: prefixes.iter().map(|prefix| (*prefix).to_owned()).collect(),
        ..Canonicalization::exclusive()
    };
    check(
        &listed(&["p"]),
        &[(text, "<q:a xmlns:p=\"urn:p\" xmlns:q=\"urn:r\" Id=\"x\"><b xmlns=\"urn:d\"></b></q:a>")],
    );
    check(
        &listed(&["", "unknown"]),
        &[(text, "<q:a xmlns=\"urn:d\" xmlns:q=\"urn:r\" Id=\"x\"><b></b></q:a>")],
    );
    check(
        &listed(&[""]),
        &[(
            "<p:r xmlns:p='urn:p' xmlns='urn:d' Id='x'><p:b xmlns=''><c/></p:b></p:r>",
            "<p:r xmlns=\"urn:d\" xmlns:p=\"urn:p\" Id=\"x\"><p:b xmlns=\"\"><c></c></p:b></p:r>",
        )],
    );
}

#[test]
fn the_exclusive_method_declares_where_a_prefix_is_used() {
    check(
        &Canonicalization::exclusive(),
        &[
            (
                "<a xmlns:p='urn:p' xmlns:q='urn:q'><b q:c=''/></a>",
                "<a><b xmlns:q=\"urn:q\" q:c=\"\"></b></a>",
            ),
            (
                "<a xmlns='urn:d' xmlns:p='urn:p'><p:b xmlns=''><c/></p:b></a>",
                "<a xmlns=\"urn:d\"><p:b xmlns:p=\"urn:p\"><c xmlns=\"\"></c></p:b></a>",
            ),
            (
                "<p:a xmlns:p='urn:1'><b><p:c xmlns:p='urn:2'/><p:c/></b></p:a>",
                "<p:a xmlns:p=\"urn:1\"><b><p:c xmlns:p=\"urn:2\"></p:c><p:c></p:c></b></p:a>",
            ),
            ("<a xml:lang='kk'/>", "<a xml:lang=\"kk\"></a>"),
        ],
    );
}

#[test]
fn attributes_are_ordered_by_namespace_and_local_name() {
    check(
        &Canonicalization::inclusive(),
        &[
            (
                "<a xmlns:b='urn:2' xmlns:a='urn:9' a:z='1' b:y='2' z='3' Z='4' xml:lang='kk' xmlns='urn:0'/>",
                "<a xmlns=\"urn:0\" xmlns:a=\"urn:9\" xmlns:b=\"urn:2\" Z=\"4\" z=\"3\" xml:lang=\"kk\" b:y=\"2\" a:z=\"1\"></a>",
            ),
            // By code points, beyond the first plane too.
            (
                "<a \u{FFFD}='1' \u{10000}='2' ә='3' z='4'/>",
                "<a z=\"4\" ә=\"3\" \u{FFFD}=\"1\" \u{10000}=\"2\"></a>",
            ),
            // Two prefixes of one namespace: the local names count.
            (
                "<a xmlns:p='urn:1' xmlns:q='urn:1' p:b='1' q:a='2'/>",
                "<a xmlns:p=\"urn:1\" xmlns:q=\"urn:1\" q:a=\"2\" p:b=\"1\"></a>",
            ),
        ],
    );
}

#[test]
fn an_apex_inherits_xml_attributes_as_its_method_says() {
    let text = "<r xml:lang='kk' xml:id='r' xml:base='http://a.kz/b/' xml:foo='1'><m xml:lang='ru' xml:base='c/d'>\
                <a Id='x' xml:space='default'><b/></a></m></r>";
    check(
        &Canonicalization::inclusive(),
        &[(
            text,
            "<a Id=\"x\" xml:base=\"c/d\" xml:foo=\"1\" xml:id=\"r\" xml:lang=\"ru\" xml:space=\"default\"><b></b></a>",
        )],
    );
    check(
        &VERSION_1_1,
        &[(
            text,
            "<a Id=\"x\" xml:base=\"http://a.kz/b/c/d\" xml:lang=\"ru\" xml:space=\"default\"><b></b></a>",
        )],
    );
    check(&Canonicalization::exclusive(), &[(text, "<a Id=\"x\" xml:space=\"default\"><b></b></a>")]);
    // What the apex has itself is not replaced.
    check(
        &Canonicalization::inclusive(),
        &[("<r xml:lang='kk'><a Id='x' xml:lang=''/></r>", "<a Id=\"x\" xml:lang=\"\"></a>")],
    );
}

#[test]
fn the_base_of_an_apex_is_fixed_up_in_1_1() {
    check(
        &VERSION_1_1,
        &[
            (
                "<r xml:base='foo/bar'><m xml:base='..'><n xml:base='..'><a Id='x' xml:base='x'/></n></m></r>",
                "<a Id=\"x\" xml:base=\"../x\"></a>",
            ),
            ("<r xml:base='a/'><a Id='x' xml:base='../'/></r>", "<a Id=\"x\"></a>"),
            ("<r><a Id='x' xml:base='b/../c'/></r>", "<a Id=\"x\" xml:base=\"b/../c\"></a>"),
            ("<r xml:base='b/../c'><a Id='x'/></r>", "<a Id=\"x\" xml:base=\"b/../c\"></a>"),
            ("<r><a Id='x' xml:base=''/></r>", "<a Id=\"x\" xml:base=\"\"></a>"),
            ("<r xml:base=''><a Id='x'/></r>", "<a Id=\"x\"></a>"),
        ],
    );
    check(
        &Canonicalization::inclusive(),
        &[("<r xml:base='foo/'><a Id='x' xml:base='../x'/></r>", "<a Id=\"x\" xml:base=\"../x\"></a>")],
    );
}

#[test]
fn excluded_elements_leave_what_is_around_them() {
    check(
        &Canonicalization::inclusive(),
        &[
            ("<a>1<b Id='y'>2</b>3</a>", "<a>13</a>"),
            (
                "<a xmlns='urn:1'><b Id='y' xmlns=''/><c xmlns=''/></a>",
                "<a xmlns=\"urn:1\"><c xmlns=\"\"></c></a>",
            ),
        ],
    );
}

// Node-sets that an XPath chose.

#[test]
fn orphans_inherit_in_a_node_set() {
    let text = "<a xml:lang='kk' xml:id='i'><b xml:space='preserve'><c/></b><d/></a>";
    // An attribute of the element itself stops the inheritance even if it is not in the set.
    let own = ("<a xml:lang='kk'><b xml:lang='ru'/></a>", "self::b", "<b></b>");
    check_chosen(
        &Canonicalization::inclusive(),
        &[
            own,
            (text, "self::c", "<c xml:id=\"i\" xml:lang=\"kk\" xml:space=\"preserve\"></c>"),
            // The parent of d is in the set; that of c is not, and a is looked at although it is.
            (
                text,
                "self::a or self::c or self::d",
                "<a><c xml:id=\"i\" xml:lang=\"kk\" xml:space=\"preserve\"></c><d></d></a>",
            ),
        ],
    );
    check_chosen(&VERSION_1_1, &[own, (text, "self::c", "<c xml:lang=\"kk\" xml:space=\"preserve\"></c>")]);
    check_chosen(&Canonicalization::exclusive(), &[own, (text, "self::c", "<c></c>")]);
}

#[test]
fn the_base_of_orphans_is_fixed_up_to_the_nearest_element_of_the_set() {
    let text = "<a xml:base='foo/bar'><b xml:base='..'><c xml:base='..'><d xml:base='x'/></c></b></a>";
    check_chosen(
        &VERSION_1_1,
        &[
            (
                text,
                "self::a or ancestor-or-self::d",
                "<a xml:base=\"foo/bar\"><d xml:base=\"../../x\"></d></a>",
            ),
            // Above c all are omitted: "foo/bar" with ".." and "..".
            (text, "ancestor-or-self::c", "<c xml:base=\"../\"><d xml:base=\"x\"></d></c>"),
            // The element stays and its attribute goes: no fix-up below it, and it is written.
            ("<a xml:base='b/'><c/></a>", "self::a or self::c", "<a xml:base=\"b/\"><c></c></a>"),
        ],
    );
}

#[test]
fn omitted_elements_hand_on_what_is_in_them() {
    check_chosen(
        &Canonicalization::inclusive(),
        &[
            ("<a><b>1<c>2</c></b>3</a>", "not(self::b)", "<a>1<c>2</c>3</a>"),
            ("<a><b>1<c>2</c></b>3</a>", "self::text()", "123"),
            ("<a b='1' c='2'><d/></a>", "self::a or self::node()[name() = 'c']", "<a c=\"2\"></a>"),
            // Attributes and namespace nodes without their element are written all the same (2.3).
            ("<a xmlns:p='urn:p' b='1'>t</a>", "not(self::a)", " xmlns:p=\"urn:p\" b=\"1\"t"),
            ("<!--1--><?p?><a/><!--2-->", "not(self::a)", "<?p?>\n"),
        ],
    );
    check_chosen(
        &with_comments(Canonicalization::inclusive()),
        &[("<!--1--><?p?><a><!--3--></a><!--2-->", "self::comment()", "<!--1-->\n<!--3-->\n<!--2-->")],
    );
}

#[test]
fn declarations_follow_the_namespace_nodes_of_the_set() {
    let no_p = "not(name() = 'p' and namespace-uri() = '' and not(self::*))";
    check_chosen(
        &Canonicalization::inclusive(),
        &[
            ("<p:a xmlns:p='urn:p'><p:b/></p:a>", no_p, "<p:a><p:b></p:b></p:a>"),
            // b has no default namespace node in the set though its output ancestor has: it is undeclared.
            (
                "<a xmlns='urn:d'><b/></a>",
                "not(name() = '' and namespace-uri() = '' and parent::node()[local-name() = 'b'])",
                "<a xmlns=\"urn:d\"><b xmlns=\"\"></b></a>",
            ),
            // The output ancestor of c is a, which has it.
            ("<a xmlns:p='urn:p'><b><c/></b></a>", "not(self::b)", "<a xmlns:p=\"urn:p\"><c></c></a>"),
            // Declared by an omitted element, whose namespace nodes are not in the set.
            (
                "<a><b xmlns:p='urn:p'><c/></b></a>",
                "not(self::b) and not(parent::b and not(self::c))",
                "<a><c xmlns:p=\"urn:p\"></c></a>",
            ),
        ],
    );
    check_chosen(
        &Canonicalization::exclusive(),
        &[
            ("<p:a xmlns:p='urn:p'><p:b/></p:a>", no_p, "<p:a><p:b></p:b></p:a>"),
            // An attribute that is not in the set uses nothing.
            ("<a xmlns:p='urn:p' p:b='1'/>", "not(namespace-uri() = 'urn:p')", "<a></a>"),
            // The nearest output ancestor that uses the prefix has not the namespace node: once more.
            (
                "<p:a xmlns:p='urn:p'><p:b><c><p:d/></c></p:b></p:a>",
                "not(name() = 'p' and parent::p:b)",
                "<p:a xmlns:p=\"urn:p\"><p:b><c><p:d xmlns:p=\"urn:p\"></p:d></c></p:b></p:a>",
            ),
            // Namespace nodes of omitted elements are not written.
            ("<p:a xmlns:p='urn:p'><b/></p:a>", "not(self::p:a)", "<b></b>"),
        ],
    );
}

#[test]
fn the_octets_are_bounded() {
    let tree = tree("<a xml:lang='kazakh'><b><c/><c/><c/></b></a>");
    let set = chosen(&tree, "self::c");
    let method = Canonicalization::inclusive();
    let length = of_set(&set, &method).len();
    let mut out = Vec::new();
    assert_eq!(
        canonicalize_nodes(&set, &method, length - 20, &mut out),
        Err(ErrorKind::Limit("canonical_bytes"))
    );
    assert_eq!(canonicalize_nodes(&set, &method, length * 3, &mut out), Ok(()));
}

#[test]
fn sets_of_nodes() {
    let tree = tree("<a xmlns:p='urn:p'><b c='1'><!--x--><d/>t</b><e/></a>");
    let [a, b] = [tree.element(), tree.element().child("", "b").expect("b")];
    let e = a.child("", "e").expect("e");
    let names = |set: &NodeSet<'_>| -> Vec<String> {
        set.whole_elements().iter().map(|node| node.name().to_owned()).collect()
    };
    let document = NodeSet::document(&tree, false);
    assert_eq!(names(&document), ["a"]);
    assert!(!document.contains(b.children().next().expect("a comment")));
    assert!(document.contains_namespace(e, "p") && document.contains_namespace(e, "xml"));
    assert!(!document.contains_namespace(e, "q"));

    let mut less = document.clone();
    less.remove_subtree(e);
    assert_eq!(names(&less), ["b"]);
    assert!(!less.contains(e) && less.contains(a) && !less.contains_namespace(e, "p"));
    assert!(b.attributes().all(|attribute| less.contains_attribute(attribute)));

    let only = NodeSet::subtree(&tree, b, true);
    assert_eq!(names(&only), ["b"]);
    assert!(!only.contains(a) && !only.contains(tree.root()));
    let mut rest = NodeSet::document(&tree, true);
    rest.subtract(&only);
    assert_eq!(names(&rest), ["e"]);
    rest.unite(&only);
    assert_eq!(rest, NodeSet::document(&tree, true));
    rest.intersect(&only);
    assert_eq!(rest, only);
    assert!(NodeSet::empty(&tree).is_empty() && !only.is_empty());

    // An element without one of its attributes is not whole, and neither is what holds it.
    assert_eq!(names(&chosen(&tree, "not(self::node()[name() = 'c'])")), ["d", "e"]);
    assert_eq!(names(&chosen(&tree, "not(self::text())")), ["d", "e"]);
    assert_eq!(names(&chosen(&tree, "self::*")), Vec::<String>::new());
}

#[test]
fn a_part_of_a_document_knows_the_namespaces_it_inherits() {
    let limits = Limits::default();
    let document = Document::read(b"<r xmlns='urn:d' xmlns:p='urn:p'><a Id='x'/></r>", &limits, &[])
        .expect("a document");
    let Identified::One(element) = document.identified("x") else { panic!("one element") };
    let part =
        tree::read(&document, Some(&element), &limits, |_, _, _| tree::Descend::Whole).expect("a tree");
    assert_eq!(
        of_set(&NodeSet::document(&part, true), &Canonicalization::inclusive()),
        "<a xmlns=\"urn:d\" xmlns:p=\"urn:p\" Id=\"x\"></a>"
    );
}

#[test]
fn what_is_made_ahead_is_what_a_pass_makes() {
    let limits = Limits::default();
    let signature = |method: &str| {
        format!(
            "<s:Signature xmlns:s='{}'><s:SignedInfo><s:Transforms><s:Transform Algorithm='{}#enveloped-signature'/>\
             <s:Transform Algorithm='{method}'/></s:Transforms></s:SignedInfo><s:Object><x xmlns='urn:o'/></s:Object>\
             </s:Signature>",
            crate::xml::DSIG,
            "http://www.w3.org/2000/09/xmldsig"
        )
    };
    let bodies = [
        "<a xmlns='urn:a' xmlns:b=\"urn:b\" z='1' b:y='2'>t &#13;<b:c/>$<d xmlns=''/></a>",
        "<a>\r\n<!--c--><?p i?>$<![CDATA[<x>]]></a>",
        "<b:a xmlns:b='urn:b' xml:lang='kk'><b:b xmlns:b='urn:b'/>$</b:a>",
        "<a xmlns:s='urn:other'>$<s:b/></a>",
        "<a>$</a>",
    ];
    for (uri, method) in [
        ("http://www.w3.org/2001/10/xml-exc-c14n#", Canonicalization::exclusive()),
        ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", Canonicalization::inclusive()),
    ] {
        for body in bodies {
            let text = body.replace('$', &signature(uri));
            let document = Document::read(text.as_bytes(), &limits, &[]).expect("a document");
            let [only] = document.signatures() else { panic!("one signature") };
            let ahead = document.canonical_ahead(&method, &[only.span()]).expect("made ahead");
            let mut pass = Vec::new();
            let apex = Apex::Element(document.root());
            canonicalize(&document, apex, &[only.span()], &method, &mut pass).expect("a form");
            assert_eq!(String::from_utf8_lossy(ahead), String::from_utf8_lossy(&pass), "{text}");
            // Nothing else is served by it.
            assert!(document.canonical_ahead(&method, &[]).is_none());
            let other = Canonicalization { comments: Comments::Kept, ..method.clone() };
            assert!(document.canonical_ahead(&other, &[only.span()]).is_none());
            let twice = body.replace('$', &signature(uri).repeat(2));
            let document = Document::read(twice.as_bytes(), &limits, &[]).expect("a document");
            let first = document.signatures()[0].span();
            assert!(document.canonical_ahead(&method, &[first]).is_none());
        }
    }
    // Instructions around the root, and what has no canonical form.
    let text =
        format!("<?p a?><!--c-->\n<a>{}</a>\n<?p b?>", signature("http://www.w3.org/2001/10/xml-exc-c14n#"));
    let document = Document::read(text.as_bytes(), &limits, &[]).expect("a document");
    let span = document.signatures()[0].span();
    let ahead = document.canonical_ahead(&Canonicalization::exclusive(), &[span]);
    assert_eq!(ahead, Some(b"<?p a?>\n<a></a>\n<?p b?>".as_slice()));
    let relative =
        format!("<a xmlns='relative'>{}</a>", signature("http://www.w3.org/2001/10/xml-exc-c14n#"));
    let document = Document::read(relative.as_bytes(), &limits, &[]).expect("a document");
    let span = document.signatures()[0].span();
    assert!(document.canonical_ahead(&Canonicalization::exclusive(), &[span]).is_none());
}

/// Documents with a signature, in as many ways as what is in scope around and in its SignedInfo can differ.
fn signed_documents() -> Vec<String> {
    let mut documents = Vec::new();
    for root in
        ["", " xmlns=\"urn:d\"", " xmlns:a=\"urn:a\" xmlns=\"urn:d\"", " xmlns:a=\"urn:a\" xml:lang='kk'"]
    {
        let prefixed = root.contains("xmlns:a");
        let beside = if prefixed { "<a:b a:c='1' b='&lt;'/><b><a:c/></b>" } else { "<b z='1' c=\"2\"/>" };
        for (declared, prefix) in [(true, "ds:"), (true, ""), (false, "ds:")] {
            for on_info in ["", " xmlns:q=\"urn:q\"", " xml:space='preserve'", " xmlns:a=\"urn:other\""] {
                for inside in [
                    "",
                    "<a:x xmlns:a='urn:in' a:y='1'/>",
                    "<x xmlns=''> <y/>\n</x>",
                    beside,
                    "<!-- --><?p?>",
                ] {
                    let name = if prefix.is_empty() { "xmlns" } else { "xmlns:ds" };
                    let declaration = format!(" {name}=\"{}\"", crate::xml::DSIG);
                    let (above, on) = if declared { ("", &*declaration) } else { (&*declaration, "") };
                    documents.push(format!(
                        "<r{root}{above}>{beside}<{prefix}Signature{on}> <{prefix}SignedInfo{on_info}>{inside}\
                         <{prefix}Transform Algorithm=\"#enveloped-signature\"/></{prefix}SignedInfo>\
                         <{prefix}SignedInfo>{inside}</{prefix}SignedInfo>\
                         <{prefix}Object>{beside}</{prefix}Object></{prefix}Signature>{beside}<!-- --></r>"
                    ));
                }
            }
        }
    }
    documents
}

#[test]
fn what_is_made_on_the_way_is_what_is_made_alone() {
    let limits = Limits::default();
    for text in signed_documents() {
        for method in [Canonicalization::exclusive(), Canonicalization::inclusive(), VERSION_1_1] {
            let forms = |document: &Document<'_>| -> Vec<String> {
                let signature = document.signatures()[0];
                let mut whole = Vec::new();
                canonicalize(document, Apex::Document, &[signature.span()], &method, &mut whole)
                    .expect("octets");
                let parts =
                    tree::read_signature(document, &signature, &limits, |_, _, _| tree::Descend::Whole);
                let parts = parts.expect("a tree");
                let infos = parts.element().elements().filter(|part| part.local() == "SignedInfo");
                let infos = infos.map(|part| {
                    let span = part.span();
                    let element = document.child_element(span.start, span.end, &signature).expect("a child");
                    canonical_octets(document, element, &method, span.len()).expect("octets").into_owned()
                });
                let all = std::iter::once(whole).chain(infos);
                all.map(|octets| String::from_utf8(octets).expect("text")).collect()
            };
            let along = Document::read_for(text.as_bytes(), &limits, &method).expect("a document");
            // Without the words that make a method expected.
            let other = text.replace("#enveloped-signature", "#enveloped-Signature");
            let alone = Document::read(other.as_bytes(), &limits, &[]).expect("a document");
            let expected = forms(&alone).into_iter().map(|form| form.replace("#enveloped-S", "#enveloped-s"));
            assert_eq!(forms(&along), expected.collect::<Vec<_>>(), "{text} {method:?}");
        }
    }
}

#[test]
fn what_is_written_while_it_is_read_is_the_canonical_form() {
    let limits = Limits::default();
    let long = format!("<p:b z='{0}' a=\"{0}\">{0}&lt;<q/></p:b><!-- c -->\n", "x".repeat(3_000)).repeat(20);
    let relative = "<a xmlns:p=\"p\"><p:b/></a>".to_owned();
    for (text, is_whole) in [
        ("<a/>".to_owned(), true),
        (format!("<?p?>\n<a xmlns:p=\"urn:p\">{long}</a><?q?>"), true),
        (relative, false),
        (format!("<a>1<Signature xmlns=\"{}\"/></a>", crate::xml::DSIG), false),
    ] {
        for method in [Canonicalization::exclusive(), Canonicalization::inclusive(), VERSION_1_1] {
            let mut written = Vec::new();
            let read = Document::read_writing(text.as_bytes(), &limits, &method, &mut written);
            let (document, is_written) = read.expect("a document");
            assert_eq!(is_written, is_whole, "{text} {method:?}");
            let mut whole = Vec::new();
            let form = canonicalize(&document, Apex::Document, &[], &method, &mut whole);
            assert_eq!(form.is_ok(), is_whole || !document.signatures().is_empty(), "{text}");
            if is_written {
                assert_eq!(String::from_utf8_lossy(&written), String::from_utf8_lossy(&whole));
            }
        }
    }
}

#[test]
fn an_empty_signature_gets_no_tree_of_another() {
    let limits = Limits::default();
    let text = format!(
        "<r xmlns:ds=\"{}\"><ds:Signature Id=\"a\"/><ds:Signature Id=\"b\"><ds:SignedInfo><ds:X \
         A=\"#enveloped-signature /xml-exc-c14n#\"/></ds:SignedInfo></ds:Signature></r>",
        crate::xml::DSIG
    );
    let rule: tree::Rule = |_, _, _| tree::Descend::Whole;
    let document = Document::read_signed(text.as_bytes(), &limits, &[], rule).expect("a document");
    for (signature, id) in document.signatures().iter().zip(["a", "b"]) {
        let tree = tree::of_signature(&document, signature, &limits, rule).expect("a tree");
        assert_eq!(tree.element().attribute("Id"), Some(id));
    }
}

#[test]
fn a_start_tag_is_what_the_element_has_once_it_is_put_in() {
    let limits = Limits::default();
    let around = [
        "<r Id='p'>",
        "<r xmlns='urn:d' xmlns:z='urn:z?a&amp;b=\"&#x9;' xmlns:a='urn:a'><m xmlns='' xmlns:a='urn:b' Id='p'>",
        "<r xmlns:xml='http://www.w3.org/XML/1998/namespace' xmlns:t='urn:other' xmlns:u='urn:u' Id='p'>",
        "<r xml:lang='kk' xml:base='http://e/a/b' xml:id='i'><m xml:base='../c&amp;&#xD;' xml:space='preserve'>\
         <n xml:lang='\"&lt;>&#x9;&#xA;' xml:base='d/' xml:other='o' Id='p'>",
        "<r xml:base='http://e/'><m xml:base=''><n xml:base='' Id='p'>",
        "<r xml:base=''><m Id='p'>",
        "<r xmlns:p='relative' Id='p'>",
    ];
    let tag = StartTag {
        name: "t:e",
        declarations: &[("t", "urn:t"), ("ds", crate::xml::DSIG)],
        attributes: &[("Id", "e"), ("Z", "\"&<>\t\n\r")],
    };
    let child = "<t:e ds:n=''  Z='&quot;&amp;&lt;>&#9;&#10;&#13;'   Id='e'/>";
    for around in around {
        let ends: String = ["</n>", "</m>", "</r>"]
            .into_iter()
            .filter(|end| around.contains(&end.replace("</", "<").replace('>', " ")))
            .collect();
        let without = format!("{around}{ends}");
        let declared = format!("<w xmlns:ds='{}' xmlns:t='urn:t'>{child}</w>", crate::xml::DSIG);
        let with = format!("{around}{declared}{ends}");
        let without = Document::read(without.as_bytes(), &limits, &[]).expect("a document");
        let with = Document::read(with.as_bytes(), &limits, &[]).expect("a document");
        let (Identified::One(parent), Identified::One(element)) =
            (without.identified("p"), with.identified("e"))
        else {
            panic!("{around}");
        };
        for method in [Canonicalization::exclusive(), Canonicalization::inclusive(), VERSION_1_1] {
            let made = tag.canonical(&without, &parent, method.method);
            let form = canonical_octets(&with, element, &method, child.len());
            assert_eq!(made.is_err(), around.contains("relative") && method.method != Method::Exclusive);
            assert_eq!(made.is_ok(), form.is_ok(), "{around} {method:?}");
            let Ok((made, form)) = made.and_then(|made| Ok((made, form?))) else { continue };
            let form = String::from_utf8(form.into_owned()).expect("text").replace(" ds:n=\"\"", "");
            assert_eq!(
                format!("{}</t:e>", String::from_utf8(made).expect("text")),
                form,
                "{around} {method:?}"
            );
        }
    }
}
