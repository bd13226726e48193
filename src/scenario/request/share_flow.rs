//! Jobs at instances under the scalability law: nobody waits for a worker, all get slower together.

use super::events::Kind;
use super::jobs::Stage;
use super::sim::Sim;

impl Sim<'_> {
    /// A job joins those that share an instance.
    pub(super) fn join(&mut self, place: u32, number: u32) {
        let plan = self.plan;
        let Some(law) = &plan.law else {
            return;
        };
        let (Some(job), Some(instance)) = (self.jobs.get_mut(place), self.fleet.get_mut(number))
        else {
            return;
        };
        job.begun = self.clock;
        job.instance = number;
        job.stage = Stage::Working;
        let before = plan.load(instance.busy);
        instance.busy += 1;
        let more = plan.load(instance.busy) - before;
        let means = job.demand / plan.mean_demand;
        let speed = instance.speed;
        let next = instance.sharing.join(self.clock, place, means, law, speed);
        self.events.plan(next, Kind::Share, number);
        self.record.gauges.busier(self.clock, more);
    }

    /// An instance's next job ends, unless that was planned before something changed.
    pub(super) fn share_done(&mut self, number: u32) {
        let plan = self.plan;
        let (Some(law), Some(instance)) = (&plan.law, self.fleet.get_mut(number)) else {
            return;
        };
        if instance.sharing.planned.to_bits() != self.clock.to_bits() {
            return;
        }
        let speed = instance.speed;
        let Some((place, next)) = instance.sharing.leave(self.clock, law, speed) else {
            return;
        };
        let before = plan.load(instance.busy);
        instance.busy = instance.busy.saturating_sub(1);
        let fewer = plan.load(instance.busy) - before;
        self.events.plan(next, Kind::Share, number);
        self.record.gauges.busier(self.clock, fewer);
        let Some(job) = self.jobs.get(place).copied() else {
            return;
        };
        self.jobs.free(place);
        self.leaves_if_done(number);
        self.fleet.touched(number, self.clock);
        self.answers(job);
    }
}
