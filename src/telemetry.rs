//! Logs to standard error.
//!
//! `QOLTANBA_LOG` filters them in the syntax of `tracing`'s environment filter. A request is
//! logged by its method, route pattern and identifier only: paths carry application numbers and
//! query strings carry more, so neither is ever recorded.

use tracing_subscriber::EnvFilter;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// One line of text for a person.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// Starts logging; a second call changes nothing.
pub fn start(format: Format) {
    let filter = EnvFilter::try_from_env("QOLTANBA_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let _already_started = match format {
        Format::Text => builder.try_init(),
        Format::Json => builder.json().try_init(),
    };
}
