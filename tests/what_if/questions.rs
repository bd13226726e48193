//! Questions that take many runs, on the screen: asked, answered, taken over; and every control within reach of keys.

use eframe::egui::accesskit::{Action, Role};
use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::fixture::scenario;
use super::{click, desk, first, harness, says, words};
use crate::ui_fixture::Desk;

/// Tall enough for all that is found.
const SIZE: [f32; 2] = [1_280.0, 1_800.0];

fn asking(part: &str) -> Harness<'static, Desk> {
    let mut harness = harness(desk(vec![scenario("Sale")]), SIZE);
    click(&mut harness, part);
    harness
}

/// 30 ms for each time the load has grown: 200 ms hold up to 6.66×.
#[test]
fn the_growth_that_is_survived_is_found_and_taken_over() {
    let mut harness = asking("How much is needed?");
    click(&mut harness, "Find out: How much growth does it survive?");
    assert!(
        says(&harness, "It survives 6.66× with every promise kept"),
        "{:?}",
        words(&harness)
    );
    assert!(says(&harness, "At 6.67× “API latency”"));
    click(&mut harness, "Take over 6.66×");
    assert_eq!(first(&harness).workload.growth, 6.66);
    assert_eq!(harness.state().edits, ["take 6.66× over in Sale"]);
    // The answer follows the scenario, and there is nothing left to take over.
    let taken = harness.get_by_label("Take over 6.66×");
    assert!(taken.accesskit_node().is_disabled());
    assert!(says(&harness, "At 6.66× (2,664 requests/s) P95 is 200 ms"));
}

/// Between 1× and 4× there is no growth that breaks the promise; without a range the answer is 6.66×.
#[test]
fn where_to_look_can_be_said() {
    let mut harness = asking("How much is needed?");
    click(&mut harness, "Find out: How much growth does it survive?");
    // The last question stands for growth.
    let folds: Vec<_> = harness.get_all_by_label("Where to look").collect();
    folds.last().unwrap().click_accesskit();
    drop(folds);
    harness.run();
    for (text, answer) in [
        ("1x..4x", "It survives 4×, the most that was tried"),
        ("4x..1x", "4x..1x is no range"),
        (" ", "It survives 6.66×"),
    ] {
        let field = |harness: &Harness<'_, Desk>, text: Option<&str>| {
            let node = harness.get_by_role_and_label(Role::TextInput, "Growth between");
            match text {
                Some(text) => node.type_text(text),
                None => node.focus(),
            }
        };
        field(&harness, None);
        harness.run();
        harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        harness.run();
        field(&harness, Some(text));
        harness.run();
        harness.key_press(Key::Enter);
        harness.run();
        assert!(says(&harness, answer), "{answer}: {:?}", words(&harness));
    }
}

#[test]
fn all_questions_are_answered_at_once_with_what_was_tried() {
    let mut harness = asking("How much is needed?");
    assert!(!says(&harness, "How few cache hits"), "there is no cache");
    click(&mut harness, "Answer all");
    for answer in [
        "Even 1 instance keeps every promise",
        "1 × 1 core is the cheapest that keeps every promise",
        "It survives 6.66×",
    ] {
        assert!(says(&harness, answer), "{answer}: {:?}", words(&harness));
    }
    let tried = words(&harness)
        .into_iter()
        .find(|w| w.starts_with("Every size ("))
        .unwrap();
    click(&mut harness, &tried);
    assert!(says(&harness, "Stopped by"));
}

#[test]
fn what_matters_most_is_drawn_and_listed() {
    let mut harness = asking("What matters most?");
    click(&mut harness, "Find out: what matters most");
    assert!(says(&harness, "P95 depends most on the load"));
    assert!(
        says(&harness, "P95: load 24.0 ms – 36.0 ms"),
        "{:?}",
        words(&harness)
    );
    assert!(says(&harness, "no verdict changes"));
    click(&mut harness, "±50 %");
    assert!(says(&harness, "P95: load 15.0 ms – 45.0 ms"));
}

#[test]
fn a_load_test_says_how_far_off_the_scenario_was() {
    let harness = asking("Against a load test");
    assert!(
        says(
            &harness,
            "2 of 2 figures are within the bar (P95 10 %, throughput 5 %): the prediction held."
        ),
        "{:?}",
        words(&harness)
    );
    assert!(says(&harness, "10.0 % too low"), "{:?}", words(&harness));
    assert!(says(&harness, "as measured"));
}

#[test]
fn a_ready_scenario_is_begun_from_the_menu() {
    let mut harness = asking("Over time");
    click(&mut harness, "New…");
    click(&mut harness, "A ready one");
    assert!(says(&harness, "Are votes answered") || says(&harness, "16 shards answer votes"));
    click(&mut harness, "Hive with 1,000 to 1,200 users");
    let doc = &harness.state().state.doc;
    assert_eq!(doc.scenarios.len(), 2);
    assert_eq!(doc.scenarios[1].name, "Hive with 1,000 to 1,200 users");
    assert!(doc.scenarios[1].sla.is_some());
}

#[test]
fn the_growth_from_which_another_is_cheaper_is_said() {
    let mut cheap = scenario("Cheaper");
    cheap.cost.instance_hour = 0.1;
    let mut harness = harness(desk(vec![scenario("Today"), cheap]), SIZE);
    click(&mut harness, "Compare scenarios");
    click(
        &mut harness,
        "Find out: from which growth on the other one is cheaper",
    );
    assert!(
        says(
            &harness,
            "“Cheaper” is cheaper today (146 instead of 292 USD a month), and the other is never cheaper within 50×."
        ),
        "{:?}",
        words(&harness)
    );
}

/// Whatever can be clicked or moved can have the focus.
#[test]
fn every_control_can_be_reached_by_keys() {
    let controls = [
        Role::Button,
        Role::CheckBox,
        Role::ComboBox,
        Role::Slider,
        Role::SpinButton,
        Role::TextInput,
        Role::RadioButton,
    ];
    for part in [
        "Over time",
        "How much is needed?",
        "What matters most?",
        "Against a load test",
    ] {
        let harness = asking(part);
        let nodes = harness.root().children_recursive();
        let mut seen = 0;
        for node in nodes {
            let node = node.accesskit_node();
            if !controls.contains(&node.role()) || node.is_disabled() {
                continue;
            }
            seen += 1;
            let name = node.label().or_else(|| node.value()).unwrap_or_default();
            assert!(!name.is_empty(), "a {:?} without a name", node.role());
            assert!(
                node.data().supports_action(Action::Focus),
                "{name} in {part}"
            );
        }
        assert!(seen > 20, "{seen}");
    }
}
