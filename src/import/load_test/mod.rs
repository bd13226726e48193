//! JMeter results as CSV.

pub mod jmeter_csv;
