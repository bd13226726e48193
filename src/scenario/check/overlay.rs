//! Peers and shards.

use super::MOST_INSTANCES;
use super::look::Look;
use crate::scenario::Scenario;
use crate::scenario::model::{Federation, ShardedChain};

pub(super) fn look(look: &mut Look, scenario: &Scenario) {
    if let Some(found) = &scenario.federation {
        federation(look, found);
    }
    if let Some(found) = &scenario.chain {
        chain(look, found);
        if scenario.federation.is_some() {
            look.no(
                "chain",
                "stands beside a federation; a scenario has one of the two",
            );
        }
    }
}

fn federation(look: &mut Look, federation: &Federation) {
    let groups = &federation.groups;
    let all = groups
        .iter()
        .map(|g| g.peers)
        .chain(federation.joining.iter().map(|j| j.peers))
        .fold(0_u32, u32::saturating_add);
    if all == 0 {
        look.no("federation.groups", "there is no capacity: no peer at all");
    } else if all > MOST_INSTANCES {
        look.no(
            "federation.groups",
            "more than a million peers do not fit into a run",
        );
    }
    for (index, group) in groups.iter().enumerate() {
        let key = |name: &str| format!("federation.groups[{index}].{name}");
        look.positive(key("capacity"), group.capacity);
        look.not_negative(key("latency"), group.latency);
        if let Some(stays) = group.stays {
            look.positive(key("stays"), stays);
        }
        look.not_negative(key("away"), group.away);
        if group.away > 0.0 && group.stays.is_none() {
            look.no(
                key("away"),
                "is the time until another comes in the place of one that left, and none leaves; give stays as well",
            );
        }
        look.not_negative(key("memory_mb"), group.memory_mb.0);
        look.not_negative(key("memory_mb_per_peer"), group.memory_mb.1);
        look.not_negative(key("cpu_at_capacity"), group.cpu_at_capacity);
        if groups.iter().take(index).any(|g| g.name == group.name) {
            look.no(
                key("name"),
                format!("two groups are called \"{}\"", group.name),
            );
        }
    }
    look.share("federation.sigma", federation.sigma);
    look.not_negative("federation.kappa", federation.kappa);
    look.not_negative("federation.heartbeat", federation.heartbeat);
    look.some("federation.missed", federation.missed);
    look.not_negative("federation.between_regions", federation.between_regions);
    look.not_negative("federation.message_bytes", federation.message_bytes);
    for (index, joining) in federation.joining.iter().enumerate() {
        let key = |name: &str| format!("federation.joining[{index}].{name}");
        look.not_negative(key("at"), joining.at);
        look.not_negative(key("over"), joining.over);
        if !groups.iter().any(|g| g.name == joining.group) {
            let known: Vec<&str> = groups.iter().map(|g| g.name.as_str()).collect();
            look.no(
                key("group"),
                format!(
                    "no group is called \"{}\"; accepted: {}",
                    joining.group,
                    known.join(", ")
                ),
            );
        }
    }
}

fn chain(look: &mut Look, chain: &ShardedChain) {
    look.some("chain.shards", chain.shards);
    look.positive("chain.capacity", chain.capacity);
    look.share("chain.cross_share", chain.cross_share);
    look.share("chain.hot_share", chain.hot_share);
    look.positive("chain.cross_work", chain.cross_work);
    look.positive("chain.block_time", chain.block_time);
    if chain.shards < 2 && chain.cross_share > 0.0 {
        look.no(
            "chain.cross_share",
            "with one shard no transaction touches two",
        );
    }
}
