//! What a request needs behind the instance: caches, a database, work that is done later.

use eframe::egui::Ui;

use super::super::field::{Form, Knob, Unit, group_ui, part_ui};
use super::service::spread_ui;
use crate::scenario::Scenario;
use crate::scenario::model::{CacheLayer, Database, Dist, Replicas, WorkQueue};
use crate::ui::icons;

/// Most layers that can be added here.
const MOST_LAYERS: usize = 3;

pub(super) fn summary(scenario: &Scenario) -> String {
    let backend = &scenario.backend;
    let mut parts = Vec::new();
    match backend.caches.len() {
        0 => {}
        1 => parts.push("a cache".to_owned()),
        n => parts.push(format!("{n} caches")),
    }
    if let Some(database) = &backend.database {
        parts.push(match database.shards.count {
            0 | 1 => "a database".to_owned(),
            n => format!("a database in {n} shards"),
        });
    }
    if backend.work_queue.is_some() {
        parts.push("work for later".to_owned());
    }
    if parts.is_empty() {
        "none".to_owned()
    } else {
        parts.join(", ")
    }
}

pub(super) fn show_ui(ui: &mut Ui, form: &mut Form) {
    let Form { scenario, said } = form;
    let backend = &mut scenario.backend;
    let mut removed = None;
    for (index, layer) in backend.caches.iter_mut().enumerate() {
        ui.push_id(("cache", index), |ui| {
            group_ui(ui, &format!("Cache {}", layer.name));
            cache_ui(ui, said, layer);
            if ui.small_button("Remove this cache").clicked() {
                removed = Some(index);
            }
        });
    }
    if let Some(index) = removed {
        backend.caches.remove(index);
        *said = Some("remove a cache".to_owned());
    }
    let layers = backend.caches.len();
    if layers < MOST_LAYERS
        && ui
            .small_button(format!("{}  Add a cache", icons::ADD))
            .clicked()
    {
        backend.caches.push(CacheLayer {
            name: format!("l{}", layers + 1),
            ..CacheLayer::default()
        });
        *said = Some("add a cache".to_owned());
    }
    let hint = "Queries of the requests that no cache answered";
    part_ui(ui, said, ("Database", hint), &mut backend.database, || {
        Database {
            time: Dist::Exponential { mean: 0.01 },
            queries: 1.0,
            ..Database::default()
        }
    });
    if let Some(database) = &mut backend.database {
        ui.push_id("database", |ui| database_ui(ui, said, database));
    }
    let hint = "Jobs that requests leave behind, done after the answer";
    part_ui(
        ui,
        said,
        ("Work for later", hint),
        &mut backend.work_queue,
        || WorkQueue {
            share: 0.1,
            time: Dist::Exponential { mean: 1.0 },
            concurrency: 10,
        },
    );
    if let Some(queue) = &mut backend.work_queue {
        Knob::new("Share", Unit::Share, 0.0, 1.0)
            .even()
            .strict()
            .hint("Share of the requests that leave a job")
            .show(ui, said, &mut queue.share);
        mean_ui(ui, said, "A job takes", &mut queue.time);
        Knob::new("Jobs at once", Unit::Count, 1.0, 500.0).count(ui, said, &mut queue.concurrency);
    }
}

/// The mean of a time, keeping its shape.
fn mean_ui(ui: &mut Ui, said: &mut Option<String>, name: &'static str, time: &mut Dist) {
    let mean = time.mean();
    let mut now = mean;
    if Knob::new(name, Unit::Secs, 0.000_1, 60.0).show(ui, said, &mut now) {
        *time = if mean > 0.0 {
            time.scaled(now / mean)
        } else {
            Dist::Exponential { mean: now }
        };
    }
}

fn cache_ui(ui: &mut Ui, said: &mut Option<String>, layer: &mut CacheLayer) {
    Knob::new("Hits", Unit::Share, 0.0, 1.0)
        .even()
        .strict()
        .hint("Share of the reads that reach it which it answers when warm")
        .show(ui, said, &mut layer.hit_ratio);
    Knob::new("A lookup takes", Unit::Secs, 0.000_01, 0.1).show(ui, said, &mut layer.latency);
    Knob::new("Different keys", Unit::Count, 1.0, 10_000_000.0)
        .hint("With the rate they say how fast it warms up after a flush")
        .show(ui, said, &mut layer.keys);
    Knob::new("Time to live", Unit::Secs, 1.0, 86_400.0)
        .hint("After which an entry is asked for anew")
        .optional(ui, said, &mut layer.ttl, 300.0);
}

fn database_ui(ui: &mut Ui, said: &mut Option<String>, database: &mut Database) {
    mean_ui(ui, said, "A query takes", &mut database.time);
    spread_ui(ui, said, "Its spread", &mut database.time);
    Knob::new("Queries", Unit::Number, 0.1, 50.0)
        .hint("A request, one after the other")
        .show(ui, said, &mut database.queries);
    let pool = &mut database.pool;
    Knob::new("Connections", Unit::Count, 1.0, 1_000.0)
        .hint("Most that are open at once, over all instances")
        .count(ui, said, &mut pool.max_connections);
    pool.min_connections = pool.min_connections.min(pool.max_connections);
    Knob::new("Waits for one", Unit::Secs, 0.01, 60.0)
        .hint("For a connection, before the request fails")
        .optional(ui, said, &mut pool.acquire_timeout, 30.0);
    let Replicas {
        count,
        lag,
        failover,
        failover_time,
        ..
    } = &mut database.replicas;
    Knob::new("Read replicas", Unit::Count, 0.0, 15.0)
        .even()
        .count(ui, said, count);
    if *count > 0 {
        Knob::new("They lag by", Unit::Secs, 0.0, 60.0).show(ui, said, lag);
        if ui
            .checkbox(failover, "A replica takes over")
            .on_hover_text("When the primary is lost")
            .changed()
        {
            *said = Some("change the failover".to_owned());
        }
        if *failover {
            Knob::new("After", Unit::Secs, 1.0, 600.0).show(ui, said, failover_time);
        }
    }
    let shards = &mut database.shards;
    Knob::new("Shards", Unit::Count, 1.0, 64.0).count(ui, said, &mut shards.count);
    if shards.count > 1 {
        Knob::new("Skew", Unit::Number, 0.0, 1.5)
            .even()
            .hint("Zipf exponent of the keys: 0 is even, 1 strongly skewed")
            .show(ui, said, &mut shards.skew);
        Knob::new("Rebalances at", Unit::Times, 1.05, 5.0)
            .hint("Times the even share of the fullest shard")
            .optional(ui, said, &mut shards.rebalance_at, 1.5);
    }
}
