//! What came of asking: one attempt, and why there is nothing. It is told by words of the program alone and
//! nothing that a server sent, so that it can be shown in every language.

use std::fmt;

/// What came of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was had.
    Fetched,
    /// What is at hand is still the latest (304, RFC 9110 15.4.5).
    Unchanged,
    /// No address of http or https, or one with user information.
    BadUrl,
    /// The operator has not allowed the host, or the port.
    HostNotAllowed,
    /// The name leads to private or loopback addresses only.
    AddressNotAllowed,
    /// The name has no address.
    NoAddress,
    /// No connection.
    Unreachable,
    /// No secure connection: the certificate of the server, for instance.
    NotSecure,
    /// The connection ended early, or what came is not HTTP.
    Broken,
    /// Not within the time.
    TimedOut,
    /// More octets than its kind may have.
    TooLarge,
    /// A status other than 200.
    Status(u16),
    /// Another place was named, which is never followed.
    Redirect,
    /// The host failed a moment ago and is left alone.
    Resting,
    /// As much as may be fetched for one judgement was, or its time is up.
    Spent,
    /// Not what was asked for by its form.
    NotOfItsKind,
    /// Of its kind, but not about the certificate, or not signed as it must be.
    NotGenuine,
    /// Made before the one at hand.
    Older,
    /// The responder or the authority for timestamps gives no answer; by the name of its status.
    Refused(&'static str),
}

impl Outcome {
    /// A word for reports and logs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Fetched => "fetched",
            Self::Unchanged => "unchanged",
            Self::BadUrl => "url",
            Self::HostNotAllowed => "host",
            Self::AddressNotAllowed => "private",
            Self::NoAddress => "name",
            Self::Unreachable => "connection",
            Self::NotSecure => "secure",
            Self::Broken => "broken",
            Self::TimedOut => "timeout",
            Self::TooLarge => "size",
            Self::Status(_) => "status",
            Self::Redirect => "redirect",
            Self::Resting => "resting",
            Self::Spent => "spent",
            Self::NotOfItsKind => "content",
            Self::NotGenuine => "foreign",
            Self::Older => "older",
            Self::Refused(_) => "no-answer",
        }
    }

    /// The status of HTTP, or the one of the responder, where there is one.
    pub fn status(self) -> String {
        match self {
            Self::Status(status) => status.to_string(),
            Self::Refused(status) => status.to_owned(),
            _ => String::new(),
        }
    }

    /// Whether asking again may help.
    pub(super) fn may_pass(self) -> bool {
        matches!(
            self,
            Self::NoAddress
                | Self::Unreachable
                | Self::Broken
                | Self::TimedOut
                | Self::Status(429 | 500..=599)
                | Self::Refused("tryLater")
        )
    }

    /// Whether nobody answers at the host, whatever it is asked for.
    pub(super) fn is_of_host(self) -> bool {
        matches!(self, Self::NoAddress | Self::Unreachable)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status() {
            status if status.is_empty() => f.write_str(self.code()),
            status => write!(f, "{} {status}", self.code()),
        }
    }
}

/// One attempt to fetch something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// As the certificate or the operator names the place. For an OCSP request it is the responder's address
    /// alone.
    pub url: String,
    /// What came of it.
    pub outcome: Outcome,
    /// How long it took.
    pub milliseconds: u64,
}

/// Something that could not be had, or not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Where.
    pub url: String,
    /// Why, at last.
    pub outcome: Outcome,
    /// What was tried over the network.
    pub attempts: Vec<Attempt>,
}
