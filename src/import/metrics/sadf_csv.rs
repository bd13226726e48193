//! sysstat's `sadf -d`: tables with semicolons, one an activity, one after another, each with its own header.
//!
//! sadf(1), version 12; older ones write the same columns under fewer headers.

use std::io::Read;

use super::reading::Reading;
use super::sysstat::{Activity, Column, number};
use crate::calendar::Instant;
use crate::import::format::{Family, Format, Seen};
use crate::import::lines::Lines;
use crate::import::table::times::TimeForm;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Output of `sadf -d`.
pub static FORMAT: Format = Format {
    id: "sadf-csv",
    title: "sysstat (sadf -d)",
    family: Family::Metrics,
    recognised_by: "a header that starts with # hostname;interval;timestamp",
    traps: &[
        "Times are UTC and say so; those of sadf -d -T are local and in --source-tz, those of -U are epochs.",
        "CPU -1 is all processors together.",
        "A file may hold the tables of several activities, and every restart repeats the header.",
        "Its kB are 1,024 bytes.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

const HEADER: &str = "hostname;interval;timestamp";

fn recognise(head: &Head<'_>) -> Seen {
    header_of(head.first_line()).is_some().into()
}

/// The columns of a header line behind the time, as one text.
fn header_of(line: &str) -> Option<&str> {
    let columns = line
        .trim_start_matches(['#', ' '])
        .trim_end()
        .strip_prefix(HEADER)?;
    columns.strip_prefix(';').filter(|c| !c.is_empty())
}

/// Tables side by side on one line, as `-h` writes them.
#[derive(Debug)]
struct Layout {
    parts: Vec<Part>,
    /// How often each part stood in the last row that was read, and how many cells that had.
    last: (usize, Vec<usize>),
}

#[derive(Debug)]
struct Part {
    activity: Activity,
    /// It stands once for every item.
    repeats: bool,
}

/// Whether a table of items begins at this column.
fn begins_items(name: &str) -> bool {
    let further = matches!(name, "DEVICE" | "idvendor" | "idprod" | "product");
    !further && matches!(Column::of(name), Column::Item(_))
}

/// Tables that stand once: those of a single item are told from the others by their first and last columns.
fn single(names: &[&str]) -> Vec<Part> {
    const LAST: [&str; 12] = [
        "%idle", "%util", "%ifutil", "txfifo/s", "ovrun/s", "blg_len", "MHz", "%Iused", "%temp",
        "%in", "drpm", "product",
    ];
    let mut tables: Vec<Vec<&str>> = Vec::new();
    let mut ended = true;
    for name in names {
        if ended || begins_items(name) {
            tables.push(Vec::new());
        }
        let table = tables.last_mut();
        ended = LAST.contains(name)
            && table
                .as_ref()
                .is_some_and(|t| t.first().is_some_and(|n| begins_items(n)));
        if let Some(table) = table {
            table.push(name);
        }
    }
    tables.iter().map(|t| Part::new(t, false)).collect()
}

impl Layout {
    fn new(header: &str) -> Self {
        let mut parts = Vec::new();
        let mut open: Vec<&str> = Vec::new();
        for name in header.split(';') {
            let Some(name) = name.strip_suffix("[...]") else {
                open.push(name);
                continue;
            };
            open.push(name);
            // The nearest name of an item: a table with a single item stands before it without the mark.
            let start = open.iter().rposition(|n| begins_items(n));
            let repeated = open.split_off(start.unwrap_or_default());
            parts.extend(single(&open));
            parts.push(Part::new(&repeated, true));
            open.clear();
        }
        parts.extend(single(&open));
        Self {
            parts,
            last: (0, Vec::new()),
        }
    }

    /// How often each part stands in a row; `None` where the cells do not say.
    fn counts(&mut self, cells: &[&str]) -> Option<&[usize]> {
        if self.last.0 != cells.len() || !self.fits(cells) {
            let mut ways = Vec::new();
            let mut steps = 0;
            fit(&self.parts, cells, &mut Vec::new(), &mut ways, &mut steps);
            let [way] = ways.as_slice() else {
                return None;
            };
            self.last = (cells.len(), way.clone());
        }
        Some(&self.last.1)
    }
}

impl Layout {
    /// Whether a row is made up like the one before it.
    fn fits(&self, cells: &[&str]) -> bool {
        let mut rest = cells;
        for (part, count) in self.parts.iter().zip(&self.last.1) {
            for _ in 0..*count {
                let (now, later) = rest.split_at(part.width().min(rest.len()));
                if now.len() < part.width() || !part.fits(now) {
                    return false;
                }
                rest = later;
            }
        }
        rest.is_empty()
    }
}

impl Part {
    fn new(names: &[&str], repeats: bool) -> Self {
        Self {
            activity: Activity::new(names.iter().copied()),
            repeats,
        }
    }

    fn width(&self) -> usize {
        self.activity.columns.len().max(1)
    }

    /// Whether these could be its cells: values have decimals or are whole numbers, items have no decimals.
    fn fits(&self, cells: &[&str]) -> bool {
        self.activity
            .columns
            .iter()
            .zip(cells)
            .all(|(column, cell)| match column {
                Column::Item(_) => number(cell).is_none() || !cell.contains(['.', ',']),
                Column::Ignored => true,
                Column::Value(_) | Column::Processors => number(cell).is_some(),
            })
    }
}

/// Finds the ways (two at most) in which parts make up a row.
fn fit(
    parts: &[Part],
    cells: &[&str],
    counts: &mut Vec<usize>,
    ways: &mut Vec<Vec<usize>>,
    steps: &mut usize,
) {
    *steps += 1;
    if ways.len() > 1 || *steps > 10_000 {
        return;
    }
    let Some((part, rest)) = parts.split_first() else {
        if cells.is_empty() {
            ways.push(counts.clone());
        }
        return;
    };
    let width = part.width();
    let mut at = 0;
    let mut count = 0;
    while let Some(next) = cells.get(at..at + width)
        && part.fits(next)
    {
        at += width;
        count += 1;
        counts.push(count);
        fit(
            rest,
            cells.get(at..).unwrap_or_default(),
            counts,
            ways,
            steps,
        );
        counts.pop();
        if !part.repeats {
            break;
        }
    }
}

/// Reads one file from a stream.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut reading = Reading::new(intake);
    let mut lines = Lines::new(reader);
    let mut layouts: Vec<(String, Layout)> = Vec::new();
    let mut current: Option<usize> = None;
    let mut restarts = 0;
    while let Some(line) = lines.next_text().map_err(|e| intake.read_failed(e))? {
        if reading.passes_over(&line) {
            continue;
        }
        if let Some(header) = header_of(&line.text) {
            let known = layouts.iter().position(|(text, _)| text == header);
            current = Some(known.unwrap_or(layouts.len()));
            if known.is_none() {
                if layouts.len() >= 1_000 {
                    return Err(intake.unusable(
                        "it has more than 1,000 different headers, which sadf never writes; export it again",
                        Some(line.number),
                    ));
                }
                layouts.push((header.to_owned(), Layout::new(header)));
            }
            continue;
        }
        let cells: Vec<&str> = line.text.split(';').map(str::trim).collect();
        let [host, _, time, values @ ..] = cells.as_slice() else {
            reading.reject(
                line.number,
                "",
                "not as many cells as its header has columns",
                &line.text,
            );
            continue;
        };
        match values.first() {
            Some(word) if word.starts_with("LINUX-RESTART") => {
                restarts += 1;
                continue;
            }
            Some(word) if word.starts_with("COM ") => continue,
            _ => {}
        }
        let Some((at, zoned)) = time_of(time, intake) else {
            reading.reject(line.number, "timestamp", "not a time", &line.text);
            continue;
        };
        let Some((_, layout)) = current.and_then(|index| layouts.get_mut(index)) else {
            reading.reject(line.number, "", "it stands before any header", &line.text);
            continue;
        };
        match take(layout, &mut reading, host, values, at, line.number) {
            Ok(()) => reading.row(zoned)?,
            Err((column, reason)) => reading.reject(line.number, &column, reason, &line.text),
        }
    }
    if restarts > 0 {
        reading.warnings.add_counted(
            WarningKind::Note,
            "the machine was restarted while it was recorded",
            restarts,
            None,
        );
    }
    reading.finish()
}

/// Text or an epoch; whether it carries its zone.
fn time_of(text: &str, intake: &Intake<'_>) -> Option<(Instant, bool)> {
    let form = if text.bytes().all(|b| b.is_ascii_digit()) {
        TimeForm::EpochSecs
    } else {
        TimeForm::Text
    };
    form.read(text, &intake.options.source_zone)
}

fn take(
    layout: &mut Layout,
    reading: &mut Reading<'_>,
    host: &str,
    cells: &[&str],
    at: Instant,
    line: u64,
) -> Result<(), (String, &'static str)> {
    if let [only] = layout.parts.as_mut_slice()
        && !only.repeats
    {
        return only.activity.take(reading, host, cells, at, line);
    }
    let Some(counts) = layout.counts(cells).map(<[usize]>::to_vec) else {
        return Err((
            String::new(),
            "its cells do not fit the columns of the header",
        ));
    };
    let mut rest = cells;
    for (part, count) in layout.parts.iter_mut().zip(counts) {
        for _ in 0..count {
            let (now, later) = rest.split_at(part.width().min(rest.len()));
            part.activity.take(reading, host, now, at, line)?;
            rest = later;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::testing::read_as;

    fn try_read(text: &str) -> Result<Imported, ImportError> {
        read_as(&FORMAT, "sa.csv", text)
    }

    fn names(imported: &Imported) -> Vec<String> {
        let table = imported.source.metrics.as_ref().unwrap();
        table
            .series
            .iter()
            .map(|s| format!("{} {} {}", s.display_name(), s.unit, s.points))
            .collect()
    }

    #[test]
    fn activities_follow_one_another() {
        let imported = try_read(
            "# hostname;interval;timestamp;CPU;%user;%idle\n\
             vm;1;2026-11-21 01:43:01 UTC;-1;88.44;0.50\nvm;1;2026-11-21 01:43:01 UTC;0;80.00;1\n\
             vm;-1;2026-11-21 01:43:02 UTC;LINUX-RESTART\t(2 CPU)\n\
             # hostname;interval;timestamp;CPU;%user;%idle\nvm;1;2026-11-21 01:43:03 UTC;-1;1,25;98.75\n\
             # hostname;interval;timestamp;call/s;retrans/s\nvm;1;2026-11-21 01:43:01 UTC;1.00;2.00\n\
             # hostname;interval;timestamp;atmptf/s;retrans/s\nvm;1;2026-11-21 01:43:01 UTC;1.00;3.00\n\
             # hostname;interval;timestamp;INTR;CPU*\nvm;1;2026-11-21 01:43:01 UTC;sum;122.00;46.00;76.00\n",
        )
        .unwrap();
        assert_eq!(
            names(&imported),
            [
                "%user{cpu=all, host=vm} % 2",
                "%idle{cpu=all, host=vm} % 2",
                "%user{cpu=0, host=vm} % 1",
                "%idle{cpu=0, host=vm} % 1",
                "call/s{host=vm} /s 1",
                "retrans/s{host=vm, protocol=nfs} /s 1",
                "atmptf/s{host=vm} /s 1",
                "retrans/s{host=vm, protocol=tcp} /s 1",
                "intr/s{cpu=all, host=vm, intr=sum} /s 1",
                "intr/s{cpu=0, host=vm, intr=sum} /s 1",
                "intr/s{cpu=1, host=vm, intr=sum} /s 1",
            ]
        );
        let info = &imported.source.info;
        assert_eq!((info.rows, info.rejected, info.zone.clone()), (6, 0, None));
        assert_eq!(info.first.unwrap().to_string(), "2026-11-21T01:43:01Z");
        assert_eq!(info.warnings.count_of(WarningKind::Note), 1);
        let values = imported.source.metrics.unwrap().series(0).unwrap().values;
        assert_eq!(values, [88.44, 1.25]);
    }

    #[test]
    fn local_times_need_a_zone_and_epochs_do_not() {
        let header = "# hostname;interval;timestamp;tps\n";
        let local = try_read(&format!("{header}vm;1;2026-11-21 01:43:01;5.00\n")).unwrap();
        assert_eq!(
            local
                .source
                .info
                .warnings
                .count_of(WarningKind::ZoneAssumed),
            1
        );
        let epoch = try_read(&format!("{header}vm;1;1795225381;5.00\n")).unwrap();
        assert!(epoch.source.info.warnings.is_empty());
        assert_eq!(local.source.info.first, epoch.source.info.first);
    }

    #[test]
    fn tables_may_stand_side_by_side() {
        let imported = try_read(
            "# hostname;interval;timestamp;proc/s;CPU;%user;%idle[...];kbmemfree;IFACE;rxpck/s[...]\n\
             vm;1;1795225381;1.00;-1;88.44;0.50;0;80.00;1.00;1;90.00;2.00;1844;lo;1.00;eth0;2.00\n\
             vm;1;1795225382;1.00;-1;88.44;0.50;0;80.00;1.00;1;90.00;2.00;1844;lo;1.00;eth0;oops\n",
        )
        .unwrap();
        assert_eq!(imported.source.info.rows, 1);
        assert_eq!(imported.rejects.kept[0].line, 3);
        let names = names(&imported);
        assert_eq!(names.len(), 10, "{names:?}");
        assert_eq!(names[9], "rxpck/s{host=vm, iface=eth0} /s 1");
        assert_eq!(names[7], "kbmemfree{host=vm} kB 1");
    }

    #[test]
    fn rows_that_do_not_fit_are_counted() {
        let imported = try_read(
            "# hostname;interval;timestamp;CPU;%user;%idle\nvm;1;1795225381;-1;1;2\nvm;1;soon;-1;1;2\n\
             vm;1;1795225382;-1;1\nvm;1;1795225382;-1;1;2;3\nvm\nvm;1;1795225383;-1;1;x\nvm;1;1795225384;-1;1;2",
        )
        .unwrap();
        let info = &imported.source.info;
        assert_eq!((info.rows, info.rejected), (2, 5));
        assert_eq!(info.warnings.count_of(WarningKind::TruncatedLastRow), 1);
        assert_eq!(info.warnings.count_of(WarningKind::NotANumber), 1);
        let error = try_read("# hostname;interval;timestamp;CPU;%user\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "it holds no values; export it again: sa.csv"
        );
    }
}
