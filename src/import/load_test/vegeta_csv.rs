//! Vegeta's results as CSV (`vegeta encode --to csv`): no header, twelve fields, or fewer in older versions.

use super::vegeta::{Hit, builder, cut_off};
use crate::import::detect::cells;
use crate::import::format::{Family, Format, Seen, Stream};
use crate::import::table::records::{Next, Record, Records, given_up_reason};
use crate::import::{Head, ImportError, Imported, Intake};

/// Vegeta's CSV.
pub static FORMAT: Format = Format {
    id: "vegeta-csv",
    title: "Vegeta results (CSV)",
    family: Family::LoadTest,
    recognised_by: "no header, and rows of 6 to 12 fields that begin with nanoseconds since 1970 (19 digits), a status \
                    code, a latency and two numbers of bytes",
    traps: &[
        "There is no header: the order of the fields is time, code, latency, bytes out, bytes in, error, body, attack, seq, method, URL, headers.",
        "Latencies are nanoseconds.",
        "Code 0 is a request without a response; success is a status of 200 to 399.",
        "The body of the response is a field: a record over 1 MB cannot be read, so attack with -max-body=0.",
        "Vegeta's own percentiles are estimates; these are exact.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

/// The fields of the newest version; older ones have only the first six, eight or nine.
const MOST_FIELDS: usize = 12;
const LEAST_FIELDS: usize = 6;

fn recognise(head: &Head<'_>) -> Seen {
    let lines = head.lines();
    let alike = |line: &&str| {
        // A last line may be cut inside a long body.
        let cells = cells(line, b',');
        let digits = |index: usize| {
            cells
                .get(index)
                .is_some_and(|c: &String| !c.is_empty() && c.bytes().all(|b| b.is_ascii_digit()))
        };
        (LEAST_FIELDS..=MOST_FIELDS).contains(&cells.len())
            && cells.first().is_some_and(|c| c.len() == 19)
            && cells.get(1).is_some_and(|c| c.len() <= 3)
            && (0..5).all(digits)
    };
    lines.first().is_some_and(alike).into()
}

fn read(stream: Stream, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut builder = builder(intake);
    let mut records = Records::new(stream, b',', 1);
    let mut record = Record::default();
    let mut fields = None;
    loop {
        match records
            .next(&mut record)
            .map_err(|e| intake.read_failed(e))?
        {
            Next::End => break,
            Next::GivenUp { line, too_long } => {
                builder.reject(line, "", given_up_reason(too_long), "");
            }
            Next::Record => {
                let expected = *fields.get_or_insert(record.len());
                if record.unterminated {
                    cut_off(&mut builder, intake, record.line, &record.shown(b','));
                    if record.len() < expected {
                        continue;
                    }
                }
                let counted = if record.len() == expected {
                    add(&record, &mut builder)
                } else {
                    Err(("", "it has another number of fields than the first row"))
                };
                if let Err((column, reason)) = counted {
                    builder.reject(record.line, column, reason, &record.shown(b','));
                }
            }
        }
        if (builder.rows() + builder.rejected()).is_multiple_of(8_192) {
            intake.progress.check()?;
        }
    }
    builder.finish("there is no result in it; run the test again")
}

fn add(
    record: &Record,
    builder: &mut super::builder::RunBuilder<'_>,
) -> Result<(), (&'static str, &'static str)> {
    fn number<T: std::str::FromStr>(
        record: &Record,
        index: usize,
        name: &'static str,
    ) -> Result<T, (&'static str, &'static str)> {
        let cell = record.cell(index);
        cell.parse().map_err(|_| (name, "not a number that fits"))
    }
    let (error, url) = (record.cell(5), record.cell(10));
    let hit = Hit {
        start_ns: i128::from(number::<i64>(record, 0, "timestamp")?),
        code: number(record, 1, "code")?,
        latency_ns: number(record, 2, "latency")?,
        bytes_out: number(record, 3, "bytes out")?,
        bytes_in: number(record, 4, "bytes in")?,
        error: &error,
        url: &url,
    };
    hit.count_into(builder).map_err(|reason| ("", reason))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::testing::read_as;
    use crate::warning::WarningKind;

    fn import(text: &str) -> Result<Imported, String> {
        read_as(&FORMAT, "x", text).map_err(|e| e.to_string())
    }

    const NEW: &str =
        "1795225016541234567,200,35123456,0,231,,eHg=,big,7,GET,http://x/a,QTogYg0K\n";
    const FAILED: &str =
        "1795225017541234567,0,1000,0,0,\"Get \"\"http://x/a\"\": EOF\",,big,8,GET,http://x/a,\n";

    #[test]
    fn all_versions_are_read() {
        for (text, label) in [
            (format!("{NEW}{FAILED}"), "http://x/a"),
            ("1795225016541234567,200,35123456,0,231,,eHg=,big,7\n1795225016541234568,0,1,0,0,EOF,,big,8\n".to_owned(), "requests"),
            ("1795225016541234567,200,35123456,0,231,\"\"\n1795225016541234567,503,1,0,0,\"503 Service\"\n".to_owned(), "requests"),
        ] {
            let head = Head::new(text.as_bytes(), true, Path::new("x"));
            assert_eq!(recognise(&head), Seen::Yes, "{text}");
            let imported = import(&text).unwrap();
            let info = &imported.source.info;
            assert_eq!((info.rows, info.rejected), (2, 0), "{text}");
            assert_eq!(info.first.unwrap().to_string(), "2026-11-21T01:36:56.541234Z");
            let run = imported.source.run.unwrap();
            assert_eq!(run.labels[0].name, label);
            let figures = &run.tool_figures[0].percentiles_ms;
            assert!(figures.last().unwrap().1 > 35.0);
        }
    }

    #[test]
    fn rows_that_do_not_fit_are_rejected() {
        for bad in [
            NEW.replace("35123456", "-1"),
            NEW.replace("1795225016541234567", "99999999999999999999"),
            NEW.replace(",200,", ",-200,"),
            NEW.replace(",big", ""),
        ] {
            let imported = import(&format!("{NEW}{bad}")).unwrap();
            assert_eq!(
                (imported.source.info.rows, imported.rejects.count),
                (1, 1),
                "{bad}"
            );
        }
        for (end, rows) in [(NEW.len() - 1, 2), (40, 1)] {
            let info = import(&format!("{NEW}{}", &NEW[..end]))
                .unwrap()
                .source
                .info;
            assert_eq!(info.rows, rows);
            assert_eq!(info.warnings.count_of(WarningKind::TruncatedLastRow), 1);
        }
    }

    #[test]
    fn other_rows_of_numbers_are_not_vegetas() {
        for text in [
            "1795225192805,104,Home page,200,OK,\"Group, EU 1-2\",text,true,402,2,2,104\n",
            "1795225016541234567,200\n",
            "time,value\n1795225016541234567,1\n",
        ] {
            let head = Head::new(text.as_bytes(), true, Path::new("x"));
            assert_eq!(recognise(&head), Seen::No, "{text}");
        }
    }
}
