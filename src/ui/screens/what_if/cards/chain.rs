//! The shards of a chain: how many, what one can do, what a transaction on two of them costs, and its blocks.

use eframe::egui::Ui;

use super::super::field::{Form, Knob, Unit, group_ui, plain, remark_ui};
use crate::scenario::Scenario;
use crate::scenario::model::ShardedChain;
use crate::units;

/// Transactions per second at which the busiest shard is full.
fn full_at(chain: &ShardedChain) -> f64 {
    let shards = f64::from(chain.shards.max(1));
    let crossing = if chain.shards > 1 {
        chain.cross_share
    } else {
        0.0
    };
    let work = 1.0 + crossing * (chain.cross_work.max(1.0) - 1.0);
    let hot = (1.0 - chain.hot_share) / shards + chain.hot_share;
    chain.capacity / work / hot
}

pub(super) fn summary(scenario: &Scenario) -> String {
    let Some(chain) = &scenario.chain else {
        return String::new();
    };
    format!(
        "{} of {}/s, full at {}/s",
        chain.shards,
        plain(chain.capacity),
        units::number(full_at(chain))
    )
}

pub(super) fn show_ui(ui: &mut Ui, form: &mut Form) {
    let Form { scenario, said } = form;
    let Some(chain) = &mut scenario.chain else {
        return;
    };
    let share = |name| Knob::new(name, Unit::Share, 0.0, 1.0).even().strict();
    let fewer = Knob::new("Shards", Unit::Count, 1.0, 256.0).count(ui, said, &mut chain.shards);
    if fewer && chain.shards < 2 {
        chain.cross_share = 0.0;
    }
    Knob::new("One alone does", Unit::PerSec, 1.0, 20_000.0)
        .hint("Transactions a second of one shard, none of which touches another")
        .show(ui, said, &mut chain.capacity);
    if chain.shards > 1 {
        share("Across shards")
            .hint("Share of the transactions that touch two shards")
            .show(ui, said, &mut chain.cross_share);
        Knob::new("Their work", Unit::Times, 1.0, 10.0)
            .hint("Work of a transaction on two shards, relative to one on a single shard")
            .show(ui, said, &mut chain.cross_work);
    }
    share("To the hot one")
        .hint("Share of the transactions that go to the busiest shard beside its even part")
        .show(ui, said, &mut chain.hot_share);
    remark_ui(
        ui,
        &format!(
            "The chain is full at {} transactions/s, when its hot shard is",
            units::number(full_at(chain))
        ),
    );
    group_ui(ui, "Blocks");
    Knob::new("A block every", Unit::Secs, 0.001, 60.0).show(ui, said, &mut chain.block_time);
    Knob::new("Final after", Unit::Count, 0.0, 100.0)
        .even()
        .hint("Blocks until a transaction is final; one on two shards waits for both, one after the other")
        .count(ui, said, &mut chain.confirmations);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_card_says_when_the_chain_is_full() {
        let mut scenario = Scenario::default();
        assert_eq!(summary(&scenario), "");
        // 0.2 + 0.8/16 = 0.25 of all in one shard of 100/s.
        scenario.chain = Some(ShardedChain {
            shards: 16,
            capacity: 100.0,
            hot_share: 0.2,
            ..ShardedChain::default()
        });
        assert_eq!(summary(&scenario), "16 of 100/s, full at 400/s");
    }
}
