//! Papers that are of no one case, extracts from the queue, and the check of an original by its digest.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};

use super::applications::file;
use super::{Api, ApiError, bad, read_body};
use crate::messages::Language;
use crate::service::presentation::check::{Answer, Asked, page};
use crate::web::extract::{AsPage, AsPaper, Caller, Locale};
use crate::web::problem::Problem;

type Service = State<Arc<dyn Api>>;

/// Longest number that is looked for.
const NUMBER: usize = 60;

/// Takes the step of a signed list in each of its cases: courier lists, registers of unclaimed results, agendas.
#[utoipa::path(post, path = "/lists", request_body(content = String, content_type = "application/xml"), responses((status = 200, description = "Done in all cases"), (status = 403, description = "Not this actor, or not now"), (status = 409, description = "A case moved"), (status = 422, description = "Faults; no case moved")))]
pub(crate) async fn list(
    State(api): Service,
    Locale(lang): Locale,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let work = async {
        let body = read_body(request.into_body(), api.limits().form_bytes).await?;
        api.list(body).await
    };
    work.await.map(Json).map_err(|e| Problem::new(lang, e))
}

/// Enters an inspector's signed refusal to take an application in, and answers with the sealed receipt.
#[utoipa::path(post, path = "/refusals", request_body(content = String, content_type = "application/xml"), responses((status = 201, description = "Entered"), (status = 409, description = "Entered before"), (status = 422, description = "Faults; nothing was entered")))]
pub(crate) async fn refuse(
    State(api): Service,
    Locale(lang): Locale,
    request: Request,
) -> Result<Response, Problem> {
    let work = async {
        let body = read_body(request.into_body(), api.limits().form_bytes).await?;
        api.refuse_intake(body).await
    };
    let done = work.await.map_err(|e| Problem::new(lang, e))?;
    Ok((StatusCode::CREATED, Json(done)).into_response())
}

/// The receipt of a refusal, for officials.
#[utoipa::path(get, path = "/refusals/{number}", params(("number" = String, Path, description = "Number in the journal")), responses((status = 200, description = "XML, or PDF/A with `Accept: application/pdf`"), (status = 404, description = "Unknown")))]
pub(crate) async fn refused(
    State(api): Service,
    Locale(lang): Locale,
    Caller(asking): Caller,
    AsPaper(as_paper): AsPaper,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    api.intake_refused(number, asking, as_paper).await.map(file).map_err(|e| Problem::new(lang, e))
}

/// Makes a sealed extract from the queue, once a day.
#[utoipa::path(post, path = "/applications/{number}/queue-extracts", params(("number" = String, Path, description = "Number")), responses((status = 201, description = "The document of the case that it is"), (status = 403, description = "The case has no place")))]
pub(crate) async fn extract(
    State(api): Service,
    Locale(lang): Locale,
    Caller(asking): Caller,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let done = api.extract(number, asking).await.map_err(|e| Problem::new(lang, e))?;
    Ok((StatusCode::CREATED, Json(done)).into_response())
}

/// Whether the service issued the original with this number and digest: a page, or JSON with
/// `Accept: application/json`. Nothing is told of persons, and nothing without the whole digest.
#[utoipa::path(get, path = "/check/{number}/{sha256}", params(("number" = String, Path, description = "Number of the case, or in the journal"), ("sha256" = String, Path, description = "SHA-256 of the signed XML, 64 hexadecimal digits")), responses((status = 200, description = "Whether it was issued; kind, number and date if so"), (status = 400, description = "No digest (JSON; the page says so with 200)")))]
pub(crate) async fn check(
    State(api): Service,
    Locale(lang): Locale,
    AsPage(as_page): AsPage,
    Path((number, sha256)): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let lang = query.get("lang").and_then(|tag| tag.parse().ok()).unwrap_or(lang);
    answer(&*api, lang, as_page, &number, &sha256).await.map_err(|e| Problem::new(lang, e))
}

/// The same for whoever types number and digest.
#[utoipa::path(get, path = "/check", params(("number" = Option<String>, Query, description = "Number"), ("sha256" = Option<String>, Query, description = "Digest"), ("lang" = Option<String>, Query, description = "kk, ru or en")), responses((status = 200, description = "The page")))]
pub(crate) async fn ask(
    State(api): Service,
    Locale(lang): Locale,
    AsPage(as_page): AsPage,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let lang = query.get("lang").and_then(|tag| tag.parse().ok()).unwrap_or(lang);
    let of = |name: &str| query.get(name).map(|text| text.trim()).unwrap_or_default();
    answer(&*api, lang, as_page, of("number"), of("sha256")).await.map_err(|e| Problem::new(lang, e))
}

async fn answer(
    api: &dyn Api,
    lang: Language,
    as_page: bool,
    number: &str,
    sha256: &str,
) -> Result<Response, ApiError> {
    let digest = digest(sha256).filter(|_| !number.is_empty() && number.len() <= NUMBER);
    let found = match digest {
        Some(digest) => api.check(number.to_owned(), digest).await?,
        None => None,
    };
    if !as_page {
        return match (digest, found) {
            (None, _) => Err(bad("FIELD_INVALID", "field", "sha256")),
            (_, Some(found)) => {
                let told =
                    json!({"issued": true, "kind": found.kind, "number": found.number, "date": found.date});
                Ok((NO_STORE, Json(told)).into_response())
            }
            (_, None) => Ok((NO_STORE, Json(json!({"issued": false}))).into_response()),
        };
    }
    let (number, sha256) = (short(number, NUMBER), short(sha256, 64));
    let is_asked = !number.is_empty() || !sha256.is_empty();
    let answer = match (digest, &found) {
        (None, _) if !is_asked => Answer::Nothing,
        (None, _) => Answer::Malformed,
        (_, Some(found)) => Answer::Issued(found),
        (_, None) => Answer::NotIssued,
    };
    let text = page(&Asked { number, sha256, answer }, lang);
    let text = text.map_err(|error| ApiError::Internal(error.into()))?;
    let headers = [
        // What the page may load stands in the page.
        (header::CONTENT_SECURITY_POLICY, "frame-ancestors 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_LANGUAGE, lang.tag()),
    ];
    Ok((NO_STORE, headers, Html(text)).into_response())
}

/// What is asked is nobody's but whoever holds the print.
const NO_STORE: [(header::HeaderName, &str); 2] =
    [(header::CACHE_CONTROL, "no-store"), (header::VARY, "Accept, Accept-Language")];

fn short(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(end, _)| text.get(..end).unwrap_or_default())
}

/// A whole digest, in letters of either case.
fn digest(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 {
        return None;
    }
    let mut digest = [0; 32];
    for (octet, pair) in digest.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| !pair.starts_with('+'))?;
        *octet = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_digests_are_digests() {
        assert_eq!(digest(&"0A".repeat(32)), Some([10; 32]));
        for bad in [
            String::new(),
            "0a".repeat(31),
            "0a".repeat(33),
            "+a".repeat(32),
            "zz".repeat(32),
            "қ".repeat(32),
        ] {
            assert_eq!(digest(&bad), None, "{bad}");
        }
        assert_eq!((short("қққ", 2), short("a", 2)), ("ққ", "a"));
    }
}
