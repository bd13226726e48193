//! Headroom: capacity planning and performance reporting on the desktop.
//!
//! Data flows one way, and every layer only knows those to its left:
//!
//! ```text
//! files ──import──▶ summaries (dataset) ──analysis──▶ results ──scenario──▶ projections ──report──▶ xlsx · html · json
//!                        │
//!                    project file (SQLite)             ui and cli stand beside this line and read from it
//! ```
//!
//! `units`, `calendar`, `warning`, `yaml` and `progress` may be used by everyone; `jobs` knows only `progress`.
//! `tests/architecture.rs` reads the `use` lines and holds these arrows.

// A test that meets the unexpected should fail at once, with the place.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::float_cmp,
        clippy::format_collect,
        clippy::large_stack_arrays
    )
)]

pub mod analysis;
pub mod calendar;
pub mod cli;
pub mod dataset;
pub mod import;
pub mod jobs;
pub mod progress;
pub mod project;
pub mod report;
pub mod scenario;
pub mod ui;
pub mod units;
pub mod warning;
pub mod yaml;
