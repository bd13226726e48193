//! One thing that a person knows beside the data: how it is written in words, put into the document and taken out.

use crate::analysis::forecast::plan::{
    Addition, Change, EffectKind, Event, ForecastPlan, Holiday, Ignored, Known,
};
use crate::calendar::{Instant, Zone};
use crate::project::ProjectDoc;
use crate::units;

/// What is known.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fact {
    /// From a day on.
    Change(Change),
    /// Between two days.
    Event(Event),
    /// For all series.
    Holiday(Holiday),
    /// Past that is left out.
    Ignored(Ignored),
    /// Capacity to come.
    Addition(Addition),
}

impl Fact {
    /// All that is known about a series, in the order of a list.
    pub(super) fn all(known: &Known) -> Vec<Self> {
        let plan = &known.plan;
        let additions = known.additions.iter().cloned().map(Self::Addition);
        additions
            .chain(plan.changes.iter().cloned().map(Self::Change))
            .chain(plan.events.iter().cloned().map(Self::Event))
            .chain(plan.holidays.iter().cloned().map(Self::Holiday))
            .chain(plan.ignored.iter().cloned().map(Self::Ignored))
            .collect()
    }

    /// What the engine calls it; `None` for additions, which belong to the limit.
    pub(super) const fn kind(&self) -> Option<EffectKind> {
        match self {
            Self::Change(_) => Some(EffectKind::Change),
            Self::Event(_) => Some(EffectKind::Event),
            Self::Holiday(_) => Some(EffectKind::Holiday),
            Self::Ignored(_) => Some(EffectKind::Ignored),
            Self::Addition(_) => None,
        }
    }

    /// The name that a person gave it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Change(c) => &c.name,
            Self::Event(e) => &e.name,
            Self::Holiday(h) => &h.name,
            Self::Ignored(i) => &i.name,
            Self::Addition(a) => &a.owner,
        }
    }

    /// When it begins, where the engine says it of the same thing.
    pub(super) fn begins(&self, zone: &Zone) -> Option<Instant> {
        match self {
            Self::Change(c) => Some(zone.start_of_day(c.from)),
            Self::Event(e) => Some(zone.start_of_day(e.from)),
            Self::Ignored(i) => Some(i.start),
            Self::Holiday(_) | Self::Addition(_) => None,
        }
    }

    /// `+20 % from 1 Mar 2027: new customers`.
    pub(super) fn words(&self, unit: &str, zone: &Zone) -> String {
        let day = |date: jiff::civil::Date| date.strftime("%-d %b %Y").to_string();
        let named = |text: String, name: &str| {
            if name.is_empty() {
                text
            } else {
                format!("{text}: {name}")
            }
        };
        match self {
            Self::Change(c) => named(
                format!("{} from {} on", c.effect.words(unit), day(c.from)),
                &c.name,
            ),
            Self::Event(e) if e.from == e.to => named(
                format!("{} on {}", e.effect.words(unit), day(e.from)),
                &e.name,
            ),
            Self::Event(e) => named(
                format!(
                    "{} from {} to {}",
                    e.effect.words(unit),
                    day(e.from),
                    day(e.to)
                ),
                &e.name,
            ),
            Self::Holiday(h) if h.yearly => named(
                format!("every year on {}", h.date.strftime("%-d %B")),
                &h.name,
            ),
            Self::Holiday(h) => named(day(h.date), &h.name),
            Self::Ignored(i) => {
                let at = |at: Instant| at.format(zone, "%-d %b %Y %H:%M").replace(" 00:00", "");
                named(
                    format!("{} to {} left out", at(i.start), at(i.end)),
                    &i.name,
                )
            }
            Self::Addition(a) => {
                let mut text = format!("{} more from {}", a.amount.words(unit), day(a.date));
                if let Some(days) = a.lead_time_days {
                    text.push_str(&format!(", lead time {days} days"));
                }
                if let Some(cost) = a.cost() {
                    text.push_str(&format!(", cost {}", units::grouped(cost, 2)));
                }
                named(text, &a.owner)
            }
        }
    }

    /// Puts it into the document, in place of another one where that is there.
    pub(super) fn put(&self, doc: &mut ProjectDoc, series: &str, before: Option<&Self>) {
        match self {
            Self::Change(new) => {
                let old = match before {
                    Some(Self::Change(old)) => Some(old),
                    _ => None,
                };
                if let Some(plan) = ForecastPlan::entry(&mut doc.forecast_plans, series) {
                    replace(&mut plan.changes, old, new);
                }
            }
            Self::Event(new) => {
                let old = match before {
                    Some(Self::Event(old)) => Some(old),
                    _ => None,
                };
                if let Some(plan) = ForecastPlan::entry(&mut doc.forecast_plans, series) {
                    replace(&mut plan.events, old, new);
                }
            }
            Self::Holiday(new) => {
                let old = match before {
                    Some(Self::Holiday(old)) => Some(old),
                    _ => None,
                };
                if let Some(plan) = ForecastPlan::entry(&mut doc.forecast_plans, "") {
                    replace(&mut plan.holidays, old, new);
                }
            }
            Self::Ignored(new) => {
                let old = match before {
                    Some(Self::Ignored(old)) => Some(old),
                    _ => None,
                };
                if let Some(plan) = ForecastPlan::entry(&mut doc.forecast_plans, series) {
                    replace(&mut plan.ignored, old, new);
                }
            }
            Self::Addition(new) => {
                let old = match before {
                    Some(Self::Addition(old)) => Some(old),
                    _ => None,
                };
                if let Some(limit) = doc.limits.iter_mut().find(|l| l.series == series) {
                    replace(&mut limit.additions, old, new);
                }
            }
        }
    }

    /// Takes it out of the document.
    pub(super) fn remove(&self, doc: &mut ProjectDoc, series: &str) {
        if let Self::Addition(gone) = self {
            for limit in doc.limits.iter_mut().filter(|l| l.series == series) {
                limit.additions.retain(|a| a != gone);
            }
            return;
        }
        let of = |p: &&mut ForecastPlan| p.series.is_empty() || p.series == series;
        for plan in doc.forecast_plans.iter_mut().filter(of) {
            match self {
                Self::Change(gone) => plan.changes.retain(|c| c != gone),
                Self::Event(gone) => plan.events.retain(|e| e != gone),
                Self::Holiday(gone) => plan.holidays.retain(|h| h != gone),
                Self::Ignored(gone) => plan.ignored.retain(|i| i != gone),
                Self::Addition(_) => {}
            }
        }
        doc.forecast_plans.retain(|p| !p.is_empty());
    }
}

fn replace<T: Clone + PartialEq>(list: &mut Vec<T>, old: Option<&T>, new: &T) {
    match old.and_then(|old| list.iter_mut().find(|there| *there == old)) {
        Some(there) => there.clone_from(new),
        None => list.push(new.clone()),
    }
}
