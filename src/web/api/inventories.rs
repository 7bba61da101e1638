//! The yearly inventory of the lists.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use serde_json::Value;

use super::{Api, read_body};
use crate::web::extract::{Bearer, Locale};
use crate::web::problem::Problem;

/// Begins the inventory of this year; the body is signed by the head or the deputy.
#[utoipa::path(post, path = "/inventories", request_body(content = String, content_type = "application/xml"), responses((status = 201, description = "Begun"), (status = 409, description = "Begun before"), (status = 422, description = "Refused")))]
pub(crate) async fn create(
    State(api): State<Arc<dyn Api>>,
    Locale(lang): Locale,
    request: Request,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let work = async {
        let body = read_body(request.into_body(), api.limits().form_bytes).await?;
        api.begin_inventory(body).await
    };
    work.await.map(|begun| (StatusCode::CREATED, Json(begun))).map_err(|e| Problem::new(lang, e))
}

/// How many places are confirmed, need documents, are proposed for removal, or open.
#[utoipa::path(get, path = "/inventories/{year}", params(("year" = String, Path, description = "Year")), responses((status = 200, description = "The state"), (status = 401, description = "For officials"), (status = 404, description = "Not begun")))]
pub(crate) async fn show(
    State(api): State<Arc<dyn Api>>,
    Locale(lang): Locale,
    Bearer(token): Bearer,
    Path(year): Path<String>,
) -> Result<Json<Value>, Problem> {
    api.inventory(year, token).await.map(Json).map_err(|e| Problem::new(lang, e))
}
