//! What the state databases say about the persons of an application (item 16; documents D11 and D12 of item 9 of
//! the Standard): natural persons, powers of attorney, residence, property.
//!
//! A [`Question`] is made when an application is filed and carries what the application claims. The answer is an
//! e-document signed by an official of the database; [`StateRecord`] is read only from one that was verified, only
//! if it was signed by whom the office named for that database, and only if it answers this very question: the
//! identifier of a question is random and comes back in the answer, so no old answer can be played again.
//!
//! [`compare`] tells three things apart: the record agrees, it contradicts (each field with both values), or there
//! is no record. A database that is silent gives no [`StateRecord`] at all, so an outage is none of the three. What
//! contradicts is shown to the executor; nothing here decides anything.

mod compare;
mod record;

pub use compare::{Comparison, Difference, compare};
pub use record::{Content, Dwelling, Place, StateRecord};

use super::application::{FiledApplication, Person};
use super::form::{Form, Refusal};
use super::{Category, Iin, Rules};
use crate::xml::write::Xml;
use crate::xml::{Limits, tree};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Namespace of questions.
pub const QUESTION_NAMESPACE: &str = "urn:qoltanba:housing:state-question:1";
/// Namespace of the e-documents that answer them.
pub const RECORD_NAMESPACE: &str = "urn:qoltanba:housing:state-record:1";

/// A state database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Database {
    /// "Natural persons": identity (item 13).
    NaturalPersons,
    /// Notarial powers of attorney.
    PowersOfAttorney,
    /// Registered places of residence.
    Residence,
    /// Rights to immovable property.
    Property,
}

impl Database {
    pub const ALL: [Self; 4] =
        [Self::NaturalPersons, Self::PowersOfAttorney, Self::Residence, Self::Property];

    pub fn code(self) -> &'static str {
        match self {
            Self::NaturalPersons => "natural-persons",
            Self::PowersOfAttorney => "powers-of-attorney",
            Self::Residence => "residence",
            Self::Property => "property",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|database| database.code() == code)
    }
}

/// The official whose signature makes an e-document of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signatory {
    pub database: Database,
    pub iin: String,
    /// Of the body that keeps the database; none: any, or no organisation.
    pub bin: Option<String>,
}

/// What an application says, as far as a database can tell.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Claim {
    Identity {
        surname: String,
        given_name: String,
        patronymic: Option<String>,
    },
    PowerOfAttorney {
        number: String,
        representative: String,
        given: Date,
        until: Date,
        /// The date of filing, on which it must be in force (decision G8).
        on: Date,
    },
    Residence {
        address: String,
    },
    /// Owners of dwellings are not excluded as such; but who asks under "only dwelling is recognised as emergency"
    /// says that there is one, and everybody else that there is none to live in.
    Dwellings {
        category: Category,
    },
}

/// A question to a database about one person. `Debug` shows no personal data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// 32 hexadecimal digits, random.
    pub id: String,
    pub database: Database,
    /// Whom of the application it is about: `applicant`, `representative`, `member-1` and so on.
    pub person: String,
    pub iin: String,
    pub asked: Timestamp,
    pub claim: Claim,
}

impl std::fmt::Debug for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Question");
        shown.field("id", &self.id).field("database", &self.database).finish_non_exhaustive()
    }
}

/// What a question says to the database that it is put to: no more than is needed to answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Asked {
    pub id: String,
    pub database: Database,
    pub iin: String,
    /// The number of a power of attorney.
    pub number: Option<String>,
}

impl Question {
    /// The questions that an application raises, to those databases that the office named a signatory for.
    /// `id` gives a random identifier each time.
    ///
    /// # Errors
    /// Only of `id`.
    pub fn of<E>(
        filed: &FiledApplication,
        rules: &Rules,
        asked: Timestamp,
        on: Date,
        mut id: impl FnMut() -> Result<String, E>,
    ) -> Result<Vec<Self>, E> {
        let data = filed.application();
        let identity = |who: &Person| Claim::Identity {
            surname: who.surname.clone(),
            given_name: who.given_name.clone(),
            patronymic: who.patronymic.clone(),
        };
        let mut wanted = Vec::new();
        let family = data.family.iter().enumerate().map(|(at, (who, _))| (format!("member-{}", at + 1), who));
        for (person, who) in std::iter::once(("applicant".to_owned(), &data.applicant)).chain(family) {
            for (database, claim) in [
                (Database::NaturalPersons, identity(who)),
                // Members of the family live with the applicant.
                (Database::Residence, Claim::Residence { address: data.address.clone() }),
                (Database::Property, Claim::Dwellings { category: data.category }),
            ] {
                wanted.push((database, person.clone(), who.iin.clone(), claim));
            }
        }
        if let Some(one) = &data.representative {
            let who = &one.person;
            let person = "representative".to_owned();
            wanted.push((Database::NaturalPersons, person, who.iin.clone(), identity(who)));
            let claim = Claim::PowerOfAttorney {
                number: one.number.clone(),
                representative: who.iin.clone(),
                given: one.given,
                until: one.until,
                on,
            };
            let principal = data.applicant.iin.clone();
            wanted.push((Database::PowersOfAttorney, "applicant".to_owned(), principal, claim));
        }
        wanted.retain(|(database, ..)| rules.signatories.iter().any(|one| one.database == *database));
        wanted
            .into_iter()
            .map(|(database, person, iin, claim)| Ok(Self { id: id()?, database, person, iin, asked, claim }))
            .collect()
    }

    /// The question as XML.
    pub fn to_xml(&self) -> String {
        let number = match &self.claim {
            Claim::PowerOfAttorney { number, .. } => Some(number.clone()),
            _ => None,
        };
        Asked { id: self.id.clone(), database: self.database, iin: self.iin.clone(), number }.to_xml()
    }
}

impl Asked {
    fn to_xml(&self) -> String {
        let attributes =
            [("xmlns", QUESTION_NAMESPACE), ("id", self.id.as_str()), ("database", self.database.code())];
        let mut xml = Xml::default();
        xml.open("question", &attributes).leaf("iin", &self.iin);
        xml.leaf_if("powerOfAttorney", self.number.as_deref()).close("question").finish()
    }

    /// Reads a question, for whoever answers it.
    ///
    /// # Errors
    /// Every fault of form.
    pub fn read(octets: &[u8], rules: &Rules) -> Result<Self, Vec<Refusal>> {
        let tree = tree::parse(octets, &Limits::default())
            .map_err(|error| vec![Refusal::new("NOT_XML", "").with("detail", error.kind.to_string())])?;
        let root = tree.element();
        if !root.is(QUESTION_NAMESPACE, "question") {
            return Err(vec![Refusal::new("WRONG_DOCUMENT", "").with("expected", QUESTION_NAMESPACE)]);
        }
        let mut form = Form { namespace: QUESTION_NAMESPACE, refusals: Vec::new() };
        let f = &mut form;
        f.shape(root, "", &["id", "database"], &["iin", "powerOfAttorney"], &[]);
        let id = f.choice(root.attribute("id"), "@id".into(), identifier);
        let database = f.choice(root.attribute("database"), "@database".into(), Database::from_code);
        let iin = f.required(root, "", "iin", 12);
        if let Err(error) = Iin::parse(&iin, rules.test_identities) {
            f.refuse(error.code(), "iin");
        }
        let number = f.optional(root, "", "powerOfAttorney", 40);
        match (id, database) {
            (Some(id), Some(database)) if form.refusals.is_empty() => Ok(Self { id, database, iin, number }),
            _ => Err(form.refusals),
        }
    }
}

/// 32 lower-case hexadecimal digits.
fn identifier(text: &str) -> Option<String> {
    let is_one = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    is_one.then(|| text.to_owned())
}

#[cfg(test)]
mod tests;
