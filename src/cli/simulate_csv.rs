//! The run over time as a table for spreadsheets.

use super::simulate_load::Ran;
use super::simulate_overlay::{csv_head, csv_row};

/// The run over time as a table, times in seconds from its start.
pub(super) fn table(ran: &Ran) -> String {
    let mut text = String::from(
        "at_secs,offered_per_sec,served_per_sec,errors_per_sec,p50_ms,p95_ms,p99_ms,instances,utilisation,cpu,queue,cost",
    );
    text.push_str(&csv_head(ran));
    text.push('\n');
    let optional = |value: Option<f64>| value.map(|v| (v * 1e3).to_string()).unwrap_or_default();
    for (index, s) in ran.outcome.steps.iter().enumerate() {
        text.push_str(&format!(
            "{},{},{},{},{},{},{},{},{},{},{},{}{}\n",
            s.at,
            s.offered,
            s.served,
            s.errors,
            optional(s.p50),
            optional(s.p95),
            optional(s.p99),
            s.instances,
            s.utilisation,
            s.cpu,
            s.queue,
            s.cost,
            csv_row(ran, index)
        ));
    }
    text
}
