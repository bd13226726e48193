//! The window: `logic` takes in what jobs brought and carries commands out, `ui` only draws.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui;

use super::chrome;
use super::command::Command;
use super::dialogs::{Dialogs, NativeDialogs};
use super::keeping::AUTOSAVE_AFTER;
use super::overlays;
use super::palette::Palette;
use super::screens::{self, Cx};
use super::settings::{Places, ThemeChoice};
use super::state::{AppState, JobLine, Screen, ViewState};
use super::theme::{self, space};
use crate::calendar::Instant;
use crate::jobs::Jobs;
use crate::units::Micros;

/// What the frame around the screens remembers for itself.
#[derive(Debug, Default)]
pub struct ShellView {
    /// The command palette.
    pub palette: Palette,
    /// The list of keys is shown.
    pub keys_open: bool,
    /// The list of notifications is shown.
    pub notifications_open: bool,
    /// The notification whose details are unfolded.
    pub details_of: Option<u64>,
    /// The series chosen in the palette; Explore takes it and shows it.
    pub found_series: Option<super::results::SeriesKey>,
    /// What is typed into the time zone field.
    pub zone_text: String,
    /// What is typed where the zone of times without one is asked for.
    pub source_zone_text: String,
    /// What is typed into the period field.
    pub period_text: String,
    /// What is typed where a path is asked for.
    pub path_text: String,
}

/// The wall clock; tests bring their own.
pub type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// What the desktop is put together from.
pub struct Parts {
    /// Runs background work.
    pub jobs: Jobs<AppState>,
    /// Asks for files.
    pub dialogs: Box<dyn Dialogs>,
    /// Folders of the program.
    pub places: Places,
    /// The wall clock.
    pub clock: Clock,
    /// How long edits wait before they are written.
    pub autosave_after: Micros,
}

impl Parts {
    /// Threads, native dialogs, the platform's folders, the computer's clock.
    pub fn native(ctx: &egui::Context) -> Self {
        let ctx = ctx.clone();
        Self {
            jobs: Jobs::new(move || ctx.request_repaint()),
            dialogs: Box::new(NativeDialogs),
            places: Places::of_platform(),
            clock: Arc::new(Instant::now),
            autosave_after: AUTOSAVE_AFTER,
        }
    }
}

/// The whole desktop besides the window system: state, views, jobs.
pub struct Shell {
    /// What is known.
    pub state: AppState,
    /// What screens remember.
    pub view: ViewState,
    pub(super) jobs: Jobs<AppState>,
    pub(super) dialogs: Box<dyn Dialogs>,
    pub(super) places: Places,
    pub(super) autosave_after: Micros,
    /// Commands for the next round.
    pub(super) deferred: Vec<Command>,
    /// What the imports that run one after the other brought so far.
    pub(super) batch: super::importing::Batch,
    /// The screen asked for on the command line, shown once a project is open.
    pub(super) start_screen: Option<Screen>,
    clock: Clock,
}

impl std::fmt::Debug for Shell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shell")
            .field("screen", &self.state.screen)
            .field("jobs", &self.jobs)
            .finish_non_exhaustive()
    }
}

impl Shell {
    /// Puts the desktop together; nothing is read or opened before the first frame.
    pub fn new(
        ctx: &egui::Context,
        parts: Parts,
        files: Vec<PathBuf>,
        screen: Option<Screen>,
    ) -> Self {
        let Parts {
            jobs,
            dialogs,
            places,
            clock,
            autosave_after,
        } = parts;
        theme::install(ctx);
        let (settings, damage) = places.read_settings();
        apply_theme(ctx, settings.theme);
        ctx.set_zoom_factor(settings.zoom);
        let (recent, more_damage) = places.read_recent();
        let now = clock();
        let mut state = AppState::new(settings, recent, now);
        for problem in damage.into_iter().chain(more_damage) {
            state
                .notifications
                .add(super::notify::Notification::warning(problem), now);
        }
        let mut deferred = Vec::new();
        match screen {
            Some(screen) if files.is_empty() => state.screen = screen,
            _ => {}
        }
        if !files.is_empty() {
            deferred.push(Command::OpenPaths(files));
        }
        Self {
            state,
            view: ViewState::default(),
            jobs,
            dialogs,
            places,
            autosave_after,
            deferred,
            batch: super::importing::Batch::default(),
            start_screen: screen,
            clock,
        }
    }

    /// Takes in what jobs brought and carries out what is due. Never paints.
    pub fn logic(&mut self, ctx: &egui::Context) {
        self.state.now = (self.clock)();
        if !ctx.input(|i| i.pointer.any_down()) {
            self.state.history.close_step();
        }
        // Inline jobs (tests) finish at once and may start others: go on until nothing comes any more.
        for _ in 0..1_000 {
            for apply in self.jobs.poll() {
                apply(&mut self.state);
            }
            let events = std::mem::take(&mut self.state.events);
            let commands = std::mem::take(&mut self.deferred);
            if events.is_empty() && commands.is_empty() {
                break;
            }
            for event in events {
                self.handle(event);
            }
            for command in commands {
                self.dispatch(ctx, command);
            }
        }
        for failure in self.jobs.take_failures() {
            self.notify(
                super::notify::Notification::error(format!(
                    "{} failed because of an error in the program",
                    failure.title
                ))
                .with_details(failure.message),
            );
        }
        let jobs = &self.jobs;
        self.state
            .results
            .retain_running(|key| jobs.is_running(key));
        self.state.jobs = jobs
            .running()
            .into_iter()
            .map(|job| JobLine {
                key: job.key,
                title: job.title,
                fraction: job.fraction,
                elapsed: job.elapsed,
                shown: job.shown,
            })
            .collect();
        let saving = self.autosave();
        let toasts = self.state.notifications.expire(self.state.now);
        if let Some(next) = saving.into_iter().chain(toasts).min() {
            ctx.request_repaint_after(next + Duration::from_millis(5));
        }
    }

    /// Draws a frame; what was asked for is carried out afterwards.
    pub fn ui(&mut self, ui: &mut egui::Ui) {
        let mut out = Vec::new();
        overlays::take_keys(ui, &self.state, &self.view, &mut out);
        overlays::take_drops(ui, &mut out);
        chrome::show_ui(ui, &self.state, &mut self.view, &mut out);
        let margin = egui::Margin::symmetric(space::XL as i8, space::L as i8);
        let frame = egui::Frame::central_panel(ui.style()).inner_margin(margin);
        egui::CentralPanel::default().frame(frame).show(ui, |ui| {
            let mut cx = Cx {
                state: &self.state,
                view: &mut self.view,
                out: &mut out,
            };
            screens::show_ui(ui, &mut cx);
        });
        overlays::show_ui(ui, &self.state, &mut self.view, &mut out);
        if out.is_empty() {
            return;
        }
        let ctx = ui.ctx().clone();
        for command in out {
            self.dispatch(&ctx, command);
        }
        // What the commands changed has to be seen.
        ctx.request_repaint();
    }

    /// Whether nothing is running and nothing waits.
    pub fn is_settled(&self) -> bool {
        self.jobs.running().is_empty()
            && self.state.events.is_empty()
            && self.deferred.is_empty()
            && self.state.import_queue.is_empty()
            && self.state.pending_since.is_none()
    }

    /// The first frames were drawn: the renderer works here.
    pub fn renderer_works(&mut self) {
        if self.state.settings.renderer_starting {
            self.state.settings.renderer_starting = false;
            self.save_settings();
        }
    }

    /// The program ends: everything is written.
    pub fn end(&mut self) {
        self.write_and_leave();
        self.save_settings();
    }
}

/// Makes a context use a theme.
pub fn apply_theme(ctx: &egui::Context, choice: ThemeChoice) {
    ctx.set_theme(match choice {
        ThemeChoice::System => egui::ThemePreference::System,
        ThemeChoice::Light => egui::ThemePreference::Light,
        ThemeChoice::Dark => egui::ThemePreference::Dark,
    });
}
