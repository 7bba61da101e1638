//! The electronic queues of the centres: slots, bookings, tickets given at the centre, calls and the board.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;

use super::{Api, ApiError, bad, options, read_body};
use crate::web::extract::{Bearer, Locale};
use crate::web::problem::Problem;

type Service = State<Arc<dyn Api>>;

/// Octets of a body: a few short members.
const BODY: u64 = 4096;

/// What is booked.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wanted {
    iin: Option<String>,
    start: Option<String>,
}

/// The desk that calls; 0 for none.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Calling {
    desk: u32,
}

/// What came of a call.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Closing {
    outcome: Option<String>,
}

fn given(name: &str, value: Option<String>) -> Result<String, ApiError> {
    value.ok_or_else(|| bad("FIELD_MISSING", "field", name))
}

/// A small body of JSON; one that is empty has nothing in it.
async fn read<T: Default + serde::de::DeserializeOwned>(
    request: Request,
    known: &[&str],
) -> Result<T, ApiError> {
    let bytes = read_body(request.into_body(), BODY).await?;
    if bytes.is_empty() { Ok(T::default()) } else { options(&bytes, known) }
}

fn created(ticket: Value) -> Response {
    let place = format!("/api/v1/bookings/{}", ticket["id"].as_str().unwrap_or_default());
    (StatusCode::CREATED, [(header::LOCATION, place)], Json(ticket)).into_response()
}

/// The free slots of a working day of a centre, by its calendar.
#[utoipa::path(get, path = "/centres/{centre}/slots",
    params(("centre" = String, Path, description = "Code of the centre"), ("date" = String, Query, description = "A date in Almaty", example = "2026-12-01")),
    responses((status = 200, description = "`slots`, each with `start` and `end` (RFC 3339) and how many places are `free`; `calendar_certain` is false in a year whose moved days off are not known yet"), (status = 400, description = "No date"), (status = 404, description = "Unknown centre"), (status = 422, description = "A past day, a day off, or too far ahead")))]
pub(crate) async fn slots(
    State(api): Service,
    Locale(lang): Locale,
    Path(centre): Path<String>,
    Query(mut query): Query<BTreeMap<String, String>>,
) -> Result<Json<Value>, Problem> {
    let work = async {
        let date = given("date", query.remove("date"))?;
        if let Some(name) = query.into_keys().next() {
            return Err(bad("UNKNOWN_FIELD", "field", name));
        }
        api.slots(centre, date).await
    };
    work.await.map(Json).map_err(|e| Problem::new(lang, e))
}

/// Books a slot: by IIN, without a signature. One open booking for a person at all centres.
#[utoipa::path(post, path = "/centres/{centre}/bookings",
    params(("centre" = String, Path, description = "Code of the centre")),
    request_body(content = String, content_type = "application/json", description = "`iin`, and `start` as `slots` has it"),
    responses((status = 201, description = "`ticket` is called on the day; `id` and `key`, which is shown once, open the booking until the day is over"), (status = 404, description = "Unknown centre"), (status = 409, description = "The slot is taken, the person has an open booking, or made too many today"), (status = 422, description = "No IIN, or nothing that can be booked")))]
pub(crate) async fn book(
    State(api): Service,
    Locale(lang): Locale,
    Path(centre): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let work = async {
        let wanted: Wanted = read(request, &["iin", "start"]).await?;
        let (iin, start) = (given("iin", wanted.iin)?, given("start", wanted.start)?);
        api.book(centre, iin, start).await
    };
    work.await.map(created).map_err(|e| Problem::new(lang, e))
}

/// A booking; the bearer is its key, or the token of an official of the centre.
#[utoipa::path(get, path = "/bookings/{id}", params(("id" = String, Path, description = "Booking")),
    responses((status = 200, description = "`ticket`, `start`, and `status`: `waiting`, `called`, `served`, `not-come`, `cancelled`, `lapsed`"), (status = 401, description = "No key"), (status = 404, description = "Unknown, not with this key, or the day is over")))]
pub(crate) async fn show(
    State(api): Service,
    Locale(lang): Locale,
    Bearer(token): Bearer,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    api.booking(id, token).await.map(Json).map_err(|e| Problem::new(lang, e))
}

/// Says that whoever booked is there: then it is not late, however long the desks take.
#[utoipa::path(put, path = "/bookings/{id}/arrival", params(("id" = String, Path, description = "Booking")),
    responses((status = 200, description = "The booking; `arrived_at` is the first time that it was said"), (status = 401, description = "No key"), (status = 404, description = "Unknown, or not with this key"), (status = 409, description = "Not for today, called or over")))]
pub(crate) async fn arrive(
    State(api): Service,
    Locale(lang): Locale,
    Bearer(token): Bearer,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    api.arrive(id, token).await.map(Json).map_err(|e| Problem::new(lang, e))
}

/// Gives a booking up; its place is free again.
#[utoipa::path(delete, path = "/bookings/{id}", params(("id" = String, Path, description = "Booking")),
    responses((status = 200, description = "Cancelled"), (status = 401, description = "No key"), (status = 404, description = "Unknown, or not with this key"), (status = 409, description = "Called or over already")))]
pub(crate) async fn cancel(
    State(api): Service,
    Locale(lang): Locale,
    Bearer(token): Bearer,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    api.cancel_booking(id, token).await.map(Json).map_err(|e| Problem::new(lang, e))
}

/// A ticket for somebody who came without a booking, given by an official of the centre: the next free slot of today.
#[utoipa::path(post, path = "/centres/{centre}/tickets", params(("centre" = String, Path, description = "Code of the centre")),
    responses((status = 201, description = "The ticket"), (status = 401, description = "No official"), (status = 403, description = "Of another centre"), (status = 409, description = "No slot is left today"), (status = 422, description = "A day off")))]
pub(crate) async fn walk_in(
    State(api): Service,
    Locale(lang): Locale,
    Bearer(token): Bearer,
    Path(centre): Path<String>,
) -> Result<Response, Problem> {
    api.walk_in(centre, token).await.map(created).map_err(|e| Problem::new(lang, e))
}

/// Calls the next ticket: booked ones in their slot, then those without a booking, then those who are late.
#[utoipa::path(post, path = "/centres/{centre}/calls", params(("centre" = String, Path, description = "Code of the centre")),
    request_body(content = String, content_type = "application/json", description = "Nothing, or the number of the `desk`"),
    responses((status = 200, description = "The ticket that is called"), (status = 401, description = "No official"), (status = 403, description = "Of another centre"), (status = 409, description = "It is nobody's turn")))]
pub(crate) async fn call(
    State(api): Service,
    Locale(lang): Locale,
    Bearer(token): Bearer,
    Path(centre): Path<String>,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let work = async {
        let Calling { desk } = read(request, &["desk"]).await?;
        api.call_next(centre, desk, token).await
    };
    work.await.map(Json).map_err(|e| Problem::new(lang, e))
}

/// What came of a call.
#[utoipa::path(put, path = "/centres/{centre}/calls/{id}",
    params(("centre" = String, Path, description = "Code of the centre"), ("id" = String, Path, description = "The ticket's `id`")),
    request_body(content = String, content_type = "application/json", description = "`outcome`: `served` or `not-come`"),
    responses((status = 200, description = "The ticket"), (status = 401, description = "No official"), (status = 403, description = "Of another centre"), (status = 404, description = "No such ticket"), (status = 409, description = "Not called, or over already")))]
pub(crate) async fn close(
    State(api): Service,
    Locale(lang): Locale,
    Bearer(token): Bearer,
    Path((centre, id)): Path<(String, String)>,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let work = async {
        let closing: Closing = read(request, &["outcome"]).await?;
        let served = match given("outcome", closing.outcome)?.as_str() {
            "served" => true,
            "not-come" => false,
            _ => return Err(bad("FIELD_INVALID", "field", "outcome")),
        };
        api.close_call(centre, id, served, token).await
    };
    work.await.map(Json).map_err(|e| Problem::new(lang, e))
}

/// The board of a centre: called tickets and their desks, no person.
#[utoipa::path(get, path = "/centres/{centre}/board", params(("centre" = String, Path, description = "Code of the centre")),
    responses((status = 200, description = "`called`, the last one first"), (status = 404, description = "Unknown centre")))]
pub(crate) async fn board(
    State(api): Service,
    Locale(lang): Locale,
    Path(centre): Path<String>,
) -> Result<Json<Value>, Problem> {
    api.board(centre).await.map(Json).map_err(|e| Problem::new(lang, e))
}
