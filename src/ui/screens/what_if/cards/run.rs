//! How the scenario is run: how long, by which engine, how often.

use eframe::egui::Ui;

use super::super::field::{Form, Knob, Unit, choose_ui, remark_ui, secs};
use crate::scenario::Scenario;
use crate::scenario::model::Engine;

const DAY: f64 = 86_400.0;

const ENGINES: [(Engine, &str); 3] = [
    (Engine::Auto, "chosen by itself"),
    (Engine::Request, "request by request"),
    (Engine::Fluid, "as a flow, in steps"),
];

pub(super) fn summary(scenario: &Scenario) -> String {
    let run = &scenario.run;
    let word = ENGINES
        .iter()
        .find(|(e, _)| *e == run.engine)
        .map_or("", |(_, word)| word);
    if scenario.is_overlay() {
        return format!("{}, in steps of {}", secs(run.duration), secs(run.step));
    }
    format!("{}, {word}", secs(run.duration))
}

pub(super) fn show_ui(ui: &mut Ui, form: &mut Form) {
    let Form { scenario, said } = form;
    let overlay = scenario.is_overlay();
    let run = &mut scenario.run;
    Knob::new("How long", Unit::Secs, 60.0, 31.0 * DAY)
        .hint("Time that is simulated")
        .show(ui, said, &mut run.duration);
    Knob::new("Not counted", Unit::Secs, 0.0, 3_600.0)
        .hint("Warm-up at the beginning that is simulated and not counted")
        .show(ui, said, &mut run.warm_up);
    Knob::new("A step", Unit::Secs, 1.0, 300.0)
        .hint("Of the charts, and of the flow engine; 15 seconds and its parts suit an HPA")
        .show(ui, said, &mut run.step);
    if !overlay {
        choose_ui(ui, said, "Engine", &mut run.engine, &ENGINES);
    }
    if overlay || run.engine != Engine::Fluid {
        let mut seed = run.seed as f64;
        let knob = Knob::new("Seed", Unit::Count, 0.0, 1_000.0).even();
        if knob
            .hint("The same seed gives the same run")
            .show(ui, said, &mut seed)
        {
            run.seed = seed as u64;
        }
        Knob::new("Repetitions", Unit::Count, 1.0, 30.0)
            .even()
            .hint("From three on, figures carry a 95 % interval")
            .count(ui, said, &mut run.replications);
    }
    let remark = if overlay {
        "Peers and shards go in steps; what comes and goes by chance is drawn anew in each repetition"
    } else {
        "Request by request is exact for minutes to hours; the flow answers at once for days to months"
    };
    remark_ui(ui, remark);
}
