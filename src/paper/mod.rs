//! The papers of the register as PDF/A: what a person is handed, shows at a counter and keeps.
//!
//! The legal original of every paper is the signed XML (decision G7). What is made here is its picture
//! for people: A4, in Kazakh or Russian, with a QR code and the digest of the original, by which anybody
//! can have the original checked. So nothing is read back from a PDF, and nothing here judges.
//!
//! A [`Paper`] is plain data: paragraphs, labelled values, tables and lists. `original` reads signed
//! originals, `forms` makes papers of what they say, with texts from `src/locales/paper.*.ftl`; `layout` breaks lines and pages with the
//! real widths of the letters; `write` puts the pages into a file by PDF/A-2, level U: level B, and every
//! letter can be found and copied. The same paper always gives the same octets: the date in the file is
//! the paper's own, identifiers are digests of the content.
//!
//! What is shown is what is there: letters that the fonts lack, control characters and those that would
//! turn the direction of writing appear as a visible mark (`text`), never as nothing.
//!
//! No clock, no disk; the fonts (Noto Sans, `fonts/LICENSE`) are built in and embedded as subsets.

mod code;
mod face;
pub mod forms;
mod layout;
mod lines;
pub mod original;
mod text;
mod words;
mod write;

#[cfg(test)]
mod tests;

use crate::housing::Language;
use jiff::civil::{Date, DateTime};

/// What a paper is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    AcceptanceReceipt,
    RefusalReceipt,
    ReturnLetter,
    Memo,
    Agenda,
    Minutes,
    RegistrationNotice,
    Refusal,
    CourierList,
    UnclaimedRegister,
    QueueExtract,
    GrantingOffer,
    GrantingDecision,
    RemovalNotice,
}

impl Kind {
    pub const ALL: [Self; 14] = [
        Self::AcceptanceReceipt,
        Self::RefusalReceipt,
        Self::ReturnLetter,
        Self::Memo,
        Self::Agenda,
        Self::Minutes,
        Self::RegistrationNotice,
        Self::Refusal,
        Self::CourierList,
        Self::UnclaimedRegister,
        Self::QueueExtract,
        Self::GrantingOffer,
        Self::GrantingDecision,
        Self::RemovalNotice,
    ];

    /// The name of the kind in texts and file names.
    pub fn code(self) -> &'static str {
        match self {
            Self::AcceptanceReceipt => "acceptance-receipt",
            Self::RefusalReceipt => "refusal-receipt",
            Self::ReturnLetter => "return-letter",
            Self::Memo => "memo",
            Self::Agenda => "agenda",
            Self::Minutes => "minutes",
            Self::RegistrationNotice => "registration-notice",
            Self::Refusal => "refusal",
            Self::CourierList => "courier-list",
            Self::UnclaimedRegister => "unclaimed-register",
            Self::QueueExtract => "queue-extract",
            Self::GrantingOffer => "granting-offer",
            Self::GrantingDecision => "granting-decision",
            Self::RemovalNotice => "removal-notice",
        }
    }

    /// Whether the page lies on its side: the one table with many columns.
    fn is_wide(self) -> bool {
        self == Self::UnclaimedRegister
    }
}

/// A part of a paper's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Bold, and never alone at the foot of a page.
    Heading(String),
    /// Lines end at the margin and at line feeds.
    Paragraph(String),
    /// Labels and their values. A value that is empty is shown as a dash.
    Rows(Vec<(String, String)>),
    /// The head is repeated on every page. A row may be shorter than the head or longer.
    Table { head: Vec<String>, rows: Vec<Vec<String>> },
    /// Numbered from one.
    List(Vec<String>),
}

/// One who signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureLine {
    /// Post or part in the matter.
    pub position: String,
    /// Surname and initials, or the name of the body whose seal it is.
    pub name: String,
    pub signed: Signed,
}

/// How a paper is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signed {
    /// With a key: the original has the signature.
    Electronically {
        /// Local time of the signature.
        at: DateTime,
        /// Serial number of the certificate, in hexadecimal.
        certificate: String,
    },
    /// A line is left for the hand.
    ByHand,
}

/// A paper, ready to be laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    pub kind: Kind,
    pub language: Language,
    /// Name of the body that issues the paper, in the paper's language.
    pub office: String,
    pub number: String,
    pub date: Date,
    /// Lines of whom it is for; none if it is for nobody in particular.
    pub addressee: Vec<String>,
    pub title: String,
    pub blocks: Vec<Block>,
    pub signatures: Vec<SignatureLine>,
    /// How many copies are in the file, one after another, each with its mark; at least one.
    pub copies: u8,
    /// Where the original is checked: printable ASCII, without a fragment.
    pub verification_url: String,
    /// SHA-256 of the signed XML.
    pub document_sha256: [u8; 32],
}

/// Why a paper cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("the verification address is not printable ASCII of at most 300 letters without a fragment")]
    Address,
    #[error("the paper has more than 2000 pages")]
    TooLong,
    #[error("the built-in fonts cannot be read")]
    Font,
    #[error("the PDF cannot be written: {0}")]
    Pdf(String),
}

impl Paper {
    /// The paper as PDF/A-2u.
    ///
    /// # Errors
    /// The verification address is none, or the paper is too long. [`Error::Font`] and [`Error::Pdf`]
    /// come from no input.
    pub fn to_pdf(&self) -> Result<Vec<u8>, Error> {
        let fonts = face::fonts()?;
        let code = code::matrix(self.code())?;
        let pages = layout::pages(self, &code, fonts)?;
        write::pdf(self, &pages, fonts)
    }

    /// What the QR code says: the address.
    pub fn code(&self) -> &str {
        &self.verification_url
    }

    /// The first eight octets of the digest: enough to tell papers apart at a glance. Whoever must be sure
    /// compares the whole.
    pub fn short_digest(&self) -> String {
        crate::housing::hex(&self.document_sha256[..8])
    }
}
