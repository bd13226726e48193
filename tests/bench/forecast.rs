//! One forecast as the overview makes it: 450 daily values with a weekly pattern, backtest, 2,000 paths, a limit.

use divan::Bencher;
use headroom::analysis::forecast::{ForecastParams, Threshold, forecast};
use headroom::calendar::Instant;
use headroom::dataset::{Series, SeriesInfo};

/// A line with a weekly pattern and a deterministic wobble.
fn daily(n: usize) -> Series {
    Series {
        info: SeriesInfo {
            unit: "%".to_owned(),
            ..SeriesInfo::default()
        },
        times: (0..n as i64)
            .map(|i| Instant::from_secs(1_767_225_600 + 86_400 * i))
            .collect(),
        values: (0..n)
            .map(|i| {
                let weekend = if i % 7 >= 5 { -6.0 } else { 0.0 };
                let wobble = ((i * 7_919) % 101) as f64 / 50.0 - 1.0;
                30.0 + 0.08 * i as f64 + weekend + wobble
            })
            .collect(),
    }
}

#[divan::bench(args = [90, 450])]
fn daily_series(bencher: Bencher, n: usize) {
    let series = daily(n);
    let params = ForecastParams {
        capacity: Some(Threshold::Percent(80.0)),
        ..ForecastParams::default()
    };
    bencher.bench(|| forecast(&series, &params));
}
