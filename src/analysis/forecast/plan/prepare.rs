//! A series made fit for the models: what is left out of it, and what each step of the forecast will have on top.

use std::collections::BTreeMap;

use super::super::{StepKind, Steps};
use super::effects::{Effects, from_on, share};
use super::holidays::{Holiday, day, estimate, steps_of};
use super::known::{Change, Event, Known};
use super::outcome::{AppliedEffect, EffectKind};
use super::schedule::Amount;
use crate::calendar::{Instant, TimeRange, Zone};

/// Steps that a fit needs at least.
const LEAST: usize = 4;
/// Steps behind the horizon that a crossing may need to prove that it lasts.
pub(super) const BEHIND: usize = 366;
/// No forecast looks further.
pub(super) const FURTHEST: usize = 20_000;

/// The series as the models get it, and what was done.
pub(super) struct Prepared {
    /// With gaps and effects.
    pub steps: Steps,
    /// What was done, by name.
    pub applied: Vec<AppliedEffect>,
}

struct Preparing<'a> {
    steps: Steps,
    effects: Effects,
    applied: Vec<AppliedEffect>,
    zone: &'a Zone,
    unit: &'a str,
}

/// Applies what is known to a series.
pub(super) fn prepare(steps: &Steps, known: &Known, zone: &Zone, unit: &str) -> Prepared {
    let plan = &known.plan;
    let mut preparing = Preparing {
        steps: steps.clone(),
        effects: Effects::default(),
        applied: Vec::new(),
        zone,
        unit,
    };
    if steps.kind == StepKind::Index {
        // Counted steps have no dates; the caller says so.
        return Prepared {
            steps: preparing.steps,
            applied: Vec::new(),
        };
    }
    preparing.begin(plan.start_after);
    for ignored in &plan.ignored {
        let past_steps = preparing.leave_out(ignored.range());
        let note = match past_steps {
            0 => "nothing was measured there",
            _ => "left out of the fit",
        };
        preparing.applied.push(AppliedEffect {
            past_steps,
            note: note.to_owned(),
            ..applied(EffectKind::Ignored, &ignored.name, ignored.range())
        });
    }
    // Changes come first: a campaign of +500 is 500 more of what is then usual.
    for change in &plan.changes {
        preparing.change(change);
    }
    preparing.holidays(&plan.holidays);
    for event in &plan.events {
        preparing.event(event);
    }
    for at in &plan.struck {
        preparing.applied.push(AppliedEffect {
            until: None,
            note: "the fit goes on across it".to_owned(),
            ..applied(EffectKind::Struck, "", from_on(*at))
        });
    }
    if unit == "%" {
        preparing.spread(known);
    }
    preparing.steps.effects = preparing.effects;
    Prepared {
        steps: preparing.steps,
        applied: preparing.applied,
    }
}

fn applied(kind: EffectKind, name: &str, range: TimeRange) -> AppliedEffect {
    AppliedEffect {
        kind,
        name: name.to_owned(),
        from: Some(range.start),
        until: Some(range.end).filter(|end| *end < Instant(i64::MAX)),
        effect: String::new(),
        past_steps: 0,
        future_steps: 0,
        note: String::new(),
    }
}

impl Preparing<'_> {
    fn future(&self) -> std::ops::Range<usize> {
        let past = self.steps.values.len();
        past..past + self.steps.horizon.min(FURTHEST) + BEHIND
    }

    /// Steps of the forecast itself among those that were changed.
    fn within_horizon(&self, index: usize) -> bool {
        index < self.steps.values.len() + self.steps.horizon
    }

    fn begin(&mut self, start_after: Option<Instant>) {
        let Some(start) = start_after else { return };
        let steps = &self.steps;
        let index = (0..steps.values.len())
            .find(|i| steps.time(*i) >= start)
            .unwrap_or(steps.values.len());
        let left = steps.values.iter().skip(index).flatten().count();
        let note = if index == 0 {
            "it lies before the data; nothing is left out".to_owned()
        } else if left < LEAST {
            format!("only {left} steps would be left, and {LEAST} are needed; it is not followed")
        } else {
            let kept = steps.values.len() - index;
            self.steps = self.steps.after(index);
            format!("the fit begins there, on {}", self.steps.stretch(kept))
        };
        let dropped = if note.starts_with("the fit") {
            index
        } else {
            0
        };
        self.applied.push(AppliedEffect {
            past_steps: dropped,
            note,
            ..applied(EffectKind::Start, "", from_on(start))
        });
    }

    /// Makes measured steps that touch a range gaps, and counts them.
    fn leave_out(&mut self, range: TimeRange) -> usize {
        let touched: Vec<usize> = (0..self.steps.values.len())
            .filter(|i| share(&self.steps, *i, range) > 0.0)
            .collect();
        self.clear(&touched)
    }

    fn clear(&mut self, indices: &[usize]) -> usize {
        indices
            .iter()
            .filter(|i| {
                self.steps
                    .values
                    .get_mut(**i)
                    .and_then(Option::take)
                    .is_some()
            })
            .count()
    }

    /// Puts an effect on the steps of the forecast in a range, and counts them.
    fn put(&mut self, effect: super::Effect, range: TimeRange) -> usize {
        let mut count = 0;
        for index in self.future() {
            let part = share(&self.steps, index, range);
            if part > 0.0 {
                self.effects.add(index, effect.terms(part));
                count += usize::from(self.within_horizon(index));
            }
        }
        count
    }

    fn event(&mut self, event: &Event) {
        let range = TimeRange {
            start: self.zone.start_of_day(event.from),
            end: day(event.to, self.zone).end,
        };
        let past_steps = self.leave_out(range);
        let future_steps = self.put(event.effect, range);
        let note = match (past_steps, future_steps) {
            (0, 0) => "outside the data and the forecast",
            (_, 0) => "it is over; its steps are left out of the fit",
            (0, _) => "put on the forecast of these days",
            _ => "its past steps are left out of the fit, the others are changed",
        };
        self.applied.push(AppliedEffect {
            effect: event.effect.words(self.unit),
            past_steps,
            future_steps,
            note: note.to_owned(),
            ..applied(EffectKind::Event, &event.name, range)
        });
    }

    fn change(&mut self, change: &Change) {
        let range = from_on(self.zone.start_of_day(change.from));
        let in_data = range.start < self.steps.time(self.steps.values.len());
        let future_steps = if in_data {
            0
        } else {
            self.put(change.effect, range)
        };
        let note = match (in_data, future_steps) {
            (true, _) => "it began before the data end, and they show it; nothing is added",
            (false, 0) => "it begins after the forecast ends",
            _ => "put on the forecast from that day on",
        };
        self.applied.push(AppliedEffect {
            effect: change.effect.words(self.unit),
            future_steps,
            note: note.to_owned(),
            ..applied(EffectKind::Change, &change.name, range)
        });
    }

    fn holidays(&mut self, holidays: &[Holiday]) {
        let long_steps = self.steps.step.as_days() > 1.1;
        let mut by_name: BTreeMap<&str, Vec<&Holiday>> = BTreeMap::new();
        for holiday in holidays {
            by_name.entry(&holiday.name).or_default().push(holiday);
        }
        let end = self.future().end;
        let first = self.steps.time(0).date(self.zone);
        let last = self.steps.time(end).date(self.zone);
        let mut days_of: BTreeMap<&str, Vec<TimeRange>> = BTreeMap::new();
        for (name, list) in &by_name {
            let mut dates: Vec<_> = list.iter().flat_map(|h| h.days(first, last)).collect();
            dates.sort_unstable();
            dates.dedup();
            days_of.insert(name, dates.iter().map(|d| day(*d, self.zone)).collect());
        }
        let mut special: Vec<bool> = self.steps.values.iter().map(Option::is_none).collect();
        let past_of = |steps: &Steps, days: &[TimeRange]| -> Vec<Vec<usize>> {
            days.iter()
                .map(|range| steps_of(steps, *range))
                .filter(|indices| !indices.is_empty())
                .collect()
        };
        for days in days_of.values() {
            for index in past_of(&self.steps, days).into_iter().flatten() {
                if let Some(mark) = special.get_mut(index) {
                    *mark = true;
                }
            }
        }
        let mut decided = Vec::new();
        for (name, days) in days_of {
            let mut entry = AppliedEffect {
                from: None,
                ..applied(EffectKind::Holiday, name, TimeRange::ALL)
            };
            let past = past_of(&self.steps, &days);
            if long_steps {
                "a holiday is a day, and these steps are longer; nothing is changed"
                    .clone_into(&mut entry.note);
                decided.push((entry, None, Vec::new(), days));
                continue;
            }
            let found = estimate(&self.steps, &past, &special);
            entry.note = found.note;
            decided.push((entry, found.effect, past, days));
        }
        // All are estimated before the first is taken out.
        for (mut entry, effect, past, days) in decided {
            if let Some(effect) = effect {
                entry.effect = effect.words(self.unit);
                entry.past_steps = past.iter().map(|indices| self.clear(indices)).sum();
                entry.future_steps = days.iter().map(|range| self.put(effect, *range)).sum();
            }
            let ahead = self.steps.time(self.steps.values.len());
            entry.from = days.iter().map(|d| d.start).find(|start| *start >= ahead);
            self.applied.push(entry);
        }
    }

    /// More capacity makes the same load a smaller share: additions to come lower a series in percent.
    fn spread(&mut self, known: &Known) {
        for addition in &known.additions {
            let at = self.zone.start_of_day(addition.date);
            if let Amount::Percent(percent) = addition.amount
                && at >= self.steps.time(self.steps.values.len())
            {
                let factor = 1.0 / (1.0 + percent / 100.0);
                self.put(super::Effect::Multiply(factor), from_on(at));
            }
        }
    }
}
