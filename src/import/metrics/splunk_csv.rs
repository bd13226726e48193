//! CSV exports of Splunk searches: results of `timechart`, `stats … by _time`, or metric searches.
//!
//! Splunk documentation, "Export search results"; `limits.conf` for the caps.

use std::io::Read;

use crate::import::format::{Family, Format, Seen};
use crate::import::table::formatted::{self, Peculiar, Plan};
use crate::import::table::sheet::Sheet;
use crate::import::table::times::TimeForm;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// CSV out of Splunk.
pub static FORMAT: Format = Format {
    id: "splunk-csv",
    title: "Splunk (CSV)",
    family: Family::Metrics,
    recognised_by: "a column _time",
    traps: &[
        "Exports end without a word at 10,000 or 50,000 rows.",
        "_raw, _span, the __mv_ twins and other columns of Splunk's own are left out.",
        "The columns OTHER and NULL of a timechart are series like any other.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

const PECULIAR: Peculiar = Peculiar {
    drops: |header| {
        (header.starts_with('_') && header != "_time")
            || header.starts_with("date_")
            || matches!(
                header,
                "linecount"
                    | "punct"
                    | "timestartpos"
                    | "timeendpos"
                    | "splunk_server"
                    | "eventtype"
            )
    },
    defused: false,
};

/// Rows at which exports are cut off.
const CAPS: [u64; 2] = [10_000, 50_000];

fn recognise(head: &Head<'_>) -> Seen {
    let Ok(sheet) = Sheet::of_head(head.text.as_bytes()) else {
        return Seen::No;
    };
    let plan = Plan::of(sheet.sample(), PECULIAR);
    let Some(time) = plan.header.iter().position(|h| h == "_time") else {
        return Seen::No;
    };
    let cells: Vec<String> = sheet
        .sample()
        .skip(1)
        .map(|r| r.cell(time).into_owned())
        .collect();
    let timed = TimeForm::of_column(cells.iter().map(String::as_str)).is_some();
    let values =
        plan.header.iter().enumerate().any(|(column, name)| {
            column != time && !(PECULIAR.drops)(name) && plan.is_value(column)
        });
    if timed && !values {
        return Seen::Refused(
            "it is an export of Splunk events without any column of numbers; search for | timechart count first"
                .to_owned(),
        );
    }
    timed.into()
}

/// Reads one file from a stream.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut imported = formatted::read(reader, intake, PECULIAR)?;
    let info = &mut imported.source.info;
    let rows = info.rows + info.rejected;
    if CAPS.contains(&rows) {
        info.warnings.add(
            WarningKind::TailMissing,
            format!(
                "the file has exactly {} rows, which is where Splunk cuts exports off; search a shorter time or raise the limit",
                crate::units::count(rows)
            ),
        );
    }
    Ok(imported)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::testing::read_as;

    fn imported(text: &str) -> Imported {
        let head = Head::new(text.as_bytes(), true, Path::new("x.csv"));
        assert_eq!(recognise(&head), Seen::Yes);
        read_as(&FORMAT, "search.csv", text).unwrap()
    }

    #[test]
    fn only_what_was_searched_for_is_kept() {
        let imported = imported(
            "\"_time\",\"web-1\",\"OTHER\",\"_span\",\"_raw\",\"__mv_web-1\"\n\
             \"2020-01-01T00:00:00.000+0100\",10,2,300,\"two\nlines\",\"$10$;$11$\"\n\
             \"2020-01-01T00:05:00.000+0100\",12,,300,x,\n",
        );
        let info = &imported.source.info;
        assert_eq!((info.rows, info.rejected, info.zone.clone()), (2, 0, None));
        assert_eq!(info.first.unwrap().to_string(), "2019-12-31T23:00:00Z");
        let table = imported.source.metrics.unwrap();
        let names: Vec<&str> = table.series.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["web-1", "OTHER"]);
        assert_eq!(table.series(0).unwrap().values, [10.0, 12.0]);
    }

    #[test]
    fn exports_at_a_cap_are_cut_off() {
        let rows = |n: i64| {
            (0..n)
                .map(|i| format!("{},{i}\n", 1_577_836_800 + i * 60))
                .collect::<Vec<_>>()
                .concat()
        };
        let warned = |n| {
            imported(&format!("_time,count\n{}", rows(n)))
                .source
                .info
                .warnings
                .count_of(WarningKind::TailMissing)
        };
        assert_eq!((warned(10_000), warned(9_999)), (1, 0));
    }

    #[test]
    fn events_without_numbers_are_refused() {
        let text = "_time,_raw,host\n2020-01-01T00:00:00.000+0100,x,a\n";
        let head = Head::new(text.as_bytes(), true, Path::new("x.csv"));
        assert!(matches!(recognise(&head), Seen::Refused(_)));
    }
}
