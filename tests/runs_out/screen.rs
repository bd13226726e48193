//! The table of all series on the Forecast screen, what stands beside the data there, and the question "how many
//! instances by then, at what cost" on the Capacity screen.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::{self, Key};
use egui_kittest::kittest::Queryable as _;
use headroom::analysis::decisions::KnownSpan;
use headroom::analysis::forecast::Forecast;
use headroom::calendar::Instant;
use headroom::jobs::Jobs;
use headroom::ui::app::{Parts, Shell};
use headroom::ui::command::Command;
use headroom::ui::dialogs::PreparedDialogs;
use headroom::ui::notify::Level;
use headroom::ui::outlook::{Outlook, OutlookRow, SeriesOutlook};
use headroom::ui::settings::Places;
use headroom::ui::state::{AppState, Screen};
use headroom::units::Micros;

use crate::cli_place::Place;
use crate::sla_screens::{click, last_edit, names, says};
use crate::ui_fixture::{Desk, harness, shell_harness};

const WIDE: [f32; 2] = [1_280.0, 900.0];
const TALL: [f32; 2] = [1_280.0, 3_000.0];

/// What the desk answers for `Request::Outlook`.
pub fn outlook(state: &AppState, forecast: impl Fn(&str) -> Result<Forecast, String>) -> Outlook {
    let rows = state
        .sources()
        .filter_map(|source| source.metrics.as_ref())
        .flat_map(|table| &table.series)
        .map(|info| {
            let name = info.display_name();
            let limited = state.doc.limits.iter().any(|l| l.series == name);
            let found = forecast(&name).map(|mut forecast| {
                if !limited {
                    forecast.capacity = None;
                }
                SeriesOutlook::of(&forecast, &state.zone)
            });
            OutlookRow {
                unit: info.unit.clone(),
                found,
                name,
            }
        });
    Outlook {
        rows: rows.collect(),
    }
}

#[test]
fn all_series_stand_in_a_table_and_a_click_opens_one() {
    let mut harness = harness(Desk::full(Screen::Forecast), WIDE);
    let first = harness.state().view.forecast.selected().unwrap().to_owned();
    click(&mut harness, "All series");
    assert!(
        says(&harness, "out within the horizon"),
        "{:?}",
        names(&harness)
    );
    for column in ["Last value", "Expected", "Chance %", "Model", "Error"] {
        assert!(says(&harness, column), "{column}");
    }
    assert!(says(&harness, "History, forecast and limit"));
    let all: Vec<String> = harness
        .state()
        .state
        .results
        .outlook
        .value
        .as_ref()
        .unwrap()
        .rows
        .iter()
        .map(|r| r.name.clone())
        .collect();
    let other = all.iter().find(|name| **name != first).unwrap().clone();
    harness.get_by_label(&other).click();
    harness.run();
    assert_eq!(
        harness.state().view.forecast.selected(),
        Some(other.as_str())
    );
    assert!(says(&harness, "What runs out first"));
}

#[test]
fn the_table_is_left_and_its_rows_are_reached_by_keys() {
    let mut harness = harness(Desk::full(Screen::Forecast), WIDE);
    click(&mut harness, "All series");
    harness.key_press(Key::Escape);
    harness.run();
    assert!(says(&harness, "What runs out first"));
    click(&mut harness, "All series");
    harness.key_press(Key::Enter);
    harness.run();
    assert!(
        says(&harness, "What runs out first"),
        "the selected one is opened"
    );
}

#[test]
fn spans_marked_as_known_stand_beside_what_was_left_out() {
    let mut desk = Desk::full(Screen::Forecast);
    desk.state.doc.decisions.known_spans.push(KnownSpan {
        series: "disk_used{volume=orders}".to_owned(),
        start: Instant::from_secs(1_780_264_800),
        end: Instant::from_secs(1_780_351_200),
        reason: "migration".to_owned(),
        by: "Ada".to_owned(),
        ..KnownSpan::default()
    });
    let mut harness = harness(desk, TALL);
    assert!(
        says(&harness, "1 Jun 2026 to 2 Jun 2026 known: migration"),
        "{:?}",
        names(&harness)
    );
    assert!(says(&harness, "marked by Ada; left out of the fit"));
    assert!(says(&harness, "it is no alarm any more"));
    click(
        &mut harness,
        "Unmark 1 Jun 2026 to 2 Jun 2026 known: migration",
    );
    assert_eq!(last_edit(&harness), "unmark 1 Jun 2026 to 2 Jun 2026");
    assert!(harness.state().state.doc.decisions.known_spans.is_empty());
}

#[test]
fn the_capacity_screen_is_asked_about_a_date_and_a_price() {
    let mut harness = harness(Desk::full(Screen::Capacity), [1_280.0, 2_400.0]);
    harness.get_by_label("By").click();
    harness.run();
    harness.get_by_label("By").type_text("soon");
    harness.run();
    assert!(
        says(&harness, "\"soon\" is no date"),
        "{:?}",
        names(&harness)
    );
    assert!(says(&harness, "one node costs") && says(&harness, "Currency"));
}

fn shell(folder: &Path, answers: Vec<Vec<PathBuf>>) -> Parts {
    Parts {
        jobs: Jobs::inline(),
        dialogs: Box::new(PreparedDialogs::new(answers)),
        places: Places::within(folder),
        clock: Arc::new(|| Instant::from_secs(1_782_907_200)),
        autosave_after: Micros(0),
    }
}

/// A disk that fills, in a new project of the whole program.
#[test]
fn holidays_come_from_a_file_and_a_forecast_is_kept_by_its_command() {
    let place = Place::new();
    let mut text = String::from("time,disk_percent\n");
    for day in 0..120_i64 {
        let at = Instant::from_secs(1_772_323_200 + day * 86_400);
        let wobble = (day * 7_919 % 101) as f64 / 101.0;
        text.push_str(&format!("{at},{:.3}\n", 40.0 + 0.2 * day as f64 + wobble));
    }
    place.write("disk.csv", &text);
    let data = place.path("disk.csv");
    place.write("days.csv", "2026-12-25,Christmas\n01-01,New Year\n");
    place.write("bad.csv", "sometime,Feast\n");
    let (days, bad) = (place.path("days.csv"), place.path("bad.csv"));
    let folder = tempfile::tempdir().unwrap();
    let answers = vec![vec![days.clone()], vec![days], vec![bad]];
    let ctx = egui::Context::default();
    let shell = Shell::new(&ctx, shell(folder.path(), answers), vec![data], None);
    let mut harness = shell_harness(shell, 60);
    harness.run();
    let mut send = |command: Command| {
        let ctx = harness.ctx.clone();
        harness.state_mut().dispatch(&ctx, command);
        harness.run();
        let state = &harness.state().state;
        let said: Vec<(Level, String)> = state
            .notifications
            .iter()
            .map(|n| (n.level, n.text.clone()))
            .collect();
        (state.doc.clone(), said)
    };
    let (doc, said) = send(Command::PickHolidays);
    assert_eq!(doc.forecast_plans.len(), 1, "{said:?}");
    assert_eq!(doc.forecast_plans[0].holidays.len(), 2);
    let (doc, said) = send(Command::PickHolidays);
    assert_eq!(doc.forecast_plans[0].holidays.len(), 2);
    assert!(
        said.iter().any(|(_, t)| t.contains("known already")),
        "{said:?}"
    );
    let (_, said) = send(Command::PickHolidays);
    assert!(
        said.iter()
            .any(|(level, t)| *level == Level::Error && t.contains("line 1")),
        "{said:?}"
    );
    let (_, said) = send(Command::KeepForecast);
    assert!(
        said.iter().any(|(_, t)| t.contains("No forecast is shown")),
        "{said:?}"
    );
    send(Command::Go(Screen::Forecast));
    let (doc, said) = send(Command::KeepForecast);
    assert_eq!(doc.decisions.forecasts.len(), 1, "{said:?}");
    let (doc, said) = send(Command::KeepForecast);
    assert_eq!(doc.decisions.forecasts.len(), 1);
    assert!(
        said.iter().any(|(_, t)| t.contains("was kept on")),
        "{said:?}"
    );
}
