//! The level of the workload over the run: its pattern in points, times growth.

use crate::calendar::{Instant, Zone};
use crate::scenario::SimulateError;
use crate::scenario::model::{Interpolation, Pattern, RatePoint, Run, Workload};

/// Points of a pattern with steps.
const MOST_POINTS: usize = 1_000_000;

/// Points by time (seconds from the start of the run), and what lies between them.
#[derive(Clone, Debug)]
pub(super) struct Level {
    points: Vec<RatePoint>,
    linear: bool,
}

impl Level {
    pub(super) fn new(workload: &Workload, run: &Run) -> Result<Self, SimulateError> {
        let point = |at, level| RatePoint { at, level };
        let (mut points, linear) = match &workload.pattern {
            Pattern::Constant { level } => (vec![point(0.0, *level)], false),
            Pattern::Ramp { from, to, over } if *over > 0.0 => {
                (vec![point(0.0, *from), point(*over, *to)], true)
            }
            Pattern::Ramp { to, .. } => (vec![point(0.0, *to)], false),
            Pattern::Spike {
                base,
                peak,
                at,
                lasts,
            } => (
                vec![
                    point(f64::NEG_INFINITY, *base),
                    point(*at, *peak),
                    point(at + lasts.max(0.0), *base),
                ],
                false,
            ),
            Pattern::Steps {
                from,
                by,
                every,
                to,
            } => (stairs(*from, *by, *every, *to, run.duration), false),
            Pattern::Daily { hours } => (hourly(hours, 1, run)?, true),
            Pattern::Weekly { hours } => (hourly(hours, 7, run)?, true),
            Pattern::Points {
                points,
                interpolation,
            } => {
                let mut sorted = points.clone();
                sorted.sort_by(|a, b| a.at.total_cmp(&b.at));
                (sorted, *interpolation == Interpolation::Linear)
            }
            other => {
                return Err(SimulateError::Pending {
                    what: other.pending().unwrap_or_default(),
                });
            }
        };
        for point in &mut points {
            let level = point.level * workload.growth;
            point.level = if level.is_finite() {
                level.max(0.0)
            } else {
                0.0
            };
        }
        Ok(Self { points, linear })
    }

    /// Level at a time; `hint` is the point that held at an earlier one.
    pub(super) fn at(&self, secs: f64, hint: &mut usize) -> f64 {
        while self
            .points
            .get(*hint + 1)
            .is_some_and(|next| next.at <= secs)
        {
            *hint += 1;
        }
        match (self.points.get(*hint), self.points.get(*hint + 1)) {
            (Some(here), Some(next)) if self.linear && secs > here.at && next.at > here.at => {
                here.level + (next.level - here.level) * (secs - here.at) / (next.at - here.at)
            }
            (Some(here), _) => here.level,
            (None, _) => 0.0,
        }
    }

    /// Highest level.
    pub(super) fn peak(&self) -> f64 {
        self.points.iter().map(|p| p.level).fold(0.0, f64::max)
    }

    /// Integral of the level over the run and the warm-up before it, to a step's precision.
    pub(super) fn total(&self, run: &Run) -> f64 {
        let count = (run.duration / run.step.max(1e-3))
            .ceil()
            .clamp(1.0, 100_000.0);
        let step = run.duration / count;
        let mut hint = 0;
        let sum: f64 = (0..count as u32)
            .map(|i| self.at((f64::from(i) + 0.5) * step, &mut hint) * step)
            .sum();
        sum + self.at(0.0, &mut 0) * run.warm_up.max(0.0)
    }
}

fn stairs(from: f64, by: f64, every: f64, to: f64, duration: f64) -> Vec<RatePoint> {
    let mut points = vec![RatePoint {
        at: 0.0,
        level: from,
    }];
    let (mut at, mut level) = (0.0, from);
    while every > 0.0 && at < duration && (to - level) * by > 0.0 && points.len() < MOST_POINTS {
        at += every;
        level = if by > 0.0 {
            (level + by).min(to)
        } else {
            (level + by).max(to)
        };
        points.push(RatePoint { at, level });
    }
    points
}

/// The middle of every hour of the run, with the level of that hour of the day or week in the run's zone.
fn hourly(hours: &[f64], days: usize, run: &Run) -> Result<Vec<RatePoint>, SimulateError> {
    let zone = if run.zone.is_empty() {
        Zone::utc()
    } else {
        Zone::named(&run.zone)
            .map_err(|error| SimulateError::impossible("run.zone", error.to_string()))?
    };
    if hours.len() != days * 24 {
        return Err(SimulateError::impossible(
            "workload.pattern.hours",
            format!(
                "{} levels are given; {} are needed, one for each hour",
                hours.len(),
                days * 24
            ),
        ));
    }
    let start = Instant(run.start_micros);
    let civil = start.civil(&zone);
    let first = 1800.0 - f64::from(civil.minute()) * 60.0 - f64::from(civil.second()) - 3600.0;
    let count = (run.duration / 3600.0).ceil().clamp(0.0, 1e6) as u32 + 3;
    Ok((0..count)
        .filter_map(|hour| {
            let at = first + f64::from(hour) * 3600.0;
            let there = Instant(start.0.saturating_add((at * 1e6) as i64)).civil(&zone);
            let day = if days > 1 {
                there.weekday().to_monday_zero_offset() as usize
            } else {
                0
            };
            let level = *hours.get(day * 24 + there.hour() as usize)?;
            Some(RatePoint { at, level })
        })
        .collect())
}
