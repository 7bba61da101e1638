//! Whom may be asked: hosts on the operator's list, at addresses of the open network. A name on the list
//! that leads to an address inside, by mistake or by rebinding, is refused, and the connection is made to
//! the very address that was looked at.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::FetchError;

/// The list, and whether addresses inside are allowed.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    pub(super) hosts: Vec<String>,
    pub(super) allow_private: bool,
}

/// That a name leads to an address that must not be asked.
#[derive(Debug, thiserror::Error)]
#[error("the address is not of the open network")]
pub(super) struct Inside;

impl Guard {
    /// The URL, if it may be asked: http, without user or fragment, of a host on the list at the port that
    /// the list has, and, where it is an address itself, at one that is open.
    pub(super) fn allow(&self, url: &str) -> Result<Url, FetchError> {
        let parsed = Url::parse(url).map_err(|_| FetchError::NotAllowed)?;
        let plain = parsed.scheme() == "http" && parsed.username().is_empty() && parsed.password().is_none();
        let host = parsed.host_str().unwrap_or_default().to_ascii_lowercase();
        let port = parsed.port_or_known_default().unwrap_or_default();
        let is_listed = self.hosts.iter().any(|known| {
            let known = known.to_ascii_lowercase();
            match port {
                80 => known == host || known == format!("{host}:80"),
                _ => known == format!("{host}:{port}"),
            }
        });
        if !plain || !is_listed {
            return Err(FetchError::NotAllowed);
        }
        // The parser has made every spelling of an address, decimal, octal, hexadecimal, into one.
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        if literal.is_ok_and(|address| !self.allow_private && !is_open(address)) {
            return Err(FetchError::Private);
        }
        Ok(parsed)
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            // One address inside is enough: which of them is taken is not ours to say.
            if !allow_private && !found.iter().all(|address| is_open(address.ip())) {
                return Err(Inside.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Whether an address belongs to the open network, by the registries of special-purpose addresses
/// (RFC 6890 and its successors).
fn is_open(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_open_v4(address),
        IpAddr::V6(address) => is_open_v6(address),
    }
}

fn is_open_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        // Shared between providers (RFC 6598), protocol assignments, benchmarks, relays of 6to4.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19))
        || (a == 192 && b == 88 && c == 99);
    !special
}

fn is_open_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4() {
        // Mapped and compatible ones lead where the inner address does.
        return is_open_v4(inner);
    }
    let [first, second, ..] = address.segments();
    // Global unicast is 2000::/3; in it stand documentation, 6to4 and Teredo, which lead elsewhere.
    let is_global = first & 0xe000 == 0x2000;
    let special = (first == 0x2001 && (second == 0x0db8 || second < 0x0200))
        || first == 0x2002
        || (first == 0x3fff && second < 0x1000);
    // 64:ff9b::/96 translates to IPv4 and is not global unicast.
    is_global && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_inside_are_told() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "198.18.0.1",
            "192.0.0.8",
            "240.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2001::1",
            "::7f00:1",
            "3fff::1",
        ] {
            assert!(!is_open(inside.parse().expect("an address")), "{inside}");
        }
        for open in ["8.8.8.8", "195.12.113.28", "2a00:1450:4001:81b::200e", "100.128.0.1", "172.32.0.1"] {
            assert!(is_open(open.parse().expect("an address")), "{open}");
        }
    }

    #[test]
    fn only_what_is_listed_may_be_asked() {
        let hosts = ["crl.pki.gov.kz", "127.0.0.1", "lists.test:8080", "[::1]"].map(str::to_owned).to_vec();
        let guard = Guard { hosts, allow_private: false };
        let code = |url: &str| guard.allow(url).map(|_| ()).map_err(|error| error.code());
        assert_eq!(code("http://crl.pki.gov.kz/a.crl"), Ok(()));
        assert_eq!(code("http://CRL.pki.gov.kz:80/a.crl"), Ok(()));
        assert_eq!(code("http://lists.test:8080/"), Ok(()));
        for url in [
            "http://crl.pki.gov.kz:8080/a.crl",
            "https://crl.pki.gov.kz/a.crl",
            "ldap://crl.pki.gov.kz/a",
            "file:///etc/passwd",
            "http://user@crl.pki.gov.kz/",
            "http://crl.pki.gov.kz.evil.test/",
            "http://evil.test/crl.pki.gov.kz",
            "http://evil.test#@crl.pki.gov.kz/",
            "http://lists.test/",
            "crl.pki.gov.kz/a.crl",
            "",
        ] {
            assert_eq!(code(url), Err("host"), "{url}");
        }
        // Listed, but an address inside, however it is spelt.
        for url in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://[::1]/",
        ] {
            assert_eq!(code(url), Err("private"), "{url}");
        }
        let open = Guard { allow_private: true, ..guard };
        assert!(open.allow("http://127.0.0.1/").is_ok());
    }
}
