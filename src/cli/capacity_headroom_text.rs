//! Headroom, its date and the models side by side, as a person reads them on a terminal.

use super::capacity_headroom::Answer;
use crate::analysis::capacity::headroom::{CeilingBasis, Headroom};
use crate::analysis::capacity::{apart, plain};
use crate::units;

/// The answer in text; empty where nothing was asked and no model stands beside the curve.
pub(super) fn text(answer: &Answer) -> String {
    let mut out = String::new();
    if let Some(found) = &answer.headroom {
        out.push_str(&headroom(found));
    }
    if let Some(chain) = &answer.chain {
        out.push_str(&format!("\n{}\n", chain.sentence));
        out.push_str(&format!("Demand: {}.\n", chain.demand));
    }
    if let Some(beside) = &answer.queueing {
        out.push_str(&format!("\n{}\n", beside.sentence));
    }
    out.trim_end().to_owned()
}

fn headroom(found: &Headroom) -> String {
    let mut out = format!("{}\n\n", found.sentence);
    let header = [
        "ceiling",
        "target",
        "requests/s",
        "95 % interval",
        "used",
        "binds first",
    ];
    let mut rows = vec![header.map(str::to_owned)];
    for one in &found.resources {
        rows.push([
            one.ceiling.name.clone(),
            one.ceiling
                .target_percent
                .map_or_else(|| "–".to_owned(), |t| format!("{} %", plain(t))),
            units::number(one.ceiling.throughput),
            one.ceiling.ci95.map_or_else(
                || "–".to_owned(),
                |(low, high)| {
                    let (low, high) = apart(low, high);
                    format!("{low} to {high}")
                },
            ),
            units::percent_of(one.used_share),
            units::percent_of(one.binds_first),
        ]);
    }
    let widths: [usize; 6] = std::array::from_fn(|column| {
        rows.iter()
            .filter_map(|r| r.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    });
    for row in &rows {
        let line: Vec<String> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        out.push_str(line.join("  ").trim_end());
        out.push('\n');
    }
    // What a promise stands on is the answer of the load tests, which follows.
    let told = found
        .resources
        .iter()
        .filter(|one| one.ceiling.basis != CeilingBasis::Promise);
    for one in told.filter(|one| !one.ceiling.why.is_empty()) {
        let ceiling = &one.ceiling;
        // What is said of a resource begins with its name.
        let line = match ceiling.basis {
            CeilingBasis::Resource => ceiling.why.clone(),
            _ => format!("{}: {}", ceiling.name, ceiling.why),
        };
        out.push_str(&format!("\n{line}."));
    }
    out.push_str(&format!("\nDemand: {}.\n", found.demand_text));
    for assumed in &found.assumed {
        out.push_str(&format!("Assumed: {assumed}.\n"));
    }
    out
}
