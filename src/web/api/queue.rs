//! The public list.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use serde_json::Value;

use super::{Api, QueueQuery, bad};
use crate::web::extract::Locale;
use crate::web::problem::Problem;

/// Positions without personal data: a page of a list, or one number; now, or as they stood on a past day.
#[utoipa::path(get, path = "/queue",
    params(("category" = Option<String>, Query, description = "Category"), ("number" = Option<String>, Query, description = "A registration number, whose position alone is answered"), ("at" = Option<String>, Query, description = "A past moment (RFC 3339) or day, which is its end in Almaty"), ("offset" = Option<u64>, Query, description = "First position", example = 0), ("limit" = Option<u64>, Query, description = "How many, at most 1000", example = 100)),
    responses((status = 200, description = "The list"), (status = 400, description = "Unknown parameter"), (status = 404, description = "The number has no place"), (status = 422, description = "A moment in the future")))]
pub(crate) async fn show(
    State(api): State<Arc<dyn Api>>,
    Locale(lang): Locale,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Json<Value>, Problem> {
    let work = async {
        let mut asked = QueueQuery { limit: 100, ..QueueQuery::default() };
        for (name, value) in query {
            let number = || value.parse::<u64>().map_err(|_| bad("FIELD_INVALID", "field", &name));
            match name.as_str() {
                "category" => asked.category = Some(value),
                "number" => asked.number = Some(value),
                "at" => asked.at = Some(value),
                "offset" => asked.offset = number()?,
                "limit" => asked.limit = number()?.min(1000),
                _ => return Err(bad("UNKNOWN_FIELD", "field", name)),
            }
        }
        api.queue(asked).await
    };
    work.await.map(Json).map_err(|e| Problem::new(lang, e))
}
