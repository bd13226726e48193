//! Edges in time that every distribution of a run is known at: logarithmic, a hundred to the decade.

/// Edges per decade.
const PER_DECADE: f64 = 100.0;

/// Rising edges in seconds, and where a time falls among them.
#[derive(Clone, Debug)]
pub(super) struct Bins {
    edges: Vec<f64>,
    log_first: f64,
    log_step: f64,
}

impl Bins {
    /// From a time that hardly anything is faster than to one that nothing is slower than.
    pub(super) fn new(from: f64, to: f64) -> Self {
        let from = if from > 0.0 { from } else { 1e-6 };
        let decades = (to / from).log10().clamp(1.0, 14.0);
        let count = (decades * PER_DECADE).ceil() as usize;
        let log_step = std::f64::consts::LN_10 / PER_DECADE;
        let log_first = from.ln();
        Self {
            edges: (0..=count)
                .map(|i| (log_first + i as f64 * log_step).exp())
                .collect(),
            log_first,
            log_step,
        }
    }

    pub(super) fn edges(&self) -> &[f64] {
        &self.edges
    }

    pub(super) fn len(&self) -> usize {
        self.edges.len()
    }

    pub(super) fn edge(&self, at: usize) -> f64 {
        self.edges.get(at).copied().unwrap_or(f64::INFINITY)
    }

    /// Value of a distribution function known at the edges, at any time: straight between two edges.
    pub(super) fn value(&self, cdf: &[f64], secs: f64) -> f64 {
        let Some(first) = self.edges.first() else {
            return 0.0;
        };
        let known = |i: usize| cdf.get(i).copied().unwrap_or(1.0);
        if secs <= *first {
            return known(0) * (secs / first).clamp(0.0, 1.0);
        }
        let place = ((secs.ln() - self.log_first) / self.log_step).max(0.0);
        let low = place as usize;
        if low + 1 >= self.edges.len() {
            return 1.0;
        }
        let (from, to) = (self.edge(low), self.edge(low + 1));
        known(low) + (known(low + 1) - known(low)) * ((secs - from) / (to - from)).clamp(0.0, 1.0)
    }

    /// Integral of a distribution function from 0 to each edge, straight between two edges.
    pub(super) fn integral(&self, cdf: &[f64]) -> Vec<f64> {
        let (mut from, mut below, mut sum) = (0.0, 0.0, 0.0);
        self.edges
            .iter()
            .zip(cdf)
            .map(|(edge, here)| {
                sum += (edge - from) * f64::midpoint(below, *here);
                (from, below) = (*edge, *here);
                sum
            })
            .collect()
    }

    /// The values of a distribution function `later` seconds before each edge, in the order of the edges.
    pub(super) fn walk(&self, cdf: &[f64], later: f64, mut each: impl FnMut(usize, f64)) {
        let mut pairs = self.edges.iter().zip(cdf).peekable();
        let (mut from, mut below) = (0.0, 0.0);
        for (at, edge) in self.edges.iter().enumerate() {
            let secs = edge - later;
            while let Some((to, above)) = pairs.next_if(|(to, _)| **to <= secs) {
                (from, below) = (*to, *above);
            }
            let value = match pairs.peek() {
                Some((to, above)) if secs > from => {
                    below + (*above - below) * (secs - from) / (*to - from)
                }
                Some(_) => below * f64::from(secs >= from),
                None => below,
            };
            each(at, value);
        }
    }

    /// The time by which a share is done, of a distribution function that is asked edge by edge.
    pub(super) fn quantile(&self, share: f64, cdf: impl Fn(usize) -> f64) -> f64 {
        let (mut low, mut high) = (0, self.edges.len().saturating_sub(1));
        if cdf(low) >= share {
            return self.edge(0);
        }
        while high - low > 1 {
            let middle = usize::midpoint(low, high);
            if cdf(middle) >= share {
                high = middle;
            } else {
                low = middle;
            }
        }
        let (below, above) = (cdf(low), cdf(high));
        let part = if above > below {
            ((share - below) / (above - below)).clamp(0.0, 1.0)
        } else {
            1.0
        };
        self.edge(low) + (self.edge(high) - self.edge(low)) * part
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_and_values_of_an_exponential_time() {
        let bins = Bins::new(1e-4, 100.0);
        let cdf: Vec<f64> = bins.edges().iter().map(|t| 1.0 - (-t).exp()).collect();
        for share in [0.05, 0.5, 0.95, 0.99] {
            let secs = bins.quantile(share, |i| cdf[i]);
            assert!(
                (secs / -(1.0_f64 - share).ln() - 1.0).abs() < 1e-3,
                "{secs}"
            );
            assert!((bins.value(&cdf, secs) - share).abs() < 1e-6);
        }
        bins.walk(&cdf, 0.7, |at, value| {
            assert!((value - bins.value(&cdf, bins.edge(at) - 0.7)).abs() < 1e-12);
        });
        assert!((bins.value(&cdf, 1e9) - 1.0).abs() < 1e-12);
        assert!(bins.value(&cdf, 1e-9) < 1e-8);
    }
}
