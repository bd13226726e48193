//! The same hour of recent days and weeks, averaged with falling weights, and corrected by what the last values differ
//! from their own average. A seasonal naive forecast whose noise is averaged out: "similar days" of the load
//! forecasters (Taylor, de Menezes and McSharry 2006, use it as their yardstick), with the errors an autoregression.

use super::Fit;
use super::autoregression::Autoregression;
use super::numbers::{at, mean, root_mean_square};
use super::standing::{Standing, finished, from_weights};

/// Weight of a cycle relative to the next younger one.
const FADINGS: [f64; 4] = [0.4, 0.65, 0.85, 1.0];
/// Weight of a short season that is not at the same place of the long one.
const OTHERS: [f64; 4] = [0.0, 0.1, 0.3, 1.0];
/// Long seasons looked back at most.
const CYCLES: usize = 8;
/// How much of the mean difference is believed to last.
const SHARES: [f64; 4] = [0.0, 0.3, 0.6, 1.0];
/// Steps ahead at most for which the choice is made.
const FURTHEST: usize = 24;
/// Highest order of the errors' autoregression.
const HIGHEST: usize = 26;

/// Fits to the shortest and the longest of `periods` that fit twice and divide each other. `None` where no season fits.
pub fn fit_profile(y: &[f64], periods: &[usize]) -> Option<Box<dyn Fit>> {
    let n = y.len();
    let mut fitting: Vec<usize> = periods
        .iter()
        .copied()
        .filter(|p| *p >= 2 && 2 * p <= n)
        .collect();
    fitting.sort_unstable();
    let short = *fitting.first()?;
    let long = fitting
        .iter()
        .rev()
        .copied()
        .find(|p| p % short == 0)
        .unwrap_or(short);
    let mut best: Option<(f64, Lags, usize, f64, Vec<f64>)> = None;
    let others: &[f64] = if long > short { &OTHERS } else { &[0.0] };
    // A quarter season, a short and a long one.
    let windows = [short.div_ceil(4), short, long];
    for fading in FADINGS {
        for other in others {
            let lags = Lags::new(short, long, fading, *other);
            let away: Vec<f64> = (0..n).map(|t| at(y, t) - lags.average(y, t)).collect();
            for window in windows {
                let levels = trailing(&away, window);
                for share in SHARES {
                    let gap = short.min(FURTHEST);
                    let near = corrected(&away, &levels, share, long + window, gap);
                    let far = corrected(&away, &levels, share, long + window, 2 * gap);
                    let score = near + far;
                    if score.is_finite() && best.as_ref().is_none_or(|(least, ..)| score < *least) {
                        best = Some((score, lags.clone(), window, share, away.clone()));
                    }
                }
            }
        }
    }
    let (_, lags, window, share, away) = best?;
    let mut levels = trailing(&away, window);
    for level in &mut levels {
        *level *= share;
    }
    let rest: Vec<f64> = away
        .iter()
        .zip(std::iter::once(&f64::NAN).chain(&levels))
        .map(|(a, l)| a - l)
        .collect();
    let tail = rest.get((long + window).min(n)..)?;
    let autoregression = Autoregression::burg(tail, HIGHEST.min(short + 2));
    let errors = autoregression.innovations(&rest);
    let sigma = root_mean_square(&errors);
    finished(
        Profile {
            y: y.to_vec(),
            lags,
            levels,
            rest,
            autoregression,
            errors,
            sigma,
        },
        long,
    )
}

/// Means of the last `window` values up to each place, of what is there.
fn trailing(values: &[f64], window: usize) -> Vec<f64> {
    let (mut sum, mut count) = (0.0, 0_usize);
    (0..values.len())
        .map(|t| {
            let (enters, leaves) = (at(values, t), t.checked_sub(window).map(|p| at(values, p)));
            if enters.is_finite() {
                sum += enters;
                count += 1;
            }
            if let Some(leaves) = leaves.filter(|v| v.is_finite()) {
                sum -= leaves;
                count = count.saturating_sub(1);
            }
            if count > 0 {
                sum / count as f64
            } else {
                f64::NAN
            }
        })
        .collect()
}

/// Mean absolute error of the averages when a share of the mean difference `gap` steps earlier is taken off.
fn corrected(away: &[f64], levels: &[f64], share: f64, warm: usize, gap: usize) -> f64 {
    let errors: Vec<f64> = away
        .iter()
        .skip(gap)
        .zip(levels)
        .skip(warm)
        .map(|(a, l)| (a - share * l).abs())
        .collect();
    if errors.len() < 10 {
        f64::NAN
    } else {
        mean(&errors).unwrap_or(f64::NAN)
    }
}

/// Which earlier values an average is made of, with weights that add up to 1.
#[derive(Clone, Debug)]
struct Lags {
    weights: Vec<(usize, f64)>,
    long: usize,
}

impl Lags {
    fn new(short: usize, long: usize, fading: f64, other: f64) -> Self {
        let ratio = long / short;
        let lags = (1..=CYCLES * ratio).filter_map(|i| {
            let cycles = i as f64 / ratio as f64 - 1.0;
            let kind = if i % ratio == 0 { 1.0 } else { other };
            let weight = kind * fading.powf(cycles);
            (weight > 1e-6).then_some((i * short, weight))
        });
        Self {
            weights: lags.collect(),
            long,
        }
    }

    /// The average for place `t`, of what is there.
    fn average(&self, path: &[f64], t: usize) -> f64 {
        let (mut sum, mut weights) = (0.0, 0.0);
        for (lag, weight) in &self.weights {
            let Some(place) = t.checked_sub(*lag) else {
                break;
            };
            let value = at(path, place);
            if value.is_finite() {
                sum += weight * value;
                weights += weight;
            }
        }
        if weights > 0.0 {
            sum / weights
        } else {
            f64::NAN
        }
    }
}

impl Lags {
    /// The average for a place after the end of what is known; as many long seasons earlier as it needs.
    fn average_of_known(&self, known: &[f64], t: usize) -> f64 {
        let mut place = t;
        loop {
            let average = self.average(known, place);
            if average.is_finite() || place < known.len() {
                return average;
            }
            let Some(earlier) = place.checked_sub(self.long) else {
                return f64::NAN;
            };
            place = earlier;
        }
    }
}

struct Profile {
    y: Vec<f64>,
    lags: Lags,
    /// Mean difference of the last values from their averages, by place.
    levels: Vec<f64>,
    rest: Vec<f64>,
    autoregression: Autoregression,
    errors: Vec<f64>,
    sigma: f64,
}

impl Standing for Profile {
    fn title(&self) -> String {
        "Recent profile".to_owned()
    }

    fn length(&self) -> usize {
        self.y.len()
    }

    fn after(&self, k: usize, h: usize) -> Vec<f64> {
        let past = self.rest.get(..k).unwrap_or(&self.rest);
        let errors = self.autoregression.ahead(past, h);
        let known = self.y.get(..k).unwrap_or(&self.y);
        let level = k.checked_sub(1).map_or(0.0, |last| at(&self.levels, last));
        let level = if level.is_finite() { level } else { 0.0 };
        (k..)
            .zip(&errors)
            .map(|(t, error)| self.lags.average_of_known(known, t) + level + error)
            .collect()
    }

    fn deviation(&self, h: usize) -> Vec<f64> {
        from_weights(self.sigma, &self.autoregression.weights(h), h)
    }

    fn errors(&self) -> &[f64] {
        &self.errors
    }
}
