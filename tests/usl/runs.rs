//! Load tests of a system whose law is known: steps, warm-up, pauses, runs that differ, sweeps of summaries, and what
//! the command refuses.

use headroom::analysis::capacity::Usl;

use super::near;
use crate::cli_place::Place;

/// A staged test of a system that follows a known law: users that send one request after the other (and pause for
/// `pause` times the response), held for 30 seconds a level, with five seconds of ramp between.
fn staged(law: Usl, levels: &[i64], pause: i64, slow_start: bool) -> String {
    let mut rows = String::from("timeStamp,elapsed,label,responseCode,success,bytes,allThreads\n");
    let start = 1_781_000_000_000_i64;
    let mut before = 0;
    for (step, level) in levels.iter().enumerate() {
        for second in 0..35_i64 {
            let users = if second < 5 {
                (before + (level - before) * second / 5).max(1)
            } else {
                *level
            };
            let busy = users as f64;
            let cold = if slow_start && step == 0 && (5..11).contains(&second) {
                3.0
            } else {
                1.0
            };
            let millis = law.response_secs(busy) * 1e3 * cold;
            let count = (busy * 1e3 / millis).round() as i64;
            for request in 0..count {
                // A little spread that averages out, the same in every second.
                let wobble = 1.0 + ((request * 7 + second * 3) % 11 - 5) as f64 / 100.0;
                let at = start + (step as i64 * 35 + second) * 1_000 + request * 1_000 / count;
                rows.push_str(&format!(
                    "{at},{},GET /,200,true,100,{}\n",
                    (millis * wobble).round(),
                    users * (1 + pause)
                ));
            }
        }
        before = *level;
    }
    rows
}

const SYSTEM: Usl = Usl {
    sigma: 0.05,
    kappa: 0.002,
    lambda: 10.0,
};

#[test]
fn a_staged_run_gives_its_law_back() {
    let place = Place::new();
    place.write("run.jtl", &staged(SYSTEM, &[1, 2, 4, 8, 16, 32], 0, true));
    let ended = place.run("capacity run.jtl --budget p95=180ms --json");
    assert_eq!(ended.code, 0, "{}", ended.err);
    let document = ended.json();
    assert_eq!(document["concurrency"], "users");
    let users: Vec<f64> = document["points"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["concurrency"].as_f64().unwrap())
        .collect();
    assert_eq!(users, [1.0, 2.0, 4.0, 8.0, 16.0, 32.0]);
    let usl = &document["usl"];
    near(usl["lambda"].as_f64().unwrap(), SYSTEM.lambda, 0.03);
    near(
        usl["peak_concurrency"].as_f64().unwrap(),
        SYSTEM.peak_concurrency().unwrap(),
        0.05,
    );
    near(
        usl["peak_throughput"].as_f64().unwrap(),
        SYSTEM.peak_throughput().unwrap(),
        0.01,
    );
    // 180 ms at the 95th percentile (5 % above the mean): between 8 and 16 users.
    let most = &document["max_passing"];
    assert_eq!(most["measured"]["concurrency"], 8.0);
    assert_eq!(most["next_failing"]["concurrency"], 16.0);
    assert_eq!(most["budget"], "P95 at most 180 ms, at most 1 % failed");
    let at = most["concurrency"].as_f64().unwrap();
    assert!(at > 8.0 && at < 16.0, "{at}");
    let (low, high) = (
        most["ci95"][0].as_f64().unwrap(),
        most["ci95"][1].as_f64().unwrap(),
    );
    let throughput = most["throughput"].as_f64().unwrap();
    assert!(
        low <= throughput && throughput <= high,
        "{low} {throughput} {high}"
    );
    // The ramps and the six cold seconds are said to the second.
    let left: Vec<String> = document["left_out"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| {
            format!(
                "{} {}-{}",
                l["why"].as_str().unwrap(),
                l["from_secs"],
                l["to_secs"]
            )
        })
        .collect();
    assert!(left.contains(&"warm_up 0.0-11.0".to_owned()), "{left:?}");
    assert!(left.contains(&"ramp 176.0-180.0".to_owned()), "{left:?}");
    assert!(
        document["warnings"].to_string().contains("Not counted"),
        "{}",
        document["warnings"]
    );
}

/// Users that pause are not concurrency: the curve is over requests in flight, and says so.
#[test]
fn users_that_pause_are_not_in_flight() {
    let place = Place::new();
    place.write("run.jtl", &staged(SYSTEM, &[1, 2, 4, 8, 16], 2, false));
    let document = place.run("capacity run.jtl --json").json();
    assert_eq!(document["concurrency"], "in_flight");
    let basis = document["basis"].as_str().unwrap();
    assert!(basis.contains("users pause: of 100 users 33"), "{basis}");
    let last = document["points"].as_array().unwrap().last().unwrap();
    near(last["concurrency"].as_f64().unwrap(), 16.0, 0.03);
    assert_eq!(last["users"], 48.0);
    assert!(
        document["max_passing"].is_null() && last["passes"].is_null(),
        "no budget was given"
    );
}

/// Two versions of a system in one curve are pointed at.
#[test]
fn runs_that_differ_are_pointed_at() {
    let place = Place::new();
    let slower = Usl {
        lambda: 7.0,
        ..SYSTEM
    };
    place.write("a.jtl", &staged(SYSTEM, &[1, 2, 4, 8], 0, false));
    let later = staged(slower, &[1, 2, 4, 8], 0, false).replace("17810", "17820");
    place.write("b.jtl", &later);
    let ended = place.run("capacity a.jtl b.jtl");
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(
        ended.err.contains("The runs differ by up to 3"),
        "{}",
        ended.err
    );
    assert!(
        ended.out.contains("How it scales") || ended.out.contains("Throughput"),
        "{}",
        ended.out
    );
}

/// One text report a level of connections, as wrk prints it: a sweep of many runs.
#[test]
fn a_sweep_of_summaries_is_a_curve() {
    let place = Place::new();
    let mut line = "capacity".to_owned();
    let report = std::fs::read_to_string(crate::shared_data::own("wrk/wrk.txt")).unwrap();
    for connections in [1, 2, 4, 8, 16] {
        let rate = SYSTEM.throughput(f64::from(connections));
        let text: String = report
            .lines()
            .map(|l| {
                if l.contains("connections") {
                    format!("  1 threads and {connections} connections\n")
                } else if l.starts_with("Requests/sec") {
                    format!("Requests/sec: {rate:.4}\n")
                } else {
                    format!("{l}\n")
                }
            })
            .collect();
        place.write(&format!("wrk-{connections}.txt"), &text);
        line.push_str(&format!(" wrk-{connections}.txt"));
    }
    let ended = place.run(&format!("{line} --json"));
    assert_eq!(ended.code, 0, "{}", ended.err);
    let document = ended.json();
    assert_eq!(
        document["concurrency"], "users",
        "wrk waits for each response"
    );
    let usl = &document["usl"];
    near(usl["sigma"].as_f64().unwrap(), SYSTEM.sigma, 1e-3);
    near(usl["kappa"].as_f64().unwrap(), SYSTEM.kappa, 1e-3);
}

#[test]
fn what_the_command_refuses() {
    let place = Place::new();
    place.write("table.csv", "concurrency,throughput\n1,10\n2,19\n4,33\n");
    for (line, kind, says) in [
        ("capacity --json", "usage", "file"),
        ("capacity --x n --json", "usage", "--x and --y name columns"),
        ("capacity gone.jtl --json", "missing-file", "gone.jtl"),
        (
            "capacity metrics.csv --json",
            "nothing-usable",
            "no load test",
        ),
        (
            "capacity table.csv run.jtl --json",
            "usage",
            "cannot be mixed",
        ),
        (
            "capacity table.csv --budget p95=1s --json",
            "usage",
            "needs a column of it, such as p95_ms",
        ),
        (
            "capacity run.jtl --budget fast --json",
            "usage",
            "p95=200ms",
        ),
    ] {
        let message = place.run(line).error(kind)["message"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(message.contains(says), "{line}: {message}");
    }
    // A run at one level is an answer: what it measured, and which test to run.
    let one = place.run("capacity run.jtl --json");
    assert_eq!(one.code, 0, "{}", one.err);
    let document = one.json();
    assert!(document["usl"].is_null() && document["knee"].is_null());
    assert!(
        document["sentence"]
            .as_str()
            .unwrap()
            .contains("run a test that holds")
    );
}
