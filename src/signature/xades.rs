//! XAdES properties (ETSI EN 319 132-1): what the signer says beside the content, and what others
//! added to the signature later.
//!
//! Signed properties count only when a reference of the signature covers them. The certificates that
//! they name by their digests bind the signature to one of them, whatever KeyInfo holds, and limit what
//! may stand above it. Unsigned properties are hints and evidence for a later judgement.

use std::ops::Range;

use super::key_info::{same_name, significant};
use super::reference::{algorithm, decode_base64};
use super::timestamp::{TimestampFacts, TimestampKind};
use super::transform::canonicalization;
use super::{CertificateCache, Problem};
use crate::asn1::{self, Reader, big_decimal, tag};
use crate::crypto::{DigestAlgorithm, digest};
use crate::pkix::{Certificate, Name, UnverifiedTimestamp};
use crate::xml::c14n::Canonicalization;
use crate::xml::{DSIG, XADES, tree};

/// The level that the properties make up (EN 319 132-1, 6). It is a description, not a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Properties, but not those that every level needs.
    None,
    B,
    T,
    LT,
    LTA,
}

impl Level {
    /// The name in reports.
    pub fn format(self) -> &'static str {
        match self {
            Self::None => "XAdES",
            Self::B => "XAdES-B-B",
            Self::T => "XAdES-B-T",
            Self::LT => "XAdES-B-LT",
            Self::LTA => "XAdES-B-LTA",
        }
    }
}

/// The media type of a signed object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataObjectFormat {
    /// The Reference meant, as `#id`.
    pub reference: String,
    pub media_type: Option<String>,
}

/// Certificates that one signature may name: a path of twice the length that any has.
const MOST_NAMED: usize = 32;

/// A certificate that SigningCertificate or SigningCertificateV2 names by its digest (EN 319 132-1,
/// 5.2.2): the signer's, or one above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedCertificate {
    pub(super) digest_uri: String,
    value: Vec<u8>,
    issuer_serial: Option<IssuerSerial>,
}

/// Issuer and serial number beside the digest.
#[derive(Clone, Debug, PartialEq, Eq)]
enum IssuerSerial {
    /// IssuerSerial: a name in one of its text forms, and decimal digits.
    Text { issuer: String, serial: Option<Vec<u8>> },
    /// IssuerSerialV2: the DER of IssuerSerial (RFC 5035, 5).
    Der(Vec<u8>),
}

impl NamedCertificate {
    /// Whether its digest is of a kind that is known here.
    pub fn is_comparable(&self) -> bool {
        DigestAlgorithm::from_uri(&self.digest_uri).is_some()
    }

    /// Whether the issuer and serial number beside the digest, if there are any, are the certificate's.
    /// They are a hint at it; what binds is the digest (EN 319 132-1, 5.2.2).
    pub fn agrees_with(&self, certificate: &Certificate) -> bool {
        let is_serial = |serial: &[u8]| significant(serial) == significant(certificate.serial());
        match &self.issuer_serial {
            None => true,
            Some(IssuerSerial::Text { issuer, serial }) => {
                let own = certificate.issuer().to_rfc4514();
                // Values in hexadecimal are written by some as text.
                let is_comparable = !issuer.contains('#') && !own.contains('#');
                serial.as_deref().is_some_and(is_serial) && (!is_comparable || same_name(issuer, &own))
            }
            Some(IssuerSerial::Der(der)) => issuer_and_serial(der).is_ok_and(|(issuers, serial)| {
                issuers.iter().any(|issuer| issuer.matches(certificate.issuer())) && is_serial(serial)
            }),
        }
    }
}

/// The places of those that are this certificate by their digest. It is digested once for each kind of
/// digest, however many there are.
pub fn named_as(named: &[NamedCertificate], certificate: &Certificate) -> Vec<usize> {
    let mut digests: Vec<(DigestAlgorithm, Vec<u8>)> = Vec::new();
    let mut found = Vec::new();
    for (at, entry) in named.iter().enumerate() {
        let Some(algorithm) = DigestAlgorithm::from_uri(&entry.digest_uri) else { continue };
        let value = match digests.iter().find(|(known, _)| *known == algorithm) {
            Some((_, value)) => value.clone(),
            None => {
                let value = digest(algorithm, certificate.der()).to_vec();
                digests.push((algorithm, value.clone()));
                value
            }
        };
        // A digest that could not be computed is empty, and matches nothing.
        if !value.is_empty() && value == entry.value {
            found.push(at);
        }
    }
    found
}

/// The directory names and the serial number of an IssuerSerial (RFC 5035, 5).
fn issuer_and_serial(der: &[u8]) -> Result<(Vec<Name>, &[u8]), asn1::Error> {
    let mut fields = Reader::single(der)?.expect(tag::SEQUENCE)?.reader();
    let mut names = fields.take(tag::SEQUENCE)?.reader();
    let serial = fields.take(tag::INTEGER)?.content;
    fields.finish()?;
    let mut issuers = Vec::new();
    while !names.is_empty() {
        let name = names.next()?;
        if name.tag == tag::context_constructed(DIRECTORY_NAME) {
            issuers.push(Name::from_der(name.content)?);
        }
    }
    Ok((issuers, serial))
}

/// The number of directoryName in a GeneralName (RFC 5280 4.2.1.6).
const DIRECTORY_NAME: u8 = 4;

/// What the properties say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Properties {
    pub level: Level,
    /// The time of signing as the signer claims it (XML Schema dateTime).
    pub signing_time: Option<String>,
    /// The identifier of the signature policy (EN 319 132-1, 5.2.9).
    pub policy: Option<String>,
    /// Identifiers of commitments, such as proof of origin (5.2.3).
    pub commitments: Vec<String>,
    /// Roles that the signer claims (5.2.6).
    pub claimed_roles: Vec<String>,
    /// Where the signer says it was signed, the parts joined by commas (5.2.5).
    pub production_place: Option<String>,
    pub data_object_formats: Vec<DataObjectFormat>,
    /// Counter-signatures inside; each has its own verdict (5.2.7).
    pub counter_signatures: usize,
    pub timestamps: Vec<TimestampFacts>,
    /// The certificates named: the signer's and those above it, in any order.
    pub signing_certificates: Vec<NamedCertificate>,
}

/// Octets that a timestamp over the signature value must be over, by its canonicalisation; `None` when
/// they cannot be made, or no more may.
pub(super) type SignatureValueOctets<'f> = dyn FnMut(&Canonicalization) -> Option<Vec<u8>> + 'f;

/// Reads the QualifyingProperties of a signature from its Objects. `covered` are the spans that its
/// references cover.
pub(super) fn read(
    signature: tree::Node<'_>,
    covered: &[Range<usize>],
    cache: &CertificateCache,
    value_octets: &mut SignatureValueOctets<'_>,
    problems: &mut Vec<Problem>,
) -> Option<(Properties, Vec<std::sync::Arc<Certificate>>)> {
    let objects = signature.elements().filter(|child| child.is(DSIG, "Object"));
    // Of several, the properties that are signed count, wherever they stand.
    let mut all =
        objects.flat_map(tree::Node::elements).filter(|child| is_xades(*child, "QualifyingProperties"));
    let signed = all.clone().flat_map(tree::Node::elements).find(|child| {
        let own = child.span();
        is_xades(*child, "SignedProperties")
            && covered.iter().any(|span| span.start <= own.start && own.end <= span.end)
    });
    let qualifying = signed.and_then(tree::Node::parent).or_else(|| all.next())?;
    let mut properties = Properties {
        level: Level::None,
        signing_time: None,
        policy: None,
        commitments: Vec::new(),
        claimed_roles: Vec::new(),
        production_place: None,
        data_object_formats: Vec::new(),
        counter_signatures: 0,
        timestamps: Vec::new(),
        signing_certificates: Vec::new(),
    };
    let of_this_signature = qualifying
        .attribute("Target")
        .and_then(|target| target.strip_prefix('#'))
        .is_some_and(|id| signature.attribute("Id") == Some(id));
    match signed {
        // What is signed as the properties of another signature is meant to deceive.
        Some(_) if !of_this_signature => problems.push(Problem::PropertyMalformed("Target".into())),
        Some(signed) => {
            if let Err(problem) = properties.read_signed(signed) {
                problems.push(problem);
            }
        }
        None => problems.push(Problem::PropertiesNotSigned),
    }
    let has_basics = properties.signing_time.is_some() && !properties.signing_certificates.is_empty();
    let certificates = qualifying
        .elements()
        .filter(|child| is_xades(*child, "UnsignedProperties"))
        .flat_map(tree::Node::elements)
        .filter(|child| is_xades(*child, "UnsignedSignatureProperties"))
        .map(|unsigned| properties.read_unsigned(unsigned, has_basics, cache, value_octets))
        .reduce(|mut all, more| {
            all.extend(more);
            all
        });
    properties.level = properties.level.max(if has_basics { Level::B } else { Level::None });
    Some((properties, certificates.unwrap_or_default()))
}

fn is_xades(node: tree::Node<'_>, local: &str) -> bool {
    node.kind() == tree::Kind::Element && node.local() == local && XADES.contains(&node.namespace())
}

fn texts<'t>(node: tree::Node<'t>, local: &'t str) -> impl Iterator<Item = &'t str> {
    node.elements().filter(move |child| is_xades(*child, local)).filter_map(tree::Node::text).map(str::trim)
}

impl Properties {
    fn read_signed(&mut self, signed: tree::Node<'_>) -> Result<(), Problem> {
        for group in signed.elements() {
            for property in group.elements().filter(|property| XADES.contains(&property.namespace())) {
                match property.local() {
                    "SigningTime" => self.signing_time = property.text().map(|text| text.trim().to_owned()),
                    "SigningCertificate" | "SigningCertificateV2" => {
                        self.signing_certificates.extend(named_certificates(property)?);
                        if self.signing_certificates.len() > MOST_NAMED {
                            return Err(Problem::Limit("named_certificates"));
                        }
                    }
                    "SignaturePolicyIdentifier" => self.policy = Some(policy(property)),
                    "SignatureProductionPlace" | "SignatureProductionPlaceV2" => {
                        let parts: Vec<&str> = property.elements().filter_map(tree::Node::text).collect();
                        self.production_place = Some(parts.join(", "));
                    }
                    "SignerRole" | "SignerRoleV2" => {
                        let claimed = property.elements().filter(|child| is_xades(*child, "ClaimedRoles"));
                        self.claimed_roles
                            .extend(claimed.flat_map(|roles| texts(roles, "ClaimedRole")).map(str::to_owned));
                    }
                    "CommitmentTypeIndication" => {
                        let ids = property.elements().filter(|child| is_xades(*child, "CommitmentTypeId"));
                        self.commitments
                            .extend(ids.flat_map(|id| texts(id, "Identifier")).map(str::to_owned));
                    }
                    "DataObjectFormat" => self.data_object_formats.push(DataObjectFormat {
                        reference: property.attribute("ObjectReference").unwrap_or_default().to_owned(),
                        media_type: texts(property, "MimeType").next().map(str::to_owned),
                    }),
                    "AllDataObjectsTimeStamp" | "IndividualDataObjectsTimeStamp" => {
                        self.add_timestamp(property, TimestampKind::Content, None);
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn read_unsigned(
        &mut self,
        unsigned: tree::Node<'_>,
        has_basics: bool,
        cache: &CertificateCache,
        value_octets: &mut SignatureValueOctets<'_>,
    ) -> Vec<std::sync::Arc<Certificate>> {
        let mut certificates = Vec::new();
        let mut has_values = false;
        for property in unsigned.elements().filter(|property| XADES.contains(&property.namespace())) {
            match property.local() {
                "CounterSignature" => self.counter_signatures += 1,
                "SignatureTimeStamp" => {
                    self.add_timestamp(property, TimestampKind::Signature, Some(&mut *value_octets));
                }
                "SigAndRefsTimeStamp"
                | "SigAndRefsTimeStampV2"
                | "RefsOnlyTimeStamp"
                | "RefsOnlyTimeStampV2" => {
                    self.add_timestamp(property, TimestampKind::Reference, None);
                }
                "ArchiveTimeStamp" => self.add_timestamp(property, TimestampKind::Archive, None),
                "CertificateValues" => {
                    has_values = true;
                    certificates.extend(
                        texts(property, "EncapsulatedX509Certificate")
                            .filter_map(|text| cache.parse_base64(text).ok()),
                    );
                }
                "RevocationValues" | "TimeStampValidationData" => has_values = true,
                _ => {}
            }
        }
        let has = |kind| self.timestamps.iter().any(|timestamp| timestamp.kind == kind);
        if has_basics && has(TimestampKind::Signature) {
            self.level = match (has_values, has(TimestampKind::Archive)) {
                (_, true) => Level::LTA,
                (true, false) => Level::LT,
                (false, false) => Level::T,
            };
        }
        certificates
    }

    fn add_timestamp(
        &mut self,
        property: tree::Node<'_>,
        kind: TimestampKind,
        mut octets: Option<&mut SignatureValueOctets<'_>>,
    ) {
        let method = property
            .child(DSIG, "CanonicalizationMethod")
            .map_or_else(|| Ok(Canonicalization::inclusive()), canonicalization);
        for token in texts(property, "EncapsulatedTimeStamp") {
            let der = decode_base64(token);
            let token = der.as_deref().and_then(|der| UnverifiedTimestamp::from_token(der).ok());
            let imprint_matches = match (&token, &mut octets, &method) {
                (Some(token), Some(octets), Ok(method)) => {
                    octets(method).and_then(|octets| token.claims_to_be_over(&octets))
                }
                _ => None,
            };
            let time = token.map(|token| token.claimed_time());
            self.timestamps.push(TimestampFacts { kind, time, imprint_matches });
        }
    }
}

fn named_certificates(property: tree::Node<'_>) -> Result<Vec<NamedCertificate>, Problem> {
    let malformed = || Problem::PropertyMalformed(property.local().to_owned());
    let mut found = Vec::new();
    for certificate in property.elements().filter(|child| is_xades(*child, "Cert")) {
        let part = |local| certificate.elements().find(|child| is_xades(*child, local));
        let by_digest = part("CertDigest").ok_or_else(malformed)?;
        let inside = |local: &str| {
            by_digest.elements().find(|child| {
                child.local() == local && (child.namespace() == DSIG || XADES.contains(&child.namespace()))
            })
        };
        let method = inside("DigestMethod").ok_or_else(malformed)?;
        let value = inside("DigestValue").and_then(tree::Node::text).and_then(decode_base64);
        // What cannot be read agrees with nothing.
        let issuer_serial = match (part("IssuerSerial"), part("IssuerSerialV2")) {
            (Some(beside), _) => {
                let text = |local| beside.child(DSIG, local).and_then(tree::Node::text).unwrap_or_default();
                let serial = big_decimal(text("X509SerialNumber").trim());
                Some(IssuerSerial::Text { issuer: text("X509IssuerName").to_owned(), serial })
            }
            (None, Some(beside)) => {
                Some(IssuerSerial::Der(beside.text().and_then(decode_base64).unwrap_or_default()))
            }
            (None, None) => None,
        };
        found.push(NamedCertificate {
            digest_uri: algorithm(method)?.to_owned(),
            value: value.ok_or_else(malformed)?,
            issuer_serial,
        });
    }
    if found.is_empty() { Err(malformed()) } else { Ok(found) }
}

/// The identifier of the policy, or the word for the implied one.
fn policy(property: tree::Node<'_>) -> String {
    property
        .elements()
        .filter(|child| is_xades(*child, "SignaturePolicyId"))
        .flat_map(tree::Node::elements)
        .filter(|child| is_xades(*child, "SigPolicyId"))
        .flat_map(|id| texts(id, "Identifier"))
        .next()
        .unwrap_or("implied")
        .to_owned()
}
