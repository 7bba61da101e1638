//! What handlers take from a request's headers.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION};
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
