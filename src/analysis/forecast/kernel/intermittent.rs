//! Demand that is mostly zero: its size and its frequency are smoothed apart.
//!
//! Croston (1972), Operational Research Quarterly 23; the correction of Syntetos and Boylan (2005), International
//! Journal of Forecasting 21; the chance of demand instead of the time between, Teunter, Syntetos and Babai (2011),
//! European Journal of Operational Research 214. The smoothing parameters are those of the smallest squared errors.

use super::Fit;

/// Which of the models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// Size over time between demands.
    Croston,
    /// Croston's without its bias.
    SyntetosBoylan,
    /// Size times chance of demand; falls while there is none.
    TeunterSyntetosBabai,
}

/// A fitted model of intermittent demand.
#[derive(Clone, Debug)]
pub struct DemandFit {
    model: Demand,
    y: Vec<f64>,
    size_smoothing: f64,
    rate_smoothing: f64,
    /// Before the first value.
    start: State,
    residuals: Vec<f64>,
    sigma: f64,
}

#[derive(Clone, Copy, Debug)]
struct State {
    size: f64,
    /// Time between demands, or chance of demand.
    rate: f64,
    /// Steps since the last demand.
    waited: f64,
}

impl DemandFit {
    fn level(&self, state: &State) -> f64 {
        match self.model {
            Demand::Croston => state.size / state.rate,
            Demand::SyntetosBoylan => (1.0 - 0.5 * self.rate_smoothing) * state.size / state.rate,
            Demand::TeunterSyntetosBabai => state.size * state.rate,
        }
    }

    fn step(&self, state: &mut State, value: f64) {
        if value.is_nan() {
            return;
        }
        let demanded = value > 0.0;
        if demanded {
            state.size += self.size_smoothing * (value - state.size);
        }
        if self.model == Demand::TeunterSyntetosBabai {
            state.rate += self.rate_smoothing * (f64::from(u8::from(demanded)) - state.rate);
        } else if demanded {
            state.rate += self.rate_smoothing * (state.waited - state.rate);
            state.waited = 1.0;
        } else {
            state.waited += 1.0;
        }
    }

    fn run(&mut self) {
        let mut state = self.start;
        let mut residuals = Vec::with_capacity(self.y.len());
        for value in &self.y {
            residuals.push(value - self.level(&state));
            self.step(&mut state, *value);
        }
        let known = residuals.iter().filter(|r| !r.is_nan());
        let (squares, count) =
            known.fold((0.0, 0usize), |(sum, count), r| (sum + r * r, count + 1));
        self.sigma = (squares / count.saturating_sub(2).max(1) as f64).sqrt();
        self.residuals = residuals;
    }
}

/// Fits a model of intermittent demand. `None` for values below zero, or fewer than two above it.
pub fn fit_demand(y: &[f64], model: Demand) -> Option<DemandFit> {
    let y: Vec<f64> = y
        .iter()
        .map(|v| if v.is_finite() { *v } else { f64::NAN })
        .collect();
    let demands: Vec<f64> = y.iter().copied().filter(|v| *v > 0.0).collect();
    let known = y.iter().filter(|v| !v.is_nan()).count();
    if demands.len() < 2 || y.iter().any(|v| *v < 0.0) {
        return None;
    }
    let chance = demands.len() as f64 / known as f64;
    let size = demands.iter().sum::<f64>() / demands.len() as f64;
    let rate = if model == Demand::TeunterSyntetosBabai {
        chance
    } else {
        1.0 / chance
    };
    let start = State {
        size,
        rate,
        waited: 1.0,
    };
    let grid = [0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3];
    let mut fit = DemandFit {
        model,
        y,
        size_smoothing: 0.1,
        rate_smoothing: 0.1,
        start,
        residuals: Vec::new(),
        sigma: 0.0,
    };
    let mut best = (f64::INFINITY, fit.size_smoothing, fit.rate_smoothing);
    for size_smoothing in grid {
        for rate_smoothing in grid {
            (fit.size_smoothing, fit.rate_smoothing) = (size_smoothing, rate_smoothing);
            fit.run();
            if fit.sigma < best.0 {
                best = (fit.sigma, size_smoothing, rate_smoothing);
            }
        }
    }
    (_, fit.size_smoothing, fit.rate_smoothing) = best;
    fit.run();
    best.0.is_finite().then_some(fit)
}

impl Fit for DemandFit {
    fn name(&self) -> String {
        match self.model {
            Demand::Croston => "Croston",
            Demand::SyntetosBoylan => "CrostonSBA",
            Demand::TeunterSyntetosBabai => "TSB",
        }
        .to_owned()
    }

    fn ahead(&self, h: usize) -> Vec<f64> {
        self.from_origins(&[self.y.len()], h)
            .pop()
            .unwrap_or_default()
    }

    /// The error of one step at every step: the level hardly moves, the single demand does.
    fn spread(&self, h: usize) -> Vec<f64> {
        vec![self.sigma; h]
    }

    fn from_origins(&self, origins: &[usize], h: usize) -> Vec<Vec<f64>> {
        let mut state = self.start;
        let mut done = 0;
        origins
            .iter()
            .map(|&origin| {
                for value in self.y.get(done..origin).unwrap_or_default() {
                    self.step(&mut state, *value);
                }
                done = origin.max(done);
                vec![self.level(&state); h]
            })
            .collect()
    }

    fn residuals(&self) -> &[f64] {
        &self.residuals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two units every fourth step.
    fn regular() -> Vec<f64> {
        (0..48)
            .map(|i| if i % 4 == 3 { 2.0 } else { 0.0 })
            .collect()
    }

    #[test]
    fn a_regular_demand_has_its_mean_as_its_level() {
        for (model, expected) in [(Demand::Croston, 0.5), (Demand::TeunterSyntetosBabai, 0.5)] {
            let fit = fit_demand(&regular(), model).unwrap();
            let level = fit.ahead(3);
            assert!(
                (level[0] - expected).abs() < 0.02 && level[0] == level[2],
                "{model:?}: {level:?}"
            );
        }
    }

    #[test]
    fn the_correction_lowers_the_level_by_half_the_smoothing() {
        let plain = fit_demand(&regular(), Demand::Croston).unwrap().ahead(1)[0];
        let fit = fit_demand(&regular(), Demand::SyntetosBoylan).unwrap();
        assert!((fit.ahead(1)[0] - plain * (1.0 - fit.rate_smoothing / 2.0)).abs() < 1e-9);
    }

    #[test]
    fn a_demand_that_ends_is_forgotten_by_the_chance_but_not_by_the_interval() {
        let mut y = regular();
        y.extend([0.0; 40]);
        let croston = fit_demand(&y, Demand::Croston).unwrap().ahead(1)[0];
        let chance = fit_demand(&y, Demand::TeunterSyntetosBabai)
            .unwrap()
            .ahead(1)[0];
        assert!(chance < 0.5 * croston, "{chance} {croston}");
    }

    #[test]
    fn nothing_demanded_and_negative_demand_are_refused() {
        assert!(fit_demand(&[0.0; 20], Demand::Croston).is_none());
        assert!(fit_demand(&[1.0, -1.0, 2.0], Demand::Croston).is_none());
    }
}
