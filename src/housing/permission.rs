//! Who may take part in a case (items 6, 7, 8, 9 and 16; decision G6). Which role takes which step stands in
//! the table of steps ([`super::workflow`]).

use serde::{Deserialize, Serialize};

/// The body that a role belongs to; each has its own working calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Body {
    /// A district department of the public service centre.
    Centre,
    /// The Department of Housing and Housing Inspection.
    Provider,
    /// The housing commission under the akimat.
    Commission,
    /// The akimat, which grants housing.
    Akimat,
    /// Whoever asks for the service.
    Applicant,
}

/// Part a person or the service plays in a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Accepts documents at the counter of a centre.
    Inspector,
    /// Inspector of the accumulation section: what goes to the provider, comes back, or is not fetched.
    Dispatcher,
    /// Gives results to applicants at a centre.
    CentreEmployee,
    /// Registers what comes in.
    Chancellery,
    Head,
    Deputy,
    /// Documentary-support section: hands cases to executors and registers what goes out.
    DocumentarySupport,
    /// The specialist of the registration section to whom a case is given.
    Executor,
    /// Puts cases on the agenda of the commission.
    Secretary,
    /// A member of the commission.
    Commission,
    /// The member who presides and signs the minutes.
    Chair,
    /// Decides on granting housing.
    Akimat,
    /// The service itself.
    Service,
    Applicant,
}

impl Role {
    pub const ALL: [Self; 14] = [
        Self::Inspector,
        Self::Dispatcher,
        Self::CentreEmployee,
        Self::Chancellery,
        Self::Head,
        Self::Deputy,
        Self::DocumentarySupport,
        Self::Executor,
        Self::Secretary,
        Self::Commission,
        Self::Chair,
        Self::Akimat,
        Self::Service,
        Self::Applicant,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::Inspector => "inspector",
            Self::Dispatcher => "dispatcher",
            Self::CentreEmployee => "centre-employee",
            Self::Chancellery => "chancellery",
            Self::Head => "head",
            Self::Deputy => "deputy",
            Self::DocumentarySupport => "documentary-support",
            Self::Executor => "executor",
            Self::Secretary => "secretary",
            Self::Commission => "commission",
            Self::Chair => "chair",
            Self::Akimat => "akimat",
            Self::Service => "service",
            Self::Applicant => "applicant",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    pub fn body(self) -> Body {
        match self {
            Self::Inspector | Self::Dispatcher | Self::CentreEmployee => Body::Centre,
            Self::Chancellery
            | Self::Head
            | Self::Deputy
            | Self::DocumentarySupport
            | Self::Executor
            | Self::Secretary
            | Self::Service => Body::Provider,
            Self::Commission | Self::Chair => Body::Commission,
            Self::Akimat => Body::Akimat,
            Self::Applicant => Body::Applicant,
        }
    }
}

/// An official of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Official {
    pub iin: String,
    pub role: Role,
    /// The centre's code, for roles of a centre.
    pub centre: Option<String>,
}

/// Who acts now: from the certificate of a passed signature and the list of officials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub iin: String,
    pub parts: Vec<Part>,
    pub certificate_sha256: [u8; 32],
}

/// A part that somebody may act in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub role: Role,
    /// The centre's code, for a role of a centre.
    pub centre: Option<String>,
}

impl Part {
    /// Whether the part can be played in a case of a centre, or of none: a centre's only in its own cases, and in those
    /// that came by no centre.
    fn is_of(&self, centre: Option<&str>) -> bool {
        self.role.body() != Body::Centre || centre.is_none() || self.centre.as_deref() == centre
    }
}

impl Actor {
    pub fn has(&self, role: Role) -> bool {
        self.parts.iter().any(|part| part.role == role)
    }

    /// The first of the roles in which the actor may act in a case of a centre. In a case in which the actor is named
    /// there is none but the applicant's.
    ///
    /// # Errors
    /// `WRONG_ROLE`, `WRONG_CENTRE`, `OWN_CASE`.
    pub fn acts_as(
        &self,
        roles: &[Role],
        centre: Option<&str>,
        is_own_case: bool,
    ) -> Result<Role, &'static str> {
        let own = || {
            let with = |role: &Role| {
                let role = *role;
                self.parts.iter().filter(move |part| part.role == role)
            };
            roles.iter().flat_map(with)
        };
        let here = || own().filter(|part| part.is_of(centre)).map(|part| part.role);
        let found = here().find(|role| *role == Role::Applicant || !is_own_case);
        found.ok_or_else(|| match (own().next(), here().next()) {
            (None, _) => "WRONG_ROLE",
            (Some(_), None) => "WRONG_CENTRE",
            (Some(_), Some(_)) => "OWN_CASE",
        })
    }
}
