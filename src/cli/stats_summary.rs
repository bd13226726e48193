//! What `headroom stats` says about files that hold a tool's own summary and no samples.

use serde::Serialize;

use super::stats_table::label_table;
use crate::analysis::latency::{CodeCount, LabelStats};
use crate::dataset::{SummaryLine, Threshold, ToolSummary};
use crate::units;

/// One summary, as the tool prints it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct SummaryStats {
    pub(super) file: String,
    pub(super) tool: &'static str,
    /// How the tool takes percentiles.
    pub(super) percentile_rule: String,
    pub(super) duration_secs: Option<f64>,
    pub(super) total: LabelStats,
    pub(super) labels: Vec<LabelStats>,
    /// All percentiles that the file holds, by label.
    pub(super) percentiles: Vec<Percentiles>,
    pub(super) codes: Vec<CodeCount>,
    pub(super) errors: Vec<ErrorCount>,
    pub(super) thresholds: Vec<Threshold>,
    pub(super) concurrency_max: Option<f64>,
}

/// Percentiles of one label: names such as `p99_9`, milliseconds.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Percentiles {
    label: String,
    values: Vec<(String, f64)>,
}

/// An error text and how often it came.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ErrorCount {
    error: String,
    count: u64,
}

fn percentiles(line: &SummaryLine) -> Option<Percentiles> {
    (!line.percentiles_ms.is_empty()).then(|| Percentiles {
        label: line.label.clone(),
        values: line
            .percentiles_ms
            .iter()
            .map(|(ppm, ms)| {
                let percent = *ppm as f64 / 1e4;
                (format!("p{}", percent.to_string().replace('.', "_")), *ms)
            })
            .collect(),
    })
}

impl SummaryStats {
    /// The summary of one file.
    pub(super) fn of(file: &str, summary: &ToolSummary) -> Self {
        let mut total = LabelStats::of_summary(&summary.total);
        if total.label.is_empty() {
            crate::analysis::latency::TOTAL.clone_into(&mut total.label);
        }
        if summary.total.count.is_none() {
            let sum = |part: fn(&SummaryLine) -> Option<u64>| {
                summary.labels.iter().filter_map(part).sum::<u64>()
            };
            total.count = sum(|l| l.count);
            total.errors = sum(|l| l.errors);
            let known = summary.labels.iter().all(|l| l.errors.is_some());
            total.error_rate =
                (known && total.count > 0).then(|| total.errors as f64 / total.count as f64);
        }
        Self {
            file: file.to_owned(),
            tool: summary.tool.title().unwrap_or("the tool"),
            percentile_rule: summary.percentile_rule.clone(),
            duration_secs: summary.duration_secs,
            total,
            labels: summary.labels.iter().map(LabelStats::of_summary).collect(),
            percentiles: std::iter::once(&summary.total)
                .chain(&summary.labels)
                .filter_map(percentiles)
                .collect(),
            codes: summary
                .codes
                .iter()
                .map(|(code, count)| CodeCount {
                    code: code.clone(),
                    count: *count,
                })
                .collect(),
            errors: summary
                .errors
                .iter()
                .map(|(error, count)| ErrorCount {
                    error: error.clone(),
                    count: *count,
                })
                .collect(),
            thresholds: summary.thresholds.clone(),
            concurrency_max: summary.concurrency_max,
        }
    }

    /// What the table of labels does not say.
    pub(super) fn tell(&self, out: &mut String) {
        out.push_str(&format!("\n{}: summary by {}", self.file, self.tool));
        if !self.percentile_rule.is_empty() {
            out.push_str(&format!("; its percentiles are {}", self.percentile_rule));
        }
        out.push('\n');
        for line in &self.percentiles {
            let list: Vec<String> = line
                .values
                .iter()
                .map(|(name, ms)| {
                    format!(
                        "{} {}",
                        name.replace('p', "P").replace('_', "."),
                        units::millis(*ms)
                    )
                })
                .collect();
            let label = if line.label.is_empty() {
                "Total"
            } else {
                &line.label
            };
            out.push_str(&format!("  {label}: {}\n", list.join(", ")));
        }
        for error in self.errors.iter().take(10) {
            out.push_str(&format!(
                "  {} × {}\n",
                units::count(error.count),
                error.error
            ));
        }
        for threshold in &self.thresholds {
            let word = if threshold.held { "held" } else { "broken" };
            out.push_str(&format!(
                "  {} {}: {word}\n",
                threshold.metric, threshold.rule
            ));
        }
    }

    /// Whether there is more in it than a list of errors.
    pub(super) fn holds_figures(&self) -> bool {
        self.total.count > 0 || !self.labels.is_empty() || !self.percentiles.is_empty()
    }

    /// Its table, where several stand side by side.
    pub(super) fn table(&self) -> String {
        label_table(&self.total, &self.labels)
    }
}
