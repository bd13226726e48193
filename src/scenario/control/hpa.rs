//! How many replicas one metric asks for: Kubernetes' horizontal pod autoscaler v2, `replica_calculator.go`, with its
//! whole per cent, its readiness and its missing metrics.

use crate::scenario::model::{Autoscaling, HpaBehavior, HpaDirection, ScaleMetric};

use super::behavior::Memory;
use super::reason::{Answer, Reason};
use super::{Seen, whole};

/// A pod's start is watched so long for its processor time (`--horizontal-pod-autoscaler-cpu-initialization-period`).
pub const CPU_INITIALIZATION: f64 = 300.0;
/// A pod that turned unready so soon after its start was never ready (`…-initial-readiness-delay`).
pub const INITIAL_READINESS_DELAY: f64 = 30.0;

/// Share around the target within which nothing happens, up and down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Above the target.
    pub up: f64,
    /// Below it.
    pub down: f64,
}

impl Tolerance {
    fn holds(self, ratio: f64) -> bool {
        1.0 - self.down <= ratio && ratio <= 1.0 + self.up
    }
}

/// The pods as one metric sees them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pods {
    /// With a sample that counts.
    pub counted: u32,
    /// Set aside: not ready, or too young for their sample to count.
    pub unready: u32,
    /// Without a sample.
    pub missing: u32,
}

/// A pod's readiness, as its condition tells it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Readiness {
    /// Seconds since it was started.
    pub age: f64,
    /// Whether it is ready now.
    pub ready: bool,
    /// Seconds since that last changed; its age where it never did.
    pub since: f64,
    /// Seconds since its sample was taken, and over how many seconds it was.
    pub sample: (f64, f64),
}

impl Readiness {
    /// Whether the pod's processor time is set aside. Young pods count once they are ready and their sample lies wholly
    /// after that; older ones count unless they have never been ready.
    pub fn set_aside(self) -> bool {
        let (taken, window) = self.sample;
        if self.age < CPU_INITIALIZATION {
            !self.ready || taken + window > self.since
        } else {
            !self.ready && self.age - self.since < INITIAL_READINESS_DELAY
        }
    }
}

/// What a metric shows, in the unit of its target; `None` without a sample.
pub fn value_of(metric: ScaleMetric, seen: &Seen) -> Option<f64> {
    let value = match metric {
        ScaleMetric::CpuUtilization => seen.cpu,
        ScaleMetric::WorkerUtilization => seen.workers,
        ScaleMetric::RequestRate => seen.rate_per_instance,
        ScaleMetric::ResponseTime => seen.p95?,
        ScaleMetric::QueueLength => seen.queue_per_instance,
    };
    value.is_finite().then_some(value)
}

/// A metric's value over its target. Utilisation is cut to whole per cent and other values to thousandths, as
/// Kubernetes does.
fn ratio(metric: ScaleMetric, value: f64, target: f64) -> f64 {
    let (value, target) = match metric {
        ScaleMetric::CpuUtilization => {
            ((value * 100.0 + 1e-9).floor(), (target * 1e8).round() / 1e6)
        }
        _ => ((value * 1000.0 + 1e-6).floor() / 1000.0, target),
    };
    value / target
}

/// Replicas for one metric; `None` where there is no sample to go by, which Kubernetes counts as a failed metric.
pub fn replicas(
    metric: ScaleMetric,
    value: Option<f64>,
    target: f64,
    current: u32,
    pods: Pods,
    tolerance: Tolerance,
) -> Option<u32> {
    let value = value.filter(|v| v.is_finite() && *v >= 0.0)?;
    if !(target > 0.0 && pods.counted > 0) {
        return None;
    }
    let first = ratio(metric, value, target);
    let plain = |ratio: f64, pods: u32| {
        if tolerance.holds(ratio) {
            current
        } else {
            whole((ratio * f64::from(pods)).ceil())
        }
    };
    // The response time is a figure of the whole service, not of single pods.
    let with_unready = pods.unready > 0 && first > 1.0;
    if metric == ScaleMetric::ResponseTime || (!with_unready && pods.missing == 0) {
        return Some(plain(first, pods.counted));
    }
    let mut total = value * f64::from(pods.counted);
    let mut among = pods.counted;
    if pods.missing > 0 && first < 1.0 {
        let assumed = match metric {
            ScaleMetric::CpuUtilization => target.max(1.0),
            _ => target,
        };
        total += assumed * f64::from(pods.missing);
    }
    // A ratio of exactly one fills nothing in for the missing ones.
    if (first - 1.0).abs() > 0.0 {
        among = among.saturating_add(pods.missing);
    }
    if with_unready {
        among = among.saturating_add(pods.unready);
    }
    let second = ratio(metric, total / f64::from(among), target);
    let flips = (first < 1.0 && second > 1.0) || (first > 1.0 && second < 1.0);
    if tolerance.holds(second) || flips {
        return Some(current);
    }
    let wanted = whole((second * f64::from(among)).ceil());
    let reversed = (second < 1.0 && wanted > current) || (second > 1.0 && wanted < current);
    Some(if reversed { current } else { wanted })
}

/// The autoscaler with its memory.
#[derive(Clone, Debug)]
pub struct Hpa {
    metrics: Vec<(ScaleMetric, f64)>,
    behavior: HpaBehavior,
    legacy: bool,
    tolerance: Tolerance,
    memory: Memory,
    /// Whether it has looked before.
    begun: bool,
}

impl Hpa {
    /// `None` where the scenario names no metric for it.
    pub fn new(settings: &Autoscaling) -> Option<Self> {
        let own = |direction: &HpaDirection| direction.tolerance.unwrap_or(settings.tolerance);
        (!settings.hpa.is_empty()).then(|| Self {
            metrics: settings.hpa.clone(),
            behavior: settings.behavior.clone(),
            legacy: settings.hpa_legacy,
            tolerance: Tolerance {
                up: own(&settings.behavior.up),
                down: own(&settings.behavior.down),
            },
            memory: Memory::default(),
            begun: false,
        })
    }

    /// Notes a change of the number of replicas, whoever made it.
    pub fn changed(&mut self, at: f64, from: u32, to: u32) {
        self.memory.changed(at, from, to);
    }

    /// Replicas it wants now. `pods` tells how a metric sees the pods.
    pub fn answer(
        &mut self,
        at: f64,
        seen: &Seen,
        current: u32,
        pods: impl Fn(ScaleMetric) -> Pods,
        bounds: (u32, u32),
    ) -> Answer {
        // What it finds at first counts as recommended, so that it does not scale in at once.
        if !std::mem::replace(&mut self.begun, true) {
            self.memory.recommended(at, current);
        }
        let (least, most) = bounds;
        if current < least || current > most {
            return Answer {
                to: current.clamp(least, most),
                reason: Reason::Bounds { least, most },
            };
        }
        let mut failed = false;
        let mut best: Option<(u32, ScaleMetric, f64, f64)> = None;
        for (metric, target) in &self.metrics {
            let value = value_of(*metric, seen);
            let wanted = replicas(
                *metric,
                value,
                *target,
                current,
                pods(*metric),
                self.tolerance,
            );
            match wanted {
                Some(wanted) if best.is_none_or(|(most, ..)| wanted > most) => {
                    best = Some((wanted, *metric, value.unwrap_or(0.0), *target));
                }
                Some(_) => {}
                None => failed = true,
            }
        }
        let hold = Answer {
            to: current,
            reason: Reason::Hold,
        };
        let Some((wanted, metric, value, target)) = best else {
            return hold;
        };
        if failed && wanted < current {
            return hold;
        }
        let settled = if self.legacy {
            self.memory.settle_legacy(at, current, wanted, bounds)
        } else {
            self.memory
                .settle(at, current, wanted, &self.behavior, bounds)
        };
        Answer {
            to: settled.to,
            reason: Reason::Hpa {
                metric,
                value,
                target,
                held: settled.held.map(|held| (wanted, held)),
            },
        }
    }
}
