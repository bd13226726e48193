//! Every ceiling on the throughput that is known, from load tests and from resources under their loads, and the
//! queueing model beside the scalability curve. One assembly for the command line and the screen.

use super::bottleneck::Bottleneck;
use crate::analysis::capacity::demand_peak::of_study;
use crate::analysis::capacity::headroom::{Ceiling, CeilingBasis};
use crate::analysis::capacity::{CapacityStudy, ConcurrencyUnit};
use crate::analysis::queueing::{Beside, ClosedStation, beside};

/// The ceilings, and what gives none and why.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ceilings {
    /// Those that are known.
    pub list: Vec<Ceiling>,
    /// What gives none, in sentences.
    pub notes: Vec<String>,
    /// What has to be assumed for them to stand side by side.
    pub assumed: Option<String>,
}

impl Ceilings {
    /// Of load tests and resources.
    pub fn of(study: &CapacityStudy, resources: &[Bottleneck]) -> Self {
        let mut found = Self::default();
        found.list.extend(of_study(study));
        if let (Some(budget), None) = (&study.budget, &study.max_passing)
            && !study.points.is_empty()
        {
            found.notes.push(format!(
                "no tested load kept to the budget ({budget}), so the tests give no ceiling"
            ));
        }
        found.with_resources(resources);
        found
    }

    /// Adds those of resources.
    pub fn with_resources(&mut self, resources: &[Bottleneck]) {
        let tested = self.list.iter().any(|c| c.basis != CeilingBasis::Resource);
        let of_production = resources
            .iter()
            .any(|r| !r.from_test && r.saturation_per_sec.is_some());
        if tested && of_production {
            self.assumed = Some(
                "the tested deployment is as large as the one in production, whose resources are among the ceilings"
                    .to_owned(),
            );
        }
        self.list
            .extend(resources.iter().filter_map(Bottleneck::ceiling));
        self.notes.extend(
            resources
                .iter()
                .filter(|r| r.saturation_per_sec.is_none())
                .map(|r| format!("no ceiling from {}", r.sentence())),
        );
    }
}

/// The queueing model beside the curve, where there is a curve over a load. The resource that ends first in the tests
/// themselves is a station whose service demand is known.
pub fn side_by_side(study: &CapacityStudy, resources: &[Bottleneck]) -> Option<Beside> {
    let fit = study.usl.as_ref()?;
    let steps: Vec<(f64, f64)> = study
        .points
        .iter()
        .map(|p| (p.concurrency, p.throughput))
        .collect();
    let known: Vec<ClosedStation> = resources
        .iter()
        .filter(|r| r.first && r.from_test && study.concurrency != ConcurrencyUnit::Column)
        .map(|r| ClosedStation::queue(r.slope / 100.0))
        .take(1)
        .collect();
    beside(&steps, &known, |n| fit.usl.throughput(n))
        .ok()
        .flatten()
}
