//! What will happen, by time. An event is one number of 128 bits (time, sequence, kind, index), so that order is a
//! single comparison and events of one time come in the order they were planned in, after the edge of a step.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Bits of the index.
const INDEX: u32 = 27;
/// Largest index an event can carry.
pub(super) const MOST: usize = (1 << INDEX) - 1;

/// Kinds of events; the index names a job, an instance, a user or an entry of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A worker is done with a job.
    Done,
    /// A job is sent again.
    Retry,
    /// A user asks.
    Ask,
    /// The number of users follows its level.
    Users,
    /// A step of the report ends.
    Step,
    /// An instance under the scalability law finishes its next job.
    Share,
    /// The autoscaler looks.
    Look,
    /// An instance takes traffic.
    Ready,
    /// An instance has its full speed.
    Warm,
    /// An instance changes its size.
    Resize,
    /// The balancer notices what became of an instance.
    Notice,
    /// A circuit breaker tries again.
    Trial,
    /// A fault of the scenario begins or ends.
    Fault,
    /// Something breaks by itself.
    Break,
    /// It is back.
    Repair,
    /// A new version begins, or is judged.
    Rollout,
}

const KINDS: [Kind; 16] = [
    Kind::Done,
    Kind::Retry,
    Kind::Ask,
    Kind::Users,
    Kind::Step,
    Kind::Share,
    Kind::Look,
    Kind::Ready,
    Kind::Warm,
    Kind::Resize,
    Kind::Notice,
    Kind::Trial,
    Kind::Fault,
    Kind::Break,
    Kind::Repair,
    Kind::Rollout,
];

/// Events to come.
#[derive(Debug)]
pub(super) struct Events {
    heap: BinaryHeap<Reverse<u128>>,
    sequence: u32,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            heap: BinaryHeap::new(),
            sequence: 1,
        }
    }
}

impl Events {
    /// Plans an event at a time of at least zero; never, where the time is not a number or without end.
    #[inline]
    pub(super) fn plan(&mut self, at: f64, kind: Kind, index: u32) {
        if !at.is_finite() {
            return;
        }
        // What happens at the edge of two steps belongs to the later one.
        let sequence = if kind == Kind::Step { 0 } else { self.sequence };
        let tail = ((kind as u32) << INDEX) | (index & MOST as u32);
        let key = (u128::from(at.max(0.0).to_bits()) << 64)
            | (u128::from(sequence) << 32)
            | u128::from(tail);
        self.sequence = self.sequence.wrapping_add(1).max(1);
        self.heap.push(Reverse(key));
    }

    /// When the next one is; infinite where there is none.
    #[inline]
    pub(super) fn next_at(&self) -> f64 {
        self.heap.peek().map_or(f64::INFINITY, |Reverse(key)| {
            f64::from_bits((key >> 64) as u64)
        })
    }

    /// Takes the next one.
    #[inline]
    pub(super) fn take(&mut self) -> Option<(Kind, u32)> {
        let Reverse(key) = self.heap.pop()?;
        let tail = key as u32;
        let kind = KINDS.get((tail >> INDEX) as usize)?;
        Some((*kind, tail & MOST as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_time_then_by_order_of_planning() {
        let mut events = Events::default();
        events.plan(2.0, Kind::Step, 7);
        events.plan(1.0, Kind::Retry, 3);
        events.plan(1.0, Kind::Done, 9);
        events.plan(1.0, Kind::Step, 4);
        events.plan(f64::NAN, Kind::Done, 1);
        events.plan(f64::INFINITY, Kind::Done, 1);
        assert!((events.next_at() - 1.0).abs() < 1e-12);
        assert_eq!(events.take(), Some((Kind::Step, 4)));
        assert_eq!(events.take(), Some((Kind::Retry, 3)));
        assert_eq!(events.take(), Some((Kind::Done, 9)));
        assert_eq!(events.take(), Some((Kind::Step, 7)));
        assert_eq!(events.take(), None);
        assert!(events.next_at().is_infinite());
    }

    #[test]
    fn the_list_of_kinds_is_in_the_order_of_their_numbers() {
        for (number, kind) in KINDS.iter().enumerate() {
            assert_eq!(*kind as usize, number);
        }
    }
}
