//! Words that are not known, answered with the nearest one that is: the distance counts letters that are missing,
//! superfluous, wrong or swapped (optimal string alignment; F. J. Damerau, CACM 7 (1964)).

use super::{Node, YamlError};

/// How many letters two words are apart.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |list: &[usize], k: usize| list.get(k).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&above, j) + usize::from(x != y))
                .min(at(&above, j + 1) + 1)
                .min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or_default()
}

/// The known word that was probably meant: at most a third of its letters differ.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.trim().to_lowercase().replace(['-', ' '], "_");
    let word = plain(word);
    known
        .into_iter()
        .map(|k| (distance(&word, &plain(k)), k))
        .filter(|(d, k)| *d <= (k.chars().count() / 3).max(1))
        .min()
        .map(|(_, k)| k)
}

/// ` Did you mean "target"?`, where something is near enough.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map_or_else(String::new, |k| format!("; did you mean \"{k}\"?"))
}

/// A key that does not belong where it stands. `known` is separated by commas.
pub fn unknown_key(node: &Node, key: &str, place: &str, known: &str) -> YamlError {
    let meant = did_you_mean(key, known.split(", "));
    let mark = if meant.is_empty() { ";" } else { "" };
    node.error(format!(
        "unknown key \"{key}\" in {place}{meant}{mark} known keys: {known}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found() {
        assert_eq!(distance("target", "targt"), 1);
        assert_eq!(distance("taregt", "target"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        let known = ["target", "percentile", "period", "min_samples"];
        assert_eq!(nearest("targt", known), Some("target"));
        assert_eq!(nearest("Min-Samples", known), Some("min_samples"));
        assert_eq!(nearest("perid", known), Some("period"));
        assert_eq!(nearest("colour", known), None);
    }
}
