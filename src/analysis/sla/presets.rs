//! The targets of the user's five documents as sets of promises to begin with: each can be listed, read, judged as it is,
//! or added to a project and changed. The YAML lies beside this file; a comment above each target says whose words it is.

/// A set of promises that ships with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it is called on screen.
    pub title: &'static str,
    /// What it holds, in one line.
    pub about: &'static str,
    /// The document it is from.
    pub document: &'static str,
    /// The promises.
    pub yaml: &'static str,
}

const STRATEGY: &str = "performance-optimization-strategy.md";

/// All presets, in the order in which they are listed.
pub const PRESETS: [Preset; 8] = [
    Preset {
        name: "performance-sla",
        title: "Performance SLA",
        about: "Availability, response time, throughput and error rate with their escalation, word for word",
        document: STRATEGY,
        yaml: include_str!("presets/performance_sla.yaml"),
    },
    Preset {
        name: "benchmarks",
        title: "Performance benchmarks",
        about: "Endpoints, resources and waiting times, with the rate limits they are held against, word for word",
        document: STRATEGY,
        yaml: include_str!("presets/benchmarks.yaml"),
    },
    Preset {
        name: "strategy-targets",
        title: "Strategy targets",
        about: "The strategy's headline targets: response, concurrency, resources, availability, scale",
        document: STRATEGY,
        yaml: include_str!("presets/strategy_targets.yaml"),
    },
    Preset {
        name: "strategy-operations",
        title: "Operating thresholds",
        about: "Replica lag, slow queries, connections, scaling thresholds, canary criteria, latency by region",
        document: STRATEGY,
        yaml: include_str!("presets/strategy_operations.yaml"),
    },
    Preset {
        name: "federation",
        title: "Federation",
        about: "Latency, throughput, resources and recovery of a peer-to-peer federation",
        document: "federation-scalability-framework.md",
        yaml: include_str!("presets/federation.yaml"),
    },
    Preset {
        name: "team",
        title: "Performance team",
        about: "Success metrics, quality standards and alert thresholds of the team",
        document: "performance-scalability-team.md",
        yaml: include_str!("presets/team.yaml"),
    },
    Preset {
        name: "optimisation-report",
        title: "Optimisation report",
        about: "Response, memory and concurrency targets, with the results and grades the report states",
        document: "performance-optimization-report.md",
        yaml: include_str!("presets/optimisation_report.yaml"),
    },
    Preset {
        name: "programme",
        title: "Scalability programme",
        about: "The success criteria of the programme",
        document: "scalability-performance-program.md",
        yaml: include_str!("presets/programme.yaml"),
    },
];

/// The preset of a name.
pub fn find(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|p| p.name == name)
}

/// The name that was probably meant.
pub fn nearest(name: &str) -> Option<&'static str> {
    super::names::nearest(name, PRESETS.iter().map(|p| p.name))
}
