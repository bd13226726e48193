//! What `sar` prints: tables with blanks, one an activity, with the date in the first line only.
//!
//! sar(1), version 12. Times are those of the machine's locale: 24 hours, or 12 with AM and PM.

use std::io::Read;

use jiff::civil::{Date, DateTime, Time};

use super::reading::Reading;
use super::sysstat::{Activity, Column, number};
use crate::calendar::Instant;
use crate::import::format::{Family, Format, Seen};
use crate::import::lines::Lines;
use crate::import::{Head, ImportError, Imported, Intake};
use crate::warning::WarningKind;

/// Output of `sar`.
pub static FORMAT: Format = Format {
    id: "sar-text",
    title: "sysstat (sar text)",
    family: Family::Metrics,
    recognised_by: "a first line like \"Linux 6.1 (host) 11/21/26 _x86_64_ (2 CPU)\" and tables whose lines start with a time",
    traps: &[
        "The date stands in the first line only, in the order of the machine's locale; times after midnight are those of the next day.",
        "Times carry no zone and are in --source-tz.",
        "Rows of averages are not measurements and are left out.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake),
};

fn recognise(head: &Head<'_>) -> Seen {
    let lines = head.lines();
    let Some((first, rest)) = lines.split_first() else {
        return Seen::No;
    };
    if Banner::of(first).is_none() {
        return Seen::No;
    }
    let mut headers = rest.iter().filter_map(|line| match Row::of(line) {
        Some(Row::Header(_, names)) => Some(names),
        _ => None,
    });
    match headers.next() {
        Some(names) if names.contains(&"PID") => Seen::Refused(
            "it is the output of pidstat, which tells about processes; export the machine's figures with sadf -d"
                .to_owned(),
        ),
        Some(_) => Seen::Yes,
        None => Seen::Refused(
            "it begins like the output of sar, but no table with times follows; export it with sadf -d".to_owned(),
        ),
    }
}

/// What the first line says.
#[derive(Debug)]
struct Banner {
    host: String,
    date: Date,
    /// Day and month could be the other way round.
    ambiguous: bool,
}

impl Banner {
    fn of(line: &str) -> Option<Self> {
        let rest = line.strip_prefix("Linux ")?;
        let (_, rest) = rest.split_once('(')?;
        let (host, rest) = rest.split_once(')')?;
        rest.contains("CPU)").then_some(())?;
        let (date, ambiguous) = rest.split_whitespace().find_map(date_of)?;
        Some(Self {
            host: host.to_owned(),
            date,
            ambiguous,
        })
    }
}

/// `11/21/26`, `21.11.2026`, `2026-11-21`, `2026年11月21日`. The flag: day and month could be the other way round.
fn date_of(word: &str) -> Option<(Date, bool)> {
    let separated = word.contains(['/', '.', '-', '年']);
    let parts: Vec<&str> = word
        .split(|c: char| !c.is_ascii_digit())
        .filter(|p| !p.is_empty())
        .collect();
    let [a, b, c] = parts.as_slice() else {
        return None;
    };
    if !separated || [a, b, c].iter().any(|p| p.len() > 4) {
        return None;
    }
    let short = |text: &str| text.parse::<i8>().ok();
    if a.len() == 4 {
        return Date::new(a.parse().ok()?, short(b)?, short(c)?)
            .ok()
            .map(|d| (d, false));
    }
    let century = if c.len() == 2 { 2_000 } else { 0 };
    let year = c.parse::<i16>().ok()? + century;
    let (first, second) = (short(a)?, short(b)?);
    let day_first = !word.contains('/') || first > 12;
    let (day, month) = if day_first {
        (first, second)
    } else {
        (second, first)
    };
    let date = Date::new(year, month, day).ok()?;
    let ambiguous = word.contains('/') && first <= 12 && second <= 12 && first != second;
    Some((date, ambiguous))
}

/// A line that starts with a time, or with the word for an average.
#[derive(Debug, PartialEq)]
enum Row<'a> {
    Header(Time, Vec<&'a str>),
    Values(Time, Vec<&'a str>),
    Restart(Time),
    Comment,
    Average,
}

impl<'a> Row<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let first = words.next()?;
        // "Average:", "Summary:", "Durchschn.:", "Moyenne :".
        let word = !first.starts_with(|c: char| c.is_ascii_digit());
        if word && (first.ends_with(':') || words.clone().next() == Some(":")) {
            return Some(Self::Average);
        }
        let mut time = clock(first)?;
        let mut rest: Vec<&str> = words.collect();
        let half = rest.first().copied().unwrap_or_default();
        let afternoon = half.eq_ignore_ascii_case("PM");
        if afternoon || half.eq_ignore_ascii_case("AM") {
            rest.remove(0);
            let hour = time.hour() % 12 + if afternoon { 12 } else { 0 };
            time = Time::new(hour, time.minute(), time.second(), 0).ok()?;
        }
        Some(match rest.as_slice() {
            [] => return None,
            ["LINUX", "RESTART", ..] => Self::Restart(time),
            ["COM", ..] => Self::Comment,
            words if words.iter().all(|w| number(w).is_none()) => Self::Header(time, rest),
            _ => Self::Values(time, rest),
        })
    }
}

fn clock(word: &str) -> Option<Time> {
    let mut parts = word.split(':');
    let mut next = || -> Option<i8> {
        let part = parts.next()?;
        (part.len() == 2).then(|| part.parse().ok())?
    };
    let (hour, minute, second) = (next()?, next()?, next()?);
    let rest = parts.next();
    (rest.is_none())
        .then(|| Time::new(hour, minute, second.min(59), 0).ok())
        .flatten()
}

/// Reads one file from a stream.
pub fn read(reader: impl Read, intake: &Intake<'_>) -> Result<Imported, ImportError> {
    let mut reading = Reading::new(intake);
    let mut lines = Lines::new(reader);
    let mut banner = None;
    let mut day = Days::default();
    let mut activities: Vec<(Vec<String>, Activity)> = Vec::new();
    let mut current: Option<usize> = None;
    let mut restarts = 0;
    let mut averages = true;
    while let Some(line) = lines.next_text().map_err(|e| intake.read_failed(e))? {
        if banner.is_none() && !line.text.trim().is_empty() {
            let found = Banner::of(&line.text).ok_or_else(|| {
                intake.unusable(
                    "its first line names no date; export it with sadf -d",
                    Some(line.number),
                )
            })?;
            if found.ambiguous {
                let message = format!(
                    "the date of the first line was read as month/day: {}",
                    found.date
                );
                let example = intake.example(line.number, "", &line.text);
                reading
                    .warnings
                    .add_at(WarningKind::Assumed, message, example);
            }
            day.first = found.date;
            day.date = found.date;
            banner = Some(found);
            continue;
        }
        if reading.passes_over(&line) {
            continue;
        }
        let Some(banner) = &banner else {
            continue;
        };
        // `sar` over several files prints the first line again.
        if let Some(next) = Banner::of(&line.text) {
            (day.first, day.date) = (next.date, next.date);
            (day.last, day.starts_over) = (None, false);
            continue;
        }
        let Some(row) = Row::of(&line.text) else {
            reading.reject(line.number, "", "it does not start with a time", &line.text);
            continue;
        };
        match row {
            Row::Comment => {}
            Row::Average => {
                day.starts_over = true;
                averages = true;
            }
            Row::Restart(time) => {
                restarts += 1;
                day.starts_over = false;
                day.at(time);
            }
            Row::Header(time, names) => {
                day.header(time);
                averages = false;
                let known = activities.iter().position(|(n, _)| *n == names);
                current = Some(known.unwrap_or(activities.len()));
                if known.is_none() && activities.len() < 1_000 {
                    let activity = Activity::new(names.iter().copied());
                    let names = names.iter().map(|n| (*n).to_owned()).collect();
                    activities.push((names, activity));
                }
            }
            Row::Values(time, cells) => {
                let date = day.at(time);
                let at = intake
                    .options
                    .source_zone
                    .instant(DateTime::from_parts(date, time));
                let Some((_, activity)) = current.and_then(|index| activities.get_mut(index))
                else {
                    reading.reject(line.number, "", "it stands before any header", &line.text);
                    continue;
                };
                let number = line.number;
                match take(activity, &mut reading, &banner.host, &cells, at, number) {
                    Ok(()) => reading.row(false)?,
                    Err((column, reason)) => reading.reject(number, &column, reason, &line.text),
                }
            }
        }
    }
    if !averages {
        reading.warnings.add(
            WarningKind::TruncatedLastRow,
            "the file ends without the averages that sar prints last; it may be cut off",
        );
    }
    if restarts > 0 {
        reading.warnings.add_counted(
            WarningKind::Note,
            "the machine was restarted while it was recorded",
            restarts / activities.len().max(1) as u64,
            None,
        );
    }
    reading.finish()
}

/// An item in the last column (a path) may hold blanks.
fn take(
    activity: &mut Activity,
    reading: &mut Reading<'_>,
    host: &str,
    cells: &[&str],
    at: Instant,
    line: u64,
) -> Result<(), (String, &'static str)> {
    let width = activity.columns.len();
    let item_last = matches!(activity.columns.last(), Some(Column::Item(_)));
    if item_last && cells.len() > width && width > 1 {
        let (front, item) = cells.split_at(width - 1);
        let item = item.join(" ");
        let mut joined = front.to_vec();
        joined.push(&item);
        return activity.take(reading, host, &joined, at, line);
    }
    activity.take(reading, host, cells, at, line)
}

/// Which day a time belongs to: it moves on where a time is earlier than the one before it.
#[derive(Debug, Default)]
struct Days {
    first: Date,
    date: Date,
    last: Option<Time>,
    /// Averages came, so the next header begins another activity on the first day.
    starts_over: bool,
}

impl Days {
    fn header(&mut self, time: Time) {
        if std::mem::take(&mut self.starts_over) {
            self.date = self.first;
            self.last = Some(time);
        } else {
            self.at(time);
        }
    }

    fn at(&mut self, time: Time) -> Date {
        if self.last.is_some_and(|last| time < last) {
            self.date = self.date.tomorrow().unwrap_or(self.date);
        }
        self.last = Some(time);
        self.date
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::import::testing::read_as;

    fn try_read(text: &str) -> Result<Imported, ImportError> {
        read_as(&FORMAT, "sar.txt", text)
    }

    fn span(imported: &Imported) -> String {
        let info = &imported.source.info;
        format!("{} {}", info.first.unwrap(), info.last.unwrap())
    }

    #[test]
    fn dates_in_the_forms_of_their_locales() {
        for (word, date, ambiguous) in [
            ("11/21/26", "2026-11-21", false),
            ("11/21/2026", "2026-11-21", false),
            ("21/11/2026", "2026-11-21", false),
            ("02/03/2026", "2026-02-03", true),
            ("21.11.2026", "2026-11-21", false),
            ("21-11-2026", "2026-11-21", false),
            ("2026-11-21", "2026-11-21", false),
            ("2026年11月21日", "2026-11-21", false),
        ] {
            assert_eq!(
                date_of(word).map(|(d, a)| (d.to_string(), a)),
                Some((date.to_owned(), ambiguous)),
                "{word}"
            );
        }
        for word in ["_x86_64_", "(2", "1/2", "99/99/99", "12345-01-01"] {
            assert_eq!(date_of(word), None, "{word}");
        }
    }

    #[test]
    fn twelve_hours_and_midnight() {
        let imported = try_read(
            "Linux 6.1 (web-1) \t11/21/2026 \t_x86_64_\t(2 CPU)\n\n\
             11:58:00 PM     CPU     %user     %idle\n11:59:00 PM     all     88,44      0,50\n\
             12:00:00 AM     all     10,00     90,00\n12:01:00 AM     all     20,00     80,00\n\
             Average:        all     39,48     56,83\n\n\
             11:58:00 PM     proc/s   cswch/s\n11:59:00 PM       1,00     5,00\nMoyenne :         1,00     5,00\n",
        )
        .unwrap();
        assert_eq!(span(&imported), "2026-11-21T23:59:00Z 2026-11-22T00:01:00Z");
        let info = &imported.source.info;
        assert_eq!((info.rows, info.rejected), (4, 0));
        assert_eq!(info.warnings.count_of(WarningKind::TruncatedLastRow), 0);
        let table = imported.source.metrics.as_ref().unwrap();
        assert_eq!(table.series(0).unwrap().values, [88.44, 10.0, 20.0]);
        assert_eq!(table.series[0].display_name(), "%user{cpu=all, host=web-1}");
        assert_eq!(
            table.series[2].first.unwrap().to_string(),
            "2026-11-21T23:59:00Z",
            "every activity starts on the first day"
        );
    }

    #[test]
    fn restarts_and_items_in_the_last_column() {
        let imported = try_read(
            "Linux 6.1 (vm) \t2026-11-21 \t_x86_64_\t(2 CPU)\n\n\
             23:59:58     MBfsfree   %fsused FILESYSTEM\n23:59:59       230065     10.83 /mnt/my disk\n\
             Average:       230065     10.83 /mnt/my disk\n\n00:00:02     LINUX RESTART\t(2 CPU)\n\n\
             00:00:03     MBfsfree   %fsused FILESYSTEM\n00:00:04       230064     10.84 /mnt/my disk\n\
             Summary:       230064     10.84 /mnt/my disk\n",
        )
        .unwrap();
        assert_eq!(span(&imported), "2026-11-21T23:59:59Z 2026-11-22T00:00:04Z");
        let table = imported.source.metrics.unwrap();
        assert_eq!(
            table.series[0].display_name(),
            "MBfsfree{filesystem=/mnt/my disk, host=vm}"
        );
        assert_eq!(imported.source.info.warnings.count_of(WarningKind::Note), 1);
    }

    #[test]
    fn what_is_lost_is_said() {
        let text = "Linux 6.1 (vm) \t2026-11-21 \t_x86_64_\t(2 CPU)\n\n\
                    10:00:00     tps\n10:00:01     1.00\nrubbish\n10:00:02     2.00 3.00\n";
        let imported = try_read(text).unwrap();
        let info = &imported.source.info;
        assert_eq!((info.rows, info.rejected), (1, 2));
        assert_eq!(info.warnings.count_of(WarningKind::TruncatedLastRow), 1);
    }

    #[test]
    fn its_neighbours_are_told_apart() {
        let seen = |text: &str| recognise(&Head::new(text.as_bytes(), true, Path::new("x")));
        let banner = "Linux 6.1 (vm) \t11/21/26 \t_x86_64_\t(2 CPU)\n\n";
        assert_eq!(
            seen(&format!("{banner}10:00:00     tps\n10:00:01     1.00\n")),
            Seen::Yes
        );
        for (rest, word) in [
            ("10:00:00   UID   PID   %usr  Command\n", "pidstat"),
            ("avg-cpu:  %user\n 1.0\n", "no table with times"),
        ] {
            let Seen::Refused(why) = seen(&format!("{banner}{rest}")) else {
                panic!("{rest}");
            };
            assert!(why.contains(word), "{why}");
        }
        assert_eq!(seen("Linux is nice\n"), Seen::No);
    }
}
