//! The level of a workload over a run, in straight pieces: what both engines, the overlays and the prediction ask for
//! the load. And open arrivals from it.
//!
//! A Poisson process of a changing rate is drawn by inverting the integral of the rate (Çinlar 1975), piece by piece,
//! so that the same exponentials give the same arrivals in every scenario with this load.

use crate::calendar::{Instant, Zone};

use super::SimulateError;
use super::model::{Interpolation, Pattern, RatePoint, Run, Workload};

/// Pieces a pattern may have.
const MOST_PIECES: usize = 1_000_000;

/// A straight piece: seconds of the run, level at its start, and change per second.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Piece {
    from: f64,
    to: f64,
    level: f64,
    slope: f64,
}

impl Piece {
    fn at(&self, secs: f64) -> f64 {
        (self.level + self.slope * (secs - self.from)).max(0.0)
    }

    /// Integral between two seconds of the piece.
    fn held(&self, from: f64, to: f64) -> f64 {
        (to - from) * f64::midpoint(self.at(from), self.at(to))
    }
}

/// The level in requests per second, or users, growth included. Second 0 is the start of the run; in the warm-up before
/// it the level of the start holds.
#[derive(Clone, Debug)]
pub(super) struct Level {
    pieces: Vec<Piece>,
    /// Beginning of the warm-up, seconds; not above 0.
    begins: f64,
    /// End of the run, seconds; pieces may go on beyond it for those who look ahead.
    end: f64,
}

fn hour_points(
    hours: &[f64],
    week: bool,
    run: &Run,
    until: f64,
) -> Result<Vec<RatePoint>, SimulateError> {
    let zone = if run.zone.is_empty() {
        Zone::utc()
    } else {
        Zone::named(&run.zone).map_err(|e| SimulateError::impossible("run.zone", format!("{e}")))?
    };
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
    let count = (until / 3600.0).ceil().clamp(0.0, MOST_PIECES as f64) as i64 + 3;
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

fn points(
    pattern: &Pattern,
    run: &Run,
    until: f64,
) -> Result<(Vec<RatePoint>, Interpolation), SimulateError> {
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
                point(at + lasts.max(0.0), *base),
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
            while *every > 0.0 && at < until && (to - level) * by > 0.0 {
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
        Pattern::Daily { hours } => (hour_points(hours, false, run, until)?, linear),
        Pattern::Weekly { hours } => (hour_points(hours, true, run, until)?, linear),
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
    /// From the beginning of the warm-up to `ahead` seconds after the end of the run.
    pub(super) fn new(workload: &Workload, run: &Run, ahead: f64) -> Result<Self, SimulateError> {
        let until = run.duration + ahead.max(0.0);
        let (points, interpolation) = points(&workload.pattern, run, until)?;
        let value = |level: f64| {
            let level = level * workload.growth;
            if level.is_finite() {
                level.max(0.0)
            } else {
                0.0
            }
        };
        let mut pieces = Vec::with_capacity(points.len() + 1);
        for (i, here) in points.iter().enumerate() {
            let next = points.get(i + 1);
            let from = here.at.max(0.0);
            let to = next.map_or(until, |n| n.at.min(until));
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
                level: value(here.level) + slope * (from - here.at),
                slope,
            });
        }
        let first = pieces.first().map_or_else(
            || points.last().map_or(0.0, |p| value(p.level)),
            |p| p.level,
        );
        let begins = pieces.first().map_or(until, |p| p.from);
        let warm_up = if run.warm_up.is_finite() {
            run.warm_up.max(0.0)
        } else {
            0.0
        };
        // Before the first point, and in the warm-up, its level.
        if begins > 0.0 || warm_up > 0.0 {
            pieces.insert(
                0,
                Piece {
                    from: -warm_up,
                    to: begins,
                    level: first,
                    slope: 0.0,
                },
            );
        }
        Ok(Self {
            pieces,
            begins: -warm_up,
            end: run.duration,
        })
    }

    /// Level at a second of the run.
    pub(super) fn at(&self, secs: f64) -> f64 {
        let next = self.pieces.partition_point(|p| p.from <= secs);
        self.pieces
            .get(next.saturating_sub(1))
            .map_or(0.0, |piece| piece.at(secs.clamp(piece.from, piece.to)))
    }

    /// Mean level between two seconds; `hint` is a piece that holds at the first or earlier, and is moved on to it.
    pub(super) fn mean(&self, from: f64, to: f64, hint: &mut usize) -> f64 {
        while *hint + 1 < self.pieces.len() && self.pieces.get(*hint).is_some_and(|p| p.to <= from)
        {
            *hint += 1;
        }
        let Some(piece) = self.pieces.get(*hint) else {
            return 0.0;
        };
        if to <= piece.to || *hint + 1 == self.pieces.len() {
            return piece.at(f64::midpoint(from, to).clamp(piece.from, piece.to));
        }
        let (mut over, mut secs) = (0.0, 0.0);
        for piece in self.pieces.iter().skip(*hint).take_while(|p| p.from < to) {
            let (from, to) = (from.max(piece.from), to.min(piece.to));
            over += piece.held(from, to);
            secs += to - from;
        }
        over / secs
    }

    /// Integral of the level over the warm-up and the run: requests to expect.
    pub(super) fn total(&self) -> f64 {
        self.pieces
            .iter()
            .filter(|p| p.from < self.end)
            .map(|p| p.held(p.from, p.to.min(self.end)))
            .sum()
    }

    /// Highest level of the warm-up and the run.
    pub(super) fn peak(&self) -> f64 {
        self.pieces
            .iter()
            .filter(|p| p.from < self.end)
            .map(|p| p.level.max(p.at(p.to.min(self.end))))
            .fold(0.0, f64::max)
    }
}

/// Where the arrivals have got to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Source {
    piece: usize,
    /// Seconds since the beginning of the warm-up.
    at: f64,
}

impl Source {
    /// The time, in seconds since the beginning of the warm-up, by which the integral of the level has grown by `need`
    /// since the last call; infinite when the run ends before.
    #[inline]
    pub(super) fn next(&mut self, level: &Level, mut need: f64) -> f64 {
        let begins = level.begins;
        while let Some(piece) = level.pieces.get(self.piece) {
            let to = piece.to.min(level.end);
            let at = self.at + begins;
            let rate = piece.at(at);
            let left = to - at;
            let held = if piece.slope.abs() > 0.0 {
                left * f64::midpoint(rate, piece.at(to))
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
                self.at = (self.at + forward).min(to - begins);
                return self.at;
            }
            if to >= level.end {
                break;
            }
            need -= held;
            self.at = to - begins;
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
        Level::new(&workload, run, 0.0).unwrap()
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
        assert!((ramp.at(25.0) - 5.0).abs() < 1e-9);
        assert!(ramp.at(-3.0).abs() < 1e-9);
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
        let spike = Level::new(&spike, &run, 0.0).unwrap();
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
        let error = Level::new(&short, &run, 0.0).unwrap_err().to_string();
        assert!(error.contains("24 are needed"), "{error}");
    }

    /// Who looks ahead sees the level after the run; nothing arrives there.
    #[test]
    fn the_run_ends_and_the_level_goes_on() {
        let run = Run {
            duration: 3600.0,
            ..Run::default()
        };
        let workload = Workload {
            pattern: Pattern::Steps {
                from: 1.0,
                by: 1.0,
                every: 1800.0,
                to: 9.0,
            },
            ..Workload::default()
        };
        let level = Level::new(&workload, &run, 3600.0).unwrap();
        assert!((level.at(6000.0) - 4.0).abs() < 1e-12);
        assert!((level.total() - 1800.0 * 3.0).abs() < 1e-9);
        assert!((level.peak() - 2.0).abs() < 1e-12);
        assert!(Source::default().next(&level, 5401.0).is_infinite());
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
        for (at, wanted) in [(-5.0, 4.0), (9.0, 4.0), (15.0, 6.0), (29.0, 8.0)] {
            assert!((points.at(at) - wanted).abs() < 1e-9, "{at}");
        }
        // 4 until the tenth second, 4 to 8 over ten more, then 8: means over spans that cross the joints.
        let mut hint = 0;
        for (from, to, wanted) in [
            (-5.0, 10.0, 4.0),
            (8.0, 12.0, 4.2),
            (12.0, 18.0, 6.0),
            (15.0, 25.0, 7.5),
            (26.0, 40.0, 8.0),
        ] {
            let mean = points.mean(from, to, &mut hint);
            assert!((mean - wanted).abs() < 1e-9, "{from} to {to}: {mean}");
        }
    }
}
