//! The resources under `/api/v1`, and what they ask of the service.

pub(crate) mod applications;
pub(crate) mod certificates;
pub(crate) mod inventories;
pub(crate) mod papers;
pub(crate) mod queue;
pub(crate) mod reception;
pub(crate) mod searches;
pub(crate) mod verifications;

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;

use axum::body::Body;
use axum::extract::Multipart;
use axum::extract::multipart::Field;
use serde::Deserialize;
use serde_json::Value;

use crate::config::{Limits, Revocation};
use crate::messages::Language;
use crate::service::app::{AppError, Asking, Checked};
use crate::service::reading::{DetachedContent, Received};

/// A boxed answer.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, ApiError>> + Send + 'a>>;
/// Parameters of a message: name and value.
pub type Params = Vec<(String, String)>;

/// One reason of a refusal.
#[derive(Debug, Clone)]
pub struct Item {
    /// Stable code.
    pub code: String,
    /// The field it is about.
    pub field: Option<String>,
    /// Parameters of the message.
    pub params: Params,
}

/// Why a request has no answer.
#[derive(Debug)]
pub enum ApiError {
    /// The request itself is malformed.
    BadRequest { code: String, params: Params },
    /// Nothing in the document could be judged.
    NotJudgeable { code: String, params: Params, line: Option<u64>, column: Option<u64> },
    /// Refused for these reasons.
    Invalid(Vec<Item>),
    /// The state does not allow it.
    Conflict { code: String, params: Params },
    /// The actor may not.
    Denied { code: String, params: Params },
    /// No valid credentials.
    Unauthorized,
    /// No such thing, or not for this actor.
    NotFound,
    /// The same of something that is no application.
    Missing { code: String },
    /// The document is not there in the form that is asked for.
    NotAcceptable,
    /// More bytes than `limit`.
    TooLarge { limit: u64 },
    /// Come back in `retry_after` seconds.
    TooMany { retry_after: u64 },
    /// A part of the service is not there.
    Unavailable { what: String },
    /// A fault of ours; only its request identifier is shown.
    Internal(anyhow::Error),
}

/// Options of a verification.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct VerifyOptions {
    /// Policy by name.
    pub policy: Option<String>,
    /// Validation time, RFC 3339.
    pub at: Option<String>,
    /// How much revocation evidence is needed.
    pub revocation: Option<Revocation>,
}

/// Options of a certificate check.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct CertificateOptions {
    /// `sign`, `auth`, `tsa`, `ocsp`, `crl` or `any`.
    pub usage: Option<String>,
    /// Validation time, RFC 3339.
    pub at: Option<String>,
    /// How much revocation evidence is needed.
    pub revocation: Option<Revocation>,
    /// Policy by name.
    pub policy: Option<String>,
}

/// An attachment in the spool folder; dropping it removes the file.
#[derive(Debug)]
pub struct Upload {
    /// Name of the part.
    pub field: String,
    /// File name given by the sender.
    pub file_name: String,
    /// Media type given by the sender.
    pub media_type: Option<String>,
    /// Where the bytes are.
    pub path: tempfile::TempPath,
    /// Bytes.
    pub size: u64,
    /// SHA-256 in hex.
    pub sha256: String,
}

/// A registered application.
#[derive(Debug, Clone)]
pub struct Submitted {
    /// Number in the register.
    pub number: String,
    /// State.
    pub status: String,
    /// Date of the decision at the latest.
    pub due_date: String,
    /// Signed receipt, XML.
    pub receipt: String,
    /// The applicant's bearer token.
    pub access_key: String,
}

/// A file: media type, file name, bytes.
pub type File = (String, String, Vec<u8>);

/// What the service does for HTTP.
pub trait Api: Send + Sync {
    /// Judges a document.
    fn verify(
        &self,
        document: Received,
        document_name: String,
        contents: Vec<DetachedContent>,
        options: VerifyOptions,
        lang: Language,
    ) -> Answer<'_, Value>;
    /// Judges a certificate.
    fn check_certificate(
        &self,
        bytes: Vec<u8>,
        options: CertificateOptions,
        lang: Language,
    ) -> Answer<'_, Value>;
    /// Registers an application.
    fn submit(
        &self,
        application: Vec<u8>,
        uploads: Vec<Upload>,
        idempotency_key: Option<String>,
        lang: Language,
    ) -> Answer<'_, Submitted>;
    /// What state databases say of an application before it is filed.
    fn ask_before_filing(&self, application: Vec<u8>, asking: Asking, lang: Language) -> Answer<'_, Value>;
    /// Status, steps and due dates.
    fn application(&self, number: String, asking: Asking, lang: Language) -> Answer<'_, Value>;
    /// A stored document, or its paper as PDF.
    fn document(&self, number: String, id: String, asking: Asking, as_paper: bool) -> Answer<'_, File>;
    /// The signed receipt, or its paper.
    fn receipt(&self, number: String, asking: Asking, as_paper: bool) -> Answer<'_, File>;
    /// The signed notice or letter, or its paper.
    fn notice(&self, number: String, asking: Asking, as_paper: bool) -> Answer<'_, File>;
    /// Who looked at a case, before a row of the journal.
    fn accesses(&self, number: String, asking: Asking, before: Option<i64>) -> Answer<'_, Value>;
    /// Answers a signed search.
    fn search(&self, body: Vec<u8>) -> Answer<'_, Value>;
    /// Makes an extract from the queue.
    fn extract(&self, number: String, asking: Asking) -> Answer<'_, Value>;
    /// Takes a step in each case of a signed list.
    fn list(&self, body: Vec<u8>) -> Answer<'_, Value>;
    /// Enters a refusal at a counter.
    fn refuse_intake(&self, body: Vec<u8>) -> Answer<'_, Value>;
    /// The receipt of a refusal at a counter, or its paper.
    fn intake_refused(&self, number: String, asking: Asking, as_paper: bool) -> Answer<'_, File>;
    /// Whether an original is one of ours.
    fn check(&self, number: String, sha256: [u8; 32]) -> Answer<'_, Option<Checked>>;
    /// An official's action.
    fn step(
        &self,
        number: String,
        step: String,
        body: Vec<u8>,
        papers: Vec<Upload>,
        lang: Language,
    ) -> Answer<'_, Value>;
    /// The public list of a category, or the position of a number.
    fn queue(&self, query: QueueQuery) -> Answer<'_, Value>;
    /// Begins an inventory; the body is signed.
    fn begin_inventory(&self, body: Vec<u8>) -> Answer<'_, Value>;
    /// How far the inventory of a year has come.
    fn inventory(&self, year: String, bearer: Option<String>) -> Answer<'_, Value>;
    /// The free slots of a centre on a date.
    fn slots(&self, centre: String, date: String) -> Answer<'_, Value>;
    /// Books a slot.
    fn book(&self, centre: String, iin: String, start: String) -> Answer<'_, Value>;
    /// A booking.
    fn booking(&self, id: String, bearer: Option<String>) -> Answer<'_, Value>;
    /// Says that whoever booked is there.
    fn arrive(&self, id: String, bearer: Option<String>) -> Answer<'_, Value>;
    /// Gives a booking up.
    fn cancel_booking(&self, id: String, bearer: Option<String>) -> Answer<'_, Value>;
    /// Gives a ticket to somebody who came without a booking.
    fn walk_in(&self, centre: String, bearer: Option<String>) -> Answer<'_, Value>;
    /// Calls the next ticket to a desk; 0 for none.
    fn call_next(&self, centre: String, desk: u32, bearer: Option<String>) -> Answer<'_, Value>;
    /// Says whether a called ticket was served.
    fn close_call(
        &self,
        centre: String,
        id: String,
        served: bool,
        bearer: Option<String>,
    ) -> Answer<'_, Value>;
    /// The called tickets of a centre.
    fn board(&self, centre: String) -> Answer<'_, Value>;
    /// Whether everything needed is there.
    fn ready(&self) -> Answer<'_, ()>;
    /// Folder for attachments on their way in.
    fn spool_dir(&self) -> PathBuf;
    /// Bounds on requests.
    fn limits(&self) -> Limits;
}

/// What is asked of the lists.
#[derive(Debug, Default)]
pub struct QueueQuery {
    pub category: Option<String>,
    /// A case, whose position alone is asked for.
    pub number: Option<String>,
    /// A past moment or day.
    pub at: Option<String>,
    pub offset: u64,
    pub limit: u64,
}

/// A malformed multipart body or field.
pub(crate) fn bad(code: &str, name: &str, value: impl ToString) -> ApiError {
    ApiError::BadRequest { code: code.to_owned(), params: vec![(name.to_owned(), value.to_string())] }
}

/// A multipart body that cannot be read. The library's own words are for those who read English.
pub(crate) fn bad_multipart(error: impl ToString) -> ApiError {
    bad_argument("the multipart body cannot be read", &[("reason", error.to_string())])
}

/// A malformed request: `detail` is one of the texts that `messages` knows, with the values that it names.
pub(crate) fn bad_argument(detail: &str, values: &[(&str, String)]) -> ApiError {
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    let params = std::iter::once(("detail".to_owned(), detail.to_owned())).chain(values).collect();
    ApiError::BadRequest { code: "ARGUMENT_INVALID".to_owned(), params }
}

/// Options that are no JSON, or not those of the request.
fn bad_options(error: &serde_json::Error) -> ApiError {
    match error.classify() {
        serde_json::error::Category::Data => {
            bad_argument("an option has a value that does not fit", &[("reason", error.to_string())])
        }
        _ => {
            let place = [("line", error.line().to_string()), ("column", error.column().to_string())];
            bad_argument("the options are not JSON", &place)
        }
    }
}

/// A whole body of at most `limit` bytes.
pub(crate) async fn read_body(body: Body, limit: u64) -> Result<Vec<u8>, ApiError> {
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    match axum::body::to_bytes(body, most).await {
        Ok(bytes) => Ok(bytes.to_vec()),
        Err(_) => Err(ApiError::TooLarge { limit }),
    }
}

/// A whole part of at most `limit` bytes.
pub(crate) async fn read_field(mut field: Field<'_>, limit: u64) -> Result<Vec<u8>, ApiError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(bad_multipart)? {
        if (bytes.len() + chunk.len()) as u64 > limit {
            return Err(ApiError::TooLarge { limit });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// What came could not be written down.
pub(crate) fn unwritten(error: std::io::Error) -> ApiError {
    AppError::from(error).into()
}

/// Octets of a document that are kept in memory while it comes: 1 MiB.
const IN_MEMORY: usize = 1 << 20;

/// Takes a document as it comes: a small one into memory, a larger one into a file in the spool folder.
pub(crate) struct Spooling {
    memory: Vec<u8>,
    file: Option<(tokio::fs::File, tempfile::TempPath)>,
    size: u64,
    limit: u64,
    folder: PathBuf,
}

impl Spooling {
    /// At most `limit` bytes, in a file in `folder` when there are many.
    pub(crate) fn new(folder: PathBuf, limit: u64) -> Self {
        Self { memory: Vec::new(), file: None, size: 0, limit, folder }
    }

    async fn put(&mut self, chunk: &[u8]) -> Result<(), ApiError> {
        use tokio::io::AsyncWriteExt as _;
        self.size += chunk.len() as u64;
        if self.size > self.limit {
            return Err(ApiError::TooLarge { limit: self.limit });
        }
        if self.file.is_none() && self.memory.len() + chunk.len() > IN_MEMORY {
            let (file, path) = tempfile::NamedTempFile::new_in(&self.folder).map_err(unwritten)?.into_parts();
            let mut file = tokio::fs::File::from_std(file);
            file.write_all(&std::mem::take(&mut self.memory)).await.map_err(unwritten)?;
            self.file = Some((file, path));
        }
        match &mut self.file {
            Some((file, _)) => file.write_all(chunk).await.map_err(unwritten),
            None => {
                self.memory.extend_from_slice(chunk);
                Ok(())
            }
        }
    }

    async fn finish(self) -> Result<Received, ApiError> {
        use tokio::io::AsyncWriteExt as _;
        match self.file {
            None => Ok(Received::Memory(self.memory)),
            Some((mut file, path)) => {
                file.flush().await.map_err(unwritten)?;
                Ok(Received::File(path))
            }
        }
    }

    /// A whole body.
    async fn body(mut self, body: Body) -> Result<Received, ApiError> {
        use http_body_util::BodyExt as _;
        let mut body = body;
        while let Some(frame) = body.frame().await {
            // The layer above ends a body that is too large with an error.
            let frame = frame.map_err(|_| ApiError::TooLarge { limit: self.limit })?;
            if let Some(chunk) = frame.data_ref() {
                self.put(chunk).await?;
            }
        }
        self.finish().await
    }

    /// A whole part.
    async fn field(mut self, mut field: Field<'_>) -> Result<Received, ApiError> {
        while let Some(chunk) = field.chunk().await.map_err(bad_multipart)? {
            self.put(&chunk).await?;
        }
        self.finish().await
    }
}

/// Options as JSON; a key outside `known` is refused.
pub(crate) fn options<T: serde::de::DeserializeOwned>(bytes: &[u8], known: &[&str]) -> Result<T, ApiError> {
    // Read as an object first: an array of values in order would do for a structure.
    let value: serde_json::Map<String, Value> =
        serde_json::from_slice(bytes).map_err(|error| bad_options(&error))?;
    if let Some(key) = value.keys().find(|k| !known.contains(&k.as_str())) {
        return Err(bad("UNKNOWN_FIELD", "field", key));
    }
    serde_json::from_value(Value::Object(value)).map_err(|error| bad_options(&error))
}

/// What came with a request: a document, its file name, and options.
pub(crate) struct Sent<T> {
    pub(crate) document: Received,
    pub(crate) name: String,
    pub(crate) contents: Vec<DetachedContent>,
    pub(crate) options: T,
}

/// Bounds on the `content` parts of a request, which are held in memory.
pub(crate) struct Contents {
    /// Number of parts.
    pub(crate) parts: usize,
    /// Bytes of all together.
    pub(crate) bytes: u64,
}

/// A document and its options, from a raw body or from the parts `part`, `content` and `options`.
pub(crate) async fn document_and_options<T: serde::de::DeserializeOwned + Default>(
    request: axum::extract::Request,
    part: &str,
    known: &[&str],
    spooling: Spooling,
    mut most: Contents,
) -> Result<Sent<T>, ApiError> {
    let mut spooling = Some(spooling);
    use axum::extract::FromRequest;
    let kind = request.headers().get(axum::http::header::CONTENT_TYPE);
    if !kind.is_some_and(|k| k.as_bytes().starts_with(b"multipart/form-data")) {
        let Some(spooling) = spooling else { return Err(bad("FIELD_MISSING", "field", part)) };
        let document = spooling.body(request.into_body()).await?;
        return Ok(Sent { document, name: String::new(), contents: Vec::new(), options: T::default() });
    }
    let mut parts = Multipart::from_request(request, &()).await.map_err(bad_multipart)?;
    let (mut document, mut chosen, mut file) = (None, T::default(), String::new());
    let mut contents = Vec::new();
    while let Some(field) = parts.next_field().await.map_err(bad_multipart)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == part
            && let Some(spooling) = spooling.take()
        {
            file = field.file_name().unwrap_or_default().to_owned();
            document = Some(spooling.field(field).await?);
        } else if name == "content" && most.parts > 0 {
            if contents.len() >= most.parts {
                return Err(bad("FIELD_INVALID", "field", name));
            }
            let uri = field.file_name().filter(|name| !name.is_empty()).map(str::to_owned);
            let octets = read_field(field, most.bytes).await?;
            most.bytes = most.bytes.saturating_sub(octets.len() as u64);
            contents.push(DetachedContent { uri, octets });
        } else if name == "options" {
            chosen = options(&read_field(field, 65536).await?, known)?;
        } else {
            return Err(bad("UNKNOWN_FIELD", "field", name));
        }
    }
    // Senders name a part after its file unless told otherwise: a single content is what is missing,
    // whatever its name.
    if let [only] = contents.as_mut_slice() {
        only.uri = None;
    }
    let document = document.ok_or_else(|| bad("FIELD_MISSING", "field", part))?;
    Ok(Sent { document, name: file, contents, options: chosen })
}
