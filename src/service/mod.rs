//! Use cases: the shell around the core.

pub mod development_pki;
