//! What the models say about a series and said about its past, and what follows from it.

use super::trial::{Maker, Trial, origins};
use super::{Held, NORMAL, Ranges, naive, standard, weigh};

/// A horizon is far where it is at least the history over this, on histories of so many steps.
const FAR: usize = 4;
const LONG: usize = 100;

/// What every series is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The past on an even grid; NaN where nothing was measured.
    pub values: &'a [f64],
    /// The season that the naive baseline uses; 1 where there is none.
    pub season: usize,
    /// Steps to look ahead.
    pub horizon: usize,
}

/// What each model says, and said.
#[derive(Clone, Debug)]
pub struct Evidence<'a> {
    /// The question.
    pub question: Question<'a>,
    /// The models that could be asked.
    pub trials: Vec<Trial>,
    /// Where they were tried from.
    origins: Vec<usize>,
    /// What repeating the last season would have said.
    naive: Trial,
}

impl<'a> Evidence<'a> {
    /// Asks all models. `None` without a value.
    pub fn gather(question: Question<'a>, makers: &[Maker<'_>]) -> Option<Self> {
        let Question {
            values,
            season,
            horizon,
        } = question;
        let origins = origins(values.len(), horizon, season);
        let naive = naive::trial(values, season, &origins, horizon)?;
        let trials = makers
            .iter()
            .filter_map(|maker| Trial::of(maker, values, &origins, horizon))
            .collect();
        Some(Self {
            question,
            trials,
            origins,
            naive,
        })
    }

    /// Number of steps of the past that were forecast.
    pub fn tried(&self) -> usize {
        let first = self.origins.first().copied().unwrap_or(0);
        self.question.values.len().saturating_sub(first)
    }

    /// Mean absolute errors and weights of the models from the origins whose places are given.
    fn weights_of(&self, places: &[usize]) -> (Vec<f64>, Vec<f64>) {
        let values = self.question.values;
        let errors = weigh::errors(&self.trials, values, &self.origins, places);
        let tried = if self.takes_median() { 0 } else { self.tried() };
        let mut weights = weigh::weights(&errors, tried);
        if self.looks_far() {
            weigh::trim(&errors, &mut weights);
        }
        (errors, weights)
    }

    /// Whether a long history is looked ahead from so far that small differences between models grow large.
    fn looks_far(&self) -> bool {
        let known = self.question.values.len();
        !self.takes_median() && known >= LONG && self.question.horizon * FAR >= known
    }

    /// Whether the median of the models is taken; they then have equal weights.
    fn takes_median(&self) -> bool {
        self.question.season <= 1
    }

    /// What the models say together.
    fn together(&self, said: impl Iterator<Item = f64>, weights: &[f64]) -> f64 {
        if self.takes_median() {
            weigh::median(said)
        } else {
            weigh::blend(said, weights)
        }
    }

    /// Mean absolute errors and weights of the models from all origins.
    pub fn weights(&self) -> (Vec<f64>, Vec<f64>) {
        let all: Vec<usize> = (0..self.origins.len()).collect();
        self.weights_of(&all)
    }

    /// The combination of the future.
    pub fn ahead(&self, weights: &[f64]) -> Vec<f64> {
        (0..self.question.horizon)
            .map(|j| {
                let said = self.trials.iter().map(|t| at(&t.ahead, j));
                self.together(said, weights)
            })
            .collect()
    }

    /// The values that came after an origin, as far as the horizon.
    fn after(&self, origin: usize) -> &[f64] {
        let held = self.question.values.get(origin..).unwrap_or_default();
        held.get(..self.question.horizon).unwrap_or(held)
    }

    /// Errors of the combination from each origin, each with the weights that the other half of the origins gives: the
    /// folds that choose are not the folds that calibrate.
    pub fn held_out(&self) -> Vec<Vec<f64>> {
        let middle = self.origins.len() / 2;
        let older: Vec<usize> = (0..middle).collect();
        let newer: Vec<usize> = (middle..self.origins.len()).collect();
        let from_older = self.weights_of(&older).1;
        let from_newer = self.weights_of(&newer).1;
        self.origins
            .iter()
            .enumerate()
            .map(|(place, origin)| {
                let weights = if place < middle {
                    &from_newer
                } else {
                    &from_older
                };
                let held = self.after(*origin).iter().enumerate();
                held.map(|(j, actual)| {
                    let said = self.trials.iter().map(|t| t.said(place, j));
                    actual - self.together(said, weights)
                })
                .collect()
            })
            .collect()
    }

    /// The models' own spread of the combination: the mean of theirs, and how far they are apart.
    fn spread(&self, weights: &[f64]) -> Vec<f64> {
        self.ahead(weights)
            .iter()
            .enumerate()
            .map(|(j, centre)| {
                let own = self.trials.iter().map(|t| at(&t.spread, j));
                let apart = self
                    .trials
                    .iter()
                    .map(|t| (at(&t.ahead, j) - centre).powi(2));
                (weigh::blend(own, weights).powi(2) + weigh::blend(apart, weights)).sqrt()
            })
            .collect()
    }

    fn observed(&self) -> usize {
        let values = self.question.values.iter();
        values.filter(|v| v.is_finite()).count()
    }

    /// What the errors from each origin are multiplied by, to be errors at the level of today.
    fn growth(&self) -> Vec<f64> {
        let Question {
            values,
            season,
            horizon,
        } = self.question;
        standard::growth(values, &self.origins, season, horizon)
    }

    /// Errors of the past at the level of today.
    pub fn at_today(&self, past: &[Vec<f64>]) -> Vec<Vec<f64>> {
        standard::at_today(past, &self.growth())
    }

    /// Ranges of the combination from its errors on the past.
    pub fn ranges(&self, past: &[Vec<f64>], weights: &[f64]) -> Ranges {
        let past = self.at_today(past);
        Ranges::of(&past, &self.spread(weights), self.tried(), self.observed())
    }

    /// The past as it was forecast: each half of the origins with the ranges that the other half gives.
    pub fn judged(&self, past: &[Vec<f64>], weights: &[f64]) -> Vec<Held> {
        let growth = self.growth();
        let today = standard::at_today(past, &growth);
        let (older, newer) = today.split_at(today.len() / 2);
        let spread = self.spread(weights);
        let by =
            |errors: &[Vec<f64>]| Ranges::of(errors, &spread, self.tried() / 2, self.observed());
        let (from_older, from_newer) = (by(older), by(newer));
        let mut all = Vec::new();
        for (place, (origin, errors)) in self.origins.iter().zip(past).enumerate() {
            let ranges = if place < older.len() {
                &from_newer
            } else {
                &from_older
            };
            for (j, (actual, error)) in self.after(*origin).iter().zip(errors).enumerate() {
                if !error.is_finite() {
                    continue;
                }
                let size = at(&ranges.size, j) / growth.get(place).copied().unwrap_or(1.0);
                all.push(Held {
                    origin: *origin,
                    actual: *actual,
                    centre: actual - error,
                    naive: self.naive.said(place, j),
                    half: (
                        size * ranges.factor80 * NORMAL.0,
                        size * ranges.factor95 * NORMAL.1,
                    ),
                });
            }
        }
        all
    }
}

/// The value of a step; 0 where there is none.
fn at(values: &[f64], step: usize) -> f64 {
    values.get(step).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::super::super::Fit;
    use super::*;

    struct Says(f64);

    impl Fit for Says {
        fn name(&self) -> String {
            self.0.to_string()
        }

        fn ahead(&self, h: usize) -> Vec<f64> {
            vec![self.0; h]
        }

        fn spread(&self, h: usize) -> Vec<f64> {
            vec![1.0; h]
        }

        fn from_origins(&self, origins: &[usize], h: usize) -> Vec<Vec<f64>> {
            origins.iter().map(|_| self.ahead(h)).collect()
        }

        fn residuals(&self) -> &[f64] {
            &[]
        }
    }

    /// Three models of which one was nearly right on the past: without a season the one in the middle, with a season
    /// close to the one that was right.
    #[test]
    fn without_a_season_the_median_is_taken() {
        let values: Vec<f64> = (0..60).map(|i| 10.0 + f64::from(i % 4)).collect();
        let makers: Vec<Maker<'_>> = [11.5, 14.0, 16.0]
            .into_iter()
            .map(|level| -> Maker<'_> { Box::new(move |_| Some(Box::new(Says(level)))) })
            .collect();
        let centre = |season: usize| {
            let question = Question {
                values: &values,
                season,
                horizon: 3,
            };
            let evidence = Evidence::gather(question, &makers).unwrap();
            let weights = evidence.weights().1;
            (evidence.ahead(&weights)[0], weights)
        };
        let (middle, equal) = centre(1);
        assert!((middle - 14.0).abs() < 1e-12, "{middle}");
        assert!(equal.iter().all(|w| (w - 1.0 / 3.0).abs() < 1e-12));
        let (weighted, weights) = centre(4);
        assert!(
            weights[0] > 0.6 && weighted < 12.9,
            "{weighted} {weights:?}"
        );
    }
}
