//! Verifying and signing 2 KB and 20 KB, 256 different documents each, beside the bare operations and
//! libxmlsec1.

use std::path::PathBuf;

use jiff::Timestamp;
use qoltanba::crypto::Protection;
use qoltanba::service::bench::{KEYS, Keys, PASSWORD, SIZES, workload};
use qoltanba::service::development_pki::KeyAlgorithm;

use crate::measure::{here, race};
use crate::peers::{Peer, command, openssl_speed};
use crate::report::Report;

pub(crate) fn run(report: &mut Report) {
    let at = Timestamp::now();
    let installed = Peer::build();
    for (key_name, algorithm) in KEYS {
        // The peers do not know the national algorithms.
        let national = algorithm == KeyAlgorithm::Gost2015;
        let peer = installed.as_ref().filter(|_| !national);
        let folder = tempfile::tempdir().expect("a folder");
        Keys::make(folder.path(), algorithm, at).expect("keys");
        let keys = Keys::open(folder.path()).expect("keys");
        let certificate = folder.path().join("signer.cer");
        std::fs::write(&certificate, &keys.identity.certificate_der).expect("a certificate");
        // Peers on OpenSSL 3 do not open the national protection.
        let p12 = folder.path().join("modern.p12");
        let modern = keys.identity.to_pkcs12("applicant", PASSWORD, Protection::Modern).expect("a container");
        std::fs::write(&p12, modern).expect("a container");
        for (size, octets) in SIZES {
            let work = workload(&format!("{size} {key_name}"), &keys, octets, 256, at).expect("the work");
            let mut files: Vec<PathBuf> = Vec::new();
            for (at, document) in work.signed.iter().enumerate() {
                let file = folder.path().join(format!("{octets}-{at:03}.xml"));
                std::fs::write(&file, document).expect("a document");
                files.push(file);
            }
            let mut verify = vec![
                ("bare verify".to_owned(), here(&work.bare_verify)),
                ("verify, chain judged before".to_owned(), here(&work.verify)),
            ];
            if let Some(peer) = peer {
                verify.push((
                    "libxmlsec1 in process, key given".to_owned(),
                    peer.run("verify", &certificate, "", &files),
                ));
            }
            let mut sign =
                vec![("bare sign".to_owned(), here(&work.bare_sign)), ("sign".to_owned(), here(&work.sign))];
            if let Some(peer) = peer {
                sign.push(("libxmlsec1 in process".to_owned(), peer.run("sign", &p12, PASSWORD, &files)));
            }
            for (what, mut contestants) in [("verify", verify), ("sign", sign)] {
                let seconds = race(1.5, &mut contestants);
                let names: Vec<&str> = contestants.iter().map(|(name, _)| name.as_str()).collect();
                report.rates(&format!("{what} {size} {key_name}"), &names, &seconds);
            }
            if national {
                continue;
            }
            if let Some(rate) = command(&certificate, &files[0]) {
                report.add(
                    &format!("verify {size} {key_name}"),
                    "xmlsec1, the command",
                    format!("{rate:.0}/s"),
                    None,
                );
            }
        }
    }
    for (name, rate) in openssl_speed() {
        report.add("openssl speed", &name, rate, None);
    }
}
