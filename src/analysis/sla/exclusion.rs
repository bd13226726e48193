//! Windows that do not count: as they are written in a promise or a table, and as they are applied. Each says who
//! entered it and why.

use serde::{Deserialize, Serialize};

use super::SlaFileError;
use crate::calendar::{Instant, Recurrence, Recurring, TimeRange, Zone, parse_time};
use crate::units::{self, Micros};

/// What kind of window it is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ExclusionCategory {
    /// Planned maintenance.
    Maintenance,
    /// Outside the hours in which the service is promised.
    OutsideHours,
    /// A deployment.
    Deployment,
    /// Anything else, and where nobody said.
    #[default]
    Other,
}

impl ExclusionCategory {
    /// All of them, with the word by which each is written.
    const WRITTEN: [(&'static str, Self); 4] = [
        ("maintenance", Self::Maintenance),
        ("outside_hours", Self::OutsideHours),
        ("deployment", Self::Deployment),
        ("other", Self::Other),
    ];

    /// The word on screen and sheet.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Maintenance => "maintenance",
            Self::OutsideHours => "outside hours",
            Self::Deployment => "deployment",
            Self::Other => "other",
        }
    }
}

/// A window that does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    /// When; the first time of one that comes again.
    pub range: TimeRange,
    /// Why.
    pub reason: String,
    /// What kind it is.
    #[serde(default)]
    pub category: ExclusionCategory,
    /// Who entered it; empty where nobody said.
    #[serde(default)]
    pub entered_by: String,
    /// When it was entered.
    #[serde(default)]
    pub entered_at: Option<Instant>,
    /// Where it stands: the name of a table, or empty for the promise itself.
    #[serde(default)]
    pub source: String,
    /// How it comes again.
    #[serde(default)]
    pub recurring: Option<Recurring>,
}

impl Exclusion {
    /// A window that comes once, of which nothing else was said.
    pub fn new(range: TimeRange, reason: &str) -> Self {
        Self {
            range,
            reason: reason.to_owned(),
            category: ExclusionCategory::default(),
            entered_by: String::new(),
            entered_at: None,
            source: String::new(),
            recurring: None,
        }
    }

    /// The times of it that touch a range, in order, each as a window that comes once but still names its rule.
    pub fn within(&self, range: TimeRange) -> Vec<Self> {
        let touches = |one: &TimeRange| one.intersect(range).is_some();
        let ranges = match &self.recurring {
            Some(recurring) => recurring.windows(range.end),
            None => vec![self.range],
        };
        ranges
            .into_iter()
            .filter(touches)
            .map(|range| Self {
                range,
                ..self.clone()
            })
            .collect()
    }
}

/// A window as it was typed, in a promise or in a row of a table. Empty means that it was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct WrittenExclusion {
    /// Line at which it stands.
    pub line: Option<u64>,
    /// When it begins, the first time.
    pub start: String,
    /// When it ends.
    pub end: String,
    /// How long it is, in place of an end.
    pub duration: String,
    /// How it comes again, as an RRULE.
    pub rrule: String,
    /// Why.
    pub reason: String,
    /// What kind it is.
    pub category: String,
    /// Who entered it.
    pub by: String,
    /// When it was entered.
    pub at: String,
    /// The zone of its times, where it is known.
    pub zone: Option<String>,
    /// Where it stands, where that is not the promise itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub source: String,
}

impl WrittenExclusion {
    /// Names of the keys, in the order of [`Self::slot`].
    pub const KEYS: &'static str = "start, end, duration, rrule, reason, category, by, at";

    /// Where the text of a key is kept; columns of tables have a few more names.
    pub fn slot(&mut self, key: &str) -> Option<&mut String> {
        Some(match key {
            "start" => &mut self.start,
            "end" => &mut self.end,
            "duration" => &mut self.duration,
            "rrule" | "recurrence" => &mut self.rrule,
            "reason" | "note" => &mut self.reason,
            "category" => &mut self.category,
            "by" | "entered_by" => &mut self.by,
            "at" | "entered_at" => &mut self.at,
            _ => return None,
        })
    }

    /// Understands it. Times without an offset are civil times of `zone`; without an end it is still going on.
    pub fn read(&self, zone: &Zone) -> Result<Exclusion, SlaFileError> {
        let wrong = |message: String| SlaFileError {
            message,
            line: self.line,
        };
        let time = |key: &str, text: &str| {
            parse_time(text, zone)
                .map(|t| t.at)
                .map_err(|e| wrong(format!("{key}: {e}")))
        };
        if self.start.is_empty() {
            return Err(wrong(
                "start: a window needs a beginning, such as 2026-06-14 02:00".to_owned(),
            ));
        }
        let start = time("start", &self.start)?;
        let elapsed = !self.duration.is_empty();
        let end = match (self.end.is_empty(), elapsed) {
            (false, true) => {
                return Err(wrong(
                    "duration: give an end or a duration, not both".to_owned(),
                ));
            }
            (false, false) => time("end", &self.end)?,
            (true, true) => {
                let length = units::parse_duration(&self.duration)
                    .map_err(|e| wrong(format!("duration: {e}; write for example 2h or 90min")))?;
                start.plus(length)
            }
            (true, false) => Instant(i64::MAX),
        };
        if end <= start {
            return Err(wrong(if elapsed {
                format!(
                    "duration: {} must be more than zero, such as 2h",
                    self.duration
                )
            } else {
                format!(
                    "end: the window ends ({}) before it starts ({}); swap start and end",
                    self.end, self.start
                )
            }));
        }
        let recurring = if self.rrule.is_empty() {
            None
        } else {
            let rule = Recurrence::parse(&self.rrule).map_err(|e| wrong(format!("rrule: {e}")))?;
            if end == Instant(i64::MAX) {
                return Err(wrong(
                    "rrule: a window that comes again needs an end or a duration, such as 2h"
                        .to_owned(),
                ));
            }
            let (first, last) = (start.civil(zone), end.civil(zone));
            let by_the_clock = last.duration_since(first).as_micros();
            Some(Recurring {
                rule,
                zone: zone.clone(),
                first,
                length: if elapsed {
                    end.since(start)
                } else {
                    Micros(i64::try_from(by_the_clock).unwrap_or(i64::MAX))
                },
                elapsed,
            })
        };
        let category = if self.category.is_empty() {
            ExclusionCategory::default()
        } else {
            let written = self.category.replace([' ', '-'], "_");
            let known = ExclusionCategory::WRITTEN
                .iter()
                .find(|(word, _)| word.eq_ignore_ascii_case(&written));
            known.map(|(_, category)| *category).ok_or_else(|| {
                wrong(format!(
                    "category: \"{}\" is not known; write maintenance, outside_hours, deployment or other",
                    self.category
                ))
            })?
        };
        Ok(Exclusion {
            range: TimeRange { start, end },
            reason: self.reason.clone(),
            category,
            entered_by: self.by.clone(),
            entered_at: if self.at.is_empty() {
                None
            } else {
                Some(time("at", &self.at)?)
            },
            source: self.source.clone(),
            recurring,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(pairs: &[(&str, &str)]) -> WrittenExclusion {
        let mut written = WrittenExclusion {
            line: Some(7),
            ..WrittenExclusion::default()
        };
        for (key, value) in pairs {
            *written.slot(key).unwrap() = (*value).to_owned();
        }
        written
    }

    #[test]
    fn windows_are_understood_in_their_zone() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let window = written(&[
            ("start", "2026-03-22 02:00"),
            ("duration", "90min"),
            ("rrule", "FREQ=WEEKLY"),
            ("reason", "patches"),
            ("category", "maintenance"),
            ("by", "J. Doe"),
            ("at", "2026-03-01"),
        ])
        .read(&berlin)
        .unwrap();
        assert_eq!(window.category, ExclusionCategory::Maintenance);
        assert_eq!(window.entered_by, "J. Doe");
        assert!(window.entered_at.is_some());
        let april = TimeRange {
            start: berlin.instant("2026-04-01T00:00".parse().unwrap()),
            end: berlin.instant("2026-05-01T00:00".parse().unwrap()),
        };
        let times: Vec<String> = window
            .within(april)
            .iter()
            .map(|w| w.range.start.to_string())
            .collect();
        assert_eq!(
            times,
            [
                "2026-04-05T00:00:00Z",
                "2026-04-12T00:00:00Z",
                "2026-04-19T00:00:00Z",
                "2026-04-26T00:00:00Z"
            ]
        );
        let once = written(&[("start", "2026-04-05"), ("end", "")]);
        assert_eq!(once.read(&berlin).unwrap().range.end, Instant(i64::MAX));
        let json = serde_json::to_string(&window).unwrap();
        assert_eq!(serde_json::from_str::<Exclusion>(&json).unwrap(), window);
    }

    /// Each mistake names its key, and what to write.
    #[test]
    fn mistakes_name_their_key() {
        let start = ("start", "2026-06-14 02:00");
        for (pairs, key, says) in [
            (vec![("reason", "x")], "start", "2026-06-14 02:00"),
            (vec![("start", "soon")], "start", "2026-06-14"),
            (vec![start, ("end", "2026-06-14 01:00")], "end", "swap"),
            (vec![start, ("end", "2026-06-14 02:00")], "end", "swap"),
            (vec![start, ("duration", "2")], "duration", "2h"),
            (
                vec![start, ("duration", "0h")],
                "duration",
                "more than zero",
            ),
            (
                vec![start, ("duration", "2h"), ("end", "2026-06-15")],
                "duration",
                "not both",
            ),
            (
                vec![start, ("duration", "2h"), ("rrule", "FREQ=HOURLY")],
                "rrule",
                "DAILY, WEEKLY, MONTHLY or YEARLY",
            ),
            (vec![start, ("rrule", "FREQ=DAILY")], "rrule", "duration"),
            (
                vec![start, ("duration", "2h"), ("category", "holiday")],
                "category",
                "outside_hours",
            ),
            (
                vec![start, ("duration", "2h"), ("at", "then")],
                "at",
                "2026",
            ),
        ] {
            let error = written(&pairs).read(&Zone::utc()).unwrap_err();
            assert_eq!(error.line, Some(7));
            assert!(error.message.starts_with(&format!("{key}: ")), "{error}");
            assert!(error.message.contains(says), "{error}");
        }
    }
}
