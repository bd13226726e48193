//! The runner: a queue of CPU work for a few named threads, a table of what is running, and the callbacks that are
//! ready for the main thread.
//!
//! One key stands for one piece of work: starting it again cancels and forgets the older run, so a stale result can
//! never arrive. Work that must run, such as saving, is the exception: it is never dropped, and runs of one key follow
//! each other in the order of their start. A panic ends its job with a message and nothing else.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::spec::{JobFailure, JobId, JobSpec, RunningJob};
use super::waiting::{Abort, Waiting};
use crate::progress::Progress;

/// How long a job runs before it is worth showing.
const SHOWN_AFTER: Duration = Duration::from_millis(300);
/// How often the main thread is woken to show progress.
const TICK: Duration = Duration::from_millis(100);

/// What a finished job wants done to the state of the main thread.
pub type Apply<S> = Box<dyn FnOnce(&mut S) + Send>;

type Work<S> = Box<dyn FnOnce(&Progress) -> Apply<S> + Send>;

struct Entry {
    job_id: JobId,
    /// A thread has taken it.
    taken: bool,
    spec: JobSpec,
    progress: Progress,
    started: Instant,
    abort: Option<Abort>,
}

impl Entry {
    fn stop(&self) {
        self.progress.cancel();
        if let Some(abort) = &self.abort {
            abort.abort();
        }
    }
}

struct Queued<S> {
    job_id: JobId,
    progress: Progress,
    work: Work<S>,
}

struct State<S> {
    next_id: u64,
    entries: Vec<Entry>,
    queue: VecDeque<Queued<S>>,
    ready: Vec<Apply<S>>,
    failures: Vec<JobFailure>,
    threads: usize,
    idle_threads: usize,
    ticking: bool,
    closed: bool,
}

impl<S> State<S> {
    /// The next work in the queue; what must run waits for the earlier run of its key.
    fn take_next(&mut self) -> Option<Queued<S>> {
        let index = self.queue.iter().position(|queued| {
            self.entries
                .iter()
                .find(|e| e.job_id == queued.job_id)
                .is_none_or(|mine| {
                    !self
                        .entries
                        .iter()
                        .any(|e| e.taken && e.spec.must_run && e.spec.key == mine.spec.key)
                })
        })?;
        let queued = self.queue.remove(index)?;
        if let Some(entry) = self.entries.iter_mut().find(|e| e.job_id == queued.job_id) {
            entry.taken = true;
        }
        Some(queued)
    }

    fn has_to_run(&self) -> bool {
        self.entries.iter().any(|e| e.spec.must_run)
    }
}

/// What the runner shares with its threads.
pub(super) struct Shared<S> {
    state: Mutex<State<S>>,
    /// Work was queued, or the runner is closing.
    work_ready: Condvar,
    /// Something is running, or the runner is closing.
    busy: Condvar,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl<S> Shared<S> {
    fn state(&self) -> MutexGuard<'_, State<S>> {
        // Nothing that can panic runs under this lock, so its content is sound even if poisoned.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a finished job's result, unless the job was cancelled or replaced meanwhile.
    pub(super) fn finish(&self, job_id: JobId, result: Result<Apply<S>, String>) {
        let mut state = self.state();
        let Some(index) = state.entries.iter().position(|e| e.job_id == job_id) else {
            return;
        };
        let entry = state.entries.remove(index);
        match result {
            Ok(apply) => state.ready.push(apply),
            Err(message) => {
                tracing::error!(job = entry.spec.title, message, "a job panicked");
                state.failures.push(JobFailure {
                    title: entry.spec.title,
                    message,
                });
            }
        }
        drop(state);
        // The next run of the same key may have waited for this one, and `finish_what_must_run` for all of them.
        self.work_ready.notify_all();
        self.busy.notify_all();
        (self.wake)();
    }
}

/// Runs work in the background for a main thread whose state is `S`.
pub struct Jobs<S> {
    shared: Arc<Shared<S>>,
    waiting: Waiting,
    inline: bool,
}

impl<S> fmt::Debug for Jobs<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jobs")
            .field("running", &self.running())
            .finish_non_exhaustive()
    }
}

impl<S: 'static> Jobs<S> {
    /// A runner with threads of its own. `wake` is called from them when there is something to poll or to show.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self::with(Box::new(wake), false)
    }

    /// A runner for tests: work runs at once on the calling thread, and its callback is there at the next poll.
    pub fn inline() -> Self {
        Self::with(Box::new(|| {}), true)
    }

    fn with(wake: Box<dyn Fn() + Send + Sync>, inline: bool) -> Self {
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(State {
                    next_id: 1,
                    entries: Vec::new(),
                    queue: VecDeque::new(),
                    ready: Vec::new(),
                    failures: Vec::new(),
                    threads: 0,
                    idle_threads: 0,
                    ticking: false,
                    closed: false,
                }),
                work_ready: Condvar::new(),
                busy: Condvar::new(),
                wake,
            }),
            waiting: Waiting::default(),
            inline,
        }
    }

    /// Starts CPU work on an engine thread. It should check its progress for cancellation in every long loop.
    pub fn spawn(
        &self,
        spec: JobSpec,
        work: impl FnOnce(&Progress) -> Apply<S> + Send + 'static,
    ) -> JobId {
        let (job_id, progress) = self.enter(spec);
        if self.inline {
            let result = guarded(|| work(&progress));
            self.shared.finish(job_id, result);
            return job_id;
        }
        let mut state = self.shared.state();
        state.queue.push_back(Queued {
            job_id,
            progress,
            work: Box::new(work),
        });
        let start_thread = state.idle_threads < state.queue.len() && state.threads < thread_limit();
        if start_thread {
            state.threads += 1;
        }
        let name = format!("headroom-engine-{}", state.threads);
        drop(state);
        if start_thread {
            let shared = Arc::clone(&self.shared);
            let started = thread::Builder::new()
                .name(name)
                .spawn(move || work_loop(&shared));
            if started.is_err() {
                self.give_up_thread();
            }
        }
        self.shared.work_ready.notify_one();
        job_id
    }

    /// Starts waiting work, such as a native dialog, on the runtime thread. It must not compute.
    pub fn spawn_async(
        &self,
        spec: JobSpec,
        work: impl Future<Output = Apply<S>> + Send + 'static,
    ) -> JobId {
        // A dialog that nobody answers must not keep the program from ending.
        let (job_id, _) = self.enter(JobSpec {
            must_run: false,
            ..spec
        });
        if self.inline {
            let result = guarded(|| super::waiting::block_on(work)).and_then(|r| r);
            self.shared.finish(job_id, result);
            return job_id;
        }
        let shared = Arc::clone(&self.shared);
        let abort = self.waiting.spawn(work, move |result| {
            shared.finish(job_id, result);
        });
        match abort {
            Ok(abort) => {
                let mut state = self.shared.state();
                if let Some(entry) = state.entries.iter_mut().find(|e| e.job_id == job_id) {
                    entry.abort = Some(abort);
                }
            }
            Err(message) => self.shared.finish(job_id, Err(message)),
        }
        job_id
    }

    /// The callbacks that are ready, in order of completion. The main thread applies them to its state.
    pub fn poll(&self) -> Vec<Apply<S>> {
        std::mem::take(&mut self.shared.state().ready)
    }

    /// The jobs that panicked since the last call.
    pub fn take_failures(&self) -> Vec<JobFailure> {
        std::mem::take(&mut self.shared.state().failures)
    }

    /// Stops a job: its work is asked to end, and whatever it still brings is dropped.
    pub fn cancel(&self, job_id: JobId) {
        self.cancel_where(|e| e.job_id == job_id);
    }

    /// Stops the job with this key, if there is one.
    pub fn cancel_key(&self, key: &str) {
        self.cancel_where(|e| e.spec.key == key);
    }

    /// Whether a job with this key is waiting or running.
    pub fn is_running(&self, key: &str) -> bool {
        self.shared
            .state()
            .entries
            .iter()
            .any(|e| e.spec.key == key)
    }

    fn cancel_where(&self, stops: impl Fn(&Entry) -> bool) {
        let mut state = self.shared.state();
        let (stopped, kept): (Vec<Entry>, Vec<Entry>) = std::mem::take(&mut state.entries)
            .into_iter()
            .partition(|e| !e.spec.must_run && stops(e));
        state.entries = kept;
        state
            .queue
            .retain(|q| stopped.iter().all(|e| e.job_id != q.job_id));
        drop(state);
        for entry in &stopped {
            entry.stop();
        }
        if !stopped.is_empty() {
            (self.shared.wake)();
        }
    }

    /// Waits until everything that must run has run: before a program ends, or leaves what the work was about. What it
    /// brings is there at the next poll.
    pub fn finish_what_must_run(&self) {
        let mut state = self.shared.state();
        while state.has_to_run() {
            state = self
                .shared
                .busy
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Enters a job into the table, replacing the one with the same key.
    fn enter(&self, spec: JobSpec) -> (JobId, Progress) {
        self.cancel_key(&spec.key);
        let progress = Progress::default();
        let mut state = self.shared.state();
        let job_id = JobId(state.next_id);
        state.next_id += 1;
        state.entries.push(Entry {
            job_id,
            taken: false,
            spec,
            progress: progress.clone(),
            started: Instant::now(),
            abort: None,
        });
        let start_ticker = !self.inline && !state.ticking;
        state.ticking |= start_ticker;
        drop(state);
        if start_ticker {
            let shared = Arc::clone(&self.shared);
            // Without a ticker progress is shown less smoothly; nothing else depends on it.
            thread::Builder::new()
                .name("headroom-progress".to_owned())
                .spawn(move || tick_loop(&shared))
                .ok();
        }
        self.shared.busy.notify_all();
        (job_id, progress)
    }

    /// No thread could be started: with others there the work waits for them, without any it fails.
    fn give_up_thread(&self) {
        let mut state = self.shared.state();
        state.threads -= 1;
        if state.threads > 0 {
            return;
        }
        let stuck: Vec<JobId> = state.queue.drain(..).map(|q| q.job_id).collect();
        drop(state);
        for job_id in stuck {
            let message =
                "the system could not start another thread; close other programs".to_owned();
            self.shared.finish(job_id, Err(message));
        }
    }
}

impl<S> Jobs<S> {
    /// What is waiting or running, in order of start.
    pub fn running(&self) -> Vec<RunningJob> {
        self.shared
            .state()
            .entries
            .iter()
            .map(|entry| {
                let elapsed = entry.started.elapsed();
                RunningJob {
                    job_id: entry.job_id,
                    key: entry.spec.key.clone(),
                    title: entry.spec.title.clone(),
                    fraction: entry.progress.fraction(),
                    elapsed,
                    shown: elapsed >= SHOWN_AFTER,
                }
            })
            .collect()
    }
}

impl<S> Drop for Jobs<S> {
    /// Asks everything to stop and lets the threads end by themselves: closing a window never waits for a query. It does
    /// wait for what must run.
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.closed = true;
        let (stopped, kept): (Vec<Entry>, Vec<Entry>) = std::mem::take(&mut state.entries)
            .into_iter()
            .partition(|e| !e.spec.must_run);
        state.entries = kept;
        state
            .queue
            .retain(|q| stopped.iter().all(|e| e.job_id != q.job_id));
        for entry in &stopped {
            entry.stop();
        }
        self.shared.work_ready.notify_all();
        while state.has_to_run() {
            state = self
                .shared
                .busy
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        self.shared.work_ready.notify_all();
        self.shared.busy.notify_all();
    }
}

/// As many engine threads as cores, and never fewer than two: one long import must not hold up a chart.
fn thread_limit() -> usize {
    thread::available_parallelism().map_or(2, |n| n.get().max(2))
}

fn work_loop<S>(shared: &Shared<S>) {
    let mut state = shared.state();
    loop {
        if state.closed && !state.has_to_run() {
            return;
        }
        if let Some(queued) = state.take_next() {
            drop(state);
            let result = guarded(|| (queued.work)(&queued.progress));
            shared.finish(queued.job_id, result);
            state = shared.state();
        } else {
            state.idle_threads += 1;
            state = shared
                .work_ready
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            state.idle_threads -= 1;
        }
    }
}

/// Wakes the main thread while something worth showing is running; sleeps for good while nothing is.
fn tick_loop<S>(shared: &Shared<S>) {
    let mut state = shared.state();
    while !state.closed {
        if state.entries.is_empty() {
            state = shared
                .busy
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            continue;
        }
        drop(state);
        thread::sleep(TICK);
        state = shared.state();
        if state
            .entries
            .iter()
            .any(|e| e.started.elapsed() >= SHOWN_AFTER)
        {
            drop(state);
            (shared.wake)();
            state = shared.state();
        }
    }
}

/// Runs something and turns a panic into its message.
fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| panic_message(payload.as_ref()))
}

/// What a panic said.
pub(super) fn panic_message(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "an internal error without a message".to_owned())
}
