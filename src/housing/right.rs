//! Who may see what. The table of steps ([`super::workflow::table`]) says who may do what; this one says who may look
//! at which cases, search among them, and read the journal of who looked. An official sees what the office needs and no
//! more, and nobody sees a case in which they are named but as its applicant.

use super::permission::{Part, Role};
use super::workflow::{Case, Place, State};

/// Of which cases somebody may see something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cases {
    /// None.
    None,
    /// The one to which they have the key.
    Own,
    /// Those that were taken in at the centre of the part.
    OfCentre,
    /// Those on the agenda of a sitting, until the notice of what was decided is drafted.
    BeforeCommission,
    /// Those with a place in a list, and those to which a dwelling was granted.
    WithPlace,
    /// All that the provider keeps.
    All,
}

/// What one part may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Right {
    pub role: Role,
    pub cases: Cases,
    /// What officials wrote about a case, and what state databases said: acts, lists, comparisons, conflicts.
    pub internal: bool,
    /// Searching among these cases.
    pub search: bool,
    /// Reading who looked at these cases. Whoever is watched does not; an auditor reads at the command line.
    pub journal: bool,
}

const fn official(role: Role, cases: Cases) -> Right {
    Right { role, cases, internal: true, search: true, journal: false }
}

/// The table.
pub const RIGHTS: [Right; 14] = [
    official(Role::Inspector, Cases::OfCentre),
    official(Role::Dispatcher, Cases::OfCentre),
    official(Role::CentreEmployee, Cases::OfCentre),
    official(Role::Chancellery, Cases::All),
    official(Role::Head, Cases::All),
    official(Role::Deputy, Cases::All),
    official(Role::DocumentarySupport, Cases::All),
    official(Role::Executor, Cases::All),
    official(Role::Secretary, Cases::All),
    official(Role::Commission, Cases::BeforeCommission),
    official(Role::Chair, Cases::BeforeCommission),
    official(Role::Akimat, Cases::WithPlace),
    // What the register does by itself it does not look at.
    Right { role: Role::Service, cases: Cases::None, internal: false, search: false, journal: false },
    Right { role: Role::Applicant, cases: Cases::Own, internal: false, search: false, journal: true },
];

impl Right {
    /// The row of a role.
    pub fn of(role: Role) -> Option<&'static Self> {
        RIGHTS.iter().find(|right| right.role == role)
    }

    /// Whether the part that has this right sees a case. Whose own it is, the key to the case says.
    fn reaches(&self, centre: Option<&str>, case: &Case) -> bool {
        match self.cases {
            Cases::None | Cases::Own => false,
            Cases::OfCentre => centre.is_some() && case.centre.as_deref() == centre,
            Cases::BeforeCommission => {
                case.sitting.is_some() && matches!(case.state, State::OnAgenda | State::Decided)
            }
            Cases::WithPlace => matches!(case.place, Some(Place::Waiting | Place::Granted)),
            Cases::All => true,
        }
    }
}

/// The first of an official's parts that sees a case; none in a case in which the official is named.
pub fn sees<'a>(parts: &'a [Part], case: &Case, is_own: bool) -> Option<&'a Part> {
    let reaches =
        |part: &&Part| Right::of(part.role).is_some_and(|right| right.reaches(part.centre.as_deref(), case));
    parts.iter().filter(|_| !is_own).find(reaches)
}

/// The first of an official's parts that sees the papers of a centre which are of no case: refusals at its counter.
pub fn sees_centre<'a>(parts: &'a [Part], centre: &str) -> Option<&'a Part> {
    let reaches = |part: &&Part| {
        Right::of(part.role).is_some_and(|right| match right.cases {
            Cases::OfCentre => part.centre.as_deref() == Some(centre),
            Cases::All => true,
            _ => false,
        })
    };
    parts.iter().find(reaches)
}

/// The parts in which an official may search.
pub fn searches(parts: &[Part]) -> Vec<Part> {
    parts.iter().filter(|part| Right::of(part.role).is_some_and(|right| right.search)).cloned().collect()
}

/// The one centre outside whose cases these parts see nothing, if there is one.
pub fn only_centre(parts: &[Part]) -> Option<&str> {
    let (first, rest) = parts.split_first()?;
    let centre = |part: &'_ Part| match Right::of(part.role)?.cases {
        Cases::OfCentre => Some(part.centre.clone()?),
        _ => None,
    };
    let only = centre(first)?;
    rest.iter().all(|part| centre(part).as_ref() == Some(&only)).then_some(first.centre.as_deref()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::housing::workflow::Sitting;

    fn part(role: Role, centre: Option<&str>) -> Part {
        Part { role, centre: centre.map(str::to_owned) }
    }

    #[test]
    fn every_role_has_one_row() {
        for role in Role::ALL {
            assert_eq!(RIGHTS.iter().filter(|right| right.role == role).count(), 1, "{role:?}");
        }
    }

    #[test]
    fn who_sees_what() {
        let filed = Case { centre: Some("almaly".into()), state: State::Accepted, ..Case::default() };
        let portal = Case { state: State::Registered, ..Case::default() };
        let sitting = Sitting { date: "2026-11-24".parse().unwrap(), number: "1".into(), delay: None };
        let before = |state| Case { state, sitting: Some(sitting.clone()), ..Case::default() };
        let placed = |place| Case { place, state: State::Notified, ..before(State::Notified) };
        use Role::{Akimat, Applicant, Chair, Commission, Executor, Head, Inspector, Service};
        let (almaly, medeu) = (Some("almaly"), Some("medeu"));
        for (role, centre, case, expected) in [
            (Inspector, almaly, &filed, true),
            (Inspector, medeu, &filed, false),
            (Inspector, None, &filed, false),
            // What came by the portal is no centre's.
            (Inspector, almaly, &portal, false),
            (Inspector, None, &portal, false),
            (Head, None, &filed, true),
            (Executor, None, &portal, true),
            (Commission, None, &filed, false),
            (Commission, None, &before(State::OnAgenda), true),
            (Chair, None, &before(State::Decided), true),
            (Chair, None, &before(State::NoticeDrafted), false),
            (Akimat, None, &portal, false),
            (Akimat, None, &placed(Some(Place::Waiting)), true),
            (Akimat, None, &placed(Some(Place::Granted)), true),
            (Akimat, None, &placed(Some(Place::Removed)), false),
            (Service, None, &portal, false),
            // Whose it is shows the key, not the role.
            (Applicant, None, &portal, false),
        ] {
            let parts = [part(role, centre)];
            assert_eq!(sees(&parts, case, false).is_some(), expected, "{role:?} {centre:?} {case:?}");
            assert_eq!(sees(&parts, case, true), None, "nobody sees a case in which they are named");
        }
    }

    #[test]
    fn one_of_several_parts_sees() {
        let parts =
            [part(Role::Inspector, Some("medeu")), part(Role::Executor, None), part(Role::Head, None)];
        let case = Case { centre: Some("almaly".into()), ..Case::default() };
        assert_eq!(sees(&parts, &case, false), Some(&parts[1]));
        assert_eq!(sees_centre(&parts[..1], "almaly"), None);
        assert_eq!(sees_centre(&parts[..1], "medeu"), Some(&parts[0]));
        assert_eq!(searches(&parts).len(), 3);
        assert!(searches(&[part(Role::Applicant, None), part(Role::Service, None)]).is_empty());
        assert_eq!(only_centre(&parts), None);
        assert_eq!(only_centre(&parts[..1]), Some("medeu"));
        assert_eq!(only_centre(&[part(Role::Dispatcher, Some("medeu")), parts[0].clone()]), Some("medeu"));
        assert_eq!(only_centre(&[part(Role::Dispatcher, Some("almaly")), parts[0].clone()]), None);
        assert_eq!(only_centre(&[part(Role::Inspector, None)]), None);
        assert_eq!(only_centre(&[]), None);
    }
}
