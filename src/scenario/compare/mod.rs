//! Scenarios against each other and against what was measured: a waterfall from one to the other, and a prediction
//! beside a later load test.

mod measured;
mod parts;
mod waterfall;

pub use measured::{Against, AgainstRow, LabelFigures, Measured, against};
pub use parts::{ORDER, Part, changed};
pub use waterfall::{Amounts, Step, Waterfall, waterfall};
