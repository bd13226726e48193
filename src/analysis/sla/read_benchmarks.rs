//! The `performance_benchmarks` block, exactly as `performance-optimization-strategy.md` writes it: endpoints with a
//! response time and a throughput each, resources under normal and peak load, and times that users wait.
//!
//! What the block leaves open is decided here and said in the names: response times are the 95th percentile of a day,
//! normal load is the mean of an hour, peak load is its highest value.

use super::names::unknown_key;
use super::objective::{Grain, Objective, Quantity, Statistic};
use super::read_values::limit;
use super::yaml::{Node, Value};
use super::{ObjectiveKind, SlaFile, SlaFileError};
use crate::units;

/// Reads the block into `file`.
pub(super) fn read(node: &Node, file: &mut SlaFile) -> Result<(), SlaFileError> {
    for (key, part) in node.map("performance_benchmarks")? {
        match key.as_str() {
            "api_endpoints" => endpoints(part, file)?,
            "system_resources" => {
                for (resource, inner) in part.map("system_resources")? {
                    resources(resource, inner, file)?;
                }
            }
            "business_metrics" => {
                for (group, inner) in part.map("business_metrics")? {
                    for (what, target) in inner.map(group)? {
                        file.objectives.push(business(group, what, target)?);
                    }
                }
            }
            other => {
                return Err(unknown_key(
                    part,
                    other,
                    "performance_benchmarks",
                    "api_endpoints, system_resources, business_metrics",
                ));
            }
        }
    }
    Ok(())
}

fn endpoints(node: &Node, file: &mut SlaFile) -> Result<(), SlaFileError> {
    let Value::List(items) = &node.value else {
        return Err(
            node.error("api_endpoints must be a list: start each with \"- endpoint: /path\"")
        );
    };
    let path_of = |item: &Node| -> Result<String, SlaFileError> {
        let found = item.get("endpoint");
        let path = found.ok_or_else(|| {
            item.error("api_endpoints: each needs an endpoint, such as \"/api/v1/agents\"")
        })?;
        Ok(path.text("endpoint")?.to_owned())
    };
    let paths = items.iter().map(path_of).collect::<Result<Vec<_>, _>>()?;
    for (item, path) in items.iter().zip(&paths) {
        let mut method = None;
        let mut read = Vec::new();
        for (key, value) in item.map("an endpoint")? {
            match key.as_str() {
                "endpoint" => {}
                "method" => method = Some(value.text("method")?.to_ascii_uppercase()),
                "target_response_time" => {
                    let mut objective = start(key, value, ObjectiveKind::Latency)?;
                    objective.name = "response time".to_owned();
                    read.push(objective);
                }
                "target_throughput" => {
                    let mut objective = start(key, value, ObjectiveKind::Throughput)?;
                    objective.name = "throughput".to_owned();
                    read.push(objective);
                }
                other => {
                    return Err(unknown_key(
                        value,
                        other,
                        "an endpoint",
                        "endpoint, method, target_response_time, target_throughput",
                    ));
                }
            }
        }
        if read.is_empty() {
            return Err(item.error(format!(
                "endpoint {path} has no target; write target_response_time or target_throughput"
            )));
        }
        // A label without a method can only be meant where the path stands in the block once.
        let once = paths.iter().filter(|p| *p == path).count() == 1;
        let (title, label) = match method {
            Some(method) if once => (
                format!("{method} {path}"),
                format!("{method} *{path} | {path}"),
            ),
            Some(method) => (format!("{method} {path}"), format!("{method} *{path}")),
            None => (path.clone(), format!("*{path}")),
        };
        for mut objective in read {
            objective.name = format!("{title} {}", objective.name);
            objective.scope.label = Some(label.clone());
            file.objectives.push(objective);
        }
    }
    Ok(())
}

fn start(key: &str, node: &Node, kind: ObjectiveKind) -> Result<Objective, SlaFileError> {
    let target = limit(node, key, kind)?;
    let written = node.text(key)?.replace('_', " ");
    let mut objective = Objective::new("", kind, target, &written);
    objective.line = Some(node.line);
    Ok(objective)
}

/// `agent_execution_time` as people say it: `Agent execution time`.
fn words(key: &str) -> String {
    let text = key.replace('_', " ");
    let mut chars = text.chars();
    let text = chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    });
    text.replace("Cpu", "CPU")
        .replace(" io", " I/O")
        .replace("utilization", "utilisation")
}

/// A pattern that finds the words of a key in a name: `simple_tasks` gives `*simple*task*`.
fn pattern(key: &str) -> String {
    let words: Vec<&str> = key
        .split('_')
        .filter(|w| {
            !matches!(
                *w,
                "time" | "response" | "utilization" | "utilisation" | "io" | ""
            )
        })
        .map(|w| {
            if w.ends_with("ss") {
                w
            } else {
                w.trim_end_matches('s')
            }
        })
        .collect();
    format!("*{}*", words.join("*"))
}

/// The series of a resource, by the names that monitoring systems give it.
fn series_of(resource: &str, what: &str) -> String {
    match (resource, what) {
        ("cpu_utilization" | "cpu_utilisation", _) => "*cpu*".to_owned(),
        ("memory_utilization" | "memory_utilisation", _) => "*mem*".to_owned(),
        (_, "read_latency") => "*disk*read*latency* | *read_latency* | *r_await*".to_owned(),
        (_, "write_latency") => "*disk*write*latency* | *write_latency* | *w_await*".to_owned(),
        (_, "bandwidth_utilization" | "bandwidth_utilisation") => {
            "*bandwidth* | *network*util*".to_owned()
        }
        (resource, "normal_load" | "peak_load") => pattern(resource),
        (_, what) => pattern(what),
    }
}

fn resources(resource: &str, node: &Node, file: &mut SlaFile) -> Result<(), SlaFileError> {
    let utilisation = resource.ends_with("utilization") || resource.ends_with("utilisation");
    for (key, value) in node.map(resource)? {
        let load = match key.as_str() {
            "normal_load" => Some(("under normal load", Statistic::Mean)),
            "peak_load" => Some(("under peak load", Statistic::Max)),
            other if utilisation => {
                return Err(unknown_key(
                    value,
                    other,
                    resource,
                    "normal_load, peak_load",
                ));
            }
            _ => None,
        };
        let kind = if load.is_some() || key.contains("utili") {
            ObjectiveKind::Utilisation
        } else {
            ObjectiveKind::Metric
        };
        let mut objective = start(key, value, kind)?;
        objective.scope.metric = Some(series_of(resource, key));
        objective.name = match load {
            Some((load, statistic)) => {
                objective.statistic = statistic;
                format!("{} {load}", words(resource))
            }
            None => format!("{}: {}", words(resource), key.replace('_', " ")),
        };
        file.objectives.push(objective);
    }
    Ok(())
}

fn business(group: &str, what: &str, node: &Node) -> Result<Objective, SlaFileError> {
    let text = node
        .text(what)?
        .trim_start_matches(['<', '>', '=', '≤', '≥']);
    let is_time = units::parse_duration(text.trim()).is_ok();
    let kind = if is_time {
        ObjectiveKind::Latency
    } else {
        ObjectiveKind::Metric
    };
    let mut objective = start(what, node, kind)?;
    if matches!(objective.target.value, Quantity::Duration(_)) && is_time {
        objective.slice = Grain::Day;
        if what == "page_load_time" {
            objective.scope.class = Some("web_pages".to_owned());
        } else {
            objective.scope.label = Some(pattern(what));
        }
    } else {
        objective.scope.metric = Some(pattern(what));
    }
    objective.name = format!("{}: {}", words(group), what.replace('_', " "));
    Ok(objective)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_the_keys() {
        assert_eq!(words("cpu_utilization"), "CPU utilisation");
        assert_eq!(words("disk_io"), "Disk I/O");
        assert_eq!(pattern("simple_tasks"), "*simple*task*");
        assert_eq!(pattern("interaction_response"), "*interaction*");
        assert_eq!(series_of("network_io", "packet_loss"), "*packet*loss*");
    }
}
