//! Whom may be asked, what an outage is, and servers that do not behave.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Response;
use jiff::Timestamp;
use qoltanba::asn1::{pem, write};
use qoltanba::online::{AllowedHost, Online, Settings};
use qoltanba::pkix::issue::Extension;
use qoltanba::validation::{Indication, Usage};

use crate::common::authority::Key;
use crate::common::has_tool;

use super::site::{Answer, World, certify, crl, passed, reasons, status};

#[test]
fn issuers_and_lists_are_fetched_from_allowed_hosts_alone() {
    let w = World::new();
    let report = w.check(w.settings());
    assert!(passed(&report), "{:?}", report.findings);
    assert_eq!(report.chain.len(), 3);
    assert!(report.revocation.iter().all(|status| status.source == Some("crl")));
    // Without being told to, nothing is.
    let asked = w.site.routes.asked.lock().expect("no panic").len();
    let offline = w.checker().judge_certificate(&w.leaf, Usage::Any, Timestamp::now(), None);
    assert_eq!(offline.indication, Indication::Indeterminate);
    // A host that is not on the list is not asked, nor one with an address inside that must not be.
    let stranger = w.check(Settings { hosts: Settings::default().hosts, ..w.settings() });
    assert_eq!(
        (stranger.indication, reasons(&stranger)),
        (Indication::Indeterminate, vec!["host".to_owned()])
    );
    let inside = w.check(Settings { hosts: w.hosts("127.0.0.1", false), ..w.settings() });
    assert_eq!(
        (inside.indication, reasons(&inside)),
        (Indication::Indeterminate, vec!["private".to_owned()])
    );
    assert_eq!(w.site.routes.asked.lock().expect("no panic").len(), asked);

    // By name, or in another spelling: what it leads to counts.
    for host in [
        "localhost",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "017700000001",
        "0177.0.0.1",
        "127.1",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::1]",
        "[::127.0.0.1]",
    ] {
        let url = format!("http://{host}:{}/ca.cer", w.site.port);
        let named = certify(&w.ca, &Key::new("Named"), vec![Extension::authority_info_access(&url, None)]);
        let tried = |hosts| {
            let online = Online::new(Settings { hosts, ..w.settings() }).expect("ready");
            reasons(&w.checker().judge_certificate(&named, Usage::Any, Timestamp::now(), Some(&online)))
        };
        assert_eq!(tried(w.hosts(host, false)), ["private"], "{host}");
        assert_eq!(tried(Settings::default().hosts), ["host"], "{host}");
    }
    assert_eq!(w.site.routes.asked.lock().expect("no panic").len(), asked);
}

#[test]
fn an_outage_is_neither_valid_nor_invalid() {
    let w = World::new();
    let tried = |answer: Answer, settings: Settings| {
        let began = Instant::now();
        w.site.answer("ca.crl", move |before, headers, body| answer(before, headers, body));
        let report = w.check(settings);
        assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
        assert_eq!(report.indication, Indication::Indeterminate, "{:?}", report.findings);
        assert_eq!(report.sub_indication.map(|sub| format!("{sub:?}")).as_deref(), Some("TryLater"));
        // The responder of the leaf is not there at all.
        reasons(&report)
            .into_iter()
            .filter(|reason| reason != "status" && reason != "resting")
            .collect::<Vec<_>>()
    };
    let settings = || w.settings();
    let fixed = |text: &'static str| -> Answer { Arc::new(move |_, _, _| Response::new(Body::from(text))) };
    assert_eq!(tried(fixed("<html>Sign in</html>"), settings()), ["content"]);
    assert_eq!(tried(fixed(""), settings()), ["content"]);
    let nothing: Vec<&str> = Vec::new();
    assert_eq!(tried(Arc::new(|_, _, _| status(500)), settings()), nothing, "but for the status");
    let elsewhere = w.site.url("root.crl");
    let redirect: Answer = Arc::new(move |_, _, _| {
        Response::builder()
            .status(302)
            .header("location", &elsewhere)
            .body(Body::empty())
            .expect("a response")
    });
    let before = w.site.asked("root.crl");
    assert_eq!(tried(redirect, settings()), ["redirect"]);
    assert_eq!(w.site.asked("root.crl"), before + 1, "a redirect was followed");
    // Octets without end, and more than are said to come.
    let endless: Answer = Arc::new(|_, _, _| {
        let chunks = futures_of(vec![0x30; 1 << 16], Duration::ZERO);
        Response::new(Body::from_stream(chunks))
    });
    assert_eq!(tried(endless, Settings { list_bytes: 1 << 20, ..settings() }), ["size"]);
    // One octet after the other.
    let slow: Answer = Arc::new(|_, _, _| {
        let chunks = futures_of(vec![0x30], Duration::from_millis(50));
        Response::new(Body::from_stream(chunks))
    });
    assert_eq!(tried(slow, Settings { list_within: Duration::from_secs(2), ..settings() }), ["timeout"]);
    // A good list, packed: nothing is unpacked.
    let packed = packed(&crl(&w.ca, 1, &[]));
    let gzip: Answer = Arc::new(move |_, _, _| {
        let response = Response::builder().header("content-encoding", "gzip");
        response.body(Body::from(packed.clone())).expect("a response")
    });
    assert_eq!(tried(gzip, settings()), ["content"]);
    // A list of another authority, of its own key under the right name, and of the right key under another.
    let (stranger, impostor) = (Key::new("Stranger"), Key::new("CA"));
    for other in [&stranger, &impostor] {
        let list = crl(other, 1, &[]);
        assert_eq!(
            tried(Arc::new(move |_, _, _| Response::new(Body::from(list.clone()))), settings()),
            ["foreign"]
        );
    }
}

/// Stored, not compressed (RFC 1951 3.2.4), in the frame of gzip.
fn packed(octets: &[u8]) -> Vec<u8> {
    let length = u16::try_from(octets.len()).expect("a short text");
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    [&head[..], &length.to_le_bytes(), &(!length).to_le_bytes(), octets, &[0; 8]].concat()
}

/// A server that answers every question with the same octets, whatever HTTP says, from now or later on.
fn raw(octets: Vec<u8>, listener: std::net::TcpListener) {
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            use std::io::{Read as _, Write as _};
            let mut stream = stream;
            let mut read = [0; 4096];
            let _ = stream.read(&mut read);
            let _ = stream.write_all(&octets);
        }
    });
}

#[test]
fn what_is_no_http_is_no_answer() {
    let w = World::new();
    let list = crl(&w.ca, 1, &[]);
    let with = |head: String, body: &[u8]| [head.as_bytes(), body].concat();
    let head = |length: usize| format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
    for (octets, reason) in [
        // More is announced than comes, less, far too much; no head, a head without end, two lengths.
        (with(head(list.len() + 1), &list), "broken"),
        (with(head(list.len() - 1), &list), "content"),
        (with(head(1 << 40), &list), "size"),
        (with("ICY 200 OK\r\n\r\n".into(), &list), "broken"),
        (with(format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(1 << 20)), &list), "broken"),
        (with("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n".into(), &list), "broken"),
        (Vec::new(), "broken"),
    ] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        raw(octets, listener);
        let points = Extension::crl_distribution_point(&format!("http://127.0.0.1:{port}/a.crl"));
        let access = Extension::authority_info_access(&w.site.url("ca.cer"), None);
        let leaf = certify(&w.ca, &Key::new("Leaf"), vec![access, points]);
        let mut settings = w.settings();
        settings.hosts.push(AllowedHost::new(&format!("127.0.0.1:{port}"), true).expect("a host"));
        let online = Online::new(settings).expect("ready");
        let report = w.checker().judge_certificate(&leaf, Usage::Any, Timestamp::now(), Some(&online));
        assert_eq!(reasons(&report), [reason], "{:?}", report.findings);
        assert_eq!(report.indication, Indication::Indeterminate);
    }
}

#[test]
fn a_server_that_comes_up_is_waited_for() {
    let w = World::new();
    let list = crl(&w.ca, 1, &[]);
    let octets =
        [format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", list.len()).as_bytes(), &list].concat();
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    let points = Extension::crl_distribution_point(&format!("http://127.0.0.1:{port}/a.crl"));
    let access = Extension::authority_info_access(&w.site.url("ca.cer"), None);
    let leaf = certify(&w.ca, &Key::new("Leaf"), vec![access, points]);
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(250));
        raw(octets, std::net::TcpListener::bind(("127.0.0.1", port)).expect("the port"));
    });
    let mut settings = Settings { tries: 6, list_within: Duration::from_secs(10), ..w.settings() };
    settings.hosts.push(AllowedHost::new(&format!("127.0.0.1:{port}"), true).expect("a host"));
    let online = Online::new(settings).expect("ready");
    let report = w.checker().judge_certificate(&leaf, Usage::Any, Timestamp::now(), Some(&online));
    assert!(passed(&report), "{:?}", report.findings);
}

/// The same octets again and again.
fn futures_of(
    chunk: Vec<u8>,
    pause: Duration,
) -> impl futures_core::Stream<Item = Result<Vec<u8>, std::io::Error>> {
    struct Endless(Vec<u8>, Duration, Option<std::pin::Pin<Box<tokio::time::Sleep>>>);
    impl futures_core::Stream for Endless {
        type Item = Result<Vec<u8>, std::io::Error>;
        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            context: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Self::Item>> {
            let pause = self.1;
            let sleep = self.2.get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
            if std::future::Future::poll(sleep.as_mut(), context).is_pending() {
                return std::task::Poll::Pending;
            }
            self.2 = None;
            std::task::Poll::Ready(Some(Ok(self.0.clone())))
        }
    }
    Endless(chunk, pause, None)
}

#[test]
fn what_fails_for_a_moment_is_tried_again() {
    let w = World::new();
    let list = crl(&w.ca, 1, &[]);
    w.site.answer("ca.crl", move |before, _, _| match before {
        0 => status(503),
        1 => status(429),
        _ => Response::new(Body::from(list.clone())),
    });
    let report = w.check(w.settings());
    assert!(passed(&report), "{:?}", report.findings);
    assert_eq!(w.site.asked("ca.crl"), 3);
    // A port where nobody listens, and a second question to it at once: it is left alone for a while.
    let dead = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = dead.local_addr().expect("an address").port();
    drop(dead);
    let access = Extension::authority_info_access(&format!("http://127.0.0.1:{port}/a"), None);
    let lost = certify(&w.ca, &Key::new("Lost"), vec![access]);
    let hosts = vec![AllowedHost::new(&format!("127.0.0.1:{port}"), true).expect("a host")];
    let online = Online::new(Settings { hosts, ..w.settings() }).expect("ready");
    let ask = || w.checker().judge_certificate(&lost, Usage::Any, Timestamp::now(), Some(&online));
    assert_eq!(reasons(&ask()), ["connection"]);
    assert_eq!(reasons(&ask()), ["resting"]);
    // Not for long.
    let hosts = vec![AllowedHost::new(&format!("127.0.0.1:{port}"), true).expect("a host")];
    let settings = Settings { hosts, rest: Duration::from_millis(1), ..w.settings() };
    let online = Online::new(settings).expect("ready");
    let ask = || w.checker().judge_certificate(&lost, Usage::Any, Timestamp::now(), Some(&online));
    assert_eq!(reasons(&ask()), ["connection"]);
    std::thread::sleep(Duration::from_millis(5));
    assert_eq!(reasons(&ask()), ["connection"]);
    // A responder that fails says nothing of the lists on the same host.
    w.site.answer("ocsp", |_, _, _| status(500));
    assert!(passed(&w.check(w.settings())));
}

/// `openssl s_server` over a folder, on loopback; ended with the value.
struct Secure(std::process::Child);

impl Drop for Secure {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_secure_server_must_be_whom_it_says() {
    if !has_tool("openssl") {
        return;
    }
    let w = World::new();
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, octets: &[u8]| std::fs::write(folder.path().join(name), octets).expect("written");
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    // A certificate of the web for localhost, and a leaf whose list is there.
    let web = Key::new("Web");
    let names = write::sequence(&[write::tlv(0x82, &[&b"localhost"[..]])]);
    let server = certify(&w.root, &web, vec![Extension::new("2.5.29.17", names), Extension::key_usage(&[0])]);
    put("server.pem", pem::encode("CERTIFICATE", server.der()).as_bytes());
    put("server.key", &web.key.to_pkcs8_pem().expect("PEM"));
    put("root.pem", pem::encode("CERTIFICATE", w.anchor.der()).as_bytes());
    put("root.cer", w.anchor.der());
    put("ca.crl", &crl(&w.ca, 1, &[]));
    let list = Extension::crl_distribution_point(&format!("https://localhost:{port}/ca.crl"));
    let access = Extension::authority_info_access(&w.site.url("ca.cer"), None);
    put("leaf.cer", certify(&w.ca, &Key::new("Leaf"), vec![access, list]).der());
    let accept = format!("127.0.0.1:{port}");
    let mut openssl = Command::new("openssl");
    openssl.current_dir(folder.path()).args(["s_server", "-accept", &accept, "-WWW", "-quiet"]);
    openssl.args(["-cert", "server.pem", "-key", "server.key"]);
    openssl.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
    let _server = Secure(openssl.stderr(std::process::Stdio::null()).spawn().expect("openssl runs"));
    for _ in 0..100 {
        if std::net::TcpStream::connect(&accept).is_ok() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let run = |trusted: &str| {
        let (site, secure) = (format!("127.0.0.1:{}", w.site.port), format!("localhost:{port}"));
        let path = |name: &str| folder.path().join(name).display().to_string();
        let mut command = Command::new(env!("CARGO_BIN_EXE_qoltanba"));
        command.args([
            "cert",
            "check",
            &path("leaf.cer"),
            "--trust",
            &path("root.cer"),
            "--policy",
            "generic",
        ]);
        command.args(["--online", "--allow-private-host", &site, "--allow-private-host", &secure]);
        command.args(["--format", "json"]);
        command.env("SSL_CERT_FILE", path(trusted)).env("SSL_CERT_DIR", folder.path().join("none"));
        command.arg("--cache").arg(folder.path().join(format!("cache of {trusted}")));
        let output = command.output().expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (status, said) = run("root.pem");
    assert_eq!(status, Some(0), "{said}");
    let (status, said) = run("server.pem");
    assert!(status == Some(3) && said.contains("no secure connection"), "{said}");
}
