//! Files for every promise of the five documents, made from a seed: months, the random source, the folder.

use std::path::Path;
use std::sync::Arc;

use headroom::dataset::{Dataset, Role};
use headroom::import::{ImportOptions, import_file};
use headroom::progress::Progress;

use super::requests::{Recorded, recorded};
use super::series::{Column, columns, csv};

/// 1 March 2026, in seconds since the epoch.
pub const MARCH: i64 = 1_772_323_200;
/// Seconds of a day.
pub const DAY: i64 = 86_400;
/// The months of the data with their first second and the first one after them.
pub const MONTHS: [(&str, (i64, i64)); 4] = [
    ("2026-03", (MARCH, MARCH + 31 * DAY)),
    ("2026-04", (MARCH + 31 * DAY, MARCH + 61 * DAY)),
    ("2026-05", (MARCH + 61 * DAY, MARCH + 92 * DAY)),
    ("2026-06", (MARCH + 92 * DAY, MARCH + 122 * DAY)),
];

/// Numbers from a seed (a linear congruential generator with the constants of Knuth's MMIX).
pub struct Drawn(u64);

impl Drawn {
    pub const fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from zero to less than `n`.
    pub fn below(&mut self, n: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % n
    }
}

/// A stretch of downtime: the service, its first second, and how long.
pub const OUTAGES: [(&str, i64, i64); 5] = [
    ("platform", MARCH + 63 * DAY + 36_000, 2_700),
    // 2,592 seconds in June: 99.9 % of thirty days, to the second. What the monitoring missed lies inside.
    ("platform", MARCH + 98 * DAY + 36_000, 1_800),
    ("platform", MARCH + 112 * DAY + 7_200, 792),
    ("monitoring", MARCH + 112 * DAY + 7_200, 792),
    ("monitoring", MARCH + 70 * DAY, 27_000),
];

/// The numbers that the files hold.
pub struct Made {
    pub columns: Vec<Column>,
    pub recorded: Vec<Recorded>,
}

impl Made {
    pub fn new() -> Self {
        Self {
            columns: columns(),
            recorded: recorded(),
        }
    }

    pub fn column(&self, header: &str) -> &Column {
        self.columns
            .iter()
            .find(|c| c.header == header)
            .unwrap_or_else(|| panic!("no series is called {header}"))
    }
}

fn outages(service: &str) -> String {
    let time = |secs| headroom::calendar::Instant::from_secs(secs).to_string();
    let mut text = String::from("start,end,state,service\n");
    for (of, start, secs) in OUTAGES.iter().filter(|(of, ..)| *of == service) {
        text.push_str(&format!(
            "{},{},down,{of}\n",
            time(*start),
            time(start + secs)
        ));
    }
    text
}

/// Writes the files into a folder, and imports them with the scope that a person would give them.
pub fn dataset(made: &Made, folder: &Path) -> Dataset {
    let mut files = vec![
        (
            "metrics.csv".to_owned(),
            csv(&made.columns),
            ("platform", "production", Role::Production),
        ),
        (
            "outages.csv".to_owned(),
            outages("platform"),
            ("platform", "production", Role::Production),
        ),
        (
            "monitoring-outages.csv".to_owned(),
            outages("monitoring"),
            ("monitoring", "production", Role::Production),
        ),
    ];
    for one in &made.recorded {
        let scope = ("platform", one.environment, one.role);
        files.push((format!("{}.jtl", one.name), one.jtl(), scope));
    }
    let options = ImportOptions {
        hash: true,
        ..ImportOptions::default()
    };
    let mut dataset = Dataset::default();
    for (name, text, (service, environment, role)) in files {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        let mut source = import_file(&path, &options, &Progress::default())
            .unwrap()
            .source;
        assert_eq!(source.info.rejected, 0, "{}", path.display());
        service.clone_into(&mut source.info.scope.service);
        environment.clone_into(&mut source.info.scope.environment);
        source.info.scope.role = role;
        dataset.sources.push(Arc::new(source));
    }
    dataset
}
