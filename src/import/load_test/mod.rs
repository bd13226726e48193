//! Results of load tests: one file per format, and the counting that they share.

pub mod builder;
pub mod columns;
mod fewer_labels;
pub mod fields;
pub mod frames;
pub mod intern;
pub mod jmeter_csv;
#[cfg(test)]
mod jmeter_csv_tests;
pub mod keys;
pub mod merge;
pub mod rows;
pub mod summarised;
pub mod tally;
