//! The Universal Scalability Law: throughput as a function of concurrency, `X(N) = λN / (1 + σ(N−1) + κN(N−1))`
//! (N. J. Gunther, "Guerrilla Capacity Planning", 2007, in the form with three parameters), and what follows from it.
//!
//! Every inverse keeps κ: tools that drop it read 17.7 where the law says 29.6 (the Cisco measurements of B. Schwartz).
//! Beside it the two laws it contains or competes with: Amdahl's (κ = 0) and Gustafson's.

use serde::{Deserialize, Serialize};

/// The three parameters of the law.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Usl {
    /// Contention: the share of the work that cannot be done side by side, at least 0.
    pub sigma: f64,
    /// Coherency: the cost of keeping each pair of workers in agreement, at least 0.
    pub kappa: f64,
    /// Throughput of one, per second.
    pub lambda: f64,
}

/// How the time of one unit of work is spent, as shares of what it takes with one worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Overheads {
    /// The work itself: 1/N.
    pub ideal: f64,
    /// Waiting for what is shared: σ(N−1)/N.
    pub contention: f64,
    /// Agreeing with the others: κ(N−1)/2.
    pub coherency: f64,
}

impl Usl {
    /// By how much `n` of them are held back: 1 where they are not.
    pub(super) fn delay(&self, n: f64) -> f64 {
        1.0 + (n - 1.0) * (self.sigma + self.kappa * n)
    }

    /// Throughput at a concurrency, per second.
    pub fn throughput(&self, n: f64) -> f64 {
        self.lambda * n / self.delay(n)
    }

    /// Response time at a concurrency in seconds, by Little's law: `R = N/X`.
    pub fn response_secs(&self, n: f64) -> f64 {
        self.delay(n) / self.lambda
    }

    /// Throughput over that of `n` times one, 0..=1 (more where the law is superlinear below one).
    pub fn efficiency(&self, n: f64) -> f64 {
        1.0 / self.delay(n)
    }

    /// How the time of one unit of work is spent at a concurrency.
    pub fn overheads(&self, n: f64) -> Overheads {
        Overheads {
            ideal: 1.0 / n,
            contention: self.sigma * (n - 1.0) / n,
            coherency: self.kappa * (n - 1.0) / 2.0,
        }
    }

    /// The concurrency of the largest throughput: `√((1−σ)/κ)`. `None` where throughput never falls (κ = 0), or does
    /// so from the first on (σ ≥ 1).
    pub fn peak_concurrency(&self) -> Option<f64> {
        (self.kappa > 0.0 && self.sigma < 1.0).then(|| ((1.0 - self.sigma) / self.kappa).sqrt())
    }

    /// The largest throughput, per second.
    pub fn peak_throughput(&self) -> Option<f64> {
        self.peak_concurrency().map(|n| self.throughput(n))
    }

    /// What contention alone would allow, per second: Amdahl's limit λ/σ. `None` without contention, and where σ is above
    /// 1, so that throughput falls towards it.
    pub fn limit(&self) -> Option<f64> {
        (self.sigma > 0.0 && self.sigma <= 1.0).then(|| self.lambda / self.sigma)
    }

    /// Whether throughput falls from a concurrency on: the slope of X there is that of 1 − σ − κN², at or below 0.
    pub fn falls_from(&self, n: f64) -> bool {
        self.sigma + self.kappa * n * n >= 1.0
    }

    /// The smallest concurrency that reaches a throughput. `None` above the peak.
    pub fn concurrency_at(&self, throughput: f64) -> Option<f64> {
        let x = throughput;
        // κx·N² + (x(σ−κ)−λ)·N + x(1−σ) = 0, its smaller root in the form that does not cancel.
        let (a, b, c) = (
            self.kappa * x,
            x * (self.sigma - self.kappa) - self.lambda,
            x * (1.0 - self.sigma),
        );
        let square = b * b - 4.0 * a * c;
        if b >= 0.0 || square < 0.0 {
            return None;
        }
        let n = 2.0 * c / (square.sqrt() - b);
        (n.is_finite() && n >= 0.0).then_some(n)
    }

    /// Response time in seconds at a throughput, on the way up to the peak.
    pub fn response_at(&self, throughput: f64) -> Option<f64> {
        self.concurrency_at(throughput)
            .map(|n| self.response_secs(n))
    }

    /// The concurrency at which responses take so many seconds. `None` where they never do.
    pub fn concurrency_at_response(&self, secs: f64) -> Option<f64> {
        let (sigma, kappa) = (self.sigma, self.kappa);
        let scaled = self.lambda * secs;
        let n = if kappa > 0.0 {
            let square = sigma * sigma + kappa * kappa + 2.0 * kappa * (2.0 * scaled + sigma - 2.0);
            ((kappa - sigma) + square.max(0.0).sqrt()) / (2.0 * kappa)
        } else {
            1.0 + (scaled - 1.0) / sigma
        };
        (n.is_finite() && n > 0.0 && is_root(self, n, secs)).then_some(n)
    }
}

/// Whether responses at `n` take so long: below the shortest one there is no such concurrency.
fn is_root(usl: &Usl, n: f64, secs: f64) -> bool {
    (usl.response_secs(n) - secs).abs() <= 1e-6 * secs.abs()
}

/// Speedup by Gustafson's law: the work grows with the workers, its serial part does not (J. Gustafson, CACM 1988).
pub fn gustafson_speedup(serial: f64, n: f64) -> f64 {
    n - serial * (n - 1.0)
}

/// Requests in flight by Little's law: `N = X·R` (throughput per second, seconds).
pub fn in_flight(throughput: f64, response_secs: f64) -> f64 {
    throughput * response_secs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(actual: f64, expected: f64, relative: f64) {
        assert!(
            (actual - expected).abs() <= relative * expected.abs(),
            "{actual} is not {expected}"
        );
    }

    /// The parameters of the 32 Cisco measurements, to the digits of the fit.
    const CISCO: Usl = Usl {
        sigma: 0.026_715_946,
        kappa: 0.000_769_093_91,
        lambda: 995.648_79,
    };

    #[test]
    fn every_inverse_keeps_coherency() {
        for (x, n) in [
            (955.0, 0.958_069_5),
            (11_048.0, 19.923_903),
            (12_201.0, 29.569_036),
        ] {
            near(CISCO.concurrency_at(x).unwrap(), n, 1e-6);
            near(CISCO.response_at(x).unwrap(), n / x, 1e-6);
        }
        assert_eq!(CISCO.concurrency_at(12_400.0), None, "above the peak");
        for (secs, n) in [(0.03, 177.698_4), (0.04, 208.524_5), (0.05, 235.614_7)] {
            near(CISCO.concurrency_at_response(secs).unwrap(), n, 1e-6);
        }
        for (n, secs) in [
            (1.0, 0.001_004_37),
            (20.0, 0.001_807_72),
            (35.0, 0.002_835_90),
        ] {
            near(CISCO.response_secs(n), secs, 3e-6);
        }
        near(CISCO.throughput(20.0), 11_063.633, 1e-7);
        near(CISCO.peak_concurrency().unwrap(), 35.573_788, 1e-7);
        near(CISCO.peak_throughput().unwrap(), 12_342.853, 1e-7);
    }

    #[test]
    fn what_if_coherency_were_halved() {
        let fitted = Usl {
            sigma: 0.027_728_475_4,
            kappa: 5e-5,
            lambda: 89.995_232_6,
        };
        near(fitted.peak_concurrency().unwrap(), 139.446_87, 1e-7);
        near(fitted.peak_throughput().unwrap(), 2_162.143_0, 1e-7);
        let other = Usl {
            sigma: 0.001,
            kappa: 1e-5,
            ..fitted
        };
        near(other.peak_concurrency().unwrap(), 316.069_6, 1e-6);
        near(other.limit().unwrap(), 89_995.23, 1e-7);
    }

    #[test]
    fn efficiency_and_overheads_of_specsdm91() {
        let usl = Usl {
            sigma: 0.027_728_475_4,
            kappa: 0.000_104_365_483,
            lambda: 89.995_232_6,
        };
        let two = usl.overheads(2.0);
        near(two.ideal, 0.5, 1e-9);
        near(two.contention, 0.0139, 3e-3);
        near(two.coherency, 0.000_052_2, 1e-3);
        let many = usl.overheads(216.0);
        near(many.ideal, 0.004_63, 1e-3);
        near(many.contention, 0.0276, 1e-3);
        near(many.coherency, 0.011_219, 1e-4);
        for (n, x) in [
            (1.0, 90.0),
            (18.0, 1_078.0),
            (36.0, 1_541.0),
            (216.0, 1_646.0),
        ] {
            near(usl.throughput(n), x, 5e-4);
        }
    }

    /// At the edges: no coherency, no contention, neither, and contention of one.
    #[test]
    fn edges_have_answers() {
        // Amdahl's law (AFIPS 1967): a share of 5 % cannot be done side by side.
        let amdahl = Usl {
            sigma: 0.05,
            kappa: 0.0,
            lambda: 1.0,
        };
        assert_eq!(amdahl.peak_concurrency(), None);
        for (n, speedup) in [
            (2.0, 1.904_762),
            (4.0, 3.478_261),
            (8.0, 5.925_926),
            (16.0, 9.142_857),
            (32.0, 12.549_020),
            (64.0, 15.421_687),
            (128.0, 17.414_966),
            (1_024.0, 19.635_666),
        ] {
            near(amdahl.throughput(n), speedup, 1e-6);
            near(amdahl.concurrency_at(speedup).unwrap(), n, 1e-4);
        }
        near(amdahl.limit().unwrap(), 20.0, 1e-12);
        assert_eq!(
            amdahl.concurrency_at(20.0),
            None,
            "the limit is never reached"
        );
        near(amdahl.concurrency_at_response(1.05).unwrap(), 2.0, 1e-9);
        let linear = Usl {
            sigma: 0.0,
            ..amdahl
        };
        assert_eq!(linear.limit(), None);
        near(linear.concurrency_at(7.0).unwrap(), 7.0, 1e-12);
        assert_eq!(linear.concurrency_at_response(2.0), None);
        let falls = Usl {
            sigma: 1.2,
            kappa: 0.1,
            lambda: 1.0,
        };
        assert_eq!(falls.peak_concurrency(), None);
        assert_eq!(
            falls.limit(),
            None,
            "it falls, towards nothing that contention allows"
        );
        assert!(falls.falls_from(1.0) && !amdahl.falls_from(1e9));
        assert!(CISCO.falls_from(35.6) && !CISCO.falls_from(35.5));
    }

    #[test]
    fn gustafson_and_little() {
        for (n, speedup) in [(2.0, 1.95), (8.0, 7.65), (64.0, 60.85), (1_024.0, 972.85)] {
            near(gustafson_speedup(0.05, n), speedup, 1e-12);
        }
        near(in_flight(5.0, 0.6), 3.0, 1e-12);
    }
}
