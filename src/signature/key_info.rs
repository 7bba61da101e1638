//! KeyInfo (XML Signature 4.5): hints at the key that made a signature.
//!
//! Nothing here is trusted. Certificates, and keys written out, are candidates: the one that verifies
//! the signature value is the one that counts, and what it is worth is judged elsewhere. Names,
//! serial numbers and digests only say which of the certificates that the caller gave to try first.

use std::sync::Arc;

use super::reference::decode_base64;
use super::transform::unread;
use super::{CertificateCache, DetachedContent, Problem};
use crate::asn1::big_decimal;
use crate::crypto::{DigestAlgorithm, PublicKey, digest};
use crate::pkix::Certificate;
use crate::xml::{DSIG, Document, Identified, Limits, WSSE, tree};

const DSIG11: &str = "http://www.w3.org/2009/xmldsig11#";
/// The namespace of the ECDSAKeyValue of RFC 4050.
const RFC4050: &str = "http://www.w3.org/2001/04/xmldsig-more#";
const RAW_CERTIFICATE: &str = "http://www.w3.org/2000/09/xmldsig#rawX509Certificate";
/// Keys that are tried for one signature: each costs a verification.
pub(super) const MOST_KEYS: usize = 32;

/// Certificates that are read from one KeyInfo.
const MOST_CERTIFICATES: usize = 100;
/// Names, serial numbers and the like in one KeyInfo: each is compared with each certificate given.
const MOST_HINTS: usize = 100;
/// References that are followed from one KeyInfo: each reads an element.
const MOST_RETRIEVALS: usize = 8;
/// Octets of an element that such a reference names: 1 MiB.
const MOST_RETRIEVED: usize = 1 << 20;

/// What KeyInfo holds.
#[derive(Debug, Default)]
pub(super) struct KeyInfo {
    /// Certificates carried, in order, each once.
    pub(super) certificates: Vec<Arc<Certificate>>,
    /// Keys written out.
    pub(super) keys: Vec<PublicKey>,
    hints: Vec<Hint>,
    retrievals: usize,
    pub(super) problems: Vec<Problem>,
}

/// Something that a certificate may be known by.
#[derive(Debug)]
enum Hint {
    IssuerSerial(Vec<u8>),
    SubjectKeyId(Vec<u8>),
    Subject(String),
    Digest(DigestAlgorithm, Vec<u8>),
    Name(String),
}

/// What KeyInfo may refer to.
pub(super) struct Sources<'s> {
    pub(super) document: &'s Document<'s>,
    pub(super) limits: &'s Limits,
    pub(super) cache: &'s CertificateCache,
    pub(super) detached: &'s [DetachedContent],
}

impl KeyInfo {
    /// Reads the element.
    pub(super) fn read(element: tree::Node<'_>, sources: &Sources<'_>) -> Self {
        let mut found = Self::default();
        for child in element.elements() {
            found.read_child(child, sources, true);
        }
        found
    }

    fn read_child(&mut self, child: tree::Node<'_>, sources: &Sources<'_>, may_refer: bool) {
        match (child.namespace(), child.local()) {
            (DSIG, "X509Data") => self.read_x509_data(child, sources.cache),
            (DSIG, "X509Certificate") | (WSSE, "BinarySecurityToken") => {
                self.add_certificate(|| sources.cache.parse_base64(child.text().unwrap_or_default()));
            }
            (DSIG, "KeyValue") => self.read_key_value(child),
            (DSIG11, "DEREncodedKeyValue") => {
                let key = child.text().and_then(decode_base64).map(|der| PublicKey::from_spki(&der));
                self.add_key(key);
            }
            (DSIG, "KeyName") => {
                if let Some(name) = child.text() {
                    self.add_hint(Some(Hint::Name(name.trim().to_owned())));
                }
            }
            (DSIG, "RetrievalMethod") | (DSIG11, "KeyInfoReference") if may_refer => {
                self.retrieve(child, sources);
            }
            (WSSE, "SecurityTokenReference") => {
                for inner in child.elements() {
                    let is_certificate =
                        inner.attribute("ValueType").is_some_and(|kind| kind.ends_with("#X509v3"));
                    match inner.local() {
                        "Reference" if inner.namespace() == WSSE && may_refer => {
                            self.retrieve(inner, sources)
                        }
                        "KeyIdentifier" if inner.namespace() == WSSE && is_certificate => {
                            self.add_certificate(|| {
                                sources.cache.parse_base64(inner.text().unwrap_or_default())
                            });
                        }
                        _ => self.read_child(inner, sources, may_refer),
                    }
                }
            }
            _ => {}
        }
    }

    /// Follows a reference once, within the document or to octets that the caller gave.
    fn retrieve(&mut self, method: tree::Node<'_>, sources: &Sources<'_>) {
        self.retrievals += 1;
        if self.retrievals > MOST_RETRIEVALS {
            self.limit("retrievals");
            return;
        }
        let uri = method.attribute("URI").unwrap_or_default();
        if let Some(id) = uri.strip_prefix('#') {
            let Identified::One(element) = sources.document.identified(id) else { return };
            if element.end - element.start > MOST_RETRIEVED {
                self.limit("retrieved_bytes");
                return;
            }
            let whole = |_: bool, _: &str, _: &str| tree::Descend::Whole;
            let tree = match tree::read_signature(sources.document, &element, sources.limits, whole) {
                Ok(tree) => tree,
                Err(error) => {
                    self.problems.push(unread(error));
                    return;
                }
            };
            let named = tree.element();
            if named.is(DSIG, "KeyInfo") {
                for child in named.elements() {
                    self.read_child(child, sources, false);
                }
                return;
            }
            self.read_child(named, sources, false);
            // A transform that picks the X509Data or key out of what is named.
            if !matches!(named.namespace(), DSIG | DSIG11 | WSSE) || named.is(DSIG, "Object") {
                for child in named.elements() {
                    self.read_child(child, sources, false);
                }
            }
            return;
        }
        let given = sources.detached.iter().find(|content| content.uri.as_deref() == Some(uri));
        if let Some(content) = given
            && method.attribute("Type") == Some(RAW_CERTIFICATE)
        {
            self.add_certificate(|| sources.cache.parse(&content.octets).map_err(|error| error.to_string()));
        }
    }

    fn read_x509_data(&mut self, data: tree::Node<'_>, cache: &CertificateCache) {
        for child in data.elements() {
            let text = || child.text().map(str::trim).unwrap_or_default();
            match (child.namespace(), child.local()) {
                (DSIG, "X509Certificate") => {
                    self.add_certificate(|| cache.parse_base64(child.text().unwrap_or_default()))
                }
                (DSIG, "X509IssuerSerial") => {
                    let serial = child.child(DSIG, "X509SerialNumber").and_then(tree::Node::text);
                    let serial = serial.and_then(|serial| big_decimal(serial.trim()));
                    self.add_hint(serial.map(Hint::IssuerSerial));
                }
                (DSIG, "X509SKI") => self.add_hint(decode_base64(text()).map(Hint::SubjectKeyId)),
                (DSIG, "X509SubjectName") => self.add_hint(Some(Hint::Subject(text().to_owned()))),
                (DSIG11, "X509Digest") => {
                    let algorithm = child.attribute("Algorithm").and_then(DigestAlgorithm::from_uri);
                    if let (Some(algorithm), Some(value)) = (algorithm, decode_base64(text())) {
                        self.add_hint(Some(Hint::Digest(algorithm, value)));
                    }
                }
                _ => {}
            }
        }
    }

    fn add_hint(&mut self, hint: Option<Hint>) {
        let Some(hint) = hint else { return };
        if self.hints.len() < MOST_HINTS { self.hints.push(hint) } else { self.limit("hints") }
    }

    /// Takes note, once, that a limit was reached.
    fn limit(&mut self, limit: &'static str) {
        if !self.problems.contains(&Problem::Limit(limit)) {
            self.problems.push(Problem::Limit(limit));
        }
    }

    fn add_certificate(&mut self, parse: impl FnOnce() -> Result<Arc<Certificate>, String>) {
        // One that cannot be read counts too: it is told of.
        if self.certificates.len() + self.problems.len() >= MOST_CERTIFICATES {
            self.limit("certificates");
            return;
        }
        match parse() {
            Ok(certificate) => {
                if !self.certificates.iter().any(|known| known.sha256() == certificate.sha256()) {
                    self.certificates.push(certificate);
                }
            }
            Err(detail) => self.problems.push(Problem::CertificateMalformed(detail)),
        }
    }

    fn add_key(&mut self, key: Option<Result<PublicKey, crate::crypto::KeyError>>) {
        // A key that cannot be read counts too: it is told of.
        if self.keys.len() + self.problems.len() >= MOST_CERTIFICATES {
            self.limit("keys");
            return;
        }
        match key {
            Some(Ok(key)) if !self.keys.contains(&key) => self.keys.push(key),
            Some(Ok(_)) => {}
            Some(Err(error)) => self.problems.push(Problem::KeyUnsupported(error.to_string())),
            None => self.problems.push(Problem::KeyUnsupported("not base64".into())),
        }
    }

    /// RSAKeyValue, DSAKeyValue, ECKeyValue of XML Signature 1.1, and the ECDSAKeyValue of RFC 4050.
    fn read_key_value(&mut self, value: tree::Node<'_>) {
        for child in value.elements() {
            let part =
                |local: &str| child.child(DSIG, local).and_then(tree::Node::text).and_then(decode_base64);
            let key = match (child.namespace(), child.local()) {
                (DSIG, "RSAKeyValue") => match (part("Modulus"), part("Exponent")) {
                    (Some(modulus), Some(exponent)) => Some(PublicKey::from_rsa(&modulus, &exponent)),
                    _ => None,
                },
                (DSIG, "DSAKeyValue") => match (part("P"), part("Q"), part("G"), part("Y")) {
                    (Some(p), Some(q), Some(g), Some(y)) => Some(PublicKey::from_dsa(&p, &q, &g, &y)),
                    _ => None,
                },
                (DSIG11, "ECKeyValue") => {
                    let curve = child.child(DSIG11, "NamedCurve").and_then(|curve| curve.attribute("URI"));
                    let point = child.child(DSIG11, "PublicKey").and_then(tree::Node::text);
                    match (curve.and_then(curve_oid), point.and_then(decode_base64)) {
                        (Some(curve), Some(point)) => Some(PublicKey::from_ec(curve, &point)),
                        _ => None,
                    }
                }
                (RFC4050, "ECDSAKeyValue") => rfc4050(child),
                _ => continue,
            };
            self.add_key(key);
        }
    }

    /// The certificates to try, the likeliest first: those carried; else, or where a hint names one,
    /// those that the caller gave. And how many of them KeyInfo names.
    pub(super) fn candidates(&self, given: &[Arc<Certificate>]) -> (Vec<Arc<Certificate>>, usize) {
        let mut found = self.certificates.clone();
        found.truncate(MOST_KEYS);
        if !self.hints.is_empty() || !self.keys.is_empty() {
            for certificate in given.iter().filter(|certificate| self.hints_at(certificate)) {
                if found.len() < MOST_KEYS
                    && !found.iter().any(|known| known.sha256() == certificate.sha256())
                {
                    found.push(Arc::clone(certificate));
                }
            }
        }
        let named = found.len();
        if found.is_empty() {
            found.extend(given.iter().take(MOST_KEYS).cloned());
        }
        (found, named)
    }

    fn hints_at(&self, certificate: &Certificate) -> bool {
        let has_key = certificate.public_key().is_ok_and(|key| self.keys.contains(key));
        has_key
            || self.hints.iter().any(|hint| match hint {
                Hint::IssuerSerial(serial) => significant(certificate.serial()) == serial.as_slice(),
                Hint::SubjectKeyId(id) => certificate.subject_key_id() == Some(id.as_slice()),
                Hint::Subject(name) => same_name(name, &certificate.subject().to_rfc4514()),
                Hint::Digest(algorithm, value) => {
                    digest(*algorithm, certificate.der()).as_ref() == value.as_slice()
                }
                Hint::Name(name) => {
                    certificate.subject().common_name() == Some(name.as_str())
                        || same_name(name, &certificate.subject().to_rfc4514())
                }
            })
    }
}

fn curve_oid(uri: &str) -> Option<&str> {
    uri.strip_prefix("urn:oid:").or_else(|| uri.strip_prefix("urn:OID:"))
}

fn rfc4050(value: tree::Node<'_>) -> Option<Result<PublicKey, crate::crypto::KeyError>> {
    let curve = value
        .child(RFC4050, "DomainParameters")
        .and_then(|parameters| parameters.child(RFC4050, "NamedCurve"))
        .and_then(|curve| curve.attribute("URN"))
        .and_then(curve_oid)?;
    let key = value.child(RFC4050, "PublicKey")?;
    let coordinate = |local: &str| {
        key.child(RFC4050, local).and_then(|part| part.attribute("Value")).and_then(big_decimal)
    };
    let (x, y) = (coordinate("X")?, coordinate("Y")?);
    let octets = crate::crypto::Curve::from_oid(curve)?.octets();
    let mut point = vec![4];
    for coordinate in [x, y] {
        point.extend(std::iter::repeat_n(0, octets.checked_sub(coordinate.len())?));
        point.extend(coordinate);
    }
    Some(PublicKey::from_ec(curve, &point))
}

/// A number without leading zeros.
pub(super) fn significant(number: &[u8]) -> &[u8] {
    number.get(number.iter().take_while(|octet| **octet == 0).count()..).unwrap_or_default()
}

/// Whether two names in the string form of RFC 4514 or its elders may mean the same. A hint only.
pub(super) fn same_name(left: &str, right: &str) -> bool {
    let parts = |name: &str| {
        let mut parts: Vec<String> = name
            .split([',', '+', ';'])
            .map(|part| {
                part.chars().filter(|c| !c.is_whitespace() && *c != '\\' && *c != '"').collect::<String>()
            })
            .map(|part| part.to_lowercase())
            .map(|part| part.split_once('=').map_or(part.clone(), |(_, value)| value.to_owned()))
            .collect();
        parts.sort_unstable();
        parts
    };
    parts(left) == parts(right)
}
