//! Uptime tables as a timeline: for each stretch of time the state of the service, what lies under maintenance, and
//! whether a window takes it out. Several services are one: down when any is down.

use std::collections::BTreeSet;

use super::excluded::{Uncounted, holds};
use super::judge::{Context, service_of};
use super::objective::Objective;
use super::rollup;
use crate::calendar::{Instant, TimeRange};
use crate::dataset::uptime::resolve;
use crate::dataset::{Interval, OutageRow, Role, Source, State, UptimeTable};

/// A stretch of time with what is known about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    /// When.
    pub range: TimeRange,
    /// With maintenance as the tables say.
    pub state: State,
    /// What lies under the maintenance.
    pub under: State,
    /// Inside a window that does not count.
    pub window: bool,
    /// A row says that it was down, whatever hides that row.
    pub told_down: bool,
    /// Outside service hours: no part of any period.
    pub outside: bool,
}

impl Piece {
    /// Whether it does not count.
    pub fn excluded(&self) -> bool {
        !self.outside && (self.window || self.state == State::Maintenance)
    }

    /// Whether it counts where exclusions apply.
    pub fn counts(&self) -> bool {
        !self.outside && !self.excluded()
    }

    /// The state that counts where nothing is excluded.
    pub fn plain(&self) -> State {
        if self.state == State::Maintenance {
            self.under
        } else {
            self.state
        }
    }
}

/// Lengths of time by what they are, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub up: i128,
    pub degraded: i128,
    pub down: i128,
    pub unknown: i128,
    /// Taken out, or counted as uptime, by exclusions.
    pub excluded: i128,
    /// Downtime that fell inside exclusions.
    pub hidden_down: i128,
    /// Outside service hours.
    pub outside: i128,
}

impl Sums {
    /// Adds a length to its state.
    pub fn add(&mut self, state: State, length: i128) {
        match state {
            State::Up => self.up += length,
            State::Degraded => self.degraded += length,
            State::Down => self.down += length,
            State::Unknown | State::Maintenance => self.unknown += length,
        }
    }

    /// Sums up what of the pieces lies in a range.
    pub fn of(pieces: &[Piece], range: TimeRange, with_exclusions: bool) -> Self {
        let mut sums = Self::default();
        for piece in pieces {
            let Some(inside) = piece.range.intersect(range) else {
                continue;
            };
            let length = i128::from(inside.length().0);
            if piece.outside {
                sums.outside += length;
            } else if with_exclusions && piece.excluded() {
                sums.excluded += length;
                if piece.told_down {
                    sums.hidden_down += length;
                }
            } else {
                sums.add(piece.plain(), length);
            }
        }
        sums
    }
}

/// The uptime sources of the role that speaks for the service, production first.
pub(super) fn uptime_sources<'a>(
    context: &'a Context<'_>,
    objective: &Objective,
) -> (Vec<&'a Source>, bool) {
    for role in [Role::Production, Role::Test] {
        let found: Vec<&Source> = context
            .sources(objective)
            .filter(|s| {
                s.info.scope.role == role
                    && s.uptime
                        .as_ref()
                        .is_some_and(|t| t.incident_list || !t.rows.is_empty())
            })
            .collect();
        if !found.is_empty() {
            return (found, role == Role::Test);
        }
    }
    (Vec::new(), false)
}

/// Tables whose rows all say their service where anyone does.
pub(super) fn tables_of(sources: &[&Source]) -> Vec<UptimeTable> {
    sources
        .iter()
        .filter_map(|source| {
            let mut table = source.uptime.clone()?;
            for row in &mut table.rows {
                if row.service.is_empty() {
                    row.service.clone_from(&source.info.scope.service);
                }
            }
            Some(table)
        })
        .collect()
}

fn same_service(row: &OutageRow, service: &str) -> bool {
    row.service.is_empty() || row.service.eq_ignore_ascii_case(service)
}

/// The services that an objective looks at in tables, each by itself.
pub(super) struct ServicesTold<'a> {
    service: Option<&'a str>,
    /// Their names, in order.
    pub names: BTreeSet<String>,
    apart: bool,
}

impl<'a> ServicesTold<'a> {
    /// Those that the tables name and the objective covers; of a roll-up also those that only other sources name.
    pub fn of(context: &'a Context<'_>, objective: &'a Objective, tables: &[UptimeTable]) -> Self {
        let service = service_of(context, objective);
        let several = if objective.scope.services.is_empty() {
            Vec::new()
        } else {
            rollup::services(context, objective)
        };
        let apart = !several.is_empty();
        let names: BTreeSet<String> = tables
            .iter()
            .flat_map(|t| &t.rows)
            .map(|row| row.service.as_str())
            .filter(|s| !s.is_empty())
            .filter(|s| service.is_none_or(|wanted| wanted.eq_ignore_ascii_case(s)))
            .filter(|s| objective.scope.covers(s))
            .map(str::to_owned)
            .chain(several)
            .collect();
        Self {
            service,
            apart: apart || names.len() > 1,
            names,
        }
    }

    /// With maintenance, and what lies beneath it, for each of them.
    pub fn states(
        &self,
        tables: &[UptimeTable],
        range: TimeRange,
        now: Instant,
    ) -> Vec<(Vec<Interval>, Vec<Interval>)> {
        if !self.apart {
            return vec![service_states(tables, self.service, range, now)];
        }
        self.names
            .iter()
            .map(|name| service_states(tables, Some(name), range, now))
            .collect()
    }
}

/// With maintenance, and what lies beneath it, for one service.
fn service_states(
    tables: &[UptimeTable],
    service: Option<&str>,
    range: TimeRange,
    now: Instant,
) -> (Vec<Interval>, Vec<Interval>) {
    let own: Vec<UptimeTable> = tables
        .iter()
        .filter(|t| service.is_none_or(|s| t.rows.iter().any(|row| same_service(row, s))))
        .cloned()
        .collect();
    let states = resolve(&own, range, service, now);
    let bare: Vec<UptimeTable> = own
        .into_iter()
        .map(|t| UptimeTable {
            rows: t
                .rows
                .into_iter()
                .filter(|row| row.state != State::Maintenance)
                .collect(),
            incident_list: false,
            ..UptimeTable::default()
        })
        .collect();
    let under = resolve(&bare, range, service, now);
    (states, under)
}

const fn badness(state: State) -> u8 {
    match state {
        State::Maintenance => 0,
        State::Up => 1,
        State::Degraded => 2,
        State::Unknown => 3,
        State::Down => 4,
    }
}

fn state_at(intervals: &[Interval], at: Instant) -> State {
    let after = intervals.partition_point(|i| i.range.start <= at);
    after
        .checked_sub(1)
        .and_then(|i| intervals.get(i))
        .map_or(State::Unknown, |i| i.state)
}

/// Cuts a range at every change of any service and every edge of time that does not count.
pub(super) fn pieces_of(
    services: &[(Vec<Interval>, Vec<Interval>)],
    none: &Uncounted,
    range: TimeRange,
) -> Vec<Piece> {
    let mut cuts: BTreeSet<Instant> = services
        .iter()
        .flat_map(|(states, under)| states.iter().chain(under))
        .flat_map(|i| [i.range.start, i.range.end])
        .chain(
            none.excluded
                .iter()
                .chain(&none.outside)
                .flat_map(|w| [w.start, w.end]),
        )
        .filter(|at| range.contains(*at))
        .collect();
    cuts.insert(range.start);
    let starts: Vec<Instant> = cuts.into_iter().collect();
    starts
        .iter()
        .enumerate()
        .map(|(index, start)| {
            let end = starts.get(index + 1).copied().unwrap_or(range.end);
            let at = *start;
            let mut state = State::Maintenance;
            let mut under = State::Maintenance;
            let mut told_down = false;
            for (states, bare) in services {
                let own = state_at(states, at);
                let bare = state_at(bare, at);
                told_down |= own == State::Down || bare == State::Down;
                let beneath = match (own, bare) {
                    // Taken out of service on purpose, and nobody says that it answered all the same.
                    (State::Maintenance, State::Unknown) => State::Down,
                    (State::Maintenance, bare) => bare,
                    (own, _) => own,
                };
                if badness(own) > badness(state) {
                    state = own;
                }
                if badness(beneath) > badness(under) {
                    under = beneath;
                }
            }
            Piece {
                range: TimeRange { start: at, end },
                state,
                under,
                window: holds(&none.excluded, at),
                told_down,
                outside: holds(&none.outside, at),
            }
        })
        .collect()
}
