//! Results of load tests: one file per format, and the counting that they share.

pub mod builder;
pub mod columns;
pub mod document;
pub mod fields;
pub mod frames;
pub mod intern;
pub mod jmeter_csv;
#[cfg(test)]
mod jmeter_csv_tests;
pub mod jmeter_statistics;
pub mod jmeter_summariser;
pub mod jmeter_xml;
pub mod jmeter_xml_sample;
#[cfg(test)]
mod jmeter_xml_tests;
pub mod junit_xml;
pub mod keys;
pub mod merge;
pub mod rows;
pub mod summarised;
pub mod tally;
pub mod taurus_stats;
