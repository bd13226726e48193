//! Budgets and alerts in sentences, the same on screens, sheets and terminals.

use super::super::ErrorBudget;
use super::tiers::AlertTier;
use super::{AlertReplay, BurnAlert, BurnReplay};
use crate::calendar::Zone;
use crate::units::{self, Micros};

/// An amount of a budget in its unit: time as `43 min 12 s`, requests and slices as numbers.
pub fn budget_amount(value: f64, unit: &str) -> String {
    match unit {
        "secs" => units::duration(Micros((value * 1e6).round() as i64)),
        unit => format!("{} {unit}", units::grouped(value, 0)),
    }
}

/// Two amounts, with their unit once where it is a word: `3 of 10 requests`.
fn part_of(part: f64, whole: f64, unit: &str) -> String {
    let whole = budget_amount(whole, unit);
    match unit {
        "secs" => format!("{} of {whole}", budget_amount(part, unit)),
        _ => format!("{} of {whole}", units::grouped(part, 0)),
    }
}

/// How often in words: `never`, `once`, `twice`, `14 times`.
pub fn times(n: u64) -> String {
    match n {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => format!("{} times", units::count(n)),
    }
}

/// A number of firings a day: `3.20 a day`, `0.03 a day`.
pub fn a_day(per_day: f64) -> String {
    let decimals = if per_day == 0.0 || per_day >= 10.0 {
        0
    } else {
        2
    };
    format!("{} a day", units::grouped(per_day, decimals))
}

impl ErrorBudget {
    /// What is left, how fast it goes, and when it is gone.
    pub fn sentence(&self, zone: &Zone) -> String {
        let amount = |value: f64| budget_amount(value, &self.unit);
        let mut text = if self.total <= 0.0 {
            if self.used > 0.0 {
                format!("Nothing was allowed, and {} were bad", amount(self.used))
            } else {
                "Nothing is allowed, and nothing was bad".to_owned()
            }
        } else if self.remaining < 0.0 {
            format!(
                "Overdrawn by {}: {} used",
                amount(-self.remaining),
                part_of(self.used, self.total, &self.unit)
            )
        } else {
            format!("{} left", part_of(self.remaining, self.total, &self.unit))
        };
        if let Some(rate) = self.burn_rate {
            text.push_str(&format!(", burning at {}×", units::number(rate)));
        }
        if let (Some(at), Some(now)) = (self.runs_out_at, self.as_of) {
            let verb = if at < now || self.projected.is_none() {
                "ran out"
            } else {
                "runs out"
            };
            text.push_str(&format!(
                "; {verb} on {}",
                at.format(zone, "%-d %b %Y %H:%M")
            ));
        }
        text
    }

    /// Where an open period ends, in a sentence.
    pub fn outlook(&self) -> Option<String> {
        let ahead = self.projected.as_ref()?;
        let amount = |value: f64| budget_amount(value, &self.unit);
        if ahead.mid <= 0.0 {
            return Some(ahead.method.clone());
        }
        Some(format!(
            "If it goes on so, {} are used at the end (between {} and {}: {})",
            part_of(ahead.mid, ahead.total, &self.unit),
            amount(ahead.low),
            amount(ahead.high),
            ahead.method
        ))
    }
}

impl BurnAlert {
    /// Whether it would have fired, and when first.
    pub fn first(&self, zone: &Zone) -> String {
        self.firings.first().map_or_else(
            || "–".to_owned(),
            |f| f.start.format(zone, "%Y-%m-%d %H:%M"),
        )
    }
}

impl BurnReplay {
    /// How often any of its alerts would have fired.
    pub fn fired(&self) -> u64 {
        self.alerts.iter().map(|a| a.fired).sum()
    }

    /// What it comes to in a sentence.
    pub fn sentence(&self) -> String {
        if self.alerts.is_empty() {
            return self.note.clone().unwrap_or_default();
        }
        let count = |urgent: bool| -> u64 {
            let of = self.alerts.iter().filter(|a| a.urgent == urgent);
            of.map(|a| a.fired).sum()
        };
        let (urgent, other) = (count(true), count(false));
        match (urgent, other) {
            (0, 0) => "No burn alert would have fired".to_owned(),
            (0, n) => format!("Burn alerts would have filed a ticket {}", times(n)),
            (n, 0) => format!("Burn alerts would have called somebody {}", times(n)),
            (a, b) => format!(
                "Burn alerts would have called somebody {}, and filed a ticket {}",
                times(a),
                times(b)
            ),
        }
    }
}

impl AlertReplay {
    /// What its tiers would have done, in a sentence.
    pub fn sentence(&self) -> String {
        if let Some(note) = &self.note {
            return note.clone();
        }
        let tiers: Vec<String> = self
            .tiers
            .iter()
            .map(|t| {
                let noise = if t.fired > 0 {
                    format!(" ({})", a_day(t.per_day))
                } else {
                    String::new()
                };
                format!("{} {} {}{noise}", t.tier.word(), t.rule, times(t.fired))
            })
            .collect();
        tiers.join(", ")
    }

    /// The gravest tier that would have fired.
    pub fn gravest(&self) -> Option<AlertTier> {
        let fired = self.tiers.iter().filter(|t| t.fired > 0);
        fired.map(|t| t.tier).max()
    }
}
