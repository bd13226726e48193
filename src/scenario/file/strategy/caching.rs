//! `caching` of the strategy document: layers by name with their time to live. How often they answer and how long a
//! lookup takes the document does not say; both may be added.

use super::super::form::Form;
use super::super::quantity::{NUMBER, SECS, SECS_OR_BARE, SHARE};
use crate::scenario::model::{Backend, CacheLayer};
use crate::units::{millis, percent_of};

/// The layers with the seconds of a lookup where none are given: memory, a cache across the network, and an edge.
const LAYERS: [(&str, f64); 3] = [("l1", 0.0001), ("l2", 0.001), ("l3", 0.02)];

/// The block.
pub(super) fn describe(form: &mut Form<'_>, backend: &mut Backend) {
    form.part("layers", |f| layers(f, backend));
    if form.has("l1") || form.has("l2") || form.has("l3") {
        layers(form, backend);
    }
    form.not_simulated(&["strategies"]);
}

fn layers(form: &mut Form<'_>, backend: &mut Backend) {
    for (name, latency) in LAYERS {
        let mut cache = CacheLayer {
            name: name.to_owned(),
            latency,
            ..CacheLayer::default()
        };
        let there = form.part(name, |f| {
            f.maybe("ttl", &mut cache.ttl, SECS_OR_BARE);
            let told = f.value("hit_ratio", &mut cache.hit_ratio, SHARE);
            let timed = f.value("latency", &mut cache.latency, SECS);
            f.value("keys", &mut cache.keys, NUMBER);
            f.not_simulated(&[
                "type",
                "maxSize",
                "evictionPolicy",
                "cluster",
                "compression",
                "provider",
                "geoDistribution",
            ]);
            if !told {
                f.assume(format!(
                    "Cache {name} is taken to answer {} of the reads that reach it when warm.",
                    percent_of(cache.hit_ratio)
                ));
            }
            if !timed {
                f.assume(format!(
                    "A lookup in cache {name} is taken as {}.",
                    millis(cache.latency * 1e3)
                ));
            }
        });
        if there {
            backend.caches.retain(|c| c.name != name);
            backend.caches.push(cache);
        }
    }
}
