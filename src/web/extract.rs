//! What handlers take from a request's headers.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION};
use axum::http::request::Parts;

use crate::messages::Language;
use crate::service::app::Asking;

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

/// The bearer token, and why the official who has it looks: `Access-Reason`, UTF-8 as it is or percent-encoded.
pub(crate) struct Caller(pub(crate) Asking);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let Bearer(bearer) = Bearer::from_request_parts(parts, state).await?;
        let why = parts.headers.get("access-reason").map(|value| decoded(value.as_bytes()));
        Ok(Caller(Asking { bearer, why }))
    }
}

/// Percent-encoded text (RFC 3986 2.1). What is no UTF-8 is shown as such, and is no reason.
fn decoded(octets: &[u8]) -> String {
    let digit = |octet: Option<&u8>| octet.and_then(|octet| char::from(*octet).to_digit(16));
    let (mut plain, mut at) = (Vec::with_capacity(octets.len()), 0);
    while let Some(octet) = octets.get(at) {
        let pair = (digit(octets.get(at + 1)), digit(octets.get(at + 2)));
        match (octet, pair) {
            (b'%', (Some(high), Some(low))) => {
                plain.push(u8::try_from(high << 4 | low).unwrap_or_default());
                at += 3;
            }
            _ => {
                plain.push(*octet);
                at += 1;
            }
        }
    }
    // A control character is no reason either.
    String::from_utf8(plain).unwrap_or_else(|_| '\0'.to_string())
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
    fn reasons_are_decoded() {
        for (header, expected) in [
            (&b"complaint 5"[..], "complaint 5"),
            ("өтініш".as_bytes(), "өтініш"),
            (b"%D3%A9%20100%", "ө 100%"),
            (b"%zz%4", "%zz%4"),
            (b"%ff", "\0"),
            (b"", ""),
        ] {
            assert_eq!(decoded(header), expected);
        }
    }

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
