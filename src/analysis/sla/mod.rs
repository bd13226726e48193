//! Did we keep our promises: objectives, their judgement in integer arithmetic, and the result that screens, commands
//! and workbooks share. Rules: SEMANTICS "Promises".

mod arith;
mod asked;
mod availability;
mod availability_detail;
mod availability_words;
mod buckets;
mod durations;
mod error_series;
mod excluded;
mod exclusion;
pub mod file;
pub mod judge;
pub mod objective;
mod parts;
mod read_block;
mod read_grain;
mod read_own;
mod read_windows;
mod requests;
pub mod result;
mod select;
mod series;
mod service_hours;
mod sliced;
mod sources;
mod throughput;
mod timeline;
mod tool_summary;
pub mod windows;
mod yaml;

pub use asked::settled;
pub use exclusion::{Exclusion, ExclusionCategory, WrittenExclusion};
pub use file::{DegradationPolicy, SlaFile, SlaFileError};
pub use judge::{JudgeParams, SlaError, judge};
pub use objective::*;
pub use result::*;
pub use service_hours::ServiceHours;
pub use windows::parse_exclusions;
