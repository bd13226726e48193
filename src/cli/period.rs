//! A period as it is typed: by name, or relative to "now" for commands that run by themselves (`last-month`).
//!
//! "Now" is `--as-of` where it is given, else the clock: this is one of the two places where a command looks at it.

use super::{CliError, CommonArgs};
use crate::calendar::{Instant, Period, Zone};

/// How `--period` is explained.
pub const HELP: &str = "2026-06, 2026-Q2, 2026-W25, 2026-06-14, 2026, FY2026-Q2, FY2026, 30d (up to now), or before now (--as-of, else the clock): yesterday, last-week, last-month, last-quarter, last-year";

/// Reads a period; relative ones end before the present one begins.
pub fn period(typed: &str, common: &CommonArgs, zone: &Zone) -> Result<Period, CliError> {
    let now = || Ok::<_, CliError>(common.as_of(zone)?.unwrap_or_else(Instant::now));
    let date = || Ok::<_, CliError>(now()?.date(zone));
    let present = match typed.trim().to_ascii_lowercase().as_str() {
        "yesterday" => Period::Day(date()?),
        "last-week" => {
            let week = date()?.iso_week_date();
            Period::parse(&format!("{:04}-W{:02}", week.year(), week.week()))?
        }
        "last-month" => Period::month_of(now()?, zone),
        "last-quarter" => Period::quarter_of(now()?, zone),
        "last-year" => Period::Year(date()?.year()),
        _ => {
            return Period::parse(typed).map_err(|error| CliError {
                hint: Some(
                    "relative to now: yesterday, last-week, last-month, last-quarter, last-year"
                        .to_owned(),
                ),
                ..error.into()
            });
        }
    };
    Ok(present.step(-1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_periods_are_the_complete_ones_before_now() {
        let common = |at: &str| CommonArgs {
            as_of: Some(at.to_owned()),
            ..CommonArgs::default()
        };
        let berlin = Zone::named("Europe/Berlin").unwrap();
        for (typed, at, expected) in [
            ("last-month", "2026-07-01 00:00", "2026-06"),
            ("last-month", "2026-06-30 23:59", "2026-05"),
            ("last-month", "2026-01-15", "2025-12"),
            // 22:30 in UTC is the first of the month in Berlin.
            ("last-month", "2026-06-30T22:30:00Z", "2026-06"),
            ("last-quarter", "2026-07-01", "2026-Q2"),
            ("last-quarter", "2026-02-10", "2025-Q4"),
            ("last-week", "2026-06-21", "2026-W24"),
            ("last-week", "2026-06-22", "2026-W25"),
            ("last-week", "2027-01-02", "2026-W52"),
            ("yesterday", "2026-03-01", "2026-02-28"),
            ("last-year", "2026-06-01", "2025"),
            ("2026-Q2", "2026-06-01", "2026-Q2"),
        ] {
            let found = period(typed, &common(at), &berlin).unwrap();
            assert_eq!(found.to_string(), expected, "{typed} at {at}");
        }
        let error = period("next-month", &common("2026-06-01"), &berlin).unwrap_err();
        assert!(error.message.contains("next-month"), "{error}");
        assert!(error.hint.unwrap().contains("last-month"));
    }
}
