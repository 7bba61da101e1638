//! Reading DER element by element. Indefinite and non-minimal lengths are refused, tags above 30 do
//! not occur in what is read here, and nothing recurses: the caller descends as far as its type goes.

use std::borrow::Cow;

use jiff::{Timestamp, civil, tz::TimeZone};

use super::{Error, oid, tag};

/// One element: tag, content, and the whole encoding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tlv<'a> {
    /// Identifier octet.
    pub tag: u8,
    /// Content octets.
    pub content: &'a [u8],
    /// Identifier, length and content octets.
    pub raw: &'a [u8],
    /// Offset of the identifier octet in the outermost input.
    pub offset: usize,
}

impl<'a> Tlv<'a> {
    /// A reader over the content.
    pub fn reader(&self) -> Reader<'a> {
        let header = self.raw.len().saturating_sub(self.content.len());
        Reader { rest: self.content, offset: self.offset.saturating_add(header) }
    }

    /// `Ok` when the tag is `tag`.
    pub fn expect(self, tag: u8) -> Result<Self, Error> {
        if self.tag == tag { Ok(self) } else { Err(Error::Tag { found: self.tag, offset: self.offset }) }
    }

    /// Content of a BIT STRING without unused bits.
    pub fn bit_string(&self) -> Result<&'a [u8], Error> {
        match self.content.split_first() {
            Some((0, bits)) if self.tag == tag::BIT_STRING => Ok(bits),
            _ => Err(Error::Value { offset: self.offset }),
        }
    }

    /// Content octets of an INTEGER, of which there is at least one (X.690 8.3.1); more than are needed are
    /// borne.
    pub fn integer(&self) -> Result<&'a [u8], Error> {
        match self.tag {
            tag::INTEGER if !self.content.is_empty() => Ok(self.content),
            _ => Err(Error::Value { offset: self.offset }),
        }
    }

    /// Magnitude of a non-negative INTEGER in minimal form, without the sign octet (X.690 8.3.2).
    pub fn unsigned(&self) -> Result<&'a [u8], Error> {
        let bad = Err(Error::Value { offset: self.offset });
        if self.tag != tag::INTEGER {
            return bad;
        }
        match self.content {
            [0] => Ok(&[]),
            [0, next, ..] if *next < 0x80 => bad,
            [0, magnitude @ ..] => Ok(magnitude),
            [first, ..] if *first < 0x80 => Ok(self.content),
            _ => bad,
        }
    }

    /// OBJECT IDENTIFIER in dotted form.
    pub fn oid(&self) -> Result<String, Error> {
        let bad = Error::Value { offset: self.offset };
        if self.tag != tag::OID {
            return Err(bad);
        }
        decode_oid(self.content).ok_or(bad)
    }

    /// As [`Tlv::oid`], without writing out what is known well.
    pub fn oid_text(&self) -> Result<Cow<'static, str>, Error> {
        match oid::known(self.content).filter(|_| self.tag == tag::OID) {
            Some(known) => Ok(Cow::Borrowed(known)),
            None => self.oid().map(Cow::Owned),
        }
    }

    /// UTCTime or GeneralizedTime as RFC 5280 4.1.2.5 writes them: seconds, `Z`, no fraction.
    pub fn time(&self) -> Result<Timestamp, Error> {
        self.time_value().ok_or(Error::Value { offset: self.offset })
    }

    fn time_value(&self) -> Option<Timestamp> {
        let (year, rest) = match (self.tag, self.content) {
            (tag::UTC_TIME, [year @ .., _, _, _, _, _, _, _, _, _, _, b'Z']) if year.len() == 2 => {
                let year = i16::from(pair(year, 0)?);
                (if year < 50 { 2000 + year } else { 1900 + year }, self.content.get(2..)?)
            }
            (tag::GENERALIZED_TIME, [year @ .., _, _, _, _, _, _, _, _, _, _, b'Z']) if year.len() == 4 => {
                (i16::from(pair(year, 0)?) * 100 + i16::from(pair(year, 2)?), self.content.get(4..)?)
            }
            _ => return None,
        };
        let field = |at: usize| pair(rest, at);
        let moment =
            civil::DateTime::new(year, field(0)?, field(2)?, field(4)?, field(6)?, field(8)?, 0).ok()?;
        // RFC 5280 4.1.2.5: 9999-12-31 means "no end"; it lies past the last instant jiff has.
        Some(TimeZone::UTC.to_timestamp(moment).unwrap_or(Timestamp::MAX))
    }
}

/// The number that two digits are.
fn pair(text: &[u8], at: usize) -> Option<i8> {
    let [tens, ones] = *text.get(at..at.checked_add(2)?)? else { return None };
    let digit = |octet: u8| octet.is_ascii_digit().then(|| i8::try_from(octet - b'0').ok()).flatten();
    Some(digit(tens)? * 10 + digit(ones)?)
}

/// Reads elements one after another.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the beginning of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, offset: 0 }
    }

    /// The single element that fills `bytes`.
    pub fn single(bytes: &'a [u8]) -> Result<Tlv<'a>, Error> {
        let mut reader = Self::new(bytes);
        let tlv = reader.next()?;
        reader.finish()?;
        Ok(tlv)
    }

    /// Whether everything has been read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Offset of the next element.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// `Ok` when everything has been read.
    pub fn finish(&self) -> Result<(), Error> {
        if self.rest.is_empty() { Ok(()) } else { Err(Error::Trailing { offset: self.offset }) }
    }

    /// Tag of the next element.
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next element.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Tlv<'a>, Error> {
        let offset = self.offset;
        let truncated = Error::Truncated { offset };
        let length_error = Error::Length { offset };
        let (&tag, after_tag) = self.rest.split_first().ok_or(truncated)?;
        if tag & 0x1f == 0x1f {
            return Err(Error::Tag { found: tag, offset });
        }
        let (&first, mut after) = after_tag.split_first().ok_or(truncated)?;
        let length = if first < 0x80 {
            usize::from(first)
        } else {
            let count = usize::from(first & 0x7f);
            if count == 0 || count > 4 {
                return Err(length_error);
            }
            let (octets, rest) = after.split_at_checked(count).ok_or(truncated)?;
            after = rest;
            let value = octets.iter().fold(0usize, |sum, &b| (sum << 8) | usize::from(b));
            if value < 0x80 || octets.first() == Some(&0) {
                return Err(length_error);
            }
            value
        };
        let (content, rest) = after.split_at_checked(length).ok_or(truncated)?;
        let used = self.rest.len().saturating_sub(rest.len());
        let raw = self.rest.get(..used).ok_or(truncated)?;
        self.rest = rest;
        self.offset = offset.saturating_add(used);
        Ok(Tlv { tag, content, raw, offset })
    }

    /// The next element, which must have `tag`.
    pub fn take(&mut self, tag: u8) -> Result<Tlv<'a>, Error> {
        self.next()?.expect(tag)
    }

    /// The next element if it has `tag`.
    pub fn optional(&mut self, tag: u8) -> Result<Option<Tlv<'a>>, Error> {
        if self.peek() == Some(tag) { self.next().map(Some) } else { Ok(None) }
    }
}

/// Dotted form of the content octets of an OBJECT IDENTIFIER (X.690 8.19). Arcs have up to 128 bits, as
/// those of UUIDs do (X.667).
pub fn decode_oid(content: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(content.len().saturating_mul(3));
    let mut arc: u128 = 0;
    let mut open = false;
    for &byte in content {
        if !open && byte == 0x80 {
            return None;
        }
        arc = arc.checked_mul(128)?.checked_add(u128::from(byte & 0x7f))?;
        open = byte & 0x80 != 0;
        if open {
            continue;
        }
        if text.is_empty() {
            let (digit, before) = match arc {
                0..40 => ('0', 0),
                40..80 => ('1', 40),
                _ => ('2', 80),
            };
            text.push(digit);
            arc -= before;
        }
        text.push('.');
        match u64::try_from(arc) {
            Ok(small) => push_decimal(&mut text, small),
            Err(_) => text.push_str(&arc.to_string()),
        }
        arc = 0;
    }
    (!open && !text.is_empty()).then_some(text)
}

/// Digits without the formatter: every certificate has dozens of identifiers.
fn push_decimal(text: &mut String, number: u64) {
    if number >= 10 {
        push_decimal(text, number / 10);
    }
    text.push(char::from(b'0' + u8::try_from(number % 10).unwrap_or_default()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_der() {
        assert!(Reader::single(&[0x30, 0x80, 0, 0]).is_err());
        assert!(Reader::single(&[0x04, 0x81, 0x01, 0]).is_err());
        assert!(Reader::single(&[0x04, 0x02, 0]).is_err());
        assert!(Reader::single(&[0x04, 0x01, 0, 0]).is_err());
        assert_eq!(Reader::single(&[0x04, 0x01, 7]).map(|t| t.content), Ok(&[7u8][..]));
    }

    #[test]
    fn an_integer_has_octets() {
        let of = |der: &'static [u8]| Reader::single(der).and_then(|value| value.integer());
        assert_eq!(of(&[2, 2, 0, 1]), Ok(&[0, 1][..]));
        assert!(of(&[2, 0]).is_err() && of(&[4, 1, 1]).is_err());
    }

    #[test]
    fn oid_round_trip() {
        for dotted in ["1.2.398.3.3.4.1.2.1", "2.5.29.15", "2.999.1", "0.9.2342.19200300.100.1.25"] {
            let der = super::super::write::oid(dotted);
            assert_eq!(Reader::single(&der).and_then(|t| t.oid()).as_deref(), Ok(dotted));
        }
    }

    #[test]
    fn arcs_are_those_of_uuids_and_no_longer() {
        let uuid = [&[0x69, 0x83][..], &[0xff; 17], &[0x7f]].concat();
        assert_eq!(decode_oid(&uuid), Some(format!("2.25.{}", u128::MAX)));
        assert_eq!(decode_oid(&[&[0x69, 0x84, 0x80][..], &[0x80; 16], &[0]].concat()), None);
        assert_eq!(decode_oid(&[0x55, 0x1d, 0x80, 0x13]), None, "padded");
    }

    #[test]
    fn times() {
        let of = |tag, text: &[u8]| Tlv { tag, content: text, raw: text, offset: 0 }.time();
        assert_eq!(
            of(tag::UTC_TIME, b"260101000000Z").map(|t| t.to_string()).as_deref(),
            Ok("2026-01-01T00:00:00Z")
        );
        assert_eq!(
            of(tag::UTC_TIME, b"500101000000Z").map(|t| t.to_string()).as_deref(),
            Ok("1950-01-01T00:00:00Z")
        );
        assert_eq!(of(tag::GENERALIZED_TIME, b"99991231235959Z"), Ok(Timestamp::MAX));
        assert!(of(tag::UTC_TIME, b"2601010000Z").is_err());
        assert!(of(tag::UTC_TIME, b"261301000000Z").is_err());
        assert!(of(tag::GENERALIZED_TIME, b"20260101000000.5Z").is_err());
    }
}
