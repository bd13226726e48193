//! The JSON beside Gatling's HTML report: `js/stats.json` (all requests and groups) and `js/global_stats.json`.
//!
//! Written up to 3.12. Figures are whole milliseconds; some old versions write numbers as text, or `-` for none.

use std::io::Read;

use serde_json::Value;

use super::summarised::summarised;
use crate::dataset::{SummaryLine, Tool, ToolSummary};
use crate::import::format::{Family, Format, Seen};
use crate::import::whole::read_whole;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::{WarningKind, Warnings};

/// Gatling's statistics.
pub static FORMAT: Format = Format {
    id: "gatling-stats",
    title: "Gatling statistics (stats.json, global_stats.json)",
    family: Family::LoadTest,
    recognised_by: "JSON with numberOfRequests, minResponseTime and percentiles1, at the root or inside \"stats\" beside \
                    \"contents\"",
    traps: &[
        "A summary without samples: import simulation.log for anything beyond its figures.",
        "The file does not say which percentiles percentiles1 to percentiles4 are: 50, 75, 95 and 99 are assumed (95 \
         and 99 where there are two), Gatling's defaults.",
        "Percentiles are estimated with a t-digest and rounded to milliseconds; they include failed requests.",
        "Requests a second are of the whole run in whole seconds, also for single requests.",
        "Gatling 3.13 and later write no such file.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    if head.text.starts_with("var stats = {") {
        return Seen::Refused(
            "it is the script of Gatling's report page; import the simulation.log of that run"
                .to_owned(),
        );
    }
    let Some(json) = &head.json else {
        return Seen::No;
    };
    let root = json.has_keys(&["numberOfRequests", "minResponseTime"]);
    let nested = json.has_keys(&["type", "stats"])
        && json.has("\"numberOfRequests\":")
        && json.has("\"minResponseTime\":");
    (!json.array && (root || nested)).into()
}

/// Reads one file.
fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let text = read_whole(reader, intake)?;
    let root: Value = serde_json::from_slice(&text).map_err(|error| {
        intake.unusable(
            format!("the statistics are cut off or damaged ({error}); copy the file again"),
            Some(error.line() as u64),
        )
    })?;
    let mut reading = Reading {
        warnings: Warnings::default(),
        labels: Vec::new(),
        most_percentiles: 0,
        groups: 0,
        unread: 0,
    };
    let total = reading.line("Total", root.get("stats").unwrap_or(&root));
    if let Some(contents) = root.get("contents") {
        reading.contents("", contents);
    }
    let Reading {
        mut warnings,
        labels,
        most_percentiles,
        groups,
        unread,
    } = reading;
    if most_percentiles > 0 {
        warnings.add(
            WarningKind::Assumed,
            "the file does not say which percentiles it holds; Gatling's defaults (50, 75, 95 and 99; 95 and 99 where \
             there are two) were assumed",
        );
        warnings.add(
            WarningKind::Approximate,
            "Gatling estimates percentiles with a t-digest and rounds them to milliseconds",
        );
    }
    if groups > 0 {
        warnings.add_counted(
            WarningKind::TransactionControllers,
            "groups stand beside the requests they are made of; the total does not count them",
            groups,
            None,
        );
    }
    if unread > 0 {
        warnings.add_counted(
            WarningKind::RejectedRow,
            "entries without statistics are not read",
            unread,
            None,
        );
    }
    warnings.add(
        WarningKind::NotRead,
        "figures of successful and of failed requests apart, and the counts by response time range, are not read",
    );
    let summary = ToolSummary {
        tool: Tool::Gatling,
        percentile_rule: "estimated with a t-digest (compression 100) over all requests, failed ones included, and \
                          rounded to milliseconds"
            .to_owned(),
        total,
        labels,
        ..ToolSummary::default()
    };
    summarised(intake, summary, None, warnings)
}

struct Reading {
    warnings: Warnings,
    labels: Vec<SummaryLine>,
    most_percentiles: usize,
    groups: u64,
    unread: u64,
}

impl Reading {
    /// The requests and groups inside a group, each with the path of its groups before its name.
    fn contents(&mut self, path: &str, contents: &Value) {
        let entries: Vec<&Value> = match contents {
            Value::Object(map) => map.values().collect(),
            Value::Array(list) => list.iter().collect(),
            _ => Vec::new(),
        };
        for entry in entries {
            let name = entry.get("name").and_then(Value::as_str).unwrap_or("?");
            let label = if path.is_empty() {
                name.to_owned()
            } else {
                format!("{path} / {name}")
            };
            let inner = entry.get("contents");
            match entry.get("stats") {
                Some(stats) => {
                    let shown = if inner.is_some() {
                        self.groups += 1;
                        format!("{label} (group)")
                    } else {
                        label.clone()
                    };
                    let line = self.line(&shown, stats);
                    self.labels.push(line);
                }
                None => self.unread += 1,
            }
            if let Some(inner) = inner {
                self.contents(&label, inner);
            }
        }
    }

    fn line(&mut self, label: &str, stats: &Value) -> SummaryLine {
        let mut figure = |key: &str, part: &str| {
            let cell = stats.get(key)?;
            let cell = cell.get(part).unwrap_or(cell);
            let (value, odd) = number(cell);
            if odd {
                self.warnings.add(
                    WarningKind::NotANumber,
                    format!("{key} is not a number everywhere and was left out there"),
                );
            }
            value
        };
        let count = |value: Option<f64>| value.filter(|v| *v < 9e15).map(|v| v as u64);
        let percentiles: Vec<f64> = [
            "percentiles1",
            "percentiles2",
            "percentiles3",
            "percentiles4",
        ]
        .into_iter()
        .map_while(|key| figure(key, "total"))
        .collect();
        let requests = count(figure("numberOfRequests", "total"));
        let ran = requests != Some(0);
        let mut line = SummaryLine {
            label: label.to_owned(),
            count: requests,
            errors: count(figure("numberOfRequests", "ko")),
            mean_ms: figure("meanResponseTime", "total").filter(|_| ran),
            min_ms: figure("minResponseTime", "total").filter(|_| ran),
            max_ms: figure("maxResponseTime", "total").filter(|_| ran),
            stddev_ms: figure("standardDeviation", "total").filter(|_| ran),
            throughput_per_sec: figure("meanNumberOfRequestsPerSecond", "total"),
            ..SummaryLine::default()
        };
        let ppm: &[i64] = if percentiles.len() == 2 {
            &[950_000, 990_000]
        } else {
            &[500_000, 750_000, 950_000, 990_000]
        };
        if ran {
            line.percentiles_ms = ppm.iter().copied().zip(percentiles).collect();
        }
        self.most_percentiles = self.most_percentiles.max(line.percentiles_ms.len());
        line
    }
}

/// A figure that is not negative, and whether there is something else in its place.
fn number(cell: &Value) -> (Option<f64>, bool) {
    let value = match cell {
        Value::Null => return (None, false),
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.trim() {
            "" | "-" => return (None, false),
            text => text.replace(',', "").parse().ok(),
        },
        _ => None,
    };
    let value = value.filter(|v| v.is_finite() && *v >= 0.0);
    (value, value.is_none())
}
