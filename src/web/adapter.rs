//! The service behind the routes: joins [`App`] to [`Api`], with texts put into reports.

use std::path::PathBuf;

use serde_json::Value;

use super::api::{
    Answer, Api, ApiError, CertificateOptions, File, Item, QueueQuery, Submitted, Upload, VerifyOptions,
};
use crate::config::Limits;
use crate::housing::State;
use crate::messages::{self, Language};
use crate::service::app::{App, AppError, Asking, Checked, Document, Spooled};
use crate::service::reading::{DetachedContent, Received};

impl From<AppError> for ApiError {
    fn from(error: AppError) -> Self {
        let owned = |params: Vec<(&'static str, String)>| {
            params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
        };
        match error {
            AppError::NotJudgeable(refusal) => {
                log_unreadable(refusal.code, &refusal.params);
                Self::NotJudgeable {
                    code: refusal.code.to_owned(),
                    params: owned(refusal.params),
                    line: refusal.position.map(|at| at.line as u64),
                    column: refusal.position.map(|at| at.column as u64),
                }
            }
            AppError::Option(name) => Self::BadRequest {
                code: "FIELD_INVALID".to_owned(),
                params: vec![("field".to_owned(), name.to_owned())],
            },
            AppError::Invalid(items) => Self::Invalid(
                items
                    .into_iter()
                    .map(|reason| Item { code: reason.code, field: reason.field, params: reason.params })
                    .collect(),
            ),
            AppError::Conflict(code, number) => Self::Conflict {
                code: code.to_owned(),
                params: vec![("number".to_owned(), number.unwrap_or_else(|| "none".to_owned()))],
            },
            AppError::Denied(code, params) => Self::Denied { code: code.to_owned(), params },
            AppError::Unauthorized => Self::Unauthorized,
            AppError::NotFound => Self::NotFound,
            AppError::Missing(code) => Self::Missing { code: code.to_owned() },
            AppError::NoPaper => Self::NotAcceptable,
            AppError::NotSealed => Self::Unavailable { what: "provider_key".to_owned() },
            AppError::Busy => Self::TooMany { retry_after: 1 },
            AppError::Unavailable(what) => Self::Unavailable { what: what.to_owned() },
            AppError::Internal(error) => Self::Internal(error),
        }
    }
}

/// The reason that storage gave, for the operator. Never the file's name, which may be a person's.
fn log_unreadable(code: &str, params: &[(&'static str, String)]) {
    if matches!(code, "FILE_UNREADABLE" | "DOCUMENT_UNREADABLE") {
        let reason = params.iter().find(|(name, _)| *name == "detail").map(|(_, value)| value.as_str());
        tracing::error!(code, reason, "a document could not be read");
    }
}

fn text(language: Language, code: &str, params: &[(&'static str, String)]) -> (String, String) {
    let params: Vec<(&str, &str)> = params.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let message = messages::text(language, code, &params);
    (message.message, message.remedy)
}

fn value(report: impl serde::Serialize) -> Result<Value, ApiError> {
    serde_json::to_value(report).map_err(|error| ApiError::Internal(error.into()))
}

/// Why state databases gave no answer, each a code with the words of what it was, said to a reader.
fn say_reasons(shown: &mut Value, lang: Language) {
    let asked = shown.get_mut("state_data").and_then(Value::as_array_mut);
    for reason in asked.into_iter().flatten().filter_map(|one| one.get_mut("reason")) {
        let Some(told) = reason.as_str() else { continue };
        let (code, why) = match told.split_once(' ').unwrap_or((told, "")) {
            // The outbox has words of its own for a try of which nobody saw the end.
            (word, _) if word.contains(|c: char| c.is_lowercase()) => ("STATE_RECORD_NOT_JUDGED", told),
            said => said,
        };
        let (kind, value) = why.split_once(' ').unwrap_or((why, ""));
        let params = [("why", why), ("kind", kind), ("value", value)].map(|(name, of)| (name, of.to_owned()));
        let (message, remedy) = text(lang, code, &params);
        *reason = serde_json::json!({ "code": code, "detail": why, "message": message, "remedy": remedy });
    }
}

/// Files that came, which stay as long as their uploads.
fn spooled(uploads: &[Upload]) -> Vec<Spooled> {
    let one = |upload: &Upload| Spooled {
        file_name: upload.file_name.clone(),
        media_type: upload.media_type.clone(),
        path: upload.path.to_path_buf(),
    };
    uploads.iter().map(one).collect()
}

impl Api for App {
    fn verify(
        &self,
        document: Received,
        document_name: String,
        contents: Vec<DetachedContent>,
        options: VerifyOptions,
        lang: Language,
    ) -> Answer<'_, Value> {
        Box::pin(async move {
            let mut report = App::verify(
                self,
                document,
                contents,
                options.policy.as_deref(),
                options.at.as_deref(),
                options.revocation,
            )
            .await?;
            for finding in report.signatures.iter().flat_map(|signature| &signature.findings) {
                log_unreadable(finding.code.name(), &finding.params);
            }
            report.document.name = Some(document_name).filter(|name| !name.is_empty());
            report.localize(|code, params| text(lang, code, params));
            value(report)
        })
    }

    fn check_certificate(
        &self,
        bytes: Vec<u8>,
        options: CertificateOptions,
        lang: Language,
    ) -> Answer<'_, Value> {
        Box::pin(async move {
            let mut report = App::check_certificate(
                self,
                bytes,
                options.usage.as_deref(),
                options.policy.as_deref(),
                options.at.as_deref(),
                options.revocation,
            )
            .await?;
            report.localize(|code, params| text(lang, code, params));
            value(report)
        })
    }

    fn submit(
        &self,
        application: Vec<u8>,
        uploads: Vec<Upload>,
        idempotency_key: Option<String>,
        _lang: Language,
    ) -> Answer<'_, Submitted> {
        Box::pin(async move {
            let files = spooled(&uploads);
            let (submitted, receipt) = App::submit(self, application, files, idempotency_key).await?;
            Ok(Submitted {
                number: submitted.number,
                status: match submitted.state {
                    state @ State::AwaitingEvidence => state.code().to_owned(),
                    _ => "registered".to_owned(),
                },
                due_date: submitted.due.to_string(),
                receipt,
                access_key: submitted.access_key,
            })
        })
    }

    fn application(&self, number: String, asking: Asking, lang: Language) -> Answer<'_, Value> {
        Box::pin(async move {
            let mut shown = App::application(self, &number, &asking).await?;
            say_reasons(&mut shown, lang);
            Ok(shown)
        })
    }

    fn ask_before_filing(&self, application: Vec<u8>, asking: Asking, lang: Language) -> Answer<'_, Value> {
        Box::pin(async move {
            let mut told = App::ask_before_filing(self, application, &asking).await?;
            say_reasons(&mut told, lang);
            Ok(told)
        })
    }

    fn document(&self, number: String, id: String, asking: Asking, as_paper: bool) -> Answer<'_, File> {
        Box::pin(async move {
            let wanted = |document: &Document| document.id == id;
            Ok(self.shown(&number, wanted, &asking, as_paper).await?)
        })
    }

    fn receipt(&self, number: String, asking: Asking, as_paper: bool) -> Answer<'_, File> {
        self.of_kind(number, &["receipt"], asking, as_paper)
    }

    fn notice(&self, number: String, asking: Asking, as_paper: bool) -> Answer<'_, File> {
        self.of_kind(number, &["notice", "return-letter", "refusal"], asking, as_paper)
    }

    fn extract(&self, number: String, asking: Asking) -> Answer<'_, Value> {
        Box::pin(async move { Ok(App::extract(self, &number, &asking).await?) })
    }

    fn accesses(&self, number: String, asking: Asking, before: Option<i64>) -> Answer<'_, Value> {
        Box::pin(async move { Ok(App::accesses(self, &number, &asking, before).await?) })
    }

    fn search(&self, body: Vec<u8>) -> Answer<'_, Value> {
        Box::pin(async move { Ok(App::search(self, body).await?) })
    }

    fn list(&self, body: Vec<u8>) -> Answer<'_, Value> {
        Box::pin(async move { Ok(App::take_list(self, body).await?) })
    }

    fn refuse_intake(&self, body: Vec<u8>) -> Answer<'_, Value> {
        Box::pin(async move { Ok(App::refuse_intake(self, body).await?) })
    }

    fn intake_refused(&self, number: String, asking: Asking, as_paper: bool) -> Answer<'_, File> {
        Box::pin(async move { Ok(App::intake_refused(self, &number, &asking, as_paper).await?) })
    }

    fn check(&self, number: String, sha256: [u8; 32]) -> Answer<'_, Option<Checked>> {
        Box::pin(async move { Ok(App::check(self, &number, sha256).await?) })
    }

    fn step(
        &self,
        number: String,
        step: String,
        body: Vec<u8>,
        papers: Vec<Upload>,
        _lang: Language,
    ) -> Answer<'_, Value> {
        Box::pin(async move { Ok(App::step(self, &number, &step, body, spooled(&papers)).await?) })
    }

    fn queue(&self, query: QueueQuery) -> Answer<'_, Value> {
        Box::pin(async move {
            let QueueQuery { category, number, at, offset, limit } = query;
            let (category, at) = (category.as_deref(), at.as_deref());
            Ok(match number {
                Some(number) => self.place(&number, at).await?,
                None => self.list(category, offset, limit, at).await?,
            })
        })
    }

    fn begin_inventory(&self, body: Vec<u8>) -> Answer<'_, Value> {
        Box::pin(async move { Ok(App::begin_inventory(self, body).await?) })
    }

    fn inventory(&self, year: String, bearer: Option<String>) -> Answer<'_, Value> {
        Box::pin(async move { Ok(App::inventory(self, &year, bearer.as_deref()).await?) })
    }

    fn slots(&self, centre: String, date: String) -> Answer<'_, Value> {
        Box::pin(async move { Ok(App::slots(self, &centre, &date).await?) })
    }

    fn book(&self, centre: String, iin: String, start: String) -> Answer<'_, Value> {
        Box::pin(async move { Ok(App::book(self, &centre, &iin, &start).await?) })
    }

    fn booking(&self, id: String, bearer: Option<String>) -> Answer<'_, Value> {
        Box::pin(async move { Ok(App::booking(self, &id, bearer.as_deref()).await?) })
    }

    fn arrive(&self, id: String, bearer: Option<String>) -> Answer<'_, Value> {
        Box::pin(async move { Ok(App::arrive(self, &id, bearer.as_deref()).await?) })
    }

    fn cancel_booking(&self, id: String, bearer: Option<String>) -> Answer<'_, Value> {
        Box::pin(async move { Ok(App::cancel_booking(self, &id, bearer.as_deref()).await?) })
    }

    fn walk_in(&self, centre: String, bearer: Option<String>) -> Answer<'_, Value> {
        Box::pin(async move { Ok(App::walk_in(self, &centre, bearer.as_deref()).await?) })
    }

    fn call_next(&self, centre: String, desk: u32, bearer: Option<String>) -> Answer<'_, Value> {
        Box::pin(async move { Ok(App::call_next(self, &centre, desk, bearer.as_deref()).await?) })
    }

    fn close_call(
        &self,
        centre: String,
        id: String,
        served: bool,
        bearer: Option<String>,
    ) -> Answer<'_, Value> {
        Box::pin(async move { Ok(App::close_call(self, &centre, &id, served, bearer.as_deref()).await?) })
    }

    fn board(&self, centre: String) -> Answer<'_, Value> {
        Box::pin(async move { Ok(App::board(self, &centre).await?) })
    }

    fn ready(&self) -> Answer<'_, ()> {
        Box::pin(async move { App::ready(self).await.map_err(|what| ApiError::Unavailable { what }) })
    }

    fn spool_dir(&self) -> PathBuf {
        self.spool()
    }

    fn limits(&self) -> Limits {
        self.settings().limits.clone()
    }
}

impl App {
    fn of_kind(
        &self,
        number: String,
        kinds: &'static [&'static str],
        asking: Asking,
        as_paper: bool,
    ) -> Answer<'_, File> {
        Box::pin(async move {
            let wanted = |document: &Document| kinds.contains(&document.kind.as_str());
            Ok(self.shown(&number, wanted, &asking, as_paper).await?)
        })
    }
}
