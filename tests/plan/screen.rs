//! What people decide on the Forecast screen: facts beside the data, capacity to come, change points and outliers as
//! switches, the model.

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use headroom::analysis::forecast::plan::{Amount, Effect};
use headroom::ui::state::Screen;
use jiff::civil::date;

use crate::sla_screens::{choose, click, last_edit, names, says, write};
use crate::ui_fixture::{Desk, harness};

const TALL: [f32; 2] = [1_280.0, 3_000.0];
const DISK: &str = "disk_used{volume=orders}";

fn forecast_screen() -> Harness<'static, Desk> {
    harness(Desk::full(Screen::Forecast), TALL)
}

#[test]
fn a_change_is_added_changed_and_removed() {
    let mut harness = forecast_screen();
    click(&mut harness, "Add what you know…");
    write(&mut harness, "From", "2026-09-01");
    write(&mut harness, "Effect", "much");
    assert!(
        says(&harness, "\"much\" is no effect"),
        "{:?}",
        names(&harness)
    );
    click(&mut harness, "Add it");
    assert!(harness.state().edits.is_empty(), "it cannot be read yet");
    write(&mut harness, "Effect", "+20%");
    write(&mut harness, "Name", "new customers");
    click(&mut harness, "Add it");
    assert_eq!(last_edit(&harness), "add a change that lasts");
    let plan = harness.state().state.doc.forecast_plans[0].clone();
    assert_eq!((plan.series.as_str(), plan.changes.len()), (DISK, 1));
    assert_eq!(plan.changes[0].from, date(2026, 9, 1));
    assert_eq!(plan.changes[0].effect, Effect::Multiply(1.2));
    let words = "+20 % from 1 Sep 2026 on: new customers";
    assert!(says(&harness, words), "{:?}", names(&harness));

    click(&mut harness, &format!("Edit {words}"));
    write(&mut harness, "Effect", "x3");
    click(&mut harness, "Change it");
    let plan = &harness.state().state.doc.forecast_plans[0];
    assert_eq!(plan.changes.len(), 1);
    assert_eq!(plan.changes[0].effect, Effect::Multiply(3.0));
    click(&mut harness, "Remove ×3 from 1 Sep 2026 on: new customers");
    assert!(harness.state().state.doc.forecast_plans.is_empty());
}

#[test]
fn holidays_are_for_all_series() {
    let mut harness = forecast_screen();
    click(&mut harness, "Add what you know…");
    choose(&mut harness, "It is", "a holiday");
    write(&mut harness, "On", "2026-12-25");
    harness.get_by_label("Every year on this date").click();
    harness.run();
    write(&mut harness, "Name", "Christmas");
    click(&mut harness, "Add it");
    let plan = &harness.state().state.doc.forecast_plans[0];
    assert_eq!(plan.series, "");
    assert!(plan.holidays[0].yearly);
    assert!(says(&harness, "every year on 25 December: Christmas"));
}

#[test]
fn capacity_is_planned_with_its_cost() {
    let mut harness = forecast_screen();
    click(&mut harness, "Plan capacity…");
    write(&mut harness, "From", "2026-08-01");
    write(&mut harness, "Amount", "500");
    write(&mut harness, "Lead time", "30");
    write(&mut harness, "Unit cost", "2");
    write(&mut harness, "Owner", "Ann");
    click(&mut harness, "Add it");
    let doc = &harness.state().state.doc;
    let limit = doc.limits.iter().find(|l| l.series == DISK).unwrap();
    let planned = &limit.additions[0];
    assert_eq!(planned.amount, Amount::Value(500.0));
    assert_eq!(
        (
            planned.lead_time_days,
            planned.cost(),
            planned.owner.as_str()
        ),
        (Some(30), Some(1_000.0), "Ann")
    );
    assert!(
        says(&harness, "cost 1,000.00: Ann"),
        "{:?}",
        names(&harness)
    );
}

#[test]
fn what_was_found_is_switched_off_and_on() {
    let mut harness = forecast_screen();
    let find = |h: &Harness<'_, Desk>, start: &str| -> String {
        names(h).into_iter().find(|n| n.starts_with(start)).unwrap()
    };
    let change = find(&harness, "Level or trend changed on ");
    harness.get_by_label(&change).click();
    harness.run();
    assert!(last_edit(&harness).starts_with("ignore the change of "));
    assert_eq!(harness.state().state.doc.forecast_plans[0].struck.len(), 1);
    harness.get_by_label(&change).click();
    harness.run();
    assert!(last_edit(&harness).starts_with("count the change of "));
    assert!(harness.state().state.doc.forecast_plans.is_empty());

    let outlier = find(&harness, "Outlier of ");
    harness.get_by_label(&outlier).click();
    harness.run();
    assert!(last_edit(&harness).starts_with("leave out the outlier of "));
    let ignored = &harness.state().state.doc.forecast_plans[0].ignored;
    assert!((ignored[0].range().length().as_days() - 1.0).abs() < 1e-9);

    let begin = find(&harness, "Begin the fit here: ");
    click(&mut harness, &begin);
    assert!(last_edit(&harness).starts_with("begin the fit on "));
    let start = harness.state().state.doc.forecast_plans[0].start_after;
    assert!(start.is_some());
}

#[test]
fn a_model_is_picked_from_those_compared() {
    let mut harness = forecast_screen();
    assert!(
        says(&harness, "could not be tried"),
        "{:?}",
        names(&harness)
    );
    assert!(says(&harness, "more error"));
    harness.get_by_label("drift").click();
    harness.run();
    assert!(says(&harness, "drift was picked by hand, not by its error"));
    click(&mut harness, "Use the best model again");
    assert!(!says(&harness, "picked by hand"));
}
