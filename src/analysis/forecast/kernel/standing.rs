//! Models that can take their stand at any point of the history: one function gives the forecast of today and of
//! earlier origins alike, from nothing but the values before it. What is estimated quickly (levels, patterns) is
//! estimated again at each origin, so that a backtest is not told the future; what is searched for is kept.

use super::Fit;

/// What such a model has to say.
pub(super) trait Standing: Send + Sync {
    /// The name in results.
    fn title(&self) -> String;
    /// Length of the history.
    fn length(&self) -> usize;
    /// The `h` values after the first `k`.
    fn after(&self, k: usize, h: usize) -> Vec<f64>;
    /// Standard deviation of each of the next `h` errors.
    fn deviation(&self, h: usize) -> Vec<f64>;
    /// One-step errors, as long as the history.
    fn errors(&self) -> &[f64];
}

impl<T: Standing> Fit for T {
    fn name(&self) -> String {
        self.title()
    }

    fn ahead(&self, h: usize) -> Vec<f64> {
        self.after(self.length(), h)
    }

    fn spread(&self, h: usize) -> Vec<f64> {
        self.deviation(h)
    }

    fn from_origins(&self, origins: &[usize], h: usize) -> Vec<Vec<f64>> {
        origins
            .iter()
            .map(|k| self.after((*k).min(self.length()), h))
            .collect()
    }

    fn residuals(&self) -> &[f64] {
        self.errors()
    }
}

/// The model as a fit, where everything it says over two seasons is finite.
pub(super) fn finished(model: impl Standing + 'static, season: usize) -> Option<Box<dyn Fit>> {
    let h = 2 * season.clamp(6, 400);
    let sound = model.after(model.length(), h).iter().all(|v| v.is_finite())
        && model.deviation(h).iter().all(|v| v.is_finite());
    sound.then(|| Box::new(model) as Box<dyn Fit>)
}

/// Standard deviations of forecast errors from the weights with which one shock acts on later values: σ²·Σψ²
/// (Box and Jenkins 1970, section 5.1). `psi` begins with the weight after one step; missing ones repeat the last.
pub(super) fn from_weights(sigma: f64, psi: &[f64], h: usize) -> Vec<f64> {
    let last = psi.last().copied().unwrap_or(0.0);
    let weights = psi.iter().copied().chain(std::iter::repeat(last));
    let mut sum = 1.0;
    let mut spread = Vec::with_capacity(h);
    for weight in weights.take(h) {
        spread.push(sigma * f64::sqrt(sum));
        sum += weight * weight;
    }
    spread
}
