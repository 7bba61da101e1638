//! Which encoding a document is in, and its text in UTF-8 (XML 1.0, 4.3.3 and appendix F).
//!
//! UTF-8 is the rule. UTF-16 needs its byte order mark; the single-byte encodings that documents in
//! Kazakhstan come in are taken by the declaration. A mark and a declaration that contradict each
//! other are an error: two readers could see two documents. What is put into a document is written in
//! its encoding, among octets that stay as they came.

use std::borrow::Cow;
use std::ops::Range;

use encoding_rs::Encoding;

use super::read::{Error, ErrorKind, Position, malformed};

/// How octets become text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    /// UTF-8 after so many octets of byte order mark.
    Utf8(usize),
    Utf16(&'static Encoding),
    /// Nothing but octets below 128.
    Ascii,
    /// Every octet is the character of its number.
    Latin1,
    SingleByte(&'static Encoding),
}

/// The XML declaration that most documents have, which is read at a glance.
pub(super) const DECLARATION: &[u8] = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

/// The most octets that an XML declaration is looked for in.
pub(super) const HEAD: usize = 256;

fn fail<T>(kind: ErrorKind) -> Result<T, Error> {
    Err(Error { kind, offset: 0, position: Position { line: 1, column: 1 } })
}

/// The encoding of a document that begins with `head`, at least [`HEAD`] octets if it has so many.
pub(super) fn detect(head: &[u8]) -> Result<Charset, Error> {
    if head.starts_with(DECLARATION) {
        return Ok(Charset::Utf8(0));
    }
    if let Some(rest) = head.strip_prefix(&[0xEF, 0xBB, 0xBF]) {
        return match declared(rest)?.as_deref() {
            None => Ok(Charset::Utf8(3)),
            Some(name) if is_utf_8(name) => Ok(Charset::Utf8(3)),
            Some(other) => fail(ErrorKind::EncodingContradicted(other.to_owned())),
        };
    }
    for (mark, encoding, own_name) in
        [([0xFF, 0xFE], encoding_rs::UTF_16LE, "utf-16le"), ([0xFE, 0xFF], encoding_rs::UTF_16BE, "utf-16be")]
    {
        if let Some(rest) = head.strip_prefix(&mark) {
            let even = rest.get(..rest.len() & !1).unwrap_or_default();
            let text = encoding.decode_without_bom_handling(even).0;
            return match declared(text.as_bytes())?.as_deref() {
                None | Some("utf-16") => Ok(Charset::Utf16(encoding)),
                Some(name) if name == own_name => Ok(Charset::Utf16(encoding)),
                Some(other) => fail(ErrorKind::EncodingContradicted(other.to_owned())),
            };
        }
    }
    let Some(name) = declared(head)? else { return Ok(Charset::Utf8(0)) };
    match name.as_str() {
        // Not what the Encoding Standard makes of these two, which is windows-1252.
        "us-ascii" | "ascii" | "ansi_x3.4-1968" | "iso-ir-6" => Ok(Charset::Ascii),
        "iso-8859-1" | "iso8859-1" | "iso88591" | "iso_8859-1" | "latin1" | "l1" | "cp819" | "ibm819" => {
            Ok(Charset::Latin1)
        }
        "utf-16" | "utf-16le" | "utf-16be" => fail(ErrorKind::EncodingContradicted(name)),
        _ if is_utf_8(&name) => Ok(Charset::Utf8(0)),
        _ => match labelled(&name) {
            Some(encoding) if SINGLE_BYTE.contains(&encoding) => Ok(Charset::SingleByte(encoding)),
            _ => fail(ErrorKind::Encoding(name)),
        },
    }
}

/// Those of one octet a character that documents come in.
const SINGLE_BYTE: [&Encoding; 3] = [encoding_rs::WINDOWS_1251, encoding_rs::ISO_8859_5, encoding_rs::KOI8_R];

/// The encoding that the Encoding Standard knows by a name (its 4.2): it has more of them than the registry of IANA,
/// such as `utf8` and `cp1251`.
fn labelled(name: &str) -> Option<&'static Encoding> {
    // What else it knows, with a colon or white space, is no name for a declaration (XML 1.0, 81).
    let may_stand = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'_' | b'-');
    if name.bytes().all(may_stand) { Encoding::for_label(name.as_bytes()) } else { None }
}

fn is_utf_8(name: &str) -> bool {
    labelled(name) == Some(encoding_rs::UTF_8)
}

/// The encoding that an XML declaration at the start names, in lower case. Whether the declaration is
/// well-formed is the scanner's to say. One that does not end in the octets at hand may name its
/// encoding behind them, so it is refused.
fn declared(head: &[u8]) -> Result<Option<String>, Error> {
    // `<?xml-stylesheet` is no declaration.
    let is_space = |rest: &&[u8]| rest.first().is_some_and(u8::is_ascii_whitespace);
    let Some(inside) = head.strip_prefix(b"<?xml").filter(is_space) else { return Ok(None) };
    match memchr::memmem::find(inside, b"?>").and_then(|end| inside.get(..end)) {
        Some(inside) => Ok(encoding_in(inside)),
        None => fail(malformed("an XML declaration without an end, or a very long one")),
    }
}

fn encoding_in(inside: &[u8]) -> Option<String> {
    let after = inside.get(memchr::memmem::find(inside, b"encoding")? + 8..)?;
    let after = after.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (quote, value) = after.split_first().filter(|(quote, _)| matches!(quote, b'"' | b'\''))?;
    let value = value.get(..memchr::memchr(*quote, value)?)?;
    Some(value.iter().take(40).map(|octet| char::from(octet.to_ascii_lowercase())).collect())
}

/// The document's text. Borrowed when it is UTF-8 already.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Error> {
    let head = bytes.get(..bytes.len().min(HEAD)).unwrap_or_default();
    let charset = detect(head)?;
    let undecodable = |name: &str| ErrorKind::Malformed(format!("octets that are not {name}").into());
    match charset {
        Charset::Utf8(mark) => {
            let octets = bytes.get(mark..).unwrap_or_default();
            // Looks at many octets at once, which text that is not ASCII gains by.
            if let Some(text) = encoding_rs::UTF_8.decode_without_bom_handling_and_without_replacement(octets)
            {
                return Ok(text);
            }
            let at = std::str::from_utf8(octets).map_or_else(|error| error.valid_up_to(), str::len);
            let position = Position::of(octets, at);
            Err(Error { kind: malformed("octets that are not UTF-8"), offset: at, position })
        }
        Charset::Ascii => match std::str::from_utf8(bytes) {
            Ok(text) if text.is_ascii() => Ok(Cow::Borrowed(text)),
            _ => fail(undecodable("US-ASCII")),
        },
        Charset::Latin1 => Ok(encoding_rs::mem::decode_latin1(bytes)),
        Charset::Utf16(encoding) => {
            let octets = bytes.get(2..).unwrap_or_default();
            match encoding.decode_without_bom_handling_and_without_replacement(octets) {
                Some(text) => Ok(text),
                None => fail(undecodable("UTF-16")),
            }
        }
        Charset::SingleByte(encoding) => {
            // The one octet without a character there; encoding_rs makes it a control character, other
            // readers refuse it.
            if encoding == encoding_rs::WINDOWS_1251 && memchr::memchr(0x98, bytes).is_some() {
                return fail(undecodable(encoding.name()));
            }
            match encoding.decode_without_bom_handling_and_without_replacement(bytes) {
                Some(text) => Ok(text),
                None => fail(undecodable(encoding.name())),
            }
        }
    }
}

/// The octets of a document with `new` in place of a span of its text, which `bytes` decode to. Characters of
/// `new` that the encoding has not become character references, so they may only stand in text and values.
pub(super) fn replace(bytes: &[u8], text: &str, span: Range<usize>, new: &str) -> Result<Vec<u8>, Error> {
    let charset = detect(bytes.get(..bytes.len().min(HEAD)).unwrap_or_default())?;
    let octets = |text: &str| match charset {
        Charset::Utf8(_) => text.len(),
        Charset::Utf16(_) => 2 * text.encode_utf16().count(),
        Charset::Ascii | Charset::Latin1 | Charset::SingleByte(_) => text.chars().count(),
    };
    let mark = match charset {
        Charset::Utf8(mark) => mark,
        Charset::Utf16(_) => 2,
        Charset::Ascii | Charset::Latin1 | Charset::SingleByte(_) => 0,
    };
    let start = mark + octets(text.get(..span.start).unwrap_or_default());
    let end = start + octets(text.get(span).unwrap_or_default());
    let new = encode(charset, new);
    Ok([bytes.get(..start).unwrap_or_default(), &new, bytes.get(end..).unwrap_or_default()].concat())
}

/// What is to stand in a document, in its encoding.
fn encode(charset: Charset, new: &str) -> Cow<'_, [u8]> {
    let referring = |is_there: &dyn Fn(char) -> bool| -> String {
        let write = |character| match is_there(character) {
            true => String::from(character),
            false => format!("&#{};", u32::from(character)),
        };
        new.chars().map(write).collect()
    };
    match charset {
        Charset::Utf16(encoding) => {
            let octets = if encoding == encoding_rs::UTF_16LE { u16::to_le_bytes } else { u16::to_be_bytes };
            Cow::Owned(new.encode_utf16().flat_map(octets).collect())
        }
        _ if new.is_ascii() => Cow::Borrowed(new.as_bytes()),
        Charset::Ascii => Cow::Owned(referring(&|c| c.is_ascii()).into_bytes()),
        Charset::Utf8(_) => Cow::Borrowed(new.as_bytes()),
        Charset::Latin1 => {
            let written = referring(&|character| u32::from(character) <= 0xFF);
            Cow::Owned(written.chars().filter_map(|character| u8::try_from(character).ok()).collect())
        }
        Charset::SingleByte(encoding) => {
            // Of the octet that has no character there encoding_rs would make use.
            let written = referring(&|c| encoding != encoding_rs::WINDOWS_1251 || c != '\u{98}');
            Cow::Owned(encoding.encode(&written).0.into_owned())
        }
    }
}
