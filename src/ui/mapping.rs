//! Saying what the columns of a table are: what is offered, what is being looked at, and what happens at a person's
//! word. `mapping_dialog` draws it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::app::Shell;
use super::command::{Command, DocEdit};
use super::dispatch::file_name;
use super::events::{Event, ImportTask, Sorted};
use super::notify::Notification;
use super::state::AppState;
use crate::calendar::Zone;
use crate::import::ImportOptions;
use crate::import::table::mapping::{
    Examined, Mapping, MappingBook, Preview, PreviewLimits, examine, preview, to_yaml,
};
use crate::jobs::JobSpec;
use crate::project::MappingEntry;

/// Key of the job that looks at a table.
const EXAMINE: &str = "mapping-examine";
/// Key of the job that reads what a mapping would give.
pub const PREVIEW: &str = "mapping-preview";

/// A table whose columns a person should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingOffer {
    /// Where it is.
    pub path: PathBuf,
    /// Why, as the rest of a sentence that begins with the file name.
    pub why: String,
    /// The source that was made of it, if one was.
    pub source_id: Option<String>,
}

/// The table whose columns are being said.
#[derive(Clone, Debug)]
pub struct MappingTask {
    /// Where it is.
    pub path: PathBuf,
    /// The source that is read again.
    pub source_id: Option<String>,
    /// Its outline, and a guess.
    pub examined: Arc<Examined>,
    /// The mapping to start from: what was said before, or the guess.
    pub start: Mapping,
    /// It is remembered for files like this.
    pub is_known: bool,
    /// What the mapping last asked about would give.
    pub preview: Option<Arc<Preview>>,
    /// Why there is none.
    pub error: Option<String>,
    /// The mapping last asked about.
    pub asked: Option<Mapping>,
}

impl MappingTask {
    /// Whether `preview` is what this mapping gives.
    pub fn is_current(&self, mapping: &Mapping) -> bool {
        self.asked.as_ref() == Some(mapping)
    }
}

/// Looking at a table brought this.
#[derive(Debug)]
pub struct Looked {
    /// Where it is.
    pub path: PathBuf,
    /// The source that is read again.
    pub source_id: Option<String>,
    /// What was seen.
    pub result: Result<Examined, String>,
}

impl AppState {
    /// What is remembered about the columns of tables: the project's answers over those of the program.
    pub fn mapping_book(&self) -> MappingBook {
        let mut book = MappingBook::default();
        for entry in self.settings.mappings.iter().chain(&self.doc.mappings) {
            if let Err(error) = book.remember(&entry.fingerprint, &entry.yaml) {
                tracing::warn!(%error, "a remembered mapping for {} is not used", entry.name);
            }
        }
        book
    }

    fn mapping_options(&self) -> ImportOptions {
        let mut options = ImportOptions {
            mappings: Arc::new(self.mapping_book()),
            ..ImportOptions::default()
        };
        let zone = self.doc.source_zone.as_str();
        if let (false, Ok(zone)) = (zone.is_empty(), Zone::named(zone)) {
            options.source_zone = zone;
            options.source_zone_given = true;
            options.source_zone_of_project = true;
        }
        options
    }
}

impl Shell {
    /// Opens the columns of the source chosen on the Data screen, or asks for a file.
    pub(super) fn map_columns(&mut self) {
        let chosen = self.view.data.chosen.clone();
        let path = chosen
            .as_ref()
            .and_then(|id| self.state.dataset.source(id))
            .and_then(|source| source.info.path.clone());
        match path {
            Some(path) => self.map_columns_of(path, chosen),
            None => self.ask_table(),
        }
    }

    /// Looks at a table, then asks what its columns are.
    pub(super) fn map_columns_of(&mut self, path: PathBuf, source_id: Option<String>) {
        let mut options = self.state.mapping_options();
        if let Some(said) = source_id.as_ref().and_then(|id| self.mapping_said_for(id)) {
            let mut book = self.state.mapping_book();
            book.give(said.as_ref().clone());
            options.mappings = Arc::new(book);
        }
        let title = format!("Looking at {}", file_name(&path));
        self.jobs
            .spawn(JobSpec::new(EXAMINE, title), move |progress| {
                let result = examine(&path, &options, progress).map_err(|e| e.to_string());
                Event::Looked(Box::new(Looked {
                    path,
                    source_id,
                    result,
                }))
                .leave()
            });
    }

    pub(super) fn take_looked(&mut self, looked: Looked) {
        match looked.result {
            Ok(examined) => {
                let book = self.state.mapping_book();
                self.state.mapping = Some(MappingTask {
                    path: looked.path,
                    source_id: looked.source_id,
                    start: examined.start(),
                    is_known: book.knows(&examined.fingerprint),
                    examined: Arc::new(examined),
                    preview: None,
                    error: None,
                    asked: None,
                });
            }
            Err(why) => self.notify(Notification::error(format!(
                "The columns cannot be shown: {why}"
            ))),
        }
    }

    /// Reads the first rows by a mapping; an older reading is given up.
    pub(super) fn preview_mapping(&mut self, mapping: Mapping) {
        let options = self.state.mapping_options();
        let Some(task) = &mut self.state.mapping else {
            return;
        };
        if task.is_current(&mapping) {
            return;
        }
        task.asked = Some(mapping.clone());
        let path = task.path.clone();
        let spec = JobSpec::new(PREVIEW, "Reading the first rows");
        self.jobs.spawn(spec, move |progress| {
            let limits = PreviewLimits::default();
            let result = preview(&path, &mapping, &options, limits, progress);
            Event::Previewed(mapping, Box::new(result.map_err(|e| e.to_string()))).leave()
        });
    }

    pub(super) fn take_previewed(&mut self, mapping: &Mapping, result: Result<Preview, String>) {
        let Some(task) = self.state.mapping.as_mut() else {
            return;
        };
        if !task.is_current(mapping) {
            return;
        }
        match result {
            Ok(preview) => {
                task.preview = Some(Arc::new(preview));
                task.error = None;
            }
            Err(why) => task.error = Some(why),
        }
    }

    /// Imports the table that is being looked at.
    pub(super) fn import_mapped(&mut self, mapping: Mapping, remember: bool) {
        let Some(task) = self.state.mapping.take() else {
            return;
        };
        self.remember_mapping(&task, &mapping, remember);
        self.drop_offers(&task.path);
        let import = ImportTask {
            instead_of: task.source_id,
            mapping: Some(Arc::new(mapping)),
            ..ImportTask::named(task.path)
        };
        self.take_sorted(Sorted {
            data: vec![import],
            ..Sorted::default()
        });
    }

    /// Keeps (or forgets) the answer, in the project as an undo step and in the program's settings.
    fn remember_mapping(&mut self, task: &MappingTask, mapping: &Mapping, remember: bool) {
        let fingerprint = task.examined.fingerprint.clone();
        let name = file_name(&task.path);
        if !remember && !task.is_known {
            return;
        }
        let entry = remember.then(|| MappingEntry {
            fingerprint: fingerprint.clone(),
            name: name.clone(),
            yaml: to_yaml(mapping, &[]),
        });
        let change = move |list: &mut Vec<MappingEntry>| match &entry {
            Some(entry) => entry.clone().remember(list),
            None => list.retain(|known| known.fingerprint != fingerprint),
        };
        change(&mut self.state.settings.mappings);
        self.save_settings();
        if self.state.project.is_some() && !self.state.read_only() {
            let verb = if remember { "remember" } else { "forget" };
            let edit = DocEdit::new(format!("{verb} the columns of {name}"), move |doc| {
                change(&mut doc.mappings);
            });
            self.edit(&edit, false);
        }
    }

    /// What a person said about the columns of a source, for reading its file again.
    pub(super) fn mapping_said_for(&self, source_id: &str) -> Option<Arc<Mapping>> {
        let used = self.state.library.get(source_id)?.info.mapping.as_ref()?;
        let said = (!used.guessed).then(|| Mapping::from_yaml(&used.yaml).ok())?;
        said.map(Arc::new)
    }

    pub(super) fn close_mapping(&mut self) {
        self.jobs.cancel_key(PREVIEW);
        self.state.mapping = None;
    }

    /// Offers to say what the columns of a table are.
    pub(super) fn offer_mapping(&mut self, offer: MappingOffer) {
        self.drop_offers(&offer.path);
        self.state.mapping_offers.push(offer);
    }

    pub(super) fn drop_offers(&mut self, path: &Path) {
        self.state.mapping_offers.retain(|o| o.path != path);
    }

    fn ask_table(&mut self) {
        self.ask_open("Map the columns of a table", None, |paths| {
            let path = paths.into_iter().next().unwrap_or_default();
            Command::MapColumnsOf {
                path,
                source_id: None,
            }
        });
    }
}
