//! Files become sources of the project: one after the other, each as one undo step. A cancelled or failed import
//! leaves the project as it was; a file that overlaps what is there is asked about.

use std::path::PathBuf;
use std::sync::Arc;

use super::app::Shell;
use super::command::{Command, DocEdit, OverlapChoice};
use super::dispatch::file_name;
use super::events::{Event, ImportTask, Sorted};
use super::mapping::MappingOffer;
use super::notify::Notification;
use super::state::{OverlapQuestion, Screen};
use crate::calendar::Zone;
use crate::dataset::{Scope, Source};
use crate::import::table::mapping::examine;
use crate::import::{Gathered, ImportError, ImportOptions, Imported, Rejects, import_path};
use crate::jobs::JobSpec;
use crate::project::{ImportPlan, ProjectDoc, SlaEntry, SourceEntry, overlap};
use crate::units;
use crate::warning::WarningKind;

/// Key of the job that imports.
pub const IMPORT: &str = "import";

/// What the imports that run one after the other brought.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    imported: Vec<String>,
    left_out: Vec<String>,
    rows: u64,
    rejected: u64,
    replaced: usize,
    /// Sources whose times carry no zone, which nobody has said yet.
    zoneless: Vec<String>,
}

impl Shell {
    /// Opens, imports and takes over what stood at some paths.
    pub(super) fn take_sorted(&mut self, sorted: Sorted) {
        for problem in &sorted.problems {
            self.notify(Notification::error(problem.clone()));
        }
        if let Some(project) = sorted.projects.first() {
            // A project found beside its inputs stands for them; named files go into it.
            let then = Sorted {
                data: sorted.data.into_iter().filter(|t| !t.found).collect(),
                scenarios: sorted.scenarios.into_iter().filter(|s| !s.found).collect(),
                promises: Vec::new(),
                ..Sorted::default()
            };
            self.open_project(project.clone(), then);
        } else if sorted.holds_no_content() {
            // What was wrong has been said.
        } else if self.state.project.is_none() {
            self.create_untitled(None, sorted);
        } else {
            self.take_content(sorted);
        }
    }

    /// Puts promises and data into the open project.
    pub(super) fn take_content(&mut self, sorted: Sorted) {
        if !sorted.holds_no_content() && self.refuse_read_only() {
            return;
        }
        for entry in sorted.promises {
            self.take_promises(entry);
        }
        let screen = self.state.screen;
        for opened in sorted.scenarios {
            self.take_scenario(Ok((opened.scenario, opened.notes)));
        }
        if !sorted.data.is_empty() {
            self.state.screen = screen;
            self.state.import_queue.extend(sorted.data);
            if matches!(self.state.screen, Screen::Welcome) {
                self.state.screen = Screen::Data;
            }
        }
        self.next_import();
    }

    fn take_promises(&mut self, entry: SlaEntry) {
        let name = entry.name.clone();
        if self.state.doc.slas.contains(&entry) {
            self.notify(Notification::info(format!(
                "{name} is in the project already"
            )));
            return;
        }
        let edit = DocEdit::new(format!("read promises from {name}"), move |doc| {
            match doc.slas.iter_mut().find(|s| s.name == entry.name) {
                Some(known) => *known = entry.clone(),
                None => doc.slas.push(entry.clone()),
            }
        });
        self.edit(&edit, false);
        self.notify(Notification::success(format!("Read promises from {name}")));
    }

    /// Starts the next import, unless one is running or a question is open.
    pub(super) fn next_import(&mut self) {
        if self.jobs.is_running(IMPORT) || !self.state.overlaps.is_empty() {
            return;
        }
        let Some(task) = self.state.import_queue.pop_front() else {
            self.tell_batch();
            return;
        };
        let mut options = ImportOptions {
            hash: true,
            imported_at: Some(self.state.now),
            ..ImportOptions::default()
        };
        let remembered = self.state.doc.source_zone.as_str();
        let zone = task.zone.as_deref().unwrap_or(remembered);
        if let (false, Ok(zone)) = (zone.is_empty(), Zone::named(zone)) {
            options.source_zone = zone;
            options.source_zone_given = true;
            options.source_zone_of_project = task.zone.is_none();
        }
        let mut mappings = self.state.mapping_book();
        if let Some(mapping) = &task.mapping {
            mappings.give(mapping.as_ref().clone());
        }
        options.mappings = Arc::new(mappings);
        let title = format!("Importing {}", file_name(&task.path));
        self.jobs
            .spawn(JobSpec::new(IMPORT, title), move |progress| {
                let result = import_path(&task.path, &options, progress);
                let refused = matches!(
                    result,
                    Err(ImportError::Unknown { .. } | ImportError::Unusable { .. })
                );
                let refused = refused && task.path.is_file();
                let is_table = refused && examine(&task.path, &options, progress).is_ok();
                Event::Imported(task, Box::new(result), is_table).leave()
            });
    }

    /// A person stopped the import: what is running and what waits is dropped.
    pub(super) fn cancel_imports(&mut self) {
        self.state.import_queue.clear();
        self.notify(Notification::info(
            "Import cancelled; the project is as it was",
        ));
    }

    pub(super) fn take_imported(
        &mut self,
        task: &ImportTask,
        result: Result<Gathered, ImportError>,
        is_table: bool,
    ) {
        if is_table && !task.found {
            self.offer_mapping(MappingOffer {
                path: task.path.clone(),
                why: "was not imported: say what its columns are".to_owned(),
                source_id: task.instead_of.clone(),
            });
        }
        match result {
            Ok(Gathered { imported, left_out }) => {
                for member in left_out {
                    self.batch
                        .left_out
                        .push(format!("{} ({})", member.name, member.reason));
                }
                for Imported { source, rejects } in imported {
                    if source.info.mapping.as_ref().is_some_and(|m| m.guessed) {
                        self.offer_mapping(MappingOffer {
                            path: source
                                .info
                                .path
                                .clone()
                                .unwrap_or_else(|| task.path.clone()),
                            why: "is of no known tool, and its columns were guessed".to_owned(),
                            source_id: Some(source.info.source_id.clone()),
                        });
                    }
                    self.admit(task, Arc::new(source), Arc::new(rejects));
                }
            }
            Err(ImportError::Cancelled(_)) => {}
            Err(error) => {
                let details = format!("{} ({})", error, error.kind());
                self.notify(
                    Notification::error(sentence(&error.to_string())).with_details(details),
                );
            }
        }
        self.next_import();
    }

    /// Decides whether a new source can simply be added.
    fn admit(&mut self, task: &ImportTask, source: Arc<Source>, rejects: Arc<Rejects>) {
        let id = &source.info.source_id;
        let name = source.info.file_name.clone();
        if let Some(old) = &task.instead_of {
            self.replace_reading(old, source, rejects);
            return;
        }
        if self.state.doc.sources.iter().any(|s| s.source_id == *id) {
            self.notify(Notification::info(format!(
                "{name} is in the project already; nothing has changed"
            )));
            return;
        }
        match overlap::plan(&self.state.dataset, &source) {
            ImportPlan::Same => {}
            ImportPlan::New => self.add_source(source, rejects, &[]),
            ImportPlan::Grown { replaces } => self.add_source(source, rejects, &[replaces]),
            ImportPlan::Overlaps { with } => self.state.overlaps.push(OverlapQuestion {
                source,
                rejects,
                overlaps: with,
            }),
        }
    }

    pub(super) fn answer_overlap(&mut self, choice: OverlapChoice) {
        if self.state.overlaps.is_empty() {
            return;
        }
        let question = self.state.overlaps.remove(0);
        match choice {
            OverlapChoice::Replace => {
                self.add_source(question.source, question.rejects, &question.overlaps);
            }
            OverlapChoice::Both => {
                let mut source = question.source.as_ref().clone();
                source.info.run_group = self.run_of(&source, &question.overlaps);
                self.add_source(Arc::new(source), question.rejects, &[]);
            }
            OverlapChoice::Keep => self.notify(Notification::info(format!(
                "{} was not imported",
                question.source.info.file_name
            ))),
        }
        self.next_import();
    }

    /// The run that a source joins when it is taken beside others that it overlaps with.
    fn run_of(&self, source: &Source, with: &[String]) -> String {
        with.iter()
            .filter_map(|id| self.state.dataset.source(id))
            .find(|old| old.run.is_some() && source.run.is_some())
            .map_or_else(String::new, |old| old.info.run_id().to_owned())
    }

    /// Adds a source in place of others, as one undo step.
    fn add_source(&mut self, source: Arc<Source>, rejects: Arc<Rejects>, instead_of: &[String]) {
        let info = &source.info;
        let entry = SourceEntry {
            source_id: info.source_id.clone(),
            scope: info.scope.clone(),
            run_group: info.run_group.clone(),
        };
        let edit = DocEdit::new(format!("import {}", info.file_name), {
            let instead_of = instead_of.to_vec();
            move |doc: &mut ProjectDoc| {
                doc.sources.retain(|s| !instead_of.contains(&s.source_id));
                doc.sources.push(entry.clone());
            }
        });
        let assumed = |w: &crate::warning::Warning| w.kind == WarningKind::ZoneAssumed;
        if info.warnings.iter().any(assumed) {
            self.batch.zoneless.push(info.source_id.clone());
        }
        self.batch.imported.push(info.file_name.clone());
        self.batch.rows += info.rows;
        self.batch.rejected += rejects.count;
        self.batch.replaced += instead_of.len();
        self.state.rejects.insert(info.source_id.clone(), rejects);
        self.state
            .library
            .insert(info.source_id.clone(), Arc::clone(&source));
        self.state.unsaved.push(source);
        self.edit(&edit, false);
    }

    /// A person said in which zone files write times that carry none: it is remembered for this project.
    pub(super) fn answer_source_zone(&mut self, source_ids: &[String], zone: &str) {
        self.state.zoneless.clear();
        let Ok(known) = Zone::named(zone) else {
            self.notify(Notification::error(format!("{zone} is not a time zone")));
            return;
        };
        let name = known.name().to_owned();
        let edit = DocEdit::new(format!("read times without a zone as {name}"), {
            let name = name.clone();
            move |doc: &mut ProjectDoc| doc.source_zone.clone_from(&name)
        });
        self.edit(&edit, false);
        if name != Zone::utc().name() {
            for source_id in source_ids {
                self.reimport(source_id, name.clone());
            }
        }
    }

    /// One message about everything that was imported in one go.
    fn tell_batch(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        if self.state.doc.source_zone.is_empty() {
            self.state.zoneless.extend(batch.zoneless.iter().cloned());
        }
        let left_out = batch.left_out.join(", ");
        if let Some(first) = batch.imported.first() {
            let what = match batch.imported.len() {
                1 => first.clone(),
                n => format!("{n} files"),
            };
            let mut text = format!("Imported {what}: {} rows", units::count(batch.rows));
            if batch.replaced > 0 {
                text.push_str(", in place of what they overlap");
            }
            let mut details = batch.imported.join("\n");
            if !left_out.is_empty() {
                details.push_str(&format!("\nLeft out: {left_out}"));
            }
            let done = if batch.rejected > 0 {
                let rejected = units::count(batch.rejected);
                Notification::warning(format!("{text}; {rejected} could not be read"))
            } else {
                Notification::success(text)
            };
            self.notify(if batch.imported.len() > 1 || !left_out.is_empty() {
                done.with_details(details)
            } else {
                done
            });
        } else if !left_out.is_empty() {
            self.notify(Notification::warning(format!(
                "There is no data in: {left_out}"
            )));
        }
    }

    /// The same file, read another way: it takes the place of the older reading, undo included.
    fn replace_reading(&mut self, old: &str, source: Arc<Source>, rejects: Arc<Rejects>) {
        let id = source.info.source_id.clone();
        let name = source.info.file_name.clone();
        self.state.rejects.insert(id.clone(), rejects);
        self.state.library.insert(id.clone(), Arc::clone(&source));
        self.state.unsaved.push(source);
        let mut doc = self.state.doc.clone();
        for entry in doc.sources.iter_mut().filter(|s| s.source_id == old) {
            entry.source_id = id.clone();
        }
        self.replace_doc(doc);
        self.rebuild_dataset();
        self.notify(Notification::success(format!("Read {name} again")));
    }

    /// Reads a source's file again with another zone.
    pub(super) fn reimport(&mut self, source_id: &str, zone: String) {
        let path = self
            .state
            .library
            .get(source_id)
            .and_then(|s| s.info.path.clone())
            .filter(|p| p.is_file());
        let Some(path) = path else {
            self.notify(Notification::error(
                "The file is no longer where it was; import it again",
            ));
            return;
        };
        self.state.import_queue.push_back(ImportTask {
            zone: Some(zone),
            instead_of: Some(source_id.to_owned()),
            mapping: self.mapping_said_for(source_id),
            ..ImportTask::named(path)
        });
        self.next_import();
    }

    pub(super) fn remove_source(&mut self, source_id: String) {
        self.state
            .mapping_offers
            .retain(|o| o.source_id.as_ref() != Some(&source_id));
        let name = self
            .state
            .dataset
            .source(&source_id)
            .map(|s| s.info.file_name.clone())
            .unwrap_or_default();
        let edit = DocEdit::new(format!("remove {name}"), move |doc| {
            doc.sources.retain(|s| s.source_id != source_id);
        });
        self.edit(&edit, false);
    }

    pub(super) fn set_source_scope(&mut self, source_id: String, scope: Scope) {
        let name = self
            .state
            .dataset
            .source(&source_id)
            .map(|s| s.info.file_name.clone())
            .unwrap_or_default();
        let edit = DocEdit::new(format!("change what {name} is about"), move |doc| {
            for entry in doc.sources.iter_mut().filter(|s| s.source_id == source_id) {
                entry.scope = scope.clone();
            }
        });
        self.edit(&edit, false);
    }

    pub(super) fn ask_save_rejects(&mut self, source_id: &str) {
        let Some(source) = self.state.library.get(source_id) else {
            return;
        };
        let name = format!("{} rejected.csv", source.info.file_name);
        let source_id = source_id.to_owned();
        self.ask_save("Save rejected rows", &name, |path| Command::WriteRejects {
            source_id,
            path,
        });
    }

    pub(super) fn write_rejects(&mut self, source_id: &str, path: PathBuf) {
        let known = self.state.rejects.get(source_id).cloned();
        let (Some(rejects), Some(source)) = (known, self.state.library.get(source_id)) else {
            self.notify(Notification::warning(
                "Rejected rows are kept until the program ends; import the file again to save them",
            ));
            return;
        };
        let file = source.info.file_name.clone();
        let spec = JobSpec::new("write-rejects", "Saving rejected rows");
        self.jobs.spawn(spec, move |_| {
            let mut csv = Vec::new();
            let result = rejects
                .write_csv(&file, &mut csv)
                .and_then(|()| std::fs::write(&path, csv))
                .map_err(|e| e.to_string());
            Event::FileWritten("Rejected rows".to_owned(), path, result).leave()
        });
    }
}

/// A message as a sentence of its own.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
