//! Documents in a bucket of an S3-compatible object store: they are there and nowhere else, what was changed there is not
//! believed, and an object store that is away is an outage.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::Value;

use crate::backup::{empty_register, run};
use crate::setting::{FILE, Service, Setting, client, form, post};
use crate::tools::Stranger;

/// An object store; it ends with the pipe to it.
struct ObjectStore {
    process: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    port: u64,
    id: String,
    secret: String,
}

impl ObjectStore {
    /// Starts it, with TLS where there is a certificate.
    fn start(certificate: Option<&str>) -> Option<Self> {
        let mut command = Stranger::install("service/bucket")?.command();
        if let Some(certificate) = certificate {
            command.args([format!("{certificate}.pem"), format!("{certificate}.key")]);
        }
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3 runs");
        let mut answers = BufReader::new(process.stdout.take().expect("its output"));
        let told = line(&mut answers);
        let text = |name: &str| told[name].as_str().expect("a text").to_owned();
        let port = told["port"].as_u64().expect("a port");
        let (id, secret) = (text("id"), text("secret"));
        Some(Self { commands: process.stdin.take(), process, answers, port, id, secret })
    }

    /// What it answers to a command: the names of all objects.
    fn ask(&mut self, command: &str) -> Vec<String> {
        let commands = self.commands.as_mut().expect("its input");
        writeln!(commands, "{command}").expect("written");
        serde_json::from_value(line(&mut self.answers)).expect("names")
    }

    fn stop(&mut self) {
        drop(self.commands.take());
        let _ = self.process.wait();
    }
}

impl Drop for ObjectStore {
    fn drop(&mut self) {
        self.stop();
    }
}

fn line(from: &mut BufReader<ChildStdout>) -> Value {
    let mut line = String::new();
    from.read_line(&mut line).expect("a line");
    serde_json::from_str(&line).expect("JSON")
}

/// Adds to the settings that documents are in the bucket.
fn with_bucket(setting: &Setting, store: &ObjectStore, secret: &str, more: &str) {
    let text = std::fs::read_to_string(&setting.config).expect("settings");
    let text = text.split("[bucket]").next().expect("a text");
    let file = setting.folder.path().join("bucket-secret");
    std::fs::write(&file, format!("{secret}\n")).expect("written");
    let scheme = if more.is_empty() { "http" } else { "https" };
    let bucket = format!(
        "[bucket]\nendpoint = \"{scheme}://localhost:{}\"\nname = \"register\"\naccess_key_id = \"{}\"\n\
         secret_access_key_file = \"{}\"\n{more}",
        store.port,
        store.id,
        file.display()
    );
    std::fs::write(&setting.config, format!("{text}{bucket}")).expect("written");
}

/// Files that the data folder keeps below `blobs`.
fn files(setting: &Setting) -> usize {
    fn count(folder: &std::path::Path) -> usize {
        let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("one").path());
        // What is on its way has a folder of its own.
        let kept = entries.filter(|path| path.file_name().is_some_and(|name| name != "tmp"));
        kept.map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
    }
    count(&setting.folder.path().join("data/blobs"))
}

async fn receipt(service: &Service, filed: &Value) -> (u16, Vec<u8>) {
    let (number, key) = (filed["number"].as_str().expect("one"), filed["access_key"].as_str().expect("one"));
    let url = format!("{}/api/v1/applications/{number}/receipt", service.base);
    let answer = client().get(url).bearer_auth(key).send().await.expect("an answer");
    (answer.status().as_u16(), answer.bytes().await.expect("a body").to_vec())
}

fn digest(octets: &[u8]) -> String {
    qoltanba::crypto::sha256(octets).iter().map(|octet| format!("{octet:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_are_in_the_bucket_and_nowhere_else() {
    let setting = Setting::new();
    let Some(mut store) = ObjectStore::start(None) else { return };
    let secret = store.secret.clone();
    with_bucket(&setting, &store, &secret, "");
    let service = Service::start(&setting.config);
    // In one piece, and in parts.
    let long: Vec<u8> = (0..17_u32 << 20).map(|at| (at / 7) as u8).collect();
    let mut filed = Vec::new();
    for (person, file) in [(0, FILE), (1, &long[..])] {
        let document = setting.application(person, file);
        let (status, body) =
            post(&service.base, form(document, "income.pdf", file)).await.expect("an answer");
        assert_eq!(status, 201, "{body}");
        filed.push(body);
    }
    let (status, octets) = receipt(&service, &filed[0]).await;
    assert_eq!(status, 200);
    let name = |octets: &[u8]| {
        let digest = digest(octets);
        format!("{}/{}", &digest[..2], &digest[2..])
    };
    let names = store.ask("names");
    // Two applications, two files, two receipts.
    assert_eq!((names.len(), files(&setting)), (6, 0), "{names:?}");
    assert!(
        [FILE, &long[..], &octets[..]].into_iter().all(|octets| names.contains(&name(octets))),
        "{names:?}"
    );

    // A backup has them, and they come back into a folder.
    let backup = setting.folder.path().join("backup").display().to_string();
    let (done, said) = setting.run(&["backup", &backup]);
    assert!(done, "{said}");
    let text = std::fs::read_to_string(&setting.config).expect("settings");
    let in_bucket = text.clone();
    std::fs::write(&setting.config, text.split("[bucket]").next().expect("a text")).expect("written");
    let folder = empty_register(&setting, "second", None);
    std::fs::write(&setting.config, in_bucket).expect("written");
    let (done, said) = run(&folder, &["restore", &backup]);
    assert!(done, "{said}");

    // What is not what was put there is not given out.
    store.ask(&format!("damage {}", name(&octets)));
    let (status, said) = receipt(&service, &filed[0]).await;
    assert_eq!(status, 500, "{}", String::from_utf8_lossy(&said));
    assert!(!String::from_utf8_lossy(&said).contains("something else"));
    assert_eq!(receipt(&service, &filed[1]).await.0, 200);

    // An object store that is away is an outage: nothing is registered, and what asks again later finds it so.
    store.stop();
    let document = setting.application(2, FILE);
    let (status, body) = post(&service.base, form(document, "income.pdf", FILE)).await.expect("an answer");
    assert_eq!((status, body["code"].as_str()), (503, Some("NOT_READY")), "{body}");
    let ready = client().get(format!("{}/readyz", service.base)).send().await.expect("an answer");
    assert_eq!(ready.status().as_u16(), 503);
    assert_eq!(receipt(&service, &filed[1]).await.0, 503);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bucket_is_asked_by_its_key_and_over_tls() {
    let setting = Setting::new();
    let Some(certificate) = setting.server_certificate("store") else { return };
    let Some(mut store) = ObjectStore::start(Some(&certificate)) else { return };
    let authority = format!("ca = \"{certificate}.pem\"\n");
    let file = async |service: &Service, person: u32| {
        let document = setting.application(person, FILE);
        post(&service.base, form(document, "income.pdf", FILE)).await.expect("an answer")
    };
    let secret = store.secret.clone();
    // A stranger's key, and a server that nobody vouches for.
    for (secret, more, why) in [
        ("a stranger's", &*authority, "SignatureDoesNotMatch"),
        (&*secret, "region = \"us-east-1\"\n", "certificate verify failed"),
    ] {
        with_bucket(&setting, &store, secret, more);
        let (started, said) = setting.run(&["serve", "--listen", "127.0.0.1:0"]);
        assert!(!started && said.contains(why), "{said}");
    }
    assert!(store.ask("names").is_empty());
    with_bucket(&setting, &store, &secret, &authority);
    // A bucket that is not there.
    let text = std::fs::read_to_string(&setting.config).expect("settings");
    std::fs::write(&setting.config, text.replace("name = \"register\"", "name = \"regster\""))
        .expect("written");
    let (started, said) = setting.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(!started && said.contains("NoSuchBucket"), "{said}");
    with_bucket(&setting, &store, &secret, &authority);
    let service = Service::start(&setting.config);
    let (status, body) = file(&service, 0).await;
    assert_eq!(status, 201, "{body}");
    assert_eq!(receipt(&service, &body).await.0, 200);
    assert_eq!(store.ask("names").len(), 3);
}
