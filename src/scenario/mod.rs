//! What if: a scenario is workload × service × topology × control × faults × cost; two engines run it, request by
//! request or as a fluid, and give one kind of outcome. Beside it, forecasts under other assumptions.
//!
//! [`model`] is what was asked for and [`outcome`] what came out; both are plain data. Everything else works between
//! the two.

pub mod against;
pub mod ahead;
pub mod check;
pub mod compare;
pub mod control;
pub mod cost;
pub mod demand;
mod error;
pub mod file;
pub mod fluid;
mod hash;
pub mod judge;
mod level;
pub mod model;
pub mod outcome;
pub mod overlay;
mod ready;
mod repeated;
pub mod request;
pub mod resolve;
mod simulate;
pub mod solve;

pub use demand::{Outlook, Projection, base_high_low, project};
pub use error::SimulateError;
pub use model::Scenario;
pub use outcome::Outcome;
pub use ready::ready;
pub use simulate::{choose, simulate};
