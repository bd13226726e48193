//! Series that count what is free instead of what is used. Usage is what is forecast: what is free falls as a resource
//! fills and steps up when some is added, so that a limit from above says nothing about it.

/// Words that say it, as a part of a name of their own.
const WORDS: [&str; 8] = [
    "free",
    "freeable",
    "available",
    "avail",
    "idle",
    "remaining",
    "unused",
    "left",
];

/// Whether a name says that a series counts what is free: `disk_free_bytes`, `MemAvailable`, `FreeStorageSpace`, `idle`.
pub fn counts_what_is_free(name: &str) -> bool {
    // The labels of a series, in braces, are about where it is from.
    let name = name.split('{').next().unwrap_or_default();
    words(name).any(|word| WORDS.contains(&word.as_str()))
}

/// The parts of a name, in lower case: between other characters than letters, and where a capital begins a word.
fn words(name: &str) -> impl Iterator<Item = String> {
    let mut spaced = String::new();
    let mut small = false;
    for c in name.chars() {
        if c.is_uppercase() && small {
            spaced.push(' ');
        }
        small = c.is_lowercase();
        spaced.push(if c.is_alphabetic() { c } else { ' ' });
    }
    let words: Vec<String> = spaced.split_whitespace().map(str::to_lowercase).collect();
    words.into_iter()
}

/// Why no limit is held against such a series, and what to give instead.
pub fn no_limit_on(name: &str) -> String {
    format!(
        "\"{name}\" counts what is free, and a limit is held against what is used: give the limit to the series of what is used (the whole less what is free), or forecast \"{name}\" without a limit"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_free_is_known_by_its_name() {
        for name in [
            "disk_free_bytes",
            "MemAvailable",
            "FreeStorageSpace",
            "FreeableMemory",
            "node_filesystem_avail_bytes{mountpoint=/}",
            "cpu idle",
            "idle",
            "licences remaining",
        ] {
            assert!(counts_what_is_free(name), "{name}");
        }
        for name in [
            "disk_used_bytes",
            "availability",
            "requests_per_second",
            "freezer_temperature",
            "pool_used{state=free}",
            "",
        ] {
            assert!(!counts_what_is_free(name), "{name}");
        }
    }
}
