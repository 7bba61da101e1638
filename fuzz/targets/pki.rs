//! What the targets for objects of the PKI share: keys that are the same in every run, edits of honest DER,
//! signing anew what was edited, and a count of what is allocated.
//!
//! A forger without a key gets no further than a signature that does not verify. Here the forger is an
//! authority: the signed part is signed again by a key that is trusted, so that what comes after the
//! signature is reached.

#![allow(dead_code, reason = "each target uses a part")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use qoltanba::asn1::{Reader, oid, tag, write};
use qoltanba::crypto::{DigestAlgorithm, EcdsaForm, PrivateKey, digest};
use qoltanba::pkix::issue::{self, Extension, Issuer, Profile};
use qoltanba::pkix::{Certificate, Name};

/// Counts the octets that Rust code asks for, OpenSSL's not among them.
struct Counting;

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Octets that work on `input` may ask for altogether: this much at once, and so much for each octet.
const FIXED: usize = 512 << 10;
const PER_OCTET: usize = 512;

/// Holds work to what may be allocated, which bounds its time as well: what grows faster than the input
/// allocates or compares, and the second is what libFuzzer's `-timeout` is for.
pub fn bounded<T>(input: &[u8], work: impl FnOnce() -> T) -> T {
    let before = ALLOCATED.load(Ordering::Relaxed);
    let result = work();
    let allocated = ALLOCATED.load(Ordering::Relaxed) - before;
    let bound = FIXED + PER_OCTET * input.len();
    assert!(allocated <= bound, "{allocated} octets allocated for {}", input.len());
    result
}

/// Holds reading twice to give the same.
pub fn same<T: PartialEq + Debug>(read: impl Fn() -> T) -> T {
    let first = read();
    assert_eq!(first, read(), "read again");
    first
}

/// A name with a key and a certificate.
pub struct Holder {
    pub name: Vec<u8>,
    pub key: PrivateKey,
    pub certificate: Arc<Certificate>,
}

/// A key on P-256 that follows from its label.
pub fn key(label: &str) -> PrivateKey {
    let scalar = digest(DigestAlgorithm::Sha256, label.as_bytes());
    let key = write::sequence(&[write::integer(1), write::octet_string(&scalar)]);
    let algorithm = write::sequence(&[write::oid("1.2.840.10045.2.1"), write::oid("1.2.840.10045.3.1.7")]);
    let info = write::sequence(&[write::integer(0), algorithm, write::octet_string(&key)]);
    PrivateKey::from_pkcs8_der(&info).expect("a key")
}

pub fn name(common: &str) -> Vec<u8> {
    issue::name(&[(oid::COMMON_NAME, common), (oid::COUNTRY, "KZ")])
}

pub fn instant(text: &str) -> jiff::Timestamp {
    text.parse().expect("a time")
}

/// When everything is judged.
pub fn now() -> jiff::Timestamp {
    instant("2026-06-01T10:00:00Z")
}

impl Holder {
    pub fn issuer(&self) -> Issuer<'_> {
        Issuer { name: &self.name, key: &self.key, digest: DigestAlgorithm::Sha256 }
    }

    /// A certificate of a name and a key.
    pub fn certify(&self, name: &[u8], key: &PrivateKey, extensions: Vec<Extension>) -> Vec<u8> {
        let profile = Profile {
            subject: name.to_vec(),
            public_key: key.public_key(),
            not_before: instant("2026-01-01T00:00:00Z"),
            not_after: instant("2036-01-01T00:00:00Z"),
            extensions,
        };
        issue::certificate(&profile, self.issuer()).expect("a certificate")
    }

    /// One certified by this one.
    pub fn holder(&self, common: &str, extensions: Vec<Extension>) -> Self {
        let (key, name) = (key(common), name(common));
        let certificate = Arc::new(read(&self.certify(&name, &key, extensions)));
        Self { name, key, certificate }
    }

    /// The authority that is trusted.
    pub fn root() -> Self {
        let extensions = || vec![Extension::authority(None), Extension::key_usage(&[0, 5, 6])];
        let (key, name) = (key("Root"), name("Root"));
        let profile = Profile {
            subject: name.clone(),
            public_key: key.public_key(),
            not_before: instant("2020-01-01T00:00:00Z"),
            not_after: instant("2050-01-01T00:00:00Z"),
            extensions: extensions(),
        };
        let issuer = Issuer { name: &name, key: &key, digest: DigestAlgorithm::Sha256 };
        let certificate = issue::certificate(&profile, issuer).expect("a certificate");
        Self { certificate: Arc::new(read(&certificate)), name, key }
    }

    pub fn subject(&self) -> Name {
        self.certificate.subject().clone()
    }

    /// The value of a signature over these octets.
    pub fn sign(&self, octets: &[u8]) -> Vec<u8> {
        let algorithm = self.key.signature_algorithm(DigestAlgorithm::Sha256);
        self.key.sign(&algorithm, EcdsaForm::Der, octets).expect("signed")
    }

    /// DER of the AlgorithmIdentifier of these signatures.
    pub fn algorithm(&self) -> Vec<u8> {
        self.key.signature_algorithm(DigestAlgorithm::Sha256).to_der().expect("an identifier")
    }

    /// A certificate or a list with its signed part signed by this key; nothing if there is no such part.
    pub fn sign_again(&self, der: &[u8]) -> Option<Vec<u8>> {
        let signed = Reader::new(Reader::single(der).ok()?.content).next().ok()?.raw;
        Some(self.signed(signed))
    }

    /// SEQUENCE of the octets, the algorithm and the signature over the octets.
    pub fn signed(&self, octets: &[u8]) -> Vec<u8> {
        let value = write::bit_string(&self.sign(octets));
        write::sequence(&[octets.to_vec(), self.algorithm(), value])
    }
}

pub fn read(der: &[u8]) -> Certificate {
    Certificate::from_der(der).expect("a certificate")
}

/// Puts the honest objects into the corpus, which libFuzzer reads after this.
pub fn plant(target: &str, seeds: &[Vec<u8>]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    std::fs::create_dir_all(&folder).expect("a folder");
    for (at, seed) in seeds.iter().enumerate() {
        std::fs::write(folder.join(format!("honest-{at}")), seed).expect("written");
        // Of each the list of edits that is empty, too.
        std::fs::write(folder.join(format!("edits-{at}")), [u8::try_from(at).expect("few")])
            .expect("written");
    }
}

/// The object that the octets stand for: they begin as a SEQUENCE and are one, or they are edits of an
/// honest one, after which every length is right again.
pub fn object(bytes: &[u8], honest: &[Vec<u8>]) -> Vec<u8> {
    match bytes.split_first() {
        Some((first, edits)) if *first != tag::SEQUENCE => {
            let mut nodes = parse(&honest[usize::from(*first) % honest.len()]).expect("honest DER");
            for edit in edits.as_chunks::<4>().0.iter().take(16) {
                apply(&mut nodes, *edit);
            }
            let mut out = Vec::new();
            for node in &nodes {
                node.write(&mut out);
            }
            out
        }
        _ => bytes.to_vec(),
    }
}

/// An element as it is edited. An OCTET STRING or BIT STRING that holds DER is seen as holding elements.
#[derive(Clone)]
struct Node {
    tag: u8,
    /// Before the inner elements: the count of unused bits.
    prefix: Vec<u8>,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Octets(Vec<u8>),
    Nodes(Vec<Node>),
}

fn parse(der: &[u8]) -> Option<Vec<Node>> {
    let mut reader = Reader::new(der);
    let mut nodes = Vec::new();
    while !reader.is_empty() {
        let element = reader.next().ok()?;
        let (prefix, inner) = match element.tag {
            tag::BIT_STRING => element.content.split_at_checked(1)?,
            _ => element.content.split_at(0),
        };
        let holds = element.tag & 0x20 != 0 || matches!(element.tag, tag::OCTET_STRING | tag::BIT_STRING);
        let content = match parse(inner).filter(|_| holds && !inner.is_empty()) {
            Some(nodes) => Content::Nodes(nodes),
            None => Content::Octets(inner.to_vec()),
        };
        nodes.push(Node { tag: element.tag, prefix: prefix.to_vec(), content });
    }
    Some(nodes)
}

impl Node {
    fn write(&self, out: &mut Vec<u8>) {
        let mut content = self.prefix.clone();
        match &self.content {
            Content::Octets(octets) => content.extend(octets),
            Content::Nodes(nodes) => nodes.iter().for_each(|node| node.write(&mut content)),
        }
        out.extend(write::tlv(self.tag, &[content]));
    }

    fn size(&self) -> usize {
        match &self.content {
            Content::Octets(_) => 1,
            Content::Nodes(nodes) => 1 + nodes.iter().map(Self::size).sum::<usize>(),
        }
    }
}

/// The siblings and the place among them of the element with this number, in document order.
fn find(nodes: &mut Vec<Node>, mut number: usize) -> Option<(&mut Vec<Node>, usize)> {
    let mut at = 0;
    while let Some(node) = nodes.get(at) {
        if number == 0 {
            return Some((nodes, at));
        }
        if number < node.size() {
            let Content::Nodes(inner) = &mut nodes[at].content else { return None };
            return find(inner, number - 1);
        }
        number -= node.size();
        at += 1;
    }
    None
}

/// Values in which readers err.
const VALUES: [&[u8]; 16] = [
    &[],
    &[0],
    &[1],
    &[0xff],
    &[0x80],
    &[0, 0x7f],
    &[0, 0xff],
    &[0xff; 21],
    &[0x7f; 64],
    &[0x80, 0x01],
    &[0x55, 0x1d, 0x20, 0],
    b"20261231235959Z",
    b"99991231235959Z",
    b"500101000000Z",
    &[9, 0xff],
    b"a.kz",
];

/// One edit: what, the number of the element, and an octet for the rest.
fn apply(nodes: &mut Vec<Node>, [what, low, high, value]: [u8; 4]) {
    let size: usize = nodes.iter().map(Node::size).sum();
    if size > 2000 {
        return;
    }
    let number = usize::from(u16::from_le_bytes([low, high])) % size.max(1);
    let other = find(nodes, usize::from(value) * size / 256).map(|(siblings, at)| siblings[at].clone());
    let Some((siblings, at)) = find(nodes, number) else { return };
    match what % 12 {
        0 => drop(siblings.remove(at)),
        1 => siblings.insert(at, siblings[at].clone()),
        2 => siblings[at] = other.expect("there"),
        3 => siblings.insert(at, other.expect("there")),
        4 => siblings[at].tag = value,
        5 if at + 1 < siblings.len() => siblings.swap(at, at + 1),
        6 => siblings[at].content = Content::Octets(VALUES[usize::from(value) % VALUES.len()].to_vec()),
        7 => siblings[at].prefix = vec![value],
        8 => {
            let copies = vec![siblings[at].clone(); usize::from(value)];
            siblings.splice(at..at, copies);
        }
        _ => {
            if let Content::Octets(octets) = &mut siblings[at].content
                && let Some(last) = octets.len().checked_sub(1)
            {
                let place = usize::from(what / 12) % octets.len();
                octets[last - place] = value;
            }
        }
    }
}
