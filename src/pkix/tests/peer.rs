//! Every certificate at hand as the second reader reads it.

use super::*;
use crate::pkix::second_reader;

#[test]
fn certificates_are_read_as_another_reader_reads_them() {
    let (Some(folder), Some(corpora)) = (shared(""), shared("../corpora")) else { return };
    let mut files = Vec::new();
    collect(&folder, &mut files);
    collect(&corpora, &mut files);
    let (mut read, mut unread) = (0, 0);
    for file in files {
        let Ok(bytes) = fs::read(&file) else { continue };
        let Ok(blocks) = crate::pkix::certificate::decode(&bytes, "CERTIFICATE") else { continue };
        for der in blocks {
            match Certificate::from_der(&der) {
                Ok(certificate) => {
                    assert_eq!(second_reader::agrees(&certificate), Ok(()), "{}", file.display());
                    read += 1;
                }
                Err(_) => unread += 1,
            }
        }
    }
    println!("{read} certificates, and {unread} that are none");
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
