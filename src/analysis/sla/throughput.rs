//! Throughput: served when it is asked for (capability), or in every slice (floor). Load tests are proof of capability.

use super::arith::compare;
use super::excluded::holds;
use super::judge::{Context, blank};
use super::objective::{Grain, Objective, Quantity, ThroughputMode};
use super::parts::slices;
use super::select::{Picker, fits, speaks_for};
use super::series::{
    Picked, describe, events, is_requests, keep_first_name, pick, slice_values, spoken,
};
use super::sliced::{Cut, Fate, Grid, Twice, finish};
use super::sliced_breaches::breaches;
use super::sources::{PickedRun, ids, runs, words};
use super::{Breach, ObjectiveResult, SlaError, Verdict, dated, tool_summary};
use crate::calendar::TimeRange;
use crate::dataset::{Role, Source};
use crate::units::{self, Direction, MicroRate, Micros};

/// What was asked for and what was served in a stretch of time.
#[derive(Clone, Copy, Debug, Default)]
struct Load {
    /// Requests, in billionths.
    offered: i128,
    served: i128,
    /// Time in which the source spoke, in microseconds.
    active: i128,
}

impl Load {
    /// `events / active ≥ rate`, in integers.
    fn reaches(self, served: bool, rate: MicroRate, strict: bool) -> bool {
        let events = if served { self.served } else { self.offered };
        // events·10⁻⁹ / (active·10⁻⁶ s) ≥ rate·10⁻⁶ /s
        compare(i128::from(rate.0) * self.active, events * 1_000, strict)
    }

    fn per_sec(self) -> Option<f64> {
        (self.active > 0).then(|| self.served as f64 / 1e9 / (self.active as f64 / 1e6))
    }
}

/// Length of the union of several ranges inside another, in microseconds.
fn covered(ranges: &[TimeRange], inside: TimeRange) -> i128 {
    let mut clipped: Vec<TimeRange> = ranges.iter().filter_map(|r| r.intersect(inside)).collect();
    clipped.sort_unstable_by_key(|r| r.start);
    let mut total = 0;
    let mut reached = inside.start;
    for range in clipped {
        let start = range.start.max(reached);
        if range.end > start {
            total += i128::from(range.end.since(start).0);
            reached = range.end;
        }
    }
    total
}

fn run_loads(picked: &[PickedRun<'_>], cells: &[TimeRange]) -> Result<Vec<Load>, SlaError> {
    let spans: Vec<TimeRange> = picked
        .iter()
        .map(|p| TimeRange {
            start: p.span.start,
            // Counters are kept by the second; a run fills the one in which it ends.
            end: crate::calendar::Instant::from_secs(p.span.end.secs() + 1),
        })
        .collect();
    let mut loads: Vec<Load> = cells
        .iter()
        .map(|cell| Load {
            active: covered(&spans, *cell),
            ..Load::default()
        })
        .collect();
    for one in picked {
        for (load, counts) in loads.iter_mut().zip(one.run.counts(&one.labels, cells)?) {
            load.offered += i128::from(counts.count) * 1_000_000_000;
            load.served += i128::from(counts.count - counts.errors) * 1_000_000_000;
        }
    }
    Ok(loads)
}

fn sum(loads: Vec<Load>) -> Load {
    loads.into_iter().fold(Load::default(), |a, b| Load {
        offered: a.offered + b.offered,
        served: a.served + b.served,
        active: a.active + b.active,
    })
}

/// One source of load on a grid.
struct Voice<'a> {
    runs: Vec<PickedRun<'a>>,
    series: Vec<Picked<'a>>,
}

impl Voice<'_> {
    fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.series.is_empty()
    }

    fn loads(&self, grid: &Grid) -> Result<Vec<Load>, SlaError> {
        if !self.runs.is_empty() {
            let cells = run_loads(&self.runs, &grid.cells)?;
            return Ok(grid.by_slice(cells).into_iter().map(sum).collect());
        }
        let mut loads = vec![Load::default(); grid.slices.len()];
        for picked in &self.series {
            let values = slice_values(&picked.series, grid);
            for ((load, slice), values) in loads.iter_mut().zip(&grid.slices).zip(values) {
                if let Some(events) = events(&picked.series, &values, slice.length()) {
                    load.offered += events;
                    load.served += events;
                    let spoken = spoken(&picked.series, values.len(), slice.length());
                    load.active = load.active.max(i128::from(spoken.0));
                }
            }
        }
        Ok(loads)
    }
}

fn voice<'a>(
    context: &Context<'a>,
    objective: &Objective,
    role: Role,
    picker: &mut Picker,
) -> Result<Voice<'a>, SlaError> {
    let runs = runs(context, objective, role, picker)?;
    if !runs.is_empty() {
        return Ok(Voice {
            runs,
            series: Vec::new(),
        });
    }
    let pattern = objective.scope.metric.as_deref();
    let mut series = pick(context, objective, role, |info| {
        pattern.map_or_else(
            || is_requests(info) && speaks_for(&info.display_name(), objective, context.file),
            |p| fits(p, &info.name) || fits(p, &info.display_name()),
        )
    })?;
    keep_first_name(&mut series, context.range);
    Ok(Voice {
        runs: Vec::new(),
        series,
    })
}

fn target_of(objective: &Objective) -> MicroRate {
    match objective.target.value {
        Quantity::Rate(rate) => rate,
        _ => MicroRate(i64::MAX),
    }
}

fn fate(load: Load, objective: &Objective) -> Fate {
    let target = target_of(objective);
    let strict = objective.target.strict;
    if load.active == 0 {
        Fate::Nothing
    } else if load.reaches(true, target, strict) {
        Fate::Met
    } else if objective.mode == ThroughputMode::Floor || load.reaches(false, target, strict) {
        Fate::Breached
    } else {
        Fate::NotDemanded
    }
}

fn cut(range: TimeRange, load: Load, objective: &Objective, taken_out: bool) -> Cut {
    let fate = if taken_out {
        Fate::Excluded
    } else {
        fate(load, objective)
    };
    let whole = |billionths: i128| u64::try_from(billionths / 1_000_000_000).unwrap_or(0);
    Cut {
        range,
        fate,
        achieved: load.per_sec(),
        n: whole(load.offered),
        bad: whole(load.offered - load.served),
        critical: fate == Fate::Breached
            && objective.critical.is_some_and(|c| match c.value {
                Quantity::Rate(rate) => !load.reaches(true, rate, c.strict),
                _ => false,
            }),
    }
}

/// Proof by a test wins where production did not ask; what broke anywhere is broken.
fn merge(production: Cut, test: Cut) -> Cut {
    let rank = |fate: Fate| match fate {
        Fate::Excluded => 5,
        Fate::Breached => 4,
        Fate::Met => 3,
        Fate::Undecided | Fate::TooFew => 2,
        Fate::NotDemanded => 1,
        Fate::Nothing => 0,
    };
    if rank(test.fate) > rank(production.fate) {
        test
    } else {
        production
    }
}

/// Judges a throughput objective.
pub(super) fn judge(
    context: &Context<'_>,
    objective: &Objective,
    out: &mut Vec<Breach>,
) -> Result<ObjectiveResult, SlaError> {
    let mut result = blank(context, objective);
    let mut picker = Picker::default();
    let grids = Twice::grids(context, objective, &mut result);
    let production = voice(context, objective, Role::Production, &mut picker)?;
    let capability = objective.mode == ThroughputMode::Capability;
    let tests = if capability || production.is_empty() {
        voice(context, objective, Role::Test, &mut picker)?
    } else {
        Voice {
            runs: Vec::new(),
            series: Vec::new(),
        }
    };
    if production.is_empty() && tests.is_empty() {
        if !tool_summary::judge(context, objective, &grids, &mut picker, &mut result, out) {
            result.reason = Some(picker.nothing(objective));
        }
        return Ok(result);
    }
    picker.note(objective, &mut result.assumed);
    tell_sources(&production, &tests, &mut result);

    let cuts_of = |grid: &Grid| -> Result<Vec<Cut>, SlaError> {
        let (ours, theirs) = (production.loads(grid)?, tests.loads(grid)?);
        Ok(grid
            .slices
            .iter()
            .zip(ours.into_iter().zip(theirs))
            .enumerate()
            .map(|(index, (range, (production, test)))| {
                let out = grid.taken_out(index);
                let own = dated::at(context, objective, range.start);
                merge(
                    cut(*range, production, &own, out),
                    cut(*range, test, &own, out),
                )
            })
            .collect())
    };
    let twice = grids.try_map(cuts_of)?;
    let cuts = &twice.left;
    let best = |range: TimeRange| {
        let rates = cuts
            .iter()
            .filter(|c| c.range.start >= range.start && c.range.end <= range.end)
            .filter(|c| c.fate != Fate::Excluded)
            .filter_map(|c| c.achieved);
        if capability {
            rates.reduce(f64::max)
        } else {
            rates.reduce(f64::min)
        }
    };
    let (one, many) = objective.slice.words();
    result.rule = if capability {
        format!(
            "{} served whenever it is asked for",
            objective.target.text()
        )
    } else {
        objective.target.text()
    };
    result.achieved = best(context.range);
    finish(context, objective, &grids.left, &twice, &best, &mut result);
    let tally = result.slices.unwrap_or_default();
    result.good = Some(tally.met as f64);
    result.bad = Some(tally.breached as f64);
    result.unknown = Some(tally.unknown as f64);
    result.n = result.slice_list.iter().map(|s| s.n).sum();
    let target = objective.target.value.as_printed();
    if let Some(achieved) = result.achieved {
        let number = units::judged(
            achieved,
            target,
            Direction::AtLeast,
            achieved >= target,
            usize::from(achieved < 100.0) * 2,
        );
        result.achieved_text = format!("{number}/s");
        if result.verdict == Verdict::NotProven && tally.met + tally.breached == 0 {
            result.reason = Some(format!(
                "No {one} asked for {}; the highest load was {number}/s. A load test at the target would prove it.",
                objective.target.value.text()
            ));
        }
        if result.verdict == Verdict::Breached && achieved >= target {
            result.achieved_text = format!(
                "{number}/s at best, {} of {} {many} held",
                tally.met,
                tally.met + tally.breached
            );
        }
    }
    let text = |value: f64| format!("{}/s", units::number(value));
    out.extend(breaches(context, objective, cuts, &text, &|_| None));
    if let Some(burst) = objective.burst {
        judge_burst(
            context,
            objective,
            burst,
            &production,
            &tests,
            &mut result,
            out,
        )?;
    }
    Ok(result)
}

fn tell_sources(production: &Voice<'_>, tests: &Voice<'_>, result: &mut ObjectiveResult) {
    let mut texts = Vec::new();
    let mut all_ids = Vec::new();
    for (voice, role) in [(production, Role::Production), (tests, Role::Test)] {
        if !voice.runs.is_empty() {
            let sources: Vec<&Source> = voice.runs.iter().map(|p| p.source).collect();
            texts.push(words("requests", &sources, role));
            all_ids.extend(ids(&sources));
        } else if !voice.series.is_empty() {
            describe(&voice.series, role, result);
            texts.push(result.source.clone());
            all_ids.append(&mut result.source_ids);
            result.assumed.push(
                "A request rate says what was served; load that was turned away does not show in it."
                    .to_owned(),
            );
        }
    }
    result.source = texts.join("; ");
    result.source_ids = all_ids;
}

/// Short peaks: every minute that asked for the burst has to have served it.
fn judge_burst(
    context: &Context<'_>,
    objective: &Objective,
    burst: MicroRate,
    production: &Voice<'_>,
    tests: &Voice<'_>,
    result: &mut ObjectiveResult,
    out: &mut Vec<Breach>,
) -> Result<(), SlaError> {
    let mut short = objective.clone();
    short.mode = ThroughputMode::Capability;
    short.target.value = Quantity::Rate(burst);
    short.critical = None;
    short.slice = Grain::Length(Micros::MINUTE);
    let outside = objective
        .service_hours
        .as_ref()
        .map(|hours| hours.outside(context.range, context.zone))
        .unwrap_or_default();
    let mut minutes = slices(context.passed(), short.slice, context.zone);
    minutes.retain(|minute| !holds(&outside, minute.start));
    let mut cuts: Vec<Cut> = Vec::new();
    for voice in [production, tests] {
        if !voice.runs.is_empty() {
            let busy: Vec<TimeRange> = minutes
                .iter()
                .filter(|m| voice.runs.iter().any(|r| r.span.intersect(**m).is_some()))
                .copied()
                .collect();
            let loads = run_loads(&voice.runs, &busy)?;
            cuts.extend(
                busy.iter()
                    .zip(loads)
                    .map(|(range, load)| cut(*range, load, &short, false)),
            );
        }
    }
    let series_peak = production
        .series
        .iter()
        .chain(&tests.series)
        .filter(|p| p.series.info.kind != crate::dataset::SeriesKind::Count)
        .flat_map(|p| p.series.within(context.passed()).values)
        .reduce(f64::max)
        .filter(|peak| *peak >= burst.as_per_sec());
    let of = |fate: Fate| cuts.iter().filter(|c| c.fate == fate).count();
    let (met, broken) = (of(Fate::Met), of(Fate::Breached));
    let text = objective_burst_text(burst);
    if broken > 0 {
        cuts.sort_by_key(|c| c.range.start);
        short.name = format!("{} (burst)", objective.name);
        let rate = |value: f64| format!("{}/s", units::number(value));
        out.extend(breaches(context, &short, &cuts, &rate, &|_| None));
        result.verdict = Verdict::Breached;
        result.reason = Some(format!(
            "A burst of {text} was asked for in {} minutes and served in {met}.",
            met + broken
        ));
    } else if met > 0 || series_peak.is_some() {
        result.assumed.push(format!(
            "A burst of {text} was asked for and served (judged by the minute)."
        ));
    } else {
        let highest = cuts.iter().filter_map(|c| c.achieved).fold(0.0, f64::max);
        let seen = if highest > 0.0 {
            format!("; the busiest minute was {}/s", units::number(highest))
        } else {
            String::new()
        };
        result
            .assumed
            .push(format!("A burst of {text} was never asked for{seen}."));
    }
    Ok(())
}

fn objective_burst_text(burst: MicroRate) -> String {
    Quantity::Rate(burst).text()
}
