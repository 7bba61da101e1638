//! The command and the service, as people and processes use them.

use std::process::Command;
use std::time::Duration;

use axum::body::Body;
use axum::http::Response;
use jiff::Timestamp;
use qoltanba::asn1::pem;
use qoltanba::signature::sign;
use qoltanba::xml::Limits;

use crate::common::has_tool;

use super::site::{World, crl, status};
use super::timestamps::stamping;

/// The command on the leaf of a world, ready to be run.
fn command(w: &World, folder: &std::path::Path, more: &[&str]) -> Command {
    let path = |name: &str| folder.join(name).display().to_string();
    std::fs::write(path("root.cer"), w.anchor.der()).expect("written");
    std::fs::write(path("leaf.cer"), w.leaf.der()).expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_qoltanba"));
    command.args(["cert", "check", &path("leaf.cer"), "--trust", &path("root.cer"), "--policy", "generic"]);
    command.args(["--format", "json", "--cache", &path("cache")]).args(more);
    command
}

#[test]
fn processes_that_fetch_the_same_do_so_once() {
    let w = World::new();
    let folder = tempfile::tempdir().expect("a folder");
    let list = crl(&w.ca, 1, &[]);
    w.site.answer("ca.crl", move |_, _, _| {
        std::thread::sleep(Duration::from_millis(400));
        Response::new(Body::from(list.clone()))
    });
    let host = format!("127.0.0.1:{}", w.site.port);
    let commands: Vec<_> =
        (0..4).map(|_| command(&w, folder.path(), &["--online", "--allow-private-host", &host])).collect();
    let children: Vec<_> = commands
        .into_iter()
        .map(|mut command| command.stdout(std::process::Stdio::null()).spawn().expect("it runs"))
        .collect();
    for mut child in children {
        assert_eq!(child.wait().expect("it ends").code(), Some(0));
    }
    assert_eq!((w.site.asked("ca.crl"), w.site.asked("root.crl"), w.site.asked("ca.cer")), (1, 1, 1));
}

#[test]
fn the_command_says_what_was_tried() {
    let w = World::new();
    let folder = tempfile::tempdir().expect("a folder");
    let run = |more: &[&str]| {
        let output = command(&w, folder.path(), more).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), said, String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let host = format!("127.0.0.1:{}", w.site.port);
    assert_eq!(run(&["--online", "--allow-private-host", &host]).0, Some(0));
    assert!(w.site.routes.asked.lock().expect("no panic").len() > 2);
    std::fs::remove_dir_all(folder.path().join("cache")).expect("removed");
    for (more, reason, was_asked) in [
        (vec!["--online"], "is not among those that may be asked", false),
        (vec!["--online", "--allow-host", &host], "not of the open network", true),
    ] {
        let asked = w.site.routes.asked.lock().expect("no panic").len();
        let (code, said, _) = run(&more);
        assert_eq!(code, Some(3), "{said}");
        assert!(said.contains("FETCH_FAILED") && said.contains(reason), "{said}");
        assert!(said.contains(&w.site.url("ca.cer")) && said.contains("Attempts: 1") == was_asked, "{said}");
        assert_eq!(w.site.routes.asked.lock().expect("no panic").len(), asked);
    }
    // Off unless asked for.
    let (code, said, _) = run(&["--allow-private-host", &host]);
    assert!(code == Some(3) && !said.contains("FETCH_FAILED"), "{said}");
    w.site.answer("ca.crl", |_, _, _| status(503));
    let (code, said, _) = run(&["--online", "--allow-private-host", &host]);
    assert!(code == Some(3) && said.contains("TRY_LATER"), "{said}");
    assert!(said.contains("with status 503") && said.contains("Attempts: 3, "), "{said}");
    // No host, no folder.
    assert_eq!(run(&["--online", "--allow-host", "http://pki.gov.kz/"]).0, Some(2));
    std::fs::write(folder.path().join("file"), b"").expect("written");
    let cache = folder.path().join("file").display().to_string();
    let mut again = command(&w, folder.path(), &["--online"]);
    let output = again.args(["--cache", &cache]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
}

/// On a terminal it is told who is asked; in a file it is not.
#[test]
fn a_person_sees_who_is_asked() {
    if !has_tool("script") {
        return;
    }
    let w = World::new();
    let folder = tempfile::tempdir().expect("a folder");
    let host = format!("127.0.0.1:{}", w.site.port);
    let mut plain = command(&w, folder.path(), &["--online", "--allow-private-host", &host]);
    let words: Vec<_> = std::iter::once(plain.get_program())
        .chain(plain.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let output = Command::new("script").args(["-qec", &words.join(" "), "/dev/null"]).output();
    let output = output.expect("it runs");
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("asking: 127.0.0.1"));
    std::fs::remove_dir_all(folder.path().join("cache")).expect("removed");
    let output = plain.output().expect("it runs");
    assert!(output.status.success() && output.stderr.is_empty());
}

/// The service fetches when its settings say so.
#[test]
fn the_service_fetches_when_told_to() {
    use std::io::BufRead as _;
    let w = World::new();
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("root.cer"), w.anchor.der()).expect("written");
    let profile = sign::Profile { properties: Some(Timestamp::now()), ..sign::Profile::default() };
    let signed =
        sign::sign(b"<a/>", &w.leaf_key.key, w.leaf.der(), &profile, &Limits::default()).expect("signed");
    let client = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let ask = |online: &str, times: usize| {
        let data = path(if online.is_empty() { "offline" } else { "online" });
        let text = format!(
            "data_dir = \"{data}\"\ntrust = [\"{}\"]\npolicy = \"generic\"\n{online}",
            path("root.cer")
        );
        std::fs::write(path("qoltanba.toml"), text).expect("written");
        let mut process = Command::new(env!("CARGO_BIN_EXE_qoltanba"))
            .args(["serve", "--json-logs", "--listen", "127.0.0.1:0", "--config", &path("qoltanba.toml")])
            .env("QOLTANBA_LOG", "info")
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("the service starts");
        let mut lines = std::io::BufReader::new(process.stderr.take().expect("its messages")).lines();
        let address = loop {
            let line = lines.next().expect("the service says where it listens").expect("a line");
            if let Some(rest) = line.strip_prefix("listening on http://") {
                break rest.split_whitespace().next().expect("an address").to_owned();
            }
        };
        let log = std::thread::spawn(move || lines.map_while(Result::ok).collect::<Vec<_>>().join("\n"));
        let verify = async || {
            let url = format!("http://{address}/api/v1/verifications");
            let response = reqwest::Client::new().post(url).body(signed.clone()).send().await;
            response.expect("an answer").json::<serde_json::Value>().await.expect("JSON")
        };
        let reports: Vec<_> = (0..times).map(|_| client.block_on(verify())).collect();
        process.kill().expect("killed");
        process.wait().expect("ended");
        (reports, log.join().expect("a log"))
    };
    let (reports, _) = ask("", 1);
    assert_eq!(reports[0]["indication"], "INDETERMINATE");
    assert!(w.site.routes.asked.lock().expect("no panic").is_empty());
    let online = format!("[online]\nenabled = true\nprivate_hosts = [\"127.0.0.1:{}\"]\n", w.site.port);
    let (reports, log) = ask(&online, 2);
    for report in &reports {
        assert_eq!(report["indication"], "TOTAL-PASSED", "{report:#}");
    }
    assert_eq!((w.site.asked("ca.crl"), w.site.asked("ca.cer")), (1, 1));
    // The log has hosts and outcomes; the path of a question would name the certificate.
    assert!(log.contains("\"host\":\"127.0.0.1\"") && log.contains("\"kind\":\"crl\""), "{log}");
    assert!(!log.contains("/ocsp") && !log.contains("ca.crl"), "{log}");
}

/// The commands, as an operator gives them.
#[test]
fn the_commands_sign_extend_and_verify_online() {
    if !has_tool("openssl") {
        return;
    }
    let w = World::new();
    stamping(&w);
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let key = w.leaf_key.key.to_pkcs8_pem().expect("PEM");
    let with_key = [&key[..], pem::encode("CERTIFICATE", w.leaf.der()).as_bytes()].concat();
    std::fs::write(path("key.pem"), with_key).expect("written");
    std::fs::write(path("root.cer"), w.anchor.der()).expect("written");
    std::fs::write(path("a.xml"), b"<a/>").expect("written");
    let host = format!("127.0.0.1:{}", w.site.port);
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_qoltanba"));
        let output = command.args(arguments).output().expect("it runs");
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&said).into_owned())
    };
    let (root, cache, tsa) = (path("root.cer"), path("cache"), w.site.url("tsa"));
    let network = ["--online", "--allow-private-host", &host, "--cache", &cache];
    let judging = [&["--trust", &root, "--policy", "generic"][..], &network].concat();
    let (document, key, signed) = (path("a.xml"), path("key.pem"), path("t.xml"));
    let sign = ["sign", &document, "--key", &key, "--level", "T", "--tsa", &tsa, "--out", &signed];
    let (status, said) = run(&[&sign[..], &judging].concat());
    assert_eq!(status, Some(0), "{said}");
    let archived = path("lta.xml");
    let extend = ["extend", &signed, "--level", "LTA", "--tsa", &tsa, "--out", &archived];
    let (status, said) = run(&[&extend[..], &judging].concat());
    assert_eq!(status, Some(0), "{said}");
    // By what it carries alone.
    let (status, said) = run(&["verify", &archived, "--trust", &root, "--policy", "generic"]);
    assert_eq!(status, Some(0), "{said}");
    let (status, said) = run(&["verify", &signed, "--trust", &root, "--policy", "generic"]);
    assert_eq!(status, Some(3), "{said}");
    let (status, said) = run(&[&["verify", &signed][..], &judging].concat());
    assert_eq!(status, Some(0), "{said}");
    // Nobody listens at the authority: nothing is written.
    let (nowhere, nothing) = (w.site.url("nowhere"), path("nothing.xml"));
    let extend = ["extend", &signed, "--level", "LTA", "--tsa", &nowhere, "--out", &nothing];
    let (status, said) = run(&[&extend[..], &judging].concat());
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("timestamp") && !std::path::Path::new(&nothing).exists(), "{said}");
}
