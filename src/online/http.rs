//! One question over HTTP/1.1 and its answer. The connection goes to an address that was looked up and
//! checked here, so that a name cannot lead elsewhere a moment later; nothing is followed, decoded or
//! remembered: no redirects, no content codings, no cookies, no proxies. Head and body have limits, and
//! the whole has a moment at which it ends, however slowly octets come.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{self, HeaderMap, HeaderName};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use super::Outcome;
use super::place::Place;

/// Addresses of one name that are tried.
const MAX_ADDRESSES: usize = 4;
/// Octets of the head of an answer.
const MAX_HEAD: usize = 64 << 10;
/// The service in front of the national authority turns away who does not name a program.
const USER_AGENT: &str = concat!("qoltanba/", env!("CARGO_PKG_VERSION"));

/// What is asked of a place.
#[derive(Clone, Debug, Default)]
pub(super) struct Question<'a> {
    /// The body of a POST and its media type; without it the method is GET.
    pub(super) body: Option<(&'static str, Vec<u8>)>,
    /// What was had before, for a conditional GET (RFC 9110 13.1).
    pub(super) known: Option<&'a Validators>,
}

/// What tells a server which representation is known (RFC 9110 8.8).
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Validators {
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
}

impl Validators {
    /// These, or where there are none the others: a server need not repeat them.
    pub(super) fn or(self, others: &Self) -> Self {
        if self == Self::default() { others.clone() } else { self }
    }
}

/// An answer with status 200, or `None` in place of the body with 304.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) body: Option<Vec<u8>>,
    pub(super) validators: Validators,
}

/// Why there is no answer, and for how long the server asks to be left alone (RFC 9110 10.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoAnswer {
    pub(super) outcome: Outcome,
    pub(super) retry_after: Option<Duration>,
}

impl From<Outcome> for NoAnswer {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, retry_after: None }
    }
}

/// Bounds of one exchange.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// For one connection.
    pub(super) connect: Duration,
    /// For everything.
    pub(super) until: Instant,
    /// Octets of the body.
    pub(super) body: usize,
}

trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

/// Asks once.
pub(super) async fn ask(place: &Place, question: &Question<'_>, bounds: Bounds) -> Result<Answer, NoAnswer> {
    let exchange = async {
        let connection = connect(place, bounds).await?;
        exchange(connection, place, question, bounds.body).await
    };
    timeout_at(bounds.until, exchange).await.unwrap_or(Err(Outcome::TimedOut.into()))
}

async fn connect(place: &Place, bounds: Bounds) -> Result<Box<dyn Connection>, Outcome> {
    let stream = open(addresses(place).await?, place.port(), bounds.connect).await?;
    if !place.is_https() {
        return Ok(Box::new(stream));
    }
    // Certificates of the system's authorities count, and the name of the host.
    let connector = native_tls::TlsConnector::new().map_err(|_| Outcome::NotSecure)?;
    let connector = tokio_native_tls::TlsConnector::from(connector);
    let secure = connector.connect(place.host(), stream).await.map_err(|_| Outcome::NotSecure)?;
    Ok(Box::new(secure))
}

/// The addresses of a place that may be connected to.
async fn addresses(place: &Place) -> Result<Vec<IpAddr>, Outcome> {
    let all: Vec<IpAddr> = match place.literal() {
        Some(address) => vec![address],
        None => {
            let found = tokio::net::lookup_host((place.host(), place.port())).await;
            found.map_err(|_| Outcome::NoAddress)?.map(|address| address.ip()).collect()
        }
    };
    if all.is_empty() {
        return Err(Outcome::NoAddress);
    }
    let admitted: Vec<IpAddr> =
        all.into_iter().filter(|address| place.admits(*address)).take(MAX_ADDRESSES).collect();
    if admitted.is_empty() { Err(Outcome::AddressNotAllowed) } else { Ok(admitted) }
}

async fn open(addresses: Vec<IpAddr>, port: u16, limit: Duration) -> Result<TcpStream, Outcome> {
    let mut fault = Outcome::Unreachable;
    for address in addresses {
        match timeout(limit, TcpStream::connect(SocketAddr::new(address, port))).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(_)) => fault = Outcome::Unreachable,
            Err(_) => fault = Outcome::TimedOut,
        }
    }
    Err(fault)
}

async fn exchange(
    connection: Box<dyn Connection>,
    place: &Place,
    question: &Question<'_>,
    most: usize,
) -> Result<Answer, NoAnswer> {
    let broken = |_| NoAnswer::from(Outcome::Broken);
    let mut builder = http1::Builder::new();
    builder.max_buf_size(MAX_HEAD);
    let (mut sender, driver) = builder.handshake(TokioIo::new(connection)).await.map_err(broken)?;
    let driver = tokio::spawn(driver);
    let request = request(place, question).ok_or(Outcome::BadUrl)?;
    let response = sender.send_request(request).await.map_err(broken)?;
    let answer = read(response, question.known.is_some(), most).await;
    driver.abort();
    answer
}

fn request(place: &Place, question: &Question<'_>) -> Option<Request<Full<Bytes>>> {
    let mut builder = Request::builder()
        .uri(place.target())
        .header(header::HOST, place.authority())
        .header(header::USER_AGENT, USER_AGENT)
        .header(header::ACCEPT, "*/*")
        .header(header::ACCEPT_ENCODING, "identity")
        .header(header::CONNECTION, "close");
    if let Some(known) = question.known {
        if let Some(etag) = &known.etag {
            builder = builder.header(header::IF_NONE_MATCH, etag);
        }
        if let Some(time) = &known.last_modified {
            builder = builder.header(header::IF_MODIFIED_SINCE, time);
        }
    }
    let body = match &question.body {
        Some((media_type, body)) => {
            builder = builder.method(Method::POST).header(header::CONTENT_TYPE, *media_type);
            Bytes::copy_from_slice(body)
        }
        None => Bytes::new(),
    };
    builder.body(Full::new(body)).ok()
}

async fn read(
    response: Response<hyper::body::Incoming>,
    is_conditional: bool,
    most: usize,
) -> Result<Answer, NoAnswer> {
    let validators = Validators {
        etag: field(response.headers(), header::ETAG),
        last_modified: field(response.headers(), header::LAST_MODIFIED),
    };
    match response.status().as_u16() {
        200 => {}
        304 if is_conditional => return Ok(Answer { body: None, validators }),
        300..=399 => return Err(Outcome::Redirect.into()),
        status => {
            let seconds = field(response.headers(), header::RETRY_AFTER).and_then(|text| text.parse().ok());
            return Err(NoAnswer {
                outcome: Outcome::Status(status),
                retry_after: seconds.map(Duration::from_secs),
            });
        }
    }
    let announced = field(response.headers(), header::CONTENT_LENGTH).and_then(|text| text.parse().ok());
    if announced.is_some_and(|announced: usize| announced > most) {
        return Err(Outcome::TooLarge.into());
    }
    let mut incoming = response.into_body();
    let mut body = Vec::new();
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|_| Outcome::Broken)?;
        let Some(octets) = frame.data_ref() else { continue };
        if octets.len() > most.saturating_sub(body.len()) {
            return Err(Outcome::TooLarge.into());
        }
        body.extend_from_slice(octets);
    }
    Ok(Answer { body: Some(body), validators })
}

fn field(fields: &HeaderMap, name: HeaderName) -> Option<String> {
    fields.get(name)?.to_str().ok().map(str::to_owned)
}
