//! Promises with a baseline as a table of baseline, current, target and status, with a grade whose formula is printed
//! beside it. The tables are those of the optimisation report (`performance-optimization-report.md`), whose A+ for
//! 620 MB against a target under 100 MB no formula gives.

use serde::{Deserialize, Serialize};

use super::baseline::change_text;
use super::{ObjectiveKind, ObjectiveResult, SlaReport, Verdict};
use crate::units::{self, Direction};

/// How far a row has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreStatus {
    /// The target is reached.
    Achieved,
    /// Better than the baseline, and short of the target.
    Progress,
    /// No better than the baseline, or the promise not to get worse is broken.
    Missed,
    /// The data do not decide it.
    NotProven,
    /// There is nothing to judge.
    #[default]
    NoData,
}

impl ScoreStatus {
    /// The word shown beside icon and colour.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Achieved => "achieved",
            Self::Progress => "progress",
            Self::Missed => "missed",
            Self::NotProven => "not proven",
            Self::NoData => "no data",
        }
    }
}

/// One row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScorecardRow {
    /// Name of the promise.
    pub metric: String,
    /// What the baseline is, in words.
    pub baseline_name: String,
    /// Figure of the baseline, in `unit`.
    pub baseline: Option<f64>,
    /// The same with its unit.
    pub baseline_text: String,
    /// Figure of the period.
    pub current: Option<f64>,
    /// The same, as it was judged.
    pub current_text: String,
    /// Target in `unit`.
    pub target: Option<f64>,
    /// The target as it was written, behind the figure that follows from it where it is a change.
    pub target_text: String,
    /// Unit of the figures.
    pub unit: String,
    /// Change from the baseline, as a fraction.
    pub change: Option<f64>,
    /// The same in percent with its sign.
    pub change_text: String,
    /// Share of the way from the baseline to the target that was covered, 0..=1; `None` where it is not measured.
    pub reached: Option<f64>,
    /// How far it has come.
    pub status: ScoreStatus,
    /// It belongs to a policy and does not enter the grade.
    pub policy: bool,
}

/// All rows and their grade.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scorecard {
    /// One row a promise with a baseline, in order; those of policies last.
    pub rows: Vec<ScorecardRow>,
    /// Mean of the shares covered, 0..=100; `None` where no row is measured.
    pub points: Option<f64>,
    /// `A+` to `F`.
    pub grade: Option<String>,
    /// What the grade rests on: `6 of 7 targets achieved; 89 points`.
    pub sentence: String,
}

impl Scorecard {
    /// How points and grade come about, as it is printed beside them.
    pub const FORMULA: &str = "Each target counts the share of the way from its baseline that was covered: 100 points when it is achieved, none when \
nothing improved; where the figure is there and single days or hours broke it, the share of those that held. The points are the mean over all measured targets. A+ only when every target is achieved, A from 90, B from 80, C from 70, D from 60, \
else F. What is not proven or has no data does not count; policies are listed and not graded.";

    /// The scorecard of a judgement; nothing where no promise has a baseline.
    pub fn of(report: &SlaReport) -> Option<Self> {
        Self::of_results(&report.objectives, &report.policies)
    }

    /// As [`Self::of`], for results of several judgements.
    pub fn of_results<'a>(
        objectives: impl IntoIterator<Item = &'a ObjectiveResult>,
        policies: impl IntoIterator<Item = &'a ObjectiveResult>,
    ) -> Option<Self> {
        let rows: Vec<ScorecardRow> = objectives
            .into_iter()
            .filter_map(|o| row(o, false))
            .chain(
                policies
                    .into_iter()
                    .filter_map(|o| row(o, true))
                    .filter(|r| r.current.is_some() || r.baseline.is_some()),
            )
            .collect();
        (!rows.is_empty()).then(|| Self::graded(rows))
    }

    fn graded(rows: Vec<ScorecardRow>) -> Self {
        let graded: Vec<&ScorecardRow> = rows.iter().filter(|r| !r.policy).collect();
        let shares: Vec<f64> = graded.iter().filter_map(|r| r.reached).collect();
        let achieved = graded
            .iter()
            .filter(|r| r.status == ScoreStatus::Achieved)
            .count();
        let points =
            (!shares.is_empty()).then(|| 100.0 * shares.iter().sum::<f64>() / shares.len() as f64);
        let grade = points.map(|points| {
            match points {
                _ if achieved == shares.len() => "A+",
                p if p >= 90.0 => "A",
                p if p >= 80.0 => "B",
                p if p >= 70.0 => "C",
                p if p >= 60.0 => "D",
                _ => "F",
            }
            .to_owned()
        });
        let silent = graded.len() - shares.len();
        let mut sentence = match (&grade, points) {
            (Some(grade), Some(points)) => format!(
                "Grade {grade}: {achieved} of {} targets achieved, {} points",
                shares.len(),
                // Rounded down: what fell short of a grade never reads as it.
                units::grouped((points + 1e-9).floor(), 0)
            ),
            _ if graded.is_empty() => "No grade: only policies are compared".to_owned(),
            _ => "No grade: no target is measured on both sides".to_owned(),
        };
        if silent > 0 && grade.is_some() {
            sentence.push_str(&format!("; {silent} not counted, for lack of data"));
        }
        Self {
            rows,
            points,
            grade,
            sentence: sentence + ".",
        }
    }
}

/// The share of the way from a baseline to a target, 0..=1.
fn covered(baseline: f64, current: f64, target: f64, direction: Direction) -> f64 {
    let (way, gone) = match direction {
        Direction::AtMost => (baseline - target, baseline - current),
        Direction::AtLeast => (target - baseline, current - baseline),
    };
    if way > 0.0 {
        (gone / way).clamp(0.0, 1.0)
    } else {
        0.0
    }
}

fn row(o: &ObjectiveResult, policy: bool) -> Option<ScorecardRow> {
    let baseline = o.baseline.as_ref()?;
    let measured = o.achieved.zip(baseline.value).zip(o.target);
    let (reached, status) = match (o.verdict, measured) {
        (Verdict::NotProven, Some(_)) => (None, ScoreStatus::NotProven),
        (Verdict::NoData, _) | (Verdict::NotProven, None) => (None, ScoreStatus::NoData),
        (Verdict::Met, _) => (Some(1.0), ScoreStatus::Achieved),
        (Verdict::Breached, _) if o.kind == ObjectiveKind::Regression => {
            (Some(0.0), ScoreStatus::Missed)
        }
        (Verdict::Breached, None) => (None, ScoreStatus::Missed),
        (Verdict::Breached, Some(((current, baseline), target))) => {
            let there = match o.direction {
                Direction::AtMost => current <= target,
                Direction::AtLeast => current >= target,
            };
            let share = o
                .slices
                .filter(|s| there && s.met + s.breached > 0)
                .map_or_else(
                    || covered(baseline, current, target, o.direction),
                    |s| s.met as f64 / (s.met + s.breached) as f64,
                );
            let status = if share > 0.0 {
                ScoreStatus::Progress
            } else {
                ScoreStatus::Missed
            };
            // What is broken never counts whole.
            (Some(share.min(0.99)), status)
        }
    };
    let compares = matches!(
        o.kind,
        ObjectiveKind::Improvement | ObjectiveKind::Regression
    );
    let target_text = match o.target.filter(|_| compares) {
        Some(target) => {
            let sign = match o.direction {
                Direction::AtMost => "at most",
                Direction::AtLeast => "at least",
            };
            format!(
                "{sign} {} ({})",
                super::baseline::text_of(target, &o.unit),
                o.target_text
            )
        }
        None => o.target_text.clone(),
    };
    Some(ScorecardRow {
        metric: o.name.clone(),
        baseline_name: baseline.name.clone(),
        baseline: baseline.value,
        baseline_text: baseline.text.clone(),
        current: o.achieved,
        current_text: o.achieved_text.clone(),
        target: o.target,
        target_text,
        unit: o.unit.clone(),
        change: baseline.change,
        change_text: baseline.change.map_or_else(|| "–".to_owned(), change_text),
        reached,
        status,
        policy,
    })
}
