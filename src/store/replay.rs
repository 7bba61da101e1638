//! Whether cases stand where the log of events leads: each step that it tells of is a row of the table of steps, and
//! from row to row there are only so many states in which a case can be. Whoever changes a state in the database without an
//! event is found by this, as long as no event leads there.
//!
//! What an act says is not read here, so where a step has several outcomes all of them are followed.

use super::Store;
use super::application::case_of;
use super::database::{Tx, sql};
use super::error::{Result, StoreError};
use crate::housing::workflow::table::states_after;
use crate::housing::{State, Step};
use std::collections::BTreeMap;

/// Cases that are looked at at once.
const PAGE: i64 = 500;

impl Store {
    /// The first case whose state the log of events does not lead to.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verify_states(&self) -> Result<Option<String>> {
        first_unreached(&mut self.database.read().await?).await
    }
}

pub(super) async fn first_unreached(tx: &mut Tx) -> Result<Option<String>> {
    let mut after = String::new();
    loop {
        let rows = sql(
            "SELECT number, state, case_json FROM applications WHERE number > $1 ORDER BY number LIMIT $2",
        )
        .bind(&after)
        .bind(PAGE)
        .all(&mut *tx)
        .await?;
        let Some(last) = rows.last() else { return Ok(None) };
        let last = last.text("number")?;
        let mut steps = steps(tx, &after, &last).await?;
        for row in &rows {
            let (number, case) = (row.text("number")?, case_of(row)?);
            let mut states = vec![State::first(case.channel), State::AwaitingEvidence];
            for step in steps.remove(&number).unwrap_or_default() {
                states = states_after(&states, step, case.channel);
            }
            if row.text("state")? != case.state.code() || !states.contains(&case.state) {
                return Ok(Some(number));
            }
        }
        after = last;
    }
}

/// The steps that the log tells of, by case, in their order.
async fn steps(tx: &mut Tx, after: &str, last: &str) -> Result<BTreeMap<String, Vec<Step>>> {
    let rows = sql(
        "SELECT number, seq, body FROM events JOIN applications ON applications.number = events.application \
                    WHERE number > $1 AND number <= $2 ORDER BY seq",
    )
    .bind(after)
    .bind(last)
    .all(tx)
    .await?;
    let mut found = BTreeMap::<String, Vec<Step>>::new();
    for row in &rows {
        let bad = || StoreError::Row("an event's body".to_owned());
        let body: serde_json::Value = serde_json::from_str(&row.text("body")?).map_err(|_| bad())?;
        // What is no step moves no case.
        let Some(step) = body.get("step").and_then(serde_json::Value::as_str) else { continue };
        found.entry(row.text("number")?).or_default().push(Step::from_code(step).ok_or_else(bad)?);
    }
    Ok(found)
}
