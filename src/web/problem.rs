//! Errors as problem documents (RFC 9457), and the only status codes of the service.

use axum::extract::Request;
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::api::{ApiError, Params};
use crate::messages::{self, Language};

/// Seconds after which to ask again when something that the service needs is away.
const RETRY_UNAVAILABLE: u64 = 5;

/// A problem document on its way out.
pub(crate) struct Problem {
    status: StatusCode,
    body: Value,
    retry_after: Option<u64>,
}

fn say(language: Language, code: &str, params: &Params) -> messages::Message {
    let params: Vec<_> = params.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    messages::text(language, code, &params)
}

fn params(name: &str, value: impl ToString) -> Params {
    vec![(name.to_owned(), value.to_string())]
}

impl Problem {
    /// The problem document of an error.
    pub(crate) fn new(language: Language, error: ApiError) -> Problem {
        use ApiError as E;
        let id = uuid::Uuid::now_v7().to_string();
        let (mut retry_after, mut place, mut items) = (None, (None, None), Vec::new());
        let (status, code, params) = match error {
            E::BadRequest { code, params } => (StatusCode::BAD_REQUEST, code, params),
            E::NotJudgeable { code, params, line, column } => {
                place = (line, column);
                (StatusCode::UNPROCESSABLE_ENTITY, code, params)
            }
            E::Invalid(list) => {
                items = list;
                let first = items.first().map(|i| (i.code.clone(), i.params.clone()));
                let (code, params) = first.unwrap_or_default();
                (StatusCode::UNPROCESSABLE_ENTITY, code, params)
            }
            E::Conflict { code, params } => (StatusCode::CONFLICT, code, params),
            E::Denied { code, params } => (StatusCode::FORBIDDEN, code, params),
            E::Unauthorized => (StatusCode::UNAUTHORIZED, "UNAUTHORIZED".to_owned(), vec![]),
            E::NotFound => (StatusCode::NOT_FOUND, "APPLICATION_NOT_FOUND".to_owned(), vec![]),
            E::Missing { code } => (StatusCode::NOT_FOUND, code, vec![]),
            E::NotAcceptable => (StatusCode::NOT_ACCEPTABLE, "NO_PAPER".to_owned(), vec![]),
            E::TooLarge { limit } => {
                (StatusCode::PAYLOAD_TOO_LARGE, "INPUT_TOO_LARGE".to_owned(), params("limit", limit))
            }
            E::TooMany { retry_after: seconds } => {
                retry_after = Some(seconds);
                let params = params("seconds", seconds);
                (StatusCode::TOO_MANY_REQUESTS, "TOO_MANY".to_owned(), params)
            }
            E::Unavailable { what } => {
                retry_after = Some(RETRY_UNAVAILABLE);
                (StatusCode::SERVICE_UNAVAILABLE, "NOT_READY".to_owned(), params("what", what))
            }
            E::Internal(error) => {
                tracing::error!(request_id = %id, error = format!("{error:#}"), "request failed");
                let params = params("request_id", &id);
                (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL".to_owned(), params)
            }
        };
        let text = say(language, &code, &params);
        let errors: Vec<_> = items
            .iter()
            .map(|i| {
                let text = say(language, &i.code, &i.params);
                json!({"code": i.code, "field": i.field, "message": text.message, "remedy": text.remedy})
            })
            .collect();
        let mut body = json!({
            "type": "about:blank", "title": status.canonical_reason(), "status": status.as_u16(),
            "code": code, "detail": text.message, "remedy": text.remedy, "request_id": id,
        });
        if !errors.is_empty() {
            body["errors"] = Value::Array(errors);
        } else if place.0.is_some() {
            body["errors"] = json!([{"code": code, "message": text.message, "remedy": text.remedy,
                "line": place.0, "column": place.1}]);
        }
        Problem { status, body, retry_after }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body.to_string()).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(CONTENT_TYPE, kind);
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Turns every error that is not a problem document yet into one.
pub(crate) async fn shape(request: Request, next: Next) -> Response {
    let header = request.headers().get(ACCEPT_LANGUAGE);
    let language = Language::from_accept(header.and_then(|v| v.to_str().ok()).unwrap_or_default());
    let response = next.run(request).await;
    let status = response.status();
    let kind = response.headers().get(CONTENT_TYPE);
    let shaped = kind.is_some_and(|k| k.as_bytes() == b"application/problem+json");
    if shaped || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let code = match status {
        StatusCode::NOT_FOUND => "NOT_FOUND",
        StatusCode::METHOD_NOT_ALLOWED => "METHOD_NOT_ALLOWED",
        StatusCode::PAYLOAD_TOO_LARGE => "INPUT_TOO_LARGE",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "MEDIA_TYPE_UNSUPPORTED",
        StatusCode::GATEWAY_TIMEOUT => "TIMEOUT",
        s if s.is_server_error() => "INTERNAL",
        _ => "ARGUMENT_INVALID",
    };
    let allow = response.headers().get(axum::http::header::ALLOW).cloned();
    let reason = status.canonical_reason().unwrap_or_default().to_owned();
    let detail = ("detail".to_owned(), "the request cannot be read".to_owned());
    let params = vec![detail, ("reason".to_owned(), reason)];
    let error = ApiError::BadRequest { code: code.to_owned(), params };
    let mut problem = Problem::new(language, error);
    problem.status = status;
    problem.body["status"] = json!(status.as_u16());
    problem.body["title"] = json!(status.canonical_reason());
    let mut response = problem.into_response();
    if let Some(allow) = allow {
        response.headers_mut().insert(axum::http::header::ALLOW, allow);
    }
    response
}
