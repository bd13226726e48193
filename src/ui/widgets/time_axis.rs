//! Ticks of a time axis as people write dates: clock times with their day below, days with their month, months with
//! their year, placed on civil time in the project's zone (so midnight stays midnight over a clock change).

use jiff::civil::{Date, DateTime};
use jiff::{Span, ToSpan as _};

use crate::calendar::{Instant, TimeRange, Zone};

/// One tick.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeTick {
    /// Seconds since the epoch.
    pub at: f64,
    /// The fine part: `14:00`, `14`, `Jun`, `2026`.
    pub label: String,
    /// The coarse part, where it changes: `14 June 2026`, `June 2026`, `2026`.
    pub context: Option<String>,
}

/// The distance between ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Millis(i64),
    Secs(i64),
    Days(i64),
    Months(i64),
}

/// All steps that people use, rising.
const STEPS: [Step; 33] = [
    Step::Millis(1),
    Step::Millis(10),
    Step::Millis(100),
    Step::Millis(500),
    Step::Secs(1),
    Step::Secs(2),
    Step::Secs(5),
    Step::Secs(10),
    Step::Secs(15),
    Step::Secs(30),
    Step::Secs(60),
    Step::Secs(120),
    Step::Secs(300),
    Step::Secs(600),
    Step::Secs(900),
    Step::Secs(1_800),
    Step::Secs(3_600),
    Step::Secs(7_200),
    Step::Secs(10_800),
    Step::Secs(21_600),
    Step::Secs(43_200),
    Step::Days(1),
    Step::Days(2),
    Step::Days(7),
    Step::Days(14),
    Step::Months(1),
    Step::Months(2),
    Step::Months(3),
    Step::Months(6),
    Step::Months(12),
    Step::Months(24),
    Step::Months(60),
    Step::Months(120),
];

impl Step {
    /// About how long it is, in seconds.
    fn secs(self) -> f64 {
        match self {
            Self::Millis(n) => n as f64 / 1e3,
            Self::Secs(n) => n as f64,
            Self::Days(n) => n as f64 * 86_400.0,
            Self::Months(n) => n as f64 * 2_629_800.0,
        }
    }

    fn pattern(self) -> (&'static str, &'static str) {
        match self {
            Self::Millis(_) => ("%H:%M:%S%.3f", "%-d %B %Y"),
            Self::Secs(n) if n < 60 => ("%H:%M:%S", "%-d %B %Y"),
            Self::Secs(_) => ("%H:%M", "%-d %B %Y"),
            Self::Days(_) => ("%-d", "%B %Y"),
            Self::Months(n) if n < 12 => ("%b", "%Y"),
            Self::Months(_) => ("%Y", ""),
        }
    }
}

/// Ticks for a range, at least `min_gap` (in the unit of `width`) apart.
pub fn ticks(range: TimeRange, width: f32, min_gap: f32, zone: &Zone) -> Vec<TimeTick> {
    let secs = range.length().as_secs();
    if secs <= 0.0 || width <= 0.0 {
        return Vec::new();
    }
    let wanted = secs * f64::from(min_gap / width);
    let step = STEPS
        .into_iter()
        .find(|s| s.secs() >= wanted)
        .unwrap_or(Step::Months(120));
    let (fine, coarse) = step.pattern();
    let mut ticks = Vec::new();
    let mut last_context = String::new();
    for at in instants(range, step, zone) {
        let context = at.format(zone, coarse);
        let changed = context != last_context;
        ticks.push(TimeTick {
            at: at.as_secs(),
            label: at.format(zone, fine),
            context: (changed && !context.is_empty()).then(|| context.clone()),
        });
        last_context = context;
    }
    ticks
}

/// The instants of a step inside a range.
fn instants(range: TimeRange, step: Step, zone: &Zone) -> Vec<Instant> {
    let first = range.start.date(zone);
    let mut found = Vec::new();
    let mut keep = |at: Instant| {
        if at >= range.start && at <= range.end && found.last().is_none_or(|last| *last < at) {
            found.push(at);
        }
        at <= range.end
    };
    match step {
        Step::Millis(n) => {
            let step = n * 1_000;
            let mut at = Instant(range.start.0.div_euclid(step) * step);
            while keep(at) {
                at = Instant(at.0 + step);
            }
        }
        Step::Secs(n) if n < 3_600 => {
            // No zone is off by less than a quarter of an hour nowadays; civil and universal ticks agree below that.
            let step = n * 1_000_000;
            let offset = zone_offset(range.start, zone);
            let mut at = Instant((range.start.0 + offset).div_euclid(step) * step - offset);
            while keep(at) {
                at = Instant(at.0 + step);
            }
        }
        Step::Secs(n) => {
            let mut date = first;
            'days: loop {
                for hour in (0..24).step_by((n / 3_600).max(1) as usize) {
                    if !keep(zone.instant(date.at(hour as i8, 0, 0, 0))) {
                        break 'days;
                    }
                }
                let Ok(next) = date.tomorrow() else { break };
                date = next;
            }
        }
        Step::Days(n) => {
            // Weeks begin on Monday; pairs of days are counted from the first of the month.
            let mut date = if n >= 7 {
                let back = i64::from(first.weekday().to_monday_zero_offset());
                first.checked_sub(back.days()).unwrap_or(first)
            } else {
                first.first_of_month()
            };
            while keep(zone.start_of_day(date)) {
                let Some(next) = next_day(date, n) else { break };
                date = next;
            }
        }
        Step::Months(n) => {
            let months = i64::from(first.year()) * 12 + i64::from(first.month()) - 1;
            let mut index = months.div_euclid(n) * n;
            loop {
                let (year, month) = (index.div_euclid(12), index.rem_euclid(12) + 1);
                let Ok(date) = Date::new(year as i16, month as i8, 1) else {
                    break;
                };
                if !keep(zone.start_of_day(date)) {
                    break;
                }
                index += n;
            }
        }
    }
    found
}

/// The day of the next tick; every second day starts again with each month.
fn next_day(date: Date, days: i64) -> Option<Date> {
    let next = date.checked_add(Span::new().try_days(days).ok()?).ok()?;
    if days == 2 && (next.month() != date.month() || next.day() == 31) {
        return date
            .last_of_month()
            .tomorrow()
            .ok()
            .filter(|first| *first > date);
    }
    Some(next)
}

/// Civil minus universal time, in microseconds.
fn zone_offset(at: Instant, zone: &Zone) -> i64 {
    let civil: DateTime = at.civil(zone);
    Zone::utc().instant(civil).since(at).0
}

/// An instant written out for a readout under the pointer, as finely as the shown range makes sense.
pub fn readout(at: Instant, shown: TimeRange, zone: &Zone) -> String {
    let secs = shown.length().as_secs();
    let pattern = if secs > 200.0 * 86_400.0 {
        "%a %-d %b %Y"
    } else if secs > 3.0 * 3_600.0 {
        "%a %-d %b %Y %H:%M"
    } else if secs > 30.0 {
        "%-d %b %Y %H:%M:%S"
    } else {
        "%-d %b %Y %H:%M:%S%.3f"
    };
    at.format(zone, pattern)
}

/// A range in words: `3 June 2026 10:00 to 12:30`, `1 to 30 June 2026`.
pub fn describe(range: TimeRange, zone: &Zone) -> String {
    let (start, end) = (range.start.date(zone), range.end.date(zone));
    if range.length().as_secs() > 3.0 * 86_400.0 {
        let last = Instant(range.end.0 - 1);
        let first = if start.year() == last.date(zone).year() {
            "%-d %B"
        } else {
            "%-d %B %Y"
        };
        return format!(
            "{} to {}",
            range.start.format(zone, first),
            last.format(zone, "%-d %B %Y")
        );
    }
    let clock = if range.length().as_secs() < 600.0 {
        "%H:%M:%S"
    } else {
        "%H:%M"
    };
    let until = if start == end {
        range.end.format(zone, clock)
    } else {
        range.end.format(zone, &format!("%-d %B {clock}"))
    };
    format!(
        "{} to {until}",
        range.start.format(zone, &format!("%-d %B %Y {clock}"))
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Period;

    fn labels(ticks: &[TimeTick]) -> Vec<&str> {
        ticks.iter().map(|t| t.label.as_str()).collect()
    }

    #[test]
    fn months_days_and_hours() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let year = Period::parse("2026").unwrap().range(&berlin);
        let found = ticks(year, 1_000.0, 70.0, &berlin);
        assert_eq!(found[0].label, "Jan");
        assert_eq!(found[0].context.as_deref(), Some("2026"));
        assert!(found[1].context.is_none());
        assert_eq!(found.len(), 13, "{:?}", labels(&found));

        let june = Period::parse("2026-06").unwrap().range(&berlin);
        let found = ticks(june, 400.0, 70.0, &berlin);
        assert_eq!(labels(&found), ["1", "8", "15", "22", "29"]);
        assert_eq!(found[0].context.as_deref(), Some("June 2026"));

        let day = Period::parse("2026-06-14").unwrap().range(&berlin);
        let found = ticks(day, 1_000.0, 70.0, &berlin);
        assert_eq!(labels(&found)[..3], ["00:00", "02:00", "04:00"]);
        assert_eq!(found[0].context.as_deref(), Some("14 June 2026"));
        assert_eq!(
            found.last().unwrap().context.as_deref(),
            Some("15 June 2026")
        );
    }

    /// The night the clocks change has ticks at civil hours, none twice.
    #[test]
    fn clock_changes_keep_midnight_at_midnight() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        for date in ["2026-03-29", "2026-10-25"] {
            let range = Period::parse(date).unwrap().range(&berlin);
            let found = ticks(range, 1_000.0, 30.0, &berlin);
            assert_eq!(found[0].label, "00:00");
            assert_eq!(found.last().unwrap().label, "00:00");
            assert!(found.windows(2).all(|w| w[0].at < w[1].at));
        }
    }

    #[test]
    fn odd_zones_and_tiny_ranges() {
        let kolkata = Zone::named("Asia/Kolkata").unwrap();
        let start = Instant::from_secs(1_780_000_000);
        for secs in [
            1,
            7,
            60,
            1_000,
            7_200,
            90_000,
            4_000_000,
            400_000_000,
            4_000_000_000,
        ] {
            let range = TimeRange {
                start,
                end: Instant(start.0 + secs * 1_000_000),
            };
            let found = ticks(range, 800.0, 70.0, &kolkata);
            assert!(!found.is_empty() || secs < 2, "{secs}");
            assert!(found.len() <= 13, "{secs}: {:?}", labels(&found));
        }
        let hours = ticks(
            TimeRange {
                start,
                end: start.plus(crate::units::Micros::from_secs(20_000)),
            },
            800.0,
            70.0,
            &kolkata,
        );
        assert!(
            hours
                .iter()
                .all(|t| t.label.ends_with("00") || t.label.ends_with("30"))
        );
    }

    #[test]
    fn ranges_in_words() {
        let utc = Zone::utc();
        let june = Period::parse("2026-06").unwrap().range(&utc);
        assert_eq!(describe(june, &utc), "1 June to 30 June 2026");
        let start = june.start;
        let hour = TimeRange {
            start,
            end: start.plus(crate::units::Micros::HOUR),
        };
        assert_eq!(describe(hour, &utc), "1 June 2026 00:00 to 01:00");
    }
}
