//! Checks of documents.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use serde_json::Value;

use super::{Api, Spooling, document_and_options};
use crate::web::extract::Locale;
use crate::web::problem::Problem;

/// Checks every signature of a document.
#[utoipa::path(post, path = "/verifications",
    request_body(content = String, content_type = "application/octet-stream", example = "<Application/>"),
    responses((status = 200, description = "The report, whatever the verdict"), (status = 413, description = "Too large"), (status = 422, description = "Nothing could be judged")))]
pub(crate) async fn create(
    State(api): State<Arc<dyn Api>>,
    Locale(lang): Locale,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let spooling = Spooling::new(api.spool_dir(), api.limits().verification_bytes);
    let work = async {
        let known = ["policy", "at", "revocation"];
        let (document, name, options) = document_and_options(request, "document", &known, spooling).await?;
        api.verify(document, name, options, lang).await
    };
    work.await.map(Json).map_err(|e| Problem::new(lang, e))
}
