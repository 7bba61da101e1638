//! Qoltanba checks electronic signatures and certificates of Kazakhstan's e-government and keeps
//! the housing register of Almaty.
//!
//! Bytes in, facts out, verdict last: the modules `asn1`, `xml`, `crypto`, `pkix`, `signature`,
//! `validation`, `housing` and `paper` are pure (no clock, no network, no disk); `store`, `lists`, `online`, `registries`,
//! `service`, `web` and `cli` are the shell around them. ARCHITECTURE.md has the map.

pub mod asn1;
pub mod bucket;
pub mod calendar;
pub mod cli;
pub mod config;
pub mod crypto;
pub mod housing;
pub mod identity_number;
pub mod lists;
pub mod mail;
pub mod messages;
pub mod online;
pub mod paper;
pub mod pkix;
pub mod registries;
pub mod service;
pub mod signature;
pub mod store;
pub mod telemetry;
pub mod validation;
pub mod web;
pub mod xml;
