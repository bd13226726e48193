//! Bounded least squares for the scalability law: Levenberg and Marquardt's method (Marquardt, SIAM J. 11, 1963) with
//! steps cut at the bounds, on each face of the feasible region (a parameter held at 0 or free).
//!
//! The columns are scaled to one, so that a κ of 1e-4 beside a λ of 1e4 costs no digits.

use nalgebra::{Matrix3, Vector3};

use super::usl::Usl;

/// Rounds after which a search gives up; searches from a fair start take about ten.
const ROUNDS: usize = 400;
/// Starts that are followed to their end.
const FOLLOWED: usize = 4;

/// More points than this are searched on a part of them first: the whole is followed from there only.
const MANY: usize = 2_000;

/// Concurrency and throughput.
pub(super) type Sample = (f64, f64);

/// Which of σ and κ are free. λ always is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Free {
    pub sigma: bool,
    pub kappa: bool,
}

impl Free {
    pub const BOTH: Self = Self {
        sigma: true,
        kappa: true,
    };
    const FACES: [Self; 4] = [
        Self::BOTH,
        Self {
            sigma: true,
            kappa: false,
        },
        Self {
            sigma: false,
            kappa: true,
        },
        Self {
            sigma: false,
            kappa: false,
        },
    ];

    /// Number of parameters that are fitted.
    pub fn count(self) -> usize {
        1 + usize::from(self.sigma) + usize::from(self.kappa)
    }

    fn flags(self) -> [bool; 3] {
        [self.sigma, self.kappa, true]
    }
}

/// A fit: the law, what was free, and the sum of squared residuals.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub usl: Usl,
    pub free: Free,
    pub sse: f64,
}

/// The sum of squared residuals; infinite where the law is not defined at a point.
pub(super) fn sse(usl: &Usl, samples: &[Sample]) -> f64 {
    let sum: f64 = samples
        .iter()
        .map(|(n, x)| {
            if usl.delay(*n) > 0.0 {
                (x - usl.throughput(*n)).powi(2)
            } else {
                f64::INFINITY
            }
        })
        .sum();
    if sum.is_nan() { f64::INFINITY } else { sum }
}

/// The best λ for σ and κ: the law is linear in it.
pub(super) fn with_best_lambda(sigma: f64, kappa: f64, samples: &[Sample]) -> Usl {
    let shape = Usl {
        sigma,
        kappa,
        lambda: 1.0,
    };
    let (mut across, mut square) = (0.0, 0.0);
    for (n, x) in samples {
        let f = shape.throughput(*n);
        across += f * x;
        square += f * f;
    }
    Usl {
        lambda: across / square,
        ..shape
    }
}

/// Derivatives of throughput by σ, κ and λ.
pub(super) fn gradient(usl: &Usl, n: f64) -> Vector3<f64> {
    let delay = usl.delay(n);
    let slope = -usl.lambda * n * (n - 1.0) / (delay * delay);
    Vector3::new(slope, slope * n, n / delay)
}

/// The normal matrix `JᵀJ` with its columns scaled to one, and the scales. What is not free is an identity row.
fn normal(usl: &Usl, samples: &[Sample], free: Free) -> (Matrix3<f64>, Vector3<f64>, Vector3<f64>) {
    let mut matrix = Matrix3::zeros();
    let mut moment = Vector3::zeros();
    for (n, x) in samples {
        let mut g = gradient(usl, *n);
        for (value, free) in g.iter_mut().zip(free.flags()) {
            *value *= if free { 1.0 } else { 0.0 };
        }
        moment += g * (x - usl.throughput(*n));
        matrix += g * g.transpose();
    }
    let scale = matrix
        .diagonal()
        .map(|d| if d > 0.0 { d.sqrt() } else { 1.0 });
    let mut scaled = matrix.component_div(&(scale * scale.transpose()));
    for (index, free) in free.flags().into_iter().enumerate() {
        if let Some(cell) = scaled.get_mut((index, index)).filter(|_| !free) {
            *cell = 1.0;
        }
    }
    (scaled, moment.component_div(&scale), scale)
}

/// The covariance of (σ, κ, λ) for a residual variance; zero where a parameter was held. `None` where the points do not
/// determine the parameters.
pub(super) fn covariance(found: &Found, samples: &[Sample], variance: f64) -> Option<Matrix3<f64>> {
    let (scaled, _, scale) = normal(&found.usl, samples, found.free);
    let inverse = scaled.try_inverse()?;
    let mut covariance = (inverse * variance).component_div(&(scale * scale.transpose()));
    for (index, free) in found.free.flags().into_iter().enumerate() {
        if !free {
            covariance.row_mut(index).fill(0.0);
            covariance.column_mut(index).fill(0.0);
        }
    }
    covariance
        .iter()
        .all(|c| c.is_finite())
        .then_some(covariance)
}

/// Follows the squares downhill. Free parameters stay at or above zero where `bounded`.
fn descend(start: Usl, samples: &[Sample], free: Free, bounded: bool) -> Found {
    let mut usl = start;
    let mut best = sse(&usl, samples);
    let mut damping = 1e-3;
    for _ in 0..ROUNDS {
        let (matrix, moment, scale) = normal(&usl, samples, free);
        let mut moved = false;
        while damping < 1e12 {
            let damped = matrix + Matrix3::identity() * damping;
            let step = damped
                .lu()
                .solve(&moment)
                .map_or_else(Vector3::zeros, |s| s.component_div(&scale));
            let floor = if bounded { 0.0 } else { f64::NEG_INFINITY };
            let next = Usl {
                sigma: (usl.sigma + step.x).max(floor),
                kappa: (usl.kappa + step.y).max(floor),
                lambda: (usl.lambda + step.z).max(f64::MIN_POSITIVE),
            };
            let reached = sse(&next, samples);
            let small = |a: f64, b: f64| (a - b).abs() <= 1e-13 * b.abs().max(1e-300);
            let settled = small(next.sigma, usl.sigma)
                && small(next.kappa, usl.kappa)
                && small(next.lambda, usl.lambda);
            if reached <= best {
                moved = !settled && reached < best;
                usl = next;
                best = reached;
                damping = (damping * 0.1).max(1e-15);
                break;
            }
            if settled {
                break;
            }
            damping *= 10.0;
        }
        if !moved {
            break;
        }
    }
    Found {
        usl,
        free,
        sse: best,
    }
}

/// Starting values: the linearised law (`N/X` is a parabola in N), and a grid of contention and peak.
fn starts(samples: &[Sample]) -> Vec<Usl> {
    if samples.len() > MANY {
        let every = samples.len().div_ceil(MANY / 2);
        let part: Vec<Sample> = samples.iter().step_by(every).copied().collect();
        let near = |u: Usl| with_best_lambda(u.sigma.max(1e-6), u.kappa.max(1e-9), samples);
        return bounded(&part).map(|f| near(f.usl)).into_iter().collect();
    }
    let largest = samples.iter().map(|s| s.0).fold(1.0, f64::max);
    let mut found = Vec::new();
    let (mut matrix, mut moment) = (Matrix3::zeros(), Vector3::zeros());
    for (n, x) in samples.iter().filter(|(_, x)| *x > 0.0) {
        let row = Vector3::new(1.0, n - 1.0, n * (n - 1.0));
        // The variance of N/X for one of X.
        let weight = (x * x / n).powi(2);
        matrix += row * row.transpose() * weight;
        moment += row * (n / x * weight);
    }
    if let Some(parabola) = matrix.lu().solve(&moment)
        && parabola.x > 0.0
    {
        found.push((parabola.y / parabola.x, parabola.z / parabola.x));
    }
    for sigma in [0.001, 0.02, 0.1, 0.4] {
        for peak in [0.3, 1.0, 3.0, 30.0] {
            found.push((sigma, (1.0 - sigma) / (peak * largest).powi(2)));
        }
    }
    let mut starts: Vec<Usl> = found
        .into_iter()
        .map(|(s, k)| with_best_lambda(s.max(1e-9), k.max(1e-12), samples))
        .filter(|u| u.lambda.is_finite() && u.lambda > 0.0)
        .collect();
    starts.sort_by(|a, b| sse(a, samples).total_cmp(&sse(b, samples)));
    starts.truncate(FOLLOWED);
    starts
}

/// The law with the least squares for σ ≥ 0, κ ≥ 0, λ > 0. Where a bound holds a parameter, that parameter counts as
/// held and the others were fitted without it.
pub(super) fn bounded(samples: &[Sample]) -> Option<Found> {
    let starts = starts(samples);
    let mut best: Option<Found> = None;
    for free in Free::FACES {
        for start in &starts {
            let start = with_best_lambda(
                if free.sigma { start.sigma } else { 0.0 },
                if free.kappa { start.kappa } else { 0.0 },
                samples,
            );
            let found = descend(start, samples, free, true);
            let at_bound =
                (free.sigma && found.usl.sigma <= 0.0) || (free.kappa && found.usl.kappa <= 0.0);
            // A smaller face has the same optimum with fewer parameters; it is looked at by itself.
            let better = best.is_none_or(|b| found.sse < b.sse * (1.0 - 1e-10));
            if found.sse.is_finite() && !at_bound && better {
                best = Some(found);
            }
        }
    }
    best
}

/// The law without bounds, from a bounded fit on.
pub(super) fn unbounded(from: &Found, samples: &[Sample]) -> Usl {
    descend(from.usl, samples, Free::BOTH, false).usl
}

/// Contention alone (Amdahl's law): κ held at 0.
pub(super) fn without_coherency(samples: &[Sample]) -> Option<Found> {
    let face = Free {
        sigma: true,
        kappa: false,
    };
    starts(samples)
        .into_iter()
        .map(|s| descend(with_best_lambda(s.sigma, 0.0, samples), samples, face, true))
        .filter(|f| f.sse.is_finite())
        .min_by(|a, b| a.sse.total_cmp(&b.sse))
}
