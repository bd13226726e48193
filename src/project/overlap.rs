//! What importing a file means for a project that may know it already (SEMANTICS "Importing again"): nothing new, a
//! grown file that replaces its older self, an overlap to be decided on, or something new.

use std::collections::BTreeSet;

use crate::dataset::{Dataset, SeriesInfo, Source, SourceInfo};

/// What a file is to the sources that are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportPlan {
    /// The same content is there already.
    Same,
    /// It is a longer version of this source.
    Grown {
        /// Id of the source it replaces.
        replaces: String,
    },
    /// It tells about the same thing and time as these sources: both together would count twice.
    Overlaps {
        /// Ids of the sources, in their order.
        with: Vec<String>,
    },
    /// Nothing like it is there.
    New,
}

/// What to do with an overlap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OverlapPolicy {
    /// The new file replaces what it overlaps with.
    Replace,
    /// What is there stays; the new file is left out.
    Keep,
    /// Both take part, as with two load generators of one test.
    Both,
    /// Nothing is imported. The default where nobody can be asked.
    #[default]
    Refuse,
}

/// What becomes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is left out because its content is there already.
    Same,
    /// It is left out because what it overlaps with stays.
    Keep,
    /// It is added, and these sources (by id) leave the document.
    Add {
        /// Ids of the sources that leave.
        removes: Vec<String>,
    },
    /// Nothing is imported, with the ids of what it overlaps with.
    Refuse {
        /// Ids of the sources it overlaps with.
        with: Vec<String>,
    },
}

/// Compares a new source with those that are there.
pub fn plan(existing: &Dataset, new: &Source) -> ImportPlan {
    if existing.source(&new.info.source_id).is_some() {
        return ImportPlan::Same;
    }
    if let Some(old) = existing
        .sources
        .iter()
        .find(|old| has_grown(&old.info, &new.info))
    {
        return ImportPlan::Grown {
            replaces: old.info.source_id.clone(),
        };
    }
    let with: Vec<String> = existing
        .sources
        .iter()
        .filter(|old| {
            let one_run = !new.info.run_group.is_empty() && old.info.run_id() == new.info.run_id();
            !one_run
                && old.info.scope == new.info.scope
                && share_time(&old.info, &new.info)
                && tell_about_the_same(old, new)
        })
        .map(|old| old.info.source_id.clone())
        .collect();
    if with.is_empty() {
        ImportPlan::New
    } else {
        ImportPlan::Overlaps { with }
    }
}

impl ImportPlan {
    /// Applies a policy.
    pub fn decide(self, policy: OverlapPolicy) -> Decision {
        match (self, policy) {
            (Self::Same, _) => Decision::Same,
            (Self::New, _) | (Self::Overlaps { .. }, OverlapPolicy::Both) => Decision::Add {
                removes: Vec::new(),
            },
            (Self::Grown { replaces }, _) => Decision::Add {
                removes: vec![replaces],
            },
            (Self::Overlaps { with }, OverlapPolicy::Replace) => Decision::Add { removes: with },
            (Self::Overlaps { .. }, OverlapPolicy::Keep) => Decision::Keep,
            (Self::Overlaps { with }, OverlapPolicy::Refuse) => Decision::Refuse { with },
        }
    }
}

/// A file that begins like its older self and has more in it. Its scope may have been edited since, so the same place on
/// disk counts as well as the same scope.
fn has_grown(old: &SourceInfo, new: &SourceInfo) -> bool {
    let same_place = old.scope == new.scope || (old.path.is_some() && old.path == new.path);
    same_place
        && old.format == new.format
        && old.file_name == new.file_name
        && old.first.is_some()
        && old.first == new.first
        && new.last >= old.last
        && new.rows >= old.rows
        && (new.last, new.rows) != (old.last, old.rows)
}

fn share_time(old: &SourceInfo, new: &SourceInfo) -> bool {
    let range = |info: &SourceInfo| info.first.zip(info.last);
    range(old)
        .zip(range(new))
        .is_some_and(|((a, b), (c, d))| a <= d && c <= b)
}

/// Both hold requests, or a series, bucket label or service of the same name.
fn tell_about_the_same(old: &Source, new: &Source) -> bool {
    let runs = old.run.is_some() && new.run.is_some();
    let series = |s: &Source| -> BTreeSet<String> {
        s.metrics
            .iter()
            .flat_map(|m| m.series.iter().map(SeriesInfo::display_name))
            .collect()
    };
    let buckets = |s: &Source| -> BTreeSet<String> {
        s.buckets.iter().flat_map(|b| b.labels.clone()).collect()
    };
    runs || !series(old).is_disjoint(&series(new))
        || !buckets(old).is_disjoint(&buckets(new))
        || share_service(old, new)
}

/// A row that names no service speaks of all of them.
fn share_service(old: &Source, new: &Source) -> bool {
    let services = |s: &Source| -> Option<BTreeSet<String>> {
        let table = s.uptime.as_ref()?;
        Some(
            table
                .rows
                .iter()
                .map(|r| r.service.to_lowercase())
                .collect(),
        )
    };
    services(old)
        .zip(services(new))
        .is_some_and(|(a, b)| a.contains("") || b.contains("") || !a.is_disjoint(&b))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::calendar::Instant;
    use crate::dataset::{MetricTable, OutageRow, RunSummary, State, UptimeTable};

    fn source(id: &str, file: &str, first: i64, last: i64, rows: u64) -> Source {
        Source {
            info: SourceInfo {
                source_id: id.to_owned(),
                file_name: file.to_owned(),
                format: "x".to_owned(),
                first: Some(Instant::from_secs(first)),
                last: Some(Instant::from_secs(last)),
                rows,
                ..SourceInfo::default()
            },
            ..Source::default()
        }
    }

    fn run(id: &str, file: &str, first: i64, last: i64, rows: u64) -> Source {
        Source {
            run: Some(RunSummary::default()),
            ..source(id, file, first, last, rows)
        }
    }

    fn metrics(id: &str, series: &str) -> Source {
        Source {
            metrics: Some(MetricTable {
                series: vec![SeriesInfo {
                    name: series.to_owned(),
                    ..SeriesInfo::default()
                }],
                ..MetricTable::default()
            }),
            ..source(id, &format!("{id}.csv"), 0, 100, 10)
        }
    }

    fn uptime(id: &str, service: &str) -> Source {
        Source {
            uptime: Some(UptimeTable {
                rows: vec![OutageRow {
                    start: Instant(0),
                    end: None,
                    state: State::Down,
                    service: service.to_owned(),
                    note: String::new(),
                }],
                incident_list: true,
                ..UptimeTable::default()
            }),
            ..source(id, &format!("{id}.csv"), 0, 100, 1)
        }
    }

    fn dataset(source: Source) -> Dataset {
        Dataset {
            sources: vec![Arc::new(source)],
        }
    }

    fn overlaps(id: &str) -> ImportPlan {
        ImportPlan::Overlaps {
            with: vec![id.to_owned()],
        }
    }

    #[test]
    fn equal_content_is_the_same_whatever_its_name() {
        let there = dataset(run("1", "a.jtl", 0, 100, 10));
        assert_eq!(
            plan(&there, &run("1", "b.jtl", 0, 100, 10)),
            ImportPlan::Same
        );
    }

    #[test]
    fn a_longer_file_replaces_its_older_self() {
        let there = dataset(run("1", "a.jtl", 0, 100, 10));
        let grown = ImportPlan::Grown {
            replaces: "1".to_owned(),
        };
        assert_eq!(plan(&there, &run("2", "a.jtl", 0, 150, 15)), grown);
        assert_eq!(plan(&there, &run("2", "a.jtl", 0, 100, 12)), grown);
        assert_eq!(plan(&there, &run("2", "a.jtl", 0, 150, 5)), overlaps("1"));
        assert_eq!(plan(&there, &run("2", "a.jtl", 5, 150, 15)), overlaps("1"));
        assert_eq!(plan(&there, &run("2", "b.jtl", 0, 150, 15)), overlaps("1"));
    }

    #[test]
    fn an_edited_scope_does_not_hide_the_older_self() {
        let mut old = run("1", "a.jtl", 0, 100, 10);
        old.info.path = Some("/data/a.jtl".into());
        old.info.scope.service = "checkout".to_owned();
        let mut new = run("2", "a.jtl", 0, 150, 15);
        assert_eq!(plan(&dataset(old.clone()), &new), ImportPlan::New);
        new.info.path = Some("/data/a.jtl".into());
        let replaces = "1".to_owned();
        assert_eq!(plan(&dataset(old), &new), ImportPlan::Grown { replaces });
    }

    #[test]
    fn another_time_or_scope_is_new() {
        let there = dataset(run("1", "a.jtl", 0, 100, 10));
        assert_eq!(
            plan(&there, &run("2", "b.jtl", 101, 200, 10)),
            ImportPlan::New
        );
        let mut other = run("2", "b.jtl", 0, 100, 10);
        other.info.scope.service = "search".to_owned();
        assert_eq!(plan(&there, &other), ImportPlan::New);
    }

    #[test]
    fn only_the_same_series_and_services_overlap() {
        let there = dataset(metrics("1", "cpu"));
        assert_eq!(plan(&there, &metrics("2", "memory")), ImportPlan::New);
        assert_eq!(plan(&there, &metrics("2", "cpu")), overlaps("1"));
        assert_eq!(plan(&there, &run("2", "a.jtl", 0, 100, 1)), ImportPlan::New);
        let there = dataset(uptime("1", "api"));
        assert_eq!(plan(&there, &uptime("2", "web")), ImportPlan::New);
        assert_eq!(plan(&there, &uptime("2", "API")), overlaps("1"));
        assert_eq!(plan(&there, &uptime("2", "")), overlaps("1"));
    }

    #[test]
    fn policies_decide_overlaps_only() {
        let add = |removes: &[&str]| Decision::Add {
            removes: removes.iter().map(|r| (*r).to_owned()).collect(),
        };
        assert_eq!(overlaps("1").decide(OverlapPolicy::Replace), add(&["1"]));
        assert_eq!(overlaps("1").decide(OverlapPolicy::Keep), Decision::Keep);
        assert_eq!(overlaps("1").decide(OverlapPolicy::Both), add(&[]));
        let with = vec!["1".to_owned()];
        assert_eq!(
            overlaps("1").decide(OverlapPolicy::Refuse),
            Decision::Refuse { with }
        );
        for policy in [OverlapPolicy::Refuse, OverlapPolicy::Keep] {
            let replaces = "1".to_owned();
            assert_eq!(ImportPlan::Grown { replaces }.decide(policy), add(&["1"]));
            assert_eq!(ImportPlan::New.decide(policy), add(&[]));
            assert_eq!(ImportPlan::Same.decide(policy), Decision::Same);
        }
    }
}
