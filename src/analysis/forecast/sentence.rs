//! The answer in one sentence, as it stands on the overview, in the report and on the command line.

use super::{CapacityCrossing, Forecast};
use crate::calendar::{Instant, Zone};
use crate::units;

/// Dates with a year where it differs from the reference, times where steps are shorter than a day.
struct Dates<'a> {
    zone: &'a Zone,
    by_hour: bool,
}

impl Dates<'_> {
    fn full(&self, at: Instant) -> String {
        let pattern = if self.by_hour {
            "%-d %b %Y %H:%M"
        } else {
            "%-d %b %Y"
        };
        at.format(self.zone, pattern)
    }

    /// Without the year where `beside` has the same one.
    fn short(&self, at: Instant, beside: Instant) -> String {
        if at.date(self.zone).year() != beside.date(self.zone).year() {
            return self.full(at);
        }
        let pattern = if self.by_hour {
            "%-d %b %H:%M"
        } else {
            "%-d %b"
        };
        at.format(self.zone, pattern)
    }
}

impl Forecast {
    /// The answer in one sentence without a full stop: when the limit is crossed, or where the series is heading.
    pub fn sentence(&self, zone: &Zone) -> String {
        let dates = Dates {
            zone,
            by_hour: self.step_secs < 86_000.0,
        };
        match &self.capacity {
            Some(capacity) => self.crossing_sentence(capacity, &dates),
            None => self.growth_sentence(&dates),
        }
    }

    /// Growth in 30 days in words; of a series in percent in points, because a percent more is something else.
    pub fn growth_text(&self) -> Option<String> {
        let growth = self.growth_per_month?;
        Some(if self.unit == "%" {
            format!("{} points", units::number(growth))
        } else {
            units::with_unit(growth, &self.unit)
        })
    }

    /// How far the forecast looks, in words.
    fn horizon_text(&self, zone: &Zone) -> String {
        let steps = self.points.len();
        let days = self.step_secs / 86_400.0;
        let (count, unit) = if self.step_secs < 3_601.0 && self.step_secs > 3_599.0 {
            (steps as f64, "hour")
        } else if let Some(months) = self.months(zone) {
            ((steps * months) as f64, "month")
        } else {
            (steps as f64 * days, "day")
        };
        let tenths = (count * 10.0).round() as i64;
        let text = if tenths >= 100 {
            format!("{count:.0}")
        } else {
            format!("{}", tenths as f64 / 10.0)
        };
        format!("{text} {unit}{}", if tenths == 10 { "" } else { "s" })
    }

    /// Months of a step, where steps follow the calendar: all of them then begin on the same day of a month.
    fn months(&self, zone: &Zone) -> Option<usize> {
        let months = (self.step_secs / 86_400.0 / (365.25 / 12.0)).round();
        let known = self.history.iter().map(|(t, _)| *t);
        let mut days = known
            .chain(self.points.iter().map(|p| p.t))
            .map(|t| t.date(zone).day());
        let first = days.next()?;
        let fits = months >= 1.0 && days.all(|day| day == first);
        (fits && self.step_secs > 27.5 * 86_400.0).then_some(months as usize)
    }

    fn crossing_sentence(&self, capacity: &CapacityCrossing, dates: &Dates<'_>) -> String {
        let name = &self.series;
        let limit = &capacity.threshold_text;
        let share = probability(capacity.probability_within_horizon);
        let horizon = self.horizon_text(dates.zone);
        let crossing = capacity.crossing;
        if capacity.already_over {
            let since = crossing
                .p50
                .map(|t| format!(" since {}", dates.full(t)))
                .unwrap_or_default();
            return format!("{name} is over {limit} already{since}; order now");
        }
        let Some(first) = crossing.p10 else {
            let chance = if self.model == "constant" {
                "it never changed".to_owned()
            } else {
                format!("P = {share}")
            };
            return format!("{name} does not cross {limit} within {horizon} ({chance})");
        };
        let order = capacity
            .order_by
            .map(|t| {
                let by = dates.full(t);
                if capacity.order_overdue {
                    format!("; it had to be ordered by {by}")
                } else {
                    format!("; order by {by}")
                }
            })
            .unwrap_or_default();
        match (crossing.p50, crossing.p90) {
            (Some(middle), Some(last)) => format!(
                "{name} crosses {limit} between {} and {} (P50 {}){order}",
                dates.short(first, last),
                dates.full(last),
                dates.short(middle, last)
            ),
            (Some(middle), None) => format!(
                "{name} crosses {limit} from {} on (P50 {}; P = {share} within {horizon}){order}",
                dates.short(first, middle),
                dates.full(middle)
            ),
            (None, _) => format!(
                "{name} may cross {limit} from {} on (P = {share} within {horizon}){order}",
                dates.full(first)
            ),
        }
    }

    fn growth_sentence(&self, dates: &Dates<'_>) -> String {
        let name = &self.series;
        let unit = &self.unit;
        let Some(last) = self.points.last() else {
            return format!("{name} has no forecast");
        };
        let ahead = format!(
            "expected {} on {} (80 % range {} to {})",
            units::with_unit(last.mean, unit),
            dates.full(last.t),
            units::with_unit(last.lo80, unit),
            units::with_unit(last.hi80, unit)
        );
        match (self.growth_per_month, self.growth_text()) {
            (Some(growth), Some(text)) if growth != 0.0 => {
                let verb = if growth > 0.0 { "grows" } else { "falls" };
                let amount = text.trim_start_matches(['-', '−']);
                format!("{name} {verb} by {amount} per 30 days; {ahead}")
            }
            (Some(_), _) => format!("{name} shows no growth; {ahead}"),
            (None, _) => format!("{name}: {ahead}"),
        }
    }
}

/// A probability in whole percent that never reads as certain when it is not.
fn probability(share: f64) -> String {
    let percent = (share * 100.0).round();
    if share > 0.0 && percent < 1.0 {
        "under 1 %".to_owned()
    } else if share < 1.0 && percent > 99.0 {
        "over 99 %".to_owned()
    } else {
        format!("{percent:.0} %")
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ForecastPoint, Percentiles};
    use super::*;
    use crate::calendar::parse_time;

    fn at(text: &str) -> Instant {
        parse_time(text, &Zone::utc()).unwrap().at
    }

    fn crossing(p10: Option<&str>, p50: Option<&str>, p90: Option<&str>, share: f64) -> Forecast {
        let point = |text: &str| ForecastPoint {
            t: at(text),
            mean: 71.0,
            lo80: 65.0,
            hi80: 77.0,
            lo95: 60.0,
            hi95: 80.0,
        };
        Forecast {
            series: "cpu".to_owned(),
            unit: "%".to_owned(),
            step_secs: 86_400.0,
            points: vec![point("2027-04-03"); 90],
            growth_per_month: Some(1.2),
            capacity: Some(CapacityCrossing {
                threshold_text: "80 %".to_owned(),
                crossing: Percentiles {
                    p10: p10.map(at),
                    p50: p50.map(at),
                    p90: p90.map(at),
                },
                probability_within_horizon: share,
                order_by: p10.map(|t| at(t).plus(crate::units::Micros(-14 * 86_400_000_000))),
                ..CapacityCrossing::default()
            }),
            ..Forecast::default()
        }
    }

    #[test]
    fn every_case_has_its_sentence() {
        let zone = Zone::utc();
        let days = (Some("2027-03-12"), Some("2027-04-03"), Some("2027-05-02"));
        assert_eq!(
            crossing(days.0, days.1, days.2, 1.0).sentence(&zone),
            "cpu crosses 80 % between 12 Mar and 2 May 2027 (P50 3 Apr); order by 26 Feb 2027"
        );
        assert_eq!(
            crossing(days.0, days.1, None, 0.71).sentence(&zone),
            "cpu crosses 80 % from 12 Mar on (P50 3 Apr 2027; P = 71 % within 90 days); order by 26 Feb 2027"
        );
        assert_eq!(
            crossing(days.0, None, None, 0.24).sentence(&zone),
            "cpu may cross 80 % from 12 Mar 2027 on (P = 24 % within 90 days); order by 26 Feb 2027"
        );
        assert_eq!(
            crossing(None, None, None, 0.03).sentence(&zone),
            "cpu does not cross 80 % within 90 days (P = 3 %)"
        );
        let mut late = crossing(days.0, days.1, days.2, 1.0);
        if let Some(capacity) = &mut late.capacity {
            capacity.order_overdue = true;
        }
        assert_eq!(
            late.sentence(&zone),
            "cpu crosses 80 % between 12 Mar and 2 May 2027 (P50 3 Apr); it had to be ordered by 26 Feb 2027"
        );
        let mut plain = crossing(None, None, None, 0.0);
        plain.capacity = None;
        assert_eq!(
            plain.sentence(&zone),
            "cpu grows by 1.20 points per 30 days; expected 71.0 % on 3 Apr 2027 (80 % range 65.0 % to 77.0 %)"
        );
        plain.growth_per_month = Some(-1.2);
        assert!(
            plain
                .sentence(&zone)
                .starts_with("cpu falls by 1.20 points per 30 days; ")
        );
        plain.growth_per_month = Some(0.0);
        assert!(
            plain
                .sentence(&zone)
                .starts_with("cpu shows no growth; expected ")
        );
        plain.growth_per_month = None;
        assert!(
            plain
                .sentence(&zone)
                .starts_with("cpu: expected 71.0 % on ")
        );
    }

    #[test]
    fn months_are_counted_as_months() {
        let zone = Zone::utc();
        let mut found = crossing(None, None, None, 0.03);
        found.step_secs = 31.0 * 86_400.0;
        let months = ["2027-01-01", "2027-02-01", "2027-03-01"];
        let points = found.points.clone();
        found.points = months
            .iter()
            .zip(points)
            .map(|(month, point)| ForecastPoint {
                t: at(month),
                ..point
            })
            .collect();
        let within = |found: &Forecast| found.sentence(&zone);
        assert!(
            within(&found).contains(" within 3 months "),
            "{}",
            within(&found)
        );
        found.step_secs = 91.0 * 86_400.0;
        assert!(
            within(&found).contains(" within 9 months "),
            "{}",
            within(&found)
        );
        // Four weeks each are no months.
        found.step_secs = 28.0 * 86_400.0;
        found.points[2].t = at("2027-02-26");
        assert!(
            within(&found).contains(" within 84 days "),
            "{}",
            within(&found)
        );
    }
}
