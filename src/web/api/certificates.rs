//! Checks of certificates.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use serde_json::Value;

use super::{Api, ApiError, Contents, Spooling, document_and_options};
use crate::service::reading::Received;
use crate::web::extract::Locale;
use crate::web::problem::Problem;

/// Bytes of a certificate at most: 64 KiB.
const CERTIFICATE_BYTES: u64 = 64 << 10;

/// Checks a certificate given as PEM, DER or base64.
#[utoipa::path(post, path = "/certificates/checks",
    request_body(content(
        (String = "application/x-pem-file", example = "-----BEGIN CERTIFICATE-----"),
        (Vec<u8> = "application/pkix-cert"),
        (Vec<u8> = "application/octet-stream"),
    )),
    responses((status = 200, description = "The verdict"), (status = 422, description = "Not a certificate")))]
pub(crate) async fn check(
    State(api): State<Arc<dyn Api>>,
    Locale(lang): Locale,
    request: Request,
) -> Result<Json<Value>, Problem> {
    // A certificate is small: what is larger than what stays in memory is none.
    let spooling = Spooling::new(api.spool_dir(), CERTIFICATE_BYTES);
    let work = async {
        let known = ["usage", "at", "revocation", "policy"];
        let none = Contents { parts: 0, bytes: 0 };
        let sent = document_and_options(request, "certificate", &known, spooling, none).await?;
        let Received::Memory(bytes) = sent.document else {
            return Err(ApiError::TooLarge { limit: CERTIFICATE_BYTES });
        };
        api.check_certificate(bytes, sent.options, lang).await
    };
    work.await.map(Json).map_err(|e| Problem::new(lang, e))
}
