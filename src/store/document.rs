//! Rows that name files.

use super::Store;
use super::database::{Row, Tx, sql};
use super::error::{Result, StoreError};
use super::record::{Document, NewDocument};

impl Store {
    /// Keeps a sealed document: its file first, then the row that names it.
    pub(super) async fn keep_sealed(
        &self,
        tx: &mut Tx,
        number: &str,
        kind: &'static str,
        bytes: &[u8],
    ) -> Result<Document> {
        let (sha256, size) = self.blobs.stage(bytes).await?.persist().await?;
        let new = NewDocument {
            kind,
            file_name: format!("{number}-{kind}.xml"),
            media_type: "application/xml".into(),
            size,
            sha256,
        };
        insert_document(tx, number, &new).await
    }

    /// The documents of a case, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn documents(&self, number: &str) -> Result<Vec<Document>> {
        let rows = sql("SELECT id, kind, file_name, media_type, size, sha256 FROM documents \
                        WHERE application = $1 ORDER BY id")
        .bind(number)
        .all(&self.database)
        .await?;
        rows.iter().map(document).collect()
    }
}

pub(super) fn document(row: &Row) -> Result<Document> {
    Ok(Document {
        id: row.text("id")?,
        kind: row.text("kind")?,
        file_name: row.text("file_name")?,
        media_type: row.text("media_type")?,
        size: row.number("size")?.unsigned_abs(),
        sha256: row.octets32("sha256")?,
    })
}

pub(super) async fn insert_document(tx: &mut Tx, number: &str, new: &NewDocument) -> Result<Document> {
    let id = uuid::Uuid::now_v7().to_string();
    let size =
        i64::try_from(new.size).map_err(|_| StoreError::TooLarge { limit: i64::MAX.unsigned_abs() })?;
    sql("INSERT INTO documents (id, application, kind, file_name, media_type, size, sha256) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)")
    .bind(&id)
    .bind(number)
    .bind(new.kind)
    .bind(&new.file_name)
    .bind(&new.media_type)
    .bind(size)
    .bind(new.sha256)
    .execute(tx)
    .await?;
    Ok(Document {
        id,
        kind: new.kind.into(),
        file_name: new.file_name.clone(),
        media_type: new.media_type.clone(),
        size: new.size,
        sha256: new.sha256,
    })
}
