//! The icons of the program, by what they mean here. One set: Phosphor (regular), subset into `assets/fonts/icons.ttf`.
//! An icon never stands alone: a word or a tooltip is always beside it.

/// Overview.
pub const OVERVIEW: &str = "\u{E464}";
/// Data.
pub const DATA: &str = "\u{E1DE}";
/// Explore.
pub const EXPLORE: &str = "\u{E154}";
/// SLA.
pub const SLA: &str = "\u{E40C}";
/// Load tests.
pub const LOAD_TESTS: &str = "\u{E79E}";
/// Forecast.
pub const FORECAST: &str = "\u{E4AE}";
/// Capacity.
pub const CAPACITY: &str = "\u{E628}";
/// What if.
pub const WHAT_IF: &str = "\u{E434}";
/// Reports.
pub const REPORTS: &str = "\u{E23A}";
/// Settings.
pub const SETTINGS: &str = "\u{E272}";
/// Welcome.
pub const WELCOME: &str = "\u{E2C2}";
/// A promise that was kept; something that went well.
pub const MET: &str = "\u{E184}";
/// A promise that was broken; an error.
pub const BREACHED: &str = "\u{E4F8}";
/// A promise that the data do not decide.
pub const NOT_PROVEN: &str = "\u{E3E8}";
/// Nothing to judge.
pub const NO_DATA: &str = "\u{E32C}";
/// A warning.
pub const WARNING: &str = "\u{E4E0}";
/// Information.
pub const INFO: &str = "\u{E2CE}";
/// Open.
pub const OPEN: &str = "\u{E256}";
/// New.
pub const NEW: &str = "\u{E236}";
/// Save.
pub const SAVE: &str = "\u{E248}";
/// Import.
pub const IMPORT: &str = "\u{E20C}";
/// Export.
pub const EXPORT: &str = "\u{EAF0}";
/// Undo.
pub const UNDO: &str = "\u{E08A}";
/// Redo.
pub const REDO: &str = "\u{E08C}";
/// Find.
pub const FIND: &str = "\u{E30C}";
/// Zoom out.
pub const ZOOM_OUT: &str = "\u{E30E}";
/// Earlier.
pub const PREVIOUS: &str = "\u{E138}";
/// Later.
pub const NEXT: &str = "\u{E13A}";
/// Opens a list; unfolded.
pub const DOWN: &str = "\u{E136}";
/// Folds a list.
pub const UP: &str = "\u{E13C}";
/// Close, cancel, dismiss.
pub const CLOSE: &str = "\u{E4F6}";
/// Copy.
pub const COPY: &str = "\u{E1CA}";
/// Remove.
pub const REMOVE: &str = "\u{E4A6}";
/// Add.
pub const ADD: &str = "\u{E3D4}";
/// Edit.
pub const EDIT: &str = "\u{E3B4}";
/// More commands.
pub const MORE: &str = "\u{E1FE}";
/// Notifications.
pub const NOTIFICATIONS: &str = "\u{E0CE}";
/// Keyboard shortcuts.
pub const KEYS: &str = "\u{E2D8}";
/// Light theme.
pub const LIGHT: &str = "\u{E472}";
/// Dark theme.
pub const DARK: &str = "\u{E330}";
/// As the system.
pub const SYSTEM: &str = "\u{E32E}";
/// Time zone.
pub const ZONE: &str = "\u{E288}";
/// Period.
pub const CALENDAR: &str = "\u{E10A}";
/// Time.
pub const CLOCK: &str = "\u{E19A}";
/// Recent.
pub const RECENT: &str = "\u{E1A0}";
/// Sample project.
pub const SAMPLE: &str = "\u{E390}";
/// A file.
pub const FILE: &str = "\u{E230}";
/// Files.
pub const FILES: &str = "\u{E710}";
/// A table.
pub const TABLE: &str = "\u{E476}";
/// A picture.
pub const IMAGE: &str = "\u{E2CA}";
/// Read-only.
pub const LOCK: &str = "\u{E2FA}";
/// Filter.
pub const FILTER: &str = "\u{E266}";
/// Shown.
pub const SHOW: &str = "\u{E220}";
/// Hidden.
pub const HIDE: &str = "\u{E224}";
/// Rising.
pub const ARROW_UP: &str = "\u{E08E}";
/// Falling.
pub const ARROW_DOWN: &str = "\u{E03E}";
/// Leads to.
pub const ARROW_RIGHT: &str = "\u{E06C}";
/// Unchanged.
pub const EQUAL: &str = "\u{E21C}";
/// A note.
pub const NOTE: &str = "\u{E34C}";
/// A target.
pub const TARGET: &str = "\u{E47C}";
/// Concurrency.
pub const USERS: &str = "\u{E4D6}";
/// Cost.
pub const COST: &str = "\u{E550}";
/// Topology.
pub const TOPOLOGY: &str = "\u{E67C}";
/// Crosshair.
pub const CROSSHAIR: &str = "\u{E1D6}";
/// Run.
pub const RUN: &str = "\u{E3D0}";
/// Stop.
pub const STOP: &str = "\u{E46C}";
/// Quit.
pub const QUIT: &str = "\u{E42A}";
/// Service and environment.
pub const SCOPE: &str = "\u{E466}";
/// Again.
pub const REFRESH: &str = "\u{E094}";
/// Compare.
pub const COMPARE: &str = "\u{E750}";
/// Headroom.
pub const HEADROOM: &str = "\u{E536}";
/// Distribution.
pub const DISTRIBUTION: &str = "\u{E150}";
/// Timeline.
pub const PULSE: &str = "\u{E000}";
/// Menu.
pub const LIST: &str = "\u{E2F0}";
/// Chosen.
pub const CHECK: &str = "\u{E182}";
/// Command palette.
pub const PALETTE: &str = "\u{E1C4}";
/// A closed period.
pub const CALENDAR_CHECK: &str = "\u{E712}";
/// Throughput.
pub const LIGHTNING: &str = "\u{E2DE}";
/// Latency.
pub const TIMER: &str = "\u{E492}";
/// Errors.
pub const BUG: &str = "\u{E5F4}";
