//! What happened in a run: scaling, faults and their ends, breakers, as a table; and the words for it.

use std::sync::Arc;

use eframe::egui::Ui;

use super::super::parts::section_ui;
use super::scale::Scale;
use crate::scenario::outcome::Event;
use crate::ui::simulated::Simulated;
use crate::ui::theme::space;
use crate::ui::widgets::chart_parts::whole;
use crate::ui::widgets::{DataTable, TableColumn};

/// An event that changed the number or size of instances.
pub(super) fn scales(event: &Event) -> bool {
    matches!(
        event.kind.as_str(),
        "scale_out" | "scale_in" | "resize" | "join" | "leave"
    )
}

/// What an event is called.
fn event_word(kind: &str) -> &str {
    match kind {
        "scale_out" => "more instances",
        "scale_in" => "fewer instances",
        "fault" => "fault",
        "recovery" => "recovery",
        "breaker_open" => "breaker opens",
        "breaker_closed" => "breaker closes",
        "resize" => "size changes",
        "rollback" => "taken back",
        "rollout" => "new version",
        "failover" => "failover",
        "rebalance" => "keys move",
        "join" => "peers join",
        "leave" => "peers leave",
        other => other,
    }
}

/// Before and after, where it changed them.
pub(super) fn change_words(event: &Event) -> String {
    match (event.from, event.to) {
        (Some(from), Some(to)) => format!("{} → {}", whole(from), whole(to)),
        _ => String::new(),
    }
}

/// What happened, as a table.
pub(super) fn events_ui(ui: &mut Ui, found: &Arc<Simulated>) {
    let events = &found.outcome.events;
    if events.is_empty() {
        return;
    }
    ui.add_space(space::S);
    section_ui(ui, "What happened");
    let scale = Scale::of(&found.run, found.outcome.duration);
    DataTable::new("what-if-events", events)
        .version(Arc::as_ptr(found).addr() as u64)
        .row_height(24.0)
        .max_height(300.0)
        .column(
            TableColumn::text("Time", move |e: &Event| scale.moment(e.at))
                .sorted_by(|e| Some(e.at))
                .width(104.0),
        )
        .column(
            TableColumn::text("What", |e: &Event| event_word(&e.kind).to_owned())
                .strong()
                .width(116.0),
        )
        .column(TableColumn::text("Change", change_words).width(112.0))
        .column(
            TableColumn::text("Why", |e: &Event| e.why.clone())
                .rest()
                .width(200.0)
                .on_hover(|e| e.why.clone()),
        )
        .show(ui);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_have_words() {
        let event = Event {
            at: 1.0,
            kind: "scale_in".to_owned(),
            from: Some(4.0),
            to: Some(2.0),
            why: String::new(),
        };
        assert_eq!(event_word(&event.kind), "fewer instances");
        assert_eq!(change_words(&event), "4 → 2");
        assert!(scales(&event));
        assert_eq!(event_word("something else"), "something else");
    }
}
