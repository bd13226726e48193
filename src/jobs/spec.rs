//! What a job is called, how it shows while it runs, and how it failed.

use std::time::Duration;

/// Names one start of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub(super) u64);

/// What a job is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobSpec {
    /// Names the work: starting the same key again replaces the older run.
    pub key: String,
    /// Shown to a person: `Importing results.jtl`.
    pub title: String,
    /// It is neither replaced nor cancelled.
    pub must_run: bool,
}

impl JobSpec {
    /// A key with its title.
    pub fn new(key: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            title: title.into(),
            must_run: false,
        }
    }

    /// The work holds something that exists nowhere else, such as data that are not on disk yet: it is neither replaced
    /// nor cancelled, and starting the key again waits for it.
    #[must_use]
    pub fn must_run(mut self) -> Self {
        self.must_run = true;
        self
    }
}

/// A job that is waiting for its turn or running.
#[derive(Clone, Debug, PartialEq)]
pub struct RunningJob {
    /// For [`Jobs::cancel`](super::Jobs::cancel).
    pub job_id: JobId,
    /// As in its [`JobSpec`].
    pub key: String,
    /// As in its [`JobSpec`].
    pub title: String,
    /// The share done, 0..=1, where the job knows it.
    pub fraction: Option<f32>,
    /// Since it was started.
    pub elapsed: Duration,
    /// It has run long enough (0.3 s) to be worth showing.
    pub shown: bool,
}

/// A job that panicked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobFailure {
    /// The job's title.
    pub title: String,
    /// What the panic said.
    pub message: String,
}
