mod common;
mod shared_samples;
mod verdicts;
