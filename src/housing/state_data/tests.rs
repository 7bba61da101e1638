//! Questions of an application, and every way in which an answer can fail to be one.

use super::*;
use crate::housing::Application;
use crate::housing::application::Representative;
use crate::housing::application::tests::{IIN, sample};
use crate::validation::VerifiedDocument;
use jiff::SignedDuration;
use jiff::civil::date;

const OFFICIAL: &str = "790512300125";
const OTHER: &str = "850101300603";
const BIN: &str = "140540000015";

fn asked_at() -> Timestamp {
    "2026-11-24T06:00:00Z".parse().unwrap()
}

fn rules() -> Rules {
    let signatory = |database| Signatory { database, iin: OFFICIAL.into(), bin: Some(BIN.into()) };
    Rules { signatories: Database::ALL.map(signatory).into(), ..Rules::default() }
}

fn questions(data: &Application, signer: &str, rules: &Rules) -> Vec<Question> {
    let document = VerifiedDocument::for_test(&data.to_xml(), signer, None, asked_at());
    let filed = Application::read(&document, rules).unwrap();
    let mut count = 0;
    let id = || {
        count += 1;
        Ok::<_, ()>(format!("{count:032x}"))
    };
    Question::of(&filed, rules, asked_at(), date(2026, 11, 24), id).unwrap()
}

fn question(database: Database) -> Question {
    let all = questions(&sample(IIN), IIN, &rules());
    all.into_iter().find(|one| one.database == database).unwrap()
}

fn read(question: &Question, xml: &str) -> Result<StateRecord, Vec<&'static str>> {
    read_by(question, xml, OFFICIAL, Some(BIN))
}

fn read_by(
    question: &Question,
    xml: &str,
    signer: &str,
    bin: Option<&str>,
) -> Result<StateRecord, Vec<&'static str>> {
    let at = asked_at() + SignedDuration::from_secs(20);
    let document = VerifiedDocument::for_test(xml, signer, bin, at);
    let codes = |refusals: Vec<Refusal>| refusals.iter().map(|one| one.code).collect();
    StateRecord::read(&document, question, &rules()).map_err(codes)
}

fn answer(question: &Question, content: &Content) -> String {
    content.to_xml(question.database, &question.id, &question.iin, asked_at())
}

fn compared(question: &Question, content: &Content) -> Comparison {
    compare(question, &read(question, &answer(question, content)).unwrap())
}

fn person(surname: &str, given_name: &str, patronymic: Option<&str>) -> Content {
    Content::Person {
        surname: surname.into(),
        given_name: given_name.into(),
        patronymic: patronymic.map(Into::into),
        birth: date(1985, 3, 15),
        death: None,
    }
}

fn power(principal: &str, until: Date, revoked: Option<Date>) -> Content {
    Content::PowerOfAttorney {
        number: "7-12".into(),
        notary: "N".into(),
        principal: principal.into(),
        representative: OTHER.into(),
        given: date(2026, 1, 12),
        until,
        revoked,
    }
}

fn represented() -> Application {
    let mut data = sample(IIN);
    let person =
        Person {
            iin: OTHER.into(), surname: "Мысалов".into(), given_name: "Мысал".into(), patronymic: None
        };
    data.representative = Some(Representative {
        person,
        number: "7-12".into(),
        given: date(2026, 1, 12),
        until: date(2027, 1, 11),
    });
    data.attachments.push(crate::housing::application::Attachment {
        document_code: "D11".into(),
        file_name: "d11.pdf".into(),
        media_type: "application/pdf".into(),
        size: 1,
        sha256: [1; 32],
    });
    data
}

#[test]
fn who_is_asked_about_whom() {
    let mut data = represented();
    data.family.push((Person { iin: "850101300615".into(), ..data.applicant.clone() }, "spouse".into()));
    let codes = |rules: &Rules| -> Vec<String> {
        let all = questions(&data, OTHER, rules);
        all.iter().map(|one| format!("{} {} {}", one.database.code(), one.person, one.iin)).collect()
    };
    assert_eq!(
        codes(&rules()),
        [
            "natural-persons applicant 850315300128",
            "residence applicant 850315300128",
            "property applicant 850315300128",
            "natural-persons member-1 850101300615",
            "residence member-1 850101300615",
            "property member-1 850101300615",
            "natural-persons representative 850101300603",
            "powers-of-attorney applicant 850315300128",
        ]
    );
    let mut few = rules();
    few.signatories.retain(|one| one.database == Database::PowersOfAttorney);
    assert_eq!(codes(&few), ["powers-of-attorney applicant 850315300128"]);
    assert!(codes(&Rules::default()).is_empty());
}

#[test]
fn a_question_says_no_more_than_is_needed_and_is_read_back() {
    let all = questions(&represented(), OTHER, &rules());
    for one in &all {
        let asked = Asked::read(one.to_xml().as_bytes(), &rules()).unwrap();
        assert_eq!((&asked.id, asked.database, &asked.iin), (&one.id, one.database, &one.iin));
        assert_eq!(asked.number.is_some(), one.database == Database::PowersOfAttorney);
        assert!(!one.to_xml().contains("Әлиев") && !format!("{one:?}").contains(&one.iin));
        let kept = serde_json::to_string(one).unwrap();
        assert!(serde_json::from_str::<Question>(&kept).unwrap() == *one);
    }
    let good = all[0].to_xml();
    for (from, to, code) in [
        ("natural-persons", "persons", "UNKNOWN_VALUE"),
        ("id=\"0", "id=\"X", "UNKNOWN_VALUE"),
        (IIN, "850315300127", "IIN_CHECK_DIGIT"),
        ("<iin>", "<name>x</name><iin>", "UNKNOWN_ELEMENT"),
        ("question:1", "question:2", "WRONG_DOCUMENT"),
        ("</question>", "", "NOT_XML"),
    ] {
        let refusals = Asked::read(good.replacen(from, to, 1).as_bytes(), &rules()).err().unwrap();
        assert!(refusals.iter().any(|one| one.code == code), "{code} {refusals:?}");
    }
}

#[test]
fn only_the_answer_to_this_question_by_its_signatory_is_read() {
    let one = question(Database::NaturalPersons);
    let content = person("Әлиев", "Асан", None);
    let good = answer(&one, &content);
    assert!(read(&one, &good).is_ok());
    for (signer, bin) in [(OTHER, Some(BIN)), (OFFICIAL, Some("060140000013")), (OFFICIAL, None)] {
        let codes = read_by(&one, &good, signer, bin).err().unwrap();
        assert_eq!(codes, ["STATE_RECORD_SIGNER"], "{signer} {bin:?}");
    }
    let year = |at: &str| good.replace("2026-11-24T06:00:00Z", at);
    for (bad, code) in [
        (content.to_xml(one.database, &"0".repeat(32), &one.iin, asked_at()), "STATE_RECORD_OTHER"),
        (content.to_xml(one.database, &one.id, OTHER, asked_at()), "STATE_RECORD_OTHER"),
        (content.to_xml(Database::Property, &one.id, &one.iin, asked_at()), "STATE_RECORD_OTHER"),
        (answer(&one, &Content::Property(vec![])), "STATE_RECORD_OTHER"),
        (year("2026-11-24T05:54:59Z"), "STATE_RECORD_TIME"),
        (year("2026-11-24T06:05:21Z"), "STATE_RECORD_TIME"),
        (year("yesterday"), "UNKNOWN_VALUE"),
        (good.replace("state-record:1", "state-record:2"), "WRONG_DOCUMENT"),
        (good.replace("</stateRecord>", ""), "NOT_XML"),
        (good.replace("<person>", "<noRecord></noRecord><person>"), "UNKNOWN_ELEMENT"),
        (good.replace("<subject>", "<x></x><subject>"), "UNKNOWN_ELEMENT"),
        (good.replace("<birthDate>1985-03-15</birthDate>", ""), "MISSING"),
        (good.replace("1985-03-15", "15.03.1985"), "DATE_FORM"),
        (good.replace("Асан", "А<!-- -->сан"), "NOT_PLAIN_TEXT"),
        (good.replace("Асан", ""), "EMPTY"),
    ] {
        let codes = read(&one, &bad).err().unwrap_or_default();
        assert!(codes.contains(&code), "{code} {codes:?} {bad}");
    }
    assert!(
        read(&one, &year("2026-11-24T05:55:01Z")).is_ok()
            && read(&one, &year("2026-11-24T06:05:19Z")).is_ok()
    );
}

#[test]
fn identities_agree_contradict_or_are_not_there() {
    let one = question(Database::NaturalPersons);
    assert_eq!(compared(&one, &person("ӘЛИЕВ", " асан ", Some("X"))), Comparison::Agree);
    assert_eq!(compared(&one, &Content::NoRecord), Comparison::NoData);
    let other = compared(&one, &person("Омаров", "Асан", None));
    let Comparison::Contradict { differences } = &other else { panic!("{other:?}") };
    let only = Difference {
        field: "surname".into(),
        claimed: Some("Әлиев".into()),
        recorded: Some("Омаров".into()),
    };
    assert!(differences == &[only] && !format!("{other:?}").contains("Омаров"));
    let mut claimed = one.clone();
    claimed.claim = Claim::Identity {
        surname: "Әлиев".into(),
        given_name: "Асан".into(),
        // И with a breve apart.
        patronymic: Some("Серге\u{438}\u{306}".into()),
    };
    assert_eq!(compared(&claimed, &person("Әлиев", "Асан", Some("Сергей"))), Comparison::Agree);
    assert_eq!(compared(&claimed, &person("Әлиев", "Асан", None)).fields(), ["patronymic"]);
    let dead = answer(&one, &person("Әлиев", "Асан", None))
        .replace("</birthDate>", "</birthDate><deathDate>2020-02-29</deathDate>");
    assert_eq!(compare(&one, &read(&one, &dead).unwrap()).fields(), ["deathDate"]);
}

#[test]
fn powers_of_attorney_are_in_force_or_contradict() {
    let all = questions(&represented(), OTHER, &rules());
    let mut one = all.into_iter().find(|one| one.database == Database::PowersOfAttorney).unwrap();
    let end = date(2027, 1, 11);
    assert_eq!(compared(&one, &power(IIN, end, None)), Comparison::Agree);
    assert_eq!(compared(&one, &power(OTHER, end, None)).fields(), ["principal"]);
    assert_eq!(compared(&one, &power(IIN, date(2026, 11, 23), None)).fields(), ["until"]);
    assert_eq!(compared(&one, &power(IIN, end, Some(date(2026, 3, 1)))).fields(), ["revoked"]);
    assert_eq!(compared(&one, &Content::NoRecord), Comparison::NoData);
    // Past its end on the date of filing, whatever both sides say.
    if let Claim::PowerOfAttorney { on, .. } = &mut one.claim {
        *on = date(2027, 1, 12);
    }
    assert_eq!(compared(&one, &power(IIN, end, None)).fields(), ["until"]);
}

#[test]
fn residence_is_where_one_is_registered_now() {
    let one = question(Database::Residence);
    let place = |address: &str, until: Option<Date>| Place {
        address: address.into(),
        since: date(2012, 4, 1),
        until,
    };
    let same = "алматы  Шаңырақ, 1, 2";
    let ended = Some(date(2020, 1, 1));
    let said = |places: Vec<Place>| compared(&one, &Content::Residence(places));
    assert_eq!(said(vec![place("Астана", ended), place(same, None)]), Comparison::Agree);
    assert_eq!(said(vec![place(same, ended), place("Астана", None)]).fields(), ["address"]);
    assert_eq!(said(vec![place("Алматы, Шаңырақ, 1, 22", None)]).fields(), ["address"]);
    assert_eq!(said(vec![place(same, ended)]), Comparison::NoData);
    assert_eq!(said(vec![]), Comparison::NoData);
}

#[test]
fn dwellings_speak_against_need_but_for_the_one_in_emergency() {
    let dwelling =
        || Dwelling { kind: "apartment".into(), share: "1/2".into(), address: "Алматы".into() };
    let one = question(Database::Property);
    assert_eq!(compared(&one, &Content::Property(vec![])), Comparison::Agree);
    assert_eq!(compared(&one, &Content::NoRecord), Comparison::NoData);
    let found = compared(&one, &Content::Property(vec![dwelling()]));
    assert_eq!(found.fields(), ["dwelling"]);
    let mut emergency = one;
    emergency.claim = Claim::Dwellings { category: Category::EmergencyDwelling };
    assert_eq!(compared(&emergency, &Content::Property(vec![])), Comparison::NoData);
    assert_eq!(compared(&emergency, &Content::Property(vec![dwelling()])), Comparison::Agree);
    let two = Content::Property(vec![dwelling(), dwelling()]);
    assert_eq!(compared(&emergency, &two).fields(), ["dwelling", "dwelling"]);
}

#[test]
fn a_representative_files_with_a_power_of_attorney_in_force() {
    let codes = |data: &Application, signer: &str| -> Vec<&'static str> {
        let document = VerifiedDocument::for_test(&data.to_xml(), signer, None, asked_at());
        let read = Application::read(&document, &rules());
        read.err().unwrap_or_default().iter().map(|one| one.code).collect()
    };
    let good = represented();
    assert_eq!(codes(&good, OTHER), Vec::<&str>::new());
    let document = VerifiedDocument::for_test(&good.to_xml(), OTHER, None, asked_at());
    let filed = Application::read(&document, &rules()).unwrap();
    assert!(filed.application() == &good && filed.iin().as_str() == IIN);
    assert_eq!(codes(&good, IIN), ["SIGNER_NOT_REPRESENTATIVE"]);
    assert_eq!(codes(&good, "850101300615"), ["SIGNER_NOT_REPRESENTATIVE"]);
    let with = |change: &dyn Fn(&mut Representative)| {
        let mut data = represented();
        data.representative.iter_mut().for_each(change);
        data
    };
    assert_eq!(codes(&with(&|one| one.until = date(2026, 11, 23)), OTHER), ["POWER_OF_ATTORNEY_TERM"]);
    assert_eq!(codes(&with(&|one| one.given = date(2026, 11, 25)), OTHER), ["POWER_OF_ATTORNEY_TERM"]);
    assert_eq!(codes(&with(&|one| one.person.iin = IIN.into()), IIN), ["DUPLICATE_PERSON"]);
    let mut bare = represented();
    bare.attachments.clear();
    assert_eq!(codes(&bare, OTHER), ["POWER_OF_ATTORNEY_MISSING"]);
}
