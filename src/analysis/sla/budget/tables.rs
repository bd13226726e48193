//! Tables of multi-window burn alerts: those that are published, and own ones.
//!
//! Sources: the Site Reliability Workbook, table 5-8; Sloth, `internal/alert/windows/google-30d.yaml`; Pyrra,
//! `slo/rules.go` (`Windows`); Datadog's list of objectives. They differ, so results always name the table.

use serde::{Deserialize, Serialize};

use super::Odds;
use crate::units::{self, Micros, Ppm};

/// How fast the budget has to burn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BurnThreshold {
    /// So much of the whole budget within the long window: the factor follows from the length of the promise.
    Budget(Ppm),
    /// So many times the pace that would use the budget up exactly, in thousandths, whatever the promise lasts.
    Factor(i64),
}

/// One alert of a table: it fires where the long and the short window both exceed the threshold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BurnRow {
    /// What it is called: `page`, `ticket`.
    pub name: String,
    /// It wakes somebody up.
    pub urgent: bool,
    /// The long window.
    pub long: Micros,
    /// The short window, which makes it end soon after the trouble; none looks at the long one only.
    pub short: Option<Micros>,
    /// Above this.
    pub threshold: BurnThreshold,
    /// But not above this, in thousandths.
    pub up_to: Option<i64>,
    /// It has to last so long before it fires.
    pub hold: Micros,
}

/// A table of alerts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BurnTable {
    /// Its name, as it is written in files and on the command line.
    pub name: String,
    /// Its alerts, the fastest first.
    pub rows: Vec<BurnRow>,
    /// The windows are meant for a promise of this length and grow with it; others keep theirs.
    pub windows_for: Option<Micros>,
}

const fn hours(n: i64) -> Micros {
    Micros(n * Micros::HOUR.0)
}

const fn minutes(n: i64) -> Micros {
    Micros(n * Micros::MINUTE.0)
}

fn row(name: &str, urgent: bool, long: Micros, short: Micros, threshold: BurnThreshold) -> BurnRow {
    BurnRow {
        name: name.to_owned(),
        urgent,
        long,
        short: Some(short),
        threshold,
        up_to: None,
        hold: Micros(0),
    }
}

impl BurnTable {
    /// Names of the published tables.
    pub const NAMES: [&'static str; 4] = ["sre-workbook", "sloth", "pyrra", "datadog"];

    /// A published table.
    pub fn named(name: &str) -> Option<Self> {
        use BurnThreshold::{Budget, Factor};
        let percent = |n: i64| Budget(Ppm(n * 10_000));
        let fast = row("page", true, hours(1), minutes(5), percent(2));
        let slow = row("page, slower", true, hours(6), minutes(30), percent(5));
        let ticket = row("ticket, slower", false, hours(72), hours(6), percent(10));
        let wanted = name.trim().to_ascii_lowercase().replace('_', "-");
        let mut windows_for = None;
        let rows = match wanted.as_str() {
            "sre-workbook" => vec![
                fast,
                slow,
                BurnRow {
                    name: "ticket".to_owned(),
                    ..ticket
                },
            ],
            "sloth" => {
                let day = row("ticket", false, hours(24), hours(2), percent(10));
                vec![fast, slow, day, ticket]
            }
            "pyrra" => {
                windows_for = Some(Micros(28 * Micros::DAY.0));
                let held = |row: BurnRow, hold: Micros| BurnRow { hold, ..row };
                vec![
                    held(
                        row("critical", true, hours(1), minutes(5), Factor(14_000)),
                        minutes(2),
                    ),
                    held(
                        row(
                            "critical, slower",
                            true,
                            hours(6),
                            minutes(30),
                            Factor(7_000),
                        ),
                        minutes(15),
                    ),
                    held(
                        row("warning", false, hours(24), hours(2), Factor(2_000)),
                        hours(1),
                    ),
                    held(
                        row("warning, slower", false, hours(96), hours(6), Factor(1_000)),
                        hours(3),
                    ),
                ]
            }
            "datadog" => {
                let red = BurnRow {
                    short: None,
                    ..row("red", true, hours(2), hours(2), Factor(6_000))
                };
                let yellow = BurnRow {
                    name: "yellow".to_owned(),
                    urgent: false,
                    threshold: Factor(1_000),
                    up_to: Some(6_000),
                    ..red.clone()
                };
                vec![red, yellow]
            }
            _ => return None,
        };
        Some(Self {
            name: wanted,
            rows,
            windows_for,
        })
    }

    /// All published tables.
    pub fn all() -> Vec<Self> {
        Self::NAMES.iter().filter_map(|n| Self::named(n)).collect()
    }

    /// The table that is used where nobody chose one.
    pub fn usual() -> Self {
        Self::named("sre-workbook").unwrap_or_default()
    }

    /// Its alerts for a promise that lasts so long.
    pub fn scaled(&self, promise: Micros) -> Vec<BurnRow> {
        let Some(base) = self.windows_for.filter(|b| b.0 > 0) else {
            return self.rows.clone();
        };
        // Pyrra rounds scaled windows to the minute.
        let scale = |window: Micros| {
            let exact = i128::from(window.0) * i128::from(promise.0) / i128::from(base.0);
            let minute = i128::from(Micros::MINUTE.0);
            let whole = (exact + minute / 2) / minute * minute;
            Micros(i64::try_from(whole.max(minute)).unwrap_or(window.0))
        };
        self.rows
            .iter()
            .map(|row| BurnRow {
                long: scale(row.long),
                short: row.short.map(scale),
                hold: scale(row.hold),
                ..row.clone()
            })
            .collect()
    }
}

/// A factor without needless zeros: `14.4`, `1`, `0.933`.
fn times(factor: f64) -> String {
    let decimals = if factor < 1.0 { 3 } else { 2 };
    let text = units::grouped(factor, decimals);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl BurnRow {
    /// How many times the pace that uses the budget up exactly, for a promise that lasts so long.
    pub(super) fn factor(&self, promise: Micros) -> Odds {
        match self.threshold {
            BurnThreshold::Budget(share) => Odds::new(
                i128::from(share.0) * i128::from(promise.0),
                1_000_000 * i128::from(self.long.0.max(1)),
            ),
            BurnThreshold::Factor(thousandths) => Odds::new(i128::from(thousandths), 1_000),
        }
    }

    /// The threshold as a number, for a promise that lasts so long.
    pub fn factor_value(&self, promise: Micros) -> f64 {
        self.factor(promise).value()
    }

    /// The upper end of the threshold, where there is one.
    pub(super) fn ceiling(&self) -> Option<Odds> {
        self.up_to.map(|t| Odds::new(i128::from(t), 1_000))
    }

    /// What it looks for: `over 14.4× in 1 h and 5 min`.
    pub fn words(&self, promise: Micros) -> String {
        let factor = times(self.factor(promise).value());
        let level = match self.up_to {
            Some(most) => format!("{factor}× to {}×", times(most as f64 / 1e3)),
            None => format!("over {factor}×"),
        };
        let mut text = format!("{level} in {}", units::duration(self.long));
        if let Some(short) = self.short {
            text.push_str(&format!(" and {}", units::duration(short)));
        }
        if self.hold.0 > 0 {
            text.push_str(&format!(", for {}", units::duration(self.hold)));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn days(n: i64) -> Micros {
        Micros(n * Micros::DAY.0)
    }

    /// sla-and-reports.md, vector B8 and section 1.2: thresholds grow with the promise.
    #[test]
    fn thresholds_scale_with_the_promise() {
        let table = BurnTable::named("sloth").unwrap();
        for (length, expected) in [
            (28, [13.44, 5.6, 2.8, 0.933]),
            (30, [14.4, 6.0, 3.0, 1.0]),
            (31, [14.88, 6.2, 3.1, 1.033]),
            (90, [43.2, 18.0, 9.0, 3.0]),
        ] {
            let factors = table.scaled(days(length));
            for (row, expected) in factors.iter().zip(expected) {
                let factor = row.factor_value(days(length));
                assert!((factor - expected).abs() < 5e-4, "{length}: {factor}");
            }
            assert_eq!(factors.len(), 4);
        }
    }

    #[test]
    fn pyrra_scales_its_windows_instead() {
        let table = BurnTable::named("pyrra").unwrap();
        let at_28 = table.scaled(days(28));
        assert_eq!(at_28, table.rows);
        let at_84 = table.scaled(days(84));
        assert_eq!(at_84[0].long, hours(3));
        assert_eq!(at_84[0].short, Some(minutes(15)));
        assert_eq!(at_84[0].hold, minutes(6));
        assert_eq!(at_84[3].long, hours(288));
        assert_eq!(at_84[0].factor_value(days(84)), 14.0);
    }

    #[test]
    fn tables_are_found_by_their_names() {
        assert_eq!(BurnTable::all().len(), 4);
        assert_eq!(BurnTable::named("SRE_Workbook"), Some(BurnTable::usual()));
        assert_eq!(BurnTable::named("google"), None);
        let words: Vec<String> = BurnTable::named("datadog")
            .unwrap()
            .rows
            .iter()
            .map(|r| r.words(days(30)))
            .collect();
        assert_eq!(words, ["over 6× in 2 h", "1× to 6× in 2 h"]);
    }
}
