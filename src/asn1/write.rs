//! Writing DER: every function returns one whole element.

use jiff::{Timestamp, tz::TimeZone};

use super::tag;

/// An element of `tag` around the concatenation of `parts`.
pub fn tlv<P: AsRef<[u8]>>(tag: u8, parts: &[P]) -> Vec<u8> {
    let length: usize = parts.iter().map(|p| p.as_ref().len()).sum();
    let mut out = Vec::with_capacity(length.saturating_add(header_len(length)));
    header(tag, length, &mut out);
    for part in parts {
        out.extend_from_slice(part.as_ref());
    }
    out
}

/// Identifier octet and shortest length octets (X.690 10.1).
pub(super) fn header(tag: u8, length: usize, out: &mut Vec<u8>) {
    out.push(tag);
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let octets = length.to_be_bytes();
            let skip = octets.iter().take_while(|b| **b == 0).count();
            let count = octets.len().saturating_sub(skip);
            out.push(0x80 | u8::try_from(count).unwrap_or(8));
            out.extend(octets.iter().skip(skip));
        }
    }
}

/// How many octets [`header`] writes.
pub(super) fn header_len(length: usize) -> usize {
    let zeros = usize::try_from(length.leading_zeros() / 8).unwrap_or(0);
    if length < 0x80 { 2 } else { 2 + size_of::<usize>().saturating_sub(zeros) }
}

/// SEQUENCE of already encoded elements.
pub fn sequence<P: AsRef<[u8]>>(parts: &[P]) -> Vec<u8> {
    tlv(tag::SEQUENCE, parts)
}

/// SET OF already encoded elements, in DER order (X.690 11.6).
pub fn set_of(mut parts: Vec<Vec<u8>>) -> Vec<u8> {
    parts.sort();
    tlv(tag::SET, &parts)
}

/// `[number] EXPLICIT` or a constructed implicit type.
pub fn context<P: AsRef<[u8]>>(number: u8, parts: &[P]) -> Vec<u8> {
    tlv(tag::context_constructed(number), parts)
}

/// `[number] IMPLICIT` of a primitive type.
pub fn context_primitive(number: u8, content: &[u8]) -> Vec<u8> {
    tlv(tag::context(number), &[content])
}

/// BOOLEAN
pub fn boolean(value: bool) -> Vec<u8> {
    tlv(tag::BOOLEAN, &[[if value { 0xff } else { 0 }]])
}

/// INTEGER from an unsigned big-endian magnitude.
pub fn unsigned(magnitude: &[u8]) -> Vec<u8> {
    let skip = magnitude.iter().take_while(|b| **b == 0).count();
    let minimal = magnitude.get(skip..).unwrap_or_default();
    match minimal.first() {
        Some(first) if *first < 0x80 => tlv(tag::INTEGER, &[minimal]),
        _ => tlv(tag::INTEGER, &[&[0u8][..], minimal]),
    }
}

/// INTEGER from a small number.
pub fn integer(value: u32) -> Vec<u8> {
    unsigned(&value.to_be_bytes())
}

/// ENUMERATED below 128.
pub fn enumerated(value: u8) -> Vec<u8> {
    tlv(tag::ENUMERATED, &[[value & 0x7f]])
}

/// NULL
pub fn null() -> Vec<u8> {
    tlv::<&[u8]>(tag::NULL, &[])
}

/// OCTET STRING
pub fn octet_string(content: &[u8]) -> Vec<u8> {
    tlv(tag::OCTET_STRING, &[content])
}

/// BIT STRING of whole octets.
pub fn bit_string(bits: &[u8]) -> Vec<u8> {
    tlv(tag::BIT_STRING, &[&[0u8][..], bits])
}

/// BIT STRING of named bits, trailing zeros removed (X.690 11.2.2). Bit 0 is the first.
pub fn named_bits(bits: &[u8]) -> Vec<u8> {
    let mut octets = [0u8; 2];
    let mut last = None;
    for &bit in bits {
        if let Some(octet) = octets.get_mut(usize::from(bit / 8)) {
            *octet |= 0x80 >> (bit % 8);
            last = last.max(Some(bit));
        }
    }
    let Some(last) = last else { return tlv(tag::BIT_STRING, &[[0u8]]) };
    let used = octets.get(..=usize::from(last / 8)).unwrap_or(&octets);
    tlv(tag::BIT_STRING, &[&[7 - last % 8][..], used])
}

/// UTF8String
pub fn utf8(text: &str) -> Vec<u8> {
    tlv(tag::UTF8_STRING, &[text])
}

/// PrintableString; the caller keeps to its alphabet.
pub fn printable(text: &str) -> Vec<u8> {
    tlv(tag::PRINTABLE_STRING, &[text])
}

/// IA5String; the caller keeps to ASCII.
pub fn ia5(text: &str) -> Vec<u8> {
    tlv(tag::IA5_STRING, &[text])
}

/// OBJECT IDENTIFIER from its dotted form; arcs that are no numbers count as 0.
pub fn oid(dotted: &str) -> Vec<u8> {
    let mut arcs = dotted.split('.').map(|a| a.parse::<u64>().unwrap_or(0));
    let root = arcs.next().unwrap_or(0).saturating_mul(40).saturating_add(arcs.next().unwrap_or(0));
    let mut content = Vec::new();
    for arc in std::iter::once(root).chain(arcs) {
        let groups = (0..10u32).rev().map(|i| (arc.checked_shr(i * 7).unwrap_or(0), i));
        for (value, i) in groups {
            if value == 0 && i != 0 {
                continue;
            }
            let low = u8::try_from(value & 0x7f).unwrap_or(0);
            content.push(if i == 0 { low } else { low | 0x80 });
        }
    }
    tlv(tag::OID, &[content])
}

/// UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280 4.1.2.5).
pub fn time(at: Timestamp) -> Vec<u8> {
    let utc = TimeZone::UTC.to_datetime(at);
    let rest =
        format!("{:02}{:02}{:02}{:02}{:02}Z", utc.month(), utc.day(), utc.hour(), utc.minute(), utc.second());
    if (1950..2050).contains(&utc.year()) {
        tlv(tag::UTC_TIME, &[format!("{:02}{rest}", utc.year().rem_euclid(100))])
    } else {
        tlv(tag::GENERALIZED_TIME, &[format!("{:04}{rest}", utc.year())])
    }
}
