//! One integration binary, a module for each topic.

mod common;

mod hostile;
mod interop;
mod shared_samples;
mod verdicts;
