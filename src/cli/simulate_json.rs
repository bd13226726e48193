//! The document of `headroom simulate --json`. Keys are added, never renamed; numbers that are not finite are null.

use serde::Serialize;
use serde_json::{Value, json};

use super::simulate_load::Ran;
use super::simulate_overlay::{chain_json, federation_json};
use super::simulate_solve::AnswersJson;
use crate::calendar::Instant;
use crate::scenario::compare::{Against, Measured};
use crate::scenario::model::Engine;
use crate::scenario::outcome::Figure;
use crate::units::Micros;
use crate::warning::{WarningKind, Warnings};

/// A number, or null where there is none.
pub(super) fn number(value: f64) -> Value {
    if value.is_finite() {
        json!(value)
    } else {
        Value::Null
    }
}

fn millis(secs: f64) -> Value {
    number(secs * 1e3)
}

pub(super) fn optional(value: Option<f64>) -> Value {
    value.map_or(Value::Null, number)
}

/// The time of a second of the run, which begins when its warm-up is over.
pub(super) fn time(ran: &Ran, at: f64) -> Value {
    let start = Instant(ran.scenario.run.start_micros);
    json!(start.plus(Micros((at * 1e6).round() as i64)))
}

fn promises(ran: &Ran) -> Value {
    let rows = ran.judged.iter().flat_map(|j| &j.promises).map(|p| {
        json!({
            "name": p.name,
            "verdict": p.verdict,
            "achieved": optional(p.achieved),
            "target": optional(p.target),
            "unit": p.unit,
            "minutes_below": optional(p.minutes_below),
            "budget_left_percent": optional(p.budget_left),
            "reason": p.reason,
            "repetitions": p.repetitions,
            "kept_in": p.kept_in,
        })
    });
    Value::Array(rows.collect())
}

fn summary(ran: &Ran) -> Value {
    let s = &ran.outcome.summary;
    let interval = |figure: &Figure, factor: f64| {
        figure
            .interval
            .map(|(low, high)| json!([number(low * factor), number(high * factor)]))
    };
    json!({
        "offered_per_sec": number(s.offered_per_sec.value),
        "served_per_sec": number(s.served_per_sec.value),
        "error_rate": number(s.error_rate.value),
        "mean_ms": millis(s.mean.value),
        "wait_mean_ms": millis(s.wait_mean.value),
        "p50_ms": millis(s.p50.value),
        "p95_ms": millis(s.p95.value),
        "p99_ms": millis(s.p99.value),
        "utilisation_mean": number(s.utilisation_mean.value),
        "utilisation_peak": number(s.utilisation_peak),
        "cpu_peak": number(s.cpu_peak),
        "queue_max": number(s.queue_max),
        "instances_min": s.instances_min,
        "instances_max": s.instances_max,
        "instance_hours": number(s.instance_hours),
        "availability": number(s.availability),
        "availability_ci95": s.availability_interval.map(|(low, high)| json!([number(low), number(high)])),
        "cost": number(s.cost),
        "cost_per_month": number(s.cost_per_month),
        "cost_per_thousand": optional(s.cost_per_thousand),
        "currency": ran.scenario.cost.currency,
        "ci95": {
            "served_per_sec": interval(&s.served_per_sec, 1.0),
            "error_rate": interval(&s.error_rate, 1.0),
            "mean_ms": interval(&s.mean, 1e3),
            "wait_mean_ms": interval(&s.wait_mean, 1e3),
            "p50_ms": interval(&s.p50, 1e3),
            "p95_ms": interval(&s.p95, 1e3),
            "p99_ms": interval(&s.p99, 1e3),
            "utilisation_mean": interval(&s.utilisation_mean, 1.0),
        },
        "sla": promises(ran),
    })
}

fn series(ran: &Ran) -> Value {
    let rows = ran.outcome.steps.iter().map(|s| {
        json!({
            "t": time(ran, s.at),
            "offered": number(s.offered),
            "served": number(s.served),
            "errors": number(s.errors),
            "p50_ms": optional(s.p50.map(|p| p * 1e3)),
            "p95_ms": optional(s.p95.map(|p| p * 1e3)),
            "p99_ms": optional(s.p99.map(|p| p * 1e3)),
            "instances": s.instances,
            "utilisation": number(s.utilisation),
            "cpu": number(s.cpu),
            "queue": number(s.queue),
            "cost": number(s.cost),
            "cache_hits": optional(s.cache_hits),
            "connections": optional(s.connections),
        })
    });
    Value::Array(rows.collect())
}

fn events(ran: &Ran) -> Value {
    let rows = ran.outcome.events.iter().map(|e| {
        json!({
            "t": time(ran, e.at),
            "kind": e.kind,
            "from": optional(e.from),
            "to": optional(e.to),
            "why": e.why,
        })
    });
    Value::Array(rows.collect())
}

fn labels(ran: &Ran) -> Value {
    let rows = ran.outcome.classes.iter().map(|c| {
        json!({
            "label": c.label,
            "offered": number(c.offered),
            "served": number(c.served),
            "mean_ms": millis(c.mean),
            "p50_ms": millis(c.p50),
            "p95_ms": millis(c.p95),
            "p99_ms": millis(c.p99),
        })
    });
    Value::Array(rows.collect())
}

fn warnings(ran: &Ran) -> Warnings {
    let mut warnings = Warnings::default();
    for note in ran.notes.iter().chain(&ran.outcome.warnings) {
        warnings.add(WarningKind::Note, note.clone());
    }
    warnings
}

/// What every scenario has, long or short.
#[derive(Serialize)]
struct Head<'a> {
    scenario: &'a str,
    engine: Engine,
    engine_why: &'a str,
    seed: u64,
    duration_secs: Value,
    step_secs: Value,
    replications: u32,
    requests: Value,
    summary: Value,
    assumptions: &'a [String],
    warnings: Warnings,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    federation: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chain: Option<Value>,
}

impl<'a> Head<'a> {
    /// `over_time` where the run over time belongs to it.
    fn of(ran: &'a Ran, over_time: bool) -> Self {
        let outcome = &ran.outcome;
        Self {
            scenario: ran.name(),
            engine: outcome.engine,
            engine_why: &outcome.engine_why,
            seed: outcome.seed,
            duration_secs: number(outcome.duration),
            step_secs: number(outcome.step),
            replications: outcome.replications,
            requests: json!(outcome.summary.offered.round() as u64),
            summary: summary(ran),
            assumptions: &ran.scenario.assumptions,
            warnings: warnings(ran),
            from: ran.scenario.from.map(|day| day.to_string()),
            federation: federation_json(ran, over_time),
            chain: chain_json(ran, over_time),
        }
    }
}

/// The whole of it.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    labels: Value,
    series: Value,
    events: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    compared: Vec<Head<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    against: Option<Value>,
    #[serde(flatten)]
    answers: AnswersJson,
}

/// The scenario, in short the others beside it, and the load test it is held against.
pub(super) fn document<'a>(
    first: &'a Ran,
    others: &'a [Ran],
    against: Option<&Against>,
    answers: AnswersJson,
) -> Document<'a> {
    Document {
        head: Head::of(first, true),
        labels: labels(first),
        series: series(first),
        events: events(first),
        compared: others.iter().map(|ran| Head::of(ran, false)).collect(),
        against: against.map(held_against),
        answers,
    }
}

/// A prediction beside what was measured; times in milliseconds, `label` null for all requests together.
fn held_against(found: &Against) -> Value {
    let rows = found.rows.iter().map(|row| {
        let (figure, factor) = match row.figure {
            Measured::Throughput => ("throughput_per_sec", 1.0),
            Measured::Mean => ("mean_ms", 1e3),
            Measured::P50 => ("p50_ms", 1e3),
            Measured::P95 => ("p95_ms", 1e3),
            Measured::P99 => ("p99_ms", 1e3),
            Measured::ErrorRate => ("error_rate", 1.0),
        };
        json!({
            "label": Some(&row.label).filter(|l| !l.is_empty()),
            "figure": figure,
            "predicted": number(row.predicted * factor),
            "measured": number(row.measured * factor),
            "difference": optional(row.difference),
            "within": row.within,
        })
    });
    json!({
        "sentence": found.sentence,
        "figures_within": found.within,
        "figures_judged": found.judged,
        "only_predicted": found.only_predicted,
        "only_measured": found.only_measured,
        "rows": rows.collect::<Vec<Value>>(),
    })
}
