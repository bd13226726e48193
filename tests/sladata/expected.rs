//! The 101 promises of the presets as questions to the made numbers: written from the documents, by hand.

use super::checks::Check::{
    self, DailyShare, Failed, Mean, Percentile, Series, Served, Slower, Succeeded, Uptime,
};
use super::checks::Every::{Day, Hour, Month, Point};
use super::checks::Of;
use super::checks::Side::{Above, AtLeast, AtMost, Below};
use super::checks::Take::{self, Least, Most};

/// All requests that are served: production with its canary.
const ALL: Of = of("", &[]);
const CANARY: Of = of("canary", &[]);
const API: Of = labels(&[
    "GET /api/v1/agents",
    "POST /api/v1/agents/execute",
    "POST /api/v1/workflows/run",
]);
const EXECUTE: Of = labels(&["POST /api/v1/agents/execute"]);
const PAGES: Of = labels(&["Home page"]);
const CRITICAL: Of = labels(&["critical-checkout"]);
const MEMORY: &[&str] = &["system_memory_mb", "agent_memory_mb", "cache_memory_mb"];

const fn of(environment: &'static str, labels: &'static [&'static str]) -> Of {
    Of {
        environment,
        labels,
    }
}

const fn labels(labels: &'static [&'static str]) -> Of {
    of("", labels)
}

/// The mean of an hour.
const fn mean(header: &'static [&'static str], side: super::checks::Side, limit: i128) -> Check {
    Series(header, Take::Mean, Hour, side, limit)
}

/// P95 of a day, strictly below.
const fn p95(of: Of, ms: i128) -> Check {
    Percentile(of, 95, Day, Below, ms)
}

/// Promises of each preset by name.
pub fn expected() -> Vec<(&'static str, Vec<(&'static str, Check)>)> {
    let up = || Uptime(None, AtLeast, 999_000, None);
    vec![
        (
            "performance-sla",
            vec![
                ("Availability", Uptime(None, AtLeast, 999_000, Some(2_592))),
                (
                    "Response time (api_endpoints)",
                    Percentile(API, 95, Day, AtMost, 200),
                ),
                (
                    "Response time (web_pages)",
                    Percentile(PAGES, 90, Day, AtMost, 3_000),
                ),
                ("Throughput", Served(None, 10_000, Some(15_000))),
                ("Error rate", Failed(ALL, Hour, AtMost, 1_000)),
            ],
        ),
        ("benchmarks", benchmarks()),
        (
            "strategy-targets",
            vec![
                ("API response time", p95(API, 200)),
                ("Critical operations", p95(CRITICAL, 1_000)),
                ("Agent execution time", p95(EXECUTE, 5_000)),
                (
                    "Concurrent requests",
                    Series(&["in_flight_requests"], Most, Month, AtLeast, 10_000_000),
                ),
                (
                    "CPU under normal load",
                    mean(&["cpu_percent"], Below, 70_000),
                ),
                (
                    "Memory under normal load",
                    mean(&["memory_percent"], Below, 70_000),
                ),
                ("Availability", up()),
                (
                    "Fewest instances",
                    Series(&["instances"], Least, Day, AtLeast, 2_000),
                ),
                (
                    "Most instances",
                    Series(&["instances"], Most, Month, AtLeast, 100_000),
                ),
                (
                    "Traffic growth",
                    Mean("requests_per_second", AtLeast, 10_000),
                ),
            ],
        ),
        ("strategy-operations", operations()),
        ("federation", federation()),
        (
            "team",
            vec![
                ("Response time", DailyShare(ALL, 500, 95)),
                ("Critical operations", p95(CRITICAL, 500)),
                ("Resource efficiency", Mean("cpu_percent", AtMost, 700)),
                ("Resource consumption", Mean("cpu_percent", AtMost, 600)),
                (
                    "Load without degradation",
                    Mean("requests_per_second", AtLeast, 10_000),
                ),
                ("Regression of a release", Slower(105)),
                (
                    "Response time alert",
                    Percentile(ALL, 95, Hour, AtMost, 2_000),
                ),
                ("Error rate alert", Failed(ALL, Hour, AtMost, 50_000)),
                ("CPU usage alert", mean(&["cpu_percent"], AtMost, 80_000)),
                (
                    "Memory usage alert",
                    mean(&["memory_percent"], AtMost, 80_000),
                ),
                (
                    "Disk usage alert",
                    mean(&["disk_used_percent"], AtMost, 80_000),
                ),
                ("Degradation alert", Slower(110)),
                (
                    "Reliability of performance tests",
                    Succeeded(of("test", &[]), Above, 950_000),
                ),
                (
                    "Uptime of the monitoring",
                    Uptime(Some("monitoring"), Above, 990_000, None),
                ),
            ],
        ),
        ("optimisation-report", report()),
        (
            "programme",
            vec![
                (
                    "Concurrent models",
                    Mean("concurrent_models", AtLeast, 10_000),
                ),
                ("Voting operations", p95(labels(&["cast-vote"]), 100)),
                ("Resource consumption", Mean("cpu_percent", AtMost, 500)),
                ("Uptime", up()),
                (
                    "Manual intervention",
                    Mean("manual_interventions", AtMost, 200),
                ),
            ],
        ),
    ]
}

fn benchmarks() -> Vec<(&'static str, Check)> {
    let at_most = |of, ms| Percentile(of, 95, Day, AtMost, ms);
    vec![
        (
            "GET /api/v1/agents response time",
            at_most(labels(&["GET /api/v1/agents"]), 100),
        ),
        (
            "GET /api/v1/agents throughput",
            Served(Some("GET /api/v1/agents"), 1_000, None),
        ),
        (
            "POST /api/v1/agents/execute response time",
            at_most(EXECUTE, 200),
        ),
        (
            "POST /api/v1/agents/execute throughput",
            Served(Some("POST /api/v1/agents/execute"), 500, None),
        ),
        (
            "POST /api/v1/workflows/run response time",
            at_most(labels(&["POST /api/v1/workflows/run"]), 500),
        ),
        (
            "POST /api/v1/workflows/run throughput",
            Served(Some("POST /api/v1/workflows/run"), 100, None),
        ),
        (
            "CPU utilisation under normal load",
            mean(&["cpu_percent"], Below, 70_000),
        ),
        (
            "CPU utilisation under peak load",
            Series(&["cpu_percent"], Most, Hour, Below, 90_000),
        ),
        (
            "Memory utilisation under normal load",
            mean(&["memory_percent"], Below, 80_000),
        ),
        (
            "Memory utilisation under peak load",
            Series(&["memory_percent"], Most, Hour, Below, 95_000),
        ),
        (
            "Disk I/O: read latency",
            mean(&["disk_read_latency_ms"], Below, 10_000),
        ),
        (
            "Disk I/O: write latency",
            mean(&["disk_write_latency_ms"], Below, 20_000),
        ),
        (
            "Network I/O: bandwidth utilization",
            mean(&["network_bandwidth_utilization_percent"], Below, 80_000),
        ),
        (
            "Network I/O: packet loss",
            mean(&["packet_loss_percent"], Below, 100),
        ),
        (
            "Agent execution time: simple tasks",
            p95(labels(&["simple-task"]), 2_000),
        ),
        (
            "Agent execution time: complex tasks",
            p95(labels(&["complex-task"]), 10_000),
        ),
        (
            "Workflow completion time: short workflows",
            p95(labels(&["short-workflow"]), 30_000),
        ),
        (
            "Workflow completion time: long workflows",
            p95(labels(&["long-workflow"]), 300_000),
        ),
        ("User experience: page load time", p95(PAGES, 3_000)),
        (
            "User experience: interaction response",
            p95(labels(&["interaction menu"]), 500),
        ),
    ]
}

fn operations() -> Vec<(&'static str, Check)> {
    let region = |label, ms| Percentile(labels(label), 95, Day, AtMost, ms);
    vec![
        (
            "Lag of read replicas",
            Series(&["replica_lag_ms"], Most, Hour, AtMost, 100_000),
        ),
        (
            "Slow queries",
            Series(&["db_query_time_ms"], Most, Hour, Below, 1_000_000),
        ),
        (
            "Database connections",
            Series(&["db_connections"], Most, Hour, AtMost, 100_000),
        ),
        (
            "Redis connections",
            Series(&["redis_connections"], Most, Hour, AtMost, 50_000),
        ),
        (
            "CPU before scaling up",
            Series(&["cpu_percent"], Take::Mean, Point, AtMost, 80_000),
        ),
        (
            "Memory before scaling up",
            Series(&["memory_percent"], Take::Mean, Point, AtMost, 85_000),
        ),
        (
            "Storage before expanding",
            mean(&["disk_used_percent"], AtMost, 80_000),
        ),
        ("Canary error rate", Failed(CANARY, Hour, Below, 10_000)),
        (
            "Canary response time",
            Percentile(CANARY, 95, Hour, Below, 200),
        ),
        ("Latency of us-east", region(&["route us-east"], 50)),
        ("Latency of us-west", region(&["route us-west"], 50)),
        ("Latency of eu-west", region(&["route eu-west"], 100)),
    ]
}

fn federation() -> Vec<(&'static str, Check)> {
    vec![
        (
            "Peer discovery (local network)",
            p95(labels(&["peer-discover local"]), 5_000),
        ),
        (
            "Peer discovery (internet)",
            p95(labels(&["peer-discover internet"]), 30_000),
        ),
        (
            "Cross-peer communication",
            p95(labels(&["cross-peer call"]), 500),
        ),
        (
            "Agent coordination",
            p95(labels(&["agent-coordinate"]), 200),
        ),
        (
            "Emotion engine processing",
            p95(labels(&["emotion-engine"]), 100),
        ),
        (
            "Message processing",
            Served(Some("message-send"), 1_000, None),
        ),
        (
            "Data synchronisation",
            mean(&["Sync throughput (MB/s)"], AtLeast, 10_000),
        ),
        (
            "Concurrent operations",
            Series(&["concurrent_operations"], Most, Month, AtLeast, 100_000),
        ),
        (
            "Concurrent peers",
            Series(&["concurrent_peers"], Most, Month, AtLeast, 10_000_000),
        ),
        (
            "CPU in normal operation",
            mean(&["cpu_percent"], Below, 20_000),
        ),
        ("Memory of a peer", mean(MEMORY, Below, 500_000)),
        (
            "Network bandwidth",
            mean(&["network_bandwidth_bps"], Below, 1_000_000_000),
        ),
        (
            "Storage of a peer",
            Series(&["storage_used_gb"], Most, Day, Below, 1_000),
        ),
        ("System uptime", Uptime(None, AtLeast, 999_000, None)),
        (
            "Data consistency",
            Series(&["consistency_percent"], Least, Hour, AtLeast, 100_000),
        ),
        (
            "Fault recovery",
            Series(&["recovery_seconds"], Most, Hour, Below, 30_000),
        ),
        (
            "Operations during partitions",
            Succeeded(of("partitioned", &[]), AtLeast, 999_000),
        ),
        // From the third month of a roadmap that begins in January.
        ("Latency of the roadmap", p95(ALL, 500)),
        (
            "Peers of the roadmap",
            Series(&["concurrent_peers"], Most, Day, AtLeast, 1_000_000),
        ),
    ]
}

fn report() -> Vec<(&'static str, Check)> {
    vec![
        ("API response time", p95(API, 200)),
        (
            "Database query time",
            mean(&["db_query_time_ms"], Below, 50_000),
        ),
        (
            "Agent allocation time",
            mean(&["agent_allocation_ms"], Below, 20_000),
        ),
        ("System memory", mean(&["system_memory_mb"], Below, 100_000)),
        ("Agent memory", mean(&["agent_memory_mb"], AtMost, 100_000)),
        ("Cache memory", mean(&["cache_memory_mb"], AtMost, 80_000)),
        (
            "Concurrent users",
            Series(&["concurrent_users"], Most, Month, AtLeast, 1_000_000),
        ),
        (
            "Response time alert",
            Percentile(ALL, 95, Hour, AtMost, 150),
        ),
        (
            "Memory alert",
            Series(&["system_memory_mb"], Most, Hour, AtMost, 80_000),
        ),
        ("CPU alert", mean(&["cpu_percent"], AtMost, 70_000)),
        ("System reliability", Uptime(None, AtLeast, 999_000, None)),
        (
            "Successful tasks",
            Succeeded(labels(&["simple-task", "complex-task"]), AtLeast, 1_000_000),
        ),
        ("Cache hit ratio", mean(&["cache_hit_ratio"], AtLeast, 850)),
        (
            "Slow queries",
            Series(&["db_query_time_ms"], Most, Hour, AtMost, 100_000),
        ),
        (
            "Capacity for users",
            Mean("concurrent_users", AtLeast, 3_300),
        ),
        ("Server resources", Mean("instances", AtMost, 750)),
    ]
}
