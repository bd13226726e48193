//! What the columns of a table are, as a person says it: the mapping, which is also a small YAML file.
//!
//! A mapping names columns by their header (or by number where there is none), so that it fits every file of the same
//! make. `yaml` writes it, `resolve` finds its columns in a table.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

use crate::dataset::{Role as SourceRole, State};

/// Version of the layout of a mapping.
pub const MAPPING_VERSION: u32 = 1;

/// What the rows of a table are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One row a request.
    Requests,
    /// Values measured at a time.
    #[default]
    Metrics,
    /// States with their beginning and end.
    Outages,
}

impl Kind {
    /// In the order of a menu.
    pub const ALL: [Self; 3] = [Self::Requests, Self::Metrics, Self::Outages];

    /// As it stands in a mapping.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Metrics => "metrics",
            Self::Outages => "outages",
        }
    }

    /// For a menu.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Requests => "Requests, one a row",
            Self::Metrics => "Measurements over time",
            Self::Outages => "Outages and states",
        }
    }

    /// The roles that mean something for it, in the order of a menu.
    pub const fn roles(self) -> &'static [Role] {
        match self {
            Self::Requests => &[
                Role::Ignore,
                Role::Time,
                Role::End,
                Role::Duration,
                Role::Label,
                Role::Success,
                Role::Status,
                Role::Error,
                Role::Users,
                Role::Received,
                Role::Sent,
                Role::Count,
            ],
            Self::Metrics => &[
                Role::Ignore,
                Role::Time,
                Role::Value,
                Role::Series,
                Role::Dimension,
                Role::Unit,
            ],
            Self::Outages => &[
                Role::Ignore,
                Role::Start,
                Role::End,
                Role::Duration,
                Role::State,
                Role::Service,
                Role::Note,
            ],
        }
    }
}

/// What one column is for.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Not read.
    #[default]
    Ignore,
    /// When. Several columns (a date and a time of day) are joined with a space.
    Time,
    /// How long a request took, or an outage lasted.
    Duration,
    /// Name of the request. Several columns are joined with a space.
    Label,
    /// Whether the request succeeded.
    Success,
    /// Status code: failed from 400 on, unless the mapping says another limit.
    Status,
    /// Text of an error: the request failed where there is one.
    Error,
    /// Users that were active.
    Users,
    /// Bytes received.
    Received,
    /// Bytes sent.
    Sent,
    /// How many requests the row stands for.
    Count,
    /// A measured value.
    Value,
    /// Name of the series.
    Series,
    /// A label of the series.
    Dimension,
    /// Unit of the value in the same row.
    Unit,
    /// When a state began.
    Start,
    /// When a state, or a request, ended.
    End,
    /// The state.
    State,
    /// The service a state is about.
    Service,
    /// Free text about a state.
    Note,
}

impl Role {
    /// As it stands in a mapping.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ignore => "ignore",
            Self::Time => "time",
            Self::Duration => "duration",
            Self::Label => "label",
            Self::Success => "success",
            Self::Status => "status",
            Self::Error => "error",
            Self::Users => "users",
            Self::Received => "received",
            Self::Sent => "sent",
            Self::Count => "count",
            Self::Value => "value",
            Self::Series => "series",
            Self::Dimension => "dimension",
            Self::Unit => "unit",
            Self::Start => "start",
            Self::End => "end",
            Self::State => "state",
            Self::Service => "service",
            Self::Note => "note",
        }
    }

    /// For a menu.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Ignore => "Not read",
            Self::Time => "Time",
            Self::Duration => "Duration",
            Self::Label => "Label",
            Self::Success => "Success",
            Self::Status => "Status code",
            Self::Error => "Error text",
            Self::Users => "Users",
            Self::Received => "Bytes received",
            Self::Sent => "Bytes sent",
            Self::Count => "Number of requests",
            Self::Value => "Value",
            Self::Series => "Series name",
            Self::Dimension => "Dimension",
            Self::Unit => "Unit",
            Self::Start => "Start",
            Self::End => "End",
            Self::State => "State",
            Self::Service => "Service",
            Self::Note => "Note",
        }
    }

    /// Whether more than one column may have it.
    pub const fn may_repeat(self) -> bool {
        matches!(
            self,
            Self::Ignore | Self::Time | Self::Label | Self::Value | Self::Series | Self::Dimension
        )
    }
}

/// Which column is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ColumnRef {
    /// By its header; upper and lower case are the same where that is clear.
    Name(String),
    /// By its place, the first one being 1.
    Number(usize),
}

impl fmt::Display for ColumnRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "\"{name}\""),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

impl<'de> Deserialize<'de> for ColumnRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = ColumnRef;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the header of a column, or its number")
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<ColumnRef, E> {
                match usize::try_from(value) {
                    Ok(number) if (1..=100_000).contains(&number) => Ok(ColumnRef::Number(number)),
                    _ => Err(E::custom("columns are numbered from 1")),
                }
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<ColumnRef, E> {
                self.visit_u64(u64::try_from(value).unwrap_or(0))
            }

            fn visit_str<E>(self, value: &str) -> Result<ColumnRef, E> {
                Ok(ColumnRef::Name(value.to_owned()))
            }

            fn visit_bool<E>(self, value: bool) -> Result<ColumnRef, E> {
                Ok(ColumnRef::Name(value.to_string()))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// Whether the time of a request is that of its beginning or of its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edge {
    /// When it began.
    #[default]
    Start,
    /// When it ended.
    End,
}

/// What the values of a series are in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    /// A level.
    Gauge,
    /// It only grows; its growth per second is what counts.
    Counter,
    /// Events per second.
    Rate,
    /// Events in each step.
    Count,
}

impl ValueKind {
    /// In the order of a menu.
    pub const ALL: [Self; 4] = [Self::Gauge, Self::Counter, Self::Rate, Self::Count];

    /// As it stands in a mapping.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Counter => "counter",
            Self::Rate => "rate",
            Self::Count => "count",
        }
    }
}

/// How decimals are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecimalSign {
    /// `1,234.5`.
    Point,
    /// `1.234,5`.
    Comma,
}

/// One column of a table and what it is for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnMapping {
    /// Which one.
    pub column: ColumnRef,
    /// What for.
    pub role: Role,
    /// How times are written: `auto`, `epoch_s`, `epoch_ms`, `epoch_us`, `epoch_ns`, `year_first`, `day_first`,
    /// `month_first`, or a pattern such as `%d.%m.%Y %H:%M:%S`. Empty is `auto`.
    #[serde(default)]
    pub format: String,
    /// Which end of a request the time is that of.
    #[serde(default)]
    pub at: Edge,
    /// Unit of a duration (`ns`, `us`, `ms`, `s`, `m`), or of a value.
    #[serde(default)]
    pub unit: String,
    /// The values that mean success; all others mean failure. Empty for the usual words.
    #[serde(default)]
    pub success_values: Vec<String>,
    /// Status codes from here on are failures.
    #[serde(default)]
    pub failed_from: Option<u16>,
    /// What the values are.
    #[serde(default)]
    pub kind: Option<ValueKind>,
    /// Name of the series or of the dimension; empty for the header.
    #[serde(default)]
    pub name: String,
    /// What the words of a state mean, beside those that are known.
    #[serde(default)]
    pub states: BTreeMap<String, State>,
}

impl ColumnMapping {
    /// A column with nothing else said about it.
    pub fn new(column: ColumnRef, role: Role) -> Self {
        Self {
            column,
            role,
            format: String::new(),
            at: Edge::Start,
            unit: String::new(),
            success_values: Vec::new(),
            failed_from: None,
            kind: None,
            name: String::new(),
            states: BTreeMap::new(),
        }
    }
}

/// What a table is and what its columns are for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mapping {
    /// Layout version.
    pub version: u32,
    /// What the rows are.
    pub kind: Kind,
    /// What separates cells; found out where it is not said.
    pub delimiter: Option<String>,
    /// How decimals are written; found out where it is not said.
    pub decimal: Option<DecimalSign>,
    /// Whether the first row holds names; found out where it is not said.
    pub header: Option<bool>,
    /// How many rows stand above the table; found out where it is not said.
    pub skip: Option<usize>,
    /// Zone of times that carry none; empty for that of `--source-tz`.
    pub zone: String,
    /// Service the file is about; empty where it is not said.
    pub service: String,
    /// Environment it comes from; empty where it is not said.
    pub environment: String,
    /// Live service or load test.
    pub role: Option<SourceRole>,
    /// The columns. Those that are not named are not read.
    pub columns: Vec<ColumnMapping>,
}

impl Default for Mapping {
    fn default() -> Self {
        Self {
            version: MAPPING_VERSION,
            kind: Kind::default(),
            delimiter: None,
            decimal: None,
            header: None,
            skip: None,
            zone: String::new(),
            service: String::new(),
            environment: String::new(),
            role: None,
            columns: Vec::new(),
        }
    }
}

/// Why a mapping cannot be used: a clause that says what to do, and its line in a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct MappingError {
    /// What is wrong.
    pub message: String,
    /// 1-based line of the mapping, where one is to blame.
    pub line: Option<u64>,
}

impl MappingError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            line: None,
        }
    }
}

impl Mapping {
    /// Reads a mapping file.
    pub fn from_yaml(yaml: &str) -> Result<Self, MappingError> {
        // Only `true` and `false` are switches; `yes` and `on` are words.
        let options = serde_saphyr::options! { strict_booleans: true };
        let read = serde_saphyr::from_str_with_options(yaml, options);
        let mapping: Self = read.map_err(|error: serde_saphyr::Error| {
            let line = error.location().map(|l| l.line()).filter(|l| *l > 0);
            let text = error.without_snippet().to_string();
            let first = text.lines().next().unwrap_or_default();
            MappingError {
                message: format!(
                    "the mapping cannot be read ({}); correct it, or print one with --guess-mapping",
                    first.trim_end_matches('.')
                ),
                line,
            }
        })?;
        if mapping.version > MAPPING_VERSION {
            return Err(MappingError::new(format!(
                "the mapping has version {}, which a newer Headroom wrote; update this one",
                mapping.version
            )));
        }
        if mapping.columns.is_empty() {
            return Err(MappingError::new(
                "the mapping names no columns; print one to start from with --guess-mapping",
            ));
        }
        if !mapping.zone.is_empty() {
            crate::calendar::Zone::named(&mapping.zone)
                .map_err(|error| MappingError::new(format!("the mapping's zone: {error}")))?;
        }
        mapping.delimiter_byte()?;
        Ok(mapping)
    }

    /// The byte between cells, where the mapping says it.
    pub fn delimiter_byte(&self) -> Result<Option<u8>, MappingError> {
        let Some(text) = &self.delimiter else {
            return Ok(None);
        };
        match text.to_lowercase().as_str() {
            "comma" | "," => Ok(Some(b',')),
            "semicolon" | ";" => Ok(Some(b';')),
            "tab" | "\t" | "\\t" => Ok(Some(b'\t')),
            "pipe" | "bar" | "|" => Ok(Some(b'|')),
            _ => match text.as_bytes() {
                [byte]
                    if byte.is_ascii_graphic()
                        && !byte.is_ascii_alphanumeric()
                        && *byte != b'"' =>
                {
                    Ok(Some(*byte))
                }
                _ => Err(MappingError::new(format!(
                    "the mapping's delimiter \"{text}\" is none; write comma, semicolon, tab or |"
                ))),
            },
        }
    }

    /// The columns with a role.
    pub fn with_role(&self, role: Role) -> impl Iterator<Item = &ColumnMapping> {
        self.columns.iter().filter(move |c| c.role == role)
    }
}
