//! Hostile certificates, revocation lists, OCSP answers and timestamp tokens, made by code: nesting, lengths
//! and numbers out of all proportion, extensions, names, policies, constraints, lines and answers by the
//! hundred thousand, crowds of authorities. Each has its verdict or its refusal, by the library within a
//! time, and by the program within a time and a memory.
//!
//! The forger is an authority where that gets further: what is signed is signed by a key that leads to the
//! anchor, so that it is not the signature that ends the work.

mod answers;
mod certificates;
mod lists;
mod program;
mod tokens;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use qoltanba::asn1::{Reader, oid, tag, write};
use qoltanba::crypto::{DigestAlgorithm, EcdsaForm, KeyError, PrivateKey, digest};
use qoltanba::pkix::issue::{self, Extension};
use qoltanba::pkix::path::{self, PathFault};
use qoltanba::pkix::{
    CertStatus, Certificate, Crl, CrlError, Defect, Ocsp, TrustAnchors, UnverifiedCrl, UnverifiedOcsp,
    UnverifiedTimestamp,
};
use qoltanba::service::certificate::describe;
use qoltanba::service::verify::{Checker, sign_xml};
use qoltanba::signature::sign::Profile;
use qoltanba::validation::{Evidence, Policy, RevocationMode, Usage};
use qoltanba::xml::Limits;
use serde_json::Value;

use crate::common::authority::Key;

use crate::common::tsa::Forge;
use crate::common::{ECDSA, now};

/// For megabytes in a build without optimisation, on a busy machine.
const TIME: Duration = Duration::from_secs(20);
/// What the program may use: so much, and so many times the octets that it is given. The worst are 100,000 attributes
/// of a name, which have twenty octets each in DER and some hundred as they are read.
const MEMORY_BASE: u64 = 40 << 20;
const MEMORY_FACTOR: u64 = 24;

fn instant(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn validity() -> (Timestamp, Timestamp) {
    (instant("2026-01-01T00:00:00Z"), instant("2036-01-01T00:00:00Z"))
}

/// What a forger chooses must not choose the time.
fn soon<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    let took = start.elapsed();
    if took > Duration::from_millis(500) {
        println!("{what}: {took:?}");
    }
    assert!(took < TIME, "{what}: {took:?}");
    result
}

/// An anchor, an authority below it and a certificate of that authority.
struct World {
    root: Key,
    ca: Key,
    leaf: Key,
    anchor: Arc<Certificate>,
    authority: Arc<Certificate>,
    certificate: Arc<Certificate>,
}

fn of_authority() -> Vec<Extension> {
    vec![Extension::authority(None), Extension::key_usage(&[0, 5, 6])]
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let (root, ca, leaf) = (Key::new("Root"), Key::new("CA"), Key::new("Leaf"));
    let anchor = root.certify(&root, validity(), of_authority());
    let authority = root.certify(&ca, validity(), of_authority());
    let certificate = ca.certify(&leaf, validity(), vec![Extension::key_usage(&[0, 1])]);
    World { root, ca, leaf, anchor, authority, certificate }
});

/// The fields of a TBSCertificate, each by its DER, which a case changes as it likes.
#[derive(Clone)]
struct Fields {
    serial: Vec<u8>,
    issuer: Vec<u8>,
    validity: Vec<u8>,
    subject: Vec<u8>,
    spki: Vec<u8>,
    /// The extensions in a row.
    extensions: Vec<u8>,
}

impl Fields {
    /// Those of a sound certificate of the authority.
    fn new() -> Self {
        let world = &*WORLD;
        Self {
            serial: write::integer(77),
            issuer: world.ca.name.clone(),
            validity: write::sequence(&[write::time(validity().0), write::time(validity().1)]),
            subject: world.leaf.name.clone(),
            spki: world.leaf.key.public_key().spki().to_vec(),
            extensions: extension(oid::KEY_USAGE, true, &write::named_bits(&[0, 1])),
        }
    }

    fn with(mut self, extension: &[u8]) -> Self {
        self.extensions.extend(extension);
        self
    }

    /// As a certificate by this key.
    fn signed_by(&self, key: &Key) -> Vec<u8> {
        let parts = [
            write::context(0, &[write::integer(2)]),
            self.serial.clone(),
            algorithm(key),
            self.issuer.clone(),
            self.validity.clone(),
            self.subject.clone(),
            self.spki.clone(),
            write::context(3, &[write::sequence(&[&self.extensions])]),
        ];
        signed(key, &write::sequence(&parts))
    }

    fn der(&self) -> Vec<u8> {
        self.signed_by(&WORLD.ca)
    }
}

fn algorithm(key: &Key) -> Vec<u8> {
    key.key.signature_algorithm(DigestAlgorithm::Sha256).to_der().expect("an identifier")
}

fn value(key: &Key, octets: &[u8]) -> Vec<u8> {
    let algorithm = key.key.signature_algorithm(DigestAlgorithm::Sha256);
    key.key.sign(&algorithm, EcdsaForm::Der, octets).expect("signed")
}

/// SEQUENCE of what is signed, the algorithm and the value.
fn signed(key: &Key, octets: &[u8]) -> Vec<u8> {
    write::sequence(&[octets.to_vec(), algorithm(key), write::bit_string(&value(key, octets))])
}

fn extension(name: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    extension_of(&write::oid(name), critical.then_some(0xff), value)
}

/// An extension by the DER of its identifier and the octet of its flag.
fn extension_of(name: &[u8], critical: Option<u8>, value: &[u8]) -> Vec<u8> {
    let flag = critical.map(|octet| write::tlv(tag::BOOLEAN, &[[octet]])).unwrap_or_default();
    write::sequence(&[name, &flag, &write::octet_string(value)])
}

/// So many of something in a row.
fn many(count: usize, of: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    (0..count).flat_map(of).collect()
}

fn rdn(attribute: &[u8], value: &[u8]) -> Vec<u8> {
    write::tlv(tag::SET, &[write::sequence(&[attribute, value])])
}

/// An element in so many others.
fn nested(levels: usize, tag: u8) -> Vec<u8> {
    let mut lengths = Vec::with_capacity(levels);
    let mut length = 0;
    for _ in 0..levels {
        lengths.push(length);
        length += write::tlv::<&[u8]>(tag, &[]).len() - 2 + header(length).len() + 1;
    }
    let mut out = Vec::with_capacity(length);
    for length in lengths.iter().rev() {
        out.push(tag);
        out.extend(header(*length));
    }
    out
}

/// The shortest length octets.
fn header(length: usize) -> Vec<u8> {
    if length < 0x80 {
        return vec![u8::try_from(length).expect("short")];
    }
    let octets = length.to_be_bytes();
    let skip = octets.iter().take_while(|octet| **octet == 0).count();
    let count = u8::try_from(octets.len() - skip).expect("few");
    [&[0x80 | count], &octets[skip..]].concat()
}

const MEGABYTE: usize = 1 << 20;

/// An identifier with a single arc of so many octets after `2.25`.
fn long_arc(octets: usize) -> Vec<u8> {
    let mut content = vec![0x69];
    content.extend(std::iter::repeat_n(0xff, octets - 1));
    content.push(0x7f);
    write::tlv(tag::OID, &[content])
}
