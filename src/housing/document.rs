//! Receipts and notices as data and as XML to seal, in the language of the application (item 4).

use super::edition::Ground;
use super::granting::Offer;
use super::workflow::Move;
use super::{Category, FiledApplication, IntakeRefusal, Language, Outcome, Rules};
use crate::calendar::Term;
use crate::xml::write::Xml;
use jiff::{Timestamp, civil::Date};

pub const RECEIPT_NAMESPACE: &str = "urn:qoltanba:housing:receipt:1";
pub const NOTICE_NAMESPACE: &str = "urn:qoltanba:housing:notice:1";
pub const REFUSAL_RECEIPT_NAMESPACE: &str = "urn:qoltanba:housing:refusal-receipt:1";
pub const EXTRACT_NAMESPACE: &str = "urn:qoltanba:housing:queue-extract:1";
pub const GRANTING_OFFER_NAMESPACE: &str = "urn:qoltanba:housing:granting-offer:1";
pub const GRANTING_DECISION_NAMESPACE: &str = "urn:qoltanba:housing:granting-decision:1";
pub const REMOVAL_NOTICE_NAMESPACE: &str = "urn:qoltanba:housing:removal-notice:1";

/// The name of the service (item 1).
pub(crate) fn service_name(language: Language) -> &'static str {
    match language {
        Language::Kk => {
            "Мемлекеттік тұрғын үй қорынан берілетін тұрғын үйге мұқтаж азаматтарды есепке алу және кезекке қою"
        }
        Language::Ru => {
            "Постановка на учёт и очередность граждан, нуждающихся в жилище из государственного жилищного фонда"
        }
    }
}

/// The acts that the service rests on.
pub(crate) fn legal_base(language: Language) -> &'static str {
    match language {
        Language::Kk => {
            "«Тұрғын үй қатынастары туралы» Қазақстан Республикасының 1997 жылғы 16 сәуірдегі Заңы; Алматы қаласы әкімдігінің 2014 жылғы 11 мамырдағы № 2/341 қаулысы"
        }
        Language::Ru => {
            "Закон Республики Казахстан от 16 апреля 1997 года «О жилищных отношениях»; постановление акимата города Алматы от 11 мая 2014 года № 2/341"
        }
    }
}

pub(crate) fn office(rules: &Rules, language: Language) -> &str {
    match language {
        Language::Kk => &rules.office_name_kk,
        Language::Ru => &rules.office_name_ru,
    }
}

/// The receipt of acceptance with the six fields of item 16, as XML.
pub fn receipt<Standing>(
    number: &str,
    filed_at: Timestamp,
    term: &Term,
    filed: &FiledApplication<Standing>,
    rules: &Rules,
) -> String {
    let data = filed.application();
    let language = data.language;
    let mut xml = Xml::default();
    xml.open("receipt", &[("xmlns", RECEIPT_NAMESPACE), ("language", language.code())]);
    // (1) number and date of acceptance
    xml.leaf("number", number).leaf("acceptedAt", &filed_at.to_string());
    // (2) type of service
    xml.leaf("service", service_name(language));
    // (3) number and names of attached documents
    xml.open("attachments", &[("count", &data.attachments.len().to_string())]);
    for one in &data.attachments {
        xml.open("attachment", &[("documentCode", &one.document_code)])
            .leaf("fileName", &one.file_name)
            .leaf("sha256", &super::form::hex(&one.sha256))
            .close("attachment");
    }
    xml.close("attachments");
    // (4) date and place of the result
    let place = match (&data.centre, language) {
        (None, Language::Kk) => "порталдағы жеке кабинет".to_owned(),
        (None, Language::Ru) => "личный кабинет на портале".to_owned(),
        (Some(centre), Language::Kk) => format!("халыққа қызмет көрсету орталығы: {centre}"),
        (Some(centre), Language::Ru) => format!("центр обслуживания населения: {centre}"),
    };
    xml.leaf("dueDate", &term.due.to_string()).leaf("place", &place);
    // (5) who accepted: on the portal the service itself (decision G6), at a counter the inspector
    let accepted = match (&data.centre, language) {
        (None, Language::Kk) => {
            format!("{}: портал (автоматты түрде қабылданды)", office(rules, language))
        }
        (None, Language::Ru) => format!("{}: портал (принято автоматически)", office(rules, language)),
        // The word is one in both languages.
        (Some(_), Language::Kk | Language::Ru) => {
            format!("инспектор {}", filed.signer_name().unwrap_or_default())
        }
    };
    xml.leaf("acceptedBy", &accepted);
    // (6) the applicant
    xml.open("applicant", &[]).leaf("name", &data.applicant.full_name());
    xml.leaf("address", &data.address).leaf("phone", &data.phone);
    xml.leaf_if("email", data.email.as_deref()).close("applicant");
    xml.leaf("applicationSha256", &super::form::hex(&filed.document_sha256()));
    let status = match language {
        Language::Kk => "Сұрау қабылданды",
        Language::Ru => "Запрос принят",
    };
    xml.leaf("status", status).close("receipt").finish()
}

/// Why an application is refused whose certificate had been revoked before it was filed.
pub fn revoked_before_filing(language: Language, revoked_at: Timestamp) -> String {
    match language {
        Language::Kk => {
            format!("қолтаңба сертификаты өтініш берілгенге дейін кері қайтарып алынған ({revoked_at})")
        }
        Language::Ru => format!("сертификат подписи был отозван до подачи заявления ({revoked_at})"),
    }
}

/// Grounds and reason in one sentence's part.
pub(crate) fn in_words(grounds: &[Ground], reason: Option<&str>, language: Language) -> String {
    let mut all: Vec<String> = grounds.iter().map(|one| one.in_words(language)).collect();
    all.extend(reason.map(str::to_owned));
    all.join("; ")
}

fn write_grounds(xml: &mut Xml, grounds: &[Ground], language: Language) {
    for one in grounds {
        xml.leaf_with("ground", &[("code", one.code.as_str())], &one.in_words(language));
    }
}

/// What the notice needs to say.
#[derive(Clone, Debug)]
pub struct Notice<'a> {
    pub number: &'a str,
    pub language: Language,
    pub category: Category,
    pub filed_at: Timestamp,
    pub signed_at: Timestamp,
    pub outcome: &'a Outcome,
    /// SHA-256 of the head's signed act.
    pub act_sha256: [u8; 32],
}

/// The notice of registration or of refusal (items 3 and 9.12; decisions G5 and G10), as XML.
pub fn notice(notice: &Notice<'_>, rules: &Rules) -> String {
    let language = notice.language;
    let date = crate::calendar::local_date(notice.signed_at).map(|date| date.to_string()).unwrap_or_default();
    let mut xml = Xml::default();
    xml.open("notice", &[("xmlns", NOTICE_NAMESPACE), ("language", language.code())]);
    let number = notice.number;
    let (title, text) = match (notice.outcome, language) {
        (Outcome::Registered { queue_number }, Language::Kk) => (
            "Есепке қою туралы хабарлама",
            format!(
                "Сіз тұрғын үйге мұқтаж ретінде есепке қойылдыңыз. Есепке қою күні: {date}, нөмірі: {number}. Кезектің реттік нөмірі: {queue_number}."
            ),
        ),
        (Outcome::Registered { queue_number }, Language::Ru) => (
            "Уведомление о постановке на учёт",
            format!(
                "Вы поставлены на учёт нуждающихся в жилище. Дата постановки на учёт: {date}, номер: {number}. Порядковый номер очереди: {queue_number}."
            ),
        ),
        (Outcome::Refused { grounds, reason }, Language::Kk) => {
            let reason = in_words(grounds, reason.as_deref(), language);
            ("Есепке қоюдан дәлелді бас тарту", format!("Сізді есепке қоюдан бас тартылды. Себебі: {reason}"))
        }
        (Outcome::Refused { grounds, reason }, Language::Ru) => {
            let reason = in_words(grounds, reason.as_deref(), language);
            let text = format!("Вам отказано в постановке на учёт. Причина: {reason}");
            ("Мотивированный отказ в постановке на учёт", text)
        }
        (Outcome::RefusedIncomplete { missing }, Language::Kk) => (
            "Есепке қоюдан дәлелді бас тарту",
            format!(
                "Құжаттар топтамасы толық емес. Жетіспейтін құжаттар: {}. Толық топтамамен жаңа өтініш бере аласыз.",
                missing.join(", ")
            ),
        ),
        (Outcome::RefusedIncomplete { missing }, Language::Ru) => (
            "Мотивированный отказ в постановке на учёт",
            format!(
                "Пакет документов неполный. Недостающие документы: {}. Вы можете подать новое заявление с полным пакетом.",
                missing.join(", ")
            ),
        ),
        (Outcome::Returned { missing }, Language::Kk) => (
            "Құжаттарды қайтару туралы хат",
            format!(
                "Құжаттар топтамасы толық болмағандықтан қайтарылады. Жетіспейтін құжаттар: {}. Толық топтамамен халыққа қызмет көрсету орталығына жаңадан өтініш бере аласыз.",
                missing.join(", ")
            ),
        ),
        (Outcome::Returned { missing }, Language::Ru) => (
            "Письмо о возврате документов",
            format!(
                "Документы возвращаются, так как пакет неполный. Недостающие документы: {}. С полным пакетом вы можете подать новое заявление в центр обслуживания населения.",
                missing.join(", ")
            ),
        ),
        (Outcome::Withdrawn, Language::Kk) => {
            ("Өтініштің қайтарып алынуы", "Өтінішті өтініш беруші қайтарып алды.".to_owned())
        }
        (Outcome::Withdrawn, Language::Ru) => {
            ("Отзыв заявления", "Заявление отозвано заявителем.".to_owned())
        }
    };
    xml.leaf("title", title).leaf("number", number).leaf("date", &date);
    xml.leaf("filedAt", &notice.filed_at.to_string());
    xml.open("category", &[("code", notice.category.code())]);
    xml.close("category").leaf("categoryName", notice.category.name(language));
    match notice.outcome {
        Outcome::Registered { queue_number } => {
            xml.leaf("outcome", "registered").leaf("queueNumber", &queue_number.to_string());
        }
        Outcome::Refused { grounds, reason } => {
            xml.leaf("outcome", "refused");
            write_grounds(&mut xml, grounds, language);
            xml.leaf_if("reason", reason.as_deref());
        }
        Outcome::RefusedIncomplete { missing } => {
            xml.leaf("outcome", "refused-incomplete");
            for code in missing {
                xml.leaf("missing", code);
            }
        }
        Outcome::Returned { missing } => {
            xml.leaf("outcome", "returned");
            for code in missing {
                xml.leaf("missing", code);
            }
        }
        Outcome::Withdrawn => {
            xml.leaf("outcome", "withdrawn");
        }
    }
    xml.leaf("text", &text).leaf("legalBase", legal_base(language));
    xml.leaf("office", office(rules, language));
    xml.leaf("actSha256", &super::form::hex(&notice.act_sha256)).close("notice").finish()
}

/// What every letter to the holder of a place has.
#[derive(Clone, Debug)]
pub struct Letter<'a> {
    pub number: &'a str,
    pub language: Language,
    pub category: Category,
    /// Whose place it is, by name.
    pub holder: &'a str,
    pub signed_at: Timestamp,
    /// SHA-256 of the official's signed act.
    pub act_sha256: [u8; 32],
}

impl Letter<'_> {
    fn write(
        &self,
        root: &'static str,
        namespace: &str,
        rules: &Rules,
        content: impl FnOnce(&mut Xml),
    ) -> String {
        let language = self.language;
        let date =
            crate::calendar::local_date(self.signed_at).map(|date| date.to_string()).unwrap_or_default();
        let mut xml = Xml::default();
        xml.open(root, &[("xmlns", namespace), ("language", language.code())]);
        xml.leaf("number", self.number).leaf("date", &date).leaf("applicant", self.holder);
        xml.open("category", &[("code", self.category.code())]).close("category");
        xml.leaf("categoryName", self.category.name(language));
        content(&mut xml);
        xml.leaf("legalBase", legal_base(language)).leaf("office", office(rules, language));
        xml.leaf("actSha256", &super::form::hex(&self.act_sha256)).close(root).finish()
    }
}

fn write_offer(xml: &mut Xml, Offer { dwelling, out_of_turn, .. }: &Offer) {
    xml.open("dwelling", &[]).leaf("cadastralNumber", &dwelling.cadastral_number);
    xml.leaf("address", &dwelling.address).leaf("rooms", &dwelling.rooms.to_string());
    xml.leaf("area", &dwelling.area)
        .leaf_if("floor", dwelling.floor.map(|floor| floor.to_string()).as_deref());
    xml.close("dwelling");
    if let Some(why) = out_of_turn {
        xml.leaf("outOfTurn", why.basis.code()).leaf("grounds", &why.grounds);
    }
}

/// The offer of a dwelling (item 3(3); decision G8), as XML, with the last day for the answer.
pub fn granting_offer(letter: &Letter<'_>, offer: &Offer, answer_by: Date, rules: &Rules) -> String {
    letter.write("grantingOffer", GRANTING_OFFER_NAMESPACE, rules, |xml| {
        write_offer(xml, offer);
        xml.leaf("answerBy", &answer_by.to_string());
    })
}

/// The decision to grant a dwelling (item 3(3)), by its number and date, as XML.
pub fn granting_decision(
    letter: &Letter<'_>,
    offer: &Offer,
    (number, date): (&str, Date),
    rules: &Rules,
) -> String {
    letter.write("grantingDecision", GRANTING_DECISION_NAMESPACE, rules, |xml| {
        xml.leaf("decisionNumber", number).leaf("decisionDate", &date.to_string());
        write_offer(xml, offer);
    })
}

/// The written notice of the removal from the list, with its grounds (Law 73(3)), as XML.
pub fn removal_notice(letter: &Letter<'_>, removal: &Move, rules: &Rules) -> String {
    letter.write("removalNotice", REMOVAL_NOTICE_NAMESPACE, rules, |xml| {
        write_grounds(xml, &removal.grounds, letter.language);
        xml.leaf("grounds", &removal.basis);
    })
}

/// The receipt of a refusal to take an application in (item 16), as XML: what is missing, and who refused.
pub fn refusal_receipt(number: &str, at: Timestamp, refusal: &IntakeRefusal, rules: &Rules) -> String {
    let intake = refusal.intake();
    let language = intake.language;
    let mut xml = Xml::default();
    xml.open("refusalReceipt", &[("xmlns", REFUSAL_RECEIPT_NAMESPACE), ("language", language.code())]);
    xml.leaf("number", number).leaf("refusedAt", &at.to_string()).leaf("service", service_name(language));
    xml.leaf("office", office(rules, language)).leaf("centre", &intake.centre);
    xml.leaf("address", &intake.address).leaf("phone", &intake.phone);
    xml.leaf("applicant", &intake.applicant);
    for code in &intake.missing {
        xml.leaf("missing", code);
    }
    xml.leaf("refusedBy", refusal.inspector());
    xml.leaf("actSha256", &super::form::hex(&refusal.document_sha256())).close("refusalReceipt").finish()
}

/// What an extract from the queue says of one place.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Extract<'a> {
    pub number: &'a str,
    pub language: Language,
    pub category: Category,
    pub applicant: &'a str,
    pub registered: Timestamp,
    /// When the list was asked.
    pub at: Timestamp,
    /// From 1.
    pub position: u64,
    /// Places in the list.
    pub places: u64,
}

/// The extract from the queue for one place, as XML.
pub fn queue_extract(extract: &Extract<'_>, rules: &Rules) -> String {
    let language = extract.language;
    let day = |at| crate::calendar::local_date(at).map(|date| date.to_string()).unwrap_or_default();
    let mut xml = Xml::default();
    xml.open("queueExtract", &[("xmlns", EXTRACT_NAMESPACE), ("language", language.code())]);
    xml.leaf("number", extract.number).leaf("date", &day(extract.at)).leaf("at", &extract.at.to_string());
    xml.leaf("applicant", extract.applicant).leaf("registeredOn", &day(extract.registered));
    xml.open("category", &[("code", extract.category.code())]).close("category");
    xml.leaf("categoryName", extract.category.name(language));
    xml.leaf("queueNumber", &extract.position.to_string()).leaf("places", &extract.places.to_string());
    xml.leaf("office", office(rules, language)).close("queueExtract").finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::housing::Application;
    use crate::housing::application::tests::{IIN, sample};
    use crate::housing::edition::{BUILT_IN, Edition};
    use crate::validation::VerifiedDocument;
    use crate::xml::{Limits, tree};

    fn refused_on(codes: &[&str]) -> Outcome {
        let edition = Edition::from_toml(BUILT_IN[1].1).unwrap();
        let is_named = |one: &Ground| codes.contains(&one.code.as_str());
        Outcome::Refused { grounds: edition.refusals.into_iter().filter(is_named).collect(), reason: None }
    }

    /// Item 16: at a counter the receipt names the centre and whoever accepted.
    #[test]
    fn the_receipt_of_a_centre_says_so() {
        use crate::housing::{Official, Role};
        let at: Timestamp = "2026-11-24T06:00:00Z".parse().unwrap();
        let inspector = "061211600012";
        let official =
            Official { iin: inspector.into(), role: Role::Inspector, centre: Some("almaly".into()) };
        let rules = Rules { officials: vec![official], ..Rules::default() };
        let data = Application { centre: Some("almaly".into()), ..sample(IIN) };
        let document = VerifiedDocument::for_test(&data.to_xml(), inspector, Some("140540000015"), at);
        let filed = Application::read(&document, &rules).unwrap();
        let xml = receipt(
            "ALA-2026-000001",
            at,
            &crate::housing::clock::Limits::default().term(at).unwrap(),
            &filed,
            &rules,
        );
        assert!(xml.contains(": almaly</place>") && xml.contains("<acceptedBy>инспектор"), "{xml}");
        assert!(!xml.contains("портал"), "{xml}");
        let stranger = VerifiedDocument::for_test(&data.to_xml(), IIN, None, at);
        let refused = Application::read(&stranger, &rules).unwrap_err();
        assert_eq!(refused[0].code, "SIGNER_NOT_INSPECTOR");
    }

    #[test]
    fn texts_are_escaped_xml() {
        let at: Timestamp = "2026-11-24T06:00:00Z".parse().unwrap();
        let rules = Rules::default();
        let document = VerifiedDocument::for_test(&sample(IIN).to_xml(), IIN, None, at);
        let filed = Application::read(&document, &rules).unwrap();
        let xml = receipt(
            "ALA-2026-000001",
            at,
            &crate::housing::clock::Limits::default().term(at).unwrap(),
            &filed,
            &rules,
        );
        let tree = tree::parse(xml.as_bytes(), &Limits::default()).unwrap();
        let root = tree.element();
        let text = |name| root.child(RECEIPT_NAMESPACE, name).and_then(tree::Node::text);
        assert_eq!(text("number"), Some("ALA-2026-000001"));
        assert_eq!(text("dueDate"), Some("2026-12-24"));
        for name in ["acceptedAt", "service", "place", "acceptedBy"] {
            assert!(text(name).is_some_and(|text| !text.is_empty()), "{name}");
        }
        let applicant = root.child(RECEIPT_NAMESPACE, "applicant").unwrap();
        let address = applicant.child(RECEIPT_NAMESPACE, "address").and_then(tree::Node::text);
        assert_eq!(address, Some("Алматы, «Шаңырақ» <1> & 2"));

        for language in [Language::Kk, Language::Ru] {
            for outcome in [
                Outcome::Registered { queue_number: 5 },
                Outcome::Refused { grounds: vec![], reason: Some("<a & \"b\"\u{1}>".into()) },
                refused_on(&["owned-housing", "mortgage"]),
                Outcome::RefusedIncomplete { missing: vec!["D7".into()] },
            ] {
                let data = Notice {
                    number: "ALA-2026-000001",
                    language,
                    category: Category::Orphan,
                    filed_at: at,
                    signed_at: at,
                    outcome: &outcome,
                    act_sha256: [0; 32],
                };
                let tree = tree::parse(notice(&data, &rules).as_bytes(), &Limits::default()).unwrap();
                let root = tree.element();
                assert_eq!(root.attribute("language"), Some(language.code()));
                assert!(root.child(NOTICE_NAMESPACE, "legalBase").is_some());
                let named = root.elements().filter(|one| one.is(NOTICE_NAMESPACE, "ground"));
                let text = root.child(NOTICE_NAMESPACE, "text").and_then(tree::Node::text).unwrap();
                for ground in named {
                    assert!(text.contains(ground.text().unwrap()) && text.contains("72"), "{text}");
                    assert!(ground.attribute("code").is_some());
                }
                let grounds = root.elements().filter(|one| one.is(NOTICE_NAMESPACE, "ground")).count();
                let expected = match &outcome {
                    Outcome::Refused { grounds, .. } => grounds.len(),
                    _ => 0,
                };
                assert_eq!(grounds, expected);
                let number = root.child(NOTICE_NAMESPACE, "queueNumber").is_some();
                assert_eq!(number, matches!(outcome, Outcome::Registered { .. }));
            }
        }
    }
}
