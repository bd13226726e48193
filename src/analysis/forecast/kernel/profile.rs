//! The same hour of recent days and weeks, averaged with falling weights, and corrected by what the last values differ
//! from their own average. A seasonal naive forecast whose noise is averaged out: "similar days" of the load
//! forecasters (Taylor, de Menezes and McSharry 2006, use it as their yardstick), with the errors an autoregression.

use super::Fit;
use super::autoregression::Autoregression;
use super::numbers::{at, root_mean_square};
use super::standing::{Standing, finished, from_weights};

/// Weight of a cycle relative to the next younger one.
const FADINGS: [f64; 4] = [0.4, 0.65, 0.85, 1.0];
/// Weight of a short season that is not at the same place of the long one.
const OTHERS: [f64; 4] = [0.0, 0.1, 0.3, 1.0];
/// Long seasons looked back at most.
const CYCLES: usize = 8;
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
    let mut best: Option<(f64, Lags, Vec<f64>)> = None;
    let others: &[f64] = if long > short { &OTHERS } else { &[0.0] };
    for fading in FADINGS {
        for other in others {
            let lags = Lags::new(short, long, fading, *other);
            let away: Vec<f64> = (0..n).map(|t| at(y, t) - lags.average(y, t)).collect();
            let score = corrected(&away, short, long);
            if score.is_finite() && best.as_ref().is_none_or(|(least, ..)| score < *least) {
                best = Some((score, lags, away));
            }
        }
    }
    let (_, lags, away) = best?;
    let tail = away.get(long.min(n)..)?;
    let autoregression = Autoregression::burg(tail, HIGHEST.min(short + 2));
    let errors = autoregression.innovations(&away);
    let sigma = root_mean_square(&errors);
    finished(
        Profile {
            y: y.to_vec(),
            lags,
            away,
            autoregression,
            errors,
            sigma,
        },
        long,
    )
}

/// Mean absolute error after the mean error of the last season is taken off: what counts one season ahead.
fn corrected(away: &[f64], short: usize, long: usize) -> f64 {
    let (mut total, mut count) = (0.0, 0_usize);
    let (mut sum, mut inside) = (0.0, 0_usize);
    for t in long..away.len() {
        let error = at(away, t);
        if t >= long + 2 * short {
            let level = if inside > 0 { sum / inside as f64 } else { 0.0 };
            if error.is_finite() {
                total += (error - level).abs();
                count += 1;
            }
        }
        // The window ends one short season back: the forecast could not know more.
        for (place, sign) in [
            (t.checked_sub(short), 1.0),
            (t.checked_sub(2 * short), -1.0),
        ] {
            let value = place
                .filter(|p| *p >= long)
                .map_or(f64::NAN, |p| at(away, p));
            if value.is_finite() {
                sum += sign * value;
                inside = inside.saturating_add_signed(sign as isize);
            }
        }
    }
    if count > 0 {
        total / count as f64
    } else {
        f64::NAN
    }
}

/// Which earlier values an average is made of, with weights that add up to 1.
#[derive(Clone, Debug)]
struct Lags(Vec<(usize, f64)>);

impl Lags {
    fn new(short: usize, long: usize, fading: f64, other: f64) -> Self {
        let ratio = long / short;
        let lags = (1..=CYCLES * ratio).filter_map(|i| {
            let cycles = i as f64 / ratio as f64 - 1.0;
            let kind = if i % ratio == 0 { 1.0 } else { other };
            let weight = kind * fading.powf(cycles);
            (weight > 1e-6).then_some((i * short, weight))
        });
        Self(lags.collect())
    }

    /// The average for place `t`, of what is there.
    fn average(&self, path: &[f64], t: usize) -> f64 {
        let (mut sum, mut weights) = (0.0, 0.0);
        for (lag, weight) in &self.0 {
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

struct Profile {
    y: Vec<f64>,
    lags: Lags,
    away: Vec<f64>,
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
        let past = self.away.get(..k).unwrap_or(&self.away);
        let errors = self.autoregression.ahead(past, h);
        let mut path = self.y.get(..k).unwrap_or(&self.y).to_vec();
        for (t, error) in (k..).zip(&errors) {
            let next = self.lags.average(&path, t) + error;
            path.push(next);
        }
        path.split_off(k.min(self.y.len()))
    }

    fn deviation(&self, h: usize) -> Vec<f64> {
        from_weights(self.sigma, &self.autoregression.weights(h), h)
    }

    fn errors(&self) -> &[f64] {
        &self.errors
    }
}
