//! XAdES properties (ETSI EN 319 132-1): what the signer says beside the content, and what others
//! added to the signature later.
//!
//! Signed properties count only when a reference of the signature leads to them. The certificates that
//! they name by their digests bind the signature to one of them, whatever KeyInfo holds, and limit what
//! may stand above it. Unsigned properties are hints and evidence for a later judgement.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use super::key_info::{same_name, significant};
use super::reference::{algorithm, decode_base64, identifier};
use super::timestamp::{CarriedValues, Position, TimestampFacts, TimestampKind};
use super::transform::canonicalization;
use super::{CertificateCache, Problem};
use crate::asn1::{self, Reader, big_decimal, tag};
use crate::crypto::{DigestAlgorithm, digest};
use crate::pkix::{Certificate, Name, UnverifiedCrl, UnverifiedOcsp, UnverifiedTimestamp};
use crate::xml::c14n::Canonicalization;
use crate::xml::cover::Cover;
use crate::xml::{DSIG, XADES, XADES_141, tree};

/// The level that the properties make up (EN 319 132-1, 6). It is a description, not a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DataObjectFormat {
    /// The Reference meant, as `#id`.
    pub reference: String,
    pub media_type: Option<String>,
}

/// Certificates that one signature may name: a path of twice the length that any has.
const MOST_NAMED: usize = 32;

/// A certificate that SigningCertificate or SigningCertificateV2 names by its digest (EN 319 132-1,
/// 5.2.2): the signer's, or one above it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct NamedCertificate {
    pub(super) digest_uri: String,
    value: Vec<u8>,
    issuer_serial: Option<IssuerSerial>,
}

/// Issuer and serial number beside the digest.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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

/// Certificates, lists and answers that one signature may carry for a judgement long after, and timestamps:
/// each costs a signature to check, some a path.
const MOST_VALUES: usize = 256;
const MOST_TIMESTAMPS: usize = 64;
const MOST_UNSIGNED: usize = 512;

/// What the properties say.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
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
    /// Certificates and revocation data for a judgement long after.
    pub values: CarriedValues,
    /// The certificates named: the signer's and those above it, in any order.
    pub signing_certificates: Vec<NamedCertificate>,
    /// Those that each property names to which no reference leads, none if it cannot be read: they say of nobody that it
    /// is the signer, but if they do not name the one that seems to be, it is not known who is.
    #[serde(skip)]
    pub unsigned_certificates: Vec<Vec<NamedCertificate>>,
}

/// What a timestamp is over.
pub(super) enum Stamped<'p> {
    /// The SignatureValue (EN 319 132-1, 5.3).
    Value,
    /// What references of the signature name (5.2.8): those with these identifiers, or all but that to the
    /// signed properties.
    Content(Option<&'p [&'p str]>),
    /// References to validation data among the unsigned properties (annex A.1.5), with the SignatureValue and
    /// the timestamps on it, or without.
    References { with_value: bool, properties: &'p [tree::Node<'p>] },
    /// Everything (5.5.2.2): what is signed, the signature, these unsigned properties, and its Objects but
    /// the one of the properties, which is the last.
    Everything(&'p [tree::Node<'p>], Range<usize>),
}

/// The digest that a timestamp must have for its imprint, by its canonicalisation and hash; `None` when it
/// cannot be made, or no more may.
pub(super) type Imprints<'f> =
    dyn FnMut(&Stamped<'_>, &Canonicalization, DigestAlgorithm) -> Option<Vec<u8>> + 'f;

/// Reads the QualifyingProperties of a signature from its Objects. `covered` are the spans that its
/// references cover, `leading` those of references to properties, or to what holds them in the signature.
pub(super) fn read(
    signature: tree::Node<'_>,
    (leading, covered): (&[Range<usize>], &[Range<usize>]),
    cache: &CertificateCache,
    imprints: &mut Imprints<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Properties> {
    let objects = signature.elements().filter(|child| child.is(DSIG, "Object"));
    // Of several, the properties that are signed count, wherever they stand.
    let mut all =
        objects.flat_map(tree::Node::elements).filter(|child| is_xades(*child, "QualifyingProperties"));
    all.clone().next()?;
    let signed_by = |spans: &[Range<usize>]| {
        let cover = Cover::new(spans.iter().cloned(), []);
        let every = all.clone().flat_map(tree::Node::elements);
        every.filter(move |child| is_xades(*child, "SignedProperties") && cover.covers(child.span().start))
    };
    let signed = signed_by(leading).next();
    let has_others_signed = signed.is_some() && signed_by(covered).nth(1).is_some();
    let every = all.clone();
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
        values: CarriedValues::default(),
        signing_certificates: Vec::new(),
        unsigned_certificates: Vec::new(),
    };
    let of_this_signature = qualifying
        .attribute("Target")
        .and_then(|target| target.strip_prefix('#'))
        .is_some_and(|id| signature.attribute("Id") == Some(id));
    // Of two there is no telling which is meant (EN 319 132-1, 4.3.1), and Objects may be put in another order.
    if has_others_signed
        || qualifying.elements().filter(|child| is_xades(*child, "SignedProperties")).nth(1).is_some()
    {
        problems.push(Problem::PropertyMalformed("SignedProperties".into()));
    }
    match signed {
        Some(signed) => {
            // What is signed as the properties of another signature may be meant to deceive.
            if !of_this_signature {
                let target = qualifying.attribute("Target").unwrap_or_default();
                problems.push(Problem::PropertiesTarget(target.to_owned()));
            }
            if let Err(problem) = properties.read_signed(signed, imprints, problems) {
                problems.push(problem);
            }
            problems.extend(unmatched(signed, &references(signature, covered)));
        }
        None => {
            problems.push(Problem::PropertiesNotSigned);
            properties.unsigned_certificates = unsigned_certificates(every);
        }
    }
    let has_basics = properties.signing_time.is_some() && !properties.signing_certificates.is_empty();
    let object = qualifying.parent().map_or(0..0, tree::Node::span);
    // Each may be covered by each timestamp, so that they are bounded before any is looked at.
    if unsigned_of(qualifying).nth(MOST_UNSIGNED).is_some() {
        problems.push(Problem::Limit("unsigned_properties"));
    } else {
        properties.read_unsigned(unsigned_of(qualifying), &object, cache, imprints);
    }
    let CarriedValues { certificates, lists, responses } = &properties.values;
    if certificates.len() + lists.len() + responses.len() > MOST_VALUES {
        problems.push(Problem::Limit("validation_values"));
        properties.values = CarriedValues::default();
    }
    if properties.timestamps.len() > MOST_TIMESTAMPS {
        problems.push(Problem::Limit("timestamps"));
        properties.timestamps.clear();
    }
    properties.level = properties.level_of(has_basics);
    Some(properties)
}

/// The unsigned properties of a signature that has properties of its own, and the span of the Object that holds
/// them.
pub(super) fn unsigned_properties(signature: tree::Node<'_>) -> Option<(Vec<tree::Node<'_>>, Range<usize>)> {
    let qualifying = own_properties(signature)?;
    Some((unsigned_of(qualifying).collect(), qualifying.parent()?.span()))
}

/// The QualifyingProperties whose Target is the signature.
pub(super) fn own_properties(signature: tree::Node<'_>) -> Option<tree::Node<'_>> {
    let id = signature.attribute("Id")?;
    let objects = signature.elements().filter(|child| child.is(DSIG, "Object"));
    objects.flat_map(tree::Node::elements).find(|child| {
        is_xades(*child, "QualifyingProperties")
            && child.attribute("Target").and_then(|target| target.strip_prefix('#')) == Some(id)
    })
}

fn unsigned_of(qualifying: tree::Node<'_>) -> impl Iterator<Item = tree::Node<'_>> {
    qualifying
        .elements()
        .filter(|child| is_xades(*child, "UnsignedProperties"))
        .flat_map(tree::Node::elements)
        .filter(|child| is_xades(*child, "UnsignedSignatureProperties"))
        .flat_map(tree::Node::elements)
}

/// Whether the Type of a reference says that it is to the signed properties, in any version.
pub(super) fn is_signed_properties(uri: &str) -> bool {
    uri.strip_prefix("http://uri.etsi.org/01903").is_some_and(|rest| rest.ends_with("#SignedProperties"))
}

pub(super) fn is_xades(node: tree::Node<'_>, local: &str) -> bool {
    node.kind() == tree::Kind::Element && node.local() == local && XADES.contains(&node.namespace())
}

/// What is reported as the policy of a signature that says only that what it signs implies one.
pub const IMPLIED_POLICY: &str = "implied";

/// The property that claims the time of signing.
pub const SIGNING_TIME: &str = "SigningTime";

fn texts<'t>(node: tree::Node<'t>, local: &'t str) -> impl Iterator<Item = Cow<'t, str>> {
    node.elements().filter(move |child| is_xades(*child, local)).filter_map(trimmed)
}

/// The value of an element without the white space around it.
fn trimmed(node: tree::Node<'_>) -> Option<Cow<'_, str>> {
    Some(match node.value_text()? {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    })
}

impl Properties {
    fn read_signed(
        &mut self,
        signed: tree::Node<'_>,
        imprints: &mut Imprints<'_>,
        problems: &mut Vec<Problem>,
    ) -> Result<(), Problem> {
        let mut times = Vec::new();
        for group in signed.elements() {
            for property in group.elements().filter(|property| XADES.contains(&property.namespace())) {
                match property.local() {
                    "SigningTime" => times.push(trimmed(property).filter(|time| is_date_time(time))),
                    "SigningCertificate" | "SigningCertificateV2" => {
                        self.signing_certificates.extend(named_certificates(property)?);
                        if self.signing_certificates.len() > MOST_NAMED {
                            return Err(Problem::Limit("named_certificates"));
                        }
                    }
                    "SignaturePolicyIdentifier" => match policy(property) {
                        Ok(_) if self.policy.is_some() => {
                            problems.push(Problem::PropertyMalformed(property.local().to_owned()));
                        }
                        Ok(policy) => self.policy = Some(policy),
                        // What else is signed counts all the same.
                        Err(problem) => problems.push(problem),
                    },
                    "SignatureProductionPlace" | "SignatureProductionPlaceV2" => {
                        let parts: Vec<_> = property.elements().filter_map(tree::Node::value_text).collect();
                        self.production_place = Some(parts.join(", "));
                    }
                    "SignerRole" | "SignerRoleV2" => {
                        let claimed = property.elements().filter(|child| is_xades(*child, "ClaimedRoles"));
                        self.claimed_roles.extend(
                            claimed.flat_map(|roles| texts(roles, "ClaimedRole")).map(Cow::into_owned),
                        );
                    }
                    "CommitmentTypeIndication" => {
                        let ids = property.elements().filter(|child| is_xades(*child, "CommitmentTypeId"));
                        self.commitments
                            .extend(ids.flat_map(|id| texts(id, "Identifier")).map(Cow::into_owned));
                    }
                    "DataObjectFormat" => self.data_object_formats.push(DataObjectFormat {
                        reference: property.attribute("ObjectReference").unwrap_or_default().to_owned(),
                        media_type: texts(property, "MimeType").next().map(Cow::into_owned),
                    }),
                    "AllDataObjectsTimeStamp" => {
                        self.add_timestamp(property, TimestampKind::Content, 0, &mut |method, hash| {
                            imprints(&Stamped::Content(None), method, hash)
                        });
                    }
                    "IndividualDataObjectsTimeStamp" => {
                        let included = included(property);
                        self.add_timestamp(property, TimestampKind::Content, 0, &mut |method, hash| {
                            imprints(&Stamped::Content(Some(included.as_deref()?)), method, hash)
                        });
                    }
                    _ => {}
                }
            }
        }
        match times.as_slice() {
            [] => {}
            [Some(time)] => self.signing_time = Some(time.clone().into_owned()),
            // No time is claimed by what is none, nor by two.
            _ => problems.push(Problem::PropertyMalformed(SIGNING_TIME.to_owned())),
        }
        Ok(())
    }

    fn read_unsigned<'t>(
        &mut self,
        unsigned: impl Iterator<Item = tree::Node<'t>>,
        object: &Range<usize>,
        cache: &CertificateCache,
        imprints: &mut Imprints<'_>,
    ) {
        let mut before: Vec<tree::Node<'t>> = Vec::new();
        for property in unsigned {
            let at = before.len().saturating_add(1);
            let mut stamp = |kind, over: Option<Stamped<'_>>| {
                self.add_timestamp(property, kind, at, &mut |method, hash| {
                    over.as_ref().and_then(|over| imprints(over, method, hash))
                });
            };
            match property.local() {
                _ if !XADES.contains(&property.namespace()) => {}
                "CounterSignature" => self.counter_signatures += 1,
                "SignatureTimeStamp" => stamp(TimestampKind::Signature, Some(Stamped::Value)),
                "SigAndRefsTimeStamp" | "SigAndRefsTimeStampV2" => {
                    let properties = named(&before, &[REFERENCES, &["SignatureTimeStamp"]].concat());
                    let over = Stamped::References { with_value: true, properties: &properties };
                    stamp(TimestampKind::SignatureAndReferences, Some(over));
                }
                "RefsOnlyTimeStamp" | "RefsOnlyTimeStampV2" => {
                    let properties = named(&before, REFERENCES);
                    let over = Stamped::References { with_value: false, properties: &properties };
                    stamp(TimestampKind::References, Some(over));
                }
                // The older one, of the namespace of version 1.3.2, is over other things.
                "ArchiveTimeStamp" if property.namespace() == XADES_141 => {
                    stamp(TimestampKind::Archive, Some(Stamped::Everything(&before, object.clone())));
                }
                "ArchiveTimeStamp" => stamp(TimestampKind::Archive, None),
                _ => self.read_values(property, at, cache),
            }
            before.push(property);
        }
    }

    /// CertificateValues and RevocationValues, also where TimeStampValidationData holds them.
    fn read_values(&mut self, property: tree::Node<'_>, at: Position, cache: &CertificateCache) {
        let values = &mut self.values;
        match property.local() {
            "CertificateValues" => values.certificates.extend(
                texts(property, "EncapsulatedX509Certificate")
                    .filter_map(|text| cache.parse_base64(&text).ok())
                    .map(|certificate| (at, certificate)),
            ),
            "RevocationValues" => {
                let inside = |group: &'static str, local: &'static str| {
                    let groups = property.elements().filter(move |child| is_xades(*child, group));
                    groups
                        .flat_map(move |group| texts(group, local))
                        .filter_map(|text| decode_base64(&text))
                        .take(MOST_VALUES + 1)
                };
                let lists = inside("CRLValues", "EncapsulatedCRLValue");
                let lists = lists.filter_map(|der| UnverifiedCrl::from_der(&der).ok());
                values.lists.extend(lists.map(|list| (at, list)));
                let answers = inside("OCSPValues", "EncapsulatedOCSPValue");
                let answers = answers.filter_map(|der| UnverifiedOcsp::from_der(&der).ok());
                values.responses.extend(answers.map(|answer| (at, answer)));
            }
            "TimeStampValidationData" | "AnyValidationData" => {
                for inner in property.elements().filter(|inner| XADES.contains(&inner.namespace())) {
                    if matches!(inner.local(), "CertificateValues" | "RevocationValues") {
                        self.read_values(inner, at, cache);
                    }
                }
            }
            _ => {}
        }
    }

    fn level_of(&self, has_basics: bool) -> Level {
        let has = |kind| self.timestamps.iter().any(|timestamp| timestamp.kind == kind);
        let values = &self.values;
        let has_values =
            !values.certificates.is_empty() || !values.lists.is_empty() || !values.responses.is_empty();
        match (has_basics, has(TimestampKind::Signature)) {
            (false, _) => Level::None,
            (true, false) => Level::B,
            (true, true) if has(TimestampKind::Archive) => Level::LTA,
            (true, true) if has_values => Level::LT,
            (true, true) => Level::T,
        }
    }

    fn add_timestamp(
        &mut self,
        property: tree::Node<'_>,
        kind: TimestampKind,
        position: Position,
        imprint: &mut dyn FnMut(&Canonicalization, DigestAlgorithm) -> Option<Vec<u8>>,
    ) {
        let method = property
            .child(DSIG, "CanonicalizationMethod")
            .map_or_else(|| Ok(Canonicalization::inclusive()), canonicalization);
        for token in texts(property, "EncapsulatedTimeStamp") {
            let der = decode_base64(&token);
            let token = der.as_deref().and_then(|der| UnverifiedTimestamp::from_token(der).ok());
            let hash = token.as_ref().and_then(UnverifiedTimestamp::claimed_hash);
            let imprint_matches = match (&token, hash, &method) {
                (Some(token), Some(hash), Ok(method)) => {
                    imprint(method, hash).map(|imprint| token.claims_imprint(&imprint))
                }
                _ => None,
            };
            self.timestamps.push(TimestampFacts { kind, position, token, imprint_matches });
        }
    }
}

/// Unsigned properties that refer to validation data (EN 319 132-1, annex A.1).
const REFERENCES: &[&str] = &[
    "CompleteCertificateRefs",
    "CompleteCertificateRefsV2",
    "CompleteRevocationRefs",
    "AttributeCertificateRefs",
    "AttributeCertificateRefsV2",
    "AttributeRevocationRefs",
];

/// The properties with these names.
fn named<'t>(properties: &[tree::Node<'t>], names: &[&str]) -> Vec<tree::Node<'t>> {
    let is_named = |property: &&tree::Node<'t>| names.iter().any(|name| is_xades(**property, name));
    properties.iter().filter(is_named).copied().collect()
}

/// The identifiers of the References that an ObjectReference may name: those of the signature, and of Manifests
/// in it that it signs.
fn references<'t>(signature: tree::Node<'t>, covered: &[Range<usize>]) -> HashSet<&'t str> {
    let objects = signature.elements().filter(|child| child.is(DSIG, "Object"));
    let cover = Cover::new(covered.iter().cloned(), []);
    let manifests = objects
        .flat_map(tree::Node::elements)
        .filter(|child| child.is(DSIG, "Manifest") && cover.covers(child.span().start));
    let lists = signature.child(DSIG, "SignedInfo").into_iter().chain(manifests);
    let references = lists.flat_map(tree::Node::elements).filter(|child| child.is(DSIG, "Reference"));
    references.filter_map(|reference| reference.attribute("Id")).collect()
}

/// The signed properties that say what they are about by no such Reference, each URI once.
fn unmatched(signed: tree::Node<'_>, references: &HashSet<&str>) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for property in signed.elements().flat_map(tree::Node::elements) {
        let uris: Vec<Cow<'_, str>> = match property.local() {
            "DataObjectFormat" => vec![property.attribute("ObjectReference").unwrap_or_default().into()],
            "CommitmentTypeIndication" => texts(property, "ObjectReference").collect(),
            _ => continue,
        };
        for uri in uris.into_iter().filter(|_| XADES.contains(&property.namespace())) {
            let is_known = identifier(uri.trim()).is_some_and(|id| references.contains(id));
            if !is_known && found.len() < MOST_UNMATCHED && seen.insert((property.local(), uri.clone())) {
                let property = property.local().to_owned();
                found.push(Problem::ObjectReferenceUnmatched { property, uri: uri.into_owned() });
            }
        }
    }
    found
}

/// At most this many are told of a signature.
const MOST_UNMATCHED: usize = 32;

/// The identifiers of the references that a timestamp includes; `None` unless it includes what they name, as
/// it must (EN 319 132-1, 5.2.8.2).
fn included<'t>(property: tree::Node<'t>) -> Option<Vec<&'t str>> {
    let included = property.elements().filter(|child| is_xades(*child, "Include"));
    let id = |include: tree::Node<'t>| {
        let is_data = matches!(include.attribute("referencedData"), Some("true" | "1"));
        include.attribute("URI")?.strip_prefix('#').filter(|_| is_data)
    };
    included.map(id).collect::<Option<Vec<_>>>().filter(|ids| !ids.is_empty())
}

/// The certificates that each property names, of all but the first [`MOST_NAMED`] none.
fn unsigned_certificates<'t>(every: impl Iterator<Item = tree::Node<'t>>) -> Vec<Vec<NamedCertificate>> {
    let signed = every.flat_map(tree::Node::elements).filter(|child| is_xades(*child, "SignedProperties"));
    let properties = signed.flat_map(tree::Node::elements).flat_map(tree::Node::elements);
    let naming = properties.filter(|property| {
        is_xades(*property, "SigningCertificate") || is_xades(*property, "SigningCertificateV2")
    });
    let mut left = MOST_NAMED;
    let named = naming.take(MOST_NAMED + 1).map(|property| {
        let named = named_certificates(property).ok().filter(|named| named.len() <= left).unwrap_or_default();
        left -= named.len();
        named
    });
    named.collect()
}

fn named_certificates(property: tree::Node<'_>) -> Result<Vec<NamedCertificate>, Problem> {
    let malformed = || Problem::PropertyMalformed(property.local().to_owned());
    let mut found = Vec::new();
    for certificate in property.elements().filter(|child| is_xades(*child, "Cert")) {
        let part = |local| certificate.elements().find(|child| is_xades(*child, local));
        let by_digest = part("CertDigest").ok_or_else(malformed)?;
        let (method, value) = digest_in(by_digest).ok_or_else(malformed)?;
        // What cannot be read agrees with nothing.
        let issuer_serial = match (part("IssuerSerial"), part("IssuerSerialV2")) {
            (Some(beside), _) => {
                let text =
                    |local| beside.child(DSIG, local).and_then(tree::Node::value_text).unwrap_or_default();
                let serial = big_decimal(text("X509SerialNumber").trim());
                Some(IssuerSerial::Text { issuer: text("X509IssuerName").into_owned(), serial })
            }
            (None, Some(beside)) => {
                let der = beside.value_text().and_then(|text| decode_base64(&text));
                Some(IssuerSerial::Der(der.unwrap_or_default()))
            }
            (None, None) => None,
        };
        found.push(NamedCertificate { digest_uri: algorithm(method)?.to_owned(), value, issuer_serial });
    }
    if found.is_empty() { Err(malformed()) } else { Ok(found) }
}

/// The DigestMethod and the value of a digest in a property: XML Signature's elements, or the older ones of XAdES itself.
fn digest_in(property: tree::Node<'_>) -> Option<(tree::Node<'_>, Vec<u8>)> {
    let inside = |local: &str| {
        property.elements().find(|child| {
            child.local() == local && (child.namespace() == DSIG || XADES.contains(&child.namespace()))
        })
    };
    Some((inside("DigestMethod")?, decode_base64(&inside("DigestValue")?.value_text()?)?))
}

/// The identifier of the policy, or the word for the implied one.
///
/// # Errors
/// When one is named without its identifier or its digest, which tells the version that was meant, or there are two
/// (EN 319 132-1, 5.2.9).
fn policy(property: tree::Node<'_>) -> Result<String, Problem> {
    fn part<'t>(of: tree::Node<'t>, local: &str) -> Option<tree::Node<'t>> {
        of.elements().find(|child| is_xades(*child, local))
    }
    let malformed = |part: &str| Problem::PropertyMalformed(part.to_owned());
    // Of two there is no telling which was meant.
    if property.elements().nth(1).is_some() {
        return Err(malformed("SignaturePolicyIdentifier"));
    }
    let Some(named) = part(property, "SignaturePolicyId") else { return Ok(IMPLIED_POLICY.to_owned()) };
    let identifier = part(named, "SigPolicyId").and_then(|id| {
        let mut all = texts(id, "Identifier");
        all.next().filter(|_| all.next().is_none()).map(Cow::into_owned)
    });
    let digest = part(named, "SigPolicyHash").and_then(digest_in);
    let digest =
        digest.filter(|(method, value)| method.attribute("Algorithm").is_some() && !value.is_empty());
    digest.ok_or_else(|| malformed("SigPolicyHash"))?;
    identifier.ok_or_else(|| malformed("SigPolicyId"))
}

/// Whether this is a time as XML Schema writes it (XML Schema 2, 3.2.7), from year 1 to 9999: with or without a
/// time zone.
fn is_date_time(text: &str) -> bool {
    let is_zone = |zone: &str| match zone.as_bytes() {
        [] | b"Z" => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => {
            let of = |tens: &u8, ones: &u8| match (tens, ones) {
                (b'0'..=b'9', b'0'..=b'9') => u32::from(tens - b'0') * 10 + u32::from(ones - b'0'),
                _ => u32::MAX,
            };
            let (hours, minutes) = (of(h1, h2), of(m1, m2));
            minutes < 60 && (hours < 14 || (hours == 14 && minutes == 0))
        }
        _ => false,
    };
    let local = text.get(.."0001-01-01T00:00:00".len()).unwrap_or_default();
    let rest = text.get(local.len()..).unwrap_or_default();
    // The end of a day may be written as its 24th hour, and no later.
    let end_of_day = local.strip_suffix("T24:00:00");
    let is_digit = |digit: char| if end_of_day.is_some() { digit == '0' } else { digit.is_ascii_digit() };
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => {
            let zone = fraction.trim_start_matches(is_digit);
            if zone.len() == fraction.len() {
                return false;
            }
            zone
        }
        None => rest,
    };
    let shape = local.bytes().enumerate().all(|(at, octet)| match at {
        4 | 7 => octet == b'-',
        10 => octet == b'T',
        13 | 16 => octet == b':',
        _ => octet.is_ascii_digit(),
    });
    let is_year = !local.starts_with("0000");
    let local = match end_of_day {
        Some(day) => format!("{day}T00:00:00"),
        None => local.to_owned(),
    };
    let is_leap_second = local.ends_with(":60");
    shape && is_year && !is_leap_second && local.parse::<jiff::civil::DateTime>().is_ok() && is_zone(zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_xml_schema() {
        for good in [
            "2026-02-28T23:59:59Z",
            "2026-02-28T23:59:59",
            "2024-02-29T00:00:00.123456789012+05:00",
            "2026-01-01T24:00:00-14:00",
        ] {
            assert!(is_date_time(good), "{good}");
        }
        for bad in [
            "",
            "yesterday",
            "2026-02-29T00:00:00Z",
            "2026-02-28",
            "2026-02-28 10:00:00Z",
            "2026-02-28T10:00Z",
            "2026-02-28T10:00:60Z",
            "2026-02-28T25:00:00Z",
            "2026-02-28T24:00:00.5Z",
            "0000-02-28T10:00:00Z",
            "2026-02-28T10:00:00.Z",
            "2026-02-28T10:00:00+15:00",
            "2026-02-28T10:00:00+0500",
            "2026-02-28T10:00:00z",
            "2026-02-28T10:00:00Zé",
            "202é-02-28T10:00:00Z",
        ] {
            assert!(!is_date_time(bad), "{bad}");
        }
    }
}
