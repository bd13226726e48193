//! A path that is typed, where the system has no file dialog to offer: on a bare desktop a button that only tried one
//! would do nothing.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use eframe::egui::{self, Id, Modal};

use super::app::Shell;
use super::command::Command;
use super::dialogs::FileAsk;
use super::events::Event;
use super::screens::parts::{caution_ui, decide_ui, entered, field_ui, note_ui, problem_ui};
use super::state::AppState;
use super::theme::{self, space};
use crate::jobs::JobSpec;

/// What is done with the paths of a dialog.
type Then = Box<dyn FnOnce(Vec<PathBuf>) -> Option<Command> + Send>;

/// What is done with a path once it is there; only once.
#[derive(Clone)]
pub struct PathThen(Arc<Mutex<Option<Then>>>);

impl PathThen {
    /// Keeps what is to be done.
    pub fn new(then: impl FnOnce(Vec<PathBuf>) -> Option<Command> + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(Some(Box::new(then)))))
    }

    /// Does it, unless it was done.
    pub fn call(&self, paths: Vec<PathBuf>) -> Option<Command> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let then = kept.take();
        drop(kept);
        then.and_then(|then| then(paths))
    }
}

impl fmt::Debug for PathThen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PathThen")
    }
}

/// A question for a path.
#[derive(Clone, Debug)]
pub struct PathQuestion {
    /// What the dialog would have asked.
    pub ask: FileAsk,
    /// The file is written, not read.
    pub saves: bool,
    /// Why there is no dialog.
    pub why: String,
    /// What is done with the answer.
    pub then: PathThen,
}

impl PathQuestion {
    /// What stands in the field at first: the folder of the dialog, with its suggestion.
    pub fn suggestion(&self) -> String {
        let folder = self.ask.folder.clone().or_else(home).unwrap_or_default();
        folder.join(&self.ask.file_name).display().to_string()
    }
}

/// The folder of the person who is logged in.
fn home() -> Option<PathBuf> {
    let dirs = directories::UserDirs::new()?;
    Some(dirs.home_dir().to_path_buf())
}

/// What was typed as a path, or what is wrong with it.
fn read(text: &str, saves: bool) -> Result<PathBuf, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("A path is needed, such as /home/me/scenario.yaml".to_owned());
    }
    let path = match (text.strip_prefix("~/"), home()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(text),
    };
    if !path.is_absolute() {
        return Err("The whole path is needed, from the root or from ~/ on".to_owned());
    }
    let folder = path.parent().unwrap_or(Path::new("/"));
    if saves && path.is_dir() {
        Err(format!("A file name is missing: this is a folder: {text}"))
    } else if saves && !folder.is_dir() {
        Err(format!("There is no such folder: {}", folder.display()))
    } else if !saves && !path.exists() {
        Err(format!("There is no such file: {text}"))
    } else {
        Ok(path)
    }
}

/// Asks for the path; `text` is what is being typed.
pub fn show_ui(ui: &egui::Ui, state: &AppState, text: &mut String, out: &mut Vec<Command>) {
    let Some(question) = &state.path_question else {
        return;
    };
    let modal = Modal::new(Id::unique("typed-path")).frame(theme::modal_frame(ui));
    let shown = modal.show(ui.ctx(), |ui| {
        ui.set_width(520.0);
        ui.label(theme::title(&question.ask.title));
        note_ui(ui, &question.why);
        ui.add_space(space::S);
        field_ui(ui, "Path", "/home/me/scenario.yaml", text);
        let path = read(text, question.saves);
        match &path {
            Ok(path) if question.saves && path.exists() => {
                caution_ui(ui, "This file is there already; it is replaced");
            }
            Err(why) if !text.trim().is_empty() => problem_ui(ui, why),
            _ => {}
        }
        let deed = if question.saves { "Save" } else { "Open" };
        let entered = entered(ui);
        let decided = decide_ui(ui, deed, path.is_ok(), "The path cannot be used yet");
        match (decided, path) {
            (Some(false), _) => Some(None),
            (Some(true), Ok(path)) => Some(Some(path)),
            (None, Ok(path)) if entered => Some(Some(path)),
            _ => None,
        }
    });
    match shown.inner {
        Some(answer) => out.push(Command::GivePath(answer)),
        None if shown.should_close() => out.push(Command::GivePath(None)),
        None => {}
    }
}

impl Shell {
    /// Shows the question for a path.
    pub(super) fn ask_path(&mut self, question: PathQuestion) {
        self.view.shell.path_text = question.suggestion();
        self.state.path_question = Some(question);
    }

    /// Goes on with the path that was typed; nothing happens without one.
    pub(super) fn give_path(&mut self, path: Option<PathBuf>) {
        let question = self.state.path_question.take();
        let Some((question, path)) = question.zip(path) else {
            return;
        };
        // Reading a file takes its time.
        let spec = JobSpec::new("typed-path", "Reading the file");
        self.jobs.spawn(spec, move |_| {
            Event::Answered(question.then.call(vec![path])).leave()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_says_what_is_wrong_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("there.yaml");
        std::fs::write(&file, "x").unwrap();
        let text = |path: &Path| path.display().to_string();
        assert_eq!(read(&text(&file), false), Ok(file.clone()));
        assert_eq!(read(&text(&file), true), Ok(file));
        let new = folder.path().join("new.yaml");
        assert_eq!(read(&text(&new), true), Ok(new.clone()));
        assert!(
            read(&text(&new), false)
                .unwrap_err()
                .starts_with("There is no such file")
        );
        let lost = folder.path().join("gone").join("new.yaml");
        assert!(
            read(&text(&lost), true)
                .unwrap_err()
                .starts_with("There is no such folder")
        );
        assert!(
            read(&text(folder.path()), true)
                .unwrap_err()
                .contains("file name is missing")
        );
        assert!(read("new.yaml", true).unwrap_err().contains("whole path"));
        assert!(read("  ", true).unwrap_err().contains("A path is needed"));
    }

    #[test]
    fn what_is_to_be_done_is_done_once() {
        let then = PathThen::new(|paths| Some(Command::ImportPaths(paths)));
        assert!(then.clone().call(vec![PathBuf::from("/a")]).is_some());
        assert!(then.call(vec![PathBuf::from("/a")]).is_none());
    }
}
