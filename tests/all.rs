mod common;
mod conformance;
mod forms;
mod hostile;
mod interop;
mod shared_samples;
mod verdicts;
mod xmldsig;
