//! Whether the service lives, is ready, and what it is.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::api::Api;
use super::extract::Locale;
use super::problem::Problem;

/// The process runs.
#[utoipa::path(get, path = "/livez", responses((status = 200, description = "Alive")))]
pub(crate) async fn livez() -> &'static str {
    "ok"
}

/// The service can answer requests.
#[utoipa::path(get, path = "/readyz", responses((status = 200, description = "Ready"), (status = 503, description = "Not ready")))]
pub(crate) async fn readyz(
    State(api): State<Arc<dyn Api>>,
    Locale(language): Locale,
) -> Result<&'static str, Problem> {
    api.ready().await.map_err(|e| Problem::new(language, e))?;
    Ok("ok")
}

/// Name and version.
#[utoipa::path(get, path = "/version", responses((status = 200, description = "Version")))]
pub(crate) async fn version() -> Json<serde_json::Value> {
    Json(serde_json::json!({"name": "qoltanba", "version": env!("CARGO_PKG_VERSION")}))
}
