//! Where the names of a chart's marks stand: one below the other, none of them on a limit.

/// Height of a name with the space below it.
const ROW: f32 = 15.0;

/// Tops of so many words below each other, none of them on a line at one of these heights.
pub(super) fn tops(first: f32, count: usize, lines: &[f32]) -> Vec<f32> {
    let mut lines = lines.to_vec();
    lines.sort_by(f32::total_cmp);
    let mut top = first;
    let mut found = Vec::with_capacity(count);
    for _ in 0..count {
        for line in &lines {
            if *line > top - 3.0 && *line < top + ROW + 1.0 {
                top = line + 4.0;
            }
        }
        found.push(top);
        top += ROW;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_marks_keep_off_the_limits() {
        assert_eq!(tops(10.0, 3, &[]), [10.0, 25.0, 40.0]);
        // A limit at 32 runs through the second name; it and the third move below.
        assert_eq!(tops(10.0, 3, &[32.0]), [10.0, 36.0, 51.0]);
        assert_eq!(tops(10.0, 1, &[12.0, 20.0]), [24.0]);
        assert_eq!(tops(10.0, 2, &[300.0]), [10.0, 25.0]);
    }
}
