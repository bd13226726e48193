//! The automatic forecast of one series: several models, each tried from earlier origins of this very series, combined
//! by what they were worth there, with ranges from the errors the combination made there.

mod course;
mod evidence;
mod naive;
mod pool;
mod ranges;
mod standard;
mod trial;
mod weigh;

pub use course::{Course, Link};
pub use evidence::{Evidence, Question};
pub use pool::{FAMILIES, family, makers};
pub use ranges::{NORMAL, Ranges};
pub use trial::Maker;

/// A model of the combination.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its share, 0..=1; the shares sum to one.
    pub weight: f64,
    /// Its mean absolute error on the past, in the unit of the series.
    pub error: f64,
}

/// One value of the past as it was forecast, with the ranges that the other half of the past gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held {
    /// How many values were known.
    pub origin: usize,
    /// What came.
    pub actual: f64,
    /// What the combination said.
    pub centre: f64,
    /// What repeating the last season said.
    pub naive: f64,
    /// Half widths of both ranges.
    pub half: (f64, f64),
}

/// A combined forecast of one series.
#[derive(Clone, Debug, PartialEq)]
pub struct Combination {
    /// The models, heaviest first.
    pub members: Vec<Member>,
    /// Centre of the next steps.
    pub centre: Vec<f64>,
    /// How far the future may lie from it.
    pub ranges: Ranges,
    /// Errors of the combination from each origin, at the level of today.
    pub errors: Vec<Vec<f64>>,
    /// Number of steps of the past that were forecast.
    pub tried: usize,
    /// The past as it was forecast.
    pub held: Vec<Held>,
    /// The season of the question.
    pub season: usize,
}

impl Combination {
    /// Combines the models; `None` where none has an answer.
    pub fn of(question: Question<'_>, makers: &[Maker<'_>]) -> Option<Self> {
        let evidence = Evidence::gather(question, makers)?;
        let (errors, weights) = evidence.weights();
        let mut members: Vec<Member> = evidence
            .trials
            .iter()
            .zip(errors.iter().zip(&weights))
            .map(|(trial, (error, weight))| Member {
                name: trial.name.clone(),
                weight: *weight,
                error: *error,
            })
            .collect();
        members.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        let past = evidence.held_out();
        let combination = Self {
            members,
            centre: evidence.ahead(&weights),
            ranges: evidence.ranges(&past, &weights),
            errors: evidence.at_today(&past),
            tried: evidence.tried(),
            held: evidence.judged(&past, &weights),
            season: question.season,
        };
        let sound = !evidence.trials.is_empty()
            && combination
                .centre
                .iter()
                .chain(&combination.ranges.size)
                .all(|v| v.is_finite());
        sound.then_some(combination)
    }

    /// How the error of one path goes on from step to step.
    pub fn course(&self) -> Course {
        Course::of(&self.errors, &self.ranges, self.tried)
    }
}
