//! Native file dialogs behind a trait, so that no test opens one.
//!
//! rfd wants its dialog made on the main thread and awaited elsewhere; on some systems it returns nothing or hangs,
//! which is why every dialog has a typed path or a dropped file beside it.

use std::collections::VecDeque;
use std::fmt;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

/// What comes back: nothing when the dialog was closed.
pub type Answer = Pin<Box<dyn Future<Output = Vec<PathBuf>> + Send>>;

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
        let picked = native(ask).pick_files();
        Box::pin(async move {
            let files = picked.await.unwrap_or_default();
            files.iter().map(|f| f.path().to_path_buf()).collect()
        })
    }

    fn save_file(&self, ask: &FileAsk) -> Answer {
        let picked = native(ask).save_file();
        Box::pin(async move {
            let file = picked.await;
            file.iter().map(|f| f.path().to_path_buf()).collect()
        })
    }
}

/// Answers prepared beforehand, for tests; what was asked is kept.
#[derive(Debug, Default)]
pub struct PreparedDialogs {
    answers: Mutex<VecDeque<Vec<PathBuf>>>,
    asked: Mutex<Vec<FileAsk>>,
}

impl PreparedDialogs {
    /// Dialogs that give these answers, one after the other, and then none.
    pub fn new(answers: impl IntoIterator<Item = Vec<PathBuf>>) -> Self {
        Self {
            answers: Mutex::new(answers.into_iter().collect()),
            asked: Mutex::default(),
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
        let answer = answers.pop_front().unwrap_or_default();
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
