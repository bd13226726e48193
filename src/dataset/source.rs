//! One imported file as the project knows it: where it came from, what it describes, and the summaries made of it.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{BucketSummary, MetricTable, RunSummary, ToolSummary, TraceSummary, UptimeTable};
use crate::calendar::{Instant, TimeRange, Zone};
use crate::warning::Warnings;

/// What a source tells about: the live service, or a test of it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Real traffic. SLA verdicts and demand read these.
    #[default]
    Production,
    /// Generated load. Capacity reads these.
    Test,
}

impl Role {
    /// The word shown on screens.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Test => "test",
        }
    }
}

/// What a source is about. Guessed at import, editable afterwards. Empty strings mean "not said".
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Scope {
    /// Service, such as `checkout`.
    pub service: String,
    /// Region or data centre.
    pub region: String,
    /// Environment, such as `production` or `staging`.
    pub environment: String,
    /// Live or test.
    pub role: Role,
}

/// Which sources take part: empty fields let everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScopeFilter {
    /// Only this service.
    pub service: Option<String>,
    /// Only this environment.
    pub environment: Option<String>,
}

impl Scope {
    /// A guess, with what the file or its mapping says in its place.
    #[must_use]
    pub fn said(mut self, said: &Self) -> Self {
        for (field, said) in [
            (&mut self.service, &said.service),
            (&mut self.region, &said.region),
            (&mut self.environment, &said.environment),
        ] {
            if !said.is_empty() {
                field.clone_from(said);
            }
        }
        if said.role != Role::default() {
            self.role = said.role;
        }
        self
    }
}

impl ScopeFilter {
    /// Whether a source with this scope takes part. A source that does not say its service belongs to all.
    pub fn admits(&self, scope: &Scope) -> bool {
        let fits = |wanted: &Option<String>, has: &str| {
            wanted
                .as_deref()
                .is_none_or(|w| has.is_empty() || w.eq_ignore_ascii_case(has))
        };
        fits(&self.service, &scope.service) && fits(&self.environment, &scope.environment)
    }
}

/// Everything known about an imported file besides its numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceInfo {
    /// Names the content: the first 32 hex digits of the file's SHA-256 (of path and size where it was not hashed).
    pub source_id: String,
    /// File name without its folder.
    pub file_name: String,
    /// Where it was read from, if it is still there.
    pub path: Option<PathBuf>,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// SHA-256 of the file in hex, where it was computed.
    pub sha256: Option<String>,
    /// Stable id of the format, such as `jmeter-csv`.
    pub format: String,
    /// What it is about.
    pub scope: Scope,
    /// Records read, without headers and rejected ones.
    pub rows: u64,
    /// Records that could not be read.
    pub rejected: u64,
    /// First instant it speaks of.
    pub first: Option<Instant>,
    /// Last instant it speaks of.
    pub last: Option<Instant>,
    /// The zone given to time stamps that carry none.
    pub zone: Option<Zone>,
    /// The run that it is a part of, by the id of the run's first source; empty where it is a run by itself.
    pub run_group: String,
    /// When it was imported.
    pub imported_at: Option<Instant>,
    /// What was noticed while reading.
    pub warnings: Warnings,
    /// What the columns of a table were taken for, where no format knows them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mapping: Option<MappingUse>,
}

/// How the columns of a table were read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MappingUse {
    /// Names tables with the same header.
    pub fingerprint: String,
    /// The mapping, as YAML.
    pub yaml: String,
    /// Nobody said so: it was guessed.
    pub guessed: bool,
}

impl SourceInfo {
    /// Names the run that this source is, or is a part of: several generators write one file each.
    pub fn run_id(&self) -> &str {
        if self.run_group.is_empty() {
            &self.source_id
        } else {
            &self.run_group
        }
    }
}

/// One imported file. A file may hold several kinds of data (Prometheus: series and latency buckets).
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Where it came from and what it is about.
    pub info: SourceInfo,
    /// Requests with their durations.
    pub run: Option<RunSummary>,
    /// Metric series.
    pub metrics: Option<MetricTable>,
    /// Up and down.
    pub uptime: Option<UptimeTable>,
    /// Requests whose durations are known as buckets only.
    pub buckets: Option<BucketSummary>,
    /// What a tool said about a run of which it kept no samples.
    pub summary: Option<ToolSummary>,
    /// Where the time of traces goes; their durations are in `run`.
    pub traces: Option<TraceSummary>,
}

/// All sources of a project, or of one command.
#[derive(Clone, Debug, Default)]
pub struct Dataset {
    /// In order of import.
    pub sources: Vec<Arc<Source>>,
}

impl Dataset {
    /// The sources that a scope lets through.
    pub fn within<'a>(&'a self, filter: &'a ScopeFilter) -> impl Iterator<Item = &'a Arc<Source>> {
        self.sources.iter().filter(|s| filter.admits(&s.info.scope))
    }

    /// The time that all sources together span.
    pub fn span(&self) -> Option<TimeRange> {
        self.sources
            .iter()
            .filter_map(|s| {
                Some(TimeRange {
                    start: s.info.first?,
                    end: s.info.last?,
                })
            })
            .reduce(TimeRange::union)
    }

    /// The source with this id.
    pub fn source(&self, source_id: &str) -> Option<&Arc<Source>> {
        self.sources.iter().find(|s| s.info.source_id == source_id)
    }
}
