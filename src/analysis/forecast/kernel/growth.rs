//! Logistic growth towards a cap that holds (Verhulst 1838): y = cap / (1 + exp(−rate·(t − middle))), fitted by
//! Gauss–Newton on the values themselves, with an autoregressive error that fades. Unlike a trend with seasons added
//! outside, no point passes the cap. Without a given cap it is searched for; growth that shows no bend has none.

use super::Fit;
use super::autoregression::Autoregression;
use super::numbers::{at, quantile, root_mean_square};
use super::optimize::on_a_line;
use super::standing::{Standing, finished, from_weights};

/// Rounds of Gauss and Newton's method.
const ROUNDS: usize = 30;
/// A cap that is searched for is at most so many times the largest value.
const FARTHEST: f64 = 6.0;

/// Fits growth between 0 and a cap, in the unit of the series. `None` for fewer than eight values, values that are not
/// positive or above the cap, or where no cap was given and none shows.
pub fn fit_growth(y: &[f64], cap: Option<f64>) -> Option<Box<dyn Fit>> {
    let largest = quantile(y, 1.0)?;
    let least = quantile(y, 0.0)?;
    if y.iter().filter(|v| v.is_finite()).count() < 8 || least <= 0.0 {
        return None;
    }
    let cap = cap.map_or_else(|| search_cap(y, largest), Some)?;
    if cap < largest {
        return None;
    }
    let (curve, _) = Curve::fit(y, cap)?;
    let rest: Vec<f64> = (0..y.len()).map(|t| at(y, t) - curve.at(t)).collect();
    let autoregression = Autoregression::burg(&rest, 3);
    let errors = autoregression.innovations(&rest);
    let sigma = root_mean_square(&errors);
    finished(
        Growth {
            y: y.to_vec(),
            curve,
            autoregression,
            errors,
            sigma,
        },
        y.len(),
    )
}

/// The cap under which the curve leaves the least; `None` where farther would be better still.
fn search_cap(y: &[f64], largest: f64) -> Option<f64> {
    let (low, high) = (1.001_f64.ln(), FARTHEST.ln());
    let best = on_a_line(low, high, 16, 14, |ratio| {
        Curve::fit(y, largest * ratio.exp()).map_or(f64::INFINITY, |(_, squares)| squares)
    });
    (best <= 0.97 * high).then(|| largest * best.exp())
}

#[derive(Clone, Copy, Debug)]
struct Curve {
    cap: f64,
    rate: f64,
    middle: f64,
}

impl Curve {
    fn at(self, t: usize) -> f64 {
        self.cap / (1.0 + (-self.rate * (t as f64 - self.middle)).exp())
    }

    /// Rate and middle for a cap, with the squares that are left: a straight line through the logits is the start.
    fn fit(y: &[f64], cap: f64) -> Option<(Self, f64)> {
        let points: Vec<(f64, f64)> = y
            .iter()
            .enumerate()
            .filter(|(_, v)| v.is_finite())
            .map(|(t, v)| (t as f64, *v))
            .collect();
        let n = points.len() as f64;
        let logit = |v: f64| {
            let share = (v / cap).clamp(1e-4, 1.0 - 1e-4);
            (share / (1.0 - share)).ln()
        };
        let (mt, mz) = points
            .iter()
            .fold((0.0, 0.0), |(a, b), (t, v)| (a + t / n, b + logit(*v) / n));
        let (mut stt, mut stz) = (0.0, 0.0);
        for (t, v) in &points {
            stt += (t - mt) * (t - mt);
            stz += (t - mt) * (logit(*v) - mz);
        }
        let slope = stz / stt;
        // As rate·t + shift, which stays finite when the rate is 0.
        let (mut rate, mut shift) = (slope, mz - slope * mt);
        let squares = |rate: f64, shift: f64| -> f64 {
            let left = points
                .iter()
                .map(|(t, v)| v - cap / (1.0 + (-rate * t - shift).exp()));
            left.map(|r| r * r).sum()
        };
        let mut best = squares(rate, shift);
        let mut damping = 1e-3;
        for _ in 0..ROUNDS {
            let [mut aa, mut ab, mut bb, mut ga, mut gb] = [0.0; 5];
            for (t, v) in &points {
                let share = 1.0 / (1.0 + (-rate * t - shift).exp());
                let slope = cap * share * (1.0 - share);
                let (da, db, r) = (slope * t, slope, v - cap * share);
                aa += da * da;
                ab += da * db;
                bb += db * db;
                ga += da * r;
                gb += db * r;
            }
            let (aa, bb) = (aa * (1.0 + damping), bb * (1.0 + damping));
            let determinant = aa * bb - ab * ab;
            if determinant <= 0.0 {
                break;
            }
            let next_rate = rate + (ga * bb - gb * ab) / determinant;
            let next_shift = shift + (gb * aa - ga * ab) / determinant;
            let value = squares(next_rate, next_shift);
            if value < best {
                let gain = best - value;
                (rate, shift, best) = (next_rate, next_shift, value);
                damping *= 0.3;
                if gain < 1e-12 * best {
                    break;
                }
            } else {
                damping *= 10.0;
                if damping > 1e9 {
                    break;
                }
            }
        }
        let curve = Self {
            cap,
            rate,
            middle: -shift / rate,
        };
        (curve.middle.is_finite() && best.is_finite()).then_some((curve, best))
    }
}

struct Growth {
    y: Vec<f64>,
    curve: Curve,
    autoregression: Autoregression,
    errors: Vec<f64>,
    sigma: f64,
}

impl Standing for Growth {
    fn title(&self) -> String {
        "Logistic growth".to_owned()
    }

    fn length(&self) -> usize {
        self.y.len()
    }

    fn after(&self, k: usize, h: usize) -> Vec<f64> {
        let past = self.y.get(..k).unwrap_or(&self.y);
        let curve = if k < self.y.len() {
            Curve::fit(past, self.curve.cap).map_or(self.curve, |(curve, _)| curve)
        } else {
            self.curve
        };
        let rest: Vec<f64> = (0..k).map(|t| at(past, t) - curve.at(t)).collect();
        let errors = self.autoregression.ahead(&rest, h);
        (k..)
            .zip(errors)
            .map(|(t, e)| (curve.at(t) + e).clamp(0.0, curve.cap))
            .collect()
    }

    fn deviation(&self, h: usize) -> Vec<f64> {
        from_weights(self.sigma, &self.autoregression.weights(h), h)
    }

    fn errors(&self) -> &[f64] {
        &self.errors
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(n: usize, cap: f64) -> Vec<f64> {
        (0..n)
            .map(|i| {
                let t = i as f64;
                let wobble = f64::from(((i * 7_919) % 101) as u32) / 101.0 - 0.5;
                cap / (1.0 + (-0.08 * (t - 50.0)).exp()) + wobble
            })
            .collect()
    }

    #[test]
    fn a_cap_is_found_and_holds() {
        let y = curve(80, 200.0);
        let fit = fit_growth(&y, None).unwrap();
        let ahead = fit.ahead(200);
        assert!((ahead[199] - 200.0).abs() < 6.0, "{}", ahead[199]);
        assert!((ahead[9] - curve(90, 200.0)[89]).abs() < 3.0);
        let held = fit_growth(&y, Some(190.0)).unwrap();
        assert!(held.ahead(400).iter().all(|v| *v <= 190.0));
        assert!(held.from_origins(&[60], 300)[0].iter().all(|v| *v <= 190.0));
    }

    #[test]
    fn growth_without_a_bend_has_no_cap() {
        let y: Vec<f64> = (0..60).map(|i| (0.05 * f64::from(i)).exp()).collect();
        assert!(fit_growth(&y, None).is_none());
        assert!(fit_growth(&y, Some(5.0)).is_none());
        assert!(fit_growth(&[0.0; 20], Some(5.0)).is_none());
        assert!(fit_growth(&[1.0, 2.0], Some(5.0)).is_none());
    }
}
