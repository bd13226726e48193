//! Background work: run, progress, cancel. Knows no domain; native dialogs and other waiting run on tokio, CPU work on
//! named engine threads.
//!
//! Work hands back a callback that the main thread applies to its state (helix's `job.rs`), so that only the main
//! thread ever changes it.

pub mod runner;
pub mod spec;
#[cfg(test)]
mod tests;
mod waiting;

pub use runner::{Apply, Jobs};
pub use spec::{JobFailure, JobId, JobSpec, RunningJob};
