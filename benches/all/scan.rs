//! The two passes over a document, by themselves: the index, and canonicalisation into SHA-256; beside
//! SHA-256 alone over the same octets and beside quick-xml, which shows what a general reader costs
//! before anything was checked, put in order or written.

use std::fs::File;
use std::hint::black_box;
use std::io;
use std::os::unix::fs::FileExt as _;

use qoltanba::crypto::{Digest, DigestAlgorithm, sha256};
use qoltanba::service::bench::documents::{Shape, application, large};
use qoltanba::xml::c14n::{Apex, Canonicalization, Sink, canonicalize};
use qoltanba::xml::{Document, Limits, ReadAt};
use quick_xml::events::Event;
use quick_xml::{NsReader, Reader};

use crate::measure::{here, is_quick, race};
use crate::report::Report;

pub(crate) struct Sha(pub(crate) Digest);

impl Sink for Sha {
    fn write(&mut self, octets: &[u8]) {
        self.0.update(octets);
    }
}

#[derive(Debug)]
pub(crate) struct OnDisk(pub(crate) File);

impl ReadAt for OnDisk {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, octets: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(octets, offset)
    }
}

pub(crate) fn limits() -> Limits {
    Limits { document_bytes: 4 << 30, ..Limits::default() }
}

/// Canonicalises the document less its first signature into SHA-256.
pub(crate) fn digest(document: &Document<'_>, method: &Canonicalization) -> Vec<u8> {
    let mut sha = Sha(Digest::new(DigestAlgorithm::Sha256));
    let excluded: Vec<_> = document.signatures().iter().take(1).map(|element| element.span()).collect();
    canonicalize(document, Apex::Document, &excluded, method, &mut sha).expect("a canonical form");
    sha.0.finish().to_vec()
}

const SIGNATURE: &str =
    "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo/></ds:Signature>";

/// The document with something to leave out as its root's last child.
fn with_signature(mut text: String) -> Vec<u8> {
    let end = text.rfind("</").expect("an end tag");
    text.insert_str(end, SIGNATURE);
    text.into_bytes()
}

pub(crate) fn run(report: &mut Report) {
    let whole = |shape, megabytes: usize| with_signature(large(shape, megabytes * 1_000_000).collect());
    let mut documents = vec![
        ("2 KB", with_signature(application(1, 2_100))),
        ("20 KB", with_signature(application(1, 20_500))),
        ("10 MB records", whole(Shape::Records, 10)),
    ];
    if !is_quick() {
        documents.push(("100 MB records", whole(Shape::Records, 100)));
    }
    documents.push(("100 MB attachments", whole(Shape::Attachments, 100)));
    for (name, octets) in &documents {
        one(report, name, octets);
    }
}

fn one(report: &mut Report, name: &str, octets: &[u8]) {
    let limits = limits();
    let method = Canonicalization::exclusive();
    let mut path = tempfile::NamedTempFile::new().expect("a file");
    io::Write::write_all(&mut path, octets).expect("the document on disk");
    let file = OnDisk(File::open(path.path()).expect("the file"));
    let document = Document::read(octets, &limits, &[]).expect("a document");
    assert_eq!(
        digest(&document, &method),
        digest(&Document::open(&file, &limits, &[]).expect("it"), &method)
    );
    let both = |document: Result<Document<'_>, _>| {
        black_box(digest(&document.expect("a document"), &method));
    };
    let names = [
        "bare SHA-256",
        "index",
        "canonicalise into SHA-256",
        "index and canonicalise",
        "the same from a file",
        "quick-xml, tokens only",
        "quick-xml, with namespaces",
    ];
    let mut contestants = vec![
        here(|| {
            black_box(sha256(octets));
        }),
        here(|| {
            black_box(Document::read(octets, &limits, &[]).expect("a document").root());
        }),
        here(|| {
            black_box(digest(&document, &method));
        }),
        here(|| both(Document::read(octets, &limits, &[]))),
        here(|| both(Document::open(&file, &limits, &[]))),
        here(|| {
            let mut reader = Reader::from_reader(octets);
            let mut count = 0;
            while !matches!(reader.read_event().expect("an event"), Event::Eof) {
                count += 1;
            }
            black_box(count);
        }),
        here(|| {
            let mut reader = NsReader::from_reader(octets);
            let mut count = 0;
            while !matches!(reader.read_resolved_event().expect("an event").1, Event::Eof) {
                count += 1;
            }
            black_box(count);
        }),
    ];
    let mut named: Vec<_> = names.iter().map(|name| (*name).to_owned()).zip(contestants.drain(..)).collect();
    let seconds = race(1.0, &mut named);
    report.speeds(&format!("scan {name}"), octets.len(), &names, &seconds);
}
