//! Telling those who answer for a limit how much of it is used: at 50 and 80 % and when it is over, and the head of
//! what is over. The applicant, whose limit is that for the answer to an offer, is told too, where the case has an address.
//!
//! Whom a warning reaches is decided when it comes; a letter names the official by keyed digest until it leaves, so
//! that whoever is no official any more, or has another address by then, is not written to at the old one. Letters name
//! the case, the limit and its end, and nothing of the applicant.

use jiff::Timestamp;
use serde_json::json;

use super::app::App;
use super::certificate::local;
use crate::config::Official;
use crate::housing::clock::{self, LimitName, Owner, Told};
use crate::housing::{Case, Role};
use crate::mail::Letter;
use crate::messages::{self, Language};
use crate::store::{Job, Looked, Store, StoreError, StoredApplication};
use crate::validation::report::rfc3339;

/// What letters to officials about a limit are about.
pub(super) const LIMIT: &str = "limit";
/// What letters to applicants about the end of the time for an answer are about.
pub(super) const ANSWER: &str = "offer-answer";

/// Looks at the cases that are due. Returns whether there were any.
pub(super) async fn remind(app: &App, store: &Store, now: Timestamp) -> Result<bool, StoreError> {
    let mark = |iin: &str| store.person_mark(iin);
    let officials = &app.settings().officials;
    let look = |stored: &StoredApplication, told: Timestamp, until: Timestamp| {
        // The calendar fails in the year 9999 alone: then nothing is told.
        let clocks = stored.case.clocks().unwrap_or_default();
        let warnings = clock::warnings(&clocks, told, until).unwrap_or_default();
        Looked {
            letters: warnings.iter().flat_map(|told| letters(&stored.case, told, officials, &mark)).collect(),
            next: clock::next_warning(&clocks, until).unwrap_or_default(),
        }
    };
    Ok(store.look_at_clocks(now, &look).await? > 0)
}

/// The roles that are told of a limit.
fn roles(owner: Owner) -> &'static [Role] {
    match owner {
        Owner::Chancellery => &[Role::Chancellery],
        Owner::Head => &[Role::Head],
        Owner::Executor => &[Role::Executor],
        Owner::DocumentarySupport => &[Role::DocumentarySupport],
        Owner::Centre => &[Role::Dispatcher, Role::CentreEmployee],
        Owner::Applicant => &[],
    }
}

/// Whether an official is told as the owner of a limit: of executors the one who has the case, of those at centres
/// those at its centre.
fn is_told(official: &Official, owner: Owner, case: &Case) -> bool {
    let is_here = owner != Owner::Centre || official.centre == case.centre;
    let has_it = official.role != Role::Executor || case.executor.as_deref() == Some(official.iin.as_str());
    roles(owner).contains(&official.role) && is_here && has_it
}

/// What is owed of one warning, a letter a person.
fn letters(
    case: &Case,
    told: &Told<'_>,
    officials: &[Official],
    mark: &dyn Fn(&str) -> String,
) -> Vec<serde_json::Value> {
    let Told { limit, warning } = told;
    let (percent, due) = (warning.percent(), rfc3339(limit.due.at));
    if limit.owner == Owner::Applicant {
        return vec![json!({ "about": ANSWER, "percent": percent, "due": due })];
    }
    let is_over = *warning == clock::Warning::All;
    let mut found = Vec::new();
    for official in officials.iter().filter(|official| official.email.is_some()) {
        let is_owner = is_told(official, limit.owner, case);
        if is_owner || (is_over && official.role == Role::Head) {
            found.push((mark(&official.iin), is_owner));
        }
    }
    // Who has several roles is written to once, as the owner if as anything.
    found.sort_by(|one, other| one.0.cmp(&other.0).then(other.1.cmp(&one.1)));
    found.dedup_by(|later, first| later.0 == first.0);
    let letter = |(to, is_owner): (String, bool)| {
        json!({
            "about": LIMIT, "limit": limit.what.code(), "percent": percent, "due": due,
            "escalated": !is_owner, "to": to,
        })
    };
    found.into_iter().map(letter).collect()
}

/// Where a letter to an official goes; nowhere, if nobody in office has that digest and an address.
pub(super) fn address(app: &App, store: &Store, job: &Job) -> Option<String> {
    let payload = payload(job)?;
    let to = payload.get("to")?.as_str()?;
    let mut officials = app.settings().officials.iter().filter(|official| official.email.is_some());
    officials.find(|official| store.person_mark(&official.iin) == to)?.email.clone()
}

fn payload(job: &Job) -> Option<serde_json::Value> {
    serde_json::from_str(&job.payload).ok()
}

/// What a letter calls a limit.
fn label(what: LimitName) -> &'static str {
    match what {
        LimitName::Registration => "label-limit-registration",
        LimitName::HandOver => "label-limit-hand-over",
        LimitName::Resolution => "label-limit-resolution",
        LimitName::Execution => "label-limit-execution",
        LimitName::Signature => "label-limit-signature",
        LimitName::Dispatch => "label-limit-dispatch",
        LimitName::Issue => "label-limit-issue",
        LimitName::Case => "label-limit-case",
        LimitName::Delivery => "label-limit-delivery",
        LimitName::Storage => "label-limit-storage",
        LimitName::Complaint => "label-limit-complaint",
        LimitName::OfferAnswer => "label-limit-offer-answer",
    }
}

/// The letter, if the job is such a one.
pub(super) fn letter(job: &Job, to: String, language: Language) -> Option<Letter> {
    let payload = payload(job)?;
    let text = |name: &str| payload.get(name).and_then(serde_json::Value::as_str);
    let percent = payload.get("percent")?.as_u64()?;
    let due: Timestamp = text("due")?.parse().ok()?;
    let due = local(due).strftime("%Y-%m-%d %H:%M (UTC%:z)").to_string();
    let (percent_text, over) = (percent.to_string(), percent >= 100);
    let (subject, body, limit) = match text("about")? {
        ANSWER if over => ("label-mail-answer-over-subject", "label-mail-answer-over", String::new()),
        ANSWER => ("label-mail-answer-subject", "label-mail-answer", String::new()),
        LIMIT => {
            let code = text("limit")?;
            let what = LimitName::ALL.into_iter().find(|what| what.code() == code)?;
            let limit = messages::label(language, label(what), &[]);
            let is_escalated = payload.get("escalated").and_then(serde_json::Value::as_bool) == Some(true);
            match (over, is_escalated) {
                (true, true) => ("label-mail-escalated-subject", "label-mail-escalated", limit),
                (true, false) => ("label-mail-over-subject", "label-mail-over", limit),
                (false, _) => ("label-mail-limit-subject", "label-mail-limit", limit),
            }
        }
        _ => return None,
    };
    let params =
        [("number", job.application.as_str()), ("due", &due), ("percent", &percent_text), ("limit", &limit)];
    let say = |id| messages::label(language, id, &params);
    Some(Letter {
        id: job.id.clone(),
        to,
        subject: say(subject),
        text: say(body) + "\n",
        attachments: Vec::new(),
    })
}
