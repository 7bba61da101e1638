//! A folder of 10,000 certificates through the command, on all cores: all the files are read, each chain is built
//! and judged with the authority's indexed list of 100,000 lines, and the whole reports are written as JSON. It is
//! compared with what bare RSA verifications would make on as many cores.

use std::process::{Command, Stdio};
use std::time::Instant;

use qoltanba::crypto::{DigestAlgorithm, EcdsaForm, PrivateKey, verify_digest};

use crate::certificates::Pki;
use crate::measure::{here, is_quick, race};
use crate::report::Report;

pub(crate) fn run(report: &mut Report) {
    let count = if is_quick() { 1000 } else { 10_000 };
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let pki = Pki::new();
    std::fs::create_dir(path("all")).expect("a folder");
    for (at, leaf) in pki.leaves(count).iter().enumerate() {
        std::fs::write(path(&format!("all/{at:05}.cer")), leaf).expect("written");
    }
    let files = [("root.cer", &pki.root_der), ("ca.cer", &pki.ca_der)];
    files.iter().for_each(|(name, der)| std::fs::write(path(name), der).expect("written"));
    std::fs::write(path("ca.crl"), pki.list(false, 100_000)).expect("written");
    std::fs::write(path("root.crl"), pki.list(true, 1)).expect("written");
    // Only a file that has been there for a while is known again without reading it.
    std::thread::sleep(std::time::Duration::from_millis(2200));
    let check = || {
        let start = Instant::now();
        let status = Command::new(env!("CARGO_BIN_EXE_qoltanba"))
            .args(["cert", "check", "--usage", "sign", "--format", "json", "--trust"])
            .args([path("root.cer"), "--certs".into(), path("ca.cer"), "--crl".into(), path("ca.crl")])
            .args(["--crl".into(), path("root.crl"), path("all")])
            .env("XDG_CACHE_HOME", path("cache"))
            .stdout(Stdio::null())
            .status()
            .expect("run");
        assert!(status.success(), "all pass");
        start.elapsed().as_secs_f64()
    };
    check();
    let seconds = (0..5).map(|_| check()).fold(f64::MAX, f64::min);
    let key = PrivateKey::generate_rsa(2048).expect("a key");
    let algorithm = key.signature_algorithm(DigestAlgorithm::Sha256);
    let digest = qoltanba::crypto::sha256(b"bare");
    let value = key.sign_digest(&algorithm, EcdsaForm::Der, &digest).expect("a signature");
    let public = key.public_key();
    let bare = move || {
        verify_digest(&algorithm, EcdsaForm::Der, std::hint::black_box(&public), &digest, &value)
            .expect("verified");
    };
    let bare = race(1.0, &mut [("bare".to_owned(), here(bare))])[0];
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let group = format!("folder of {count} certificates");
    report.add(&group, "bare RSA-2048 verify, one core", format!("{:.0}/s", 1.0 / bare), None);
    let rate = count as f64 / seconds;
    let name = format!("cert check, {cores} cores, by the clock");
    report.add(&group, &name, format!("{rate:.0}/s"), Some(rate * bare / cores as f64));
    report.add(&group, "the whole folder", format!("{:.0} ms", seconds * 1e3), None);
}
