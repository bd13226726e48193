//! Questions to a scenario that take many runs: the value at which every promise is just kept, the cheapest size and
//! number of instances, and the input the answer depends on most.
//!
//! Nothing here knows an engine: a [`Judge`] runs a scenario and judges it, and the same code answers for both engines
//! and for a formula.

mod bound;
mod break_even;
mod engine;
mod figures;
pub mod fleet;
mod inputs;
mod knob;
mod search;
mod size;
mod solver;
mod tornado;
mod trials;
mod words;

pub use break_even::{BreakEven, break_even};
pub use engine::judge_by;
pub use figures::{Figures, promise_words, strain};
pub use knob::{Knob, What, Within, hit_ratio, with_hit_ratio};
pub use search::{Found, Holds, Prefer, gallop, search};
pub use size::{SizeAnswer, Sized, USUAL_SIZES, cheapest_size, with_cores};
pub use solver::{Solution, Tried, solve};
pub use tornado::{Bar, End, Tornado, tornado};
pub use trials::{Judge, Trials};
