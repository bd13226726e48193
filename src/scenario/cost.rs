//! What a run costs, step by step: `on demand · max(0, n − reserved) + reserved` for the instances, by their size, and
//! what stands behind them, and what goes out. Both engines hand their steps to one meter.

use super::Scenario;
use super::model::Cost;

/// Hours of a month: a year of 8,760 hours has twelve.
pub const MONTH_HOURS: f64 = 730.0;
/// Seconds of an hour.
const HOUR: f64 = 3600.0;

/// Price of an instance of `cores` for one hour, where the prices are for instances of `priced_for` cores.
pub fn price_of_size(prices: &Cost, priced_for: f64, cores: f64) -> f64 {
    if prices.core_hour > 0.0 {
        (prices.instance_hour + prices.core_hour * (cores - priced_for)).max(0.0)
    } else if priced_for > 0.0 {
        prices.instance_hour * cores / priced_for
    } else {
        prices.instance_hour
    }
}

/// Adds up what the steps of a run cost, in the currency of the scenario.
#[derive(Clone, Debug)]
pub struct Meter {
    prices: Cost,
    /// Cores that the price of an instance is for.
    cores: f64,
    /// Caches, database, replicas and further shards, per hour.
    behind: f64,
    total: f64,
    secs: f64,
    served: f64,
}

impl Meter {
    /// Takes the prices and what they are for.
    pub fn new(scenario: &Scenario) -> Self {
        let prices = scenario.cost.clone();
        let backend = &scenario.backend;
        let caches = if backend.caches.is_empty() {
            0.0
        } else {
            prices.cache_hour
        };
        // Each shard is a server with its replicas; the first one is the database itself.
        let database = backend.database.as_ref().map_or(0.0, |d| {
            let servers = f64::from(d.shards.count.max(1)) * (1.0 + f64::from(d.replicas.count));
            prices.database_hour + prices.replica_hour * (servers - 1.0)
        });
        Self {
            cores: scenario.service.cores,
            behind: caches + database,
            prices,
            total: 0.0,
            secs: 0.0,
            served: 0.0,
        }
    }

    /// Adds a step of `secs` seconds with so many instances of so many cores, starting ones included, and so many good
    /// answers in all; gives what the step costs.
    pub fn step(&mut self, secs: f64, instances: u32, cores: f64, served: f64) -> f64 {
        let prices = &self.prices;
        let size = price_of_size(prices, self.cores, cores);
        let reserved = f64::from(prices.reserved);
        let there = f64::from(instances);
        // Reserved ones are paid for as they were reserved; what they have grown since is on demand.
        let grown = there.min(reserved) * (size - prices.instance_hour).max(0.0);
        let on_demand = (there - reserved).max(0.0) * size;
        let hourly = on_demand + grown + reserved * prices.reserved_hour + self.behind;
        let out = served * prices.response_bytes / 1e9 * prices.egress_gb;
        let cost = hourly * secs / HOUR + out;
        self.total += cost;
        self.secs += secs;
        self.served += served;
        cost
    }

    /// Of all steps.
    pub const fn total(&self) -> f64 {
        self.total
    }

    /// Of a month that goes on as the run did; 0 before the first step.
    pub fn per_month(&self) -> f64 {
        if self.secs > 0.0 {
            self.total / self.secs * HOUR * MONTH_HOURS
        } else {
            0.0
        }
    }

    /// Of a thousand good answers; `None` without any.
    pub fn per_thousand(&self) -> Option<f64> {
        (self.served > 0.0).then(|| self.total / self.served * 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::model::{CacheLayer, Database, Replicas, Shards};

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9, "{a} {b}");
    }

    fn priced(cost: Cost) -> Scenario {
        Scenario {
            cost,
            ..Scenario::default()
        }
    }

    /// 10 instances of which 4 are reserved: 6 · 0.17 + 4 · 0.10 = 1.42 an hour, 1,036.60 a month.
    #[test]
    fn reserved_ones_are_paid_for_and_the_rest_is_on_demand() {
        let scenario = priced(Cost {
            instance_hour: 0.17,
            reserved: 4,
            reserved_hour: 0.10,
            ..Cost::default()
        });
        let mut meter = Meter::new(&scenario);
        near(meter.step(1800.0, 10, 1.0, 1000.0), 0.71);
        near(meter.step(1800.0, 10, 1.0, 1000.0), 0.71);
        near(meter.total(), 1.42);
        near(meter.per_month(), 1036.6);
        near(meter.per_thousand().unwrap(), 0.71);
        // Reserved ones cost their price also when nobody needs them.
        let mut idle = Meter::new(&scenario);
        near(idle.step(3600.0, 1, 1.0, 0.0), 0.40);
        assert_eq!(idle.per_thousand(), None);
    }

    #[test]
    fn larger_instances_cost_more() {
        let mut scenario = priced(Cost {
            instance_hour: 0.2,
            ..Cost::default()
        });
        scenario.service.cores = 2.0;
        near(Meter::new(&scenario).step(3600.0, 3, 4.0, 0.0), 1.2);
        scenario.cost.core_hour = 0.05;
        near(Meter::new(&scenario).step(3600.0, 3, 4.0, 0.0), 0.9);
        scenario.cost.reserved = 2;
        scenario.cost.reserved_hour = 0.1;
        // One on demand at 0.30, two reserved at 0.10 that have grown by 0.10 each.
        near(Meter::new(&scenario).step(3600.0, 3, 4.0, 0.0), 0.7);
    }

    #[test]
    fn what_stands_behind_and_what_goes_out_is_added() {
        let mut scenario = priced(Cost {
            cache_hour: 0.5,
            database_hour: 1.0,
            replica_hour: 0.25,
            response_bytes: 20_000.0,
            egress_gb: 0.09,
            ..Cost::default()
        });
        // Nothing is there yet that costs: only what goes out, 20 kB · 50,000 = 1 GB.
        near(Meter::new(&scenario).step(3600.0, 1, 1.0, 50_000.0), 0.09);
        scenario.backend.caches = vec![CacheLayer::default()];
        // Two shards with one replica each are four servers, one of them the database.
        scenario.backend.database = Some(Database {
            replicas: Replicas {
                count: 1,
                ..Replicas::default()
            },
            shards: Shards {
                count: 2,
                ..Shards::default()
            },
            ..Database::default()
        });
        near(Meter::new(&scenario).step(3600.0, 1, 1.0, 0.0), 2.25);
    }
}
