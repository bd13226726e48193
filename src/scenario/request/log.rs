//! What happened, as the outcome tells it: at most a thousand events.

use crate::scenario::outcome::Event;

/// Events kept.
const MOST: usize = 1000;

/// Events after the warm-up.
#[derive(Clone, Debug)]
pub(super) struct Log {
    warm_up: f64,
    pub events: Vec<Event>,
    /// Those beyond the bound.
    pub left_out: u64,
}

impl Log {
    pub(super) fn new(warm_up: f64) -> Self {
        Self {
            warm_up,
            events: Vec::new(),
            left_out: 0,
        }
    }

    /// Notes an event at a time of the simulated clock.
    pub(super) fn note(
        &mut self,
        clock: f64,
        kind: &str,
        change: Option<(f64, f64)>,
        why: impl Into<String>,
    ) {
        let at = clock - self.warm_up;
        if at < 0.0 {
            return;
        }
        if self.events.len() >= MOST {
            self.left_out += 1;
            return;
        }
        self.events.push(Event {
            at,
            kind: kind.to_owned(),
            from: change.map(|c| c.0),
            to: change.map(|c| c.1),
            why: why.into(),
        });
    }
}
