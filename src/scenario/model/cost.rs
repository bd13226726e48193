//! What a scenario costs. All prices are in one currency.

use serde::{Deserialize, Serialize};

/// Prices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cost {
    /// Shown with every amount.
    pub currency: String,
    /// An instance of the service's cores for one hour, on demand.
    pub instance_hour: f64,
    /// Instances that are paid for whether used or not.
    pub reserved: u32,
    /// One of them for one hour.
    pub reserved_hour: f64,
    /// Added for each core beyond the first when size changes, per hour; 0 scales the price with the cores.
    pub core_hour: f64,
    /// All caches together, per hour.
    pub cache_hour: f64,
    /// The database, per hour; and each replica or further shard.
    pub database_hour: f64,
    /// Each replica or further shard, per hour.
    pub replica_hour: f64,
    /// Bytes sent per answer, and the price of a gigabyte (10⁹ bytes).
    pub response_bytes: f64,
    /// The price of a gigabyte (10⁹ bytes) sent.
    pub egress_gb: f64,
}

impl Default for Cost {
    fn default() -> Self {
        Self {
            currency: "USD".to_owned(),
            instance_hour: 0.0,
            reserved: 0,
            reserved_hour: 0.0,
            core_hour: 0.0,
            cache_hour: 0.0,
            database_hour: 0.0,
            replica_hour: 0.0,
            response_bytes: 0.0,
            egress_gb: 0.0,
        }
    }
}
