//! What xmlsec1 signs verifies here, what is signed here verifies with xmlsec1, and canonical forms are
//! those of libxml2.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use qoltanba::asn1::pem;
use qoltanba::service::verify::sign_xml;
use qoltanba::signature::sign::Profile;
use qoltanba::validation::Indication;
use qoltanba::xml::c14n::{Apex, Canonicalization, Comments, canonicalize};
use qoltanba::xml::{Document, Limits};

use crate::common::{ECDSA, Pki, RSA, has_tool, now, outcome};
use crate::encodings::in_every_encoding;

/// Name of the element with the identifier "doc", its namespace, and the document; `@` is where a
/// signature of that element goes.
const SOURCES: &[(&str, &str, &str)] = &[
    ("a", "", "<a Id=\"doc\">@</a>"),
    (
        "өтініш",
        "urn:test",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<өтініш xmlns=\"urn:test\" Id=\"doc\"><аты>Әсет \
         Ғани ұлы, Қазақстан</аты>@</өтініш>",
    ),
    (
        "a",
        "",
        "<!-- before --><?before it?>\n<a Id=\"doc\"><!-- in --><b/><?in it?><!--->-->@</a>\n<!-- after -->\
         <?after?>",
    ),
    (
        "p:item",
        "urn:p",
        "<root xmlns=\"urn:default\" xmlns:p=\"urn:p\" xmlns:unused=\"urn:unused\" xml:lang=\"kk\">\
         <p:middle xmlns:q=\"urn:q\" xml:space=\"preserve\"><p:item Id=\"doc\" q:x=\"1\" y=\"2\">\
         <inner q:z=\"3\"/><p:inner xmlns:p=\"urn:other\"/>@</p:item></p:middle></root>",
    ),
    (
        "item",
        "",
        "<root xmlns=\"urn:default\" xml:lang=\"kk\"><item xmlns=\"\" Id=\"doc\"><b xmlns=\"urn:b\"><c xmlns=\"\"/>\
         <d/></b><e xml:lang=\"ru\"/>@</item></root>",
    ),
    (
        "a",
        "",
        "<?xml version='1.0'?>\r\n<a\r\n  Id=\"doc\"\r\n  v=\"one\r\ntwo\tthree\nfour\rfive\"\r\n>\r\n<b/>\r\rtext\r\n@</a>\r\n",
    ),
    (
        "a",
        "",
        "<a Id='doc' t='&#9;x&#10;y&#13;z&#x20;' q='\"' s=\"'\" e=\"&lt;&gt;&amp;&quot;&apos;\" g=\"a>b\">\
         &lt;&gt;&amp;&quot;&apos;\"'&#13;&#x41;&#1179;<![CDATA[<&>]]]]><![CDATA[>\r\n]]>&#x1F600;@</a >",
    ),
    ("a", "", "<a Id=\"doc\"><b\n/><c\t/><d></d\n><e f=\"/>\" g='--&gt;'/>@</a>"),
];

fn sources() -> impl Iterator<Item = (&'static str, &'static str, String)> {
    SOURCES.iter().map(|(name, namespace, text)| (*name, *namespace, (*text).to_owned()))
}

fn methods() -> [Canonicalization; 4] {
    let with_comments = |method| Canonicalization { comments: Comments::Kept, ..method };
    [
        Canonicalization::inclusive(),
        with_comments(Canonicalization::inclusive()),
        Canonicalization::exclusive(),
        with_comments(Canonicalization::exclusive()),
    ]
}

fn write_keys(pki: &Pki, folder: &Path) {
    let identity = pki.identity("applicant");
    std::fs::write(folder.join("key.pem"), identity.key.to_pkcs8_pem().expect("a key")).expect("written");
    std::fs::write(folder.join("cert.pem"), pem::encode("CERTIFICATE", &identity.certificate_der))
        .expect("written");
}

fn xmlsec1(folder: &Path, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("xmlsec1").current_dir(folder).args(arguments).output().expect("xmlsec1 runs");
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)))
}

fn id_node(name: &str, namespace: &str) -> String {
    let local = name.rsplit(':').next().unwrap_or(name);
    if namespace.is_empty() { local.to_owned() } else { format!("{namespace}:{local}") }
}

fn template(uri: &str, method: &str, signature: &str) -> String {
    format!(
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>\n\
         <ds:CanonicalizationMethod Algorithm=\"{method}\"/><ds:SignatureMethod Algorithm=\"{signature}\"/>\
         <ds:Reference URI=\"{uri}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>\
         <ds:Transform Algorithm=\"{method}\"/></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue/>\
         </ds:Reference></ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data>\
         <ds:X509Certificate/></ds:X509Data></ds:KeyInfo></ds:Signature>"
    )
}

#[test]
fn what_xmlsec1_signs_passes_here() {
    if !has_tool("xmlsec1") {
        return;
    }
    let algorithms = [
        (&*RSA, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"),
        (&*ECDSA, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"),
    ];
    for (pki, algorithm) in algorithms {
        let folder = tempfile::tempdir().expect("a folder");
        write_keys(pki, folder.path());
        let checker = pki.checker();
        for (name, namespace, source) in sources() {
            for method in methods() {
                for uri in ["", "#doc"] {
                    let text = source.replace('@', &template(uri, method.uri(), algorithm));
                    std::fs::write(folder.path().join("in.xml"), text).expect("written");
                    let id = id_node(name, namespace);
                    xmlsec1(
                        folder.path(),
                        &[
                            "--sign",
                            "--privkey-pem",
                            "key.pem,cert.pem",
                            "--id-attr:Id",
                            &id,
                            "--output",
                            "out.xml",
                            "in.xml",
                        ],
                    )
                    .unwrap_or_else(|error| panic!("{source}: {error}"));
                    let signed = std::fs::read(folder.path().join("out.xml")).expect("an output");
                    let report = checker.verify(&signed, now()).expect("a report");
                    let context = || format!("{method:?} {uri:?}: {}", String::from_utf8_lossy(&signed));
                    assert_eq!(outcome(&report), (None, vec![]), "{}", context());
                    assert_eq!(report.indication, Indication::TotalPassed, "{}", context());
                }
            }
        }
    }
}

/// Verifies `signed.xml` of a folder with its `cert.pem`, where elements with these names have identifiers.
fn passes_with_xmlsec1(folder: &Path, with_identifiers: &[&str]) -> Result<(), String> {
    let key = ["--verify", "--pubkey-cert-pem", "cert.pem", "--enabled-key-data", "key-name"];
    let identifiers = with_identifiers.iter().flat_map(|name| ["--id-attr:Id", name]);
    let arguments: Vec<&str> = key.into_iter().chain(identifiers).chain(["signed.xml"]).collect();
    xmlsec1(folder, &arguments)
}

#[test]
fn what_we_sign_passes_with_xmlsec1() {
    if !has_tool("xmlsec1") {
        return;
    }
    for pki in [&*RSA, &*ECDSA] {
        let folder = tempfile::tempdir().expect("a folder");
        write_keys(pki, folder.path());
        let identity = pki.identity("applicant");
        for (name, namespace, source) in sources() {
            let source = source.replace('@', "");
            for canonicalization in methods() {
                for reference_id in [None, Some("doc".to_owned())] {
                    let profile = Profile {
                        canonicalization: canonicalization.clone(),
                        reference_id,
                        ..Profile::default()
                    };
                    let signed = sign_xml(source.as_bytes(), &identity, &profile, &Limits::default())
                        .unwrap_or_else(|refusal| panic!("{source}: {refusal:?}"));
                    std::fs::write(folder.path().join("signed.xml"), &signed).expect("written");
                    let id = id_node(name, namespace);
                    passes_with_xmlsec1(folder.path(), &[&id]).unwrap_or_else(|error| {
                        panic!("{profile:?} {}: {error}", String::from_utf8_lossy(&signed))
                    });
                }
            }
        }
    }
}

#[test]
fn what_we_sign_in_any_encoding_passes_with_xmlsec1() {
    if !has_tool("xmlsec1") {
        return;
    }
    let write = |declaration: &str, name: &str, letters: &str| {
        format!(
            "{declaration}\n<{name} Id='&#x49b;{letters}' t='{letters}'>{letters}\r\n<b/>{letters}</{name} ><?b {letters}?>"
        )
    };
    let folder = tempfile::tempdir().expect("a folder");
    write_keys(&RSA, folder.path());
    let identity = RSA.identity("applicant");
    for (encoding, document, text) in in_every_encoding(write) {
        let (_, name) = text.split_once("\n<").expect("the root");
        let name = &name[..name.find(' ').expect("its end")];
        let id = &text[text.find("&#x49b;").expect("the identifier") + 7..];
        let id = format!("\u{49b}{}", &id[..id.find('\'').expect("its end")]);
        for canonicalization in [Canonicalization::inclusive(), Canonicalization::exclusive()] {
            for reference_id in [None, Some(id.clone())] {
                for properties in [None, Some(now())] {
                    let profile = Profile {
                        canonicalization: canonicalization.clone(),
                        reference_id: reference_id.clone(),
                        properties,
                        ..Profile::default()
                    };
                    let signed = sign_xml(&document, &identity, &profile, &Limits::default())
                        .unwrap_or_else(|refusal| panic!("{text}: {refusal:?}"));
                    std::fs::write(folder.path().join("signed.xml"), &signed).expect("written");
                    let properties = "http://uri.etsi.org/01903/v1.3.2#:SignedProperties";
                    passes_with_xmlsec1(folder.path(), &[name, properties])
                        .unwrap_or_else(|error| panic!("{encoding} {profile:?}: {error}"));
                }
            }
        }
    }
}

#[test]
fn what_we_sign_passes_with_xmlsec1_by_its_chain() {
    if !has_tool("xmlsec1") {
        return;
    }
    for pki in [&*RSA, &*ECDSA] {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["root", "ca"] {
            let der = std::fs::read(pki.path(&format!("{name}.cer"))).expect("a certificate");
            let certificates = qoltanba::pkix::Certificate::from_pem_or_der(&der).expect("a certificate");
            let text = pem::encode("CERTIFICATE", certificates[0].der());
            std::fs::write(folder.path().join(format!("{name}.pem")), text).expect("written");
        }
        let signed =
            sign_xml(b"<a>1</a>", &pki.identity("applicant"), &Profile::default(), &Limits::default())
                .expect("signed");
        std::fs::write(folder.path().join("signed.xml"), signed).expect("written");
        xmlsec1(
            folder.path(),
            &[
                "--verify",
                "--enabled-key-data",
                "x509",
                "--trusted-pem",
                "root.pem",
                "--untrusted-pem",
                "ca.pem",
                "--verification-time",
                "2026-06-01 10:00:00",
                "signed.xml",
            ],
        )
        .unwrap_or_else(|error| panic!("{error}"));
    }
}

const DOCUMENTS: &[&str] = &[
    "<a/>",
    "<a></a>",
    "<a  b = \"1\"  a='2' />",
    "\u{FEFF}<a>text</a>",
    "<?xml version=\"1.0\"?><a/>",
    "<?xml version='1.0' encoding='utf-8' standalone='yes' ?>\n\n<a/>\n\n",
    "<!--one--><!--two--><a/><!--three--><?four?>",
    "<?pi?><?pi  a  b ?><a><?pi\r\n x?y > ?></a><?pi ?>",
    "<a>\r\n\r\rx\n</a>",
    "<a b='\r\n\t\n\r'/>",
    "<a b='&#13;&#10;&#9;&#32;&#xD;'>&#13;&#10;&#9;</a>",
    "<a b='&quot;&apos;&lt;&gt;&amp;'>&quot;&apos;&lt;&gt;&amp;</a>",
    "<a b='>' c=\"/>\" d='?>'>]] ></a>",
    "<a><![CDATA[]]><![CDATA[<a>&amp;]]>]]&gt;<![CDATA[\r\n\r]]></a>",
    "<a xmlns='urn:1'><b xmlns='urn:1'><c xmlns=''><d xmlns=''/></c></b></a>",
    "<p:a xmlns:p='urn:p' xmlns:q='urn:q' xmlns='urn:d'><q:b p:x='1' q:x='2' x='3'/><c/></p:a>",
    "<a xmlns:b='urn:2' xmlns:a='urn:1' b:y='1' a:z='2' y='3' a:a='4' xml:lang='kk'/>",
    "<a xmlns:p='urn:1'><p:b xmlns:p='urn:2'><p:c xmlns:p='urn:1'/><p:d/></p:b><p:e/></a>",
    "<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:space='preserve'> <b xml:lang=''/> </a>",
    "<a xmlns:p='http://x.kz/a?b=c#d'><p:b p:c='&#1179;'/></a>",
    "<өтініш тегі='Ғани'>Қазақстан Республикасы \u{1F600}\u{10FFFF}</өтініш>",
    "<a\n\tb\n=\n'1'\n>\n<c\n/><d\t></d\t></a\r\n>",
    "<a.b-c_d><_e/><f1:g xmlns:f1='urn:f'/></a.b-c_d>",
    "<a><!----><!-- - - --><!-- <b> &amp; ]]> \r\n --></a>",
    "<a b=''> <c d=' '/>\t<e f='  x  y  '/>\n</a>",
    "<a xmlns='urn:d' xmlns:e='urn:d'><e:b c='1' e:c='2'/><b xmlns=''><e:c/></b></a>",
    "<a>&#x10FFFF;&#xE000;&#x85;&#x2028;\u{85}\u{2028}\u{A0}</a>",
    "<a><b><c><d>1</d>2</c>3</b>4</a >\n",
    "<a b='1'\r\nc='2'><?x-y.z a='>' ?><?xmlish?></a>",
    "<z:a xmlns:z='urn:z' xmlns:a='urn:a' xmlns:Z='urn:Z' a:b='' z:b='' Z:b='' b='' B=''/>",
    "<a xmlns:p='urn:p'><b xmlns:q='urn:p' p:x='1' q:y='2'/><q:b xmlns:q='urn:p'/></a>",
];

fn canonical(text: &str, method: &Canonicalization) -> Vec<u8> {
    let document = Document::read(text.as_bytes(), &Limits::default(), &[])
        .unwrap_or_else(|error| panic!("{text}: {error}"));
    let mut out = Vec::new();
    canonicalize(&document, Apex::Document, &[], method, &mut out).expect("a canonical form");
    out
}

fn compare_with_xmllint(documents: &[String]) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.xml");
    for text in documents {
        std::fs::write(&file, text).expect("written");
        for (option, method) in
            [("--c14n", Canonicalization::inclusive()), ("--exc-c14n", Canonicalization::exclusive())]
        {
            let output =
                Command::new("xmllint").arg("--nonet").arg(option).arg(&file).output().expect("xmllint runs");
            assert!(output.status.success(), "{text}: {}", String::from_utf8_lossy(&output.stderr));
            let ours = canonical(text, &Canonicalization { comments: Comments::Kept, ..method });
            assert_eq!(
                String::from_utf8_lossy(&ours),
                String::from_utf8_lossy(&output.stdout),
                "{option} of {text:?}"
            );
        }
    }
}

#[test]
fn canonical_forms_are_those_of_libxml2() {
    if has_tool("xmllint") {
        compare_with_xmllint(&DOCUMENTS.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
    }
}

#[test]
fn canonical_forms_of_generated_documents_are_those_of_libxml2() {
    if has_tool("xmllint") {
        let mut generator = Generator { state: 0x51_4F_4C_54_41_4E_42_41 };
        compare_with_xmllint(&(0..120).map(|_| generator.document()).collect::<Vec<_>>());
    }
}

/// Documents by a fixed sequence of pseudo-random numbers (xorshift).
struct Generator {
    state: u64,
}

impl Generator {
    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from((self.state >> 33) % bound as u64).unwrap_or_default()
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.below(from.len())]
    }

    fn document(&mut self) -> String {
        let mut out = String::new();
        if self.below(2) == 0 {
            out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n");
        }
        self.misc(&mut out);
        self.element(&mut out, 0, &mut vec![]);
        self.misc(&mut out);
        out
    }

    fn misc(&mut self, out: &mut String) {
        for _ in 0..self.below(3) {
            let piece = self.pick(&["<!-- c -->", "\n", "<?p d?>", "\r\n", " ", "<?q?>", "<!--\r\n-->"]);
            out.push_str(piece);
        }
    }

    fn space(&mut self, out: &mut String) {
        let space = self.pick(&["", "", " ", "\n", "\r\n", "\t", "  "]);
        out.push_str(space);
    }

    fn element(&mut self, out: &mut String, depth: usize, scope: &mut Vec<&'static str>) {
        const PREFIXES: &[&str] = &["p", "q", "r", "P"];
        let known = scope.len();
        let mut attributes: Vec<String> = Vec::new();
        if self.below(3) == 0 {
            let uri = self.pick(&["", "urn:d", "urn:e", "urn:1"]);
            attributes.push(format!("xmlns='{uri}'"));
        }
        for prefix in PREFIXES {
            if self.below(4) == 0 {
                let uri = self.pick(&["urn:1", "urn:2", "urn:3", "http://x.kz/#"]);
                // Distinct namespaces for distinct prefixes: no attribute can occur twice.
                attributes.push(format!("xmlns:{prefix}=\"{uri}{prefix}\""));
                scope.push(prefix);
            }
        }
        for local in ["b", "a", "Id", "x-1", "ә"] {
            if self.below(4) != 0 {
                continue;
            }
            let prefix = match self.below(2) {
                0 if !scope.is_empty() => format!("{}:", scope[self.below(scope.len())]),
                _ => String::new(),
            };
            let value = self.pick(&[
                "",
                "1",
                " ",
                "a  b",
                "x\r\ny",
                "\t",
                "&#9;&#10;&#13;",
                "&lt;>&amp;&quot;&apos;",
                "Қ",
                "/>",
                "'",
                "?>",
                "-->",
            ]);
            let equals = self.pick(&["=", " = ", "\n="]);
            attributes.push(format!("{prefix}{local}{equals}\"{value}\""));
        }
        if self.below(5) == 0 {
            attributes
                .push(self.pick(&["xml:lang='kk'", "xml:space=\"preserve\"", "xml:base='urn:b'"]).to_owned());
        }
        while attributes.len() > 1 && self.below(3) > 0 {
            let (a, b) = (self.below(attributes.len()), self.below(attributes.len()));
            attributes.swap(a, b);
        }
        let local = self.pick(&["a", "b", "өтініш", "_c.d-1"]);
        let name = match self.below(2) {
            0 if !scope.is_empty() => format!("{}:{local}", scope[self.below(scope.len())]),
            _ => local.to_owned(),
        };
        let _ = write!(out, "<{name}");
        for attribute in attributes {
            let before = self.pick(&[" ", "\n", "\r\n\t"]);
            let _ = write!(out, "{before}{attribute}");
        }
        self.space(out);
        if self.below(5) == 0 {
            out.push_str("/>");
        } else {
            out.push('>');
            for _ in 0..self.below(6) {
                match self.below(3) {
                    0 if depth < 6 => self.element(out, depth + 1, scope),
                    _ => {
                        let piece = self.pick(&[
                            "text",
                            "&amp;",
                            "&lt;&gt;",
                            "&#13;",
                            "\r\n",
                            "\r",
                            "<![CDATA[<&>\r\n]]>",
                            "<!-- > -->",
                            "<?pi > ?>",
                            "\"'",
                            ">",
                            "]]",
                            "Ғ",
                            "\u{1F600}",
                            "&#x10FFFF;",
                            "<!---->",
                            "<![CDATA[]]>",
                        ]);
                        // Never "]]>" by chance.
                        if piece.starts_with('>') && out.ends_with("]]") {
                            out.push(' ');
                        }
                        out.push_str(piece);
                    }
                }
            }
            let _ = write!(out, "</{name}");
            self.space(out);
            out.push('>');
        }
        scope.truncate(known);
    }
}
