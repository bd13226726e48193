//! The runner under test: delivery, replacement, cancellation, panics.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::*;

type Log = Vec<&'static str>;

fn add(word: &'static str) -> Apply<Log> {
    Box::new(move |log| log.push(word))
}

/// A runner whose wake-ups can be waited for.
fn runner() -> (Jobs<Log>, mpsc::Receiver<()>) {
    let (send, receive) = mpsc::channel();
    let jobs = Jobs::new(move || {
        send.send(()).ok();
    });
    (jobs, receive)
}

/// Applies what arrives until nothing is running any more.
fn settle(jobs: &Jobs<Log>, woken: &mpsc::Receiver<()>) -> Log {
    let mut log = Log::new();
    loop {
        let done = jobs.running().is_empty();
        for apply in jobs.poll() {
            apply(&mut log);
        }
        if done {
            return log;
        }
        woken.recv_timeout(Duration::from_mins(1)).unwrap();
    }
}

#[test]
fn inline_work_is_there_at_the_next_poll() {
    let jobs = Jobs::<Log>::inline();
    jobs.spawn(JobSpec::new("a", "A"), |_| add("cpu"));
    jobs.spawn_async(JobSpec::new("b", "B"), async { add("waited") });
    let mut log = Log::new();
    for apply in jobs.poll() {
        apply(&mut log);
    }
    assert_eq!(log, ["cpu", "waited"]);
    assert!(jobs.running().is_empty());
}

#[test]
fn work_runs_on_named_threads_and_comes_back() {
    let (jobs, woken) = runner();
    let (name_to, name) = mpsc::channel();
    jobs.spawn(JobSpec::new("a", "A"), move |_| {
        name_to
            .send(thread::current().name().map(str::to_owned))
            .unwrap();
        add("done")
    });
    assert_eq!(settle(&jobs, &woken), ["done"]);
    assert!(
        name.recv()
            .unwrap()
            .unwrap()
            .starts_with("headroom-engine-")
    );
}

#[test]
fn more_jobs_than_threads_all_finish() {
    let (jobs, woken) = runner();
    for i in 0..100 {
        jobs.spawn(JobSpec::new(format!("{i}"), "one of many"), |_| add("x"));
    }
    assert_eq!(settle(&jobs, &woken).len(), 100);
}

#[test]
fn a_newer_run_replaces_the_older_one() {
    let (jobs, woken) = runner();
    let (go, wait) = mpsc::channel::<()>();
    let (told, was_cancelled) = mpsc::channel();
    let (begun, begins) = mpsc::channel();
    jobs.spawn(JobSpec::new("chart", "Old"), move |progress| {
        begun.send(()).unwrap();
        wait.recv().ok();
        told.send(progress.is_cancelled()).unwrap();
        add("old")
    });
    begins.recv().unwrap();
    let (go_new, wait_new) = mpsc::channel::<()>();
    jobs.spawn(JobSpec::new("chart", "New"), move |_| {
        wait_new.recv().ok();
        add("new")
    });
    assert_eq!(
        jobs.running().iter().filter(|j| j.key == "chart").count(),
        1
    );
    go.send(()).unwrap();
    assert!(was_cancelled.recv().unwrap());
    go_new.send(()).unwrap();
    assert_eq!(settle(&jobs, &woken), ["new"]);
}

#[test]
fn a_cancelled_job_brings_nothing() {
    let (jobs, woken) = runner();
    let job_id = jobs.spawn(JobSpec::new("a", "A"), |progress| {
        while progress.check().is_ok() {
            thread::yield_now();
        }
        add("never")
    });
    jobs.cancel(job_id);
    assert!(!jobs.is_running("a"));
    jobs.spawn(JobSpec::new("b", "B"), |_| add("b"));
    assert_eq!(settle(&jobs, &woken), ["b"]);
}

#[test]
fn a_panic_is_a_message_and_the_thread_lives_on() {
    let (jobs, woken) = runner();
    jobs.spawn(JobSpec::new("a", "Broken"), |_| panic!("out of cheese"));
    jobs.spawn_async(JobSpec::new("b", "Broken too"), async {
        panic!("no dialog")
    });
    assert!(settle(&jobs, &woken).is_empty());
    let mut said: Vec<_> = jobs
        .take_failures()
        .into_iter()
        .map(|f| f.message)
        .collect();
    said.sort();
    assert_eq!(said, ["no dialog", "out of cheese"]);
    jobs.spawn(JobSpec::new("c", "C"), |_| add("c"));
    assert_eq!(settle(&jobs, &woken), ["c"]);
}

#[test]
fn waiting_work_can_be_cancelled() {
    let (jobs, woken) = runner();
    jobs.spawn_async(JobSpec::new("dialog", "Choosing"), std::future::pending());
    assert!(jobs.is_running("dialog"));
    jobs.cancel_key("dialog");
    jobs.spawn_async(JobSpec::new("next", "Next"), async { add("next") });
    assert_eq!(settle(&jobs, &woken), ["next"]);
}

#[test]
fn progress_is_seen_from_outside() {
    let (jobs, woken) = runner();
    let (go, wait) = mpsc::channel::<()>();
    let (half, reached) = mpsc::channel();
    jobs.spawn(JobSpec::new("a", "A"), move |progress| {
        progress.set_total(2);
        progress.advance(1);
        half.send(()).unwrap();
        wait.recv().ok();
        add("a")
    });
    reached.recv().unwrap();
    assert_eq!(jobs.running().first().and_then(|j| j.fraction), Some(0.5));
    go.send(()).unwrap();
    assert_eq!(settle(&jobs, &woken), ["a"]);
}

/// Saving is work of this kind: what it was given exists nowhere else.
#[test]
fn work_that_must_run_is_neither_dropped_nor_skipped() {
    let (jobs, woken) = runner();
    let (go, wait) = mpsc::channel::<()>();
    let wait = std::sync::Arc::new(std::sync::Mutex::new(wait));
    for i in 0..64 {
        let wait = std::sync::Arc::clone(&wait);
        jobs.spawn(
            JobSpec::new(format!("{i}"), "keeps a thread busy"),
            move |_| {
                wait.lock().unwrap().recv().ok();
                add("busy")
            },
        );
    }
    jobs.spawn(JobSpec::new("save", "First").must_run(), |_| add("first"));
    jobs.spawn(JobSpec::new("save", "Second").must_run(), |_| add("second"));
    drop(go);
    let log = settle(&jobs, &woken);
    let saved: Vec<_> = log.into_iter().filter(|w| *w != "busy").collect();
    assert_eq!(saved, ["first", "second"]);
}

#[test]
fn runs_that_must_run_follow_each_other() {
    let (jobs, woken) = runner();
    let running = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    for _ in 0..50 {
        let running = std::sync::Arc::clone(&running);
        jobs.spawn(JobSpec::new("save", "Saving").must_run(), move |_| {
            let before = running.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            thread::yield_now();
            running.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
            add(if before == 0 {
                "alone"
            } else {
                "beside another"
            })
        });
    }
    assert_eq!(settle(&jobs, &woken), vec!["alone"; 50]);
}

#[test]
fn what_must_run_has_run_before_the_runner_is_gone() {
    for waits in [true, false] {
        let (jobs, _woken) = runner();
        let (told, saved) = mpsc::channel();
        for i in 0..20 {
            let told = told.clone();
            let job_id = jobs.spawn(JobSpec::new("save", "Saving").must_run(), move |progress| {
                told.send((i, progress.is_cancelled())).unwrap();
                add("saved")
            });
            jobs.cancel(job_id);
        }
        if waits {
            jobs.finish_what_must_run();
            assert_eq!(jobs.poll().len(), 20);
        } else {
            drop(jobs);
        }
        drop(told);
        let expected: Vec<_> = (0..20).map(|i| (i, false)).collect();
        assert_eq!(saved.try_iter().collect::<Vec<_>>(), expected);
    }
}
