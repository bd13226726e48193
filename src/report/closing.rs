//! Closing a period: its results are frozen together with the hash of the workbook that says so, and restated later
//! with a reason where data or promises have changed. The project keeps the record; the report shows both.
//!
//! What is hashed is the workbook that this record gives, with the line that says "closed" in it: whoever makes the
//! report again from the same data gets the bytes that were signed.

use sha2::{Digest as _, Sha256};

use super::findings::Findings;
use super::{Report, ReportError, ReportParams, analyse, hex, layout, xlsx};
use crate::analysis::closing::{self, Difference, Signature, scope_words};
use crate::analysis::decisions::ClosedPeriod;
use crate::analysis::forecast::Aggregate;
use crate::analysis::forecast::kept::{Keeping, KeptBy, KeptForecast};
use crate::analysis::sla::SlaReport;
use crate::calendar::{Instant, Period, Zone};
use crate::dataset::Dataset;
use crate::progress::Progress;

/// A closed or restated period, before the project has kept it.
#[derive(Debug)]
pub struct Signed {
    /// The record to keep, with the hash of the workbook.
    pub record: ClosedPeriod,
    /// The report that says it.
    pub report: Report,
    /// The workbook whose hash was taken.
    pub workbook: Vec<u8>,
    /// What was restated.
    pub differences: Vec<Difference>,
    /// The forecasts of a closed period, to be kept with it.
    pub forecasts: Vec<KeptForecast>,
}

fn refused(reason: impl Into<String>) -> ReportError {
    ReportError::Closing(reason.into())
}

/// Why a period cannot be closed at this time, as a sentence without a full stop.
pub fn still_open(period: Period, zone: &Zone, at: Instant) -> Option<String> {
    let end = period.range(zone).end;
    (at < end).then(|| {
        format!(
            "{} is still open: it ends on {} ({}); only what is over can be closed",
            period.title(),
            Instant(end.0.saturating_sub(1)).format(zone, "%-d %B %Y"),
            zone.name()
        )
    })
}

/// Freezes the results of a period that is over.
pub fn close(
    dataset: &Dataset,
    params: &ReportParams,
    who: Signature,
    progress: &Progress,
) -> Result<Signed, ReportError> {
    let title = params.period.title();
    let (period, scope) = (params.period.to_string(), scope_words(&params.scope));
    signed_by(&who, "closes it")?;
    if let Some(why) = still_open(params.period, &params.zone, who.at) {
        return Err(refused(why));
    }
    if let Some(closed) = params.decisions.closed(&period, &scope) {
        return Err(refused(format!(
            "{title} ({scope}) was closed on {} by {} already; restate it, or open it again first",
            closed.at.format(&params.zone, "%-d %B %Y"),
            closed.by
        )));
    }
    if params.slas.is_empty() {
        return Err(refused(
            "there are no promises whose results could be frozen; add promises first",
        ));
    }
    // A closed period is judged to its end: the record has to be there before the analyses.
    let mut params = params.clone();
    params.as_of = None;
    let signer = who.clone();
    params
        .decisions
        .closed
        .push(closing::close(&period, &scope, who, Vec::new()));
    let mut findings = analyse(dataset, &params, progress)?;
    let results = closing::freeze(sets(&findings));
    let inputs = findings.inputs_sha256.clone();
    let keep = |closed: &mut ClosedPeriod| {
        closed.results.clone_from(&results);
        closed.inputs_sha256.clone_from(&inputs);
    };
    let forecasts = to_keep(&findings, &params, &signer);
    let signed = sign(&mut params, &mut findings, &keep, Vec::new())?;
    Ok(Signed {
        forecasts,
        ..signed
    })
}

/// The forecasts of a report as they are kept when its period is closed or restated.
fn to_keep(findings: &Findings, params: &ReportParams, who: &Signature) -> Vec<KeptForecast> {
    let period = params.period.to_string();
    let made = findings.forecasts.iter();
    made.filter_map(|finding| {
        let keeping = Keeping {
            series: &finding.series,
            scope: &params.scope,
            zone: &params.zone,
            aggregate: Aggregate::default(),
            at: who.at,
            by: KeptBy::Closing(period.clone()),
            who: &who.by,
        };
        KeptForecast::of(finding.forecast.as_ref()?, &keeping)
    })
    .collect()
}

/// Freezes what a closed period comes to now; what stood before is kept beside it, with the reason.
pub fn restate(
    dataset: &Dataset,
    params: &ReportParams,
    who: &Signature,
    reason: &str,
    progress: &Progress,
) -> Result<Signed, ReportError> {
    let (period, scope) = (params.period.to_string(), scope_words(&params.scope));
    signed_by(who, "restates it")?;
    reasoned(reason)?;
    if params.decisions.closed(&period, &scope).is_none() {
        return Err(not_closed(params.period, &scope));
    }
    let mut params = params.clone();
    params.as_of = None;
    let mut findings = analyse(dataset, &params, progress)?;
    let differences = findings
        .own_closing()
        .map(|view| view.differences.clone())
        .unwrap_or_default();
    if differences.is_empty() {
        return Err(refused(format!(
            "nothing is to be restated: every promise of {} reads as it did when it was closed",
            params.period.title()
        )));
    }
    let results = closing::freeze(sets(&findings));
    let inputs = findings.inputs_sha256.clone();
    let keep = |closed: &mut ClosedPeriod| {
        closing::restate(closed, &differences, results.clone(), who.clone(), reason);
        if let Some(last) = closed.restatements.last_mut() {
            last.inputs_sha256.clone_from(&inputs);
        }
        // Until the hash is known, the workbook has none of its own.
        closed.set_workbook(String::new());
    };
    // What is forecast of the data of now is scored beside what was kept when the period was closed.
    let forecasts = to_keep(&findings, &params, who);
    let signed = sign(&mut params, &mut findings, &keep, differences.clone())?;
    Ok(Signed {
        forecasts,
        ..signed
    })
}

/// The sentence for a period that would have to be closed for this.
pub fn not_closed(period: Period, scope: &str) -> ReportError {
    refused(format!("{} ({scope}) is not closed", period.title()))
}

/// Refuses an empty name.
pub fn signed_by(who: &Signature, does: &str) -> Result<(), ReportError> {
    if who.by.trim().is_empty() {
        return Err(refused(format!("say who {does}: a name is needed")));
    }
    Ok(())
}

/// Refuses an empty reason.
pub fn reasoned(reason: &str) -> Result<(), ReportError> {
    if reason.trim().is_empty() {
        return Err(refused(
            "say why: a reason is needed to change what was closed",
        ));
    }
    Ok(())
}

fn sets(findings: &Findings) -> impl Iterator<Item = (&str, &SlaReport)> {
    findings.slas.iter().map(|s| (s.name.as_str(), &s.report))
}

/// Puts the record into the report, lays it out, and takes the hash of its workbook.
fn sign(
    params: &mut ReportParams,
    findings: &mut Findings,
    keep: &dyn Fn(&mut ClosedPeriod),
    differences: Vec<Difference>,
) -> Result<Signed, ReportError> {
    let (period, scope) = (params.period.to_string(), scope_words(&params.scope));
    let mut record = ClosedPeriod::default();
    if let Some(closed) = params.decisions.closed_mut(&period, &scope) {
        keep(closed);
        record = closed.clone();
    }
    if let Some(shown) = findings.decisions.closed_mut(&period, &scope) {
        shown.clone_from(&record);
        shown.set_workbook(String::new());
    }
    findings.look_at_closings();
    let report = layout(findings, params);
    let workbook = xlsx::render(&report).map_err(|e| refused(e.to_string()))?;
    record.set_workbook(hex(&Sha256::digest(&workbook)));
    Ok(Signed {
        record,
        report,
        workbook,
        differences,
        forecasts: Vec::new(),
    })
}
