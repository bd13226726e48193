//! `headroom stats` for people: plain tables.

use super::stats::StatsDocument;
use crate::analysis::latency::LabelStats;
use crate::calendar::Zone;
use crate::units::{self, Micros};

/// Labels longer than this are shortened in the middle.
const LABEL_WIDTH: usize = 40;

/// Everything in the document but its warnings.
pub(super) fn table(document: &StatsDocument, zone: &Zone) -> String {
    let mut out = String::new();
    for file in &document.files {
        let rejected = if file.rejected > 0 {
            format!(", {} rejected", units::count(file.rejected))
        } else {
            String::new()
        };
        let span = match (file.first, file.last) {
            (Some(first), Some(last)) => format!(
                ", {} to {} ({})",
                first.format(zone, "%Y-%m-%d %H:%M:%S"),
                last.format(zone, "%Y-%m-%d %H:%M:%S"),
                units::duration(last.since(first))
            ),
            _ => String::new(),
        };
        out.push_str(&format!(
            "{}: {}, {} rows{rejected}{span}\n",
            file.path,
            file.format,
            units::count(file.rows)
        ));
        if let Some(sha256) = &file.sha256 {
            out.push_str(&format!("  SHA-256 {sha256}\n"));
        }
    }
    labels(document, &mut out);
    if let Some(codes) = document.codes.as_ref().filter(|c| !c.is_empty()) {
        let list: Vec<String> = codes
            .iter()
            .take(10)
            .map(|c| {
                let code = if c.code.is_empty() { "(none)" } else { &c.code };
                format!("{code} × {}", units::count(c.count))
            })
            .collect();
        out.push_str(&format!("\nCodes: {}\n", list.join(", ")));
    }
    if let Some((max, mean)) = document.concurrency.and_then(|c| c.max.zip(c.mean)) {
        out.push_str(&format!(
            "Active users: {} at most, {} on average\n",
            units::number(max),
            units::number(mean)
        ));
    }
    for summary in &document.summaries {
        if document.summaries.len() > 1 {
            out.push_str(&format!("\n{}\n", summary.file));
            if summary.holds_figures() {
                out.push_str(&summary.table());
            }
        }
        summary.tell(&mut out);
    }
    traces(document, zone, &mut out);
    timeline(document, zone, &mut out);
    series(document, &mut out);
    if let Some(outages) = &document.outages {
        let time = |secs: f64| units::duration(Micros((secs * 1e6) as i64));
        out.push_str(&format!(
            "\nUp {}, down {} in {} incidents (longest {}), maintenance {}, unknown {}\n",
            time(outages.up_secs),
            time(outages.down_secs),
            outages.incidents,
            outages.longest_secs.map_or_else(|| "–".to_owned(), time),
            time(outages.maintenance_secs),
            time(outages.unknown_secs)
        ));
        if let (Some(least), Some(most)) = (outages.down_secs_least, outages.down_secs_most)
            && least < most
        {
            out.push_str(&format!(
                "Checks know outages to one check either side: down between {} and {}\n",
                time(least),
                time(most)
            ));
        }
    }
    for line in &document.outage_totals {
        let time = |secs: i64| units::duration(Micros::from_secs(secs));
        let totals = &line.totals;
        out.push_str(&format!(
            "\n{}: up {} of the known time; up {}, down {}, degraded {}, maintenance {}, unknown {}",
            totals.service,
            line.up_percent
                .map_or_else(|| "–".to_owned(), |p| units::grouped(p, 3) + " %"),
            time(totals.up_secs),
            time(totals.down_secs),
            time(totals.degraded_secs),
            time(totals.maintenance_secs),
            time(totals.unknown_secs)
        ));
    }
    out.trim_end().to_owned()
}

fn labels(document: &StatsDocument, out: &mut String) {
    let (Some(total), Some(labels)) = (&document.total, &document.labels) else {
        return;
    };
    if total.count == 0 && total.mean_ms.is_none() && labels.is_empty() {
        return;
    }
    let rule = document.estimator.as_deref().unwrap_or_default();
    let rule = match document.summaries.as_slice() {
        [one] if rule == "tool" => format!("as {} prints them", one.tool),
        _ => format!("by rule {rule}"),
    };
    out.push_str(&format!(
        "\nDurations in ms, percentiles {rule} (* few samples)\n"
    ));
    out.push_str(&label_table(total, labels));
}

/// The table of labels, with the total as its last line.
pub(super) fn label_table(total: &LabelStats, labels: &[LabelStats]) -> String {
    let mut rows = vec![
        [
            "Label", "Requests", "Errors", "Mean", "Min", "P50", "P90", "P95", "P99", "P99.9",
            "Max", "Req/s", "Apdex",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    rows.extend(labels.iter().map(cells));
    rows.push(cells(total));
    aligned(&rows, 1)
}

fn cells(line: &LabelStats) -> Vec<String> {
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), units::number);
    let percentile = |value: Option<f64>, name: &str| {
        let few = line.few_samples.iter().any(|n| n == name);
        format!("{}{}", number(value), if few { "*" } else { "" })
    };
    vec![
        shortened(&line.label),
        units::count(line.count),
        line.error_rate
            .map_or_else(|| "–".to_owned(), units::percent_of),
        number(line.mean_ms),
        number(line.min_ms),
        percentile(line.p50_ms, "p50"),
        percentile(line.p90_ms, "p90"),
        percentile(line.p95_ms, "p95"),
        percentile(line.p99_ms, "p99"),
        percentile(line.p99_9_ms, "p99_9"),
        number(line.max_ms),
        number(line.throughput_per_sec),
        line.apdex
            .map_or_else(|| "–".to_owned(), |a| units::grouped(a, 3)),
    ]
}

fn traces(document: &StatsDocument, zone: &Zone, out: &mut String) {
    let time = |ns: i64| units::duration(Micros(ns / 1_000));
    for traces in &document.traces {
        out.push_str(&format!(
            "\n{} requests of {} spans; what callers waited for, by service\n",
            units::count(traces.traces),
            units::count(traces.spans)
        ));
        let mut rows = vec![
            [
                "Service",
                "Share",
                "Waited for",
                "Own work",
                "Spans",
                "Errors",
            ]
            .map(str::to_owned)
            .to_vec(),
        ];
        rows.extend(traces.services.iter().map(|s| {
            vec![
                shortened(&s.service),
                units::percent_of(s.share),
                time((s.critical_secs * 1e9) as i64),
                time((s.self_secs * 1e9) as i64),
                units::count(s.spans),
                units::count(s.errors),
            ]
        }));
        out.push_str(&aligned(&rows, 1));
        for slow in traces.slowest.iter().take(5) {
            let steps: Vec<String> = slow
                .critical_path
                .iter()
                .take(8)
                .map(|s| format!("{} {} {}", s.service, s.operation, time(s.length_ns)))
                .collect();
            out.push_str(&format!(
                "\n{} {} took {} (trace {}):\n  {}\n",
                slow.start.format(zone, "%Y-%m-%d %H:%M:%S"),
                slow.root,
                time(slow.duration_ns),
                slow.trace_id,
                steps.join(" → ")
            ));
        }
    }
}

fn timeline(document: &StatsDocument, zone: &Zone, out: &mut String) {
    let Some(points) = &document.timeline else {
        return;
    };
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), units::number);
    let mut rows = vec![
        [
            "Time", "Label", "Requests", "Errors", "P50", "P95", "P99", "Active",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    rows.extend(points.iter().map(|p| {
        vec![
            p.t.format(zone, "%Y-%m-%d %H:%M:%S"),
            shortened(&p.label),
            units::count(p.count),
            units::count(p.errors),
            number(p.p50_ms),
            number(p.p95_ms),
            number(p.p99_ms),
            number(p.concurrency),
        ]
    }));
    out.push('\n');
    out.push_str(&aligned(&rows, 1));
}

fn series(document: &StatsDocument, out: &mut String) {
    let Some(series) = &document.series else {
        return;
    };
    let value = |value: Option<f64>, unit: &str| {
        value.map_or_else(|| "–".to_owned(), |v| units::with_unit(v, unit))
    };
    let mut rows = vec![
        [
            "Series", "Points", "Step", "Gaps", "Min", "Mean", "P95", "Max",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    rows.extend(series.iter().map(|s| {
        vec![
            shortened(&s.name),
            units::count(s.points),
            s.step_secs.map_or_else(
                || "–".to_owned(),
                |secs| units::duration(Micros((secs * 1e6) as i64)),
            ),
            units::count(s.gaps),
            value(s.min, &s.unit),
            value(s.mean, &s.unit),
            value(s.p95, &s.unit),
            value(s.max, &s.unit),
        ]
    }));
    out.push('\n');
    out.push_str(&aligned(&rows, 1));
}

/// One line, with its middle left out where it is long.
fn shortened(text: &str) -> String {
    let chars: Vec<char> = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if chars.len() <= LABEL_WIDTH {
        return chars.into_iter().collect();
    }
    let half = (LABEL_WIDTH - 1) / 2;
    let start = chars.iter().take(half);
    let end = chars.iter().skip(chars.len() - half);
    start.chain(&['…']).chain(end).collect()
}

/// Columns as wide as their widest cell; the first `left` ones to the left, the others to the right.
pub(super) fn aligned(rows: &[Vec<String>], left: usize) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|c| {
            let lengths = rows
                .iter()
                .filter_map(|r| r.get(c))
                .map(|t| t.chars().count());
            lengths.max().unwrap_or(0)
        })
        .collect();
    let mut out = String::new();
    for row in rows {
        let line: Vec<String> = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(i, (cell, width))| {
                if i < left {
                    format!("{cell:<width$}")
                } else {
                    format!("{cell:>width$}")
                }
            })
            .collect();
        out.push_str(line.join("  ").trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [vec!["ab", "1"], vec!["c", "1,000"]]
            .map(|r| r.into_iter().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(aligned(&rows, 1), "ab      1\nc   1,000\n");
        assert_eq!(shortened(&"x".repeat(50)).chars().count(), 39);
        assert_eq!(shortened("a\nb"), "a b");
    }
}
