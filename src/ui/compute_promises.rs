//! What stands behind the promises on screens: how they were kept, what the data tell about a breach, and what to do.

use super::compute::{Inputs, threshold};
use super::results::{BreachKey, SlaOutcome};
use crate::analysis::closing::scope_words;
use crate::analysis::sla::{
    BurnTable, JudgeParams, SlaFile, SlaReport, Verdict, conflicts, judge, replay_alerts,
};
use crate::analysis::story::{
    self, BottleneckParams, BreachStory, Known, Recommendation, StoryParams,
};
use crate::calendar::Zone;
use crate::progress::Progress;
use crate::project::SlaEntry;

impl Inputs {
    /// The judgement of all promises over the chosen period.
    pub(super) fn sla(&self) -> SlaOutcome {
        let mut outcome = SlaOutcome::default();
        let mut verdicts = Vec::new();
        for entry in &self.slas {
            match self.judge(entry) {
                Ok(report) => {
                    verdicts.push(report.verdict);
                    merge(&mut outcome.report, report);
                }
                Err(why) => outcome.problems.push((entry.name.clone(), why)),
            }
        }
        let sets: Vec<_> = self
            .slas
            .iter()
            .filter_map(|e| Some((e.name.as_str(), e.promises(None, &self.zone).ok()?)))
            .collect();
        let sets = sets.iter().map(|(name, file)| (*name, file));
        conflicts::add(&mut outcome.report.conflicts, conflicts::across(sets));
        outcome.report.verdict = Verdict::together(verdicts);
        outcome
            .report
            .breaches
            .sort_by(|a, b| (a.start, &a.objective).cmp(&(b.start, &b.objective)));
        outcome
    }

    fn judge(&self, entry: &SlaEntry) -> Result<SlaReport, String> {
        let mut file = entry
            .promises(None, &self.zone)
            .map_err(|e| e.to_string())?;
        file.add_baselines(&self.decisions.baselines);
        file.add_exclusions(&self.decisions.exclusions);
        let zone = file
            .timezone
            .as_deref()
            .map(Zone::named)
            .transpose()
            .map_err(|e| e.to_string())?
            .unwrap_or_else(|| self.zone.clone());
        // What is closed is over, whatever the data say.
        let closed = self
            .decisions
            .closed(&self.period.to_string(), &scope_words(&self.scope));
        let params = JudgeParams {
            period: self.period,
            as_of: closed.map(|_| self.period.range(&zone).end),
            zone,
            scope: self.scope.clone(),
            exclusions: Vec::new(),
            history: true,
        };
        let mut report = judge(&self.dataset, &file, &params).map_err(|e| e.to_string())?;
        // All published tables, so that another one can be chosen at once; those of the file first.
        let mut tables = file.burn_alerts.clone();
        for table in BurnTable::all() {
            if tables.iter().all(|t| t.name != table.name) {
                tables.push(table);
            }
        }
        replay_alerts(&self.dataset, &file, &params, &tables, &mut report)
            .map_err(|e| e.to_string())?;
        Ok(report)
    }

    /// What the data tell about one breach.
    pub(super) fn story(
        &self,
        key: &BreachKey,
        progress: &Progress,
    ) -> Result<BreachStory, String> {
        let outcome = self.judged.clone().unwrap_or_default();
        let report = &outcome.report;
        let breach = report
            .breaches
            .iter()
            .find(|b| b.start == key.start && b.objective == key.objective)
            .ok_or_else(|| "the breach is no longer in the data".to_owned())?;
        let files = self.files();
        let params = StoryParams {
            scope: self.scope.clone(),
            objectives: files.iter().flat_map(|f| &f.objectives).collect(),
        };
        let told = story::stories(
            &self.dataset,
            &[breach],
            &report.breaches,
            &report.objectives,
            &params,
            progress,
        );
        told.map_err(|e| e.to_string())?
            .pop()
            .ok_or_else(|| "nothing is known about it".to_owned())
    }

    /// The sets of promises that can be read.
    pub(super) fn files(&self) -> Vec<SlaFile> {
        self.named_files()
            .into_iter()
            .map(|(_, file)| file)
            .collect()
    }

    /// The same, with their names.
    pub(super) fn named_files(&self) -> Vec<(String, SlaFile)> {
        self.slas
            .iter()
            .filter_map(|entry| Some((entry.name.clone(), entry.promises(None, &self.zone).ok()?)))
            .collect()
    }

    /// What to do.
    pub(super) fn advice(&self) -> Result<Vec<Recommendation>, String> {
        let outcome = self.judged.clone().unwrap_or_default();
        let forecasts = self.forecast.clone().unwrap_or_default();
        let range = self.period.range(&self.zone);
        let found = story::bottlenecks(
            &self.dataset,
            &BottleneckParams {
                scope: self.scope.clone(),
                range: Some(range),
                limits: self
                    .limits
                    .iter()
                    .map(|l| (l.series.clone(), threshold(&l.limit)))
                    .collect(),
                ..BottleneckParams::default()
            },
        )
        .map_err(|e| e.to_string())?;
        let data_end = self.dataset.span().map_or(range.end, |span| span.end);
        Ok(story::recommend(&Known {
            report: &outcome.report,
            decisions: &self.decisions,
            stories: &[],
            bottlenecks: &found,
            forecasts: forecasts
                .forecasts
                .iter()
                .filter_map(|(limit, f)| Some((f.as_ref().ok()?, limit.lead_time_days)))
                .collect(),
            capacity: None,
            peak_per_sec: story::peak_per_sec(&self.dataset, &self.scope, range)
                .map_err(|e| e.to_string())?,
            as_of: data_end.min(range.end),
            zone: &self.zone,
        }))
    }
}

fn merge(into: &mut SlaReport, report: SlaReport) {
    into.period = report.period;
    into.objectives.extend(report.objectives);
    into.breaches.extend(report.breaches);
    into.conflicts.extend(report.conflicts);
    into.warnings.merge(&report.warnings);
    into.policies.extend(report.policies);
    into.alerts.extend(report.alerts);
}
