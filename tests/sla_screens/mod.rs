//! What people decide on the screens about promises: exclusions, baselines, a rules file for review, breaches in
//! charts, the runs and criteria of a comparison, the logo of reports. By their labels, and judged by the engine.

mod compared;

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::{self, Key, Modifiers, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use headroom::analysis::decisions::{Baseline, EnteredExclusion};
use headroom::analysis::sla::{Verdict, WrittenExclusion, judge};
use headroom::dataset::SeriesKind;
use headroom::jobs::Jobs;
use headroom::project::SlaEntry;
use headroom::ui::app::{Parts, Shell};
use headroom::ui::command::Command;
use headroom::ui::dialogs::PreparedDialogs;
use headroom::ui::notify::Level;
use headroom::ui::settings::Places;
use headroom::ui::state::Screen;
use headroom::units::Micros;

use crate::sla_fixture::{at, at_the_end_of, down, promise, report, series};
use crate::ui_fixture::{Desk, harness, shell_harness};

/// So tall that nothing has to be scrolled to.
const TALL: [f32; 2] = [1_280.0, 3_600.0];

pub fn names<S>(harness: &Harness<'_, S>) -> Vec<String> {
    harness
        .root()
        .children_recursive()
        .filter_map(|node| {
            let node = node.accesskit_node();
            node.label().or_else(|| node.value())
        })
        .collect()
}

pub fn says<S>(harness: &Harness<'_, S>, text: &str) -> bool {
    names(harness).iter().any(|name| name.contains(text))
}

pub fn click<S>(harness: &mut Harness<'_, S>, label: &str) {
    harness.get_by_role_and_label(Role::Button, label).click();
    harness.run();
}

/// Replaces what stands in a field.
pub fn write<S>(harness: &mut Harness<'_, S>, label: &str, text: &str) {
    let field = |h: &Harness<'_, S>| {
        h.get_by_role_and_label(Role::TextInput, label)
            .rect()
            .center()
    };
    let at = field(harness);
    harness.hover_at(at);
    harness.drag_at(at);
    harness.drop_at(at);
    harness.run();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run();
    harness
        .get_by_role_and_label(Role::TextInput, label)
        .type_text(text);
    harness.run();
}

/// Picks from a list by the words of the choice.
pub fn choose<S>(harness: &mut Harness<'_, S>, list: &str, choice: &str) {
    harness.get_by_role_and_label(Role::ComboBox, list).click();
    harness.run();
    harness.get_by_role_and_label(Role::Button, choice).click();
    harness.run();
}

pub fn last_edit<'a>(harness: &'a Harness<'_, Desk>) -> &'a str {
    harness.state().edits.last().map_or("", String::as_str)
}

#[test]
fn an_exclusion_is_added_changed_and_removed() {
    let mut harness = harness(Desk::full(Screen::Sla), TALL);
    assert!(says(&harness, "Time that does not count"));
    click(&mut harness, "Add an exclusion…");
    // Without a reason and a name the button does nothing.
    click(&mut harness, "Add the exclusion");
    assert!(harness.state().edits.is_empty());
    write(&mut harness, "Reason", "Database upgrade");
    write(&mut harness, "Approved by", "Ada");
    write(&mut harness, "Until", "2026-06-01 01:00");
    assert!(says(&harness, "before it starts"), "{:?}", names(&harness));
    click(&mut harness, "Add the exclusion");
    assert!(harness.state().edits.is_empty());
    write(&mut harness, "Until", "2026-06-01 04:30");
    choose(&mut harness, "Comes again", "every week");
    assert!(
        says(&harness, "(2 h 30 min), every week; 5 times in June 2026"),
        "{:?}",
        names(&harness)
    );
    click(&mut harness, "Add the exclusion");
    let entered = harness.state().state.doc.decisions.exclusions.clone();
    let [one] = entered.as_slice() else {
        panic!("{entered:?}");
    };
    let window = &one.window;
    assert_eq!(window.end, "2026-06-01 04:30");
    assert_eq!(window.rrule, "FREQ=WEEKLY");
    assert_eq!(
        (window.reason.as_str(), window.by.as_str()),
        ("Database upgrade", "Ada")
    );
    assert_eq!(window.zone.as_deref(), Some("Europe/Berlin"));
    assert!(!window.at.is_empty() && one.objectives.is_empty());
    assert_eq!(last_edit(&harness), "add the exclusion Database upgrade");

    click(&mut harness, "Edit the exclusion Database upgrade");
    choose(&mut harness, "Comes again", "once");
    choose(&mut harness, "Kind", "deployment");
    click(&mut harness, "Change the exclusion");
    let window = &harness.state().state.doc.decisions.exclusions[0].window;
    assert_eq!(
        (window.rrule.as_str(), window.category.as_str()),
        ("", "deployment")
    );
    assert_eq!(last_edit(&harness), "change the exclusion Database upgrade");

    click(&mut harness, "Remove the exclusion Database upgrade");
    assert!(harness.state().state.doc.decisions.exclusions.is_empty());
    assert_eq!(last_edit(&harness), "remove the exclusion Database upgrade");
}

fn window(start: &str, end: &str, objectives: &[&str]) -> EnteredExclusion {
    EnteredExclusion {
        window: WrittenExclusion {
            start: start.to_owned(),
            end: end.to_owned(),
            reason: "upgrade".to_owned(),
            by: "Ada".to_owned(),
            ..WrittenExclusion::default()
        },
        objectives: objectives.iter().map(|o| (*o).to_owned()).collect(),
    }
}

/// An hour of downtime at 00:30 on 14 June breaks 99.9 % (43.2 min of 30 days); half of it left out, 30 min remain.
#[test]
fn entered_exclusions_count_for_the_promises_they_are_for() {
    let dataset = down("2026-06-14", 3_600.0);
    let june = at_the_end_of("2026-06");
    let judged = |entered: &[EnteredExclusion]| {
        let mut file = promise("    target: 99.9%\n    period: month\n");
        file.add_exclusions(entered);
        judge(&dataset, &file, &june).unwrap().objectives.remove(0)
    };
    let plain = judged(&[]);
    assert_eq!(plain.verdict, Verdict::Breached);
    let half = ("2026-06-14 00:00", "2026-06-14 01:00");
    let with = judged(&[window(half.0, half.1, &["Availability"])]);
    assert_eq!(with.verdict, Verdict::Met);
    assert_eq!(with.verdict_without_exclusions, Some(Verdict::Breached));
    let applied = &with.exclusions[0];
    assert_eq!((applied.secs, applied.down_secs), (3_600.0, Some(1_800.0)));
    assert_eq!(applied.source, EnteredExclusion::SOURCE);
    assert_eq!(applied.entered_by, "Ada");
    let other = judged(&[window(half.0, half.1, &["Latency"])]);
    assert_eq!(other.verdict, Verdict::Breached);
    assert!(other.exclusions.is_empty());
}

#[test]
fn a_baseline_is_added_renamed_and_removed() {
    let mut harness = harness(Desk::full(Screen::Sla), TALL);
    click(&mut harness, "Add a baseline…");
    write(&mut harness, "Name", "previous");
    assert!(says(&harness, "always means what came before"));
    write(&mut harness, "Name", "before the move");
    write(&mut harness, "Period", "January");
    assert!(says(
        &harness,
        "\"January\" is not a period; write 2026-06-14"
    ));
    click(&mut harness, "Add the baseline");
    assert!(harness.state().edits.is_empty(), "it cannot be read yet");
    write(&mut harness, "Period", "2026-01");
    click(&mut harness, "Add the baseline");
    assert_eq!(last_edit(&harness), "add the baseline before the move");
    assert!(says(&harness, "January 2026"));

    click(&mut harness, "Edit the baseline before the move");
    write(&mut harness, "Name", "launch");
    choose(&mut harness, "What it is", "a figure");
    write(&mut harness, "Figure", "620 MB");
    click(&mut harness, "Change the baseline");
    assert_eq!(
        harness.state().state.doc.decisions.baselines,
        [Baseline {
            name: "launch".to_owned(),
            value: "620 MB".to_owned(),
            ..Baseline::default()
        }]
    );
    assert_eq!(
        last_edit(&harness),
        "rename the baseline before the move to launch"
    );

    click(&mut harness, "Edit the baseline launch");
    choose(&mut harness, "What it is", "a load test");
    choose(&mut harness, "Load test", "checkout-load-2026-06-11.jtl");
    click(&mut harness, "Change the baseline");
    let kept = &harness.state().state.doc.decisions.baselines[0];
    assert_eq!(
        (kept.run.as_str(), kept.value.as_str()),
        ("checkout-load-2026-06-11.jtl", "")
    );

    click(&mut harness, "Remove the baseline launch");
    assert!(harness.state().state.doc.decisions.baselines.is_empty());
}

/// 620 MB less 30 % is 434 MB.
#[test]
fn a_baseline_may_be_a_figure() {
    let june = at_the_end_of("2026-06");
    let points = [(at("2026-06-10 12:00"), 420.0)];
    let dataset = series("memory", "MB", SeriesKind::Gauge, &points);
    let yaml = |value: &str| {
        format!(
            "baselines:\n  launch: {{value: {value}}}\nobjectives:\n  - {{name: x, kind: improvement, series: memory, target: 30%, baseline: launch}}\n"
        )
    };
    let result = report(&dataset, &yaml("620 MB"), &june)
        .objectives
        .remove(0);
    assert_eq!((result.verdict, result.target), (Verdict::Met, Some(434.0)));
    assert_eq!(result.baseline.unwrap().name, "launch (620 MB)");
    let wrong = report(&dataset, &yaml("much"), &june).objectives.remove(0);
    assert_eq!(wrong.verdict, Verdict::NoData);
    let why = wrong.reason.unwrap();
    assert!(
        why.contains("launch is \"much\", which is no figure"),
        "{why}"
    );
}

/// Breaches stand behind the lines; a click on one opens its story.
#[test]
fn a_click_on_a_breach_in_a_chart_opens_it() {
    let mut harness = harness(Desk::full(Screen::Sla), TALL);
    harness
        .get_all_by_label("Response time, api_endpoints")
        .next()
        .unwrap()
        .click();
    harness.run();
    let charts = |h: &Harness<'_, Desk>| -> Vec<egui::Rect> {
        h.root()
            .children_recursive()
            .filter(|node| {
                let node = node.accesskit_node();
                node.role() == Role::Image
                    && node
                        .label()
                        .is_some_and(|l| l.contains("; marked: breach from"))
            })
            .map(|node| node.rect())
            .collect()
    };
    let found = charts(&harness);
    assert!(!found.is_empty(), "{:?}", names(&harness));
    let chart = found[0];
    assert!(!says(&harness, "Close the breach"));
    let mut x = chart.left() + 1.0;
    while !says(&harness, "Close the breach") && x < chart.right() {
        let at = egui::pos2(x, chart.center().y);
        harness.hover_at(at);
        harness.drag_at(at);
        harness.drop_at(at);
        harness.run();
        x += 3.0;
    }
    assert!(says(&harness, "Close the breach"), "no breach was hit");
    assert!(says(&harness, "What happened, and what is done"));
}

#[test]
fn a_rules_file_is_reviewed_before_it_counts() {
    let wrong = SlaEntry {
        name: "rules.yaml".to_owned(),
        yaml: "objectives:\n  - {name: x, kind: nonsense, target: 1s}\n".to_owned(),
        ..SlaEntry::default()
    };
    let mut desk = Desk::full(Screen::Sla);
    desk.view.sla.review(wrong, None, &desk.state.doc.slas);
    let mut harness = harness(desk, [1_280.0, 900.0]);
    assert!(
        says(&harness, "rules.yaml, line 2: "),
        "{:?}",
        names(&harness)
    );
    click(&mut harness, "Apply");
    assert_eq!(
        harness.state().state.doc.slas.len(),
        1,
        "a mistake is not applied"
    );

    let right = SlaEntry {
        name: "rules.yaml".to_owned(),
        yaml: "objectives:\n  - {name: x, kind: latency, target: 1s}\n".to_owned(),
        exclusions: [("windows.csv".to_owned(), "start,end\n".to_owned())].into(),
    };
    let desk = harness.state_mut();
    desk.view
        .sla
        .review(right.clone(), None, &desk.state.doc.slas);
    harness.run();
    assert!(says(&harness, "it becomes a set of promises of that name"));
    click(&mut harness, "Apply");
    assert_eq!(harness.state().state.doc.slas[1], right);
    // The same file again is a change of that set.
    let desk = harness.state_mut();
    let newer = SlaEntry {
        yaml: right.yaml.replace("1s", "2s"),
        ..right
    };
    desk.view.sla.review(newer, None, &desk.state.doc.slas);
    harness.run();
    assert!(says(
        &harness,
        "in place of what is applied under that name"
    ));
    click(&mut harness, "Apply");
    let slas = &harness.state().state.doc.slas;
    assert_eq!(slas.len(), 2);
    assert!(slas[1].yaml.contains("2s"));
    assert_eq!(last_edit(&harness), "change promises in rules.yaml");
}

/// A desktop over a folder, whose dialogs answer with these files.
fn desktop(folder: &tempfile::TempDir, answers: Vec<Vec<PathBuf>>) -> Harness<'static, Shell> {
    let parts = Parts {
        jobs: Jobs::inline(),
        dialogs: Box::new(PreparedDialogs::new(answers)),
        places: Places::within(folder.path()),
        clock: Arc::new(|| at("2026-07-01 12:00")),
        autosave_after: Micros(0),
    };
    let shell = Shell::new(&egui::Context::default(), parts, Vec::new(), None);
    shell_harness(shell, 60)
}

fn send(harness: &mut Harness<'static, Shell>, command: Command) {
    let ctx = harness.ctx.clone();
    harness.state_mut().dispatch(&ctx, command);
    harness.run();
}

#[test]
fn rules_and_the_logo_come_from_the_file_dialog() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let mut png = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(40, 20)
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    let logo = file("logo.png", &png.into_inner());
    let letter = file("letter.png", b"Dear Sir");
    let rules = file(
        "rules.yaml",
        b"objectives:\n  - {name: x, kind: latency, target: 1s}\n",
    );
    let binary = file("binary.yaml", &[0xFF, 0xFE, 0x00]);
    let answers = [&rules, &binary, &letter, &logo].map(|p| vec![p.clone()]);
    let mut harness = desktop(&folder, answers.to_vec());
    send(&mut harness, Command::NewProject);

    send(&mut harness, Command::OpenRules);
    let state = &harness.state().state;
    assert_eq!(state.screen, Screen::Sla);
    assert!(state.doc.slas.is_empty(), "nothing is applied yet");
    send(&mut harness, Command::OpenRules);
    let errors: Vec<&str> = harness
        .state()
        .state
        .notifications
        .iter()
        .filter(|n| n.level == Level::Error)
        .map(|n| n.text.as_str())
        .collect();
    assert!(
        errors.len() == 1 && errors[0].contains("UTF-8") && errors[0].contains("binary.yaml"),
        "{errors:?}"
    );

    let kept =
        |h: &Harness<'static, Shell>| h.state().state.doc.decisions.branding.logo_base64.len();
    send(&mut harness, Command::PickLogo);
    assert_eq!(kept(&harness), 0, "a letter is no picture");
    send(&mut harness, Command::PickLogo);
    assert!(kept(&harness) > 0);
    assert_eq!(
        harness.state().state.history.undo_name(),
        Some("set the logo of reports")
    );
    send(&mut harness, Command::Undo);
    assert_eq!(kept(&harness), 0);
    // The typed path does the same.
    send(&mut harness, Command::ReadLogo(logo));
    assert!(kept(&harness) > 0);
}

#[test]
fn the_look_shows_the_logo_and_takes_a_path() {
    let mut desk = Desk::full(Screen::Reports);
    desk.view.reports.look.open = true;
    desk.view
        .reports
        .look
        .answered(Some("the picture is damaged: a.png".to_owned()));
    let mut png = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(40, 20)
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    let logo = headroom::report::look::logo_of(png.into_inner()).unwrap();
    desk.state.doc.decisions.branding.logo_base64 = logo.base64;
    let mut harness = harness(desk, [1_280.0, 900.0]);
    assert!(
        says(&harness, "PNG, 40 × 20 pixels"),
        "{:?}",
        names(&harness)
    );
    assert!(says(&harness, "The picture is damaged: a.png"));
    write(&mut harness, "Path of the logo", "/tmp/other.png");
    click(&mut harness, "Read picture");
    click(&mut harness, "Choose a picture…");
    let [Command::ReadLogo(path), Command::PickLogo] = harness.state().sent.as_slice() else {
        panic!("{:?}", harness.state().sent);
    };
    assert_eq!(path, &PathBuf::from("/tmp/other.png"));
}
