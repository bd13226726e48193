//! Scenarios against each other and against what was measured: side by side, as a waterfall from one to the other, and
//! a prediction beside a later load test.

mod measured;
mod parts;
mod side;
mod waterfall;

pub use measured::{Against, AgainstRow, LabelFigures, Measured, against};
pub use parts::{ORDER, Part, changed};
pub use side::{Difference, MOST, Side, difference, side_by_side};
pub use waterfall::{Amounts, Step, Waterfall, waterfall};
