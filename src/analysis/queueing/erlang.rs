//! Erlang's loss and delay formulas (A. K. Erlang 1917), by the recursion B(k) = a·B(k−1) / (k + a·B(k−1)): every step
//! is a ratio between 0 and 1, so that a hundred thousand servers neither overflow nor need factorials.

use super::{QueueError, at_least_zero, servers_in_range};

/// Erlang B: the share of requests that find all servers busy and are turned away. `offered` is the load in erlangs,
/// arrivals per second times seconds of service.
pub fn erlang_b(servers: u64, offered: f64) -> Result<f64, QueueError> {
    let servers = servers_in_range(servers)?;
    let offered = at_least_zero("the offered load", offered)?;
    let mut blocked = 1.0;
    for k in 1..=servers {
        let carried = offered * blocked;
        blocked = carried / (k as f64 + carried);
        if blocked == 0.0 {
            break;
        }
    }
    Ok(blocked)
}

/// Erlang C: the share of requests that have to wait, 0..=1. 1 where at least as much is offered as there are servers.
/// From Erlang B by C = B / (1 − ρ(1 − B)).
pub fn erlang_c(servers: u64, offered: f64) -> Result<f64, QueueError> {
    let blocked = erlang_b(servers, offered)?;
    let utilisation = offered / servers as f64;
    if utilisation >= 1.0 {
        return Ok(1.0);
    }
    Ok(blocked / (1.0 - utilisation * (1.0 - blocked)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_values_of_the_loss_and_the_delay_formula() {
        assert!((erlang_b(30, 25.0).unwrap() - 0.052_603_2).abs() < 5e-8);
        for (servers, offered, expected) in [
            (1, 0.8, 0.8),
            (2, 1.6, 0.711_111_1),
            (4, 3.2, 0.596_432_5),
            (5, 3.0, 0.236_151_6),
            (5, 4.0, 0.554_112_6),
            (10, 8.0, 0.409_180_2),
            (50, 45.0, 0.363_864_5),
            (100, 90.0, 0.216_940_5),
            (100, 95.0, 0.506_456_9),
            (1000, 950.0, 0.068_253_4),
            (4, 40.0 / 60.0 * 4.0, 0.378_418_3),
            (55, 48.0, 0.238_700_9),
            (11, 10.0, 0.682_118_2),
            (12, 10.0, 0.449_388_2),
            (13, 10.0, 0.285_270_5),
            (14, 10.0, 0.174_131_9),
        ] {
            let found = erlang_c(servers, offered).unwrap();
            assert!(
                (found - expected).abs() < 6e-8,
                "C({servers}, {offered}) = {found}"
            );
        }
    }

    /// Halfin and Whitt (1981): with c = a + β√a servers the chance to wait tends to 1 / (1 + β Φ(β)/φ(β)); β = 1
    /// gives 0.22336. At a hundred thousand servers it is there to three digits.
    #[test]
    fn a_hundred_thousand_servers_neither_overflow_nor_vanish() {
        let offered = 100_000.0 - 100_000.0_f64.sqrt();
        let found = erlang_c(100_000, offered).unwrap();
        assert!((found - 0.223_36).abs() < 5e-4, "{found}");
        assert_eq!(erlang_b(100_000, 10.0), Ok(0.0));
    }

    #[test]
    fn what_cannot_be_is_refused_and_full_is_full() {
        assert!(
            erlang_b(0, 1.0)
                .unwrap_err()
                .to_string()
                .contains("number of servers cannot be 0")
        );
        assert!(erlang_b(1, f64::NAN).is_err() && erlang_b(1, -1.0).is_err());
        assert_eq!(erlang_c(4, 4.0), Ok(1.0));
        assert_eq!(erlang_c(4, 0.0), Ok(0.0));
    }
}
