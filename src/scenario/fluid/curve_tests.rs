//! Steps of a station against formulas and by hand.

use super::super::station::Rule;
use super::*;

fn curve(workers: f64, room: f64) -> Curve {
    let station = Station {
        rule: Rule::Shared,
        instances: 1.0,
        workers,
        variation: 1.0,
        residual: 1.0,
        arrivals: 1.0,
        room,
        kind: Kind::Open,
    };
    Curve::new(station, workers / 0.1, 0.0, Vec::new())
}

#[test]
fn a_constant_load_settles_where_the_formula_says() {
    let curve = curve(4.0, 1e5);
    let (mut inside, mut hint) = (0.0, 0);
    let mut moved = Moved::default();
    for _ in 0..100 {
        moved = curve.step(inside, 32.0 * 5.0, 5.0, f64::INFINITY, hint);
        (inside, hint) = (moved.inside, moved.cell);
    }
    let exact = crate::analysis::queueing::Markov::new(32.0, 0.1, 4).unwrap();
    assert!((moved.busy - 0.8).abs() < 1e-9);
    assert!((moved.served - 160.0).abs() < 1e-6);
    assert!(
        (moved.queue / exact.steady.queue - 1.0).abs() < 0.01,
        "{}",
        moved.queue
    );
}

/// Capacity 40 a second. Ten steps of 5 s at 60 a second leave 1,000 behind, and 20 a second work them off in 50 s.
#[test]
fn a_backlog_is_carried_over_and_worked_off() {
    let curve = curve(4.0, 1e5);
    let (mut inside, mut hint, mut served) = (0.0, 0, 0.0);
    let mut queue = Vec::new();
    for step in 0..30 {
        let arrivals = if step < 10 { 300.0 } else { 100.0 };
        let moved = curve.step(inside, arrivals, 5.0, f64::INFINITY, hint);
        assert!((inside + arrivals - moved.served - moved.away - moved.inside).abs() < 1e-9);
        (inside, hint, served) = (moved.inside, moved.cell, served + moved.served);
        queue.push(moved.queue);
    }
    assert!((queue[9] - 1000.0).abs() < 10.0, "{}", queue[9]);
    assert!((queue[14] - 500.0).abs() < 15.0, "{}", queue[14]);
    assert!(queue[19] > 5.0 && queue[19] < 60.0, "{}", queue[19]);
    assert!(queue[22] < 3.0, "{}", queue[22]);
    assert!((served + inside - 5000.0).abs() < 1e-6);
}

#[test]
fn a_full_queue_turns_the_rest_away() {
    let curve = curve(4.0, 1000.0);
    let (mut inside, mut hint) = (0.0, 0);
    let mut moved = Moved::default();
    for _ in 0..50 {
        moved = curve.step(inside, 500.0, 5.0, f64::INFINITY, hint);
        (inside, hint) = (moved.inside, moved.cell);
    }
    assert!((moved.served - 200.0).abs() < 1.0, "{moved:?}");
    assert!((moved.away - 300.0).abs() < 1.0);
    assert!((moved.queue - 1000.0).abs() < 1e-6);
    assert!((moved.behind - 25.0).abs() < 5.5);
}

/// M/M/c/K has a closed form at every load.
#[test]
fn a_short_queue_is_the_finite_station() {
    for (per_sec, room) in [(20.0, 3.0), (38.0, 10.0), (80.0, 5.0), (60.0, 0.0)] {
        let curve = curve(4.0, room);
        let (mut inside, mut hint) = (0.0, 0);
        let mut moved = Moved::default();
        for _ in 0..100 {
            moved = curve.step(inside, per_sec * 5.0, 5.0, f64::INFINITY, hint);
            (inside, hint) = (moved.inside, moved.cell);
        }
        let exact =
            crate::analysis::queueing::finite_room(per_sec, 0.1, 4, 4 + room as u64).unwrap();
        let away = moved.away / (per_sec * 5.0);
        assert!(
            (away - exact.turned_away).abs() < 0.005,
            "{per_sec}: {away} {}",
            exact.turned_away
        );
        assert!(
            (moved.queue - exact.steady.queue).abs() < 0.05,
            "{per_sec}: {}",
            moved.queue
        );
    }
}
