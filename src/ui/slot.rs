//! One result with how current it is: the old value stays until the new one is there.

use std::sync::Arc;

/// One result with how current it is.
#[derive(Debug)]
pub struct Slot<T> {
    /// The last one that could be computed.
    pub value: Option<Arc<T>>,
    /// Why the latest one could not be.
    pub error: Option<String>,
    /// `value` (or `error`) was made of something older than what was asked for: show it dimmed.
    pub stale: bool,
    /// A new one is being computed.
    pub running: bool,
    /// The latest one was cancelled: what is there, if anything, is `stale`.
    pub cancelled: bool,
    made_of: Option<u64>,
    asked: Option<u64>,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self {
            value: None,
            error: None,
            stale: false,
            running: false,
            cancelled: false,
            made_of: None,
            asked: None,
        }
    }
}

impl<T> Slot<T> {
    /// Nothing has been computed, and no error is there to say why.
    pub fn is_empty(&self) -> bool {
        self.value.is_none() && self.error.is_none()
    }

    pub(super) fn current(&self, fingerprint: u64) -> bool {
        if self.running {
            self.asked == Some(fingerprint)
        } else {
            self.made_of == Some(fingerprint)
        }
    }

    pub(super) fn begin(&mut self, fingerprint: u64) {
        self.asked = Some(fingerprint);
        self.running = true;
        self.cancelled = false;
        self.stale = !self.is_empty();
    }

    /// Takes a value that was computed before.
    pub(super) fn recall(&mut self, fingerprint: u64, value: Arc<T>) {
        *self = Self {
            value: Some(value),
            made_of: Some(fingerprint),
            ..Self::default()
        };
    }

    pub(super) fn finish(&mut self, fingerprint: u64, outcome: Result<T, String>) {
        self.made_of = Some(fingerprint);
        self.running = false;
        self.stale = false;
        self.cancelled = false;
        match outcome {
            Ok(value) => {
                self.value = Some(Arc::new(value));
                self.error = None;
            }
            Err(message) => {
                self.value = None;
                self.error = Some(message);
            }
        }
    }

    /// There is a result, and it is the one that was asked for last.
    pub fn is_settled(&self) -> bool {
        !self.running && !self.stale && !self.cancelled && !self.is_empty()
    }

    /// The job was cancelled: what is there stays, and is not asked for again until something changes.
    pub(super) fn cancelled(&mut self) {
        if self.running {
            self.running = false;
            self.cancelled = true;
            self.made_of = self.asked;
            if self.is_empty() {
                self.error = Some("Cancelled".to_owned());
            }
        }
    }
}
