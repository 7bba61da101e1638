//! Parts of a signature that are signed and that move to where nobody looks for them: its properties into a copy of it, an
//! Object into its KeyInfo, a KeyInfo beside it, a Manifest out of it while another is made of what was signed as text.

use super::signed::*;
use super::wrapping::{FORGED, ITEM};
use super::xades::properties;
use super::{Attack, FORMAT, HASH, MISSING, NO_CERTIFICATE, NO_CHAIN, TWIN};

/// As Exclusive Canonical XML writes an element of the prefix `ds` which declares it nowhere but inside.
fn alone(element: &str) -> String {
    let declaration = format!(" xmlns:ds=\"{DSIG}\"");
    let bare = element.replace(&declaration, "");
    let name = bare.find([' ', '>']).expect("a name");
    format!("{}{declaration}{}", &bare[..name], &bare[name..])
}

/// A reference whose Type says that it is to signed properties.
fn typed(uri: &str, canonical: &str) -> String {
    let kind = "http://uri.etsi.org/01903#SignedProperties";
    reference(uri, canonical).replace("<ds:Reference ", &format!("<ds:Reference Type=\"{kind}\" "))
}

/// A signature of the official.
fn by_official(attributes: &'static str, references: &str, objects: &str) -> String {
    let value = Value::Rsa(&OFFICIAL, Hash::Sha256);
    let key_info = Some(x509_data(&[&OFFICIAL.certificate_der]));
    Signed { attributes, key_info, value, objects: objects.to_owned(), ..Signed::new(references) }.xml()
}

/// Signed properties, or what is around them, that are those of the signature `n`.
fn renamed(text: &str) -> String {
    text.replace("Id=\"p\"", "Id=\"q\"").replace("#s\"", "#n\"")
}

pub(super) fn attacks() -> Vec<Attack> {
    let mut attacks = copies();
    attacks.extend(objects());
    attacks.extend(key_infos());
    attacks.extend(manifests());
    attacks.extend(held_by_others());
    attacks.extend(typed_by_manifests());
    attacks.extend(chosen_in_part());
    attacks.extend(of_one_key());
    attacks
}

/// Properties that a reference without a Type names.
fn copies() -> Vec<Attack> {
    let (mine, object) = properties(&APPLICANT.certificate_der, "#s");
    let untyped = reference("#a", ITEM) + &reference("#p", &mine);
    let signature = |attributes: &'static str, objects: String| {
        Signed { attributes, objects, ..Signed::new(untyped.clone()) }.xml()
    };
    let copy = signature(" Id=\"s\"", object.clone());
    let document = |signatures: String| format!("<doc>{ITEM}{signatures}</doc>");
    let beside = document(signature(" Id=\"t\"", String::new()) + &copy);
    let inside = document(signature(" Id=\"t\"", format!("<ds:Object>{copy}</ds:Object>")));
    // Another sound signature lies before the properties in their Object.
    let nested = Signed {
        attributes: " Id=\"n\"",
        objects: renamed(&object),
        ..Signed::new(reference("#a", ITEM) + &reference("#q", &renamed(&mine)))
    };
    let held = object.replacen("<ds:Object>", &format!("<ds:Object Id=\"o\">{}", nested.xml()), 1);
    let manifest = format!("<ds:Manifest Id=\"m\">{}</ds:Manifest>", reference("#o", &alone(&held)));
    let references = reference("#a", ITEM) + &reference("#m", &alone(&manifest));
    let manifest = format!("<ds:Object>{manifest}</ds:Object>");
    let holder = |objects: String| {
        Signed { attributes: " Id=\"s\"", objects, ..Signed::new(references.clone()) }.xml()
    };
    let whole = document(holder(format!("{manifest}{held}")));
    let moved = document(format!("{}<w>{}</w>", holder(manifest.clone()), alone(&held)));
    // A co-signer has his own, with their Type, and signs those of the first, which name no certificate.
    let nameless = |text: &str| {
        let (start, end) = ("<xades:SigningCertificateV2>", "</xades:SigningCertificateV2>");
        let (start, end) = (text.find(start).expect("a start"), text.find(end).expect("an end") + end.len());
        [&text[..start], &text[end..]].concat()
    };
    let first = reference("#a", ITEM) + &typed("#p", &nameless(&mine));
    let first = Signed { attributes: " Id=\"s\"", objects: nameless(&object), ..Signed::new(first) }.xml();
    let second = reference("#a", ITEM) + &reference("#p", &nameless(&mine)) + &typed("#q", &renamed(&mine));
    let second = Signed { attributes: " Id=\"n\"", objects: renamed(&object), ..Signed::new(second) }.xml();
    vec![
        Attack::new(
            "wrapping",
            "properties_in_copy_beside",
            "The properties stay in a copy of the signature, which has its identifier now, and leave it itself.",
            beside,
        )
        .expect(&[FORMAT]),
        Attack::new(
            "wrapping",
            "properties_in_copy_inside",
            "The same, the copy in an Object of the signature.",
            inside,
        )
        .expect(&[FORMAT]),
        Attack::new(
            "control",
            "properties_behind_signature",
            "Nothing: a signed Object holds another signature and then the properties.",
            whole,
        )
        .passes(&["/doc/item[1]"], &[]),
        Attack::new(
            "wrapping",
            "properties_moved_behind_signature",
            "That Object, which a Manifest names, moves out; the signature in it has properties in their place.",
            moved,
        )
        .expect(&[FORMAT]),
        Attack::new(
            "control",
            "co_signer_of_nameless_properties",
            "Nothing: a co-signer signs the properties of the first, which name no certificate, and has his own.",
            document(first + &second),
        )
        .passes(&["/doc/item[1]"], &[]),
    ]
}

/// An Object that a Manifest names may stand elsewhere, but not where it is no Object.
fn objects() -> Vec<Attack> {
    let held = "<ds:Object Id=\"o\"><q>pay bob</q></ds:Object>";
    let manifest = format!("<ds:Manifest Id=\"m\">{}</ds:Manifest>", reference("#o", &alone(held)));
    let references = reference("#a", ITEM) + &reference("#m", &alone(&manifest));
    let manifest = format!("<ds:Object>{manifest}</ds:Object>");
    let data = x509_data(&[&APPLICANT.certificate_der]);
    let document = |key_info: String, objects: String| {
        let signed = Signed { key_info: Some(key_info), objects, ..Signed::new(references.clone()) };
        format!("<doc>{ITEM}{}</doc>", signed.xml())
    };
    let among = format!(
        "<ds:Object><xades:QualifyingProperties xmlns:xades=\"{XADES}\" Target=\"#s\"><xades:UnsignedProperties>\
         <xades:UnsignedSignatureProperties>{held}</xades:UnsignedSignatureProperties></xades:UnsignedProperties>\
         </xades:QualifyingProperties></ds:Object>"
    );
    vec![
        Attack::new(
            "wrapping",
            "object_in_key_info",
            "A signed Object, which a Manifest names, moves into the KeyInfo.",
            document(format!("{data}{held}"), manifest.clone()),
        )
        .expect(&[FORMAT]),
        Attack::new(
            "wrapping",
            "object_among_unsigned_properties",
            "It moves among the unsigned properties.",
            document(data, format!("{manifest}{among}")),
        )
        .expect(&[FORMAT]),
    ]
}

/// A KeyInfo that is signed says which of the certificates of its key is meant, wherever it stands.
fn key_infos() -> Vec<Attack> {
    let data = x509_data(&[&APPLICANT.certificate_der]);
    // Of the same key, by somebody whom nobody trusts.
    let name = subject_of(&APPLICANT.certificate_der);
    let other_der = forged_certificate_of(&APPLICANT, &name, &attackers_name(), &ATTACKER, false);
    let other = x509_data(&[&other_der]);
    let signed = |id: &str, part: &str| {
        let references = reference("#a", ITEM) + &reference(id, &alone(part));
        Signed { key_info: None, ..Signed::new(references) }.xml()
    };
    let with = |signature: &str, key_info: &str, beside: &str| {
        let signature = signature.replacen("</ds:Signature>", &format!("{key_info}</ds:Signature>"), 1);
        format!("<doc>{ITEM}{signature}{beside}</doc>")
    };
    let unsigned = format!("<ds:KeyInfo>{data}</ds:KeyInfo>");
    let key_info = |data: &str| format!("<ds:KeyInfo Id=\"ki\">{data}</ds:KeyInfo>");
    let outside = |part: &str| format!("<w>{}</w>", alone(part));
    let own = key_info(&data);
    let over_own = signed("#ki", &own);
    let retrieval = "<ds:KeyInfo><ds:RetrievalMethod URI=\"#ki\"></ds:RetrievalMethod></ds:KeyInfo>";
    let elsewhere = ["/doc/item[1]", "/doc/w[1]/ds:KeyInfo[1]"];
    let mut attacks = vec![
        Attack::new(
            "control",
            "key_info_signed",
            "Nothing: a signature over its KeyInfo.",
            with(&over_own, &own, ""),
        )
        .passes(&["/doc/item[1]"], &[]),
        Attack::new(
            "control",
            "key_info_signed_elsewhere",
            "Nothing: the KeyInfo refers to a signed one.",
            with(&over_own, retrieval, &outside(&own)),
        )
        .passes(&elsewhere, &[]),
        Attack::new(
            "control",
            "key_info_signed_beside",
            "Nothing: the same certificate is in the KeyInfo and in a signed one.",
            with(&over_own, &unsigned, &outside(&own)),
        )
        .passes(&elsewhere, &[]),
    ];
    let theirs = key_info(&other);
    let over_theirs = signed("#ki", &theirs);
    let part = other.replacen("<ds:X509Data>", "<ds:X509Data Id=\"d\">", 1);
    let over_part = signed("#d", &part);
    let own_part = data.replacen("<ds:X509Data>", "<ds:X509Data Id=\"e\">", 1);
    let named = theirs.replacen("<ds:X509Data>", "<ds:KeyName>n</ds:KeyName><ds:X509Data>", 1);
    let without_name = transform(XPATH, "<ds:XPath>not(ancestor-or-self::ds:KeyName)</ds:XPath>");
    let by = |id: &str, transforms: &str, octets: &[u8]| {
        let references = reference("#a", ITEM) + &reference_by(id, transforms, octets);
        Signed { key_info: None, ..Signed::new(references) }.xml()
    };
    let over_unnamed = by("#ki", &(without_name + &transform(EXCLUSIVE, "")), alone(&theirs).as_bytes());
    let certificate = other.replace("<ds:X509Data>", "").replace("</ds:X509Data>", "");
    let certificate = certificate.replacen("<ds:X509Certificate>", "<ds:X509Certificate Id=\"c\">", 1);
    let over_octets = by("#c", &transform(BASE64, ""), &other_der);
    let over_each = {
        let references =
            [reference("#a", ITEM), reference("#d", &alone(&part)), reference("#e", &alone(&own_part))];
        Signed { key_info: None, ..Signed::new(references.concat()) }.xml()
    };
    let chosen = transform(XPATH, "<ds:XPath>ancestor::ds:X509Certificate[@Id='c']</ds:XPath>");
    let any_text = transform(XPATH, "<ds:XPath>self::text()</ds:XPath>");
    let over_any_text = by("#c", &(any_text + &transform(BASE64, "")), &other_der);
    let over_text = by("#c", &(chosen + &transform(BASE64, "")), &other_der);
    let over_frame = {
        let frame = transform(XPATH, "<ds:XPath>not(ancestor-or-self::ds:X509Data)</ds:XPath>");
        let frame =
            reference_by("#ki", &(frame + &transform(EXCLUSIVE, "")), alone(&key_info("")).as_bytes());
        let (other, own) = (reference("#d", &alone(&part)), reference("#e", &alone(&own_part)));
        let references = [reference("#a", ITEM), frame, other, own];
        Signed { key_info: None, ..Signed::new(references.concat()) }.xml()
    };
    for (name, tries, document) in [
        (
            "key_info_of_a_stranger",
            "The signed KeyInfo holds a certificate of the key by somebody whom nobody trusts.",
            with(&over_theirs, &theirs, ""),
        ),
        (
            "key_info_moved",
            "That moves beside the signature, and one with the trusted certificate, not signed, takes its place.",
            with(&over_theirs, &unsigned, &outside(&theirs)),
        ),
        (
            "key_info_in_key_info",
            "It moves into one that is not signed.",
            with(&over_theirs, &format!("<ds:KeyInfo>{data}{theirs}</ds:KeyInfo>"), ""),
        ),
        (
            "key_info_in_object",
            "It moves into an Object.",
            with(&over_theirs, &format!("{unsigned}<ds:Object>{theirs}</ds:Object>"), ""),
        ),
        (
            "x509_data_behind",
            "The trusted certificate stands before the signed one.",
            with(&over_part, &format!("<ds:KeyInfo>{data}{part}</ds:KeyInfo>"), ""),
        ),
        (
            "x509_data_moved",
            "It takes its place, and the signed one moves beside the signature.",
            with(&over_part, &unsigned, &outside(&part)),
        ),
        (
            "key_info_of_a_part_moved",
            "A KeyInfo that is signed but for its name moves, and one that is not signed takes its place.",
            with(&over_unnamed, &unsigned, &outside(&named)),
        ),
        (
            "certificate_decoded_moved",
            "A certificate whose octets are signed moves, and one that is not signed takes its place.",
            with(&over_octets, &unsigned, &format!("<w>{}</w>", alone(&certificate))),
        ),
        (
            "certificate_decoded_renamed",
            "The same, and the element whose text is signed is no certificate by its name any more.",
            with(
                &over_octets,
                &unsigned,
                &format!("<w>{}</w>", certificate.replace("ds:X509Certificate", "note")),
            ),
        ),
        (
            "certificate_any_text_decoded_renamed",
            "The same, where an XPath chose all text.",
            with(
                &over_any_text,
                &unsigned,
                &format!("<w>{}</w>", certificate.replace("ds:X509Certificate", "note")),
            ),
        ),
        (
            "certificate_text_decoded_moved",
            "The same, where an XPath chose the text that is decoded.",
            with(&over_text, &unsigned, &format!("<w>{}</w>", alone(&certificate))),
        ),
        (
            "x509_data_each_signed_in_key_info",
            "Both are signed, each by itself, and what holds them without them: they can change places.",
            with(&over_frame, &format!("<ds:KeyInfo Id=\"ki\">{own_part}{part}</ds:KeyInfo>"), ""),
        ),
        (
            "x509_data_each_signed",
            "Both are signed, each by itself: they can change places.",
            with(&over_each, &format!("<ds:KeyInfo>{}{part}</ds:KeyInfo>", own_part), ""),
        ),
        (
            "key_info_as_content",
            "Nothing: another certificate of the key is signed as content, as if it had been the signer's.",
            with(&over_theirs, &unsigned, &outside(&theirs))
                .replace("<w>", "<register>")
                .replace("</w>", "</register>"),
        ),
    ] {
        let expected = if name == "key_info_of_a_stranger" { NO_CHAIN } else { NO_CERTIFICATE };
        attacks.push(Attack::new("algorithms", name, tries, document).expect(&[expected]));
    }
    attacks
}

fn manifests() -> Vec<Attack> {
    // The octets that were signed in base64 are the digest of what is put into the document.
    let manifest = format!("<ds:Manifest Id=\"m\">{}</ds:Manifest>", reference("#a", ITEM));
    let octets = sha256(FORGED);
    let references =
        reference("#m", &alone(&manifest)) + &reference_by("#t", &transform(BASE64, ""), &octets);
    let document = |objects: String, beside: &str| {
        let signed = Signed { objects, ..Signed::new(references.clone()) };
        format!("<doc>{ITEM}{}{beside}</doc>", signed.xml())
    };
    let real = format!("<ds:Object>{manifest}</ds:Object>");
    let text = format!("<ds:Object Id=\"t\">{}</ds:Object>", encode(&octets));
    let made = format!(
        "<ds:Object Id=\"t\"><ds:Manifest><ds:Reference URI=\"#b\"><ds:DigestMethod Algorithm=\"{SHA256}\"/>\
         <ds:DigestValue>{}</ds:DigestValue></ds:Reference></ds:Manifest></ds:Object>",
        encode(&octets)
    );
    // A Manifest names another.
    let inner = format!("<ds:Manifest Id=\"n\">{}</ds:Manifest>", reference("#a", ITEM));
    let outer = format!("<ds:Manifest Id=\"m\">{}</ds:Manifest>", reference("#n", &alone(&inner)));
    let nested = |item: &str| {
        let objects = format!("<ds:Object>{outer}</ds:Object><ds:Object>{inner}</ds:Object>");
        let signed = Signed { objects, ..Signed::new(reference("#m", &alone(&outer))) };
        format!("<doc>{item}{}</doc>", signed.xml())
    };
    // The outer one stands in a signed Object.
    let holder = format!("<ds:Object Id=\"o\">{outer}</ds:Object>");
    let held = |item: &str| {
        let objects = format!("{holder}<ds:Object>{inner}</ds:Object>");
        let signed = Signed { objects, ..Signed::new(reference("#o", &alone(&holder))) };
        format!("<doc>{item}{}</doc>", signed.xml())
    };
    // A Manifest names an Object that holds another.
    let object = format!("<ds:Object Id=\"p\">{inner}</ds:Object>");
    let over_object = format!("<ds:Manifest Id=\"m\">{}</ds:Manifest>", reference("#p", &alone(&object)));
    let in_object = |item: &str, own: &str, beside: &str| {
        let objects = format!("<ds:Object>{over_object}</ds:Object>{own}");
        let signed = Signed { objects, ..Signed::new(reference("#m", &alone(&over_object))) };
        format!("<doc>{item}{}{beside}</doc>", signed.xml())
    };
    let beside = format!("<w>{}</w>", alone(&object));
    let commented = |document: &str| document.replacen("<ds:DigestValue>", "<ds:DigestValue><!-- -->", 1);
    let changed = ITEM.replace("100", "999");
    let mut attacks: Vec<Attack> = [
        (
            "manifest_beside_text",
            "Nothing: a Manifest and an Object with base64 are signed.",
            document(format!("{real}{text}"), ""),
        ),
        ("manifest_in_manifest", "Nothing: a Manifest names another.", nested(ITEM)),
        (
            "manifest_in_object_of_manifest",
            "Nothing: a Manifest names an Object that holds another.",
            in_object(ITEM, &object, ""),
        ),
    ]
    .into_iter()
    .map(|(name, tries, document)| {
        Attack::new("control", name, tries, document).passes(&["/doc/item[1]"], &[])
    })
    .collect();
    for (name, tries, expected, document) in [
        (
            "manifest_made_of_text",
            "The signed Manifest moves out, and one is put around the signed text.",
            FORMAT,
            document(made.clone(), &format!("<w>{}</w>{FORGED}", alone(&manifest))),
        ),
        (
            "manifest_made_of_text_beside",
            "The same, with the signed Manifest left in its place.",
            FORMAT,
            document(format!("{made}{real}"), FORGED),
        ),
        ("manifest_in_manifest_changed", "What the inner Manifest names is changed.", HASH, nested(&changed)),
        (
            "manifest_in_held_manifest_changed",
            "The same, while the outer one is signed with its Object.",
            HASH,
            held(&changed),
        ),
        (
            "manifest_in_object_moved",
            "The Object that holds the inner one moves beside the signature, and what that names is changed.",
            HASH,
            in_object(&changed, "", &beside),
        ),
        (
            "manifest_in_object_in_object",
            "The same, and it moves into an Object that is not signed.",
            HASH,
            in_object(&changed, &format!("<ds:Object>{object}</ds:Object>"), ""),
        ),
        (
            "manifest_in_held_manifest_commented",
            "What the inner Manifest names is changed, and a comment stands in its digest, which nobody signs.",
            FORMAT,
            {
                let document = held(&changed);
                let inner = document.find("<ds:Manifest Id=\"n\">").expect("the inner one");
                document[..inner].to_owned() + &commented(&document[inner..])
            },
        ),
    ] {
        attacks.push(Attack::new("structure", name, tries, document).expect(&[expected]));
    }
    attacks
}

/// A signed Object with a Manifest moves into another signature, which signs something in it.
fn held_by_others() -> Vec<Attack> {
    let data = x509_data(&[&APPLICANT.certificate_der]);
    let manifest = |references: &str| format!("<ds:Manifest>{references}</ds:Manifest>");
    let object = |references: &str| {
        format!("<ds:Object Id=\"o\"><c Id=\"c\">1</c>{}</ds:Object>", manifest(references))
    };
    let signature = |references: &str, key_info: &str, objects: &str| {
        let signed = Signed {
            key_info: Some(key_info.to_owned()),
            objects: objects.to_owned(),
            ..Signed::new(references)
        };
        signed.xml()
    };
    let over_item = object(&reference("#a", ITEM));
    let over = reference("#o", &alone(&over_item));
    let own = signature(&over, &data, "");
    let nobody = |references: String, objects: &str| {
        let value = Value::Octets(b"nobody's");
        Signed { key_info: None, value, objects: objects.to_owned(), ..Signed::new(references) }.xml()
    };
    let over_content = reference("#c", "<c Id=\"c\">1</c>");
    let by_nobody = |objects: &str| nobody(over_content.clone(), objects);
    let listing = |objects: &str| nobody(over_content.clone() + &reference("#a", ITEM), objects);
    let co_signer = |objects: &str| by_official("", &over, objects);
    let forged = ITEM.replace(" Id=\"a\"", "").replace("100", "999");
    let away = format!("<ds:Object>{ITEM}</ds:Object>");
    // The Manifest names the KeyInfo, which holds a certificate of the key by somebody whom nobody trusts.
    let name = subject_of(&APPLICANT.certificate_der);
    let other = x509_data(&[&forged_certificate_of(&APPLICANT, &name, &attackers_name(), &ATTACKER, false)]);
    let theirs = format!("<ds:KeyInfo Id=\"ki\">{other}</ds:KeyInfo>");
    let over_key_info = object(&(reference("#a", ITEM) + &reference("#ki", &alone(&theirs))));
    let references = reference("#o", &alone(&over_key_info));
    let with_key_info = signature(&references, &data, "");
    let beside = format!("<w>{}</w>", alone(&theirs));
    let holder = by_official("", &references, &over_key_info);
    vec![
        Attack::new(
            "control",
            "manifest_of_another_co_signed",
            "Nothing: two sign an Object with a Manifest, which stands in the first signature.",
            format!("<doc>{ITEM}{}{}</doc>", signature(&over, &data, &over_item), co_signer("")),
        )
        .passes(&["/doc/item[1]"], &[]),
        Attack::new(
            "wrapping",
            "manifest_held_by_nobody",
            "The Object moves into a signature of nobody, with what its Manifest names; another item takes the place of that.",
            format!("<doc>{forged}{own}{}</doc>", by_nobody(&format!("{over_item}{away}"))),
        )
        .expect(&[FORMAT]),
        Attack::new(
            "wrapping",
            "manifest_and_item_held_by_nobody",
            "The same, with nothing in the old place, and that signature of nobody lists the item as well.",
            format!("<doc>{own}{}</doc>", listing(&format!("{over_item}{away}"))),
        )
        .expect(&[TWIN]),
        Attack::new(
            "wrapping",
            "manifest_held_by_co_signer",
            "It moves into the signature of somebody who signs it too, and the item into another Object of that.",
            format!("<doc>{forged}{own}{}</doc>", co_signer(&format!("{over_item}{away}"))),
        )
        .expect(&[FORMAT]),
        Attack::new(
            "algorithms",
            "key_info_of_manifest_held_by_co_signer",
            "The Manifest names the KeyInfo too, for which another is put in.",
            format!("<doc>{ITEM}{with_key_info}{holder}{beside}</doc>"),
        )
        .expect(&[NO_CERTIFICATE]),
    ]
}

/// The Type of an entry of a Manifest calls something signed properties, and the Manifest moves.
fn typed_by_manifests() -> Vec<Attack> {
    let (theirs, of_theirs) = properties(&OFFICIAL.certificate_der, "#s");
    let (mine, of_mine) = properties(&APPLICANT.certificate_der, "#s");
    let (mine, of_mine) = (renamed(&mine), renamed(&of_mine));
    let manifest =
        |entry: &str| format!("<ds:Manifest Id=\"m\">{}{entry}</ds:Manifest>", reference("#a", ITEM));
    let shared = manifest(&typed("#p", &theirs));
    let by_applicant = |attributes: &'static str, references: &str, objects: &str| {
        Signed { attributes, objects: objects.to_owned(), ..Signed::new(references) }.xml()
    };
    let over_shared = reference("#m", &alone(&shared));
    let in_object = format!("<ds:Object>{shared}</ds:Object>");
    let first = by_official(" Id=\"s\"", &over_shared, &format!("{in_object}{of_theirs}"));
    let references = over_shared + &reference("#q", &mine);
    let own = |objects: &str| by_applicant(" Id=\"n\"", &references, objects);
    let taken = of_theirs.replace("#s\"", "#n\"");
    let third = |objects: &str| by_official(" Id=\"t\"", &reference("#a", ITEM), objects);
    // The properties are of a version that nobody knows.
    let unknown = |text: &str| text.replace(XADES, "urn:example:properties");
    let (later, of_later) = properties(&OFFICIAL.certificate_der, "#s");
    let (later, of_later) = (unknown(&later), unknown(&of_later));
    let over_later = manifest(&typed("#p", &later));
    let named = reference("#m", &alone(&over_later));
    let nested = format!("<ds:Object>{}</ds:Object>", third(&format!("<ds:Object>{over_later}</ds:Object>")));
    // The Manifest is signed with its Object, and names the signature's own properties.
    let held = format!("<ds:Object Id=\"o\">{}</ds:Object>", manifest(&typed("#q", &mine)));
    let over_held = reference("#o", &alone(&held));
    // Two of one key: the second co-signs the properties of the first, and another certificate is put into that.
    let name = subject_of(&APPLICANT.certificate_der);
    let theirs_of_key = forged_certificate_of(&APPLICANT, &name, &attackers_name(), &ATTACKER, false);
    let emptied = Signed {
        key_info: Some(x509_data(&[&theirs_of_key])),
        ..Signed::new(reference("#a", ITEM) + &reference("#q", &mine))
    };
    let adopting = by_applicant(" Id=\"n\"", &(reference("#b", FORGED) + &reference("#q", &mine)), &of_mine);
    vec![
        Attack::new(
            "control",
            "manifest_with_properties_of_another",
            "Nothing: a co-signer with properties of his own signs the Manifest of another, which names the properties of that.",
            format!("<doc>{ITEM}{first}{}</doc>", own(&of_mine)),
        )
        .passes(&["/doc/item[1]"], &[]),
        Attack::new(
            "wrapping",
            "properties_of_another_taken_for_own",
            "The Manifest and those properties move into the signature of the co-signer, whose own move into a third.",
            format!("<doc>{ITEM}{}{}</doc>", own(&format!("{in_object}{taken}")), third(&of_mine)),
        )
        .expect(&[FORMAT]),
        Attack::new(
            "wrapping",
            "properties_of_another_taken_for_own_beside_manifest",
            "The same, with the Manifest outside of all signatures.",
            format!("<doc>{ITEM}{}{}{}</doc>", alone(&shared), own(&taken), third(&of_mine)),
        )
        .expect(&[FORMAT]),
        Attack::new(
            "algorithms",
            "properties_adopted_by_another_of_the_key",
            "Properties without a Type move into another signature of the key, and another certificate takes their place.",
            format!("<doc>{ITEM}<w>{FORGED}</w>{}{adopting}</doc>", emptied.xml()),
        )
        .expect(&[NO_CERTIFICATE]),
        Attack::new(
            "control",
            "held_manifest_with_properties",
            "Nothing: a Manifest that is signed with its Object names the signature's properties.",
            format!("<doc>{ITEM}{}</doc>", by_applicant(" Id=\"n\"", &over_held, &format!("{held}{of_mine}"))),
        )
        .passes(&["/doc/item[1]"], &[]),
        Attack::new(
            "algorithms",
            "properties_of_held_manifest_deleted",
            "They are taken away, so that any certificate of the key could be put in.",
            format!("<doc>{ITEM}{}</doc>", by_applicant(" Id=\"n\"", &over_held, &held)),
        )
        .expect(&[MISSING]),
        Attack::new(
            "wrapping",
            "manifest_with_unknown_properties_in_inner_signature",
            "A Manifest that names properties of an unknown version moves into a signature in an Object, which does not list it.",
            format!("<doc>{ITEM}{}</doc>", by_applicant(" Id=\"s\"", &named, &format!("{nested}{of_later}"))),
        )
        .expect(&[TWIN]),
    ]
}

/// An XPath chooses a part of the signature, its properties with it.
fn chosen_in_part() -> Vec<Attack> {
    let (_, object) = properties(&APPLICANT.certificate_der, "#s");
    let object = alone(&object);
    let chosen = "ancestor-or-self::ds:Object or self::ds:Signature[ds:Object]";
    let xpath = transform(XPATH, &format!("<ds:XPath>{chosen}</ds:XPath>"));
    let octets = format!("<ds:Signature>{object}</ds:Signature>");
    let references =
        reference("#a", ITEM) + &reference_by("", &(xpath + &transform(EXCLUSIVE, "")), octets.as_bytes());
    let own = |objects: &str, certificate: &[u8]| {
        let key_info = Some(x509_data(&[certificate]));
        let signed = Signed {
            attributes: " Id=\"s\"",
            key_info,
            objects: objects.to_owned(),
            ..Signed::new(&references)
        };
        signed.xml()
    };
    let by_another = |objects: &str| by_official("", &reference("#a", ITEM), objects);
    let name = subject_of(&APPLICANT.certificate_der);
    let other = forged_certificate_of(&APPLICANT, &name, &attackers_name(), &ATTACKER, false);
    vec![
        Attack::new(
            "control",
            "properties_chosen_with_tag",
            "Nothing: an XPath chooses the tag of the signature and its Object with the properties.",
            format!("<doc>{ITEM}{}{}</doc>", own(&object, &APPLICANT.certificate_der), by_another("")),
        )
        .passes(&["/doc/item[1]"], &[]),
        Attack::new(
            "wrapping",
            "properties_chosen_with_tag_moved",
            "That Object moves into the signature of another, and another certificate of the key is put in.",
            format!("<doc>{ITEM}{}{}</doc>", own("", &other), by_another(&object)),
        )
        .expect(&[FORMAT]),
    ]
}

/// What says which of several certificates of the key is meant contradicts what is signed.
fn of_one_key() -> Vec<Attack> {
    let name = subject_of(&APPLICANT.certificate_der);
    let other = forged_certificate_of(&APPLICANT, &name, &attackers_name(), &ATTACKER, false);
    let own = APPLICANT.certificate_der.as_slice();
    let key_info = |certificates: &[&[u8]]| {
        alone(&format!("<ds:KeyInfo Id=\"k\">{}</ds:KeyInfo>", x509_data(certificates)))
    };
    let with = |references: String, certificates: &[&[u8]], objects: &str| {
        let key_info = Some(x509_data(certificates));
        let objects = objects.to_owned();
        Signed { attributes: " Id=\"s\"", key_info, objects, ..Signed::new(references) }.xml()
    };
    let identified = |signature: String| signature.replace("<ds:KeyInfo>", "<ds:KeyInfo Id=\"k\">");
    let (mine, object) = properties(own, "#s");
    let over_both = reference("#a", ITEM) + &reference("#p", &mine) + &reference("#k", &key_info(&[&other]));
    let values = format!(
        "<xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:CertificateValues>\
         <xades:EncapsulatedX509Certificate>{}</xades:EncapsulatedX509Certificate></xades:CertificateValues>\
         </xades:UnsignedSignatureProperties></xades:UnsignedProperties></xades:QualifyingProperties>",
        encode(own)
    );
    let moved_in = object.replace("</xades:QualifyingProperties>", &values);
    let (_, of_other) = properties(&other, "#s");
    let both: [&[u8]; 2] = [&other, own];
    let over_key_info = reference("#a", ITEM) + &reference("#k", &key_info(&both));
    // A reference leads to the properties by its Type, so that it is the signer's own word which certificate is meant.
    let renewed = reference("#a", ITEM) + &typed("#p", &mine) + &reference("#k", &key_info(&[&other]));
    let before = format!("<w>{}</w>", key_info(&[&other]));
    let document = |signature: String| format!("<doc>{ITEM}{signature}</doc>");
    vec![
        Attack::new(
            "wrapping",
            "co_signed_properties_against_key_info",
            "The signer has signed its KeyInfo and the properties of another certificate of the key, which move in.",
            document(identified(with(over_both, &[&other], &moved_in))),
        )
        .expect(&[NO_CERTIFICATE]),
        Attack::new(
            "control",
            "former_key_info_signed",
            "Nothing: the signer, whose properties name its certificate, signs a KeyInfo with another of the same key.",
            format!("<doc>{ITEM}{before}{}</doc>", with(renewed, &[own], &object)),
        )
        .passes(&["/doc/item[1]", "/doc/w[1]/ds:KeyInfo[1]"], &[]),
        Attack::new(
            "algorithms",
            "signed_key_info_against_properties",
            "Properties that nothing signs name the first certificate of a KeyInfo that is signed, which is nobody's.",
            document(identified(with(over_key_info, &both, &of_other))),
        )
        .expect(&[NO_CHAIN]),
    ]
}
