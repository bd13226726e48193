//! Time cut to the grain of a promise: the parts of a period that each have to hold, and the slices that are judged.
//!
//! Everything is cut along the civil calendar of a zone, so days are 23 to 25 hours long where clocks change.

use jiff::ToSpan as _;

use super::objective::Grain;
use crate::calendar::{FiscalStart, Instant, Period, TimeRange, Zone};
use crate::units::Micros;

/// A stretch for which a promise holds or does not.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    /// Such as `2026-04`.
    pub name: String,
    /// As a person says it.
    pub title: String,
    /// All of it.
    pub range: TimeRange,
}

impl Part {
    fn of(period: Period, zone: &Zone) -> Self {
        Self {
            name: period.to_string(),
            title: period.title(),
            range: period.range(zone),
        }
    }
}

/// What of a range lies before `now`; empty where nothing does.
pub(super) fn clip(range: TimeRange, now: Instant) -> TimeRange {
    TimeRange {
        start: range.start,
        end: range.end.min(now).max(range.start),
    }
}

const fn size(period: Period) -> u8 {
    match period {
        Period::Day(_) => 0,
        Period::Week(_) => 1,
        // Whole days and weeks can be cut out of a rolling window; a longer promise is held against it as it is.
        Period::Month { .. } | Period::Rolling { .. } => 2,
        Period::Quarter { .. } | Period::FiscalQuarter { .. } => 3,
        Period::Year(_) | Period::FiscalYear { .. } => 4,
    }
}

/// The window of a rolling promise that ends here.
fn window(length: Micros, end: Instant, grain: Grain, zone: &Zone) -> Part {
    let text = grain.words().0.replace(" slice", "");
    let last = Instant(end.0 - 1);
    Part {
        name: format!("{text} to {}", last.format(zone, "%Y-%m-%d")),
        title: format!("the {text} up to {}", last.format(zone, "%-d %B %Y")),
        range: TimeRange {
            start: end.plus(Micros(length.0.saturating_neg())),
            end,
        },
    }
}

/// The parts of `period` that each have to hold for a promise of grain `grain`; the period itself where it is shorter
/// than the promise. Weeks belong to the period in which they end. A rolling promise is looked at where the period
/// ends, and in a quarter or year at the end of each month. Also says whether the period was too short.
pub(super) fn parts(period: Period, grain: Grain, zone: &Zone, now: Instant) -> (Vec<Part>, bool) {
    let whole = Part::of(period, zone);
    let wanted = match grain {
        Grain::Length(_) | Grain::Day => 0,
        Grain::Week => 1,
        Grain::Month => 2,
        Grain::Quarter => 3,
        Grain::Year => 4,
        Grain::Rolling(length) => {
            let list: Vec<Part> = period
                .months()
                .into_iter()
                .map(|month| month.range(zone))
                .filter(|month| month.start < now || month.start == whole.range.start)
                .map(|month| window(length, month.end.min(now), grain, zone))
                .collect();
            return (list, false);
        }
    };
    let asked = size(period);
    let rolling = matches!(period, Period::Rolling { .. });
    if asked <= wanted {
        return (vec![whole], asked < wanted || rolling);
    }
    let days = zone.days(whole.range);
    let list: Vec<Period> = match wanted {
        0 => days.iter().map(|(date, _)| Period::Day(*date)).collect(),
        1 => days
            .iter()
            .filter(|(date, _)| date.weekday() == jiff::civil::Weekday::Sunday)
            .filter_map(|(date, _)| date.checked_sub(6.days()).ok().map(Period::Week))
            .collect(),
        2 => period.months(),
        _ => period.quarters(),
    };
    let mut parts: Vec<Part> = list.into_iter().map(|p| Part::of(p, zone)).collect();
    if rolling {
        // What begins before the window or ends after it cannot be held against it.
        let inside = |part: &Part| part.range.intersect(whole.range) == Some(part.range);
        parts.retain(inside);
        if parts.is_empty() {
            return (vec![whole], true);
        }
    }
    (parts, false)
}

/// The months of a quarter or a year; nothing for anything shorter.
pub(super) fn months(period: Period, zone: &Zone) -> Vec<Part> {
    if !period.has_months() {
        return Vec::new();
    }
    let months = period.months().into_iter();
    months.map(|m| Part::of(m, zone)).collect()
}

/// The 13 months that end with the last month of the period.
pub(super) fn thirteen_months(period: Period, zone: &Zone) -> Vec<Part> {
    let range = period.range(zone);
    let last = Period::month_of(Instant(range.end.0 - 1), zone);
    (-12..=0).map(|by| Part::of(last.step(by), zone)).collect()
}

/// The slices of a range at a grain: rising, without overlap. Slices shorter than a day start anew at local midnight,
/// so that the same slices come out whichever period is asked for.
///
/// Quarters and years are those of the fiscal year that begins with `fiscal`.
pub(super) fn slices_of(
    range: TimeRange,
    grain: Grain,
    zone: &Zone,
    fiscal: FiscalStart,
) -> Vec<TimeRange> {
    if range.start >= range.end {
        return Vec::new();
    }
    match grain {
        Grain::Length(length) => zone
            .days(range)
            .into_iter()
            .flat_map(|(_, day)| steps(day, length))
            .filter_map(|slice| slice.intersect(range))
            .collect(),
        Grain::Day => zone
            .days(range)
            .into_iter()
            .filter_map(|(_, day)| day.intersect(range))
            .collect(),
        // A rolling window is asked for by its range.
        Grain::Rolling(_) => vec![range],
        _ => {
            let first = match grain {
                Grain::Week => {
                    let date = range.start.date(zone);
                    let back = i64::from(date.weekday().to_monday_zero_offset());
                    Period::Week(date.checked_sub(back.days()).unwrap_or(date))
                }
                Grain::Quarter => Period::fiscal_quarter_of(range.start, zone, fiscal),
                Grain::Year => Period::fiscal_year_of(range.start, zone, fiscal),
                _ => Period::month_of(range.start, zone),
            };
            (0..10_000)
                .map(|by| first.step(by).range(zone))
                .take_while(|slice| slice.start < range.end && slice.start < slice.end)
                .filter_map(|slice| slice.intersect(range))
                .collect()
        }
    }
}

/// The slices of a range at a grain, by the calendar year: see [`slices_of`].
pub(super) fn slices(range: TimeRange, grain: Grain, zone: &Zone) -> Vec<TimeRange> {
    slices_of(range, grain, zone, FiscalStart::JANUARY)
}

fn steps(day: TimeRange, length: Micros) -> Vec<TimeRange> {
    let mut list = Vec::new();
    let mut start = day.start;
    while start < day.end && length.0 > 0 {
        let end = start.plus(length).min(day.end);
        list.push(TimeRange { start, end });
        start = end;
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(period: &str, zone: &Zone) -> TimeRange {
        Period::parse(period).unwrap().range(zone)
    }

    /// sla-and-reports.md 1.10 and vector B9: a day of 23 hours has 23 slices, one of 25 hours 25.
    #[test]
    fn slices_follow_the_clocks() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let hour = Grain::Length(Micros::HOUR);
        assert_eq!(
            slices(range("2026-03-29", &berlin), hour, &berlin).len(),
            23
        );
        assert_eq!(
            slices(range("2026-10-25", &berlin), hour, &berlin).len(),
            25
        );
        assert_eq!(slices(range("2026-10", &berlin), hour, &berlin).len(), 745);
        let lord_howe = Zone::named("Australia/Lord_Howe").unwrap();
        let day = slices(range("2026-10-04", &lord_howe), hour, &lord_howe);
        assert_eq!(day.last().unwrap().length(), Micros(Micros::HOUR.0 / 2));
        assert_eq!(
            slices(range("2026-03", &berlin), Grain::Day, &berlin).len(),
            31
        );
        assert_eq!(
            slices(range("2026-Q1", &berlin), Grain::Month, &berlin).len(),
            3
        );
        assert_eq!(
            slices(range("2026-06", &berlin), Grain::Week, &berlin).len(),
            5
        );
    }

    /// Days and weeks that lie wholly in a rolling window; anything longer is held against the window itself.
    #[test]
    fn rolling_windows_are_cut_into_what_lies_inside() {
        let utc = Zone::utc();
        let window = Period::parse("30d@2026-06-30T12:00:00Z").unwrap();
        let of = |grain| parts(window, grain, &utc, Instant(i64::MAX));
        assert_eq!(of(Grain::Day).0.len(), 29);
        let weeks: Vec<String> = of(Grain::Week).0.into_iter().map(|p| p.name).collect();
        assert_eq!(weeks, ["2026-W23", "2026-W24", "2026-W25", "2026-W26"]);
        let (whole, short) = of(Grain::Month);
        assert!(short && whole[0].range == window.range(&utc));
        let day = Period::parse("1d@2026-06-30T12:00:00Z").unwrap();
        assert_eq!(parts(day, Grain::Day, &utc, Instant(i64::MAX)).0.len(), 1);
    }

    #[test]
    fn fiscal_years_have_their_own_quarters() {
        let utc = Zone::utc();
        let november = FiscalStart::parse("november").unwrap();
        let year = Period::parse("FY2026").unwrap().with_fiscal_start(november);
        let (quarters, short) = parts(year, Grain::Quarter, &utc, Instant(i64::MAX));
        assert!(!short && quarters.len() == 4);
        assert_eq!(quarters[0].range.start.to_string(), "2025-11-01T00:00:00Z");
        assert_eq!(quarters[0].name, "FY2026-Q1");
        let cut = slices_of(year.range(&utc), Grain::Quarter, &utc, november);
        let ranges: Vec<TimeRange> = quarters.iter().map(|q| q.range).collect();
        assert_eq!(cut, ranges);
        assert_eq!(
            slices_of(year.range(&utc), Grain::Year, &utc, november).len(),
            1
        );
        assert_eq!(months(year, &utc).len(), 12);
        assert_eq!(thirteen_months(year, &utc)[12].name, "2026-10");
    }

    #[test]
    fn a_promise_holds_in_each_of_its_parts() {
        let utc = Zone::utc();
        let names = |period: &str, grain| -> Vec<String> {
            parts(
                Period::parse(period).unwrap(),
                grain,
                &utc,
                Instant(i64::MAX),
            )
            .0
            .into_iter()
            .map(|p| p.name)
            .collect()
        };
        assert_eq!(
            names("2026-Q2", Grain::Month),
            ["2026-04", "2026-05", "2026-06"]
        );
        assert_eq!(names("2026", Grain::Quarter).len(), 4);
        assert_eq!(names("2026-06", Grain::Month), ["2026-06"]);
        assert_eq!(
            names("2026-06", Grain::Week),
            ["2026-W23", "2026-W24", "2026-W25", "2026-W26"]
        );
        assert_eq!(names("2026-06", Grain::Day).len(), 30);
        let (one, short) = parts(
            Period::parse("2026-06-14").unwrap(),
            Grain::Month,
            &utc,
            Instant(i64::MAX),
        );
        assert!(short && one.len() == 1);
        let rolling = Grain::Rolling(Micros(30 * Micros::DAY.0));
        let (one, _) = parts(
            Period::parse("2026-07").unwrap(),
            rolling,
            &utc,
            Instant(i64::MAX),
        );
        assert_eq!(one[0].range.start.to_string(), "2026-07-02T00:00:00Z");
        // A quarter is looked at at the end of each of its months, as far as they have begun.
        let in_quarter = |now: &str| -> Vec<String> {
            let now = crate::calendar::parse_time(now, &utc).unwrap().at;
            let (parts, _) = parts(Period::parse("2026-Q2").unwrap(), rolling, &utc, now);
            parts.into_iter().map(|p| p.range.end.to_string()).collect()
        };
        assert_eq!(
            in_quarter("2026-08-01"),
            [
                "2026-05-01T00:00:00Z",
                "2026-06-01T00:00:00Z",
                "2026-07-01T00:00:00Z"
            ]
        );
        assert_eq!(in_quarter("2026-04-12"), ["2026-04-12T00:00:00Z"]);
        let history = thirteen_months(Period::parse("2026-Q2").unwrap(), &utc);
        assert_eq!(
            (history[0].name.as_str(), history[12].name.as_str()),
            ("2025-06", "2026-06")
        );
    }
}
