//! The command line as typed: one command, or files to open on the desktop.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::anomalies::AnomaliesArgs;
use super::capacity::CapacityArgs;
use super::close::CloseArgs;
use super::common::{CliError, CommonArgs, Outcome};
use super::compare::CompareArgs;
use super::forecast::ForecastArgs;
use super::formats::FormatsArgs;
use super::import::ImportArgs;
use super::report::ReportArgs;
use super::simulate::SimulateArgs;
use super::sla::SlaArgs;
use super::stats::StatsArgs;
use super::{
    anomalies, capacity, close, compare, forecast, formats, import, report, simulate, sla, stats,
};

/// Capacity planning and performance reporting: opens the desktop, or runs one command without it
#[derive(Debug, Parser)]
#[command(
    name = "headroom",
    version,
    after_help = "Exit codes: 0 done, promises met · 1 done, with a finding · 2 could not be done · 3 done, but not proven"
)]
pub struct Cli {
    /// What to do; nothing opens the desktop
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The desktop's own options
    #[command(flatten)]
    pub desktop: DesktopArgs,
    /// Options of all commands
    #[command(flatten)]
    pub common: CommonArgs,
}

/// The headless commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The formats it reads, how each is recognised, and its traps
    Formats(FormatsArgs),
    /// What a load test says
    Stats(StatsArgs),
    /// Did a release make it slower
    Compare(CompareArgs),
    /// Files into a project (created if absent)
    Import(ImportArgs),
    /// Did we keep our promises
    Sla(SlaArgs),
    /// When do we run out
    Forecast(ForecastArgs),
    /// How much can it take
    Capacity(CapacityArgs),
    /// What if
    Simulate(SimulateArgs),
    /// What was unusual
    Anomalies(AnomaliesArgs),
    /// The workbook
    Report(ReportArgs),
    /// Freeze a period, restate it, or open it again
    Close(CloseArgs),
}

/// What draws the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RendererArg {
    /// Vulkan, Metal, DirectX 12
    Wgpu,
    /// OpenGL
    Glow,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ThemeArg {
    /// Dark on light
    Light,
    /// Light on dark
    Dark,
}

/// How the desktop is opened, or one of its screens drawn.
#[derive(Clone, Debug, Default, Args)]
pub struct DesktopArgs {
    /// A .headroom project, or data files for a new one
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// What draws the window (default: wgpu, OpenGL where that fails)
    #[arg(long, value_enum)]
    pub renderer: Option<RendererArg>,
    /// The screen to show first, such as overview or load-tests
    #[arg(long, value_name = "NAME")]
    pub screen: Option<String>,
    /// Draw that screen once, without a display, and exit
    #[arg(long, value_name = "OUT.png")]
    pub screenshot: Option<PathBuf>,
    /// Size of the window in points, or of the picture in pixels
    #[arg(long, value_name = "WxH")]
    pub size: Option<String>,
    /// Pixels a point, for --screenshot
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pub scale: f32,
    /// Light or dark
    #[arg(long, value_enum)]
    pub theme: Option<ThemeArg>,
}

impl Command {
    /// Whether a failure has to be a JSON document too.
    pub const fn json(&self) -> bool {
        match self {
            Self::Formats(a) => a.json,
            Self::Stats(a) => a.json,
            Self::Compare(a) => a.json,
            Self::Import(a) => a.json,
            Self::Sla(a) => a.json,
            Self::Forecast(a) => a.json,
            Self::Capacity(a) => a.json,
            Self::Simulate(a) => a.json,
            Self::Anomalies(a) => a.json,
            Self::Report(a) => a.json,
            Self::Close(a) => a.json,
        }
    }

    /// Runs it.
    pub fn run(&self, common: &CommonArgs) -> Result<Outcome, CliError> {
        match self {
            Self::Formats(args) => formats::run(args, common),
            Self::Stats(args) => stats::run(args, common),
            Self::Compare(args) => compare::run(args, common),
            Self::Import(args) => import::run(args, common),
            Self::Sla(args) => sla::run(args, common),
            Self::Forecast(args) => forecast::run(args, common),
            Self::Capacity(args) => capacity::run(args, common),
            Self::Simulate(args) => simulate::run(args, common),
            Self::Anomalies(args) => anomalies::run(args, common),
            Self::Report(args) => report::run(args, common),
            Self::Close(args) => close::run(args, common),
        }
    }
}
