//! Which of several takes a number, always the same one as long as there are as many: jump consistent hash (Lamping and
//! Veach 2014).

/// Spreads numbers that follow each other.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// The place of a user among `count`; `None` where there is none.
pub(super) fn place_of(user: u64, count: usize) -> Option<usize> {
    let count = count as i64;
    let (mut place, mut next, mut state) = (0_i64, 0_i64, user.wrapping_mul(SPREAD));
    while next < count {
        place = next;
        state = state
            .wrapping_mul(2_862_933_555_777_941_757)
            .wrapping_add(1);
        let part = ((state >> 33) + 1) as f64;
        next = ((place + 1) as f64 * (2_147_483_648.0 / part)) as i64;
    }
    (count > 0).then_some(place as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashing_is_even_and_moves_few() {
        let mut counts = [0_u32; 10];
        let mut moved = 0;
        for user in 0..10_000 {
            let at = place_of(user, 10).unwrap();
            counts[at] += 1;
            moved += u32::from(place_of(user, 11) != Some(at));
        }
        assert!(counts.iter().all(|n| n.abs_diff(1000) < 150), "{counts:?}");
        assert!(moved.abs_diff(909) < 150, "{moved}");
        assert_eq!(place_of(3, 0), None);
    }
}
