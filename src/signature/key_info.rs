//! KeyInfo (XML Signature 4.5): hints at the key that made a signature.
//!
//! Nothing here is trusted. Certificates, and keys written out, are candidates: the one that verifies
//! the signature value is the one that counts, and what it is worth is judged elsewhere. Names,
//! serial numbers and digests only say which of the certificates that the caller gave to try first.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use super::reference::{decode_base64, identifier};
use super::transform::{self, Bounded, Context, Nodes, unread};
use super::work::{NODE, Work};
use super::xades::{NamedCertificate, named_as};
use super::{CertificateCache, Certificates, DetachedContent, Problem};
use crate::asn1::{self, Reader, big_decimal, tag};
use crate::crypto::{DigestAlgorithm, KeyError, PublicKey, digest};
use crate::pkix::{Certificate, KeyUsage};
use crate::xml::c14n::Apex;
use crate::xml::cover::Cover;
use crate::xml::{DSIG, Document, Element, Identified, WSSE, tree};

const DSIG11: &str = "http://www.w3.org/2009/xmldsig11#";
/// The namespace of the ECDSAKeyValue of RFC 4050.
const RFC4050: &str = "http://www.w3.org/2001/04/xmldsig-more#";
const RAW_CERTIFICATE: &str = "http://www.w3.org/2000/09/xmldsig#rawX509Certificate";
/// Keys that are tried for one signature, of certificates carried, of others and of keys written out: each
/// costs a verification.
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
    pub(super) certificates: Certificates,
    /// Those of them that stand elsewhere and are only referred to, by their SHA-256.
    pub(super) elsewhere: Vec<[u8; 32]>,
    is_elsewhere: bool,
    /// Keys written out.
    pub(super) keys: Vec<PublicKey>,
    hints: Vec<Hint>,
    retrievals: usize,
    /// Of what is covered alone certificates are read, where it is that that is asked.
    signed: Option<Rc<Cover>>,
    /// Certificates, keys and hints met, also those that could not be read.
    items: usize,
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

/// What the signer's certificate is sought by besides KeyInfo.
pub(super) struct Search<'s> {
    /// Certificates that the signed properties name (EN 319 102-1, 5.2.3).
    pub(super) named: &'s [NamedCertificate],
    /// Certificates in the signature, in KeyInfo or elsewhere.
    pub(super) enclosed: &'s [Arc<Certificate>],
    /// Certificates that the caller gave.
    pub(super) given: &'s [Arc<Certificate>],
    /// Whether the value may be one of this key, by its kind and size.
    pub(super) fits: &'s dyn Fn(&PublicKey) -> bool,
}

impl Search<'_> {
    /// Whether a certificate that does not verify the value stands for an authority above the signer, not
    /// for the signer: an authority's, not meant for signing documents, or not fitting the value, or not
    /// one that the signed properties name. One that an authority issued to itself may be the signer's
    /// own for all that its key's kind says.
    pub(super) fn is_above(&self, certificate: &Certificate) -> bool {
        let signs = |usage: KeyUsage| usage.digital_signature || usage.content_commitment;
        let fits = || certificate.public_key().is_ok_and(self.fits);
        let is_unnamed = || named_as(self.named, certificate).is_empty();
        is_authority(certificate)
            && (!certificate.key_usage().is_none_or(signs)
                || (!certificate.is_self_issued() && !fits())
                || (!self.named.is_empty() && is_unnamed()))
    }
}

pub(super) fn is_authority(certificate: &Certificate) -> bool {
    certificate.basic_constraints().is_some_and(|constraints| constraints.ca)
}

/// What KeyInfo may refer to.
pub(super) struct Sources<'s> {
    pub(super) document: &'s Document<'s>,
    /// What transforms of the document depend on.
    pub(super) context: Context<'s>,
    pub(super) work: &'s mut Work,
    pub(super) cache: &'s CertificateCache,
    pub(super) detached: &'s [DetachedContent],
}

impl KeyInfo {
    /// Reads the element.
    pub(super) fn read(element: tree::Node<'_>, sources: &mut Sources<'_>) -> Self {
        let mut found = Self::default();
        for child in element.elements() {
            found.read_child(child, sources, true);
        }
        found
    }

    /// The certificates that are signed in an element of the document: a KeyInfo, or a part of one that holds some, if
    /// it was read already with its `node`. `signed` is what is covered, unless all of it is. What is one too many or too
    /// large is a limit.
    pub(super) fn signed(
        element: &Element,
        node: Option<tree::Node<'_>>,
        signed: Option<Rc<Cover>>,
        sources: &mut Sources<'_>,
    ) -> Result<Vec<Arc<Certificate>>, Problem> {
        let mut found = Self { signed, ..Self::default() };
        match node {
            Some(node) => {
                sources.work.spend(element.end - element.start)?;
                found.read_retrieved(node, sources);
            }
            None if element.end - element.start > MOST_RETRIEVED => {
                return Err(Problem::Limit("retrieved_bytes"));
            }
            None => found.read_element(element, sources)?,
        }
        let limit = Problem::Limit("certificates");
        if found.problems.contains(&limit) { Err(limit) } else { Ok(found.certificates.into_vec()) }
    }

    /// Reads what an element of the document holds.
    fn read_element(&mut self, element: &Element, sources: &mut Sources<'_>) -> Result<(), Problem> {
        sources.work.spend(element.end - element.start)?;
        let whole = |_: bool, _: &str, _: &str| tree::Descend::Whole;
        let tree = tree::read_signature(sources.document, element, sources.context.limits, whole);
        let tree = tree.map_err(unread)?;
        sources.work.spend(tree.len().saturating_mul(NODE))?;
        self.read_retrieved(tree.element(), sources);
        Ok(())
    }

    fn read_child(&mut self, child: tree::Node<'_>, sources: &mut Sources<'_>, may_refer: bool) {
        match (child.namespace(), child.local()) {
            _ if !self.is_read(child) => {}
            (DSIG, "X509Data") => self.read_x509_data(child, sources.cache),
            (WSSE, "BinarySecurityToken")
                if child.attribute("ValueType").is_some_and(|kind| kind.ends_with("X509PKIPathv1")) =>
            {
                self.read_path(child, sources.cache);
            }
            (DSIG, "X509Certificate") | (WSSE, "BinarySecurityToken") => {
                self.add_certificate_of(child, sources.cache);
            }
            (DSIG, "KeyValue") => child.elements().for_each(|key| self.read_key(key)),
            (DSIG11, "DEREncodedKeyValue") => {
                let der = decoded(child).ok_or_else(|| NOT_BASE64.to_owned());
                self.add_key(der.and_then(|der| key_of(PublicKey::from_spki(&der))));
            }
            (DSIG, "KeyName") => {
                if let Some(name) = child.value_text() {
                    self.add_hint(Some(Hint::Name(name.trim().to_owned())));
                }
            }
            (DSIG, "RetrievalMethod") | (DSIG11, "KeyInfoReference") if may_refer => {
                self.retrieve(child, sources);
            }
            (WSSE, "KeyIdentifier")
                if child.attribute("ValueType").is_some_and(|kind| kind.ends_with("#X509v3")) =>
            {
                self.add_certificate_of(child, sources.cache);
            }
            (WSSE, "SecurityTokenReference") => {
                for inner in child.elements() {
                    match inner.local() {
                        "Reference" if inner.namespace() == WSSE && may_refer => {
                            self.retrieve(inner, sources)
                        }
                        _ => self.read_child(inner, sources, may_refer),
                    }
                }
            }
            _ => {}
        }
    }

    /// Follows a reference once, within the document or to octets that the caller gave. Where that leads to
    /// nothing, it is told.
    fn retrieve(&mut self, method: tree::Node<'_>, sources: &mut Sources<'_>) {
        self.retrievals += 1;
        if self.retrievals > MOST_RETRIEVALS {
            self.limit("retrievals");
            return;
        }
        let uri = method.attribute("URI").unwrap_or_default();
        let before = (self.items, self.problems.len());
        self.is_elsewhere = true;
        if let Err(problem) = self.follow(method, uri, sources) {
            self.problems.push(problem);
        }
        self.is_elsewhere = false;
        let untold = Problem::KeyInfoReferenceUnread(uri.to_owned());
        if before == (self.items, self.problems.len()) && !self.problems.contains(&untold) {
            self.problems.push(untold);
        }
    }

    fn follow(
        &mut self,
        method: tree::Node<'_>,
        uri: &str,
        sources: &mut Sources<'_>,
    ) -> Result<(), Problem> {
        let is_raw = method.attribute("Type") == Some(RAW_CERTIFICATE);
        let apex = if matches!(uri, "" | "#xpointer(/)") {
            Apex::Document
        } else if let Some(id) = identifier(uri) {
            let Identified::One(element) = sources.document.identified(id) else { return Ok(()) };
            if element.end - element.start > MOST_RETRIEVED {
                self.limit("retrieved_bytes");
                return Ok(());
            }
            let before = self.items;
            self.read_element(&element, sources)?;
            if self.items > before {
                return Ok(());
            }
            Apex::Element(element)
        } else {
            let given = sources.detached.iter().find(|content| content.uri.as_deref() == Some(uri));
            if let (Some(content), true) = (given, is_raw) {
                self.add_certificate(|| {
                    sources.cache.parse(&content.octets).map_err(|error| error.to_string())
                });
            }
            return Ok(());
        };
        let Some(transforms) = method.child(DSIG, "Transforms") else { return Ok(()) };
        let Ok(transforms) = transform::read(transforms) else { return Ok(()) };
        let nodes = Nodes::whole(sources.document, apex);
        let mut octets = Bounded { octets: Vec::new(), left: MOST_RETRIEVED };
        match sources.context.apply(nodes, &transforms, sources.work, &mut octets) {
            Ok(_) => {}
            Err(problem @ (Problem::Limit(_) | Problem::Unreadable(_))) => return Err(problem),
            // Told as what was not read.
            Err(_) => return Ok(()),
        }
        if octets.left == 0 {
            self.limit("retrieved_bytes");
        } else if is_raw {
            self.add_certificate(|| sources.cache.parse(&octets.octets).map_err(|error| error.to_string()));
        } else if !octets.octets.is_empty() {
            // Transforms may choose several elements.
            let together = [b"<k>", &octets.octets[..], b"</k>"].concat();
            let limits = sources.context.limits;
            let Ok(document) = Document::read(&together, limits, &[]) else { return Ok(()) };
            let whole = |_: bool, _: &str, _: &str| tree::Descend::Whole;
            let tree = tree::read(&document, None, limits, whole).map_err(unread)?;
            for child in tree.element().elements() {
                self.read_retrieved(child, sources);
            }
        }
        Ok(())
    }

    /// Reads what a reference names, but no further reference in it.
    fn read_retrieved(&mut self, named: tree::Node<'_>, sources: &mut Sources<'_>) {
        if named.is(DSIG, "KeyInfo") {
            for child in named.elements() {
                self.read_child(child, sources, false);
            }
            return;
        }
        self.read_child(named, sources, false);
        // A reference leads to the key itself, not to a KeyValue around it (XML Signature 4.5.3).
        self.read_key(named);
        // A transform that picks the X509Data or key out of what is named.
        if !matches!(named.namespace(), DSIG | DSIG11 | WSSE) || named.is(DSIG, "Object") {
            for child in named.elements() {
                self.read_child(child, sources, false);
            }
        }
    }

    fn read_x509_data(&mut self, data: tree::Node<'_>, cache: &CertificateCache) {
        for child in data.elements() {
            let text = || child.value_text().unwrap_or_default();
            match (child.namespace(), child.local()) {
                (DSIG, "X509Certificate") => self.add_certificate_of(child, cache),
                (DSIG, "X509IssuerSerial") => {
                    let serial = child.child(DSIG, "X509SerialNumber").and_then(tree::Node::value_text);
                    let serial = serial.and_then(|serial| big_decimal(serial.trim()));
                    self.add_hint(serial.map(Hint::IssuerSerial));
                }
                (DSIG, "X509SKI") => self.add_hint(decoded(child).map(Hint::SubjectKeyId)),
                (DSIG, "X509SubjectName") => self.add_hint(Some(Hint::Subject(text().trim().to_owned()))),
                (DSIG11, "X509Digest") => {
                    let algorithm = child.attribute("Algorithm").and_then(DigestAlgorithm::from_uri);
                    if let (Some(algorithm), Some(value)) = (algorithm, decoded(child)) {
                        self.add_hint(Some(Hint::Digest(algorithm, value)));
                    }
                }
                _ => {}
            }
        }
    }

    fn add_hint(&mut self, hint: Option<Hint>) {
        let Some(hint) = hint else { return };
        self.items += 1;
        if self.hints.len() < MOST_HINTS { self.hints.push(hint) } else { self.limit("hints") }
    }

    /// Takes note, once, that a limit was reached.
    fn limit(&mut self, limit: &'static str) {
        if !self.problems.contains(&Problem::Limit(limit)) {
            self.problems.push(Problem::Limit(limit));
        }
    }

    /// Whether what an element holds is asked for: where it is what is signed, the text is, whatever of the tags.
    fn is_read(&self, element: tree::Node<'_>) -> bool {
        let holds_certificate =
            matches!(element.local(), "X509Certificate" | "BinarySecurityToken" | "KeyIdentifier");
        !holds_certificate || {
            let start = element.span().start;
            self.signed.as_ref().is_none_or(|signed| signed.covers(start) || signed.own(start).text)
        }
    }

    /// Adds the certificate that an element holds in base64.
    fn add_certificate_of(&mut self, element: tree::Node<'_>, cache: &CertificateCache) {
        if !self.is_read(element) {
            return;
        }
        self.add_certificate(|| cache.parse_base64(&element.value_text().unwrap_or_default()));
    }

    fn add_certificate(&mut self, parse: impl FnOnce() -> Result<Arc<Certificate>, String>) {
        self.items += 1;
        // One that cannot be read counts too: it is told of.
        if self.certificates.len() + self.problems.len() >= MOST_CERTIFICATES {
            self.limit("certificates");
            return;
        }
        match parse() {
            Ok(certificate) => {
                let id = certificate.sha256();
                let is_known = self.certificates.iter().any(|known| known.sha256() == id);
                match (is_known, self.is_elsewhere) {
                    (true, true) => {}
                    (true, false) => self.elsewhere.retain(|other| *other != id),
                    (false, true) => self.elsewhere.push(id),
                    (false, false) => {}
                }
                if !is_known {
                    self.certificates.push(certificate);
                }
            }
            Err(detail) => self.problems.push(Problem::CertificateMalformed(detail)),
        }
    }

    /// The certificates of a PkiPath, of which the signer's is the last (Web Services Security X.509
    /// Certificate Token Profile 1.1.1, 3.1.2; X.509, 9.2).
    fn read_path(&mut self, token: tree::Node<'_>, cache: &CertificateCache) {
        fn certificates(der: &[u8]) -> Result<Vec<&[u8]>, asn1::Error> {
            let mut path = Reader::single(der)?.expect(tag::SEQUENCE)?.reader();
            let mut found = Vec::new();
            while !path.is_empty() {
                found.push(path.take(tag::SEQUENCE)?.raw);
            }
            Ok(found)
        }
        let der = decoded(token).ok_or_else(|| NOT_BASE64.to_owned());
        let read = der.as_deref().map_err(String::clone);
        match read.and_then(|der| certificates(der).map_err(|error| error.to_string())) {
            Ok(path) => {
                // What is one too many tells of the limit.
                for der in path.into_iter().rev().take(MOST_CERTIFICATES + 1) {
                    self.add_certificate(|| cache.parse(der).map_err(|error| error.to_string()));
                }
            }
            Err(detail) => self.problems.push(Problem::CertificateMalformed(detail)),
        }
    }

    /// Whether a certificate is carried that cannot be read.
    pub(super) fn has_unread_certificate(&self) -> bool {
        self.problems.iter().any(|problem| matches!(problem, Problem::CertificateMalformed(_)))
    }

    fn add_key(&mut self, key: Result<PublicKey, String>) {
        self.items += 1;
        // A key that cannot be read counts too: it is told of.
        if self.keys.len() + self.problems.len() >= MOST_CERTIFICATES {
            self.limit("keys");
            return;
        }
        match key {
            Ok(key) if !self.keys.contains(&key) => self.keys.push(key),
            Ok(_) => {}
            Err(detail) => self.problems.push(Problem::KeyUnsupported(detail)),
        }
    }

    /// A key, if the element is one that holds its numbers.
    fn read_key(&mut self, element: tree::Node<'_>) {
        if let Some(key) = written_key(element) {
            self.add_key(key.map_err(str::to_owned).and_then(key_of));
        }
    }

    /// The certificates carried that are tried, those that the signed properties name first.
    pub(super) fn carried(&self, named: &[NamedCertificate]) -> Certificates {
        let mut found = self.certificates.clone();
        if found.len() > 1 && !named.is_empty() {
            found.sort_by_cached_key(|certificate| named_as(named, certificate).is_empty());
        }
        found.truncate(MOST_KEYS);
        found
    }

    /// What may be tried besides, the likeliest first: certificates that the signed properties name, those
    /// that hints or keys here mean, and the others that fit the value, authorities' last. With each,
    /// whether the signature means it: of the others, that they do not verify the value says nothing.
    pub(super) fn others(&self, search: &Search<'_>) -> Vec<(Arc<Certificate>, bool)> {
        let mut ranked: Vec<(u8, &Arc<Certificate>)> = Vec::new();
        for (is_given, certificate) in
            search.enclosed.iter().map(|own| (false, own)).chain(search.given.iter().map(|own| (true, own)))
        {
            let is_named = || !search.named.is_empty() && !named_as(search.named, certificate).is_empty();
            let rank = if is_named() {
                if is_authority(certificate) { 1 } else { 0 }
            } else if !is_given {
                continue;
            } else if self.hints_at(certificate) {
                2
            } else if certificate.public_key().is_ok_and(search.fits) {
                if is_authority(certificate) { 4 } else { 3 }
            } else {
                continue;
            };
            ranked.push((rank, certificate));
        }
        ranked.sort_by_key(|(rank, _)| *rank);
        let mut seen: HashSet<[u8; 32]> = self.certificates.iter().map(|own| own.sha256()).collect();
        let unseen = ranked.into_iter().filter(|(_, certificate)| seen.insert(certificate.sha256()));
        unseen
            .map(|(rank, certificate)| {
                let is_meant = matches!(rank, 0 | 2) && !search.is_above(certificate);
                (Arc::clone(certificate), is_meant)
            })
            .collect()
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

/// Why a key that is written out cannot be used.
const NOT_BASE64: &str = "not base64";
const INCOMPLETE: &str = "a part of the key is missing";
const EXPLICIT: &str = "the parameters of the curve are written out";
const WITHOUT_GROUP: &str = "a DSA key without its group";

/// A key, or why it cannot be used: beforehand, or once its numbers are looked at.
type WrittenKey = Result<Result<PublicKey, KeyError>, &'static str>;

fn key_of(key: Result<PublicKey, KeyError>) -> Result<PublicKey, String> {
    key.map_err(|error| error.to_string())
}

/// What an element holds in base64.
fn decoded(element: tree::Node<'_>) -> Option<Vec<u8>> {
    decode_base64(&element.value_text()?)
}

/// The object identifier of a curve in a URI; a URI of another kind is that of no curve known.
fn curve_oid(uri: &str) -> &str {
    uri.strip_prefix("urn:oid:").or_else(|| uri.strip_prefix("urn:OID:")).unwrap_or(uri)
}

/// RSAKeyValue, DSAKeyValue, ECKeyValue of XML Signature 1.1, and the ECDSAKeyValue of RFC 4050; `None` for
/// any other element.
fn written_key(element: tree::Node<'_>) -> Option<WrittenKey> {
    let part = |local: &str| {
        let part = element.child(DSIG, local).ok_or(INCOMPLETE)?;
        decoded(part).ok_or(NOT_BASE64)
    };
    let rsa = || Ok(PublicKey::from_rsa(&part("Modulus")?, &part("Exponent")?));
    let dsa = || Ok(PublicKey::from_dsa(&part("P")?, &part("Q")?, &part("G")?, &part("Y")?));
    Some(match (element.namespace(), element.local()) {
        (DSIG, "RSAKeyValue") => rsa(),
        // P, Q and G may be known from elsewhere (XML Signature 4.5.2.1).
        (DSIG, "DSAKeyValue") if element.child(DSIG, "P").is_none() => Err(WITHOUT_GROUP),
        (DSIG, "DSAKeyValue") => dsa(),
        (DSIG11, "ECKeyValue") => ec_key(element),
        (RFC4050, "ECDSAKeyValue") => rfc4050(element),
        _ => return None,
    })
}

/// ECKeyValue (XML Signature 4.5.2.3).
fn ec_key(value: tree::Node<'_>) -> WrittenKey {
    if value.child(DSIG11, "ECParameters").is_some() {
        return Err(EXPLICIT);
    }
    let curve = value.child(DSIG11, "NamedCurve").and_then(|curve| curve.attribute("URI"));
    let point = value.child(DSIG11, "PublicKey").ok_or(INCOMPLETE)?;
    let point = decoded(point).ok_or(NOT_BASE64)?;
    Ok(PublicKey::from_ec(curve_oid(curve.ok_or(INCOMPLETE)?), &point))
}

/// ECDSAKeyValue (RFC 4050, 3.3).
fn rfc4050(value: tree::Node<'_>) -> WrittenKey {
    let parameters = value.child(RFC4050, "DomainParameters").ok_or(INCOMPLETE)?;
    if parameters.child(RFC4050, "ExplicitParams").is_some() {
        return Err(EXPLICIT);
    }
    let curve = parameters.child(RFC4050, "NamedCurve").and_then(|curve| curve.attribute("URN"));
    let curve = curve_oid(curve.ok_or(INCOMPLETE)?);
    let key = value.child(RFC4050, "PublicKey").ok_or(INCOMPLETE)?;
    let coordinate = |local: &str| {
        let part = key.child(RFC4050, local).and_then(|part| part.attribute("Value"));
        part.and_then(big_decimal).ok_or(INCOMPLETE)
    };
    let (x, y) = (coordinate("X")?, coordinate("Y")?);
    let Some(known) = crate::crypto::Curve::from_oid(curve) else {
        return Ok(Err(KeyError::Unsupported { algorithm: curve.to_owned() }));
    };
    let mut point = vec![4];
    for coordinate in [x, y] {
        let Some(zeros) = known.octets().checked_sub(coordinate.len()) else {
            return Ok(Err(KeyError::Malformed));
        };
        point.extend(std::iter::repeat_n(0, zeros));
        point.extend(coordinate);
    }
    Ok(PublicKey::from_ec(curve, &point))
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
