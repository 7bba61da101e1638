//! Making certificates and CRLs, for the development authority and for tests.
//!
//! The shape is that of the national authority; the caller says everything else. Nothing here
//! decides whether a certificate makes sense, so tests can ask for senseless ones.

use jiff::Timestamp;

use super::certificate::key_bits;
use crate::{
    asn1::{Reader, oid, tag, write},
    crypto::{self, DigestAlgorithm, EcdsaForm, PrivateKey, PublicKey, SignError},
};

/// Distinguished name from attributes in their order. Countries and serial numbers are written as
/// PrintableString, e-mail as IA5String, the rest as UTF8String.
pub fn name(attributes: &[(&str, &str)]) -> Vec<u8> {
    let rdns: Vec<Vec<u8>> = attributes
        .iter()
        .map(|(kind, text)| {
            let value = match *kind {
                oid::COUNTRY | oid::SERIAL_NUMBER => write::printable(text),
                oid::EMAIL | oid::DOMAIN_COMPONENT => write::ia5(text),
                _ => write::utf8(text),
            };
            write::set_of(vec![write::sequence(&[write::oid(kind), value])])
        })
        .collect();
    write::sequence(&rdns)
}

/// One extension (RFC 5280 4.1).
#[derive(Clone, Debug)]
pub struct Extension {
    /// Dotted OID.
    pub oid: String,
    /// The critical flag.
    pub critical: bool,
    /// DER of the value.
    pub value: Vec<u8>,
}

impl Extension {
    /// Not critical.
    pub fn new(oid: &str, value: Vec<u8>) -> Self {
        Self { oid: oid.to_owned(), critical: false, value }
    }

    /// The same, critical.
    pub fn critical(self) -> Self {
        Self { critical: true, ..self }
    }

    /// basicConstraints of an authority, critical.
    pub fn authority(path_len: Option<u32>) -> Self {
        let mut fields = vec![write::boolean(true)];
        fields.extend(path_len.map(write::integer));
        Self::new(oid::BASIC_CONSTRAINTS, write::sequence(&fields)).critical()
    }

    /// keyUsage by bit numbers (RFC 5280 4.2.1.3), critical.
    pub fn key_usage(bits: &[u8]) -> Self {
        Self::new(oid::KEY_USAGE, write::named_bits(bits)).critical()
    }

    /// extKeyUsage.
    pub fn extended_key_usage(purposes: &[&str]) -> Self {
        let oids: Vec<_> = purposes.iter().map(|p| write::oid(p)).collect();
        Self::new(oid::EXTENDED_KEY_USAGE, write::sequence(&oids))
    }

    /// One policy with the address of its practice statement.
    pub fn policy(policy: &str, statement: &str) -> Self {
        let qualifier = write::sequence(&[write::oid(oid::CPS), write::ia5(statement)]);
        let information = write::sequence(&[write::oid(policy), write::sequence(&[qualifier])]);
        Self::new(oid::CERTIFICATE_POLICIES, write::sequence(&[information]))
    }

    /// subjectKeyIdentifier.
    pub fn subject_key_id(id: &[u8]) -> Self {
        Self::new(oid::SUBJECT_KEY_ID, write::octet_string(id))
    }

    /// authorityKeyIdentifier with the key identifier only.
    pub fn authority_key_id(id: &[u8]) -> Self {
        Self::new(oid::AUTHORITY_KEY_ID, write::sequence(&[write::context_primitive(0, id)]))
    }

    /// authorityKeyIdentifier with all three fields, the serial number by its content octets.
    pub fn authority_key_id_and_name(id: &[u8], issuer: &[u8], serial: &[u8]) -> Self {
        let names = write::context(1, &[write::context(4, &[issuer])]);
        let fields = [write::context_primitive(0, id), names, write::context_primitive(2, serial)];
        Self::new(oid::AUTHORITY_KEY_ID, write::sequence(&fields))
    }

    /// cRLDistributionPoints with one address.
    pub fn crl_distribution_point(url: &str) -> Self {
        Self::new(oid::CRL_DISTRIBUTION_POINTS, Self::distribution_point(url))
    }

    /// freshestCRL with one address: where the delta list is (RFC 5280 4.2.1.15).
    pub fn freshest_crl(url: &str) -> Self {
        Self::new(oid::FRESHEST_CRL, Self::distribution_point(url))
    }

    /// cRLDistributionPoints (RFC 5280 4.2.1.13) of points, each with the name of its cRLIssuer.
    pub fn crl_distribution_points(points: &[(Point, Option<Vec<u8>>)]) -> Self {
        let of_issuer = |name: &Vec<u8>| write::context(2, &[GeneralName::Directory(name.clone()).to_der()]);
        let points: Vec<_> = points
            .iter()
            .map(|(point, issuer)| {
                let fields = point.name().into_iter().chain(point.reasons(1));
                write::sequence(&fields.chain(issuer.as_ref().map(of_issuer)).collect::<Vec<_>>())
            })
            .collect();
        Self::new(oid::CRL_DISTRIBUTION_POINTS, write::sequence(&points))
    }

    /// issuingDistributionPoint of a CRL, critical (RFC 5280 5.2.5); `flags` are the numbers of the
    /// fields that are true: 1 for users only, 2 for authorities only, 4 for indirect, 5 for attributes.
    pub fn issuing_distribution_point(point: &Point, flags: &[u8]) -> Self {
        let flag = |number: u8| flags.contains(&number).then(|| write::context_primitive(number, &[0xff]));
        let fields: Vec<_> = [point.name(), flag(1), flag(2), point.reasons(3), flag(4), flag(5)]
            .into_iter()
            .flatten()
            .collect();
        Self::new(oid::ISSUING_DISTRIBUTION_POINT, write::sequence(&fields)).critical()
    }

    /// deltaCRLIndicator of a CRL, critical (RFC 5280 5.2.4).
    pub fn delta_crl_indicator(base: u32) -> Self {
        Self::new(oid::DELTA_CRL_INDICATOR, write::integer(base)).critical()
    }

    /// certificateIssuer of a line, critical (RFC 5280 5.3.3).
    pub fn certificate_issuer(name: &[u8]) -> Self {
        let name = GeneralName::Directory(name.to_vec()).to_der();
        Self::new(oid::CERTIFICATE_ISSUER, write::sequence(&[name])).critical()
    }

    /// The national extension that tells where the private key is kept.
    pub fn key_storage(kind: &str) -> Self {
        Self::new(oid::KEY_STORAGE, write::sequence(&[write::oid(kind)]))
    }

    fn distribution_point(url: &str) -> Vec<u8> {
        let full = write::context(0, &[write::context_primitive(6, url.as_bytes())]);
        let point = write::sequence(&[write::context(0, &[full])]);
        write::sequence(&[point])
    }

    /// authorityInfoAccess: the issuer's certificate and, when given, an OCSP responder.
    pub fn authority_info_access(ca_issuer: &str, ocsp: Option<&str>) -> Self {
        let entry = |method: &str, url: &str| {
            write::sequence(&[write::oid(method), write::context_primitive(6, url.as_bytes())])
        };
        let mut entries = vec![entry(oid::CA_ISSUERS, ca_issuer)];
        entries.extend(ocsp.map(|url| entry(oid::OCSP, url)));
        Self::new(oid::AUTHORITY_INFO_ACCESS, write::sequence(&entries))
    }

    fn to_der(&self) -> Vec<u8> {
        let mut fields = vec![write::oid(&self.oid)];
        if self.critical {
            fields.push(write::boolean(true));
        }
        fields.push(write::octet_string(&self.value));
        write::sequence(&fields)
    }
}

/// Who signs: a name, a key, and the hash to sign with.
#[derive(Clone, Copy, Debug)]
pub struct Issuer<'a> {
    /// DER of the name.
    pub name: &'a [u8],
    /// The key.
    pub key: &'a PrivateKey,
    /// The hash.
    pub digest: DigestAlgorithm,
}

/// What a certificate says.
#[derive(Clone, Debug)]
pub struct Profile {
    /// DER of the subject's name.
    pub subject: Vec<u8>,
    /// The subject's key.
    pub public_key: PublicKey,
    /// First instant of validity.
    pub not_before: Timestamp,
    /// Last instant of validity.
    pub not_after: Timestamp,
    /// Extensions in their order; with none the certificate has version 1.
    pub extensions: Vec<Extension>,
}

/// Key identifier: SHA-1 of the contents of the key's BIT STRING (RFC 5280 4.2.1.2 (1)).
pub fn key_id(key: &PublicKey) -> [u8; 20] {
    let value = crypto::digest(DigestAlgorithm::Sha1, key_bits(key.spki()).unwrap_or_default());
    let mut id = [0u8; 20];
    for (to, from) in id.iter_mut().zip(value.iter()) {
        *to = *from;
    }
    id
}

/// Serial number the national way: the key identifier with the top bit cleared, so that it is
/// positive in twenty octets.
pub fn serial(key: &PublicKey) -> Vec<u8> {
    let mut id = key_id(key).to_vec();
    if let Some(first) = id.first_mut() {
        // 0x40 keeps the first octet from being zero, hence the INTEGER minimal.
        *first = (*first & 0x7f) | if *first & 0x7f == 0 { 0x40 } else { 0 };
    }
    id
}

/// A signed certificate in DER; the serial number comes from the subject's key.
pub fn certificate(profile: &Profile, issuer: Issuer<'_>) -> Result<Vec<u8>, SignError> {
    let algorithm = algorithm_identifier(issuer)?;
    let mut fields = Vec::new();
    if !profile.extensions.is_empty() {
        fields.push(write::context(0, &[write::integer(2)]));
    }
    fields.push(write::unsigned(&serial(&profile.public_key)));
    fields.push(algorithm);
    fields.push(issuer.name.to_vec());
    fields.push(write::sequence(&[write::time(profile.not_before), write::time(profile.not_after)]));
    fields.push(profile.subject.clone());
    fields.push(profile.public_key.spki().to_vec());
    if !profile.extensions.is_empty() {
        let list: Vec<_> = profile.extensions.iter().map(Extension::to_der).collect();
        fields.push(write::context(3, &[write::sequence(&list)]));
    }
    sign(write::sequence(&fields), issuer)
}

/// One line of a CRL to be.
#[derive(Clone, Debug)]
pub struct Revocation {
    /// Content octets of the certificate's serial number.
    pub serial: Vec<u8>,
    /// revocationDate
    pub at: Timestamp,
    /// reasonCode (RFC 5280 5.3.1).
    pub reason: Option<u8>,
    /// Further extensions of the line.
    pub more: Vec<Extension>,
}

/// Whose certificate, where, and why: parts of cRLDistributionPoints and issuingDistributionPoint.
#[derive(Clone, Debug, Default)]
pub struct Point {
    /// Addresses and names of lists; with none there is no distributionPoint.
    pub full: Vec<GeneralName>,
    /// An RDN below the issuer's name in place of full names, as the DER of its SET.
    pub relative: Option<Vec<u8>>,
    /// Bits of ReasonFlags, none for all reasons.
    pub reasons: Vec<u8>,
}

/// The kinds of GeneralName that lists are found by.
#[derive(Clone, Debug)]
pub enum GeneralName {
    /// directoryName by its DER.
    Directory(Vec<u8>),
    /// uniformResourceIdentifier.
    Uri(String),
}

impl GeneralName {
    fn to_der(&self) -> Vec<u8> {
        match self {
            Self::Directory(name) => write::context(4, &[name]),
            Self::Uri(uri) => write::context_primitive(6, uri.as_bytes()),
        }
    }
}

impl Point {
    fn name(&self) -> Option<Vec<u8>> {
        let choice = match &self.relative {
            Some(rdn) => write::context(1, &[Reader::single(rdn).map(|set| set.content).unwrap_or_default()]),
            None if self.full.is_empty() => return None,
            None => write::context(0, &self.full.iter().map(GeneralName::to_der).collect::<Vec<_>>()),
        };
        Some(write::context(0, &[choice]))
    }

    fn reasons(&self, number: u8) -> Option<Vec<u8>> {
        let bits = write::named_bits(&self.reasons);
        let content = Reader::single(&bits).map(|bits| bits.content).unwrap_or_default();
        (!self.reasons.is_empty()).then(|| write::context_primitive(number, content))
    }
}

/// A signed version 2 CRL in DER.
pub fn crl(
    issuer: Issuer<'_>,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    number: u32,
    revocations: &[Revocation],
    more: &[Extension],
) -> Result<Vec<u8>, SignError> {
    let mut fields = vec![
        write::integer(1),
        algorithm_identifier(issuer)?,
        issuer.name.to_vec(),
        write::time(this_update),
    ];
    fields.extend(next_update.map(write::time));
    let lines: Vec<_> = revocations
        .iter()
        .map(|line| {
            let mut parts = vec![write::tlv(tag::INTEGER, &[&line.serial]), write::time(line.at)];
            let mut extensions = Vec::new();
            if let Some(code) = line.reason {
                let reason = Extension::new(oid::REASON_CODE, write::enumerated(code));
                extensions.push(reason.to_der());
            }
            extensions.extend(line.more.iter().map(Extension::to_der));
            if !extensions.is_empty() {
                parts.push(write::sequence(&extensions));
            }
            write::sequence(&parts)
        })
        .collect();
    // RFC 5280 5.1.2.6: no revoked certificates, no list.
    if !lines.is_empty() {
        fields.push(write::sequence(&lines));
    }
    let mut extensions = vec![
        Extension::new(oid::CRL_NUMBER, write::integer(number)).to_der(),
        Extension::authority_key_id(&key_id(&issuer.key.public_key())).to_der(),
    ];
    extensions.extend(more.iter().map(Extension::to_der));
    fields.push(write::context(0, &[write::sequence(&extensions)]));
    sign(write::sequence(&fields), issuer)
}

fn algorithm_identifier(issuer: Issuer<'_>) -> Result<Vec<u8>, SignError> {
    // A hash without a name in X.509 for this kind of key cannot be signed with.
    issuer.key.signature_algorithm(issuer.digest).to_der().ok_or(SignError::KeyTypeMismatch)
}

fn sign(tbs: Vec<u8>, issuer: Issuer<'_>) -> Result<Vec<u8>, SignError> {
    let algorithm = issuer.key.signature_algorithm(issuer.digest);
    let signature = issuer.key.sign(&algorithm, EcdsaForm::Der, &tbs)?;
    Ok(write::sequence(&[tbs, algorithm_identifier(issuer)?, write::bit_string(&signature)]))
}
