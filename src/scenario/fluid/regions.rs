//! Where requests go that are answered in their sender's region first: at home, elsewhere where home has nobody, or
//! nowhere where it is cut off.

use super::fleet::{Fleet, Kind};
use super::plan::Plan;

/// Shares of the requests by the region of their senders.
#[derive(Clone, Debug, Default)]
pub(super) struct Regions {
    /// By region: its instances answer them.
    home: Vec<f64>,
    /// By region: dead instances that are not known to be dead take all of them.
    pub dead: Vec<f64>,
    /// They go to other regions.
    away: f64,
    /// Nobody answers them.
    pub lost: f64,
    /// By region: reached from elsewhere.
    open: Vec<bool>,
}

impl Regions {
    /// As they are now; `cut` says which regions reach no other and are not reached.
    pub(super) fn new(plan: &Plan, fleet: &Fleet, now: f64, cut: impl Fn(usize) -> bool) -> Self {
        let groups = plan.scenario.topology.groups.len();
        let weights: f64 = (0..groups).map(|g| plan.weight(g)).sum();
        let mut out = Self {
            open: (0..groups).map(|g| !cut(g)).collect(),
            home: vec![0.0; groups],
            dead: vec![0.0; groups],
            ..Self::default()
        };
        let mut reached = false;
        for (group, (home, dead)) in out.home.iter_mut().zip(&mut out.dead).enumerate() {
            let share = if weights > 0.0 {
                plan.weight(group) / weights
            } else {
                1.0 / groups as f64
            };
            if fleet.ready_in(group) > 0 {
                *home = share;
                reached |= !cut(group);
            } else if fleet.unnoticed_in(group, now) > 0 {
                *dead = share;
            } else if cut(group) {
                out.lost += share;
            } else {
                out.away += share;
            }
        }
        if !reached {
            out.lost += std::mem::take(&mut out.away);
        }
        out
    }

    /// Share of the requests of the senders of a region that its instances answer.
    pub(super) fn home(&self, group: usize) -> f64 {
        self.home.get(group).copied().unwrap_or(0.0)
    }

    /// Group by group in the order of `kinds`: its kinds, its share of all that are answered, and what part of these
    /// comes from elsewhere. Those go where the load is least.
    pub(super) fn split(&self, kinds: &[Kind]) -> Vec<(Vec<Kind>, f64, f64)> {
        let mut groups: Vec<(Vec<Kind>, f64, f64, bool)> = Vec::new();
        for kind in kinds {
            let able = f64::from(kind.count) * kind.speed;
            match groups.last_mut() {
                Some((members, _, can, _))
                    if members.first().is_some_and(|k| k.group == kind.group) =>
                {
                    members.push(*kind);
                    *can += able;
                }
                _ => groups.push((
                    vec![*kind],
                    self.home(kind.group),
                    able,
                    self.open.get(kind.group).copied().unwrap_or(true),
                )),
            }
        }
        let level = self.level(&groups);
        let all: f64 = groups.iter().map(|g| g.1).sum::<f64>() + self.away;
        groups
            .into_iter()
            .map(|(members, home, able, open)| {
                let from_away = if open {
                    (level * able - home).max(0.0)
                } else {
                    0.0
                };
                let here = home + from_away;
                (
                    members,
                    here / all.max(1e-300),
                    from_away / here.max(1e-300),
                )
            })
            .collect()
    }

    /// Load of a unit of what instances can do up to which requests from elsewhere fill the regions.
    fn level(&self, groups: &[(Vec<Kind>, f64, f64, bool)]) -> f64 {
        let mut open: Vec<(f64, f64)> = groups.iter().filter(|g| g.3).map(|g| (g.1, g.2)).collect();
        open.sort_by(|a, b| (a.0 * b.1).total_cmp(&(b.0 * a.1)));
        let (mut home, mut able, mut level) = (self.away, 0.0, 0.0);
        if self.away <= 0.0 {
            return 0.0;
        }
        for (own, can) in open {
            if able > 0.0 && own / can >= level {
                break;
            }
            home += own;
            able += can;
            level = home / able;
        }
        level
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(group: usize, count: u32) -> Kind {
        Kind {
            group,
            count,
            speed: 1.0,
        }
    }

    /// Regions of 2, 4 and 4 instances with 0.2, 0.2 and 0.4 of the senders at home and 0.2 of them without: the second
    /// is at half the load of the others and takes all of it, until it is as full.
    #[test]
    fn who_is_not_answered_at_home_goes_where_the_load_is_least() {
        let mut regions = Regions {
            home: vec![0.2, 0.2, 0.4],
            away: 0.2,
            open: vec![true; 3],
            ..Regions::default()
        };
        let kinds = [kind(0, 2), kind(1, 4), kind(2, 4)];
        let shares = |regions: &Regions| -> Vec<(f64, f64)> {
            let near = |x: f64| (x * 1e9).round() / 1e9;
            let split = regions.split(&kinds);
            split.iter().map(|g| (near(g.1), near(g.2))).collect()
        };
        assert_eq!(shares(&regions), [(0.2, 0.0), (0.4, 0.5), (0.4, 0.0)]);
        // Twice as many: all three end at the same load, 1.2 over ten instances.
        regions.away = 0.4;
        let loads: Vec<f64> = shares(&regions)
            .iter()
            .zip([2.0, 4.0, 4.0])
            .map(|((share, _), can)| (share / can * 1e6).round())
            .collect();
        assert_eq!(loads, [100_000.0; 3]);
        // A region that is cut off takes nothing.
        regions.open[1] = false;
        let split = shares(&regions);
        assert!(split[1].1 == 0.0 && split[0].1 > 0.0, "{split:?}");
    }
}
