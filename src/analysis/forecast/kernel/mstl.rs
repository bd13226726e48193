//! Decomposition into several seasons, a trend and a remainder: Bandara, Hyndman and Bergmeir (2021), "MSTL: A
//! seasonal-trend decomposition algorithm for time series with multiple seasonal patterns". Seasons are taken out one
//! after the other by STL, the shortest first, and refined in a second round.

use super::decompose::filled;
use super::stl::{Loess, Smooth, Stl};

/// The parts of a series: value = Σ seasonal + trend + remainder.
#[derive(Clone, Debug, PartialEq)]
pub struct MultiParts {
    /// The seasons that were used with their parts, the shortest first.
    pub seasonals: Vec<(usize, Vec<f64>)>,
    /// The slow part.
    pub trend: Vec<f64>,
    /// What neither explains; NaN where the value is missing.
    pub remainder: Vec<f64>,
}

impl MultiParts {
    /// All seasons at place `i`; past the end each repeats its last season.
    pub fn season(&self, i: usize) -> f64 {
        self.seasonals
            .iter()
            .map(|(period, part)| repeated(part, *period, i))
            .sum()
    }

    /// Share of the variance around the trend that the seasons explain (Wang, Smith and Hyndman 2006), 0..=1.
    pub fn strength(&self) -> f64 {
        let variance = |values: &[f64]| {
            let centre = super::numbers::mean(values).unwrap_or(0.0);
            let away: Vec<f64> = values.iter().map(|v| v - centre).collect();
            super::numbers::root_mean_square(&away).powi(2)
        };
        let both: Vec<f64> = self
            .remainder
            .iter()
            .enumerate()
            .map(|(i, r)| r + self.season(i))
            .collect();
        let all = variance(&both);
        if all > 0.0 {
            (1.0 - variance(&self.remainder) / all).max(0.0)
        } else {
            0.0
        }
    }
}

/// A seasonal part at place `i`; past the end it repeats its last season.
pub(super) fn repeated(part: &[f64], period: usize, i: usize) -> f64 {
    let n = part.len();
    let place = if i < n {
        i
    } else {
        n.saturating_sub(period) + (i - n) % period.max(1)
    };
    part.get(place).copied().unwrap_or(0.0)
}

/// How the seasons are looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Mstl {
    /// Seasons with the width of their smoothing in seasons.
    pub seasons: Vec<(usize, usize)>,
    /// Rounds over all seasons.
    pub rounds: usize,
    /// Whether wild values are weighted down.
    pub robust: bool,
    /// Whether every point is smoothed rather than one in ten of a window.
    pub every: bool,
}

impl Mstl {
    /// The usual windows: 11 for the shortest season, 15 for the next, and so on. Periods that do not fit
    /// twice into `n` values are left out.
    pub fn new(periods: &[usize], n: usize, robust: bool) -> Self {
        let mut fitting: Vec<usize> = periods
            .iter()
            .copied()
            .filter(|p| *p >= 2 && 2 * p <= n)
            .collect();
        fitting.sort_unstable();
        fitting.dedup();
        Self {
            rounds: if fitting.len() > 1 { 2 } else { 1 },
            seasons: fitting.into_iter().zip((11..).step_by(4)).collect(),
            robust,
            every: false,
        }
    }

    /// Takes a series apart; without a season only into trend and remainder. `None` where nothing was observed.
    pub fn decompose(&self, y: &[f64]) -> Option<MultiParts> {
        let n = y.len();
        let mut rest = y.to_vec();
        let mut seasonals: Vec<(usize, Vec<f64>)> = Vec::new();
        let mut trend = None;
        for round in 0..self.rounds.max(1) {
            for (which, (period, window)) in self.seasons.iter().enumerate() {
                if let Some((_, known)) = seasonals.get(which) {
                    rest.iter_mut().zip(known).for_each(|(r, s)| *r += s);
                }
                let mut stl = Stl::new(*period, *window, self.robust);
                if self.every {
                    stl.seasonal = stl.seasonal.every();
                    stl.trend = stl.trend.every();
                    stl.low_pass = stl.low_pass.every();
                }
                let parts = stl.decompose(&rest)?;
                rest.iter_mut()
                    .zip(&parts.seasonal)
                    .for_each(|(r, s)| *r -= s);
                if round == 0 {
                    seasonals.push((*period, parts.seasonal));
                } else if let Some((_, known)) = seasonals.get_mut(which) {
                    *known = parts.seasonal;
                }
                trend = Some(parts.trend);
            }
        }
        let trend = match trend {
            Some(trend) => trend,
            None => plain_trend(y)?,
        };
        let remainder = rest.iter().zip(&trend).map(|(r, t)| r - t).collect();
        debug_assert_eq!(trend.len(), n);
        Some(MultiParts {
            seasonals,
            trend,
            remainder,
        })
    }
}

/// Local lines over a third of a series without a season.
fn plain_trend(y: &[f64]) -> Option<Vec<f64>> {
    let whole = filled(y)?;
    let weights: Vec<f64> = y
        .iter()
        .map(|v| f64::from(u8::from(v.is_finite())))
        .collect();
    let mut trend = Vec::new();
    let smooth = Smooth::over(y.len() / 3, 1);
    Loess::default().smooth(&whole, smooth, Some(&weights), &mut trend);
    Some(trend)
}

/// The seasons of a series together, wild values weighted down; 0 throughout where no period fits. `None` where nothing
/// was observed.
pub(super) fn robust_season(y: &[f64], periods: &[usize]) -> Option<Vec<f64>> {
    let mut settings = Mstl::new(periods, y.len(), true);
    settings.rounds = 1;
    if settings.seasons.is_empty() {
        return Some(vec![0.0; y.len()]);
    }
    let parts = settings.decompose(y)?;
    Some((0..y.len()).map(|i| parts.season(i)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_seasons(n: usize) -> Vec<f64> {
        (0..n)
            .map(|i| {
                let day = [0.0, 4.0, 1.0, -5.0][i % 4];
                let week = [2.0, 0.0, 0.0, 1.0, -3.0, 0.0, 0.0][(i / 4) % 7];
                50.0 + 0.01 * i as f64 + day + week
            })
            .collect()
    }

    #[test]
    fn two_seasons_are_told_apart_and_repeat() {
        let y = two_seasons(28 * 8);
        let parts = Mstl::new(&[28, 4], y.len(), false).decompose(&y).unwrap();
        assert_eq!(
            parts.seasonals.iter().map(|s| s.0).collect::<Vec<_>>(),
            [4, 28]
        );
        assert!(parts.strength() > 0.99);
        assert!(parts.remainder.iter().all(|r| r.abs() < 0.3));
        let next = two_seasons(28 * 9);
        for (i, value) in next.iter().enumerate().skip(y.len()) {
            let trend = 50.0 + 0.01 * i as f64;
            assert!((trend + parts.season(i) - value).abs() < 0.5, "{i}");
        }
    }

    #[test]
    fn without_a_season_the_trend_is_left() {
        let y: Vec<f64> = (0..60).map(|i| 2.0 * f64::from(i)).collect();
        let parts = Mstl::new(&[40], 60, false).decompose(&y).unwrap();
        assert!(parts.seasonals.is_empty());
        assert!(parts.remainder.iter().all(|r| r.abs() < 1e-9));
        assert_eq!(parts.strength(), 0.0);
    }
}
