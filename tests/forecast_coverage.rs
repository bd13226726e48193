//! Do the ranges hold what they promise? Seeded series of known make are forecast, and the held-out future is counted.

use headroom::analysis::forecast::{Forecast, ForecastParams, Horizon, forecast};
use headroom::calendar::Instant;
use headroom::dataset::{Series, SeriesInfo};
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;
use rayon::prelude::*;

const HORIZON: usize = 14;
const SERIES: u64 = 300;

/// Standard noise: twelve uniforms less six, near enough to a normal and independent of the generator under test.
pub fn noise(seed: u64, n: usize) -> Vec<f64> {
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    (0..n)
        .map(|_| (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0)
        .collect()
}

/// A line with AR(1) noise (ρ 0 to 0.8, four slopes) and, for every other eight, a weekly pattern.
fn line(seed: u64, n: usize) -> Vec<f64> {
    let shocks = noise(seed, n + 1);
    let rho = [0.0, 0.3, 0.6, 0.8][(seed % 4) as usize];
    let slope = [0.0, 0.05, -0.03, 0.2][(seed / 4 % 4) as usize];
    let weekly = [4.0, 0.0][(seed / 16 % 2) as usize];
    let mut error = shocks[n];
    (0..n)
        .map(|i| {
            error = rho * error + shocks[i] * (1.0_f64 - rho * rho).sqrt();
            let weekend = if i % 7 >= 5 { weekly } else { 0.0 };
            100.0 + slope * i as f64 + weekend + error
        })
        .collect()
}

fn daily(values: &[f64]) -> Series {
    Series {
        info: SeriesInfo::default(),
        times: (0..values.len() as i64)
            .map(|i| Instant::from_secs(1_767_225_600 + 86_400 * i))
            .collect(),
        values: values.to_vec(),
    }
}

/// Shares of the future inside both ranges.
fn coverage(forecast: &Forecast, future: &[f64]) -> (f64, f64) {
    let count = |inside: &dyn Fn(usize) -> bool| {
        (0..future.len()).filter(|i| inside(*i)).count() as f64 / future.len() as f64
    };
    let p = &forecast.points;
    (
        count(&|i| (p[i].lo80..=p[i].hi80).contains(&future[i])),
        count(&|i| (p[i].lo95..=p[i].hi95).contains(&future[i])),
    )
}

/// The whole engine, model choice and calibration included.
#[test]
fn ranges_hold_what_they_promise() {
    let params = ForecastParams {
        horizon: Horizon::Steps(HORIZON),
        ..ForecastParams::default()
    };
    for n in [90, 200] {
        let found: Vec<(f64, f64)> = (0..SERIES)
            .into_par_iter()
            .map(|seed| {
                let values = line(seed, n + HORIZON);
                let (past, future) = values.split_at(n);
                coverage(&forecast(&daily(past), &params).unwrap(), future)
            })
            .collect();
        let mean =
            |f: &dyn Fn(&(f64, f64)) -> f64| found.iter().map(f).sum::<f64>() / found.len() as f64;
        let (in80, in95) = (mean(&|c| c.0), mean(&|c| c.1));
        println!("{n} steps: 80 % range holds {in80:.3}, 95 % range {in95:.3}");
        assert!((0.76..=0.84).contains(&in80), "{in80}");
        // Real series have jumps that drawn lines have not; ranges that hold 93 to 97 % of those hold more of these.
        assert!((0.92..=0.99).contains(&in95), "{in95}");
    }
}
