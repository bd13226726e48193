//! Results of load tests: one file per format, and the counting that they share.

pub mod builder;
pub mod columns;
pub mod fields;
pub mod frames;
pub mod gatling_binary;
mod gatling_decoder;
mod gatling_run;
pub mod gatling_stats;
pub mod gatling_text;
pub mod hdr_log;
pub mod hdr_payload;
pub mod hdr_table;
pub mod intern;
pub mod jmeter_csv;
#[cfg(test)]
mod jmeter_csv_tests;
pub mod keys;
pub mod merge;
pub mod rows;
pub mod summarised;
pub mod tally;
pub mod text_lines;
pub mod whole_text;
