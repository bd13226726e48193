//! What wrk and wrk2 print, line by line: the two share their layout and differ in what it means.
//!
//! The layout: `src/wrk.c` and `src/units.c` of wg/wrk and giltene/wrk2, `src/hdr_histogram.c` of the latter.

use super::console::{after, bytes, count, duration_ms, number, percent_ppm};
use crate::dataset::ValueCount;

/// The first lines of a report.
pub const BEGINS: &str = "Running ";

/// What stands in a report.
#[derive(Debug, Default)]
pub struct WrkReport {
    /// The target.
    pub url: String,
    /// Connections that were kept open.
    pub connections: Option<f64>,
    /// Mean, standard deviation and maximum, ms.
    pub latency_ms: Option<[f64; 3]>,
    /// (quantile in parts per million, ms).
    pub percentiles_ms: Vec<(i64, f64)>,
    /// The first spectrum of percentiles, as counts of intervals.
    pub values: Vec<ValueCount>,
    /// Mean, standard deviation, maximum (ms) and count below that spectrum.
    pub recorded: Recorded,
    /// A second set of latencies follows, those that are not corrected.
    pub uncorrected: bool,
    /// Requests completed, and how long it took, ms.
    pub requests: Option<(u64, f64)>,
    /// Errors of sockets by kind.
    pub socket_errors: Vec<(String, u64)>,
    /// Responses with a status above 399.
    pub bad_status: u64,
    /// Requests per second.
    pub rate: Option<f64>,
    /// Bytes per second.
    pub transfer: Option<f64>,
    /// It is wrk2's.
    pub wrk2: bool,
}

/// The lines `#[Mean = …]` and `#[Max = …]` below a spectrum.
#[derive(Debug, Default)]
pub struct Recorded {
    /// ms.
    pub mean_ms: Option<f64>,
    /// ms.
    pub stddev_ms: Option<f64>,
    /// ms.
    pub max_ms: Option<f64>,
    /// Requests in it.
    pub count: Option<u64>,
}

/// Whether a text is the beginning of a report of wrk or wrk2.
pub fn is_report(text: &str) -> bool {
    let mut lines = text.lines();
    lines.any(|l| l.starts_with(BEGINS) && l.contains(" test @ "))
        && lines
            .next()
            .is_some_and(|l| l.contains(" threads and ") && l.trim_end().ends_with("connections"))
}

/// Whether it is wrk2's: only that one calibrates its threads and keeps an HdrHistogram.
pub fn is_wrk2(text: &str) -> bool {
    text.contains("Thread calibration: mean lat.") || text.contains("(HdrHistogram - ")
}

impl WrkReport {
    /// Reads a text.
    pub fn of(text: &str) -> Self {
        let mut report = Self {
            wrk2: is_wrk2(text),
            ..Self::default()
        };
        let mut spectrum: Option<Spectrum> = None;
        for line in text.lines() {
            if report.uncorrected && !line.contains(" requests in ") && !is_last_part(line) {
                continue;
            }
            if let Some(open) = &mut spectrum {
                if open.take(line, &mut report.recorded) {
                    continue;
                }
                report.values = std::mem::take(&mut open.values);
                spectrum = None;
            }
            if line.contains("HdrHistogram - Uncorrected") {
                report.uncorrected = true;
            } else if line
                .trim_start()
                .starts_with("Detailed Percentile spectrum")
            {
                spectrum = Some(Spectrum::default());
            } else {
                report.take(line);
            }
        }
        if let Some(open) = spectrum {
            report.values = open.values;
        }
        report
    }

    fn take(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["Running", _, "test", "@", url] => (*url).clone_into(&mut self.url),
            [_, "threads", "and", n, "connections"] => self.connections = number(n),
            ["Latency", mean, stdev, max, percent] if percent.ends_with('%') => {
                self.latency_ms = [mean, stdev, max]
                    .map(|text| duration_ms(text))
                    .into_iter()
                    .collect::<Option<Vec<f64>>>()
                    .and_then(|v| v.try_into().ok());
            }
            [percent, ms] if percent.ends_with('%') => {
                self.percentiles_ms
                    .extend(percent_ppm(percent).zip(duration_ms(ms)));
            }
            [n, "requests", "in", time, _, "read"] => {
                self.requests = count(n).zip(duration_ms(time.trim_end_matches(',')));
            }
            ["Requests/sec:", n] => self.rate = number(n),
            ["Transfer/sec:", n] => self.transfer = bytes(n),
            _ => {}
        }
        if let Some(kinds) = after(line, "Socket errors:") {
            self.socket_errors = kinds
                .split(',')
                .filter_map(|part| part.trim().split_once(' '))
                .filter_map(|(kind, n)| Some((kind.to_owned(), count(n)?)))
                .filter(|(_, n)| *n > 0)
                .collect();
        }
        if let Some(n) = after(line, "Non-2xx or 3xx responses:").and_then(count) {
            self.bad_status = n;
        }
    }

    /// Errors of sockets of one kind.
    pub fn socket(&self, kind: &str) -> u64 {
        self.socket_errors
            .iter()
            .find(|(k, _)| k == kind)
            .map_or(0, |(_, n)| *n)
    }
}

/// Lines that follow the latencies.
fn is_last_part(line: &str) -> bool {
    [
        "Socket errors:",
        "Non-2xx or 3xx",
        "Requests/sec:",
        "Transfer/sec:",
    ]
    .iter()
    .any(|start| after(line, start).is_some())
}

/// The table `Value Percentile TotalCount 1/(1-Percentile)`: cumulative counts, in ms.
#[derive(Default)]
struct Spectrum {
    last_ns: i64,
    counted: u64,
    values: Vec<ValueCount>,
    closed: bool,
}

impl Spectrum {
    /// Whether the line belongs to the table.
    fn take(&mut self, line: &str, recorded: &mut Recorded) -> bool {
        let line = line.trim();
        if line.is_empty() || line.starts_with("Value ") {
            return !self.closed;
        }
        if let Some(footer) = line.strip_prefix("#[") {
            self.closed = true;
            for part in footer.trim_end_matches(']').split(',') {
                let Some((name, value)) = part.split_once('=') else {
                    continue;
                };
                match name.trim() {
                    "Mean" => recorded.mean_ms = number(value),
                    "StdDeviation" => recorded.stddev_ms = number(value),
                    "Max" => recorded.max_ms = number(value),
                    "Total count" => recorded.count = count(value),
                    _ => {}
                }
            }
            return true;
        }
        if self.closed {
            return false;
        }
        let mut cells = line.split_whitespace();
        let row = cells
            .next()
            .and_then(number)
            .zip(cells.nth(1).and_then(count));
        let Some((ms, counted)) = row else {
            return false;
        };
        let high_ns = (ms * 1e6).round() as i64;
        if counted > self.counted && high_ns >= self.last_ns {
            // The first value is known to a thousandth; the others lie above the one before.
            let low_ns = if self.values.is_empty() {
                high_ns - high_ns / 1_000
            } else {
                (self.last_ns + 1).min(high_ns)
            };
            self.values.push(ValueCount {
                low_ns,
                high_ns,
                count: counted - self.counted,
            });
            self.counted = counted;
        }
        self.last_ns = self.last_ns.max(high_ns);
        true
    }
}
