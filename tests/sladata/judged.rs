//! Every promise of every preset judged over June and over the quarter, and held against the made numbers.

use headroom::analysis::sla::presets::{self, PRESETS};
use headroom::analysis::sla::{ObjectiveResult, SlaFile, Verdict, judge};
use headroom::dataset::Dataset;

use super::checks::Range;
use super::expected::expected;
use super::made::{MONTHS, Made, dataset};
use crate::sla_fixture::params;

/// The promises of a preset, compared with March where they compare.
pub fn promises(preset: &str) -> SlaFile {
    let yaml = presets::find(preset).unwrap().yaml;
    let with_start = format!("{yaml}\nbaselines:\n  start: {{period: 2026-03}}\n");
    SlaFile::parse(&with_start).unwrap()
}

fn results(dataset: &Dataset, preset: &str, period: &str) -> Vec<ObjectiveResult> {
    let report = judge(dataset, &promises(preset), &params(period, "UTC")).unwrap();
    assert!(!report.period.open, "{period}");
    report.objectives
}

/// June with its ties, and the quarter in which other months break what June keeps.
#[test]
fn every_promise_of_the_documents_is_judged_as_its_numbers_say() {
    let folder = tempfile::tempdir().unwrap();
    let made = Made::new();
    let dataset = dataset(&made, folder.path());
    let june: Range = MONTHS[3].1;
    let quarter: Range = (MONTHS[1].1.0, june.1);
    let mut wrong: Vec<String> = Vec::new();
    for (period, range, kept, broken) in [("2026-06", june, 73, 28), ("2026-Q2", quarter, 59, 42)] {
        let (mut met, mut breached) = (0, 0);
        for (preset, promises) in expected() {
            let results = results(&dataset, preset, period);
            let names: Vec<&str> = results.iter().map(|r| r.name.as_str()).collect();
            let known: Vec<&str> = promises.iter().map(|p| p.0).collect();
            assert_eq!(names, known, "{preset}");
            for ((name, check), result) in promises.iter().zip(&results) {
                let verdict = if check.kept(&made, range) {
                    met += 1;
                    Verdict::Met
                } else {
                    breached += 1;
                    Verdict::Breached
                };
                if result.verdict != verdict {
                    wrong.push(format!(
                        "{period} {preset} {name}: {:?} instead of {verdict:?}: {} ({}), {:?}",
                        result.verdict, result.achieved_text, result.rule, result.reason
                    ));
                }
            }
        }
        assert_eq!((met, breached), (kept, broken), "{period}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(PRESETS.len(), expected().len());
}
