//! One function for each paper of the register: from what happened to a [`Paper`].
//!
//! The structures are plain: names, dates and reasons as they are to be read. Whoever calls has them from
//! verified documents and from the register; nothing is decided here. All words are in
//! `src/locales/paper.*.ftl`, after the regulation ("item n") and the terms that it uses.

mod commission;
mod granting;
mod letter;
mod list;
mod memo;
mod notice;
mod receipt;

pub use commission::{Agenda, AgendaItem, Member, Minutes, MinutesItem, Votes, agenda, minutes};
pub use granting::{Granting, RemovalNotice, granting_decision, granting_offer, removal_notice};
pub use letter::{ReturnLetter, return_letter};
pub use list::{
    CourierItem, CourierList, QueueExtract, UnclaimedItem, UnclaimedRegister, courier_list, queue_extract,
    unclaimed_register,
};
pub use memo::{Conclusion, FamilyMember, Memo, memo};
pub use notice::{Refusal, RefusalGround, RegistrationNotice, refusal, registration_notice};
pub use receipt::{AcceptanceReceipt, AttachedDocument, RefusalReceipt, acceptance_receipt, refusal_receipt};

use super::words::{date, say, short_date};
use super::{Block, Kind, Paper, SignatureLine};
use crate::housing::Language;
use fluent_bundle::FluentValue;
use jiff::civil::Date;

/// What every paper has besides its content.
#[derive(Clone, Debug)]
pub struct Issue {
    pub language: Language,
    /// Name of the body that issues the paper, in the language.
    pub office: String,
    pub number: String,
    pub date: Date,
    pub signatures: Vec<SignatureLine>,
    /// Telephones of the office and of its section of registration, on papers for applicants (decision G9).
    pub phones: Option<[String; 2]>,
    /// Where the original is checked: printable ASCII, without a fragment.
    pub verification_url: String,
    /// SHA-256 of the signed XML.
    pub document_sha256: [u8; 32],
}

/// The applicant as papers name one.
#[derive(Clone, Debug, Default)]
pub struct Applicant {
    /// Surname, name, patronymic.
    pub name: String,
    pub address: String,
    pub phone: String,
    pub email: Option<String>,
}

/// An application or a decision by number and date.
#[derive(Clone, Debug)]
pub struct Reference {
    pub number: String,
    pub date: Date,
}

/// A document that the list of item 9 of the Standard asks for and that was not handed in.
#[derive(Clone, Debug)]
pub struct MissingDocument {
    /// `D1` to `D12`.
    pub code: String,
    /// What is wrong with what was handed in, if something was.
    pub note: Option<String>,
}

impl Issue {
    fn say(&self, id: &str) -> String {
        say(self.language, id, &[])
    }

    fn with<'a>(&self, id: &str, values: &[(&'a str, FluentValue<'a>)]) -> String {
        say(self.language, id, values)
    }

    fn date(&self, of: Date) -> String {
        date(self.language, of)
    }

    fn paragraph(&self, id: &str) -> Block {
        Block::Paragraph(self.say(id))
    }

    fn heading(&self, id: &str) -> Block {
        Block::Heading(self.say(id))
    }

    fn row(&self, id: &str, value: impl Into<String>) -> (String, String) {
        (self.say(id), value.into())
    }

    fn head<const N: usize>(&self, ids: [&str; N]) -> Vec<String> {
        ids.map(|id| self.say(id)).into()
    }

    /// «№ 5, 24 қараша …»: number and date in one value.
    fn reference(&self, of: &Reference) -> String {
        self.with("reference", &[("number", of.number.as_str().into()), ("date", self.date(of.date).into())])
    }

    /// The same for a cell of a table, which is narrow: the date in digits on a line of its own.
    fn narrow_reference(of: &Reference) -> String {
        format!("{}\n{}", of.number, short_date(of.date))
    }

    /// The name of a document by its code; of an unknown code, the code.
    fn document(&self, code: &str) -> String {
        let known = code.strip_prefix('D').and_then(|number| number.parse::<u8>().ok());
        match known.filter(|number| (1..=12).contains(number)) {
            Some(number) => self.say(&format!("document-{number}")),
            None => code.to_owned(),
        }
    }

    fn missing(&self, documents: &[MissingDocument]) -> Block {
        let line = |one: &MissingDocument| match &one.note {
            Some(note) => format!("{} ({note})", self.document(&one.code)),
            None => self.document(&one.code),
        };
        Block::List(documents.iter().map(line).collect())
    }

    fn paper(self, kind: Kind, addressee: Vec<String>, mut blocks: Vec<Block>) -> Paper {
        if let Some([office, section]) = &self.phones {
            let values = [("office", office.as_str().into()), ("section", section.as_str().into())];
            blocks.push(Block::Paragraph(self.with("phones", &values)));
        }
        let title = self.say(&format!("title-{}", kind.code()));
        Paper {
            kind,
            language: self.language,
            office: self.office,
            number: self.number,
            date: self.date,
            addressee,
            title,
            blocks,
            signatures: self.signatures,
            copies: 1,
            verification_url: self.verification_url,
            document_sha256: self.document_sha256,
        }
    }
}

impl Applicant {
    fn addressee(&self) -> Vec<String> {
        [&self.name, &self.address].into_iter().filter(|line| !line.is_empty()).cloned().collect()
    }

    fn contacts(&self) -> String {
        let parts = [Some(&self.address), Some(&self.phone), self.email.as_ref()];
        let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
        parts.map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

/// Rows numbered from one, as tables of papers have them.
fn numbered(rows: impl Iterator<Item = Vec<String>>) -> Vec<Vec<String>> {
    rows.enumerate()
        .map(|(index, row)| std::iter::once((index + 1).to_string()).chain(row).collect())
        .collect()
}
