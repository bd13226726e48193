//! The user's `performance_sla` block, exactly as `performance-optimization-strategy.md` writes it.

use super::file::DegradationPolicy;
use super::names::unknown_key;
use super::objective::{AvailabilityRule, Grain, Objective};
use super::read_grain::{period, slice};
use super::read_values::{duration, limit, percentile, rate, share};
use super::yaml::Node;
use super::{ObjectiveKind, SlaFile, SlaFileError};

/// Reads the block into `file`.
pub(super) fn read(node: &Node, file: &mut SlaFile) -> Result<(), SlaFileError> {
    let mut levels = Vec::new();
    let mut objectives = Vec::new();
    for (key, part) in node.map("performance_sla")? {
        match key.as_str() {
            "availability" => objectives.push(availability(part)?),
            "response_time" => {
                for (class, inner) in part.map("response_time")? {
                    objectives.push(response_time(class, inner)?);
                }
            }
            "throughput" => objectives.push(throughput(part)?),
            "error_rate" => objectives.push(error_rate(part)?),
            "escalation" => levels = escalation(part, file)?,
            other => {
                return Err(unknown(
                    part,
                    other,
                    "availability, response_time, throughput, error_rate, escalation",
                ));
            }
        }
    }
    for objective in &mut objectives {
        objective.escalation.clone_from(&levels);
    }
    file.objectives.extend(objectives);
    Ok(())
}

fn unknown(node: &Node, key: &str, known: &str) -> SlaFileError {
    unknown_key(node, key, "performance_sla", known)
}

fn target_of<'a>(node: &'a Node, what: &str) -> Result<&'a Node, SlaFileError> {
    node.map(what)?
        .iter()
        .find(|(key, _)| key == "target")
        .map(|(_, n)| n)
        .ok_or_else(|| node.error(format!("{what} needs a target")))
}

fn start(
    node: &Node,
    what: &str,
    name: &str,
    kind: ObjectiveKind,
) -> Result<Objective, SlaFileError> {
    let target = target_of(node, what)?;
    let limit = limit(target, "target", kind)?;
    let text = target.text("target")?;
    let bare_number = text
        .bytes()
        .all(|b| b.is_ascii_digit() || b == b'.' || b == b',');
    let written = if bare_number {
        format!("{text} %")
    } else {
        text.replace('_', " ")
    };
    let mut objective = Objective::new(name, kind, limit, &written);
    objective.line = Some(node.line);
    Ok(objective)
}

fn availability(node: &Node) -> Result<Objective, SlaFileError> {
    let mut objective = start(
        node,
        "availability",
        "Availability",
        ObjectiveKind::Availability,
    )?;
    for (key, value) in node.map("availability")? {
        match key.as_str() {
            "target" => {}
            "measurement_period" => objective.period = period(value)?,
            "downtime_allowance" => {
                objective.allowance = Some(duration(value, "downtime_allowance")?);
                objective.rule = AvailabilityRule::Stricter;
            }
            other => {
                return Err(unknown(
                    value,
                    other,
                    "target, measurement_period, downtime_allowance",
                ));
            }
        }
    }
    Ok(objective)
}

fn response_time(class: &str, node: &Node) -> Result<Objective, SlaFileError> {
    let name = format!("Response time ({class})");
    let mut objective = start(node, class, &name, ObjectiveKind::Latency)?;
    objective.scope.class = Some(class.to_owned());
    objective.slice = Grain::Day;
    for (key, value) in node.map(class)? {
        match key.as_str() {
            "target" => {}
            "percentile" => objective.percentile = percentile(value)?,
            "measurement_period" => objective.slice = slice(value)?,
            other => {
                return Err(unknown(
                    value,
                    other,
                    "target, percentile, measurement_period",
                ));
            }
        }
    }
    Ok(objective)
}

fn throughput(node: &Node) -> Result<Objective, SlaFileError> {
    let mut objective = start(node, "throughput", "Throughput", ObjectiveKind::Throughput)?;
    for (key, value) in node.map("throughput")? {
        match key.as_str() {
            "target" => {}
            "measurement_period" => objective.slice = slice(value)?,
            "burst_capacity" => objective.burst = Some(rate(value, "burst_capacity")?),
            other => {
                return Err(unknown(
                    value,
                    other,
                    "target, measurement_period, burst_capacity",
                ));
            }
        }
    }
    Ok(objective)
}

fn error_rate(node: &Node) -> Result<Objective, SlaFileError> {
    let mut objective = start(node, "error_rate", "Error rate", ObjectiveKind::ErrorRate)?;
    for (key, value) in node.map("error_rate")? {
        match key.as_str() {
            "target" => {}
            "measurement_period" => objective.slice = slice(value)?,
            "critical_threshold" => {
                objective.critical = Some(limit(
                    value,
                    "critical_threshold",
                    ObjectiveKind::ErrorRate,
                )?);
            }
            other => {
                return Err(unknown(
                    value,
                    other,
                    "target, measurement_period, critical_threshold",
                ));
            }
        }
    }
    Ok(objective)
}

/// Reads who is told; returns the levels.
fn escalation(node: &Node, file: &mut SlaFile) -> Result<Vec<String>, SlaFileError> {
    let mut levels = Vec::new();
    for (key, part) in node.map("escalation")? {
        match key.as_str() {
            "sla_breach" => {
                for (key, value) in part.map("sla_breach")? {
                    match key.as_str() {
                        "notification" => {
                            file.notification = Some(value.text("notification")?.to_owned());
                        }
                        "escalation_levels" => levels = value.texts("escalation_levels")?,
                        other => {
                            return Err(unknown(value, other, "notification, escalation_levels"));
                        }
                    }
                }
            }
            "performance_degradation" => {
                let mut policy = DegradationPolicy::default();
                for (key, value) in part.map("performance_degradation")? {
                    match key.as_str() {
                        "threshold" => policy.threshold = share(value, "threshold")?,
                        "notification" => {
                            policy.notification = value.text("notification")?.to_owned();
                        }
                        "auto_scaling" => {
                            policy.auto_scaling = value.text("auto_scaling")?.to_owned();
                        }
                        other => {
                            return Err(unknown(
                                value,
                                other,
                                "threshold, notification, auto_scaling",
                            ));
                        }
                    }
                }
                file.degradation = Some(policy);
            }
            other => return Err(unknown(part, other, "sla_breach, performance_degradation")),
        }
    }
    Ok(levels)
}
