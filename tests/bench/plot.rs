//! What a chart of ten million points costs a frame: layout, painting and tessellation, without a window. The bar is 4 ms.

use std::cell::RefCell;
use std::sync::OnceLock;

use divan::Bencher;
use eframe::egui::{self, Pos2, Rect, vec2};
use headroom::calendar::{Instant, TimeRange, Zone};
use headroom::ui::theme::{self, Tokens};
use headroom::ui::widgets::{LineData, LineKind, PlotLine, TimePlot, TimeWindow};

const POINTS: usize = 10_000_000;
const START: i64 = 1_750_000_000;

fn line() -> &'static LineData {
    static LINE: OnceLock<LineData> = OnceLock::new();
    LINE.get_or_init(|| {
        let mut state = 88_172_645_463_325_252_u64;
        let mut noise = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % 1_000) as f64 / 1_000.0
        };
        let times = (0..POINTS).map(|i| START as f64 + i as f64).collect();
        let values = (0..POINTS)
            .map(|i| {
                60.0 + 30.0 * (i as f64 / 86_400.0 * std::f64::consts::TAU).sin() + 8.0 * noise()
            })
            .collect();
        LineData::new(times, values, 2.5)
    })
}

fn full() -> TimeRange {
    TimeRange {
        start: Instant::from_secs(START),
        end: Instant::from_secs(START + POINTS as i64),
    }
}

/// A context that draws one chart, and what it remembers.
struct Bench {
    ctx: egui::Context,
    window: RefCell<TimeWindow>,
    time: RefCell<f64>,
}

impl Bench {
    fn new() -> Self {
        line();
        let ctx = egui::Context::default();
        theme::install(&ctx);
        let bench = Self {
            ctx,
            window: RefCell::default(),
            time: RefCell::new(0.0),
        };
        for _ in 0..3 {
            bench.frame(vec![]);
        }
        bench
    }

    /// One frame with these events, tessellated; the number of vertices.
    fn frame(&self, events: Vec<egui::Event>) -> usize {
        let mut time = self.time.borrow_mut();
        *time += 1.0 / 60.0;
        let input = egui::RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(1_600.0, 1_000.0))),
            time: Some(*time),
            events,
            ..egui::RawInput::default()
        };
        let zone = Zone::utc();
        let mut output = self.ctx.run_ui(input, |ui| {
            let tokens = Tokens::of(ui);
            TimePlot::new("bench", "CPU was between 30 % and 98 %", &zone)
                .unit("%")
                .height(900.0)
                .line(PlotLine {
                    name: "cpu".to_owned(),
                    data: line(),
                    color: tokens.accent,
                    kind: LineKind::Subject,
                })
                .show_in(ui, &mut self.window.borrow_mut(), full());
        });
        output.textures_delta.clear();
        let meshes = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        meshes
            .iter()
            .map(|m| match &m.primitive {
                egui::epaint::Primitive::Mesh(mesh) => mesh.vertices.len(),
                egui::epaint::Primitive::Callback(_) => 0,
            })
            .sum()
    }
}

/// Nothing moves: what was drawn is drawn again.
#[divan::bench]
fn ten_million_points_still(bencher: Bencher) {
    let bench = Bench::new();
    bencher.bench_local(|| bench.frame(vec![]));
}

/// The pointer moves over the chart: the value under it is found anew.
#[divan::bench]
fn ten_million_points_hovered(bencher: Bencher) {
    let bench = Bench::new();
    let mut x = 100.0;
    bencher.bench_local(|| {
        x = if x > 1_500.0 { 100.0 } else { x + 7.0 };
        bench.frame(vec![egui::Event::PointerMoved(Pos2::new(x, 500.0))])
    });
}

/// The range moves: every frame draws another window from the pyramid.
#[divan::bench]
fn ten_million_points_panned(bencher: Bencher) {
    let bench = Bench::new();
    let mut step = 0;
    bencher.bench_local(|| {
        step = (step + 1) % 1_000;
        bench.window.borrow_mut().shown = Some(TimeRange {
            start: Instant::from_secs(START + step * 1_000),
            end: Instant::from_secs(START + step * 1_000 + 8_000_000),
        });
        bench.frame(vec![])
    });
}

/// Preparing the points once, when the series arrives (not on the main thread's account of a frame).
#[divan::bench(sample_count = 3)]
fn ten_million_points_prepared(bencher: Bencher) {
    let times: Vec<f64> = (0..POINTS).map(|i| i as f64).collect();
    let values: Vec<f64> = (0..POINTS).map(|i| (i % 977) as f64).collect();
    bencher
        .with_inputs(|| (times.clone(), values.clone()))
        .bench_local_values(|(times, values)| LineData::new(times, values, 2.5));
}
