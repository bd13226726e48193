//! Questions about a scenario that take many runs, as a screen asks them, and their answers: each stays until a newer
//! one is there, and the last ones are kept by what they were made of, so that undo and going back cost nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::simulated::{Recent, Simulated};
use super::slot::Slot;
use crate::scenario::Scenario;
use crate::scenario::compare::{Against, Waterfall};
use crate::scenario::solve::{BreakEven, SizeAnswer, Solution, Tornado, What, Within};

/// Most answers on screens at once; those that give way come back from the kept ones.
const MOST_SLOTS: usize = 64;

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// The value at which every promise is just kept.
    Solve(What),
    /// The cheapest size and number of instances.
    Size,
    /// Which input the answer depends on most.
    Tornado {
        /// How far each is moved, as a share of one.
        spread: f64,
    },
    /// What turns the scenario into another, part by part.
    Waterfall {
        /// The other one.
        other: Arc<Scenario>,
    },
    /// From which growth on another scenario is cheaper.
    BreakEven {
        /// The other one.
        other: Arc<Scenario>,
        /// Growth of the load in a month, as a share of one.
        monthly: Option<f64>,
    },
    /// How far off a load test shows the prediction to be.
    Against {
        /// The load test.
        source_id: String,
        /// What the scenario came to.
        found: Arc<Simulated>,
    },
}

impl Question {
    /// A short name, which tells questions to one scenario apart.
    pub const fn slug(&self) -> &'static str {
        match self {
            Self::Solve(What::Instances) => "instances",
            Self::Solve(What::Target) => "target",
            Self::Solve(What::HitRatio) => "hit-ratio",
            Self::Solve(What::Growth) => "growth",
            Self::Size => "size",
            Self::Tornado { .. } => "tornado",
            Self::Waterfall { .. } => "waterfall",
            Self::BreakEven { .. } => "break-even",
            Self::Against { .. } => "against",
        }
    }

    /// The other scenario that it is about.
    pub const fn other(&self) -> Option<&Arc<Scenario>> {
        match self {
            Self::Waterfall { other } | Self::BreakEven { other, .. } => Some(other),
            _ => None,
        }
    }
}

/// Where a solver looks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    /// Between which values; where it usually does if `None`.
    pub within: Option<Within>,
    /// Sizes that are tried, in cores; the usual ones where there are none.
    pub sizes: Vec<f64>,
}

/// A question to a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The scenario.
    pub scenario: Arc<Scenario>,
    /// What is asked of it.
    pub question: Question,
    /// Where the answer is looked for.
    pub look: Look,
    /// How often it was asked anew after it had been stopped.
    pub again: u32,
}

impl Asked {
    /// Names the place of its answer: what is asked of which scenario.
    pub fn slot(&self) -> String {
        let (slug, name) = (self.question.slug(), &self.scenario.name);
        match self.question.other() {
            Some(other) => format!("{slug} {name} → {}", other.name),
            None => format!("{slug} {name}"),
        }
    }

    /// The key of its job.
    pub fn job_key(&self) -> String {
        job_key(&self.slot())
    }

    /// What the status bar says while it runs.
    pub const fn title(&self) -> &'static str {
        match self.question {
            Question::Solve(What::Instances) => "Looking for the fewest",
            Question::Solve(What::Target) => "Looking for the target",
            Question::Solve(What::HitRatio) => "Looking for the hit ratio",
            Question::Solve(What::Growth) => "Looking for the growth",
            Question::Size => "Trying sizes",
            Question::Tornado { .. } => "Moving each input",
            Question::Waterfall { .. } => "Taking the difference apart",
            Question::BreakEven { .. } => "Looking for the break-even",
            Question::Against { .. } => "Comparing with the load test",
        }
    }
}

fn job_key(slot: &str) -> String {
    format!("result-ask-{slot}")
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// For `Question::Solve`.
    Solved(Box<Solution>),
    /// For `Question::Size`.
    Size(Box<SizeAnswer>),
    /// For `Question::Tornado`.
    Tornado(Box<Tornado>),
    /// For `Question::Waterfall`.
    Waterfall(Box<Waterfall>),
    /// For `Question::BreakEven`.
    BreakEven(Box<BreakEven>),
    /// For `Question::Against`.
    Against(Box<Against>),
}

/// All answers, by the places they have.
#[derive(Debug, Default)]
pub struct Answers {
    slots: BTreeMap<String, Slot<Answer>>,
    recent: Recent<Answer>,
    empty: Slot<Answer>,
}

impl Answers {
    /// The answer at a place.
    pub fn get(&self, slot: &str) -> &Slot<Answer> {
        self.slots.get(slot).unwrap_or(&self.empty)
    }

    fn place(&mut self, asked: &Asked) -> &mut Slot<Answer> {
        let name = asked.slot();
        if self.slots.len() >= MOST_SLOTS && !self.slots.contains_key(&name) {
            self.slots.retain(|_, slot| slot.running);
        }
        self.slots.entry(name).or_default()
    }

    /// Answers with what was found for the same before, where that is still there.
    pub(super) fn recall(&mut self, asked: &Asked, fingerprint: u64) -> bool {
        let Some(value) = self.recent.get(fingerprint) else {
            return false;
        };
        self.place(asked).recall(fingerprint, value);
        true
    }

    pub(super) fn begin(&mut self, asked: &Asked, fingerprint: u64) {
        self.place(asked).begin(fingerprint);
    }

    pub(super) fn finish(
        &mut self,
        asked: &Asked,
        fingerprint: u64,
        found: Result<Answer, String>,
    ) {
        let slot = self.place(asked);
        slot.finish(fingerprint, found);
        if let Some(value) = slot.value.clone() {
            self.recent.put(fingerprint, value);
        }
    }

    /// Notes which jobs no longer run.
    pub(super) fn retain_running(&mut self, running: &dyn Fn(&str) -> bool) {
        for (name, slot) in self.slots.iter_mut().filter(|(_, s)| s.running) {
            if !running(&job_key(name)) {
                slot.cancelled();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(again: u32) -> Asked {
        Asked {
            scenario: Arc::new(Scenario {
                name: "Sale".to_owned(),
                ..Scenario::default()
            }),
            question: Question::Solve(What::Growth),
            look: Look::default(),
            again,
        }
    }

    fn found() -> Answer {
        Answer::Against(Box::default())
    }

    #[test]
    fn an_answer_stays_until_the_newer_one_is_there_and_comes_back() {
        let mut answers = Answers::default();
        answers.begin(&asked(0), 1);
        answers.finish(&asked(0), 1, Ok(found()));
        answers.begin(&asked(0), 2);
        let slot = answers.get("growth Sale");
        assert!(slot.running && slot.stale && slot.value.is_some());
        answers.finish(&asked(0), 2, Err("no".to_owned()));
        assert!(answers.recall(&asked(0), 1));
        assert!(answers.get("growth Sale").is_settled());
        assert!(!answers.recall(&asked(0), 2), "errors are not kept");
    }

    #[test]
    fn what_was_stopped_keeps_the_older_answer() {
        let mut answers = Answers::default();
        answers.finish(&asked(0), 1, Ok(found()));
        answers.begin(&asked(0), 2);
        answers.retain_running(&|key| key == "result-ask-growth Sale");
        assert!(answers.get("growth Sale").running);
        answers.retain_running(&|_| false);
        let slot = answers.get("growth Sale");
        assert!(!slot.running && slot.stale && slot.current(2));
    }
}
