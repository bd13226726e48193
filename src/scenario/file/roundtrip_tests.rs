//! What is written reads back as the same scenario: thousands of them, with every variant and every key.

use super::roundtrip_draws::Draw;
use super::{ScenarioFile, to_yaml};
use crate::scenario::Scenario;
use crate::scenario::model::*;

impl Draw {
    fn backend(&mut self) -> Backend {
        Backend {
            caches: self.many(|d| CacheLayer {
                name: d.name(),
                hit_ratio: d.share(),
                latency: d.number(),
                ttl: d.some(Self::number),
                keys: d.number(),
            }),
            database: self.some(|d| Database {
                time: d.dist(),
                queries: d.number(),
                parallel: d.below(9),
                pool: Pool {
                    min_connections: d.below(9),
                    max_connections: d.below(99),
                    idle_timeout: d.number(),
                    max_lifetime: d.number(),
                    connect: d.number(),
                    acquire_timeout: d.some(Self::number),
                },
                replicas: Replicas {
                    count: d.below(9),
                    lag: d.number(),
                    lag_threshold: d.number(),
                    failover: d.coin(),
                    failover_time: d.number(),
                },
                shards: Shards {
                    count: d.below(99),
                    skew: d.number(),
                    keys: d.number(),
                    rebalance_at: d.some(Self::number),
                },
            }),
            work_queue: self.some(|d| WorkQueue {
                share: d.share(),
                time: d.dist(),
                concurrency: d.below(99),
            }),
        }
    }

    fn direction(&mut self) -> HpaDirection {
        HpaDirection {
            stabilization: self.number(),
            select: [Select::Max, Select::Min, Select::Disabled][self.below(3) as usize],
            policies: self.many(|d| HpaPolicy {
                kind: if d.coin() {
                    HpaPolicyKind::Pods
                } else {
                    HpaPolicyKind::Percent
                },
                value: d.below(500),
                period: d.number(),
            }),
            tolerance: self.some(Self::share),
        }
    }

    fn autoscaling(&mut self) -> Autoscaling {
        let rules = [
            StepRule::ChangeInCapacity,
            StepRule::ExactCapacity,
            StepRule::PercentChangeInCapacity,
        ];
        Autoscaling {
            hpa: self.many(|d| (d.metric(), 1.0 + d.number())),
            behavior: if self.coin() {
                HpaBehavior {
                    up: self.direction(),
                    down: self.direction(),
                }
            } else {
                HpaBehavior::default()
            },
            sync: self.number(),
            tolerance: self.share(),
            steps: self.many(|d| StepPolicy {
                metric: d.metric(),
                threshold: d.number(),
                above: d.coin(),
                evaluation_periods: d.below(9),
                period: d.number(),
                rule: rules[d.below(3) as usize],
                steps: (0..=d.below(2))
                    .map(|_| StepAdjustment {
                        lower: d.some(Self::number),
                        upper: d.some(Self::number),
                        change: d.number() - 5.0,
                    })
                    .collect(),
                min_adjustment: d.below(9),
                cooldown: d.number(),
            }),
            tracking: self.many(|d| (d.metric(), 1.0 + d.number())),
            tracking_cooldown: (self.number(), self.number()),
            schedule: self.many(|d| ScheduleWindow {
                from: f64::from(d.below(96)) * 900.0,
                to: d.number().min(86_400.0),
                days: d.many(|d| d.below(7) as u8),
                zone: "Europe/Berlin".to_owned(),
                instances: d.below(9),
                cores: d.some(Self::number),
            }),
            predictive: self.some(Self::number),
            predictive_target: self.share(),
            vertical: self.some(|d| VerticalScaling {
                min_cores: d.number(),
                max_cores: d.number(),
                threshold_up: d.share(),
                threshold_down: d.share(),
                evaluation_period: d.number(),
                restart: d.number(),
            }),
            min: self.below(9),
            max: self.below(999),
            cpu: CpuModel {
                per_request: self.number(),
                request: self.number(),
                idle: self.number(),
            },
            boot: self.number(),
            warm_up: self.number(),
            warm_up_speed: self.share(),
            metric_delay: self.number(),
            hpa_legacy: self.coin(),
            tracking_alarms: TrackingAlarms {
                period: self.number(),
                out_periods: self.below(9),
                in_periods: self.below(99),
                in_share: self.share(),
            },
        }
    }

    fn bucket(&mut self) -> TokenBucket {
        TokenBucket {
            rate: self.number(),
            burst: self.number(),
        }
    }

    fn fault(&mut self) -> Fault {
        let (count, group) = (self.below(9), self.name());
        Fault {
            at: self.number(),
            lasts: self.some(Self::number),
            kind: match self.below(10) {
                0 => FaultKind::Kill {
                    instances: count,
                    group: self.some(Self::name),
                },
                1 => FaultKind::KillGroup { group },
                2 => FaultKind::Slow {
                    instances: count,
                    factor: self.number(),
                },
                3 => FaultKind::CacheFlush {
                    layer: self.some(|_| "l2".to_owned()),
                },
                4 => FaultKind::PoolLimit { connections: count },
                5 => FaultKind::ReplicasLost { count },
                6 => FaultKind::ReplicaLag { lag: self.number() },
                7 => FaultKind::PrimaryLost,
                8 => FaultKind::Partition { group },
                _ => FaultKind::PeersLost { count },
            },
        }
    }

    fn overlay(&mut self, out: &mut Scenario) {
        out.federation = self.some(|d| Federation {
            groups: d.many(|d| PeerGroup {
                name: d.name(),
                peers: d.below(9999),
                capacity: d.number(),
                latency: d.number(),
                stays: d.some(Self::number),
                memory_mb: (d.number(), d.number()),
                cpu_at_capacity: d.share(),
                away: d.number(),
            }),
            sigma: d.share(),
            kappa: d.share(),
            fanout: d.below(9),
            heartbeat: d.number(),
            missed: d.below(9),
            routing: [Routing::Local, Routing::Geographic, Routing::Capacity][d.below(3) as usize],
            between_regions: d.number(),
            joining: d.many(|d| Joining {
                at: d.number(),
                group: d.name(),
                peers: d.below(99),
                over: d.number(),
            }),
            message_bytes: d.number(),
        });
        out.chain = self.some(|d| ShardedChain {
            shards: d.below(99),
            capacity: d.number(),
            cross_share: d.share(),
            cross_work: d.number(),
            hot_share: d.share(),
            block_time: d.number(),
            confirmations: d.below(9),
        });
    }

    fn scenario(&mut self) -> Scenario {
        let mut out = Scenario {
            name: self.name(),
            about: self.name(),
            ..Scenario::default()
        };
        if self.coin() {
            out.workload = self.workload();
        }
        if self.coin() {
            out.service = self.service();
        }
        if self.coin() {
            out.topology = self.topology();
        }
        if self.coin() {
            out.backend = self.backend();
        }
        if self.coin() {
            out.autoscaling = self.autoscaling();
        }
        if self.coin() {
            out.rate_limits = RateLimits {
                global: self.some(Self::bucket),
                per_user: self.some(Self::bucket),
                per_endpoint: self
                    .some(|d| ("GET /a".to_owned(), d.bucket()))
                    .into_iter()
                    .collect(),
            };
        }
        out.faults = self.many(Self::fault);
        out.random_failures = self.many(|d| RandomFailures {
            what: d.name(),
            mtbf: d.number(),
            mttr: d.number(),
        });
        self.overlay(&mut out);
        if self.coin() {
            out.cost = Cost {
                currency: "EUR".to_owned(),
                instance_hour: self.number(),
                reserved: self.below(9),
                reserved_hour: self.number(),
                core_hour: self.number(),
                cache_hour: self.number(),
                database_hour: self.number(),
                replica_hour: self.number(),
                response_bytes: self.number(),
                egress_gb: self.number(),
            };
        }
        let promises = "objectives:\n  - name: \"a\"\n    kind: latency\n\n    target: 200ms";
        out.sla = self.some(|_| promises.to_owned());
        out.run = Run {
            engine: [Engine::Auto, Engine::Request, Engine::Fluid][self.below(3) as usize],
            duration: self.number(),
            warm_up: self.number(),
            step: self.number(),
            seed: self.seed(),
            replications: self.below(99),
            start_micros: i64::from(self.below(2_000_000_000)) * 1_000_003,
            zone: "Europe/Berlin".to_owned(),
        };
        out.assumptions = self.many(Self::name);
        out.from = self.some(|d| jiff::civil::date(2027, 1 + d.below(12) as i8, 28));
        out
    }
}

#[test]
fn what_is_written_reads_back_as_the_same_scenario() {
    let mut draw = Draw::new(7);
    for round in 0..150 {
        let scenario = draw.scenario();
        let yaml = to_yaml(&scenario);
        let back = ScenarioFile::parse(&yaml).unwrap_or_else(|e| panic!("{round}: {e}\n{yaml}"));
        assert_eq!(back.scenario, scenario, "{round}\n{yaml}");
        assert_eq!(to_yaml(&back.scenario), yaml);
        assert_eq!((back.sla_path, back.notes.len()), (None, 0));
    }
}

#[test]
fn a_default_scenario_says_its_main_figures() {
    let yaml = to_yaml(&Scenario::default());
    for line in [
        "workload: {pattern: constant, rate: 100_rps}",
        "service: {time: {distribution: exponential, mean: 20ms}, workers: 10}",
        "run: {engine: auto, duration: 1h, seed: 1}",
    ] {
        assert!(yaml.lines().any(|l| l == line), "{line}\n{yaml}");
    }
    assert_eq!(
        ScenarioFile::parse(&yaml).unwrap().scenario,
        Scenario::default()
    );
}
