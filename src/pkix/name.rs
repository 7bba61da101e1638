//! Distinguished names: comparing them, showing them, and finding the national numbers in them.

use std::{fmt, sync::OnceLock};

use crate::asn1::{Error, Reader, oid, tag};

/// A distinguished name (RFC 5280 4.1.2.4), with the original bytes.
#[derive(Clone)]
pub struct Name {
    der: Vec<u8>,
    rdns: Vec<Vec<Attribute>>,
    folded: OnceLock<Vec<Vec<Folded>>>,
    shown: OnceLock<String>,
}

#[derive(Clone, Debug)]
struct Attribute {
    oid: String,
    /// The text, or nothing when the value is of no string type.
    text: Option<String>,
    raw: Vec<u8>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Folded {
    oid: String,
    text: Option<String>,
    raw: Vec<u8>,
}

impl Name {
    /// From the DER of a Name.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let mut rdns = Vec::new();
        let mut sequence = Reader::single(der)?.expect(tag::SEQUENCE)?.reader();
        while !sequence.is_empty() {
            let mut set = sequence.take(tag::SET)?.reader();
            let mut rdn = Vec::new();
            while !set.is_empty() {
                let mut pair = set.take(tag::SEQUENCE)?.reader();
                let oid = pair.take(tag::OID)?.oid()?;
                let value = pair.next()?;
                pair.finish()?;
                rdn.push(Attribute { oid, text: text(value.tag, value.content), raw: value.raw.to_vec() });
            }
            rdns.push(rdn);
        }
        Ok(Self { der: der.to_vec(), rdns, folded: OnceLock::new(), shown: OnceLock::new() })
    }

    /// The original bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether the name has no attributes.
    pub fn is_empty(&self) -> bool {
        self.rdns.is_empty()
    }

    /// Text form, last attribute first (RFC 4514).
    pub fn to_rfc4514(&self) -> String {
        self.shown.get_or_init(|| self.show()).clone()
    }

    fn show(&self) -> String {
        let rdn = |attributes: &Vec<Attribute>| {
            attributes.iter().map(Attribute::to_rfc4514).collect::<Vec<_>>().join("+")
        };
        self.rdns.iter().rev().map(rdn).collect::<Vec<_>>().join(",")
    }

    /// First value of the attribute with this dotted OID.
    pub fn attribute(&self, oid: &str) -> Option<&str> {
        let found = self.rdns.iter().flatten().find(|a| a.oid == oid && a.text.is_some())?;
        found.text.as_deref()
    }

    fn values(&self, oid: &'static str) -> impl Iterator<Item = &str> {
        self.rdns.iter().flatten().filter(move |a| a.oid == oid).filter_map(|a| a.text.as_deref())
    }

    /// CN
    pub fn common_name(&self) -> Option<&str> {
        self.attribute(oid::COMMON_NAME)
    }

    /// Individual identification number: twelve digits after `IIN` in serialNumber.
    pub fn iin(&self) -> Option<&str> {
        self.iin_claims().find(|number| is_twelve_digits(number))
    }

    /// Business identification number: twelve digits after `BIN` in OU, else in serialNumber.
    pub fn bin(&self) -> Option<&str> {
        self.bin_claims().find(|number| is_twelve_digits(number))
    }

    /// What stands where an IIN belongs, digits or not: all after `IIN` in serialNumber.
    pub fn iin_claims(&self) -> impl Iterator<Item = &str> {
        self.values(oid::SERIAL_NUMBER).filter_map(|value| value.trim().strip_prefix("IIN"))
    }

    /// What stands where a BIN belongs, digits or not: all after `BIN` in OU and in serialNumber. A
    /// department may have a name that begins with these letters, so in OU a digit must follow.
    pub fn bin_claims(&self) -> impl Iterator<Item = &str> {
        let units = self.values(oid::ORGANIZATIONAL_UNIT).filter_map(after_bin);
        units
            .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            .chain(self.values(oid::SERIAL_NUMBER).filter_map(after_bin))
    }

    /// O
    pub fn organization(&self) -> Option<&str> {
        self.attribute(oid::ORGANIZATION)
    }

    /// C
    pub fn country(&self) -> Option<&str> {
        self.attribute(oid::COUNTRY)
    }

    /// SN
    pub fn surname(&self) -> Option<&str> {
        self.attribute(oid::SURNAME)
    }

    /// G. National certificates put the patronymic here.
    pub fn given_name(&self) -> Option<&str> {
        self.attribute(oid::GIVEN_NAME)
    }

    /// E
    pub fn email(&self) -> Option<&str> {
        self.attribute(oid::EMAIL)
    }

    /// Whether both name the same entity: equal bytes, else equal by RFC 5280 7.1 (same order of
    /// RDNs, case folded, white space compressed, string types not told apart).
    pub fn matches(&self, other: &Self) -> bool {
        self.der == other.der || (self.rdns.len() == other.rdns.len() && self.folded() == other.folded())
    }

    fn folded(&self) -> &[Vec<Folded>] {
        self.folded.get_or_init(|| {
            self.rdns
                .iter()
                .map(|rdn| {
                    let mut set: Vec<Folded> = rdn.iter().map(Attribute::folded).collect();
                    set.sort();
                    set
                })
                .collect()
        })
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Name {}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({:?})", self.to_rfc4514())
    }
}

impl Attribute {
    fn to_rfc4514(&self) -> String {
        let key = match self.oid.as_str() {
            oid::COMMON_NAME => "CN",
            oid::SURNAME => "SN",
            oid::SERIAL_NUMBER => "serialNumber",
            oid::COUNTRY => "C",
            oid::LOCALITY => "L",
            oid::STATE => "ST",
            oid::STREET => "STREET",
            oid::ORGANIZATION => "O",
            oid::ORGANIZATIONAL_UNIT => "OU",
            oid::BUSINESS_CATEGORY => "businessCategory",
            oid::GIVEN_NAME => "givenName",
            oid::EMAIL => "emailAddress",
            oid::USER_ID => "UID",
            oid::DOMAIN_COMPONENT => "DC",
            other => other,
        };
        match &self.text {
            Some(text) => format!("{key}={}", escape(text)),
            None => {
                let hex: String = self.raw.iter().map(|b| format!("{b:02x}")).collect();
                format!("{key}=#{hex}")
            }
        }
    }

    fn folded(&self) -> Folded {
        let text = self.text.as_ref().map(|text| {
            // Upper then lower is as near to full case folding as the standard library comes.
            let folded = text.to_uppercase().to_lowercase();
            folded.split_whitespace().collect::<Vec<_>>().join(" ")
        });
        let raw = if text.is_some() { Vec::new() } else { self.raw.clone() };
        Folded { oid: self.oid.clone(), text, raw }
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let last = text.chars().count().saturating_sub(1);
    for (i, c) in text.chars().enumerate() {
        match c {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' => out.extend(['\\', c]),
            '#' if i == 0 => out.extend(['\\', c]),
            ' ' if i == 0 || i == last => out.extend(['\\', c]),
            c if c.is_ascii_control() => out.push_str(&format!("\\{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

fn after_bin(value: &str) -> Option<&str> {
    value.trim().strip_prefix("BIN")
}

fn is_twelve_digits(number: &str) -> bool {
    number.len() == 12 && number.bytes().all(|b| b.is_ascii_digit())
}

fn text(tag: u8, content: &[u8]) -> Option<String> {
    match tag {
        tag::UTF8_STRING | tag::PRINTABLE_STRING | tag::IA5_STRING => {
            std::str::from_utf8(content).ok().map(str::to_owned)
        }
        tag::TELETEX_STRING => Some(content.iter().map(|b| char::from(*b)).collect()),
        tag::BMP_STRING => {
            let units = content.chunks_exact(2).map(|c| c.iter().fold(0u16, |n, b| (n << 8) | u16::from(*b)));
            char::decode_utf16(units).collect::<Result<_, _>>().ok()
        }
        tag::UNIVERSAL_STRING => content
            .chunks_exact(4)
            .map(|c| char::from_u32(c.iter().fold(0u32, |n, b| (n << 8) | u32::from(*b))))
            .collect(),
        _ => None,
    }
}
