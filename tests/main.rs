//! One integration target for everything that is tested from outside.

// A test that meets the unexpected should fail at once, with the place.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_cmp
)]

mod forecast_coverage;
mod peers_load_tests;
mod report_fixture;
mod report_workbook;
mod sla_availability;
mod sla_requests;
mod stats_command;
