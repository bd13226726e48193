//! Cache layers: a read is answered by the first that has its key. After a flush a layer fills with every lookup: of K
//! keys asked for alike, n lookups leave a share of (1 − 1/K)ⁿ that was not asked for yet.

use crate::scenario::model::CacheLayer;

use super::random::Stream;

/// A layer at work.
#[derive(Clone, Debug)]
struct Layer {
    name: String,
    /// Share answered when warm.
    warm: f64,
    latency: f64,
    /// Share of the keys that is not there because of a flush.
    cold: f64,
    /// What remains of it after one more lookup.
    fading: f64,
}

/// All layers, nearest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Caches {
    layers: Vec<Layer>,
    /// Reads and those answered here, in the step that goes on.
    pub reads: u64,
    pub hits: u64,
}

impl Caches {
    /// Warm.
    pub(super) fn new(layers: &[CacheLayer]) -> Self {
        let layers = layers
            .iter()
            .map(|layer| Layer {
                name: layer.name.clone(),
                warm: layer.hit_ratio.clamp(0.0, 1.0),
                latency: layer.latency.max(0.0),
                cold: 0.0,
                fading: 1.0 - 1.0 / layer.keys.max(1.0),
            })
            .collect();
        Self {
            layers,
            ..Self::default()
        }
    }

    pub(super) fn any(&self) -> bool {
        !self.layers.is_empty()
    }

    /// A read: seconds of its lookups, and whether one of them had it.
    pub(super) fn read(&mut self, stream: &mut Stream) -> (f64, bool) {
        self.reads += 1;
        let mut secs = 0.0;
        for layer in &mut self.layers {
            secs += layer.latency;
            let there = layer.warm * (1.0 - layer.cold);
            if layer.cold > 0.0 {
                layer.cold *= layer.fading;
                if layer.cold < 1e-9 {
                    layer.cold = 0.0;
                }
            }
            if stream.happens(there) {
                self.hits += 1;
                return (secs, true);
            }
        }
        (secs, false)
    }

    /// Empties all layers, or the named one.
    pub(super) fn flush(&mut self, name: Option<&str>) {
        for layer in &mut self.layers {
            if name.is_none_or(|name| name == layer.name) {
                layer.cold = 1.0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::Purpose;
    use super::*;

    #[test]
    fn layers_answer_in_turn_and_warm_up_after_a_flush() {
        let layer = |name: &str, hit_ratio, latency| CacheLayer {
            name: name.to_owned(),
            hit_ratio,
            latency,
            keys: 1000.0,
            ttl: None,
        };
        let mut caches = Caches::new(&[layer("l1", 0.5, 0.001), layer("l2", 0.8, 0.01)]);
        let mut stream = Stream::new(3, 0, Purpose::Caches);
        let mut of = |caches: &mut Caches, n: u32| {
            let read = (0..n).map(|_| caches.read(&mut stream));
            read.fold((0.0, 0.0), |(secs, hits), (s, hit)| {
                (
                    secs + s / f64::from(n),
                    hits + f64::from(u8::from(hit)) / f64::from(n),
                )
            })
        };
        // Half by the first; of the rest four fifths by the second: 0.9. Lookups take 1 ms and for half 10 ms more.
        let (secs, hits) = of(&mut caches, 40_000);
        assert!((hits - 0.9).abs() < 0.01 && (secs - 0.006).abs() < 0.0002);
        caches.flush(Some("l2"));
        assert!((of(&mut caches, 20).1 - 0.5).abs() < 0.3);
        caches.flush(None);
        // The first layer sees every read: (1 − 1/1000)^1000 of the keys are missing after a thousand.
        of(&mut caches, 1000);
        let cold = caches.layers[0].cold;
        assert!((cold - 0.3677).abs() < 0.001, "{cold}");
        assert!(caches.layers[1].cold > cold);
        of(&mut caches, 40_000);
        assert!(caches.layers.iter().all(|l| l.cold.abs() < 1e-6));
    }
}
