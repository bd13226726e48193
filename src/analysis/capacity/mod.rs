//! How much a service can take, from load tests: steps of concurrency with their throughput and latency, the largest
//! throughput that kept to a budget, and the scalability curve through the steps.

mod bend;
pub mod chain;
pub mod clipped;
pub mod demand;
pub mod demand_peak;
pub mod headroom;
mod headroom_words;
pub mod knee;
mod laws;
mod least_squares;
mod levels;
pub mod limits;
mod measure;
mod moments;
pub mod nodes;
mod profile;
pub mod steps;
mod study;
mod study_words;
pub mod usl;
mod usl_fit;
mod usl_words;

pub use headroom_words::apart;
pub use knee::Knee;
pub use laws::LawFit;
pub use limits::{MaxPassing, Plateau, Saturation};
pub use measure::{Budget, CapacityPoint, MeasuredCapacity, measure};
pub use steps::{LeftOut, LeftOutWhy};
pub use study::{CapacityStudy, ConcurrencyUnit, TableRow, study_pairs, study_runs, study_table};
pub use study_words::{at_concurrency, curve, per_sec};
pub use usl::Usl;
pub use usl_fit::{PerParameter, UslError, UslFit, fit};
pub use usl_words::{plain, scientific};
