//! The keys of a promise that go beyond one target for one service: `targets` by date, `baseline` and `measure`,
//! `services` and `rollup`; and the list of `baselines` of a file.

use jiff::Span;
use jiff::civil::Date;

use super::objective::{AvailabilitySource, Objective, Quantity};
use super::read_values::{choice, limit};
use super::yaml::{Node, Value};
use super::{BaselineRef, DatedTarget, Measure, ObjectiveKind, Rollup, SlaFileError};
use crate::analysis::decisions::Baseline;
use crate::calendar::{Period, Zone};
use crate::units::{self, Direction, MicroRate, Ppm};

/// The entries of `targets:`.
fn entries(node: &Node) -> Result<&[Node], SlaFileError> {
    match &node.value {
        Value::List(items) if !items.is_empty() => Ok(items),
        _ => Err(node.error(
            "targets must be a list, such as [{from: 2026-01, target: <1s}, {from: 2026-03, target: <500ms}]",
        )),
    }
}

/// The target of the last entry of `targets:`, which stands for all where no date is asked.
pub(super) fn last_target(node: &Node) -> Result<&Node, SlaFileError> {
    let last = entries(node)?.last();
    last.and_then(|entry| entry.map("an entry of targets").ok())
        .and_then(|map| map.iter().find(|(key, _)| key == "target"))
        .map(|(_, target)| target)
        .ok_or_else(|| {
            node.error(
                "each entry of targets needs a target, such as {from: 2026-01, target: 200ms}",
            )
        })
}

/// The first day of a period, and of a bare date.
fn day(text: &str) -> Option<Date> {
    let utc = Zone::utc();
    let period = Period::parse(text).ok()?;
    Some(period.range(&utc).start.date(&utc))
}

/// `month 3`, `week 2`, `quarter 1`, `year 2` or `day 30`, counted from a start; the first begins with it.
fn relative(text: &str, start: Date) -> Option<Date> {
    let (unit, number) = text.split_once([' ', '_'])?;
    let steps = number.trim().parse::<i32>().ok().filter(|n| *n >= 1)? - 1;
    let span = match unit.to_ascii_lowercase().as_str() {
        "day" => Span::new().try_days(steps),
        "week" => Span::new().try_weeks(steps),
        "month" => Span::new().try_months(steps),
        "quarter" => Span::new().try_months(steps.checked_mul(3)?),
        "year" => Span::new().try_years(steps),
        _ => return None,
    };
    start.checked_add(span.ok()?).ok()
}

fn from(node: &Node, start: Option<(&Node, Date)>) -> Result<Date, SlaFileError> {
    let text = node.text("from")?;
    if let Some(date) = day(text) {
        return Ok(date);
    }
    let counted = ["day", "week", "month", "quarter", "year"]
        .iter()
        .any(|unit| text.to_ascii_lowercase().starts_with(unit));
    if counted && start.is_none() {
        return Err(node.error(format!(
            "\"{text}\" counts from a start; write for example \"start: 2026-01\" beside targets"
        )));
    }
    start
        .and_then(|(_, start)| relative(text, start))
        .ok_or_else(|| {
            node.error(format!(
                "from \"{text}\" is not a day; write 2026-04-15, 2026-04, 2026-Q2, or month 3 with a start"
            ))
        })
}

/// Targets by date, in order of time. What is written under `target:` as well holds before all of them.
pub(super) fn targets<'a>(
    node: &Node,
    kind: ObjectiveKind,
    get: &impl Fn(&str) -> Option<&'a Node>,
) -> Result<Vec<DatedTarget>, SlaFileError> {
    let start = get("start")
        .map(|node| {
            let text = node.text("start")?;
            let date = day(text).ok_or_else(|| {
                node.error(format!(
                    "start \"{text}\" is not a day; write 2026-01-15, 2026-01 or 2026-Q1"
                ))
            })?;
            Ok::<_, SlaFileError>((node, date))
        })
        .transpose()?;
    let mut list: Vec<DatedTarget> = Vec::new();
    if let Some(target) = get("target") {
        list.push(DatedTarget {
            from: None,
            from_text: String::new(),
            target: limit(target, "target", kind)?,
            target_text: target.text("target")?.to_owned(),
        });
    }
    for entry in entries(node)? {
        let mut begins = None;
        let mut target = None;
        for (key, value) in entry.map("an entry of targets")? {
            match key.as_str() {
                "from" => begins = Some((from(value, start)?, value)),
                "target" => target = Some((limit(value, "target", kind)?, value.text("target")?)),
                other => {
                    return Err(value.error(format!(
                        "unknown key \"{other}\" in targets; known keys: from, target"
                    )));
                }
            }
        }
        let ((date, written), (target, target_text)) = begins.zip(target).ok_or_else(|| {
            entry.error("each entry of targets needs from and target, such as {from: 2026-01, target: 200ms}")
        })?;
        if list.iter().any(|d| d.from == Some(date)) {
            return Err(written.error(format!("two targets hold from {date} on; keep one")));
        }
        list.push(DatedTarget {
            from: Some(date),
            from_text: written.text("from")?.to_owned(),
            target,
            target_text: target_text.to_owned(),
        });
    }
    list.sort_by_key(|d| d.from);
    Ok(list)
}

/// What can only be read once the kind, the scope and the target are known.
pub(super) fn finish<'a>(
    objective: &mut Objective,
    get: &impl Fn(&str) -> Option<&'a Node>,
) -> Result<(), SlaFileError> {
    let compares = matches!(
        objective.kind,
        ObjectiveKind::Improvement | ObjectiveKind::Regression
    );
    if let (Some(node), None) = (get("start"), get("targets")) {
        return Err(
            node.error("start counts the dates of targets; write targets as well, or leave it out")
        );
    }
    if compares {
        compared(objective, get)?;
    } else if let Some(node) = get("measure") {
        return Err(node.error(
            "measure says what an improvement or a regression compares; leave it out here",
        ));
    }
    match get("baseline") {
        Some(node) => objective.baseline = Some(baseline(node, objective)?),
        None if compares => {
            return Err(SlaFileError {
                message: "this kind compares with a baseline; write for example \"baseline: 2026-01\" or \"baseline: previous\"".to_owned(),
                line: objective.line,
            });
        }
        None => {}
    }
    rollup(objective, get("rollup"))
}

fn compared<'a>(
    objective: &mut Objective,
    get: &impl Fn(&str) -> Option<&'a Node>,
) -> Result<(), SlaFileError> {
    let times = matches!(objective.target.value, Quantity::Value(_));
    objective.measure = match get("measure") {
        Some(node) => choice(
            node,
            "measure",
            &[
                Measure::Latency,
                Measure::ErrorRate,
                Measure::Throughput,
                Measure::Concurrency,
                Measure::Metric,
            ]
            .map(|m| (m.word(), m)),
        )?,
        None if objective.scope.metric.is_some() => Measure::Metric,
        None if times => Measure::Throughput,
        None => Measure::Latency,
    };
    if objective.measure == Measure::Metric && objective.scope.metric.is_none() {
        return Err(SlaFileError {
            message: "to compare a metric, name its series, such as \"series: memory*\"".to_owned(),
            line: get("measure").map(|n| n.line).or(objective.line),
        });
    }
    let line = get("target").or_else(|| get("targets")).map(|n| n.line);
    let wrong = |message: String| SlaFileError {
        message,
        line: line.or(objective.line),
    };
    let (kind, measure) = (objective.kind, objective.measure);
    let limits = std::iter::once((&mut objective.target, &objective.target_text)).chain(
        objective
            .dated
            .iter_mut()
            .map(|d| (&mut d.target, &d.target_text)),
    );
    for (target, text) in limits {
        let sign = text
            .trim_start_matches(['<', '>', '=', '≤', '≥', ' '])
            .chars()
            .next();
        let lower = lower_is_better(kind, measure, target.value, sign).map_err(|usual| {
            wrong(format!(
                "\"{text}\" is a change for the worse side; write {usual}"
            ))
        })?;
        target.direction = if lower {
            Direction::AtMost
        } else {
            Direction::AtLeast
        };
        target.value = size(kind, lower, target.value).ok_or_else(|| {
            wrong(format!(
                "\"{text}\" is no change that can be reached; write for example 30% or 10x"
            ))
        })?;
    }
    Ok(())
}

/// Whether less is better, by what is compared and the sign of the change; else what to write.
fn lower_is_better(
    kind: ObjectiveKind,
    measure: Measure,
    change: Quantity,
    sign: Option<char>,
) -> Result<bool, &'static str> {
    let less = matches!(sign, Some('-' | '−'));
    let more = sign == Some('+');
    let improvement = kind == ObjectiveKind::Improvement;
    match measure {
        Measure::Metric if improvement => Ok(!more && !matches!(change, Quantity::Value(_))),
        // The change that is limited: a cache's hit ratio must not fall, memory must not rise.
        Measure::Metric => Ok(!less),
        Measure::Latency | Measure::ErrorRate if improvement && more => Err("30% or -30%"),
        Measure::Latency | Measure::ErrorRate if !improvement && less => Err("5% or +5%"),
        Measure::Latency | Measure::ErrorRate => Ok(true),
        Measure::Throughput | Measure::Concurrency if improvement && less => {
            Err("30%, +30% or 10x")
        }
        Measure::Throughput | Measure::Concurrency if !improvement && more => Err("5% or -5%"),
        Measure::Throughput | Measure::Concurrency => Ok(false),
    }
}

/// The size of a change, without its sign.
fn size(kind: ObjectiveKind, lower: bool, change: Quantity) -> Option<Quantity> {
    match change {
        Quantity::Share(ppm) => {
            let size = ppm.0.checked_abs()?;
            let shrinks = (kind == ObjectiveKind::Improvement) == lower;
            let fits =
                (size > 0 || kind == ObjectiveKind::Regression) && (!shrinks || size < Ppm::ONE.0);
            fits.then_some(Quantity::Share(Ppm(size)))
        }
        Quantity::Value(times) => (times >= 1_000_000).then_some(change),
        _ => None,
    }
}

/// A baseline of one promise: a name, a period, a run, or a figure.
fn baseline(node: &Node, objective: &Objective) -> Result<BaselineRef, SlaFileError> {
    if let Value::Map(map) = &node.value {
        let [(key, value)] = map.as_slice() else {
            return Err(node.error("baseline takes one of period, run or value"));
        };
        let text = value.text(key)?;
        return match key.as_str() {
            "value" => figure(text, objective)
                .map(|value| BaselineRef::Figure {
                    value,
                    text: text.to_owned(),
                })
                .ok_or_else(|| {
                    value.error(format!(
                        "the baseline \"{text}\" is not a figure in the unit of what is compared"
                    ))
                }),
            "period" if Period::parse(text).is_err() => Err(value.error(format!(
                "\"{text}\" is not a period; write 2026-06-14, 2026-W25, 2026-06, 2026-Q2 or 2026"
            ))),
            "period" | "run" => Ok(BaselineRef::Named(text.to_owned())),
            other => Err(value.error(format!(
                "unknown key \"{other}\" in baseline; known keys: period, run, value"
            ))),
        };
    }
    let text = node.text("baseline")?;
    let by_value = Period::parse(text)
        .is_err()
        .then(|| figure(text, objective))
        .flatten();
    Ok(by_value.map_or_else(
        || BaselineRef::Named(text.to_owned()),
        |value| BaselineRef::Figure {
            value,
            text: text.to_owned(),
        },
    ))
}

/// A figure in the unit of what a promise measures.
pub(super) fn figure(text: &str, objective: &Objective) -> Option<Quantity> {
    let compares = matches!(
        objective.kind,
        ObjectiveKind::Improvement | ObjectiveKind::Regression
    );
    let like = match (compares, objective.measure) {
        (false, _) => objective.target.value,
        (true, Measure::Latency) => Quantity::Duration(units::Micros(0)),
        (true, Measure::ErrorRate) => Quantity::Share(Ppm(0)),
        (true, Measure::Throughput) => Quantity::Rate(MicroRate(0)),
        (true, Measure::Concurrency | Measure::Metric) => Quantity::Value(0),
    };
    match like {
        Quantity::Duration(_) => units::parse_duration(text).ok().map(Quantity::Duration),
        Quantity::Share(_) => units::parse_percent(text).ok().map(Quantity::Share),
        Quantity::Rate(_) => units::parse_rate(text).ok().map(Quantity::Rate),
        Quantity::Bytes(_) => units::parse_bytes(text).ok().map(Quantity::Bytes),
        Quantity::ByteRate(_) => units::parse_byte_rate(text).ok().map(Quantity::ByteRate),
        Quantity::Value(_) => {
            // `620 MB`: the unit is that of the series.
            let end = text
                .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '-')))
                .unwrap_or(text.len());
            let (number, unit) = text.split_at(end);
            let unit = unit.trim();
            let known = unit.chars().count() <= 8 && !unit.contains(' ');
            let rate = units::parse_rate(number).ok().filter(|_| known)?;
            Some(Quantity::Value(rate.0))
        }
    }
}

fn rollup(objective: &mut Objective, node: Option<&Node>) -> Result<(), SlaFileError> {
    if let Some(node) = node {
        objective.rollup = choice(
            node,
            "rollup",
            &[
                ("worst", Rollup::Worst),
                ("all_up", Rollup::AllUp),
                ("weighted", Rollup::Weighted),
            ],
        )?;
        if objective.scope.services.is_empty() {
            return Err(node.error(
                "rollup puts several services together; name them, such as \"scope: {services: [cart, checkout]}\" or \"scope: {service: '*'}\"",
            ));
        }
    }
    let by_time = objective.kind == ObjectiveKind::Availability
        && objective.source == AvailabilitySource::Uptime;
    let why = match objective.rollup {
        Rollup::AllUp if !by_time => {
            "all_up is the union of outages and only fits availability by uptime"
        }
        Rollup::Weighted
            if !matches!(
                objective.kind,
                ObjectiveKind::Availability
                    | ObjectiveKind::ErrorRate
                    | ObjectiveKind::Latency
                    | ObjectiveKind::ShareUnder
            ) =>
        {
            "weighted goes by requests and only fits availability, error_rate, latency and share_under"
        }
        _ => return Ok(()),
    };
    Err(SlaFileError {
        message: format!("rollup: {why}; write \"rollup: worst\""),
        line: node.map(|n| n.line).or(objective.line),
    })
}

/// The list of baselines of a file: names with a period, a load test or a figure.
pub(super) fn baselines(node: &Node) -> Result<Vec<Baseline>, SlaFileError> {
    let mut list = Vec::new();
    for (name, value) in node.map("baselines")? {
        if matches!(name.as_str(), "previous" | "previous run") {
            return Err(value.error(format!(
                "\"{name}\" always means what came before; give the baseline another name"
            )));
        }
        let mut baseline = Baseline {
            name: name.clone(),
            ..Baseline::default()
        };
        let pairs: Vec<(&str, &Node)> = match &value.value {
            Value::Map(map) => map.iter().map(|(k, v)| (k.as_str(), v)).collect(),
            _ if Period::parse(value.text(name)?).is_ok() => vec![("period", value)],
            _ => vec![("run", value)],
        };
        let [(key, value)] = pairs.as_slice() else {
            return Err(value.error("a baseline is a period, a run or a figure; write for example {period: 2026-01}, {run: checkout-1.4.jtl} or {value: 620 MB}"));
        };
        let text = value.text(key)?.to_owned();
        match *key {
            "period" if Period::parse(&text).is_ok() => baseline.period = text,
            "period" => {
                return Err(value.error(format!(
                    "\"{text}\" is not a period; write 2026-06-14, 2026-W25, 2026-06, 2026-Q2 or 2026"
                )));
            }
            "run" => baseline.run = text,
            "value" => baseline.value = text,
            other => {
                return Err(value.error(format!(
                    "unknown key \"{other}\" in a baseline; known keys: period, run, value"
                )));
            }
        }
        list.push(baseline);
    }
    Ok(list)
}
