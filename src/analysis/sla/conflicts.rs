//! What cannot all be meant: every set of targets is held against itself, against the rate limits of the traffic, and
//! against the results that documents state with a grade. Nothing is chosen; the reader is told.
//!
//! Only what follows from the text stands here. Where a percentage and a fixed allowance disagree in one month but not
//! in another, the judgement of that month says so.

use super::limits::{LimitScope, RateLimit, StatedResult};
use super::objective::{AvailabilityRule, Grain, Limit, Objective, Quantity};
use super::select::fits;
use super::{Conflict, ObjectiveKind, SlaFile};
use crate::units::{self, Direction, MicroRate, Micros, Ppm};

/// Adds contradictions that are not there yet.
pub fn add(list: &mut Vec<Conflict>, more: impl IntoIterator<Item = Conflict>) {
    for conflict in more {
        if !list.contains(&conflict) {
            list.push(conflict);
        }
    }
}

/// The contradictions in a file, in the order of its objectives.
pub fn written(file: &SlaFile) -> Vec<Conflict> {
    let mut list = Vec::new();
    for objective in &file.objectives {
        thresholds(objective, &mut list);
        allowance(objective, &mut list);
        for limit in &file.limits {
            rate_limit(objective, limit, file, &mut list);
        }
        for stated in &file.stated {
            if stated.objective == objective.name {
                stated_result(objective, stated, &mut list);
            }
        }
    }
    for (index, a) in file.objectives.iter().enumerate() {
        for b in file.objectives.iter().skip(index + 1) {
            if let Some(what) = both(a, b) {
                list.push(Conflict {
                    between: vec![a.name.clone(), b.name.clone()],
                    what,
                });
            }
        }
    }
    list
}

/// The contradictions that only show when several sets of promises are laid side by side, such as the targets of one
/// and the rate limits of another.
pub fn across<'a>(files: impl IntoIterator<Item = (&'a str, &'a SlaFile)>) -> Vec<Conflict> {
    let named: Vec<(String, SlaFile)> = files
        .into_iter()
        .map(|(name, file)| (name.to_owned(), file.clone()))
        .collect();
    if named.len() < 2 {
        return Vec::new();
    }
    let alone: Vec<Conflict> = named.iter().flat_map(|(_, file)| written(file)).collect();
    written(&SlaFile::merged(named))
        .into_iter()
        .filter(|c| alone.iter().all(|known| known.what != c.what))
        .collect()
}

fn own(objective: &Objective, what: &str, text: String) -> Conflict {
    Conflict {
        between: vec![
            format!("{}: target", objective.name),
            format!("{}: {what}", objective.name),
        ],
        what: text,
    }
}

/// A burst that is no burst, and a critical limit that is reached first.
fn thresholds(objective: &Objective, list: &mut Vec<Conflict>) {
    let target = objective.target.value;
    if let (Some(burst), Quantity::Rate(rate)) = (objective.burst, target)
        && burst <= rate
    {
        let text = format!(
            "The burst of {} is not above the target of {}.",
            Quantity::Rate(burst).text(),
            target.text()
        );
        list.push(own(objective, "burst", text));
    }
    if let Some(critical) = &objective.critical
        && looser(&objective.target, critical) == Some(true)
    {
        let text = format!(
            "The critical limit of {} is reached before the target of {} is missed.",
            critical.value.text(),
            target.text()
        );
        list.push(own(objective, "critical", text));
    }
}

/// A threshold as one integer, with the kind of unit it has.
fn number(value: Quantity) -> (u8, i64) {
    match value {
        Quantity::Share(ppm) => (0, ppm.0),
        Quantity::Duration(micros) => (1, micros.0),
        Quantity::Rate(rate) => (2, rate.0),
        Quantity::Value(millionths) => (3, millionths),
        Quantity::Bytes(bytes) => (4, bytes),
        Quantity::ByteRate(rate) => (5, rate),
    }
}

/// Whether `a` lets more pass than `b`; `None` where they do not compare.
fn looser(a: &Limit, b: &Limit) -> Option<bool> {
    let ((unit_a, x), (unit_b, y)) = (number(a.value), number(b.value));
    if unit_a != unit_b || a.direction != b.direction {
        return None;
    }
    Some(match a.direction {
        Direction::AtMost => x > y,
        Direction::AtLeast => x < y,
    })
}

/// The shortest and the longest that a period can be, in days.
const fn days(period: Grain) -> Option<(i64, i64)> {
    match period {
        Grain::Day => Some((1, 1)),
        Grain::Week => Some((7, 7)),
        Grain::Month => Some((28, 31)),
        Grain::Quarter => Some((90, 92)),
        Grain::Year => Some((365, 366)),
        Grain::Length(_) | Grain::Rolling(_) => None,
    }
}

/// A percentage and a fixed allowance that agree in no period at all.
fn allowance(objective: &Objective, list: &mut Vec<Conflict>) {
    let (Some(allowed), Quantity::Share(target)) = (objective.allowance, objective.target.value)
    else {
        return;
    };
    let (least, most) = match objective.period {
        Grain::Rolling(length) => (length.0, length.0),
        other => match days(other) {
            Some((a, b)) => (a * Micros::DAY.0, b * Micros::DAY.0),
            None => return,
        },
    };
    let by_percent =
        |length: i64| i128::from(length) * i128::from(Ppm::ONE.0 - target.0) / 1_000_000;
    let (low, high) = (by_percent(least), by_percent(most));
    if (low..=high).contains(&i128::from(allowed.0)) {
        return;
    }
    let text = |micros: i128| units::duration(Micros(micros as i64));
    let percent = if low == high {
        text(low)
    } else {
        format!("{} to {}", text(low), text(high))
    };
    let used = match objective.rule {
        AvailabilityRule::Percent => "the percentage is judged",
        AvailabilityRule::Fixed => "the allowance is judged",
        AvailabilityRule::Stricter => "the stricter of both is judged",
    };
    let sentence = format!(
        "{} of a {} allows {percent} of downtime, the allowance says {}; they never agree, and {used}.",
        objective.target.value.text(),
        objective.period.words().0,
        units::duration(allowed),
    );
    list.push(own(objective, "downtime allowance", sentence));
}

/// Whether an objective is about requests to a path.
fn is_about(objective: &Objective, path: &str, file: &SlaFile) -> bool {
    let class = objective.scope.class.as_ref();
    let patterns = class
        .and_then(|c| file.classes.get(c))
        .into_iter()
        .flatten();
    patterns
        .chain(&objective.scope.label)
        .flat_map(|pattern| pattern.split('|'))
        .map(str::trim)
        // A pattern for anything is not about this path in particular.
        .filter(|pattern| pattern.contains('/'))
        .any(|pattern| {
            let bare = pattern.split_once(' ').map_or(pattern, |(_, rest)| rest);
            fits(bare, path)
        })
}

/// A target for throughput that the traffic's own limits do not let through.
fn rate_limit(objective: &Objective, limit: &RateLimit, file: &SlaFile, list: &mut Vec<Conflict>) {
    let (ObjectiveKind::Throughput, Quantity::Rate(target)) =
        (objective.kind, objective.target.value)
    else {
        return;
    };
    let whose = match &limit.scope {
        LimitScope::Global => "All requests together".to_owned(),
        LimitScope::Endpoint(path) if is_about(objective, path, file) => {
            format!("Requests to {path}")
        }
        // How many users there are is not known.
        LimitScope::Endpoint(_) | LimitScope::PerUser => return,
    };
    let per_sec = |rate: MicroRate| Quantity::Rate(rate).text();
    let lets_through = match limit.burst {
        Some(burst) => format!(
            "{whose} are limited to {}, and {} with a burst of {}",
            per_sec(limit.rate),
            per_sec(limit.most()),
            per_sec(burst).trim_end_matches("/s")
        ),
        None => format!("{whose} are limited to {}", per_sec(limit.rate)),
    };
    let mut say = |what: &str, asked: MicroRate| {
        list.push(Conflict {
            between: vec![format!("{}: {what}", objective.name), limit.name()],
            what: format!(
                "{lets_through}, which is below the {what} of {}: it cannot be met while the limit holds.",
                per_sec(asked)
            ),
        });
    };
    if target > limit.rate {
        say("target", target);
    }
    if let Some(burst) = objective.burst.filter(|b| *b > limit.most()) {
        say("burst", burst);
    }
}

/// Words that admit that a target was missed.
const MISSED: [&str; 8] = [
    "fail",
    "miss",
    "not ",
    "breach",
    "below",
    "over target",
    "broken",
    "behind",
];

/// A result that misses its target and was graded as if it had not.
fn stated_result(objective: &Objective, stated: &StatedResult, list: &mut Vec<Conflict>) {
    let ((unit, value), (target_unit, target)) =
        (number(stated.value), number(objective.target.value));
    if unit != target_unit {
        return;
    }
    let held = match (objective.target.direction, objective.target.strict) {
        (Direction::AtMost, false) => value <= target,
        (Direction::AtMost, true) => value < target,
        (Direction::AtLeast, false) => value >= target,
        (Direction::AtLeast, true) => value > target,
    };
    let grade = stated.grade.to_lowercase();
    let admits = MISSED.iter().any(|word| grade.contains(word));
    if held == admits {
        let (was, but) = if held {
            ("keeps to", "graded as missed")
        } else {
            ("misses", "graded as good")
        };
        list.push(Conflict {
            between: vec![
                format!("{}: target", objective.name),
                format!("{}: stated result", objective.name),
            ],
            what: format!(
                "{} is stated and graded \"{}\", but it {was} the target of {}: it is {but}.",
                stated.value_text,
                stated.grade,
                objective.target.text()
            ),
        });
    }
}

/// Why two objectives contradict each other, if they do.
fn both(a: &Objective, b: &Objective) -> Option<String> {
    let about_the_same = a.kind == b.kind
        && a.scope == b.scope
        && a.period == b.period
        && a.slice == b.slice
        && a.percentile == b.percentile
        && a.outcome == b.outcome
        && a.threshold == b.threshold
        && a.source == b.source
        && a.mode == b.mode
        && a.statistic == b.statistic;
    if !about_the_same
        || matches!(
            a.kind,
            ObjectiveKind::Improvement | ObjectiveKind::Regression
        )
    {
        return None;
    }
    if a.target.direction != b.target.direction {
        let ((unit_a, x), (unit_b, y)) = (number(a.target.value), number(b.target.value));
        let (most, least) = match a.target.direction {
            Direction::AtMost => (x, y),
            Direction::AtLeast => (y, x),
        };
        return (unit_a == unit_b && least > most).then(|| {
            format!(
                "One asks for {}, the other for {} of the same: both cannot hold.",
                a.target.text(),
                b.target.text()
            )
        });
    }
    let (tighter, other) = match (looser(&a.target, &b.target)?, looser(&b.target, &a.target)?) {
        (true, _) => (b, a),
        (_, true) => (a, b),
        _ => return None,
    };
    Some(format!(
        "Both are about the same, with two targets: {} and {}. Where \"{}\" holds, \"{}\" holds as well.",
        a.target.text(),
        b.target.text(),
        tighter.name,
        other.name
    ))
}
