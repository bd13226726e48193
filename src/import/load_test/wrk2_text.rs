//! wrk2's report on the console: wrk with a constant rate, so that its latencies are corrected.

use super::wrk_report::{is_report, is_wrk2};
use super::wrk_text::read;
use crate::dataset::Tool;
use crate::import::Head;
use crate::import::format::{Family, Format, Seen};

/// wrk2's text.
pub static FORMAT: Format = Format {
    id: "wrk2-text",
    title: "wrk2 report (text)",
    family: Family::LoadTest,
    recognised_by: "wrk's first two lines, and a thread calibration or an HdrHistogram below them",
    traps: &[
        "Latencies count from when a request was due, which corrects for coordinated omission.",
        "With -U a second, uncorrected block follows; the first one is read.",
        "The detailed percentile spectrum is in milliseconds, whatever the units above it.",
        "Latencies leave out the first ten seconds, in which wrk2 calibrates; the number of requests does not.",
        "The text says no date: the run is placed by the time of its file.",
    ],
    recognise,
    read: |stream, intake| read(stream, intake, Tool::Wrk2),
};

fn recognise(head: &Head<'_>) -> Seen {
    (is_report(&head.text) && is_wrk2(&head.text)).into()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::dataset::ValueCounts;
    use crate::import::{ImportOptions, Imported, Intake};
    use crate::progress::Progress;
    use crate::units::Ppm;
    use crate::warning::WarningKind;

    const REPORT: &str = "Running 1m test @ http://x/\n  1 threads and 10 connections\n  \
        Thread calibration: mean lat.: 1.089ms, rate sampling interval: 10ms\n  Thread Stats   Avg      Stdev     Max   +/- Stdev\n    \
        Latency     1.14ms  355.73us   2.54ms   69.45%\n    Req/Sec     2.11k   181.65     3.22k    86.58%\n  \
        Latency Distribution (HdrHistogram - Recorded Latency)\n 50.000%    1.11ms\n 75.000%    1.35ms\n 99.900%    2.34ms\n\
        100.000%    2.54ms\n\n  Detailed Percentile spectrum:\n       Value   Percentile   TotalCount 1/(1-Percentile)\n\n       \
        0.212     0.000000            1         1.00\n       1.111     0.500000        49950         2.00\n       \
        2.341     0.999000        99800      1000.00\n       2.541     1.000000        99900          inf\n\
        #[Mean    =        1.138, StdDeviation   =        0.356]\n#[Max     =        2.540, Total count    =        99900]\n\
        #[Buckets =           27, SubBuckets     =         2048]\n----------------------------------------------------------\n";
    const UNCORRECTED: &str = "\n  Latency Distribution (HdrHistogram - Uncorrected Latency (measured without taking delayed starts into account))\n \
        50.000%  200.00us\n\n  Detailed Percentile spectrum:\n       Value   Percentile   TotalCount 1/(1-Percentile)\n\n       \
        0.200     1.000000        99900          inf\n#[Mean    =        0.200, StdDeviation   =        0.001]\n\
        #[Max     =        0.200, Total count    =        99900]\n----------------------------------------------------------\n";
    const END: &str = "  119956 requests in 1.00m, 98.26MB read\nRequests/sec:   1999.21\nTransfer/sec:      1.64MB\n";

    fn import(text: &str) -> Result<Imported, String> {
        let options = ImportOptions::default();
        let progress = Progress::default();
        let intake = Intake::new(Path::new("x"), &options, &progress);
        let stream = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
        read(stream, &intake, Tool::Wrk2).map_err(|e| e.to_string())
    }

    #[test]
    fn the_first_block_is_the_corrected_one() {
        for (text, more) in [
            (format!("{REPORT}{END}"), 0),
            (format!("{REPORT}{UNCORRECTED}{END}"), 1),
        ] {
            let source = import(&text).unwrap().source;
            let summary = source.summary.unwrap();
            assert!(!summary.closed_loop);
            let total = summary.total;
            assert_eq!(
                (total.count, total.mean_ms, total.max_ms),
                (Some(119_956), Some(1.138), Some(2.54))
            );
            assert_eq!(
                total.percentiles_ms,
                [(500_000, 1.11), (750_000, 1.35), (999_000, 2.34)]
            );
            assert_eq!(total.throughput_per_sec, Some(1_999.21));
            let values = ValueCounts::new(total.values);
            assert_eq!(values.total(), 99_900);
            let p50 = values
                .quantile(Ppm(500_000), crate::dataset::Estimator::Nearest)
                .unwrap();
            assert_eq!((p50.low_ns, p50.high_ns), (212_001.0, 1_111_000.0));
            assert_eq!(source.info.warnings.count_of(WarningKind::NotRead), more);
            assert_eq!(
                source
                    .info
                    .warnings
                    .count_of(WarningKind::CoordinatedOmission),
                0
            );
            // 99,900 of 119,956.
            assert_eq!(source.info.warnings.count_of(WarningKind::Note), 1);
        }
    }

    #[test]
    fn a_cut_report_is_an_error() {
        assert!(import(REPORT).unwrap_err().contains("cut off"));
        let end = END.find("Transfer").unwrap();
        let cut = import(&format!("{REPORT}{}", &END[..end])).unwrap();
        assert_eq!(
            cut.source
                .info
                .warnings
                .count_of(WarningKind::TruncatedLastRow),
            1
        );
    }
}
