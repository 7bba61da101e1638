//! Writing XML text: escaping, and putting a new last child into the root without touching a byte of
//! what is there.

use super::index::Document;

/// Text as element content.
pub fn escape_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\r', "&#xD;")
}

/// Text as a value between double quotes.
pub fn escape_attribute(text: &str) -> String {
    escape_text(text).replace('"', "&quot;").replace('\t', "&#x9;").replace('\n', "&#xA;")
}

/// The document with `element` as the new last child of its root, and the offset at which it stands.
pub fn append_to_root(document: &Document<'_>, element: &str) -> (String, usize) {
    let text = document.text();
    let root = document.root();
    let root_text = text.get(root.start..root.end).unwrap_or_default();
    let mut out = String::with_capacity(text.len() + element.len() + 64);
    if let Some(tag) = root_text.strip_suffix("/>") {
        let name_end = tag.find(|c: char| super::read::is_space(c)).unwrap_or(tag.len());
        let name = tag.get(1..name_end).unwrap_or_default();
        out.push_str(text.get(..root.end - 2).unwrap_or_default());
        out.push('>');
        let at = out.len();
        out.push_str(element);
        out.push_str("</");
        out.push_str(name);
        out.push('>');
        out.push_str(text.get(root.end..).unwrap_or_default());
        return (out, at);
    }
    let at = root.start + root_text.rfind("</").unwrap_or(root_text.len());
    out.push_str(text.get(..at).unwrap_or_default());
    out.push_str(element);
    out.push_str(text.get(at..).unwrap_or_default());
    (out, at)
}
