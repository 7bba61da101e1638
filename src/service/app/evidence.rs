//! Documents that are accepted while nobody can be asked about revocation, and what is said of them later.

use std::sync::Arc;

use jiff::Timestamp;

use super::{App, AppError, reasons};
use crate::crypto;
use crate::service::reading::Source;
use crate::signature::Octets;
use crate::signature::extend::Values;
use crate::validation::report::hex;
use crate::validation::{
    Acceptance, Code, Completion, Report, accept, accept_or_wait, complete, validation_values,
};

/// What a later judgement says of a document that was accepted provisionally, and by what.
pub(in crate::service) struct Completed {
    pub(in crate::service) report: Report,
    pub(in crate::service) completion: Completion,
    pub(in crate::service) values: Values,
}

impl App {
    /// As [`App::verified`], for what may wait: where a source of revocation data is away, and nothing else is wrong.
    pub(super) async fn verified_or_waiting(
        &self,
        document: &Arc<Vec<u8>>,
        at: Timestamp,
    ) -> Result<Acceptance, AppError> {
        if self.online.is_none() {
            return self.verified(document, at).await.map(Acceptance::Verified);
        }
        let (evidence, policy) = self.judges()?;
        let reading = self.reading(&evidence);
        let document = Arc::clone(document);
        let (evidence, outage) = self.gathered(&document, evidence, &policy, at).await?;
        self.work(move || {
            let facts = reading.facts(Source::Memory(&document), Octets::Keep)?;
            let digest = crypto::sha256(&document);
            let (report, accepted) = if outage {
                accept_or_wait(facts, digest, &evidence, &policy, at)
            } else {
                let (report, verified) = accept(facts, digest, &evidence, &policy, at);
                (report, verified.map(Acceptance::Verified))
            };
            accepted.map_err(|reason| AppError::Invalid(reasons(&report, &reason)))
        })
        .await
    }

    /// Whether the service asks anybody for revocation data.
    pub(in crate::service) fn fetches(&self) -> bool {
        self.online.is_some()
    }

    /// Judges a document anew that was accepted provisionally at a moment, with what can be fetched now.
    pub(in crate::service) async fn completed(
        &self,
        document: &Arc<Vec<u8>>,
        accepted: Timestamp,
    ) -> Result<Completed, AppError> {
        let now = self.clock.now();
        let (evidence, policy) = self.judges()?;
        let reading = self.reading(&evidence);
        let document = Arc::clone(document);
        let evidence = Arc::new(evidence.of_existing_since(accepted));
        let (evidence, _) = self.gathered(&document, evidence, &policy, now).await?;
        self.work(move || {
            let facts = reading.facts(Source::Memory(&document), Octets::Keep)?;
            let values = facts
                .signatures
                .first()
                .map(|signature| validation_values(signature, &evidence, &policy, now));
            let times = (accepted, now);
            let digest = crypto::sha256(&document);
            let (mut report, completion) = complete(facts, digest, &evidence, &policy, times);
            report.document.sha256 = hex(&digest);
            Ok(Completed { report, completion, values: values.unwrap_or_default() })
        })
        .await
    }
}

/// Whether a source that may be asked gave nothing that counts: one that the operator does not allow is not away, and
/// will not be there later.
pub(super) fn has_outage(report: &Report) -> bool {
    let findings = report.signatures.iter().flat_map(|signature| &signature.findings);
    findings.filter(|finding| finding.code == Code::FETCH_FAILED).any(|finding| {
        let reason = finding.params.iter().find(|(name, _)| *name == "reason");
        reason.is_some_and(|(_, reason)| !["url", "host", "private"].contains(&reason.as_str()))
    })
}
