//! Appending steps to cases.

use super::Store;
use super::application::{case_json, case_of};
use super::database::{Tx, sql};
use super::document::insert_document;
use super::error::{Conflict, Result, StoreError};
use super::event::append_event;
use super::job::owe_mail;
use super::queue::position_in;
use super::record::{Document, NewStep, QueueChange};
use crate::housing::Case;

impl Store {
    /// Appends one step.
    ///
    /// # Errors
    /// As [`Store::append_steps`].
    pub async fn append_step(&self, step: NewStep<'_>) -> Result<(Case, Option<Document>)> {
        let mut tx = self.database.write().await?;
        let taken = self.append_in(&mut tx, step).await?;
        tx.commit().await?;
        Ok(taken)
    }

    /// Appends steps of different cases, if each case still stands where its step was decided: all of them or none.
    /// Returns each case with its outcome, and the sealed document if the step makes one.
    ///
    /// # Errors
    /// `Conflict` when a case moved; nothing happened then, nor with any other error, but for a connection that
    /// was lost while the transaction was being committed.
    pub async fn append_steps(&self, steps: Vec<NewStep<'_>>) -> Result<Vec<(Case, Option<Document>)>> {
        let mut tx = self.database.write().await?;
        let mut taken = Vec::with_capacity(steps.len());
        for step in steps {
            taken.push(self.append_in(&mut tx, step).await?);
        }
        tx.commit().await?;
        Ok(taken)
    }

    async fn append_in(&self, tx: &mut Tx, step: NewStep<'_>) -> Result<(Case, Option<Document>)> {
        let row = sql("SELECT case_json, category, filed_us FROM applications WHERE number = $1")
            .bind(step.number)
            .one(&mut *tx)
            .await?;
        // Not the state alone: a vote or a complaint leaves that as it is, and none may be lost.
        if case_of(&row)? != *step.expected {
            return Err(StoreError::Conflict(Conflict::StateChanged));
        }
        let mut case = step.case;
        if step.queue == QueueChange::Enter {
            let category = row.text("category")?;
            let filed = row.number("filed_us")?;
            sql("INSERT INTO queue_entries (application, category, filed_us, registered_us) \
                 VALUES ($1, $2, $3, $4)")
            .bind(step.number)
            .bind(&category)
            .bind(filed)
            .bind(step.at)
            .execute(&mut *tx)
            .await?;
            let queue_number = position_in(tx, &category, filed, step.number).await?;
            case.outcome = Some(crate::housing::Outcome::Registered { queue_number });
        }
        let place = |statement: &'static str| sql(statement).bind(step.number);
        match &step.queue {
            QueueChange::Unchanged | QueueChange::Enter => {}
            QueueChange::Leave => {
                place("UPDATE queue_entries SET left_us = $2 WHERE application = $1")
                    .bind(step.at)
                    .execute(&mut *tx)
                    .await?;
            }
            QueueChange::Restore => {
                place("UPDATE queue_entries SET left_us = 0 WHERE application = $1")
                    .execute(&mut *tx)
                    .await?;
            }
            QueueChange::Transfer(holder) => {
                sql("UPDATE applications SET person_key = $2 WHERE number = $1")
                    .bind(step.number)
                    .bind(self.key.mac("person", holder.as_bytes()))
                    .execute(&mut *tx)
                    .await?;
                // The address was the other's.
                place("DELETE FROM contacts WHERE application = $1").execute(&mut *tx).await?;
            }
            QueueChange::Move(category) => {
                sql("UPDATE applications SET category = $2 WHERE number = $1")
                    .bind(step.number)
                    .bind(category.code())
                    .execute(&mut *tx)
                    .await?;
                place("UPDATE queue_entries SET category = $2 WHERE application = $1")
                    .bind(category.code())
                    .execute(&mut *tx)
                    .await?;
            }
        }
        sql("UPDATE applications SET state = $1, case_json = $2 WHERE number = $3")
            .bind(case.state.code())
            .bind(case_json(&case)?)
            .bind(step.number)
            .execute(&mut *tx)
            .await?;
        for one in &step.documents {
            insert_document(tx, step.number, one).await?;
        }
        let mut notice = None;
        if let Some((kind, make)) = step.sealed {
            let sealed = make(&case).map_err(StoreError::Seal)?;
            notice = Some(self.keep_sealed(tx, step.number, kind, &sealed).await?);
            owe_mail(tx, step.number, "notice", step.at).await?;
        }
        for event in &step.events {
            append_event(tx, step.at, step.number, event).await?;
        }
        Ok((case, notice))
    }
}
