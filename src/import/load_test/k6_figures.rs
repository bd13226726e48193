//! k6's metrics at the end of a test to a tool's summary: what the readers of its three JSON summaries share.
//!
//! k6 keeps every value of a trend and interpolates between closest ranks (`metrics/sink.go`), so its percentiles are
//! exact. Rates count the values that are not zero, so `http_req_failed` counts FAILED requests.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::k6_points::{CLOSED_LOOP, dropped};
use super::summarised::summarised;
use crate::calendar::TimeRange;
use crate::dataset::{SummaryLine, Threshold, Tool, ToolSummary};
use crate::import::{ImportError, Imported, Intake};
use crate::units;
use crate::warning::{WarningKind, Warnings};

/// Metrics that are requests, the first of which makes the total.
const REQUESTS: [&str; 2] = ["http_req_duration", "grpc_req_duration"];
/// What a sub-metric of successful requests is called.
const EXPECTED: &str = "expected_response:true";
/// Names that are told one by one.
const MAX_NAMED: usize = 12;

/// One metric: its name (with tags in braces where it is a sub-metric) and its figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct K6Metric {
    /// Such as `http_req_duration{name:home}`.
    pub name: String,
    /// Such as `p(95)`, `count`, `passes`.
    pub values: BTreeMap<String, f64>,
    /// Rules and whether they held.
    pub thresholds: Vec<(String, bool)>,
}

impl K6Metric {
    /// A metric with the numbers of an object; what is no number is counted as odd.
    pub fn of(name: &str, values: &Map<String, Value>, odd: &mut u64) -> Self {
        let mut metric = Self {
            name: name.to_owned(),
            ..Self::default()
        };
        for (key, value) in values {
            match value {
                Value::Number(number) => {
                    metric
                        .values
                        .extend(number.as_f64().map(|n| (key.clone(), n)));
                }
                Value::Object(_) if key == "thresholds" => {}
                _ => *odd += 1,
            }
        }
        metric
    }

    fn value(&self, key: &str) -> Option<f64> {
        self.values.get(key).copied()
    }

    fn count(&self, key: &str) -> Option<u64> {
        self.value(key)
            .filter(|n| (0.0..1e18).contains(n))
            .map(|n| n.round() as u64)
    }

    /// Base name, and what stands in braces.
    fn parts(&self) -> (&str, &str) {
        match self.name.split_once('{') {
            Some((base, tags)) => (base, tags.strip_suffix('}').unwrap_or(tags)),
            None => (&self.name, ""),
        }
    }

    /// Values of a rate that are not zero, and those that are. Where `passes` and `fails` do not agree with the rate,
    /// as in the example of k6's schema, they are taken the other way round.
    fn rate(&self) -> Option<(u64, u64)> {
        if let (Some(matches), Some(total)) = (self.count("matches"), self.count("total")) {
            return Some((matches, total.saturating_sub(matches)));
        }
        let (passes, fails) = (self.count("passes")?, self.count("fails")?);
        let rate = self.value("rate").or_else(|| self.value("value"));
        let total = (passes + fails) as f64;
        let off = |n: u64| rate.map_or(0.0, |rate| (n as f64 - rate * total).abs());
        Some(if off(fails) < off(passes) {
            (fails, passes)
        } else {
            (passes, fails)
        })
    }
}

/// Everything that a summary says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct K6Figures {
    /// In order of the file.
    pub metrics: Vec<K6Metric>,
    /// Name, passes, fails.
    pub checks: Vec<(String, u64, u64)>,
    /// Seconds that the test took.
    pub duration_secs: Option<f64>,
    /// When it took place.
    pub span: Option<TimeRange>,
    /// Figures and verdicts that were not what they should be.
    pub odd: u64,
}

impl K6Figures {
    fn named(&self, name: &str) -> Option<&K6Metric> {
        self.metrics.iter().find(|m| m.name == name)
    }

    /// The metric of the same requests: `http_reqs{name:home}` for `http_req_duration{name:home}`.
    fn beside(&self, base: &str, tags: &str) -> Option<&K6Metric> {
        if tags.is_empty() {
            self.named(base)
        } else {
            self.named(&format!("{base}{{{tags}}}"))
        }
    }

    /// The line of one duration metric.
    fn line(&self, metric: &K6Metric) -> SummaryLine {
        let (base, tags) = metric.parts();
        let http = base == "http_req_duration";
        let beside = |name: &str| http.then(|| self.beside(name, tags)).flatten();
        let successes_only = tags == EXPECTED;
        let failed = beside("http_req_failed").and_then(K6Metric::rate);
        let requests = beside("http_reqs");
        let per_second = |count: f64| Some(count / self.duration_secs.filter(|s| *s > 0.0)?);
        let successes = || {
            let (_, succeeded) = self.named("http_req_failed")?.rate()?;
            (http && successes_only).then_some(succeeded)
        };
        SummaryLine {
            label: label_of(base, tags),
            count: metric
                .count("count")
                .or_else(|| requests?.count("count"))
                .or_else(|| failed.map(|(failed, succeeded)| failed + succeeded))
                .or_else(successes),
            errors: if successes_only {
                Some(0)
            } else {
                failed.map(|(failed, _)| failed)
            },
            mean_ms: metric.value("avg"),
            min_ms: metric.value("min"),
            max_ms: metric.value("max"),
            percentiles_ms: percentiles(metric),
            throughput_per_sec: requests
                .and_then(|r| r.value("rate").or_else(|| per_second(r.value("count")?))),
            successes_only,
            ..SummaryLine::default()
        }
    }

    fn summary(&self) -> ToolSummary {
        let base = REQUESTS.iter().find(|name| self.named(name).is_some());
        let mut total = match base.and_then(|name| self.named(name)) {
            Some(metric) => self.line(metric),
            None => SummaryLine {
                count: self.named("http_reqs").and_then(|m| m.count("count")),
                ..SummaryLine::default()
            },
        };
        total.label = "Total".to_owned();
        total.received_bytes_per_sec = self.named("data_received").and_then(|m| m.value("rate"));
        let labels = self
            .metrics
            .iter()
            .filter(|m| REQUESTS.contains(&m.parts().0) && base.is_none_or(|b| m.name != *b))
            .map(|m| self.line(m))
            .collect();
        let by_rate = || {
            let reqs = self.named("http_reqs")?;
            let rate = reqs.value("rate").filter(|r| *r > 0.0)?;
            Some(reqs.value("count")? / rate)
        };
        let users = |name: &str| self.named(name).and_then(|m| m.value("max"));
        ToolSummary {
            tool: Tool::K6,
            percentile_rule:
                "interpolated linearly between closest ranks over all values (Hyndman-Fan type 7)"
                    .to_owned(),
            total,
            labels,
            duration_secs: self.duration_secs.or_else(by_rate),
            thresholds: self
                .metrics
                .iter()
                .flat_map(|m| {
                    m.thresholds.iter().map(|(rule, held)| Threshold {
                        metric: m.name.clone(),
                        rule: rule.clone(),
                        held: *held,
                    })
                })
                .collect(),
            concurrency_max: users("vus").or_else(|| users("vus_max")),
            closed_loop: self.dropped_iterations().is_none(),
            ..ToolSummary::default()
        }
    }

    fn dropped_iterations(&self) -> Option<f64> {
        self.named("dropped_iterations")
            .and_then(|m| m.value("count"))
            .filter(|n| *n > 0.0)
    }

    fn say(&self, summary: &ToolSummary, warnings: &mut Warnings) {
        let durations = !summary.total.percentiles_ms.is_empty();
        if !durations && summary.total.mean_ms.is_none() {
            warnings.add(
                WarningKind::Note,
                "there are no durations of requests in it, only counts",
            );
        } else if durations && summary.total.percentile_ms(990_000).is_none() {
            warnings.add(
                WarningKind::Note,
                "there is no P99 in it: k6 writes P90 and P95 unless summaryTrendStats asks for p(99)",
            );
        }
        if self.span.is_none() {
            warnings.add(
                WarningKind::Assumed,
                "it does not say when the test ran, so it stands at no time",
            );
        }
        if summary.closed_loop {
            warnings.add(WarningKind::CoordinatedOmission, CLOSED_LOOP);
        }
        if let Some(count) = self.dropped_iterations() {
            warnings.add(WarningKind::SaturatedGenerator, dropped(count));
        }
        let failed: Vec<&(String, u64, u64)> = self.checks.iter().filter(|c| c.2 > 0).collect();
        if !failed.is_empty() {
            let all = |part: fn(&(String, u64, u64)) -> u64| {
                units::count(self.checks.iter().map(part).fold(0, u64::saturating_add))
            };
            let names = failed.iter().map(|(name, passes, fails)| {
                format!(
                    "{name} ({} of {})",
                    units::count(*fails),
                    units::count(passes.saturating_add(*fails))
                )
            });
            warnings.add(
                WarningKind::Note,
                format!(
                    "{} of {} checks failed: {}",
                    all(|c| c.2),
                    all(|c| c.1.saturating_add(c.2)),
                    listed(names.collect())
                ),
            );
        }
        let read = [
            "http_reqs",
            "http_req_failed",
            "data_received",
            "vus",
            "vus_max",
            "checks",
        ];
        let unread: Vec<String> = self
            .metrics
            .iter()
            .filter(|m| !read.contains(&m.parts().0) && !REQUESTS.contains(&m.parts().0))
            .map(|m| m.name.clone())
            .collect();
        if !unread.is_empty() {
            warnings.add_counted(
                WarningKind::NotRead,
                format!(
                    "other metrics of the summary are not read: {}",
                    listed(unread.clone())
                ),
                unread.len() as u64,
                None,
            );
        }
        if self.odd > 0 {
            warnings.add_counted(
                WarningKind::NotANumber,
                "figures of the summary that are not numbers (or verdicts that are not true or false) were left out",
                self.odd,
                None,
            );
        }
    }

    /// The source made of them.
    pub fn summarised(
        self,
        intake: &Intake<'_>,
        mut warnings: Warnings,
    ) -> Result<Imported, ImportError> {
        let summary = self.summary();
        if self
            .named("http_req_failed")
            .and_then(K6Metric::rate)
            .is_some()
        {
            warnings.add(
                WarningKind::ReadsBackwards,
                "the passes of http_req_failed are FAILED requests; they are shown as errors",
            );
        }
        self.say(&summary, &mut warnings);
        summarised(intake, summary, self.span, warnings)
    }
}

fn listed(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(MAX_NAMED);
    names.truncate(MAX_NAMED);
    let list = names.join(", ");
    if more > 0 {
        format!("{list} and {more} more")
    } else {
        list
    }
}

/// `name:home` is the label `home`; other tags are kept as they are written.
fn label_of(base: &str, tags: &str) -> String {
    match tags.strip_prefix("name:") {
        Some(name) if !name.is_empty() && !name.contains(',') => {
            name.trim().trim_matches(['"', '\'']).to_owned()
        }
        _ if tags.is_empty() => base.to_owned(),
        _ => format!("{{{tags}}}"),
    }
}

fn percentiles(metric: &K6Metric) -> Vec<(i64, f64)> {
    let mut list: Vec<(i64, f64)> = metric
        .values
        .iter()
        .filter_map(|(key, value)| {
            let percent = if key == "med" {
                50.0
            } else {
                let inner = key.strip_prefix("p(")?.strip_suffix(')')?;
                inner.trim().parse::<f64>().ok()?
            };
            (0.0..=100.0)
                .contains(&percent)
                .then(|| ((percent * 10_000.0).round() as i64, *value))
        })
        .collect();
    list.sort_by_key(|(ppm, _)| *ppm);
    list.dedup_by_key(|(ppm, _)| *ppm);
    list
}

/// The checks of a group and of the groups in it. `--summary-export` writes objects, `handleSummary` arrays.
pub fn checks(group: &Value, into: &mut Vec<(String, u64, u64)>) {
    let items = |value: Option<&Value>| -> Vec<Value> {
        match value {
            Some(Value::Array(list)) => list.clone(),
            Some(Value::Object(map)) => map.values().cloned().collect(),
            _ => Vec::new(),
        }
    };
    for check in items(group.get("checks")) {
        into.extend(check_of(&check));
    }
    for inner in items(group.get("groups")) {
        checks(&inner, into);
    }
}

/// Name, passes and fails of one check.
pub fn check_of(check: &Value) -> Option<(String, u64, u64)> {
    Some((
        check.get("name")?.as_str()?.to_owned(),
        check.get("passes")?.as_u64()?,
        check.get("fails")?.as_u64()?,
    ))
}

/// Each entry of the object `metrics` of a summary.
pub fn entries<'a>(
    document: &'a Value,
    intake: &Intake<'_>,
) -> Result<&'a Map<String, Value>, ImportError> {
    document
        .get("metrics")
        .and_then(Value::as_object)
        .ok_or_else(|| intake.unusable("it has no \"metrics\"; export the summary again", None))
}

#[cfg(test)]
#[path = "k6_figures_tests.rs"]
mod tests;
