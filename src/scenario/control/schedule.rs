//! Floors by the clock: at least so many instances between two times of the day, in a zone of the map. The windows of a
//! day are worked out once, so that asking every few seconds costs nothing.

use jiff::civil::Date;

use crate::calendar::{Instant, Zone};
use crate::scenario::model::{Run, ScheduleWindow};
use crate::units::Micros;

const DAY: f64 = 86_400.0;

/// The windows of a scenario.
#[derive(Clone, Debug)]
pub struct Schedule {
    start: Instant,
    windows: Vec<(ScheduleWindow, Zone)>,
    /// The window in force, and the second until which that holds.
    now: Option<(Option<usize>, f64)>,
}

/// The instant so many seconds after the midnight of a date, as the clock there shows them.
fn moment(zone: &Zone, date: Date, secs: f64) -> Instant {
    let days = (secs / DAY).floor();
    let nanos = ((secs - days * DAY) * 1e9).round() as i64;
    let date = date
        .checked_add(jiff::Span::new().days(days.clamp(-10.0, 10.0) as i64))
        .unwrap_or(date);
    let civil = date
        .at(0, 0, 0, 0)
        .checked_add(jiff::SignedDuration::from_nanos(nanos))
        .unwrap_or_else(|_| date.at(0, 0, 0, 0));
    zone.instant(civil)
}

impl Schedule {
    /// `None` where the scenario has no window. A zone nobody knows counts as UTC: the check of the scenario refuses it.
    pub fn new(windows: &[ScheduleWindow], run: &Run) -> Option<Self> {
        (!windows.is_empty()).then(|| Self {
            start: Instant(run.start_micros),
            windows: windows
                .iter()
                .map(|window| {
                    let name = if window.zone.is_empty() {
                        &run.zone
                    } else {
                        &window.zone
                    };
                    let zone = Zone::named(name).unwrap_or_else(|_| Zone::utc());
                    (window.clone(), zone)
                })
                .collect(),
            now: None,
        })
    }

    /// The window in force with the largest floor.
    pub fn floor(&mut self, at: f64) -> Option<&ScheduleWindow> {
        let known = self.now.filter(|(_, until)| at < *until);
        let (window, _) = known.unwrap_or_else(|| self.work_out(at));
        self.windows.get(window?).map(|(window, _)| window)
    }

    /// Which window counts at a second, and until when.
    fn work_out(&mut self, at: f64) -> (Option<usize>, f64) {
        let now = self.start.plus(Micros((at * 1e6).round() as i64));
        let mut until = now.plus(Micros::DAY);
        let mut best: Option<(usize, u32)> = None;
        for (i, (window, zone)) in self.windows.iter().enumerate() {
            let today = now.date(zone);
            let yesterday = today.yesterday().unwrap_or(today);
            let tomorrow = today.tomorrow().unwrap_or(today);
            for date in [yesterday, today, tomorrow] {
                let weekday = date.weekday().to_monday_zero_offset();
                if !window.days.is_empty()
                    && !window
                        .days
                        .iter()
                        .any(|d| i64::from(*d) == i64::from(weekday))
                {
                    continue;
                }
                let over = if window.to <= window.from { DAY } else { 0.0 };
                let from = moment(zone, date, window.from);
                let to = moment(zone, date, window.to + over);
                for edge in [from, to] {
                    if edge > now {
                        until = until.min(edge);
                    }
                }
                if from <= now && now < to && best.is_none_or(|(_, most)| window.instances > most) {
                    best = Some((i, window.instances));
                }
            }
        }
        let found = (best.map(|(i, _)| i), at + until.since(now).as_secs());
        self.now = Some(found);
        found
    }
}
