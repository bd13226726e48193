//! What is kept of a run: figures by reported step, response times for verdicts, sums over all of it.

use crate::scenario::outcome::{ClassFigures, Event, StepFigures, StepTimes, Summary};

use super::mix::{Entry, Mix};
use super::plan::Plan;
use super::pools::Pools;

/// Reported steps at most; longer runs are reported in steps of several.
const MOST_REPORTED: u32 = 25_000;
/// Reported steps up to which response times are kept for each.
const MOST_TIMES: u32 = 3_000;
/// Steps of the fluid that a reported one may have.
const FOLDS: [u32; 14] = [1, 2, 3, 4, 6, 12, 24, 60, 120, 360, 720, 1440, 4320, 8640];
/// Events that are kept.
const MOST_EVENTS: usize = 1000;
/// Above this share of busy workers a step is an approximation.
const SURE: f64 = 0.85;

/// One step of the fluid.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StepSums {
    /// Requests: arrived for the first time, answered well, failed for good.
    pub offered: f64,
    pub good: f64,
    pub failed: f64,
    /// Sums over the good answers, seconds.
    pub response: f64,
    pub wait: f64,
    /// Means over the step; `busy` is the share of the workers there are.
    pub busy: f64,
    pub workers: f64,
    pub cpu: f64,
    /// At its end.
    pub queue: f64,
    pub instances: u32,
    pub paid: u32,
    pub cost: f64,
    pub cache_hits: Option<f64>,
    pub connections: Option<f64>,
    /// Busy share of the connections or of the busiest server of the database.
    pub behind: f64,
    /// Share of what reached an instance that failed there.
    pub failing: f64,
}

/// Sums of a lane over several steps: requests, and seconds of the good ones.
#[derive(Clone, Copy, Debug, Default)]
struct LaneSums {
    good: f64,
    failed: f64,
    response: f64,
}

/// Sums over several steps.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    steps: u32,
    offered: f64,
    good: f64,
    failed: f64,
    response: f64,
    wait: f64,
    busy: f64,
    workers: f64,
    cpu: f64,
    paid: f64,
    cost: f64,
    hits: f64,
}

impl Sums {
    fn add(&mut self, step: &StepSums) {
        self.steps += 1;
        self.offered += step.offered;
        self.good += step.good;
        self.failed += step.failed;
        self.response += step.response;
        self.wait += step.wait;
        self.busy += step.busy * step.workers;
        self.workers += step.workers;
        self.cpu += step.cpu;
        self.paid += f64::from(step.paid);
        self.cost += step.cost;
        self.hits += step.cache_hits.unwrap_or(0.0);
    }
}

/// Of one repetition.
pub(super) struct Tally {
    /// Steps of the fluid in a reported one, and reported ones in one for verdicts.
    fold: u32,
    slot: u32,
    now: Mix,
    slot_mix: Mix,
    all: Mix,
    folded: Sums,
    slot_sums: Sums,
    totals: Sums,
    /// By lane.
    slot_lanes: Vec<LaneSums>,
    all_lanes: Vec<LaneSums>,
    pub summary: Summary,
    pub classes: Vec<ClassFigures>,
    pub steps: Vec<StepFigures>,
    pub times: Vec<StepTimes>,
    pub events: Vec<Event>,
    pub left_out: usize,
    available: u32,
    /// Steps with busier workers than the approximation is good for.
    pub unsure: u32,
    /// Steps with a database as busy.
    pub unsure_behind: u32,
    /// Largest share of what reached an instance in a step that failed there.
    pub failing: f64,
    last: StepSums,
}

fn per(sum: f64, of: f64) -> f64 {
    if of > 0.0 { sum / of } else { 0.0 }
}

/// Of a class: its own lane, or its share of one for all, in which classes wait alike.
fn of_class(plan: &Plan, lanes: &[LaneSums], class: usize) -> LaneSums {
    let (Some(first), Some(of)) = (lanes.first(), plan.classes.get(class)) else {
        return LaneSums::default();
    };
    if plan.lanes.iter().any(|lane| lane.class.is_some()) {
        return lanes.get(class).copied().unwrap_or_default();
    }
    let good = first.good * of.share;
    LaneSums {
        good,
        failed: first.failed * of.share,
        response: first.response * of.share + good * (of.time.mean() - plan.mean_time()),
    }
}

impl Tally {
    pub(super) fn new(plan: &Plan) -> Self {
        let fold = FOLDS
            .into_iter()
            .find(|fold| plan.steps / fold <= MOST_REPORTED)
            .unwrap_or(plan.steps / MOST_REPORTED + 1);
        let reported = plan.steps.div_ceil(fold);
        let slot = if reported <= MOST_TIMES {
            1
        } else {
            (3600.0 / (plan.step * f64::from(fold))).round().max(1.0) as u32
        };
        Self {
            fold,
            slot,
            now: Mix::default(),
            slot_mix: Mix::default(),
            all: Mix::default(),
            folded: Sums::default(),
            slot_sums: Sums::default(),
            totals: Sums::default(),
            slot_lanes: vec![LaneSums::default(); plan.lanes.len()],
            all_lanes: vec![LaneSums::default(); plan.lanes.len()],
            summary: Summary {
                instances_min: u32::MAX,
                ..Summary::default()
            },
            classes: Vec::new(),
            steps: Vec::with_capacity(reported as usize),
            times: Vec::new(),
            events: Vec::new(),
            left_out: 0,
            available: 0,
            unsure: 0,
            unsure_behind: 0,
            failing: 0.0,
            last: StepSums::default(),
        }
    }

    /// Seconds of a reported step, and of one that verdicts are made on.
    pub(super) fn grains(&self, plan: &Plan) -> (f64, f64) {
        let reported = plan.step * f64::from(self.fold);
        (reported, reported * f64::from(self.slot))
    }

    pub(super) fn add(&mut self, entry: Entry) {
        self.now.add(entry);
    }

    /// Good answers of a lane, and the seconds they took together.
    pub(super) fn good(&mut self, lane: usize, count: f64, response: f64) {
        if let Some(sums) = self.slot_lanes.get_mut(lane) {
            sums.good += count;
            sums.response += response;
        }
    }

    /// Requests of a lane that failed for good.
    pub(super) fn failed(&mut self, lane: usize, count: f64) {
        if let Some(sums) = self.slot_lanes.get_mut(lane) {
            sums.failed += count;
        }
    }

    /// Forgets the warm-up.
    pub(super) fn start(&mut self) {
        self.now.clear();
        self.slot_lanes.fill(LaneSums::default());
    }

    pub(super) fn event(&mut self, event: Event) {
        if self.events.len() < MOST_EVENTS {
            self.events.push(event);
        } else {
            self.left_out += 1;
        }
    }

    /// A step of the fluid is over; `index` counts from the end of the warm-up.
    pub(super) fn step(&mut self, plan: &Plan, pools: &Pools, index: u32, step: StepSums) {
        self.folded.add(&step);
        self.last = step;
        let summary = &mut self.summary;
        summary.utilisation_peak = summary.utilisation_peak.max(step.busy);
        summary.cpu_peak = summary.cpu_peak.max(step.cpu);
        summary.queue_max = summary.queue_max.max(step.queue);
        summary.instances_min = summary.instances_min.min(step.instances);
        summary.instances_max = summary.instances_max.max(step.instances);
        self.unsure += u32::from(step.busy > SURE);
        self.unsure_behind += u32::from(step.behind > SURE);
        self.failing = self.failing.max(step.failing);
        let ended = step.good + step.failed;
        self.available +=
            u32::from(step.instances > 0 && !(ended > 0.0 && step.failed * 2.0 >= ended));
        if (index + 1).is_multiple_of(self.fold) || index + 1 == plan.steps {
            self.close(plan, pools, index);
        }
    }

    /// A reported step is over.
    fn close(&mut self, plan: &Plan, pools: &Pools, index: u32) {
        let sums = std::mem::take(&mut self.folded);
        let secs = f64::from(sums.steps) * plan.step;
        let count = f64::from(sums.steps);
        let percentiles = self
            .now
            .percentiles(pools, &plan.bins, None, [0.5, 0.95, 0.99]);
        let last = self.last;
        self.steps.push(StepFigures {
            at: f64::from(index + 1 - sums.steps) * plan.step,
            offered: sums.offered / secs,
            served: sums.good / secs,
            errors: sums.failed / secs,
            p50: percentiles.map(|[p50, _, _]| p50),
            p95: percentiles.map(|[_, p95, _]| p95),
            p99: percentiles.map(|[_, _, p99]| p99),
            instances: last.instances,
            utilisation: per(sums.busy, sums.workers),
            cpu: sums.cpu / count,
            queue: last.queue,
            cost: sums.cost,
            cache_hits: last.cache_hits.map(|_| sums.hits / count),
            connections: last.connections,
        });
        for total in [&mut self.slot_sums, &mut self.totals] {
            total.steps += sums.steps;
            total.offered += sums.offered;
            total.good += sums.good;
            total.failed += sums.failed;
            total.response += sums.response;
            total.wait += sums.wait;
            total.busy += sums.busy;
            total.workers += sums.workers;
            total.cpu += sums.cpu;
            total.paid += sums.paid;
            total.cost += sums.cost;
        }
        self.now.pour(&mut self.slot_mix);
        let reported = self.steps.len() as u32;
        if reported.is_multiple_of(self.slot) || index + 1 == plan.steps {
            self.close_slot(plan, pools, reported);
        }
    }

    fn close_slot(&mut self, plan: &Plan, pools: &Pools, reported: u32) {
        let sums = std::mem::take(&mut self.slot_sums);
        if sums.good + sums.failed > 0.0 {
            let first = (reported - 1) / self.slot * self.slot;
            for (class, of) in plan.classes.iter().enumerate() {
                let LaneSums { good, failed, .. } = of_class(plan, &self.slot_lanes, class);
                self.times.push(StepTimes {
                    step: first,
                    label: of.label.clone(),
                    good: self.slot_mix.bins(pools, &plan.bins, class, good),
                    failed,
                });
            }
        }
        for (slot, all) in self.slot_lanes.iter_mut().zip(&mut self.all_lanes) {
            all.good += slot.good;
            all.failed += slot.failed;
            all.response += slot.response;
            *slot = LaneSums::default();
        }
        self.slot_mix.pour(&mut self.all);
    }

    /// The run is over.
    pub(super) fn finish(&mut self, plan: &Plan, pools: &Pools) {
        let totals = self.totals;
        let secs = f64::from(totals.steps) * plan.step;
        let bins = &plan.bins;
        let shares = [0.5, 0.95, 0.99];
        let [p50, p95, p99] = self
            .all
            .percentiles(pools, bins, None, shares)
            .unwrap_or_default();
        let summary = &mut self.summary;
        summary.offered = totals.offered;
        summary.offered_per_sec = per(totals.offered, secs).into();
        summary.served_per_sec = per(totals.good, secs).into();
        summary.error_rate = per(totals.failed, totals.offered).min(1.0).into();
        summary.mean = per(totals.response, totals.good).into();
        summary.wait_mean = per(totals.wait, totals.good).into();
        (summary.p50, summary.p95, summary.p99) = (p50.into(), p95.into(), p99.into());
        summary.utilisation_mean = per(totals.busy, totals.workers).into();
        summary.instances_min = summary.instances_min.min(summary.instances_max);
        summary.instance_hours = totals.paid * plan.step / 3600.0;
        summary.availability = per(f64::from(self.available), f64::from(totals.steps));
        summary.cost = totals.cost;
        self.classes = plan
            .classes
            .iter()
            .enumerate()
            .map(|(class, of)| {
                let [p50, p95, p99] = self
                    .all
                    .percentiles(pools, bins, Some(class), shares)
                    .unwrap_or_default();
                let sums = of_class(plan, &self.all_lanes, class);
                ClassFigures {
                    label: of.label.clone(),
                    offered: totals.offered * of.share,
                    served: sums.good,
                    mean: per(sums.response, sums.good),
                    p50,
                    p95,
                    p99,
                }
            })
            .collect();
    }
}
