//! Everything a person can do, as one enum: menus, buttons, keys and the palette take name, tooltip, shortcut and icon
//! from here, and `dispatch` carries it out.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::{self, Key, KeyboardShortcut, Modifiers};

use super::closing::ClosingDeed;
use super::icons;
use super::notify::Notification;
use super::reading::{ReadRules, ReadScenario};
use super::results::Request;
use super::settings::{RendererChoice, ThemeChoice, renderer_name, theme_name};
use super::state::{AppState, Screen};
use super::typed_path::PathQuestion;
use crate::analysis::forecast::plan::Holiday;
use crate::calendar::Period;
use crate::dataset::{Scope, ScopeFilter};
use crate::import::table::mapping::Mapping;
use crate::project::ProjectDoc;

/// A change to the document with the name undo shows: `change target to 150 ms`.
#[derive(Clone)]
pub struct DocEdit {
    /// In the imperative, without a full stop.
    pub name: String,
    apply: Arc<dyn Fn(&mut ProjectDoc) + Send + Sync>,
}

impl DocEdit {
    /// A named change.
    pub fn new(
        name: impl Into<String>,
        apply: impl Fn(&mut ProjectDoc) + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            apply: Arc::new(apply),
        }
    }

    /// The document after the change.
    pub fn applied(&self, doc: &ProjectDoc) -> ProjectDoc {
        let mut after = doc.clone();
        (self.apply)(&mut after);
        after
    }
}

impl fmt::Debug for DocEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DocEdit({})", self.name)
    }
}

/// What to do with a new file that overlaps one that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverlapChoice {
    /// The new one replaces those it overlaps.
    Replace,
    /// Those that are there stay, the new one is dropped.
    Keep,
    /// Both count.
    Both,
}

/// Something a person (or a screen on their behalf) wants done.
#[derive(Clone, Debug)]
pub enum Command {
    /// Shows a screen.
    Go(Screen),
    /// Starts an empty project.
    NewProject,
    /// Asks for a project and opens it.
    OpenProject,
    /// Opens what stands at the paths: a project, data files, promises.
    OpenPaths(Vec<PathBuf>),
    /// Opens the sample project.
    OpenSample,
    /// Saves now; an untitled project asks for a name.
    Save,
    /// Asks for a name and continues there.
    SaveAs,
    /// Continues in a copy at this path.
    SaveAsPath(PathBuf),
    /// Closes the project and shows the welcome screen.
    CloseProject,
    /// Asks for data files and imports them.
    Import,
    /// Imports files into the project, into a new one where none is open.
    ImportPaths(Vec<PathBuf>),
    /// Reads a source's file again with this zone for time stamps that carry none.
    ReimportWithZone {
        /// The source.
        source_id: String,
        /// IANA name.
        zone: String,
    },
    /// Says in which zone files write times that carry none, and reads these sources again where it differs.
    AnswerSourceZone {
        /// The sources whose times were read as UTC.
        source_ids: Vec<String>,
        /// IANA name.
        zone: String,
    },
    /// Asks what the columns of the chosen source are, or of a table that is asked for.
    MapColumns,
    /// Asks what the columns of a table are.
    MapColumnsOf {
        /// Where it is.
        path: PathBuf,
        /// The source that is read again with the answer.
        source_id: Option<String>,
    },
    /// Reads the first rows of the table that is being looked at by this mapping.
    PreviewMapping(Box<Mapping>),
    /// Imports that table.
    ImportMapped {
        /// What its columns are.
        mapping: Box<Mapping>,
        /// Keep the answer for files with the same header.
        remember: bool,
    },
    /// Leaves the columns as they are.
    CloseMapping,
    /// The columns of this table need not be looked at.
    DismissMappingOffer(PathBuf),
    /// Answers the question about the first import that overlaps.
    AnswerOverlap(OverlapChoice),
    /// Saves the rejected rows of a source.
    SaveRejects(String),
    /// Writes the rejected rows of a source to a file.
    WriteRejects {
        /// The source.
        source_id: String,
        /// Where to.
        path: PathBuf,
    },
    /// Removes a source from the project.
    RemoveSource(String),
    /// Says what a source is about.
    SetSourceScope {
        /// The source.
        source_id: String,
        /// What it is about.
        scope: Scope,
    },
    /// Asks for a name and writes the report of the chosen period.
    MakeReport,
    /// As `MakeReport`, in the form with this extension: `html`, `json`, `csv`.
    MakeReportAs(&'static str),
    /// Writes the report of the chosen period to this path.
    WriteReport(PathBuf),
    /// Takes the last edit back.
    Undo,
    /// Brings it back again.
    Redo,
    /// Changes the document, with an undo step.
    Edit(DocEdit),
    /// Shows another period.
    SetPeriod(Period),
    /// Shows an earlier (negative) or later period.
    StepPeriod(i32),
    /// Shows other services or environments.
    SetScope(ScopeFilter),
    /// Changes the calendar zone of the project.
    SetZone(String),
    /// Wants a result. Use `Cx::request`, which asks only when needed.
    Request(Request),
    /// Stops the job with this key.
    CancelJob(String),
    /// Tells a person something.
    Notify(Notification),
    /// Takes a notification away.
    Dismiss(u64),
    /// Takes all notifications away.
    DismissAll,
    /// Puts text on the clipboard.
    CopyText(String),
    /// Asks for a name and saves text there, such as a chart's CSV.
    SaveText {
        /// Suggested file name.
        file_name: String,
        /// What to write.
        text: String,
    },
    /// Writes text to a file.
    WriteText {
        /// What it is, for messages.
        what: String,
        /// Where to.
        path: PathBuf,
        /// What to write.
        text: String,
    },
    /// Changes the theme.
    SetTheme(ThemeChoice),
    /// Changes the renderer, from the next start.
    SetRenderer(RendererChoice),
    /// Changes the zone that new projects start with.
    SetDefaultZone(String),
    /// Removes a project from the list of recent ones; the file stays.
    ForgetRecent(PathBuf),
    /// Opens or closes the command palette.
    TogglePalette,
    /// Shows or hides the keys.
    ToggleKeys,
    /// Shows or hides the list of notifications.
    ToggleNotifications,
    /// Asks for a file of promises or rules and shows its text in the editor.
    OpenRules,
    /// Shows the text of a file in the editor of the promises.
    ReviewRules(Box<ReadRules>),
    /// Asks for the logo of reports.
    PickLogo,
    /// Reads the logo of reports from a path that was typed.
    ReadLogo(PathBuf),
    /// Keeps the forecast that the Forecast screen shows.
    KeepForecast,
    /// Asks for a table or a calendar of holidays.
    PickHolidays,
    /// Takes holidays over, or says why they could not be read.
    TakeHolidays(Result<Vec<Holiday>, String>),
    /// Takes over the logo of reports, in base64, or says why it could not be read.
    TakeLogo(Result<String, String>),
    /// Closes the period that is shown, restates it, or opens it again.
    Closing(ClosingDeed),
    /// Asks for a scenario file and adds what it says.
    OpenScenario,
    /// Adds a scenario that was read from a file, or says why it could not be.
    TakeScenario(Box<ReadScenario>),
    /// Ends the program.
    Quit,
    /// Asks for a path to be typed, where there is no file dialog.
    AskPath(PathQuestion),
    /// Goes on with the path that was typed, or not at all.
    GivePath(Option<PathBuf>),
}

impl Command {
    /// Every command that needs nothing else to be said, in the order of the palette.
    pub fn all() -> Vec<Self> {
        let mut all: Vec<Self> = Screen::ALL.into_iter().map(Self::Go).collect();
        all.push(Self::Go(Screen::Compare));
        all.extend([
            Self::OpenProject,
            Self::OpenSample,
            Self::NewProject,
            Self::Import,
            Self::MapColumns,
            Self::OpenRules,
            Self::OpenScenario,
            Self::Save,
            Self::SaveAs,
            Self::CloseProject,
            Self::MakeReport,
            Self::KeepForecast,
            Self::PickHolidays,
            Self::Undo,
            Self::Redo,
            Self::StepPeriod(-1),
            Self::StepPeriod(1),
            Self::SetTheme(ThemeChoice::System),
            Self::SetTheme(ThemeChoice::Light),
            Self::SetTheme(ThemeChoice::Dark),
            Self::ToggleNotifications,
            Self::DismissAll,
            Self::ToggleKeys,
            Self::TogglePalette,
            Self::Quit,
        ]);
        all
    }

    /// Its name, the same everywhere.
    pub fn text(&self) -> String {
        match self {
            Self::Go(screen) => return screen.name().to_owned(),
            Self::Edit(edit) => return edit.name.clone(),
            Self::SetPeriod(period) => return format!("Show {period}"),
            Self::SetTheme(theme) => return format!("Theme: {}", theme_name(*theme)),
            Self::SetRenderer(renderer) => {
                return format!("Renderer: {}", renderer_name(*renderer));
            }
            _ => {}
        }
        match self {
            Self::NewProject => "New project",
            Self::OpenProject => "Open project…",
            Self::OpenPaths(_) => "Open",
            Self::OpenSample => "Open the sample project",
            Self::Save => "Save",
            Self::SaveAs | Self::SaveAsPath(_) => "Save as…",
            Self::CloseProject => "Close project",
            Self::Import | Self::ImportPaths(_) => "Import data files…",
            Self::ReimportWithZone { .. } => "Read again in another time zone",
            Self::AnswerSourceZone { .. } => "Say the time zone of times without one",
            Self::MapColumns | Self::MapColumnsOf { .. } => "Map columns…",
            Self::ImportMapped { .. } => "Import with these columns",
            Self::AnswerOverlap(OverlapChoice::Replace) => "Replace",
            Self::AnswerOverlap(OverlapChoice::Keep) => "Keep what is there",
            Self::AnswerOverlap(OverlapChoice::Both) => "Keep both",
            Self::SaveRejects(_) | Self::WriteRejects { .. } => "Save rejected rows…",
            Self::RemoveSource(_) => "Remove from the project",
            Self::SetSourceScope { .. } => "Change what a source is about",
            Self::MakeReport | Self::MakeReportAs(_) | Self::WriteReport(_) => "Make the report…",
            Self::Undo => "Undo",
            Self::Redo => "Redo",
            Self::StepPeriod(by) if *by < 0 => "Earlier period",
            Self::StepPeriod(_) => "Later period",
            Self::SetScope(_) => "Show other services or environments",
            Self::SetZone(_) => "Change the time zone",
            Self::CancelJob(_) | Self::CloseMapping => "Cancel",
            Self::Dismiss(_) | Self::DismissMappingOffer(_) => "Dismiss",
            Self::DismissAll => "Dismiss all notifications",
            Self::CopyText(_) => "Copy",
            Self::SaveText { .. } | Self::WriteText { .. } => "Save as a file…",
            Self::SetDefaultZone(_) => "Change the time zone of new projects",
            Self::ForgetRecent(_) => "Remove from the list",
            Self::TogglePalette => "Find anything…",
            Self::ToggleKeys => "Show the keys",
            Self::ToggleNotifications => "Notifications",
            Self::Closing(ClosingDeed::Close { .. }) => "Close the period",
            Self::Closing(ClosingDeed::Restate { .. }) => "Restate the period",
            Self::Closing(ClosingDeed::Reopen { .. }) => "Open the period again",
            Self::OpenRules | Self::ReviewRules(_) => "Open rules file…",
            Self::KeepForecast => "Keep this forecast",
            Self::PickHolidays | Self::TakeHolidays(_) => "Holidays from a file…",
            Self::PickLogo => "Choose a picture…",
            Self::ReadLogo(_) | Self::TakeLogo(_) => "Read picture",
            Self::OpenScenario | Self::TakeScenario(_) => "Open scenario file…",
            Self::Quit => "Quit",
            Self::Go(_)
            | Self::Edit(_)
            | Self::SetPeriod(_)
            | Self::SetTheme(_)
            | Self::SetRenderer(_)
            | Self::Request(_)
            | Self::PreviewMapping(_)
            | Self::AskPath(_)
            | Self::GivePath(_)
            | Self::Notify(_) => "",
        }
        .to_owned()
    }

    /// Its name where the state makes it more precise: `Undo change target to 150 ms`.
    pub fn text_in(&self, state: &AppState) -> String {
        let named = |what: Option<&str>| {
            what.map_or_else(|| self.text(), |name| format!("{} {name}", self.text()))
        };
        match self {
            Self::Undo => named(state.history.undo_name()),
            Self::Redo => named(state.history.redo_name()),
            _ => self.text(),
        }
    }

    /// One line that says what it does.
    pub fn tooltip(&self) -> &'static str {
        match self {
            Self::Go(screen) => screen.question(),
            Self::NewProject => "Start an empty project",
            Self::OpenProject => "Open a .headroom project",
            Self::OpenSample => {
                "Look around in a project with a load test and 15 months of metrics"
            }
            Self::Save => "Every edit is saved by itself; this gives an untitled project a name",
            Self::SaveAs => "Continue in a copy with another name",
            Self::CloseProject => "Back to the welcome screen",
            Self::Import => "Load tests, metrics, outages, promises",
            Self::MapColumns | Self::MapColumnsOf { .. } => {
                "Say what the columns of a table are: time, duration, label, value…"
            }
            Self::OpenRules => {
                "Promises in any form that is understood (own form, performance_sla, performance_benchmarks, OpenSLO), or alert rules of Prometheus: read into the editor, and applied when you say so"
            }
            Self::OpenScenario => "A scenario as YAML, written by hand or saved from What if",
            Self::KeepForecast => "Later data say what its ranges were worth",
            Self::PickHolidays => "For all series: lines of date,name or an iCalendar file",
            Self::PickLogo => "A PNG or JPEG of at most 1 MB",
            Self::SaveRejects(_) => "Rows that could not be read, with line, column and reason",
            Self::RemoveSource(_) => "The file itself is not touched",
            Self::MakeReport => "Write a workbook about the chosen period",
            Self::Undo => "Take the last edit back",
            Self::Redo => "Bring the edit back",
            Self::StepPeriod(by) if *by < 0 => "Show the period before this one",
            Self::StepPeriod(_) => "Show the period after this one",
            Self::CancelJob(_) => "Stop this; everything stays as it was before",
            Self::TogglePalette => "Every command, screen, source and series by name",
            Self::ToggleKeys => "All keyboard shortcuts",
            Self::ToggleNotifications => "What happened so far",
            _ => "",
        }
    }

    /// Its keys.
    pub fn shortcut(&self) -> Option<KeyboardShortcut> {
        let ctrl = |key| Some(KeyboardShortcut::new(Modifiers::COMMAND, key));
        let ctrl_shift = |key| {
            Some(KeyboardShortcut::new(
                Modifiers::COMMAND | Modifiers::SHIFT,
                key,
            ))
        };
        match self {
            Self::Go(Screen::Overview) => ctrl(Key::Num1),
            Self::Go(Screen::Data) => ctrl(Key::Num2),
            Self::Go(Screen::Explore) => ctrl(Key::Num3),
            Self::Go(Screen::Sla) => ctrl(Key::Num4),
            Self::Go(Screen::LoadTests) => ctrl(Key::Num5),
            Self::Go(Screen::Forecast) => ctrl(Key::Num6),
            Self::Go(Screen::Capacity) => ctrl(Key::Num7),
            Self::Go(Screen::WhatIf) => ctrl(Key::Num8),
            Self::Go(Screen::Reports) => ctrl(Key::Num9),
            Self::Go(Screen::Settings) => ctrl(Key::Comma),
            Self::OpenProject => ctrl(Key::O),
            Self::NewProject => ctrl(Key::N),
            Self::Save => ctrl(Key::S),
            Self::SaveAs => ctrl_shift(Key::S),
            Self::Import => ctrl(Key::I),
            Self::MakeReport => ctrl(Key::E),
            Self::Undo => ctrl(Key::Z),
            Self::Redo => ctrl_shift(Key::Z),
            Self::TogglePalette => ctrl(Key::K),
            Self::StepPeriod(by) if *by < 0 => {
                Some(KeyboardShortcut::new(Modifiers::ALT, Key::ArrowLeft))
            }
            Self::StepPeriod(_) => Some(KeyboardShortcut::new(Modifiers::ALT, Key::ArrowRight)),
            Self::ToggleKeys => Some(KeyboardShortcut::new(Modifiers::NONE, Key::Questionmark)),
            Self::Quit => ctrl(Key::Q),
            _ => None,
        }
    }

    /// Other keys for the same, as programs elsewhere have them.
    pub fn second_shortcut(&self) -> Option<KeyboardShortcut> {
        matches!(self, Self::Redo).then(|| KeyboardShortcut::new(Modifiers::COMMAND, Key::Y))
    }

    /// Its keys as they are printed: `Ctrl+Shift+Z`, `Ctrl+,`, `?`.
    pub fn keys_text(&self, ctx: &egui::Context) -> Option<String> {
        let text = ctx.format_shortcut(&self.shortcut()?);
        Some(text.replace("Questionmark", "?").replace("Comma", ","))
    }

    /// Its icon.
    pub fn icon(&self) -> &'static str {
        match self {
            Self::Go(screen) => screen.icon(),
            Self::NewProject => icons::NEW,
            Self::OpenProject | Self::OpenPaths(_) | Self::OpenRules | Self::OpenScenario => {
                icons::OPEN
            }
            Self::PickLogo => icons::IMAGE,
            Self::OpenSample => icons::SAMPLE,
            Self::Save
            | Self::SaveAs
            | Self::SaveAsPath(_)
            | Self::SaveText { .. }
            | Self::KeepForecast => icons::SAVE,
            Self::Import | Self::ImportPaths(_) | Self::ImportMapped { .. } => icons::IMPORT,
            Self::MapColumns | Self::MapColumnsOf { .. } => icons::TABLE,
            Self::ReimportWithZone { .. }
            | Self::AnswerSourceZone { .. }
            | Self::SetZone(_)
            | Self::SetDefaultZone(_) => icons::ZONE,
            Self::SaveRejects(_)
            | Self::MakeReport
            | Self::MakeReportAs(_)
            | Self::WriteReport(_) => icons::EXPORT,
            Self::RemoveSource(_) => icons::REMOVE,
            Self::SetSourceScope { .. } | Self::SetScope(_) => icons::SCOPE,
            Self::Undo => icons::UNDO,
            Self::Redo => icons::REDO,
            Self::Edit(_) => icons::EDIT,
            Self::SetPeriod(_) | Self::PickHolidays => icons::CALENDAR,
            Self::StepPeriod(by) if *by < 0 => icons::PREVIOUS,
            Self::StepPeriod(_) => icons::NEXT,
            Self::CopyText(_) => icons::COPY,
            Self::Closing(_) => icons::CALENDAR_CHECK,
            Self::SetTheme(ThemeChoice::System) => icons::SYSTEM,
            Self::SetTheme(ThemeChoice::Light) => icons::LIGHT,
            Self::SetTheme(ThemeChoice::Dark) => icons::DARK,
            Self::SetRenderer(_) => icons::SETTINGS,
            Self::TogglePalette => icons::FIND,
            Self::ToggleKeys => icons::KEYS,
            Self::ToggleNotifications | Self::Notify(_) => icons::NOTIFICATIONS,
            Self::Quit => icons::QUIT,
            _ => icons::CLOSE,
        }
    }

    /// Whether it can be done now.
    pub fn enabled(&self, state: &AppState) -> bool {
        match self {
            Self::Go(Screen::Welcome | Screen::Settings) => true,
            Self::Go(_)
            | Self::SaveAs
            | Self::Save
            | Self::CloseProject
            | Self::StepPeriod(_)
            | Self::SetPeriod(_) => state.project.is_some(),
            Self::OpenRules | Self::OpenScenario | Self::PickHolidays => {
                state.project.is_some() && !state.read_only()
            }
            Self::PickLogo => !state.read_only(),
            Self::KeepForecast => {
                state.screen == Screen::Forecast
                    && !state.read_only()
                    && state.results.forecast("forecast").is_settled()
            }
            Self::MakeReport | Self::MakeReportAs(_) => state.has_data(),
            Self::Undo => state.history.undo_name().is_some(),
            Self::Redo => state.history.redo_name().is_some(),
            Self::DismissAll => !state.notifications.is_empty(),
            _ => true,
        }
    }
}
