//! The list of what was unusual on the Explore screen, by its labels.

use eframe::egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use headroom::analysis::anomaly::{Anomalies, Anomaly, AnomalyKind, Side};
use headroom::analysis::decisions::{Decisions, KnownSpan};
use headroom::calendar::Instant;
use headroom::dataset::Dataset;
use headroom::ui::results::{AnomaliesOutcome, SeriesKey};
use headroom::ui::state::Screen;

use crate::report_fixture::{DAY, findings};
use crate::ui_fixture::{Desk, harness};

const SIZE: [f32; 2] = [1_280.0, 900.0];

/// A point during the first breach, and a level of three days after it.
pub fn found(keys: &[SeriesKey], data: &Dataset, decisions: &Decisions) -> AnomaliesOutcome {
    let breach = findings("2026-06").slas[0].report.breaches[0].clone();
    let one = |key: &SeriesKey| {
        let source = data.source(&key.source_id).unwrap();
        let info = &source.metrics.as_ref().unwrap().series[key.index];
        let known = decisions.known_of(&info.display_name(), &source.info.scope);
        let anomaly = |start: i64, length: i64, kind, size: f64| Anomaly {
            start: Instant(start),
            end: Instant(start + length),
            kind,
            direction: if size > 0.0 { Side::High } else { Side::Low },
            size,
            deviations: size.abs() / 4.0,
            worst: 50.0 + size,
            worst_at: Instant(start),
            expected: 50.0,
            lo: 40.0,
            hi: 60.0,
            open: false,
            known: known.iter().find(|k| k.start.0 == start).cloned(),
            breaches: Vec::new(),
        };
        Anomalies {
            series: info.display_name(),
            unit: info.unit.clone(),
            n: 7_200,
            step_secs: 3_600.0,
            seasons: vec![24],
            why: "Steps of 1 h".to_owned(),
            anomalies: vec![
                anomaly(breach.start.0, 3_600_000_000, AnomalyKind::Point, 38.0),
                anomaly(breach.end.0 + 2 * DAY, 3 * DAY, AnomalyKind::Level, -21.0),
            ],
            ..Anomalies::default()
        }
    };
    keys.iter().map(|key| (key.clone(), Ok(one(key)))).collect()
}

fn says(harness: &Harness<'_, Desk>, text: &str) -> bool {
    harness.root().children_recursive().any(|node| {
        let node = node.accesskit_node();
        [node.label(), node.value()]
            .into_iter()
            .flatten()
            .any(|name| name.contains(text))
    })
}

fn click(harness: &mut Harness<'_, Desk>, label: &str) {
    harness.get_by_role_and_label(Role::Button, label).click();
    harness.run();
}

fn write(harness: &mut Harness<'_, Desk>, label: &str, text: &str) {
    let field = harness.get_by_role_and_label(Role::TextInput, label);
    field.focus();
    harness.run();
    harness
        .get_by_role_and_label(Role::TextInput, label)
        .type_text(text);
    harness.run();
}

/// Explore with one series picked.
fn explore(size: [f32; 2]) -> Harness<'static, Desk> {
    with_cpu(Desk::full(Screen::Explore), size)
}

fn with_cpu(desk: Desk, size: [f32; 2]) -> Harness<'static, Desk> {
    let mut harness = harness(desk, size);
    harness
        .get_by_role_and_label(Role::CheckBox, "cpu{instance=web-1}")
        .click();
    harness.run();
    harness
}

/// The line of the list that holds this text.
fn pick(harness: &mut Harness<'_, Desk>, text: &str) {
    let at = harness.get_by_label(text).rect().center();
    harness.hover_at(at);
    harness.drag_at(at);
    harness.drop_at(at);
    harness.run();
}

#[test]
fn what_was_unusual_is_listed_with_the_breach_it_fell_into() {
    for size in [SIZE, [824.0, 620.0]] {
        let harness = explore(size);
        assert!(
            says(&harness, "2 unusual spans in what is shown"),
            "{size:?}"
        );
        assert!(says(&harness, "high point"));
        assert!(says(&harness, "low level"));
        let objective = &findings("2026-06").slas[0].report.breaches[0].objective;
        assert!(says(&harness, &format!("during breach of {objective}")));
        // The chart names its marks for those who do not see it.
        assert!(says(&harness, "marked: web-1: high point"), "{size:?}");
        assert!(says(&harness, "False alarms"));
    }
}

#[test]
fn a_span_is_marked_as_known_with_a_reason_and_unmarked() {
    let mut harness = explore(SIZE);
    // Nothing is picked: the button does nothing.
    click(&mut harness, "Mark as known…");
    assert!(!says(&harness, "Your name"));
    pick(&mut harness, "high point");
    assert!(says(&harness, "88.0 % where 50.0 % is usual"));
    click(&mut harness, "Mark as known…");
    click(&mut harness, "Mark as known");
    assert!(harness.state().edits.is_empty(), "a reason is missing");
    write(&mut harness, "Reason", "Load test");
    write(&mut harness, "Your name", "Ada");
    click(&mut harness, "Mark as known");
    let desk = harness.state();
    let spans = &desk.state.doc.decisions.known_spans;
    assert_eq!(spans.len(), 1, "{:?}", desk.edits);
    assert_eq!(
        (spans[0].reason.as_str(), spans[0].by.as_str()),
        ("Load test", "Ada")
    );
    assert_eq!(spans[0].series, "cpu{instance=web-1}");
    assert!(desk.edits[0].starts_with("mark ") && desk.edits[0].ends_with(" as known"));
    assert!(says(
        &harness,
        "2 unusual spans in what is shown, 1 of them known"
    ));
    assert!(says(&harness, "known: Load test (Ada)"));
    click(&mut harness, "Unmark");
    assert!(harness.state().state.doc.decisions.known_spans.is_empty());
    assert_eq!(harness.state().edits.len(), 2);
}

/// At a stricter rate, or with more data, a span that is marked may no longer stand out: forecasts still leave it out.
#[test]
fn a_marked_span_in_which_nothing_is_unusual_can_be_unmarked() {
    let mut desk = Desk::full(Screen::Explore);
    let start = findings("2026-06").start;
    desk.state.doc.decisions.known_spans.push(KnownSpan {
        series: "cpu{instance=web-1}".to_owned(),
        start,
        end: Instant(start.0 + DAY),
        reason: "Move of the data centre".to_owned(),
        by: "Ada".to_owned(),
        ..KnownSpan::default()
    });
    let mut harness = with_cpu(desk, SIZE);
    assert!(says(&harness, "2 unusual spans in what is shown"));
    assert!(!says(&harness, "1 of them known"));
    assert!(says(&harness, "known: Move of the data centre (Ada)"));
    pick(&mut harness, "as usual");
    assert!(says(&harness, "nothing unusual then"));
    click(&mut harness, "Unmark");
    assert!(harness.state().state.doc.decisions.known_spans.is_empty());
    assert!(!says(&harness, "as usual"));
}

#[test]
fn picking_a_span_shows_its_time_in_the_charts() {
    let mut harness = explore(SIZE);
    assert!(harness.state().view.explore.window.shown.is_none());
    pick(&mut harness, "low level");
    let shown = harness.state().view.explore.window.shown.unwrap();
    assert_eq!(shown.length().0, 9 * DAY);
}
