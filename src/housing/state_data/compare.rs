//! The claims of an application beside what a database says.
//!
//! Texts are compared as people read them: without regard to case, to how often a space stands, and in addresses to
//! punctuation. What differs beyond that is shown with both values; whether it matters the executor decides.

use super::{Claim, Content, Question, StateRecord};
use crate::housing::Category;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// A field in which a database says something else than the application.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The name of the field in the e-document.
    pub field: String,
    /// None: the application claims that there is none.
    pub claimed: Option<String>,
    /// None: the database has none.
    pub recorded: Option<String>,
}

impl std::fmt::Debug for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Difference").field("field", &self.field).finish_non_exhaustive()
    }
}

/// What comes of a comparison. There is no fourth value for a database that did not answer: then nothing was
/// compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum Comparison {
    Agree,
    Contradict { differences: Vec<Difference> },
    NoData,
}

impl Comparison {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Agree => "agree",
            Self::Contradict { .. } => "contradict",
            Self::NoData => "no-data",
        }
    }

    /// Fields that contradict.
    pub fn fields(&self) -> Vec<&str> {
        match self {
            Self::Contradict { differences } => differences.iter().map(|one| one.field.as_str()).collect(),
            Self::Agree | Self::NoData => Vec::new(),
        }
    }
}

#[derive(Default)]
struct Differences(Vec<Difference>);

impl Differences {
    fn push(&mut self, field: &str, claimed: Option<&str>, recorded: Option<&str>) {
        self.0.push(Difference {
            field: field.to_owned(),
            claimed: claimed.map(str::to_owned),
            recorded: recorded.map(str::to_owned),
        });
    }

    fn text(&mut self, field: &str, claimed: &str, recorded: Option<&str>) {
        if recorded.map(folded) != Some(folded(claimed)) {
            self.push(field, Some(claimed), recorded);
        }
    }

    fn date(&mut self, field: &str, claimed: Date, recorded: Date) {
        if claimed != recorded {
            self.push(field, Some(&claimed.to_string()), Some(&recorded.to_string()));
        }
    }

    fn is(self) -> Comparison {
        if self.0.is_empty() { Comparison::Agree } else { Comparison::Contradict { differences: self.0 } }
    }
}

/// Compares what was claimed with what a database says in answer to the question.
pub fn compare(question: &Question, record: &StateRecord) -> Comparison {
    let mut found = Differences::default();
    match (&question.claim, record.content()) {
        (
            Claim::Identity { surname, given_name, patronymic },
            Content::Person { surname: family, given_name: given, patronymic: father, death, .. },
        ) => {
            found.text("surname", surname, Some(family));
            found.text("givenName", given_name, Some(given));
            // Who leaves it out has claimed nothing.
            if let Some(patronymic) = patronymic {
                found.text("patronymic", patronymic, father.as_deref());
            }
            if let Some(death) = death {
                found.push("deathDate", None, Some(&death.to_string()));
            }
        }
        (
            Claim::PowerOfAttorney { number, representative, given, until, on },
            Content::PowerOfAttorney {
                number: recorded,
                principal,
                representative: recorded_representative,
                given: recorded_given,
                until: recorded_until,
                revoked,
                ..
            },
        ) => {
            found.text("number", number, Some(recorded));
            found.text("principal", &question.iin, Some(principal));
            found.text("representative", representative, Some(recorded_representative));
            found.date("date", *given, *recorded_given);
            // Whatever the application says of it: on the date of filing it was in force, or not.
            let is_within = on <= recorded_until;
            if until != recorded_until || !is_within {
                found.push("until", Some(&until.to_string()), Some(&recorded_until.to_string()));
            }
            if let Some(revoked) = revoked {
                found.push("revoked", None, Some(&revoked.to_string()));
            }
        }
        (Claim::Residence { address }, Content::Residence(places)) => {
            let mut now = places.iter().filter(|place| place.until.is_none()).peekable();
            if now.peek().is_none() {
                return Comparison::NoData;
            }
            if !now.clone().any(|place| letters(&place.address) == letters(address)) {
                now.for_each(|place| found.push("address", Some(address), Some(&place.address)));
            }
        }
        (Claim::Dwellings { category }, Content::Property(dwellings)) => {
            // The one dwelling of an applicant by emergency is the ground of the application, not against it.
            let claimed = usize::from(*category == Category::EmergencyDwelling);
            if dwellings.len() < claimed {
                return Comparison::NoData;
            }
            if dwellings.len() > claimed {
                for one in dwellings {
                    let said = format!("{}, {}, {}", one.kind, one.share, one.address);
                    found.push("dwelling", None, Some(&said));
                }
            }
        }
        // A record is of the database of its question, whose claim is of the same kind.
        _ => return Comparison::NoData,
    }
    found.is()
}

fn folded(text: &str) -> String {
    let composed: String = text.nfc().collect();
    composed.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words and numbers of a text.
fn letters(text: &str) -> String {
    let composed: String = text.nfc().collect();
    let words = composed.to_lowercase();
    let words = words.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}
