//! Checks of documents.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use serde_json::Value;

use super::{Api, Contents, Spooling, document_and_options};
use crate::web::extract::Locale;
use crate::web::problem::Problem;

/// Checks every signature of a document.
///
/// The body is the document, or multipart: `document`, `options` (JSON: `policy`, `at`, `revocation`)
/// and a `content` for each reference to something outside the document. The file name of a content is
/// the URI in the reference; a single one counts whatever its name.
#[utoipa::path(post, path = "/verifications",
    request_body(content = String, content_type = "application/octet-stream", example = "<Application/>"),
    responses((status = 200, description = "The report, whatever the verdict"), (status = 413, description = "Too large"), (status = 422, description = "Nothing could be judged")))]
pub(crate) async fn create(
    State(api): State<Arc<dyn Api>>,
    Locale(lang): Locale,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let limits = api.limits();
    let spooling = Spooling::new(api.spool_dir(), limits.verification_bytes);
    let contents = Contents { parts: limits.attachments, bytes: limits.attachment_bytes };
    let work = async {
        let known = ["policy", "at", "revocation"];
        let sent = document_and_options(request, "document", &known, spooling, contents).await?;
        api.verify(sent.document, sent.name, sent.contents, sent.options, lang).await
    };
    work.await.map(Json).map_err(|e| Problem::new(lang, e))
}
