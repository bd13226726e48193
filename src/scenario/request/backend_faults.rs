//! Faults behind the instances: empty caches, fewer connections, replicas that are away or behind, a lost primary.

use crate::scenario::model::FaultKind;

use super::database::Store;
use super::events::Kind;
use super::sim::Sim;

impl Sim<'_> {
    /// A fault behind the instances begins; others are nothing to it.
    pub(super) fn behind_begins(&mut self, kind: &FaultKind) {
        let replicas = self.plan.scenario.backend.database.as_ref();
        let replicas = replicas.map(|d| d.replicas).unwrap_or_default();
        let why = match kind {
            FaultKind::CacheFlush { layer } => {
                self.behind.caches.flush(layer.as_deref());
                match layer {
                    Some(layer) => format!("cache {layer} is empty"),
                    None => "all caches are empty".to_owned(),
                }
            }
            FaultKind::PoolLimit { connections } => {
                self.store(|s| s.connections.bound(Some(*connections)));
                format!("only {connections} connections are left")
            }
            FaultKind::ReplicasLost { count } => {
                self.store(|s| s.replicas_lost = s.replicas_lost.saturating_add(*count));
                format!("{count} replicas are away")
            }
            FaultKind::ReplicaLag { lag } => {
                self.store(|s| s.lagging = *lag > replicas.lag_threshold);
                format!("replicas are {lag} s behind")
            }
            FaultKind::PrimaryLost => {
                self.store(|s| s.headless = true);
                if replicas.failover && replicas.count > 0 {
                    let takes = replicas.failover_time.max(0.0);
                    self.events.plan(self.clock + takes, Kind::Failover, 0);
                }
                "the primary database is away".to_owned()
            }
            _ => return,
        };
        self.log.note(self.clock, "fault", None, why);
    }

    /// It ends.
    pub(super) fn behind_ends(&mut self, kind: &FaultKind) {
        let replicas = self.plan.scenario.backend.database.as_ref();
        let replicas = replicas.map(|d| d.replicas).unwrap_or_default();
        let why = match kind {
            FaultKind::PoolLimit { .. } => {
                self.store(|s| s.connections.bound(None));
                self.hands_out();
                "all connections are back".to_owned()
            }
            FaultKind::ReplicasLost { count } => {
                self.store(|s| s.replicas_lost = s.replicas_lost.saturating_sub(*count));
                format!("{count} replicas are back")
            }
            FaultKind::ReplicaLag { .. } => {
                self.store(|s| s.lagging = replicas.lag > replicas.lag_threshold);
                "replicas have caught up".to_owned()
            }
            FaultKind::PrimaryLost => {
                // Where a replica took over, the old primary returns as one.
                self.store(|s| {
                    s.headless = false;
                    s.promoted = s.promoted.saturating_sub(1);
                });
                "the primary database is back".to_owned()
            }
            _ => return,
        };
        self.log.note(self.clock, "recovery", None, why);
    }

    /// A replica takes over, unless the primary has returned.
    pub(super) fn failover(&mut self) {
        let headless = self.behind.store.as_ref().is_some_and(|s| s.headless);
        if headless {
            self.store(|s| {
                s.headless = false;
                s.promoted += 1;
            });
            let why = "a replica took over as primary database";
            self.log.note(self.clock, "failover", None, why);
        }
    }

    fn store(&mut self, change: impl FnOnce(&mut Store)) {
        if let Some(store) = &mut self.behind.store {
            change(store);
        }
    }
}
