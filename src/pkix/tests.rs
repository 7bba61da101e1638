//! Every fault by a certificate of its own, CRL states, and national certificates as issued.

mod indexes;
mod lists;
mod peer;

use std::{fs, path::PathBuf, sync::Arc};

use jiff::Timestamp;

use super::{
    issue::{self, Extension, Issuer, Profile, Revocation},
    *,
};
use crate::{
    asn1::{Reader, oid, tag, write},
    crypto::{Curve, DigestAlgorithm, EcdsaForm, PrivateKey, PssParameters, SignatureAlgorithm},
};

fn instant(text: &str) -> Timestamp {
    text.parse().expect("instant")
}

pub(super) fn at() -> Timestamp {
    instant("2026-06-01T00:00:00Z")
}

pub(super) struct Subject {
    pub(super) key: PrivateKey,
    pub(super) name: Vec<u8>,
}

impl Subject {
    pub(super) fn new(name: &str) -> Self {
        Self::with_name(&[(oid::COMMON_NAME, name), (oid::COUNTRY, "KZ")])
    }

    pub(super) fn with_name(attributes: &[(&str, &str)]) -> Self {
        Self { key: PrivateKey::generate_ec(Curve::P256).expect("key"), name: issue::name(attributes) }
    }

    pub(super) fn issuer(&self) -> Issuer<'_> {
        Issuer { name: &self.name, key: &self.key, digest: DigestAlgorithm::Sha256 }
    }

    pub(super) fn profile(&self, extensions: Vec<Extension>) -> Profile {
        Profile {
            subject: self.name.clone(),
            public_key: self.key.public_key(),
            not_before: instant("2026-01-01T00:00:00Z"),
            not_after: instant("2027-01-01T00:00:00Z"),
            extensions,
        }
    }

    pub(super) fn sign(&self, profile: &Profile) -> Arc<Certificate> {
        let der = issue::certificate(profile, self.issuer()).expect("issued");
        Arc::new(Certificate::from_der(&der).expect("parsed"))
    }
}

pub(super) fn authority(path_len: Option<u32>) -> Vec<Extension> {
    vec![Extension::authority(path_len), Extension::key_usage(&[5, 6])]
}

pub(super) fn end_entity() -> Vec<Extension> {
    vec![Extension::key_usage(&[0, 1])]
}

/// A root, an authority with the given profile, a leaf with the given profile.
pub(super) struct World {
    pub(super) root: Subject,
    pub(super) ca: Subject,
    pub(super) leaf: Subject,
}

impl World {
    pub(super) fn new() -> Self {
        Self { root: Subject::new("Root"), ca: Subject::new("CA"), leaf: Subject::new("Leaf") }
    }

    fn fault(&self, ca: Profile, leaf: Profile) -> Option<PathFault> {
        let root = self.root.sign(&self.root.profile(authority(None)));
        let ca = self.root.sign(&ca);
        let leaf = self.ca.sign(&leaf);
        path::build(&leaf, &TrustAnchors::new(vec![root]), &[ca], at()).err().map(|e| e.fault)
    }

    pub(super) fn ca(&self) -> Profile {
        self.ca.profile(authority(Some(0)))
    }

    pub(super) fn leaf(&self) -> Profile {
        self.leaf.profile(end_entity())
    }
}

#[test]
fn a_sound_path_holds_and_says_when() {
    let world = World::new();
    let root = world.root.sign(&world.root.profile(authority(None)));
    let ca = world.root.sign(&Profile { not_after: instant("2026-09-01T00:00:00Z"), ..world.ca() });
    let leaf = world.ca.sign(&Profile { not_before: instant("2026-03-01T00:00:00Z"), ..world.leaf() });
    let anchors = TrustAnchors::new(vec![Arc::clone(&root)]);
    let pool = [Arc::clone(&leaf), Arc::clone(&root), Arc::clone(&ca), Arc::clone(&ca)];
    let path = path::build(&leaf, &anchors, &pool, at()).expect("path");
    assert_eq!(path.certificates, [leaf, ca, Arc::clone(&root)]);
    assert_eq!(path.not_before, instant("2026-03-01T00:00:00Z"));
    assert_eq!(path.not_after, instant("2026-09-01T00:00:00Z"));
    let alone = path::build(&root, &anchors, &[], at()).expect("anchor");
    assert_eq!(alone.certificates, [root]);
}

#[test]
fn every_fault_has_its_certificate() {
    let w = World::new();
    assert_eq!(w.fault(w.ca(), w.leaf()), None);
    let early = instant("2026-02-01T00:00:00Z");
    let late = instant("2026-08-01T00:00:00Z");
    let fault = |ca, leaf| w.fault(ca, leaf).expect("refused");

    assert_eq!(fault(w.ca(), Profile { not_after: early, ..w.leaf() }), PathFault::Expired);
    assert_eq!(fault(w.ca(), Profile { not_before: late, ..w.leaf() }), PathFault::NotYetValid);
    assert_eq!(fault(Profile { not_after: early, ..w.ca() }, w.leaf()), PathFault::CaExpired);
    assert_eq!(fault(Profile { not_before: late, ..w.ca() }, w.leaf()), PathFault::CaNotYetValid);
    assert_eq!(fault(w.ca.profile(vec![Extension::key_usage(&[5])]), w.leaf()), PathFault::NotCa);
    let not_an_authority = Extension::new(oid::BASIC_CONSTRAINTS, write::sequence::<&[u8]>(&[]));
    assert_eq!(fault(w.ca.profile(vec![not_an_authority]), w.leaf()), PathFault::NotCa);
    assert_eq!(fault(w.ca.profile(vec![]), w.leaf()), PathFault::NotCa, "version 1");
    let crl_only = vec![Extension::authority(None), Extension::key_usage(&[6])];
    assert_eq!(fault(w.ca.profile(crl_only), w.leaf()), PathFault::IssuerKeyUsage);

    let unknown = Extension::new("1.2.398.99.1", write::null());
    assert_eq!(w.fault(w.ca(), w.leaf.profile(vec![unknown.clone()])), None, "not critical");
    let unknown = unknown.critical();
    let expected = PathFault::UnknownCriticalExtension("1.2.398.99.1".to_owned());
    assert_eq!(fault(w.ca(), w.leaf.profile(vec![unknown.clone()])), expected);
    let ca = [authority(None), vec![unknown]].concat();
    assert_eq!(fault(w.ca.profile(ca), w.leaf()), expected);
    for limit in [oid::BASIC_CONSTRAINTS, oid::KEY_USAGE, oid::EXTENDED_KEY_USAGE] {
        let unreadable = Extension::new(limit, write::null());
        let expected = PathFault::UnknownCriticalExtension(limit.to_owned());
        assert_eq!(fault(w.ca(), w.leaf.profile(vec![unreadable])), expected);
    }
    for constraint in [oid::NAME_CONSTRAINTS, "2.5.29.36", "2.5.29.54"] {
        let extension = Extension::new(constraint, write::sequence::<&[u8]>(&[])).critical();
        let ca = [authority(None), vec![extension]].concat();
        let expected = PathFault::UnknownCriticalExtension(constraint.to_owned());
        assert_eq!(fault(w.ca.profile(ca), w.leaf()), expected);
    }
}

#[test]
fn path_length_counts_authorities_below() {
    let w = World::new();
    let sub = Subject::new("Sub");
    let root = w.root.sign(&w.root.profile(authority(None)));
    let leaf = sub.sign(&w.leaf());
    let anchors = TrustAnchors::new(vec![root]);
    let sub = w.ca.sign(&sub.profile(authority(None)));
    let with = |limit| {
        let ca = w.root.sign(&w.ca.profile(authority(Some(limit))));
        path::build(&leaf, &anchors, &[ca, Arc::clone(&sub)], at()).map(|_| ()).map_err(|e| e.fault)
    };
    assert_eq!(with(0), Err(PathFault::PathLengthExceeded));
    assert_eq!(with(1), Ok(()));
}

#[test]
fn dead_ends_are_told_apart() {
    let w = World::new();
    let root = w.root.sign(&w.root.profile(authority(None)));
    let ca = w.root.sign(&w.ca());
    let leaf = w.ca.sign(&w.leaf());
    let anchors = TrustAnchors::new(vec![Arc::clone(&root)]);
    let fault = |leaf: &Arc<Certificate>, anchors: &TrustAnchors, pool: &[Arc<Certificate>]| {
        path::build(leaf, anchors, pool, at()).map(drop).map_err(|e| e.fault)
    };
    assert_eq!(fault(&leaf, &anchors, &[]), Err(PathFault::NoChain));
    assert_eq!(fault(&leaf, &TrustAnchors::default(), &[Arc::clone(&ca), root]), Err(PathFault::NoChain));

    // One bit of the signature, the last of the certificate.
    let mut altered = leaf.der().to_vec();
    if let Some(last) = altered.last_mut() {
        *last ^= 1;
    }
    let altered = Arc::new(Certificate::from_der(&altered).expect("parsed"));
    assert_eq!(fault(&altered, &anchors, &[Arc::clone(&ca)]), Err(PathFault::SignatureInvalid));

    // Another authority of the same name: an impostor without key identifiers, a stranger with.
    let foreign = Subject::new("CA");
    let forged = foreign.sign(&w.leaf());
    assert_eq!(fault(&forged, &anchors, &[Arc::clone(&ca)]), Err(PathFault::SignatureInvalid));
    let own_id = |s: &Subject| issue::key_id(&s.key.public_key());
    let ca = w
        .root
        .sign(&w.ca.profile([authority(None), vec![Extension::subject_key_id(&own_id(&w.ca))]].concat()));
    let named = vec![Extension::authority_key_id(&own_id(&foreign))];
    let stranger = foreign.sign(&w.leaf.profile(named));
    assert_eq!(fault(&stranger, &anchors, &[Arc::clone(&ca)]), Err(PathFault::NoChain));
    // Key identifiers are hints: a wrong one does not hide the right issuer.
    let mislabelled = w.ca.sign(&w.leaf.profile(vec![Extension::authority_key_id(&[1, 2, 3])]));
    assert_eq!(fault(&mislabelled, &anchors, &[ca]), Ok(()));
}

#[test]
fn loops_and_crowds_end() {
    let w = World::new();
    let leaf = w.ca.sign(&w.leaf());
    // Two authorities that certify each other and lead nowhere.
    let other = Subject::new("Other");
    let a = other.sign(&w.ca.profile(authority(None)));
    let b = w.ca.sign(&other.profile(authority(None)));
    let nowhere = path::build(&leaf, &TrustAnchors::default(), &[a, b], at()).expect_err("loop");
    assert_eq!(nowhere.fault, PathFault::NoChain);
    let crowd: Vec<_> = (0..120)
        .map(|_| {
            let impostor = Subject::new("CA");
            impostor.sign(&impostor.profile(authority(None)))
        })
        .collect();
    let lost = path::build(&leaf, &TrustAnchors::default(), &crowd, at()).expect_err("crowd");
    assert_eq!(lost.fault, PathFault::BudgetExceeded);
}

#[test]
fn names_are_compared_as_names() {
    let name = |parts: &[Vec<u8>]| {
        let rdns: Vec<_> = parts
            .iter()
            .map(|value| write::set_of(vec![write::sequence(&[write::oid(oid::COMMON_NAME), value.clone()])]))
            .collect();
        Name::from_der(&write::sequence(&rdns)).expect("name")
    };
    // RFC 4518 2.2 to 2.6: every Kazakh letter in both cases, forms of one text, what is not seen.
    let same = [
        ("ӘҒҚҢӨҰҮҺІ", "әғқңөұүһі"),
        ("Й", "и\u{306}"),
        ("ﬁnance", "FINANCE"),
        ("Straße", "STRASSE"),
        ("А\u{AD}лма\u{200B}ты", "алматы"),
        ("a\u{A0}\t\u{2003}b", "A b"),
        ("Ⅻ", "xii"),
    ];
    for (left, right) in same {
        assert!(name(&[write::utf8(left)]).matches(&name(&[write::utf8(right)])), "{left} {right}");
    }
    for (left, right) in
        [("Ғ", "Г"), ("І", "I"), ("ab", "a b"), ("\u{E000}", "\u{E001}"), ("a\u{E000}", "A\u{E000}")]
    {
        assert!(!name(&[write::utf8(left)]).matches(&name(&[write::utf8(right)])), "{left} {right}");
    }
    let private = name(&[write::utf8("\u{E000}")]);
    assert!(private.matches(&private.clone()), "equal bytes are equal");
    let one = name(&[write::utf8("Ұлттық  Орталық"), write::printable("Root CA")]);
    let two = name(&[write::utf8(" ҰЛТТЫҚ ОРТАЛЫҚ "), write::utf8("root ca")]);
    let swapped = name(&[write::printable("Root CA"), write::utf8("Ұлттық Орталық")]);
    assert!(one.matches(&two) && two.matches(&one));
    assert!(!one.matches(&swapped));
    assert!(one != two);
    assert_eq!(swapped.to_rfc4514(), "CN=Ұлттық Орталық,CN=Root CA");
    assert_eq!(name(&[write::utf8(" a,b")]).to_rfc4514(), "CN=\\ a\\,b");
    let person = Name::from_der(&issue::name(&[
        (oid::SERIAL_NUMBER, "IIN850315300128"),
        (oid::ORGANIZATIONAL_UNIT, "BIN060340001237"),
    ]));
    let person = person.expect("name");
    assert_eq!((person.iin(), person.bin()), (Some("850315300128"), Some("060340001237")));
    let odd = Name::from_der(&issue::name(&[(oid::SERIAL_NUMBER, "IIN85031530012")])).expect("name");
    assert_eq!(odd.iin(), None);
}

#[test]
fn a_crl_answers_for_its_issuer_and_its_time() {
    let w = World::new();
    let ca = w.root.sign(&w.ca());
    let leaf = w.ca.sign(&w.leaf());
    let (this, next) = (instant("2026-05-01T00:00:00Z"), instant("2026-07-01T00:00:00Z"));
    let make = |next, lines: &[Revocation], more: &[Extension]| {
        let der = issue::crl(w.ca.issuer(), this, next, 7, lines, more).expect("crl");
        UnverifiedCrl::from_der(&der).expect("parsed")
    };
    let verified = |next, lines: &[Revocation]| Crl::verify(&make(next, lines, &[]), &ca).expect("verified");
    let line = |when, reason| Revocation {
        serial: leaf.serial().to_vec(),
        at: instant(when),
        reason,
        more: Vec::new(),
    };
    let other = Revocation { serial: vec![1], at: this, reason: None, more: Vec::new() };

    let empty = verified(Some(next), &[]);
    assert_eq!((empty.this_update(), empty.next_update(), empty.len()), (this, Some(next), 0));
    assert_eq!(empty.status(&leaf, at()), CertStatus::Good);
    assert_eq!(empty.status(&leaf, instant("2026-04-01T00:00:00Z")), CertStatus::Good);
    assert_eq!(empty.status(&leaf, instant("2026-08-01T00:00:00Z")), CertStatus::Stale);
    assert_eq!(verified(None, &[]).status(&leaf, at()), CertStatus::Unknown);
    assert_eq!(empty.status(&ca, at()), CertStatus::Unknown, "another issuer's certificate");
    let gone = w.ca.sign(&Profile { not_after: instant("2026-03-01T00:00:00Z"), ..w.leaf() });
    assert_eq!(empty.status(&gone, instant("2026-02-01T00:00:00Z")), CertStatus::Unknown);

    let when = "2026-04-15T00:00:00Z";
    let listed = verified(Some(next), &[other.clone(), line(when, Some(1))]);
    assert_eq!(listed.len(), 2);
    let revoked = CertStatus::Revoked { at: instant(when), reason: Some("keyCompromise") };
    assert_eq!(listed.status(&leaf, at()), revoked);
    assert_eq!(listed.status(&leaf, instant(when)), revoked);
    assert_eq!(listed.status(&leaf, instant("2026-09-01T00:00:00Z")), revoked, "stale but listed");
    assert_eq!(
        listed.status(&leaf, instant("2026-02-01T00:00:00Z")),
        CertStatus::RevokedLater { at: instant(when) }
    );
    assert_eq!(listed.entry(ca.subject(), &[1]).map(|e| e.reason), Some(None));
    assert_eq!(listed.entry(ca.subject(), &[2]), None);
    assert_eq!(verified(Some(next), &[line(when, Some(8))]).status(&leaf, at()), CertStatus::Good);

    // Who may not vouch for it.
    let crl = make(Some(next), &[], &[]);
    let foreign = Subject::new("CA");
    let impostor = w.root.sign(&foreign.profile(authority(None)));
    assert!(matches!(Crl::verify(&crl, &impostor), Err(CrlError::Signature(SignatureError::Invalid(_)))));
    assert_eq!(Crl::verify(&crl, &leaf).err(), Some(CrlError::WrongIssuer));
    let mute = w.root.sign(&w.ca.profile(vec![Extension::authority(None), Extension::key_usage(&[5])]));
    assert_eq!(Crl::verify(&crl, &mute).err(), Some(CrlError::KeyUsage));
    // Not understood: unknown, and what says which list it is though it is not readable.
    for name in [oid::DELTA_CRL_INDICATOR, oid::ISSUING_DISTRIBUTION_POINT, "1.2.3.4"] {
        let crl = make(Some(next), &[], &[Extension::new(name, write::null()).critical()]);
        let defect = Defect::List(name.to_owned());
        assert_eq!(Crl::verify(&crl, &ca).err(), Some(CrlError::Defect(defect)));
    }
}

#[test]
fn damaged_bytes_are_refused_without_panic() {
    let w = World::new();
    let certificate = w.ca.sign(&w.leaf());
    let der = certificate.der();
    let crl = issue::crl(w.ca.issuer(), at(), None, 1, &[], &[]).expect("crl");
    assert!(Certificate::from_der(&[der, &[0]].concat()).is_err());
    assert!(UnverifiedCrl::from_der(&[&crl[..], &[0]].concat()).is_err());
    for length in 0..der.len() {
        assert!(Certificate::from_der(der.get(..length).unwrap_or_default()).is_err());
    }
    for length in 0..crl.len() {
        assert!(UnverifiedCrl::from_der(crl.get(..length).unwrap_or_default()).is_err());
    }
    let issuer = w.ca.key.public_key();
    for position in 0..der.len() {
        let mut altered = der.to_vec();
        if let Some(octet) = altered.get_mut(position) {
            *octet ^= 0x20;
        }
        // Whatever still parses must not verify.
        if let Ok(parsed) = Certificate::from_der(&altered) {
            assert!(parsed.verify_issued_by(&issuer).is_err(), "octet {position}");
        }
    }
    assert!(Certificate::from_pem_or_der(b"").is_err());
    assert!(Certificate::from_pem_or_der(b"hello").is_err());
    let pem = crate::asn1::pem::encode("CERTIFICATE", der);
    assert_eq!(Certificate::from_pem_or_der(format!("{pem}{pem}").as_bytes()).expect("bundle").len(), 2);
    assert_eq!(Certificate::from_pem_or_der(der).expect("der").len(), 1);
}

fn shared(folder: &str) -> Option<PathBuf> {
    let root = std::env::var_os("QOLTANBA_SHARED").unwrap_or_else(|| "../shared".into());
    let path = PathBuf::from(root).join("kz-pki").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    // Past the capture of passing tests, so that the skip is seen and counted.
    let _ = std::io::Write::write_all(&mut std::io::stderr(), b"SKIPPED: shared folder not found\n");
    None
}

fn load(folder: &PathBuf) -> Vec<(String, Arc<Certificate>)> {
    let mut all = Vec::new();
    for file in fs::read_dir(folder).expect("folder").flatten() {
        let bytes = fs::read(file.path()).expect("file");
        let name = file.file_name().to_string_lossy().into_owned();
        let mut parsed = Certificate::from_pem_or_der(&bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
        all.push((name, Arc::new(parsed.remove(0))));
    }
    all
}

#[test]
fn national_certificates_parse_and_chains_hold() {
    let (Some(ca), Some(cert)) = (shared("ca"), shared("cert")) else { return };
    let authorities = load(&ca);
    let leaves = load(&cert);
    for (name, certificate) in authorities.iter().chain(&leaves) {
        assert!(certificate.public_key().is_ok(), "{name}: {:?}", certificate.public_key());
        assert!(certificate.unknown_critical().is_empty(), "{name}: {:?}", certificate.unknown_critical());
    }
    let pool: Vec<_> = authorities.iter().map(|(_, c)| Arc::clone(c)).collect();
    let roots = pool.iter().filter(|one| one.subject() == one.issuer()).map(Arc::clone);
    let anchors = TrustAnchors::new(roots);
    for (name, certificate) in authorities.iter().chain(&leaves) {
        // The last moment: one authority is older than its root.
        match path::build(certificate, &anchors, &pool, certificate.not_after()) {
            Ok(_) => {}
            // Issued by an authority whose certificate is not there.
            Err(error) => {
                assert!(matches!(error.fault, PathFault::NoChain), "{name}: {}", error.fault);
                assert!(!pool.iter().any(|one| one.subject().matches(certificate.issuer())), "{name}");
            }
        }
    }
}

#[test]
fn national_crls_verify() {
    let (Some(folder), Some(ca)) = (shared("crl"), shared("ca")) else { return };
    let authorities = load(&ca);
    for file in fs::read_dir(folder).expect("folder").flatten() {
        let bytes = fs::read(file.path()).expect("file");
        let name = file.file_name().to_string_lossy().into_owned();
        let crl = UnverifiedCrl::from_pem_or_der(&bytes).unwrap_or_else(|e| panic!("{name}: {e}")).remove(0);
        let issuers: Vec<_> =
            authorities.iter().filter(|(_, c)| c.subject().matches(crl.issuer())).map(|(_, c)| c).collect();
        assert!(!issuers.is_empty(), "{name}: {:?}", crl.issuer());
        let outcomes: Vec<_> =
            issuers.iter().map(|issuer| Crl::verify(&crl, issuer).map(|c| c.len())).collect();
        assert!(outcomes.iter().any(Result::is_ok), "{name}: {outcomes:?}");
    }
}

/// `certificate` with both algorithm identifiers replaced, signed anew.
fn signed_with(
    certificate: &[u8],
    outer_algorithm: &SignatureAlgorithm,
    algorithm: &SignatureAlgorithm,
    key: &PrivateKey,
) -> Certificate {
    let identifier = algorithm.to_der().expect("a name in X.509");
    let mut frame = Reader::single(certificate).expect("DER").reader();
    let mut fields = frame.take(tag::SEQUENCE).expect("the signed part").reader();
    let mut parts = Vec::new();
    while !fields.is_empty() {
        let field = fields.next().expect("a field");
        parts.push(if parts.len() == 2 { identifier.clone() } else { field.raw.to_vec() });
    }
    let tbs = write::sequence(&parts);
    let value = key.sign(algorithm, EcdsaForm::Der, &tbs).expect("a signature");
    let outer = outer_algorithm.to_der().expect("a name in X.509");
    Certificate::from_der(&write::sequence(&[tbs, outer, write::bit_string(&value)])).expect("a certificate")
}

#[test]
fn signatures_of_every_algorithm_with_a_name_in_x509() {
    let pss = |digest| SignatureAlgorithm::RsaPss(PssParameters::of(digest));
    let salted = SignatureAlgorithm::RsaPss(PssParameters {
        salt_length: 20,
        ..PssParameters::of(DigestAlgorithm::Sha384)
    });
    let subject = Subject::new("A");
    let rsa = PrivateKey::generate_rsa(2048).expect("key");
    let ec = PrivateKey::generate_ec(Curve::P256).expect("key");
    let ed = PrivateKey::generate_ed25519().expect("key");
    for (key, algorithm) in [
        (&rsa, SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha224)),
        (&rsa, pss(DigestAlgorithm::Sha1)),
        (&rsa, pss(DigestAlgorithm::Sha256)),
        (&rsa, pss(DigestAlgorithm::Sha3_256)),
        (&rsa, salted),
        (&ec, SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha224)),
        (&ec, SignatureAlgorithm::Ecdsa(DigestAlgorithm::Sha3_512)),
        (&ed, SignatureAlgorithm::Ed25519),
    ] {
        let issued = subject.sign(&subject.profile(authority(None)));
        let certificate = signed_with(issued.der(), &algorithm, &algorithm, key);
        assert_eq!(certificate.signature_algorithm(), Ok(&algorithm));
        assert_eq!(certificate.verify_issued_by(&key.public_key()), Ok(()), "{algorithm:?}");
        let other = PrivateKey::generate_rsa(1024).expect("key").public_key();
        assert!(certificate.verify_issued_by(&other).is_err());
        // The parameters count as part of the algorithm (RFC 5280 4.1.1.2).
        if algorithm == salted {
            let outer = pss(DigestAlgorithm::Sha384);
            let mixed = signed_with(issued.der(), &outer, &algorithm, key);
            let refused = mixed.verify_issued_by(&key.public_key());
            assert_eq!(refused, Err(SignatureError::AlgorithmMismatch));
        }
    }
    let foreign = Issuer { name: &subject.name, key: &ed, digest: DigestAlgorithm::Sha256 };
    let der = issue::certificate(&subject.profile(authority(None)), foreign).expect("issued");
    let certificate = Certificate::from_der(&der).expect("parsed");
    assert_eq!(certificate.verify_issued_by(&ed.public_key()), Ok(()));
    let nameless = Issuer { key: &rsa, digest: DigestAlgorithm::Sha3_256, ..foreign };
    assert!(issue::certificate(&subject.profile(authority(None)), nameless).is_err());
}
