//! Lines of the Prometheus text format and of OpenMetrics: samples, what comments declare, and the times that people
//! write between scrapes.
//!
//! Prometheus documentation, "Exposition formats"; OpenMetrics specification 1.0.

use super::brought::Labels;
use crate::calendar::{Instant, Zone, parse_time};
use crate::import::table::times::is_plausible;

/// What a family is declared to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It only grows.
    Counter,
    /// A level.
    Gauge,
    /// Counts per bucket since the start.
    Histogram,
    /// Counts per bucket right now.
    GaugeHistogram,
    /// Percentiles with count and sum.
    Summary,
    /// Text in labels; the value says nothing.
    Info,
    /// Not said.
    Untyped,
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Line<'a> {
    /// A value of a series.
    Sample(Sample<'a>),
    /// `# TYPE name kind`.
    Type(&'a str, Kind),
    /// `# EOF`: the end of a scrape in OpenMetrics.
    Eof,
    /// A time on its own, or in a comment of its own.
    Time(Instant),
    /// `# HELP`, `# UNIT`, other comments and empty lines.
    Other,
    /// Neither, with what is wrong.
    Bad(&'static str),
}

/// A value of a series.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sample<'a> {
    /// Metric name.
    pub name: &'a str,
    /// Name and labels as they stand in the file.
    pub series: &'a str,
    /// Labels.
    pub labels: Labels,
    /// May be NaN or infinite.
    pub value: f64,
    /// Its own time: seconds in OpenMetrics, milliseconds in the classic format; its size tells which.
    pub at: Option<Instant>,
}

/// Reads one line.
pub(super) fn line(text: &str) -> Line<'_> {
    let text = text.trim();
    if text.is_empty() {
        return Line::Other;
    }
    if let Some(comment) = text.strip_prefix('#') {
        return comment_of(comment.trim());
    }
    if let Some(at) = time(text) {
        return Line::Time(at);
    }
    sample(text).map_or_else(Line::Bad, Line::Sample)
}

fn comment_of(comment: &str) -> Line<'_> {
    let mut words = comment.split_ascii_whitespace();
    match words.next() {
        Some("EOF") => Line::Eof,
        Some("TYPE") => match (words.next(), words.next()) {
            (Some(name), Some(kind)) => Line::Type(
                name,
                match kind {
                    "counter" => Kind::Counter,
                    "gauge" => Kind::Gauge,
                    "histogram" => Kind::Histogram,
                    "gaugehistogram" => Kind::GaugeHistogram,
                    "summary" => Kind::Summary,
                    "info" | "stateset" => Kind::Info,
                    _ => Kind::Untyped,
                },
            ),
            _ => Line::Other,
        },
        Some(first) if !matches!(first, "HELP" | "UNIT") => time(comment)
            .or_else(|| time(comment.strip_prefix(first)?.trim()))
            .map_or(Line::Other, Line::Time),
        _ => Line::Other,
    }
}

/// A time as `date +%s`, `date -Is` and the like write it.
pub(super) fn time(text: &str) -> Option<Instant> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) || !text.is_ascii() {
        return None;
    }
    let at = match text.parse::<f64>() {
        Ok(number) if (1e8..1e11).contains(&number) => Instant((number * 1e6).round() as i64),
        Ok(number) if (1e11..1e14).contains(&number) => Instant((number * 1e3).round() as i64),
        Ok(_) => return None,
        Err(_) => {
            let parsed = parse_time(text, &Zone::utc()).ok()?;
            parsed.zoned.then_some(parsed.at)?
        }
    };
    is_plausible(at).then_some(at)
}

fn sample(text: &str) -> Result<Sample<'_>, &'static str> {
    const NO_VALUE: &str = "a sample without a value";
    let name_end = text
        .find(|c: char| c == '{' || c.is_ascii_whitespace())
        .ok_or(NO_VALUE)?;
    let (name, rest) = text.split_at(name_end);
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == ':');
    if !starts_well
        || !name
            .chars()
            .all(|c| c.is_alphanumeric() || "_:.".contains(c))
    {
        return Err("not the name of a metric");
    }
    let mut labels = Labels::new();
    let rest = match rest.trim_start().strip_prefix('{') {
        Some(inside) => labels_of(inside, &mut labels)?,
        None => rest,
    };
    let series_end = text.len() - rest.len();
    // An exemplar follows after ` # `.
    let numbers = rest.split(" # ").next().unwrap_or_default();
    let mut words = numbers.split_ascii_whitespace();
    let value = words.next().ok_or(NO_VALUE)?;
    let value = value.parse().map_err(|_| "a value that is not a number")?;
    let at = match words.next() {
        Some(word) => Some(time(word).ok_or("a time stamp that is none")?),
        None => None,
    };
    if words.next().is_some() {
        return Err("more than a value and a time");
    }
    Ok(Sample {
        name,
        series: text.get(..series_end).unwrap_or(text).trim_end(),
        labels,
        value,
        at,
    })
}

/// Reads `a="b",c="d"}` and returns what follows.
fn labels_of<'a>(text: &'a str, labels: &mut Labels) -> Result<&'a str, &'static str> {
    const OPEN: &str = "labels that are not closed";
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', ',']);
        if let Some(after) = rest.strip_prefix('}') {
            return Ok(after);
        }
        let (name, after) = rest.split_once('=').ok_or(OPEN)?;
        let after = after.trim_start().strip_prefix('"').ok_or(OPEN)?;
        let mut value = String::new();
        let mut chars = after.char_indices();
        let end = loop {
            match chars.next().ok_or(OPEN)? {
                (at, '"') => break at,
                (_, '\\') => match chars.next().ok_or(OPEN)?.1 {
                    'n' => value.push('\n'),
                    c => value.push(c),
                },
                (_, c) => value.push(c),
            }
        };
        labels.insert(name.trim().to_owned(), value);
        rest = after.get(end + 1..).ok_or(OPEN)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, Vec<(String, String)>, f64, Option<i64>) {
        match line(text) {
            Line::Sample(s) => (
                s.name.to_owned(),
                s.labels.into_iter().collect(),
                s.value,
                s.at.map(|at| at.0 / 1_000),
            ),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn samples_have_labels_times_and_exemplars() {
        assert_eq!(read("up 1"), ("up".to_owned(), vec![], 1.0, None));
        let (_, labels, value, at) = read(
            r##"a{path="C:\\tmp\"}",x="# 1",} 1.5e3 1795246837123 # {id="7"} 0.1 1795246836.66"##,
        );
        assert_eq!(
            labels,
            [
                ("path".to_owned(), "C:\\tmp\"}".to_owned()),
                ("x".to_owned(), "# 1".to_owned())
            ]
        );
        assert_eq!((value, at), (1_500.0, Some(1_795_246_837_123)));
        assert_eq!(read("a 1 1795246837.5").3, Some(1_795_246_837_500));
        assert_eq!(read("a +Inf").2, f64::INFINITY);
        assert!(read("a NaN").2.is_nan());
    }

    #[test]
    fn comments_declare_and_times_stand_between() {
        assert_eq!(line("# TYPE a counter"), Line::Type("a", Kind::Counter));
        assert_eq!(line("# HELP a 2026-11-21T07:40:00Z"), Line::Other);
        assert_eq!(line("# EOF"), Line::Eof);
        let at = Instant::from_secs(1_795_246_837);
        for text in [
            "1795246837",
            "# 1795246837",
            "# scraped 2026-11-21T07:40:37Z",
            "2026-11-21T08:40:37+01:00",
        ] {
            assert_eq!(line(text), Line::Time(at), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, why) in [
            ("up", "a sample without a value"),
            ("up x", "a value that is not a number"),
            ("up{a=\"b} 1", "labels that are not closed"),
            ("up{a=\"b\"}", "a sample without a value"),
            ("up 1 2", "a time stamp that is none"),
            ("<html> 1", "not the name of a metric"),
        ] {
            assert_eq!(line(text), Line::Bad(why), "{text}");
        }
    }
}
