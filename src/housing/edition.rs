//! The rules of the law as they stood at a date: who belongs in which list, which documents an application needs, why it
//! may be refused, how long one must have lived in the city. They have changed at least six times since 2009, so they
//! are data, an *edition* a file (`editions/*.toml`), each entry with its source; a case is kept by the edition of the
//! day on which it was filed, for ever, and a change of law is a file more.
//!
//! What the sources do not say stands in the file as that ([`Edition::silent`]) and decides nothing. From when to when
//! a limit runs is the process ([`super::clock`]); days off are in [`crate::calendar`]. Nothing here reads a file of the
//! disk: the shell does, and gives the text.
//!
//! Built in are the rules of 11 May 2014 and of 24 May 2025. Between them they changed about 2015, in 2021 to 2022 and in
//! 2023 (Orders 319, 441 and 168); the sources at hand do not carry those texts, so there are no editions of them.

use super::clock::{Length, LimitName, Limits, Stated};
use super::form::Refusal;
use super::{Category, Language};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

/// Built in: the edition of the regulation, by which every office begins, and today's.
pub const BUILT_IN: [(&str, &str); 2] = [
    ("2014-05-11", include_str!("editions/2014-05-11.toml")),
    ("2025-05-24", include_str!("editions/2025-05-24.toml")),
];

/// Former files of editions that are built in, by name and SHA-256: what stands in them stands in those of today, which
/// say more. A case that keeps one of these is kept by that of today, and by the limits that it keeps itself.
pub const FORMER: [(&str, &str); 2] = [
    ("2014-05-11", "49089ac0f043967fa293f41eef6337f6db7cabb90b5117e976b77658c48673fa"),
    ("2025-05-24", "3ffa2b975f92661208d78d75a8be97f702bd0bc8a55762f928dd38e33b793d91"),
];

/// An edition of the rules.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edition {
    /// What cases and answers call it.
    pub name: String,
    /// The first day of filing for which it holds, in Almaty.
    #[serde(deserialize_with = "date")]
    pub since: Date,
    /// The acts that it was taken from.
    pub source: String,
    /// The lists.
    #[serde(rename = "category")]
    pub categories: Vec<Membership>,
    /// The documents of an application.
    #[serde(rename = "document")]
    pub documents: Vec<Document>,
    /// Why registration may be refused; none where the text is not known, which is not that nothing may.
    #[serde(rename = "refusal", default)]
    pub refusals: Vec<Ground>,
    /// Why a place may be removed from its list; none where the text is not known.
    #[serde(rename = "removal", default)]
    pub removals: Vec<Ground>,
    /// How long an applicant must have lived in the city.
    pub residence: Residence,
    /// The test of income, if one is known.
    pub income: Option<Income>,
    /// How much room a person may be granted.
    pub norm: Norm,
    /// How long each limit is.
    #[serde(rename = "limit", default)]
    pub time_limits: Vec<TimeLimit>,
    /// What the sources are silent on.
    #[serde(default)]
    pub silent: Vec<Silence>,
    #[serde(skip)]
    limits: Limits,
    #[serde(skip)]
    text: Arc<str>,
}

/// Who belongs in a list.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Membership {
    /// [`Category::code`].
    #[serde(rename = "code", deserialize_with = "category")]
    pub category: Category,
    pub who: String,
    pub source: String,
    /// Whether a text of that time says so, rather than one of another.
    pub certain: bool,
}

/// From whom a document comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// The applicant hands it in.
    Applicant,
    /// The register asks a state database for it.
    State,
}

impl By {
    /// As files say it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Applicant => "applicant",
            Self::State => "state",
        }
    }
}

/// A document of an application.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// `D1` to `D12`, as in the form of the application.
    pub code: String,
    pub what: String,
    pub by: By,
    /// The lists whose applicants need it; none: all do.
    #[serde(default, deserialize_with = "some_categories")]
    pub categories: Option<Vec<Category>>,
    /// What must be so for it to be needed, for a person to judge; none: nothing.
    pub condition: Option<String>,
    pub source: String,
}

/// A ground of refusal or of removal. Whoever names it names its code; the case keeps it as it was worded then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Ground {
    pub code: String,
    pub what: String,
    /// As papers say it.
    pub text: Texts,
    /// Where it is written, as papers say it.
    pub citation: Texts,
    pub source: String,
    /// Whether it says nothing without words of explanation.
    #[serde(default)]
    pub explained: bool,
}

/// A text in the languages of papers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Texts {
    pub kk: String,
    pub ru: String,
}

impl Texts {
    /// That of a language.
    pub fn of(&self, language: Language) -> &str {
        match language {
            Language::Kk => &self.kk,
            Language::Ru => &self.ru,
        }
    }

    fn is_whole(&self) -> bool {
        !self.kk.trim().is_empty() && !self.ru.trim().is_empty()
    }
}

impl Ground {
    /// What it is, and where that is written.
    pub fn in_words(&self, language: Language) -> String {
        format!("{} ({})", self.text.of(language), self.citation.of(language))
    }
}

/// How long an applicant must have lived in the city.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Residence {
    /// 0: however long.
    pub years: u8,
    pub what: String,
    /// The lists of which this is not asked.
    #[serde(default, deserialize_with = "categories")]
    pub exempt: Vec<Category>,
    pub source: String,
}

/// A test of income.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Income {
    /// Over how many months before filing.
    pub months: u8,
    /// The lists whose applicants are tested.
    #[serde(deserialize_with = "categories")]
    pub categories: Vec<Category>,
    pub what: String,
    pub source: String,
}

/// Square metres of usable area for a person.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Norm {
    pub least: u8,
    pub most: u8,
    pub what: String,
    pub source: String,
}

/// A limit of time.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeLimit {
    /// [`LimitName::code`].
    pub name: LimitName,
    pub length: Length,
    pub source: String,
    /// Whether a text of that time says so, rather than a decision of the office.
    pub certain: bool,
}

/// Something that the sources do not say.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Silence {
    pub what: String,
}

/// Why a file is no edition, or editions do not go together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditionError {
    #[error("{0}")]
    Form(String),
    #[error("the source of {0} is missing")]
    NoSource(String),
    #[error("{0} stands there twice")]
    Twice(String),
    #[error("no document has the code {0}: D1 to D12")]
    DocumentCode(String),
    #[error(
        "the ground {0} has a code of letters a to z and hyphens, and a text and its citation in Kazakh and Russian"
    )]
    Ground(String),
    #[error("the limit {} is missing: each of {} is needed", .0.code(), LimitName::ALL.map(LimitName::code).join(", "))]
    NoLimit(LimitName),
    #[error("the limit {} cannot be of this length: {}", .0.code(), .1)]
    Length(LimitName, Length),
    #[error("there is no list and no document in it")]
    Empty,
    #[error("two editions begin on {0}")]
    SameDay(Date),
    #[error("two editions are called {0}")]
    SameName(String),
    #[error("there is no edition at all")]
    None,
}

fn date<'a, D: serde::Deserializer<'a>>(from: D) -> Result<Date, D::Error> {
    let text = toml::value::Datetime::deserialize(from)?.to_string();
    text.parse().map_err(|_| serde::de::Error::custom("a date is expected, as 2014-05-11"))
}

fn category<'a, D: serde::Deserializer<'a>>(from: D) -> Result<Category, D::Error> {
    let code = String::deserialize(from)?;
    Category::from_code(&code).ok_or_else(|| serde::de::Error::custom(format!("no list has the code {code}")))
}

fn categories<'a, D: serde::Deserializer<'a>>(from: D) -> Result<Vec<Category>, D::Error> {
    let codes = Vec::<String>::deserialize(from)?;
    let known = |code: String| {
        Category::from_code(&code)
            .ok_or_else(|| serde::de::Error::custom(format!("no list has the code {code}")))
    };
    codes.into_iter().map(known).collect()
}

fn some_categories<'a, D: serde::Deserializer<'a>>(from: D) -> Result<Option<Vec<Category>>, D::Error> {
    categories(from).map(Some)
}

impl Edition {
    /// Reads an edition: keys that are not known, entries without a source, and codes that nothing has are refused.
    ///
    /// # Errors
    /// [`EditionError`].
    pub fn from_toml(text: &str) -> Result<Self, EditionError> {
        let edition: Self = toml::from_str(text).map_err(|error| EditionError::Form(error.to_string()))?;
        edition.check()?;
        let stated = edition
            .time_limits
            .iter()
            .map(|one| (one.name, Stated { length: one.length, source: one.source.clone().into() }));
        Ok(Self { limits: Limits::new(stated), text: text.into(), ..edition })
    }

    fn check(&self) -> Result<(), EditionError> {
        if self.categories.is_empty() || self.documents.is_empty() {
            return Err(EditionError::Empty);
        }
        let lists = self.categories.iter().map(|one| (one.category.code(), one.source.as_str()));
        let documents = self.documents.iter().map(|one| (one.code.as_str(), one.source.as_str()));
        let income = self.income.iter().map(|one| ("income", one.source.as_str()));
        let single = [
            ("edition", self.source.as_str()),
            ("residence", self.residence.source.as_str()),
            ("norm", self.norm.source.as_str()),
        ];
        let mut seen = BTreeSet::new();
        for (code, source) in lists.chain(documents).chain(income).chain(single) {
            if source.trim().is_empty() {
                return Err(EditionError::NoSource(code.to_owned()));
            }
            if !seen.insert(code) {
                return Err(EditionError::Twice(code.to_owned()));
            }
        }
        check_grounds(&self.refusals)?;
        check_grounds(&self.removals)?;
        self.check_limits()?;
        match self.documents.iter().find(|one| !is_document_code(&one.code)) {
            Some(unknown) => Err(EditionError::DocumentCode(unknown.code.clone())),
            None => Ok(()),
        }
    }

    /// Each limit once, of a length that it can have, with its source.
    fn check_limits(&self) -> Result<(), EditionError> {
        for what in LimitName::ALL {
            let mut stated = self.time_limits.iter().filter(|one| one.name == what);
            let one = stated.next().ok_or(EditionError::NoLimit(what))?;
            if stated.next().is_some() {
                return Err(EditionError::Twice(what.code().to_owned()));
            }
            if one.source.trim().is_empty() {
                return Err(EditionError::NoSource(what.code().to_owned()));
            }
            if !one.length.is_of(what) {
                return Err(EditionError::Length(what, one.length));
            }
        }
        Ok(())
    }

    /// Its limits, for a case to keep.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The file, for its digest.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it has the list.
    pub fn has(&self, category: Category) -> bool {
        self.categories.iter().any(|one| one.category == category)
    }

    /// The documents that an application for a list needs, those with a condition among them.
    pub fn documents_for(&self, category: Category) -> impl Iterator<Item = &Document> {
        self.documents
            .iter()
            .filter(move |one| one.categories.as_ref().is_none_or(|lists| lists.contains(&category)))
    }
}

/// Each ground once, with its source and what papers say.
fn check_grounds(grounds: &[Ground]) -> Result<(), EditionError> {
    let mut seen = BTreeSet::new();
    for one in grounds {
        let code = one.code.as_str();
        let is_code =
            (1..=40).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        if !is_code || !one.text.is_whole() || !one.citation.is_whole() {
            return Err(EditionError::Ground(code.to_owned()));
        }
        if one.source.trim().is_empty() {
            return Err(EditionError::NoSource(code.to_owned()));
        }
        if !seen.insert(code) {
            return Err(EditionError::Twice(code.to_owned()));
        }
    }
    Ok(())
}

/// Whether a document of an application can have the code: `D1` to `D12` (item 9 of the Standard).
pub fn is_document_code(code: &str) -> bool {
    code.strip_prefix('D').is_some_and(|number| {
        !number.starts_with(['0', '+']) && number.parse::<u8>().is_ok_and(|number| (1..=12).contains(&number))
    })
}

/// The editions that an office keeps its register by, in the order of their days.
#[derive(Clone, Debug)]
pub struct Editions(Vec<Arc<Edition>>);

impl Editions {
    /// These editions, in any order.
    ///
    /// # Errors
    /// When there is none, or two begin on one day or have one name.
    pub fn new(editions: Vec<Edition>) -> Result<Self, EditionError> {
        let mut all: Vec<Arc<Edition>> = editions.into_iter().map(Arc::new).collect();
        all.sort_by_key(|one| one.since);
        let mut names = BTreeSet::new();
        for one in &all {
            if !names.insert(one.name.as_str()) {
                return Err(EditionError::SameName(one.name.clone()));
            }
        }
        let days = all.iter().zip(all.iter().skip(1));
        if let Some((one, _)) = days.into_iter().find(|(one, next)| one.since == next.since) {
            return Err(EditionError::SameDay(one.since));
        }
        if all.is_empty() { Err(EditionError::None) } else { Ok(Self(all)) }
    }

    /// The edition for an application that is filed on a day; none before the first.
    pub fn on(&self, filed: Date) -> Option<&Arc<Edition>> {
        self.0.iter().rev().find(|one| one.since <= filed)
    }

    /// The edition for an application for a list that is filed on a day.
    ///
    /// # Errors
    /// `NO_EDITION` before the first, `CATEGORY_NOT_IN_EDITION` where it does not have the list.
    pub fn of_filing(&self, category: Category, filed: Date) -> Result<&Arc<Edition>, Refusal> {
        let refused = |code| Refusal::new(code, "category").with("date", filed.to_string());
        let edition = self.on(filed).ok_or_else(|| refused("NO_EDITION"))?;
        if edition.has(category) { Ok(edition) } else { Err(refused("CATEGORY_NOT_IN_EDITION")) }
    }

    /// All of them, the oldest first.
    pub fn all(&self) -> impl Iterator<Item = &Edition> {
        self.0.iter().map(|one| &**one)
    }
}

impl Default for Editions {
    /// That of the regulation alone. A test reads it; could it not be read, no application would have an edition.
    fn default() -> Self {
        static FIRST: LazyLock<Editions> = LazyLock::new(|| {
            Editions(
                BUILT_IN
                    .iter()
                    .take(1)
                    .filter_map(|(_, text)| Edition::from_toml(text).ok().map(Arc::new))
                    .collect(),
            )
        });
        FIRST.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edition(at: usize) -> Edition {
        Edition::from_toml(BUILT_IN[at].1).unwrap()
    }

    fn refused(change: impl Fn(&str) -> String) -> EditionError {
        Edition::from_toml(&change(BUILT_IN[0].1)).unwrap_err()
    }

    #[test]
    fn built_in_editions_are_whole_and_called_after_their_day() {
        for (name, text) in BUILT_IN {
            let edition = Edition::from_toml(text).unwrap();
            assert_eq!((edition.name.as_str(), edition.since.to_string().as_str()), (name, name));
            assert!(Category::ALL.into_iter().all(|category| edition.has(category)), "{name}");
            assert_eq!(edition.text(), text);
        }
        assert_eq!(Editions::default().all().count(), 1);
    }

    #[test]
    fn the_day_of_filing_chooses() {
        let editions = Editions::new(vec![edition(1), edition(0)]).unwrap();
        let on = |day: &str| editions.on(day.parse().unwrap()).map(|edition| edition.name.clone());
        assert_eq!(on("2014-05-10"), None);
        assert_eq!(on("2014-05-11").as_deref(), Some("2014-05-11"));
        assert_eq!(on("2025-05-23").as_deref(), Some("2014-05-11"));
        assert_eq!(on("2025-05-24").as_deref(), Some("2025-05-24"));
        assert_eq!(on("2099-01-01").as_deref(), Some("2025-05-24"));
    }

    #[test]
    fn an_application_needs_an_edition_that_has_its_list() {
        let mut later = edition(1);
        later.categories.retain(|one| one.category != Category::Orphan);
        let editions = Editions::new(vec![edition(0), later]).unwrap();
        let of = |category, day: &str| {
            let found = editions.of_filing(category, day.parse().unwrap());
            found.map(|edition| edition.name.clone()).map_err(|refusal| refusal.code)
        };
        assert_eq!(of(Category::Orphan, "2025-05-23"), Ok("2014-05-11".into()));
        assert_eq!(of(Category::Orphan, "2025-05-24"), Err("CATEGORY_NOT_IN_EDITION"));
        assert_eq!(of(Category::Veteran, "2025-05-24"), Ok("2025-05-24".into()));
        assert_eq!(of(Category::Veteran, "2014-05-10"), Err("NO_EDITION"));
    }

    #[test]
    fn documents_are_those_of_the_list_and_the_day() {
        let needed = |at: usize, category| {
            edition(at).documents_for(category).map(|one| one.code.clone()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(needed(0, Category::Vulnerable), "D1 D2 D4 D5 D7 D9 D11 D12");
        assert_eq!(needed(0, Category::EmergencyDwelling), "D1 D2 D4 D5 D6 D9 D11 D12");
        assert_eq!(needed(0, Category::PublicServant), "D1 D2 D4 D5 D8 D9 D10 D11 D12");
        assert_eq!(needed(0, Category::Orphan), "D1 D2 D4 D5 D9 D11 D12");
        assert_eq!(needed(1, Category::Vulnerable), "D1 D11 D12");
        // In 2014 nobody had to have lived there for three years: nothing shows it.
        assert_eq!((edition(0).residence.years, edition(1).residence.years), (0, 3));
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said() {
        use EditionError as E;
        assert!(matches!(refused(|text| text.replace("[norm]", "[norms]")), E::Form(_)));
        assert!(matches!(refused(|text| text.replace("since = 2014-05-11", "since = \"then\"")), E::Form(_)));
        assert!(matches!(refused(|text| text.replace("\"veteran\"", "\"hero\"")), E::Form(_)));
        assert!(matches!(refused(|text| text.replace("[\"public-servant\"]", "[\"hero\"]")), E::Form(_)));
        assert_eq!(
            refused(|text| text.replace("\"Law, article 75(1)\"", "\" \"")),
            E::NoSource("norm".into())
        );
        assert_eq!(refused(|text| text.replace("\"D12\"", "\"D11\"")), E::Twice("D11".into()));
        assert_eq!(refused(|text| text.replace("\"D12\"", "\"D13\"")), E::DocumentCode("D13".into()));
        let ground =
            |from: &str, to: &str| Edition::from_toml(&BUILT_IN[1].1.replacen(from, to, 1)).unwrap_err();
        assert_eq!(ground("\"mortgage\"", "\"privatised\""), E::Twice("privatised".into()));
        assert_eq!(ground("\"mortgage\"", "\"Mort gage\""), E::Ground("Mort gage".into()));
        assert_eq!(ground("\"бұрын мемлекеттен", "\"\" #"), E::Ground("privatised".into()));
        assert_eq!(ground("\"Law, articles 69 and 72\"", "\"\""), E::NoSource("owned-housing".into()));
        assert!(matches!(ground("citation", "cited"), E::Form(_)));
        // What one is refused for one can be removed for, too.
        assert!(edition(1).removals.iter().any(|one| one.code == "false-data"));
        assert!(edition(0).refusals.is_empty() && !edition(0).removals.is_empty());
        let limit = |from: &'static str, to: &'static str| refused(move |text| text.replacen(from, to, 1));
        let missing = limit("name = \"storage\"", "name = \"complaint\"");
        assert_eq!(missing, E::NoLimit(LimitName::Storage));
        assert!(missing.to_string().contains("storage is missing: each of registration, "), "{missing}");
        assert_eq!(
            refused(|text| text.split("[[limit]]").next().unwrap_or_default().into()),
            E::NoLimit(LimitName::Registration)
        );
        let twice = "\n[[limit]]\nname = \"case\"\nlength = { days = 30 }\nsource = \"x\"\ncertain = true\n\n[[silent]]";
        assert_eq!(limit("\n[[silent]]", twice), E::Twice("case".into()));
        assert_eq!(limit("\"item 16\"", "\"\""), E::NoSource("storage".into()));
        assert_eq!(limit("{ days = 30 }", "{ days = 0 }"), E::Length(LimitName::Case, Length::Days(0)));
        assert_eq!(limit("{ days = 30 }", "{ days = 3000 }"), E::Length(LimitName::Case, Length::Days(3000)));
        assert_eq!(limit("{ days = 30 }", "{ months = 1 }"), E::Length(LimitName::Case, Length::Months(1)));
        let until = "\"until-hand-over\"";
        assert_eq!(limit(until, "{ days = 29 }"), E::Length(LimitName::Delivery, Length::Days(29)));
        assert_eq!(limit("{ days = 30 }", until), E::Length(LimitName::Case, Length::UntilHandOver));
        assert_eq!(limit("{ months = 1 }", until), E::Length(LimitName::Storage, Length::UntilHandOver));
        for form in ["{ days = -1 }", "{ days = 70000 }", "{ weeks = 4 }", "30", "{ days = 1, months = 1 }"] {
            assert!(matches!(refused(|text| text.replace("{ days = 30 }", form)), E::Form(_)), "{form}");
        }
        assert!(matches!(limit("name = \"case\"", "name = \"cases\""), E::Form(_)));
        let twice = |change: fn(&mut Edition)| {
            let mut other = edition(0);
            change(&mut other);
            Editions::new(vec![edition(0), other]).unwrap_err()
        };
        assert_eq!(twice(|other| other.name = "x".into()), E::SameDay("2014-05-11".parse().unwrap()));
        assert_eq!(
            twice(|other| other.since = "2015-01-01".parse().unwrap()),
            E::SameName("2014-05-11".into())
        );
        assert_eq!(Editions::new(vec![]).unwrap_err(), E::None);
    }
}
