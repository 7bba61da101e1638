//! The papers as others see them: poppler reads their text and fonts, qpdf their structure, zbar the code,
//! and the marks of PDF/A stand where ISO 19005-2 wants them. All names are made up.

use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::civil::{Date, DateTime, date};
use qoltanba::housing::granting::{Basis, Dwelling};
use qoltanba::housing::{Category, Language};
use qoltanba::paper::forms::{self, Issue, MissingDocument, Reference};
use qoltanba::paper::{Block, Error, Kind, Paper, SignatureLine, Signed};

use crate::common::has_tool;

const URL: &str = "https://qoltanba.example/v/ALA-2026-000001";
const LANGUAGES: [Language; 2] = [Language::Kk, Language::Ru];

fn today() -> Date {
    date(2026, 11, 24)
}

fn at() -> DateTime {
    today().at(11, 5, 0, 0)
}

fn ground_of_law(language: Language) -> String {
    let text = include_str!("../src/housing/editions/2025-05-24.toml");
    let edition = qoltanba::housing::edition::Edition::from_toml(text).expect("an edition");
    edition.refusals.first().expect("a ground").in_words(language)
}

fn either(language: Language, kazakh: &str, russian: &str) -> String {
    match language {
        Language::Kk => kazakh.to_owned(),
        Language::Ru => russian.to_owned(),
    }
}

fn issue(language: Language) -> Issue {
    let head = SignatureLine {
        position: either(language, "Басқарма басшысы", "Руководитель управления"),
        name: "Ә. Үлгібаев".to_owned(),
        signed: Signed::Electronically { at: at(), certificate: "3f9a01c2d4e5b6a798".to_owned() },
    };
    let worker = SignatureLine {
        position: either(language, "ХҚО қызметкері", "Работник ЦОН"),
        name: "Ң. Мысалова".to_owned(),
        signed: Signed::ByHand,
    };
    Issue {
        language,
        office: either(
            language,
            "Алматы қаласының Тұрғын үй және тұрғын үй инспекциясы басқармасы",
            "Управление жилья и жилищной инспекции города Алматы",
        ),
        number: "ALA-2026-000001".to_owned(),
        date: today(),
        signatures: vec![head, worker],
        phones: Some(["380-04-99".to_owned(), "380-04-85".to_owned()]),
        verification_url: URL.to_owned(),
        document_sha256: std::array::from_fn(|index| index as u8),
    }
}

fn applicant() -> forms::Applicant {
    forms::Applicant {
        name: "Үлгіева Ғалия Әсетқызы".to_owned(),
        address: "Алматы қ., Жароков к-сі, 215, 12-пәтер".to_owned(),
        phone: "+7 (727) 000-00-00".to_owned(),
        email: Some("ulgi@example.kz".to_owned()),
    }
}

fn reference(number: &str, day: Date) -> Reference {
    Reference { number: number.to_owned(), date: day }
}

fn application() -> Reference {
    reference("ALA-2026-000001", date(2026, 10, 30))
}

fn missing() -> Vec<MissingDocument> {
    let one = |code: &str, note: Option<&str>| MissingDocument {
        code: code.to_owned(),
        note: note.map(str::to_owned),
    };
    vec![one("D7", None), one("D3", Some("2026")), one("D4", None)]
}

fn members(language: Language) -> Vec<forms::Member> {
    let member = |name: &str, position: String| forms::Member { name: name.to_owned(), position };
    vec![
        member("Үлгібаев Ә. Ә.", either(language, "төраға", "председатель")),
        member("Мысалова Ң. Ғ.", either(language, "хатшы", "секретарь")),
        member("Өрнеков Һ. І.", either(language, "комиссия мүшесі", "член комиссии")),
    ]
}

/// One paper of each kind.
fn samples(language: Language) -> Vec<Paper> {
    let category = Category::Vulnerable;
    let minutes = || reference("7", date(2026, 11, 20));
    let registration = || reference("ALA-2026-000001", today());
    let dwelling = || Dwelling {
        cadastral_number: "20:315:027:118:7:40".to_owned(),
        address: either(
            language,
            "Алматы қ., Алатау ауданы, 7-үй, 40-пәтер",
            "г. Алматы, Алатауский район, дом 7, кв. 40",
        ),
        rooms: 2,
        area: "54.3".to_owned(),
        floor: Some(4),
    };
    let granting = || forms::Granting {
        applicant: applicant(),
        registration: registration(),
        category,
        dwelling: dwelling(),
        out_of_turn: None,
    };
    let ground = either(
        language,
        "соңғы бес жыл ішінде тұрғын үйін әдейі нашарлатқан; табысы туралы анықтама расталмады",
        "умышленное ухудшение жилищных условий в течение последних пяти лет; справка о доходах не подтверждена",
    );
    vec![
        forms::acceptance_receipt(
            issue(language),
            &forms::AcceptanceReceipt {
                accepted_at: at(),
                attached: ["D1", "D2", "D7"]
                    .map(|code| forms::AttachedDocument {
                        code: code.to_owned(),
                        file_name: format!("{code}-құжат.pdf"),
                    })
                    .into(),
                result_on: date(2026, 12, 24),
                result_place: either(language, "порталдағы жеке кабинет", "личный кабинет на портале"),
                accepted_by: either(language, "портал (автоматты түрде)", "портал (автоматически)"),
                applicant: applicant(),
            },
        ),
        forms::refusal_receipt(
            issue(language),
            &forms::RefusalReceipt {
                office_address: "Алматы, Жандосов, 51".to_owned(),
                applicant: applicant(),
                missing: missing(),
                executor_phone: "+7 (727) 000-00-01".to_owned(),
            },
        ),
        forms::return_letter(
            issue(language),
            &forms::ReturnLetter {
                applicant: applicant(),
                application: application(),
                missing: missing(),
                file_at: "Алматы, Жандосов, 51; www.egov.kz".to_owned(),
            },
        ),
        forms::memo(
            issue(language),
            &forms::Memo {
                application: application(),
                applicant: applicant().name,
                iin: "850315300128".to_owned(),
                category,
                family: vec![forms::FamilyMember {
                    name: "Үлгіев Өмір Әсетұлы".to_owned(),
                    relation: either(language, "ұлы", "сын"),
                }],
                documents: vec!["D1".to_owned(), "D2".to_owned(), "D12".to_owned()],
                conclusion: forms::Conclusion::Refuse { ground: ground.clone() },
            },
        ),
        forms::agenda(
            issue(language),
            &forms::Agenda {
                sitting: today(),
                place: either(language, "212-бөлме", "кабинет 212"),
                members: members(language),
                items: (1..=4)
                    .map(|number| forms::AgendaItem {
                        application: reference(&format!("ALA-2026-{number:06}"), date(2026, 10, 30)),
                        applicant: applicant().name,
                        category,
                        to_register: number % 2 == 0,
                    })
                    .collect(),
            },
        ),
        forms::minutes(
            issue(language),
            &forms::Minutes {
                sitting: today(),
                place: either(language, "212-бөлме", "кабинет 212"),
                present: members(language),
                absent: members(language).split_off(2),
                items: (1..=4)
                    .map(|number| forms::MinutesItem {
                        application: reference(&format!("ALA-2026-{number:06}"), date(2026, 10, 30)),
                        applicant: applicant().name,
                        category,
                        votes: forms::Votes { in_favour: 5, against: 1, abstained: 1 },
                        refused: (number % 2 == 1).then(|| ground.clone()),
                    })
                    .collect(),
                opinions: vec![(
                    "Өрнеков Һ. І.".to_owned(),
                    either(language, "№ 1 өтініш бойынша қарсымын", "против по заявлению № 1"),
                )],
            },
        ),
        forms::registration_notice(
            issue(language),
            &forms::RegistrationNotice {
                applicant: applicant(),
                application: application(),
                registration: registration(),
                category,
                queue_number: 1742,
                queue_on: today(),
                minutes: minutes(),
            },
        ),
        forms::refusal(
            issue(language),
            &forms::Refusal {
                applicant: applicant(),
                application: application(),
                category,
                ground: forms::RefusalGround::Decided {
                    grounds: vec![ground_of_law(language)],
                    reason: Some(ground),
                    minutes: minutes(),
                },
            },
        ),
        forms::courier_list(
            issue(language),
            &forms::CourierList {
                from: issue(language).office,
                to: either(language, "ХҚО, Әуезов ауданы", "ЦОН, Ауэзовский район"),
                courier: "Өрнеков Һ. І.".to_owned(),
                taken_by: None,
                items: (1..=5)
                    .map(|number| forms::CourierItem {
                        document: reference(&format!("Ш-{number}"), today()),
                        what: either(
                            language,
                            "Есепке қою туралы хабарлама",
                            "Уведомление о постановке на учёт",
                        ),
                        addressee: applicant().name,
                        sheets: Some(number),
                    })
                    .collect(),
            },
        ),
        forms::unclaimed_register(
            issue(language),
            &forms::UnclaimedRegister {
                from: either(language, "ХҚО, Әуезов ауданы", "ЦОН, Ауэзовский район"),
                to: issue(language).office,
                items: (1..=5)
                    .map(|number| forms::UnclaimedItem {
                        receipt: reference(&format!("ALA-2026-{number:06}"), date(2026, 9, 1)),
                        applicant: applicant().name,
                        iin: "850315300128".to_owned(),
                        document: either(
                            language,
                            "Есепке қою туралы хабарлама",
                            "Уведомление о постановке на учёт",
                        ),
                        result_on: date(2026, 10, 1),
                        sent_on: today(),
                        sent_by: "Мысалова Ң. Ғ.".to_owned(),
                        received_by: "Өрнеков Һ. І.".to_owned(),
                    })
                    .collect(),
            },
        ),
        forms::queue_extract(
            issue(language),
            &forms::QueueExtract {
                applicant: applicant().name,
                registration: registration(),
                category,
                queue_number: 1742,
                queue_on: today(),
                places: 8485,
            },
        ),
        forms::granting_offer(issue(language), &granting(), date(2026, 12, 1)),
        forms::granting_decision(
            issue(language),
            &forms::Granting { out_of_turn: Some((Basis::Judgement, "№ 2-17".into())), ..granting() },
            3,
            &minutes(),
        ),
        forms::removal_notice(
            issue(language),
            &forms::RemovalNotice {
                applicant: applicant(),
                registration: registration(),
                category,
                grounds: vec![ground_of_law(language)],
                basis: "Law 73(1)(2)".into(),
            },
        ),
    ]
}

/// A plain paper around some blocks.
fn around(blocks: Vec<Block>) -> Paper {
    Paper { blocks, signatures: Vec::new(), ..samples(Language::Kk).remove(6) }
}

/// A paper as a file.
struct File {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl File {
    fn of(paper: &Paper) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("paper.pdf");
        std::fs::write(&path, paper.to_pdf().expect("a paper")).expect("written");
        Self { _folder: folder, path }
    }

    fn run(&self, tool: &str, options: &[&str], after: &[&str]) -> String {
        let output =
            Command::new(tool).args(options).arg(&self.path).args(after).output().expect("the tool runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{tool}: {said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Its text as poppler reads it, words with one space between them.
    fn text(&self) -> String {
        words(&self.run("pdftotext", &["-raw", "-nopgbrk"], &["-"]))
    }

    fn page_count(&self) -> usize {
        let told = self.run("pdfinfo", &[], &[]);
        let count = told.lines().find_map(|line| line.strip_prefix("Pages:")).expect("a count of pages");
        count.trim().parse().expect("a number")
    }

    fn decoded(&self) -> String {
        let picture = self.path.with_extension("");
        self.run("pdftoppm", &["-r", "150", "-png"], &[&picture.to_string_lossy()]);
        let mut said = String::new();
        for entry in std::fs::read_dir(self.path.parent().expect("a folder")).expect("a folder").flatten() {
            if entry.path().extension().is_some_and(|extension| extension == "png") {
                let output = Command::new("zbarimg").args(["--quiet", "--raw"]).arg(entry.path()).output();
                said += &String::from_utf8_lossy(&output.expect("zbarimg runs").stdout);
            }
        }
        said
    }
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn has_poppler() -> bool {
    // poppler's tools answer -v, and fail on --version but run.
    has_tool("pdftotext") && has_tool("pdffonts") && has_tool("pdfinfo") && has_tool("pdftoppm")
}

/// Every text that the paper was made of.
fn texts(paper: &Paper) -> Vec<String> {
    let mut texts = vec![paper.office.clone(), paper.title.clone()];
    texts.extend(paper.addressee.clone());
    for block in &paper.blocks {
        match block {
            Block::Heading(text) | Block::Paragraph(text) => texts.push(text.clone()),
            Block::Rows(rows) => {
                texts.extend(rows.iter().flat_map(|(label, value)| [label.clone(), value.clone()]))
            }
            Block::Table { head, rows } => texts.extend(head.iter().chain(rows.iter().flatten()).cloned()),
            Block::List(items) => texts.extend(items.clone()),
        }
    }
    texts
}

#[test]
fn every_paper_gives_back_its_text_in_both_languages() {
    if !has_poppler() {
        return;
    }
    for language in LANGUAGES {
        let papers = samples(language);
        assert_eq!(papers.iter().map(|paper| paper.kind).collect::<Vec<_>>(), Kind::ALL);
        for paper in papers {
            let text = File::of(&paper).text();
            // Cells stand side by side, so that a text of several lines is found word by word.
            for word in texts(&paper).iter().flat_map(|text| text.split_whitespace()) {
                let pieces = word.split_inclusive('-');
                assert!(
                    text.contains(word) || pieces.clone().all(|piece| text.contains(piece)),
                    "{word}: {text}"
                );
            }
            for whole in [&paper.office, &paper.title] {
                assert!(text.contains(whole.as_str()), "{whole}: {text}");
            }
            assert!(!text.contains('\u{fffd}') && !text.contains('{') && !text.contains('$'), "{text}");
        }
    }
}

#[test]
fn a_paragraph_comes_back_letter_for_letter() {
    if !has_poppler() {
        return;
    }
    let text = "Әкімдікке өтініш: «Ғ ғ Қ қ Ң ң Ө ө Ұ ұ Ү ү Һ һ І і» – құны 1 500 ₸, № 5, ауданы 54,3 м². "
        .repeat(40);
    let paper = around(vec![Block::Paragraph(text.clone())]);
    assert!(File::of(&paper).text().contains(&words(&text)));
}

#[test]
fn what_the_form_prescribes_is_there() {
    // No line ends within a number and its sign, or a day and its month.
    let said = |paper: &Paper| texts(paper).join("\n").replace('\u{a0}', " ");
    let [kazakh, russian] = LANGUAGES.map(samples);
    let all = |papers: &[Paper], index: usize, wanted: &[&str]| {
        for text in wanted {
            assert!(said(&papers[index]).contains(text), "{text}: {}", said(&papers[index]));
        }
    };
    // Item 16: number and date, service, count and names of documents, date and place, who accepted, who asked.
    all(
        &kazakh,
        0,
        &[
            "№ ALA-2026-000001, 2026 жылғы 24 қараша, 11:05",
            "мұқтаж азаматтарды есепке алу және кезекке қою",
            "Отбасының әр мүшесінің өтініш берілгенге дейінгі соңғы 12 айдағы табысы туралы анықтама — D7-құжат.pdf",
            "2026 жылғы 24 желтоқсан",
            "портал (автоматты түрде)",
            "Үлгіева Ғалия Әсетқызы",
            "+7 (727) 000-00-00",
        ],
    );
    all(
        &russian,
        1,
        &["пунктом 2 статьи 20", "Алматы, Жандосов, 51", "в 2 экземплярах", "Справка о доходах"],
    );
    assert_eq!((kazakh[1].copies, kazakh[0].copies), (2, 1));
    all(&russian, 2, &["№ ALA-2026-000001 от 30 октября 2026 года", "подайте новое заявление", "(2026)"]);
    all(&russian, 5, &["воздержались: 1", "Отказать в постановке на учёт. Основание: умышленное"]);
    // Decision G5.
    all(
        &russian,
        6,
        &["24 ноября 2026 года", "ALA-2026-000001", "социально уязвимые слои населения", "1742"],
    );
    all(&russian, 11, &["не позднее 1 декабря 2026 года", "20:315:027:118:7:40", "В порядке очерёдности"]);
    all(&russian, 12, &["вне очереди", "решение суда", "№ 2-17"]);
    assert!(!said(&russian[12]).contains("в порядке очерёдности"));
    all(&russian, 13, &["статья 73", "Law 73(1)(2)"]);
    let mut issue = issue(Language::Kk);
    issue.number = String::new();
    let incomplete = forms::Refusal {
        applicant: forms::Applicant::default(),
        application: application(),
        category: Category::Orphan,
        ground: forms::RefusalGround::Incomplete {
            missing: vec![MissingDocument { code: "D13".to_owned(), note: None }],
        },
    };
    let paper = forms::refusal(issue, &incomplete);
    assert!(said(&paper).contains("D13") && said(&paper).contains("жаңа өтініш беріңіз"));
    assert!(paper.addressee.is_empty());
}

#[test]
fn fonts_are_embedded_as_subsets() {
    if !has_poppler() {
        return;
    }
    for paper in samples(Language::Kk) {
        let told = File::of(&paper).run("pdffonts", &[], &[]);
        let fonts: Vec<_> = told.lines().skip(2).collect();
        assert_eq!(fonts.len(), 2, "{told}");
        for font in fonts {
            // Columns from the right: embedded, subset, to Unicode, object and generation.
            let columns: Vec<_> = font.split_whitespace().rev().collect();
            assert_eq!(columns[2..5], ["yes", "yes", "yes"], "{font}");
            assert!(font.contains("NotoSans"), "{font}");
        }
    }
}

#[test]
fn the_structure_is_sound() {
    if !has_tool("qpdf") {
        return;
    }
    for paper in LANGUAGES.iter().flat_map(|language| samples(*language)) {
        let told = File::of(&paper).run("qpdf", &["--check"], &[]);
        assert!(
            told.contains("File is not encrypted") && told.contains("No syntax or stream encoding errors")
        );
        assert!(!told.contains("WARNING"), "{told}");
    }
}

/// What ISO 19005-2 asks for and can be seen without its whole table.
fn marks_of_archival(file: &Path) -> Result<(), String> {
    let output = Command::new("qpdf")
        .args(["--json", "--json-stream-data=inline", "--decode-level=all"])
        .arg(file)
        .output();
    let told: serde_json::Value =
        serde_json::from_slice(&output.expect("qpdf runs").stdout).map_err(|error| error.to_string())?;
    let objects = told["qpdf"][1].as_object().ok_or("no objects")?;
    let trailer = &objects["trailer"]["value"];
    let object = |reference: &serde_json::Value| {
        let name = format!("obj:{}", reference.as_str().unwrap_or_default());
        objects.get(&name).cloned().unwrap_or_default()
    };
    let root = object(&trailer["/Root"])["value"].clone();
    let is = |good: bool, what: &str| if good { Ok(()) } else { Err(what.to_owned()) };
    is(trailer.get("/Encrypt").is_none(), "encrypted")?;
    is(trailer["/ID"].as_array().is_some_and(|parts| parts.len() == 2), "no identifier")?;
    is(root["/Lang"].is_string(), "no language")?;
    // Each of these may stand by itself or be referred to.
    let follow = |value: &serde_json::Value| match object(value) {
        serde_json::Value::Null => value.clone(),
        found => found["value"].clone(),
    };
    let intent = follow(&follow(&root["/OutputIntents"])[0]);
    is(intent["/S"] == "/GTS_PDFA1", "no output intent")?;
    is(object(&intent["/DestOutputProfile"])["stream"].is_object(), "no profile in the output intent")?;
    let metadata = object(&root["/Metadata"]);
    let data = metadata["stream"]["data"].as_str().ok_or("no metadata")?;
    let octets = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, data)
        .map_err(|error| error.to_string())?;
    let packet = String::from_utf8(octets).map_err(|error| error.to_string())?;
    is(packet.contains("<pdfaid:part>2</pdfaid:part>"), "no part")?;
    is(packet.contains("<pdfaid:conformance>U</pdfaid:conformance>"), "no level")?;
    is(metadata["stream"]["dict"].get("/Filter").is_none(), "filtered metadata")?;
    for one in objects.values() {
        let dictionary = if one["stream"].is_object() { &one["stream"]["dict"] } else { &one["value"] };
        for forbidden in ["/JS", "/JavaScript", "/AA", "/OpenAction", "/SMask", "/EmbeddedFiles"] {
            is(dictionary.get(forbidden).is_none(), forbidden)?;
        }
        if dictionary["/Type"] == "/FontDescriptor" {
            let files = ["/FontFile", "/FontFile2", "/FontFile3"];
            is(files.iter().any(|file| dictionary.get(*file).is_some()), "a font that is not embedded")?;
        }
    }
    Ok(())
}

#[test]
fn the_marks_of_archival_are_there() {
    if !has_tool("qpdf") {
        return;
    }
    for paper in LANGUAGES.iter().flat_map(|language| samples(*language)) {
        let file = File::of(&paper);
        assert_eq!(marks_of_archival(&file.path), Ok(()), "{:?}", paper.kind);
    }
    // The check can fail: without its level, and encrypted.
    let file = File::of(&samples(Language::Kk)[0]);
    let locked = file.path.with_file_name("locked.pdf");
    let locking = ["--encrypt", "", "owner", "256", "--"];
    file.run("qpdf", &locking, &[&locked.to_string_lossy()]);
    assert_eq!(marks_of_archival(&locked), Err("encrypted".to_owned()));
    let octets = std::fs::read(&file.path).expect("read");
    let mark = b"<pdfaid:conformance>U";
    let place = octets.windows(mark.len()).position(|part| part == mark).expect("the mark");
    let mut other = octets;
    other[place + mark.len() - 1] = b'X';
    std::fs::write(&locked, other).expect("written");
    assert_eq!(marks_of_archival(&locked), Err("no level".to_owned()));
}

#[test]
fn the_language_and_the_title_are_told() {
    if !has_poppler() {
        return;
    }
    for language in LANGUAGES {
        let paper = &samples(language)[6];
        let file = File::of(paper);
        let told = file.run("pdfinfo", &["-isodates"], &[]);
        assert!(told.contains(&format!("{} № {}", paper.title, paper.number)), "{told}");
        assert!(told.contains(&paper.office) && told.contains("2026-11-24"), "{told}");
        let octets = std::fs::read(&file.path).expect("read");
        let lang = format!("/Lang({})", language.code());
        let packed: Vec<u8> = octets.into_iter().filter(|octet| !octet.is_ascii_whitespace()).collect();
        assert!(packed.windows(lang.len()).any(|part| part == lang.as_bytes()), "{lang}");
    }
}

#[test]
fn the_code_leads_to_the_original() {
    if !has_poppler() || !has_tool("zbarimg") {
        return;
    }
    for language in LANGUAGES {
        for index in [0, 1, 9] {
            let paper = &samples(language)[index];
            let file = File::of(paper);
            let decoded = file.decoded();
            let lines: Vec<_> = decoded.lines().collect();
            assert_eq!(lines.len(), usize::from(paper.copies), "{decoded}");
            assert!(lines.iter().all(|line| *line == URL), "{decoded}");
            let text = file.text();
            assert!(
                text.contains(URL) && text.contains("SHA-256: 000102030405060708090a0b0c0d0e0f"),
                "{text}"
            );
        }
    }
    // As long as an address may be.
    let long = Paper { verification_url: format!("https://a.example/{}", "x".repeat(282)), ..around(vec![]) };
    assert_eq!(File::of(&long).decoded().trim(), long.code());
}

#[test]
fn an_address_that_is_none_is_refused() {
    let too_long = format!("https://a.example/{}", "x".repeat(300));
    for address in
        ["", "https://a.example/ b", "https://a.example/қ", "https://a.example/#b", "a\nb", &too_long]
    {
        let paper = Paper { verification_url: address.to_owned(), ..around(vec![]) };
        assert_eq!(paper.to_pdf(), Err(Error::Address), "{address}");
    }
}

#[test]
fn the_same_paper_gives_the_same_octets() {
    let octets = |paper: &Paper| paper.to_pdf().expect("a paper");
    for (one, other) in samples(Language::Kk).iter().zip(samples(Language::Kk)) {
        assert!(octets(one) == octets(&other), "{:?}", one.kind);
    }
    let paper = around(vec![]);
    for other in [
        Paper { number: "2".to_owned(), ..paper.clone() },
        Paper { document_sha256: [9; 32], ..paper.clone() },
        Paper { date: date(2026, 11, 25), ..paper.clone() },
    ] {
        assert!(octets(&paper) != octets(&other));
    }
}

#[test]
fn a_long_table_repeats_its_head_and_loses_no_row() {
    if !has_poppler() {
        return;
    }
    let rows =
        (1..=500).map(|number| vec![format!("row{number:03}"), "Тұрғын үйге мұқтаж ".repeat(9)]).collect();
    let head = vec!["Бірегейбас".to_owned(), "Мәтін".to_owned()];
    let file = File::of(&around(vec![Block::Table { head, rows }]));
    let (text, pages) = (file.text(), file.page_count());
    assert!(pages > 10);
    for number in 1..=500 {
        assert_eq!(text.matches(&format!("row{number:03}")).count(), 1);
    }
    let heads = text.matches("Бірегейбас").count();
    // The code may stand on a page of its own.
    assert!(heads == pages || heads + 1 == pages, "{heads} heads on {pages} pages");
    assert!(text.contains(&format!("1-бет, барлығы {pages}")));
    assert!(text.contains(&format!("{pages}-бет, барлығы {pages}")));
    assert_eq!(text.matches("№ ALA-2026-000001 · SHA-256 0001020304050607").count(), pages);
}

#[test]
fn a_head_stays_with_its_first_row() {
    if !has_poppler() {
        return;
    }
    // Whatever stands above, the head is never the last thing on a page.
    for above in 20..50 {
        let lines = vec!["жол".to_owned(); above].join("\n");
        let table = Block::Table {
            head: vec!["Бірегейбас".to_owned()],
            rows: vec![vec!["бірінші ".repeat(60)], vec!["соңғы".to_owned()]],
        };
        let text = File::of(&around(vec![Block::Paragraph(lines), table])).text();
        let followed = ["Бірегейбас бірінші", "Бірегейбас соңғы"].map(|both| text.matches(both).count());
        assert_eq!(followed.iter().sum::<usize>(), text.matches("Бірегейбас").count(), "{above}");
    }
}

#[test]
fn long_texts_and_rows_go_on_over_pages() {
    if !has_poppler() {
        return;
    }
    let long = (0..6000).map(|number| format!("сөз{number}")).collect::<Vec<_>>().join(" ");
    let blocks = [
        Block::Paragraph(long.clone()),
        Block::Rows(vec![("Негізі".to_owned(), long.clone())]),
        Block::Table { head: vec!["Негізі".to_owned()], rows: vec![vec![long.clone()]] },
        Block::List(vec![long.clone()]),
        // A head longer than a page is a row like others.
        Block::Table { head: vec![long.clone()], rows: vec![] },
        Block::Heading(long.clone()),
    ];
    for block in blocks {
        let file = File::of(&around(vec![block]));
        assert!(file.page_count() > 3);
        let text = file.text();
        let missing = long.split(' ').filter(|word| !text.contains(*word)).count();
        assert_eq!(missing, 0);
    }
}

#[test]
fn hostile_papers_are_set_and_nothing_panics() {
    let names = [
        "\u{0}\u{1}\u{7f}\u{feff}\u{fffe}\u{ffff}",
        "\u{202e}gnp.exe\u{2066}\u{2069}",
        "王小明 محمد \u{1f600}\u{e000}",
        "a\u{301}\u{301}\u{301}\u{301}",
        "",
        " \n\r\n\t ",
        &"\u{301}".repeat(2000),
        &"Ұ".repeat(5000),
        "<a>&amp;]]></a> %PDF-1.7 endstream endobj (\\)",
    ];
    for name in names {
        let text = || name.to_owned();
        let mut papers = vec![around(vec![
            Block::Heading(text()),
            Block::Paragraph(text()),
            Block::Rows(vec![(text(), text())]),
            Block::Table {
                head: vec![text(), text()],
                rows: vec![vec![text()], vec![text(), text(), text()], vec![]],
            },
            Block::Table { head: vec![], rows: vec![] },
            Block::Table { head: vec![], rows: vec![vec![], vec![text(); 60]] },
            Block::List(vec![text()]),
            Block::List(vec![]),
        ])];
        let paper = papers[0].clone();
        papers.push(Paper {
            office: text(),
            number: text(),
            addressee: vec![text(); 3],
            title: text(),
            signatures: vec![SignatureLine {
                position: text(),
                name: text(),
                signed: Signed::Electronically { at: at(), certificate: text() },
            }],
            copies: 0,
            ..paper
        });
        for paper in papers {
            let octets = paper.to_pdf();
            assert!(octets.is_ok(), "{name:?}: {octets:?}");
            if has_tool("qpdf") {
                let file = File::of(&paper);
                file.run("qpdf", &["--check"], &[]);
                assert_eq!(marks_of_archival(&file.path), Ok(()), "{name:?}");
            }
        }
    }
}

#[test]
fn what_cannot_be_shown_is_marked_and_turns_nothing() {
    if !has_poppler() {
        return;
    }
    let file = File::of(&around(vec![Block::Paragraph("Әлі\u{202e}ев\u{0} 王 соңы".to_owned())]));
    let text = file.text();
    assert!(text.contains("Әлі\u{fffd}ев\u{fffd} \u{fffd} соңы"), "{text}");
}

#[test]
fn empty_values_are_shown_as_a_dash() {
    if !has_poppler() {
        return;
    }
    let rows = vec![("Негізі".to_owned(), String::new())];
    let text = File::of(&around(vec![Block::Rows(rows), Block::List(vec![" ".to_owned()])])).text();
    assert!(text.contains("Негізі —") && text.contains("1. —"), "{text}");
}

#[test]
fn a_paper_without_end_is_refused() {
    let rows = vec![vec!["ұ\n".repeat(60)]; 3000];
    let paper = around(vec![Block::Table { head: vec!["Б".to_owned()], rows }]);
    assert_eq!(paper.to_pdf(), Err(Error::TooLong));
}
