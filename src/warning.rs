//! Recoverable trouble: structured, counted, located, and carried along with the result it belongs to.
//!
//! A result never fails because one row is odd; it says how many were, and shows the first few.

use serde::{Deserialize, Serialize};

/// How many examples of one kind are kept.
pub const MAX_EXAMPLES: usize = 20;

/// What went wrong, with a stable kebab-case name that scripts may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WarningKind {
    /// A row that could not be read and is not counted.
    RejectedRow,
    /// The last row of the file was cut off in the middle.
    TruncatedLastRow,
    /// A header line stood again in the middle of the file.
    RepeatedHeader,
    /// A record longer than the limit was skipped.
    RecordTooLong,
    /// The file has no header; columns were taken from the tool's default order.
    HeaderMissing,
    /// Time stamps carry no zone; the one given was used.
    ZoneAssumed,
    /// Bytes that are not UTF-8 were read as Windows-1252.
    EncodingAssumed,
    /// More labels than are kept apart; the rest went to `(other)`.
    TooManyLabels,
    /// Transaction controllers are kept, but not counted in totals.
    TransactionControllers,
    /// Rows that stand for several samples (distributed statistical mode).
    AggregatedRows,
    /// Rows that hold resource monitoring, not requests.
    MonitoringRows,
    /// The tool's own figure covers only the last 20,000 samples of a label.
    ToolWindow,
    /// A closed-loop tool without correction: slow responses hide the requests that were not sent.
    CoordinatedOmission,
    /// Too few samples for this percentile: n(1-p) < 10.
    FewSamples,
    /// A counter went backwards and was taken as restarted.
    CounterReset,
    /// Several points of one series at the same instant; the last one stands.
    DuplicatePoints,
    /// Points that were out of order and were sorted.
    OutOfOrderPoints,
    /// Values that are not numbers (NaN, infinity, text) and were left out.
    NotANumber,
    /// The precision of the data was reduced to keep within limits.
    Folded,
    /// A range was widened to whole buckets.
    SnappedRange,
    /// An interval that ends before it starts, or is empty.
    EmptyInterval,
    /// Intervals that overlap; each instant was counted once.
    OverlappingIntervals,
    /// An assumption that stands in for something the data do not say.
    Assumed,
    /// Two targets, limits or policies that contradict each other.
    Conflict,
    /// The forecast reaches further than the history supports.
    LongHorizon,
    /// Too little history for a backtest.
    ShortHistory,
    /// Points that lie far outside the pattern and were weighted down.
    Outliers,
    /// The level or the trend of a series changed.
    ChangePoint,
    /// A part of the project file could not be read.
    Damaged,
    /// The file holds a tool's summary, not its samples.
    SummaryOnly,
    /// The file lacks the end of the run.
    TailMissing,
    /// A field means the opposite of what its name says, and was turned round.
    ReadsBackwards,
    /// The tool's own percentiles are approximate.
    Approximate,
    /// The load generator itself was at its limit.
    SaturatedGenerator,
    /// Fields or records of the format that are not read.
    NotRead,
    /// Anything else worth saying.
    Note,
}

impl WarningKind {
    /// The stable kebab-case name.
    pub fn name(self) -> String {
        serde_json::to_value(self)
            .ok()
            .and_then(|v| v.as_str().map(str::to_owned))
            .unwrap_or_default()
    }
}

/// One place where a warning was raised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// File name, without its folder.
    pub file: Option<String>,
    /// 1-based line at which the record starts.
    pub line: Option<u64>,
    /// Column name, where one cell is to blame.
    pub column: Option<String>,
    /// The text as it stands in the file, shortened.
    pub text: Option<String>,
}

/// All occurrences of one kind with one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// What kind of trouble.
    pub kind: WarningKind,
    /// How often it occurred.
    pub count: u64,
    /// One sentence for a person.
    pub message: String,
    /// The first few places.
    pub examples: Vec<Example>,
}

/// The warnings that travel with a result, in order of first appearance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Warnings {
    list: Vec<Warning>,
}

impl Warnings {
    /// Adds one occurrence; occurrences with the same kind and message are counted together.
    pub fn add(&mut self, kind: WarningKind, message: impl Into<String>) {
        self.add_counted(kind, message, 1, None);
    }

    /// Adds one occurrence with the place where it was seen.
    pub fn add_at(&mut self, kind: WarningKind, message: impl Into<String>, example: Example) {
        self.add_counted(kind, message, 1, Some(example));
    }

    /// Adds `count` occurrences at once.
    pub fn add_counted(
        &mut self,
        kind: WarningKind,
        message: impl Into<String>,
        count: u64,
        example: Option<Example>,
    ) {
        let message = message.into();
        let found = self
            .list
            .iter()
            .position(|w| w.kind == kind && w.message == message);
        let index = found.unwrap_or_else(|| {
            self.list.push(Warning {
                kind,
                count: 0,
                message,
                examples: Vec::new(),
            });
            self.list.len() - 1
        });
        if let Some(warning) = self.list.get_mut(index) {
            warning.count += count;
            if warning.examples.len() < MAX_EXAMPLES {
                warning.examples.extend(example);
            }
        }
    }

    /// Takes over all warnings of `other`, counting equal ones together.
    pub fn merge(&mut self, other: &Self) {
        for warning in &other.list {
            self.add_counted(warning.kind, warning.message.clone(), warning.count, None);
            if let Some(mine) = self
                .list
                .iter_mut()
                .find(|w| w.kind == warning.kind && w.message == warning.message)
            {
                let room = MAX_EXAMPLES.saturating_sub(mine.examples.len());
                mine.examples
                    .extend(warning.examples.iter().take(room).cloned());
            }
        }
    }

    /// All warnings, in order of first appearance.
    pub fn iter(&self) -> impl Iterator<Item = &Warning> {
        self.list.iter()
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The number of different warnings.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// How often a kind occurred, over all its messages.
    pub fn count_of(&self, kind: WarningKind) -> u64 {
        self.list
            .iter()
            .filter(|w| w.kind == kind)
            .map(|w| w.count)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_warnings_are_counted_together() {
        let mut warnings = Warnings::default();
        warnings.add(WarningKind::RejectedRow, "a row");
        warnings.add(WarningKind::RejectedRow, "a row");
        let mut more = Warnings::default();
        more.add(WarningKind::RejectedRow, "a row");
        warnings.merge(&more);
        assert_eq!(warnings.len(), 1);
        assert_eq!(warnings.count_of(WarningKind::RejectedRow), 3);
        assert_eq!(WarningKind::RejectedRow.name(), "rejected-row");
    }
}
