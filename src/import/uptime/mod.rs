//! Up and down: outage tables, the exports of monitoring services and status pages, and checks at points in time.
//!
//! `collect` is what every importer fills, `columns` and `document` read tables and the values of small JSON documents.

pub mod cloud_uptime;
mod collect;
mod columns;
mod document;
pub mod kuma_csv;
pub mod kuma_json;
pub mod nagios_avail;
pub mod outage_table;
pub mod pingdom;
pub mod probe_table;
pub mod statuspage;
pub mod upptime;
pub mod uptime_robot_csv;
pub mod uptime_robot_json;
pub mod words;
