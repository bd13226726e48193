//! Outage tables.

pub mod outage_table;
mod words;
