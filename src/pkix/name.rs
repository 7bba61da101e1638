//! Distinguished names: comparing them, showing them, and finding the national numbers in them.

use std::{borrow::Cow, fmt, sync::OnceLock};

use unicode_normalization::UnicodeNormalization as _;

use crate::asn1::{Error, Reader, Tlv, oid, tag, write};

/// Attributes by the names they are shown with (RFC 4514 3, RFC 4519).
const ATTRIBUTES: &[(&str, &str)] = &[
    (oid::COMMON_NAME, "CN"),
    (oid::SURNAME, "SN"),
    (oid::SERIAL_NUMBER, "serialNumber"),
    (oid::COUNTRY, "C"),
    (oid::LOCALITY, "L"),
    (oid::STATE, "ST"),
    (oid::STREET, "STREET"),
    (oid::ORGANIZATION, "O"),
    (oid::ORGANIZATIONAL_UNIT, "OU"),
    (oid::BUSINESS_CATEGORY, "businessCategory"),
    (oid::GIVEN_NAME, "givenName"),
    (oid::EMAIL, "emailAddress"),
    (oid::USER_ID, "UID"),
    (oid::DOMAIN_COMPONENT, "DC"),
];

/// A distinguished name (RFC 5280 4.1.2.4), with the original bytes.
#[derive(Clone)]
pub struct Name {
    der: Vec<u8>,
    /// Read when they are asked for: mostly names are only compared.
    rdns: OnceLock<Vec<Vec<Attribute>>>,
    folded: OnceLock<Vec<Vec<Folded>>>,
    shown: OnceLock<String>,
}

#[derive(Clone, Debug)]
struct Attribute {
    oid: Cow<'static, str>,
    /// The text, or nothing when the value is of no string type.
    text: Option<String>,
    /// The value's DER, unless its text says all of it.
    raw: Vec<u8>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Folded {
    oid: Cow<'static, str>,
    text: Option<String>,
    raw: Vec<u8>,
}

impl Name {
    /// From the DER of a Name.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        walk(der, |_, _, _| {})?;
        Ok(Self { der: der.to_vec(), rdns: OnceLock::new(), folded: OnceLock::new(), shown: OnceLock::new() })
    }

    fn rdns(&self) -> &[Vec<Attribute>] {
        self.rdns.get_or_init(|| {
            let mut rdns: Vec<Vec<Attribute>> = Vec::new();
            let read = walk(&self.der, |rdn, name, value| {
                let oid = name.oid_text().unwrap_or_default();
                let text = text(value.tag, value.content);
                let raw = if text.as_deref().is_some_and(is_plain) { Vec::new() } else { value.raw.to_vec() };
                rdns.resize_with(rdns.len().max(rdn), Vec::new);
                if let Some(last) = rdns.last_mut() {
                    last.push(Attribute { oid, text, raw });
                }
            });
            rdns.resize_with(read.unwrap_or_default(), Vec::new);
            rdns
        })
    }

    /// From the text form (RFC 4514), attributes by name or dotted OID. The values become UTF8Strings, so
    /// the name is for comparing.
    ///
    /// # Errors
    /// When the text is no such form.
    pub fn from_rfc4514(text: &str) -> Result<Self, Error> {
        let mut rdns = Vec::new();
        for rdn in split(text, ',').into_iter().rev() {
            let attributes: Option<Vec<_>> = split(rdn, '+').into_iter().map(attribute).collect();
            rdns.push(write::set_of(attributes.ok_or(Error::Value { offset: 0 })?));
        }
        Self::from_der(&write::sequence(&rdns))
    }

    /// The original bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether the name has no attributes.
    pub fn is_empty(&self) -> bool {
        self.rdns().is_empty()
    }

    /// Text form, last attribute first (RFC 4514).
    pub fn to_rfc4514(&self) -> String {
        self.shown.get_or_init(|| self.show()).clone()
    }

    fn show(&self) -> String {
        let mut shown = String::with_capacity(self.der.len() * 2);
        for (at, rdn) in self.rdns().iter().rev().enumerate() {
            shown.push_str(if at > 0 { "," } else { "" });
            for (at, attribute) in rdn.iter().enumerate() {
                shown.push_str(if at > 0 { "+" } else { "" });
                attribute.show(&mut shown);
            }
        }
        shown
    }

    /// First value of the attribute with this dotted OID.
    pub fn attribute(&self, oid: &str) -> Option<&str> {
        let found = self.rdns().iter().flatten().find(|a| a.oid == oid && a.text.is_some())?;
        found.text.as_deref()
    }

    /// Every value of the attribute with this dotted OID.
    pub(super) fn values(&self, oid: &'static str) -> impl Iterator<Item = &str> {
        self.rdns().iter().flatten().filter(move |a| a.oid == oid).filter_map(|a| a.text.as_deref())
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

    /// Whether both name the same entity: equal bytes, else equal by RFC 5280 7.1 (same order of RDNs,
    /// values prepared by RFC 4518, string types not told apart).
    pub fn matches(&self, other: &Self) -> bool {
        self.der == other.der
            || agree_plainly(&self.der, &other.der).unwrap_or_else(|| self.folded() == other.folded())
    }

    /// Whether the name begins with all RDNs of `base`, compared as in [`Name::matches`].
    pub fn is_within(&self, base: &Self) -> bool {
        self.folded().starts_with(base.folded())
    }

    fn folded(&self) -> &[Vec<Folded>] {
        self.folded.get_or_init(|| {
            self.rdns()
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
    fn show(&self, shown: &mut String) {
        let known = ATTRIBUTES.iter().find(|(oid, _)| *oid == self.oid);
        shown.push_str(known.map_or(&*self.oid, |(_, name)| name));
        shown.push('=');
        match &self.text {
            Some(text) if is_plain(text) && text.bytes().all(is_plainly_shown) => shown.push_str(text),
            Some(text) => shown.push_str(&escape(text)),
            None => {
                shown.push('#');
                self.raw.iter().for_each(|octet| shown.push_str(&format!("{octet:02x}")));
            }
        }
    }

    fn folded(&self) -> Folded {
        let text = self.text.as_deref().and_then(prepare);
        let raw = if text.is_some() { Vec::new() } else { self.raw.clone() };
        Folded { oid: self.oid.clone(), text, raw }
    }
}

/// Whether a text is of printable ASCII.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|octet| matches!(octet, b' '..=b'~'))
}

/// Of no character that has to be escaped anywhere.
fn is_plainly_shown(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-' | b'@' | b'/' | b':')
}

/// Goes through the attributes of a Name: shows each with the number of its RDN, from 1. How many RDNs there
/// are.
fn walk<'a>(der: &'a [u8], mut see: impl FnMut(usize, Tlv<'a>, Tlv<'a>)) -> Result<usize, Error> {
    let mut sequence = Reader::single(der)?.expect(tag::SEQUENCE)?.reader();
    let mut count = 0;
    while !sequence.is_empty() {
        let rdn = sequence.take(tag::SET)?;
        // RFC 5280 4.1.2.4: SET SIZE (1..MAX).
        if rdn.content.is_empty() {
            return Err(Error::Value { offset: rdn.offset });
        }
        let mut set = rdn.reader();
        count += 1;
        while !set.is_empty() {
            let mut pair = set.take(tag::SEQUENCE)?.reader();
            let name = pair.take(tag::OID)?;
            name.oid_text()?;
            let value = pair.next()?;
            pair.finish()?;
            see(count, name, value);
        }
    }
    Ok(count)
}

/// Whether two names agree that are of the usual kind: single attributes of printable ASCII, of which nothing
/// needs to be prepared. `None` for others.
fn agree_plainly(one: &[u8], other: &[u8]) -> Option<bool> {
    let rdns = |der| Some(Reader::single(der).ok()?.reader());
    let (mut one, mut other) = (rdns(one)?, rdns(other)?);
    while !one.is_empty() && !other.is_empty() {
        let (own, others) = (plain(&mut one)?, plain(&mut other)?);
        if own.0 != others.0 || !own.1.eq(others.1) {
            // What follows may be of another kind; the names differ all the same.
            return Some(false);
        }
    }
    Some(one.is_empty() && other.is_empty())
}

/// The next RDN if it is a single attribute of printable ASCII: its identifier, and its text as [`prepare`]
/// makes it, in lower case, white space single and none at the ends.
fn plain<'a>(rdns: &mut Reader<'a>) -> Option<(&'a [u8], impl Iterator<Item = u8>)> {
    let mut set = rdns.next().ok()?.reader();
    let mut pair = set.next().ok()?.reader();
    let (name, value) = (pair.next().ok()?, pair.next().ok()?);
    let is_text = matches!(value.tag, tag::UTF8_STRING | tag::PRINTABLE_STRING | tag::IA5_STRING);
    let text = std::str::from_utf8(value.content).ok().filter(|text| is_text && is_plain(text))?;
    set.is_empty().then_some(())?;
    let words = text.split(' ').filter(|word| !word.is_empty());
    let spaced =
        words.enumerate().flat_map(|(at, word)| (at > 0).then_some(b' ').into_iter().chain(word.bytes()));
    Some((name.content, spaced.map(|octet| octet.to_ascii_lowercase())))
}

/// A text as it is compared (RFC 4518 2): what is not seen left out, case folded, compatibility forms made
/// one, white space single and none at the ends. `None` for a text with characters that have no meaning of
/// their own, which equals nothing but its own bytes.
fn prepare(text: &str) -> Option<String> {
    if text.chars().any(is_prohibited) {
        return None;
    }
    let mapped = text.chars().filter(|c| !is_unseen(*c)).map(|c| if c.is_whitespace() { ' ' } else { c });
    // Upper then lower is as near to full case folding as the standard library comes. It goes letter by letter: one
    // may become eighteen, and no copy of them all is made on the way.
    let folded = mapped.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    let mut prepared = String::with_capacity(text.len());
    for c in folded.nfkc() {
        match c.is_whitespace() {
            true if prepared.is_empty() || prepared.ends_with(' ') => {}
            true => prepared.push(' '),
            false => prepared.push(c),
        }
    }
    prepared.truncate(prepared.trim_end().len());
    Some(prepared)
}

/// RFC 4518 2.2: control and format characters, variation selectors, what has no width.
fn is_unseen(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(
            c,
            '\u{AD}'
                | '\u{34F}'
                | '\u{6DD}'
                | '\u{70F}'
                | '\u{1806}'
                | '\u{180B}'..='\u{180E}'
                | '\u{200B}'..='\u{200F}'
                | '\u{202A}'..='\u{202E}'
                | '\u{2060}'..='\u{2063}'
                | '\u{206A}'..='\u{206F}'
                | '\u{FE00}'..='\u{FE0F}'
                | '\u{FEFF}'
                | '\u{FFF9}'..='\u{FFFC}'
                | '\u{1D173}'..='\u{1D17A}'
                | '\u{E0001}'
                | '\u{E0020}'..='\u{E007F}'
        )
}

/// RFC 4518 2.4: private use, no characters, and the sign for what could not be read.
fn is_prohibited(c: char) -> bool {
    let code = u32::from(c);
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'.. | '\u{FFFD}' | '\u{FDD0}'..='\u{FDEF}')
        || code & 0xfffe == 0xfffe
}

/// The parts between separators that are not escaped.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut escaped = false;
    text.split(|c| {
        let separates = c == separator && !escaped;
        escaped = c == '\\' && !escaped;
        separates
    })
    .collect()
}

/// DER of an AttributeTypeAndValue from `type=value`.
fn attribute(text: &str) -> Option<Vec<u8>> {
    let (kind, value) = text.split_once('=')?;
    let kind = kind.trim();
    let known = ATTRIBUTES.iter().find(|(_, name)| name.eq_ignore_ascii_case(kind));
    let is_dotted = |text: &str| text.split('.').all(|arc| arc.parse::<u32>().is_ok()) && text.contains('.');
    let oid = match known {
        Some((oid, _)) => oid,
        None if is_dotted(kind) => kind,
        None => return None,
    };
    let value = match value.trim_start().strip_prefix('#') {
        Some(digits) => hexadecimal(digits.trim_end())?,
        None => write::utf8(&unescape(value)?),
    };
    Some(write::sequence(&[write::oid(oid), value]))
}

fn hexadecimal(digits: &str) -> Option<Vec<u8>> {
    let pairs = (0..digits.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()).collect()
}

/// A value without its escapes; a pair of digits is an octet of UTF-8. Spaces around it are kept, they do
/// not count in comparing.
fn unescape(value: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('\\') {
        octets.extend_from_slice(before.as_bytes());
        let escaped = after.chars().next()?;
        let octet = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let length = match octet {
            Some(octet) => {
                octets.push(octet);
                2
            }
            None => {
                octets.extend_from_slice(escaped.encode_utf8(&mut [0; 4]).as_bytes());
                escaped.len_utf8()
            }
        };
        rest = after.get(length..)?;
    }
    octets.extend_from_slice(rest.as_bytes());
    String::from_utf8(octets).ok()
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

pub(super) fn text(tag: u8, content: &[u8]) -> Option<String> {
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
