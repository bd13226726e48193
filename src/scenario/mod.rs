//! What if: projections of results under other assumptions. So far: another growth of demand, or more capacity, applied
//! to a forecast.

pub mod demand;

pub use demand::{Projection, Scenario, base_high_low, project};
