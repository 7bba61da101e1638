mod c14n;
mod common;
mod encodings;
mod forms;
mod hostile;
mod interop;
mod shared_samples;
mod verdicts;
