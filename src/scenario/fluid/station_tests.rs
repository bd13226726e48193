use super::*;

fn station(rule: Rule, instances: f64, workers: f64, variation: f64, room: f64) -> Station {
    Station {
        rule,
        instances,
        workers,
        variation,
        residual: 2.0 * variation,
        arrivals: 1.0,
        room,
        kind: Kind::Open,
    }
}

/// M/M/c/K state by state: share that finds all places taken, and mean number that waits.
fn chain(servers: u32, room: u32, load: f64) -> (f64, f64) {
    let offered = load * f64::from(servers);
    let mut weights = vec![1.0_f64];
    for n in 1..=servers + room {
        let before = weights[n as usize - 1];
        weights.push(before * offered / f64::from(n.min(servers)));
    }
    let total: f64 = weights.iter().sum();
    let waiting: f64 = weights
        .iter()
        .enumerate()
        .map(|(n, weight)| (n as f64 - f64::from(servers)).max(0.0) * weight)
        .sum();
    (weights[(servers + room) as usize] / total, waiting / total)
}

#[test]
fn random_arrivals_and_times_are_the_exact_chain_below_and_above_full_load() {
    for (servers, room) in [(1, 0), (1, 5), (4, 10), (10, 3), (10, 0), (2, 100)] {
        let one = station(Rule::Shared, 1.0, f64::from(servers), 1.0, f64::from(room));
        for load in [0.3, 0.8, 0.998, 1.0, 1.2, 3.0] {
            let (lost, waiting) = chain(servers, room, load);
            let steady = one.steady(load);
            assert!(
                (steady.away - lost).abs() < 1e-9,
                "{servers}+{room} at {load}: {lost} and {}",
                steady.away
            );
            assert!((steady.queue - waiting).abs() < 1e-6 * (1.0 + waiting));
            assert!((steady.busy - load * (1.0 - lost)).abs() < 1e-9);
        }
    }
}

/// With no place to wait the shape of the service time does not matter: Erlang's loss formula (B(1, 0.5) = 1/3).
#[test]
fn without_a_place_to_wait_the_loss_is_that_of_erlang() {
    for variation in [0.0, 1.0, 4.0] {
        let one = station(Rule::Shared, 1.0, 1.0, variation, 0.0);
        assert!((one.steady(0.5).away - 1.0 / 3.0).abs() < 1e-9);
    }
}

/// Half loaded instances lost 45 % of the requests before 50 places, since what waits and what works came from two
/// formulas.
#[test]
fn losses_rise_with_the_load_without_a_jump_and_nothing_is_lost_with_room_enough() {
    for (rule, arrivals) in [
        (Rule::Shared, 1.0),
        (Rule::Apart(1.0), 1.0),
        (Rule::Apart(0.25), 1.0),
        (Rule::Least, 1.0),
        (Rule::TwoChoices, 1.0),
        (Rule::Shared, 0.0),
    ] {
        for (workers, variation, room) in [(1.0, 0.0, 20.0), (4.0, 1.0, 5.0), (10.0, 2.25, 60.0)] {
            let some = Station {
                arrivals,
                ..station(rule, 4.0, workers, variation, room)
            };
            let name = format!("{rule:?} {workers} {variation} {room}");
            let away = |load: f64| some.limited(load).away;
            let mut before = 0.0;
            for load in (1..300).map(|i| f64::from(i) * 0.01) {
                let now = away(load);
                assert!(
                    now >= before - 5e-4,
                    "{name} at {load}: {now} after {before}"
                );
                assert!(now >= 1.0 - 1.0 / load - 1e-9, "{name} at {load}");
                assert!(
                    now - before < 0.02,
                    "{name} at {load}: {now} after {before}"
                );
                before = now;
            }
            assert!((away(0.999) - away(0.998_999)).abs() < 1e-4, "{name}");
            if room >= 20.0 {
                assert!(away(0.5) < 1e-6, "{name}: {}", away(0.5));
            }
        }
    }
}

#[test]
fn more_instances_never_lose_more() {
    for rule in [
        Rule::Shared,
        Rule::Least,
        Rule::TwoChoices,
        Rule::Apart(1.0),
    ] {
        let lost = |instances: f64| {
            station(rule, instances, 10.0, 1.0, 100.0)
                .limited(20.0 / (instances * 10.0))
                .away
        };
        for instances in 1..12 {
            let (few, more) = (lost(f64::from(instances)), lost(f64::from(instances + 1)));
            assert!(more <= few + 1e-12, "{rule:?} {instances}: {few} {more}");
        }
    }
}
