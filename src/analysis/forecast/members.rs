//! The models that a combination asks: those of the kernel's pool on values without outliers, one that forgets what was
//! before the last change, and others for series with a nature of their own: mostly zero, kept between bounds, growing
//! towards a cap. The last two stand against the combination and take its place where they clearly win on the past.

use super::backtest::Past;
use super::bands::Bounds;
use super::kernel::Fit;
use super::kernel::auto::{self, Combination, Maker, NORMAL, Question};
use super::kernel::bounded::fit_bounded;
use super::kernel::ets::{fit_ets, fit_ets_average};
use super::kernel::growth::fit_growth;
use super::kernel::intermittent::{Demand, fit_demand};
use super::kernel::outliers::{Tamed, tame};
use super::kernel::since::fit_since;
use super::metrics::mean;
use super::remarks::is_mostly_zero;

/// A model takes the place of the combination only with less than this share of its error in both halves of the past.
const CLEARLY: f64 = 0.97;
/// Longest season that exponential smoothing estimates a start value for each phase of.
const LONGEST_STATE: usize = 24;
/// Bounds and caps are compared with the combination on so many values at least. On shorter histories the comparison chose
/// caps that did not hold (M3 competition: the yearly error was 6 % larger).
const COMPARED: usize = 80;

/// Names of the families here, as `--model` takes them beside those of the kernel's pool.
pub const FAMILIES: [&str; 4] = ["croston", "tsb", "bounded", "logistic growth"];

/// The end of the name of the model that forgets what was before the last change.
pub const SINCE: &str = "since the change";

/// What is asked about a series, and which of its values are outliers.
#[derive(Debug)]
pub struct Asking<'a> {
    past: &'a Past<'a>,
    values: &'a [f64],
    periods: &'a [usize],
    /// Place of the last change; 0 where there is none.
    change: usize,
    tamed: Option<Tamed>,
    mostly_zero: bool,
}

impl<'a> Asking<'a> {
    /// About the newest values of a past, whose `first` steps come before them.
    pub fn of(past: &'a Past<'a>, values: &'a [f64], periods: &'a [usize], first: usize) -> Self {
        let mostly_zero = past.seasonality.factors.is_empty()
            && past.bounds.low >= 0.0
            && is_mostly_zero(past.values);
        Self {
            // Of a series that is mostly zero the rare values are what it is about.
            tamed: if mostly_zero {
                None
            } else {
                tame(values, periods)
            },
            change: past.start(past.values.len()).saturating_sub(first),
            past,
            values,
            periods,
            mostly_zero,
        }
    }

    /// Whether size and frequency are smoothed apart, because most values are zero.
    pub fn is_mostly_zero(&self) -> bool {
        self.mostly_zero
    }

    /// The places of the outliers, rising.
    pub fn outliers(&self) -> &[usize] {
        self.tamed.as_ref().map_or(&[], |t| &t.outliers)
    }

    /// A model that sees the values without their outliers.
    fn tamed(&self, maker: Maker<'static>) -> Maker<'a> {
        match &self.tamed {
            Some(tamed) => {
                let values = tamed.values.clone();
                Box::new(move |_| maker(&values))
            }
            None => maker,
        }
    }

    /// All that suit the series.
    pub fn makers(&self) -> Vec<Maker<'a>> {
        if self.mostly_zero {
            return vec![
                demand(Demand::SyntetosBoylan),
                demand(Demand::TeunterSyntetosBabai),
                Box::new(|y| fit_ets_average(y, 1)),
            ];
        }
        let mut makers: Vec<Maker<'a>> = auto::makers(self.values, self.periods)
            .into_iter()
            .map(|maker| self.tamed(maker))
            .collect();
        makers.extend(self.since_the_change());
        makers
    }

    fn since_the_change(&self) -> Option<Maker<'a>> {
        let (change, season) = (self.change, self.state());
        let known = self.past.shortest_piece(self.past.values.len());
        (change > 0).then(|| {
            self.tamed(Box::new(move |y| {
                fit_since(y, change, known, |y| fit_ets(y, season))
            }))
        })
    }

    /// One family by its name.
    pub fn family(&self, name: &str) -> Option<Maker<'a>> {
        let bounds = self.past.bounds;
        let season = self.state();
        Some(match name {
            SINCE => self.since_the_change()?,
            "croston" => demand(Demand::SyntetosBoylan),
            "tsb" => demand(Demand::TeunterSyntetosBabai),
            "bounded" => self.tamed(Box::new(move |y| bounded(y, bounds, season))),
            "logistic growth" => self.tamed(Box::new(move |y| growth(y, bounds))),
            _ => self.tamed(auto::family(name, self.values, self.periods)?),
        })
    }

    fn state(&self) -> usize {
        let shortest = self.periods.iter().copied().filter(|p| *p > 1).min();
        shortest.filter(|p| *p <= LONGEST_STATE).unwrap_or(1)
    }

    /// The best model that knows the bounds of the series, where they matter and it clearly beats a combination.
    pub fn better(&self, question: Question<'_>, than: &Combination) -> Option<Combination> {
        let observed = self.values.iter().filter(|v| v.is_finite()).count();
        if self.mostly_zero || observed < COMPARED {
            return None;
        }
        let bounds = self.past.bounds;
        let leaves = than.centre.iter().zip(&than.ranges.size).any(|(mu, sd)| {
            let half = sd * than.ranges.factor95 * NORMAL.1;
            mu - half < bounds.low || mu + half > bounds.high
        });
        let mut names = Vec::new();
        if leaves {
            names.push("bounded");
        }
        if self.past.seasonality.factors.is_empty() {
            names.push("logistic growth");
        }
        names
            .into_iter()
            .filter_map(|name| Combination::of(question, &[self.family(name)?]))
            .filter(|other| beats(other, than))
            .min_by(|a, b| error(a, |_| true).total_cmp(&error(b, |_| true)))
    }
}

fn demand(model: Demand) -> Maker<'static> {
    Box::new(move |y| fit_demand(y, model).map(|fit| -> Box<dyn Fit> { Box::new(fit) }))
}

fn bounded(y: &[f64], bounds: Bounds, season: usize) -> Option<Box<dyn Fit>> {
    let high = Some(bounds.high).filter(|h| h.is_finite());
    if !bounds.low.is_finite() {
        return None;
    }
    fit_bounded(y, bounds.low, high, |open| fit_ets(open, season))
}

fn growth(y: &[f64], bounds: Bounds) -> Option<Box<dyn Fit>> {
    if bounds.high.is_finite() {
        // A cap above the bound is none.
        let capped = fit_growth(y, Some(bounds.high));
        let free = fit_growth(y, None).filter(|fit| {
            let far = fit.ahead(y.len());
            far.iter().all(|v| *v <= bounds.high)
        });
        return free.or(capped);
    }
    fit_growth(y, None)
}

/// Mean absolute error on the past from the origins that count.
fn error(combination: &Combination, counts: impl Fn(usize) -> bool) -> f64 {
    let held = combination.held.iter().filter(|h| counts(h.origin));
    let errors: Vec<f64> = held.map(|h| (h.actual - h.centre).abs()).collect();
    mean(&errors).unwrap_or(f64::INFINITY)
}

/// Whether one did clearly better in the older and in the newer half of the past.
fn beats(one: &Combination, other: &Combination) -> bool {
    let mut origins: Vec<usize> = other.held.iter().map(|h| h.origin).collect();
    origins.dedup();
    let Some(middle) = origins.get(origins.len() / 2).copied() else {
        return false;
    };
    let in_half = |newer: bool| {
        let counts = |origin: usize| (origin >= middle) == newer;
        error(one, counts) < CLEARLY * error(other, counts)
    };
    in_half(false) && in_half(true)
}

#[cfg(test)]
mod tests {
    use super::super::noise::Noise;
    use super::super::season::Seasonality;
    use super::*;

    fn wobble(i: usize) -> f64 {
        f64::from(((i * 7_919) % 101) as u32) / 101.0 - 0.5
    }

    fn ask<T>(values: &[f64], unit: &str, then: impl FnOnce(&Asking<'_>) -> T) -> T {
        let optional: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
        let seasonality = Seasonality {
            main: 1,
            ..Seasonality::default()
        };
        let past = Past {
            values: &optional,
            seasonality: &seasonality,
            bounds: Bounds::of(unit, &optional),
            struck: &[],
        };
        then(&Asking::of(&past, values, &[], 0))
    }

    fn names(asking: &Asking<'_>, values: &[f64]) -> Vec<String> {
        let fits = asking.makers().into_iter().filter_map(|m| m(values));
        fits.map(|f| f.name()).collect()
    }

    #[test]
    fn a_series_that_is_mostly_zero_is_asked_for_size_and_chance() {
        let y: Vec<f64> = (0..80)
            .map(|i| if i % 5 == 0 { 3.0 + wobble(i) } else { 0.0 })
            .collect();
        ask(&y, "", |asking| {
            let names = names(asking, &y);
            assert!(
                names.iter().any(|n| n == "CrostonSBA") && names.iter().any(|n| n == "TSB"),
                "{names:?}"
            );
            assert!(asking.is_mostly_zero() && asking.outliers().is_empty());
        });
    }

    #[test]
    fn growth_towards_a_cap_takes_the_place_of_the_combination() {
        let curve = |t: f64| 400.0 / (1.0 + (-0.07 * (t - 60.0)).exp());
        let y: Vec<f64> = (0..110)
            .map(|i| curve(f64::from(i)) + wobble(i as usize))
            .collect();
        ask(&y, "GiB", |asking| {
            let question = Question {
                values: &y,
                season: 1,
                horizon: 40,
            };
            let plain = Combination::of(question, &asking.makers()).unwrap();
            let better = asking.better(question, &plain).unwrap();
            assert_eq!(better.members[0].name, "Logistic growth");
            assert!((better.centre[39] - curve(149.0)).abs() < 5.0);
        });
        let line: Vec<f64> = (0..110)
            .map(|i| 50.0 + 0.5 * i as f64 + 3.0 * wobble(i))
            .collect();
        ask(&line, "GiB", |asking| {
            let question = Question {
                values: &line,
                season: 1,
                horizon: 40,
            };
            let plain = Combination::of(question, &asking.makers()).unwrap();
            assert!(asking.better(question, &plain).is_none());
        });
    }

    #[test]
    fn a_change_brings_a_model_that_forgets_and_an_outlier_is_hidden_from_all() {
        let mut noise = Noise::seeded(4);
        let mut y: Vec<f64> = (0..120)
            .map(|i| noise.normal() + if i < 70 { 20.0 } else { 45.0 })
            .collect();
        y[30] += 40.0;
        ask(&y, "", |asking| {
            assert_eq!(asking.outliers(), [30]);
            let names = names(asking, &y);
            assert!(
                names.iter().any(|n| n.ends_with("since the change")),
                "{names:?}"
            );
        });
    }
}
