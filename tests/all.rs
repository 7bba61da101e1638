mod common;
mod hostile;
mod interop;
mod shared_samples;
mod verdicts;
