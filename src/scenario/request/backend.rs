//! What a request needs behind its worker, which is held meanwhile: caches, then queries one after the other over one
//! connection. After the answer it may leave a job in a work queue.

use super::caches::Caches;
use super::database::Store;
use super::events::Kind;
use super::jobs::Stage;
use super::plan::Plan;
use super::sample::Sampler;
use super::sim::Sim;

/// Jobs done after the answer.
#[derive(Clone, Debug)]
pub(super) struct Chores {
    share: f64,
    time: Sampler,
    concurrency: u32,
    busy: u32,
    pub waiting: u64,
    pub waiting_most: u64,
}

/// Caches, database and work queue of a run.
#[derive(Clone, Debug)]
pub(super) struct Behind {
    /// There is a cache or a database.
    pub asked: bool,
    pub caches: Caches,
    pub store: Option<Store>,
    pub chores: Option<Chores>,
}

impl Behind {
    pub(super) fn new(plan: &Plan) -> Self {
        let backend = &plan.scenario.backend;
        // The scalability law was fitted with all that is behind an instance.
        let apart = plan.law.is_none();
        let caches = Caches::new(&backend.caches);
        let store = backend.database.as_ref().filter(|_| apart).map(Store::new);
        Self {
            asked: apart && (caches.any() || store.is_some()),
            caches,
            store,
            chores: backend.work_queue.as_ref().map(|queue| Chores {
                share: queue.share,
                time: Sampler::new(&queue.time),
                concurrency: queue.concurrency.max(1),
                busy: 0,
                waiting: 0,
                waiting_most: 0,
            }),
        }
    }

    /// For the step that ends: share of the reads that caches answered, and connections in use.
    pub(super) fn step(&mut self) -> (Option<f64>, Option<f64>) {
        let reads = std::mem::take(&mut self.caches.reads);
        let hits = std::mem::take(&mut self.caches.hits);
        let share = (reads > 0).then(|| hits as f64 / reads as f64);
        let used = self.store.as_ref().map(|s| f64::from(s.connections.used));
        (share, used)
    }
}

impl Sim<'_> {
    /// A worker begins: seconds of cache lookups, and how many queries follow.
    pub(super) fn looks_behind(&mut self, class: u16) -> (f64, u16, bool) {
        let writes = self
            .plan
            .classes
            .get(class as usize)
            .map_or(0.0, |c| c.writes);
        let write = self.streams.caches.happens(writes);
        let (secs, hit) = if write || !self.behind.caches.any() {
            (0.0, false)
        } else {
            self.behind.caches.read(&mut self.streams.caches)
        };
        let queries = match &self.behind.store {
            Some(store) if !hit => store.queries(&mut self.streams.database),
            _ => 0,
        };
        (secs, queries, write)
    }

    /// A job asks for a connection.
    pub(super) fn connects(&mut self, place: u32) {
        let now = self.clock;
        let generation = self.jobs.generation(place);
        let Some(store) = &mut self.behind.store else {
            return;
        };
        if let Some((opened, wait)) = store.connections.take(now) {
            self.connected(place, opened, wait);
            return;
        }
        let until = now + store.connections.patience();
        store
            .connections
            .waiting
            .push_back((place, generation, until));
        self.events.plan(until, Kind::Acquire, 0);
    }

    /// A job has a connection that can be used after `wait` seconds.
    fn connected(&mut self, place: u32, opened: f64, wait: f64) {
        if let Some(job) = self.jobs.get_mut(place) {
            job.opened = opened;
        }
        if wait > 0.0 {
            self.events.plan(self.clock + wait, Kind::Connected, place);
        } else {
            self.queries(place);
        }
    }

    /// Those who waited longest for a connection give up.
    pub(super) fn acquire_ends(&mut self) {
        while let Some(store) = &mut self.behind.store
            && let Some((place, generation, until)) = store.connections.waiting.front().copied()
        {
            let there = self.jobs.current(place, generation);
            if there && until > self.clock {
                return;
            }
            store.connections.waiting.pop_front();
            if there {
                self.leaves_worker(place, false);
            }
        }
    }

    /// The next query of a job goes to its server.
    fn queries(&mut self, place: u32) {
        let Some(job) = self.jobs.get(place).copied() else {
            return;
        };
        let Some(store) = &mut self.behind.store else {
            return;
        };
        let chosen = if job.stage == Stage::Lost {
            None
        } else {
            store.server(job.write, &mut self.streams.database)
        };
        let Some(number) = chosen else {
            // The caller hands it on; doing so here would go as deep as many wait.
            store.connections.give_back(self.clock, job.opened);
            return self.leaves_worker(place, false);
        };
        if let Some(job) = self.jobs.get_mut(place) {
            job.server = number;
        }
        let Some(server) = store.servers.get_mut(number as usize) else {
            return;
        };
        if store.parallel > 0 && server.busy >= store.parallel {
            server.queue.push_back(place);
            return;
        }
        server.busy += 1;
        let secs = store.time.draw(&mut self.streams.database);
        self.events.plan(self.clock + secs, Kind::Query, place);
    }

    /// A query is done; its server takes the next, and the job asks again or has all it needs.
    pub(super) fn query_done(&mut self, place: u32) {
        let Some(job) = self.jobs.get(place).copied() else {
            return;
        };
        self.serves_next(job.server);
        let left = job.queries.saturating_sub(1);
        if let Some(job) = self.jobs.get_mut(place) {
            job.queries = left;
        }
        if left > 0 {
            self.queries(place);
        } else {
            if let Some(store) = &mut self.behind.store {
                store.connections.give_back(self.clock, job.opened);
            }
            self.leaves_worker(place, true);
        }
        self.hands_out();
    }

    /// A new connection is open.
    pub(super) fn opened(&mut self, place: u32) {
        self.queries(place);
        self.hands_out();
    }

    fn serves_next(&mut self, number: u32) {
        let Some(store) = &mut self.behind.store else {
            return;
        };
        let Some(server) = store.servers.get_mut(number as usize) else {
            return;
        };
        if let Some(next) = server.queue.pop_front() {
            let secs = store.time.draw(&mut self.streams.database);
            self.events.plan(self.clock + secs, Kind::Query, next);
        } else {
            server.busy = server.busy.saturating_sub(1);
        }
    }

    /// Free connections go to those who wait.
    pub(super) fn hands_out(&mut self) {
        while let Some(store) = &mut self.behind.store
            && let Some((place, generation, _)) = store.connections.waiting.front().copied()
        {
            if !self.jobs.current(place, generation) {
                store.connections.waiting.pop_front();
                continue;
            }
            let Some((opened, wait)) = store.connections.take(self.clock) else {
                return;
            };
            store.connections.waiting.pop_front();
            self.connected(place, opened, wait);
        }
    }

    /// An answer may leave a job.
    pub(super) fn leaves_chore(&mut self) {
        let now = self.clock;
        let Some(chores) = &mut self.behind.chores else {
            return;
        };
        if !self.streams.chores.happens(chores.share) {
            return;
        }
        if chores.busy < chores.concurrency {
            chores.busy += 1;
            let secs = chores.time.draw(&mut self.streams.chores);
            self.events.plan(now + secs, Kind::Chore, 0);
        } else {
            chores.waiting += 1;
            chores.waiting_most = chores.waiting_most.max(chores.waiting);
        }
    }

    /// A job of the work queue is done.
    pub(super) fn chore_done(&mut self) {
        let now = self.clock;
        let Some(chores) = &mut self.behind.chores else {
            return;
        };
        if chores.waiting > 0 {
            chores.waiting -= 1;
            let secs = chores.time.draw(&mut self.streams.chores);
            self.events.plan(now + secs, Kind::Chore, 0);
        } else {
            chores.busy = chores.busy.saturating_sub(1);
        }
    }
}
