//! The command with folders of certificates, and with lists that are kept with their index.

use std::path::Path;
use std::process::{Command, Output};

use jiff::{SignedDuration, Timestamp};
use qoltanba::asn1::oid;
use qoltanba::crypto::{Curve, DigestAlgorithm, PrivateKey};
use qoltanba::pkix::Certificate;
use qoltanba::pkix::issue::{self, Extension, Issuer, Profile, Revocation};

use crate::common::{has_tool, missing_tool};

struct World {
    folder: tempfile::TempDir,
    at: Timestamp,
    ca: (Vec<u8>, PrivateKey),
}

impl World {
    fn new() -> Self {
        let ca = (
            issue::name(&[(oid::COMMON_NAME, "CA"), (oid::COUNTRY, "KZ")]),
            PrivateKey::generate_ec(Curve::P256).expect("a key"),
        );
        let world = Self { folder: tempfile::tempdir().expect("a folder"), at: Timestamp::now(), ca };
        let authority = vec![Extension::authority(None), Extension::key_usage(&[5, 6])];
        world.write("root.cer", &world.certify(&world.ca.0, authority));
        world
    }

    fn write(&self, name: &str, octets: &[u8]) {
        std::fs::write(self.folder.path().join(name), octets).expect("written");
    }

    fn issuer(&self) -> Issuer<'_> {
        Issuer { name: &self.ca.0, key: &self.ca.1, digest: DigestAlgorithm::Sha256 }
    }

    fn certify(&self, subject: &[u8], extensions: Vec<Extension>) -> Vec<u8> {
        let profile = Profile {
            subject: subject.to_vec(),
            public_key: self.ca.1.public_key(),
            not_before: self.at - SignedDuration::from_hours(24),
            not_after: self.at + SignedDuration::from_hours(24),
            extensions,
        };
        issue::certificate(&profile, self.issuer()).expect("a certificate")
    }

    fn leaf(&self, name: &str) -> Vec<u8> {
        let subject = issue::name(&[(oid::COMMON_NAME, name)]);
        self.certify(&subject, vec![Extension::key_usage(&[0, 1])])
    }

    /// A list of over 1 MiB, of `age` hours, with further serial numbers.
    fn list(&self, age: i64, more: &[&[u8]]) -> Vec<u8> {
        let fill = (0..40_000_u32).map(|at| [&[2, 3], &at.to_be_bytes()[..]].concat());
        let line = |serial| Revocation {
            serial,
            at: self.at - SignedDuration::from_hours(10),
            reason: Some(1),
            more: Vec::new(),
        };
        let lines: Vec<_> = fill.chain(more.iter().map(|serial| serial.to_vec())).map(line).collect();
        let (this, next) =
            (self.at - SignedDuration::from_hours(age), self.at + SignedDuration::from_hours(9));
        issue::crl(self.issuer(), this, Some(next), 1, &lines, &[]).expect("a list")
    }

    fn check(&self, words: &[&str]) -> Output {
        let path = |word: &&str| match word.strip_prefix('@') {
            Some(name) => self.folder.path().join(name).into_os_string(),
            None => word.into(),
        };
        Command::new(env!("CARGO_BIN_EXE_qoltanba"))
            .args(["cert", "check", "--policy", "generic", "--trust"])
            .arg(self.folder.path().join("root.cer"))
            .args(words.iter().map(path))
            .env("XDG_CACHE_HOME", self.folder.path().join("cache"))
            .output()
            .expect("run")
    }
}

fn names(folder: &Path, ending: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder).map(|entries| entries.flatten().collect::<Vec<_>>());
    let names = entries.unwrap_or_default().into_iter().map(|entry| entry.file_name());
    names.map(|name| name.to_string_lossy().into_owned()).filter(|name| name.ends_with(ending)).collect()
}

#[test]
fn a_folder_of_certificates_is_checked_and_what_is_none_is_told() {
    let w = World::new();
    std::fs::create_dir(w.folder.path().join("all")).expect("a folder");
    assert_eq!(w.check(&["@all", "--revocation", "off"]).status.code(), Some(2), "nothing in it");
    for at in 0..40 {
        w.write(&format!("all/{at:02}.cer"), &w.leaf(&format!("Leaf {at}")));
    }
    w.write("all/note.txt", b"not looked at");
    for jobs in ["0", "1", "3"] {
        let output = w.check(&["@all", "--revocation", "off", "--jobs", jobs]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8(output.stdout).expect("text");
        let verdicts: Vec<_> = said.lines().filter(|line| line.contains(": TOTAL-PASSED")).collect();
        assert_eq!(verdicts.len(), 40);
        assert!(verdicts.is_sorted(), "in the order of the files");
    }
    w.write("all/20.cer", b"broken");
    let output = w.check(&["@all", "--revocation", "off", "--format", "json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("20.cer"));
    let all: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let all = all.as_array().expect("one value a file");
    assert_eq!(all.len(), 40);
    assert_eq!(all[20]["error"]["code"], "FILE_UNREADABLE");
    assert!(all.iter().enumerate().all(|(at, one)| at == 20 || one["indication"] == "TOTAL-PASSED"));
    // Lists beside certificates are no certificates.
    w.write("all/20.cer", &w.leaf("Leaf"));
    w.write("all/ca.crl", &w.list(1, &[]));
    let output = w.check(&["@all", "--crl", "@all/ca.crl"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A person sees how far it is: with a terminal on standard error there is a bar that ends at all of them.
#[test]
fn a_folder_shows_its_progress() {
    if !has_tool("script") {
        return missing_tool("script");
    }
    let w = World::new();
    std::fs::create_dir(w.folder.path().join("all")).expect("a folder");
    (0..200).for_each(|at| w.write(&format!("all/{at:03}.cer"), &w.leaf(&format!("Leaf {at}"))));
    let path = |name: &str| w.folder.path().join(name).display().to_string();
    let command = format!(
        "{} cert check {} --policy generic --revocation off --trust {} > {}",
        env!("CARGO_BIN_EXE_qoltanba"),
        path("all"),
        path("root.cer"),
        path("out")
    );
    let output = Command::new("script").args(["-qec", &command, "/dev/null"]).output().expect("run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.contains("/200"), "{shown:?}");
    let said = std::fs::read_to_string(path("out")).expect("what was said");
    assert_eq!(said.matches("TOTAL-PASSED").count(), 200);
    assert!(!said.contains("/200"), "the bar is not in the result");
}

/// A certificate that two readers read differently is no anchor, and nothing of its file is added.
#[test]
fn what_two_readers_read_differently_is_no_anchor() {
    let w = World::new();
    let odd = w.certify(
        &issue::name(&[(oid::COMMON_NAME, "Odd")]),
        vec![
            Extension::authority(None),
            // An OCTET STRING where keyUsage has a BIT STRING.
            Extension::new(oid::KEY_USAGE, vec![4, 2, 1, 6]).critical(),
        ],
    );
    let pem = |der: &[u8]| qoltanba::asn1::pem::encode("CERTIFICATE", der);
    let sound = std::fs::read(w.folder.path().join("root.cer")).expect("written");
    w.write("both.pem", [pem(&sound), pem(&odd)].concat().as_bytes());
    w.write("odd.cer", &odd);
    let store = w.folder.path().join("store");
    let add = |file: &str, language: &str| {
        Command::new(env!("CARGO_BIN_EXE_qoltanba"))
            .args(["--lang", language, "trust", "add", "--not-national"])
            .arg(w.folder.path().join(file))
            .env("QOLTANBA_TRUST", &store)
            .output()
            .expect("run")
    };
    for (language, word) in
        [("en", "the uses of the key"), ("ru", "назначения ключа"), ("kk", "кілттің мақсаттары")]
    {
        for file in ["odd.cer", "both.pem"] {
            let output = add(file, language);
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{said}");
            assert!(said.contains(word) && said.contains(file), "{said}");
            assert!(names(&store, ".cer").is_empty());
        }
    }
    assert!(add("root.cer", "en").status.success());
    assert_eq!(names(&store, ".cer").len(), 1);
}

#[test]
fn a_large_list_is_kept_and_a_changed_one_is_noticed() {
    let w = World::new();
    let leaf = w.leaf("Leaf");
    w.write("leaf.cer", &leaf);
    let serial = Certificate::from_der(&leaf).expect("parsed").serial().to_vec();
    let kept = w.folder.path().join("cache/qoltanba/lists");
    w.write("ca.crl", &w.list(2, &[]));
    std::thread::sleep(std::time::Duration::from_millis(2200));
    let status = || w.check(&["@leaf.cer", "--crl", "@ca.crl"]).status.code();
    assert_eq!(status(), Some(0));
    let stems = names(&kept, ".index");
    assert_eq!((stems.len(), names(&kept, ".crl").len()), (1, 1));
    let index = kept.join(&stems[0]);
    let whole = std::fs::read(&index).expect("an index");
    // Where the header has whose signature was checked.
    assert_ne!(whole[48..80], [0; 32], "the next need not check it");
    assert_eq!(status(), Some(0));
    // The same file by its kept name, and as a folder.
    let folder = kept.to_str().expect("a name");
    assert_eq!(w.check(&["@leaf.cer", "--crl", folder]).status.code(), Some(0));
    // A damaged index is made anew.
    std::fs::remove_file(&index).expect("removed");
    std::fs::write(&index, &whole[..whole.len() / 2]).expect("damaged");
    assert_eq!(status(), Some(0));
    assert_eq!(std::fs::read(&index).expect("an index"), whole);
    // Another list under the same name.
    w.write("ca.crl", &w.list(1, &[&serial]));
    let output = w.check(&["@leaf.cer", "--crl", "@ca.crl"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stdout).contains("CERTIFICATE_REVOKED"));
    // The older one stays, and the folder tells what was so when.
    assert_eq!(names(&kept, ".crl").len(), 2);
    let at = |hours: i64| (w.at - SignedDuration::from_hours(hours)).to_string();
    let then = |hours| w.check(&["@leaf.cer", "--crl", folder, "--at", &at(hours)]).status.code();
    assert_eq!((then(0), then(12)), (Some(3), Some(0)), "revoked ten hours ago");
    // Without a folder to keep it in all is as ever.
    std::fs::remove_dir_all(w.folder.path().join("cache")).expect("removed");
    w.write("cache", b"in the way");
    assert_eq!(status(), Some(3));
}
