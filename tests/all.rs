mod common;
mod interop;
mod shared_samples;
mod verdicts;
