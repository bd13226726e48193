//! Effects and amounts as people write them: `+20%`, `-10%`, `+50`, `x3`.

use serde::{Deserialize, Serialize};

use super::schedule::Amount;
use crate::units;

/// What something does to a value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Times a factor of 0 or more: 1.2 is a fifth more.
    Multiply(f64),
    /// So much more (or less), in the unit of the series.
    Add(f64),
}

impl Default for Effect {
    fn default() -> Self {
        Self::Multiply(1.0)
    }
}

impl Effect {
    /// As a factor and a summand, for the share of a step that it covers, 0..=1.
    pub fn terms(self, share: f64) -> (f64, f64) {
        match self {
            Self::Multiply(factor) => (1.0 + (factor - 1.0) * share, 0.0),
            Self::Add(amount) => (1.0, amount * share),
        }
    }

    /// As a person writes it: `+20 %`, `×3`, `-5 GiB`.
    pub fn words(self, unit: &str) -> String {
        match self {
            Self::Multiply(factor) if factor >= 2.0 => format!("×{}", trimmed(factor)),
            Self::Multiply(factor) => {
                let percent = (factor - 1.0) * 100.0;
                format!("{}{} %", sign(percent), trimmed(percent.abs()))
            }
            Self::Add(amount) => {
                format!("{}{}", sign(amount), units::with_unit(amount.abs(), unit))
            }
        }
    }

    /// As it is typed, so that it reads back the same.
    pub fn typed(self) -> String {
        match self {
            Self::Multiply(factor) if factor >= 2.0 => format!("x{factor}"),
            Self::Multiply(factor) => {
                let percent = trimmed((factor - 1.0).abs() * 100.0);
                format!("{}{percent}%", sign(factor - 1.0))
            }
            Self::Add(amount) => format!("{}{}", sign(amount), amount.abs()),
        }
    }
}

const fn sign(value: f64) -> &'static str {
    if value < 0.0 { "-" } else { "+" }
}

/// Up to six decimals, without zeros at the end.
fn trimmed(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What an effect may look like.
const EFFECTS: &str = "write a percentage such as +20% or -10%, a factor such as x3, or an amount in the unit of the series such as +50";

fn number(text: &str) -> Option<f64> {
    let value: f64 = text.trim().replace(['_', ','], "").parse().ok()?;
    value.is_finite().then_some(value)
}

/// Reads an effect. The message says what is accepted.
pub fn parse_effect(text: &str) -> Result<Effect, String> {
    let trimmed = text.trim().replace('\u{2212}', "-");
    let bad = || format!("\"{}\" is no effect; {EFFECTS}", text.trim());
    if let Some(percent) = trimmed.strip_suffix('%') {
        let percent = number(percent).ok_or_else(bad)?;
        if percent < -100.0 {
            return Err(format!(
                "{}: a value cannot fall by more than 100 %",
                text.trim()
            ));
        }
        return Ok(Effect::Multiply(1.0 + percent / 100.0));
    }
    if let Some(factor) = trimmed.strip_prefix(['x', 'X', '×', '*']) {
        let factor = number(factor).filter(|f| *f >= 0.0).ok_or_else(bad)?;
        return Ok(Effect::Multiply(factor));
    }
    number(&trimmed).map(Effect::Add).ok_or_else(bad)
}

/// Reads how much is added to a limit: `200`, `+200` or `+25%`.
pub fn parse_amount(text: &str) -> Result<Amount, String> {
    let bad = || {
        format!(
            "\"{}\" is no amount; write one in the unit of the series such as 200, or a percentage of the limit such as 25%",
            text.trim()
        )
    };
    let amount = match text.trim().strip_suffix('%') {
        Some(percent) => Amount::Percent(number(percent).filter(|p| *p > -100.0).ok_or_else(bad)?),
        None => Amount::Value(number(text).ok_or_else(bad)?),
    };
    let (Amount::Percent(value) | Amount::Value(value)) = amount;
    if value == 0.0 { Err(bad()) } else { Ok(amount) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_are_read_and_written_as_people_do() {
        for (text, effect, typed) in [
            ("+20%", Effect::Multiply(1.2), "+20%"),
            ("20 %", Effect::Multiply(1.2), "+20%"),
            ("-7.5%", Effect::Multiply(0.925), "-7.5%"),
            ("x3", Effect::Multiply(3.0), "x3"),
            ("×2.5", Effect::Multiply(2.5), "x2.5"),
            ("-1,500", Effect::Add(-1_500.0), "-1500"),
            ("50", Effect::Add(50.0), "+50"),
        ] {
            let read = parse_effect(text).unwrap();
            let same = match (read, effect) {
                (Effect::Multiply(a), Effect::Multiply(b)) | (Effect::Add(a), Effect::Add(b)) => {
                    (a - b).abs() < 1e-12
                }
                _ => false,
            };
            assert!(same, "{text}: {read:?}");
            assert_eq!(read.typed(), typed);
        }
        assert_eq!(Effect::Multiply(1.2).words(""), "+20 %");
        assert_eq!(Effect::Multiply(3.0).words(""), "×3");
        for bad in ["", "much", "-120%", "x-2", "x", "%", "nan", "infinity"] {
            let message = parse_effect(bad).unwrap_err();
            assert!(message.contains(bad), "{message}");
        }
    }

    #[test]
    fn amounts_are_percent_or_in_the_unit() {
        assert_eq!(parse_amount("+25%"), Ok(Amount::Percent(25.0)));
        assert_eq!(parse_amount("200"), Ok(Amount::Value(200.0)));
        for bad in ["0", "a lot", "-100%", ""] {
            assert!(parse_amount(bad).unwrap_err().contains("25%"));
        }
    }
}
