//! `qoltanba simulate`: state databases of our own, for development and tests, as a process of its own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use clap::Args;
use jiff::Timestamp;

use super::serve::runtime;
use super::{Failure, Outcome, read_file};
use crate::service::simulator::{Data, Faulty, Simulator};
use crate::service::verify::open_identity;
use crate::web;

/// Play the state databases: natural persons, powers of attorney, residence, property
///
/// Answers questions posted to any path with e-documents from a file of made-up persons, signed with a development
/// key; slowly or wrongly, if told so. For development and tests, so at loopback addresses only.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  qoltanba simulate --key certs/official.p12 --data docs/simulate.toml
  qoltanba simulate --key certs/official.p12 --data docs/simulate.toml --delay 500 --fault property=altered

Faults: slow, error, garbage, contradict, wrong-key, altered, other-question, other-person, other-database, stale,
oversized. A person of the file may have a fault of their own. The service asks it by settings such as:
  [[registries.databases]]
  database = \"natural-persons\"
  url = \"http://127.0.0.1:14600/\"
  iin = \"790512300125\"")]
pub(super) struct Simulate {
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:14600")]
    listen: SocketAddr,
    /// The key of the official who signs: PKCS#12 or PEM
    #[arg(long, value_name = "KEY")]
    key: PathBuf,
    /// Its password; for development keys, so it is no secret
    #[arg(long, env = "QOLTANBA_PKI_PASSWORD", default_value = "qoltanba")]
    test_password: String,
    /// What the databases know, TOML
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Milliseconds before each answer
    #[arg(long, value_name = "MS", default_value_t = 0)]
    delay: u64,
    /// Answer wrongly: a fault, or DATABASE=FAULT; repeatable
    #[arg(long, value_name = "FAULT")]
    fault: Vec<Faulty>,
}

impl Simulate {
    pub(super) fn run(&self) -> Outcome {
        if !self.listen.ip().is_loopback() {
            return Err(Failure::Internal(anyhow::anyhow!("a simulator listens at loopback addresses only")));
        }
        let official = open_identity(&read_file(&self.key)?, &self.test_password)?;
        let text = String::from_utf8_lossy(&read_file(&self.data)?).into_owned();
        let data = Data::from_toml(&text).map_err(|error| error.context(self.data.display().to_string()))?;
        let delay = Duration::from_millis(self.delay);
        let simulator = Simulator::new(data, official, delay, self.fault.clone(), Timestamp::now())?;
        let router = Router::new().fallback(answer).with_state(Arc::new(simulator));
        runtime()?.block_on(async {
            let listener = tokio::net::TcpListener::bind(self.listen).await?;
            eprintln!("listening on http://{}/ (made-up state databases)", listener.local_addr()?);
            web::serve(listener, router, std::future::pending(), 0).await?;
            anyhow::Ok(())
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn answer(State(simulator): State<Arc<Simulator>>, question: Bytes) -> Response {
    let answered = move || simulator.answer(&question, Timestamp::now());
    let reply = match tokio::task::spawn_blocking(answered).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(error)) => {
            eprintln!("no answer: {error:#}");
            return response(500, Vec::new());
        }
        Err(_) => return response(500, Vec::new()),
    };
    tokio::time::sleep(reply.after).await;
    response(reply.status, reply.body)
}

fn response(status: u16, body: Vec<u8>) -> Response {
    let built = Response::builder().status(status).header("content-type", "application/xml");
    built.body(Body::from(body)).unwrap_or_default()
}
