//! How long something takes: `20ms` (always the same), `{distribution: exponential, mean: 20ms}` and the other shapes,
//! or what was measured as pairs of share and time.

use super::form::{Form, Read, scalar, text, wrong};
use super::quantity::{COUNT, Kind, NUMBER, SECS, SHARE};
use crate::scenario::model::Dist;
use crate::yaml::{Node, Value};

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Exponential,
    Deterministic,
    LogNormal,
    Erlang,
    HyperExponential,
    Empirical,
}

const SHAPES: [(&str, Shape); 9] = [
    ("exponential", Shape::Exponential),
    ("deterministic", Shape::Deterministic),
    ("constant", Shape::Deterministic),
    ("log_normal", Shape::LogNormal),
    ("lognormal", Shape::LogNormal),
    ("erlang", Shape::Erlang),
    ("hyper_exponential", Shape::HyperExponential),
    ("hyperexponential", Shape::HyperExponential),
    ("empirical", Shape::Empirical),
];

/// Reads a distribution.
pub(super) fn read(node: &Node, place: &str) -> Read<Dist> {
    match &node.value {
        Value::Map(_) => {
            let mut out = Dist::default();
            let mut form = Form::read(node, place)?;
            map(&mut form, &mut out);
            form.finish()?;
            Ok(out)
        }
        Value::List(_) => Ok(Dist::Empirical {
            quantiles: pairs(node, place, SHARE, SECS)?,
        }),
        _ => Ok(Dist::Deterministic {
            mean: scalar(node, place, SECS)?,
        }),
    }
}

fn map(form: &mut Form<'_>, out: &mut Dist) {
    let mut shape = if form.has("quantiles") {
        Shape::Empirical
    } else if form.has("cv") {
        Shape::LogNormal
    } else {
        Shape::Exponential
    };
    form.word("distribution|type", &mut shape, &SHAPES);
    if shape == Shape::Empirical {
        let mut quantiles = Vec::new();
        let there = form.own(
            "quantiles",
            &mut quantiles,
            |node, place| pairs(node, place, SHARE, SECS),
            |_| Value::Null,
        );
        if !there {
            form.lacks("quantiles", "[[0%, 5ms], [50%, 20ms], [100%, 300ms]]");
        }
        *out = Dist::Empirical { quantiles };
        return;
    }
    let (mut mean, mut cv, mut phases) = (0.0, 1.0, 1);
    form.must("mean", &mut mean, SECS);
    *out = match shape {
        Shape::Exponential | Shape::Empirical => Dist::Exponential { mean },
        Shape::Deterministic => Dist::Deterministic { mean },
        Shape::Erlang => {
            form.must("phases", &mut phases, COUNT);
            Dist::Erlang { mean, phases }
        }
        Shape::LogNormal => {
            form.must("cv", &mut cv, NUMBER);
            Dist::LogNormal { mean, cv }
        }
        Shape::HyperExponential => {
            form.must("cv", &mut cv, NUMBER);
            Dist::HyperExponential { mean, cv }
        }
    };
}

/// Pairs `[[0%, 1ms], [100%, 2s]]`, or a block of them.
pub(super) fn pairs(
    node: &Node,
    place: &str,
    first: Kind<f64>,
    second: Kind<f64>,
) -> Read<Vec<(f64, f64)>> {
    if let Value::Map(map) = &node.value {
        return map
            .iter()
            .map(|(key, value)| {
                let key = Node::scalar(value.line, key.clone());
                Ok((scalar(&key, place, first)?, scalar(value, place, second)?))
            })
            .collect();
    }
    let Value::List(items) = &node.value else {
        return Err(wrong(
            node,
            place,
            &format!(
                "must be pairs, such as [[{}, {}]]",
                first.example.split([',', ' ']).next().unwrap_or_default(),
                second.example.split([',', ' ']).next().unwrap_or_default()
            ),
        ));
    };
    items
        .iter()
        .enumerate()
        .map(|(index, item)| {
            let place = format!("{place}[{index}]");
            match item.items() {
                [a, b] => Ok((scalar(a, &place, first)?, scalar(b, &place, second)?)),
                _ => Err(wrong(
                    item,
                    &place,
                    &format!(
                        "must be a pair, such as [{}, {}]",
                        first.example, second.example
                    ),
                )),
            }
        })
        .collect()
}

/// Pairs as they read back.
pub(super) fn pairs_value(pairs: &[(f64, f64)], first: Kind<f64>, second: Kind<f64>) -> Value {
    let node = |value| Node { line: 0, value };
    let pair = |(a, b): &(f64, f64)| {
        node(Value::List(vec![
            node(text((first.write)(a))),
            node(text((second.write)(b))),
        ]))
    };
    Value::List(pairs.iter().map(pair).collect())
}

/// A distribution as it reads back.
pub(super) fn write(dist: &Dist) -> Value {
    let map = |shape: &str, mean: f64, other: Option<(&str, String)>| {
        let mut entries = vec![
            ("distribution".to_owned(), Node::scalar(0, shape)),
            ("mean".to_owned(), Node::scalar(0, (SECS.write)(&mean))),
        ];
        entries.extend(other.map(|(key, value)| (key.to_owned(), Node::scalar(0, value))));
        Value::Map(entries)
    };
    match dist {
        Dist::Deterministic { mean } => text((SECS.write)(mean)),
        Dist::Exponential { mean } => map("exponential", *mean, None),
        Dist::LogNormal { mean, cv } => map("log_normal", *mean, Some(("cv", cv.to_string()))),
        Dist::HyperExponential { mean, cv } => {
            map("hyper_exponential", *mean, Some(("cv", cv.to_string())))
        }
        Dist::Erlang { mean, phases } => map("erlang", *mean, Some(("phases", phases.to_string()))),
        Dist::Empirical { quantiles } => Value::Map(vec![
            ("distribution".to_owned(), Node::scalar(0, "empirical")),
            (
                "quantiles".to_owned(),
                Node {
                    line: 0,
                    value: pairs_value(quantiles, SHARE, SECS),
                },
            ),
        ]),
    }
}
