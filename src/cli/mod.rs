//! The command line: arguments as typed, options as decided, and the headless commands.
//!
//! Each command has a file with its arguments and a `run` that returns how it ended. The contract (keys, exit codes)
//! is described in the README; `main` turns the outcome into the exit code.

pub mod anomalies;
mod anomaly_breaches;
pub mod args;
pub mod capacity;
mod capacity_chain;
mod capacity_headroom;
mod capacity_headroom_options;
mod capacity_headroom_text;
mod capacity_pairs;
mod capacity_table;
pub mod close;
mod closing;
pub mod common;
pub mod compare;
pub mod forecast;
mod forecast_batch;
mod forecast_first;
mod forecast_kept;
mod forecast_options;
mod forecast_plan;
pub mod formats;
pub mod import;
mod import_target;
mod mapping;
mod period;
pub mod report;
mod report_out;
pub mod simulate;
mod simulate_csv;
mod simulate_json;
mod simulate_load;
mod simulate_overlay;
mod simulate_overlay_words;
mod simulate_solve;
mod simulate_solve_text;
mod simulate_text;
mod simulate_words;
pub mod sla;
mod sla_forms;
pub mod stats;
mod stats_other;
mod stats_summary;
mod stats_table;
mod which_series;

pub use common::{CliError, CommonArgs, Outcome};
