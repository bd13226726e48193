//! The models of a forecast as plain kernels on `f64`: a series on an even grid in, points, spreads and earlier
//! forecasts out. They know nothing of dates, units or limits, and use only the standard library, nalgebra and statrs.

pub mod anomaly;
pub mod arima;
pub mod auto;
mod autoregression;
mod average;
pub mod bounded;
pub mod ces;
pub mod changes;
pub mod clean;
mod decompose;
pub mod decomposed;
pub mod double_seasonal;
pub mod ets;
#[cfg(test)]
mod golden;
pub mod growth;
pub mod harmonic;
pub mod intermittent;
pub mod levels;
pub mod mstl;
pub mod naive;
mod numbers;
mod optimize;
pub mod outliers;
pub mod profile;
pub mod recurrence;
pub mod seasons;
pub mod since;
mod standing;
pub mod stl;
pub mod theta;

/// A model fitted to one series.
pub trait Fit: Send + Sync {
    /// The name in results, such as `ETS(A,Ad,M)`.
    fn name(&self) -> String;

    /// The centre of the next `h` values after the end of the history, in the unit of the series.
    fn ahead(&self, h: usize) -> Vec<f64>;

    /// The standard deviation of the error of [`Self::ahead`] at each of the next `h` steps, by the model's own
    /// formula, in the unit of the series. Never negative, never falling.
    fn spread(&self, h: usize) -> Vec<f64>;

    /// What the model would have said from earlier origins with the parameters it has now: for each origin `k` the
    /// `h` values after the first `k` of the history. Origins rise and lie in `1..=n`.
    #[allow(clippy::wrong_self_convention)] // A forecast is made from an origin; nothing is converted.
    fn from_origins(&self, origins: &[usize], h: usize) -> Vec<Vec<f64>>;

    /// The errors of the one-step forecasts within the history, as long as the history; NaN where there is none.
    fn residuals(&self) -> &[f64];
}
