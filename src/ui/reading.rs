//! Files that are read for a field of a screen and not as data: rules for the editor of promises, a picture for
//! reports. They are read away from the main thread, and nothing is applied before a person has seen it.

use std::path::{Path, PathBuf};

use super::app::Shell;
use super::command::{Command, DocEdit};
use super::events::Event;
use super::notify::Notification;
use super::state::Screen;
use crate::jobs::JobSpec;
use crate::project::{PromisesError, ScenarioDocument, SlaEntry};
use crate::report::look::logo_of;
use crate::scenario::Scenario;
use crate::units;

/// Pictures of more bytes than this are not even read; what a logo may have is said by `report::look`.
const MOST_PICTURE: u64 = 50_000_000;

/// A file of promises or rules as it was read, for review: what else could not be read with it.
pub type ReadRules = Result<(SlaEntry, Option<String>), String>;

/// Reads promises or rules; their text is there even where it is wrong, because the editor shows where.
pub fn read_rules(path: &Path) -> ReadRules {
    let (entry, problem) = SlaEntry::draft(path).map_err(|e| e.to_string())?;
    let beside = problem.filter(|p| !matches!(p, PromisesError::Promises { .. }));
    Ok((entry, beside.map(|p| p.to_string())))
}

/// A scenario as it was read, with what a reader must know about it.
pub type ReadScenario = Result<(Scenario, Vec<String>), String>;

/// Reads a scenario; why not, in a sentence that names the file and the line. Promises that it names are read with it.
pub fn read_scenario(path: &Path) -> ReadScenario {
    scenario_of(&ScenarioDocument::read(path).map_err(|e| e.to_string())?)
}

/// The scenario of a file that was read, with what a reader must know about it.
pub fn scenario_of(document: &ScenarioDocument) -> ReadScenario {
    let scenario = document.scenario().map_err(|e| e.to_string())?;
    Ok((scenario, document.file.notes.clone()))
}

/// What is said where a scenario could not be read.
pub fn unread_scenario(why: &str) -> String {
    format!("The scenario could not be read: {why}")
}

/// Reads a picture for reports, as base64; why not, in a sentence that names the file.
pub fn read_logo(path: &Path) -> Result<String, String> {
    let at = path.display();
    let unreadable = |e: std::io::Error| format!("the picture could not be read ({e}): {at}");
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > MOST_PICTURE {
        return Err(format!(
            "the picture has {}; one of at most 1 MB is enough: {at}",
            units::bytes(size as f64)
        ));
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let logo = logo_of(bytes).map_err(|why| format!("{why}: {at}"))?;
    image::load_from_memory(&logo.bytes)
        .map_err(|e| format!("the picture is damaged and cannot be shown ({e}): {at}"))?;
    Ok(logo.base64)
}

fn first(paths: &[PathBuf]) -> &Path {
    paths.first().map_or(Path::new(""), PathBuf::as_path)
}

impl Shell {
    /// Asks for a file of promises or rules and puts its text into the editor.
    pub(super) fn ask_rules(&mut self) {
        let kind = ("Promises and rules", ["yaml", "yml", "json"].as_slice());
        self.ask_open("Open a rules file", Some(kind), |paths| {
            Command::ReviewRules(Box::new(read_rules(first(&paths))))
        });
    }

    /// Puts what was read into the editor of the promises.
    pub(super) fn review_rules(&mut self, read: ReadRules) {
        match read {
            Ok((entry, problem)) => {
                self.state.screen = Screen::Sla;
                let known = &self.state.doc.slas;
                self.view.sla.review(entry, problem, known);
            }
            Err(why) => self.notify(Notification::error(format!(
                "The rules could not be read: {why}"
            ))),
        }
    }

    /// Asks for a scenario file.
    pub(super) fn ask_scenario(&mut self) {
        let kind = ("Scenario", ["yaml", "yml"].as_slice());
        self.ask_open("Open a scenario file", Some(kind), |paths| {
            Command::TakeScenario(Box::new(read_scenario(first(&paths))))
        });
    }

    /// Adds what was read and shows it.
    pub(super) fn take_scenario(&mut self, read: ReadScenario) {
        if self.refuse_read_only() {
            return;
        }
        let checked = read.and_then(|(scenario, notes)| {
            let taken = self.state.doc.takes_scenario(&scenario);
            taken.map_err(|e| e.to_string())?;
            Ok((scenario, notes))
        });
        match checked {
            // Its content is there already: that one is shown.
            Ok((scenario, _)) if self.state.doc.scenarios.contains(&scenario) => {
                self.notify(Notification::info(format!(
                    "{} is in the project already",
                    scenario.name
                )));
                self.state.screen = Screen::WhatIf;
                self.view.what_if.pick(scenario.name);
            }
            Ok((scenario, notes)) => {
                let name = self.state.doc.free_scenario_name(&scenario.name);
                let edit = DocEdit::new(format!("open the scenario {name}"), move |doc| {
                    doc.add_scenario(scenario.clone());
                });
                self.edit(&edit, false);
                self.state.screen = Screen::WhatIf;
                self.view.what_if.pick(name);
                for note in notes {
                    self.notify(Notification::info(note));
                }
            }
            Err(why) => self.notify(Notification::error(unread_scenario(&why))),
        }
    }

    /// Asks for a picture for reports.
    pub(super) fn ask_logo(&mut self) {
        let kind = ("Pictures", ["png", "jpg", "jpeg"].as_slice());
        self.ask_open("Choose a logo", Some(kind), |paths| {
            Command::TakeLogo(read_logo(first(&paths)))
        });
    }

    /// Reads the picture at a path that was typed.
    pub(super) fn read_logo(&mut self, path: PathBuf) {
        let spec = JobSpec::new("logo", "Reading the picture");
        self.jobs.spawn(spec, move |_| {
            Event::Answered(Some(Command::TakeLogo(read_logo(&path)))).leave()
        });
    }

    /// Takes a picture over, or says beside the field why not.
    pub(super) fn take_logo(&mut self, read: Result<String, String>) {
        let look = &mut self.view.reports.look;
        match read {
            Ok(base64) => {
                look.answered(None);
                let edit = DocEdit::new("set the logo of reports", move |doc| {
                    doc.decisions.branding.logo_base64.clone_from(&base64);
                });
                self.edit(&edit, false);
            }
            Err(why) => look.answered(Some(why)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PNG was judged by its first bytes alone: one that was cut off became the logo, and no page showed it.
    #[test]
    fn a_file_that_is_no_picture_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let mut png = std::io::Cursor::new(Vec::new());
        image::DynamicImage::new_rgb8(8, 4)
            .write_to(&mut png, image::ImageFormat::Png)
            .unwrap();
        let png = png.into_inner();
        assert!(read_logo(&write("logo.png", &png)).is_ok());
        for (name, bytes, says) in [
            ("cut.png", &png[..20], "damaged"),
            (
                "letter.png",
                b"Dear Sir".as_slice(),
                "neither a PNG nor a JPEG",
            ),
        ] {
            let why = read_logo(&write(name, bytes)).unwrap_err();
            assert!(why.contains(says) && why.ends_with(name), "{why}");
        }
        let why = read_logo(&folder.path().join("gone.png")).unwrap_err();
        assert!(why.contains("could not be read"), "{why}");
    }

    #[test]
    fn rules_are_read_even_where_they_are_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rules.yaml");
        std::fs::write(&path, "objectives:\n  - {name: x, kind: nonsense}\n").unwrap();
        let (entry, beside) = read_rules(&path).unwrap();
        assert_eq!((entry.name.as_str(), beside), ("rules.yaml", None));
        assert!(entry.yaml.contains("nonsense"));
        let yaml = "objectives:\n  - {name: Up, kind: availability, target: 99.9%, exclusions: [gone.csv]}\n";
        std::fs::write(&path, yaml).unwrap();
        let (_, beside) = read_rules(&path).unwrap();
        assert!(beside.unwrap().contains("gone.csv"));
        std::fs::write(&path, [0xFF, 0xFE, 0x00]).unwrap();
        let why = read_rules(&path).unwrap_err();
        assert!(why.contains("UTF-8") && why.contains("rules.yaml"), "{why}");
    }
}
