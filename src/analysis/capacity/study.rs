//! What load tests, or a table of concurrency and throughput, say about the limit: the scalability curve, the largest
//! load that keeps to a budget, the knee, the plateau, and what to be careful about. One result for the command line
//! and the screen.

use serde::{Deserialize, Serialize};

use super::knee::{Knee, knee};
use super::measure::CapacityPoint;
use super::usl_fit::{UslFit, fit};
use crate::warning::{WarningKind, Warnings};

/// What concurrency is counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConcurrencyUnit {
    /// Users of the load generator, each of which waits for its response and sends the next request at once.
    #[default]
    Users,
    /// Requests in flight: throughput times response time (Little's law).
    InFlight,
    /// A column of a table; it is what the table says it is.
    Column,
}

/// Kneedle's sensitivity, as in the paper.
const SENSITIVITY: f64 = 1.0;
/// More different levels than this are scatter, not steps: they have no knee.
const MOST_LEVELS: usize = 60;

/// What is known about the limit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CapacityStudy {
    /// What concurrency is.
    pub concurrency: ConcurrencyUnit,
    /// The same in a sentence.
    pub basis: String,
    /// The scalability curve.
    pub usl: Option<UslFit>,
    /// Why there is none.
    pub usl_refused: Option<String>,
    /// Where more concurrency stops paying.
    pub knee: Option<Knee>,
    /// The levels, rising by concurrency.
    pub points: Vec<CapacityPoint>,
    /// What to be careful about.
    pub warnings: Warnings,
}

/// Studies the rows of a table.
pub fn study_pairs(rows: &[(f64, f64)], x_name: &str, y_name: &str) -> CapacityStudy {
    let mut rows = rows.to_vec();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let study = CapacityStudy {
        concurrency: ConcurrencyUnit::Column,
        basis: format!(
            "Concurrency is the column \"{x_name}\", throughput the column \"{y_name}\"; the curve holds for what the table varied"
        ),
        points: rows
            .into_iter()
            .map(|(concurrency, throughput)| CapacityPoint {
                concurrency,
                throughput,
                ..CapacityPoint::default()
            })
            .collect(),
        ..CapacityStudy::default()
    };
    study.with_curve()
}

impl CapacityStudy {
    /// Concurrency and throughput of each point.
    fn pairs(&self) -> Vec<(f64, f64)> {
        self.points
            .iter()
            .map(|p| (p.concurrency, p.throughput))
            .collect()
    }

    /// Fits the curve and looks for the knee.
    fn with_curve(mut self) -> Self {
        let pairs = self.pairs();
        match fit(&pairs) {
            Ok(found) => {
                for note in &found.notes {
                    self.warnings.add(WarningKind::Note, note.clone());
                }
                self.usl = Some(found);
            }
            Err(error) => self.usl_refused = Some(error.to_string()),
        }
        let levels = by_level(&pairs);
        if levels.len() <= MOST_LEVELS {
            self.knee = knee(&levels, SENSITIVITY);
        }
        self
    }
}

/// Each level once, with the mean of its throughputs. Levels must rise.
fn by_level(pairs: &[(f64, f64)]) -> Vec<(f64, f64)> {
    pairs
        .chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq())
        .filter_map(|same| {
            let sum: f64 = same.iter().map(|p| p.1).sum();
            Some((same.first()?.0, sum / same.len() as f64))
        })
        .collect()
}
