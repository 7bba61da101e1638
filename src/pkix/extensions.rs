//! The extensions this service acts on (RFC 5280 4.2).

use std::collections::HashSet;

use super::{DistributionPoint, GeneralName, NameConstraints};
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

/// One policy of certificatePolicies (RFC 5280 4.2.1.4).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyInformation {
    /// Dotted OID.
    pub policy: String,
    /// What goes with it, for people to read.
    pub qualifiers: Vec<PolicyQualifier>,
}

/// What an authority says about a policy (RFC 5280 4.2.1.4).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum PolicyQualifier {
    /// The address of its practice statement.
    Statement(String),
    /// A text to be shown; empty when only a number refers to it.
    Notice(String),
}

/// policyConstraints (RFC 5280 4.2.1.11): how many more certificates until each begins to hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PolicyConstraints {
    /// requireExplicitPolicy
    pub require_explicit: Option<u32>,
    /// inhibitPolicyMapping
    pub inhibit_mapping: Option<u32>,
}

/// What was found in the extensions of one certificate.
#[derive(Clone, Debug, Default)]
pub(super) struct Extensions {
    pub(super) basic_constraints: Option<BasicConstraints>,
    pub(super) key_usage: Option<KeyUsage>,
    pub(super) extended_key_usage: Option<Vec<String>>,
    pub(super) extended_key_usage_critical: bool,
    /// The identifiers of `policy_information`.
    pub(super) policies: Vec<String>,
    pub(super) policy_information: Vec<PolicyInformation>,
    /// From the issuer's policy to the subject's.
    pub(super) policy_mappings: Vec<(String, String)>,
    pub(super) policy_constraints: PolicyConstraints,
    pub(super) inhibit_any_policy: Option<u32>,
    pub(super) name_constraints: Option<NameConstraints>,
    pub(super) alternative_names: Vec<GeneralName>,
    pub(super) subject_key_id: Option<Vec<u8>>,
    pub(super) authority_key_id: Option<Vec<u8>>,
    pub(super) distribution_points: Vec<DistributionPoint>,
    /// The addresses in `distribution_points`.
    pub(super) crl_distribution_points: Vec<String>,
    pub(super) freshest_crl: Vec<DistributionPoint>,
    pub(super) ocsp_urls: Vec<String>,
    pub(super) ca_issuer_urls: Vec<String>,
    /// id-pkix-ocsp-nocheck is there (RFC 6960 4.2.2.2.1).
    pub(super) no_check: bool,
    pub(super) key_storage: Vec<String>,
    pub(super) unknown_critical: Vec<String>,
}

impl Extensions {
    /// Takes one extension. What is not understood, or not readable, counts only when critical
    /// (RFC 5280 4.2): national authorities have issued malformed non-critical ones. Those that limit a
    /// key or a path always count: unreadable, they must not pass for absent.
    pub(super) fn add(&mut self, name: &str, critical: bool, value: &[u8]) {
        let understood = match self.read(name, value) {
            // A policy of which something is not understood counts for nobody who must understand it.
            Ok(Understood::Fully) => true,
            Ok(Understood::Partly) => !critical,
            Ok(Understood::NotAtAll) | Err(_) => false,
        };
        self.extended_key_usage_critical |= critical && name == oid::EXTENDED_KEY_USAGE;
        let limits = matches!(
            name,
            oid::BASIC_CONSTRAINTS
                | oid::KEY_USAGE
                | oid::EXTENDED_KEY_USAGE
                | oid::NAME_CONSTRAINTS
                | oid::POLICY_CONSTRAINTS
                | oid::POLICY_MAPPINGS
                | oid::INHIBIT_ANY_POLICY
        );
        if (critical || limits) && !understood {
            self.unknown_critical.push(name.to_owned());
        }
    }

    fn read(&mut self, name: &str, value: &[u8]) -> Result<Understood, Error> {
        if name == oid::SUBJECT_ALT_NAME {
            // Until they are read: names that nobody sees are within no subtree.
            self.alternative_names = vec![GeneralName::Unreadable];
        }
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
                let bad = Error::Value { offset: outer.offset };
                let (unused, octets) = outer.expect(tag::BIT_STRING)?.content.split_first().ok_or(bad)?;
                // X.690 8.6.2: up to seven bits are unused, of an octet that is there.
                if *unused > 7 || (*unused > 0 && octets.is_empty()) {
                    return Err(bad);
                }
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
            oid::OCSP_NO_CHECK => {
                outer.expect(tag::NULL)?;
                self.no_check = true;
            }
            oid::KEY_STORAGE => self.key_storage = identifiers(outer)?,
            oid::CERTIFICATE_POLICIES => {
                let (policies, understood) = policies(outer)?;
                self.policies = policies.iter().map(|information| information.policy.clone()).collect();
                self.policy_information = policies;
                return Ok(understood);
            }
            oid::POLICY_MAPPINGS => {
                let mut items = outer.expect(tag::SEQUENCE)?.reader();
                while !items.is_empty() {
                    let mut pair = items.take(tag::SEQUENCE)?.reader();
                    self.policy_mappings.push((pair.next()?.oid()?, pair.next()?.oid()?));
                    pair.finish()?;
                }
            }
            oid::POLICY_CONSTRAINTS => {
                let mut fields = outer.expect(tag::SEQUENCE)?.reader();
                let require_explicit = fields.optional(tag::context(0))?.map(skip).transpose()?;
                let inhibit_mapping = fields.optional(tag::context(1))?.map(skip).transpose()?;
                fields.finish()?;
                if require_explicit.is_none() && inhibit_mapping.is_none() {
                    return Err(Error::Value { offset: outer.offset });
                }
                self.policy_constraints = PolicyConstraints { require_explicit, inhibit_mapping };
            }
            oid::INHIBIT_ANY_POLICY => {
                self.inhibit_any_policy = Some(skip(outer.expect(tag::INTEGER)?)?);
            }
            oid::NAME_CONSTRAINTS => self.name_constraints = Some(NameConstraints::read(outer)?),
            oid::SUBJECT_ALT_NAME => self.alternative_names = GeneralName::all(outer)?,
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
                let mut seen = HashSet::new();
                while !items.is_empty() {
                    let mut item = items.take(tag::SEQUENCE)?.reader();
                    let method = item.next()?.oid()?;
                    let Some(location) = uri(item.next()?) else { continue };
                    let doubled = !seen.insert((method.clone(), location.clone()));
                    let list = match method.as_str() {
                        oid::OCSP => &mut self.ocsp_urls,
                        oid::CA_ISSUERS => &mut self.ca_issuer_urls,
                        _ => continue,
                    };
                    if !doubled {
                        list.push(location);
                    }
                }
            }
            // Other names of the issuer lead to nobody here; a critical one still has to be well formed.
            oid::ISSUER_ALT_NAME => {
                outer.expect(tag::SEQUENCE)?;
            }
            _ => return Ok(Understood::NotAtAll),
        }
        Ok(Understood::Fully)
    }

    fn read_distribution_points(&mut self, outer: Tlv<'_>) -> Result<(), Error> {
        self.distribution_points = DistributionPoint::all(outer)?;
        self.crl_distribution_points =
            self.distribution_points.iter().flat_map(DistributionPoint::uris).collect();
        Ok(())
    }
}

/// How much of an extension that is well formed is acted on here.
enum Understood {
    Fully,
    Partly,
    NotAtAll,
}

/// certificatePolicies; a policy that stands there twice is an error. Qualifiers of an unknown kind are
/// left out, which leaves the extension understood in part (RFC 5280 4.2.1.4).
fn policies(outer: Tlv<'_>) -> Result<(Vec<PolicyInformation>, Understood), Error> {
    let mut items = outer.expect(tag::SEQUENCE)?.reader();
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut understood = Understood::Fully;
    while !items.is_empty() {
        let item = items.take(tag::SEQUENCE)?;
        let mut fields = item.reader();
        let policy = fields.next()?.oid()?;
        let mut qualifiers = Vec::new();
        if let Some(list) = fields.optional(tag::SEQUENCE)? {
            let mut list = list.reader();
            while !list.is_empty() {
                let mut qualifier = list.take(tag::SEQUENCE)?.reader();
                let kind = qualifier.next()?.oid()?;
                let value = qualifier.next()?;
                match kind.as_str() {
                    oid::CPS => qualifiers.push(PolicyQualifier::Statement(shown(value))),
                    oid::USER_NOTICE => qualifiers.push(PolicyQualifier::Notice(notice(value)?)),
                    _ => understood = Understood::Partly,
                }
            }
        }
        if !seen.insert(policy.clone()) {
            return Err(Error::Value { offset: item.offset });
        }
        found.push(PolicyInformation { policy, qualifiers });
    }
    Ok((found, understood))
}

/// explicitText of a UserNotice.
fn notice(value: Tlv<'_>) -> Result<String, Error> {
    let mut fields = value.expect(tag::SEQUENCE)?.reader();
    fields.optional(tag::SEQUENCE)?;
    Ok(if fields.is_empty() { String::new() } else { shown(fields.next()?) })
}

/// A text for people; what is no text of its type is shown as far as it goes.
fn shown(value: Tlv<'_>) -> String {
    super::name::text(value.tag, value.content)
        .unwrap_or_else(|| String::from_utf8_lossy(value.content).into_owned())
}

/// SkipCerts, an INTEGER whose tag may be implicit.
fn skip(value: Tlv<'_>) -> Result<u32, Error> {
    Ok(small(Tlv { tag: tag::INTEGER, ..value }.unsigned()?))
}

/// The identifiers of a SEQUENCE OF OBJECT IDENTIFIER.
fn identifiers(outer: Tlv<'_>) -> Result<Vec<String>, Error> {
    let mut items = outer.expect(tag::SEQUENCE)?.reader();
    let mut found = Vec::new();
    while !items.is_empty() {
        found.push(items.next()?.oid()?);
    }
    Ok(found)
}

fn uri(name: Tlv<'_>) -> Option<String> {
    let text = std::str::from_utf8(name.content).ok()?;
    (name.tag == tag::context(6)).then(|| text.trim().to_owned())
}

fn small(magnitude: &[u8]) -> u32 {
    if magnitude.len() > 4 {
        return u32::MAX;
    }
    magnitude.iter().fold(0, |n, b| (n << 8) | u32::from(*b))
}
