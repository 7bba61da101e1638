//! The public list.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use serde_json::Value;

use super::{Api, bad};
use crate::web::extract::Locale;
use crate::web::problem::Problem;

/// Positions without personal data.
#[utoipa::path(get, path = "/queue",
    params(("category" = Option<String>, Query, description = "Category"), ("offset" = Option<u64>, Query, description = "First position", example = 0), ("limit" = Option<u64>, Query, description = "How many, at most 1000", example = 100)),
    responses((status = 200, description = "The list"), (status = 400, description = "Unknown parameter")))]
pub(crate) async fn show(
    State(api): State<Arc<dyn Api>>,
    Locale(lang): Locale,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Json<Value>, Problem> {
    let work = async {
        let (mut category, mut offset, mut limit) = (None, 0, 100);
        for (name, value) in query {
            let number = || value.parse::<u64>().map_err(|_| bad("FIELD_INVALID", "field", &name));
            match name.as_str() {
                "category" => category = Some(value),
                "offset" => offset = number()?,
                "limit" => limit = number()?.min(1000),
                _ => return Err(bad("UNKNOWN_FIELD", "field", name)),
            }
        }
        api.queue(category, offset, limit).await
    };
    work.await.map(Json).map_err(|e| Problem::new(lang, e))
}
