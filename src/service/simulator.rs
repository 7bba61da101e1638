//! State databases for development and tests: answers from a file of made-up persons, signed by a development
//! official, and answers that are wrong in every way that the register must see.
//!
//! A question goes in, what to answer comes out; who listens and sends is the command `qoltanba simulate`. Nothing
//! here is told of the register's rules, only of the forms: what it answers must be judged there like any other
//! document.

use std::time::Duration;

use anyhow::Context as _;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::verify::sign_xml;
use crate::crypto::{Curve, DigestAlgorithm, Identity, PrivateKey};
use crate::housing::state_data::{Asked, Content, Database, Dwelling, Place};
use crate::housing::{Iin, Rules, TestIdentities};
use crate::pkix::Certificate;
use crate::pkix::issue::{self, Extension, Issuer};
use crate::signature::sign::Profile;
use crate::xml::Limits;

/// How long whoever is slow takes.
const SLOW: Duration = Duration::from_secs(30);
/// Octets of an oversized answer: 8 MiB.
const OVERSIZED: usize = 8 << 20;
/// How old a stale answer is.
const STALE: SignedDuration = SignedDuration::from_hours(24 * 30);

/// A way of answering wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Rightly, but after half a minute.
    Slow,
    /// With status 500.
    Error,
    /// With something that is no document.
    Garbage,
    /// Something else than the file says.
    Contradict,
    /// Signed by somebody of the same name whom no authority knows.
    WrongKey,
    /// Changed after it was signed.
    Altered,
    /// For another question.
    OtherQuestion,
    /// About another person.
    OtherPerson,
    /// As another database would.
    OtherDatabase,
    /// With an e-document of last month.
    Stale,
    /// Rightly, followed by eight megabytes of spaces.
    Oversized,
}

impl Fault {
    /// All faults by their names.
    pub const ALL: [(&str, Self); 11] = [
        ("slow", Self::Slow),
        ("error", Self::Error),
        ("garbage", Self::Garbage),
        ("contradict", Self::Contradict),
        ("wrong-key", Self::WrongKey),
        ("altered", Self::Altered),
        ("other-question", Self::OtherQuestion),
        ("other-person", Self::OtherPerson),
        ("other-database", Self::OtherDatabase),
        ("stale", Self::Stale),
        ("oversized", Self::Oversized),
    ];
}

/// A fault of one database, or of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Faulty {
    pub database: Option<Database>,
    pub fault: Fault,
}

impl std::str::FromStr for Faulty {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (database, name) = match text.split_once('=') {
            Some((database, name)) => {
                let known = Database::from_code(database);
                (Some(known.ok_or_else(|| format!("no state database is called {database}"))?), name)
            }
            None => (None, text),
        };
        let fault = Fault::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, fault)| fault);
        let names = Fault::ALL.map(|(known, _)| known).join(", ");
        Ok(Self { database, fault: fault.ok_or_else(|| format!("{name} is none of {names}"))? })
    }
}

/// What the databases know.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    #[serde(rename = "person")]
    persons: Vec<Person>,
    #[serde(rename = "power_of_attorney")]
    powers: Vec<Power>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    iin: String,
    surname: String,
    given_name: String,
    patronymic: Option<String>,
    birth_date: Date,
    death_date: Option<Date>,
    /// Answers about this person are wrong so.
    fault: Option<Fault>,
    #[serde(default)]
    residence: Vec<Registered>,
    #[serde(default)]
    property: Vec<Owned>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Registered {
    address: String,
    since: Date,
    until: Option<Date>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Owned {
    kind: String,
    share: String,
    address: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Power {
    number: String,
    notary: String,
    principal: String,
    representative: String,
    date: Date,
    until: Date,
    revoked: Option<Date>,
}

impl Data {
    /// Reads a data file.
    ///
    /// # Errors
    /// The line that cannot be read, or whose IIN is none.
    pub fn from_toml(text: &str) -> anyhow::Result<Self> {
        let data: Self = toml::from_str(text)?;
        let named = data.powers.iter().flat_map(|power| [&power.principal, &power.representative]);
        for (at, iin) in data.persons.iter().map(|person| &person.iin).chain(named).enumerate() {
            // Which one is told by its place: numbers stay out of messages.
            Iin::parse(iin, TestIdentities::Allowed)
                .with_context(|| format!("number {} in the order of the file", at + 1))?;
        }
        Ok(data)
    }

    fn fault(&self, iin: &str) -> Option<Fault> {
        self.persons.iter().find(|person| person.iin == iin)?.fault
    }

    /// What the database knows in answer.
    fn content(&self, asked: &Asked) -> Content {
        if asked.database == Database::PowersOfAttorney {
            let power = self.powers.iter().find(|power| Some(&power.number) == asked.number.as_ref());
            return power.map_or(Content::NoRecord, |power| Content::PowerOfAttorney {
                number: power.number.clone(),
                notary: power.notary.clone(),
                principal: power.principal.clone(),
                representative: power.representative.clone(),
                given: power.date,
                until: power.until,
                revoked: power.revoked,
            });
        }
        let Some(person) = self.persons.iter().find(|person| person.iin == asked.iin) else {
            return Content::NoRecord;
        };
        match asked.database {
            Database::Residence => Content::Residence(
                person
                    .residence
                    .iter()
                    .map(|one| Place { address: one.address.clone(), since: one.since, until: one.until })
                    .collect(),
            ),
            Database::Property => Content::Property(
                person
                    .property
                    .iter()
                    .map(|one| Dwelling {
                        kind: one.kind.clone(),
                        share: one.share.clone(),
                        address: one.address.clone(),
                    })
                    .collect(),
            ),
            Database::NaturalPersons | Database::PowersOfAttorney => Content::Person {
                surname: person.surname.clone(),
                given_name: person.given_name.clone(),
                patronymic: person.patronymic.clone(),
                birth: person.birth_date,
                death: person.death_date,
            },
        }
    }
}

/// What to send, and after how long.
#[derive(Debug)]
pub struct Reply {
    pub after: Duration,
    pub status: u16,
    pub body: Vec<u8>,
}

/// The databases.
pub struct Simulator {
    data: Data,
    official: Identity,
    stranger: Identity,
    delay: Duration,
    faults: Vec<Faulty>,
}

impl Simulator {
    /// Databases that know the data and sign with the key of the official; every answer takes the delay.
    ///
    /// # Errors
    /// When the certificate of the key cannot be read.
    pub fn new(
        data: Data,
        official: Identity,
        delay: Duration,
        faults: Vec<Faulty>,
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        let stranger = namesake(&official, now)?;
        Ok(Self { data, official, stranger, delay, faults })
    }

    /// Answers a question.
    ///
    /// # Errors
    /// When the answer cannot be signed.
    pub fn answer(&self, question: &[u8], now: Timestamp) -> anyhow::Result<Reply> {
        let rules = Rules { test_identities: TestIdentities::Allowed, ..Rules::default() };
        let asked = match Asked::read(question, &rules) {
            Ok(asked) => asked,
            Err(refusals) => {
                let codes: Vec<&str> = refusals.iter().map(|refusal| refusal.code).collect();
                return Ok(Reply { after: self.delay, status: 400, body: codes.join(" ").into_bytes() });
            }
        };
        let all = self.faults.iter().find(|one| one.database.is_none_or(|of| of == asked.database));
        let fault = all.map(|one| one.fault).or_else(|| self.data.fault(&asked.iin));
        let after = if fault == Some(Fault::Slow) { SLOW } else { self.delay };
        match fault {
            Some(Fault::Error) => return Ok(Reply { after, status: 500, body: Vec::new() }),
            Some(Fault::Garbage) => return Ok(Reply { after, status: 200, body: b"no document".to_vec() }),
            _ => {}
        }
        let xml = self.document(&asked, fault, now);
        let signer = if fault == Some(Fault::WrongKey) { &self.stranger } else { &self.official };
        let signed = sign_xml(xml.as_bytes(), signer, &Profile::default(), &Limits::default())
            .map_err(|refusal| anyhow::anyhow!("{}", refusal.code))?;
        let body = match fault {
            Some(Fault::Altered) => {
                String::from_utf8(signed)?.replacen("<subject>", "<subject> ", 1).into_bytes()
            }
            Some(Fault::Oversized) => [signed, vec![b' '; OVERSIZED]].concat(),
            _ => signed,
        };
        Ok(Reply { after, status: 200, body })
    }

    fn document(&self, asked: &Asked, fault: Option<Fault>, now: Timestamp) -> String {
        let mut content = self.data.content(asked);
        if fault == Some(Fault::Contradict) {
            content = contradicting(content, now);
        }
        let database = match (fault, asked.database) {
            (Some(Fault::OtherDatabase), Database::Property) => Database::Residence,
            (Some(Fault::OtherDatabase), _) => Database::Property,
            (_, database) => database,
        };
        let id = match fault {
            Some(Fault::OtherQuestion) => "0".repeat(32),
            _ => asked.id.clone(),
        };
        let iin = match fault {
            Some(Fault::OtherPerson) => "880721400454",
            _ => &asked.iin,
        };
        let issued = if fault == Some(Fault::Stale) { now - STALE } else { now };
        content.to_xml(database, &id, iin, issued)
    }
}

/// Something else of the same kind.
fn contradicting(content: Content, now: Timestamp) -> Content {
    let today = crate::calendar::local_date(now).unwrap_or_default();
    match content {
        Content::Person { given_name, patronymic, birth, .. } => {
            Content::Person { surname: "БАСҚА".to_owned(), given_name, patronymic, birth, death: None }
        }
        Content::PowerOfAttorney { number, notary, principal, representative, given, until, .. } => {
            let revoked = Some(today);
            Content::PowerOfAttorney { number, notary, principal, representative, given, until, revoked }
        }
        Content::Residence(_) => Content::Residence(vec![Place {
            address: "Астана, ул. Иная, 2".to_owned(),
            since: today,
            until: None,
        }]),
        Content::Property(mut dwellings) => {
            dwellings.push(Dwelling {
                kind: "apartment".to_owned(),
                share: "1/2".to_owned(),
                address: "Алматы, ул. Иная, 2-3".to_owned(),
            });
            dwellings.push(Dwelling {
                kind: "house".to_owned(),
                share: "1".to_owned(),
                address: "Талгар, ул. Иная, 4".to_owned(),
            });
            Content::Property(dwellings)
        }
        Content::NoRecord => Content::NoRecord,
    }
}

/// Somebody with the official's name, whose certificate nobody but themselves issued.
fn namesake(official: &Identity, now: Timestamp) -> anyhow::Result<Identity> {
    let certificate = Certificate::from_der(&official.certificate_der)?;
    let key = PrivateKey::generate_ec(Curve::P256)?;
    let subject = certificate.subject().der().to_vec();
    let profile = issue::Profile {
        subject: subject.clone(),
        public_key: key.public_key(),
        not_before: now - SignedDuration::from_hours(1),
        not_after: now + SignedDuration::from_hours(24 * 30),
        extensions: vec![Extension::key_usage(&[0, 1])],
    };
    let issuer = Issuer { name: &subject, key: &key, digest: DigestAlgorithm::Sha256 };
    let certificate_der = issue::certificate(&profile, issuer)?;
    Ok(Identity { key, certificate_der, chain_der: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_file_has_numbers_with_right_check_digits_only() {
        let person = |iin: &str| {
            format!(
                "[[person]]\niin = \"{iin}\"\nsurname = \"МЫСАЛОВ\"\ngiven_name = \"МЫСАЛ\"\n\
                 birth_date = \"1985-03-15\"\n"
            )
        };
        assert!(Data::from_toml(&person("850315300128")).is_ok());
        let refused = Data::from_toml(&person("850315300127")).err().map(|error| format!("{error:#}"));
        assert!(refused.is_some_and(|said| said.contains("check digit") && !said.contains("8503")));
        assert!(Data::from_toml(&(person("850315300128") + "name = 1\n")).is_err());
        assert!(Data::from_toml(include_str!("../../docs/simulate.toml")).is_ok());
    }

    #[test]
    fn faults_have_names() {
        let read = |text: &str| text.parse::<Faulty>();
        let slow = Faulty { database: None, fault: Fault::Slow };
        assert_eq!(read("slow"), Ok(slow));
        assert_eq!(read("property=slow"), Ok(Faulty { database: Some(Database::Property), ..slow }));
        assert!(read("houses=slow").is_err() && read("fast").is_err());
    }
}
