//! The clocks of all cases: how many limits were kept, by whom and which, and who is late now.

use jiff::Timestamp;

use crate::housing::clock::{self, Counting};
use crate::store::{Store, StoredApplication};

pub use crate::housing::clock::{Figures, Late, Owner, Statistics};

/// Cases that are read at once.
const PAGE: u32 = 500;

/// A limit that is over and not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overdue {
    pub number: String,
    pub what: clock::LimitName,
    pub owner: clock::Owner,
    pub due: Timestamp,
    pub reading: clock::Reading,
}

/// Counts the limits of all cases as of a moment, and hands over each that is late then.
///
/// # Errors
/// When the register cannot be read.
pub async fn count(
    store: &Store,
    now: Timestamp,
    late: &mut (dyn FnMut(Overdue) + Send),
) -> anyhow::Result<Statistics> {
    let (mut counting, mut after) = (Counting::default(), String::new());
    loop {
        let cases = store.applications_after(&after, PAGE).await?;
        let Some(last) = cases.last() else { return Ok(counting.finish()) };
        after.clone_from(&last.number);
        for StoredApplication { number, case, .. } in &cases {
            for clock in case.clocks()? {
                let reading = counting.add(&clock, now)?;
                if reading.late.is_some() && clock.done.is_none_or(|done| now < done) {
                    let clock::Limit { what, owner, due, .. } = clock.limit;
                    late(Overdue { number: number.clone(), what, owner, due: due.at, reading });
                }
            }
        }
    }
}
