//! OpenSLO v1, read into Headroom's own form: SLOs with an indicator of their own or by name, in one file with the
//! services, indicators and alert policies they name.
//!
//! Each SLO is first written down as Headroom's own keys and then read by the ordinary reader, so that the same mistakes
//! get the same answers. Ratios become shares of requests, thresholds on durations shares of fast requests, and
//! everything judged by slices keeps its slices. What cannot be judged is kept and said.

use super::names::did_you_mean;
use super::openslo_fields::{native, needed, window};
use super::openslo_foreign::{Place, foreign, set, signed, slice_word};
use super::openslo_native::{Native, PREFIX};
use super::own_write::percent_text;
use super::yaml::{Node, Value};
use super::{SlaFile, SlaFileError, read_own};
use crate::units::Ppm;

/// Whether a text is OpenSLO: a document that says so.
pub(super) fn looks_like(yaml: &str) -> bool {
    yaml.lines().any(|line| {
        line.strip_prefix("apiVersion:")
            .is_some_and(|rest| rest.contains("openslo"))
    })
}

const KINDS: [&str; 7] = [
    "SLO",
    "SLI",
    "Service",
    "DataSource",
    "AlertPolicy",
    "AlertCondition",
    "AlertNotificationTarget",
];

/// Reads all documents.
pub(super) fn read(yaml: &str) -> Result<SlaFile, SlaFileError> {
    let documents = Node::parse_all(yaml)?;
    for document in &documents {
        let version = needed(document, "apiVersion", "openslo/v1")?.text("apiVersion")?;
        if version != "openslo/v1" {
            return Err(needed(document, "apiVersion", "openslo/v1")?.error(format!(
                "apiVersion {version} is not known; Headroom reads openslo/v1"
            )));
        }
        let kind = needed(document, "kind", "SLO")?;
        if !KINDS.contains(&kind.text("kind")?) {
            let text = kind.text("kind")?;
            let meant = did_you_mean(text, KINDS);
            return Err(kind.error(format!(
                "kind \"{text}\" is not known{meant} (kinds of OpenSLO v1: {})",
                KINDS.join(", ")
            )));
        }
    }
    let mut own: Vec<(String, Node)> = Vec::new();
    let mut objectives: Vec<Node> = Vec::new();
    let mut kept = Vec::new();
    let of_kind = |kind: &'static str| {
        documents
            .iter()
            .filter(move |d| d.get("kind").and_then(|k| k.text("kind").ok()) == Some(kind))
    };
    for service in of_kind("Service") {
        for (key, node) in annotations(service)? {
            match key.as_str() {
                "objectives" => objectives.extend(node.items().iter().cloned()),
                _ => own.push((key, node)),
            }
        }
    }
    let mut zones: Vec<String> = Vec::new();
    for slo in of_kind("SLO") {
        objectives.extend(slo_objectives(slo, &documents, &mut zones, &mut kept)?);
    }
    for policy in of_kind("AlertPolicy") {
        kept.push(alert_words(policy, &documents));
    }
    if objectives.is_empty() {
        return Err(SlaFileError {
            message: "the file is OpenSLO but holds no SLO; add a document with \"kind: SLO\""
                .to_owned(),
            line: documents.first().map(|d| d.line),
        });
    }
    zones.sort();
    zones.dedup();
    let named = own.iter().any(|(key, _)| key == "timezone");
    match zones.as_slice() {
        [zone] if !named && zone != "UTC" => own.push(("timezone".to_owned(), Node::scalar(1, zone))),
        [] | [_] => {}
        many => kept.push(format!(
            "The SLOs name several time zones ({}); a set of promises has one, so the project's is used.",
            many.join(", ")
        )),
    }
    own.push((
        "objectives".to_owned(),
        Node {
            line: objectives.first().map_or(1, |o| o.line),
            value: Value::List(objectives),
        },
    ));
    let mut file = SlaFile::from_root(&Node {
        line: 1,
        value: Value::Map(own),
    })?;
    file.kept.extend(kept);
    Ok(file)
}

/// Headroom's own keys in the annotations of a document, each read back as a tree.
fn annotations(document: &Node) -> Result<Vec<(String, Node)>, SlaFileError> {
    let Some(Value::Map(all)) = document.at(&["metadata", "annotations"]).map(|n| &n.value) else {
        return Ok(Vec::new());
    };
    let mut own = Vec::new();
    for (key, node) in all {
        let Some(key) = key.strip_prefix(PREFIX) else {
            continue;
        };
        let text = node.text(key)?;
        let tree = if text.starts_with(['{', '[']) {
            let tree = Node::parse(text).map_err(|e| node.error(e.message))?;
            tree.on_line(node.line)
        } else {
            Node::scalar(node.line, text)
        };
        own.push((key.to_owned(), tree));
    }
    Ok(own)
}

fn name_of(document: &Node) -> Option<&str> {
    document.at(&["metadata", "name"])?.text("name").ok()
}

/// The indicator of an SLO: its own, or the one it names.
fn indicator<'a>(spec: &'a Node, documents: &'a [Node]) -> Result<&'a Node, SlaFileError> {
    if let Some(own) = spec.get("indicator") {
        return own.get("spec").ok_or_else(|| {
            own.error("indicator has no spec; write thresholdMetric or ratioMetric below it")
        });
    }
    let reference = spec.get("indicatorRef").ok_or_else(|| {
        spec.error("an SLO needs an indicator, or the name of one as indicatorRef")
    })?;
    let name = reference.text("indicatorRef")?;
    let known: Vec<&str> = documents
        .iter()
        .filter(|d| d.get("kind").and_then(|k| k.text("kind").ok()) == Some("SLI"))
        .filter_map(name_of)
        .collect();
    documents
        .iter()
        .filter(|d| d.get("kind").and_then(|k| k.text("kind").ok()) == Some("SLI"))
        .find(|d| name_of(d) == Some(name))
        .and_then(|d| d.get("spec"))
        .ok_or_else(|| {
            reference.error(format!(
                "indicatorRef \"{name}\" is not in this file{}; indicators here: {}",
                did_you_mean(name, known.iter().copied()),
                if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.join(", ")
                }
            ))
        })
}

/// One SLO as entries of Headroom's list, one for each of its objectives.
fn slo_objectives(
    slo: &Node,
    documents: &[Node],
    zones: &mut Vec<String>,
    kept: &mut Vec<String>,
) -> Result<Vec<Node>, SlaFileError> {
    let spec = needed(slo, "spec", "…")?;
    let name = slo
        .at(&["metadata", "displayName"])
        .and_then(|n| n.text("displayName").ok())
        .or_else(|| name_of(slo))
        .ok_or_else(|| slo.error("an SLO needs metadata with a name"))?;
    let (period, duration, rolling) = window(spec, zones)?;
    let method = match spec.get("budgetingMethod") {
        None => "Occurrences",
        Some(node) => {
            let known = ["Occurrences", "Timeslices", "RatioTimeslices"];
            let text = node.text("budgetingMethod")?;
            known.into_iter().find(|k| *k == text).ok_or_else(|| {
                node.error(format!(
                    "budgetingMethod \"{text}\" is not known; write {}",
                    known.join(", ")
                ))
            })?
        }
    };
    if method == "RatioTimeslices" {
        kept.push(format!(
            "{name}: the mean of the ratios of slices is not judged; all requests count alike (Occurrences)."
        ));
    }
    let list = needed(spec, "objectives", "[{target: 0.999}]")?;
    let own = annotations(slo)?;
    let mut nodes = Vec::new();
    for (index, item) in list.items().iter().enumerate() {
        let native = native(item, method, &duration, rolling)?;
        let title = match item
            .get("displayName")
            .and_then(|n| n.text("displayName").ok())
        {
            Some(own) if list.items().len() > 1 => format!("{name}: {own}"),
            _ if index > 0 => format!("{name} {}", index + 1),
            _ => name.to_owned(),
        };
        let mut pairs = if own.iter().any(|(key, _)| key == "kind") {
            let mut pairs = vec![("name".to_owned(), Node::scalar(slo.line, &title))];
            pairs.extend(own.iter().cloned());
            edited(&mut pairs, &native, &period)?;
            pairs
        } else {
            let service = spec.get("service").and_then(|n| n.text("service").ok());
            let at = Place {
                title: &title,
                line: item.line,
                period: &period,
            };
            foreign(&at, service, indicator(spec, documents)?, &native, kept)?
        };
        for (key, node) in &mut pairs {
            if key == "name" {
                node.line = item.line;
            }
        }
        nodes.push(Node {
            line: item.line,
            value: Value::Map(pairs),
        });
    }
    if nodes.is_empty() {
        return Err(list.error("objectives must be a list with at least one target"));
    }
    if let Some(policies) = spec.get("alertPolicies").filter(|p| !p.items().is_empty()) {
        let names: Vec<&str> = policies
            .items()
            .iter()
            .filter_map(|p| p.text("alertPolicies").ok().or_else(|| name_of(p)))
            .collect();
        kept.push(format!(
            "{name}: its alert policies are kept, not judged: {}.",
            names.join(", ")
        ));
    }
    Ok(nodes)
}

/// An export of Headroom's: the annotations say it all, unless someone changed what stands beside them.
fn edited(
    pairs: &mut Vec<(String, Node)>,
    found: &Native,
    period: &str,
) -> Result<(), SlaFileError> {
    let list = Node {
        line: pairs.first().map_or(1, |(_, n)| n.line),
        value: Value::List(vec![Node {
            line: 1,
            value: Value::Map(pairs.clone()),
        }]),
    };
    let Some(objective) = read_own::objectives(&list)?.into_iter().next() else {
        return Ok(());
    };
    let Some(written) = Native::of(&objective) else {
        return Ok(());
    };
    if (&written.duration, written.rolling) != (&found.duration, found.rolling) {
        set(pairs, "period", period);
    }
    let by_slices = written.method != "Occurrences";
    if written.target != found.target {
        let key = if by_slices {
            "slices_required"
        } else {
            "target"
        };
        set(pairs, key, &percent_text(found.target));
    }
    if written.slice_window != found.slice_window
        && let Some(window) = &found.slice_window
    {
        set(pairs, "slice", slice_word(window));
    }
    if written.slice_target != found.slice_target
        && let Some(good) = found.slice_target
    {
        set(pairs, "target", &percent_text(Ppm(Ppm::ONE.0 - good.0)));
    }
    if (&written.op, written.value) != (&found.op, found.value) && found.value.is_some() {
        let unit = match objective.kind {
            super::ObjectiveKind::Latency | super::ObjectiveKind::ShareUnder => "ms",
            super::ObjectiveKind::Throughput => "_rps",
            super::ObjectiveKind::Utilisation => "%",
            _ => match objective.target.value {
                super::Quantity::Share(_) => "%",
                super::Quantity::Duration(_) => "ms",
                super::Quantity::Rate(_) => "_rps",
                super::Quantity::Value(_) => "",
                super::Quantity::Bytes(_) => "MB",
                super::Quantity::ByteRate(_) => "MB/s",
            },
        };
        let key = if by_slices { "target" } else { "threshold" };
        set(pairs, key, &signed(found, unit));
    }
    Ok(())
}

/// An alert policy in a sentence.
fn alert_words(policy: &Node, documents: &[Node]) -> String {
    let name = name_of(policy).unwrap_or("unnamed");
    let conditions = policy
        .at(&["spec", "conditions"])
        .map_or(&[][..], Node::items);
    let mut words = Vec::new();
    for condition in conditions {
        let named = condition
            .get("conditionRef")
            .and_then(|n| n.text("conditionRef").ok());
        let spec = match named {
            Some(wanted) => documents
                .iter()
                .filter(|d| {
                    d.get("kind").and_then(|k| k.text("kind").ok()) == Some("AlertCondition")
                })
                .find(|d| name_of(d) == Some(wanted))
                .and_then(|d| d.get("spec")),
            None => condition.get("spec"),
        };
        let Some(spec) = spec else {
            words.push(
                named
                    .unwrap_or("a condition that is not in the file")
                    .to_owned(),
            );
            continue;
        };
        let text = |path: &[&str]| {
            spec.at(path)
                .and_then(|n| n.text("condition").ok())
                .unwrap_or("?")
                .to_owned()
        };
        words.push(format!(
            "{} {} {} over {}, for {} ({})",
            text(&["condition", "kind"]),
            text(&["condition", "op"]),
            text(&["condition", "threshold"]),
            text(&["condition", "lookbackWindow"]),
            text(&["condition", "alertAfter"]),
            text(&["severity"])
        ));
    }
    format!(
        "Alert policy {name} is kept, not judged: {}.",
        words.join("; ")
    )
}
