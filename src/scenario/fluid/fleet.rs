//! The instances over time: in service, booting, warming up, slow, dead. Equal ones are kept together, so that ten
//! thousand cost as little as two.

use crate::scenario::Scenario;

/// A time that has not come and will not.
const NEVER: f64 = f64::NEG_INFINITY;

/// What becomes of a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// Takes traffic.
    Serving,
    /// Takes none until then.
    Booting(f64),
    /// Dead; the balancer still sends to it until `seen`, and it is back at `back`.
    Dead { seen: f64, back: f64 },
}

/// Equal instances.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Batch {
    group: usize,
    count: u32,
    state: State,
    /// When they were started.
    born: f64,
    /// Slower until then; [`NEVER`] where it is warm.
    warming: f64,
    /// Work takes so many times as long, until `slow_until`; [`NEVER`] where it is not slow.
    slow: f64,
    slow_until: f64,
}

/// Instances of one speed and group that take traffic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Kind {
    pub group: usize,
    pub count: u32,
    /// Relative to the service's speed.
    pub speed: f64,
}

/// All of them.
#[derive(Clone, Debug)]
pub(super) struct Fleet {
    batches: Vec<Batch>,
    speeds: Vec<f64>,
    names: Vec<String>,
    weights: Vec<f64>,
    boot: f64,
    warm_up: f64,
    warm_speed: f64,
    /// Next time at which something changes by itself.
    next: f64,
}

impl Fleet {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let groups = &scenario.topology.groups;
        let scaling = &scenario.autoscaling;
        let mut fleet = Self {
            batches: Vec::new(),
            speeds: groups.iter().map(|g| positive(g.speed)).collect(),
            names: groups.iter().map(|g| g.name.clone()).collect(),
            weights: groups
                .iter()
                .map(|g| f64::from(g.instances) + 1e-9 * g.weight.max(0.0))
                .collect(),
            boot: scaling.boot.max(0.0),
            warm_up: scaling.warm_up.max(0.0),
            warm_speed: scaling.warm_up_speed.clamp(0.01, 1.0),
            next: f64::INFINITY,
        };
        for (group, entry) in groups.iter().enumerate() {
            fleet.add(group, entry.instances, State::Serving, NEVER, NEVER);
        }
        fleet
    }

    fn add(&mut self, group: usize, count: u32, state: State, born: f64, warming: f64) {
        if count > 0 {
            self.batches.push(Batch {
                group,
                count,
                state,
                born,
                warming,
                slow: 1.0,
                slow_until: NEVER,
            });
        }
    }

    /// Lets happen what is due: whether anything changed, and how many dead ones are back.
    pub(super) fn advance(&mut self, now: f64) -> (bool, u32) {
        if now < self.next {
            return (false, 0);
        }
        let (mut changed, mut revived) = (false, 0);
        for batch in &mut self.batches {
            match batch.state {
                State::Booting(until) if until <= now => {
                    batch.state = State::Serving;
                    batch.warming = until + self.warm_up;
                    changed = true;
                }
                State::Dead { back, .. } if back <= now => {
                    batch.state = State::Serving;
                    revived += batch.count;
                    changed = true;
                }
                State::Dead { ref mut seen, .. } if *seen <= now && seen.is_finite() => {
                    *seen = NEVER;
                    changed = true;
                }
                _ => {}
            }
            if batch.warming > NEVER && batch.warming <= now {
                batch.warming = NEVER;
                changed = true;
            }
            if batch.slow_until > NEVER && batch.slow_until <= now {
                (batch.slow, batch.slow_until) = (1.0, NEVER);
                changed = true;
            }
        }
        self.merge();
        self.plan();
        (changed, revived)
    }

    /// Puts equal batches together.
    fn merge(&mut self) {
        let mut merged: Vec<Batch> = Vec::with_capacity(self.batches.len());
        for batch in &self.batches {
            let twin = merged.iter_mut().find(|other| {
                other.state == batch.state
                    && other.group == batch.group
                    && other.warming.to_bits() == batch.warming.to_bits()
                    && other.slow.to_bits() == batch.slow.to_bits()
                    && other.slow_until.to_bits() == batch.slow_until.to_bits()
                    && (other.state == State::Serving
                        || other.born.to_bits() == batch.born.to_bits())
            });
            match twin {
                Some(other) => other.count = other.count.saturating_add(batch.count),
                None if batch.count > 0 => merged.push(*batch),
                None => {}
            }
        }
        self.batches = merged;
    }

    fn plan(&mut self) {
        self.next = self
            .batches
            .iter()
            .flat_map(|b| {
                let (first, second) = match b.state {
                    State::Booting(until) => (until, f64::INFINITY),
                    State::Dead { seen, back } => (seen, back),
                    State::Serving => (f64::INFINITY, f64::INFINITY),
                };
                [first, second, b.warming, b.slow_until]
            })
            .filter(|at| *at > NEVER)
            .fold(f64::INFINITY, f64::min);
    }

    /// Those that take traffic, by speed and group.
    pub(super) fn serving(&self) -> Vec<Kind> {
        let mut kinds: Vec<Kind> = Vec::new();
        for batch in self.batches.iter().filter(|b| b.state == State::Serving) {
            let group = self.speeds.get(batch.group).copied().unwrap_or(1.0);
            let warm = if batch.warming > NEVER {
                self.warm_speed
            } else {
                1.0
            };
            let speed = group * warm / batch.slow;
            match kinds
                .iter_mut()
                .find(|k| k.group == batch.group && k.speed.to_bits() == speed.to_bits())
            {
                Some(kind) => kind.count += batch.count,
                None => kinds.push(Kind {
                    group: batch.group,
                    count: batch.count,
                    speed,
                }),
            }
        }
        kinds.sort_by(|a, b| {
            (a.group, a.speed)
                .partial_cmp(&(b.group, b.speed))
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        kinds
    }

    fn count(&self, wanted: impl Fn(&Batch) -> bool) -> u32 {
        self.batches
            .iter()
            .filter(|b| wanted(b))
            .fold(0, |sum, b| sum.saturating_add(b.count))
    }

    /// Instances in service.
    pub(super) fn ready(&self) -> u32 {
        self.count(|b| b.state == State::Serving)
    }

    /// Dead ones that the balancer still sends to.
    pub(super) fn unnoticed(&self, now: f64) -> u32 {
        self.count(|b| matches!(b.state, State::Dead { seen, .. } if seen > now))
    }

    /// How much of the next `secs` seconds they go unnoticed, mean over all of them, 0..1.
    pub(super) fn unnoticed_for(&self, now: f64, secs: f64) -> f64 {
        let (mut count, mut sum) = (0.0, 0.0);
        for batch in &self.batches {
            if let State::Dead { seen, .. } = batch.state
                && seen > now
            {
                count += f64::from(batch.count);
                sum += f64::from(batch.count) * ((seen - now) / secs).min(1.0);
            }
        }
        if count > 0.0 { sum / count } else { 0.0 }
    }

    /// The same in a group.
    pub(super) fn unnoticed_in(&self, group: usize, now: f64) -> u32 {
        self.count(|b| {
            b.group == group && matches!(b.state, State::Dead { seen, .. } if seen > now)
        })
    }

    /// In service in a group.
    pub(super) fn ready_in(&self, group: usize) -> u32 {
        self.count(|b| b.group == group && b.state == State::Serving)
    }

    /// In service or on their way.
    pub(super) fn paid(&self) -> u32 {
        self.count(|b| !matches!(b.state, State::Dead { .. }))
    }

    /// Seconds since each of those on their way was started.
    pub(super) fn booting(&self, now: f64) -> Vec<f64> {
        self.batches
            .iter()
            .filter(|b| matches!(b.state, State::Booting(_)))
            .flat_map(|b| std::iter::repeat_n(now - b.born, b.count as usize))
            .collect()
    }

    /// Starts or stops instances until there are `to`, those on their way included; the youngest go first.
    pub(super) fn scale(&mut self, to: u32, now: f64) {
        let have = self.paid();
        if to > have {
            self.start(to - have, now);
        }
        let mut away = have.saturating_sub(to);
        self.batches.sort_by(|a, b| {
            b.born
                .total_cmp(&a.born)
                .then_with(|| a.group.cmp(&b.group))
        });
        for booting in [true, false] {
            for batch in &mut self.batches {
                let fits = match batch.state {
                    State::Booting(_) => booting,
                    State::Serving => !booting,
                    State::Dead { .. } => false,
                };
                if fits {
                    let gone = batch.count.min(away);
                    batch.count -= gone;
                    away -= gone;
                }
            }
        }
        self.merge();
        self.plan();
    }

    /// New ones go where the share of the group asks for them.
    fn start(&mut self, count: u32, now: f64) {
        let mut have: Vec<f64> = vec![0.0; self.weights.len()];
        for batch in &self.batches {
            if let (false, Some(slot)) = (
                matches!(batch.state, State::Dead { .. }),
                have.get_mut(batch.group),
            ) {
                *slot += f64::from(batch.count);
            }
        }
        let mut more = vec![0_u32; have.len()];
        for _ in 0..count.min(1_000_000) {
            let next = have
                .iter()
                .zip(&self.weights)
                .map(|(have, weight)| (have + 1.0) / weight.max(1e-12))
                .enumerate()
                .min_by(|a, b| a.1.total_cmp(&b.1))
                .map_or(0, |(group, _)| group);
            if let (Some(slot), Some(more)) = (have.get_mut(next), more.get_mut(next)) {
                *slot += 1.0;
                *more += 1;
            }
        }
        for (group, count) in more.into_iter().enumerate() {
            let state = if self.boot > 0.0 {
                State::Booting(now + self.boot)
            } else {
                State::Serving
            };
            let warming = if self.boot > 0.0 || self.warm_up <= 0.0 {
                NEVER
            } else {
                now + self.warm_up
            };
            self.add(group, count, state, now, warming);
        }
    }

    /// Index of a group by its name.
    pub(super) fn group(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n == name)
    }

    /// Takes `count` out of service until `back` (infinite for good), of one group or of any; how many there were. The
    /// balancer notices at `seen`.
    pub(super) fn kill(&mut self, count: u32, group: Option<usize>, seen: f64, back: f64) -> u32 {
        let mut left = count;
        let mut dead = Vec::new();
        for batch in &mut self.batches {
            if batch.state == State::Serving && group.is_none_or(|g| g == batch.group) {
                let gone = batch.count.min(left);
                batch.count -= gone;
                left -= gone;
                if gone > 0 && (back.is_finite() || seen > NEVER) {
                    dead.push(Batch {
                        count: gone,
                        state: State::Dead { seen, back },
                        ..*batch
                    });
                }
            }
        }
        self.batches.extend(dead);
        self.merge();
        self.plan();
        count - left
    }

    /// Makes `count` of those in service slower until a time.
    pub(super) fn slow(&mut self, count: u32, factor: f64, until: f64) -> u32 {
        let mut left = count;
        let mut slow = Vec::new();
        for batch in &mut self.batches {
            if batch.state == State::Serving && batch.slow_until <= NEVER {
                let hit = batch.count.min(left);
                batch.count -= hit;
                left -= hit;
                if hit > 0 {
                    slow.push(Batch {
                        count: hit,
                        slow: positive(factor),
                        slow_until: until,
                        ..*batch
                    });
                }
            }
        }
        self.batches.extend(slow);
        self.merge();
        self.plan();
        count - left
    }
}

fn positive(value: f64) -> f64 {
    if value.is_finite() && value > 0.0 {
        value
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::model::InstanceGroup;

    fn fleet(instances: u32) -> Fleet {
        let mut scenario = Scenario::default();
        scenario.topology.groups = vec![InstanceGroup {
            instances,
            ..InstanceGroup::default()
        }];
        scenario.autoscaling.boot = 30.0;
        scenario.autoscaling.warm_up = 20.0;
        scenario.autoscaling.warm_up_speed = 0.5;
        Fleet::new(&scenario)
    }

    #[test]
    fn instances_boot_warm_up_and_go_youngest_first() {
        let mut fleet = fleet(2);
        fleet.scale(5, 100.0);
        assert_eq!((fleet.ready(), fleet.paid()), (2, 5));
        assert_eq!(fleet.booting(110.0), [10.0, 10.0, 10.0]);
        assert_eq!(fleet.advance(129.0), (false, 0));
        assert_eq!(fleet.advance(130.0), (true, 0));
        let speeds: Vec<(u32, f64)> = fleet.serving().iter().map(|k| (k.count, k.speed)).collect();
        assert_eq!(speeds, [(3, 0.5), (2, 1.0)]);
        assert_eq!(fleet.advance(150.0), (true, 0));
        assert_eq!(fleet.serving().len(), 1);
        fleet.scale(6, 200.0);
        fleet.scale(4, 205.0);
        assert_eq!((fleet.ready(), fleet.paid()), (4, 4));
        // Also before the run begins.
        let mut early = self::fleet(1);
        early.scale(2, -100.0);
        assert_eq!(early.advance(-70.0), (true, 0));
        assert_eq!(early.serving().len(), 2);
        assert_eq!(early.advance(-50.0), (true, 0));
        assert_eq!(early.serving().len(), 1);
    }

    #[test]
    fn the_dead_come_back_and_slow_ones_recover() {
        let mut fleet = fleet(4);
        assert_eq!(fleet.kill(3, None, 60.0, 90.0), 3);
        assert_eq!((fleet.ready(), fleet.unnoticed(50.0)), (1, 3));
        assert!((fleet.unnoticed_for(58.0, 5.0) - 0.4).abs() < 1e-12);
        assert_eq!(fleet.advance(60.0), (true, 0));
        assert_eq!((fleet.ready(), fleet.unnoticed(60.0)), (1, 0));
        assert_eq!(fleet.advance(90.0), (true, 3));
        assert_eq!(fleet.ready(), 4);
        assert_eq!(fleet.slow(9, 4.0, 120.0), 4);
        assert_eq!(fleet.serving().first().map(|k| k.speed), Some(0.25));
        assert_eq!(fleet.advance(120.0), (true, 0));
        assert_eq!(fleet.serving().first().map(|k| k.speed), Some(1.0));
    }
}
