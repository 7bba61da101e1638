//! The whole database as lines of JSON, out of one moment of it and into an empty one.
//!
//! The form is neither database's own, so what was written out of SQLite can be read into PostgreSQL and the other way
//! round. A table is a file with one object a line; octets are hexadecimal. What a row means is not looked at here.

use super::Store;
use super::access::first_broken_access;
use super::database::{Row, Tx, Value, sql};
use super::error::{Result, StoreError};
use super::event::first_broken;
use super::hex;
use super::past::recount_past_in;
use super::place::first_unfounded;
use super::queue::recount_in;
use super::reminder::OWE_ALL as LOOK_AT_ALL;
use super::replay::first_unreached;
use super::search::OWE_ALL;
use serde_json::{Map, Value as Json};
use sqlx::AssertSqlSafe;
use std::io::{BufRead, Write};

/// Rows that are read at once.
const PAGE: usize = 500;

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    Octets,
    MaybeText,
}

use Kind::{MaybeText, Number, Octets, Text};

/// A table and its columns, of which the first are the key.
struct Table {
    name: &'static str,
    /// Columns that order the rows and tell them apart.
    key: usize,
    columns: &'static [(&'static str, Kind)],
}

/// All tables but those of the migrations and what is counted anew (`place_blocks`, `place_changes`), each after those that it refers to.
const TABLES: [Table; 21] = [
    Table {
        name: "applications",
        key: 1,
        columns: &[
            ("number", Text),
            ("state", Text),
            ("case_json", Text),
            ("category", Text),
            ("language", Text),
            ("person_key", Octets),
            ("filed_us", Number),
            ("due", Text),
            ("document_sha256", Octets),
            ("centre", MaybeText),
        ],
    },
    Table {
        name: "documents",
        key: 1,
        columns: &[
            ("id", Text),
            ("application", Text),
            ("kind", Text),
            ("file_name", Text),
            ("media_type", Text),
            ("size", Number),
            ("sha256", Octets),
        ],
    },
    Table {
        name: "events",
        key: 1,
        columns: &[
            ("seq", Number),
            ("at_us", Number),
            ("application", Text),
            ("kind", Text),
            ("actor_role", Text),
            ("actor_certificate", Octets),
            ("body", Text),
            ("prev_hash", Octets),
            ("hash", Octets),
        ],
    },
    Table { name: "counters", key: 2, columns: &[("office", Text), ("year", Number), ("last", Number)] },
    Table {
        name: "places",
        key: 2,
        columns: &[
            ("application", Text),
            ("began", Number),
            ("category", Text),
            ("holder", Octets),
            ("filed_us", Number),
            ("entered_us", Number),
            ("left_us", Number),
            ("ended", Number),
        ],
    },
    Table { name: "persons", key: 2, columns: &[("application", Text), ("person_key", Octets)] },
    Table {
        name: "names",
        key: 3,
        columns: &[("beginning", Number), ("filed_us", Number), ("application", Text)],
    },
    Table {
        name: "accesses",
        key: 1,
        columns: &[
            ("seq", Number),
            ("at_us", Number),
            ("application", Text),
            ("what", Text),
            ("detail", Text),
            ("official", Text),
            ("role", Text),
            ("centre", Text),
            ("certificate", Octets),
            ("signing", Octets),
            ("why", Text),
            ("prev_hash", Octets),
            ("hash", Octets),
        ],
    },
    Table {
        name: "inventories",
        key: 1,
        columns: &[
            ("year", Number),
            ("began_us", Number),
            ("actor_role", Text),
            ("actor_certificate", Octets),
            ("act", Octets),
        ],
    },
    Table {
        name: "inventory_findings",
        key: 2,
        columns: &[("year", Number), ("application", Text), ("finding", Text)],
    },
    Table {
        name: "idempotency_keys",
        key: 1,
        columns: &[("key", Text), ("request_sha256", Octets), ("application", Text)],
    },
    Table {
        name: "access_keys",
        key: 1,
        columns: &[("application", Text), ("salt", Octets), ("sha256", Octets)],
    },
    Table {
        name: "offers",
        key: 2,
        columns: &[
            ("application", Text),
            ("ordinal", Number),
            ("cadastral_number", Text),
            ("standing", Text),
            ("until_us", Number),
        ],
    },
    Table { name: "contacts", key: 1, columns: &[("application", Text), ("email", Text)] },
    Table {
        name: "jobs",
        key: 1,
        columns: &[
            ("id", Text),
            ("kind", Text),
            ("application", MaybeText),
            ("payload", Text),
            ("state", Text),
            ("not_before_us", Number),
            ("attempts", Number),
            ("lease", MaybeText),
            ("lease_until_us", Number),
            ("last_error", MaybeText),
        ],
    },
    Table {
        name: "refusals",
        key: 1,
        columns: &[
            ("id", Text),
            ("number", Text),
            ("centre", Text),
            ("act_sha256", Octets),
            ("receipt_sha256", Octets),
        ],
    },
    Table {
        name: "bookings",
        key: 1,
        columns: &[
            ("id", Text),
            ("centre", Text),
            ("day", Text),
            ("kind", Text),
            ("number", Number),
            ("slot_us", Number),
            ("place", Number),
            ("state", Text),
            ("made_us", Number),
            ("arrived_us", Number),
            ("called_us", Number),
            ("desk", Number),
            ("ended_us", Number),
        ],
    },
    Table {
        name: "booking_holders",
        key: 1,
        columns: &[
            ("booking", Text),
            ("person_key", Octets),
            ("key_sha256", Octets),
            ("slot_us", Number),
            ("made_us", Number),
            ("is_open", Number),
        ],
    },
    Table {
        name: "representatives",
        key: 1,
        columns: &[("application", Text), ("person_key", Octets), ("until", Text)],
    },
    Table {
        name: "reminders",
        key: 1,
        columns: &[("application", Text), ("at_us", Number), ("told_us", Number)],
    },
    Table { name: "marks", key: 1, columns: &[("name", Text), ("value", Octets)] },
];

/// One moment of the database.
pub struct Snapshot(Tx);

/// A database that is being filled; nothing of it is there before [`Filling::finish`].
pub struct Filling {
    tx: Tx,
    mark: [u8; 32],
}

/// The names of the tables in the order in which they must be read in.
pub fn tables() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|table| table.name)
}

fn table(name: &str) -> Result<&'static Table> {
    TABLES.iter().find(|table| table.name == name).ok_or_else(|| StoreError::Row(name.into()))
}

impl Store {
    /// Holds a moment of the database.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        let mut tx = self.database.read().await?;
        // On both databases the moment is that of the first statement.
        sql("SELECT count(*) FROM counters").one(&mut tx).await?;
        Ok(Snapshot(tx))
    }

    /// Starts to fill the database.
    ///
    /// # Errors
    /// `Filled` if a case was ever registered in it, or a slot booked.
    pub async fn fill(&self) -> Result<Filling> {
        let mut tx = self.database.write().await?;
        for counted in ["applications", "events", "counters", "bookings", "accesses"] {
            let row =
                sql(AssertSqlSafe(format!("SELECT count(*) AS rows FROM {counted}"))).one(&mut tx).await?;
            if row.number("rows")? > 0 {
                return Err(StoreError::Filled);
            }
        }
        sql("DELETE FROM marks").execute(&mut tx).await?;
        Ok(Filling { tx, mark: self.mark() })
    }
}

impl Snapshot {
    /// Writes a table's rows, in the order of its key. Returns their count.
    ///
    /// # Errors
    /// When the database or the file fails.
    pub async fn write(&mut self, name: &str, out: &mut (dyn Write + Send)) -> Result<u64> {
        let table = table(name)?;
        let (columns, key) = (table.names(table.columns.len()), table.names(table.key));
        let mut written = 0_u64;
        let mut last: Vec<Value> = Vec::new();
        loop {
            let after = if last.is_empty() {
                String::new()
            } else {
                format!("WHERE ({key}) > ({})", places(table.key))
            };
            let text = format!("SELECT {columns} FROM {name} {after} ORDER BY {key} LIMIT {PAGE}");
            let mut statement = sql(AssertSqlSafe(text));
            for value in last {
                statement = statement.bind(value);
            }
            let rows = statement.all(&mut self.0).await?;
            for row in &rows {
                let line = Json::Object(table.json(row)?).to_string();
                writeln!(out, "{line}")?;
                written += 1;
            }
            last = match rows.last() {
                Some(row) if rows.len() == PAGE => table.values_of(row)?,
                _ => return Ok(written),
            };
        }
    }
}

impl Filling {
    /// Reads a table's rows in. Returns their count.
    ///
    /// # Errors
    /// When a row is not of this table, or the database or the file fails.
    pub async fn read(&mut self, name: &str, lines: &mut (dyn BufRead + Send)) -> Result<u64> {
        let table = table(name)?;
        let count = table.columns.len();
        let text = format!("INSERT INTO {name} ({}) VALUES ({})", table.names(count), places(count));
        let mut read = 0_u64;
        let mut line = String::new();
        while lines.read_line(&mut line)? > 0 {
            let row: Map<String, Json> =
                serde_json::from_str(&line).map_err(|_| StoreError::Row(name.into()))?;
            let mut statement = sql(AssertSqlSafe(text.clone()));
            for (column, kind) in table.columns {
                let value = kind.of_json(row.get(*column).unwrap_or(&Json::Null));
                statement = statement.bind(value.ok_or_else(|| StoreError::Row(format!("{name}.{column}")))?);
            }
            statement.execute(&mut self.tx).await?;
            read += 1;
            line.clear();
        }
        Ok(read)
    }

    /// Ends it, if the chain of events is whole, all places in the lists follow from it, and the index key is the one
    /// that the rows were made with.
    ///
    /// # Errors
    /// Nothing was read in then.
    pub async fn finish(mut self) -> Result<()> {
        if let Some(broken) = first_broken(&mut self.tx).await? {
            return Err(StoreError::Row(format!("event {broken}: the chain of events is broken")));
        }
        if let Some(broken) = first_broken_access(&mut self.tx).await? {
            return Err(StoreError::Row(format!("access {broken}: the chain of the journal is broken")));
        }
        // A backup from before has no names to find cases by.
        if sql("SELECT application FROM names LIMIT 1").optional(&mut self.tx).await?.is_none() {
            sql("DELETE FROM jobs WHERE kind = 'names'").execute(&mut self.tx).await?;
            sql(OWE_ALL).execute(&mut self.tx).await?;
        }
        // Nor when clocks are to be looked at.
        if sql("SELECT application FROM reminders LIMIT 1").optional(&mut self.tx).await?.is_none() {
            sql(LOOK_AT_ALL).execute(&mut self.tx).await?;
        }
        if let Some(number) = first_unreached(&mut self.tx).await? {
            return Err(StoreError::Row(format!(
                "the state of {number} does not follow from the log of events"
            )));
        }
        recount_in(&mut self.tx).await?;
        recount_past_in(&mut self.tx).await?;
        if let Some(what) = first_unfounded(&mut self.tx).await? {
            return Err(StoreError::Row(what));
        }
        let kept = sql("SELECT value FROM marks WHERE name = 'index-key'").one(&mut self.tx).await?;
        if kept.octets32("value")? != self.mark {
            return Err(StoreError::IndexKey);
        }
        self.tx.commit().await
    }
}

fn places(count: usize) -> String {
    (1..=count).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
}

impl Table {
    fn names(&self, count: usize) -> String {
        self.columns.iter().take(count).map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    fn json(&self, row: &Row) -> Result<Map<String, Json>> {
        let field = |(name, kind): &(&'static str, Kind)| Ok(((*name).to_owned(), kind.json(row, name)?));
        self.columns.iter().map(field).collect()
    }

    /// The values of the key.
    fn values_of(&self, row: &Row) -> Result<Vec<Value>> {
        let value = |(name, kind): &(&'static str, Kind)| {
            Ok(match kind {
                Number => Value::Number(row.number(name)?),
                Octets => Value::Octets(row.get(name)?),
                Text | MaybeText => Value::Text(row.text(name)?),
            })
        };
        self.columns.iter().take(self.key).map(value).collect()
    }
}

impl Kind {
    fn json(self, row: &Row, column: &str) -> Result<Json> {
        Ok(match self {
            Text => row.text(column)?.into(),
            Number => row.number(column)?.into(),
            Octets => hex(&row.get::<Vec<u8>>(column)?).into(),
            MaybeText => row.get::<Option<String>>(column)?.into(),
        })
    }

    fn of_json(self, value: &Json) -> Option<Value> {
        Some(match (self, value) {
            (Text, Json::String(text)) => Value::Text(text.clone()),
            (Number, Json::Number(number)) => Value::Number(number.as_i64()?),
            (Octets, Json::String(text)) => Value::Octets(of_hex(text)?),
            (MaybeText, Json::String(text)) => Value::MaybeText(Some(text.clone())),
            (MaybeText, Json::Null) => Value::MaybeText(None),
            _ => return None,
        })
    }
}

/// The octets of hexadecimal text.
pub fn of_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|value| u8::try_from(value).ok())).collect();
    let (pairs, rest) = digits.as_ref()?.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// Every column of every table.
#[cfg(test)]
pub(super) fn columns() -> impl Iterator<Item = (String, String)> {
    let of = |table: &'static Table| {
        table.columns.iter().map(|(column, _)| (table.name.to_owned(), (*column).to_owned()))
    };
    TABLES.iter().flat_map(of)
}
