//! Which models are asked: few plain ones where nothing repeats, more where a season gives them something to differ in.
//!
//! Chosen for diversity: a combination gains most from members that are wrong in different ways (Lichtendahl and
//! Winkler 2020, "Why do some combinations perform better than others?").

use super::super::Fit;
use super::super::arima::{fit_arima, fit_arima_average};
use super::super::ces::fit_ces;
use super::super::decompose::{filled, is_seasonal};
use super::super::decomposed::{Inner, fit_decomposed};
use super::super::double_seasonal::fit_double_seasonal;
use super::super::ets::{fit_ets, fit_ets_average};
use super::super::harmonic::fit_harmonic;
use super::super::profile::fit_profile;
use super::super::recurrence::recurrence;
use super::super::theta::{Variant, fit_theta};
use super::trial::Maker;

/// A constructor that takes all seasons.
type BySeasons = fn(&[f64], &[usize]) -> Option<Box<dyn Fit>>;

/// Longest season of the models that estimate a start value for each of its phases.
const LONGEST_STATE: usize = 24;
/// Longest season of ARIMA, whose differences need none: the weeks of a year.
const LONGEST_DIFFERENCE: usize = 52;

/// Without a season, complex smoothing is asked from so many values on; on short series it goes astray (M3 competition).
const MANY: usize = 100;
/// The probability of harmonics that strong without a season, below which one is believed.
const BELIEVED: f64 = 0.05;

/// The models to ask about a series with these seasons, shortest first. Seasons of which two do not fit are left out;
/// where the autocorrelation shows none, the models that cannot do without one are not asked, but for a decomposition where
/// the harmonics show one: a season that is small beside the way of the level.
pub fn makers(values: &[f64], periods: &[usize]) -> Vec<Maker<'static>> {
    let fitting: Vec<usize> = periods
        .iter()
        .copied()
        .filter(|p| *p > 1 && 2 * p <= values.len())
        .collect();
    let (Some(short), Some(long)) = (fitting.first().copied(), fitting.last().copied()) else {
        let mut all: Vec<Maker<'static>> = vec![
            Box::new(|y| fit_ets_average(y, 1)),
            theta(1, Variant::DynamicOptimised),
            Box::new(|y| fit_arima_average(y, 1)),
        ];
        if values.len() >= MANY {
            all.push(Box::new(|y| fit_ces(y, 1)));
        }
        return all;
    };
    let state = if short <= LONGEST_STATE { short } else { 1 };
    let mut all: Vec<Maker<'static>> = vec![
        Box::new(move |y| fit_ets(y, state)),
        theta(short, Variant::Optimised),
        Box::new(move |y| fit_ces(y, short)),
    ];
    let with = |fit: BySeasons| -> Maker<'static> {
        let periods = fitting.clone();
        Box::new(move |y| fit(y, &periods))
    };
    let decomposed = with(|y, p| fit_decomposed(y, p, Inner::Theta));
    let whole = filled(values).unwrap_or_default();
    if !fitting.iter().any(|p| is_seasonal(&whole, *p)) {
        all.push(theta(short, Variant::DynamicOptimised));
        if fitting.iter().any(|p| recurs(&whole, *p, &fitting)) {
            all.push(decomposed);
        }
        return all;
    }
    let difference = if short <= LONGEST_DIFFERENCE {
        short
    } else {
        1
    };
    all.push(Box::new(move |y| fit_arima_average(y, difference)));
    if long > short {
        all.push(theta(long, Variant::DynamicOptimised));
    }
    all.extend([
        decomposed,
        with(|y, p| fit_decomposed(y, p, Inner::Autoregression)),
        with(fit_double_seasonal),
        with(fit_harmonic),
        with(fit_profile),
    ]);
    all
}

/// Whether the harmonics of a season stand out, beyond the shorter ones of `all` that it contains.
fn recurs(values: &[f64], period: usize, all: &[usize]) -> bool {
    let shorter = |p: &&usize| **p < period && period.is_multiple_of(**p);
    let within: Vec<usize> = all.iter().filter(shorter).copied().collect();
    recurrence(values, period, &within).is_some_and(|found| found.p < BELIEVED)
}

/// Families that can be asked for by name.
pub const FAMILIES: [&str; 8] = [
    "ets",
    "theta",
    "arima",
    "ces",
    "decomposition",
    "double seasonal",
    "harmonic",
    "profile",
];

/// The models of one family, by its name in [`FAMILIES`]. Those that need a season have no answer without one.
pub fn family(name: &str, values: &[f64], periods: &[usize]) -> Option<Maker<'static>> {
    let fitting: Vec<usize> = periods
        .iter()
        .copied()
        .filter(|p| *p > 1 && 2 * p <= values.len())
        .collect();
    let short = fitting.first().copied().unwrap_or(1);
    Some(match name {
        "ets" => {
            let state = if short <= LONGEST_STATE { short } else { 1 };
            Box::new(move |y| fit_ets(y, state))
        }
        "theta" => theta(short, Variant::DynamicOptimised),
        "arima" => {
            let season = if short <= LONGEST_DIFFERENCE {
                short
            } else {
                1
            };
            Box::new(move |y| fit_arima(y, season))
        }
        "ces" => Box::new(move |y| fit_ces(y, short)),
        "decomposition" => Box::new(move |y| fit_decomposed(y, &fitting, Inner::Ets)),
        "double seasonal" => Box::new(move |y| fit_double_seasonal(y, &fitting)),
        "harmonic" => Box::new(move |y| fit_harmonic(y, &fitting)),
        "profile" => Box::new(move |y| fit_profile(y, &fitting)),
        _ => return None,
    })
}

fn theta(period: usize, variant: Variant) -> Maker<'static> {
    Box::new(move |y| fit_theta(y, period, variant).map(|fit| -> Box<dyn Fit> { Box::new(fit) }))
}
