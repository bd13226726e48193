//! How much a service can take, from load tests: steps of concurrency with their throughput and latency, the largest
//! throughput that kept to a budget, and the scalability curve through the steps.

pub mod chain;
pub mod demand;
pub mod headroom;
mod headroom_words;
pub mod knee;
mod laws;
mod least_squares;
mod measure;
pub mod nodes;
mod profile;
mod study;
pub mod usl;
mod usl_fit;
mod usl_words;

pub use knee::Knee;
pub use laws::LawFit;
pub use measure::{CapacityPoint, MeasuredCapacity, measure};
pub use study::{CapacityStudy, ConcurrencyUnit, study_pairs};
pub use usl::Usl;
pub use usl_fit::{PerParameter, UslError, UslFit, fit};
pub use usl_words::scientific;
