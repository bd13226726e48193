//! One integration target for everything that is tested from outside.

mod peers_metrics;
mod tables;
