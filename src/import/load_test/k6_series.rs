//! What k6 measures beside requests (users, iterations, checks, bytes, own metrics) as series: one value a second, or
//! a coarser step for long runs.
//!
//! Counters become events per second, rates shares in percent, gauges and trends means. Kinds are those of k6's own
//! metrics (k6 documentation, "Built-in metrics") and those that the file declares.

use std::collections::{BTreeMap, HashMap};

use crate::calendar::{Instant, TimeRange};
use crate::dataset::{DatasetError, MetricTable, SeriesKind};
use crate::import::metrics::names::Meaning;
use crate::import::metrics::settle::Gathered;
use crate::warning::{WarningKind, Warnings};

/// Steps of the series, in seconds.
const STEPS: [u32; 8] = [1, 10, 60, 300, 900, 3_600, 86_400, 604_800];
/// Cells that are kept before steps widen.
const MAX_CELLS: usize = 500_000;
/// Series that are kept apart.
const MAX_SERIES: usize = 300;
/// The last second that fits with room for a step behind it, in 2106.
const MAX_SECOND: u32 = 4_294_000_000;
/// Empty seconds of a counter that are filled with zeros, at most.
const MAX_FILLED: u32 = 200_000;

/// What k6 calls the type of a metric.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum K6Kind {
    /// Adds up.
    Counter,
    /// A level.
    Gauge,
    /// A share of non-zero values.
    Rate,
    /// Values of which statistics are taken.
    Trend,
    /// The file does not say.
    #[default]
    Unknown,
}

/// A metric as it was declared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// Its type.
    pub kind: K6Kind,
    /// Unit of its values: `ms`, `bytes` or none.
    pub unit: &'static str,
}

impl Declared {
    /// From the words of k6's own output.
    pub fn of(kind: &str, contains: &str) -> Self {
        Self {
            kind: match kind {
                "counter" => K6Kind::Counter,
                "gauge" => K6Kind::Gauge,
                "rate" => K6Kind::Rate,
                "trend" => K6Kind::Trend,
                _ => K6Kind::Unknown,
            },
            unit: match contains {
                "time" => "ms",
                "data" => "bytes",
                _ => "",
            },
        }
    }

    /// A metric that k6 brings itself.
    fn built_in(metric: &[u8]) -> Option<Self> {
        Some(match metric {
            b"data_sent" | b"data_received" | b"browser_data_sent" | b"browser_data_received" => {
                Self::of("counter", "data")
            }
            b"iterations"
            | b"dropped_iterations"
            | b"http_reqs"
            | b"ws_sessions"
            | b"ws_msgs_sent"
            | b"ws_msgs_received"
            | b"grpc_streams"
            | b"grpc_streams_msgs_sent"
            | b"grpc_streams_msgs_received" => Self::of("counter", ""),
            b"vus" | b"vus_max" => Self::of("gauge", ""),
            b"checks" | b"http_req_failed" | b"browser_http_req_failed" => Self::of("rate", ""),
            b"browser_web_vital_cls" => Self::of("trend", ""),
            b"iteration_duration"
            | b"group_duration"
            | b"ws_connecting"
            | b"ws_ping"
            | b"ws_session_duration"
            | b"browser_http_req_duration" => Self::of("trend", "time"),
            name if name.starts_with(b"http_req_") || name.starts_with(b"browser_web_vital_") => {
                Self::of("trend", "time")
            }
            _ => return None,
        })
    }
}

/// Values of one series in one step.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    sum: f64,
    n: u32,
}

/// One series while it is being read. Neighbouring values mostly fall into the same cell, which is kept at hand.
#[derive(Debug)]
struct Held {
    metric: u32,
    tag: Option<(&'static str, String)>,
    at: u32,
    cell: Cell,
}

#[derive(Debug, Default)]
struct Metric {
    name: String,
    declared: Option<Declared>,
    plain: Option<u32>,
    tagged: HashMap<Box<[u8]>, u32>,
}

/// All series of a file while it is being read.
#[derive(Debug, Default)]
pub struct K6Series {
    range: Option<TimeRange>,
    ids: HashMap<Box<[u8]>, u32>,
    metrics: Vec<Metric>,
    list: Vec<Held>,
    cells: BTreeMap<(u32, u32), Cell>,
    step: usize,
    points: u64,
    dropped: u64,
}

impl K6Series {
    /// Nothing yet; only values inside the range will be kept.
    pub fn new(range: TimeRange) -> Self {
        Self {
            range: Some(range),
            ..Self::default()
        }
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.points == 0
    }

    /// Values taken so far.
    pub const fn points(&self) -> u64 {
        self.points
    }

    fn metric(&mut self, name: &[u8]) -> Option<u32> {
        if let Some(id) = self.ids.get(name) {
            return Some(*id);
        }
        if self.metrics.len() >= MAX_SERIES {
            return None;
        }
        let id = self.metrics.len() as u32;
        self.metrics.push(Metric {
            name: String::from_utf8_lossy(name).into_owned(),
            declared: Declared::built_in(name),
            ..Metric::default()
        });
        self.ids.insert(name.into(), id);
        Some(id)
    }

    /// Says of what type a metric is.
    pub fn declare(&mut self, name: &[u8], declared: Declared) {
        let id = self.metric(name);
        let metric = id.and_then(|id| self.metrics.get_mut(id as usize));
        if let Some(metric) = metric
            && declared.kind != K6Kind::Unknown
        {
            metric.declared = Some(declared);
        }
    }

    /// Takes one value. `tag` tells series of one metric apart; an empty value is none.
    pub fn add(&mut self, metric: &[u8], tag: (&'static str, &[u8]), at: Instant, value: f64) {
        let second = at.0.div_euclid(1_000_000);
        let Some(second) = u32::try_from(second).ok().filter(|s| *s <= MAX_SECOND) else {
            return;
        };
        if self.range.is_some_and(|range| !range.contains(at)) {
            return;
        }
        let Some(series) = self.series(metric, tag) else {
            self.dropped += 1;
            return;
        };
        self.points += 1;
        let step = step_of(self.step);
        let at = second - second % step;
        let Some(held) = self.list.get_mut(series as usize) else {
            return;
        };
        if held.at != at {
            let full = std::mem::take(&mut held.cell);
            let before = std::mem::replace(&mut held.at, at);
            put(&mut self.cells, (series, before), full);
        }
        if let Some(held) = self.list.get_mut(series as usize) {
            held.cell.sum += value;
            held.cell.n = held.cell.n.saturating_add(1);
        }
        while self.cells.len() > MAX_CELLS && self.step + 1 < STEPS.len() {
            self.widen();
        }
    }

    fn series(&mut self, metric: &[u8], tag: (&'static str, &[u8])) -> Option<u32> {
        let id = self.metric(metric)?;
        let next = self.list.len() as u32;
        let held = self.metrics.get_mut(id as usize)?;
        let known = if tag.1.is_empty() {
            held.plain
        } else {
            held.tagged.get(tag.1).copied()
        };
        if known.is_some() {
            return known;
        }
        if self.list.len() >= MAX_SERIES {
            return None;
        }
        let named = if tag.1.is_empty() {
            held.plain = Some(next);
            None
        } else {
            held.tagged.insert(tag.1.into(), next);
            Some((tag.0, String::from_utf8_lossy(tag.1).into_owned()))
        };
        self.list.push(Held {
            metric: id,
            tag: named,
            at: 0,
            cell: Cell::default(),
        });
        Some(next)
    }

    /// Brings the cells at hand to the others.
    fn flush(&mut self) {
        for (series, held) in self.list.iter_mut().enumerate() {
            let cell = std::mem::take(&mut held.cell);
            put(&mut self.cells, (series as u32, held.at), cell);
        }
    }

    fn widen(&mut self) {
        self.flush();
        self.step += 1;
        let step = step_of(self.step);
        let mut wider = BTreeMap::new();
        for ((series, at), cell) in std::mem::take(&mut self.cells) {
            put(&mut wider, (series, at - at % step), cell);
        }
        self.cells = wider;
    }

    /// The series; `None` where there are none.
    pub fn settle(mut self, warnings: &mut Warnings) -> Result<Option<MetricTable>, DatasetError> {
        self.flush();
        if self.cells.is_empty() {
            return Ok(None);
        }
        let step = step_of(self.step);
        if self.step > 0 {
            warnings.add(
                WarningKind::Folded,
                format!("metric series are kept in steps of {step} s to limit memory"),
            );
        }
        if self.dropped > 0 {
            warnings.add_counted(
                WarningKind::TooManyLabels,
                format!("more than {MAX_SERIES} metric series; the rest is left out"),
                self.dropped,
                None,
            );
        }
        let mut gathered = Gathered::new(TimeRange::ALL);
        let last = self.cells.keys().map(|(_, at)| *at).max().unwrap_or(0);
        let first = self.cells.keys().map(|(_, at)| *at).min().unwrap_or(0);
        for (id, held) in (0_u32..).zip(&self.list) {
            let Some(metric) = self.metrics.get(held.metric as usize) else {
                continue;
            };
            let declared = metric.declared.unwrap_or_default();
            if declared.kind == K6Kind::Unknown {
                warnings.add(
                    WarningKind::Assumed,
                    format!(
                        "the file does not say of what type {} is; its mean in each step is shown",
                        metric.name
                    ),
                );
            }
            let labels: BTreeMap<String, String> = held
                .tag
                .iter()
                .map(|(key, value)| ((*key).to_owned(), value.clone()))
                .collect();
            let series = gathered.series(&metric.name, &labels);
            let (unit, kind) = printed(declared);
            gathered.describe(series, |meaning| {
                *meaning = Meaning {
                    unit,
                    kind,
                    counter: false,
                };
            });
            let mut add = |at: u32, value: f64| {
                gathered.add(series, Instant::from_secs(i64::from(at)), value);
            };
            let counts = declared.kind == K6Kind::Counter;
            // A counter without events in a step stood still there: zero, not unknown.
            let filled = counts && (last - first) / step <= MAX_FILLED;
            let mut next = first;
            for ((_, at), cell) in self.cells.range((id, 0)..=(id, u32::MAX)) {
                while filled && next < *at {
                    add(next, 0.0);
                    next += step;
                }
                next = at + step;
                let n = f64::from(cell.n.max(1));
                add(
                    *at,
                    match declared.kind {
                        K6Kind::Counter => cell.sum / f64::from(step),
                        K6Kind::Rate => 100.0 * cell.sum / n,
                        _ => cell.sum / n,
                    },
                );
            }
            while filled && next <= last {
                add(next, 0.0);
                next += step;
            }
        }
        let table = gathered.settle(warnings)?;
        Ok((!table.series.is_empty()).then_some(table))
    }
}

fn step_of(index: usize) -> u32 {
    STEPS.get(index).copied().unwrap_or(1)
}

fn put(cells: &mut BTreeMap<(u32, u32), Cell>, key: (u32, u32), cell: Cell) {
    if cell.n > 0 {
        let sum = cells.entry(key).or_default();
        sum.sum += cell.sum;
        sum.n = sum.n.saturating_add(cell.n);
    }
}

/// Unit and kind of the values that a metric of this type turns into.
fn printed(declared: Declared) -> (String, SeriesKind) {
    match declared.kind {
        K6Kind::Counter => (format!("{}/s", declared.unit), SeriesKind::Rate),
        K6Kind::Rate => ("%".to_owned(), SeriesKind::Gauge),
        _ => (declared.unit.to_owned(), SeriesKind::Gauge),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Instant {
        Instant::from_secs(secs)
    }

    #[test]
    fn each_type_becomes_its_own_kind_of_series() {
        let mut series = K6Series::new(TimeRange::ALL);
        series.declare(b"orders", Declared::of("counter", "default"));
        for (secs, ok) in [(100, 1.0), (100, 0.0), (102, 1.0)] {
            series.add(b"checks", ("check", b"is 200"), at(secs), ok);
            series.add(b"orders", ("", b""), at(secs), 2.0);
            series.add(b"iteration_duration", ("", b""), at(secs), 10.0 + ok);
            series.add(b"data_sent", ("", b""), at(secs), 500.0);
            series.add(b"mystery", ("", b""), at(secs), 7.0);
        }
        let mut warnings = Warnings::default();
        let table = series.settle(&mut warnings).unwrap().unwrap();
        let named = |name: &str| {
            let index = table.series.iter().position(|s| s.name == name).unwrap();
            let series = table.series(index).unwrap();
            (series.info.unit.clone(), series.values)
        };
        assert_eq!(named("checks"), ("%".to_owned(), vec![50.0, 100.0]));
        assert_eq!(named("orders"), ("/s".to_owned(), vec![4.0, 0.0, 2.0]));
        assert_eq!(
            named("data_sent"),
            ("bytes/s".to_owned(), vec![1_000.0, 0.0, 500.0])
        );
        assert_eq!(
            named("iteration_duration"),
            ("ms".to_owned(), vec![10.5, 11.0])
        );
        assert_eq!(table.series[0].display_name(), "checks{check=is 200}");
        assert_eq!(warnings.count_of(WarningKind::Assumed), 1);
    }

    #[test]
    fn long_runs_widen_their_steps() {
        let mut series = K6Series::new(TimeRange::ALL);
        let count = MAX_CELLS as i64 + 10;
        for secs in 0..count {
            series.add(b"iterations", ("", b""), at(secs), 3.0);
        }
        let mut warnings = Warnings::default();
        let table = series.settle(&mut warnings).unwrap().unwrap();
        assert_eq!(warnings.count_of(WarningKind::Folded), 1);
        let values = table.series(0).unwrap().values;
        assert_eq!(values.len() as i64, count / 10);
        assert!(values.iter().all(|v| *v == 3.0));
    }

    #[test]
    fn only_so_many_series_are_kept() {
        let mut series = K6Series::new(TimeRange::ALL);
        for i in 0..1_000 {
            series.add(b"checks", ("check", format!("{i}").as_bytes()), at(i), 1.0);
            series.add(format!("m{i}").as_bytes(), ("", b""), at(i), 1.0);
        }
        let mut warnings = Warnings::default();
        let table = series.settle(&mut warnings).unwrap().unwrap();
        assert_eq!(table.series.len(), MAX_SERIES);
        assert_eq!(warnings.count_of(WarningKind::TooManyLabels), 1_700);
    }
}
