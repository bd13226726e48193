//! How the figures of a run are written: times beside their limits, shares, money, instances.

use crate::scenario::outcome::Summary;
use crate::units::{self, Direction};

/// Within this share of its limit a time is written so that it never reads as the other side.
const NEAR: f64 = 0.02;

/// Times shorter than this are none, in seconds: a flow never waits exactly nothing.
const NO_TIME: f64 = 1e-6;
/// Shares below this are none.
const NO_SHARE: f64 = 1e-6;

/// A time, none where it is next to nothing.
pub(super) fn time(secs: f64) -> String {
    units::millis(if secs < NO_TIME { 0.0 } else { secs * 1_000.0 })
}

/// A share in percent, none where it is next to nothing.
pub(super) fn share(value: f64) -> String {
    units::percent_of(if value < NO_SHARE { 0.0 } else { value })
}

/// A share of all the time, which reads as all of it only where it is.
pub(super) fn of_all(value: f64) -> String {
    let percent = value.clamp(0.0, 1.0) * 100.0;
    units::judged_percent(percent, 100.0, Direction::AtLeast, value >= 1.0)
}

/// An amount of money: whole from a hundred on.
pub(super) fn money(value: f64, currency: &str) -> String {
    let decimals = if value.abs() >= 100.0 { 0 } else { 2 };
    format!("{} {currency}", units::grouped(value, decimals))
}

/// `12` or `9,000 to 11,000`.
pub(super) fn how_many(summary: &Summary) -> String {
    let (least, most) = (summary.instances_min, summary.instances_max);
    let count = |number: u32| units::count(u64::from(number));
    if least == most {
        count(most)
    } else {
        format!("{} to {}", count(least), count(most))
    }
}

/// The same with what they are: `1 instance`, `9,000 to 11,000 peers`.
pub(super) fn many(one: &str, summary: &Summary) -> String {
    let plural = if summary.instances_max == 1 { "" } else { "s" };
    format!("{} {one}{plural}", how_many(summary))
}

/// A response time beside its limit: one over it never reads as the limit.
pub(super) fn time_text(value_secs: f64, limit_secs: Option<f64>) -> String {
    let ms = value_secs * 1_000.0;
    match limit_secs.map(|limit| limit * 1_000.0) {
        Some(limit) if limit > 0.0 && (ms / limit - 1.0).abs() < NEAR && limit < 1_000.0 => {
            let held = ms <= limit;
            format!(
                "{} ms",
                units::judged(ms, limit, Direction::AtMost, held, 0)
            )
        }
        _ => units::millis(ms),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_over_its_limit_never_reads_as_the_limit() {
        assert_eq!(time_text(0.200_4, Some(0.2)), "201 ms");
        assert_eq!(time_text(0.199_96, Some(0.2)), "200 ms");
        assert_eq!(time_text(0.148, Some(0.2)), "148 ms");
        assert_eq!(time_text(0.2, None), "200 ms");
    }

    #[test]
    fn next_to_nothing_is_nothing() {
        assert_eq!(share(7.8e-10), "0 %");
        assert_eq!(time(1e-11), "0 ms");
        assert_eq!(share(0.000_02), "0.00200 %");
        assert_eq!(money(1_240.4, "USD"), "1,240 USD");
        assert_eq!(money(1.5, "EUR"), "1.50 EUR");
    }
}
