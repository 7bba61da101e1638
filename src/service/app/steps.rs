//! A step of a case as it comes over HTTP: the signed act, and with what an applicant has signed on paper its scan.

use super::*;
use crate::housing::granting::OutOfTurn;
use crate::service::step::{self, Scan, Taking};
use crate::store::Staged;

impl App {
    /// Takes a step; the act is the authority for it.
    ///
    /// # Errors
    /// With the reason, and what is next.
    pub async fn step(
        &self,
        number: &str,
        named: &str,
        body: Vec<u8>,
        papers: Vec<Spooled>,
    ) -> Result<Value, AppError> {
        let now = self.moment().await?;
        let body = Arc::new(body);
        let verified = self.verified(&body, now).await?;
        let act = housing::Act::read(&verified, &self.rules)
            .map_err(|refusals| AppError::from(ServiceError::Invalid { refusals }))?;
        if act.content().step().code() != named {
            return Err(AppError::Denied("STEP_MISMATCH", vec![("step".into(), named.to_owned())]));
        }
        self.is_of_office(&verified)?;
        let of_step = |row: &&workflow::Row| row.step == act.content().step();
        let makes = workflow::table::TABLE.iter().filter(of_step).find_map(|row| row.makes);
        let sealing = if makes.is_some() { Some(self.sealing().await?) } else { None };
        let holder = match makes {
            None | Some(workflow::Makes::Notice | workflow::Makes::ReturnLetter) => None,
            Some(_) => self.papers().holder(number).await?,
        };
        let document = self.store.blobs().stage(&body).await?;
        let paper = self.scan(papers).await?;
        let seal = |xml: &str| match &sealing {
            Some(sealing) => sealing.seal(xml),
            None => Err(anyhow::anyhow!("the step seals nothing")),
        };
        let taking = Taking { number, verified: &verified, document, paper, holder };
        let taken = step::take_step(&self.store, &self.rules, taking, now, &seal).await?;
        let mut answer = json!({
            "number": number,
            "status": taken.case.state.code(),
            "next": next_steps(&taken.case).first(),
            "next_steps": next_steps(&taken.case),
            "queue_number": step::stated_queue_number(&taken.case),
            "notice": taken.sealed.map(|sealed| sealed.id),
        });
        if let Some(key) = taken.access_key {
            answer["access_key"] = key.into();
        }
        Ok(answer)
    }

    /// The one scan that may come with a step.
    async fn scan(&self, mut papers: Vec<Spooled>) -> Result<Option<Scan>, AppError> {
        let Some(paper) = papers.pop() else { return Ok(None) };
        if let Some(second) = papers.pop() {
            let refusal =
                housing::Refusal { code: "ATTACHMENT_UNLISTED", field: second.file_name, params: Vec::new() };
            return Err(ServiceError::Invalid { refusals: vec![refusal] }.into());
        }
        let file: Staged = self.stage(&paper.path).await?;
        let media_type = paper.media_type.unwrap_or_default();
        Ok(Some(Scan { file_name: paper.file_name, media_type, file }))
    }
}

/// The offers of a case as its applicant may see them: no official by IIN.
pub(super) fn offers(case: &housing::Case) -> Vec<Value> {
    let shown = case.offers.iter().map(|offer| {
        let out_of_turn = offer.out_of_turn.as_ref().map(|OutOfTurn { basis, grounds, judgement }| {
            json!({ "basis": basis.code(), "grounds": grounds, "judgement": judgement })
        });
        json!({
            "dwelling": offer.dwelling,
            "out_of_turn": out_of_turn,
            "status": offer.standing().code(),
            "answer": offer.answer,
            "ended": offer.ended,
        })
    });
    shown.collect()
}
