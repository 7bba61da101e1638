//! Certificates as another reader, `x509-parser`, reads them.

use x509_parser::prelude::{FromDer as _, X509Certificate, X509Version};

use super::*;

#[test]
fn certificates_are_read_as_another_reader_reads_them() {
    let (Some(folder), Some(corpora)) = (shared(""), shared("../corpora")) else { return };
    let mut files = Vec::new();
    collect(&folder, &mut files);
    collect(&corpora, &mut files);
    let mut read = 0;
    for file in files {
        let Ok(bytes) = fs::read(&file) else { continue };
        let Ok(blocks) = crate::pkix::certificate::decode(&bytes, "CERTIFICATE") else { continue };
        for der in blocks {
            let peer = X509Certificate::from_der(&der).ok().filter(|(rest, _)| rest.is_empty());
            match (Certificate::from_der(&der), peer) {
                (Ok(own), Some((_, peer))) => {
                    read += 1;
                    let peer_tbs = &peer.tbs_certificate;
                    assert_eq!(own.tbs(), peer_tbs.as_ref(), "{}", file.display());
                    assert_eq!(own.serial(), peer_tbs.raw_serial());
                    assert_eq!(own.issuer().der(), peer.issuer().as_raw());
                    assert_eq!(own.subject().der(), peer.subject().as_raw());
                    assert_eq!(own.spki(), peer.public_key().raw);
                    assert_eq!(own.not_before().as_second(), peer.validity().not_before.timestamp());
                    assert_eq!(own.is_v3(), peer.version() == X509Version::V3);
                    let algorithm = write::oid(own.signature_algorithm_oid());
                    assert!(algorithm.ends_with(peer.signature_algorithm.algorithm.as_bytes()));
                    let usage = peer.key_usage().ok().flatten().map(|usage| usage.value.digital_signature());
                    assert_eq!(own.key_usage().map(|usage| usage.digital_signature), usage);
                }
                (Ok(_), None) => panic!("{}: only we read it", file.display()),
                (Err(error), Some(_)) => println!("{}: only the other reads it ({error})", file.display()),
                (Err(_), None) => {}
            }
        }
    }
    assert!(read > 20, "{read}");
}

fn collect(folder: &std::path::Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found);
        } else if path
            .extension()
            .is_some_and(|end| ["cer", "crt", "pem", "der"].iter().any(|known| end == *known))
        {
            found.push(path);
        }
    }
}
