//! Tests of what the command says.

use super::*;
use crate::calendar::Instant;
use crate::dataset::{Series, SeriesInfo};

#[test]
fn people_get_the_answer_first_then_a_table() {
    let series = Series {
        info: SeriesInfo {
            name: "cpu".to_owned(),
            unit: "%".to_owned(),
            ..SeriesInfo::default()
        },
        times: (0..200)
            .map(|i| Instant::from_secs(1_767_225_600 + 86_400 * i))
            .collect(),
        values: (0..200)
            .map(|i| 40.0 + 0.2 * f64::from(i) + f64::from(i * 7_919 % 101) / 25.0)
            .collect(),
    };
    let params = ForecastParams {
        capacity: Some(Threshold::Percent(90.0)),
        ..ForecastParams::default()
    };
    let result = forecast(&series, &params).unwrap();
    let text = text(&result, &Zone::utc());
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("cpu crosses 90 % between "), "{text}");
    assert!(
        lines[2].starts_with("when        expected  80 % range"),
        "{text}"
    );
    assert!(lines[3].starts_with("2026-07-20  "), "{text}");
    assert_eq!(
        lines.iter().filter(|l| l.starts_with("2026-")).count(),
        TABLE_ROWS
    );
    assert!(text.contains("daily values, 200 steps. "), "{text}");
    assert!(text.contains("Backtest ("), "{text}");
}
