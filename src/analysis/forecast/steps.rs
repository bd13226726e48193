//! A series on the even grid that is forecast: civil days, hours, or its own steps. Gaps are cells without a value.
//!
//! A fine series is aggregated (SEMANTICS "Forecasts": the first passage of a noisy fine series is an artefact of its
//! sampling); a series that is daily or coarser is used as it is.

use super::bands::Bounds;
use super::grid::Grid;
use super::linear::median;
use super::plan::Effects;
use super::{Aggregate, ForecastError, ForecastParams, Horizon};
use crate::calendar::{Instant, TimeRange, Zone};
use crate::dataset::Series;
use crate::dataset::resample::{How, Step, resample};
use crate::units::{self, Micros};
use crate::warning::{WarningKind, Warnings};

/// Most steps a model is fitted on; older ones are left out with a warning.
const MAX_STEPS: usize = 20_000;
/// Longest horizon that is forecast by the hour.
const HOURLY_STEPS: usize = 72;
/// How far to look where nothing was said.
const DEFAULT_HORIZON: Micros = Micros(90 * Micros::DAY.0);

/// What a step is, for seasons and for the words that describe it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// A civil day.
    Day,
    /// An hour; seasons follow the civil clock.
    Hour,
    /// A month, or several.
    Month,
    /// Any other stretch of time.
    Other,
    /// A count without a calendar.
    Index,
}

/// A series on its grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Steps {
    pub(super) grid: Grid,
    zone: Zone,
    /// One cell a step, `None` where nothing was measured.
    pub values: Vec<Option<f64>>,
    /// What a step is.
    pub kind: StepKind,
    /// Usual length of a step.
    pub step: Micros,
    /// In words: `daily P95`.
    pub label: String,
    /// Steps at the ends that had too little data to be used; they still count as history.
    pub thin_ends: usize,
    /// Number of steps to look ahead.
    pub horizon: usize,
    /// The end of the data, or the "now" that was given.
    pub now: Instant,
    /// What is known to come on top of what the values say.
    pub effects: Effects,
    /// Usage in percent: no forecast goes below 0, although some values do.
    pub is_usage: bool,
}

impl Steps {
    /// A series by counted steps, for data without a calendar: one value a step, `Instant` in seconds.
    pub fn counted(first: i64, every: i64, values: Vec<Option<f64>>, horizon: usize) -> Self {
        let grid = Grid::Fixed {
            first: Instant::from_secs(first),
            every: Micros::from_secs(every.max(1)),
        };
        Self {
            now: grid.time(values.len()),
            grid,
            zone: Zone::utc(),
            values,
            kind: StepKind::Index,
            step: Micros::from_secs(every.max(1)),
            label: "steps as given".to_owned(),
            thin_ends: 0,
            horizon,
            effects: Effects::default(),
            is_usage: false,
        }
    }

    /// The steps from one on; the others still count as history.
    #[must_use]
    pub fn after(&self, index: usize) -> Self {
        let mut rest = drop_first(self.clone(), index);
        rest.thin_ends += index;
        rest
    }

    /// Start of a step; indices past the end are the future.
    pub fn time(&self, index: usize) -> Instant {
        self.grid.time(index)
    }

    /// Number of cells that hold a value.
    pub fn observed(&self) -> usize {
        self.values.iter().flatten().count()
    }

    /// What no forecast in this unit leaves.
    pub fn bounds(&self, unit: &str) -> Bounds {
        let found = Bounds::of(unit, &self.values);
        if self.is_usage {
            return Bounds {
                low: found.low.max(0.0),
                ..found
            };
        }
        found
    }

    /// The steps of the past in which instants lie.
    pub fn indices(&self, instants: &[Instant]) -> Vec<usize> {
        let mut found: Vec<usize> = instants
            .iter()
            .filter_map(|at| self.grid.index(*at))
            .filter(|index| *index < self.values.len())
            .collect();
        found.sort_unstable();
        found
    }

    /// The phase of a step within a season of `period` steps: by the civil clock for hours, by position otherwise.
    pub fn phase(&self, index: usize, period: usize) -> usize {
        let period = period.max(1);
        if self.kind == StepKind::Hour && (period == 24 || period == 168) {
            let civil = self.time(index).civil(&self.zone);
            let hour = usize::try_from(civil.hour()).unwrap_or(0);
            let day = usize::try_from(civil.date().weekday().to_monday_zero_offset()).unwrap_or(0);
            return (day * 24 + hour) % period;
        }
        index % period
    }

    /// Seasons that a series of this step may have, shortest first.
    pub fn natural_seasons(&self) -> Vec<usize> {
        match self.kind {
            StepKind::Day => vec![7],
            StepKind::Hour => vec![24, 168],
            StepKind::Month => {
                let months = (self.step.as_days() / 30.4).round().max(1.0) as usize;
                if months < 12 && 12 % months == 0 {
                    vec![12 / months]
                } else {
                    Vec::new()
                }
            }
            StepKind::Other => {
                if (6.9..7.1).contains(&self.step.as_days()) {
                    return vec![52];
                }
                let per_day = Micros::DAY.0 as f64 / self.step.0.max(1) as f64;
                if (1.5..=1_440.0).contains(&per_day) && (per_day - per_day.round()).abs() < 1e-9 {
                    vec![per_day as usize, per_day as usize * 7]
                } else {
                    Vec::new()
                }
            }
            StepKind::Index => vec![4, 7, 12, 24, 48, 52, 168, 336],
        }
    }

    /// A step's start as a person reads it, in the zone of the days.
    pub fn printed(&self, index: usize) -> String {
        self.printed_time(self.time(index))
    }

    /// An instant as a person reads it, to the minute where steps are shorter than a day.
    pub fn printed_time(&self, at: Instant) -> String {
        let pattern = if self.step.as_days() < 0.9 {
            "%Y-%m-%d %H:%M"
        } else {
            "%Y-%m-%d"
        };
        at.format(&self.zone, pattern)
    }

    /// The word for this many steps: `90 days`, `48 hours`.
    pub fn stretch(&self, steps: usize) -> String {
        let unit = match self.kind {
            StepKind::Day => "day",
            StepKind::Hour => "hour",
            StepKind::Month if self.step.as_days() < 40.0 => "month",
            StepKind::Month | StepKind::Index => "step",
            StepKind::Other => {
                return units::duration(Micros(self.step.0.saturating_mul(steps as i64)));
            }
        };
        let count = units::count(steps as u64);
        format!("{count} {unit}{}", if steps == 1 { "" } else { "s" })
    }
}

/// Puts a series on the grid that is forecast, and decides how many steps to look ahead.
pub fn prepare(
    series: &Series,
    params: &ForecastParams,
    warnings: &mut Warnings,
) -> Result<Steps, ForecastError> {
    let cut;
    let series = if let Some(now) = params.as_of {
        cut = series.within(TimeRange {
            start: Instant(i64::MIN),
            end: now.plus(Micros(1)),
        });
        &cut
    } else {
        series
    };
    let (Some(first), Some(last)) = (series.times.first().copied(), series.times.last().copied())
    else {
        return Err(ForecastError::Refused(
            "there are no points before the given time; choose a later --as-of or import more history"
                .to_owned(),
        ));
    };
    let now = params.as_of.unwrap_or(last);
    if series.times.len() < 4 {
        return Err(too_few(series.times.len()));
    }
    let own = own_step(series);
    let fine = own.is_some_and(|s| s.as_days() < 0.9);
    let span = Micros(last.since(first).0 + own.map_or(0, |s| s.0));
    let mut steps = if params.aggregate == Aggregate::None || !fine {
        as_it_is(series, own, params, now)?
    } else {
        let hourly_possible = own.is_some_and(|s| s.0 <= Micros::HOUR.0);
        let by_hour = hourly_possible
            && match params.horizon {
                Horizon::Time(t) => t.0 <= 3 * Micros::DAY.0,
                Horizon::Steps(n) => n <= HOURLY_STEPS,
                Horizon::Auto => span.as_days() < 7.0,
            };
        aggregated(series, by_hour, params, now, warnings)
    };
    let ahead = horizon_steps(&steps, params.horizon);
    steps.horizon = steps.grid.cells(steps.values.len(), ahead);
    if steps.values.len() > MAX_STEPS {
        let dropped = steps.values.len() - MAX_STEPS;
        warnings.add(
            WarningKind::Folded,
            format!(
                "only the last {} of {} steps are used",
                units::count(MAX_STEPS as u64),
                units::count(steps.values.len() as u64)
            ),
        );
        steps = drop_first(steps, dropped);
    }
    let cells = steps.values.len();
    let gaps = cells - steps.observed() - steps.grid.left_out(cells);
    if gaps > 0 {
        warnings.add_counted(
            WarningKind::Note,
            format!(
                "{gaps} of {} steps have no data; they are left out, not filled",
                steps.values.len()
            ),
            gaps as u64,
            None,
        );
    }
    Ok(steps)
}

/// The refusal of a series with too few points.
pub fn too_few(n: usize) -> ForecastError {
    ForecastError::Refused(format!(
        "{n} points are too few for a forecast: at least 4 steps are needed for a range, 14 for a backtest; \
         import more history or use finer steps (--aggregate none)"
    ))
}

/// The usual distance of the points, as the median of the differences.
fn own_step(series: &Series) -> Option<Micros> {
    let differences: Vec<f64> = series
        .times
        .windows(2)
        .filter_map(|pair| match pair {
            [a, b] => Some(b.since(*a).0 as f64),
            _ => None,
        })
        .filter(|d| *d > 0.0)
        .collect();
    median(&differences).map(|m| Micros(m as i64))
}

/// A series on the grid of its own step.
fn as_it_is(
    series: &Series,
    own: Option<Micros>,
    params: &ForecastParams,
    now: Instant,
) -> Result<Steps, ForecastError> {
    let step = own.filter(|s| s.0 > 0).ok_or_else(|| {
        ForecastError::Refused(
            "all points stand at one instant; a forecast needs points over time".to_owned(),
        )
    })?;
    let first = series.times.first().copied().unwrap_or_default();
    let zone = params.zone.clone();
    let days = step.as_days();
    let (grid, kind, label) = if (0.9..1.1).contains(&days) {
        let first = first.date(&zone);
        let grid = Grid::Days {
            first,
            every: 1,
            zone: zone.clone(),
        };
        (grid, StepKind::Day, "daily values")
    } else if days > 27.5 && (days / 30.44 - (days / 30.44).round()).abs() * 30.44 < 3.5 {
        let grid = Grid::Months {
            first: first.civil(&zone),
            every: (days / 30.44).round() as i32,
            zone: zone.clone(),
        };
        let label = if days < 40.0 {
            "monthly values"
        } else {
            "values as given"
        };
        (grid, StepKind::Month, label)
    } else if days > 1.5 && (days - days.round()).abs() < 0.1 {
        let grid = Grid::Days {
            first: first.date(&zone),
            every: days.round() as i32,
            zone: zone.clone(),
        };
        let label = if days.round() as i64 == 7 {
            "weekly values"
        } else {
            "values as given"
        };
        (grid, StepKind::Other, label)
    } else {
        let kind = if step == Micros::HOUR {
            StepKind::Hour
        } else {
            StepKind::Other
        };
        (
            Grid::hourly(first, step, &zone),
            kind,
            if kind == StepKind::Hour {
                "hourly values"
            } else {
                "values as given"
            },
        )
    };
    let mut values: Vec<Option<f64>> = Vec::new();
    for (at, value) in series.times.iter().zip(&series.values) {
        let Some(index) = grid.index(*at) else {
            continue;
        };
        if index > series.times.len().saturating_mul(50).saturating_add(1_000) {
            return Err(ForecastError::Refused(
                "the points are too unevenly spaced for a forecast as they are; use --aggregate p95, max or mean"
                    .to_owned(),
            ));
        }
        grid.put(&mut values, index, *value);
    }
    Ok(Steps {
        grid,
        zone,
        values,
        kind,
        step,
        label: label.to_owned(),
        thin_ends: 0,
        horizon: 0,
        now,
        effects: Effects::default(),
        is_usage: false,
    })
}

/// A fine series by civil days or by hours.
fn aggregated(
    series: &Series,
    by_hour: bool,
    params: &ForecastParams,
    now: Instant,
    warnings: &mut Warnings,
) -> Steps {
    let zone = params.zone.clone();
    let (how, word) = match params.aggregate {
        Aggregate::P95 => (How::P95, "P95"),
        Aggregate::Max => (How::Max, "peak"),
        Aggregate::Mean | Aggregate::None => (How::Mean, "mean"),
    };
    let (step, kind, length, adverb) = if by_hour {
        (Step::Hour, StepKind::Hour, Micros::HOUR, "hourly")
    } else {
        (Step::Day, StepKind::Day, Micros::DAY, "daily")
    };
    let resampled = resample(series, &zone, step, how);
    let first = resampled.starts.first().copied().unwrap_or_default();
    let grid = if by_hour {
        Grid::hourly(first, Micros::HOUR, &zone)
    } else {
        Grid::Days {
            first: first.date(&zone),
            every: 1,
            zone: zone.clone(),
        }
    };
    let mut values: Vec<Option<f64>> = Vec::new();
    for (start, value) in resampled.starts.iter().zip(&resampled.values) {
        let Some(index) = grid.index(*start) else {
            continue;
        };
        grid.put(&mut values, index, *value);
    }
    let end = grid.time(values.len());
    let thin_ends = resampled
        .dropped
        .iter()
        .filter(|t| **t < first || **t >= end)
        .count();
    if thin_ends > 0 {
        let unit = if by_hour { "hour" } else { "day" };
        warnings.add_counted(
            WarningKind::Note,
            format!("the first or last {unit} is covered by less than half and is left out"),
            thin_ends as u64,
            None,
        );
    }
    Steps {
        grid,
        zone,
        values,
        kind,
        step: length,
        label: format!("{adverb} {word}"),
        thin_ends,
        horizon: 0,
        now,
        effects: Effects::default(),
        is_usage: false,
    }
}

/// The same steps without the first `count`.
fn drop_first(mut steps: Steps, count: usize) -> Steps {
    if count == 0 {
        return steps;
    }
    steps.grid.drop_first(count);
    steps.values.drain(..count.min(steps.values.len()));
    steps.effects.drop_first(count);
    steps
}

fn horizon_steps(steps: &Steps, horizon: Horizon) -> usize {
    let by_time = |time: Micros| {
        let exact = time.0 as f64 / steps.step.0.max(1) as f64;
        ((exact - 1e-6).ceil()).max(1.0) as usize
    };
    match horizon {
        Horizon::Time(time) => by_time(time),
        Horizon::Steps(n) => n.max(1),
        Horizon::Auto => {
            let history = steps.values.len().max(1);
            let usual = match steps.kind {
                StepKind::Hour => HOURLY_STEPS,
                StepKind::Index => 28,
                _ => by_time(DEFAULT_HORIZON).max(12),
            };
            usual.min(history)
        }
    }
}
