//! Promises as they are written: the user's `performance_sla` block and Headroom's own form, read and validated.
//!
//! A mistake is answered with what to write instead and the line at which it stands. The two forms are read by
//! `read_block` and `read_own`; both become the same [`Objective`]s.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::exclusion::{Exclusion, WrittenExclusion};
use super::limits::{self, RateLimit, StatedResult};
use super::names::unknown_key;
use super::objective::Objective;
use super::yaml::{Node, Value};
use super::{
    AlertRule, BurnTable, budget, openslo_read, prometheus_rules, read_benchmarks, read_block,
    read_own, read_targets, read_windows,
};
use crate::analysis::decisions::{Baseline, EnteredExclusion};
use crate::calendar::{FiscalStart, Zone};
use crate::units::Ppm;

pub use crate::yaml::YamlError as SlaFileError;

/// What is to happen when performance gets worse, short of a breach: judged against the period before, and no promise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DegradationPolicy {
    /// How much worse.
    pub threshold: Ppm,
    /// When people are told, as written.
    pub notification: String,
    /// `enabled` or `disabled`, as written.
    pub auto_scaling: String,
}

/// A set of objectives, read and validated.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SlaFile {
    /// IANA zone, where the file names one.
    pub timezone: Option<String>,
    /// The promises, in the order of the file.
    pub objectives: Vec<Objective>,
    /// Patterns over labels by class, such as `api_endpoints: ["GET /api/*"]`.
    pub classes: BTreeMap<String, Vec<String>>,
    /// How people are told of a breach, as written (`immediate`).
    pub notification: Option<String>,
    /// What is to happen when performance gets worse.
    pub degradation: Option<DegradationPolicy>,
    /// The month with which fiscal years begin, where the file says so.
    pub fiscal_start: Option<FiscalStart>,
    /// Periods and load tests that promises are compared with, by name.
    pub baselines: Vec<Baseline>,
    /// Thresholds by tier for metrics and objectives.
    pub alerts: Vec<AlertRule>,
    /// Tables of burn alerts to replay.
    pub burn_alerts: Vec<BurnTable>,
    /// Rate limits of the traffic, held against the promises.
    pub limits: Vec<RateLimit>,
    /// Results that a document states with a grade, held against the promises.
    pub stated: Vec<StatedResult>,
    /// What stood in the file and is kept, but cannot be judged, in sentences.
    pub kept: Vec<String>,
}

/// The keys a file of promises starts with.
const KEYS: &str = "timezone, classes, objectives, performance_sla, performance_benchmarks, limits, traffic_management, stated, baselines, alerts, burn_alerts, fiscal_start, service_hours";

impl SlaFile {
    /// Reads YAML in any form: the blocks of the user's documents and Headroom's own, which one file may hold together,
    /// or OpenSLO v1.
    pub fn parse(yaml: &str) -> Result<Self, SlaFileError> {
        if openslo_read::looks_like(yaml) {
            return openslo_read::read(yaml);
        }
        let root = Node::parse(yaml)?;
        if prometheus_rules::looks_like(&root) {
            return Err(root.error(
                "these are Prometheus alert rules, which hold thresholds but no promises; paste them into the text on the SLA screen, or run \"headroom sla --hints FILE\", to see what they suggest",
            ));
        }
        Self::from_root(&root)
    }

    /// Reads the tree of a file.
    pub(super) fn from_root(root: &Node) -> Result<Self, SlaFileError> {
        if root.value == Value::Null {
            return Err(root.error(
                "the file holds no promises; write \"objectives:\" or \"performance_sla:\"",
            ));
        }
        let mut file = Self::default();
        let mut hours = None;
        let mut alerts = None;
        for (key, node) in root.map("the file")? {
            match key.as_str() {
                "timezone" | "tz" => {
                    let name = node.text("timezone")?;
                    Zone::named(name).map_err(|e| node.error(e.to_string()))?;
                    file.timezone = Some(name.to_owned());
                }
                "classes" => {
                    for (class, patterns) in node.map("classes")? {
                        file.classes
                            .insert(class.clone(), patterns.texts("patterns")?);
                    }
                }
                "objectives" => file.objectives.extend(read_own::objectives(node)?),
                "performance_sla" => read_block::read(node, &mut file)?,
                "fiscal_start" => {
                    let start = FiscalStart::parse(node.text("fiscal_start")?);
                    file.fiscal_start =
                        Some(start.map_err(|e| node.error(format!("fiscal_start: {e}")))?);
                }
                "service_hours" => hours = Some(read_windows::service_hours(node)?),
                "baselines" => file.baselines = read_targets::baselines(node)?,
                "burn_alerts" => file.burn_alerts = budget::burn_tables(node)?,
                // They refer to objectives, which may stand further down.
                "alerts" => alerts = Some(node),
                "performance_benchmarks" => read_benchmarks::read(node, &mut file)?,
                "limits" => file.limits.extend(limits::read_limits(node)?),
                "traffic_management" => file.limits.extend(limits::read_traffic(node)?),
                "stated" => file.stated.extend(limits::read_stated(node)?),
                other => return Err(unknown_key(node, other, "a file of promises", KEYS)),
            }
        }
        for objective in &mut file.objectives {
            if objective.service_hours.is_none() {
                objective.service_hours.clone_from(&hours);
            }
        }
        if let Some(node) = alerts {
            file.alerts = budget::alerts(node, &file.objectives)?;
        }
        if file.objectives.is_empty() {
            return Err(root.error("the file holds no promises; list at least one objective"));
        }
        for (index, objective) in file.objectives.iter().enumerate() {
            let again = file
                .objectives
                .iter()
                .skip(index + 1)
                .find(|o| o.name == objective.name);
            if let Some(again) = again {
                return Err(SlaFileError {
                    message: format!(
                        "two objectives are called \"{}\"; give each a name of its own",
                        objective.name
                    ),
                    line: again.line,
                });
            }
        }
        let known = |name: &str| file.objectives.iter().any(|o| o.name == name);
        if let Some(stated) = file.stated.iter().find(|s| !known(&s.objective)) {
            return Err(SlaFileError {
                message: format!(
                    "stated: no objective of this file is called \"{}\"; write the name of one",
                    stated.objective
                ),
                line: Some(stated.line),
            });
        }
        Ok(file)
    }

    /// Several files as one, in order. Where two promises share a name, the later one says which file it is from.
    #[must_use]
    pub fn merged(files: impl IntoIterator<Item = (String, Self)>) -> Self {
        let mut all = Self::default();
        for (name, mut file) in files {
            let mut alerts = file.alerts;
            for mut objective in file.objectives {
                if all.objectives.iter().any(|o| o.name == objective.name) {
                    let own = format!("{} ({name})", objective.name);
                    for rule in &mut alerts {
                        if rule.objective.as_ref() == Some(&objective.name) {
                            rule.objective = Some(own.clone());
                        }
                    }
                    for stated in &mut file.stated {
                        if stated.objective == objective.name {
                            stated.objective.clone_from(&own);
                        }
                    }
                    objective.name = own;
                }
                all.objectives.push(objective);
            }
            all.limits.extend(file.limits);
            all.stated.extend(file.stated);
            all.kept.extend(file.kept);
            all.timezone = all.timezone.or(file.timezone);
            all.classes.extend(file.classes);
            all.notification = all.notification.or(file.notification);
            all.degradation = all.degradation.or(file.degradation);
            all.fiscal_start = all.fiscal_start.or(file.fiscal_start);
            all.add_baselines(&file.baselines);
            all.alerts.extend(alerts);
            if all.burn_alerts.is_empty() {
                all.burn_alerts = file.burn_alerts;
            }
        }
        all
    }

    /// Adds baselines that are kept elsewhere; a name that is here already keeps its meaning.
    pub fn add_baselines(&mut self, others: &[Baseline]) {
        for other in others {
            if !self.baselines.iter().any(|b| b.name == other.name) {
                self.baselines.push(other.clone());
            }
        }
    }

    /// Adds windows that are kept elsewhere to the promises they are for. They remember where they stand.
    pub fn add_exclusions(&mut self, entered: &[EnteredExclusion]) {
        for objective in &mut self.objectives {
            let fits = |e: &&EnteredExclusion| {
                e.objectives.is_empty() || e.objectives.contains(&objective.name)
            };
            let windows = entered.iter().filter(fits).map(|e| WrittenExclusion {
                source: EnteredExclusion::SOURCE.to_owned(),
                ..e.window.clone()
            });
            objective.written_exclusions.extend(windows);
        }
    }

    /// Names of all files with windows that do not count, each once, as written.
    pub fn exclusion_files(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .objectives
            .iter()
            .flat_map(|o| o.exclusions.iter().cloned())
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// Hands the windows of one such file to the objectives that name it. They remember the file.
    pub fn attach_exclusions(&mut self, name: &str, windows: &[Exclusion]) {
        let windows = windows.iter().map(|window| Exclusion {
            source: name.to_owned(),
            ..window.clone()
        });
        for objective in &mut self.objectives {
            if objective.exclusions.iter().any(|n| n == name) {
                objective
                    .exclusion_windows
                    .get_or_insert_default()
                    .extend(windows.clone());
            }
        }
    }

    /// Says in which zone the civil times are that are written out in the promises.
    pub fn settle_zone(&mut self, zone: &Zone) {
        for objective in &mut self.objectives {
            for window in &mut objective.written_exclusions {
                window.zone.get_or_insert_with(|| zone.name().to_owned());
            }
            if let Some(hours) = &mut objective.service_hours {
                hours.timezone.get_or_insert_with(|| zone.name().to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::objective::{AvailabilityRule, Grain, Quantity, ThroughputMode};
    use super::*;
    use crate::analysis::sla::ObjectiveKind;
    use crate::dataset::OutcomeFilter;
    use crate::units::{Direction, MicroRate, Micros};

    const BLOCK: &str = include_str!("../../../tests/data/sla/performance_sla.yaml");
    const OWN: &str = include_str!("../../../tests/data/sla/own_form.yaml");

    /// The block of the user's strategy document, letter by letter.
    #[test]
    fn reads_the_users_block_as_written() {
        let file = SlaFile::parse(BLOCK).unwrap();
        let [availability, api, web, throughput, errors] = file.objectives.as_slice() else {
            panic!("{:?}", file.objectives);
        };
        assert_eq!(availability.kind, ObjectiveKind::Availability);
        assert_eq!(availability.target.value, Quantity::Share(Ppm(999_000)));
        assert_eq!(availability.allowance, Some(Micros(2_592_000_000)));
        assert_eq!(availability.rule, AvailabilityRule::Stricter);
        assert_eq!(availability.period, Grain::Month);
        assert_eq!(api.target.value, Quantity::Duration(Micros(200_000)));
        assert_eq!(api.percentile, Ppm(950_000));
        assert_eq!(api.slice, Grain::Day);
        assert_eq!(api.scope.class.as_deref(), Some("api_endpoints"));
        assert_eq!(web.target.value, Quantity::Duration(Micros(3_000_000)));
        assert_eq!(web.percentile, Ppm(900_000));
        assert_eq!(
            throughput.target.value,
            Quantity::Rate(MicroRate::per_sec(10_000))
        );
        assert_eq!(throughput.burst, Some(MicroRate::per_sec(15_000)));
        assert_eq!(throughput.mode, ThroughputMode::Capability);
        assert_eq!(throughput.slice, Grain::Length(Micros::HOUR));
        assert_eq!(errors.target.value, Quantity::Share(Ppm(1_000)));
        assert_eq!(errors.critical.unwrap().value, Quantity::Share(Ppm(10_000)));
        for objective in &file.objectives {
            assert_eq!(
                objective.escalation,
                ["team_lead", "engineering_manager", "cto"]
            );
        }
        let degradation = file.degradation.unwrap();
        assert_eq!(degradation.threshold, Ppm(200_000));
        assert_eq!(degradation.notification, "5_minutes");
        assert_eq!(file.notification.as_deref(), Some("immediate"));
    }

    #[test]
    fn reads_every_key_of_the_own_form() {
        let file = SlaFile::parse(OWN).unwrap();
        assert_eq!(file.timezone.as_deref(), Some("Europe/Berlin"));
        let first = &file.objectives[0];
        assert_eq!(first.name, "API availability");
        assert_eq!(first.scope.service.as_deref(), Some("api"));
        assert_eq!(first.rule, AvailabilityRule::Stricter);
        assert_eq!(file.exclusion_files(), ["maintenance.csv"]);
        let latency = &file.objectives[1];
        assert_eq!(latency.scope.label.as_deref(), Some("GET *"));
        assert!(latency.target.strict);
        assert_eq!(latency.outcome, OutcomeFilter::All);
        assert_eq!(latency.slices_required, Ppm(950_000));
        assert_eq!(latency.min_samples, 1_000);
        let kinds: Vec<ObjectiveKind> = file.objectives.iter().map(|o| o.kind).collect();
        assert_eq!(kinds.len(), 9);
        assert_eq!(file.objectives[5].target.direction, Direction::AtMost);
        let json = serde_json::to_string(&file).unwrap();
        assert_eq!(serde_json::from_str::<SlaFile>(&json).unwrap(), file);
    }

    /// Each mistake with the line it stands on and a word of what to write instead.
    #[test]
    fn mistakes_are_answered_with_what_to_write() {
        let one = |body: &str| format!("objectives:\n  - name: x\n{body}");
        for (yaml, line, says) in [
            (
                one("    kind: availability\n    target: 0.999\n"),
                4,
                "99.9%",
            ),
            (one("    kind: availability\n    target: 101\n"), 4, "100"),
            (one("    kind: latency\n    target: 200\n"), 4, "200ms"),
            (one("    kind: speed\n    target: 200ms\n"), 3, "latency"),
            (one("    kind: latency\n    targt: 200ms\n"), 4, "target"),
            (
                one("    kind: availability\n    target: 99.9\n    rule: fixed\n"),
                5,
                "allowance",
            ),
            (
                one(
                    "    kind: availability\n    target: 99.9\n    source: requests\n    allowance: 5min\n    rule: fixed\n",
                ),
                7,
                "minutes",
            ),
            (
                one("    kind: throughput\n    target: 10_parsecs\n"),
                4,
                "rps",
            ),
            (
                one("    kind: latency\n    target: 200ms\n    slice: 7h\n"),
                5,
                "divide",
            ),
            (
                one("    kind: latency\n    target: \">200ms\"\n"),
                4,
                "at most",
            ),
            (one("    target: 200ms\n"), 2, "kind"),
            (one("    kind: latency\n"), 2, "target"),
            ("timezone: Mars\nobjectives: []\n".to_owned(), 1, "zone"),
            ("slo: 1\n".to_owned(), 1, "objectives"),
        ] {
            let error = SlaFile::parse(&yaml).unwrap_err();
            assert_eq!(error.line, Some(line), "{yaml}\n{error}");
            assert!(error.message.contains(says), "{yaml}\n{error}");
        }
        assert!(SlaFile::parse("").is_err());
        let twice = "objectives:\n  - {name: x, kind: latency, target: 1s}\n  - {name: x, kind: latency, target: 2s}\n";
        assert_eq!(SlaFile::parse(twice).unwrap_err().line, Some(3));
    }
}
