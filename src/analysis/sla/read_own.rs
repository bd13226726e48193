//! Headroom's own form of promises: the list under `objectives:`, key by key.

use super::names::unknown_key;
use super::objective::{
    AvailabilityRule, AvailabilitySource, DegradedPolicy, ExcludeAs, Grain, Limit, MissingPolicy,
    Objective, Quantity, Statistic, ThroughputMode,
};
use super::read_grain::{period, slice};
use super::read_targets;
use super::read_values::{bare, choice, duration, limit, percentile, positive, rate, share};
use super::read_windows::{exclusions, service_hours};
use super::rolling;
use super::yaml::{Node, Value};
use super::{ObjectiveKind, SlaFileError};
use crate::dataset::OutcomeFilter;
use crate::units::{self, Direction, Ppm};

const KEYS: &str = "name, kind, scope, target, percentile, threshold, outcome, mode, burst, slices_required, period, slice, rule, allowance, source, \
missing, degraded, critical, min_samples, exclusions, exclude_as, escalation, series, statistic, baseline, \
measure, targets, start, rollup, service_hours";

/// Reads the list of objectives.
pub(super) fn objectives(node: &Node) -> Result<Vec<Objective>, SlaFileError> {
    match &node.value {
        Value::List(items) => items.iter().map(objective).collect(),
        _ => Err(node.error("objectives must be a list: start each with \"- name: …\"")),
    }
}

fn is_known(key: &str) -> bool {
    matches!(key, "downtime_allowance" | "critical_threshold" | "metric")
        || KEYS.split(", ").any(|known| known == key)
}

fn objective(node: &Node) -> Result<Objective, SlaFileError> {
    let map = node.map("an objective")?;
    if let Some((key, value)) = map.iter().find(|(key, _)| !is_known(key)) {
        return Err(unknown_key(value, key, "an objective", KEYS));
    }
    let get = |key: &str| map.iter().find(|(k, _)| k == key).map(|(_, n)| n);
    let line = map.first().map_or(node.line, |(_, n)| n.line);
    let lacking = |message: &str| SlaFileError {
        message: message.to_owned(),
        line: Some(line),
    };
    let kind = get("kind").ok_or_else(|| {
        lacking("an objective needs a kind: availability, latency, share_under, throughput, error_rate, utilisation, metric, improvement or regression")
    })?;
    let kind = kind_of(kind)?;
    let by_date = get("targets").map(read_targets::last_target).transpose()?;
    let target_node = by_date
        .or_else(|| get("target"))
        .ok_or_else(|| lacking("an objective needs a target, such as 99.9%, 200ms or 10000_rps"))?;
    let name = get("name").map(|n| n.text("name")).transpose()?;
    let target_text = target_node.text("target")?;

    // A share of requests may also be written as the limit with its percentile.
    let share_by_percentile = kind == ObjectiveKind::ShareUnder
        && get("threshold").is_none()
        && units::parse_duration(bare(target_text)).is_ok();
    let (target, threshold) = if share_by_percentile {
        let share = get("percentile").map_or(Ok(Ppm(950_000)), percentile)?;
        let limit = limit(target_node, "target", ObjectiveKind::Latency)?;
        let target = Limit {
            value: Quantity::Share(share),
            direction: Direction::AtLeast,
            strict: false,
        };
        (target, Some(limit))
    } else {
        (limit(target_node, "target", kind)?, None)
    };
    let mut objective = Objective::new(name.unwrap_or(kind_name(kind)), kind, target, target_text);
    objective.threshold = threshold;
    objective.line = Some(line);

    for (key, value) in map {
        match key.as_str() {
            "scope" => scope(value, &mut objective)?,
            "percentile" => objective.percentile = percentile(value)?,
            "threshold" => {
                objective.threshold = Some(limit(value, "threshold", ObjectiveKind::Latency)?);
            }
            "outcome" => {
                objective.outcome = choice(
                    value,
                    "outcome",
                    &[
                        ("success", OutcomeFilter::Success),
                        ("all", OutcomeFilter::All),
                    ],
                )?;
            }
            "mode" => {
                objective.mode = choice(
                    value,
                    "mode",
                    &[
                        ("capability", ThroughputMode::Capability),
                        ("floor", ThroughputMode::Floor),
                    ],
                )?;
            }
            "burst" => objective.burst = Some(rate(value, "burst")?),
            "slices_required" => {
                let required = share(value, "slices_required")?;
                objective.slices_required =
                    positive(value, "slices_required", required, required.0)?;
            }
            "period" => objective.period = period(value)?,
            "slice" => objective.slice = slice(value)?,
            "rule" => {
                objective.rule = choice(
                    value,
                    "rule",
                    &[
                        ("percent", AvailabilityRule::Percent),
                        ("fixed", AvailabilityRule::Fixed),
                        ("stricter", AvailabilityRule::Stricter),
                    ],
                )?;
            }
            "allowance" | "downtime_allowance" => {
                objective.allowance = Some(duration(value, "allowance")?);
            }
            "source" => {
                objective.source = choice(
                    value,
                    "source",
                    &[
                        ("uptime", AvailabilitySource::Uptime),
                        ("requests", AvailabilitySource::Requests),
                    ],
                )?;
            }
            "missing" => {
                objective.missing = choice(
                    value,
                    "missing",
                    &[
                        ("unknown", MissingPolicy::Unknown),
                        ("up", MissingPolicy::Up),
                        ("down", MissingPolicy::Down),
                    ],
                )?;
            }
            "degraded" => {
                objective.degraded = match value.text("degraded")? {
                    "up" => DegradedPolicy::Up,
                    "down" => DegradedPolicy::Down,
                    _ => {
                        DegradedPolicy::PartlyDown(share(value, "degraded (up, down or a share)")?)
                    }
                };
            }
            "critical" | "critical_threshold" => {
                objective.critical = Some(limit(value, "critical", kind)?);
            }
            "min_samples" => {
                let text = value.text("min_samples")?.replace(['_', ','], "");
                objective.min_samples = text
                    .parse()
                    .map_err(|_| value.error("min_samples must be a whole number, such as 1000"))?;
            }
            "exclusions" => {
                exclusions(value, &mut objective)?;
                named_once(value, &objective.exclusions)?;
            }
            "service_hours" => objective.service_hours = Some(service_hours(value)?),
            "exclude_as" => {
                objective.exclude_as = choice(
                    value,
                    "exclude_as",
                    &[
                        ("removed", ExcludeAs::Removed),
                        ("as_uptime", ExcludeAs::AsUptime),
                    ],
                )?;
            }
            "escalation" => objective.escalation = value.texts("escalation")?,
            "series" | "metric" => {
                objective.scope.metric = Some(value.text("series")?.to_owned());
            }
            "statistic" => {
                objective.statistic = choice(
                    value,
                    "statistic",
                    &[
                        ("mean", Statistic::Mean),
                        ("max", Statistic::Max),
                        ("min", Statistic::Min),
                        ("p95", Statistic::P95),
                    ],
                )?;
            }
            "targets" => objective.dated = read_targets::targets(value, kind, &get)?,
            _ => {}
        }
    }
    check(&mut objective, get)?;
    Ok(objective)
}

/// A table of windows that is named twice would take out the same time twice.
fn named_once(node: &Node, files: &[String]) -> Result<(), SlaFileError> {
    let twice = files
        .iter()
        .enumerate()
        .find(|(i, f)| files.iter().take(*i).any(|before| before == *f));
    match twice {
        Some((_, file)) => Err(node.error(format!(
            "exclusions names {file} twice, so its windows overlap; name each table once"
        ))),
        None => Ok(()),
    }
}

/// What only shows once all keys are read.
fn check<'a>(
    objective: &mut Objective,
    get: impl Fn(&str) -> Option<&'a Node>,
) -> Result<(), SlaFileError> {
    let at = |key: &str, message: &str| SlaFileError {
        message: message.to_owned(),
        line: get(key).map(|n| n.line).or(objective.line),
    };
    let explicit_rule = get("rule").is_some();
    match objective.kind {
        ObjectiveKind::Availability => {
            let by_requests = objective.source == AvailabilitySource::Requests;
            if by_requests
                && (objective.rule != AvailabilityRule::Percent || objective.allowance.is_some())
            {
                let key = if explicit_rule { "rule" } else { "allowance" };
                return Err(at(
                    key,
                    "availability by requests has no minutes, so an allowance cannot be judged; write \"rule: percent\" without an allowance, or \"source: uptime\"",
                ));
            }
            let rolling = matches!(objective.period, Grain::Rolling(_));
            if by_requests && rolling && rolling::days(objective.period).is_none() {
                return Err(at(
                    "period",
                    "a rolling window over requests is counted in whole days; write for example 30d, or day, week, month, quarter or year",
                ));
            }
            match (objective.rule, objective.allowance, explicit_rule) {
                (AvailabilityRule::Percent, Some(_), false) => {
                    objective.rule = AvailabilityRule::Stricter;
                }
                (AvailabilityRule::Fixed | AvailabilityRule::Stricter, None, _) => {
                    return Err(at(
                        "rule",
                        "this rule needs an allowance, such as \"allowance: 43.2min\"",
                    ));
                }
                _ => {}
            }
        }
        ObjectiveKind::ShareUnder if objective.threshold.is_none() => {
            return Err(at(
                "kind",
                "share_under needs a threshold, such as \"threshold: 200ms\" beside \"target: 95%\"",
            ));
        }
        ObjectiveKind::Utilisation | ObjectiveKind::Metric if objective.scope.metric.is_none() => {
            return Err(at(
                "kind",
                "this kind needs the name of a series, such as \"series: cpu*\"",
            ));
        }
        _ => {}
    }
    if objective.allowance.is_some() && objective.kind != ObjectiveKind::Availability {
        return Err(at(
            "allowance",
            "an allowance of downtime only fits availability",
        ));
    }
    read_targets::finish(objective, &get)
}

fn scope(node: &Node, objective: &mut Objective) -> Result<(), SlaFileError> {
    for (key, value) in node.map("scope")? {
        if key == "services" {
            objective.scope.services = value.texts("services")?;
            continue;
        }
        let text = Some(value.text(key)?.to_owned());
        match key.as_str() {
            "service" if value.text(key)?.contains('*') => {
                objective.scope.services = value.texts(key)?;
            }
            "service" => objective.scope.service = text,
            "environment" => objective.scope.environment = text,
            "label" => objective.scope.label = text,
            "class" => objective.scope.class = text,
            "metric" | "series" => objective.scope.metric = text,
            other => {
                return Err(unknown_key(
                    value,
                    other,
                    "scope",
                    "service, services, environment, label, class, metric",
                ));
            }
        }
    }
    Ok(())
}

fn kind_of(node: &Node) -> Result<ObjectiveKind, SlaFileError> {
    choice(
        node,
        "kind",
        &[
            ("availability", ObjectiveKind::Availability),
            ("latency", ObjectiveKind::Latency),
            ("share_under", ObjectiveKind::ShareUnder),
            ("throughput", ObjectiveKind::Throughput),
            ("error_rate", ObjectiveKind::ErrorRate),
            ("utilisation", ObjectiveKind::Utilisation),
            ("utilization", ObjectiveKind::Utilisation),
            ("metric", ObjectiveKind::Metric),
            ("improvement", ObjectiveKind::Improvement),
            ("regression", ObjectiveKind::Regression),
        ],
    )
}

const fn kind_name(kind: ObjectiveKind) -> &'static str {
    match kind {
        ObjectiveKind::Availability => "Availability",
        ObjectiveKind::Latency => "Latency",
        ObjectiveKind::ShareUnder => "Share of fast requests",
        ObjectiveKind::Throughput => "Throughput",
        ObjectiveKind::ErrorRate => "Error rate",
        ObjectiveKind::Utilisation => "Utilisation",
        ObjectiveKind::Metric => "Metric",
        ObjectiveKind::Improvement => "Improvement",
        ObjectiveKind::Regression => "Regression",
    }
}
