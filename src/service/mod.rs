//! Use cases: what the command line and the web ask for. The only place that joins the pure core
//! with files, storage and the clock.

pub mod app;
pub mod application;
pub mod backup;
pub mod bench;
pub mod certificate;
mod clock;
pub mod clocks;
pub mod development_pki;
pub mod edition;
pub mod evidence;
pub mod export;
pub mod extend;
mod given;
pub mod jobs;
pub mod journal;
pub mod lists;
pub mod load;
mod names;
pub mod online;
pub mod papers;
pub mod presentation;
pub mod reading;
pub mod register;
mod reminders;
mod seal;
pub mod simulator;
pub mod state_data;
pub mod step;
pub mod trust;
mod upkeep;
pub mod verify;
