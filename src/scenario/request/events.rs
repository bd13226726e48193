//! What will happen, by time. An event is one number of 128 bits (time, sequence, kind, index), so that order is a
//! single comparison and events of one time come in the order they were planned in, after the edge of a step.

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
    /// A connection to the database is open.
    Connected,
    /// A query is done.
    Query,
    /// A request waited too long for a connection.
    Acquire,
    /// A job of the work queue is done.
    Chore,
    /// A replica takes over.
    Failover,
    /// It is looked how full the shards are.
    Rebalance,
}

const KINDS: [Kind; 22] = [
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
    Kind::Connected,
    Kind::Query,
    Kind::Acquire,
    Kind::Chore,
    Kind::Failover,
    Kind::Rebalance,
];

/// Children of an entry of the heap; four need half the levels of two.
const CHILDREN: usize = 4;

/// Events to come, in a heap. The first is left open after it was taken: most events plan another one at once, which
/// then goes down from there.
#[derive(Debug)]
pub(super) struct Events {
    heap: Vec<u128>,
    /// The first entry was taken and nothing has moved up.
    open: bool,
    sequence: u32,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            heap: Vec::new(),
            open: false,
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
        if self.open {
            self.open = false;
            self.down(key);
        } else {
            self.heap.push(key);
            self.up(key);
        }
    }

    /// The smallest child of an entry.
    #[inline]
    fn smallest_child(&self, of: usize) -> Option<(usize, u128)> {
        let first = of * CHILDREN + 1;
        let end = (first + CHILDREN).min(self.heap.len());
        let children = self.heap.get(first..end)?;
        let mut best = (first, *children.first()?);
        for (offset, key) in children.iter().enumerate().skip(1) {
            if *key < best.1 {
                best = (first + offset, *key);
            }
        }
        Some(best)
    }

    fn set(&mut self, place: usize, key: u128) {
        if let Some(entry) = self.heap.get_mut(place) {
            *entry = key;
        }
    }

    /// Puts a key where it belongs, from the first place down.
    #[inline]
    fn down(&mut self, key: u128) {
        let mut at = 0;
        while let Some((child, least)) = self.smallest_child(at).filter(|c| c.1 < key) {
            self.set(at, least);
            at = child;
        }
        self.set(at, key);
    }

    /// Puts the key that was added at the end where it belongs.
    #[inline]
    fn up(&mut self, key: u128) {
        let mut at = self.heap.len() - 1;
        while at > 0 {
            let parent = (at - 1) / CHILDREN;
            match self.heap.get(parent).copied() {
                Some(above) if above > key => self.set(at, above),
                _ => break,
            }
            at = parent;
        }
        self.set(at, key);
    }

    /// Closes the gap at the first place.
    fn close(&mut self) {
        if self.open {
            self.open = false;
            if let Some(last) = self.heap.pop().filter(|_| !self.heap.is_empty()) {
                self.down(last);
            }
        }
    }

    /// When the next one is; infinite where there is none.
    #[inline]
    pub(super) fn next_at(&self) -> f64 {
        let first = if self.open {
            self.smallest_child(0).map(|c| c.1)
        } else {
            self.heap.first().copied()
        };
        first.map_or(f64::INFINITY, |key| f64::from_bits((key >> 64) as u64))
    }

    /// Takes the next one.
    #[inline]
    pub(super) fn take(&mut self) -> Option<(Kind, u32)> {
        self.close();
        let key = *self.heap.first()?;
        self.open = true;
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

    /// Against a sorted list, with events planned while others are taken.
    #[test]
    fn the_heap_sorts() {
        let mut events = Events::default();
        let mut state = 1_u64;
        let mut draw = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 40) as f64
        };
        let mut expected: Vec<f64> = (0..200).map(|_| draw()).collect();
        for at in &expected {
            events.plan(*at, Kind::Done, 0);
        }
        for round in 0..300 {
            expected.sort_by(f64::total_cmp);
            let first = expected.remove(0);
            assert_eq!(events.next_at().to_bits(), first.to_bits());
            assert!(events.take().is_some());
            if round % 3 != 0 {
                let next = first + draw();
                expected.push(next);
                events.plan(next, Kind::Done, 0);
            }
            if expected.is_empty() {
                break;
            }
        }
        while events.take().is_some() {
            expected.pop();
        }
        assert!(expected.is_empty() && events.next_at().is_infinite());
    }

    #[test]
    fn the_list_of_kinds_is_in_the_order_of_their_numbers() {
        for (number, kind) in KINDS.iter().enumerate() {
            assert_eq!(*kind as usize, number);
        }
    }
}
