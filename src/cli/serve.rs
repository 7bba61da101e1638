//! `qoltanba serve`, `migrate`, `log verify`, `queue`, `config check` and `config print`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};

use super::Outcome;
use crate::config::Settings;
use crate::service::app::App;
use crate::{service, telemetry, web};

/// Seconds that running requests may take to finish at shutdown.
const DRAIN: u64 = 20;

/// Run the service
///
/// Settings come from the file, then the environment (QOLTANBA_…), then the options. SIGTERM lets
/// running requests finish.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  qoltanba serve --config qoltanba.toml --listen 127.0.0.1:14500")]
pub(super) struct Serve {
    /// Settings file, TOML
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Logs as JSON lines
    #[arg(long)]
    json_logs: bool,
}

/// Which register
#[derive(Args, Debug)]
pub(super) struct Register {
    /// Settings file, TOML
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data folder
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// The database: a file, or postgresql://USER@HOST/NAME (the password in QOLTANBA_DATABASE_PASSWORD)
    #[arg(long, value_name = "FILE|URL")]
    database: Option<String>,
}

impl Register {
    /// The settings, with what the options say in place of the file.
    pub(super) fn settings(&self) -> anyhow::Result<Settings> {
        let mut settings = load(self.config.as_deref())?;
        settings.data_dir = self.data_dir.clone().unwrap_or(settings.data_dir);
        settings.database = self.database.clone().or(settings.database);
        Ok(settings)
    }
}

/// Bring the database of a register up to date
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  qoltanba migrate --data-dir data\n  qoltanba migrate --config qoltanba.toml"
)]
pub(super) struct Migrate {
    #[command(flatten)]
    register: Register,
}

#[derive(Debug, Subcommand)]
pub(super) enum Log {
    /// Check that no event was changed, removed or put in: each carries the hash of the one before it. And that all
    /// places in the lists follow from the events, and the same of the journal of accesses
    Verify(Register),
}

#[derive(Debug, Subcommand)]
pub(super) enum Queue {
    /// The position of a registration number in its list, as JSON
    Position {
        /// Registration number
        number: String,
        /// A past moment (RFC 3339) or day, which is its end in Almaty
        #[arg(long, value_name = "TIME|DAY")]
        at: Option<String>,
        #[command(flatten)]
        register: Register,
    },
    /// Count all lists anew
    Recount(Register),
}

#[derive(Debug, Subcommand)]
pub(super) enum Config {
    /// Check a settings file
    Check(Settled),
    /// Print the settings in force
    Print(Settled),
}

#[derive(Args, Debug)]
pub(super) struct Settled {
    /// Settings file, TOML
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(super) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

pub(super) fn load(config: Option<&std::path::Path>) -> anyhow::Result<Settings> {
    Settings::load(config)
        .map_err(|error| anyhow::anyhow!("{}: {}. {}", error.location, error.what, error.remedy))
}

impl Serve {
    pub(super) fn run(&self) -> Outcome {
        let mut settings = load(self.config.as_deref())?;
        if let Some(listen) = self.listen {
            settings.listen = listen;
        }
        telemetry::start(if self.json_logs { telemetry::Format::Json } else { telemetry::Format::Text });
        runtime()?.block_on(async {
            let listener = tokio::net::TcpListener::bind(settings.listen)
                .await
                .map_err(|error| anyhow::anyhow!("cannot listen on {}: {error}", settings.listen))?;
            let app = Arc::new(App::open(settings).await?);
            let (runners, (stop, stopped)) = (app.runners()?, tokio::sync::watch::channel(false));
            if let Err(what) = app.ready().await {
                tracing::warn!(what, "not ready to register applications");
            }
            let address = listener.local_addr()?;
            tracing::info!(%address, "listening");
            eprintln!("listening on http://{address} (documentation: http://{address}/docs)");
            let mut jobs = tokio::task::JoinSet::new();
            for runner in runners {
                jobs.spawn(runner.run(stopped.clone()));
            }
            web::serve(listener, web::router(app), std::future::pending(), DRAIN).await?;
            // A job that is under way is ended; one that takes too long is done again when its lease is over.
            let _ = stop.send(true);
            let _ = tokio::time::timeout(std::time::Duration::from_secs(DRAIN), jobs.join_all()).await;
            anyhow::Ok(())
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Migrate {
    pub(super) fn run(&self) -> Outcome {
        let settings = self.register.settings()?;
        runtime()?.block_on(service::register::migrate(&settings))?;
        eprintln!("up to date: {}", settings.data_dir.display());
        Ok(ExitCode::SUCCESS)
    }
}

impl Log {
    pub(super) fn run(&self) -> Outcome {
        let Self::Verify(register) = self;
        let (settings, runtime) = (register.settings()?, runtime()?);
        if let Some(sequence) = runtime.block_on(service::register::first_broken_event(&settings))? {
            println!("the chain of events is broken at event {sequence}");
            return Ok(ExitCode::from(1));
        }
        println!("the chain of events is whole");
        if let Some(number) = runtime.block_on(service::register::first_unreached_state(&settings))? {
            println!("the state of {number} does not follow from it");
            return Ok(ExitCode::from(1));
        }
        println!("all cases stand where it leads");
        if let Some(what) = runtime.block_on(service::register::first_unfounded_place(&settings))? {
            println!("{what}");
            return Ok(ExitCode::from(1));
        }
        println!("all places in the lists follow from it");
        if let Some(row) = runtime.block_on(service::register::first_broken_access(&settings))? {
            println!("the journal of accesses is broken at row {row}");
            return Ok(ExitCode::from(1));
        }
        println!("the journal of accesses is whole");
        Ok(ExitCode::SUCCESS)
    }
}

impl Queue {
    pub(super) fn run(&self) -> Outcome {
        let runtime = runtime()?;
        match self {
            Self::Position { number, at, register } => {
                let settings = register.settings()?;
                let place = runtime.block_on(service::lists::place_of(&settings, number, at.as_deref()))?;
                match place {
                    Some(place) => println!("{place}"),
                    None => {
                        eprintln!("{number} has no place in a list");
                        return Ok(ExitCode::from(1));
                    }
                }
            }
            Self::Recount(register) => {
                let places = runtime.block_on(service::register::recount(&register.settings()?))?;
                println!("places counted: {places}");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Config {
    pub(super) fn run(&self) -> Outcome {
        match self {
            Self::Check(settled) => {
                load(settled.config.as_deref())?;
                eprintln!("the settings are in order");
            }
            Self::Print(settled) => println!("{:#?}", load(settled.config.as_deref())?),
        }
        Ok(ExitCode::SUCCESS)
    }
}
