//! The national signature algorithms beside OpenSSL's engine for them (`benches/peer/gost.c`): verifying with
//! keys that were not met before and with one that was, signing, making a key, and reading a public key,
//! which includes the check that it is one. Reading is measured alone and is in none of the others.
//!
//! What is "bare" here is the engine. What the requirements ask for, in times the engine, is in the names.

use std::hint::black_box;

use qoltanba::crypto::{EcdsaForm, ParameterSet, PrivateKey, PublicKey, SignatureAlgorithm, verify_digest};

use crate::measure::{Contestant, here, race};
use crate::peers::Engine;
use crate::report::Report;

/// Far more than are kept as met lately, so that by its turn each has been forgotten.
const KEYS: usize = 1024;

struct Signed {
    key: PrivateKey,
    public: PublicKey,
    digest: Vec<u8>,
    value: Vec<u8>,
}

/// What must be reached and what is aimed at.
struct Wanted {
    new: &'static str,
    again: &'static str,
    sign: &'static str,
}

pub(crate) fn run(report: &mut Report) {
    let engine = Engine::build();
    for set in ParameterSet::ALL {
        let (parameters, wanted) = match set {
            ParameterSet::Gost2015With512 => {
                (["gost2012_512", "A"], Wanted { new: "2, 3", again: "4, 6", sign: "2, 3" })
            }
            ParameterSet::Gost2015With256 => {
                (["gost2012_256", "TCA"], Wanted { new: "1.5, 2.5", again: "1.5, 2.5", sign: "1.5, 2.5" })
            }
            ParameterSet::Gost2004 => {
                (["gost2012_256", "A"], Wanted { new: "1.5, 2.5", again: "1.5, 2.5", sign: "1.5, 2.5" })
            }
        };
        one(report, set, engine.as_ref(), parameters, &wanted);
    }
}

fn one(
    report: &mut Report,
    set: ParameterSet,
    engine: Option<&Engine>,
    parameters: [&'static str; 2],
    wanted: &Wanted,
) {
    let algorithm = SignatureAlgorithm::Gost(set);
    let form = EcdsaForm::Concatenated;
    let all: Vec<Signed> = (0..KEYS as u64)
        .map(|at| {
            let key = PrivateKey::generate_gost(set).expect("a key");
            let octets = at.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes();
            let digest: Vec<u8> = octets.iter().copied().cycle().take(set.octets()).collect();
            let value = key.sign_digest(&algorithm, form, &digest).expect("a signature");
            Signed { public: key.public_key(), key, digest, value }
        })
        .collect();
    let verify = move |signed: &Signed| {
        let Signed { public, digest, value, .. } = signed;
        verify_digest(&algorithm, form, black_box(public), digest, value).expect("verified");
    };
    let mut operations: Vec<(&str, Vec<(String, Contestant<'_>)>)> = Vec::new();

    let (mut first, mut second, mut third) = (all.iter().cycle(), all.iter().cycle(), all.iter().cycle());
    let again = &all[0];
    let new = here(move || verify(first.next().expect("endless")));
    let met = here(move || verify(again));
    operations.push((
        "verify",
        vec![
            (format!("keys not met before ({})", wanted.new), new),
            (format!("a key met before ({})", wanted.again), met),
        ],
    ));
    let sign = here(move || {
        let Signed { key, digest, .. } = second.next().expect("endless");
        black_box(key.sign_digest(&algorithm, form, digest).expect("a signature"));
    });
    operations.push(("sign", vec![(format!("sign ({})", wanted.sign), sign)]));
    let generate = here(move || {
        black_box(PrivateKey::generate_gost(set).expect("a key"));
    });
    operations.push(("generate", vec![("a new key".to_owned(), generate)]));
    let parse = here(move || {
        black_box(PublicKey::from_spki(third.next().expect("endless").public.spki()).expect("a key"));
    });
    operations.push(("parse", vec![("a public key, checked".to_owned(), parse)]));

    for (what, mut contestants) in operations {
        if let Some(engine) = engine {
            contestants.insert(0, ("bare gost-engine".to_owned(), engine.run(what, parameters)));
        }
        let seconds = race(2.0, &mut contestants);
        let names: Vec<&str> = contestants.iter().map(|(name, _)| name.as_str()).collect();
        let group = format!("{what} {} {}", set.name(), set.bits());
        match engine {
            Some(_) => report.rates(&group, &names, &seconds),
            None => {
                for (name, time) in names.iter().zip(&seconds) {
                    report.add(&group, name, format!("{:.0}/s", 1.0 / time), None);
                }
            }
        }
    }
}
