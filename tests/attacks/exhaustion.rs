//! Resource exhaustion: small or large documents that ask for much work or memory.

use super::signed::*;
use super::wrapping::ITEM;
use super::{
    Attack, FORMAT, HASH, LIMIT, MALFORMED, NO_CERTIFICATE, PASSED, READER_LIMIT, UNSUPPORTED, VALUE,
};

const MEGABYTE: usize = 1 << 20;

fn right() -> String {
    format!("{ITEM}{}", sign(reference("#a", ITEM)))
}

pub(super) fn attacks() -> Vec<Attack> {
    let mut attacks = Vec::new();
    let class = "exhaustion";
    // Good signatures in documents that are a burden to read.
    let mut passes = |name: &str, tries: &str, make: fn() -> String| {
        let mut attack = Attack::made(class, name, tries, make).octets(ITEM);
        attack.expected.push(PASSED);
        // Names of a namespace have a bound; so has a tag of a document that is read from its file.
        if matches!(name, "long_namespace" | "attribute" | "references") {
            attack.expected.push(READER_LIMIT);
        }
        attack.covered.push("/doc/item[1]".into());
        attacks.push(attack);
    };
    passes(
        "properties_named_again",
        "A hundred references to an Object of twenty thousand properties, of a document read from its file.",
        || {
            let property = format!("<x:SigningTime xmlns:x=\"{XADES}\"></x:SigningTime>");
            let content = format!(" Id=\"o\">{}</ds:Object>", property.repeat(20_000));
            let canonical = format!("<ds:Object xmlns:ds=\"{DSIG}\"{content}");
            let references = reference("#a", ITEM) + &reference("#o", &canonical).repeat(99);
            let objects = format!("<ds:Object{content}");
            let signature = Signed { objects, ..Signed::new(references) }.xml();
            format!("<doc>{ITEM}{signature}{}</doc>", " ".repeat(4 * MEGABYTE))
        },
    );
    passes("text", "Sixteen megabytes of text.", || {
        format!("<doc>{}{}</doc>", right(), "мәтін ".repeat(16 * MEGABYTE / 11))
    });
    passes("attribute", "An attribute of eight megabytes.", || {
        format!("<doc>{}<b c='{}'/></doc>", right(), "x".repeat(8 * MEGABYTE))
    });
    passes("references", "Text and attributes of references.", || {
        format!("<doc>{}<b c='{}'/>{}</doc>", right(), "&#9;".repeat(MEGABYTE), "&amp;".repeat(MEGABYTE))
    });
    passes("cdata", "A hundred thousand CDATA sections.", || {
        format!("<doc>{}{}</doc>", right(), "<![CDATA[]]]>".repeat(0) + &"<![CDATA[x]]>".repeat(100_000))
    });
    passes("comments", "Three hundred thousand comments.", || {
        format!("<doc>{}{}</doc>", right(), "<!---->".repeat(300_000))
    });
    passes("instructions", "Three hundred thousand instructions.", || {
        format!("<doc>{}{}</doc>", right(), "<?x?>".repeat(300_000))
    });
    passes("elements", "A million elements.", || {
        format!("<doc>{}{}</doc>", right(), "<a/>".repeat(1_000_000))
    });
    passes("identifiers", "Two hundred thousand identifiers.", || {
        let many: String = (0..200_000).map(|at| format!("<i Id='i{at}'/>")).collect();
        format!("<doc>{many}{}</doc>", right())
    });
    passes("names", "Two hundred thousand different names.", || {
        let many: String = (0..200_000).map(|at| format!("<n{at}/>")).collect();
        format!("<doc>{}{many}</doc>", right())
    });
    passes("long_name", "Elements in one with a name of a megabyte.", || {
        let name = "n".repeat(MEGABYTE);
        format!("<doc>{}<{name}>{}</{name}></doc>", right(), "<a/>".repeat(60_000))
    });
    passes("long_names", "Thirty names of a hundred thousand letters, nested.", || {
        let name = "n".repeat(100_000);
        format!("<doc>{}{}{}</doc>", right(), format!("<{name}>").repeat(30), format!("</{name}>").repeat(30))
    });
    passes("namespaces_in_scope", "Two hundred thousand elements in the scope of 250 namespaces.", || {
        let many: String = (0..250).map(|at| format!(" xmlns:p{at}='urn:{at}'")).collect();
        format!("<doc>{}<w{many}>{}</w></doc>", right(), "<a/>".repeat(200_000))
    });
    passes("namespaces_anew", "A hundred thousand elements that each declare ten namespaces.", || {
        let many: String = (0..10).map(|at| format!(" xmlns:p{at}='u:{at}'")).collect();
        format!("<doc>{}{}</doc>", right(), format!("<a{many}/>").repeat(100_000))
    });
    passes(
        "long_namespace",
        "A hundred thousand elements in a namespace whose name is a megabyte long.",
        || {
            format!(
                "<doc>{}<w xmlns='urn:{}'>{}</w></doc>",
                right(),
                "x".repeat(MEGABYTE),
                "<a/>".repeat(100_000)
            )
        },
    );
    passes("attributes", "Two thousand elements of a thousand attributes.", || {
        let many: String = (0..999).map(|at| format!(" a{at}=''")).collect();
        format!("<doc>{}{}</doc>", right(), format!("<a{many}/>").repeat(2_000))
    });
    passes("nesting", "Twenty thousand towers of 250 elements.", || {
        let tower = "<n>".repeat(250) + &"</n>".repeat(250);
        format!("<doc>{}{}</doc>", right(), tower.repeat(5_000))
    });
    passes("colliding_names", "Attributes whose names differ in their last letter only.", || {
        let many: String = (0..900).map(|at| format!(" {}{at}=''", "a".repeat(1_000))).collect();
        format!("<doc>{}{}</doc>", right(), format!("<a{many}/>").repeat(8))
    });
    let mut expect = |name: &str, tries: &str, expected: &[&'static str], make: fn() -> String| {
        attacks.push(Attack::made(class, name, tries, make).expect(expected));
    };
    // Limits of the reader.
    expect("depth", "A hundred thousand nested elements.", &[READER_LIMIT], || {
        format!("<doc>{}{}{}</doc>", right(), "<n>".repeat(100_000), "</n>".repeat(100_000))
    });
    expect("depth_unclosed", "Three million elements that do not end.", &[READER_LIMIT], || {
        "<n>".repeat(3_000_000)
    });
    expect("attributes_of_one", "A hundred thousand attributes of one element.", &[READER_LIMIT], || {
        let many: String = (0..100_000).map(|at| format!(" a{at}=''")).collect();
        format!("<doc{many}>{}</doc>", right())
    });
    expect("namespaces_of_one", "A hundred thousand namespaces of one element.", &[READER_LIMIT], || {
        let many: String = (0..100_000).map(|at| format!(" xmlns:p{at}='urn:{at}'")).collect();
        format!("<doc{many}>{}</doc>", right())
    });
    expect(
        "namespaces_nested",
        "Each of 250 nested elements declares ten namespaces.",
        &[READER_LIMIT],
        || {
            let open: String = (0..250)
                .map(|depth| {
                    format!(
                        "<n{}>",
                        (0..10).map(|at| format!(" xmlns:p{depth}.{at}='u:{at}'")).collect::<String>()
                    )
                })
                .collect();
            format!("<doc>{}{open}{}</doc>", right(), "</n>".repeat(250))
        },
    );
    expect("signatures", "A signature more than is read.", &[READER_LIMIT], || {
        format!("<doc>{ITEM}{}</doc>", sign(reference("#a", ITEM)).repeat(101))
    });
    expect("empty_signatures", "A hundred thousand empty signatures.", &[READER_LIMIT], || {
        format!("<doc>{}</doc>", format!("<s:Signature xmlns:s='{DSIG}'/>").repeat(100_000))
    });
    expect("one_identifier", "Two hundred thousand elements bear the identifier.", &[FORMAT], || {
        format!("<doc>{}{}</doc>", "<i Id='a'/>".repeat(200_000), right())
    });
    expect(
        "one_long_identifier",
        "Ten thousand elements bear an identifier of a thousand letters.",
        &[FORMAT],
        || {
            let id = "i".repeat(1_000);
            let item = format!("<item Id=\"{id}\"></item>");
            format!(
                "<doc>{}{item}{}</doc>",
                format!("<i Id='{id}'/>").repeat(10_000),
                sign(reference(&format!("#{id}"), &item))
            )
        },
    );
    for (name, tries, piece) in [
        ("unclosed_comments", "Comments that do not end.", "<!--"),
        ("unclosed_instructions", "Instructions that do not end.", "<?"),
        ("unclosed_sections", "CDATA sections that do not end.", "<![CDATA["),
        ("signs", "Signs of markup.", "<"),
        ("ampersands", "Ampersands.", "&"),
        ("brackets", "Ends of CDATA sections.", "]]"),
        ("quotes", "Attributes that do not end.", "<a b='"),
    ] {
        attacks.push(
            Attack::made(class, name, tries, move || {
                format!("<doc>{}", piece.repeat(8 * MEGABYTE / piece.len()))
            })
            .expect(&[MALFORMED]),
        );
    }
    let mut expect = |name: &str, tries: &str, expected: &[&'static str], make: fn() -> String| {
        attacks.push(Attack::made(class, name, tries, make).expect(expected));
    };
    // Limits of a signature.
    expect("reference_count", "A hundred and one references.", &[LIMIT, READER_LIMIT], || {
        format!("<doc>{ITEM}{}</doc>", sign(reference("#a", ITEM).repeat(101)))
    });
    expect("many_references", "Ten thousand references.", &[LIMIT, READER_LIMIT], || {
        format!("<doc>{ITEM}{}</doc>", sign(reference("#a", ITEM).repeat(10_000)))
    });
    expect("references_over_all", "A hundred references to the whole of a megabyte.", &[LIMIT], || {
        let content = format!("<item Id=\"a\">{}</item>", "x".repeat(MEGABYTE));
        format!("<doc>{content}{}</doc>", sign(reference("#a", &content).repeat(100)))
    });
    expect(
        "references_by_all_methods",
        "A hundred references to a megabyte of markup, each by other prefixes.",
        &[LIMIT, HASH],
        || {
            let content = format!("<item Id=\"a\">{}</item>", "<a></a>".repeat(MEGABYTE / 7));
            let references: String = (0..100)
            .map(|at| {
                let list = format!("<i:InclusiveNamespaces xmlns:i=\"{EXCLUSIVE}\" PrefixList=\"p{at}\"></i:InclusiveNamespaces>");
                reference_of("#a", &transform(EXCLUSIVE, &list), SHA256, &sha256(content.as_bytes()))
            })
            .collect();
            format!("<doc>{content}{}</doc>", sign(references))
        },
    );
    expect(
        "enveloped_many_times",
        "A hundred signatures take themselves out of a megabyte, and none fits.",
        &[HASH, LIMIT],
        || {
            let signature = sign(enveloped("", "wrong"));
            format!("<doc>{}{}</doc>", "<a>x</a>".repeat(MEGABYTE / 8), signature.repeat(100))
        },
    );
    expect(
        "transforms",
        "Ten thousand transforms of one reference.",
        &[UNSUPPORTED, LIMIT, READER_LIMIT, FORMAT],
        || {
            format!(
                "<doc>{ITEM}{}</doc>",
                sign(reference_by("#a", &transform(EXCLUSIVE, "").repeat(10_000), ITEM.as_bytes()))
            )
        },
    );
    expect(
        "prefixes",
        "A list of fifty thousand prefixes for fifty thousand elements.",
        &[HASH, LIMIT],
        || {
            let declared: String = (0..250).map(|at| format!(" xmlns:p{at}='urn:{at}'")).collect();
            let list: String = (0..50_000).map(|at| format!("q{at} ")).collect();
            let list = format!(
                "<i:InclusiveNamespaces xmlns:i=\"{EXCLUSIVE}\" PrefixList=\"{list}\"></i:InclusiveNamespaces>"
            );
            let reference = reference_by("", &(transform(ENVELOPED, "") + &transform(EXCLUSIVE, &list)), b"");
            format!("<doc{declared}>{}{}</doc>", "<a/>".repeat(50_000), sign(reference))
        },
    );
    expect(
        "xpath_on_many_nodes",
        "A filter that looks at all nodes from each of more than a hundred thousand.",
        &[UNSUPPORTED, LIMIT],
        || {
            let content = format!("<item Id=\"a\">{}</item>", "<a></a>".repeat(110_000));
            let filter =
                transform(XPATH, "<ds:XPath>count(//node()) &gt; count(ancestor-or-self::node())</ds:XPath>");
            format!(
                "<doc>{content}{}</doc>",
                sign(reference_by("#a", &(filter + &transform(EXCLUSIVE, "")), content.as_bytes()))
            )
        },
    );
    expect(
        "xpath_on_many_nodes_again",
        "Two thousand filters in a document of more nodes than a tree may have.",
        &[UNSUPPORTED, LIMIT],
        || {
            let content = format!("<item Id=\"a\">{}</item>", "<a></a>".repeat(110_000));
            let filter = transform(XPATH, "<ds:XPath>not(ancestor-or-self::ds:Signature)</ds:XPath>");
            let once = reference_by("", &(filter + &transform(EXCLUSIVE, "")), content.as_bytes());
            format!("<doc>{content}{}</doc>", sign(once.repeat(2_000)))
        },
    );
    expect(
        "retrieval_again",
        "A hundred signatures whose keys are all to be looked for in one element of very many.",
        &[NO_CERTIFICATE, LIMIT],
        || {
            let retrievals = "<ds:RetrievalMethod URI=\"#z\"></ds:RetrievalMethod>".repeat(8);
            let signature =
                Signed { key_info: Some(retrievals), ..Signed::new(reference("#a", ITEM)) }.xml().repeat(100);
            format!("<doc>{ITEM}<z Id=\"z\">{}</z>{signature}</doc>", "<b/>".repeat(22_500))
        },
    );
    expect(
        "manifests_in_one_another",
        "Thirty signatures, each of which asks for sixty Manifests within one another around many comments.",
        &[LIMIT, UNSUPPORTED, HASH],
        || {
            let open: String = (0..60).map(|at| format!("<ds:Manifest Id=\"m{at}\">")).collect();
            let inside = format!("{open}{}{}", "<!---->".repeat(60_000), "</ds:Manifest>".repeat(60));
            let canonical = |at: usize| {
                let start = format!("<ds:Manifest xmlns:ds=\"{DSIG}\" Id=\"m{at}\">");
                let inner: String = (at + 1..60).map(|at| format!("<ds:Manifest Id=\"m{at}\">")).collect();
                format!("{start}{inner}{}", "</ds:Manifest>".repeat(60 - at))
            };
            let entries: String = (0..60).map(|at| reference(&format!("#m{at}"), &canonical(at))).collect();
            let outer = format!("<ds:Manifest Id=\"o\">{entries}</ds:Manifest>");
            let declared = outer.replacen(" Id=", &format!(" xmlns:ds=\"{DSIG}\" Id="), 1);
            let signature = sign(reference("#o", &declared)).repeat(30);
            format!("<doc><w xmlns:ds=\"{DSIG}\">{inside}{outer}</w>{signature}</doc>")
        },
    );
    expect(
        "xpath_deep",
        "A filter of a hundred thousand parentheses.",
        &[UNSUPPORTED, LIMIT, FORMAT],
        || {
            let filter = format!("<ds:XPath>{}true(){}</ds:XPath>", "(".repeat(100_000), ")".repeat(100_000));
            format!(
                "<doc>{ITEM}{}</doc>",
                sign(reference_by(
                    "#a",
                    &(transform(XPATH, &filter) + &transform(EXCLUSIVE, "")),
                    ITEM.as_bytes()
                ))
            )
        },
    );
    expect("xpath_long", "A filter of a hundred thousand steps.", &[UNSUPPORTED, LIMIT, FORMAT], || {
        let filter =
            format!("<ds:XPath>self::node(){}</ds:XPath>", "/ancestor-or-self::node()".repeat(100_000));
        format!(
            "<doc>{ITEM}{}</doc>",
            sign(reference_by(
                "#a",
                &(transform(XPATH, &filter) + &transform(EXCLUSIVE, "")),
                ITEM.as_bytes()
            ))
        )
    });
    expect(
        "xpath_union",
        "A filter of a hundred thousand alternatives.",
        &[UNSUPPORTED, LIMIT, FORMAT],
        || {
            let filter = format!("<ds:XPath>true(){}</ds:XPath>", " or true()".repeat(100_000));
            format!(
                "<doc>{ITEM}{}</doc>",
                sign(reference_by("#a", &(transform(XPATH, &filter) + &transform(EXCLUSIVE, "")), b""))
            )
        },
    );
    expect("digest_of_megabytes", "A digest of eight megabytes.", &[HASH, FORMAT, LIMIT], || {
        format!(
            "<doc>{ITEM}{}</doc>",
            sign(reference_of("#a", &transform(EXCLUSIVE, ""), SHA256, &[0; 6 * MEGABYTE]))
        )
    });
    expect("value_of_megabytes", "A value of eight megabytes.", &[VALUE, FORMAT, LIMIT], || {
        format!(
            "<doc>{ITEM}{}</doc>",
            Signed { value: Value::Octets(&[0; 6 * MEGABYTE]), ..Signed::new(reference("#a", ITEM)) }.xml()
        )
    });
    expect("certificate_of_megabytes", "A certificate of eight megabytes.", &[NO_CERTIFICATE, LIMIT], || {
        format!(
            "<doc>{ITEM}{}</doc>",
            Signed {
                key_info: Some(x509_data(&[&[0x30; 6 * MEGABYTE]])),
                ..Signed::new(reference("#a", ITEM))
            }
            .xml()
        )
    });
    expect(
        "broken_certificates",
        "Five thousand broken certificates.",
        &[NO_CERTIFICATE, LIMIT, READER_LIMIT, VALUE],
        || {
            let many: Vec<Vec<u8>> = (0..5_000_u32).map(|at| at.to_be_bytes().to_vec()).collect();
            let list: Vec<&[u8]> = many.iter().map(Vec::as_slice).collect();
            format!(
                "<doc>{ITEM}{}</doc>",
                Signed { key_info: Some(x509_data(&list)), ..Signed::new(reference("#a", ITEM)) }.xml()
            )
        },
    );
    attacks.push({
        let make = || {
            let own = APPLICANT.certificate_der.as_slice();
            format!(
                "<doc>{ITEM}{}</doc>",
                Signed { key_info: Some(x509_data(&[own; 3_000])), ..Signed::new(reference("#a", ITEM)) }
                    .xml()
            )
        };
        let attack = Attack::made(class, "certificates", "The certificate three thousand times.", make);
        attack.passes(&["/doc/item[1]"], &[]).octets(ITEM).or(&[LIMIT, READER_LIMIT])
    });
    attacks.push({
        let make = || {
            let content = format!("<item Id=\"a\">{}</item>", "<b>мәтін</b>".repeat(20_000));
            format!("<doc>{content}{}</doc>", sign(reference("#a", &content)).repeat(100))
        };
        let attack =
            Attack::made(class, "signatures_over_all", "A hundred signatures over one large content.", make);
        attack.passes(&["/doc/item[1]"], &[]).or(&[LIMIT])
    });
    attacks.push({
        let make = || {
            let items: String =
                (0..90).map(|at| format!("<item Id=\"i{at}\">{}</item>", "x".repeat(10_000))).collect();
            let signatures: String = (0..90)
                .map(|at| {
                    sign(reference(
                        &format!("#i{at}"),
                        &format!("<item Id=\"i{at}\">{}</item>", "x".repeat(10_000)),
                    ))
                })
                .collect();
            format!("<doc>{items}{}{signatures}</doc>", "<a/>".repeat(100_000))
        };
        let mut attack = Attack::made(
            class,
            "signatures_of_parts",
            "Ninety signatures of a part each among a hundred thousand elements.",
            make,
        );
        attack.expected.push(PASSED);
        attack.covered = (1..=90).map(|at| format!("/doc/item[{at}]")).collect();
        attack
    });
    attacks.push({
        let make = || {
            let strange = "<ds:X509Data>t<ds:a></ds:a><ds:a></ds:a></ds:X509Data>".repeat(4_000);
            let key_info = x509_data(&[APPLICANT.certificate_der.as_slice()]) + &strange;
            let objects = "<ds:Object>t</ds:Object>".repeat(4_000);
            let signature =
                Signed { key_info: Some(key_info), objects, ..Signed::new(reference("#a", ITEM)) }.xml();
            format!("<doc>{ITEM}{}</doc>", signature.repeat(20))
        };
        let tries = "Twenty signatures that each hold thousands of things that are no part of them.";
        let attack = Attack::made(class, "strangers_in_signatures", tries, make);
        attack.passes(&["/doc/item[1]"], &[]).octets(ITEM).or(&[LIMIT, READER_LIMIT])
    });
    attacks.push({
        let make = || {
            let declaration = format!(" xmlns:ds=\"{DSIG}\"");
            let outermost = format!("<ds:Signature{declaration}");
            let (mut before, mut after) = ("<doc Id=\"r\">".to_owned(), "</doc>".to_owned());
            for level in 0..100 {
                let content = format!("<a{level} Id=\"a{level}\"></a{level}>");
                let around = format!("{before}{after}").replace(&declaration, "");
                let around = enveloped("#r", &around.replacen("<ds:Signature", &outermost, 1));
                let own = sign(around + &reference(&format!("#a{level}"), &content));
                let own = own.trim_end_matches("</ds:Signature>");
                before = format!("{before}{own}<ds:Object>{content}<?x?>");
                after = format!("</ds:Object></ds:Signature>{after}");
            }
            format!("<?beside?>{before}<b>{}</b>{after}", "x".repeat(4 * MEGABYTE))
        };
        let tries = "A hundred nested signatures whose Objects are to be read again for an instruction each.";
        let attack = Attack::made(class, "nested_objects_with_instructions", tries, make);
        attack.passes(&["/doc"], &["/doc/ds:Signature[1]/ds:Object[1]/processing-instruction()"])
    });
    attacks
}
