//! Objectives that are judged slice by slice (hours, days): how the slices of a part add up to its verdict, what is
//! left out, and what is said about it.

use super::arith::required;
use super::excluded::{ExcludedTime, Uncounted, applied, without};
use super::judge::Context;
use super::objective::{ExcludeAs, Grain, Objective};
use super::parts::{Part, clip, months, parts, slices_of, thirteen_months};
use super::{ObjectiveResult, SlaError, Slice, SliceTally, SubPeriod, Verdict, dated};
use crate::calendar::{FiscalStart, Instant, TimeRange};

/// What became of a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Met,
    Breached,
    /// The data do not decide it (a limit inside a bucket).
    Undecided,
    /// Fewer samples than asked for.
    TooFew,
    /// The load did not ask for the target.
    NotDemanded,
    /// Taken out by a window.
    Excluded,
    /// No data.
    Nothing,
}

/// One slice, judged.
#[derive(Clone, Debug)]
pub(super) struct Cut {
    pub range: TimeRange,
    pub fate: Fate,
    /// In the unit of the objective.
    pub achieved: Option<f64>,
    pub n: u64,
    pub bad: u64,
    /// Beyond the critical limit.
    pub critical: bool,
}

impl Cut {
    /// A slice about which nothing is known.
    pub const fn nothing(range: TimeRange) -> Self {
        Self {
            range,
            fate: Fate::Nothing,
            achieved: None,
            n: 0,
            bad: 0,
            critical: false,
        }
    }
}

/// All slices that are looked at, and the pieces of them that no window takes out.
pub(super) struct Grid {
    /// The slices, over the period and its history, up to now.
    pub slices: Vec<TimeRange>,
    /// What is left of each: rising, without overlap.
    pub cells: Vec<TimeRange>,
    owner: Vec<usize>,
    /// Promise parts.
    parts: Vec<Part>,
    short: bool,
    history: Vec<Part>,
}

/// The time an objective is judged over: the parts of the period that have to hold, and the months before.
struct Stretch {
    parts: Vec<Part>,
    short: bool,
    history: Vec<Part>,
    /// All of it, the period asked for included.
    overall: TimeRange,
}

impl Stretch {
    fn of(context: &Context<'_>, objective: &Objective) -> Self {
        let (parts, short) = parts(context.period, objective.period, context.zone, context.now);
        let history = if context.history {
            thirteen_months(context.period, context.zone)
        } else {
            Vec::new()
        };
        let overall = parts
            .iter()
            .chain(&history)
            .map(|p| p.range)
            .fold(context.range, TimeRange::union);
        Self {
            parts,
            short,
            history,
            overall,
        }
    }

    /// The slices up to now. None reaches over an edge of the period or of a part, whatever lies around them.
    fn slices(&self, context: &Context<'_>, objective: &Objective) -> Vec<TimeRange> {
        let mut edges = vec![context.range.start, context.range.end];
        edges.extend(
            self.parts
                .iter()
                .flat_map(|part| [part.range.start, part.range.end]),
        );
        let fiscal = context.period.fiscal_start();
        let overall = clip(self.overall, context.now);
        let mut slices = Vec::new();
        for slice in slices_of(
            overall,
            objective.slice,
            context.zone,
            fiscal.unwrap_or(FiscalStart::JANUARY),
        ) {
            let inside = |at: &&Instant| slice.start < **at && **at < slice.end;
            if !edges.iter().any(|at| inside(&at)) {
                slices.push(slice);
                continue;
            }
            let mut cuts: Vec<Instant> = edges.iter().filter(inside).copied().collect();
            cuts.extend([slice.start, slice.end]);
            cuts.sort_unstable();
            cuts.dedup();
            slices.extend(cuts.windows(2).filter_map(|pair| match pair {
                [start, end] => Some(TimeRange {
                    start: *start,
                    end: *end,
                }),
                _ => None,
            }));
        }
        let promised = dated::promised_from(objective, context.zone);
        slices.retain(|slice| slice.start >= promised);
        slices
    }
}

impl Grid {
    /// Cuts the time an objective is judged over. Slices that lie wholly outside service hours are none.
    fn new(
        stretch: &Stretch,
        slices: &[TimeRange],
        outside: &[TimeRange],
        excluded: &[TimeRange],
    ) -> Self {
        let mut kept = Vec::new();
        let mut cells = Vec::new();
        let mut owner = Vec::new();
        for slice in slices {
            let served = without(*slice, outside);
            if served.is_empty() {
                continue;
            }
            for cell in served.iter().flat_map(|s| without(*s, excluded)) {
                cells.push(cell);
                owner.push(kept.len());
            }
            kept.push(*slice);
        }
        Self {
            slices: kept,
            cells,
            owner,
            parts: stretch.parts.clone(),
            short: stretch.short,
            history: stretch.history.clone(),
        }
    }

    /// Groups the values of the cells by slice; a slice that was taken out whole has none.
    pub fn by_slice<T>(&self, values: impl IntoIterator<Item = T>) -> Vec<Vec<T>> {
        let mut grouped: Vec<Vec<T>> = self.slices.iter().map(|_| Vec::new()).collect();
        for (owner, value) in self.owner.iter().zip(values) {
            if let Some(slot) = grouped.get_mut(*owner) {
                slot.push(value);
            }
        }
        grouped
    }

    /// Whether windows took a whole slice out.
    pub fn taken_out(&self, index: usize) -> bool {
        self.owner.binary_search(&index).is_err()
    }
}

/// A thing made twice: from the time that windows leave, and from all of it, for the verdict without exclusions.
pub(super) struct Twice<T> {
    /// From what the windows leave.
    pub left: T,
    /// From all of the time; nothing without windows, where it is the same.
    pub all: Option<T>,
}

impl Twice<Grid> {
    /// Cuts the time an objective is judged over. What the windows took out is listed in the result.
    pub fn grids(
        context: &Context<'_>,
        objective: &Objective,
        result: &mut ObjectiveResult,
    ) -> Self {
        let stretch = Stretch::of(context, objective);
        let slices = stretch.slices(context, objective);
        let none = Uncounted::of(context, objective, stretch.overall, &mut result.assumed);
        let judged = clip(
            match stretch.parts.as_slice() {
                [one] => one.range,
                _ => context.range,
            },
            context.now,
        );
        let time: Vec<ExcludedTime> = none
            .excluded
            .iter()
            .filter_map(|window| window.intersect(judged))
            .flat_map(|window| without(window, &none.outside))
            .map(|range| ExcludedTime { range, down: false })
            .collect();
        result.exclusions = applied(&none.windows, &time, judged, false);
        let grid = |excluded: &[TimeRange]| Grid::new(&stretch, &slices, &none.outside, excluded);
        Self {
            left: grid(&none.excluded),
            all: (!none.excluded.is_empty()).then(|| grid(&[])),
        }
    }
}

impl<T> Twice<T> {
    /// From all of the time.
    pub fn all(&self) -> &T {
        self.all.as_ref().unwrap_or(&self.left)
    }

    /// The same step for both.
    pub fn map<U>(&self, step: impl Fn(&T) -> U) -> Twice<U> {
        Twice {
            left: step(&self.left),
            all: self.all.as_ref().map(step),
        }
    }

    /// The same step for both, which may fail.
    pub fn try_map<U>(
        &self,
        step: impl Fn(&T) -> Result<U, SlaError>,
    ) -> Result<Twice<U>, SlaError> {
        Ok(Twice {
            left: step(&self.left)?,
            all: self.all.as_ref().map(step).transpose()?,
        })
    }

    /// The same step for both pairs.
    pub fn map_with<U, V>(&self, other: &Twice<U>, step: impl Fn(&T, &U) -> V) -> Twice<V> {
        Twice {
            left: step(&self.left, &other.left),
            all: self
                .all
                .as_ref()
                .zip(other.all.as_ref())
                .map(|(one, other)| step(one, other)),
        }
    }
}

pub(super) fn inside(cuts: &[Cut], range: TimeRange) -> impl Iterator<Item = &Cut> {
    cuts.iter()
        .filter(move |cut| cut.range.start >= range.start && cut.range.end <= range.end)
}

/// How the slices of a range add up.
fn tally(cuts: &[Cut], range: TimeRange, objective: &Objective) -> (SliceTally, Verdict) {
    let of = |fate: Fate| inside(cuts, range).filter(|c| c.fate == fate).count() as u64;
    let as_uptime = if objective.exclude_as == ExcludeAs::AsUptime {
        of(Fate::Excluded)
    } else {
        0
    };
    let (met, breached, undecided) = (
        of(Fate::Met) + as_uptime,
        of(Fate::Breached),
        of(Fate::Undecided),
    );
    let measured = met + breached + undecided;
    let required = required(measured, objective.slices_required);
    let verdict = if met + breached + undecided == as_uptime {
        if of(Fate::NotDemanded) + of(Fate::TooFew) > 0 {
            Verdict::NotProven
        } else {
            Verdict::NoData
        }
    } else if met >= required {
        Verdict::Met
    } else if met + undecided < required {
        Verdict::Breached
    } else {
        Verdict::NotProven
    };
    let tally = SliceTally {
        met,
        breached,
        unknown: undecided + of(Fate::TooFew) + of(Fate::Nothing),
        required,
    };
    (tally, verdict)
}

/// The one figure of a range, in the unit of the objective.
pub(super) type Figure<'a> = &'a dyn Fn(TimeRange) -> Option<f64>;

/// Fills in everything that follows from the slices. `figure` gives the figure of a whole range.
pub(super) fn finish(
    context: &Context<'_>,
    objective: &Objective,
    grid: &Grid,
    twice: &Twice<Vec<Cut>>,
    figure: Figure<'_>,
    result: &mut ObjectiveResult,
) {
    let cuts = &twice.left;
    let started: Vec<&Part> = grid
        .parts
        .iter()
        .filter(|p| p.range.start < context.now)
        .collect();
    let verdict = |cuts: &[Cut]| {
        let all: Vec<(SliceTally, Verdict)> = started
            .iter()
            .map(|p| tally(cuts, p.range, objective))
            .collect();
        // A part in which nothing was measured does not speak against the others: such slices never count.
        let measured = |tally: &SliceTally| tally.required > 0;
        let any = all.iter().any(|(tally, _)| measured(tally));
        Verdict::together(
            all.iter()
                .filter(|(tally, _)| !any || measured(tally))
                .map(|(_, verdict)| *verdict)
                .filter(|v| *v != Verdict::NoData),
        )
    };
    let range = match grid.parts.as_slice() {
        [one] => one.range,
        _ => context.range,
    };
    let (total, _) = tally(cuts, range, objective);
    let of = |fate: Fate| inside(cuts, range).filter(|c| c.fate == fate).count();
    let expected = inside(cuts, range).count() - of(Fate::Excluded);
    let silent = of(Fate::Nothing);

    result.verdict = verdict(cuts);
    result.verdict_without_exclusions = Some(verdict(twice.all()));
    result.slices = Some(total);
    result.coverage = (expected > 0).then(|| (expected - silent) as f64 / expected as f64);
    result.not_demanded =
        (objective.kind == super::ObjectiveKind::Throughput).then(|| of(Fate::NotDemanded) as f64);
    let minute = matches!(objective.slice, Grain::Length(l) if l < crate::units::Micros::HOUR);
    result.slice_list = inside(cuts, range)
        .filter(|cut| !minute || cut.fate != Fate::Nothing)
        .map(|cut| Slice {
            range: cut.range,
            achieved: cut.achieved,
            n: cut.n,
            bad: cut.bad,
            verdict: match cut.fate {
                Fate::Met => Verdict::Met,
                Fate::Breached => Verdict::Breached,
                Fate::Undecided | Fate::TooFew => Verdict::NotProven,
                Fate::NotDemanded | Fate::Excluded | Fate::Nothing => Verdict::NoData,
            },
            low: None,
            high: None,
            low_sample: false,
        })
        .collect();
    let sub = |part: &Part| SubPeriod {
        name: part.name.clone(),
        verdict: tally(cuts, part.range, objective).1,
        achieved: figure(part.range),
    };
    result.periods = months(context.period, context.zone)
        .iter()
        .map(sub)
        .collect();
    result.history = grid.history.iter().map(sub).collect();

    let (one, many) = objective.slice.words();
    if grid.short && !matches!(objective.period, Grain::Month) {
        result.assumed.push(format!(
            "The promise is for a {}; it was judged over {} only.",
            objective.period.words().0,
            context.period.title()
        ));
    }
    if objective.slices_required.0 < 1_000_000 {
        result.rule.push_str(&format!(
            ", in {} of the {many}",
            crate::units::percent(objective.slices_required)
        ));
    } else {
        result.rule.push_str(&format!(", each {one}"));
    }
    let too_few = of(Fate::TooFew);
    if too_few > 0 {
        result.assumed.push(format!(
            "{too_few} {} with fewer than {} samples not judged.",
            if too_few == 1 { &one } else { &many },
            objective.min_samples
        ));
    }
    if result.reason.is_none() {
        result.reason = reason(result, &total, &many, of(Fate::Undecided), too_few);
    }
}

fn reason(
    result: &ObjectiveResult,
    total: &SliceTally,
    many: &str,
    undecided: usize,
    too_few: usize,
) -> Option<String> {
    let measured = total.met + total.breached + undecided as u64;
    match result.verdict {
        Verdict::Breached => {
            let broke: Vec<&str> = result
                .periods
                .iter()
                .filter(|p| p.verdict == Verdict::Breached)
                .map(|p| p.name.as_str())
                .collect();
            let months = if broke.is_empty() {
                String::new()
            } else {
                format!("; broken in {}", broke.join(", "))
            };
            Some(format!(
                "{} of {measured} measured {many} did not hold{months}.",
                total.breached
            ))
        }
        Verdict::NotProven if undecided > 0 => Some(format!(
            "In {undecided} of {measured} measured {many} the data do not decide it: the limit falls between what is known to be below and above."
        )),
        Verdict::NotProven if too_few > 0 => {
            Some(format!("All {many} with data have too few samples."))
        }
        _ => None,
    }
}
