//! The committed plan on the Forecast screen of its series.

use eframe::egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use headroom::scenario::model::Pattern;
use headroom::ui::state::Screen;
use jiff::civil::date;

use super::{committed, sale, today};
use crate::sla_screens::{names, says};
use crate::ui_fixture::{Desk, harness};

const TALL: [f32; 2] = [1_280.0, 3_000.0];
const DISK: &str = "disk_used{volume=orders}";

fn forecast_screen(change: impl FnOnce(&mut Desk)) -> Harness<'static, Desk> {
    let mut desk = Desk::full(Screen::Forecast);
    change(&mut desk);
    harness(desk, TALL)
}

#[test]
fn the_plan_stands_among_what_is_known_and_is_edited_where_it_was_made() {
    let harness = forecast_screen(|desk| {
        let mut plan = sale(DISK);
        plan.from = Some(date(2026, 9, 1));
        committed(&mut desk.state.doc, plan, today(DISK));
    });
    for words in [
        "×3 from 1 Sep 2026 on: plan “Sale”",
        "150 % more from 1 Sep 2026: plan “Sale”",
        "Capacity ×2.5: 10 instances instead of 4",
    ] {
        assert!(says(&harness, words), "{words}: {:?}", names(&harness));
    }
    assert!(
        !says(&harness, "Edit ×3 from"),
        "the plan is no fact of its own"
    );
    harness.get_by_role_and_label(Role::Button, "What if");
}

#[test]
fn a_plan_that_stands_nowhere_says_why() {
    let figures = forecast_screen(|desk| {
        let mut plan = sale(DISK);
        plan.workload.pattern = Pattern::Constant { level: 100.0 };
        committed(&mut desk.state.doc, plan, today(DISK));
    });
    assert!(says(&figures, "names no series"), "{:?}", names(&figures));
    let missing = forecast_screen(|desk| {
        committed(&mut desk.state.doc, sale("orders"), today("orders"));
    });
    assert!(
        says(&missing, "its load is “orders”"),
        "{:?}",
        names(&missing)
    );
}
