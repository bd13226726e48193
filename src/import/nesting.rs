//! How deep JSON is nested, before it is handed to a parser that follows nested values on the stack.
//!
//! `sonic_rs` has no limit of its own for values that it passes over: a line of brackets would end the program.
//! (`serde_json` stops at 128 levels by itself.)

/// No log line and no sample is nested deeper.
const MAX_DEPTH: usize = 64;

/// Whether no value stands inside more than 64 others. Costs a count of the brackets where there are few.
#[inline]
pub fn is_shallow(json: &[u8]) -> bool {
    let opened = |bytes: &[u8]| bytes.iter().filter(|b| matches!(b, b'{' | b'[')).count();
    opened(json) <= MAX_DEPTH || depth(json) <= MAX_DEPTH
}

/// The deepest nesting of brackets outside of strings.
#[cold]
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in json {
        if escaped {
            escaped = false;
        } else if quoted {
            escaped = *byte == b'\\';
            quoted = *byte != b'"';
        } else {
            match byte {
                b'"' => quoted = true,
                b'{' | b'[' => {
                    depth += 1;
                    deepest = deepest.max(depth);
                }
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_count_where_they_nest() {
        assert!(is_shallow(b""));
        assert!(is_shallow(&[b"[".repeat(64), b"]".repeat(64)].concat()));
        assert!(!is_shallow(&b"[".repeat(65)));
        assert!(!is_shallow(&b"{\"a\":".repeat(100_000)));
        assert!(is_shallow(&b"[{}],".repeat(1_000)));
        let quoted = format!("{{\"a\":\"\\\"{}\"}}", "[".repeat(1_000));
        assert!(is_shallow(quoted.as_bytes()));
        let after = format!("{{\"a\":\"\\\\\",\"b\":{}", "[".repeat(1_000));
        assert!(!is_shallow(after.as_bytes()));
    }
}
