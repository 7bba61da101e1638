//! The fix-up of `xml:base` that Canonical XML 1.1 (2.4) makes where elements with the attribute are
//! omitted above one that stays.
//!
//! It is arithmetic on the written values: a relative value joined to a relative one stays relative, so
//! leading `..` segments are kept, which RFC 3986 would drop. Nothing is resolved against the place of
//! the document, and nothing is fetched.

use std::borrow::Cow;

/// The `xml:base` of an element below omitted ones. `own` is its own value, `omitted` are the values of
/// the omitted elements directly above it, the innermost first.
///
/// `None`: no omitted element had one and the element keeps what it has. An empty value is not
/// rendered.
pub(super) fn fixed_up<'v>(own: Option<&str>, omitted: impl Iterator<Item = &'v str>) -> Option<String> {
    let mut value = own.map(str::to_owned);
    let mut fixed = false;
    for outer in omitted {
        fixed = true;
        value = Some(value.map_or_else(|| outer.to_owned(), |inner| join(outer, &inner)));
    }
    value.filter(|_| fixed)
}

/// The parts of a URI reference (RFC 3986, appendix B) without its fragment.
struct Reference<'u> {
    scheme: Option<&'u str>,
    authority: Option<&'u str>,
    path: &'u str,
    query: Option<&'u str>,
}

impl<'u> Reference<'u> {
    fn of(text: &'u str) -> Self {
        let (rest, _fragment) = text.split_once('#').unwrap_or((text, ""));
        let (scheme, rest) = match rest.split_once(':') {
            Some((scheme, after)) if !scheme.is_empty() && !scheme.contains(['/', '?']) => {
                (Some(scheme), after)
            }
            _ => (None, rest),
        };
        let (rest, query) = match rest.split_once('?') {
            Some((before, query)) => (before, Some(query)),
            None => (rest, None),
        };
        let (authority, path) = match rest.strip_prefix("//") {
            Some(after) => {
                let (authority, path) = after.split_at(after.find('/').unwrap_or(after.len()));
                (Some(authority), path)
            }
            None => (None, rest),
        };
        Self { scheme, authority, path, query }
    }
}

/// Joins an `xml:base` to that of an omitted element above it: RFC 3986 5.2.2 with the changes of
/// Canonical XML 1.1.
fn join(base: &str, reference: &str) -> String {
    let base = Reference::of(base);
    let given = Reference::of(reference);
    let (mut scheme, mut authority, mut query) = (given.scheme, given.authority, given.query);
    let path;
    if scheme.is_some() || authority.is_some() {
        scheme = scheme.or(base.scheme);
        path = without_dot_segments(given.path);
    } else {
        scheme = base.scheme;
        authority = base.authority;
        if given.path.is_empty() {
            query = query.or(base.query);
            path = closed(base.path).into_owned();
        } else if given.path.starts_with('/') {
            path = without_dot_segments(given.path);
        } else {
            path = without_dot_segments(&merge(&base, given.path));
        }
    }
    let mut joined = String::new();
    for (part, before, after) in
        [(scheme, "", ":"), (authority, "//", ""), (Some(&*path), "", ""), (query, "?", "")]
    {
        if let Some(part) = part {
            joined.push_str(before);
            joined.push_str(part);
            joined.push_str(after);
        }
    }
    joined
}

/// RFC 3986 5.2.3: the reference in place of the last segment of the base. A last segment `..` names a
/// folder and stays.
fn merge(base: &Reference<'_>, path: &str) -> String {
    if base.authority.is_some() && base.path.is_empty() {
        return format!("/{path}");
    }
    let base = closed(base.path);
    let folder = base.rfind('/').and_then(|last| base.get(..=last)).unwrap_or_default();
    format!("{folder}{path}")
}

/// A path with a slash after a last segment `..`.
fn closed(path: &str) -> Cow<'_, str> {
    if path == ".." || path.ends_with("/..") { format!("{path}/").into() } else { path.into() }
}

/// RFC 3986 5.2.4 as Canonical XML 1.1 changes it: leading `..` segments of a relative path are kept, runs
/// of slashes are one, and a trailing `..` ends in a slash.
fn without_dot_segments(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    let mut is_folder = false;
    for segment in path.split('/') {
        is_folder = matches!(segment, "" | "." | "..");
        match segment {
            "" | "." => {}
            ".." if kept.last().is_some_and(|last| *last != "..") => {
                kept.pop();
            }
            ".." if absolute => {}
            other => kept.push(other),
        }
    }
    let mut out = String::from(if absolute { "/" } else { "" });
    out.push_str(&kept.join("/"));
    if is_folder && !kept.is_empty() {
        out.push('/');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Canonical XML 1.1, appendix A.
    #[test]
    fn dot_segments_of_the_recommendation() {
        for (path, expected) in [
            ("no/.././/pseudo-netpath/seg/file.ext", "pseudo-netpath/seg/file.ext"),
            ("no/..//.///pseudo-netpath/seg/file.ext", "pseudo-netpath/seg/file.ext"),
            ("yes/no//..//.///pseudo-netpath/seg/file.ext", "yes/pseudo-netpath/seg/file.ext"),
            ("no/../yes", "yes"),
            ("no/../yes/no/..", "yes/"),
            ("../../no/../..", "../../../"),
            ("no/../..", "../"),
            ("no/..", ""),
            ("no/../", ""),
            ("/a/b/c/./../../g", "/a/g"),
            ("mid/content=5/../6", "mid/6"),
            ("../../..", "../../../"),
            ("..yes/..no/..no/..no/../../../..yes/", "..yes/..yes/"),
            (".", ""),
            ("./", ""),
            ("./.", ""),
            ("//no/..", "/"),
            ("../../no/..", "../../"),
            ("yes/no/no/../..", "yes/"),
            ("/no/../", "/"),
            ("/..", "/"),
            ("/../../a", "/a"),
            ("", ""),
            ("/", "/"),
            ("no../..", ""),
        ] {
            assert_eq!(without_dot_segments(path), expected, "{path}");
        }
    }

    /// The examples of section 2.4 and of the appendices.
    #[test]
    fn joins() {
        for (base, reference, expected) in [
            ("abc/", "../", ""),
            ("../", "..", "../../"),
            ("..", "..", "../../"),
            ("..", "x", "../x"),
            ("a/..", "x", "x"),
            ("foo/bar", "x", "foo/x"),
            ("foo", "x", "x"),
            ("http://a/b/c", "d", "http://a/b/d"),
            ("http://a", "d", "http://a/d"),
            ("http://a/b", "../../d", "http://a/d"),
            ("http://a/b", "//c/./d", "http://c/d"),
            ("http://a/b", "urn:x", "urn:x"),
            ("http://a/b?q", "", "http://a/b?q"),
            ("a/..", "", "a/../"),
            ("http://a/b?q", "?r", "http://a/b?r"),
            ("http://a/b?q", "c#fragment", "http://a/c"),
            ("http://a/b", "/c/", "http://a/c/"),
            ("a?b:c/d", "e", "e"),
            ("", "", ""),
            ("", "a", "a"),
        ] {
            assert_eq!(join(base, reference), expected, "{base} {reference}");
        }
    }

    #[test]
    fn a_value_is_fixed_up_only_below_omitted_ones() {
        assert_eq!(fixed_up(Some("x"), [].into_iter()), None);
        assert_eq!(fixed_up(None, [].into_iter()), None);
        assert_eq!(fixed_up(None, ["a/../b"].into_iter()).as_deref(), Some("a/../b"));
        assert_eq!(fixed_up(Some("x"), ["..", ".."].into_iter()).as_deref(), Some("../../x"));
        assert_eq!(fixed_up(Some("../"), ["abc/"].into_iter()).as_deref(), Some(""));
    }
}
