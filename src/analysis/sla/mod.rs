//! Did we keep our promises: objectives, their judgement in integer arithmetic, and the result that screens, commands
//! and workbooks share. Rules: SEMANTICS "Promises".

mod arith;
mod availability;
mod availability_detail;
mod availability_words;
mod buckets;
mod durations;
mod error_series;
pub mod file;
pub mod judge;
pub mod objective;
mod parts;
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

pub use arith::wilson;
pub use file::{DegradationPolicy, SlaFile, SlaFileError};
pub use judge::{JudgeParams, SlaError, judge};
pub use objective::*;
pub use result::*;
pub use windows::parse_exclusions;
