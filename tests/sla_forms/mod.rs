//! Promises in all the forms they come in: presets of the documents, OpenSLO, alert rules, and every way to get them
//! wrong.

mod conflicts;
mod hints;
mod mistakes;
mod openslo;
mod presets;
mod screen;

use headroom::analysis::sla::{SlaFile, presets as shipped};

fn parsed(yaml: &str) -> SlaFile {
    SlaFile::parse(yaml).unwrap_or_else(|e| panic!("{e}\n{yaml}"))
}

fn preset(name: &str) -> SlaFile {
    parsed(shipped::find(name).unwrap().yaml)
}
