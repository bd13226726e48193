//! Did we keep our promises: objectives, their judgement in integer arithmetic, and the result that screens, commands
//! and workbooks share. Rules: SEMANTICS "Promises".

mod arith;
mod availability;
pub mod file;
pub mod judge;
pub mod objective;
mod parts;
mod read_block;
mod read_own;
pub mod result;
mod timeline;
mod yaml;

pub use file::{DegradationPolicy, SlaFile, SlaFileError};
pub use judge::{JudgeParams, SlaError, judge};
pub use objective::*;
pub use result::*;
