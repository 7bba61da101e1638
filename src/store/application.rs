//! Registering an application, and finding it again.

use super::database::{Row, Tx, sql};
use super::document::insert_document;
use super::error::{Conflict, Result, StoreError};
use super::event::{append_event, settled};
use super::job::{EVIDENCE, STATE_DATA, owe, owe_mail};
use super::record::{MakeReceipt, NewApplication, Registered, StoredApplication};
use super::reminder::make_due;
use super::{Store, hex, key};
use crate::housing::{Case, Category, Language, State};
use jiff::{Timestamp, civil::Date};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// States in which a case is answered or withdrawn, as SQL has them: [`crate::housing::State::is_signed`], or refused for its
/// signature.
macro_rules! answered {
    () => {
        "('notice-signed', 'letter-signed', 'sent-to-centre', 'at-centre', 'unclaimed', 'issued', 'notified', \
         'withdrawn', 'refused')"
    };
}

pub(super) fn case_json(case: &Case) -> Result<String> {
    serde_json::to_string(case).map_err(|error| StoreError::Database(error.into()))
}

pub(super) fn case_of(row: &Row) -> Result<Case> {
    serde_json::from_str(&row.text("case_json")?).map_err(|_| StoreError::Row("case_json".into()))
}

impl Store {
    fn access_key(&self, number: &str, salt: &[u8]) -> String {
        hex(&self.key.mac("access", &[number.as_bytes(), &[0], salt].concat()))
    }

    /// Whether an application could be registered, so that what will be refused is not kept first. Whoever files at the
    /// same time is seen by [`Store::register_application`] alone.
    ///
    /// # Errors
    /// `Conflict` for what is registered already.
    pub async fn check_filing(
        &self,
        document_sha256: [u8; 32],
        iin: &str,
        category: Category,
        idempotency: Option<&(String, [u8; 32])>,
    ) -> Result<()> {
        let mut tx = self.database.read().await?;
        if let Some((key, digest)) = idempotency
            && idempotent_in(&mut tx, key, digest).await?.is_some()
        {
            return Ok(());
        }
        refuse_duplicate(&mut tx, document_sha256, &self.person(iin), category).await
    }

    /// Registers an application: number, case, documents, event and sealed receipt in one transaction.
    /// `receipt` gets the number and the moment of filing, and returns the sealed receipt. Other open cases and places of the same persons are
    /// put into the case as conflicts (decision "Duplicates").
    ///
    /// # Errors
    /// `Conflict` for what is registered already; nothing is registered then, nor with any other error, but for
    /// one: `Unavailable` where the connection was lost while the transaction was being committed. The same
    /// request with the same idempotency key tells.
    pub async fn register_application(
        &self,
        mut new: NewApplication,
        receipt: &MakeReceipt<'_>,
    ) -> Result<Registered> {
        let mut tx = self.database.write().await?;
        if let Some((key, digest)) = &new.idempotency
            && let Some(number) = idempotent_in(&mut tx, key, digest).await?
        {
            drop(tx);
            return self.registered(&number).await;
        }
        new.settle(settled(&mut tx, new.filed).await?)?;
        let person = self.person(&new.iin);
        refuse_duplicate(&mut tx, new.document_sha256, &person, new.category).await?;
        let persons: BTreeSet<[u8; 32]> =
            new.family.iter().map(|iin| self.person(iin)).chain([person]).collect();
        let others = others_of(&mut tx, &persons).await?;
        if let Some(body) = new.event.body.as_object_mut() {
            body.insert("conflicts".to_owned(), others.iter().cloned().collect());
        }
        new.case.conflicts = others.into_iter().collect();
        let number = next_number(&mut tx, &new.office, new.filed).await?;
        sql("INSERT INTO applications (number, state, case_json, category, language, person_key, filed_us, \
             due, document_sha256, centre) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)")
        .bind(&number)
        .bind(new.case.state.code())
        .bind(case_json(&new.case)?)
        .bind(new.category.code())
        .bind(new.language.code())
        .bind(person)
        .bind(new.filed)
        .bind(new.due.to_string())
        .bind(new.document_sha256)
        .bind(new.case.centre.clone())
        .execute(&mut tx)
        .await?;
        self.name_case(&mut tx, &number, new.filed, &new.name).await?;
        for person in &persons {
            sql("INSERT INTO persons (application, person_key) VALUES ($1, $2)")
                .bind(&number)
                .bind(person)
                .execute(&mut tx)
                .await?;
        }
        if let Some((iin, until)) = &new.representative {
            sql("INSERT INTO representatives (application, person_key, until) VALUES ($1, $2, $3)")
                .bind(&number)
                .bind(self.person(iin))
                .bind(until.to_string())
                .execute(&mut tx)
                .await?;
        }
        for one in &new.documents {
            insert_document(&mut tx, &number, one).await?;
        }
        let sealed = receipt(&number, new.filed).map_err(StoreError::Seal)?;
        let receipt = self.keep_sealed(&mut tx, &number, "receipt", &sealed).await?;
        append_event(&mut tx, new.filed, &number, &new.event).await?;
        make_due(&mut tx, &number, new.filed).await?;
        if let Some(email) = &new.contact {
            sql("INSERT INTO contacts (application, email) VALUES ($1, $2)")
                .bind(&number)
                .bind(email)
                .execute(&mut tx)
                .await?;
        }
        owe_mail(&mut tx, &number, "registered", new.filed).await?;
        for question in &new.questions {
            owe(&mut tx, STATE_DATA, &number, &serde_json::json!({ "question": question }), new.filed)
                .await?;
        }
        if new.case.state == State::AwaitingEvidence {
            owe(&mut tx, EVIDENCE, &number, &serde_json::json!({}), new.filed).await?;
        }
        let access_key = self.give_access(&mut tx, &number).await?;
        if let Some((key, digest)) = &new.idempotency {
            sql("INSERT INTO idempotency_keys (key, request_sha256, application) VALUES ($1, $2, $3)")
                .bind(key)
                .bind(digest)
                .bind(&number)
                .execute(&mut tx)
                .await?;
        }
        tx.commit().await?;
        Ok(Registered { number, access_key, receipt, due: new.due, repeated: false })
    }

    /// The answer given before to the registration of a number.
    ///
    /// # Errors
    /// `NotFound` for a number that was not given.
    pub async fn registered(&self, number: &str) -> Result<Registered> {
        let row = sql("SELECT salt, due FROM access_keys JOIN applications ON number = application \
                       WHERE application = $1");
        let row = row.bind(number).one(&self.database).await?;
        let access_key = self.access_key(number, &row.get::<Vec<u8>>("salt")?);
        let receipt = self.documents(number).await?.into_iter().find(|one| one.kind == "receipt");
        let receipt = receipt.ok_or(StoreError::NotFound)?;
        let due = row.text("due")?.parse().map_err(|_| StoreError::Row("due".into()))?;
        Ok(Registered { number: number.into(), access_key, receipt, due, repeated: true })
    }

    /// Makes the key that opens a case from now on; one from before opens it no more.
    pub(super) async fn give_access(&self, tx: &mut Tx, number: &str) -> Result<String> {
        forget_access(tx, number).await?;
        let salt = key::random()?;
        let access_key = self.access_key(number, &salt);
        sql("INSERT INTO access_keys (application, salt, sha256) VALUES ($1, $2, $3)")
            .bind(number)
            .bind(salt)
            .bind(Sha256::digest(access_key.as_bytes()).to_vec())
            .execute(tx)
            .await?;
        Ok(access_key)
    }

    /// Whether an application is this person's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_applicant(&self, number: &str, iin: &str) -> Result<bool> {
        let row = sql("SELECT number FROM applications WHERE number = $1 AND person_key = $2")
            .bind(number)
            .bind(self.person(iin))
            .optional(&self.database)
            .await?;
        Ok(row.is_some())
    }

    /// The last day on which a person may act for the applicant, if they were given that power.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn representation(&self, number: &str, iin: &str) -> Result<Option<Date>> {
        let row = sql("SELECT until FROM representatives WHERE application = $1 AND person_key = $2")
            .bind(number)
            .bind(self.person(iin))
            .optional(&self.database)
            .await?;
        let until = |row: super::database::Row| {
            row.text("until")?.parse().map_err(|_| StoreError::Row("until".into()))
        };
        row.map(until).transpose()
    }

    /// Whether a case is a person's own: they are named in its application, or act for the applicant.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_own_case(&self, number: &str, iin: &str) -> Result<bool> {
        Ok(self.is_named_in(number, iin).await? || self.representation(number, iin).await?.is_some())
    }

    /// Whether a person is named in an application: its applicant, or one of the family.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_named_in(&self, number: &str, iin: &str) -> Result<bool> {
        let row = sql("SELECT application FROM persons WHERE application = $1 AND person_key = $2")
            .bind(number)
            .bind(self.person(iin))
            .optional(&self.database)
            .await?;
        Ok(row.is_some())
    }

    /// Whether a bearer key opens an application. Only digests are compared.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn access_allowed(&self, number: &str, access_key: &str) -> Result<bool> {
        let row = sql("SELECT application FROM access_keys WHERE application = $1 AND sha256 = $2")
            .bind(number)
            .bind(Sha256::digest(access_key.as_bytes()).to_vec())
            .optional(&self.database)
            .await?;
        Ok(row.is_some())
    }

    /// A case by its number.
    ///
    /// # Errors
    /// `NotFound` for a number that was not given.
    pub async fn application(&self, number: &str) -> Result<StoredApplication> {
        let row = sql("SELECT number, case_json, category, language, filed_us, due FROM applications \
                       WHERE number = $1");
        stored(&row.bind(number).one(&self.database).await?)
    }

    /// So many cases after a number, in the order of numbers as text.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn applications_after(&self, number: &str, limit: u32) -> Result<Vec<StoredApplication>> {
        let rows = sql("SELECT number, case_json, category, language, filed_us, due FROM applications \
                        WHERE number > $1 ORDER BY number LIMIT $2")
        .bind(number)
        .bind(i64::from(limit))
        .all(&self.database)
        .await?;
        rows.iter().map(stored).collect()
    }
}

impl NewApplication {
    /// Files it at a later moment, with all that follows from it.
    fn settle(&mut self, at: Timestamp) -> Result<()> {
        if at == self.filed {
            return Ok(());
        }
        let term = self.case.limits.term(at).map_err(|_| StoreError::Row("filed".into()))?;
        (self.filed, self.due) = (at, term.due);
        // What a case has reached when it begins, it has reached by being filed.
        self.case.moments.values_mut().for_each(|moment| *moment = at);
        if let Some(due) = self.event.body.get_mut("due") {
            *due = self.due.to_string().into();
        }
        Ok(())
    }
}

pub(super) fn stored(row: &Row) -> Result<StoredApplication> {
    let bad = |column: &str| StoreError::Row(column.into());
    Ok(StoredApplication {
        number: row.text("number")?,
        case: case_of(row)?,
        category: Category::from_code(&row.text("category")?).ok_or_else(|| bad("category"))?,
        language: Language::from_code(&row.text("language")?).ok_or_else(|| bad("language"))?,
        filed: row.time("filed_us")?,
        due: row.text("due")?.parse().map_err(|_| bad("due"))?,
    })
}

async fn idempotent_in(tx: &mut Tx, key: &str, request_sha256: &[u8; 32]) -> Result<Option<String>> {
    let row = sql("SELECT request_sha256, application FROM idempotency_keys WHERE key = $1")
        .bind(key)
        .optional(tx)
        .await?;
    match row {
        None => Ok(None),
        Some(row) if row.octets32("request_sha256")? == *request_sha256 => Ok(Some(row.text("application")?)),
        Some(_) => Err(StoreError::Conflict(Conflict::IdempotencyKey)),
    }
}

/// Takes the key of a case away, also from whoever repeats the filing that it was the answer to.
pub(super) async fn forget_access(tx: &mut Tx, number: &str) -> Result<()> {
    for text in [
        "DELETE FROM access_keys WHERE application = $1",
        "DELETE FROM idempotency_keys WHERE application = $1",
    ] {
        sql(text).bind(number).execute(&mut *tx).await?;
    }
    Ok(())
}

async fn refuse_duplicate(
    tx: &mut Tx,
    document_sha256: [u8; 32],
    person: &[u8; 32],
    category: Category,
) -> Result<()> {
    let same = sql("SELECT number FROM applications WHERE document_sha256 = $1")
        .bind(document_sha256)
        .optional(&mut *tx)
        .await?;
    if same.is_some() {
        return Err(StoreError::Conflict(Conflict::SameDocument));
    }
    let open = sql(concat!(
        "SELECT number FROM applications WHERE person_key = $1 AND category = $2 AND state NOT IN ",
        answered!()
    ))
    .bind(person)
    .bind(category.code())
    .optional(tx)
    .await?;
    match open {
        Some(row) => Err(StoreError::Conflict(Conflict::OpenApplication(row.text("number")?))),
        None => Ok(()),
    }
}

/// Cases in which any of these persons is named and that are not answered yet or have a place in a list. Under the
/// writers' lock: whoever of a family comes second sees the first.
async fn others_of(tx: &mut Tx, persons: &BTreeSet<[u8; 32]>) -> Result<BTreeSet<String>> {
    let mut others = BTreeSet::new();
    for person in persons {
        let rows = sql(concat!(
            "SELECT number FROM applications JOIN persons ON persons.application = applications.number \
             WHERE persons.person_key = $1 AND (EXISTS (SELECT 1 FROM places \
             WHERE places.application = applications.number AND ended = 0) OR state NOT IN ",
            answered!(),
            ")"
        ))
        .bind(person)
        .all(&mut *tx)
        .await?;
        for row in &rows {
            others.insert(row.text("number")?);
        }
    }
    Ok(others)
}

/// Numbers have no gaps: the counter moves in the transaction that uses it.
pub(super) async fn next_number(tx: &mut Tx, office: &str, at: Timestamp) -> Result<String> {
    let local = crate::calendar::local_date(at).map_err(|_| StoreError::Row("filed".into()))?;
    let year = local.year();
    let last = sql("INSERT INTO counters (office, year, last) VALUES ($1, $2, 1) \
                    ON CONFLICT (office, year) DO UPDATE SET last = counters.last + 1 RETURNING last")
    .bind(office)
    .bind(i64::from(year))
    .one(tx)
    .await?
    .number("last")?;
    Ok(format!("{office}-{year}-{last:06}"))
}
