//! What stands behind a broken promise: the load and the errors at that time, the series that moved with it, the resource
//! that is closest to its end, what people wrote down, and what follows from all of it.
//!
//! Reads a dataset, the judgement of promises and the notes of people; reports and screens print it.

pub mod bottleneck;
pub mod breach;
pub mod ceilings;
mod correlate;
mod grid;
mod held_limit;
mod held_line;
pub mod recommend;
mod recommend_data;
mod recommend_rules;
mod resource_kind;
mod scene;
pub mod themes;
mod traffic;

pub use bottleneck::{Bottleneck, BottleneckParams, bottlenecks};
pub use breach::{BreachStory, LoadAround, Moved, StoryError, StoryParams, Touching, stories};
pub use correlate::Likeness;
pub use held_limit::USUAL_PERCENT;
pub use recommend::{Known, Priority, Recommendation, Term, recommend};
pub use traffic::peak_per_sec;

use serde::{Deserialize, Serialize};

/// Everything told about one period.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Story {
    /// The breaches that weigh most, in order of time.
    pub breaches: Vec<BreachStory>,
    /// The resources that were held against the load, the one closest to its end first.
    pub bottlenecks: Vec<Bottleneck>,
    /// What to do, most urgent first.
    pub recommendations: Vec<Recommendation>,
}
