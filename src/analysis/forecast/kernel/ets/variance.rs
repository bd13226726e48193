//! The standard deviation of forecast errors of the family by formula: chapter 6 of the book.

use super::filter::Smoothing;
use super::{Member, Season, Trend};

/// Standard deviations at each step. `points` are the forecasts, `base` those without the season; `period` is 0
/// without one. Classes 1 and 2 are exact (tables 6.1 and 6.2), class 3 is the approximation of section 6.4 for small
/// errors.
pub(super) fn spread(
    member: Member,
    p: Smoothing,
    period: usize,
    sigma: f64,
    points: &[f64],
    base: &[f64],
) -> Vec<f64> {
    let multiplicative_season = member.season == Season::Multiplicative;
    // What an error of one step adds to the forecast j steps later; of the level and slope alone where the season
    // multiplies them.
    let mut power = 1.0;
    let mut reach = 0.0;
    let carried: Vec<f64> = (1..points.len())
        .map(|j| {
            if member.trend != Trend::None {
                power *= p.phi;
                reach += power;
            }
            let season = if period > 0 && !multiplicative_season && j.is_multiple_of(period) {
                p.gamma
            } else {
                0.0
            };
            p.alpha + p.beta * reach + season
        })
        .collect();
    let mut largest = 0.0_f64;
    let mut keep = |variance: f64| {
        largest = largest.max(variance.max(0.0).sqrt());
        largest
    };
    if !member.multiplicative_error {
        let mut sum = 1.0;
        return std::iter::once(&0.0)
            .chain(&carried)
            .take(points.len())
            .map(|c| {
                sum += c * c;
                keep(sigma * sigma * sum)
            })
            .collect();
    }
    let means = if multiplicative_season { base } else { points };
    let square = sigma * sigma;
    let mut theta: Vec<f64> = Vec::with_capacity(means.len());
    for mean in means {
        let back = theta
            .iter()
            .rev()
            .zip(&carried)
            .map(|(t, c)| c * c * t)
            .sum::<f64>();
        theta.push(mean * mean + square * back);
    }
    theta
        .iter()
        .zip(means)
        .zip(points)
        .enumerate()
        .map(|(k, ((theta, mean), point))| {
            if multiplicative_season {
                let rounds = i32::try_from(k / period.max(1)).unwrap_or(i32::MAX);
                let seasons = (1.0 + p.gamma * p.gamma * square).powi(rounds);
                let figure = if *mean == 0.0 { 0.0 } else { point / mean };
                keep(figure * figure * (theta * (1.0 + square) * seasons - mean * mean))
            } else {
                keep(theta * (1.0 + square) - mean * mean)
            }
        })
        .collect()
}
