//! The two numbers by which Kazakhstan knows a person and an organisation: the IIN (Government Decree
//! 565 of 11 June 2003) and the BIN. Both have twelve digits; the last one is a check digit over the
//! eleven before it, by the same arithmetic.
//!
//! `parse` takes only what is right throughout; `standing` is for those who must tell what is no number
//! from one that is doubtful. Nobody's sex or date of birth leaves
//! this module, and whether a number was ever issued it does not know.

use std::fmt;

use jiff::civil::Date;

/// Whether the two demonstration numbers, which have no valid check digit, pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TestIdentities {
    #[default]
    Refused,
    Allowed,
}

/// Numbers in the certificates of the demonstration keys.
const TEST: [&str; 2] = ["123456789011", "123456789012"];

/// How far a text that stands where a number belongs can be taken for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Sound,
    /// Not twelve digits.
    Malformed,
    /// Mistyped or made up. What else is wrong then says nothing more.
    CheckDigit,
    /// A date, a century or a kind of holder that does not exist, under a right check digit.
    Implausible,
}

impl Standing {
    fn of<F: PartialEq>(faults: &[F], form: F, check_digit: F) -> Self {
        match faults {
            [] => Self::Sound,
            faults if faults.contains(&form) => Self::Malformed,
            faults if faults.contains(&check_digit) => Self::CheckDigit,
            _ => Self::Implausible,
        }
    }

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::Malformed => "malformed",
            Self::CheckDigit => "check_digit",
            Self::Implausible => "implausible",
        }
    }
}

/// A valid IIN: date of birth, a digit for century and sex, four of a serial number, check digit.
/// `Debug` hides the number, so that it cannot reach a log by accident.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Iin(String);

/// Why a text is not an IIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IinError {
    #[error("an IIN has 12 digits")]
    Form,
    #[error("digit 7 of an IIN is 1 to 6")]
    Century,
    #[error("digits 1 to 6 of an IIN are a date")]
    Date,
    #[error("the check digit of the IIN does not match")]
    CheckDigit,
    #[error("a demonstration IIN is not accepted")]
    Test,
}

impl IinError {
    /// The stable code of the reason.
    pub fn code(self) -> &'static str {
        match self {
            Self::Form => "IIN_FORM",
            Self::Century => "IIN_CENTURY",
            Self::Date => "IIN_DATE",
            Self::CheckDigit => "IIN_CHECK_DIGIT",
            Self::Test => "IIN_TEST",
        }
    }
}

impl Iin {
    /// Reads an IIN of exactly twelve ASCII digits.
    ///
    /// # Errors
    /// The first reason why it is not one.
    pub fn parse(text: &str, test: TestIdentities) -> Result<Self, IinError> {
        if TEST.contains(&text) {
            return match test {
                TestIdentities::Allowed => Ok(Self(text.into())),
                TestIdentities::Refused => Err(IinError::Test),
            };
        }
        match Self::faults(text).first() {
            Some(fault) => Err(*fault),
            None => Ok(Self(text.into())),
        }
    }

    /// Tells a text that is no number from a doubtful one. The demonstration numbers are like any other.
    pub fn standing(text: &str) -> Standing {
        Standing::of(&Self::faults(text), IinError::Form, IinError::CheckDigit)
    }

    /// All that keeps a text from being an IIN, the form first and the check digit last. With `Form`
    /// there is nothing further to say.
    fn faults(text: &str) -> Vec<IinError> {
        let Some(d) = digits(text) else { return vec![IinError::Form] };
        let mut faults = Vec::new();
        // A date needs its century for 29 February; without one any leap year will do.
        let century: i16 = match d[6] {
            1 | 2 => 1800,
            3 | 4 => 1900,
            5 | 6 => 2000,
            _ => {
                faults.push(IinError::Century);
                2000
            }
        };
        let year = century + i16::from(two(&d, 0));
        if Date::new(year, two(&d, 2).cast_signed(), two(&d, 4).cast_signed()).is_err() {
            faults.push(IinError::Date);
        }
        if !has_check_digit(&d) {
            faults.push(IinError::CheckDigit);
        }
        faults
    }

    /// The twelve digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Iin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Iin(************)")
    }
}

/// A valid BIN: year and month of registration, a digit for the kind of holder, one for head office or
/// branch (of which no complete list is published, so it is not judged), a serial number, check digit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Bin(String);

/// Why a text is not a BIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BinError {
    #[error("a BIN has 12 digits")]
    Form,
    #[error("digits 3 and 4 of a BIN are a month")]
    Date,
    #[error("digit 5 of a BIN is 4 to 6")]
    Kind,
    #[error("the check digit of the BIN does not match")]
    CheckDigit,
}

impl Bin {
    /// Reads a BIN of exactly twelve ASCII digits.
    ///
    /// # Errors
    /// The first reason why it is not one.
    pub fn parse(text: &str) -> Result<Self, BinError> {
        match Self::faults(text).first() {
            Some(fault) => Err(*fault),
            None => Ok(Self(text.into())),
        }
    }

    /// As [`Iin::standing`].
    pub fn standing(text: &str) -> Standing {
        Standing::of(&Self::faults(text), BinError::Form, BinError::CheckDigit)
    }

    fn faults(text: &str) -> Vec<BinError> {
        let Some(d) = digits(text) else { return vec![BinError::Form] };
        let mut faults = Vec::new();
        if !(1..=12).contains(&two(&d, 2)) {
            faults.push(BinError::Date);
        }
        // Resident, non-resident, joint entrepreneurship.
        if !(4..=6).contains(&d[4]) {
            faults.push(BinError::Kind);
        }
        if !has_check_digit(&d) {
            faults.push(BinError::CheckDigit);
        }
        faults
    }

    /// The twelve digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

type Digits = [u8; 12];

fn digits(text: &str) -> Option<Digits> {
    let digits: Digits = text.as_bytes().try_into().ok()?;
    digits.iter().all(u8::is_ascii_digit).then(|| digits.map(|byte| byte - b'0'))
}

/// The number of two digits.
fn two(d: &Digits, at: usize) -> u8 {
    d[at] * 10 + d[at + 1]
}

/// Whether the twelfth digit follows from the first eleven: their sum weighed by 1 to 11, modulo 11; if
/// that is 10, weighed by 3 to 11, 1, 2. If it is 10 again, such a number is never issued.
fn has_check_digit(d: &Digits) -> bool {
    let sum = |shift: u32| -> u32 {
        (0_u32..11).zip(d).map(|(i, &digit)| u32::from(digit) * ((i + shift) % 11 + 1)).sum::<u32>() % 11
    };
    [sum(0), sum(2)].into_iter().find(|&c| c < 10) == Some(u32::from(d[11]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_iin() {
        let read = |text: &str| Iin::parse(text, TestIdentities::Refused).map(|_| ());
        for last in 0..10 {
            assert_eq!(read(&format!("85010130069{last}")), Err(IinError::CheckDigit));
            assert_eq!(read(&format!("85010130220{last}")), Err(IinError::CheckDigit));
        }
        for text in ["", "85031530012", "8503153001288", "85031530012x", " 85031530012", "٨٥٠٣١٥"] {
            assert_eq!(Iin::faults(text), [IinError::Form], "{text}");
        }
        assert_eq!(read("850315000128"), Err(IinError::Century));
        assert_eq!(read("851315300128"), Err(IinError::Date));
        assert_eq!(read("850229300128"), Err(IinError::Date));
        assert_eq!(read("850315300127"), Err(IinError::CheckDigit));
        assert_eq!(read("123456789011"), Err(IinError::Test));
        assert!(Iin::parse("123456789013", TestIdentities::Allowed).is_err());
    }

    #[test]
    fn what_is_an_iin() {
        for valid in
            ["061211600012", "251112401047", "700911204362", "850315300128", "850101300603", "850101300615"]
        {
            let iin = Iin::parse(valid, TestIdentities::Refused).expect("an IIN");
            assert_eq!(iin.as_str(), valid);
            assert!(!format!("{iin:?}").contains(valid));
        }
        assert!(Iin::parse("123456789012", TestIdentities::Allowed).is_ok());
    }

    #[test]
    fn every_fault_is_named() {
        use IinError::{Century, CheckDigit, Date};
        assert_eq!(Iin::faults("123456789011"), [Century, Date, CheckDigit]);
        assert_eq!(Iin::faults("123456789012"), [Century, Date, CheckDigit]);
        assert_eq!(Iin::faults("000000000000"), [Century, Date]);
        // 29 February: 2000 had one, 1900 and 1800 had not.
        for (century, leap) in [('5', true), ('3', false), ('1', false)] {
            assert_eq!(
                Iin::faults(&format!("000229{century}00000")).contains(&Date),
                !leap,
                "century {century}"
            );
        }
        for (text, standing) in [
            ("850315300128", Standing::Sound),
            ("123456789011", Standing::CheckDigit),
            ("000000000000", Standing::Implausible),
            ("12345678901", Standing::Malformed),
        ] {
            assert_eq!(Iin::standing(text), standing, "{text}");
        }
        use BinError as B;
        assert_eq!(Bin::faults("123456789021"), [B::Date, B::CheckDigit]);
        assert_eq!(Bin::faults("141340000010"), [B::Date]);
        assert_eq!(Bin::faults("140570000019"), [B::Kind]);
        assert_eq!(Bin::faults("14054000001"), [B::Form]);
        assert_eq!(Bin::parse("140540000016"), Err(B::CheckDigit));
        for valid in ["140540000015", "060340001237"] {
            assert_eq!(Bin::parse(valid).map(|bin| bin.as_str().to_owned()), Ok(valid.to_owned()));
        }
    }
}
