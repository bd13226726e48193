//! The comparison of load tests: several runs a side, and the criteria of a canary with their verdicts.

use eframe::egui::{Key, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use headroom::ui::state::Screen;

use super::{TALL, click, last_edit, names, says, write};
use crate::ui_fixture::{Desk, harness};

#[test]
fn canary_criteria_are_edited_beside_their_verdicts() {
    let mut harness = harness(Desk::full(Screen::Compare), TALL);
    click(&mut harness, "Errors under 1 %, P95 under 200 ms");
    let canary = |h: &Harness<'_, Desk>| h.state().state.doc.decisions.canary.clone();
    assert_eq!(canary(&harness), ["max_error_rate=<1%", "max_p95=<200ms"]);
    assert!(
        says(&harness, "asked for is less than 200 ms"),
        "{:?}",
        names(&harness)
    );
    assert!(
        says(&harness, "asked for is less than 1.00 %: met"),
        "{:?}",
        names(&harness)
    );

    write(&mut harness, "P95 response time at most", "fast");
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(canary(&harness)[1], "max_p95=<200ms", "it cannot be read");
    assert!(says(&harness, "Max_p95: "), "{:?}", names(&harness));
    write(&mut harness, "P95 response time at most", "1ms");
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(canary(&harness)[1], "max_p95=1ms");
    assert_eq!(
        last_edit(&harness),
        "change the criterion P95 response time at most to 1ms"
    );
    assert!(says(&harness, "asked for is at most 1.00 ms: breached"));
    assert!(says(&harness, "The canary fails: 1 of 2 criteria broken"));

    click(&mut harness, "Remove the criterion Error rate at most");
    assert_eq!(canary(&harness), ["max_p95=1ms"]);
    click(&mut harness, "Add a criterion");
    click(&mut harness, "Throughput falls by at most");
    assert_eq!(canary(&harness)[1], "max_throughput_drop=5%");
}

#[test]
fn a_side_takes_several_runs() {
    let mut desk = Desk::full(Screen::Compare);
    let mut dataset = (*desk.state.dataset).clone();
    let mut third = (*dataset.sources[0]).clone();
    third.info.source_id = "third".to_owned();
    third.info.file_name = "third.jtl".to_owned();
    dataset.sources.push(third.into());
    desk.state.dataset = dataset.into();
    let mut harness = harness(desk, [1_280.0, 900.0]);
    harness
        .get_by_role_and_label(Role::ComboBox, "Base")
        .click();
    harness.run();
    let ticks: Vec<String> = names(&harness)
        .into_iter()
        .filter(|n| n.starts_with("Base with "))
        .collect();
    assert_eq!(ticks.len(), 3);
    // The run that is on neither side.
    let shown = names(&harness);
    let free = ticks
        .iter()
        .find(|t| {
            let name = t.trim_start_matches("Base with ");
            shown.iter().filter(|n| n.as_str() == name).count() == 1
        })
        .unwrap()
        .clone();
    harness.get_by_role_and_label(Role::CheckBox, &free).click();
    harness.run();
    let chosen = harness.get_by_role_and_label(Role::ComboBox, "Base");
    let chosen = chosen.accesskit_node().value();
    assert_eq!(chosen.as_deref(), Some("2 runs"), "{free}");
}
