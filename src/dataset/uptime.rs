//! Up and down: the rows of an outage table, and the non-overlapping intervals they resolve to.
//!
//! Where rows overlap, maintenance hides everything, then down, degraded, unknown, up. Time that no row covers is
//! unknown, except in an incident list (a table without any `up` row): there it is taken as up, and results say so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::calendar::{Instant, TimeRange};
use crate::units::Micros;

/// The state of a service over a stretch of time. Ordered by which one wins where rows overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Working.
    Up,
    /// Nothing is known.
    Unknown,
    /// Working, but badly.
    Degraded,
    /// Not working.
    Down,
    /// Planned maintenance.
    Maintenance,
}

impl State {
    /// The word used in tables and on screens.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Unknown => "unknown",
            Self::Degraded => "degraded",
            Self::Down => "down",
            Self::Maintenance => "maintenance",
        }
    }
}

/// One row of an outage table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutageRow {
    /// When the state began.
    pub start: Instant,
    /// When it ended; `None` while it is still going on.
    pub end: Option<Instant>,
    /// The state.
    pub state: State,
    /// The service, where the table says one.
    #[serde(default)]
    pub service: String,
    /// Free text.
    #[serde(default)]
    pub note: String,
}

/// A stretch of time in one state. Intervals of one list do not overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    /// When.
    pub range: TimeRange,
    /// What.
    pub state: State,
}

/// The rows of one uptime source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UptimeTable {
    /// In order of their start.
    pub rows: Vec<OutageRow>,
    /// There is no `up` row: time that no row covers is taken as up.
    pub incident_list: bool,
    /// The usual distance between checks in µs, by service as in the rows (empty for all others), where the rows were
    /// concluded from checks at points in time: how long an outage was is then known to one check either side.
    pub probe_micros: BTreeMap<String, i64>,
    /// How long each service was in each state, where the source does not say when.
    pub totals: Vec<StateTotals>,
}

/// How long a service was in each state over some period, in seconds. The source does not say when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StateTotals {
    /// The service.
    pub service: String,
    /// Working.
    pub up_secs: i64,
    /// Working, but badly.
    pub degraded_secs: i64,
    /// Not working.
    pub down_secs: i64,
    /// Not working on purpose.
    pub maintenance_secs: i64,
    /// Nothing is known.
    pub unknown_secs: i64,
}

/// How outages between checks are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// As short as the checks allow: from the first failed check to the last one.
    Best,
    /// As long as the checks allow: from the last good check before to the first good one after.
    Worst,
}

impl UptimeTable {
    /// The usual distance between the checks of a service; `None` where its rows say exactly when.
    pub fn probe_spacing(&self, service: &str) -> Option<Micros> {
        let own = self.probe_micros.iter().find_map(|(name, micros)| {
            let same = name.eq_ignore_ascii_case(service) || name.is_empty();
            (same && *micros > 0).then_some(*micros)
        });
        own.map(Micros)
    }

    /// What the table would say if outages had been as short, or as long, as the checks allow.
    #[must_use]
    pub fn at(&self, bound: Bound) -> Self {
        let mut bounded = self.clone();
        if self.probe_micros.is_empty() {
            return bounded;
        }
        bounded.rows.clear();
        for row in &self.rows {
            let bad = matches!(row.state, State::Down | State::Degraded);
            let spacing = self.probe_spacing(&row.service).filter(|_| bad);
            let mut row = row.clone();
            match (spacing, bound, row.end) {
                (Some(spacing), Bound::Worst, _) => row.start = row.start.plus(Micros(-spacing.0)),
                (Some(spacing), Bound::Best, Some(end)) => {
                    let last_check = end.plus(Micros(-spacing.0)).max(row.start);
                    bounded.rows.push(OutageRow {
                        start: last_check,
                        state: State::Up,
                        ..row.clone()
                    });
                    row.end = Some(last_check);
                }
                _ => {}
            }
            bounded.rows.push(row);
        }
        bounded
    }

    /// What the rows say about a range: non-overlapping intervals that cover it completely, neighbours of equal state
    /// joined. `service` keeps only rows of that service (and rows that name none). An open row lasts to `now`.
    pub fn resolve(&self, range: TimeRange, service: Option<&str>, now: Instant) -> Vec<Interval> {
        resolve(std::slice::from_ref(self), range, service, now)
    }
}

/// As [`UptimeTable::resolve`], for several tables about the same thing.
pub fn resolve(
    tables: &[UptimeTable],
    range: TimeRange,
    service: Option<&str>,
    now: Instant,
) -> Vec<Interval> {
    if range.start >= range.end {
        return Vec::new();
    }
    let background = if !tables.is_empty() && tables.iter().all(|t| t.incident_list) {
        State::Up
    } else {
        State::Unknown
    };
    // Sweep: +1 and -1 at the ends of each row; the winning state is the highest one with a positive count.
    let mut events: Vec<(Instant, State, i64)> = Vec::new();
    for row in tables.iter().flat_map(|t| &t.rows) {
        let admitted =
            service.is_none_or(|s| row.service.is_empty() || row.service.eq_ignore_ascii_case(s));
        let row_range = TimeRange {
            start: row.start,
            end: row.end.unwrap_or(now),
        };
        if let (true, Some(inside)) = (admitted, row_range.intersect(range)) {
            events.push((inside.start, row.state, 1));
            events.push((inside.end, row.state, -1));
        }
    }
    events.sort_unstable_by_key(|(at, _, _)| *at);
    let states = [
        State::Maintenance,
        State::Down,
        State::Degraded,
        State::Unknown,
        State::Up,
    ];
    let mut open = [0_i64; 5];
    let mut intervals: Vec<Interval> = Vec::new();
    let mut emit = |from: Instant, to: Instant, open: &[i64; 5]| {
        if from >= to {
            return;
        }
        let state = states
            .iter()
            .zip(open)
            .find_map(|(state, n)| (*n > 0).then_some(*state))
            .unwrap_or(background);
        match intervals.last_mut() {
            Some(last) if last.state == state && last.range.end == from => last.range.end = to,
            _ => intervals.push(Interval {
                range: TimeRange {
                    start: from,
                    end: to,
                },
                state,
            }),
        }
    };
    let mut from = range.start;
    for (at, state, change) in events {
        emit(from, at, &open);
        from = at;
        if let Some(slot) = states
            .iter()
            .position(|s| *s == state)
            .and_then(|i| open.get_mut(i))
        {
            *slot += change;
        }
    }
    emit(from, range.end, &open);
    intervals
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(start: i64, end: i64, state: State) -> OutageRow {
        OutageRow {
            start: Instant::from_secs(start),
            end: Some(Instant::from_secs(end)),
            state,
            service: String::new(),
            note: String::new(),
        }
    }

    fn range(start: i64, end: i64) -> TimeRange {
        TimeRange {
            start: Instant::from_secs(start),
            end: Instant::from_secs(end),
        }
    }

    fn secs(intervals: &[Interval], state: State) -> i64 {
        intervals
            .iter()
            .filter(|i| i.state == state)
            .map(|i| i.range.length().0 / 1_000_000)
            .sum()
    }

    /// sla-and-reports.md, vector B19: overlapping incidents count once, and are clipped to the period.
    #[test]
    fn overlaps_count_once() {
        let table = UptimeTable {
            rows: vec![row(0, 1_800, State::Down), row(1_200, 3_000, State::Down)],
            incident_list: true,
            ..UptimeTable::default()
        };
        let intervals = table.resolve(range(0, 10_000), None, Instant(0));
        assert_eq!(secs(&intervals, State::Down), 3_000);
        assert_eq!(secs(&intervals, State::Up), 7_000);
        assert_eq!(
            secs(
                &table.resolve(range(2_400, 10_000), None, Instant(0)),
                State::Down
            ),
            600
        );
    }

    #[test]
    fn maintenance_hides_everything_and_gaps_are_unknown() {
        let table = UptimeTable {
            rows: vec![
                row(0, 100, State::Up),
                row(20, 60, State::Down),
                row(40, 50, State::Maintenance),
                row(150, 200, State::Degraded),
            ],
            incident_list: false,
            ..UptimeTable::default()
        };
        let intervals = table.resolve(range(0, 200), None, Instant(0));
        assert_eq!(secs(&intervals, State::Up), 60);
        assert_eq!(secs(&intervals, State::Down), 30);
        assert_eq!(secs(&intervals, State::Maintenance), 10);
        assert_eq!(secs(&intervals, State::Unknown), 50);
        assert_eq!(secs(&intervals, State::Degraded), 50);
    }

    #[test]
    fn an_open_incident_lasts_to_now() {
        let mut open = row(100, 0, State::Down);
        open.end = None;
        let table = UptimeTable {
            rows: vec![open],
            incident_list: true,
            ..UptimeTable::default()
        };
        let intervals = table.resolve(range(0, 1_000), None, Instant::from_secs(400));
        assert_eq!(secs(&intervals, State::Down), 300);
        assert_eq!(secs(&intervals, State::Up), 700);
    }

    /// SEMANTICS.md: one failed probe every 5 minutes is between 0 and 10 minutes of downtime.
    #[test]
    fn checks_bound_what_they_saw() {
        let mut table = UptimeTable {
            rows: vec![
                row(0, 3_000, State::Up),
                row(3_000, 3_300, State::Down),
                row(3_300, 6_000, State::Up),
                row(6_000, 6_900, State::Down),
                row(6_900, 9_000, State::Up),
            ],
            probe_micros: BTreeMap::from([(String::new(), 300_000_000)]),
            ..UptimeTable::default()
        };
        let down = |table: &UptimeTable| {
            secs(
                &table.resolve(range(0, 9_000), None, Instant(0)),
                State::Down,
            )
        };
        assert_eq!(down(&table), 300 + 900);
        assert_eq!(down(&table.at(Bound::Best)), 600);
        assert_eq!(down(&table.at(Bound::Worst)), 600 + 1_200);
        table.probe_micros.clear();
        assert_eq!(down(&table.at(Bound::Worst)), 300 + 900);
    }
}
