//! `database_scaling`, `connection_pooling` and `async_processing` of the strategy document.

use super::super::backend::{failover, pool, usual_database};
use super::super::form::Form;
use super::super::quantity::{COUNT, SECS};
use crate::scenario::model::{Backend, Database, Dist};

/// Seconds of a query where the document gives none.
const QUERY: f64 = 0.005;
/// How much fuller than its even part a shard gets before keys move, where the document says `automatic`.
const REBALANCE: f64 = 1.5;

/// The database that a block is about. The document gives no query times.
fn database<'a>(form: &mut Form<'_>, backend: &'a mut Backend) -> &'a mut Database {
    if backend.database.is_none() {
        form.assume(
            "The file gives no time for a query: one query of 5 ms for a request is taken.",
        );
    }
    backend.database.get_or_insert_with(|| Database {
        time: Dist::Exponential { mean: QUERY },
        ..usual_database()
    })
}

/// `database_scaling`.
pub(super) fn scaling(form: &mut Form<'_>, backend: &mut Backend) {
    if form.has("read_replicas") || form.has("sharding") {
        database(form, backend);
    }
    let usual = &mut usual_database();
    let found = backend.database.as_mut().unwrap_or(usual);
    form.part("read_replicas", |f| {
        let replicas = &mut found.replicas;
        f.value("count", &mut replicas.count, COUNT);
        f.value("lag_threshold", &mut replicas.lag_threshold, SECS);
        f.value("lag", &mut replicas.lag, SECS);
        failover(f, replicas);
        f.value("failover_time", &mut replicas.failover_time, SECS);
        f.not_simulated(&["regions"]);
    });
    form.part("sharding", |f| {
        let mut hashed = true;
        f.word(
            "strategy",
            &mut hashed,
            &[("hash_based", true), ("range_based", false)],
        );
        if !hashed {
            f.assume("Shards are taken as spread by hash, not by range.");
        }
        f.value("shard_count", &mut found.shards.count, COUNT);
        let mut automatic = found.shards.rebalance_at.is_some();
        f.word(
            "rebalancing",
            &mut automatic,
            &[("automatic", true), ("manual", false), ("none", false)],
        );
        if automatic && found.shards.rebalance_at.is_none() {
            f.assume(
                "Rebalancing is taken as moving keys away from a shard that has 1.5 times its even part.",
            );
        }
        found.shards.rebalance_at = automatic.then_some(REBALANCE);
        f.not_simulated(&["shard_key"]);
    });
    form.not_simulated(&["partitioning", "caching"]);
}

/// `connection_pooling`: of the database, or by what it is for.
pub(super) fn pooling(form: &mut Form<'_>, backend: &mut Backend) {
    let found = &mut database(form, backend).pool;
    if form.has("database") {
        form.part("database", |f| pool(f, found));
        form.not_simulated(&["redis"]);
    } else {
        pool(form, found);
        form.not_simulated(&["redis"]);
    }
}

/// `async_processing`.
pub(super) fn jobs(form: &mut Form<'_>, backend: &mut Backend) {
    form.not_simulated(&["queue_system", "retry_strategy"]);
    match &mut backend.work_queue {
        Some(queue) => {
            form.value("worker_concurrency", &mut queue.concurrency, COUNT);
        }
        // Without a share of requests that leave a job, there is nothing to work on.
        None => form.not_simulated(&["worker_concurrency"]),
    }
}
