//! What a scenario of peers or shards asks, in sentences.

use super::simulate_words::{clock, length};
use crate::scenario::Scenario;
use crate::scenario::model::{Federation, PeerGroup, Routing, ShardedChain};
use crate::units;

/// A sentence for each part.
pub(super) fn asked(scenario: &Scenario) -> Vec<String> {
    if let Some(found) = &scenario.federation {
        federation(found)
    } else if let Some(found) = &scenario.chain {
        chain(found)
    } else {
        Vec::new()
    }
}

fn region(group: &PeerGroup) -> String {
    let mut text = format!(
        "{}: {} peers, each does {}/s alone, {} from one to the next",
        group.name,
        units::count(u64::from(group.peers)),
        units::number(group.capacity),
        units::millis(group.latency * 1e3)
    );
    if let Some(stays) = group.stays {
        let next = if group.away > 0.0 {
            format!("after {} another comes", length(group.away))
        } else {
            "another comes at once".to_owned()
        };
        text.push_str(&format!(
            "; one stays {} in the mean, {next}",
            length(stays)
        ));
    }
    text
}

fn federation(found: &Federation) -> Vec<String> {
    let all = found.groups.iter().map(|g| u64::from(g.peers)).sum();
    let several = found.groups.len() > 1;
    let mut out = vec![format!(
        "{} peers in {} {}",
        units::count(all),
        found.groups.len(),
        if several { "regions" } else { "region" }
    )];
    out.extend(found.groups.iter().map(region));
    out.push(format!(
        "each keeps in touch with {} others by {} heartbeats/s; after {} missed ones a peer is lost",
        found.fanout,
        units::number(found.heartbeat),
        found.missed
    ));
    if several {
        let where_to = match found.routing {
            Routing::Local => "messages stay in their region",
            Routing::Geographic => {
                "messages stay in their region as long as it has room, and go to others then"
            }
            Routing::Capacity => "messages go to all peers by what they can do",
        };
        out.push(format!(
            "{where_to}; {} from one region to another",
            units::millis(found.between_regions * 1e3)
        ));
    }
    if found.sigma > 0.0 || found.kappa > 0.0 {
        out.push(format!(
            "many together do less each: contention {}, coherency {}",
            found.sigma, found.kappa
        ));
    }
    for join in &found.joining {
        out.push(format!(
            "at {}: {} peers join {} over {}",
            clock(join.at),
            units::count(u64::from(join.peers)),
            join.group,
            length(join.over)
        ));
    }
    out
}

fn chain(found: &ShardedChain) -> Vec<String> {
    let mut out = vec![
        format!(
            "{} {} of {}/s",
            units::count(u64::from(found.shards)),
            if found.shards == 1 { "shard" } else { "shards" },
            units::number(found.capacity)
        ),
        format!(
            "a block every {}, final after {}",
            units::millis(found.block_time * 1e3),
            found.confirmations
        ),
    ];
    if found.cross_share > 0.0 {
        out.push(format!(
            "{} of the transactions touch two shards, at {} times the work",
            units::percent_of(found.cross_share),
            units::number(found.cross_work)
        ));
    }
    if found.hot_share > 0.0 {
        out.push(format!(
            "{} go to the hot shard beside its even part",
            units::percent_of(found.hot_share)
        ));
    }
    out
}
