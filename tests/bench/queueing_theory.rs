//! The request engine against queueing theory, and its speed: prints a table.
//!
//! `cargo bench --bench queueing_theory` runs up to 100 million requests for each row; a number after `--` is the
//! number of millions instead, and a word before it (`station`, `network`, `balancer`) the only table.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a program that prints a table and may stop where something is wrong; its lists have fixed lengths"
)]

use std::time::Instant;

use headroom::analysis::queueing;
use headroom::progress::Progress;
use headroom::scenario::model::{
    Arrivals, Balancer, Class, Dist, InstanceGroup, Pattern, Run, Scenario, Service, Topology,
    Workload,
};
use headroom::scenario::request::{self, NetworkFigures, NetworkStation, run_network};
use rayon::prelude::*;

/// Mean service time of every model, seconds.
const SERVICE: f64 = 1.0;
/// Repetitions of a row.
const REPETITIONS: u32 = 8;

struct Model {
    name: &'static str,
    time: Dist,
    workers: u32,
    queue_limit: Option<u32>,
}

fn scenario(model: &Model, utilisation: f64, requests: f64) -> Scenario {
    let rate = utilisation * f64::from(model.workers) / SERVICE;
    let duration = requests / f64::from(REPETITIONS) / rate;
    Scenario {
        workload: Workload {
            arrivals: Arrivals::Open,
            pattern: Pattern::Constant { level: rate },
            ..Workload::default()
        },
        service: Service {
            classes: vec![Class {
                time: model.time.clone(),
                ..Class::default()
            }],
            workers: model.workers,
            queue_limit: model.queue_limit,
            ..Service::default()
        },
        topology: Topology {
            groups: vec![InstanceGroup::default()],
            balancer: Balancer::SharedQueue,
            ..Topology::default()
        },
        run: Run {
            duration,
            warm_up: 20_000.0,
            step: duration / 10.0,
            replications: REPETITIONS,
            seed: 20_261_121,
            ..Run::default()
        },
        ..Scenario::default()
    }
}

/// Mean wait, and P95 of the response where it has a closed form.
fn theory(model: &Model, utilisation: f64) -> (f64, Option<f64>) {
    let servers = u64::from(model.workers);
    let rate = utilisation * f64::from(model.workers) / SERVICE;
    if let Some(limit) = model.queue_limit {
        let room = servers + u64::from(limit);
        let finite = queueing::finite_room(rate, SERVICE, servers, room).unwrap();
        return (finite.steady.wait, None);
    }
    if matches!(model.time, Dist::Exponential { .. }) {
        let markov = queueing::Markov::new(rate, SERVICE, servers).unwrap();
        return (markov.steady.wait, markov.response_percentile(0.95));
    }
    let general = queueing::general_server(rate, SERVICE, model.time.variation()).unwrap();
    (general.wait, None)
}

/// Processor seconds of this process; where the system does not tell, those of the clock.
fn processor_secs(begin: Instant) -> f64 {
    // utime and stime, in hundredths of a second, are the 14th and 15th field; the name before them may hold spaces.
    let told = std::fs::read_to_string("/proc/self/stat")
        .ok()
        .and_then(|stat| {
            let rest = stat.rsplit_once(')')?.1.to_owned();
            let fields: Vec<f64> = rest
                .split_whitespace()
                .skip(11)
                .take(2)
                .filter_map(|f| f.parse().ok())
                .collect();
            Some(fields.iter().sum::<f64>() / 100.0)
        });
    told.unwrap_or_else(|| begin.elapsed().as_secs_f64())
}

/// The passport office of Gunther (Practical Performance Analyst §5.5.4): four desks, the busiest at 78, 90, 95 and, with
/// the book's 15 applicants an hour, 97 %. Each row is the mean of eight independent runs with its 95 % interval.
fn passport(millions: f64) {
    let routes = [
        vec![0.0, 0.3, 0.7, 0.0],
        vec![0.0, 0.0, 0.2, 0.8],
        vec![0.0, 0.1, 0.0, 0.9],
        vec![],
    ];
    let means = [20.0, 600.0, 300.0, 60.0];
    println!("\nnetwork        busy   wait: theory  simulated    off  interval ±");
    // Near saturation waits of neighbours are alike for long, so that the same precision needs more of them.
    for (hourly, part) in [(12.0, 0.3), (14.0, 1.0), (14.7, 1.0), (15.0, 2.0)] {
        let entering = |desk: usize| if desk == 0 { hourly / 3600.0 } else { 0.0 };
        let desks: Vec<NetworkStation> = (0..4)
            .map(|desk| NetworkStation {
                arrivals: entering(desk),
                service: Dist::Exponential { mean: means[desk] },
                servers: 1,
                routes: routes[desk].clone(),
            })
            .collect();
        let formula: Vec<queueing::OpenStation> = (0..4)
            .map(|desk| queueing::OpenStation {
                arrivals: entering(desk),
                service: means[desk],
                servers: 1,
                routes: routes[desk].clone(),
            })
            .collect();
        let theory = queueing::open_network(&formula).unwrap();
        let duration = part * millions * 1e6 / f64::from(REPETITIONS) / (hourly / 3600.0);
        let warm_up = 20_000.0 / (hourly / 3600.0);
        let runs: Vec<NetworkFigures> = (0..u64::from(REPETITIONS))
            .into_par_iter()
            .map(|seed| run_network(&desks, duration, warm_up, seed, &Progress::default()).unwrap())
            .collect();
        for (desk, expected) in theory.iter().enumerate() {
            let wait = expected.steady.wait;
            let waits: Vec<f64> = runs.iter().map(|r| r.stations[desk].wait).collect();
            let (mean, half) = interval(&waits);
            println!(
                "{hourly:4}/h desk {}  {:4.2}   {wait:12.4} {mean:10.4} {:+6.2} % {:10.2} %",
                desk + 1,
                expected.steady.utilisation,
                100.0 * (mean / wait - 1.0),
                100.0 * half / wait,
            );
        }
        let whole: f64 = theory.iter().map(queueing::Visited::residence).sum();
        let (mean, half) = interval(&runs.iter().map(|r| r.response).collect::<Vec<f64>>());
        println!(
            "{hourly:4}/h whole          {whole:12.4} {mean:10.4} {:+6.2} % {:10.2} %   (response)",
            100.0 * (mean / whole - 1.0),
            100.0 * half / whole,
        );
    }
}

/// Mean of the repetitions and half of its 95 % interval (Student's t with seven degrees of freedom: 2.365).
fn interval(values: &[f64]) -> (f64, f64) {
    let n = f64::from(REPETITIONS);
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (mean, 2.365 * (squares / (n - 1.0) / n).sqrt())
}

/// Eight instances of one worker at 85 %, by who chooses among them.
fn balancers(millions: f64) {
    println!("\nbalancer              mean wait   P95 of the response");
    for balancer in [
        Balancer::Random,
        Balancer::RoundRobin,
        Balancer::PowerOfTwo,
        Balancer::JoinShortestQueue,
        Balancer::LeastConnections,
        Balancer::SharedQueue,
    ] {
        let model = Model {
            name: "",
            time: Dist::Exponential { mean: SERVICE },
            workers: 1,
            queue_limit: None,
        };
        let mut scenario = scenario(&model, 0.85, millions * 1e6 / 8.0);
        scenario.workload.growth = 8.0;
        scenario.topology.balancer = balancer;
        scenario.topology.groups = vec![InstanceGroup {
            instances: 8,
            ..InstanceGroup::default()
        }];
        let summary = request::run(&scenario, &Progress::default())
            .unwrap()
            .summary;
        println!(
            "{:20} {:10.4} {:10.4}",
            format!("{balancer:?}"),
            summary.wait_mean.value,
            summary.p95.value
        );
    }
}

/// Single stations on one core.
fn stations(millions: f64) {
    let begin = Instant::now();
    let exponential = Dist::Exponential { mean: SERVICE };
    let models = [
        ("M/M/1", exponential.clone(), 1, None),
        ("M/M/2", exponential.clone(), 2, None),
        ("M/M/10", exponential.clone(), 10, None),
        ("M/D/1", Dist::Deterministic { mean: SERVICE }, 1, None),
        (
            "M/E4/1",
            Dist::Erlang {
                mean: SERVICE,
                phases: 4,
            },
            1,
            None,
        ),
        (
            "M/LN/1 cv 0.5",
            Dist::LogNormal {
                mean: SERVICE,
                cv: 0.5,
            },
            1,
            None,
        ),
        (
            "M/H2/1 cv 1.5",
            Dist::HyperExponential {
                mean: SERVICE,
                cv: 1.5,
            },
            1,
            None,
        ),
        ("M/M/2/20", exponential, 2, Some(18)),
    ];
    println!(
        "model           load   wait: theory  simulated    off  interval ±   P95: theory  simulated    off   M requests/s/core"
    );
    for (name, time, workers, queue_limit) in models {
        let model = Model {
            name,
            time,
            workers,
            queue_limit,
        };
        // Low loads settle with fewer requests.
        for (utilisation, part) in [(0.6, 0.1), (0.8, 0.3), (0.9, 1.0), (0.95, 1.0)] {
            let scenario = scenario(&model, utilisation, part * millions * 1e6);
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(1)
                .build()
                .unwrap();
            let start = processor_secs(begin);
            let outcome = pool
                .install(|| request::run(&scenario, &Progress::default()))
                .unwrap();
            let spent = (processor_secs(begin) - start).max(0.01);
            let speed = outcome.summary.offered * f64::from(REPETITIONS) / spent;
            let (wait, p95) = theory(&model, utilisation);
            let got = outcome.summary.wait_mean;
            let half = got.interval.map_or(0.0, |(low, high)| (high - low) / 2.0);
            let tail = p95.map_or(String::new(), |p95| {
                let got = outcome.summary.p95.value;
                format!("{p95:12.4} {got:10.4} {:+6.2} %", 100.0 * (got / p95 - 1.0))
            });
            println!(
                "{:14}  {utilisation:4.2}   {wait:12.4} {:10.4} {:+6.2} % {:10.2} %  {tail:31}   {:8.1}",
                model.name,
                got.value,
                100.0 * (got.value / wait - 1.0),
                100.0 * half / wait,
                speed / 1e6
            );
        }
    }
}

fn main() {
    let millions = std::env::args()
        .find_map(|a| a.parse::<f64>().ok())
        .unwrap_or(100.0);
    let tables: [(&str, &dyn Fn()); 3] = [
        ("station", &|| stations(millions)),
        ("network", &|| passport(millions)),
        ("balancer", &|| balancers(millions / 5.0)),
    ];
    let only: Vec<String> = std::env::args()
        .filter(|a| tables.iter().any(|(name, _)| name == a))
        .collect();
    for (name, table) in tables {
        if only.is_empty() || only.iter().any(|o| o == name) {
            table();
        }
    }
}
