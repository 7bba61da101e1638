//! Making the documents: every Signature here is written in canonical form by hand and signed with an RSA
//! key that anyone may have, so the octets are the same on every run and owe nothing to the code that is
//! tested.

use std::path::{Path, PathBuf};
use std::sync::{LazyLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::hash::MessageDigest;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::{PKey, Private};
use openssl::sign::Signer;
use qoltanba::asn1::oid;
use qoltanba::crypto::{DigestAlgorithm, PrivateKey};
use qoltanba::pkix::issue::{self, Extension, Issuer, Profile};

pub(super) const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
pub(super) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
pub(super) const BASE64: &str = "http://www.w3.org/2000/09/xmldsig#base64";
pub(super) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub(super) const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
pub(super) const INCLUSIVE11: &str = "http://www.w3.org/2006/12/xml-c14n11";
pub(super) const XPATH: &str = "http://www.w3.org/TR/1999/REC-xpath-19991116";
pub(super) const FILTER2: &str = "http://www.w3.org/2002/06/xmldsig-filter2";
pub(super) const XSLT: &str = "http://www.w3.org/TR/1999/REC-xslt-19991116";
pub(super) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
pub(super) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
pub(super) const XADES: &str = "http://uri.etsi.org/01903/v1.3.2#";

/// Where the attacker's key and the documents are.
pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/attacks")
}

/// Held by whoever reads the committed documents, so that nobody writes them meanwhile.
pub(super) fn reading() -> RwLockReadGuard<'static, ()> {
    CORPUS.read().unwrap_or_else(PoisonError::into_inner)
}

/// Held while the documents are written.
pub(super) fn writing() -> RwLockWriteGuard<'static, ()> {
    CORPUS.write().unwrap_or_else(PoisonError::into_inner)
}

static CORPUS: RwLock<()> = RwLock::new(());

pub(super) fn certs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("certs")
}

/// Who signs, by the cryptographic library alone.
pub(super) struct Holder {
    pub(super) key: PKey<Private>,
    pub(super) certificate_der: Vec<u8>,
}

impl Holder {
    fn of_container(name: &str) -> Self {
        let bytes = std::fs::read(certs().join(format!("{name}.p12"))).expect("a PKCS#12 file");
        let container = Pkcs12::from_der(&bytes).and_then(|container| container.parse2("qoltanba"));
        let parts = container.expect("a container that opens");
        let certificate = parts.cert.expect("a certificate");
        Self {
            key: parts.pkey.expect("a key"),
            certificate_der: certificate.to_der().expect("a certificate"),
        }
    }

    /// The key as the authority's code takes it.
    fn issuing_key(&self) -> PrivateKey {
        let pem = self.key.private_key_to_pem_pkcs8().expect("PEM");
        PrivateKey::from_pem(&pem).expect("a key")
    }

    /// SubjectPublicKeyInfo in DER.
    pub(super) fn public_key(&self) -> Vec<u8> {
        self.key.public_key_to_der().expect("a key")
    }
}

pub(super) static APPLICANT: LazyLock<Holder> = LazyLock::new(|| Holder::of_container("applicant"));
pub(super) static OFFICIAL: LazyLock<Holder> = LazyLock::new(|| Holder::of_container("official"));
pub(super) static REVOKED: LazyLock<Holder> = LazyLock::new(|| Holder::of_container("revoked"));
pub(super) static EXPIRED: LazyLock<Holder> = LazyLock::new(|| Holder::of_container("expired"));
pub(super) static WRONG_USAGE: LazyLock<Holder> = LazyLock::new(|| Holder::of_container("wrong-usage"));
/// The attacker's key, without a certificate; it protects nothing.
pub(super) static ATTACKER: LazyLock<Holder> = LazyLock::new(|| {
    let pem = std::fs::read(folder().join("attacker.pem")).expect("the attacker's key");
    Holder { key: PKey::private_key_from_pem(&pem).expect("a key"), certificate_der: Vec::new() }
});

/// A certificate for the attacker's key.
pub(super) fn forged_certificate(subject: &[u8], issuer: &[u8], by: &Holder, authority: bool) -> Vec<u8> {
    forged_certificate_of(&ATTACKER, subject, issuer, by, authority)
}

/// The same for anybody's key.
pub(super) fn forged_certificate_of(
    holder: &Holder,
    subject: &[u8],
    issuer: &[u8],
    by: &Holder,
    authority: bool,
) -> Vec<u8> {
    let extensions = if authority {
        vec![Extension::authority(None), Extension::key_usage(&[5, 6])]
    } else {
        vec![
            Extension::key_usage(&[0, 1]),
            Extension::extended_key_usage(&["1.3.6.1.5.5.7.3.4", "1.2.398.3.3.4.1.1"]),
        ]
    };
    let profile = Profile {
        subject: subject.to_vec(),
        public_key: holder.issuing_key().public_key(),
        not_before: "2026-01-01T00:00:00Z".parse().expect("a time"),
        not_after: "2076-01-01T00:00:00Z".parse().expect("a time"),
        extensions,
    };
    issue::certificate(
        &profile,
        Issuer { name: issuer, key: &by.issuing_key(), digest: DigestAlgorithm::Sha256 },
    )
    .expect("a certificate")
}

/// The subject of a certificate in DER.
pub(super) fn subject_of(certificate: &[u8]) -> Vec<u8> {
    let certificate = openssl::x509::X509::from_der(certificate).expect("a certificate");
    certificate.subject_name().to_der().expect("a name")
}

/// A name that only the attacker has.
pub(super) fn attackers_name() -> Vec<u8> {
    issue::name(&[(oid::COMMON_NAME, "MALLORY"), (oid::COUNTRY, "KZ")])
}

pub(super) fn encode(octets: impl AsRef<[u8]>) -> String {
    STANDARD.encode(octets)
}

/// `<ds:Transform>` with whatever it holds.
pub(super) fn transform(algorithm: &str, inner: &str) -> String {
    format!("<ds:Transform Algorithm=\"{algorithm}\">{inner}</ds:Transform>")
}

/// A Reference by transforms as written, with the digest of `octets`.
pub(super) fn reference_by(uri: &str, transforms: &str, octets: &[u8]) -> String {
    reference_of(uri, transforms, SHA256, &sha256(octets))
}

pub(super) fn reference_of(uri: &str, transforms: &str, method: &str, value: &[u8]) -> String {
    let transforms = if transforms.is_empty() {
        String::new()
    } else {
        format!("<ds:Transforms>{transforms}</ds:Transforms>")
    };
    format!(
        "<ds:Reference URI=\"{uri}\">{transforms}<ds:DigestMethod Algorithm=\"{method}\"></ds:DigestMethod>\
         <ds:DigestValue>{}</ds:DigestValue></ds:Reference>",
        encode(value)
    )
}

/// A Reference to `uri` by Exclusive Canonical XML.
pub(super) fn reference(uri: &str, canonical: &str) -> String {
    reference_by(uri, &transform(EXCLUSIVE, ""), canonical.as_bytes())
}

/// The same with the enveloped-signature transform.
pub(super) fn enveloped(uri: &str, canonical: &str) -> String {
    let transforms = transform(ENVELOPED, "") + &transform(EXCLUSIVE, "");
    reference_by(uri, &transforms, canonical.as_bytes())
}

pub(super) fn x509_data(certificates: &[&[u8]]) -> String {
    let list: String = certificates
        .iter()
        .map(|der| format!("<ds:X509Certificate>{}</ds:X509Certificate>", encode(der)))
        .collect();
    format!("<ds:X509Data>{list}</ds:X509Data>")
}

/// `<ds:KeyValue>` with an RSA key.
pub(super) fn key_value(holder: &Holder) -> String {
    let public = holder.key.rsa().expect("an RSA key");
    format!(
        "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{}</ds:Modulus><ds:Exponent>{}</ds:Exponent>\
         </ds:RSAKeyValue></ds:KeyValue>",
        encode(public.n().to_vec()),
        encode(public.e().to_vec())
    )
}

#[derive(Clone, Copy)]
pub(super) enum Hash {
    Md5,
    Sha1,
    Sha256,
}

impl Hash {
    fn method(self) -> MessageDigest {
        match self {
            Self::Md5 => MessageDigest::md5(),
            Self::Sha1 => MessageDigest::sha1(),
            Self::Sha256 => MessageDigest::sha256(),
        }
    }

    pub(super) fn of(self, octets: impl AsRef<[u8]>) -> Vec<u8> {
        openssl::hash::hash(self.method(), octets.as_ref()).expect("a hash").to_vec()
    }
}

pub(super) fn sha256(octets: impl AsRef<[u8]>) -> Vec<u8> {
    Hash::Sha256.of(octets)
}

/// How a value comes about.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    /// RSASSA-PKCS1-v1_5.
    Rsa(&'a Holder, Hash),
    /// HMAC with these octets as the secret, cut to so many octets.
    Hmac(Hash, &'a [u8], usize),
    Octets(&'a [u8]),
}

/// A Signature element. SignedInfo is written as Exclusive Canonical XML writes it.
#[derive(Clone)]
pub(super) struct Signed<'a> {
    pub(super) references: String,
    pub(super) canonicalization: &'a str,
    pub(super) method: &'a str,
    /// What SignatureMethod holds.
    pub(super) parameters: &'a str,
    pub(super) value: Value<'a>,
    /// What KeyInfo holds; without a KeyInfo if `None`.
    pub(super) key_info: Option<String>,
    /// Object elements.
    pub(super) objects: String,
    /// Attributes of Signature, with a leading space.
    pub(super) attributes: &'a str,
    /// Namespace declarations that are in scope and that the canonicalisation renders.
    pub(super) rendered: &'a str,
}

impl Signed<'_> {
    pub(super) fn new(references: impl Into<String>) -> Self {
        Self {
            references: references.into(),
            canonicalization: EXCLUSIVE,
            method: RSA_SHA256,
            parameters: "",
            value: Value::Rsa(&APPLICANT, Hash::Sha256),
            key_info: Some(x509_data(&[&APPLICANT.certificate_der])),
            objects: String::new(),
            attributes: "",
            rendered: "",
        }
    }

    pub(super) fn signed_info(&self) -> String {
        format!(
            "<ds:SignedInfo xmlns:ds=\"{DSIG}\"{}><ds:CanonicalizationMethod Algorithm=\"{}\">\
             </ds:CanonicalizationMethod><ds:SignatureMethod Algorithm=\"{}\">{}</ds:SignatureMethod>{}\
             </ds:SignedInfo>",
            self.rendered, self.canonicalization, self.method, self.parameters, self.references
        )
    }

    /// SignedInfo as it stands in a document that declares [`Signed::rendered`] further out.
    fn signed_info_in_place(&self) -> String {
        self.signed_info().replacen(self.rendered, "", 1)
    }

    pub(super) fn signature_value(&self) -> String {
        self.value_over(&self.signed_info())
    }

    /// SignatureValue over other octets than those of SignedInfo as it stands here.
    pub(super) fn value_over(&self, octets: &str) -> String {
        let value = match self.value {
            Value::Rsa(holder, hash) => {
                let mut signer = Signer::new(hash.method(), &holder.key).expect("a signer");
                signer.sign_oneshot_to_vec(octets.as_bytes()).expect("a value")
            }
            Value::Hmac(algorithm, secret, length) => {
                let mut value = hmac(algorithm, secret, octets.as_bytes());
                value.truncate(length);
                value
            }
            Value::Octets(value) => value.to_vec(),
        };
        format!("<ds:SignatureValue>{}</ds:SignatureValue>", encode(value))
    }

    pub(super) fn key_info_element(&self) -> String {
        self.key_info.as_ref().map(|inner| format!("<ds:KeyInfo>{inner}</ds:KeyInfo>")).unwrap_or_default()
    }

    /// A Signature of the given children.
    pub(super) fn around(&self, children: &str) -> String {
        format!("<ds:Signature xmlns:ds=\"{DSIG}\"{}>{children}</ds:Signature>", self.attributes)
    }

    pub(super) fn xml(&self) -> String {
        self.around(&format!(
            "{}{}{}{}",
            self.signed_info_in_place(),
            self.signature_value(),
            self.key_info_element(),
            self.objects
        ))
    }
}

/// The applicant's Signature over the references.
pub(super) fn sign(references: impl Into<String>) -> String {
    Signed::new(references).xml()
}

/// HMAC (RFC 2104); both hashes have blocks of 64 octets.
fn hmac(hash: Hash, secret: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = if secret.len() > 64 { hash.of(secret) } else { secret.to_vec() };
    block.resize(64, 0);
    let keyed = |pad: u8, rest: &[u8]| {
        let padded: Vec<u8> = block.iter().map(|octet| octet ^ pad).collect();
        hash.of([&padded, rest].concat())
    };
    keyed(0x5c, &keyed(0x36, message))
}

#[test]
fn the_code_of_rfc_4231_is_right() {
    let code = hmac(Hash::Sha256, b"Jefe", b"what do ya want for nothing?");
    assert_eq!(code[..4], [0x5b, 0xdc, 0xc1, 0x46]);
}
