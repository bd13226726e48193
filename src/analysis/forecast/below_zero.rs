//! Usage in percent cannot be negative, and still some exports say so: a few such values are errors of measurement and
//! are left out; many are an offset of the measurement, whose way says something, and stay. The forecast keeps to its
//! bounds either way. Changes in percent may be negative.

use super::remarks::date;
use super::steps::Steps;
use crate::units;
use crate::warning::{WarningKind, Warnings};

/// One of so many values, or fewer, are errors.
const RARE: usize = 20;
/// Words in the names of series that may be negative in percent.
const SIGNED: [&str; 9] = [
    "change",
    "growth",
    "delta",
    "diff",
    "deviation",
    "margin",
    "drift",
    "trend",
    "variation",
];

/// Keeps the bounds of a series in percent with some values below 0, and says what was done to those.
pub fn keep_usage(steps: &mut Steps, name: &str, unit: &str, warnings: &mut Warnings) {
    let lower = name.to_lowercase();
    if unit != "%" || SIGNED.iter().any(|word| lower.contains(word)) {
        return;
    }
    let all = steps.observed();
    let is_negative = |value: &Option<f64>| value.is_some_and(|v| v < 0.0);
    let count = steps.values.iter().filter(|v| is_negative(v)).count();
    let Some(first) = steps.values.iter().position(is_negative) else {
        return;
    };
    let found = format!(
        "{} of {} {} below 0 %, the first at {}",
        units::count(count as u64),
        units::count(all as u64),
        if count == 1 {
            "values is"
        } else {
            "values are"
        },
        date(steps, first)
    );
    let does = if 2 * count > all {
        "more than half, so that this is taken for a change and not for usage, and the forecast may be negative too"
    } else if count * RARE <= all {
        steps.is_usage = true;
        for value in &mut steps.values {
            *value = value.filter(|v| *v >= 0.0);
        }
        "which usage in percent cannot be; they are taken for errors of measurement and left out, and the forecast stays at or above 0 %"
    } else {
        steps.is_usage = true;
        "which usage in percent cannot be; they are taken for an offset of the measurement and stay in the fit, and the forecast stays at or above 0 %"
    };
    warnings.add_counted(
        WarningKind::Assumed,
        format!("{found}, {does}"),
        count as u64,
        None,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(name: &str, unit: &str, values: &[f64]) -> (Steps, String) {
        let values = values.iter().copied().map(Some).collect();
        let mut steps = Steps::counted(0, 1, values, 5);
        let mut warnings = Warnings::default();
        keep_usage(&mut steps, name, unit, &mut warnings);
        let text = warnings.iter().next().map(|w| w.message.clone());
        (steps, text.unwrap_or_default())
    }

    #[test]
    fn few_are_left_out_and_many_stay() {
        let mut few = vec![20.0; 40];
        few[7] = -1.0;
        few[30] = -4.0;
        let (steps, text) = kept("cpu_percent", "%", &few);
        assert_eq!((steps.values[7], steps.values[8]), (None, Some(20.0)));
        assert!(
            text.starts_with("2 of 40 values are below 0 %, the first at step 7,"),
            "{text}"
        );
        assert_eq!(steps.bounds("%").low, 0.0);
        few[1..13].fill(-3.0);
        let (steps, text) = kept("cpu_percent", "%", &few);
        assert_eq!(steps.values[1], Some(-3.0));
        assert!(text.contains("stay in the fit"), "{text}");
        assert_eq!(
            (steps.bounds("%").low, steps.bounds("%").high),
            (0.0, 100.0)
        );
    }

    #[test]
    fn changes_and_other_units_may_be_negative() {
        let values = [1.0, -2.0, 3.0, 1.0, 2.0, 1.0];
        for (name, unit) in [
            ("cpu_percent", ""),
            ("Growth of sales", "%"),
            ("errors", "ms"),
        ] {
            let (steps, text) = kept(name, unit, &values);
            assert_eq!((steps.is_usage, text.as_str()), (false, ""));
            assert_eq!(steps.bounds(unit).low, f64::NEG_INFINITY);
        }
        let (steps, text) = kept("balance", "%", &[-1.0, -2.0, 3.0, -1.0]);
        assert!(!steps.is_usage && text.contains("more than half"), "{text}");
    }
}
