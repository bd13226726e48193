//! `federation:` and `chain:` – peers that join and leave, and shards of a chain.

use super::form::Form;
use super::quantity::{BYTES, COUNT, FACTOR, NUMBER, RATE, SECS, SHARE, TEXT};
use crate::scenario::model::{Federation, Joining, PeerGroup, Routing, ShardedChain};

const ROUTINGS: [(&str, Routing); 3] = [
    ("local", Routing::Local),
    ("geographic", Routing::Geographic),
    ("capacity", Routing::Capacity),
];

/// Peers.
pub(super) fn federation(form: &mut Form<'_>, federation: &mut Federation) {
    form.list(
        "groups|regions",
        &mut federation.groups,
        &PeerGroup::default(),
        peers,
    );
    form.value("sigma", &mut federation.sigma, NUMBER);
    form.value("kappa", &mut federation.kappa, NUMBER);
    form.value("fanout", &mut federation.fanout, COUNT);
    form.value("heartbeat", &mut federation.heartbeat, RATE);
    form.value("missed", &mut federation.missed, COUNT);
    routing(form, &mut federation.routing);
    form.value("between_regions", &mut federation.between_regions, SECS);
    form.list(
        "joining",
        &mut federation.joining,
        &Joining::default(),
        |form, joining| {
            form.must("at", &mut joining.at, SECS);
            form.must("group", &mut joining.group, TEXT);
            form.must("peers", &mut joining.peers, COUNT);
            form.value("over", &mut joining.over, SECS);
        },
    );
    form.value("message_bytes", &mut federation.message_bytes, BYTES);
}

/// `routing: local`, or a switch between the other two.
fn routing(form: &mut Form<'_>, routing: &mut Routing) {
    let worded = form.word("routing", routing, &ROUTINGS);
    if !form.reading() {
        return;
    }
    let switched = form.has("geographic");
    let mut geographic = *routing != Routing::Capacity;
    form.switch("geographic", &mut geographic);
    if worded && switched {
        form.fail_here("give either routing or geographic: both say where messages go");
    } else if switched {
        *routing = if geographic {
            Routing::Geographic
        } else {
            Routing::Capacity
        };
    }
}

fn peers(form: &mut Form<'_>, group: &mut PeerGroup) {
    form.value("name", &mut group.name, TEXT);
    form.value("peers", &mut group.peers, COUNT);
    form.value("capacity", &mut group.capacity, RATE);
    form.value("latency", &mut group.latency, SECS);
    form.maybe("stays", &mut group.stays, SECS);
    form.value("away", &mut group.away, SECS);
    form.value("memory_mb", &mut group.memory_mb.0, NUMBER);
    form.value("memory_mb_per_peer", &mut group.memory_mb.1, NUMBER);
    form.value("cpu_at_capacity", &mut group.cpu_at_capacity, SHARE);
}

/// Shards.
pub(super) fn chain(form: &mut Form<'_>, chain: &mut ShardedChain) {
    form.value("shards", &mut chain.shards, COUNT);
    form.value("capacity", &mut chain.capacity, RATE);
    form.value("cross_share", &mut chain.cross_share, SHARE);
    form.value("cross_work", &mut chain.cross_work, FACTOR);
    form.value("hot_share", &mut chain.hot_share, SHARE);
    form.value("block_time", &mut chain.block_time, SECS);
    form.value("confirmations", &mut chain.confirmations, COUNT);
}
