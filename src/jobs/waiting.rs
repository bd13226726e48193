//! Waiting work (native dialogs, timers) on one tokio runtime in a thread of its own, started when first needed.

use std::sync::{Mutex, PoisonError};
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::runner::panic_message;

/// Stops one piece of waiting work by dropping its future.
pub(super) struct Abort(AbortHandle);

impl Abort {
    pub(super) fn abort(&self) {
        self.0.abort();
    }
}

struct Running {
    handle: Handle,
    /// Dropping it ends the thread.
    _stop: oneshot::Sender<()>,
}

/// The runtime thread.
#[derive(Default)]
pub(super) struct Waiting {
    running: Mutex<Option<Running>>,
}

impl Waiting {
    /// Starts a future; `done` is told its result, or what its panic said. Nothing is told after an abort.
    pub(super) fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
        done: impl FnOnce(Result<T, String>) + Send + 'static,
    ) -> Result<Abort, String> {
        let handle = self.handle()?;
        let task = handle.spawn(work);
        let abort = task.abort_handle();
        handle.spawn(async move {
            match task.await {
                Ok(value) => done(Ok(value)),
                Err(error) => {
                    if let Ok(payload) = error.try_into_panic() {
                        done(Err(panic_message(payload.as_ref())));
                    }
                }
            }
        });
        Ok(Abort(abort))
    }

    fn handle(&self) -> Result<Handle, String> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = running.as_ref() {
            return Ok(running.handle.clone());
        }
        let failed = |e: std::io::Error| format!("the system could not start another thread ({e})");
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        thread::Builder::new()
            .name("headroom-waiting".to_owned())
            .spawn(move || {
                runtime.block_on(stopped).ok();
            })
            .map_err(failed)?;
        *running = Some(Running {
            handle: handle.clone(),
            _stop: stop,
        });
        Ok(handle)
    }
}

/// Runs a future to its end on this thread, for the inline runner.
pub(super) fn block_on<T>(work: impl Future<Output = T>) -> Result<T, String> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| e.to_string())?;
    Ok(runtime.block_on(work))
}
