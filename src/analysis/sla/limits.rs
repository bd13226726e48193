//! What stands beside promises and can contradict them: rate limits of the traffic, and results that a document states
//! with a grade. Neither is judged by itself; both are held against the promises (`conflicts`).

use serde::{Deserialize, Serialize};

use super::SlaFileError;
use super::names::unknown_key;
use super::objective::Quantity;
use super::read_values::{quantity, rate};
use super::yaml::{Node, Value};
use crate::units::MicroRate;

/// Whose requests a limit counts together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitScope {
    /// All requests.
    Global,
    /// Those of one user.
    PerUser,
    /// Those to one path.
    Endpoint(String),
}

/// A limit on the rate of requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimit {
    /// Whose requests.
    pub scope: LimitScope,
    /// Requests that are let through all the time.
    pub rate: MicroRate,
    /// How many more in a second may come in a burst.
    pub burst: Option<MicroRate>,
    /// Line of the file at which it stands.
    pub line: u64,
}

impl RateLimit {
    /// What it is called in sentences.
    pub fn name(&self) -> String {
        match &self.scope {
            LimitScope::Global => "global rate limit".to_owned(),
            LimitScope::PerUser => "rate limit per user".to_owned(),
            LimitScope::Endpoint(path) => format!("rate limit of {path}"),
        }
    }

    /// The most that is let through in a second.
    pub fn most(&self) -> MicroRate {
        MicroRate(self.rate.0.saturating_add(self.burst.map_or(0, |b| b.0)))
    }
}

/// A result as a document states it, with the grade it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatedResult {
    /// Name of the objective.
    pub objective: String,
    /// The value that was reached.
    pub value: Quantity,
    /// The value as written.
    pub value_text: String,
    /// The grade as written.
    pub grade: String,
    /// Line of the file at which it stands.
    pub line: u64,
}

/// Reads `limits:` in the words of the strategy document: `global`, `per_user` and `per_endpoint`.
pub(super) fn read_limits(node: &Node) -> Result<Vec<RateLimit>, SlaFileError> {
    let mut limits = Vec::new();
    for (key, part) in node.map("limits")? {
        match key.as_str() {
            "rate_limiting" => limits.extend(read_limits(part)?),
            "global" => limits.push(one(LimitScope::Global, key, part)?),
            "per_user" => limits.push(one(LimitScope::PerUser, key, part)?),
            "per_endpoint" => {
                for (path, inner) in part.map("per_endpoint")? {
                    limits.push(one(LimitScope::Endpoint(path.clone()), path, inner)?);
                }
            }
            other => {
                return Err(unknown_key(
                    part,
                    other,
                    "limits",
                    "global, per_user, per_endpoint, rate_limiting",
                ));
            }
        }
    }
    Ok(limits)
}

fn one(scope: LimitScope, name: &str, node: &Node) -> Result<RateLimit, SlaFileError> {
    let mut found = None;
    let mut burst = None;
    for (key, value) in node.map(name)? {
        match key.as_str() {
            "requests_per_second" => found = Some(rate(value, key)?),
            "burst_capacity" => burst = Some(rate(value, key)?),
            other => {
                return Err(unknown_key(
                    value,
                    other,
                    name,
                    "requests_per_second, burst_capacity",
                ));
            }
        }
    }
    Ok(RateLimit {
        scope,
        rate: found.ok_or_else(|| {
            node.error(format!(
                "{name} needs requests_per_second, such as \"requests_per_second: 50\""
            ))
        })?,
        burst,
        line: node.line,
    })
}

/// Reads the `rate_limiting` of a `traffic_management` block; how traffic is split and routed promises nothing.
pub(super) fn read_traffic(node: &Node) -> Result<Vec<RateLimit>, SlaFileError> {
    let mut limits = Vec::new();
    for (key, part) in node.map("traffic_management")? {
        match key.as_str() {
            "rate_limiting" => limits.extend(read_limits(part)?),
            "traffic_splitting" | "geographic_routing" => {}
            other => {
                return Err(unknown_key(
                    part,
                    other,
                    "traffic_management",
                    "rate_limiting, traffic_splitting, geographic_routing",
                ));
            }
        }
    }
    Ok(limits)
}

/// Reads `stated:`, the list of results that a document gives with a grade.
pub(super) fn read_stated(node: &Node) -> Result<Vec<StatedResult>, SlaFileError> {
    let Value::List(items) = &node.value else {
        return Err(node.error(
            "stated must be a list: start each with \"- objective: NAME\" and give its value and grade",
        ));
    };
    let mut list = Vec::new();
    for item in items {
        let (mut objective, mut value, mut grade) = (None, None, None);
        for (key, inner) in item.map("a stated result")? {
            let text = inner.text(key)?.to_owned();
            match key.as_str() {
                "objective" => objective = Some(text),
                "value" => {
                    let read = quantity(&text).ok_or_else(|| {
                        inner.error(format!(
                            "value \"{text}\" is not a number with a unit; write for example 620MB, 180ms or 99.9%"
                        ))
                    })?;
                    value = Some((read, text));
                }
                "grade" => grade = Some(text),
                other => {
                    return Err(unknown_key(
                        inner,
                        other,
                        "a stated result",
                        "objective, value, grade",
                    ));
                }
            }
        }
        let lacking = |key: &str| {
            item.error(format!(
                "a stated result needs {key}; it has objective, value and grade"
            ))
        };
        let (value, value_text) = value.ok_or_else(|| lacking("a value"))?;
        list.push(StatedResult {
            objective: objective.ok_or_else(|| lacking("an objective"))?,
            value,
            value_text,
            grade: grade.ok_or_else(|| lacking("a grade"))?,
            line: item.line,
        });
    }
    Ok(list)
}
