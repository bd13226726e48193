//! How fast a series grows in 30 days by its forecast, over whole seasons, so that a part of the week or of the year is
//! not taken for growth.

use super::StepKind;
use super::model::{Fitted, Slope};
use super::steps::Steps;
use crate::units::Micros;

/// The stretch that growth is told for.
const MONTH: f64 = 30.0;
/// Mean length of a calendar month in days.
const CALENDAR_MONTH: f64 = 365.25 / 12.0;

/// What the growth is taken from.
#[derive(Debug)]
pub struct Question<'a> {
    /// The series.
    pub steps: &'a Steps,
    /// Its longest season in steps; 1 where there is none.
    pub season: usize,
    /// The first step after the last change of level or trend.
    pub since: usize,
    /// Steps of the past that are not to be looked at, rising.
    pub odd: &'a [usize],
    /// The expected value of the first step ahead.
    pub level: Option<f64>,
}

/// Growth per 30 days in the unit of the series; 0 where the model has no trend, `None` where a horizon and the past
/// before it are too short to tell growth from a season, or where steps have no calendar.
pub fn growth(fitted: &Fitted, question: &Question<'_>) -> Option<f64> {
    let steps = question.steps;
    if steps.kind == StepKind::Index {
        return None;
    }
    let per_month = MONTH / step_days(steps);
    let growth = match fitted.slope() {
        Slope::Steady(slope) if fitted.is_logarithmic() => {
            question.level? * (slope * per_month).exp_m1()
        }
        Slope::Steady(slope) => slope * per_month,
        Slope::Curve(centre) => {
            let ahead = centre.get(..steps.horizon).unwrap_or(centre);
            let month = (per_month.ceil() as usize).max(1);
            slope(&known(question), ahead, question.season.max(1), month)? * per_month
        }
    };
    growth.is_finite().then_some(growth)
}

/// Mean length of a step in days.
fn step_days(steps: &Steps) -> f64 {
    let days = steps.step.0.max(1) as f64 / Micros::DAY.0 as f64;
    if steps.kind == StepKind::Month {
        (days / CALENDAR_MONTH).round().max(1.0) * CALENDAR_MONTH
    } else {
        days
    }
}

/// The past since the last change, without odd steps.
fn known(question: &Question<'_>) -> Vec<Option<f64>> {
    let is_odd = |index: &usize| question.odd.binary_search(index).is_ok();
    let values = question.steps.values.iter().enumerate();
    values
        .skip(question.since)
        .map(|(index, v)| v.filter(|_| !is_odd(&index)))
        .collect()
}

/// Mean change a step: from the first season ahead to the last where two lie ahead, otherwise from the season that ends with
/// the forecast back by whole seasons, at least a month where the past is that long.
fn slope(past: &[Option<f64>], ahead: &[f64], season: usize, month: usize) -> Option<f64> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    if ahead.len() >= 2 * season {
        let far = ahead.len() - season;
        return Some((mean(ahead.get(far..)?) - mean(ahead.get(..season)?)) / far as f64);
    }
    if season == 1 {
        return None;
    }
    let known: Vec<Option<f64>> = past
        .iter()
        .copied()
        .chain(ahead.iter().copied().map(Some))
        .collect();
    let last = known.len().checked_sub(season)?;
    let back = month.div_ceil(season).min(last / season) * season;
    if back == 0 {
        return None;
    }
    let changes: Vec<f64> = known
        .iter()
        .zip(known.iter().skip(back))
        .skip(last - back)
        .filter_map(|(a, b)| Some((*b)? - (*a)?))
        .collect();
    // With less than half a season the few steps would speak for all.
    (2 * changes.len() >= season).then(|| mean(&changes) / back as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tenth more each step, and a season that is much larger.
    fn value(i: usize, season: usize) -> f64 {
        let phase = std::f64::consts::TAU * (i % season) as f64 / season as f64;
        100.0 + 0.1 * i as f64 + 40.0 * phase.sin()
    }

    #[test]
    fn a_season_is_not_growth_however_short_the_horizon() {
        for (season, month) in [(7, 30), (12, 1), (24, 720), (168, 720)] {
            let n = 6 * season;
            let past: Vec<Option<f64>> = (0..n).map(|i| Some(value(i, season))).collect();
            for horizon in [1, season / 2, season, 2 * season - 1, 3 * season] {
                let ahead: Vec<f64> = (n..n + horizon).map(|i| value(i, season)).collect();
                let found = slope(&past, &ahead, season, month).unwrap();
                assert!((found - 0.1).abs() < 1e-9, "{season} {horizon}: {found}");
            }
        }
    }

    #[test]
    fn gaps_are_bridged_and_too_little_says_nothing() {
        let mut past: Vec<Option<f64>> = (0..60).map(|i| Some(value(i, 12))).collect();
        past[57] = None;
        let ahead = [value(60, 12)];
        let found = slope(&past, &ahead, 12, 1).unwrap();
        assert!((found - 0.1).abs() < 1e-9, "{found}");
        assert_eq!(slope(&past[50..], &ahead, 12, 1), None);
        assert_eq!(slope(&past, &ahead, 1, 1), None);
        past[20..].fill(None);
        assert_eq!(slope(&past, &ahead, 12, 1), None);
    }
}
