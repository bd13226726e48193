//! Each impossible scenario with the key and a word of the reason.

use super::{check, problems};
use crate::scenario::file::ScenarioFile;
use crate::scenario::model::*;
use crate::scenario::{Scenario, SimulateError};

fn possible() -> Scenario {
    let yaml = "
workload: {rate: 100_rps, population: 50}
service:
  classes:
    - {label: read, weight: 3, time: 10ms}
    - {label: write, time: {mean: 20ms}, writes: 100%}
topology: {groups: [{name: eu, instances: 2}, {name: us, instances: 2}]}
backend:
  caches: [{name: l1}, {name: l2}]
  database: {replicas: {count: 2, failover: automatic}}
autoscaling: {policy: hpa, target: 70%, steps: [{threshold: 80%, change: 1}], vertical: true}
rate_limits: {global: {rate: 1000_rps}, per_user: {rate: 10_rps}, per_endpoint: {read: {rate: 50_rps}}}
faults: [{at: 1min, kill: 1, group: eu, for: 1min}]
random_failures: [{what: instance}]
";
    ScenarioFile::parse(yaml).unwrap().scenario
}

fn key_and_reason(error: &SimulateError) -> Option<(String, String)> {
    match error {
        SimulateError::Impossible { key, reason } => Some((key.clone(), reason.clone())),
        _ => None,
    }
}

#[test]
fn a_possible_scenario_passes() {
    assert_eq!(problems(&possible()), []);
    assert_eq!(check(&Scenario::default()), Ok(()));
}

#[test]
fn impossible_scenarios_name_the_key_and_the_reason() {
    type Spoil = fn(&mut Scenario);
    let cases: &[(&str, &str, Spoil)] = &[
        ("workload.growth", "above zero", |s| s.workload.growth = 0.0),
        ("workload.growth", "not a number", |s| {
            s.workload.growth = f64::NAN;
        }),
        ("workload.rate", "negative", |s| {
            s.workload.pattern = Pattern::Constant { level: -1.0 }
        }),
        ("workload.rate", "not a number", |s| {
            s.workload.pattern = Pattern::Constant {
                level: f64::INFINITY,
            }
        }),
        ("workload.users", "negative", |s| {
            s.workload.pattern = Pattern::Constant { level: -1.0 };
            s.workload.arrivals = Arrivals::Closed {
                think: Dist::Deterministic { mean: 1.0 },
            };
        }),
        ("workload.think_time", "negative", |s| {
            s.workload.arrivals = Arrivals::Closed {
                think: Dist::Deterministic { mean: -1.0 },
            };
        }),
        ("workload.over", "negative", |s| {
            s.workload.pattern = Pattern::Ramp {
                from: 1.0,
                to: 2.0,
                over: -5.0,
            }
        }),
        ("workload.for", "negative", |s| {
            s.workload.pattern = Pattern::Spike {
                base: 1.0,
                peak: 2.0,
                at: 0.0,
                lasts: -1.0,
            };
        }),
        ("workload.every", "above zero", |s| {
            s.workload.pattern = Pattern::Steps {
                from: 1.0,
                by: 1.0,
                every: 0.0,
                to: 3.0,
            };
        }),
        ("workload.by", "never lead", |s| {
            s.workload.pattern = Pattern::Steps {
                from: 1.0,
                by: -1.0,
                every: 10.0,
                to: 3.0,
            };
        }),
        ("workload.hours", "24", |s| {
            s.workload.pattern = Pattern::Daily {
                hours: vec![1.0; 23],
            }
        }),
        ("workload.hours", "168", |s| {
            s.workload.pattern = Pattern::Weekly {
                hours: vec![1.0; 24],
            }
        }),
        ("workload.points", "none", |s| {
            s.workload.pattern = Pattern::Points {
                points: Vec::new(),
                interpolation: Interpolation::Step,
            };
        }),
        ("workload.points[1]", "order of time", |s| {
            let at = |at| RatePoint { at, level: 1.0 };
            s.workload.pattern = Pattern::Points {
                points: vec![at(5.0), at(1.0)],
                interpolation: Interpolation::Step,
            };
        }),
        ("workload.quantile", "between 0 and 1", |s| {
            s.workload.pattern = Pattern::Forecast {
                series: "x".to_owned(),
                quantile: 1.0,
            };
        }),
        ("service.classes", "no kind", |s| s.service.classes.clear()),
        ("service.classes", "all weights are zero", |s| {
            for class in &mut s.service.classes {
                class.weight = 0.0;
            }
        }),
        ("service.classes[1].label", "two kinds", |s| {
            s.service.classes[1].label = "read".to_owned();
        }),
        ("service.classes[1].time.mean", "above zero", |s| {
            s.service.classes[1].time = Dist::Exponential { mean: 0.0 }
        }),
        ("service.classes[0].time.cv", "at least as much", |s| {
            s.service.classes[0].time = Dist::HyperExponential { mean: 1.0, cv: 0.5 };
        }),
        ("service.classes[0].time.phases", "at least 1", |s| {
            s.service.classes[0].time = Dist::Erlang {
                mean: 1.0,
                phases: 0,
            };
        }),
        ("service.classes[0].time.quantiles", "0 % to 100 %", |s| {
            s.service.classes[0].time = Dist::Empirical {
                quantiles: vec![(0.5, 1.0), (1.0, 2.0)],
            };
        }),
        ("service.classes[0].time.quantiles", "rise", |s| {
            s.service.classes[0].time = Dist::Empirical {
                quantiles: vec![(0.0, 2.0), (1.0, 1.0)],
            };
        }),
        ("service.classes[0].writes", "between 0 % and 100 %", |s| {
            s.service.classes[0].writes = 1.5;
        }),
        ("service.workers", "at least 1", |s| s.service.workers = 0),
        ("service.timeout", "above zero", |s| {
            s.service.timeout = Some(0.0);
        }),
        ("service.retries.factor", "above zero", |s| {
            s.service.retries.factor = 0.0;
        }),
        ("service.contention.lambda", "above zero", |s| {
            s.service.contention = Contention::Scalability {
                sigma: 0.1,
                kappa: 0.0,
                lambda: 0.0,
            };
        }),
        ("service.cores", "above zero", |s| s.service.cores = 0.0),
        ("service.shed_at", "queue limit", |s| {
            s.service.queue_limit = None;
            s.service.shed_at = Some(0.8);
        }),
        ("topology.groups", "no group", |s| {
            s.topology.groups.clear();
            s.faults.clear();
        }),
        ("topology.instances", "no capacity", |s| {
            for group in &mut s.topology.groups {
                group.instances = 0;
            }
            s.autoscaling.min = 0;
        }),
        ("topology.groups[1].name", "two groups", |s| {
            s.topology.groups[1].name = "eu".to_owned();
        }),
        ("topology.groups[0].speed", "above zero", |s| {
            s.topology.groups[0].speed = 0.0;
        }),
        ("topology.groups", "all weights are zero", |s| {
            s.topology.balancer = Balancer::Geographic;
            for group in &mut s.topology.groups {
                group.weight = 0.0;
            }
        }),
        ("topology.health_check.interval", "above zero", |s| {
            s.topology.health_check = Some(HealthCheck {
                interval: 0.0,
                ..HealthCheck::default()
            });
        }),
        ("topology.rollout.share", "between 0 % and 100 %", |s| {
            s.topology.rollout = Some(Rollout {
                share: 2.0,
                time_factor: 1.0,
                ..Rollout::default()
            });
        }),
        (
            "backend.caches[0].hit_ratio",
            "between 0 % and 100 %",
            |s| s.backend.caches[0].hit_ratio = 1.01,
        ),
        ("backend.caches[1].name", "two caches", |s| {
            s.backend.caches[1].name = "l1".to_owned();
        }),
        (
            "backend.database.pool.min_connections",
            "more than max",
            |s| {
                s.backend.database.as_mut().unwrap().pool.min_connections = 500;
            },
        ),
        ("backend.database.replicas.failover", "no replica", |s| {
            s.backend.database.as_mut().unwrap().replicas.count = 0;
        }),
        ("backend.database.shards.rebalance_at", "above 1x", |s| {
            s.backend.database.as_mut().unwrap().shards.rebalance_at = Some(1.0);
        }),
        ("autoscaling.min", "more than max, 100", |s| {
            s.autoscaling.min = 200;
        }),
        ("autoscaling.hpa[0].target", "above zero", |s| {
            s.autoscaling.hpa[0].1 = 0.0;
        }),
        ("autoscaling.cpu_per_request", "no request needs any", |s| {
            s.autoscaling.cpu.per_request = 0.0;
        }),
        (
            "autoscaling.behavior.scale_down.stabilization_window",
            "an hour",
            |s| {
                s.autoscaling.behavior.down.stabilization = 7200.0;
            },
        ),
        (
            "autoscaling.behavior.scale_up.policies[0].value",
            "at least 1",
            |s| {
                s.autoscaling.behavior.up.policies[0].value = 0;
            },
        ),
        ("autoscaling.steps[0].ranges", "overlap", |s| {
            let range = |lower, upper| StepAdjustment {
                lower,
                upper,
                change: 1.0,
            };
            s.autoscaling.steps[0].steps =
                vec![range(Some(0.0), Some(0.2)), range(Some(0.1), None)];
        }),
        ("autoscaling.steps[0].ranges", "gap", |s| {
            let range = |lower, upper| StepAdjustment {
                lower,
                upper,
                change: 1.0,
            };
            s.autoscaling.steps[0].steps =
                vec![range(Some(0.2), None), range(Some(0.0), Some(0.1))];
        }),
        ("autoscaling.steps[0].ranges[0]", "ends before", |s| {
            s.autoscaling.steps[0].steps[0].upper = Some(-1.0);
        }),
        ("autoscaling.schedule[0].timezone", "Mars", |s| {
            s.autoscaling.schedule = vec![ScheduleWindow {
                to: 60.0,
                zone: "Mars".to_owned(),
                ..ScheduleWindow::default()
            }];
        }),
        (
            "autoscaling.schedule[0].instances",
            "more than autoscaling.max",
            |s| {
                s.autoscaling.schedule = vec![ScheduleWindow {
                    to: 60.0,
                    instances: 101,
                    ..ScheduleWindow::default()
                }];
            },
        ),
        ("autoscaling.vertical.threshold_down", "for ever", |s| {
            s.autoscaling.vertical.as_mut().unwrap().threshold_down = 0.9;
        }),
        (
            "autoscaling.vertical.min_cores",
            "more than max_cores",
            |s| {
                s.autoscaling.vertical.as_mut().unwrap().min_cores = 32.0;
            },
        ),
        ("autoscaling.boot", "negative", |s| {
            s.autoscaling.boot = -1.0;
        }),
        (
            "rate_limits.per_endpoint.GET /nowhere",
            "accepted: read, write",
            |s| {
                s.rate_limits.per_endpoint[0].0 = "GET /nowhere".to_owned();
            },
        ),
        ("rate_limits.per_user", "how many users", |s| {
            s.workload.users = 0.0;
        }),
        ("rate_limits.global.burst", "let through", |s| {
            s.rate_limits.global = Some(TokenBucket {
                rate: 10.0,
                burst: 0.0,
            });
        }),
        ("faults[0].group", "accepted: eu, us", |s| {
            s.faults[0].kind = FaultKind::Kill {
                instances: 1,
                group: Some("asia".to_owned()),
            };
        }),
        ("faults[0].kill", "at least 1", |s| {
            s.faults[0].kind = FaultKind::Kill {
                instances: 0,
                group: None,
            }
        }),
        ("faults[0].at", "negative", |s| s.faults[0].at = -1.0),
        ("faults[0].for", "above zero", |s| {
            s.faults[0].lasts = Some(0.0);
        }),
        ("faults[0].cache_flush", "accepted: all, l1, l2", |s| {
            s.faults[0].kind = FaultKind::CacheFlush {
                layer: Some("l9".to_owned()),
            };
        }),
        ("faults[0].replicas_lost", "more than there are, 2", |s| {
            s.faults[0].kind = FaultKind::ReplicasLost { count: 3 }
        }),
        ("faults[0].primary", "no database", |s| {
            s.faults[0].kind = FaultKind::PrimaryLost;
            s.backend.database = None;
        }),
        ("faults[0].peers_lost", "no federation", |s| {
            s.faults[0].kind = FaultKind::PeersLost { count: 3 }
        }),
        (
            "random_failures[0].what",
            "instance for each of them, or eu, us",
            |s| {
                s.random_failures[0].what = "rack".to_owned();
            },
        ),
        ("random_failures[0].mtbf", "above zero", |s| {
            s.random_failures[0].mtbf = 0.0;
        }),
        ("federation.groups", "no peer", |s| {
            s.federation = Some(Federation {
                groups: Vec::new(),
                ..Federation::default()
            });
        }),
        ("federation.joining[0].group", "accepted: peers", |s| {
            s.federation = Some(Federation {
                joining: vec![Joining::default()],
                ..Federation::default()
            });
        }),
        ("chain.cross_share", "one shard", |s| {
            s.chain = Some(ShardedChain {
                cross_share: 0.1,
                ..ShardedChain::default()
            });
        }),
        ("chain", "one of the two", |s| {
            s.chain = Some(ShardedChain::default());
            s.federation = Some(Federation::default());
        }),
        ("cost.instance_hour", "negative", |s| {
            s.cost.instance_hour = -0.1;
        }),
        ("run.duration", "above zero", |s| s.run.duration = 0.0),
        ("run.step", "longer than the run", |s| s.run.step = 7200.0),
        ("run.step", "20 million", |s| {
            s.run.step = 0.001;
            s.run.duration = 86_400.0;
        }),
        ("run.replications", "at least 1", |s| s.run.replications = 0),
        ("run.zone", "Mars", |s| s.run.zone = "Mars".to_owned()),
    ];
    assert!(cases.len() >= 40);
    for (key, says, spoil) in cases {
        let mut scenario = possible();
        spoil(&mut scenario);
        let found: Vec<(String, String)> = problems(&scenario)
            .iter()
            .filter_map(key_and_reason)
            .collect();
        assert!(
            found
                .iter()
                .any(|(k, reason)| k == key && reason.contains(says)),
            "{key}: {says}\n{found:?}"
        );
        assert!(check(&scenario).is_err());
    }
}

#[test]
fn what_is_missing_is_said_last() {
    let mut scenario = possible();
    scenario.service.from_run = Some("results.jtl".to_owned());
    scenario.workload.pattern = Pattern::Log {
        file: "access.log".to_owned(),
    };
    assert_eq!(
        check(&scenario),
        Err(SimulateError::Pending {
            what: "the arrivals of access.log and the service times of results.jtl".to_owned()
        })
    );
    scenario.service.workers = 0;
    assert!(matches!(
        check(&scenario),
        Err(SimulateError::Impossible { .. })
    ));
}
