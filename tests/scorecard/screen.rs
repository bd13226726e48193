//! The scorecard on the Forecast screen.

use std::sync::Arc;

use eframe::egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use headroom::analysis::forecast::scorecard::{PlanScorecard, score};
use headroom::dataset::Dataset;
use headroom::project::ProjectDoc;
use headroom::ui::state::Screen;

use super::engine;
use crate::ui_fixture::{Desk, harness};

/// What the desk answers for `Request::Scorecard`; its other series have names but no points.
pub fn card(dataset: &Dataset, doc: &ProjectDoc) -> PlanScorecard {
    let with_points = dataset.sources.iter().filter(|s| s.info.source_id == "cpu");
    let dataset = Dataset {
        sources: with_points.cloned().collect(),
    };
    score(&dataset, &doc.decisions.forecasts, None).unwrap()
}

fn says(harness: &Harness<'_, Desk>, text: &str) -> bool {
    harness.root().children_recursive().any(|node| {
        let node = node.accesskit_node();
        node.label()
            .or_else(|| node.value())
            .is_some_and(|name| name.contains(text))
    })
}

const SIZE: [f32; 2] = [1_300.0, 2_400.0];

#[test]
fn empty_is_a_beginning_and_a_forecast_can_be_kept_and_taken_back() {
    let mut harness = harness(Desk::full(Screen::Forecast), SIZE);
    assert!(says(&harness, "Keep a forecast today"));
    harness
        .get_by_role_and_label(Role::Button, "Keep this forecast")
        .click();
    harness.run();
    let desk = harness.state();
    let [kept] = desk.state.doc.decisions.forecasts.as_slice() else {
        panic!("one is kept");
    };
    assert_eq!(
        desk.edits,
        [format!("keep the forecast of {}", kept.series)]
    );
    assert_eq!(kept.made_at, desk.state.now);
    assert_eq!(kept.points.len(), 90);
    // The same data cannot be kept again.
    assert!(says(&harness, "from these data was kept on "));
    assert!(!says(&harness, "Keep this forecast"));
}

#[test]
fn what_was_said_stands_beside_what_came() {
    let mut desk = Desk::full(Screen::Forecast);
    let mut dataset = (*desk.state.dataset).clone();
    dataset.sources.extend(engine::dataset(190, "%").sources);
    desk.state.dataset = Arc::new(dataset);
    desk.state.doc.decisions.forecasts.push(engine::kept("%"));
    let harness = harness(desk, SIZE);
    assert!(says(&harness, "Our 80 % ranges held 78 % of the time"));
    assert!(says(
        &harness,
        "Limits: 1 of 1 came, or stayed away, as said"
    ));
    assert!(says(&harness, "90 days ahead we said 82.5 % to 92.3 %"));
    assert!(says(
        &harness,
        "what was said on 13 Apr 2026, and what came"
    ));
}
