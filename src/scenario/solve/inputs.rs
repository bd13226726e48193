//! The inputs of a scenario that are uncertain, each with how far it may be off and how it is put in.

use super::{fleet, hit_ratio, with_hit_ratio};
use crate::scenario::Scenario;
use crate::scenario::model::{Arrivals, Contention, ScaleMetric, ShardedChain};
use crate::units::{Ppm, percent};

/// An input at its own value and at both ends of its range.
pub struct Input {
    /// In words: `service time`.
    pub name: &'static str,
    /// How far it is moved, in words: `±20 %`.
    pub range: String,
    /// Value, low end, high end; in the unit of the scenario.
    pub values: [f64; 3],
    /// The scenario at the low end.
    pub low: Scenario,
    /// The scenario at the high end.
    pub high: Scenario,
}

/// A field of a chain.
type Field = fn(&mut ShardedChain) -> &mut f64;

struct Inputs<'a> {
    scenario: &'a Scenario,
    spread: f64,
    range: String,
    list: Vec<Input>,
}

impl Inputs<'_> {
    /// A number that is multiplied.
    fn share(&mut self, name: &'static str, value: f64, put: &dyn Fn(&mut Scenario, f64)) {
        let ends = [value * (1.0 - self.spread), value * (1.0 + self.spread)];
        self.ends(name, value, ends, self.range.clone(), put);
    }

    /// A share of one, which stays one.
    fn up_to_one(&mut self, name: &'static str, value: f64, put: &dyn Fn(&mut Scenario, f64)) {
        let low = (value * (1.0 - self.spread)).clamp(0.0, 1.0);
        let high = (value * (1.0 + self.spread)).clamp(0.0, 1.0);
        self.ends(name, value, [low, high], self.range.clone(), put);
    }

    /// A whole number, which moves by at least one and stays at least one.
    fn whole(&mut self, name: &'static str, value: u32, put: &dyn Fn(&mut Scenario, u32)) {
        let by = ((f64::from(value) * self.spread).round() as u32).max(1);
        let low = value.saturating_sub(by).max(1);
        let high = value.saturating_add(by);
        let ends = [f64::from(low), f64::from(high)];
        let range = format!("{} (whole numbers)", self.range);
        self.ends(name, f64::from(value), ends, range, &|s, v| {
            put(s, v as u32);
        });
    }

    fn ends(
        &mut self,
        name: &'static str,
        value: f64,
        [low, high]: [f64; 2],
        range: String,
        put: &dyn Fn(&mut Scenario, f64),
    ) {
        if !(value.is_finite() && value > 0.0) {
            return;
        }
        let with = |value: f64| {
            let mut out = self.scenario.clone();
            put(&mut out, value);
            out
        };
        let (low_scenario, high_scenario) = (with(low), with(high));
        self.list.push(Input {
            name,
            range,
            values: [value, low, high],
            low: low_scenario,
            high: high_scenario,
        });
    }
}

/// A share as it was typed: `20 %`.
pub(super) fn share_words(share: f64) -> String {
    percent(Ppm((share * 1e6).round() as i64))
}

/// All inputs that this scenario has, moved by `spread` (0.2 is ±20 %). Inputs that are nothing (no failures, no
/// caches) are left out: a share of nothing is nothing.
pub fn inputs(scenario: &Scenario, spread: f64) -> Vec<Input> {
    let mut all = Inputs {
        scenario,
        spread,
        range: format!("±{}", share_words(spread)),
        list: Vec::new(),
    };
    workload(&mut all);
    if scenario.federation.is_some() || scenario.chain.is_some() {
        overlay(&mut all);
    } else {
        service(&mut all);
        scaling(&mut all);
        backend(&mut all);
    }
    cost(&mut all);
    all.list
}

fn workload(all: &mut Inputs<'_>) {
    let s = all.scenario;
    all.share("load", s.workload.growth, &|s, v| s.workload.growth = v);
    if let Arrivals::Closed { think } = &s.workload.arrivals {
        all.share("think time", think.mean(), &|s, v| {
            if let Arrivals::Closed { think } = &mut s.workload.arrivals {
                *think = think.scaled(v / think.mean());
            }
        });
    }
}

fn service(all: &mut Inputs<'_>) {
    let s = all.scenario;
    match s.service.contention {
        Contention::Queueing => {
            all.share("service time", s.service.mean_time(), &|s, v| {
                let factor = v / s.service.mean_time();
                for class in &mut s.service.classes {
                    class.time = class.time.scaled(factor);
                }
            });
            all.whole("workers per instance", s.service.workers, &|s, v| {
                s.service.workers = v;
            });
        }
        Contention::Scalability {
            sigma,
            kappa,
            lambda,
        } => {
            let put = |s: &mut Scenario, new: [f64; 3]| {
                let [sigma, kappa, lambda] = new;
                s.service.contention = Contention::Scalability {
                    sigma,
                    kappa,
                    lambda,
                };
            };
            all.share("rate of one request in flight", lambda, &|s, v| {
                put(s, [sigma, kappa, v]);
            });
            all.up_to_one("contention", sigma, &|s, v| put(s, [v, kappa, lambda]));
            all.share("coherency", kappa, &|s, v| put(s, [sigma, v, lambda]));
        }
    }
    if s.service.serial_share < 1.0 {
        all.share("cores per instance", s.service.cores, &|s, v| {
            s.service.cores = v;
        });
        all.up_to_one(
            "serial share of the work",
            s.service.serial_share,
            &|s, v| {
                s.service.serial_share = v;
            },
        );
    }
    if let Some(timeout) = s.service.timeout {
        all.share("timeout", timeout, &|s, v| s.service.timeout = Some(v));
    }
    all.share("network", s.service.network, &|s, v| s.service.network = v);
    let most = s
        .service
        .classes
        .iter()
        .map(|c| c.error_share)
        .fold(0.0, f64::max);
    all.up_to_one("share of failures", most, &|s, v| {
        for class in &mut s.service.classes {
            class.error_share = (class.error_share * v / most).clamp(0.0, 1.0);
        }
    });
    if let Some(first) = s.random_failures.first() {
        let (mtbf, mttr) = (first.mtbf, first.mttr);
        all.share("time between failures", mtbf, &|s, v| {
            for failures in &mut s.random_failures {
                failures.mtbf *= v / mtbf;
            }
        });
        all.share("time to repair", mttr, &|s, v| {
            for failures in &mut s.random_failures {
                failures.mttr *= v / mttr;
            }
        });
    }
}

fn scaling(all: &mut Inputs<'_>) {
    let s = all.scenario;
    let scaling = &s.autoscaling;
    if !scaling.active() {
        all.whole("instances", fleet::count(s), &|s, v| *s = fleet::with(s, v));
        return;
    }
    all.whole("minimum of instances", scaling.min, &|s, v| {
        s.autoscaling.min = v;
        s.autoscaling.max = s.autoscaling.max.max(v);
        if fleet::count(s) < v {
            *s = fleet::with(s, v);
        }
    });
    all.whole("maximum of instances", scaling.max, &|s, v| {
        s.autoscaling.max = v.max(s.autoscaling.min);
        if fleet::count(s) > s.autoscaling.max {
            *s = fleet::with(s, s.autoscaling.max);
        }
    });
    let targets = || scaling.hpa.iter().chain(&scaling.tracking);
    if let Some((_, first)) = targets().next() {
        let first = *first;
        all.share("target of the autoscaler", first, &|s, v| {
            let hpa = s.autoscaling.hpa.iter_mut();
            for (_, target) in hpa.chain(s.autoscaling.tracking.iter_mut()) {
                *target *= v / first;
            }
        });
    }
    if targets().any(|(metric, _)| *metric == ScaleMetric::CpuUtilization) {
        all.share(
            "processor time per request",
            scaling.cpu.per_request,
            &|s, v| {
                let factor = v / s.autoscaling.cpu.per_request;
                s.autoscaling.cpu.per_request = v;
                for class in &mut s.service.classes {
                    class.cpu = class.cpu.map(|cpu| cpu * factor);
                }
            },
        );
    }
    all.share("time to start an instance", scaling.boot, &|s, v| {
        s.autoscaling.boot = v;
    });
    all.share("delay of metrics", scaling.metric_delay, &|s, v| {
        s.autoscaling.metric_delay = v;
    });
}

fn backend(all: &mut Inputs<'_>) {
    let s = all.scenario;
    let spread = all.spread;
    let hits = hit_ratio(s);
    if !s.backend.caches.is_empty() {
        let missed = 1.0 - hits;
        // Misses are what reaches the database; a fifth more hits is often more than all.
        let low = (1.0 - missed * (1.0 + spread)).max(0.0);
        let high = 1.0 - missed * (1.0 - spread);
        let range = format!("misses {}", all.range);
        all.ends("cache hit ratio", hits, [low, high], range, &|s, v| {
            *s = with_hit_ratio(s, v);
        });
    }
    let Some(database) = &s.backend.database else {
        return;
    };
    all.share("queries per request", database.queries, &|s, v| {
        if let Some(database) = &mut s.backend.database {
            database.queries = v;
        }
    });
    all.share("time of a query", database.time.mean(), &|s, v| {
        if let Some(database) = &mut s.backend.database {
            database.time = database.time.scaled(v / database.time.mean());
        }
    });
    all.whole("connections", database.pool.max_connections, &|s, v| {
        if let Some(database) = &mut s.backend.database {
            database.pool.max_connections = v;
            database.pool.min_connections = database.pool.min_connections.min(v);
        }
    });
}

fn overlay(all: &mut Inputs<'_>) {
    let s = all.scenario;
    if let Some(federation) = &s.federation {
        all.whole("peers", fleet::count(s), &|s, v| *s = fleet::with(s, v));
        all.up_to_one("contention between peers", federation.sigma, &|s, v| {
            if let Some(federation) = &mut s.federation {
                federation.sigma = v;
            }
        });
        all.share("coherency between peers", federation.kappa, &|s, v| {
            if let Some(federation) = &mut s.federation {
                federation.kappa = v;
            }
        });
        let capacity = federation.groups.first().map_or(0.0, |g| g.capacity);
        all.share("capacity of a peer", capacity, &|s, v| {
            for group in s.federation.iter_mut().flat_map(|f| &mut f.groups) {
                group.capacity *= v / capacity;
            }
        });
        all.share(
            "time between regions",
            federation.between_regions,
            &|s, v| {
                if let Some(federation) = &mut s.federation {
                    federation.between_regions = v;
                }
            },
        );
    }
    if let Some(chain) = &s.chain {
        all.whole("shards", chain.shards, &|s, v| *s = fleet::with(s, v));
        let mut field = |name, value: f64, share: bool, of: Field| {
            let put = |s: &mut Scenario, v: f64| {
                if let Some(chain) = &mut s.chain {
                    *of(chain) = v;
                }
            };
            if share {
                all.up_to_one(name, value, &put);
            } else {
                all.share(name, value, &put);
            }
        };
        field("capacity of a shard", chain.capacity, false, |c| {
            &mut c.capacity
        });
        field("share across shards", chain.cross_share, true, |c| {
            &mut c.cross_share
        });
        field("share of the hottest shard", chain.hot_share, true, |c| {
            &mut c.hot_share
        });
        field("time between blocks", chain.block_time, false, |c| {
            &mut c.block_time
        });
    }
}

fn cost(all: &mut Inputs<'_>) {
    let price = all.scenario.cost.instance_hour;
    all.share("price of an instance", price, &|s, v| {
        let factor = v / price;
        s.cost.instance_hour = v;
        s.cost.reserved_hour *= factor;
        s.cost.core_hour *= factor;
    });
}
