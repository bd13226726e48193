//! The scalability law against published coefficients, and the command that reads a table.

use headroom::analysis::capacity::{Usl, UslFit, fit};

use crate::cli_place::{Place, keys};

mod runs;

/// SGI Origin 2000 (raytracer), in Gunther's books and the R package usl.
const RAYTRACER: [(f64, f64); 11] = [
    (1.0, 20.0),
    (4.0, 78.0),
    (8.0, 130.0),
    (12.0, 170.0),
    (16.0, 190.0),
    (20.0, 200.0),
    (24.0, 210.0),
    (28.0, 230.0),
    (32.0, 260.0),
    (48.0, 280.0),
    (64.0, 310.0),
];
/// SPEC SDM 1991 on a Sun server.
const SPECSDM91: [(f64, f64); 7] = [
    (1.0, 64.9),
    (18.0, 995.9),
    (36.0, 1652.4),
    (72.0, 1853.2),
    (108.0, 1828.9),
    (144.0, 1775.0),
    (216.0, 1702.2),
];
/// Throughput of pods, as a user of the R package reported it.
const PODS: [(f64, f64); 6] = [
    (1.0, 60.0),
    (2.0, 120.0),
    (4.0, 220.0),
    (8.0, 400.0),
    (12.0, 440.0),
    (16.0, 490.0),
];
/// 1 to 32 on a Cisco server, from B. Schwartz, "Practical Scalability Analysis".
const CISCO: [f64; 32] = [
    955.16, 1878.91, 2688.01, 3548.68, 4315.54, 5130.43, 5931.37, 6531.08, 7219.8, 7867.61,
    8278.71, 8646.7, 9047.84, 9426.55, 9645.37, 9897.24, 10097.6, 10240.5, 10532.39, 10798.52,
    11151.43, 11518.63, 11806.0, 12089.37, 12075.41, 12177.29, 12211.41, 12158.93, 12155.27,
    12118.04, 12140.4, 12074.39,
];

fn cisco(up_to: usize) -> Vec<(f64, f64)> {
    CISCO
        .iter()
        .take(up_to)
        .enumerate()
        .map(|(i, x)| ((i + 1) as f64, *x))
        .collect()
}

#[track_caller]
fn near(actual: f64, expected: f64, relative: f64) {
    assert!(
        (actual - expected).abs() <= relative * expected.abs(),
        "{actual} is not {expected}"
    );
}

#[track_caller]
fn law(fitted: &UslFit, sigma: f64, kappa: f64, lambda: f64, relative: f64) {
    near(fitted.usl.sigma, sigma, relative);
    near(fitted.usl.kappa, kappa, relative);
    near(fitted.usl.lambda, lambda, relative);
}

#[track_caller]
fn errors(fitted: &UslFit, sigma: f64, kappa: f64, lambda: f64) {
    near(fitted.se.sigma.unwrap(), sigma, 2e-5);
    near(fitted.se.kappa.unwrap(), kappa, 2e-5);
    near(fitted.se.lambda.unwrap(), lambda, 2e-5);
}

#[track_caller]
fn said(fitted: &UslFit, words: &str) {
    assert!(
        fitted.notes.iter().any(|n| n.contains(words)),
        "{words}: {:#?}",
        fitted.notes
    );
}

#[test]
fn raytracer_first_six_rows() {
    let fitted = fit(&RAYTRACER[..6]).unwrap();
    law(&fitted, 0.024_444_041, 0.001_626_809_3, 20.856_045, 1e-7);
    errors(&fitted, 0.008_390_66, 0.000_261_399, 0.788_506);
    near(fitted.residual_se.unwrap().powi(2) * 3.0, 10.091_882, 1e-6);
    near(fitted.peak_concurrency.unwrap(), 24.488_251, 1e-7);
    near(fitted.peak_throughput.unwrap(), 203.488_18, 1e-7);
    // Student's t with n − 3 = 3 degrees of freedom, both sides: not the 90 % interval that the R package prints.
    let (low, high) = fitted.ci95.sigma.unwrap();
    assert!(
        (low + 0.002_26).abs() < 5e-6 && (high - 0.051_15).abs() < 5e-6,
        "{low} {high}"
    );
    let (low, high) = fitted.ci95.kappa.unwrap();
    assert!(
        (low - 0.000_795).abs() < 5e-7 && (high - 0.002_459).abs() < 5e-7,
        "{low} {high}"
    );
    let (low, high) = fitted.ci95.lambda.unwrap();
    assert!(
        (low - 18.347).abs() < 5e-4 && (high - 23.365).abs() < 5e-4,
        "{low} {high}"
    );
    said(
        &fitted,
        "Contention is not distinguishable from zero (95 % interval 0 to 0.0511)",
    );
    said(
        &fitted,
        "The peak at 24.5 lies above the highest measured level (20)",
    );
}

/// All rows ask for negative coherency: it is held at zero, and the other two parameters are those of Amdahl's law.
#[test]
fn raytracer_all_rows_at_the_bound() {
    let fitted = fit(&RAYTRACER).unwrap();
    near(fitted.usl.sigma, 0.057_770_78, 1e-6);
    assert_eq!(
        (fitted.usl.kappa, fitted.se.kappa, fitted.peak_concurrency),
        (0.0, None, None)
    );
    near(fitted.usl.lambda, 21.848_84, 1e-6);
    near(fitted.se.sigma.unwrap(), 0.005_257_96, 1e-5);
    near(fitted.se.lambda.unwrap(), 1.257_78, 1e-5);
    assert_eq!(fitted.df, 9);
    near(fitted.residual_se.unwrap().powi(2) * 9.0, 697.237_8, 1e-6);
    near(fitted.limit.unwrap(), 378.198_85, 1e-6);
    near(fitted.usl.throughput(17.309_8), 194.724, 1e-5);
    near(fitted.usl.throughput(96.0), 323.276_3, 1e-6);
    near(fitted.usl.throughput(128.0), 335.455_1, 1e-6);
    let free = fitted.unbounded.unwrap();
    near(free.sigma, 0.078_147_9, 1e-5);
    near(free.kappa, -0.000_201_122, 1e-5);
    near(free.lambda, 24.766_18, 1e-6);
    said(
        &fitted,
        "Coherency is zero: without bounds the points ask for −2.01e-4",
    );
    said(&fitted, "Coherency is not distinguishable from zero");
    // Coherency may still be a little above zero: the interval says how much, and the peak is open above.
    let (low, high) = fitted.ci95.kappa.unwrap();
    assert!(low == 0.0 && high > 1e-6 && high < 1e-3, "{high}");
    let (from, to) = fitted.peak_concurrency_ci95.unwrap();
    assert!(from > 32.0 && to.is_none(), "{from} {to:?}");
    let amdahl = fitted.laws.iter().find(|l| l.law == "amdahl").unwrap();
    near(amdahl.serial, fitted.usl.sigma, 1e-7);
}

#[test]
fn specsdm91() {
    let fitted = fit(&SPECSDM91).unwrap();
    law(
        &fitted,
        0.027_728_475_4,
        0.000_104_365_483,
        89.995_232_6,
        1e-8,
    );
    errors(&fitted, 9.121_73e-3, 1.987_53e-5, 14.213_5);
    near(fitted.residual_se.unwrap(), 82.85, 1e-4);
    near(fitted.residual_se.unwrap().powi(2) * 4.0, 27_453.72, 1e-6);
    assert_eq!(fitted.df, 4);
    let covariance = fitted.covariance.unwrap();
    for (row, column, value) in [
        (0, 0, 8.320_60e-5),
        (0, 1, -8.469_57e-8),
        (0, 2, 0.124_926),
        (1, 1, 3.950_26e-10),
        (1, 2, -6.863_21e-5),
        (2, 2, 202.023_3),
    ] {
        near(covariance[row][column], value, 1e-5);
        near(covariance[column][row], value, 1e-5);
    }
    near(fitted.peak_concurrency.unwrap(), 96.519_56, 1e-7);
    near(fitted.peak_concurrency_se.unwrap(), 8.987_95, 1e-5);
    near(fitted.peak_throughput.unwrap(), 1_883.899, 1e-6);
    near(fitted.limit.unwrap(), 3_245.589, 1e-6);
    for ((n, x), share) in SPECSDM91
        .iter()
        .zip([0.7211, 0.6148, 0.5100, 0.2860, 0.1882, 0.1370, 0.0876])
    {
        near(x / (fitted.usl.lambda * n), share, 4e-4);
    }
    assert!(
        fitted.has_contention() && fitted.has_coherency(),
        "{:?}",
        fitted.notes
    );
    // The profile's interval of the peak holds the delta method's neighbourhood and is finite on both sides.
    let (low, high) = fitted.peak_concurrency_ci95.unwrap();
    assert!(
        low > 60.0 && low < 90.0 && high.is_some_and(|h| h > 105.0 && h < 216.0),
        "{low} {high:?}"
    );
    // The band is widest where nothing was measured and narrow where the points are.
    let width = |n: f64| fitted.band(n).map(|(a, b)| b - a).unwrap();
    assert!(width(108.0) < width(400.0) && width(108.0) > 0.0);
}

#[test]
fn points_of_a_known_law_give_it_back() {
    let points = [
        (1.0, 1.0),
        (2.0, 1.8868),
        (4.0, 3.0769),
        (6.0, 3.5294),
        (8.0, 3.5398),
        (10.0, 3.3557),
    ];
    let fitted = fit(&points).unwrap();
    // The points are given to four decimals.
    law(&fitted, 0.02, 0.02, 1.0, 5e-4);
    near(fitted.peak_concurrency.unwrap(), 7.000_04, 1e-5);
}

#[test]
fn pods() {
    let fitted = fit(&PODS).unwrap();
    law(&fitted, 0.012_317_682, 0.003_549_022, 61.372_82, 1e-6);
    // Published to so many digits.
    near(fitted.se.sigma.unwrap(), 0.030_875, 2e-5);
    near(fitted.se.kappa.unwrap(), 0.001_327, 4e-4);
    near(fitted.se.lambda.unwrap(), 6.680_004, 1e-6);
    near(fitted.residual_se.unwrap(), 16.39, 1e-3);
    near(fitted.limit.unwrap(), 4_982.0, 1e-3);
    near(fitted.peak_concurrency.unwrap(), 16.68, 1e-3);
    near(fitted.peak_throughput.unwrap(), 482.6, 1e-3);
    said(&fitted, "Contention is not distinguishable from zero");
    said(
        &fitted,
        "Coherency is not distinguishable from zero (95 % interval 0 to 0.00777)",
    );
}

#[test]
fn cisco_and_what_half_of_it_would_have_said() {
    let fitted = fit(&cisco(32)).unwrap();
    law(&fitted, 0.026_715_946, 0.000_769_093_91, 995.648_79, 1e-7);
    errors(&fitted, 0.004_493_83, 8.645_45e-5, 28.698_4);
    near(fitted.peak_concurrency.unwrap(), 35.573_788, 1e-7);
    near(fitted.peak_throughput.unwrap(), 12_342.853, 1e-7);
    // The published figures, to their tolerance.
    near(fitted.usl.sigma, 0.026_715_91, 2e-4);
    near(fitted.usl.kappa, 7.690_945e-4, 2e-4);
    near(fitted.usl.lambda, 995.648_6, 2e-4);
    near(fitted.usl.throughput(35.0), 12_341.745_4, 2e-4);

    let half = fit(&cisco(12)).unwrap();
    assert_eq!(half.usl.sigma, 0.0);
    near(half.usl.kappa, 0.001_918_9, 3e-4);
    near(half.peak_concurrency.unwrap(), 22.8, 2e-3);
    near(half.peak_throughput.unwrap(), 10_622.6, 1e-4);
    said(&half, "lies above the highest measured level (12)");
    let quarter = fit(&cisco(8)).unwrap();
    near(quarter.peak_concurrency.unwrap(), 56.41, 1e-3);
    said(&quarter, "more than twice the highest measured level (8)");
    assert_eq!(quarter.peak_within_reach(), None);
}

/// Concurrency below one and between whole numbers, as databases report it.
#[test]
#[ignore = "reads ../shared/data"]
fn peers_oracledb() {
    let place = Place::new();
    let file = crate::shared_data::shared("scalability/oracledb.csv");
    let ended = place.run(&format!(
        "capacity {} --x db_time --y txn_rate --json",
        file.display()
    ));
    assert_eq!(ended.code, 0, "{}", ended.err);
    let usl = &ended.json()["usl"];
    for (key, value, relative) in [
        ("sigma", 0.441_371_57, 1e-6),
        ("kappa", 0.045_298_333, 1e-6),
        ("lambda", 3.386_078_4, 1e-7),
        ("peak_concurrency", 3.511_724_2, 1e-6),
        ("peak_throughput", 4.740_921_1, 1e-7),
        ("residual_se", 0.758_69, 1e-5),
    ] {
        near(usl[key].as_f64().unwrap(), value, relative);
    }
    for (key, value) in [
        ("sigma", 0.046_741_6),
        ("kappa", 0.016_184),
        ("lambda", 0.061_116_6),
    ] {
        near(usl["se"][key].as_f64().unwrap(), value, 2e-5);
    }
}

/// The law from its own points: no noise, no surprise, over a wide range of parameters.
#[test]
fn any_law_is_found_from_its_points() {
    for sigma in [0.0, 0.001, 0.05, 0.5] {
        for kappa in [0.0, 1e-7, 1e-4, 0.05] {
            for lambda in [0.3, 40.0, 20_000.0] {
                let truth = Usl {
                    sigma,
                    kappa,
                    lambda,
                };
                let points: Vec<(f64, f64)> = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0]
                    .map(|n| (n, truth.throughput(n)))
                    .to_vec();
                let fitted = fit(&points).unwrap();
                for n in [1.0, 30.0, 128.0] {
                    near(fitted.usl.throughput(n), truth.throughput(n), 1e-6);
                }
                near(fitted.usl.lambda, lambda, 1e-6);
                assert!((fitted.usl.sigma - sigma).abs() < 1e-6, "{fitted:?}");
            }
        }
    }
}

/// Thousands of points with noise, as a database reports them minute by minute.
#[test]
fn many_noisy_points() {
    let truth = Usl {
        sigma: 0.03,
        kappa: 0.001,
        lambda: 10.0,
    };
    let points: Vec<(f64, f64)> = (0..6_000_u32)
        .map(|i| {
            let n = 1.0 + f64::from(i * 7_919 % 6_000) / 100.0;
            let noise = f64::from(i * 104_729 % 2_001) / 1_000.0 - 1.0;
            (n, truth.throughput(n) + 3.0 * noise)
        })
        .collect();
    let fitted = fit(&points).unwrap();
    law(&fitted, truth.sigma, truth.kappa, truth.lambda, 0.03);
    near(fitted.residual_se.unwrap(), 3.0 / 3.0_f64.sqrt(), 0.03);
    for (range, value) in [
        (fitted.ci95.sigma, truth.sigma),
        (fitted.ci95.kappa, truth.kappa),
        (fitted.ci95.lambda, truth.lambda),
    ] {
        let (low, high) = range.unwrap();
        assert!(low < value && value < high, "{low} {value} {high}");
    }
}

#[test]
fn a_table_on_the_command_line() {
    let place = Place::new();
    let rows: String = SPECSDM91
        .iter()
        .map(|(n, x)| format!("{n};{x}\n"))
        .collect();
    place.write("spec.csv", &format!("Virtual users;Tasks per hour\n{rows}"));
    let ended = place.run("capacity spec.csv --x users --y tasks --json");
    let message = ended.error("unusable-file")["message"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        message
            .contains("no column \"users\" (--x); its columns are Virtual users, Tasks per hour"),
        "{message}"
    );

    let rows: String = SPECSDM91
        .iter()
        .map(|(n, x)| format!("{n},{x}\n"))
        .collect();
    place.write(
        "table.csv",
        &format!("concurrency,throughput\n{rows}0,0\n300,NaN\n"),
    );
    let ended = place.run("capacity table.csv --json");
    assert_eq!(ended.code, 0, "{}", ended.err);
    let document = ended.json();
    keys(&document, "usl max_passing knee points warnings");
    keys(
        &document["usl"],
        "sigma kappa lambda se ci95 r2 n peak_concurrency peak_concurrency_se peak_throughput limit measured_range",
    );
    near(
        document["usl"]["peak_concurrency"].as_f64().unwrap(),
        96.519_56,
        1e-7,
    );
    assert_eq!(
        document["usl"]["measured_range"],
        serde_json::json!([1.0, 216.0])
    );
    assert_eq!(document["usl"]["n"], 7);
    assert_eq!(document["points"].as_array().unwrap().len(), 7);
    assert!(document["max_passing"].is_null(), "no budget was given");
    let warnings = document["warnings"].to_string();
    assert!(
        warnings.contains("\"line\":9") && warnings.contains("\"line\":10"),
        "{warnings}"
    );

    let human = place.run("capacity table.csv -q");
    assert_eq!((human.code, human.err.as_str()), (0, ""));
    for words in ["contention σ", "1,884", "0.0277"] {
        assert!(human.out.contains(words), "{words}\n{}", human.out);
    }
}

#[test]
fn tables_that_say_too_little_say_what_is_missing() {
    let place = Place::new();
    for (content, kind, says) in [
        (
            "concurrency,throughput\n8,400\n8,410\n",
            "",
            "only one level of concurrency was measured (8)",
        ),
        (
            "concurrency,throughput\n8,400\n16,700\n",
            "",
            "at least 3 levels",
        ),
        (
            "concurrency,throughput\n0,0\n0,0\n",
            "unusable-file",
            "none of its 2 rows has a number above zero",
        ),
        (
            "concurrency,throughput\nNaN,1\n1,NaN\n",
            "unusable-file",
            "none of its 2 rows",
        ),
        (
            "concurrency,throughput\n",
            "unusable-file",
            "none of its 0 rows",
        ),
    ] {
        place.write("thin.csv", content);
        let ended = place.run("capacity thin.csv --json");
        if kind.is_empty() {
            assert_eq!(ended.code, 0, "{}", ended.err);
            let document = ended.json();
            assert!(document["usl"].is_null());
            let why = document["usl_refused"].as_str().unwrap();
            assert!(why.contains(says), "{why}");
        } else {
            let message = ended.error(kind)["message"].as_str().unwrap().to_owned();
            assert!(message.contains(says), "{message}");
        }
    }
}
