//! Probes to up and down: what `probe_success` (blackbox exporter) says, 1 or 0 at every scrape.
//!
//! A probe speaks for the step that begins with it. Where the next one comes late by more than half a step, the time
//! between is covered by nothing, and so unknown.

use std::collections::BTreeMap;

use crate::calendar::Instant;
use crate::dataset::{OutageRow, State, UptimeTable};
use crate::import::checks::Checks;
use crate::units::Micros;

/// Up and down from probes in order of time: 1 is up, 0 is down, anything between is degraded, and what is not a number
/// says nothing. `step_secs` is the usual distance between probes.
pub fn uptime_of(points: &[(Instant, f64)], step_secs: f64) -> UptimeTable {
    let step = Micros((step_secs * 1e6).round() as i64);
    if step.0 <= 0 {
        return UptimeTable::default();
    }
    let mut checks = Checks::every(step);
    for (at, value) in points {
        checks.add(*at, state_of(*value));
    }
    let stretches = checks.joined(Some(step), None).stretches.into_iter();
    UptimeTable {
        rows: stretches
            .filter(|(.., state)| *state != State::Unknown)
            .map(|(start, end, state)| OutageRow {
                start,
                end: Some(end),
                state,
                service: String::new(),
                note: String::new(),
            })
            .collect(),
        probe_micros: BTreeMap::from([(String::new(), step.0)]),
        ..UptimeTable::default()
    }
}

fn state_of(value: f64) -> State {
    if value.is_nan() {
        State::Unknown
    } else if value >= 1.0 {
        State::Up
    } else if value > 0.0 {
        State::Degraded
    } else {
        State::Down
    }
}

/// Whether values can be results of probes: nothing but 0, 1 and what is not a number.
pub fn are_probes(points: &[(Instant, f64)]) -> bool {
    points
        .iter()
        .all(|(_, v)| v.is_nan() || [0.0, 1.0].contains(v))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(points: &[(i64, f64)], step: f64) -> Vec<(i64, i64, State)> {
        let points: Vec<(Instant, f64)> = points
            .iter()
            .map(|(s, v)| (Instant::from_secs(*s), *v))
            .collect();
        uptime_of(&points, step)
            .rows
            .iter()
            .map(|r| (r.start.secs(), r.end.unwrap().secs(), r.state))
            .collect()
    }

    #[test]
    fn equal_states_join_and_gaps_stay_open() {
        let points = [
            (0, 1.0),
            (15, 1.0),
            (30, 0.0),
            (44, 0.0),
            (60, 1.0),
            (120, 1.0),
            (135, f64::NAN),
            (150, 1.0),
        ];
        assert_eq!(
            rows(&points, 15.0),
            [
                (0, 30, State::Up),
                (30, 60, State::Down),
                (60, 75, State::Up),
                (120, 135, State::Up),
                (150, 165, State::Up),
            ]
        );
        assert!(rows(&points, 0.0).is_empty());
        assert!(rows(&[], 15.0).is_empty());
    }

    #[test]
    fn shares_of_probes_are_degraded() {
        assert_eq!(rows(&[(0, 0.5)], 60.0), [(0, 60, State::Degraded)]);
        assert!(are_probes(&[(Instant(0), 1.0)]) && !are_probes(&[(Instant(0), 0.5)]));
    }
}
