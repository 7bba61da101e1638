//! Questions to OCSP responders over HTTP (RFC 6960 A.1, RFC 5019 5): short ones by GET, others, and those
//! that a responder does not take so, by POST. A certificate is named with SHA-256 first, as the national
//! responders have it, and with SHA-1 where a responder makes nothing of that.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::cache::Key;
use super::fetch::{Ask, Checked, Fetched, Online, Time};
use super::{Kind, Outcome};
use crate::crypto::{self, DigestAlgorithm};
use crate::pkix::{Certificate, Ocsp, OcspError, OcspReadError, UnverifiedOcsp, ocsp};

/// Octets of base64, escaped, below which a question goes by GET.
const GET_BELOW: usize = 255;
const MEDIA_TYPE: &str = "application/ocsp-request";

/// Who is asked about.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) of: &'a Arc<Certificate>,
    pub(super) issuer: &'a Arc<Certificate>,
    /// Certificates among which the responder's may be.
    pub(super) known: &'a [Arc<Certificate>],
}

/// Base64 as the last part of a path: what has a meaning in a path is escaped.
pub(super) fn escape(base64: &str) -> String {
    base64.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

impl Online {
    /// Asks a responder.
    pub(super) fn answer(&self, about: About<'_>, url: &str, time: Time) -> Fetched<UnverifiedOcsp> {
        let mut first = self.answer_by(about, DigestAlgorithm::Sha256, url, time);
        let knows_not = matches!(
            first.outcome,
            Outcome::Status(400)
                | Outcome::NotGenuine
                | Outcome::Refused("malformedRequest" | "unauthorized")
        );
        if knows_not {
            let second = self.answer_by(about, DigestAlgorithm::Sha1, url, time);
            first.attempts.extend(second.attempts);
            // Of two failures the first tells more.
            if second.value.is_some() {
                return Fetched { attempts: first.attempts, ..second };
            }
        }
        first
    }

    fn answer_by(
        &self,
        about: About<'_>,
        hash: DigestAlgorithm,
        url: &str,
        time: Time,
    ) -> Fetched<UnverifiedOcsp> {
        let failed = |outcome| Fetched { value: None, outcome, attempts: Vec::new() };
        let place = match self.place(url) {
            Ok(place) => place,
            Err(outcome) => return failed(outcome),
        };
        // Without randomness nobody is asked: an answer could be an old one.
        let nonce: Option<[u8; 32]> = match self.settings.nonce.then(crypto::random).transpose() {
            Ok(nonce) => nonce,
            Err(_) => return failed(Outcome::Broken),
        };
        let request = ocsp::request(about.of, about.issuer, hash, nonce.as_ref().map(<[u8; 32]>::as_slice));
        let key = nonce.is_none().then(|| Key::new(Kind::Answer.name(), place.url(), &request));
        let check = |octets: &[u8]| check(octets, about, nonce.as_ref(), time.now);
        let escaped = escape(&STANDARD.encode(&request));
        let mut attempts = Vec::new();
        if escaped.len() < GET_BELOW
            && let Some(place) = place.with_request(&escaped)
        {
            let ask = Ask { kind: Kind::Answer, url, place, body: None, key: key.clone() };
            let fetched = self.fetch(&ask, time, &check);
            let wants_post = matches!(
                fetched.outcome,
                Outcome::Status(400 | 404 | 405 | 414 | 501)
                    | Outcome::NotOfItsKind
                    | Outcome::Refused("malformedRequest")
            );
            if !wants_post {
                return fetched;
            }
            attempts = fetched.attempts;
        }
        let ask = Ask { kind: Kind::Answer, url, place, body: Some((MEDIA_TYPE, request)), key };
        let fetched = self.fetch(&ask, time, &check);
        attempts.extend(fetched.attempts);
        Fetched { attempts, ..fetched }
    }
}

/// An answer about the certificate, signed by whom it must be, and to this question.
fn check(
    octets: &[u8],
    about: About<'_>,
    nonce: Option<&[u8; 32]>,
    now: Timestamp,
) -> Result<Checked<UnverifiedOcsp>, Outcome> {
    let response = UnverifiedOcsp::from_der(octets).map_err(|error| match error {
        OcspReadError::NoAnswer(OcspError::Status(status)) => Outcome::Refused(status),
        _ => Outcome::NotOfItsKind,
    })?;
    if !response.is_about(about.of, about.issuer) {
        return Err(Outcome::NotGenuine);
    }
    match Ocsp::verify(&response, about.issuer, about.known) {
        Ok(verified) => {
            // A responder may leave a nonce out (RFC 9654 2.1); another one is the answer to another question.
            if nonce.and_then(|nonce| verified.answers_nonce(nonce)) == Some(false) {
                return Err(Outcome::NotGenuine);
            }
            let fresh_until = verified.next_update(about.of).filter(|until| *until > now);
            Ok(Checked { value: response, made: verified.produced_at(), fresh_until })
        }
        // Whoever judges says what it is that is not understood.
        Err(OcspError::UnknownExtension(_)) => Ok(Checked { value: response, made: now, fresh_until: None }),
        Err(_) => Err(Outcome::NotGenuine),
    }
}
