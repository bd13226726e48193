//! How many false alarms are accepted, as people say it: `1/30d` is one in thirty days.

use serde::{Deserialize, Serialize};

use crate::units::{self, Micros, parse_duration};

/// So many false alarms in so long a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FalseAlarms {
    /// How many; at least 1.
    pub count: u32,
    /// In so many seconds; positive.
    pub per_secs: i64,
}

impl Default for FalseAlarms {
    /// One in thirty days.
    fn default() -> Self {
        Self {
            count: 1,
            per_secs: 30 * 86_400,
        }
    }
}

impl FalseAlarms {
    /// The largest share of the steps that may be called unusual by chance; more would be no alarm.
    const MOST: f64 = 0.05;
    /// The smallest that the tail of a series says anything about.
    const LEAST: f64 = 1e-7;

    /// Reads `1/30d`, `2/1w` or `1/1h`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || {
            format!(
                "\"{text}\" is no rate of false alarms: use a count and a span such as 1/30d, 2/1w or 1/24h"
            )
        };
        let (count, span) = text.split_once('/').ok_or_else(bad)?;
        let count = count.trim().parse::<u32>().ok().filter(|n| *n > 0);
        let span = parse_duration(span.trim()).map_err(|_| bad())?;
        let secs = span.0 / Micros::SECOND.0;
        match count {
            Some(count) if secs >= 1 => Ok(Self {
                count,
                per_secs: secs,
            }),
            _ => Err(bad()),
        }
    }

    /// The share of the steps of this length that may be called unusual by chance.
    pub fn per_step(self, step: Micros) -> f64 {
        let steps = self.per_secs as f64 / step.as_secs().max(1e-6);
        (f64::from(self.count) / steps.max(1.0)).clamp(Self::LEAST, Self::MOST)
    }

    /// `1 false alarm in 30 d`.
    pub fn words(self) -> String {
        format!(
            "{} false {} in {}",
            self.count,
            if self.count == 1 { "alarm" } else { "alarms" },
            units::duration(Micros::from_secs(self.per_secs))
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_count_in_a_span() {
        let rate = FalseAlarms::parse("2 / 1w").unwrap();
        assert_eq!((rate.count, rate.per_secs), (2, 604_800));
        assert_eq!(FalseAlarms::parse("1/30d").unwrap(), FalseAlarms::default());
        for wrong in ["", "1", "0/30d", "x/30d", "1/30", "1/0d", "-1/1d"] {
            let message = FalseAlarms::parse(wrong).unwrap_err();
            assert!(message.contains("1/30d"), "{message}");
        }
    }

    #[test]
    fn a_share_of_the_steps_follows_from_their_length() {
        let rate = FalseAlarms::default();
        let share = rate.per_step(Micros::from_secs(300));
        assert!((share - 1.0 / 8_640.0).abs() < 1e-12);
        assert!((rate.per_step(Micros::DAY) - 1.0 / 30.0).abs() < 1e-12);
        // A month of months would be all false alarms.
        assert_eq!(rate.per_step(Micros(30 * Micros::DAY.0)), 0.05);
    }
}
