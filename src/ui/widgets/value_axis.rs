//! Ticks of a value axis: round numbers, the unit once at the top, and one scale for the whole axis (milliseconds turn
//! into seconds together, not one by one).

use crate::units;

/// How the values of an axis are divided before they are printed, and the unit they then have.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueScale {
    /// Values are divided by this.
    pub divisor: f64,
    /// The unit after dividing.
    pub unit: String,
}

impl ValueScale {
    /// The scale that suits values up to `max_abs` of a unit.
    pub fn new(unit: &str, max_abs: f64) -> Self {
        let scale = |divisor: f64, unit: &str| Self {
            divisor,
            unit: unit.to_owned(),
        };
        match unit {
            "ms" if max_abs >= 120_000.0 => scale(60_000.0, "min"),
            "ms" if max_abs >= 2_000.0 => scale(1_000.0, "s"),
            "s" if max_abs >= 172_800.0 => scale(86_400.0, "d"),
            "s" if max_abs >= 7_200.0 => scale(3_600.0, "h"),
            "s" if max_abs >= 120.0 => scale(60.0, "min"),
            "s" if max_abs > 0.0 && max_abs < 1.0 => scale(0.001, "ms"),
            "bytes" | "B" => {
                let names = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
                let power = (max_abs.max(1.0).log2() / 10.0).floor().clamp(0.0, 5.0);
                scale(
                    1024_f64.powf(power),
                    names.get(power as usize).unwrap_or(&"B"),
                )
            }
            _ => scale(1.0, unit),
        }
    }
}

/// A range of values to show, and its ticks.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueAxis {
    /// Lowest value shown.
    pub low: f64,
    /// Highest value shown.
    pub high: f64,
    /// Value and label of each tick, rising; the highest carries the unit.
    pub ticks: Vec<(f64, String)>,
}

/// A step of 1, 2, 2.5 or 5 times a power of ten, at least `least`.
fn round_step(least: f64) -> f64 {
    if least <= 0.0 || !least.is_finite() {
        return 1.0;
    }
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 2.5, 5.0]
        .into_iter()
        .map(|m| m * power)
        .find(|s| *s >= least * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}

impl ValueAxis {
    /// An axis of `height` points for values between `min` and `max`; amounts start at zero.
    pub fn new(min: f64, max: f64, unit: &str, from_zero: bool, height: f32) -> Self {
        let (min, max) = if min.is_finite() && max.is_finite() && min <= max {
            (min, max)
        } else {
            (0.0, 1.0)
        };
        let low_wanted = if from_zero { min.min(0.0) } else { min };
        let mut high_wanted = max.max(low_wanted);
        if high_wanted <= low_wanted {
            high_wanted = low_wanted
                + if low_wanted == 0.0 {
                    1.0
                } else {
                    low_wanted.abs() * 0.1
                };
        }
        let scale = ValueScale::new(unit, high_wanted.abs().max(low_wanted.abs()));
        let count = f64::from((height / 26.0).floor().clamp(2.0, 8.0));
        let step = round_step((high_wanted - low_wanted) / scale.divisor / count) * scale.divisor;
        let low = (low_wanted / step + 1e-9).floor() * step;
        let mut high = ((high_wanted + (high_wanted - low_wanted) * 0.04) / step).ceil() * step;
        if unit == "%" && max <= 100.0 && high > 100.0 {
            // Room for a line at 100 %, but no tick above it.
            high = 100.0 + (100.0 - low) * 0.04;
        }
        Self {
            low,
            high,
            ticks: labelled(low, high, step, &scale),
        }
    }

    /// An axis for exactly this range, as a horizontal one has it.
    pub fn exact(low: f64, high: f64, unit: &str, width: f32) -> Self {
        let scale = ValueScale::new(unit, high.abs().max(low.abs()));
        let count = f64::from((width / 80.0).floor().max(2.0));
        let step = round_step((high - low) / scale.divisor / count) * scale.divisor;
        Self {
            low,
            high,
            ticks: labelled((low / step).ceil() * step, high, step, &scale),
        }
    }
}

fn labelled(low: f64, high: f64, step: f64, scale: &ValueScale) -> Vec<(f64, String)> {
    let steps = ((high - low) / step + 1e-6).floor().clamp(0.0, 100.0) as usize;
    let shown_step = step / scale.divisor;
    let decimals = (0..9)
        .find(|d| {
            let scaled = shown_step * 10_f64.powi(*d);
            (scaled - scaled.round()).abs() < 1e-6 * scaled.max(1.0)
        })
        .unwrap_or(9) as usize;
    (0..=steps)
        .map(|i| {
            let value = low + i as f64 * step;
            let text = units::grouped(value / scale.divisor, decimals);
            let text = if i == steps && !scale.unit.is_empty() {
                format!("{text} {}", scale.unit)
            } else {
                text
            };
            (value, text)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &ValueAxis) -> Vec<&str> {
        axis.ticks.iter().map(|(_, l)| l.as_str()).collect()
    }

    #[test]
    fn round_numbers_with_the_unit_once() {
        let axis = ValueAxis::new(12.0, 187.0, "ms", true, 160.0);
        assert_eq!(labels(&axis), ["0", "50", "100", "150", "200 ms"]);
        let axis = ValueAxis::new(12.0, 4_100.0, "ms", true, 160.0);
        assert_eq!(labels(&axis), ["0", "1", "2", "3", "4", "5 s"]);
        let axis = ValueAxis::new(0.0, 3.0 * 1024.0 * 1024.0, "bytes", true, 110.0);
        assert_eq!(labels(&axis), ["0", "1", "2", "3", "4 MiB"]);
        let axis = ValueAxis::new(0.0, 0.012, "%", true, 110.0);
        assert_eq!(labels(&axis), ["0.000", "0.005", "0.010", "0.015 %"]);
    }

    #[test]
    fn percent_does_not_pass_a_hundred() {
        let axis = ValueAxis::new(10.0, 99.5, "%", true, 200.0);
        assert!((axis.high - 104.0).abs() < 1e-9);
        assert_eq!(*labels(&axis).last().unwrap(), "100 %");
    }

    #[test]
    fn nothing_and_one_value_have_an_axis() {
        for (min, max) in [(f64::NAN, f64::NAN), (0.0, 0.0), (5.0, 5.0), (-3.0, -3.0)] {
            let axis = ValueAxis::new(min, max, "", true, 100.0);
            assert!(axis.low < axis.high, "{min} {max}");
            assert!(axis.ticks.len() >= 2);
        }
    }
}
