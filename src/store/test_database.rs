//! The databases that unit tests run over: each test over SQLite, and once more over PostgreSQL.

#[path = "../../tests/common/postgres.rs"]
mod postgres;

use super::{Place, Store};
use std::path::Path;

pub(crate) use postgres::with_postgresql;

/// Opens the register of this test: on its database, in this folder.
pub(crate) async fn open(folder: &Path) -> Store {
    let place = match postgres::url() {
        Some(url) => Place::Postgres { url, password: None },
        None => Place::File(folder.join("register.sqlite")),
    };
    let store = Store::open_at(folder, &place).await.unwrap();
    store.migrate().await.unwrap();
    store
}

/// Opens a register with the shape that it had after a migration.
pub(crate) async fn open_before(folder: &Path, version: i64) -> Store {
    let place = match postgres::url() {
        Some(url) => Place::Postgres { url, password: None },
        None => Place::File(folder.join("register.sqlite")),
    };
    let store = Store::open_at(folder, &place).await.unwrap();
    super::schema::migrate(&store.database, version).await.unwrap();
    store
}

/// Whether the test on this thread runs over PostgreSQL.
pub(crate) fn is_postgresql() -> bool {
    postgres::url().is_some()
}

/// Runs tests of a module once more over PostgreSQL. Each must open its register by [`open`].
macro_rules! also_over_postgresql {
    ($($test:ident),* $(,)?) => {
        mod over_postgresql {
            $(#[test] fn $test() { $crate::store::test_database::with_postgresql(super::$test); })*
        }
    };
}

pub(crate) use also_over_postgresql;
