//! The metric series of the made data: half-hourly from March (the baseline) to June 2026, in thousandths of their unit.
//! Wherever a promise compares means, the mean of a month is met to the thousandth, so that ties are exact.

use super::made::{Drawn, MARCH, MONTHS};

/// Seconds between two points.
pub const STEP: i64 = 1_800;

/// A series: its header in the file, and its values in thousandths.
pub struct Column {
    pub header: &'static str,
    pub values: Vec<i64>,
}

/// What one month of a series is like.
struct Month {
    /// Mean of all its points, in thousandths.
    mean: i64,
    /// How far its points lie from it at most.
    spread: i64,
    /// Single points, by their place in the month.
    points: Vec<(usize, i64)>,
}

fn month(mean: i64, spread: i64, points: &[(usize, i64)]) -> Month {
    Month {
        mean,
        spread,
        points: points.to_vec(),
    }
}

/// A month with exactly this mean: points mirror each other, and what single points add is taken off others.
fn points_of(month: &Month, n: usize, drawn: &mut Drawn) -> Vec<i64> {
    let mut values = vec![month.mean; n];
    for i in 0..n / 2 {
        let by = drawn.below(2 * month.spread + 1) - month.spread;
        values[i] += by;
        values[n - 1 - i] -= by;
    }
    let mut over = 0;
    for (place, value) in &month.points {
        over += value - values[*place];
        values[*place] = *value;
    }
    for (place, value) in values.iter_mut().enumerate() {
        if month.points.iter().any(|(p, _)| p.abs_diff(place) < 2) {
            continue;
        }
        let least = month.mean - month.spread;
        let most = month.mean + month.spread;
        let next = (*value - over).clamp(least, most);
        over += next - *value;
        *value = next;
    }
    assert_eq!(over, 0, "the spread is too small for the single points");
    values
}

/// Half-hours from the beginning of a month to an hour of one of its days, counted from one.
const fn at(day: usize, hour: usize) -> usize {
    (day - 1) * 48 + hour * 2
}

/// All series. `[March, April, May, June]`, in thousandths.
pub fn columns() -> Vec<Column> {
    let same = |mean, spread| [(); 4].map(|()| month(mean, spread, &[]));
    let june = |mean, spread, points: &[(usize, i64)]| {
        [
            month(mean, spread, &[]),
            month(mean, spread, &[]),
            month(mean, spread, &[]),
            month(mean, spread, points),
        ]
    };
    let recipes: Vec<(&'static str, [Month; 4])> = vec![
        // 40 % less than in March to the thousandth; one hour at 70 %.
        (
            "cpu_percent",
            [
                month(80_000, 9_000, &[]),
                month(48_000, 15_000, &[]),
                month(48_000, 15_000, &[]),
                month(
                    48_000,
                    15_000,
                    &[(at(11, 14), 70_000), (at(11, 14) + 1, 70_000)],
                ),
            ],
        ),
        // April has an hour at 81 %, June one at 69.96 %.
        (
            "memory_percent",
            [
                month(62_000, 4_000, &[]),
                month(
                    62_000,
                    4_000,
                    &[(at(20, 9), 81_000), (at(20, 9) + 1, 81_000)],
                ),
                month(62_000, 4_000, &[]),
                month(
                    62_000,
                    4_000,
                    &[(at(16, 9), 69_960), (at(16, 9) + 1, 69_960)],
                ),
            ],
        ),
        (
            "disk_read_latency_ms",
            june(6_000, 2_000, &[(at(9, 3), 9_996), (at(9, 3) + 1, 9_996)]),
        ),
        (
            "disk_write_latency_ms",
            june(12_000, 4_000, &[(at(9, 3), 20_000), (at(9, 3) + 1, 20_000)]),
        ),
        (
            "network_bandwidth_utilization_percent",
            same(52_000, 20_000),
        ),
        (
            "packet_loss_percent",
            june(40, 30, &[(at(25, 17), 100), (at(25, 17) + 1, 100)]),
        ),
        (
            "in_flight_requests",
            [
                month(4_000_000, 2_000_000, &[]),
                month(4_000_000, 2_000_000, &[(at(8, 12), 10_500_000)]),
                month(4_000_000, 2_000_000, &[(at(8, 12), 9_999_000)]),
                month(4_000_000, 2_000_000, &[(at(8, 12), 10_000_000)]),
            ],
        ),
        // A quarter fewer than in March; a hundred at once in May and June, 99 in April.
        (
            "instances",
            [
                month(40_000, 20_000, &[]),
                month(30_000, 20_000, &[(at(8, 12), 99_000), (at(9, 2), 2_000)]),
                month(30_000, 20_000, &[(at(8, 12), 100_000)]),
                month(30_000, 20_000, &[(at(8, 12), 100_000), (at(9, 2), 2_000)]),
            ],
        ),
        // Ten times the load of March in May and June, not quite in April.
        (
            "requests_per_second",
            [
                month(500_000, 200_000, &[]),
                month(4_999_000, 2_000_000, &[]),
                month(5_000_000, 2_000_000, &[]),
                month(5_000_000, 2_000_000, &[]),
            ],
        ),
        (
            "replica_lag_ms",
            june(35_000, 20_000, &[(at(4, 22), 100_000)]),
        ),
        // An hour's mean of 49.99, with a peak of 99.6.
        (
            "db_query_time_ms",
            june(
                30_000,
                12_000,
                &[(at(13, 10), 99_600), (at(13, 10) + 1, 380)],
            ),
        ),
        (
            "db_connections",
            june(60_000, 20_000, &[(at(3, 9), 100_000)]),
        ),
        (
            "redis_connections",
            june(30_000, 10_000, &[(at(3, 9), 51_000)]),
        ),
        (
            "disk_used_percent",
            june(
                71_000,
                3_000,
                &[(at(30, 23), 80_000), (at(30, 23) + 1, 80_000)],
            ),
        ),
        (
            "Sync throughput (MB/s)",
            june(14_000, 3_000, &[(at(6, 1), 10_000), (at(6, 1) + 1, 10_000)]),
        ),
        (
            "concurrent_operations",
            [
                month(60_000, 25_000, &[(at(2, 2), 140_000)]),
                month(60_000, 25_000, &[(at(2, 2), 140_000)]),
                month(60_000, 25_000, &[(at(2, 2), 120_000)]),
                month(60_000, 25_000, &[(at(2, 2), 100_000)]),
            ],
        ),
        (
            "concurrent_peers",
            [
                month(1_500_000, 400_000, &[]),
                month(3_000_000, 900_000, &[(at(2, 2), 10_000_000)]),
                month(3_000_000, 900_000, &[(at(2, 2), 10_400_000)]),
                month(3_000_000, 900_000, &[(at(2, 2), 9_999_000)]),
            ],
        ),
        ("system_memory_mb", same(620_000, 25_000)),
        (
            "agent_memory_mb",
            june(
                88_000,
                7_000,
                &[(at(14, 5), 100_000), (at(14, 5) + 1, 100_000)],
            ),
        ),
        (
            "cache_memory_mb",
            june(
                55_000,
                9_000,
                &[(at(14, 5), 79_960), (at(14, 5) + 1, 79_960)],
            ),
        ),
        (
            "network_bandwidth_bps",
            june(
                600_000_000,
                200_000_000,
                &[(at(14, 5), 999_000_000), (at(14, 5) + 1, 999_000_000)],
            ),
        ),
        ("storage_used_gb", june(800, 90, &[(at(27, 5), 999)])),
        (
            "consistency_percent",
            [
                month(100_000, 0, &[]),
                month(100_000, 0, &[]),
                month(99_990, 0, &[]),
                month(100_000, 0, &[]),
            ],
        ),
        (
            "recovery_seconds",
            june(12_000, 8_000, &[(at(19, 5), 29_960)]),
        ),
        (
            "agent_allocation_ms",
            june(
                15_000,
                3_000,
                &[(at(28, 5), 20_000), (at(28, 5) + 1, 20_000)],
            ),
        ),
        // 3.3 times as many as in March.
        (
            "concurrent_users",
            [
                month(200_000, 90_000, &[]),
                month(660_000, 200_000, &[(at(17, 5), 1_150_000)]),
                month(660_000, 200_000, &[(at(17, 5), 1_000_000)]),
                month(660_000, 200_000, &[(at(17, 5), 1_200_000)]),
            ],
        ),
        (
            "cache_hit_ratio",
            june(890, 30, &[(at(22, 5), 850), (at(22, 5) + 1, 850)]),
        ),
        (
            "concurrent_models",
            [
                month(5_000, 2_000, &[]),
                month(40_000, 9_000, &[]),
                month(45_000, 9_000, &[]),
                month(49_000, 9_000, &[]),
            ],
        ),
        (
            "manual_interventions",
            [
                month(10_000, 4_000, &[]),
                month(2_000, 1_000, &[]),
                month(2_000, 1_000, &[]),
                month(2_000, 1_000, &[]),
            ],
        ),
    ];
    let mut drawn = Drawn::seeded(5);
    recipes
        .into_iter()
        .map(|(header, recipe)| Column {
            header,
            values: recipe
                .iter()
                .zip(MONTHS)
                .flat_map(|(month, (_, range))| {
                    let n = usize::try_from((range.1 - range.0) / STEP).unwrap();
                    points_of(month, n, &mut drawn)
                })
                .collect(),
        })
        .collect()
}

/// The file of all series.
pub fn csv(columns: &[Column]) -> String {
    let mut text = String::from("time");
    for column in columns {
        text.push_str(&format!(",{}", column.header));
    }
    text.push('\n');
    for i in 0..columns[0].values.len() {
        let at = MARCH + STEP * i as i64;
        text.push_str(&headroom::calendar::Instant::from_secs(at).to_string());
        for column in columns {
            let value = column.values[i];
            text.push_str(&format!(",{}.{:03}", value / 1_000, value % 1_000));
        }
        text.push('\n');
    }
    text
}
