//! Histograms that arrive reading by reading, as they are streamed: growth since the last reading, per range of values.
//!
//! Unlike [`super::le_buckets`], which needs all readings of a bucket at once, only the last reading of each histogram
//! is held, and what was counted folds to coarser steps past a limit. Where the ranges change (an exponential histogram
//! scaled down, a native histogram with fewer buckets), the old ones are added up inside the new ones.

use std::collections::{BTreeMap, HashMap};

use polars::prelude::{DataFrame, df};

use super::brought::Labels;
use super::le_buckets::Counted;
use crate::calendar::{Instant, TimeRange};
use crate::dataset::{BucketSummary, DatasetError, SeriesInfo, ValueCount};
use crate::warning::{WarningKind, Warnings};

/// More label sets than this are not told apart.
const MAX_LABELS: usize = 4_096;
/// More counts than this fold to coarser steps.
const MAX_CELLS: usize = 1_000_000;
/// Widths of coarser steps in seconds.
const CELL_SECS: [i64; 6] = [60, 300, 900, 3_600, 21_600, 86_400];

/// One row of the frame: end of the step, label, bounds, count.
pub type Cell = (i64, u16, i64, i64, u64);

/// The frame of a [`BucketSummary`] from its rows, which must be sorted.
fn frame(rows: &[Cell]) -> Result<DataFrame, DatasetError> {
    let column = |pick: fn(&Cell) -> i64| -> Vec<i64> { rows.iter().map(pick).collect() };
    Ok(df!(
        "t" => column(|r| r.0),
        "label" => rows.iter().map(|r| r.1).collect::<Vec<u16>>(),
        "low_ns" => column(|r| r.2),
        "high_ns" => column(|r| r.3),
        "count" => rows.iter().map(|r| r.4).collect::<Vec<u64>>(),
    )?)
}

/// A reading of a cumulative histogram: counts since `start`, each range alone, rising.
#[derive(Clone, Debug)]
struct Reading {
    start: Option<Instant>,
    at: Instant,
    ranges: Vec<ValueCount>,
}

#[derive(Debug)]
struct Flow {
    name: String,
    last: Option<Reading>,
    /// The last reading is also the first one, and its counts stand nowhere yet.
    first_pending: bool,
}

/// All histograms of a file while it is being read.
#[derive(Debug)]
pub struct BucketCells {
    index: HashMap<(String, Labels), u16>,
    flows: Vec<Flow>,
    cells: BTreeMap<(i64, u16, i64, i64), u64>,
    range: TimeRange,
    limit: usize,
    width: usize,
    distances: BTreeMap<i64, u64>,
    first: i64,
    last: i64,
    resets: u64,
    late: u64,
    left_out: u64,
}

impl BucketCells {
    /// Nothing yet. Only steps that end inside `range` will be kept.
    pub fn new(range: TimeRange) -> Self {
        Self {
            index: HashMap::new(),
            flows: Vec::new(),
            cells: BTreeMap::new(),
            range,
            limit: MAX_CELLS,
            width: 0,
            distances: BTreeMap::new(),
            first: i64::MAX,
            last: i64::MIN,
            resets: 0,
            late: 0,
            left_out: 0,
        }
    }

    fn flow(&mut self, base: &str, labels: &Labels) -> Option<u16> {
        let key = (base.to_owned(), labels.clone());
        if let Some(index) = self.index.get(&key) {
            return Some(*index);
        }
        if self.flows.len() >= MAX_LABELS {
            self.left_out += 1;
            return None;
        }
        let index = self.flows.len() as u16;
        let info = SeriesInfo {
            name: base.to_owned(),
            labels: labels.clone(),
            ..SeriesInfo::default()
        };
        self.flows.push(Flow {
            name: info.display_name(),
            last: None,
            first_pending: false,
        });
        self.index.insert(key, index);
        Some(index)
    }

    /// Takes counts of the step that ends at `at`. Lower bounds are exclusive, upper ones inclusive, in nanoseconds.
    pub fn delta(
        &mut self,
        base: &str,
        labels: &Labels,
        start: Option<Instant>,
        at: Instant,
        ranges: &[ValueCount],
    ) {
        let Some(flow) = self.flow(base, labels) else {
            return;
        };
        if let Some(step) = start.map(|start| at.since(start).0) {
            self.step(step);
        }
        self.count(flow, at, ranges);
    }

    /// Takes a reading of counts since `start`. Readings of one histogram must come in order of time.
    pub fn cumulative(
        &mut self,
        base: &str,
        labels: &Labels,
        start: Option<Instant>,
        at: Instant,
        mut ranges: Vec<ValueCount>,
    ) {
        let Some(index) = self.flow(base, labels) else {
            return;
        };
        ranges.sort_unstable_by_key(|r| (r.high_ns, r.low_ns));
        let reading = Reading { start, at, ranges };
        let Some(flow) = self.flows.get_mut(usize::from(index)) else {
            return;
        };
        let Some(before) = flow.last.replace(reading.clone()) else {
            flow.first_pending = start.is_some();
            return;
        };
        if at <= before.at {
            flow.last = Some(before);
            self.late += 1;
            return;
        }
        let step = at.since(before.at).0;
        let pending = std::mem::take(&mut flow.first_pending);
        self.step(step);
        // What was counted before the first reading belongs to the file only if its step is an ordinary one.
        if pending
            && before
                .start
                .is_some_and(|s| before.at.since(s).0 <= step.saturating_add(step / 2))
        {
            self.count(index, before.at, &before.ranges);
        }
        let restarted = matches!(start, Some(s) if s >= before.at);
        let grown = growth(&before.ranges, &reading.ranges).filter(|_| !restarted);
        self.resets += u64::from(grown.is_none());
        self.count(index, at, grown.as_deref().unwrap_or(&reading.ranges));
    }

    fn step(&mut self, micros: i64) {
        if micros > 0 && (self.distances.len() < 1_000 || self.distances.contains_key(&micros)) {
            *self.distances.entry(micros).or_default() += 1;
        }
    }

    fn count(&mut self, flow: u16, at: Instant, ranges: &[ValueCount]) {
        if !self.range.contains(at) {
            return;
        }
        self.first = self.first.min(at.0);
        self.last = self.last.max(at.0);
        let at = self.step_end(at.0);
        for range in ranges.iter().filter(|r| r.count > 0) {
            let cell = self
                .cells
                .entry((at, flow, range.low_ns, range.high_ns))
                .or_default();
            *cell = cell.saturating_add(range.count);
        }
        while self.cells.len() > self.limit && self.width < CELL_SECS.len() {
            self.width += 1;
            for ((at, flow, low, high), count) in std::mem::take(&mut self.cells) {
                let cell = self
                    .cells
                    .entry((self.step_end(at), flow, low, high))
                    .or_default();
                *cell = cell.saturating_add(count);
            }
        }
    }

    /// The end of the coarser step in which a step ends.
    fn step_end(&self, at: i64) -> i64 {
        let secs = self.width.checked_sub(1).and_then(|w| CELL_SECS.get(w));
        secs.map_or(at, |secs| {
            let width = secs * 1_000_000;
            at.saturating_add(width - 1).div_euclid(width) * width
        })
    }

    /// First and last end of a step.
    pub fn span(&self) -> Option<(Instant, Instant)> {
        (self.first <= self.last).then_some((Instant(self.first), Instant(self.last)))
    }

    /// The summary of these and of `others`, if there was any histogram with counts.
    pub fn settle(
        mut self,
        others: Counted,
        warnings: &mut Warnings,
    ) -> Result<Option<BucketSummary>, DatasetError> {
        let alone: Vec<(u16, Reading)> = (0_u16..)
            .zip(&mut self.flows)
            .filter(|(_, flow)| flow.first_pending)
            .filter_map(|(index, flow)| Some((index, flow.last.take()?)))
            .collect();
        for (index, reading) in &alone {
            self.count(*index, reading.at, &reading.ranges);
        }
        let mut say = |kind, message: String, count: u64| {
            if count > 0 {
                warnings.add_counted(kind, message, count, None);
            }
        };
        say(
            WarningKind::Note,
            "a histogram was read only once: its counts are those since it started".to_owned(),
            alone.len() as u64,
        );
        say(
            WarningKind::CounterReset,
            "a histogram went backwards and was taken as restarted from zero".to_owned(),
            self.resets,
        );
        say(
            WarningKind::OutOfOrderPoints,
            "readings of a histogram that came after later ones were left out".to_owned(),
            self.late,
        );
        say(
            WarningKind::TooManyLabels,
            "readings of more histograms than are kept apart were left out".to_owned(),
            self.left_out,
        );
        let width = self.width.checked_sub(1).and_then(|w| CELL_SECS.get(w));
        if let Some(secs) = width {
            let message =
                format!("histograms were folded to steps of {secs} s to keep within limits");
            say(WarningKind::Folded, message, 1);
        }
        if self.cells.is_empty() && others.rows.is_empty() {
            return Ok(None);
        }
        let usual = self.distances.iter().max_by_key(|(_, count)| **count);
        let step_secs = width.map_or_else(
            || usual.map_or(0.0, |(micros, _)| *micros as f64 / 1e6),
            |secs| *secs as f64,
        );
        let mut rows: Vec<Cell> = self
            .cells
            .into_iter()
            .map(|((at, flow, low, high), count)| (at, flow, low, high, count))
            .collect();
        let mut labels: Vec<String> = self.flows.into_iter().map(|f| f.name).collect();
        let offset = labels.len() as u16;
        for (at, label, low, high, count) in others.rows {
            // Neither list has more than 65,535 labels; together they are only longer in files made to annoy.
            if let Some(label) = label.checked_add(offset) {
                rows.push((at, label, low, high, count));
            }
        }
        rows.sort_unstable();
        labels.extend(others.labels);
        Ok(Some(BucketSummary {
            labels,
            cells: frame(&rows)?,
            step_secs: if step_secs > 0.0 {
                step_secs
            } else {
                others.step_secs
            },
        }))
    }
}

/// How far each range of `after` grew; `None` where any went backwards or an old range fits into no new one.
fn growth(before: &[ValueCount], after: &[ValueCount]) -> Option<Vec<ValueCount>> {
    let mut grown = after.to_vec();
    for old in before.iter().filter(|r| r.count > 0) {
        let from = grown.partition_point(|r| r.high_ns < old.high_ns);
        let new = grown.get_mut(from).filter(|r| r.low_ns <= old.low_ns)?;
        new.count = new.count.checked_sub(old.count)?;
    }
    Some(grown)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds, and ranges with their counts.
    type Written<'a> = (i64, &'a [(i64, i64, u64)]);

    fn ranges(list: &[(i64, i64, u64)]) -> Vec<ValueCount> {
        list.iter()
            .map(|(low_ns, high_ns, count)| ValueCount {
                low_ns: *low_ns,
                high_ns: *high_ns,
                count: *count,
            })
            .collect()
    }

    fn secs(secs: i64) -> Instant {
        Instant::from_secs(secs)
    }

    fn counts(summary: &BucketSummary) -> Vec<(i64, i64, u64)> {
        let of = |name| -> Vec<i64> {
            let column = summary.cells.column(name).unwrap();
            column.i64().unwrap().into_no_null_iter().collect()
        };
        let count = summary.cells.column("count").unwrap();
        of("t")
            .into_iter()
            .zip(of("high_ns"))
            .zip(count.u64().unwrap().into_no_null_iter())
            .map(|((t, high), n)| (t / 1_000_000, high, n))
            .collect()
    }

    fn cumulative(
        start: Option<i64>,
        readings: &[Written<'_>],
    ) -> (Vec<(i64, i64, u64)>, Warnings) {
        let mut cells = BucketCells::new(TimeRange::ALL);
        for (at, list) in readings {
            cells.cumulative(
                "d",
                &Labels::new(),
                start.map(secs),
                secs(*at),
                ranges(list),
            );
        }
        let mut warnings = Warnings::default();
        let summary = cells.settle(Counted::default(), &mut warnings).unwrap();
        (summary.map(|s| counts(&s)).unwrap_or_default(), warnings)
    }

    #[test]
    fn growth_counts_and_a_restart_begins_anew() {
        let (found, warnings) = cumulative(
            None,
            &[
                (0, &[(0, 10, 5), (10, 20, 1)]),
                (60, &[(0, 10, 7), (10, 20, 4)]),
                (120, &[(0, 10, 2), (10, 20, 5)]),
                (60, &[(0, 10, 2)]),
            ],
        );
        assert_eq!(
            found,
            [(60, 10, 2), (60, 20, 3), (120, 10, 2), (120, 20, 5)]
        );
        assert_eq!(warnings.count_of(WarningKind::CounterReset), 1);
        assert_eq!(warnings.count_of(WarningKind::OutOfOrderPoints), 1);
    }

    #[test]
    fn ranges_that_were_joined_hold_the_old_ones() {
        let (found, _) = cumulative(
            None,
            &[
                (0, &[(10, 20, 1), (20, 40, 2), (40, 80, 0)]),
                (60, &[(10, 40, 5), (40, 160, 1)]),
            ],
        );
        assert_eq!(found, [(60, 40, 2), (60, 160, 1)]);
    }

    #[test]
    fn what_stood_before_the_first_reading_counts_if_its_step_is_ordinary() {
        let readings: [Written<'_>; 2] = [(60, &[(0, 10, 5)]), (120, &[(0, 10, 9)])];
        assert_eq!(
            cumulative(Some(0), &readings).0,
            [(60, 10, 5), (120, 10, 4)]
        );
        assert_eq!(cumulative(Some(-9_000), &readings).0, [(120, 10, 4)]);
        let (found, warnings) = cumulative(Some(-9_000), &readings[..1]);
        assert_eq!(found, [(60, 10, 5)]);
        assert_eq!(warnings.count_of(WarningKind::Note), 1);
        assert!(cumulative(None, &readings[..1]).0.is_empty());
    }

    #[test]
    fn too_many_counts_fold_to_coarser_steps() {
        let mut cells = BucketCells::new(TimeRange::ALL);
        cells.limit = 20;
        for at in 1..=120 {
            cells.delta(
                "d",
                &Labels::new(),
                Some(secs(at - 1)),
                secs(at),
                &ranges(&[(0, 10, 1)]),
            );
        }
        let mut warnings = Warnings::default();
        let summary = cells
            .settle(Counted::default(), &mut warnings)
            .unwrap()
            .unwrap();
        assert_eq!(counts(&summary), [(60, 10, 60), (120, 10, 60)]);
        assert_eq!(summary.step_secs, 60.0);
        assert_eq!(warnings.count_of(WarningKind::Folded), 1);
    }
}
