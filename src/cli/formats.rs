//! `headroom formats`: what can be read, how each format is recognised, and its traps.

use clap::Args;
use serde::Serialize;

use super::common::{CliError, Outcome, print, print_json};
use crate::import::Format;

/// Arguments as typed.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct FormatsArgs {
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct FormatLine {
    id: &'static str,
    title: &'static str,
    recognised_by: &'static str,
    traps: &'static [&'static str],
}

/// Lists the formats.
pub fn run(args: FormatsArgs) -> Result<Outcome, CliError> {
    let lines = Format::ALL.map(|format| FormatLine {
        id: format.id(),
        title: format.title(),
        recognised_by: format.recognised_by(),
        traps: format.traps(),
    });
    if args.json {
        print_json(&serde_json::json!({ "formats": lines }))?;
        return Ok(Outcome::Done);
    }
    for line in lines {
        print(&format!("{} ({})", line.title, line.id));
        print(&format!("  recognised by {}", line.recognised_by));
        for trap in line.traps {
            print(&format!("  - {trap}"));
        }
        print("");
    }
    print("Any of them may be packed with gzip or Zstandard. Extensions are never looked at.");
    Ok(Outcome::Done)
}
