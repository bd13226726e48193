//! The committed plan as forecasts see it: from its day on the load of its series grows, and the limit of that series
//! grows with what the instances can carry. Both are relations of the plan to today's scenario, not simulated figures.

use jiff::civil::Date;

use super::Scenario;
use super::model::{Contention, Pattern};
use crate::analysis::forecast::gather::REQUESTS;
use crate::analysis::forecast::plan::{Addition, Amount, Change, Effect, Known};
use crate::units;

/// Relative differences below this are none.
const SAME: f64 = 1e-9;

/// What a plan with a date changes about the series that is its load.
#[derive(Clone, Debug, PartialEq)]
pub struct Ahead {
    /// Name of the plan.
    pub plan: String,
    /// First day on which it holds.
    pub from: Date,
    /// The series that is its load, as the plan names it.
    pub series: String,
    /// The load becomes so many times today's; above 0.
    pub growth: f64,
    /// Per cent that its instances carry more than today's, above -100; `None` where that is not known.
    pub capacity: Option<f64>,
    /// How both were found, in sentences.
    pub said: Vec<String>,
}

/// What a plan changes from its day on, compared with today's scenario; `None` for a plan without a day. `Err` says
/// in a sentence why it is no part of the forecasts.
pub fn ahead(plan: &Scenario, today: Option<&Scenario>) -> Option<Result<Ahead, String>> {
    let from = plan.from?;
    let Some(series) = load(plan) else {
        return Some(Err(format!(
            "The plan “{}” holds from {from} and stands in no forecast: its load is given by figures and names no series; \
             take a forecast, a series or an access log as its load.",
            plan.name
        )));
    };
    let mut said = Vec::new();
    let growth = growth(plan, today, series, &mut said);
    let capacity = match today.map(|today| carried(plan, today)) {
        None => {
            said.push(
                "Capacity unknown: there is no other scenario that is today's system".to_owned(),
            );
            None
        }
        Some(Err(why)) => {
            said.push(format!("Capacity unknown: {why}"));
            None
        }
        Some(Ok((percent, how))) => {
            said.push(how);
            Some(percent)
        }
    };
    Some(Ok(Ahead {
        plan: plan.name.clone(),
        from,
        series: series.to_owned(),
        growth,
        capacity,
        said,
    }))
}

/// The series that a scenario's load is.
fn load(scenario: &Scenario) -> Option<&str> {
    match &scenario.workload.pattern {
        Pattern::Forecast { series, .. } | Pattern::Series { series } => Some(series.trim()),
        Pattern::Log { .. } => Some(REQUESTS),
        _ => None,
    }
}

/// The growth of the plan over that of today's scenario where both grow from the same series.
fn growth(plan: &Scenario, today: Option<&Scenario>, series: &str, said: &mut Vec<String>) -> f64 {
    let alike = today.filter(|today| load(today).is_some_and(|of| same(of, series)));
    let now = alike.map_or(1.0, |today| today.workload.growth);
    let factor = if now > 0.0 {
        plan.workload.growth / now
    } else {
        plan.workload.growth
    };
    let changes = (factor - 1.0).abs() > SAME;
    let words = Effect::Multiply(factor).words("");
    said.push(match alike.filter(|_| (now - 1.0).abs() > SAME) {
        _ if !changes => "Load as the series says".to_owned(),
        Some(today) => format!(
            "Load {words}, by the growth of the plan over that of “{}”",
            today.name
        ),
        None => format!("Load {words}, by the growth of the plan"),
    });
    factor
}

/// Per cent that the plan's instances carry more than today's, with how that was found.
fn carried(plan: &Scenario, today: &Scenario) -> Result<(f64, String), String> {
    for scenario in [plan, today] {
        if scenario.federation.is_some() || scenario.chain.is_some() {
            return Err(format!(
                "“{}” is made of peers or shards and not of instances",
                scenario.name
            ));
        }
    }
    let each = one(plan, today)?;
    let (after, before) = (instances(plan), instances(today));
    if before <= 0.0 || after <= 0.0 {
        return Err("there is no instance".to_owned());
    }
    let factor = after / before * each;
    let percent = (factor - 1.0) * 100.0;
    let size = if (each - 1.0).abs() > SAME {
        format!(
            ", each of which carries {}",
            Effect::Multiply(each).words("")
        )
    } else {
        String::new()
    };
    let count = |scenario: &Scenario, n: f64| {
        let most = if scenario.autoscaling.active() {
            "at most "
        } else {
            ""
        };
        let decimals = usize::from(n.fract() > SAME);
        format!("{most}{}", units::grouped(n, decimals))
    };
    Ok((
        percent,
        format!(
            "Capacity {}: {} instances instead of {}{size}; what caches, database and limits do to that only a simulation \
             says",
            Effect::Multiply(factor).words(""),
            count(plan, after),
            count(today, before),
        ),
    ))
}

/// Instances at full speed; with an autoscaler the most it may start.
fn instances(scenario: &Scenario) -> f64 {
    let groups = &scenario.topology.groups;
    let there: f64 = groups.iter().map(|g| f64::from(g.instances)).sum();
    let worth: f64 = groups
        .iter()
        .map(|g| f64::from(g.instances) * g.speed)
        .sum();
    if scenario.autoscaling.active() && there > 0.0 {
        worth / there * f64::from(scenario.autoscaling.max)
    } else {
        worth
    }
}

/// How many times as much one instance of the plan carries as one of today.
fn one(plan: &Scenario, today: &Scenario) -> Result<f64, String> {
    let (after, before) = (&plan.service, &today.service);
    let factor = match (after.contention, before.contention) {
        // Times that are not read from their run yet are those of the same run, or unknown.
        _ if after.from_run != before.from_run => {
            return Err("the service times of the two come from different load tests".to_owned());
        }
        (Contention::Queueing, Contention::Queueing) => {
            let each = |workers: u32, secs: f64| f64::from(workers.max(1)) / secs;
            each(after.workers, after.mean_time()) / each(before.workers, before.mean_time())
        }
        (a, b) if a == b => after.speed() / before.speed(),
        _ => {
            return Err(
                "the two have different contention, and their curves are not compared".to_owned(),
            );
        }
    };
    if factor.is_finite() && factor > 0.0 {
        Ok(factor)
    } else {
        Err("a request takes no time in one of the two".to_owned())
    }
}

fn same(a: &str, b: &str) -> bool {
    a.trim().eq_ignore_ascii_case(b.trim())
}

impl Ahead {
    /// Whether a series is the load of the plan: by its display name, or by its name without labels.
    pub fn concerns(&self, display_name: &str) -> bool {
        let name = display_name.split('{').next().unwrap_or(display_name);
        same(display_name, &self.series) || same(name, &self.series)
    }

    /// The plan's name as it stands beside what it changes.
    pub fn label(&self) -> String {
        format!("plan “{}”", self.plan)
    }

    /// Puts it on top of what is known about its series.
    pub fn add_to(&self, known: &mut Known) {
        known.plan.changes.extend(self.change());
        known.additions.extend(self.addition());
    }

    /// The change of the load; `None` where it stays.
    pub fn change(&self) -> Option<Change> {
        ((self.growth - 1.0).abs() > SAME).then(|| Change {
            from: self.from,
            effect: Effect::Multiply(self.growth),
            name: self.label(),
        })
    }

    /// What is added to the limit; `None` where nothing is, or where it is not known.
    pub fn addition(&self) -> Option<Addition> {
        let percent = self.capacity.filter(|p| p.abs() > SAME * 100.0)?;
        Some(Addition {
            date: self.from,
            amount: Amount::Percent(percent),
            owner: self.label(),
            ..Addition::default()
        })
    }

    /// What it changes and how that was found, in a sentence.
    pub fn sentence(&self) -> String {
        format!(
            "The {} holds from {}. {}.",
            self.label(),
            self.from,
            self.said.join(". ")
        )
    }

    /// Why it stands in no forecast, where none of these series is its load; `None` where one is.
    pub fn missing<'a>(&self, series: impl IntoIterator<Item = &'a str>) -> Option<String> {
        let found = series.into_iter().any(|name| self.concerns(name));
        (!found).then(|| {
            format!(
                "The {} holds from {} and stands in no forecast: its load is “{}”, and there is no such series here.",
                self.label(),
                self.from,
                self.series
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::scenario::model::{Dist, ScaleMetric};

    fn scenario(name: &str, instances: u32, growth: f64) -> Scenario {
        let mut s = Scenario {
            name: name.to_owned(),
            ..Scenario::default()
        };
        s.workload.pattern = Pattern::Forecast {
            series: "requests".to_owned(),
            quantile: 0.9,
        };
        s.workload.growth = growth;
        s.topology.groups[0].instances = instances;
        s.service.workers = 4;
        s.service.classes[0].time = Dist::Exponential { mean: 0.02 };
        s
    }

    fn plan() -> Scenario {
        Scenario {
            from: Some(date(2027, 1, 1)),
            ..scenario("Sale", 12, 3.0)
        }
    }

    #[test]
    fn growth_and_instances_become_a_change_and_an_addition() {
        let today = scenario("Today", 4, 1.0);
        let found = ahead(&plan(), Some(&today)).unwrap().unwrap();
        assert_eq!((found.growth, found.capacity), (3.0, Some(200.0)));
        let mut known = Known::default();
        found.add_to(&mut known);
        assert_eq!(known.plan.changes[0].effect, Effect::Multiply(3.0));
        assert_eq!(known.plan.changes[0].name, "plan “Sale”");
        assert_eq!(known.additions[0].amount, Amount::Percent(200.0));
        assert_eq!(known.additions[0].date, date(2027, 1, 1));
        assert!(
            found
                .sentence()
                .contains("Capacity ×3: 12 instances instead of 4;"),
            "{}",
            found.sentence()
        );
        // Grown over today's growth, on faster and wider instances: 6/4 times, 12·8/10 ms against 4·4/20 ms.
        let mut grown = scenario("Today", 4, 2.0);
        let mut wider = plan();
        wider.service.workers = 8;
        wider.service.classes[0].time = Dist::Deterministic { mean: 0.01 };
        let found = ahead(&wider, Some(&grown)).unwrap().unwrap();
        assert_eq!(found.growth, 1.5);
        assert!((found.capacity.unwrap() - 1_100.0).abs() < 1e-9);
        // Another series has its own growth.
        grown.workload.pattern = Pattern::Series {
            series: "sessions".to_owned(),
        };
        let found = ahead(&wider, Some(&grown)).unwrap().unwrap();
        assert_eq!(found.growth, 3.0);
    }

    #[test]
    fn an_autoscaler_counts_by_the_most_it_may_start() {
        let mut today = scenario("Today", 2, 1.0);
        today.autoscaling.hpa = vec![(ScaleMetric::CpuUtilization, 0.7)];
        today.autoscaling.max = 10;
        let mut plan = plan();
        plan.autoscaling = today.autoscaling.clone();
        plan.autoscaling.max = 15;
        let found = ahead(&plan, Some(&today)).unwrap().unwrap();
        assert!((found.capacity.unwrap() - 50.0).abs() < 1e-9);
        assert!(
            found
                .sentence()
                .contains("at most 15 instances instead of at most 10")
        );
    }

    #[test]
    fn what_cannot_be_tied_or_compared_says_why() {
        let today = scenario("Today", 4, 1.0);
        assert_eq!(ahead(&today, None), None, "it has no day");
        let mut figures = plan();
        figures.workload.pattern = Pattern::Constant { level: 400.0 };
        let why = ahead(&figures, Some(&today)).unwrap().unwrap_err();
        assert!(why.contains("“Sale” holds from 2027-01-01"), "{why}");
        assert!(why.contains("names no series"), "{why}");
        let alone = ahead(&plan(), None).unwrap().unwrap();
        assert_eq!((alone.growth, alone.capacity), (3.0, None));
        assert!(alone.sentence().contains("no other scenario"));
        assert_eq!(alone.addition(), None);
        let mut tested = plan();
        tested.service.from_run = Some("other.jtl".to_owned());
        let found = ahead(&tested, Some(&today)).unwrap().unwrap();
        assert!(found.sentence().contains("different load tests"));
        let mut same = plan();
        same.workload.growth = 1.0;
        same.topology.groups[0].instances = 4;
        let found = ahead(&same, Some(&today)).unwrap().unwrap();
        assert_eq!((found.change(), found.addition()), (None, None));
    }

    #[test]
    fn a_series_is_known_by_its_name_with_or_without_labels() {
        let found = ahead(&plan(), None).unwrap().unwrap();
        assert!(found.concerns("Requests") && found.concerns("requests{zone=a}"));
        assert!(!found.concerns("requests_failed"));
        assert_eq!(found.missing(["cpu", "requests"]), None);
        let why = found.missing(["cpu"]).unwrap();
        assert!(why.contains("its load is “requests”"), "{why}");
    }
}
