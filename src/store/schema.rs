//! The shape of the database: one folder of migrations for both kinds, applied in order, never changed.
//!
//! A file `NNNN_name.sql` is for both, `NNNN_name.postgres.sql` for PostgreSQL alone. They differ in the triggers
//! that keep events as they are, and in the row that writers lock. The first migration was written when there was
//! SQLite only, and registers know its digest: its two triggers stay in it and are left out for PostgreSQL, whose
//! own come with the second. SQLite keeps a table `WITHOUT ROWID` in the index of its key; PostgreSQL has no such thing.
//! A line that begins as a remark for PostgreSQL ([`POSTGRES_LINE`]) is a statement there:
//! its text is ordered by the language of the database unless told to go by octets.

use super::database::Database;
use super::error::Result;
use sqlx::{
    AssertSqlSafe, SqlSafeStr as _,
    migrate::{Migration, Migrator},
};

static MIGRATIONS: Migrator = sqlx::migrate!("src/store/migrations");

/// How a line in which SQLite's triggers differ is told.
const SQLITE_TRIGGER: &str = "SELECT RAISE(";
/// What SQLite alone understands.
const SQLITE_TABLE: &str = " WITHOUT ROWID";
/// What stands before a line that is for PostgreSQL alone.
const POSTGRES_LINE: &str = "-- postgresql: ";

/// Brings the database to this version's shape. On PostgreSQL replicas that start together wait for the first,
/// which holds an advisory lock; on SQLite the caller holds a lock. Migrations after the one given wait.
pub(super) async fn migrate(database: &Database, last: i64) -> Result<()> {
    let wanted = |migration: &&Migration| migration.version <= last;
    match database {
        Database::Sqlite(pool) => {
            let own = |migration: &&Migration| !migration.description.ends_with(".postgres");
            let migrations = MIGRATIONS.iter().filter(wanted).filter(own).cloned().collect();
            Migrator::with_migrations(migrations).run(pool).await?;
        }
        Database::Postgres(pool) => {
            let migrations = MIGRATIONS.iter().filter(wanted).map(for_postgres).collect();
            Migrator::with_migrations(migrations).run(pool).await?;
        }
    }
    Ok(())
}

fn for_postgres(migration: &Migration) -> Migration {
    let text = migration.sql.as_str();
    if !text.contains(SQLITE_TRIGGER) && !text.contains(POSTGRES_LINE) {
        return migration.clone();
    }
    let text: String = text
        .split_inclusive('\n')
        .filter(|line| !line.contains(SQLITE_TRIGGER))
        .map(|line| line.strip_prefix(POSTGRES_LINE).unwrap_or(line))
        .map(|line| line.replace(SQLITE_TABLE, ""))
        .collect();
    // The text is this program's own.
    let text = AssertSqlSafe(text).into_sql_str();
    let (version, name) = (migration.version, migration.description.clone());
    Migration::new(version, name, migration.migration_type, text, migration.no_tx)
}
