//! A series taken apart by MSTL, what is left without the seasons forecast by another model, and the last season of each
//! kind repeated on top (Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., section 5.7).

use super::Fit;
use super::arima::fit_arima;
use super::autoregression::Autoregression;
use super::ets::fit_ets;
use super::mstl::{Mstl, MultiParts};
use super::numbers::{mean, root_mean_square};
use super::seasons::{shares, shrunk};
use super::standing::{Standing, finished, from_weights};
use super::theta::{Variant, fit_theta};

/// Highest order of an autoregression here.
const HIGHEST: usize = 12;

/// What forecasts the series without its seasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inner {
    /// Exponential smoothing without a season.
    Ets,
    /// The dynamic optimised Theta model.
    Theta,
    /// A mean with autoregressive errors.
    Autoregression,
    /// ARIMA, its orders chosen.
    Arima,
}

/// Fits the inner model to the series without the seasons of `periods` that fit twice. `None` where no season does, or
/// where the inner model has no answer.
pub fn fit_decomposed(y: &[f64], periods: &[usize], inner: Inner) -> Option<Box<dyn Fit>> {
    let settings = Mstl::new(periods, y.len(), false);
    let longest = settings.seasons.last()?.0;
    let parts = settings.decompose(y)?;
    let adjusted = adjusted(y, &parts, &shares(&parts));
    let model = fit_inner(&adjusted, inner)?;
    let errors = model.residuals().to_vec();
    let model = Decomposed {
        y: y.to_vec(),
        settings,
        inner,
        model,
        errors,
    };
    finished(model, longest)
}

fn adjusted(y: &[f64], parts: &MultiParts, shares: &[f64]) -> Vec<f64> {
    let values = y.iter().enumerate();
    values.map(|(i, v)| v - shrunk(parts, shares, i)).collect()
}

fn fit_inner(adjusted: &[f64], inner: Inner) -> Option<Box<dyn Fit>> {
    match inner {
        Inner::Ets => fit_ets(adjusted, 1),
        Inner::Theta => fit_theta(adjusted, 1, Variant::DynamicOptimised)
            .map(|fit| Box::new(fit) as Box<dyn Fit>),
        Inner::Autoregression => fit_around_mean(adjusted),
        Inner::Arima => fit_arima(adjusted, 1),
    }
}

struct Decomposed {
    y: Vec<f64>,
    settings: Mstl,
    inner: Inner,
    model: Box<dyn Fit>,
    errors: Vec<f64>,
}

impl Standing for Decomposed {
    fn title(&self) -> String {
        format!("MSTL + {}", self.model.name())
    }

    fn length(&self) -> usize {
        self.y.len()
    }

    fn after(&self, k: usize, h: usize) -> Vec<f64> {
        let past = self.y.get(..k).unwrap_or(&self.y);
        let mut settings = self.settings.clone();
        settings.seasons.retain(|(period, _)| 2 * period <= k);
        let Some(parts) = settings.decompose(past) else {
            return vec![f64::NAN; h];
        };
        let shares = shares(&parts);
        let level = if k == self.y.len() {
            Some(self.model.ahead(h))
        } else {
            fit_inner(&adjusted(past, &parts, &shares), self.inner).map(|model| model.ahead(h))
        };
        let Some(level) = level else {
            return vec![f64::NAN; h];
        };
        level
            .iter()
            .zip(k..)
            .map(|(l, i)| l + shrunk(&parts, &shares, i))
            .collect()
    }

    fn deviation(&self, h: usize) -> Vec<f64> {
        self.model.spread(h)
    }

    fn errors(&self) -> &[f64] {
        &self.errors
    }
}

/// A mean with autoregressive errors.
pub fn fit_around_mean(y: &[f64]) -> Option<Box<dyn Fit>> {
    let centre = mean(y)?;
    let away: Vec<f64> = y.iter().map(|v| v - centre).collect();
    let model = Autoregression::burg(&away, HIGHEST);
    let errors = model.innovations(&away);
    let sigma = root_mean_square(&errors);
    finished(
        AroundMean {
            away,
            centre,
            model,
            errors,
            sigma,
        },
        HIGHEST,
    )
}

struct AroundMean {
    away: Vec<f64>,
    centre: f64,
    model: Autoregression,
    errors: Vec<f64>,
    sigma: f64,
}

impl Standing for AroundMean {
    fn title(&self) -> String {
        format!("AR({})", self.model.phi.len())
    }

    fn length(&self) -> usize {
        self.away.len()
    }

    fn after(&self, k: usize, h: usize) -> Vec<f64> {
        let past = self.away.get(..k).unwrap_or(&self.away);
        let ahead = self.model.ahead(past, h);
        ahead.iter().map(|a| a + self.centre).collect()
    }

    fn deviation(&self, h: usize) -> Vec<f64> {
        from_weights(self.sigma, &self.model.weights(h), h)
    }

    fn errors(&self) -> &[f64] {
        &self.errors
    }
}
