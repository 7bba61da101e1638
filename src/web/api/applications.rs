//! Applications: submission, status, documents, steps.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequest as _, Multipart, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use super::{Api, ApiError, File, Upload, bad, bad_multipart, read_body, read_field, unwritten};
use crate::web::extract::{AsPaper, Caller, Locale};
use crate::web::problem::Problem;

type Service = State<Arc<dyn Api>>;

pub(super) fn file((media_type, name, bytes): File) -> Response {
    let plain: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).collect();
    let disposition = format!("attachment; filename=\"{plain}\"");
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_DISPOSITION, disposition),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, bytes).into_response()
}

/// The signed document of a multipart body, by the name of its part, and every other part as a file.
async fn signed_with_files(
    api: &dyn Api,
    parts: &mut Multipart,
    name: &'static str,
) -> Result<(Vec<u8>, Vec<Upload>), ApiError> {
    let limits = api.limits();
    let (mut document, mut uploads) = (None, Vec::new());
    while let Some(mut part) = parts.next_field().await.map_err(bad_multipart)? {
        let field = part.name().unwrap_or_default().to_owned();
        if field == name {
            if document.is_some() {
                return Err(bad("FIELD_INVALID", "field", field));
            }
            document = Some(read_field(part, limits.form_bytes).await?);
            continue;
        }
        if uploads.len() >= limits.attachments {
            return Err(bad("FIELD_INVALID", "field", field));
        }
        let file_name = part.file_name().unwrap_or(&field).to_owned();
        let media_type = part.content_type().map(str::to_owned);
        let (std_file, path) =
            tempfile::NamedTempFile::new_in(api.spool_dir()).map_err(unwritten)?.into_parts();
        let mut out = tokio::fs::File::from_std(std_file);
        let (mut size, mut hash) = (0_u64, Sha256::new());
        while let Some(chunk) = part.chunk().await.map_err(bad_multipart)? {
            size += chunk.len() as u64;
            if size > limits.attachment_bytes {
                return Err(ApiError::TooLarge { limit: limits.attachment_bytes });
            }
            hash.update(&chunk);
            out.write_all(&chunk).await.map_err(unwritten)?;
        }
        out.flush().await.map_err(unwritten)?;
        let sha256 = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
        uploads.push(Upload { field, file_name, media_type, path, size, sha256 });
    }
    let document = document.ok_or_else(|| bad("FIELD_MISSING", "field", name))?;
    Ok((document, uploads))
}

/// Registers an application with its attachments.
#[utoipa::path(post, path = "/applications",
    request_body(content = String, content_type = "multipart/form-data", description = "`application` is the signed XML; every other part is an attachment"),
    responses((status = 201, description = "Registered; with `status` `awaiting-evidence` provisionally: nobody could be asked whether the certificate is revoked. Number and moment count, and the case waits until it is known"), (status = 409, description = "Conflict"), (status = 422, description = "Refused; nothing was registered")))]
pub(crate) async fn create(
    State(api): Service,
    Locale(lang): Locale,
    headers: HeaderMap,
    mut parts: Multipart,
) -> Result<Response, Problem> {
    let work = async {
        let (application, uploads) = signed_with_files(&*api, &mut parts, "application").await?;
        let key = headers.get("idempotency-key").and_then(|v| v.to_str().ok()).map(str::to_owned);
        api.submit(application, uploads, key, lang).await
    };
    let done = work.await.map_err(|e| Problem::new(lang, e))?;
    let place = format!("/api/v1/applications/{}", done.number);
    let body = json!({"number": done.number, "status": done.status, "due_date": done.due_date, "receipt": done.receipt, "access_key": done.access_key});
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(body)).into_response())
}

/// What state databases say of an application that an inspector has taken down and signed; nothing is registered. The
/// bearer is that inspector's token, and the journal of accesses has who asked.
#[utoipa::path(post, path = "/applications/checks", request_body(content = String, content_type = "application/xml"), responses((status = 200, description = "`state_data`, as of a registered application, without `waiting`"), (status = 401, description = "No token of an official"), (status = 403, description = "Not the inspector who signed"), (status = 422, description = "Refused")))]
pub(crate) async fn check(
    State(api): Service,
    Locale(lang): Locale,
    Caller(asking): Caller,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let work = async {
        let body = read_body(request.into_body(), api.limits().form_bytes).await?;
        api.ask_before_filing(body, asking, lang).await
    };
    work.await.map(Json).map_err(|e| Problem::new(lang, e))
}

/// Status, steps and due dates; to officials also `state_data`.
#[utoipa::path(get, path = "/applications/{number}", params(("number" = String, Path, description = "Number")), responses((status = 200, description = "The application, with what its `edition` of the rules has for it: `documents_needed`, `grounds` by code (`refusal` and `removal`; empty where that edition knows none, null where the office has it no more) and the `source` of each of `clocks`. Officials see `state_data`, each question to a state database: `database`, `person`, `asked_at` and `status`. With `answered`: `result` (`agree`, `contradict`, `no-data`), `differences` (`field`, `claimed`, `recorded`), `answered_at` and the e-document's `document`. With `waiting` (it is asked again), `unavailable` (it was given up) and `dropped` (the case was over before): `tries` and the `reason` of the last one (`code`, `detail`, `message`, `remedy`), if there was one; nothing is known then, for or against"), (status = 404, description = "Unknown")))]
pub(crate) async fn show(
    State(api): Service,
    Locale(lang): Locale,
    Caller(asking): Caller,
    Path(number): Path<String>,
) -> Result<Json<Value>, Problem> {
    api.application(number, asking, lang).await.map(Json).map_err(|e| Problem::new(lang, e))
}

/// A stored document, byte for byte as it came; its paper with `Accept: application/pdf`, or `.pdf` behind its name.
#[utoipa::path(get, path = "/applications/{number}/documents/{id}", params(("number" = String, Path, description = "Number"), ("id" = String, Path, description = "Document, or document with `.pdf`")), responses((status = 200, description = "The bytes, or PDF/A"), (status = 404, description = "Unknown"), (status = 406, description = "The document has no paper")))]
pub(crate) async fn document(
    State(api): Service,
    Locale(lang): Locale,
    Caller(asking): Caller,
    AsPaper(accepts): AsPaper,
    Path((number, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (id, as_paper) = match id.strip_suffix(".pdf") {
        Some(id) => (id.to_owned(), true),
        None => (id, accepts),
    };
    api.document(number, id, asking, as_paper).await.map(file).map_err(|e| Problem::new(lang, e))
}

/// The signed receipt.
#[utoipa::path(get, path = "/applications/{number}/receipt", params(("number" = String, Path, description = "Number")), responses((status = 200, description = "XML, or PDF/A with `Accept: application/pdf`"), (status = 404, description = "Unknown")))]
pub(crate) async fn receipt(
    State(api): Service,
    Locale(lang): Locale,
    Caller(asking): Caller,
    AsPaper(as_paper): AsPaper,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    api.receipt(number, asking, as_paper).await.map(file).map_err(|e| Problem::new(lang, e))
}

/// The signed notice or letter of return.
#[utoipa::path(get, path = "/applications/{number}/notice", params(("number" = String, Path, description = "Number")), responses((status = 200, description = "XML, or PDF/A with `Accept: application/pdf`"), (status = 404, description = "Unknown")))]
pub(crate) async fn notice(
    State(api): Service,
    Locale(lang): Locale,
    Caller(asking): Caller,
    AsPaper(as_paper): AsPaper,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    api.notice(number, asking, as_paper).await.map(file).map_err(|e| Problem::new(lang, e))
}

fn is_multipart(request: &Request) -> bool {
    let given = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    given.is_some_and(|given| given.starts_with("multipart/form-data"))
}

/// A step of a case; the act is signed by whoever takes it.
#[utoipa::path(post, path = "/applications/{number}/steps/{step}", params(("number" = String, Path, description = "Number"), ("step" = String, Path, description = "Step")), request_body(description = "The signed act; or as `multipart/form-data` the part `act` and one file, the scan of what an applicant without an EDS has signed on paper and a centre takes down", content((String = "application/xml"), (String = "multipart/form-data"))), responses((status = 200, description = "Done. With `request-access` the new `access_key`; the former one opens the case no more"), (status = 403, description = "Not this actor or turn; `GROUND_REQUIRED`, `NO_SUCH_GROUND`: a refusal or removal names grounds of the case's edition (`groundCode`)"), (status = 409, description = "Not now"), (status = 422, description = "Refused")))]
pub(crate) async fn step(
    State(api): Service,
    Locale(lang): Locale,
    Path((number, step)): Path<(String, String)>,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let work = async {
        let (act, papers) = if is_multipart(&request) {
            let mut parts = Multipart::from_request(request, &()).await.map_err(bad_multipart)?;
            signed_with_files(&*api, &mut parts, "act").await?
        } else {
            (read_body(request.into_body(), api.limits().form_bytes).await?, Vec::new())
        };
        api.step(number, step, act, papers, lang).await
    };
    work.await.map(Json).map_err(|e| Problem::new(lang, e))
}
