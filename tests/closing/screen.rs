//! Closing on screen: the dialogs by their labels, and the whole desktop over a project file.

use std::sync::Arc;

use eframe::egui::{self, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use headroom::analysis::closing::{Signature, close, freeze};
use headroom::jobs::Jobs;
use headroom::project::Project;
use headroom::ui::app::{Parts, Shell};
use headroom::ui::closing::ClosingDeed;
use headroom::ui::command::Command;
use headroom::ui::dialogs::PreparedDialogs;
use headroom::ui::notify::Level;
use headroom::ui::settings::Places;
use headroom::ui::state::Screen;
use headroom::units::Micros;

use super::hash;
use crate::cli_place::Place;
use crate::report_fixture::findings;
use crate::ui_fixture::{Desk, harness, shell_harness};

const SIZE: [f32; 2] = [1_100.0, 800.0];

fn says(harness: &Harness<'_, Desk>, text: &str) -> bool {
    harness.root().children_recursive().any(|node| {
        let node = node.accesskit_node();
        node.label()
            .or_else(|| node.value())
            .is_some_and(|name| name.contains(text))
    })
}

fn type_into(harness: &mut Harness<'_, Desk>, label: &str, text: &str) {
    let field = |harness: &Harness<'_, Desk>| {
        harness
            .get_by_role_and_label(Role::TextInput, label)
            .rect()
            .center()
    };
    let at = field(harness);
    harness.hover_at(at);
    harness.drag_at(at);
    harness.drop_at(at);
    harness.run();
    harness
        .get_by_role_and_label(Role::TextInput, label)
        .type_text(text);
    harness.run();
}

fn click(harness: &mut Harness<'_, Desk>, label: &str) {
    harness.get_by_role_and_label(Role::Button, label).click();
    harness.run();
}

/// A desk whose June was closed with other figures than those of now.
fn closed(screen: Screen) -> Desk {
    let mut desk = Desk::full(screen);
    let found = findings("2026-06");
    let sets = found.slas.iter().map(|s| (s.name.as_str(), &s.report));
    let who = Signature {
        at: desk.state.now,
        by: "Ada".to_owned(),
    };
    let mut record = close("2026-06", "all services", who, freeze(sets));
    record.results[0].achieved_text = "99.99 %".to_owned();
    desk.state.doc.decisions.closed.push(record);
    desk
}

#[test]
fn closing_asks_for_a_name_and_shows_what_is_frozen() {
    let mut harness = harness(Desk::full(Screen::Reports), SIZE);
    click(&mut harness, "Close June 2026…");
    assert!(says(&harness, "These results and the hash of the workbook"));
    assert!(says(&harness, "Availability of the checkout API"));
    // Without a name the button does nothing.
    click(&mut harness, "Close June 2026");
    assert!(harness.state().sent.is_empty());
    type_into(&mut harness, "Your name", "Ada");
    click(&mut harness, "Close June 2026");
    let sent = &harness.state().sent;
    assert!(
        matches!(sent.as_slice(), [Command::Closing(ClosingDeed::Close { by })] if by == "Ada"),
        "{sent:?}"
    );
    assert!(!says(&harness, "These results"));
}

#[test]
fn a_period_that_runs_cannot_be_closed() {
    let mut desk = Desk::full(Screen::Reports);
    desk.state.now = headroom::calendar::Instant(desk.state.now.0 - 86_400_000_000);
    let harness = harness(desk, SIZE);
    assert!(says(
        &harness,
        "June 2026 is still open: it ends on 30 June 2026"
    ));
    assert!(!says(&harness, "Close June 2026"));
}

#[test]
fn a_closed_period_shows_both_figures_on_the_screen_that_judges() {
    for (screen, size) in [
        (Screen::Sla, SIZE),
        (Screen::Sla, [824.0, 620.0]),
        (Screen::Overview, SIZE),
    ] {
        let harness = harness(closed(screen), size);
        assert!(says(&harness, "Closed on 1 July 2026 by Ada"), "{screen:?}");
        assert!(says(&harness, "99.99 % when closed"), "{screen:?}");
    }
}

#[test]
fn opening_again_needs_a_reason() {
    let mut harness = harness(closed(Screen::Reports), SIZE);
    click(&mut harness, "Open again…");
    type_into(&mut harness, "Reason", "wrong zone");
    click(&mut harness, "Open again: June 2026");
    let sent = &harness.state().sent;
    let wanted = ClosingDeed::Reopen {
        by: "Ada".to_owned(),
        reason: "wrong zone".to_owned(),
    };
    assert!(
        matches!(sent.as_slice(), [Command::Closing(deed)] if *deed == wanted),
        "{sent:?}"
    );
}

#[test]
fn the_list_leads_to_a_closed_period() {
    let mut desk = closed(Screen::Reports);
    desk.state.doc.decisions.closed[0].period = "2026-05".to_owned();
    let mut harness = harness(desk, SIZE);
    click(&mut harness, "Closed periods (1)");
    assert!(says(&harness, "May 2026, all services"));
    click(&mut harness, "Show May 2026");
    let sent = &harness.state().sent;
    assert!(
        matches!(sent.as_slice(), [Command::SetPeriod(p)] if p.to_string() == "2026-05"),
        "{sent:?}"
    );
}

fn shell(place: &Place) -> (Harness<'static, Shell>, std::path::PathBuf) {
    let project = place.path("p.headroom");
    let parts = Parts {
        jobs: Jobs::inline(),
        dialogs: Box::new(PreparedDialogs::new([])),
        places: Places::within(place.folder.path()),
        clock: Arc::new(|| headroom::calendar::Instant::from_secs(1_783_000_000)),
        autosave_after: Micros(0),
    };
    let ctx = egui::Context::default();
    let shell = Shell::new(&ctx, parts, vec![project.clone()], None);
    let mut harness = shell_harness(shell, 60);
    harness.run();
    (harness, project)
}

fn send(harness: &mut Harness<'static, Shell>, command: Command) {
    let ctx = harness.ctx.clone();
    harness.state_mut().dispatch(&ctx, command);
    harness.run();
}

/// Closed on the desktop, the project opens again with it, and the command makes the workbook that was signed. It is no
/// step of undo.
#[test]
fn the_desktop_and_the_command_close_the_same_workbook() {
    let place = Place::new().project();
    let (mut harness, project) = shell(&place);
    let june = headroom::calendar::Period::parse("2026-06").unwrap();
    send(&mut harness, Command::SetPeriod(june));
    send(&mut harness, Command::Go(Screen::Reports));
    let deed = ClosingDeed::Close {
        by: " Ada ".to_owned(),
    };
    send(&mut harness, Command::Closing(deed));
    let state = &harness.state().state;
    let problems: Vec<_> = state
        .notifications
        .iter()
        .filter(|n| n.level >= Level::Warning)
        .map(|n| n.text.clone())
        .collect();
    assert_eq!(problems, Vec::<String>::new());
    let closed = state.doc.decisions.closed.clone();
    assert_eq!(closed[0].by, "Ada");
    assert_eq!(closed[0].results.len(), 2);
    harness.get_by_label("Closed on 2 July 2026 by Ada");
    send(&mut harness, Command::Undo);
    assert_eq!(harness.state().state.doc.decisions.closed, closed);
    send(&mut harness, Command::CloseProject);
    drop(harness);
    let opened = Project::open(&project).unwrap();
    assert_eq!(opened.doc.decisions.closed, closed);
    drop(opened);
    let report = place.run("report --project p.headroom --period 2026-06 -o june.xlsx");
    assert_eq!(report.code, 0, "{}", report.err);
    let bytes = std::fs::read(place.path("june.xlsx")).unwrap();
    assert_eq!(closed[0].workbook_sha256, hash(&bytes));

    let (mut harness, _) = shell(&place);
    let deed = ClosingDeed::Reopen {
        by: "Grace".to_owned(),
        reason: "wrong zone".to_owned(),
    };
    send(&mut harness, Command::Closing(deed));
    let again = harness.state().state.doc.decisions.closed[0]
        .reopened
        .clone();
    assert_eq!(again.unwrap().reason, "wrong zone");
}
