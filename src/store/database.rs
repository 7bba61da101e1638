//! One database of two kinds, and one way to ask it.
//!
//! SQLite serves one machine without any upkeep, PostgreSQL several replicas. The SQL is one text for both: `$n`
//! for values, `BIGINT` for numbers and microseconds, `TEXT`, `BYTEA`. A [`Statement`] carries its text and values;
//! the kinds part only in the macros below, and where a transaction begins:
//!
//! - *Writers go one after another.* On SQLite `BEGIN IMMEDIATE` takes the one lock that there is. On PostgreSQL
//!   whoever writes first locks the one row of the table `writer`. The next number of the register and the hash
//!   of the last event have one reader at a time then, and as every later statement of a READ COMMITTED transaction
//!   sees what was committed before it, none fails for having read too early.
//! - *Readers see one moment.* A deferred transaction does that on SQLite, REPEATABLE READ on PostgreSQL.
//!
//! No type of the driver leaves this file but through [`Row`].

use super::error::{Result, StoreError};
use jiff::Timestamp;
use sqlx::{
    Connection as _, PgPool, Postgres, Row as _, SqlSafeStr, SqlStr, Sqlite, SqlitePool, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions, PgRow, PgSslMode},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous},
};
use std::{
    path::{Path, PathBuf},
    str::FromStr as _,
    time::Duration,
};

/// Connections that one process keeps.
const CONNECTIONS: u32 = 8;
/// How long a request waits for a connection, and with it for a database that is away.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a writer waits for the one before it.
const WRITER: Duration = Duration::from_secs(10);

/// Where the database is.
#[derive(Clone)]
pub enum Place {
    /// SQLite in a file, made if it is not there.
    File(PathBuf),
    /// PostgreSQL.
    Postgres {
        /// `postgresql://USER@HOST/NAME`, without a password.
        url: String,
        /// Sent only if the server asks for one.
        password: Option<zeroize::Zeroizing<String>>,
    },
}

/// An open database: a pool of connections.
#[derive(Clone)]
pub(super) enum Database {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// A transaction; rolled back unless committed.
pub(super) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// What a statement runs on.
pub(super) enum On<'a> {
    Database(&'a Database),
    Tx(&'a mut Tx),
}

impl<'a> From<&'a Database> for On<'a> {
    fn from(database: &'a Database) -> Self {
        Self::Database(database)
    }
}

impl<'a> From<&'a mut Tx> for On<'a> {
    fn from(tx: &'a mut Tx) -> Self {
        Self::Tx(tx)
    }
}

/// A value of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Number(i64),
    Octets(Vec<u8>),
    MaybeNumber(Option<i64>),
    MaybeText(Option<String>),
}

macro_rules! values {
    ($($from:ty => |$value:ident| $into:expr),* $(,)?) => {
        $(impl From<$from> for Value { fn from($value: $from) -> Self { $into } })*
    };
}

values! {
    String => |text| Self::Text(text),
    &String => |text| Self::Text(text.clone()),
    &str => |text| Self::Text(text.to_owned()),
    i64 => |number| Self::Number(number),
    Vec<u8> => |octets| Self::Octets(octets),
    &[u8; 32] => |octets| Self::Octets(octets.to_vec()),
    [u8; 32] => |octets| Self::Octets(octets.to_vec()),
    Timestamp => |time| Self::Number(time.as_microsecond()),
    Option<i64> => |number| Self::MaybeNumber(number),
    Option<String> => |text| Self::MaybeText(text),
}

/// A statement with its values.
pub(super) struct Statement {
    text: SqlStr,
    values: Vec<Value>,
}

/// Starts a statement; its values follow in order, as `$1`, `$2` and so on name them.
pub(super) fn sql(text: impl SqlSafeStr) -> Statement {
    Statement { text: text.into_sql_str(), values: Vec::new() }
}

/// The driver's query of a statement.
macro_rules! query {
    ($statement:expr, $driver:ty) => {{
        let mut query = sqlx::query::<$driver>($statement.text);
        for value in $statement.values {
            query = match value {
                Value::Text(text) => query.bind(text),
                Value::Number(number) => query.bind(number),
                Value::Octets(octets) => query.bind(octets),
                Value::MaybeNumber(number) => query.bind(number),
                Value::MaybeText(text) => query.bind(text),
            };
        }
        query
    }};
}

/// Runs a statement by one method of the driver's, and makes of its result what is asked.
macro_rules! run {
    ($statement:expr, $on:expr, $method:ident, $rows:ident, $row:ident => $result:expr) => {
        match $on {
            On::Database(Database::Sqlite(pool)) => {
                let ($rows, $row) = (query!($statement, Sqlite).$method(pool).await?, Row::Sqlite);
                $result
            }
            On::Tx(Tx::Sqlite(tx)) => {
                let ($rows, $row) = (query!($statement, Sqlite).$method(&mut **tx).await?, Row::Sqlite);
                $result
            }
            On::Database(Database::Postgres(pool)) => {
                let ($rows, $row) = (query!($statement, Postgres).$method(pool).await?, Row::Postgres);
                $result
            }
            On::Tx(Tx::Postgres(tx)) => {
                let ($rows, $row) = (query!($statement, Postgres).$method(&mut **tx).await?, Row::Postgres);
                $result
            }
        }
    };
}

impl Statement {
    pub(super) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// PostgreSQL has no U+0000 in text, so the register has none.
    fn has_nul(&self) -> bool {
        self.values.iter().any(|value| matches!(value, Value::Text(text) if text.contains('\0')))
    }

    /// Runs it and returns the count of rows that it changed.
    pub(super) async fn execute(self, on: impl Into<On<'_>>) -> Result<u64> {
        if self.has_nul() {
            return Err(StoreError::Row("text with U+0000".into()));
        }
        let on = on.into();
        run!(self, on, execute, done, _row => Ok(done.rows_affected()))
    }

    /// All rows. No row is found by a text with U+0000.
    pub(super) async fn all(self, on: impl Into<On<'_>>) -> Result<Vec<Row>> {
        if self.has_nul() {
            return Ok(Vec::new());
        }
        let on = on.into();
        run!(self, on, fetch_all, rows, row => Ok(rows.into_iter().map(row).collect()))
    }

    /// The first row, if any.
    pub(super) async fn optional(self, on: impl Into<On<'_>>) -> Result<Option<Row>> {
        Ok(self.all(on).await?.into_iter().next())
    }

    /// The first row; `NotFound` without one.
    pub(super) async fn one(self, on: impl Into<On<'_>>) -> Result<Row> {
        self.optional(on).await?.ok_or(StoreError::NotFound)
    }
}

/// A row of a result.
pub(super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// What a column can be read as, whichever the database.
pub(super) trait Field:
    for<'r> sqlx::Decode<'r, Sqlite>
    + sqlx::Type<Sqlite>
    + for<'r> sqlx::Decode<'r, Postgres>
    + sqlx::Type<Postgres>
{
}

impl Field for String {}
impl Field for i64 {}
impl Field for Vec<u8> {}
impl Field for Option<String> {}
impl Field for Option<i64> {}

impl Row {
    pub(super) fn get<T: Field>(&self, column: &str) -> Result<T> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    pub(super) fn text(&self, column: &str) -> Result<String> {
        self.get(column)
    }

    pub(super) fn number(&self, column: &str) -> Result<i64> {
        self.get(column)
    }

    /// A digest.
    pub(super) fn octets32(&self, column: &str) -> Result<[u8; 32]> {
        self.get::<Vec<u8>>(column)?.try_into().map_err(|_| StoreError::Row(column.into()))
    }

    /// A moment, kept as microseconds since 1970 in UTC.
    pub(super) fn time(&self, column: &str) -> Result<Timestamp> {
        Timestamp::from_microsecond(self.number(column)?).map_err(|_| StoreError::Row(column.into()))
    }
}

/// Whether a connection would leave the machine and nothing is said of TLS: then it is demanded, with the name of the
/// host.
fn may_be_read(url: &str, options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    let is_literal = |address: std::net::IpAddr| address.is_loopback();
    let is_here = options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host.trim_matches(['[', ']']).parse().is_ok_and(is_literal);
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let is_said = query.split('&').any(|one| one.starts_with("sslmode=") || one.starts_with("ssl-mode="));
    !is_here && !is_said
}

impl Database {
    pub(super) async fn open(place: &Place) -> Result<Self> {
        match place {
            Place::File(path) => Self::open_file(path).await,
            Place::Postgres { url, password } => {
                let options = PgConnectOptions::from_str(url)?;
                let options = if may_be_read(url, &options) {
                    options.ssl_mode(PgSslMode::VerifyFull)
                } else {
                    options
                };
                let mut options = options.application_name("qoltanba").options([
                    ("lock_timeout", format!("{}s", WRITER.as_secs())),
                    // A replica that hangs must not hold up the others for ever.
                    ("idle_in_transaction_session_timeout", "60s".to_owned()),
                ]);
                if let Some(password) = password {
                    options = options.password(password);
                }
                let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(CONNECT);
                Ok(Self::Postgres(pool.connect_with(options).await?))
            }
        }
    }

    async fn open_file(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(WRITER);
        let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS).after_release(|connection, _| {
            Box::pin(async move {
                // A full disk ends a transaction by itself. The driver's ROLLBACK fails then, and it would take
                // the connection for one with a transaction ever after.
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        });
        let pool = pool.connect_with(options).await?;
        Ok(Self::Sqlite(pool))
    }

    /// Begins a transaction that writes: the only one there is at the time.
    pub(super) async fn write(&self) -> Result<Tx> {
        match self {
            Self::Sqlite(pool) => Ok(Tx::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?)),
            Self::Postgres(pool) => {
                let begun = pool.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE").await?;
                let mut tx = Tx::Postgres(begun);
                sql("SELECT id FROM writer FOR UPDATE").one(&mut tx).await?;
                Ok(tx)
            }
        }
    }

    /// Begins a transaction whose statements all see the same moment.
    pub(super) async fn read(&self) -> Result<Tx> {
        Ok(match self {
            Self::Sqlite(pool) => Tx::Sqlite(pool.begin().await?),
            Self::Postgres(pool) => {
                Tx::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?)
            }
        })
    }

    /// Begins a transaction of the outbox, which waits for no writer.
    pub(super) async fn claim(&self) -> Result<Tx> {
        Ok(match self {
            Self::Sqlite(pool) => Tx::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => {
                Tx::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await?)
            }
        })
    }
}

impl Tx {
    pub(super) async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_elsewhere_is_asked_over_tls() {
        let demanded = |url: &str| may_be_read(url, &PgConnectOptions::from_str(url).unwrap());
        for url in ["postgresql://a@db.example.kz/r", "postgresql://a@10.0.0.4/r?application_name=x"] {
            assert!(demanded(url), "{url}");
        }
        for url in [
            "postgresql://a@localhost/r",
            "postgresql://a@127.0.0.1:5433/r",
            "postgresql://a@[::1]/r",
            "postgresql://a@localhost/r?host=/run/postgresql",
            "postgresql://a@db.example.kz/r?host=/run/postgresql",
            "postgresql://a@db.example.kz/r?sslmode=disable",
        ] {
            assert!(!demanded(url), "{url}");
        }
    }
}
