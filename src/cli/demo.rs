//! `qoltanba demo`: the main job, played over HTTP against the real service in a temporary folder.
//! Every step says what was checked, and the demo ends with an error if one does not come out as it
//! must.

mod results;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;
use reqwest::multipart::{Form, Part};
use serde_json::Value;

use super::Outcome;
use super::serve::runtime;
use crate::config::{Jobs, Official, ProviderKey, Registries, Revocation, Settings, StateDatabase};
use crate::crypto::{self, Identity};
use crate::housing::act::Content;
use crate::housing::application::{Attachment, Person};
use crate::housing::edition::BUILT_IN;
use crate::housing::state_data::Database;
use crate::housing::workflow::{Memo, Sitting};
use crate::housing::{Application, Category, Decision, Language, Role, Step};
use crate::messages::Language as Lang;
use crate::pkix::Certificate;
use crate::service::app::App;
use crate::service::development_pki::{self, KeyAlgorithm, Options};
use crate::service::register::first_broken_event;
use crate::service::verify::{Checker, evidence_from_files, open_identity, sign_xml};
use crate::signature::sign::Profile;
use crate::validation::{Indication, Policy, RevocationMode};
use crate::web;

/// Play the whole story in a temporary folder
///
/// A citizen signs an application, the service checks and registers it, officials take their steps,
/// and the signed notice with the queue number goes out; in the end a dwelling is granted. Then a refusal, and through
/// the channel of a centre a letter of return and a notice that nobody fetches. Tampered and wrongly signed submissions
/// are refused on the way. At the end the timeline of each case with its clocks; a month of one of them passes because
/// the clock of the service is moved.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  qoltanba demo --keep")]
pub(super) struct Demo {
    /// Leave the service running and print its address
    #[arg(long)]
    keep: bool,
}

const PASSWORD: &str = "qoltanba";
/// The district department at whose counter the story goes on.
const CENTRE: &str = "almaly";
const ADDRESS: &str = "Алматы қ., Мысал көшесі, 1-үй";
/// With which the executor reads cases.
const TOKEN: &str = "the executor of the demonstration";

struct Story {
    base: String,
    client: reqwest::Client,
    pki: PathBuf,
    checker: Checker,
    step: std::cell::Cell<usize>,
    /// The file that moves the clock of the service.
    clock: PathBuf,
}

impl Demo {
    pub(super) fn run(&self, _language: Lang) -> Outcome {
        let folder = tempfile::tempdir()?;
        runtime()?.block_on(self.play(folder.path()))?;
        Ok(ExitCode::SUCCESS)
    }

    async fn play(&self, folder: &Path) -> anyhow::Result<()> {
        let pki = folder.join("pki");
        development_pki::init(
            &pki,
            &Options {
                algorithm: KeyAlgorithm::Gost2015,
                not_before: Timestamp::now() - SignedDuration::from_hours(1),
                years: 1,
                password: PASSWORD.to_owned(),
            },
        )?;
        println!("A development PKI shaped like the national one was made in {}.", pki.display());
        let databases = Databases::start(folder, &pki)?;
        println!("Made-up state databases answer at {}, a process of their own.", databases.url);
        let settings = settings(folder, &pki, &databases.url)?;
        let listener = tokio::net::TcpListener::bind(settings.listen).await?;
        let address = listener.local_addr()?;
        let register = settings.clone();
        let app = Arc::new(App::open(settings).await?);
        let (stop_jobs, stopped_jobs) = tokio::sync::watch::channel(false);
        let mut jobs = tokio::task::JoinSet::new();
        for runner in app.runners()? {
            jobs.spawn(runner.run(stopped_jobs.clone()));
        }
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let stopping = async move {
            if stopped.await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let server = tokio::spawn(web::serve(listener, web::router(app), stopping, 5));
        println!("The service listens on http://{address} (documentation at /docs).\n");
        let evidence = evidence_from_files(
            &[pki.join("root.cer")],
            &[pki.join("ca.cer")],
            &[pki.join("root.crl"), pki.join("ca.crl")],
            RevocationMode::Required,
        )
        .map_err(|refusal| anyhow::anyhow!("{}", refusal.code))?;
        let story = Story {
            base: format!("http://{address}/api/v1"),
            client: reqwest::Client::new(),
            pki,
            checker: Checker::new(evidence, Policy::kz()),
            step: std::cell::Cell::new(0),
            clock: clock_file(folder),
        };
        story.play(&register).await?;
        if self.keep {
            println!("\nThe service goes on at http://{address}; stop it with Ctrl+C.");
            drop(stop);
            server.await??;
            return Ok(());
        }
        let _ = stop.send(());
        server.await??;
        let _ = stop_jobs.send(true);
        jobs.join_all().await;
        Ok(())
    }
}

/// `qoltanba simulate`; ended when dropped.
struct Databases {
    process: std::process::Child,
    url: String,
}

impl Databases {
    fn start(folder: &Path, pki: &Path) -> anyhow::Result<Self> {
        use std::io::BufRead as _;
        let data = folder.join("simulate.toml");
        let (first, second) = (iin_of(pki, "applicant")?, iin_of(pki, "applicant2")?);
        let person = |iin: &str, surname: &str| {
            format!(
                "[[person]]\niin = \"{iin}\"\nsurname = \"{surname}\"\ngiven_name = \"АЙДОС\"\n\
                 patronymic = \"МЫСАЛҰЛЫ\"\nbirth_date = \"1985-03-15\"\n\
                 [[person.residence]]\naddress = \"{ADDRESS}\"\nsince = \"2010-05-17\"\n"
            )
        };
        let dwelling =
            format!("[[person.property]]\nkind = \"apartment\"\nshare = \"1\"\naddress = \"{ADDRESS}\"\n");
        std::fs::write(&data, person(&first, "ВЫМЫШЛЕНОВ") + &person(&second, "БАСҚА") + &dwelling)?;
        let mut process = std::process::Command::new(std::env::current_exe()?)
            .args(["simulate", "--listen", "127.0.0.1:0", "--test-password", PASSWORD, "--data"])
            .arg(&data)
            .arg("--key")
            .arg(pki.join("official.p12"))
            .stderr(std::process::Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let said = process.stderr.take().context("its messages")?;
        std::io::BufReader::new(said).read_line(&mut line)?;
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned);
        let started = Self { process, url: url.unwrap_or_default() };
        ensure!(!started.url.is_empty(), "the state databases: {line}");
        Ok(started)
    }
}

impl Drop for Databases {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn clock_file(folder: &Path) -> PathBuf {
    folder.join("clock")
}

fn settings(folder: &Path, pki: &Path, databases: &str) -> anyhow::Result<Settings> {
    let password_file = folder.join("password");
    std::fs::write(&password_file, PASSWORD)?;
    std::fs::write(clock_file(folder), "0")?;
    let centre =
        |role: Role| (role.body() == crate::housing::permission::Body::Centre).then(|| CENTRE.into());
    let official = |name: &str, role| -> anyhow::Result<Official> {
        let reads = role == Role::Executor;
        let token_sha256 = reads.then(|| crate::housing::hex(&crypto::sha256(TOKEN.as_bytes())));
        Ok(Official {
            iin: iin_of(pki, name)?,
            role,
            centre: centre(role),
            bin: None,
            email: None,
            token_sha256,
        })
    };
    let signatory = iin_of(pki, "official")?;
    let databases = [Database::NaturalPersons, Database::Residence, Database::Property].map(|database| {
        StateDatabase { database, url: databases.to_owned(), iin: signatory.clone(), bin: None }
    });
    Ok(Settings {
        listen: ([127, 0, 0, 1], 0).into(),
        data_dir: folder.join("data"),
        trust: vec![pki.join("root.cer")],
        certs: vec![pki.join("ca.cer")],
        crls: vec![pki.join("root.crl"), pki.join("ca.crl")],
        revocation: Revocation::Required,
        policy: "kz".to_owned(),
        office: "ALA".to_owned(),
        allow_test_identities: true,
        editions: BUILT_IN.map(|(name, _)| name.to_owned()).into(),
        clock_file: Some(clock_file(folder)),
        provider_key: Some(ProviderKey {
            file: pki.join("service.p12"),
            password_env: None,
            password_file: Some(password_file),
        }),
        officials: vec![
            official("official", Role::Head)?,
            official("official", Role::Inspector)?,
            official("official", Role::Dispatcher)?,
            official("official", Role::Akimat)?,
            official("executor", Role::Akimat)?,
            official("official", Role::CentreEmployee)?,
            official("official", Role::DocumentarySupport)?,
            official("executor", Role::Executor)?,
            official("executor", Role::Chancellery)?,
            official("commission", Role::Commission)?,
        ],
        registries: Registries { databases: databases.into(), ..Registries::default() },
        jobs: Jobs { poll_seconds: 1, ..Jobs::default() },
        ..Settings::default()
    })
}

fn iin_of(pki: &Path, name: &str) -> anyhow::Result<String> {
    let certificate = Certificate::from_der(&std::fs::read(pki.join(format!("{name}.cer")))?)?;
    certificate.subject().iin().map(ToString::to_string).context("a certificate without an IIN")
}

impl Story {
    fn say(&self, text: &str) {
        self.step.set(self.step.get() + 1);
        println!("{:2}. {text}", self.step.get());
    }

    fn identity(&self, name: &str) -> anyhow::Result<Identity> {
        let bytes = std::fs::read(self.pki.join(format!("{name}.p12")))?;
        open_identity(&bytes, PASSWORD).map_err(|refusal| anyhow::anyhow!("{}", refusal.code))
    }

    fn signed(&self, xml: &str, name: &str) -> anyhow::Result<Vec<u8>> {
        sign_xml(xml.as_bytes(), &self.identity(name)?, &Profile::default(), &self.checker.reading.limits)
            .map_err(|refusal| anyhow::anyhow!("{}", refusal.code))
    }

    async fn submit(&self, document: Vec<u8>, file: &[u8]) -> anyhow::Result<(StatusCode, Value)> {
        let form = Form::new().part("application", Part::bytes(document).mime_str("application/xml")?).part(
            "attachment",
            Part::bytes(file.to_vec()).file_name("otbasy.pdf").mime_str("application/pdf")?,
        );
        let answer = self.client.post(format!("{}/applications", self.base)).multipart(form).send().await?;
        let status = answer.status();
        Ok((status, serde_json::from_str(&answer.text().await?)?))
    }

    async fn refused(&self, document: Vec<u8>, file: &[u8], code: &str, told: &str) -> anyhow::Result<()> {
        let (status, body) = self.submit(document, file).await?;
        ensure!(status == StatusCode::UNPROCESSABLE_ENTITY, "{told}: {status} {body}");
        ensure!(body.to_string().contains(code), "{told}: {code} is not in {body}");
        self.say(&format!("{told}: refused with {code}, nothing registered."));
        Ok(())
    }

    async fn act(&self, number: &str, content: &Content, who: &str) -> anyhow::Result<(StatusCode, Value)> {
        let step = content.step().code();
        let answer = self
            .client
            .post(format!("{}/applications/{number}/steps/{step}", self.base))
            .header("content-type", "application/xml")
            .body(self.signed(&content.to_xml(number), who)?)
            .send()
            .await?;
        let status = answer.status();
        Ok((status, serde_json::from_str(&answer.text().await?)?))
    }

    async fn take(&self, number: &str, content: Content, who: &str, told: &str) -> anyhow::Result<Value> {
        let (status, body) = self.act(number, &content, who).await?;
        ensure!(status.is_success(), "{told}: {status} {body}");
        self.say(&format!("{told}; the case is now \"{}\".", body["status"].as_str().unwrap_or_default()));
        Ok(body)
    }

    async fn play(&self, register: &Settings) -> anyhow::Result<()> {
        let file = b"%PDF-1.4 a family composition certificate, made up for the demonstration".to_vec();
        let application = self.application("applicant", "ВЫМЫШЛЕНОВ", &file)?;
        let document = self.signed(&application.to_xml(), "applicant")?;
        self.say("The applicant filled in and signed the application (enveloped XML signature).");

        let tampered = String::from_utf8(document.clone())?.replace("ВЫМЫШЛЕНОВ", "ПОДМЕНЁНОВ");
        self.refused(tampered.into_bytes(), &file, "DIGEST_MISMATCH", "The same, changed after signing")
            .await?;
        let foreign = self.signed(&application.to_xml(), "applicant2")?;
        self.refused(foreign, &file, "SIGNER_NOT_APPLICANT", "Signed by another person").await?;
        let wrong = self.signed(&application.to_xml(), "wrong-usage")?;
        self.refused(wrong, &file, "KEY_USAGE_NOT_SIGNING", "Signed with an authentication key").await?;
        let revoked = self.signed(&application.to_xml(), "revoked")?;
        self.refused(revoked, &file, "CERTIFICATE_REVOKED", "Signed with a revoked certificate").await?;
        let other_file = b"another file".to_vec();
        self.refused(
            document.clone(),
            &other_file,
            "ATTACHMENT_SIZE_MISMATCH",
            "With another attachment than listed",
        )
        .await?;

        let (status, filed) = self.submit(document.clone(), &file).await?;
        ensure!(status == StatusCode::CREATED, "filing: {status} {filed}");
        let number = filed["number"].as_str().context("a number")?.to_owned();
        self.say(&format!(
            "The application itself: signature, chain, revocation, key usage, IIN and attachment checked; \
             registered as {number}, result due {}.",
            filed["due_date"].as_str().unwrap_or_default()
        ));
        self.check_sealed(filed["receipt"].as_str().unwrap_or_default().as_bytes(), "receipt")?;
        let (status, again) = self.submit(document, &file).await?;
        ensure!(status == StatusCode::CONFLICT, "a second filing: {status} {again}");
        self.say("The same document sent a second time: 409, one application stays one.");

        let key = filed["access_key"].as_str().context("an access key")?.to_owned();
        self.state_data(&number, &["agree", "agree", "agree"]).await?;
        self.decide(&number, None).await?;
        let notice = self.notice(&number, &key).await?;
        self.check_sealed(&notice, "notice of registration")?;
        let registered = number;

        let second = self.application("applicant2", "БАСҚА", &file)?;
        let document = self.signed(&second.to_xml(), "applicant2")?;
        let (status, filed) = self.submit(document, &file).await?;
        ensure!(status == StatusCode::CREATED, "filing: {status} {filed}");
        let number = filed["number"].as_str().context("a number")?.to_owned();
        self.say(&format!("A second citizen's application is registered as {number}."));
        self.state_data(&number, &["agree", "agree", "contradict"]).await?;
        self.decide(&number, Some("owned-housing")).await?;
        let key = filed["access_key"].as_str().context("an access key")?.to_owned();
        let refusal = self.notice(&number, &key).await?;
        self.check_sealed(&refusal, "reasoned refusal")?;
        let text = String::from_utf8_lossy(&refusal);
        ensure!(text.contains("<ground code=\"owned-housing\">"), "the refusal names no ground: {text}");
        let refused = number;

        let returned = self.at_the_centre(&file).await?;
        self.granted(&registered).await?;
        // The last, because it moves the clock.
        let unclaimed = self.unclaimed(&file).await?;

        ensure!(first_broken_event(register).await?.is_none(), "the chain of events is broken");
        self.say("Every event carries the hash of the one before it: the chain is whole.");
        for (number, of) in [
            (&registered, "registered and granted a dwelling"),
            (&refused, "refused"),
            (&returned, "returned as incomplete"),
            (&unclaimed, "unclaimed"),
        ] {
            self.timeline(number, of).await?;
        }
        println!("\nThe story is complete.");
        Ok(())
    }

    /// The executor sees what the state databases said.
    async fn state_data(&self, number: &str, expected: &[&str]) -> anyhow::Result<()> {
        let url = format!("{}/applications/{number}", self.base);
        for _ in 0..60 {
            let answer = self.client.get(&url).bearer_auth(TOKEN).send().await?;
            let case: Value = serde_json::from_str(&answer.text().await?)?;
            let questions = case["state_data"].as_array().context("what was asked")?;
            if questions.iter().all(|one| one["status"] == "answered") {
                let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
                let results: Vec<String> = questions.iter().map(|one| text(one, "result")).collect();
                ensure!(results == expected, "the state databases said otherwise: {case}");
                let told: Vec<String> =
                    questions.iter().map(|one| text(one, "database") + ": " + &text(one, "result")).collect();
                self.say(&format!(
                    "The state databases answered with signed e-documents; beside the application they say \
                     {}. The executor sees it and decides.",
                    told.join(", ")
                ));
                return Ok(());
            }
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
        anyhow::bail!("the state databases did not answer")
    }

    /// The channel of the centre (item 8): an incomplete package comes back with a letter.
    /// Returns the number of its case.
    async fn at_the_centre(&self, file: &[u8]) -> anyhow::Result<String> {
        let application = Application {
            centre: Some(CENTRE.to_owned()),
            category: Category::Orphan,
            ..self.application("applicant", "МЫСАЛОВ", file)?
        };
        let stranger = self.signed(&application.to_xml(), "executor")?;
        self.refused(stranger, file, "SIGNER_NOT_INSPECTOR", "Taken down by somebody who is no inspector")
            .await?;
        let document = self.signed(&application.to_xml(), "official")?;
        let (status, filed) = self.submit(document, file).await?;
        ensure!(status == StatusCode::CREATED, "filing at the centre: {status} {filed}");
        let number = filed["number"].as_str().context("a number")?.to_owned();
        self.say(&format!("An inspector took an application down at the counter: {number}, with a receipt."));
        // Before the letter goes out: an answer that is on its way then would come after the last step.
        self.state_data(&number, &["contradict", "agree", "agree"]).await?;
        let number_of = |step, number: &str| Content::Number { step, number: number.to_owned() };
        let executor = iin_of(&self.pki, "executor")?;
        let missing = vec!["D8".to_owned()];
        for (content, who, what) in [
            (number_of(Step::SendToProvider, "K-1"), "official", "Sent to the provider on courier list K-1"),
            (Content::Plain(Step::ReceivePackage), "executor", "The chancellery took it over"),
            (number_of(Step::RegisterIncoming, "I-1"), "executor", "Registered as incoming I-1"),
            (Content::Plain(Step::PutBeforeOfficial), "executor", "Put before the official"),
            (Content::AssignExecutor { executor }, "official", "The official named the executor"),
            (Content::Plain(Step::Forward), "official", "Documentary support handed it to the executor"),
            (
                Content::Memo(Memo::Incomplete { missing }),
                "executor",
                "The executor found a document missing",
            ),
            (Content::Plain(Step::DraftLetter), "executor", "The letter of return was drafted"),
            (Content::Plain(Step::SignLetter), "official", "The head signed the letter"),
            (
                number_of(Step::RegisterOutgoing, "O-1"),
                "official",
                "Registered as outgoing, given to the courier",
            ),
            (Content::Plain(Step::ReceiveResult), "official", "The letter is at the centre"),
            (Content::Plain(Step::Issue), "official", "The applicant has the letter"),
        ] {
            self.take(&number, content, who, what).await?;
        }
        Ok(number)
    }

    async fn decide(&self, number: &str, refusal: Option<&str>) -> anyhow::Result<()> {
        let (status, body) = self.act(number, &Content::Plain(Step::SignNotice), "official").await?;
        ensure!(status == StatusCode::FORBIDDEN, "out of turn: {status} {body}");
        self.say("The head tries to sign the notice before there is a decision: refused, out of turn.");
        let executor = iin_of(&self.pki, "executor")?;
        self.take(number, Content::AssignExecutor { executor }, "official", "The head named the executor")
            .await?;
        let memo = Content::Memo(Memo::Complete {
            register: refusal.is_none(),
            ground: refusal.map(|_| "Өтініш берушінің меншігінде тұрғын үйі бар.".to_owned()),
            resolved: vec![],
        });
        self.take(number, memo, "executor", "The executor signed the memo").await?;
        let date = crate::calendar::local_date(Timestamp::now())?;
        let sitting = Sitting { date, number: "12".to_owned(), delay: None };
        self.take(
            number,
            Content::PutOnAgenda(sitting),
            "executor",
            "The case is on the agenda of the commission",
        )
        .await?;
        let decision = |codes: &[&str], reason: Option<&str>| {
            Content::CommissionDecision(Decision {
                ground_codes: codes.iter().map(|code| (*code).to_owned()).collect(),
                reason: reason.map(str::to_owned),
                date,
                minutes_number: "12".to_owned(),
            })
        };
        if refusal.is_some() {
            for (codes, reason, expected) in [
                (&[][..], Some("тұрғын үйі бар"), "GROUND_REQUIRED"),
                (&["rich"][..], None, "NO_SUCH_GROUND"),
            ] {
                let (status, body) = self.act(number, &decision(codes, reason), "commission").await?;
                let is_refused = status == StatusCode::FORBIDDEN && body["code"] == expected;
                ensure!(is_refused, "{expected}: {status} {body}");
            }
            self.say("The commission refuses in words alone, or on a ground that the Law does not have: neither is taken.");
        }
        let codes: Vec<&str> = refusal.into_iter().collect();
        let decision = decision(&codes, None);
        self.take(number, decision, "commission", "The housing commission decided").await?;
        self.take(number, Content::Plain(Step::DraftNotice), "executor", "The executor drafted the notice")
            .await?;
        let done = self
            .take(
                number,
                Content::Plain(Step::SignNotice),
                "official",
                "The head signed; the provider's key sealed the notice",
            )
            .await?;
        match (refusal, done["queue_number"].as_u64()) {
            (None, Some(place)) => self.say(&format!("The notice gives queue number {place}.")),
            (Some(_), None) => self.say("The notice is a reasoned refusal; no place in the queue was taken."),
            other => anyhow::bail!("unexpected outcome {other:?}"),
        }
        Ok(())
    }

    async fn notice(&self, number: &str, key: &str) -> anyhow::Result<Vec<u8>> {
        let url = format!("{}/applications/{number}/notice", self.base);
        let stranger = self.client.get(&url).send().await?.status();
        ensure!(stranger == StatusCode::UNAUTHORIZED, "a stranger got {stranger}");
        let answer = self.client.get(&url).bearer_auth(key).send().await?;
        ensure!(answer.status().is_success(), "the notice: {}", answer.status());
        self.say("The applicant fetched the notice with their key; without it the service answers 401.");
        Ok(answer.bytes().await?.to_vec())
    }

    fn check_sealed(&self, document: &[u8], what: &str) -> anyhow::Result<()> {
        let report = self
            .checker
            .verify(document, Timestamp::now())
            .map_err(|refusal| anyhow::anyhow!("{what}: {}", refusal.code))?;
        ensure!(report.indication == Indication::TotalPassed, "{what}: {report:?}");
        let signer = report.signatures.first().and_then(|signature| signature.signer.as_ref());
        self.say(&format!(
            "The {what} verifies: TOTAL-PASSED, signed by {}.",
            signer.map(|signer| signer.subject.as_str()).unwrap_or_default()
        ));
        Ok(())
    }

    fn application(&self, who: &str, surname: &str, file: &[u8]) -> anyhow::Result<Application> {
        Ok(Application {
            language: Language::Kk,
            applicant: Person {
                iin: iin_of(&self.pki, who)?,
                surname: surname.to_owned(),
                given_name: "АЙДОС".to_owned(),
                patronymic: Some("МЫСАЛҰЛЫ".to_owned()),
            },
            representative: None,
            address: ADDRESS.to_owned(),
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
                file_name: "otbasy.pdf".to_owned(),
                media_type: "application/pdf".to_owned(),
                size: file.len() as u64,
                sha256: crypto::sha256(file),
            }],
        })
    }
}
