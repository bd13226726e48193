//! Models of one kind averaged by their Akaike weights, so that a near tie is not decided by chance.
//!
//! Kolassa (2011), Combining exponential smoothing forecasts using Akaike weights, International Journal of Forecasting
//! 27: weights exp(−½·(AICc − lowest)), after Burnham and Anderson (2002).

use super::Fit;

/// Members that would weigh less are left out.
const SMALLEST: f64 = 0.02;

/// Weighted members.
struct Average {
    name: &'static str,
    members: Vec<(f64, Box<dyn Fit>)>,
    residuals: Vec<f64>,
}

/// Weighs fits of one series, each with its corrected Akaike criterion. `None` without any; a single one stays itself.
pub(crate) fn by_akaike(
    name: &'static str,
    fits: Vec<(f64, Box<dyn Fit>)>,
) -> Option<Box<dyn Fit>> {
    let lowest = fits
        .iter()
        .map(|(aicc, _)| *aicc)
        .fold(f64::INFINITY, f64::min);
    let mut members: Vec<(f64, Box<dyn Fit>)> = fits
        .into_iter()
        .map(|(aicc, fit)| ((-0.5 * (aicc - lowest)).exp(), fit))
        .collect();
    let all: f64 = members.iter().map(|(weight, _)| weight).sum();
    members.retain(|(weight, _)| *weight >= SMALLEST * all);
    average(name, members)
}

/// Fits of one series that count alike. `None` without any; a single one stays itself.
pub(crate) fn equally(name: &'static str, fits: Vec<Box<dyn Fit>>) -> Option<Box<dyn Fit>> {
    average(name, fits.into_iter().map(|fit| (1.0, fit)).collect())
}

fn average(name: &'static str, mut members: Vec<(f64, Box<dyn Fit>)>) -> Option<Box<dyn Fit>> {
    if members.len() < 2 {
        return members.pop().map(|(_, fit)| fit);
    }
    let sum: f64 = members.iter().map(|(weight, _)| weight).sum();
    for (weight, _) in &mut members {
        *weight /= sum;
    }
    let residuals = weighted(
        members
            .iter()
            .map(|(weight, fit)| (*weight, fit.residuals())),
    )?;
    Some(Box::new(Average {
        name,
        members,
        residuals,
    }))
}

fn weighted<'a>(parts: impl Iterator<Item = (f64, &'a [f64])>) -> Option<Vec<f64>> {
    let mut sum: Option<Vec<f64>> = None;
    for (weight, values) in parts {
        match &mut sum {
            None => sum = Some(values.iter().map(|v| weight * v).collect()),
            Some(sum) => sum
                .iter_mut()
                .zip(values)
                .for_each(|(s, v)| *s += weight * v),
        }
    }
    sum
}

impl Fit for Average {
    fn name(&self) -> String {
        self.name.to_owned()
    }

    fn ahead(&self, h: usize) -> Vec<f64> {
        let parts: Vec<(f64, Vec<f64>)> = self
            .members
            .iter()
            .map(|(w, fit)| (*w, fit.ahead(h)))
            .collect();
        weighted(parts.iter().map(|(w, v)| (*w, v.as_slice()))).unwrap_or_default()
    }

    /// Of the mixture: the members' own variances and how far they are apart.
    fn spread(&self, h: usize) -> Vec<f64> {
        let centre = self.ahead(h);
        let mut variance = vec![0.0; h];
        for (weight, fit) in &self.members {
            let own = fit.ahead(h).into_iter().zip(fit.spread(h));
            for ((sum, centre), (point, spread)) in variance.iter_mut().zip(&centre).zip(own) {
                *sum += weight * (spread * spread + (point - centre) * (point - centre));
            }
        }
        let mut largest = 0.0_f64;
        variance
            .into_iter()
            .map(|v| {
                largest = largest.max(v.sqrt());
                largest
            })
            .collect()
    }

    fn from_origins(&self, origins: &[usize], h: usize) -> Vec<Vec<f64>> {
        let all: Vec<(f64, Vec<Vec<f64>>)> = self
            .members
            .iter()
            .map(|(w, fit)| (*w, fit.from_origins(origins, h)))
            .collect();
        (0..origins.len())
            .map(|i| {
                let parts = all
                    .iter()
                    .filter_map(|(w, paths)| paths.get(i).map(|path| (*w, path.as_slice())));
                weighted(parts).unwrap_or_default()
            })
            .collect()
    }

    fn residuals(&self) -> &[f64] {
        &self.residuals
    }
}
