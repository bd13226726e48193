//! What the solvers of `headroom simulate` found, as a page.

use super::simulate_text::aligned;
use crate::scenario::compare::{Amounts, Waterfall};
use crate::scenario::solve::{BreakEven, End, SizeAnswer, Solution, Tornado};
use crate::units::{grouped, millis};

/// Bars of a tornado that are shown.
const SHOWN_BARS: usize = 12;

/// What is shown of it.
pub(super) struct Shown<'a> {
    /// A value.
    pub solution: Option<&'a Solution>,
    /// A size.
    pub size: Option<&'a SizeAnswer>,
    /// Inputs by effect.
    pub tornado: Option<&'a Tornado>,
    /// From one scenario to another.
    pub waterfall: Option<&'a Waterfall>,
    /// Where costs cross.
    pub break_even: Option<&'a BreakEven>,
    /// Of all amounts.
    pub currency: &'a str,
}

/// A part for each question.
pub(super) fn pages(shown: &Shown<'_>) -> Vec<String> {
    let parts = [
        shown.solution.map(|s| solution(s, shown.currency)),
        shown.size.map(|s| size(s, shown.currency)),
        shown.tornado.map(|t| tornado(t, shown.currency)),
        shown.waterfall.map(|w| waterfall(w, shown.currency)),
        shown.break_even.map(break_even),
    ];
    parts.into_iter().flatten().collect()
}

fn with_notes(title: &str, sentence: &str, table: &str, notes: &[String]) -> String {
    let mut out = format!("{title}\n  {sentence}");
    if !table.is_empty() {
        out += &format!("\n\n{}", table.trim_end());
    }
    for note in notes {
        out += &format!("\n  {note}");
    }
    out
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|c| (*c).to_owned()).collect()
}

fn solution(found: &Solution, currency: &str) -> String {
    let value = |v: f64| match found.unit.as_str() {
        "share" => format!("{} %", trimmed(v * 100.0)),
        "x" => format!("{}×", trimmed(v)),
        _ => grouped(v, 0),
    };
    let mut rows = vec![row(&[
        "tried",
        "promises",
        "P95 ms",
        "errors %",
        &a_month(currency),
    ])];
    rows.extend(found.tried.iter().map(|t| {
        vec![
            value(t.value),
            if t.holds { "✔ kept" } else { "✘ broken" }.to_owned(),
            grouped(t.p95 * 1e3, 3),
            grouped(t.error_rate * 100.0, 4),
            grouped(t.cost_per_month, 2),
        ]
    }));
    let title = format!("Looked for ({} runs)", found.runs);
    with_notes(&title, &found.sentence, &aligned(&rows), &found.notes)
}

fn trimmed(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn a_month(currency: &str) -> String {
    format!("{currency} a month")
}

fn size(found: &SizeAnswer, currency: &str) -> String {
    let mut rows = vec![row(&[
        "cores",
        "instances",
        "P95 ms",
        &a_month(currency),
        "stopped by",
    ])];
    rows.extend(found.sizes.iter().map(|s| {
        let run = s.run.as_ref();
        vec![
            format!("{}", s.cores),
            s.instances
                .map_or_else(|| "none helps".to_owned(), |n| grouped(n, 0)),
            run.map_or_else(|| "–".to_owned(), |r| grouped(r.p95 * 1e3, 3)),
            run.map_or_else(|| "–".to_owned(), |r| grouped(r.cost_per_month, 2)),
            s.binding
                .as_ref()
                .map(|p| p.name.clone())
                .unwrap_or_default(),
        ]
    }));
    let title = format!("Looked for ({} runs)", found.runs);
    with_notes(&title, &found.sentence, &aligned(&rows), &found.notes)
}

fn tornado(found: &Tornado, currency: &str) -> String {
    let mut rows = vec![row(&[
        "input",
        "moved by",
        "P95 ms low",
        "high",
        &format!("{} low", a_month(currency)),
        "high",
        "breaks",
    ])];
    let p95 = |end: Option<&End>| {
        end.map_or_else(|| "cannot be run".to_owned(), |e| grouped(e.p95 * 1e3, 3))
    };
    let cost = |end: Option<&End>| end.map_or_else(String::new, |e| grouped(e.cost_per_month, 2));
    rows.extend(found.bars.iter().take(SHOWN_BARS).map(|b| {
        let (low, high) = (b.low.as_ref(), b.high.as_ref());
        let side = |end: Option<&End>, name: &str| {
            end.filter(|e| !e.broken.is_empty())
                .map(|e| format!("{name}: {}", e.broken.join(", ")))
        };
        let broken: Vec<String> = if b.decides {
            [side(low, "low"), side(high, "high")]
                .into_iter()
                .flatten()
                .collect()
        } else {
            Vec::new()
        };
        vec![
            b.input.clone(),
            b.range.clone(),
            p95(low),
            p95(high),
            cost(low),
            cost(high),
            broken.join("; "),
        ]
    }));
    let mut notes = vec![found.method.clone()];
    let more = found.bars.len().saturating_sub(SHOWN_BARS);
    if more > 0 {
        notes.push(format!(
            "{more} inputs with less effect are left out; --json has them all."
        ));
    }
    let title = format!(
        "Which input matters (P95 {} as it is; {} runs)",
        millis(found.base.p95 * 1e3),
        found.runs
    );
    with_notes(&title, &found.sentence, &aligned(&rows), &notes)
}

/// With its sign; nothing for nothing.
fn signed(value: f64, decimals: usize) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    format!("{sign}{}", grouped(value, decimals))
}

/// Whole small units are printed in full, so that the column adds up as it stands.
fn amounts(name: &str, a: Amounts, sign: bool, words: &str) -> Vec<String> {
    let print = |value: i64, per: f64, decimals: usize| {
        let value = value as f64 / per;
        if sign {
            signed(value, decimals)
        } else {
            grouped(value, decimals)
        }
    };
    vec![
        name.to_owned(),
        print(a.p95_micros, 1e3, 3),
        print(a.error_ppm, 1e4, 4),
        print(a.cost_cents, 1e2, 2),
        words.to_owned(),
    ]
}

fn waterfall(found: &Waterfall, currency: &str) -> String {
    let mut rows = vec![row(&[
        "",
        "P95 ms",
        "errors %",
        &a_month(currency),
        "promises",
    ])];
    rows.push(amounts(&found.from, found.start, false, ""));
    for step in &found.steps {
        let mut words = Vec::new();
        if !step.breaks.is_empty() {
            words.push(format!("breaks {}", step.breaks.join(", ")));
        }
        if !step.repairs.is_empty() {
            words.push(format!("repairs {}", step.repairs.join(", ")));
        }
        rows.push(amounts(&step.name, step.change, true, &words.join("; ")));
    }
    rows.push(amounts(&found.to, found.end, false, ""));
    rows.push(amounts("difference", found.total, true, ""));
    let sentence = if found.steps.is_empty() {
        format!("“{}” and “{}” do not differ.", found.from, found.to)
    } else {
        format!(
            "What turns “{}” into “{}”, part by part.",
            found.from, found.to
        )
    };
    let title = format!("Waterfall ({} runs)", found.runs);
    with_notes(
        &title,
        &sentence,
        &aligned(&rows),
        std::slice::from_ref(&found.method),
    )
}

fn break_even(found: &BreakEven) -> String {
    let title = format!("Break-even ({} runs)", found.runs);
    with_notes(&title, &found.sentence, "", &found.notes)
}
