//! What a signature covers: where a signed element may stand, and what may be taken for it.

use qoltanba::crypto::sha256;
use qoltanba::service::verify::sign_xml;
use qoltanba::signature::sign::Profile;
use qoltanba::validation::{Indication, Level, Report, SubIndication};
use qoltanba::xml::Limits;
use qoltanba::xml::c14n::Canonicalization;

use crate::common::ECDSA;
use crate::hostile::{DSIG, EXCLUSIVE, SHA256, reference, reference_with, signature};
use crate::xades::with_certificate_digest;
use crate::xmldsig::{FILTER2, XPATH, by_xpath, fails, passes, verify, with_object, xpath};

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
