//! The project that `headroom import` works towards: each file that was read is admitted, replaces or is left out, and
//! in the end everything is stored at once.

use std::path::Path;
use std::sync::Arc;

use super::common::CliError;
use super::import::{Action, Decided, ImportArgs, RoleArg, SourceLine};
use crate::calendar::Zone;
use crate::dataset::{Dataset, Role, Source, SourceInfo};
use crate::import::ImportOptions;
use crate::project::{
    Decision, ImportPlan, MappingEntry, OpenedProject, OverlapPolicy, Project, ProjectDoc,
    SourceEntry, overlap,
};
use crate::warning::{WarningKind, Warnings};

/// The project as it will be.
pub(super) struct Target {
    /// `None` where it has to be created.
    project: Option<Project>,
    doc: ProjectDoc,
    dataset: Dataset,
    added: Vec<Arc<Source>>,
    replaced: bool,
}

impl Target {
    pub(super) fn open(path: &Path, warnings: &mut Warnings) -> Result<Self, CliError> {
        if std::fs::symlink_metadata(path).is_err_and(|e| e.kind() == std::io::ErrorKind::NotFound)
        {
            return Ok(Self {
                project: None,
                doc: ProjectDoc {
                    name: path
                        .file_stem()
                        .map_or_else(String::new, |n| n.to_string_lossy().into_owned()),
                    ..ProjectDoc::default()
                },
                dataset: Dataset::default(),
                added: Vec::new(),
                replaced: false,
            });
        }
        let OpenedProject {
            project,
            doc,
            dataset,
            read_only_because,
            losses,
        } = Project::open(path)?;
        if let Some(why) = read_only_because {
            let message = format!(
                "the project can only be read ({why}); close it there, or import into another one: {}",
                path.display()
            );
            return Err(CliError::new("project", message).about(path));
        }
        for loss in losses {
            warnings.add(WarningKind::Damaged, loss);
        }
        Ok(Self {
            project: Some(project),
            doc,
            dataset,
            added: Vec::new(),
            replaced: false,
        })
    }

    /// The zone of times without one: what is said now is remembered, what was said before is used.
    pub(super) fn remember_source_zone(&mut self, options: &mut ImportOptions) {
        if options.source_zone_given {
            options
                .source_zone
                .name()
                .clone_into(&mut self.doc.source_zone);
        } else if let (false, Ok(zone)) = (
            self.doc.source_zone.is_empty(),
            Zone::named(&self.doc.source_zone),
        ) {
            options.source_zone = zone;
            options.source_zone_given = true;
            options.source_zone_of_project = true;
        }
    }

    /// What the project remembers about the columns of tables.
    pub(super) fn mappings(&self) -> &[MappingEntry] {
        &self.doc.mappings
    }

    /// Keeps what was said about the columns of this file for others like it.
    fn remember_mapping(&mut self, info: &SourceInfo, args: &ImportArgs) {
        if let (Some(_), Some(used)) = (&args.mapping, &info.mapping) {
            let entry = MappingEntry {
                fingerprint: used.fingerprint.clone(),
                name: info.file_name.clone(),
                yaml: used.yaml.clone(),
            };
            entry.remember(&mut self.doc.mappings);
        }
    }

    /// Decides what becomes of a file that was read.
    pub(super) fn admit(
        &mut self,
        mut source: Source,
        args: &ImportArgs,
        policy: OverlapPolicy,
    ) -> Result<SourceLine, CliError> {
        let info = &mut source.info;
        let path = info.path.clone().unwrap_or_default();
        info.path = std::path::absolute(&path).ok();
        set_scope(info, args);
        let info = &source.info;
        self.remember_mapping(info, args);
        let mut line = SourceLine {
            path: path.display().to_string(),
            format: info.format.clone(),
            rows: info.rows,
            rejected: info.rejected,
            first: info.first,
            last: info.last,
            action: Action::Added,
        };
        let plan = overlap::plan(&self.dataset, &source);
        if let ImportPlan::Grown { replaces } = &plan
            && let Some(old) = self.dataset.source(replaces)
        {
            // What a person said about the older self holds for the longer one, unless it is said anew.
            source.info.scope = old.info.scope.clone();
            set_scope(&mut source.info, args);
        }
        if let (ImportPlan::Overlaps { with }, OverlapPolicy::Both) = (&plan, policy) {
            source.info.run_group = self.run_of(&source, with);
        }
        match plan.decide(policy) {
            Decision::Same => {
                let id = source.info.source_id.clone();
                let known = self.dataset.source(&id);
                let as_before = known.is_none_or(|k| k.info.mapping == source.info.mapping);
                if as_before {
                    line.action = Action::Same;
                } else {
                    // The same content, its columns read in another way.
                    line.action = Action::Replaced;
                    self.replaced = true;
                    self.add(source, &[id]);
                }
            }
            Decision::Keep => line.action = Action::Kept,
            Decision::Refuse { with } => return Err(self.refusal(&path, &with)),
            Decision::Add { removes } => {
                if !removes.is_empty() {
                    line.action = Action::Replaced;
                    self.replaced = true;
                }
                self.add(source, &removes);
            }
        }
        Ok(line)
    }

    /// The run that a source joins when it is taken beside others that it overlaps with.
    fn run_of(&self, source: &Source, with: &[String]) -> String {
        with.iter()
            .filter_map(|id| self.dataset.source(id))
            .find(|old| old.run.is_some() && source.run.is_some())
            .map_or_else(String::new, |old| old.info.run_id().to_owned())
    }

    fn add(&mut self, source: Source, removes: &[String]) {
        let stays = |id: &String| !removes.contains(id);
        self.doc.sources.retain(|s| stays(&s.source_id));
        self.dataset.sources.retain(|s| stays(&s.info.source_id));
        self.added.retain(|s| stays(&s.info.source_id));
        self.doc.sources.push(SourceEntry {
            source_id: source.info.source_id.clone(),
            scope: source.info.scope.clone(),
            run_group: source.info.run_group.clone(),
        });
        let source = Arc::new(source);
        self.dataset.sources.push(Arc::clone(&source));
        self.added.push(source);
    }

    fn refusal(&self, path: &Path, with: &[String]) -> CliError {
        let names: Vec<String> = with
            .iter()
            .filter_map(|id| self.dataset.source(id))
            .map(|s| format!("\"{}\"", s.info.file_name))
            .collect();
        let mut error = CliError::new(
            "overlap",
            format!(
                "the file tells about the same thing and time as {}; nothing was imported: {}",
                names.join(", "),
                path.display()
            ),
        )
        .about(path);
        error.hint = Some("choose --on-overlap replace, keep or both".to_owned());
        error
    }

    /// Puts name, zone, promises and limits into the document.
    pub(super) fn apply(&mut self, args: &ImportArgs, decided: Decided, warnings: &mut Warnings) {
        if let Some(name) = &args.name {
            self.doc.name.clone_from(name);
        }
        if let Some(zone) = decided.zone {
            zone.name().clone_into(&mut self.doc.time_zone);
        }
        if let Some(sla) = decided.sla {
            match self.doc.slas.iter_mut().find(|s| s.name == sla.name) {
                Some(there) => *there = sla,
                None => self.doc.slas.push(sla),
            }
        }
        for scenario in decided.scenarios {
            let name = scenario.name.clone();
            if self.doc.scenario(&name).is_some() {
                self.doc.put_scenario(&name, scenario);
            } else {
                self.doc.add_scenario(scenario);
            }
        }
        for limit in decided.limits {
            let known = self
                .dataset
                .sources
                .iter()
                .filter_map(|s| s.metrics.as_ref())
                .flat_map(|m| &m.series)
                .any(|s| s.display_name() == limit.series);
            if !known {
                warnings.add(
                    WarningKind::Note,
                    format!(
                        "there is no series \"{}\" in the project yet; its limit is kept",
                        limit.series
                    ),
                );
            }
            match self
                .doc
                .limits
                .iter_mut()
                .find(|l| l.series == limit.series)
            {
                Some(there) => there.limit = limit.limit,
                None => self.doc.limits.push(limit),
            }
        }
    }

    /// Stores everything as one transaction; a project that was made for it does not stay when that fails.
    pub(super) fn save(self, path: &Path) -> Result<(), CliError> {
        let created = self.project.is_none();
        let mut project = match self.project {
            Some(project) => project,
            None => Project::create(path, &ProjectDoc::default())?,
        };
        let sources: Vec<&Source> = self.added.iter().map(Arc::as_ref).collect();
        if let Err(error) = project.add_sources(&sources, &self.doc) {
            drop(project);
            if created {
                std::fs::remove_file(path).ok();
            }
            return Err(error.into());
        }
        if self.replaced {
            // The data are safe; what was replaced only takes room until the next time.
            project.collect(&[]).ok();
        }
        Ok(())
    }
}

fn set_scope(info: &mut SourceInfo, args: &ImportArgs) {
    let scope = &mut info.scope;
    for (given, field) in [
        (&args.service, &mut scope.service),
        (&args.environment, &mut scope.environment),
        (&args.region, &mut scope.region),
    ] {
        if let Some(given) = given {
            field.clone_from(given);
        }
    }
    match args.role {
        Some(RoleArg::Production) => scope.role = Role::Production,
        Some(RoleArg::Test) => scope.role = Role::Test,
        None => {}
    }
}
