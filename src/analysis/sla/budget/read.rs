//! `alerts:` and `burn_alerts:` of a file of promises.

use super::super::objective::{Limit, Objective, Quantity};
use super::super::read_values::{duration, limit, share};
use super::super::yaml::{Node, Value};
use super::super::{ObjectiveKind, SlaFileError};
use super::{AlertRule, AlertTier, BurnRow, BurnTable, BurnThreshold};
use crate::units::{Direction, Micros};

const ALERT_KEYS: &str = "name, metric, objective, info, warning, critical, emergency, for";
const ROW_KEYS: &str = "name, urgent, budget, burn, long, short, for";

/// Reads `burn_alerts`: the name of a table, several names, or the rows of an own one.
pub(in crate::analysis::sla) fn burn_tables(node: &Node) -> Result<Vec<BurnTable>, SlaFileError> {
    let rows = match &node.value {
        Value::List(items) if items.iter().any(|i| matches!(i.value, Value::Map(_))) => items,
        Value::List(items) => return items.iter().map(named).collect(),
        _ => return Ok(vec![named(node)?]),
    };
    Ok(vec![BurnTable {
        name: "own".to_owned(),
        rows: rows.iter().map(row).collect::<Result<_, _>>()?,
        windows_for: None,
    }])
}

fn named(node: &Node) -> Result<BurnTable, SlaFileError> {
    let name = node.text("burn_alerts")?;
    BurnTable::named(name).ok_or_else(|| {
        node.error(format!(
            "burn_alerts: there is no table \"{name}\"; write {}, or a list of own alerts such as \"- {{name: page, burn: 14.4, long: 1h, short: 5m}}\"",
            BurnTable::NAMES.join(", ")
        ))
    })
}

fn row(node: &Node) -> Result<BurnRow, SlaFileError> {
    let map = node.map("an alert under burn_alerts")?;
    let mut row = BurnRow {
        name: String::new(),
        urgent: true,
        long: Micros(0),
        short: None,
        threshold: BurnThreshold::Factor(0),
        up_to: None,
        hold: Micros(0),
    };
    for (key, value) in map {
        match key.as_str() {
            "name" => value.text("name")?.clone_into(&mut row.name),
            "urgent" => {
                row.urgent = match value.text("urgent")? {
                    "true" | "yes" => true,
                    "false" | "no" => false,
                    other => {
                        return Err(value.error(format!(
                            "urgent \"{other}\" is not known; write true or false"
                        )));
                    }
                }
            }
            "budget" => row.threshold = BurnThreshold::Budget(share(value, "budget")?),
            "burn" => row.threshold = BurnThreshold::Factor(factor(value)?),
            "long" => row.long = duration(value, "long")?,
            "short" => row.short = Some(duration(value, "short")?),
            "for" => row.hold = duration(value, "for")?,
            other => {
                return Err(value.error(format!(
                    "unknown key \"{other}\" under burn_alerts; known keys: {ROW_KEYS}"
                )));
            }
        }
    }
    if matches!(row.threshold, BurnThreshold::Factor(0)) {
        return Err(node.error(
            "an alert under burn_alerts needs a threshold: \"burn: 14.4\" (times the even pace) or \"budget: 2%\" (of the whole budget within the long window)",
        ));
    }
    if row.long.0 == 0 {
        return Err(node.error("an alert under burn_alerts needs its window, such as \"long: 1h\""));
    }
    if row.short.is_some_and(|short| short > row.long) {
        return Err(node.error("the short window is longer than the long one; swap them"));
    }
    if row.name.is_empty() {
        if row.urgent { "page" } else { "ticket" }.clone_into(&mut row.name);
    }
    Ok(row)
}

/// A burn rate in thousandths: `14.4`, `14.4x`.
fn factor(node: &Node) -> Result<i64, SlaFileError> {
    let text = node.text("burn")?;
    let number = text.trim_end_matches(['x', '×']).trim().parse::<f64>();
    number
        .ok()
        .filter(|n| *n > 0.0 && *n <= 1e6)
        .map(|n| (n * 1_000.0).round() as i64)
        .filter(|n| *n > 0)
        .ok_or_else(|| {
            node.error(format!(
                "burn \"{text}\" is not a number above zero; write for example 14.4"
            ))
        })
}

/// Reads `alerts`: thresholds by tier for metrics and objectives. Objectives are those of the file so far.
pub(in crate::analysis::sla) fn alerts(
    node: &Node,
    objectives: &[Objective],
) -> Result<Vec<AlertRule>, SlaFileError> {
    match &node.value {
        Value::List(items) => items.iter().map(|item| alert(item, objectives)).collect(),
        _ => Err(node
            .error("alerts must be a list: start each with \"- metric: …\" or \"- objective: …\"")),
    }
}

fn alert(node: &Node, objectives: &[Objective]) -> Result<AlertRule, SlaFileError> {
    let map = node.map("an alert")?;
    let get = |key: &str| map.iter().find(|(k, _)| k == key).map(|(_, n)| n);
    let mut rule = AlertRule {
        line: Some(map.first().map_or(node.line, |(_, n)| n.line)),
        ..AlertRule::default()
    };
    let mut kind = ObjectiveKind::Metric;
    let mut usual = Direction::AtMost;
    match (get("objective"), get("metric")) {
        (Some(_), Some(both)) => {
            return Err(
                both.error("an alert watches an objective or a metric; leave one of them out")
            );
        }
        (None, None) => {
            return Err(node
                .error("an alert needs what it watches: \"metric: cpu*\" or \"objective: name\""));
        }
        (Some(named), None) => {
            let name = named.text("objective")?;
            let known = objectives.iter().find(|o| o.name == name).ok_or_else(|| {
                let names: Vec<&str> = objectives.iter().map(|o| o.name.as_str()).collect();
                named.error(format!(
                    "there is no objective \"{name}\"; there are {}",
                    names.join(", ")
                ))
            })?;
            rule.objective = Some(name.to_owned());
            kind = known.kind;
            usual = known.target.direction;
        }
        (None, Some(metric)) => rule.metric = Some(metric.text("metric")?.to_owned()),
    }
    let subject = rule.objective.as_ref().or(rule.metric.as_ref());
    rule.name = subject.cloned().unwrap_or_default();
    for (key, value) in map {
        match key.as_str() {
            "objective" | "metric" => {}
            "name" => value.text("name")?.clone_into(&mut rule.name),
            "for" => rule.hold = duration(value, "for")?,
            other => {
                let tier = AlertTier::ALL.into_iter().find(|t| t.word() == other);
                let Some(slot) = tier.and_then(|t| rule.limits.get_mut(t as usize)) else {
                    return Err(value.error(format!(
                        "unknown key \"{other}\" under alerts; known keys: {ALERT_KEYS}"
                    )));
                };
                *slot = Some(fires_at(value, other, kind, usual)?);
            }
        }
    }
    check(node, rule)
}

/// What still is good, from a threshold at which an alert fires: `200ms` and `>200ms` fire above it, `<90%` below it.
fn fires_at(
    node: &Node,
    what: &str,
    kind: ObjectiveKind,
    usual: Direction,
) -> Result<Limit, SlaFileError> {
    let text = node.text(what)?;
    let (direction, strict, rest) = if let Some(rest) = text.strip_prefix(">=") {
        (Direction::AtMost, true, rest)
    } else if let Some(rest) = text.strip_prefix("<=") {
        (Direction::AtLeast, true, rest)
    } else if let Some(rest) = text.strip_prefix('>') {
        (Direction::AtMost, false, rest)
    } else if let Some(rest) = text.strip_prefix('<') {
        (Direction::AtLeast, false, rest)
    } else {
        (usual, false, text)
    };
    let bare = Node {
        line: node.line,
        value: Value::Scalar(rest.trim().to_owned()),
    };
    let read = limit(&bare, what, kind)?;
    Ok(Limit {
        value: read.value,
        direction,
        strict,
    })
}

/// Tiers of one unit and one side, rising.
fn check(node: &Node, rule: AlertRule) -> Result<AlertRule, SlaFileError> {
    let written: Vec<(AlertTier, Limit)> = AlertTier::ALL
        .into_iter()
        .filter_map(|tier| Some((tier, rule.limit(tier)?)))
        .collect();
    if written.is_empty() {
        return Err(node.error(
            "an alert needs at least one threshold: info, warning, critical or emergency, such as \"warning: 150ms\"",
        ));
    }
    let same_unit =
        |a: Quantity, b: Quantity| std::mem::discriminant(&a) == std::mem::discriminant(&b);
    for pair in written.windows(2) {
        let [(mild, a), (grave, b)] = pair else {
            continue;
        };
        let line = node
            .map("an alert")?
            .iter()
            .find(|(k, _)| k == grave.word());
        let at = line.map_or(node, |(_, n)| n);
        if !same_unit(a.value, b.value) || a.direction != b.direction {
            return Err(at.error(format!(
                "{} and {} differ in unit or side; write all thresholds of an alert alike, such as 150ms and 200ms",
                mild.word(),
                grave.word()
            )));
        }
        let (a, b, side) = (a.value.as_printed(), b.value.as_printed(), b.direction);
        if side == Direction::AtMost && b < a || side == Direction::AtLeast && b > a {
            return Err(at.error(format!(
                "{} is reached before {}; swap them",
                grave.word(),
                mild.word()
            )));
        }
    }
    Ok(rule)
}
