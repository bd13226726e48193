//! A model that forgets what was before a change: fitted on the newest piece of a series. From origins at which the
//! change could not be known yet it says what a fit on everything says, so that a backtest is not told the future.

use super::Fit;

/// Fits a model to what came since a change, by its place; `known` values after it the change could be known. `None`
/// where the model has no answer on the newest piece or on the whole.
pub fn fit_since(
    y: &[f64],
    change: usize,
    known: usize,
    fit: impl Fn(&[f64]) -> Option<Box<dyn Fit>>,
) -> Option<Box<dyn Fit>> {
    let whole = fit(y)?;
    let newest = fit(y.get(change..)?)?;
    let mut residuals = vec![f64::NAN; change];
    residuals.extend(newest.residuals());
    Some(Box::new(Since {
        whole,
        newest,
        change,
        known,
        residuals,
    }))
}

struct Since {
    whole: Box<dyn Fit>,
    newest: Box<dyn Fit>,
    change: usize,
    known: usize,
    residuals: Vec<f64>,
}

impl Fit for Since {
    fn name(&self) -> String {
        format!("{} since the change", self.newest.name())
    }

    fn ahead(&self, h: usize) -> Vec<f64> {
        self.newest.ahead(h)
    }

    fn spread(&self, h: usize) -> Vec<f64> {
        self.newest.spread(h)
    }

    fn from_origins(&self, origins: &[usize], h: usize) -> Vec<Vec<f64>> {
        let first_known = self.change + self.known;
        let split = origins.partition_point(|o| *o < first_known);
        let (before, after) = origins.split_at(split);
        let shifted: Vec<usize> = after.iter().map(|o| o - self.change).collect();
        let mut said = self.whole.from_origins(before, h);
        said.extend(self.newest.from_origins(&shifted, h));
        said
    }

    fn residuals(&self) -> &[f64] {
        &self.residuals
    }
}

#[cfg(test)]
mod tests {
    use super::super::ets::fit_ets;
    use super::*;

    #[test]
    fn the_past_before_the_change_is_forgotten_once_the_change_is_known() {
        let wobble = |i: usize| f64::from(((i * 7_919) % 101) as u32) / 101.0;
        let y: Vec<f64> = (0..120)
            .map(|i| wobble(i) + if i < 60 { 10.0 + i as f64 } else { 20.0 })
            .collect();
        let fit = |y: &[f64]| fit_ets(y, 1);
        let since = fit_since(&y, 60, 14, fit).unwrap();
        let (whole, newest) = (fit(&y).unwrap(), fit(&y[60..]).unwrap());
        assert_eq!(since.ahead(5), newest.ahead(5));
        assert_eq!(since.spread(5), newest.spread(5));
        let said = since.from_origins(&[40, 73, 74, 100], 5);
        assert_eq!(said[..2], whole.from_origins(&[40, 73], 5));
        assert_eq!(said[2..], newest.from_origins(&[14, 40], 5));
        assert_eq!(since.residuals().len(), 120);
        assert!(since.residuals()[59].is_nan());
        assert!(since.name().ends_with(" since the change"));
        assert!(fit_since(&y, 120, 14, fit).is_none());
        assert!(fit_since(&y, 500, 14, fit).is_none());
    }
}
