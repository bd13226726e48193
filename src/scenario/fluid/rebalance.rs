//! When keys are moved away from a hot shard: at the end of the first minute that had enough queries to show it.

use crate::scenario::model::Shards;

use super::plan::Plan;

/// Queries of a minute from which on their spread is looked at.
const FEWEST: f64 = 100.0;

/// Counts queries until keys were moved.
#[derive(Clone, Debug)]
pub(super) struct Rebalance {
    pub shards: Shards,
    /// Queries of a request.
    each: f64,
    /// End of the minute in which queries are counted.
    look: Option<f64>,
    queries: f64,
}

impl Rebalance {
    /// `None` where keys stay where they are.
    pub(super) fn new(plan: &Plan) -> Option<Self> {
        let database = plan.scenario.backend.database.as_ref()?;
        database.shards.rebalance_at?;
        Some(Self {
            shards: database.shards,
            each: database.queries.max(0.0),
            look: None,
            queries: 0.0,
        })
    }

    /// Counts the queries of a step that begins at `at`; whether it is time to move keys.
    pub(super) fn due(&mut self, at: f64, requests: f64) -> bool {
        // A microsecond of grace for sums of steps.
        let now = at + 1e-6;
        let look = *self.look.get_or_insert(at + Shards::LOOK_SECS);
        let over = now >= look;
        let due = over && self.queries >= FEWEST;
        if over {
            self.look = Some(look + Shards::LOOK_SECS);
            self.queries = 0.0;
        }
        self.queries += requests * self.each;
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A minute with 60 queries says nothing; the next one has 600, and does at its end.
    #[test]
    fn a_minute_has_to_show_it() {
        let mut watch = Rebalance {
            shards: Shards::default(),
            each: 1.0,
            look: None,
            queries: 0.0,
        };
        let requests = |step: i32| if step < 0 { 5.0 } else { 50.0 };
        let due: Vec<i32> = (-12..=24)
            .filter(|step| watch.due(f64::from(*step) * 5.0, requests(*step)))
            .collect();
        assert_eq!(due.first(), Some(&12));
    }
}
