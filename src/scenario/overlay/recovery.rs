//! How long a loss is felt: until all know of it or it is over, and until nothing waits because of it.

use crate::scenario::outcome::Event;
use crate::units::number;

/// A loss that is not overcome yet: when it began, when it is dealt with, and the queue there was before.
#[derive(Clone, Copy, Debug)]
struct Open {
    at: f64,
    known: f64,
    backlog: f64,
    /// Whether messages still waited when all knew.
    queued: bool,
}

/// Losses that are still felt, and what became of the others.
#[derive(Debug, Default)]
pub struct Recovery {
    open: Vec<Open>,
    /// Seconds of the longest one that was overcome.
    pub longest: Option<f64>,
    /// One for each that was.
    pub events: Vec<Event>,
    /// What is so then, in words.
    words: &'static str,
}

impl Recovery {
    /// Before any loss.
    pub fn new(words: &'static str) -> Self {
        Self {
            words,
            ..Self::default()
        }
    }

    /// Something is lost at a second, while so much waits; it is dealt with so many seconds later, which may not be known
    /// yet.
    pub fn begin(&mut self, at: f64, known_secs: f64, backlog: f64) {
        self.open.push(Open {
            at,
            known: at + known_secs,
            backlog,
            queued: false,
        });
    }

    /// All know of the new losses so many seconds after them.
    pub fn known_after(&mut self, secs: f64) {
        for loss in &mut self.open {
            if loss.known.is_infinite() {
                loss.known = loss.at + secs;
            }
        }
    }

    /// Losses that are still felt.
    pub fn unrecovered(&self) -> u32 {
        u32::try_from(self.open.len()).unwrap_or(u32::MAX)
    }

    /// Looks at the end of a step whether losses are overcome: all know of them, and no queue is left of them.
    pub fn look(&mut self, end: f64, backlog: f64) {
        let open = std::mem::take(&mut self.open);
        for loss in open {
            if end < loss.known || backlog > loss.backlog + 1.0 {
                self.open.push(loss);
                continue;
            }
            // Where nothing waits any more since all know, the end of the step says nothing.
            let secs = if loss.queued { end } else { loss.known } - loss.at;
            let secs = (secs * 1e6).round() / 1e6;
            self.longest = Some(self.longest.unwrap_or(0.0).max(secs));
            self.events.push(Event {
                at: loss.at + secs,
                kind: "recovery".to_owned(),
                from: None,
                to: None,
                why: format!("{} s after the loss {}", number(secs), self.words),
            });
        }
        for loss in &mut self.open {
            loss.queued = loss.queued || (end >= loss.known && backlog > loss.backlog + 1.0);
        }
    }
}
