//! First guesses of the state before the first value (section 2.6.1 of the book): the season by decomposition, level
//! and slope by a straight line through the first values without their season.

use super::super::decompose::{Kind, line, seasonal};
use super::Season;
use super::filter::State;

/// A first guess and the typical error of one step.
#[derive(Clone, Debug)]
pub(super) struct Guess {
    pub state: State,
    pub unit: f64,
}

/// The season by phase where the series is too short for moving averages: what is left of a straight line, averaged.
fn short_season(y: &[f64], period: usize, kind: Kind) -> Vec<f64> {
    let (intercept, slope) = line(y);
    let mut sums = vec![(0.0, 0.0); period];
    for (i, value) in y.iter().enumerate() {
        let on_line = intercept + slope * (i as f64 + 1.0);
        let part = if kind == Kind::Additive {
            value - on_line
        } else {
            value / on_line
        };
        if let (Some((sum, count)), true) = (sums.get_mut(i % period), part.is_finite()) {
            *sum += part;
            *count += 1.0;
        }
    }
    let none = if kind == Kind::Additive { 0.0 } else { 1.0 };
    sums.iter()
        .map(|(sum, count)| if *count > 0.0 { sum / count } else { none })
        .collect()
}

/// The guess for a kind of season. `y` has no gaps; a multiplicative season needs positive values.
pub(super) fn guess(y: &[f64], season: Season, period: usize) -> Option<Guess> {
    let kind = match season {
        Season::Additive => Some(Kind::Additive),
        Season::Multiplicative => Some(Kind::Multiplicative),
        Season::None => None,
    };
    let figures = match kind {
        Some(kind) if y.len() >= 3 * period => seasonal(y, period, kind)?,
        Some(kind) => short_season(y, period, kind),
        None => vec![0.0; super::filter::block(season, period, y.len())],
    };
    if kind == Some(Kind::Multiplicative) && figures.iter().any(|s| *s <= 0.01) {
        return None;
    }
    let adjusted: Vec<f64> = y
        .iter()
        .zip(figures.iter().cycle())
        .map(|(value, s)| {
            if kind == Some(Kind::Multiplicative) {
                value / s
            } else {
                value - s
            }
        })
        .collect();
    let reach = if kind.is_some() {
        (2 * period).max(10)
    } else {
        10
    };
    let early = adjusted.get(..reach.min(adjusted.len()))?;
    let (mut level, mut slope) = line(early);
    // A steep line may start below zero where no value is.
    if early.iter().all(|v| *v > 0.0) && level + slope.min(0.0) <= 0.1 * early.first()? {
        (level, slope) = (*early.first()?, 0.0);
    }
    let changes = adjusted
        .windows(2)
        .filter_map(|w| w.last().zip(w.first()))
        .map(|(b, a)| (b - a).abs());
    let unit = changes.sum::<f64>() / adjusted.len().saturating_sub(1).max(1) as f64;
    let size = y.iter().map(|v| v.abs()).sum::<f64>() / y.len().max(1) as f64;
    let state = State {
        level,
        slope,
        season: figures,
    };
    Some(Guess {
        state,
        unit: unit.max(1e-6 * size).max(f64::MIN_POSITIVE),
    })
}
