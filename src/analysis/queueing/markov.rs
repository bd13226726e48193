//! One queue before one or several equal servers, arrivals at random and exponential service: M/M/1 and M/M/c
//! (Gross and Harris, Fundamentals of Queueing Theory, ch. 2), with the percentiles that have a closed form.

use super::erlang::erlang_c;
use super::{QueueError, above_zero, at_least_zero, servers_in_range};

/// A station in the long run. Times in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Steady {
    /// Busy share of each server, 0..1.
    pub utilisation: f64,
    /// Mean time before service begins.
    pub wait: f64,
    /// Mean time from arrival to the end of service.
    pub response: f64,
    /// Mean number of requests that wait.
    pub queue: f64,
    /// Mean number that wait or are served (Little's law).
    pub in_system: f64,
}

impl Steady {
    pub(super) fn of(arrivals: f64, service: f64, servers: u64, wait: f64) -> Self {
        let response = wait + service;
        Self {
            utilisation: arrivals * service / servers as f64,
            wait,
            response,
            queue: arrivals * wait,
            in_system: arrivals * response,
        }
    }
}

/// M/M/c: `servers` equal servers behind one queue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Markov {
    /// Means.
    pub steady: Steady,
    /// Share of requests that wait at all (Erlang C).
    pub waits: f64,
    /// Seconds of service.
    service: f64,
    /// Service rate left over, cμ − λ, per second.
    spare: f64,
}

/// M/M/1: one server.
pub fn one_server(arrivals: f64, service: f64) -> Result<Markov, QueueError> {
    Markov::new(arrivals, service, 1)
}

impl Markov {
    /// Requests per second, seconds of service, servers.
    pub fn new(arrivals: f64, service: f64, servers: u64) -> Result<Self, QueueError> {
        let arrivals = at_least_zero("the arrival rate", arrivals)?;
        let service = above_zero("the service time", service)?;
        let servers = servers_in_range(servers)?;
        let offered = arrivals * service;
        let spare = servers as f64 / service - arrivals;
        if offered >= servers as f64 || spare <= 0.0 {
            return Err(QueueError::Saturated {
                station: "the station".to_owned(),
                utilisation: offered / servers as f64,
            });
        }
        let waits = erlang_c(servers, offered)?;
        Ok(Self {
            steady: Steady::of(arrivals, service, servers, waits / spare),
            waits,
            service,
            spare,
        })
    }

    /// Share of requests that wait longer than this: C·exp(−(cμ − λ)t).
    pub fn waits_longer_than(&self, secs: f64) -> f64 {
        self.waits * (-self.spare * secs.max(0.0)).exp()
    }

    /// The wait that a share `p` (0..1) of the requests stays within; 0 where at least that share does not wait.
    pub fn wait_percentile(&self, p: f64) -> Option<f64> {
        let left = 1.0 - share(p)?;
        Some(if left >= self.waits {
            0.0
        } else {
            (self.waits / left).ln() / self.spare
        })
    }

    /// Share of requests whose response takes longer than this: waiting and service convolved. Where both have the same
    /// rate the difference quotient becomes its limit, μt.
    pub fn responds_later_than(&self, secs: f64) -> f64 {
        let t = secs.max(0.0);
        let rate = 1.0 / self.service;
        let apart = self.spare - rate;
        let served = (-rate * t).exp();
        // (1 − e^{−δt}) / δ without cancellation; t where δ is 0.
        let quotient = if (apart * t).abs() < 1e-12 {
            t
        } else {
            -(-apart * t).exp_m1() / apart
        };
        (served * (1.0 + self.waits * rate * quotient)).clamp(0.0, 1.0)
    }

    /// The response time that a share `p` (0..1) of the requests stays within. For one server −ln(1 − p)·R; otherwise
    /// the inverse of [`Self::responds_later_than`] by bisection.
    pub fn response_percentile(&self, p: f64) -> Option<f64> {
        let left = 1.0 - share(p)?;
        let mut low = 0.0;
        let mut high = self.steady.response;
        while self.responds_later_than(high) > left {
            low = high;
            high *= 2.0;
            if !high.is_finite() {
                return None;
            }
        }
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            if self.responds_later_than(middle) > left {
                low = middle;
            } else {
                high = middle;
            }
        }
        Some(high)
    }
}

fn share(p: f64) -> Option<f64> {
    (0.0..1.0).contains(&p).then_some(p)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64, within: f64) {
        assert!(
            (found - expected).abs() < within,
            "{found} is not {expected}"
        );
    }

    #[test]
    fn one_server_as_published() {
        let m = one_server(75.0, 0.01).unwrap();
        near(m.steady.utilisation, 0.75, 1e-12);
        near(m.steady.response, 0.04, 1e-12);
        near(m.steady.in_system, 3.0, 1e-12);
        // Exponential response: P95 is −ln(0.05) times the mean.
        near(
            m.response_percentile(0.95).unwrap(),
            0.04 * 20.0_f64.ln(),
            1e-12,
        );
        near(m.wait_percentile(0.9).unwrap(), 7.5_f64.ln() / 25.0, 1e-12);
        assert_eq!(m.wait_percentile(0.2), Some(0.0));
    }

    #[test]
    fn several_servers_as_published() {
        let m = Markov::new(2.0, 1.0, 3).unwrap();
        near(m.waits, 0.444_444_4, 5e-8);
        near(m.steady.wait, 0.444_444_4, 5e-8);
        near(m.steady.response, 1.444_444_4, 5e-8);
        near(m.steady.in_system, 2.888_888_9, 5e-8);
        // Gross and Harris, example 4.1: forty customers an hour, four minutes each; printed 1.14 min and 3.44.
        let four = Markov::new(40.0 / 60.0, 4.0, 4).unwrap();
        near(four.steady.wait, 1.135_255, 5e-7);
        near(four.steady.in_system, 3.423_503, 5e-7);
        near(four.steady.wait, 1.14, 0.02);
        near(four.steady.in_system, 3.44, 0.02);
        let three = Markov::new(40.0 / 60.0, 4.0, 3).unwrap();
        near(three.steady.wait, 9.570_093, 5e-7);
        near(three.steady.in_system, 9.046_729, 5e-7);
        // Gunther, Practical Performance Analyst §1.6.
        let spam = Markov::new(0.66, 6.0, 4).unwrap();
        near(spam.steady.utilisation, 0.99, 1e-12);
        near(spam.waits, 0.977_905_2, 5e-8);
        near(spam.steady.in_system, 100.772_61, 5e-6);
        near(spam.steady.response, 152.685_78, 5e-6);
        near(spam.steady.in_system / (0.99 * 4.0), 25.447_6, 5e-5);
    }

    /// R ≈ S/(1 − ρ^m) is exact for one and two servers and too good for more: 1.693767 and 1.201594 at ρ = 0.8.
    #[test]
    fn the_usual_approximation_is_optimistic() {
        let exact = |m: u64| Markov::new(0.8 * m as f64, 1.0, m).unwrap().steady.response;
        let approximate = |m: i32| 1.0 / (1.0 - 0.8_f64.powi(m));
        near(exact(1), approximate(1), 1e-12);
        near(exact(2), approximate(2), 1e-12);
        near(exact(4), 1.745_541, 5e-7);
        near(exact(8), 1.286_028, 5e-7);
        near(approximate(4), 1.693_767, 5e-7);
        near(approximate(8), 1.201_594, 5e-7);
    }

    #[test]
    fn staffing_tables_as_published() {
        // 360 calls in half an hour, 4 minutes each, 55 agents, 15 s.
        let desk = Markov::new(360.0 / 1_800.0, 240.0, 55).unwrap();
        near(desk.steady.utilisation, 0.872_727_3, 5e-8);
        near(desk.steady.wait, 8.184_032, 5e-7);
        near(1.0 - desk.waits_longer_than(15.0), 0.845_883_1, 5e-8);
        // 100 calls in half an hour, 180 s each, answered within 20 s.
        for (agents, level, wait) in [
            (11, 0.389_613_8, 122.781_3),
            (12, 0.640_158_0, 40.444_9),
            (13, 0.795_594_8, 17.116_2),
            (14, 0.888_350_0, 7.835_9),
        ] {
            let m = Markov::new(100.0 / 1_800.0, 180.0, agents).unwrap();
            near(1.0 - m.waits_longer_than(20.0), level, 6e-8);
            near(m.steady.wait, wait, 6e-5);
        }
    }

    /// The tail of the response integrates to its mean, also where waiting and service have the same rate.
    #[test]
    fn the_tail_of_the_response_agrees_with_its_mean() {
        for (arrivals, servers) in [(2.0, 3), (1.0, 2), (7.5, 8), (0.5, 4)] {
            let m = Markov::new(arrivals, 1.0, servers).unwrap();
            let step = 0.001;
            let area: f64 = (0..200_000)
                .map(|i| m.responds_later_than((f64::from(i) + 0.5) * step) * step)
                .sum();
            near(area, m.steady.response, 1e-5);
            let p95 = m.response_percentile(0.95).unwrap();
            near(m.responds_later_than(p95), 0.05, 1e-12);
        }
        assert_eq!(
            Markov::new(2.0, 1.0, 3).unwrap().response_percentile(1.0),
            None
        );
    }

    #[test]
    fn a_full_station_is_refused_with_its_load() {
        let error = Markov::new(3.0, 1.0, 3).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the station would be busy 100 % of the time; a queue settles only below 100 %"
        );
        assert!(Markov::new(1.0, 0.0, 1).is_err());
    }
}
