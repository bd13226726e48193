//! What limits the throughput and what does not, from the outside: fill levels, resources that clip and bend, targets
//! beside reserves, tables that only fall, what is free, and many series against one limit.

use headroom::calendar::Instant;
use headroom::units::Micros;
use serde_json::Value;

use crate::cli_place::Place;

const HOUR: i64 = 3_600_000_000;

/// A table of series by the hour from 1 May 2026 on.
fn hourly(place: &Place, file: &str, header: &str, hours: i64, row: impl Fn(i64) -> Vec<f64>) {
    let mut text = format!("time,{header}\n");
    let start = Instant::from_secs(1_777_593_600);
    for hour in 0..hours {
        let at = start.plus(Micros(hour * HOUR));
        let cells: Vec<String> = row(hour).iter().map(|v| format!("{v:.3}")).collect();
        text.push_str(&format!("{at},{}\n", cells.join(",")));
    }
    place.write(file, &text);
}

/// Requests from 120 to 200 a second with the hour of the day, and a little more each day.
fn requests(hour: i64, growth_a_day: f64) -> f64 {
    let swing = (hour % 24 - 12).abs() as f64 / 12.0 * 80.0;
    let wobble = (hour * 7_919 % 101) as f64 / 101.0 * 12.0;
    120.0 + swing + wobble + growth_a_day * hour as f64 / 24.0
}

fn noise(hour: i64) -> f64 {
    (hour * 104_729 % 97) as f64 / 48.0 - 1.0
}

/// Between −1 and 1, without any pattern in the hours (splitmix64; Steele, Lea and Flood 2014).
fn scatter(hour: i64) -> f64 {
    let mut z = (hour as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

/// The ceilings by their names, with their intervals.
fn ceilings(document: &Value) -> Vec<(String, f64, f64, f64)> {
    let list = document["headroom"]["resources"].as_array().unwrap();
    let one = |r: &Value| {
        let name = r["name"].as_str().unwrap().to_owned();
        let ends = (number(&r["ci95"][0]), number(&r["ci95"][1]));
        (name, number(&r["throughput"]), ends.0, ends.1)
    };
    list.iter().map(one).collect()
}

const DEMAND: &str = "--demand requests_per_second";

/// A disk fills with the weeks while the requests grow, and each request leaves a trace on it: neither a name that says
/// how full it is nor one that says nothing makes it a ceiling.
#[test]
fn what_fills_up_is_no_ceiling_on_the_throughput() {
    let place = Place::new();
    for name in ["disk_used_percent", "disk_percent"] {
        let header = format!("requests_per_second,cpu_percent,{name}");
        hourly(&place, "fill.csv", &header, 90 * 24, |hour| {
            let rate = requests(hour, 2.0);
            let disk = 20.0 + hour as f64 / 40.0 + rate * 0.005;
            vec![rate, 4.0 + 0.1 * rate + noise(hour), disk]
        });
        let ended = place.run(&format!("capacity fill.csv {DEMAND} --json"));
        let document = ended.json();
        let found = ceilings(&document);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, "CPU (cpu_percent)");
        assert!((found[0].1 - 760.0).abs() < 5.0, "{found:?}");
        assert_eq!(ended.code, 0, "{}", ended.err);
        let why = if name == "disk_used_percent" {
            "it says how full it is"
        } else {
            "it rises over the same time as the load, not with it"
        };
        assert!(ended.err.contains(why), "{name}: {}", ended.err);
    }
}

/// 80 % at (80 − 5) / 0.34 = 220.6 requests/s; from 279 on the processor is full, and so are half of the hours.
#[test]
fn a_resource_that_clips_does_not_raise_its_own_ceiling() {
    let place = Place::new();
    hourly(
        &place,
        "sat.csv",
        "requests_per_second,cpu_percent",
        40 * 24,
        |hour| {
            let rate = requests(hour, 4.0) + 30.0;
            vec![rate, (5.0 + 0.34 * rate + 2.0 * scatter(hour)).min(100.0)]
        },
    );
    let ended = place.run(&format!("capacity sat.csv {DEMAND}"));
    assert!(
        ended
            .out
            .contains("were left out because it is full there (98 % or more)"),
        "{}",
        ended.out
    );
    let document = place
        .run(&format!("capacity sat.csv {DEMAND} --json"))
        .json();
    let (_, at, low, high) = ceilings(&document).remove(0);
    assert!((at - 220.6).abs() < 1.5, "{at}");
    assert!(
        low < 220.6 && 220.6 < high && high - low < 4.0,
        "{low} {high}"
    );
}

/// A processor that is full at every load says nothing of the load that it carries.
#[test]
fn a_resource_that_is_always_full_gives_no_ceiling() {
    let place = Place::new();
    hourly(
        &place,
        "full.csv",
        "requests_per_second,cpu_percent",
        20 * 24,
        |hour| {
            let rate = requests(hour, 0.0);
            vec![rate, (80.0 + 0.2 * rate + noise(hour)).min(100.0)]
        },
    );
    let ended = place.run(&format!("capacity full.csv {DEMAND} --json"));
    let error = ended.error("nothing-usable");
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("it is full (98 % or more) from"), "{hint}");
}

/// 2 + 0.1x + 0.0012x² is 80 at (−0.1 + √(0.01 + 0.3744)) / 0.0024 = 216.7.
#[test]
fn a_demand_that_bends_up_has_the_ceiling_of_its_bend() {
    let place = Place::new();
    hourly(
        &place,
        "bend.csv",
        "requests_per_second,cpu_percent",
        30 * 24,
        |hour| {
            let rate = requests(hour, 0.0) - 60.0;
            vec![rate, 2.0 + 0.1 * rate + 0.0012 * rate * rate + noise(hour)]
        },
    );
    let document = place
        .run(&format!("capacity bend.csv {DEMAND} --json"))
        .json();
    let (_, at, low, high) = ceilings(&document).remove(0);
    assert!((at - 216.7).abs() < 3.0, "{at}");
    assert!(
        low < 216.7 && 216.7 < high && high - low < 12.0,
        "{low} {high}"
    );
    let ended = place.run(&format!("capacity bend.csv {DEMAND}"));
    for words in [
        "it rises faster at high load, so a curve with a square was fitted (a straight line would say",
        "the highest load measured, the square is extrapolated",
    ] {
        assert!(ended.out.contains(words), "{words}: {}", ended.out);
    }
}

/// 5 % + 0.34 % a request: 220.6 at 80 %, 191.2 at 70 %, 279.4 at all of it.
#[test]
fn the_target_utilisation_is_said_and_can_be_chosen() {
    let place = Place::new();
    hourly(
        &place,
        "cpu.csv",
        "requests_per_second,cpu_percent",
        20 * 24,
        |hour| {
            let rate = requests(hour, 0.0) - 20.0;
            vec![rate, 5.0 + 0.34 * rate + noise(hour)]
        },
    );
    let base = format!("capacity cpu.csv {DEMAND}");
    let usual = place.run(&base);
    for words in [
        "bound by CPU (cpu_percent) at 80 %",
        "CPU (cpu_percent)  80 %    22",
        "CPU (cpu_percent) reaches 80 % at 22",
        "Assumed: CPU (cpu_percent) counts as used up at its target utilisation of 80 % (100 % would be 2",
        "Assumed: nothing more is held in reserve",
    ] {
        assert!(usual.out.contains(words), "{words}: {}", usual.out);
    }
    let chosen = place.run(&format!("{base} --target-utilisation 70% --reserve 20%"));
    for words in [
        "at 70 %",
        "the reserve of 20 % comes off the throughput at that target",
    ] {
        assert!(chosen.out.contains(words), "{words}: {}", chosen.out);
    }
    let document = place
        .run(&format!("{base} --target-utilisation 70% --json"))
        .json();
    let first = &document["headroom"]["resources"][0];
    assert!(
        (number(&first["throughput"]) - 191.2).abs() < 1.0,
        "{first}"
    );
    assert_eq!(number(&first["target_percent"]), 70.0);
    assert!(
        (number(&first["full_per_sec"]) - 279.4).abs() < 2.0,
        "{first}"
    );
    for (option, says) in [
        ("--target-utilisation 0%", "from 1 % to 100 %, such as 70%"),
        (
            "--target-utilisation 120%",
            "from 1 % to 100 %, such as 70%",
        ),
        ("--target-utilisation much", "--target-utilisation"),
    ] {
        let error = place.run(&format!("{base} {option} --json")).error("usage");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(says), "{option}: {message}");
    }
    place.write("sweep.csv", "users,rps\n1,10\n2,19\n4,35\n");
    let lonely = place.run("capacity sweep.csv --target-utilisation 70% --json");
    let message = lonely.error("usage")["message"].to_string();
    assert!(
        message.contains("--target-utilisation needs --demand"),
        "{message}"
    );
}

fn table(place: &Place, pairs: &[(f64, f64)]) -> Value {
    let mut text = String::from("concurrency,throughput\n");
    for (n, x) in pairs {
        text.push_str(&format!("{n},{x}\n"));
    }
    place.write("table.csv", &text);
    place.run("capacity table.csv --json").json()
}

#[test]
fn a_table_that_only_falls_is_not_said_to_rise() {
    let place = Place::new();
    for (pairs, lowest) in [
        (
            [
                (1.0, 100.0),
                (2.0, 80.0),
                (4.0, 60.0),
                (8.0, 40.0),
                (16.0, 20.0),
            ],
            "(100 with a concurrency of 1)",
        ),
        (
            [
                (32.0, 900.0),
                (64.0, 700.0),
                (128.0, 480.0),
                (256.0, 300.0),
                (512.0, 170.0),
            ],
            "(900 with a concurrency of 32)",
        ),
    ] {
        let document = table(&place, &pairs);
        let sentence = document["sentence"].as_str().unwrap();
        assert!(
            sentence.starts_with("Throughput falls from the lowest level on")
                && sentence.contains(lowest)
                && sentence.ends_with("test fewer"),
            "{sentence}"
        );
        assert!(document["plateau"].is_null(), "{document}");
        assert!(document["usl"]["limit"].is_null() || number(&document["usl"]["sigma"]) <= 1.0);
    }
}

#[test]
fn a_straight_table_has_no_limit_and_a_level_one_does_not_rise() {
    let place = Place::new();
    let straight = table(
        &place,
        &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0].map(|n| (n, 10.0 * n)),
    );
    let sentence = straight["sentence"].as_str().unwrap();
    assert!(sentence.contains("no limit is in sight"), "{sentence}");
    assert_eq!(number(&straight["usl"]["sigma"]), 0.0);
    assert_eq!(number(&straight["usl"]["kappa"]), 0.0);
    assert!(straight["usl"]["limit"].is_null());
    let level = table(&place, &[1.0, 2.0, 4.0, 8.0, 16.0].map(|n| (n, 100.0)));
    let sentence = level["sentence"].as_str().unwrap();
    assert!(
        sentence.starts_with("More concurrency changes nothing: throughput stays near 100"),
        "{sentence}"
    );
}

/// What is free falls under a limit; it is not "over already".
#[test]
fn a_limit_on_what_is_free_is_refused() {
    let place = Place::new();
    let falling = |hour: i64| vec![500e9 - 2e8 * hour as f64 + 1e8 * noise(hour)];
    hourly(&place, "free.csv", "disk_free_bytes", 30 * 24, falling);
    let refused = place.run("forecast free.csv --capacity 2e10 --json");
    let message = refused.error("no-forecast")["message"].to_string();
    assert!(
        message.contains("counts what is free") && message.contains("the series of what is used"),
        "{message}"
    );
    let plain = place.run("forecast free.csv --json");
    assert_eq!(plain.code, 0, "{}", plain.err);
    // In a project the limit is passed over and said so.
    let made =
        place.run("import free.csv --project f.headroom --limit disk_free_bytes=20000000000");
    assert_eq!(made.code, 0, "{}", made.err);
    let of_project = place.run("forecast --project f.headroom");
    assert!(
        of_project.err.contains("counts what is free"),
        "{}",
        of_project.err
    );
}

/// Fourteen series that grow by 0.1 to 1.4 a day from 45, over sixty days.
fn growing(place: &Place) {
    let mut long = String::from("unique_id,ds,y\n");
    let mut wide = String::from("time");
    for series in 1..=14 {
        wide.push_str(&format!(",s{series:02}"));
    }
    wide.push('\n');
    let start = Instant::from_secs(1_777_593_600);
    let value = |series: i64, day: i64| {
        45.0 + 0.1 * series as f64 * day as f64 + 0.3 * noise(day * 31 + series * 7)
    };
    for day in 0..60 {
        let at = start.plus(Micros(day * 24 * HOUR));
        wide.push_str(&at.to_string());
        for series in 1..=14 {
            wide.push_str(&format!(",{:.3}", value(series, day)));
        }
        wide.push('\n');
    }
    for series in 1..=14 {
        for day in 0..60 {
            let at = start.plus(Micros(day * 24 * HOUR));
            long.push_str(&format!("s{series:02},{at},{:.3}\n", value(series, day)));
        }
    }
    place.write("long.csv", &long);
    place.write("wide.csv", &wide);
}

#[test]
fn many_series_say_which_runs_out_first_and_when() {
    let place = Place::new();
    growing(&place);
    let batch = "forecast long.csv --batch out.csv --horizon 50 --capacity 85 --lead-time 3d";
    let ended = place.run(batch);
    assert_eq!(ended.code, 0, "{}", ended.err);
    let lines: Vec<&str> = ended.out.lines().collect();
    assert!(lines[0].starts_with("runs out first"), "{}", ended.out);
    for word in ["P50", "P10 to P90", "within horizon", "order by"] {
        assert!(lines[0].contains(word), "{}", lines[0]);
    }
    // s14 is over 85 since day 29; s06 is at 80 and gets there within eight days, s04 within the horizon, s03 does not.
    assert!(
        lines[1].contains("over already") && lines[1].ends_with("now"),
        "{}",
        lines[1]
    );
    let sixth = lines.iter().find(|l| l.starts_with("s06")).unwrap();
    assert!(sixth.contains("2026-0"), "{sixth}");
    assert_eq!(lines.iter().filter(|l| l.starts_with('s')).count(), 10);
    assert!(ended.out.contains("more (--json has all)"), "{}", ended.out);
    assert!(
        ended
            .out
            .contains("of 14 series do not reach the limit within the horizon"),
        "{}",
        ended.out
    );
    let document = place.run(&format!("{batch} --json")).json();
    let rows = document["limits"].as_array().unwrap();
    assert_eq!(rows.len(), 14);
    let middle: Vec<f64> = rows
        .iter()
        .filter(|r| r["already_over"] == false)
        .filter_map(|r| r["days_remaining"]["p50"].as_f64())
        .collect();
    assert!(middle.len() >= 2 && middle.is_sorted(), "{middle:?}");
    for row in &rows[11..] {
        assert!(
            ["s01", "s02", "s03"].contains(&row["series"].as_str().unwrap()),
            "{row}"
        );
        assert!(number(&row["probability_within_horizon"]) < 0.1, "{row}");
    }
    // The same from a table with a column for each.
    let wide = place.run("forecast wide.csv --horizon 50d --capacity 85 --force");
    assert_eq!(wide.code, 1, "{}", wide.err);
    assert!(wide.out.starts_with("runs out first"), "{}", wide.out);
    assert!(wide.out.contains("14 series forecast"), "{}", wide.out);
}

#[test]
fn requests_per_minute_are_read_as_such() {
    let place = Place::new();
    hourly(
        &place,
        "rpm.csv",
        "requests_per_minute,cpu_percent",
        20 * 24,
        |hour| {
            let rate = requests(hour, 0.0) - 20.0;
            vec![rate * 60.0, 5.0 + 0.34 * rate + noise(hour)]
        },
    );
    let ended = place.run("capacity rpm.csv --demand requests_per_minute --json");
    let document = ended.json();
    assert!(
        ended.err.contains("read as requests per minute"),
        "{}",
        ended.err
    );
    let (_, at, ..) = ceilings(&document).remove(0);
    assert!((at - 220.6).abs() < 1.5, "{at}");
    let demand = number(&document["headroom"]["demand_peak"]);
    assert!((150.0..200.0).contains(&demand), "{demand}");
}

#[test]
fn a_table_takes_its_demand_from_metrics_beside_it() {
    let place = Place::new();
    place.write(
        "tb.csv",
        "concurrency,throughput\n1,100\n2,190\n4,340\n8,520\n16,640\n",
    );
    hourly(
        &place,
        "load.csv",
        "requests_per_second,cpu_percent",
        30 * 24,
        |hour| {
            let rate = requests(hour, 1.0);
            vec![rate, 4.0 + 0.1 * rate + noise(hour)]
        },
    );
    let ended = place.run(&format!("capacity tb.csv load.csv {DEMAND} --json"));
    let document = ended.json();
    let names: Vec<String> = ceilings_named(&document);
    assert!(names.contains(&"CPU (cpu_percent)".to_owned()), "{names:?}");
    assert!(!document["usl"].is_null());
    assert!(!document["chain"].is_null(), "{}", ended.err);
    let alone = place.run("capacity tb.csv load.csv --json").error("usage");
    assert!(
        alone["message"].to_string().contains("need --demand"),
        "{alone}"
    );
    let mixed = place.run("capacity tb.csv run.jtl --json").error("usage");
    assert!(
        mixed["message"]
            .to_string()
            .contains("cannot be mixed with load tests"),
        "{mixed}"
    );
}

fn ceilings_named(document: &Value) -> Vec<String> {
    let list = document["headroom"]["resources"].as_array().unwrap();
    list.iter()
        .map(|r| r["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_table_over_nodes_needs_no_names_of_columns() {
    let place = Place::new();
    place.write(
        "nodes.csv",
        "nodes,throughput\n1,100\n2,190\n3,270\n4,340\n6,455\n8,540\n",
    );
    let ended = place.run("capacity nodes.csv --demand 400rps --nodes 6 --fail 1 --json");
    let document = ended.json();
    let names = ceilings_named(&document);
    assert_eq!(names, ["the curve over nodes at 6"], "{}", ended.err);
    let refused = place.run("capacity nodes.csv --budget p95=200ms --json");
    assert_eq!(refused.code, 2);
    place.write("odd.csv", "boxes,work\n1,100\n2,190\n3,270\n");
    let odd = place.run("capacity odd.csv --json");
    assert_eq!(odd.code, 2);
    let hint = odd.json()["error"]["hint"].to_string();
    assert!(hint.contains("--x nodes --y throughput"), "{hint}");
}

/// 150 ms at 8, 250 ms at 16: 200 ms lie half way, at 12 and 580 requests/s.
#[test]
fn a_table_with_a_percentile_takes_a_budget() {
    let place = Place::new();
    let rows = "1,100,20,0\n2,190,40,0\n4,340,80,0\n8,520,150,0.002\n16,640,250,0.004\n";
    place.write("p.csv", &format!("users,rps,p95_ms,error_rate\n{rows}"));
    let document = place.run("capacity p.csv --budget p95=200ms --json").json();
    let most = &document["max_passing"];
    assert!((number(&most["throughput"]) - 580.0).abs() < 1e-9, "{most}");
    assert!((number(&most["concurrency"]) - 12.0).abs() < 1e-9, "{most}");
    assert_eq!(document["budget"], "P95 at most 200 ms, at most 1 % failed");
    // Failures reach a tenth of a percent before 8 users do.
    let strict = place
        .run("capacity p.csv --budget p95=200ms,error_rate=0.1% --json")
        .json();
    assert!((number(&strict["max_passing"]["throughput"]) - 430.0).abs() < 1e-9);
    place.write(
        "s.csv",
        "users,rps,p95 (s)\n1,100,0.02\n2,190,0.04\n8,520,0.15\n16,640,0.25\n",
    );
    let ended = place.run("capacity s.csv --budget p95=200ms --demand 400rps");
    assert!(
        ended.out.contains("requests/s at P95 ≤ 200 ms"),
        "{}",
        ended.out
    );
    assert!(
        ended.err.contains("says nothing of failures"),
        "{}",
        ended.err
    );
    let other = place.run("capacity s.csv --budget p99=200ms --json");
    assert_eq!(other.code, 2);
    let message = other.json()["error"]["message"].to_string();
    assert!(
        message.contains("needs a column of it, such as p99_ms"),
        "{message}"
    );
}
