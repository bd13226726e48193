//! Ten million points: building the levels once, then drawing the whole and a part of it.

use divan::Bencher;
use headroom::dataset::pyramid::Pyramid;

const POINTS: usize = 10_000_000;

fn points() -> (Vec<f64>, Vec<f64>) {
    let mut state = 88_172_645_463_325_252_u64;
    (0..POINTS)
        .map(|i| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (1.7e9 + i as f64, (state % 1_000_003) as f64)
        })
        .unzip()
}

#[divan::bench(sample_count = 5)]
fn build_ten_million(bencher: Bencher) {
    bencher
        .with_inputs(points)
        .bench_values(|(times, values)| Pyramid::new(times, values, 10.0));
}

#[divan::bench(args = [10_000_000.0, 1_000_000.0, 10_000.0])]
fn draw_2000_columns(bencher: Bencher, window_secs: f64) {
    let (times, values) = points();
    let pyramid = Pyramid::new(times, values, 10.0);
    bencher.bench(|| pyramid.query(1.7e9 + 1_234.0, 1.7e9 + 1_234.0 + window_secs, 2_000));
}
