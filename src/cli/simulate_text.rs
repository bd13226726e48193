//! A simulated scenario as a page for people: what was asked, what came out, the promises, what happened, and what was
//! assumed; several side by side; and a prediction beside what was measured.

use super::simulate_load::Ran;
use super::simulate_overlay::{fit, regions, time_share};
use super::simulate_words::{asked, clock};
use super::sla::mark;
use crate::analysis::capacity::plain;
use crate::scenario::compare::{Against, Measured};
use crate::scenario::judge::Promise;
use crate::scenario::model::Engine;
use crate::scenario::outcome::Figure;
use crate::units::{self, Micros};

/// Events that are shown.
const SHOWN_EVENTS: usize = 20;

/// A length of time in seconds.
pub(super) fn secs(secs: f64) -> String {
    if secs.is_finite() {
        units::duration(Micros((secs * 1e6).round() as i64))
    } else {
        "–".to_owned()
    }
}

fn millis(figure: &Figure) -> String {
    let mut text = units::millis(figure.value * 1e3);
    let written = |secs: f64| units::millis(secs * 1e3);
    let interval = figure
        .interval
        .map(|(low, high)| (written(low), written(high)));
    // One that is too narrow to be written says nothing.
    if let Some((low, high)) = interval.filter(|(low, high)| low != high) {
        text.push_str(&format!(" ({low} to {high})"));
    }
    text
}

fn rate(value: f64) -> String {
    format!("{}/s", units::number(value))
}

fn whole(value: f64) -> String {
    units::count(value.round().max(0.0) as u64)
}

/// A share of which a little must not read as nothing.
fn share(value: f64) -> String {
    if value > 0.0 && value < 1e-6 {
        "under 0.0001 %".to_owned()
    } else {
        units::percent_of(value)
    }
}

fn money(ran: &Ran, value: f64) -> String {
    let decimals = if value.abs() < 1.0 && value != 0.0 {
        4
    } else {
        2
    };
    format!(
        "{} {}",
        units::grouped(value, decimals),
        ran.scenario.cost.currency
    )
}

const fn engine(engine: Engine) -> &'static str {
    match engine {
        Engine::Fluid => "rates over steps",
        Engine::Request | Engine::Auto => "request by request",
    }
}

fn range(least: u32, most: u32) -> String {
    if least == most {
        least.to_string()
    } else {
        format!("{least} to {most}")
    }
}

/// Rows as columns that stand in line.
pub(super) fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|c| c.chars().count()).max().unwrap_or_default()
        })
        .collect();
    let lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let cells: Vec<String> = row
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{cell:<width$}"))
                .collect();
            format!("  {}", cells.join("  ").trim_end())
        })
        .collect();
    lines.join("\n")
}

/// One scenario.
pub(super) fn page(ran: &Ran) -> String {
    let outcome = &ran.outcome;
    let mut parts = vec![format!(
        "{}: {}, {} (seed {}{})\n{}",
        ran.name(),
        secs(outcome.duration),
        engine(outcome.engine),
        outcome.seed,
        if outcome.replications > 1 {
            format!(", {} repetitions", outcome.replications)
        } else {
            String::new()
        },
        outcome.engine_why
    )];
    let asked: Vec<String> = asked(&ran.scenario)
        .iter()
        .map(|s| format!("  {s}"))
        .collect();
    parts.push(format!("Asked\n{}", asked.join("\n")));
    parts.push(format!("Came out\n{}", aligned(&came_out(ran))));
    if let Some(judged) = ran.judged.as_ref().filter(|j| !j.promises.is_empty()) {
        parts.push(format!(
            "Promises: {}\n{}",
            judged.verdict.word(),
            aligned(&judged.promises.iter().map(promise).collect::<Vec<_>>())
        ));
    }
    parts.extend(regions(ran));
    if outcome.classes.len() > 1 {
        parts.push(format!("By label\n{}", aligned(&by_label(ran))));
    }
    if !outcome.events.is_empty() {
        parts.push(events(ran));
    }
    if !ran.scenario.assumptions.is_empty() {
        let lines: Vec<String> = ran
            .scenario
            .assumptions
            .iter()
            .map(|a| format!("  {a}"))
            .collect();
        parts.push(format!("Assumed\n{}", lines.join("\n")));
    }
    parts.join("\n\n")
}

fn came_out(ran: &Ran) -> Vec<Vec<String>> {
    let s = &ran.outcome.summary;
    let availability = Figure {
        value: s.availability,
        interval: s.availability_interval,
    };
    let mut rows = vec![
        (
            "requests",
            format!(
                "{} came, {}; {} answered well, {} not",
                whole(s.offered),
                rate(s.offered_per_sec.value),
                rate(s.served_per_sec.value),
                share(s.error_rate.value)
            ),
        ),
        (
            "response time",
            format!(
                "mean {}, P50 {}, P95 {}, P99 {}",
                millis(&s.mean),
                millis(&s.p50),
                millis(&s.p95),
                millis(&s.p99)
            ),
        ),
        (
            "waiting",
            format!(
                "mean {}; at most {} waited at once",
                millis(&s.wait_mean),
                whole(s.queue_max)
            ),
        ),
        (
            "busy workers",
            format!(
                "mean {}, peak {}; processor peak {} of the request",
                share(s.utilisation_mean.value),
                share(s.utilisation_peak),
                share(s.cpu_peak)
            ),
        ),
        (
            "instances",
            format!(
                "{}, {} instance-hours",
                range(s.instances_min, s.instances_max),
                units::number(s.instance_hours)
            ),
        ),
        ("in service", time_share(&availability)),
    ];
    if s.cost > 0.0 {
        let thousand = s
            .cost_per_thousand
            .map(|c| format!(", {} for 1,000 good answers", money(ran, c)))
            .unwrap_or_default();
        rows.push((
            "cost",
            format!(
                "{}; {} a month of 730 hours{thousand}",
                money(ran, s.cost),
                money(ran, s.cost_per_month)
            ),
        ));
    }
    fit(ran, &mut rows);
    rows.into_iter()
        .map(|(name, text)| vec![name.to_owned(), text])
        .collect()
}

fn promise(promise: &Promise) -> Vec<String> {
    let mut after = vec![promise.verdict.word().to_owned()];
    if let Some(minutes) = promise.minutes_below.filter(|m| *m > 0.0) {
        after.push(format!("missed for {}", secs(minutes * 60.0)));
    }
    if let Some(left) = promise.budget_left {
        after.push(format!("{} % of the budget left", units::number(left)));
    }
    after.extend(promise.how_often());
    after.extend(promise.reason.clone());
    vec![
        mark(promise.verdict).to_owned(),
        promise.name.clone(),
        promise.target_text.clone(),
        promise.achieved_text.clone(),
        after.join("; "),
    ]
}

fn by_label(ran: &Ran) -> Vec<Vec<String>> {
    let head = [
        "label",
        "came",
        "answered well",
        "mean",
        "P50",
        "P95",
        "P99",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(ran.outcome.classes.iter().map(|c| {
        vec![
            c.label.clone(),
            whole(c.offered),
            whole(c.served),
            units::millis(c.mean * 1e3),
            units::millis(c.p50 * 1e3),
            units::millis(c.p95 * 1e3),
            units::millis(c.p99 * 1e3),
        ]
    }));
    rows
}

fn events(ran: &Ran) -> String {
    let all = &ran.outcome.events;
    let rows: Vec<Vec<String>> = all
        .iter()
        .take(SHOWN_EVENTS)
        .map(|e| {
            let change = match (e.from, e.to) {
                (Some(from), Some(to)) => {
                    format!("{} → {}", plain(from), plain(to))
                }
                _ => String::new(),
            };
            vec![clock(e.at), e.kind.replace('_', " "), change, e.why.clone()]
        })
        .collect();
    let more = all.len().saturating_sub(SHOWN_EVENTS);
    let rest = if more > 0 {
        format!("\n  and {more} more")
    } else {
        String::new()
    };
    format!("What happened\n{}{rest}", aligned(&rows))
}

type Number = fn(&Ran) -> f64;
type Text = fn(&Ran, f64) -> String;

/// Several scenarios, the first of which the others are compared with.
pub(super) fn side_by_side(all: &[Ran]) -> String {
    let Some(first) = all.first() else {
        return String::new();
    };
    let figures: [(&str, Number, Text); 12] = [
        (
            "came",
            |r| r.outcome.summary.offered_per_sec.value,
            |_, v| rate(v),
        ),
        (
            "answered well",
            |r| r.outcome.summary.served_per_sec.value,
            |_, v| rate(v),
        ),
        (
            "failed",
            |r| r.outcome.summary.error_rate.value,
            |_, v| share(v),
        ),
        (
            "mean",
            |r| r.outcome.summary.mean.value,
            |_, v| units::millis(v * 1e3),
        ),
        (
            "P95",
            |r| r.outcome.summary.p95.value,
            |_, v| units::millis(v * 1e3),
        ),
        (
            "P99",
            |r| r.outcome.summary.p99.value,
            |_, v| units::millis(v * 1e3),
        ),
        (
            "busy workers",
            |r| r.outcome.summary.utilisation_mean.value,
            |_, v| share(v),
        ),
        (
            "waiting at most",
            |r| r.outcome.summary.queue_max,
            |_, v| whole(v),
        ),
        (
            "instances at most",
            |r| f64::from(r.outcome.summary.instances_max),
            |_, v| whole(v),
        ),
        (
            "instance-hours",
            |r| r.outcome.summary.instance_hours,
            |_, v| units::number(v),
        ),
        (
            "in service",
            |r| r.outcome.summary.availability,
            |_, v| share(v),
        ),
        ("a month", |r| r.outcome.summary.cost_per_month, money),
    ];
    let mut head = vec![String::new()];
    head.extend(all.iter().map(|r| r.name().to_owned()));
    let mut rows = vec![head];
    for (name, figure, text) in figures {
        let mut row = vec![name.to_owned()];
        for (index, ran) in all.iter().enumerate() {
            let value = figure(ran);
            let mut cell = text(ran, value);
            if index > 0 {
                cell.push_str(&change(figure(first), value));
            }
            row.push(cell);
        }
        rows.push(row);
    }
    rows.extend(promise_rows(all));
    let seeds = format!(
        "Side by side, differences from {}; engine and seed: {}",
        first.name(),
        all.iter()
            .map(|r| format!("{}, {}", engine(r.outcome.engine), r.outcome.seed))
            .collect::<Vec<String>>()
            .join("; ")
    );
    format!("{seeds}\n\n{}", aligned(&rows))
}

/// ` (+12 %)`; nothing where it is the same, or cannot be told.
fn change(from: f64, to: f64) -> String {
    // From next to nothing there is no share.
    if (from - to).abs() < 1e-12 || from.abs() < to.abs() * 1e-6 {
        return String::new();
    }
    let by = to / from - 1.0;
    let sign = if by > 0.0 { "+" } else { "" };
    if by >= 9.0 {
        format!(" ({}x)", units::number(to / from))
    } else {
        format!(" ({sign}{})", units::percent_of(by))
    }
}

/// A row for each promise that some scenario has.
fn promise_rows(all: &[Ran]) -> Vec<Vec<String>> {
    let of = |ran: &Ran, name: &str| {
        let promises = ran.judged.iter().flat_map(|j| j.promises.clone());
        promises.into_iter().find(|p| p.name == name)
    };
    let mut names: Vec<String> = Vec::new();
    for promise in all
        .iter()
        .filter_map(|r| r.judged.as_ref())
        .flat_map(|j| &j.promises)
    {
        if !names.contains(&promise.name) {
            names.push(promise.name.clone());
        }
    }
    names
        .into_iter()
        .map(|name| {
            let cells = all.iter().map(|ran| match of(ran, &name) {
                Some(p) => format!("{} {}", mark(p.verdict), p.achieved_text),
                None => "–".to_owned(),
            });
            let cells: Vec<String> = cells.collect();
            std::iter::once(name.clone()).chain(cells).collect()
        })
        .collect()
}

/// A prediction beside what was measured.
pub(super) fn against(found: &Against) -> String {
    let mut table = vec![
        ["", "figure", "predicted", "measured", "how far off"]
            .map(str::to_owned)
            .to_vec(),
    ];
    let mut before = None;
    for row in &found.rows {
        let text = |value: f64| match row.figure {
            Measured::Throughput => rate(value),
            Measured::ErrorRate => share(value),
            _ => units::millis(value * 1e3),
        };
        let sign = |by: f64| if by > 0.0 { "+" } else { "" };
        let off = row.difference.map_or_else(
            || "–".to_owned(),
            |d| format!("{}{}", sign(d), units::percent_of(d)),
        );
        let label = if before == Some(&row.label) {
            String::new()
        } else if row.label.is_empty() {
            "all requests".to_owned()
        } else {
            row.label.clone()
        };
        before = Some(&row.label);
        let mark = match row.within {
            Some(true) => " ✔",
            Some(false) => " ✘",
            None => "",
        };
        table.push(vec![
            label,
            row.figure.word().to_owned(),
            text(row.predicted),
            text(row.measured),
            off + mark,
        ]);
    }
    let mut out = format!(
        "Predicted against measured: {}\n{}",
        found.sentence,
        aligned(&table)
    );
    for (whose, labels) in [
        ("the scenario", &found.only_predicted),
        ("the load test", &found.only_measured),
    ] {
        if !labels.is_empty() {
            out.push_str(&format!("\n  Only {whose} has {}", labels.join(", ")));
        }
    }
    out
}
