//! The names by which cases are found, where they were not known in the transaction that would have needed them: of
//! cases from before there were searches, and of a place that passed to another of the family. A job reads the name
//! from the signed application, verified once more.

use super::app::App;
use super::papers::PaperError;
use crate::store::{Job, Store};

/// Does the job. `false` if its lease was lost meanwhile.
///
/// # Errors
/// When the application cannot be read.
pub(super) async fn keep(app: &App, store: &Store, job: &Job) -> Result<bool, PaperError> {
    let persons = app.papers().persons(&job.application).await?;
    let mut holder = None;
    for person in &persons {
        if store.is_applicant(&job.application, &person.iin).await? {
            holder = Some(person.full_name());
            break;
        }
    }
    let named: Vec<String> = persons.iter().map(|person| person.full_name()).collect();
    Ok(store.finish_names(job, &named, holder.as_deref()).await?)
}
