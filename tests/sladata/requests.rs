//! The requests of the made data: production on some days of each month and every day of June, a canary, operations
//! while the network was split, a performance test, and two load tests of a second each.

use headroom::dataset::Role;

use super::made::{DAY, Drawn, MARCH, MONTHS};

/// One request: when it began and how long it took, in milliseconds.
pub struct Request {
    pub start: i64,
    pub ms: i64,
    pub label: &'static str,
    pub failed: bool,
}

/// One recording.
pub struct Recorded {
    pub name: &'static str,
    pub environment: &'static str,
    pub role: Role,
    pub requests: Vec<Request>,
}

impl Recorded {
    /// As JMeter writes it.
    pub fn jtl(&self) -> String {
        let mut text =
            String::from("timeStamp,elapsed,label,responseCode,success,bytes,allThreads\n");
        for r in &self.requests {
            let code = if r.failed { 500 } else { 200 };
            let (start, ms, label, good) = (r.start, r.ms, r.label, !r.failed);
            text.push_str(&format!("{start},{ms},{label},{code},{good},512,8\n"));
        }
        text
    }
}

/// Day of the data (0 is 1 March) of a day of June.
const fn june(day: i64) -> i64 {
    91 + day
}

/// What is slow: once a day, each in an hour of its own, so that P95 of an hour stays clear of it.
const SLOW: [(&str, i64, i64); 8] = [
    ("POST /api/v1/workflows/run", 300, 480),
    ("Home page", 1_000, 2_500),
    ("simple-task", 900, 1_900),
    ("complex-task", 4_000, 9_000),
    ("short-workflow", 9_000, 28_000),
    ("long-workflow", 90_000, 280_000),
    ("peer-discover local", 1_000, 4_800),
    ("peer-discover internet", 5_000, 29_000),
];

/// What is quick: once a day.
const QUICK: [(&str, i64, i64); 10] = [
    ("interaction menu", 120, 490),
    ("critical-checkout", 200, 490),
    ("cross-peer call", 110, 499),
    ("agent-coordinate", 60, 190),
    ("emotion-engine", 20, 90),
    ("message-send", 5, 50),
    ("route us-east", 20, 45),
    ("route us-west", 30, 60),
    ("route eu-west", 50, 95),
    ("cast-vote", 30, 99),
];

/// Single values: day of the data, label, milliseconds. Ties, and what only just keeps to its limit.
const FIXED: [(i64, &str, i64); 10] = [
    (june(5), "critical-checkout", 500),
    (june(10), "GET /api/v1/agents", 100),
    (june(12), "POST /api/v1/agents/execute", 200),
    (june(15), "simple-task", 2_000),
    (june(16), "complex-task", 9_999),
    (june(17), "short-workflow", 29_996),
    (june(8), "emotion-engine", 100),
    (june(9), "route us-east", 50),
    (june(9), "route eu-west", 100),
    (june(24), "long-workflow", 299_000),
];

fn production() -> Vec<Request> {
    let mut drawn = Drawn::seeded(17);
    let mut requests = Vec::new();
    for day in 0..122 {
        let of_month = MONTHS
            .iter()
            .map(|(_, range)| MARCH + day * DAY - range.0)
            .rfind(|since| *since >= 0)
            .unwrap()
            / DAY;
        if day < june(1) && of_month >= 6 {
            continue;
        }
        for hour in 0..8 {
            let mut labels = vec![("GET /api/v1/agents", 60, 95); 20];
            labels.extend([("POST /api/v1/agents/execute", 120, 190); 4]);
            labels.extend(SLOW.get(usize::try_from(hour).unwrap()));
            let quick = if hour < 2 { 2 * hour } else { hour + 2 };
            let many = if hour < 2 { 2 } else { 1 };
            let quick = usize::try_from(quick).unwrap();
            labels.extend(QUICK.iter().skip(quick).take(many));
            for (n, (label, low, high)) in labels.into_iter().enumerate() {
                let drawn = low + drawn.below(high - low + 1);
                // Production was faster before.
                let usual = if day < 31 { drawn * 93 / 100 } else { drawn };
                let fixed = FIXED.iter().find(|(d, l, _)| (*d, *l) == (day, label));
                requests.push(Request {
                    start: (MARCH + day * DAY + (8 + hour) * 3_600 + n as i64 * 60) * 1_000,
                    ms: fixed.map_or(usual, |(.., ms)| *ms),
                    label,
                    failed: (day, label) == (june(20), "simple-task"),
                });
            }
        }
    }
    requests
}

/// Requests that begin in one hour of a June day, a share of them failed.
fn in_an_hour(day: i64, n: i64, label: &'static str, failed: i64, ms: &[i64]) -> Vec<Request> {
    (0..n)
        .map(|i| Request {
            start: (MARCH + june(day) * DAY + 10 * 3_600) * 1_000 + i * (3_500_000 / n),
            ms: ms[usize::try_from(i).unwrap() % ms.len()],
            label,
            failed: i < failed,
        })
        .collect()
}

/// Requests that begin and end in one second of a day of June.
fn in_a_second(hour: i64, labels: &[(&'static str, i64, i64)]) -> Vec<Request> {
    let second = (MARCH + june(9) * DAY + hour * 3_600) * 1_000;
    let mut requests = Vec::new();
    for (label, n, failed) in labels {
        requests.extend((0..*n).map(|i| Request {
            start: second + i * 900 / n,
            ms: 20 + i % 50,
            label,
            failed: i < *failed,
        }));
    }
    requests.sort_by_key(|r| r.start);
    requests
}

/// All recordings.
pub fn recorded() -> Vec<Recorded> {
    let of = |name, environment, role, requests| Recorded {
        name,
        environment,
        role,
        requests,
    };
    vec![
        of("requests", "production", Role::Production, production()),
        // One of a hundred fails, and P95 keeps to its limit by a millisecond.
        of(
            "canary",
            "canary",
            Role::Production,
            in_an_hour(18, 100, "GET /api/v1/agents", 1, &[80, 90, 199, 85, 70]),
        ),
        of(
            "split-network",
            "partitioned",
            Role::Test,
            in_an_hour(22, 1_000, "cross-peer call", 1, &[150, 240, 330]),
        ),
        of(
            "performance-test",
            "test",
            Role::Test,
            in_an_hour(23, 1_000, "search", 50, &[110, 140, 170]),
        ),
        of(
            "load-test",
            "load",
            Role::Test,
            in_a_second(
                10,
                &[
                    ("GET /api/v1/agents", 1_000, 0),
                    ("POST /api/v1/workflows/run", 100, 0),
                    ("message-send", 1_000, 0),
                    ("browse", 12_900, 0),
                ],
            ),
        ),
        of(
            "load-test-execute",
            "load",
            Role::Test,
            in_a_second(12, &[("POST /api/v1/agents/execute", 500, 1)]),
        ),
    ]
}
