//! `rate_limits:`, `cost:` and `run:` – what is turned away, what it costs, and how it is run.

use super::blocks::pruned;
use super::form::{Form, Read};
use super::quantity::{BYTES, COUNT, MOMENT, NUMBER, RATE, SECS, SEED, TEXT};
use crate::scenario::model::{Cost, Engine, RateLimits, Run, TokenBucket};
use crate::yaml::{Node, Value};

/// Limits; also in the strategy document's `rate_limiting`.
pub(super) fn rate_limits(form: &mut Form<'_>, limits: &mut RateLimits) {
    let base = TokenBucket::default();
    form.option("global", &mut limits.global, &base, bucket);
    form.option("per_user", &mut limits.per_user, &base, bucket);
    if !form.reading() && limits.per_endpoint.is_empty() {
        return;
    }
    form.own(
        "per_endpoint",
        &mut limits.per_endpoint,
        read_endpoints,
        |list| {
            let entry = |(label, limit): &(String, TokenBucket)| {
                let map = pruned(limit, &TokenBucket::default(), &bucket);
                let node = Node {
                    line: 0,
                    value: Value::Map(map),
                };
                (label.clone(), node)
            };
            Value::Map(list.iter().map(entry).collect())
        },
    );
}

fn read_endpoints(node: &Node, place: &str) -> Read<Vec<(String, TokenBucket)>> {
    node.map(place)?
        .iter()
        .map(|(label, node)| {
            let mut limit = TokenBucket::default();
            let mut form = Form::read(node, &format!("{place}.{label}"))?;
            bucket(&mut form, &mut limit);
            form.finish()?;
            Ok((label.clone(), limit))
        })
        .collect()
}

fn bucket(form: &mut Form<'_>, limit: &mut TokenBucket) {
    form.must("rate|requests_per_second", &mut limit.rate, RATE);
    // Without a word on bursts, a second's worth can be saved up.
    if !form.shown("burst|burst_capacity", &mut limit.burst, NUMBER) && form.reading() {
        limit.burst = limit.rate.max(1.0);
    }
}

/// Prices.
pub(super) fn cost(form: &mut Form<'_>, cost: &mut Cost) {
    form.shown("instance_hour", &mut cost.instance_hour, NUMBER);
    form.shown("currency", &mut cost.currency, TEXT);
    form.value("reserved", &mut cost.reserved, COUNT);
    form.value("reserved_hour", &mut cost.reserved_hour, NUMBER);
    form.value("core_hour", &mut cost.core_hour, NUMBER);
    form.value("cache_hour", &mut cost.cache_hour, NUMBER);
    form.value("database_hour", &mut cost.database_hour, NUMBER);
    form.value("replica_hour", &mut cost.replica_hour, NUMBER);
    form.value(
        "response_bytes|response_size",
        &mut cost.response_bytes,
        BYTES,
    );
    form.value("egress_gb", &mut cost.egress_gb, NUMBER);
}

/// How it is run.
pub(super) fn run(form: &mut Form<'_>, run: &mut Run) {
    form.word(
        "engine",
        &mut run.engine,
        &[
            ("auto", Engine::Auto),
            ("request", Engine::Request),
            ("fluid", Engine::Fluid),
        ],
    );
    form.shown("duration", &mut run.duration, SECS);
    form.value("warm_up", &mut run.warm_up, SECS);
    form.value("step", &mut run.step, SECS);
    form.shown("seed", &mut run.seed, SEED);
    form.value("replications", &mut run.replications, COUNT);
    form.value("start", &mut run.start_micros, MOMENT);
    form.value("zone|timezone", &mut run.zone, TEXT);
}
