//! Who may take which step (items 7 and 9; decision G6).

use super::act::Step;
use serde::{Deserialize, Serialize};

/// Part a person or the service plays in a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Head,
    Executor,
    Commission,
    Service,
    Applicant,
}

impl Role {
    pub fn code(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Executor => "executor",
            Self::Commission => "commission",
            Self::Service => "service",
            Self::Applicant => "applicant",
        }
    }
}

/// An official of the office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Official {
    pub iin: String,
    pub role: Role,
}

/// Who acts now: from the certificate of a passed signature and the office's list of officials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub iin: String,
    pub roles: Vec<Role>,
    pub certificate_sha256: [u8; 32],
}

/// The role that takes a step.
pub fn role_for(step: Step) -> Role {
    match step {
        Step::AssignExecutor | Step::SignNotice => Role::Head,
        Step::Memo => Role::Executor,
        Step::CommissionDecision => Role::Commission,
    }
}
