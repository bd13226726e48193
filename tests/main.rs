//! One integration target for everything that is tested from outside.

// A test that meets the unexpected should fail at once, with the place.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_cmp,
    clippy::format_collect,
    clippy::print_stdout
)]

mod ahead;
mod anomalies;
mod architecture;
mod bars;
mod ceilings;
mod choice;
mod cli_contract;
mod cli_place;
mod closing;
mod compare;
mod crossings;
mod fleets;
mod fluid_losses;
mod forecast_batch;
mod forecast_coverage;
mod forecast_engine;
mod forecast_models;
mod forecast_peers;
mod forecast_shift;
mod honest_screens;
mod import_gather;
mod import_gatling;
mod import_jmeter;
mod import_k6;
mod import_mapping;
mod import_mapping_guess;
mod import_metric_exports;
mod import_mtext;
mod import_tools;
mod import_traces;
mod import_uptime;
mod multi;
mod odd_files;
mod odd_mutations;
mod overlays;
mod peers_gatling;
mod peers_jmeter;
mod peers_k6;
mod peers_load_tests;
mod peers_mapping;
mod peers_metric_exports;
mod peers_metrics;
mod peers_mtext;
mod peers_tools;
mod peers_uptime;
mod periods;
mod periods_windows;
mod plan;
mod project_fixture;
mod project_import;
mod project_kill;
mod project_store;
mod queue;
mod ready_scenarios;
mod report_committed;
mod report_fixture;
mod report_forms;
mod report_large;
mod report_layout;
mod report_promises;
mod report_sample;
mod report_workbook;
mod request;
mod runs_out;
mod scenario_compare;
mod scenario_files;
mod scenario_solve;
mod scenarios;
mod scenarios_behind;
mod scorecard;
mod shared_data;
mod simulate_cli;
mod simulate_solve;
mod sla_availability;
mod sla_budgets;
mod sla_checks;
mod sla_fixture;
mod sla_forms;
mod sla_outages;
mod sla_requests;
mod sla_sample;
mod sla_screens;
mod sla_summary;
mod sla_targets;
mod sladata;
mod source_tokens;
mod stats_command;
mod story;
mod tables;
mod test_data;
mod ui_fixture;
mod ui_look;
mod ui_mapping;
mod ui_screens;
mod ui_shell;
mod usl;
mod visual;
mod what_if;
