//! What a period leaves open when it is asked for, settled by the data: where a rolling window ends.

use super::judge::{CLOSING_SLACK, end_of_data};
use crate::calendar::{Instant, Period, Zone};
use crate::dataset::{Dataset, ScopeFilter};

/// A rolling window up to `as_of`, else up to the end of what production tells, else of all data. Data that end less
/// than an hour before midnight are taken to cover the day. Any other period is what it is.
pub fn settled(
    period: Period,
    dataset: &Dataset,
    scope: &ScopeFilter,
    zone: &Zone,
    as_of: Option<Instant>,
) -> Period {
    if !matches!(period, Period::Rolling { end: None, .. }) {
        return period;
    }
    let end = as_of.or_else(|| {
        let all = || dataset.within(scope).filter_map(|s| s.info.last).max();
        let last = end_of_data(dataset, scope).or_else(all)?;
        let midnight = last
            .date(zone)
            .tomorrow()
            .map_or(last, |next| zone.start_of_day(next));
        Some(if last.plus(CLOSING_SLACK) >= midnight {
            midnight
        } else {
            last
        })
    });
    end.map_or(period, |end| period.ending(end))
}
