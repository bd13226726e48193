//! `workload.mix:` – how the requests are mixed, where it is given with the load: shares by label instead of weights
//! under `service.classes`. The scenario keeps them as the weights of its classes, and is written with them.

use super::form::{Read, wrong};
use super::quantity::MIX;
use crate::scenario::model::{Class, Service};
use crate::yaml::{Node, Value};

/// The key as it is named in sentences.
const KEY: &str = "workload.mix";

/// Puts the mix of a file into its classes; where it lists none, each label is a kind of request with the times of the
/// service.
pub(super) fn fold(root: &Node, service: &mut Service) -> Read<()> {
    let Some(node) = root.at(&["workload", "mix"]) else {
        return Ok(());
    };
    let shares = read(node)?;
    if let Some(listed) = root.at(&["service", "classes"]) {
        return weigh(node, listed, &shares, &mut service.classes);
    }
    let alike = service.classes.first().cloned().unwrap_or_default();
    let of = |(label, weight)| Class {
        label,
        weight,
        ..alike.clone()
    };
    service.classes = shares.into_iter().map(of).collect();
    Ok(())
}

fn read(node: &Node) -> Read<Vec<(String, f64)>> {
    let example = "write for example {GET /items: 80%, POST /orders: 20%}";
    let Value::Map(entries) = &node.value else {
        return Err(wrong(
            node,
            KEY,
            &format!("must be a block of label: share; {example}"),
        ));
    };
    let mut shares = Vec::new();
    for (label, share) in entries {
        let weight = super::form::scalar(share, &format!("{KEY}.{label}"), MIX)?;
        shares.push((label.clone(), weight));
    }
    let sum: f64 = shares.iter().map(|(_, weight)| weight).sum();
    if sum <= 0.0 {
        return Err(wrong(
            node,
            KEY,
            &format!("no kind of request has a share above 0; {example}"),
        ));
    }
    Ok(shares)
}

/// Gives each listed class its share.
fn weigh(node: &Node, listed: &Node, shares: &[(String, f64)], classes: &mut [Class]) -> Read<()> {
    let twice = listed.items().iter().find_map(|class| class.get("weight"));
    if let Some(weight) = twice {
        return Err(wrong(
            weight,
            "service.classes",
            "has a weight and workload.mix gives shares as well; leave one of them out",
        ));
    }
    let labels: Vec<&str> = classes.iter().map(|c| c.label.as_str()).collect();
    if let Some((stranger, _)) = shares
        .iter()
        .find(|(label, _)| !labels.contains(&label.as_str()))
    {
        return Err(wrong(
            node,
            &format!("{KEY}.{stranger}"),
            &format!(
                "service.classes has no such label; it has {}",
                labels.join(", ")
            ),
        ));
    }
    for class in classes {
        let Some((_, weight)) = shares.iter().find(|(label, _)| *label == class.label) else {
            return Err(wrong(
                node,
                KEY,
                &format!(
                    "gives no share to {}, a label of service.classes",
                    class.label
                ),
            ));
        };
        class.weight = *weight;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::scenario::Scenario;
    use crate::scenario::file::{ScenarioFile, to_yaml};

    fn parsed(mix: &str, service: &str) -> Result<Scenario, String> {
        let yaml = format!(
            "workload: {{pattern: constant, rate: 10_rps, mix: {mix}}}\nservice: {{{service}}}\ntopology: {{instances: 1}}\n"
        );
        ScenarioFile::parse(&yaml)
            .map(|file| file.scenario)
            .map_err(|e| format!("{:?} {}", e.line, e.message))
    }

    fn weights(scenario: &Scenario) -> Vec<(&str, f64)> {
        let classes = scenario.service.classes.iter();
        classes.map(|c| (c.label.as_str(), c.weight)).collect()
    }

    const TWO: &str = "classes: [{label: read, time: 10ms}, {label: write, time: 40ms}]";

    #[test]
    fn the_mix_is_another_way_to_give_the_weights() {
        let listed = parsed("{write: 20%, read: 80%}", TWO).unwrap();
        assert_eq!(weights(&listed), [("read", 80.0), ("write", 20.0)]);
        assert!((listed.service.mean_time() - 0.016).abs() < 1e-12);
        let back = ScenarioFile::parse(&to_yaml(&listed)).unwrap().scenario;
        assert_eq!(back, listed);
        let alike = parsed("{read: 4, write: 1}", "time: 20ms, workers: 3").unwrap();
        assert_eq!(weights(&alike), [("read", 4.0), ("write", 1.0)]);
        assert!((alike.service.mean_time() - 0.02).abs() < 1e-12);
        // The times of a load test are filled in by label later.
        let run = parsed("{read: 4, write: 1}", "from_run: a.jtl").unwrap();
        assert_eq!(weights(&run), [("read", 4.0), ("write", 1.0)]);
    }

    #[test]
    fn mistakes_name_the_key_and_what_there_is() {
        for (mix, service, parts) in [
            ("{reed: 1, write: 1}", TWO, "workload.mix.reed|read, write"),
            ("{read: 1}", TWO, "workload.mix|gives no share to write"),
            ("{read: -1, write: 2}", TWO, "workload.mix.read|below zero"),
            ("{read: 0, write: 0}", TWO, "workload.mix|above 0"),
            ("{}", TWO, "workload.mix|above 0"),
            ("70%", TWO, "workload.mix|label: share"),
            (
                "{read: 1}",
                "classes: [{label: read, weight: 2, time: 1ms}]",
                "service.classes|leave one of them out",
            ),
        ] {
            let error = parsed(mix, service).unwrap_err();
            for part in parts.split('|') {
                assert!(error.contains(part), "{mix}: {error}");
            }
            assert!(error.starts_with("Some("), "{error}");
        }
    }
}
