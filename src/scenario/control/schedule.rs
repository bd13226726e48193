//! Floors and sizes by the clock: at least so many instances, of so many cores, between two times of the day in a zone. The windows of a
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
    /// What is in force, and the second until which that holds.
    now: Option<(Force, f64)>,
}

/// Windows in force.
#[derive(Clone, Copy, Debug, Default)]
struct Force {
    /// With the largest floor.
    floor: Option<usize>,
    /// The largest size.
    cores: Option<f64>,
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

    fn force(&mut self, at: f64) -> Force {
        let known = self.now.filter(|(_, until)| at < *until);
        known.unwrap_or_else(|| self.work_out(at)).0
    }

    /// The window in force with the largest floor.
    pub fn floor(&mut self, at: f64) -> Option<&ScheduleWindow> {
        let window = self.force(at).floor?;
        self.windows.get(window).map(|(window, _)| window)
    }

    /// The size in force, cores.
    pub fn cores(&mut self, at: f64) -> Option<f64> {
        self.force(at).cores
    }

    /// Whether any window sets a floor, and whether any sets a size.
    pub fn sets(&self) -> (bool, bool) {
        let any = |of: fn(&ScheduleWindow) -> bool| self.windows.iter().any(|(w, _)| of(w));
        (any(|w| w.instances > 0), any(|w| w.cores.is_some()))
    }

    /// What counts at a second, and until when.
    fn work_out(&mut self, at: f64) -> (Force, f64) {
        let now = self.start.plus(Micros((at * 1e6).round() as i64));
        let mut until = now.plus(Micros::DAY);
        let mut most = 0;
        let mut force = Force::default();
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
                if !(from <= now && now < to) {
                    continue;
                }
                if window.instances > most {
                    most = window.instances;
                    force.floor = Some(i);
                }
                force.cores = match (force.cores, window.cores) {
                    (Some(one), Some(other)) => Some(one.max(other)),
                    (one, other) => one.or(other),
                };
            }
        }
        let found = (force, at + until.since(now).as_secs());
        self.now = Some(found);
        found
    }
}
