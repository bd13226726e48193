//! Results of load tests: one file per format, and the counting that they share.

pub mod columns;
pub mod jmeter_csv;
#[cfg(test)]
mod jmeter_csv_tests;
pub mod merge;
pub mod rows;
pub mod tally;
