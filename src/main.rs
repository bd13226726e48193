//! The program: command line to headless command.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use headroom::cli::{CommonArgs, common, formats, stats};

#[derive(Parser)]
#[command(name = "headroom", version, about)]
struct Cli {
    #[command(flatten)]
    common: CommonArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// What a load test says
    Stats(stats::StatsArgs),
    /// The formats that are read
    Formats(formats::FormatsArgs),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let (result, json) = match &cli.command {
        Command::Stats(args) => (stats::run(args, &cli.common), args.json),
        Command::Formats(args) => (formats::run(args, &cli.common), args.json),
    };
    match result {
        Ok(outcome) => ExitCode::from(outcome as u8),
        Err(error) => {
            if json {
                common::print_json(&serde_json::json!({ "error": error })).ok();
            }
            common::say(&format!("headroom: {error}"));
            ExitCode::from(2)
        }
    }
}
