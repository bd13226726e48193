//! Nagios' availability report as CSV (`avail.cgi?csvoutput`): how long each host or service was in each state. It does
//! not say when, so it becomes totals, never stretches of time.

use std::io::Read;

use super::collect::Collected;
use super::columns::{Columns, column, head_of};
use crate::dataset::StateTotals;
use crate::import::format::{Family, Format, Seen};
use crate::import::table::records::Record;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Nagios' availability report.
pub static FORMAT: Format = Format {
    id: "nagios-avail-csv",
    title: "Nagios availability report (CSV)",
    family: Family::Uptime,
    recognised_by: "a header with HOST_NAME and TIME_UP_SCHEDULED or TIME_OK_SCHEDULED",
    traps: &[
        "It says how long, not when: the totals are shown, but no promise about a month can be judged by them.",
        "Nor does it say which period it covers.",
        "Nagios prints percent of the total and percent of the known time; here undetermined time is unknown.",
        "Scheduled time down is maintenance; time up during maintenance is up. Unreachable counts as down, a service's \
         warning as degraded, its unknown as unknown.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    head_of(head)
        .is_some_and(|(names, _)| {
            column(&names, &["host_name"]).is_some()
                && column(&names, &["time_up_scheduled", "time_ok_scheduled"]).is_some()
        })
        .into()
}

/// The columns of one state: in maintenance and otherwise.
#[derive(Clone, Copy)]
struct Pair {
    scheduled: Option<usize>,
    unscheduled: Option<usize>,
}

impl Pair {
    fn of<R: Read>(table: &Columns<R>, state: &str) -> Self {
        let find = |end: &str| table.finds(&[&format!("time_{state}_{end}")]);
        Self {
            scheduled: find("scheduled"),
            unscheduled: find("unscheduled"),
        }
    }

    /// Seconds: in maintenance, and otherwise.
    fn secs(self, record: &Record) -> Result<(i64, i64), &'static str> {
        let read = |column: Option<usize>| match column {
            Some(c) => seconds(&record.cell(c)).ok_or("a time is not a number of seconds"),
            None => Ok(0),
        };
        Ok((read(self.scheduled)?, read(self.unscheduled)?))
    }
}

/// Whole seconds, up to a few hundred years.
fn seconds(text: &str) -> Option<i64> {
    let secs: i64 = text.trim().parse().ok()?;
    (0..10_000_000_000).contains(&secs).then_some(secs)
}

/// Reads one report.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let table = Columns::open(reader, intake)?;
    let mut collected = Collected::new(intake);
    let host = table.needs(&["host_name"], intake)?;
    let service = table.finds(&["service_description"]);
    let up = ["up", "ok"].map(|s| Pair::of(&table, s));
    let down = ["down", "critical", "unreachable"].map(|s| Pair::of(&table, s));
    let warning = Pair::of(&table, "warning");
    let unknown = Pair::of(&table, "unknown");
    let undetermined = table.finds(&["total_time_undetermined"]).map_or_else(
        || {
            ["time_undetermined_not_running", "time_undetermined_no_data"]
                .iter()
                .filter_map(|name| table.finds(&[name]))
                .collect()
        },
        |c| vec![c],
    );
    let mut unreachable = 0;
    table.each(&mut collected, |record, collected| {
        let blame = |reason| ("TIME_…", reason);
        let mut totals = StateTotals {
            service: match service.map(|s| record.cell(s)).filter(|s| !s.is_empty()) {
                Some(service) => {
                    format!("{}/{}", record.cell(host), service.trim_matches('"'))
                }
                None => record.cell(host).into_owned(),
            },
            ..StateTotals::default()
        };
        for pair in up {
            let (scheduled, otherwise) = pair.secs(record).map_err(blame)?;
            totals.up_secs += scheduled + otherwise;
        }
        for (index, pair) in down.iter().enumerate() {
            let (scheduled, otherwise) = pair.secs(record).map_err(blame)?;
            totals.maintenance_secs += scheduled;
            totals.down_secs += otherwise;
            unreachable += u64::from(index == 2 && otherwise > 0);
        }
        let (scheduled, otherwise) = warning.secs(record).map_err(blame)?;
        totals.degraded_secs = scheduled + otherwise;
        let (scheduled, otherwise) = unknown.secs(record).map_err(blame)?;
        totals.unknown_secs = scheduled + otherwise;
        for column in &undetermined {
            totals.unknown_secs +=
                seconds(&record.cell(*column)).ok_or(blame("a time is not a number of seconds"))?;
        }
        collected.total(totals);
        Ok(())
    })?;
    collected.warnings.add(
        WarningKind::SummaryOnly,
        "the report says how long each was in each state, but not when, nor over which period: it shows totals, and proves \
         no promise",
    );
    if unreachable > 0 {
        collected.warnings.add_counted(
            WarningKind::Assumed,
            "unreachable time counts as down",
            unreachable,
            None,
        );
    }
    collected.finish("there are no hosts in it; export the report again")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::ImportOptions;
    use crate::progress::Progress;

    const HOSTS: &str = "HOST_NAME, TIME_UP_SCHEDULED, PERCENT_TIME_UP_SCHEDULED, PERCENT_KNOWN_TIME_UP_SCHEDULED, TIME_UP_UNSCHEDULED, PERCENT_TIME_UP_UNSCHEDULED, PERCENT_KNOWN_TIME_UP_UNSCHEDULED, TOTAL_TIME_UP, PERCENT_TOTAL_TIME_UP, PERCENT_KNOWN_TIME_UP, TIME_DOWN_SCHEDULED, PERCENT_TIME_DOWN_SCHEDULED, PERCENT_KNOWN_TIME_DOWN_SCHEDULED, TIME_DOWN_UNSCHEDULED, PERCENT_TIME_DOWN_UNSCHEDULED, PERCENT_KNOWN_TIME_DOWN_UNSCHEDULED, TOTAL_TIME_DOWN, PERCENT_TOTAL_TIME_DOWN, PERCENT_KNOWN_TIME_DOWN, TIME_UNREACHABLE_SCHEDULED, PERCENT_TIME_UNREACHABLE_SCHEDULED, PERCENT_KNOWN_TIME_UNREACHABLE_SCHEDULED, TIME_UNREACHABLE_UNSCHEDULED, PERCENT_TIME_UNREACHABLE_UNSCHEDULED, PERCENT_KNOWN_TIME_UNREACHABLE_UNSCHEDULED, TOTAL_TIME_UNREACHABLE, PERCENT_TOTAL_TIME_UNREACHABLE, PERCENT_KNOWN_TIME_UNREACHABLE, TIME_UNDETERMINED_NOT_RUNNING, PERCENT_TIME_UNDETERMINED_NOT_RUNNING, TIME_UNDETERMINED_NO_DATA, PERCENT_TIME_UNDETERMINED_NO_DATA, TOTAL_TIME_UNDETERMINED, PERCENT_TOTAL_TIME_UNDETERMINED\n\
        \"web1\", 0, 0.000%, 0.000%, 600000, 99.206%, 99.668%, 600000, 99.206%, 99.668%, 1000, 0.165%, 0.166%, 900, 0.149%, 0.150%, 1900, 0.314%, 0.316%, 0, 0.000%, 0.000%, 100, 0.017%, 0.017%, 100, 0.017%, 0.017%, 2800, 0.463%, 0, 0.000%, 2800, 0.463%\n";

    #[test]
    fn totals_are_kept_as_totals() {
        let head = Head::new(HOSTS.as_bytes(), true, Path::new("x"));
        assert_eq!(recognise(&head), Seen::Yes);
        let options = ImportOptions::default();
        let progress = Progress::default();
        let intake = Intake::new(Path::new("x.csv"), &options, &progress);
        let imported = read(HOSTS.as_bytes(), &intake).unwrap();
        let table = imported.source.uptime.unwrap();
        assert!(table.rows.is_empty() && !table.incident_list);
        let expected = StateTotals {
            service: "web1".to_owned(),
            up_secs: 600_000,
            down_secs: 1_000,
            maintenance_secs: 1_000,
            unknown_secs: 2_800,
            degraded_secs: 0,
        };
        assert_eq!(table.totals, [expected]);
        assert_eq!(imported.source.info.first, None);
        let warnings = imported.source.info.warnings;
        assert_eq!(warnings.count_of(WarningKind::SummaryOnly), 1);
        let services = "HOST_NAME, SERVICE_DESCRIPTION, TIME_OK_SCHEDULED, TIME_OK_UNSCHEDULED, TIME_WARNING_UNSCHEDULED, TIME_CRITICAL_UNSCHEDULED\n\
            web1, HTTP, 0, 100, 20, 3\nweb1, SSH, 0, x, 20, 3\n";
        let imported = read(services.as_bytes(), &intake).unwrap();
        let totals = &imported.source.uptime.unwrap().totals;
        assert_eq!(
            (totals[0].service.as_str(), totals[0].degraded_secs),
            ("web1/HTTP", 20)
        );
        assert_eq!((totals.len(), imported.rejects.count), (1, 1));
    }
}
