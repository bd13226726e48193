//! What a promise comes to on the made numbers, in whole numbers and without the engine.

use headroom::dataset::Role;

use super::made::{DAY, MONTHS, Made, OUTAGES};
use super::requests::Request;
use super::series::STEP;

/// Seconds since the epoch: the first one, and the first one after.
pub type Range = (i64, i64);

/// How long one judgement lasts.
#[derive(Clone, Copy)]
pub enum Every {
    /// A point of a series.
    Point,
    Hour,
    Day,
    Month,
}

/// What stands for a slice of a series.
#[derive(Clone, Copy)]
pub enum Take {
    Mean,
    Most,
    Least,
}

/// Which side of a limit is kept.
#[derive(Clone, Copy)]
pub enum Side {
    Below,
    AtMost,
    AtLeast,
    Above,
}

impl Side {
    const fn holds(self, value: i128, limit: i128) -> bool {
        match self {
            Self::Below => value < limit,
            Self::AtMost => value <= limit,
            Self::AtLeast => value >= limit,
            Self::Above => value > limit,
        }
    }
}

/// The requests a promise is about: an environment, and labels; all of them where none is named.
#[derive(Clone, Copy)]
pub struct Of {
    pub environment: &'static str,
    pub labels: &'static [&'static str],
}

/// A promise, as a question to the numbers.
pub enum Check {
    /// Every slice of every one of these series, in thousandths.
    Series(&'static [&'static str], Take, Every, Side, i128),
    /// A percentile of successful requests, in milliseconds.
    Percentile(Of, i128, Every, Side, i128),
    /// At least this many percent of successful requests of a day below so many milliseconds.
    DailyShare(Of, i64, i128),
    /// The share of failed requests, in millionths.
    Failed(Of, Every, Side, i128),
    /// The share of successful requests of a month, in millionths.
    Succeeded(Of, Side, i128),
    /// Requests a second, served whenever they are asked for; and for a peak.
    Served(Option<&'static str>, usize, Option<usize>),
    /// The mean of a series against March: at most, or at least, so many thousandths of it.
    Mean(&'static str, Side, i128),
    /// P95 of all successful requests against March: at most so many percent of it.
    Slower(i128),
    /// Uptime of each month, in millionths; and seconds of downtime, where those are promised.
    Uptime(Option<&'static str>, Side, i128, Option<i64>),
}

fn slices(range: Range, every: Every) -> Vec<Range> {
    let steps = |by: i64| {
        let n = (range.1 - range.0) / by;
        (0..n)
            .map(|i| (range.0 + i * by, range.0 + (i + 1) * by))
            .collect()
    };
    match every {
        Every::Point => steps(STEP),
        Every::Hour => steps(3_600),
        Every::Day => steps(DAY),
        Every::Month => months(range),
    }
}

fn months(range: Range) -> Vec<Range> {
    MONTHS
        .iter()
        .map(|(_, month)| *month)
        .filter(|month| month.0 >= range.0 && month.1 <= range.1)
        .collect()
}

/// The points of a series within a range.
fn points(made: &Made, header: &str, range: Range) -> Vec<i128> {
    let first = MONTHS[0].1.0;
    let place = |at: i64| usize::try_from((at - first) / STEP).unwrap();
    made.column(header).values[place(range.0)..place(range.1)]
        .iter()
        .map(|v| i128::from(*v))
        .collect()
}

/// The requests a promise looks at: those of production, and only where there are none those of tests.
fn requests(made: &Made, of: Of, range: Range) -> Vec<&Request> {
    let of_role = |role: Role| -> Vec<&Request> {
        made.recorded
            .iter()
            .filter(|r| r.role == role)
            .filter(|r| of.environment.is_empty() || r.environment == of.environment)
            .flat_map(|r| &r.requests)
            .filter(|r| of.labels.is_empty() || of.labels.contains(&r.label))
            .filter(|r| r.start >= range.0 * 1_000 && r.start < range.1 * 1_000)
            .collect()
    };
    let production = of_role(Role::Production);
    if production.is_empty() {
        of_role(Role::Test)
    } else {
        production
    }
}

fn within<'a>(all: &[&'a Request], range: Range) -> Vec<&'a Request> {
    all.iter()
        .filter(|r| r.start >= range.0 * 1_000 && r.start < range.1 * 1_000)
        .copied()
        .collect()
}

/// A percentile by linear interpolation between closest ranks, in hundredths of a millisecond; nothing without requests.
fn percentile(of: &[&Request], percent: i128) -> Option<i128> {
    let mut ms: Vec<i128> = of
        .iter()
        .filter(|r| !r.failed)
        .map(|r| i128::from(r.ms))
        .collect();
    ms.sort_unstable();
    let place = (ms.len().checked_sub(1)? as i128) * percent;
    let (below, part) = (usize::try_from(place / 100).unwrap(), place % 100);
    let above = ms.get(below + 1).unwrap_or(&ms[below]);
    Some(ms[below] * (100 - part) + above * part)
}

/// Seconds of downtime in a range; where outages overlap they count once.
fn down(service: Option<&str>, range: Range) -> i64 {
    let mut list: Vec<Range> = OUTAGES
        .iter()
        .filter(|(of, ..)| service.is_none_or(|s| s == *of))
        .map(|(_, start, secs)| (*start.max(&range.0), (start + secs).min(range.1)))
        .collect();
    list.sort_unstable();
    let mut reached = range.0;
    let mut sum = 0;
    for (start, end) in list {
        sum += (end - start.max(reached)).max(0);
        reached = reached.max(end);
    }
    sum
}

impl Check {
    /// Whether the promise is kept in every part of a range that has data.
    pub fn kept(&self, made: &Made, range: Range) -> bool {
        match self {
            Self::Series(headers, take, every, side, limit) => {
                slices(range, *every).into_iter().all(|slice| {
                    headers.iter().all(|header| {
                        let values = points(made, header, slice);
                        let n = values.len() as i128;
                        match take {
                            Take::Mean => side.holds(values.iter().sum(), limit * n),
                            Take::Most => side.holds(*values.iter().max().unwrap(), *limit),
                            Take::Least => side.holds(*values.iter().min().unwrap(), *limit),
                        }
                    })
                })
            }
            Self::Percentile(of, percent, every, side, limit) => {
                let all = requests(made, *of, range);
                slices(range, *every).into_iter().all(|slice| {
                    percentile(&within(&all, slice), *percent)
                        .is_none_or(|value| side.holds(value, limit * 100))
                })
            }
            Self::DailyShare(of, ms, percent) => {
                let all = requests(made, *of, range);
                slices(range, Every::Day).into_iter().all(|day| {
                    let mut there = within(&all, day);
                    there.retain(|r| !r.failed);
                    let quick = there.iter().filter(|r| r.ms < *ms).count() as i128;
                    quick * 100 >= there.len() as i128 * percent
                })
            }
            Self::Failed(of, every, side, millionths) => {
                let all = requests(made, *of, range);
                slices(range, *every).into_iter().all(|slice| {
                    let there = within(&all, slice);
                    let failed = there.iter().filter(|r| r.failed).count() as i128;
                    there.is_empty()
                        || side.holds(failed * 1_000_000, there.len() as i128 * millionths)
                })
            }
            Self::Succeeded(of, side, millionths) => {
                let all = requests(made, *of, range);
                months(range).into_iter().all(|month| {
                    let there = within(&all, month);
                    let good = there.iter().filter(|r| !r.failed).count() as i128;
                    there.is_empty()
                        || side.holds(good * 1_000_000, there.len() as i128 * millionths)
                })
            }
            Self::Served(label, target, peak) => made
                .recorded
                .iter()
                .filter(|r| r.environment == "load")
                .all(|second| {
                    let of_label = |r: &&Request| label.is_none_or(|l| l == r.label);
                    let asked = second.requests.iter().filter(of_label).count();
                    let failed = second.requests.iter().filter(|r| r.failed).count();
                    let kept = |limit: usize| asked < limit || asked - failed >= limit;
                    kept(*target) && peak.is_none_or(kept)
                }),
            Self::Mean(header, side, thousandths) => {
                let march = points(made, header, MONTHS[0].1);
                months(range).into_iter().all(|month| {
                    let now = points(made, header, month);
                    side.holds(
                        now.iter().sum::<i128>() * march.len() as i128 * 1_000,
                        march.iter().sum::<i128>() * now.len() as i128 * thousandths,
                    )
                })
            }
            Self::Slower(percent) => {
                let all = Of {
                    environment: "",
                    labels: &[],
                };
                let p95 = |range| percentile(&requests(made, all, range), 95).unwrap();
                let march = p95(MONTHS[0].1);
                months(range)
                    .into_iter()
                    .all(|month| p95(month) * 100 <= march * percent)
            }
            Self::Uptime(service, side, millionths, allowance) => {
                months(range).into_iter().all(|month| {
                    let secs = i128::from(month.1 - month.0);
                    let bad = down(*service, month);
                    side.holds((secs - i128::from(bad)) * 1_000_000, secs * millionths)
                        && allowance.is_none_or(|a| bad <= a)
                })
            }
        }
    }
}
