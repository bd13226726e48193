//! `faults:` and `random_failures:` – what fails, when, and for how long.

use super::form::Form;
use super::quantity::{COUNT, FACTOR, SECS, TEXT};
use crate::scenario::model::{Fault, FaultKind, RandomFailures};

/// An instance that dies at the start, to be filled.
pub(super) fn usual_fault() -> Fault {
    Fault {
        at: 0.0,
        lasts: None,
        kind: FaultKind::Kill {
            instances: 0,
            group: None,
        },
    }
}

/// One fault: when, for how long, and one key that says what.
pub(super) fn fault(form: &mut Form<'_>, fault: &mut Fault) {
    form.must("at", &mut fault.at, SECS);
    if form.reading() {
        read_kind(form, fault);
    } else {
        write_kind(form, &mut fault.kind);
    }
    form.maybe("for|lasts", &mut fault.lasts, SECS);
}

fn read_kind(form: &mut Form<'_>, fault: &mut Fault) {
    let mut kinds = Vec::new();
    let (mut count, mut name, mut lag, mut on) = (0, String::new(), 0.0, true);
    if form.value("kill", &mut count, COUNT) {
        let mut group = None;
        form.maybe("group|zone|region", &mut group, TEXT);
        kinds.push(FaultKind::Kill {
            instances: count,
            group,
        });
    }
    if form.value("kill_group|kill_zone|kill_region", &mut name, TEXT) {
        kinds.push(FaultKind::KillGroup {
            group: name.clone(),
        });
    }
    if form.value("slow", &mut count, COUNT) {
        let mut factor = 2.0;
        form.must("factor", &mut factor, FACTOR);
        kinds.push(FaultKind::Slow {
            instances: count,
            factor,
        });
    }
    if form.value("cache_flush|flush", &mut name, TEXT) {
        let all = ["all", "true", "yes"].contains(&name.as_str());
        kinds.push(FaultKind::CacheFlush {
            layer: (!all).then(|| name.clone()),
        });
    }
    if form.value("pool_limit", &mut count, COUNT) {
        kinds.push(FaultKind::PoolLimit { connections: count });
    }
    if form.value("replicas_lost", &mut count, COUNT) {
        kinds.push(FaultKind::ReplicasLost { count });
    }
    if form.value("replica_lag", &mut lag, SECS) {
        kinds.push(FaultKind::ReplicaLag { lag });
    }
    if form.word("primary", &mut on, &[("lost", true)]) {
        kinds.push(FaultKind::PrimaryLost);
    }
    if form.has("primary_lost") {
        kinds.push(FaultKind::PrimaryLost);
    }
    form.switch("primary_lost", &mut on);
    if form.value("partition", &mut name, TEXT) {
        kinds.push(FaultKind::Partition {
            group: name.clone(),
        });
    }
    if form.value("peers_lost", &mut count, COUNT) {
        kinds.push(FaultKind::PeersLost { count });
    }
    if !on {
        form.fail_here("primary_lost can only be true; leave the fault out otherwise");
    }
    match kinds.as_slice() {
        [one] => fault.kind = one.clone(),
        [] => form.lacks("kill", "kill: 1, or another kind of fault: kill_group, slow, cache_flush, pool_limit, replicas_lost, replica_lag, primary, partition, peers_lost"),
        _ => form.fail_here("one entry is one fault; write each kind in an entry of its own"),
    }
}

fn write_kind(form: &mut Form<'_>, kind: &mut FaultKind) {
    match kind {
        FaultKind::Kill { instances, group } => {
            form.must("kill", instances, COUNT);
            form.maybe("group", group, TEXT);
        }
        FaultKind::KillGroup { group } => form.must("kill_group", group, TEXT),
        FaultKind::Slow { instances, factor } => {
            form.must("slow", instances, COUNT);
            form.must("factor", factor, FACTOR);
        }
        FaultKind::CacheFlush { layer } => {
            let mut name = layer.clone().unwrap_or_else(|| "all".to_owned());
            form.must("cache_flush", &mut name, TEXT);
        }
        FaultKind::PoolLimit { connections } => form.must("pool_limit", connections, COUNT),
        FaultKind::ReplicasLost { count } => form.must("replicas_lost", count, COUNT),
        FaultKind::ReplicaLag { lag } => form.must("replica_lag", lag, SECS),
        FaultKind::PrimaryLost => {
            form.word("primary", &mut true, &[("lost", true)]);
        }
        FaultKind::Partition { group } => form.must("partition", group, TEXT),
        FaultKind::PeersLost { count } => form.must("peers_lost", count, COUNT),
    }
}

/// Failures that come by themselves.
pub(super) fn random(form: &mut Form<'_>, failures: &mut RandomFailures) {
    form.value("what", &mut failures.what, TEXT);
    form.value("mtbf", &mut failures.mtbf, SECS);
    form.value("mttr", &mut failures.mttr, SECS);
}
