//! A fine series brought to one value per civil hour or day: the peak, the 95th percentile or the mean.
//!
//! Forecasts and daily judgements read these, never raw points (SEMANTICS.md "Forecasts"). Slices follow the calendar
//! of the zone, so a day has 23 to 25 hours. A slice with less than half of the usual number of points says too
//! little about itself: it is left out and named.

use serde::{Deserialize, Serialize};

use super::Series;
use super::metric::usual_step_secs;
use crate::calendar::{Instant, TimeRange, Zone};
use crate::units::Micros;

/// The grain of a resampled series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Civil hours.
    Hour,
    /// Civil days.
    #[default]
    Day,
}

impl Step {
    /// Its nominal length in seconds.
    pub const fn secs(self) -> f64 {
        match self {
            Self::Hour => 3_600.0,
            Self::Day => 86_400.0,
        }
    }
}

/// No more left-out slices than this are named.
const MAX_DROPPED: usize = 100_000;

/// What stands for all points of a slice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The 95th percentile, Hyndman-Fan type 7.
    #[default]
    P95,
    /// The largest value.
    Max,
    /// The arithmetic mean.
    Mean,
}

/// One value per slice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resampled {
    /// Where the slices begin, rising.
    pub starts: Vec<Instant>,
    /// Their values.
    pub values: Vec<f64>,
    /// How many points each was made of.
    pub n: Vec<u32>,
    /// Usual seconds from one start to the next: the nominal step, or more where the series is coarser than it.
    pub step_secs: f64,
    /// Slices between the first and the last point with less than half of the usual (median) number of points, none
    /// included. Left out above. Empty ones are not named where the series itself is coarser than the step.
    pub dropped: Vec<Instant>,
}

/// The quantile `p` (0..=1) of rising values: linear between closest ranks at p(n-1), Hyndman-Fan type 7.
pub fn quantile_r7(sorted: &[f64], p: f64) -> Option<f64> {
    let position = p.clamp(0.0, 1.0) * sorted.len().checked_sub(1)? as f64;
    let below = *sorted.get(position.floor() as usize)?;
    let above = *sorted.get(position.ceil() as usize)?;
    Some(below + (above - below) * position.fract())
}

/// The civil hour or day that holds an instant.
fn slice_at(at: Instant, zone: &Zone, step: Step) -> TimeRange {
    match step {
        Step::Hour => {
            let civil = at.civil(zone);
            let into_hour = (i64::from(civil.minute()) * 60 + i64::from(civil.second()))
                * 1_000_000
                + i64::from(civil.subsec_nanosecond()) / 1_000;
            let start = at.plus(Micros(-into_hour));
            TimeRange {
                start,
                end: start.plus(Micros::HOUR),
            }
        }
        Step::Day => {
            let date = at.date(zone);
            let start = zone.start_of_day(date);
            let end = date
                .tomorrow()
                .map_or(start.plus(Micros::DAY), |next| zone.start_of_day(next));
            TimeRange { start, end }
        }
    }
}

fn summarise(values: &mut [f64], how: How) -> Option<f64> {
    match how {
        How::P95 => {
            values.sort_unstable_by(f64::total_cmp);
            quantile_r7(values, 0.95)
        }
        How::Max => values.iter().copied().reduce(f64::max),
        How::Mean => (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64),
    }
}

/// One value per civil hour or day of the zone.
pub fn resample(series: &Series, zone: &Zone, step: Step, how: How) -> Resampled {
    let mut slices: Vec<(TimeRange, f64, u32)> = Vec::new();
    let mut held: Vec<f64> = Vec::new();
    let mut current: Option<TimeRange> = None;
    let mut close = |slice: Option<TimeRange>, held: &mut Vec<f64>| {
        if let (Some(slice), Some(value)) = (slice, summarise(held, how)) {
            slices.push((slice, value, held.len() as u32));
        }
        held.clear();
    };
    for (at, value) in series.times.iter().zip(&series.values) {
        if current.is_none_or(|slice| !slice.contains(*at)) {
            close(current, &mut held);
            current = Some(slice_at(*at, zone, step));
        }
        held.push(*value);
    }
    close(current, &mut held);

    let mut sizes: Vec<u32> = slices.iter().map(|(_, _, n)| *n).collect();
    sizes.sort_unstable();
    let usual = sizes.get(sizes.len() / 2).copied().unwrap_or(1);
    let own_step = series
        .info
        .step_secs
        .or_else(|| usual_step_secs(&series.times));
    let coarse = own_step.is_some_and(|secs| secs > step.secs() * 1.5);

    let mut result = Resampled {
        step_secs: step.secs(),
        ..Resampled::default()
    };
    let mut expected: Option<Instant> = None;
    for (slice, value, n) in slices {
        if !coarse {
            // Empty slices since the last one. A clock change by half an hour can leave a remainder: never loop on it.
            // One wild time stamp must not fill the memory with empty hours.
            while let Some(start) =
                expected.filter(|e| *e < slice.start && result.dropped.len() < MAX_DROPPED)
            {
                result.dropped.push(start);
                expected = Some(slice_at(start, zone, step).end.max(Instant(start.0 + 1)));
            }
        }
        expected = Some(slice.end);
        if n * 2 < usual {
            result.dropped.push(slice.start);
        } else {
            result.starts.push(slice.start);
            result.values.push(value);
            result.n.push(n);
        }
    }
    if coarse {
        result.step_secs = usual_step_secs(&result.starts).unwrap_or(step.secs());
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::parse_time;

    fn at(text: &str) -> Instant {
        parse_time(text, &Zone::utc()).unwrap().at
    }

    fn every(minutes: i64, from: &str, values: &[f64]) -> Series {
        let start = at(from);
        Series {
            times: (0..values.len() as i64)
                .map(|i| start.plus(Micros(Micros::MINUTE.0 * minutes * i)))
                .collect(),
            values: values.to_vec(),
            ..Series::default()
        }
    }

    /// numpy.percentile(range(1, 21), 95) is 19.05; of 1..=288 it is 273.65.
    #[test]
    fn percentiles_are_type_7() {
        let twenty: Vec<f64> = (1..=20).map(f64::from).collect();
        assert!((quantile_r7(&twenty, 0.95).unwrap() - 19.05).abs() < 1e-12);
        assert_eq!(quantile_r7(&[], 0.5), None);
        let day: Vec<f64> = (1..=288).map(f64::from).collect();
        let series = every(5, "2026-06-14", &day);
        let p95 = resample(&series, &Zone::utc(), Step::Day, How::P95);
        assert!((p95.values[0] - 273.65).abs() < 1e-9);
        let max = resample(&series, &Zone::utc(), Step::Day, How::Max);
        assert_eq!((max.values.as_slice(), max.n[0]), (&[288.0][..], 288));
        let hours = resample(&series, &Zone::utc(), Step::Hour, How::Mean);
        assert_eq!(hours.values.len(), 24);
        assert_eq!(hours.values[0], 6.5);
    }

    /// The night of 29 March 2026 has 23 hours in Berlin; its day begins at 23:00 UTC and ends at 22:00.
    #[test]
    fn days_are_those_of_the_zone() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let series = every(60, "2026-03-27 23:00", &[1.0; 72]);
        let days = resample(&series, &berlin, Step::Day, How::Mean);
        assert_eq!(days.n, [24, 23, 24]);
        assert_eq!(days.starts[2], at("2026-03-29 22:00"));
        assert_eq!(days.dropped, [at("2026-03-30 22:00")]);
        let kolkata = Zone::named("Asia/Kolkata").unwrap();
        let hours = resample(&series, &kolkata, Step::Hour, How::Mean);
        assert_eq!(hours.starts[0], at("2026-03-27 22:30"));
    }

    #[test]
    fn thin_and_empty_slices_are_named() {
        let mut series = every(60, "2026-06-01", &[1.0; 24 * 5]);
        let keep = |t: &Instant| {
            let day = t.date(&Zone::utc()).day();
            day != 2 && (day != 4 || t.civil(&Zone::utc()).hour() < 11)
        };
        let kept: Vec<usize> = (0..series.times.len())
            .filter(|i| keep(&series.times[*i]))
            .collect();
        series = Series {
            times: kept.iter().map(|i| series.times[*i]).collect(),
            values: kept.iter().map(|i| series.values[*i]).collect(),
            ..series
        };
        let days = resample(&series, &Zone::utc(), Step::Day, How::Max);
        assert_eq!(days.n, [24, 24, 24]);
        assert_eq!(days.dropped, [at("2026-06-02"), at("2026-06-04")]);
        assert_eq!(
            resample(&Series::default(), &Zone::utc(), Step::Day, How::Max).starts,
            []
        );
    }

    #[test]
    fn a_coarser_series_passes_through() {
        let months = ["01", "02", "03", "04", "05", "06"];
        let series = Series {
            times: months.iter().map(|m| at(&format!("2026-{m}-01"))).collect(),
            values: vec![1.0; 6],
            ..Series::default()
        };
        let days = resample(&series, &Zone::utc(), Step::Day, How::P95);
        assert_eq!((days.starts.len(), days.dropped.len()), (6, 0));
        assert_eq!(days.step_secs, 31.0 * 86_400.0);
    }
}
