//! Breaking a text into lines by the widths of its letters.
//!
//! A line ends at a space, or behind a hyphen between letters (so that numbers and codes stay whole). A
//! word that is longer than a line is cut where the line ends. Spaces at a break are swallowed.

use super::face::{Fonts, Style};

/// The lines of a shown text, each at most `width` points wide unless one letter is wider. At least one.
pub(super) fn broken(text: &str, style: Style, width: f32, fonts: &Fonts) -> Vec<String> {
    let mut lines = Lines { done: Vec::new(), line: String::new(), used: 0.0, style, width, fonts };
    for (index, part) in text.split('\n').enumerate() {
        if index > 0 {
            lines.end();
        }
        for word in part.split(' ').filter(|word| !word.is_empty()) {
            let mut gap = !lines.line.is_empty();
            for piece in pieces(word) {
                lines.put(piece, gap);
                gap = false;
            }
        }
    }
    lines.end();
    lines.done
}

/// A word cut behind each hyphen that stands between letters.
fn pieces(word: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for (at, hyphen) in word.match_indices(['-', '–', '—']) {
        let next = at + hyphen.len();
        let before = word[..at].chars().next_back().is_some_and(char::is_alphabetic);
        if before && word[next..].starts_with(char::is_alphabetic) {
            pieces.push(&word[from..next]);
            from = next;
        }
    }
    pieces.push(&word[from..]);
    pieces
}

struct Lines<'a> {
    done: Vec<String>,
    line: String,
    /// Width of the line so far.
    used: f32,
    style: Style,
    width: f32,
    fonts: &'a Fonts,
}

impl Lines<'_> {
    fn end(&mut self) {
        self.done.push(std::mem::take(&mut self.line));
        self.used = 0.0;
    }

    fn put(&mut self, piece: &str, gap: bool) {
        let space = if gap { self.fonts.advance(' ', self.style) } else { 0.0 };
        let own = self.fonts.width(piece, self.style);
        if self.used + space + own <= self.width {
            if gap {
                self.line.push(' ');
            }
            self.line.push_str(piece);
            self.used += space + own;
            return;
        }
        if !self.line.is_empty() {
            self.end();
        }
        for letter in piece.chars() {
            let advance = self.fonts.advance(letter, self.style);
            // A mark without width stays with its letter.
            if self.used + advance > self.width && advance > 0.0 && !self.line.is_empty() {
                self.end();
            }
            self.line.push(letter);
            self.used += advance;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::face::fonts;

    fn at(text: &str, width: f32) -> Vec<String> {
        broken(text, Style::regular(10.0), width, fonts().unwrap())
    }

    #[test]
    fn lines_end_at_words_and_fit() {
        let text = "Алматы қаласының тұрғын үй қорынан берілетін тұрғын үйге мұқтаж азаматтарды есепке алу";
        let lines = at(text, 120.0);
        assert!(lines.len() > 3);
        assert_eq!(lines.join(" "), text);
        for line in &lines {
            assert!(fonts().unwrap().width(line, Style::regular(10.0)) <= 120.0, "{line}");
        }
    }

    #[test]
    fn long_words_are_cut_and_nothing_is_lost() {
        let word = "ұ".repeat(500);
        let lines = at(&format!("a {word} b"), 100.0);
        assert_eq!(lines.concat(), format!("a{word} b"));
        assert!(lines.iter().all(|line| fonts().unwrap().width(line, Style::regular(10.0)) <= 100.0));
        // Even where not one letter fits.
        assert_eq!(at("abc", 0.0), ["a", "b", "c"]);
    }

    #[test]
    fn hyphens_break_words_but_not_numbers() {
        assert_eq!(pieces("шаруашылық-коммуналдық"), ["шаруашылық-", "коммуналдық"]);
        assert_eq!(pieces("ALA-2026-000001"), ["ALA-2026-000001"]);
        assert_eq!(pieces("380-04-85"), ["380-04-85"]);
        assert_eq!(pieces("-a-"), ["-a-"]);
    }

    #[test]
    fn empty_and_blank_texts_are_one_line() {
        assert_eq!(at("", 100.0), [""]);
        assert_eq!(at("   ", 100.0), [""]);
        assert_eq!(at("a\n\nb", 100.0), ["a", "", "b"]);
    }
}
