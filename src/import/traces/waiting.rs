//! Spans that wait for the rest of their trace, in two generations: where the younger is full, the elder, whose traces
//! have had no span for that long, is given back to be counted, and the younger takes its place.

use std::collections::HashMap;

use super::critical_path::Span;

/// Spans of one generation.
pub(super) const MAX_YOUNG: usize = 250_000;
const NONE: u32 = u32::MAX;

/// A trace that is complete, as far as can be known: its id, and its spans in order of the file with their codes.
pub(super) type Trace = (Box<str>, Vec<(Span, u32)>);

/// Traces that had a span lately. The spans of all stand in one list, each with the place of the one before it.
#[derive(Default)]
struct Generation {
    last: HashMap<Box<str>, u32>,
    spans: Vec<(Span, u32, u32)>,
}

impl Generation {
    fn add(&mut self, trace_id: &str, span: Span, code: u32) {
        let at = self.spans.len() as u32;
        let before = if let Some(last) = self.last.get_mut(trace_id) {
            std::mem::replace(last, at)
        } else {
            self.last.insert(trace_id.into(), at);
            NONE
        };
        self.spans.push((span, code, before));
    }

    /// The spans of the trace whose last one stands here.
    fn trace(&self, last: u32) -> Vec<(Span, u32)> {
        let mut list = Vec::new();
        let mut at = last;
        while let Some((span, code, before)) = self.spans.get(at as usize) {
            list.push((*span, *code));
            at = *before;
        }
        list.reverse();
        list
    }
}

/// Both generations.
#[derive(Default)]
pub(super) struct Waiting {
    young: Generation,
    old: Generation,
    /// Spans that wait.
    pub(super) spans: usize,
}

impl Waiting {
    /// Takes a span; whether the elder traces are due.
    pub(super) fn add(&mut self, trace_id: &str, span: Span, code: u32) -> bool {
        if let Some(last) = self.old.last.remove(trace_id) {
            for (span, code) in self.old.trace(last) {
                self.young.add(trace_id, span, code);
            }
        }
        self.young.add(trace_id, span, code);
        self.spans += 1;
        self.young.spans.len() >= MAX_YOUNG
    }

    /// Gives the elder traces to `count`, in order of their ids; the younger become the elder.
    pub(super) fn age(&mut self, mut count: impl FnMut(Trace)) {
        let young = std::mem::take(&mut self.young);
        let mut old = std::mem::replace(&mut self.old, young);
        let mut traces: Vec<(Box<str>, u32)> = std::mem::take(&mut old.last).into_iter().collect();
        traces.sort_unstable();
        for (trace_id, last) in traces {
            let spans = old.trace(last);
            self.spans -= spans.len();
            count((trace_id, spans));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_waits_while_it_has_spans() {
        let span = |id: u64| Span {
            id,
            parent: 0,
            start: 1,
            length: 1,
            label: 0,
            failed: false,
            detached: false,
        };
        let mut waiting = Waiting::default();
        for (trace, id) in [("b", 1), ("a", 2), ("b", 3)] {
            assert!(!waiting.add(trace, span(id), 0));
        }
        let mut counted = Vec::new();
        let mut age = |waiting: &mut Waiting| {
            waiting.age(|(trace, spans)| {
                counted.push((trace, spans.iter().map(|(s, _)| s.id).collect::<Vec<_>>()));
            });
            std::mem::take(&mut counted)
        };
        assert!(age(&mut waiting).is_empty());
        // A further span makes it young again.
        waiting.add("b", span(4), 0);
        assert_eq!(age(&mut waiting), [("a".into(), vec![2])]);
        assert_eq!(waiting.spans, 3);
        assert_eq!(age(&mut waiting), [("b".into(), vec![1, 3, 4])]);
        assert_eq!(waiting.spans, 0);
    }
}
