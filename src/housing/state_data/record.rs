//! The e-document of a state database: its form, and reading it from a verified document.

use super::{Database, Question, RECORD_NAMESPACE, identifier};
use crate::housing::Rules;
use crate::housing::form::{Form, Refusal, join};
use crate::validation::VerifiedDocument;
use crate::xml::write::Xml;
use crate::xml::{Limits, tree};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

/// Places and dwellings in one e-document.
const LIST_LIMIT: usize = 256;
/// By how much the clocks of the database and of the register may differ.
const CLOCKS: SignedDuration = SignedDuration::from_mins(5);

/// A registered place of residence.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    pub address: String,
    pub since: Date,
    /// None while it is registered.
    pub until: Option<Date>,
}

/// A right to a dwelling.
#[derive(Clone, PartialEq, Eq)]
pub struct Dwelling {
    /// As the database names it: an apartment, a house.
    pub kind: String,
    /// `1`, or a part: `1/2`.
    pub share: String,
    pub address: String,
}

/// What a database says.
#[derive(Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Content {
    /// The database has nothing on the person, or on the power of attorney.
    NoRecord,
    Person {
        surname: String,
        given_name: String,
        patronymic: Option<String>,
        birth: Date,
        death: Option<Date>,
    },
    PowerOfAttorney {
        number: String,
        notary: String,
        principal: String,
        representative: String,
        given: Date,
        until: Date,
        revoked: Option<Date>,
    },
    Residence(Vec<Place>),
    /// None: the database vouches that there is none.
    Property(Vec<Dwelling>),
}

impl Content {
    /// Which database can say it; none: each.
    fn of(&self) -> Option<Database> {
        match self {
            Self::NoRecord => None,
            Self::Person { .. } => Some(Database::NaturalPersons),
            Self::PowerOfAttorney { .. } => Some(Database::PowersOfAttorney),
            Self::Residence(_) => Some(Database::Residence),
            Self::Property(_) => Some(Database::Property),
        }
    }

    /// The e-document as XML, ready to sign.
    pub fn to_xml(&self, database: Database, question: &str, iin: &str, issued: Timestamp) -> String {
        let mut xml = Xml::default();
        let issued = issued.to_string();
        let attributes = [
            ("xmlns", RECORD_NAMESPACE),
            ("database", database.code()),
            ("question", question),
            ("issuedAt", issued.as_str()),
        ];
        xml.open("stateRecord", &attributes).leaf("subject", iin);
        let optional = |date: &Option<Date>| date.map(|date| date.to_string());
        match self {
            Self::NoRecord => {
                xml.open("noRecord", &[]).close("noRecord");
            }
            Self::Person { surname, given_name, patronymic, birth, death } => {
                xml.open("person", &[]).leaf("surname", surname).leaf("givenName", given_name);
                xml.leaf_if("patronymic", patronymic.as_deref()).leaf("birthDate", &birth.to_string());
                xml.leaf_if("deathDate", optional(death).as_deref()).close("person");
            }
            Self::PowerOfAttorney { number, notary, principal, representative, given, until, revoked } => {
                xml.open("powerOfAttorney", &[]).leaf("number", number).leaf("notary", notary);
                xml.leaf("principal", principal).leaf("representative", representative);
                xml.leaf("date", &given.to_string()).leaf("until", &until.to_string());
                xml.leaf_if("revoked", optional(revoked).as_deref()).close("powerOfAttorney");
            }
            Self::Residence(places) => {
                xml.open("residence", &[]);
                for one in places {
                    xml.open("place", &[]).leaf("address", &one.address);
                    xml.leaf("since", &one.since.to_string());
                    xml.leaf_if("until", optional(&one.until).as_deref()).close("place");
                }
                xml.close("residence");
            }
            Self::Property(dwellings) => {
                xml.open("property", &[]);
                for one in dwellings {
                    xml.open("dwelling", &[]).leaf("kind", &one.kind).leaf("share", &one.share);
                    xml.leaf("address", &one.address).close("dwelling");
                }
                xml.close("property");
            }
        }
        xml.close("stateRecord").finish()
    }
}

/// An e-document of a database that answers a question. Its only source is a verified document.
#[derive(Clone)]
pub struct StateRecord {
    content: Content,
    issued: Timestamp,
    certificate_sha256: [u8; 32],
}

impl StateRecord {
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// When the database says that it was made.
    pub fn issued(&self) -> Timestamp {
        self.issued
    }

    /// SHA-256 of the certificate of the official who signed it.
    pub fn certificate_sha256(&self) -> [u8; 32] {
        self.certificate_sha256
    }

    /// Reads the answer to a question.
    ///
    /// # Errors
    /// Every fault of form; `STATE_RECORD_SIGNER` when another signed than the office names for the database,
    /// `STATE_RECORD_OTHER` when it answers another question, about another person or from another database, and
    /// `STATE_RECORD_TIME` when it was made before the question or after its judgement.
    pub fn read(
        document: &VerifiedDocument,
        question: &Question,
        rules: &Rules,
    ) -> Result<Self, Vec<Refusal>> {
        let tree = tree::parse(document.octets(), &Limits::default())
            .map_err(|error| vec![Refusal::new("NOT_XML", "").with("detail", error.kind.to_string())])?;
        let root = tree.element();
        if !root.is(RECORD_NAMESPACE, "stateRecord") {
            return Err(vec![Refusal::new("WRONG_DOCUMENT", "").with("expected", RECORD_NAMESPACE)]);
        }
        let mut form = Form { namespace: RECORD_NAMESPACE, refusals: Vec::new() };
        let f = &mut form;
        let kinds = ["noRecord", "person", "powerOfAttorney", "residence", "property"];
        let names = [&["subject"], &kinds[..]].concat();
        f.shape(root, "", &["database", "question", "issuedAt"], &names, &[]);
        let signer = document.signer();
        let may_sign = rules.signatories.iter().any(|one| {
            one.database == question.database
                && signer.iin.as_deref() == Some(one.iin.as_str())
                && one.bin.as_ref().is_none_or(|bin| signer.bin.as_ref() == Some(bin))
        });
        if !may_sign {
            f.refuse("STATE_RECORD_SIGNER", "");
        }
        let database = f.choice(root.attribute("database"), "@database".into(), Database::from_code);
        let id = f.choice(root.attribute("question"), "@question".into(), identifier);
        let subject = f.required(root, "", "subject", 12);
        for (field, is_asked) in [
            ("@database", database.is_none_or(|database| database == question.database)),
            ("@question", id.is_none_or(|id| id == question.id)),
            ("subject", subject.is_empty() || subject == question.iin),
        ] {
            if !is_asked {
                f.refuse("STATE_RECORD_OTHER", field);
            }
        }
        let issued = f.choice(root.attribute("issuedAt"), "@issuedAt".into(), |text| text.parse().ok());
        if issued.is_some_and(|issued: Timestamp| {
            issued < question.asked - CLOCKS || issued > document.validation_time() + CLOCKS
        }) {
            f.refuse("STATE_RECORD_TIME", "@issuedAt");
        }
        let content = content(f, root, &kinds);
        if content.as_ref().and_then(Content::of).is_some_and(|of| of != question.database) {
            f.refuse("STATE_RECORD_OTHER", "");
        }
        match (content, issued) {
            (Some(content), Some(issued)) if form.refusals.is_empty() => {
                Ok(Self { content, issued, certificate_sha256: signer.certificate_sha256 })
            }
            _ => Err(form.refusals),
        }
    }
}

fn content(f: &mut Form, root: tree::Node<'_>, kinds: &[&str]) -> Option<Content> {
    let mut given = root.elements().filter(|element| kinds.contains(&element.local()));
    let (element, None) = (given.next(), given.next()) else {
        f.refuse("UNKNOWN_ELEMENT", "");
        return None;
    };
    let Some(element) = element else {
        f.refuse("MISSING", "");
        return None;
    };
    let path = element.local();
    match path {
        "person" => {
            let names = ["surname", "givenName", "patronymic", "birthDate", "deathDate"];
            f.shape(element, path, &[], &names, &[]);
            let surname = f.required(element, path, "surname", 100);
            let given_name = f.required(element, path, "givenName", 100);
            let patronymic = f.optional(element, path, "patronymic", 100);
            let death = optional_date(f, element, path, "deathDate");
            let birth = date(f, element, path, "birthDate")?;
            Some(Content::Person { surname, given_name, patronymic, birth, death })
        }
        "powerOfAttorney" => {
            let names = ["number", "notary", "principal", "representative", "date", "until", "revoked"];
            f.shape(element, path, &[], &names, &[]);
            let [number, notary] = ["number", "notary"].map(|name| f.required(element, path, name, 200));
            let [principal, representative] =
                ["principal", "representative"].map(|name| f.required(element, path, name, 12));
            let revoked = optional_date(f, element, path, "revoked");
            let (given, until) = (date(f, element, path, "date"), date(f, element, path, "until"));
            let (given, until) = (given?, until?);
            Some(Content::PowerOfAttorney {
                number,
                notary,
                principal,
                representative,
                given,
                until,
                revoked,
            })
        }
        "residence" => {
            let places = list(f, element, path, "place", &["address", "since", "until"], |f, one, path| {
                let address = f.required(one, path, "address", 500);
                let until = optional_date(f, one, path, "until");
                Some(Place { address, since: date(f, one, path, "since")?, until })
            });
            Some(Content::Residence(places))
        }
        "property" => {
            let names = ["kind", "share", "address"];
            let dwellings = list(f, element, path, "dwelling", &names, |f, one, path| {
                Some(Dwelling {
                    kind: f.required(one, path, "kind", 100),
                    share: f.required(one, path, "share", 20),
                    address: f.required(one, path, "address", 500),
                })
            });
            Some(Content::Property(dwellings))
        }
        _ => {
            f.shape(element, path, &[], &[], &[]);
            Some(Content::NoRecord)
        }
    }
}

fn list<T>(
    f: &mut Form,
    parent: tree::Node<'_>,
    path: &str,
    name: &str,
    names: &[&str],
    read: impl Fn(&mut Form, tree::Node<'_>, &str) -> Option<T>,
) -> Vec<T> {
    f.shape(parent, path, &[], &[], &[name]);
    let mut found = Vec::new();
    for (at, element) in parent.elements().filter(|element| element.local() == name).enumerate() {
        let path = join(path, &format!("{name}[{}]", at + 1));
        if at == LIST_LIMIT {
            f.refuse("TOO_MANY_ITEMS", path);
            break;
        }
        f.shape(element, &path, &[], names, &[]);
        found.extend(read(f, element, &path));
    }
    found
}

fn optional_date(f: &mut Form, parent: tree::Node<'_>, path: &str, name: &str) -> Option<Date> {
    let date = f.optional(parent, path, name, 10)?.parse();
    if date.is_err() {
        f.refuse("DATE_FORM", join(path, name));
    }
    date.ok()
}

fn date(f: &mut Form, parent: tree::Node<'_>, path: &str, name: &str) -> Option<Date> {
    f.child(parent, path, name)?;
    optional_date(f, parent, path, name)
}
