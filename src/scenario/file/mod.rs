//! A scenario as a file: Headroom's own form, and the blocks of the user's strategy document as they are written there.
//!
//! Every mistake names its line, its key and what is accepted. Keys of the strategy document that mean nothing to a
//! simulation are accepted and listed, never dropped in silence.

mod autoscaling;
mod backend;
mod blocks;
mod dist;
mod faults;
mod form;
mod mix;
mod overlay;
mod print;
mod quantity;
#[cfg(test)]
mod roundtrip_draws;
#[cfg(test)]
mod roundtrip_tests;
mod service;
mod settings;
mod strategy;
#[cfg(test)]
mod tests;
mod topology;
mod workload;

use blocks::pruned;
use form::{Form, Remarks, text};
use quantity::{DAY, TEXT};

use super::Scenario;
use super::model::RandomFailures;
use crate::yaml::{Node, Value, YamlError};

/// A scenario as read from a file.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioFile {
    /// What is simulated. Its `sla` is filled where the promises stand in the file itself.
    pub scenario: Scenario,
    /// The file of promises it names, relative to its own folder.
    pub sla_path: Option<String>,
    /// What a reader must know: keys that are not simulated.
    pub notes: Vec<String>,
    root: Node,
}

impl ScenarioFile {
    /// Reads YAML.
    pub fn parse(yaml: &str) -> Result<Self, YamlError> {
        let root = Node::parse(yaml)?;
        if root.value == Value::Null {
            return Err(
                root.error("the file holds no scenario; it needs at least workload and service")
            );
        }
        let mut scenario = Scenario::default();
        let mut form = Form::read(&root, "")?;
        describe(&mut form, &mut scenario);
        strategy::describe(&mut form, &mut scenario);
        let remarks = form.finish()?;
        twice(&root)?;
        mix::fold(&root, &mut scenario.service)?;
        let sla_path = promises(&root, &mut scenario)?;
        let notes = notes(&remarks);
        scenario.assumptions.extend(remarks.assumed);
        Ok(Self {
            scenario,
            sla_path,
            notes,
            root,
        })
    }

    /// The line of a key such as `autoscaling.min` or `faults[0].kill`, or of the block around it.
    pub fn line_of(&self, key: &str) -> Option<u64> {
        // Some keys may stand elsewhere as well.
        let elsewhere = || match key.split_once('.')? {
            ("backend", rest) => self.line_at(rest),
            ("run", rest) => self.line_at(&format!("workload.{rest}")),
            ("rate_limits", _) => self.line_at("traffic_management.rate_limiting"),
            _ => None,
        };
        let here = self.line_at(key);
        let whole = key.split(['.', '[']).count();
        match here {
            Some((line, depth)) if depth == whole => Some(line),
            _ => elsewhere().or(here).map(|(line, _)| line),
        }
    }

    /// The line of the deepest part of a path that is there, and how many parts are.
    fn line_at(&self, key: &str) -> Option<(u64, usize)> {
        let mut node = &self.root;
        let mut line = None;
        for (depth, part) in (1..).zip(key.split(['.', '['])) {
            let next = match part.strip_suffix(']') {
                Some(index) => index.parse().ok().and_then(|i: usize| node.items().get(i)),
                // Both spellings are read.
                None if part == "groups" => node.get(part).or_else(|| node.get("regions")),
                None => node.get(part),
            };
            let Some(next) = next else { break };
            node = next;
            line = Some((node.line, depth));
        }
        line
    }
}

/// A scenario as a file that reads back as the same scenario.
pub fn to_yaml(scenario: &Scenario) -> String {
    print::document(&pruned(scenario, &nothing(), &describe))
}

/// What everything that is written differs from: a scenario whose name is not the default one.
fn nothing() -> Scenario {
    Scenario {
        name: "\u{0}".to_owned(),
        ..Scenario::default()
    }
}

/// The whole file in Headroom's own form.
fn describe(form: &mut Form<'_>, scenario: &mut Scenario) {
    let usual = Scenario::default();
    form.value("name", &mut scenario.name, TEXT);
    form.value("about", &mut scenario.about, TEXT);
    form.maybe("from", &mut scenario.from, DAY);
    let load = form.main("workload", scenario, &usual, workload::describe);
    let work = form.has("service");
    // Peers and shards do their work without instances.
    if scenario.is_overlay() || form.has("federation") || form.has("chain") {
        form.block(
            "service",
            &mut scenario.service,
            &usual.service,
            service::without_instances,
        );
    } else {
        form.main(
            "service",
            &mut scenario.service,
            &usual.service,
            service::describe,
        );
    }
    form.main(
        "topology",
        &mut scenario.topology,
        &usual.topology,
        topology::describe,
    );
    form.block(
        "backend",
        &mut scenario.backend,
        &usual.backend,
        backend::describe,
    );
    if form.reading() {
        backend::beside(form, &mut scenario.backend);
    }
    form.block(
        "autoscaling",
        &mut scenario.autoscaling,
        &usual.autoscaling,
        autoscaling::describe,
    );
    form.block(
        "rate_limits",
        &mut scenario.rate_limits,
        &usual.rate_limits,
        settings::rate_limits,
    );
    form.list(
        "faults",
        &mut scenario.faults,
        &faults::usual_fault(),
        faults::fault,
    );
    form.list(
        "random_failures",
        &mut scenario.random_failures,
        &RandomFailures::default(),
        faults::random,
    );
    form.option(
        "federation",
        &mut scenario.federation,
        &super::model::Federation::default(),
        overlay::federation,
    );
    form.option(
        "chain",
        &mut scenario.chain,
        &super::model::ShardedChain::default(),
        overlay::chain,
    );
    form.block("cost", &mut scenario.cost, &usual.cost, settings::cost);
    if form.reading() || scenario.sla.is_some() {
        form.own(
            "sla",
            &mut scenario.sla,
            // The tree is taken as a whole: a path, or promises.
            |_, _| Ok(None),
            |sla| text(sla.clone().unwrap_or_default()),
        );
    }
    form.main("run", &mut scenario.run, &usual.run, settings::run);
    if form.reading() || !scenario.assumptions.is_empty() {
        form.own(
            "assumptions",
            &mut scenario.assumptions,
            Node::texts,
            |list| Value::List(list.iter().map(|a| Node::scalar(0, a.clone())).collect()),
        );
    }
    if form.reading() && !load && !form.has("load_pattern") && !form.has("load_test") {
        form.lacks(
            "workload",
            "{pattern: constant, rate: 400_rps, duration: 1h}",
        );
    }
    if form.reading() && !work && !scenario.is_overlay() {
        form.lacks(
            "service",
            "{time: {distribution: exponential, mean: 20ms}, workers: 10}",
        );
    }
}

/// The length of a run may stand in two places, but not in both.
fn twice(root: &Node) -> Result<(), YamlError> {
    match (
        root.at(&["workload", "duration"]),
        root.at(&["run", "duration"]),
    ) {
        (Some(_), Some(other)) => Err(form::wrong(
            other,
            "run.duration",
            "stands in workload as well; leave one of them out",
        )),
        _ => Ok(()),
    }
}

/// The promises: a path, a text, or a block of the file.
fn promises(root: &Node, scenario: &mut Scenario) -> Result<Option<String>, YamlError> {
    let own: Vec<(String, Node)> = ["performance_sla", "performance_benchmarks"]
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), root.get(key)?.clone())))
        .collect();
    match root.get("sla").map(|node| (node, &node.value)) {
        Some((node, _)) if !own.is_empty() => Err(form::wrong(
            node,
            "sla",
            "stands beside performance_sla; leave one of them out",
        )),
        None | Some((_, Value::Null)) => {
            if !own.is_empty() {
                let node = Node {
                    line: 0,
                    value: Value::Map(own),
                };
                scenario.sla = Some(node.flow());
            }
            Ok(None)
        }
        Some((_, Value::Scalar(text))) if text.contains(['\n', '{']) => {
            scenario.sla = Some(text.clone());
            Ok(None)
        }
        Some((_, Value::Scalar(path))) => Ok(Some(path.trim().to_owned())),
        Some((node, _)) => {
            scenario.sla = Some(node.flow());
            Ok(None)
        }
    }
}

fn notes(remarks: &Remarks) -> Vec<String> {
    if remarks.not_simulated.is_empty() {
        return Vec::new();
    }
    vec![format!(
        "Understood but not simulated: {}",
        remarks.not_simulated.join(", ")
    )]
}
