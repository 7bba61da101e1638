//! What can be shown of a text.
//!
//! Names and reasons come from people. Composed forms are taken where there are some (NFC), so that a
//! letter with its accent is one glyph. Whatever has no picture of its own, and whatever would change how
//! the rest reads, is shown as U+FFFD: controls, private letters, and the characters that turn the
//! direction of writing, by which a text could be made to read as another than it is. What nobody sees
//! anyway (a soft hyphen, joiners, a byte order mark) is left out.

use super::face::Fonts;
use unicode_normalization::UnicodeNormalization as _;

const MARK: char = char::REPLACEMENT_CHARACTER;

fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
}

fn turns_direction(letter: char) -> bool {
    matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Spaces at which a line may end. Those that do not break (U+00A0, U+202F) are letters.
fn is_space(letter: char) -> bool {
    letter == '\t' || (letter.is_whitespace() && !matches!(letter, '\u{a0}' | '\u{202f}' | '\u{2007}'))
}

/// The text as it is shown: lines end in line feeds, words in spaces.
pub(super) fn shown(text: &str, fonts: &Fonts) -> String {
    let text = text.replace("\r\n", "\n");
    let mut shown = String::with_capacity(text.len());
    for letter in text.nfc() {
        match letter {
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => shown.push('\n'),
            '\u{202f}' | '\u{2007}' => shown.push('\u{a0}'),
            letter if is_space(letter) => shown.push(' '),
            letter if is_unseen(letter) => {}
            letter if letter.is_control() || turns_direction(letter) || !fonts.have(letter) => {
                shown.push(MARK);
            }
            letter => shown.push(letter),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::face::fonts;

    #[test]
    fn what_cannot_be_seen_is_marked() {
        let shown = |text| shown(text, fonts().unwrap());
        assert_eq!(shown("Әлиев\u{0} Асан"), "Әлиев\u{fffd} Асан");
        assert_eq!(
            shown("txt.\u{202e}fdp\u{2066}\u{200f}\u{61c}"),
            "txt.\u{fffd}fdp\u{fffd}\u{fffd}\u{fffd}"
        );
        assert_eq!(shown("王\u{e000}\u{1f600}"), "\u{fffd}\u{fffd}\u{fffd}");
        assert_eq!(shown("и\u{306} ё\u{ad}ж\u{feff}\u{200b}"), "й ёж");
        assert_eq!(shown("a\r\nb\rc\td\u{2003}e\u{a0}f\u{202f}g"), "a\nb\nc d e\u{a0}f\u{a0}g");
    }

    #[test]
    fn both_faces_have_the_letters_of_the_state() {
        let letters = "ӘәҒғҚқҢңӨөҰұҮүҺһІіЁё₸№«»—–…§²";
        let fonts = fonts().unwrap();
        assert_eq!(letters.chars().filter(|letter| !fonts.have(*letter)).collect::<String>(), "");
        assert!(fonts.have(MARK));
    }
}
