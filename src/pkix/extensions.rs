//! The extensions this service acts on (RFC 5280 4.2).

use super::DistributionPoint;
use crate::asn1::{Error, Reader, Tlv, oid, tag};

/// basicConstraints (RFC 5280 4.2.1.9).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BasicConstraints {
    /// The subject is a certification authority.
    pub ca: bool,
    /// How many further authorities may follow, self-issued ones not counted.
    pub path_len: Option<u32>,
}

/// keyUsage (RFC 5280 4.2.1.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs)]
pub struct KeyUsage {
    pub digital_signature: bool,
    /// Also called nonRepudiation.
    pub content_commitment: bool,
    pub key_encipherment: bool,
    pub data_encipherment: bool,
    pub key_agreement: bool,
    pub key_cert_sign: bool,
    pub crl_sign: bool,
    pub encipher_only: bool,
    pub decipher_only: bool,
}

/// What was found in the extensions of one certificate.
#[derive(Clone, Debug, Default)]
pub(super) struct Extensions {
    pub(super) basic_constraints: Option<BasicConstraints>,
    pub(super) key_usage: Option<KeyUsage>,
    pub(super) extended_key_usage: Option<Vec<String>>,
    pub(super) policies: Vec<String>,
    pub(super) subject_key_id: Option<Vec<u8>>,
    pub(super) authority_key_id: Option<Vec<u8>>,
    pub(super) distribution_points: Vec<DistributionPoint>,
    /// The addresses in `distribution_points`.
    pub(super) crl_distribution_points: Vec<String>,
    pub(super) freshest_crl: Vec<DistributionPoint>,
    pub(super) ocsp_urls: Vec<String>,
    pub(super) ca_issuer_urls: Vec<String>,
    pub(super) key_storage: Vec<String>,
    pub(super) unknown_critical: Vec<String>,
}

impl Extensions {
    /// Takes one extension. What is not understood, or not readable, counts only when critical
    /// (RFC 5280 4.2): national authorities have issued malformed non-critical ones. The three that
    /// limit a key always count: unreadable, they must not pass for absent.
    pub(super) fn add(&mut self, name: &str, critical: bool, value: &[u8]) {
        let understood = self.read(name, value).unwrap_or(false);
        let limits = matches!(name, oid::BASIC_CONSTRAINTS | oid::KEY_USAGE | oid::EXTENDED_KEY_USAGE);
        if (critical || limits) && !understood {
            self.unknown_critical.push(name.to_owned());
        }
    }

    fn read(&mut self, name: &str, value: &[u8]) -> Result<bool, Error> {
        let outer = Reader::single(value)?;
        match name {
            oid::BASIC_CONSTRAINTS => {
                let mut fields = outer.expect(tag::SEQUENCE)?.reader();
                let ca = fields.optional(tag::BOOLEAN)?.is_some_and(|b| b.content != [0]);
                let path_len = match fields.optional(tag::INTEGER)? {
                    Some(number) => Some(small(number.unsigned()?)),
                    None => None,
                };
                fields.finish()?;
                self.basic_constraints = Some(BasicConstraints { ca, path_len });
            }
            oid::KEY_USAGE => {
                let Some((_, octets)) = outer.expect(tag::BIT_STRING)?.content.split_first() else {
                    return Err(Error::Value { offset: 0 });
                };
                let bit = |n: usize| octets.get(n / 8).is_some_and(|o| o & (0x80 >> (n % 8)) != 0);
                self.key_usage = Some(KeyUsage {
                    digital_signature: bit(0),
                    content_commitment: bit(1),
                    key_encipherment: bit(2),
                    data_encipherment: bit(3),
                    key_agreement: bit(4),
                    key_cert_sign: bit(5),
                    crl_sign: bit(6),
                    encipher_only: bit(7),
                    decipher_only: bit(8),
                });
            }
            oid::EXTENDED_KEY_USAGE => {
                self.extended_key_usage = Some(identifiers(outer)?);
            }
            oid::KEY_STORAGE => self.key_storage = identifiers(outer)?,
            oid::CERTIFICATE_POLICIES => {
                let mut items = outer.expect(tag::SEQUENCE)?.reader();
                let mut policies = Vec::new();
                while !items.is_empty() {
                    policies.push(items.take(tag::SEQUENCE)?.reader().next()?.oid()?);
                }
                self.policies = policies;
            }
            oid::SUBJECT_KEY_ID => {
                self.subject_key_id = Some(outer.expect(tag::OCTET_STRING)?.content.to_vec());
            }
            oid::AUTHORITY_KEY_ID => {
                let mut fields = outer.expect(tag::SEQUENCE)?.reader();
                self.authority_key_id = fields.optional(tag::context(0))?.map(|id| id.content.to_vec());
            }
            oid::CRL_DISTRIBUTION_POINTS => self.read_distribution_points(outer)?,
            oid::FRESHEST_CRL => self.freshest_crl = DistributionPoint::all(outer)?,
            oid::AUTHORITY_INFO_ACCESS => {
                let mut items = outer.expect(tag::SEQUENCE)?.reader();
                while !items.is_empty() {
                    let mut item = items.take(tag::SEQUENCE)?.reader();
                    let method = item.next()?.oid()?;
                    let Some(location) = uri(item.next()?) else { continue };
                    let list = match method.as_str() {
                        oid::OCSP => &mut self.ocsp_urls,
                        oid::CA_ISSUERS => &mut self.ca_issuer_urls,
                        _ => continue,
                    };
                    if !list.contains(&location) {
                        list.push(location);
                    }
                }
            }
            // Alternative names identify nobody here; a critical one still has to be well formed.
            oid::SUBJECT_ALT_NAME | oid::ISSUER_ALT_NAME => {
                outer.expect(tag::SEQUENCE)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn read_distribution_points(&mut self, outer: Tlv<'_>) -> Result<(), Error> {
        self.distribution_points = DistributionPoint::all(outer)?;
        self.crl_distribution_points =
            self.distribution_points.iter().flat_map(DistributionPoint::uris).collect();
        Ok(())
    }
}

/// The identifiers of a SEQUENCE OF OBJECT IDENTIFIER.
fn identifiers(outer: crate::asn1::Tlv<'_>) -> Result<Vec<String>, Error> {
    let mut items = outer.expect(tag::SEQUENCE)?.reader();
    let mut found = Vec::new();
    while !items.is_empty() {
        found.push(items.next()?.oid()?);
    }
    Ok(found)
}

fn uri(name: crate::asn1::Tlv<'_>) -> Option<String> {
    let text = std::str::from_utf8(name.content).ok()?;
    (name.tag == tag::context(6)).then(|| text.trim().to_owned())
}

fn small(magnitude: &[u8]) -> u32 {
    if magnitude.len() > 4 {
        return u32::MAX;
    }
    magnitude.iter().fold(0, |n, b| (n << 8) | u32::from(*b))
}
