//! Opening, creating, saving and closing projects. Every write is a transaction in a job; a project without a name
//! lives in the program's own folder, so that a kill loses nothing.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::app::Shell;
use super::command::Command;
use super::compute::Inputs;
use super::dispatch::file_name;
use super::events::{Event, Opened, Sorted};
use super::notify::Notification;
use super::state::{AppState, ProjectHandle, SaveState, Screen};
use crate::dataset::Source;
use crate::jobs::JobSpec;
use crate::project::{OpenedProject, Project, ProjectDoc, ProjectError};
use crate::report;
use crate::units::Micros;

/// Key of the job that writes the document.
pub(super) const SAVE: &str = "save";
const OPEN: &str = "open";
/// What a written report is called in events.
pub(super) const REPORT: &str = "Report";

/// What has to be on disk before a project may be left.
#[derive(Debug)]
struct Leaving {
    file: Arc<Mutex<Project>>,
    sources: Vec<Arc<Source>>,
    doc: ProjectDoc,
}

impl Leaving {
    fn write(&self) -> Result<(), ProjectError> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let sources: Vec<&Source> = self.sources.iter().map(Arc::as_ref).collect();
        file.add_sources(&sources, &self.doc)
    }
}

impl Shell {
    /// Who has the project open for writing, where it is open for reading only.
    pub(super) fn read_only_because(&self) -> Option<String> {
        let project = self.state.project.as_ref()?;
        project.read_only_because.clone()
    }

    /// Opens a project file; `then` is put into it.
    pub(super) fn open_project(&mut self, path: PathBuf, then: Sorted) {
        if self.state.project.as_ref().is_some_and(|p| p.path == path) {
            self.notify(Notification::info(format!(
                "{} is open already",
                file_name(&path)
            )));
            self.take_content(then);
            return;
        }
        let untitled = path.starts_with(&self.places.data_dir);
        let title = format!("Opening {}", file_name(&path));
        let leaving = self.leaving();
        self.jobs
            .spawn(JobSpec::new(OPEN, title).must_run(), move |_| {
                let result = leave(leaving).and_then(|()| Project::open(&path));
                let opened = Opened {
                    path,
                    untitled,
                    result,
                    then,
                };
                Event::Opened(Box::new(opened)).leave()
            });
    }

    /// Opens a copy of a project as an untitled one, such as the sample.
    pub(super) fn open_copy(&mut self, from: PathBuf) {
        let path = self.places.untitled_path(&file_name(&from));
        let leaving = self.leaving();
        self.jobs.spawn(
            JobSpec::new(OPEN, "Opening the sample").must_run(),
            move |_| {
                let copied = std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))
                    .and_then(|()| std::fs::copy(&from, &path))
                    .map_err(|e| ProjectError::Refused {
                        path: from.clone(),
                        what: format!("the sample could not be copied ({e})"),
                    });
                let result = leave(leaving)
                    .and_then(|()| copied.map(|_| ()))
                    .and_then(|()| Project::open(&path));
                let opened = Opened {
                    path,
                    untitled: true,
                    result,
                    then: Sorted::default(),
                };
                Event::Opened(Box::new(opened)).leave()
            },
        );
    }

    /// Creates an untitled project; `then` is put into it.
    pub(super) fn create_untitled(&mut self, name: Option<&str>, then: Sorted) {
        let path = self.places.untitled_path("Untitled.headroom");
        let doc = ProjectDoc {
            name: name.unwrap_or_default().to_owned(),
            time_zone: if self.state.settings.time_zone.is_empty() {
                ProjectDoc::default().time_zone
            } else {
                self.state.settings.time_zone.clone()
            },
            ..ProjectDoc::default()
        };
        let leaving = self.leaving();
        self.jobs.spawn(
            JobSpec::new(OPEN, "Creating a project").must_run(),
            move |_| {
                let result = leave(leaving)
                    .and_then(|()| {
                        // The folder may be new; what is wrong with it, creating the file says.
                        path.parent().map(std::fs::create_dir_all);
                        Project::create(&path, &doc)
                    })
                    .map(|project| OpenedProject {
                        project,
                        doc,
                        dataset: crate::dataset::Dataset::default(),
                        read_only_because: None,
                        losses: Vec::new(),
                    });
                let opened = Opened {
                    path,
                    untitled: true,
                    result,
                    then,
                };
                Event::Opened(Box::new(opened)).leave()
            },
        );
    }

    pub(super) fn take_opened(&mut self, opened: Opened) {
        let Opened {
            path,
            untitled,
            result,
            then,
        } = opened;
        let project = match result {
            Ok(project) => project,
            Err(error) => {
                self.notify(Notification::error(format!(
                    "The project could not be opened: {error}"
                )));
                self.stay();
                return;
            }
        };
        let fresh = project.dataset.sources.is_empty() && project.doc == ProjectDoc::default();
        self.adopt(project, &path, untitled);
        let wanted = self.start_screen.take();
        self.state.screen = match wanted {
            Some(screen) => screen,
            None if !then.data.is_empty() || fresh => Screen::Data,
            None => Screen::Overview,
        };
        self.take_content(then);
        if let Some(screen) = wanted {
            self.state.screen = screen;
        }
    }

    /// The project that was to be left stays: all of it is written again, which costs nothing for what is there.
    fn stay(&mut self) {
        let state = &mut self.state;
        if state.project.is_some() && !state.read_only() {
            state.unsaved = state.dataset.sources.clone();
            state.save = SaveState::Pending;
            state.pending_since = Some(state.now);
        }
    }

    /// Puts an opened project in place of what was open.
    fn adopt(&mut self, opened: OpenedProject, path: &Path, untitled: bool) {
        let OpenedProject {
            project,
            doc,
            dataset,
            read_only_because,
            losses,
        } = opened;
        self.leave_state();
        let state = &mut self.state;
        for source in dataset.sources {
            state.library.insert(source.info.source_id.clone(), source);
        }
        state.project = Some(ProjectHandle {
            file: Arc::new(Mutex::new(project)),
            path: path.to_path_buf(),
            untitled,
            read_only_because: read_only_because.clone(),
        });
        state.doc = doc;
        state.zone = crate::calendar::Zone::named(&state.doc.time_zone).unwrap_or_default();
        self.rebuild_dataset();
        self.follow_period();
        if let Some(who) = read_only_because {
            self.notify(Notification::warning(format!(
                "Open for reading only: {who}; save it under another name to change it"
            )));
        }
        if !losses.is_empty() {
            self.notify(
                Notification::warning(format!(
                    "Some of the project could not be read: {}",
                    losses.first().cloned().unwrap_or_default()
                ))
                .with_details(losses.join("\n")),
            );
        }
        if !untitled || self.state.has_data() {
            self.remember_project(path);
        }
    }

    /// Forgets everything about the project that was open.
    fn leave_state(&mut self) {
        let state = &mut self.state;
        let settings = std::mem::take(&mut state.settings);
        let recent = std::mem::take(&mut state.recent);
        let notifications = std::mem::take(&mut state.notifications);
        let jobs = std::mem::take(&mut state.jobs);
        let revision = state.data_revision;
        let events = std::mem::take(&mut state.events);
        *state = AppState::new(settings, recent, state.now);
        state.notifications = notifications;
        state.jobs = jobs;
        state.data_revision = revision + 1;
        state.events = events;
    }

    pub(super) fn close_project(&mut self) {
        self.write_and_leave();
        self.leave_state();
        self.state.screen = Screen::Welcome;
    }

    /// Writes what is not on disk yet, now, and tidies the file up: at the end of the program or of a project.
    pub(super) fn write_and_leave(&mut self) {
        self.jobs.finish_what_must_run();
        if let Some(leaving) = self.leaving() {
            let file = Arc::clone(&leaving.file);
            if let Err(error) = leave(Some(leaving)) {
                tracing::error!("the project could not be saved: {error}");
            }
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            file.collect(&[]).ok();
        }
        let empty = self.state.doc.sources.is_empty() && self.state.doc.slas.is_empty();
        let untitled = self.state.project.as_ref().filter(|p| p.untitled && empty);
        if let Some(project) = untitled {
            // Nobody will look for a project without a name and without content.
            std::fs::remove_file(&project.path).ok();
        }
    }

    /// A project without a name has to be found again after the program has ended.
    fn remember_untitled(&mut self) {
        let path = self.state.project.as_ref().filter(|p| p.untitled);
        let Some(path) = path.map(|p| p.path.clone()) else {
            return;
        };
        let known = self.state.recent.iter().any(|p| p == path);
        if self.state.has_data() && !known {
            self.remember_project(&path);
        }
    }

    /// What has to be written before the project may be left.
    fn leaving(&mut self) -> Option<Leaving> {
        let handle = self.state.project.as_ref()?;
        if handle.read_only_because.is_some() {
            return None;
        }
        let file = Arc::clone(&handle.file);
        self.state.pending_since = None;
        Some(Leaving {
            file,
            sources: std::mem::take(&mut self.state.unsaved),
            doc: self.state.doc.clone(),
        })
    }

    /// Starts writing once an edit is old enough. Returns how long until then.
    pub(super) fn autosave(&mut self) -> Option<Duration> {
        let since = self.state.pending_since?;
        let left = self.autosave_after.0 - self.state.now.since(since).0;
        if left > 0 {
            return Some(Duration::from_micros(left.unsigned_abs()));
        }
        if !self.jobs.is_running(SAVE) {
            self.write();
        }
        None
    }

    fn write(&mut self) {
        if let Some(leaving) = self.leaving() {
            self.state.save = SaveState::Saving;
            self.jobs
                .spawn(JobSpec::new(SAVE, "Saving").must_run(), move |_| {
                    let result = leaving.write().map_err(|e| e.to_string());
                    Event::Written(leaving.sources, result).leave()
                });
        }
    }

    pub(super) fn take_written(&mut self, sources: Vec<Arc<Source>>, result: Result<(), String>) {
        match result {
            Ok(()) => {
                self.state.save = if self.state.pending_since.is_none() {
                    SaveState::Saved
                } else {
                    SaveState::Pending
                };
                self.remember_untitled();
            }
            Err(why) => {
                self.state.unsaved.splice(0..0, sources);
                self.state.save = SaveState::Failed(why.clone());
                self.notify(Notification::error(format!(
                    "The project could not be saved: {why}"
                )));
            }
        }
    }

    /// Saves at a person's wish: an untitled project gets a name, a failed save is tried again.
    pub(super) fn save_now(&mut self) {
        let Some(handle) = &self.state.project else {
            return;
        };
        if handle.untitled || handle.read_only_because.is_some() {
            self.deferred.push(Command::SaveAs);
            return;
        }
        if self.state.save == SaveState::Saved {
            self.notify(Notification::info("Everything is saved"));
        } else if !self.jobs.is_running(SAVE) {
            self.write();
        }
    }

    pub(super) fn save_as(&mut self, path: PathBuf) {
        let leaving = self.leaving();
        let Some(handle_file) = self.state.project.as_ref().map(|h| Arc::clone(&h.file)) else {
            return;
        };
        let title = format!("Saving {}", file_name(&path));
        self.jobs
            .spawn(JobSpec::new(SAVE, title).must_run(), move |_| {
                let result = leave(leaving).and_then(|()| {
                    handle_file
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .save_as(&path)
                });
                Event::SavedAs(path, result.map_err(|e| e.to_string())).leave()
            });
    }

    pub(super) fn take_saved_as(&mut self, path: &Path, result: Result<(), String>) {
        match result {
            Ok(()) => {
                let old = self.state.project.as_mut().and_then(|handle| {
                    let old = std::mem::replace(&mut handle.path, path.to_path_buf());
                    handle.read_only_because = None;
                    std::mem::take(&mut handle.untitled).then_some(old)
                });
                if let Some(old) = old {
                    // The untitled file has become the named one.
                    self.state.recent.forget(&old);
                    std::fs::remove_file(old).ok();
                }
                self.state.save = SaveState::Saved;
                self.remember_project(path);
                self.notify(Notification::success(format!(
                    "Saved as {}",
                    path.display()
                )));
            }
            Err(why) => {
                self.state.save = SaveState::Failed(why.clone());
                self.notify(Notification::error(format!(
                    "The project could not be saved: {why}"
                )));
            }
        }
    }

    pub(super) fn write_report(&mut self, path: PathBuf) {
        self.state.settings.report_folder = path.parent().map(Path::to_path_buf);
        let inputs = Inputs::of(&self.state);
        for problem in inputs.report_params().1 {
            self.notify(Notification::warning(format!(
                "Promises left out of the report: {problem}"
            )));
        }
        self.jobs.spawn(
            JobSpec::new("report", "Making the report"),
            move |progress| {
                let result = inputs
                    .report(progress)
                    .and_then(|report| report::write(&report, &path).map_err(|e| e.to_string()))
                    .map(|_| ());
                Event::FileWritten(REPORT.to_owned(), path, result).leave()
            },
        );
    }

    fn remember_project(&mut self, path: &Path) {
        self.state.recent.note(path);
        self.places.save_recent(&self.state.recent);
    }

    pub(super) fn save_settings(&mut self) {
        self.places.save_settings(&self.state.settings);
    }
}

fn leave(leaving: Option<Leaving>) -> Result<(), ProjectError> {
    leaving.map_or(Ok(()), |leaving| leaving.write())
}

/// How long edits wait before they are written.
pub const AUTOSAVE_AFTER: Micros = Micros::from_millis(300);
