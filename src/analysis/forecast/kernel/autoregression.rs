//! Autoregression of what a pattern leaves: Burg's method (1975; Kay and Marple 1981), which is stationary whatever the
//! data, with the order that the corrected Akaike criterion likes best.

use super::decompose::filled;

/// A fitted autoregression around 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Autoregression {
    /// Weight of the last value, the one before it, and so on.
    pub phi: Vec<f64>,
    /// Standard deviation of a one-step error.
    pub sigma: f64,
}

impl Autoregression {
    /// Fits orders 0 to `highest` (at most a fifth of the values) and keeps the best. Gaps are bridged.
    pub(super) fn burg(x: &[f64], highest: usize) -> Self {
        let Some(whole) = filled(x) else {
            return Self::default();
        };
        let n = whole.len();
        let mut power = whole.iter().map(|v| v * v).sum::<f64>() / n as f64;
        let mut phi: Vec<f64> = Vec::new();
        let criterion = |power: f64, order: usize| {
            let k = order as f64 + 1.0;
            n as f64 * power.ln() + 2.0 * k * n as f64 / (n as f64 - k - 1.0).max(1.0)
        };
        let mut best = Self {
            phi: Vec::new(),
            sigma: power.sqrt(),
        };
        if power <= 0.0 {
            return best;
        }
        let mut lowest = criterion(power, 0);
        let mut forward = whole.clone();
        let mut backward = whole;
        for order in 1..=highest.min(n / 5) {
            // forward[t] and backward[t − 1] for t = order..n.
            let pairs = || {
                forward
                    .iter()
                    .skip(order)
                    .zip(backward.iter().skip(order - 1))
            };
            let (mut product, mut squares) = (0.0, 0.0);
            for (f, b) in pairs() {
                product += f * b;
                squares += f * f + b * b;
            }
            if squares <= 0.0 {
                break;
            }
            let reflection = 2.0 * product / squares;
            let before = phi.clone();
            for (coefficient, mirrored) in phi.iter_mut().zip(before.iter().rev()) {
                *coefficient -= reflection * mirrored;
            }
            phi.push(reflection);
            power *= 1.0 - reflection * reflection;
            if power <= 0.0 {
                break;
            }
            let mut behind = backward.get(order - 1).copied().unwrap_or(0.0);
            for (f, b) in forward.iter_mut().zip(backward.iter_mut()).skip(order) {
                let (old, here) = (*f, *b);
                *f = old - reflection * behind;
                *b = behind - reflection * old;
                behind = here;
            }
            let value = criterion(power, order);
            if value < lowest {
                lowest = value;
                best = Self {
                    phi: phi.clone(),
                    sigma: power.sqrt(),
                };
            }
        }
        best
    }

    /// The next value after `past`; missing values there count as 0.
    fn next(&self, past: &[f64]) -> f64 {
        self.phi
            .iter()
            .zip(past.iter().rev())
            .map(|(p, v)| if v.is_finite() { p * v } else { 0.0 })
            .sum()
    }

    /// The `h` values after `past`, of which no more than the order is looked at. A gap there is what was expected.
    pub(super) fn ahead(&self, past: &[f64], h: usize) -> Vec<f64> {
        let order = self.phi.len();
        let from = past.len().saturating_sub(3 * order);
        let mut path: Vec<f64> = Vec::with_capacity(3 * order + h);
        for v in past.iter().skip(from) {
            let value = if v.is_finite() { *v } else { self.next(&path) };
            path.push(value);
        }
        let begin = path.len();
        for _ in 0..h {
            let next = self.next(&path);
            path.push(next);
        }
        path.split_off(begin)
    }

    /// One-step errors, NaN where the value is missing.
    pub(super) fn innovations(&self, x: &[f64]) -> Vec<f64> {
        (0..x.len())
            .map(|i| {
                let past = x.get(i.saturating_sub(self.phi.len())..i).unwrap_or(&[]);
                super::numbers::at(x, i) - self.next(past)
            })
            .collect()
    }

    /// Weights of one shock on the values 1, 2, … `h` steps later.
    pub(super) fn weights(&self, h: usize) -> Vec<f64> {
        let mut psi = vec![1.0];
        for _ in 0..h {
            let next = self.next(&psi);
            psi.push(next);
        }
        psi.split_off(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small generator (Knuth, MMIX) that sums twelve uniforms.
    fn noise(n: usize, seed: u64) -> Vec<f64> {
        let mut state = seed;
        (0..n)
            .map(|_| {
                (0..12)
                    .map(|_| {
                        state = state
                            .wrapping_mul(6_364_136_223_846_793_005)
                            .wrapping_add(1_442_695_040_888_963_407);
                        (state >> 40) as f64 / (1_u64 << 24) as f64 - 0.5
                    })
                    .sum()
            })
            .collect()
    }

    #[test]
    fn a_second_order_process_is_found_again() {
        let shocks = noise(3_000, 5);
        let mut x = vec![0.0, 0.0];
        for e in &shocks {
            let n = x.len();
            x.push(1.2 * x[n - 1] - 0.5 * x[n - 2] + e);
        }
        let fit = Autoregression::burg(&x, 8);
        assert!((fit.phi[0] - 1.2).abs() < 0.05, "{:?}", fit.phi);
        assert!((fit.phi[1] + 0.5).abs() < 0.05, "{:?}", fit.phi);
        assert!((fit.sigma - 1.0).abs() < 0.05);
        let next = fit.ahead(&x, 1);
        let n = x.len();
        let expected = 1.2 * x[n - 1] - 0.5 * x[n - 2];
        assert!((next[0] - expected).abs() < 0.5);
        assert!((fit.weights(2)[0] - fit.phi[0]).abs() < 1e-12);
    }

    #[test]
    fn nothing_and_zeros_have_no_order() {
        assert_eq!(Autoregression::burg(&[], 3), Autoregression::default());
        let zeros = Autoregression::burg(&[0.0; 50], 3);
        assert!(zeros.phi.is_empty() && zeros.sigma == 0.0);
        assert_eq!(zeros.ahead(&[0.0; 3], 2), [0.0, 0.0]);
    }
}
