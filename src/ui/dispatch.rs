//! The only place that changes the state: carries commands out and takes in what jobs brought.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui;

use super::app::Shell;
use super::command::{Command, DocEdit};
use super::compute::Inputs;
use super::dialogs::{FileAsk, Picked};
use super::events::{Event, sort_paths};
use super::keeping::REPORT;
use super::notify::{Level, Notification};
use super::results::Request;
use super::sample::{self, Sample};
use super::state::{SaveState, Screen, default_period};
use super::typed_path::{PathQuestion, PathThen};
use crate::calendar::{Period, Zone};
use crate::dataset::Dataset;
use crate::jobs::JobSpec;
use crate::project::ProjectDoc;

/// Key of the job that waits for a dialog: one dialog at a time.
const DIALOG: &str = "dialog";

impl Shell {
    /// Carries one command out.
    pub fn dispatch(&mut self, ctx: &egui::Context, command: Command) {
        match command {
            Command::Go(screen) => self.go(screen),
            Command::NewProject => self.create_untitled(None, super::events::Sorted::default()),
            Command::OpenProject => self.ask_open(
                "Open project",
                Some(("Headroom project", &["headroom"])),
                Command::OpenPaths,
            ),
            Command::OpenPaths(paths) | Command::ImportPaths(paths) => self.sort(paths),
            Command::OpenSample => self.open_sample(),
            Command::Save => self.save_now(),
            Command::SaveAs => {
                let name = format!("{}.headroom", self.state.project_name());
                self.ask_save("Save project as", &name, |path| {
                    Command::SaveAsPath(with_extension(path, "headroom"))
                });
            }
            Command::SaveAsPath(path) => self.save_as(path),
            Command::CloseProject => self.close_project(),
            Command::Import => self.ask_open("Import data files", None, Command::ImportPaths),
            Command::ReimportWithZone { source_id, zone } => self.reimport(&source_id, zone),
            Command::AnswerSourceZone { source_ids, zone } => {
                self.answer_source_zone(&source_ids, &zone);
            }
            Command::MapColumns => self.map_columns(),
            Command::MapColumnsOf { path, source_id } => self.map_columns_of(path, source_id),
            Command::PreviewMapping(mapping) => self.preview_mapping(*mapping),
            Command::ImportMapped { mapping, remember } => self.import_mapped(*mapping, remember),
            Command::CloseMapping => self.close_mapping(),
            Command::DismissMappingOffer(path) => self.drop_offers(&path),
            Command::AnswerOverlap(choice) => self.answer_overlap(choice),
            Command::SaveRejects(source_id) => self.ask_save_rejects(&source_id),
            Command::WriteRejects { source_id, path } => self.write_rejects(&source_id, path),
            Command::RemoveSource(source_id) => self.remove_source(source_id),
            Command::SetSourceScope { source_id, scope } => self.set_source_scope(source_id, scope),
            Command::MakeReport => self.ask_report("xlsx"),
            Command::MakeReportAs(extension) => self.ask_report(extension),
            Command::WriteReport(path) => self.write_report(path),
            Command::OpenRules => self.ask_rules(),
            Command::ReviewRules(read) => self.review_rules(*read),
            Command::OpenScenario => self.ask_scenario(),
            Command::TakeScenario(read) => self.take_scenario(*read),
            Command::PickLogo => self.ask_logo(),
            Command::ReadLogo(path) => self.read_logo(path),
            Command::TakeLogo(read) => self.take_logo(read),
            Command::KeepForecast => self.keep_forecast(),
            Command::PickHolidays => self.ask_holidays(),
            Command::TakeHolidays(read) => self.take_holidays(read),
            Command::Closing(deed) => self.decide_closing(deed),
            Command::Undo => self.step_history(true),
            Command::Redo => self.step_history(false),
            Command::Edit(edit) => self.edit(&edit, ctx.input(|i| i.pointer.any_down())),
            Command::SetPeriod(period) => self.set_period(period),
            Command::StepPeriod(by) => self.set_period(self.state.period.step(by)),
            Command::SetScope(scope) => self.navigate_doc(|doc| doc.scope = scope),
            Command::SetZone(name) => self.set_zone(&name),
            Command::Request(request) => self.start(request),
            Command::CancelJob(key) => self.cancel_job(&key),
            Command::Notify(notification) => self.notify(notification),
            Command::Dismiss(id) => self.state.notifications.dismiss(id),
            Command::DismissAll => self.state.notifications.clear(),
            Command::CopyText(text) => {
                ctx.copy_text(text);
                self.notify(Notification::info("Copied"));
            }
            Command::AskPath(question) => self.ask_path(question),
            Command::GivePath(path) => self.give_path(path),
            Command::SaveText { file_name, text } => self.ask_save_text(&file_name, text),
            Command::WriteText { what, path, text } => self.write_text(what, path, text),
            Command::SetTheme(theme) => {
                self.state.settings.theme = theme;
                super::app::apply_theme(ctx, theme);
                self.save_settings();
            }
            Command::SetRenderer(renderer) => {
                self.state.settings.renderer = renderer;
                self.save_settings();
                self.notify(Notification::info("The renderer changes at the next start"));
            }
            Command::SetDefaultZone(zone) => {
                self.state.settings.time_zone = zone;
                self.save_settings();
            }
            Command::ForgetRecent(path) => {
                self.state.recent.forget(&path);
                self.places.save_recent(&self.state.recent);
            }
            Command::TogglePalette => self.view.shell.palette.toggle(),
            Command::ToggleKeys => self.view.shell.keys_open = !self.view.shell.keys_open,
            Command::ToggleNotifications => {
                self.view.shell.notifications_open = !self.view.shell.notifications_open;
            }
            Command::Quit => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
        }
    }

    /// Takes in what a job brought.
    pub(super) fn handle(&mut self, event: Event) {
        match event {
            Event::Sorted(sorted) => self.take_sorted(sorted),
            Event::Opened(opened) => self.take_opened(*opened),
            Event::Imported(task, result, is_table) => {
                self.take_imported(&task, *result, is_table);
            }
            Event::Looked(looked) => self.take_looked(*looked),
            Event::Previewed(mapping, result) => self.take_previewed(&mapping, *result),
            Event::Written(sources, result) => self.take_written(sources, result),
            Event::SavedAs(path, result) => self.take_saved_as(&path, result),
            Event::Computed(request, fingerprint, computed) => {
                self.state.results.finish(&request, fingerprint, *computed);
            }
            Event::FileWritten(what, path, Ok(())) => {
                if what == REPORT {
                    self.state.exports.push((path.clone(), self.state.now));
                }
                self.notify(Notification::success(format!(
                    "{what} saved: {}",
                    path.display()
                )));
            }
            Event::FileWritten(what, path, Err(why)) => {
                self.notify(
                    Notification::error(format!(
                        "{what} could not be saved ({why}): {}",
                        path.display()
                    ))
                    .with_details(why),
                );
            }
            Event::Signed(project, signed) => self.take_signed(project.as_deref(), *signed),
            Event::Answered(command) => self.deferred.extend(command),
        }
    }

    /// Tells a person something.
    pub(super) fn notify(&mut self, notification: Notification) {
        match notification.level {
            Level::Error => tracing::error!("{}", notification.text),
            Level::Warning => tracing::warn!("{}", notification.text),
            Level::Info | Level::Success => tracing::info!("{}", notification.text),
        }
        self.state.notifications.add(notification, self.state.now);
    }

    fn go(&mut self, screen: Screen) {
        let needs_project = !matches!(screen, Screen::Welcome | Screen::Settings);
        if !needs_project || self.state.project.is_some() {
            self.state.screen = screen;
        }
    }

    /// Says that nothing can be changed, where that is so.
    pub(super) fn refuse_read_only(&mut self) -> bool {
        let who = self.read_only_because();
        if let Some(who) = &who {
            self.notify(Notification::warning(format!(
                "The project is open for reading only ({who}); save it under another name to change it"
            )));
        }
        who.is_some()
    }

    /// Changes the document with an undo step.
    pub(super) fn edit(&mut self, edit: &DocEdit, dragging: bool) {
        if self.refuse_read_only() {
            return;
        }
        let after = edit.applied(&self.state.doc);
        if after == self.state.doc {
            return;
        }
        self.state
            .history
            .record(&edit.name, &self.state.doc, dragging);
        self.replace_doc(after);
    }

    /// Changes what is looked at: saved, but no undo step.
    fn navigate_doc(&mut self, change: impl FnOnce(&mut ProjectDoc)) {
        let mut after = self.state.doc.clone();
        change(&mut after);
        if after != self.state.doc {
            self.replace_doc(after);
        }
    }

    fn step_history(&mut self, back: bool) {
        let current = &self.state.doc;
        let step = if back {
            self.state.history.undo(current)
        } else {
            self.state.history.redo(current)
        };
        if let Some((mut doc, name)) = step {
            // What is looked at is not a matter of undo.
            doc.period = self.state.doc.period.clone();
            doc.scope = self.state.doc.scope.clone();
            // Nor is what was signed: it is opened again with a reason.
            doc.decisions.keep_signed(&self.state.doc.decisions);
            self.replace_doc(doc);
            let verb = if back { "Undid" } else { "Redid" };
            self.notify(Notification::info(format!("{verb}: {name}")));
        }
    }

    /// Puts another document in place, with everything that follows from it.
    pub(super) fn replace_doc(&mut self, doc: ProjectDoc) {
        let rebuild = doc.sources != self.state.doc.sources;
        self.state.doc = doc;
        self.state.zone = Zone::named(&self.state.doc.time_zone).unwrap_or_default();
        if rebuild {
            self.rebuild_dataset();
        }
        self.follow_period();
        if self.state.project.is_some() && !self.state.read_only() {
            self.state.save = SaveState::Pending;
            self.state.pending_since.get_or_insert(self.state.now);
        }
    }

    /// The dataset is what the document names, with the scopes it gives.
    pub(super) fn rebuild_dataset(&mut self) {
        let state = &mut self.state;
        let sources = state.doc.sources.iter().filter_map(|entry| {
            let source = state.library.get(&entry.source_id)?;
            if source.info.scope == entry.scope && source.info.run_group == entry.run_group {
                return Some(Arc::clone(source));
            }
            let mut scoped = source.as_ref().clone();
            scoped.info.scope = entry.scope.clone();
            scoped.info.run_group.clone_from(&entry.run_group);
            Some(Arc::new(scoped))
        });
        state.dataset = Arc::new(Dataset {
            sources: sources.collect(),
        });
        state.data_revision += 1;
    }

    pub(super) fn follow_period(&mut self) {
        let state = &mut self.state;
        state.period = Period::parse(&state.doc.period).map_or_else(
            |_| default_period(&state.dataset, &state.zone, state.now),
            |period| state.asked(period),
        );
    }

    fn set_period(&mut self, period: Period) {
        self.navigate_doc(|doc| doc.period = period.to_string());
    }

    fn set_zone(&mut self, name: &str) {
        match Zone::named(name) {
            Ok(zone) => {
                let name = zone.name().to_owned();
                let edit = DocEdit::new(format!("change time zone to {name}"), move |doc| {
                    doc.time_zone = name.clone();
                });
                self.edit(&edit, false);
            }
            Err(e) => self.notify(Notification::error(e.to_string())),
        }
    }

    fn start(&mut self, request: Request) {
        let fingerprint = request.fingerprint(&self.state);
        let results = &self.state.results;
        if results.is_current(&request, fingerprint) && !results.was_cancelled(&request) {
            return;
        }
        if self.state.results.recall(&request, fingerprint) {
            self.jobs.cancel_key(&request.job_key());
            return;
        }
        self.state.results.begin(&request, fingerprint);
        let inputs = Inputs::of(&self.state);
        let spec = JobSpec::new(request.job_key(), request.title());
        self.jobs.spawn(spec, move |progress| {
            let computed = inputs.compute(&request, progress);
            Event::Computed(request, fingerprint, Box::new(computed)).leave()
        });
    }

    fn cancel_job(&mut self, key: &str) {
        if key == super::importing::IMPORT {
            self.cancel_imports();
        }
        self.jobs.cancel_key(key);
    }

    /// Looks at what stands at the paths, away from the main thread.
    pub(super) fn sort(&mut self, paths: Vec<PathBuf>) {
        if let Some(folder) = paths.first().and_then(|p| p.parent()) {
            let project = paths
                .iter()
                .any(|p| p.extension().is_some_and(|e| e == "headroom"));
            let settings = &mut self.state.settings;
            let known = if project {
                &mut settings.project_folder
            } else {
                &mut settings.import_folder
            };
            if folder.is_absolute() {
                *known = Some(folder.to_path_buf());
            }
        }
        self.jobs
            .spawn(JobSpec::new("sort", "Looking at files"), move |_| {
                Event::Sorted(sort_paths(&paths)).leave()
            });
    }

    fn open_sample(&mut self) {
        match sample::locate() {
            Some(Sample::Project(path)) => self.open_copy(path),
            Some(Sample::Folder(folder)) => {
                self.create_untitled(Some("Sample"), sort_paths(&[folder]));
            }
            None => self.notify(Notification::error(
                "The sample was not found; the folder sample-data belongs beside the program",
            )),
        }
    }

    fn dialog_is_free(&mut self) -> bool {
        let free = !self.jobs.is_running(DIALOG);
        if !free {
            self.notify(Notification::info(
                "A file dialog is open already; files can also be dropped on the window",
            ));
        }
        free
    }

    /// Asks for existing files.
    pub(super) fn ask_open(
        &mut self,
        title: &str,
        filter: Option<(&str, &[&str])>,
        then: impl FnOnce(Vec<PathBuf>) -> Command + Send + 'static,
    ) {
        if !self.dialog_is_free() {
            return;
        }
        let ask = FileAsk {
            title: title.to_owned(),
            folder: match filter {
                Some(_) => self.state.settings.project_folder.clone(),
                None => self.state.settings.import_folder.clone(),
            },
            filter: filter.map(|(name, extensions)| {
                let extensions = extensions.iter().map(|e| (*e).to_owned());
                (name.to_owned(), extensions.collect())
            }),
            file_name: String::new(),
        };
        let answer = self.dialogs.open_files(&ask);
        self.await_answer(answer, (ask, false), |paths| Some(then(paths)));
    }

    /// Asks for a file to write.
    pub(super) fn ask_save(
        &mut self,
        title: &str,
        file_name: &str,
        then: impl FnOnce(PathBuf) -> Command + Send + 'static,
    ) {
        if !self.dialog_is_free() {
            return;
        }
        let ask = FileAsk {
            title: title.to_owned(),
            folder: if file_name.ends_with(".headroom") {
                self.state.settings.project_folder.clone()
            } else {
                self.state.settings.report_folder.clone()
            },
            filter: None,
            file_name: file_name.replace(['/', '\\', ':'], "-"),
        };
        let answer = self.dialogs.save_file(&ask);
        self.await_answer(answer, (ask, true), |paths| {
            paths.into_iter().next().map(then)
        });
    }

    fn await_answer(
        &mut self,
        answer: super::dialogs::Answer,
        (ask, saves): (FileAsk, bool),
        then: impl FnOnce(Vec<PathBuf>) -> Option<Command> + Send + 'static,
    ) {
        let spec = JobSpec::new(DIALOG, "Waiting for the file dialog");
        self.jobs.spawn_async(spec, async move {
            let command = match answer.await {
                Picked::Files(paths) => then(paths),
                Picked::Closed => None,
                Picked::Impossible(why) => Some(Command::AskPath(PathQuestion {
                    ask,
                    saves,
                    why,
                    then: PathThen::new(then),
                })),
            };
            Event::Answered(command).leave()
        });
    }

    fn ask_report(&mut self, extension: &'static str) {
        let name = format!(
            "{} {}.{extension}",
            self.state.project_name(),
            self.state.period.to_string().replace(':', "")
        );
        self.ask_save("Save report", &name, move |path| {
            Command::WriteReport(with_extension(path, extension))
        });
    }

    fn ask_save_text(&mut self, file_name: &str, text: String) {
        let what = file_name.to_owned();
        self.ask_save("Save as a file", file_name, move |path| {
            Command::WriteText { what, path, text }
        });
    }

    fn write_text(&mut self, what: String, path: PathBuf, text: String) {
        let spec = JobSpec::new(
            format!("write-{}", path.display()),
            format!("Saving {what}"),
        );
        self.jobs.spawn(spec, move |_| {
            let result = std::fs::write(&path, text).map_err(|e| e.to_string());
            Event::FileWritten(what, path, result).leave()
        });
    }
}

/// The path with an extension, if it has none.
pub(super) fn with_extension(path: PathBuf, extension: &str) -> PathBuf {
    if path.extension().is_some() {
        path
    } else {
        path.with_extension(extension)
    }
}

/// The file name for messages.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default()
}
