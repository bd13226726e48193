//! Requests, one at a time, to the summary of a run: what an importer of a load test or an access log fills.
//!
//! An importer reads its records, calls [`RunBuilder::add`] for each and [`RunBuilder::reject`] for those that it cannot
//! read, and ends with [`RunBuilder::finish`]. Ranges, limits, rejects, tallies and the tool's own percentiles are
//! looked after here. JMeter's CSV alone does without: it counts blocks on several threads.

use std::collections::HashMap;

use super::keys::MAX_TICKS;
use super::merge::{MergeOptions, Merger, TOOL_PERCENTILES};
use super::tally::{Sample, Tally};
use crate::calendar::Instant;
use crate::dataset::run::ToolFigures;
use crate::dataset::{Source, SourceInfo, Tool, ValueCount, ValueCounts};
use crate::import::rejects::Reject;
use crate::import::{ImportError, Imported, Intake, Rejects};
use crate::units::{self, Ppm};
use crate::warning::{WarningKind, Warnings};

/// Requests that are counted before they are merged.
const BLOCK: u32 = 1 << 18;
/// Durations that are kept as they are for the tool's own percentiles, over all labels.
const MAX_EXACT: usize = 2_000_000;
/// Histogram rows of an access log, which may span a year: buckets widen beyond.
const LOG_HISTOGRAM_ROWS: usize = 1_000_000;
/// The last instant that fits, 2106-02-07, in µs.
const MAX_START: i64 = 4_294_967_295_000_000;

/// One request, or several alike.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// When it began, µs since the epoch.
    pub start_micros: i64,
    /// How long it took, ns. Zero where the file says no durations.
    pub duration_ns: i64,
    /// Request name.
    pub label: &'a [u8],
    /// A group or transaction: a sum over other requests, not counted in totals.
    pub controller: bool,
    /// Whether it failed, by the rule of the tool.
    pub failed: bool,
    /// How many requests the record stands for.
    pub count: u64,
    /// Response code, or the error's name.
    pub code: &'a [u8],
    /// Bytes received.
    pub received: i64,
    /// Bytes sent.
    pub sent: i64,
    /// Active users at that time, where the record says.
    pub active: Option<i64>,
    /// The load generator, where the record says.
    pub generator: &'a [u8],
}

impl Default for Request<'_> {
    fn default() -> Self {
        Self {
            start_micros: 0,
            duration_ns: 0,
            label: b"",
            controller: false,
            failed: false,
            count: 1,
            code: b"",
            received: 0,
            sent: 0,
            active: None,
            generator: b"",
        }
    }
}

/// What is known about a run as a whole.
#[derive(Clone, Copy, Debug)]
pub struct RunTraits {
    /// The tool that wrote it.
    pub tool: Tool,
    /// Nanoseconds in a tick of the file's resolution: 1,000,000 for milliseconds, 1,000 for µs.
    pub tick_ns: i64,
    /// The tool waits for each response and does not correct for it; a warning says so.
    pub closed_loop: bool,
    /// The file says no durations.
    pub counts_only: bool,
}

/// A run that is being read.
pub struct RunBuilder<'a> {
    intake: &'a Intake<'a>,
    traits: RunTraits,
    tally: Tally,
    in_tally: u32,
    merger: Merger,
    rows: u64,
    outside: u64,
    span: Option<(i64, i64)>,
    rejects: Rejects,
    exact: Exact,
    /// The file does not say which requests failed: all stand as successes, and no error rate is made of that.
    pub outcomes_unknown: bool,
    /// What an importer has to say beside rejected rows.
    pub warnings: Warnings,
}

impl<'a> RunBuilder<'a> {
    /// Nothing read yet.
    pub fn new(intake: &'a Intake<'a>, traits: RunTraits) -> Self {
        let options = intake.options;
        let merger = Merger::new(MergeOptions {
            whole: options.whole_run,
            bucket_secs: options.bucket_secs,
            max_histogram_rows: match traits.tool {
                Tool::AccessLog => options.max_histogram_rows.min(LOG_HISTOGRAM_ROWS),
                _ => options.max_histogram_rows,
            },
            tick_ns: traits.tick_ns,
            tool: traits.tool,
            quotes_doubled: false,
        });
        let mut builder = Self {
            intake,
            traits,
            tally: Tally::default(),
            in_tally: 0,
            merger,
            rows: 0,
            outside: 0,
            span: None,
            rejects: Rejects::default(),
            exact: Exact::default(),
            outcomes_unknown: false,
            warnings: Warnings::default(),
        };
        builder.tally = builder.fresh_tally();
        builder
    }

    fn fresh_tally(&self) -> Tally {
        let mut tally = Tally::new(self.intake.options.whole_run, self.merger.bucket_secs());
        tally.counts_only = self.traits.counts_only;
        tally
    }

    /// Counts one record. One that starts outside the range asked for is left out; one that cannot be (before 1970,
    /// after 2106, a negative duration or one of many years) is not counted, and the answer says why.
    pub fn add(&mut self, request: &Request<'_>) -> Result<(), &'static str> {
        if !(0..=MAX_START).contains(&request.start_micros) {
            return Err("the time is before 1970 or after 2106");
        }
        if request.duration_ns < 0 {
            return Err("the duration is negative");
        }
        let tick_ns = self.traits.tick_ns.max(1);
        let ticks = request.duration_ns.saturating_add(tick_ns / 2) / tick_ns;
        if ticks > MAX_TICKS {
            return Err("the duration is too long to be true");
        }
        if !self
            .intake
            .options
            .range
            .contains(Instant(request.start_micros))
        {
            self.outside += 1;
            return Ok(());
        }
        self.rows += 1;
        let length_micros = request.duration_ns / 1_000;
        let end = request.start_micros.saturating_add(length_micros);
        self.span = Some(self.span.map_or((request.start_micros, end), |(a, b)| {
            (a.min(request.start_micros), b.max(end))
        }));
        // JMeter's own percentiles are of its last samples only, which the merger keeps; a log has no report of its own.
        let reports = !matches!(self.traits.tool, Tool::JMeter | Tool::AccessLog);
        if !self.traits.counts_only && reports {
            self.exact.add(request);
        }
        self.tally.add(&Sample {
            start_micros: request.start_micros,
            ticks,
            length_micros,
            label: request.label,
            controller: request.controller,
            failed: request.failed,
            count: request.count,
            code: request.code,
            received: request.received,
            sent: request.sent,
            active: request.active,
            generator: request.generator,
        });
        self.in_tally += 1;
        if self.in_tally >= BLOCK {
            self.flush();
        }
        Ok(())
    }

    /// Notes that so many users were active at a time, where the format says so apart from its requests.
    pub fn active(&mut self, at_micros: i64, users: i64, generator: &[u8]) {
        if (0..=MAX_START).contains(&at_micros)
            && self.intake.options.range.contains(Instant(at_micros))
        {
            let second = (at_micros / 1_000_000) as u32;
            self.tally.add_active(second, generator, users);
        }
    }

    /// Notes a record that cannot be read. `line` is 1-based; `column` may be empty.
    pub fn reject(&mut self, line: u64, column: &str, reason: &str, text: &str) {
        self.warnings.add_at(
            WarningKind::RejectedRow,
            "rows that cannot be read are not counted",
            self.intake.example(line, column, text),
        );
        self.rejects.add(Reject {
            line,
            column: column.to_owned(),
            reason: reason.to_owned(),
            text: text.chars().take(1_000).collect(),
        });
    }

    /// Requests counted so far.
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Records rejected so far.
    pub const fn rejected(&self) -> u64 {
        self.rejects.count
    }

    fn flush(&mut self) {
        let fresh = self.fresh_tally();
        let mut tally = std::mem::replace(&mut self.tally, fresh);
        tally.finish();
        self.merger.add(&tally);
        self.in_tally = 0;
    }

    /// The summary. Where nothing was counted, the error says why; `nothing` is the clause for a file without records.
    pub fn finish(mut self, nothing: &str) -> Result<Imported, ImportError> {
        self.flush();
        let Some(span) = self.span else {
            return Err(self.nothing(nothing));
        };
        let mut warnings = self.warnings;
        let mut run = self.merger.finish(span, &mut warnings)?;
        run.closed_loop = self.traits.closed_loop;
        run.counts_only = self.traits.counts_only;
        run.outcomes_unknown = self.outcomes_unknown;
        if run.tool_figures.is_empty() {
            run.tool_figures = self.exact.figures(self.traits.tool);
        }
        if run.closed_loop {
            warnings.add(
                WarningKind::CoordinatedOmission,
                format!(
                    "{} waits for each response; while the system is slow, requests that users would have sent are missing",
                    self.traits.tool.title().unwrap_or("the tool")
                ),
            );
        }
        let info = SourceInfo {
            rows: self.rows,
            rejected: self.rejects.count,
            first: Some(Instant(span.0)),
            last: Some(Instant(span.1)),
            warnings,
            ..SourceInfo::default()
        };
        Ok(Imported {
            source: Source {
                info,
                run: Some(run),
                ..Source::default()
            },
            rejects: self.rejects,
        })
    }

    fn nothing(&self, nothing: &str) -> ImportError {
        none_of(
            self.intake,
            self.outside,
            "requests",
            &self.rejects,
            "records",
        )
        .unwrap_or_else(|| self.intake.unusable(nothing, None))
    }
}

/// Why there is not one request: all lie outside the range, or none can be read. `None` where there was nothing at all.
pub(super) fn none_of(
    intake: &Intake<'_>,
    outside: u64,
    requests: &str,
    rejects: &Rejects,
    records: &str,
) -> Option<ImportError> {
    if outside > 0 {
        return Some(intake.unusable(
            format!(
                "none of its {} {requests} starts within the range; widen --from and --to",
                units::count(outside)
            ),
            None,
        ));
    }
    let first = rejects.kept.first()?;
    let column = if first.column.is_empty() {
        String::new()
    } else {
        format!("{}: ", first.column)
    };
    Some(intake.unusable(
        format!(
            "none of its {} {records} can be read (line {}: {column}{}); export it again",
            units::count(rejects.count),
            first.line,
            first.reason
        ),
        Some(first.line),
    ))
}

/// Durations as they stand in the file, while they are not too many: the tool's own percentiles are taken from them.
#[derive(Default)]
struct Exact {
    labels: HashMap<Box<[u8]>, Durations>,
    total: usize,
    given_up: bool,
}

/// Of one label, in ns.
#[derive(Default)]
struct Durations {
    single: Vec<i64>,
    /// Those that a record stands for several times.
    repeated: Vec<ValueCount>,
}

impl Durations {
    fn counts(&self) -> impl Iterator<Item = ValueCount> {
        let single = self.single.iter().map(|ns| ValueCount {
            low_ns: *ns,
            high_ns: *ns,
            count: 1,
        });
        single.chain(self.repeated.iter().copied())
    }
}

impl Exact {
    fn add(&mut self, request: &Request<'_>) {
        if self.given_up || request.controller {
            return;
        }
        if self.total >= MAX_EXACT {
            *self = Self {
                given_up: true,
                ..Self::default()
            };
            return;
        }
        self.total += 1;
        if !self.labels.contains_key(request.label) {
            self.labels
                .insert(request.label.into(), Durations::default());
        }
        let Some(durations) = self.labels.get_mut(request.label) else {
            return;
        };
        if request.count == 1 {
            durations.single.push(request.duration_ns);
        } else {
            durations.repeated.push(ValueCount {
                low_ns: request.duration_ns,
                high_ns: request.duration_ns,
                count: request.count,
            });
        }
    }

    /// The total first, then a label after another: only one list of counts stands beside the durations.
    fn figures(self, tool: Tool) -> Vec<ToolFigures> {
        if self.labels.is_empty() {
            return Vec::new();
        }
        let rule = tool.estimator();
        let figures = |label: String, counts: &ValueCounts| ToolFigures {
            label,
            percentiles_ms: TOOL_PERCENTILES
                .iter()
                .filter_map(|p| Some((*p, counts.quantile(Ppm(*p), rule)?.low_ns / 1e6)))
                .collect(),
        };
        let mut labels: Vec<(String, Durations)> = self
            .labels
            .into_iter()
            .map(|(label, durations)| (String::from_utf8_lossy(&label).into_owned(), durations))
            .collect();
        labels.sort_by(|a, b| a.0.cmp(&b.0));
        let mut all = Vec::with_capacity(self.total);
        all.extend(labels.iter().flat_map(|(_, durations)| durations.counts()));
        let total = figures("Total".to_owned(), &ValueCounts::new(all));
        let by_label = labels.into_iter().map(|(label, durations)| {
            let counts = ValueCounts::new(durations.counts().collect());
            figures(label, &counts)
        });
        std::iter::once(total).chain(by_label).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::ImportOptions;
    use crate::progress::Progress;

    const TRAITS: RunTraits = RunTraits {
        tool: Tool::ApacheBench,
        tick_ns: 1_000_000,
        closed_loop: true,
        counts_only: false,
    };

    fn built(traits: RunTraits, durations_ms: &[i64]) -> Result<Imported, ImportError> {
        let options = ImportOptions::default();
        let progress = Progress::default();
        let intake = Intake::new(Path::new("x"), &options, &progress);
        let mut builder = RunBuilder::new(&intake, traits);
        for (i, ms) in durations_ms.iter().enumerate() {
            let request = Request {
                start_micros: 1_764_547_200_000_000 + i as i64 * 100_000,
                duration_ns: ms * 1_000_000,
                label: b"find \"\"",
                failed: i == 0,
                code: b"200",
                ..Request::default()
            };
            if let Err(reason) = builder.add(&request) {
                builder.reject(i as u64 + 1, "", reason, "text");
            }
        }
        builder.finish("there are no requests in it; run the test again")
    }

    #[test]
    fn requests_become_a_run_with_the_tools_own_figures() {
        let imported = built(TRAITS, &[10, 20, 30, 40]).unwrap();
        let run = imported.source.run.unwrap();
        assert_eq!((imported.source.info.rows, run.labels.len()), (4, 1));
        // Only fields of a CSV file double their quotes.
        assert_eq!(run.labels[0].name, "find \"\"");
        assert!(run.closed_loop);
        // ab: index floor(0.5·4) = 2 of 0, 1, 2, 3.
        let total = &run.tool_figures[0];
        assert_eq!(
            (total.label.as_str(), total.percentiles_ms[0]),
            ("Total", (500_000, 30.0))
        );
        let warnings = imported.source.info.warnings;
        assert_eq!(warnings.count_of(WarningKind::CoordinatedOmission), 1);
    }

    #[test]
    fn without_durations_only_counts_are_kept() {
        let traits = RunTraits {
            counts_only: true,
            closed_loop: false,
            ..TRAITS
        };
        let run = built(traits, &[0, 0]).unwrap().source.run.unwrap();
        assert_eq!((run.counters.height(), run.histogram.height()), (2, 0));
        assert!(run.counts_only && run.tool_figures.is_empty());
    }

    #[test]
    fn nothing_readable_is_an_error_that_says_why() {
        let error = built(TRAITS, &[-5]).unwrap_err().to_string();
        assert!(
            error.contains("negative") && error.contains("line 1"),
            "{error}"
        );
        let error = built(TRAITS, &[]).unwrap_err().to_string();
        assert!(error.contains("run the test again"), "{error}");
    }
}
