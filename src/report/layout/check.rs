//! The counts behind a verdict, and the formula with which a workbook repeats it.
//!
//! Counts are compared in whole millionths (SEMANTICS, "Rounding and formulas"): what is bad, with and without the
//! unknown part, against what the target leaves.

use crate::analysis::sla::{ObjectiveResult, Verdict};
use crate::report::findings::Findings;
use crate::report::model::Cell;
use crate::units::Direction;

/// The column of the table of counts that holds the check.
const CHECK: usize = 10;

/// The counts that decide a promise. Columns of their table: 2 window, 3 good, 4 bad, 5 unknown, 7 target in good units
/// per million, 8 allowed bad, 9 required good, 10 the check.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What is counted.
    pub unit: &'static str,
    /// Everything that counts.
    pub window: f64,
    /// Good units.
    pub good: f64,
    /// Bad units.
    pub bad: f64,
    /// Units nothing is known about.
    pub unknown: f64,
    /// Units taken out.
    pub excluded: f64,
    /// Share of good units that the target asks for, in parts per million, where the share decides.
    pub target_ppm: Option<f64>,
    /// Bad units that may be, where a budget decides.
    pub allowed: Option<f64>,
    /// Good slices that must be, where slices decide.
    pub required: Option<f64>,
}

/// The tables of the months of a quarter or year, and the words of their checks.
#[derive(Clone, Debug, Default)]
pub struct Months {
    /// Ids of the tables.
    pub tables: Vec<String>,
    /// For each table, the word of each promise.
    words: Vec<Vec<&'static str>>,
}

impl Months {
    /// Of all months that have begun.
    pub fn of(findings: &Findings) -> Self {
        let mut months = Self::default();
        for month in &findings.months {
            months
                .tables
                .push(format!("counts_{}", month.name.replace('-', "_")));
            months.words.push(
                month
                    .slas
                    .iter()
                    .flat_map(|s| {
                        s.report
                            .objectives
                            .iter()
                            .map(|o| (o, s.report.period.open))
                    })
                    .map(|(o, open)| Check::of(o, open).map_or("", |check| check.own_word()))
                    .collect(),
            );
        }
        months
    }

    /// The months decide where their verdicts give that of the whole.
    fn decide(&self, objective: &ObjectiveResult) -> bool {
        let worst = objective
            .periods
            .iter()
            .map(|p| p.verdict)
            .filter(|v| *v != Verdict::NoData)
            .max();
        self.tables.len() > 1 && objective.periods.len() > 1 && worst == Some(objective.verdict)
    }

    fn word(&self, index: usize) -> &'static str {
        let has = |word: &str| self.words.iter().any(|m| m.get(index) == Some(&word));
        ["breached", "not proven", "met"]
            .into_iter()
            .find(|word| has(word))
            .unwrap_or("no data")
    }

    fn formula(&self) -> String {
        let any = |word: &str| {
            let cells: Vec<String> = self
                .tables
                .iter()
                .map(|id| format!("{{{id}!{CHECK}}}=\"{word}\""))
                .collect();
            format!("OR({})", cells.join(","))
        };
        format!(
            "IF({},\"breached\",IF({},\"not proven\",IF({},\"met\",\"no data\")))",
            any("breached"),
            any("not proven"),
            any("met")
        )
    }
}

impl Check {
    /// The counts of a promise; `None` where there are none. In an open period only the budget of the whole decides.
    pub fn of(objective: &ObjectiveResult, open: bool) -> Option<Self> {
        if let Some(slices) = objective.slices {
            let (good, bad) = (slices.met as f64, slices.breached as f64);
            let unknown = slices.unknown as f64;
            return Some(Self {
                unit: "slices",
                window: good + bad + unknown,
                good,
                bad,
                unknown,
                excluded: 0.0,
                target_ppm: None,
                allowed: None,
                required: Some(slices.required as f64),
            });
        }
        let (good, bad) = (objective.good?, objective.bad?);
        let unknown = objective.unknown.unwrap_or(0.0);
        let window = good + bad + unknown;
        let budget = objective.budget.as_ref();
        let allowed = budget.map(|b| b.total).filter(|t| t.is_finite());
        let target_ppm = objective
            .target
            .filter(|_| objective.unit == "%" && !open)
            .map(|target| {
                let ppm = (target * 1e7).round() / 1e3;
                match objective.direction {
                    Direction::AtLeast => ppm,
                    Direction::AtMost => 1e6 - ppm,
                }
            })
            // A larger allowance than the share leaves: the allowance alone is the rule.
            .filter(|ppm| allowed.is_none_or(|a| a * 1e6 <= window * (1e6 - ppm) + 1.0));
        let check = Self {
            unit: match budget.map(|b| b.unit.as_str()) {
                Some("secs") => "seconds",
                Some("requests") => "requests",
                _ => "units",
            },
            window,
            good,
            bad,
            unknown,
            excluded: objective.excluded.unwrap_or(0.0),
            target_ppm,
            allowed,
            required: None,
        };
        (target_ppm.is_some() || allowed.is_some()).then_some(check)
    }

    /// The word the counts lead to.
    fn own_word(&self) -> &'static str {
        if self.good + self.bad == 0.0 {
            return "no data";
        }
        if let Some(required) = self.required {
            return if self.good >= required {
                "met"
            } else if self.bad == 0.0 {
                "not proven"
            } else {
                "breached"
            };
        }
        let holds = |bad: f64| {
            let micro = (bad * 1e6).round();
            self.target_ppm
                .is_none_or(|ppm| micro <= self.window * (1e6 - ppm))
                && self
                    .allowed
                    .is_none_or(|allowed| micro <= (allowed * 1e6).round())
        };
        if holds(self.bad + self.unknown) {
            "met"
        } else if holds(self.bad) {
            "not proven"
        } else {
            "breached"
        }
    }

    fn own_formula(&self) -> String {
        if self.required.is_some() {
            return "IF({3}+{4}=0,\"no data\",IF({3}>={9},\"met\",IF({4}=0,\"not proven\",\"breached\")))"
                .to_owned();
        }
        let holds = |bad: &str| {
            let share = format!("ROUND({bad}*1000000,0)<={{2}}*(1000000-{{7}})");
            let fixed = format!("ROUND({bad}*1000000,0)<=ROUND({{8}}*1000000,0)");
            match (self.target_ppm.is_some(), self.allowed.is_some()) {
                (true, true) => format!("AND({share},{fixed})"),
                (true, false) => share,
                _ => fixed,
            }
        };
        format!(
            "IF({{3}}+{{4}}=0,\"no data\",IF({},\"met\",IF({},\"not proven\",\"breached\")))",
            holds("({4}+{5})"),
            holds("{4}")
        )
    }

    /// The word of the check: that of the months where they decide, else that of the counts.
    pub fn word(&self, objective: &ObjectiveResult, months: &Months, index: usize) -> &'static str {
        if months.decide(objective) {
            months.word(index)
        } else {
            self.own_word()
        }
    }

    /// The formula with its result.
    pub fn cell(&self, objective: &ObjectiveResult, months: &Months, index: usize) -> Cell {
        let formula = if months.decide(objective) {
            months.formula()
        } else {
            self.own_formula()
        };
        Cell::Formula(
            formula,
            Box::new(Cell::text(self.word(objective, months, index))),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(
        window: f64,
        bad: f64,
        unknown: f64,
        ppm: Option<f64>,
        allowed: Option<f64>,
    ) -> Check {
        Check {
            unit: "seconds",
            window,
            good: window - bad - unknown,
            bad,
            unknown,
            excluded: 0.0,
            target_ppm: ppm,
            allowed,
            required: None,
        }
    }

    /// sla-and-reports.md, vectors B2 and B11: 43.2 minutes of thirty days are exactly 99.9 %.
    #[test]
    fn the_boundary_is_met() {
        let month = 30.0 * 86_400.0;
        let at = |bad| seconds(month, bad, 0.0, Some(999_000.0), None).own_word();
        assert_eq!(at(2_592.0), "met");
        assert_eq!(at(2_593.0), "breached");
        let summed: f64 = (0..432).map(|_| 6.0).sum();
        assert_eq!(at(summed), "met");
    }

    /// Vector B3: percent and minutes disagree in February and in months of 31 days.
    #[test]
    fn the_allowance_counts_beside_the_share() {
        let february = 28.0 * 86_400.0;
        let share = seconds(february, 2_592.0, 0.0, Some(999_000.0), None);
        let fixed = seconds(february, 2_592.0, 0.0, None, Some(2_592.0));
        assert_eq!((share.own_word(), fixed.own_word()), ("breached", "met"));
    }

    #[test]
    fn the_unknown_part_can_leave_it_open() {
        let month = 30.0 * 86_400.0;
        let check = seconds(month, 2_000.0, 600.0, Some(999_000.0), None);
        assert_eq!(check.own_word(), "not proven");
    }
}
