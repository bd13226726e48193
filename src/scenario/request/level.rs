//! The level of a workload over simulated time, in straight pieces, and open arrivals from it.
//!
//! A Poisson process of a changing rate is drawn by inverting the integral of the rate (Çinlar 1975), piece by piece,
//! so that the same exponentials give the same arrivals in every scenario with this load.

use crate::calendar::{Instant, Zone};
use crate::scenario::SimulateError;
use crate::scenario::model::{Interpolation, Pattern, RatePoint, Run, Workload};

/// Pieces a pattern may have.
const MOST_PIECES: usize = 1_000_000;

/// A straight piece: level at its start, and change per second.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Piece {
    from: f64,
    to: f64,
    level: f64,
    slope: f64,
}

impl Piece {
    fn at(&self, time: f64) -> f64 {
        (self.level + self.slope * (time - self.from)).max(0.0)
    }
}

/// The level over the simulated time, the warm-up before the run included: there the level of the start holds.
#[derive(Clone, Debug)]
pub(super) struct Level {
    pieces: Vec<Piece>,
}

fn hour_points(hours: &[f64], week: bool, run: &Run) -> Result<Vec<RatePoint>, SimulateError> {
    let zone = Zone::named(&run.zone)
        .map_err(|e| SimulateError::impossible("run.zone", format!("{e}")))?;
    let wanted = if week { 168 } else { 24 };
    if hours.len() != wanted {
        return Err(SimulateError::impossible(
            "workload.pattern.hours",
            format!("{} levels are given; {wanted} are needed", hours.len()),
        ));
    }
    let start = Instant(run.start_micros);
    let civil = start.civil(&zone);
    let into_hour = f64::from(civil.minute()) * 60.0 + f64::from(civil.second());
    let count = (run.duration / 3600.0).ceil() as i64 + 3;
    // From the middle of an hour at or before the start to one after the end.
    let first = 1800.0 - into_hour - 3600.0;
    Ok((0..count)
        .filter_map(|hour| {
            let at = first + hour as f64 * 3600.0;
            let there = Instant(start.0.saturating_add((at * 1e6) as i64)).civil(&zone);
            let day = if week {
                there.weekday().to_monday_zero_offset() as usize
            } else {
                0
            };
            let level = *hours.get(day * 24 + there.hour() as usize)?;
            Some(RatePoint { at, level })
        })
        .collect())
}

fn points(pattern: &Pattern, run: &Run) -> Result<(Vec<RatePoint>, Interpolation), SimulateError> {
    let point = |at, level| RatePoint { at, level };
    let (step, linear) = (Interpolation::Step, Interpolation::Linear);
    Ok(match pattern {
        Pattern::Constant { level } => (vec![point(0.0, *level)], step),
        Pattern::Ramp { from, to, over } if *over > 0.0 => {
            (vec![point(0.0, *from), point(*over, *to)], linear)
        }
        Pattern::Ramp { to, .. } => (vec![point(0.0, *to)], step),
        Pattern::Spike {
            base,
            peak,
            at,
            lasts,
        } => (
            vec![
                point(at.min(0.0), *base),
                point(*at, *peak),
                point(at + lasts, *base),
            ],
            step,
        ),
        Pattern::Steps {
            from,
            by,
            every,
            to,
        } => {
            let mut out = vec![point(0.0, *from)];
            let (mut at, mut level) = (0.0, *from);
            while *every > 0.0 && at < run.duration && (to - level) * by > 0.0 {
                at += every;
                level = if *by > 0.0 {
                    (level + by).min(*to)
                } else {
                    (level + by).max(*to)
                };
                out.push(point(at, level));
                if out.len() > MOST_PIECES {
                    break;
                }
            }
            (out, step)
        }
        Pattern::Daily { hours } => (hour_points(hours, false, run)?, linear),
        Pattern::Weekly { hours } => (hour_points(hours, true, run)?, linear),
        Pattern::Points {
            points,
            interpolation,
        } => {
            let mut sorted = points.clone();
            sorted.sort_by(|a, b| a.at.total_cmp(&b.at));
            (sorted, *interpolation)
        }
        Pattern::Forecast { .. } | Pattern::Series { .. } | Pattern::Log { .. } => {
            return Err(SimulateError::Pending {
                what: pattern.pending().unwrap_or_default(),
            });
        }
    })
}

impl Level {
    /// The pieces from the beginning of the warm-up to the end of the run.
    pub(super) fn new(workload: &Workload, run: &Run) -> Result<Self, SimulateError> {
        let (points, interpolation) = points(&workload.pattern, run)?;
        let end = run.warm_up + run.duration;
        let value = |level: f64| {
            let level = level * workload.growth;
            if level.is_finite() {
                level.max(0.0)
            } else {
                0.0
            }
        };
        let mut pieces = Vec::with_capacity(points.len() + 1);
        // Before the run, the level of its start: found once the pieces from there on are known.
        for (i, here) in points.iter().enumerate() {
            let next = points.get(i + 1);
            let from = (here.at + run.warm_up).max(run.warm_up);
            let to = next.map_or(end, |n| (n.at + run.warm_up).min(end));
            if to.is_nan() || to <= from {
                continue;
            }
            let slope = match (interpolation, next) {
                (Interpolation::Linear, Some(next)) if next.at > here.at => {
                    (value(next.level) - value(here.level)) / (next.at - here.at)
                }
                _ => 0.0,
            };
            pieces.push(Piece {
                from,
                to,
                level: value(here.level) + slope * (from - run.warm_up - here.at),
                slope,
            });
        }
        let first = pieces.first().map_or_else(
            || points.last().map_or(0.0, |p| value(p.level)),
            |p| p.level,
        );
        let begins = pieces.first().map_or(end, |p| p.from);
        if begins > 0.0 {
            pieces.insert(
                0,
                Piece {
                    from: 0.0,
                    to: begins,
                    level: first,
                    slope: 0.0,
                },
            );
        }
        Ok(Self { pieces })
    }

    /// Level at a time.
    pub(super) fn at(&self, time: f64) -> f64 {
        let next = self.pieces.partition_point(|p| p.from <= time);
        self.pieces
            .get(next.saturating_sub(1))
            .map_or(0.0, |piece| piece.at(time.min(piece.to)))
    }

    /// Integral of the level over all time: requests to expect.
    pub(super) fn total(&self) -> f64 {
        self.pieces
            .iter()
            .map(|p| (p.to - p.from) * f64::midpoint(p.level, p.at(p.to)))
            .sum()
    }

    /// Highest level.
    pub(super) fn peak(&self) -> f64 {
        self.pieces
            .iter()
            .map(|p| p.level.max(p.at(p.to)))
            .fold(0.0, f64::max)
    }
}

/// Where the arrivals have got to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Source {
    piece: usize,
    at: f64,
}

impl Source {
    /// The time by which the integral of the level has grown by `need` since the last call; infinite when it ends
    /// before.
    #[inline]
    pub(super) fn next(&mut self, level: &Level, mut need: f64) -> f64 {
        while let Some(piece) = level.pieces.get(self.piece) {
            let rate = piece.at(self.at);
            let left = piece.to - self.at;
            let held = if piece.slope.abs() > 0.0 {
                left * f64::midpoint(rate, piece.at(piece.to))
            } else {
                left * rate
            };
            if need <= held && held > 0.0 {
                // rate·x + slope·x²/2 = need.
                let root = (rate * rate + 2.0 * piece.slope * need).max(0.0).sqrt();
                let forward = if piece.slope.abs() > 0.0 {
                    2.0 * need / (rate + root)
                } else {
                    need / rate
                };
                self.at = (self.at + forward).min(piece.to);
                return self.at;
            }
            need -= held;
            self.at = piece.to;
            self.piece += 1;
        }
        f64::INFINITY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(pattern: Pattern, run: &Run) -> Level {
        let workload = Workload {
            pattern,
            ..Workload::default()
        };
        Level::new(&workload, run).unwrap()
    }

    #[test]
    fn a_ramp_is_inverted_exactly() {
        let run = Run {
            duration: 100.0,
            warm_up: 10.0,
            ..Run::default()
        };
        let ramp = level(
            Pattern::Ramp {
                from: 0.0,
                to: 10.0,
                over: 50.0,
            },
            &run,
        );
        // Nothing in the warm-up; 250 over the ramp, 500 after it.
        assert!((ramp.total() - 750.0).abs() < 1e-9);
        assert!((ramp.at(35.0) - 5.0).abs() < 1e-9);
        assert!((ramp.peak() - 10.0).abs() < 1e-9);
        let mut source = Source::default();
        // 0.1·x² = 40 after 20 s of the ramp; 10 more after √500; and past the ramp's end 10 per second.
        assert!((source.next(&ramp, 40.0) - 30.0).abs() < 1e-9);
        assert!((source.next(&ramp, 10.0) - (10.0 + 500.0_f64.sqrt())).abs() < 1e-9);
        assert!((source.next(&ramp, 210.0) - 61.0).abs() < 1e-9);
        assert!(source.next(&ramp, 1000.0).is_infinite());
    }

    #[test]
    fn spikes_steps_and_growth() {
        let run = Run {
            duration: 100.0,
            ..Run::default()
        };
        let spike = Workload {
            pattern: Pattern::Spike {
                base: 2.0,
                peak: 20.0,
                at: 40.0,
                lasts: 10.0,
            },
            growth: 10.0,
            ..Workload::default()
        };
        let spike = Level::new(&spike, &run).unwrap();
        assert!((spike.total() - (20.0 * 90.0 + 200.0 * 10.0)).abs() < 1e-9);
        let steps = level(
            Pattern::Steps {
                from: 1.0,
                by: 2.0,
                every: 10.0,
                to: 4.0,
            },
            &run,
        );
        assert!((steps.at(5.0) - 1.0).abs() < 1e-12);
        assert!((steps.at(15.0) - 3.0).abs() < 1e-12);
        assert!((steps.at(99.0) - 4.0).abs() < 1e-12);
    }

    /// Noon in Berlin is 10:00 UTC in summer; between the middles of the hours lies a straight line.
    #[test]
    fn a_day_follows_its_zone() {
        let run = Run {
            duration: 7200.0,
            start_micros: 1_782_813_600_000_000,
            zone: "Europe/Berlin".to_owned(),
            ..Run::default()
        };
        let hours: Vec<f64> = (0..24).map(f64::from).collect();
        let day = level(Pattern::Daily { hours }, &run);
        // 2026-06-30 10:00 UTC: the middle of hour 12 is half an hour on.
        assert!((day.at(1800.0) - 12.0).abs() < 1e-9);
        assert!((day.at(0.0) - 11.5).abs() < 1e-9);
        assert!((day.at(5400.0) - 13.0).abs() < 1e-9);
        assert!((day.at(7200.0) - 13.5).abs() < 1e-9);
        let short = Workload {
            pattern: Pattern::Daily { hours: vec![1.0] },
            ..Workload::default()
        };
        let error = Level::new(&short, &run).unwrap_err().to_string();
        assert!(error.contains("24 are needed"), "{error}");
    }

    #[test]
    fn points_hold_before_the_first_and_after_the_last() {
        let run = Run {
            duration: 30.0,
            warm_up: 5.0,
            ..Run::default()
        };
        let points = level(
            Pattern::Points {
                points: vec![
                    RatePoint {
                        at: 10.0,
                        level: 4.0,
                    },
                    RatePoint {
                        at: 20.0,
                        level: 8.0,
                    },
                ],
                interpolation: Interpolation::Linear,
            },
            &run,
        );
        for (at, wanted) in [(0.0, 4.0), (14.0, 4.0), (20.0, 6.0), (34.0, 8.0)] {
            assert!((points.at(at) - wanted).abs() < 1e-9, "{at}");
        }
    }
}
