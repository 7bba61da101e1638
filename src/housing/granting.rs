//! Granting of a dwelling from the state's housing fund (item 3(3); Law 74; decision G8): what is offered, to whom it
//! may be, and how an offer stands.
//!
//! A dwelling is one by its cadastral number, so that of two people only one can be offered it. It goes down the list:
//! whoever has refused it, or let the time for the answer pass, is passed over for this dwelling, and whoever holds
//! another offer for as long as that stands; nobody else is. What is offered out of that order needs a basis of the
//! law and a second official, and is not the applicant's to answer before.
//!
//! Nothing here looks at a list: how many would have to be offered the dwelling first is told.

use super::workflow::Judgement;
use serde::{Deserialize, Serialize};

/// A dwelling of the housing fund.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept")]
pub struct Dwelling {
    /// Its cadastral number as the register of property writes it, `20:311:004:102:5:12`; empty for an offer from
    /// before dwellings had one.
    pub cadastral_number: String,
    pub address: String,
    pub rooms: u8,
    /// Usable area in square metres, as it is written, `54.3` (Law 75(1)).
    pub area: String,
    pub floor: Option<u8>,
}

/// A dwelling in the register: offers from before cadastral numbers have their words only.
#[derive(Deserialize)]
#[serde(untagged)]
enum Kept {
    Words(String),
    Whole { cadastral_number: String, address: String, rooms: u8, area: String, floor: Option<u8> },
}

impl From<Kept> for Dwelling {
    fn from(kept: Kept) -> Self {
        match kept {
            Kept::Words(address) => Self { address, ..Self::default() },
            Kept::Whole { cadastral_number, address, rooms, area, floor } => {
                Self { cadastral_number, address, rooms, area, floor }
            }
        }
    }
}

/// Longest cadastral number, in characters.
pub(super) const CADASTRAL_NUMBER: usize = 40;

/// Whether a text can be a cadastral number: groups of digits parted by colons, the last with the number of a part
/// behind `/` or `-`. That there is such a dwelling is not looked at here.
pub(super) fn is_cadastral_number(text: &str) -> bool {
    let is_sign = |c: char| c.is_ascii_digit() || matches!(c, ':' | '/' | '-');
    let parts = || text.split([':', '/', '-']);
    text.len() <= CADASTRAL_NUMBER
        && text.chars().all(is_sign)
        && text.contains(':')
        && parts().all(|part| !part.is_empty())
}

/// What is the same of a dwelling however its cadastral number is written: `20:311:4:5/12` is `20:311:004:005:12`.
pub fn same_dwelling(cadastral_number: &str) -> String {
    let group = |group: &str| match group.trim_start_matches('0') {
        "" if !group.is_empty() => "0".to_owned(),
        digits => digits.to_owned(),
    };
    cadastral_number.split([':', '/', '-']).map(group).collect::<Vec<_>>().join(":")
}

/// Whether a text is an area in square metres: at most four digits, and at most two behind a point.
pub(super) fn is_area(text: &str) -> bool {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_digit())
    };
    digits(whole, 4) && digits(part, 2) && whole.bytes().chain(part.bytes()).any(|octet| octet != b'0')
}

/// By what law a dwelling is offered out of the order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The family of whoever was killed on duty is housed within a year (Law 68(10), 74(3)).
    KilledOnDuty,
    /// Whoever was registered before the Law took effect keeps the old order (Law 118).
    RegisteredBeforeLaw,
    /// A court has judged so.
    Judgement,
}

impl Basis {
    pub const ALL: [Self; 3] = [Self::KilledOnDuty, Self::RegisteredBeforeLaw, Self::Judgement];

    pub fn code(self) -> &'static str {
        match self {
            Self::KilledOnDuty => "killed-on-duty",
            Self::RegisteredBeforeLaw => "registered-before-law",
            Self::Judgement => "judgement",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|basis| basis.code() == code)
    }
}

/// Why a dwelling is offered out of turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutOfTurn {
    pub basis: Basis,
    /// What shows it, in words.
    pub grounds: String,
    /// Of the court, where that is the basis.
    pub judgement: Option<Judgement>,
}

/// How an offer ended before it was answered or decided upon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// The akimat took it back.
    Withdrawn {
        /// Why, in words.
        reason: String,
    },
    /// The place passed to another person, to another list, or out of it.
    PlaceMoved,
}

/// An offer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Offer {
    pub dwelling: Dwelling,
    /// IIN of the official who made it.
    pub offered_by: String,
    pub out_of_turn: Option<OutOfTurn>,
    /// Whether a second official has confirmed what is out of turn.
    pub confirmed: bool,
    /// What the applicant answered.
    pub answer: Option<bool>,
    pub ended: Option<Ended>,
}

/// How an offer stands, apart from its time running out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Out of turn, and waits for a second official.
    Unconfirmed,
    /// The applicant's to answer.
    Open,
    /// Waits for the decision to grant.
    Agreed,
    Refused,
    Ended,
}

impl Standing {
    pub fn code(self) -> &'static str {
        match self {
            Self::Unconfirmed => "unconfirmed",
            Self::Open => "open",
            Self::Agreed => "agreed",
            Self::Refused => "refused",
            Self::Ended => "ended",
        }
    }
}

impl Offer {
    pub fn standing(&self) -> Standing {
        match (&self.ended, self.answer) {
            (Some(_), _) => Standing::Ended,
            (None, Some(true)) => Standing::Agreed,
            (None, Some(false)) => Standing::Refused,
            (None, None) if self.out_of_turn.is_some() && !self.confirmed => Standing::Unconfirmed,
            (None, None) => Standing::Open,
        }
    }

    /// Whether it keeps the dwelling from others, as long as its time has not run out.
    pub fn stands(&self) -> bool {
        !matches!(self.standing(), Standing::Refused | Standing::Ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cadastral_numbers_and_areas() {
        for good in ["20:311:004:102", "20:311:004:102:5/12", "20:315:1-2"] {
            assert!(is_cadastral_number(good), "{good}");
        }
        for same in ["20:311:4:102:5:12", "020-311-004-102-5-12", "20:311:004:102:5/012"] {
            assert_eq!(same_dwelling(same), same_dwelling("20:311:004:102:5:12"), "{same}");
        }
        let others = ["20:311:40:102:5:12", "20:311:4:102:5:1:2", "20:311:4:102:0:12", ""];
        assert!(others.iter().all(|other| same_dwelling(other) != same_dwelling("20:311:4:102:5:12")));
        assert_eq!((same_dwelling("20:0"), same_dwelling("")), ("20:0".into(), String::new()));
        let long = "20:".repeat(14) + "1";
        for bad in ["", "20", "20::1", ":20:1", "20:1:", "20:1 ", "20:а", "20:1//2", long.as_str()] {
            assert!(!is_cadastral_number(bad), "{bad}");
        }
        for good in ["54", "54.3", "54.30", "0.5"] {
            assert!(is_area(good), "{good}");
        }
        for bad in ["", "0", "0.00", ".5", "5.", "5.123", "12345", "-5", "5,4", "1e3"] {
            assert!(!is_area(bad), "{bad}");
        }
    }

    #[test]
    fn an_offer_from_before_cadastral_numbers_is_read() {
        let offer: Offer = serde_json::from_str(r#"{"dwelling":"Мысал көшесі, 2","answer":true}"#).unwrap();
        assert_eq!(
            (offer.dwelling.address.as_str(), offer.standing()),
            ("Мысал көшесі, 2", Standing::Agreed)
        );
        let again: Offer = serde_json::from_str(&serde_json::to_string(&offer).unwrap()).unwrap();
        assert_eq!(again, offer);
    }
}
