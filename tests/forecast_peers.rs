//! Real series, forecast from several points of their past and compared with what came. Numbers are printed as a table;
//! what is asserted held when the engine was written: better than repeating the last season, and ranges that are not lies.

use headroom::analysis::forecast::{
    Aggregate, ForecastParams, Horizon, Steps, forecast, forecast_steps,
};
use headroom::calendar::{Instant, Zone, parse_time};
use headroom::dataset::{Series, SeriesInfo};
use rayon::prelude::*;

use crate::shared_data::shared;

fn rows(path: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(shared(path)).expect(path);
    text.lines()
        .skip(1)
        .map(|line| {
            line.split(',')
                .map(|cell| cell.trim_matches('"').to_owned())
                .collect()
        })
        .collect()
}

fn timed(path: &str, time: usize, value: usize, keep: impl Fn(&[String]) -> bool) -> Series {
    let mut points: Vec<(Instant, f64)> = rows(path)
        .iter()
        .filter(|row| keep(row))
        .filter_map(|row| {
            let at = parse_time(row.get(time)?, &Zone::utc()).ok()?.at;
            Some((at, row.get(value)?.parse().ok()?))
        })
        .collect();
    points.sort_by_key(|p| p.0);
    points.dedup_by_key(|p| p.0);
    let (times, values) = points.into_iter().unzip();
    Series {
        info: SeriesInfo::default(),
        times,
        values,
    }
}

fn counted(path: &str, id: &str) -> Vec<f64> {
    rows(path)
        .iter()
        .filter(|row| row[0] == id)
        .map(|row| row[2].parse().unwrap())
        .collect()
}

#[derive(Default, Debug)]
struct Tally {
    n: usize,
    scaled: f64,
    naive: f64,
    inside80: usize,
    inside95: usize,
    models: Vec<String>,
}

impl Tally {
    /// Adds one origin: what was forecast against what came, and what the season before would have said.
    fn add(
        &mut self,
        past: &[f64],
        future: &[f64],
        season: usize,
        result: &headroom::analysis::forecast::Forecast,
    ) {
        let scale = past
            .iter()
            .zip(&past[season..])
            .map(|(a, b)| (a - b).abs())
            .sum::<f64>()
            / (past.len() - season) as f64;
        for (i, (actual, point)) in future.iter().zip(&result.points).enumerate() {
            let repeated = past[past.len() - season + i % season];
            self.n += 1;
            self.scaled += (actual - point.mean).abs() / scale;
            self.naive += (actual - repeated).abs() / scale;
            self.inside80 += usize::from((point.lo80..=point.hi80).contains(actual));
            self.inside95 += usize::from((point.lo95..=point.hi95).contains(actual));
        }
        if !self.models.contains(&result.model) {
            self.models.push(result.model.clone());
        }
    }

    fn mase(&self) -> (f64, f64) {
        (self.scaled / self.n as f64, self.naive / self.n as f64)
    }

    fn coverage(&self) -> (f64, f64) {
        (
            self.inside80 as f64 / self.n as f64,
            self.inside95 as f64 / self.n as f64,
        )
    }
}

/// Origins spread over the second half.
fn origins(n: usize, horizon: usize, count: usize) -> Vec<usize> {
    let first = (n / 2).max(horizon);
    let last = n - horizon;
    (0..count)
        .map(|i| first + (last - first) * i / (count - 1).max(1))
        .collect()
}

/// A series by counted steps with the step length of its calendar in seconds.
fn judge(values: &[f64], step_secs: i64, season: usize, horizon: usize, count: usize) -> Tally {
    let mut tally = Tally::default();
    let results: Vec<_> = origins(values.len(), horizon, count)
        .into_par_iter()
        .map(|origin| {
            let (past, future) = values.split_at(origin);
            let params = ForecastParams {
                horizon: Horizon::Steps(horizon),
                aggregate: Aggregate::None,
                ..ForecastParams::default()
            };
            let result = if step_secs == 0 {
                let cells = past.iter().map(|v| Some(*v)).collect();
                forecast_steps(&Steps::counted(1, 1, cells, horizon), "", "", &params)
            } else {
                let series = Series {
                    info: SeriesInfo::default(),
                    times: (0..past.len() as i64)
                        .map(|i| Instant::from_secs(1_704_067_200 + step_secs * i))
                        .collect(),
                    values: past.to_vec(),
                };
                forecast(&series, &params)
            };
            (origin, future, result.unwrap())
        })
        .collect();
    for (origin, future, result) in &results {
        tally.add(&values[..*origin], future, season, result);
    }
    tally
}

/// The daily values of a fine series, as the engine makes them.
fn daily(series: &Series) -> Vec<f64> {
    let params = ForecastParams {
        horizon: Horizon::Steps(100),
        force: true,
        ..ForecastParams::default()
    };
    forecast(series, &params)
        .unwrap()
        .history
        .iter()
        .map(|(_, v)| *v)
        .collect()
}

#[test]
#[ignore = "reads ../shared/data"]
fn real_series_beat_repeating_the_past() {
    let hour = 3_600;
    let day = 86_400;
    let nab = "metrics/cloudwatch-nab/";
    let redis = timed(
        "metrics/azure/redis_get_rps_eastus_long_B8ms.csv",
        2,
        0,
        |r| r[3] == "0",
    );
    let taxi = timed(&format!("{nab}realKnownCause/nyc_taxi.csv"), 0, 1, |_| true);
    let elb = timed(
        &format!("{nab}realAWSCloudwatch/elb_request_count_8c0756.csv"),
        0,
        1,
        |_| true,
    );
    let wiki = timed(
        "forecasting/prophet/example_wp_log_peyton_manning.csv",
        0,
        1,
        |_| true,
    );
    let fpp = |id: &str| counted(&format!("forecasting/{id}.csv"), id);
    let gefcom = |id: &str| counted("forecasting/gefcom2012_hourly.csv", id);
    let hourly = |s: &Series| {
        let params = ForecastParams {
            horizon: Horizon::Steps(48),
            aggregate: Aggregate::Mean,
            force: true,
            ..ForecastParams::default()
        };
        forecast(s, &params)
            .unwrap()
            .history
            .iter()
            .map(|(_, v)| *v)
            .collect::<Vec<f64>>()
    };
    // Name, values, step in seconds (0: counted), season, horizon, origins, whether better than repeating the season.
    let cases = vec![
        ("elecdaily", fpp("elecdaily"), day, 7, 28, 8, true),
        ("hyndsight", fpp("hyndsight"), day, 7, 28, 8, true),
        ("redis daily P95", daily(&redis), day, 7, 28, 8, false),
        ("nyc taxi daily P95", daily(&taxi), day, 7, 28, 8, true),
        (
            "nyc taxi hourly mean",
            hourly(&taxi),
            hour,
            168,
            48,
            4,
            false,
        ),
        ("elb hourly mean", hourly(&elb), hour, 24, 48, 8, true),
        ("wikipedia daily", wiki.values, day, 7, 90, 8, false),
        (
            "gefcom load1 hourly",
            gefcom("load1"),
            hour,
            168,
            48,
            8,
            true,
        ),
        ("gefcom load5 counted", gefcom("load5"), 0, 168, 48, 8, true),
        ("a10 monthly counted", fpp("a10"), 0, 12, 12, 8, true),
        (
            "auscafe monthly counted",
            fpp("auscafe"),
            0,
            12,
            12,
            8,
            true,
        ),
        (
            "taylor half-hourly",
            fpp("taylor"),
            hour / 2,
            336,
            96,
            4,
            false,
        ),
    ];
    println!(
        "{:<24} {:>6} {:>6} {:>6} {:>6}  models",
        "series", "MASE", "snaive", "in 80", "in 95"
    );
    let mut shares = (0.0, 0.0);
    let count = cases.len() as f64;
    let mut worse = Vec::new();
    for (name, values, step, season, horizon, origins, better) in cases {
        let tally = judge(&values, step, season, horizon, origins);
        let (own, naive) = tally.mase();
        let (in80, in95) = tally.coverage();
        shares = (shares.0 + in80 / count, shares.1 + in95 / count);
        println!(
            "{name:<24} {own:>6.3} {naive:>6.3} {in80:>6.3} {in95:>6.3}  {}",
            tally.models.join("; ")
        );
        if better && own >= naive {
            worse.push(name);
        }
    }
    println!("mean coverage {:.3} and {:.3}", shares.0, shares.1);
    assert!(worse.is_empty(), "{worse:?}");
    assert!((0.72..=0.88).contains(&shares.0), "{}", shares.0);
    assert!((0.87..=0.99).contains(&shares.1), "{}", shares.1);
}
