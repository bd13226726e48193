//! How many instances there are at the start, where, and who chooses among them.

use eframe::egui::Ui;

use super::super::field::{Form, Knob, Unit, choose_ui, group_ui, part_ui};
use crate::scenario::Scenario;
use crate::scenario::model::{
    Balancer, CircuitBreaker, HealthCheck, InstanceGroup, Rollout, StickySessions,
};
use crate::ui::icons;

const BALANCERS: [(Balancer, &str); 10] = [
    (Balancer::RoundRobin, "one after the other"),
    (Balancer::WeightedRoundRobin, "by weight"),
    (Balancer::Random, "by chance"),
    (Balancer::LeastConnections, "fewest in flight"),
    (Balancer::ResponseTime, "fastest answers"),
    (Balancer::PowerOfTwo, "better of two by chance"),
    (Balancer::JoinShortestQueue, "shortest queue"),
    (Balancer::IpHash, "by the sender's address"),
    (Balancer::Geographic, "nearest region"),
    (Balancer::SharedQueue, "one queue for all"),
];

pub(super) fn summary(scenario: &Scenario) -> String {
    let topology = &scenario.topology;
    let count = topology.instances();
    let places = match topology.groups.len() {
        0 | 1 => String::new(),
        n => format!(" in {n} regions"),
    };
    let word = BALANCERS
        .iter()
        .find(|(b, _)| *b == topology.balancer)
        .map_or("", |(_, word)| word);
    format!("{count} at the start{places}, {word}")
}

pub(super) fn show_ui(ui: &mut Ui, form: &mut Form) {
    let Form { scenario, said } = form;
    let topology = &mut scenario.topology;
    let several = topology.groups.len() > 1;
    let mut removed = None;
    for (index, group) in topology.groups.iter_mut().enumerate() {
        ui.push_id(index, |ui| {
            if several {
                ui.horizontal(|ui| {
                    group_ui(ui, &group_name(group, index));
                    if ui.small_button("Remove").clicked() {
                        removed = Some(index);
                    }
                });
            }
            Knob::new("Instances", Unit::Count, 1.0, 500.0)
                .hint("At the start; autoscaling changes it")
                .count(ui, said, &mut group.instances);
            if several {
                Knob::new("Share", Unit::Number, 0.0, 10.0)
                    .hint(
                        "Weight for the balancer, and share of the senders who are in this region",
                    )
                    .show(ui, said, &mut group.weight);
                Knob::new("Speed", Unit::Times, 0.1, 4.0)
                    .hint("Against the instance that was measured")
                    .show(ui, said, &mut group.speed);
                Knob::new("Distance", Unit::Secs, 0.0, 0.5)
                    .hint("Added to answers for senders of other regions")
                    .show(ui, said, &mut group.distance);
            }
        });
    }
    if let Some(index) = removed {
        *said = Some("remove a region".to_owned());
        topology.groups.remove(index);
    }
    if ui
        .small_button(format!("{}  Add a region", icons::ADD))
        .clicked()
    {
        let count = topology.groups.len();
        for (index, group) in topology.groups.iter_mut().enumerate() {
            group.name = group_name(group, index);
        }
        topology.groups.push(InstanceGroup {
            name: format!("region {}", count + 1),
            ..topology.groups.last().cloned().unwrap_or_default()
        });
        *said = Some("add a region".to_owned());
    }
    choose_ui(
        ui,
        said,
        "Balancer takes",
        &mut topology.balancer,
        &BALANCERS,
    );
    health_ui(ui, said, &mut topology.health_check);
    breaker_ui(ui, said, &mut topology.circuit_breaker);
    part_ui(
        ui,
        said,
        ("Sticky sessions", "A user stays with one instance"),
        &mut topology.sticky,
        || StickySessions { duration: 1_800.0 },
    );
    if let Some(sticky) = &mut topology.sticky {
        Knob::new("A user stays", Unit::Secs, 60.0, 86_400.0).show(ui, said, &mut sticky.duration);
    }
    rollout_ui(ui, said, &mut topology.rollout);
}

/// The group's name, or one by its place.
fn group_name(group: &InstanceGroup, index: usize) -> String {
    if group.name.is_empty() {
        format!("region {}", index + 1)
    } else {
        group.name.clone()
    }
}

fn health_ui(ui: &mut Ui, said: &mut Option<String>, check: &mut Option<HealthCheck>) {
    let hint = "How a dead instance is found; without, at once";
    part_ui(
        ui,
        said,
        ("Health checks", hint),
        check,
        HealthCheck::default,
    );
    if let Some(check) = check {
        Knob::new("Every", Unit::Secs, 1.0, 120.0).show(ui, said, &mut check.interval);
        Knob::new("Fails after", Unit::Secs, 0.1, 60.0).show(ui, said, &mut check.timeout);
        Knob::new("Out after", Unit::Count, 1.0, 10.0)
            .even()
            .hint("Failed checks in a row until no traffic is sent to it")
            .count(ui, said, &mut check.unhealthy_threshold);
        Knob::new("Back after", Unit::Count, 1.0, 10.0)
            .even()
            .hint("Good checks in a row until it gets traffic again")
            .count(ui, said, &mut check.healthy_threshold);
    }
}

fn breaker_ui(ui: &mut Ui, said: &mut Option<String>, breaker: &mut Option<CircuitBreaker>) {
    let hint = "Stops sending to an instance whose answers fail";
    part_ui(
        ui,
        said,
        ("Circuit breakers", hint),
        breaker,
        CircuitBreaker::default,
    );
    if let Some(breaker) = breaker {
        Knob::new("Opens after", Unit::Count, 1.0, 50.0)
            .hint("Failures in a row")
            .count(ui, said, &mut breaker.failure_threshold);
        Knob::new("Tries again", Unit::Secs, 1.0, 300.0)
            .hint("Seconds until it lets trial requests through")
            .show(ui, said, &mut breaker.recovery_timeout);
        Knob::new("Trials", Unit::Count, 1.0, 20.0).even().count(
            ui,
            said,
            &mut breaker.half_open_max_calls,
        );
    }
}

fn rollout_ui(ui: &mut Ui, said: &mut Option<String>, rollout: &mut Option<Rollout>) {
    let hint = "A new version beside the old one: a canary, or a switch from blue to green";
    part_ui(ui, said, ("New version", hint), rollout, || Rollout {
        share: 0.05,
        at: 300.0,
        watch: 600.0,
        time_factor: 1.0,
        error_share: 0.0,
        max_error_share: Some(0.01),
        max_response: None,
        instances: None,
        max_slower: None,
    });
    if let Some(rollout) = rollout {
        let share = |name| Knob::new(name, Unit::Share, 0.0, 1.0).strict();
        share("First share").show(ui, said, &mut rollout.share);
        Knob::new("Starts at", Unit::Secs, 0.0, 86_400.0).show(ui, said, &mut rollout.at);
        Knob::new("Watched for", Unit::Secs, 0.0, 86_400.0).show(ui, said, &mut rollout.watch);
        Knob::new("Slower by", Unit::Times, 0.2, 5.0)
            .hint("Service time of the new version against the old one")
            .show(ui, said, &mut rollout.time_factor);
        share("Its errors").show(ui, said, &mut rollout.error_share);
        share("Back above")
            .hint("It is taken back when more than this share of its answers fail")
            .optional(ui, said, &mut rollout.max_error_share, 0.01);
        let mut own = rollout.instances.map(f64::from);
        if Knob::new("Own instances", Unit::Count, 1.0, 100.0)
            .hint("Without a number: its share of those there are, and as many for a first share of 0")
            .optional(ui, said, &mut own, 1.0)
        {
            rollout.instances = own.map(|n| n.round().max(1.0) as u32);
        }
        Knob::new("Back when slower by", Unit::Times, 1.0, 5.0)
            .hint("It is taken back when its answers take so many times as long as those of the old version")
            .optional(ui, said, &mut rollout.max_slower, 1.2);
    }
}
