//! Where something unusual begins and ends: planted jumps that are not over, plateaus and lasting shifts are found once
//! each, with their direction, their edges and their size, and nothing is found where nothing was planted.

use std::f64::consts::TAU;

use headroom::analysis::anomaly::{Anomaly, AnomalyKind, AnomalyParams, Side, anomalies};
use headroom::calendar::Zone;

use super::engine::{at, normal, series};
use crate::shared_data::Places;

const START: &str = "2026-01-01T00:00:00Z";
const DAYS: usize = 84;
const NOISE: f64 = 3.0;
/// Eight standard deviations of the noise.
const BY: f64 = 24.0;

/// A rhythm of the day, where asked for a quiet weekend, and noise that resembles its last value by `rho`.
#[derive(Clone, Copy)]
struct Usual {
    step_secs: usize,
    weekend: bool,
    rho: f64,
    seed: u64,
}

impl Usual {
    fn a_day(self) -> usize {
        86_400 / self.step_secs
    }

    fn values(self) -> Vec<f64> {
        let mut places = Places(self.seed);
        let mut noise = 0.0;
        let fresh = (1.0 - self.rho * self.rho).sqrt();
        (0..DAYS * self.a_day())
            .map(|i| {
                noise = self.rho * noise + fresh * normal(&mut places);
                let day = i / self.a_day();
                let phase = (i % self.a_day()) as f64 / self.a_day() as f64 * TAU;
                let quiet = if self.weekend && day % 7 >= 5 {
                    15.0
                } else {
                    0.0
                };
                100.0 + 20.0 * phase.sin() - quiet + NOISE * noise
            })
            .collect()
    }

    /// What is found with so much added in these spans of steps.
    fn found(self, added: &[(usize, usize)], by: f64) -> Vec<Anomaly> {
        let mut values = self.values();
        for (i, value) in values.iter_mut().enumerate() {
            let here = added.iter().filter(|(from, to)| (*from..*to).contains(&i));
            *value += by * here.count() as f64;
        }
        let series = series(values, at(START), self.step_secs as i64);
        anomalies(&series, &AnomalyParams::default())
            .unwrap()
            .anomalies
    }

    /// Each span is found once, on its side, to the hour; of a level the size too. Nothing else is.
    fn finds(self, name: &str, added: &[(usize, usize)], by: f64) {
        let found = self.found(added, by);
        let told = || {
            let weekend = if self.weekend { ", weekends" } else { "" };
            let zone = Zone::utc();
            let lines: Vec<String> = found.iter().map(|a| a.sentence("", &zone)).collect();
            format!("{name}, {} s{weekend}, {by:+}: {lines:#?}", self.step_secs)
        };
        assert_eq!(found.len(), added.len(), "{}", told());
        let hours = |steps: usize| (steps * self.step_secs) as f64 / 3_600.0;
        for (one, (from, to)) in found.iter().zip(added) {
            let side = if by > 0.0 { Side::High } else { Side::Low };
            assert_eq!(one.direction, side, "{}", told());
            let since_start =
                |t: headroom::calendar::Instant| (t.as_secs() - at(START).as_secs()) / 3_600.0;
            assert!(
                (since_start(one.start) - hours(*from)).abs() <= 1.0,
                "{}",
                told()
            );
            assert!(
                (since_start(one.end) - hours(*to)).abs() <= 1.0,
                "{}",
                told()
            );
            assert_eq!(one.open, *to == DAYS * self.a_day(), "{}", told());
            if one.kind == AnomalyKind::Level {
                assert!((one.size - by).abs() <= 2.0, "{}", told());
            }
            let season = to - from >= self.a_day();
            assert_eq!(one.kind == AnomalyKind::Level, season, "{}", told());
        }
    }
}

/// Hours and quarters of hours, with and without weekends.
fn every(check: impl Fn(Usual)) {
    for step_secs in [3_600, 900] {
        for weekend in [false, true] {
            check(Usual {
                step_secs,
                weekend,
                rho: 0.0,
                seed: 17 + step_secs as u64,
            });
        }
    }
}

/// The newest matters most: with the last days in the running median, a jump two days ago read as a low run before it.
#[test]
fn a_jump_that_is_not_over_is_found_from_its_beginning() {
    every(|usual| {
        let (day, end) = (usual.a_day(), DAYS * usual.a_day());
        for (name, ago, by) in [
            ("6 hours ago", day / 4, BY),
            ("1 day ago", day, -BY),
            ("2 days ago", 2 * day, BY),
            ("5 days ago", 5 * day, -BY),
        ] {
            usual.finds(name, &[(end - ago, end)], by);
        }
    });
}

/// A plateau of three days was a level to the end of the data, one of ten days a run of hours.
#[test]
fn a_plateau_is_found_from_edge_to_edge() {
    every(|usual| {
        let day = usual.a_day();
        let from = 50 * day + day / 3 + 1;
        for (name, days, by) in [("1 day", 1, BY), ("3 days", 3, BY), ("10 days", 10, -BY)] {
            usual.finds(name, &[(from, from + days * day)], by);
        }
    });
}

#[test]
fn a_shift_that_lasts_is_found_and_so_is_a_jump_on_top_of_it() {
    every(|usual| {
        let (day, end) = (usual.a_day(), DAYS * usual.a_day());
        let from = 50 * day + day / 3 + 1;
        usual.finds("a shift", &[(from, end)], -BY);
        usual.finds(
            "a shift and a jump",
            &[(from, end), (end - 2 * day, end)],
            BY,
        );
    });
}

#[test]
fn a_plateau_that_has_just_ended_has_ended() {
    every(|usual| {
        let (day, end) = (usual.a_day(), DAYS * usual.a_day());
        let since = end - day / 4;
        usual.finds("ended 6 hours ago", &[(since - 3 * day, since)], BY);
    });
}

#[test]
fn noise_that_wanders_is_no_anomaly() {
    let mut told = Vec::new();
    for seed in 0..25 {
        let usual = Usual {
            step_secs: 3_600,
            weekend: false,
            rho: [0.0, 0.5, 0.8, 0.95, 0.0][seed as usize % 5],
            seed: 1_000 + seed,
        };
        for one in usual.found(&[], 0.0) {
            told.push(format!("{}: {}", usual.rho, one.sentence("", &Zone::utc())));
        }
    }
    assert!(told.is_empty(), "{told:#?}");
}

#[test]
fn a_level_says_what_was_usual_and_whether_it_lasts() {
    let usual = Usual {
        step_secs: 3_600,
        weekend: false,
        rho: 0.0,
        seed: 4,
    };
    let end = DAYS * 24;
    let said = |from: usize, to: usize| {
        let found = usual.found(&[(from, to)], BY);
        found[0].sentence("ms", &Zone::utc())
    };
    let over = said(1_200, 1_272);
    assert!(
        over.starts_with("high level, 20 Feb 2026 00:00 to 23 Feb 00:00: +2"),
        "{over}"
    );
    assert!(over.contains(" ms from what is usual, "), "{over}");
    assert!(!over.contains("lasts"), "{over}");
    let lasting = said(end - 48, end);
    assert!(lasting.contains("to the end of the data"), "{lasting}");
    assert!(lasting.ends_with("; it still lasts"), "{lasting}");
}
