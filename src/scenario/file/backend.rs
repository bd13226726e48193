//! `backend:` – what a request needs behind the instance. Its parts may also stand by themselves.

use super::dist;
use super::form::Form;
use super::quantity::{COUNT, FACTOR, NUMBER, SECS, SECS_OR_BARE, SHARE, TEXT};
use crate::scenario::model::{
    Backend, CacheLayer, Database, Dist, Pool, Replicas, Shards, WorkQueue,
};

/// A database with what a file need not say: one query for a request.
pub(super) fn usual_database() -> Database {
    Database {
        queries: 1.0,
        ..Database::default()
    }
}

/// A work queue with what a file need not say.
pub(super) fn usual_work_queue() -> WorkQueue {
    WorkQueue {
        share: 1.0,
        time: Dist::default(),
        concurrency: 1,
    }
}

/// The block.
pub(super) fn describe(form: &mut Form<'_>, backend: &mut Backend) {
    caches(form, backend);
    form.option(
        "database",
        &mut backend.database,
        &usual_database(),
        database,
    );
    form.option(
        "work_queue",
        &mut backend.work_queue,
        &usual_work_queue(),
        work_queue,
    );
}

/// `caches`, nearest first: a list, or a block by name.
pub(super) fn caches(form: &mut Form<'_>, backend: &mut Backend) {
    form.list("caches", &mut backend.caches, &CacheLayer::default(), cache);
}

fn cache(form: &mut Form<'_>, cache: &mut CacheLayer) {
    form.value("name", &mut cache.name, TEXT);
    form.value("hit_ratio", &mut cache.hit_ratio, SHARE);
    form.value("latency", &mut cache.latency, SECS);
    form.maybe("ttl", &mut cache.ttl, SECS_OR_BARE);
    form.value("keys", &mut cache.keys, NUMBER);
}

/// One database.
pub(super) fn database(form: &mut Form<'_>, database: &mut Database) {
    form.own("time", &mut database.time, dist::read, dist::write);
    form.value("queries", &mut database.queries, NUMBER);
    form.value("parallel", &mut database.parallel, COUNT);
    form.block(
        "pool|connection_pooling",
        &mut database.pool,
        &Pool::default(),
        pool,
    );
    form.block(
        "replicas",
        &mut database.replicas,
        &Replicas::default(),
        replicas,
    );
    form.block("shards", &mut database.shards, &Shards::default(), shards);
}

/// Also in the strategy document's `connection_pooling`.
pub(super) fn pool(form: &mut Form<'_>, pool: &mut Pool) {
    form.value("min_connections|min", &mut pool.min_connections, COUNT);
    form.value("max_connections|max", &mut pool.max_connections, COUNT);
    form.value("idle_timeout", &mut pool.idle_timeout, SECS_OR_BARE);
    form.value("max_lifetime", &mut pool.max_lifetime, SECS_OR_BARE);
    form.value("connect", &mut pool.connect, SECS);
    form.maybe("acquire_timeout", &mut pool.acquire_timeout, SECS);
    form.not_simulated(&["health_check_interval"]);
}

fn replicas(form: &mut Form<'_>, replicas: &mut Replicas) {
    form.value("count", &mut replicas.count, COUNT);
    form.value("lag", &mut replicas.lag, SECS);
    form.value("lag_threshold", &mut replicas.lag_threshold, SECS);
    failover(form, replicas);
    form.value("failover_time", &mut replicas.failover_time, SECS);
}

/// A switch; the strategy document writes `automatic`.
pub(super) fn failover(form: &mut Form<'_>, replicas: &mut Replicas) {
    form.word(
        "failover",
        &mut replicas.failover,
        &[
            ("automatic", true),
            ("manual", false),
            ("true", true),
            ("false", false),
            ("none", false),
        ],
    );
}

fn shards(form: &mut Form<'_>, shards: &mut Shards) {
    form.value("count", &mut shards.count, COUNT);
    form.value("skew", &mut shards.skew, NUMBER);
    form.value("keys", &mut shards.keys, NUMBER);
    form.maybe("rebalance_at", &mut shards.rebalance_at, FACTOR);
}

fn work_queue(form: &mut Form<'_>, queue: &mut WorkQueue) {
    form.value("share", &mut queue.share, SHARE);
    form.own("time", &mut queue.time, dist::read, dist::write);
    form.value(
        "concurrency|worker_concurrency",
        &mut queue.concurrency,
        COUNT,
    );
}

/// The parts that may stand beside `backend:`; one that stands in both places is a mistake.
pub(super) fn beside(form: &mut Form<'_>, backend: &mut Backend) {
    for (key, there) in [
        ("caches", !backend.caches.is_empty()),
        ("database", backend.database.is_some()),
        ("work_queue", backend.work_queue.is_some()),
    ] {
        if form.has(key) && there {
            form.fail_here(&format!("{key} stands both by itself and under backend"));
        }
    }
    describe(form, backend);
}
