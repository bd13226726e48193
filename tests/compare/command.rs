//! `headroom compare` as a contract: exit codes, keys, what is refused, and the document for build servers.

use super::{Draw, SERVICE, Service};
use crate::cli_place::{Place, keys};

/// JMeter's CSV of a drawn run.
fn jtl(service: Service, seed: u64, label: &str) -> String {
    let mut draw = Draw(seed | 1);
    let mut text = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,bytes,grpThreads,allThreads,Latency\n".to_owned();
    for second in 0..service.secs {
        for k in 0..service.per_sec as i64 {
            let ms = (service.middle_ms * (0.3 * draw.normal()).exp()) as i64;
            let failed = draw.uniform() < service.error_rate;
            let at = (1_780_000_000 + second) * 1_000 + k * 1_000 / service.per_sec as i64;
            let (code, ok) = if failed { (503, false) } else { (200, true) };
            text.push_str(&format!(
                "{at},{ms},{label},{code},x,t 1-1,{ok},100,1,1,{ms}\n"
            ));
        }
    }
    text
}

fn place() -> Place {
    let place = Place::new();
    let service = Service {
        error_rate: 0.002,
        ..SERVICE
    };
    let label = "GET /<cart>&'\"x";
    let label = format!("\"{}\"", label.replace('"', "\"\""));
    let slow = Service {
        middle_ms: SERVICE.middle_ms * 1.3,
        ..service
    };
    place.write("base.jtl", &jtl(service, 11, &label));
    place.write("same.jtl", &jtl(service, 12, &label));
    place.write("slow.jtl", &jtl(slow, 13, &label));
    let short = Service { secs: 8, ..service };
    place.write("short.jtl", &jtl(short, 14, &label));
    place
}

/// CLI.md, "compare": the four exit codes and the keys.
#[test]
fn the_command_ends_as_the_contract_says() {
    let place = place();
    for (line, code, verdict) in [
        ("compare base.jtl same.jtl --json", 0, "pass"),
        ("compare base.jtl slow.jtl --json", 1, "regression"),
        ("compare slow.jtl base.jtl --json", 0, "improvement"),
        ("compare base.jtl short.jtl --json", 3, "not_proven"),
        (
            "compare base.jtl slow.jtl --max-regression 60% --metric p95 --json",
            0,
            "pass",
        ),
        (
            "compare base.jtl slow.jtl --metric error_rate --json",
            0,
            "pass",
        ),
        (
            "compare --base base.jtl same.jtl --candidate slow.jtl same.jtl --json",
            3,
            "not_proven",
        ),
        ("compare base.jtl same.jtl --skip 1m --json", 0, "pass"),
        (
            "compare --trend base.jtl same.jtl slow.jtl --json",
            1,
            "regression",
        ),
        (
            "compare base.jtl same.jtl --canary error_rate=<3%,response_time=<250ms --json",
            0,
            "pass",
        ),
        (
            "compare base.jtl same.jtl --canary max_p95=100ms --json",
            1,
            "pass",
        ),
    ] {
        let ended = place.run(line);
        assert_eq!(ended.code, code, "{line}\n{}\n{}", ended.out, ended.err);
        let document: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
        assert_eq!(document["verdict"], verdict, "{line}");
        keys(
            &document,
            "max_regression labels canary method sentence warnings",
        );
        let row = &document["labels"][0];
        keys(row, "label metric base candidate change ci n verdict");
        assert!(row["n"][1].is_u64());
    }
    let ended = place.run("compare --trend base.jtl same.jtl slow.jtl --json -q");
    let document: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(document["trend"]["runs"][2], "slow");
}

#[test]
fn what_cannot_be_compared_is_said_and_ends_with_2() {
    let place = place();
    place.write(
        "up.csv",
        "start,end,state\n2026-06-01T00:00:00Z,2026-06-01T01:00:00Z,down\n",
    );
    for (line, kind, says) in [
        ("compare base.jtl --json", "usage", "BASE CANDIDATE"),
        ("compare --json", "usage", "BASE CANDIDATE"),
        ("compare base.jtl gone.jtl --json", "missing-file", "gone"),
        (
            "compare base.jtl up.csv --json",
            "nothing-to-compare",
            "no load test",
        ),
        (
            "compare base.jtl same.jtl --metric p96 --json",
            "usage",
            "p50, p90",
        ),
        (
            "compare base.jtl same.jtl --max-regression fast --json",
            "usage",
            "--max-regression",
        ),
        (
            "compare base.jtl same.jtl --canary max_errors=1% --json",
            "usage",
            "known: max_error_rate",
        ),
        (
            "compare base.jtl same.jtl --skip 1h --json",
            "nothing-to-compare",
            "no requests after",
        ),
        (
            "compare --trend base.jtl same.jtl --json",
            "nothing-to-compare",
            "at least 3",
        ),
        (
            "compare base.jtl same.jtl --junit gone/out.xml --json",
            "write-failed",
            "no such folder",
        ),
    ] {
        let ended = place.run(line);
        assert_eq!(ended.code, 2, "{line}\n{}", ended.out);
        let document: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
        assert_eq!(document["error"]["kind"], kind, "{line}: {document}");
        let message = document["error"].to_string();
        assert!(message.contains(says), "{line}: {message}");
    }
}

/// The document that build servers read: element by element as in Jenkins' schema, counts that fit, labels escaped.
#[test]
fn build_servers_get_junit() {
    let place = place();
    let ended = place.run("compare base.jtl slow.jtl --metric all --junit out.xml --canary max_p95=100ms,max_error_rate=5% -q");
    assert_eq!(ended.code, 1, "{}", ended.err);
    let xml = std::fs::read_to_string(place.path("out.xml")).unwrap();
    let mut reader = quick_xml::Reader::from_str(&xml);
    let (mut cases, mut failures, mut skipped) = (0, 0, 0);
    let mut counts = (0, 0, 0);
    loop {
        let event = reader.read_event().unwrap();
        let element = match &event {
            quick_xml::events::Event::Start(e) | quick_xml::events::Event::Empty(e) => e,
            quick_xml::events::Event::Eof => break,
            _ => continue,
        };
        let attribute = |name: &str| -> String {
            let found = element.try_get_attribute(name).unwrap();
            let found = found.unwrap_or_else(|| panic!("{name} of {element:?}"));
            quick_xml::escape::unescape(&found.value)
                .unwrap()
                .into_owned()
        };
        match element.name().as_ref() {
            "testsuite" => {
                assert_eq!(attribute("name"), "slow against base");
                let number = |name: &str| attribute(name).parse::<u64>().unwrap();
                counts = (number("tests"), number("failures"), number("skipped"));
                assert_eq!(
                    (attribute("errors"), attribute("time")),
                    ("0".to_owned(), "0".to_owned())
                );
            }
            "testcase" => {
                cases += 1;
                let class = attribute("classname");
                assert!(
                    ["Total", "GET /<cart>&'\"x", "canary"].contains(&class.as_str()),
                    "{class}"
                );
                assert!(!attribute("name").is_empty());
            }
            "failure" => {
                failures += 1;
                assert!(["regression", "canary"].contains(&attribute("type").as_str()));
                assert!(!attribute("message").is_empty());
            }
            "skipped" => skipped += 1,
            "testsuites" | "system-out" => {}
            other => panic!("{other}"),
        }
    }
    assert_eq!(counts, (cases, failures, skipped));
    assert_eq!(cases, 16);
    assert!(failures >= 9, "{failures}");
}

/// A tool's summary keeps no samples: its figures stand side by side, and nothing is proven by them.
#[test]
fn summaries_are_compared_but_prove_nothing() {
    let place = place();
    let wrk = |p99: &str| {
        format!(
            "Running 30s test @ http://127.0.0.1:8080/\n  2 threads and 10 connections\n  Thread Stats   Avg      Stdev     Max   +/- Stdev\n    Latency     5.00ms    1.00ms  20.00ms   90.00%\n    Req/Sec     1.00k    50.00     1.10k    80.00%\n  Latency Distribution\n     50%    4.80ms\n     75%    5.20ms\n     90%    6.00ms\n     99%   {p99}ms\n  60000 requests in 30.00s, 10.00MB read\nRequests/sec:   2000.00\nTransfer/sec:    341.33KB\n"
        )
    };
    place.write("old.txt", &wrk("9.00"));
    place.write("new.txt", &wrk("18.00"));
    let ended = place.run("compare old.txt new.txt --metric p99,throughput --json");
    assert_eq!(ended.code, 3, "{}{}", ended.out, ended.err);
    let document = ended.json();
    let row = &document["labels"][0];
    assert_eq!(
        (row["metric"].as_str(), row["change"].as_f64()),
        (Some("p99"), Some(1.0))
    );
    assert!(row["ci"].is_null());
    let reason = row["reason"].as_str().unwrap();
    assert!(reason.contains("old and new, without samples"), "{reason}");
}

/// Labels that only one side has are named, not compared.
#[test]
fn labels_of_one_side_are_named() {
    let place = place();
    let both =
        jtl(SERVICE, 15, "GET /old") + &jtl(SERVICE, 16, "GET /cart").replace("timeStamp", "#");
    let both: String = both
        .lines()
        .filter(|l| !l.starts_with('#'))
        .map(|l| format!("{l}\n"))
        .collect();
    place.write("both.jtl", &both);
    place.write("cart.jtl", &jtl(SERVICE, 17, "GET /cart"));
    let document = place.run("compare both.jtl cart.jtl --json -q").json();
    assert_eq!(document["only_in_base"], serde_json::json!(["GET /old"]));
    assert_eq!(document["only_in_candidate"], serde_json::json!([]));
    let labels: Vec<&str> = document["labels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["label"].as_str().unwrap())
        .collect();
    assert!(!labels.contains(&"GET /old"));
}
