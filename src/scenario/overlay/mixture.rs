//! Response times of a step as a mixture of parts, each a fixed time, an even wait and an exponential tail, whose
//! distribution function is known in closed form.

/// A part is compared with so many before it.
const JOINED: usize = 8;

/// Requests that fare alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// How many there are; only the proportions count.
    pub weight: f64,
    /// Seconds that all of them take.
    pub fixed: f64,
    /// Seconds of which they wait an even share.
    pub even: f64,
    /// Share of them with a tail, 0..1.
    pub tail: f64,
    /// Its rate per second.
    pub rate: f64,
}

impl Part {
    /// Share of them done within so many seconds.
    fn within(&self, secs: f64) -> f64 {
        let x = secs - self.fixed;
        if x < 0.0 {
            return 0.0;
        }
        let (even, rate) = (self.even, self.rate);
        let plain = if even > 0.0 { (x / even).min(1.0) } else { 1.0 };
        let tailed = if self.tail <= 0.0 {
            0.0
        } else if even * rate < 1e-6 {
            1.0 - (-rate * x).exp()
        } else if x < even {
            x / even + (-rate * x).exp_m1() / (rate * even)
        } else {
            // The two exponentials are joined so that neither overflows.
            1.0 - ((rate * (even - x)).exp() - (-rate * x).exp()) / (rate * even)
        };
        (1.0 - self.tail) * plain + self.tail * tailed
    }

    fn mean(&self) -> f64 {
        let tail = if self.tail > 0.0 {
            self.tail / self.rate
        } else {
            0.0
        };
        self.fixed + self.even / 2.0 + tail
    }

    /// Nearly all of them are done by then.
    fn end(&self) -> f64 {
        let tail = if self.tail > 0.0 {
            30.0 / self.rate
        } else {
            0.0
        };
        self.fixed + self.even + tail
    }
}

/// All requests of a step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mixture {
    parts: Vec<Part>,
    weight: f64,
}

impl Mixture {
    /// Adds a part; one like those before it is joined with them.
    pub fn add(&mut self, part: Part) {
        if !(part.weight > 0.0 && part.fixed.is_finite() && part.rate > 0.0) {
            return;
        }
        self.weight += part.weight;
        let alike = |other: &&mut Part| {
            Part {
                weight: part.weight,
                ..**other
            } == part
        };
        match self.parts.iter_mut().rev().take(JOINED).find(alike) {
            Some(other) => other.weight += part.weight,
            None => self.parts.push(part),
        }
    }

    /// Share done within so many seconds, 0..1.
    pub fn within(&self, secs: f64) -> f64 {
        if self.weight > 0.0 {
            let done: f64 = self.parts.iter().map(|p| p.weight * p.within(secs)).sum();
            done / self.weight
        } else {
            0.0
        }
    }

    /// Mean seconds; 0 without requests.
    pub fn mean(&self) -> f64 {
        if self.weight > 0.0 {
            let all: f64 = self.parts.iter().map(|p| p.weight * p.mean()).sum();
            all / self.weight
        } else {
            0.0
        }
    }

    /// Seconds between which all lie, but for next to nothing.
    pub fn span(&self) -> Option<(f64, f64)> {
        self.parts
            .iter()
            .map(|p| (p.fixed, p.end()))
            .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// The seconds within which a share 0..1 is done, known to lie between two times, to a share of itself.
    pub fn quantile_between(&self, share: f64, low: f64, high: f64, grain: f64) -> f64 {
        let (mut low, mut high) = (low, high);
        for _ in 0..60 {
            if high - low <= grain * high {
                break;
            }
            let middle = f64::midpoint(low, high);
            if self.within(middle) < share {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(fixed: f64, even: f64, tail: f64, rate: f64) -> Part {
        Part {
            weight: 1.0,
            fixed,
            even,
            tail,
            rate,
        }
    }

    fn of(parts: &[Part]) -> Mixture {
        let mut out = Mixture::default();
        for part in parts {
            out.add(*part);
        }
        out
    }

    fn quantile(mixture: &Mixture, share: f64) -> f64 {
        let (low, high) = mixture.span().unwrap();
        mixture.quantile_between(share, low, high, 1e-7)
    }

    #[test]
    fn an_exponential_has_its_percentiles() {
        let response = of(&[part(0.1, 0.0, 1.0, 50.0)]);
        let p95 = quantile(&response, 0.95);
        assert!((p95 - (0.1 + 20.0_f64.ln() / 50.0)).abs() < 1e-6);
        assert!((response.mean() - 0.12).abs() < 1e-12);
    }

    #[test]
    fn an_even_wait_has_its_percentiles() {
        let response = of(&[part(0.05, 0.05, 0.0, 1.0)]);
        assert!((quantile(&response, 0.95) - 0.0975).abs() < 1e-6);
        assert!((response.mean() - 0.075).abs() < 1e-12);
    }

    #[test]
    fn an_even_wait_and_a_tail_are_convolved() {
        // By numbers: the integral of the tail's distribution over the even wait.
        let response = of(&[part(0.0, 2.0, 1.0, 3.0)]);
        for secs in [0.1, 1.0, 1.9, 2.0, 2.5, 4.0] {
            let n = 200_000;
            let by_numbers: f64 = (0..n)
                .map(|i| {
                    let wait = (f64::from(i) + 0.5) * 2.0 / f64::from(n);
                    if secs > wait {
                        1.0 - (-3.0 * (secs - wait)).exp()
                    } else {
                        0.0
                    }
                })
                .sum::<f64>()
                / f64::from(n);
            assert!(
                (response.within(secs) - by_numbers).abs() < 1e-6,
                "{secs}: {by_numbers}"
            );
        }
        assert!((response.mean() - (1.0 + 1.0 / 3.0)).abs() < 1e-12);
    }

    #[test]
    fn parts_count_by_their_weight_and_equal_ones_are_joined() {
        let mut response = of(&[part(0.0, 1.0, 0.0, 1.0); 3]);
        assert_eq!(response.parts.len(), 1);
        response.add(Part {
            weight: 1.0,
            ..part(10.0, 1.0, 0.0, 1.0)
        });
        assert!((response.within(1.0) - 0.75).abs() < 1e-12);
        assert!((quantile(&response, 0.7) - 0.7 / 0.75).abs() < 1e-5);
        assert_eq!(Mixture::default().span(), None);
    }
}
