//! The answer of a federation or a chain: what the sentence says of its peers or shards, and the figures that stand
//! beside it instead of those of instances.

use super::field::secs;
use super::figures::{of_all, share, time};
use crate::scenario::outcome::{ChainFigures, FederationFigures, Figure, ShardFigures};
use crate::ui::simulated::Simulated;
use crate::ui::widgets::Stat;
use crate::units;

fn rate(value: f64) -> String {
    format!("{}/s", units::number(value))
}

fn whole(value: f64) -> String {
    units::count(value.round().max(0.0) as u64)
}

/// A share of the time, with its interval where there is one that can be written.
fn of_their_time(figure: &Figure) -> String {
    let share = of_all(figure.value);
    let interval = figure
        .interval
        .map(|(low, high)| (of_all(low), of_all(high)));
    match interval.filter(|(low, high)| low != high) {
        Some((low, high)) => format!("{share} of their time, {low} to {high} with 95 %"),
        None => format!("{share} of their time"),
    }
}

/// What comes behind the number of peers or shards in the sentence.
pub(super) fn tail(found: &Simulated) -> String {
    let outcome = &found.outcome;
    if let Some(peers) = &outcome.federation {
        let mut text = format!(
            ", each with {} messages/s on {} of a core",
            units::number(peers.messages_per_peer),
            share(peers.cpu_share)
        );
        if peers.unrecovered > 0 {
            text.push_str("; a loss is not overcome");
        } else if let Some(longest) = peers.recovery_secs {
            text.push_str(&format!("; losses are overcome in {}", secs(longest)));
        }
        text
    } else if let Some(chain) = &outcome.chain {
        format!(", the hot one {} busy", share(chain.hot.utilisation))
    } else {
        String::new()
    }
}

/// Puts the figures of peers or shards in the place of those of instances.
pub(super) fn fit(found: &Simulated, stats: &mut Vec<Stat>) {
    let outcome = &found.outcome;
    let own = match (&outcome.federation, &outcome.chain) {
        (Some(peers), _) => federation(found, peers),
        (None, Some(shards)) => chain(shards),
        (None, None) => return,
    };
    let place = stats.iter().position(|s| s.label == "Instances");
    let place = place.unwrap_or(stats.len());
    stats.retain(|s| !matches!(s.label.as_str(), "Instances" | "Busiest"));
    stats.splice(place..place, own);
}

fn federation(found: &Simulated, peers: &FederationFigures) -> Vec<Stat> {
    let summary = &found.outcome.summary;
    let (least, most) = (summary.instances_min, summary.instances_max);
    let count = |n: u32| units::count(u64::from(n));
    let mut stats = vec![
        Stat::new(
            "Peers",
            if least == most {
                count(most)
            } else {
                format!("{} to {}", count(least), count(most))
            },
            format!("there {}", of_their_time(&peers.availability)),
        ),
        Stat::new(
            "A peer does",
            rate(peers.messages_per_peer),
            format!(
                "{} coordination, can do {}",
                rate(peers.coordination_per_peer),
                rate(peers.capacity_per_peer + peers.coordination_per_peer)
            ),
        ),
        Stat::new(
            "CPU of a peer",
            share(peers.cpu_share),
            format!("of a core, busiest region {}", share(peers.cpu_share_peak)),
        ),
        Stat::new(
            "Memory of a peer",
            format!("{} MB", units::number(peers.memory_mb)),
            peers.traffic_mbit.map_or_else(String::new, |mbit| {
                format!("{} Mbit/s come in", units::number(mbit))
            }),
        ),
    ];
    let news = peers
        .discovery_secs
        .map_or_else(|| "never".to_owned(), secs);
    stats.push(match (peers.recovery_secs, peers.unrecovered) {
        (None, 0) => Stat::new("News reach all", news, "who came and who went"),
        (longest, open) => Stat::new(
            "Losses overcome",
            match longest {
                Some(longest) if open == 0 => secs(longest),
                _ => "not all".to_owned(),
            },
            format!("news reach all in {news}"),
        ),
    });
    stats.push(Stat::new(
        "Keeping together",
        rate(peers.coordination_total),
        "at the most, all peers",
    ));
    stats
}

fn shard(label: &str, found: &ShardFigures) -> Stat {
    Stat::new(
        label,
        format!("{} busy", share(found.utilisation)),
        format!(
            "{} of {}, at most {} wait",
            rate(found.served),
            rate(found.capacity),
            whole(found.queue_max)
        ),
    )
}

fn chain(found: &ChainFigures) -> Vec<Stat> {
    let mut stats = vec![
        Stat::new(
            "Shards",
            units::count(u64::from(found.shards)),
            format!("make blocks {}", of_their_time(&found.availability)),
        ),
        Stat::new(
            "The chain is full at",
            rate(found.capacity),
            format!("evenly spread at {}", rate(found.capacity_even)),
        ),
        shard("Hot shard", &found.hot),
    ];
    if let Some(others) = &found.others {
        stats.push(shard("Each other shard", others));
    }
    stats.push(Stat::new(
        "Across shards",
        share(found.cross_share),
        format!(
            "{}, {} of the work of one",
            rate(found.cross_per_sec),
            share(found.work)
        ),
    ));
    if found.recovery_secs.is_some() || found.unrecovered > 0 {
        stats.push(Stat::new(
            "Faults overcome",
            match found.recovery_secs {
                Some(longest) if found.unrecovered == 0 => time(longest),
                _ => "not all".to_owned(),
            },
            "until nothing waits of them",
        ));
    }
    stats
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Outcome;
    use crate::scenario::outcome::Summary;

    fn found(outcome: Outcome) -> Simulated {
        Simulated::new(outcome, Vec::new(), Vec::new())
    }

    fn labels(stats: &[Stat]) -> Vec<&str> {
        stats.iter().map(|s| s.label.as_str()).collect()
    }

    fn usual() -> Vec<Stat> {
        ["P95", "Failed", "Instances", "Busiest", "Most waiting"]
            .map(|label| Stat::new(label, "", ""))
            .to_vec()
    }

    #[test]
    fn a_federation_speaks_of_peers() {
        let peers = FederationFigures {
            messages_per_peer: 1008.0,
            coordination_per_peer: 8.0,
            capacity_per_peer: 1992.0,
            cpu_share: 0.1724,
            recovery_secs: Some(8.2),
            availability: 0.999.into(),
            ..FederationFigures::default()
        };
        let mut simulated = found(Outcome {
            federation: Some(peers),
            summary: Summary {
                instances_min: 9000,
                instances_max: 10_000,
                ..Summary::default()
            },
            ..Outcome::default()
        });
        assert_eq!(
            tail(&simulated),
            ", each with 1,008 messages/s on 17.2 % of a core; losses are overcome in 8.2 s"
        );
        let mut stats = usual();
        fit(&simulated, &mut stats);
        assert_eq!(
            labels(&stats),
            [
                "P95",
                "Failed",
                "Peers",
                "A peer does",
                "CPU of a peer",
                "Memory of a peer",
                "Losses overcome",
                "Keeping together",
                "Most waiting"
            ]
        );
        assert_eq!(stats[2].value, "9,000 to 10,000");
        assert_eq!(stats[3].note, "8.00/s coordination, can do 2,000/s");
        if let Some(peers) = &mut simulated.outcome.federation {
            peers.unrecovered = 1;
        }
        assert!(tail(&simulated).ends_with("; a loss is not overcome"));
    }

    #[test]
    fn a_chain_speaks_of_shards() {
        let chain = ChainFigures {
            shards: 16,
            hot: ShardFigures {
                utilisation: 0.844,
                served: 812.0,
                capacity: 962.0,
                queue_max: 41.3,
                ..ShardFigures::default()
            },
            ..ChainFigures::default()
        };
        let simulated = found(Outcome {
            chain: Some(chain),
            ..Outcome::default()
        });
        assert_eq!(tail(&simulated), ", the hot one 84.4 % busy");
        let mut stats = usual();
        fit(&simulated, &mut stats);
        let hot = stats.iter().find(|s| s.label == "Hot shard").unwrap();
        assert_eq!(hot.note, "812/s of 962/s, at most 41 wait");
        assert!(!labels(&stats).contains(&"Instances"));
    }

    #[test]
    fn others_stay_as_they_are() {
        let mut stats = usual();
        fit(&found(Outcome::default()), &mut stats);
        assert_eq!(labels(&stats), labels(&usual()));
        assert_eq!(tail(&found(Outcome::default())), "");
    }
}
