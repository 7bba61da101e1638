//! Judging a chain of three RSA-2048 certificates: from DER with nothing kept but keys made ready before, with keys
//! never met, beside an indexed revocation list of 100,000 lines, and judged before; beside bare verifications and
//! OpenSSL's `X509_verify_cert` (`benches/peer/chain.c`). What the requirements ask for is in the names.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use qoltanba::asn1::oid;
use qoltanba::crypto::{DigestAlgorithm, EcdsaForm, PrivateKey, verify_digest};
use qoltanba::lists::Lists;
use qoltanba::pkix::issue::{self, Extension, Issuer, Profile, Revocation};
use qoltanba::pkix::{Certificate, TrustAnchors, UnverifiedCrl};
use qoltanba::service::verify::Checker;
use qoltanba::validation::{Evidence, Indication, Policy, RevocationMode, Usage};

use crate::lists::keep;
use crate::measure::{here, race};
use crate::peers::Chain;
use crate::report::Report;

/// Different leaves that take turns.
const LEAVES: usize = 64;
const LINES: usize = 100_000;
/// Authorities that take turns, so many that none of their keys is still ready (`crypto::rsa`).
const STRANGERS: usize = 40;

/// A root, an authority and its lists.
pub(crate) struct Pki {
    pub(crate) at: Timestamp,
    root: (Vec<u8>, PrivateKey),
    ca: (Vec<u8>, PrivateKey),
    pub(crate) root_der: Vec<u8>,
    pub(crate) ca_der: Vec<u8>,
}

impl Pki {
    pub(crate) fn new() -> Self {
        let at = Timestamp::now();
        let subject = |name: &str| {
            let name = issue::name(&[(oid::COMMON_NAME, name), (oid::COUNTRY, "KZ")]);
            (name, PrivateKey::generate_rsa(2048).expect("a key"))
        };
        let (root, ca) = (subject("Root"), subject("Authority"));
        let authority = || vec![Extension::authority(None), Extension::key_usage(&[5, 6])];
        let mut pki = Self { at, root, ca, root_der: Vec::new(), ca_der: Vec::new() };
        pki.root_der = pki.certify(&pki.root, (&pki.root.0, &pki.root.1), authority());
        pki.ca_der = pki.certify(&pki.root, (&pki.ca.0, &pki.ca.1), authority());
        pki
    }

    fn certify(
        &self,
        by: &(Vec<u8>, PrivateKey),
        subject: (&[u8], &PrivateKey),
        mut extensions: Vec<Extension>,
    ) -> Vec<u8> {
        extensions.push(Extension::subject_key_id(&issue::key_id(&subject.1.public_key())));
        extensions.push(Extension::authority_key_id(&issue::key_id(&by.1.public_key())));
        let profile = Profile {
            subject: subject.0.to_vec(),
            public_key: subject.1.public_key(),
            not_before: self.at - SignedDuration::from_hours(24),
            not_after: self.at + SignedDuration::from_hours(240),
            extensions,
        };
        issue::certificate(&profile, Self::issuer(by)).expect("a certificate")
    }

    fn issuer(by: &(Vec<u8>, PrivateKey)) -> Issuer<'_> {
        Issuer { name: &by.0, key: &by.1, digest: DigestAlgorithm::Sha256 }
    }

    /// So many certificates of persons, all with one key.
    pub(crate) fn leaves(&self, count: usize) -> Vec<Vec<u8>> {
        let key = PrivateKey::generate_rsa(2048).expect("a key");
        let leaf = |at: usize| {
            let common = format!("Applicant {at}");
            let name = issue::name(&[
                (oid::COMMON_NAME, common.as_str()),
                (oid::SERIAL_NUMBER, "IIN123456789011"),
                (oid::COUNTRY, "KZ"),
            ]);
            let extensions = vec![
                Extension::key_usage(&[0, 1]),
                Extension::extended_key_usage(&["1.3.6.1.5.5.7.3.4", "1.2.398.3.3.4.1.1"]),
                Extension::policy("1.2.398.3.3.2.3", "http://pki.test/cps"),
                Extension::crl_distribution_point("http://crl.test/list.crl"),
            ];
            self.certify(&self.ca, (&name, &key), extensions)
        };
        (0..count).map(leaf).collect()
    }

    /// A list of so many lines, each with a serial number of 20 octets; a third have a reason.
    pub(crate) fn list(&self, of_root: bool, lines: usize) -> Vec<u8> {
        let line = |at: usize| Revocation {
            serial: serial(at as u64),
            at: self.at - SignedDuration::from_secs(3600 + at as i64),
            reason: at.is_multiple_of(3).then_some(4),
            more: Vec::new(),
        };
        let lines: Vec<_> = (0..lines).map(line).collect();
        let by = if of_root { &self.root } else { &self.ca };
        let (this, next) =
            (self.at - SignedDuration::from_hours(1), self.at + SignedDuration::from_hours(27));
        issue::crl(Self::issuer(by), this, Some(next), 1, &lines, &[]).expect("a list")
    }
}

/// Serial numbers as authorities make them: positive, and evenly spread.
pub(crate) fn serial(at: u64) -> Vec<u8> {
    let mut octets = qoltanba::crypto::sha256(&at.to_be_bytes()).to_vec();
    octets.truncate(20);
    octets[0] = octets[0] & 0x3f | 0x40;
    octets
}

fn read(der: &[u8]) -> Arc<Certificate> {
    Arc::new(Certificate::from_der(der).expect("a certificate"))
}

pub(crate) fn run(report: &mut Report) {
    let peer = Chain::build();
    let pki = Pki::new();
    let leaves = pki.leaves(LEAVES);
    let folder = tempfile::tempdir().expect("a folder");
    let write =
        |name: &str, octets: &[u8]| std::fs::write(folder.path().join(name), octets).expect("written");
    write("root.cer", &pki.root_der);
    write("ca.cer", &pki.ca_der);
    leaves.iter().enumerate().for_each(|(at, leaf)| write(&format!("leaf-{at}.cer"), leaf));
    let list = pki.list(false, LINES);
    write("ca.crl", &list);
    let indexed = indexed(folder.path(), &pki, &list);

    let key = PrivateKey::generate_rsa(2048).expect("a key");
    let algorithm = key.signature_algorithm(DigestAlgorithm::Sha256);
    let digest = qoltanba::crypto::sha256(b"bare");
    let value = key.sign_digest(&algorithm, EcdsaForm::Der, &digest).expect("a signature");
    let public = key.public_key();
    let bare = move || {
        verify_digest(&algorithm, EcdsaForm::Der, black_box(&public), &digest, &value).expect("verified");
    };
    let policy = Policy::kz();
    let judge_of = |pki: &Pki, leaf: &[u8], lists: &[UnverifiedCrl], mode| {
        let anchors = TrustAnchors::new(vec![read(&pki.root_der)]);
        let evidence = Evidence::new(anchors, vec![read(&pki.ca_der)], lists.to_vec(), mode);
        let checked =
            qoltanba::validation::judge_certificate(&read(leaf), Usage::Sign, &evidence, &policy, pki.at);
        assert_eq!(checked.indication, Indication::TotalPassed, "{:?}", checked.findings);
    };
    let judge = |leaf: &[u8], lists: &[UnverifiedCrl], mode| judge_of(&pki, leaf, lists, mode);
    let strangers: Vec<_> = (0..STRANGERS)
        .map(|_| {
            let pki = Pki::new();
            let leaf = pki.leaves(1).remove(0);
            (pki, leaf)
        })
        .collect();
    let mut strange = strangers.iter().cycle();
    let (mut first, mut second) = (leaves.iter().cycle(), leaves.iter().cycle());
    let evidence = Evidence::new(
        TrustAnchors::new(vec![read(&pki.root_der)]),
        vec![read(&pki.ca_der)],
        indexed.clone(),
        RevocationMode::Required,
    );
    let checker = Checker::new(evidence, policy.clone());
    let parsed: Vec<_> = leaves.iter().map(|leaf| read(leaf)).collect();
    let mut third = parsed.iter().cycle();
    let mut contestants = vec![
        ("bare RSA-2048 verify".to_owned(), here(bare)),
        (
            "three from DER, by keys met before (0.40, 0.48)".to_owned(),
            here(|| judge(first.next().expect("endless"), &[], RevocationMode::Off)),
        ),
        (
            "the same, keys never met before".to_owned(),
            here(|| {
                let (pki, leaf) = strange.next().expect("endless");
                judge_of(pki, leaf, &[], RevocationMode::Off);
            }),
        ),
        (
            "with an indexed list (0.40, 0.47)".to_owned(),
            here(|| judge(second.next().expect("endless"), &indexed, RevocationMode::Required)),
        ),
        (
            "judged before (500000/s, 2000000/s)".to_owned(),
            here(|| {
                for _ in 0..64 {
                    let leaf = third.next().expect("endless");
                    black_box(checker.check_certificate(leaf, Usage::Sign, pki.at));
                }
            }),
        ),
    ];
    if let Some(peer) = &peer {
        for (what, name) in [
            ("der", "from DER"),
            ("parsed", "parsed before"),
            ("der-list", "from DER, with the list read before"),
            ("list", "parsed before, with the list"),
        ] {
            let name = format!("X509_verify_cert, {name}");
            contestants.push((name, peer.run(what, folder.path(), LEAVES)));
        }
    }
    let mut seconds = race(3.0, &mut contestants);
    seconds[4] /= 64.0;
    let names: Vec<&str> = contestants.iter().map(|(name, _)| name.as_str()).collect();
    report.rates("certificate chain", &names, &seconds);
}

/// The authority's list and the root's, opened by their indexes, their signatures checked before.
fn indexed(folder: &Path, pki: &Pki, list: &[u8]) -> Vec<UnverifiedCrl> {
    let lists = Lists::open(&folder.join("lists")).expect("a folder");
    let (root, ca) = (read(&pki.root_der), read(&pki.ca_der));
    let of_root = pki.list(true, 1);
    [(list, &ca), (&of_root, &root)]
        .map(|(der, signer)| lists.of_file(&keep(&lists, folder, der, signer)).expect("opened"))
        .into()
}
