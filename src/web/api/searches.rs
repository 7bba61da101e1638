//! Searching among cases, and who looked at one.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::{Api, bad, read_body};
use crate::web::extract::{Caller, Locale};
use crate::web::problem::Problem;

/// Octets of a signed search.
const BODY: u64 = 64 << 10;

/// Finds cases that the official who signed may see. The body is the signed form `urn:qoltanba:housing:search:1`, whose
/// elements are a `reason`, and of `number`, `iin`, `name`, `status`, `centre`, `category`, `filedFrom`, `filedUntil` at
/// least one; `limit`, and the `cursor` of the page before. It is answered once, within minutes of its signing.
#[utoipa::path(post, path = "/searches", request_body(content = String, content_type = "application/xml"),
    responses((status = 200, description = "`cases` in the order of filing, each with `number`, `status`, `category`, `centre`, `filed_at` and `due_date`, no person; `next` is the cursor of the next page, if there may be one"), (status = 409, description = "This signing was answered before"), (status = 422, description = "Not an official who may search, no reason, no criterion, a name or a cursor that is none, or not signed just now")))]
pub(crate) async fn create(
    State(api): State<Arc<dyn Api>>,
    Locale(lang): Locale,
    request: Request,
) -> Result<Response, Problem> {
    let work = async {
        let body = read_body(request.into_body(), BODY.min(api.limits().form_bytes)).await?;
        api.search(body).await
    };
    let found = work.await.map_err(|e| Problem::new(lang, e))?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(found)).into_response())
}

/// Which officials looked at a case, when and why; for whoever has its key.
#[utoipa::path(get, path = "/applications/{number}/accesses",
    params(("number" = String, Path, description = "Number"), ("before" = Option<i64>, Query, description = "`next` of the page before")),
    responses((status = 200, description = "`accesses`, the last one first: `row`, `at`, `what` (`case`, `document`, `paper`, or `found` by a search), the `document`, `role` and `centre` of the official, and `why`; `next` if there are more"), (status = 401, description = "No key"), (status = 403, description = "An official's token"), (status = 404, description = "Unknown, or not with this key")))]
pub(crate) async fn accesses(
    State(api): State<Arc<dyn Api>>,
    Locale(lang): Locale,
    Caller(asking): Caller,
    Path(number): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Json<Value>, Problem> {
    let work = async {
        let mut before = None;
        for (name, value) in query {
            match name.as_str() {
                "before" => before = Some(value.parse().map_err(|_| bad("FIELD_INVALID", "field", &name))?),
                _ => return Err(bad("UNKNOWN_FIELD", "field", name)),
            }
        }
        api.accesses(number, asking, before).await
    };
    work.await.map(Json).map_err(|e| Problem::new(lang, e))
}
