//! What is counted while a run goes on: by step and class, with the areas under busy workers and instances.

use crate::scenario::cost::Meter;
use crate::scenario::outcome::{StepFigures, StepTimes};

use super::histogram::Histogram;
use super::plan::Plan;

/// Counts of a class over the run.
#[derive(Clone, Debug, Default)]
pub(super) struct ClassCounts {
    pub times: Histogram,
    pub offered: u64,
    pub failed: u64,
    /// Within the step that goes on.
    now: Histogram,
    failed_now: u64,
}

/// Levels whose mean over time is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gauges {
    at: f64,
    busy: f64,
    workers: f64,
    /// Cores of an instance.
    size: f64,
    /// Instances in service.
    pub serving: u32,
    paid: u32,
    waiting: u64,
    areas: Areas,
    waiting_most: u64,
}

/// Integrals over time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Areas {
    pub busy: f64,
    pub workers: f64,
    pub serving: f64,
    pub waiting: f64,
    /// Instances that are paid for.
    pub paid: f64,
}

impl Areas {
    /// What was added since an earlier time.
    pub(super) fn since(&self, before: &Self) -> Self {
        Self {
            busy: self.busy - before.busy,
            workers: self.workers - before.workers,
            serving: self.serving - before.serving,
            waiting: self.waiting - before.waiting,
            paid: self.paid - before.paid,
        }
    }
}

impl Gauges {
    #[inline]
    fn until(&mut self, now: f64) {
        let span = now - self.at;
        self.areas.busy += span * self.busy;
        self.areas.workers += span * self.workers;
        self.areas.serving += span * f64::from(self.serving);
        self.areas.waiting += span * self.waiting as f64;
        self.areas.paid += span * f64::from(self.paid);
        self.at = now;
    }

    /// More or fewer workers are busy.
    #[inline]
    pub(super) fn busier(&mut self, now: f64, by: f64) {
        self.until(now);
        self.busy = (self.busy + by).max(0.0);
    }

    /// One more waits, or one fewer.
    #[inline]
    pub(super) fn waits(&mut self, now: f64, more: bool) {
        self.until(now);
        if more {
            self.waiting += 1;
            self.waiting_most = self.waiting_most.max(self.waiting);
        } else {
            self.waiting = self.waiting.saturating_sub(1);
        }
    }

    /// The fleet changed: instances in service, workers, those that are paid for, and cores of one.
    pub(super) fn fleet(&mut self, now: f64, serving: u32, workers: f64, paid: u32, cores: f64) {
        self.until(now);
        (self.serving, self.workers, self.paid) = (serving, workers, paid);
        self.size = cores;
    }

    /// The integrals up to a time.
    pub(super) fn areas(&mut self, now: f64) -> Areas {
        self.until(now);
        self.areas
    }
}

/// Everything counted in one repetition.
#[derive(Clone, Debug)]
pub(super) struct Recorder {
    pub classes: Vec<ClassCounts>,
    pub gauges: Gauges,
    /// At the start of the step.
    before: Areas,
    /// The warm-up is over.
    counting: bool,
    offered: u64,
    served: u64,
    failed: u64,
    cpu: f64,
    /// Processor seconds used so far, the warm-up included.
    pub cpu_ever: f64,
    wait_sum: f64,
    begun_at: f64,
    pub steps: Vec<StepFigures>,
    pub times: Vec<StepTimes>,
    merged: Histogram,
    pub peak_utilisation: f64,
    pub peak_cpu: f64,
    pub available_steps: u32,
    pub meter: Meter,
    /// Charged up to this time, and the cost of the step so far.
    charged: (f64, f64),
    totals: Totals,
}

/// Sums over the counted time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub offered: u64,
    pub served: u64,
    pub failed: u64,
    pub wait: f64,
    pub seconds: f64,
    pub busy_area: f64,
    pub worker_area: f64,
    pub paid_area: f64,
    pub waiting_most: u64,
    pub serving: (u32, u32),
}

impl Recorder {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            classes: vec![ClassCounts::default(); plan.classes.len()],
            gauges: Gauges::default(),
            before: Areas::default(),
            counting: false,
            offered: 0,
            served: 0,
            failed: 0,
            cpu: 0.0,
            cpu_ever: 0.0,
            wait_sum: 0.0,
            begun_at: 0.0,
            steps: Vec::with_capacity(plan.steps as usize),
            times: Vec::new(),
            merged: Histogram::default(),
            peak_utilisation: 0.0,
            peak_cpu: 0.0,
            available_steps: 0,
            meter: Meter::new(plan.scenario),
            charged: (0.0, 0.0),
            totals: Totals {
                serving: (u32::MAX, 0),
                ..Totals::default()
            },
        }
    }

    #[inline]
    pub(super) fn arrived(&mut self, class: u16) {
        if self.counting {
            self.offered += 1;
            if let Some(counts) = self.classes.get_mut(class as usize) {
                counts.offered += 1;
            }
        }
    }

    /// A good answer: seconds since the first sending, and before a worker took it.
    #[inline]
    pub(super) fn answered(&mut self, class: u16, response: f64, wait: f64) {
        if self.counting {
            self.served += 1;
            self.wait_sum += wait;
            if let Some(counts) = self.classes.get_mut(class as usize) {
                counts.now.record(response);
            }
        }
    }

    /// No good answer, and none will come.
    #[inline]
    pub(super) fn failed(&mut self, class: u16) {
        if self.counting {
            self.failed += 1;
            if let Some(counts) = self.classes.get_mut(class as usize) {
                counts.failed_now += 1;
            }
        }
    }

    /// Processor seconds were used.
    #[inline]
    pub(super) fn used(&mut self, cpu: f64) {
        self.cpu += cpu;
        self.cpu_ever += cpu;
    }

    /// The warm-up is over.
    pub(super) fn start(&mut self, now: f64) {
        self.before = self.gauges.areas(now);
        self.gauges.waiting_most = self.gauges.waiting;
        self.counting = true;
        self.charged = (now, 0.0);
        self.cpu = 0.0;
        self.begun_at = now;
    }

    /// Charges for the instances there were until now; to be called before their number or size changes.
    pub(super) fn charge(&mut self, now: f64) {
        if self.counting {
            let span = (now - self.charged.0).max(0.0);
            let paid = self.gauges.paid;
            let size = self.gauges.size;
            self.charged.1 += self.meter.step(span, paid, size, 0.0);
            self.charged.0 = now;
        }
    }

    /// A step is over. `cpu`: cores an instance uses without requests, and its CPU request; `behind`: share of the
    /// reads that caches answered, and connections in use.
    pub(super) fn close(
        &mut self,
        plan: &Plan,
        now: f64,
        cpu: (f64, f64),
        behind: (Option<f64>, Option<f64>),
    ) {
        self.charge(now);
        self.charged.1 += self.meter.step(0.0, 0, 0.0, self.served as f64);
        let span = (now - self.begun_at).max(f64::MIN_POSITIVE);
        let total = self.gauges.areas(now);
        let areas = total.since(&self.before);
        let after = self.gauges;
        let index = self.steps.len() as u32;
        let single = self.classes.len() == 1;
        for (counts, class) in self.classes.iter_mut().zip(&plan.classes) {
            counts.failed += counts.failed_now;
            if counts.now.total() + counts.failed_now > 0 {
                self.times.push(StepTimes {
                    step: index,
                    label: class.label.clone(),
                    good: counts.now.folded(plan.most_bins),
                    failed: counts.failed_now as f64,
                });
            }
            if !single {
                self.merged.merge(&counts.now);
            }
        }
        let all = match self.classes.first() {
            Some(only) if single => &only.now,
            _ => &self.merged,
        };
        let percentiles = all.percentiles([0.5, 0.95, 0.99]);
        let ratio = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        let utilisation = ratio(areas.busy, areas.workers).min(1.0);
        let (idle, request) = cpu;
        let used = ratio(self.cpu + idle * areas.serving, request * areas.serving);
        self.steps.push(StepFigures {
            at: self.begun_at - plan.warm_up,
            offered: self.offered as f64 / span,
            served: self.served as f64 / span,
            errors: self.failed as f64 / span,
            p50: percentiles.map(|p| p[0]),
            p95: percentiles.map(|p| p[1]),
            p99: percentiles.map(|p| p[2]),
            instances: after.serving,
            utilisation,
            cpu: used,
            queue: after.waiting as f64,
            cost: std::mem::take(&mut self.charged.1),
            cache_hits: behind.0,
            connections: behind.1,
        });
        let answers = self.served + self.failed;
        let failing = answers > 0 && self.failed * 2 >= answers;
        self.available_steps += u32::from(after.serving > 0 && !failing);
        self.peak_utilisation = self.peak_utilisation.max(utilisation);
        self.peak_cpu = self.peak_cpu.max(used);
        let totals = &mut self.totals;
        totals.offered += self.offered;
        totals.served += self.served;
        totals.failed += self.failed;
        totals.seconds += span;
        totals.busy_area += areas.busy;
        totals.worker_area += areas.workers;
        totals.paid_area += areas.paid;
        totals.serving = (
            totals.serving.0.min(after.serving),
            totals.serving.1.max(after.serving),
        );
        for counts in &mut self.classes {
            counts.times.merge(&counts.now);
            counts.now.clear();
            counts.failed_now = 0;
        }
        self.merged.clear();
        (self.offered, self.served, self.failed, self.cpu) = (0, 0, 0, 0.0);
        (self.before, self.begun_at) = (total, now);
    }

    /// Sums over the closed steps.
    pub(super) fn totals(&self) -> Totals {
        Totals {
            wait: self.wait_sum,
            waiting_most: self.gauges.waiting_most,
            ..self.totals
        }
    }
}
