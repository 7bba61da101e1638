//! Verifying large documents: the whole check up to 50 MB, beside SHA-256 alone and libxmlsec1.

use std::hint::black_box;
use std::path::PathBuf;

use jiff::Timestamp;
use qoltanba::crypto::sha256;
use qoltanba::service::bench::documents::{Shape, large};
use qoltanba::service::bench::{KEYS, Keys, sign};
use qoltanba::validation::Indication;

use crate::measure::{here, is_quick, race};
use crate::peers::Peer;
use crate::report::Report;
use crate::scan::limits;

pub(crate) fn run(report: &mut Report) {
    let at = Timestamp::now();
    let folder = tempfile::tempdir().expect("a folder");
    let (_, algorithm) = KEYS[0];
    Keys::make(folder.path(), algorithm, at).expect("keys");
    let keys = Keys::open(folder.path()).expect("keys");
    let certificate = folder.path().join("signer.cer");
    std::fs::write(&certificate, &keys.identity.certificate_der).expect("a certificate");
    let peer = Peer::build();
    let sizes: &[usize] = if is_quick() { &[10] } else { &[10, 50] };
    for (shape, name) in [(Shape::Records, "records"), (Shape::Attachments, "attachments")] {
        for size in sizes {
            let text: String = large(shape, size * 1_000_000).collect();
            let signed = sign(text.as_bytes(), &keys.identity, &limits()).expect("a signature");
            let files = vec![folder.path().join("large.xml")];
            std::fs::write(&files[0], &signed).expect("a document");
            one(
                report,
                &format!("verify {size} MB {name}"),
                &keys,
                &signed,
                at,
                peer.as_ref(),
                &certificate,
                &files,
            );
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "one measurement")]
fn one(
    report: &mut Report,
    name: &str,
    keys: &Keys,
    signed: &[u8],
    at: Timestamp,
    peer: Option<&Peer>,
    certificate: &std::path::Path,
    files: &[PathBuf],
) {
    let mut contestants = vec![
        (
            "bare SHA-256".to_owned(),
            here(|| {
                black_box(sha256(signed));
            }),
        ),
        (
            "verify".to_owned(),
            here(|| {
                let report = keys.checker.verify(signed, at);
                assert!(report.is_ok_and(|report| report.indication == Indication::TotalPassed));
            }),
        ),
    ];
    if let Some(peer) = peer {
        contestants.push(("libxmlsec1 in process".to_owned(), peer.run("verify", certificate, "", files)));
    }
    let seconds = race(1.0, &mut contestants);
    let names: Vec<&str> = contestants.iter().map(|(name, _)| name.as_str()).collect();
    report.speeds(name, signed.len(), &names, &seconds);
}
