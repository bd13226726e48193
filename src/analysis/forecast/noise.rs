//! Seeded random numbers for simulated paths: normals by Marsaglia's polar method, chi-squares by Marsaglia and Tsang
//! (2000), "A simple method for generating gamma variables". The generator is PCG, which is portable: one seed gives
//! the same paths on every machine.

use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Noise {
    generator: Pcg64Mcg,
    spare: Option<f64>,
}

impl Noise {
    /// The stream of a seed.
    pub fn seeded(seed: u64) -> Self {
        Self {
            generator: Pcg64Mcg::seed_from_u64(seed),
            spare: None,
        }
    }

    /// Uniform in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        self.generator.random::<f64>()
    }

    /// Standard normal.
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let u = 2.0 * self.uniform() - 1.0;
            let v = 2.0 * self.uniform() - 1.0;
            let s = u * u + v * v;
            if s > 0.0 && s < 1.0 {
                let factor = (-2.0 * s.ln() / s).sqrt();
                self.spare = Some(v * factor);
                return u * factor;
            }
        }
    }

    /// Chi-square with `freedom` ≥ 1 degrees of freedom.
    pub fn chi_square(&mut self, freedom: f64) -> f64 {
        let shape = freedom / 2.0;
        if shape < 1.0 {
            // One degree of freedom is the square of a normal.
            return self.normal().powi(2);
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v <= 0.0 {
                continue;
            }
            let u = self.uniform();
            if u > 0.0 && u.ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return 2.0 * d * v;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(draw: impl FnMut() -> f64) -> (f64, f64) {
        let values: Vec<f64> = std::iter::repeat_with(draw).take(40_000).collect();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        (
            mean,
            values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n,
        )
    }

    #[test]
    fn moments_are_right_and_a_seed_repeats() {
        let mut noise = Noise::seeded(7);
        let (mean, variance) = moments(|| noise.normal());
        assert!(
            mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03,
            "{mean} {variance}"
        );
        for freedom in [2.0, 9.0, 100.0] {
            let (mean, variance) = moments(|| noise.chi_square(freedom));
            assert!((mean / freedom - 1.0).abs() < 0.03, "{mean}");
            assert!(
                (variance / (2.0 * freedom) - 1.0).abs() < 0.06,
                "{variance}"
            );
        }
        assert_eq!(Noise::seeded(3).normal(), Noise::seeded(3).normal());
    }
}
