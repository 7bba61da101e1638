//! Answers of OCSP responders: a signature that holds here holds for OpenSSL, nobody is good of whom no
//! answer says so, and of a single answer the status is OpenSSL's. An answer is judged as it came and signed
//! again, by the authority and by its responder, against certificates that stay the same.

#![no_main]

mod pki;

use std::sync::{Arc, LazyLock};

use jiff::{SignedDuration, Timestamp};
use openssl::hash::MessageDigest;
use openssl::ocsp::{OcspCertId, OcspCertStatus, OcspResponse};
use openssl::sign::Verifier;
use openssl::x509::X509;
use qoltanba::asn1::{Error, Reader, oid, tag, write};
use qoltanba::crypto::{DigestAlgorithm, digest};
use qoltanba::pkix::issue::Extension;
use qoltanba::pkix::{CertStatus, Certificate, Ocsp, UnverifiedOcsp};

use pki::{Holder, bounded, now, object, plant, same};

struct World {
    root: Holder,
    responder: Holder,
    leaf: Arc<Certificate>,
    honest: Vec<Vec<u8>>,
}

fn time(text: &str) -> Vec<u8> {
    write::tlv(tag::GENERALIZED_TIME, &[text])
}

/// SHA-1 or SHA-256 of the name and of the key's bits.
fn id(root: &Certificate, serial: &[u8], hash: DigestAlgorithm) -> Vec<u8> {
    let mut spki = Reader::single(root.spki()).expect("DER").reader();
    spki.next().expect("an algorithm");
    let bits = spki.next().and_then(|bits| bits.bit_string()).expect("bits");
    write::sequence(&[
        write::sequence(&[write::oid(hash.oid()), write::null()]),
        write::octet_string(&digest(hash, root.subject().der())),
        write::octet_string(&digest(hash, bits)),
        write::tlv(tag::INTEGER, &[serial]),
    ])
}

/// A response around signed data, with certificates.
fn response(data: &[u8], signer: &Holder, certificates: &[u8]) -> Vec<u8> {
    let value = write::bit_string(&signer.sign(data));
    let mut fields = vec![data.to_vec(), signer.algorithm(), value];
    if !certificates.is_empty() {
        fields.push(write::context(0, &[write::sequence(&[certificates])]));
    }
    let basic = write::octet_string(&write::sequence(&fields));
    let bytes = write::context(0, &[write::sequence(&[write::oid(oid::OCSP_BASIC), basic])]);
    write::sequence(&[write::enumerated(0), bytes])
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let root = Holder::root();
    let purpose = vec![Extension::key_usage(&[0]), Extension::extended_key_usage(&[oid::OCSP_SIGNING])];
    let responder = root.holder("Responder", purpose);
    let leaf = root.holder("Leaf", vec![Extension::key_usage(&[0, 1])]).certificate;
    let mut spki = Reader::single(responder.certificate.spki()).expect("DER").reader();
    spki.next().expect("an algorithm");
    let bits = spki.next().and_then(|bits| bits.bit_string()).expect("bits");
    let by_name = write::context(1, &[&root.name]);
    let by_key = write::context(2, &[write::octet_string(&digest(DigestAlgorithm::Sha1, bits))]);
    let good = write::context_primitive(0, &[]);
    let unknown = write::context_primitive(2, &[]);
    let reason = write::context(0, &[write::enumerated(1)]);
    let revoked = write::context(1, &[time("20260301000000Z"), reason]);
    let next = write::context(0, &[time("20260701000000Z")]);
    let nonce = write::octet_string(&write::octet_string(&[7; 16]));
    let nonce = write::sequence(&[write::oid(oid::OCSP_NONCE), nonce]);
    let nonce = write::context(1, &[write::sequence(&[nonce])]);
    let single = |hash, answer: &[u8], at: &str, next: Option<&Vec<u8>>| {
        let mut fields = vec![id(&root.certificate, leaf.serial(), hash), answer.to_vec(), time(at)];
        fields.extend(next.cloned());
        write::sequence(&fields)
    };
    let data = |responder: &[u8], singles: &[Vec<u8>], more: &[Vec<u8>]| {
        let fixed = [responder.to_vec(), time("20260601000000Z"), write::sequence(singles)];
        write::sequence(&[&fixed[..], more].concat())
    };
    let (sha1, sha256) = (DigestAlgorithm::Sha1, DigestAlgorithm::Sha256);
    let nonces = std::slice::from_ref(&nonce);
    let several = [
        single(sha1, &good, "20260501000000Z", Some(&next)),
        single(sha256, &revoked, "20260601000000Z", None),
        single(sha1, &unknown, "20260601000000Z", None),
    ];
    let held = write::context(1, &[time("19700101000000Z"), write::context(0, &[write::enumerated(6)])]);
    let carried = responder.certificate.der();
    let honest = vec![
        response(&data(&by_name, &[single(sha1, &good, "20260601000000Z", Some(&next))], &[]), &root, &[]),
        response(
            &data(&by_key, &[single(sha256, &good, "20260601000000Z", None)], nonces),
            &responder,
            carried,
        ),
        response(
            &data(&by_name, &[single(sha256, &revoked, "20260601000000Z", Some(&next))], nonces),
            &root,
            &[],
        ),
        response(&data(&by_key, &several, &[]), &responder, carried),
        response(&data(&by_name, &[single(sha1, &held, "20260601000000Z", None)], &[]), &root, &[]),
        write::sequence(&[write::enumerated(3)]),
    ];
    World { root, responder, leaf, honest }
});

/// The signed data, the value of the signature, and what is in the list of certificates.
fn parts(der: &[u8]) -> Result<[&[u8]; 3], Error> {
    let mut outer = Reader::single(der)?.reader();
    outer.next()?;
    let mut bytes = outer.next()?.reader().next()?.reader();
    bytes.next()?;
    let mut basic = Reader::single(bytes.next()?.content)?.reader();
    let data = basic.next()?.raw;
    basic.next()?;
    let value = basic.next()?.bit_string()?;
    let certificates = if basic.is_empty() { &[][..] } else { basic.next()?.reader().next()?.content };
    Ok([data, value, certificates])
}

/// An answer about the leaf as it stands: the tag of its status and thisUpdate.
fn about_leaf(data: &[u8]) -> Result<Vec<(u8, Timestamp)>, Error> {
    let mut fields = Reader::single(data)?.reader();
    fields.optional(tag::context_constructed(0))?;
    fields.next()?;
    fields.next()?;
    let mut singles = fields.next()?.reader();
    let mut found = Vec::new();
    while !singles.is_empty() {
        let mut single = singles.next()?.reader();
        let theirs = single.next()?;
        let mut fields = theirs.reader();
        let hash = fields.next()?.reader().next()?.oid()?;
        let status = single.next()?.tag;
        let at = single.next()?.time()?;
        let own = DigestAlgorithm::from_oid(&hash)
            .map(|hash| id(&WORLD.root.certificate, WORLD.leaf.serial(), hash));
        // All but the algorithm's parameters, which are written in two ways.
        let rest = |id: &[u8]| {
            let mut fields = Reader::single(id)?.reader();
            fields.next()?;
            Ok::<_, Error>([fields.next()?.raw, fields.next()?.raw, fields.next()?.raw].concat())
        };
        if own.is_some_and(|own| rest(&own) == rest(theirs.raw)) {
            found.push((status, at));
        }
    }
    Ok(found)
}

fn x509(certificate: &Certificate) -> X509 {
    X509::from_der(certificate.der()).expect("a certificate")
}

fn compare_with_openssl(der: &[u8], status: &CertStatus, only: bool) {
    let basic = OcspResponse::from_der(der).and_then(|response| response.basic());
    let basic = match basic {
        Ok(basic) => basic,
        // OpenSSL is stricter with what is not looked at here.
        Err(_) => return,
    };
    for digest in [MessageDigest::sha1(), MessageDigest::sha256()] {
        let (leaf, root) = (x509(&WORLD.leaf), x509(&WORLD.root.certificate));
        let id = OcspCertId::from_cert(digest, &leaf, &root).expect("an identifier");
        let Some(found) = basic.find_status(&id).filter(|_| only) else { continue };
        match status {
            CertStatus::Good => assert!(found.status == OcspCertStatus::GOOD),
            CertStatus::Revoked { .. } | CertStatus::RevokedLater { .. } | CertStatus::NeverIssued => {
                assert!(found.status == OcspCertStatus::REVOKED);
            }
            _ => {}
        }
    }
}

const GOOD: u8 = tag::context(0);

fn examine(der: &[u8]) {
    let read = || UnverifiedOcsp::from_der(der).map(|response| format!("{response:?}"));
    if bounded(der, || same(read)).is_err() {
        return;
    }
    let response = UnverifiedOcsp::from_der(der).expect("read before");
    let [data, value, _] = parts(der).expect("what was read has parts");
    let about = about_leaf(data).expect("what was read can be walked over");
    let World { root, responder, leaf, .. } = &*WORLD;
    assert_eq!(response.is_about(leaf, &root.certificate), !about.is_empty());
    let others = [Arc::clone(&responder.certificate)];
    let Ok(verified) = Ocsp::verify(&response, &root.certificate, &others) else { return };
    let max_age = SignedDuration::from_hours(24);
    let status = same(|| verified.status(leaf, now(), max_age));
    // OpenSSL's own check of a response is over data that it has encoded anew.
    let signer = verified.responder().unwrap_or(&root.certificate);
    let key = x509(signer).public_key().expect("a key");
    let mut verifier = Verifier::new(MessageDigest::sha256(), &key).expect("a verifier");
    assert!(verifier.verify_oneshot(value, data).is_ok_and(|holds| holds), "OpenSSL refuses the signature");
    assert!(verified.responder().is_none_or(|it| it.issuer().matches(root.certificate.subject())));
    let latest = about.iter().map(|(_, at)| *at).max();
    if status == CertStatus::Good {
        assert!(about.iter().any(|(status, _)| *status == GOOD), "nobody says that it is good");
        assert!(latest.is_some_and(|at| at <= verified.produced_at() + SignedDuration::from_mins(5)));
    }
    if about.is_empty() {
        assert_eq!(status, CertStatus::Unknown);
    }
    // Whoever was good once stays so for no longer than the answer counts.
    if status == CertStatus::Good
        && let Some(until) = verified.counts_until(leaf, max_age)
        && let Ok(after) = until.checked_add(SignedDuration::from_secs(1))
        && after > latest.expect("an answer")
    {
        assert_ne!(verified.status(leaf, after, max_age), CertStatus::Good);
    }
    compare_with_openssl(der, &status, about.len() == 1);
}

libfuzzer_sys::fuzz_target!(
    init: plant("ocsp", &WORLD.honest),
    |bytes: &[u8]| {
        let der = object(bytes, &WORLD.honest);
        examine(&der);
        if let Ok([data, _, certificates]) = parts(&der) {
            let carried = if certificates.len() > 4096 { &[] } else { certificates };
            for signer in [&WORLD.root, &WORLD.responder] {
                examine(&response(data, signer, carried));
            }
        }
    }
);
