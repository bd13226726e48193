//! What a side brings: its runs, and the requests of each label in each block of time.

use std::collections::{BTreeMap, BTreeSet};

use super::CompareError;
use super::blocks::Window;
use super::figures::{Figures, TOTAL};
use super::params::CompareParams;
use crate::calendar::Instant;
use crate::dataset::query::SliceCounts;
use crate::dataset::{RunSummary, Source, ToolSummary, ValueCounts};

/// One run of a side: the files of its generators, or a tool's summary of it.
#[derive(Clone, Debug, Default)]
pub struct RunInput<'a> {
    /// Its name for people: the file without its extension.
    pub name: String,
    /// Id of its first source.
    pub source_id: String,
    /// Its samples; several where several generators wrote one file each.
    pub parts: Vec<&'a RunSummary>,
    /// What the tool says of it, where no samples were kept.
    pub summary: Option<&'a ToolSummary>,
    /// When it began.
    pub first: Option<Instant>,
}

/// The runs among sources, in order of time: files of one run are one.
pub fn runs_of<'a>(sources: impl IntoIterator<Item = &'a Source>) -> Vec<RunInput<'a>> {
    let mut runs: Vec<(&str, usize, RunInput<'a>)> = Vec::new();
    for source in sources {
        if source.run.is_none() && source.summary.is_none() {
            continue;
        }
        let info = &source.info;
        let known = runs.iter().position(|(id, ..)| *id == info.run_id());
        let slot = known.unwrap_or_else(|| {
            let stem = std::path::Path::new(&info.file_name)
                .file_stem()
                .map(|s| s.to_string_lossy().into_owned());
            let run = RunInput {
                name: stem.unwrap_or_else(|| info.file_name.clone()),
                source_id: info.source_id.clone(),
                ..RunInput::default()
            };
            runs.push((info.run_id(), 0, run));
            runs.len() - 1
        });
        if let Some((_, files, run)) = runs.get_mut(slot) {
            *files += 1;
            run.first = [run.first, info.first].into_iter().flatten().min();
            match (&source.run, &source.summary) {
                (Some(part), _) => run.parts.push(part),
                (None, Some(summary)) => run.summary = run.summary.or(Some(summary)),
                (None, None) => {}
            }
        }
    }
    let mut runs: Vec<RunInput<'a>> = runs
        .into_iter()
        .map(|(_, files, mut run)| {
            if files > 1 {
                run.name = format!("{} and {} more", run.name, files - 1);
            }
            run
        })
        .collect();
    runs.sort_by(|a, b| a.first.cmp(&b.first).then_with(|| a.name.cmp(&b.name)));
    runs
}

impl RunInput<'_> {
    /// Only the tool's figures are known.
    pub fn summary_only(&self) -> bool {
        self.parts.is_empty()
    }

    /// Some of its files do not say which requests failed.
    pub fn outcomes_unknown(&self) -> bool {
        self.parts.iter().any(|p| p.outcomes_unknown)
    }

    /// It waits for responses and does not correct for it.
    pub fn closed_loop(&self) -> bool {
        self.parts.iter().any(|p| p.closed_loop) || self.summary.is_some_and(|s| s.closed_loop)
    }
}

/// The requests of one label in one block of time, or in a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Requests {
    pub values: ValueCounts,
    pub counts: SliceCounts,
}

impl Requests {
    /// All of them together. Spans of time are joined, as for requests of one run.
    pub fn together<'a>(parts: impl IntoIterator<Item = &'a Self> + Clone) -> Self {
        Self {
            values: ValueCounts::merged(parts.clone().into_iter().map(|p| &p.values)),
            counts: parts
                .into_iter()
                .fold(SliceCounts::default(), |sum, p| sum.plus(&p.counts)),
        }
    }
}

/// One label of one side.
#[derive(Clone, Debug, Default)]
pub(super) struct LabelData {
    /// Requests of each block, all runs of the side together.
    pub blocks: Vec<Requests>,
    /// What each run says by itself.
    pub runs: Vec<Figures>,
    /// What all say together.
    pub whole: Figures,
}

/// One side, cut into blocks.
#[derive(Clone, Debug, Default)]
pub(super) struct SideData {
    /// Length of each block in seconds, all runs together.
    pub secs: Vec<f64>,
    /// By label; the total under its own key, which no label has.
    pub labels: BTreeMap<LabelKey, LabelData>,
}

/// A label, and whether it is a transaction controller; the total stands first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LabelKey {
    Total,
    Label(String, bool),
}

impl LabelKey {
    pub fn name(&self) -> &str {
        match self {
            Self::Total => TOTAL,
            Self::Label(name, _) => name,
        }
    }
}

/// Cuts the runs of a side into `n` blocks each.
pub(super) fn side(
    runs: &[(&RunInput<'_>, Window)],
    n: usize,
    params: &CompareParams,
) -> Result<SideData, CompareError> {
    let mut side = SideData {
        secs: vec![0.0; n],
        labels: BTreeMap::new(),
    };
    let mut by_run: Vec<BTreeMap<LabelKey, Vec<Requests>>> = Vec::new();
    for (run, window) in runs {
        let slices = window.slices(n);
        for (sum, slice) in side.secs.iter_mut().zip(&slices) {
            *sum += slice.length().as_secs();
        }
        let mut labels: BTreeMap<LabelKey, Vec<Requests>> = BTreeMap::new();
        for part in &run.parts {
            let all: Vec<u16> = (0..part.labels.len()).map(|i| i as u16).collect();
            let counts = part.counts_by_label(&all, &slices)?;
            let values = part.durations_by_label_and_slice(&slices, params.outcomes)?;
            for ((index, info), values) in all.iter().zip(&part.labels).zip(values) {
                let Some(counts) = counts.get(index) else {
                    continue;
                };
                let key = LabelKey::Label(info.name.clone(), info.controller);
                let slot = labels
                    .entry(key)
                    .or_insert_with(|| vec![Requests::default(); n]);
                for ((slot, counts), values) in slot.iter_mut().zip(counts).zip(values) {
                    *slot = Requests::together(&[
                        std::mem::take(slot),
                        Requests {
                            values,
                            counts: *counts,
                        },
                    ]);
                }
            }
        }
        labels.retain(|_, blocks| blocks.iter().any(|b| b.counts.count > 0));
        let total: Vec<Requests> = (0..n)
            .map(|i| {
                let counted = labels
                    .iter()
                    .filter(|(key, _)| matches!(key, LabelKey::Label(_, false)))
                    .filter_map(|(_, blocks)| blocks.get(i));
                Requests::together(counted)
            })
            .collect();
        if params.total_only {
            labels.clear();
        }
        labels.insert(LabelKey::Total, total);
        by_run.push(labels);
    }
    let keys: BTreeSet<LabelKey> = by_run.iter().flat_map(|l| l.keys().cloned()).collect();
    for key in keys {
        let parts: Vec<&Vec<Requests>> = by_run.iter().filter_map(|l| l.get(&key)).collect();
        let runs: Vec<Figures> = parts
            .iter()
            .map(|blocks| Figures::of(&[Requests::together(blocks.iter())], params))
            .collect();
        let whole: Vec<Requests> = parts
            .iter()
            .map(|blocks| Requests::together(blocks.iter()))
            .collect();
        let blocks = (0..n)
            .map(|i| {
                let here = parts.iter().filter_map(|blocks| blocks.get(i));
                Requests::together(here)
            })
            .collect();
        side.labels.insert(
            key,
            LabelData {
                blocks,
                runs,
                whole: Figures::of(&whole, params),
            },
        );
    }
    Ok(side)
}
