//! What the caller of a trace waited for: walked backwards from the end of the first span, from each span to the child
//! that finished last before it, as in Zhang et al., "CRISP: Critical Path Analysis of Large-Scale Microservice
//! Architectures", USENIX ATC 2022, section 3.

/// One span of a trace. Times in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its own id.
    pub id: u64,
    /// The span that caused it; zero for none.
    pub parent: u64,
    /// When it began, since the epoch.
    pub start: i64,
    /// How long it took.
    pub length: i64,
    /// Service and operation, by number.
    pub label: u32,
    /// It failed.
    pub failed: bool,
    /// The parent does not wait for it (`FOLLOWS_FROM`, a message that was sent).
    pub detached: bool,
}

impl Span {
    /// When it ended.
    pub const fn end(&self) -> i64 {
        self.start.saturating_add(self.length)
    }
}

/// A stretch of time that a span spent on the critical path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Index of the span.
    pub span: usize,
    /// From, since the epoch.
    pub start: i64,
    /// To.
    pub end: i64,
}

/// Longest chain of spans that is followed; deeper ones count as the time of the last.
const MAX_DEPTH: usize = 500;

/// The spans of one trace as a forest.
pub struct Forest<'a> {
    spans: &'a [Span],
    /// Indexes of the children of each span that it waits for, by their end.
    children: Vec<Vec<usize>>,
    /// Indexes of spans whose parent is not there.
    pub roots: Vec<usize>,
}

impl<'a> Forest<'a> {
    /// Puts spans in order. Of several spans with the same id the first counts as the parent.
    pub fn new(spans: &'a [Span]) -> Self {
        let mut by_id = std::collections::HashMap::with_capacity(spans.len());
        for (index, span) in spans.iter().enumerate() {
            by_id.entry(span.id).or_insert(index);
        }
        let mut children = vec![Vec::new(); spans.len()];
        let mut roots = Vec::new();
        for (index, span) in spans.iter().enumerate() {
            match by_id.get(&span.parent) {
                Some(parent) if span.parent != 0 && *parent != index => {
                    if let (false, Some(list)) = (span.detached, children.get_mut(*parent)) {
                        list.push(index);
                    }
                }
                _ => roots.push(index),
            }
        }
        for list in &mut children {
            list.sort_by_key(|i| spans.get(*i).map(Span::end));
        }
        Self {
            spans,
            children,
            roots,
        }
    }

    /// The critical path below a root, in order of time. Its steps do not overlap and cover the root completely.
    pub fn critical_path(&self, root: usize) -> Vec<Step> {
        let mut steps = Vec::new();
        if let Some(span) = self.spans.get(root) {
            self.walk(root, span.start, span.end(), 0, &mut steps);
        }
        steps.reverse();
        steps
    }

    /// Adds the steps of a span between two instants, latest first.
    fn walk(&self, index: usize, from: i64, until: i64, depth: usize, steps: &mut Vec<Step>) {
        let mut cursor = until;
        let step = |start: i64, end: i64, steps: &mut Vec<Step>| {
            if start < end {
                steps.push(Step {
                    span: index,
                    start,
                    end,
                });
            }
        };
        if depth < MAX_DEPTH {
            let children = self.children.get(index).map_or(&[][..], Vec::as_slice);
            for child_index in children.iter().rev() {
                let Some(child) = self.spans.get(*child_index) else {
                    continue;
                };
                // What ends after the cursor ran beside what is on the path; what outlives its parent is cut.
                let end = if cursor == until {
                    child.end().min(until)
                } else {
                    child.end()
                };
                let start = child.start.max(from);
                if end > cursor || start >= end {
                    continue;
                }
                step(end, cursor, steps);
                self.walk(*child_index, start, end, depth + 1, steps);
                cursor = start;
            }
        }
        step(from, cursor, steps);
    }

    /// How long a span worked while none of its children did.
    pub fn self_time(&self, index: usize) -> i64 {
        let Some(span) = self.spans.get(index) else {
            return 0;
        };
        let mut ranges: Vec<(i64, i64)> = self
            .children
            .get(index)
            .into_iter()
            .flatten()
            .filter_map(|i| self.spans.get(*i))
            .map(|c| (c.start.max(span.start), c.end().min(span.end())))
            .filter(|(a, b)| a < b)
            .collect();
        ranges.sort_unstable();
        let (mut busy, mut reached) = (0, span.start);
        for (start, end) in ranges {
            let start = start.max(reached);
            if end > start {
                busy += end - start;
                reached = end;
            }
        }
        span.length - busy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(id: u64, parent: u64, start: i64, end: i64) -> Span {
        Span {
            id,
            parent,
            start,
            length: end - start,
            label: id as u32,
            failed: false,
            detached: false,
        }
    }

    fn path(spans: &[Span]) -> Vec<(u64, i64, i64)> {
        let forest = Forest::new(spans);
        let root = *forest.roots.first().unwrap();
        let steps = forest.critical_path(root);
        steps
            .iter()
            .map(|s| (spans[s.span].id, s.start, s.end))
            .collect()
    }

    #[test]
    fn of_children_side_by_side_the_last_to_finish_counts() {
        // Root 0..100; A 10..40 and B 20..70 in parallel, then C 75..95.
        let spans = [
            span(1, 0, 0, 100),
            span(2, 1, 10, 40),
            span(3, 1, 20, 70),
            span(4, 1, 75, 95),
        ];
        assert_eq!(
            path(&spans),
            [
                (1, 0, 20),
                (3, 20, 70),
                (1, 70, 75),
                (4, 75, 95),
                (1, 95, 100)
            ]
        );
    }

    #[test]
    fn children_follow_one_another_and_outlive_their_parents() {
        // A 0..30 then B 30..60, of which a child runs to 80 after B has ended; the root ends at 60.
        let spans = [
            span(1, 0, 0, 60),
            span(2, 1, 0, 30),
            span(3, 1, 30, 60),
            span(4, 3, 40, 80),
        ];
        assert_eq!(path(&spans), [(2, 0, 30), (3, 30, 40), (4, 40, 60)]);
        let forest = Forest::new(&spans);
        assert_eq!((forest.self_time(0), forest.self_time(2)), (0, 10));
    }

    #[test]
    fn lengths_add_up_to_the_root_whatever_the_spans() {
        let mut state = 7_u64;
        let mut next = |n: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) % n
        };
        for _ in 0..500 {
            let mut spans = vec![span(1, 0, 0, 1_000)];
            for id in 2..12 {
                let parent = 1 + next(id - 1);
                let start = next(1_100) as i64 - 50;
                spans.push(span(id, parent, start, start + next(400) as i64));
            }
            let total: i64 = path(&spans).iter().map(|(_, a, b)| b - a).sum();
            assert_eq!(total, 1_000, "{spans:?}");
            let ordered = path(&spans);
            assert!(ordered.windows(2).all(|p| p[0].2 == p[1].1), "{ordered:?}");
        }
    }

    #[test]
    fn circles_and_missing_parents_end() {
        let spans = [span(1, 2, 0, 10), span(2, 1, 0, 10), span(3, 99, 5, 8)];
        let forest = Forest::new(&spans);
        assert_eq!(forest.roots, [2]);
        assert_eq!(forest.critical_path(2).len(), 1);
        let own = [span(5, 5, 0, 3)];
        assert_eq!(Forest::new(&own).roots, [0]);
    }
}
