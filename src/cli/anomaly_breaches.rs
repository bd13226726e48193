//! Which promises were broken while something was unusual: the promises of the project, judged by the months in which
//! anomalies were found.

use super::common::Loaded;
use super::sla::promises_of;
use crate::analysis::anomaly::{Anomalies, BreachWithin};
use crate::analysis::sla::{Breach, JudgeParams, judge};
use crate::calendar::{Instant, Period, Zone};
use crate::dataset::ScopeFilter;

/// Months that are judged at most, the latest ones.
const MOST_MONTHS: usize = 36;

/// Names the breaches of each anomaly; says what could not be looked at. Nothing is done without promises.
pub(super) fn name(
    found: &mut [Anomalies],
    loaded: &Loaded,
    scope: &ScopeFilter,
    (zone, as_of): (&Zone, Option<Instant>),
) -> Vec<String> {
    let mut notes = Vec::new();
    let mut months = months(found, zone);
    if loaded.doc.slas.is_empty() || months.is_empty() {
        return notes;
    }
    if months.len() > MOST_MONTHS {
        months.drain(..months.len() - MOST_MONTHS);
        notes.push(format!(
            "breaches are named in the latest {MOST_MONTHS} months with anomalies"
        ));
    }
    let breaches = match breaches(&months, loaded, scope, (zone, as_of)) {
        Ok(breaches) => breaches,
        Err(why) => {
            notes.push(format!("breaches are not named: {why}"));
            return notes;
        }
    };
    for anomaly in found.iter_mut().flat_map(|s| &mut s.anomalies) {
        let within = anomaly.breaches_within(&breaches).map(BreachWithin::of);
        anomaly.breaches = within.collect();
    }
    notes
}

/// The months that anomalies touch, in order.
fn months(found: &[Anomalies], zone: &Zone) -> Vec<Period> {
    let mut months: Vec<(Instant, Period)> = Vec::new();
    for anomaly in found.iter().flat_map(|s| &s.anomalies) {
        let mut month = Period::month_of(anomaly.start, zone);
        while month.range(zone).start < anomaly.end {
            months.push((month.range(zone).start, month));
            month = month.step(1);
        }
    }
    months.sort_by_key(|(start, _)| *start);
    months.dedup_by_key(|(start, _)| *start);
    months.into_iter().map(|(_, month)| month).collect()
}

fn breaches(
    months: &[Period],
    loaded: &Loaded,
    scope: &ScopeFilter,
    (zone, as_of): (&Zone, Option<Instant>),
) -> Result<Vec<Breach>, String> {
    let decisions = &loaded.doc.decisions;
    let mut file =
        promises_of(&loaded.doc.slas, None, zone, decisions).map_err(|e| e.to_string())?;
    file.add_baselines(&decisions.baselines);
    let own = match &file.timezone {
        Some(name) => Zone::named(name).map_err(|e| e.to_string())?,
        None => zone.clone(),
    };
    let mut all = Vec::new();
    for period in months {
        let params = JudgeParams {
            period: *period,
            as_of,
            zone: own.clone(),
            scope: scope.clone(),
            exclusions: Vec::new(),
            history: false,
        };
        let report = judge(&loaded.dataset, &file, &params).map_err(|e| e.to_string())?;
        all.extend(report.breaches);
    }
    Ok(all)
}
