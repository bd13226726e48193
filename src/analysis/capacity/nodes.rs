//! How capacity grows with nodes, and how many a demand needs when some of them may fail: nodes are enough when what is
//! left after the failures still carries the demand (N−f).
//!
//! One concurrency sweep of one system is no curve over nodes (SEMANTICS "Capacity"): without tests at several node
//! counts the growth is a straight line, and called so.

use serde::{Deserialize, Serialize};

/// More nodes than this are not looked for.
const MOST_NODES: u64 = 1_000_000;
/// Slack for a demand that meets a capacity up to rounding.
const SLACK: f64 = 1.0 + 1e-9;

/// How the capacity of `n` nodes relates to that of one: `n / (1 + σ(n−1) + κn(n−1))`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeCurve {
    /// Twice the nodes, twice the capacity. An assumption.
    #[default]
    Linear,
    /// With contention and coherency as given. An assumption.
    Assumed {
        /// Contention, at least 0.
        sigma: f64,
        /// Coherency, at least 0.
        kappa: f64,
    },
    /// Fitted to tests at several node counts.
    Fitted {
        /// Contention, at least 0.
        sigma: f64,
        /// Coherency, at least 0.
        kappa: f64,
    },
}

impl NodeCurve {
    const fn parameters(self) -> (f64, f64) {
        match self {
            Self::Linear => (0.0, 0.0),
            Self::Assumed { sigma, kappa } | Self::Fitted { sigma, kappa } => (sigma, kappa),
        }
    }

    /// Capacity of `n` nodes in nodes: what `n` of them do, over what one does.
    pub fn relative(self, n: u64) -> f64 {
        let (sigma, kappa) = self.parameters();
        let n = n as f64;
        n / (1.0 + (n - 1.0).max(0.0) * (sigma + kappa * n))
    }

    /// The number of nodes beyond which more of them do less; `None` where there is none.
    pub fn peak(self) -> Option<u64> {
        let (sigma, kappa) = self.parameters();
        (kappa > 0.0).then(|| {
            let real = ((1.0 - sigma).max(0.0) / kappa).sqrt();
            let below = (real.floor() as u64).clamp(1, MOST_NODES);
            if self.relative(below + 1) > self.relative(below) {
                below + 1
            } else {
                below
            }
        })
    }

    /// What a result that rests on it has to say.
    pub fn assumption(self) -> Option<String> {
        match self {
            Self::Linear => Some(
                "capacity grows in a straight line with the nodes (linear, assumed: no tests at several node counts)"
                    .to_owned(),
            ),
            Self::Assumed { sigma, kappa } => Some(format!(
                "capacity grows with the nodes under contention {sigma} and coherency {kappa} (assumed: no tests at several node counts)"
            )),
            Self::Fitted { .. } => None,
        }
    }

    /// The fewest nodes that carry `demand` when `fail` of them are gone, where `nodes` of them carry `usable`.
    /// `None` where no number is enough.
    pub fn needed(self, demand: f64, usable: f64, nodes: u64, fail: u64) -> Option<u64> {
        if !(demand.is_finite() && usable.is_finite() && usable > 0.0) || nodes == 0 {
            return None;
        }
        if demand <= 0.0 {
            return Some(fail.saturating_add(1));
        }
        let wanted = demand / usable * self.relative(nodes) / SLACK;
        let (mut low, mut high) = (1, self.peak().unwrap_or(MOST_NODES));
        if self.relative(high) < wanted {
            return None;
        }
        while low < high {
            let middle = u64::midpoint(low, high);
            if self.relative(middle) < wanted {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Some(low.saturating_add(fail))
    }

    /// What is left of `usable` when `fail` of `nodes` are gone.
    pub fn after_failure(self, usable: f64, nodes: u64, fail: u64) -> f64 {
        usable * self.relative(nodes.saturating_sub(fail)) / self.relative(nodes.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four nodes, one may fail, 80 % busy at most: each may be busy 60 % while all are there.
    #[test]
    fn a_straight_line_keeps_the_published_share() {
        let left = NodeCurve::Linear.after_failure(0.8, 4, 1);
        assert!((left - 0.6).abs() < 1e-12);
        assert_eq!(NodeCurve::Linear.after_failure(100.0, 1, 1), 0.0);
    }

    /// ceil(demand / (per node · target)) + f.
    #[test]
    fn nodes_are_the_demand_over_what_one_may_do_and_the_failures() {
        let needed =
            |demand: f64, fail| NodeCurve::Linear.needed(demand, 4.0 * 500.0 * 0.8, 4, fail);
        assert_eq!(needed(1_840.0, 1), Some(6));
        assert_eq!(needed(1_600.0, 0), Some(4));
        assert_eq!(needed(1_600.1, 0), Some(5));
        assert_eq!(needed(1.0, 2), Some(3));
        assert_eq!(needed(0.0, 1), Some(2));
    }

    /// With the scalability law, more nodes than √((1−σ)/κ) do less: σ = 0.02, κ = 0.02 peaks at 7.
    #[test]
    fn a_curve_that_turns_has_demands_that_no_number_of_nodes_carries() {
        let curve = NodeCurve::Fitted {
            sigma: 0.02,
            kappa: 0.02,
        };
        assert_eq!(curve.peak(), Some(7));
        assert!(
            (curve.relative(4) - 3.076_9).abs() < 5e-5
                && (curve.relative(10) - 3.355_7).abs() < 5e-5
        );
        // One node does 100: seven do 357 at most.
        assert_eq!(curve.needed(350.0, 100.0, 1, 1), Some(7));
        assert_eq!(curve.needed(357.0, 100.0, 1, 1), Some(8));
        assert_eq!(curve.needed(360.0, 100.0, 1, 1), None);
        assert!(curve.assumption().is_none() && NodeCurve::Linear.assumption().is_some());
        // Losing one of eight beyond the peak costs nothing.
        assert!(curve.after_failure(350.0, 8, 1) > 350.0);
    }

    #[test]
    fn impossible_numbers_have_no_answer() {
        assert_eq!(NodeCurve::Linear.needed(f64::NAN, 1.0, 1, 0), None);
        assert_eq!(NodeCurve::Linear.needed(1.0, 0.0, 1, 0), None);
        assert_eq!(NodeCurve::Linear.needed(1.0, 1.0, 0, 0), None);
        assert_eq!(NodeCurve::Linear.needed(1e12, 1.0, 1, 0), None);
    }
}
