//! Where something may be fetched from. Certificates name addresses, and whoever makes a document chooses
//! its certificates; so nothing counts but hosts that the operator allowed by their exact name, on the
//! usual ports or on the one that was allowed with the name.

use std::net::IpAddr;

use url::{Host, Url};

use super::Outcome;
use super::address::is_public;

/// Hosts of the national authorities: their certificates, lists, responders and timestamps.
pub const NATIONAL_HOSTS: [&str; 7] = [
    "pki.gov.kz",
    "root.gov.kz",
    "crl.pki.gov.kz",
    "crl.root.gov.kz",
    "ocsp.pki.gov.kz",
    "tsp.pki.gov.kz",
    "test.pki.gov.kz",
];

/// A host that may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost {
    name: String,
    /// `None`: 80 for http and 443 for https.
    port: Option<u16>,
    private: bool,
}

/// The name is not that of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a host is expected, HOST or HOST:PORT")]
pub struct NoHost;

impl AllowedHost {
    /// From `HOST` or `HOST:PORT`; `private` lets its addresses be private or loopback ones.
    ///
    /// # Errors
    /// [`NoHost`].
    pub fn new(text: &str, private: bool) -> Result<Self, NoHost> {
        if text.contains(['/', '@', '?', '#', '\\']) || text.chars().any(char::is_whitespace) {
            return Err(NoHost);
        }
        let url = Url::parse(&format!("http://{text}/")).map_err(|_| NoHost)?;
        let name = url.host_str().filter(|name| !name.is_empty()).ok_or(NoHost)?;
        Ok(Self { name: name.to_owned(), port: url.port(), private })
    }

    /// The host of a URL, at its port.
    pub fn of_url(url: &str) -> Option<Self> {
        let url = Url::parse(url).ok()?;
        Some(Self { name: url.host_str()?.to_owned(), port: url.port(), private: false })
    }

    /// The host of a URL that the operator names, at its port, whatever addresses it has.
    pub fn of_own_url(url: &str) -> Option<Self> {
        Self::of_url(url).map(|host| Self { private: true, ..host })
    }

    /// Whether it is an address of this machine alone; a name is none, as it may lead elsewhere.
    pub fn is_loopback(&self) -> bool {
        let address = self.name.trim_matches(['[', ']']).parse::<IpAddr>();
        address.is_ok_and(|address| address.is_loopback())
    }

    fn allows(&self, url: &Url) -> bool {
        url.host_str() == Some(self.name.as_str()) && url.port() == self.port
    }
}

/// An address that may be asked.
#[derive(Clone, Debug)]
pub(super) struct Place {
    url: Url,
    host: String,
    port: u16,
    /// Entries of the allow-list that let it be asked have this in common.
    private: bool,
}

impl Place {
    /// The place that a URL names, if some host of the list is it.
    pub(super) fn new(url: &str, allowed: &[AllowedHost]) -> Result<Self, Outcome> {
        let mut url = Url::parse(url).map_err(|_| Outcome::BadUrl)?;
        if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some()
        {
            return Err(Outcome::BadUrl);
        }
        url.set_fragment(None);
        let (Some(host), Some(port)) = (url.host_str().map(str::to_owned), url.port_or_known_default())
        else {
            return Err(Outcome::BadUrl);
        };
        let mut allowing = allowed.iter().filter(|entry| entry.allows(&url)).peekable();
        if allowing.peek().is_none() {
            return Err(Outcome::HostNotAllowed);
        }
        let private = allowing.any(|entry| entry.private);
        Ok(Self { url, host, port, private })
    }

    /// The host as it is asked for; an IPv6 address in brackets.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The URL without a fragment, for the key of a cache.
    pub(super) fn url(&self) -> &str {
        self.url.as_str()
    }

    /// The value of the Host field (RFC 9110 7.2).
    pub(super) fn authority(&self) -> String {
        match self.url.port() {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// What stands in the request line: the path, and the query if there is one.
    pub(super) fn target(&self) -> String {
        match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_owned(),
        }
    }

    /// The same place with the base64 of an OCSP request as the last part of its path (RFC 6960 A.1);
    /// `None` where the address has a query.
    pub(super) fn with_request(&self, base64: &str) -> Option<Self> {
        if self.url.query().is_some() {
            return None;
        }
        let mut place = self.clone();
        let path = self.url.path();
        let slash = if path.ends_with('/') { "" } else { "/" };
        place.url.set_path(&format!("{path}{slash}{base64}"));
        Some(place)
    }

    /// The address in the URL, where it has one instead of a name. Every spelling of IPv4 that the
    /// operating system would understand is understood here first (WHATWG URL, 3.5).
    pub(super) fn literal(&self) -> Option<IpAddr> {
        match self.url.host()? {
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
            Host::Domain(_) => None,
        }
    }

    /// Whether a connection may go to this address.
    pub(super) fn admits(&self, address: IpAddr) -> bool {
        self.private || is_public(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn national() -> Vec<AllowedHost> {
        NATIONAL_HOSTS.iter().map(|host| AllowedHost::new(host, false).expect("a host")).collect()
    }

    fn refused(url: &str, allowed: &[AllowedHost]) -> Outcome {
        Place::new(url, allowed).expect_err(url)
    }

    #[test]
    fn only_allowed_hosts_are_places() {
        let national = national();
        for url in [
            "http://crl.pki.gov.kz/nca_gost_2022.crl",
            " http://pki.gov.kz/cert/nca_gost_2022.cer",
            "http://OCSP.PKI.GOV.KZ",
            "http://ocsp.pki.gov.kz:80/",
            "https://pki.gov.kz:443/",
        ] {
            assert!(Place::new(url, &national).is_ok(), "{url}");
        }
        for url in [
            "http://example.com/",
            "http://crl.pki.gov.kz.example.com/",
            "http://xcrl.pki.gov.kz/",
            "http://gov.kz/",
            "http://crl.pki.gov.kz./",
            "http://crl.pki.gov.kz:8080/",
            "http://crl.pki.gov.kz:443/",
            "http://127.0.0.1/",
            "http://example.com\\@crl.pki.gov.kz/",
        ] {
            assert_eq!(refused(url, &national), Outcome::HostNotAllowed, "{url}");
        }
        for url in [
            "ldap://crl.pki.gov.kz/cn=x",
            "file:///etc/passwd",
            "ftp://pki.gov.kz/",
            "http://user@pki.gov.kz/",
            "http://user:password@pki.gov.kz/",
            "http://:password@pki.gov.kz/",
            "pki.gov.kz/x",
            "",
            "http://",
        ] {
            assert_eq!(refused(url, &national), Outcome::BadUrl, "{url}");
        }
    }

    #[test]
    fn a_port_is_allowed_with_its_host_only() {
        let allowed = [AllowedHost::new("pki.example:8080", false).expect("a host")];
        assert!(Place::new("http://pki.example:8080/x", &allowed).is_ok());
        assert_eq!(refused("http://pki.example/x", &allowed), Outcome::HostNotAllowed);
        assert_eq!(refused("http://pki.example:8081/x", &allowed), Outcome::HostNotAllowed);
        for text in ["", "a/b", "u@h", "h:99999", "h?x", "a b", "h\\x"] {
            assert_eq!(AllowedHost::new(text, false), Err(NoHost), "{text}");
        }
    }

    #[test]
    fn loopback_is_told_by_the_address() {
        for (url, is_loopback) in [
            ("http://127.0.0.1:81/x", true),
            ("http://127.9:81/", true),
            ("http://[::1]/", true),
            ("http://localhost:81/", false),
            ("http://127.0.0.1.example.kz/", false),
            ("http://10.0.0.1/", false),
            ("http://8.8.8.8/", false),
        ] {
            let host = AllowedHost::of_own_url(url).expect(url);
            assert_eq!(host.is_loopback(), is_loopback, "{url}");
        }
    }

    #[test]
    fn every_spelling_of_an_address_is_the_address() {
        let open = [AllowedHost::new("127.0.0.1:81", false).expect("a host")];
        let loopback: IpAddr = "127.0.0.1".parse().expect("an address");
        for host in ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001"]
        {
            let place = Place::new(&format!("http://{host}:81/"), &open).expect(host);
            assert_eq!(place.literal(), Some(loopback), "{host}");
            assert!(!place.admits(loopback), "{host}");
        }
        let mapped = [AllowedHost::new("[::ffff:127.0.0.1]", false).expect("a host")];
        let place = Place::new("http://[::ffff:7f00:1]/", &mapped).expect("a place");
        assert!(!place.admits(place.literal().expect("an address")));
        let private = [AllowedHost::new("127.0.0.1:81", true).expect("a host")];
        assert!(Place::new("http://127.1:81/", &private).expect("a place").admits(loopback));
    }

    #[test]
    fn the_request_of_a_get_is_escaped() {
        let national = national();
        let place = |url| Place::new(url, &national).expect(url);
        let target = |url, base64| place(url).with_request(base64).map(|place| place.target());
        let escaped = super::super::ocsp::escape("a+b/c=");
        assert_eq!(target("http://ocsp.pki.gov.kz", &escaped).as_deref(), Some("/a%2Bb%2Fc%3D"));
        assert_eq!(target("http://test.pki.gov.kz/ocsp/", &escaped).as_deref(), Some("/ocsp/a%2Bb%2Fc%3D"));
        assert_eq!(target("http://test.pki.gov.kz/ocsp", "x").as_deref(), Some("/ocsp/x"));
        assert_eq!(target("http://test.pki.gov.kz/ocsp?a=b", "x"), None);
    }
}
