//! The answering screens on results built by hand (`report_fixture`), without engines, files or threads: commands that
//! change the document are carried out, requests are answered from the fixture.

use std::sync::Arc;

use eframe::egui;
use egui_kittest::Harness;
use headroom::analysis::capacity::{
    CapacityStudy, ConcurrencyUnit, MaxPassing, MeasuredCapacity, study_pairs,
};
use headroom::analysis::forecast::plan::ForecastPlan;
use headroom::analysis::forecast::{Candidate, Forecast};
use headroom::analysis::latency::{CodeCount, LabelStats, RunStats, TimelinePoint};
use headroom::calendar::{Instant, Period, TimeRange};
use headroom::dataset::run::ToolFigures;
use headroom::dataset::{
    Dataset, LabelInfo, MetricTable, Role, RunSummary, Series, SeriesInfo, Source, SourceInfo, Tool,
};
use headroom::project::{CapacityLimit, LimitValue, SlaEntry};
use headroom::report::layout;
use headroom::ui::app::Shell;
use headroom::ui::command::Command;
use headroom::ui::results::{Computed, ForecastsOutcome, LoadedSeries, Request, SlaOutcome};
use headroom::ui::screens::{self, Cx};
use headroom::ui::state::{AppState, Screen, ViewState};
use headroom::ui::theme;
use headroom::ui::widgets::LineData;

use crate::report_fixture::{DAY, findings, params, zone};

/// A text of promises that the real reader understands.
pub const PROMISES: &str = "objectives:\n  - name: Availability\n    kind: availability\n    target: 99.9%\n    period: month\n";

/// A desktop reduced to its screens.
pub struct Desk {
    pub state: AppState,
    pub view: ViewState,
    /// Commands that were neither edits nor requests.
    pub sent: Vec<Command>,
    /// Names of the edits, in order.
    pub edits: Vec<String>,
}

impl Desk {
    /// No project and no data.
    pub fn empty(screen: Screen) -> Self {
        let now = Period::parse("2026-07").unwrap().range(&zone()).start;
        let mut state = AppState::new(
            headroom::ui::settings::Settings::default(),
            headroom::project::RecentProjects::default(),
            now,
        );
        state.screen = screen;
        Self {
            state,
            view: ViewState::default(),
            sent: Vec::new(),
            edits: Vec::new(),
        }
    }

    /// A project with promises, limits, two load tests and metrics over a year.
    pub fn full(screen: Screen) -> Self {
        let mut desk = Self::empty(screen);
        let state = &mut desk.state;
        state.zone = zone();
        state.period = Period::parse("2026-06").unwrap();
        state.dataset = Arc::new(dataset());
        state.data_revision = 1;
        state.doc.name = "Checkout platform".to_owned();
        state.doc.time_zone = state.zone.name().to_owned();
        state.doc.period = "2026-06".to_owned();
        state.doc.slas = vec![SlaEntry {
            name: "performance_sla.yaml".to_owned(),
            yaml: PROMISES.to_owned(),
            ..SlaEntry::default()
        }];
        state.doc.limits = [
            ("cpu{instance=web-1}", LimitValue::Percent(80.0)),
            ("disk_used{volume=orders}", LimitValue::Value(1_600.0)),
            ("connections{pool=primary}", LimitValue::Value(400.0)),
        ]
        .map(|(series, limit)| CapacityLimit {
            series: series.to_owned(),
            limit,
            lead_time_days: 21,
            ..CapacityLimit::default()
        })
        .to_vec();
        desk
    }

    /// One frame: the screen, then what it asked for.
    pub fn frame(&mut self, ui: &mut egui::Ui) {
        let mut out = Vec::new();
        egui::CentralPanel::default().show(ui, |ui| {
            let mut cx = Cx {
                state: &self.state,
                view: &mut self.view,
                out: &mut out,
            };
            screens::show_ui(ui, &mut cx);
        });
        let busy = !out.is_empty();
        for command in out {
            self.carry_out(command);
        }
        if busy {
            ui.request_repaint();
        }
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::Edit(edit) => {
                self.state.doc = edit.applied(&self.state.doc);
                self.edits.push(edit.name);
            }
            Command::Go(screen) => self.state.screen = screen,
            Command::Request(request) => {
                let fingerprint = request.fingerprint(&self.state);
                self.state.results.begin(&request, fingerprint);
                let computed = self.answer(&request);
                self.state.results.finish(&request, fingerprint, computed);
            }
            other => self.sent.push(other),
        }
    }

    fn answer(&self, request: &Request) -> Computed {
        let found = findings(&self.state.period.to_string());
        match request {
            Request::Sla => Computed::Sla(Ok(SlaOutcome {
                report: found.slas[0].report.clone(),
                problems: vec![],
            })),
            Request::Forecasts => Computed::Forecasts(Ok(ForecastsOutcome {
                forecasts: self
                    .state
                    .doc
                    .limits
                    .iter()
                    .map(|l| (l.clone(), Self::forecast(&l.series)))
                    .collect(),
            })),
            Request::Forecast(_, wanted) => {
                let table = self.state.dataset.source(&wanted.series.source_id).unwrap();
                let info = &table.metrics.as_ref().unwrap().series[wanted.series.index];
                let mut forecast = Self::forecast(&info.display_name());
                if let (Ok(forecast), Some(LimitValue::Value(v) | LimitValue::Percent(v))) =
                    (&mut forecast, &wanted.limit)
                {
                    forecast.capacity.as_mut().unwrap().threshold = *v;
                } else if let Ok(forecast) = &mut forecast {
                    forecast.capacity = None;
                }
                if let Ok(forecast) = &mut forecast {
                    let spans = self.state.doc.decisions.known_spans.iter();
                    let own = spans.filter(|s| s.series == forecast.series);
                    forecast.left_out = own.cloned().collect();
                    found_in_the_past(forecast, &wanted.known.plan);
                }
                Computed::Forecast(forecast.map(Box::new))
            }
            Request::Run(_, wanted) => Computed::Run(Ok(run_stats(wanted.range))),
            Request::Capacity(..) => Computed::Capacity(
                found
                    .capacity
                    .map(|c| Box::new(studied(c)))
                    .ok_or_else(String::new),
            ),
            Request::Series(key) => {
                let source = self.state.dataset.source(&key.source_id).unwrap();
                let info = source.metrics.as_ref().unwrap().series[key.index].clone();
                let series = series(info);
                Computed::Series(Ok(LoadedSeries {
                    line: LineData::from_series(&series),
                    info: series.info,
                }))
            }
            Request::Story(key) => {
                Computed::Story(Ok(crate::story::told(&key.objective, key.start)))
            }
            Request::Advice => Computed::Advice(Ok(crate::story::advice(&found, &self.state.doc))),
            Request::Report => Computed::Report(Ok(layout(&found, &params("2026-06")))),
            Request::Compare(wanted) => {
                Computed::Compare(Ok(crate::compare::screen::comparison(wanted)))
            }
            Request::Anomalies(wanted) => Computed::Anomalies(Ok(crate::anomalies::screen::found(
                &wanted.series,
                &self.state.dataset,
                &self.state.doc.decisions,
            ))),
            Request::Outlook(_) => Computed::Outlook(Ok(crate::runs_out::screen::outlook(
                &self.state,
                Self::forecast,
            ))),
            Request::Trend(_) => Computed::Trend(Ok(crate::compare::screen::releases())),
            Request::Headroom(wanted) => {
                Computed::Headroom(Ok(Box::new(crate::queue::left(wanted))))
            }
            Request::Simulate(scenario) => {
                Computed::Simulated(Ok(Box::new(crate::what_if::fixture::found(scenario))))
            }
            Request::Ask(asked) => Computed::Answer(crate::what_if::answers::answer(asked)),
            Request::Scorecard => Computed::Scorecard(Ok(crate::scorecard::screen::card(
                &self.state.dataset,
                &self.state.doc,
            ))),
        }
    }

    fn forecast(series: &str) -> Result<Forecast, String> {
        findings("2026-06")
            .forecasts
            .into_iter()
            .find(|f| f.series == series)
            .and_then(|f| f.forecast)
            .ok_or_else(|| "3 days of data are too few for a forecast".to_owned())
    }
}

/// What a study would say of the measured levels.
fn studied(measured: MeasuredCapacity) -> CapacityStudy {
    let rows: Vec<(f64, f64)> = measured
        .points
        .iter()
        .map(|p| (p.concurrency, p.throughput))
        .collect();
    let most = measured.max_passing.unwrap();
    CapacityStudy {
        sentence: format!(
            "It takes about 333 requests/s with 48 users at {}; 64 users are too many",
            measured.budget
        ),
        concurrency: ConcurrencyUnit::Users,
        budget: Some(measured.budget.clone()),
        max_passing: Some(MaxPassing {
            throughput: most.throughput,
            concurrency: most.concurrency,
            budget: measured.budget,
            next_failing: measured.next_failing,
            measured: most,
            ..MaxPassing::default()
        }),
        points: measured.points,
        ..study_pairs(&rows, "users", "requests/s")
    }
}

/// The whole program in a window of 1400 × 900, without a graphics adapter. Its look is installed in the first frame.
pub fn shell_harness(shell: Shell, max_steps: u64) -> Harness<'static, Shell> {
    let mut installed = false;
    Harness::builder()
        .with_size(egui::vec2(1_400.0, 900.0))
        .with_max_steps(max_steps)
        .build_ui_state(
            move |ui, shell: &mut Shell| {
                if !std::mem::replace(&mut installed, true) {
                    theme::install(ui.ctx());
                    ui.ctx().request_discard("fonts");
                    return;
                }
                let ctx = ui.ctx().clone();
                shell.logic(&ctx);
                shell.ui(ui);
            },
            shell,
        )
}

/// A harness around a desk, without a graphics adapter.
pub fn harness(desk: Desk, size: [f32; 2]) -> Harness<'static, Desk> {
    build(Harness::builder().with_size(size), desk)
}

/// The same from a builder that says more.
pub fn build(builder: egui_kittest::HarnessBuilder<Desk>, desk: Desk) -> Harness<'static, Desk> {
    let mut harness = builder
        .with_max_steps(40)
        .with_context_setup(theme::install)
        .build_ui_state(|ui, desk: &mut Desk| desk.frame(ui), desk);
    harness.run();
    harness
}

/// The range of the last load test.
pub fn run_range() -> TimeRange {
    let start = Instant(Period::parse("2026-06").unwrap().range(&zone()).start.0 + 18 * DAY);
    TimeRange {
        start,
        end: Instant(start.0 + 3_600_000_000),
    }
}

fn dataset() -> Dataset {
    let range = run_range();
    let run = |name: &str, days_before: i64| {
        let shift = |at: Instant| Some(Instant(at.0 - days_before * DAY));
        Source {
            info: SourceInfo {
                source_id: name.to_owned(),
                file_name: name.to_owned(),
                format: "jmeter-csv".to_owned(),
                rows: 642_120,
                first: shift(range.start),
                last: shift(range.end),
                scope: headroom::dataset::Scope {
                    service: "checkout".to_owned(),
                    role: Role::Test,
                    ..Default::default()
                },
                ..SourceInfo::default()
            },
            run: Some(RunSummary {
                tool: Tool::JMeter,
                tick_ns: 1_000_000,
                bucket_secs: 1,
                labels: labels()
                    .map(|name| LabelInfo {
                        name,
                        controller: false,
                    })
                    .collect(),
                tool_figures: vec![ToolFigures {
                    label: "Total".to_owned(),
                    percentiles_ms: vec![(900_000, 121.0), (950_000, 184.0), (990_000, 415.0)],
                }],
                closed_loop: true,
                ..RunSummary::default()
            }),
            ..Source::default()
        }
    };
    let end = findings("2026-06").end;
    let info = |name: &str, label: (&str, &str), unit: &str| SeriesInfo {
        name: name.to_owned(),
        labels: [(label.0.to_owned(), label.1.to_owned())].into(),
        unit: unit.to_owned(),
        step_secs: Some(3_600.0),
        points: 24 * 300,
        first: Some(Instant(end.0 - 300 * DAY)),
        last: Some(end),
        ..SeriesInfo::default()
    };
    let metrics = Source {
        info: SourceInfo {
            source_id: "metrics".to_owned(),
            file_name: "cloudwatch-2025-2026.csv".to_owned(),
            format: "metric-csv".to_owned(),
            first: Some(Instant(end.0 - 300 * DAY)),
            last: Some(end),
            ..SourceInfo::default()
        },
        metrics: Some(MetricTable {
            series: vec![
                info("cpu", ("instance", "web-1"), "%"),
                info("cpu", ("instance", "web-2"), "%"),
                info("disk_used", ("volume", "orders"), "GiB"),
                info("connections", ("pool", "primary"), ""),
            ],
            ..MetricTable::default()
        }),
        ..Source::default()
    };
    Dataset {
        sources: vec![
            Arc::new(run("checkout-load-2026-06-11.jtl", 8)),
            Arc::new(run("checkout-load-2026-06-19.jtl", 0)),
            Arc::new(metrics),
        ],
    }
}

fn labels() -> impl Iterator<Item = String> {
    [
        "GET /products",
        "GET /products/{id}",
        "POST /cart",
        "POST /checkout",
        "GET /orders",
    ]
    .into_iter()
    .map(str::to_owned)
}

/// Hourly values with a day's rhythm, growth, and two days without any.
fn series(info: SeriesInfo) -> Series {
    let end = findings("2026-06").end;
    let salt = info.display_name().len() as f64;
    let (times, values) = (0..24 * 300_i64)
        .filter(|h| !(2_000..2_048).contains(h))
        .map(|h| {
            let hour = h as f64;
            let value = 40.0
                + salt * 0.3
                + hour * 0.004
                + 12.0 * (hour / 24.0 * std::f64::consts::TAU + salt).sin()
                + 4.0 * (hour * 1.7).cos();
            (Instant(end.0 - (24 * 300 - h) * 3_600_000_000), value)
        })
        .unzip();
    Series {
        info,
        times,
        values,
    }
}

fn label_stats(label: &str, weight: f64) -> LabelStats {
    let count = (642_120.0 * weight) as u64;
    let errors = (count as f64 * 0.0021 * weight) as u64;
    let ms = |v: f64| Some(v * (0.6 + weight));
    LabelStats {
        label: label.to_owned(),
        count,
        errors,
        error_rate: Some(errors as f64 / count as f64),
        mean_ms: ms(58.0),
        min_ms: Some(4.0),
        max_ms: ms(4_112.0),
        p50_ms: ms(41.0),
        p90_ms: ms(120.0),
        p95_ms: ms(183.0),
        p99_ms: ms(412.0),
        p99_9_ms: ms(1_480.0),
        throughput_per_sec: Some(178.4 * weight),
        received_bytes_per_sec: Some(402_000.0 * weight),
        apdex: Some(0.97),
        few_samples: vec![],
    }
}

fn run_stats(range: Option<TimeRange>) -> RunStats {
    let whole = run_range();
    let range = range.and_then(|r| r.intersect(whole)).unwrap_or(whole);
    let steps = (range.length().0 / 30_000_000).max(2);
    let mut timeline = Vec::new();
    for step in 0..steps {
        let t = Instant(range.start.0 + step * 30_000_000);
        let x = t.since(whole.start).as_secs() / 60.0;
        let load = (x / 60.0 * 6.0).floor().min(5.0) + 1.0;
        for (label, weight) in
            std::iter::once(("Total".to_owned(), 1.0)).chain(labels().map(|l| (l, 0.2)))
        {
            let wobble = 1.0 + 0.08 * (x * 1.9 + weight).sin();
            timeline.push(TimelinePoint {
                t,
                count: (30.0 * 60.0 * load * weight * wobble) as u64,
                errors: if x > 44.0 && x < 47.0 {
                    (40.0 * weight) as u64
                } else {
                    0
                },
                p50_ms: Some(30.0 * wobble + 2.0 * load),
                p95_ms: Some(90.0 * wobble + 3.0 * load * load),
                p99_ms: Some(190.0 * wobble + 9.0 * load * load),
                concurrency: (label == "Total").then_some(load * 10.0),
                label,
            });
        }
    }
    RunStats {
        estimator: "r7".to_owned(),
        total: label_stats("Total", 1.0),
        labels: labels()
            .zip([0.34, 0.28, 0.17, 0.09, 0.12])
            .map(|(l, w)| label_stats(&l, w))
            .collect(),
        codes: vec![
            CodeCount {
                code: "200".to_owned(),
                count: 640_900,
            },
            CodeCount {
                code: "503".to_owned(),
                count: 1_180,
            },
            CodeCount {
                code: "Non HTTP response code: java.net.SocketTimeoutException".to_owned(),
                count: 40,
            },
        ],
        concurrency: headroom::analysis::latency::Concurrency {
            max: Some(60.0),
            mean: Some(34.0),
        },
        timeline,
    }
}

/// A change of level and an outlier, unless a person decided otherwise, and three models.
fn found_in_the_past(forecast: &mut Forecast, plan: &ForecastPlan) {
    let day = |share: usize| forecast.history[forecast.history.len() * share / 10].0;
    let (change, outlier) = (day(4), day(7));
    if !plan.struck.contains(&change) {
        forecast.changepoints = vec![change];
    }
    if plan.ignored.iter().all(|i| i.start != outlier) {
        forecast.outliers = vec![outlier];
    }
    forecast.candidates = [
        (forecast.model.clone(), Some(0.71)),
        ("drift".to_owned(), Some(0.93)),
        ("logistic".to_owned(), None),
    ]
    .map(|(model, mase)| Candidate { model, mase })
    .to_vec();
}
