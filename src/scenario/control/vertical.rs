//! Size follows use: twice the cores when they are busy, half of them when they are idle, between bounds.

use crate::scenario::model::{Autoscaling, VerticalScaling};

use super::reason::{seconds, share_words};
use super::{Decision, Seen};
use crate::units::number;

/// A number of cores; whole ones without decimals.
pub fn cores_words(cores: f64) -> String {
    if (cores - cores.round()).abs() < 1e-9 {
        format!("{cores:.0}")
    } else {
        number(cores)
    }
}

/// The size of the instances with what was seen since it last changed.
#[derive(Clone, Debug)]
pub struct Vertical {
    settings: VerticalScaling,
    /// Processor request of an instance, in cores for each core it has: it grows with the size.
    request_per_core: f64,
    /// Cores now; `None` before the first look.
    cores: Option<f64>,
    /// No look counts before this second: the size is changing.
    rests: f64,
    /// Seconds in a row beyond the upper and the lower threshold.
    beyond: (f64, f64),
}

impl Vertical {
    /// `None` where the scenario leaves the size alone. `first_cores` are those that the scenario gives an instance.
    pub fn new(settings: &Autoscaling, first_cores: f64) -> Option<Self> {
        let per_core = settings.cpu.request / first_cores;
        settings.vertical.map(|vertical| Self {
            settings: vertical,
            request_per_core: if per_core.is_finite() { per_core } else { 1.0 },
            cores: None,
            rests: f64::NEG_INFINITY,
            beyond: (0.0, 0.0),
        })
    }

    /// Another size, when the use was beyond a threshold long enough. Down only as far as the use stays below the upper
    /// threshold: to half, or by one core.
    pub fn answer(&mut self, at: f64, seen: &Seen, tick: f64, cores: f64) -> Option<Decision> {
        let settings = self.settings;
        let changed = self
            .cores
            .replace(cores)
            .is_some_and(|c| (c - cores).abs() > 1e-9);
        if changed || at < self.rests || cores <= 0.0 || !seen.cpu.is_finite() {
            self.beyond = (0.0, 0.0);
            return None;
        }
        // What is seen is a share of the request, which need not be the cores.
        let share = seen.cpu * self.request_per_core;
        let used = share * cores;
        let add = |before: f64, holds: bool| if holds { before + tick } else { 0.0 };
        self.beyond = (
            add(self.beyond.0, share > settings.threshold_up),
            add(self.beyond.1, share < settings.threshold_down),
        );
        let long = |secs: f64| secs > 0.0 && secs + 1e-9 >= settings.evaluation_period;
        let (to, side, threshold) = if long(self.beyond.0) {
            (
                (cores * 2.0).min(settings.max_cores),
                "above",
                settings.threshold_up,
            )
        } else if long(self.beyond.1) {
            let fits = |to: &f64| used / to < settings.threshold_up;
            let half = Some(cores / 2.0).filter(fits);
            let to = half.or_else(|| Some(cores - 1.0).filter(|to| *to > 0.0).filter(fits))?;
            (to.max(settings.min_cores), "below", settings.threshold_down)
        } else {
            return None;
        };
        // Bounds on the other side of the size there is do not turn the direction round.
        if (side == "above") != (to > cores) || (to - cores).abs() < 1e-9 {
            return None;
        }
        self.beyond = (0.0, 0.0);
        self.rests = at + settings.restart;
        let away = if settings.restart > 0.0 {
            format!(
                "; each instance is away {} while its size changes",
                seconds(settings.restart)
            )
        } else {
            String::new()
        };
        Some(Decision::Cores {
            to,
            why: format!(
                "CPU at {} of {} cores, {side} {} for {}: {} → {} cores{away}",
                share_words(share),
                cores_words(cores),
                share_words(threshold),
                seconds(settings.evaluation_period),
                cores_words(cores),
                cores_words(to),
            ),
        })
    }
}
