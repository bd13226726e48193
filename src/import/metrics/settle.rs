//! Points as they come in, and the table they settle to: sorted, one an instant, counters turned into rates, steps and
//! gaps known. Past a limit, points fold to cells of time while they are still being read.

use std::collections::{BTreeMap, HashMap};

use polars::prelude::{DataFrame, df};

use super::counter::{behaves_like_counter, rates, say_single};
use super::names::{Meaning, may_be_percent, meaning};
use crate::calendar::{Instant, TimeRange};
use crate::dataset::metric::{missing_steps, usual_step_secs};
use crate::dataset::{DatasetError, MetricTable, SeriesInfo, SeriesKind};
use crate::warning::{WarningKind, Warnings};

/// More points than this are folded.
pub const MAX_POINTS: usize = 5_000_000;

/// Widths of the cells that points fold to, in seconds.
const CELL_SECS: [i64; 7] = [10, 60, 300, 900, 3_600, 21_600, 86_400];

/// One point, or all points of a cell.
#[derive(Clone, Copy, Debug)]
struct Point {
    at: i64,
    /// The sum of `n` values; the latest value of a counter.
    value: f64,
    n: u32,
}

/// A series while it is being read.
#[derive(Debug)]
struct Held {
    name: String,
    labels: BTreeMap<String, String>,
    meaning: Meaning,
    points: Vec<Point>,
}

/// All series of a file while it is being read.
#[derive(Debug)]
pub struct Gathered {
    index: HashMap<(String, BTreeMap<String, String>), usize>,
    series: Vec<Held>,
    /// Only points inside are kept.
    range: TimeRange,
    limit: usize,
    total: usize,
    /// Position in `CELL_SECS` where points are folded.
    cell: Option<usize>,
    not_numbers: u64,
    first: i64,
    last: i64,
    /// A counter by its name that never moves is a level (`memory_total`): tables are not as strict as Prometheus.
    pub still_is_level: bool,
    /// The source gives points in any order, so that sorting them is nothing to speak of.
    pub any_order: bool,
}

impl Gathered {
    /// Nothing yet. Only points inside `range` will be kept.
    pub fn new(range: TimeRange) -> Self {
        Self::with_limit(range, MAX_POINTS)
    }

    fn with_limit(range: TimeRange, limit: usize) -> Self {
        Self {
            index: HashMap::new(),
            series: Vec::new(),
            range,
            limit,
            total: 0,
            cell: None,
            not_numbers: 0,
            first: i64::MAX,
            last: i64::MIN,
            still_is_level: false,
            any_order: false,
        }
    }

    /// The series with this name and these labels; new ones get their unit and kind from the name.
    pub fn series(&mut self, name: &str, labels: &BTreeMap<String, String>) -> usize {
        let key = (name.to_owned(), labels.clone());
        if let Some(index) = self.index.get(&key) {
            return *index;
        }
        let index = self.series.len();
        self.series.push(Held {
            name: name.to_owned(),
            labels: labels.clone(),
            meaning: meaning(name),
            points: Vec::new(),
        });
        self.index.insert(key, index);
        index
    }

    /// Says more about a series than its name does.
    pub fn describe(&mut self, series: usize, change: impl FnOnce(&mut Meaning)) {
        if let Some(held) = self.series.get_mut(series) {
            change(&mut held.meaning);
        }
    }

    /// Takes one point. Values that are not finite are counted and left out.
    pub fn add(&mut self, series: usize, at: Instant, value: f64) {
        if !self.range.contains(at) {
            return;
        }
        if !value.is_finite() {
            self.not_numbers += 1;
            return;
        }
        let Some(held) = self.series.get_mut(series) else {
            return;
        };
        self.first = self.first.min(at.0);
        self.last = self.last.max(at.0);
        let point = Point {
            at: at.0,
            value,
            n: 1,
        };
        if let (Some(width), Some(last)) = (cell_micros(self.cell), held.points.last_mut())
            && last.at.div_euclid(width) == at.0.div_euclid(width)
        {
            merge(last, point, held.meaning.counter);
            return;
        }
        held.points.push(point);
        self.total += 1;
        while self.total > self.limit && self.fold_further() {}
    }

    /// Folds to the next width; false where there is none left.
    fn fold_further(&mut self) -> bool {
        let next = self.cell.map_or(0, |c| c + 1);
        let Some(width) = cell_micros(Some(next)) else {
            return false;
        };
        self.cell = Some(next);
        self.total = 0;
        for held in &mut self.series {
            fold(&mut held.points, width, held.meaning.counter);
            self.total += held.points.len();
        }
        true
    }

    /// First and last instant of all points.
    pub fn span(&self) -> Option<(Instant, Instant)> {
        (self.first <= self.last).then_some((Instant(self.first), Instant(self.last)))
    }

    /// How many series there are.
    pub fn len(&self) -> usize {
        self.series.len()
    }

    /// Whether there is no series.
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// The instants of the longest series, in the order they came in.
    pub fn longest(&self) -> Vec<Instant> {
        self.series
            .iter()
            .max_by_key(|s| s.points.len())
            .map(|s| s.points.iter().map(|p| Instant(p.at)).collect())
            .unwrap_or_default()
    }

    /// Sorts, drops repeated instants, turns counters into rates and finds steps and gaps. Series without points go.
    pub fn settle(self, warnings: &mut Warnings) -> Result<MetricTable, DatasetError> {
        let width = cell_micros(self.cell);
        if self.not_numbers > 0 {
            warnings.add_counted(
                WarningKind::NotANumber,
                "values that are not numbers (NaN, infinite) were left out",
                self.not_numbers,
                None,
            );
        }
        if let Some(width) = width {
            warnings.add(
                WarningKind::Folded,
                format!(
                    "more than {} points: each series holds one mean value per {} s",
                    crate::units::count(self.limit as u64),
                    width / 1_000_000
                ),
            );
        }
        let mut table = MetricTable::default();
        let (mut keys, mut times, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let mut single: Vec<String> = Vec::new();
        for mut held in self.series {
            let points = order(&mut held, width, self.any_order, warnings);
            if held.meaning.counter && points.len() == 1 {
                single.push(held.name);
                continue;
            }
            let Some((info, points)) = finish(held, points, self.still_is_level, warnings) else {
                continue;
            };
            let key = table.series.len() as u32;
            keys.extend(std::iter::repeat_n(key, points.len()));
            times.extend(points.iter().map(|(at, _)| at.0));
            values.extend(points.iter().map(|(_, value)| *value));
            table.series.push(info);
        }
        say_single(single, warnings);
        table.points = frame(keys, times, values)?;
        Ok(table)
    }
}

fn frame(keys: Vec<u32>, times: Vec<i64>, values: Vec<f64>) -> Result<DataFrame, DatasetError> {
    Ok(df!("series" => keys, "t" => times, "value" => values)?)
}

fn cell_micros(cell: Option<usize>) -> Option<i64> {
    Some(CELL_SECS.get(cell?)? * 1_000_000)
}

fn merge(into: &mut Point, point: Point, counter: bool) {
    if !counter {
        into.value += point.value;
        into.n = into.n.saturating_add(point.n);
    } else if point.at >= into.at {
        *into = point;
    }
}

/// Joins the points of each cell.
fn fold(points: &mut Vec<Point>, width: i64, counter: bool) {
    points.sort_by_key(|p| p.at);
    points.dedup_by(|next, kept| {
        let same = next.at.div_euclid(width) == kept.at.div_euclid(width);
        if same {
            merge(kept, *next, counter);
        }
        same
    });
}

/// The points of one series in order, one an instant.
fn order(
    held: &mut Held,
    width: Option<i64>,
    any_order: bool,
    warnings: &mut Warnings,
) -> Vec<(Instant, f64)> {
    let mut points = std::mem::take(&mut held.points);
    let backwards = points
        .windows(2)
        .filter(|p| matches!(p, [a, b] if b.at < a.at))
        .count();
    if backwards > 0 && !any_order {
        warnings.add_counted(
            WarningKind::OutOfOrderPoints,
            "points came out of order and were sorted",
            backwards as u64,
            None,
        );
    }
    if let Some(width) = width {
        fold(&mut points, width, held.meaning.counter);
        let counter = held.meaning.counter;
        let start = |at: i64| {
            if counter {
                at
            } else {
                at.div_euclid(width) * width
            }
        };
        return points
            .iter()
            .map(|p| (Instant(start(p.at)), p.value / f64::from(p.n)))
            .collect();
    }
    if backwards > 0 {
        points.sort_by_key(|p| p.at);
    }
    let before = points.len();
    points.dedup_by(|next, kept| {
        let same = next.at == kept.at;
        if same {
            *kept = *next;
        }
        same
    });
    if points.len() < before {
        warnings.add_counted(
            WarningKind::DuplicatePoints,
            "several values of one series at the same instant; the last one stands",
            (before - points.len()) as u64,
            None,
        );
    }
    points.iter().map(|p| (Instant(p.at), p.value)).collect()
}

/// Turns a counter into a rate and says what is known about the series.
fn finish(
    held: Held,
    mut points: Vec<(Instant, f64)>,
    still_is_level: bool,
    warnings: &mut Warnings,
) -> Option<(SeriesInfo, Vec<(Instant, f64)>)> {
    let Meaning {
        mut unit,
        mut kind,
        counter,
    } = held.meaning;
    let mut from_counter = false;
    if counter {
        let moves = points.windows(2).any(|p| matches!(p, [a, b] if b.1 > a.1));
        if behaves_like_counter(&points) && (moves || !still_is_level) {
            let rates = rates(&points);
            if rates.resets > 0 {
                warnings.add_counted(
                    WarningKind::CounterReset,
                    "a counter went backwards and was taken as restarted from zero",
                    rates.resets,
                    None,
                );
            }
            points = rates.points;
            from_counter = true;
        } else {
            warnings.add(
                WarningKind::Note,
                format!(
                    "{} has the name of a counter but does not move like one; it is kept as a level",
                    held.name
                ),
            );
            unit = unit.trim_end_matches("/s").to_owned();
            kind = SeriesKind::Gauge;
        }
    }
    if unit.is_empty()
        && kind == SeriesKind::Gauge
        && may_be_percent(&held.name)
        && points.iter().all(|(_, v)| (0.0..=100.0).contains(v))
        && points.iter().any(|(_, v)| *v > 1.0)
    {
        warnings.add(
            WarningKind::Assumed,
            format!(
                "{} is taken as percent: it is a utilisation and stays within 0 to 100",
                held.name
            ),
        );
        unit = "%".to_owned();
    }
    let times: Vec<Instant> = points.iter().map(|(at, _)| *at).collect();
    let step_secs = usual_step_secs(&times);
    let info = SeriesInfo {
        name: held.name,
        labels: held.labels,
        unit,
        kind,
        from_counter,
        step_secs,
        points: points.len() as u64,
        gaps: step_secs.map_or(0, |step| missing_steps(&times, step)),
        first: Some(*times.first()?),
        last: Some(*times.last()?),
    };
    Some((info, points))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gathered(name: &str, points: &[(i64, f64)]) -> Gathered {
        let mut gathered = Gathered::new(TimeRange::ALL);
        let series = gathered.series(name, &BTreeMap::new());
        for (secs, value) in points {
            gathered.add(series, Instant::from_secs(*secs), *value);
        }
        gathered
    }

    fn settled(name: &str, points: &[(i64, f64)]) -> (MetricTable, Warnings) {
        let mut warnings = Warnings::default();
        let table = gathered(name, points).settle(&mut warnings).unwrap();
        (table, warnings)
    }

    #[test]
    fn points_settle_in_order_once_an_instant() {
        let points = [
            (0, 1.0),
            (300, 2.0),
            (200, 9.0),
            (300, 3.0),
            (100, 5.0),
            (600, f64::NAN),
            (700, 4.0),
        ];
        let (table, warnings) = settled("depth", &points);
        let series = table.series(0).unwrap();
        assert_eq!(series.values, [1.0, 5.0, 9.0, 3.0, 4.0]);
        assert_eq!(series.info.step_secs, Some(100.0));
        assert_eq!(series.info.gaps, 3);
        assert_eq!(warnings.count_of(WarningKind::DuplicatePoints), 1);
        assert_eq!(warnings.count_of(WarningKind::OutOfOrderPoints), 2);
        assert_eq!(warnings.count_of(WarningKind::NotANumber), 1);
    }

    #[test]
    fn counters_become_rates_and_gauges_do_not() {
        let (table, _) = settled("requests_total", &[(0, 10.0), (10, 60.0), (20, 80.0)]);
        let series = table.series(0).unwrap();
        assert_eq!(series.values, [5.0, 2.0]);
        assert!(series.info.from_counter && series.info.kind == SeriesKind::Rate);
        let up: Vec<(i64, f64)> = (0..40).map(|i| (i * 10, ((i % 20) * 50) as f64)).collect();
        let (table, warnings) = settled("requests_total", &up);
        assert_eq!(table.series[0].points, 39);
        assert_eq!(warnings.count_of(WarningKind::CounterReset), 1);
        let wave: Vec<(i64, f64)> = (0..40).map(|i| (i * 10, (i % 3) as f64)).collect();
        let (table, warnings) = settled("pods_total", &wave);
        assert!(!table.series[0].from_counter);
        assert_eq!(table.series[0].unit, "");
        assert_eq!(warnings.count_of(WarningKind::Note), 1);
    }

    #[test]
    fn utilisation_within_a_hundred_is_percent() {
        assert_eq!(
            settled("ec2_cpu_utilization_1", &[(0, 5.0)]).0.series[0].unit,
            "%"
        );
        assert_eq!(
            settled("ec2_cpu_utilization_1", &[(0, 500.0)]).0.series[0].unit,
            ""
        );
        assert_eq!(
            settled("ec2_cpu_utilization_1", &[(0, 0.5)]).0.series[0].unit,
            ""
        );
    }

    #[test]
    fn too_many_points_fold_to_means() {
        let mut gathered = Gathered::with_limit(TimeRange::ALL, 100);
        let gauge = gathered.series("depth", &BTreeMap::new());
        let counter = gathered.series("requests_total", &BTreeMap::new());
        for secs in 0..600 {
            gathered.add(gauge, Instant::from_secs(secs), (secs % 60) as f64);
            gathered.add(counter, Instant::from_secs(secs), (secs * 3) as f64);
        }
        let mut warnings = Warnings::default();
        let table = gathered.settle(&mut warnings).unwrap();
        assert_eq!(warnings.count_of(WarningKind::Folded), 1);
        let depth = table.series(0).unwrap();
        assert_eq!((depth.values.len(), depth.info.step_secs), (10, Some(60.0)));
        assert!(depth.values.iter().all(|v| (v - 29.5).abs() < 1e-9));
        let rate = table.series(1).unwrap();
        assert!(rate.values.iter().all(|v| (v - 3.0).abs() < 1e-9));
    }

    #[test]
    fn only_the_range_is_kept() {
        let mut gathered = Gathered::new(TimeRange {
            start: Instant::from_secs(10),
            end: Instant::from_secs(30),
        });
        let series = gathered.series("x", &BTreeMap::new());
        for secs in [0, 10, 20, 30] {
            gathered.add(series, Instant::from_secs(secs), 1.0);
        }
        let table = gathered.settle(&mut Warnings::default()).unwrap();
        assert_eq!(table.series[0].points, 2);
        assert_eq!(table.points.height(), 2);
    }
}
