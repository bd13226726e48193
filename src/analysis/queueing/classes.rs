//! A closed network with several classes of users, each with its own think time and service demands: exact mean-value
//! analysis over all populations (Reiser and Lavenberg 1980, section 4). What an arriving user finds is what the network
//! with one user of that class less has on average.

use super::closed::Residence;
use super::{QueueError, above_zero, at_least_zero, bad};

/// Populations times stations that are computed at most.
const MOST_WORK: usize = 20_000_000;

/// Users of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosedClass {
    /// How many.
    pub customers: u64,
    /// Seconds between an answer and the next request; 0 for a batch.
    pub think: f64,
    /// Seconds of service for one request at each station, over all its visits.
    pub demands: Vec<f64>,
}

/// What one class gets.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClassPoint {
    /// Requests per second.
    pub throughput: f64,
    /// Seconds from asking to the answer, think time excluded.
    pub response: f64,
}

/// A network of single servers with queues, solved for all its users.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClassesSolved {
    /// In the order of the classes.
    pub classes: Vec<ClassPoint>,
    /// In the order of the stations, all classes together; `secs` is the mean over requests of all classes.
    pub stations: Vec<Residence>,
}

/// Solves a network of single servers for several classes of users.
pub fn closed_classes(classes: &[ClosedClass]) -> Result<ClassesSolved, QueueError> {
    let stations = classes.iter().map(|c| c.demands.len()).max().unwrap_or(0);
    let sizes = check(classes, stations)?;
    // Populations are counted in mixed radix, the first class fastest, so that one user less is a fixed step back.
    let mut strides = Vec::with_capacity(classes.len());
    let mut total = 1;
    for size in &sizes {
        strides.push(total);
        total *= size;
    }
    let demand = |class: &ClosedClass, k: usize| class.demands.get(k).copied().unwrap_or(0.0);
    let mut present = vec![0.0; total * stations];
    let mut solved = ClassesSolved::default();
    for population in 1..total {
        let mut here = vec![Residence::default(); stations];
        solved.classes.clear();
        for (class, (stride, size)) in classes.iter().zip(strides.iter().zip(&sizes)) {
            let users = population / stride % size;
            if users == 0 {
                solved.classes.push(ClassPoint::default());
                continue;
            }
            let before = (population - stride) * stations;
            let found = present.get(before..before + stations).unwrap_or_default();
            let secs: Vec<f64> = found
                .iter()
                .enumerate()
                .map(|(k, there)| demand(class, k) * (1.0 + there))
                .collect();
            let response: f64 = secs.iter().sum();
            let throughput = users as f64 / (class.think + response);
            for (k, (station, secs)) in here.iter_mut().zip(&secs).enumerate() {
                station.present += throughput * secs;
                let busy = station.utilisation.unwrap_or(0.0);
                station.utilisation = Some(busy + throughput * demand(class, k));
            }
            solved.classes.push(ClassPoint {
                throughput,
                response,
            });
        }
        let into = present.iter_mut().skip(population * stations);
        for (there, station) in into.zip(&here) {
            *there = station.present;
        }
        solved.stations = here;
    }
    let all: f64 = solved.classes.iter().map(|c| c.throughput).sum();
    for station in &mut solved.stations {
        station.secs = station.present / all;
    }
    Ok(solved)
}

/// One more than the users of each class, whose product is the number of populations.
fn check(classes: &[ClosedClass], stations: usize) -> Result<Vec<usize>, QueueError> {
    let mut sizes = Vec::with_capacity(classes.len());
    let mut work = stations.max(1);
    let mut users = 0;
    for class in classes {
        let mut cycle = at_least_zero("the think time", class.think)?;
        for demand in &class.demands {
            cycle += at_least_zero("the service demand", *demand)?;
        }
        above_zero(
            "the time of one round, think time and service together,",
            cycle,
        )?;
        let size = usize::try_from(class.customers.saturating_add(1)).unwrap_or(usize::MAX);
        work = work.saturating_mul(size);
        users += class.customers;
        sizes.push(size);
    }
    if users == 0 {
        return Err(bad("the number of users", 0.0, "at least 1 is needed"));
    }
    if work > MOST_WORK {
        return Err(bad(
            "the number of populations times the stations",
            work as f64,
            "at most 20,000,000 are computed; take fewer users or fewer classes",
        ));
    }
    Ok(sizes)
}

#[cfg(test)]
mod tests {
    use super::super::{ClosedStation, closed_network};
    use super::*;

    fn class(customers: u64, think: f64, demands: &[f64]) -> ClosedClass {
        ClosedClass {
            customers,
            think,
            demands: demands.to_vec(),
        }
    }

    fn near(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-6, "{found} {expected}");
    }

    /// allen.R of PDQ: two classes at terminals and a batch class at three stations (Allen 1990, table 6.3.2). The
    /// expected numbers come from the normalisation constants of the product form.
    #[test]
    fn allen_three_classes() {
        let solved = closed_classes(&[
            class(5, 20.0, &[0.5, 0.04, 0.06]),
            class(10, 30.0, &[0.4, 0.2, 0.3]),
            class(5, 0.0, &[1.2, 0.05, 0.06]),
        ])
        .unwrap();
        let classes = [
            (0.209_977_208, 3.812_108_213),
            (0.297_996_645, 3.557_424_814),
            (0.646_510_299, 7.733_828_849),
        ];
        for (found, (throughput, response)) in solved.classes.iter().zip(classes) {
            near(found.throughput, throughput);
            near(found.response, response);
        }
        let stations = [
            (0.999_999_620, 6.586_663_956),
            (0.100_323_932, 0.111_108_541),
            (0.140_788_244, 0.162_783_998),
        ];
        for (found, (utilisation, present)) in solved.stations.iter().zip(stations) {
            near(found.utilisation.unwrap(), utilisation);
            near(found.present, present);
        }
    }

    #[test]
    fn one_class_is_the_network_of_one_class() {
        let solved = closed_classes(&[class(7, 1.5, &[0.2, 0.05])]).unwrap();
        let stations = [ClosedStation::queue(0.2), ClosedStation::queue(0.05)];
        let points = closed_network(&stations, 1.5, 7).unwrap();
        near(solved.classes[0].throughput, points[6].throughput);
        near(solved.stations[1].present, points[6].stations[1].present);
        near(solved.stations[1].secs, points[6].stations[1].secs);
    }

    #[test]
    fn what_has_no_answer_is_refused() {
        let empty = closed_classes(&[class(0, 1.0, &[0.2])]).unwrap_err();
        assert!(empty.to_string().contains("at least 1"), "{empty}");
        assert!(closed_classes(&[]).is_err());
        assert!(closed_classes(&[class(3, 0.0, &[0.0])]).is_err());
        assert!(closed_classes(&[class(3, f64::NAN, &[0.1])]).is_err());
        let many = class(10_000, 1.0, &[0.2]);
        let error = closed_classes(&[many.clone(), many]).unwrap_err();
        assert!(error.to_string().contains("fewer classes"), "{error}");
    }
}
