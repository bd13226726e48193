//! Seasons: which there may be, and whether the data show them: where steps have a civil clock by a partial F test of one
//! level a phase, on values whose slow level was taken out, elsewhere by their harmonics (`cycles`).

use super::StepKind;
use super::cycles;
use super::linear::{Design, least_squares, partial_f_test};
use super::steps::Steps;
use crate::units::Micros;

/// Significance below which a season is tried at all, shared among the seasons that are tested. The backtest decides.
const SIGNIFICANCE: f64 = 0.01;
/// Longest season with one coefficient a phase.
const MAX_PERIOD: usize = 400;

/// A repeating pattern with one level a phase.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    /// In words: `weekday`, `hour of day`, `season of 12`.
    pub name: String,
    /// Its length in steps.
    pub period: usize,
    /// Number of phases.
    pub levels: usize,
    /// The phase of each step, future steps included.
    pub phases: Vec<usize>,
}

impl Seasonality {
    /// The longest season in use.
    pub fn longest(&self) -> usize {
        self.factors
            .iter()
            .map(|f| f.period)
            .max()
            .unwrap_or(self.main)
            .max(self.main)
    }
}

impl Factor {
    fn new(steps: &Steps, total: usize, period: usize) -> Self {
        let name = match (steps.kind, period) {
            (StepKind::Day, 7) => "weekday".to_owned(),
            (StepKind::Hour, 24) => "hour of day".to_owned(),
            (StepKind::Hour, 168) => "hour of week".to_owned(),
            (StepKind::Month, 12) => "month of year".to_owned(),
            _ => format!("season of {period}"),
        };
        Self {
            name,
            period,
            levels: period,
            phases: (0..total).map(|i| steps.phase(i, period)).collect(),
        }
    }

    /// The long season in blocks of the short one: the weekday within a week of hours.
    fn blocks(long: &Self, short: usize) -> Self {
        let levels = long.period / short.max(1);
        Self {
            name: if long.period == 168 && short == 24 {
                "weekday".to_owned()
            } else {
                format!("block of {}", long.period)
            },
            period: long.period,
            levels,
            phases: long.phases.iter().map(|p| p / short.max(1)).collect(),
        }
    }
}

/// The seasons of a series: the factors that passed the test, and the sets of factors worth trying.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seasonality {
    /// All factors in use.
    pub factors: Vec<Factor>,
    /// Sets of factors (indices) for one regression; the empty set is not among them.
    pub sets: Vec<Vec<usize>>,
    /// The season that the seasonal naive baseline and the scale of MASE use; 1 where there is none.
    pub main: usize,
    /// Sentences on what was tested.
    pub notes: Vec<String>,
}

/// Finds the seasons of a series. `given` seasons are tried without a test, but still need two full periods.
pub fn find(steps: &Steps, start: usize, given: &[usize], total: usize) -> Seasonality {
    let observed = steps
        .values
        .iter()
        .skip(start)
        .filter(|v| v.is_some())
        .count();
    let natural;
    let tested = if given.is_empty() {
        natural = steps.natural_seasons();
        &natural
    } else {
        given
    };
    let mut periods: Vec<usize> = tested
        .iter()
        .copied()
        .filter(|p| (2..=MAX_PERIOD).contains(p) && observed >= 2 * p)
        .collect();
    periods.sort_unstable();
    periods.dedup();
    if given.is_empty() && matches!(steps.kind, StepKind::Index | StepKind::Other) {
        return counted(steps, start, total, &periods);
    }
    // A calendar season is the yardstick even where the data do not show it.
    let mut found = Seasonality {
        main: periods.first().copied().unwrap_or(1),
        ..Seasonality::default()
    };
    let mut kept: Vec<Factor> = Vec::new();
    let threshold = SIGNIFICANCE / periods.len().max(1) as f64;
    for period in periods {
        let factor = Factor::new(steps, total, period);
        let within = kept.iter().rfind(|f| period % f.period == 0);
        let Some(p) = significance(steps, start, &factor, within) else {
            continue;
        };
        if given.is_empty() && p >= threshold {
            found.notes.push(format!(
                "no {} pattern (F test, p = {})",
                factor.name,
                probability(p)
            ));
        } else {
            found.notes.push(shown(&factor, p));
            kept.push(factor);
        }
    }
    combine(&mut found, kept);
    found
}

/// Seasons without a civil clock, by their harmonics. Steps within a day have the day as their yardstick even where the
/// data do not show it.
fn counted(steps: &Steps, start: usize, total: usize, periods: &[usize]) -> Seasonality {
    let values: Vec<f64> = steps
        .values
        .iter()
        .skip(start)
        .map(|v| v.unwrap_or(f64::NAN))
        .collect();
    let cycles = cycles::find(&values, periods);
    let within_a_day = steps.kind != StepKind::Index && steps.step < Micros::DAY;
    let yardstick = periods.first().filter(|_| within_a_day);
    let main = cycles.first().map(|c| c.period).or(yardstick.copied());
    let mut found = Seasonality {
        main: main.unwrap_or(1),
        ..Seasonality::default()
    };
    let factors = cycles.iter().map(|cycle| {
        let factor = Factor::new(steps, total, cycle.period);
        found.notes.push(shown(&factor, cycle.p));
        factor
    });
    let factors = factors.collect();
    combine(&mut found, factors);
    found
}

/// A season that the data show, in words.
fn shown(factor: &Factor, p: f64) -> String {
    let p = if p < 0.001 {
        "< 0.001".to_owned()
    } else {
        format!("= {}", probability(p))
    };
    format!("{} pattern (F test, p {p})", factor.name)
}

fn probability(p: f64) -> String {
    format!("{p:.3}")
}

fn combine(found: &mut Seasonality, kept: Vec<Factor>) {
    let single = kept.len();
    found.factors = kept;
    found.sets = (0..single).map(|i| vec![i]).collect();
    for short in 0..single {
        for long in short + 1..single {
            let (Some(a), Some(b)) = (found.factors.get(short), found.factors.get(long)) else {
                continue;
            };
            if b.period % a.period == 0 && b.period / a.period > 1 {
                let blocks = Factor::blocks(b, a.period);
                found.sets.push(vec![short, found.factors.len()]);
                found.factors.push(blocks);
            } else {
                found.sets.push(vec![short, long]);
            }
        }
    }
}

/// One row a value with a level a phase, and those values: on values whose slow level (of `window` steps) was taken out.
/// `None` where a phase was seen less than twice.
fn design(
    steps: &Steps,
    start: usize,
    factor: &Factor,
    window: usize,
) -> Option<(Design, Vec<f64>)> {
    let detrended = without_slow_level(&steps.values, start, window);
    let mut design = Design {
        width: factor.levels,
        rows: Vec::new(),
    };
    let mut y = Vec::new();
    let mut seen = vec![0_usize; factor.levels];
    for (value, phase) in detrended.iter().zip(&factor.phases) {
        let Some(value) = value else {
            continue;
        };
        *seen.get_mut(*phase)? += 1;
        design.rows.push(if *phase == 0 {
            vec![(0, 1.0)]
        } else {
            vec![(0, 1.0), (*phase, 1.0)]
        });
        y.push(*value);
    }
    seen.iter().all(|n| *n >= 2).then_some((design, y))
}

/// The p value of a season beyond the shorter one `within` it (beyond a constant where there is none): the hours of a
/// week always explain what the hours of a day do, so only what they add counts.
fn significance(
    steps: &Steps,
    start: usize,
    factor: &Factor,
    within: Option<&Factor>,
) -> Option<f64> {
    let (large, y) = design(steps, start, factor, factor.period)?;
    let small = if let Some(shorter) = within {
        design(steps, start, shorter, factor.period)?.0
    } else {
        Design {
            width: 1,
            rows: y.iter().map(|_| vec![(0, 1.0)]).collect(),
        }
    };
    let small = least_squares(&small, &y, None)?;
    let large = least_squares(&large, &y, None)?;
    Some(partial_f_test(&small, &large))
}

/// Each value less the mean of one period around it: trend and shifts of level go, the season stays.
pub fn without_slow_level(values: &[Option<f64>], start: usize, period: usize) -> Vec<Option<f64>> {
    let mut sums = Vec::with_capacity(values.len() + 1);
    let mut total = (0.0, 0_usize);
    sums.push(total);
    for (i, value) in values.iter().enumerate() {
        if let Some(v) = value.filter(|_| i >= start) {
            total = (total.0 + v, total.1 + 1);
        }
        sums.push(total);
    }
    let half = period / 2;
    values
        .iter()
        .enumerate()
        .map(|(i, value)| {
            let value = (*value)?;
            if i < start {
                return None;
            }
            // A window of exactly one period, shifted inwards at the ends.
            let last_start = values.len().saturating_sub(period).max(start);
            let from = i.saturating_sub(half).clamp(start, last_start);
            let to = (from + period).min(values.len());
            let (a, b) = (sums.get(from)?, sums.get(to)?);
            let n = b.1 - a.1;
            (n * 2 > period).then(|| value - (b.0 - a.0) / n as f64)
        })
        .collect()
}

/// The values less the median of their phase (after the slow level was taken out), for finding changes of level.
pub fn deseasonalised(values: &[Option<f64>], factor: Option<&Factor>) -> Vec<Option<f64>> {
    let Some(factor) = factor else {
        return values.to_vec();
    };
    let residual = without_slow_level(values, 0, factor.period);
    let mut by_phase: Vec<Vec<f64>> = vec![Vec::new(); factor.levels];
    for (value, phase) in residual.iter().zip(&factor.phases) {
        if let (Some(value), Some(list)) = (value, by_phase.get_mut(*phase)) {
            list.push(*value);
        }
    }
    let levels: Vec<f64> = by_phase
        .iter()
        .map(|list| super::linear::median(list).unwrap_or(0.0))
        .collect();
    values
        .iter()
        .zip(&factor.phases)
        .map(|(value, phase)| value.map(|v| v - levels.get(*phase).copied().unwrap_or(0.0)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::noise::Noise;
    use super::*;

    fn daily(n: usize, f: impl Fn(usize) -> f64, seed: u64) -> Steps {
        let mut noise = Noise::seeded(seed);
        let values = (0..n).map(|i| Some(f(i) + noise.normal())).collect();
        let mut steps = Steps::counted(0, 86_400, values, 7);
        steps.kind = StepKind::Day;
        steps
    }

    #[test]
    fn a_weekly_pattern_is_found_and_noise_is_not() {
        let weekly = daily(120, |i| if i % 7 < 5 { 100.0 } else { 90.0 }, 1);
        let found = find(&weekly, 0, &[], 150);
        assert_eq!(found.sets, vec![vec![0]]);
        assert_eq!(found.factors[0].name, "weekday");
        let false_alarms = (0..100)
            .filter(|seed| {
                let plain = daily(120, |i| i as f64 * 0.1, 100 + seed);
                !find(&plain, 0, &[], 150).sets.is_empty()
            })
            .count();
        assert!(false_alarms <= 5, "{false_alarms}");
    }

    #[test]
    fn the_season_of_counted_steps_is_guessed() {
        let mut noise = Noise::seeded(5);
        let values = (0..600)
            .map(|i| Some(f64::from(i % 24) + 0.5 * noise.normal()))
            .collect();
        let steps = Steps::counted(1, 1, values, 48);
        let found = find(&steps, 0, &[], 648);
        assert_eq!(found.main, 24);
        let given = find(&steps, 0, &[24, 168], 648);
        assert_eq!(given.sets, vec![vec![0], vec![1], vec![0, 2]]);
        assert_eq!(given.factors[2].levels, 7);
    }
}
