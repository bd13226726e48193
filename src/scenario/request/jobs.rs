//! Requests on their way: one entry for each sending, in places that are used again.

/// Where a job is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stage {
    /// Before a worker.
    #[default]
    Waiting,
    /// With a worker.
    Working,
    /// Will be sent again.
    Apart,
    /// Its instance died; its end is still planned.
    Lost,
    /// The place holds no job.
    Free,
}

/// One sending of a request.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Job {
    /// When the request was sent first, and this time.
    pub first: f64,
    pub sent: f64,
    /// When a worker took it.
    pub begun: f64,
    /// Work, seconds on the measured instance.
    pub demand: f64,
    pub instance: u32,
    pub user: u32,
    pub class: u16,
    /// Region of the sender.
    pub region: u16,
    /// Sendings before this one.
    pub attempt: u32,
    /// Uses of this place before.
    pub generation: u32,
    /// The sender waits no longer.
    pub given_up: bool,
    /// The new version of a rollout works on it.
    pub new_version: bool,
    /// It changes data.
    pub write: bool,
    /// Queries to come.
    pub queries: u16,
    /// Server of the database that has its query.
    pub server: u32,
    /// When its connection was opened.
    pub opened: f64,
    pub stage: Stage,
}

/// All of them, with a bound.
#[derive(Debug)]
pub(super) struct Jobs {
    places: Vec<Job>,
    free: Vec<u32>,
    most: usize,
}

impl Jobs {
    pub(super) fn with_bound(most: usize) -> Self {
        Self {
            places: Vec::new(),
            free: Vec::new(),
            most,
        }
    }

    /// A place for a job; `None` when all are taken.
    #[inline]
    pub(super) fn add(&mut self, job: Job) -> Option<u32> {
        if let Some(place) = self.free.pop() {
            let old = self.places.get_mut(place as usize)?;
            *old = Job {
                generation: old.generation,
                ..job
            };
            return Some(place);
        }
        if self.places.len() >= self.most {
            return None;
        }
        self.places.push(job);
        Some(self.places.len() as u32 - 1)
    }

    #[inline]
    pub(super) fn get(&self, place: u32) -> Option<&Job> {
        self.places.get(place as usize)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, place: u32) -> Option<&mut Job> {
        self.places.get_mut(place as usize)
    }

    /// Whether the place still holds the use that `generation` names.
    #[inline]
    pub(super) fn current(&self, place: u32, generation: u32) -> bool {
        self.get(place).is_some_and(|j| j.generation == generation)
    }

    /// Name of the use of a place, for [`Self::current`].
    pub(super) fn generation(&self, place: u32) -> u32 {
        self.get(place).map_or(0, |j| j.generation)
    }

    /// The place is free again.
    #[inline]
    pub(super) fn free(&mut self, place: u32) {
        if let Some(job) = self.places.get_mut(place as usize) {
            job.generation = job.generation.wrapping_add(1);
            job.stage = Stage::Free;
            self.free.push(place);
        }
    }

    /// All places; those without a job say so.
    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut Job> {
        self.places.iter_mut()
    }
}
