//! Papers of cases that are played over HTTP: each is read with the tools of others, its code leads to the page that
//! says yes, and what is altered gets a no. All names are made up.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use jiff::Timestamp;
use qoltanba::crypto::Identity;
use qoltanba::housing::act::Content;
use qoltanba::housing::application::{Attachment, Person};
use qoltanba::housing::granting::Dwelling;
use qoltanba::housing::intake::Intake;
use qoltanba::housing::list::{Item, Listing};
use qoltanba::housing::workflow::{Judgement, Memo, MoveKind, Sitting};
use qoltanba::housing::{Application, Category, Decision, Language, Step};
use qoltanba::service::verify::{open_identity, sign_xml};
use qoltanba::signature::sign::Profile;
use qoltanba::xml::Limits;
use reqwest::multipart::{Form, Part};
use serde_json::Value;

use crate::setting::{FILE, Service, Setting, client, iin};
use crate::tools::has_tool;

const CENTRE: &str = "almaly";
pub(crate) const TOKEN: &str = "an official's token";

/// A register with officials, and who acts in it.
pub(crate) struct Office {
    pub(crate) setting: Setting,
    pub(crate) service: Service,
    client: reqwest::Client,
}

fn pki(setting: &Setting, file: &str) -> PathBuf {
    setting.folder.path().join("pki").join(file)
}

fn identity(setting: &Setting, name: &str) -> Identity {
    let key = std::fs::read(pki(setting, &format!("{name}.p12"))).expect("a key");
    open_identity(&key, "qoltanba").expect("an identity")
}

pub(crate) fn iin_of(setting: &Setting, name: &str) -> String {
    let certificate = std::fs::read(pki(setting, &format!("{name}.cer"))).expect("a certificate");
    let certificate = qoltanba::pkix::Certificate::from_der(&certificate).expect("parsed");
    certificate.subject().iin().expect("an IIN").to_string()
}

/// Settings with officials in them, and `more` before the tables.
fn with_officials(setting: &Setting, more: &str) {
    let text = std::fs::read_to_string(&setting.config).expect("settings");
    let mut text = format!("allow_test_identities = true\n{more}{text}");
    let token: String =
        qoltanba::crypto::sha256(TOKEN.as_bytes()).iter().map(|octet| format!("{octet:02x}")).collect();
    for (name, role) in [
        ("official", "head"),
        ("official", "inspector"),
        ("official", "dispatcher"),
        ("official", "centre-employee"),
        ("official", "documentary-support"),
        ("official", "akimat"),
        ("executor", "akimat"),
        ("executor", "executor"),
        ("executor", "chancellery"),
        ("commission", "commission"),
    ] {
        let person = iin_of(setting, name);
        text += &format!(
            "[[officials]]\niin = \"{person}\"\nrole = \"{role}\"\ncentre = \"{CENTRE}\"\nemail = \"{name}@example.kz\"\n"
        );
        // A token is one person's.
        if name == "official" {
            text += &format!("token_sha256 = \"{token}\"\n");
        }
    }
    std::fs::write(&setting.config, text).expect("written");
}

impl Office {
    pub(crate) fn open(setting: Setting) -> Self {
        Self::open_with(setting, "")
    }

    pub(crate) fn open_with(setting: Setting, more: &str) -> Self {
        with_officials(&setting, more);
        let service = Service::start(&setting.config);
        Self { setting, service, client: client() }
    }

    fn signed(&self, xml: &str, who: &str) -> Vec<u8> {
        let identity = identity(&self.setting, who);
        // With the time, so that the same words can be signed again.
        let profile = Profile { properties: Some(Timestamp::now()), ..Profile::default() };
        sign_xml(xml.as_bytes(), &identity, &profile, &Limits::default()).expect("signed")
    }

    async fn post(&self, path: &str, body: Vec<u8>) -> (u16, Value) {
        let url = format!("{}/api/v1{path}", self.service.base);
        let answer = self.client.post(url).bearer_auth(TOKEN).body(body).send().await.expect("an answer");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a body");
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    pub(crate) async fn act(&self, number: &str, content: &Content, who: &str) -> (u16, Value) {
        let body = self.signed(&content.to_xml(number), who);
        self.post(&format!("/applications/{number}/steps/{}", content.step().code()), body).await
    }

    pub(crate) async fn take(&self, number: &str, content: Content, who: &str) {
        let (status, body) = self.act(number, &content, who).await;
        assert_eq!(status, 200, "{} {body}", content.step().code());
    }

    async fn list(&self, listing: &Listing, who: &str) -> (u16, Value) {
        self.post("/lists", self.signed(&listing.to_xml(), who)).await
    }

    async fn get(&self, path: &str, accept: &str, token: &str) -> (u16, Vec<u8>) {
        let request = self.client.get(format!("{}{path}", self.service.base)).header("accept", accept);
        let answer = request.bearer_auth(token).send().await.expect("an answer");
        (answer.status().as_u16(), answer.bytes().await.expect("a body").to_vec())
    }

    pub(crate) async fn case(&self, number: &str, token: &str) -> Value {
        let path = format!("/api/v1/applications/{number}");
        let (status, body) = self.get(&path, "application/json", token).await;
        assert_eq!(status, 200);
        serde_json::from_slice(&body).expect("JSON")
    }

    /// An application taken down at the counter: its number and the applicant's key.
    async fn file(&self, person: u32, surname: &str, language: Language) -> (String, String) {
        let xml = Application {
            language,
            applicant: Person {
                iin: iin(person),
                surname: surname.to_owned(),
                given_name: "Ғалия".to_owned(),
                patronymic: None,
            },
            address: "Алматы, Примерная, 1".to_owned(),
            phone: "+7 727 000 00 00".to_owned(),
            email: None,
            category: Category::Vulnerable,
            representative: None,
            family: Vec::new(),
            housing_check: true,
            data_processing: true,
            notification_email: None,
            centre: Some(CENTRE.to_owned()),
            attachments: vec![Attachment {
                document_code: "D7".to_owned(),
                file_name: "income.pdf".to_owned(),
                media_type: "application/pdf".to_owned(),
                size: FILE.len() as u64,
                sha256: qoltanba::crypto::sha256(FILE),
            }],
        }
        .to_xml();
        let document = Part::bytes(self.signed(&xml, "official"));
        let file = Part::bytes(FILE.to_vec()).file_name("income.pdf");
        let form = Form::new().part("application", document).part("file", file);
        let (status, body) = crate::setting::post(&self.service.base, form).await.expect("an answer");
        assert_eq!(status, 201, "{body}");
        let text = |name: &str| body[name].as_str().expect("a text").to_owned();
        (text("number"), text("access_key"))
    }

    /// Everything between the provider's hands and a memo.
    async fn examine(&self, number: &str, memo: Memo) {
        let incoming = Content::Number { step: Step::RegisterIncoming, number: format!("I-{number}") };
        self.take(number, incoming, "executor").await;
        self.take(number, Content::Plain(Step::PutBeforeOfficial), "executor").await;
        let executor = iin_of(&self.setting, "executor");
        self.take(number, Content::AssignExecutor { executor }, "official").await;
        self.take(number, Content::Plain(Step::Forward), "official").await;
        self.take(number, Content::Memo(memo), "executor").await;
    }

    /// A portal case, from the official's desk to a drafted notice.
    pub(crate) async fn decide(&self, number: &str) {
        let executor = iin_of(&self.setting, "executor");
        self.take(number, Content::AssignExecutor { executor }, "official").await;
        self.take(
            number,
            Content::Memo(Memo::Complete { register: true, ground: None, resolved: Vec::new() }),
            "executor",
        )
        .await;
        let sitting = Sitting { date: today(), number: "12".to_owned(), delay: None };
        self.take(number, Content::PutOnAgenda(sitting), "executor").await;
        self.take(number, decision(None), "commission").await;
        self.take(number, Content::Plain(Step::DraftNotice), "executor").await;
    }
}

impl Office {
    /// What an applicant without an EDS has signed on paper, taken down at the centre with its scan.
    async fn take_down(&self, number: &str, content: &Content, scan: &[u8]) -> (u16, Value) {
        let named = qoltanba::crypto::sha256(FILE);
        let act = self.signed(&content.to_xml_on_paper(number, named), "official");
        let scan = Part::bytes(scan.to_vec()).file_name("scan.pdf").mime_str("application/pdf");
        let form = Form::new().part("act", Part::bytes(act)).part("scan", scan.expect("a media type"));
        let path = format!("/api/v1/applications/{number}/steps/{}", content.step().code());
        let request = self.client.post(format!("{}{path}", self.service.base)).multipart(form);
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON"))
    }

    /// The place is removed, comes back by a court, and a dwelling is granted.
    async fn remove_restore_and_grant(&self, number: &str, address: &str) {
        let judgement = Judgement { number: "2-17".to_owned(), date: today() };
        for (kind, judgement) in [(MoveKind::Remove, None), (MoveKind::Restore, Some(judgement))] {
            let basis = "73(1)".to_owned();
            let ground_codes = if kind == MoveKind::Remove { vec!["moved".to_owned()] } else { vec![] };
            self.take(number, Content::ProposeMove { kind, ground_codes, basis, judgement }, "executor")
                .await;
            self.take(number, Content::Plain(Step::ConfirmMove), "official").await;
            // An act of the same words within a second is the same act.
            tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
        }
        let dwelling = Dwelling {
            cadastral_number: "20:311:004:102:2:15".to_owned(),
            address: address.to_owned(),
            rooms: 2,
            area: "54.3".to_owned(),
            floor: Some(3),
        };
        self.take(number, Content::Offer { dwelling, out_of_turn: None }, "official").await;
        let agreed = Content::AnswerOffer { agrees: true, reason: None };
        let (status, body) = self.act(number, &agreed, "official").await;
        assert_eq!((status, body["code"].as_str()), (403, Some("PAPER_REQUIRED")), "{body}");
        let (status, body) = self.take_down(number, &agreed, b"another scan").await;
        assert!(status == 422 && body.to_string().contains("ATTACHMENT_DIGEST_MISMATCH"), "{body}");
        let (status, body) = self.take_down(number, &agreed, FILE).await;
        assert_eq!(status, 200, "{body}");
        let grant = Content::Grant { number: "А-7".to_owned(), date: today() };
        let (status, body) = self.act(number, &grant, "official").await;
        assert_eq!((status, body["code"].as_str()), (403, Some("SAME_OFFICIAL")), "{body}");
        self.take(number, grant, "executor").await;
    }
}

fn today() -> jiff::civil::Date {
    qoltanba::calendar::local_date(Timestamp::now()).expect("a date")
}

fn decision(reason: Option<&str>) -> Content {
    let minutes_number = "12-Х".to_owned();
    let reason = reason.map(str::to_owned);
    Content::CommissionDecision(Decision { ground_codes: vec![], reason, date: today(), minutes_number })
}

fn listing(step: Step, number: &str, language: Language, cases: &[&str]) -> Listing {
    let item = |number: &&str| Item {
        application: (*number).to_owned(),
        outgoing: (step == Step::RegisterOutgoing).then(|| format!("Ш-{}", &number[number.len() - 2..])),
        sheets: (step != Step::PutOnAgenda).then_some(7),
    };
    Listing {
        step,
        number: number.to_owned(),
        date: today(),
        language,
        courier: (step != Step::PutOnAgenda).then(|| "Өрнеков Һ. І.".to_owned()),
        against: None,
        items: cases.iter().map(item).collect(),
    }
}

/// The text of a PDF as poppler reads it, and what its codes say as zbar does.
fn read(pdf: &[u8]) -> (String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("paper.pdf");
    std::fs::write(&path, pdf).expect("written");
    let run = |tool: &str, arguments: &[&str]| {
        let output = Command::new(tool).args(arguments).current_dir(folder.path()).output().expect("it runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let text = run("pdftotext", &["-raw", "-nopgbrk", "paper.pdf", "-"]);
    run("pdftoppm", &["-r", "150", "-png", "paper.pdf", "page"]);
    let mut code = String::new();
    for page in std::fs::read_dir(folder.path()).expect("a folder").flatten().map(|entry| entry.path()) {
        if page.extension().is_some_and(|kind| kind == "png") {
            code += &run("zbarimg", &["--quiet", "--raw", &page.to_string_lossy()]);
        }
    }
    // Spaces that keep a day with its month are spaces too.
    let text = text.replace('\u{a0}', " ");
    (
        text.split_whitespace().collect::<Vec<_>>().join(" "),
        code.lines().next().unwrap_or_default().to_owned(),
    )
}

/// What every paper has: the tools read it, its code leads to a yes, and what is altered to a no.
async fn check_paper(office: &Office, kind: &str, pdf: &[u8], wanted: &[&str]) {
    if let Ok(folder) = std::env::var("QOLTANBA_PAPERS") {
        let name = format!("{kind}-{}.pdf", pdf.len());
        std::fs::write(PathBuf::from(folder).join(name), pdf).expect("written");
    }
    assert!(pdf.starts_with(b"%PDF"), "{kind}");
    let (text, code) = read(pdf);
    for text_wanted in wanted {
        assert!(text.contains(text_wanted), "{kind}: {text_wanted} in {text}");
    }
    let place = code.split_once("/check/").map(|(_, place)| place.to_owned());
    let place = place.unwrap_or_else(|| panic!("{kind}: {code}"));
    let ask = async |place: String| -> Value {
        let (status, body) = office.get(&format!("/check/{place}"), "application/json", "").await;
        assert_eq!(status, 200, "{kind} {place}");
        serde_json::from_slice(&body).expect("JSON")
    };
    let told = ask(place.clone()).await;
    assert_eq!((&told["issued"], &told["kind"]), (&true.into(), &kind.into()), "{told}");
    assert_eq!(told["date"], today().to_string(), "{told}");
    assert_eq!(told.as_object().map(serde_json::Map::len), Some(4), "no more is told: {told}");
    let last = if place.ends_with('0') { '1' } else { '0' };
    let altered = format!("{}{last}", &place[..place.len() - 1]);
    assert_eq!(ask(altered).await, serde_json::json!({"issued": false}));
    let (_, digest) = place.split_once('/').expect("number and digest");
    assert_eq!(ask(format!("ALA-2026-999999/{digest}")).await, serde_json::json!({"issued": false}));
    let (status, page) = office.get(&format!("/check/{place}?lang=kk"), "text/html", "").await;
    let page = String::from_utf8(page).expect("UTF-8");
    assert!(status == 200 && page.contains("<html lang=\"kk\">") && page.contains("class=\"verdict yes\""));
    assert!(!page.contains("Ғалия") && !page.contains("МЫСАЛ"), "the page names nobody");
}

async fn papers_in(language: Language) {
    if !["pdftotext", "pdftoppm", "zbarimg"].iter().all(|tool| has_tool(tool)) {
        return;
    }
    let office = Office::open(Setting::new());
    let either = |kk: &'static str, ru: &'static str| match language {
        Language::Kk => kk,
        Language::Ru => ru,
    };
    let (first, key) = office.file(0, "Үлгіева", language).await;
    let (second, _) = office.file(1, "Мысалова", language).await;
    let (third, _) = office.file(2, "Өрнекова", language).await;
    let all = [first.as_str(), second.as_str(), third.as_str()];

    // On one list to the provider, and taken over against it.
    let sent = listing(Step::SendToProvider, "К-1", language, &all);
    let yesterday = Listing { date: today().yesterday().expect("a day"), ..sent.clone() };
    let (status, body) = office.list(&yesterday, "official").await;
    assert!(status == 422 && body.to_string().contains("LIST_DATE"), "{status} {body}");
    let (status, body) = office.list(&sent, "executor").await;
    assert!(status == 403 && body["code"] == "WRONG_ROLE", "{status} {body}");
    let unknown = listing(Step::SendToProvider, "К-1", language, &[&first, "ALA-2026-999999"]);
    assert_eq!(office.list(&unknown, "official").await.0, 404);
    assert_eq!(office.case(&first, TOKEN).await["status"], "accepted", "a list moves all its cases or none");
    let (status, body) = office.list(&sent, "official").await;
    assert_eq!((status, &body["cases"][2]["status"]), (200, &"sent-to-provider".into()), "{body}");
    assert_eq!(office.list(&sent, "official").await.0, 403, "the same list a second time");
    let digest = |body: &Value| {
        let text = body["sha256"].as_str().expect("a digest").to_owned();
        let octet = |at: usize| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("hexadecimal");
        Some(std::array::from_fn(octet))
    };
    let taken = Listing { against: digest(&body), ..listing(Step::ReceivePackage, "К-1", language, &all) };
    let (status, body) = office.list(&Listing { against: Some([7; 32]), ..taken.clone() }, "executor").await;
    assert!(status == 422 && body.to_string().contains("NOT_ON_LIST"), "{status} {body}");
    let (status, body) = office.list(&taken, "executor").await;
    assert_eq!(status, 200, "{body}");

    let ground = either("тұрғын үйі бар", "имеет жилище");
    office.examine(&first, Memo::Complete { register: true, ground: None, resolved: Vec::new() }).await;
    office
        .examine(
            &second,
            Memo::Complete { register: false, ground: Some(ground.to_owned()), resolved: Vec::new() },
        )
        .await;
    office.examine(&third, Memo::Incomplete { missing: vec!["D8".to_owned()] }).await;
    let agenda = listing(Step::PutOnAgenda, "12", language, &[&first, &second]);
    let (status, body) = office.list(&agenda, "executor").await;
    assert_eq!(status, 200, "{body}");
    for (number, reason) in [(&first, None), (&second, Some(ground))] {
        office.take(number, decision(reason), "commission").await;
        office.take(number, Content::Plain(Step::DraftNotice), "executor").await;
        office.take(number, Content::Plain(Step::SignNotice), "official").await;
    }
    office.take(&third, Content::Plain(Step::DraftLetter), "executor").await;
    office.take(&third, Content::Plain(Step::SignLetter), "official").await;
    let back = listing(Step::RegisterOutgoing, "К-2", language, &all);
    let (status, body) = office.list(&back, "official").await;
    assert_eq!(status, 200, "{body}");
    let taken = Listing { against: digest(&body), ..listing(Step::ReceiveResult, "К-2", language, &all) };
    let (status, body) = office.list(&taken, "official").await;
    assert_eq!((status, &body["cases"][0]["status"]), (200, &"at-centre".into()), "{body}");

    let early = listing(Step::SendUnclaimed, "Р-1", language, &all);
    let (status, body) = office.list(&early, "official").await;
    assert!(status == 403 && body["code"] == "STORAGE_NOT_OVER", "{status} {body}");

    // An extract, once a day; only of a place.
    let path = format!("/applications/{first}/queue-extracts");
    let (status, made) = office.post(&path, Vec::new()).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(office.post(&path, Vec::new()).await.1, made);
    let (status, body) = office.post(&format!("/applications/{second}/queue-extracts"), Vec::new()).await;
    assert_eq!((status, body["code"].as_str()), (403, Some("NO_PLACE")));

    office.remove_restore_and_grant(&first, either("Мысал көшесі, 2", "ул. Примерная, 2")).await;

    // Every paper of the three cases, in the language of the application.
    let mut seen = Vec::new();
    for (number, name) in [(&first, "Үлгіева"), (&second, "Мысалова"), (&third, "Өрнекова")]
    {
        let case = office.case(number, TOKEN).await;
        for document in case["documents"].as_array().expect("documents") {
            let path = format!(
                "/api/v1/applications/{number}/documents/{}",
                document["id"].as_str().expect("an id")
            );
            let Some(kind) = document["paper"].as_str() else {
                let (status, body) = office.get(&path, "application/pdf", TOKEN).await;
                let is_pdf = document["media_type"] == "application/pdf";
                assert_eq!(status, if is_pdf { 200 } else { 406 }, "{document}");
                assert!(is_pdf || String::from_utf8_lossy(&body).contains("NO_PAPER"));
                continue;
            };
            let (status, pdf) = office.get(&path, "application/pdf", TOKEN).await;
            assert_eq!(status, 200, "{kind} {}", String::from_utf8_lossy(&pdf));
            assert_eq!(
                office.get(&format!("{path}.pdf"), "*/*", TOKEN).await.1,
                pdf,
                "the same octets again"
            );
            let (_, xml) = office.get(&path, "*/*", TOKEN).await;
            assert!(xml.starts_with(b"<"), "{kind}: the original comes where nothing is said");
            let mut wanted = vec![number.as_str(), name];
            let year = format!("{} жылғы", today().year());
            let year = if language == Language::Kk { year } else { "года".to_owned() };
            wanted.push(&year);
            wanted.extend(match (kind, document["file_name"].as_str().unwrap_or_default()) {
                ("receipt", _) => vec!["income.pdf", "380-04-85", "АХМЕТОВ"],
                ("return-letter", _) => vec![either("Жұмыс", "Справка с места работы"), "380-04-99"],
                ("memo", _) => vec!["ОСПАНОВ"],
                ("agenda", _) => vec!["Мысалова", "Үлгіева", &second],
                ("minutes", _) => vec!["ЖҰМАБАЕВА", "12-Х"],
                ("notice", _) if *number == first => {
                    vec![either("осал", "уязвимые"), "12-Х", "АХМЕТОВ", "380-05-10"]
                }
                ("notice", _) => vec![ground, "12-Х", "АХМЕТОВ"],
                ("courier-list", "send-to-provider.xml" | "receive-package.xml") => {
                    vec!["К-1", &first, &second, &third, "Өрнеков Һ. І.", "21"]
                }
                ("courier-list", _) => vec!["К-2", "Ш-01", "Ш-02", "Ш-03", "21"],
                ("queue-extract", _) => vec![either("Тізімдегі", "Число мест")],
                ("granting-offer", _) => vec!["20:311:004:102:2:15", "54.3", "АХМЕТОВ", "380-05-10"],
                ("granting-decision", _) => vec!["20:311:004:102:2:15", "А-7", "ОСПАНОВ", "12-Х"],
                ("removal-notice", _) => {
                    vec!["73(1)", either("көшкен", "выезд"), either("осал", "уязвимые"), "АХМЕТОВ"]
                }
                _ => vec![],
            });
            // A list names its cases by what goes with it.
            let is_outgoing = kind == "courier-list" && !wanted.contains(&"К-1");
            wanted.retain(|text| !(is_outgoing && text.starts_with("ALA-")));
            wanted.retain(|text| !(matches!(kind, "courier-list") && *text == year));
            check_paper(&office, kind, &pdf, &wanted).await;
            seen.push(kind.to_owned());
        }
    }
    seen.sort();
    seen.dedup();
    let kinds = [
        "agenda",
        "courier-list",
        "granting-decision",
        "granting-offer",
        "memo",
        "minutes",
        "notice",
        "queue-extract",
        "receipt",
        "removal-notice",
        "return-letter",
    ];
    assert_eq!(seen, kinds);

    // The applicant sees what is the applicant's: no act, and no list with others on it.
    let own = office.case(&first, &key).await;
    let kinds: Vec<_> =
        own["documents"].as_array().expect("documents").iter().map(|one| &one["kind"]).collect();
    let granted = ["removal-notice", "granting-offer", "paper", "granting-decision"];
    let answered = ["application", "attachment", "receipt", "notice", "queue-extract"];
    assert_eq!(kinds, [&answered[..], &granted].concat());
    assert!(!own.to_string().contains(&iin_of(&office.setting, "official")), "no official by IIN: {own}");
    let (status, pdf) =
        office.get(&format!("/api/v1/applications/{first}/notice"), "application/pdf", &key).await;
    assert!(status == 200 && pdf.starts_with(b"%PDF"));
    let internal = office.case(&first, TOKEN).await;
    let memo = internal["documents"].as_array().expect("documents").iter().find(|one| one["paper"] == "memo");
    let memo = memo.and_then(|one| one["id"].as_str()).expect("a memo");
    let path = format!("/api/v1/applications/{first}/documents/{memo}.pdf");
    assert_eq!(office.get(&path, "*/*", &key).await.0, 404);
    assert_eq!(office.get(&path, "*/*", "").await.0, 401);

    // At the counter: no case, a number in the journal.
    let intake = Intake {
        language,
        centre: CENTRE.to_owned(),
        address: "Алматы, Примерная, 2".to_owned(),
        phone: "+7 727 000 00 01".to_owned(),
        applicant: "Мысалов Ғани".to_owned(),
        missing: vec!["D8".to_owned()],
    };
    let (status, body) = office.post("/refusals", office.signed(&intake.to_xml(), "executor")).await;
    assert!(status == 422 && body.to_string().contains("SIGNER_NOT_INSPECTOR"), "{status} {body}");
    let act = office.signed(&intake.to_xml(), "official");
    let (status, body) = office.post("/refusals", act.clone()).await;
    assert_eq!(status, 201, "{body}");
    assert_eq!(office.post("/refusals", act).await.0, 409);
    let number = body["number"].as_str().expect("a number");
    assert_eq!(number, format!("ALA-R-{}-000001", today().year()));
    let path = format!("/api/v1/refusals/{number}");
    assert_eq!(office.get(&path, "*/*", &key).await.0, 404);
    assert_eq!(office.get(&path, "*/*", TOKEN).await.1, body["receipt"].as_str().expect("XML").as_bytes());
    let (status, pdf) = office.get(&path, "application/pdf", TOKEN).await;
    assert_eq!(status, 200);
    let wanted =
        [number, "Мысалов Ғани", either("Жұмыс", "Справка с места работы"), "Примерная, 2", "АХМЕТОВ"];
    check_paper(&office, "refusal-receipt", &pdf, &wanted).await;

    // From the command line the paper is the same.
    let file = office.setting.folder.path().join("refusal.pdf");
    let name = file.to_string_lossy().into_owned();
    let (done, said) = office.setting.run(&["paper", "--application", &first, "-o", &name]);
    assert!(done && std::fs::read(&file).expect("a paper").starts_with(b"%PDF"), "{said}");
    let (done, said) = office.setting.run(&["paper", "--application", "ALA-2026-999999", "-o", &name]);
    assert!(!done, "{said}");

    // A backup has the journal of the counter in it.
    let folder = office.setting.folder.path().join("backup").display().to_string();
    let (done, said) = office.setting.run(&["backup", &folder]);
    assert!(done, "{said}");
    let back = office.setting.folder.path().join("back").display().to_string();
    let database = format!("{back}/register.sqlite");
    let (done, said) =
        office.setting.run(&["restore", &folder, "--data-dir", &back, "--database", &database]);
    assert!(done && said.contains("not proven: 0"), "{said}");
}

/// Of one day there is one extract, but none of a list in which the place is no more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extract_is_of_the_place_as_it_is() {
    let office = Office::open(Setting::new());
    let number = crate::mail::file(&office.setting, &office.service, 0, "a@example.kz").await;
    office.decide(&number).await;
    office.take(&number, Content::Plain(Step::SignNotice), "official").await;
    let path = format!("/applications/{number}/queue-extracts");
    let (status, first) = office.post(&path, Vec::new()).await;
    assert_eq!(status, 201, "{first}");
    assert_eq!(office.post(&path, Vec::new()).await.1, first);
    let kind = MoveKind::Category { category: Category::Veteran };
    let basis = "Law 68".to_owned();
    let move_it = Content::ProposeMove { kind, ground_codes: vec![], basis, judgement: None };
    office.take(&number, move_it, "executor").await;
    office.take(&number, Content::Plain(Step::ConfirmMove), "official").await;
    let (status, second) = office.post(&path, Vec::new()).await;
    assert!(status == 201 && second != first, "{second}");
    assert_eq!(office.post(&path, Vec::new()).await.1, second);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_paper_in_kazakh() {
    papers_in(Language::Kk).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_paper_in_russian() {
    papers_in(Language::Ru).await;
}

/// A key that is revoked seals nothing: the case stays where it was, and goes on once there is a good key.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_leaves_under_a_revoked_seal() {
    let setting = Setting::new();
    let text = std::fs::read_to_string(&setting.config).expect("settings");
    let lists = ["root.crl", "ca.crl"].map(|name| format!("{:?}", pki(&setting, name)));
    std::fs::write(&setting.config, format!("crls = [{}]\n{text}", lists.join(", "))).expect("written");
    let office = Office::open(setting);
    let document = office.setting.application(0, FILE);
    let form = || crate::setting::form(document.clone(), "income.pdf", FILE);
    let (status, body) = crate::setting::post(&office.service.base, form()).await.expect("an answer");
    assert_eq!(status, 201, "{body}");
    let number = body["number"].as_str().expect("a number").to_owned();
    office.decide(&number).await;
    let before = office.case(&number, TOKEN).await;
    let Office { setting, service, client } = office;
    service.stop();

    let good = std::fs::read_to_string(&setting.config).expect("settings");
    std::fs::write(&setting.config, good.replace("service.p12", "revoked.p12")).expect("written");
    let service = Service::start(&setting.config);
    let office = Office { setting, service, client };
    let (status, body) = office.act(&number, &Content::Plain(Step::SignNotice), "official").await;
    assert_eq!((status, body["code"].as_str()), (503, Some("NOT_READY")), "{body}");
    assert!(body.to_string().contains("provider_key"), "{body}");
    assert_eq!(office.case(&number, TOKEN).await["documents"], before["documents"]);
    assert_eq!(office.case(&number, TOKEN).await["status"], "notice-drafted");
    let other = crate::setting::form(office.setting.application(1, FILE), "income.pdf", FILE);
    let (status, body) = crate::setting::post(&office.service.base, other).await.expect("an answer");
    assert_eq!(status, 503, "{body}");
    let Office { setting, service, client } = office;
    service.stop();

    std::fs::write(&setting.config, good).expect("written");
    let service = Service::start(&setting.config);
    let office = Office { setting, service, client };
    office.take(&number, Content::Plain(Step::SignNotice), "official").await;
    let case = office.case(&number, TOKEN).await;
    assert_eq!((&case["status"], &case["queue_number"]), (&"notified".into(), &1.into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_checks_is_for_everybody_and_tells_nothing_without_a_digest() {
    let setting = Arc::new(Setting::new());
    let service = Service::start(&setting.config);
    let client = client();
    let get = async |path: &str, language: &str| {
        let request = client.get(format!("{}{path}", service.base)).header("accept-language", language);
        let answer = request.header("accept", "text/html").send().await.expect("an answer");
        let headers = answer.headers().clone();
        (answer.status().as_u16(), headers, answer.text().await.expect("a page"))
    };
    for (language, word) in [("kk", "тексеру"), ("ru", "Проверка"), ("en", "Check")] {
        let (status, headers, page) = get("/check", language).await;
        assert_eq!(status, 200);
        assert!(page.contains(word) && page.contains(&format!("<html lang=\"{language}\">")), "{page}");
        assert!(
            !page.contains("<script") && !page.contains("http://") && !page.contains("https://"),
            "nothing is loaded from elsewhere"
        );
        assert!(page.contains("default-src 'none'") && headers.contains_key("content-security-policy"));
        assert_eq!(headers["cache-control"], "no-store");
    }
    let zeros = "0".repeat(64);
    for path in [
        "/check/ALA-2026-000001/00".to_owned(),
        format!("/check/ALA-2026-000001/{zeros}"),
        format!("/check?number=ALA-2026-000001&sha256={zeros}"),
        format!("/check?number=&sha256={zeros}"),
    ] {
        let (status, _, page) = get(&path, "en").await;
        assert!(status == 200 && page.contains("verdict no"), "{path}: {status} {page}");
    }
    let (_, _, page) = get("/check?number=%3Cscript%3E%22&sha256=%3Cb%3E", "en").await;
    assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
    let answer = client.get(format!("{}/check/a/00", service.base)).header("accept", "application/json");
    assert_eq!(answer.send().await.expect("an answer").status().as_u16(), 400);
}
