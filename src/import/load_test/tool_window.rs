//! The figures of JMeter's own report, which looks at the last samples in file order only.

use super::merge::{Merger, TOOL_PERCENTILES};
use super::tally::TOOL_WINDOW;
use crate::dataset::histogram::ValueCount;
use crate::dataset::run::ToolFigures;
use crate::dataset::{Estimator, Tool, ValueCounts};
use crate::units::Ppm;

impl Merger {
    /// JMeter's own report looks at the last samples in file order; other tools look at all.
    pub(super) fn tool_figures(&self) -> Vec<ToolFigures> {
        if self.options.tool != Tool::JMeter {
            return Vec::new();
        }
        let figures = |label: &str, window: &[u32]| {
            let last = window
                .get(window.len().saturating_sub(TOOL_WINDOW)..)
                .unwrap_or_default();
            // Never binned: the tool keeps every value as it is.
            let mut sorted = last.to_vec();
            sorted.sort_unstable();
            let ms = self.options.tick_ns as f64 / 1e6;
            let counts = exact_counts(&sorted);
            ToolFigures {
                label: label.to_owned(),
                percentiles_ms: TOOL_PERCENTILES
                    .iter()
                    .filter_map(|p| {
                        let quantile = counts.quantile(Ppm(*p), Estimator::R6)?;
                        Some((*p, quantile.low_ns * ms))
                    })
                    .collect(),
            }
        };
        let mut list = vec![figures("Total", &self.total_window)];
        for (label, window) in self.labels.iter().zip(&self.windows) {
            list.push(figures(&label.name, window));
        }
        list
    }
}

/// Counts of sorted values, each kept as it is.
fn exact_counts(sorted: &[u32]) -> ValueCounts {
    ValueCounts::new(
        sorted
            .iter()
            .map(|v| ValueCount {
                low_ns: i64::from(*v),
                high_ns: i64::from(*v),
                count: 1,
            })
            .collect(),
    )
}

/// Adds the later samples to a list that keeps at least the last ones that the report looks at.
pub(super) fn extend_window(list: &mut Vec<u32>, later: &[u32]) {
    if later.len() >= TOOL_WINDOW {
        list.clear();
    } else if list.len() + later.len() > TOOL_WINDOW * 2 {
        let surplus = (list.len() + later.len()).saturating_sub(TOOL_WINDOW);
        list.drain(..surplus.min(list.len()));
    }
    list.extend_from_slice(later);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_keep_the_last_samples() {
        let mut list = Vec::new();
        let all: Vec<u32> = (0..100_000).collect();
        for part in all.chunks(7_000) {
            extend_window(&mut list, part);
            assert!(list.len() <= TOOL_WINDOW * 2);
        }
        assert_eq!(list[list.len() - TOOL_WINDOW..], all[80_000..]);
    }
}
