//! OpenSLO v1: what others write is read, what is written comes back.

use headroom::analysis::sla::{
    Grain, ObjectiveKind, Quantity, SlaFile,
    presets::{self, PRESETS},
    to_openslo,
};
use headroom::dataset::Role;
use headroom::units::{Micros, Ppm};

use super::parsed;
use crate::sla_fixture::{
    Batch, at, at_the_end_of, batch, dataset_of, incidents, one, report, run,
};

const FOREIGN: &str = include_str!("../data/sla/openslo.yaml");

/// sla-and-reports.md, vector B17: 95 % over two weeks of 24,000 requests a day; 1,008 slices; 99.95 % of a week.
#[test]
fn openslo_budgets() {
    let file = parsed(FOREIGN);
    let names: Vec<&str> = file.objectives.iter().map(|o| o.name.as_str()).collect();
    assert_eq!(names, ["Fast requests", "Good minutes", "Uptime", "Queue"]);
    let judged = |batches: &[Batch], period: &str, name: &str| {
        let data = dataset_of(Role::Production, run(&["GET /api"], batches));
        let result = report(&data, FOREIGN, &at_the_end_of(period));
        let found = result.objectives.into_iter().find(|o| o.name == name);
        found.unwrap()
    };
    let days: Vec<Batch> = (1..=14)
        .map(|day| batch(&format!("2026-06-{day:02} 12:00"), 0, 50, 24_000, 0))
        .collect();
    let budget = judged(&days, "2026-06", "Fast requests").budget.unwrap();
    assert_eq!((budget.unit.as_str(), budget.total), ("requests", 16_800.0));
    // 14 days have 20,160 minutes, of which 1,008 may fail: 16 h 48 min.
    let start = at("2026-06-01");
    let minutes: Vec<Batch> = (0..20_160)
        .map(|minute| Batch {
            at: start.plus(Micros(minute * Micros::MINUTE.0)),
            label: 0,
            ms: 50,
            count: 1,
            errors: 0,
        })
        .collect();
    let tally = judged(&minutes, "2026-06-14", "Good minutes")
        .slices
        .unwrap();
    assert_eq!((tally.met, tally.met - tally.required), (20_160, 1_008));
    let week = one(
        &incidents(Vec::new()),
        "    kind: availability\n    target: 99.95%\n    period: week\n",
        &at_the_end_of("2026-W25"),
    );
    // 5 min 2.4 s.
    assert_eq!(week.budget.unwrap().total, 302.4);
}

/// Windows, methods, references and alert policies of someone else's file.
#[test]
fn openslo_of_others_is_read() {
    let file = parsed(FOREIGN);
    let fast = &file.objectives[0];
    assert_eq!(fast.kind, ObjectiveKind::ShareUnder);
    assert_eq!(
        fast.threshold.unwrap().value,
        Quantity::Duration(Micros(200_000))
    );
    assert_eq!(fast.target.value, Quantity::Share(Ppm(950_000)));
    assert_eq!(fast.scope.service.as_deref(), None);
    let uptime = &file.objectives[2];
    assert_eq!(uptime.kind, ObjectiveKind::Availability);
    assert_eq!(uptime.scope.service.as_deref(), Some("web"));
    assert_eq!(uptime.target.value, Quantity::Share(Ppm(999_500)));
    let queue = &file.objectives[3];
    assert_eq!(queue.kind, ObjectiveKind::Metric);
    assert_eq!(queue.scope.metric.as_deref(), Some("queue_depth*"));
    assert_eq!(queue.target.value, Quantity::Value(100_000_000));
    assert_eq!(file.timezone.as_deref(), Some("Europe/Berlin"));
    let kept = file.kept.join("\n");
    for part in [
        "Alert policy fast-burn",
        "burnrate gte 14.4 over 1h",
        "its alert policies",
    ] {
        assert!(kept.contains(part), "{part}\n{kept}");
    }
    // A rolling ratio is judged as one.
    assert_eq!(uptime.period, Grain::Rolling(Micros(7 * Micros::DAY.0)));
    assert!(!kept.contains("rolling window of 1w"), "{kept}");
    // What is kept is said where it is judged.
    let result = report(&incidents(Vec::new()), FOREIGN, &at_the_end_of("2026-06"));
    assert!(
        result
            .warnings
            .iter()
            .any(|w| w.message.contains("fast-burn"))
    );
}

/// Whatever a preset says comes back from OpenSLO, and what OpenSLO cannot say is named.
#[test]
fn presets_survive_openslo() {
    let form = include_str!("../data/sla/own_form.yaml");
    let all = PRESETS
        .iter()
        .map(|p| (p.name, p.yaml))
        .chain([("own", form)]);
    for (name, yaml) in all {
        let export = to_openslo(yaml).unwrap();
        let back = parsed(&export.text);
        let mut original = parsed(yaml);
        let tidy = |file: &mut SlaFile| {
            file.objectives.sort_by(|a, b| a.name.cmp(&b.name));
            for objective in &mut file.objectives {
                objective.line = None;
            }
            for limit in &mut file.limits {
                limit.line = 0;
            }
            for stated in &mut file.stated {
                stated.line = 0;
            }
        };
        let mut back = back;
        tidy(&mut original);
        tidy(&mut back);
        for (a, b) in original.objectives.iter().zip(&back.objectives) {
            assert_eq!(a, b, "{name}\n{}", export.text);
        }
        assert_eq!(back, original, "{name}\n{}", export.text);
        let improvements = original.objectives.iter().filter(|o| {
            matches!(
                o.kind,
                ObjectiveKind::Improvement | ObjectiveKind::Regression
            )
        });
        let said = export
            .unsaid
            .iter()
            .filter(|s| s.contains("baseline"))
            .count();
        assert_eq!(said, improvements.count(), "{:?}", export.unsaid);
    }
    let export = to_openslo(presets::find("optimisation-report").unwrap().yaml).unwrap();
    assert!(
        export
            .unsaid
            .iter()
            .any(|s| s.contains("no target of 100 %"))
    );
    assert!(to_openslo(&export.text).is_err());
}

/// A target that someone changed in the exported file counts, and the rest stays.
#[test]
fn an_edit_in_the_export_comes_back() {
    let export = to_openslo(include_str!("../data/sla/own_form.yaml")).unwrap();
    assert_eq!(
        export.text.matches("target: 0.999\n").count(),
        1,
        "{}",
        export.text
    );
    let edited = export
        .text
        .replace("target: 0.999\n", "target: 0.995\n")
        .replacen("value: 200\n", "value: 250\n", 1);
    let file = parsed(&edited);
    let first = file
        .objectives
        .iter()
        .find(|o| o.name == "API availability")
        .unwrap();
    assert_eq!(first.target.value, Quantity::Share(Ppm(995_000)));
    assert_eq!(first.allowance, Some(Micros(2_592_000_000)));
    let latency = file
        .objectives
        .iter()
        .find(|o| o.name == "API P95")
        .unwrap();
    assert_eq!(latency.target.value, Quantity::Duration(Micros(250_000)));
    assert!(latency.target.strict);
    assert_eq!(latency.min_samples, 1_000);
}
