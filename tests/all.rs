mod common;
mod forms;
mod hostile;
mod interop;
mod shared_samples;
mod verdicts;
mod wycheproof;
