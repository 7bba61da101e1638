//! What a signature does not cover: the list of it, of the document and of what stands in the signature itself.

use std::io::Write as _;

use qoltanba::crypto::sha256;
use qoltanba::service::reading::Source;
use qoltanba::service::verify::sign_xml;
use qoltanba::signature::Octets;
use qoltanba::signature::sign::Profile;
use qoltanba::validation::{Indication, Report};
use qoltanba::xml::Limits;
use qoltanba::xml::c14n::Canonicalization;

use crate::common::ECDSA;
use crate::coverage::left_of;
use crate::hostile::{DSIG, EXCLUSIVE, SHA256, reference, reference_with, signature};
use crate::xades::{cert, with_certificate_digest, with_certs};
use crate::xmldsig::{XPATH, by_xpath, passes, verify, with_object, xpath};

#[test]
fn of_an_object_that_is_signed_in_part_the_rest_is_listed() {
    let part = signature(&reference("#x", "<a Id=\"x\">1</a>"));
    let report = passes(&with_object(&part, "<ds:Object><b>2</b><a Id=\"x\">1</a><c/></ds:Object>"));
    let left: Vec<_> = report.signatures[0].unsigned_content.iter().map(|part| part.xpath.as_str()).collect();
    assert_eq!(left, ["/ds:Signature/ds:Object[1]/b[1]", "/ds:Signature/ds:Object[1]/c[1]"]);
}

#[test]
fn what_a_signature_in_an_object_holds_is_listed_where_a_part_of_it_is_signed() {
    let item = "<a Id=\"x\">1</a>";
    let inner = signature(&reference("#x", item));
    let inner = inner.replacen("<ds:SignatureValue>", "<ds:SignatureValue Id=\"v\">", 1);
    let (start, end) = ("<ds:SignatureValue ", "</ds:SignatureValue>");
    let (start, end) = (inner.find(start).expect("a value"), inner.find(end).expect("its end") + end.len());
    let value = inner[start..end].replacen(' ', &format!(" xmlns:ds=\"{DSIG}\" "), 1);
    let holding = with_object(&inner, "<ds:Object><pay>9</pay></ds:Object>");
    let outer = signature(&(reference("#x", item) + &reference("#v", &value)));
    let document =
        format!("<doc>{item}{}</doc>", with_object(&outer, &format!("<ds:Object>{holding}</ds:Object>")));
    let report = verify(&ECDSA.checker(), &document);
    assert_eq!(report.indication, Indication::TotalPassed);
    let left = left_of(&report);
    let path = "/doc/ds:Signature[1]/ds:Object[1]/ds:Signature[1]/ds:Object[1]";
    assert!(left.iter().any(|part| part == path), "{left:?}");
}

#[test]
fn attributes_and_text_around_what_is_covered_are_listed() {
    let own = signature(&reference("#x", "<a Id=\"x\">1</a>"));
    let a = "<a Id=\"x\">1</a>";
    let left = |document: &str| {
        // The same from memory and through a window.
        let report = passes(document);
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(document.as_bytes()).expect("written");
        let facts = ECDSA.checker().reading.facts(Source::File(file.path()), Octets::Drop).expect("facts");
        let parts = &report.signatures[0].unsigned_content;
        let listed: Vec<_> = parts.iter().map(|part| (part.xpath.clone(), part.bytes)).collect();
        let uncovered = &facts.signatures[0].uncovered;
        let read: Vec<_> = uncovered.iter().map(|part| (part.xpath.clone(), part.bytes)).collect();
        assert_eq!(listed, read, "{document}");
        let warned = report.signatures[0].findings.iter().any(|finding| finding.code == "UNSIGNED_CONTENT");
        assert_eq!(warned, !listed.is_empty());
        listed
    };
    let listed = |xpath: &str, bytes: usize| (xpath.to_owned(), bytes);
    let nothing =
        format!("<doc xmlns:q='urn:q' xmlns='urn:d'>\n<w> <!--c-->&#32;<![CDATA[\t]]>{a}</w>\n{own}</doc>")
            .replace(a, "<a xmlns='' Id=\"x\">1</a>");
    assert_eq!(left(&nothing), []);
    assert_eq!(left(&format!("<doc sum='9' q=\"1\">{a}{own}</doc>")), [listed("/doc/@*", 12)]);
    assert_eq!(left(&format!("<doc xmlns:q='urn:q' q:x='9'>{a}{own}</doc>")), [listed("/doc/@*", 7)]);
    assert_eq!(left(&format!("<doc>{a}9{own}</doc>")), [listed("/doc/text()", 1)]);
    assert_eq!(left(&format!("<doc>{a}{own} 9</doc>")), [listed("/doc/text()", 2)]);
    assert_eq!(left(&format!("<doc>{a}&#57;{own}</doc>")), [listed("/doc/text()", 5)]);
    assert_eq!(left(&format!("<doc><![CDATA[9]]>{a}{own}</doc>")), [listed("/doc/text()", 1)]);
    let long = "word ".repeat(100);
    assert_eq!(left(&format!("<doc>{long}{a}{long}{own}</doc>")), [listed("/doc/text()", 1000)]);
    assert_eq!(
        left(&format!("<doc v='1'><x>8</x><w v='2'>7{a}<y/></w>{own}</doc>")),
        [
            listed("/doc/@*", 5),
            listed("/doc/x[1]", 8),
            listed("/doc/w[1]/@*", 5),
            listed("/doc/w[1]/text()", 1),
            listed("/doc/w[1]/y[1]", 4)
        ]
    );
    // Those of the root come first, however much there is besides.
    let many = left(&format!("<doc v='1'>{a}{own}{}</doc>", "<x/>".repeat(1000)));
    assert_eq!((many.len(), &many[0]), (100, &listed("/doc/@*", 5)));
    let deep = format!("<doc v='1'>{}{a}{}{own}</doc>", "<w v='2'>".repeat(150), "</w>".repeat(150));
    let deep = left(&deep);
    assert_eq!((deep.len(), &deep[0]), (100, &listed("/doc/@*", 5)));
    assert!(deep.iter().all(|(path, _)| path.ends_with("/@*")));
    // What surrounds a signature over the whole is covered by it.
    let bare = Profile { canonicalization: Canonicalization::exclusive(), ..Profile::default() };
    let signed = sign_xml(b"<doc v='1'>9<a/></doc>", &ECDSA.identity("applicant"), &bare, &Limits::default());
    assert_eq!(left(&String::from_utf8(signed.expect("signed")).expect("UTF-8")), []);
}

#[test]
fn text_and_attributes_that_stand_in_a_signature_are_listed() {
    let bare = Profile { canonicalization: Canonicalization::exclusive(), ..Profile::default() };
    let signed =
        sign_xml(b"<app><pay>100</pay></app>", &ECDSA.identity("applicant"), &bare, &Limits::default());
    let signed = String::from_utf8(signed.expect("signed")).expect("UTF-8");
    let own = "/app/ds:Signature[1]";
    for (at, with, left) in [
        ("<ds:KeyInfo>", "pay 999<ds:KeyInfo>", vec!["/text()"]),
        ("<ds:Signature ", "<ds:Signature pay=\"999\" ", vec!["/@*"]),
        ("<ds:X509Data>", "pay 999<ds:X509Data>", vec!["/ds:KeyInfo[1]/text()"]),
        ("</ds:Signature>", "\n <!-- nothing -->\t</ds:Signature>", vec![]),
        ("</ds:Signature>", "<ds:Object>pay 999</ds:Object></ds:Signature>", vec!["/ds:Object[1]"]),
    ] {
        let left: Vec<String> = left.iter().map(|step| format!("{own}{step}")).collect();
        assert_eq!(left_of(&passes(&signed.replacen(at, with, 1))), left, "{with}");
    }
    // Of an Object that is signed in part.
    let part = signature(&reference("#x", "<a Id=\"x\">1</a>"));
    let object = "<ds:Object pay=\"9\">pay <a Id=\"x\">1</a><![CDATA[999]]></ds:Object>";
    let left = ["/ds:Signature/ds:Object[1]/@*", "/ds:Signature/ds:Object[1]/text()"];
    let report = passes(&with_object(&part, object));
    assert_eq!(left_of(&report), left);
    assert_eq!(report.signatures[0].unsigned_content[1].bytes, "pay 999".len());
    let whole = signature(&reference(
        "#o",
        "<ds:Object xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" Id=\"o\">pay <b></b></ds:Object>",
    ));
    assert!(left_of(&passes(&with_object(&whole, "<ds:Object Id=\"o\">pay <b/></ds:Object>"))).is_empty());
}

#[test]
fn instructions_and_foreign_attributes_in_a_signature_are_listed() {
    let content = "<a Id=\"x\">1</a>";
    let part = signature(&reference("#x", content));
    let own = "/doc/ds:Signature[1]";
    let key_info = "/ds:KeyInfo[1]";
    let data = "/ds:KeyInfo[1]/ds:X509Data[1]";
    let certificate = "/ds:KeyInfo[1]/ds:X509Data[1]/ds:X509Certificate[1]";
    let pay = "<?pay 999?>";
    for (at, with, step, bytes) in [
        ("<ds:KeyInfo>", format!("{pay}<ds:KeyInfo>"), "/processing-instruction()".to_owned(), 11),
        ("</ds:Signature>", format!("{pay}{pay}</ds:Signature>"), "/processing-instruction()".to_owned(), 22),
        ("<ds:X509Data>", format!("{pay}<ds:X509Data>"), format!("{key_info}/processing-instruction()"), 11),
        ("</ds:X509Data>", format!("{pay}</ds:X509Data>"), format!("{data}/processing-instruction()"), 11),
        (
            "</ds:X509Certificate>",
            format!("{pay}</ds:X509Certificate>"),
            format!("{certificate}/processing-instruction()"),
            11,
        ),
        ("<ds:KeyInfo>", "<ds:KeyInfo pay='999'>".to_owned(), format!("{key_info}/@*"), 9),
        ("<ds:X509Data>", "<ds:X509Data Id='i' Target='i'>".to_owned(), format!("{data}/@*"), 16),
        (
            "<ds:X509Certificate>",
            "<ds:X509Certificate x:p='9' xmlns:x='x'>".to_owned(),
            format!("{certificate}/@*"),
            7,
        ),
        // No schema of these has attributes of XML itself.
        ("<ds:KeyInfo>", "<ds:KeyInfo Id='k' xml:lang='kk'>".to_owned(), format!("{key_info}/@*"), 13),
        ("<ds:X509Data>", "<ds:X509Data xml:space='preserve'>".to_owned(), format!("{data}/@*"), 20),
        ("<ds:KeyInfo>", "<ds:KeyInfo xml:base='http://b/'>".to_owned(), format!("{key_info}/@*"), 20),
        ("<ds:Signature ", "<ds:Signature xml:id='pay' ".to_owned(), "/@*".to_owned(), 12),
        (
            "<ds:SignatureValue>",
            "<ds:SignatureValue pay='999'>".to_owned(),
            "/ds:SignatureValue[1]/@*".to_owned(),
            9,
        ),
    ] {
        let report = passes(&format!("<doc>{content}{}</doc>", part.replacen(at, &with, 1)));
        assert_eq!(left_of(&report), [format!("{own}{step}")], "{with}");
        assert_eq!(report.signatures[0].unsigned_content[0].bytes, bytes, "{with}");
    }
    for (at, with) in [
        ("<ds:KeyInfo>", "<ds:KeyInfo Id='k' xmlns:x='urn:x'>"),
        ("<ds:X509Data>", "<!--<?pay 999?>--><ds:X509Data>"),
    ] {
        assert!(left_of(&passes(&format!("<doc>{content}{}</doc>", part.replacen(at, with, 1)))).is_empty());
    }
    // An Object that nobody signed is listed with all that is in it.
    let object = with_object(&part, "<ds:Object p='9'><?pay 999?><b q='1'/></ds:Object>");
    assert_eq!(left_of(&passes(&format!("<doc>{content}{object}</doc>"))), [format!("{own}/ds:Object[1]")]);
    // As many as there may be.
    let many = part.replacen("</ds:KeyInfo>", &format!("{}</ds:KeyInfo>", "<ds:q p='9'/>".repeat(20_000)), 1);
    let began = std::time::Instant::now();
    assert_eq!(left_of(&passes(&format!("<doc>{content}{many}</doc>"))).len(), 100);
    assert!(began.elapsed() < std::time::Duration::from_secs(5), "{:?}", began.elapsed());
}

#[test]
fn instructions_in_an_object_that_is_signed_in_part_are_listed() {
    let content = "<a Id=\"x\" p=\"1\">1<?in it?></a>";
    let part = signature(&reference("#x", content));
    let judged = |object: &str| passes(&with_object(&part, &format!("<ds:Object>{object}</ds:Object>")));
    let instructions = "/ds:Signature/ds:Object[1]/processing-instruction()";
    let pay = "<?pay 999?>";
    let long = "word ".repeat(60_000);
    for (object, octets) in [
        (format!("{pay}{content}"), 11),
        (format!("{content}{pay}\n{pay}"), 22),
        (format!("{content}<?pay?><ds:Object/>"), 7),
    ] {
        let left = left_of(&judged(&object));
        assert_eq!(left.iter().filter(|path| *path == instructions).count(), 1, "{object} {left:?}");
        let report = judged(&object);
        let told = report.signatures[0].unsigned_content.iter().find(|part| part.xpath == instructions);
        assert_eq!(told.map(|part| part.bytes), Some(octets), "{object}");
    }
    let text = "/ds:Signature/ds:Object[1]/text()";
    assert_eq!(left_of(&judged(&format!("{content}{long}{pay}"))), [text, instructions]);
    assert_eq!(left_of(&judged(&format!("{content}{long}"))), [text]);
    // What only looks like one.
    let commented = format!("<!-- {pay} -->{content}<![CDATA[{pay}]]>");
    assert_eq!(left_of(&judged(&commented)), [text]);
    assert!(left_of(&judged(content)).is_empty());
    // More of it than is read: all of the Object is meant.
    let mut checker = ECDSA.checker();
    checker.reading.limits.signature_bytes = 100_000;
    let document = with_object(&part, &format!("<ds:Object>{content}{long}{pay}</ds:Object>"));
    let report = verify(&checker, &document);
    assert_eq!(report.indication, Indication::TotalPassed, "{report:?}");
    assert!(left_of(&report).contains(&"/ds:Signature/ds:Object[1]".to_owned()), "{report:?}");
    // What is signed is signed.
    let whole = signature(&reference(
        "#o",
        &format!("<ds:Object xmlns:ds=\"{DSIG}\" Id=\"o\" p=\"9\">{pay}<b></b>{pay}</ds:Object>"),
    ));
    let object = format!("<ds:Object Id=\"o\" p=\"9\">{pay}<b/>{pay}</ds:Object>");
    assert!(left_of(&passes(&with_object(&whole, &object))).is_empty());
    let key_info = |pki: &str| {
        let own = signature("");
        let (start, end) =
            (own.find("<ds:KeyInfo>").expect("it"), own.find("</ds:Signature>").expect("an end"));
        let key_info =
            own[start..end].replacen("<ds:KeyInfo>", &format!("<ds:KeyInfo{pki} Id=\"k\" p=\"9\">{pay}"), 1);
        (key_info.clone(), own[start..end].to_owned())
    };
    let (canonical, _) = key_info(&format!(" xmlns:ds=\"{DSIG}\""));
    let (put, plain) = key_info("");
    let signed = signature(&(reference("#x", content) + &reference("#k", &canonical)));
    let document = format!("<doc>{content}{}</doc>", signed.replacen(&plain, &put, 1));
    assert!(left_of(&passes(&document)).is_empty());
}

/// A canonical form in which the prefix of signatures is declared on the outermost alone.
fn declared_once(text: &str) -> String {
    let declaration = format!(" xmlns:ds=\"{DSIG}\"");
    text.replace(&declaration, "").replacen("<ds:Signature", &format!("<ds:Signature{declaration}"), 1)
}

#[test]
fn what_is_read_again_of_nested_objects_is_bounded() {
    let judged = |payload: usize| {
        let (mut before, mut after) = ("<doc Id=\"r\">".to_owned(), "</doc>".to_owned());
        for level in 0..100 {
            // Each is over the document without itself, and over a part of its own Object.
            let content = format!("<a{level} Id=\"x{level}\"></a{level}>");
            let around = sha256(declared_once(&format!("{before}{after}")).as_bytes());
            let around =
                reference_with("#r", &[&format!("{DSIG}enveloped-signature"), EXCLUSIVE], SHA256, &around);
            let own = signature(&(around + &reference(&format!("#x{level}"), &content)));
            let own = own.trim_end_matches("</ds:Signature>");
            before = format!("{before}{own}<ds:Object>{content}<?pay 999?>");
            after = format!("</ds:Object></ds:Signature>{after}");
        }
        // What stands beside the root makes a walk for each.
        let document = format!("<?beside?>{before}<b>{}</b>{after}", "x".repeat(payload));
        let began = std::time::Instant::now();
        let report = verify(&ECDSA.checker(), &document);
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "{:?}", began.elapsed());
        assert_eq!(report.indication, Indication::TotalPassed);
        assert_eq!(report.signatures.len(), 100);
        // Of each its own Object.
        let tells = |what: &str| {
            let left = report.signatures.iter().map(|signature| &signature.unsigned_content);
            let told = left.enumerate().filter(|(level, left)| {
                let own = "/ds:Signature[1]/ds:Object[1]".repeat(level + 1);
                left.iter().any(|part| part.xpath == format!("/doc{own}{what}"))
            });
            told.count()
        };
        (tells("/processing-instruction()"), tells(""))
    };
    assert_eq!(judged(1), (100, 0));
    // More than may be read again: of the rest all of the Object is meant, and no coverage is missing.
    let (instructions, whole) = judged(1_300_000);
    assert!(instructions > 50 && whole > 10, "{instructions} {whole}");
    assert_eq!(instructions + whole, 100);
}

#[test]
fn what_stands_in_unsigned_properties_is_listed() {
    let der = ECDSA.identity("applicant").certificate_der;
    let document = with_certificate_digest(SHA256, &sha256(&der), true);
    assert!(left_of(&passes(&document)).is_empty());
    let object = "/doc/ds:Signature[1]/ds:Object[1]";
    let qualifying = format!("{object}/xades:QualifyingProperties[1]");
    let unsigned = format!("{qualifying}/xades:UnsignedProperties[1]");
    let end = "</xades:QualifyingProperties>";
    for (at, with, left) in [
        (
            "<xades:QualifyingProperties ",
            "<xades:QualifyingProperties pay='999' ".to_owned(),
            format!("{qualifying}/@*"),
        ),
        (end, format!("<?pay 999?>{end}"), format!("{qualifying}/processing-instruction()")),
        (end, format!("<xades:UnsignedProperties pay='999'/>{end}"), format!("{unsigned}/@*")),
        (end, format!("<xades:UnsignedProperties xml:lang='kk'/>{end}"), format!("{unsigned}/@*")),
        (
            end,
            format!(
                "<xades:UnsignedProperties Id='u'><xades:UnsignedSignatureProperties><xades:CertificateValues \
                 Id='v'><?pay 999?></xades:CertificateValues></xades:UnsignedSignatureProperties>\
                 </xades:UnsignedProperties>{end}"
            ),
            format!(
                "{unsigned}/xades:UnsignedSignatureProperties[1]/xades:CertificateValues[1]/processing-instruction()"
            ),
        ),
        ("<ds:Object>", "<ds:Object><?pay 999?>".to_owned(), format!("{object}/processing-instruction()")),
    ] {
        assert_eq!(left_of(&passes(&document.replacen(at, &with, 1))), [left], "{with}");
    }
    // In signed ones it is signed.
    let own = cert(SHA256, &sha256(&der), "");
    assert!(left_of(&passes(&with_certs(&format!("<?signed it?>{own}")))).is_empty());
    let lang = own.replacen("<xades:Cert>", "<xades:Cert xml:lang=\"kk\">", 1);
    assert!(lang != own && left_of(&passes(&with_certs(&lang))).is_empty());
}

#[test]
fn instructions_that_nobody_signed_are_listed() {
    let style = "<?xml-stylesheet href=\"other.xsl\"?>";
    let root = signature(&reference_with(
        "#r",
        &[&format!("{DSIG}enveloped-signature"), EXCLUSIVE],
        SHA256,
        &sha256(b"<r Id=\"r\">1</r>"),
    ));
    let document = |before: &str, after: &str| format!("{before}<r Id=\"r\">1{root}</r>{after}");
    let covers = |report: &Report| report.signatures[0].signed_content[0].covers;
    let plain = passes(&document("<!-- c -->", "\n<!-- c -->"));
    assert_eq!((covers(&plain), left_of(&plain)), ("whole-document", vec![]));
    for (before, after) in [(style, ""), ("", style)] {
        let report = passes(&document(before, after));
        assert_eq!(covers(&report), "element");
        assert_eq!(left_of(&report), ["/processing-instruction()"]);
        assert_eq!(report.signatures[0].unsigned_content[0].bytes, style.len());
    }
    // Nor is anything in it taken for a twin, where a part of it is signed besides.
    let inner = "<r Id=\"i\">2</r>";
    let both = signature(
        &(reference_with(
            "#r",
            &[&format!("{DSIG}enveloped-signature"), EXCLUSIVE],
            SHA256,
            &sha256(format!("<r Id=\"r\">{inner}<r></r></r>").as_bytes()),
        ) + &reference("#i", inner)),
    );
    passes(&format!("{style}<r Id=\"r\">{inner}<r/>{both}</r>"));
    // Around a signed element, not in it.
    let part = signature(&reference("#d", "<d Id=\"d\"><?i in?></d>"));
    let report = passes(&format!("<r><?i out?><d Id=\"d\"><?i in?></d>{part}</r>"));
    assert_eq!(left_of(&report), ["/r/processing-instruction()"]);
    // What a signature over the whole signs is signed.
    let bare = Profile { canonicalization: Canonicalization::exclusive(), ..Profile::default() };
    let signed =
        sign_xml(format!("{style}<r/>").as_bytes(), &ECDSA.identity("applicant"), &bare, &Limits::default());
    let report = passes(&String::from_utf8(signed.expect("signed")).expect("UTF-8"));
    assert_eq!((covers(&report), left_of(&report)), ("whole-document", vec![]));
}

#[test]
fn namespaces_that_nobody_signed_are_listed() {
    let chosen = |kinds: &str, octets: &str| {
        let outside = "not(ancestor-or-self::ds:Signature)";
        signature(&xpath(&format!("{outside} and (self::* or self::text() or {kinds})"), octets))
    };
    let attributes = "count(. | ../@*) = count(../@*)";
    let namespaces = "count(. | ../namespace::*) = count(../namespace::*)";
    let left = |document: &str| -> Vec<(String, usize)> {
        let report = passes(document);
        report.signatures[0].unsigned_content.iter().map(|part| (part.xpath.clone(), part.bytes)).collect()
    };
    let listed = |xpath: &str, bytes: usize| (xpath.to_owned(), bytes);
    let bare = chosen(attributes, "<doc a=\"1\"><p:x k=\"v\">5</p:x></doc>");
    let document = format!("<doc xmlns:p='urn:p' a='1'><p:x k='v'>5</p:x>{bare}</doc>");
    assert_eq!(left(&document), [listed("/doc/namespace::*", 15)]);
    // What the attacker declares is told by itself.
    let rebound = document.replace("<p:x", "<p:x xmlns:p='urn:evil'");
    assert_eq!(left(&rebound), [listed("/doc/namespace::*", 15), listed("/doc/p:x[1]/namespace::*", 18)]);
    // That there was a default namespace once is no more seen where none is signed.
    let plain = chosen(attributes, "<doc><x>5</x></doc>");
    assert_eq!(left(&format!("<doc><x>5</x>{plain}</doc>")), [listed("/doc/namespace::*", 0)]);
    // Of elements side by side the first, where their parent is none of them.
    let a = signature(&xpath("self::a", "<a></a><a></a>"));
    assert_eq!(left_of(&passes(&format!("<doc><a/><a/>{a}</doc>"))), ["/doc/a[1]/namespace::*"]);
    // Text without its element, whose name may be any.
    let text = signature(&xpath("self::text()[parent::x]", "5"));
    assert_eq!(
        left(&format!("<doc><x>5</x>{text}</doc>")),
        [listed("/doc/x[1]/self::*", 3), listed("/doc/x[1]/text()", 1)]
    );
    // Those that are signed are not listed, and what else is not, each by its kind.
    let bound = chosen(namespaces, "<doc><p:x xmlns:p=\"urn:p\">5</p:x></doc>");
    let document = format!("<doc xmlns:p='urn:p'><p:x k='v'>5</p:x>{bound}</doc>");
    assert_eq!(left(&document), [listed("/doc/p:x[1]/@*", 5)]);
}

/// Below the XPath only the attributes of `<i>` and what is evil are not signed.
#[test]
fn many_attributes_hide_no_element() {
    let items = "<i a=\"n\">x</i>".repeat(150);
    let octets = format!("<r>{}<pay>1</pay></r>", "<i>x</i>".repeat(150));
    let expression =
        "(self::* or self::text()) and not(ancestor-or-self::ds:Signature or ancestor-or-self::evil)";
    let own = signature(&by_xpath(XPATH, &format!("<ds:XPath>{expression}</ds:XPath>"), &octets));
    let document = |before: &str, after: &str| format!("<r>{before}{items}<pay>1</pay>{after}{own}</r>");
    let listed = |document: &str| {
        let report = passes(document);
        let told = report.signatures[0].findings.iter().find(|finding| finding.code == "UNSIGNED_CONTENT");
        assert!(told.is_some_and(|finding| finding.params[0].1 == "100+"), "{told:?}");
        left_of(&report)
    };
    let honest = listed(&document("", ""));
    assert_eq!(honest.len(), 100);
    assert!(honest.iter().all(|path| path.ends_with("/@*")), "{honest:?}");
    for (before, after) in [("<evil>2</evil>", ""), ("", "<evil>2</evil>")] {
        let left = listed(&document(before, after));
        assert_eq!(left.len(), 100);
        assert!(left.contains(&"/r/evil[1]".to_owned()), "{left:?}");
    }
    // Nor do many elements hide an attribute.
    let left = listed(&document(&"<evil/>".repeat(200), ""));
    assert_eq!((left.len(), left.iter().filter(|path| path.ends_with("/@*")).count()), (100, 20));
    // What stands in one element is one part, however much that is.
    let large = format!(
        "<r><list>{}</list><x Id=\"x\">1</x>{}</r>",
        "<i/>".repeat(1000),
        signature(&reference("#x", "<x Id=\"x\">1</x>"))
    );
    let report = passes(&large);
    let told = report.signatures[0].findings.iter().find(|finding| finding.code == "UNSIGNED_CONTENT");
    assert!(told.is_some_and(|finding| finding.params[0].1 == "1"), "{told:?}");
    // What was put into an own Object is listed too.
    let object = "<ds:Object><evil>2</evil></ds:Object>";
    let put = document("", "").replace("</ds:Signature>", &format!("{object}</ds:Signature>"));
    assert!(listed(&put).iter().any(|path| path.ends_with("/ds:Signature[1]/ds:Object[1]")));
}
