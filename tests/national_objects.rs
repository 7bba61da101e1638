//! Every object of the national PKI that lies in the shared folder, by its manifest: certificates, containers,
//! CMS, timestamp tokens, OCSP answers, revocation lists, signed XML, vectors with a private key. What is
//! held is the mathematics: who made which signature over which octets, and that the same fails as soon as
//! anything is changed. Verdicts with time and policy are in `shared_samples`.
//!
//! The library has no reader of CMS and OCSP; they are taken apart here as far as their signatures need it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use qoltanba::asn1::{self, Reader, Tlv, oid, pem, tag, write};
use qoltanba::crypto::{
    self, DigestAlgorithm, EcdsaForm, Identity, IdentityError, KeyKind, ParameterSet, PrivateKey, PublicKey,
    SignatureAlgorithm, VerifyError, digest,
};
use qoltanba::pkix::{Certificate, Crl, CrlError, TrustAnchors, UnverifiedCrl, path};
use qoltanba::service::verify::Checker;
use qoltanba::signature::{CheckedWith, Octets, Problem};
use qoltanba::validation::{Evidence, Policy, RevocationMode};
use serde_json::Value;

use crate::common::shared;

/// Objects, by file, with a certificate whose issuer's certificate was never published.
const ORPHANS: &[&str] = &["p12/642d5ea1d655.p12", "p12/a56cdbf2ee10.p12", "p12/af9c4db78fba.p12"];

/// At least so many signatures were checked, those of certificates included, by the kind of the object and
/// the algorithm.
const SIGNATURES: &[(&str, &str, usize)] = &[
    ("ca-certificate", "gost2004", 7),
    ("ca-certificate", "gost2015-512", 4),
    ("ca-certificate", "rsa-sha256", 6),
    ("certificate", "gost2004", 13),
    ("certificate", "gost2015-512", 11),
    ("certificate", "rsa-sha256", 16),
    ("cms", "gost2004", 5),
    ("cms", "gost2015-512", 20),
    ("cms", "rsa-sha256", 22),
    ("crl", "gost2004", 1),
    ("crl", "gost2015-512", 3),
    ("crl", "rsa-sha256", 1),
    ("kalkan-made fixture", "gost2015-512", 10),
    ("ocsp", "gost2015-512", 4),
    ("pkcs12", "gost2004", 15),
    ("pkcs12", "gost2015-512", 93),
    ("pkcs12", "rsa-sha256", 39),
    ("tst", "gost2004", 2),
    ("wsse", "rsa-sha256", 4),
    ("xmldsig-enveloped", "gost2004", 2),
    ("xmldsig-enveloped", "gost2015-512", 6),
    ("xmldsig-enveloped", "rsa-sha256", 10),
];

const CMS_SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
const TIMESTAMP_INFO: &str = "1.2.840.113549.1.9.16.1.4";
const CONTENT_TYPE: &str = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST: &str = "1.2.840.113549.1.9.4";
const TIMESTAMP_TOKEN: &str = "1.2.840.113549.1.9.16.2.14";
const OCSP_BASIC: &str = "1.3.6.1.5.5.7.48.1.1";

type Fault = String;
type Outcome<T = ()> = Result<T, Fault>;

/// The folder, its certificates, and what was checked so far.
struct Objects {
    folder: PathBuf,
    /// Of authorities, from wherever in the folder they are.
    authorities: Vec<Arc<Certificate>>,
    known: Vec<Arc<Certificate>>,
    /// By the kind of the object at hand and the name of the algorithm.
    checked: BTreeMap<(String, String), usize>,
    kind: String,
    /// Objects of which no issuer is known.
    orphans: Vec<String>,
}

fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item[name].as_str().unwrap_or_default()
}

fn hex(digits: &str) -> Vec<u8> {
    let octet = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("text"), 16).expect("hex");
    digits.as_bytes().chunks(2).map(octet).collect()
}

fn backwards(octets: &[u8]) -> Vec<u8> {
    octets.iter().rev().copied().collect()
}

/// A short name: of the set and size for the national algorithms, as the manifest calls them.
fn name(algorithm: &SignatureAlgorithm) -> String {
    match algorithm {
        SignatureAlgorithm::Gost(ParameterSet::Gost2015With512) => "gost2015-512".to_owned(),
        SignatureAlgorithm::Gost(ParameterSet::Gost2015With256) => "gost2015-256".to_owned(),
        SignatureAlgorithm::Gost(ParameterSet::Gost2004) => "gost2004".to_owned(),
        SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256) => "rsa-sha256".to_owned(),
        SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha1) => "rsa-sha1".to_owned(),
        other => format!("{other:?}"),
    }
}

fn unreadable(error: impl std::fmt::Display) -> Fault {
    format!("unreadable: {error}")
}

fn ensure(holds: bool, why: impl Into<String>) -> Outcome {
    if holds { Ok(()) } else { Err(why.into()) }
}

fn certificate(bytes: &[u8]) -> Outcome<Arc<Certificate>> {
    let all = Certificate::from_pem_or_der(bytes).map_err(unreadable)?;
    all.into_iter().next().map(Arc::new).ok_or_else(|| "no certificate".to_owned())
}

impl Objects {
    fn open(folder: &Path, items: &[Value]) -> Self {
        let mut known: Vec<Arc<Certificate>> = Vec::new();
        for item in items.iter().filter(|item| text(item, "kind").contains("certificate")) {
            let bytes = std::fs::read(folder.join(text(item, "file"))).expect("a file of the manifest");
            let found = certificate(&bytes).unwrap_or_else(|fault| panic!("{}: {fault}", text(item, "file")));
            if !known.contains(&found) {
                known.push(found);
            }
        }
        let is_authority = |one: &&Arc<Certificate>| one.basic_constraints().is_some_and(|basic| basic.ca);
        Self {
            folder: folder.to_owned(),
            authorities: known.iter().filter(is_authority).cloned().collect(),
            known,
            checked: BTreeMap::new(),
            kind: String::new(),
            orphans: Vec::new(),
        }
    }

    fn count(&mut self, algorithm: &SignatureAlgorithm) {
        *self.checked.entry((self.kind.clone(), name(algorithm))).or_default() += 1;
    }

    fn check(&mut self, item: &Value) -> Outcome {
        let file = text(item, "file");
        let bytes = std::fs::read(self.folder.join(file)).map_err(unreadable)?;
        if let Some(sha256) = item["sha256"].as_str() {
            ensure(crypto::sha256(&bytes)[..] == hex(sha256)[..], "another file than in the manifest")?;
        }
        text(item, "kind").clone_into(&mut self.kind);
        match text(item, "kind") {
            "ca-certificate" | "certificate" => self.certificate(item, &bytes),
            "pkcs12" => self.container(item, &bytes),
            "cms" => self.cms(item, &bytes),
            "tst" => self.timestamp(item, &bytes),
            "ocsp" => self.ocsp(&bytes),
            "crl" => self.crl(&bytes),
            "xmldsig-enveloped" | "wsse" => self.xml(item, &bytes),
            "kalkan-made fixture" => match Path::new(file).extension().and_then(|end| end.to_str()) {
                Some("cer") => self.certificate(item, &bytes),
                Some("vectors") => self.vectors(&bytes),
                Some("xml") => self.xml(item, &bytes),
                Some("p12") => self.container(item, &bytes),
                _ => Err("a fixture that nothing here reads".to_owned()),
            },
            other => Err(format!("nothing here reads objects of the kind {other}")),
        }
    }

    /// Holds that the key made the signature over these octets, and neither another signature of them nor
    /// this one over others.
    fn signed(
        &mut self,
        algorithm: &SignatureAlgorithm,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Outcome {
        let verify = |message: &[u8], signature: &[u8]| {
            crypto::verify(algorithm, EcdsaForm::Der, key, message, signature)
        };
        verify(message, signature).map_err(|error| format!("{}: {error}", name(algorithm)))?;
        let altered = [message, &[0]].concat();
        ensure(
            verify(&altered, signature) == Err(VerifyError::Mismatch),
            "an octet more makes no difference",
        )?;
        let refused = verify(message, &backwards(signature)).is_err();
        ensure(refused, "the order of octets makes no difference")?;
        let (half, rest) = signature.split_at(signature.len() / 2);
        ensure(verify(message, &[rest, half].concat()).is_err(), "the order of halves makes no difference")?;
        self.count(algorithm);
        Ok(())
    }

    /// The certificate's issuer, whose key made its signature; `None` if nobody has it.
    fn issuer(&mut self, certificate: &Arc<Certificate>) -> Outcome<Option<Arc<Certificate>>> {
        let algorithm = *certificate.signature_algorithm().map_err(unreadable)?;
        let mut meant = false;
        let own = Arc::clone(certificate);
        let candidates: Vec<_> = self.authorities.iter().cloned().chain([own]).collect();
        for authority in candidates.iter().filter(|one| one.subject().matches(certificate.issuer())) {
            let key = authority.public_key().map_err(unreadable)?;
            if certificate.verify_issued_by(key).is_ok() {
                let mut der = certificate.der().to_vec();
                *der.last_mut().ok_or("empty")? ^= 0x40;
                let altered = Certificate::from_der(&der).map_err(unreadable)?;
                ensure(altered.verify_issued_by(key).is_err(), "an altered certificate verifies")?;
                self.count(&algorithm);
                return Ok(Some(Arc::clone(authority)));
            }
            let id = certificate.authority_key_id();
            meant |= id.is_none() || id == authority.subject_key_id();
        }
        ensure(!meant, "the signature is not the issuer's")?;
        Ok(None)
    }

    fn certificate(&mut self, item: &Value, bytes: &[u8]) -> Outcome {
        let own = certificate(bytes)?;
        own.public_key().map_err(unreadable)?;
        let algorithm = own.signature_algorithm().map_err(unreadable)?;
        if let Some(expected) = item["issued_with"].as_str() {
            ensure(name(algorithm) == expected, format!("{} instead of {expected}", name(algorithm)))?;
            let serial = own.serial_hex();
            let (found, expected) = (serial.trim_start_matches('0'), text(item, "serial"));
            ensure(found.eq_ignore_ascii_case(expected), "another serial number")?;
            for (member, found) in [("not_before", own.not_before()), ("not_after", own.not_after())] {
                let expected: Timestamp = text(item, member).parse().map_err(unreadable)?;
                ensure(found == expected, format!("another {member}"))?;
            }
        }
        let Some(issuer) = self.issuer(&own)? else {
            self.orphans.push(text(item, "file").to_owned());
            return Ok(());
        };
        // Up to a root, at some time at which all of the path is valid; there may be none only where an
        // authority's certificate was renewed under the same key.
        let (roots, pool): (Vec<_>, Vec<_>) =
            self.authorities.iter().cloned().partition(|one| one.is_self_issued());
        let anchors = TrustAnchors::new(roots);
        if own == issuer && !anchors.contains(&own) {
            return Ok(());
        }
        let times = [own.not_before(), own.not_after(), issuer.not_before(), issuer.not_after()];
        let faults: Vec<_> =
            times.iter().filter_map(|at| path::build(&own, &anchors, &pool, *at).err()).collect();
        let fault = faults.first().map(ToString::to_string).unwrap_or_default();
        ensure(faults.len() < times.len(), fault)
    }

    fn container(&mut self, item: &Value, bytes: &[u8]) -> Outcome {
        let password = item["password"].as_str().unwrap_or("Test1234");
        for wrong in ["", "qwerty12", "Qwerty12 "] {
            let opened = Identity::from_pkcs12(bytes, wrong).map(drop);
            ensure(opened == Err(IdentityError::WrongPassword), format!("{wrong:?} gives {opened:?}"))?;
        }
        let identity = Identity::from_pkcs12(bytes, password).map_err(unreadable)?;
        let own = certificate(&identity.certificate_der)?;
        let key = own.public_key().map_err(unreadable)?;
        ensure(identity.key.public_key() == *key, "the private key is not that of the certificate")?;
        self.own_key(&identity.key, key)?;
        if self.issuer(&own)?.is_none() {
            self.orphans.push(text(item, "file").to_owned());
        }
        Ok(())
    }

    /// Holds that what the private key signs verifies, also after it was written and read again.
    fn own_key(&mut self, key: &PrivateKey, public: &PublicKey) -> Outcome {
        let algorithm = key.signature_algorithm(DigestAlgorithm::Sha256);
        let written = key.to_pkcs8_der().map_err(unreadable)?;
        let again = PrivateKey::from_pkcs8_der(&written).map_err(unreadable)?;
        for key in [key, &again] {
            let signature = key.sign(&algorithm, EcdsaForm::Der, b"message").map_err(unreadable)?;
            self.signed(&algorithm, public, b"message", &signature)?;
        }
        Ok(())
    }

    /// PEM, base64 or DER of a SignedData.
    fn cms(&mut self, item: &Value, bytes: &[u8]) -> Outcome {
        let armoured = std::str::from_utf8(bytes).ok();
        let decoded = armoured.and_then(|text| pem::blocks(text, "CMS").pop().or_else(|| pem::base64(text)));
        let der = decoded.unwrap_or_else(|| bytes.to_vec());
        let found = SignedData::read(&der).map_err(unreadable)?;
        let signers = item["signers"].as_u64().and_then(|count| usize::try_from(count).ok());
        ensure(signers.is_none_or(|count| count == found.signers.len()), "another number of signers")?;
        let detached = item["detached"].as_bool().unwrap_or(found.content.is_none());
        ensure(detached == found.content.is_none(), "detached or not")?;
        self.signed_data(&found)
    }

    fn signed_data(&mut self, data: &SignedData<'_>) -> Outcome {
        ensure(!data.signers.is_empty(), "nobody signed")?;
        for signer in &data.signers {
            let mut carried = Vec::new();
            for der in &data.certificates {
                carried.push(certificate(der)?);
            }
            let all = carried.iter().chain(&self.known);
            let own = all.into_iter().find(|one| signer.is(one)).cloned().ok_or("no signer's certificate")?;
            let key = own.public_key().map_err(unreadable)?;
            let algorithm = signer.algorithm()?;
            match (&signer.attributes, data.content) {
                (Some(attributes), content) => {
                    let hash = signer.digest()?;
                    let of_type = attribute(attributes, CONTENT_TYPE).map_err(unreadable)?;
                    let of_type = of_type.ok_or("no contentType")?.oid().map_err(unreadable)?;
                    ensure(of_type == data.content_type, "contentType is another")?;
                    let value = attribute(attributes, MESSAGE_DIGEST).map_err(unreadable)?;
                    let value = value.ok_or("no messageDigest")?.content;
                    ensure(value.len() == hash.output_len(), "messageDigest has another length")?;
                    let matches = content.is_none_or(|content| digest(hash, content).matches(value));
                    ensure(matches, "messageDigest does not match")?;
                    self.signed(&algorithm, key, attributes, signer.signature)?;
                }
                (None, Some(content)) => self.signed(&algorithm, key, content, signer.signature)?,
                (None, None) => return Err("without signed attributes and content".to_owned()),
            }
            self.issuer(&own)?;
            for token in &signer.timestamps {
                let token = SignedData::read(token).map_err(unreadable)?;
                let (hash, imprint) = token.imprint().map_err(unreadable)?;
                let hash = DigestAlgorithm::from_oid(&hash).ok_or("imprint with an unknown hash")?;
                ensure(digest(hash, signer.signature).matches(imprint), "the timestamp is of another value")?;
                self.signed_data(&token)?;
            }
        }
        Ok(())
    }

    /// A token, or an answer that has one.
    fn timestamp(&mut self, _: &Value, bytes: &[u8]) -> Outcome {
        let mut fields = Reader::single(bytes).map_err(unreadable)?.reader();
        let token = match fields.peek() {
            Some(tag::OID) => bytes,
            _ => fields.next().and_then(|_| fields.next()).map_err(unreadable)?.raw,
        };
        let token = SignedData::read(token).map_err(unreadable)?;
        let (hash, imprint) = token.imprint().map_err(unreadable)?;
        let hash = DigestAlgorithm::from_oid(&hash).ok_or("imprint with an unknown hash")?;
        ensure(imprint.len() == hash.output_len(), "the imprint has another length")?;
        self.signed_data(&token)
    }

    /// RFC 6960 4.2.1
    fn ocsp(&mut self, bytes: &[u8]) -> Outcome {
        let answer = Answer::read(bytes).map_err(unreadable)?;
        let algorithm = SignatureAlgorithm::from_der(answer.algorithm).map_err(unreadable)?;
        let mut candidates = Vec::new();
        for der in &answer.certificates {
            candidates.push(certificate(der)?);
        }
        candidates.extend(self.known.iter().cloned());
        let own = candidates.iter().find(|one| answer.is_by(one)).ok_or("no responder's certificate")?;
        let key = own.public_key().map_err(unreadable)?;
        self.signed(&algorithm, key, answer.tbs, answer.signature)?;
        ensure(self.issuer(own)?.is_some(), "nobody knows who issued the responder's certificate")
    }

    fn crl(&mut self, bytes: &[u8]) -> Outcome {
        let crl = UnverifiedCrl::from_der(bytes).map_err(unreadable)?;
        let der = Reader::single(bytes).map_err(unreadable)?;
        let mut fields = der.reader();
        let (tbs, algorithm, signature) = (|| {
            Ok::<_, asn1::Error>((fields.next()?.raw, fields.next()?.raw, fields.next()?.bit_string()?))
        })()
        .map_err(unreadable)?;
        let algorithm = SignatureAlgorithm::from_der(algorithm).map_err(unreadable)?;
        let authorities = self.authorities.clone();
        let mut issuers = 0;
        for authority in authorities {
            let key = authority.public_key().map_err(unreadable)?;
            let by_this = crypto::verify(&algorithm, EcdsaForm::Der, key, tbs, signature).is_ok();
            match Crl::verify(&crl, &authority) {
                Ok(_) => ensure(by_this, "a list was taken that must not be")?,
                Err(CrlError::Signature(_) | CrlError::WrongIssuer) => ensure(!by_this, "refused")?,
                Err(other) => return Err(other.to_string()),
            }
            if by_this {
                issuers += 1;
                self.signed(&algorithm, key, tbs, signature)?;
            }
        }
        // The same authority may have several certificates.
        ensure(issuers > 0, "nobody's signature")
    }

    fn xml(&mut self, item: &Value, bytes: &[u8]) -> Outcome {
        let known = self.known.clone();
        let evidence = Evidence::new(TrustAnchors::default(), known, Vec::new(), RevocationMode::Off);
        let checker = Checker::new(evidence, Policy::generic());
        let facts = checker.facts(bytes, Octets::Drop).map_err(|refusal| format!("{refusal:?}"))?;
        if let Some(expected) = item["signature_algorithms"].as_array() {
            let mut found: Vec<&str> =
                facts.signatures.iter().map(|one| one.signature_algorithm.as_ref()).collect();
            let mut expected: Vec<&str> = expected.iter().filter_map(Value::as_str).collect();
            found.sort_unstable();
            expected.sort_unstable();
            ensure(found == expected, format!("{found:?}"))?;
        }
        let must_fail = text(item, "expected").contains("HASH_FAILURE");
        for signature in &facts.signatures {
            let digests =
                signature.problems.iter().all(|problem| matches!(problem, Problem::DigestMismatch(_)));
            ensure(digests, format!("{:?}", signature.problems))?;
            ensure(signature.problems.is_empty() != must_fail, "not as the manifest has it")?;
            ensure(signature.checked_with == CheckedWith::Certificate, "no certificate")?;
            let own = signature.signing_certificate.as_ref().ok_or("no certificate")?;
            self.count(&signature.algorithm.ok_or("an unknown algorithm")?);
            self.issuer(own)?;
        }
        // The value from the other end.
        let document = std::str::from_utf8(bytes).map_err(unreadable)?;
        let (before, rest) = document.split_once("SignatureValue>").ok_or("no value")?;
        let (value, after) = rest.split_once('<').ok_or("no value")?;
        let digits: String = value.replace("&#13;", "").split_whitespace().collect();
        let value = pem::base64(&digits).ok_or("no base64")?;
        let armoured = pem::encode("X", &backwards(&value));
        let digits: String = armoured.lines().filter(|line| !line.starts_with('-')).collect();
        let altered = format!("{before}SignatureValue>{digits}<{after}");
        let facts =
            checker.facts(altered.as_bytes(), Octets::Drop).map_err(|refusal| format!("{refusal:?}"))?;
        let refused = facts.signatures.iter().any(|one| one.problems.contains(&Problem::SignatureMismatch));
        ensure(refused, "the order of octets makes no difference")
    }

    /// Lines of a name and a value: message, digest, private number, coordinates, signature. The numbers
    /// are written from the most significant digit, the signature as it is.
    fn vectors(&mut self, bytes: &[u8]) -> Outcome {
        let lines: BTreeMap<&str, &str> = std::str::from_utf8(bytes)
            .map_err(unreadable)?
            .lines()
            .filter_map(|line| line.trim().split_once('='))
            .collect();
        let line = |name: &str| lines.get(name).copied().ok_or(format!("no {name}"));
        let message = line("msg")?.as_bytes();
        let algorithm = SignatureAlgorithm::Gost(ParameterSet::Gost2015With512);
        let expected = hex(line("digest")?);
        ensure(digest(DigestAlgorithm::Streebog512, message).matches(&expected), "another digest")?;

        let parameters =
            write::sequence(&[write::oid(oid::GOST_2015_512_CURVE), write::oid(oid::STREEBOG_512)]);
        let identifier = write::sequence(&[write::oid(oid::GOST_2015_512), parameters]);
        let point = [backwards(&hex(line("qx")?)), backwards(&hex(line("qy")?))].concat();
        let spki = write::sequence(&[identifier.clone(), write::bit_string(&write::octet_string(&point))]);
        let public = PublicKey::from_spki(&spki).map_err(unreadable)?;
        ensure(public.kind() == KeyKind::Gost(ParameterSet::Gost2015With512), "another kind of key")?;
        self.signed(&algorithm, &public, message, &hex(line("sig")?))?;

        let number = write::octet_string(&backwards(&hex(line("d")?)));
        let secret = write::sequence(&[write::integer(0), identifier, write::octet_string(&number)]);
        let secret = PrivateKey::from_pkcs8_der(&secret).map_err(unreadable)?;
        ensure(secret.public_key() == public, "the private number gives another point")?;
        self.own_key(&secret, &public)
    }
}

/// A SignedData within its ContentInfo (RFC 5652 5.1).
struct SignedData<'a> {
    content_type: String,
    content: Option<&'a [u8]>,
    certificates: Vec<&'a [u8]>,
    signers: Vec<Signer<'a>>,
}

struct Signer<'a> {
    /// IssuerAndSerialNumber, or a key identifier.
    id: Tlv<'a>,
    digest: Tlv<'a>,
    algorithm: Tlv<'a>,
    /// signedAttrs with the tag of a SET, as they are signed (RFC 5652 5.4).
    attributes: Option<Vec<u8>>,
    signature: &'a [u8],
    timestamps: Vec<&'a [u8]>,
}

impl<'a> SignedData<'a> {
    fn read(der: &'a [u8]) -> Result<Self, asn1::Error> {
        let mut outer = Reader::single(der)?.expect(tag::SEQUENCE)?.reader();
        let content_type = outer.take(tag::OID)?;
        if content_type.oid()? != CMS_SIGNED_DATA {
            return Err(asn1::Error::Value { offset: content_type.offset });
        }
        let mut wrapped = outer.take(tag::context_constructed(0))?.reader();
        outer.finish()?;
        let mut fields = wrapped.take(tag::SEQUENCE)?.reader();
        fields.take(tag::INTEGER)?;
        fields.take(tag::SET)?;
        let mut inner = fields.take(tag::SEQUENCE)?.reader();
        let content_type = inner.take(tag::OID)?.oid()?;
        let content = match inner.optional(tag::context_constructed(0))? {
            Some(explicit) => Some(explicit.reader().take(tag::OCTET_STRING)?.content),
            None => None,
        };
        let mut certificates = Vec::new();
        if let Some(set) = fields.optional(tag::context_constructed(0))? {
            let mut items = set.reader();
            while !items.is_empty() {
                certificates.push(items.next()?.raw);
            }
        }
        fields.optional(tag::context_constructed(1))?;
        let mut signers = Vec::new();
        let mut items = fields.take(tag::SET)?.reader();
        fields.finish()?;
        while !items.is_empty() {
            signers.push(Signer::read(items.take(tag::SEQUENCE)?.reader())?);
        }
        Ok(Self { content_type, content, certificates, signers })
    }

    /// The hash function and the value that a TSTInfo is for (RFC 3161 2.4.2). Its serial number may be
    /// negative.
    fn imprint(&self) -> Result<(String, &'a [u8]), asn1::Error> {
        let Some(content) = self.content.filter(|_| self.content_type == TIMESTAMP_INFO) else {
            return Err(asn1::Error::Value { offset: 0 });
        };
        let mut fields = Reader::single(content)?.expect(tag::SEQUENCE)?.reader();
        fields.take(tag::INTEGER)?;
        fields.take(tag::OID)?;
        let mut imprint = fields.take(tag::SEQUENCE)?.reader();
        fields.take(tag::INTEGER)?;
        fields.take(tag::GENERALIZED_TIME)?;
        let hash = imprint.take(tag::SEQUENCE)?.reader().take(tag::OID)?.oid()?;
        Ok((hash, imprint.take(tag::OCTET_STRING)?.content))
    }
}

impl<'a> Signer<'a> {
    fn read(mut fields: Reader<'a>) -> Result<Self, asn1::Error> {
        fields.take(tag::INTEGER)?;
        let id = fields.next()?;
        let digest = fields.take(tag::SEQUENCE)?;
        let attributes = fields.optional(tag::context_constructed(0))?.map(|attributes| {
            let mut set = attributes.raw.to_vec();
            set.iter_mut().take(1).for_each(|first| *first = tag::SET);
            set
        });
        let algorithm = fields.take(tag::SEQUENCE)?;
        let signature = fields.take(tag::OCTET_STRING)?.content;
        let mut timestamps = Vec::new();
        if let Some(unsigned) = fields.optional(tag::context_constructed(1))? {
            let mut items = unsigned.reader();
            while !items.is_empty() {
                let mut item = items.take(tag::SEQUENCE)?.reader();
                let is_timestamp = item.take(tag::OID)?.oid()? == TIMESTAMP_TOKEN;
                let mut values = item.take(tag::SET)?.reader();
                while is_timestamp && !values.is_empty() {
                    timestamps.push(values.next()?.raw);
                }
            }
        }
        fields.finish()?;
        Ok(Self { id, digest, algorithm, attributes, signature, timestamps })
    }

    fn is(&self, certificate: &Certificate) -> bool {
        if self.id.tag != tag::SEQUENCE {
            return certificate.subject_key_id() == Some(self.id.content);
        }
        let mut fields = self.id.reader();
        let (Ok(issuer), Ok(serial)) = (fields.next(), fields.next()) else { return false };
        issuer.raw == certificate.issuer().der() && serial.content == certificate.serial()
    }

    fn digest(&self) -> Outcome<DigestAlgorithm> {
        let name = self.digest.reader().take(tag::OID).and_then(|name| name.oid()).map_err(unreadable)?;
        DigestAlgorithm::from_oid(&name).ok_or_else(|| format!("hash {name} is unknown"))
    }

    /// rsaEncryption takes the hash from digestAlgorithm (RFC 3370 3.2).
    fn algorithm(&self) -> Outcome<SignatureAlgorithm> {
        let name = self.algorithm.reader().take(tag::OID).and_then(|name| name.oid()).map_err(unreadable)?;
        if name == oid::RSA_ENCRYPTION {
            return Ok(SignatureAlgorithm::RsaPkcs1(self.digest()?));
        }
        SignatureAlgorithm::from_der(self.algorithm.raw).map_err(unreadable)
    }
}

/// The one value of the attribute with this type.
fn attribute<'a>(attributes: &'a [u8], wanted: &str) -> Result<Option<Tlv<'a>>, asn1::Error> {
    let mut items = Reader::single(attributes)?.reader();
    let mut found = None;
    while !items.is_empty() {
        let mut item = items.take(tag::SEQUENCE)?.reader();
        if item.take(tag::OID)?.oid()? == wanted {
            found = Some(Reader::single(item.take(tag::SET)?.content)?);
        }
    }
    Ok(found)
}

/// A BasicOCSPResponse within its OCSPResponse.
struct Answer<'a> {
    tbs: &'a [u8],
    algorithm: &'a [u8],
    signature: &'a [u8],
    certificates: Vec<&'a [u8]>,
    responder: Tlv<'a>,
}

impl<'a> Answer<'a> {
    fn read(der: &'a [u8]) -> Result<Self, asn1::Error> {
        let mut outer = Reader::single(der)?.expect(tag::SEQUENCE)?.reader();
        let status = outer.take(tag::ENUMERATED)?;
        let wrapped = outer.take(tag::context_constructed(0))?;
        let mut fields = Reader::single(wrapped.content)?.expect(tag::SEQUENCE)?.reader();
        if status.content != [0] || fields.take(tag::OID)?.oid()? != OCSP_BASIC {
            return Err(asn1::Error::Value { offset: status.offset });
        }
        let basic = fields.take(tag::OCTET_STRING)?.content;
        let mut fields = Reader::single(basic)?.expect(tag::SEQUENCE)?.reader();
        let tbs = fields.take(tag::SEQUENCE)?;
        let algorithm = fields.take(tag::SEQUENCE)?.raw;
        let signature = fields.take(tag::BIT_STRING)?.bit_string()?;
        let mut certificates = Vec::new();
        if let Some(explicit) = fields.optional(tag::context_constructed(0))? {
            let mut items = Reader::single(explicit.content)?.reader();
            while !items.is_empty() {
                certificates.push(items.next()?.raw);
            }
        }
        fields.finish()?;
        let mut data = tbs.reader();
        data.optional(tag::context_constructed(0))?;
        let responder = data.next()?;
        Ok(Self { tbs: tbs.raw, algorithm, signature, certificates, responder })
    }

    fn is_by(&self, certificate: &Certificate) -> bool {
        if self.responder.tag == tag::context_constructed(1) {
            return self.responder.content == certificate.subject().der();
        }
        // The SHA-1 of the key's bits.
        let value = Reader::single(self.responder.content).map(|value| value.content);
        let bits = Reader::single(certificate.spki()).and_then(|spki| {
            let mut fields = spki.reader();
            fields.next()?;
            fields.next()?.bit_string()
        });
        matches!((value, bits), (Ok(value), Ok(bits)) if digest(DigestAlgorithm::Sha1, bits).matches(value))
    }
}

fn manifest() -> Option<(PathBuf, Vec<Value>)> {
    let folder = shared()?.join("kz-pki");
    let bytes = std::fs::read(folder.join("manifest.json")).expect("a manifest");
    let manifest: Value = serde_json::from_slice(&bytes).expect("JSON");
    Some((folder, manifest["items"].as_array().expect("a list").clone()))
}

#[test]
fn every_object_comes_out_as_the_manifest_has_it() {
    let Some((folder, items)) = manifest() else { return };
    let mut objects = Objects::open(&folder, &items);
    let mut faults = Vec::new();
    for item in &items {
        if let Err(fault) = objects.check(item) {
            faults.push(format!("{}: {fault}", text(item, "file")));
        }
    }
    for ((kind, algorithm), count) in &objects.checked {
        println!("{kind}: {count} with {algorithm}");
    }
    println!("no issuer: {:?}", objects.orphans);
    assert!(faults.is_empty(), "{} of {}: {faults:#?}", faults.len(), items.len());
    // Where objects of a kind are there; others may be in another folder.
    let kinds: BTreeSet<&str> = items.iter().map(|item| text(item, "kind")).collect();
    for (kind, algorithm, least) in SIGNATURES.iter().filter(|(kind, ..)| kinds.contains(kind)) {
        let count = objects.checked.get(&((*kind).to_owned(), (*algorithm).to_owned())).copied();
        assert!(count.unwrap_or(0) >= *least, "{kind}, {algorithm}: {count:?}");
    }
    let listed = |file: &str| items.iter().any(|item| text(item, "file") == file);
    let expected: Vec<&str> = ORPHANS.iter().copied().filter(|file| listed(file)).collect();
    let known: Vec<&str> =
        objects.orphans.iter().map(String::as_str).filter(|file| ORPHANS.contains(file)).collect();
    assert_eq!(known, expected);
    // A file that was left out of the manifest would never be looked at.
    for kind in ["ca", "cert", "cms", "crl", "ncalayer-rs", "ocsp", "p12", "tst", "xml"] {
        let Ok(files) = std::fs::read_dir(folder.join(kind)) else { continue };
        for file in files.flatten() {
            let file = format!("{kind}/{}", file.file_name().to_string_lossy());
            assert!(listed(&file), "{file} is not in the manifest");
        }
    }
}

/// The production roots and what they issued, each key against each certificate.
#[test]
fn no_authority_issued_what_another_did() {
    let Some((folder, items)) = manifest() else { return };
    let objects = Objects::open(&folder, &items);
    let mut held = 0;
    for subject in &objects.authorities {
        for issuer in &objects.authorities {
            let key = issuer.public_key().expect("a key");
            if subject.verify_issued_by(key).is_ok() {
                assert!(issuer.subject().matches(subject.issuer()));
                held += 1;
            }
        }
    }
    assert!(held >= objects.authorities.len(), "{held}");
}
