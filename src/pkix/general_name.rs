//! Names of the kinds that GeneralName has (RFC 5280 4.2.1.6), and the subtrees of nameConstraints
//! (4.2.1.10) that are written with them.
//!
//! A name is read so far as a constraint can bear on it. Of the kinds for which the RFC defines no
//! subtree only the kind is kept. Whether a name is within a subtree is decided in
//! [`super::path`], not here.

use std::fmt;

use super::Name;
use crate::asn1::{Error, Reader, Tlv, oid, tag};

/// One alternative name, or the base of a subtree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GeneralName {
    /// rfc822Name, also SmtpUTF8Mailbox (RFC 9598): the domain in lower case.
    Email(String),
    /// dNSName in lower case.
    Dns(String),
    /// directoryName, apart, so that the other kinds take no more than they need.
    Directory(Box<Name>),
    /// uniformResourceIdentifier as it stands; as a base, a host in lower case.
    Uri(String),
    /// iPAddress: 4 or 16 octets; as a base, address and mask, 8 or 32.
    Ip(Vec<u8>),
    /// Any other kind, by the number of its context tag.
    Other(u8),
    /// What stands in place of alternative names that cannot be read.
    Unreadable,
}

impl GeneralName {
    /// The number of the context tag, which tells the kinds apart.
    pub fn kind(&self) -> u8 {
        match self {
            Self::Email(_) => 1,
            Self::Dns(_) => 2,
            Self::Directory(_) => 4,
            Self::Uri(_) => 6,
            Self::Ip(_) => 7,
            Self::Other(kind) => *kind,
            Self::Unreadable => u8::MAX,
        }
    }

    /// How long it is, about.
    pub(super) fn octets(&self) -> usize {
        match self {
            Self::Email(text) | Self::Dns(text) | Self::Uri(text) => text.len(),
            Self::Directory(name) => name.der().len(),
            Self::Ip(octets) => octets.len(),
            Self::Other(_) | Self::Unreadable => 0,
        }
    }

    /// The names of a GeneralNames, at least one.
    pub(super) fn all(sequence: Tlv<'_>) -> Result<Vec<Self>, Error> {
        let mut items = sequence.expect(tag::SEQUENCE)?.reader();
        let mut names = Vec::new();
        while !items.is_empty() {
            names.push(Self::read(items.next()?)?);
        }
        if names.is_empty() { Err(Error::Value { offset: sequence.offset }) } else { Ok(names) }
    }

    /// A mailbox, of which only the domain ignores case (RFC 5280 7.5).
    pub(super) fn email(mailbox: &str) -> Self {
        Self::Email(match mailbox.rsplit_once('@') {
            Some((local, domain)) => format!("{local}@{}", domain.to_ascii_lowercase()),
            None => mailbox.to_ascii_lowercase(),
        })
    }

    fn read(item: Tlv<'_>) -> Result<Self, Error> {
        let text = || ia5(item);
        Ok(match item.tag {
            tag::OTHER_NAME => {
                let mut fields = item.reader();
                let kind = fields.take(tag::OID)?.oid()?;
                let value = fields.take(tag::context_constructed(0))?;
                if kind == oid::SMTP_UTF8_MAILBOX {
                    let mailbox = Reader::single(value.content)?.expect(tag::UTF8_STRING)?;
                    let mailbox = std::str::from_utf8(mailbox.content);
                    return mailbox.map(Self::email).map_err(|_| Error::Value { offset: item.offset });
                }
                Self::Other(0)
            }
            tag::RFC822_NAME => Self::email(text()?),
            tag::DNS_NAME => Self::Dns(text()?.to_ascii_lowercase()),
            tag::DIRECTORY_NAME => Self::Directory(Box::new(Name::from_der(item.content)?)),
            tag::URI => Self::Uri(text()?.to_owned()),
            tag::IP_ADDRESS => Self::Ip(item.content.to_vec()),
            // x400Address, ediPartyName, registeredID.
            0xa3 | 0xa5 | 0x88 => Self::Other(item.tag & 0x1f),
            found => return Err(Error::Tag { found, offset: item.offset }),
        })
    }
}

/// What is given as a subtree is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "a subtree is dns:DOMAIN, email:ADDRESS|HOST|.DOMAIN, uri:HOST|.DOMAIN, ip:ADDRESS/LENGTH, or dn: with a \
     name as it is shown"
)]
pub struct NoSubtree;

impl std::str::FromStr for GeneralName {
    type Err = NoSubtree;

    /// The base of a subtree: its kind, a colon and its text. Kinds ignore case, and `dirName` is `dn`, as
    /// OpenSSL writes them.
    fn from_str(text: &str) -> Result<Self, NoSubtree> {
        let (kind, base) = text.split_once(':').ok_or(NoSubtree)?;
        let plain = || if base.is_ascii() { Ok(base.to_ascii_lowercase()) } else { Err(NoSubtree) };
        match kind.to_ascii_lowercase().as_str() {
            "dns" => Ok(Self::Dns(plain()?)),
            "email" => plain().map(|_| Self::email(base)),
            "uri" => Ok(Self::Uri(plain()?)),
            "ip" => range(base).map(Self::Ip).ok_or(NoSubtree),
            "dn" | "dirname" => {
                Name::from_rfc4514(base).map(|name| Self::Directory(Box::new(name))).map_err(|_| NoSubtree)
            }
            _ => Err(NoSubtree),
        }
    }
}

/// Address and mask from `address/length`.
fn range(text: &str) -> Option<Vec<u8>> {
    let (address, length) = text.split_once('/')?;
    let mut octets = match address.parse().ok()? {
        core::net::IpAddr::V4(address) => address.octets().to_vec(),
        core::net::IpAddr::V6(address) => address.octets().to_vec(),
    };
    let length: usize = length.parse().ok()?;
    let bits = octets.len() * 8;
    if length > bits {
        return None;
    }
    for at in (0..bits).step_by(8) {
        octets.push((at..at + 8).fold(0, |octet, bit| (octet << 1) | u8::from(bit < length)));
    }
    Some(octets)
}

fn ia5(item: Tlv<'_>) -> Result<&str, Error> {
    match std::str::from_utf8(item.content) {
        Ok(text) if text.is_ascii() => Ok(text),
        _ => Err(Error::Value { offset: item.offset }),
    }
}

impl fmt::Display for GeneralName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(text) => write!(f, "email:{text}"),
            Self::Dns(text) => write!(f, "dns:{text}"),
            Self::Uri(text) => write!(f, "uri:{text}"),
            Self::Directory(name) => write!(f, "dn:{}", name.to_rfc4514()),
            Self::Ip(octets) => match <[u8; 4]>::try_from(octets.as_slice()) {
                Ok(octets) => write!(f, "ip:{}", core::net::Ipv4Addr::from(octets)),
                Err(_) => match <[u8; 16]>::try_from(octets.as_slice()) {
                    Ok(octets) => write!(f, "ip:{}", core::net::Ipv6Addr::from(octets)),
                    Err(_) => write!(f, "ip:{octets:02x?}"),
                },
            },
            Self::Other(kind) => write!(f, "[{kind}]"),
            Self::Unreadable => f.write_str("?"),
        }
    }
}

/// nameConstraints (RFC 5280 4.2.1.10): subtrees that all names below must, or must not, be within.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NameConstraints {
    /// Bases of permittedSubtrees.
    pub permitted: Vec<GeneralName>,
    /// Bases of excludedSubtrees.
    pub excluded: Vec<GeneralName>,
}

impl NameConstraints {
    /// Whether nothing is limited. Then a name that cannot be read is no fault.
    pub fn is_empty(&self) -> bool {
        self.permitted.is_empty() && self.excluded.is_empty()
    }

    /// Neither list, a minimum or a maximum, and a mask with gaps are errors: none of them is allowed
    /// in certificates of the RFC, and each would be guessed at.
    pub(super) fn read(outer: Tlv<'_>) -> Result<Self, Error> {
        let mut fields = outer.expect(tag::SEQUENCE)?.reader();
        let permitted = fields.optional(tag::context_constructed(0))?;
        let excluded = fields.optional(tag::context_constructed(1))?;
        fields.finish()?;
        if permitted.is_none() && excluded.is_none() {
            return Err(Error::Value { offset: outer.offset });
        }
        let bases = |list: Option<Tlv<'_>>| list.map_or(Ok(Vec::new()), subtrees);
        Ok(Self { permitted: bases(permitted)?, excluded: bases(excluded)? })
    }
}

fn subtrees(list: Tlv<'_>) -> Result<Vec<GeneralName>, Error> {
    let mut items = list.reader();
    let mut bases = Vec::new();
    while !items.is_empty() {
        let mut subtree = items.take(tag::SEQUENCE)?.reader();
        let item = subtree.next()?;
        // minimum 0 is the default, which DER does not write, but some authorities do.
        if let Some(minimum) = subtree.optional(tag::context(0))?
            && minimum.content != [0]
        {
            return Err(Error::Value { offset: minimum.offset });
        }
        subtree.finish()?;
        bases.push(match GeneralName::read(item)? {
            GeneralName::Ip(octets) if !is_range(&octets) => {
                return Err(Error::Value { offset: item.offset });
            }
            GeneralName::Uri(host) => GeneralName::Uri(host.to_ascii_lowercase()),
            base => base,
        });
    }
    if bases.is_empty() { Err(Error::Value { offset: list.offset }) } else { Ok(bases) }
}

/// Address and mask of one length, the mask without gaps (RFC 4632).
fn is_range(octets: &[u8]) -> bool {
    let (_, mask) = octets.split_at(octets.len() / 2);
    let ones: u32 = mask.iter().map(|octet| octet.count_ones()).sum();
    let mut leading = 0;
    for octet in mask {
        leading += octet.leading_ones();
        if *octet != 0xff {
            break;
        }
    }
    matches!(octets.len(), 8 | 32) && ones == leading
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::write;

    fn constraints(permitted: &[Vec<u8>]) -> Result<NameConstraints, Error> {
        let trees: Vec<_> = permitted.iter().map(|base| write::sequence(&[base])).collect();
        let der = write::sequence(&[write::context(0, &trees)]);
        NameConstraints::read(Reader::single(&der)?)
    }

    #[test]
    fn what_would_be_guessed_at_is_an_error() {
        let ip = |octets: &[u8]| constraints(&[write::context_primitive(7, octets)]).is_ok();
        assert!(ip(&[10, 0, 0, 0, 255, 0, 0, 0]) && ip(&[0; 8]) && ip(&[0; 32]));
        assert!(!ip(&[10, 0, 0, 0, 255, 0, 255, 0]) && !ip(&[10, 0, 0, 0]) && !ip(&[0; 7]));
        assert!(!ip(&[10, 0, 0, 0, 127, 255, 255, 255]));
        assert!(constraints(&[]).is_err(), "an empty list");
        let base = write::context_primitive(2, b"example.kz");
        let empty = write::sequence::<&[u8]>(&[]);
        assert!(NameConstraints::read(Reader::single(&empty).expect("DER")).is_err());
        for (number, octet, sound) in [(0, 0, true), (0, 1, false), (1, 0, false)] {
            let tree = write::sequence(&[base.clone(), write::context_primitive(number, &[octet])]);
            let der = write::sequence(&[write::context(1, &[tree])]);
            assert_eq!(NameConstraints::read(Reader::single(&der).expect("DER")).is_ok(), sound);
        }
        assert!(constraints(&[write::context_primitive(2, "ә.kz".as_bytes())]).is_err(), "no IA5String");
    }

    #[test]
    fn subtrees_are_given_as_text() {
        let base = |text: &str| text.parse::<GeneralName>();
        assert_eq!(base("dns:A.kz"), Ok(GeneralName::Dns("a.kz".into())));
        assert_eq!(base("DNS:a.kz"), base("dns:a.kz"));
        assert!(base("dirName:C=KZ").is_ok_and(|base| base.kind() == 4));
        assert_eq!(base("email:A@A.kz"), Ok(GeneralName::Email("A@a.kz".into())));
        assert_eq!(base("uri:.A.kz"), Ok(GeneralName::Uri(".a.kz".into())));
        assert_eq!(base("ip:10.1.0.0/12"), Ok(GeneralName::Ip(vec![10, 1, 0, 0, 255, 240, 0, 0])));
        let six = base("ip:fd00::/8").expect("a range");
        assert!(matches!(six, GeneralName::Ip(octets) if octets.len() == 32 && is_range(&octets)));
        let Ok(GeneralName::Directory(name)) = base("dn:O=Ұлттық \\, Орталық+OU=A,C=KZ") else {
            panic!("a name")
        };
        assert_eq!(name.to_rfc4514().rsplit_once(','), Some(("OU=A+O=Ұлттық \\, Орталық", "C=KZ")));
        assert!(matches!(base("dn:2.5.4.6=#13024b5a"), Ok(GeneralName::Directory(name))
            if name.country() == Some("KZ")));
        for wrong in [
            "",
            "a.kz",
            "dns",
            "dns:ә.kz",
            "ip:10.0.0.0",
            "ip:10.0.0.0/33",
            "ip:a/8",
            "dn:A",
            "dn:A=B",
            "dn:C=\\",
            "dn:C=\\ff",
            "dn:C=#1",
            "dn:CN=A,",
            "other:a",
        ] {
            assert_eq!(base(wrong), Err(NoSubtree), "{wrong}");
        }
    }

    #[test]
    fn domains_ignore_case_and_mailboxes_do_not() {
        let read = constraints(&[
            write::context_primitive(1, b"Root@Example.KZ"),
            write::context_primitive(2, b"Example.KZ"),
            write::context_primitive(6, b".Example.KZ"),
        ]);
        let expected = [
            GeneralName::Email("Root@example.kz".into()),
            GeneralName::Dns("example.kz".into()),
            GeneralName::Uri(".example.kz".into()),
        ];
        assert_eq!(read.expect("read").permitted, expected);
    }
}
