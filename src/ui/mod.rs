//! The desktop: reads state, sends commands; only `dispatch` changes anything.
//!
//! `run` opens the window: wgpu first; where that fails before the first frame, or took the program down last time,
//! OpenGL. `screenshot` draws a screen without a window.

pub mod app;
pub mod chrome;
pub mod closing;
pub mod command;
pub mod compute;
mod compute_headroom;
mod compute_promises;
mod compute_questions;
mod compute_simulation;
pub mod dialogs;
mod dispatch;
pub mod events;
pub mod fonts;
mod forecast_deeds;
pub mod icons;
pub mod importing;
mod keeping;
pub mod mapping;
pub mod mapping_dialog;
mod mapping_draft;
pub mod notify;
pub mod offscreen;
pub mod outlook;
pub mod overlays;
pub mod palette;
mod period_menu;
pub mod questions;
pub mod reading;
mod request;
pub mod results;
pub mod sample;
pub mod screens;
pub mod settings;
pub mod simulated;
mod slot;
pub mod state;
pub mod theme;
pub mod top_bar;
pub mod typed_path;
pub mod undo;
pub mod widgets;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eframe::egui;

use app::{Parts, Shell};
use offscreen::{Picture, PictureError};
use settings::{Places, RendererChoice, Settings, ThemeChoice};

use state::Screen;

use crate::project::settings::WindowPlace;

const TITLE: &str = "Headroom";

/// How the desktop is started.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// As given on the command line; the settings otherwise.
    pub renderer: Option<RendererChoice>,
    /// The screen to show first.
    pub screen: Option<Screen>,
    /// Size of the window in points.
    pub size: Option<[f32; 2]>,
    /// As given on the command line; the settings otherwise.
    pub theme: Option<ThemeChoice>,
}

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
#[error(
    "no window could be opened ({0}); is there a display? `headroom --help` lists what works without one"
)]
pub struct WindowError(String);

struct Window {
    shell: Shell,
    drawn: Arc<AtomicBool>,
}

impl eframe::App for Window {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.shell.logic(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.shell.ui(ui);
        let size = ui.content_rect().size();
        self.shell.state.settings.window = WindowPlace {
            width: size.x * ui.zoom_factor(),
            height: size.y * ui.zoom_factor(),
            maximized: ui.input(|i| i.viewport().maximized.unwrap_or(false)),
        };
        self.shell.state.settings.zoom = ui.zoom_factor();
        // The first frame is drawn after this call; a second one means that it went well.
        if ui.cumulative_pass_nr() == 1 {
            self.drawn.store(true, Ordering::Relaxed);
            self.shell.renderer_works();
            tracing::info!("first frame");
        } else if ui.cumulative_pass_nr() == 0 {
            ui.request_repaint();
        }
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.shell.renderer_works();
        self.shell.end();
    }
}

/// Opens the window on a project, or on data files for a new one, and returns when it is closed.
pub fn run(files: Vec<PathBuf>, options: &Options) -> Result<(), WindowError> {
    let places = Places::of_platform();
    let (mut settings, _) = places.read_settings();
    let wanted = options.renderer.unwrap_or(settings.renderer);
    let crashed = wanted == RendererChoice::Auto && settings.renderer_starting;
    if wanted == RendererChoice::Glow || crashed {
        if crashed {
            tracing::warn!("wgpu took the program down last time; using OpenGL");
        }
        return window(eframe::Renderer::Glow, files, options, &settings)
            .map_err(|(e, _)| WindowError(e.to_string()));
    }
    // If the renderer takes the program down, this stays behind and is found at the next start.
    settings.renderer_starting = true;
    places.save_settings(&settings);
    let first = window(eframe::Renderer::Wgpu, files.clone(), options, &settings);
    match first {
        Ok(()) => Ok(()),
        Err((error, false)) if wanted == RendererChoice::Auto => {
            tracing::warn!(%error, "wgpu could not start; using OpenGL");
            window(eframe::Renderer::Glow, files, options, &settings)
                .map_err(|(e, _)| WindowError(format!("wgpu: {error}; OpenGL: {e}")))
        }
        Err((error, _)) => {
            settings.renderer_starting = false;
            places.save_settings(&settings);
            Err(WindowError(error.to_string()))
        }
    }
}

/// The error says whether a frame had been drawn.
fn window(
    renderer: eframe::Renderer,
    files: Vec<PathBuf>,
    options: &Options,
    settings: &Settings,
) -> Result<(), (eframe::Error, bool)> {
    let place = settings.window;
    let size = options.size.unwrap_or([place.width, place.height]);
    let mut viewport = egui::ViewportBuilder::default()
        .with_app_id("headroom")
        .with_title(TITLE)
        .with_inner_size(size)
        .with_maximized(options.size.is_none() && place.maximized)
        .with_min_inner_size([960.0, 640.0]);
    if let Some(icon) = icon() {
        viewport = viewport.with_icon(icon);
    }
    let native = eframe::NativeOptions {
        viewport,
        renderer,
        ..eframe::NativeOptions::default()
    };
    let drawn = Arc::new(AtomicBool::new(false));
    let (screen, theme) = (options.screen, options.theme);
    let app_drawn = Arc::clone(&drawn);
    eframe::run_native(
        TITLE,
        native,
        Box::new(move |cc| {
            let shell = Shell::new(&cc.egui_ctx, Parts::native(&cc.egui_ctx), files, screen);
            if let Some(theme) = theme {
                app::apply_theme(&cc.egui_ctx, theme);
            }
            Ok(Box::new(Window {
                shell,
                drawn: app_drawn,
            }))
        }),
    )
    .map_err(|error| (error, drawn.load(Ordering::Relaxed)))
}

fn icon() -> Option<egui::IconData> {
    let png = include_bytes!("../../assets/icon.png");
    let image = image::load_from_memory(png).ok()?.into_rgba8();
    let (width, height) = image.dimensions();
    Some(egui::IconData {
        rgba: image.into_raw(),
        width,
        height,
    })
}

/// Opens files without a window, draws one screen and writes it as PNG. Nothing of the person's own is touched: the
/// project is opened as it is, settings and recent projects stay as they are.
pub fn screenshot(
    files: Vec<PathBuf>,
    screen: Screen,
    picture: &Picture,
    to: &Path,
) -> Result<(), PictureError> {
    let ctx = egui::Context::default();
    let folder = std::env::temp_dir().join(format!("headroom-picture-{}", std::process::id()));
    let parts = Parts {
        places: Places {
            settings: None,
            recent: None,
            data_dir: folder.clone(),
        },
        ..Parts::native(&ctx)
    };
    let mut shell = Shell::new(&ctx, parts, files, Some(screen));
    let result = offscreen::write_png(&ctx, &mut shell, picture, to);
    drop(shell);
    std::fs::remove_dir_all(folder).ok();
    result
}
