//! Use cases: what the command line and the web ask for. The only place that joins the pure core
//! with files, storage and the clock.

pub mod application;
pub mod development_pki;
pub mod verify;
