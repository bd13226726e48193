//! The scenarios that ship with the program: what five planning documents ask, each with its assumptions.

use std::sync::LazyLock;

use super::Scenario;
use super::file::ScenarioFile;

/// The files, in the order in which they are offered.
const FILES: [&str; 5] = [
    include_str!("../../sample-data/scenarios/agent-platform.yaml"),
    include_str!("../../sample-data/scenarios/voting-chain.yaml"),
    include_str!("../../sample-data/scenarios/federation.yaml"),
    include_str!("../../sample-data/scenarios/hive.yaml"),
    include_str!("../../sample-data/scenarios/team-goals.yaml"),
];

static READY: LazyLock<Vec<Scenario>> = LazyLock::new(|| {
    let read = |yaml: &&str| ScenarioFile::parse(yaml).ok();
    let files = FILES.iter().filter_map(read);
    files.map(|file| file.scenario).collect()
});

/// All of them, each with a name, what it is about, and promises of its own.
pub fn ready() -> &'static [Scenario] {
    &READY
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::check::check;

    #[test]
    fn all_can_be_read_and_say_what_they_are() {
        assert_eq!(ready().len(), FILES.len());
        for scenario in ready() {
            assert!(!scenario.name.is_empty() && scenario.about.ends_with('?'));
            assert!(scenario.sla.is_some(), "{}", scenario.name);
            assert_eq!(check(scenario), Ok(()), "{}", scenario.name);
        }
    }
}
