//! `qoltanba load` against a real service: what it says of it is so, and where it must not go.

use std::process::{Command, Output};

use serde_json::Value;

use crate::setting::{Service, Setting};

fn load(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_qoltanba")).arg("load").args(arguments).output().expect("it runs")
}

#[test]
fn what_it_sends_is_registered_and_what_is_refused_is_told() {
    let setting = Setting::new();
    let pki = setting.folder.path().join("load").display().to_string();
    assert!(load(&["--make-pki", &pki]).status.success());
    assert!(!load(&["--make-pki", &pki]).status.success(), "what is there is not replaced");
    let text = std::fs::read_to_string(&setting.config).expect("settings");
    let text =
        text.replace("trust = [", &format!("crls = [\"{pki}/root.crl\"]\ntrust = [\"{pki}/root.cer\", "));
    let text = text.replace("\"available\"", "\"required\"");
    std::fs::write(&setting.config, text).expect("written");
    let service = Service::start(&setting.config);
    let run = |more: &[&str]| {
        let common = ["--pki", &pki, "--url", &service.base, "--first", "1000", "--connections", "4"];
        let output = load(&[&common, more].concat());
        (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"))
    };
    let (status, told) = run(&["--rate", "20", "--seconds", "1.5", "--format", "json"]);
    let told: Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!((status, told["answered"].as_u64()), (Some(0), Some(30)), "{told}");
    assert!(told["seconds"].as_f64().is_some_and(|seconds| seconds > 1.4), "at the rate: {told}");
    let latency = |name: &str| told["latency_ms"][name].as_f64().expect("a latency");
    assert!(0.0 < latency("p50") && latency("p50") <= latency("p99") && latency("p99") <= latency("max"));
    // The same persons again, and others among them.
    let (status, told) = run(&["--rate", "100", "--count", "40", "--algorithm", "ecdsa"]);
    assert_eq!(status, Some(1), "{told}");
    assert!(told.contains("answered  10 in") && told.contains("(OPEN_APPLICATION 30)"), "{told}");
    let (exported, lines) = setting.run(&["export", "--format", "csv"]);
    assert!(exported && lines.contains("-000040,") && !lines.contains("-000041,"), "{lines}");
    let (whole, said) = setting.run(&["log", "verify"]);
    assert!(whole, "{said}");
}

#[test]
fn it_goes_nowhere_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let pki = folder.path().join("load").display().to_string();
    assert!(load(&["--make-pki", &pki]).status.success());
    for (url, more, said) in [
        ("http://192.0.2.1:80", &[][..], "--allow-host"),
        ("http://localhost.example.kz", &[], "--allow-host"),
        ("http://192.0.2.1:80", &["--allow-host", "192.0.2.2"], "--allow-host"),
        // Nobody listens there.
        ("http://127.0.0.1:1", &[], "nobody answers"),
    ] {
        let output = load(&[&["--pki", &pki, "--url", url, "--count", "1"], more].concat());
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && told.contains(said), "{url} {told}");
    }
    let help = String::from_utf8(load(&["--help"]).stdout).expect("UTF-8");
    assert!(help.contains("qoltanba load --pki load-pki --rate 20 --seconds 30"), "{help}");
}
