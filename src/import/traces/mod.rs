//! Spans of distributed requests: one file a format, and what they share: the spans of a trace, its critical path, and
//! the summary that both become.

pub mod critical_path;
pub mod gathered;
pub mod jaeger;
pub mod otlp_traces;
mod waiting;
