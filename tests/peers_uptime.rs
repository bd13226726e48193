//! Real access logs and uptime files from elsewhere, with figures of the sites themselves or of an independent script.

use headroom::calendar::TimeRange;

use crate::shared_data::{import, shared};

/// The elastic/examples log: one line is cut off in its last field, and is counted by its status like the others.
#[test]
#[ignore = "reads ../shared/data"]
fn apache_log_of_ten_thousand_lines() {
    let imported = import(&shared("metrics/apache-log/apache_logs")).unwrap();
    let info = &imported.source.info;
    assert_eq!(info.format, "access-log");
    assert_eq!((info.rows, info.rejected), (10_000, 0));
    assert_eq!(info.first.unwrap().to_string(), "2015-05-17T10:05:00Z");
    assert_eq!(info.last.unwrap().to_string(), "2015-05-20T21:05:59Z");
    let run = imported.source.run.as_ref().unwrap();
    assert!(run.counts_only);
    let mut codes: Vec<(String, u64)> = run.codes(TimeRange::ALL).unwrap().into_iter().collect();
    codes.sort();
    let expected = [
        ("200", 9_126),
        ("206", 45),
        ("301", 164),
        ("304", 445),
        ("403", 2),
        ("404", 213),
        ("416", 2),
        ("500", 3),
    ];
    assert_eq!(codes, expected.map(|(c, n)| (c.to_owned(), n)));
    let sums = run
        .counts(&run.counted_labels(), &[TimeRange::ALL])
        .unwrap();
    assert_eq!(
        (sums[0].count, sums[0].errors, sums[0].received),
        (10_000, 3, 2_747_282_740)
    );
}
