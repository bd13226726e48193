//! Compare: did a release make it slower? Two load tests against each other, figure by figure, and all of them in order.
//! A part of load tests: their tabs lead here.

use eframe::egui::{ScrollArea, Ui, vec2};

use super::Cx;
use super::compare_canary;
use super::compare_parts::{Tab, choice_ui, metrics_ui, runs_combo_ui, tabs_ui};
use super::compare_table::{curves_ui, table_ui, tsv};
use super::compare_trend::trend_ui;
use super::load_tests::{RunRow, run_rows};
use super::parts::{
    Draft, answer_ui, capitalised, caution_ui, icon_button_ui, no_data_ui, note_ui, slot_ui,
};
use crate::analysis::compare::sentence::share_text;
use crate::analysis::compare::{Comparison, Metric, SideInfo, junit};
use crate::ui::command::Command;
use crate::ui::icons;
use crate::ui::results::{CompareRequest, Request};
use crate::ui::state::Screen;
use crate::ui::theme::space;
use crate::ui::widgets::empty_state::EmptyState;
use crate::units;

/// Gates to pick from, in parts per million.
const GATES: [(i64, &str); 6] = [
    (0, "0 %"),
    (10_000, "1 %"),
    (20_000, "2 %"),
    (50_000, "5 %"),
    (100_000, "10 %"),
    (200_000, "20 %"),
];
/// Times to leave out at the start, in seconds.
const SKIPS: [(i64, &str); 5] = [
    (0, "nothing"),
    (15, "first 15 s"),
    (30, "first 30 s"),
    (60, "first 1 min"),
    (300, "first 5 min"),
];

/// What the screen remembers for itself.
#[derive(Debug)]
pub struct CompareView {
    /// Two runs, or all of them.
    pub tab: Tab,
    base: Vec<String>,
    candidate: Vec<String>,
    canary: Vec<Draft>,
    metrics: Vec<Metric>,
    gate_ppm: i64,
    skip_secs: i64,
    label: String,
    line: Option<(String, Metric)>,
}

impl Default for CompareView {
    fn default() -> Self {
        Self {
            tab: Tab::Compare,
            base: Vec::new(),
            candidate: Vec::new(),
            canary: Vec::new(),
            metrics: Metric::USUAL.to_vec(),
            gate_ppm: 50_000,
            skip_secs: 0,
            label: String::new(),
            line: None,
        }
    }
}

/// Shows the screen.
pub fn show_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    if no_data_ui(
        ui,
        cx,
        Screen::Compare,
        "Here two load tests stand against each other: which request became slower, by how much, and how sure that is. \
         Import the results of two releases to begin",
    ) {
        return;
    }
    let mut rows = run_rows(cx.state);
    if rows.len() < 2 {
        EmptyState::new(
            Screen::Compare.icon(),
            "A comparison needs two load tests",
            "Import the result files of two releases, and what changed between them stands here",
        )
        .primary(Command::Import)
        .show(ui, cx);
        return;
    }
    rows.sort_by_key(|r| r.source.info.first);
    let tab = cx.view.compare.tab;
    tabs_ui(ui, cx, tab);
    pick(&rows, &mut cx.view.compare);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::S, space::XS);
        let view = &mut cx.view.compare;
        if tab == Tab::Compare {
            let (base, candidate) = (&mut view.base, &mut view.candidate);
            runs_combo_ui(ui, "Base", &rows, base, candidate);
            runs_combo_ui(ui, "Candidate", &rows, candidate, base);
        }
        choice_ui(ui, "Gate", &mut view.gate_ppm, &GATES);
        metrics_ui(ui, &mut view.metrics);
        choice_ui(ui, "Skip", &mut view.skip_secs, &SKIPS);
    });
    ui.add_space(space::S);
    ScrollArea::vertical()
        .id_salt("compare")
        .auto_shrink(false)
        .show(ui, |ui| {
            if tab == Tab::Trend {
                all_ui(ui, cx, &rows);
            } else {
                two_ui(ui, cx, &rows);
            }
        });
}

/// The last run against the one before it, until a person picks others.
fn pick(rows: &[RunRow], view: &mut CompareView) {
    let id = |row: &RunRow| row.source.info.source_id.clone();
    for side in [&mut view.base, &mut view.candidate] {
        side.retain(|known| rows.iter().any(|r| id(r) == *known));
    }
    let last = |other: &[String]| rows.iter().rev().map(id).find(|id| !other.contains(id));
    if view.candidate.is_empty() {
        view.candidate.extend(last(&view.base));
    }
    if view.base.is_empty() {
        view.base.extend(last(&view.candidate));
    }
}

fn request(view: &CompareView, runs: Vec<Vec<String>>) -> CompareRequest {
    CompareRequest {
        runs,
        metrics: view.metrics.clone(),
        gate_ppm: view.gate_ppm,
        skip_secs: view.skip_secs,
        base_runs: 0,
        canary: Vec::new(),
    }
}

fn ids(row: &RunRow) -> Vec<String> {
    row.sources().map(|s| s.info.source_id.clone()).collect()
}

fn all_ui(ui: &mut Ui, cx: &mut Cx<'_>, rows: &[RunRow]) {
    if rows.len() < 3 {
        note_ui(
            ui,
            &format!(
                "A trend needs three load tests; this project has {}",
                rows.len()
            ),
        );
        return;
    }
    let wanted = request(&cx.view.compare, rows.iter().map(ids).collect());
    cx.request(Request::Trend(wanted));
    let state = cx.state;
    let chosen = &mut cx.view.compare.line;
    slot_ui(
        ui,
        &state.results.trend,
        "Comparing the runs…",
        |ui, trend| {
            trend_ui(ui, trend, &state.zone, state.data_revision, chosen);
        },
    );
}

fn two_ui(ui: &mut Ui, cx: &mut Cx<'_>, rows: &[RunRow]) {
    let view = &cx.view.compare;
    let side = |side: &[String]| -> Vec<Vec<String>> {
        let on = |r: &&RunRow| side.contains(&r.source.info.source_id);
        rows.iter().filter(on).map(ids).collect()
    };
    let (base, candidate) = (side(&view.base), side(&view.candidate));
    let base_runs = base.len();
    let wanted = CompareRequest {
        base_runs,
        canary: cx.state.doc.decisions.canary.clone(),
        ..request(view, [base, candidate].concat())
    };
    cx.request(Request::Compare(wanted));
    let state = cx.state;
    slot_ui(
        ui,
        &state.results.compare,
        "Comparing the runs…",
        |ui, comparison| {
            answer_ui(ui, &comparison.sentence, &stands_on(comparison));
            ui.horizontal(|ui| {
                if icon_button_ui(ui, true, icons::SAVE, "Save as JUnit…").clicked() {
                    cx.send(Command::SaveText {
                        file_name: format!(
                            "compare-{}-{}.xml",
                            comparison.base.name, comparison.candidate.name
                        ),
                        text: junit::junit(comparison),
                    });
                }
                if icon_button_ui(ui, true, icons::COPY, "Copy table").clicked() {
                    cx.send(Command::CopyText(tsv(comparison)));
                }
            });
            ui.add_space(space::S);
            let view = &mut cx.view.compare;
            if !comparison.labels.iter().any(|r| r.label == view.label) {
                let rows = comparison.labels.iter();
                let worst = rows.max_by(|a, b| a.badness().total_cmp(&b.badness()));
                view.label = worst.map(|r| r.label.clone()).unwrap_or_default();
            }
            let height = (ui.available_height() - 250.0).max(200.0);
            let version = state.data_revision
                ^ (view.gate_ppm as u64)
                ^ ((view.skip_secs as u64) << 32)
                ^ ((comparison.labels.len() as u64) << 48);
            let clicked = table_ui(ui, comparison, version, &view.label, height);
            if let Some(row) = clicked.and_then(|i| comparison.labels.get(i)) {
                view.label = row.label.clone();
            }
            for row in comparison.labels.iter().filter(|r| r.label == view.label) {
                if let Some(why) = &row.reason {
                    let title = row.metric.title();
                    note_ui(ui, &format!("{}, {title}: {why}", view.label));
                }
            }
            ui.add_space(space::M);
            curves_ui(ui, comparison, &view.label);
            ui.add_space(space::M);
            let mut drafts = std::mem::take(&mut cx.view.compare.canary);
            compare_canary::show_ui(ui, cx, comparison, &mut drafts);
            cx.view.compare.canary = drafts;
            for (labels, side) in [
                (&comparison.only_in_base, &comparison.base.name),
                (&comparison.only_in_candidate, &comparison.candidate.name),
            ] {
                if !labels.is_empty() {
                    note_ui(ui, &format!("Only in {side}: {}", labels.join(", ")));
                }
            }
            for warning in comparison.warnings.iter() {
                caution_ui(ui, &capitalised(&warning.message));
            }
        },
    );
}

/// What the answer stands on.
fn stands_on(comparison: &Comparison) -> String {
    let method = &comparison.method;
    let side = |side: &SideInfo| match side.runs.len() {
        0 | 1 => units::count(side.requests),
        n => format!("{} in {n} runs", units::count(side.requests)),
    };
    let mut text = format!(
        "{} against {} requests, gate {}",
        side(&comparison.candidate),
        side(&comparison.base),
        share_text(comparison.max_regression)
    );
    if method.between_runs {
        text.push_str("; intervals hold the spread between runs");
    }
    if method.blocks > 0 {
        text.push_str(&format!(
            "; intervals at {} from {} blocks of {} s, corrected for {} figures",
            share_text(comparison.confidence),
            method.blocks,
            units::number(method.block_secs),
            method.tests
        ));
    }
    text
}
