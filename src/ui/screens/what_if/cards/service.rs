//! What one instance does with a request: how long, how many at once, what happens when it is late.

use eframe::egui::Ui;

use super::super::Known;
use super::super::field::{Form, Knob, Unit, choose_ui, group_ui, remark_ui, secs};
use crate::scenario::Scenario;
use crate::scenario::model::{Contention, Dist};

/// Shapes of a service time to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spread {
    Fixed,
    Erlang,
    Exponential,
    LogNormal,
    Hyper,
    Measured,
}

impl Spread {
    const fn of(dist: &Dist) -> Self {
        match dist {
            Dist::Deterministic { .. } => Self::Fixed,
            Dist::Erlang { .. } => Self::Erlang,
            Dist::Exponential { .. } => Self::Exponential,
            Dist::LogNormal { .. } => Self::LogNormal,
            Dist::HyperExponential { .. } => Self::Hyper,
            Dist::Empirical { .. } => Self::Measured,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Fixed => "always the same",
            Self::Erlang => "steady (Erlang)",
            Self::Exponential => "varied (exponential)",
            Self::LogNormal => "some long ones (log-normal)",
            Self::Hyper => "two kinds (hyperexponential)",
            Self::Measured => "as measured",
        }
    }

    fn made(self, before: &Dist) -> Dist {
        let (mean, cv) = (before.mean(), before.variation().sqrt());
        match self {
            Self::Fixed => Dist::Deterministic { mean },
            Self::Erlang => Dist::Erlang { mean, phases: 4 },
            Self::Exponential => Dist::Exponential { mean },
            Self::LogNormal => Dist::LogNormal {
                mean,
                cv: if cv > 0.0 { cv } else { 1.0 },
            },
            Self::Hyper => Dist::HyperExponential {
                mean,
                cv: cv.max(1.5),
            },
            Self::Measured => before.clone(),
        }
    }
}

/// The shape of a time, and how much it varies.
pub(super) fn spread_ui(
    ui: &mut Ui,
    said: &mut Option<String>,
    name: &'static str,
    dist: &mut Dist,
) {
    let before = Spread::of(dist);
    let mut spread = before;
    let mut all = vec![
        Spread::Fixed,
        Spread::Erlang,
        Spread::Exponential,
        Spread::LogNormal,
        Spread::Hyper,
    ];
    if before == Spread::Measured {
        all.push(before);
    }
    let choices: Vec<(Spread, &str)> = all.into_iter().map(|s| (s, s.word())).collect();
    if choose_ui(ui, said, name, &mut spread, &choices) {
        *dist = spread.made(dist);
    }
    match dist {
        Dist::LogNormal { cv, .. } => {
            Knob::new("Variation", Unit::Times, 0.05, 5.0)
                .hint("Standard deviation as a multiple of the mean")
                .show(ui, said, cv);
        }
        Dist::HyperExponential { cv, .. } => {
            Knob::new("Variation", Unit::Times, 1.0, 5.0)
                .hint("Standard deviation as a multiple of the mean, at least 1")
                .show(ui, said, cv);
        }
        Dist::Erlang { phases, .. } => {
            Knob::new("Phases", Unit::Count, 1.0, 20.0)
                .strict()
                .hint("The more, the steadier")
                .count(ui, said, phases);
        }
        _ => {}
    }
}

pub(super) fn summary(scenario: &Scenario) -> String {
    let service = &scenario.service;
    if let Some(file) = &service.from_run {
        return format!("as in {file}");
    }
    let kinds = match service.classes.len() {
        0 | 1 => String::new(),
        n => format!(", {n} kinds"),
    };
    format!(
        "{} a request{kinds}, {} at once",
        secs(service.mean_time()),
        service.workers
    )
}

pub(super) fn show_ui(ui: &mut Ui, form: &mut Form, known: &Known) {
    from_run_ui(ui, form, known);
    let Form { scenario, said } = form;
    let service = &mut scenario.service;
    if service.from_run.is_none() {
        classes_ui(ui, said, service);
    }
    let mut queueing = matches!(service.contention, Contention::Queueing);
    Knob::new("Workers", Unit::Count, 1.0, 500.0)
        .hint("Requests an instance works on at once: threads, processes, connections")
        .count(ui, said, &mut service.workers);
    let choices = [
        (true, "they wait for a free worker"),
        (false, "a fitted scalability curve"),
    ];
    if choose_ui(ui, said, "Many at once", &mut queueing, &choices) {
        service.contention = if queueing {
            Contention::Queueing
        } else {
            let mean = service.mean_time().max(1e-6);
            Contention::Scalability {
                sigma: 0.02,
                kappa: 0.000_1,
                lambda: 1.0 / mean,
            }
        };
    }
    if let Contention::Scalability {
        sigma,
        kappa,
        lambda,
    } = &mut service.contention
    {
        Knob::new("Contention σ", Unit::Number, 0.0, 0.5).show(ui, said, sigma);
        Knob::new("Coherency κ", Unit::Number, 0.0, 0.01).show(ui, said, kappa);
        Knob::new("One alone λ", Unit::PerSec, 0.1, 10_000.0)
            .hint("Requests a second with one in flight")
            .show(ui, said, lambda);
    }
    group_ui(ui, "When it is late");
    let mut limit = service.queue_limit.map(f64::from);
    Knob::new("Queue limit", Unit::Count, 0.0, 10_000.0)
        .hint("Requests that may wait at one instance; the next ones fail at once")
        .optional(ui, said, &mut limit, 1_000.0);
    service.queue_limit = limit.map(|l| l as u32);
    Knob::new("Timeout", Unit::Secs, 0.05, 60.0)
        .hint("After this the sender gives up; work that has begun is finished in vain")
        .optional(ui, said, &mut service.timeout, 5.0);
    Knob::new("Retries", Unit::Count, 0.0, 5.0)
        .even()
        .hint("How often a failed or late request is sent again; retries are load too")
        .count(ui, said, &mut service.retries.max);
    if service.retries.max > 0 {
        Knob::new("First pause", Unit::Secs, 0.01, 10.0)
            .hint("Before the first retry; each further pause is longer")
            .show(ui, said, &mut service.retries.backoff);
        Knob::new("Times longer", Unit::Times, 1.0, 4.0).show(
            ui,
            said,
            &mut service.retries.factor,
        );
    }
    Knob::new("Shed load from", Unit::Share, 0.05, 1.0)
        .strict()
        .hint("From this share of the queue limit on, less important requests are turned away")
        .optional(ui, said, &mut service.shed_at, 0.8);
    group_ui(ui, "Size");
    Knob::new("Cores", Unit::Number, 0.25, 64.0).show(ui, said, &mut service.cores);
    Knob::new("Measured with", Unit::Number, 0.25, 64.0)
        .hint("Cores of the instance on which the service time was measured")
        .show(ui, said, &mut service.measured_cores);
    Knob::new("Serial share", Unit::Share, 0.0, 1.0)
        .even()
        .strict()
        .hint("Share of the work that more cores do not speed up; 100 % means that the size has no effect on a request")
        .show(ui, said, &mut service.serial_share);
    Knob::new("Network", Unit::Secs, 0.0, 0.5)
        .hint("Added to every answer outside of the instance")
        .show(ui, said, &mut service.network);
}

/// Times from a load test of the project, or typed ones.
fn from_run_ui(ui: &mut Ui, form: &mut Form, known: &Known) {
    let Form { scenario, said } = form;
    let from = &mut scenario.service.from_run;
    if known.runs.is_empty() && from.is_none() {
        return;
    }
    let now = from.clone();
    let mut choices: Vec<(Option<String>, &str)> = vec![(None, "typed here")];
    choices.extend(
        known
            .runs
            .iter()
            .map(|run| (Some(run.clone()), run.as_str())),
    );
    if let Some(file) = now.as_ref().filter(|file| !known.runs.contains(file)) {
        choices.push((now.clone(), file));
    }
    choose_ui(ui, said, "Times from", from, &choices);
    if from.is_some() {
        remark_ui(
            ui,
            "Service times by label are taken from the load test: a response time under load is none, the answer says what was assumed",
        );
    }
}

/// One kind of request by its time, several by their share, time and errors.
fn classes_ui(
    ui: &mut Ui,
    said: &mut Option<String>,
    service: &mut crate::scenario::model::Service,
) {
    let time = |name| {
        Knob::new(name, Unit::Secs, 0.000_1, 10.0).hint(
            "A worker is busy with a request for so long, on average; waiting is not part of it",
        )
    };
    if let [class] = service.classes.as_mut_slice() {
        let mean = class.time.mean();
        let mut now = mean;
        if time("Service time").show(ui, said, &mut now) && mean > 0.0 {
            class.time = class.time.scaled(now / mean);
        }
        spread_ui(ui, said, "Its spread", &mut class.time);
        error_ui(ui, said, &mut class.error_share);
        return;
    }
    let mean = service.mean_time();
    let mut now = mean;
    if time("Mean of all").show(ui, said, &mut now) && mean > 0.0 {
        for class in &mut service.classes {
            class.time = class.time.scaled(now / mean);
        }
    }
    for (index, class) in service.classes.iter_mut().enumerate() {
        ui.push_id(index, |ui| {
            group_ui(ui, &class.label);
            Knob::new("Weight", Unit::Number, 0.0, 100.0)
                .hint("Share of the requests, relative to the other kinds")
                .show(ui, said, &mut class.weight);
            let mean = class.time.mean();
            let mut now = mean;
            if time("Service time").show(ui, said, &mut now) && mean > 0.0 {
                class.time = class.time.scaled(now / mean);
            }
        });
    }
}

fn error_ui(ui: &mut Ui, said: &mut Option<String>, share: &mut f64) {
    Knob::new("Fails by itself", Unit::Share, 0.0, 0.2)
        .hint("Share of the requests that fail whatever the load")
        .show(ui, said, share);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_spread_keeps_the_mean() {
        let measured = Dist::Empirical {
            quantiles: vec![(0.0, 0.0), (1.0, 0.2)],
        };
        for spread in [
            Spread::Fixed,
            Spread::Erlang,
            Spread::Exponential,
            Spread::LogNormal,
            Spread::Hyper,
        ] {
            let made = spread.made(&measured);
            assert!((made.mean() - 0.1).abs() < 1e-12, "{made:?}");
            assert_eq!(Spread::of(&made), spread);
        }
    }

    #[test]
    fn a_card_sums_itself_up() {
        let mut scenario = Scenario::default();
        assert_eq!(summary(&scenario), "20 ms a request, 10 at once");
        scenario.service.from_run = Some("results.jtl".to_owned());
        assert_eq!(summary(&scenario), "as in results.jtl");
    }
}
