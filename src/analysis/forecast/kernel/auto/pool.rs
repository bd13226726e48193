//! Which models are asked: few plain ones where nothing repeats, more where a season gives them something to differ in.
//!
//! Chosen for diversity: a combination gains most from members that are wrong in different ways (Lichtendahl and
//! Winkler 2020, "Why do some combinations perform better than others?").

use super::super::Fit;
use super::super::ces::fit_ces;
use super::super::decompose::{filled, is_seasonal};
use super::super::decomposed::{Inner, fit_decomposed};
use super::super::double_seasonal::fit_double_seasonal;
use super::super::ets::fit_ets;
use super::super::harmonic::fit_harmonic;
use super::super::profile::fit_profile;
use super::super::theta::{Variant, fit_theta};
use super::trial::Maker;

/// Longest season of the models that estimate a start value for each of its phases.
const LONGEST_STATE: usize = 24;

/// The models to ask about a series with these seasons, shortest first. Seasons of which two do not fit, and seasons
/// that the autocorrelation does not show, are left to the models without one.
pub fn makers(values: &[f64], periods: &[usize]) -> Vec<Maker<'static>> {
    let fitting: Vec<usize> = periods
        .iter()
        .copied()
        .filter(|p| *p > 1 && 2 * p <= values.len())
        .collect();
    let whole = filled(values).unwrap_or_default();
    let shown = fitting.iter().any(|p| is_seasonal(&whole, *p));
    let (Some(short), Some(long), true) = (fitting.first(), fitting.last(), shown) else {
        return vec![
            Box::new(|y| fit_ets(y, 1)),
            theta(1, Variant::DynamicOptimised),
        ];
    };
    let (short, long) = (*short, *long);
    let state = if short <= LONGEST_STATE { short } else { 1 };
    let mut all: Vec<Maker<'static>> = vec![
        Box::new(move |y| fit_ets(y, state)),
        theta(short, Variant::Optimised),
        Box::new(move |y| fit_ces(y, short)),
    ];
    if long > short {
        all.push(theta(long, Variant::DynamicOptimised));
    }
    let with = |fit: fn(&[f64], &[usize]) -> Option<Box<dyn Fit>>| -> Maker<'static> {
        let periods = fitting.clone();
        Box::new(move |y| fit(y, &periods))
    };
    all.extend([
        with(|y, p| fit_decomposed(y, p, Inner::Theta)),
        with(|y, p| fit_decomposed(y, p, Inner::Autoregression)),
        with(fit_double_seasonal),
        with(fit_harmonic),
        with(fit_profile),
    ]);
    all
}

fn theta(period: usize, variant: Variant) -> Maker<'static> {
    Box::new(move |y| {
        fit_theta(y, period, variant).map(|fit| -> Box<dyn Fit> { Box::new(fit) })
    })
}
