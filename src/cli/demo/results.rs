//! What becomes of a place and of a result in the story: a dwelling is offered, taken and granted; a notice waits at the
//! centre for its month, nobody fetches it, and it is given out later. The month passes because the service of the
//! demonstration has a clock that a file moves ([`crate::config::Settings::clock_file`]).

use anyhow::{Context as _, ensure};
use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;
use serde_json::Value;

use super::{CENTRE, Story, TOKEN, iin_of};
use crate::housing::act::Content;
use crate::housing::granting::Dwelling;
use crate::housing::workflow::{Memo, Sitting};
use crate::housing::{Application, Category, Decision, Step};

fn number_of(step: Step, number: &str) -> Content {
    Content::Number { step, number: number.to_owned() }
}

impl Story {
    /// Whoever is first in the list gets a dwelling (item 3(3)).
    pub(super) async fn granted(&self, number: &str) -> anyhow::Result<()> {
        let dwelling = Dwelling {
            cadastral_number: "20:311:004:102:2:15".to_owned(),
            address: "Алматы қ., Мысал көшесі, 2-үй, 15-пәтер".to_owned(),
            rooms: 2,
            area: "54.3".to_owned(),
            floor: Some(3),
        };
        let offer = Content::Offer { dwelling, out_of_turn: None };
        self.take(number, offer, "official", "The akimat offered a dwelling to the first in the list")
            .await?;
        let agreed = Content::AnswerOffer { agrees: true, reason: None };
        self.take(number, agreed, "applicant", "The applicant signed that they take it").await?;
        let date = crate::calendar::local_date(Timestamp::now())?;
        let grant = Content::Grant { number: "Г-1".to_owned(), date };
        self.take(number, grant, "executor", "The akimat decided, by another official, to grant it").await?;
        let case = self.case(number).await?;
        ensure!(case["queue_position"].is_null(), "the place is still in the list: {case}");
        self.say("The place has left the list.");
        Ok(())
    }

    /// A notice at the centre that nobody fetches (item 16). Returns the number of its case.
    pub(super) async fn unclaimed(&self, file: &[u8]) -> anyhow::Result<String> {
        let application = Application {
            centre: Some(CENTRE.to_owned()),
            category: Category::Orphan,
            ..self.application("applicant2", "БАСҚА", file)?
        };
        let (status, filed) = self.submit(self.signed(&application.to_xml(), "official")?, file).await?;
        ensure!(status == StatusCode::CREATED, "filing at the centre: {status} {filed}");
        let number = filed["number"].as_str().context("a number")?.to_owned();
        self.say(&format!("Another application was taken down at the counter: {number}."));
        // They are asked while their clock and that of the service are the same.
        self.state_data(&number, &["agree", "agree", "contradict"]).await?;
        let executor = iin_of(&self.pki, "executor")?;
        let date = crate::calendar::local_date(Timestamp::now())?;
        let memo = Memo::Complete { register: true, ground: None, resolved: vec![] };
        let minutes_number = "13".to_owned();
        let sitting = Sitting { date, number: minutes_number.clone(), delay: None };
        for (content, who, what) in [
            (number_of(Step::SendToProvider, "K-2"), "official", "Sent to the provider on courier list K-2"),
            (Content::Plain(Step::ReceivePackage), "executor", "The chancellery took it over"),
            (number_of(Step::RegisterIncoming, "I-2"), "executor", "Registered as incoming I-2"),
            (Content::Plain(Step::PutBeforeOfficial), "executor", "Put before the official"),
            (Content::AssignExecutor { executor }, "official", "The official named the executor"),
            (Content::Plain(Step::Forward), "official", "Documentary support handed it to the executor"),
            (Content::Memo(memo), "executor", "The executor signed the memo to register"),
            (Content::PutOnAgenda(sitting), "executor", "The case is on the agenda of the commission"),
            (
                Content::CommissionDecision(Decision {
                    ground_codes: vec![],
                    reason: None,
                    date,
                    minutes_number,
                }),
                "commission",
                "The housing commission decided",
            ),
            (Content::Plain(Step::DraftNotice), "executor", "The executor drafted the notice"),
            (Content::Plain(Step::SignNotice), "official", "The head signed; the notice was sealed"),
            (number_of(Step::RegisterOutgoing, "O-2"), "official", "Given to the courier of the centre"),
            (Content::Plain(Step::ReceiveResult), "official", "The notice is at the centre"),
        ] {
            self.take(&number, content, who, what).await?;
        }
        let unclaimed = || Content::Unclaimed { number: "U-1".to_owned() };
        let (status, body) = self.act(&number, &unclaimed(), "official").await?;
        ensure!(status == StatusCode::FORBIDDEN, "before the month is over: {status} {body}");
        self.say("The centre tries to send it back as unclaimed at once: refused, the month of storage is not over.");
        let until = self.let_storage_pass(&number).await?;
        self.say(&format!("The clock of the demonstration is moved past the end of storage, {until}."));
        self.take(&number, unclaimed(), "official", "Nobody came; sent to the provider on register U-1")
            .await?;
        let late = Content::Plain(Step::IssueUnclaimed);
        self.take(&number, late, "executor", "The applicant came later and has the notice").await?;
        Ok(number)
    }

    /// Moves the clock of the service past the month of storage of a case; returns its last day.
    async fn let_storage_pass(&self, number: &str) -> anyhow::Result<String> {
        let case = self.case(number).await?;
        let mut clocks = case["clocks"].as_array().into_iter().flatten();
        let storage = clocks.find(|clock| clock["limit"] == "storage").context("the clock of storage")?;
        let due: Timestamp = storage["due"].as_str().unwrap_or_default().parse()?;
        let ahead = due.duration_since(Timestamp::now()) + SignedDuration::from_hours(1);
        std::fs::write(&self.clock, ahead.as_secs().to_string())?;
        Ok(storage["last_day"]["moved"].as_str().unwrap_or_default().to_owned())
    }

    /// A case as the executor sees it.
    pub(super) async fn case(&self, number: &str) -> anyhow::Result<Value> {
        let url = format!("{}/applications/{number}", self.base);
        let answer = self.client.get(url).bearer_auth(TOKEN).send().await?;
        ensure!(answer.status().is_success(), "{number}: {}", answer.status());
        Ok(serde_json::from_str(&answer.text().await?)?)
    }

    /// Prints what happened in a case and when, and its clocks: who had until when, and when it was done.
    pub(super) async fn timeline(&self, number: &str, of: &str) -> anyhow::Result<()> {
        let case = self.case(number).await?;
        let text = |value: &Value, name: &str| value[name].as_str().unwrap_or("-").to_owned();
        let due = text(&case, "due_date");
        println!("\n{number}, {of}: {}, result due {due}", text(&case, "status"));
        for step in case["steps"].as_array().into_iter().flatten() {
            println!("    {}  {:<22}{}", local(&step["at"])?, text(step, "kind"), text(step, "by"));
        }
        println!("    {:<22}{:<22}{:<18}{:<18}in time", "clock", "of", "due", "done");
        for clock in case["clocks"].as_array().into_iter().flatten() {
            let (limit, owner) = (text(clock, "limit"), text(clock, "owner"));
            let (due, done) = (local(&clock["due"])?, local(&clock["done"])?);
            let verdict = match (limit.as_str(), clock["late"] == true) {
                // Nobody is late who waits for the end of the month.
                ("storage", true) => "over",
                (_, true) => "late",
                _ => "yes",
            };
            println!("    {limit:<22}{owner:<22}{due:<18}{done:<18}{verdict}");
        }
        Ok(())
    }
}

/// A moment by the clocks of Almaty, to the minute; a stroke for none.
fn local(moment: &Value) -> anyhow::Result<String> {
    let Some(moment) = moment.as_str() else { return Ok("-".to_owned()) };
    let moment: Timestamp = moment.parse()?;
    let almaty = moment.to_zoned(crate::calendar::ZONE.clone());
    Ok(almaty.strftime("%Y-%m-%d %H:%M").to_string())
}
