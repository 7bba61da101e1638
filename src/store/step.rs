//! Appending steps to cases.

use super::Store;
use super::application::{case_json, case_of, forget_access};
use super::database::{Tx, sql};
use super::document::insert_document;
use super::error::{Conflict, Result, StoreError};
use super::event::{append_event, next_sequence, settled};
use super::inventory::keep_finding;
use super::job::{Job, STATE_DATA, end_job, owe, owe_mail};
use super::offer::keep_offers;
use super::place::{MEMBER, SIGNED, listing, move_place};
use super::queue::position_in;
use super::record::{NewStep, QueueChange, Taken};
use super::reminder::make_due;
use super::search::NAMES;
use crate::housing::queue::Told;
use crate::housing::{Case, Category, Step};

impl Store {
    /// Appends one step.
    ///
    /// # Errors
    /// As [`Store::append_steps`].
    pub async fn append_step(&self, step: NewStep<'_>) -> Result<Taken> {
        let mut tx = self.database.write().await?;
        let taken = self.append_in(&mut tx, step).await?;
        tx.commit().await?;
        Ok(taken)
    }

    /// Appends steps of different cases, if each case still stands where its step was decided: all of them or none.
    ///
    /// # Errors
    /// `Conflict` when a case moved; nothing happened then, nor with any other error, but for a connection that
    /// was lost while the transaction was being committed.
    pub async fn append_steps(&self, steps: Vec<NewStep<'_>>) -> Result<Vec<Taken>> {
        let mut tx = self.database.write().await?;
        let mut taken = Vec::with_capacity(steps.len());
        for step in steps {
            taken.push(self.append_in(&mut tx, step).await?);
        }
        tx.commit().await?;
        Ok(taken)
    }

    /// The job is done by a step of its case, which may raise questions to state databases: all or nothing. `false` if
    /// the lease was lost meanwhile; nothing happened then.
    ///
    /// # Errors
    /// As [`Store::append_step`].
    pub async fn finish_job_by_step(
        &self,
        job: &Job,
        step: NewStep<'_>,
        questions: &[String],
    ) -> Result<bool> {
        let mut tx = self.database.write().await?;
        if !end_job(&mut tx, job).await? {
            return Ok(false);
        }
        let at = step.at;
        self.append_in(&mut tx, step).await?;
        for question in questions {
            let payload = serde_json::json!({ "question": question });
            owe(&mut tx, STATE_DATA, &job.application, &payload, at).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn append_in(&self, tx: &mut Tx, step: NewStep<'_>) -> Result<Taken> {
        let row = sql("SELECT case_json, category, person_key, filed_us FROM applications WHERE number = $1")
            .bind(step.number)
            .one(&mut *tx)
            .await?;
        // Not the state alone: a vote or a complaint leaves that as it is, and none may be lost.
        if case_of(&row)? != *step.expected {
            return Err(StoreError::Conflict(Conflict::StateChanged));
        }
        let at = settled(tx, step.at).await?;
        let mut case = step.case;
        let mut events = step.events;
        let category = Category::from_code(&row.text("category")?);
        let category = category.ok_or_else(|| StoreError::Row("category".into()))?;
        let holder = match &step.queue {
            QueueChange::Transfer(holder) => self.person(holder),
            _ => row.octets32("person_key")?,
        };
        let listing = listing(&step.queue, category, holder);
        if let Some(listing) = &listing {
            let filed = row.time("filed_us")?;
            let told = Told { listing, at, sequence: next_sequence(tx).await? };
            move_place(tx, step.number, filed, told).await?;
        }
        if let Some(event) = events.first_mut()
            && (listing.is_some() || event.kind == SIGNED)
            && let Some(body) = event.body.as_object_mut()
        {
            let told = serde_json::to_value(&listing).map_err(|error| StoreError::Database(error.into()))?;
            body.insert(MEMBER.to_owned(), told);
        }
        if step.queue == QueueChange::Enter {
            let key = (row.number("filed_us")?, step.number);
            let queue_number = position_in(tx, category.code(), key).await?;
            case.outcome = Some(crate::housing::Outcome::Registered { queue_number });
        }
        match &step.queue {
            QueueChange::Transfer(_) => {
                sql("UPDATE applications SET person_key = $2 WHERE number = $1")
                    .bind(step.number)
                    .bind(holder)
                    .execute(&mut *tx)
                    .await?;
                // The address, the representative and the key were the other's.
                for text in [
                    "DELETE FROM contacts WHERE application = $1",
                    "DELETE FROM representatives WHERE application = $1",
                ] {
                    sql(text).bind(step.number).execute(&mut *tx).await?;
                }
                forget_access(tx, step.number).await?;
                owe(tx, NAMES, step.number, &serde_json::json!({}), at).await?;
            }
            QueueChange::Move(category) => {
                sql("UPDATE applications SET category = $2 WHERE number = $1")
                    .bind(step.number)
                    .bind(category.code())
                    .execute(&mut *tx)
                    .await?;
            }
            _ => {}
        }
        sql("UPDATE applications SET state = $1, case_json = $2 WHERE number = $3")
            .bind(case.state.code())
            .bind(case_json(&case)?)
            .bind(step.number)
            .execute(&mut *tx)
            .await?;
        if let Some(found) = step.finding {
            keep_finding(tx, step.number, found).await?;
        }
        for one in &step.documents {
            insert_document(tx, step.number, one).await?;
        }
        let offers = (step.expected.offers.as_slice(), case.offers.as_slice());
        keep_offers(tx, step.number, offers, step.answer_until, at).await?;
        if ended(&case) > ended(step.expected) {
            owe_mail(tx, step.number, "offer-ended", at).await?;
        }
        let mut kept = None;
        if let Some((kind, make)) = step.sealed {
            let sealed = make(&case).map_err(StoreError::Seal)?;
            kept = Some(self.keep_sealed(tx, step.number, kind, &sealed).await?);
            owe_mail(tx, step.number, kind, at).await?;
        }
        let is_request = events.iter().any(|event| event.kind == Step::RequestAccess.code());
        let access_key = if is_request { Some(self.give_access(tx, step.number).await?) } else { None };
        if is_request {
            owe_mail(tx, step.number, "new-key", at).await?;
        }
        for event in &events {
            append_event(tx, at, step.number, event).await?;
        }
        make_due(tx, step.number, at).await?;
        Ok(Taken { case, sealed: kept, access_key })
    }
}

/// How many offers were taken back, or ended with a change of the place.
fn ended(case: &Case) -> usize {
    case.offers.iter().filter(|offer| offer.ended.is_some()).count()
}
