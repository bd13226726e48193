//! Did we keep our promises: objectives, their judgement in integer arithmetic, and the result that screens, commands
//! and workbooks share. Rules: SEMANTICS "Promises".

pub mod file;
pub mod judge;
pub mod result;

pub use file::{SlaFile, SlaFileError};
pub use judge::{Exclusion, JudgeParams, SlaError, judge};
pub use result::*;
