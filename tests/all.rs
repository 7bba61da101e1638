mod common;
mod forms;
mod interop;
mod shared_samples;
mod verdicts;
