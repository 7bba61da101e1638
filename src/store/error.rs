//! What can go wrong in the store, and which of it passes by itself.

use crate::bucket::BucketError;
use sqlx::postgres::PgDatabaseError;

/// What went wrong in the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    #[error("conflict: {0:?}")]
    Conflict(Conflict),
    #[error("not found")]
    NotFound,
    #[error("more than {limit} octets")]
    TooLarge { limit: u64 },
    #[error("the file {0} is not there or does not match its digest")]
    Damaged(String),
    #[error("damaged row: {0}")]
    Row(String),
    #[error("the document could not be sealed")]
    Seal(#[source] anyhow::Error),
    /// The index key in the data folder is not the one that this database was filled with.
    #[error(
        "index.key in the data folder is not the key of this database: all replicas need the same folder"
    )]
    IndexKey,
    /// A register that has cases in it is not filled from a backup.
    #[error("there are cases or bookings in this register already")]
    Filled,
    /// The database or the bucket is away or too busy: the same request may succeed in a while.
    #[error("the database or the bucket is away or too busy")]
    Unavailable(#[source] anyhow::Error),
    /// There is no room to write: the same request succeeds once there is.
    #[error("no room to write")]
    Full(#[source] anyhow::Error),
    #[error("file")]
    File(#[source] std::io::Error),
    #[error("database")]
    Database(#[source] anyhow::Error),
}

/// Why a change does not fit what is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// The same signed document was filed before.
    SameDocument,
    /// The person has an open application in the category (decision "Duplicates"): its number.
    OpenApplication(String),
    /// The case moved between reading and writing.
    StateChanged,
    /// The person to whom a place is to pass, or who comes into a list, has a place there.
    PlaceTaken,
    /// The dwelling is offered to somebody else, who has time to answer or has agreed, or it was granted.
    DwellingTaken,
    /// The person has agreed to a dwelling, or was granted one, in another case.
    PersonHoused,
    /// An inventory of that year was begun.
    InventoryBegun,
    /// No place is left in the slots that were asked for.
    SlotTaken,
    /// The person has a booking that is still open.
    BookingOpen,
    /// The person made as many bookings today as one may.
    BookingsOfDay,
    /// The ticket is called or over already, or was not called yet.
    TicketMoved,
    /// This signed search was answered before.
    SearchAnswered,
    /// The idempotency key was used with another request.
    IdempotencyKey,
}

pub(super) type Result<T> = std::result::Result<T, StoreError>;

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        let is_full = matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge);
        if is_full { Self::Full(error.into()) } else { Self::File(error) }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if is_full(&error) {
            return Self::Full(error.into());
        }
        if passes(&error) { Self::Unavailable(error.into()) } else { Self::Database(error.into()) }
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::Execute(error) => error.into(),
            other => Self::Database(other.into()),
        }
    }
}

/// Whether there is no room to write (PostgreSQL: `disk_full`; SQLite: FULL, and IOERR_WRITE, which it says for every
/// reason but an empty disk, a limit of the process or a quota among them).
fn is_full(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(said) = error else { return false };
    let code = said.code().unwrap_or_default();
    if said.try_downcast_ref::<PgDatabaseError>().is_some() {
        return code == "53100";
    }
    code.parse::<i32>().is_ok_and(|code| code & 0xff == 13 || code == 778)
}

/// Whether an error is one of the moment and not of the request: no connection, a lock that was not had in time, a
/// server that is starting, ending, out of resources or only a standby (PostgreSQL, appendix A; SQLite, result
/// codes BUSY and LOCKED).
fn passes(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(said) = error else {
        return matches!(
            error,
            sqlx::Error::Io(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed
                | sqlx::Error::BeginFailed
        );
    };
    let code = said.code().unwrap_or_default();
    if said.try_downcast_ref::<PgDatabaseError>().is_some() {
        let classes = ["08", "40", "53", "57"];
        return classes.iter().any(|class| code.starts_with(class)) || ["55P03", "25006"].contains(&&*code);
    }
    // An extended code has the plain one in its last octet.
    code.parse::<i32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6))
}

impl From<BucketError> for StoreError {
    fn from(error: BucketError) -> Self {
        match error {
            BucketError::File(error) => error.into(),
            BucketError::Away(_) => Self::Unavailable(error.into()),
        }
    }
}
