//! Did we keep our promises: objectives, their judgement in integer arithmetic, and the result that screens, commands
//! and workbooks share. Rules: SEMANTICS "Promises".

mod alert_expr;
mod arith;
mod availability;
mod availability_detail;
mod availability_words;
mod buckets;
pub mod conflicts;
mod durations;
mod error_series;
pub mod file;
pub mod judge;
pub mod limits;
mod names;
pub mod objective;
mod openslo_foreign;
mod openslo_native;
mod openslo_read;
mod openslo_write;
mod own_write;
mod parts;
pub mod presets;
pub mod prometheus_rules;
mod read_benchmarks;
mod read_block;
mod read_grain;
mod read_own;
mod requests;
pub mod result;
mod select;
mod series;
mod sliced;
mod sources;
mod throughput;
mod timeline;
mod tool_summary;
pub mod windows;
mod yaml;

pub use file::{DegradationPolicy, SlaFile, SlaFileError};
pub use judge::{JudgeParams, SlaError, judge};
pub use limits::{LimitScope, RateLimit, StatedResult};
pub use objective::*;
pub use openslo_write::{OpenSloExport, to_openslo};
pub use result::*;
pub use windows::parse_exclusions;
