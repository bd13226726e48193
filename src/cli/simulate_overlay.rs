//! What only a federation or a chain has, in each form of `headroom simulate`: rows of the page, keys of the document,
//! columns of the table.

use serde_json::{Value, json};

use super::simulate_json::{number, optional, time};
use super::simulate_load::Ran;
use super::simulate_text::{aligned, secs};
use crate::scenario::outcome::{ChainFigures, FederationFigures, Figure, ShardFigures};
use crate::units::{self, Direction};

type Row = (&'static str, String);

fn rate(value: f64) -> String {
    format!("{}/s", units::number(value))
}

/// A count that is not whole where it is a mean over a step.
fn whole(value: f64) -> String {
    units::count(value.round().max(0.0) as u64)
}

fn range((least, most): (f64, f64)) -> String {
    if whole(least) == whole(most) {
        whole(most)
    } else {
        format!("{} to {}", whole(least), whole(most))
    }
}

/// A share of all the time, which reads as all of it only where it is, with the interval that its repetitions give.
fn share(figure: &Figure) -> String {
    let percent = |value: f64| {
        let percent = value.clamp(0.0, 1.0) * 100.0;
        units::judged_percent(percent, 100.0, Direction::AtLeast, value >= 1.0)
    };
    match figure.interval {
        Some((low, high)) => format!(
            "{} ({} to {})",
            percent(figure.value),
            percent(low),
            percent(high)
        ),
        None => percent(figure.value),
    }
}

/// How long losses were felt.
fn overcome(longest: Option<f64>, open: u32) -> String {
    match (longest, open) {
        (None, 0) => "none".to_owned(),
        (Some(longest), 0) => format!("overcome within {}", secs(longest)),
        (None, open) => format!("{open} not overcome within the run"),
        (Some(longest), open) => format!(
            "{open} not overcome within the run, the others within {}",
            secs(longest)
        ),
    }
}

/// Puts what only a federation or a chain has among the rows of what came out, and takes away what only instances have.
pub(super) fn fit(ran: &Ran, rows: &mut Vec<Row>) {
    let (what, own) = match (&ran.outcome.federation, &ran.outcome.chain) {
        (Some(found), _) => ("messages", federation(ran, found)),
        (None, Some(found)) => ("transactions", chain(found)),
        (None, None) => return,
    };
    let s = &ran.outcome.summary;
    rows.retain(|(name, _)| *name != "instances");
    for (name, text) in rows.iter_mut() {
        match *name {
            "requests" => *name = what,
            "busy workers" => {
                *name = "how busy";
                *text = format!(
                    "mean {}, the busiest {}",
                    units::percent_of(s.utilisation_mean.value),
                    units::percent_of(s.utilisation_peak)
                );
            }
            "in service" => {
                text.push_str(" of the time not down as a whole");
                if let Some((low, high)) = s.availability_interval {
                    text.push_str(&format!(
                        " ({} to {})",
                        units::percent_of(low.clamp(0.0, 1.0)),
                        units::percent_of(high.clamp(0.0, 1.0))
                    ));
                }
            }
            _ => {}
        }
    }
    let place = rows.iter().position(|(name, _)| *name == "in service");
    let place = place.unwrap_or(rows.len());
    rows.splice(place..place, own);
}

fn federation(ran: &Ran, found: &FederationFigures) -> Vec<Row> {
    let summary = &ran.outcome.summary;
    let (least, most) = (
        f64::from(summary.instances_min),
        f64::from(summary.instances_max),
    );
    let traffic = found
        .traffic_mbit
        .map(|mbit| format!(", {} Mbit/s that come in", units::number(mbit)))
        .unwrap_or_default();
    let discovery = found.discovery_secs.map_or_else(
        || "news never reach all".to_owned(),
        |all| {
            let within = found
                .local_discovery_secs
                .map_or_else(String::new, |local| {
                    format!(" and all of a region in {}", secs(local))
                });
            format!("news reach all in {}{within}", secs(all))
        },
    );
    vec![
        (
            "peers",
            format!(
                "{}; there {} of their time",
                range((least, most)),
                share(&found.availability)
            ),
        ),
        (
            "messages a peer",
            format!(
                "{}, {} of them coordination; one can do {} beside it",
                rate(found.messages_per_peer),
                rate(found.coordination_per_peer),
                rate(found.capacity_per_peer)
            ),
        ),
        (
            "coordination",
            format!(
                "up to {} in all; {discovery}; a peer among all does {} of one alone",
                rate(found.coordination_total),
                units::percent_of(found.efficiency)
            ),
        ),
        (
            "a peer needs",
            format!(
                "{} MB; {} of a core, in the busiest region {}{traffic}",
                units::number(found.memory_mb),
                units::percent_of(found.cpu_share),
                units::percent_of(found.cpu_share_peak)
            ),
        ),
        ("losses", overcome(found.recovery_secs, found.unrecovered)),
    ]
}

fn shard(found: &ShardFigures) -> String {
    format!(
        "{} of {} it can do; {} busy, at most {}; up to {} wait",
        rate(found.served),
        rate(found.capacity),
        units::percent_of(found.utilisation),
        units::percent_of(found.utilisation_peak),
        whole(found.queue_max)
    )
}

fn chain(found: &ChainFigures) -> Vec<Row> {
    let mut rows = vec![
        (
            "shards",
            format!(
                "{}, making blocks {} of their time",
                units::count(u64::from(found.shards)),
                share(&found.availability)
            ),
        ),
        (
            "the chain",
            format!(
                "full at {}, when its hottest shard is; evenly spread it could do {}",
                rate(found.capacity),
                rate(found.capacity_even)
            ),
        ),
        (
            "across shards",
            format!(
                "{} touch two, {}; a transaction is {} of the work of one on a single shard",
                units::percent_of(found.cross_share),
                rate(found.cross_per_sec),
                units::percent_of(found.work)
            ),
        ),
        ("hot shard", shard(&found.hot)),
    ];
    if let Some(others) = &found.others {
        rows.push(("each other one", shard(others)));
    }
    rows.push((
        "lost shards",
        overcome(found.recovery_secs, found.unrecovered),
    ));
    rows
}

/// The regions of a federation as a part of the page.
pub(super) fn regions(ran: &Ran) -> Option<String> {
    let found = ran.outcome.federation.as_ref()?;
    let head = [
        "region",
        "peers",
        "messages",
        "could do",
        "from others",
        "busiest",
        "waiting at most",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(found.regions.iter().map(|region| {
        vec![
            region.name.clone(),
            range(region.peers),
            rate(region.messages),
            rate(region.capacity),
            units::percent_of(region.from_others),
            units::percent_of(region.utilisation_peak),
            whole(region.queue_max),
        ]
    }));
    Some(format!("By region\n{}", aligned(&rows)))
}

fn interval(figure: &Figure) -> Value {
    figure.interval.map_or(Value::Null, |(low, high)| {
        json!([number(low), number(high)])
    })
}

/// The key `federation`; with its course over time where the run's own is given.
pub(super) fn federation_json(ran: &Ran, over_time: bool) -> Option<Value> {
    let found = ran.outcome.federation.as_ref()?;
    let regions = found.regions.iter().map(|region| {
        json!({
            "name": region.name,
            "peers_min": number(region.peers.0),
            "peers_max": number(region.peers.1),
            "messages_per_sec": number(region.messages),
            "capacity_per_sec": number(region.capacity),
            "from_other_regions": number(region.from_others),
            "utilisation_peak": number(region.utilisation_peak),
            "queue_max": number(region.queue_max),
        })
    });
    let mut out = json!({
        "messages_per_peer": number(found.messages_per_peer),
        "capacity_per_peer": number(found.capacity_per_peer),
        "coordination_per_peer": number(found.coordination_per_peer),
        "coordination_total_max": number(found.coordination_total),
        "efficiency": number(found.efficiency),
        "discovery_secs": optional(found.discovery_secs),
        "local_discovery_secs": optional(found.local_discovery_secs),
        "recovery_secs": optional(found.recovery_secs),
        "losses_not_overcome": found.unrecovered,
        "memory_mb": number(found.memory_mb),
        "cpu_share": number(found.cpu_share),
        "cpu_share_peak": number(found.cpu_share_peak),
        "traffic_mbit_per_sec": optional(found.traffic_mbit),
        "availability": number(found.availability.value),
        "availability_ci95": interval(&found.availability),
        "regions": regions.collect::<Vec<Value>>(),
    });
    if over_time {
        let rows = found.steps.iter().zip(&ran.outcome.steps).enumerate();
        let rows = rows.map(|(index, (s, step))| {
            let by_region = found.regions.iter().map(|r| r.peers_over_time.get(index));
            json!({
                "t": time(ran, step.at),
                "peers": number(s.peers),
                "away": number(s.away),
                "unnoticed": number(s.unnoticed),
                "messages_per_peer": number(s.messages_per_peer),
                "capacity_per_peer": number(s.capacity_per_peer),
                "coordination_per_peer": number(s.coordination_per_peer),
                "coordination_total": number(s.coordination_total),
                "cpu_share": number(s.cpu_share),
                "memory_mb": number(s.memory_mb),
                "losses_felt": s.felt,
                "peers_by_region": by_region.flatten().map(|p| number(*p)).collect::<Vec<Value>>(),
            })
        });
        let rows = rows.collect();
        if let Value::Object(map) = &mut out {
            map.insert("series".to_owned(), Value::Array(rows));
        }
    }
    Some(out)
}

fn shard_json(found: &ShardFigures) -> Value {
    json!({
        "arrives_per_sec": number(found.arrives),
        "served_per_sec": number(found.served),
        "capacity_per_sec": number(found.capacity),
        "utilisation": number(found.utilisation),
        "utilisation_peak": number(found.utilisation_peak),
        "queue_max": number(found.queue_max),
    })
}

/// The key `chain`; with its course over time where the run's own is given.
pub(super) fn chain_json(ran: &Ran, over_time: bool) -> Option<Value> {
    let found = ran.outcome.chain.as_ref()?;
    let mut out = json!({
        "shards": found.shards,
        "capacity_per_sec": number(found.capacity),
        "capacity_even_per_sec": number(found.capacity_even),
        "cross_share": number(found.cross_share),
        "cross_per_sec": number(found.cross_per_sec),
        "work": number(found.work),
        "recovery_secs": optional(found.recovery_secs),
        "faults_not_overcome": found.unrecovered,
        "availability": number(found.availability.value),
        "availability_ci95": interval(&found.availability),
        "hot": shard_json(&found.hot),
        "others": found.others.as_ref().map(shard_json),
    });
    if over_time {
        let rows = found.steps.iter().zip(&ran.outcome.steps).map(|(s, step)| {
            json!({
                "t": time(ran, step.at),
                "shards": number(s.shards),
                "hot_served": number(s.hot_served),
                "hot_utilisation": number(s.hot_utilisation),
                "hot_queue": number(s.hot_queue),
                "other_served": number(s.other_served),
                "other_utilisation": number(s.other_utilisation),
                "other_queue": number(s.other_queue),
            })
        });
        let rows = rows.collect();
        if let Value::Object(map) = &mut out {
            map.insert("series".to_owned(), Value::Array(rows));
        }
    }
    Some(out)
}

/// A name as a cell of the table.
fn cell(name: &str) -> String {
    if name.contains([',', '"', '\n']) {
        format!("\"{}\"", name.replace('"', "\"\""))
    } else {
        name.to_owned()
    }
}

/// Further columns of the table, each after a comma.
pub(super) fn csv_head(ran: &Ran) -> String {
    if let Some(found) = &ran.outcome.federation {
        let mut head = ",peers,peers_away,peers_unnoticed,messages_per_peer,capacity_per_peer,coordination_per_peer,\
                        coordination_total,peer_cpu,peer_memory_mb,losses_felt"
            .to_owned();
        for region in &found.regions {
            head.push_str(&format!(",{}", cell(&format!("peers {}", region.name))));
        }
        head
    } else if ran.outcome.chain.is_some() {
        ",shards,hot_served_per_sec,hot_utilisation,hot_queue,other_served_per_sec,other_utilisation,other_queue"
            .to_owned()
    } else {
        String::new()
    }
}

/// Their values in one step.
pub(super) fn csv_row(ran: &Ran, index: usize) -> String {
    let list = |values: &[f64]| {
        values.iter().fold(String::new(), |mut row, value| {
            row.push_str(&format!(",{value}"));
            row
        })
    };
    if let Some(found) = &ran.outcome.federation {
        let Some(s) = found.steps.get(index) else {
            return String::new();
        };
        let mut values = vec![
            s.peers,
            s.away,
            s.unnoticed,
            s.messages_per_peer,
            s.capacity_per_peer,
            s.coordination_per_peer,
            s.coordination_total,
            s.cpu_share,
            s.memory_mb,
            f64::from(s.felt),
        ];
        let by_region = found.regions.iter().map(|r| r.peers_over_time.get(index));
        values.extend(by_region.flatten());
        return list(&values);
    }
    let steps = ran.outcome.chain.iter().filter_map(|c| c.steps.get(index));
    steps
        .map(|s| {
            list(&[
                s.shards,
                s.hot_served,
                s.hot_utilisation,
                s.hot_queue,
                s.other_served,
                s.other_utilisation,
                s.other_queue,
            ])
        })
        .collect()
}
