//! Algorithm confusion: values, keys and certificates that are not what they are taken for.

use super::signed::*;
use super::wrapping::{FORGED, ITEM};
use super::{
    Attack, BAD_CHAIN, CONSTRAINTS, FORMAT, HASH, NO_CERTIFICATE, NO_CHAIN, TWIN, UNSUPPORTED, VALUE, WEAK,
};

const HMAC_SHA1: &str = "http://www.w3.org/2000/09/xmldsig#hmac-sha1";
const HMAC_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";

fn certificate(name: &str) -> Vec<u8> {
    std::fs::read(certs().join(format!("{name}.cer"))).expect("a certificate")
}

pub(super) fn attacks() -> Vec<Attack> {
    let mut attacks = Vec::new();
    let document = |signed: &Signed<'_>| format!("<doc>{ITEM}{}</doc>", signed.xml());
    let base = || Signed::new(reference("#a", ITEM));
    let rsa = |key| Value::Rsa(key, Hash::Sha256);
    let own = &APPLICANT.certificate_der;
    let mut add = |name: &str, tries: &str, expected: &[&'static str], document: String| {
        attacks.push(Attack::new("algorithms", name, tries, document).expect(expected));
    };

    // HMAC: a public key, or nothing, as the secret.
    let spki = APPLICANT.public_key();
    let pem = qoltanba::asn1::pem::encode("PUBLIC KEY", &spki);
    let no_code = [UNSUPPORTED, WEAK, NO_CERTIFICATE, VALUE];
    for (name, tries, secret) in [
        ("public_key", "The code's secret is the public key in DER.", &spki[..]),
        ("public_key_pem", "The code's secret is the public key in PEM.", pem.as_bytes()),
        ("certificate", "The code's secret is the certificate.", own),
        ("empty", "The code's secret is empty.", b""),
    ] {
        let signed = Signed { method: HMAC_SHA256, value: Value::Hmac(Hash::Sha256, secret, 32), ..base() };
        add(&format!("hmac_{name}"), tries, &no_code, document(&signed));
    }
    let output = |bits: &str| format!("<ds:HMACOutputLength>{bits}</ds:HMACOutputLength>");
    for (name, bits, octets) in [
        ("0", "0", 0),
        ("1", "1", 1),
        ("8", "8", 1),
        ("40", "40", 5),
        ("72", "72", 9),
        ("minus", "-8", 0),
        ("overflow", "4294967296", 0),
        ("space", " 8 ", 1),
    ] {
        for policy in ["kz", "interop"] {
            let parameters = output(bits);
            let signed = Signed {
                method: HMAC_SHA1,
                parameters: &parameters,
                value: Value::Hmac(Hash::Sha1, b"secret", octets),
                key_info: Some("<ds:KeyName>secret</ds:KeyName>".into()),
                ..base()
            };
            attacks.push(
                Attack::new(
                    "algorithms",
                    &format!("hmac_length_{name}_{policy}"),
                    "The code is cut to a few bits, so that it is guessed.",
                    document(&signed),
                )
                .expect(&[UNSUPPORTED, WEAK, NO_CERTIFICATE, VALUE, FORMAT])
                .policy(policy),
            );
        }
    }
    let mut add = |name: &str, tries: &str, expected: &[&'static str], document: String| {
        attacks.push(Attack::new("algorithms", name, tries, document).expect(expected));
    };
    let length = output("0");
    add(
        "rsa_with_output_length",
        "An RSA signature says a length of zero, and has no octets.",
        &[VALUE, FORMAT, UNSUPPORTED],
        document(&Signed { parameters: &length, value: Value::Octets(b""), ..base() }),
    );

    // Names of algorithms.
    let lines = format!("{RSA_SHA256}&#xA;");
    for (name, tries, method) in [
        ("leading_space", "A space stands in front of the algorithm.", &*format!(" {RSA_SHA256}")),
        ("trailing_space", "A space stands behind the algorithm.", &format!("{RSA_SHA256} ")),
        ("line_break", "A line break stands behind the algorithm.", &lines),
        ("upper_case", "The algorithm is in upper case.", &RSA_SHA256.to_uppercase()),
        ("https", "The algorithm is of another scheme.", &RSA_SHA256.replace("http:", "https:")),
        ("fragment_only", "The algorithm is a fragment.", "#rsa-sha256"),
        ("empty", "The algorithm is empty.", ""),
        ("none", "The algorithm is none.", "none"),
        ("jose", "The algorithm is of another standard.", "RS256"),
        ("object_identifier", "The algorithm is an object identifier.", "urn:oid:1.2.840.113549.1.1.11"),
        ("digest", "The algorithm is a hash.", SHA256),
        ("two", "There are two algorithms in one.", &format!("{RSA_SHA256} {HMAC_SHA1}")),
        ("unknown", "Nobody knows the algorithm.", "urn:x:algorithm"),
    ] {
        add(&format!("method_{name}"), tries, &[UNSUPPORTED, FORMAT], document(&Signed { method, ..base() }));
    }
    add(
        "method_missing",
        "SignatureMethod names no algorithm.",
        &[FORMAT],
        document(&base())
            .replace(&format!("<ds:SignatureMethod Algorithm=\"{RSA_SHA256}\">"), "<ds:SignatureMethod>"),
    );
    for (name, tries, expected, method) in [
        (
            "ecdsa",
            "An RSA value under the name of ECDSA.",
            &[VALUE][..],
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        ),
        (
            "rsa_sha512",
            "A value over SHA-256 under the name of SHA-512.",
            &[VALUE],
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
        ),
        (
            "pss",
            "A PKCS#1 value under the name of PSS.",
            &[VALUE, UNSUPPORTED],
            "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
        ),
        (
            "eddsa",
            "An RSA value under the name of EdDSA.",
            &[VALUE, UNSUPPORTED],
            "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
        ),
        (
            "dsa",
            "An RSA value under the name of DSA.",
            &[VALUE, UNSUPPORTED, WEAK],
            "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        ),
        (
            "gost",
            "An RSA value under a national name.",
            &[VALUE, UNSUPPORTED],
            "urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:gostr34102015-gostr34112015-512",
        ),
        (
            "md5",
            "An RSA value under the name of MD5.",
            &[VALUE, UNSUPPORTED, WEAK],
            "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        ),
    ] {
        add(&format!("method_{name}"), tries, expected, document(&Signed { method, ..base() }));
    }
    // Weak hashes: right values, under the rules of Kazakhstan.
    let sha1 = "http://www.w3.org/2000/09/xmldsig#sha1";
    add(
        "sha1_signature",
        "The value is over SHA-1.",
        &[WEAK],
        document(&Signed {
            method: "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
            value: Value::Rsa(&APPLICANT, Hash::Sha1),
            ..base()
        }),
    );
    add(
        "sha1_digest",
        "The digest is SHA-1.",
        &[WEAK],
        document(&Signed::new(reference_of("#a", &transform(EXCLUSIVE, ""), sha1, &Hash::Sha1.of(ITEM)))),
    );
    let one_of_two =
        reference("#a", ITEM) + &reference_of("#b", &transform(EXCLUSIVE, ""), sha1, &Hash::Sha1.of(FORGED));
    add(
        "sha1_second_digest",
        "The second of two digests is SHA-1.",
        &[WEAK],
        format!("<doc>{ITEM}{FORGED}{}</doc>", sign(one_of_two)),
    );
    let md5 = Hash::Md5.of(ITEM);
    add(
        "md5_digest",
        "The digest is MD5.",
        &[UNSUPPORTED, WEAK],
        document(&Signed::new(reference_of(
            "#a",
            &transform(EXCLUSIVE, ""),
            "http://www.w3.org/2001/04/xmldsig-more#md5",
            &md5,
        ))),
    );
    let hash = sha256(ITEM.as_bytes());
    for (name, tries, expected, value) in [
        ("short", "The digest is cut to one octet.", &[HASH, FORMAT][..], &hash[..1]),
        ("empty", "The digest is empty.", &[HASH, FORMAT], &hash[..0]),
        ("half", "The digest is cut in half.", &[HASH, FORMAT], &hash[..16]),
        ("long", "The digest has an octet more.", &[HASH, FORMAT], &[&hash[..], &[0]].concat()),
    ] {
        add(
            &format!("digest_{name}"),
            tries,
            expected,
            document(&Signed::new(reference_of("#a", &transform(EXCLUSIVE, ""), SHA256, value))),
        );
    }
    for (name, method) in [
        ("space", format!("{SHA256} ")),
        ("case", SHA256.replace("sha", "SHA")),
        ("unknown", "urn:x:hash".to_owned()),
        ("empty", String::new()),
        ("signature", RSA_SHA256.to_owned()),
    ] {
        add(
            &format!("digest_method_{name}"),
            "The name of the hash is varied.",
            &[UNSUPPORTED, FORMAT],
            document(&Signed::new(reference_of("#a", &transform(EXCLUSIVE, ""), &method, &hash))),
        );
    }

    // Values.
    let value = |octets: &[u8]| document(&Signed { value: Value::Octets(octets), ..base() });
    add("value_empty", "The value is empty.", &[VALUE, FORMAT], value(b""));
    add("value_zero", "The value is zero.", &[VALUE], value(&[0; 256]));
    add("value_one", "The value is one.", &[VALUE], value(&[&[0; 255][..], &[1]].concat()));
    add("value_all_ones", "The value is greater than the modulus.", &[VALUE], value(&[0xFF; 256]));
    add("value_digest", "The value is the digest.", &[VALUE, FORMAT], value(&hash));
    let right = base();
    let octets = {
        let text = right.signature_value();
        let text = text.trim_start_matches("<ds:SignatureValue>").trim_end_matches("</ds:SignatureValue>");
        base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text).expect("base64")
    };
    add(
        "value_longer",
        "A zero stands in front of the value.",
        &[VALUE],
        value(&[&[0][..], &octets].concat()),
    );
    add("value_cut", "The value is cut.", &[VALUE], value(&octets[..255]));
    add("value_doubled", "The value stands twice.", &[VALUE], value(&[&octets[..], &octets].concat()));
    add(
        "value_of_another_document",
        "The value is of another document.",
        &[VALUE],
        document(&base())
            .replace(&right.signature_value(), &Signed::new(reference("#b", FORGED)).signature_value()),
    );
    add("digest_replaced", "The content and its digest are replaced, the value stays.", &[VALUE], {
        let forged = ITEM.replace("100", "999");
        document(&base()).replace(ITEM, &forged).replace(&encode(&hash), &encode(sha256(forged.as_bytes())))
    });
    add("content_replaced", "The content is replaced.", &[HASH], document(&base()).replace("100", "999"));
    add(
        "digest_flipped",
        "The digest alone is replaced.",
        &[HASH],
        document(&base()).replace(&encode(&hash), &encode([0; 32])),
    );

    // Keys and certificates.
    let mallory = attackers_name();
    let self_signed = forged_certificate(&mallory, &mallory, &ATTACKER, false);
    let authority = subject_of(&certificate("ca"));
    let root = subject_of(&certificate("root"));
    let applicant = subject_of(own);
    let false_authority = forged_certificate(&authority, &authority, &ATTACKER, true);
    let false_root = forged_certificate(&root, &root, &ATTACKER, true);
    let false_applicant = forged_certificate(&applicant, &authority, &ATTACKER, false);
    let by_applicant = forged_certificate(&mallory, &applicant, &APPLICANT, false);
    let own_name = forged_certificate(&applicant, &applicant, &ATTACKER, false);
    let by_attacker =
        |key_info: String| document(&Signed { value: rsa(&ATTACKER), key_info: Some(key_info), ..base() });
    let stranger = [NO_CHAIN, BAD_CHAIN, CONSTRAINTS];
    add(
        "key_honest_certificate",
        "The attacker signs beside the applicant's certificate.",
        &[VALUE],
        by_attacker(x509_data(&[own])),
    );
    add(
        "key_value_beside",
        "The attacker's bare key stands in front of the applicant's certificate.",
        &[VALUE, NO_CERTIFICATE],
        by_attacker(key_value(&ATTACKER) + &x509_data(&[own])),
    );
    add(
        "key_value_behind",
        "The attacker's bare key stands behind the applicant's certificate.",
        &[VALUE, NO_CERTIFICATE],
        by_attacker(x509_data(&[own]) + &key_value(&ATTACKER)),
    );
    add(
        "key_value_alone",
        "There is the attacker's bare key alone.",
        &[NO_CERTIFICATE],
        by_attacker(key_value(&ATTACKER)),
    );
    add(
        "key_value_alone_interop",
        "There is the attacker's bare key alone; the policy of suites.",
        &[NO_CERTIFICATE],
        by_attacker(key_value(&ATTACKER)),
    );
    add(
        "key_value_honest_alone",
        "There is the applicant's bare key alone, which names nobody.",
        &[NO_CERTIFICATE],
        document(&Signed { key_info: Some(key_value(&APPLICANT)), ..base() }),
    );
    add(
        "key_name_alone",
        "There is the applicant's name alone.",
        &[NO_CERTIFICATE],
        document(&Signed { key_info: Some("<ds:KeyName>applicant</ds:KeyName>".into()), ..base() }),
    );
    add(
        "no_key_info",
        "There is no KeyInfo.",
        &[NO_CERTIFICATE],
        document(&Signed { key_info: None, ..base() }),
    );
    add(
        "empty_key_info",
        "KeyInfo is empty.",
        &[NO_CERTIFICATE, FORMAT],
        document(&Signed { key_info: Some(String::new()), ..base() }),
    );
    add(
        "self_signed",
        "A stranger's certificate signs itself.",
        &stranger,
        by_attacker(x509_data(&[&self_signed])),
    );
    add(
        "self_signed_applicant",
        "A certificate with the applicant's name signs itself.",
        &stranger,
        by_attacker(x509_data(&[&own_name])),
    );
    add(
        "false_authority_alone",
        "A self-signed certificate has the name of the authority.",
        &stranger,
        by_attacker(x509_data(&[&false_authority])),
    );
    add(
        "false_authority",
        "A false authority with the right name has issued a certificate with the applicant's name.",
        &[NO_CHAIN, BAD_CHAIN, VALUE],
        by_attacker(x509_data(&[&false_applicant, &false_authority])),
    );
    add(
        "false_authority_and_root",
        "A false root comes along.",
        &[NO_CHAIN, BAD_CHAIN, VALUE],
        by_attacker(x509_data(&[&false_applicant, &false_authority, &false_root])),
    );
    add(
        "false_authority_beside_the_real",
        "The real authority comes along with a certificate that it did not issue.",
        &[NO_CHAIN, BAD_CHAIN, VALUE],
        by_attacker(x509_data(&[&false_applicant, &certificate("ca")])),
    );
    add(
        "issued_by_the_applicant",
        "The applicant's key has issued a certificate, which it may not.",
        &stranger,
        by_attacker(x509_data(&[&by_applicant, own])),
    );
    add(
        "honest_first",
        "The applicant's certificate stands in front of the attacker's, which fits.",
        &stranger,
        by_attacker(x509_data(&[own, &self_signed])),
    );
    add(
        "honest_last",
        "The applicant's certificate stands behind the attacker's, which fits.",
        &stranger,
        by_attacker(x509_data(&[&self_signed, own])),
    );
    add(
        "swapped",
        "The certificate is another person's.",
        &[VALUE],
        document(&Signed { key_info: Some(x509_data(&[&certificate("applicant2")])), ..base() }),
    );
    add(
        "authority_as_signer",
        "The certificate is the authority's, which is not the signer's.",
        &[NO_CERTIFICATE, CONSTRAINTS],
        document(&Signed { key_info: Some(x509_data(&[&certificate("ca")])), ..base() }),
    );
    let held = |identity: &'static Holder| {
        document(&Signed {
            value: rsa(identity),
            key_info: Some(x509_data(&[&identity.certificate_der])),
            ..base()
        })
    };
    add("revoked", "The signer's certificate is revoked.", &["INDETERMINATE/REVOKED_NO_POE"], held(&REVOKED));
    add(
        "expired",
        "The signer's certificate is past its end.",
        &["INDETERMINATE/OUT_OF_BOUNDS_NO_POE"],
        held(&EXPIRED),
    );
    add("wrong_usage", "The signer's certificate is for logging in.", &[CONSTRAINTS], held(&WRONG_USAGE));
    add(
        "certificate_cut",
        "The certificate is cut.",
        &[NO_CERTIFICATE],
        document(&Signed { key_info: Some(x509_data(&[&own[..own.len() / 2]])), ..base() }),
    );
    add(
        "certificate_and_more",
        "Octets follow the certificate.",
        &[NO_CERTIFICATE],
        document(&Signed { key_info: Some(x509_data(&[&[&own[..], b"more"].concat()])), ..base() }),
    );
    add(
        "certificate_junk",
        "The certificate is no base64.",
        &[NO_CERTIFICATE, FORMAT],
        document(&base()).replace("<ds:X509Certificate>", "<ds:X509Certificate>*"),
    );
    add(
        "certificate_element",
        "An element splits the certificate.",
        &[NO_CERTIFICATE, FORMAT],
        document(&base()).replace("<ds:X509Certificate>", "<ds:X509Certificate><a/>"),
    );
    add(
        "certificate_in_another_namespace",
        "The certificate is of another namespace.",
        &[NO_CERTIFICATE, FORMAT],
        document(&base()).replace("<ds:X509Data>", "<ds:X509Data xmlns:ds=\"urn:x\">"),
    );
    add(
        "certificate_outside",
        "The certificate stands outside KeyInfo, in an Object.",
        &[NO_CERTIFICATE],
        document(&Signed {
            key_info: None,
            objects: format!("<ds:Object>{}</ds:Object>", x509_data(&[own])),
            ..base()
        }),
    );
    add(
        "certificate_in_the_document",
        "The certificate stands in the document.",
        &[NO_CERTIFICATE],
        format!(
            "<doc>{ITEM}<ds:KeyInfo xmlns:ds=\"{DSIG}\">{}</ds:KeyInfo>{}</doc>",
            x509_data(&[own]),
            Signed { key_info: None, ..base() }.xml()
        ),
    );
    add(
        "second_key_info",
        "There are two KeyInfo.",
        &[FORMAT],
        document(&base()).replace(
            "</ds:KeyInfo>",
            &format!("</ds:KeyInfo><ds:KeyInfo>{}</ds:KeyInfo>", x509_data(&[&self_signed])),
        ),
    );
    add("key_info_first", "KeyInfo stands in front.", &[FORMAT], {
        let signed = base();
        format!(
            "<doc>{ITEM}{}</doc>",
            signed.around(&format!(
                "{}{}{}",
                signed.key_info_element(),
                signed.signed_info(),
                signed.signature_value()
            ))
        )
    });
    let retrieval = |uri: &str| Signed {
        key_info: Some(format!(
            "<ds:RetrievalMethod URI=\"{uri}\" Type=\"http://www.w3.org/2000/09/xmldsig#X509Data\"></ds:RetrievalMethod>"
        )),
        ..base()
    };
    add(
        "retrieval_network",
        "The key is in the network.",
        &[NO_CERTIFICATE, UNSUPPORTED],
        document(&retrieval("http://localhost:9/key.cer")),
    );
    add(
        "retrieval_file",
        "The key is in a file.",
        &[NO_CERTIFICATE, UNSUPPORTED],
        document(&retrieval("file:///etc/hostname")),
    );
    add(
        "retrieval_nobody",
        "The key is nowhere.",
        &[NO_CERTIFICATE, UNSUPPORTED],
        document(&retrieval("#nobody")),
    );
    add(
        "retrieval_loop",
        "The key is where the key is.",
        &[NO_CERTIFICATE, UNSUPPORTED, FORMAT],
        document(&retrieval("#r")).replace("<ds:RetrievalMethod", "<ds:RetrievalMethod Id=\"r\""),
    );
    add(
        "retrieval_loop_of_key_info",
        "The key is in the KeyInfo that looks for it.",
        &[NO_CERTIFICATE, UNSUPPORTED, FORMAT],
        document(&retrieval("#k")).replace("<ds:KeyInfo>", "<ds:KeyInfo Id=\"k\">"),
    );
    add("retrieval_loop_of_two", "Two methods look for the key at each other.", &[NO_CERTIFICATE, UNSUPPORTED, FORMAT], document(&Signed { key_info: Some("<ds:RetrievalMethod Id=\"r\" URI=\"#q\"></ds:RetrievalMethod><ds:RetrievalMethod Id=\"q\" URI=\"#r\"></ds:RetrievalMethod>".into()), ..base() }));

    for (name, tries, list) in [
        (
            "chain_reversed",
            "Nothing: the authority's certificate stands in front of the signer's.",
            vec![certificate("ca"), own.clone()],
        ),
        (
            "chain_with_a_stranger",
            "Nothing: a stranger's certificate, and a false authority's, come along.",
            vec![self_signed.clone(), false_authority.clone(), own.clone()],
        ),
        ("chain_twice", "Nothing: the certificate stands twice.", vec![own.clone(), own.clone()]),
    ] {
        let list: Vec<&[u8]> = list.iter().map(Vec::as_slice).collect();
        attacks.push(
            Attack::new(
                "control",
                name,
                tries,
                document(&Signed { key_info: Some(x509_data(&list)), ..base() }),
            )
            .passes(&["/doc/item[1]"], &[])
            .octets(ITEM),
        );
    }
    attacks.push(
        Attack::new(
            "algorithms",
            "key_value_of_the_attacker_ignored",
            "The attacker's bare key is put beside the signer's certificate, which fits.",
            document(&Signed { key_info: Some(key_value(&ATTACKER) + &x509_data(&[own])), ..base() }),
        )
        .passes(&["/doc/item[1]"], &[])
        .octets(ITEM)
        .or(&[FORMAT, NO_CERTIFICATE]),
    );
    xades(&mut attacks);
    attacks
}

/// SignedProperties with the digest of a certificate, as Exclusive Canonical XML writes it.
fn properties(certificate: &[u8], target: &str) -> (String, String) {
    properties_with(certificate, target, "")
}

/// The same with properties of what is signed.
fn properties_with(certificate: &[u8], target: &str, of_content: &str) -> (String, String) {
    let inner = format!(
        "<xades:SignedSignatureProperties><xades:SigningTime>2026-05-01T00:00:00Z</xades:SigningTime>\
         <xades:SigningCertificateV2><xades:Cert><xades:CertDigest><ds:DigestMethod xmlns:ds=\"{DSIG}\" \
         Algorithm=\"{SHA256}\"></ds:DigestMethod><ds:DigestValue xmlns:ds=\"{DSIG}\">{}</ds:DigestValue>\
         </xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties>{of_content}",
        encode(sha256(certificate))
    );
    let canonical =
        format!("<xades:SignedProperties xmlns:xades=\"{XADES}\" Id=\"p\">{inner}</xades:SignedProperties>");
    let object = format!(
        "<ds:Object><xades:QualifyingProperties xmlns:xades=\"{XADES}\" Target=\"{target}\">\
         <xades:SignedProperties Id=\"p\">{inner}</xades:SignedProperties></xades:QualifyingProperties></ds:Object>"
    );
    (canonical, object)
}

fn xades(attacks: &mut Vec<Attack>) {
    let kind = "http://uri.etsi.org/01903#SignedProperties";
    let signed = |(canonical, objects): (String, String), referenced: bool| {
        let second = if referenced {
            reference("#p", &canonical).replace("<ds:Reference ", &format!("<ds:Reference Type=\"{kind}\" "))
        } else {
            String::new()
        };
        let references = reference("#a", ITEM) + &second;
        let signed = Signed { objects, attributes: " Id=\"s\"", ..Signed::new(references) };
        format!("<doc>{ITEM}{}</doc>", signed.xml())
    };
    let with = |certificate: &[u8], target: &str, referenced: bool| {
        signed(properties(certificate, target), referenced)
    };
    let own = &APPLICANT.certificate_der;
    let other = certificate("applicant2");
    attacks.push(
        Attack::new(
            "control",
            "xades",
            "Nothing: a signature with signed properties (XAdES).",
            with(own, "#s", true),
        )
        .passes(&["/doc/item[1]"], &[])
        .octets(ITEM),
    );
    let mut add = |name: &str, tries: &str, expected: &[&'static str], document: String| {
        attacks.push(Attack::new("algorithms", name, tries, document).expect(expected));
    };
    let wrong = [FORMAT, NO_CERTIFICATE, TWIN];
    add(
        "xades_other_certificate",
        "The signed properties name another certificate than KeyInfo.",
        &[NO_CERTIFICATE],
        with(&other, "#s", true),
    );
    add("xades_other_target", "The properties are of another signature.", &wrong, with(own, "#other", true));
    add(
        "xades_no_target",
        "The properties have no target.",
        &wrong,
        with(own, "#s", true).replace(" Target=\"#s\"", ""),
    );
    add(
        "xades_changed",
        "The signed properties are changed.",
        &[HASH],
        with(own, "#s", true).replace("2026-05-01", "2020-05-01"),
    );
    // The signed properties are referred to without a Type, and move into another signature that is valid.
    let (canonical, object) = properties(&other, "#s");
    let untyped = reference("#a", ITEM) + &reference("#p", &canonical);
    let first = |objects: &str| {
        let objects = objects.to_owned();
        Signed { objects, attributes: " Id=\"s\"", ..Signed::new(untyped.clone()) }.xml()
    };
    let second = |objects: &str| {
        let objects = objects.to_owned();
        Signed { objects, attributes: " Id=\"s2\"", ..Signed::new(reference("#b", FORGED)) }.xml()
    };
    let both = |first: String, second: String| format!("<doc>{ITEM}<w>{FORGED}</w>{first}{second}</doc>");
    add(
        "xades_untyped_other_certificate",
        "Properties that name another certificate, referred to without a Type.",
        &[NO_CERTIFICATE, TWIN],
        both(first(&object), second("")),
    );
    for (name, target) in [("xades_untyped_moved", "#s"), ("xades_untyped_moved_target", "#s2")] {
        let object = object.replace("Target=\"#s\"", &format!("Target=\"{target}\""));
        add(
            name,
            "The same moved into another signature, so that they bind the signer no more.",
            &[FORMAT],
            both(first(""), second(&object)),
        );
    }
    // The Object that holds the properties is signed, and moves.
    let (_, object) = properties(&other, "#s");
    let object = object.replacen("<ds:Object>", "<ds:Object Id=\"o\">", 1);
    let canonical = object
        .replacen("<ds:Object ", &format!("<ds:Object xmlns:ds=\"{DSIG}\" "), 1)
        .replace(&format!("<ds:DigestMethod xmlns:ds=\"{DSIG}\""), "<ds:DigestMethod")
        .replace(&format!("<ds:DigestValue xmlns:ds=\"{DSIG}\""), "<ds:DigestValue");
    let held = reference("#a", ITEM) + &reference("#o", &canonical);
    let holder = |objects: &str, id: &'static str| {
        let objects = objects.to_owned();
        Signed { objects, attributes: id, ..Signed::new(held.clone()) }.xml()
    };
    add(
        "xades_object_other_certificate",
        "The Object of properties that name another certificate is signed.",
        &[NO_CERTIFICATE, TWIN],
        both(holder(&object, " Id=\"s\""), second("")),
    );
    let time = "<xades:SigningTime>2026-05-01T00:00:00Z</xades:SigningTime>";
    let time = time.replacen('>', &format!(" xmlns:xades=\"{XADES}\">"), 1);
    let by_path = transform(XPATH, "<ds:XPath>ancestor-or-self::*[local-name()='SigningTime']</ds:XPath>");
    let touching = reference_by("", &(by_path + &transform(EXCLUSIVE, "")), time.as_bytes());
    let carrier = Signed { objects: object.clone(), attributes: " Id=\"s\"", ..Signed::new(touching) }.xml();
    add(
        "xades_object_moved",
        "It moves into another signature, which signs a part of it and bears the identifier now.",
        &[FORMAT],
        both(holder("", " Id=\"t\""), carrier),
    );
    let over_object = reference("#o", &canonical);
    let carrier =
        Signed { objects: object.clone(), attributes: " Id=\"s\"", ..Signed::new(over_object) }.xml();
    add(
        "xades_object_moved_and_signed",
        "It moves into another signature, which signs it, and is not what it says either.",
        &[FORMAT],
        both(holder("", " Id=\"t\""), carrier),
    );
    add(
        "xades_object_outside",
        "It moves beside the signature.",
        &[FORMAT],
        both(holder("", " Id=\"s\""), canonical.clone()),
    );
    // They are adopted by a signature that is wrong, or that they do not bind.
    let (mine, my_object) = properties(own, "#s");
    let nameless = |text: &str| {
        let (start, end) = ("<xades:SigningCertificateV2>", "</xades:SigningCertificateV2>");
        let (start, end) = (text.find(start).expect("a start"), text.find(end).expect("an end") + end.len());
        [&text[..start], &text[end..]].concat()
    };
    let garbage = |xml: String| {
        let start = xml.find("<ds:SignatureValue>").expect("a value") + "<ds:SignatureValue>".len();
        format!("{}AAAA{}", &xml[..start], &xml[start + 4..])
    };
    for (name, tries, canonical, object, is_made_up) in [
        (
            "xades_adopted_by_a_wrong_signature",
            "Properties without a Type move into a signature whose value is made up.",
            mine.clone(),
            my_object.clone(),
            true,
        ),
        (
            "xades_adopted_without_a_name",
            "Properties that name no certificate, without a Type, move into a signature that is right.",
            nameless(&mine),
            nameless(&my_object),
            false,
        ),
    ] {
        let over = reference("#p", &canonical);
        let victim = Signed { attributes: " Id=\"t\"", ..Signed::new(reference("#a", ITEM) + &over) };
        let adopter = reference("#b", FORGED) + &over;
        let adopter = Signed { objects: object, attributes: " Id=\"s\"", ..Signed::new(adopter) }.xml();
        let adopter = if is_made_up { garbage(adopter) } else { adopter };
        add(name, tries, &[FORMAT], both(victim.xml(), adopter));
    }
    // What is wrong with the properties of one is no fault of its co-signer, who has his own.
    let faulty = |text: &str| text.replace("2026-05-01T00:00:00Z", "yesterday");
    let typed = |id: &str, canonical: &str| {
        reference(id, canonical).replace("<ds:Reference ", &format!("<ds:Reference Type=\"{kind}\" "))
    };
    let first = reference("#a", ITEM) + &typed("#p", &faulty(&mine));
    let first = Signed { objects: faulty(&my_object), attributes: " Id=\"s\"", ..Signed::new(first) };
    let renamed = |text: &str| text.replace("Id=\"p\"", "Id=\"q\"").replace("#s\"", "#s2\"");
    let second_signs =
        reference("#a", ITEM) + &reference("#p", &faulty(&mine)) + &typed("#q", &renamed(&mine));
    let co_signer =
        Signed { objects: renamed(&my_object), attributes: " Id=\"s2\"", ..Signed::new(second_signs) };
    let co_signed = format!("<doc>{ITEM}{}{}</doc>", first.xml(), co_signer.xml());
    // Those that he signed as a co-signer take the place of his own, which move out of the signature.
    let untyped = reference("#a", ITEM) + &reference("#p", &mine) + &reference("#q", &renamed(&mine));
    let swapped = Signed { objects: my_object.clone(), attributes: " Id=\"s\"", ..Signed::new(untyped) };
    add(
        "xades_co_signed_in_place",
        "Properties signed for a co-signer take the place of the signer's own.",
        &[FORMAT],
        format!("<doc>{ITEM}{}<w>{}</w></doc>", swapped.xml(), renamed(&mine)),
    );
    // Two are signed.
    let second_id = |text: &str| text.replace("Id=\"p\"", "Id=\"q\"").replace("2026-05-01", "2020-05-01");
    let (yours, your_object) = properties(&other, "#s");
    let (yours, your_object) = (second_id(&yours), second_id(&your_object));
    let kind_of =
        |reference: String| reference.replace("<ds:Reference ", &format!("<ds:Reference Type=\"{kind}\" "));
    let references =
        reference("#a", ITEM) + &kind_of(reference("#p", &mine)) + &kind_of(reference("#q", &yours));
    for (name, objects) in [
        ("xades_two_signed", format!("{my_object}{your_object}")),
        ("xades_two_signed_other_order", format!("{your_object}{my_object}")),
    ] {
        let signed = Signed { objects, attributes: " Id=\"s\"", ..Signed::new(references.clone()) };
        add(
            name,
            "Two sets of properties are signed, which say different things; their order is not signed.",
            &wrong,
            format!("<doc>{ITEM}{}</doc>", signed.xml()),
        );
    }
    attacks.push(
        Attack::new(
            "control",
            "xades_co_signer",
            "Nothing: a co-signer signs the properties of the first, whose time cannot be read.",
            co_signed,
        )
        .passes(&["/doc/item[1]"], &[]),
    );
    let mut add = |name: &str, tries: &str, expected: &[&'static str], document: String| {
        attacks.push(Attack::new("algorithms", name, tries, document).expect(expected));
    };
    // The signed properties are not where they are looked for.
    let right = with(own, "#s", true);
    let (start, end) =
        (right.find("<ds:Object>").expect("an Object"), right.find("</ds:Signature>").expect("an end"));
    let real = &right[start..end];
    let fake = properties(&other, "#s").1.replace("Id=\"p\"", "Id=\"q\"").replace("2026-05-01", "2020-05-01");
    let moved = |objects: &str| [&right[..start], objects, &right[end..]].concat();
    let inner = real.trim_start_matches("<ds:Object>").trim_end_matches("</ds:Object>");
    let properties_start = real.find("<xades:SignedProperties").expect("properties");
    let bare = &real[properties_start..real.find("</xades:QualifyingProperties>").expect("their end")];
    let bare = bare.replacen(
        "<xades:SignedProperties",
        &format!("<xades:SignedProperties xmlns:xades=\"{XADES}\""),
        1,
    );
    for (name, tries, objects) in [
        (
            "xades_in_element",
            "They move into an element of the Object.",
            format!("<ds:Object><w>{inner}</w></ds:Object>"),
        ),
        (
            "xades_in_element_fake",
            "The same, and others take their place.",
            format!("{fake}<ds:Object><w>{inner}</w></ds:Object>"),
        ),
        ("xades_bare", "They stand in the Object by themselves.", format!("<ds:Object>{bare}</ds:Object>")),
        (
            "xades_bare_fake",
            "The same, and others take their place.",
            format!("{fake}<ds:Object>{bare}</ds:Object>"),
        ),
        (
            "xades_in_object_in_object",
            "They move into an Object in the Object.",
            format!("<ds:Object>{real}</ds:Object>"),
        ),
        ("xades_beside_fake", "Others that are not signed stand before them.", format!("{fake}{real}")),
    ] {
        add(name, tries, &[FORMAT, TWIN], moved(&objects));
    }
    // The signature that has them lies beside or within a copy of itself without them.
    let start_of_it = right.find("<ds:Signature").expect("a signature");
    let whole = &right[start_of_it..right.find("</doc>").expect("the end")];
    let bare = |objects: &str| {
        let start = whole.find("<ds:Object>").expect("an Object");
        format!("{}{objects}</ds:Signature>", &whole[..start]).replacen(" Id=\"s\"", "", 1)
    };
    for (name, tries, signatures) in [
        (
            "xades_beside_copy",
            "A copy of the signature without its properties stands before it.",
            bare("") + whole,
        ),
        (
            "xades_in_copy",
            "The signature moves into an Object of a copy of itself without its properties.",
            bare(&format!("<ds:Object>{whole}</ds:Object>")),
        ),
    ] {
        add(name, tries, &[FORMAT], format!("<doc>{ITEM}{signatures}</doc>"));
    }
    let properties_of = |text: &str| {
        text.replace(
            "</ds:Object></ds:Signature>",
            &format!(
                "</ds:Object>{}</ds:Signature>",
                properties(&other, "#s").1.replace("Id=\"p\"", "Id=\"q\"")
            ),
        )
    };
    attacks.push(
        Attack::new(
            "algorithms",
            "xades_second_properties",
            "A second QualifyingProperties, which is not signed, comes along; it is reported.",
            properties_of(&with(own, "#s", true)),
        )
        .passes(&["/doc/item[1]"], &["/doc/ds:Signature[1]/ds:Object[2]"])
        .octets(ITEM)
        .or(&[FORMAT, NO_CERTIFICATE, TWIN]),
    );
    attacks.push(
        Attack::new(
            "algorithms",
            "xades_not_referenced",
            "Properties are added that no reference covers; they are reported and count for nothing.",
            with(own, "#s", false),
        )
        .passes(&["/doc/item[1]"], &["/doc/ds:Signature[1]/ds:Object[1]"])
        .octets(ITEM)
        .or(&wrong),
    );
    attacks.push(
        Attack::new(
            "algorithms",
            "xades_not_referenced_other",
            "Properties that no reference covers name another certificate.",
            with(&other, "#s", false),
        )
        .passes(&["/doc/item[1]"], &["/doc/ds:Signature[1]/ds:Object[1]"])
        .octets(ITEM)
        .or(&wrong),
    );
    let format = "<xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference=\"#b\">\
                  <xades:MimeType>text/html</xades:MimeType></xades:DataObjectFormat>\
                  </xades:SignedDataObjectProperties>";
    attacks.push(
        Attack::new(
            "algorithms",
            "xades_object_reference_unmatched",
            "A signed DataObjectFormat says what something is that no Reference names; that is reported.",
            signed(properties_with(own, "#s", format), true).replace("</doc>", "<other Id=\"b\"/></doc>"),
        )
        .passes(&["/doc/item[1]"], &["/doc/other[1]"])
        .octets(ITEM)
        .or(&[FORMAT, TWIN]),
    );
    let unsigned =
        "/doc/ds:Signature[1]/ds:Object[1]/xades:QualifyingProperties[1]/xades:UnsignedProperties[1]";
    for (name, tries, attributes, inside, left) in [
        (
            "xades_instruction_in_unsigned_properties",
            "An instruction stands in unsigned properties; it is reported.",
            "",
            "<?pay 999?>",
            "processing-instruction()",
        ),
        (
            "xades_attribute_of_unsigned_properties",
            "Unsigned properties have attributes that they do not have; they are reported.",
            " xml:lang=\"kk\" pay=\"999\"",
            "",
            "@*",
        ),
    ] {
        let put = format!("<xades:UnsignedProperties{attributes}>{inside}</xades:UnsignedProperties>");
        let end = "</xades:QualifyingProperties>";
        attacks.push(
            Attack::new(
                "algorithms",
                name,
                tries,
                with(own, "#s", true).replacen(end, &format!("{put}{end}"), 1),
            )
            .passes(&["/doc/item[1]"], &[&format!("{unsigned}/{left}")])
            .octets(ITEM)
            .or(&[FORMAT]),
        );
    }
}
