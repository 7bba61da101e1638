//! The individual identification number (Government Decree 565 of 11 June 2003): a date of birth, a
//! digit for century and sex, a serial number and a check digit.

use std::fmt;

/// Whether the two demonstration numbers, which have no valid check digit, pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TestIdentities {
    #[default]
    Refused,
    Allowed,
}

/// Numbers in the certificates of the demonstration keys.
const TEST: [&str; 2] = ["123456789011", "123456789012"];

/// A valid IIN. `Debug` hides the number, so that it cannot reach a log by accident.
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
        let digits: [u8; 12] = text.as_bytes().try_into().map_err(|_| IinError::Form)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(IinError::Form);
        }
        let d = digits.map(|byte| byte - b'0');
        let century: i16 = match d[6] {
            1 | 2 => 1800,
            3 | 4 => 1900,
            5 | 6 => 2000,
            _ => return Err(IinError::Century),
        };
        let two = |i: usize| d[i] * 10 + d[i + 1];
        jiff::civil::Date::new(century + i16::from(two(0)), two(2).cast_signed(), two(4).cast_signed())
            .map_err(|_| IinError::Date)?;
        if check_digit(&d) != Some(d[11]) {
            return Err(IinError::CheckDigit);
        }
        Ok(Self(text.into()))
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

/// The check digit of the first eleven, `None` if such a number is never issued.
fn check_digit(d: &[u8; 12]) -> Option<u8> {
    let sum = |shift: u32| -> u32 {
        (0_u32..11).zip(d).map(|(i, &digit)| u32::from(digit) * ((i + shift) % 11 + 1)).sum::<u32>() % 11
    };
    [sum(0), sum(2)].into_iter().find(|&c| c < 10).and_then(|c| u8::try_from(c).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors() {
        let read = |text: &str| Iin::parse(text, TestIdentities::Refused).map(|_| ());
        for valid in
            ["061211600012", "251112401047", "700911204362", "850315300128", "850101300603", "850101300615"]
        {
            assert_eq!(read(valid), Ok(()), "{valid}");
        }
        for last in 0..10 {
            assert_eq!(read(&format!("85010130069{last}")), Err(IinError::CheckDigit));
            assert_eq!(read(&format!("85010130220{last}")), Err(IinError::CheckDigit));
        }
        assert_eq!(read("85031530012"), Err(IinError::Form));
        assert_eq!(read("85031530012x"), Err(IinError::Form));
        assert_eq!(read("850315000128"), Err(IinError::Century));
        assert_eq!(read("851315300128"), Err(IinError::Date));
        assert_eq!(read("850229300128"), Err(IinError::Date));
        assert_eq!(read("850315300127"), Err(IinError::CheckDigit));
        assert_eq!(read("123456789011"), Err(IinError::Test));
        assert!(Iin::parse("123456789012", TestIdentities::Allowed).is_ok());
        assert!(Iin::parse("123456789013", TestIdentities::Allowed).is_err());
    }
}
