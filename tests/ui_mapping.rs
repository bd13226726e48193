//! Saying what the columns of a table are, on the desktop: what is offered, what the dialog shows and does, and what is
//! remembered. No GPU, no display, no threads.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use headroom::calendar::Instant;
use headroom::jobs::Jobs;
use headroom::ui::app::{Parts, Shell};
use headroom::ui::command::{Command, DocEdit};
use headroom::ui::dialogs::PreparedDialogs;
use headroom::ui::notify::Level;
use headroom::ui::settings::Places;
use headroom::ui::state::{AppState, Screen};
use headroom::units::Micros;

/// 2026-07-01 12:00 UTC.
const NOW: Instant = Instant::from_secs(1_782_907_200);

struct Desk {
    harness: Harness<'static, Shell>,
    folder: tempfile::TempDir,
}

impl Desk {
    fn new(answers: Vec<Vec<PathBuf>>) -> Self {
        Self::built(
            Harness::builder().with_size(egui::vec2(1_400.0, 900.0)),
            answers,
        )
    }

    fn built(builder: egui_kittest::HarnessBuilder<Shell>, answers: Vec<Vec<PathBuf>>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ctx = egui::Context::default();
        let parts = Parts {
            jobs: Jobs::inline(),
            dialogs: Box::new(PreparedDialogs::new(answers)),
            places: Places::within(folder.path()),
            clock: Arc::new(|| NOW),
            autosave_after: Micros(0),
        };
        let shell = Shell::new(&ctx, parts, Vec::new(), None);
        let mut installed = false;
        let harness = builder.with_max_steps(40).build_ui_state(
            move |ui, shell: &mut Shell| {
                if !std::mem::replace(&mut installed, true) {
                    headroom::ui::theme::install(ui.ctx());
                    ui.ctx().request_discard("fonts");
                    return;
                }
                let ctx = ui.ctx().clone();
                shell.logic(&ctx);
                shell.ui(ui);
            },
            shell,
        );
        Self { harness, folder }
    }

    fn send(&mut self, command: Command) {
        let ctx = self.harness.ctx.clone();
        self.harness.state_mut().dispatch(&ctx, command);
        self.harness.run();
    }

    /// Times without a zone are of this one, so that nobody asks.
    fn says_the_zone(&mut self) {
        self.send(Command::Edit(DocEdit::new("say the zone", |doc| {
            doc.source_zone = "Europe/Berlin".to_owned();
        })));
    }

    fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.harness.run();
    }

    /// Picks from the list with this name.
    fn pick(&mut self, list: &str, choice: &str) {
        self.click(list);
        // The entry of the list that opened, not a word of the screen.
        let entries = self.harness.query_all_by_label(choice);
        entries.last().unwrap().click();
        self.harness.run();
    }

    fn state(&self) -> &AppState {
        &self.harness.state().state
    }

    fn copy(&self, name: &str) -> PathBuf {
        let from = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/data/mapping")
            .join(name);
        let to = self.folder.path().join(name);
        std::fs::copy(from, &to).unwrap();
        to
    }

    fn sees(&self, text: &str) -> bool {
        self.harness
            .query_all_by_label_contains(text)
            .next()
            .is_some()
    }

    fn messages(&self, level: Level) -> Vec<String> {
        let all = self.state().notifications.iter();
        all.filter(|n| n.level == level)
            .map(|n| n.text.clone())
            .collect()
    }
}

#[test]
fn a_table_taken_by_guess_is_offered_and_read_again() {
    let mut desk = Desk::new(Vec::new());
    let file = desk.copy("gateway.csv");
    desk.send(Command::ImportPaths(vec![file]));
    assert_eq!(desk.state().screen, Screen::Data);
    let source = &desk.state().dataset.sources[0];
    assert_eq!(source.info.format, "mapped-table");
    assert!(desk.sees("gateway.csv is of no known tool, and its columns were guessed."));
    desk.click("Map columns…");
    assert!(desk.sees("What are the columns of gateway.csv?"));
    assert!(desk.sees("200 rows, none rejected, 2026-06-14 10:00:00–10:00:1"));
    assert!(desk.sees("6 of 200 requests failed, 3 labels"));
    // The first rows are in view, and each column says what it is taken for.
    assert!(desk.sees("/checkout") && desk.sees("Role of latency_us: Duration"));
    assert!(desk.sees("Unit of latency_us: microseconds"));
    // Microseconds taken for milliseconds: still readable, another result.
    desk.pick("Unit of latency_us: microseconds", "milliseconds");
    desk.pick(
        "Failures in status: failed from 400 on",
        "failed from 500 on",
    );
    assert!(desk.sees("5 of 200 requests failed"));
    desk.pick("Role of ts: Time", "Not read");
    assert!(desk.sees("No column says when a request was made"));
    assert!(desk.sees("/checkout"), "the rows stay in view");
    desk.pick("Role of ts: Not read", "Time");
    desk.click("Import");
    assert!(desk.state().mapping.is_none());
    let state = desk.state();
    assert_eq!(state.dataset.sources.len(), 1, "in place of the guess");
    let used = state.dataset.sources[0].info.mapping.as_ref().unwrap();
    assert!(!used.guessed && used.yaml.contains("failed_from: 500"));
    assert!(state.mapping_offers.is_empty() && state.doc.mappings.is_empty());
    assert_eq!(desk.messages(Level::Error), Vec::<String>::new());
}

#[test]
fn an_unknown_table_is_offered_mapped_and_remembered() {
    let mut desk = Desk::new(Vec::new());
    desk.send(Command::NewProject);
    let file = desk.copy("readings.txt");
    desk.send(Command::ImportPaths(vec![file]));
    assert!(desk.state().dataset.sources.is_empty());
    assert_eq!(desk.messages(Level::Error).len(), 1);
    assert!(desk.sees("readings.txt was not imported: say what its columns are."));
    desk.click("Map columns…");
    assert!(desk.sees("No column says when a value was measured"));
    desk.pick("Role of collected: Not read", "Time");
    assert!(desk.sees("The column \"collected\" holds no times that can be read"));
    desk.pick("Format of collected: Found out", "By a pattern");
    let field = egui::accesskit::Role::TextInput;
    let pattern = desk
        .harness
        .get_by_role_and_label(field, "Pattern of collected");
    pattern.focus();
    desk.harness.run();
    desk.harness
        .key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    desk.harness.run();
    desk.harness
        .get_by_role_and_label(field, "Pattern of collected")
        .type_text("%Y%m%d %H%M");
    desk.harness.run();
    assert!(desk.sees("120 rows, none rejected"));
    desk.click("Import");
    assert_eq!(desk.state().dataset.sources.len(), 1);
    assert!(desk.state().doc.mappings.is_empty());
}

#[test]
fn an_answer_is_remembered_for_files_like_it_and_forgotten() {
    let mut desk = Desk::new(Vec::new());
    desk.send(Command::NewProject);
    desk.says_the_zone();
    let file = desk.copy("stoerungen.csv");
    desk.send(Command::ImportPaths(vec![file.clone()]));
    // By itself it looks like a table of measurements.
    assert_eq!(desk.state().dataset.sources[0].info.format, "metric-table");
    let chosen = desk.state().dataset.sources[0].info.source_id.clone();
    desk.harness.state_mut().view.data.chosen = Some(chosen);
    desk.harness.run();
    desk.click("Map columns…");
    desk.pick("Kind of rows: Measurements over time", "Outages and states");
    desk.pick("Role of Von: Start", "Not read");
    assert!(desk.sees("No column says when a state began"));
    desk.pick("Role of Von: Not read", "Start");
    let role = |desk: &mut Desk, column: &str, from: &str, to: &str| {
        desk.pick(&format!("Role of {column}: {from}"), to);
    };
    role(&mut desk, "Dauer [min]", "Not read", "Duration");
    assert!(desk.sees("Unit of Dauer [min]: minutes"));
    role(&mut desk, "System", "Not read", "Service");
    assert!(
        desk.sees("5 rows, 1 rejected"),
        "without a state all are down"
    );
    desk.click("Use for files like this");
    desk.click("Import");
    let state = desk.state();
    assert_eq!(state.dataset.sources.len(), 1);
    assert_eq!(
        state.dataset.sources[0].uptime.as_ref().unwrap().rows.len(),
        5
    );
    assert_eq!(
        (state.doc.mappings.len(), state.settings.mappings.len()),
        (1, 1)
    );
    assert!(state.mapping_offers.is_empty());

    // The next file like it needs no word, in another project neither.
    let later = desk.folder.path().join("later.csv");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&later, text.replace("06.2026", "05.2026")).unwrap();
    desk.send(Command::NewProject);
    assert!(desk.state().doc.mappings.is_empty());
    desk.says_the_zone();
    desk.send(Command::ImportPaths(vec![later]));
    assert_eq!(desk.state().dataset.sources[0].info.rows, 5);
    assert!(desk.state().mapping_offers.is_empty());
    // Forgotten again.
    desk.harness.state_mut().view.data.chosen =
        Some(desk.state().dataset.sources[0].info.source_id.clone());
    desk.send(Command::MapColumns);
    assert!(desk.state().mapping.as_ref().unwrap().is_known);
    desk.click("Use for files like this");
    desk.click("Import");
    assert!(desk.state().settings.mappings.is_empty());
}

#[test]
fn remembering_can_be_undone_and_survives() {
    let mut desk = Desk::new(Vec::new());
    desk.send(Command::NewProject);
    let file = desk.copy("macro-runner.tsv");
    desk.send(Command::MapColumnsOf {
        path: file,
        source_id: None,
    });
    assert!(desk.sees("Role of Time: Time") && desk.sees("Role of Date: Time"));
    desk.click("Use for files like this");
    desk.click("Import");
    assert_eq!(desk.state().doc.mappings.len(), 1);
    assert_eq!(desk.state().dataset.sources.len(), 1);
    let path = desk.state().project.as_ref().unwrap().path.clone();
    let opened = headroom::project::Project::open(&path).unwrap();
    assert_eq!(opened.doc.mappings[0].name, "macro-runner.tsv");
    desk.send(Command::Undo);
    desk.send(Command::Undo);
    assert!(desk.state().doc.mappings.is_empty() && desk.state().dataset.sources.is_empty());
}

#[test]
fn the_dialog_saves_a_file_and_closes() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("m.yaml");
    let mut desk = Desk::new(vec![vec![to.clone()]]);
    desk.send(Command::NewProject);
    let path = desk.copy("gateway.csv");
    let ask = Command::MapColumnsOf {
        path,
        source_id: None,
    };
    desk.send(ask.clone());
    desk.click("Save mapping as file…");
    let yaml = std::fs::read_to_string(&to).unwrap();
    let mapping = headroom::import::table::mapping::Mapping::from_yaml(&yaml).unwrap();
    assert_eq!(mapping.columns.len(), 9);
    desk.click("Cancel");
    assert!(desk.state().mapping.is_none() && desk.state().dataset.sources.is_empty());
    desk.send(ask);
    desk.harness.key_press(egui::Key::Escape);
    desk.harness.run();
    assert!(desk.state().mapping.is_none());
    desk.send(Command::MapColumnsOf {
        path: PathBuf::from("/nowhere/at all.csv"),
        source_id: None,
    });
    assert!(desk.messages(Level::Error)[0].starts_with("The columns cannot be shown: "));
}

/// `HEADROOM_LOOK_DIR=… cargo test --test headroom_tests ui_mapping -- --ignored`.
#[test]
#[ignore = "draws pictures to look at; needs a graphics adapter"]
fn pictures_of_the_dialog() {
    let folder = std::env::var("HEADROOM_LOOK_DIR")
        .unwrap_or_else(|_| std::env::temp_dir().display().to_string());
    for (name, size, theme) in [
        ("light", [1_400.0, 900.0], egui::Theme::Light),
        ("dark", [1_400.0, 900.0], egui::Theme::Dark),
        ("small", [1_024.0, 700.0], egui::Theme::Light),
    ] {
        let builder = Harness::builder().with_size(size).with_theme(theme).wgpu();
        let mut desk = Desk::built(builder, Vec::new());
        desk.send(Command::SetTheme(match theme {
            egui::Theme::Light => headroom::ui::settings::ThemeChoice::Light,
            egui::Theme::Dark => headroom::ui::settings::ThemeChoice::Dark,
        }));
        desk.send(Command::NewProject);
        for file in ["gateway.csv", "lasttest.csv", "stoerungen.csv"] {
            let path = desk.copy(file);
            desk.send(Command::ImportPaths(vec![path.clone()]));
            desk.send(Command::DismissAll);
            let shot = |desk: &mut Desk, what: &str| {
                let image = desk.harness.render().unwrap();
                let to = Path::new(&folder).join(format!("{file}-{what}-{name}.png"));
                image.save(to).unwrap();
            };
            shot(&mut desk, "data");
            desk.send(Command::MapColumnsOf {
                path,
                source_id: None,
            });
            shot(&mut desk, "dialog");
            desk.send(Command::CloseMapping);
        }
    }
}
