//! The service as a process of its own, with a PKI and applicants enough for a test.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use qoltanba::asn1::oid;
use qoltanba::crypto::{Curve, DigestAlgorithm, ParameterSet, PrivateKey};
use qoltanba::housing::application::{Attachment, Person};
use qoltanba::housing::{Application, Category, Language};
use qoltanba::pkix::Certificate;
use qoltanba::pkix::issue::{self, Extension, Issuer, Profile};
use qoltanba::service::development_pki::{self, KeyAlgorithm, Options};
use qoltanba::signature::sign;
use qoltanba::xml::Limits;
use reqwest::multipart::{Form, Part};
use serde_json::Value;

use super::postgres;

use crate::tools::has_tool;

pub(crate) const FILE: &[u8] = b"%PDF-1.4 made up for a test";

/// A client that waits two minutes and no longer: a service that does not answer fails a test, and keeps none.
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder().timeout(Duration::from_secs(120)).build().expect("a client")
}

/// Waits until something is so, for half a minute.
pub(crate) async fn until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(30), "{what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A running service on a data folder; killed when dropped.
pub(crate) struct Service {
    pub(crate) process: Child,
    pub(crate) base: String,
    /// What it wrote to its log.
    pub(crate) log: Arc<Mutex<String>>,
}

impl Service {
    pub(crate) fn start(config: &Path) -> Self {
        Self::start_logging(config, "error")
    }

    pub(crate) fn start_logging(config: &Path, level: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_qoltanba"))
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(config)
            .env("QOLTANBA_LOG", level)
            .env_remove("QOLTANBA_DATABASE")
            .stderr(Stdio::piped())
            .spawn()
            .expect("the service starts");
        let stderr = process.stderr.take().expect("its messages");
        let log = Arc::new(Mutex::new(String::new()));
        let written = Arc::clone(&log);
        let (listening, heard) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                match line
                    .strip_prefix("listening on http://")
                    .and_then(|rest| rest.split_whitespace().next())
                {
                    // Nobody hears it where the test has given up.
                    Some(address) => drop(listening.send(address.to_owned())),
                    None => written.lock().expect("the log").push_str(&(line + "\n")),
                }
            }
        });
        let Ok(address) = heard.recv_timeout(Duration::from_secs(60)) else {
            let _ = process.kill();
            panic!("the service does not say where it listens: {}", log.lock().expect("the log"));
        };
        Self { process, base: format!("http://{address}"), log }
    }

    /// SIGTERM: what is begun is ended.
    pub(crate) fn stop(mut self) {
        let told = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        assert!(told.expect("kill runs").success());
        assert_eq!(self.process.wait().expect("it ends").code(), Some(0));
    }

    /// SIGKILL, as a power cut would.
    pub(crate) fn kill(mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("ended");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A folder with a PKI, a second authority that issues as many certificates as a test needs, and the
/// settings of a service.
pub(crate) struct Setting {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) authority: (Vec<u8>, PrivateKey),
    pub(crate) config: PathBuf,
}

impl Setting {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let pki = folder.path().join("pki");
        let not_before = Timestamp::now() - SignedDuration::from_hours(1);
        let options = Options {
            algorithm: KeyAlgorithm::Gost2015,
            not_before,
            years: 1,
            password: "qoltanba".to_owned(),
        };
        development_pki::init(&pki, &options).expect("a PKI");
        let name = issue::name(&[(oid::COMMON_NAME, "ТЕСТ (LOAD)"), (oid::COUNTRY, "KZ")]);
        // The service and this authority have national keys, the applicants below it others.
        let key = PrivateKey::generate_gost(ParameterSet::Gost2015With512).expect("a key");
        let issuer = Issuer { name: &name, key: &key, digest: DigestAlgorithm::Sha256 };
        let root = issue::certificate(
            &Profile {
                subject: name.clone(),
                public_key: key.public_key(),
                not_before,
                not_after: not_before + SignedDuration::from_hours(24 * 30),
                extensions: vec![Extension::authority(Some(0)), Extension::key_usage(&[5, 6])],
            },
            issuer,
        )
        .expect("a root");
        std::fs::write(folder.path().join("load.cer"), root).expect("written");
        std::fs::write(folder.path().join("password"), "qoltanba").expect("written");
        let config = folder.path().join("qoltanba.toml");
        let path = |name: &str| folder.path().join(name).display().to_string();
        let database = postgres::url().map(|url| format!("database = \"{url}\"\n")).unwrap_or_default();
        let text = format!(
            "{database}data_dir = \"{}\"\ntrust = [\"{}\", \"{}\"]\ncerts = [\"{}\"]\nrevocation = \"available\"\n\
             [provider_key]\nfile = \"{}\"\npassword_file = \"{}\"\n",
            path("data"),
            path("pki/root.cer"),
            path("load.cer"),
            path("pki/ca.cer"),
            path("pki/service.p12"),
            path("password"),
        );
        std::fs::write(&config, text).expect("written");
        Self { folder, authority: (name, key), config }
    }

    /// Signed applications of so many persons.
    pub(crate) fn applications(&self, persons: usize) -> Vec<Vec<u8>> {
        (0..persons).map(|person| self.application(u32::try_from(person).expect("small"), FILE)).collect()
    }

    /// A certificate of `localhost` that nobody vouches for, and its key: `NAME.pem` and `NAME.key`. Nothing without
    /// openssl.
    pub(crate) fn server_certificate(&self, name: &str) -> Option<String> {
        if !has_tool("openssl") {
            return None;
        }
        let path = self.folder.path().join(name).display().to_string();
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
            .args(["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
            .args(["-keyout", &format!("{path}.key"), "-out", &format!("{path}.pem")])
            .output()
            .expect("openssl runs");
        assert!(made.status.success(), "{made:?}");
        Some(path)
    }

    /// Runs a command of the program on this register: its status and what it printed.
    pub(crate) fn run(&self, arguments: &[&str]) -> (bool, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_qoltanba"))
            .args(arguments)
            .arg("--config")
            .arg(&self.config)
            .output()
            .expect("the program runs");
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    }

    /// A signed application of the made-up person with this number, and the file it lists.
    pub(crate) fn application(&self, person: u32, file: &[u8]) -> Vec<u8> {
        self.application_by(person, file, &[]).0
    }

    /// The same of somebody who wants to be told by mail.
    pub(crate) fn application_told(&self, person: u32, address: &str) -> Vec<u8> {
        self.signed(person, FILE, &[], Some(address), &[]).0
    }

    /// The same of somebody with a family.
    pub(crate) fn application_with(&self, person: u32, family: &[u32]) -> Vec<u8> {
        self.signed(person, FILE, &[], None, family).0
    }

    /// The same, with more in the certificate, and its serial number.
    pub(crate) fn application_by(&self, person: u32, file: &[u8], more: &[Extension]) -> (Vec<u8>, Vec<u8>) {
        self.signed(person, file, more, None, &[])
    }

    fn signed(
        &self,
        person: u32,
        file: &[u8],
        more: &[Extension],
        address: Option<&str>,
        family: &[u32],
    ) -> (Vec<u8>, Vec<u8>) {
        let (key, certificate) = self.certified(person, more);
        let serial = Certificate::from_der(&certificate).expect("parsed").serial().to_vec();
        let mut data = data(person, file);
        data.notification_email = address.map(str::to_owned);
        data.family = family.iter().map(|person| (named(*person), "spouse".to_owned())).collect();
        (signed(&data.to_xml(), &key, &certificate), serial)
    }

    /// A document signed by a made-up person.
    pub(crate) fn sign_as(&self, person: u32, xml: &str) -> Vec<u8> {
        let (key, certificate) = self.certified(person, &[]);
        signed(xml, &key, &certificate)
    }

    /// The same, with a time of signing.
    pub(crate) fn sign_at(&self, person: u32, xml: &str, at: Timestamp) -> Vec<u8> {
        let (key, certificate) = self.certified(person, &[]);
        let profile = sign::Profile { properties: Some(at), ..sign::Profile::default() };
        sign::sign(xml.as_bytes(), &key, &certificate, &profile, &Limits::default()).expect("signed")
    }

    /// A key of the made-up person with this number, and its certificate.
    fn certified(&self, person: u32, more: &[Extension]) -> (PrivateKey, Vec<u8>) {
        let iin = iin(person);
        let (name, authority) = &self.authority;
        let key = PrivateKey::generate_ec(Curve::P256).expect("a key");
        let not_before = Timestamp::now() - SignedDuration::from_mins(30);
        let subject = issue::name(&[
            (oid::COMMON_NAME, "МЫСАЛОВ МЫСАЛ"),
            (oid::SURNAME, "МЫСАЛОВ"),
            (oid::SERIAL_NUMBER, &format!("IIN{iin}")),
            (oid::COUNTRY, "KZ"),
        ]);
        let certificate = issue::certificate(
            &Profile {
                subject,
                public_key: key.public_key(),
                not_before,
                not_after: not_before + SignedDuration::from_hours(24),
                extensions: [&[Extension::key_usage(&[0, 1])], more].concat(),
            },
            Issuer { name, key: authority, digest: DigestAlgorithm::Sha256 },
        )
        .expect("a certificate");
        (key, certificate)
    }
}

fn signed(xml: &str, key: &PrivateKey, certificate: &[u8]) -> Vec<u8> {
    let (profile, limits) = (sign::Profile::default(), Limits::default());
    sign::sign(xml.as_bytes(), key, certificate, &profile, &limits).expect("signed")
}

fn named(person: u32) -> Person {
    Person {
        iin: iin(person),
        surname: "МЫСАЛОВ".to_owned(),
        given_name: "МЫСАЛ".to_owned(),
        patronymic: None,
    }
}

/// The application of the made-up person with this number, and the file it lists.
pub(crate) fn data(person: u32, file: &[u8]) -> Application {
    Application {
        language: Language::Ru,
        applicant: named(person),
        representative: None,
        address: "Алматы, ул. Примерная, 1".to_owned(),
        phone: "+7 727 000 00 00".to_owned(),
        email: None,
        category: Category::Vulnerable,
        family: Vec::new(),
        housing_check: true,
        data_processing: true,
        notification_email: None,
        centre: None,
        attachments: vec![Attachment {
            document_code: "D7".to_owned(),
            file_name: "income.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            size: file.len() as u64,
            sha256: qoltanba::crypto::sha256(file),
        }],
    }
}

/// A made-up IIN with a right check digit: the first numbers from 1 January 1985 that have one.
pub(crate) fn iin(person: u32) -> String {
    let mut left = person;
    for serial in 0..10_000 {
        let body = format!("8501013{serial:04}");
        for check in 0..10 {
            let number = format!("{body}{check}");
            if qoltanba::housing::Iin::parse(&number, qoltanba::housing::TestIdentities::Refused).is_ok() {
                if left == 0 {
                    return number;
                }
                left -= 1;
            }
        }
    }
    unreachable!("fewer than 10 000 persons are asked for")
}

pub(crate) fn form(document: Vec<u8>, name: &'static str, file: &[u8]) -> Form {
    Form::new()
        .part("application", Part::bytes(document).mime_str("application/xml").expect("a type"))
        .part("file", Part::bytes(file.to_vec()).file_name(name).mime_str("application/pdf").expect("a type"))
}

pub(crate) async fn post(base: &str, form: Form) -> reqwest::Result<(u16, Value)> {
    let answer = client()
        .post(format!("{base}/api/v1/applications"))
        .timeout(Duration::from_secs(30))
        .multipart(form)
        .send()
        .await?;
    let status = answer.status().as_u16();
    let text = answer.text().await?;
    Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
}
