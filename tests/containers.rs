//! Key containers: what is written here OpenSSL opens, what OpenSSL writes opens here, and of one that does
//! not open the reason is said.

use std::path::Path;
use std::process::{Command, Output};

use qoltanba::asn1::{oid, pem, tag, write};
use qoltanba::crypto::{Identity, IdentityError, PrivateKey, Protection};

use crate::common::{ECDSA, Pki, RSA, has_tool, shared, skipped};

const WORD: &str = "құпия Pass-1";

fn openssl(folder: &Path, arguments: &[&str]) -> Output {
    Command::new("openssl").current_dir(folder).args(arguments).output().expect("openssl runs")
}

/// Whether this OpenSSL has RC2.
fn has_legacy() -> bool {
    let found = openssl(Path::new("/"), &["list", "-providers", "-provider", "legacy"]).status.success();
    if !found {
        skipped("openssl has no legacy provider");
    }
    found
}

#[test]
fn openssl_opens_what_is_written_here() {
    if !has_tool("openssl") {
        return;
    }
    for (pki, protection) in [
        (&*RSA, Protection::Modern),
        (&*ECDSA, Protection::Modern),
        (&*RSA, Protection::National),
        (&*ECDSA, Protection::National),
    ] {
        let legacy: &[&str] = match protection {
            Protection::Modern => &[],
            Protection::National if has_legacy() => &["-legacy"],
            Protection::National => continue,
        };
        let identity = applicant(pki);
        let folder = tempfile::tempdir().expect("a folder");
        for (word, chain) in [(WORD, identity.chain_der.clone()), (WORD, Vec::new()), ("", Vec::new())] {
            let container = Identity::pack(
                &identity.key,
                &identity.certificate_der,
                &chain,
                "GOST512_0a",
                word,
                protection,
            );
            std::fs::write(folder.path().join("k.p12"), container.expect("packed")).expect("written");
            let open = |word: &str| {
                let word = format!("pass:{word}");
                let fixed = ["pkcs12", "-in", "k.p12", "-nodes", "-passin", &word];
                openssl(folder.path(), &[&fixed, legacy].concat())
            };
            let output = open(word);
            let text = String::from_utf8(output.stdout).expect("text");
            assert!(output.status.success(), "{protection:?} {}", String::from_utf8_lossy(&output.stderr));
            let key = PrivateKey::from_pem(text.as_bytes()).expect("a key");
            assert_eq!(key.public_key(), identity.key.public_key());
            let mut certificates = pem::blocks(&text, "CERTIFICATE");
            certificates.sort();
            let mut expected = [std::slice::from_ref(&identity.certificate_der), &chain].concat();
            expected.sort();
            assert_eq!(certificates, expected);
            // Of the key and of its certificate.
            assert_eq!(text.matches("friendlyName: GOST512_0a").count(), 2, "{text}");
            assert_eq!(text.matches("localKeyID: ").count(), 2, "{text}");
            assert!(!open("wrong").status.success());
        }
    }
}

/// The applicant's identity with the chain, which containers in the national shape do not have.
fn applicant(pki: &Pki) -> Identity {
    let chain_der = ["ca.cer", "root.cer"].map(|name| std::fs::read(pki.path(name)).expect("a certificate"));
    Identity { chain_der: chain_der.to_vec(), ..pki.identity("applicant") }
}

/// The key, certificate and chain of the applicant, as PEM files.
fn write_parts(pki: &Pki, folder: &Path) -> Identity {
    let identity = applicant(pki);
    let put = |name: &str, text: &[u8]| std::fs::write(folder.join(name), text).expect("written");
    put("key.pem", &identity.key.to_pkcs8_pem().expect("PEM"));
    put("cert.pem", pem::encode("CERTIFICATE", &identity.certificate_der).as_bytes());
    let chain: String = identity.chain_der.iter().map(|der| pem::encode("CERTIFICATE", der)).collect();
    put("chain.pem", chain.as_bytes());
    identity
}

#[test]
fn what_openssl_writes_opens_here() {
    if !has_tool("openssl") {
        return;
    }
    let modern: &[&[&str]] = &[
        &[],
        &["-name", "кілт"],
        &["-nomac"],
        &["-certpbe", "NONE"],
        &["-certpbe", "NONE", "-nomac"],
        &["-keypbe", "NONE", "-certpbe", "NONE"],
        &["-macalg", "SHA1"],
        &["-macalg", "SHA384"],
        &["-macalg", "SHA512", "-iter", "50000"],
        &["-keypbe", "AES-128-CBC", "-certpbe", "AES-192-CBC"],
        &["-keypbe", "DES-EDE3-CBC", "-certpbe", "PBE-SHA1-3DES"],
        &["-keypbe", "PBE-SHA1-2DES", "-noiter", "-nomaciter"],
    ];
    let old: &[&[&str]] = &[
        &["-legacy"],
        &["-legacy", "-nomac"],
        &["-legacy", "-certpbe", "PBE-SHA1-RC2-128"],
        &["-legacy", "-keypbe", "PBE-SHA1-RC2-40", "-macalg", "SHA256"],
    ];
    let legacy = if has_legacy() { old } else { &[] };
    for pki in [&*RSA, &*ECDSA] {
        let folder = tempfile::tempdir().expect("a folder");
        let identity = write_parts(pki, folder.path());
        let export = |options: &[&str], word: &str| {
            let word = format!("pass:{word}");
            let fixed =
                ["pkcs12", "-export", "-inkey", "key.pem", "-in", "cert.pem", "-out", "k.p12", "-passout"];
            let output = openssl(folder.path(), &[&fixed[..], &[&word], options].concat());
            assert!(output.status.success(), "{options:?} {}", String::from_utf8_lossy(&output.stderr));
            std::fs::read(folder.path().join("k.p12")).expect("a container")
        };
        for options in modern.iter().chain(legacy) {
            for (word, chain) in [(WORD, true), (WORD, false), ("", false)] {
                let with_chain: &[&str] = if chain { &["-certfile", "chain.pem"] } else { &[] };
                let container = export(&[options, with_chain].concat(), word);
                let opened = Identity::from_pkcs12(&container, word);
                let opened = opened.unwrap_or_else(|error| panic!("{options:?} {word:?}: {error}"));
                assert_eq!(opened.key.public_key(), identity.key.public_key());
                assert_eq!(opened.certificate_der, identity.certificate_der);
                let mut others = opened.chain_der;
                others.sort();
                let mut expected = if chain { identity.chain_der.clone() } else { Vec::new() };
                expected.sort();
                assert_eq!(others, expected, "{options:?}");
                let wrong = Identity::from_pkcs12(&container, "wrong").map(drop);
                assert_eq!(wrong, Err(IdentityError::WrongPassword), "{options:?}");
            }
        }
        let no_key = export(&["-nokeys"], WORD);
        assert_eq!(Identity::from_pkcs12(&no_key, WORD).map(drop), Err(IdentityError::NoKey));
        let no_certificate = export(&["-nocerts"], WORD);
        assert_eq!(Identity::from_pkcs12(&no_certificate, WORD).map(drop), Err(IdentityError::NoCertificate));
    }
}

/// A container without MAC and encryption.
fn plain(keys: &[&[u8]], certificate: &[u8]) -> Vec<u8> {
    let bag = |kind, value: &[u8]| write::sequence(&[write::oid(kind), write::context(0, &[value])]);
    let data = |content: &[u8]| {
        write::sequence(&[write::oid(oid::DATA), write::context(0, &[write::octet_string(content)])])
    };
    let mut bags: Vec<Vec<u8>> = keys.iter().map(|key| bag(oid::KEY_BAG, key)).collect();
    let value = write::context(0, &[write::octet_string(certificate)]);
    bags.push(bag(oid::CERTIFICATE_BAG, &write::sequence(&[write::oid(oid::X509_CERTIFICATE), value])));
    let safe = data(&write::tlv(tag::SEQUENCE, &bags));
    write::sequence(&[write::integer(3), data(&write::sequence(&[safe]))])
}

#[test]
fn why_a_key_does_not_open_is_said_with_a_code_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, octets: &[u8]| std::fs::write(folder.path().join(name), octets).expect("written");
    let read = |name: &str| std::fs::read(RSA.path(name)).expect("a file");
    let (whole, certificate) = (read("applicant.p12"), pem_or_der(&read("applicant.cer")));
    let key = RSA.identity("applicant").key.to_pkcs8_pem().expect("PEM");
    let key = pem::blocks(std::str::from_utf8(&key).expect("text"), "PRIVATE KEY").remove(0);
    put("a.xml", b"<a/>");
    put("word", crate::common::PASSWORD.as_bytes());
    put("wrong", b"wrong");
    put("whole.p12", &whole);
    put("cut.p12", &whole[..whole.len() - 100]);
    put("several.p12", &plain(&[&key, &key], &certificate));
    put("none.p12", &plain(&[], &certificate));
    let said = |key: &str, word: &str, language: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_qoltanba"))
            .current_dir(folder.path())
            .args([
                "sign",
                "a.xml",
                "--out",
                "b.xml",
                "--lang",
                language,
                "--key",
                key,
                "--password-file",
                word,
            ])
            .output()
            .expect("the binary runs");
        (output.status.code(), String::from_utf8(output.stderr).expect("text"))
    };
    assert_eq!(said("whole.p12", "word", "en").0, Some(0));
    for (key, word, code, texts) in [
        ("whole.p12", "wrong", "KEY_PASSWORD_WRONG", ["is wrong", "неверен", "қате"]),
        ("cut.p12", "word", "KEY_DAMAGED", ["is damaged", "повреждён", "бүлінген"]),
        ("a.xml", "word", "KEY_DAMAGED", ["is damaged", "повреждён", "бүлінген"]),
        (
            "several.p12",
            "word",
            "KEY_SEVERAL",
            ["keys in the file: #1, #2.", "ключей: #1, #2.", "бар: #1, #2."],
        ),
        ("none.p12", "word", "KEY_MISSING", ["no private key", "нет закрытого ключа", "жабық кілт жоқ"]),
    ] {
        for (language, text) in ["en", "ru", "kk"].into_iter().zip(texts) {
            let (status, message) = said(key, word, language);
            assert_eq!(status, Some(2), "{message}");
            assert!(message.contains(&format!("[{code}]")) && message.contains(text), "{key} {message}");
        }
    }
}

fn pem_or_der(bytes: &[u8]) -> Vec<u8> {
    qoltanba::pkix::Certificate::from_pem_or_der(bytes).expect("a certificate")[0].der().to_vec()
}

/// Containers of other makers, among them stores of trust without a key, and passwords left out.
#[test]
fn public_containers_open() {
    let Some(folder) = shared().map(|shared| shared.join("corpora").join("pyca-pkcs12")) else { return };
    let manifest = std::fs::read(folder.join("manifest.json")).expect("a manifest");
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
    let cases = manifest["cases"].as_array().expect("cases");
    assert!(!cases.is_empty());
    for case in cases {
        let file = case["file"].as_str().expect("a file");
        let bytes = std::fs::read(folder.join(file)).expect("a container");
        let password = case["password"].as_str().unwrap_or_default();
        match Identity::from_pkcs12(&bytes, password) {
            // It was opened to find that out.
            Ok(_) | Err(IdentityError::NoKey | IdentityError::NoCertificate) => {}
            Err(error) => panic!("{file}: {error}"),
        }
        let wrong = Identity::from_pkcs12(&bytes, "another").map(drop);
        let unprotected = file == "cert-none-key-none.p12";
        assert!(unprotected || wrong == Err(IdentityError::WrongPassword), "{file}: {wrong:?}");
    }
}
