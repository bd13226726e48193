//! Locust's `--json`: exact counters and how often each rounded duration came, for each request name.

use std::collections::BTreeMap;
use std::io::Read;

use serde_json::Value;

use super::locust_rows::{MAX_LABELS, PERCENTILE_RULE, closed_loop, distinct, rounded};
use super::summarised::summarised;
use crate::calendar::{Instant, TimeRange};
use crate::dataset::{SeriesKind, SummaryLine, Tool, ToolSummary, ValueCount};
use crate::import::format::{Family, Format, Seen};
use crate::import::metrics::settle::Gathered;
use crate::import::table::times::is_plausible;
use crate::import::whole::read_whole;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::{WarningKind, Warnings};

/// Locust's JSON.
pub static FORMAT: Format = Format {
    id: "locust-json",
    title: "Locust statistics (--json)",
    family: Family::LoadTest,
    recognised_by: "a JSON array of objects with num_requests, response_times and start_time",
    traps: &[
        "The most exact file of Locust's: it holds the whole run and how often each duration came.",
        "Durations are rounded to two significant digits (below 100 ms to 1 ms): 210 ms means 205 to 215 ms.",
        "Failed requests stay in the durations.",
        "Requests of a second are counted when their response comes.",
        "There is no row of all requests: it is added up from the others, which is exact.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

/// `stats.PERCENTILES_TO_REPORT` of Locust, but for 100 %.
const PERCENTILES: [i64; 10] = [
    500_000, 660_000, 750_000, 800_000, 900_000, 950_000, 980_000, 990_000, 999_000, 999_900,
];
/// Seconds without requests are filled with zeros in runs up to this long.
const MAX_FILL_SECS: i64 = 7 * 86_400;
/// Durations above are none: 100 days.
const MAX_MS: f64 = 8.64e9;

fn recognise(head: &Head<'_>) -> Seen {
    head.json
        .as_ref()
        .is_some_and(|json| {
            json.array && json.has_keys(&["name", "num_requests", "response_times"])
                || json.array
                    && json.has_keys(&["name", "num_requests", "start_time"])
                    && json.has("\"response_times\":{")
        })
        .into()
}

/// Counters of one request name, or of all.
#[derive(Clone, Debug, Default)]
struct Entry {
    requests: u64,
    failures: u64,
    total_ms: f64,
    min_ms: Option<f64>,
    max_ms: Option<f64>,
    bytes: f64,
    start: Option<f64>,
    last: Option<f64>,
    /// Rounded duration in µs, and how often it came.
    times: BTreeMap<i64, u64>,
}

/// Reads one file.
fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let text = read_whole(reader, intake)?;
    let root: Value = serde_json::from_slice(&text).map_err(|error| {
        intake.unusable(
            format!("the JSON is cut off or damaged ({error}); copy the file again"),
            Some(error.line() as u64),
        )
    })?;
    let list = root.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut warnings = Warnings::default();
    let mut all = Entry::default();
    let mut entries = Vec::new();
    let mut seconds: BTreeMap<i64, [f64; 2]> = BTreeMap::new();
    for item in list {
        let Some(entry) = Entry::of(item, &mut warnings) else {
            warnings.add(
                WarningKind::RejectedRow,
                "entries without num_requests are not read",
            );
            continue;
        };
        all.add(&entry);
        for (place, key) in ["num_reqs_per_sec", "num_fail_per_sec"].iter().enumerate() {
            for (second, count) in pairs(item, key) {
                if let Some(sum) = seconds.entry(second as i64).or_default().get_mut(place) {
                    *sum += count as f64;
                }
            }
        }
        let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
        if entries.len() < MAX_LABELS {
            entries.push((text("method").to_owned(), text("name").to_owned(), entry));
        } else {
            warnings.add(
                WarningKind::TooManyLabels,
                "more than 10,000 request names; the rest is only in the total",
            );
        }
    }
    if all.requests > 0 {
        rounded(&mut warnings);
        closed_loop(&mut warnings);
        warnings.add(
            WarningKind::Assumed,
            "requests a second are taken from the first response to the last; Locust's own screen counts from the start \
             of the test, which is not in the file",
        );
    }
    let duration = all.duration_secs();
    let labels = entries
        .into_iter()
        .map(|(method, name, entry)| (method, entry.line(name, duration)))
        .collect();
    let span = all.span();
    let summary = ToolSummary {
        tool: Tool::Locust,
        percentile_rule: PERCENTILE_RULE.to_owned(),
        total: all.line("Total".to_owned(), duration),
        labels: distinct(labels),
        duration_secs: duration,
        closed_loop: true,
        ..ToolSummary::default()
    };
    let series = rates(&seconds, intake);
    let metrics = series.settle(&mut warnings)?;
    let mut imported = summarised(intake, summary, span, warnings)?;
    if !metrics.series.is_empty() {
        imported.source.metrics = Some(metrics);
    }
    Ok(imported)
}

fn plausible_count(value: &Value) -> Option<u64> {
    value.as_u64().filter(|n| *n < 1 << 48)
}

/// Numbers under numeric keys.
fn pairs(item: &Value, key: &str) -> Vec<(f64, u64)> {
    let Some(map) = item.get(key).and_then(Value::as_object) else {
        return Vec::new();
    };
    map.iter()
        .filter_map(|(key, count)| {
            let key: f64 = key.parse().ok()?;
            Some((key, plausible_count(count)?)).filter(|(k, _)| k.is_finite() && *k >= 0.0)
        })
        .collect()
}

impl Entry {
    fn of(item: &Value, warnings: &mut Warnings) -> Option<Self> {
        let number = |key: &str| {
            item.get(key)
                .and_then(Value::as_f64)
                .filter(|v| v.is_finite() && *v >= 0.0)
        };
        let count = |key: &str| item.get(key).and_then(plausible_count);
        let mut entry = Self {
            requests: count("num_requests")?,
            failures: count("num_failures").unwrap_or_default(),
            total_ms: number("total_response_time").unwrap_or_default(),
            min_ms: number("min_response_time"),
            max_ms: number("max_response_time"),
            bytes: number("total_content_length").unwrap_or_default(),
            start: number("start_time"),
            last: number("last_request_timestamp"),
            times: BTreeMap::new(),
        };
        let cells = item
            .get("response_times")
            .and_then(Value::as_object)
            .map_or(0, serde_json::Map::len);
        let mut read = 0;
        for (ms, times) in pairs(item, "response_times") {
            if ms <= MAX_MS {
                read += 1;
                let sum = entry.times.entry((ms * 1e3).round() as i64).or_default();
                *sum = sum.saturating_add(times);
            }
        }
        let timed = entry.timed();
        let untimed = count("num_none_requests").unwrap_or_default();
        if read < cells || timed.saturating_add(untimed) != entry.requests {
            warnings.add(
                WarningKind::Note,
                "the counts of durations do not add up to the requests of a name; percentiles are of those counted",
            );
        }
        Some(entry)
    }

    fn timed(&self) -> u64 {
        self.times
            .values()
            .fold(0, |sum, n| u64::saturating_add(sum, *n))
    }

    fn add(&mut self, other: &Self) {
        let least = |a: Option<f64>, b: Option<f64>| a.into_iter().chain(b).reduce(f64::min);
        let most = |a: Option<f64>, b: Option<f64>| a.into_iter().chain(b).reduce(f64::max);
        self.requests = self.requests.saturating_add(other.requests);
        self.failures = self.failures.saturating_add(other.failures);
        self.total_ms += other.total_ms;
        self.min_ms = least(self.min_ms, other.min_ms);
        self.max_ms = most(self.max_ms, other.max_ms);
        self.bytes += other.bytes;
        self.start = least(self.start, other.start);
        self.last = most(self.last, other.last);
        for (micros, times) in &other.times {
            let sum = self.times.entry(*micros).or_default();
            *sum = sum.saturating_add(*times);
        }
    }

    fn duration_secs(&self) -> Option<f64> {
        Some(self.last? - self.start?).filter(|secs| *secs > 0.0)
    }

    fn span(&self) -> Option<TimeRange> {
        let at = |secs: f64| {
            let at = Instant((secs * 1e6) as i64);
            is_plausible(at).then_some(at)
        };
        let span = TimeRange {
            start: at(self.start?)?,
            end: at(self.last?)?,
        };
        (span.start <= span.end).then_some(span)
    }

    fn line(&self, label: String, run_secs: Option<f64>) -> SummaryLine {
        let ran = self.requests > 0;
        let per_sec = |amount: f64| run_secs.map(|secs| amount / secs);
        // Locust divides the time of all by the number of those that have one.
        let timed = self.timed();
        SummaryLine {
            label,
            count: Some(self.requests),
            errors: Some(self.failures),
            mean_ms: (timed > 0).then(|| self.total_ms / timed as f64),
            min_ms: self.min_ms.filter(|_| ran),
            max_ms: self.max_ms.filter(|_| ran),
            percentiles_ms: PERCENTILES
                .iter()
                .filter_map(|ppm| Some((*ppm, self.percentile(*ppm)?)))
                .collect(),
            throughput_per_sec: per_sec(self.requests as f64),
            received_bytes_per_sec: per_sec(self.bytes),
            values: self.values(),
            ..SummaryLine::default()
        }
    }

    /// Locust's `calculate_response_time_percentile`: from the top, the value at which at most floor(p·n) are left.
    fn percentile(&self, ppm: i64) -> Option<f64> {
        let below = (i128::from(self.requests) * i128::from(ppm) / 1_000_000) as u64;
        let mut seen = 0_u64;
        self.times.iter().rev().find_map(|(micros, times)| {
            seen = seen.saturating_add(*times);
            (self.requests.saturating_sub(seen) <= below).then_some(*micros as f64 / 1e3)
        })
    }

    /// Each rounded duration as the interval it stands for, inside the shortest and the longest.
    fn values(&self) -> Vec<ValueCount> {
        let ns = |ms: f64| (ms.min(MAX_MS) * 1e6).round() as i64;
        let least = self.min_ms.map_or(0, ns);
        let most = self.max_ms.map_or(i64::MAX, ns);
        self.times
            .iter()
            .filter(|(_, times)| **times > 0)
            .map(|(micros, times)| {
                let value = micros.saturating_mul(1_000);
                let (below, above) = halves(*micros);
                let low_ns = value.saturating_sub(below).max(0);
                let high_ns = value.saturating_add(above);
                ValueCount {
                    low_ns: if least <= high_ns {
                        low_ns.max(least)
                    } else {
                        low_ns
                    },
                    high_ns: if most >= low_ns {
                        high_ns.min(most)
                    } else {
                        high_ns
                    },
                    count: *times,
                }
            })
            .collect()
    }
}

/// How far below and above a rounded duration (µs) the true one may lie, in ns. At 100, 1,000 and 10,000 ms the step
/// below is the finer one.
fn halves(micros: i64) -> (i64, i64) {
    const HALF_MS: i64 = 500_000;
    let step = |micros: i64| match micros {
        ..100_000 => HALF_MS,
        100_000..1_000_000 => 10 * HALF_MS,
        1_000_000..10_000_000 => 100 * HALF_MS,
        _ => 1_000 * HALF_MS,
    };
    (step(micros - 1), step(micros))
}

/// Requests and failures a second, zeros included.
fn rates(seconds: &BTreeMap<i64, [f64; 2]>, intake: &Intake<'_>) -> Gathered {
    let mut gathered = Gathered::new(intake.options.range);
    let plausible = |second: i64| is_plausible(Instant(second.saturating_mul(1_000_000)));
    let mut known = seconds.iter().filter(|(second, _)| plausible(**second));
    let (Some((first, _)), last) = (known.next(), known.next_back()) else {
        return gathered;
    };
    let last = last.map_or(*first, |(last, _)| *last);
    for (place, name) in ["requests/s", "failures/s"].into_iter().enumerate() {
        let series = gathered.series(name, &BTreeMap::new());
        gathered.describe(series, |meaning| {
            "/s".clone_into(&mut meaning.unit);
            meaning.kind = SeriesKind::Rate;
            meaning.counter = false;
        });
        let mut add = |second: i64| {
            let value = seconds
                .get(&second)
                .and_then(|sums| sums.get(place))
                .copied()
                .unwrap_or(0.0);
            gathered.add(series, Instant::from_secs(second), value);
        };
        if last - first <= MAX_FILL_SECS {
            (*first..=last).for_each(&mut add);
        } else {
            seconds
                .range(first..=&last)
                .for_each(|(second, _)| add(*second));
        }
    }
    gathered
}
