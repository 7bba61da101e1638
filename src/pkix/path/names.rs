//! Name constraints (RFC 5280 4.2.1.10): whether the names of a certificate are within the subtrees that
//! the authorities above it permit, and within none that they exclude.
//!
//! The RFC keeps one set of permitted subtrees and intersects it. Here each authority's constraints stay
//! as they are and a name must satisfy all of them, which is the same and needs no intersection of
//! kinds that have none. Names times subtrees is work that a forger chooses, so it is counted.
//!
//! Where the RFC leaves a choice, the stricter reading is taken: addresses in the subject are held to
//! constraints on e-mail also beside alternative names; a name that cannot be compared, because it is of
//! a kind without defined subtrees or malformed, is refused as soon as its kind is constrained.

use std::collections::BTreeSet;

use super::PathFault;
use crate::asn1::oid;
use crate::pkix::{Certificate, GeneralName, NameConstraints};

/// Comparisons of a name with a subtree, both of up to 63 octets, in one search for a path: 2^20. Longer ones
/// count more.
pub(super) const MAX_COMPARISONS: u32 = 1 << 20;

/// What is wrong with the names of a certificate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum NameFault {
    /// This name is outside what is permitted, or within what is excluded.
    NotPermitted(String),
    /// This name is of a kind that is constrained and cannot be compared.
    Incomparable(String),
    /// More comparisons than are left.
    TooMany,
}

impl From<NameFault> for PathFault {
    fn from(fault: NameFault) -> Self {
        match fault {
            NameFault::NotPermitted(name) => Self::NameNotPermitted(name),
            NameFault::Incomparable(name) => Self::NameIncomparable(name),
            NameFault::TooMany => Self::LimitExceeded("name_comparisons"),
        }
    }
}

impl NameFault {
    /// The fault where the subtrees are those of whoever trusts the anchor.
    pub(super) fn of_anchor(self) -> PathFault {
        match self {
            Self::NotPermitted(name) | Self::Incomparable(name) => PathFault::AnchorName(name),
            Self::TooMany => self.into(),
        }
    }
}

/// Holds every name of `certificate` to all of `constraints`. What the comparisons cost is taken from
/// `left`.
pub(super) fn check(
    certificate: &Certificate,
    constraints: &[&NameConstraints],
    left: &mut u32,
) -> Result<(), NameFault> {
    if constraints.is_empty() {
        return Ok(());
    }
    let names = names(certificate);
    let kinds: BTreeSet<u8> = names.iter().map(GeneralName::kind).collect();
    for constraints in constraints {
        for kind in &kinds {
            let names = of_kind(&names, *kind);
            let permitted = of_kind(&constraints.permitted, *kind);
            let excluded = of_kind(&constraints.excluded, *kind);
            let weight = |name: &&GeneralName| 1 + name.octets() / 64;
            let bases: usize = permitted.iter().chain(&excluded).map(weight).sum();
            let cost = names.iter().map(weight).sum::<usize>().saturating_mul(bases);
            *left =
                u32::try_from(cost).ok().and_then(|cost| left.checked_sub(cost)).ok_or(NameFault::TooMany)?;
            for name in names {
                hold(name, &permitted, &excluded)?;
            }
        }
    }
    Ok(())
}

fn of_kind(names: &[GeneralName], kind: u8) -> Vec<&GeneralName> {
    names.iter().filter(|name| name.kind() == kind).collect()
}

fn hold(name: &GeneralName, permitted: &[&GeneralName], excluded: &[&GeneralName]) -> Result<(), NameFault> {
    let incomparable = || NameFault::Incomparable(name.to_string());
    if *name == GeneralName::Unreadable {
        return Err(incomparable());
    }
    let mut allowed = permitted.is_empty();
    for base in permitted {
        allowed |= within(name, base).ok_or_else(incomparable)?;
    }
    for base in excluded {
        allowed &= !within(name, base).ok_or_else(incomparable)? && !stands_for_some_of(name, base);
    }
    if allowed { Ok(()) } else { Err(NameFault::NotPermitted(name.to_string())) }
}

/// All names of a certificate, URIs by their hosts, which are empty where there is none.
fn names(certificate: &Certificate) -> Vec<GeneralName> {
    let subject = certificate.subject();
    let mut names: Vec<GeneralName> = certificate
        .alternative_names()
        .iter()
        .map(|name| match name {
            GeneralName::Uri(uri) => GeneralName::Uri(host(uri).unwrap_or_default()),
            name => name.clone(),
        })
        .collect();
    if !subject.is_empty() {
        names.push(GeneralName::Directory(Box::new(subject.clone())));
    }
    names.extend(subject.values(oid::EMAIL).map(GeneralName::email));
    names
}

/// The host of a URI in lower case, if it has one that is a name (RFC 3986 3.2).
fn host(uri: &str) -> Option<String> {
    let (_, rest) = uri.split_once(':')?;
    let authority = rest.strip_prefix("//")?.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.split(':').next()?;
    let is_address = host.starts_with('[') || host.parse::<core::net::Ipv4Addr>().is_ok();
    (!is_address && !host.is_empty()).then(|| host.to_ascii_lowercase())
}

/// Whether the name is within the subtree; `None` when it cannot be told.
fn within(name: &GeneralName, base: &GeneralName) -> Option<bool> {
    match (name, base) {
        (GeneralName::Dns(name), GeneralName::Dns(base)) => Some(domain_within(name, base)),
        (GeneralName::Email(name), GeneralName::Email(base)) => {
            let (_, domain) = name.rsplit_once('@')?;
            Some(if base.contains('@') { name == base } else { host_within(domain, base) })
        }
        (GeneralName::Uri(host), GeneralName::Uri(base)) => {
            (!host.is_empty()).then(|| host_within(host, base))
        }
        (GeneralName::Ip(address), GeneralName::Ip(range)) => match address.len() {
            4 | 16 => Some(address_within(address, range)),
            _ => None,
        },
        (GeneralName::Directory(name), GeneralName::Directory(base)) => Some(name.is_within(base)),
        _ => None,
    }
}

/// A DNS name is within itself and every domain above it. A base that begins with a point, which the RFC
/// does not foresee, has only what is below it.
fn domain_within(name: &str, base: &str) -> bool {
    let (name, base) = (absolute(name), absolute(base));
    match name.strip_suffix(base) {
        Some(labels) => {
            labels.is_empty() && !base.starts_with('.')
                || labels.ends_with('.')
                || base.starts_with('.') && !labels.is_empty()
                || base.is_empty()
        }
        None => false,
    }
}

fn absolute(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// Whether a wildcard stands also for names that are within the base: `*.a.kz` for `b.a.kz`.
fn stands_for_some_of(name: &GeneralName, base: &GeneralName) -> bool {
    let (GeneralName::Dns(name), GeneralName::Dns(base)) = (name, base) else { return false };
    let label = absolute(name).strip_prefix('*').and_then(|domain| absolute(base).strip_suffix(domain));
    label.is_some_and(|label| !label.is_empty() && !label.contains('.'))
}

/// The host of a URI or of a mailbox is one host, or with a point in front anything below it.
fn host_within(host: &str, base: &str) -> bool {
    match base.starts_with('.') {
        true => host.len() > base.len() && host.ends_with(base),
        false => base.is_empty() || host == base,
    }
}

fn address_within(address: &[u8], range: &[u8]) -> bool {
    let (base, mask) = range.split_at(range.len() / 2);
    base.len() == address.len()
        && address.iter().zip(base).zip(mask).all(|((address, base), mask)| (address ^ base) & mask == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::write;
    use crate::pkix::{Name, issue};

    fn dns(name: &str, base: &str) -> bool {
        hold(&GeneralName::Dns(name.into()), &[&GeneralName::Dns(base.into())], &[]).is_ok()
    }

    #[test]
    fn domains() {
        for (name, base, expected) in [
            ("a.kz", "a.kz", true),
            ("b.a.kz", "a.kz", true),
            ("c.b.a.kz", "a.kz", true),
            ("ba.kz", "a.kz", false),
            ("kz", "a.kz", false),
            ("a.kz.", "a.kz", true),
            ("a.kz", "a.kz.", true),
            ("a.kz", "", true),
            ("a.kz", ".a.kz", false),
            ("b.a.kz", ".a.kz", true),
            ("*.a.kz", "a.kz", true),
            ("*.a.kz", "b.a.kz", false),
        ] {
            assert_eq!(dns(name, base), expected, "{name} in {base}");
        }
        let excluded = |name: &str, base: &str| {
            hold(&GeneralName::Dns(name.into()), &[], &[&GeneralName::Dns(base.into())]).is_err()
        };
        assert!(excluded("b.a.kz", "a.kz") && excluded("*.a.kz", "b.a.kz"));
        assert!(
            !excluded("*.a.kz", "c.b.a.kz") && !excluded("*.a.kz", "a.com") && !excluded("a.com", "a.kz")
        );
    }

    #[test]
    fn hosts_mailboxes_and_addresses() {
        let uri = |text: &str, base: &str| {
            within(&GeneralName::Uri(host(text).unwrap_or_default()), &GeneralName::Uri(base.into()))
        };
        assert_eq!(uri("http://User@A.kz:80/b?c", "a.kz"), Some(true));
        assert_eq!(uri("http://b.a.kz/", "a.kz"), Some(false));
        assert_eq!(uri("http://b.a.kz", ".a.kz"), Some(true));
        assert_eq!(uri("http://a.kz", ".a.kz"), Some(false));
        // The host is what a browser would go to, not what stands before the sign.
        assert_eq!(uri("http://a.kz@evil.com/", "a.kz"), Some(false));
        for without_host in ["urn:a:b", "http://", "http://10.0.0.1/", "http://[::1]/", "mailto:a@a.kz", "a"]
        {
            assert_eq!(uri(without_host, "a.kz"), None, "{without_host}");
        }
        let mail = |text: &str, base: &str| within(&GeneralName::email(text), &GeneralName::email(base));
        assert_eq!(mail("A@a.kz", "A@A.KZ"), Some(true));
        assert_eq!(mail("a@a.kz", "A@a.kz"), Some(false));
        assert_eq!(mail("a@a.kz", "a.kz"), Some(true));
        assert_eq!(mail("a@b.a.kz", "a.kz"), Some(false));
        assert_eq!(mail("a@b.a.kz", ".a.kz"), Some(true));
        assert_eq!(mail("nobody", "a.kz"), None);
        let ip = |octets: &[u8], range: &[u8]| {
            within(&GeneralName::Ip(octets.to_vec()), &GeneralName::Ip(range.to_vec()))
        };
        let ten = [10, 0, 0, 0, 255, 0, 0, 0];
        assert_eq!(ip(&[10, 1, 2, 3], &ten), Some(true));
        assert_eq!(ip(&[11, 1, 2, 3], &ten), Some(false));
        assert_eq!(ip(&[10; 16], &ten), Some(false));
        assert_eq!(ip(&[10; 5], &ten), None);
    }

    #[test]
    fn directories() {
        let name = |parts: &[(&str, &str)]| Name::from_der(&issue::name(parts)).expect("name");
        let directory = |parts: &[(&str, &str)]| GeneralName::Directory(Box::new(name(parts)));
        let base = directory(&[(oid::COUNTRY, "KZ"), (oid::ORGANIZATION, "ҰЛТТЫҚ  орталық")]);
        let inside = directory(&[
            (oid::COUNTRY, "kz"),
            (oid::ORGANIZATION, "Ұлттық Орталық"),
            (oid::COMMON_NAME, "A"),
        ]);
        let outside = directory(&[(oid::COUNTRY, "kz"), (oid::COMMON_NAME, "A")]);
        assert_eq!(within(&inside, &base), Some(true));
        assert_eq!(within(&outside, &base), Some(false));
        let root = Name::from_der(&write::sequence::<&[u8]>(&[])).expect("name");
        let root = GeneralName::Directory(Box::new(root));
        assert_eq!(within(&outside, &root), Some(true));
    }

    #[test]
    fn what_cannot_be_compared_is_refused_where_its_kind_is_constrained() {
        let other = GeneralName::Other(0);
        assert_eq!(hold(&other, &[], &[]), Ok(()));
        assert!(matches!(hold(&other, &[], &[&other]), Err(NameFault::Incomparable(_))));
        assert!(matches!(hold(&other, &[&other], &[]), Err(NameFault::Incomparable(_))));
        assert!(hold(&GeneralName::Unreadable, &[], &[]).is_err());
    }
}
