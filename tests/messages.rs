//! What the program says when nothing could be judged, in each language.

use std::path::Path;
use std::process::Command;

/// The message of the error object for a command.
fn said(arguments: &[&str], language: &str) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_qoltanba"))
        .args(arguments)
        .args(["--format", "json", "--lang", language])
        .env("QOLTANBA_TRUST", "/nothing/here")
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let text = |name: &str| value["error"][name].as_str().unwrap_or_default().to_owned();
    (text("code"), text("message"))
}

#[test]
fn a_mark_that_contradicts_the_declaration_is_not_called_an_unknown_encoding() {
    let folder = tempfile::tempdir().expect("a folder");
    let utf16: Vec<u8> = "\u{FEFF}<?xml version='1.0' encoding='UTF-8'?><a/>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let declared = |mark: &str, encoding: &str| {
        format!("{mark}<?xml version='1.0' encoding='{encoding}'?><a/>").into_bytes()
    };
    let texts = ["declares the encoding", "объявлена кодировка", "кодтауы жарияланған"];
    let unknown = ["is not supported", "не поддерживается", "қолдау көрсетілмейді"];
    for (octets, encoding, texts) in [
        (declared("\u{FEFF}", "windows-1251"), "windows-1251", texts),
        (utf16, "utf-8", texts),
        (declared("", "UTF-16"), "utf-16", texts),
        (declared("", "windows-1252"), "windows-1252", unknown),
        // By its mark it is UTF-8, whether or not what it declares is known.
        (declared("\u{FEFF}", "windows-1252"), "windows-1252", texts),
    ] {
        let path = folder.path().join("e.xml");
        std::fs::write(&path, octets).expect("written");
        for (language, text) in ["en", "ru", "kk"].into_iter().zip(texts) {
            let (code, message) = said(&["verify", &path.display().to_string()], language);
            assert_eq!(code, "XML_ENCODING", "{message}");
            assert!(message.contains(text) && message.contains(encoding), "{language}: {message}");
        }
    }
}

#[test]
fn why_nothing_was_judged_is_said_in_the_readers_language() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.display().to_string()
    };
    let (malformed, other) = (file("a.xml", "<a>]]></a>"), file("b.xml", "<a x='1' x='2'/>"));
    let policy = file("p.toml", "name = \"p\"\nrsa_bits = many\n");
    let missing = folder.path().join("missing.xml").display().to_string();
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).expect("a folder");
    let (empty, below) = (empty.display().to_string(), Path::new(&malformed).join("x").display().to_string());
    let junk = file("c.cer", "no certificate");
    let verify = |rest: &[&str]| {
        [&["verify"], rest].concat().iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()
    };
    let cases: [(Vec<String>, &str, [&str; 3]); 9] = [
        (
            verify(&[&malformed]),
            "XML_MALFORMED",
            ["]]> in text", "последовательность ]]> в тексте", "мәтіндегі ]]> тізбегі"],
        ),
        (
            verify(&[&other]),
            "XML_MALFORMED",
            ["an attribute occurs twice", "атрибут указан дважды", "атрибут екі рет берілген"],
        ),
        (verify(&[&missing]), "FILE_UNREADABLE", ["not found", "не найден", "табылмады"]),
        (
            verify(&[&below]),
            "FILE_UNREADABLE",
            [
                "a part of the path is not a directory",
                "часть пути не является папкой",
                "жолдың бір бөлігі қалта емес",
            ],
        ),
        (
            verify(&[&malformed, "--certs", &junk]),
            "FILE_UNREADABLE",
            [
                "nothing readable inside",
                "внутри нет ничего, что можно прочитать",
                "ішінде оқуға болатын ештеңе жоқ",
            ],
        ),
        (
            verify(&[&malformed, "--policy", &policy]),
            "ARGUMENT_INVALID",
            ["is not valid (line 2)", "составлен неверно (строка 2)", "қате жасалған (жол 2)"],
        ),
        (
            verify(&[&malformed, "--policy", &missing]),
            "FILE_UNREADABLE",
            ["not found", "не найден", "табылмады"],
        ),
        (
            verify(&[&malformed, "--id-attribute", "x#"]),
            "ARGUMENT_INVALID",
            [
                "no local name in --id-attribute x#",
                "в --id-attribute x# нет локального имени",
                "--id-attribute x# ішінде жергілікті атау жоқ",
            ],
        ),
        (
            verify(&[&empty]),
            "ARGUMENT_INVALID",
            [
                "no document in the folders named",
                "в указанных папках нет документов",
                "көрсетілген қалталарда құжат жоқ",
            ],
        ),
    ];
    for (arguments, code, texts) in cases {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        for (language, text) in ["en", "ru", "kk"].into_iter().zip(texts) {
            let (found, message) = said(&arguments, language);
            assert_eq!(found, code, "{message}");
            assert!(message.contains(text), "{language}: {text} expected in {message}");
            assert!(!message.contains("os error"), "{message}");
        }
    }
}
