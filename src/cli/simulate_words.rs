//! What a scenario asks, in sentences.

use super::simulate_overlay_words;
use crate::scenario::Scenario;
use crate::scenario::model::{Arrivals, Contention, Fault, FaultKind, Pattern, ScaleMetric};
use crate::units::{self, Micros};

pub(super) fn length(secs: f64) -> String {
    units::duration(Micros((secs * 1e6).round() as i64))
}

/// A second of the run as `0:05:15`; days before it where there are any.
pub(super) fn clock(secs: f64) -> String {
    let whole = secs.max(0.0).floor() as u64;
    let (days, hours) = (whole / 86_400, whole / 3_600 % 24);
    let clock = format!("{hours}:{:02}:{:02}", whole / 60 % 60, whole % 60);
    if days > 0 {
        format!("{days} d {clock}")
    } else {
        clock
    }
}

/// A sentence for each part that is not as it is without a word.
pub(super) fn asked(scenario: &Scenario) -> Vec<String> {
    let mut out = vec![load(scenario)];
    if let Some(from) = scenario.from {
        out.push(format!("a plan that holds from {from} on"));
    }
    if scenario.is_overlay() {
        out.extend(simulate_overlay_words::asked(scenario));
    } else {
        out.push(service(scenario));
        out.push(processor(scenario));
    }
    out.extend(scaling(scenario));
    out.extend(backend(scenario));
    for fault in &scenario.faults {
        out.push(fault_words(fault, scenario.unit()));
    }
    for failures in &scenario.random_failures {
        let each = if failures.what == "instance" {
            format!("each {}", scenario.unit())
        } else if failures.what == scenario.unit() {
            format!("each {}", failures.what)
        } else {
            failures.what.clone()
        };
        out.push(format!(
            "{each} fails every {} and is back after {}, in the mean",
            length(failures.mtbf),
            length(failures.mttr)
        ));
    }
    out
}

fn load(scenario: &Scenario) -> String {
    let workload = &scenario.workload;
    let closed = matches!(workload.arrivals, Arrivals::Closed { .. });
    let level = |value: f64| {
        if closed {
            format!("{} users", units::number(value))
        } else {
            format!("{} {}/s", units::number(value), scenario.load_unit())
        }
    };
    let shape = match &workload.pattern {
        Pattern::Constant { level: at } => level(*at),
        Pattern::Ramp { from, to, over } => {
            format!(
                "from {} to {} in {}",
                level(*from),
                level(*to),
                length(*over)
            )
        }
        Pattern::Spike {
            base,
            peak,
            at,
            lasts,
        } => format!(
            "{}, and {} from {} for {}",
            level(*base),
            level(*peak),
            clock(*at),
            length(*lasts)
        ),
        Pattern::Steps {
            from,
            by,
            every,
            to,
        } => format!(
            "from {} by {} every {} to {}",
            level(*from),
            units::number(*by),
            length(*every),
            level(*to)
        ),
        Pattern::Daily { hours } => format!("a day's shape, up to {}", level(highest(hours))),
        Pattern::Weekly { hours } => format!("a week's shape, up to {}", level(highest(hours))),
        Pattern::Points { points, .. } => {
            let levels: Vec<f64> = points.iter().map(|p| p.level).collect();
            format!(
                "{} levels over time, up to {}",
                units::count(points.len() as u64),
                level(highest(&levels))
            )
        }
        Pattern::Forecast { series, .. } => format!("the forecast of {series}"),
        Pattern::Series { series } => format!("the series {series}"),
        Pattern::Log { file } => format!("the arrivals of {file}"),
    };
    if (workload.growth - 1.0).abs() < 1e-12 {
        shape
    } else {
        format!("{shape}, times {}", units::number(workload.growth))
    }
}

fn highest(levels: &[f64]) -> f64 {
    levels.iter().copied().fold(0.0, f64::max)
}

fn service(scenario: &Scenario) -> String {
    let service = &scenario.service;
    let instances = scenario.topology.instances();
    let many = |n: u32, one: &str| {
        if n == 1 {
            format!("1 {one}")
        } else {
            format!("{} {one}s", units::count(u64::from(n)))
        }
    };
    let contention = match service.contention {
        Contention::Queueing => String::new(),
        Contention::Scalability { .. } => ", by the scalability law".to_owned(),
    };
    let each = if instances == 1 { "" } else { " each" };
    let room = service.queue_limit.map_or_else(String::new, |most| {
        format!("; at most {} wait{each}", units::count(u64::from(most)))
    });
    format!(
        "{} with {}{each}, {} a request in the mean{contention}{room}",
        many(instances, "instance"),
        many(service.workers, "worker"),
        units::millis(service.mean_time() * 1e3)
    )
}

fn processor(scenario: &Scenario) -> String {
    let cpu = scenario.autoscaling.cpu;
    let cores = if (cpu.request - 1.0).abs() < 1e-9 {
        "1 core".to_owned()
    } else {
        format!("{} cores", units::number(cpu.request))
    };
    format!(
        "{} of processor time a request; an instance asks for {cores}",
        units::millis(cpu.per_request * 1e3)
    )
}

fn target(metric: ScaleMetric, value: f64) -> String {
    match metric {
        ScaleMetric::CpuUtilization => format!("{} of the processor", units::percent_of(value)),
        ScaleMetric::WorkerUtilization => format!("{} of the workers", units::percent_of(value)),
        ScaleMetric::RequestRate => format!("{} requests/s an instance", units::number(value)),
        ScaleMetric::ResponseTime => format!("a P95 of {}", units::millis(value * 1e3)),
        ScaleMetric::QueueLength => format!("{} waiting an instance", units::number(value)),
    }
}

fn scaling(scenario: &Scenario) -> Vec<String> {
    let auto = &scenario.autoscaling;
    let mut how: Vec<String> = Vec::new();
    how.extend(
        auto.hpa
            .iter()
            .map(|(metric, value)| format!("HPA towards {}", target(*metric, *value))),
    );
    how.extend(
        auto.tracking
            .iter()
            .map(|(m, value)| format!("target tracking towards {}", target(*m, *value))),
    );
    how.extend(auto.steps.iter().map(|policy| {
        format!(
            "steps {} {}",
            if policy.above { "above" } else { "below" },
            target(policy.metric, policy.threshold)
        )
    }));
    if !auto.schedule.is_empty() {
        how.push("by the clock".to_owned());
    }
    if let Some(lead) = auto.predictive {
        how.push(format!("{} ahead of the load", length(lead)));
    }
    let mut out = Vec::new();
    if !how.is_empty() {
        out.push(format!(
            "{} to {} instances: {}; a new one takes {}",
            auto.min,
            auto.max,
            how.join(", "),
            length(auto.boot + auto.warm_up)
        ));
    }
    if let Some(size) = &auto.vertical {
        out.push(format!(
            "{} to {} cores an instance, up above {}, down below {}",
            units::number(size.min_cores),
            units::number(size.max_cores),
            units::percent_of(size.threshold_up),
            units::percent_of(size.threshold_down)
        ));
    }
    out
}

fn backend(scenario: &Scenario) -> Vec<String> {
    let backend = &scenario.backend;
    let mut out: Vec<String> = backend
        .caches
        .iter()
        .map(|c| {
            format!(
                "cache {} answers {} of the reads in {}",
                c.name,
                units::percent_of(c.hit_ratio),
                units::millis(c.latency * 1e3)
            )
        })
        .collect();
    if let Some(d) = &backend.database {
        out.push(format!(
            "database: {} queries a request of {}, up to {} connections, {} replicas, {} shards",
            units::number(d.queries),
            units::millis(d.time.mean() * 1e3),
            d.pool.max_connections,
            d.replicas.count,
            d.shards.count
        ));
    }
    out
}

/// `unit` is what the scenario has many of.
fn fault_words(fault: &Fault, unit: &str) -> String {
    let what = match &fault.kind {
        FaultKind::Kill { instances, group } => format!(
            "{instances} {unit}{} lost{}",
            if *instances == 1 { " is" } else { "s are" },
            group
                .as_ref()
                .map(|g| format!(" in {g}"))
                .unwrap_or_default()
        ),
        FaultKind::KillGroup { group } => format!("{group} is lost"),
        FaultKind::Slow { instances, factor } => {
            format!(
                "{instances} {unit}s work {} times as long",
                units::number(*factor)
            )
        }
        FaultKind::CacheFlush { layer } => match layer {
            Some(name) => format!("cache {name} is emptied"),
            None => "all caches are emptied".to_owned(),
        },
        FaultKind::PoolLimit { connections } => format!("{connections} connections are left"),
        FaultKind::ReplicasLost { count } => format!("{count} replicas are lost"),
        FaultKind::ReplicaLag { lag } => format!("replicas are {} behind", length(*lag)),
        FaultKind::PrimaryLost => "the primary database is lost".to_owned(),
        FaultKind::Partition { group } => format!("{group} cannot reach the others"),
        FaultKind::PeersLost { count } => {
            format!("{} peers leave", units::count(u64::from(*count)))
        }
    };
    let until = match fault.lasts {
        Some(secs) => format!(", for {}", length(secs)),
        None => ", to the end".to_owned(),
    };
    format!("at {}: {what}{until}", clock(fault.at))
}
