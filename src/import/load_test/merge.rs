//! Tallies of blocks, added in file order, to the summary of a run.
//!
//! Labels and codes get their numbers in order of appearance. Where a limit on memory is reached, times fold to coarser
//! steps; what was counted stays exact.

use std::borrow::Cow;
use std::collections::HashMap;

use super::frames::{active_frame, codes_frame, counters_frame, histogram_frame};
use super::intern::FastMap;
use super::keys::{SlotKey, cell_key, cell_parts};
use super::sorted::Sorted;
use super::tally::{Sums, Tally};
use super::tool_window::extend_window;
use crate::dataset::{DatasetError, LabelInfo, RunSummary, Tool};
use crate::import::text::decode;
use crate::warning::{WarningKind, Warnings};

/// Labels that are kept apart.
pub const MAX_LABELS: usize = 2_000;
/// Response codes, and generators, that are kept apart.
const MAX_CODES: usize = 1_000;
/// Rows of counters, codes and concurrency that are kept before times fold.
const MAX_COUNTER_ROWS: usize = 1_000_000;
/// The same for a log of the live service, which spans months: there, hours matter and seconds do not.
const MAX_LOG_COUNTER_ROWS: usize = 500_000;
/// So few labels are never folded to fewer.
const FEW_LABELS: usize = 20;
/// Widths of histogram buckets, in seconds.
const BUCKETS: [u32; 9] = [1, 10, 60, 300, 900, 3_600, 21_600, 86_400, 604_800];
/// Steps of counters, in seconds.
const STEPS: [u32; 6] = [1, 10, 60, 300, 900, 3_600];
/// Steps of response codes, in seconds.
const CODE_STEPS: [u32; 4] = [60, 900, 3_600, 86_400];
/// Percentiles that a tool's own report may show.
pub(super) const TOOL_PERCENTILES: [i64; 5] = [500_000, 900_000, 950_000, 990_000, 999_000];
/// The name of what exceeds a limit.
pub(super) const OTHER_NAME: &str = "(other)";

/// Limits of a merge.
#[derive(Clone, Copy, Debug)]
pub struct MergeOptions {
    /// No time structure.
    pub whole: bool,
    /// Finest histogram bucket that is kept.
    pub bucket_secs: u32,
    /// Rows of the histogram before buckets fold.
    pub max_histogram_rows: usize,
    /// Nanoseconds in a tick.
    pub tick_ns: i64,
    /// The tool that wrote the run.
    pub tool: Tool,
    /// Labels and codes stand as in a CSV file, with each quote doubled.
    pub quotes_doubled: bool,
}

/// Texts numbered in order of appearance, up to a limit.
#[derive(Default)]
struct Names {
    ids: HashMap<String, u32>,
    list: Vec<String>,
    exceeded: bool,
}

impl Names {
    fn id(&mut self, name: String, limit: usize) -> u32 {
        if let Some(id) = self.ids.get(&name) {
            return *id;
        }
        if self.list.len() >= limit && name != OTHER_NAME {
            self.exceeded = true;
            return self.id(OTHER_NAME.to_owned(), limit);
        }
        let id = self.list.len() as u32;
        self.list.push(name.clone());
        self.ids.insert(name, id);
        id
    }
}

/// Adds tallies up.
pub struct Merger {
    pub(super) options: MergeOptions,
    pub(super) labels: Vec<LabelInfo>,
    pub(super) label_ids: HashMap<(String, bool), u32>,
    pub(super) too_many_labels: bool,
    codes: Names,
    generators: Names,
    /// By second, label and outcome.
    pub(super) counters: Sorted<Sums>,
    step: usize,
    /// By minute, label and code.
    pub(super) code_counts: Sorted<u64>,
    code_step: usize,
    /// By second and generator.
    active: FastMap<u64, i64>,
    active_step: usize,
    dense: Vec<Vec<u64>>,
    /// Histogram rows.
    pub(super) cells: Sorted<u64>,
    bucket: usize,
    pub(super) windows: Vec<Vec<u32>>,
    pub(super) total_window: Vec<u32>,
    misread_text: u64,
}

/// `second` at the start of its step.
const fn floored(second: u32, step: u32) -> u32 {
    second - second % step
}

/// Where sums count: by second, label and outcome.
fn counter_key(key: SlotKey, label: u32, step: u32) -> u64 {
    coarser(u64::from(key.second) << 32, step) | u64::from(label << 1) | u64::from(key.failed)
}

/// Where response codes count: by minute, label and code.
fn code_key(key: SlotKey, label: u32, code: u32, step: u32) -> u64 {
    coarser(u64::from(key.second) << 32, step) | u64::from(label << 12) | u64::from(code)
}

/// A key whose upper half is a second, at the start of its step.
fn coarser(key: u64, step: u32) -> u64 {
    let second = floored((key >> 32) as u32, step);
    (u64::from(second) << 32) | (key & u64::from(u32::MAX))
}

fn step_of(steps: &[u32], index: usize) -> u32 {
    steps.get(index).copied().unwrap_or(1)
}

impl Merger {
    /// Nothing yet.
    pub fn new(options: MergeOptions) -> Self {
        Self {
            options,
            labels: Vec::new(),
            label_ids: HashMap::new(),
            too_many_labels: false,
            codes: Names::default(),
            generators: Names::default(),
            counters: Sorted::default(),
            step: 0,
            code_counts: Sorted::default(),
            code_step: 0,
            active: FastMap::default(),
            active_step: 0,
            dense: Vec::new(),
            cells: Sorted::default(),
            // The widest of the ladder that still fits into what was asked for a whole number of times.
            bucket: BUCKETS
                .iter()
                .rposition(|b| options.bucket_secs.max(1).is_multiple_of(*b))
                .unwrap_or(0),
            windows: Vec::new(),
            total_window: Vec::new(),
            misread_text: 0,
        }
    }

    /// The width of histogram buckets that makes sense for further blocks.
    pub fn bucket_secs(&self) -> u32 {
        step_of(&BUCKETS, self.bucket)
    }

    fn text(&mut self, raw: &[u8]) -> String {
        let text = decode(raw);
        self.misread_text += u64::from(matches!(text, Cow::Owned(_)));
        if self.options.quotes_doubled && text.contains("\"\"") {
            text.replace("\"\"", "\"")
        } else {
            text.into_owned()
        }
    }

    pub(super) fn label_id(&mut self, name: String, controller: bool) -> u32 {
        if let Some(id) = self.label_ids.get(&(name.clone(), controller)) {
            return *id;
        }
        if self.labels.len() >= MAX_LABELS && name != OTHER_NAME {
            self.too_many_labels = true;
            return self.label_id(OTHER_NAME.to_owned(), controller);
        }
        let id = self.labels.len() as u32;
        self.labels.push(LabelInfo {
            name: name.clone(),
            controller,
        });
        self.label_ids.insert((name, controller), id);
        id
    }

    /// Adds the tally of the next block.
    pub fn add(&mut self, tally: &Tally) {
        let mut labels: Vec<u32> = Vec::with_capacity(tally.label_list.len());
        for (raw, controller) in &tally.label_list {
            let name = self.text(raw);
            labels.push(self.label_id(name, *controller));
        }
        let codes: Vec<u32> = tally
            .codes
            .texts
            .iter()
            .map(|raw| self.code_id(raw))
            .collect();
        let mut other = None;
        let mut label_of = |merger: &mut Self, local: u32| match labels.get(local as usize) {
            Some(label) => *label,
            None => *other.get_or_insert_with(|| {
                merger.too_many_labels = true;
                merger.label_id(OTHER_NAME.to_owned(), false)
            }),
        };
        let code_of = |merger: &mut Self, local: u32| match codes.get(local as usize) {
            Some(code) => *code,
            None => merger.codes.id(OTHER_NAME.to_owned(), MAX_CODES),
        };
        let (step, code_step) = (
            step_of(&STEPS, self.step),
            step_of(&CODE_STEPS, self.code_step),
        );
        let (mut counters, mut by_code) = (Vec::new(), Vec::new());
        for (key, sums) in tally.sums() {
            let label = label_of(self, key.label);
            let code = code_of(self, key.code);
            counters.push((counter_key(key, label, step), *sums));
            by_code.push((code_key(key, label, code, code_step), sums.count));
        }
        self.counters.add(counters);
        self.code_counts.add(by_code);
        for (second, generator, most) in tally.active() {
            let raw = tally.generators.texts.get(generator as usize);
            let name = raw.map_or_else(|| OTHER_NAME.to_owned(), |r| decode(r).into_owned());
            let generator = self.generators.id(name, MAX_CODES);
            let second = floored(second, step_of(&STEPS, self.active_step));
            let slot = self
                .active
                .entry((u64::from(second) << 32) | u64::from(generator))
                .or_insert(most);
            *slot = most.max(*slot);
        }
        self.add_durations(tally, &mut label_of);
        if self.options.tool == Tool::JMeter {
            for (local, window) in tally.windows.iter().enumerate() {
                let label = label_of(self, local as u32) as usize;
                if self.windows.len() <= label {
                    self.windows.resize_with(label + 1, Vec::new);
                }
                if let Some(list) = self.windows.get_mut(label) {
                    extend_window(list, window);
                }
            }
            extend_window(&mut self.total_window, &tally.total_window);
        }
        self.fold_counters();
    }

    fn code_id(&mut self, raw: &[u8]) -> u32 {
        let name = self.text(raw);
        self.codes.id(name, MAX_CODES)
    }

    fn add_durations(&mut self, tally: &Tally, label_of: &mut impl FnMut(&mut Self, u32) -> u32) {
        let mut run: Vec<(u64, u64)> = Vec::with_capacity(tally.cells.len());
        for (index, counts) in tally.dense.iter().enumerate() {
            if counts.is_empty() {
                continue;
            }
            let failed = index % 2 == 1;
            let label = label_of(self, index as u32 / 2);
            let slot = (label * 2 + u32::from(failed)) as usize;
            if self.dense.len() <= slot {
                self.dense.resize_with(slot + 1, Vec::new);
            }
            let Some(sum) = self.dense.get_mut(slot) else {
                continue;
            };
            if sum.len() < counts.len() {
                sum.resize(counts.len(), 0);
            }
            for (sum, count) in sum.iter_mut().zip(counts) {
                *sum += u64::from(*count);
            }
        }
        let step = self.bucket_secs();
        for (key, count) in &tally.cells {
            let (bucket, label, failed, bin) = cell_parts(*key);
            let label = label_of(self, label);
            run.push((cell_key(floored(bucket, step), label, failed, bin), *count));
        }
        self.cells.add(run);
        if self.cells.len() > self.options.max_histogram_rows {
            self.cells.settle();
            self.fold_histogram();
        }
    }

    /// Widens buckets until the histogram keeps to its limit.
    fn fold_histogram(&mut self) {
        while !self.options.whole
            && self.bucket + 1 < BUCKETS.len()
            && self.cells.len() > self.options.max_histogram_rows
        {
            self.bucket += 1;
            let step = self.bucket_secs();
            self.cells.rekey(|key| {
                let (bucket, label, failed, bin) = cell_parts(key);
                cell_key(floored(bucket, step), label, failed, bin)
            });
        }
    }

    const fn counter_rows(&self) -> usize {
        match self.options.tool {
            Tool::AccessLog => MAX_LOG_COUNTER_ROWS,
            _ => MAX_COUNTER_ROWS,
        }
    }

    fn fold_counters(&mut self) {
        let limit = self.counter_rows();
        if self.counters.len() > limit {
            self.counters.settle();
        }
        while self.counters.len() > limit && self.step + 1 < STEPS.len() {
            self.step += 1;
            let step = step_of(&STEPS, self.step);
            self.counters.rekey(|key| coarser(key, step));
        }
        if self.counters.len() > limit && self.labels.len() > FEW_LABELS {
            self.fold_labels();
        }
        if self.code_counts.len() > limit {
            self.code_counts.settle();
        }
        while self.code_counts.len() > limit && self.code_step + 1 < CODE_STEPS.len() {
            self.code_step += 1;
            let step = step_of(&CODE_STEPS, self.code_step);
            self.code_counts.rekey(|key| coarser(key, step));
        }
        if self.active.len() > MAX_COUNTER_ROWS && self.active_step + 1 < STEPS.len() {
            self.active_step += 1;
            let step = step_of(&STEPS, self.active_step);
            let mut active: FastMap<u64, i64> = FastMap::default();
            #[expect(
                clippy::iter_over_hash_type,
                reason = "the most does not depend on the order"
            )]
            for (key, users) in &self.active {
                let most = active.entry(coarser(*key, step)).or_insert(*users);
                *most = *users.max(most);
            }
            self.active = active;
        }
    }

    /// The summary. `span` holds the first start and the last end in µs.
    pub fn finish(
        self,
        span: (i64, i64),
        warnings: &mut Warnings,
    ) -> Result<RunSummary, DatasetError> {
        self.warn(warnings);
        let first_second = span.0.div_euclid(1_000_000);
        let origin = if self.options.whole { first_second } else { 0 };
        let bucket_secs = if self.options.whole {
            (span.1.div_euclid(1_000_000) - first_second + 1).max(1)
        } else {
            i64::from(self.bucket_secs())
        };
        let tool_figures = self.tool_figures();
        let counters = counters_frame(&self.counters.into_rows(), origin)?;
        let codes = codes_frame(&self.code_counts.into_rows(), &self.codes.list, origin)?;
        Ok(RunSummary {
            tool: self.options.tool,
            tick_ns: self.options.tick_ns,
            bucket_secs,
            counters,
            histogram: histogram_frame(self.cells.into_rows(), &self.dense, origin)?,
            codes,
            concurrency: active_frame(&self.active)?,
            tool_figures,
            labels: self.labels,
            generators: self.generators.list,
            closed_loop: false,
            counts_only: false,
            outcomes_unknown: false,
        })
    }

    fn warn(&self, warnings: &mut Warnings) {
        if self.too_many_labels {
            warnings.add(
                WarningKind::TooManyLabels,
                format!(
                    "more than {MAX_LABELS} labels, or more than so long a run has room for; the rest is counted as \
                     {OTHER_NAME}"
                ),
            );
        }
        if self.codes.exceeded || self.generators.exceeded {
            warnings.add(
                WarningKind::TooManyLabels,
                format!("more than {MAX_CODES} response codes or generators; the rest is counted as {OTHER_NAME}"),
            );
        }
        if self.misread_text > 0 {
            warnings.add(
                WarningKind::EncodingAssumed,
                "text that is not UTF-8 was read as Windows-1252",
            );
        }
        for (steps, index, what) in [
            (&BUCKETS[..], self.bucket, "histograms"),
            (&STEPS[..], self.step, "counters"),
            (&CODE_STEPS[..], self.code_step, "response codes"),
            (&STEPS[..], self.active_step, "concurrency"),
        ] {
            // Wider histogram buckets are normal for a long run; beyond 15 minutes they start to hurt.
            let quiet = if what == "histograms" { 4 } else { 0 };
            if index > quiet {
                let step = step_of(steps, index);
                warnings.add(
                    WarningKind::Folded,
                    format!("{what} are kept in steps of {step} s to limit memory"),
                );
            }
        }
    }
}
