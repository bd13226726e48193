//! Many series against a limit: which run out first, as a short table for a person and as rows for a program.

use serde::Serialize;

use crate::analysis::forecast::{CapacityCrossing, Forecast, Percentiles};
use crate::calendar::Instant;
use crate::units;

/// Series that are listed for a person.
const SHOWN: usize = 10;

/// One series against its limit. Times are text: dates, or steps where the table counts them.
#[derive(Debug, Serialize)]
pub(super) struct LimitRow<'a> {
    series: &'a str,
    threshold: f64,
    already_over: bool,
    crossing: Percentiles<String>,
    days_remaining: Option<Percentiles<f64>>,
    probability_within_horizon: f64,
    order_by: Option<String>,
    /// Nothing is left of the time to order in.
    #[serde(skip)]
    order_now: bool,
}

/// What a batch is sorted by when a limit was given, soonest first: days to the limit (P50, else P10), then how unlikely
/// the crossing is.
pub(super) fn urgency(capacity: &CapacityCrossing) -> f64 {
    const NOT_AT_ALL: f64 = 1e9;
    let days = capacity.days_remaining;
    match (capacity.already_over, days.p50, days.p10) {
        (true, ..) => -1.0,
        (_, Some(half), _) => half,
        // Later than any P50, whatever the step.
        (_, None, Some(tenth)) => NOT_AT_ALL + tenth,
        (_, None, None) => NOT_AT_ALL * (3.0 - capacity.probability_within_horizon),
    }
}

/// The rows of series with a limit, in the order given. Where the table counts steps, `counted`, there are no days and
/// nothing to order by.
pub(super) fn rows<'a>(
    forecasts: impl Iterator<Item = (&'a str, &'a Forecast)>,
    counted: bool,
    said: impl Fn(Instant) -> String,
) -> Vec<LimitRow<'a>> {
    let row = |(series, forecast): (&'a str, &'a Forecast)| {
        let capacity = forecast.capacity.as_ref()?;
        let order_by = capacity.order_by.filter(|_| !counted);
        let known_until = forecast.history.last().map(|p| p.0);
        Some(LimitRow {
            series,
            threshold: capacity.threshold,
            already_over: capacity.already_over,
            crossing: Percentiles {
                p10: capacity.crossing.p10.map(&said),
                p50: capacity.crossing.p50.map(&said),
                p90: capacity.crossing.p90.map(&said),
            },
            days_remaining: (!counted).then_some(capacity.days_remaining),
            probability_within_horizon: capacity.probability_within_horizon,
            order_by: order_by.map(&said),
            order_now: !counted
                && (capacity.already_over
                    || order_by.zip(known_until).is_some_and(|(by, end)| by <= end)),
        })
    };
    forecasts.filter_map(row).collect()
}

/// Those that run out first, the soonest on top, and how many more there are. `None` without a limit.
pub(super) fn text(rows: &[LimitRow<'_>]) -> Option<String> {
    if rows.is_empty() {
        return None;
    }
    let may: Vec<&LimitRow<'_>> = rows
        .iter()
        .filter(|r| r.already_over || r.crossing.p10.is_some())
        .collect();
    let rest = rows.len() - may.len();
    let mut lines = Vec::new();
    if !may.is_empty() {
        let header = [
            "runs out first",
            "P50",
            "P10 to P90",
            "within horizon",
            "order by",
        ];
        let mut cells = vec![header.map(str::to_owned)];
        cells.extend(may.iter().take(SHOWN).map(|row| row_text(row)));
        let widths: [usize; 5] = std::array::from_fn(|column| {
            cells
                .iter()
                .filter_map(|r| r.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        });
        for row in &cells {
            let line: Vec<String> = row
                .iter()
                .zip(widths)
                .map(|(cell, width)| format!("{cell:<width$}"))
                .collect();
            lines.push(line.join("  ").trim_end().to_owned());
        }
    }
    let more = may.len().saturating_sub(SHOWN);
    if more > 0 {
        lines.push(format!(
            "and {} more (--json has all)",
            units::count(more as u64)
        ));
    }
    if rest > 0 {
        lines.push(format!(
            "{} of {} series do not reach the limit within the horizon (P below 10 %)",
            units::count(rest as u64),
            units::count(rows.len() as u64)
        ));
    }
    Some(lines.join("\n"))
}

fn row_text(row: &LimitRow<'_>) -> [String; 5] {
    let dash = || "–".to_owned();
    if row.already_over {
        let order = if row.order_now {
            "now".to_owned()
        } else {
            dash()
        };
        return [
            row.series.to_owned(),
            "over already".to_owned(),
            dash(),
            dash(),
            order,
        ];
    }
    let crossing = &row.crossing;
    let range = match (&crossing.p10, &crossing.p90) {
        (Some(early), Some(late)) => format!("{early} to {late}"),
        (Some(early), None) => format!("from {early} on"),
        _ => dash(),
    };
    [
        row.series.to_owned(),
        crossing.p50.clone().unwrap_or_else(dash),
        range,
        units::percent_of(row.probability_within_horizon),
        match (&row.order_by, row.order_now) {
            (_, true) => "now".to_owned(),
            (by, false) => by.clone().unwrap_or_else(dash),
        },
    ]
}
