//! Writing XML text: escaping, and putting a new last child into an element without touching a byte of
//! what is there.

use super::Element;

/// Text as element content.
pub fn escape_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\r', "&#xD;")
}

/// Text as a value between double quotes.
pub fn escape_attribute(text: &str) -> String {
    escape_text(text).replace('"', "&quot;").replace('\t', "&#x9;").replace('\n', "&#xA;")
}

/// The document `text` with `child` as the new last child of `parent`, and the offset at which it
/// stands.
pub fn append_child(text: &str, parent: &Element, child: &str) -> (String, usize) {
    let inside = text.get(parent.start..parent.end).unwrap_or_default();
    let mut out = String::with_capacity(text.len() + child.len() + 64);
    let rest = text.get(parent.end..).unwrap_or_default();
    if let Some(tag) = inside.strip_suffix("/>") {
        let name = tag.trim_start_matches('<').split(super::read::is_space).next().unwrap_or_default();
        out.push_str(text.get(..parent.end - 2).unwrap_or_default());
        out.push('>');
        let at = out.len();
        out.push_str(child);
        out.push_str("</");
        out.push_str(name);
        out.push('>');
        out.push_str(rest);
        return (out, at);
    }
    let at = parent.start + inside.rfind("</").unwrap_or(inside.len());
    out.push_str(text.get(..at).unwrap_or_default());
    out.push_str(child);
    out.push_str(text.get(at..).unwrap_or_default());
    (out, at)
}
