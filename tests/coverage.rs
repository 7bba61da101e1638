//! What a signature covers and what it does not: where a signed element may stand, what may be taken for
//! it, and what the report lists as unsigned.

use std::io::Write as _;

use qoltanba::crypto::sha256;
use qoltanba::service::reading::Source;
use qoltanba::service::verify::sign_xml;
use qoltanba::signature::Octets;
use qoltanba::signature::sign::Profile;
use qoltanba::validation::{Indication, Level, Report, SubIndication};
use qoltanba::xml::Limits;
use qoltanba::xml::c14n::Canonicalization;

use crate::common::ECDSA;
use crate::hostile::{DSIG, EXCLUSIVE, SHA256, reference, reference_with, signature};
use crate::xades::{cert, with_certificate_digest, with_certs};
use crate::xmldsig::{FILTER2, XPATH, by_xpath, fails, passes, verify, with_object, xpath};

#[test]
fn of_an_object_that_is_signed_in_part_the_rest_is_listed() {
    let part = signature(&reference("#x", "<a Id=\"x\">1</a>"));
    let report = passes(&with_object(&part, "<ds:Object><b>2</b><a Id=\"x\">1</a><c/></ds:Object>"));
    let left: Vec<_> = report.signatures[0].unsigned_content.iter().map(|part| part.xpath.as_str()).collect();
    assert_eq!(left, ["/ds:Signature/ds:Object[1]/b[1]", "/ds:Signature/ds:Object[1]/c[1]"]);
}

#[test]
fn how_an_object_is_to_be_read_is_not_signed_with_what_it_holds() {
    let part = signature(&reference("#x", "<a Id=\"x\">1</a>"));
    let object =
        "<ds:Object Id=\"o\" MimeType=\"text/plain\" Encoding=\"urn:e\"><a Id=\"x\">1</a></ds:Object>";
    assert_eq!(left_of(&passes(&with_object(&part, object))), ["/ds:Signature/ds:Object[1]/@*"]);
    let canonical = object.replacen("<ds:Object ", &format!("<ds:Object xmlns:ds=\"{DSIG}\" "), 1);
    let canonical = canonical.replace(
        "Id=\"o\" MimeType=\"text/plain\" Encoding=\"urn:e\"",
        "Encoding=\"urn:e\" Id=\"o\" MimeType=\"text/plain\"",
    );
    let whole = signature(&reference("#o", &canonical));
    assert_eq!(left_of(&passes(&with_object(&whole, object))), [""; 0]);
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

/// What is listed of the first signature as not covered.
pub(crate) fn left_of(report: &Report) -> Vec<String> {
    report.signatures[0].unsigned_content.iter().map(|part| part.xpath.clone()).collect()
}

#[test]
fn what_later_transforms_leave_out_is_not_covered() {
    let expression = "<ds:XPath>ancestor-or-self::pay</ds:XPath>";
    let chained = |transforms: &[&str]| {
        let octets = sha256(b"<pay>100</pay>");
        reference_with("", transforms, SHA256, &octets).replacen(
            &format!("\"{XPATH}\">"),
            &format!("\"{XPATH}\">{expression}"),
            1,
        )
    };
    for transforms in
        [vec![EXCLUSIVE, XPATH], vec![EXCLUSIVE, XPATH, EXCLUSIVE], vec![XPATH, EXCLUSIVE, EXCLUSIVE]]
    {
        let document = format!("<app><pay>100</pay><to>Alice</to>{}</app>", signature(&chained(&transforms)));
        let report = passes(&document);
        assert_eq!(report.signatures[0].signed_content[0].covers, "element", "{transforms:?}");
        let left = left_of(&report);
        assert!(left.iter().any(|path| path == "/app/to[1]" || path == "/app"), "{transforms:?} {left:?}");
    }
    // Text says nothing of attributes.
    let base64 = format!("{DSIG}base64");
    let decoded = signature(&reference_with("#d", &[&base64], SHA256, &sha256(b"ABC")));
    let report = passes(&format!("<r><doc Id=\"d\" to=\"Mallory\">QUJD</doc>{decoded}</r>"));
    assert_eq!(left_of(&report), ["/r/doc[1]"]);
}

#[test]
fn content_inside_a_signature_is_neither_hidden_nor_mistaken() {
    let pay = "<pay Id=\"d\">100</pay>";
    let own = signature(&reference("#d", pay));
    let forged = "<pay>999</pay>";
    let in_key_info = own.replacen("</ds:KeyInfo>", &format!("{forged}</ds:KeyInfo>"), 1);
    fails(&format!("<app>{in_key_info}{pay}</app>"), SubIndication::SigConstraintsFailure, "UNSIGNED_TWIN");
    let in_object = with_object(&own, &format!("<ds:Object>{forged}</ds:Object>"));
    fails(&format!("<app>{in_object}{pay}</app>"), SubIndication::SigConstraintsFailure, "UNSIGNED_TWIN");
    // Under a signature over the whole it is listed.
    let bare = Profile { canonicalization: Canonicalization::exclusive(), ..Profile::default() };
    let signed =
        sign_xml(b"<app><pay>100</pay></app>", &ECDSA.identity("applicant"), &bare, &Limits::default());
    let signed = String::from_utf8(signed.expect("signed")).expect("UTF-8");
    assert!(left_of(&passes(&signed)).is_empty());
    let report = passes(&signed.replacen("</ds:KeyInfo>", &format!("{forged}</ds:KeyInfo>"), 1));
    assert_eq!(left_of(&report), ["/app/ds:Signature[1]/ds:KeyInfo[1]/pay[1]"]);
}

#[test]
fn where_a_signed_element_stands_is_known_or_nothing_passes() {
    let pay = "<pay Id=\"d\">100</pay>";
    let junk = |number: usize| format!("<j Id=\"j{number}\"/>");
    let many: String = (0..2100).map(junk).collect();
    let junk_signatures: String = (0..21)
        .map(|signature_at| {
            let references: String =
                (0..100).map(|at| reference(&format!("#j{}", signature_at * 100 + at), "<j></j>")).collect();
            signature(&references)
        })
        .collect();
    let document = format!(
        "<app>{many}{junk_signatures}<w><app>{pay}{}</app></w></app>",
        signature(&reference("#d", pay))
    );
    let report = verify(&ECDSA.checker(), &document);
    let victim = report.signatures.last().expect("a signature");
    assert_ne!(victim.indication, Indication::TotalPassed, "{victim:?}");
}

#[test]
fn what_others_signed_is_as_good_as_they_are() {
    let (own, forged) = ("<pay Id=\"a\">100</pay>", "<pay Id=\"b\">999</pay>");
    let victim = signature(&reference("#a", own));
    let other = signature(&reference("#b", forged));
    let report = verify(&ECDSA.checker(), &format!("<doc>{forged}{own}{other}{victim}</doc>"));
    assert_eq!(report.indication, Indication::TotalPassed);
    let bogus = other.replacen("<ds:SignatureValue>", "<ds:SignatureValue>AAAA", 1);
    let report = verify(&ECDSA.checker(), &format!("<doc>{forged}{own}{bogus}{victim}</doc>"));
    let judged = &report.signatures[1];
    assert_eq!(judged.indication, Indication::Indeterminate);
    assert!(judged.findings.iter().any(|finding| finding.code == "UNSIGNED_TWIN"), "{judged:?}");
}

#[test]
fn what_an_xpath_chose_has_no_unsigned_twin_either() {
    let signature = signature(&xpath("ancestor-or-self::pay[@Id='a']", "<pay Id=\"a\">100</pay>"));
    let pay = "<pay Id=\"a\">100</pay>";
    let report = passes(&format!("<doc>{pay}{signature}</doc>"));
    assert_eq!(report.signatures[0].signed_content[0].xpath, "/doc/pay[1]");
    fails(
        &format!("<doc><pay>999</pay><w>{pay}</w>{signature}</doc>"),
        SubIndication::SigConstraintsFailure,
        "UNSIGNED_TWIN",
    );
    fails(
        &format!("<doc><w><doc>{pay}</doc></w>{signature}</doc>"),
        SubIndication::SigConstraintsFailure,
        "UNSIGNED_TWIN",
    );
}

#[test]
fn a_container_of_nothing_but_the_signed_element_is_no_twin_of_it() {
    let list = "<list Id=\"x\"><sum>1</sum></list>";
    let own = signature(&reference("#x", list));
    for document in [
        format!("<doc><w><list>{list}</list></w>{own}</doc>"),
        format!("<doc><list xmlns:a='urn:a'>\n<!-- c --><w>&#32;<![CDATA[ ]]>{list}\n</w></list>{own}</doc>"),
    ] {
        passes(&document);
    }
    // Nor is a copy of the root, when the signature lies within what is signed.
    let enveloped = format!("{DSIG}enveloped-signature");
    let within = signature(&reference_with("#x", &[&enveloped, EXCLUSIVE], SHA256, &sha256(list.as_bytes())));
    let signed = list.replace("</list>", &format!("{within}</list>"));
    passes(&format!("<doc><doc>{signed}</doc></doc>"));
    fails(&format!("<doc><doc>{signed}2</doc></doc>"), SubIndication::SigConstraintsFailure, "UNSIGNED_TWIN");
    // Of two elements it would make one.
    let other = "<list Id=\"y\"><sum>2</sum></list>";
    let of_both = signature(&(reference("#x", list) + &reference("#y", other)));
    passes(&format!("<doc><p>{list}</p><q>{other}</q>{of_both}</doc>"));
    fails(
        &format!("<doc><p><list>{list}{other}</list></p>{of_both}</doc>"),
        SubIndication::SigConstraintsFailure,
        "UNSIGNED_TWIN",
    );
    // Whatever nobody signed in it may be read in place of what was signed, in the signature as well.
    let in_object = with_object(&own, "<ds:Object><sum>2</sum></ds:Object>");
    let in_key_info = own.replace("</ds:KeyInfo>", "<ds:sum>2</ds:sum></ds:KeyInfo>");
    assert_ne!(in_key_info, own);
    for document in [
        format!("<doc><list>{list}{in_key_info}</list></doc>"),
        format!("<doc><list>{list}{own}</list></doc>"),
        format!("<list><doc>{list}</doc>{own}</list>"),
        format!("<list>{list}{own}</list>"),
        format!("<doc><doc>{list}{own}</doc></doc>"),
        format!("<doc><w><doc><v>{list}</v>{own}</doc></w></doc>"),
        format!("<doc><w><list sum='2'>{list}</list></w>{own}</doc>"),
        format!("<doc><w><list>2{list}</list></w>{own}</doc>"),
        format!("<doc><w><list>{list}<x/></list></w>{own}</doc>"),
        format!("<doc><w><list><v sum='2'>{list}</v></list></w>{own}</doc>"),
        format!("<list sum='2'><doc>{list}</doc>{own}</list>"),
        format!("<list xml:id='y'><doc>{list}</doc>{own}</list>"),
        format!("<list><doc sum='2'>{list}</doc>{own}</list>"),
        format!("<list><doc>{list}</doc>{own}2</list>"),
        format!("<list>{own}<doc>{list}&#50;</doc></list>"),
        format!("<list><doc><![CDATA[2]]>{list}</doc>{own}</list>"),
        format!("<list><doc>the text that stands here is a long one{list}</doc>{own}</list>"),
        format!("<list><doc>{list}<x/></doc>{own}</list>"),
        format!("<list><sum>2</sum><doc>{list}</doc>{own}</list>"),
        format!("<list><doc>{list}</doc><list/>{own}</list>"),
        format!("<list><doc>{list}</doc>{in_object}</list>"),
        format!("<list><doc>{list}{own}</doc><doc><list><sum>2</sum></list></doc></list>"),
        format!("<doc><list>{own}</list>{list}</doc>"),
        format!("<doc><list/>{list}{own}</doc>"),
        format!("<doc sum='2'><doc>{list}{own}</doc></doc>"),
        format!("<doc><sum>2</sum><doc>{list}{own}</doc></doc>"),
        format!("<doc><doc>2{list}{own}</doc></doc>"),
        format!("<doc><w><doc>{list}</doc></w>{own}</doc>"),
        format!("<doc><doc>{own}</doc><doc>{list}</doc></doc>"),
        format!("<list><doc><list>{own}<list>{list}</list></list></doc></list>"),
    ] {
        fails(&document, SubIndication::SigConstraintsFailure, "UNSIGNED_TWIN");
    }
    // A container that holds something else that was signed is not around the signed element.
    let note = "<note Id=\"n\"><sum>3</sum></note>";
    let both = signature(&(reference("#x", list) + &reference("#n", note)));
    passes(&format!("<doc><w>{note}</w>{list}{both}</doc>"));
    fails(
        &format!("<doc><list>{note}</list><w>{list}</w>{both}</doc>"),
        SubIndication::SigConstraintsFailure,
        "UNSIGNED_TWIN",
    );
    // Signed properties in the signature are not the signed element either.
    let der = ECDSA.identity("applicant").certificate_der;
    let with_properties = with_certificate_digest(SHA256, &sha256(&der), true);
    let content = "<a Id=\"x\">1</a>";
    let signature_alone = with_properties.replace("<doc>", "").replace("</doc>", "").replace(content, "");
    passes(&format!("<doc>{signature_alone}<w><a>{content}</a></w></doc>"));
    passes(&with_properties);
    fails(
        &format!("<doc><a>{signature_alone}</a><w>{content}</w></doc>"),
        SubIndication::SigConstraintsFailure,
        "UNSIGNED_TWIN",
    );
}

/// A reference to `#x` of which an XPath chooses a part.
fn part_of_x(expression: &str, octets: &str) -> String {
    signature(&xpath(expression, octets).replacen("URI=\"\"", "URI=\"#x\"", 1))
}

#[test]
fn what_is_signed_in_part_is_no_twin_of_itself() {
    let document = |a: &str, signature: &str| format!("<doc>{a}{signature}</doc>");
    let a = "<a Id=\"x\" k=\"1\">t<b>1</b><c>2</c></a>";
    let without_c = part_of_x("not(ancestor-or-self::c)", "<a Id=\"x\" k=\"1\">t<b>1</b></a>");
    let report = passes(&document(a, &without_c));
    assert_eq!(report.signatures[0].signed_content[0].xpath, "/doc/a[1]");
    assert_eq!(left_of(&report), ["/doc/a[1]/c[1]"]);
    passes(&document(&a.replace("<c>2", "<c>3"), &without_c));
    fails(
        &document(&a.replace("k=\"1\"", "k=\"2\""), &without_c),
        SubIndication::HashFailure,
        "DIGEST_MISMATCH",
    );
    let b_alone = part_of_x("ancestor-or-self::b[parent::a]", "<b>1</b>");
    let report = passes(&document(a, &b_alone));
    assert_eq!(report.signatures[0].signed_content[0].xpath, "/doc/a[1]/b[1]");
    assert_eq!(left_of(&report), ["/doc/a[1]/@*", "/doc/a[1]/text()", "/doc/a[1]/c[1]"]);
    // An enveloped signature in other words: all else is covered.
    let enveloped = part_of_x("not(ancestor-or-self::ds:Signature)", "<a Id=\"x\" k=\"1\">t<b>1</b></a>");
    let report = passes(&format!("<doc><a Id=\"x\" k=\"1\">t<b>1</b>{enveloped}</a></doc>"));
    assert!(left_of(&report).is_empty(), "{report:?}");
    for twin in [
        document(&format!("<a>9</a>{a}"), &without_c),
        document(&a.replace("<c>2", "<c><a>9</a>"), &without_c),
        format!("<a>{}</a>", document(a, &without_c)),
        document(&a.replace("<c>2", "<c><b>9</b>"), &b_alone),
    ] {
        fails(&twin, SubIndication::SigConstraintsFailure, "UNSIGNED_TWIN");
    }
}

#[test]
fn each_of_several_elements_that_an_xpath_chose_has_its_place() {
    let twin = |document: &str| fails(document, SubIndication::SigConstraintsFailure, "UNSIGNED_TWIN");
    let (a, b) = ("<a Id=\"x\">10</a>", "<b Id=\"y\">me</b>");
    let filter = |expression: &str| {
        let body = format!("<f:XPath xmlns:f=\"{FILTER2}\" Filter=\"intersect\">{expression}</f:XPath>");
        by_xpath(FILTER2, &body, &format!("{a}{b}"))
    };
    for reference in [
        xpath("ancestor-or-self::*[@Id='x' or @Id='y']", &format!("{a}{b}")),
        filter("id('x') | id('y')"),
        filter("//*[@Id]"),
    ] {
        let signature = signature(&reference);
        let report = passes(&format!("<r>{a}{b}{signature}</r>"));
        assert_eq!(report.signatures[0].signed_content[0].xpath, "/r/a[1] | /r/b[1]");
        twin(&format!("<r><a>9999</a><b>mallory</b><junk>{a}{b}</junk>{signature}</r>"));
        twin(&format!("<r><a>9999</a>{a}{b}{signature}</r>"));
    }
    // Elements that were chosen together are no twins of one another.
    let two = xpath("ancestor-or-self::v[@k]", "<v k=\"1\">1</v><v k=\"2\">2</v>");
    passes(&format!("<r><v k=\"1\">1</v><w><v k=\"2\">2</v></w>{}</r>", signature(&two)));
    // Nor does the element that is named hide what was chosen in it.
    let within = |expression: &str, inner: &str, octets: &str| {
        let part = xpath(expression, octets).replacen("URI=\"\"", "URI=\"#e\"", 1);
        format!("<r><e Id=\"e\">{inner}</e>{}</r>", signature(&part))
    };
    let both = "ancestor-or-self::*[@Id='x' or @Id='y']";
    let octets = format!("{a}{b}");
    passes(&within(both, &octets, &octets));
    twin(&within(both, &format!("<a>9</a><b>mallory</b><junk>{a}{b}</junk>"), &octets));
    // What is chosen in an element that is not, in one that is, has its place too.
    let nested = xpath("self::r or ancestor-or-self::a[@Id='x']", &format!("<r>{a}</r>"));
    passes(&format!("<r>{a}{}</r>", signature(&nested)));
    twin(&format!("<r><a>9</a><junk>{a}</junk>{}</r>", signature(&nested)));
    let soap = "http://schemas.xmlsoap.org/soap/envelope/";
    let body = |sum: &str| format!("<s:Body Id=\"B\"><m>{sum}</m></s:Body>");
    let time = "<t Id=\"T\">2026</t>";
    let octets = format!("{time}{}", body("10").replacen(" Id", &format!(" xmlns:s=\"{soap}\" Id"), 1));
    let signed = signature(&xpath("ancestor-or-self::*[@Id='B' or @Id='T']", &octets));
    let envelope = |inner: &str| {
        format!("<s:Envelope xmlns:s=\"{soap}\"><s:Header>{time}{signed}</s:Header>{inner}</s:Envelope>")
    };
    passes(&envelope(&body("10")));
    for forged in ["", "<s:Body><m>9999</m></s:Body>"] {
        let moved = format!("<x>{}</x>{forged}", body("10"));
        fails(&envelope(&moved), SubIndication::FormatFailure, "SIGNATURE_WRAPPED");
    }
}

/// A reference with transforms, some with what is in them.
fn chain(uri: &str, transforms: &[(&str, &str)], octets: &str) -> String {
    let names: Vec<_> = transforms.iter().map(|(name, _)| *name).collect();
    transforms.iter().fold(
        reference_with(uri, &names, SHA256, &sha256(octets.as_bytes())),
        |reference, (name, body)| {
            let empty = format!("Algorithm=\"{name}\"></ds:Transform>");
            reference.replacen(&empty, &format!("Algorithm=\"{name}\">{body}</ds:Transform>"), 1)
        },
    )
}

#[test]
fn what_is_chosen_in_part_or_by_way_of_octets_has_no_unsigned_twin() {
    let base64 = &*format!("{DSIG}base64");
    let enveloped = &*format!("{DSIG}enveloped-signature");
    let of_x = "<ds:XPath>ancestor-or-self::*[@Id='x']</ds:XPath>";
    let text = "<ds:XPath>self::text()[parent::a[@Id='x']]</ds:XPath>";
    let no_attribute = "<ds:XPath>self::a[@Id='x'] or self::text()[parent::a[@Id='x']]</ds:XPath>";
    let filter = format!("<f:XPath xmlns:f=\"{FILTER2}\" Filter=\"intersect\">//*[@Id='x']</f:XPath>");
    let (a, forged) = ("<a Id=\"x\">aGVsbG8=</a>", "<a>ZXZpbA==</a>");
    for (transforms, octets) in [
        (vec![(enveloped, ""), (EXCLUSIVE, ""), (XPATH, of_x)], a),
        (vec![(enveloped, ""), (EXCLUSIVE, ""), (XPATH, of_x), (EXCLUSIVE, "")], a),
        (vec![(XPATH, "<ds:XPath>ancestor-or-self::r</ds:XPath>"), (EXCLUSIVE, ""), (XPATH, of_x)], a),
        (vec![(XPATH, text)], "aGVsbG8="),
        (vec![(XPATH, no_attribute)], "<a>aGVsbG8=</a>"),
        (vec![(FILTER2, &*filter), (base64, "")], "hello"),
        (vec![(XPATH, text), (EXCLUSIVE, ""), (base64, "")], "hello"),
    ] {
        let signature = signature(&chain("", &transforms, octets));
        let report = passes(&format!("<r>{a}{signature}</r>"));
        assert_eq!(report.signatures[0].signed_content[0].xpath, "/r/a[1]", "{transforms:?}");
        fails(
            &format!("<r>{forged}<junk>{a}</junk>{signature}</r>"),
            SubIndication::SigConstraintsFailure,
            "UNSIGNED_TWIN",
        );
    }
    // The same in the element that is named, which is no twin of itself.
    let e = "<e Id=\"e\"><a Id=\"x\">1</a></e>";
    let within = signature(&chain("#e", &[(EXCLUSIVE, ""), (XPATH, of_x)], "<a Id=\"x\">1</a>"));
    passes(&format!("<r>{e}{within}</r>"));
    fails(
        &format!("<r>{}{within}</r>", e.replace("<a Id=\"x\">1</a>", "<a>9</a><w><a Id=\"x\">1</a></w>")),
        SubIndication::SigConstraintsFailure,
        "UNSIGNED_TWIN",
    );
    // What is chosen of octets that no element shows in its own words is not traced.
    let decoded = "<a Id=\"x\">PHI+PGIgSWQ9InkiPjE8L2I+PC9yPg==</a>";
    let of_y = "<ds:XPath>ancestor-or-self::*[@Id='y']</ds:XPath>";
    let untraced = signature(&chain("#x", &[(base64, ""), (XPATH, of_y)], "<b Id=\"y\">1</b>"));
    fails(&format!("<r>{decoded}{untraced}</r>"), SubIndication::Generic, "TRANSFORM_UNSUPPORTED");
}

#[test]
fn an_element_is_no_twin_of_itself_whatever_is_chosen_of_it() {
    let base64 = &*format!("{DSIG}base64");
    let inclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
    let text = "<ds:XPath>self::text()</ds:XPath>";
    let all_but_c = "<ds:XPath>not(ancestor-or-self::c)</ds:XPath>";
    let encoded = "<a Id=\"x\">PGE+PGI+PC9iPjwvYT4=</a>";
    for (a, transforms, octets) in [
        (encoded, vec![(base64, ""), (inclusive, "")], "<a><b></b></a>"),
        (encoded, vec![(XPATH, text), (base64, "")], "<a><b></b></a>"),
        (
            "<a Id=\"x\">1<b>2</b><c>3</c></a>",
            vec![(EXCLUSIVE, ""), (XPATH, all_but_c)],
            "<a Id=\"x\">1<b>2</b></a>",
        ),
    ] {
        let signature = signature(&chain("#x", &transforms, octets));
        passes(&format!("<r>{a}{signature}</r>"));
        fails(
            &format!("<r><a>9</a><w>{a}</w>{signature}</r>"),
            SubIndication::SigConstraintsFailure,
            "UNSIGNED_TWIN",
        );
    }
    // Of text alone it is not known what it says: its element may bear any name.
    let renamed = signature(&chain("#x", &[(XPATH, text)], "1"));
    fails(
        &format!("<r><a Id=\"x\">1</a>{renamed}</r>"),
        SubIndication::SigConstraintsFailure,
        "UNSIGNED_TWIN",
    );
    // A form of which an XPath leaves one of many out, however many are left.
    let filter = |operation: &str, expression: &str| {
        format!("<f:XPath xmlns:f=\"{FILTER2}\" Filter=\"{operation}\">{expression}</f:XPath>")
    };
    let first = filter("subtract", "//v[1]");
    let own = filter("subtract", "here()/ancestor::ds:Signature[1]");
    for values in ["<v>2</v>", "<v>2</v><v>3</v>"] {
        let form = format!("<f>t<v>1</v>{values}</f>");
        let octets = format!("<r><f>t{values}</f></r>");
        let reference = chain("", &[(FILTER2, &format!("{first}{own}"))], &octets);
        let report = passes(&format!("<r>{form}{}</r>", signature(&reference)));
        assert_eq!(left_of(&report), ["/r/f[1]/v[1]"]);
        let octets = format!("<f>t{values}</f>");
        let reference = chain("", &[(FILTER2, &filter("intersect", "//f")), (FILTER2, &first)], &octets);
        let report = passes(&format!("<r>{form}<free/>{}</r>", signature(&reference)));
        assert_eq!(left_of(&report), ["/r/f[1]/v[1]", "/r/free[1]"]);
    }
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
fn a_signed_object_stands_in_its_own_signature() {
    let canonical = |id: &str| format!("<ds:Object xmlns:ds=\"{DSIG}\" Id=\"{id}\">100</ds:Object>");
    let object = |id: &str| format!("<ds:Object Id=\"{id}\">100</ds:Object>");
    let forged = "<ds:Object>999</ds:Object>";
    let victim = signature(&reference("#o", &canonical("o")));
    let item = "<item Id=\"i\"></item>";
    let other = signature(&reference("#i", item));
    let judged = |document: &str| {
        let report = verify(&ECDSA.checker(), document);
        let judged = report
            .signatures
            .into_iter()
            .find(|signature| signature.signed_content.first().is_none_or(|content| content.uri == "#o"));
        let codes = judged.expect("the victim").findings.into_iter();
        codes
            .filter(|finding| finding.level == Level::Fail)
            .map(|finding| finding.code.name())
            .collect::<Vec<_>>()
    };
    let honest = format!("<doc>{item}{other}{}</doc>", with_object(&victim, &object("o")));
    assert_eq!(judged(&honest), [""; 0]);
    for own in [victim.clone(), with_object(&victim, forged)] {
        let moved = format!("<doc>{item}{}{own}</doc>", with_object(&other, &object("o")));
        assert_eq!(judged(&moved), ["SIGNATURE_WRAPPED"], "{moved}");
        let moved = format!("<doc>{item}{own}{}</doc>", with_object(&other, &object("o")));
        assert_eq!(judged(&moved), ["SIGNATURE_WRAPPED"], "{moved}");
    }
    // One around which all is signed does not sign what stands in itself.
    let enveloped = format!("{DSIG}enveloped-signature");
    let over_all = reference_with("", &[&enveloped, EXCLUSIVE], SHA256, &sha256(b"<doc></doc>"));
    let moved = format!("<doc>{}{victim}</doc>", with_object(&signature(&over_all), &object("o")));
    let report = verify(&ECDSA.checker(), &moved);
    assert_eq!(report.signatures[0].indication, Indication::TotalPassed, "{report:?}");
    assert_eq!(judged(&moved), ["SIGNATURE_WRAPPED"]);
    // Nor may an XPath choose what is there.
    let pay = "<q:pay xmlns:q=\"urn:q\">1</q:pay>";
    let chosen = signature(&xpath("ancestor-or-self::*[local-name()='pay']", pay));
    let in_other = with_object(&other, "<ds:Object xmlns:q=\"urn:q\"><q:pay>1</q:pay></ds:Object>");
    let report = verify(&ECDSA.checker(), &format!("<doc>{item}{in_other}{chosen}</doc>"));
    let codes: Vec<_> = report.signatures[1].findings.iter().map(|finding| finding.code.name()).collect();
    assert!(codes.contains(&"SIGNATURE_WRAPPED"), "{report:?}");
    // The other signature may sign it too: it is a part of that one then.
    let both = signature(&reference("#o", &canonical("o")));
    let document = format!("<doc>{}{victim}</doc>", with_object(&both, &object("o")));
    assert_eq!(verify(&ECDSA.checker(), &document).indication, Indication::TotalPassed);
    // But not while it has an Object of its own that it does not sign, which would be read as what it signs.
    let remark = with_object(&victim, "<ds:Object>a remark</ds:Object>");
    let document = format!("<doc>{}{remark}</doc>", with_object(&both, &object("o")));
    let report = verify(&ECDSA.checker(), &document);
    assert_eq!(report.signatures[0].indication, Indication::TotalPassed);
    let codes: Vec<_> = report.signatures[1].findings.iter().map(|finding| finding.code.name()).collect();
    assert!(codes.contains(&"SIGNATURE_WRAPPED"), "{report:?}");
    // An Object in no signature, with or without another in its place; or within another Object.
    let properties = "<ds:Object><ds:SignatureProperties/><pay>999</pay></ds:Object>";
    for own in [victim.clone(), with_object(&victim, forged), with_object(&victim, properties)] {
        assert_eq!(judged(&format!("<doc><w>{}</w>{own}</doc>", canonical("o"))), ["SIGNATURE_WRAPPED"]);
    }
    let nested = with_object(&victim, &format!("<ds:Object>999{}</ds:Object>", object("o")));
    assert_eq!(judged(&format!("<doc>{nested}</doc>")), ["SIGNATURE_WRAPPED"]);
    // One that is larger than is read carries what it holds like any other.
    let padding = "<ds:q></ds:q>".repeat(25_000);
    let padded = other.replace("</ds:KeyInfo>", &format!("{padding}</ds:KeyInfo>"));
    let moved = format!("<doc>{item}{victim}{}</doc>", with_object(&padded, &object("o")));
    assert_eq!(judged(&moved), ["SIGNATURE_WRAPPED"]);
}

#[test]
fn a_signature_over_its_own_properties_alone_signs_nothing() {
    let der = ECDSA.identity("applicant").certificate_der;
    fails(
        &with_certificate_digest(SHA256, &sha256(&der), false),
        SubIndication::FormatFailure,
        "REFERENCE_EMPTY",
    );
}

#[test]
fn a_signature_that_is_the_root_is_not_the_document_around_it() {
    let enveloped = format!("{DSIG}enveloped-signature");
    let by_transform = reference_with("", &[&enveloped, EXCLUSIVE], SHA256, &sha256(b"<?p?>\n"));
    for reference in [by_transform, xpath("not(ancestor-or-self::ds:Signature)", "<?p?>\n")] {
        let object = "<ds:Object><sum>9</sum></ds:Object>";
        let document = format!("<?p?>{}", with_object(&signature(&reference), object));
        // Nothing is signed but the instruction beside it.
        fails(&document, SubIndication::FormatFailure, "REFERENCE_EMPTY");
        let report = verify(&ECDSA.checker(), &document);
        assert!(left_of(&report).contains(&"/ds:Signature/ds:Object[1]".to_owned()), "{report:?}");
    }
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
