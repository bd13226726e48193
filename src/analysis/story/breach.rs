//! The story of a breach: the load and the errors at that time, what else happened, and the series that moved with it.
//!
//! Every imported series is compared, with requests per second, share of failures and P95 taken from the requests as three
//! more. The window is the breach with three times its length on either side, at least an hour and at least sixty
//! steps of its grid; series are moved by up to sixty steps. The method is that of `correlate`; what is listed is
//! significant at 5 % after allowing for all lags of all series that were tried.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::correlate::{Found, Likeness};
use super::grid::bridged;
use super::scene::{Own, Scene, head, scene};
use super::traffic::Figure;
use crate::analysis::sla::{Breach, Objective, ObjectiveResult};
use crate::calendar::Instant;
use crate::dataset::{Dataset, DatasetError, MetricTable, ScopeFilter, SeriesInfo, Source};
use crate::progress::{Cancelled, Progress};
use crate::units::Micros;

/// No more series than this are listed.
const MOST_LISTED: usize = 10;
/// Chance at which noise would be listed at all.
const LEVEL: f64 = 0.05;

/// How the series were compared, in a sentence for reports.
pub const METHOD: &str = "Each series is compared with the figure of the promise in the window of the breach (three times its length on either side, at least an hour), moved by up to 60 steps either way: by the shape of its values (Pearson, without single spikes) and by its changes from step to step (Spearman on first differences, which a common trend cannot fake). Chance is judged with the effective number of samples (Bartlett; Pyper and Peterman 1998) and multiplied by the number of series and lags tried (Bonferroni); a series is listed at 5 % or less. To move together is no proof of a cause.";

/// A series that moved with a breach.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Moved {
    /// Its display name.
    pub series: String,
    /// The file it is from; empty for what was taken from the requests.
    pub file_name: String,
    /// Seconds by which it moved later than the breach; negative where it moved first.
    pub lag_secs: i64,
    /// Correlation at that lag, −1..=1.
    pub correlation: f64,
    /// Chance that any series looks so by accident, after correction, 0..=0.05.
    pub chance: f64,
    /// In what they are alike.
    pub likeness: Likeness,
}

impl Moved {
    /// `5 min before, with it (0.92)`.
    pub fn words(&self) -> String {
        let when = match self.lag_secs {
            0 => "at the same time".to_owned(),
            lag => format!(
                "{} {}",
                crate::units::duration(Micros::from_secs(lag.abs())),
                if lag < 0 { "before" } else { "after" }
            ),
        };
        let side = if self.correlation < 0.0 {
            "against it"
        } else {
            "with it"
        };
        format!("{when}, {side} ({:.2})", self.correlation)
    }
}

/// The load around a breach, in requests per second; `None` where nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LoadAround {
    /// Over as long as the breach (at least five minutes) before it.
    pub before_per_sec: Option<f64>,
    /// During the breach.
    pub during_per_sec: Option<f64>,
    /// As long after it.
    pub after_per_sec: Option<f64>,
    /// Most users at once during the breach.
    pub users: Option<i64>,
    /// Requests during the breach.
    pub requests: u64,
    /// Of these, failed ones.
    pub failed: u64,
}

/// Something that happened at the same time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Touching {
    /// `load test spike.jtl`, `down: primary failed over`.
    pub what: String,
    /// When it began.
    pub start: Instant,
    /// When it ended; `None` while it goes on.
    pub end: Option<Instant>,
}

/// Everything that the data tell about one breach.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BreachStory {
    /// Name of the objective.
    pub objective: String,
    /// When it began.
    pub start: Instant,
    /// When it ended.
    pub end: Instant,
    /// The load around it.
    pub load: LoadAround,
    /// Codes of failed requests during it, most frequent first.
    pub errors: Vec<(String, u64)>,
    /// Load tests and outages that touch it.
    pub touching: Vec<Touching>,
    /// The figure that series were compared with, in words.
    pub figure: String,
    /// Length of a step of the grid in seconds.
    pub grid_secs: i64,
    /// Series that moved with it, most certain first.
    pub moved: Vec<Moved>,
    /// How many of the series moved with it; more than are listed where there are many.
    pub moved_count: usize,
    /// How many series were compared.
    pub tried: usize,
    /// Series that are too short, too coarse or did not change, and were not compared.
    pub not_tried: usize,
    /// Why nothing could be compared, in a sentence.
    pub refused: Option<String>,
}

impl BreachStory {
    /// `3 of 214 series moved with it`.
    pub fn moved_words(&self) -> String {
        if let Some(why) = &self.refused {
            return why.clone();
        }
        let not_tried = match self.not_tried {
            0 => String::new(),
            n => format!("; {n} more are too short, too coarse or did not change"),
        };
        let count = match self.moved_count {
            0 => "None".to_owned(),
            n => n.to_string(),
        };
        format!("{count} of {} series moved with it{not_tried}", self.tried)
    }
}

/// What to tell of.
#[derive(Clone, Debug, Default)]
pub struct StoryParams<'a> {
    /// Which sources speak for the service.
    pub scope: ScopeFilter,
    /// The promises, for their scope and series.
    pub objectives: Vec<&'a Objective>,
}

/// Why there is no story.
#[derive(Debug, thiserror::Error)]
pub enum StoryError {
    /// A frame could not be asked.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// Stopped from outside.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// A series that can be compared.
#[derive(Clone, Copy)]
enum Candidate<'a> {
    Series(&'a Source, &'a MetricTable, usize),
    Figure(Figure),
}

/// Tells the stories of some breaches; `all` are all breaches of the period, `results` the judgements they are from.
pub fn stories(
    dataset: &Dataset,
    wanted: &[&Breach],
    all: &[Breach],
    results: &[ObjectiveResult],
    params: &StoryParams<'_>,
    progress: &Progress,
) -> Result<Vec<BreachStory>, StoryError> {
    let mut told = Vec::new();
    let mut scenes = Vec::new();
    for breach in wanted {
        progress.check()?;
        let objective = params
            .objectives
            .iter()
            .copied()
            .find(|o| o.name == breach.objective);
        let result = results.iter().find(|r| r.name == breach.objective);
        let scene = scene(dataset, breach, all, objective, result, params)?;
        told.push(head(dataset, breach, &scene, params)?);
        scenes.push(scene);
    }
    let mut candidates: Vec<Candidate<'_>> =
        Figure::ALL.into_iter().map(Candidate::Figure).collect();
    for source in &dataset.sources {
        if let Some(table) = &source.metrics {
            candidates.extend((0..table.series.len()).map(|i| Candidate::Series(source, table, i)));
        }
    }
    let compared: Vec<Vec<Option<Compared>>> = candidates
        .par_iter()
        .map(|candidate| {
            progress.check()?;
            compare(*candidate, &scenes)
        })
        .collect::<Result<_, StoryError>>()?;
    for (index, (story, scene)) in told.iter_mut().zip(&scenes).enumerate() {
        let of_this = candidates
            .iter()
            .zip(&compared)
            .filter(|(c, _)| !is_own(**c, scene) && exists(**c, scene))
            .map(|(c, found)| (*c, found.get(index).copied().flatten()));
        conclude(story, of_this);
    }
    Ok(told)
}

/// Corrects for all that was tried, and lists what is left.
fn conclude<'a>(
    story: &mut BreachStory,
    found: impl Iterator<Item = (Candidate<'a>, Option<Compared>)>,
) {
    if story.refused.is_some() {
        return;
    }
    let mut tests = 0;
    let mut best = Vec::new();
    for (candidate, found) in found {
        match found {
            Some(compared) => {
                tests += compared.tests;
                story.tried += 1;
                best.push((candidate, compared));
            }
            None => story.not_tried += 1,
        }
    }
    let mut moved: Vec<Moved> = best
        .into_iter()
        .map(|(candidate, compared)| {
            let found = compared.found;
            let (series, file_name) = match candidate {
                Candidate::Figure(figure) => (figure.name().to_owned(), String::new()),
                Candidate::Series(source, table, index) => (
                    table
                        .series
                        .get(index)
                        .map_or_else(String::new, SeriesInfo::display_name),
                    source.info.file_name.clone(),
                ),
            };
            Moved {
                series,
                file_name,
                lag_secs: found.lag * compared.step_secs,
                correlation: found.r,
                chance: (found.p * tests as f64).min(1.0),
                likeness: found.likeness,
            }
        })
        .filter(|m| m.chance <= LEVEL)
        .collect();
    moved.sort_by(|a, b| {
        a.chance
            .total_cmp(&b.chance)
            .then(b.correlation.abs().total_cmp(&a.correlation.abs()))
            .then_with(|| a.series.cmp(&b.series))
    });
    story.moved_count = moved.len();
    moved.truncate(MOST_LISTED);
    story.moved = moved;
    if story.tried == 0 {
        story.refused = Some(
            "No other series covers the time of this breach, so nothing can be said about what moved with it."
                .to_owned(),
        );
    }
}

fn is_own(candidate: Candidate<'_>, scene: &Scene<'_>) -> bool {
    match (candidate, &scene.own) {
        (Candidate::Figure(a), Own::Figure(b)) => a == *b,
        (Candidate::Series(source, _, index), _) => scene
            .same
            .iter()
            .any(|(id, i)| *i == index && *id == source.info.source_id),
        _ => false,
    }
}

/// Figures of requests are only there where requests are.
fn exists(candidate: Candidate<'_>, scene: &Scene<'_>) -> bool {
    matches!(candidate, Candidate::Series(..)) || !scene.traffic.is_empty()
}

/// One series against one breach: what was found, the step in seconds, and how many tests it took.
#[derive(Clone, Copy)]
struct Compared {
    found: Found,
    step_secs: i64,
    tests: usize,
}

/// One series against all breaches.
fn compare(
    candidate: Candidate<'_>,
    scenes: &[Scene<'_>],
) -> Result<Vec<Option<Compared>>, StoryError> {
    let series = match candidate {
        Candidate::Series(_, table, index) => Some(table.series(index)?),
        Candidate::Figure(_) => None,
    };
    let mut list = Vec::new();
    for scene in scenes {
        if is_own(candidate, scene) || !exists(candidate, scene) {
            list.push(None);
            continue;
        }
        let own_secs = match (&series, candidate) {
            (Some(series), _) => series.info.step_secs.unwrap_or(0.0),
            (None, Candidate::Figure(figure)) => scene.traffic.step_secs(figure),
            (None, Candidate::Series(..)) => 0.0,
        };
        let target = scene
            .targets
            .iter()
            .find(|t| t.grid.step.as_secs() >= own_secs * 0.999);
        let Some(target) = target else {
            list.push(None);
            continue;
        };
        let wide = target.wide();
        let values = match (&series, candidate) {
            (Some(series), _) => wide.means(&series.times, &series.values),
            (None, Candidate::Figure(figure)) => {
                bridged(&scene.traffic.figure(figure, &wide.slices())?)
            }
            (None, Candidate::Series(..)) => None,
        };
        let found = values.and_then(|values| target.compare(values));
        list.push(found.map(|found| Compared {
            found,
            step_secs: target.grid.step.0 / 1_000_000,
            tests: target.tests(),
        }));
    }
    Ok(list)
}
