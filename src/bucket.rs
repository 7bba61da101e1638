//! Files in a bucket of an S3-compatible object store: putting one, and having it again.
//!
//! The object_store crate speaks the protocol. It is built without the engine for cryptography and the HTTP client that it
//! would bring: requests are signed by the digests of [`crate::crypto`], and go over a connection with OpenSSL's TLS, one
//! a request. No proxy is asked, nothing of the environment is read, and no redirect is followed. Everything has a
//! moment at which it ends.

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{self, HeaderValue};
use hyper_util::rt::TokioIo;
use object_store::aws::{AmazonS3, AmazonS3Builder, Checksum};
use object_store::client::{
    CryptoProvider, DigestAlgorithm, DigestContext, HmacContext, HttpClient, HttpConnector, HttpError,
    HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService, Signer, SigningAlgorithm,
};
use object_store::{BackoffConfig, ClientOptions, Error, ObjectStoreExt as _, RetryConfig, WriteMultipart};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::crypto;

/// For one connection.
const CONNECT: Duration = Duration::from_secs(5);
/// For one request with its answer: for what brings or fetches much, and for what does not. Others wait at the writers'
/// lock while a sealed document is put.
const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_secs(4);
/// Octets from which on a request brings much.
const MUCH: usize = 1 << 20;
/// What goes in one request; a longer file goes in parts of this size.
const PART: usize = 8 << 20;

/// Where the bucket is, and whose.
pub struct BucketSettings {
    /// `https://` and the host; `http://` for a loopback address alone.
    pub endpoint: String,
    pub region: String,
    pub name: String,
    pub access_key_id: String,
    pub secret_access_key: zeroize::Zeroizing<String>,
    /// A further authority that may certify the server, PEM.
    pub authority: Option<Vec<u8>>,
    /// Octets of an answer.
    pub most: usize,
}

/// An open bucket.
#[derive(Clone, Debug)]
pub struct Bucket(Arc<AmazonS3>);

/// Why a file was not put or had.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    #[error("the file on its way into the bucket")]
    File(#[from] std::io::Error),
    #[error("the bucket")]
    Away(#[source] Error),
}

impl Bucket {
    /// Makes it ready; nothing is asked yet.
    ///
    /// # Errors
    /// Says what in the settings cannot be used.
    pub fn open(settings: BucketSettings) -> anyhow::Result<Self> {
        use anyhow::Context as _;
        let endpoint = url::Url::parse(&settings.endpoint).context("bucket.endpoint is no URL")?;
        let is_loopback = match endpoint.host() {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => anyhow::bail!("bucket.endpoint has no host"),
        };
        let is_plain = endpoint.scheme() == "http";
        anyhow::ensure!(is_plain || endpoint.scheme() == "https", "bucket.endpoint: https:// is expected");
        anyhow::ensure!(!is_plain || is_loopback, "bucket.endpoint: http:// is for loopback addresses alone");
        let mut tls = native_tls::TlsConnector::builder();
        if let Some(pem) = &settings.authority {
            tls.add_root_certificate(native_tls::Certificate::from_pem(pem).context("bucket.ca")?);
        }
        let connections = Connections { tls: tls.build().context("TLS")?.into(), most: settings.most };
        let retry = RetryConfig {
            backoff: BackoffConfig {
                init_backoff: Duration::from_millis(100),
                max_backoff: Duration::from_secs(2),
                base: 2.0,
            },
            max_retries: 2,
            retry_timeout: Duration::from_secs(5),
        };
        let store = AmazonS3Builder::new()
            .with_endpoint(settings.endpoint.trim_end_matches('/'))
            .with_region(settings.region)
            .with_bucket_name(settings.name)
            .with_access_key_id(settings.access_key_id)
            .with_secret_access_key(settings.secret_access_key.as_str())
            .with_virtual_hosted_style_request(false)
            // The server refuses what was changed on its way.
            .with_checksum_algorithm(Checksum::SHA256)
            .with_allow_http(is_plain)
            .with_crypto_provider(Arc::new(Digests))
            .with_http_connector(connections)
            .with_retry(retry)
            .build()
            .context("bucket")?;
        Ok(Self(Arc::new(store)))
    }

    /// Puts a file there; it is there whole and for good when this returns, or not at all.
    ///
    /// # Errors
    /// When the file cannot be read or the bucket not be written.
    pub async fn put(&self, name: &str, file: &Path) -> Result<(), BucketError> {
        let path = object_store::path::Path::from(name);
        let mut from = tokio::fs::File::open(file).await?;
        let mut first = Vec::new();
        (&mut from).take(PART as u64).read_to_end(&mut first).await?;
        if first.len() < PART {
            self.0.put(&path, first.into()).await.map_err(BucketError::Away)?;
            return Ok(());
        }
        let upload = self.0.put_multipart(&path).await.map_err(BucketError::Away)?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
        upload.put(first.into());
        loop {
            let mut part = Vec::new();
            let read = (&mut from).take(PART as u64).read_to_end(&mut part).await;
            match read {
                Ok(0) => break,
                Ok(_) => upload.put(part.into()),
                Err(error) => {
                    // What was put of it so far goes; where that fails too, the bucket's own rules clear it away.
                    let _ = upload.abort().await;
                    return Err(error.into());
                }
            }
            upload.wait_for_capacity(1).await.map_err(BucketError::Away)?;
        }
        upload.finish().await.map_err(BucketError::Away)?;
        Ok(())
    }

    /// A file of the bucket; nothing, if there is none.
    ///
    /// # Errors
    /// When the bucket cannot be read.
    pub async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, BucketError> {
        let path = object_store::path::Path::from(name);
        let answer = match self.0.get(&path).await {
            Ok(answer) => answer,
            // Without the bucket no file is lost: it is somewhere else.
            Err(Error::NotFound { source, .. }) if !source.to_string().contains("NoSuchBucket") => {
                return Ok(None);
            }
            Err(error) => return Err(BucketError::Away(error)),
        };
        Ok(Some(answer.bytes().await.map_err(BucketError::Away)?.into()))
    }
}

/// Connections to the bucket.
#[derive(Clone)]
struct Connections {
    tls: tokio_native_tls::TlsConnector,
    most: usize,
}

impl std::fmt::Debug for Connections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connections")
    }
}

impl HttpConnector for Connections {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'a>>;

impl HttpService for Connections {
    fn call<'a, 'answer>(&'a self, request: HttpRequest) -> Answer<'answer>
    where
        'a: 'answer,
        Self: 'answer,
    {
        let late =
            |_| HttpError::new(HttpErrorKind::Timeout, std::io::Error::from(std::io::ErrorKind::TimedOut));
        let brings_little = request.body().content_length() < MUCH && request.method() != hyper::Method::GET;
        let patience = if brings_little { SHORT } else { LONG };
        Box::pin(async move { timeout(patience, self.exchange(request)).await.map_err(late)? })
    }
}

trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

impl Connections {
    async fn exchange(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let malformed =
            || HttpError::new(HttpErrorKind::Unknown, std::io::Error::other("no host in the request"));
        let authority = request.uri().authority().cloned().ok_or_else(malformed)?;
        let is_secure = request.uri().scheme_str() == Some("https");
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let port = authority.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
        let connection = self.open(&host, port, is_secure).await?;
        let broken = |error| HttpError::new(HttpErrorKind::Interrupted, error);
        let (mut sender, driver) =
            hyper::client::conn::http1::handshake(TokioIo::new(connection)).await.map_err(broken)?;
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str()).parse();
        *request.uri_mut() = target.map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))?;
        let host = HeaderValue::from_str(authority.as_str());
        let host = host.map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))?;
        request.headers_mut().insert(header::HOST, host);
        request.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        let driver = tokio::spawn(driver);
        let answer = sender.send_request(request).await.map_err(broken)?;
        // Whole, so that a body that stops coming ends with the request.
        let (parts, body) = answer.into_parts();
        let body = Limited::new(body, self.most).collect().await;
        let body = body.map_err(|error| HttpError::new_boxed(HttpErrorKind::Interrupted, error))?.to_bytes();
        driver.abort();
        let body = Full::<Bytes>::new(body).map_err(|never| match never {});
        Ok(HttpResponse::from_parts(parts, HttpResponseBody::new(body)))
    }

    async fn open(&self, host: &str, port: u16, is_secure: bool) -> Result<Box<dyn Connection>, HttpError> {
        let late =
            |_| HttpError::new(HttpErrorKind::Connect, std::io::Error::from(std::io::ErrorKind::TimedOut));
        let connected = timeout(CONNECT, TcpStream::connect((host, port))).await.map_err(late)?;
        let stream = connected.map_err(|error| HttpError::new(HttpErrorKind::Connect, error))?;
        if !is_secure {
            return Ok(Box::new(stream));
        }
        let secured = timeout(CONNECT, self.tls.connect(host, stream)).await.map_err(late)?;
        let secured = secured.map_err(|error| HttpError::new(HttpErrorKind::Connect, error))?;
        Ok(Box::new(secured))
    }
}

/// The digests by which requests are signed (AWS Signature Version 4).
#[derive(Debug)]
struct Digests;

/// A digest, or an HMAC if there is a key, being made.
struct Running {
    key: Option<zeroize::Zeroizing<Vec<u8>>>,
    octets: zeroize::Zeroizing<Vec<u8>>,
    value: [u8; 32],
}

impl Running {
    fn update(&mut self, octets: &[u8]) {
        self.octets.extend_from_slice(octets);
    }

    fn finish(&mut self) -> object_store::Result<&[u8]> {
        self.value = match &self.key {
            Some(key) => crypto::hmac_sha256(key, &self.octets).ok_or_else(|| unknown("no HMAC is made"))?,
            None => crypto::sha256(&self.octets),
        };
        Ok(&self.value)
    }
}

impl DigestContext for Running {
    fn update(&mut self, data: &[u8]) {
        self.update(data);
    }

    fn finish(&mut self) -> object_store::Result<&[u8]> {
        self.finish()
    }
}

impl HmacContext for Running {
    fn update(&mut self, data: &[u8]) {
        self.update(data);
    }

    fn finish(&mut self) -> object_store::Result<&[u8]> {
        self.finish()
    }
}

fn only_sha256(algorithm: &DigestAlgorithm) -> object_store::Result<()> {
    match algorithm {
        DigestAlgorithm::Sha256 => Ok(()),
        _ => Err(unknown("a digest that is not known")),
    }
}

fn unknown(what: &'static str) -> Error {
    Error::NotSupported { source: what.into() }
}

impl CryptoProvider for Digests {
    fn digest(&self, algorithm: DigestAlgorithm) -> object_store::Result<Box<dyn DigestContext>> {
        only_sha256(&algorithm)?;
        Ok(Box::new(Running { key: None, octets: Vec::new().into(), value: [0; 32] }))
    }

    fn hmac(&self, algorithm: DigestAlgorithm, secret: &[u8]) -> object_store::Result<Box<dyn HmacContext>> {
        only_sha256(&algorithm)?;
        let key = Some(secret.to_vec().into());
        Ok(Box::new(Running { key, octets: Vec::new().into(), value: [0; 32] }))
    }

    fn sign(&self, _: SigningAlgorithm, _: &[u8]) -> object_store::Result<Box<dyn Signer>> {
        Err(unknown("requests are signed by HMAC"))
    }
}
