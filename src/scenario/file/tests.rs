//! Reading what the contract and the strategy document write, and the answers to mistakes.

use super::ScenarioFile;
use crate::scenario::model::*;

fn parse(yaml: &str) -> ScenarioFile {
    ScenarioFile::parse(yaml).unwrap_or_else(|e| panic!("{e}\n{yaml}"))
}

/// With the blocks that every scenario needs.
fn with(rest: &str) -> String {
    format!("workload: {{rate: 100_rps}}\nservice: {{time: 20ms}}\n{rest}")
}

/// The form of the contract, letter by letter.
const CONTRACT: &str = r"
name: Black Friday
workload: {pattern: constant, rate: 400_rps, duration: 1h}       # or series/forecast/log with growth: 10x; ramp, spike, step, daily; closed: {users, think_time}
service: {time: {distribution: exponential, mean: 20ms}, workers: 10, queue_limit: 1000, timeout: 5s}     # or from_run: results.jtl
topology: {instances: 1, balancer: least_connections}
autoscaling: {policy: hpa, metric: cpu_utilization, target: 70%, cpu_per_request: 12ms, cpu_request: 1.0, min: 1, max: 100}
faults: [{at: 20m, kill: 1, for: 5m}]
cost: {instance_hour: 0.17, currency: USD}
sla: sla.yaml
run: {engine: auto, step: 5s, seed: 1, replications: 1, warm_up: 1m}
";

#[test]
fn the_contracts_form_is_read() {
    let file = parse(CONTRACT);
    let s = &file.scenario;
    assert_eq!(s.name, "Black Friday");
    assert_eq!(s.workload.pattern, Pattern::Constant { level: 400.0 });
    assert_eq!(s.run.duration, 3600.0);
    assert_eq!(s.service.classes[0].time, Dist::Exponential { mean: 0.02 });
    assert_eq!((s.service.workers, s.service.timeout), (10, Some(5.0)));
    assert_eq!(s.autoscaling.hpa, [(ScaleMetric::CpuUtilization, 0.7)]);
    assert_eq!(s.autoscaling.cpu.per_request, 0.012);
    let killed = FaultKind::Kill {
        instances: 1,
        group: None,
    };
    assert_eq!(
        s.faults,
        [Fault {
            at: 1200.0,
            lasts: Some(300.0),
            kind: killed
        }]
    );
    assert_eq!((s.cost.instance_hour, s.run.warm_up), (0.17, 60.0));
    assert_eq!(file.sla_path.as_deref(), Some("sla.yaml"));
    assert_eq!(file.line_of("autoscaling.min"), Some(6));
    assert_eq!(file.line_of("faults[0].kill"), Some(7));
    // A length that stands with the load.
    assert_eq!(file.line_of("run.duration"), Some(3));
    assert!(file.notes.is_empty());
}

#[test]
fn workloads_are_read_in_every_form() {
    let workload = |text: &str| {
        parse(&format!("workload: {text}\nservice: {{time: 1ms}}\n"))
            .scenario
            .workload
    };
    let closed = workload("{closed: {users: 100, think_time: 5s}}");
    assert_eq!(closed.pattern, Pattern::Constant { level: 100.0 });
    assert_eq!(
        closed.arrivals,
        Arrivals::Closed {
            think: Dist::Deterministic { mean: 5.0 }
        }
    );
    assert_eq!(
        workload("{pattern: ramp, from: 10_rps, to: 600/min, over: 5min}").pattern,
        Pattern::Ramp {
            from: 10.0,
            to: 10.0,
            over: 300.0
        }
    );
    assert_eq!(
        workload("{pattern: spike, base: 10, peak: 100, at: 1min, for: 30s}").pattern,
        Pattern::Spike {
            base: 10.0,
            peak: 100.0,
            at: 60.0,
            lasts: 30.0
        }
    );
    assert_eq!(
        workload("{arrivals: closed, pattern: step, from: 10, by: 10, every: 1min, to: 50}")
            .pattern,
        Pattern::Steps {
            from: 10.0,
            by: 10.0,
            every: 60.0,
            to: 50.0
        }
    );
    let forecast = workload("{forecast: requests, quantile: p90, growth: 10x}");
    assert_eq!(forecast.growth, 10.0);
    assert_eq!(
        forecast.pattern,
        Pattern::Forecast {
            series: "requests".to_owned(),
            quantile: 0.9
        }
    );
    assert_eq!(
        workload("{log: access.log}").pattern,
        Pattern::Log {
            file: "access.log".to_owned()
        }
    );
    assert_eq!(
        workload(
            "{pattern: points, points: [[0s, 10_rps], [1min, 20_rps]], interpolation: linear}"
        )
        .pattern,
        Pattern::Points {
            points: vec![
                RatePoint {
                    at: 0.0,
                    level: 10.0
                },
                RatePoint {
                    at: 60.0,
                    level: 20.0
                }
            ],
            interpolation: Interpolation::Linear
        }
    );
    let hours: Vec<String> = (0..24).map(|h| h.to_string()).collect();
    let daily = workload(&format!(
        "{{pattern: daily, hours: [{}]}}",
        hours.join(", ")
    ));
    assert_eq!(
        daily.pattern,
        Pattern::Daily {
            hours: (0..24).map(f64::from).collect()
        }
    );
}

/// The blocks as they stand in the document, with its TypeScript blocks as YAML.
const STRATEGY: &str = include_str!("../../../tests/data/scenario/strategy.yaml");

#[test]
fn the_strategy_documents_blocks_are_read_as_written() {
    let file = parse(STRATEGY);
    let s = &file.scenario;
    let auto = &s.autoscaling;
    assert_eq!((auto.min, auto.max), (2, 100));
    let [out, back] = auto.steps.as_slice() else {
        panic!("{:?}", auto.steps);
    };
    assert_eq!(
        (out.threshold, out.above, out.evaluation_periods),
        (0.7, true, 2)
    );
    assert_eq!((out.cooldown, out.steps[0].change), (300.0, 2.0));
    assert_eq!((back.threshold, back.above), (0.3, false));
    assert_eq!(
        (back.steps[0].upper, back.steps[0].change),
        (Some(0.0), -1.0)
    );
    let size = auto.vertical.unwrap();
    assert_eq!((size.min_cores, size.max_cores), (2.0, 16.0));
    assert_eq!((size.threshold_up, size.evaluation_period), (0.8, 300.0));
    let [day, night] = auto.schedule.as_slice() else {
        panic!("{:?}", auto.schedule);
    };
    assert_eq!(
        (day.from, day.to, day.cores),
        (32_400.0, 61_200.0, Some(4.0))
    );
    assert_eq!(
        (night.from, night.to, night.cores),
        (61_200.0, 32_400.0, Some(2.0))
    );
    let database = s.backend.database.as_ref().unwrap();
    assert_eq!(
        (database.replicas.count, database.replicas.lag_threshold),
        (3, 0.1)
    );
    assert!(database.replicas.failover);
    assert_eq!(
        (database.shards.count, database.shards.rebalance_at),
        (16, Some(1.5))
    );
    assert_eq!(database.pool.max_connections, 100);
    assert_eq!(
        (database.pool.idle_timeout, database.pool.max_lifetime),
        (300.0, 3600.0)
    );
    let ttls: Vec<Option<f64>> = s.backend.caches.iter().map(|c| c.ttl).collect();
    assert_eq!(ttls, [Some(300.0), Some(3600.0), Some(86_400.0)]);
    let topology = &s.topology;
    assert_eq!(topology.sticky, Some(StickySessions { duration: 3600.0 }));
    assert_eq!(topology.health_check.unwrap().unhealthy_threshold, 3);
    assert_eq!(topology.circuit_breaker.unwrap().half_open_max_calls, 3);
    let rollout = topology.rollout.unwrap();
    assert_eq!((rollout.share, rollout.max_error_share), (0.05, Some(0.01)));
    assert_eq!(rollout.max_response, Some(0.2));
    let regions: Vec<(&str, u32, f64)> = topology
        .groups
        .iter()
        .map(|g| (g.name.as_str(), g.instances, g.weight))
        .collect();
    assert_eq!(
        regions,
        [
            ("us-east", 4, 40.0),
            ("us-west", 3, 30.0),
            ("eu-west", 3, 30.0)
        ]
    );
    let limits = &s.rate_limits;
    assert_eq!(
        limits.global,
        Some(TokenBucket {
            rate: 10_000.0,
            burst: 1000.0
        })
    );
    assert_eq!(limits.per_user.unwrap().burst, 20.0);
    assert_eq!(limits.per_endpoint[1].0, "/api/v1/workflows/run");
    assert_eq!(
        s.workload.pattern,
        Pattern::Ramp {
            from: 0.0,
            to: 500.0,
            over: 300.0
        }
    );
    assert_eq!((s.workload.users, s.run.duration), (1000.0, 1800.0));
    assert!(s.sla.as_ref().unwrap().contains("performance_sla"));
    let notes = file.notes.join("\n");
    for key in [
        "scaling_policy.metrics memory_utilization",
        "vertical_scaling.memory_scaling",
        "vertical_scaling.scaling_schedule.business_hours.memory_target",
        "database_scaling.read_replicas.regions",
        "load_balancing.sticky_sessions.cookie_name",
        "caching.layers.l1.evictionPolicy",
        "traffic_management.traffic_splitting.blue_green_deployment.enabled",
        "infrastructure_optimization",
    ] {
        assert!(notes.contains(key), "{key}\n{notes}");
    }
    assert!(
        s.assumptions
            .iter()
            .any(|a| a.contains("hit") || a.contains("85"))
    );
    assert!(s.assumptions.iter().any(|a| a.contains("60 s")));
}

/// Each mistake with its line, its key and a word of what to write instead.
#[test]
fn mistakes_are_answered_with_what_to_write() {
    for (yaml, line, says) in [
        (
            with("topolgy: {instances: 2}\n"),
            3,
            "did you mean \"topology\"",
        ),
        (
            with("topology: {instanes: 2}\n"),
            3,
            "topology.instanes: this key is not known here; did you mean \"instances\"",
        ),
        (with("topology:\n  balancer: fastest\n"), 4, "round_robin"),
        (
            with("autoscaling: {policy: hpa}\n"),
            3,
            "autoscaling.target",
        ),
        (with("autoscaling: {policy: hpa, target: 0.7}\n"), 3, "70%"),
        (
            with("autoscaling: {policy: hpa, metric: memory, target: 70%}\n"),
            3,
            "cpu_utilization",
        ),
        (with("faults:\n  - {kill: 1}\n"), 4, "faults[0].at"),
        (
            with("faults:\n  - {at: 1min, kill: 1, cache_flush: l1}\n"),
            4,
            "one fault",
        ),
        (with("faults:\n  - {at: 1min}\n"), 4, "kill"),
        (with("cost: {instance_hour: cheap}\n"), 3, "not a number"),
        (with("run: {seed: -1}\n"), 3, "whole number"),
        (with("run: {start: someday}\n"), 3, "2026-11-23T08:00:00Z"),
        (with("backend: {caches: [{hit_ratio: 0.85}]}\n"), 3, "85%"),
        (
            with("topology: {instances: 1, groups: [{name: a}]}\n"),
            3,
            "either instances or groups",
        ),
        (
            with("autoscaling: {min: 1, minInstances: 2}\n"),
            3,
            "same as min",
        ),
        (
            with("autoscaling: {schedule: [{time: noon, instances: 2}]}\n"),
            3,
            "09:00-17:00",
        ),
        (
            with(
                "scaling_policy: {metrics: [memory_utilization], scaleOutPolicy: {threshold: 70, scalingAdjustment: 1}}\n",
            ),
            3,
            "none of these",
        ),
        (
            with("rate_limits: {global: {burst: 10}}\n"),
            3,
            "rate_limits.global.rate",
        ),
        (with("run: [1]\n"), 3, "run must be a block"),
        ("workload: {rate: 10}\n".to_owned(), 1, "service: is needed"),
        (
            "service: {time: 1ms}\n".to_owned(),
            1,
            "workload: is needed",
        ),
        (
            "workload: {growth: 2x}\nservice: {time: 1ms}\n".to_owned(),
            1,
            "workload.rate",
        ),
        (
            "workload: {rate: fast}\nservice: {time: 1ms}\n".to_owned(),
            1,
            "400_rps",
        ),
        (
            "workload: {rate: 10}\nservice: {time: 20}\n".to_owned(),
            2,
            "has no unit",
        ),
        (
            "workload: {rate: 10}\nservice: {workers: 2}\n".to_owned(),
            2,
            "service.time",
        ),
        (
            "workload: {rate: 10, duration: 1h}\nservice: {time: 1ms}\nrun: {duration: 2h}\n"
                .to_owned(),
            3,
            "stands in workload",
        ),
        (
            "workload: {rate: 10}\nservice: {time: {distribution: normal, mean: 1ms}}\n".to_owned(),
            2,
            "log_normal",
        ),
        (
            "objectives: []\n".to_owned(),
            1,
            "this key is not known here",
        ),
    ] {
        let error = ScenarioFile::parse(&yaml).unwrap_err();
        assert_eq!(error.line, Some(line), "{yaml}\n{error}");
        assert!(error.message.contains(says), "{yaml}\n{error}");
    }
    assert!(ScenarioFile::parse("").is_err());
    assert!(ScenarioFile::parse("just text").is_err());
}
