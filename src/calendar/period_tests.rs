//! Lengths, neighbours, names and refusals of periods, on the vectors of sla-and-reports.md.

use jiff::civil::Date;

use super::{FiscalStart, Instant, Period, Zone};
use crate::units::Micros;

fn minutes(period: &str, zone: &str) -> i64 {
    let zone = Zone::named(zone).unwrap();
    let range = Period::parse(period).unwrap().range(&zone);
    range.length().0 / 60_000_000
}

/// sla-and-reports.md, vectors B1 and B9: lengths of periods, daylight saving included.
#[test]
fn periods_have_their_real_length() {
    for (period, zone, expected) in [
        ("2026-06", "UTC", 43_200),
        ("2026-02", "UTC", 40_320),
        ("2028-02", "UTC", 41_760),
        ("2026-Q1", "UTC", 129_600),
        ("2026-Q2", "UTC", 131_040),
        ("2026-Q3", "UTC", 132_480),
        ("2026", "UTC", 525_600),
        ("2028", "UTC", 527_040),
        ("2026-03", "Europe/Berlin", 44_580),
        ("2026-10", "Europe/Berlin", 44_700),
        ("2026-03", "America/New_York", 44_580),
        ("2026-11", "America/New_York", 43_260),
        ("2026-04", "Australia/Lord_Howe", 43_230),
        ("2026-10", "Australia/Lord_Howe", 44_610),
        ("2026-03", "Asia/Kolkata", 44_640),
        ("2026-Q1", "Europe/Berlin", 129_540),
        ("2026-Q4", "Europe/Berlin", 132_540),
        ("2026-W25", "UTC", 10_080),
        ("2026-06-14", "UTC", 1_440),
    ] {
        assert_eq!(minutes(period, zone), expected, "{period} in {zone}");
    }
}

#[test]
fn periods_step_and_print_what_they_read() {
    for text in ["2026-06-14", "2026-W25", "2026-06", "2026-Q2", "2026"] {
        let period = Period::parse(text).unwrap();
        assert_eq!(period.to_string(), text);
        assert_eq!(period.step(3).step(-3), period);
        assert!(period.step(i32::MAX) >= period && period.step(i32::MIN) <= period);
    }
    let rolling = Period::parse("28d@2026-07-01T00:00:00Z").unwrap();
    assert_eq!(rolling.to_string(), "28d@2026-07-01T00:00:00Z");
    assert_eq!(rolling.step(-1).to_string(), "28d@2026-06-03T00:00:00Z");
    assert_eq!(
        Period::parse("2026-01").unwrap().step(-1).to_string(),
        "2025-12"
    );
    assert_eq!(
        Period::parse("2026-Q4").unwrap().step(1).to_string(),
        "2027-Q1"
    );
    assert_eq!(Period::parse("2026-06").unwrap().title(), "June 2026");
    for bad in [
        "",
        "June",
        "2026-13",
        "2026-Q5",
        "2026-W60",
        "26-06",
        "2026-02-30",
        "2026-1-1-1",
        "FY2026-06",
        "FYI",
        "FY26",
        "0d",
        "9999d",
        "30",
        "30d@soon",
        "é",
    ] {
        let error = Period::parse(bad).unwrap_err().to_string();
        assert!(error.contains("FY2026-Q2, FY2026 or 30d"), "{bad}");
    }
}

/// Named after the year in which they end; the months, the neighbours and the title follow from the first month.
#[test]
fn fiscal_periods_follow_their_first_month() {
    let april = FiscalStart::parse("april").unwrap();
    let period = Period::parse("fy2026-q2").unwrap();
    assert!(period.lacks_fiscal_start());
    let second = period.with_fiscal_start(april);
    assert!(!second.lacks_fiscal_start());
    let names = |p: Period| -> Vec<String> { p.months().iter().map(Period::to_string).collect() };
    assert_eq!(names(second), ["2025-07", "2025-08", "2025-09"]);
    assert_eq!(second.to_string(), "FY2026-Q2");
    assert_eq!(second.title(), "fiscal Q2 2026 (July to September 2025)");
    assert_eq!(names(second.step(2)), ["2026-01", "2026-02", "2026-03"]);
    assert_eq!(names(second.step(3)), ["2026-04", "2026-05", "2026-06"]);
    assert_eq!(second.step(3).to_string(), "FY2027-Q1");
    assert_eq!(second.step(-2).to_string(), "FY2025-Q4");
    let year = Period::parse("FY2026").unwrap().with_fiscal_start(april);
    assert_eq!(year.title(), "fiscal 2026 (April 2025 to March 2026)");
    assert_eq!(year.months().len(), 12);
    assert_eq!(year.quarters()[1], second);
    let berlin = Zone::named("Europe/Berlin").unwrap();
    let range = year.range(&berlin);
    assert_eq!(range.start.to_string(), "2025-03-31T22:00:00Z");
    assert_eq!(range.length().0 / 60_000_000, 525_600);
    let last = Instant(range.end.0 - 1);
    assert_eq!(Period::fiscal_year_of(last, &berlin, april), year);
    assert_eq!(
        Period::fiscal_quarter_of(last, &berlin, april).to_string(),
        "FY2026-Q4"
    );
    // With January they are those of the calendar.
    let plain = Period::parse("FY2026-Q2").unwrap();
    let calendar = Period::parse("2026-Q2").unwrap();
    assert_eq!(plain.range(&berlin), calendar.range(&berlin));
}

/// Vector B1's 28, 30 and 90 days: times of 24 hours, whatever clocks do.
#[test]
fn rolling_windows_end_when_they_are_told() {
    let berlin = Zone::named("Europe/Berlin").unwrap();
    let window = Period::parse("30d").unwrap();
    assert_eq!(window.range(&berlin).length(), Micros(0));
    assert_eq!(window.title(), "the last 30 days");
    let end = berlin.start_of_day(Date::constant(2026, 4, 10));
    let ended = window.ending(end);
    assert_eq!(ended.range(&berlin).length().0, 30 * Micros::DAY.0);
    assert_eq!(ended.range(&berlin).end, end);
    assert_eq!(ended.ending(Instant(0)), ended);
    assert_eq!(ended.title(), "the 30 days to 2026-04-09 22:00 UTC");
    assert_eq!(Period::parse(&ended.to_string()), Ok(ended));
}
