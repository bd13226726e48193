//! What fails, when, and for how long: each fault as fields, and what fails by itself.

use eframe::egui::Ui;

use super::super::field::{Form, Knob, Unit, choose_ui, group_ui, part_ui, remark_ui, secs};
use crate::project::scenarios::MOST_FAULTS;
use crate::scenario::Scenario;
use crate::scenario::model::{Fault, FaultKind, RandomFailures};
use crate::ui::icons;
use crate::ui::theme::space;

/// Kinds to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Kill,
    KillGroup,
    Slow,
    CacheFlush,
    PoolLimit,
    ReplicasLost,
    ReplicaLag,
    PrimaryLost,
    Partition,
    PeersLost,
}

impl Kind {
    const fn of(fault: &FaultKind) -> Self {
        match fault {
            FaultKind::Kill { .. } => Self::Kill,
            FaultKind::KillGroup { .. } => Self::KillGroup,
            FaultKind::Slow { .. } => Self::Slow,
            FaultKind::CacheFlush { .. } => Self::CacheFlush,
            FaultKind::PoolLimit { .. } => Self::PoolLimit,
            FaultKind::ReplicasLost { .. } => Self::ReplicasLost,
            FaultKind::ReplicaLag { .. } => Self::ReplicaLag,
            FaultKind::PrimaryLost => Self::PrimaryLost,
            FaultKind::Partition { .. } => Self::Partition,
            FaultKind::PeersLost { .. } => Self::PeersLost,
        }
    }

    /// In a scenario that has many of `one`.
    fn word(self, one: &str) -> &'static str {
        match self {
            Self::Kill if one == "shard" => "shards make no blocks",
            Self::Kill => "instances die",
            Self::KillGroup if one == "shard" => "the hot shard makes no blocks",
            Self::KillGroup => "a region is lost",
            Self::Slow if one == "shard" => "shards are slow",
            Self::Slow if one == "peer" => "peers are slow",
            Self::Slow => "instances are slow",
            Self::CacheFlush => "caches are emptied",
            Self::PoolLimit => "few connections are left",
            Self::ReplicasLost => "replicas are lost",
            Self::ReplicaLag => "replicas are behind",
            Self::PrimaryLost => "the primary database is lost",
            Self::Partition => "a region is cut off",
            Self::PeersLost => "peers leave",
        }
    }

    /// What can fail in this scenario.
    fn possible(scenario: &Scenario) -> Vec<Self> {
        let mut kinds = Vec::new();
        if let Some(federation) = &scenario.federation {
            kinds.extend([Self::PeersLost, Self::Slow]);
            if federation.groups.len() > 1 {
                kinds.extend([Self::KillGroup, Self::Partition]);
            }
            return kinds;
        }
        kinds.extend([Self::Kill, Self::Slow]);
        if scenario.chain.is_some() {
            kinds.push(Self::KillGroup);
            return kinds;
        }
        if scenario.topology.groups.len() > 1 {
            kinds.extend([Self::KillGroup, Self::Partition]);
        }
        if !scenario.backend.caches.is_empty() {
            kinds.push(Self::CacheFlush);
        }
        if let Some(database) = &scenario.backend.database {
            kinds.extend([Self::PoolLimit, Self::PrimaryLost]);
            if database.replicas.count > 0 {
                kinds.extend([Self::ReplicasLost, Self::ReplicaLag]);
            }
        }
        kinds
    }

    fn made(self, groups: &[String]) -> FaultKind {
        let group = groups.first().cloned().unwrap_or_default();
        match self {
            Self::Kill => FaultKind::Kill {
                instances: 1,
                group: None,
            },
            Self::KillGroup => FaultKind::KillGroup { group },
            Self::Slow => FaultKind::Slow {
                instances: 1,
                factor: 3.0,
            },
            Self::CacheFlush => FaultKind::CacheFlush { layer: None },
            Self::PoolLimit => FaultKind::PoolLimit { connections: 5 },
            Self::ReplicasLost => FaultKind::ReplicasLost { count: 1 },
            Self::ReplicaLag => FaultKind::ReplicaLag { lag: 10.0 },
            Self::PrimaryLost => FaultKind::PrimaryLost,
            Self::Partition => FaultKind::Partition { group },
            Self::PeersLost => FaultKind::PeersLost { count: 100 },
        }
    }
}

fn many(count: u32, one: &str, several: &str) -> String {
    if count == 1 {
        format!("one {one}")
    } else {
        format!("{} {several}", Unit::Count.print(f64::from(count)))
    }
}

/// What happens, in few words, in a scenario that has many of `one`.
pub(in super::super) fn name(kind: &FaultKind, one: &str) -> String {
    let several = format!("{one}s");
    match kind {
        FaultKind::Kill { instances, group } => {
            let where_ = group
                .as_ref()
                .map_or_else(String::new, |g| format!(" in {g}"));
            format!("{} lost{where_}", many(*instances, one, &several))
        }
        FaultKind::KillGroup { .. } if one == "shard" => "hot shard lost".to_owned(),
        FaultKind::KillGroup { group } => format!("{group} lost"),
        FaultKind::Slow { instances, factor } => format!(
            "{} {} as slow",
            many(*instances, one, &several),
            Unit::Times.print(*factor)
        ),
        FaultKind::CacheFlush { layer: None } => "caches emptied".to_owned(),
        FaultKind::CacheFlush { layer: Some(name) } => format!("cache {name} emptied"),
        FaultKind::PoolLimit { connections } => {
            format!("{} left", many(*connections, "connection", "connections"))
        }
        FaultKind::ReplicasLost { count } => {
            format!("{} lost", many(*count, "replica", "replicas"))
        }
        FaultKind::ReplicaLag { lag } => format!("replicas {} behind", secs(*lag)),
        FaultKind::PrimaryLost => "primary database lost".to_owned(),
        FaultKind::Partition { group } => format!("{group} cut off"),
        FaultKind::PeersLost { count } => format!("{} lost", many(*count, "peer", "peers")),
    }
}

pub(super) fn summary(scenario: &Scenario) -> String {
    let by_themselves = if scenario.random_failures.is_empty() {
        ""
    } else {
        " and by themselves"
    };
    match scenario.faults.as_slice() {
        [] if by_themselves.is_empty() => "none".to_owned(),
        [] => "by themselves".to_owned(),
        [one] => format!("{}{by_themselves}", name(&one.kind, scenario.unit())),
        some => format!("{}{by_themselves}", some.len()),
    }
}

pub(super) fn show_ui(ui: &mut Ui, form: &mut Form) {
    let kinds = Kind::possible(&form.scenario);
    let duration = form.scenario.run.duration;
    let groups = group_names(&form.scenario);
    let (one, most) = (form.scenario.unit(), most(&form.scenario));
    let Form { scenario, said } = form;
    let mut removed = None;
    for (index, fault) in scenario.faults.iter_mut().enumerate() {
        ui.push_id(("fault", index), |ui| {
            ui.horizontal(|ui| {
                group_ui(ui, &format!("Fault {}", index + 1));
                let response = ui.small_button("Remove");
                let label = format!("Remove fault {}", index + 1);
                response.widget_info(|| {
                    eframe::egui::WidgetInfo::labeled(eframe::egui::Role::Button, true, &label)
                });
                if response.clicked() {
                    removed = Some(index);
                }
            });
            fault_ui(ui, said, fault, (&kinds, one, most), &groups, duration);
        });
    }
    if let Some(index) = removed {
        scenario.faults.remove(index);
        *said = Some(format!("remove fault {}", index + 1));
    }
    ui.add_space(space::XS);
    let room = scenario.faults.len() < MOST_FAULTS;
    ui.add_enabled_ui(room, |ui| {
        ui.menu_button(format!("{}  Add a fault…", icons::ADD), |ui| {
            for kind in &kinds {
                if ui.button(kind.word(one)).clicked() {
                    scenario.faults.push(Fault {
                        at: tidy(duration / 3.0),
                        lasts: Some(tidy(duration / 12.0)),
                        kind: kind.made(&groups),
                    });
                    *said = Some(format!("add a fault: {}", kind.word(one)));
                    ui.close();
                }
            }
        })
        .response
        .widget_info(|| {
            eframe::egui::WidgetInfo::labeled(eframe::egui::Role::Button, room, "Add a fault…")
        });
    });
    random_ui(ui, said, &mut scenario.random_failures, one, &groups);
}

/// To whole minutes where it is long.
fn tidy(value: f64) -> f64 {
    let step = if value >= 600.0 {
        60.0
    } else if value >= 60.0 {
        15.0
    } else {
        1.0
    };
    ((value / step).round() * step).max(1.0)
}

/// Names that a fault can ask for; the hot shard has one.
fn group_names(scenario: &Scenario) -> Vec<String> {
    if scenario.chain.is_some() {
        return vec!["hot".to_owned()];
    }
    let named: Vec<String> = match &scenario.federation {
        Some(federation) => federation.groups.iter().map(|g| g.name.clone()).collect(),
        None => scenario
            .topology
            .groups
            .iter()
            .map(|g| g.name.clone())
            .collect(),
    };
    named.into_iter().filter(|name| !name.is_empty()).collect()
}

/// How many a slider offers to take away.
fn most(scenario: &Scenario) -> f64 {
    let peers = scenario.federation.iter().flat_map(|f| &f.groups);
    let peers: f64 = peers.map(|g| f64::from(g.peers)).sum();
    peers.max(100.0)
}

fn fault_ui(
    ui: &mut Ui,
    said: &mut Option<String>,
    fault: &mut Fault,
    (possible, one, most): (&[Kind], &str, f64),
    groups: &[String],
    duration: f64,
) {
    let before = Kind::of(&fault.kind);
    let mut kind = before;
    let mut kinds = possible.to_vec();
    if !kinds.contains(&before) {
        kinds.push(before);
    }
    let choices: Vec<(Kind, &str)> = kinds.into_iter().map(|k| (k, k.word(one))).collect();
    if choose_ui(ui, said, "What", &mut kind, &choices) {
        fault.kind = kind.made(groups);
    }
    let count = |name| Knob::new(name, Unit::Count, 1.0, most);
    match &mut fault.kind {
        FaultKind::Kill { instances, .. } => {
            count("How many").count(ui, said, instances);
        }
        FaultKind::Slow { instances, factor } => {
            count("How many").count(ui, said, instances);
            Knob::new("Slower by", Unit::Times, 1.1, 20.0).show(ui, said, factor);
        }
        FaultKind::PoolLimit { connections } => {
            count("Are left").count(ui, said, connections);
        }
        FaultKind::ReplicasLost { count: lost } | FaultKind::PeersLost { count: lost } => {
            count("How many").count(ui, said, lost);
        }
        FaultKind::ReplicaLag { lag } => {
            Knob::new("Behind by", Unit::Secs, 0.1, 600.0).show(ui, said, lag);
        }
        FaultKind::KillGroup { .. } if one == "shard" => {}
        FaultKind::KillGroup { group } | FaultKind::Partition { group } => {
            let choices: Vec<(String, &str)> =
                groups.iter().map(|g| (g.clone(), g.as_str())).collect();
            choose_ui(ui, said, "Where", group, &choices);
        }
        FaultKind::CacheFlush { .. } | FaultKind::PrimaryLost => {}
    }
    Knob::new("Begins at", Unit::Secs, 0.0, duration)
        .even()
        .strict()
        .show(ui, said, &mut fault.at);
    if matches!(fault.kind, FaultKind::CacheFlush { .. }) {
        remark_ui(ui, "They fill again by themselves");
        return;
    }
    Knob::new("Lasts", Unit::Secs, 1.0, duration)
        .hint("Without, it lasts to the end")
        .optional(ui, said, &mut fault.lasts, tidy(duration / 12.0));
}

fn random_ui(
    ui: &mut Ui,
    said: &mut Option<String>,
    all: &mut Vec<RandomFailures>,
    one: &str,
    groups: &[String],
) {
    let mut first = all.first().cloned();
    let hint = "They fail and come back by chance: availability then comes out of the run; with repetitions it has an interval";
    part_ui(
        ui,
        said,
        ("Failures by themselves", hint),
        &mut first,
        RandomFailures::default,
    );
    if let Some(random) = &mut first {
        let each = format!("each {one}");
        let word = if random.what == one { one } else { "instance" };
        let mut choices = vec![(word.to_owned(), each.as_str())];
        choices.extend(groups.iter().map(|g| (g.clone(), g.as_str())));
        if choices.len() > 1 {
            choose_ui(ui, said, "What fails", &mut random.what, &choices);
        }
        Knob::new("One fails every", Unit::Secs, 600.0, 365.0 * 86_400.0)
            .hint("Mean time between failures of one of them")
            .show(ui, said, &mut random.mtbf);
        Knob::new("Is back after", Unit::Secs, 1.0, 86_400.0)
            .hint("Mean time to repair")
            .show(ui, said, &mut random.mttr);
    }
    match (first, all.first_mut()) {
        (Some(now), Some(place)) => *place = now,
        (Some(now), None) => all.push(now),
        (None, _) => all.clear(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::model::CacheLayer;

    #[test]
    fn faults_say_what_happens() {
        for (kind, text) in [
            (
                FaultKind::Kill {
                    instances: 1,
                    group: None,
                },
                "one instance lost",
            ),
            (
                FaultKind::Kill {
                    instances: 3,
                    group: Some("eu".to_owned()),
                },
                "3 instances lost in eu",
            ),
            (
                FaultKind::Slow {
                    instances: 2,
                    factor: 3.0,
                },
                "2 instances 3× as slow",
            ),
            (FaultKind::CacheFlush { layer: None }, "caches emptied"),
            (FaultKind::ReplicaLag { lag: 10.0 }, "replicas 10 s behind"),
        ] {
            assert_eq!(name(&kind, "instance"), text);
        }
    }

    #[test]
    fn peers_and_shards_fail_by_their_own_names() {
        let kill = FaultKind::Kill {
            instances: 2,
            group: None,
        };
        assert_eq!(name(&kill, "shard"), "2 shards lost");
        let hot = Kind::KillGroup.made(&["hot".to_owned()]);
        assert_eq!(name(&hot, "shard"), "hot shard lost");
        let peers = FaultKind::PeersLost { count: 1000 };
        assert_eq!(name(&peers, "peer"), "1,000 peers lost");
        let mut scenario = Scenario {
            federation: Some(crate::scenario::model::Federation::default()),
            ..Scenario::default()
        };
        assert_eq!(Kind::possible(&scenario), [Kind::PeersLost, Kind::Slow]);
        assert_eq!(group_names(&scenario), ["peers"]);
        scenario.federation = None;
        scenario.chain = Some(crate::scenario::model::ShardedChain::default());
        let kinds = [Kind::Kill, Kind::Slow, Kind::KillGroup];
        assert_eq!(Kind::possible(&scenario), kinds);
    }

    #[test]
    fn only_what_is_there_can_fail() {
        let mut scenario = Scenario::default();
        assert_eq!(Kind::possible(&scenario), [Kind::Kill, Kind::Slow]);
        scenario.backend.caches.push(CacheLayer::default());
        assert!(Kind::possible(&scenario).contains(&Kind::CacheFlush));
        assert!(!Kind::possible(&scenario).contains(&Kind::PrimaryLost));
    }

    #[test]
    fn new_faults_begin_at_whole_minutes() {
        assert_eq!(tidy(1_200.4), 1_200.0);
        assert_eq!(tidy(299.0), 300.0);
        assert_eq!(tidy(0.2), 1.0);
    }
}
