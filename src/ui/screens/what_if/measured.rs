//! Predicted against measured: a load test of the project beside what the scenario came to, label by label, with how far
//! off it was.

use std::sync::Arc;

use eframe::egui::{ComboBox, Role, Ui, WidgetInfo};

use super::super::Cx;
use super::super::parts::{caution_ui, note_ui, section_ui};
use super::asking::{Ask, AskedOnes};
use super::figures::{share, time};
use crate::dataset::Tool;
use crate::scenario::Scenario;
use crate::scenario::compare::{Against, AgainstRow, Measured};
use crate::ui::command::Command;
use crate::ui::questions::{Answer, Question};
use crate::ui::results::{Request, Slot};
use crate::ui::simulated::Simulated;
use crate::ui::theme::space;
use crate::ui::widgets::{DataTable, Status, StatusBadge, TableColumn};
use crate::units;

/// Below this width the table has fewer columns.
const NARROW: f32 = 520.0;
/// Loads that differ by more than this share give response times that say little about each other.
const SAME_LOAD: f64 = 0.1;

/// What the tab remembers.
#[derive(Debug, Default)]
pub(super) struct MeasuredView {
    /// The load test, by its source.
    source_id: Option<String>,
}

/// Shows it. `slot` holds what the scenario came to.
pub(super) fn show_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    ones: &mut AskedOnes,
    view: &mut MeasuredView,
    scenario: &Scenario,
    slot: &Slot<Simulated>,
) {
    let tests: Vec<(&str, &str)> = cx
        .state
        .sources()
        .filter(|s| s.run.as_ref().is_some_and(|r| r.tool != Tool::AccessLog))
        .map(|s| (s.info.source_id.as_str(), s.info.file_name.as_str()))
        .collect();
    // Until one is chosen the last one, which came latest.
    let chosen = tests
        .iter()
        .find(|(id, _)| view.source_id.as_deref() == Some(*id))
        .or(tests.last())
        .copied();
    let Some((source_id, file)) = chosen else {
        note_ui(
            ui,
            "There is no load test in the project. Import one that was run later, and it says how far off the scenario was",
        );
        cx.button(ui, Command::Import);
        return;
    };
    ui.horizontal_wrapped(|ui| {
        ui.label("Held against");
        let combo = ComboBox::from_id_salt("what-if-against")
            .selected_text(file)
            .width(260.0)
            .truncate()
            .show_ui(ui, |ui| {
                for (id, name) in &tests {
                    if ui.selectable_label(*id == source_id, *name).clicked() {
                        view.source_id = Some((*id).to_owned());
                    }
                }
            });
        combo
            .response
            .widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Load test"));
    });
    ui.add_space(space::XS);
    if scenario.service.from_run.as_deref() == Some(file) {
        caution_ui(
            ui,
            "The scenario took its service times from this run, so that it only says how well they were taken",
        );
    }
    let Some(found) = &slot.value else {
        note_ui(ui, "Simulating…");
        return;
    };
    // While a slider moves the run is that of an earlier state, or a quick one.
    let run = Request::Simulate(Arc::new(scenario.clone()));
    let run_is_current = cx.state.results.is_current(&run, run.fingerprint(cx.state));
    let settled = slot.is_settled() && run_is_current;
    let question = Question::Against {
        source_id: source_id.to_owned(),
        found: Arc::clone(found),
    };
    let ask = Ask {
        at_once: true,
        hold: !settled,
        ..Ask::new(scenario, question, file)
    };
    ask.show(ui, cx, ones, |ui, _, answer, _| {
        if let Answer::Against(found) = answer.as_ref() {
            found_ui(ui, found, Arc::as_ptr(answer).addr() as u64);
        }
    });
}

fn found_ui(ui: &mut Ui, found: &Against, version: u64) {
    section_ui(ui, &found.sentence);
    if let Some(text) = other_load(found) {
        caution_ui(ui, &text);
    }
    table_ui(ui, &found.rows, version);
    for (whose, labels) in [
        ("the scenario", &found.only_predicted),
        ("the load test", &found.only_measured),
    ] {
        if !labels.is_empty() {
            let quoted: Vec<String> = labels.iter().map(|l| format!("“{l}”")).collect();
            note_ui(ui, &format!("Only {whose} has {}", quoted.join(", ")));
        }
    }
    note_ui(
        ui,
        "A mark says whether a figure is within the bar: 10 % for P95, 5 % for throughput. Response times are of good answers; the error share is compared by plain difference",
    );
}

/// A warning where the test ran under another load: then response times cannot agree.
fn other_load(found: &Against) -> Option<String> {
    let row = found
        .rows
        .iter()
        .find(|r| r.label.is_empty() && r.figure == Measured::Throughput)?;
    let off = row.difference?.abs();
    (off > SAME_LOAD).then(|| {
        format!(
            "The loads differ: the test answered {} requests/s, the scenario {}. Give the scenario the load of the test to compare response times",
            units::number(row.measured),
            units::number(row.predicted)
        )
    })
}

fn print(figure: Measured, value: f64) -> String {
    match figure {
        Measured::Throughput => format!("{}/s", units::number(value)),
        Measured::ErrorRate => share(value),
        Measured::Mean | Measured::P50 | Measured::P95 | Measured::P99 => time(value),
    }
}

/// How far off, in words.
fn off(row: &AgainstRow) -> String {
    let Some(by) = row.difference else {
        return "nothing was measured".to_owned();
    };
    let size = share(by.abs());
    if size == share(0.0) {
        return "as measured".to_owned();
    }
    let word = if by > 0.0 { "too high" } else { "too low" };
    if row.figure == Measured::ErrorRate {
        format!("{} points {word}", size.trim_end_matches(" %"))
    } else {
        format!("{size} {word}")
    }
}

fn whose(row: &AgainstRow) -> String {
    if row.label.is_empty() {
        "all requests".to_owned()
    } else {
        row.label.clone()
    }
}

fn table_ui(ui: &mut Ui, rows: &[AgainstRow], version: u64) {
    let narrow = ui.available_width() < NARROW;
    let figure = |r: &AgainstRow| r.figure.word().to_owned();
    let mut table = DataTable::new(("what-if-measured", narrow), rows)
        .version(version)
        .row_height(24.0);
    if narrow {
        let both = |r: &AgainstRow| format!("{}, {}", r.figure.word(), whose(r));
        let first = TableColumn::text("Figure", both).strong().width(124.0);
        table = table.column(first.on_hover(both));
    } else {
        let first = TableColumn::text("Requests", whose).strong().width(150.0);
        table = table
            .column(first.on_hover(whose))
            .column(TableColumn::text("Figure", figure).width(90.0));
    }
    table
        .column(
            TableColumn::text("Predicted", |r: &AgainstRow| print(r.figure, r.predicted))
                .right()
                .width(76.0),
        )
        .column(
            TableColumn::text("Measured", |r: &AgainstRow| print(r.figure, r.measured))
                .right()
                .width(76.0),
        )
        .column(
            TableColumn::text("The prediction was", off)
                .sorted_by(|r| r.difference.map(f64::abs))
                .painted(|ui, r| match r.within {
                    Some(true) => {
                        StatusBadge::new(Status::Good, &off(r)).show(ui);
                    }
                    Some(false) => {
                        StatusBadge::new(Status::Bad, &off(r)).show(ui);
                    }
                    None => {
                        ui.label(off(r));
                    }
                })
                .rest()
                .width(130.0)
                .on_hover(off),
        )
        .show(ui);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(figure: Measured, predicted: f64, measured: f64, difference: Option<f64>) -> AgainstRow {
        AgainstRow {
            label: String::new(),
            figure,
            predicted,
            measured,
            difference,
            within: None,
        }
    }

    #[test]
    fn how_far_off_is_said_in_words() {
        for (row, words) in [
            (row(Measured::P95, 0.11, 0.1, Some(0.1)), "10.0 % too high"),
            (row(Measured::P95, 0.09, 0.1, Some(-0.1)), "10.0 % too low"),
            (row(Measured::Mean, 0.1, 0.1, Some(0.0)), "as measured"),
            (
                row(Measured::ErrorRate, 0.03, 0.01, Some(0.02)),
                "2.00 points too high",
            ),
            (row(Measured::P99, 0.1, 0.0, None), "nothing was measured"),
        ] {
            assert_eq!(off(&row), words);
        }
    }

    #[test]
    fn another_load_is_warned_of() {
        let with = |difference: f64| Against {
            rows: vec![row(Measured::Throughput, 400.0, 320.0, Some(difference))],
            ..Against::default()
        };
        assert_eq!(other_load(&with(0.05)), None);
        let text = other_load(&with(0.25)).unwrap();
        assert!(
            text.contains("answered 320 requests/s, the scenario 400"),
            "{text}"
        );
    }
}
