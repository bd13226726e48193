//! What the desktop knows: the project and its document, the data, the results, and what is shown.
//!
//! Screens read `AppState` and send commands; only `dispatch` changes it. `ViewState` is what a screen remembers for
//! itself (a selected row, an open panel): screens change it directly, it is never saved and never undone.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::events::{Event, ImportTask};
use super::mapping::{MappingOffer, MappingTask};
use super::notify::Notifications;
use super::results::Results;
use super::screens::{
    capacity, compare, data, explore, forecast, load_tests, overview, reports, settings, sla,
    welcome, what_if,
};
use super::settings::Settings;
use super::undo::History;
use crate::analysis::sla::settled;
use crate::calendar::{Instant, Period, Zone};
use crate::dataset::{Dataset, Source};
use crate::import::Rejects;
use crate::project::{Project, ProjectDoc, RecentProjects};
use crate::units::Micros;

/// The screens, in the order of the navigation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Screen {
    /// Where do I start?
    #[default]
    Welcome,
    /// Are we fine?
    Overview,
    /// What do these numbers stand on?
    Data,
    /// What happened?
    Explore,
    /// Did we keep our promises?
    Sla,
    /// How did this run go?
    LoadTests,
    /// When do we run out?
    Forecast,
    /// How much can it take?
    Capacity,
    /// What would happen if?
    WhatIf,
    /// What do I hand over?
    Reports,
    /// Theme, renderer, time zone.
    Settings,
    /// Did a release make it slower? A part of load tests, without a place of its own in the navigation.
    Compare,
}

impl Screen {
    /// All screens, in the order of the navigation.
    pub const ALL: [Self; 11] = [
        Self::Welcome,
        Self::Overview,
        Self::Data,
        Self::Explore,
        Self::Sla,
        Self::LoadTests,
        Self::Forecast,
        Self::Capacity,
        Self::WhatIf,
        Self::Reports,
        Self::Settings,
    ];

    /// The word in the navigation.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Welcome => "Welcome",
            Self::Overview => "Overview",
            Self::Data => "Data",
            Self::Explore => "Explore",
            Self::Sla => "SLA",
            Self::LoadTests => "Load tests",
            Self::Forecast => "Forecast",
            Self::Capacity => "Capacity",
            Self::WhatIf => "What if",
            Self::Reports => "Reports",
            Self::Settings => "Settings",
            Self::Compare => "Compare",
        }
    }

    /// The name on the command line: `load-tests`.
    pub fn id(self) -> String {
        self.name().to_lowercase().replace(' ', "-")
    }

    /// The question it answers.
    pub const fn question(self) -> &'static str {
        match self {
            Self::Welcome => "Where do I start?",
            Self::Overview => "Are we fine?",
            Self::Data => "What do these numbers stand on?",
            Self::Explore => "What happened?",
            Self::Sla => "Did we keep our promises?",
            Self::LoadTests => "How did this run go, and against the last one?",
            Self::Forecast => "When do we run out?",
            Self::Capacity => "How much can it take?",
            Self::WhatIf => "What would happen if…?",
            Self::Reports => "What do I hand over?",
            Self::Settings => "How should the program look and behave?",
            Self::Compare => "Did a release make it slower?",
        }
    }

    /// Its icon.
    pub const fn icon(self) -> &'static str {
        use super::icons;
        match self {
            Self::Welcome => icons::WELCOME,
            Self::Overview => icons::OVERVIEW,
            Self::Data => icons::DATA,
            Self::Explore => icons::EXPLORE,
            Self::Sla => icons::SLA,
            Self::LoadTests => icons::LOAD_TESTS,
            Self::Forecast => icons::FORECAST,
            Self::Capacity => icons::CAPACITY,
            Self::WhatIf => icons::WHAT_IF,
            Self::Reports => icons::REPORTS,
            Self::Settings => icons::SETTINGS,
            Self::Compare => icons::COMPARE,
        }
    }

    /// The screen with that name or id, in any spelling of case and separators.
    pub fn parse(text: &str) -> Option<Self> {
        let key = |s: &str| {
            s.chars()
                .filter(char::is_ascii_alphanumeric)
                .collect::<String>()
                .to_lowercase()
        };
        let mut all = Self::ALL.into_iter().chain([Self::Compare]);
        all.find(|s| key(s.name()) == key(text))
    }
}

/// The project file that is open.
#[derive(Clone, Debug)]
pub struct ProjectHandle {
    /// Shared with the job that writes.
    pub file: Arc<Mutex<Project>>,
    /// Where it is.
    pub path: PathBuf,
    /// It lives in the program's own folder until a person names it.
    pub untitled: bool,
    /// Who has it open for writing, where it could only be opened for reading.
    pub read_only_because: Option<String>,
}

/// How far the document on disk is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SaveState {
    /// As shown.
    #[default]
    Saved,
    /// An edit waits for its half second.
    Pending,
    /// Being written.
    Saving,
    /// It could not be written.
    Failed(String),
}

/// One running job, as shown in the status bar and on screens.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JobLine {
    /// Names the work, for `Command::CancelJob`.
    pub key: String,
    /// Such as `Importing results.jtl`.
    pub title: String,
    /// Share done, where it is known.
    pub fraction: Option<f32>,
    /// Since it was started.
    pub elapsed: Duration,
    /// It has run for longer than 0.3 s: worth a line.
    pub shown: bool,
}

/// An import that waits for a decision: the new file overlaps what is there.
#[derive(Clone, Debug)]
pub struct OverlapQuestion {
    /// What was imported.
    pub source: Arc<Source>,
    /// Its rejected rows.
    pub rejects: Arc<Rejects>,
    /// The sources it overlaps, by id.
    pub overlaps: Vec<String>,
}

/// Everything the screens may read.
#[derive(Debug)]
pub struct AppState {
    /// The open project file; `None` on the welcome screen.
    pub project: Option<ProjectHandle>,
    /// Everything a person decided.
    pub doc: ProjectDoc,
    /// The sources of the document with the document's scopes. All scopes; use `state.doc.scope` to filter.
    pub dataset: Arc<Dataset>,
    /// Counts up whenever `dataset` changes.
    pub data_revision: u64,
    /// Summaries that are loaded, by source id: those of `dataset` and those that undo may need.
    pub library: BTreeMap<String, Arc<Source>>,
    /// Rejected rows of this session's imports, by source id.
    pub rejects: BTreeMap<String, Arc<Rejects>>,
    /// The zone of the document.
    pub zone: Zone,
    /// The period of the document, or the default one for the data.
    pub period: Period,
    /// What is shown.
    pub screen: Screen,
    /// Results, computed when a screen asks for them.
    pub results: Results,
    /// What a person should know.
    pub notifications: Notifications,
    /// Projects opened before, latest first.
    pub recent: RecentProjects,
    /// Settings of the program.
    pub settings: Settings,
    /// The documents before and after.
    pub history: History,
    /// Whether everything is on disk.
    pub save: SaveState,
    /// Running jobs.
    pub jobs: Vec<JobLine>,
    /// Imports that wait for a decision, first one asked first.
    pub overlaps: Vec<OverlapQuestion>,
    /// Sources whose times carry no zone, while nobody said which one is meant.
    pub zoneless: Vec<String>,
    /// A path is being asked for, where there is no file dialog.
    pub path_question: Option<super::typed_path::PathQuestion>,
    /// Tables whose columns a person should look at.
    pub mapping_offers: Vec<MappingOffer>,
    /// The table whose columns are being said.
    pub mapping: Option<MappingTask>,
    /// Reports written since the program was started, and when.
    pub exports: Vec<(PathBuf, Instant)>,
    /// The wall clock at the last frame.
    pub now: Instant,
    /// What jobs brought, for `dispatch`.
    pub(super) events: Vec<Event>,
    /// Files that wait for their turn.
    pub(super) import_queue: VecDeque<ImportTask>,
    /// Summaries that are not in the project file yet.
    pub(super) unsaved: Vec<Arc<Source>>,
    /// When the oldest edit that is not on disk was made.
    pub(super) pending_since: Option<Instant>,
}

impl AppState {
    /// Before anything is open.
    pub fn new(settings: Settings, recent: RecentProjects, now: Instant) -> Self {
        let zone = Zone::named(&settings.time_zone).unwrap_or_default();
        Self {
            project: None,
            doc: ProjectDoc::default(),
            dataset: Arc::default(),
            data_revision: 0,
            library: BTreeMap::new(),
            rejects: BTreeMap::new(),
            period: default_period(&Dataset::default(), &zone, now),
            zone,
            screen: Screen::Welcome,
            results: Results::default(),
            notifications: Notifications::default(),
            recent,
            settings,
            history: History::default(),
            save: SaveState::Saved,
            jobs: Vec::new(),
            overlaps: Vec::new(),
            zoneless: Vec::new(),
            path_question: None,
            mapping_offers: Vec::new(),
            mapping: None,
            exports: Vec::new(),
            now,
            events: Vec::new(),
            import_queue: VecDeque::new(),
            unsaved: Vec::new(),
            pending_since: None,
        }
    }

    /// Whether there is anything to look at.
    pub fn has_data(&self) -> bool {
        !self.dataset.sources.is_empty()
    }

    /// Whether edits can be kept.
    pub fn read_only(&self) -> bool {
        self.project
            .as_ref()
            .is_some_and(|p| p.read_only_because.is_some())
    }

    /// The name of the project: the document's, else the file's.
    pub fn project_name(&self) -> String {
        let of_path = |p: &Path| p.file_stem().map(|n| n.to_string_lossy().into_owned());
        match &self.project {
            _ if !self.doc.name.is_empty() => self.doc.name.clone(),
            Some(handle) => of_path(&handle.path).unwrap_or_else(|| "Untitled".to_owned()),
            None => "No project".to_owned(),
        }
    }

    /// A period as this project means it: with its fiscal years, and a rolling window up to the end of its data.
    pub fn asked(&self, period: Period) -> Period {
        let period = match self.doc.fiscal_start {
            Some(start) => period.with_fiscal_start(start),
            None => period,
        };
        let now = self.dataset.span().is_none().then_some(self.now);
        settled(period, &self.dataset, &self.doc.scope, &self.zone, now)
    }

    /// The sources that the scope in the top bar lets through.
    pub fn sources(&self) -> impl Iterator<Item = &Arc<Source>> {
        self.dataset.within(&self.doc.scope)
    }
}

/// What screens remember for themselves. Never saved, never undone.
#[derive(Debug, Default)]
pub struct ViewState {
    /// The frame around the screens: palette, overlays, lists.
    pub shell: super::app::ShellView,
    /// Welcome.
    pub welcome: welcome::WelcomeView,
    /// Overview.
    pub overview: overview::OverviewView,
    /// Data.
    pub data: data::DataView,
    /// Explore.
    pub explore: explore::ExploreView,
    /// SLA.
    pub sla: sla::SlaView,
    /// Load tests.
    pub load_tests: load_tests::LoadTestsView,
    /// Forecast.
    pub forecast: forecast::ForecastView,
    /// Capacity.
    pub capacity: capacity::CapacityView,
    /// What if.
    pub what_if: what_if::WhatIfView,
    /// Reports.
    pub reports: reports::ReportsView,
    /// Settings.
    pub settings: settings::SettingsView,
    /// Comparing load tests.
    pub compare: compare::CompareView,
    /// The columns of a table.
    pub mapping: super::mapping_dialog::MappingView,
    /// The headroom on Capacity.
    pub headroom: super::screens::capacity_headroom::HeadroomView,
}

/// The period shown where the document names none: the last month that the data cover to its end, else the one in
/// which they end.
pub fn default_period(dataset: &Dataset, zone: &Zone, now: Instant) -> Period {
    let Some(span) = dataset.span() else {
        return Period::month_of(now, zone).step(-1);
    };
    let day = Micros::DAY;
    let last = Period::month_of(span.end, zone);
    // Daily and hourly exports end a step before midnight: a month whose last day has data is complete.
    let complete = span.end.plus(day) >= last.range(zone).end;
    let before = last.step(-1);
    let before_is_covered = span.start <= before.range(zone).start.plus(day);
    if complete || !before_is_covered {
        last
    } else {
        before
    }
}
