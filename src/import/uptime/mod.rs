//! Outage tables.

pub mod outage_table;
pub mod words;
