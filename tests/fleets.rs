//! Federations and sharded chains from outside: their keys and columns on the command line, their cards and answers on
//! the screen, and a fleet of ten thousand peers.

use eframe::egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use headroom::progress::Progress;
use headroom::scenario::file::{ScenarioFile, to_yaml};
use headroom::scenario::model::{Routing, Scenario};
use headroom::scenario::simulate;
use headroom::ui::state::Screen;

use crate::cli_place::{Place, keys};
use crate::ui_fixture::{Desk, harness};

const FEDERATION: &str = "name: Two regions
workload: {pattern: constant, rate: 50000_rps, duration: 10min}
federation:
  regions:
    - {name: east, peers: 60, capacity: 1000_rps, latency: 10ms, stays: 1h, away: 5min}
    - {name: west, peers: 40, capacity: 1000_rps, latency: 10ms}
  message_bytes: 100
faults: [{at: 5min, peers_lost: 10, for: 1min}]
sla:
  objectives:
    - {name: Memory, kind: metric, series: peer_memory, statistic: max, target: \"<500MB\"}
    - {name: Traffic, kind: metric, series: peer_traffic, statistic: max, target: \"<1\"}
run: {replications: 3}
";

const CHAIN: &str = "name: Four shards
workload: {pattern: constant, rate: 300_rps, duration: 10min}
service: {timeout: 5s}
chain: {shards: 4, capacity: 100_rps, cross_share: 10%, hot_share: 5%, block_time: 100ms}
faults: [{at: 5min, kill_group: hot, for: 10s}]
sla:
  objectives:
    - {name: Hot shard, kind: metric, series: hot_shard_utilization, statistic: max, target: \"<90\"}
";

fn place() -> Place {
    let place = Place::new();
    place.write("federation.yaml", FEDERATION);
    place.write("chain.yaml", CHAIN);
    place
}

fn scenario(text: &str) -> Scenario {
    ScenarioFile::parse(text).unwrap().scenario
}

#[test]
fn neither_needs_the_time_of_a_request() {
    for text in [FEDERATION, CHAIN] {
        let read = scenario(text);
        let written = to_yaml(&read);
        assert!(!written.contains("time: {"), "{written}");
        assert_eq!(scenario(&written), read);
    }
    // What is given and has no part in it is said.
    let timed = FEDERATION.replace("federation:\n", "service: {time: 20ms}\nfederation:\n");
    let outcome = simulate(&scenario(&timed), &Progress::default()).unwrap();
    let says = |text: &str| outcome.warnings.iter().any(|w| w.contains(text));
    assert!(
        says("the capacity says how long one takes"),
        "{:?}",
        outcome.warnings
    );
    // An instance does need one.
    let mistake =
        ScenarioFile::parse("workload: {pattern: constant, rate: 1_rps}\nservice: {timeout: 5s}\n");
    assert!(mistake.unwrap_err().message.contains("service.time"));
}

#[test]
fn routing_is_a_word_and_the_older_switch_still_reads() {
    let with = |line: &str| {
        let text = FEDERATION.replace("  message_bytes", &format!("  {line}\n  message_bytes"));
        ScenarioFile::parse(&text).map(|f| f.scenario.federation.unwrap().routing)
    };
    assert_eq!(with("fanout: 8").unwrap(), Routing::Geographic);
    assert_eq!(with("routing: local").unwrap(), Routing::Local);
    assert_eq!(with("geographic: false").unwrap(), Routing::Capacity);
    assert_eq!(with("geographic: true").unwrap(), Routing::Geographic);
    let wrong = with("routing: nearest").unwrap_err();
    assert!(
        wrong.message.contains("federation.routing")
            && wrong.message.contains("local, geographic, capacity"),
        "{wrong:?}"
    );
    assert_eq!(wrong.line, Some(7));
    let both = with("routing: local\n  geographic: true").unwrap_err();
    assert!(
        both.message.contains("either routing or geographic"),
        "{both:?}"
    );
}

#[test]
fn what_cannot_be_names_its_key() {
    let place = place();
    for (old, new, key, line, says) in [
        (
            "stays: 1h, away",
            "away",
            "federation.groups[0].away",
            5,
            "give stays as well",
        ),
        (
            "peers_lost: 10",
            "kill_group: north",
            "faults[0].kill_group",
            8,
            "accepted: east, west",
        ),
        (
            "run: {",
            "random_failures: [{what: node, mtbf: 1h}]\nrun: {",
            "random_failures[0].what",
            13,
            "accepted: peer for each of them, or east, west",
        ),
    ] {
        place.write("wrong.yaml", &FEDERATION.replace(old, new));
        let error = place.run("simulate wrong.yaml --json").error("scenario");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(key) && message.contains(says), "{message}");
        assert_eq!(error["line"], line, "{message}");
    }
}

#[test]
fn the_document_has_a_key_for_a_federation() {
    let ended = place().run("simulate federation.yaml --json -q");
    assert_eq!(ended.code, 0, "{}", ended.err);
    let document = ended.json();
    let found = &document["federation"];
    keys(
        found,
        "messages_per_peer capacity_per_peer coordination_per_peer coordination_total_max efficiency discovery_secs local_discovery_secs recovery_secs losses_not_overcome memory_mb cpu_share cpu_share_peak traffic_mbit_per_sec availability availability_ci95 regions series",
    );
    keys(
        &found["regions"][0],
        "name peers_min peers_max messages_per_sec capacity_per_sec from_other_regions utilisation_peak queue_max",
    );
    let series = found["series"].as_array().unwrap();
    assert_eq!(series.len(), document["series"].as_array().unwrap().len());
    keys(
        &series[0],
        "t peers away unnoticed messages_per_peer capacity_per_peer coordination_per_peer coordination_total cpu_share memory_mb losses_felt peers_by_region",
    );
    // Five minutes away for each hour: 60·12/13 of the one region, all of the other, and ten of a hundred lost for a minute.
    let availability = found["availability"].as_f64().unwrap();
    assert!(
        (availability - (60.0 * 12.0 / 13.0 + 40.0 - 1.0) / 100.0).abs() < 0.02,
        "{availability}"
    );
    let (low, high) = (
        &found["availability_ci95"][0],
        &found["availability_ci95"][1],
    );
    assert!(low.as_f64().unwrap() < availability && availability < high.as_f64().unwrap());
    assert_eq!(document["replications"], 3);
    assert!(document.get("chain").is_none());
    let promises = document["summary"]["sla"].as_array().unwrap();
    assert_eq!(promises[0]["verdict"], "met", "{promises:?}");
    // 500 to 580 messages a second of 800 bits.
    let traffic = promises[1]["achieved"].as_f64().unwrap();
    assert!((0.4..0.47).contains(&traffic), "{traffic}");
}

#[test]
fn the_document_has_a_key_for_a_chain() {
    let ended = place().run("simulate chain.yaml --compare federation.yaml --json -q");
    assert_eq!(ended.code, 0, "{}", ended.err);
    let document = ended.json();
    let found = &document["chain"];
    keys(
        found,
        "shards capacity_per_sec capacity_even_per_sec cross_share cross_per_sec work recovery_secs faults_not_overcome availability availability_ci95 hot others series",
    );
    keys(
        &found["hot"],
        "arrives_per_sec served_per_sec capacity_per_sec utilisation utilisation_peak queue_max",
    );
    keys(
        &found["series"][0],
        "t shards hot_served hot_utilisation hot_queue other_served other_utilisation other_queue",
    );
    let near = |value: &serde_json::Value, expected: f64| {
        let found = value.as_f64().unwrap();
        assert!((found / expected - 1.0).abs() < 1e-9, "{found} {expected}");
    };
    // 1.1 of work each: 100/1.1 a shard, of which the hot one gets 0.05 + 0.95/4.
    near(&found["capacity_per_sec"], 100.0 / 1.1 / 0.2875);
    near(&found["cross_per_sec"], 30.0);
    // Ten seconds of 86.25 a second wait, five of which at most before the timeout.
    near(&found["hot"]["arrives_per_sec"], 86.25);
    assert!(found["hot"]["queue_max"].as_f64().unwrap() > 400.0);
    assert_eq!(document["summary"]["sla"][0]["verdict"], "breached");
    // The other one stands beside it in short.
    let other = &document["compared"][0]["federation"];
    assert!(other["messages_per_peer"].as_f64().unwrap() > 500.0);
    assert!(other.get("series").is_none());
}

#[test]
fn the_table_has_their_columns_behind_the_usual_ones() {
    let place = place();
    for (file, columns) in [
        (
            "federation",
            "cost,peers,peers_away,peers_unnoticed,messages_per_peer,capacity_per_peer,coordination_per_peer,coordination_total,peer_cpu,peer_memory_mb,losses_felt,peers east,peers west",
        ),
        (
            "chain",
            "cost,shards,hot_served_per_sec,hot_utilisation,hot_queue,other_served_per_sec,other_utilisation,other_queue",
        ),
    ] {
        let ended = place.run(&format!("simulate {file}.yaml --csv steps.csv -q"));
        assert_eq!(ended.code, 0, "{}", ended.err);
        let table = std::fs::read_to_string(place.path("steps.csv")).unwrap();
        let mut lines = table.lines();
        let head = lines.next().unwrap();
        assert!(head.ends_with(columns), "{head}");
        let count = head.split(',').count();
        let rows: Vec<&str> = lines.collect();
        assert_eq!(rows.len(), 120);
        assert!(rows.iter().all(|row| row.split(',').count() == count));
    }
}

#[test]
fn the_page_speaks_of_peers_and_of_shards() {
    let place = place();
    for (file, parts) in [
        (
            "federation",
            &[
                "50,000 messages/s",
                "east: 60 peers, each does 1,000/s alone, 10.0 ms from one to the next; one stays 1 h in the mean, after 5 min another comes",
                "messages stay in their region as long as it has room",
                "of their time",
                "messages a peer",
                "overcome in",
                "Mbit/s that come in",
                "By region",
                "10 peers lost",
            ][..],
        ),
        (
            "chain",
            &[
                "4 shards of 100/s",
                "a block every 100 ms, final after 1",
                "10.0 % of the transactions touch two shards, at 2.00 times the work",
                "full at 316/s, when its hottest shard is; evenly spread it could do 364/s",
                "hot shard",
                "each other one",
                "the hot shard makes no blocks",
            ],
        ),
    ] {
        let ended = place.run(&format!("simulate {file}.yaml"));
        assert_eq!(ended.code, 0, "{}", ended.err);
        for part in parts {
            assert!(ended.out.contains(part), "{part}\n{}", ended.out);
        }
        assert!(!ended.out.contains("instance"), "{}", ended.out);
    }
}

/// The bar of the federation's document: the run itself is about a fraction of a second, and the same on any number of
/// threads.
#[test]
fn a_fleet_of_ten_thousand_peers_runs_and_is_the_same_again() {
    let text = std::fs::read_to_string("sample-data/scenarios/federation.yaml").unwrap();
    let scenario = scenario(&text);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| simulate(&scenario, &Progress::default()).unwrap())
    };
    let outcome = run(1);
    assert_eq!(run(4), outcome);
    let figures = outcome.federation.unwrap();
    assert_eq!(figures.regions.len(), 3);
    let most: f64 = figures.regions.iter().map(|r| r.peers.1).sum();
    assert_eq!((most, outcome.replications), (11_000.0, 5));
    assert!(figures.recovery_secs.unwrap() < 30.0 && figures.memory_mb < 500.0);
}

const SIZE: [f32; 2] = [1_200.0, 3_000.0];

fn shown(text: &str) -> Harness<'static, Desk> {
    let mut desk = Desk::full(Screen::WhatIf);
    desk.state.doc.scenarios = vec![scenario(text)];
    harness(desk, SIZE)
}

fn says(harness: &Harness<'_, Desk>, text: &str) -> bool {
    let nodes = harness.root().children_recursive();
    let mut said = nodes.filter_map(|node| {
        let node = node.accesskit_node();
        node.label().or_else(|| node.value())
    });
    said.any(|word| word.contains(text))
}

fn click(harness: &mut Harness<'_, Desk>, label: &str) {
    harness.get_by_label(label).click_accesskit();
    harness.run();
}

#[test]
fn the_screen_answers_a_federation_with_its_peers() {
    let mut harness = shown(FEDERATION);
    for part in [
        "At 50,000 messages/s P95 is",
        "peers, each with",
        "losses are overcome in",
        "A peer does",
        "Memory of a peer",
        "Keeping together takes up to",
        "A peer needs up to",
        "What happened",
    ] {
        assert!(says(&harness, part), "{part}");
    }
    for card in ["Service", "Instances", "Autoscaling", "Backend", "Limits"] {
        assert!(!says(&harness, &format!("{card}: ")), "{card}");
    }
    click(
        &mut harness,
        "Keeping together: 8 links, 1 heartbeats/s, to their own region first",
    );
    harness.get_by_role_and_label(Role::Slider, "Links").focus();
    harness.run();
    harness.key_press(eframe::egui::Key::ArrowRight);
    harness.run();
    let federation = harness.state().state.doc.scenarios[0]
        .federation
        .clone()
        .unwrap();
    assert!(federation.fanout > 8, "{}", federation.fanout);
    click(&mut harness, "Joins: nobody joins");
    let add = format!("{}  Let peers join", headroom::ui::icons::ADD);
    click(&mut harness, &add);
    assert!(says(&harness, "Joins: 100 come during the run"));
    click(&mut harness, "Remove join 1");
    click(&mut harness, "Remove west");
    let edits = &harness.state().edits;
    assert_eq!(
        edits[edits.len() - 3..],
        [
            "let 100 peers join in Two regions",
            "remove join 1 in Two regions",
            "remove the region west in Two regions"
        ]
    );
    assert_eq!(
        harness.state().state.doc.scenarios[0]
            .federation
            .as_ref()
            .unwrap()
            .groups
            .len(),
        1
    );
}

#[test]
fn the_screen_answers_a_chain_with_its_shards() {
    let mut harness = shown(CHAIN);
    for part in [
        "At 300 transactions/s P95 is",
        "4 shards, the hot one",
        "The chain is full at",
        "Each other shard",
        "The hot shard does up to",
        "hot shard lost at 5 min for 10 s",
    ] {
        assert!(says(&harness, part), "{part}");
    }
    assert!(says(&harness, "Shards: 4 of 100/s, full at 316/s"));
    harness
        .get_by_role_and_label(Role::Slider, "Shards")
        .focus();
    harness.run();
    harness.key_press(eframe::egui::Key::ArrowRight);
    harness.run();
    let chain = harness.state().state.doc.scenarios[0]
        .chain
        .clone()
        .unwrap();
    assert!(chain.shards > 4, "{}", chain.shards);
    assert!(harness.state().edits[0].starts_with("change shards to"));
}

#[test]
fn instances_become_peers_and_peers_shards() {
    let mut desk = Desk::full(Screen::WhatIf);
    desk.state.doc.scenarios = vec![crate::what_if::fixture::scenario("Sale")];
    desk.state.doc.scenarios[0].faults.clear();
    let mut harness = harness(desk, SIZE);
    harness
        .get_by_label_contains("Instances: 2 at the start")
        .click_accesskit();
    harness.run();
    for choice in ["peers of a federation", "shards of a chain"] {
        harness
            .get_by_role_and_label(Role::ComboBox, "Work is done by")
            .click_accesskit();
        harness.run();
        click(&mut harness, choice);
    }
    assert_eq!(
        harness.state().edits,
        [
            "change work is done by to peers of a federation in Sale",
            "change work is done by to shards of a chain in Sale"
        ]
    );
    let scenario = &harness.state().state.doc.scenarios[0];
    assert!(scenario.federation.is_none() && scenario.chain.is_some());
}

#[test]
fn assumptions_are_added_changed_and_removed() {
    let mut harness = shown(&format!("{CHAIN}assumptions: [\"A block every 100 ms\"]\n"));
    click(&mut harness, "Assumptions: one");
    harness.get_by_label("Assumption 1").focus();
    harness.run();
    harness
        .get_by_label("Assumption 1")
        .type_text(", as planned");
    harness.run();
    assert!(
        harness.state().edits.is_empty(),
        "while it is typed it is a draft"
    );
    let add = format!("{}  Add an assumption", headroom::ui::icons::ADD);
    harness.get_by_label(&add).focus();
    harness.run();
    let assumptions =
        |harness: &Harness<'_, Desk>| harness.state().state.doc.scenarios[0].assumptions.clone();
    assert_eq!(assumptions(&harness), ["A block every 100 ms, as planned"]);
    click(&mut harness, &add);
    assert_eq!(assumptions(&harness).len(), 2);
    click(&mut harness, "Remove assumption 1");
    assert_eq!(assumptions(&harness).len(), 1);
    assert_eq!(
        harness.state().edits,
        [
            "change assumption 1 in Four shards",
            "add an assumption in Four shards",
            "remove assumption 1 in Four shards"
        ]
    );
}
