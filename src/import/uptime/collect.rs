//! What an uptime file holds while it is being read: rows, checks, response times, totals, and what could not be used.
//! Every importer here fills one of these and ends with [`Collected::finish`].

use std::collections::BTreeMap;

use crate::calendar::{Instant, TimeRange};
use crate::dataset::{OutageRow, Source, SourceInfo, State, StateTotals, UptimeTable};
use crate::import::checks::Checks;
use crate::import::metrics::settle::Gathered;
use crate::import::rejects::Reject;
use crate::import::{ImportError, Imported, Intake, Rejects};
use crate::units::{self, Micros};
use crate::warning::{WarningKind, Warnings};

/// Rows beyond this are not an uptime table.
const MAX_ROWS: usize = 2_000_000;

/// Nobody checks more rarely than once in 31 days.
const MAX_SPACING: Micros = Micros(31 * 86_400_000_000);

/// A change of state as monitors log it.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// When it changed.
    pub at: Instant,
    /// What to.
    pub state: State,
    /// How long it stayed, as the source says, and how exactly.
    pub lasted: Option<Micros>,
    /// What the source says about it.
    pub note: String,
    /// Where it stands.
    pub line: u64,
}

/// An uptime file while it is being read.
pub(super) struct Collected<'a> {
    intake: &'a Intake<'a>,
    rows: Vec<(OutageRow, u64)>,
    checks: BTreeMap<String, Checks>,
    /// How often a service is checked, where the source says so.
    spacings: BTreeMap<String, Micros>,
    latencies: Gathered,
    totals: Vec<StateTotals>,
    rejects: Rejects,
    /// What was noticed.
    pub warnings: Warnings,
    /// Time stamps without a zone.
    pub without_zone: u64,
    /// Time that no row covers is taken as up.
    pub incident_list: bool,
    /// How often it is checked, where the file holds changes of state and only now and then a check.
    pub checked_every: Option<Micros>,
    records: u64,
    outside: u64,
}

impl<'a> Collected<'a> {
    /// Nothing yet.
    pub(super) fn new(intake: &'a Intake<'a>) -> Self {
        Self {
            intake,
            rows: Vec::new(),
            checks: BTreeMap::new(),
            spacings: BTreeMap::new(),
            latencies: Gathered::new(intake.options.range),
            totals: Vec::new(),
            rejects: Rejects::default(),
            warnings: Warnings::default(),
            without_zone: 0,
            incident_list: false,
            checked_every: None,
            records: 0,
            outside: 0,
        }
    }

    /// The file it comes from.
    pub(super) const fn intake(&self) -> &'a Intake<'a> {
        self.intake
    }

    /// Notes a record that could not be used. `line` is 1-based; in JSON, the position in its list.
    pub(super) fn reject(&mut self, line: u64, column: &str, reason: &str, text: &str) {
        self.warnings.add_at(
            WarningKind::RejectedRow,
            format!("records that could not be used: {reason}"),
            self.intake.example(line, column, text),
        );
        self.rejects.add(Reject {
            line,
            column: column.to_owned(),
            reason: reason.to_owned(),
            text: text.chars().take(1_000).collect(),
        });
    }

    /// Takes a stretch of time. One without length is rejected.
    pub(super) fn row(&mut self, row: OutageRow, line: u64) {
        if row.end.is_some_and(|end| end <= row.start) {
            let text = format!("{} {}", row.service, row.start);
            return self.reject(
                line,
                "",
                "it ends before it starts, or when it starts",
                &text,
            );
        }
        if self.rows.len() >= MAX_ROWS {
            return self.reject(line, "", "more than two million rows", &row.service);
        }
        self.records += 1;
        self.keep(row, line);
    }

    fn keep(&mut self, row: OutageRow, line: u64) {
        let range = self.intake.options.range;
        if row.start < range.end && row.end.is_none_or(|end| end > range.start) {
            self.rows.push((row, line));
        } else {
            self.outside += 1;
        }
    }

    /// Takes a check at a point in time.
    pub(super) fn check(&mut self, service: &str, at: Instant, state: State) {
        self.records += 1;
        if !self.intake.options.range.contains(at) {
            self.outside += 1;
            return;
        }
        if let Some(checks) = self.checks.get_mut(service) {
            checks.add(at, state);
        } else {
            let mut checks = Checks::default();
            checks.add(at, state);
            self.checks.insert(service.to_owned(), checks);
        }
    }

    /// Takes the response time of a check.
    pub(super) fn latency_ms(&mut self, service: &str, at: Instant, millis: f64) {
        let labels: BTreeMap<String, String> = if service.is_empty() {
            BTreeMap::new()
        } else {
            BTreeMap::from([("service".to_owned(), service.to_owned())])
        };
        let series = self.latencies.series("response_time", &labels);
        self.latencies
            .describe(series, |meaning| "ms".clone_into(&mut meaning.unit));
        self.latencies.add(series, at, millis);
    }

    /// Says how often a service is checked: how long its outages were is known to one check either side.
    pub(super) fn spacing(&mut self, service: &str, spacing: Micros) {
        if (1..=MAX_SPACING.0).contains(&spacing.0) {
            self.spacings.insert(service.to_owned(), spacing);
        }
    }

    /// Takes the totals of a service.
    pub(super) fn total(&mut self, totals: StateTotals) {
        self.records += 1;
        self.totals.push(totals);
    }

    /// Takes the changes of state of a service: each lasts until the next, or as long as the source says where that is
    /// less; the rest is unknown. `slack` is by how much that length is rounded.
    pub(super) fn events(&mut self, service: &str, mut events: Vec<Event>, slack: Micros) {
        events.sort_by_key(|event| (event.at, event.line));
        let nexts: Vec<Option<Instant>> = events
            .iter()
            .skip(1)
            .map(|next| Some(next.at))
            .chain([None])
            .collect();
        for (event, next) in events.into_iter().zip(nexts) {
            let told = event.lasted.map(|lasted| event.at.plus(lasted));
            let end = match (told, next) {
                (Some(told), Some(next)) if next.0 > told.0.saturating_add(slack.0) => Some(told),
                (_, Some(next)) => Some(next),
                (told, None) => told,
            };
            self.records += 1;
            // What begins with the next one, or lasts no second, says nothing.
            if end.is_some_and(|end| end <= event.at) {
                continue;
            }
            if end.is_none() && event.state != State::Down && event.state != State::Degraded {
                self.warnings.add(
                    WarningKind::TailMissing,
                    format!(
                        "nothing says how long {} stayed {} after its last change; that is unknown",
                        if service.is_empty() { "it" } else { service },
                        event.state.name()
                    ),
                );
                continue;
            }
            let row = OutageRow {
                start: event.at,
                end,
                state: event.state,
                service: service.to_owned(),
                note: event.note,
            };
            self.keep(row, event.line);
        }
    }

    /// Turns the checks into rows.
    fn join_checks(&mut self) -> BTreeMap<String, i64> {
        let mut probe_micros: BTreeMap<String, i64> = self
            .spacings
            .iter()
            .map(|(service, spacing)| (service.clone(), spacing.0))
            .collect();
        let range = self.intake.options.range;
        for (service, checks) in std::mem::take(&mut self.checks) {
            let alone = checks.count == 1
                && self.checked_every.is_none()
                && !self.spacings.contains_key(&service);
            let repeated = checks.repeated;
            let joined = checks.joined(self.spacings.get(&service).copied(), self.checked_every);
            if alone {
                self.warnings.add(
                    WarningKind::Assumed,
                    "a single check of a service is taken to stand for one minute",
                );
            }
            if repeated > 0 {
                self.warnings.add_counted(
                    WarningKind::DuplicatePoints,
                    "several checks of one service at the same instant; the last one stands",
                    repeated,
                    None,
                );
            }
            if joined.gaps > 0 {
                self.warnings.add_counted(
                    WarningKind::Note,
                    format!(
                        "gaps between checks of more than one and a half times the usual distance are unknown, not up \
                         (usual: {})",
                        units::duration(joined.spacing)
                    ),
                    joined.gaps,
                    None,
                );
            }
            let spacing = self.checked_every.unwrap_or(joined.spacing);
            probe_micros.insert(service.clone(), spacing.0);
            for (start, end, state) in joined.stretches {
                let Some(inside) = (TimeRange { start, end }).intersect(range) else {
                    continue;
                };
                let row = OutageRow {
                    start: inside.start,
                    end: Some(inside.end),
                    state,
                    service: service.clone(),
                    note: String::new(),
                };
                self.rows.push((row, 0));
            }
        }
        probe_micros
    }

    /// The source. `nothing` is the clause for a file without anything usable: what is missing, and what to do.
    pub(super) fn finish(mut self, nothing: &str) -> Result<Imported, ImportError> {
        let repeated_before = self.rows.len();
        let probe_micros = self.join_checks();
        let has_checks = self.rows.len() > repeated_before;
        self.rows
            .sort_by_key(|(row, line)| (row.start, row.end, *line));
        if !has_checks {
            note_overlaps(&self.rows, "", self.intake, &mut self.warnings);
        }
        if self.rows.is_empty() && self.totals.is_empty() && self.latencies.is_empty() {
            return Err(self.unusable(nothing));
        }
        let span = self.latencies.span();
        let metrics = self.latencies.settle(&mut self.warnings)?;
        let zone = self
            .intake
            .assumed_zone(self.without_zone, &mut self.warnings);
        let rows: Vec<OutageRow> = self.rows.into_iter().map(|(row, _)| row).collect();
        let starts = rows.iter().map(|r| r.start).min();
        let ends = rows.iter().map(|r| r.end.unwrap_or(r.start)).max();
        let info = SourceInfo {
            rows: self.records - self.outside,
            rejected: self.rejects.count,
            first: starts.into_iter().chain(span.map(|s| s.0)).min(),
            last: ends.into_iter().chain(span.map(|s| s.1)).max(),
            zone,
            warnings: self.warnings,
            ..SourceInfo::default()
        };
        let uptime = UptimeTable {
            incident_list: self.incident_list && rows.iter().all(|r| r.state != State::Up),
            rows,
            probe_micros,
            totals: self.totals,
        };
        Ok(Imported {
            source: Source {
                info,
                uptime: Some(uptime),
                metrics: (!metrics.series.is_empty()).then_some(metrics),
                ..Source::default()
            },
            rejects: self.rejects,
        })
    }

    fn unusable(&self, nothing: &str) -> ImportError {
        if let Some(first) = self.rejects.kept.first() {
            return self.intake.unusable(
                format!(
                    "none of its {} records could be used (record at line {}: {}); export it again",
                    units::count(self.rejects.count),
                    first.line,
                    first.reason
                ),
                Some(first.line),
            );
        }
        if self.outside > 0 {
            return self.intake.unusable(
                "nothing in it lies in the time range; widen --from and --to",
                None,
            );
        }
        self.intake.unusable(nothing, None)
    }
}

/// Says which rows other than `up` begin before an earlier one of the same service has ended. Rows come by their start,
/// each with its line; `column` is that of the start.
pub(super) fn note_overlaps(
    rows: &[(OutageRow, u64)],
    column: &str,
    intake: &Intake<'_>,
    warnings: &mut Warnings,
) {
    let mut until: BTreeMap<String, Instant> = BTreeMap::new();
    for (row, line) in rows.iter().filter(|(row, _)| row.state != State::Up) {
        let last = until
            .entry(row.service.to_lowercase())
            .or_insert(Instant(i64::MIN));
        if row.start < *last {
            warnings.add_at(
                WarningKind::OverlappingIntervals,
                "rows overlap; each instant counts once",
                intake.example(*line, column, &row.start.to_string()),
            );
        }
        *last = (*last).max(row.end.unwrap_or(Instant(i64::MAX)));
    }
}
