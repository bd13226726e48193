//! Shedding by priority: the least important requests go first, from a share of the places to wait on; the others at
//! even distances up to all places; priority 0 never.
//!
//! As long as it is enough that some of a class go, the queue stays below the share of the places at which they do. So
//! the queue is taken to have that many places, and who finds none is of that class or of one less important.

use super::plan::Plan;

/// Lanes that are shed, the least important first, each with its share of the places to wait.
pub(super) struct Shed {
    order: Vec<(usize, f64)>,
}

impl Shed {
    /// Users who wait for their answer are not shed here.
    pub(super) fn new(plan: &Plan) -> Self {
        let service = &plan.scenario.service;
        let least = service.classes.iter().map(|c| c.priority).max();
        let least = f64::from(least.unwrap_or(0));
        let mut order: Vec<(usize, f64)> = Vec::new();
        if let (Some(from), None) = (service.shed_at, plan.think) {
            let from = from.clamp(0.0, 1.0);
            order.extend(
                service
                    .classes
                    .iter()
                    .enumerate()
                    .filter(|(_, class)| class.priority > 0)
                    .map(|(lane, class)| {
                        let later = 1.0 - f64::from(class.priority) / least;
                        (lane, from + (1.0 - from) * later)
                    }),
            );
            order.sort_by(|a, b| a.1.total_cmp(&b.1));
        }
        Self { order }
    }

    pub(super) fn active(&self) -> bool {
        !self.order.is_empty()
    }

    /// Share of the places to wait that fill up when `coming` (by lane) is asked of those who can do `can`.
    pub(super) fn room(&self, coming: &[f64], can: f64) -> f64 {
        let mut left: f64 = coming.iter().sum();
        for (lane, from) in &self.order {
            left -= coming.get(*lane).copied().unwrap_or(0.0);
            if left < can {
                return *from;
            }
        }
        1.0
    }

    /// Takes `away` from `coming` (both in work), equally important ones in proportion; what nobody had is handed back.
    pub(super) fn take(&self, mut away: f64, coming: &mut [f64]) -> f64 {
        let mut cut = |coming: &mut [f64], among: &dyn Fn(usize) -> bool| {
            let each = coming.iter().enumerate().filter(|(lane, _)| among(*lane));
            let there: f64 = each.map(|(_, work)| work).sum();
            if there > 0.0 && away > 0.0 {
                let part = (away / there).min(1.0);
                let each = coming.iter_mut().enumerate();
                for (_, work) in each.filter(|(lane, _)| among(*lane)) {
                    *work *= 1.0 - part;
                }
                away -= part * there;
            }
        };
        for equal in self.order.chunk_by(|a, b| a.1.to_bits() == b.1.to_bits()) {
            cut(coming, &|lane| equal.iter().any(|(at, _)| *at == lane));
        }
        cut(coming, &|_| true);
        away.max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lanes of 300, 100, 100 and 500; the second and third go first, then the fourth, the first never.
    #[test]
    fn the_least_important_go_first_and_fill_their_share_of_the_places() {
        let shed = Shed {
            order: vec![(1, 0.5), (2, 0.5), (3, 0.75)],
        };
        let coming = [300.0, 100.0, 100.0, 500.0];
        for (can, room) in [(2000.0, 0.5), (950.0, 0.5), (700.0, 0.75), (200.0, 1.0)] {
            assert!((shed.room(&coming, can) - room).abs() < 1e-12, "{can}");
        }
        for (away, left) in [
            (50.0, [300.0, 75.0, 75.0, 500.0]),
            (300.0, [300.0, 0.0, 0.0, 400.0]),
            (850.0, [150.0, 0.0, 0.0, 0.0]),
        ] {
            let mut stays = coming;
            assert!(shed.take(away, &mut stays) < 1e-9);
            for (a, b) in stays.iter().zip(left) {
                assert!((a - b).abs() < 1e-9, "{stays:?}");
            }
        }
        let mut stays = coming;
        assert!((shed.take(1200.0, &mut stays) - 200.0).abs() < 1e-9);
        assert!(!Shed { order: Vec::new() }.active());
    }
}
