//! The questions that are asked of single values, with the sentences that answer them.

use crate::scenario::SimulateError;
use crate::scenario::model::Dist;
use crate::units::number;

/// Collects what is impossible, in the order of the questions.
#[derive(Debug, Default)]
pub(super) struct Look {
    pub found: Vec<SimulateError>,
}

impl Look {
    /// Notes that a key cannot be as it is.
    pub fn no(&mut self, key: impl AsRef<str>, reason: impl Into<String>) {
        self.found
            .push(SimulateError::impossible(key.as_ref(), reason));
    }

    /// A number at all.
    pub fn finite(&mut self, key: impl AsRef<str>, value: f64) -> bool {
        if !value.is_finite() {
            self.no(key, "is not a number");
        }
        value.is_finite()
    }

    /// Zero or more.
    pub fn not_negative(&mut self, key: impl AsRef<str>, value: f64) {
        if self.finite(&key, value) && value < 0.0 {
            self.no(key, format!("{} is negative", number(value)));
        }
    }

    /// More than zero.
    pub fn positive(&mut self, key: impl AsRef<str>, value: f64) {
        if self.finite(&key, value) && value <= 0.0 {
            self.no(key, format!("must be above zero, not {}", number(value)));
        }
    }

    /// From 0 to 1.
    pub fn share(&mut self, key: impl AsRef<str>, value: f64) {
        if self.finite(&key, value) && !(0.0..=1.0).contains(&value) {
            self.no(
                key,
                format!("{} % is not between 0 % and 100 %", number(value * 100.0)),
            );
        }
    }

    /// At least one.
    pub fn some(&mut self, key: impl AsRef<str>, value: u32) {
        if value == 0 {
            self.no(key, "must be at least 1");
        }
    }

    /// A duration as a distribution.
    pub fn dist(&mut self, key: impl AsRef<str>, dist: &Dist) {
        let key = key.as_ref();
        let part = |name: &str| format!("{key}.{name}");
        match dist {
            Dist::Deterministic { mean } => self.not_negative(key, *mean),
            Dist::Exponential { mean } => self.positive(part("mean"), *mean),
            Dist::LogNormal { mean, cv } => {
                self.positive(part("mean"), *mean);
                self.not_negative(part("cv"), *cv);
            }
            Dist::Erlang { mean, phases } => {
                self.positive(part("mean"), *mean);
                self.some(part("phases"), *phases);
            }
            Dist::HyperExponential { mean, cv } => {
                self.positive(part("mean"), *mean);
                if self.finite(part("cv"), *cv) && *cv < 1.0 {
                    self.no(
                        part("cv"),
                        format!(
                            "{} is below 1; a hyperexponential varies at least as much as an exponential",
                            number(*cv)
                        ),
                    );
                }
            }
            Dist::Empirical { quantiles } => self.quantiles(&part("quantiles"), quantiles),
        }
    }

    fn quantiles(&mut self, key: &str, quantiles: &[(f64, f64)]) {
        let ends = |pair: Option<&(f64, f64)>, share: f64| {
            pair.is_some_and(|(s, _)| (s - share).abs() < 1e-12)
        };
        if quantiles
            .iter()
            .any(|(s, t)| !s.is_finite() || !t.is_finite())
        {
            self.no(key, "holds a value that is not a number");
        } else if quantiles.len() < 2
            || !ends(quantiles.first(), 0.0)
            || !ends(quantiles.last(), 1.0)
        {
            self.no(key, "must go from 0 % to 100 %");
        } else if quantiles.iter().any(|(_, secs)| *secs < 0.0) {
            self.no(key, "holds a negative time");
        } else if quantiles
            .iter()
            .zip(quantiles.iter().skip(1))
            .any(|(a, b)| b.0 < a.0 || b.1 < a.1)
        {
            self.no(key, "must rise, in its shares and in its times");
        }
    }
}
