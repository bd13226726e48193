//! Rolling origin: every model forecasts stretches of the past it has not seen. The older half of them chooses the
//! model, the newer half says what its ranges are worth and calibrates them; no step is in both.
//!
//! Tashman (2000), "Out-of-sample tests of forecasting accuracy"; the widening is split-conformal (Lei et al. 2018) on
//! errors in units of the model's own standard deviation, drawn towards 1 where few stretches support it.

use super::bands::{Bounds, Calibration, Scale};
use super::changepoint;
use super::metrics::{interval_score, mean, seasonal_naive_scale, smape};
use super::model::Kind;
use super::season::{self, Factor, Seasonality};
use super::{Backtest, Origin, OriginStep};
use crate::calendar::Instant;

/// Origins in each half.
const MAX_FOLDS: usize = 10;
/// Fewer origins than this in a half: all of them choose, and nothing is calibrated.
const MIN_FOLDS: usize = 3;
/// Fewer steps than this beyond the first training stretch: likewise.
const MIN_AVAILABLE: usize = 18;
/// Widening and narrowing beyond these is not believed.
const CALIBRATION_LIMITS: (f64, f64) = (0.7, 4.0);
/// The weight of `f` folds on a wider range is f / (f + `PRIOR_WIDER`), on a narrower one f / (f + `PRIOR_NARROWER`).
const PRIOR_WIDER: f64 = 2.0;
const PRIOR_NARROWER: f64 = 12.0;

/// The series as models see it.
#[derive(Clone, Copy, Debug)]
pub struct Past<'a> {
    /// Values on the grid.
    pub values: &'a [Option<f64>],
    /// What repeats.
    pub seasonality: &'a Seasonality,
    /// What no value leaves.
    pub bounds: Bounds,
    /// Steps of changes that a person struck; none is found near them.
    pub struck: &'a [usize],
}

/// One forecast of a stretch of the past.
#[derive(Clone, Debug, Default)]
struct Fold {
    /// Scale of MASE and MSIS on what was known then.
    scale: Option<f64>,
    /// One entry a held-out value.
    rows: Vec<Held>,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    /// The step, counted from the first of the history.
    index: usize,
    actual: f64,
    mean: f64,
    /// |error| over the half width of the model's own 80 % range, on the model's scale.
    ratio80: f64,
    ratio95: f64,
    outlook: super::regression::Outlook,
    scale: Scale,
}

/// Which origins there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Origins that choose the model.
    pub choose: Vec<usize>,
    /// Origins that calibrate it; empty where the history is too short to have both.
    pub calibrate: Vec<usize>,
    /// Steps ahead.
    pub horizon: usize,
}

impl Plan {
    /// Origins for `n` steps of history, a forecast of `horizon` steps and seasons up to `season` steps.
    pub fn new(n: usize, horizon: usize, season: usize) -> Self {
        let mut known = (n / 3).max(8);
        if n >= 3 * season {
            // Two seasons, and a little to estimate their scatter from.
            known = known.max(2 * season + 2);
        }
        let available = n.saturating_sub(known);
        let ahead = horizon.min(available / 3).max(1);
        let middle = known + available / 2;
        let choose = origins(known, middle.saturating_sub(ahead));
        let calibrate = origins(middle, n.saturating_sub(ahead));
        if available < MIN_AVAILABLE || choose.len() < MIN_FOLDS || calibrate.len() < MIN_FOLDS {
            let ahead = horizon.min((available / 2).max(1));
            return Self {
                choose: origins(known, n.saturating_sub(ahead)),
                calibrate: Vec::new(),
                horizon: ahead,
            };
        }
        Self {
            choose,
            calibrate,
            horizon: ahead,
        }
    }
}

/// Up to `MAX_FOLDS` origins, evenly from `first` to `last`.
fn origins(first: usize, last: usize) -> Vec<usize> {
    if last < first {
        return Vec::new();
    }
    let count = (last - first + 1).min(MAX_FOLDS);
    let mut all: Vec<usize> = (0..count)
        .map(|i| last - (last - first) * i / count.saturating_sub(1).max(1))
        .collect();
    all.reverse();
    all.dedup();
    all
}

impl Past<'_> {
    /// The changes of level or trend before `end`, as far as they could be known then.
    pub fn changes(&self, end: usize) -> Vec<usize> {
        let Some(known) = self.values.get(..end) else {
            return Vec::new();
        };
        let factor = self.longest_factor();
        let main = self.seasonality.main;
        let shortest = self.shortest_piece(known.len());
        // Two changes are at least `shortest` apart, so half of that tells them from each other.
        let counts = |at: &usize| self.struck.iter().all(|s| s.abs_diff(*at) > shortest / 2);
        let found = |values: &[Option<f64>]| -> Vec<usize> {
            let mut all =
                changepoint::find(&season::deseasonalised(values, factor), shortest, main);
            all.retain(counts);
            all
        };
        let plain = found(known);
        if plain.is_empty() || !known.iter().flatten().all(|v| *v > 0.0) {
            return plain;
        }
        // Steady growth in percent is bent only on the plain scale: a change has to show on both.
        let logs: Vec<Option<f64>> = known.iter().map(|v| v.map(f64::ln)).collect();
        let bent = found(&logs);
        if bent.len() < plain.len() {
            bent
        } else {
            plain
        }
    }

    /// The values without their longest season.
    pub fn deseasonalised(&self) -> Vec<Option<f64>> {
        season::deseasonalised(self.values, self.longest_factor())
    }

    fn longest_factor(&self) -> Option<&Factor> {
        let whole = |f: &&Factor| f.levels == f.period;
        let factors = self.seasonality.factors.iter().filter(whole);
        factors.max_by_key(|f| f.period)
    }

    /// Fewest steps between two changes, or a change and an end, of a past that ends at `end`.
    pub fn shortest_piece(&self, end: usize) -> usize {
        let longest = self.longest_factor().map_or(1, |f| f.period);
        (2 * longest).max(14).max(end / 10)
    }

    /// The step from which models are fitted when the past ends at `end`.
    pub fn start(&self, end: usize) -> usize {
        self.changes(end).last().copied().unwrap_or(0)
    }

    fn fold(&self, kind: &Kind, origin: usize, start: usize, horizon: usize) -> Option<Fold> {
        let known = self.values.get(..origin)?;
        let fitted = kind.fit(self.seasonality, known, start)?;
        let outlook = fitted.outlook(horizon)?;
        let scale = Scale::of(&fitted, Calibration::default(), self.bounds);
        let held = self.values.get(origin..)?;
        let rows = (origin..)
            .zip(held)
            .zip(outlook)
            .filter_map(|((index, actual), outlook)| {
                let actual = (*actual)?;
                let on_scale = if scale.logarithmic {
                    if actual <= 0.0 {
                        return None;
                    }
                    actual.ln()
                } else {
                    actual
                };
                let z = (on_scale - outlook.mu).abs() / outlook.sd.max(1e-12);
                Some(Held {
                    index,
                    actual,
                    mean: scale.band(outlook).mean,
                    ratio80: z / scale.quantile80,
                    ratio95: z / scale.quantile95,
                    outlook,
                    scale,
                })
            })
            .collect();
        Some(Fold {
            scale: seasonal_naive_scale(known, self.seasonality.main),
            rows,
        })
    }

    fn folds(&self, kind: &Kind, origins: &[(usize, usize)], horizon: usize) -> Option<Vec<Fold>> {
        origins
            .iter()
            .map(|(origin, start)| self.fold(kind, *origin, *start, horizon))
            .collect()
    }

    fn with_starts(&self, origins: &[usize]) -> Vec<(usize, usize)> {
        origins.iter().map(|o| (*o, self.start(*o))).collect()
    }

    /// MASE of each model over the origins that choose, in the order of `kinds`.
    pub fn scores(&self, kinds: &[Kind], plan: &Plan) -> Vec<Option<f64>> {
        let origins = self.with_starts(&plan.choose);
        kinds
            .iter()
            .map(|kind| mase(&self.folds(kind, &origins, plan.horizon)?))
            .collect()
    }

    /// What the chosen model was worth on the origins that did not choose it, and how its ranges have to be widened.
    /// `time` tells when a step is.
    pub fn judge(
        &self,
        kind: &Kind,
        plan: &Plan,
        time: impl Fn(usize) -> Instant,
    ) -> Option<(Backtest, Calibration)> {
        let separate = !plan.calibrate.is_empty();
        let origins = if separate {
            &plan.calibrate
        } else {
            &plan.choose
        };
        let origins = self.with_starts(origins);
        let folds = self.folds(kind, &origins, plan.horizon)?;
        let naive = self.folds(
            &Kind::SeasonalNaive(self.seasonality.main),
            &origins,
            plan.horizon,
        );
        let calibration = if separate {
            calibrate(folds.iter())
        } else {
            Calibration::default()
        };
        let mut inside80 = Vec::new();
        let mut inside95 = Vec::new();
        let mut scores = Vec::new();
        let mut said = Vec::new();
        for (i, fold) in folds.iter().enumerate() {
            // Each stretch is judged by ranges that the other stretches calibrated.
            let others = folds.iter().enumerate().filter(|(j, _)| *j != i);
            let own = if separate {
                calibrate(others.map(|(_, f)| f))
            } else {
                Calibration::default()
            };
            let mut origin = Origin {
                made_at: time(origins.get(i).map_or(0, |o| o.0)),
                steps: Vec::new(),
            };
            for held in &fold.rows {
                let scale = Scale {
                    calibration: own,
                    ..held.scale
                };
                let band = scale.band(held.outlook);
                origin.steps.push(OriginStep {
                    said: band.at(time(held.index)),
                    came: held.actual,
                });
                let inside = |(low, high): (f64, f64)| {
                    f64::from(u8::from(low <= held.actual && held.actual <= high))
                };
                inside80.push(inside(band.range80));
                inside95.push(inside(band.range95));
                if let Some(unit) = fold.scale {
                    let (low, high) = band.range95;
                    scores.push(interval_score(held.actual, low, high, 0.05) / unit);
                }
            }
            said.push(origin);
        }
        let percentage: Vec<f64> = folds
            .iter()
            .flat_map(|f| &f.rows)
            .map(|h| smape(h.actual, h.mean))
            .collect();
        let backtest = Backtest {
            folds: folds.len(),
            horizon: plan.horizon,
            mase: mase(&folds),
            smape: mean(&percentage),
            coverage80: mean(&inside80),
            coverage95: mean(&inside95),
            msis: mean(&scores),
            seasonal_naive_mase: naive.as_deref().and_then(mase),
            origins: said,
        };
        Some((backtest, calibration))
    }
}

fn mase(folds: &[Fold]) -> Option<f64> {
    let errors: Vec<f64> = folds
        .iter()
        .flat_map(|fold| {
            fold.rows
                .iter()
                .filter_map(|h| Some((h.actual - h.mean).abs() / fold.scale?))
        })
        .collect();
    mean(&errors).filter(|m| m.is_finite())
}

fn calibrate<'f>(folds: impl Iterator<Item = &'f Fold>) -> Calibration {
    let folds: Vec<&Fold> = folds.collect();
    let factor = |level: f64, ratio: &dyn Fn(&Held) -> f64| {
        let mut ratios: Vec<f64> = folds
            .iter()
            .flat_map(|f| &f.rows)
            .map(ratio)
            .filter(|r| r.is_finite())
            .collect();
        if ratios.len() < 10 {
            return 1.0;
        }
        ratios.sort_by(f64::total_cmp);
        // The finite-sample rank of split-conformal ranges.
        let rank = ((ratios.len() + 1) as f64 * level).ceil() as usize;
        let raw = ratios
            .get(rank.saturating_sub(1).min(ratios.len() - 1))
            .copied()
            .unwrap_or(1.0)
            .clamp(CALIBRATION_LIMITS.0, CALIBRATION_LIMITS.1);
        let count = folds.len() as f64;
        let prior = if raw > 1.0 {
            PRIOR_WIDER
        } else {
            PRIOR_NARROWER
        };
        raw.powf(count / (count + prior))
    };
    Calibration {
        factor80: factor(0.8, &|h| h.ratio80),
        factor95: factor(0.95, &|h| h.ratio95),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choosing_and_calibrating_share_no_step() {
        for (n, horizon, season) in [(450, 90, 7), (120, 60, 7), (60, 14, 7), (2_000, 48, 168)] {
            let plan = Plan::new(n, horizon, season);
            assert!(!plan.calibrate.is_empty(), "{n}");
            let last_chosen = plan.choose.last().unwrap() + plan.horizon;
            assert!(last_chosen <= plan.calibrate[0], "{n}: {plan:?}");
            assert!(plan.calibrate.last().unwrap() + plan.horizon <= n);
        }
        let short = Plan::new(16, 10, 7);
        assert!(
            short.calibrate.is_empty() && !short.choose.is_empty(),
            "{short:?}"
        );
    }
}
