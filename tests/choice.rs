//! Models by name, the combination of all of them, and what is done with input that nobody would hope for.

use clap::Parser;
use headroom::analysis::forecast::{
    Aggregate, Forecast, ForecastError, ForecastParams, Horizon, forecast,
};
use headroom::calendar::Instant;
use headroom::cli::forecast::{ForecastArgs, run};
use headroom::cli::{CommonArgs, Outcome};
use headroom::dataset::{Series, SeriesInfo};

use crate::forecast_coverage::noise;

fn daily(values: Vec<f64>) -> Series {
    Series {
        info: SeriesInfo::default(),
        times: (0..values.len() as i64)
            .map(|i| Instant::from_secs(1_767_225_600 + 86_400 * i))
            .collect(),
        values,
    }
}

/// A level that wanders, with a weekly pattern that is larger at weekends.
fn wandering(days: usize) -> Series {
    let shocks = noise(11, days);
    let mut level = 200.0;
    daily(
        (0..days)
            .map(|i| {
                level += 1.5 * shocks[i];
                level + [0.0, 2.0, 3.0, 1.0, 4.0, 18.0, 15.0][i % 7]
            })
            .collect(),
    )
}

fn asked(series: &Series, model: &str) -> Result<Forecast, ForecastError> {
    let params = ForecastParams {
        model: Some(model.to_owned()),
        horizon: Horizon::Steps(14),
        ..ForecastParams::default()
    };
    forecast(series, &params)
}

#[test]
fn every_family_has_an_answer_by_its_name() {
    let series = wandering(90);
    for (name, model) in [
        ("ets", "ETS("),
        ("theta", "DynamicOptimizedTheta"),
        ("arima", "ARIMA"),
        ("ces", "CES("),
        ("decomposition", "MSTL + "),
        ("Double-Seasonal", "Seasonal smoothing"),
        ("harmonic", "Harmonic"),
        ("profile", "Recent profile"),
        ("combination", "combination"),
    ] {
        let result = asked(&series, name).unwrap();
        assert!(result.model.starts_with(model), "{name}: {}", result.model);
        let backtest = result.backtest.unwrap();
        assert!(backtest.mase.is_some_and(|m| m < 1.5), "{name}");
        // The weekend stands out in all of them: the days of the past repeat with the week.
        let at = |i: usize| result.points[i].mean;
        let weekend = (0..14).filter(|i| (90 + i) % 7 >= 5).map(at).sum::<f64>() / 4.0;
        let week = (0..14).filter(|i| (90 + i) % 7 < 5).map(at).sum::<f64>() / 10.0;
        assert!(weekend > week + 8.0, "{name}: {weekend} {week}");
    }
}

#[test]
fn each_candidate_can_be_asked_for() {
    let series = wandering(90);
    let result = asked(&series, "combination").unwrap();
    assert!(result.candidates.len() > 6, "{:?}", result.candidates);
    assert_eq!(result.candidates[0].model, "combination");
    for candidate in &result.candidates {
        assert!(candidate.mase.is_some(), "{candidate:?}");
        asked(&series, &candidate.model).unwrap();
    }
    assert!(result.why.contains("Most weight"), "{}", result.why);
    assert_eq!(asked(&series, "combination").unwrap(), result);
}

/// Where nothing repeats, the forecast is the middle one of three models, each of which has an equal share.
#[test]
fn without_a_season_the_median_is_taken_and_said() {
    let mut weekly = daily(noise(5, 24).iter().map(|e| 50.0 + e).collect());
    weekly.times = (0..24)
        .map(|i| Instant::from_secs(1_767_225_600 + 7 * 86_400 * i))
        .collect();
    let params = ForecastParams {
        horizon: Horizon::Steps(4),
        aggregate: Aggregate::None,
        ..ForecastParams::default()
    };
    let result = forecast(&weekly, &params).unwrap();
    assert!(
        result.why.starts_with("The median of 3 models"),
        "{}",
        result.why
    );
    assert!(!result.why.contains("weights"), "{}", result.why);
    let names: Vec<&str> = result.candidates.iter().map(|c| c.model.as_str()).collect();
    for name in ["ETS average", "DynamicOptimizedTheta", "ARIMA average"] {
        assert!(names.contains(&name), "{names:?}");
    }
}

#[test]
fn a_model_without_its_season_says_what_it_needs() {
    let params = ForecastParams {
        model: Some("profile".to_owned()),
        horizon: Horizon::Steps(6),
        aggregate: Aggregate::None,
        ..ForecastParams::default()
    };
    let mut weekly = daily(noise(3, 40));
    weekly.times = (0..40)
        .map(|i| Instant::from_secs(1_767_225_600 + 7 * 86_400 * i))
        .collect();
    let error = forecast(&weekly, &params).unwrap_err().to_string();
    assert!(error.contains("--season"), "{error}");
}

/// Wide enough on short histories: one level and noise, forecast from twelve to forty values.
#[test]
fn ranges_of_short_histories_hold() {
    let mut inside = (0.0, 0.0);
    let mut count = 0.0;
    for seed in 0..60 {
        let n = 16 + (seed % 5) as usize * 6;
        let values: Vec<f64> = noise(seed, n + 6).iter().map(|e| 50.0 + e).collect();
        let params = ForecastParams {
            horizon: Horizon::Steps(6),
            ..ForecastParams::default()
        };
        let result = forecast(&daily(values[..n].to_vec()), &params).unwrap();
        for (actual, p) in values[n..].iter().zip(&result.points) {
            inside.0 += f64::from(u8::from((p.lo80..=p.hi80).contains(actual)));
            inside.1 += f64::from(u8::from((p.lo95..=p.hi95).contains(actual)));
            count += 1.0;
        }
    }
    let (in80, in95) = (inside.0 / count, inside.1 / count);
    assert!((0.74..=0.95).contains(&in80), "{in80}");
    assert!((0.92..=1.0).contains(&in95), "{in95}");
}

#[test]
fn odd_input_is_answered_or_refused_in_a_sentence() {
    let n = 60;
    let zeros = daily(vec![0.0; n]);
    let constant = forecast(&zeros, &ForecastParams::default()).unwrap();
    assert_eq!(constant.model, "constant");
    let mut holes = wandering(n);
    for i in [3, 17, 18, 19, 40] {
        holes.values[i] = f64::NAN;
    }
    let mut twice = wandering(n);
    twice.times[10] = twice.times[9];
    let negative = daily(wandering(n).values.iter().map(|v| -v).collect());
    let mut spike = wandering(n);
    spike.values[30] = 1e12;
    for series in [&holes, &twice, &negative, &spike] {
        let result = forecast(series, &ForecastParams::default()).unwrap();
        for p in &result.points {
            assert!(p.lo95 <= p.lo80 && p.lo80 <= p.hi80 && p.hi80 <= p.hi95);
            assert!(p.mean.is_finite() && p.lo95.is_finite() && p.hi95.is_finite());
        }
    }
    let far = ForecastParams {
        horizon: Horizon::Steps(1_000_000),
        ..ForecastParams::default()
    };
    let refused = forecast(&wandering(n), &far).unwrap_err().to_string();
    assert!(refused.contains("history"), "{refused}");
    let two = forecast(&daily(vec![1.0, 2.0]), &ForecastParams::default());
    assert!(two.unwrap_err().to_string().contains("too few"));
}

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    common: CommonArgs,
    #[command(flatten)]
    args: ForecastArgs,
}

#[test]
fn a_batch_with_a_limit_has_the_soonest_on_top() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in.csv"), folder.path().join("out.csv"));
    let mut text = "unique_id,ds,y\n".to_owned();
    let shocks = noise(5, 80);
    for (id, slope) in [("flat", 0.0), ("slow", 0.5), ("fast", 0.65)] {
        for (i, shock) in shocks.iter().enumerate() {
            let value = 20.0 + slope * i as f64 + 0.5 * shock;
            text.push_str(&format!("{id},{i},{value}\n"));
        }
    }
    std::fs::write(&input, text).unwrap();
    let words = [
        "forecast",
        input.to_str().unwrap(),
        "--batch",
        output.to_str().unwrap(),
        "--horizon",
        "40",
        "--capacity",
        "75",
        "-q",
    ];
    let line = Line::parse_from(words);
    assert_eq!(run(&line.args, &line.common).unwrap(), Outcome::Done);
    let written = std::fs::read_to_string(&output).unwrap();
    let mut order: Vec<&str> = written
        .lines()
        .skip(1)
        .filter_map(|l| l.split(',').next())
        .collect();
    order.dedup();
    assert_eq!(order, ["fast", "slow", "flat"]);
}
