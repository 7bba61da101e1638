//! PEM armour (RFC 7468), read leniently and written strictly.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

/// All blocks of `text` whose label is `label`, decoded; a block that is not base64 is left out.
pub fn blocks(text: &str, label: &str) -> Vec<Vec<u8>> {
    let begin = format!("-----BEGIN {label}-----");
    let end = format!("-----END {label}-----");
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(&begin) {
        let Some((body, tail)) = after.split_once(&end) else { break };
        out.extend(base64(body));
        rest = tail;
    }
    out
}

/// Base64 with any ASCII white space in it; empty text is nothing.
pub fn base64(text: &str) -> Option<Vec<u8>> {
    // It may be a private key: of its length at once, as a vector that grows leaves copies, and wiped.
    let mut compact = Zeroizing::new(Vec::with_capacity(text.len()));
    compact.extend(text.bytes().filter(|b| !b.is_ascii_whitespace()));
    if compact.is_empty() {
        return None;
    }
    STANDARD.decode(&*compact).ok()
}

/// One block with lines of 64 characters.
pub fn encode(label: &str, der: &[u8]) -> String {
    let body = Zeroizing::new(STANDARD.encode(der));
    // As above; 40 octets more than the label are in the two lines around it.
    let mut out = String::with_capacity(body.len() + body.len() / 64 + 2 * label.len() + 40);
    out.push_str(&format!("-----BEGIN {label}-----\n"));
    for (i, c) in body.chars().enumerate() {
        if i > 0 && i % 64 == 0 {
            out.push('\n');
        }
        out.push(c);
    }
    out.push_str(&format!("\n-----END {label}-----\n"));
    out
}
