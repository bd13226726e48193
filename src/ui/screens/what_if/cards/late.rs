//! What becomes of a message or transaction that is late: it waits, is given up, is sent again. Beside peers and shards
//! this is what is left of the service of an instance.

use eframe::egui::Ui;

use super::super::field::{Form, Knob, Unit, secs};
use crate::scenario::Scenario;

pub(super) fn summary(scenario: &Scenario) -> String {
    let service = &scenario.service;
    let retries = match service.retries.max {
        0 => "not sent again".to_owned(),
        1 => "sent again once".to_owned(),
        n => format!("sent again up to {n} times"),
    };
    match service.timeout {
        Some(timeout) => format!("given up after {}, {retries}", secs(timeout)),
        None => format!("never given up, {retries}"),
    }
}

pub(super) fn show_ui(ui: &mut Ui, form: &mut Form) {
    let one = form.scenario.unit();
    let Form { scenario, said } = form;
    let service = &mut scenario.service;
    let mut limit = service.queue_limit.map(f64::from);
    let hint = if one == "shard" {
        "Transactions that may wait at one shard; the next ones are turned away"
    } else {
        "Messages that may wait at one peer; the next ones are lost"
    };
    Knob::new("Queue limit", Unit::Count, 0.0, 100_000.0)
        .hint(hint)
        .optional(ui, said, &mut limit, 1_000.0);
    service.queue_limit = limit.map(|l| l as u32);
    Knob::new("Timeout", Unit::Secs, 0.05, 60.0)
        .hint("After this the sender gives up")
        .optional(ui, said, &mut service.timeout, 5.0);
    if one == "peer" {
        Knob::new("Retries", Unit::Count, 0.0, 5.0)
            .even()
            .hint("How often a message without an answer is sent again, to another peer")
            .count(ui, said, &mut service.retries.max);
        if service.retries.max > 0 {
            Knob::new("First pause", Unit::Secs, 0.01, 10.0)
                .hint("Before it is sent again")
                .show(ui, said, &mut service.retries.backoff);
        }
    }
    Knob::new("Network", Unit::Secs, 0.0, 0.5)
        .hint("Added to every answer")
        .show(ui, said, &mut service.network);
    if let [class] = service.classes.as_mut_slice() {
        Knob::new("Fails by itself", Unit::Share, 0.0, 0.2)
            .hint("Share that fails whatever the load")
            .show(ui, said, &mut class.error_share);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_card_sums_itself_up() {
        let mut scenario = Scenario::default();
        assert_eq!(summary(&scenario), "never given up, not sent again");
        scenario.service.timeout = Some(2.0);
        scenario.service.retries.max = 1;
        assert_eq!(summary(&scenario), "given up after 2 s, sent again once");
    }
}
