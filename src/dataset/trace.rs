//! What traces say beside the durations of their spans: which service the time goes to, and where it went in the slowest.

use serde::{Deserialize, Serialize};

use crate::calendar::Instant;

/// Time by service, and the slowest traces. Built while importing; spans are not kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TraceSummary {
    /// Requests from end to end: spans without a parent in the file.
    pub traces: u64,
    /// Spans of all traces.
    pub spans: u64,
    /// Time by service; the most time on critical paths first.
    pub services: Vec<ServiceTime>,
    /// The slowest traces, slowest first.
    pub slowest: Vec<SlowTrace>,
}

/// Where the time of one service goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceTime {
    /// Its name.
    pub service: String,
    /// Spans it made.
    pub spans: u64,
    /// Those that failed.
    pub errors: u64,
    /// Seconds on the critical paths of all traces: what callers waited for. The shares of all services add up to 1.
    pub critical_secs: f64,
    /// `critical_secs` of all critical paths together, 0..=1.
    pub share: f64,
    /// Seconds in its spans while none of their children ran, on a critical path or not.
    pub self_secs: f64,
}

/// One slow trace and what its caller waited for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SlowTrace {
    /// As it stands in the file.
    pub trace_id: String,
    /// Service and operation of its first span.
    pub root: String,
    /// When it began.
    pub start: Instant,
    /// How long it took, in nanoseconds.
    pub duration_ns: i64,
    /// Spans in it.
    pub spans: u64,
    /// Those that failed.
    pub errors: u64,
    /// In order of time; lengths add up to the duration, as far as the steps were kept.
    pub critical_path: Vec<PathStep>,
}

/// A stretch of a critical path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PathStep {
    /// The service that worked.
    pub service: String,
    /// What it did.
    pub operation: String,
    /// Nanoseconds after the beginning of the trace.
    pub offset_ns: i64,
    /// How long, in nanoseconds.
    pub length_ns: i64,
}
