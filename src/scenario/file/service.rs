//! `service:` – what one instance does with a request.

use super::dist;
use super::form::{Form, Read, text, wrong};
use super::quantity::{CORES, COUNT, FACTOR, NUMBER, RANK, RATE, SECS, SHARE, TEXT};
use crate::scenario::model::{Class, Contention, Retries, Service};
use crate::yaml::{Node, Value};

/// The block.
pub(super) fn describe(form: &mut Form<'_>, service: &mut Service) {
    form.maybe("from_run", &mut service.from_run, TEXT);
    classes(form, service, true);
    form.shown("workers", &mut service.workers, COUNT);
    rest(form, service);
}

/// The block beside peers or shards, whose capacity says how long a message or transaction takes.
pub(super) fn without_instances(form: &mut Form<'_>, service: &mut Service) {
    form.maybe("from_run", &mut service.from_run, TEXT);
    classes(form, service, false);
    form.value("workers", &mut service.workers, COUNT);
    rest(form, service);
}

fn rest(form: &mut Form<'_>, service: &mut Service) {
    form.maybe("queue_limit", &mut service.queue_limit, COUNT);
    form.maybe("timeout", &mut service.timeout, SECS);
    form.block(
        "retries",
        &mut service.retries,
        &Retries::default(),
        retries,
    );
    contention_key(form, &mut service.contention);
    form.value("cores", &mut service.cores, CORES);
    form.value("measured_cores", &mut service.measured_cores, CORES);
    form.value("serial_share", &mut service.serial_share, SHARE);
    form.value("network", &mut service.network, SECS);
    form.maybe("shed_at", &mut service.shed_at, SHARE);
}

/// `time` for a single kind of request, or `classes`; one of them has to be there where requests are `timed`.
fn classes(form: &mut Form<'_>, service: &mut Service, timed: bool) {
    let single = match service.classes.as_slice() {
        [class] => {
            let plain = Class {
                time: class.time.clone(),
                ..Class::default()
            };
            (*class == plain).then_some(plain)
        }
        _ => None,
    };
    if !form.reading() {
        match single {
            // Filled in from the run, or said by the peers.
            Some(_)
                if (service.from_run.is_some() || !timed)
                    && service.classes == [Class::default()] => {}
            Some(mut class) => {
                form.own("time", &mut class.time, dist::read, dist::write);
            }
            None => {
                form.list("classes", &mut service.classes, &Class::default(), class);
            }
        }
        return;
    }
    let mut plain = Class::default();
    let time = form.own("time", &mut plain.time, dist::read, dist::write);
    let listed = form.list("classes", &mut service.classes, &Class::default(), class);
    if time && listed {
        form.fail_here(
            "give either time or classes: with several kinds of requests each has a time",
        );
    } else if time {
        service.classes = vec![plain];
    } else if timed && !listed && service.from_run.is_none() {
        form.lacks("time", "time: {distribution: exponential, mean: 20ms}");
    }
}

/// One kind of requests.
fn class(form: &mut Form<'_>, class: &mut Class) {
    form.value("label", &mut class.label, TEXT);
    form.value("weight", &mut class.weight, NUMBER);
    form.own("time", &mut class.time, dist::read, dist::write);
    form.maybe("cpu", &mut class.cpu, SECS);
    form.value("priority", &mut class.priority, RANK);
    form.value("error_share|errors", &mut class.error_share, SHARE);
    form.value("writes", &mut class.writes, SHARE);
}

fn retries(form: &mut Form<'_>, retries: &mut Retries) {
    form.value("max", &mut retries.max, COUNT);
    form.value("backoff", &mut retries.backoff, SECS);
    form.value("factor", &mut retries.factor, FACTOR);
    form.value("cap", &mut retries.cap, SECS);
    form.value("jitter", &mut retries.jitter, SHARE);
}

/// `queueing`, or the coefficients of the scalability law.
fn contention_key(form: &mut Form<'_>, contention: &mut Contention) {
    if !form.reading() && *contention == Contention::Queueing {
        return;
    }
    form.own(
        "contention",
        contention,
        read_contention,
        |contention| match contention {
            Contention::Queueing => text("queueing"),
            Contention::Scalability {
                sigma,
                kappa,
                lambda,
            } => {
                let pair = |key: &str, value: String| (key.to_owned(), Node::scalar(0, value));
                Value::Map(vec![
                    pair("sigma", sigma.to_string()),
                    pair("kappa", kappa.to_string()),
                    pair("lambda", (RATE.write)(lambda)),
                ])
            }
        },
    );
}

fn read_contention(node: &Node, place: &str) -> Read<Contention> {
    if let Value::Scalar(word) = &node.value {
        return if word.trim() == "queueing" {
            Ok(Contention::Queueing)
        } else {
            Err(wrong(
                node,
                place,
                "write queueing, or the fitted law as {sigma: 0.03, kappa: 0.0001, lambda: 90_rps}",
            ))
        };
    }
    let (mut sigma, mut kappa, mut lambda) = (0.0, 0.0, 0.0);
    let mut form = Form::read(node, place)?;
    form.must("sigma", &mut sigma, NUMBER);
    form.must("kappa", &mut kappa, NUMBER);
    form.must("lambda", &mut lambda, RATE);
    form.finish()?;
    Ok(Contention::Scalability {
        sigma,
        kappa,
        lambda,
    })
}
