//! The peers of a federation: regions of like peers, how they keep together, where messages go, and who joins.

use eframe::egui::{Role, Ui, WidgetInfo};

use super::super::field::{Form, Knob, Unit, choose_ui, group_ui, plain, remark_ui};
use crate::scenario::Scenario;
use crate::scenario::model::{Federation, Joining, PeerGroup, Routing};
use crate::ui::icons;
use crate::units;

const DAY: f64 = 86_400.0;

const ROUTINGS: [(Routing, &str); 3] = [
    (Routing::Geographic, "their own region first"),
    (Routing::Local, "their own region only"),
    (Routing::Capacity, "all peers, by capacity"),
];

fn peers(federation: &Federation) -> u64 {
    federation.groups.iter().map(|g| u64::from(g.peers)).sum()
}

/// A button of a list entry, with what it removes in its name.
fn remove_ui(ui: &mut Ui, what: &str) -> bool {
    let response = ui.small_button("Remove");
    let label = format!("Remove {what}");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
    response.clicked()
}

pub(super) fn peers_summary(scenario: &Scenario) -> String {
    let Some(federation) = &scenario.federation else {
        return String::new();
    };
    let regions = match federation.groups.len() {
        1 => "one region".to_owned(),
        n => format!("{n} regions"),
    };
    format!("{} in {regions}", units::count(peers(federation)))
}

pub(super) fn peers_ui(ui: &mut Ui, form: &mut Form) {
    let Form { scenario, said } = form;
    let Some(federation) = &mut scenario.federation else {
        return;
    };
    let several = federation.groups.len() > 1;
    let mut removed = None;
    for (index, group) in federation.groups.iter_mut().enumerate() {
        ui.push_id(("region", index), |ui| {
            ui.horizontal(|ui| {
                group_ui(ui, &group.name);
                if several && remove_ui(ui, &group.name) {
                    removed = Some(index);
                }
            });
            region_ui(ui, said, group);
        });
    }
    if let Some(index) = removed {
        let gone = federation.groups.remove(index);
        federation.joining.retain(|join| join.group != gone.name);
        *said = Some(format!("remove the region {}", gone.name));
    }
    if ui
        .small_button(format!("{}  Add a region", icons::ADD))
        .clicked()
    {
        let taken: Vec<&str> = federation.groups.iter().map(|g| g.name.as_str()).collect();
        let free = (taken.len() + 1..=2 * taken.len() + 1)
            .map(|n| format!("region {n}"))
            .find(|name| !taken.contains(&name.as_str()));
        let name = free.unwrap_or_else(|| "another region".to_owned());
        *said = Some(format!("add {name}"));
        federation.groups.push(PeerGroup {
            name,
            ..federation.groups.last().cloned().unwrap_or_default()
        });
    }
}

fn region_ui(ui: &mut Ui, said: &mut Option<String>, group: &mut PeerGroup) {
    Knob::new("Peers", Unit::Count, 0.0, 20_000.0)
        .hint("Peers of this region at the start")
        .count(ui, said, &mut group.peers);
    Knob::new("One alone does", Unit::PerSec, 1.0, 10_000.0)
        .hint("Messages a second that one peer can handle, its heartbeats included")
        .show(ui, said, &mut group.capacity);
    Knob::new("Distance", Unit::Secs, 0.0, 0.5)
        .hint("From one peer of this region to another")
        .show(ui, said, &mut group.latency);
    let moved = Knob::new("Stays", Unit::Secs, 60.0, 30.0 * DAY)
        .hint("A peer stays for so long, on average, and leaves; without, all stay")
        .optional(ui, said, &mut group.stays, 8.0 * 3_600.0);
    if moved && group.stays.is_none() {
        group.away = 0.0;
    }
    if group.stays.is_some() {
        Knob::new("Next comes", Unit::Secs, 0.0, DAY)
            .hint("So long after one has left another comes in its place, on average; 0 is at once")
            .show(ui, said, &mut group.away);
    }
    Knob::new("CPU when full", Unit::Share, 0.0, 4.0)
        .even()
        .hint("Share of a core that a peer uses when it does all it can; 200 % are two cores")
        .show(ui, said, &mut group.cpu_at_capacity);
    Knob::new("Memory, MB", Unit::Number, 0.0, 2_000.0)
        .hint("Megabytes a peer needs for itself")
        .show(ui, said, &mut group.memory_mb.0);
    let mut kilobytes = group.memory_mb.1 * 1_000.0;
    if Knob::new("Per known, kB", Unit::Number, 0.0, 1_000.0)
        .hint("Kilobytes more for each peer it knows")
        .show(ui, said, &mut kilobytes)
    {
        group.memory_mb.1 = kilobytes / 1_000.0;
    }
}

pub(super) fn together_summary(scenario: &Scenario) -> String {
    let Some(federation) = &scenario.federation else {
        return String::new();
    };
    let word = ROUTINGS
        .iter()
        .find(|(routing, _)| *routing == federation.routing)
        .map_or("", |(_, word)| word);
    format!(
        "{} links, {} heartbeats/s, to {word}",
        federation.fanout,
        plain(federation.heartbeat)
    )
}

pub(super) fn together_ui(ui: &mut Ui, form: &mut Form) {
    let Form { scenario, said } = form;
    let Some(federation) = &mut scenario.federation else {
        return;
    };
    choose_ui(
        ui,
        said,
        "Messages go to",
        &mut federation.routing,
        &ROUTINGS,
    );
    Knob::new("Other regions", Unit::Secs, 0.0, 1.0)
        .hint("Time of a message from one region to another")
        .show(ui, said, &mut federation.between_regions);
    Knob::new("Links", Unit::Count, 0.0, 100.0)
        .hint("Other peers that a peer keeps in touch with, and tells who came and who went")
        .count(ui, said, &mut federation.fanout);
    Knob::new("Heartbeats", Unit::PerSec, 0.01, 10.0)
        .hint("On each link; each costs as much as a message")
        .show(ui, said, &mut federation.heartbeat);
    Knob::new("Lost after", Unit::Count, 1.0, 20.0)
        .even()
        .hint("Heartbeats missed in a row until a peer counts as lost")
        .count(ui, said, &mut federation.missed);
    Knob::new("Message, bytes", Unit::Number, 0.0, 10_000.0)
        .hint("Size of a message on the network; 0 leaves traffic out")
        .show(ui, said, &mut federation.message_bytes);
    group_ui(ui, "What many cost each other");
    Knob::new("Contention σ", Unit::Number, 0.0, 0.1)
        .hint("Of the scalability law over peers: what they wait for each other; 0 where nothing was measured")
        .show(ui, said, &mut federation.sigma);
    let mut billionths = federation.kappa * 1e9;
    if Knob::new("Coherency κ ×10⁹", Unit::Number, 0.0, 1_000.0)
        .hint("Of the scalability law over peers: what they have to agree on, in billionths")
        .show(ui, said, &mut billionths)
    {
        federation.kappa = billionths / 1e9;
    }
    let all = peers(federation) as f64;
    let left = 1.0 / (1.0 + federation.sigma * (all - 1.0) + federation.kappa * all * (all - 1.0));
    if all > 1.0 && left < 1.0 {
        remark_ui(
            ui,
            &format!(
                "Among {} a peer does {} of what it does alone",
                units::count(peers(federation)),
                units::percent_of(left)
            ),
        );
    }
}

pub(super) fn joins_summary(scenario: &Scenario) -> String {
    let joins = scenario.federation.iter().flat_map(|f| &f.joining);
    let all: u64 = joins.map(|join| u64::from(join.peers)).sum();
    if all > 0 {
        format!("{} come during the run", units::count(all))
    } else {
        "nobody joins".to_owned()
    }
}

pub(super) fn joins_ui(ui: &mut Ui, form: &mut Form) {
    let duration = form.scenario.run.duration;
    let Form { scenario, said } = form;
    let Some(federation) = &mut scenario.federation else {
        return;
    };
    let regions: Vec<String> = federation.groups.iter().map(|g| g.name.clone()).collect();
    let choices: Vec<(String, &str)> = regions.iter().map(|g| (g.clone(), g.as_str())).collect();
    let mut removed = None;
    for (index, join) in federation.joining.iter_mut().enumerate() {
        ui.push_id(("join", index), |ui| {
            let name = format!("Join {}", index + 1);
            ui.horizontal(|ui| {
                group_ui(ui, &name);
                if remove_ui(ui, &name.to_lowercase()) {
                    removed = Some(index);
                }
            });
            Knob::new("Peers", Unit::Count, 1.0, 10_000.0)
                .hint("How many come")
                .count(ui, said, &mut join.peers);
            choose_ui(ui, said, "They join", &mut join.group, &choices);
            Knob::new("Begins at", Unit::Secs, 0.0, duration)
                .even()
                .strict()
                .show(ui, said, &mut join.at);
            Knob::new("Within", Unit::Secs, 0.0, duration)
                .even()
                .hint("They come evenly within this time; 0 is all at once")
                .show(ui, said, &mut join.over);
        });
    }
    if let Some(index) = removed {
        federation.joining.remove(index);
        *said = Some(format!("remove join {}", index + 1));
    }
    let first = regions.first().cloned();
    if let Some(group) = first
        && ui
            .small_button(format!("{}  Let peers join", icons::ADD))
            .clicked()
    {
        federation.joining.push(Joining {
            at: (duration / 2.0).round(),
            group,
            peers: 100,
            over: (duration / 12.0).round(),
        });
        *said = Some("let 100 peers join".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_sum_themselves_up() {
        let mut scenario = Scenario::default();
        assert_eq!(peers_summary(&scenario), "");
        scenario.federation = Some(Federation::default());
        assert_eq!(peers_summary(&scenario), "1,000 in one region");
        assert_eq!(
            together_summary(&scenario),
            "8 links, 1 heartbeats/s, to their own region first"
        );
        assert_eq!(joins_summary(&scenario), "nobody joins");
    }
}
