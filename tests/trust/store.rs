//! What is in the folder and what is trusted of it; several who change it at once; the system's own roots.

use super::*;

#[test]
fn a_folder_without_a_list_trusts_what_is_in_it() {
    let store = Store::new();
    store.put("own.cer", &octets(&RSA, "root.cer"));
    store.put("readme.txt", b"no certificate");
    assert!(store.trusts());
    let (listed, errors) = store.well(&["trust", "list"]);
    assert!(listed.contains(&fingerprint(&RSA.path("root.cer"))) && errors.is_empty(), "{listed} {errors}");
    // The first change writes the list, and what was trusted stays so.
    store.well(&["trust", "add", &file(&FOREIGN, "root.cer"), "--not-national"]);
    assert!(store.list().contains("file = \"own.cer\"") && store.trusts());
    store.well(&["trust", "remove", &file(&RSA, "root.cer")]);
    assert!(!store.trusts() && !store.folder().join("own.cer").exists());
}

#[test]
fn what_the_list_does_not_name_is_not_trusted_and_that_is_said() {
    let store = Store::new();
    store.well(&["trust", "add", &file(&FOREIGN, "root.cer"), "--not-national"]);
    assert!(!store.trusts());
    store.put("smuggled.cer", &octets(&RSA, "root.cer"));
    assert!(!store.trusts());
    let (_, _, errors) = store.check(NOW, &[]);
    assert!(errors.contains("TRUST_STORE_UNTRUSTED") && errors.contains("smuggled.cer"), "{errors}");
    let (listed, errors) = store.well(&["trust", "list"]);
    assert_eq!(listed.lines().filter(|line| !line.starts_with(' ')).count(), 1, "{listed}");
    assert!(errors.contains("smuggled.cer") && errors.contains("does not name"), "{errors}");
    // Its own entry makes the difference.
    store.well(&["trust", "add", &file(&RSA, "root.cer"), "--not-national"]);
    assert!(store.trusts());
}

#[test]
fn a_file_that_was_changed_is_not_trusted() {
    let store = Store::new();
    store.well(&["trust", "add", &file(&FOREIGN, "root.cer"), "--not-national"]);
    let name = format!("{}.cer", fingerprint(&FOREIGN.path("root.cer")));
    let good = octets(&FOREIGN, "root.cer");
    let mut flipped = good.clone();
    *flipped.last_mut().expect("an octet") ^= 1;
    for (octets, said) in [
        (octets(&RSA, "root.cer"), "does not hold the certificate"),
        (flipped, "does not hold the certificate"),
        (b"nothing".to_vec(), "cannot be read"),
    ] {
        store.put(&name, &octets);
        assert!(!store.trusts(), "{said}");
        let (listed, errors) = store.well(&["trust", "list"]);
        assert!(listed.is_empty() && errors.contains(said), "{listed} {errors}");
    }
    std::fs::remove_file(store.folder().join(&name)).expect("removed");
    let (listed, errors) = store.well(&["trust", "list"]);
    assert!(listed.is_empty() && errors.contains("is not there"), "{listed} {errors}");
    store.put(&name, &good);
    assert_eq!(store.well(&["trust", "list"]).1, "");
}

#[test]
fn a_list_that_was_damaged_trusts_nothing() {
    let store = Store::new();
    store.well(&["trust", "add", &file(&RSA, "root.cer"), "--not-national"]);
    let good = store.list();
    let sha256 = fingerprint(&RSA.path("root.cer"));
    for damaged in [
        good.replace("[[anchor]]", "[[anchor"),
        good.replace("file = ", "files = "),
        good.replace(&sha256, "00"),
        good.replace(&format!("file = \"{sha256}.cer\""), "file = \"../root.cer\""),
        format!("{good}purposes = [\"everything\"]\n"),
        format!("{good}permitted = [\"colour:red\"]\n"),
        format!("{good}policies = [\"x\"]\n"),
        good.get(..good.len() / 2).expect("a half").to_owned(),
    ] {
        store.put("trust.toml", damaged.as_bytes());
        let (status, report, errors) = store.check(NOW, &[]);
        assert_eq!((status, report["error"]["code"].as_str()), (2, Some("TRUST_LIST_MALFORMED")), "{errors}");
        assert!(store.refused(&["trust", "list"]).contains("TRUST_LIST_MALFORMED"));
    }
    store.put("trust.toml", damaged_fingerprint(&good, &sha256).as_bytes());
    assert!(!store.trusts());
    // Nobody adds to a list that cannot be read: it would be lost.
    store.put("trust.toml", b"[[anchor");
    let added = store.refused(&["trust", "add", &file(&FOREIGN, "root.cer"), "--not-national"]);
    assert!(added.contains("TRUST_LIST_MALFORMED"), "{added}");
    store.put("trust.toml", b"");
    assert!(!store.trusts(), "an empty list names nothing");
    store.put("trust.toml", good.as_bytes());
    assert!(store.trusts());
    // One that is gone does not free what it limited.
    std::fs::remove_file(store.folder().join("trust.toml")).expect("removed");
    let (status, report, errors) = store.check(NOW, &[]);
    assert_eq!((status, report["error"]["code"].as_str()), (2, Some("TRUST_LIST_MISSING")), "{errors}");
    let added = store.refused(&["trust", "add", &file(&FOREIGN, "root.cer"), "--not-national"]);
    assert!(added.contains("TRUST_LIST_MISSING"), "{added}");
    store.put("trust.toml", good.as_bytes());
    assert!(store.trusts());
}

fn damaged_fingerprint(list: &str, sha256: &str) -> String {
    list.replace(&format!("sha256 = \"{sha256}\""), &format!("sha256 = \"{}\"", "0".repeat(64)))
}

#[test]
fn several_who_add_at_once_all_add() {
    let store = Store::new();
    let pkis = [&RSA, &FOREIGN];
    let names = ["root.cer", "ca.cer", "applicant.cer", "official.cer"];
    let files: Vec<String> = pkis.iter().flat_map(|pki| names.map(|name| file(pki, name))).collect();
    let running: Vec<_> = files
        .iter()
        .map(|file| store.command(&["trust", "add", file, "--not-national"]).spawn().expect("started"))
        .collect();
    for mut process in running {
        assert!(process.wait().expect("ended").success());
    }
    let (listed, errors) = store.well(&["trust", "list"]);
    assert_eq!((listed.lines().count(), errors.as_str()), (8, ""), "{listed}");
    assert!(store.contents().keys().all(|name| !name.starts_with(".aside")));
}

#[test]
fn anchors_are_removed_by_fingerprint_and_by_file() {
    let store = Store::new();
    let (own, foreign) = (file(&RSA, "root.cer"), file(&FOREIGN, "root.cer"));
    let sha256 = fingerprint(&RSA.path("root.cer"));
    assert!(store.refused(&["trust", "remove", &sha256]).contains("TRUST_ANCHOR_UNKNOWN"));
    store.well(&["trust", "add", &own, "--not-national"]);
    assert!(store.refused(&["trust", "remove", &foreign]).contains("TRUST_ANCHOR_UNKNOWN"));
    assert!(store.refused(&["trust", "remove", "no-such-file"]).contains("FILE_UNREADABLE"));
    store.well(&["trust", "remove", &sha256.to_uppercase()]);
    assert!(!store.trusts() && !store.folder().join(format!("{sha256}.cer")).exists());
    store.well(&["trust", "add", &own, "--not-national"]);
    store.well(&["trust", "remove", &own]);
    assert!(!store.trusts());
    let unknown = store.refused(&["trust", "add", &own]);
    assert!(unknown.contains("not one of the national roots"), "{unknown}");
}

#[test]
fn what_cannot_be_written_changes_nothing() {
    let store = Store::new();
    store.well(&["trust", "add", &file(&FOREIGN, "root.cer"), "--not-national"]);
    // A folder stands where the certificate would come.
    let place = store.folder().join(format!("{}.cer", fingerprint(&RSA.path("root.cer"))));
    std::fs::create_dir_all(place.join("inside")).expect("a folder");
    let errors = store.refused(&["trust", "add", &file(&RSA, "root.cer"), "--not-national"]);
    assert!(errors.contains("FILE_UNWRITABLE"), "{errors}");
    std::fs::remove_dir_all(place).expect("removed");
    store.well(&["trust", "add", &file(&RSA, "root.cer"), "--not-national"]);
    assert!(store.trusts());
}

#[test]
fn the_trusted_certificates_of_the_system_are_none_of_ours() {
    let store = Store::new();
    let system = store.root.path().join("system");
    std::fs::create_dir(&system).expect("a folder");
    std::fs::write(system.join("root.pem"), octets(&RSA, "trust/root.pem")).expect("written");
    // As OpenSSL looks a certificate up in a folder.
    if !crate::common::has_tool("openssl") {
        return;
    }
    let mut hash = Command::new("openssl");
    hash.args(["x509", "-noout", "-subject_hash", "-in"]).arg(system.join("root.pem"));
    let hash = said(&hash.output().expect("openssl runs")).1;
    std::fs::copy(system.join("root.pem"), system.join(format!("{}.0", hash.trim()))).expect("copied");
    let (leaf, authority) = (file(&RSA, "applicant.cer"), file(&RSA, "ca.cer"));
    let openssl = Command::new("openssl")
        .args(["verify", "-no_check_time", "-untrusted", &authority, &leaf])
        .env("SSL_CERT_DIR", &system)
        .output()
        .expect("openssl runs");
    assert!(openssl.status.success(), "the folder is one that OpenSSL trusts: {openssl:?}");
    let signed = store.root.path().join("signed.xml");
    let document = store.write("document.xml", b"<a/>");
    let key = file(&RSA, "applicant.p12");
    let words = ["sign", &document.display().to_string(), "--key", &key, "--password-env", "P", "--out"];
    let made = store.command(&words).arg(&signed).env("P", PASSWORD).output().expect("the binary runs");
    assert!(made.status.success(), "{made:?}");
    let judge: [&[&str]; 2] = [&["cert", "check", &leaf], &["verify", &signed.display().to_string()]];
    for words in judge {
        let judged = store
            .command(&[words, &["--certs", &authority, "--revocation", "off"]].concat())
            .env("SSL_CERT_FILE", system.join("root.pem"))
            .env("SSL_CERT_DIR", &system)
            .output()
            .expect("the binary runs");
        let (status, output, errors) = said(&judged);
        assert_eq!(status, 3, "{output} {errors}");
        assert!(output.contains("CHAIN_NOT_FOUND"), "{output}");
    }
}
