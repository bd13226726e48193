//! What `/metrics` shows, as classic text or OpenMetrics: one scrape, or several in one file.
//!
//! A scrape is a snapshot and mostly says no time. It is taken from what stands beside it: time stamps of samples, a line
//! with the time before (or after) each scrape, the clock that node_exporter shows, the file's name, and for a single
//! scrape the time at which the file was written.

use std::collections::{HashMap, HashSet};
use std::io::Read;

use super::brought::{Brought, Labels};
use super::le_buckets::{bound_ns, le_unit_ns};
use super::names::meaning;
use super::scrape_text::{Kind, Line, Sample, line, time};
use crate::calendar::Instant;
use crate::dataset::SeriesKind;
use crate::import::format::{Family, Format, Seen};
use crate::import::lines::Lines;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Scrapes as text.
pub static FORMAT: Format = Format {
    id: "prometheus-text",
    title: "Prometheus or OpenMetrics text (scrapes of /metrics)",
    family: Family::Metrics,
    recognised_by: "lines such as `# TYPE name counter` and `name{label=\"value\"} 1`",
    traps: &[
        "A scrape is a snapshot: rates and latencies need two or more in one file, such as `while sleep 15; do date +%s; curl …/metrics; done`.",
        "A scrape says no time: it is taken from time stamps, a line with the time beside each scrape, node_time_seconds, the file's name or its date.",
        "Time stamps are seconds in OpenMetrics and milliseconds in the classic format.",
        "_created samples, exemplars and info metrics hold no measurements and are left out.",
    ],
    recognise: |head| Seen::from(recognises(head)),
    read: |stream, intake| read(stream, intake),
};

/// More samples than this in one scrape are left out.
const MAX_SAMPLES: usize = 1_000_000;
/// Metrics whose value is the time of the scrape.
const CLOCKS: [&str; 3] = [
    "node_time_seconds",
    "windows_os_time",
    "windows_time_current_timestamp_seconds",
];

fn recognises(head: &Head<'_>) -> bool {
    if head.json.is_some() || head.text.starts_with('<') {
        return false;
    }
    let lines = head.lines();
    let declared = lines
        .iter()
        .any(|l| l.starts_with("# TYPE ") || l.starts_with("# HELP ") || l.trim_end() == "# EOF");
    let good = lines
        .iter()
        .filter(|l| matches!(line(l), Line::Sample(_)))
        .count();
    let bad = lines
        .iter()
        .filter(|l| matches!(line(l), Line::Bad(_)))
        .count();
    let labelled = lines
        .iter()
        .filter(|l| matches!(line(l), Line::Sample(s) if !s.labels.is_empty()))
        .count();
    good > 0 && bad * 10 <= good && (declared || (bad == 0 && labelled * 2 >= good && good > 2))
}

/// Reads all scrapes from a stream.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut reading = Reading::new(intake);
    let mut lines = Lines::new(reader);
    while let Some(line) = lines.next_text().map_err(|e| intake.read_failed(e))? {
        if line.number.is_multiple_of(4_096) {
            intake.progress.check()?;
        }
        let text = line.text.as_ref();
        if line.too_long {
            reading
                .brought
                .reject(line.number, "", "longer than 1 MiB", text);
            continue;
        }
        if !line.ended && !text.starts_with("# EOF") {
            reading.brought.warnings.add(
                WarningKind::TruncatedLastRow,
                "the last line has no end and was left out: the file may have been cut off",
            );
            break;
        }
        reading.take(line.number, text);
    }
    reading.finish()
}

/// A sample that waits for the time of its scrape.
struct Waiting {
    name: String,
    labels: Labels,
    value: f64,
}

/// Where the times that stand between scrapes belong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

struct Reading<'a> {
    brought: Brought<'a>,
    kinds: HashMap<String, Kind>,
    waiting: Vec<Waiting>,
    /// Series of the present scrape.
    seen: HashSet<String>,
    clock: Option<Instant>,
    side: Option<Side>,
    /// The time of the scrape that is being read.
    at: Option<Instant>,
    scrapes: u64,
    /// Scrapes whose time is not known, and the last one of them.
    untimed: u64,
    last_untimed: Vec<Waiting>,
    /// Samples in the present scrape and in the one before.
    sizes: (usize, usize),
    stamped: u64,
    open_metrics: bool,
    closed: bool,
    left_out: u64,
    infos: u64,
}

impl<'a> Reading<'a> {
    fn new(intake: &'a Intake<'a>) -> Self {
        Self {
            brought: Brought::new(intake),
            kinds: HashMap::new(),
            waiting: Vec::new(),
            seen: HashSet::new(),
            clock: None,
            side: None,
            at: None,
            scrapes: 0,
            untimed: 0,
            last_untimed: Vec::new(),
            sizes: (0, 0),
            stamped: 0,
            open_metrics: false,
            closed: false,
            left_out: 0,
            infos: 0,
        }
    }

    fn take(&mut self, number: u64, text: &str) {
        match line(text) {
            Line::Sample(sample) => self.sample(sample),
            Line::Type(name, kind) => {
                // A family is declared once a scrape.
                self.kinds.insert(name.to_owned(), kind);
                self.closed = false;
            }
            Line::Eof => {
                self.open_metrics = true;
                self.close();
                self.closed = true;
            }
            Line::Time(at) => {
                let side = *self
                    .side
                    .get_or_insert(if self.seen.is_empty() && self.scrapes == 0 {
                        Side::Before
                    } else {
                        Side::After
                    });
                if side == Side::After {
                    self.at = Some(at);
                    self.close();
                } else {
                    self.close();
                    self.at = Some(at);
                }
            }
            Line::Other => {}
            Line::Bad(why) => self.brought.reject(number, "", why, text.trim_end()),
        }
    }

    fn sample(&mut self, sample: Sample<'_>) {
        self.closed = false;
        if let Some(at) = sample.at {
            self.stamped += 1;
            self.place(sample.name, sample.labels, sample.value, at);
            return;
        }
        if self.seen.contains(sample.series) {
            self.close();
        }
        self.seen.insert(sample.series.to_owned());
        if CLOCKS.contains(&sample.name) {
            self.clock = Some(Instant((sample.value * 1e6).round() as i64)).filter(|at| at.0 > 0);
        }
        if self.waiting.len() >= MAX_SAMPLES {
            self.left_out += 1;
            return;
        }
        self.waiting.push(Waiting {
            name: sample.name.to_owned(),
            labels: sample.labels,
            value: sample.value,
        });
    }

    /// Ends a scrape.
    fn close(&mut self) {
        let at = self.at.take();
        let clock = self.clock.take();
        let waiting = std::mem::take(&mut self.waiting);
        self.seen.clear();
        if waiting.is_empty() {
            // `# EOF`, and then the time: it belongs to the scrape that was just closed.
            if let Some(at) = at.filter(|_| self.side == Some(Side::After)) {
                let last = std::mem::take(&mut self.last_untimed);
                if !last.is_empty() {
                    self.untimed -= 1;
                    self.settle(last, at);
                }
            }
            return;
        }
        self.scrapes += 1;
        self.sizes = (waiting.len(), self.sizes.0);
        if let Some(at) = at.or(clock) {
            self.settle(waiting, at);
        } else {
            self.untimed += 1;
            self.last_untimed = waiting;
        }
    }

    fn settle(&mut self, samples: Vec<Waiting>, at: Instant) {
        for sample in samples {
            self.place(&sample.name, sample.labels, sample.value, at);
        }
    }

    /// What a metric is: by its own declaration, or by that of the family that its name is a part of.
    fn kind_of(&self, name: &str) -> (Kind, &'static str) {
        let suffixes = [
            "_bucket", "_sum", "_count", "_created", "_total", "_gcount", "_gsum", "_info",
        ];
        for suffix in suffixes {
            let Some(base) = name.strip_suffix(suffix) else {
                continue;
            };
            let family = self.kinds.get(base).copied();
            let counted = || self.kinds.get(&format!("{base}_total")).copied();
            let found = match (suffix, family) {
                ("_created", None) => counted().filter(|k| *k == Kind::Counter),
                (_, Some(Kind::Gauge | Kind::Untyped)) => None,
                (_, found) => found,
            };
            if let Some(kind) = found {
                return (kind, suffix);
            }
        }
        (self.kinds.get(name).copied().unwrap_or(Kind::Untyped), "")
    }

    fn place(&mut self, name: &str, labels: Labels, value: f64, at: Instant) {
        let (kind, suffix) = self.kind_of(name);
        let counter = match (kind, suffix) {
            (Kind::Info, _) | (_, "_created") => {
                self.infos += 1;
                return;
            }
            (Kind::GaugeHistogram, "_bucket") => {
                self.brought.warnings.add(
                    WarningKind::NotRead,
                    "buckets of a gauge histogram say what is, not what happened, and were left out",
                );
                return;
            }
            (Kind::Histogram, "_bucket") => {
                self.bucket(name, labels, value, at);
                return;
            }
            (Kind::Counter, _) | (Kind::Histogram | Kind::Summary, "_sum" | "_count") => Some(true),
            (Kind::Untyped, _) => None,
            _ => Some(false),
        };
        // A percentile of zero requests is not a number, and no loss.
        if value.is_nan() && kind == Kind::Summary {
            return;
        }
        let base = name.strip_suffix(suffix).unwrap_or(name);
        let said = meaning(base);
        let unit = match suffix {
            "_count" | "_gcount" => "",
            _ if said.counter => said.unit.trim_end_matches("/s"),
            _ => &said.unit,
        };
        let series = self.brought.series(name, &labels, |m| {
            let Some(counter) = counter else {
                return;
            };
            m.counter = counter;
            m.kind = if counter || unit.ends_with("/s") {
                SeriesKind::Rate
            } else {
                SeriesKind::Gauge
            };
            m.unit = if counter {
                format!("{unit}/s")
            } else {
                unit.to_owned()
            };
        });
        self.brought.point(series, at, Some(value));
    }

    fn bucket(&mut self, name: &str, mut labels: Labels, value: f64, at: Instant) {
        let base = name.strip_suffix("_bucket").unwrap_or(name);
        let Some(unit) = le_unit_ns(base) else {
            self.brought.warnings.add(
                WarningKind::NotRead,
                format!(
                    "the buckets of {base} are not durations; only its count and sum were read"
                ),
            );
            return;
        };
        let le = labels.remove("le").unwrap_or_default();
        match bound_ns(&le, unit) {
            Some(upper) if value.is_finite() => {
                self.brought.rows += 1;
                self.brought
                    .le_buckets
                    .add(base, &labels, upper, [(at, value)]);
            }
            Some(_) => {}
            None => self.brought.warnings.add(
                WarningKind::Note,
                format!("a bucket of {base} has an upper bound that is not a number (\"{le}\"); it was left out"),
            ),
        }
    }

    fn finish(mut self) -> Result<Imported, ImportError> {
        let complete = self.closed;
        self.close();
        let last = std::mem::take(&mut self.last_untimed);
        if self.untimed > 0 {
            let alone = self.scrapes == self.untimed && self.stamped == 0;
            let (at, what) = if alone {
                when(self.brought.intake)
            } else {
                (None, "")
            };
            if alone && at.is_none() {
                return Err(self.brought.intake.unusable(
                    "the scrape says no time; write one before it, such as with `date +%s`",
                    None,
                ));
            }
            if let Some(at) = at {
                self.brought.warnings.add(
                    WarningKind::Assumed,
                    format!("the scrape says no time; {what} was taken ({at})"),
                );
                self.settle(last, at);
                self.untimed -= 1;
            }
            if self.untimed > 0 {
                self.brought.warnings.add_counted(
                    WarningKind::NotRead,
                    "scrapes without a time were left out; write the time before each, such as with `date +%s`",
                    self.untimed,
                    None,
                );
            }
        }
        let (scrapes, stamped) = (self.scrapes, self.stamped);
        let warnings = &mut self.brought.warnings;
        if self.open_metrics && !complete {
            warnings.add(
                WarningKind::TruncatedLastRow,
                "the last scrape has no `# EOF`: the file was cut off",
            );
        } else if scrapes > 1 && self.sizes.0 * 10 < self.sizes.1 * 9 {
            warnings.add(
                WarningKind::TailMissing,
                "the last scrape holds fewer samples than the one before; the file may have been cut off",
            );
        }
        if scrapes == 1 && stamped == 0 {
            warnings.add(
                WarningKind::Note,
                "one scrape is a snapshot: counters and histograms need two or more in one file",
            );
        }
        for (count, what) in [
            (
                self.left_out,
                "samples beyond a million in one scrape were left out",
            ),
            (
                self.infos,
                "info metrics and _created samples hold no measurements and were left out",
            ),
        ] {
            if count > 0 {
                warnings.add_counted(WarningKind::NotRead, what, count, None);
            }
        }
        self.brought.finish(
            "there is nothing in it that one scrape can show; put two or more scrapes into one file, each after the line of `date +%s`",
        )
    }
}

/// When a file without times was scraped: the time in its name, or when it was written.
fn when(intake: &Intake<'_>) -> (Option<Instant>, &'static str) {
    let name = intake.file_name();
    let stem = name.split('.').next().unwrap_or_default();
    let named = stem
        .split(['_', '-'])
        .filter(|w| w.len() >= 10 && w.bytes().all(|b| b.is_ascii_digit()))
        .find_map(time);
    if named.is_some() {
        return (named, "the time in the file's name");
    }
    let written = std::fs::metadata(intake.path)
        .and_then(|m| m.modified())
        .ok()
        .and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_micros()).ok());
    match written {
        Some(micros) => (
            Some(Instant(micros)),
            "the time at which the file was written",
        ),
        None => (intake.options.imported_at, "the time of the import"),
    }
}

#[cfg(test)]
#[path = "prometheus_text_tests.rs"]
mod tests;
