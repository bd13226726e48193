//! What fails: whether it is there to fail.

use super::look::Look;
use crate::scenario::Scenario;
use crate::scenario::model::{Database, Fault, FaultKind};

pub(super) fn look(look: &mut Look, scenario: &Scenario) {
    for (index, fault) in scenario.faults.iter().enumerate() {
        let key = format!("faults[{index}]");
        look.not_negative(format!("{key}.at"), fault.at);
        if let Some(lasts) = fault.lasts {
            look.positive(format!("{key}.for"), lasts);
        }
        kind(look, &key, fault, scenario);
    }
    for (index, failures) in scenario.random_failures.iter().enumerate() {
        let key = |name: &str| format!("random_failures[{index}].{name}");
        look.positive(key("mtbf"), failures.mtbf);
        look.not_negative(key("mttr"), failures.mttr);
        let one = scenario.unit();
        if failures.what != "instance" && failures.what != one {
            group(look, &key("what"), &failures.what, scenario, one);
        }
    }
}

fn kind(look: &mut Look, key: &str, fault: &Fault, scenario: &Scenario) {
    let of = |name: &str| format!("{key}.{name}");
    match &fault.kind {
        FaultKind::Kill {
            instances,
            group: place,
        } => {
            look.some(of("kill"), *instances);
            if let Some(name) = place {
                group(look, &of("group"), name, scenario, "");
            }
        }
        FaultKind::KillGroup { group: name } => {
            group(look, &of("kill_group"), name, scenario, "");
        }
        FaultKind::Slow { instances, factor } => {
            look.some(of("slow"), *instances);
            look.positive(of("factor"), *factor);
        }
        FaultKind::CacheFlush { layer } => {
            cache(look, &of("cache_flush"), layer.as_deref(), scenario);
        }
        FaultKind::PoolLimit { .. } => {
            database(look, &of("pool_limit"), scenario);
        }
        FaultKind::ReplicasLost { count } => {
            look.some(of("replicas_lost"), *count);
            if let Some(found) = database(look, &of("replicas_lost"), scenario)
                && *count > found.replicas.count
            {
                look.no(
                    of("replicas_lost"),
                    format!("{count} are more than there are, {}", found.replicas.count),
                );
            }
        }
        FaultKind::ReplicaLag { lag } => {
            look.not_negative(of("replica_lag"), *lag);
            if database(look, &of("replica_lag"), scenario).is_some_and(|d| d.replicas.count == 0) {
                look.no(of("replica_lag"), "there is no replica");
            }
        }
        FaultKind::PrimaryLost => {
            database(look, &of("primary"), scenario);
        }
        FaultKind::Partition { group: name } => {
            group(look, &of("partition"), name, scenario, "");
        }
        FaultKind::PeersLost { count } => {
            look.some(of("peers_lost"), *count);
            if scenario.federation.is_none() {
                look.no(of("peers_lost"), "there is no federation");
            }
        }
    }
}

fn database<'a>(look: &mut Look, key: &str, scenario: &'a Scenario) -> Option<&'a Database> {
    let found = scenario.backend.database.as_ref();
    if found.is_none() {
        look.no(
            key,
            "there is no database; describe it under backend.database",
        );
    }
    found
}

fn cache(look: &mut Look, key: &str, layer: Option<&str>, scenario: &Scenario) {
    let caches = &scenario.backend.caches;
    let known: Vec<&str> = caches.iter().map(|c| c.name.as_str()).collect();
    match layer {
        _ if known.is_empty() => look.no(key, "there is no cache; list them under backend.caches"),
        Some(name) if !known.contains(&name) => look.no(
            key,
            format!(
                "no cache is called \"{name}\"; accepted: all, {}",
                known.join(", ")
            ),
        ),
        _ => {}
    }
}

/// `also` is a word that stands for each of them.
fn group(look: &mut Look, key: &str, name: &str, scenario: &Scenario, also: &str) {
    let regions = scenario.federation.iter().flat_map(|f| &f.groups);
    // The shard that gets most.
    let hot = scenario.chain.is_some().then_some("hot");
    let known: Vec<&str> = scenario
        .topology
        .groups
        .iter()
        .map(|g| g.name.as_str())
        .chain(regions.map(|g| g.name.as_str()))
        .chain(hot)
        .filter(|n| !n.is_empty())
        .collect();
    if known.contains(&name) {
        return;
    }
    let there = match (known.is_empty(), also) {
        (true, "") => "no group has a name; name them under topology.groups".to_owned(),
        (true, also) => format!("accepted: {also}"),
        (false, "") => format!("accepted: {}", known.join(", ")),
        (false, also) => format!("accepted: {also} for each of them, or {}", known.join(", ")),
    };
    look.no(key, format!("no group is called \"{name}\"; {there}"));
}
