//! Native file dialogs behind a trait, so that no test opens one.
//!
//! rfd wants its dialog made on the main thread and awaited elsewhere. On Linux it asks the desktop portal, then zenity;
//! where neither is there it returns at once as if the dialog had been closed, and a typed path is asked for instead.

use std::collections::VecDeque;
use std::fmt;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A dialog that is gone sooner than this was never seen by anybody.
const UNSEEN: Duration = Duration::from_millis(700);

/// What became of a dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picked {
    /// These files were chosen; at least one.
    Files(Vec<PathBuf>),
    /// It was closed.
    Closed,
    /// It could not be shown, and why.
    Impossible(String),
}

impl Picked {
    fn of(files: Vec<PathBuf>) -> Self {
        if files.is_empty() {
            Self::Closed
        } else {
            Self::Files(files)
        }
    }
}

/// What comes back.
pub type Answer = Pin<Box<dyn Future<Output = Picked> + Send>>;

/// What a dialog asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileAsk {
    /// Title of the dialog.
    pub title: String,
    /// Where it starts.
    pub folder: Option<PathBuf>,
    /// Name of a kind of file with its extensions; any file where empty.
    pub filter: Option<(String, Vec<String>)>,
    /// Suggested name, for saving.
    pub file_name: String,
}

/// Asks a person for files. Called on the main thread; the answer is awaited elsewhere.
pub trait Dialogs: fmt::Debug + Send {
    /// Existing files.
    fn open_files(&self, ask: &FileAsk) -> Answer;
    /// A file to write.
    fn save_file(&self, ask: &FileAsk) -> Answer;
}

/// The dialogs of the system.
#[derive(Clone, Copy, Debug, Default)]
pub struct NativeDialogs;

fn native(ask: &FileAsk) -> rfd::AsyncFileDialog {
    let mut dialog = rfd::AsyncFileDialog::new().set_title(&ask.title);
    if let Some(folder) = &ask.folder {
        dialog = dialog.set_directory(folder);
    }
    if let Some((name, extensions)) = &ask.filter {
        dialog = dialog.add_filter(name, extensions);
    }
    if !ask.file_name.is_empty() {
        dialog = dialog.set_file_name(&ask.file_name);
    }
    dialog
}

impl Dialogs for NativeDialogs {
    fn open_files(&self, ask: &FileAsk) -> Answer {
        let begun = Instant::now();
        let picked = native(ask).pick_files();
        Box::pin(async move {
            let files = picked.await.unwrap_or_default();
            let files = files.iter().map(|f| f.path().to_path_buf()).collect();
            seen(Picked::of(files), begun.elapsed())
        })
    }

    fn save_file(&self, ask: &FileAsk) -> Answer {
        let begun = Instant::now();
        let picked = native(ask).save_file();
        Box::pin(async move {
            let file = picked.await;
            let files = file.iter().map(|f| f.path().to_path_buf()).collect();
            seen(Picked::of(files), begun.elapsed())
        })
    }
}

/// Tells a dialog that was closed from one that could not be shown, which only its haste gives away.
fn seen(picked: Picked, after: Duration) -> Picked {
    if picked == Picked::Closed && after < UNSEEN && cfg!(target_os = "linux") && !has_zenity() {
        return Picked::Impossible(
            "This desktop offers no file dialog: there is no desktop portal (xdg-desktop-portal) and no zenity".to_owned(),
        );
    }
    picked
}

/// The program that shows dialogs where there is no portal.
fn has_zenity() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join("zenity").is_file())
}

/// Answers prepared beforehand, for tests; what was asked is kept.
#[derive(Debug, Default)]
pub struct PreparedDialogs {
    answers: Mutex<VecDeque<Vec<PathBuf>>>,
    asked: Mutex<Vec<FileAsk>>,
    impossible: Option<String>,
}

impl PreparedDialogs {
    /// Dialogs that give these answers, one after the other, and then none.
    pub fn new(answers: impl IntoIterator<Item = Vec<PathBuf>>) -> Self {
        Self {
            answers: Mutex::new(answers.into_iter().collect()),
            asked: Mutex::default(),
            impossible: None,
        }
    }

    /// Dialogs that cannot be shown.
    pub fn impossible(why: impl Into<String>) -> Self {
        Self {
            impossible: Some(why.into()),
            ..Self::default()
        }
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<FileAsk> {
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn answer(&self, ask: &FileAsk) -> Answer {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(ask.clone());
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = match &self.impossible {
            Some(why) => Picked::Impossible(why.clone()),
            None => Picked::of(answers.pop_front().unwrap_or_default()),
        };
        Box::pin(std::future::ready(answer))
    }
}

impl Dialogs for PreparedDialogs {
    fn open_files(&self, ask: &FileAsk) -> Answer {
        self.answer(ask)
    }

    fn save_file(&self, ask: &FileAsk) -> Answer {
        self.answer(ask)
    }
}
