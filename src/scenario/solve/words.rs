//! The answer of a solver in sentences.

use super::knob::{Knob, What};
use super::{Figures, Found, Solution, promise_words};
use crate::scenario::judge::Promise;
use crate::units::number;

/// What was found, in one or two sentences.
pub fn sentence(
    knob: &Knob,
    found: &Found,
    best_end: i64,
    solution: &Solution,
    currency: &str,
) -> String {
    let run = solution
        .at_value
        .as_ref()
        .map(|run| run.words(currency))
        .unwrap_or_default();
    let Some(value) = found.value else {
        return nothing_holds(knob, best_end, solution);
    };
    let here = knob.named(value);
    let Some(next) = found.next_failing else {
        let first = match knob.what {
            What::Instances => format!("Even {here} {} every promise", keep(knob, value)),
            What::Target => format!(
                "Every promise is kept up to a target of {here}, the highest that was tried"
            ),
            What::HitRatio => format!("A hit ratio of {here} keeps every promise already"),
            What::Growth => format!("It survives {here}, the most that was tried"),
        };
        return format!("{first}: {run}.");
    };
    let there = knob.named(next);
    let breaks = breaks(solution.binding.as_ref(), &solution.also_broken);
    match knob.what {
        What::Instances => format!(
            "{} {} every promise: {run}. With {there} {breaks}.",
            capital(&here),
            keep(knob, value)
        ),
        What::Target => format!(
            "A target of {here} is the highest, and so the cheapest, that keeps every promise: {run}. At {there} {breaks}."
        ),
        What::HitRatio => format!(
            "A hit ratio of {here} is the smallest that keeps every promise: {run}. At {there} {breaks}."
        ),
        What::Growth => {
            format!("It survives {here} with every promise kept: {run}. At {there} {breaks}.")
        }
    }
}

fn keep(knob: &Knob, count: i64) -> &'static str {
    if count == 1 || knob.minimum {
        "keeps"
    } else {
        "keep"
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

fn breaks(binding: Option<&Promise>, also: &[String]) -> String {
    let Some(binding) = binding else {
        return "it cannot be run".to_owned();
    };
    let more = match also {
        [] => String::new(),
        [one] => format!(", and so does “{one}”"),
        several => format!(", and so do {} others", several.len()),
    };
    format!("{} breaks{more}", promise_words(binding))
}

fn nothing_holds(knob: &Knob, best_end: i64, solution: &Solution) -> String {
    let end = knob.named(best_end);
    let first = match knob.what {
        What::Instances => format!("Not even {end} {}", keep(knob, best_end)),
        What::Target => format!("No target from {end} on keeps"),
        What::HitRatio => "No hit ratio keeps".to_owned(),
        What::Growth => format!("Not even {end} of the load keeps"),
    };
    let Some(binding) = &solution.binding else {
        return format!("{first} every promise.");
    };
    let why = solution
        .bound_by
        .as_ref()
        .map(|part| format!(": it is bound by {part}"))
        .unwrap_or_default();
    let others = match solution.also_broken.as_slice() {
        [] => String::new(),
        names => format!(" Broken as well: {}.", names.join(", ")),
    };
    format!("{first} {}{why}.{others}", promise_words(binding))
}

/// Where the targets that hold begin, and what the lowest of them costs beside the highest.
pub fn range_of_targets<'a>(
    knob: &Knob,
    tried: impl Iterator<Item = &'a (i64, Option<Figures>)>,
    found: &Found,
) -> Option<String> {
    let value = found.value?;
    let (lowest, run) = tried
        .filter_map(|(position, run)| Some((*position, run.as_ref()?)))
        .filter(|(_, run)| run.holds())
        .min_by_key(|(position, _)| *position)?;
    if lowest >= value {
        return None;
    }
    let cost = if run.cost_per_month > 0.0 {
        format!(" and costs {} a month", number(run.cost_per_month))
    } else {
        String::new()
    };
    Some(format!(
        "The lowest target that was tried and holds is {}; it keeps {} to {} instances{cost}.",
        knob.words(lowest),
        run.instances_min,
        run.instances_max
    ))
}
