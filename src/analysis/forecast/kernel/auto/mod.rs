//! The automatic forecast of one series: several models, each tried from earlier origins of this very series, combined
//! by what they were worth there, with ranges from the errors the combination made there.

mod naive;
pub mod pool;
pub mod ranges;
pub mod trial;
pub mod weigh;

use ranges::Ranges;
use trial::{Maker, Trial};
use weigh::Recipe;

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

/// The evidence on a series: what each model says, and said.
#[derive(Clone, Debug)]
pub struct Evidence<'a> {
    /// The question.
    pub question: Question<'a>,
    /// The models that could be asked.
    pub trials: Vec<Trial>,
    /// Where they were tried from.
    pub origins: Vec<usize>,
    /// What repeating the last season would have said.
    pub naive: Trial,
}

impl<'a> Evidence<'a> {
    /// Asks all models.
    pub fn gather(question: Question<'a>, makers: &[Maker<'_>]) -> Option<Self> {
        let Question {
            values,
            season,
            horizon,
        } = question;
        let origins = trial::origins(values.len(), horizon, season);
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

    /// Mean absolute error of each model on the folds `used`, by the place of their origin.
    pub fn errors(&self, used: &[usize]) -> Vec<f64> {
        weigh::errors(&self.trials, self.question.values, &self.origins, used)
    }

    /// Weights from all folds.
    pub fn weights(&self, recipe: Recipe) -> Vec<f64> {
        let all: Vec<usize> = (0..self.origins.len()).collect();
        weigh::weights(&self.errors(&all), recipe)
    }

    /// The combination of the future by weights.
    pub fn ahead(&self, weights: &[f64]) -> Vec<f64> {
        (0..self.question.horizon)
            .map(|j| {
                let said = self
                    .trials
                    .iter()
                    .map(|t| t.ahead.get(j).copied().unwrap_or(0.0));
                weigh::blend(said, weights)
            })
            .collect()
    }

    /// Errors of the combination on each fold, each with the weights that the other half of the past gives: the folds
    /// that choose are not the folds that calibrate.
    pub fn held_out(&self, recipe: Recipe) -> Vec<Vec<f64>> {
        let middle = self.origins.len() / 2;
        let by =
            |used: Vec<usize>| -> Vec<f64> { weigh::weights(&self.errors(&used), recipe) };
        let from_older = by((0..middle).collect());
        let from_newer = by((middle..self.origins.len()).collect());
        self.origins
            .iter()
            .enumerate()
            .map(|(place, origin)| {
                let weights = if place < middle {
                    &from_newer
                } else {
                    &from_older
                };
                let held = self.question.values.get(*origin..).unwrap_or_default();
                held.iter()
                    .take(self.question.horizon)
                    .enumerate()
                    .map(|(j, actual)| {
                        let said = self.trials.iter().map(|t| t.said(place, j));
                        actual - weigh::blend(said, weights)
                    })
                    .collect()
            })
            .collect()
    }

    /// The models' own spread of the combination: the mean of theirs, and how far they are apart.
    pub fn spread(&self, weights: &[f64]) -> Vec<f64> {
        let ahead = self.ahead(weights);
        ahead
            .iter()
            .enumerate()
            .map(|(j, centre)| {
                let own = self
                    .trials
                    .iter()
                    .map(|t| t.spread.get(j).copied().unwrap_or(0.0));
                let apart = self
                    .trials
                    .iter()
                    .map(|t| (t.ahead.get(j).copied().unwrap_or(0.0) - centre).powi(2));
                (weigh::blend(own, weights).powi(2) + weigh::blend(apart, weights)).sqrt()
            })
            .collect()
    }

    /// Ranges of the combination.
    pub fn ranges(&self, recipe: Recipe, weights: &[f64], shape: &ranges::Shape) -> Ranges {
        let first = self.origins.first().copied().unwrap_or(0);
        let tried = self.question.values.len() - first;
        Ranges::of(&self.held_out(recipe), &self.spread(weights), tried, shape)
    }
}
