//! Durations drawn from a [`Dist`], with everything that does not change computed once.

use crate::scenario::model::Dist;

use super::random::Stream;

/// Cells of the table that leads into the quantiles (Chen and Asau 1974).
const GUIDE: usize = 256;
/// Above this many phases a sum of exponentials is drawn as a gamma variable.
const MOST_PHASES: u32 = 8;

/// Draws durations in seconds, never below zero.
#[derive(Clone, Debug)]
pub(super) enum Sampler {
    Constant(f64),
    Exponential(f64),
    LogNormal {
        location: f64,
        scale: f64,
    },
    /// Product of uniforms: mean of a phase, and their number.
    Phases {
        mean: f64,
        phases: u32,
    },
    /// Marsaglia and Tsang (2000), "A simple method for generating gamma variables": scale, d and c of the paper.
    Gamma {
        scale: f64,
        d: f64,
        c: f64,
    },
    /// Of two exponentials: probability of the first, and both means.
    Branches {
        first: f64,
        means: (f64, f64),
    },
    /// Linear between (share, seconds); a guide to where a share lies.
    Table {
        quantiles: Vec<(f64, f64)>,
        guide: Vec<u32>,
    },
}

/// A duration that is finite and not negative.
fn clean(secs: f64) -> f64 {
    if secs.is_finite() { secs.max(0.0) } else { 0.0 }
}

impl Sampler {
    pub(super) fn new(dist: &Dist) -> Self {
        match dist {
            Dist::Exponential { mean } => Self::Exponential(clean(*mean)),
            Dist::Deterministic { mean } => Self::Constant(clean(*mean)),
            Dist::LogNormal { mean, cv } => {
                let (mean, cv) = (clean(*mean), clean(*cv));
                if mean > 0.0 && cv > 0.0 {
                    let variance = (cv * cv).ln_1p();
                    Self::LogNormal {
                        location: mean.ln() - variance / 2.0,
                        scale: variance.sqrt(),
                    }
                } else {
                    Self::Constant(mean)
                }
            }
            Dist::Erlang { mean, phases } => {
                let phases = (*phases).max(1);
                let mean = clean(*mean) / f64::from(phases);
                if phases <= MOST_PHASES {
                    Self::Phases { mean, phases }
                } else {
                    let d = f64::from(phases) - 1.0 / 3.0;
                    Self::Gamma {
                        scale: mean,
                        d,
                        c: 1.0 / (9.0 * d).sqrt(),
                    }
                }
            }
            Dist::HyperExponential { mean, cv } => {
                let (mean, squared) = (clean(*mean), clean(*cv).powi(2).max(1.0));
                // Balanced means: both branches carry half of the work.
                let first = f64::midpoint(1.0, ((squared - 1.0) / (squared + 1.0)).sqrt());
                let second = (1.0 - first).max(f64::MIN_POSITIVE);
                Self::Branches {
                    first,
                    means: (mean / (2.0 * first), mean / (2.0 * second)),
                }
            }
            Dist::Empirical { quantiles } => Self::table(quantiles),
        }
    }

    fn table(quantiles: &[(f64, f64)]) -> Self {
        let quantiles: Vec<(f64, f64)> = quantiles
            .iter()
            .map(|(share, secs)| (clean(*share), clean(*secs)))
            .collect();
        if quantiles.len() < 2 {
            return Self::Constant(quantiles.first().map_or(0.0, |(_, secs)| *secs));
        }
        let last = quantiles.len() - 2;
        let guide = (0..GUIDE)
            .map(|cell| {
                let share = cell as f64 / GUIDE as f64;
                let above = quantiles.iter().skip(1).position(|(s, _)| *s > share);
                above.unwrap_or(last) as u32
            })
            .collect();
        Self::Table { quantiles, guide }
    }

    /// One duration, seconds.
    #[inline]
    pub(super) fn draw(&self, stream: &mut Stream) -> f64 {
        match self {
            Self::Constant(mean) => *mean,
            Self::Exponential(mean) => mean * stream.exponential(),
            Self::LogNormal { location, scale } => (location + scale * stream.normal()).exp(),
            Self::Phases { mean, phases } => {
                let product: f64 = (0..*phases).map(|_| 1.0 - stream.share()).product();
                -mean * product.ln()
            }
            Self::Gamma { scale, d, c } => loop {
                let x = stream.normal();
                let v = (1.0 + c * x).powi(3);
                let u = 1.0 - stream.share();
                if v > 0.0 && u.ln() < 0.5 * x * x + d * (1.0 - v + v.ln()) {
                    return scale * d * v;
                }
            },
            Self::Branches { first, means } => {
                let mean = if stream.share() < *first {
                    means.0
                } else {
                    means.1
                };
                mean * stream.exponential()
            }
            Self::Table { quantiles, guide } => {
                let share = stream.share();
                let cell = (share * GUIDE as f64) as usize;
                let mut at = guide.get(cell).map_or(0, |at| *at as usize);
                loop {
                    match (quantiles.get(at), quantiles.get(at + 1)) {
                        (Some(low), Some(high)) if share < high.0 => {
                            let part = (share - low.0) / (high.0 - low.0);
                            return low.1 + part.clamp(0.0, 1.0) * (high.1 - low.1);
                        }
                        (Some(_), Some(_)) => at += 1,
                        (Some(end), None) => return end.1,
                        (None, _) => return 0.0,
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::Purpose;
    use super::*;

    /// Mean and variation of 400,000 draws against the distribution's own, within five standard errors of a sample.
    #[test]
    fn each_shape_has_its_mean_and_variation() {
        let shapes = [
            (Dist::Exponential { mean: 0.02 }, 9.0),
            (Dist::Deterministic { mean: 0.3 }, 1.0),
            (Dist::LogNormal { mean: 0.2, cv: 0.8 }, 20.0),
            (
                Dist::Erlang {
                    mean: 2.0,
                    phases: 4,
                },
                5.0,
            ),
            (
                Dist::Erlang {
                    mean: 2.0,
                    phases: 40,
                },
                4.0,
            ),
            (Dist::HyperExponential { mean: 0.1, cv: 2.0 }, 30.0),
            (
                Dist::Empirical {
                    quantiles: vec![(0.0, 0.0), (0.5, 0.1), (0.5, 0.2), (0.999, 0.3), (1.0, 9.0)],
                },
                2_000.0,
            ),
        ];
        for (dist, kurtosis) in shapes {
            let sampler = Sampler::new(&dist);
            let mut stream = Stream::new(11, 0, Purpose::Service);
            let n = 400_000.0;
            let (mut sum, mut squares) = (0.0, 0.0);
            for _ in 0..400_000 {
                let x = sampler.draw(&mut stream);
                sum += x;
                squares += x * x;
            }
            let mean = sum / n;
            let variance = squares / n - mean * mean;
            let expected = dist.variation() * dist.mean().powi(2);
            assert!(
                (mean - dist.mean()).abs() <= 5.0 * (expected / n).sqrt() + 1e-9,
                "{dist:?}: {mean}"
            );
            assert!(
                (variance - expected).abs() <= 5.0 * expected * (kurtosis / n).sqrt() + 1e-9,
                "{dist:?}: {variance} for {expected}"
            );
        }
    }

    #[test]
    fn nonsense_takes_no_time() {
        let mut stream = Stream::new(1, 0, Purpose::Service);
        for dist in [
            Dist::Exponential { mean: f64::NAN },
            Dist::LogNormal {
                mean: -1.0,
                cv: 1.0,
            },
            Dist::Empirical {
                quantiles: Vec::new(),
            },
        ] {
            assert!(Sampler::new(&dist).draw(&mut stream).abs() < 1e-12);
        }
    }
}
