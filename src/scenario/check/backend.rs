//! What stands behind the instances.

use super::look::Look;
use crate::scenario::model::{Backend, Database};

pub(super) fn look(look: &mut Look, backend: &Backend) {
    for (index, cache) in backend.caches.iter().enumerate() {
        let key = |name: &str| format!("backend.caches[{index}].{name}");
        look.share(key("hit_ratio"), cache.hit_ratio);
        look.not_negative(key("latency"), cache.latency);
        look.positive(key("keys"), cache.keys);
        if let Some(ttl) = cache.ttl {
            look.positive(key("ttl"), ttl);
        }
        if backend
            .caches
            .iter()
            .take(index)
            .any(|c| c.name == cache.name)
        {
            look.no(
                key("name"),
                format!("two caches are called \"{}\"", cache.name),
            );
        }
    }
    if let Some(database) = &backend.database {
        of_database(look, database);
    }
    if let Some(queue) = &backend.work_queue {
        look.share("backend.work_queue.share", queue.share);
        look.dist("backend.work_queue.time", &queue.time);
        look.some("backend.work_queue.concurrency", queue.concurrency);
    }
}

fn of_database(look: &mut Look, database: &Database) {
    let key = |name: &str| format!("backend.database.{name}");
    look.dist(key("time"), &database.time);
    look.not_negative(key("queries"), database.queries);
    let pool = &database.pool;
    look.some(key("pool.max_connections"), pool.max_connections);
    if pool.min_connections > pool.max_connections {
        look.no(
            key("pool.min_connections"),
            format!(
                "{} is more than max_connections, {}",
                pool.min_connections, pool.max_connections
            ),
        );
    }
    look.not_negative(key("pool.idle_timeout"), pool.idle_timeout);
    look.positive(key("pool.max_lifetime"), pool.max_lifetime);
    look.not_negative(key("pool.connect"), pool.connect);
    if let Some(secs) = pool.acquire_timeout {
        look.positive(key("pool.acquire_timeout"), secs);
    }
    let replicas = &database.replicas;
    look.not_negative(key("replicas.lag"), replicas.lag);
    look.not_negative(key("replicas.lag_threshold"), replicas.lag_threshold);
    look.not_negative(key("replicas.failover_time"), replicas.failover_time);
    if replicas.failover && replicas.count == 0 {
        look.no(
            key("replicas.failover"),
            "there is no replica that could take over",
        );
    }
    let shards = &database.shards;
    look.some(key("shards.count"), shards.count);
    look.not_negative(key("shards.skew"), shards.skew);
    look.positive(key("shards.keys"), shards.keys);
    if let Some(factor) = shards.rebalance_at
        && look.finite(key("shards.rebalance_at"), factor)
        && factor <= 1.0
    {
        look.no(
            key("shards.rebalance_at"),
            "must be above 1x: an even shard has 1x",
        );
    }
}
