//! The laws beside the scalability law on the same points: Amdahl's (contention without coherency) and Gustafson's (a
//! straight line), compared by how well they fit for the number of their parameters.

use serde::{Deserialize, Serialize};

use super::least_squares::{Found, Sample, without_coherency};
use super::usl::gustafson_speedup;

/// One law on the points.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LawFit {
    /// `usl`, `amdahl` or `gustafson`.
    pub law: String,
    /// The serial share, 0..=1.
    pub serial: f64,
    /// Throughput of one, per second.
    pub lambda: f64,
    /// Share of the variation of throughput that it explains.
    pub r2: f64,
    /// Akaike's criterion with the correction for few points (Hurvich and Tsai, Biometrika 76, 1989): the lowest fits
    /// best for its parameters. `None` where points are too few for it.
    pub aicc: Option<f64>,
    /// Throughput that it never passes, per second; `None` where it grows without end.
    pub limit: Option<f64>,
}

/// All three on the points.
pub(super) fn laws(samples: &[Sample], usl: &Found) -> Vec<LawFit> {
    let n = samples.len() as f64;
    let mean = samples.iter().map(|s| s.1).sum::<f64>() / n;
    let total: f64 = samples.iter().map(|s| (s.1 - mean).powi(2)).sum();
    let judged = |law: &str, serial: f64, lambda: f64, sse: f64, parameters: usize| {
        // The residual variance is a parameter too.
        let k = parameters as f64 + 1.0;
        LawFit {
            law: law.to_owned(),
            serial,
            lambda,
            r2: if total > 0.0 { 1.0 - sse / total } else { 0.0 },
            aicc: (n - k - 1.0 > 0.0 && sse > 0.0)
                .then(|| n * (sse / n).ln() + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0)),
            limit: None,
        }
    };
    let mut found = vec![LawFit {
        limit: usl.usl.peak_throughput().or_else(|| usl.usl.limit()),
        ..judged("usl", usl.usl.sigma, usl.usl.lambda, usl.sse, 3)
    }];
    if let Some(amdahl) = without_coherency(samples) {
        found.push(LawFit {
            limit: amdahl.usl.limit(),
            ..judged("amdahl", amdahl.usl.sigma, amdahl.usl.lambda, amdahl.sse, 2)
        });
    }
    let (serial, lambda, sse) = gustafson(samples);
    found.push(judged("gustafson", serial, lambda, sse, 2));
    found
}

/// `X = λ(N − s(N−1))`, a straight line, with its serial share kept within 0..=1.
fn gustafson(samples: &[Sample]) -> (f64, f64, f64) {
    let n = samples.len() as f64;
    let (mx, my) = samples
        .iter()
        .fold((0.0, 0.0), |m, s| (m.0 + s.0 / n, m.1 + s.1 / n));
    let across: f64 = samples.iter().map(|s| (s.0 - mx) * (s.1 - my)).sum();
    let square: f64 = samples.iter().map(|s| (s.0 - mx).powi(2)).sum();
    let slope = across / square;
    let base = my - slope * mx;
    let serial = base / (base + slope);
    let (serial, lambda) = if (0.0..=1.0).contains(&serial) {
        (serial, base + slope)
    } else {
        // A line through the origin, or a level one.
        let serial = if slope > 0.0 { 0.0 } else { 1.0 };
        let shape = |n: f64| gustafson_speedup(serial, n);
        let across: f64 = samples.iter().map(|s| shape(s.0) * s.1).sum();
        let square: f64 = samples.iter().map(|s| shape(s.0).powi(2)).sum();
        (serial, across / square)
    };
    let sse = samples
        .iter()
        .map(|s| (s.1 - lambda * gustafson_speedup(serial, s.0)).powi(2))
        .sum();
    (serial, lambda, sse)
}
