//! Benchmarks of the hot paths: reading JMeter rows from memory, merging histograms, taking percentiles.
//!
//! `cargo bench --bench engine`; the race against other tools is `stats_vs_peers.sh`.

#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot read its own rows should fail"
)]

mod access_log;
mod fluid;
mod forecast;
mod k6;
mod plot;
mod pyramid;
mod xml;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};

use headroom::dataset::{Estimator, ValueCounts};
use headroom::import::ImportOptions;
use headroom::import::blocks::{BlockLimits, Cutter};
use headroom::import::load_test::columns::Columns;
use headroom::import::load_test::jmeter_csv::summarise;
use headroom::units::Ppm;

const ROWS: i64 = 100_000;
const HEADER: &str = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,\
                      failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect\n";

fn main() {
    divan::main();
}

/// Rows like those of a real run; with quotes in every row where asked.
fn results(quoted: bool) -> String {
    let thread = if quoted {
        "\"Users, EU 1-7\""
    } else {
        "Users 1-7"
    };
    let mut text = HEADER.to_owned();
    for i in 0..ROWS {
        let (elapsed, label) = (1 + i * i % 907, i * 31 % 40);
        text.push_str(&format!(
            "{},{elapsed},GET /api/v1/resource{label},200,OK,{thread},text,true,,5124,312,50,50,\
             https://shop.example/api/v1/resource{label},{elapsed},0,1\n",
            1_764_547_200_000 + i / 3
        ));
    }
    text
}

fn read(bencher: Bencher, quoted: bool, whole_run: bool) {
    let text = results(quoted);
    let columns = Columns::of(HEADER).expect("the header is JMeter's");
    let options = ImportOptions {
        whole_run,
        ..ImportOptions::default()
    };
    bencher
        .counter(BytesCount::new(text.len()))
        .counter(ItemsCount::new(ROWS as usize))
        .bench(|| {
            let limits = BlockLimits::default();
            summarise(text.as_bytes(), &columns, &options, limits, 2)
                .expect("memory can be read")
                .samples()
        });
}

#[divan::bench]
fn read_whole_run(bencher: Bencher) {
    read(bencher, false, true);
}

#[divan::bench]
fn read_by_second(bencher: Bencher) {
    read(bencher, false, false);
}

#[divan::bench]
fn read_quoted_whole_run(bencher: Bencher) {
    read(bencher, true, true);
}

#[divan::bench(args = [false, true])]
fn cut_blocks(bencher: Bencher, quoted: bool) {
    let text = results(quoted);
    bencher.counter(BytesCount::new(text.len())).bench(|| {
        let mut cutter = Cutter::new(text.as_bytes(), b',', BlockLimits::default());
        let mut bytes = 0;
        let mut buffer = Vec::new();
        while let Ok(Some(block)) = cutter.next_block(buffer) {
            bytes += block.bytes.len();
            buffer = block.bytes;
        }
        bytes
    });
}

fn counts(offset: i64) -> ValueCounts {
    ValueCounts::from_ticks(
        (0..5_000).map(|i| (offset + i, 1 + (i * 7 % 13) as u64)),
        1_000_000,
    )
}

#[divan::bench]
fn merge_60_histograms(bencher: Bencher) {
    let parts: Vec<ValueCounts> = (0..60).map(|i| counts(i * 11)).collect();
    bencher.bench(|| ValueCounts::merged(black_box(&parts)));
}

#[divan::bench(args = [500_000, 950_000, 999_000])]
fn percentile(bencher: Bencher, ppm: i64) {
    let counts = counts(0);
    bencher.bench(|| black_box(&counts).quantile(Ppm(ppm), Estimator::R7));
}
