//! The application form and its reading from a verified document.
//!
//! [`Application`] is plain data, for writing a form. [`FiledApplication`] is what the register takes;
//! its only source is a verified document:
//!
//! ```compile_fail
//! // Plain data cannot be filed: the fields are private and there is no other constructor.
//! fn forge(data: qoltanba::housing::Application) -> qoltanba::housing::FiledApplication {
//!     qoltanba::housing::FiledApplication { application: data }
//! }
//! ```

use super::clock::Channel;
use super::edition::is_document_code;
use super::form::{Form, Refusal, hex, join, sha256_from_hex};
use super::{Iin, Role, Rules};
use crate::validation::{ProvisionalDocument, SignerIdentity, VerifiedDocument};
use crate::xml::write::Xml;
use crate::xml::{Limits, tree};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Namespace of the form.
pub const NAMESPACE: &str = "urn:qoltanba:housing:application:1";
/// The schema of the form.
pub const SCHEMA: &str = include_str!("application.xsd");
const LIST_LIMIT: usize = 64;

/// Language of the request, hence of its result (item 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Kk,
    Ru,
}

impl Language {
    pub fn code(self) -> &'static str {
        match self {
            Self::Kk => "kk",
            Self::Ru => "ru",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Kk, Self::Ru].into_iter().find(|language| language.code() == code)
    }
}

/// Groups with separate lists (Law on housing relations, article 67(1), edition of about 2014-2015).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    Veteran,
    Orphan,
    Vulnerable,
    PublicServant,
    EmergencyDwelling,
}

impl Category {
    pub const ALL: [Self; 5] =
        [Self::Veteran, Self::Orphan, Self::Vulnerable, Self::PublicServant, Self::EmergencyDwelling];

    pub fn code(self) -> &'static str {
        match self {
            Self::Veteran => "veteran",
            Self::Orphan => "orphan",
            Self::Vulnerable => "vulnerable",
            Self::PublicServant => "public-servant",
            Self::EmergencyDwelling => "emergency-dwelling",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.code() == code)
    }

    /// The name of the list.
    pub fn name(self, language: Language) -> &'static str {
        use Language::{Kk, Ru};
        match (self, language) {
            (Self::Veteran, Kk) => "Ұлы Отан соғысының мүгедектері мен қатысушылары",
            (Self::Veteran, Ru) => "инвалиды и участники Великой Отечественной войны",
            (Self::Orphan, Kk) => "жетім балалар, ата-анасының қамқорлығынсыз қалған балалар",
            (Self::Orphan, Ru) => "дети-сироты, дети, оставшиеся без попечения родителей",
            (Self::Vulnerable, Kk) => "халықтың әлеуметтік жағынан осал топтары",
            (Self::Vulnerable, Ru) => "социально уязвимые слои населения",
            (Self::PublicServant, Kk) => "мемлекеттік қызметшілер, бюджеттік ұйымдардың қызметкерлері",
            (Self::PublicServant, Ru) => "государственные служащие, работники бюджетных организаций",
            (Self::EmergencyDwelling, Kk) => "жалғыз тұрғын үйі авариялық деп танылған азаматтар",
            (Self::EmergencyDwelling, Ru) => "граждане, единственное жилище которых признано аварийным",
        }
    }
}

/// The applicant or a member of the family. `Debug` shows no personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    pub iin: String,
    pub surname: String,
    pub given_name: String,
    pub patronymic: Option<String>,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Person(..)")
    }
}

impl Person {
    /// Surname, name, patronymic.
    pub fn full_name(&self) -> String {
        let parts = [Some(&self.surname), Some(&self.given_name), self.patronymic.as_ref()];
        parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ")
    }
}

/// Who acts for the applicant, and by which notarial power of attorney (decision G8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Representative {
    pub person: Person,
    /// Number of the power of attorney.
    pub number: String,
    /// Its date.
    pub given: Date,
    /// Its last day.
    pub until: Date,
}

/// A document that the form lists by digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// `D1` to `D12`, the documents of item 9 of the Standard.
    pub document_code: String,
    pub file_name: String,
    pub media_type: String,
    /// Octets.
    pub size: u64,
    pub sha256: [u8; 32],
}

/// The content of a form.
#[derive(Clone, PartialEq, Eq)]
pub struct Application {
    pub language: Language,
    pub applicant: Person,
    /// Who signs in the applicant's place; none: the applicant.
    pub representative: Option<Representative>,
    pub address: String,
    pub phone: String,
    pub email: Option<String>,
    pub category: Category,
    /// Member and relation.
    pub family: Vec<(Person, String)>,
    /// Consent to the check whether the family has municipal housing (annex 1 to the Standard).
    pub housing_check: bool,
    pub data_processing: bool,
    /// Where the notice goes besides the account (item 3(2)).
    pub notification_email: Option<String>,
    /// The centre at whose counter it was taken down; none on the portal.
    pub centre: Option<String>,
    pub attachments: Vec<Attachment>,
}

impl std::fmt::Debug for Application {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Application").field("category", &self.category).finish_non_exhaustive()
    }
}

/// That the signature of an application passed.
#[derive(Clone, Debug)]
pub struct Verified(());

/// That nobody could be asked yet whether the certificate of its signer is revoked.
#[derive(Clone, Debug)]
pub struct Provisional(());

/// An application that its applicant signed and that has no fault of form. A provisional one can be registered as
/// waiting and nothing else:
///
/// ```compile_fail
/// // What it claims is not acted upon: no state database is asked about it.
/// use qoltanba::housing::application::{FiledApplication, Provisional};
/// fn ask(filed: &FiledApplication<Provisional>) -> &FiledApplication {
///     filed
/// }
/// ```
#[derive(Clone, Debug)]
pub struct FiledApplication<Standing = Verified> {
    standing: std::marker::PhantomData<Standing>,
    application: Application,
    iin: Iin,
    certificate_sha256: [u8; 32],
    signer_name: Option<String>,
    document_sha256: [u8; 32],
}

impl<Standing> FiledApplication<Standing> {
    pub fn application(&self) -> &Application {
        &self.application
    }

    pub fn iin(&self) -> &Iin {
        &self.iin
    }

    /// How it came (items 8 and 9).
    pub fn channel(&self) -> Channel {
        if self.application.centre.is_some() { Channel::Centre } else { Channel::Portal }
    }

    /// Who signed it: the applicant, or the inspector who took it down.
    pub fn by(&self) -> Role {
        if self.application.centre.is_some() { Role::Inspector } else { Role::Applicant }
    }

    /// Who signed, as the certificate names them.
    pub fn signer_name(&self) -> Option<&str> {
        self.signer_name.as_deref()
    }

    /// SHA-256 of the certificate that signed.
    pub fn certificate_sha256(&self) -> [u8; 32] {
        self.certificate_sha256
    }

    /// SHA-256 of the signed document as it came.
    pub fn document_sha256(&self) -> [u8; 32] {
        self.document_sha256
    }
}

fn yes(form: &mut Form, parent: tree::Node<'_>, name: &str) -> bool {
    let given = form.required(parent, "consents", name, 5) == "true";
    if !given {
        form.refuse("CONSENT_REQUIRED", join("consents", name));
    }
    given
}

fn person(form: &mut Form, element: tree::Node<'_>, path: &str, rules: &Rules) -> (Person, Option<Iin>) {
    let person = Person {
        iin: form.required(element, path, "iin", 12),
        surname: form.required(element, path, "surname", 100),
        given_name: form.required(element, path, "givenName", 100),
        patronymic: form.optional(element, path, "patronymic", 100),
    };
    let iin = match Iin::parse(&person.iin, rules.test_identities) {
        Ok(iin) => Some(iin),
        Err(error) => {
            if !person.iin.is_empty() {
                form.refuse(error.code(), join(path, "iin"));
            }
            None
        }
    };
    (person, iin)
}

fn email(form: &mut Form, parent: tree::Node<'_>, path: &str, name: &str) -> Option<String> {
    let text = form.optional(parent, path, name, 254)?;
    let plausible = text.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && host.contains('.') && !host.contains('@') && !text.contains(char::is_whitespace)
    });
    if !plausible {
        form.refuse("EMAIL_FORM", join(path, name));
    }
    Some(text)
}

fn date(form: &mut Form, parent: tree::Node<'_>, path: &str, name: &str) -> Option<Date> {
    let date = form.required(parent, path, name, 10).parse();
    if date.is_err() {
        form.refuse("DATE_FORM", join(path, name));
    }
    date.ok()
}

fn representative(
    form: &mut Form,
    element: tree::Node<'_>,
    today: Option<Date>,
    rules: &Rules,
) -> Option<Representative> {
    let path = "representative";
    let names = ["iin", "surname", "givenName", "patronymic"];
    let power = ["powerOfAttorneyNumber", "powerOfAttorneyDate", "powerOfAttorneyUntil"];
    form.shape(element, path, &[], &[&names[..], &power].concat(), &[]);
    let (person, _) = person(form, element, path, rules);
    let [number_name, given, until] = power;
    let number = form.required(element, path, number_name, 40);
    let (given, until) = (date(form, element, path, given), date(form, element, path, until));
    let (given, until) = (given?, until?);
    if today.is_none_or(|today| today < given || today > until) {
        form.refuse("POWER_OF_ATTORNEY_TERM", path);
    }
    Some(Representative { person, number, given, until })
}

fn attachment(form: &mut Form, element: tree::Node<'_>, path: &str, rules: &Rules) -> Attachment {
    form.shape(element, path, &[], &["documentCode", "fileName", "mediaType", "size", "sha256"], &[]);
    let document_code = form.required(element, path, "documentCode", 3);
    if !is_document_code(&document_code) {
        form.refuse("UNKNOWN_DOCUMENT_CODE", join(path, "documentCode"));
    }
    let file_name = form.required(element, path, "fileName", 200);
    if file_name.contains(['/', '\\', ':']) || file_name.starts_with('.') {
        form.refuse("FILE_NAME", join(path, "fileName"));
    }
    let media_type = form.required(element, path, "mediaType", 100);
    let token = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    if !media_type.split_once('/').is_some_and(|(a, b)| token(a) && token(b)) {
        form.refuse("MEDIA_TYPE", join(path, "mediaType"));
    }
    let size = form.required(element, path, "size", 12).parse::<u64>().unwrap_or(0);
    if size == 0 || size > rules.attachment_limit {
        form.refusals.push(
            Refusal::new("ATTACHMENT_SIZE", join(path, "size"))
                .with("max", rules.attachment_limit.to_string()),
        );
    }
    let sha256 = sha256_from_hex(&form.required(element, path, "sha256", 64));
    if sha256.is_none() {
        form.refuse("DIGEST_FORM", join(path, "sha256"));
    }
    Attachment { document_code, file_name, media_type, size, sha256: sha256.unwrap_or_default() }
}

/// A signed form, however far it is judged.
struct Signed<'a> {
    octets: &'a [u8],
    signer: &'a SignerIdentity,
    at: jiff::Timestamp,
    sha256: [u8; 32],
}

fn read<Standing>(document: Signed<'_>, rules: &Rules) -> Result<FiledApplication<Standing>, Vec<Refusal>> {
    let tree = tree::parse(document.octets, &Limits::default())
        .map_err(|error| vec![Refusal::new("NOT_XML", "").with("detail", error.kind.to_string())])?;
    let root = tree.element();
    if !root.is(NAMESPACE, "application") {
        return Err(vec![Refusal::new("WRONG_DOCUMENT", "").with("expected", NAMESPACE)]);
    }
    let mut form = Form { namespace: NAMESPACE, refusals: Vec::new() };
    let f = &mut form;
    f.shape(
        root,
        "",
        &["language"],
        &[
            "centre",
            "applicant",
            "representative",
            "category",
            "familyMembers",
            "consents",
            "notificationEmail",
            "attachments",
        ],
        &[],
    );
    let language = f.choice(root.attribute("language"), "@language".into(), Language::from_code);
    let signer = document.signer;
    // At a counter the inspector of that centre takes the application down and signs it (decision G6).
    let centre = f.optional(root, "", "centre", 40);
    let is_inspector = centre.as_ref().is_some_and(|centre| {
        rules.officials.iter().any(|one| {
            one.role == Role::Inspector
                && one.centre.as_ref() == Some(centre)
                && signer.iin.as_deref() == Some(one.iin.as_str())
        }) && rules.is_of_office(signer.iin.as_deref(), signer.bin.as_deref())
    });
    match &centre {
        Some(_) if !is_inspector => f.refuse("SIGNER_NOT_INSPECTOR", "centre"),
        None if signer.bin.is_some() => f.refuse("ORGANIZATION_CERTIFICATE", ""),
        _ => {}
    }
    let today = crate::calendar::local_date(document.at).ok();
    let acts = root.child(NAMESPACE, "representative");
    let acts = acts.map(|element| representative(f, element, today, rules));
    let mut filed = None;
    if let Some(element) = f.child(root, "", "applicant") {
        let path = "applicant";
        let names = ["iin", "surname", "givenName", "patronymic", "address", "phone", "email"];
        f.shape(element, path, &[], &names, &[]);
        let (who, iin) = person(f, element, path, rules);
        match &acts {
            // The certificate is the applicant's, or the representative's (decision "Identity").
            None if centre.is_none() && signer.iin.as_deref() != Some(who.iin.as_str()) => {
                f.refuse("SIGNER_NOT_APPLICANT", "applicant/iin");
            }
            Some(Some(one)) => {
                if centre.is_none() && signer.iin.as_deref() != Some(one.person.iin.as_str()) {
                    f.refuse("SIGNER_NOT_REPRESENTATIVE", "representative/iin");
                }
                if one.person.iin == who.iin && !who.iin.is_empty() {
                    f.refuse("DUPLICATE_PERSON", "representative/iin");
                }
            }
            _ => {}
        }
        let address = f.required(element, path, "address", 500);
        let phone = f.required(element, path, "phone", 40);
        if !phone.is_empty() && !phone.chars().all(|c| c.is_ascii_digit() || "+-() ".contains(c)) {
            f.refuse("PHONE_FORM", "applicant/phone");
        }
        filed = Some((who, iin, address, phone, email(f, element, path, "email")));
    }
    let category = f.required(root, "", "category", 40);
    let category = f.choice(Some(&category), "category".into(), Category::from_code);
    let mut family = Vec::new();
    if let Some(members) = root.child(NAMESPACE, "familyMembers") {
        f.shape(members, "familyMembers", &[], &[], &["member"]);
        for (i, element) in members.elements().filter(|e| e.local() == "member").enumerate() {
            let path = format!("familyMembers/member[{}]", i + 1);
            if i == LIST_LIMIT {
                f.refuse("TOO_MANY_ITEMS", path);
                break;
            }
            f.shape(element, &path, &[], &["iin", "surname", "givenName", "patronymic", "relation"], &[]);
            let (who, _) = person(f, element, &path, rules);
            let repeated = family.iter().any(|(other, _): &(Person, String)| other.iin == who.iin)
                || filed.as_ref().is_some_and(|(applicant, ..)| applicant.iin == who.iin);
            if repeated && !who.iin.is_empty() {
                f.refuse("DUPLICATE_PERSON", join(&path, "iin"));
            }
            family.push((who, f.required(element, &path, "relation", 60)));
        }
    }
    let (mut housing_check, mut data_processing) = (false, false);
    if let Some(consents) = f.child(root, "", "consents") {
        f.shape(consents, "consents", &[], &["housingCheck", "dataProcessing"], &[]);
        housing_check = yes(f, consents, "housingCheck");
        data_processing = yes(f, consents, "dataProcessing");
    }
    let notification_email = email(f, root, "", "notificationEmail");
    let mut attachments: Vec<Attachment> = Vec::new();
    if let Some(list) = root.child(NAMESPACE, "attachments") {
        f.shape(list, "attachments", &[], &[], &["attachment"]);
        for (i, element) in list.elements().filter(|e| e.local() == "attachment").enumerate() {
            let path = format!("attachments/attachment[{}]", i + 1);
            if i == LIST_LIMIT {
                f.refuse("TOO_MANY_ITEMS", path);
                break;
            }
            let read = attachment(f, element, &path, rules);
            if attachments.iter().any(|other| other.file_name == read.file_name) {
                f.refuse("DUPLICATE_FILE_NAME", join(&path, "fileName"));
            }
            attachments.push(read);
        }
    }
    let representative = acts.flatten();
    if representative.is_some() && !attachments.iter().any(|one| one.document_code == "D11") {
        form.refuse("POWER_OF_ATTORNEY_MISSING", "attachments");
    }
    match (language, category, filed) {
        (Some(language), Some(category), Some((applicant, Some(iin), address, phone, email)))
            if form.refusals.is_empty() =>
        {
            Ok(FiledApplication {
                standing: std::marker::PhantomData,
                application: Application {
                    language,
                    applicant,
                    representative,
                    address,
                    phone,
                    email,
                    category,
                    family,
                    housing_check,
                    data_processing,
                    notification_email,
                    centre,
                    attachments,
                },
                iin,
                certificate_sha256: signer.certificate_sha256,
                signer_name: signer.common_name.clone(),
                document_sha256: document.sha256,
            })
        }
        _ => Err(form.refusals),
    }
}

impl Application {
    /// Reads the form that a verified signature covers.
    ///
    /// # Errors
    /// Every fault of form, and `SIGNER_NOT_APPLICANT`, `SIGNER_NOT_REPRESENTATIVE` or
    /// `ORGANIZATION_CERTIFICATE` when the signer may not file it (decision "Identity").
    pub fn read(document: &VerifiedDocument, rules: &Rules) -> Result<FiledApplication, Vec<Refusal>> {
        read(
            Signed {
                octets: document.octets(),
                signer: document.signer(),
                at: document.validation_time(),
                sha256: document.document_sha256(),
            },
            rules,
        )
    }

    /// Reads the form of which it is not known yet whether the certificate of its signer is revoked.
    ///
    /// # Errors
    /// As [`Application::read`].
    pub fn read_provisionally(
        document: &ProvisionalDocument,
        rules: &Rules,
    ) -> Result<FiledApplication<Provisional>, Vec<Refusal>> {
        read(
            Signed {
                octets: document.octets(),
                signer: document.signer(),
                at: document.accepted(),
                sha256: document.document_sha256(),
            },
            rules,
        )
    }

    /// The form as XML, ready to sign.
    pub fn to_xml(&self) -> String {
        let mut xml = Xml::default();
        let names = |xml: &mut Xml, who: &Person| {
            xml.leaf("iin", &who.iin).leaf("surname", &who.surname).leaf("givenName", &who.given_name);
            xml.leaf_if("patronymic", who.patronymic.as_deref());
        };
        xml.open("application", &[("xmlns", NAMESPACE), ("language", self.language.code())]);
        xml.leaf_if("centre", self.centre.as_deref());
        xml.open("applicant", &[]);
        names(&mut xml, &self.applicant);
        xml.leaf("address", &self.address).leaf("phone", &self.phone);
        xml.leaf_if("email", self.email.as_deref()).close("applicant");
        if let Some(one) = &self.representative {
            xml.open("representative", &[]);
            names(&mut xml, &one.person);
            xml.leaf("powerOfAttorneyNumber", &one.number)
                .leaf("powerOfAttorneyDate", &one.given.to_string())
                .leaf("powerOfAttorneyUntil", &one.until.to_string())
                .close("representative");
        }
        xml.leaf("category", self.category.code());
        if !self.family.is_empty() {
            xml.open("familyMembers", &[]);
            for (who, relation) in &self.family {
                xml.open("member", &[]);
                names(&mut xml, who);
                xml.leaf("relation", relation).close("member");
            }
            xml.close("familyMembers");
        }
        xml.open("consents", &[])
            .leaf("housingCheck", if self.housing_check { "true" } else { "false" })
            .leaf("dataProcessing", if self.data_processing { "true" } else { "false" })
            .close("consents");
        xml.leaf_if("notificationEmail", self.notification_email.as_deref());
        if !self.attachments.is_empty() {
            xml.open("attachments", &[]);
            for one in &self.attachments {
                xml.open("attachment", &[])
                    .leaf("documentCode", &one.document_code)
                    .leaf("fileName", &one.file_name)
                    .leaf("mediaType", &one.media_type)
                    .leaf("size", &one.size.to_string())
                    .leaf("sha256", &hex(&one.sha256))
                    .close("attachment");
            }
            xml.close("attachments");
        }
        xml.close("application").finish()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use jiff::Timestamp;

    pub(crate) fn sample(iin: &str) -> Application {
        Application {
            language: Language::Kk,
            applicant: Person {
                iin: iin.into(),
                surname: "Әлиев".into(),
                given_name: "Асан".into(),
                patronymic: None,
            },
            representative: None,
            address: "Алматы, «Шаңырақ» <1> & 2".into(),
            phone: "+7 (727) 000-00-00".into(),
            email: None,
            category: Category::Vulnerable,
            family: vec![],
            housing_check: true,
            data_processing: true,
            notification_email: None,
            centre: None,
            attachments: vec![],
        }
    }

    pub(crate) const IIN: &str = "850315300128";

    fn codes(xml: &str) -> Vec<&'static str> {
        let document = VerifiedDocument::for_test(xml, IIN, None, Timestamp::UNIX_EPOCH);
        match Application::read(&document, &Rules::default()) {
            Ok(_) => vec![],
            Err(refusals) => refusals.iter().map(|refusal| refusal.code).collect(),
        }
    }

    #[test]
    fn round_trip() {
        let mut data = sample(IIN);
        data.family.push((
            Person {
                iin: "850101300603".into(),
                surname: "A".into(),
                given_name: "B".into(),
                patronymic: Some("C".into()),
            },
            "spouse".into(),
        ));
        data.attachments.push(Attachment {
            document_code: "D7".into(),
            file_name: "анықтама.pdf".into(),
            media_type: "application/pdf".into(),
            size: 3,
            sha256: [7; 32],
        });
        let document = VerifiedDocument::for_test(&data.to_xml(), IIN, None, Timestamp::UNIX_EPOCH);
        let filed = Application::read(&document, &Rules::default()).unwrap();
        assert_eq!(filed.application(), &data);
        assert!(SCHEMA.contains(NAMESPACE));
    }

    #[test]
    fn refusals() {
        let good = sample(IIN).to_xml();
        assert_eq!(codes(&good), Vec::<&str>::new());
        for (from, to, code) in [
            ("<category>", "<x/><category>", "UNKNOWN_ELEMENT"),
            ("<category>", "<category>veteran</category><category>", "DUPLICATE_ELEMENT"),
            ("<category>", "<category a='1'>", "UNKNOWN_ATTRIBUTE"),
            ("vulnerable", "vulner<!-- -->able", "NOT_PLAIN_TEXT"),
            ("vulnerable", "poor", "UNKNOWN_VALUE"),
            ("<category>", "text<category>", "UNEXPECTED_TEXT"),
            ("<category>", "<?a b?><category>", "COMMENT_OR_INSTRUCTION"),
            ("language=\"kk\"", "language=\"en\"", "UNKNOWN_VALUE"),
            ("language=\"kk\"", "", "MISSING"),
            (">Асан<", "><", "EMPTY"),
            (">Асан<", ">А&#10;сан<", "CONTROL_CHARACTER"),
            (IIN, "850101300603", "SIGNER_NOT_APPLICANT"),
            (IIN, "850315300127", "IIN_CHECK_DIGIT"),
            ("<housingCheck>true", "<housingCheck>false", "CONSENT_REQUIRED"),
            ("+7", "call", "PHONE_FORM"),
            ("application:1", "application:2", "WRONG_DOCUMENT"),
            ("</application>", "", "NOT_XML"),
        ] {
            let bad = good.replacen(from, to, 1);
            assert!(codes(&bad).contains(&code), "{code}: {:?}", codes(&bad));
        }
        assert!(codes(&good.replace("Асан", &"а".repeat(101))).contains(&"TOO_LONG"));
        let organization =
            VerifiedDocument::for_test(&good, IIN, Some("140540000015"), Timestamp::UNIX_EPOCH);
        let refusals = Application::read(&organization, &Rules::default()).unwrap_err();
        assert_eq!(refusals[0].code, "ORGANIZATION_CERTIFICATE");
        // An inspector whose certificate has to be of the office.
        let inspector =
            super::super::Official { iin: IIN.into(), role: Role::Inspector, centre: Some("almaly".into()) };
        let bodies = vec![(IIN.into(), "140540000015".into())];
        let rules = Rules { officials: vec![inspector], bodies, ..Rules::default() };
        let taken_down = Application { centre: Some("almaly".into()), ..sample("850101300603") }.to_xml();
        for (bin, code) in [(Some("140540000015"), None), (None, Some("SIGNER_NOT_INSPECTOR"))] {
            let document = VerifiedDocument::for_test(&taken_down, IIN, bin, Timestamp::UNIX_EPOCH);
            let refused = Application::read(&document, &rules).err().map(|refusals| refusals[0].code);
            assert_eq!(refused, code);
        }
    }

    #[test]
    fn attachment_refusals() {
        let mut data = sample(IIN);
        let one = Attachment {
            document_code: "D13".into(),
            file_name: "../a".into(),
            media_type: "pdf".into(),
            size: 0,
            sha256: [7; 32],
        };
        data.attachments = vec![one.clone(), one];
        let codes = codes(&data.to_xml());
        for code in
            ["UNKNOWN_DOCUMENT_CODE", "FILE_NAME", "MEDIA_TYPE", "ATTACHMENT_SIZE", "DUPLICATE_FILE_NAME"]
        {
            assert!(codes.contains(&code), "{code}");
        }
    }
}
