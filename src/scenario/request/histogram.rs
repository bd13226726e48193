//! Response times counted in cells that are 1/512 of an octave's start wide, as HdrHistogram does it: the middle of a
//! cell is within 0.1 % of every value in it. The cell is read from the bits of the number.

/// Bits of the fraction that choose a cell.
const BITS: u32 = 9;
/// Cell number of the smallest value told apart, 2⁻²⁴ s (60 ns).
const LOWEST: u64 = (1023 - 24) << BITS;
/// Up to 2²⁰ s (12 days).
const CELLS: usize = 44 << BITS;

/// Counts of durations in seconds.
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    counts: Vec<u32>,
    total: u64,
    sum: f64,
    /// First and last cell that may hold a count.
    touched: (usize, usize),
    bounds: (f64, f64),
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: vec![0; CELLS],
            total: 0,
            sum: 0.0,
            touched: (CELLS, 0),
            bounds: (f64::INFINITY, 0.0),
        }
    }
}

#[inline]
fn cell(value: f64) -> usize {
    let place = (value.to_bits() >> (52 - BITS)).saturating_sub(LOWEST);
    (place as usize).min(CELLS - 1)
}

/// Lower edge of a cell, seconds.
fn edge(cell: usize) -> f64 {
    f64::from_bits((cell as u64 + LOWEST) << (52 - BITS))
}

impl Histogram {
    /// Counts one duration; it must not be negative.
    #[inline]
    pub(super) fn record(&mut self, value: f64) {
        let cell = cell(value);
        if let Some(count) = self.counts.get_mut(cell) {
            *count = count.saturating_add(1);
        }
        self.total += 1;
        self.sum += value;
        self.touched = (self.touched.0.min(cell), self.touched.1.max(cell));
        self.bounds = (self.bounds.0.min(value), self.bounds.1.max(value));
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// Mean, seconds; 0 without any.
    pub(super) fn mean(&self) -> f64 {
        if self.total > 0 {
            self.sum / self.total as f64
        } else {
            0.0
        }
    }

    /// Adds the counts of another.
    pub(super) fn merge(&mut self, other: &Self) {
        let (low, high) = other.touched;
        if other.total == 0 {
            return;
        }
        let mine = self.counts.get_mut(low..=high).unwrap_or_default();
        let theirs = other.counts.get(low..=high).unwrap_or_default();
        for (count, more) in mine.iter_mut().zip(theirs) {
            *count = count.saturating_add(*more);
        }
        self.total += other.total;
        self.sum += other.sum;
        self.touched = (self.touched.0.min(low), self.touched.1.max(high));
        self.bounds = (
            self.bounds.0.min(other.bounds.0),
            self.bounds.1.max(other.bounds.1),
        );
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        let (low, high) = self.touched;
        if low <= high {
            self.counts.get_mut(low..=high).unwrap_or_default().fill(0);
        }
        self.total = 0;
        self.sum = 0.0;
        self.touched = (CELLS, 0);
        self.bounds = (f64::INFINITY, 0.0);
    }

    /// The values that the shares (0..1, rising) of the durations stay within, by nearest rank; `None` without any.
    pub(super) fn percentiles<const N: usize>(&self, shares: [f64; N]) -> Option<[f64; N]> {
        if self.total == 0 {
            return None;
        }
        let mut out = [self.bounds.1; N];
        let mut seen = 0_u64;
        let mut next = 0;
        let (low, high) = self.touched;
        for (offset, count) in self.counts.get(low..=high)?.iter().enumerate() {
            seen += u64::from(*count);
            while let (Some(share), Some(value)) = (shares.get(next), out.get_mut(next)) {
                let rank = (share * self.total as f64).ceil().max(1.0);
                if (seen as f64) < rank {
                    break;
                }
                let at = low + offset;
                let middle = f64::midpoint(edge(at), edge(at + 1));
                *value = middle.clamp(self.bounds.0, self.bounds.1);
                next += 1;
            }
            if next == N {
                break;
            }
        }
        Some(out)
    }

    /// (mean in seconds, count) of the cells in use, neighbours joined until there are at most `most`. With means the
    /// counts of many steps together are as fine as a step is: edges would add up to one coarse grid.
    pub(super) fn folded(&self, most: usize) -> Vec<(f64, f64)> {
        let (low, high) = self.touched;
        if self.total == 0 {
            return Vec::new();
        }
        let mut shift = 0;
        loop {
            let mut bins: Vec<(f64, f64)> = Vec::new();
            let mut group = usize::MAX;
            for (offset, count) in self
                .counts
                .get(low..=high)
                .unwrap_or_default()
                .iter()
                .enumerate()
                .filter(|(_, count)| **count > 0)
            {
                let mine = (low + offset) >> shift;
                let middle = f64::midpoint(edge(low + offset), edge(low + offset + 1))
                    .clamp(self.bounds.0, self.bounds.1);
                let more = f64::from(*count);
                match bins.last_mut() {
                    Some((mean, count)) if mine == group => {
                        *count += more;
                        *mean += (middle - *mean) * more / *count;
                    }
                    _ => bins.push((middle, more)),
                }
                group = mine;
            }
            if bins.len() <= most.max(1) {
                return bins;
            }
            shift += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_within_a_thousandth_of_its_cell() {
        let mut value = 1e-7;
        while value < 1e6 {
            let at = cell(value);
            let middle = f64::midpoint(edge(at), edge(at + 1));
            assert!((middle / value - 1.0).abs() <= 0.001, "{value}");
            value *= 1.000_37;
        }
    }

    #[test]
    fn nearest_ranks_of_one_to_a_thousand() {
        let mut histogram = Histogram::default();
        for i in 1..=1000 {
            histogram.record(f64::from(i));
        }
        let [p50, p95, p99, all] = histogram.percentiles([0.5, 0.95, 0.99, 1.0]).unwrap();
        for (got, wanted) in [(p50, 500.0), (p95, 950.0), (p99, 990.0), (all, 1000.0)] {
            assert!((got / wanted - 1.0).abs() <= 0.001, "{got} for {wanted}");
        }
        assert!((histogram.mean() - 500.5).abs() < 1e-9);
        assert!(Histogram::default().percentiles([0.5]).is_none());
    }

    #[test]
    fn folding_keeps_the_counts_and_the_mean() {
        let mut histogram = Histogram::default();
        for i in 1..=5000 {
            histogram.record(f64::from(i) / 1000.0);
        }
        let bins = histogram.folded(50);
        assert!((20..=50).contains(&bins.len()));
        assert!((bins.iter().map(|b| b.1).sum::<f64>() - 5000.0).abs() < 1e-9);
        let sum: f64 = bins.iter().map(|(mean, count)| mean * count).sum();
        assert!(
            (sum / 5000.0 / histogram.mean() - 1.0).abs() < 1e-5,
            "{sum}"
        );
        assert!(bins.windows(2).all(|w| w[0].0 < w[1].0));
    }

    #[test]
    fn merging_and_clearing() {
        let (mut a, mut b) = (Histogram::default(), Histogram::default());
        a.record(0.1);
        b.record(0.3);
        b.record(0.0);
        a.merge(&b);
        assert_eq!(a.total(), 3);
        assert!((a.mean() - 0.4 / 3.0).abs() < 1e-12);
        a.clear();
        assert_eq!(a.total(), 0);
        assert!(a.folded(10).is_empty());
        a.record(0.2);
        assert_eq!(a.percentiles([0.5]), Some([0.2]));
    }
}
