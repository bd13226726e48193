//! `load_pattern` and the load test around it, of the strategy document. Bare times are seconds.

use super::super::form::Form;
use super::super::quantity::{RATE, SECS_OR_BARE, TEXT, USERS};
use crate::scenario::Scenario;
use crate::scenario::model::{Arrivals, Dist, Pattern};

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Constant,
    Ramp,
    Spike,
    Step,
}

/// The share of its peak at which a spike begins and to which it returns, where the document gives only the peak.
const SPIKE_BASE: f64 = 0.1;
/// Steps up to the full level.
const STEPS: f64 = 5.0;

/// A load test: its pattern, and how long it goes.
pub(super) fn test(form: &mut Form<'_>, scenario: &mut Scenario) {
    let mut name = String::new();
    if form.value("name", &mut name, TEXT) && scenario.name.is_empty() {
        scenario.name = name;
    }
    form.value("duration", &mut scenario.run.duration, SECS_OR_BARE);
    let mut ramp = None;
    ramp_up(form, &mut ramp);
    let there = form.part("load_pattern", |f| shape(f, scenario, ramp));
    if !there {
        form.lacks(
            "load_pattern",
            "{type: ramp, virtualUsers: 100, requestsPerSecond: 50}",
        );
    }
    form.not_simulated(&["rampDownTime", "scenarios", "success_criteria"]);
}

/// The pattern by itself.
pub(super) fn pattern(form: &mut Form<'_>, scenario: &mut Scenario) {
    shape(form, scenario, None);
}

fn ramp_up(form: &mut Form<'_>, ramp: &mut Option<f64>) {
    let mut secs = 0.0;
    if form.value("rampUpTime|ramp_up_time", &mut secs, SECS_OR_BARE) {
        *ramp = Some(secs);
    }
}

fn shape(form: &mut Form<'_>, scenario: &mut Scenario, around: Option<f64>) {
    let mut shape = Shape::Constant;
    form.word(
        "type",
        &mut shape,
        &[
            ("constant", Shape::Constant),
            ("ramp", Shape::Ramp),
            ("spike", Shape::Spike),
            ("step", Shape::Step),
        ],
    );
    let (mut users, mut rate, mut think) = (0.0, 0.0, 0.0);
    let by_users = form.value("virtualUsers|virtual_users", &mut users, USERS);
    let by_rate = form.value("requestsPerSecond|requests_per_second", &mut rate, RATE);
    let thinks = form.value("thinkTime|think_time", &mut think, SECS_OR_BARE);
    form.value("duration", &mut scenario.run.duration, SECS_OR_BARE);
    let mut ramp = around;
    ramp_up(form, &mut ramp);
    form.not_simulated(&["rampDownTime"]);
    let level = if by_rate {
        scenario.workload.arrivals = Arrivals::Open;
        scenario.workload.users = users;
        rate
    } else {
        if !by_users {
            form.lacks("requestsPerSecond", "400");
        } else if !thinks {
            form.assume("Virtual users ask again at once: the pattern gives no time to think.");
        }
        scenario.workload.arrivals = Arrivals::Closed {
            think: Dist::Deterministic { mean: think },
        };
        users
    };
    let length = scenario.run.duration;
    scenario.workload.pattern = match shape {
        Shape::Constant => match ramp.filter(|secs| *secs > 0.0) {
            Some(over) => Pattern::Ramp {
                from: 0.0,
                to: level,
                over,
            },
            None => Pattern::Constant { level },
        },
        Shape::Ramp => Pattern::Ramp {
            from: 0.0,
            to: level,
            over: ramp.unwrap_or(length),
        },
        Shape::Spike => {
            form.assume(
                "The spike is taken from a tenth of its level, after a third of the run, for a tenth of it.",
            );
            Pattern::Spike {
                base: level * SPIKE_BASE,
                peak: level,
                at: length / 3.0,
                lasts: length / 10.0,
            }
        }
        Shape::Step => {
            form.assume("The load is taken to rise in five equal steps of equal length.");
            Pattern::Steps {
                from: level / STEPS,
                by: level / STEPS,
                every: length / STEPS,
                to: level,
            }
        }
    };
}
