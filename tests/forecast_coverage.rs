//! Do the ranges hold what they promise? Seeded series of known make are forecast, and the held-out future is counted.

use headroom::analysis::forecast::{
    Aggregate, Forecast, ForecastParams, Horizon, Steps, forecast, forecast_steps,
};
use headroom::calendar::{Instant, Zone};
use headroom::dataset::{Series, SeriesInfo};
use headroom::units::Micros;
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;
use rayon::prelude::*;

const HORIZON: usize = 14;

/// Twelve uniforms less six: near enough to a normal, and independent of the generator under test.
fn normal(rng: &mut Pcg64Mcg) -> f64 {
    (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
}

/// A line with AR(1) noise and, for every other one, a weekly pattern.
fn line(seed: u64, n: usize) -> Vec<f64> {
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    let rho = [0.0, 0.3, 0.6, 0.8][(seed % 4) as usize];
    let slope = [0.0, 0.05, -0.03, 0.2][(seed / 4 % 4) as usize];
    let weekly = if seed % 2 == 0 { 4.0 } else { 0.0 };
    let mut error = normal(&mut rng);
    (0..n)
        .map(|i| {
            error = rho * error + normal(&mut rng) * (1.0_f64 - rho * rho).sqrt();
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

fn coverage(forecast: &Forecast, future: &[f64]) -> (f64, f64) {
    let share = |inside: &dyn Fn(usize) -> bool| {
        (0..future.len()).filter(|i| inside(*i)).count() as f64 / future.len() as f64
    };
    let within = |i: usize, low: f64, high: f64| (low..=high).contains(&future[i]);
    let p = &forecast.points;
    (
        share(&|i| within(i, p[i].lo80, p[i].hi80)),
        share(&|i| within(i, p[i].lo95, p[i].hi95)),
    )
}

#[test]
fn ranges_hold_what_they_promise() {
    let params = ForecastParams {
        horizon: Horizon::Steps(HORIZON),
        ..ForecastParams::default()
    };
    for n in [90, 200] {
        let found: Vec<(f64, f64, String)> = (0..300_u64)
            .into_par_iter()
            .map(|seed| {
                let values = line(seed, n + HORIZON);
                let (past, future) = values.split_at(n);
                let f = forecast(&daily(past), &params).unwrap();
                let c = coverage(&f, future);
                (c.0, c.1, f.model)
            })
            .collect();
        let mean = |f: &dyn Fn(&(f64, f64, String)) -> f64| {
            found.iter().map(f).sum::<f64>() / found.len() as f64
        };
        let (c80, c95) = (mean(&|c| c.0), mean(&|c| c.1));
        println!("n={n} 80 %: {c80:.3}, 95 %: {c95:.3}");
        let mut m = std::collections::BTreeMap::new();
        for c in &found {
            let e = m.entry(c.2.clone()).or_insert((0, 0.0, 0.0));
            e.0 += 1;
            e.1 += c.0;
            e.2 += c.1;
        }
        for (k, v) in m {
            println!(
                "   {k}: {} {:.3} {:.3}",
                v.0,
                v.1 / v.0 as f64,
                v.2 / v.0 as f64
            );
        }
        for r in 0..4 {
            let (mut a, mut b, mut k) = (0.0, 0.0, 0.0);
            for (i, c) in found.iter().enumerate() {
                if i % 4 == r {
                    a += c.0;
                    b += c.1;
                    k += 1.0;
                }
            }
            println!("   rho{r}: {:.3} {:.3}", a / k, b / k);
        }
    }
}
