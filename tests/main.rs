//! One integration target for everything that is tested from outside.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod forecast_coverage;
mod report_fixture;
mod report_workbook;
mod sla_availability;
mod sla_requests;
mod ui_fixture;
mod ui_look;
