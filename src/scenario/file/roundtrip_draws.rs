//! Draws what scenarios are made of: round and odd figures, awkward names, every variant.

use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64;

use crate::scenario::model::*;

/// Draws values; half of the fields stay at their default.
pub(super) struct Draw(Pcg64);

impl Draw {
    pub(super) fn new(seed: u64) -> Self {
        Self(Pcg64::seed_from_u64(seed))
    }

    pub(super) fn seed(&mut self) -> u64 {
        self.0.random()
    }

    pub(super) fn below(&mut self, n: u32) -> u32 {
        self.0.random_range(0..n)
    }

    pub(super) fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    /// Round and odd numbers.
    pub(super) fn number(&mut self) -> f64 {
        match self.below(4) {
            0 => f64::from(self.below(1000)),
            1 => f64::from(self.below(100_000)) / 1e3,
            2 => f64::from(self.below(1_000_000)) / 1e6,
            _ => self.0.random_range(1e-9..1e6),
        }
    }

    pub(super) fn share(&mut self) -> f64 {
        if self.coin() {
            f64::from(self.below(101)) / 100.0
        } else {
            self.0.random_range(0.0..1.0)
        }
    }

    pub(super) fn some<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.coin() { Some(make(self)) } else { None }
    }

    pub(super) fn many<T>(&mut self, make: impl Fn(&mut Self) -> T) -> Vec<T> {
        let count = self.below(4);
        (0..count).map(|_| make(self)).collect()
    }

    pub(super) fn name(&mut self) -> String {
        let names = [
            "us-east",
            "GET /a?b=1",
            "1.50",
            "true",
            "a: b",
            "Bücher",
            "#1",
            "z",
            "1_000",
            "2026-11-21",
            "l2",
            "\"quoted\"",
        ];
        names[self.below(12) as usize].trim().to_owned()
    }

    pub(super) fn dist(&mut self) -> Dist {
        let mean = self.number();
        match self.below(6) {
            0 => Dist::Exponential { mean },
            1 => Dist::Deterministic { mean },
            2 => Dist::LogNormal {
                mean,
                cv: self.number(),
            },
            3 => Dist::Erlang {
                mean,
                phases: self.below(9),
            },
            4 => Dist::HyperExponential {
                mean,
                cv: self.number(),
            },
            _ => Dist::Empirical {
                quantiles: vec![(0.0, 0.0), (self.share(), mean), (1.0, mean * 2.0)],
            },
        }
    }

    pub(super) fn metric(&mut self) -> ScaleMetric {
        [
            ScaleMetric::CpuUtilization,
            ScaleMetric::WorkerUtilization,
            ScaleMetric::RequestRate,
            ScaleMetric::ResponseTime,
            ScaleMetric::QueueLength,
        ][self.below(5) as usize]
    }

    pub(super) fn pattern(&mut self) -> Pattern {
        let (a, b, c, d) = (self.number(), self.number(), self.number(), self.number());
        let series = self.name();
        match self.below(10) {
            0 => Pattern::Constant { level: a },
            1 => Pattern::Ramp {
                from: a,
                to: b,
                over: c,
            },
            2 => Pattern::Spike {
                base: a,
                peak: b,
                at: c,
                lasts: d,
            },
            3 => Pattern::Steps {
                from: a,
                by: b,
                every: c,
                to: d,
            },
            4 => Pattern::Daily {
                hours: (0..24).map(|_| self.number()).collect(),
            },
            5 => Pattern::Weekly {
                hours: (0..168).map(|_| self.number()).collect(),
            },
            6 => Pattern::Points {
                points: (0..5)
                    .map(|_| RatePoint {
                        at: self.number(),
                        level: self.number(),
                    })
                    .collect(),
                interpolation: if self.coin() {
                    Interpolation::Step
                } else {
                    Interpolation::Linear
                },
            },
            7 => Pattern::Forecast {
                series,
                quantile: 0.001 + 0.9 * self.share(),
            },
            8 => Pattern::Series { series },
            _ => Pattern::Log { file: series },
        }
    }

    pub(super) fn workload(&mut self) -> Workload {
        Workload {
            arrivals: match self.below(3) {
                0 => Arrivals::Open,
                1 => Arrivals::Even,
                _ => Arrivals::Closed { think: self.dist() },
            },
            pattern: self.pattern(),
            growth: self.number(),
            users: self.number(),
        }
    }

    pub(super) fn class(&mut self) -> Class {
        Class {
            label: self.name(),
            weight: self.number(),
            time: self.dist(),
            cpu: self.some(Self::number),
            priority: self.below(200) as u8,
            error_share: self.share(),
            writes: self.share(),
        }
    }

    pub(super) fn service(&mut self) -> Service {
        let mut service = Service {
            classes: vec![Class {
                time: self.dist(),
                ..Class::default()
            }],
            from_run: self.some(Self::name),
            workers: self.below(100),
            queue_limit: self.some(|d| d.below(5000)),
            timeout: self.some(Self::number),
            retries: Retries {
                max: self.below(5),
                backoff: self.number(),
                factor: self.number(),
                cap: self.number(),
                jitter: self.share(),
            },
            contention: Contention::Queueing,
            cores: self.number(),
            measured_cores: self.number(),
            serial_share: self.share(),
            network: self.number(),
            shed_at: self.some(Self::share),
        };
        if self.coin() {
            service.classes = vec![self.class(), self.class()];
        }
        if self.coin() {
            service.contention = Contention::Scalability {
                sigma: self.share(),
                kappa: self.share(),
                lambda: self.number(),
            };
        }
        service
    }

    pub(super) fn topology(&mut self) -> Topology {
        let balancers = super::topology::BALANCERS;
        Topology {
            groups: if self.coin() {
                vec![InstanceGroup {
                    instances: self.below(50),
                    ..InstanceGroup::default()
                }]
            } else {
                (0..2)
                    .map(|_| InstanceGroup {
                        name: self.name(),
                        instances: self.below(9),
                        weight: self.number(),
                        speed: self.number(),
                        distance: self.number(),
                    })
                    .collect()
            },
            balancer: balancers[self.below(12) as usize].1,
            health_check: self.some(|d| HealthCheck {
                interval: d.number(),
                timeout: d.number(),
                healthy_threshold: d.below(9),
                unhealthy_threshold: d.below(9),
            }),
            circuit_breaker: self.some(|d| CircuitBreaker {
                failure_threshold: d.below(9),
                recovery_timeout: d.number(),
                half_open_max_calls: d.below(9),
            }),
            sticky: self.some(|d| StickySessions {
                duration: d.number(),
            }),
            rollout: self.some(|d| Rollout {
                share: d.share(),
                at: d.number(),
                watch: d.number(),
                time_factor: d.number(),
                error_share: d.share(),
                max_error_share: d.some(Self::share),
                max_response: d.some(Self::number),
                instances: d.some(|d| d.below(9)),
                max_slower: d.some(Self::number),
            }),
        }
    }
}
