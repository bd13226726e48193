//! Results of load tests: one file per format, and the counting that they share.

pub mod artillery_figures;
pub mod artillery_report;
pub mod artillery_v1_report;
pub mod builder;
pub mod columns;
pub mod document;
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
pub mod k6_csv;
pub mod k6_figures;
pub mod k6_handle_summary;
pub mod k6_lines;
pub mod k6_ndjson;
pub mod k6_points;
pub mod k6_series;
pub mod k6_summary;
pub mod k6_summary_export;
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
pub mod text_lines;
pub mod whole_text;
