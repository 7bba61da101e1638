//! What handlers take from a request's headers.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION};
use axum::http::request::Parts;

use crate::messages::Language;

/// The language of messages, from `Accept-Language`.
pub(crate) struct Locale(pub(crate) Language);

impl<S: Sync> FromRequestParts<S> for Locale {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let header = parts.headers.get(ACCEPT_LANGUAGE);
        let text = header.and_then(|v| v.to_str().ok()).unwrap_or_default();
        Ok(Locale(Language::from_accept(text)))
    }
}

/// The bearer token, if there is one.
pub(crate) struct Bearer(pub(crate) Option<String>);

impl<S: Sync> FromRequestParts<S> for Bearer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let header = parts.headers.get(AUTHORIZATION);
        let text = header.and_then(|v| v.to_str().ok()).unwrap_or_default();
        let token = text.split_once(' ').filter(|(s, _)| s.eq_ignore_ascii_case("bearer"));
        Ok(Bearer(token.map(|(_, t)| t.trim().to_owned())))
    }
}

/// Whether a PDF is asked for before XML (RFC 9110 12.5.1).
pub(crate) struct AsPaper(pub(crate) bool);

impl<S: Sync> FromRequestParts<S> for AsPaper {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let header = parts.headers.get(ACCEPT);
        let text = header.and_then(|v| v.to_str().ok()).unwrap_or_default();
        let [pdf, xml] = ["application/pdf", "application/xml"].map(|kind| weight(text, kind));
        Ok(AsPaper(pdf > xml))
    }
}

/// Whether a person with a browser asks, rather than a program that wants JSON.
pub(crate) struct AsPage(pub(crate) bool);

impl<S: Sync> FromRequestParts<S> for AsPage {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let header = parts.headers.get(ACCEPT);
        let text = header.and_then(|v| v.to_str().ok()).unwrap_or_default();
        Ok(AsPage(weight(text, "application/json") <= weight(text, "text/html")))
    }
}

/// The weight that an `Accept` header names for a media type; 0 where it does not name it.
fn weight(header: &str, kind: &str) -> f32 {
    let named = header.split(',').filter_map(|item| {
        let mut parts = item.split(';').map(str::trim);
        let is_it = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(kind));
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse);
        is_it.then(|| weight.unwrap_or(0.0))
    });
    named.fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights() {
        for (header, kind, expected) in [
            ("application/pdf", "application/pdf", 1.0),
            ("text/html, application/PDF;q=0.5", "application/pdf", 0.5),
            ("application/pdf; q=0", "application/pdf", 0.0),
            ("*/*", "application/pdf", 0.0),
            ("", "application/pdf", 0.0),
            ("application/pdf;q=x", "application/pdf", 0.0),
        ] {
            assert!((weight(header, kind) - expected).abs() < f32::EPSILON, "{header}");
        }
    }
}
