//! The instances a balancer may choose among, with the smallest key found in a tree of minima. Ties go by turn.

use crate::scenario::hash::place_of;

/// A tree of minima over places; empty places are [`u64::MAX`].
#[derive(Clone, Debug, Default)]
struct Minima {
    nodes: Vec<u64>,
    size: usize,
}

impl Minima {
    fn node(&self, at: usize) -> u64 {
        self.nodes.get(at).copied().unwrap_or(u64::MAX)
    }

    #[inline]
    fn set(&mut self, place: usize, key: u64) {
        if place >= self.size {
            self.grow(place + 1);
        }
        let mut at = self.size + place;
        if let Some(node) = self.nodes.get_mut(at) {
            *node = key;
        }
        while at > 1 {
            let best = self.node(at).min(self.node(at ^ 1));
            at /= 2;
            match self.nodes.get_mut(at) {
                Some(node) if *node != best => *node = best,
                _ => break,
            }
        }
    }

    fn grow(&mut self, places: usize) {
        let size = places.next_power_of_two();
        let mut nodes = vec![u64::MAX; size * 2];
        let leaves = self.nodes.get(self.size..).unwrap_or_default();
        for (new, old) in nodes.iter_mut().skip(size).zip(leaves) {
            *new = *old;
        }
        for at in (1..size).rev() {
            let best = match (nodes.get(2 * at), nodes.get(2 * at + 1)) {
                (Some(left), Some(right)) => *left.min(right),
                _ => u64::MAX,
            };
            if let Some(node) = nodes.get_mut(at) {
                *node = best;
            }
        }
        (self.nodes, self.size) = (nodes, size);
    }

    /// The first place at or after `from`, else from the beginning, that holds the smallest key.
    fn smallest(&self, from: usize) -> Option<usize> {
        let best = self.node(1);
        if best == u64::MAX {
            return None;
        }
        let mut at = self.size + from;
        if from >= self.size || self.node(at) != best {
            // Up until a right neighbour holds it; from the root where none does.
            loop {
                if from >= self.size || at <= 1 {
                    at = 1;
                    break;
                }
                if at.is_multiple_of(2) && self.node(at + 1) == best {
                    at += 1;
                    break;
                }
                at /= 2;
            }
        }
        while at < self.size {
            at = if self.node(2 * at) == best {
                2 * at
            } else {
                2 * at + 1
            };
        }
        Some(at - self.size)
    }
}

/// Members by place, and the key of each.
#[derive(Clone, Debug, Default)]
pub(super) struct Pool {
    members: Vec<u32>,
    keys: Minima,
    turn: usize,
}

impl Pool {
    pub(super) fn members(&self) -> &[u32] {
        &self.members
    }

    /// Adds a member; its place.
    pub(super) fn add(&mut self, member: u32, key: u64) -> usize {
        let place = self.members.len();
        self.members.push(member);
        self.keys.set(place, key);
        place
    }

    /// Takes the member of a place away; the member that stands there now, if another moved.
    pub(super) fn remove(&mut self, place: usize) -> Option<u32> {
        if place >= self.members.len() {
            return None;
        }
        self.members.swap_remove(place);
        let last = self.members.len();
        let key = self.keys.node(self.keys.size + last);
        self.keys.set(place, key);
        self.keys.set(last, u64::MAX);
        self.members.get(place).copied()
    }

    #[inline]
    pub(super) fn set_key(&mut self, place: usize, key: u64) {
        self.keys.set(place, key);
    }

    /// The next by turn.
    #[inline]
    pub(super) fn next(&mut self) -> Option<u32> {
        if self.turn >= self.members.len() {
            self.turn = 0;
        }
        let member = self.members.get(self.turn).copied();
        self.turn += 1;
        member
    }

    /// The member with the smallest key; ties by turn.
    #[inline]
    pub(super) fn smallest(&mut self) -> Option<u32> {
        let place = if self.members.len() == 1 {
            0
        } else {
            self.keys.smallest(self.turn)?
        };
        self.turn = place + 1;
        self.members.get(place).copied()
    }

    /// The same member for the same user as long as the members stay, and few others when they change.
    pub(super) fn hashed(&self, user: u64) -> Option<u32> {
        let place = place_of(user, self.members.len())?;
        self.members.get(place).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_by_turn_and_the_smallest_is_found_after_every_change() {
        let mut pool = Pool::default();
        for member in 0..5 {
            pool.add(member, 0);
        }
        let turns: Vec<u32> = (0..6).filter_map(|_| pool.smallest()).collect();
        assert_eq!(turns, [0, 1, 2, 3, 4, 0]);
        for (place, key) in [(0, 9), (1, 4), (2, 7), (3, 4), (4, 8)] {
            pool.set_key(place, key);
        }
        assert_eq!(pool.smallest(), Some(1));
        assert_eq!(pool.smallest(), Some(3));
        assert_eq!(pool.smallest(), Some(1));
        // The last one moves to the place that became free, with its key.
        assert_eq!(pool.remove(1), Some(4));
        assert_eq!(pool.smallest(), Some(3));
        assert_eq!(pool.remove(3), None);
        assert_eq!(pool.smallest(), Some(2));
        assert_eq!(pool.members(), [0, 4, 2]);
    }

    #[test]
    fn an_empty_pool_has_nobody() {
        let mut pool = Pool::default();
        assert_eq!(
            (pool.next(), pool.smallest(), pool.hashed(3)),
            (None, None, None)
        );
        pool.add(1, 5);
        pool.remove(0);
        assert_eq!((pool.next(), pool.smallest()), (None, None));
    }
}
