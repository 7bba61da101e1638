//! Who may look at a case, and the journal of who did. Whoever has the key to a case is its applicant and is not
//! written down; an official sees what the table of rights has ([`crate::housing::right`]), and no answer leaves before
//! its row in the journal is there.

use super::*;
use crate::housing::permission::Part;
use crate::housing::search::is_reason;
use crate::housing::{Case, right};
use crate::store::{Access, Seen};

/// Rows of the journal that are told at once.
const PAGE: u32 = 100;

/// What a request says of who asks, and why.
#[derive(Clone, Debug, Default)]
pub struct Asking {
    /// The key to a case, or the token of an official.
    pub bearer: Option<String>,
    pub why: Option<String>,
}

/// An official who looks.
pub(super) struct Looker {
    /// By IIN.
    official: String,
    part: Part,
    why: String,
}

impl Looker {
    fn looking(&self) -> Looking<'_> {
        let centre = self.part.centre.as_deref();
        Looking { official: &self.official, role: self.part.role.code(), centre, why: &self.why }
    }
}

/// Who asks to see a case.
pub(super) enum Reader {
    Applicant,
    Official(Looker),
}

impl Reader {
    /// Whether the table gives this right to whoever asks.
    pub(super) fn has(&self, right: impl Fn(&right::Right) -> bool) -> bool {
        let role = match self {
            Self::Applicant => housing::Role::Applicant,
            Self::Official(looker) => looker.part.role,
        };
        right::Right::of(role).is_some_and(right)
    }
}

/// What an official looks at a case for where nothing else is said: the steps that it waits for from the office.
fn task(case: &Case, role: housing::Role) -> String {
    let mut steps: Vec<&str> = workflow::expected(case)
        .iter()
        .filter(|row| row.roles.contains(&role))
        .map(|row| row.step.code())
        .collect();
    steps.dedup();
    steps.join(", ")
}

impl App {
    /// Whose a bearer token is: the official's IIN, and the parts for which it is.
    pub(super) fn official_by(&self, bearer: &str) -> Option<(String, Vec<Part>)> {
        let digest = hex(&crypto::sha256(bearer.as_bytes()));
        let own = self
            .settings
            .officials
            .iter()
            .filter(|official| official.token_sha256.as_deref() == Some(digest.as_str()));
        let parts = own.clone().map(|one| Part { role: one.role, centre: one.centre.clone() }).collect();
        // No two persons have one token: the settings say so.
        own.map(|one| one.iin.clone()).next().map(|iin| (iin, parts))
    }

    /// The reason that an official gives for looking; nothing where none is given.
    pub(super) fn why(&self, given: Option<&str>) -> Result<String, AppError> {
        let given = given.map(str::trim).unwrap_or_default();
        let is_missing = given.is_empty() && self.settings.access_reason_required;
        if is_missing || !(given.is_empty() || is_reason(given)) {
            let params = vec![("least".to_owned(), housing::search::REASON_LEAST.to_string())];
            let reason =
                Reason { code: "ACCESS_REASON".to_owned(), field: Some("reason".to_owned()), params };
            return Err(AppError::Invalid(vec![reason]));
        }
        Ok(given.to_owned())
    }

    /// Who asks about a case.
    ///
    /// # Errors
    /// `Unauthorized` without a key, `NotFound` with one of another case, `Denied` to an official who does not need
    /// to see it.
    pub(super) async fn reader(&self, number: &str, asking: &Asking) -> Result<Reader, AppError> {
        let Some(bearer) = &asking.bearer else { return Err(AppError::Unauthorized) };
        let Some((official, parts)) = self.official_by(bearer) else {
            return match self.store.access_allowed(number, bearer).await {
                Ok(true) => Ok(Reader::Applicant),
                Ok(false) | Err(StoreError::NotFound) => Err(AppError::NotFound),
                Err(error) => Err(error.into()),
            };
        };
        let stored = self.store.application(number).await?;
        let is_own = self.store.is_own_case(number, &official).await?;
        let part = right::sees(&parts, &stored.case, is_own).cloned();
        let part = part.ok_or(AppError::Denied("NOT_YOURS_TO_SEE", Vec::new()))?;
        let mut why = self.why(asking.why.as_deref())?;
        if why.is_empty() {
            why = task(&stored.case, part.role);
        }
        Ok(Reader::Official(Looker { official, part, why }))
    }

    /// Who asks about a paper of a counter that is of no case; officials only.
    pub(super) fn reader_at(&self, centre: &str, asking: &Asking) -> Result<Reader, AppError> {
        let Some(bearer) = &asking.bearer else { return Err(AppError::Unauthorized) };
        let (official, parts) = self.official_by(bearer).ok_or(AppError::NotFound)?;
        let part = right::sees_centre(&parts, centre).cloned();
        let part = part.ok_or(AppError::Denied("NOT_YOURS_TO_SEE", Vec::new()))?;
        Ok(Reader::Official(Looker { official, part, why: self.why(asking.why.as_deref())? }))
    }

    /// Writes down what an official is about to see.
    ///
    /// # Errors
    /// When that cannot be written down: nothing is shown then.
    pub(super) async fn note(
        &self,
        number: &str,
        reader: &Reader,
        what: Seen,
        detail: &str,
    ) -> Result<(), AppError> {
        let Reader::Official(looker) = reader else { return Ok(()) };
        Ok(self.store.note_access(number, (what, detail), &looker.looking(), self.clock.now()).await?)
    }

    /// Who looked at a case, the last one first, before a row of the journal; for whoever has its key. Officials stand
    /// in it by their office and centre: by its row the office finds who it was.
    ///
    /// # Errors
    /// As [`App::application`].
    pub async fn accesses(
        &self,
        number: &str,
        asking: &Asking,
        before: Option<i64>,
    ) -> Result<Value, AppError> {
        if !self.reader(number, asking).await?.has(|right| right.journal) {
            return Err(AppError::Denied("NOT_YOURS_TO_SEE", Vec::new()));
        }
        let rows = self.store.accesses(number, before, PAGE).await?;
        let is_more = rows.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
        let next = rows.last().filter(|_| is_more).map(|row| row.seq);
        Ok(json!({ "accesses": rows.iter().map(told).collect::<Vec<_>>(), "next": next }))
    }
}

/// A row as the applicant sees it.
fn told(row: &Access) -> Value {
    let said = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    json!({
        "row": row.seq,
        "at": rfc3339(row.at),
        "what": row.what,
        "document": said(&row.detail),
        "role": row.role,
        "centre": said(&row.centre),
        "why": said(&row.why),
    })
}
