//! The charts of a federation or a chain: who is there and which losses are felt, what each peer does and needs beside
//! its limits, and what the busiest shard does beside the others.

use std::collections::BTreeMap;

use eframe::egui::Ui;

use super::charts::Chart;
use super::field::secs;
use super::scale::Scale;
use crate::analysis::sla::SlaFile;
use crate::scenario::Scenario;
use crate::scenario::outcome::{ChainFigures, ChainStep, FederationFigures, FederationStep};
use crate::ui::simulated::Simulated;
use crate::ui::theme::Tokens;
use crate::ui::widgets::{LineData, LineKind, PlotLimit, PlotLine, PlotSpan};
use crate::units;

/// Regions that get a line of their own.
const MOST_REGIONS: usize = 6;

/// Lines by name, and the limits that promises set by the name of their series.
#[derive(Debug, Default)]
pub(super) struct Lines {
    named: BTreeMap<&'static str, LineData>,
    regions: Vec<(String, LineData)>,
    limits: BTreeMap<String, (f64, String)>,
    /// When losses were felt, in x.
    felt: Vec<(f64, f64)>,
}

impl Lines {
    /// Of a run of this scenario.
    pub fn new(scenario: &Scenario, found: &Simulated, scale: &Scale) -> Self {
        let outcome = &found.outcome;
        let mut out = Self::default();
        let times: Vec<f64> = outcome.steps.iter().map(|s| scale.x(s.at)).collect();
        let gap = outcome.step * 2.5 / scale.unit_secs;
        let line = |values: Vec<f64>| LineData::new(times.clone(), values, gap);
        if let Some(peers) = &outcome.federation {
            let over = |of: fn(&FederationStep) -> f64| line(peers.steps.iter().map(of).collect());
            out.named = BTreeMap::from([
                ("peers", over(|s| s.peers)),
                ("away", over(|s| s.away)),
                ("messages", over(|s| s.messages_per_peer)),
                ("room", over(|s| s.capacity_per_peer)),
                ("coordination", over(|s| s.coordination_per_peer)),
                ("together", over(|s| s.coordination_total)),
                ("cpu", over(|s| s.cpu_share * 100.0)),
                ("memory", over(|s| s.memory_mb)),
                (
                    "cpu mean",
                    line(outcome.steps.iter().map(|s| s.cpu * 100.0).collect()),
                ),
            ]);
            if peers.regions.len() > 1 {
                let regions = peers.regions.iter().take(MOST_REGIONS);
                out.regions = regions
                    .map(|r| (r.name.clone(), line(r.peers_over_time.clone())))
                    .collect();
            }
            out.felt = felt(&peers.steps, &times, outcome.step / scale.unit_secs);
        } else if let Some(chain) = &outcome.chain {
            let over = |of: fn(&ChainStep) -> f64| line(chain.steps.iter().map(of).collect());
            out.named = BTreeMap::from([
                ("shards", over(|s| s.shards)),
                ("hot", over(|s| s.hot_served)),
                ("other", over(|s| s.other_served)),
                ("hot busy", over(|s| s.hot_utilisation * 100.0)),
                ("other busy", over(|s| s.other_utilisation * 100.0)),
                ("hot queue", over(|s| s.hot_queue)),
                ("other queue", over(|s| s.other_queue)),
            ]);
        }
        out.limits = limits(scenario);
        out
    }

    fn limit(&self, series: &[&str], ui: &Ui) -> Option<PlotLimit> {
        let (value, name) = series.iter().find_map(|s| self.limits.get(*s))?;
        Some(PlotLimit {
            name: name.clone(),
            value: *value,
            color: Tokens::of(ui).bad,
            draggable: false,
        })
    }

    /// Most of a line; 0 where there is none.
    fn peak(&self, name: &str) -> f64 {
        let bounds = self.named.get(name).and_then(|line| {
            let (from, to) = line.span()?;
            line.bounds(from, to)
        });
        bounds.map_or(0.0, |b| b.1)
    }

    fn line<'a>(
        &'a self,
        name: &'static str,
        (label, color, kind): (&str, eframe::egui::Color32, LineKind),
    ) -> Option<PlotLine<'a>> {
        Some(PlotLine {
            name: label.to_owned(),
            data: self.named.get(name)?,
            color,
            kind,
        })
    }
}

/// Limits of the scenario's own promises, by the series they judge.
fn limits(scenario: &Scenario) -> BTreeMap<String, (f64, String)> {
    let file = scenario
        .sla
        .as_ref()
        .and_then(|yaml| SlaFile::parse(yaml).ok());
    let objectives = file.into_iter().flat_map(|file| file.objectives);
    objectives
        .filter_map(|objective| {
            let series = objective.scope.metric?;
            let target = objective.target;
            Some((series, (target.value.as_printed(), target.text())))
        })
        .collect()
}

/// Stretches of time in which losses are felt.
fn felt(steps: &[FederationStep], times: &[f64], width: f64) -> Vec<(f64, f64)> {
    let mut out: Vec<(f64, f64)> = Vec::new();
    for (_, x) in steps.iter().zip(times).filter(|(s, _)| s.felt > 0) {
        match out.last_mut() {
            Some(last) if *x <= last.1 + width * 0.5 => last.1 = x + width,
            _ => out.push((*x, x + width)),
        }
    }
    out
}

/// Puts the charts of peers or shards in the place of those of instances.
pub(super) fn fit<'a>(
    ui: &Ui,
    found: &Simulated,
    lines: &'a Lines,
    scale: &Scale,
    charts: Vec<Chart<'a>>,
) -> Vec<Chart<'a>> {
    let outcome = &found.outcome;
    let own = match (&outcome.federation, &outcome.chain) {
        (Some(peers), _) => federation(ui, peers, lines, scale),
        (None, Some(chain)) => shards(ui, chain, lines),
        (None, None) => return charts,
    };
    let chain = outcome.chain.is_some();
    let (before, after): (Vec<_>, Vec<_>) = charts
        .into_iter()
        .filter(|c| match c.id {
            "instances" | "use" => false,
            "queue" => !chain,
            _ => true,
        })
        .partition(|c| matches!(c.id, "rate" | "time"));
    before.into_iter().chain(own).chain(after).collect()
}

fn federation<'a>(
    ui: &Ui,
    found: &FederationFigures,
    lines: &'a Lines,
    scale: &Scale,
) -> Vec<Chart<'a>> {
    let tokens = Tokens::of(ui);
    let subject = |label| (label, tokens.accent, LineKind::Subject);
    let context = |label| (label, tokens.context, LineKind::Context);
    let other = |label, index| (label, tokens.series_color(index), LineKind::Context);
    let whole = |value: f64| units::grouped(value.round(), 0);
    let least = found
        .steps
        .iter()
        .map(|s| s.peers)
        .fold(f64::INFINITY, f64::min);
    let most = lines.peak("peers");
    let title = if whole(least) == whole(most) {
        format!("{} peers all the time", whole(most))
    } else {
        format!("{} to {} peers", whole(least.min(most)), whole(most))
    };
    let title = match (found.recovery_secs, found.unrecovered) {
        (_, open) if open > 0 => format!("{title}; not every loss is overcome"),
        (Some(longest), _) => format!(
            "{title}; losses are felt for {} at the longest",
            secs(longest)
        ),
        _ => title,
    };
    let regions = lines
        .regions
        .iter()
        .enumerate()
        .map(|(index, (name, data))| PlotLine {
            name: name.clone(),
            data,
            color: tokens.series_color(index + 1),
            kind: LineKind::Context,
        });
    let away = lines.peak("away") >= 1.0;
    let peers = Chart {
        id: "peers",
        title,
        unit: "",
        lines: regions
            .chain(
                away.then(|| lines.line("away", ("away", tokens.bad, LineKind::Context)))
                    .flatten(),
            )
            .chain(lines.line("peers", subject("peers")))
            .collect(),
        limit: None,
        spans: lines
            .felt
            .iter()
            .map(|(from, to)| PlotSpan {
                name: format!("a loss is felt for {}", secs((to - from) * scale.unit_secs)),
                from: *from,
                to: *to,
                color: tokens.bad,
            })
            .collect(),
    };
    let chart = |id, title, unit, of: Vec<Option<PlotLine<'a>>>, limit| Chart {
        id,
        title,
        unit,
        lines: of.into_iter().flatten().collect(),
        limit,
        spans: Vec::new(),
    };
    vec![
        peers,
        chart(
            "messages",
            format!(
                "A peer does up to {} messages a second and could do {}",
                units::number(lines.peak("messages")),
                units::number(lines.peak("room"))
            ),
            "/s",
            vec![
                lines.line("room", context("could do")),
                lines.line("coordination", other("coordination", 2)),
                lines.line("messages", subject("does")),
            ],
            lines.limit(&["peer_messages", "peer_capacity"], ui),
        ),
        chart(
            "cpu",
            format!(
                "A peer uses up to {} of a core in the busiest region",
                units::percent_of(found.cpu_share_peak)
            ),
            "%",
            vec![
                lines.line("cpu mean", context("mean")),
                lines.line("cpu", subject("busiest region")),
            ],
            lines.limit(&["peer_cpu", "cpu_utilization"], ui),
        ),
        chart(
            "memory",
            format!(
                "A peer needs up to {} MB of memory",
                units::number(lines.peak("memory"))
            ),
            "MB",
            vec![lines.line("memory", subject("memory"))],
            lines.limit(&["peer_memory"], ui),
        ),
        chart(
            "together",
            format!(
                "Keeping together takes up to {} messages a second in all",
                units::number(lines.peak("together"))
            ),
            "/s",
            vec![lines.line("together", subject("coordination"))],
            lines.limit(&["coordination"], ui),
        ),
    ]
}

fn shards<'a>(ui: &Ui, found: &ChainFigures, lines: &'a Lines) -> Vec<Chart<'a>> {
    let tokens = Tokens::of(ui);
    let subject = |label| (label, tokens.accent, LineKind::Subject);
    let context = |label| (label, tokens.series_color(2), LineKind::Context);
    let several = found.others.is_some();
    let pair = |hot: &'static str, other: &'static str, label: &'static str| -> Vec<PlotLine<'a>> {
        let others = several.then(|| lines.line(other, context(label))).flatten();
        others
            .into_iter()
            .chain(lines.line(
                hot,
                subject(if several { "hot shard" } else { "the shard" }),
            ))
            .collect()
    };
    let full = found.capacity_even / f64::from(found.shards.max(1));
    let chart = |id, title, unit, lines, limit| Chart {
        id,
        title,
        unit,
        lines,
        limit,
        spans: Vec::new(),
    };
    let waiting = lines.peak("hot queue").max(lines.peak("other queue"));
    let mut charts = vec![
        chart(
            "shard-rate",
            format!(
                "The hot shard does up to {} transactions a second, where {} is all it can do",
                units::number(lines.peak("hot")),
                units::number(full)
            ),
            "/s",
            pair("hot", "other", "each other one"),
            Some(PlotLimit {
                name: format!("a shard is full at {}/s", units::number(full)),
                value: full,
                color: tokens.caution,
                draggable: false,
            }),
        ),
        chart(
            "shard-use",
            format!(
                "The hot shard is up to {} busy",
                units::percent_of(found.hot.utilisation_peak)
            ),
            "%",
            pair("hot busy", "other busy", "the others"),
            lines.limit(&["hot_shard_utilization"], ui),
        ),
        chart(
            "shard-queue",
            if waiting >= 1.0 && lines.peak("hot queue") < 1.0 {
                format!(
                    "Up to {} transactions wait at the other shards, none at the hot one",
                    units::number(waiting.round())
                )
            } else if waiting >= 1.0 {
                format!(
                    "Up to {} transactions wait at the hot shard, and up to {} at the others together",
                    units::number(lines.peak("hot queue").round()),
                    units::number(lines.peak("other queue").round())
                )
            } else {
                "No transaction waits longer than for its block".to_owned()
            },
            "",
            pair("hot queue", "other queue", "all others"),
            None,
        ),
    ];
    if found.availability.value < 1.0 {
        charts.push(chart(
            "shards",
            format!(
                "{} shards, of which not all make blocks all the time",
                units::count(u64::from(found.shards))
            ),
            "",
            lines
                .line("shards", subject("make blocks"))
                .into_iter()
                .collect(),
            None,
        ));
    }
    charts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_that_are_felt_are_joined_to_stretches() {
        let step = |felt| FederationStep {
            felt,
            ..FederationStep::default()
        };
        let steps = [0, 1, 2, 0, 0, 1].map(step);
        let times = [0.0, 5.0, 10.0, 15.0, 20.0, 25.0];
        assert_eq!(felt(&steps, &times, 5.0), [(5.0, 15.0), (25.0, 30.0)]);
    }

    #[test]
    fn limits_come_from_the_promises() {
        let scenario = Scenario {
            sla: Some(
                "objectives:\n  - {name: Memory, kind: metric, series: peer_memory, statistic: max, target: \"<500MB\"}\n"
                    .to_owned(),
            ),
            ..Scenario::default()
        };
        let found = limits(&scenario);
        assert_eq!(
            found.get("peer_memory").map(|l| l.0),
            Some(500.0),
            "{found:?}"
        );
        assert!(limits(&Scenario::default()).is_empty());
    }
}
