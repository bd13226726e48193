//! The value a solver turns: its range in whole steps, the edge that is wanted, and how it is put into a scenario.

use serde::{Deserialize, Serialize};

use super::{Prefer, fleet};
use crate::scenario::model::ScaleMetric;
use crate::scenario::{Scenario, SimulateError};
use crate::units::grouped;

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Fewest instances (peers, shards); the minimum of the autoscaler where there is one.
    Instances,
    /// Highest utilisation target of the autoscaler.
    Target,
    /// Smallest share of reads that caches answer.
    HitRatio,
    /// Highest growth.
    Growth,
}

/// Bounds within which is looked, both included; in the unit of the answer (`instances`, shares of one, factors).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Within {
    /// Smallest value.
    pub low: f64,
    /// Largest value.
    pub high: f64,
}

impl Within {
    /// Reads `1..500`, `30%..90%` or `1x..20x`.
    pub fn parse(text: &str) -> Option<Self> {
        let one = |text: &str| -> Option<f64> {
            let text = text.trim();
            if let Some(percent) = text.strip_suffix('%') {
                return percent.trim().parse::<f64>().ok().map(|p| p / 100.0);
            }
            text.trim_end_matches(['x', '×']).trim().parse().ok()
        };
        let (low, high) = text.split_once("..")?;
        Some(Self {
            low: one(low)?,
            high: one(high)?,
        })
    }
}

/// A knob on a scenario. Positions are whole numbers; a value is its position times [`Self::grain`].
#[derive(Clone, Debug, PartialEq)]
pub struct Knob {
    /// What it turns.
    pub what: What,
    /// `instances`, `peers`, `shards`, `share` (of one) or `x`.
    pub unit: &'static str,
    /// The edge that is wanted.
    pub prefer: Prefer,
    /// One step.
    pub grain: f64,
    /// First and last position.
    pub range: (i64, i64),
    /// Said with the answer.
    pub notes: Vec<String>,
    /// It is the minimum of an autoscaler, not the number itself.
    pub minimum: bool,
}

/// Instances that are tried where the scenario does not go beyond.
const MOST_INSTANCES: u32 = 100;
/// Growth that is tried.
const MOST_GROWTH: f64 = 50.0;
/// No range is longer.
const MOST_POSITIONS: f64 = 1e7;

impl Knob {
    /// The knob of a scenario; an error names what the scenario lacks for it.
    pub fn new(
        what: What,
        scenario: &Scenario,
        within: Option<Within>,
    ) -> Result<Self, SimulateError> {
        let mut notes = Vec::new();
        let (unit, prefer, grain, low, high) = match what {
            What::Instances => {
                let unit = fleet::unit(scenario);
                let now = fleet::count(scenario);
                let most = match unit {
                    "instances" if scales(scenario) => {
                        notes.push(format!(
                            "The minimum of the autoscaler was looked for; it still adds instances up to {}.",
                            scenario.autoscaling.max
                        ));
                        scenario.autoscaling.max.max(scenario.autoscaling.min)
                    }
                    _ => MOST_INSTANCES.max(now.saturating_mul(10)),
                };
                (unit, Prefer::Smallest, 1.0, 1.0, f64::from(most))
            }
            What::Target => {
                if !targets(scenario) {
                    return Err(SimulateError::impossible(
                        "autoscaling.target",
                        "there is no autoscaler with a utilisation target to turn; write one such as {policy: hpa, target: 70%}",
                    ));
                }
                ("share", Prefer::Largest, 0.01, 0.05, 1.0)
            }
            What::HitRatio => {
                if scenario.backend.caches.is_empty() {
                    return Err(SimulateError::impossible(
                        "backend.caches",
                        "there is no cache whose hit ratio could be looked for; write at least one layer with its hit_ratio",
                    ));
                }
                if scenario.backend.caches.len() > 1 {
                    notes.push(
                        "The hit ratio is that of all cache layers together; the misses of each were changed in proportion."
                            .to_owned(),
                    );
                }
                ("share", Prefer::Smallest, 0.001, 0.0, 1.0)
            }
            What::Growth => ("x", Prefer::Unbroken, 0.01, 0.01, MOST_GROWTH),
        };
        let (low, high) = within.map_or((low, high), |w| (w.low, w.high));
        let fits = low.is_finite() && high.is_finite() && low >= 0.0 && low < high;
        if !fits || (high / grain) > MOST_POSITIONS {
            return Err(SimulateError::impossible(
                "within",
                format!(
                    "{low} to {high} is no range; it takes a lower and a higher number, at least 0"
                ),
            ));
        }
        // A hair of slack keeps 0.05 / 0.01 a whole number.
        let first = ((low / grain) - 1e-6).ceil() as i64;
        let last = ((high / grain) + 1e-6).floor() as i64;
        let floor = i64::from(what != What::HitRatio);
        Ok(Self {
            what,
            unit,
            prefer,
            grain,
            range: (first.max(floor), last.max(first.max(floor))),
            notes,
            minimum: what == What::Instances && scales(scenario),
        })
    }

    /// The value at a position.
    pub fn value(&self, position: i64) -> f64 {
        // 0.29 rather than 0.29000000000000004.
        let per_one = (1.0 / self.grain).round();
        position as f64 / per_one
    }

    /// Where the scenario itself stands, of the growth.
    pub fn own_growth(&self, scenario: &Scenario) -> Option<i64> {
        let position = (scenario.workload.growth / self.grain).round() as i64;
        (self.what == What::Growth).then(|| position.clamp(self.range.0, self.range.1))
    }

    /// Positions to look at first: doubling where the range spans much, even otherwise.
    pub fn scan(&self) -> Vec<i64> {
        let (first, last) = self.range;
        let mut out = vec![first, last];
        match self.what {
            What::Instances | What::Growth => {
                let mut at = first.max(1);
                if self.what == What::Growth {
                    // Below a tenth of today's load nobody plans.
                    at = at.max(10.min(last));
                }
                while at < last {
                    out.push(at);
                    at = at.saturating_mul(2);
                }
            }
            What::Target | What::HitRatio => {
                out.extend((1..8).map(|i| first + (last - first) * i / 8));
            }
        }
        out.sort_unstable();
        out.dedup();
        out
    }

    /// The scenario with the knob at a position.
    pub fn turn(&self, scenario: &Scenario, position: i64) -> Scenario {
        let value = self.value(position);
        match self.what {
            What::Instances => {
                let wanted = u32::try_from(position).unwrap_or(u32::MAX);
                if self.minimum {
                    let mut out = scenario.clone();
                    out.autoscaling.min = wanted;
                    out.autoscaling.max = out.autoscaling.max.max(wanted);
                    if fleet::count(&out) < wanted {
                        out = fleet::with(&out, wanted);
                    }
                    out
                } else {
                    fleet::with(scenario, wanted)
                }
            }
            What::Target => {
                let mut out = scenario.clone();
                let hpa = out.autoscaling.hpa.iter_mut();
                for (metric, target) in hpa.chain(out.autoscaling.tracking.iter_mut()) {
                    if is_share(*metric) {
                        *target = value;
                    }
                }
                out
            }
            What::HitRatio => with_hit_ratio(scenario, value),
            What::Growth => {
                let mut out = scenario.clone();
                out.workload.growth = value;
                out
            }
        }
    }

    /// The same, told apart from the number itself where it is a minimum: `a minimum of 12 instances`.
    pub fn named(&self, position: i64) -> String {
        let words = self.words(position);
        if self.minimum {
            format!("a minimum of {words}")
        } else {
            words
        }
    }

    /// A position as a person reads it: `12 instances`, `62 %`, `3.42×`.
    pub fn words(&self, position: i64) -> String {
        let value = self.value(position);
        match self.unit {
            "share" => format!("{} %", trimmed(value * 100.0)),
            "x" => format!("{}×", trimmed(value)),
            unit if position == 1 => format!("1 {}", unit.trim_end_matches('s')),
            unit => format!("{} {unit}", grouped(value, 0)),
        }
    }
}

/// Two decimals at most, without trailing zeros.
fn trimmed(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Whether an autoscaler changes the number of instances.
fn scales(scenario: &Scenario) -> bool {
    scenario.autoscaling.active() && fleet::unit(scenario) == "instances"
}

fn is_share(metric: ScaleMetric) -> bool {
    matches!(
        metric,
        ScaleMetric::CpuUtilization | ScaleMetric::WorkerUtilization
    )
}

fn targets(scenario: &Scenario) -> bool {
    let scaling = &scenario.autoscaling;
    let mut all = scaling.hpa.iter().chain(&scaling.tracking);
    all.any(|(metric, _)| is_share(*metric))
}

/// Share of reads that some layer answers: 1 − the product of the misses.
pub fn hit_ratio(scenario: &Scenario) -> f64 {
    1.0 - scenario
        .backend
        .caches
        .iter()
        .map(|c| 1.0 - c.hit_ratio.clamp(0.0, 1.0))
        .product::<f64>()
}

/// The layers changed so that together they answer this share. Each layer's misses are raised to one common power,
/// which keeps their proportions; where nothing was answered or missed before, the nearest layer takes it all.
#[must_use]
pub fn with_hit_ratio(scenario: &Scenario, wanted: f64) -> Scenario {
    let mut out = scenario.clone();
    let wanted = wanted.clamp(0.0, 1.0);
    let missed = 1.0 - hit_ratio(scenario);
    let layers = &mut out.backend.caches;
    if layers.len() > 1 && missed > 0.0 && missed < 1.0 && wanted < 1.0 {
        let power = (1.0 - wanted).ln() / missed.ln();
        for layer in layers {
            layer.hit_ratio = 1.0 - (1.0 - layer.hit_ratio.clamp(0.0, 1.0)).powf(power);
        }
    } else {
        for (index, layer) in layers.iter_mut().enumerate() {
            layer.hit_ratio = if index == 0 { wanted } else { 0.0 };
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::model::CacheLayer;

    fn cached(ratios: &[f64]) -> Scenario {
        let mut s = Scenario::default();
        s.backend.caches = ratios
            .iter()
            .map(|ratio| CacheLayer {
                hit_ratio: *ratio,
                ..CacheLayer::default()
            })
            .collect();
        s
    }

    #[test]
    fn a_range_is_read_in_the_unit_it_is_written_in() {
        for (text, low, high) in [
            ("1..500", 1.0, 500.0),
            ("30% .. 90 %", 0.3, 0.9),
            ("1x..2.5×", 1.0, 2.5),
        ] {
            assert_eq!(Within::parse(text), Some(Within { low, high }), "{text}");
        }
        for bad in ["", "5", "1-5", "few..many"] {
            assert_eq!(Within::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn layers_together_answer_what_was_asked() {
        for ratios in [
            &[0.5][..],
            &[0.5, 0.8],
            &[0.0, 0.3, 0.9],
            &[0.0, 0.0],
            &[1.0, 0.5],
        ] {
            for wanted in [0.0, 0.25, 0.85, 0.999, 1.0] {
                let found = hit_ratio(&with_hit_ratio(&cached(ratios), wanted));
                assert!((found - wanted).abs() < 1e-12, "{ratios:?}: {found}");
            }
        }
        let same = with_hit_ratio(&cached(&[0.5, 0.8]), 0.9);
        assert!((same.backend.caches[1].hit_ratio - 0.8).abs() < 1e-12);
    }

    #[test]
    fn knobs_say_what_they_need_and_read_as_written() {
        let plain = Scenario::default();
        for (what, key) in [
            (What::Target, "autoscaling.target"),
            (What::HitRatio, "backend.caches"),
        ] {
            match Knob::new(what, &plain, None) {
                Err(SimulateError::Impossible { key: found, .. }) => assert_eq!(found, key),
                other => panic!("{other:?}"),
            }
        }
        let knob = Knob::new(What::Instances, &plain, None).unwrap();
        assert_eq!(knob.range, (1, 100));
        assert_eq!(knob.scan(), [1, 2, 4, 8, 16, 32, 64, 100]);
        assert_eq!(
            (knob.words(1), knob.words(12)),
            ("1 instance".to_owned(), "12 instances".to_owned())
        );
        let growth = Knob::new(What::Growth, &plain, None).unwrap();
        assert_eq!(growth.words(342), "3.42×");
        assert_eq!(growth.words(1_000), "10×");
        assert_eq!(growth.turn(&plain, 29).workload.growth, 0.29);
        let bad = Within {
            low: 5.0,
            high: 2.0,
        };
        assert!(Knob::new(What::Growth, &plain, Some(bad)).is_err());
    }

    #[test]
    fn an_autoscaler_keeps_its_maximum_and_starts_no_lower_than_its_minimum() {
        let mut s = Scenario::default();
        s.autoscaling.hpa = vec![
            (ScaleMetric::CpuUtilization, 0.7),
            (ScaleMetric::RequestRate, 50.0),
        ];
        s.autoscaling.max = 40;
        let knob = Knob::new(What::Instances, &s, None).unwrap();
        assert_eq!(knob.range, (1, 40));
        let turned = knob.turn(&s, 6);
        assert_eq!(
            (turned.autoscaling.min, turned.topology.instances()),
            (6, 6)
        );
        let target = Knob::new(What::Target, &s, None).unwrap();
        assert_eq!(target.range, (5, 100));
        let turned = target.turn(&s, 62).autoscaling.hpa;
        assert_eq!(turned[0].1, 0.62);
        assert_eq!(turned[1].1, 50.0);
        assert_eq!(target.words(62), "62 %");
    }
}
