//! Promises as OpenSLO v1: one SLO a promise, and one Service that keeps what belongs to all of them. What OpenSLO has no
//! place for stands in annotations (`headroom/…`), so that nothing is lost on the way back, and is said.

use super::openslo_native::{Indicator, MOST, Native, PREFIX, indicator};
use super::own_write;
use super::yaml::{Node, Value, quoted};
use super::{ObjectiveKind, SlaFile, SlaFileError};
use crate::units::Ppm;

/// A set of promises as OpenSLO.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenSloExport {
    /// YAML with several documents.
    pub text: String,
    /// What OpenSLO cannot say, in sentences.
    pub unsaid: Vec<String>,
}

/// A name that OpenSLO accepts: lower case letters, digits and dashes, at most 63 of them.
fn slug(name: &str) -> String {
    let mut text = String::new();
    for c in name.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() {
            text.push(c);
        } else if !text.ends_with('-') && !text.is_empty() {
            text.push('-');
        }
    }
    let short: String = text.chars().take(63).collect();
    let short = short.trim_matches('-');
    if short.is_empty() {
        "promise".to_owned()
    } else {
        short.to_owned()
    }
}

/// A share as the fraction that OpenSLO wants: `0.999`.
fn fraction(share: Ppm) -> String {
    decimal(share.0)
}

fn decimal(millionths: i64) -> String {
    let text = format!("{:.6}", millionths as f64 / 1e6);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Writes promises that can be read as OpenSLO.
pub fn to_openslo(yaml: &str) -> Result<OpenSloExport, SlaFileError> {
    if super::openslo_read::looks_like(yaml) {
        return Err(SlaFileError {
            message: "this is OpenSLO already".to_owned(),
            line: None,
        });
    }
    let root = Node::parse(yaml)?;
    let file = SlaFile::from_root(&root)?;
    let mut export = OpenSloExport::default();
    let mut names: Vec<String> = Vec::new();
    let mut kept_whole: Vec<Node> = Vec::new();
    let mut documents = Vec::new();
    let own: Vec<&Node> = root
        .get("objectives")
        .map_or(&[][..], Node::items)
        .iter()
        .collect();
    for objective in &file.objectives {
        // Headroom's own form is kept as it was written, with keys this writer need not know.
        let written = own
            .iter()
            .filter_map(|item| match &item.value {
                Value::Map(pairs) => Some(pairs),
                _ => None,
            })
            .find(|pairs| pairs.first().map(|(_, n)| n.line) == objective.line);
        let pairs = written.map_or_else(|| own_write::pairs(objective), Clone::clone);
        let (Some(native), Some(measure)) = (Native::of(objective), indicator(objective)) else {
            export.unsaid.push(format!(
                "{}: OpenSLO has no promise against a baseline; it stands in an annotation of the service.",
                objective.name
            ));
            kept_whole.push(Node {
                line: 1,
                value: Value::Map(pairs),
            });
            continue;
        };
        say_what_is_lost(
            objective.kind,
            &objective.name,
            &native,
            &pairs,
            &mut export.unsaid,
        );
        let mut name = slug(&objective.name);
        while names.contains(&name) {
            name.push_str("-2");
        }
        names.push(name.clone());
        documents.push(slo(
            &name,
            &objective.name,
            objective.scope.service.as_deref(),
            &file,
            &native,
            &measure,
            &pairs,
        ));
    }
    export.text = service(&root, &kept_whole)?;
    for document in documents {
        export.text.push_str("---\n");
        export.text.push_str(&document);
    }
    Ok(export)
}

/// Keys of Headroom's that OpenSLO has words for.
const SAID: [&str; 10] = [
    "name",
    "kind",
    "target",
    "period",
    "slice",
    "slices_required",
    "threshold",
    "scope",
    "source",
    "series",
];

fn say_what_is_lost(
    kind: ObjectiveKind,
    name: &str,
    native: &Native,
    pairs: &[(String, Node)],
    unsaid: &mut Vec<String>,
) {
    // Promises judged by slices have this as their usual share of slices.
    let whole = native.target == MOST || native.slice_target == Some(MOST);
    if whole {
        unsaid.push(format!(
            "{name}: OpenSLO has no target of 100 %; 0.999999 stands in its place and the annotation has the true one."
        ));
    }
    let lost: Vec<&str> = pairs
        .iter()
        .map(|(key, _)| key.as_str())
        .filter(|key| {
            let said = match *key {
                "percentile" => kind == ObjectiveKind::Latency,
                key => SAID.contains(&key),
            };
            !said
        })
        .collect();
    if !lost.is_empty() {
        unsaid.push(format!(
            "{name}: OpenSLO has no place for {}; it stands in annotations.",
            lost.join(", ")
        ));
    }
}

/// The service with what belongs to the whole file.
fn service(root: &Node, kept_whole: &[Node]) -> Result<String, SlaFileError> {
    let mut annotations = String::new();
    let mut put = |key: &str, node: &Node| {
        annotations.push_str(&format!(
            "    {}: {}\n",
            quoted(&format!("{PREFIX}{key}")),
            quoted(&node.flow())
        ));
    };
    for (key, node) in root.map("the file")? {
        match key.as_str() {
            "objectives" | "performance_benchmarks" => {}
            // Its promises are SLOs; who is told of what belongs to all of them.
            "performance_sla" => {
                if let Some(escalation) = node.get("escalation") {
                    let block = Value::Map(vec![("escalation".to_owned(), escalation.clone())]);
                    put(
                        key,
                        &Node {
                            line: 1,
                            value: block,
                        },
                    );
                }
            }
            _ => put(key, node),
        }
    }
    if !kept_whole.is_empty() {
        let list = Value::List(kept_whole.to_vec());
        put(
            "objectives",
            &Node {
                line: 1,
                value: list,
            },
        );
    }
    let annotations = if annotations.is_empty() {
        String::new()
    } else {
        format!("  annotations:\n{annotations}")
    };
    Ok(format!(
        "apiVersion: openslo/v1\nkind: Service\nmetadata:\n  name: promises\n{annotations}spec:\n  description: What these promises have in common\n"
    ))
}

fn source(metric: &str, indent: &str) -> String {
    format!(
        "{indent}metricSource:\n{indent}  type: headroom\n{indent}  spec:\n{indent}    metric: {}\n",
        quoted(metric)
    )
}

fn slo(
    slug: &str,
    name: &str,
    service: Option<&str>,
    file: &SlaFile,
    native: &Native,
    measure: &Indicator,
    pairs: &[(String, Node)],
) -> String {
    let mut text = format!(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata:\n  name: {}\n  displayName: {}\n  annotations:\n",
        quoted(slug),
        quoted(name)
    );
    for (key, node) in pairs.iter().filter(|(key, _)| key != "name") {
        let value = match &node.value {
            Value::Scalar(text) => quoted(text),
            _ => quoted(&node.flow()),
        };
        text.push_str(&format!(
            "    {}: {value}\n",
            quoted(&format!("{PREFIX}{key}"))
        ));
    }
    text.push_str(&format!(
        "spec:\n  description: {}\n  service: {}\n  indicator:\n    metadata:\n      name: {}\n    spec:\n",
        quoted(name),
        quoted(service.unwrap_or("promises")),
        quoted(&format!("{}-sli", slug.chars().take(59).collect::<String>().trim_end_matches('-')))
    ));
    let part =
        |word: &str, metric: &str| format!("        {word}:\n{}", source(metric, "          "));
    match measure {
        Indicator::Good(good, total) => {
            text.push_str("      ratioMetric:\n        counter: true\n");
            text.push_str(&part("good", good));
            text.push_str(&part("total", total));
        }
        Indicator::Bad(bad, total) => {
            text.push_str("      ratioMetric:\n        counter: true\n");
            text.push_str(&part("bad", bad));
            text.push_str(&part("total", total));
        }
        Indicator::Threshold(metric) => {
            text.push_str("      thresholdMetric:\n");
            text.push_str(&source(metric, "        "));
        }
    }
    text.push_str(&format!(
        "  timeWindow:\n    - duration: {}\n      isRolling: {}\n",
        native.duration, native.rolling
    ));
    if !native.rolling {
        text.push_str(&format!(
            "      calendar:\n        startTime: \"2024-01-01 00:00:00\"\n        timeZone: {}\n",
            file.timezone.as_deref().unwrap_or("UTC")
        ));
    }
    text.push_str(&format!(
        "  budgetingMethod: {}\n  objectives:\n    - displayName: {}\n      target: {}\n",
        native.method,
        quoted(name),
        fraction(native.target)
    ));
    if let (Some(op), Some(value)) = (&native.op, native.value) {
        text.push_str(&format!(
            "      op: {op}\n      value: {}\n",
            decimal(value)
        ));
    }
    if let Some(share) = native.slice_target {
        text.push_str(&format!("      timeSliceTarget: {}\n", fraction(share)));
    }
    if let Some(window) = &native.slice_window {
        text.push_str(&format!("      timeSliceWindow: {window}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_what_openslo_accepts() {
        assert_eq!(
            slug("GET /api/v1/agents response time"),
            "get-api-v1-agents-response-time"
        );
        assert_eq!(slug("…"), "promise");
        assert_eq!(fraction(Ppm(999_000)), "0.999");
        assert_eq!(fraction(Ppm(50_000)), "0.05");
        assert_eq!(decimal(200_000_000), "200");
        assert_eq!(decimal(100_000), "0.1");
    }
}
