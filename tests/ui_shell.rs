//! The desktop's frame, driven by its labels as a person (or a screen reader) finds them. No GPU, no display, no
//! threads: jobs run inline, dialogs are prepared, the clock stands still.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use headroom::calendar::Instant;
use headroom::jobs::Jobs;
use headroom::project::Project;
use headroom::ui::app::{Parts, Shell};
use headroom::ui::command::{Command, DocEdit};
use headroom::ui::dialogs::PreparedDialogs;
use headroom::ui::notify::Level;
use headroom::ui::settings::{Places, ThemeChoice};
use headroom::ui::state::{SaveState, Screen};
use headroom::units::Micros;

use crate::ui_fixture::shell_harness;

/// 2026-07-01 12:00 UTC.
const NOW: Instant = Instant::from_secs(1_782_907_200);

struct Desk {
    harness: Harness<'static, Shell>,
    folder: tempfile::TempDir,
}

fn parts(folder: &Path, answers: Vec<Vec<PathBuf>>) -> Parts {
    Parts {
        jobs: Jobs::inline(),
        dialogs: Box::new(PreparedDialogs::new(answers)),
        places: Places::within(folder),
        clock: Arc::new(|| NOW),
        autosave_after: Micros(0),
    }
}

impl Desk {
    fn new() -> Self {
        Self::with(tempfile::tempdir().unwrap(), Vec::new())
    }

    fn with(folder: tempfile::TempDir, answers: Vec<Vec<PathBuf>>) -> Self {
        let path = folder.path().to_path_buf();
        let ctx = egui::Context::default();
        let shell = Shell::new(&ctx, parts(&path, answers), Vec::new(), None);
        let harness = shell_harness(shell, 40);
        Self { harness, folder }
    }

    fn send(&mut self, command: Command) {
        let ctx = self.harness.ctx.clone();
        self.harness.state_mut().dispatch(&ctx, command);
        self.harness.run();
    }

    fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.harness.run();
    }

    fn screen(&self) -> Screen {
        self.harness.state().state.screen
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    fn messages(&self, level: Level) -> Vec<String> {
        let all = self.harness.state().state.notifications.iter();
        all.filter(|n| n.level == level)
            .map(|n| n.text.clone())
            .collect()
    }
}

const METRICS: &str = "timestamp,cpu_percent\n2026-06-01T00:00:00Z,40\n2026-06-01T01:00:00Z,41\n2026-06-01T02:00:00Z,42\n2026-06-01T03:00:00Z,44\n";
const PROMISES: &str = "objectives:\n  - name: API availability\n    kind: availability\n    target: 99.9%\n    period: month\n";

#[test]
fn every_screen_is_one_click_away() {
    let mut desk = Desk::new();
    desk.send(Command::NewProject);
    assert_eq!(desk.screen(), Screen::Data);
    for screen in Screen::ALL {
        if screen == Screen::Welcome {
            continue;
        }
        desk.click(screen.name());
        assert_eq!(desk.screen(), screen);
    }
}

#[test]
fn without_a_project_screens_are_out_of_reach() {
    let mut desk = Desk::new();
    desk.click("Explore");
    assert_eq!(desk.screen(), Screen::Welcome);
    desk.click("New project");
    desk.click("Explore");
    assert_eq!(desk.screen(), Screen::Explore);
}

#[test]
fn the_palette_opens_by_key_and_runs_what_was_typed() {
    let mut desk = Desk::new();
    desk.send(Command::NewProject);
    desk.harness
        .key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::K);
    desk.harness.run();
    let field = egui::accesskit::Role::TextInput;
    desk.harness
        .get_by_role_and_label(field, "Find anything")
        .type_text("forec");
    desk.harness.run();
    desk.harness.key_press(egui::Key::Enter);
    desk.harness.run();
    assert_eq!(desk.screen(), Screen::Forecast);
    assert!(!desk.harness.state().view.shell.palette.is_open());
}

#[test]
fn keys_reach_their_commands_with_shift_apart() {
    let mut desk = Desk::new();
    desk.send(Command::NewProject);
    let command = egui::Modifiers::COMMAND;
    desk.harness.key_press_modifiers(command, egui::Key::Num4);
    desk.harness.run();
    assert_eq!(desk.screen(), Screen::Sla);
    desk.send(Command::Edit(DocEdit::new("rename", |d| {
        d.name = "b".to_owned();
    })));
    desk.harness.key_press_modifiers(command, egui::Key::Z);
    desk.harness.run();
    assert_eq!(desk.harness.state().state.doc.name, "");
    desk.harness
        .key_press_modifiers(command | egui::Modifiers::SHIFT, egui::Key::Z);
    desk.harness.run();
    assert_eq!(desk.harness.state().state.doc.name, "b");
}

#[test]
fn undo_says_what_it_takes_back() {
    let mut desk = Desk::new();
    desk.send(Command::NewProject);
    desk.send(Command::Edit(DocEdit::new(
        "change target to 150 ms",
        |doc| doc.name = "changed".to_owned(),
    )));
    desk.click("Project menu");
    desk.click("Undo change target to 150 ms");
    assert_eq!(desk.harness.state().state.doc.name, "");
    desk.click("Project menu");
    desk.click("Redo change target to 150 ms");
    assert_eq!(desk.harness.state().state.doc.name, "changed");
}

#[test]
fn a_dropped_file_becomes_a_kept_project() {
    let mut desk = Desk::new();
    let file = desk.file("cpu.csv", METRICS);
    desk.harness.input_mut().dropped_files.push(dropped(&file));
    desk.harness.run();
    let state = &desk.harness.state().state;
    assert_eq!(state.dataset.sources.len(), 1);
    assert_eq!(state.screen, Screen::Data);
    assert_eq!(state.save, SaveState::Saved);
    assert_eq!(desk.messages(Level::Success), ["Imported cpu.csv: 4 rows"]);
    // It can be found again, although it has no name yet.
    assert_eq!(state.recent.iter().count(), 1);
    // What a kill right now would leave behind.
    let path = desk
        .harness
        .state()
        .state
        .project
        .as_ref()
        .unwrap()
        .path
        .clone();
    let copy = desk.folder.path().join("after-kill.headroom");
    std::fs::copy(path, &copy).unwrap();
    let opened = Project::open(&copy).unwrap();
    assert_eq!(opened.dataset.sources.len(), 1);
}

fn dropped(path: &Path) -> egui::DroppedFileHandle {
    #[derive(Debug)]
    struct File(PathBuf);
    impl egui::DroppedFile for File {
        fn path(&self) -> &Path {
            &self.0
        }
        fn bytes(&self) -> Result<Vec<u8>, String> {
            std::fs::read(&self.0).map_err(|e| e.to_string())
        }
    }
    Arc::new(File(path.to_path_buf()))
}

#[test]
fn importing_again_changes_nothing_and_undo_takes_an_import_back() {
    let mut desk = Desk::new();
    let file = desk.file("cpu.csv", METRICS);
    desk.send(Command::ImportPaths(vec![file.clone()]));
    desk.send(Command::ImportPaths(vec![file]));
    assert_eq!(
        desk.messages(Level::Info),
        ["cpu.csv is in the project already; nothing has changed"]
    );
    desk.send(Command::Undo);
    assert!(!desk.harness.state().state.has_data());
    desk.send(Command::Redo);
    assert!(desk.harness.state().state.has_data());
}

#[test]
fn an_overlap_is_asked_about() {
    let mut desk = Desk::new();
    let first = desk.file("a.csv", METRICS);
    let second = desk.file("b.csv", &METRICS.replace("44", "45"));
    desk.send(Command::ImportPaths(vec![first, second]));
    assert_eq!(desk.harness.state().state.dataset.sources.len(), 1);
    desk.click("Keep both");
    assert_eq!(desk.harness.state().state.dataset.sources.len(), 2);
    assert!(desk.harness.state().state.overlaps.is_empty());
}

/// Asked once a project; the files of this import are read again, later ones are read so from the start.
#[test]
fn the_zone_of_times_without_one_is_asked_for_and_remembered() {
    let mut desk = Desk::new();
    let bare = |load: u32| {
        format!(
            "time,load\n2026-01-15 12:00:00,{load}\n2026-01-15 12:01:00,2\n2026-01-15 12:02:00,3\n"
        )
    };
    let first = desk.file("a.csv", &bare(1));
    desk.send(Command::ImportPaths(vec![first]));
    desk.harness
        .get_by_label("In which time zone were these times written?");
    desk.click("Europe/Berlin");
    let starts = |desk: &Desk| -> Vec<String> {
        let state = &desk.harness.state().state;
        let sources = state.dataset.sources.iter();
        sources.map(|s| s.info.first.unwrap().to_string()).collect()
    };
    assert_eq!(starts(&desk), ["2026-01-15T11:00:00Z"]);
    assert_eq!(desk.harness.state().state.doc.source_zone, "Europe/Berlin");
    let second = desk.file("b.csv", &bare(5).replace("load", "depth"));
    desk.send(Command::ImportPaths(vec![second]));
    assert!(desk.harness.state().state.zoneless.is_empty());
    assert_eq!(starts(&desk), ["2026-01-15T11:00:00Z"; 2]);
}

#[test]
fn a_bad_file_is_one_clear_message_and_the_project_stays_as_it_was() {
    let mut desk = Desk::new();
    desk.send(Command::NewProject);
    let empty = desk.file("empty.csv", "");
    let missing = desk.folder.path().join("missing.csv");
    desk.send(Command::ImportPaths(vec![empty, missing]));
    let errors = desk.messages(Level::Error);
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors.iter().any(|e| e.contains("empty.csv")), "{errors:?}");
    assert!(
        errors.iter().any(|e| e.contains("missing.csv")),
        "{errors:?}"
    );
    assert!(!desk.harness.state().state.has_data());
    assert_eq!(desk.harness.state().state.history.undo_name(), None);
    desk.click("Notifications");
    desk.harness.get_by_label("Dismiss all");
}

#[test]
fn promises_among_the_files_become_promises_of_the_project() {
    let mut desk = Desk::new();
    let data = desk.file("cpu.csv", METRICS);
    let promises = desk.file("sla.yaml", PROMISES);
    desk.send(Command::OpenPaths(vec![data, promises]));
    let state = &desk.harness.state().state;
    assert_eq!(state.doc.slas.len(), 1);
    assert_eq!(state.doc.slas[0].name, "sla.yaml");
    assert_eq!(state.dataset.sources.len(), 1);
}

#[test]
fn a_folder_is_read_and_what_is_no_data_is_left_out() {
    let mut desk = Desk::new();
    let folder = desk.folder.path().join("export");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("cpu.csv"), METRICS).unwrap();
    std::fs::write(folder.join("sla.yaml"), PROMISES).unwrap();
    std::fs::write(folder.join("README.md"), "# Export\n\nNothing to see.\n").unwrap();
    desk.send(Command::OpenPaths(vec![folder]));
    let state = &desk.harness.state().state;
    assert_eq!(state.dataset.sources.len(), 1);
    assert_eq!(state.doc.slas.len(), 1);
    assert_eq!(desk.messages(Level::Error), [""; 0]);
}

#[test]
fn saving_gives_an_untitled_project_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("named.headroom");
    let mut desk = Desk::with(folder, vec![vec![target.clone()]]);
    desk.send(Command::NewProject);
    let untitled = desk
        .harness
        .state()
        .state
        .project
        .as_ref()
        .unwrap()
        .path
        .clone();
    desk.send(Command::Save);
    let handle = desk.harness.state().state.project.as_ref().unwrap();
    assert_eq!(handle.path, target);
    assert!(!handle.untitled);
    assert!(target.is_file());
    assert!(!untitled.exists());
    assert!(
        desk.harness
            .state()
            .state
            .recent
            .iter()
            .any(|p| p == target)
    );
}

#[test]
fn a_project_opens_again_with_everything() {
    let mut desk = Desk::new();
    let file = desk.file("cpu.csv", METRICS);
    desk.send(Command::ImportPaths(vec![file]));
    desk.send(Command::Edit(DocEdit::new("rename", |d| {
        d.name = "Shop".to_owned();
    })));
    let path = desk.folder.path().join("shop.headroom");
    desk.send(Command::SaveAsPath(path.clone()));
    desk.send(Command::CloseProject);
    assert_eq!(desk.screen(), Screen::Welcome);
    desk.send(Command::OpenPaths(vec![path]));
    let state = &desk.harness.state().state;
    assert_eq!(state.project_name(), "Shop");
    assert_eq!(state.dataset.sources.len(), 1);
    assert_eq!(state.screen, Screen::Overview);
}

#[test]
fn an_empty_project_without_a_name_leaves_nothing_behind() {
    let mut desk = Desk::new();
    desk.send(Command::NewProject);
    let path = desk
        .harness
        .state()
        .state
        .project
        .as_ref()
        .unwrap()
        .path
        .clone();
    assert!(path.is_file());
    desk.send(Command::CloseProject);
    assert!(!path.exists());
}

#[test]
fn a_project_open_elsewhere_is_read_only_and_says_so() {
    let mut desk = Desk::new();
    let path = desk.folder.path().join("shop.headroom");
    let other = Project::create(&path, &headroom::project::ProjectDoc::default()).unwrap();
    desk.send(Command::OpenPaths(vec![path]));
    assert!(desk.harness.state().state.read_only());
    desk.send(Command::Edit(DocEdit::new("rename", |d| {
        d.name = "b".to_owned();
    })));
    assert_eq!(desk.harness.state().state.doc.name, "");
    assert!(!desk.messages(Level::Warning).is_empty());
    drop(other);
}

#[test]
fn results_are_computed_once_and_again_when_their_inputs_change() {
    use headroom::ui::results::Request;
    let mut desk = Desk::new();
    let data = desk.file("cpu.csv", METRICS);
    let promises = desk.file("sla.yaml", PROMISES);
    desk.send(Command::OpenPaths(vec![data, promises]));
    desk.send(Command::Request(Request::Sla));
    let first = {
        let slot = &desk.harness.state().state.results.sla;
        assert!(!slot.stale && !slot.running);
        slot.value.clone().unwrap()
    };
    assert_eq!(first.report.objectives.len(), 1);
    desk.send(Command::Request(Request::Sla));
    let again = desk
        .harness
        .state()
        .state
        .results
        .sla
        .value
        .clone()
        .unwrap();
    assert!(Arc::ptr_eq(&first, &again));
    desk.send(Command::StepPeriod(-1));
    desk.send(Command::Request(Request::Sla));
    let other = desk
        .harness
        .state()
        .state
        .results
        .sla
        .value
        .clone()
        .unwrap();
    assert_eq!(other.report.period.name, "2026-05");
}

#[test]
fn periods_step_and_are_no_undo_steps() {
    let mut desk = Desk::new();
    let file = desk.file("cpu.csv", METRICS);
    desk.send(Command::ImportPaths(vec![file]));
    assert_eq!(desk.harness.state().state.period.to_string(), "2026-06");
    desk.click("Earlier period");
    assert_eq!(desk.harness.state().state.period.to_string(), "2026-05");
    assert_eq!(
        desk.harness.state().state.history.undo_name(),
        Some("import cpu.csv")
    );
    desk.send(Command::Undo);
    assert_eq!(desk.harness.state().state.period.to_string(), "2026-05");
}

#[test]
fn the_theme_changes_at_once_and_is_kept() {
    let mut desk = Desk::new();
    desk.click("Settings");
    desk.click("Dark");
    assert!(desk.harness.ctx.theme() == egui::Theme::Dark);
    desk.click("Light");
    assert!(desk.harness.ctx.theme() == egui::Theme::Light);
    let kept = Places::within(desk.folder.path()).read_settings().0;
    assert_eq!(kept.theme, ThemeChoice::Light);
}

#[test]
fn question_mark_shows_the_keys() {
    let mut desk = Desk::new();
    desk.harness.event(egui::Event::Text("?".to_owned()));
    desk.harness.run();
    desk.harness.get_by_label("Keys");
    desk.click("Close");
    assert!(desk.harness.query_by_label("Keys").is_none());
}

#[test]
fn an_idle_window_does_not_repaint() {
    let mut desk = Desk::new();
    desk.send(Command::NewProject);
    for screen in Screen::ALL {
        desk.send(Command::Go(screen));
        // `run` fails where frames never stop coming; what is left must not ask for another one either.
        desk.harness.run();
        let output = desk.harness.output();
        let root = output.viewport_output.get(&egui::ViewportId::ROOT).unwrap();
        assert!(
            root.repaint_delay > std::time::Duration::from_secs(1),
            "{}: {:?}",
            screen.name(),
            root.repaint_delay
        );
    }
}
