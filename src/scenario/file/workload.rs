//! `workload:` – what arrives, over time.

use super::dist;
use super::form::{Form, scalar, text, wrong};
use super::quantity::{FACTOR, Kind, QUANTILE, RATE, SECS, TEXT, USERS};
use crate::scenario::Scenario;
use crate::scenario::model::{Arrivals, Dist, Interpolation, Pattern, RatePoint};
use crate::yaml::{Node, Value};

#[derive(Clone, Copy, PartialEq)]
enum Who {
    Open,
    Even,
    Closed,
}

const WHO: [(&str, Who); 3] = [
    ("open", Who::Open),
    ("even", Who::Even),
    ("closed", Who::Closed),
];

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Constant,
    Ramp,
    Spike,
    Steps,
    Daily,
    Weekly,
    Points,
    Forecast,
    Series,
    Log,
}

const SHAPES: [(&str, Shape); 11] = [
    ("constant", Shape::Constant),
    ("ramp", Shape::Ramp),
    ("spike", Shape::Spike),
    ("step", Shape::Steps),
    ("steps", Shape::Steps),
    ("daily", Shape::Daily),
    ("weekly", Shape::Weekly),
    ("points", Shape::Points),
    ("forecast", Shape::Forecast),
    ("series", Shape::Series),
    ("log", Shape::Log),
];

impl Shape {
    fn of(pattern: &Pattern) -> Self {
        match pattern {
            Pattern::Constant { .. } => Self::Constant,
            Pattern::Ramp { .. } => Self::Ramp,
            Pattern::Spike { .. } => Self::Spike,
            Pattern::Steps { .. } => Self::Steps,
            Pattern::Daily { .. } => Self::Daily,
            Pattern::Weekly { .. } => Self::Weekly,
            Pattern::Points { .. } => Self::Points,
            Pattern::Forecast { .. } => Self::Forecast,
            Pattern::Series { .. } => Self::Series,
            Pattern::Log { .. } => Self::Log,
        }
    }

    /// To be filled.
    fn blank(self) -> Pattern {
        match self {
            Self::Constant => Pattern::Constant { level: 0.0 },
            Self::Ramp => Pattern::Ramp {
                from: 0.0,
                to: 0.0,
                over: 0.0,
            },
            Self::Spike => Pattern::Spike {
                base: 0.0,
                peak: 0.0,
                at: 0.0,
                lasts: 0.0,
            },
            Self::Steps => Pattern::Steps {
                from: 0.0,
                by: 0.0,
                every: 0.0,
                to: 0.0,
            },
            Self::Daily => Pattern::Daily { hours: Vec::new() },
            Self::Weekly => Pattern::Weekly { hours: Vec::new() },
            Self::Points => Pattern::Points {
                points: Vec::new(),
                interpolation: Interpolation::Step,
            },
            Self::Forecast => Pattern::Forecast {
                series: String::new(),
                quantile: 0.5,
            },
            Self::Series => Pattern::Series {
                series: String::new(),
            },
            Self::Log => Pattern::Log {
                file: String::new(),
            },
        }
    }
}

/// The block.
pub(super) fn describe(form: &mut Form<'_>, scenario: &mut Scenario) {
    let workload = &mut scenario.workload;
    let (mut who, mut think) = match &workload.arrivals {
        Arrivals::Open => (Who::Open, None),
        Arrivals::Even => (Who::Even, None),
        Arrivals::Closed { think } => (Who::Closed, Some(think.clone())),
    };
    if form.reading() || who != Who::Open {
        form.word("arrivals", &mut who, &WHO);
    }
    let mut users = None;
    let short = form.part("closed", |form| {
        let mut level = 0.0;
        form.must("users|virtual_users|virtualUsers", &mut level, USERS);
        users = Some(level);
        think_time(form, &mut think);
    });
    if short {
        who = Who::Closed;
    }
    if who == Who::Closed {
        if !short {
            think_time(form, &mut think);
        }
        form.value("population", &mut workload.users, USERS);
    } else {
        form.value("population|users", &mut workload.users, USERS);
    }
    workload.arrivals = match who {
        Who::Open => Arrivals::Open,
        Who::Even => Arrivals::Even,
        Who::Closed => Arrivals::Closed {
            think: think.unwrap_or(Dist::Deterministic { mean: 0.0 }),
        },
    };
    pattern(form, &mut workload.pattern, who == Who::Closed, users);
    form.value("growth", &mut workload.growth, FACTOR);
    if form.reading() {
        // Its shares go to the classes once those are there.
        form.take("mix");
        form.value("duration", &mut scenario.run.duration, SECS);
    }
}

fn think_time(form: &mut Form<'_>, think: &mut Option<Dist>) {
    let mut time = think.clone().unwrap_or(Dist::Deterministic { mean: 0.0 });
    if form.own("think_time|thinkTime", &mut time, dist::read, dist::write) {
        *think = Some(time);
    }
}

/// The level over time; `users` is the level that a shorthand has given already.
fn pattern(form: &mut Form<'_>, pattern: &mut Pattern, closed: bool, users: Option<f64>) {
    let level = if closed { USERS } else { RATE };
    let mut shape = Shape::of(pattern);
    for (key, meant) in [
        ("forecast", Shape::Forecast),
        ("series", Shape::Series),
        ("log", Shape::Log),
    ] {
        if form.has(key) {
            shape = meant;
        }
    }
    form.word("pattern|type", &mut shape, &SHAPES);
    if form.reading() && shape != Shape::of(pattern) {
        *pattern = shape.blank();
    }
    match pattern {
        Pattern::Constant { level: at } => match users {
            Some(users) => *at = users,
            None if closed => form.must("users|level", at, level),
            None => form.must("rate|level|requests_per_second", at, level),
        },
        Pattern::Ramp { from, to, over } => {
            form.must("from", from, level);
            form.must("to", to, level);
            form.must("over", over, SECS);
        }
        Pattern::Spike {
            base,
            peak,
            at,
            lasts,
        } => {
            form.must("base", base, level);
            form.must("peak", peak, level);
            form.must("at", at, SECS);
            form.must("for|lasts", lasts, SECS);
        }
        Pattern::Steps {
            from,
            by,
            every,
            to,
        } => {
            form.must("from", from, level);
            form.must("by", by, level);
            form.must("every", every, SECS);
            form.must("to", to, level);
        }
        Pattern::Daily { hours } => hours_of(form, hours, level, "24"),
        Pattern::Weekly { hours } => hours_of(form, hours, level, "168"),
        Pattern::Points {
            points,
            interpolation,
        } => {
            let mut pairs: Vec<(f64, f64)> = points.iter().map(|p| (p.at, p.level)).collect();
            let there = form.own(
                "points",
                &mut pairs,
                |node, place| dist::pairs(node, place, SECS, level),
                |pairs| dist::pairs_value(pairs, SECS, level),
            );
            if form.reading() {
                *points = pairs
                    .into_iter()
                    .map(|(at, level)| RatePoint { at, level })
                    .collect();
                if !there {
                    form.lacks("points", "[[0s, 100_rps], [10min, 400_rps]]");
                }
            }
            form.word(
                "interpolation",
                interpolation,
                &[
                    ("step", Interpolation::Step),
                    ("linear", Interpolation::Linear),
                ],
            );
        }
        Pattern::Forecast { series, quantile } => {
            form.must("forecast|series", series, TEXT);
            form.value("quantile", quantile, QUANTILE);
        }
        Pattern::Series { series } => form.must("series", series, TEXT),
        Pattern::Log { file } => form.must("log|file", file, TEXT),
    }
}

/// A list of levels.
fn hours_of(form: &mut Form<'_>, hours: &mut Vec<f64>, level: Kind<f64>, many: &str) {
    let there = form.own(
        "hours",
        hours,
        |node, place| match &node.value {
            Value::List(items) => items
                .iter()
                .enumerate()
                .map(|(i, item)| scalar(item, &format!("{place}[{i}]"), level))
                .collect(),
            _ => Err(wrong(
                node,
                place,
                &format!("must be a list of {many} levels"),
            )),
        },
        |hours| {
            let node = |hour| Node {
                line: 0,
                value: text((level.write)(hour)),
            };
            Value::List(hours.iter().map(node).collect())
        },
    );
    if form.reading() && !there {
        form.lacks("hours", &format!("a list of {many} levels"));
    }
}
