//! Names as they are looked for: folded, so that whoever types a Kazakh name with Russian letters finds it, and by the
//! beginnings of its words.
//!
//! Folding takes small letters for capital ones, the Russian letter for the Kazakh one that is written with it (ә а, ғ г,
//! қ к, ң н, ө о, ұ ү у, һ х, і и), е for ё and и for й, and leaves marks out, so that a letter and the same letter with
//! a mark of its own are one. Latin letters stay what they are. What is no letter parts words.
//!
//! A word is found by its first three letters and more, up to [`LONGEST`]: words that begin with the same ten letters
//! are not told apart. A shorter word is found by the whole of it.

use std::collections::BTreeSet;

/// Letters by which a word is found at the least.
pub const SHORTEST: usize = 3;
/// Letters of a word that count.
pub const LONGEST: usize = 10;
/// Words of a name that count.
const WORDS: usize = 12;

fn fold(letter: char) -> char {
    match letter {
        'ә' => 'а',
        'ғ' => 'г',
        'қ' => 'к',
        'ң' => 'н',
        'ө' => 'о',
        'ұ' | 'ү' => 'у',
        'һ' => 'х',
        'і' | 'й' => 'и',
        'ё' => 'е',
        other => other,
    }
}

/// Marks that stand behind the letter to which they belong.
fn is_mark(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}')
}

/// The folded words of a name, each by the letters that count.
fn words(name: &str) -> Vec<String> {
    let folded: String =
        name.chars().filter(|c| !is_mark(*c)).flat_map(char::to_lowercase).map(fold).collect();
    // A capital letter may become a small one with a mark.
    let folded = folded.chars().filter(|c| !is_mark(*c)).collect::<String>();
    let words = folded.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    words.take(WORDS).map(|word| word.chars().take(LONGEST).collect()).collect()
}

/// By what a name is found.
pub fn beginnings(name: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for word in words(name) {
        let letters = word.chars().count();
        let ends = word.char_indices().map(|(at, _)| at).skip(SHORTEST);
        found.extend(ends.filter_map(|at| word.get(..at)).map(str::to_owned));
        if letters > 0 {
            found.insert(word);
        }
    }
    found
}

/// What is to be among the beginnings of a name that is looked for: each of the words, of which one has three letters
/// or more. Nothing where there is no such word.
pub fn wanted(name: &str) -> Option<BTreeSet<String>> {
    let words = words(name);
    let is_enough = words.iter().any(|word| word.chars().count() >= SHORTEST);
    is_enough.then(|| words.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(asked: &str, name: &str) -> bool {
        wanted(asked).is_some_and(|wanted| wanted.is_subset(&beginnings(name)))
    }

    #[test]
    fn kazakh_and_russian_letters_and_capitals_are_no_difference() {
        for (asked, name) in [
            ("Қожахметов", "КОЖАХМЕТОВ ӘЛІБЕК"),
            ("кожахметов алибек", "Қожахметов Әлібек Ғаниұлы"),
            ("ганиулы", "Қожахметов Әлібек Ғаниұлы"),
            ("ГАНИУ", "Қожахметов Әлібек Ғаниұлы"),
            ("Жүсіпова", "ЖУСИПОВА ӨРІМ"),
            ("жусип орим", "ЖҮСІПОВА ӨРІМ"),
            ("Ңұрһан", "НУРХАН"),
            ("Семен", "СЁМИН СЕМЁН"),
            // Letters with their marks behind them.
            ("Семе\u{308}н", "Семён"),
            ("Андреи", "АНДРЕЙ"),
            ("Андреи\u{306}", "Андрей"),
            ("султан", "Нур-Султан"),
            ("мухаметкалиева", "Мұхаметқалиев"),
            ("ли мария", "ЛИ МАРИЯ"),
        ] {
            assert!(finds(asked, name), "{asked} {name}");
        }
    }

    #[test]
    fn what_is_another_name_is_not_found() {
        for (asked, name) in [
            ("алибек", "АЛИМ"),
            ("либек", "АЛИБЕК"),
            ("алибек ахметов", "АЛИБЕК"),
            // A short word is the whole of one.
            ("ли мария", "ЛИМ МАРИЯ"),
            ("мари ли", "МАРИЯ ЛИСИНА"),
            // Latin letters are others.
            ("alibek", "АЛИБЕК"),
        ] {
            assert!(!finds(asked, name), "{asked} {name}");
        }
    }

    #[test]
    fn too_short_is_nothing() {
        for short in ["", "  ", "ли", "а б в", "-.,", "12345", "\u{308}\u{308}\u{308}\u{308}"] {
            assert_eq!(wanted(short), None, "{short}");
        }
        assert!(beginnings("ЛИ").contains("ли") && beginnings("- -").is_empty());
    }

    #[test]
    fn what_counts_is_bounded() {
        let many = "абвгдежзиклмн ".repeat(1000);
        assert_eq!(beginnings(&many).len(), LONGEST - SHORTEST + 1);
        let different: String = (0..50)
            .map(|n| {
                format!("{} ", "абвгдежзиклмнопрст".chars().cycle().skip(n % 18).take(12).collect::<String>())
            })
            .collect();
        assert_eq!(beginnings(&different).len(), WORDS * (LONGEST - SHORTEST + 1));
        assert_eq!(
            wanted("мухаметкалиевичев").map(|words| words.into_iter().collect::<Vec<_>>()),
            Some(vec!["мухаметкал".to_owned()])
        );
    }
}
