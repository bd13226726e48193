//! Time in the charts of a scenario: since the start, in the unit that suits, or as dates.

use super::field::secs;
use crate::calendar::{TimeRange, Zone};
use crate::scenario::model::Run;
use crate::ui::widgets::XAxis;
use crate::ui::widgets::brush::instant;
use crate::ui::widgets::chart_parts::time_range;

/// How time is written: since the start, or as dates where the scenario begins at one.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    /// Seconds of one unit of x.
    pub unit_secs: f64,
    pub unit: &'static str,
    /// First x.
    pub start: f64,
    pub zone: Option<Zone>,
}

impl Scale {
    /// For a scenario's run.
    pub fn of(run: &Run, duration: f64) -> Self {
        let start = run.start_micros as f64 / 1e6;
        if start > 0.0 {
            return Self {
                unit_secs: 1.0,
                unit: "s",
                start,
                zone: Some(Zone::named(&run.zone).unwrap_or_default()),
            };
        }
        let (unit_secs, unit) = match duration {
            d if d <= 180.0 => (1.0, "s"),
            d if d <= 3.0 * 3_600.0 => (60.0, "min"),
            d if d <= 4.0 * 86_400.0 => (3_600.0, "h"),
            _ => (86_400.0, "d"),
        };
        Self {
            unit_secs,
            unit,
            start: 0.0,
            zone: None,
        }
    }

    /// One moment of the run.
    pub fn x(&self, at: f64) -> f64 {
        self.start + at / self.unit_secs
    }

    /// All of the run.
    pub fn full(&self, duration: f64) -> TimeRange {
        time_range(self.x(0.0), self.x(duration.max(1e-3)))
    }

    /// The axis below the charts.
    pub fn axis(&self) -> XAxis<'_> {
        match &self.zone {
            Some(zone) => XAxis::Time(zone),
            None => XAxis::Value {
                unit: self.unit,
                title: "Time",
            },
        }
    }

    /// One moment, as a table writes it.
    pub fn moment(&self, at: f64) -> String {
        match &self.zone {
            Some(zone) => instant(self.x(at)).format(zone, "%-d %b %H:%M:%S"),
            None => secs(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_written_in_the_unit_that_suits() {
        let run = Run::default();
        for (duration, unit) in [
            (60.0, "s"),
            (3_600.0, "min"),
            (86_400.0, "h"),
            (30.0 * 86_400.0, "d"),
        ] {
            assert_eq!(Scale::of(&run, duration).unit, unit);
        }
        let hour = Scale::of(&run, 3_600.0);
        assert_eq!(hour.x(1_800.0), 30.0);
        assert_eq!(hour.moment(1_200.0), "20 min");
        let dated = Run {
            start_micros: 1_782_907_200_000_000,
            ..run
        };
        let scale = Scale::of(&dated, 3_600.0);
        assert_eq!(scale.moment(60.0), "1 Jul 12:01:00");
    }
}
