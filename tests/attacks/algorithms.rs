//! Algorithm confusion: values, keys and certificates that are not what they are taken for.

use super::signed::*;
use super::wrapping::{FORGED, ITEM};
use super::{
    Attack, BAD_CHAIN, CONSTRAINTS, FORMAT, HASH, NO_CERTIFICATE, NO_CHAIN, UNSUPPORTED, VALUE, WEAK,
};

const HMAC_SHA1: &str = "http://www.w3.org/2000/09/xmldsig#hmac-sha1";
const HMAC_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";

pub(super) fn certificate(name: &str) -> Vec<u8> {
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
    attacks
}
