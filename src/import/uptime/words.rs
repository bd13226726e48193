//! The words of outage tables: how their columns and states are called by status pages, monitors and people.

use crate::dataset::State;
use crate::import::table::records::Record;
use crate::import::table::times::TimeForm;

const START: [&str; 8] = [
    "start",
    "start_time",
    "starttime",
    "started",
    "started_at",
    "begin",
    "from",
    "down_since",
];
const END: [&str; 9] = [
    "end",
    "end_time",
    "endtime",
    "ended",
    "ended_at",
    "until",
    "to",
    "resolved_at",
    "resolved",
];
const STATE: [&str; 5] = ["state", "status", "type", "kind", "impact"];
const SERVICE: [&str; 5] = ["service", "component", "monitor", "system", "name"];
const NOTE: [&str; 7] = [
    "note",
    "notes",
    "reason",
    "comment",
    "description",
    "message",
    "title",
];

/// Which column is which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) state: usize,
    pub(super) service: Option<usize>,
    pub(super) note: Option<usize>,
    pub(super) has_header: bool,
}

impl Columns {
    /// From the header, or from a first row that already is one.
    pub(super) fn of(first: &Record) -> Option<Self> {
        let names: Vec<String> = first
            .cells()
            .map(|c| {
                c.trim_start_matches(['#', ' '])
                    .to_lowercase()
                    .replace([' ', '-'], "_")
            })
            .collect();
        let find = |words: &[&str]| {
            words
                .iter()
                .find_map(|w| names.iter().position(|name| name == w))
        };
        if let (Some(start), Some(end), Some(state)) = (find(&START), find(&END), find(&STATE)) {
            return Some(Self {
                start,
                end,
                state,
                service: find(&SERVICE),
                note: find(&NOTE),
                has_header: true,
            });
        }
        let is_time =
            |column| TimeForm::of_column([first.cell(column).as_ref()].into_iter()).is_some();
        let bare = first.len() >= 3
            && is_time(0)
            && (is_time(1) || first.cell(1).is_empty())
            && state_of(&first.cell(2)).is_some();
        bare.then_some(Self {
            start: 0,
            end: 1,
            state: 2,
            service: (first.len() > 3).then_some(3),
            note: (first.len() > 4).then_some(4),
            has_header: false,
        })
    }
}

/// The state that a word stands for.
pub fn state_of(word: &str) -> Option<State> {
    let word: String = word
        .trim()
        .to_lowercase()
        .chars()
        .map(|c| if matches!(c, '_' | '-') { ' ' } else { c })
        .collect();
    Some(match word.as_str() {
        "up" | "ok" | "operational" | "available" | "online" | "healthy" | "resolved" => State::Up,
        "down" | "outage" | "major" | "major outage" | "full outage" | "critical"
        | "unavailable" | "offline" | "failed" | "failure" | "disruption"
        | "service disruption" => State::Down,
        "degraded"
        | "partial"
        | "partial outage"
        | "minor"
        | "minor outage"
        | "slow"
        | "degraded performance"
        | "impaired"
        | "service degradation" => State::Degraded,
        "maintenance"
        | "under maintenance"
        | "planned"
        | "planned maintenance"
        | "scheduled"
        | "scheduled maintenance" => State::Maintenance,
        "unknown" | "no data" | "missing" | "paused" | "not monitored" => State::Unknown,
        _ => return None,
    })
}
