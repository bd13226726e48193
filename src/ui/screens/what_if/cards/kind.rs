//! Who does the work: instances behind a balancer, peers of a federation, or shards of a chain.

use eframe::egui::Ui;

use super::super::field::{Form, choose_ui};
use crate::scenario::model::{Federation, ShardedChain};

const KINDS: [(&str, &str); 3] = [
    ("instance", "instances"),
    ("peer", "peers of a federation"),
    ("shard", "shards of a chain"),
];

/// The choice; what is chosen begins as it usually is.
pub(super) fn show_ui(ui: &mut Ui, form: &mut Form) {
    let mut kind = form.scenario.unit();
    let Form { scenario, said } = form;
    if choose_ui(ui, said, "Work is done by", &mut kind, &KINDS) {
        scenario.federation = (kind == "peer").then(Federation::default);
        scenario.chain = (kind == "shard").then(ShardedChain::default);
    }
}
