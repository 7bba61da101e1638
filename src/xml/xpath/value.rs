//! Values of expressions and how they turn into one another (XPath 1.0, 3.2 to 3.5, 4).

use std::rc::Rc;

use crate::xml::read::is_space;

/// Which node of the element (or other node) it belongs to. In document order namespace nodes come after
/// their element and before its attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Whole,
    /// By its number in the axes.
    Namespace(u32),
    /// By its index in the tree.
    Attribute(u32),
}

/// A node in the sense of XPath.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Item {
    pub(super) node: u32,
    pub(super) part: Part,
}

/// A count or index in the width of [`Item`]: trees are no larger.
pub(super) fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

pub(super) fn wide(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    /// In document order, each once.
    Nodes(Rc<Vec<Item>>),
    Boolean(bool),
    Number(f64),
    Text(Rc<str>),
}

/// `number()` of a string: an optional minus sign and digits with a point, or not a number.
pub(super) fn number(text: &str) -> f64 {
    let text = text.trim_matches(is_space);
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let is_number = unsigned.bytes().all(|octet| octet.is_ascii_digit() || octet == b'.')
        && unsigned.bytes().any(|octet| octet.is_ascii_digit());
    if is_number { text.parse().unwrap_or(f64::NAN) } else { f64::NAN }
}

/// `string()` of a number.
pub(super) fn text_of_number(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else if number == 0.0 {
        "0".to_owned()
    } else {
        number.to_string()
    }
}

pub(super) fn round(number: f64) -> f64 {
    (number + 0.5).floor()
}

/// `substring()`: the characters at positions from `start`, rounded, for `length`, rounded.
pub(super) fn substring(text: &str, start: f64, length: f64) -> String {
    let first = round(start);
    let after = first + round(length);
    let mut position = 0.0;
    let inside = |_: &char| {
        position += 1.0;
        position >= first && position < after
    };
    text.chars().filter(inside).collect()
}

pub(super) fn translate(text: &str, from: &str, to: &str) -> String {
    let mut table = std::collections::HashMap::new();
    let mut replacements = to.chars();
    for character in from.chars() {
        let replacement = replacements.next();
        table.entry(character).or_insert(replacement);
    }
    text.chars().filter_map(|character| table.get(&character).copied().unwrap_or(Some(character))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_strings() {
        for (text, expected) in [("1", 1.0), (" -1.5\n", -1.5), (".5", 0.5), ("2.", 2.0)] {
            assert!((number(text) - expected).abs() < f64::EPSILON, "{text}");
        }
        for text in ["", "-", ".", "1e3", "+1", "1 2", "0x1", "inf", "NaN", "--1", "1.2.3"] {
            assert!(number(text).is_nan(), "{text}");
        }
        for (given, text) in
            [(1.0, "1"), (-0.0, "0"), (-1.5, "-1.5"), (f64::NAN, "NaN"), (f64::NEG_INFINITY, "-Infinity")]
        {
            assert_eq!(text_of_number(given), text);
        }
    }

    /// The examples of XPath 1.0, 4.2.
    #[test]
    fn substrings() {
        for (start, length, expected) in [
            (1.5, 2.6, "234"),
            (0.0, 3.0, "12"),
            (f64::NAN, 3.0, ""),
            (1.0, f64::NAN, ""),
            (-42.0, f64::INFINITY, "12345"),
            (f64::NEG_INFINITY, f64::INFINITY, ""),
        ] {
            assert_eq!(substring("12345", start, length), expected, "{start} {length}");
        }
        assert_eq!(translate("--aaa--", "abc-", "ABC"), "AAA");
    }
}
