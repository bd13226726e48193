//! The settings of Capacity: part of the document, so that they are undone and kept. Where the document cannot be changed
//! they can be tried all the same.

use super::Cx;
use crate::project::CapacityInputs;
use crate::units;

/// The percentiles of a budget, in parts per million, with their names.
pub(super) const PERCENTILES: [(i64, &str); 4] = [
    (500_000, "P50"),
    (900_000, "P90"),
    (950_000, "P95"),
    (990_000, "P99"),
];

/// Name of a percentile.
pub(super) fn percentile_name(ppm: i64) -> &'static str {
    let found = PERCENTILES.iter().find(|(known, _)| *known == ppm);
    found.map_or("P95", |(_, name)| name)
}

/// As they are set now.
pub(super) fn inputs(cx: &Cx<'_>) -> CapacityInputs {
    let tried = cx.view.capacity.tried.as_ref();
    let inputs = tried
        .filter(|_| cx.state.read_only())
        .unwrap_or(&cx.state.doc.capacity);
    inputs.clone().within_ranges()
}

/// Takes over what was changed.
pub(super) fn keep(cx: &mut Cx<'_>, before: &CapacityInputs, after: CapacityInputs) {
    if *before == after {
        return;
    }
    if cx.state.read_only() {
        cx.view.capacity.tried = Some(after);
        return;
    }
    cx.edit(deed(before, &after), move |doc| {
        doc.capacity = after.clone();
    });
}

/// What was changed, as undo names it.
fn deed(before: &CapacityInputs, after: &CapacityInputs) -> String {
    if before.left_out != after.left_out {
        "choose other load tests for capacity".to_owned()
    } else if before.percentile_ppm != after.percentile_ppm {
        let name = percentile_name(after.percentile_ppm);
        format!("change the percentile of the budget to {name}")
    } else if differ(before.budget_ms, after.budget_ms) {
        let budget = units::millis(after.budget_ms);
        format!("change the latency budget to {budget}")
    } else if differ(before.errors_percent, after.errors_percent) {
        let share = units::number(after.errors_percent);
        format!("change the share that may fail to {share} %")
    } else if before.demand != after.demand {
        format!("hold headroom against {}", after.demand)
    } else if differ(before.growth, after.growth) {
        let times = units::number(after.growth);
        format!("change the growth of the demand to {times}×")
    } else if before.nodes != after.nodes {
        let nodes = units::count(u64::from(after.nodes));
        format!("change nodes in the test to {nodes}")
    } else if before.fail != after.fail {
        format!("change nodes that may fail to {}", after.fail)
    } else if before.reserve_percent != after.reserve_percent {
        format!("change the reserve to {} %", after.reserve_percent)
    } else if before.by != after.by {
        match after.by.trim() {
            "" => "remove the date of headroom".to_owned(),
            by => format!("change the date of headroom to {by}"),
        }
    } else {
        let price = units::number(after.node_hour);
        let currency = after.currency.trim();
        format!("change the price of a node to {price} {currency} an hour")
    }
}

/// Two settings that are not the same number.
fn differ(a: f64, b: f64) -> bool {
    a.to_bits() != b.to_bits()
}
