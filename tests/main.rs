//! One integration target for everything that is tested from outside.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::float_cmp,
    clippy::indexing_slicing
)]

mod forecast_batch;
mod forecast_coverage;
mod forecast_engine;
mod forecast_peers;
