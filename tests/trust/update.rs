//! New lists: taken when they are pinned or signed by whom the last one named, newer and not expired; every
//! other is refused and changes nothing.

use jiff::{SignedDuration, Timestamp};
use qoltanba::asn1::oid;
use qoltanba::crypto::{Curve, DigestAlgorithm, PrivateKey, sha256};
use qoltanba::pkix::issue::{self, Extension, Issuer, Profile};

use super::*;

/// A list with anchors, each a name and a certificate.
struct List {
    sequence: u64,
    next_update: Timestamp,
    signer: Option<String>,
    anchors: Vec<(&'static str, PathBuf)>,
    more: &'static str,
}

impl List {
    fn new(sequence: u64, anchors: &[&'static Pki]) -> Self {
        let anchors = anchors.iter().map(|pki| ("root", pki.path("root.cer"))).collect();
        let next_update = Timestamp::now() + SignedDuration::from_hours(24);
        Self { sequence, next_update, signer: None, anchors, more: "" }
    }

    fn signed_by_next(mut self, pki: &Pki, name: &str) -> Self {
        self.signer = Some(fingerprint(&pki.path(&format!("{name}.cer"))));
        self
    }

    fn text(&self) -> String {
        let mut text = format!("sequence = {}\nnext_update = \"{}\"\n", self.sequence, self.next_update);
        text += &self.signer.iter().map(|signer| format!("signer = \"{signer}\"\n")).collect::<String>();
        for (name, path) in &self.anchors {
            let der = &Certificate::from_pem_or_der(&std::fs::read(path).expect("a file")).expect("one")[0];
            let body = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, der.der());
            let pem = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
            let sha256 = fingerprint(path);
            text += &format!(
                "\n[[anchor]]\nname = \"{name}\"\nsha256 = \"{sha256}\"\ncertificate = \"\"\"\n{pem}\"\"\"\n"
            );
            text += self.more;
        }
        text
    }

    fn xml(&self) -> String {
        format!("<trustList xmlns=\"urn:qoltanba:trust-list\">\n{}</trustList>", self.text())
    }
}

impl Store {
    /// Takes a list by its digest.
    fn pinned(&self, list: &str) -> Vec<String> {
        let pin: String = sha256(list.as_bytes()).iter().map(|octet| format!("{octet:02x}")).collect();
        let path = self.write("pinned", list.as_bytes());
        ["trust", "update", &path.display().to_string(), "--pin", &pin].map(str::to_owned).to_vec()
    }

    /// Takes a signed list, or whatever octets.
    fn unpinned(&self, octets: &[u8]) -> Vec<String> {
        let path = self.write("list", octets);
        ["trust", "update", &path.display().to_string()].map(str::to_owned).to_vec()
    }

    fn signed(&self, xml: &str, pki: &Pki, name: &str, more: &[&str]) -> Vec<u8> {
        let (plain, signed) = (self.write("plain.xml", xml.as_bytes()), self.root.path().join("signed.xml"));
        let key = file(pki, &format!("{name}.p12"));
        let words = ["sign", &plain.display().to_string(), "--key", &key, "--password-env", "P", "--out"];
        let output = self.command(&words).arg(&signed).args(more).env("P", PASSWORD).output().expect("runs");
        assert!(output.status.success(), "{output:?}");
        std::fs::read(signed).expect("signed")
    }

    fn takes(&self, words: &[String]) -> String {
        self.well(&words.iter().map(String::as_str).collect::<Vec<_>>()).1
    }

    fn refuses(&self, words: &[String], why: &str) {
        let errors = self.refused(&words.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(errors.contains("TRUST_UPDATE_REFUSED") && errors.contains(why), "{why}: {errors}");
    }
}

/// A store whose list is number 5, of both roots, and names the applicant as the signer of the next.
fn store() -> Store {
    let store = Store::new();
    let list = List::new(5, &[&RSA, &FOREIGN]).signed_by_next(&RSA, "applicant").text();
    assert!(store.takes(&store.pinned(&list)).contains("list 5, relied on until"));
    assert!(store.trusts());
    store
}

#[test]
fn a_list_is_taken_by_its_digest() {
    let store = Store::new();
    store.well(&["trust", "add", &file(&FOREIGN, "ca.cer"), "--not-national"]);
    let list = List::new(1, &[&RSA, &FOREIGN]).text();
    let mut other_pin = store.pinned(&list);
    *other_pin.last_mut().expect("a pin") = "0".repeat(64);
    store.refuses(&other_pin, "not the one given");
    *other_pin.last_mut().expect("a pin") = "0".repeat(63);
    store.refuses(&other_pin, "not the one given");
    assert!(!store.trusts());
    let said = store.takes(&store.pinned(&list));
    assert_eq!(said.matches("added: ").count(), 2, "two of one name with different keys: {said}");
    assert_eq!(said.matches("removed: ").count(), 1, "{said}");
    assert!(store.trusts());
    // What the new list does not name is gone, and nothing else lies about.
    assert_eq!(store.contents().len(), 3);
    assert!(store.takes(&store.pinned(&list)).contains("taken before"));
}

#[test]
fn a_list_is_taken_from_whom_the_last_one_named() {
    let store = store();
    let next = store.signed(&List::new(6, &[&FOREIGN]).xml(), &RSA, "applicant", &[]);
    let said = store.takes(&store.unpinned(&next));
    assert!(said.contains("removed: ") && said.contains("list 6"), "{said}");
    assert!(!store.trusts());
    assert!(store.takes(&store.unpinned(&next)).contains("taken before"));
    // The signer stays until a list names another.
    let list = List::new(7, &[&RSA]).signed_by_next(&RSA, "official");
    let handed_over = store.signed(&list.xml(), &RSA, "applicant", &[]);
    store.takes(&store.unpinned(&handed_over));
    assert!(store.trusts());
    let list = List::new(8, &[&RSA]);
    let old_signer = store.signed(&list.xml(), &RSA, "applicant", &[]);
    store.refuses(&store.unpinned(&old_signer), "not the one that the last list named");
    let new_signer = store.signed(&list.xml(), &RSA, "official", &[]);
    store.takes(&store.unpinned(&new_signer));
}

#[test]
fn a_signed_list_pinned_by_its_digest_names_its_signer() {
    let store = Store::new();
    let first = store.signed(&List::new(1, &[&RSA]).xml(), &RSA, "applicant", &[]);
    store.refuses(&store.unpinned(&first), "names nobody");
    store.takes(&store.pinned(std::str::from_utf8(&first).expect("text")));
    let second = store.signed(&List::new(2, &[&RSA]).xml(), &RSA, "applicant", &[]);
    store.takes(&store.unpinned(&second));
}

#[test]
fn what_is_not_signed_as_it_should_be_is_refused() {
    let store = store();
    let list = List::new(6, &[&FOREIGN]);
    store.refuses(&store.unpinned(list.text().as_bytes()), "not signed");
    store.refuses(&store.unpinned(list.xml().as_bytes()), "not signed");
    for (pki, name) in [(&RSA, "official"), (&FOREIGN, "applicant")] {
        let by_another = store.signed(&list.xml(), pki, name, &[]);
        store.refuses(&store.unpinned(&by_another), "not the one that the last list named");
    }
    let signed = store.signed(&list.xml(), &RSA, "applicant", &[]);
    let text = String::from_utf8(signed.clone()).expect("text");
    let changed = text.replacen("sequence = 6", "sequence = 7", 1);
    store.refuses(&store.unpinned(changed.as_bytes()), "does not hold: DIGEST_MISMATCH");
    let half = signed.get(..signed.len() / 2).expect("a half");
    store.refuses(&store.unpinned(half), "does not hold");
    let twice = store.signed(&text, &RSA, "applicant", &["--add"]);
    store.refuses(&store.unpinned(&twice), "does not hold");
    // What is signed is a part of the document only.
    let part = format!("<outer>{}</outer>", list.xml().replacen("<trustList", "<trustList Id=\"it\"", 1));
    let part = store.signed(&part, &RSA, "applicant", &["--reference-id", "it"]);
    store.refuses(&store.unpinned(&part), "does not hold");
    let other_form = list.xml().replace("urn:qoltanba:trust-list", "urn:other");
    let other_form = store.signed(&other_form, &RSA, "applicant", &[]);
    store.refuses(&store.unpinned(&other_form), "no list");
    // An expired signer signs nothing any more.
    let by_expired = List::new(6, &[&RSA]).signed_by_next(&RSA, "expired").text();
    store.takes(&store.pinned(&by_expired));
    let list = store.signed(&List::new(7, &[&RSA]).xml(), &RSA, "expired", &[]);
    store.refuses(&store.unpinned(&list), "does not hold: CERTIFICATE_EXPIRED");
    store.takes(&store.unpinned_nothing());
}

impl Store {
    /// A list that is taken whatever happened before, to see that the store still can be changed.
    fn unpinned_nothing(&self) -> Vec<String> {
        self.pinned(&List::new(100, &[&RSA]).text())
    }
}

#[test]
fn a_list_goes_forwards_only() {
    let store = store();
    for sequence in [5, 4, 0] {
        let list = List::new(sequence, &[&RSA]);
        let signed = store.signed(&list.xml(), &RSA, "applicant", &[]);
        store.refuses(&store.unpinned(&signed), "that of the last list is 5");
        store.refuses(&store.pinned(&list.text()), "that of the last list is 5");
    }
    let mut expired = List::new(6, &[&RSA]);
    expired.next_update = Timestamp::now() - SignedDuration::from_secs(1);
    let signed = store.signed(&expired.xml(), &RSA, "applicant", &[]);
    store.refuses(&store.unpinned(&signed), "it counted until");
    store.refuses(&store.pinned(&expired.text()), "it counted until");
    // Adding and removing by hand does not make an old list new.
    store.well(&["trust", "remove", &file(&FOREIGN, "root.cer")]);
    store.well(&["trust", "add", &file(&FOREIGN, "ca.cer"), "--not-national"]);
    store.refuses(&store.pinned(&List::new(5, &[&RSA]).text()), "that of the last list is 5");
    store.takes(&store.pinned(&List::new(6, &[&RSA]).text()));
}

#[test]
fn a_list_that_is_none_is_refused() {
    let store = store();
    let good = List::new(6, &[&RSA, &FOREIGN]).text();
    let (own, foreign) = (fingerprint(&RSA.path("root.cer")), fingerprint(&FOREIGN.path("root.cer")));
    let limited = |more| List { more, ..List::new(6, &[&RSA]) }.text();
    for (wrong, why) in [
        (good.get(..good.len() / 2).expect("a half").to_owned(), "no list"),
        (good.replacen("sequence = 6\n", "", 1), "sequence and next_update"),
        (good.replacen("sequence = 6", "sequence = -6", 1), "no list"),
        (good.replacen("sequence", "colour = 1\nsequence", 1), "no list"),
        (good.replacen("sequence", &format!("update = \"{own}\"\nsequence"), 1), "no list"),
        (good.replacen("sequence", "signer = \"me\"\nsequence", 1), "no list"),
        (good.replace(&own, &foreign), "named twice"),
        (good.replace(&own, &"0".repeat(64)), "another fingerprint"),
        (good.replacen("BEGIN CERTIFICATE", "BEGIN NOTHING", 1), "no list"),
        (limited("purposes = [\"everything\"]\n"), "a purpose is"),
        (limited("permitted = [\"colour:red\"]\n"), "a subtree is"),
        (limited("policies = [\"x\"]\n"), "dotted"),
        (limited("file = \"../../etc/passwd\"\n"), "name of a file"),
        (limited("not_before = \"2027-01-01T00:00:00Z\"\nnot_after = \"2026-01-01T00:00:00Z\"\n"), "before"),
    ] {
        store.refuses(&store.pinned(&wrong), why);
    }
    store.takes(&store.pinned(&good));
}

#[test]
fn limits_come_with_the_list_and_nothing_outlives_it() {
    let store = Store::new();
    let mut list = List { more: "purposes = [\"timestamping\"]\n", ..List::new(1, &[&RSA]) };
    store.takes(&store.pinned(&list.text()));
    let (_, report, _) = store.check(NOW, &["--usage", "sign"]);
    assert_eq!(codes(&report), ["ANCHOR_CONSTRAINED"], "{report}");
    (list.sequence, list.more) = (2, "not_after = \"2099-01-01T00:00:00Z\"\n");
    store.takes(&store.pinned(&list.text()));
    assert!(store.trusts());
    let after = list.next_update + SignedDuration::from_secs(1);
    let (status, report, _) = store.check(&after.to_string(), &[]);
    assert_eq!((status, codes(&report)), (3, vec!["ANCHOR_NO_LONGER_TRUSTED"]), "{report}");
    // What is added by hand is in the same list.
    store.well(&["trust", "add", &file(&RSA, "ca.cer"), "--not-national"]);
    assert_eq!(store.check(&after.to_string(), &[]).0, 3);
}

#[test]
fn updates_at_once_leave_the_newest() {
    let store = store();
    let lists: Vec<_> = (6..12)
        .map(|sequence| {
            let pki: &'static Pki = if sequence == 11 { &RSA } else { &FOREIGN };
            let list = List::new(sequence, &[pki]).text();
            let pin: String = sha256(list.as_bytes()).iter().map(|octet| format!("{octet:02x}")).collect();
            (store.write(&format!("{sequence}.toml"), list.as_bytes()).display().to_string(), pin)
        })
        .collect();
    let start = |(list, pin): &(String, String)| {
        store.command(&["trust", "update", list, "--pin", pin]).spawn().expect("started")
    };
    for mut process in lists.iter().map(start).collect::<Vec<_>>() {
        process.wait().expect("ended");
    }
    assert!(store.list().contains("sequence = 11") && store.trusts(), "{}", store.list());
    assert_eq!(store.contents().len(), 2);
    assert_eq!(store.well(&["trust", "list"]).1.lines().count(), 1);
}

/// A keyUsage that is no BIT STRING: one reader of certificates passes over it, the other does not.
#[test]
fn what_two_readers_read_differently_becomes_no_anchor_by_any_way() {
    let key = PrivateKey::generate_ec(Curve::P256).expect("a key");
    let name = issue::name(&[(oid::COMMON_NAME, "Odd")]);
    let profile = Profile {
        subject: name.clone(),
        public_key: key.public_key(),
        not_before: "2026-01-01T00:00:00Z".parse().expect("a time"),
        not_after: "2036-01-01T00:00:00Z".parse().expect("a time"),
        extensions: vec![Extension::new(oid::KEY_USAGE, vec![4, 2, 1, 6]).critical()],
    };
    let issuer = Issuer { name: &name, key: &key, digest: DigestAlgorithm::Sha256 };
    let der = issue::certificate(&profile, issuer).expect("issued");
    let store = Store::new();
    let odd = store.write("odd.cer", &der);
    let added = store.refused(&["trust", "add", &odd.display().to_string(), "--not-national"]);
    assert!(added.contains("CERTIFICATE_READ_DIFFERENTLY"), "{added}");
    let mut list = List::new(1, &[&RSA]);
    list.anchors.push(("odd", odd));
    let words = store.pinned(&list.text());
    let updated = store.refused(&words.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(updated.contains("CERTIFICATE_READ_DIFFERENTLY"), "{updated}");
}
