//! What a controller is told and what it answers.

/// Means since the last look over the instances in service.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Seen {
    /// Processor use as a share of the CPU request, 0..
    pub cpu: f64,
    /// Busy workers as a share of all, 0..1.
    pub workers: f64,
    /// Requests per second and instance.
    pub rate_per_instance: f64,
    /// P95 of the response time, seconds; `None` where nothing was answered.
    pub p95: Option<f64>,
    /// Waiting requests per instance.
    pub queue_per_instance: f64,
}

/// The instances there are. Those that only finish what they have begun are not part of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fleet {
    /// In service.
    pub ready: u32,
    /// For each that takes no traffic yet: seconds since it was started.
    pub booting: Vec<f64>,
    /// Cores of one.
    pub cores: f64,
}

impl Fleet {
    /// All there are, in service or on their way.
    pub fn total(&self) -> u32 {
        let booting = u32::try_from(self.booting.len()).unwrap_or(u32::MAX);
        self.ready.saturating_add(booting)
    }
}

/// What is to be changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// So many instances are wanted in all, those on their way included.
    Instances {
        /// The number wanted.
        to: u32,
        /// The reason, in a sentence.
        why: String,
    },
    /// Each instance is to have so many cores.
    Cores {
        /// Cores of one instance.
        to: f64,
        /// The reason, in a sentence.
        why: String,
    },
}
