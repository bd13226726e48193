//! The kernels for series with several seasons and for data as it is: what every model keeps, decompositions against
//! the figures of other programs, unusual spans against labels, forecasts against repeating the last week.

use headroom::analysis::forecast::kernel::Fit;
use headroom::analysis::forecast::kernel::anomaly;
use headroom::analysis::forecast::kernel::decomposed::{Inner, fit_decomposed};
use headroom::analysis::forecast::kernel::double_seasonal::fit_double_seasonal;
use headroom::analysis::forecast::kernel::harmonic::fit_harmonic;
use headroom::analysis::forecast::kernel::mstl::Mstl;
use headroom::analysis::forecast::kernel::profile::fit_profile;
use headroom::analysis::forecast::kernel::stl::{Smooth, Stl};
use headroom::calendar::{Zone, parse_time};

use crate::shared_data::{Places, shared};

type Maker = fn(&[f64], &[usize]) -> Option<Box<dyn Fit>>;

const MODELS: [(&str, Maker); 7] = [
    ("MSTL + ETS", |y, p| fit_decomposed(y, p, Inner::Ets)),
    ("MSTL + Theta", |y, p| fit_decomposed(y, p, Inner::Theta)),
    ("MSTL + AR", |y, p| {
        fit_decomposed(y, p, Inner::Autoregression)
    }),
    ("double seasonal", fit_double_seasonal),
    ("harmonic", fit_harmonic),
    ("profile", fit_profile),
    ("MSTL + ARIMA", |y, p| fit_decomposed(y, p, Inner::Arima)),
];

/// Normal enough: twelve uniforms.
fn normal(places: &mut Places) -> f64 {
    let sum: f64 = (0..12).map(|_| places.below(1 << 20) as f64).sum();
    sum / f64::from(1 << 20) - 6.0
}

/// Hours of weeks with quiet weekends and noise that lasts.
fn hourly(n: usize, seed: u64) -> Vec<f64> {
    let mut places = Places(seed);
    let mut error = 0.0;
    (0..n)
        .map(|t| {
            error = 0.7 * error + 3.0 * normal(&mut places);
            let phase = (t % 24) as f64 / 24.0 * std::f64::consts::TAU;
            let quiet = if (t / 24) % 7 > 4 { 0.5 } else { 1.0 };
            200.0 + quiet * (60.0 - 50.0 * phase.cos() + 15.0 * (2.0 * phase).sin()) + error
        })
        .collect()
}

fn mean_error(ahead: &[f64], truth: &[f64]) -> f64 {
    let sum: f64 = ahead.iter().zip(truth).map(|(a, b)| (a - b).abs()).sum();
    sum / truth.len() as f64
}

fn last_week(y: &[f64], h: usize, week: usize) -> Vec<f64> {
    (0..h).map(|i| y[y.len() - week + i % week]).collect()
}

#[test]
fn every_model_beats_the_last_week_on_noisy_weeks() {
    let mut errors = [0.0; MODELS.len()];
    let mut naive = 0.0;
    for seed in 1..=4 {
        let whole = hourly(5 * 168 + 48, 40 + seed);
        let (y, truth) = whole.split_at(5 * 168);
        naive += mean_error(&last_week(y, 48, 168), truth);
        for ((name, make), error) in MODELS.iter().zip(&mut errors) {
            let fit = make(y, &[24, 168]).unwrap_or_else(|| panic!("{name} has no fit"));
            *error += mean_error(&fit.ahead(48), truth);
        }
    }
    for ((name, _), error) in MODELS.iter().zip(errors) {
        assert!(error < naive, "{name}: {error} against {naive}");
    }
}

#[test]
fn every_fit_keeps_its_promises_over_gaps() {
    let mut y = hourly(700, 9);
    for hole in &mut y[400..430] {
        *hole = f64::NAN;
    }
    y[500] = f64::NAN;
    for (name, make) in MODELS {
        let fit = make(&y, &[24, 168]).unwrap_or_else(|| panic!("{name} has no fit"));
        let ahead = fit.ahead(60);
        assert!(ahead.iter().all(|v| (0.0..600.0).contains(v)), "{name}");
        let spread = fit.spread(60);
        assert!(spread[0] > 0.0, "{name}");
        assert!(spread.windows(2).all(|w| w[0] <= w[1]), "{name}");
        let earlier = fit.from_origins(&[600, 700], 24);
        assert_eq!(earlier[1], fit.ahead(24), "{name}");
        let error = mean_error(&earlier[0], &y[600..624]);
        assert!(error < 20.0, "{name}: {error}");
        assert_eq!(fit.residuals().len(), 700, "{name}");
        assert!(fit.residuals()[410].is_nan(), "{name}");
        assert!(!fit.name().is_empty());
    }
}

#[test]
fn what_is_too_little_has_no_fit_and_no_panic() {
    let hopeless: [&[f64]; 4] = [&[], &[1.0, 2.0], &[f64::NAN; 400], &[f64::INFINITY; 60]];
    for y in hopeless {
        for (name, make) in MODELS {
            assert!(
                make(y, &[24, 168]).is_none(),
                "{name} of {} values",
                y.len()
            );
            assert!(make(y, &[]).is_none(), "{name} of {} values", y.len());
        }
    }
    for (name, make) in MODELS {
        if let Some(fit) = make(&[5.0; 400], &[24, 168]) {
            let ahead = fit.ahead(48);
            assert!(ahead.iter().all(|v| (v - 5.0).abs() < 1e-6), "{name}");
        }
    }
}

fn column(path: &str, index: usize) -> Vec<f64> {
    let text = std::fs::read_to_string(shared(path)).expect(path);
    text.lines()
        .filter_map(|line| line.split(',').nth(index)?.trim().parse().ok())
        .collect()
}

#[test]
#[ignore = "reads ../shared/data"]
fn peers_stl_gives_the_figures_of_the_original_program() {
    let co2 = column("forecasting/statsmodels/expected/stl_co2.csv", 0);
    let path = "forecasting/statsmodels/expected/stl_test_results.csv";
    let expected = std::fs::read_to_string(shared(path)).unwrap();
    for (scenario, low_jump, trend_jump, cut) in [
        ("baseline", 2, 2, 0),
        ("short", 2, 2, 1),
        ("nljump-1", 1, 2, 0),
        ("ntjump-1", 2, 1, 0),
        ("nljump-1-ntjump-1", 1, 1, 0),
    ] {
        let smooth = |window, jump| Smooth {
            window,
            degree: 1,
            jump,
        };
        let stl = Stl {
            period: 12,
            seasonal: smooth(35, 4),
            trend: smooth(19, trend_jump),
            low_pass: smooth(13, low_jump),
            inner: 1,
            outer: 2,
        };
        let y = &co2[..co2.len() - cut];
        let parts = stl.decompose(y).unwrap();
        let mut seen = 0;
        for line in expected.lines() {
            let cells: Vec<&str> = line.split(',').map(str::trim).collect();
            if cells[0] != scenario {
                continue;
            }
            let i: usize = cells[1].parse().unwrap();
            for (ours, theirs) in [
                (parts.seasonal[i], cells[2]),
                (parts.trend[i], cells[3]),
                (parts.weights[i], cells[4]),
            ] {
                let theirs: f64 = theirs.parse().unwrap();
                assert!((ours - theirs).abs() < 1e-9, "{scenario} {i}");
            }
            seen += 1;
        }
        assert_eq!(seen, y.len(), "{scenario}");
    }
}

#[test]
#[ignore = "reads ../shared/data"]
fn peers_mstl_gives_the_figures_of_r() {
    let path = "forecasting/statsmodels/expected/mstl_test_results.csv";
    let [y, trend, day, week] = [0, 1, 2, 3].map(|i| column(path, i));
    let mut settings = Mstl::new(&[24, 168], y.len(), false);
    settings.every = true;
    let parts = settings.decompose(&y).unwrap();
    assert_eq!(y.len(), 3_600);
    for i in 0..y.len() {
        for (ours, theirs) in [
            (parts.trend[i], trend[i]),
            (parts.seasonals[0].1[i], day[i]),
            (parts.seasonals[1].1[i], week[i]),
        ] {
            assert!((ours - theirs).abs() < 1e-7, "{i}");
        }
    }
}

#[test]
#[ignore = "reads ../shared/data"]
fn peers_hourly_models_beat_the_last_week() {
    let y = column("forecasting/statsmodels/expected/mstl_elec_vic.csv", 1);
    let (mut naive, mut combined) = (0.0, 0.0);
    for start in (0..y.len() - 840 - 48).step_by(540) {
        let (past, truth) = (&y[start..start + 840], &y[start + 840..start + 888]);
        naive += mean_error(&last_week(past, 48, 168), truth);
        let paths: Vec<Vec<f64>> = MODELS
            .iter()
            .filter_map(|(_, make)| Some(make(past, &[24, 168])?.ahead(48)))
            .collect();
        assert_eq!(paths.len(), MODELS.len());
        let mean: Vec<f64> = (0..48)
            .map(|i| paths.iter().map(|p| p[i]).sum::<f64>() / paths.len() as f64)
            .collect();
        combined += mean_error(&mean, truth);
    }
    println!("last week {naive:.1}, mean of models {combined:.1}");
    assert!(combined < 0.85 * naive, "{combined} against {naive}");
}

/// (file, seconds a step, periods in steps)
const LABELLED: [(&str, i64, &[usize]); 7] = [
    (
        "realAWSCloudwatch/ec2_cpu_utilization_24ae8d.csv",
        300,
        &[288],
    ),
    (
        "realAWSCloudwatch/ec2_cpu_utilization_5f5533.csv",
        300,
        &[288],
    ),
    (
        "realAWSCloudwatch/ec2_disk_write_bytes_1ef3de.csv",
        300,
        &[288],
    ),
    (
        "realAWSCloudwatch/elb_request_count_8c0756.csv",
        300,
        &[288],
    ),
    ("realAWSCloudwatch/grok_asg_anomaly.csv", 300, &[288]),
    (
        "realAWSCloudwatch/rds_cpu_utilization_cc0c53.csv",
        300,
        &[288],
    ),
    ("realKnownCause/nyc_taxi.csv", 1_800, &[48, 336]),
];

#[test]
#[ignore = "reads ../shared/data"]
fn peers_unusual_spans_lie_in_labelled_windows() {
    let seconds = |text: &str| {
        let time = parse_time(text.get(..19).unwrap(), &Zone::utc()).unwrap();
        time.at.secs()
    };
    let folder = "metrics/cloudwatch-nab";
    let labels =
        std::fs::read_to_string(shared(&format!("{folder}/combined_windows.json"))).unwrap();
    let labels: serde_json::Value = serde_json::from_str(&labels).unwrap();
    let (mut found, mut windows, mut right, mut spans) = (0, 0, 0, 0);
    for (file, step, periods) in LABELLED {
        let text = std::fs::read_to_string(shared(&format!("{folder}/{file}"))).unwrap();
        let points: Vec<(i64, f64)> = text
            .lines()
            .skip(1)
            .filter_map(|line| {
                let (time, value) = line.split_once(',')?;
                Some((seconds(time).div_euclid(step), value.parse().ok()?))
            })
            .collect();
        let (first, last) = (points[0].0, points[points.len() - 1].0);
        let mut y = vec![f64::NAN; (last - first + 1) as usize];
        for (place, value) in &points {
            y[(place - first) as usize] = *value;
        }
        let spoken = anomaly::find(&y, periods, &[], anomaly::RATE);
        let labelled: Vec<(i64, i64)> = labels[file]
            .as_array()
            .unwrap()
            .iter()
            .map(|w| {
                (
                    seconds(w[0].as_str().unwrap()),
                    seconds(w[1].as_str().unwrap()),
                )
            })
            .collect();
        let meet = |s: &anomaly::Span, w: &(i64, i64)| {
            (first + s.from as i64) * step <= w.1 && (first + s.to as i64) * step >= w.0
        };
        let hit = labelled
            .iter()
            .filter(|w| spoken.iter().any(|s| meet(s, w)))
            .count();
        let good = spoken
            .iter()
            .filter(|s| labelled.iter().any(|w| meet(s, w)))
            .count();
        println!(
            "{file:52} windows {hit}/{}, spans {good}/{}",
            labelled.len(),
            spoken.len()
        );
        found += hit;
        windows += labelled.len();
        right += good;
        spans += spoken.len();
    }
    println!("recall {found}/{windows}, precision {right}/{spans}");
    assert_eq!(windows, 17);
    assert!(found >= 12, "{found} windows found");
    assert!(right * 5 >= spans * 4, "{right} of {spans} spans are right");
}
