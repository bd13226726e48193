//! How many instances are ready, and since when: an engine tells only their number, and Kubernetes sets the young ones
//! aside.

use std::collections::VecDeque;

use crate::scenario::model::ScaleMetric;

use super::Fleet;
use super::hpa::{CPU_INITIALIZATION, Pods, Readiness};

/// Instances that became ready together.
#[derive(Clone, Copy, Debug)]
struct Cohort {
    /// Second at which they were first seen ready.
    ready: f64,
    /// Seconds they took to get there.
    boot: f64,
    count: u32,
}

/// The young ones of the fleet; all others have been ready for long.
#[derive(Clone, Debug, Default)]
pub struct Roll {
    /// Oldest first.
    young: VecDeque<Cohort>,
    /// Ready at the last look; `None` before the first.
    ready: Option<u32>,
}

impl Roll {
    /// Takes down who is there. Instances that went are the youngest, as in Kubernetes.
    pub fn call(&mut self, at: f64, fleet: &Fleet, boot: f64) {
        let before = self.ready.replace(fleet.ready).unwrap_or(fleet.ready);
        if fleet.ready > before {
            self.young.push_back(Cohort {
                ready: at,
                boot,
                count: fleet.ready - before,
            });
        }
        let mut gone = before.saturating_sub(fleet.ready);
        while gone > 0 {
            let Some(last) = self.young.back_mut() else {
                break;
            };
            let taken = gone.min(last.count);
            last.count -= taken;
            gone -= taken;
            if last.count == 0 {
                self.young.pop_back();
            }
        }
        while self
            .young
            .front()
            .is_some_and(|c| at - c.ready + c.boot >= CPU_INITIALIZATION)
        {
            self.young.pop_front();
        }
    }

    /// The pods as a metric sees them, whose samples were taken `delay` seconds ago over `window` seconds.
    pub fn pods(
        &self,
        at: f64,
        fleet: &Fleet,
        metric: ScaleMetric,
        delay: f64,
        window: f64,
    ) -> Pods {
        let young = |apart: &dyn Fn(&Cohort) -> bool| {
            self.young
                .iter()
                .filter(|c| apart(c))
                .fold(0_u32, |sum, c| sum.saturating_add(c.count))
        };
        let booting = fleet.total().saturating_sub(fleet.ready);
        let (unready, missing) = match metric {
            ScaleMetric::CpuUtilization => {
                let aside = young(&|c| {
                    Readiness {
                        age: at - c.ready + c.boot,
                        ready: true,
                        // They turned ready at some time since the look before.
                        since: at - c.ready + window / 2.0,
                        sample: (delay, window),
                    }
                    .set_aside()
                });
                (booting.saturating_add(aside), 0)
            }
            ScaleMetric::ResponseTime => (booting, 0),
            _ => (booting, young(&|c| at - c.ready < delay)),
        };
        let aside = unready.saturating_sub(booting).saturating_add(missing);
        Pods {
            counted: fleet.ready.saturating_sub(aside),
            unready,
            missing,
        }
    }
}
