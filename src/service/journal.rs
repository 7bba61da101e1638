//! The journal of accesses for whoever audits it at the command line: with the officials by IIN, which nobody sees over
//! HTTP.

use super::register;
use crate::config::Settings;
use crate::store::Access;

/// Rows that are read at once.
const PAGE: u32 = 1000;

/// Who looked at a case, the first one first; with `of_holder` at every case of whose case it is. An empty number is
/// for what is of no case: searches themselves, and questions to state databases before filing.
///
/// # Errors
/// When the register cannot be read.
pub async fn accesses(settings: &Settings, number: &str, of_holder: bool) -> anyhow::Result<Vec<Access>> {
    let store = register::open(settings).await?;
    let numbers = if of_holder { store.cases_of_holder(number).await? } else { vec![number.to_owned()] };
    let mut found = Vec::new();
    for number in numbers {
        let mut before = None;
        loop {
            let page = store.accesses(&number, before, PAGE).await?;
            let Some(last) = page.last() else { break };
            before = Some(last.seq);
            found.extend(page);
        }
    }
    found.sort_by_key(|row| row.seq);
    Ok(found)
}
