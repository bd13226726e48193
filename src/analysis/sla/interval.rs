//! The 95 % Wilson interval beside each rate of requests, and the rates that rest on so few requests that one failure
//! decides them. Computed from the counts of a result after it was judged; verdicts do not use it.

use super::arith::{MILLION, wilson};
use super::judge::share_of;
use super::objective::{AvailabilitySource, Objective};
use super::{ObjectiveKind, ObjectiveResult, Verdict};

/// What a rate counts, where it is one of requests.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rate {
    /// Failed ones.
    Bad,
    /// Successful or fast ones.
    Good,
}

fn rate_of(objective: &Objective, result: &ObjectiveResult) -> Option<Rate> {
    // Without counts the figure is a mean of ready-made ratios, of which no interval is known.
    result.bad?;
    match objective.kind {
        ObjectiveKind::ErrorRate => Some(Rate::Bad),
        ObjectiveKind::ShareUnder => Some(Rate::Good),
        ObjectiveKind::Availability if objective.source == AvailabilitySource::Requests => {
            Some(Rate::Good)
        }
        _ => None,
    }
}

fn percent(rate: Rate, bad: u64, total: u64) -> Option<(f64, f64)> {
    let (low, high) = wilson(bad, total)?;
    Some(match rate {
        Rate::Bad => (100.0 * low, 100.0 * high),
        Rate::Good => (100.0 - 100.0 * high, 100.0 - 100.0 * low),
    })
}

/// Adds the intervals, and says how many slices rest on too little.
pub(super) fn add(objective: &Objective, result: &mut ObjectiveResult) {
    let Some(rate) = rate_of(objective, result) else {
        return;
    };
    let target = i128::from(share_of(objective.target).0);
    let allowed = match rate {
        Rate::Bad => target,
        Rate::Good => MILLION - target,
    };
    let mut quiet = 0_usize;
    let mut judged = 0_usize;
    for slice in &mut result.slice_list {
        if let Some((low, high)) = percent(rate, slice.bad, slice.n) {
            slice.low = Some(low);
            slice.high = Some(high);
        }
        let decides = allowed > 0 && i128::from(slice.n) * allowed < MILLION;
        slice.low_sample = slice.n > 0 && (slice.n < objective.min_samples || decides);
        judged += usize::from(slice.n > 0);
        quiet += usize::from(slice.low_sample && slice.verdict == Verdict::Met);
    }
    let total = result.good.unwrap_or(0.0) + result.bad.unwrap_or(0.0);
    let bad = result.bad.unwrap_or(0.0);
    if total >= 1.0
        && bad >= 0.0
        && let Some((low, high)) = percent(rate, bad.round() as u64, total.round() as u64)
    {
        result.low = Some(low);
        result.high = Some(high);
    }
    if quiet > 0 {
        let (one, many) = objective.slice.words();
        let noun = if judged == 1 { one } else { many };
        result.assumed.push(format!(
            "{quiet} of {judged} {noun} held on so few requests that one more failure could break them: low samples."
        ));
    }
}
