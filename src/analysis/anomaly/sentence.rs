//! The sentences about what was unusual: which step and season were taken, and each anomaly in words.

use super::cells::Cells;
use super::{Anomalies, Anomaly, AnomalyKind, Side};
use crate::analysis::forecast::kernel::anomaly::Usual;
use crate::calendar::Zone;
use crate::units::{self, Micros};

/// Step, season and limit in a sentence.
pub(super) fn why(found: &Anomalies, cells: &Cells, seasons: &[usize], usual: &Usual) -> String {
    let step = units::duration(cells.step);
    if usual.spread <= 0.0 {
        return format!(
            "Steps of {step}; more than half of the values are alike, so that nothing tells how far is too far"
        );
    }
    let season = |cells_of: &usize| {
        let length = Micros(cells.step.0.saturating_mul(*cells_of as i64));
        if length == Micros::DAY {
            "of the day".to_owned()
        } else if length.0 == 7 * Micros::DAY.0 {
            "of the week".to_owned()
        } else {
            format!("of {}", units::duration(length))
        }
    };
    let names: Vec<String> = seasons.iter().map(season).collect();
    let pattern = if names.is_empty() {
        "no pattern of the day or the week that helps".to_owned()
    } else {
        format!("with the pattern {}", names.join(" and "))
    };
    format!(
        "Steps of {step}, {pattern}; a single value is unusual from {} away, for at most about {}",
        units::with_unit(usual.limit * usual.spread, &found.unit),
        found.false_alarms.words()
    )
}

/// The first of these names, each counted once, and how many more: `P95 and 2 more`; empty without any.
pub fn names_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut different: Vec<&str> = Vec::new();
    for name in names {
        if !different.contains(&name) {
            different.push(name);
        }
    }
    match different.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [one, rest @ ..] => format!("{one} and {} more", rest.len()),
    }
}

impl Anomaly {
    /// How far off, in the unit of the series with its sign: `+12.4 %`.
    pub fn size_words(&self, unit: &str) -> String {
        let sign = if self.size > 0.0 { "+" } else { "−" };
        format!("{sign}{}", units::with_unit(self.size.abs(), unit))
    }

    /// When: `3 Jun 2026 14:05 to 15:10`.
    pub fn when_words(&self, zone: &Zone) -> String {
        let start = self.start.format(zone, "%-d %b %Y %H:%M");
        if self.open {
            return format!("{start} to the end of the data");
        }
        let same_day = self.start.date(zone) == self.end.date(zone);
        let end = self
            .end
            .format(zone, if same_day { "%H:%M" } else { "%-d %b %H:%M" });
        format!("{start} to {end}")
    }

    /// `high run`, `low level`.
    pub fn kind_words(&self) -> String {
        let side = match self.direction {
            Side::High => "high",
            Side::Low => "low",
        };
        format!("{side} {}", self.kind.word())
    }

    /// In a sentence, for people who do not see the chart.
    pub fn sentence(&self, unit: &str, zone: &Zone) -> String {
        let figure = match self.kind {
            AnomalyKind::Point | AnomalyKind::Run => format!(
                "{} where {} is usual",
                units::with_unit(self.worst, unit),
                units::with_unit(self.expected, unit)
            ),
            AnomalyKind::Level => format!(
                "{} from what is usual, {}{}",
                self.size_words(unit),
                units::with_unit(self.expected, unit),
                if self.open { "; it still lasts" } else { "" }
            ),
        };
        format!("{}, {}: {figure}", self.kind_words(), self.when_words(zone))
    }
}

impl Anomalies {
    /// The answer first: `3 unusual spans in cpu_percent, 1 of them known`.
    pub fn sentence(&self) -> String {
        let all = self.anomalies.len();
        let known = all - self.unknown().count();
        let found = match all {
            0 => return format!("Nothing unusual in {}", self.series),
            1 => "1 unusual span".to_owned(),
            n => format!("{} unusual spans", units::count(n as u64)),
        };
        let rest = match known {
            0 => String::new(),
            n if n == all => ", known".to_owned(),
            n => format!(", {n} of them known"),
        };
        format!("{found} in {}{rest}", self.series)
    }
}
