//! The scorecard in plain words, as screens, commands and sheets say it: what was said, what came, and how often the
//! ranges held.

use super::kept::KeptBy;
use super::scorecard::{CrossingOutcome, ForecastScore, LeadError, PlanScorecard, ScoredCrossing};
use crate::calendar::{Instant, Zone};
use crate::units::{self, Direction};

/// A share in whole percent that never reads as its level where it is below it; `–` of nothing.
pub fn share_text(within: usize, measured: usize, level: u32) -> String {
    if measured == 0 {
        return "–".to_owned();
    }
    let held = within as u64 * 100 >= measured as u64 * u64::from(level);
    let percent = within as f64 * 100.0 / measured as f64;
    let text = units::judged(percent, f64::from(level), Direction::AtLeast, held, 0);
    format!("{text} %")
}

fn day(at: Instant, zone: &Zone) -> String {
    at.format(zone, "%-d %b %Y")
}

fn counted(n: usize, word: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {word}{plural}", units::count(n as u64))
}

impl LeadError {
    /// The error as people say it of this series: percent of what came; in the unit where the unit is percent, or
    /// where something measured was zero or less.
    pub fn text(&self, unit: &str) -> String {
        match (self.mape, self.mae) {
            (Some(mape), _) if unit != "%" => units::percent_of(mape),
            (_, Some(mae)) => units::with_unit(mae, unit),
            _ => "–".to_owned(),
        }
    }

    /// Which steps it is about: `8 to 30 days ahead`.
    pub fn range_text(days: u32) -> String {
        let before = super::scorecard::LEADS
            .into_iter()
            .rev()
            .find(|lead| *lead < days);
        format!("{} to {days} days ahead", before.map_or(1, |b| b + 1))
    }
}

impl ScoredCrossing {
    /// What was said: `between 3 Oct 2026 and 12 Nov 2026`.
    pub fn said_text(&self, zone: &Zone) -> String {
        match (self.said.p10, self.said.p90) {
            _ if self.outcome == CrossingOutcome::OverAlready => "over already".to_owned(),
            (Some(a), Some(b)) if day(a, zone) == day(b, zone) => format!("on {}", day(a, zone)),
            (Some(a), Some(b)) => format!("between {} and {}", day(a, zone), day(b, zone)),
            (Some(a), None) => format!("from {} on", day(a, zone)),
            _ => format!(
                "not within the horizon (P = {})",
                units::percent_of(self.probability)
            ),
        }
    }

    /// What happened, in a few words.
    pub fn happened_text(&self, zone: &Zone) -> String {
        let word = self.outcome.word();
        match self.happened {
            Some(at) => format!("{}, {word}", day(at, zone)),
            None if self.outcome == CrossingOutcome::AsSaid => "stayed under, as said".to_owned(),
            None if self.outcome == CrossingOutcome::Later => "not yet, later than said".to_owned(),
            None => word.to_owned(),
        }
    }

    fn sentence(&self, zone: &Zone) -> Option<String> {
        if self.outcome == CrossingOutcome::OverAlready {
            return None;
        }
        let off = match self.days_off.map(|days| days.round() as i64) {
            Some(0) => ", on the most likely day".to_owned(),
            Some(days) => format!(
                ", {} {} than the most likely day",
                counted(days.unsigned_abs() as usize, "day"),
                if days > 0 { "later" } else { "earlier" }
            ),
            None => String::new(),
        };
        Some(format!(
            "The crossing of {} was said {}: {}{off}.",
            self.threshold_text,
            self.said_text(zone),
            self.happened_text(zone)
        ))
    }
}

impl ForecastScore {
    /// When it was said and why: `3 Jul 2026, closing 2026-06`.
    pub fn made_text(&self, zone: &Zone) -> String {
        let by = if self.who.is_empty() {
            self.by.words()
        } else {
            format!("{} by {}", self.by.words(), self.who).replace("by hand by", "by")
        };
        format!("{}, {by}", day(self.made_at, zone))
    }

    /// The last step that was measured: `61 % to 74 %`.
    pub fn said_text(&self) -> String {
        let texts = self.last_texts();
        texts.map_or_else(
            || "–".to_owned(),
            |[low, high, _]| format!("{low} to {high}"),
        )
    }

    /// What came on the last step that was measured.
    pub fn came_text(&self) -> String {
        let texts = self.last_texts();
        texts.map_or_else(|| "nothing yet".to_owned(), |[_, _, came]| came)
    }

    /// Both ends of the 80 % range of the last step that was measured, and what came: with so many decimals that a
    /// value outside never reads as an end of the range.
    fn last_texts(&self) -> Option<[String; 3]> {
        let (point, came) = self.last_measured()?;
        let values = [point.lo80, point.hi80, came];
        let plain = values.map(|v| units::with_unit(v, &self.unit));
        let unclear = |[low, high, came]: &[String; 3]| low == came || high == came;
        if (point.lo80..=point.hi80).contains(&came) || !unclear(&plain) {
            return Some(plain);
        }
        let unit = &self.unit;
        let longer = (1..=9).map(|decimals| {
            values.map(|v| {
                format!("{} {unit}", units::grouped(v, decimals))
                    .trim_end()
                    .to_owned()
            })
        });
        longer
            .into_iter()
            .find(|texts| !unclear(texts))
            .or(Some(plain))
    }

    /// What became of it, in sentences: the last step, the shares, the bias and the limit.
    pub fn sentence(&self, zone: &Zone) -> String {
        let made = day(self.made_at, zone);
        if let Some(why) = &self.missing {
            return format!("{}: said on {made}; {why}.", self.series);
        }
        let Some((point, came)) = self.last_measured() else {
            return format!(
                "{}: said on {made}; nothing has been measured since.",
                self.series
            );
        };
        let value = |v: f64| units::with_unit(v, &self.unit);
        let verdict = if (point.lo80..=point.hi80).contains(&came) {
            "as said"
        } else if came > point.hi95 {
            "above the 95 % range too"
        } else if came < point.lo95 {
            "below the 95 % range too"
        } else if came > point.hi80 {
            "a little above"
        } else {
            "a little below"
        };
        let hours = point.t.since(self.known_until).as_days() * 24.0 + self.step_secs / 3_600.0;
        let ahead = if hours < 47.5 {
            counted(hours.round() as usize, "hour")
        } else {
            counted((hours / 24.0).round() as usize, "day")
        };
        let mut text = format!(
            "{}: {ahead} ahead we said {} for {}, it was {} ({verdict}). {} of {} came within the 80 % range, {} within the 95 % range",
            self.series,
            self.said_text(),
            day(point.t, zone),
            self.came_text(),
            units::count(self.within80 as u64),
            counted(self.measured, "step"),
            units::count(self.within95 as u64),
        );
        if let Some(bias) = self.bias {
            let printed = value(bias.abs());
            text.push_str(&if printed.starts_with("0 ") || printed == "0" {
                "; on average neither too much nor too little was expected".to_owned()
            } else {
                let word = if bias > 0.0 { "much" } else { "little" };
                format!("; on average {printed} too {word} was expected")
            });
        }
        text.push('.');
        if let Some(crossing) = self.crossing.as_ref().and_then(|c| c.sentence(zone)) {
            text.push(' ');
            text.push_str(&crossing);
        }
        text
    }
}

/// Fewer measured steps than this say little about a share.
const FEW: usize = 30;

impl PlanScorecard {
    /// How often the ranges held, over all forecasts.
    pub fn sentence(&self) -> String {
        let n = self.forecasts.len();
        if n == 0 {
            return "No forecast has been kept yet.".to_owned();
        }
        if self.measured == 0 {
            let kept = if n == 1 { "is" } else { "are" };
            return format!(
                "{} {kept} kept; nothing has been measured since.",
                counted(n, "forecast")
            );
        }
        let few = if self.measured < FEW {
            "; so few say little"
        } else {
            ""
        };
        format!(
            "Our 80 % ranges held {} of the time, our 95 % ranges {} ({} of {}{few}).",
            share_text(self.within80, self.measured, 80),
            share_text(self.within95, self.measured, 95),
            counted(self.measured, "step"),
            counted(n, "forecast"),
        )
    }

    /// The errors by lead time, as shares of what came; `None` where there are none.
    pub fn errors_sentence(&self) -> Option<String> {
        let parts: Vec<String> = self
            .errors
            .iter()
            .filter_map(|e| {
                let share = units::percent_of(e.mape?);
                Some(format!("{share} {}", LeadError::range_text(e.days)))
            })
            .collect();
        (!parts.is_empty())
            .then(|| format!("Mean error as a share of what came: {}.", parts.join(", ")))
    }

    /// Crossings that came as they were said, and all that are decided.
    pub fn crossings(&self) -> (usize, usize) {
        let decided = || {
            let crossings = self.forecasts.iter().filter_map(|f| f.crossing.as_ref());
            crossings
                .map(|c| c.outcome)
                .filter(|o| !matches!(o, CrossingOutcome::Open | CrossingOutcome::OverAlready))
        };
        let as_said = |o: &CrossingOutcome| *o == CrossingOutcome::AsSaid;
        (decided().filter(as_said).count(), decided().count())
    }
}

impl KeptBy {
    /// What is said when the same data were kept already.
    pub fn already(&self, series: &str, at: Instant, zone: &Zone) -> String {
        format!(
            "The forecast of {series} from these data was kept on {} ({}) already",
            day(at, zone),
            self.words()
        )
    }
}
