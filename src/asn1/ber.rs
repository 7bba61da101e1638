//! BER made into DER, for key containers: Java's tools write lengths that are indefinite, and strings
//! in pieces (X.690 8.1.3.6, 8.7.3). Everything else in the crate reads DER only.
//!
//! One element goes in, one comes out with definite, shortest lengths and each OCTET STRING in one piece.
//! Primitive content is copied as it is and never looked into: a MAC or a signature may be over it, and
//! if it holds BER again, that is for the caller to hand in. What is signed is never sent through here.
//! The sets are not sorted, and a string in pieces under an implicit tag cannot be told from a sequence of
//! strings, so that its pieces remain.
//!
//! Work is linear in the input: one pass notes what is there and sums the lengths, one writes. Nothing
//! recurses.

use super::{Error as Der, tag, write};

/// Octets of an element. National containers have 2 to 4 KiB.
const MAX_OCTETS: usize = 8 << 20;
/// Elements within elements. A container has nine levels.
const MAX_DEPTH: usize = 32;
/// Elements and ends of elements. A container with a certificate has some forty.
const MAX_ELEMENTS: usize = 20_000;

/// Why there is no DER.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Error {
    /// No BER (X.690 clause 8), or a tag above 30.
    #[error(transparent)]
    Encoding(#[from] Der),
    /// More than 8 MiB.
    #[error("too many octets")]
    Octets,
    /// More than 32 levels.
    #[error("elements are nested too deep")]
    Depth,
    /// More than 20,000 elements.
    #[error("too many elements")]
    Elements,
}

/// What the output is put together from.
enum Piece<'a> {
    Header { tag: u8, length: usize },
    Octets(&'a [u8]),
}

/// An element whose end is not reached yet.
struct Open {
    /// Its header among the pieces; a piece of a string has none, as it goes up in the whole.
    header: Option<usize>,
    /// Where it ends; of indefinite length, with end-of-contents octets.
    end: Option<usize>,
    /// Where the innermost element of definite length ends, this one or one around it.
    bound: usize,
    /// An OCTET STRING in pieces.
    is_string: bool,
    /// Octets that were written for its content.
    length: usize,
}

/// Identifier and length octets.
struct Header {
    tag: u8,
    /// `None`: indefinite.
    length: Option<usize>,
    /// Where the content begins.
    content: usize,
}

/// The element that fills `bytes`, in DER.
///
/// # Errors
/// [`Error`]. Input that is DER already comes back unchanged, but for the bounds.
pub fn to_der(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    if bytes.len() > MAX_OCTETS {
        return Err(Error::Octets);
    }
    let (pieces, length) = survey(bytes)?;
    // In one allocation: where a buffer of secrets grows, it leaves a copy behind.
    let mut out = Vec::with_capacity(length);
    for piece in pieces {
        match piece {
            Piece::Header { tag, length } => write::header(tag, length, &mut out),
            Piece::Octets(octets) => out.extend_from_slice(octets),
        }
    }
    Ok(out)
}

/// The pieces of the element, and how many octets they make.
fn survey(bytes: &[u8]) -> Result<(Vec<Piece<'_>>, usize), Error> {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let (mut at, mut elements) = (0, 0);
    loop {
        elements += 1;
        if elements > MAX_ELEMENTS {
            return Err(Error::Elements);
        }
        let bound = open.last().map_or(bytes.len(), |element| element.bound);
        let header = header(bytes, at, bound)?;
        let is_piece = open.last().is_some_and(|element| element.is_string);
        let written = match (header.tag, header.length) {
            (0, Some(0)) if open.last().is_some_and(|element| element.end.is_none()) => {
                at = header.content;
                close(&mut open, &mut pieces)
            }
            (0, _) => return Err(Der::Tag { found: 0, offset: at }.into()),
            (found, _) if is_piece && found & !CONSTRUCTED != tag::OCTET_STRING => {
                return Err(Der::Tag { found, offset: at }.into());
            }
            (found, length) if found & CONSTRUCTED != 0 => {
                if open.len() >= MAX_DEPTH {
                    return Err(Error::Depth);
                }
                let end = length.map(|length| header.content + length);
                let is_string = found == tag::OCTET_STRING | CONSTRUCTED;
                let tag = if is_string { tag::OCTET_STRING } else { found };
                let header_at = (!is_piece).then_some(pieces.len());
                if !is_piece {
                    pieces.push(Piece::Header { tag, length: 0 });
                }
                let bound = end.unwrap_or(bound);
                open.push(Open { header: header_at, end, bound, is_string, length: 0 });
                at = header.content;
                None
            }
            (tag, Some(length)) => {
                at = header.content + length;
                let octets = bytes.get(header.content..at).unwrap_or_default();
                let mut written = length;
                if !is_piece {
                    pieces.push(Piece::Header { tag, length });
                    written += write::header_len(length);
                }
                pieces.push(Piece::Octets(octets));
                Some(written)
            }
            // Only what has parts can be without a length (X.690 8.1.3.2).
            (_, None) => return Err(Der::Length { offset: at }.into()),
        };
        let mut written = written;
        loop {
            let Some(parent) = open.last_mut() else {
                if at != bytes.len() {
                    return Err(Der::Trailing { offset: at }.into());
                }
                return Ok((pieces, written.unwrap_or(0)));
            };
            parent.length += written.take().unwrap_or(0);
            if parent.end != Some(at) {
                break;
            }
            written = close(&mut open, &mut pieces);
        }
    }
}

/// Bit 6 of the identifier octet: the content is elements (X.690 8.1.2.5).
const CONSTRUCTED: u8 = 0x20;

/// Ends the innermost element and gives how many octets it takes with its header.
fn close(open: &mut Vec<Open>, pieces: &mut [Piece<'_>]) -> Option<usize> {
    let element = open.pop()?;
    let Some(header) = element.header else { return Some(element.length) };
    if let Some(Piece::Header { length, .. }) = pieces.get_mut(header) {
        *length = element.length;
    }
    Some(element.length + write::header_len(element.length))
}

/// The header at `at`; definite content ends within `bound`.
fn header(bytes: &[u8], at: usize, bound: usize) -> Result<Header, Der> {
    let truncated = Der::Truncated { offset: at };
    let rest = bytes.get(at..bound).ok_or(truncated)?;
    let (&tag, rest) = rest.split_first().ok_or(truncated)?;
    if tag & 0x1f == 0x1f {
        return Err(Der::Tag { found: tag, offset: at });
    }
    let (&first, rest) = rest.split_first().ok_or(truncated)?;
    let (length, rest) = match first {
        0..0x80 => (Some(usize::from(first)), rest),
        0x80 => (None, rest),
        // X.690 8.1.3.5; with zeros in front in BER.
        _ => {
            let count = usize::from(first & 0x7f);
            if count > size_of::<usize>() {
                return Err(Der::Length { offset: at });
            }
            let (octets, rest) = rest.split_at_checked(count).ok_or(truncated)?;
            (Some(octets.iter().fold(0, |sum, &octet| (sum << 8) | usize::from(octet))), rest)
        }
    };
    if length.is_some_and(|length| length > rest.len()) {
        return Err(truncated);
    }
    Ok(Header { tag, length, content: bound.saturating_sub(rest.len()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
        digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).expect("an octet")).collect()
    }

    #[test]
    fn what_is_no_ber_is_refused() {
        for (input, error) in [
            ("", Der::Truncated { offset: 0 }),
            ("30", Der::Truncated { offset: 0 }),
            ("3080", Der::Truncated { offset: 2 }),
            ("3080 0201", Der::Truncated { offset: 2 }),
            ("3080 020107 00", Der::Truncated { offset: 5 }),
            ("3080 020107 0001", Der::Truncated { offset: 5 }),
            ("3080 020107 000100", Der::Tag { found: 0, offset: 5 }),
            ("3005 020107", Der::Truncated { offset: 0 }),
            // A child that reaches beyond its parent, though not beyond the input.
            ("3003 0204 01020304", Der::Truncated { offset: 2 }),
            ("3002 3080 0000", Der::Truncated { offset: 4 }),
            // The end of what was not opened.
            ("0000", Der::Tag { found: 0, offset: 0 }),
            ("3002 0000", Der::Tag { found: 0, offset: 2 }),
            ("3000 00", Der::Trailing { offset: 2 }),
            ("3080 0000 0000", Der::Trailing { offset: 4 }),
            // Primitive and without a length; lengths beyond memory; the reserved one.
            ("0480 0000", Der::Length { offset: 0 }),
            ("04 88 ffffffffffffffff 00", Der::Truncated { offset: 0 }),
            ("04 89 010000000000000000 00", Der::Length { offset: 0 }),
            ("04 ff 00", Der::Length { offset: 0 }),
            ("1f01 00", Der::Tag { found: 0x1f, offset: 0 }),
            // A string is put together from strings.
            ("2480 020107 0000", Der::Tag { found: 2, offset: 2 }),
            ("2480 3000 0000", Der::Tag { found: 0x30, offset: 2 }),
        ] {
            assert_eq!(to_der(&hex(input)), Err(Error::Encoding(error)), "{input}");
        }
    }

    #[test]
    fn lengths_become_definite_and_strings_whole() {
        for (input, output) in [
            ("3080 0000", "3000"),
            ("3080 3080 020107 0000 a080 0403aabbcc 0000 0000", "300c 3003 020107 a005 0403aabbcc"),
            ("30820004 0281 0107", "3003020107"),
            ("2480 0402aabb 0401cc 0000", "0403aabbcc"),
            ("2408 0402aabb 2402 0400", "0402aabb"),
            ("2480 2480 0401aa 0000 2403 0401bb 0400 0000", "0402aabb"),
            ("3080 2480 0401aa 0000 020107 0000", "3006 0401aa 020107"),
            // Under an implicit tag the pieces remain.
            ("a080 0401aa 0401bb 0000", "a006 0401aa 0401bb"),
            // What is within a primitive string is nobody's business here.
            ("0406 3080 0000 0000", "0406 3080 0000 0000"),
        ] {
            assert_eq!(to_der(&hex(input)), Ok(hex(output)), "{input}");
        }
        let long = [hex("3080 0482 0100"), vec![7; 256], hex("0000")].concat();
        assert_eq!(to_der(&long), Ok([hex("30820104 04820100"), vec![7; 256]].concat()));
        let pieces: Vec<u8> = (0..=u8::MAX).flat_map(|octet| [4, 1, octet]).collect();
        let whole: Vec<u8> = (0..=u8::MAX).collect();
        let pieces = [hex("2480"), pieces, hex("0000")].concat();
        assert_eq!(to_der(&pieces), Ok([hex("04820100"), whole].concat()));
    }

    #[test]
    fn der_stays_as_it_is() {
        let der = write::sequence(&[
            write::oid("1.2.840.113549.1.7.1"),
            write::context(0, &[write::octet_string(&[9; 300])]),
            write::null(),
        ]);
        assert_eq!(to_der(&der).as_deref(), Ok(&der[..]));
    }

    #[test]
    fn size_depth_and_number_are_bounded() {
        let nested = |depth: usize| [[0x30, 0x80].repeat(depth), [0, 0].repeat(depth)].concat();
        assert!(to_der(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(to_der(&nested(MAX_DEPTH + 1)), Err(Error::Depth));
        assert_eq!(to_der(&[0x30, 0x80].repeat(MAX_OCTETS / 2)), Err(Error::Depth));
        let strings = [0x24, 0x80].repeat(MAX_OCTETS / 2);
        assert_eq!(to_der(&strings), Err(Error::Depth));
        let many = |count: usize| [vec![0x30, 0x80], [5, 0].repeat(count), vec![0, 0]].concat();
        assert!(to_der(&many(MAX_ELEMENTS - 2)).is_ok());
        assert_eq!(to_der(&many(MAX_ELEMENTS - 1)), Err(Error::Elements));
        assert_eq!(to_der(&vec![0x30; MAX_OCTETS + 1]), Err(Error::Octets));
        // The longest allowed, as deep as allowed, is written once and not once a level.
        let levels = MAX_DEPTH - 1;
        let payload = MAX_OCTETS - levels * 4 - 5;
        let string = write::octet_string(&vec![7; payload]);
        let deep = [[0x30, 0x80].repeat(levels), string, [0, 0].repeat(levels)].concat();
        assert_eq!(deep.len(), MAX_OCTETS);
        let started = std::time::Instant::now();
        let der = to_der(&deep).expect("DER");
        assert!(started.elapsed() < std::time::Duration::from_secs(2));
        assert_eq!(der.len(), payload + (levels + 1) * 5);
    }

    #[test]
    fn every_cut_and_every_changed_octet_ends() {
        let sample =
            hex("3080 0609 2a864886f70d010701 a080 2480 0403aabbcc 0401dd 0000 0000 3003 020107 0000");
        let whole = to_der(&sample).expect("DER");
        assert!(super::super::Reader::single(&whole).is_ok());
        for cut in 0..sample.len() {
            assert!(to_der(&sample[..cut]).is_err(), "{cut}");
        }
        for at in 0..sample.len() {
            for value in 0..=u8::MAX {
                let mut changed = sample.clone();
                changed[at] = value;
                if let Ok(der) = to_der(&changed) {
                    // Once more changes nothing.
                    assert_eq!(to_der(&der).as_deref(), Ok(&der[..]));
                }
            }
        }
    }
}
