//! Doing what the register owes others, and its upkeep ([`super::upkeep`]): one loop for each kind in each process of the
//! service, so that a mail server that is slow holds up no question to a state database, and the other way round.
//!
//! All replicas may run it; the store sees to it that two do not work on the same job. What fails is tried again after
//! 2^n times a pause that no two processes measure alike, and given up, visibly, after so many tries. The loop asks
//! the database now and then and relies on nothing else to hear of a job.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;

use super::app::{App, pdf_name};
use super::clock::Clock;
use super::papers::PaperError;
use super::reminders;
use super::state_data::{self, Answer, Unanswered};
use super::upkeep::Upkeep;
use super::{evidence, export, names};
use crate::config;
use crate::housing;
use crate::mail::{Attachment, Letter, Protection, Relay, RelaySettings, Unsent, is_address};
use crate::messages::{self, Language};
use crate::registries::Registries;
use crate::store::{EVIDENCE, EXPORT, Job, MAIL, NAMES, STATE_DATA, Store, StoreError, StoredApplication};

/// How long nobody else takes a job that is being worked on; longer than any dialogue with a relay.
const LEASE: SignedDuration = SignedDuration::from_mins(10);
/// The longest pause between two tries.
const LONGEST: SignedDuration = SignedDuration::from_hours(6);

/// Does jobs of one kind, or upkeep of one.
pub struct Runner {
    store: Store,
    work: Work,
    settings: config::Jobs,
    clock: Clock,
}

/// The kinds of jobs, with what each needs.
enum Work {
    Mail(Arc<App>, Box<Relay>),
    StateData(Arc<App>, Arc<dyn Registries>),
    Evidence(Arc<App>),
    /// The lists of a month, into a folder.
    Export(PathBuf),
    /// The names by which cases are found.
    Names(Arc<App>),
    Upkeep(Upkeep),
}

/// What became of a try.
enum Outcome {
    Done,
    Answered(Box<Answer>),
    /// What came of it is written down already, unless the lease was lost.
    Ended(bool),
    Later(String),
    Never(String),
}

impl Runner {
    /// Who does the jobs under these settings; nobody those of a kind for which no server is named: they wait then.
    ///
    /// # Errors
    /// Says what in the settings cannot be used.
    pub(super) fn all(app: &Arc<App>) -> anyhow::Result<Vec<Self>> {
        let settings = app.settings();
        let mail = settings
            .mail
            .as_ref()
            .map(|mail| relay(mail, &settings.officials))
            .transpose()?
            .map(|relay| Work::Mail(Arc::clone(app), Box::new(relay)));
        let questions = app.registries().map(|registries| Work::StateData(Arc::clone(app), registries));
        let store = app.papers().store;
        let runner = |work| Self {
            store: store.clone(),
            work,
            settings: settings.jobs.clone(),
            clock: app.clock().clone(),
        };
        let evidence = app.fetches().then(|| Work::Evidence(Arc::clone(app)));
        let publication = settings.jobs.publication_dir.clone();
        let names = [Work::Names(Arc::clone(app))];
        let mut upkeep = vec![Upkeep::Given(Arc::clone(app)), Upkeep::Bookings];
        upkeep.extend(mail.is_some().then(|| Upkeep::Clocks(Arc::clone(app))));
        upkeep.extend(publication.is_some().then_some(Upkeep::Month));
        let works = mail.into_iter().chain(questions).chain(evidence).chain(publication.map(Work::Export));
        let works = works.chain(names).chain(upkeep.into_iter().map(Work::Upkeep));
        Ok(works.map(runner).collect())
    }

    /// Works until told to stop; what is begun is ended.
    pub async fn run(self, mut stop: tokio::sync::watch::Receiver<bool>) {
        let runner = Arc::new(self);
        while !*stop.borrow() {
            let one = Arc::clone(&runner);
            // By itself: a job that panics ends only its own try.
            match tokio::spawn(async move { one.next().await }).await {
                Ok(Ok(true)) => continue,
                Ok(Ok(false)) => {}
                Ok(Err(error)) => tracing::warn!(error = format!("{error:#}"), "jobs wait"),
                Err(error) => tracing::error!(error = error.to_string(), "a job did not end"),
            }
            let pause = jittered(SignedDuration::from_secs(runner.settings.poll_seconds.max(1)));
            let pause = Duration::try_from(pause).unwrap_or(Duration::from_secs(1));
            if tokio::time::timeout(pause, stop.changed()).await.is_ok_and(|told| told.is_err()) {
                return;
            }
        }
    }

    /// Does one job, if one is due.
    async fn next(&self) -> Result<bool, StoreError> {
        let (now, attempts) = (self.clock.now(), self.settings.attempts.max(1));
        let kind = match &self.work {
            Work::Mail(..) => MAIL,
            Work::StateData(..) => STATE_DATA,
            Work::Evidence(_) => EVIDENCE,
            Work::Export(_) => EXPORT,
            Work::Names(_) => NAMES,
            Work::Upkeep(upkeep) => return upkeep.once(&self.store, now).await,
        };
        let Some(job) = self.store.claim_job(kind, now, now + LEASE, attempts).await? else {
            return Ok(false);
        };
        let outcome = match &self.work {
            Work::Mail(app, relay) => self.mail(app, relay, &job).await?,
            Work::StateData(app, registries) => self.ask(app, registries, &job).await?,
            Work::Evidence(app) => self.complete(app, &job).await?,
            Work::Names(app) => match names::keep(app, &self.store, &job).await {
                Ok(kept) => Outcome::Ended(kept),
                Err(PaperError::Store(error)) => return Err(error),
                // Why stays here: it may name a person.
                Err(_) => Outcome::Later("the application cannot be read or verified".to_owned()),
            },
            Work::Export(folder) => self.publish(folder, &job).await?,
            Work::Upkeep(_) => return Ok(false),
        };
        let kept = match outcome {
            Outcome::Ended(kept) => kept,
            Outcome::Done => self.store.finish_job(&job).await?,
            Outcome::Answered(answer) => {
                let Answer { at, documents, event } = *answer;
                self.store.finish_job_with(&job, at, &documents, &event).await?
            }
            Outcome::Later(why) if job.attempts < attempts => {
                let again = self.clock.now() + jittered(pause(self.settings.retry_seconds, job.attempts));
                tracing::info!(job = job.id, why, "a job is tried again later");
                self.store.fail_job(&job, Some(again), &why).await?
            }
            Outcome::Later(why) | Outcome::Never(why) => {
                tracing::warn!(job = job.id, why, "a job is given up: see qoltanba jobs list");
                self.store.fail_job(&job, None, &why).await?
            }
        };
        if !kept {
            tracing::warn!(job = job.id, "a job took longer than its lease and may be done twice");
        }
        Ok(true)
    }

    /// The answer, and whatever else is written to whoever has a place, goes to who asked for it by mail (item 3(2)):
    /// the signed original, and its paper.
    async fn answer(app: &App, number: &str, kinds: &[&str]) -> Result<Vec<Attachment>, PaperError> {
        let Some((document, xml, pdf)) = app.papers().newest(number, kinds).await? else {
            return Ok(Vec::new());
        };
        let file_name = document.file_name;
        Ok(vec![
            Attachment { file_name: pdf_name(&file_name), media_type: "application/pdf", octets: pdf },
            Attachment { file_name, media_type: "application/xml", octets: xml },
        ])
    }

    async fn ask(
        &self,
        app: &App,
        registries: &Arc<dyn Registries>,
        job: &Job,
    ) -> Result<Outcome, StoreError> {
        Ok(match state_data::ask(app, &self.store, registries, job).await {
            Ok(Some(answer)) => Outcome::Answered(Box::new(answer)),
            Ok(None) => Outcome::Done,
            Err(Unanswered::Later(code, why)) => Outcome::Later(state_data::reason(code, &why)),
            Err(Unanswered::Never(why)) => Outcome::Never(why.to_owned()),
            Err(Unanswered::Store(error)) => return Err(error),
        })
    }

    async fn complete(&self, app: &App, job: &Job) -> Result<Outcome, StoreError> {
        Ok(match evidence::complete(app, &self.store, job).await {
            Ok(Some(kept)) => Outcome::Ended(kept),
            Ok(None) => Outcome::Done,
            Err(Unanswered::Later(code, why)) => Outcome::Later(state_data::reason(code, &why)),
            Err(Unanswered::Never(why)) => Outcome::Never(why.to_owned()),
            Err(Unanswered::Store(error)) => return Err(error),
        })
    }

    async fn publish(&self, folder: &Path, job: &Job) -> Result<Outcome, StoreError> {
        let payload: serde_json::Value = serde_json::from_str(&job.payload).unwrap_or_default();
        let is_month = |text: &&str| text.bytes().all(|octet| octet.is_ascii_digit() || octet == b'-');
        let month = payload.get("month").and_then(serde_json::Value::as_str).filter(is_month);
        let Some(month) = month else {
            return Ok(Outcome::Never("an export of no month".to_owned()));
        };
        Ok(match export::publish(&self.store, folder, month).await {
            Ok(()) => Outcome::Done,
            Err(error) => Outcome::Later(format!("{error:#}")),
        })
    }

    async fn mail(&self, app: &App, relay: &Relay, job: &Job) -> Result<Outcome, StoreError> {
        let address = match about(job).as_deref() {
            Some(reminders::LIMIT) => reminders::address(app, &self.store, job),
            _ => self.store.contact(&job.application).await?,
        };
        let Some(address) = address else { return Ok(Outcome::Done) };
        let case = self.store.application(&job.application).await?;
        let Some(mut letter) = letter(job, address, &case) else {
            return Ok(Outcome::Never("unknown kind of letter".to_owned()));
        };
        if let Some(kinds) = attached(job) {
            match Self::answer(app, &job.application, kinds).await {
                Ok(attachments) => letter.attachments = attachments,
                Err(PaperError::Store(error)) => return Err(error),
                Err(error) => return Ok(Outcome::Later(format!("{error:#}"))),
            }
        }
        Ok(match relay.send(&letter).await {
            Ok(()) => Outcome::Done,
            Err(Unsent::Later(why)) => Outcome::Later(why),
            Err(Unsent::Refused(why)) => Outcome::Never(why),
        })
    }
}

/// What a letter is about.
fn about(job: &Job) -> Option<String> {
    let payload: serde_json::Value = serde_json::from_str(&job.payload).ok()?;
    Some(payload.get("about")?.as_str()?.to_owned())
}

/// Kinds of documents of which the newest goes with a letter.
fn attached(job: &Job) -> Option<&'static [&'static str]> {
    Some(match about(job)?.as_str() {
        "notice" | "return-letter" => &["notice", "return-letter"],
        "granting-offer" => &["granting-offer"],
        "granting-decision" => &["granting-decision"],
        "removal-notice" => &["removal-notice"],
        _ => return None,
    })
}

/// Subject and text of a letter to an applicant about what happened.
fn texts(about: &str) -> Option<(&'static str, &'static str)> {
    Some(match about {
        "registered" => ("label-mail-registered-subject", "label-mail-registered"),
        "notice" | "return-letter" => ("label-mail-notice-subject", "label-mail-notice"),
        // It has no paper: nobody says of what was refused so that it is verified.
        evidence::REFUSAL => ("label-mail-refused-subject", "label-mail-refused"),
        "granting-offer" => ("label-mail-offer-subject", "label-mail-offer"),
        "granting-decision" => ("label-mail-decision-subject", "label-mail-decision"),
        "offer-ended" => ("label-mail-offer-ended-subject", "label-mail-offer-ended"),
        "new-key" => ("label-mail-new-key-subject", "label-mail-new-key"),
        "removal-notice" => ("label-mail-removal-subject", "label-mail-removal"),
        _ => return None,
    })
}

fn letter(job: &Job, address: String, case: &StoredApplication) -> Option<Letter> {
    let language = match case.language {
        housing::Language::Kk => Language::Kk,
        housing::Language::Ru => Language::Ru,
    };
    let Some((subject, text)) = texts(&about(job)?) else {
        return reminders::letter(job, address, language);
    };
    let due = case.due.to_string();
    let say =
        |id| messages::label(language, id, &[("number", job.application.as_str()), ("due", due.as_str())]);
    Some(Letter {
        id: job.id.clone(),
        to: address,
        subject: say(subject),
        text: say(text) + "\n",
        attachments: Vec::new(),
    })
}

/// The pause before the next try: 2^n times the first one.
fn pause(first_seconds: u32, attempts: u32) -> SignedDuration {
    let factor = 1_i64.checked_shl(attempts.saturating_sub(1).min(32)).unwrap_or(i64::MAX);
    SignedDuration::from_secs(i64::from(first_seconds).saturating_mul(factor)).min(LONGEST)
}

/// Between three and five quarters of it.
fn jittered(pause: SignedDuration) -> SignedDuration {
    let [.., random] = *uuid::Uuid::now_v7().as_bytes();
    let millis = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX / 512);
    SignedDuration::from_millis(millis / 4 * 3 + millis / 512 * i64::from(random))
}

fn relay(mail: &config::Mail, officials: &[config::Official]) -> anyhow::Result<Relay> {
    use anyhow::Context as _;
    let addresses = officials.iter().filter_map(|official| official.email.as_deref());
    for address in addresses {
        anyhow::ensure!(is_address(address), "officials.email: {address} is no address for letters");
    }
    let (host, port) = mail.server.rsplit_once(':').context("mail.server is no NAME:PORT")?;
    let authority = mail
        .ca
        .as_ref()
        .map(|file| std::fs::read(file).with_context(|| format!("mail.ca {}", file.display())));
    let login = match (&mail.user, &mail.password_file) {
        (Some(user), Some(file)) => {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("mail.password_file {}", file.display()))?;
            Some((user.clone(), zeroize::Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned())))
        }
        (None, None) => None,
        _ => anyhow::bail!("mail.user and mail.password_file come together"),
    };
    Relay::new(RelaySettings {
        host: host.trim_matches(['[', ']']).to_owned(),
        port: port.parse().context("mail.server has no port")?,
        protection: match mail.tls {
            config::MailTls::None => Protection::None,
            config::MailTls::Starttls => Protection::StartTls,
            config::MailTls::Tls => Protection::Tls,
        },
        authority: authority.transpose()?,
        login,
        from: mail.from.clone(),
    })
    .context("mail")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_whatever_is_sealed_the_applicant_is_told() {
        let made = housing::workflow::table::TABLE.iter().filter_map(|row| row.makes);
        let kinds = made.map(housing::workflow::Makes::kind).chain([evidence::REFUSAL, "registered"]);
        for kind in kinds {
            assert!(texts(kind).is_some(), "{kind}");
        }
    }

    #[test]
    fn pauses_double_up_to_a_bound_and_differ() {
        assert_eq!([1, 2, 5].map(|tries| pause(30, tries).as_secs()), [30, 60, 480]);
        assert_eq!(pause(30, 4_000_000_000), LONGEST);
        let pauses: Vec<_> = (0..64).map(|_| jittered(SignedDuration::from_secs(1000)).as_secs()).collect();
        assert!(pauses.iter().all(|pause| (749..=1250).contains(pause)), "{pauses:?}");
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
    }
}
