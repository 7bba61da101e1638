//! The register for others: as a table, as JSON, and as open data.
//!
//! A table and JSON are for the office: numbers, dates, states, steps. No document is in them, and nothing that the
//! applicant wrote but the category. Open data are for everybody and name no case: a number and the moment of filing
//! would tell whoever knows one of them all the rest, so there is only the day.

use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};

use super::step::stated_queue_number;
use crate::store::{Store, StoreError, StoredApplication};
use crate::validation::report::rfc3339;

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A line a case (RFC 4180).
    Csv,
    /// A line of JSON a case, with its steps.
    Json,
    /// A line a case, without anything that tells which (RFC 4180).
    OpenData,
}

/// Cases that are read at once.
const PAGE: u32 = 500;

/// Writes every case, in the order of numbers; open data in the order of days and categories.
///
/// # Errors
/// When the register cannot be read or the output not be written.
pub async fn export(store: &Store, format: Format, out: &mut (dyn Write + Send)) -> anyhow::Result<u64> {
    match format {
        Format::Csv => {
            writeln!(out, "number,category,status,filed_at,due_date,queue_number,queue_position\r")?
        }
        Format::OpenData => writeln!(out, "filed_on,category,status,queue_position\r")?,
        Format::Json => {}
    }
    let (mut after, mut count) = (String::new(), 0);
    let mut open_lines = Vec::new();
    loop {
        let cases = store.applications_after(&after, PAGE).await?;
        let Some(last) = cases.last() else { break };
        after.clone_from(&last.number);
        for case in &cases {
            count += 1;
            let position = store.queue_position(&case.number).await?;
            match format {
                Format::Csv => writeln!(out, "{}\r", csv(case, position))?,
                Format::Json => writeln!(out, "{}", json_of(store, case, position).await?)?,
                Format::OpenData => open_lines.push(open(case, position)?),
            }
        }
    }
    // In the order of numbers the lines would tell the numbers.
    open_lines.sort();
    for line in open_lines {
        writeln!(out, "{line}\r")?;
    }
    out.flush()?;
    Ok(count)
}

/// Publishes the open data of a month: a file in a folder, whole or not at all. What was published is replaced where the
/// job is done again.
///
/// # Errors
/// When the register cannot be read or the folder not be written.
pub(super) async fn publish(store: &Store, folder: &Path, month: &str) -> anyhow::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    export(store, Format::OpenData, &mut std::io::BufWriter::new(file.as_file_mut())).await?;
    file.as_file().sync_all()?;
    // Open data are for everybody.
    #[cfg(unix)]
    file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    file.persist(folder.join(format!("open-data-{month}.csv")))?;
    std::fs::File::open(folder)?.sync_all()?;
    Ok(())
}

fn maybe(number: Option<u64>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

/// No field has a comma, a quote or an end of line: they are numbers, dates and codes, and the office's code is
/// put between quotes if it has one of them.
fn csv(case: &StoredApplication, position: Option<u64>) -> String {
    let number = if case.number.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", case.number.replace('"', "\"\""))
    } else {
        case.number.clone()
    };
    format!(
        "{number},{},{},{},{},{},{}",
        case.category.code(),
        case.case.state.code(),
        rfc3339(case.filed),
        case.due,
        maybe(stated_queue_number(&case.case)),
        maybe(position)
    )
}

fn open(case: &StoredApplication, position: Option<u64>) -> anyhow::Result<String> {
    let day = crate::calendar::local_date(case.filed)?;
    let (category, state) = (case.category.code(), case.case.state.code());
    Ok(format!("{day},{category},{state},{}", maybe(position)))
}

async fn json_of(
    store: &Store,
    case: &StoredApplication,
    position: Option<u64>,
) -> Result<Value, StoreError> {
    let events = store.events(&case.number).await?;
    Ok(json!({
        "number": case.number,
        "category": case.category.code(),
        "status": case.case.state.code(),
        "filed_at": rfc3339(case.filed),
        "due_date": case.due.to_string(),
        "queue_number": stated_queue_number(&case.case),
        "queue_position": position,
        "steps": events.iter().map(|event| json!({
            "sequence": event.seq, "kind": event.kind, "at": rfc3339(event.at), "by": event.actor_role,
        })).collect::<Vec<_>>(),
    }))
}
