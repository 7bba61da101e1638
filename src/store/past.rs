//! Positions and pages as they stood at a past moment.
//!
//! Whoever stood in a list then came by then and had not gone by then: comings less goings up to the moment. They are
//! added up in cells, by the span of time in which a place was filed and the one in which it changed, kept in the
//! transaction that moves a place. What the cells are too coarse for is counted one by one: changes in the span of the
//! moment, and places in the span of filing where the position or the page lies.

use super::database::{Row, Tx, sql};
use super::error::Result;
use crate::housing::{Category, queue::Key};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Microseconds of a span: 51 days. Numbers are divided as the databases do it, towards zero.
const SPAN: i64 = if cfg!(test) { 16 } else { 1 << 42 };

/// The first microsecond of a span.
fn start(span: i64) -> i64 {
    if span > 0 { span * SPAN } else { (span - 1) * SPAN + 1 }
}

/// Adds a coming, or takes a going off.
pub(super) async fn change(
    tx: &mut Tx,
    category: Category,
    filed: Timestamp,
    changed: Timestamp,
    net: i64,
) -> Result<()> {
    sql("INSERT INTO place_changes (category, filed_span, changed_span, net) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (category, filed_span, changed_span) DO UPDATE SET net = place_changes.net + excluded.net")
    .bind(category.code())
    .bind(filed.as_microsecond() / SPAN)
    .bind(changed.as_microsecond() / SPAN)
    .bind(net)
    .execute(tx)
    .await?;
    Ok(())
}

/// The position that a key had in a list, or would have had.
pub(super) async fn position_then(tx: &mut Tx, category: &str, key: Key<'_>, at: Timestamp) -> Result<u64> {
    let (filed, changed) = (key.0 / SPAN, at.as_microsecond() / SPAN);
    let row = sql("SELECT CAST((SELECT COALESCE(sum(net), 0) FROM place_changes \
                     WHERE category = $1 AND filed_span < $2 AND changed_span < $3) \
                   + (SELECT count(*) FROM places WHERE category = $1 \
                     AND entered_us >= $4 AND entered_us <= $5 AND filed_us < $6) \
                   - (SELECT count(*) FROM places WHERE category = $1 AND ended <> 0 \
                     AND left_us >= $4 AND left_us <= $5 AND filed_us < $6) \
                   + (SELECT count(*) FROM places WHERE category = $1 AND filed_us >= $6 AND filed_us <= $7 \
                     AND (filed_us, application) < ($7, $8) AND entered_us <= $5 AND left_us > $5) \
                   AS BIGINT) AS ahead")
    .bind(category)
    .bind(filed)
    .bind(changed)
    .bind(start(changed))
    .bind(at)
    .bind(start(filed))
    .bind(key.0)
    .bind(key.1)
    .one(tx)
    .await?;
    Ok(row.number("ahead")?.unsigned_abs() + 1)
}

/// So many lines after those skipped.
pub(super) async fn page_then(
    tx: &mut Tx,
    category: Category,
    mut skipped: i64,
    limit: u32,
    at: Timestamp,
) -> Result<Vec<Row>> {
    let changed = at.as_microsecond() / SPAN;
    let rows = sql("SELECT filed_span, CAST(sum(net) AS BIGINT) AS net FROM ( \
                      SELECT filed_span, net FROM place_changes WHERE category = $1 AND changed_span < $2 \
                      UNION ALL SELECT filed_us / $5, 1 FROM places WHERE category = $1 \
                        AND entered_us >= $3 AND entered_us <= $4 \
                      UNION ALL SELECT filed_us / $5, -1 FROM places WHERE category = $1 AND ended <> 0 \
                        AND left_us >= $3 AND left_us <= $4) AS changes GROUP BY filed_span")
    .bind(category.code())
    .bind(changed)
    .bind(start(changed))
    .bind(at)
    .bind(SPAN)
    .all(&mut *tx)
    .await?;
    let mut spans = BTreeMap::new();
    for row in &rows {
        spans.insert(row.number("filed_span")?, row.number("net")?);
    }
    for (span, there) in spans {
        if skipped >= there {
            skipped -= there;
            continue;
        }
        return sql("SELECT application, filed_us FROM places \
                    WHERE category = $1 AND filed_us >= $2 AND entered_us <= $3 AND left_us > $3 \
                    ORDER BY filed_us, application LIMIT $4 OFFSET $5")
        .bind(category.code())
        .bind(start(span))
        .bind(at)
        .bind(i64::from(limit))
        .bind(skipped)
        .all(tx)
        .await;
    }
    Ok(Vec::new())
}

/// All cells as the places have it.
macro_rules! counted {
    () => {
        "SELECT category, filed_span, changed_span, CAST(sum(net) AS BIGINT) AS net FROM ( \
           SELECT category, filed_us / $1 AS filed_span, entered_us / $1 AS changed_span, 1 AS net FROM places \
           UNION ALL SELECT category, filed_us / $1, left_us / $1, -1 FROM places WHERE ended <> 0) AS changes \
         GROUP BY category, filed_span, changed_span"
    };
}

pub(super) async fn recount_past_in(tx: &mut Tx) -> Result<()> {
    sql("DELETE FROM place_changes").execute(&mut *tx).await?;
    let text = concat!("INSERT INTO place_changes (category, filed_span, changed_span, net) ", counted!());
    sql(text).bind(SPAN).execute(tx).await?;
    Ok(())
}

/// Whether a cell counts other than the places.
pub(super) async fn is_past_wrong(tx: &mut Tx) -> Result<bool> {
    let text = concat!(
        "SELECT count(*) AS wrong FROM (SELECT category, filed_span, changed_span, sum(net) AS net FROM ( \
           SELECT category, filed_span, changed_span, net FROM (",
        counted!(),
        ") AS counted UNION ALL SELECT category, filed_span, changed_span, -net FROM place_changes) AS both_ways \
         GROUP BY category, filed_span, changed_span) AS differences WHERE net <> 0"
    );
    Ok(sql(text).bind(SPAN).one(tx).await?.number("wrong")? > 0)
}
