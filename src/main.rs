//! The program: command line to desktop or headless command.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use headroom::ui::offscreen::Picture;
use headroom::ui::settings::{RendererChoice, ThemeChoice};
use headroom::ui::state::Screen;
use headroom::ui::{Options, run, screenshot};

#[derive(Debug, Parser)]
#[command(version, about)]
struct Args {
    /// A .headroom project, or data files for a new one
    files: Vec<PathBuf>,
    /// wgpu or glow
    #[arg(long)]
    renderer: Option<String>,
    /// The screen to show
    #[arg(long)]
    screen: Option<String>,
    /// Draws that screen once, without a display, and exits
    #[arg(long, value_name = "OUT.png")]
    screenshot: Option<PathBuf>,
    /// Size in pixels
    #[arg(long, default_value = "1600x1000")]
    size: String,
    /// Pixels a point
    #[arg(long, default_value_t = 1.0)]
    scale: f32,
    /// light or dark
    #[arg(long)]
    theme: Option<String>,
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let args = Args::parse();
    let theme = args.theme.as_deref().map(|t| match t {
        "dark" => ThemeChoice::Dark,
        _ => ThemeChoice::Light,
    });
    let screen = args.screen.as_deref().and_then(Screen::parse);
    let result = if let Some(to) = args.screenshot {
        let (w, h) = args.size.split_once('x').unwrap_or(("1600", "1000"));
        let picture = Picture {
            size: [w.parse().unwrap_or(1600), h.parse().unwrap_or(1000)],
            scale: args.scale,
            theme: theme.or(Some(ThemeChoice::Light)),
            ..Picture::default()
        };
        screenshot(
            args.files,
            screen.unwrap_or(Screen::Overview),
            &picture,
            &to,
        )
        .map_err(anyhow::Error::from)
    } else {
        let renderer = args.renderer.as_deref().map(|r| match r {
            "glow" => RendererChoice::Glow,
            _ => RendererChoice::Wgpu,
        });
        let options = Options {
            renderer,
            screen,
            theme,
            size: None,
        };
        run(args.files, &options).map_err(anyhow::Error::from)
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            headroom::cli::common::say(&format!("headroom: {error:#}"));
            ExitCode::from(2)
        }
    }
}
