//! To be written.

pub mod application;
