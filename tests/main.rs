//! One integration target for everything that is tested from outside.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod architecture;
mod project_fixture;
mod project_import;
mod project_kill;
mod project_store;
