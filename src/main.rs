//! The program: the command line becomes the desktop, a picture of it, or a headless command; how that ended becomes
//! the exit code.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser as _;
use headroom::cli::args::{Cli, DesktopArgs, RendererArg, ThemeArg};
use headroom::cli::common::{CliError, Outcome, print_json, say};
use headroom::import::ImportError;
use headroom::ui;
use headroom::ui::offscreen::Picture;
use headroom::ui::settings::{RendererChoice, ThemeChoice};
use headroom::ui::state::Screen;
use tracing_subscriber::EnvFilter;

/// Exit code of everything that could not be done.
const FAILED: u8 = 2;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refused(&error),
    };
    let default = if cli.common.verbose { "info" } else { "error" };
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default)),
        )
        .with_writer(std::io::stderr)
        .init();
    let (result, json) = match &cli.command {
        Some(command) => (command.run(&cli.common), command.json()),
        None => (desktop(&cli.desktop, cli.common.project.as_deref()), false),
    };
    match result {
        Ok(outcome) => ExitCode::from(outcome as u8),
        Err(error) => fail(&error, json),
    }
}

/// What clap has to say: help and version, or a command line that cannot be understood.
fn refused(error: &clap::Error) -> ExitCode {
    let wants_json = std::env::args_os().any(|a| a == "--json");
    if error.use_stderr() && wants_json {
        return fail(&in_words(&error.to_string()), true);
    }
    error.print().ok();
    ExitCode::from(if error.use_stderr() { FAILED } else { 0 })
}

/// The first paragraph is what is wrong; the tip, or else the usage, is what to do.
fn in_words(text: &str) -> CliError {
    let mut paragraphs = text.split("\n\n").map(|paragraph| {
        let lines: Vec<&str> = paragraph.lines().map(str::trim).collect();
        lines.join(" ")
    });
    let message = paragraphs.next().unwrap_or_default();
    let mut error = CliError::usage(message.trim_start_matches("error: "));
    let rest: Vec<String> = paragraphs.collect();
    error.hint = ["tip: ", "Usage: "]
        .iter()
        .find_map(|start| rest.iter().find(|p| p.starts_with(start)))
        .map(|hint| hint.trim_start_matches("tip: ").to_owned());
    error
}

fn fail(error: &CliError, json: bool) -> ExitCode {
    if json {
        print_json(&serde_json::json!({ "error": error })).ok();
    } else {
        let place = match (&error.file, error.line) {
            (Some(file), Some(line)) => format!(" ({file}, line {line})"),
            (Some(file), None) if !error.message.contains(file.as_str()) => format!(" ({file})"),
            _ => String::new(),
        };
        say(&format!("headroom: {error}{place}"));
        if let Some(hint) = &error.hint {
            say(hint);
        }
    }
    ExitCode::from(FAILED)
}

/// Opens the window, or draws one screen without it.
fn desktop(args: &DesktopArgs, project: Option<&Path>) -> Result<Outcome, CliError> {
    let mut files = args.files.clone();
    files.extend(project.map(Path::to_path_buf));
    exist(&files)?;
    let screen = args.screen.as_deref().map(screen).transpose()?;
    let size = args.size.as_deref().map(size).transpose()?;
    let theme = args.theme.map(|theme| match theme {
        ThemeArg::Light => ThemeChoice::Light,
        ThemeArg::Dark => ThemeChoice::Dark,
    });
    let Some(to) = &args.screenshot else {
        let options = ui::Options {
            renderer: args.renderer.map(|renderer| match renderer {
                RendererArg::Wgpu => RendererChoice::Wgpu,
                RendererArg::Glow => RendererChoice::Glow,
            }),
            screen,
            theme,
            size: size.map(|[w, h]| [w as f32, h as f32]),
        };
        ui::run(files, &options).map_err(|e| CliError::new("no-window", e.to_string()))?;
        return Ok(Outcome::Done);
    };
    if !(0.25..=8.0).contains(&args.scale) {
        return Err(CliError::usage("--scale must be between 0.25 and 8"));
    }
    let picture = Picture {
        size: size.unwrap_or(Picture::default().size),
        scale: args.scale,
        theme: theme.or(Some(ThemeChoice::Light)),
        ..Picture::default()
    };
    let default = if files.is_empty() {
        Screen::Welcome
    } else {
        Screen::Overview
    };
    ui::screenshot(files, screen.unwrap_or(default), &picture, to)
        .map_err(|e| CliError::new("no-picture", e.to_string()))?;
    Ok(Outcome::Done)
}

/// A file that is not there is better said before a window opens.
fn exist(files: &[PathBuf]) -> Result<(), CliError> {
    files
        .iter()
        .try_for_each(|file| match std::fs::metadata(file) {
            Ok(_) => Ok(()),
            Err(error) => Err(ImportError::from_io(file, error).into()),
        })
}

fn screen(name: &str) -> Result<Screen, CliError> {
    Screen::parse(name).ok_or_else(|| {
        let all = Screen::ALL.iter().chain([&Screen::Compare]);
        let known: Vec<String> = all.map(|s| s.id()).collect();
        CliError::usage(format!(
            "there is no screen \"{name}\"; known screens: {}",
            known.join(", ")
        ))
    })
}

fn size(text: &str) -> Result<[u32; 2], CliError> {
    text.split_once(['x', '×'])
        .and_then(|(w, h)| Some([w.trim().parse().ok()?, h.trim().parse().ok()?]))
        .filter(|size: &[u32; 2]| size.iter().all(|side| (100..=16_000).contains(side)))
        .ok_or_else(|| {
            CliError::usage(format!(
                "--size needs width and height from 100 to 16000, such as 1600x1000, not \"{text}\""
            ))
        })
}
