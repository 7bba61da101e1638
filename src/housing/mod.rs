//! The housing register: what an application is, who may do what with it, and what comes of it.
//!
//! The one idea to know: nothing here takes bytes. An application or an official's act is read only
//! from a [`crate::validation::VerifiedDocument`], so an unchecked signature cannot move a case.
//! Everything is a pure function of its arguments; time is an argument.
//!
//! Source of the rules: the regulation of the Almaty akimat No. 2/341 of 11 May 2014 ("item n"), and
//! the decisions where it is silent ("decision Gn").

pub mod act;
pub mod application;
pub mod attachment;
pub mod clock;
pub mod document;
pub mod edition;
mod form;
pub mod granting;
pub mod intake;
pub mod inventory;
pub mod list;
pub mod name;
pub mod permission;
pub mod queue;
pub mod reception;
pub mod right;
pub mod search;
pub mod state_data;
pub mod workflow;

pub use crate::identity_number::{Iin, IinError, TestIdentities};
pub use act::{Act, Step};
pub use application::{Application, Category, FiledApplication, Language};
pub use clock::Channel;
pub use form::Refusal;
pub(crate) use form::hex;
pub use intake::IntakeRefusal;
pub use list::List;
pub use permission::{Actor, Official, Role};
pub use workflow::{Case, Decision, Denied, Event, Outcome, State};

/// What an office may set: who its officials are, which identities pass, its code in numbers.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Code in registration numbers: `ALA` gives `ALA-2026-000001`.
    pub office: String,
    /// Name of the office in receipts, in Kazakh.
    pub office_name_kk: String,
    /// Name of the office in receipts, in Russian.
    pub office_name_ru: String,
    /// Telephone of the office (annex 1), and of its section of registration (item 12): both are shown (decision G9).
    pub office_phone: String,
    /// The second of them.
    pub section_phones: String,
    /// Whether the demonstration IINs pass.
    pub test_identities: TestIdentities,
    /// Officials by IIN.
    pub officials: Vec<Official>,
    /// Officials whose certificate counts only if it is of a body: IIN and BIN.
    pub bodies: Vec<(String, String)>,
    /// The roles that sign notices and letters (decision G6).
    pub notice_signatories: Vec<Role>,
    /// How many members of the commission decide.
    pub quorum: workflow::Quorum,
    /// The editions of the rules of the law that the register is kept by.
    pub editions: edition::Editions,
    /// Who signs for which state database; those that are not named are not asked.
    pub signatories: Vec<state_data::Signatory>,
    /// Largest attachment, octets.
    pub attachment_limit: u64,
}

impl Rules {
    /// Whether a certificate with these numbers is of every body of which its owner's has to be.
    pub fn is_of_office(&self, iin: Option<&str>, bin: Option<&str>) -> bool {
        let mut own = self.bodies.iter().filter(|(official, _)| iin == Some(official.as_str()));
        own.all(|(_, body)| bin == Some(body.as_str()))
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            office: "ALA".into(),
            office_name_kk: "Алматы қаласының Тұрғын үй және тұрғын үй инспекциясы басқармасы".into(),
            office_name_ru: "Управление жилья и жилищной инспекции города Алматы".into(),
            office_phone: "380-04-99".into(),
            section_phones: "380-04-85, 380-05-10, 380-05-30".into(),
            test_identities: TestIdentities::Refused,
            officials: Vec::new(),
            bodies: Vec::new(),
            notice_signatories: workflow::SIGNATORY.to_vec(),
            quorum: workflow::Quorum::default(),
            editions: edition::Editions::default(),
            signatories: Vec::new(),
            attachment_limit: 50 * 1024 * 1024,
        }
    }
}
