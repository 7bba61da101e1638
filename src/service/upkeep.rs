//! What a running service does by itself though nobody is owed it: looking at the clocks of cases, reading changed files
//! of the settings anew, forgetting who booked for a day that is over, and noticing that a month has begun. Each may be
//! done by any number of processes at once, and again.

use std::sync::Arc;

use jiff::Timestamp;

use super::app::App;
use super::certificate::local;
use super::reminders;
use crate::store::{Store, StoreError};

/// The kinds of upkeep.
pub(super) enum Upkeep {
    /// The clocks of cases; what they warn of is owed as letters.
    Clocks(Arc<App>),
    /// What documents are judged by, where it changed.
    Given(Arc<App>),
    /// Whoever booked for a day that is over is forgotten.
    Bookings,
    /// The lists of a month that has begun are owed.
    Month,
}

impl Upkeep {
    /// Does it once. Returns whether there is more to do at once.
    pub(super) async fn once(&self, store: &Store, now: Timestamp) -> Result<bool, StoreError> {
        match self {
            Self::Clocks(app) => return reminders::remind(app, store, now).await,
            Self::Given(app) => match app.refresh().await {
                Ok(false) => {}
                Ok(true) => tracing::info!("trust anchors, certificates and revocation lists are read anew"),
                Err(error) => {
                    let error = format!("{error:#}");
                    tracing::error!(error, "a changed file cannot be used: what was there before goes on");
                }
            },
            Self::Bookings => {
                store.end_days(now).await?;
            }
            Self::Month => {
                store.owe_export(&local(now).strftime("%Y-%m").to_string(), now).await?;
            }
        }
        Ok(false)
    }
}
