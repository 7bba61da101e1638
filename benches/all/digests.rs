//! The national hash functions beside SHA-256: Streebog-512, which is the crate's, and GOST 34.311-95, which
//! is ours and is kept only as long as it is at least twice as fast as the crate `gost94`.

use std::hint::black_box;

use gost94::{Digest as _, Gost94Test};
use qoltanba::crypto::{DigestAlgorithm, digest};

use crate::measure::{Contestant, here, race};
use crate::report::Report;

/// Of Streebog-512 and of GOST 34.311-95, as the national authority writes them.
const STREEBOG: &str = "1.2.398.3.10.1.3.3";
const GOST_34311: &str = "1.2.398.3.10.1.3.1";

pub(crate) fn run(report: &mut Report) {
    let octets: Vec<u8> = (0..10_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for (name, length) in [("64 B", 64), ("2 KB", 2_000), ("20 KB", 20_000), ("10 MB", 10_000_000)] {
        one(report, name, octets.get(..length).expect("so many octets"));
    }
}

fn one(report: &mut Report, name: &str, octets: &[u8]) {
    let national = |oid| DigestAlgorithm::from_oid(oid).expect("a national hash function");
    let (streebog, gost) = (national(STREEBOG), national(GOST_34311));
    assert_eq!(*digest(gost, octets), *Gost94Test::digest(octets));
    let computed = |algorithm| -> Contestant<'_> {
        here(move || {
            black_box(digest(algorithm, black_box(octets)));
        })
    };
    let names = ["bare SHA-256", "Streebog-512", "GOST 34.311-95", "GOST 34.311-95, the crate"];
    let contestants = [
        computed(DigestAlgorithm::Sha256),
        computed(streebog),
        computed(gost),
        here(|| {
            black_box(Gost94Test::digest(black_box(octets)));
        }),
    ];
    let mut named: Vec<_> = names.iter().map(|name| (*name).to_owned()).zip(contestants).collect();
    let seconds = race(1.0, &mut named);
    report.speeds(&format!("digests {name}"), octets.len(), &names, &seconds);
}
