//! The search for the orders: from a few models to their neighbours, as long as the corrected Akaike criterion falls.

use super::super::Fit;
use super::super::average::{by_akaike, equally};
use super::super::decompose::filled;
use super::super::optimize::{Stop, bfgs};
use super::difference::{difference, differences, seasonal_differences};
use super::squares::Squares;
use super::{ArimaFit, Orders};

const STOP: Stop = Stop {
    iterations: 40,
    gain: 1e-3,
};
/// Most models that are tried.
const TRIES: usize = 24;
/// Highest order of each plain polynomial.
const HIGHEST: usize = 3;

/// A series and its season.
struct Series<'a> {
    original: &'a [f64],
    whole: Vec<f64>,
    seasonally_differenced: Vec<f64>,
    seasonal_d: usize,
    period: usize,
}

impl<'a> Series<'a> {
    fn new(original: &'a [f64], period: usize) -> Option<Self> {
        if original.iter().filter(|v| v.is_finite()).count() < 8 {
            return None;
        }
        let whole = filled(original)?;
        let period = period.max(1);
        let seasonal_d = seasonal_differences(&whole, period);
        let seasonally_differenced = if seasonal_d == 1 {
            difference(&whole, period)
        } else {
            whole.clone()
        };
        Some(Self {
            original,
            whole,
            seasonally_differenced,
            seasonal_d,
            period,
        })
    }
}

struct Search<'a> {
    series: &'a Series<'a>,
    differenced: Vec<f64>,
    tried: Vec<Orders>,
    fits: Vec<ArimaFit>,
}

impl Search<'_> {
    /// Fits one model if it is new and possible; whether it is the best so far.
    fn attempt(&mut self, orders: Orders) -> bool {
        let seasonal = orders.seasonal_p.max(orders.seasonal_q);
        let n = self.differenced.len();
        let reach = orders.p.max(orders.q) + seasonal * self.series.period;
        let impossible = orders.p > HIGHEST
            || orders.q > HIGHEST
            || seasonal > 1
            || (seasonal > 0 && self.series.period < 2)
            || reach * 2 > n
            || n <= orders.parameters() + 2;
        if impossible || self.tried.contains(&orders) || self.tried.len() >= TRIES {
            return false;
        }
        self.tried.push(orders);
        let mut squares = Squares::new(orders, self.series.period, &self.differenced);
        let mut x = vec![0.1; squares.width()];
        if let (true, Some(mean)) = (orders.mean, x.last_mut()) {
            *mean = 0.0;
        }
        let found = bfgs(&mut x, STOP, |x, gradient| squares.value(x, gradient));
        let mut unused = vec![0.0; x.len()];
        if !found.is_finite() || !squares.value(&x, &mut unused).is_finite() {
            return false;
        }
        let k = orders.parameters() as f64;
        let aicc = found + 2.0 * k + 2.0 * k * (k + 1.0) / (n as f64 - k - 1.0);
        let coefficients = squares.coefficients(&x);
        let series = (self.series.original, self.series.whole.as_slice());
        let Some(fit) = ArimaFit::new(
            orders,
            self.series.period,
            series,
            &coefficients,
            squares.errors(),
            aicc,
        ) else {
            return false;
        };
        let best = self.fits.iter().all(|other| aicc < other.aicc);
        self.fits.push(fit);
        best
    }
}

/// The models next to one.
fn neighbours(o: Orders) -> Vec<Orders> {
    let step = |value: usize, by: isize| value.checked_add_signed(by);
    let change = |p: isize, q: isize, seasonal_p: isize, seasonal_q: isize| {
        Some(Orders {
            p: step(o.p, p)?,
            q: step(o.q, q)?,
            seasonal_p: step(o.seasonal_p, seasonal_p)?,
            seasonal_q: step(o.seasonal_q, seasonal_q)?,
            ..o
        })
    };
    let mut out: Vec<Orders> = [
        change(0, 0, -1, 0),
        change(0, 0, 0, -1),
        change(0, 0, 1, 0),
        change(0, 0, 0, 1),
        change(-1, 0, 0, 0),
        change(0, -1, 0, 0),
        change(1, 0, 0, 0),
        change(0, 1, 0, 0),
        change(-1, -1, 0, 0),
        change(1, 1, 0, 0),
        change(-1, 1, 0, 0),
        change(1, -1, 0, 0),
    ]
    .into_iter()
    .flatten()
    .collect();
    if o.d + o.seasonal_d < 2 {
        out.push(Orders { mean: !o.mean, ..o });
    }
    out
}

fn fit_all(series: &Series, d: usize) -> Option<Vec<ArimaFit>> {
    let mut differenced = series.seasonally_differenced.clone();
    for _ in 0..d {
        differenced = difference(&differenced, 1);
    }
    let Series {
        period, seasonal_d, ..
    } = *series;
    let mut search = Search {
        series,
        differenced,
        tried: Vec::new(),
        fits: Vec::new(),
    };
    let seasonal = usize::from(period > 1);
    let base = Orders {
        p: 0,
        d,
        q: 0,
        seasonal_p: 0,
        seasonal_d,
        seasonal_q: 0,
        mean: d + seasonal_d < 2,
    };
    let first = [
        Orders {
            p: 2,
            q: 2,
            seasonal_p: seasonal,
            seasonal_q: seasonal,
            ..base
        },
        base,
        Orders {
            p: 1,
            seasonal_p: seasonal,
            ..base
        },
        Orders {
            q: 1,
            seasonal_q: seasonal,
            ..base
        },
        Orders {
            mean: false,
            ..base
        },
    ];
    for orders in first {
        search.attempt(orders);
    }
    loop {
        let best = search
            .fits
            .iter()
            .min_by(|a, b| a.aicc.total_cmp(&b.aicc))
            .map(|fit| fit.orders)?;
        let improved = neighbours(best)
            .into_iter()
            .any(|orders| search.attempt(orders));
        if !improved {
            return Some(search.fits);
        }
    }
}

/// The model with the lowest corrected Akaike criterion, differenced once at most: a second difference carries the last
/// slope on for ever. `period` is the season in steps (1 for none). `None` for fewer than eight values.
pub fn fit_arima(y: &[f64], period: usize) -> Option<Box<dyn Fit>> {
    let series = Series::new(y, period)?;
    let d = differences(&series.seasonally_differenced).min(1);
    let best = fit_all(&series, d)?
        .into_iter()
        .min_by(|a, b| a.aicc.total_cmp(&b.aicc))?;
    Some(Box::new(best))
}

/// The models that the search met, averaged by their Akaike weights; where the slope wanders too, once with one and once
/// with two differences, which count alike because the criterion does not compare them.
pub fn fit_arima_average(y: &[f64], period: usize) -> Option<Box<dyn Fit>> {
    let series = Series::new(y, period)?;
    let most = differences(&series.seasonally_differenced);
    let averages = (most.min(1)..=most)
        .filter_map(|d| {
            let fits = fit_all(&series, d)?;
            by_akaike(
                NAME,
                fits.into_iter()
                    .map(|fit| (fit.aicc, Box::new(fit) as Box<dyn Fit>))
                    .collect(),
            )
        })
        .collect();
    equally(NAME, averages)
}

const NAME: &str = "ARIMA average";
